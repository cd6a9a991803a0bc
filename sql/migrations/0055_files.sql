-- 0055 files: flat files whose rows become messages, the rows that were refused, and where files are looked for.
-- Locks: none on existing tables. Undo: drop the three tables and the functions; erased_tables() as 0049 left it.
set local lock_timeout = '2s';

-- body: the file as it came; null once it is forgotten, and of one that was refused unread. page_at to skipping: the place at
-- which reading goes on; it moves in the transaction that stores the rows before it, so that whoever goes on after a crash
-- stores none twice. origin_key: what the place it lay at calls this version of it; null: it was uploaded. place: where it
-- lies while its rows are read; null once it has been moved to where its end says, and of uploads.
create table inbound_file (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    file_id       uuid        not null,
    connection_id uuid        not null,
    name          text        not null check (length(name) between 1 and 255),
    origin        text        not null check (origin in ('upload', 'folder', 'remote')),
    origin_key    text        check (length(origin_key) <= 600),
    place         text        check (length(place) <= 600),
    octets        bigint      not null check (octets >= 0),
    content_hash  bytea       not null check (length(content_hash) = 32),
    body          bytea,
    state         text        not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
    reason        text        check (length(reason) between 1 and 500), -- why it failed, or what it waits for
    due_at        timestamptz not null default now(),
    begun         boolean     not null default false,
    heading       text        not null default '' check (length(heading) <= 600000),
    page_at       bigint      not null default 0,
    row_number    bigint      not null default 0,
    line          bigint      not null default 1,
    skipping      boolean     not null default false,
    taken         bigint      not null default 0,
    repeated      bigint      not null default 0,
    refused       bigint      not null default 0,
    came          int         not null default 1, -- how many times
    received_at   timestamptz not null default now(),
    ended_at      timestamptz,
    primary key (partner_id, customer_id, file_id),
    foreign key (partner_id, customer_id, connection_id) references connection,
    constraint inbound_file_ended_whole check ((state = 'waiting') = (ended_at is null)),
    constraint inbound_file_failed_says_why check (state <> 'failed' or reason is not null)
) with (fillfactor = 80);
-- A page is a part of it: stored as it is, so that a part is all that is read.
alter table inbound_file alter body set storage external;
create unique index inbound_file_content on inbound_file (connection_id, content_hash, customer_id, partner_id);
create unique index inbound_file_origin on inbound_file (connection_id, origin_key, customer_id, partner_id)
    where origin_key is not null;
create index inbound_file_of_connection on inbound_file (connection_id, file_id, customer_id, partner_id);
create index inbound_file_due on inbound_file (due_at) where state = 'waiting';
create index inbound_file_lies on inbound_file (connection_id) where place is not null;

create table inbound_file_row (
    partner_id  uuid   not null,
    customer_id uuid   not null,
    file_id     uuid   not null,
    number      bigint not null, -- among the rows, from 1
    line        bigint not null, -- of the file, from 1
    field       text   check (length(field) <= 200),
    reason      text   not null check (length(reason) between 1 and 500),
    primary key (file_id, number, customer_id, partner_id),
    foreign key (partner_id, customer_id, file_id) references inbound_file on delete cascade
);

-- A place that is looked at for files: one for each connection that has one.
create table file_watch (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    look_at       timestamptz not null default now(),
    looked_at     timestamptz,
    fault         text        check (length(fault) between 1 and 500),
    seen          text        not null default '' check (length(seen) <= 400000), -- what the last look saw of each file
    primary key (partner_id, customer_id, connection_id),
    foreign key (partner_id, customer_id, connection_id) references connection
) with (fillfactor = 70);
create index file_watch_due on file_watch (look_at);

do $$
declare
    t text;
begin
    foreach t in array array['inbound_file', 'inbound_file_row', 'file_watch'] loop
        execute format('call tenant_table(%L)', t);
        execute format('call isolation_others_of(%L)', t);
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
    end loop;
    foreach t in array array['inbound_file', 'file_watch'] loop
        execute format('create policy brand on %I as restrictive to tenon_api
                        using (brand_sees(partner_id, customer_id, connection_id))', t);
    end loop;
    foreach t in array array['inbound_file', 'inbound_file_row'] loop
        execute format('create policy granted on %I as restrictive to tenon_operator using (grant_live(partner_id, customer_id))', t);
    end loop;
end $$;
create policy brand on inbound_file_row as restrictive to tenon_api using (brand_is_all() or exists (select from inbound_file f
    where f.partner_id = inbound_file_row.partner_id and f.customer_id = inbound_file_row.customer_id
      and f.file_id = inbound_file_row.file_id));
create trigger customer_works before insert on inbound_file
    for each row when (current_user = 'tenon_api') execute function customer_works();
grant insert on inbound_file to tenon_api, tenon_worker;
grant update (came) on inbound_file to tenon_api;
grant update (state, reason, due_at, begun, heading, page_at, row_number, line, skipping, taken, repeated, refused, came, place,
              ended_at) on inbound_file to tenon_worker;
grant insert on inbound_file_row to tenon_worker;
grant insert on file_watch to tenon_api, tenon_operator, tenon_worker;
grant update (look_at) on file_watch to tenon_api, tenon_operator;
grant update (look_at, looked_at, fault, seen) on file_watch to tenon_worker;

-- Those that are due, of all tenants: ids alone.
create policy lookup on inbound_file for select to tenon_lookup using (true);
grant select (partner_id, customer_id, connection_id, file_id, due_at, state) on inbound_file to tenon_lookup;
create policy lookup on file_watch for select to tenon_lookup using (true);
grant select (partner_id, customer_id, connection_id, look_at) on file_watch to tenon_lookup;
create function files_due(most int) returns table (partner_id uuid, customer_id uuid, connection_id uuid, file_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select f.partner_id, f.customer_id, f.connection_id, f.file_id from inbound_file f
     where f.state = 'waiting' and f.due_at <= now()
       and not exists (select from halted h where h.tenant_id in (f.partner_id, f.customer_id))
     order by f.due_at limit most;
end $$;
create function file_watches_due(most int) returns table (partner_id uuid, customer_id uuid, connection_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select w.partner_id, w.customer_id, w.connection_id from file_watch w
     where w.look_at <= now()
       and not exists (select from halted h where h.tenant_id in (w.partner_id, w.customer_id, w.connection_id))
     order by w.look_at limit most;
end $$;
alter function files_due(int) owner to tenon_lookup;
alter function file_watches_due(int) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function files_due(int), file_watches_due(int) from public;
grant execute on function files_due(int), file_watches_due(int) to tenon_dispatch;
reset role;

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['inbound_file_row', 'inbound_file', 'file_watch'] || erased_tables()));
end $$;
reset role;
