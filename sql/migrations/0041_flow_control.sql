-- 0041 flow_control: flows that are paused, drained and begun by the clock; questions that a person answers; who is told.
-- Locks: halted, flow and connection for a moment. Undo: drop the tables, the triggers and the column; halt() as 0016 has it;
-- erased_tables() as 0039 left it.
set local lock_timeout = '2s';

update role set permissions = permissions || '{flows:approve}' where role in ('partner_owner', 'partner_admin', 'customer_admin');

-- A flow's or a connection's id stands still as a customer's does. after: only what came later; what came before is done.
alter table halted add column after timestamptz;
grant select (created_at) on job to tenon_dispatch;
grant update on halted to tenon_keeper;

create function flow_halt() returns trigger language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    if coalesce(current_setting('tenon.partner_id', true), '') = '' then -- as below
        perform set_config('tenon.partner_id', new.partner_id::text, true);
    end if;
    if new.state = 'active' then
        -- What waited gets the time that it waited.
        update job j set deadline_at = j.deadline_at + (now() - greatest(h.since, j.created_at))
          from halted h
         where h.tenant_id = new.flow_id and j.partner_id = new.partner_id and j.customer_id = new.customer_id
           and j.flow_id = new.flow_id and j.state = 'ready' and (h.after is null or j.created_at > h.after);
        delete from halted where tenant_id = new.flow_id;
    else
        insert into halted (tenant_id, after) values (new.flow_id, case new.state when 'draining' then now() end)
        on conflict (tenant_id) do update set after = excluded.after;
    end if;
    return null;
end $$;
create trigger flow_halt after update of state on flow for each row when (old.state <> new.state) execute function flow_halt();

create function connection_halt() returns trigger language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    if coalesce(current_setting('tenon.partner_id', true), '') = '' then -- the owner's own hand; nobody else gets here without
        perform set_config('tenon.partner_id', new.partner_id::text, true);
    end if;
    if new.status <> 'paused' then
        update job j set deadline_at = j.deadline_at + (now() - greatest(h.since, j.created_at))
          from halted h
         where h.tenant_id = new.connection_id and j.partner_id = new.partner_id and j.customer_id = new.customer_id
           and j.connection_id = new.connection_id and j.state = 'ready';
        delete from halted where tenant_id = new.connection_id;
    else
        insert into halted (tenant_id) values (new.connection_id) on conflict do nothing;
    end if;
    return null;
end $$;
create trigger connection_halt after update of status on connection for each row
    when ((old.status = 'paused') <> (new.status = 'paused')) execute function connection_halt();
grant select (partner_id, customer_id, job_id, flow_id, connection_id, state, created_at, deadline_at) on job to tenon_keeper;

-- When a flow is begun by the clock, as its published version says. next_at null: not any more.
create table flow_schedule (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    flow_id     uuid        not null,
    cron        text        not null check (length(cron) <= 200),
    zone        text        not null check (length(zone) <= 64),
    missed      text        not null check (missed in ('skip', 'once', 'each')),
    next_at     timestamptz,
    fired_at    timestamptz,
    skipped     bigint      not null default 0, -- times that came while nothing could be begun
    changed_at  timestamptz not null default now(),
    primary key (partner_id, customer_id, flow_id),
    foreign key (partner_id, customer_id, flow_id) references flow
);
create index flow_schedule_due on flow_schedule (next_at) where next_at is not null;
call tenant_table('flow_schedule');
call isolation_others_of('flow_schedule');
create policy lookup on flow_schedule for select to tenon_lookup using (true);
create policy lookup on flow for select to tenon_lookup using (true);
grant select (partner_id, customer_id, flow_id, next_at) on flow_schedule to tenon_lookup;
grant select (partner_id, customer_id, flow_id, state) on flow to tenon_lookup;

-- Flows that a time has come for, of all tenants: ids alone. Those that stand still come when they go on.
create function flow_schedules_due(most int) returns table (partner_id uuid, customer_id uuid, flow_id uuid)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select s.partner_id, s.customer_id, s.flow_id
      from flow_schedule s
      join flow f on f.partner_id = s.partner_id and f.customer_id = s.customer_id and f.flow_id = s.flow_id
     where s.next_at <= now() and f.state = 'active'
       and not exists (select from halted h where h.tenant_id in (s.partner_id, s.customer_id))
     order by s.next_at limit most;
end $$;
alter function flow_schedules_due(int) owner to tenon_lookup;
grant insert on flow_schedule to tenon_api, tenon_operator;
grant update (cron, zone, missed, next_at, changed_at) on flow_schedule to tenon_api, tenon_operator;
grant update (next_at, fired_at, skipped) on flow_schedule to tenon_worker;

-- What a job asks a person. step: where in the flow's document, and which item.
create table approval (
    partner_id   uuid        not null,
    customer_id  uuid        not null,
    approval_id  uuid        not null,
    job_id       uuid        not null,
    flow_id      uuid        not null,
    step         text        not null check (length(step) <= 300),
    question     text        not null check (length(question) between 1 and 2000),
    four_eyes    boolean     not null,
    state        text        not null default 'open' check (state in ('open', 'approved', 'rejected')),
    asked_at     timestamptz not null default now(),
    due_at       timestamptz,
    assigned_to  text        check (length(assigned_to) <= 100),
    first_by     text        check (length(first_by) <= 100), -- of two who must agree
    decided_by   text        check (length(decided_by) <= 100),
    decided_at   timestamptz,
    note         text        check (length(note) <= 500),
    row_version  bigint      not null default 1,
    primary key (partner_id, customer_id, approval_id),
    unique (job_id, step, customer_id, partner_id),
    foreign key (partner_id, customer_id, job_id) references job,
    foreign key (partner_id, customer_id, flow_id) references flow,
    constraint approval_decided_whole check ((state = 'open') = (decided_by is null) and (state = 'open') = (decided_at is null))
);
create index approval_flow on approval (flow_id, customer_id, partner_id);
create index approval_open on approval (partner_id, customer_id, approval_id) where state = 'open';
call tenant_table('approval');
call isolation_others_of('approval');
create policy brand on approval as restrictive to tenon_api using (brand_is_all() or exists (select from job j
    where j.partner_id = approval.partner_id and j.customer_id = approval.customer_id and j.job_id = approval.job_id));
grant insert on approval to tenon_worker;
grant update (state, assigned_to, first_by, decided_by, decided_at, note, row_version) on approval to tenon_api, tenon_operator;
create trigger customer_works before insert or update on approval for each row
    when (current_user = 'tenon_api') execute function customer_works();

-- That a job has told people something: once for each step.
create table flow_notice (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    job_id      uuid        not null,
    step        text        not null check (length(step) <= 300),
    subject     text        not null check (length(subject) <= 300),
    told        int         not null, -- people who were written to
    told_at     timestamptz not null default now(),
    primary key (partner_id, customer_id, job_id, step),
    foreign key (partner_id, customer_id, job_id) references job
);
call tenant_table('flow_notice');
call isolation_others_of('flow_notice');
create policy brand on flow_notice as restrictive to tenon_api using (brand_is_all() or exists (select from job j
    where j.partner_id = flow_notice.partner_id and j.customer_id = flow_notice.customer_id and j.job_id = flow_notice.job_id));
grant insert on flow_notice to tenon_worker;

-- Who is told: the administrators of the customer.
create function flow_told() returns table (user_id uuid, email text, name text, locale text)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select u.user_id, u.email, u.name, u.locale from app_user u
           where u.partner_id = tenant_partner() and u.status = 'active'
             and exists (select from membership m where m.partner_id = u.partner_id and m.user_id = u.user_id
                            and m.customer_id = tenant_customer() and m.role = 'customer_admin'
                            and m.accepted_at is not null and m.ended_at is null)
           order by u.user_id limit 20;
end $$;
grant select (customer_id) on membership to tenon_lookup;
alter function flow_told() owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function flow_told(), flow_schedules_due(int) from public;
grant execute on function flow_told() to tenon_worker;
grant execute on function flow_schedules_due(int) to tenon_dispatch;
reset role;

do $$
declare
    t text;
begin
    foreach t in array array['flow_schedule', 'approval', 'flow_notice'] loop
        execute format('create policy keeper on %I to tenon_keeper using (partner_id = tenant_partner())', t);
        execute format('grant select, delete on %I to tenon_keeper', t);
        execute format('grant select on %I to tenon_api, tenon_worker, tenon_read, tenon_operator', t);
    end loop;
end $$;
alter function flow_halt() owner to tenon_keeper;
alter function connection_halt() owner to tenon_keeper;

set local role tenon_keeper;
revoke all on function flow_halt(), connection_halt() from public;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['flow_notice', 'approval', 'flow_schedule'] || erased_tables()));
end $$;
reset role;
