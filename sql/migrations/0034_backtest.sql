-- 0034 backtest: versions of mappings are run over recorded messages beside what works now, and what came of it is kept.
-- Locks: none on existing tables beyond a moment's share. Undo: drop the table and the functions, and grant nothing on
-- mapping_version.backtest_id.
set local lock_timeout = '2s';

-- One run of one document. What is compared is named by number and hash together, since a draft may change meanwhile: then
-- the run fails, and says so. until_id: no message that came later is looked at, so that one that starts anew after a
-- crash sees the same. attempts also is the fence: who holds a lower number than the row writes nothing any more.
create table backtest (
    partner_id      uuid        not null,
    customer_id     uuid        not null,
    backtest_id     uuid        not null,
    mapping_id      uuid        not null,
    number          int         not null,
    document_hash   bytea       not null check (length(document_hash) = 32),
    against         text        not null check (against in ('version', 'shipped', 'nothing')),
    against_number  int,
    against_hash    bytea       check (length(against_hash) = 32),
    connection_id   uuid, -- nil: of every connection to the system that the mapping reads
    last_days       int         check (last_days between 1 and 366),
    last_messages   int         check (last_messages between 1 and 1000000),
    since_id        uuid        not null,
    until_id        uuid        not null,
    asked_by        text        not null check (length(asked_by) between 1 and 100),
    state           text        not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    reason          text        check (length(reason) between 1 and 500),
    cancel_asked    boolean     not null default false,
    attempts        int         not null default 0,
    beat_at         timestamptz,
    reached_at      timestamptz,
    records         bigint      not null default 0,
    same            bigint      not null default 0,
    changed         bigint      not null default 0,
    newly_failing   bigint      not null default 0,
    newly_passing   bigint      not null default 0,
    still_failing   bigint      not null default 0,
    xref_hash       text        check (length(xref_hash) = 64),
    walls           text        check (length(walls) <= 1000), -- what the caged process said of itself
    result          text        check (octet_length(result) between 2 and 4194304),
    result_hash     bytea       check (length(result_hash) = 32),
    created_at      timestamptz not null default now(),
    started_at      timestamptz,
    ended_at        timestamptz,
    primary key (partner_id, customer_id, backtest_id),
    foreign key (partner_id, customer_id, mapping_id, number) references mapping_version on delete cascade,
    constraint backtest_window check ((last_days is null) <> (last_messages is null)),
    constraint backtest_against_whole check ((against = 'version') = (against_number is not null)
                                             and (against = 'nothing') = (against_hash is null)),
    constraint backtest_counts_whole check (records = same + changed + newly_failing + newly_passing + still_failing),
    constraint backtest_result_whole check ((state = 'done') = (result is not null)
                                            and (result is null) = (result_hash is null)),
    constraint backtest_ended_whole check ((state in ('done', 'failed', 'cancelled')) = (ended_at is not null))
) with (fillfactor = 70);
alter table backtest alter result set compression lz4;
create index backtest_of_mapping on backtest (mapping_id, backtest_id, customer_id, partner_id);
create index backtest_open on backtest (created_at) where state in ('queued', 'running');
-- One at a time for each customer.
create unique index backtest_one_runs on backtest (customer_id, partner_id) where state = 'running';
call tenant_table('backtest');
call isolation_others_of('backtest');
-- Messages of all store brands go into one, and examples of them are told.
create policy brand on backtest as restrictive to tenon_api using (brand_is_all());
create policy granted on backtest as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
create trigger customer_works before insert on backtest
    for each row when (current_user = 'tenon_api') execute function customer_works();

grant select on backtest to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert on backtest to tenon_api, tenon_operator;
grant update (state, reason, cancel_asked, ended_at) on backtest to tenon_api, tenon_operator;
grant update (state, reason, attempts, beat_at, reached_at, records, same, changed, newly_failing, newly_passing, still_failing,
              xref_hash, walls, result, result_hash, ended_at) on backtest to tenon_worker;
grant update (backtest_id, row_version) on mapping_version to tenon_worker;

-- The next one to be run, ids only: of a customer of which none runs, or one whose worker has not been heard of.
create policy lookup on backtest to tenon_lookup using (true);
grant select, update (state, attempts, beat_at, started_at) on backtest to tenon_lookup;
grant select on halted to tenon_lookup;
create function backtest_claim() returns table (partner_id uuid, customer_id uuid, backtest_id uuid, attempt int)
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    return query
        update backtest x set state = 'running', attempts = x.attempts + 1, beat_at = now(),
                              started_at = coalesce(x.started_at, now())
         where (x.partner_id, x.customer_id, x.backtest_id) = (
             select w.partner_id, w.customer_id, w.backtest_id from backtest w
              where (w.state = 'queued' and not exists (select from backtest r where r.partner_id = w.partner_id
                                                           and r.customer_id = w.customer_id and r.state = 'running')
                     or w.state = 'running' and w.beat_at < now() - interval '15 seconds')
                and not exists (select from halted h where h.tenant_id in (w.partner_id, w.customer_id))
              order by w.created_at limit 1 for update skip locked)
        returning x.partner_id, x.customer_id, x.backtest_id, x.attempts;
exception when unique_violation then -- another worker has begun one of the same customer's just now
    return;
end $$;

create policy keeper on backtest to tenon_keeper using (partner_id = tenant_partner());
grant select, delete on backtest to tenon_keeper;
-- Old ones of a mapping, but for those that a version names.
create function backtest_trim(of_customer uuid, of_mapping uuid, keep int) returns int
    language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    n int;
begin
    delete from backtest where partner_id = tenant_partner() and customer_id = of_customer and tenant_has(customer_id)
       and backtest_id = any (array(
           select b.backtest_id from backtest b
            where b.partner_id = tenant_partner() and b.customer_id = of_customer and b.mapping_id = of_mapping
              and b.state in ('done', 'failed', 'cancelled')
              and not exists (select from mapping_version v where v.partner_id = b.partner_id and v.customer_id = b.customer_id
                                 and v.mapping_id = b.mapping_id and v.backtest_id = b.backtest_id)
            order by b.backtest_id desc offset keep));
    get diagnostics n = row_count;
    return n;
end $$;

alter function backtest_claim() owner to tenon_lookup;
alter function backtest_trim(uuid, uuid, int) owner to tenon_keeper;
set local role tenon_lookup;
revoke all on function backtest_claim() from public;
grant execute on function backtest_claim() to tenon_dispatch;
reset role;
-- Erasing a customer takes these too, before the versions they are about; whatever else is erased stays as it was said
-- before.
set local role tenon_keeper;
revoke all on function backtest_trim(uuid, uuid, int) from public;
grant execute on function backtest_trim(uuid, uuid, int) to tenon_api, tenon_operator;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['backtest'] || erased_tables()));
end $$;
reset role;
