-- 0063 own connectors: a partner's own connectors, as documents with versions that are signed when they are taken; and which
-- version a connection works by.
-- Locks: connection exclusively for a moment (a nullable column and a foreign key, checked by reading it once).
-- Undo: drop the column, the function and the table; lookup_hook as 0062 made it.
set local lock_timeout = '2s';

update role set permissions = permissions || '{connectors:read}'
 where role in ('partner_owner', 'partner_admin', 'partner_support', 'partner_auditor');
update role set permissions = permissions || '{connectors:write}' where role in ('partner_owner', 'partner_admin');

-- ordinal: in the order of versions, which grow. document, mappings: as they came, the second an object by kind. sha256: of the
-- canonical octets of both. signer, signature: Ed25519 by a key that the database never has (decision 0038).
create table own_connector (
    partner_id   uuid        not null references partner,
    name         text        not null check (name ~ '^[a-z0-9_]{1,40}$'),
    version      text        not null check (version ~ '^[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}$'),
    ordinal      int         not null check (ordinal between 1 and 200),
    state        text        not null default 'draft' check (state in ('draft', 'published', 'retired')),
    document     text        not null check (octet_length(document) between 2 and 262144),
    mappings     text        not null check (octet_length(mappings) between 2 and 524288),
    sha256       bytea       not null check (length(sha256) = 32),
    signer       bytea       not null check (length(signer) = 32),
    signature    bytea       not null check (length(signature) = 64),
    note         text        check (length(note) between 1 and 500),
    author       text        not null check (length(author) between 1 and 100),
    created_at   timestamptz not null default now(),
    published_by text        check (length(published_by) between 1 and 100),
    published_at timestamptz,
    retired_by   text        check (length(retired_by) between 1 and 100),
    retired_at   timestamptz,
    primary key (partner_id, name, version),
    unique (partner_id, name, ordinal),
    constraint own_connector_published_whole check ((published_by is null) = (published_at is null)),
    constraint own_connector_retired_whole check ((retired_by is null) = (retired_at is null)),
    constraint own_connector_draft_unpublished check (state <> 'draft' or published_at is null)
);
call tenant_table('own_connector');
call isolation_others_of('own_connector');
grant select on own_connector to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert on own_connector to tenon_api;
grant update (state, document, mappings, sha256, signer, signature, note, author, created_at, published_by, published_at,
              retired_by, retired_at) on own_connector to tenon_api;
grant update (signer, signature) on own_connector to tenon_operator; -- by a new key-encryption key

-- What somebody may have looked at and connections work by stays as it was.
create function own_connector_stands() returns trigger language plpgsql as $$
begin
    raise exception 'a version that was published stays as it is: give what is new a version of its own' using errcode = 'TN409';
end $$;
create trigger own_connector_stands before update on own_connector for each row
    when (old.state <> 'draft' and ((old.document, old.mappings, old.sha256, old.note, old.author, old.created_at)
          is distinct from (new.document, new.mappings, new.sha256, new.note, new.author, new.created_at) or new.state = 'draft'))
    execute function own_connector_stands();

-- Null: its connector comes with the program.
alter table connection add column connector_version text;
alter table connection add constraint connection_own_connector
    foreign key (partner_id, connector, connector_version) references own_connector (partner_id, name, version);
create index connection_own on connection (partner_id, connector, connector_version) where connector_version is not null;
grant update (connector_version) on connection to tenon_api;

-- The newest published version that is newer than this one; null: there is none.
create function own_newer(text, text) returns text language sql stable as $$
    select v.version from own_connector v
     where v.partner_id = tenant_partner() and v.name = $1 and v.state = 'published'
       and v.ordinal > (select w.ordinal from own_connector w
                         where w.partner_id = tenant_partner() and w.name = $1 and w.version = $2)
     order by v.ordinal desc limit 1 $$;

drop function lookup_hook(bytea);
create function lookup_hook(hash bytea)
    returns table (partner_id uuid, customer_id uuid, connection_id uuid, connector text, connector_version text, settings text,
                   status text, credential_id uuid, key_epoch int, sealed bytea, wrapped bytea, customer_epoch int,
                   customer_sealed bytea)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select c.partner_id, c.customer_id, c.connection_id, c.connector, c.connector_version, c.settings::text, c.status,
                 s.credential_id, k.epoch, s.sealed, k.wrapped, s.customer_epoch, u.sealed
            from connection c
            join credential s on s.partner_id = c.partner_id and s.customer_id = c.customer_id
                             and s.connection_id = c.connection_id and s.kind = 'webhook_secret' and s.current
            left join customer_key_private u on u.partner_id = s.partner_id and u.customer_id = s.customer_id
                                            and u.class = s.class and u.epoch = s.customer_epoch
            join partner_key_private k on k.partner_id = c.partner_id and k.class = s.class
                                      and k.epoch = coalesce(u.partner_epoch, s.key_epoch)
           where c.hook_hash = hash and c.status in ('active', 'paused', 'broken')
             and not exists (select from credential n where n.partner_id = s.partner_id and n.customer_id = s.customer_id
                                and n.connection_id = s.connection_id and n.kind = s.kind and n.created_at > s.created_at
                                and n.overlap_until <= now())
           order by s.created_at desc limit 2;
end $$;
alter function lookup_hook(bytea) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function lookup_hook(bytea) from public;
grant execute on function lookup_hook(bytea) to tenon_api;
reset role;
