-- 0057 life: of each connection: named checks as somebody last asked for them, when what its calls are authenticated with
-- ends, that it has to be connected again, and what people were told of all that.
-- Locks: connection and credential exclusively for a moment (nullable columns without a default that is read). Undo: drop the
-- tables, the functions and the columns; erased_tables() as 0049 left it.
set local lock_timeout = '2s';

-- The outside system has ended what it once allowed: the connection is paused until somebody gives new credentials.
alter table connection add column reconnect_since timestamptz;
grant update (paused_by, paused_at, reconnect_since) on connection to tenon_worker;
grant update (reconnect_since) on connection to tenon_api;
-- stored_at: when what a session holds was written. ends_at: when what the next session is asked for with ends, as the system said with this one. Null: it did not say.
alter table credential add column ends_at timestamptz, add column stored_at timestamptz;
grant update (ends_at, stored_at) on credential to tenon_worker;

-- look_at: when a worker looks again. check_begun_at: a worker runs it; when that is long ago another may. checks: what came
-- of it, as a list in JSON. ends_at: as far as is known when looked last.
create table connection_life (
    partner_id      uuid        not null,
    customer_id     uuid        not null,
    connection_id   uuid        not null,
    look_at         timestamptz not null default now(),
    ends_at         timestamptz,
    check_asked_at  timestamptz,
    check_asked_by  text        check (length(check_asked_by) <= 100),
    check_begun_at  timestamptz,
    checked_at      timestamptz,
    checks          text        check (octet_length(checks) <= 32768),
    primary key (partner_id, customer_id, connection_id),
    foreign key (partner_id, customer_id, connection_id) references connection,
    constraint connection_life_asked_whole check ((check_asked_at is null) = (check_asked_by is null))
) with (fillfactor = 70);
create index connection_life_look on connection_life (look_at);
create index connection_life_check on connection_life (check_asked_at) where check_asked_at is not null;

-- kind: what is told. stage: of what is told more than once, how many days before its end; 0: it is so. until: when that end
-- is. told_*: people who were written to; null: not yet.
create table connection_alert (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    alert_id      uuid        not null,
    connection_id uuid        not null,
    kind          text        not null check (kind in ('reconnect', 'expires', 'sunset')),
    stage         int         not null check (stage between 0 and 365),
    until         timestamptz,
    reason        text        not null check (length(reason) between 1 and 500),
    opened_at     timestamptz not null default now(),
    closed_at     timestamptz,
    told_open     int,
    told_closed   int,
    primary key (partner_id, customer_id, alert_id),
    foreign key (partner_id, customer_id, connection_id) references connection
);
create unique index connection_alert_open on connection_alert (partner_id, customer_id, connection_id, kind, stage)
 where closed_at is null;
create index connection_alert_untold on connection_alert (partner_id, customer_id)
 where told_open is null or (closed_at is not null and told_closed is null);

do $$
declare
    t text;
begin
    foreach t in array array['connection_life', 'connection_alert'] loop
        execute format('call tenant_table(%L)', t);
        execute format('call isolation_others_of(%L)', t);
        execute format('create policy brand on %I as restrictive to tenon_api
                        using (brand_sees(partner_id, customer_id, connection_id))', t);
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
        execute format('grant insert on %I to tenon_worker', t);
    end loop;
end $$;
grant insert on connection_life to tenon_api;
grant update (look_at, check_asked_at, check_asked_by, check_begun_at) on connection_life to tenon_api;
grant update (look_at, ends_at, check_asked_at, check_asked_by, check_begun_at, checked_at, checks)
    on connection_life to tenon_worker;
grant update (until, reason, closed_at, told_open, told_closed) on connection_alert to tenon_worker;
create trigger customer_works before insert or update on connection_life for each row
    when (current_user = 'tenon_api') execute function customer_works();

-- Whose connections are to be looked at, and which are to be checked, of all tenants: ids alone. anew: customers with
-- connections that nobody has looked at yet. What is paused is looked at and checked all the same.
create policy lookup on connection_life for select to tenon_lookup using (true);
grant select (partner_id, customer_id, connection_id, look_at, check_asked_at, check_begun_at) on connection_life to tenon_lookup;
create function care_due(most int, anew boolean) returns table (partner_id uuid, customer_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select l.partner_id, l.customer_id from (
            select f.partner_id, f.customer_id, min(f.look_at) as at from connection_life f
             where f.look_at <= now() group by f.partner_id, f.customer_id
             union all
            select c.partner_id, c.customer_id, min(now()) from connection c
             where anew and not exists (select from connection_life f where f.partner_id = c.partner_id
                        and f.customer_id = c.customer_id and f.connection_id = c.connection_id)
             group by c.partner_id, c.customer_id) l
     where not exists (select from halted h where h.tenant_id in (l.partner_id, l.customer_id) and h.cause is null)
     order by l.at limit most;
end $$;
create function care_checks_due(most int) returns table (partner_id uuid, customer_id uuid, connection_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select l.partner_id, l.customer_id, l.connection_id from connection_life l
     where l.check_asked_at is not null
       and (l.check_begun_at is null or l.check_begun_at < now() - interval '3 minutes')
       and not exists (select from halted h where h.tenant_id in (l.partner_id, l.customer_id) and h.cause is null)
     order by l.check_asked_at limit most;
end $$;
alter function care_due(int, boolean) owner to tenon_lookup;
alter function care_checks_due(int) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function care_due(int, boolean), care_checks_due(int) from public;
grant execute on function care_due(int, boolean), care_checks_due(int) to tenon_dispatch;
reset role;

set local role tenon_keeper;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['connection_alert', 'connection_life'] || erased_tables()));
end $$;
reset role;
