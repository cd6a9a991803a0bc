-- 0030 xref: what a word of one system is called in another, what could not be answered, and who waits for it.
-- Locks: none on existing tables; role is written. Undo: drop the tables and functions; erased_tables() as 0021 has it; take
-- mappings:read and mappings:write out of role.
set local lock_timeout = '2s';

-- How both sides are compared: `fold` is of either case, `trim` has no blanks around it, `collapse` none doubled inside either.
-- content grows with every change of the entries, so that whoever keeps a copy can tell whether it still holds.
create table xref_table (
    partner_id   uuid        not null,
    customer_id  uuid        not null,
    table_id     uuid        not null,
    name         text        not null check (name ~ '^[a-z][a-z0-9_]{0,63}$'),
    shape        text        not null check (shape in ('one_to_one', 'many_to_one')),
    key_case     text        not null check (key_case in ('exact', 'fold')),
    key_blanks   text        not null check (key_blanks in ('exact', 'trim', 'collapse')),
    key_empty    boolean     not null,
    value_case   text        not null check (value_case in ('exact', 'fold')),
    value_blanks text        not null check (value_blanks in ('exact', 'trim', 'collapse')),
    value_empty  boolean     not null,
    note         text        check (length(note) <= 500),
    entries      int         not null default 0,
    content      bigint      not null default 1,
    created_at   timestamptz not null default now(),
    row_version  bigint      not null default 1,
    primary key (partner_id, customer_id, table_id),
    unique (customer_id, name, partner_id),
    foreign key (partner_id, customer_id) references customer,
    constraint xref_table_entries_fit check (entries between 0 and 200000)
);
call tenant_table('xref_table');

-- key and value as they were given; key_norm and value_norm by the rules of the table; key_like and value_like without case,
-- blanks and signs, for suggestions alone. No index begins with the tenant: to a planner that knows nothing of a table that is
-- being filled it looks as good as one of words, and reads all that the customer has for each of them.
create table xref_entry (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    entry_id    uuid        not null,
    table_id    uuid        not null,
    key         text        not null check (octet_length(key) <= 512),
    key_norm    text collate "C" not null check (octet_length(key_norm) <= 768),
    value       text        not null check (octet_length(value) <= 512),
    value_norm   text collate "C" not null check (octet_length(value_norm) <= 768),
    key_like    text collate "C" not null default '' check (octet_length(key_like) <= 64),
    value_like  text collate "C" not null default '' check (octet_length(value_like) <= 64),
    note        text        check (length(note) <= 500),
    valid_from  timestamptz,
    valid_to    timestamptz,
    changed_at  timestamptz not null default now(),
    changed_by  text        not null check (length(changed_by) <= 200),
    row_version bigint      not null default 1,
    primary key (entry_id, customer_id, partner_id),
    foreign key (partner_id, customer_id, table_id) references xref_table,
    constraint xref_entry_valid check (valid_to > valid_from)
);
create index xref_entry_key on xref_entry (table_id, key_norm, entry_id, customer_id, partner_id);
create index xref_entry_value on xref_entry (table_id, value_norm, customer_id, partner_id);
create index xref_entry_key_like on xref_entry (table_id, key_like, customer_id, partner_id);
create index xref_entry_value_like on xref_entry (table_id, value_like, customer_id, partner_id);
call tenant_table('xref_entry');

-- Words that had no entry, a row for each until one answers it.
create table xref_miss (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    miss_id     uuid        not null,
    table_id    uuid        not null,
    key         text        not null check (octet_length(key) <= 512),
    key_norm    text collate "C" not null check (octet_length(key_norm) <= 768),
    sample      text        check (octet_length(sample) <= 2000),
    seen        bigint      not null default 1,
    first_seen  timestamptz not null default clock_timestamp(),
    last_seen   timestamptz not null default clock_timestamp(),
    resolved_at timestamptz,
    primary key (partner_id, customer_id, miss_id),
    foreign key (partner_id, customer_id, table_id) references xref_table
);
create unique index xref_miss_open on xref_miss (table_id, key_norm, customer_id, partner_id) where resolved_at is null;
create index xref_miss_table on xref_miss (table_id, customer_id, partner_id);
call tenant_table('xref_miss');

-- Who waits for such a word, in the order of `since`. Handed out once: then it has released_at.
create table xref_waiting (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    miss_id     uuid        not null,
    kind        text        not null check (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
    waiting_id  uuid        not null,
    since       timestamptz not null default clock_timestamp(),
    released_at timestamptz,
    primary key (partner_id, customer_id, miss_id, kind, waiting_id),
    foreign key (partner_id, customer_id, miss_id) references xref_miss
);
create index xref_waiting_open on xref_waiting (waiting_id, kind, customer_id, partner_id) where released_at is null;
call tenant_table('xref_waiting');

-- What looks words up in a table: filled by those who do.
create table xref_use (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    table_id    uuid        not null,
    kind        text        not null check (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
    user_id     uuid        not null,
    name        text        not null check (length(name) between 1 and 200),
    place       text        not null default '' check (length(place) <= 500),
    since       timestamptz not null default now(),
    ended_at    timestamptz,
    primary key (partner_id, customer_id, table_id, kind, user_id, place),
    foreign key (partner_id, customer_id, table_id) references xref_table
);
create index xref_use_user on xref_use (user_id, kind, customer_id, partner_id) where ended_at is null;
call tenant_table('xref_use');

-- A cross reference is the whole customer's: a caller of one store brand has no part in it.
do $$
declare
    t text;
begin
    foreach t in array array['xref_table', 'xref_entry', 'xref_miss', 'xref_waiting', 'xref_use'] loop
        execute format('create policy brand on %I as restrictive to tenon_api using (brand_is_all())', t);
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
        call isolation_others_of(t::regclass);
    end loop;
end $$;

-- After every change of entries, whoever made it: the table's row is locked first, so that of two who add the same word at
-- once the later one is refused, and so that who records a miss meanwhile (select … for share) waits. A join of its own
-- for each word (lateral, limit): a planner that knows nothing of a table that is being filled would read all of it.
create function xref_entries_fit() returns trigger language plpgsql as $$
declare
    twice text;
begin
    begin
        update xref_table t set content = t.content + 1,
               entries = t.entries + case tg_op when 'INSERT' then c.n when 'DELETE' then -c.n else 0 end
          from (select partner_id, customer_id, table_id, count(*)::int as n from changed group by 1, 2, 3) c
         where (t.partner_id, t.customer_id, t.table_id) = (c.partner_id, c.customer_id, c.table_id);
    exception when check_violation then
        raise exception 'a cross reference has room for 200000 entries' using errcode = 'TN409', hint = 'conflict';
    end;
    if tg_op = 'DELETE' then
        return null;
    end if;
    select c.key into twice
      from changed c
     cross join lateral (select from xref_entry e
                          where e.partner_id = c.partner_id and e.customer_id = c.customer_id and e.table_id = c.table_id
                            and e.key_norm = c.key_norm and e.entry_id <> c.entry_id
                            and tstzrange(e.valid_from, e.valid_to) && tstzrange(c.valid_from, c.valid_to) limit 1) other
     limit 1;
    if found then
        raise exception 'there is an entry for % already that is valid at the same time', left(twice, 100)
            using errcode = 'TN409', hint = 'conflict';
    end if;
    select c.value into twice
      from changed c
      join xref_table t on t.partner_id = c.partner_id and t.customer_id = c.customer_id and t.table_id = c.table_id
                       and t.shape = 'one_to_one'
     cross join lateral (select from xref_entry e
                          where e.partner_id = c.partner_id and e.customer_id = c.customer_id and e.table_id = c.table_id
                            and e.value_norm = c.value_norm and e.entry_id <> c.entry_id
                            and tstzrange(e.valid_from, e.valid_to) && tstzrange(c.valid_from, c.valid_to) limit 1) other
     limit 1;
    if found then
        raise exception 'there is an entry that leads to % already, and this cross reference is one to one', left(twice, 100)
            using errcode = 'TN409', hint = 'conflict';
    end if;
    return null;
end $$;
create trigger xref_entry_added after insert on xref_entry referencing new table as changed
    for each statement execute function xref_entries_fit();
create trigger xref_entry_changed after update on xref_entry referencing new table as changed
    for each statement execute function xref_entries_fit();
create trigger xref_entry_gone after delete on xref_entry referencing old table as changed
    for each statement execute function xref_entries_fit();

-- Of an entry as well: every change of one writes the table's row.
create trigger customer_works before insert or update on xref_table
    for each row when (current_user = 'tenon_api') execute function customer_works();

grant insert on xref_table, xref_entry to tenon_api, tenon_operator;
grant update (note, entries, content, row_version, shape, key_case, key_blanks, key_empty, value_case, value_blanks,
              value_empty) on xref_table to tenon_api, tenon_operator;
grant update (key, key_norm, key_like, value, value_norm, value_like, note, valid_from, valid_to, changed_at, changed_by, row_version)
    on xref_entry to tenon_api, tenon_operator;
grant update (resolved_at) on xref_miss to tenon_api, tenon_operator;
grant update (released_at) on xref_waiting to tenon_api, tenon_operator;
grant insert, update on xref_use to tenon_api;
grant update (row_version) on xref_table to tenon_worker; -- what select … for share asks for
grant insert, update (key, sample, seen, last_seen) on xref_miss to tenon_worker;
grant insert on xref_waiting to tenon_worker;
grant update (entries, content) on xref_table to tenon_keeper;

-- One entry, of the version that was seen. False: there is none of that version.
create function xref_entry_delete(of_customer uuid, entry uuid, version bigint) returns boolean
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    delete from xref_entry where partner_id = tenant_partner() and customer_id = of_customer and tenant_has(customer_id)
       and brand_is_all() and entry_id = entry and row_version = version;
    return found;
end $$;

-- A table with all that it holds. False: there is none of that version, or something still waits for it or uses it.
create function xref_table_delete(of_customer uuid, of_table uuid, version bigint) returns boolean
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    perform from xref_table where partner_id = tenant_partner() and customer_id = of_customer and tenant_has(customer_id)
        and brand_is_all() and table_id = of_table and row_version = version for update;
    if not found
       or exists (select from xref_use where partner_id = tenant_partner() and customer_id = of_customer
                     and table_id = of_table and ended_at is null)
       or exists (select from xref_miss m join xref_waiting w using (partner_id, customer_id, miss_id)
                   where m.partner_id = tenant_partner() and m.customer_id = of_customer and m.table_id = of_table
                     and w.released_at is null) then
        return false;
    end if;
    delete from xref_waiting w using xref_miss m
     where m.partner_id = tenant_partner() and m.customer_id = of_customer and m.table_id = of_table
       and w.partner_id = m.partner_id and w.customer_id = m.customer_id and w.miss_id = m.miss_id;
    delete from xref_miss where partner_id = tenant_partner() and customer_id = of_customer and table_id = of_table;
    delete from xref_use where partner_id = tenant_partner() and customer_id = of_customer and table_id = of_table;
    delete from xref_entry where partner_id = tenant_partner() and customer_id = of_customer and table_id = of_table;
    delete from xref_table where partner_id = tenant_partner() and customer_id = of_customer and table_id = of_table;
    return true;
end $$;

alter function xref_entry_delete(uuid, uuid, bigint) owner to tenon_keeper;
alter function xref_table_delete(uuid, uuid, bigint) owner to tenon_keeper;
grant execute on function xref_entries_fit() to tenon_api, tenon_operator, tenon_keeper;
set local role tenon_keeper;
revoke all on function xref_entry_delete(uuid, uuid, bigint), xref_table_delete(uuid, uuid, bigint) from public;
grant execute on function xref_entry_delete(uuid, uuid, bigint), xref_table_delete(uuid, uuid, bigint) to tenon_api;
create or replace function erased_tables() returns text[] language sql immutable
    as $$ select array['xref_waiting', 'xref_miss', 'xref_use', 'xref_entry', 'xref_table', 'order_event', 'attempt',
                       'effect', 'sales_order', 'canonical_record', 'job', 'inbound_delivery', 'inbound_message',
                       'credential', 'export_page', 'customer_export', 'connection', 'mail', 'membership', 'client',
                       'store_brand', 'legal_entity', 'environment', 'idempotency_answer'] $$;
reset role;

-- Who may connect systems may say what their words mean.
update role set permissions = permissions || '{mappings:read}'
 where role in ('platform_operator', 'partner_owner', 'partner_admin', 'partner_support', 'partner_auditor', 'customer_admin',
                'customer_operator', 'customer_finance', 'customer_support', 'customer_viewer');
update role set permissions = permissions || '{mappings:write}'
 where role in ('partner_owner', 'partner_admin', 'customer_admin', 'customer_operator');
