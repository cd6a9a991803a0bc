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

-- flow_works :exec   in customer_id uuid, flow_id uuid, current_version int?
update flow set current_version = :current_version, changed_at = now(), row_version = row_version + 1
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
-- # Newest first; an empty state: any.
select job_id, customer_id, flow_id, flow_version, message_id, connection_id, kind, business_key, lane::int, state, shadow,
       run_at, deadline_at, attempts, reason, created_at, ended_at
  from job
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and flow_id = :flow_id
   and (:state = '' or state = :state) and job_id < :before
 order by job_id desc limit :most;

-- job_attempts :many   in customer_id uuid, job_id uuid, most int
--    out n int, started_at timestamptz, ended_at timestamptz, outcome text, reason text?
select n, started_at, ended_at, outcome, reason from attempt
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
