-- # Jobs of flows: asked as tenon_worker, for the one tenant of the job.

-- walk_inputs :many   in job_ids uuid[], objects text[]
--    out place bigint, flow_name text, shadow bool, body bytea, received_at timestamptz, connection_id uuid?,
--    destination_id uuid?, environment_id uuid?, mapping_id uuid?, pinned int?, current_version int?, rolling_version int?, share int?,
--    edits int
-- # What jobs are about: a message, or what they were given, or what somebody has made of it; and which mapping a message's
-- # object goes through.
select a.place, f.name as flow_name, j.shadow, coalesce(e.body, i.body, g.body) as body,
       coalesce(i.received_at, g.received_at) as received_at, j.connection_id, n.destination_id,
       coalesce(n.environment_id, g.environment_id) as environment_id, w.mapping_id,
       j.mapping_version as pinned, m.current_version, m.rolling_version, m.share,
       coalesce(j.edits, 0) as edits
  from unnest(:job_ids::uuid[], :objects::text[]) with ordinality as a (job_id, object, place)
  join job j on j.partner_id = tenant_partner() and j.customer_id = tenant_customer() and j.job_id = a.job_id
  join flow f on f.partner_id = j.partner_id and f.customer_id = j.customer_id and f.flow_id = j.flow_id
  left join inbound_message i on i.partner_id = j.partner_id and i.customer_id = j.customer_id and i.message_id = j.message_id
  left join flow_input g on g.partner_id = j.partner_id and g.customer_id = j.customer_id and g.job_id = j.job_id
                        and j.message_id is null
  left join job_edit e on e.partner_id = j.partner_id and e.customer_id = j.customer_id and e.job_id = j.job_id
                      and e.number = j.edits
  left join connection n on n.partner_id = j.partner_id and n.customer_id = j.customer_id
                        and n.connection_id = j.connection_id
  left join connection_mapping c on c.partner_id = j.partner_id and c.customer_id = j.customer_id
                                and c.connection_id = j.connection_id and c.object = a.object
 cross join lateral (select case when j.mapping_version is null then c.mapping_id else j.mapping_id end as mapping_id) w
  left join mapping m on m.partner_id = j.partner_id and m.customer_id = j.customer_id and m.mapping_id = w.mapping_id
 where i.message_id is not null or g.job_id is not null;

-- walk_roles :many   in flow_id uuid   out role text, connection_id uuid, environment_id uuid
select f.role, f.connection_id, c.environment_id
  from flow_connection f
  join connection c on c.partner_id = f.partner_id and c.customer_id = f.customer_id and c.connection_id = f.connection_id
 where f.partner_id = tenant_partner() and f.customer_id = tenant_customer() and f.flow_id = :flow_id
 order by f.role;

-- walk_met :exec   in job_id uuid, effect_id uuid
-- # What another job has made is kept once, and as many as are shown of a job.
update job set effects_met = array_append(effects_met, :effect_id)
 where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = :job_id
   and not coalesce(:effect_id = any (effects_met) or cardinality(effects_met) >= 1000, false);

-- walk_effect :maybe   in connection_id uuid, operation text, effect_key text   out state text, external_ref text?
select state, external_ref from effect
 where connection_id = :connection_id and operation = :operation and effect_key = :effect_key
   and partner_id = tenant_partner() and customer_id = tenant_customer();

-- walk_plan :exec   in partner_id uuid, customer_id uuid, job_id uuid, connection_id uuid, operation text, effect_key text,
--    request text
insert into flow_plan (partner_id, customer_id, job_id, connection_id, operation, effect_key, request)
values (:partner_id, :customer_id, :job_id, :connection_id, :operation, :effect_key, :request)
on conflict (partner_id, customer_id, job_id, connection_id, operation, effect_key)
do update set request = excluded.request, planned_at = now() where flow_plan.request <> excluded.request;

-- walk_meant :many   in job_id uuid, most int   out connection_id uuid, operation text, effect_key text, state text
-- # What a job has changed, or was about to, in the order of planning.
select connection_id, operation, effect_key, state from effect
 where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id = :job_id and state <> 'superseded'
 order by planned_at, effect_id limit :most;

-- walk_called :maybe   in name text   out flow_id uuid, current_version int
select flow_id, current_version from flow
 where partner_id = tenant_partner() and customer_id = tenant_customer() and name = :name and current_version is not null;

-- walk_start :one   in flow_id uuid, version int, job_id uuid, ordered bool, keyed bool, origin_key text, business_key text, lane int, shadow bool,
--    given_by text, deadline timestamptz, body bytea, body_hash bytea, parent_id uuid?, environment_id uuid?   out job_id uuid
-- # A job of the flow, once for its origin: where there is one already, that one. keyed: those after it wait while it is
-- # held. One that is ordered gets an id that says when it came among those of its key; the other is its own key, and has
-- # the id that it is given. What a run begins is about the object that the run itself is about.
with given as (
    insert into flow_input (partner_id, customer_id, job_id, flow_id, origin_key, body, body_hash, given_by, received_at,
                            object_id, chain, environment_id)
    select f.partner_id, f.customer_id, case when :ordered then job_id_new(0) else :job_id end, f.flow_id, :origin_key, :body,
           :body_hash, :given_by, now(), p.object_id, coalesce(p.chain, 0), :environment_id
      from flow f
      left join flow_input p on p.partner_id = f.partner_id and p.customer_id = f.customer_id and p.job_id = :parent_id
     where f.partner_id = tenant_partner() and f.customer_id = any ((select tenant_customers())::uuid[]) and f.flow_id = :flow_id
    on conflict (flow_id, origin_key, customer_id, partner_id) do nothing
    returning partner_id, customer_id, job_id, flow_id, origin_key, received_at
), planned as (
    insert into job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, run_at, deadline_at, created_at,
                     flow_id, flow_version, shadow, keyed)
    select g.partner_id, g.customer_id, g.job_id, g.origin_key, 'flow', :business_key, :lane, g.received_at, :deadline,
           g.received_at, g.flow_id, :version, :shadow or f.shadow, :keyed
      from given g
      join flow f on f.partner_id = g.partner_id and f.customer_id = g.customer_id and f.flow_id = g.flow_id
    returning job_id
)
select job_id from planned
union all
select i.job_id from flow_input i
 where i.partner_id = tenant_partner() and i.customer_id = any ((select tenant_customers())::uuid[])
   and i.flow_id = :flow_id and i.origin_key = :origin_key and not exists (select from planned);

-- walk_ask :one   in partner_id uuid, customer_id uuid, approval_id uuid, job_id uuid, flow_id uuid, step text, question text,
--    four_eyes bool, due_at timestamptz?   out state text, decided_by text?, note text?
-- # Asked once for each step of a job; how it stands.
with asked as (
    insert into approval (partner_id, customer_id, approval_id, job_id, flow_id, step, question, four_eyes, due_at)
    values (:partner_id, :customer_id, :approval_id, :job_id, :flow_id, :step, :question, :four_eyes, :due_at)
    on conflict do nothing
    returning state, decided_by, note
)
select state, decided_by, note from asked
 union all
select state, decided_by, note from approval
 where partner_id = :partner_id and customer_id = :customer_id and job_id = :job_id and step = :step
   and not exists (select from asked);

-- walk_told :many   out user_id uuid, email text, name text, locale text
select user_id, email, name, locale from flow_told();

-- walk_tell :maybe   in partner_id uuid, customer_id uuid, job_id uuid, step text, subject text, told int   out job_id uuid
-- # No row: this step of the job has told them.
insert into flow_notice (partner_id, customer_id, job_id, step, subject, told)
values (:partner_id, :customer_id, :job_id, :step, :subject, :told)
on conflict do nothing
returning job_id;
