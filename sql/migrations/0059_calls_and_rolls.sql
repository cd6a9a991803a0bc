-- 0059 calls, rolls and keeping: what was asked of outside systems lately, without what is nobody's business, and how that went; 
-- secrets that are replaced while the ones before them are still good for what comes in; and what vendors send where, kept so.
-- Locks: credential and connection_life exclusively for a moment (nullable columns, a check made anew). Undo: drop the tables, the functions and the column;
-- erased_tables() as 0057 left it.
set local lock_timeout = '2s';

-- calls: how many there were ever: a call's place in the log is its number, modulo what is kept.
create table connection_traffic (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    calls         bigint      not null default 0,
    ok_at         timestamptz,
    failed_at     timestamptz,
    failure       text        check (length(failure) <= 300),
    primary key (partner_id, customer_id, connection_id),
    foreign key (partner_id, customer_id, connection_id) references connection
) with (fillfactor = 70);

-- Ten minutes of a day: a place's ten minutes are those of the day before, until they come again.
create table connection_share (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    slot          smallint    not null check (slot between 0 and 149),
    began         timestamptz not null,
    ok            bigint      not null,
    refused       bigint      not null,
    failed        bigint      not null,
    primary key (partner_id, customer_id, connection_id, slot),
    foreign key (partner_id, customer_id, connection_id) references connection
) with (fillfactor = 70);

create table connection_call (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    slot          smallint    not null check (slot between 0 and 199),
    number        bigint      not null,
    at            timestamptz not null,
    operation     text        not null check (length(operation) between 1 and 100),
    method        text        not null check (length(method) <= 20),
    url           text        not null check (length(url) <= 400),
    status        int         check (status between 100 and 599), -- null: no answer
    outcome       text        not null check (outcome in ('ok', 'refused', 'failed')),
    failure       text        check (length(failure) <= 300),
    ms            int         not null,
    sent          bigint      not null,
    received      bigint      not null,
    job_id        uuid,
    primary key (partner_id, customer_id, connection_id, slot),
    foreign key (partner_id, customer_id, connection_id) references connection
) with (fillfactor = 70);

do $$
declare
    t text;
begin
    foreach t in array array['connection_traffic', 'connection_share', 'connection_call'] loop
        execute format('call tenant_table(%L)', t);
        execute format('call isolation_others_of(%L)', t);
        execute format('create policy brand on %I as restrictive to tenon_api
                        using (brand_sees(partner_id, customer_id, connection_id))', t);
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
        execute format('grant insert, update on %I to tenon_worker', t);
    end loop;
end $$;

-- What is older than a week goes, wherever nothing has taken its place.
create function connection_calls_trim() returns void
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    delete from connection_call where partner_id = tenant_partner() and customer_id = tenant_customer()
       and at < now() - interval '7 days';
end $$;
alter function connection_calls_trim() owner to tenon_keeper;

-- Until when the secrets before this one are good as well. Null: they were never replaced by it.
alter table credential add column overlap_until timestamptz;
create function credential_retire() returns void
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    delete from credential o
     where o.partner_id = tenant_partner() and o.customer_id = tenant_customer()
       and o.kind in ('webhook_secret', 'password', 'api_token')
       and exists (select from credential n where n.partner_id = o.partner_id and n.customer_id = o.customer_id
                      and n.connection_id = o.connection_id and n.kind = o.kind and n.created_at > o.created_at
                      and n.overlap_until <= now());
end $$;
alter function credential_retire() owner to tenon_keeper;

-- The address that a system sends its webhooks to, sealed for the worker that registers it there.
alter table credential drop constraint credential_kind_check,
    add constraint credential_kind_check check (kind in ('webhook_secret', 'password', 'api_token', 'session', 'hook_token')) not valid;
-- keep_at: when what the vendor sends where is looked at next; null: that is nobody's business here. kept: what it is, as a
-- list in JSON. keep_fault: why the last look broke off.
alter table connection_life add column keep_at timestamptz, add column kept_at timestamptz,
    add column kept text check (octet_length(kept) <= 16384), add column keep_fault text check (length(keep_fault) <= 500);
create index connection_life_keep on connection_life (keep_at) where keep_at is not null;
grant update (keep_at) on connection_life to tenon_api;
grant update (keep_at, kept_at, kept, keep_fault) on connection_life to tenon_worker;
grant select (keep_at) on connection_life to tenon_lookup;
create function care_keeps_due(most int) returns table (partner_id uuid, customer_id uuid, connection_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select l.partner_id, l.customer_id, l.connection_id from connection_life l
     where l.keep_at <= now()
       and not exists (select from halted h where h.tenant_id in (l.partner_id, l.customer_id, l.connection_id)
                                              and h.cause is null)
     order by l.keep_at limit most;
end $$;
alter function care_keeps_due(int) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function care_keeps_due(int) from public;
grant execute on function care_keeps_due(int) to tenon_dispatch;
reset role;
set local role tenon_keeper;
revoke all on function connection_calls_trim(), credential_retire() from public;
grant execute on function connection_calls_trim(), credential_retire() to tenon_worker;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['connection_call', 'connection_share', 'connection_traffic'] || erased_tables()));
end $$;
reset role;
