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
