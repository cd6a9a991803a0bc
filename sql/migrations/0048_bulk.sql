-- 0048 bulk: many jobs of a flow are let go or ended in the background, and what became of each is kept.
-- Locks: job against writes while an index of those that stopped is made. Undo: drop both tables, the functions and the index,
-- take back the grants on job; erased_tables() as 0046 left it.
set local lock_timeout = '2s';

-- Few of many have stopped; those that go their way have no entry in it. Who asks in these words gets this index and not
-- job_stopped, in which every tenant's are.
create index job_flow_stopped on job (flow_id, job_id)
    where flow_id is not null and case state when 'held' then true when 'dead' then true end;

-- after_id: the job that was looked at last; it moves in the transaction that says what became of those before it, so that
-- whoever goes on after a crash does none twice. until_id: none from there on is looked at. next_at: not before.
create table flow_batch (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    batch_id    uuid        not null,
    flow_id     uuid        not null,
    action      text        not null check (action in ('retry', 'cancel', 'backfill')),
    job_state   text        not null check (job_state in ('ready', 'held', 'dead', 'done')),
    reason      text        check (length(reason) between 1 and 500), -- how that of the jobs begins; null: any
    from_at     timestamptz not null,
    to_at       timestamptz not null,
    per_minute  int         check (per_minute between 1 and 600000),
    dry_run     boolean     not null,
    asked_by    text        not null check (length(asked_by) between 1 and 100),
    state       text        not null default 'running' check (state in ('running', 'done', 'cancelled')),
    matched     int         not null check (matched between 0 and 100000), -- when it was asked for
    more        boolean     not null, -- than were counted or may be done
    done        int         not null default 0,
    skipped     int         not null default 0,
    after_id    uuid        not null,
    until_id    uuid        not null,
    next_at     timestamptz not null default now(),
    created_at  timestamptz not null default now(),
    ended_at    timestamptz,
    primary key (partner_id, customer_id, batch_id),
    foreign key (partner_id, customer_id, flow_id) references flow on delete cascade,
    constraint flow_batch_limit check (done + skipped <= 100000),
    constraint flow_batch_ended_whole check ((state = 'running') = (ended_at is null))
) with (fillfactor = 70);
create index flow_batch_of_flow on flow_batch (flow_id, batch_id, customer_id, partner_id);
create unique index flow_batch_one_runs on flow_batch (flow_id, customer_id, partner_id) where state = 'running';
create index flow_batch_due on flow_batch (next_at) where state = 'running';

-- The first key is what a job's own row asks for, the other index what a page of a batch does.
create table flow_batch_item (
    partner_id  uuid not null,
    customer_id uuid not null,
    batch_id    uuid not null,
    job_id      uuid not null,
    outcome     text not null check (outcome in ('retried', 'cancelled', 'matched', 'skipped')),
    primary key (job_id, batch_id, customer_id, partner_id),
    foreign key (partner_id, customer_id, batch_id) references flow_batch on delete cascade,
    foreign key (partner_id, customer_id, job_id) references job
);
create index flow_batch_item_page on flow_batch_item (batch_id, job_id, customer_id, partner_id);

do $$
declare
    t text;
begin
    foreach t in array array['flow_batch', 'flow_batch_item'] loop
        execute format('call tenant_table(%L)', t);
        execute format('call isolation_others_of(%L)', t);
        execute format('create policy granted on %I as restrictive to tenon_operator using (grant_live(partner_id, customer_id))', t);
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
    end loop;
end $$;
-- Jobs of all store brands go into one.
create policy brand on flow_batch as restrictive to tenon_api using (brand_is_all());
create policy brand on flow_batch_item as restrictive to tenon_api using (brand_is_all() or exists (select from job j
    where j.partner_id = flow_batch_item.partner_id and j.customer_id = flow_batch_item.customer_id
      and j.job_id = flow_batch_item.job_id));
create trigger customer_works before insert on flow_batch
    for each row when (current_user = 'tenon_api') execute function customer_works();
grant insert on flow_batch to tenon_api, tenon_operator;
grant update (state, ended_at) on flow_batch to tenon_api, tenon_operator;
grant update (state, more, done, skipped, after_id, next_at, ended_at) on flow_batch to tenon_worker;
grant insert on flow_batch_item to tenon_worker;
grant update (state, run_at, deadline_at, crashes, reason, ended_at, lane) on job to tenon_worker;

-- Those that may go on now, of all tenants: ids alone.
grant select (batch_id, state, next_at) on flow_batch to tenon_lookup;
create function flow_batches_due(most int) returns table (partner_id uuid, customer_id uuid, batch_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select b.partner_id, b.customer_id, b.batch_id
      from flow_batch b
     where b.state = 'running' and b.next_at <= now()
       and not exists (select from halted h where h.tenant_id in (b.partner_id, b.customer_id))
     order by b.next_at limit most;
end $$;

-- The oldest ended ones of a flow, with what became of their jobs.
create function flow_batch_trim(of_customer uuid, of_flow uuid, keep int) returns int
    language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    n int;
begin
    delete from flow_batch where partner_id = tenant_partner() and customer_id = of_customer and tenant_has(customer_id)
       and batch_id = any (array(
           select b.batch_id from flow_batch b
            where b.partner_id = tenant_partner() and b.customer_id = of_customer and b.flow_id = of_flow
              and b.state <> 'running'
            order by b.batch_id desc offset keep));
    get diagnostics n = row_count;
    return n;
end $$;

alter function flow_batches_due(int) owner to tenon_lookup;
alter function flow_batch_trim(uuid, uuid, int) owner to tenon_keeper;
set local role tenon_lookup;
revoke all on function flow_batches_due(int) from public;
grant execute on function flow_batches_due(int) to tenon_dispatch;
reset role;
set local role tenon_keeper;
revoke all on function flow_batch_trim(uuid, uuid, int) from public;
grant execute on function flow_batch_trim(uuid, uuid, int) to tenon_api, tenon_operator;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['flow_batch_item', 'flow_batch'] || erased_tables()));
end $$;
reset role;
