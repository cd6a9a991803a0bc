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

-- flow_mixed :maybe   in customer_id uuid, flow_id uuid   out name text, other text
-- # Two connections of different environments that the flow calls, or is begun by. What is revoked is called no more.
with called as (
    select c.connection_id, c.name, c.environment_id from connection c
     where c.partner_id = tenant_partner() and c.customer_id = :customer_id and c.status <> 'revoked'
       and c.connection_id in (select connection_id from flow_connection
                                where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
                               union
                               select connection_id from connection_flow
                                where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id)
)
select a.name, b.name as other from called a join called b on a.environment_id < b.environment_id
 order by a.connection_id, b.connection_id limit 1;

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
--    reason text?, created_at timestamptz, ended_at timestamptz?, edits int,
--    waits_for uuid?
-- # waits_for: an earlier job of its key that is held.
select job_id, customer_id, flow_id, flow_version, message_id, connection_id, kind, business_key, lane::int, state, shadow,
       run_at, deadline_at, attempts, reason, created_at, ended_at, coalesce(edits, 0) as edits,
       case when j.state = 'ready' and j.keyed then (
           select e.job_id from job e
            where e.partner_id = j.partner_id and e.customer_id = j.customer_id and e.business_key = j.business_key
              and e.state = 'held' and e.keyed and e.job_id < j.job_id order by e.job_id limit 1) end as waits_for
  from job j
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and job_id = :job_id;

-- job_page :many   in flow_id uuid, state text, before uuid, most int
--    out job_id uuid, customer_id uuid, flow_id uuid?, flow_version int?, message_id uuid?, connection_id uuid?, kind text,
--    business_key text, lane int, state text, shadow bool, run_at timestamptz, deadline_at timestamptz, attempts int,
--    reason text?, created_at timestamptz, ended_at timestamptz?, edits int,
--    waits_for uuid?
-- # Newest first; an empty state: any. Of a flow are those that it was given and those about messages. The limits inside say
-- # that indexes are to be read in their order, and "offset 0" that each job is looked up in that order.
select j.job_id, j.customer_id, j.flow_id, j.flow_version, j.message_id, j.connection_id, j.kind, j.business_key, j.lane::int,
       j.state, j.shadow, j.run_at, j.deadline_at, j.attempts, j.reason, j.created_at, j.ended_at,
       coalesce(j.edits, 0) as edits,
       case when j.state = 'ready' and j.keyed then (
           select e.job_id from job e
            where e.partner_id = j.partner_id and e.customer_id = j.customer_id and e.business_key = j.business_key
              and e.state = 'held' and e.keyed and e.job_id < j.job_id order by e.job_id limit 1) end as waits_for
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
--    reason text?, planned_at timestamptz, confirmed_at timestamptz?, job_id uuid
-- # And those that it came to when other jobs had made them.
select effect_id, connection_id, operation, effect_key, state, external_ref, sends, reason, planned_at, confirmed_at, job_id
  from ((select * from effect
          where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id)
        union all
        (select e.*
           from job j
           join effect e on e.partner_id = j.partner_id and e.customer_id = j.customer_id
                        and e.effect_id = any (j.effects_met)
          where j.partner_id = tenant_partner() and j.customer_id = :customer_id and j.job_id = :job_id
            and e.job_id <> j.job_id)) e
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

-- jobs_next :many   in customer_id uuid, job_ids uuid[]   out job_id uuid, lane int
-- # Whose turn it is where these have stood in the way.
select distinct on (n.business_key) n.job_id, n.lane
  from job j
 cross join lateral (select e.job_id, e.lane::int as lane, e.business_key from job e
                      where e.partner_id = j.partner_id and e.customer_id = j.customer_id and e.business_key = j.business_key
                        and e.state = 'ready' order by e.job_id limit 1) n
 where j.partner_id = tenant_partner() and j.customer_id = :customer_id and j.job_id = any (:job_ids::uuid[])
 order by n.business_key;

-- job_retry :maybe   in customer_id uuid, job_id uuid   out job_id uuid
-- # Once more, at once and with a week to do so, by the version that it began with.
update job
   set state = 'ready', run_at = now(), reason = null, ended_at = null, crashes = 0,
       deadline_at = greatest(deadline_at, now() + interval '7 days')
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id and flow_id is not null
   and (state in ('held', 'dead') or state = 'ready' and run_at > now())
returning job_id;

-- job_about :maybe   in job_id uuid
--    out original bytea, original_hash bytea, received_at timestamptz, given_by text?, body bytea?, body_hash bytea?
-- # What a flow's job was given or is about, and what was made of it since.
select coalesce(i.body, g.body) as original, coalesce(i.body_hash, g.body_hash) as original_hash,
       coalesce(i.received_at, g.received_at) as received_at, g.given_by, e.body, e.body_hash
  from job j
  left join inbound_message i on i.partner_id = j.partner_id and i.customer_id = j.customer_id and i.message_id = j.message_id
  left join flow_input g on g.partner_id = j.partner_id and g.customer_id = j.customer_id and g.job_id = j.job_id
                        and j.message_id is null
  left join job_edit e on e.partner_id = j.partner_id and e.customer_id = j.customer_id and e.job_id = j.job_id
                      and e.number = j.edits
 where j.partner_id = tenant_partner() and j.customer_id = any ((select tenant_customers())::uuid[]) and j.job_id = :job_id
   and j.flow_id is not null and (i.message_id is not null or g.job_id is not null);

-- job_edits :many   in customer_id uuid, job_id uuid, most int
--    out number int, body_hash bytea, edited_by text, edited_at timestamptz, note text?
select number, body_hash, edited_by, edited_at, note from job_edit
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id order by number desc limit :most;

-- job_edit :maybe   in customer_id uuid, job_id uuid, edits int, body bytea, body_hash bytea, edited_by text, note text?
--    out number int
-- # What a job that stopped is about from now on. A question that it has asked was about something else: it is asked anew.
-- # No row: somebody has edited it meanwhile, or it does not stand still any more.
with stopped as (
    update job set edits = coalesce(edits, 0) + 1
     where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id and flow_id is not null
       and coalesce(edits, 0) = :edits and case when state in ('held', 'dead') then true end
    returning partner_id, customer_id, job_id, edits
), closed as (
    update approval a
       set state = 'rejected', decided_by = :edited_by, decided_at = now(), note = 'what it is about was edited',
           row_version = a.row_version + 1
      from stopped s
     where a.partner_id = s.partner_id and a.customer_id = s.customer_id and a.job_id = s.job_id and a.state = 'open'
)
insert into job_edit (partner_id, customer_id, job_id, number, body, body_hash, edited_by, note)
select partner_id, customer_id, job_id, edits, :body, :body_hash, :edited_by, :note from stopped
returning number;

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

-- flow_runs_waiting :one   in flow_id uuid, most int   out n int
-- # Of a flow's newest runs, so many, those that wait for their turn or are under way.
select count(*)::int as n
  from (select job_id from flow_input
         where partner_id = tenant_partner() and customer_id = tenant_customer() and flow_id = :flow_id
         order by job_id desc limit :most) g
 cross join lateral (select state from job
                      where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = g.job_id offset 0) j
 where case j.state when 'ready' then true when 'leased' then true end;

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

-- approval_lock :maybe   in approval_id uuid, who text
--    out approval_id uuid, customer_id uuid, job_id uuid, flow_id uuid, four_eyes bool, state text, first_by text?,
--    given_by text?, edited bool, row_version bigint
-- # given_by: who began the run, where somebody did. edited: "who" has written in what it is about.
select a.approval_id, a.customer_id, a.job_id, a.flow_id, a.four_eyes, a.state, a.first_by,
       (select g.given_by from flow_input g
         where g.partner_id = a.partner_id and g.customer_id = a.customer_id and g.job_id = a.job_id) as given_by,
       exists (select from job_edit e
                where e.partner_id = a.partner_id and e.customer_id = a.customer_id and e.job_id = a.job_id
                  and e.edited_by = :who) as edited, a.row_version
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
-- # Oldest first; an empty reason: any. Locked, but for those that something is being done about. Those that stopped have an
-- # index of their own; the limits inside say that indexes are read in their order.
select j.job_id, j.lane, j.reason
  from ((select job_id from flow_input
          where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
          order by job_id limit case when :state in ('held', 'dead') then 0 end)
        union all
        (select job_id from job
          where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id and message_id is not null
          order by job_id limit case when :state in ('held', 'dead') then 0 end)
        union all
        (select job_id from job
          where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
            and case state when 'held' then true when 'dead' then true end
          order by job_id limit case when :state in ('held', 'dead') then null else 0 end)
        order by job_id) g
 cross join lateral (select job_id, lane::int as lane, reason from job
                      where partner_id = tenant_partner() and customer_id = :customer_id and job_id = g.job_id
                        and case state when :state then true end and (:reason = '' or starts_with(reason, :reason))
                        and created_at >= :from_at and created_at < :to_at
                        for update skip locked) j
 order by g.job_id limit :most;

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

-- # Batches of jobs, which a worker goes through.

-- jobs_count :one   in customer_id uuid, flow_id uuid, state text, reason text, from_at timestamptz, to_at timestamptz,
--    after uuid, until uuid, look int   out matched int, looked int
-- # Of the first so many jobs of the flow between two ids; an empty reason: any. Those that stopped have an index of their own.
with looked as (
    select job_id
      from ((select job_id from flow_input
              where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
                and job_id > :after and job_id < :until
              order by job_id limit case when :state in ('held', 'dead') then 0 else :look end)
            union all
            (select job_id from job
              where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
                and message_id is not null and job_id > :after and job_id < :until
              order by job_id limit case when :state in ('held', 'dead') then 0 else :look end)
            union all
            (select job_id from job
              where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
                and case state when 'held' then true when 'dead' then true end and job_id > :after and job_id < :until
              order by job_id limit case when :state in ('held', 'dead') then :look else 0 end)) u
     order by job_id limit :look
)
select count(*) filter (where case j.state when :state then true end and (:reason = '' or starts_with(j.reason, :reason))
                          and j.created_at >= :from_at and j.created_at < :to_at)::int as matched, count(*)::int as looked
  from looked g
 cross join lateral (select state, reason, created_at from job
                      where partner_id = tenant_partner() and customer_id = :customer_id and job_id = g.job_id offset 0) j;

-- batch_told_ends :exec   in customer_id uuid, flow_id uuid
-- # What is only told gives way to what is done. As batch_cancel.
update flow_batch set state = 'cancelled', ended_at = now()
 where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id and state = 'running' and dry_run;

-- batch_create :maybe   in partner_id uuid, customer_id uuid, batch_id uuid, flow_id uuid, action text, job_state text,
--    reason text?, from_at timestamptz, to_at timestamptz, per_minute int?, dry_run bool, asked_by text, matched int,
--    more bool, after_id uuid, until_id uuid   out batch_id uuid
-- # No row: one of the flow runs.
insert into flow_batch (partner_id, customer_id, batch_id, flow_id, action, job_state, reason, from_at, to_at, per_minute, dry_run,
                        asked_by, matched, more, after_id, until_id)
values (:partner_id, :customer_id, :batch_id, :flow_id, :action, :job_state, :reason, :from_at, :to_at, :per_minute, :dry_run,
        :asked_by, :matched, :more, :after_id, :until_id)
on conflict (flow_id, customer_id, partner_id) where state = 'running' do nothing
returning batch_id;

-- batch_trim :one   in customer_id uuid, flow_id uuid, keep int   out n int
select flow_batch_trim(:customer_id, :flow_id, :keep) as n;

-- batch_rows :many   in flow_id uuid, batch_id uuid, before uuid, most int
--    out customer_id uuid, batch_id uuid, flow_id uuid, action text, job_state text, reason text?, from_at timestamptz,
--    to_at timestamptz, per_minute int?, dry_run bool, asked_by text, state text, matched int, more bool, done int,
--    skipped int, created_at timestamptz, ended_at timestamptz?
-- # Newest first; nil: of any.
select customer_id, batch_id, flow_id, action, job_state, reason, from_at, to_at, per_minute, dry_run, asked_by, state, matched,
       more, done, skipped, created_at, ended_at
  from flow_batch
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and flow_id = :flow_id
   and (:batch_id = '00000000-0000-0000-0000-000000000000' or batch_id = :batch_id)
   and (:before = '00000000-0000-0000-0000-000000000000' or batch_id < :before)
 order by batch_id desc limit :most;

-- batch_cancel :maybe   in customer_id uuid, batch_id uuid   out batch_id uuid
-- # Waits for a page that is under way: what stands there afterwards is all that was done.
update flow_batch set state = 'cancelled', ended_at = now()
 where partner_id = tenant_partner() and customer_id = :customer_id and batch_id = :batch_id and state = 'running'
returning batch_id;

-- batch_items :many   in customer_id uuid, batch_id uuid, after uuid, outcome text, most int
--    out job_id uuid, outcome text, job_state text, job_reason text?
-- # Oldest job first; an empty outcome: any. job_state: what has become of it by now.
select i.job_id, i.outcome, j.state as job_state, j.reason as job_reason
  from flow_batch_item i
  join job j on j.partner_id = i.partner_id and j.customer_id = i.customer_id and j.job_id = i.job_id
 where i.partner_id = tenant_partner() and i.customer_id = :customer_id and i.batch_id = :batch_id and i.job_id > :after
   and (:outcome = '' or i.outcome = :outcome)
 order by i.job_id limit :most;

-- # Going through one: asked for ids as tenon_dispatch, then page by page as tenon_worker.

-- batches_due :many   in most int   out partner_id uuid, customer_id uuid, batch_id uuid
select partner_id, customer_id, batch_id from flow_batches_due(:most);

-- batch_lock :maybe   in batch_id uuid
--    out flow_id uuid, action text, job_state text, reason text?, from_at timestamptz, to_at timestamptz, per_minute int?,
--    dry_run bool, done int, skipped int, after_id uuid, until_id uuid
-- # No row: another worker has it, it has ended, or its time has not come.
select flow_id, action, job_state, reason, from_at, to_at, per_minute, dry_run, done, skipped, after_id, until_id
  from flow_batch
 where partner_id = tenant_partner() and customer_id = tenant_customer() and batch_id = :batch_id and state = 'running'
   and next_at <= now()
   for update skip locked;

-- batch_look :many   in flow_id uuid, state text, reason text, from_at timestamptz, to_at timestamptz, after uuid, until uuid,
--    look int   out job_id uuid, wanted bool
-- # The next so many jobs of the flow, and whether each is one of those meant: so a page costs the same however few are. As
-- # jobs_count.
select g.job_id,
       coalesce(case j.state when :state then true end and (:reason = '' or starts_with(j.reason, :reason))
                and j.created_at >= :from_at and j.created_at < :to_at, false) as wanted
  from (select job_id
          from ((select job_id from flow_input
                  where partner_id = tenant_partner() and customer_id = tenant_customer() and flow_id = :flow_id
                    and job_id > :after and job_id < :until
                  order by job_id limit case when :state in ('held', 'dead') then 0 else :look end)
                union all
                (select job_id from job
                  where partner_id = tenant_partner() and customer_id = tenant_customer() and flow_id = :flow_id
                    and message_id is not null and job_id > :after and job_id < :until
                  order by job_id limit case when :state in ('held', 'dead') then 0 else :look end)
                union all
                (select job_id from job
                  where partner_id = tenant_partner() and customer_id = tenant_customer() and flow_id = :flow_id
                    and case state when 'held' then true when 'dead' then true end and job_id > :after and job_id < :until
                  order by job_id limit case when :state in ('held', 'dead') then :look else 0 end)) u
         order by job_id limit :look) g
 cross join lateral (select state, reason, created_at from job
                      where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = g.job_id offset 0) j
 order by g.job_id;

-- batch_again :many   in job_ids uuid[], state text, lane int?   out job_id uuid, lane int
-- # Those of them that still are in this state and that nobody else does something about, as jobs_again; lane null: as it is.
with free as materialized (
    select job_id from job
     where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = any (:job_ids::uuid[])
       and case state when :state then true end
       for update skip locked
)
update job j
   set state = 'ready', run_at = now() + (g.place - 1) * interval '1 microsecond', reason = null, ended_at = null, crashes = 0,
       deadline_at = greatest(j.deadline_at, now() + interval '7 days'), lane = coalesce(:lane, j.lane)
  from unnest(:job_ids::uuid[]) with ordinality as g (job_id, place)
  join free f on f.job_id = g.job_id
 where j.partner_id = tenant_partner() and j.customer_id = tenant_customer() and j.job_id = g.job_id
returning j.job_id, j.lane::int as lane;

-- batch_end :many   in job_ids uuid[], state text, who text   out job_id uuid
with free as materialized (
    select job_id from job
     where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = any (:job_ids::uuid[])
       and case state when :state then true end
       for update skip locked
)
update job j set state = 'cancelled', ended_at = now(), reason = :who
  from free f
 where j.partner_id = tenant_partner() and j.customer_id = tenant_customer() and j.job_id = f.job_id
returning j.job_id;

-- batch_note :exec   in partner_id uuid, customer_id uuid, batch_id uuid, job_ids uuid[], outcomes text[]
insert into flow_batch_item (partner_id, customer_id, batch_id, job_id, outcome)
select :partner_id, :customer_id, :batch_id, job_id, outcome from unnest(:job_ids::uuid[], :outcomes::text[]) as g (job_id, outcome);

-- batch_move :exec   in batch_id uuid, after_id uuid, done int, skipped int, pause_us bigint, state text, more bool
-- # A page that comes late makes up for at most a second.
update flow_batch
   set after_id = :after_id, done = done + :done, skipped = skipped + :skipped, state = :state,
       more = case :state when 'running' then more else :more end,
       next_at = greatest(next_at, now() - interval '1 second') + :pause_us * interval '1 microsecond',
       ended_at = case when :state <> 'running' then now() end
 where partner_id = tenant_partner() and customer_id = tenant_customer() and batch_id = :batch_id;

-- batch_later :exec   in batch_id uuid
-- # One that could not go on is tried again some time later.
update flow_batch set next_at = now() + interval '10 seconds'
 where partner_id = tenant_partner() and customer_id = tenant_customer() and batch_id = :batch_id and state = 'running';
