-- flow_page :many   in customer_id uuid, flow_id uuid, after uuid, most int
--    out customer_id uuid, flow_id uuid, name text, state text, shadow bool, versions int, current_version int?,
--    created_at timestamptz, changed_at timestamptz, row_version bigint
-- # Nil: of any.
select customer_id, flow_id, name, state, shadow, versions, current_version, created_at, changed_at, row_version
  from flow
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
   and (:flow_id = '00000000-0000-0000-0000-000000000000' or flow_id = :flow_id)
   and flow_id > :after order by flow_id limit :most;

-- flow_lock :maybe   in flow_id uuid
--    out customer_id uuid, flow_id uuid, name text, state text, shadow bool, versions int, current_version int?,
--    created_at timestamptz, changed_at timestamptz, row_version bigint
select customer_id, flow_id, name, state, shadow, versions, current_version, created_at, changed_at, row_version
  from flow
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and flow_id = :flow_id
   for update;

-- flow_count :one   in customer_id uuid   out flows bigint
select count(*) as flows from flow where partner_id = tenant_partner() and customer_id = :customer_id;

-- flow_create :exec   in partner_id uuid, customer_id uuid, flow_id uuid, name text
insert into flow (partner_id, customer_id, flow_id, name) values (:partner_id, :customer_id, :flow_id, :name);

-- flow_change :maybe   in customer_id uuid, flow_id uuid, version bigint, name text, state text, shadow bool
--    out row_version bigint
update flow set name = :name, state = :state, shadow = :shadow, changed_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id and row_version = :version
returning row_version;

-- flow_delete :one   in customer_id uuid, flow_id uuid   out deleted bool
select flow_delete(:customer_id, :flow_id) as deleted;

-- flow_works :exec   in customer_id uuid, flow_id uuid, current_version int?, on_change text?
update flow set current_version = :current_version, on_change = :on_change, changed_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id;

-- flow_next :one   in customer_id uuid, flow_id uuid   out versions int
update flow set versions = versions + 1, changed_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
returning versions;

-- flow_names :many   in customer_id uuid, most int   out flow_id uuid, name text, current_version int?
select flow_id, name, current_version from flow
 where partner_id = tenant_partner() and customer_id = :customer_id order by name limit :most;

-- flow_version_create :exec   in partner_id uuid, customer_id uuid, flow_id uuid, number int, document text,
--    document_hash bytea, note text?, author text
insert into flow_version (partner_id, customer_id, flow_id, number, document, document_hash, note, author)
values (:partner_id, :customer_id, :flow_id, :number, :document, :document_hash, :note, :author);

-- flow_version_page :many   in flow_id uuid, before int, most int
--    out number int, status text, document_hash bytea, note text?, author text, replaces int?, created_at timestamptz,
--    changed_at timestamptz, published_at timestamptz?, row_version bigint
select number, status, document_hash, note, author, replaces, created_at, changed_at, published_at, row_version
  from flow_version
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and flow_id = :flow_id and number < :before
 order by number desc limit :most;

-- flow_version_get :maybe   in flow_id uuid, number int
--    out number int, status text, document text, document_hash bytea, note text?, author text, replaces int?,
--    created_at timestamptz, changed_at timestamptz, published_at timestamptz?, row_version bigint
select number, status, document, document_hash, note, author, replaces, created_at, changed_at, published_at, row_version
  from flow_version
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and flow_id = :flow_id and number = :number;

-- flow_version_change :maybe   in customer_id uuid, flow_id uuid, number int, version bigint, document text,
--    document_hash bytea, note text?   out row_version bigint
update flow_version
   set document = :document, document_hash = :document_hash, note = :note, changed_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id and number = :number
   and row_version = :version
returning row_version;

-- flow_version_publish :exec   in customer_id uuid, flow_id uuid, number int, replaces int?
update flow_version
   set status = 'published', published_at = coalesce(published_at, now()), replaces = :replaces, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id and number = :number;

-- flow_version_status :exec   in customer_id uuid, flow_id uuid, number int, status text
-- # "published" for one that works again: what it once replaced stays where the next roll-back leads.
update flow_version set status = :status, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id and number = :number
   and status <> :status;

-- flow_roles :many   in customer_id uuid, flow_id uuid   out role text, connection_id uuid, changed_at timestamptz
select role, connection_id, changed_at from flow_connection
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id order by role;

-- flow_role_put :exec   in partner_id uuid, customer_id uuid, flow_id uuid, role text, connection_id uuid
insert into flow_connection (partner_id, customer_id, flow_id, role, connection_id)
values (:partner_id, :customer_id, :flow_id, :role, :connection_id)
on conflict (partner_id, customer_id, flow_id, role)
do update set connection_id = excluded.connection_id, changed_at = now();

-- flow_through :many   in connection_id uuid
--    out object text, flow_id uuid, name text, current_version int?, changed_at timestamptz
select c.object, f.flow_id, f.name, f.current_version, c.changed_at
  from connection_flow c
  join flow f on f.partner_id = c.partner_id and f.customer_id = c.customer_id and f.flow_id = c.flow_id
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = :connection_id
 order by c.object;

-- flow_through_put :exec   in partner_id uuid, customer_id uuid, connection_id uuid, object text, flow_id uuid
insert into connection_flow (partner_id, customer_id, connection_id, object, flow_id)
values (:partner_id, :customer_id, :connection_id, :object, :flow_id)
on conflict (partner_id, customer_id, connection_id, object) do update set flow_id = excluded.flow_id, changed_at = now();

-- flow_through_delete :exec   in connection_id uuid, object text
update connection_flow set flow_id = null, changed_at = now()
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and object = :object;

-- job_get :maybe   in job_id uuid
--    out job_id uuid, customer_id uuid, flow_id uuid?, flow_version int?, message_id uuid?, connection_id uuid?, kind text,
--    business_key text, lane int, state text, shadow bool, run_at timestamptz, deadline_at timestamptz, attempts int,
--    reason text?, created_at timestamptz, ended_at timestamptz?
select job_id, customer_id, flow_id, flow_version, message_id, connection_id, kind, business_key, lane::int, state, shadow,
       run_at, deadline_at, attempts, reason, created_at, ended_at
  from job
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and job_id = :job_id;

-- job_page :many   in flow_id uuid, state text, before uuid, most int
--    out job_id uuid, customer_id uuid, flow_id uuid?, flow_version int?, message_id uuid?, connection_id uuid?, kind text,
--    business_key text, lane int, state text, shadow bool, run_at timestamptz, deadline_at timestamptz, attempts int,
--    reason text?, created_at timestamptz, ended_at timestamptz?
-- # Newest first; an empty state: any. Of a flow are those that it was given and those about messages. The limits inside say
-- # that indexes are to be read in their order, and "offset 0" that each job is looked up in that order.
select j.job_id, j.customer_id, j.flow_id, j.flow_version, j.message_id, j.connection_id, j.kind, j.business_key, j.lane::int,
       j.state, j.shadow, j.run_at, j.deadline_at, j.attempts, j.reason, j.created_at, j.ended_at
  from ((select customer_id, job_id from flow_input
          where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
            and flow_id = :flow_id and job_id < :before
          order by job_id desc limit case :state when '' then :most end)
        union all
        (select customer_id, job_id from job
          where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
            and flow_id = :flow_id and message_id is not null and job_id < :before
          order by job_id desc limit case :state when '' then :most end)
        order by job_id desc) g
 cross join lateral (select * from job
                      where partner_id = tenant_partner() and customer_id = g.customer_id and job_id = g.job_id offset 0) j
 where (:state = '' or j.state = :state)
 order by g.job_id desc limit :most;

-- job_attempts :many   in customer_id uuid, job_id uuid, most int
--    out n int, started_at timestamptz, ended_at timestamptz, outcome text, reason text?
select n, started_at, ended_at, outcome, reason from job_try
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id order by n desc limit :most;

-- job_effects :many   in customer_id uuid, job_id uuid, most int
--    out effect_id uuid, connection_id uuid, operation text, effect_key text, state text, external_ref text?, sends int,
--    reason text?, planned_at timestamptz, confirmed_at timestamptz?
select effect_id, connection_id, operation, effect_key, state, external_ref, sends, reason, planned_at, confirmed_at
  from effect
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id
 order by planned_at, effect_id limit :most;

-- job_plans :many   in customer_id uuid, job_id uuid, most int
--    out connection_id uuid, operation text, effect_key text, request text, planned_at timestamptz
select connection_id, operation, effect_key, request, planned_at from flow_plan
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id
 order by planned_at, operation, effect_key limit :most;

-- job_cancel :maybe   in customer_id uuid, job_id uuid, who text   out job_id uuid
update job set state = 'cancelled', ended_at = now(), reason = :who
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id and flow_id is not null
   and case state when 'leased' then false else state in ('ready', 'held', 'dead') end
returning job_id;

-- job_retry :maybe   in customer_id uuid, job_id uuid   out job_id uuid
-- # Once more, at once and with a week to do so, by the version that it began with.
update job
   set state = 'ready', run_at = now(), reason = null, ended_at = null, crashes = 0,
       deadline_at = greatest(deadline_at, now() + interval '7 days')
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id and flow_id is not null
   and (state in ('held', 'dead') or state = 'ready' and run_at > now())
returning job_id;

-- flow_schedule_set :exec   in partner_id uuid, customer_id uuid, flow_id uuid, cron text, zone text, missed text,
--    overlap text, next_at timestamptz?
insert into flow_schedule (partner_id, customer_id, flow_id, cron, zone, missed, overlap, next_at)
values (:partner_id, :customer_id, :flow_id, :cron, :zone, :missed, :overlap, :next_at)
on conflict (partner_id, customer_id, flow_id)
do update set cron = excluded.cron, zone = excluded.zone, missed = excluded.missed, overlap = excluded.overlap,
              next_at = excluded.next_at, changed_at = now();

-- flow_schedule_end :exec   in customer_id uuid, flow_id uuid
update flow_schedule set next_at = null, changed_at = now()
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id and next_at is not null;

-- flow_schedule_get :maybe   in flow_id uuid
--    out cron text, zone text, missed text, overlap text, next_at timestamptz?, fired_at timestamptz?, skipped bigint,
--    overlapped bigint, overlapped_at timestamptz?
select cron, zone, missed, overlap, next_at, fired_at, skipped, overlapped, overlapped_at from flow_schedule
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and flow_id = :flow_id;

-- flow_schedules_due :many   in most int   out partner_id uuid, customer_id uuid, flow_id uuid
-- # As tenon_dispatch, of all tenants: ids alone.
select partner_id, customer_id, flow_id from flow_schedules_due(:most);

-- flow_schedule_due :maybe   in flow_id uuid
--    out cron text, zone text, missed text, overlap text, next_at timestamptz, fired_at timestamptz?, current_version int,
--    shadow bool
-- # As tenon_worker, locked: of all clocks one goes on.
select s.cron, s.zone, s.missed, s.overlap, s.next_at, s.fired_at, f.current_version, f.shadow
  from flow_schedule s
  join flow f on f.partner_id = s.partner_id and f.customer_id = s.customer_id and f.flow_id = s.flow_id
 where s.partner_id = tenant_partner() and s.customer_id = tenant_customer() and s.flow_id = :flow_id
   and s.next_at <= now() and f.current_version is not null
   for update of s skip locked;

-- flow_run_open :one   in flow_id uuid, origin_key text   out open bool
-- # Whether the run of this origin waits for its turn or is under way; one that is held waits for a person.
select exists (
    select from flow_input i
      join job j on j.partner_id = i.partner_id and j.customer_id = i.customer_id and j.job_id = i.job_id
     where i.partner_id = tenant_partner() and i.customer_id = tenant_customer() and i.flow_id = :flow_id
       and i.origin_key = :origin_key and case j.state when 'ready' then true when 'leased' then true end) as open;

-- flow_schedule_fired :exec   in flow_id uuid, next_at timestamptz?, fired_at timestamptz?, skipped int, overlapped int,
--    overlapped_at timestamptz?
update flow_schedule set next_at = :next_at, fired_at = coalesce(:fired_at, fired_at), skipped = skipped + :skipped,
       overlapped = overlapped + :overlapped, overlapped_at = coalesce(:overlapped_at, overlapped_at)
 where partner_id = tenant_partner() and customer_id = tenant_customer() and flow_id = :flow_id;

-- approval_page :many   in state text, after uuid, most int
--    out approval_id uuid, customer_id uuid, job_id uuid, flow_id uuid, flow_name text, question text, four_eyes bool,
--    state text, asked_at timestamptz, due_at timestamptz?, assigned_to text?, first_by text?, decided_by text?,
--    decided_at timestamptz?, note text?, row_version bigint
-- # Oldest first; an empty state: any.
select a.approval_id, a.customer_id, a.job_id, a.flow_id, f.name as flow_name, a.question, a.four_eyes, a.state, a.asked_at,
       a.due_at, a.assigned_to, a.first_by, a.decided_by, a.decided_at, a.note, a.row_version
  from approval a
  join flow f on f.partner_id = a.partner_id and f.customer_id = a.customer_id and f.flow_id = a.flow_id
 where a.partner_id = tenant_partner() and a.customer_id = any ((select tenant_customers())::uuid[])
   and (:state = '' or a.state = :state) and a.approval_id > :after
 order by a.approval_id limit :most;

-- approval_lock :maybe   in approval_id uuid
--    out approval_id uuid, customer_id uuid, job_id uuid, flow_id uuid, four_eyes bool, state text, first_by text?,
--    given_by text?, row_version bigint
-- # given_by: who began the run, where somebody did.
select a.approval_id, a.customer_id, a.job_id, a.flow_id, a.four_eyes, a.state, a.first_by,
       (select g.given_by from flow_input g
         where g.partner_id = a.partner_id and g.customer_id = a.customer_id and g.job_id = a.job_id) as given_by, a.row_version
  from approval a
 where a.partner_id = tenant_partner() and a.customer_id = any ((select tenant_customers())::uuid[])
   and a.approval_id = :approval_id
   for update of a;

-- approval_first :exec   in customer_id uuid, approval_id uuid, who text
update approval set first_by = :who, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and approval_id = :approval_id;

-- approval_decide :exec   in customer_id uuid, approval_id uuid, state text, who text, note text?
update approval set state = :state, decided_by = :who, decided_at = now(), note = :note, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and approval_id = :approval_id;

-- approval_assign :exec   in customer_id uuid, approval_id uuid, who text?
update approval set assigned_to = :who, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and approval_id = :approval_id;

-- approval_goes_on :maybe   in customer_id uuid, job_id uuid   out job_id uuid
-- # The job that asked; no row: it is not held.
update job set state = 'ready', run_at = now(), reason = null, deadline_at = greatest(deadline_at, now() + interval '7 days')
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id
   and case state when 'held' then true end
returning job_id;

-- approval_ends :maybe   in customer_id uuid, job_id uuid, reason text   out job_id uuid
update job set state = 'cancelled', ended_at = now(), reason = :reason
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id
   and case state when 'held' then true end
returning job_id;

-- jobs_matching :many   in customer_id uuid, flow_id uuid, state text, reason text, from_at timestamptz, to_at timestamptz,
--    most int   out job_id uuid, lane int, reason text?
-- # Oldest first; an empty reason: any. Locked, but for those that something is being done about.
select j.job_id, j.lane::int as lane, j.reason
  from (select job_id from flow_input
         where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
        union all
        select job_id from job
         where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
           and message_id is not null) g
  join job j on j.partner_id = tenant_partner() and j.customer_id = :customer_id and j.job_id = g.job_id
 where case j.state when :state then true end and (:reason = '' or starts_with(j.reason, :reason))
   and j.created_at >= :from_at and j.created_at < :to_at
 order by j.job_id limit :most
   for update of j skip locked;

-- jobs_again :exec   in customer_id uuid, job_ids uuid[]
-- # Once more, in the order of their ids, by the version that each began with.
update job j
   set state = 'ready', run_at = now() + (g.place - 1) * interval '1 microsecond', reason = null, ended_at = null, crashes = 0,
       deadline_at = greatest(j.deadline_at, now() + interval '7 days')
  from unnest(:job_ids::uuid[]) with ordinality as g (job_id, place)
 where j.partner_id = tenant_partner() and j.customer_id = :customer_id and j.job_id = g.job_id;

-- jobs_cancel :exec   in customer_id uuid, job_ids uuid[], who text
update job set state = 'cancelled', ended_at = now(), reason = :who
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = any (:job_ids::uuid[]);
