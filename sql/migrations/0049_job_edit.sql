-- 0049 job_edit: what a stopped job of a flow is about is put right by people, and the original stays as it came; a pause of a
-- connection holds what would call it; and a held job of a flow whose document gives its key keeps later ones of the key waiting.
-- Locks: job, connection, halted, flow, flow_connection and connection_flow for a moment, for columns and triggers. Undo: drop
-- the table, the columns, the new triggers and functions; flow_halt() and connection_halt() as 0041, feed_sweeps_due() as
-- 0046 has it; the primary key of halted again; erased_tables() as 0046 left it.
set local lock_timeout = '2s';

-- How often; the last one is what its next try reads. Null: never.
alter table job add column edits int;
grant update (edits) on job to tenon_api, tenon_operator;

create table job_edit (
    partner_id  uuid        not null,
    customer_id uuid        not null,
    job_id      uuid        not null,
    number      int         not null check (number between 1 and 100),
    edit_id     uuid        not null default gen_random_uuid(), -- where an export goes on
    body        bytea       not null check (octet_length(body) <= 1048576),
    body_hash   bytea       not null check (length(body_hash) = 32),
    edited_by   text        not null check (length(edited_by) between 1 and 100),
    edited_at   timestamptz not null default now(),
    note        text        check (length(note) <= 500),
    primary key (partner_id, customer_id, job_id, number),
    unique (edit_id, customer_id, partner_id),
    foreign key (partner_id, customer_id, job_id) references job
);
alter table job_edit alter body set compression lz4;
call tenant_table('job_edit');
call isolation_others_of('job_edit');
create policy brand on job_edit as restrictive to tenon_api using (brand_is_all() or exists (select from job j
    where j.partner_id = job_edit.partner_id and j.customer_id = job_edit.customer_id and j.job_id = job_edit.job_id));
create policy keeper on job_edit to tenon_keeper using (partner_id = tenant_partner());
grant select, delete on job_edit to tenon_keeper;
grant select on job_edit to tenon_api, tenon_worker, tenon_read, tenon_operator;
grant insert on job_edit to tenon_api;
create trigger customer_works before insert or update on job_edit for each row
    when (current_user = 'tenon_api') execute function customer_works();
grant update (request, planned_at) on flow_plan to tenon_worker; -- of what is edited, another request would be sent

-- ---- order ----

-- Its flow's document says what it has its turn among (decision 0033).
alter table job add column keyed boolean not null default false;
grant select (keyed) on job to tenon_dispatch;

-- What waited behind a held one gets a week from when that is let go or ended, by whomever.
create function job_lets_go() returns trigger language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    if coalesce(current_setting('tenon.partner_id', true), '') = '' then -- the owner's own hand; nobody else gets here without
        perform set_config('tenon.partner_id', new.partner_id::text, true);
    end if;
    update job j set deadline_at = now() + interval '7 days'
     where j.partner_id = new.partner_id and j.customer_id = new.customer_id and j.business_key = new.business_key
       and j.state = 'ready' and j.job_id > new.job_id and j.keyed and j.deadline_at < now() + interval '7 days';
    return null;
end $$;
create trigger job_lets_go after update of state on job for each row
    when (old.state = 'held' and old.keyed and new.state <> 'held') execute function job_lets_go();
revoke all on function job_lets_go() from public;
alter function job_lets_go() owner to tenon_keeper;

-- ---- pauses ----

alter table connection add column paused_by text check (length(paused_by) <= 100), add column paused_at timestamptz;
grant update (paused_by, paused_at) on connection to tenon_api;

-- cause: the paused connection that what stands here would call; null: it stands still itself. program: only what goes by what
-- comes with the program, and no flow.
alter table halted add column cause uuid, add column program boolean not null default false;
alter table halted drop constraint halted_pkey;
create unique index halted_own on halted (tenant_id) where cause is null;
create unique index halted_caller on halted (tenant_id, cause, program) where cause is not null;
create index halted_cause on halted (cause) where cause is not null;

-- Whether a flow's document calls a connection by this name; of one that cannot be read: it may.
create function flow_calls(document text, role text) returns boolean language plpgsql immutable
    set search_path = tenon, pg_temp as $$
begin
    return jsonb_path_exists(document::jsonb, '$.**.connection ? (@ == $role)', jsonb_build_object('role', role));
exception when others then
    return true;
end $$;

-- What would call a connection stands still with it: flows that mean it by a name, and what comes from connections that lead to
-- it. Asked again whenever that changes. What it does not find (a run on an older version) waits where it would call.
create function connection_callers_halt(p uuid, c uuid, k uuid, halts boolean) returns void
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    with callers as (
        select r.flow_id as id, false as program
          from flow_connection r
          join flow f on f.partner_id = r.partner_id and f.customer_id = r.customer_id and f.flow_id = r.flow_id
          join flow_version v on v.partner_id = f.partner_id and v.customer_id = f.customer_id and v.flow_id = f.flow_id
                             and v.number = f.current_version
         where halts and r.partner_id = p and r.customer_id = c and r.connection_id = k and flow_calls(v.document, r.role)
        union
        select s.connection_id, not exists (
                select from connection_flow t
                  join flow f on f.partner_id = t.partner_id and f.customer_id = t.customer_id and f.flow_id = t.flow_id
                  join flow_version v on v.partner_id = f.partner_id and v.customer_id = f.customer_id
                                     and v.flow_id = f.flow_id and v.number = f.current_version
                 where t.partner_id = p and t.customer_id = c and t.connection_id = s.connection_id
                   and flow_calls(v.document, 'destination'))
          from connection s
         where halts and s.partner_id = p and s.customer_id = c and s.destination_id = k
    ), gone as (
        delete from halted h
         where h.cause = k and not exists (select from callers a where a.id = h.tenant_id and a.program = h.program)
        returning h.tenant_id, h.program, h.since
    ), kept as (
        insert into halted (tenant_id, cause, program) select id, k, program from callers on conflict do nothing
    )
    update job j set deadline_at = j.deadline_at + (now() - greatest(g.since, j.created_at))
      from gone g
     where j.partner_id = p and j.customer_id = c and j.state = 'ready'
       and (j.flow_id = g.tenant_id or j.connection_id = g.tenant_id and (not g.program or j.flow_id is null));
end $$;

create function callers_halt() returns trigger language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    if coalesce(current_setting('tenon.partner_id', true), '') = '' then -- as above
        perform set_config('tenon.partner_id', new.partner_id::text, true);
    end if;
    perform connection_callers_halt(k.partner_id, k.customer_id, k.connection_id, true)
       from connection k
      where k.partner_id = new.partner_id and k.customer_id = new.customer_id and k.status = 'paused';
    return null;
end $$;
create trigger callers_halt after insert or update of connection_id on flow_connection
    for each row execute function callers_halt();
create trigger callers_halt after insert or update of flow_id on connection_flow for each row execute function callers_halt();
create trigger callers_halt after update of current_version on flow for each row execute function callers_halt();
create trigger callers_halt after insert or update of destination_id on connection for each row execute function callers_halt();

alter function connection_callers_halt(uuid, uuid, uuid, boolean) owner to tenon_keeper;
alter function callers_halt() owner to tenon_keeper;
revoke all on function flow_calls(text, text) from public;
grant execute on function flow_calls(text, text) to tenon_keeper, tenon_api;

set local role tenon_lookup;
-- A source whose deliveries wait for another is asked all the same.
create or replace function feed_sweeps_due(most int)
    returns table (partner_id uuid, customer_id uuid, connection_id uuid, object text)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select f.partner_id, f.customer_id, f.connection_id, f.object from feed f
     where f.sweep_at <= now()
       and not exists (select from halted h where h.tenant_id in (f.partner_id, f.customer_id, f.connection_id)
                                              and h.cause is null)
     order by f.sweep_at limit most;
end $$;
reset role;

set local role tenon_keeper;
create or replace function flow_halt() returns trigger language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    if coalesce(current_setting('tenon.partner_id', true), '') = '' then -- the owner's own hand; nobody else gets here without
        perform set_config('tenon.partner_id', new.partner_id::text, true);
    end if;
    if new.state = 'active' then
        -- What waited gets the time that it waited.
        update job j set deadline_at = j.deadline_at + (now() - greatest(h.since, j.created_at))
          from halted h
         where h.tenant_id = new.flow_id and h.cause is null and j.partner_id = new.partner_id
           and j.customer_id = new.customer_id and j.flow_id = new.flow_id and j.state = 'ready'
           and (h.after is null or j.created_at > h.after);
        delete from halted where tenant_id = new.flow_id and cause is null;
    else
        insert into halted (tenant_id, after) values (new.flow_id, case new.state when 'draining' then now() end)
        on conflict (tenant_id) where cause is null do update set after = excluded.after;
    end if;
    return null;
end $$;

create or replace function connection_halt() returns trigger
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    if coalesce(current_setting('tenon.partner_id', true), '') = '' then -- as above
        perform set_config('tenon.partner_id', new.partner_id::text, true);
    end if;
    if new.status <> 'paused' then
        update job j set deadline_at = j.deadline_at + (now() - greatest(h.since, j.created_at))
          from halted h
         where h.tenant_id = new.connection_id and h.cause is null and j.partner_id = new.partner_id
           and j.customer_id = new.customer_id and j.connection_id = new.connection_id and j.state = 'ready';
        delete from halted where tenant_id = new.connection_id and cause is null;
    else
        insert into halted (tenant_id) values (new.connection_id) on conflict do nothing;
    end if;
    perform connection_callers_halt(new.partner_id, new.customer_id, new.connection_id, new.status = 'paused');
    return null;
end $$;

revoke all on function connection_callers_halt(uuid, uuid, uuid, boolean), callers_halt() from public;
do $$
begin
    execute format('create or replace function erased_tables() returns text[] language sql immutable as %L',
                   format('select %L::text[]', array['job_edit'] || erased_tables()));
end $$;
reset role;
