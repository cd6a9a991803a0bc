-- 0031 maps: mappings of a customer's, in versions: written, reviewed, published to a share of the records and then to all.
-- Locks: none on existing tables beyond a moment's share. Undo: drop the tables and functions, and take mappings:publish out
-- of role.
set local lock_timeout = '2s';

-- Reading and writing them came with 0030.
update role set permissions = permissions || '{mappings:publish}'
 where role in ('partner_owner', 'partner_admin', 'customer_admin');

-- What stays the same over all versions of a mapping, and which of them works now. A newer one may work beside it, for so
-- many thousandths of the records. Versions that were published are never deleted, so nothing but erasing the customer,
-- which takes the versions first, could leave a number here without its version.
create table mapping (
    partner_id      uuid        not null,
    customer_id     uuid        not null,
    mapping_id      uuid        not null,
    name            text        not null check (length(name) between 1 and 120),
    source_system   text        not null check (source_system ~ '^[a-z0-9_]{1,40}$'),
    source_object   text        not null check (source_object ~ '^[A-Za-z0-9_.-]{1,80}$'),
    target          text        not null check (target ~ '^[a-z_]{1,40}/[1-9][0-9]{0,3}$'),
    needs_review    boolean     not null default true,
    needs_backtest  boolean     not null default false,
    versions        int         not null default 0 check (versions between 0 and 10000),
    current_version int,
    rolling_version int,
    share           int         check (share between 1 and 999),
    created_at      timestamptz not null default now(),
    changed_at      timestamptz not null default now(),
    row_version     bigint      not null default 1,
    primary key (partner_id, customer_id, mapping_id),
    unique (customer_id, name, partner_id),
    foreign key (partner_id, customer_id) references customer,
    constraint mapping_rolling_whole check ((rolling_version is null) = (share is null)),
    constraint mapping_rolling_beside check (rolling_version is null or current_version <> rolling_version)
);
call tenant_table('mapping');
call isolation_others_of('mapping');

-- replaces: which version worked before this one, where a roll-back leads. hands: everybody who wrote it, of whom none may
-- approve it.
create table mapping_version (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    mapping_id    uuid        not null,
    number        int         not null check (number > 0),
    version_id    uuid        not null default gen_random_uuid(), -- where an export goes on
    status        text        not null default 'draft' check (status in ('draft', 'in_review', 'published', 'retired')),
    document      text        not null check (octet_length(document) between 2 and 262144),
    document_hash bytea       not null check (length(document_hash) = 32),
    base          text        check (octet_length(base) between 2 and 262144),
    note          text        check (length(note) between 1 and 500),
    author        text        not null check (length(author) between 1 and 100),
    hands         text[]      not null check (cardinality(hands) between 1 and 1000),
    reviewer      text        check (length(reviewer) between 1 and 100),
    backtest_id   uuid,
    replaces      int,
    created_at    timestamptz not null default now(),
    changed_at    timestamptz not null default now(),
    submitted_at  timestamptz,
    reviewed_at   timestamptz,
    published_at  timestamptz,
    row_version   bigint      not null default 1,
    primary key (partner_id, customer_id, mapping_id, number),
    unique (version_id, customer_id, partner_id),
    foreign key (partner_id, customer_id, mapping_id) references mapping,
    constraint mapping_version_reviewed_whole check ((reviewer is null) = (reviewed_at is null)),
    constraint mapping_version_published_once check (status in ('draft', 'in_review') or published_at is not null)
);
call tenant_table('mapping_version');
call isolation_others_of('mapping_version');

-- What a reviewer read, and what a record was made with, stays as it was. The message is for a person, the hint names the
-- problem.
create function mapping_version_stands() returns trigger language plpgsql as $$
begin
    raise exception 'only a draft can be changed: save what is new as a version of its own'
        using errcode = 'TN409', hint = 'mapping-version-fixed';
end $$;
create trigger mapping_version_stands before update on mapping_version for each row
    when (old.status <> 'draft' and (old.document, old.document_hash, old.base, old.note, old.author, old.hands)
          is distinct from (new.document, new.document_hash, new.base, new.note, new.author, new.hands))
    execute function mapping_version_stands();

create trigger customer_works before insert or update on mapping
    for each row when (current_user = 'tenon_api') execute function customer_works();
create trigger customer_works before insert or update on mapping_version
    for each row when (current_user = 'tenon_api') execute function customer_works();

grant select on mapping, mapping_version to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert on mapping, mapping_version to tenon_api, tenon_operator;
grant update (name, needs_review, needs_backtest, versions, current_version, rolling_version, share, changed_at, row_version)
    on mapping to tenon_api, tenon_operator;
grant update (status, document, document_hash, base, note, hands, reviewer, replaces, changed_at, submitted_at, reviewed_at,
              published_at, row_version) on mapping_version to tenon_api, tenon_operator;

do $$
declare
    t text;
begin
    foreach t in array array['mapping', 'mapping_version'] loop
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
    end loop;
end $$;

-- A mapping of which nothing was ever published. False: there is none such.
create function mapping_delete(of_customer uuid, mapping uuid) returns boolean
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    if not tenant_has(of_customer) or not brand_is_all() or exists (
        select from mapping_version where partner_id = tenant_partner() and customer_id = of_customer
           and mapping_id = mapping and published_at is not null) then
        return false;
    end if;
    delete from mapping_version where partner_id = tenant_partner() and customer_id = of_customer and mapping_id = mapping;
    delete from mapping m where m.partner_id = tenant_partner() and m.customer_id = of_customer and m.mapping_id = mapping;
    return found;
end $$;
alter function mapping_delete(uuid, uuid) owner to tenon_keeper;

-- Erasing a customer takes these too, children first; whatever else is erased stays as it was said before.
set local role tenon_keeper;
revoke all on function mapping_delete(uuid, uuid) from public;
grant execute on function mapping_delete(uuid, uuid) to tenon_api;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['mapping_version', 'mapping'] || erased_tables()));
end $$;
reset role;
