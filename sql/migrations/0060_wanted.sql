-- 0060 wanted: deliveries that tell no more than that a thing changed have it fetched at once, and a hint that comes while
-- a sweep is under way is not forgotten at its end.
-- Locks: feed exclusively for a moment (a column without a default). Undo: drop the table, the function and the column;
-- erased_tables() as 0050 left it.
set local lock_timeout = '2s';

-- When a sweep was asked for; null: never. One that began before it is followed by another.
alter table feed add column asked_at timestamptz;
grant update (asked_at) on feed to tenon_api, tenon_operator, tenon_worker;

-- What is to be fetched of a source, once for each thing, however often it is told. asked_at: when that was told last; what
-- was fetched before may be older. changed_at: when the thing changed, as the last delivery had it; null: it did not say.
create table source_wanted (
    partner_id    uuid        not null,
    customer_id   uuid        not null,
    connection_id uuid        not null,
    object        text        not null,
    key           text        not null check (length(key) between 1 and 200),
    changed_at    timestamptz,
    asked_at      timestamptz not null default clock_timestamp(),
    run_at        timestamptz not null default now(),
    tries         int         not null default 0 check (tries between 0 and 100),
    primary key (partner_id, customer_id, connection_id, object, key),
    foreign key (partner_id, customer_id, connection_id, object) references feed
) with (fillfactor = 70);
create index source_wanted_due on source_wanted (run_at);
call tenant_table('source_wanted');
call isolation_others_of('source_wanted');
create policy brand on source_wanted as restrictive to tenon_api
    using (brand_sees(partner_id, customer_id, connection_id));
create policy keeper on source_wanted to tenon_keeper using (partner_id = tenant_partner());
grant select, delete on source_wanted to tenon_keeper;
grant select on source_wanted to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert, update (changed_at, asked_at) on source_wanted to tenon_api;
grant update (run_at, tries) on source_wanted to tenon_worker;

-- Of whom something is to be fetched, of all tenants: ids alone.
create policy lookup on source_wanted for select to tenon_lookup using (true);
grant select (partner_id, customer_id, connection_id, object, run_at) on source_wanted to tenon_lookup;
create function source_wanted_due(most int)
    returns table (partner_id uuid, customer_id uuid, connection_id uuid, object text)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select w.partner_id, w.customer_id, w.connection_id, w.object from source_wanted w
     where w.run_at <= now()
       and not exists (select from halted h where h.tenant_id in (w.partner_id, w.customer_id, w.connection_id)
                                              and h.cause is null)
     group by w.partner_id, w.customer_id, w.connection_id, w.object order by min(w.run_at) limit most;
end $$;
alter function source_wanted_due(int) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function source_wanted_due(int) from public;
grant execute on function source_wanted_due(int) to tenon_dispatch;
reset role;

-- What was fetched is no longer wanted, unless it was told of anew meanwhile. Of the tenant that speaks alone.
grant update (run_at, tries) on source_wanted to tenon_keeper;
grant execute on function tenant_customer() to tenon_keeper;
create function source_wanted_ended(in_connection uuid, in_object text, keys text[], asked timestamptz[]) returns void
    language sql security definer set search_path = tenon, pg_temp as $$
    delete from source_wanted w using unnest(keys, asked) as e (key, asked_at)
     where w.partner_id = tenant_partner() and w.customer_id = tenant_customer() and w.connection_id = in_connection
       and w.object = in_object and w.key = e.key and w.asked_at <= e.asked_at;
    update source_wanted w set run_at = now(), tries = 0 from unnest(keys, asked) as e (key, asked_at)
     where w.partner_id = tenant_partner() and w.customer_id = tenant_customer() and w.connection_id = in_connection
       and w.object = in_object and w.key = e.key and w.asked_at > e.asked_at;
$$;
alter function source_wanted_ended(uuid, text, text[], timestamptz[]) owner to tenon_keeper;

set local role tenon_keeper;
revoke all on function source_wanted_ended(uuid, text, text[], timestamptz[]) from public;
grant execute on function source_wanted_ended(uuid, text, text[], timestamptz[]) to tenon_worker;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['source_wanted'] || erased_tables()));
end $$;
reset role;
