-- customer_status :maybe   in customer_id uuid   out name text, status text, row_version bigint
select name, status, row_version from customer
 where partner_id = tenant_partner() and customer_id = :customer_id for update;

-- customer_suspend :exec   in customer_id uuid, reason text
update customer set status = 'suspended', status_reason = :reason, suspended_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and status = 'active';

-- customer_resume :exec   in customer_id uuid
-- # A trigger gives what waited the time that it waited.
update customer set status = 'active', status_reason = null, suspended_at = null, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and status = 'suspended';

-- customer_erase_begin :one   in customer_id uuid, confirmed text, asked_by text, why text   out certificate text?
select customer_erase_begin(:customer_id, :confirmed, :asked_by, :why)::text as certificate;

-- customer_erase_step :one   in customer_id uuid, most int   out closed bool
select customer_erase_step(:customer_id, :most) as closed;

-- partner_status_set :exec   in status text, reason text
update partner
   set status = :status, status_reason = nullif(:reason, ''),
       suspended_at = case :status when 'active' then null else now() end
 where partner_id = tenant_partner() and status <> :status and status in ('active', 'suspended');

-- export_create :exec   in partner_id uuid, customer_id uuid, export_id uuid, asked_kind text, asked_id uuid
insert into customer_export (partner_id, customer_id, export_id, asked_kind, asked_id)
values (:partner_id, :customer_id, :export_id, :asked_kind, :asked_id);

-- export_open_count :one   in customer_id uuid   out n bigint
select count(*) as n from customer_export
 where partner_id = tenant_partner() and customer_id = :customer_id and state in ('waiting', 'running', 'ready');

-- export_get :maybe   in export_id uuid
--    out export_id uuid, customer_id uuid, state text, reason text?, created_at timestamptz, ready_at timestamptz?,
--    expires_at timestamptz, size bigint, pages int, content_hash bytea?
select export_id, customer_id, state, reason, created_at, ready_at, expires_at, size, pages, content_hash
  from customer_export
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and export_id = :export_id;

-- export_page_get :maybe   in customer_id uuid, export_id uuid, page int   out body bytea
select body from export_page
 where partner_id = tenant_partner() and customer_id = :customer_id and export_id = :export_id and page = :page;

-- # Making one: asked for ids as tenon_dispatch, then made as tenon_worker.

-- export_claim :maybe   out partner_id uuid, customer_id uuid, export_id uuid
select partner_id, customer_id, export_id from export_claim();

-- export_sweep :one   out n int
select export_sweep() as n;

-- export_page_put :exec   in partner_id uuid, customer_id uuid, export_id uuid, page int, body bytea, body_hash bytea
insert into export_page (partner_id, customer_id, export_id, page, body, body_hash)
values (:partner_id, :customer_id, :export_id, :page, :body, :body_hash)
on conflict (partner_id, customer_id, export_id, page) do update set body = excluded.body, body_hash = excluded.body_hash;

-- export_end :exec   in export_id uuid, customer_id uuid, state text, reason text, size bigint, pages int,
--    content_hash bytea
update customer_export
   set state = :state, reason = nullif(:reason, ''), size = :size, pages = :pages, content_hash = :content_hash,
       ready_at = case :state when 'ready' then now() end, expires_at = now() + interval '7 days'
 where partner_id = tenant_partner() and customer_id = :customer_id and export_id = :export_id and state = 'running';

-- export_head :maybe   out partner text, customer text
select p.name as partner, c.name as customer from partner p join customer c on c.partner_id = p.partner_id
 where p.partner_id = tenant_partner() and c.customer_id = tenant_customer();

-- # Each part of a bundle: lines of JSON after a position, by id. Sealed things and hashes of tokens are no part of any.

-- part_customer :many   in after uuid, most int   out id uuid, line text
select customer_id as id, (to_jsonb(c) - 'partner_id' - 'certificate')::text as line from customer c
 where partner_id = tenant_partner() and customer_id = tenant_customer() and customer_id > :after
 order by customer_id limit :most;

-- part_environment :many   in after uuid, most int   out id uuid, line text
select environment_id as id, (to_jsonb(x) - 'partner_id')::text as line from environment x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and environment_id > :after
 order by environment_id limit :most;

-- part_legal_entity :many   in after uuid, most int   out id uuid, line text
select entity_id as id, (to_jsonb(x) - 'partner_id')::text as line from legal_entity x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and entity_id > :after
 order by entity_id limit :most;

-- part_store_brand :many   in after uuid, most int   out id uuid, line text
select brand_id as id, (to_jsonb(x) - 'partner_id')::text as line from store_brand x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and brand_id > :after
 order by brand_id limit :most;

-- part_connection :many   in after uuid, most int   out id uuid, line text
select connection_id as id, (to_jsonb(x) - 'partner_id' - 'hook_hash')::text as line from connection x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id > :after
 order by connection_id limit :most;

-- part_mapping :many   in after uuid, most int   out id uuid, line text
select mapping_id as id, (to_jsonb(x) - 'partner_id')::text as line from mapping x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and mapping_id > :after
 order by mapping_id limit :most;

-- part_mapping_version :many   in after uuid, most int   out id uuid, line text
select version_id as id, (to_jsonb(x) - 'partner_id' - 'version_id')::text as line from mapping_version x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and version_id > :after
 order by version_id limit :most;

-- part_flow :many   in after uuid, most int   out id uuid, line text
select flow_id as id, (to_jsonb(x) - 'partner_id')::text as line from flow x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and flow_id > :after
 order by flow_id limit :most;

-- part_flow_version :many   in after uuid, most int   out id uuid, line text
select version_id as id, (to_jsonb(x) - 'partner_id' - 'version_id' - 'document_hash' || jsonb_build_object('document_hash',
       encode(document_hash, 'hex')))::text as line from flow_version x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and version_id > :after
 order by version_id limit :most;

-- part_flow_input :many   in after uuid, most int   out id uuid, line text
-- # What runs were given, as it came, in base64.
select job_id as id, jsonb_build_object('job_id', job_id, 'customer_id', customer_id, 'given_by', given_by, 'received_at',
       received_at, 'body_sha256', encode(body_hash, 'hex'), 'body_base64', translate(encode(body, 'base64'), E'\n', ''))::text
       as line
  from flow_input
 where partner_id = tenant_partner() and customer_id = tenant_customer() and job_id > :after
 order by job_id limit :most;

-- part_flow_batch :many   in after uuid, most int   out id uuid, line text
select batch_id as id, (to_jsonb(x) - 'partner_id' - 'after_id' - 'until_id' - 'next_at')::text as line
  from flow_batch x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and batch_id > :after
 order by batch_id limit :most;

-- part_job_edit :many   in after uuid, most int   out id uuid, line text
-- # What people made of what runs were about.
select edit_id as id, jsonb_build_object('job_id', job_id, 'customer_id', customer_id, 'number', number, 'edited_by', edited_by,
       'edited_at', edited_at, 'note', note, 'body_sha256', encode(body_hash, 'hex'), 'body_base64',
       translate(encode(body, 'base64'), E'\n', ''))::text as line
  from job_edit
 where partner_id = tenant_partner() and customer_id = tenant_customer() and edit_id > :after
 order by edit_id limit :most;

-- part_backtest :many   in after uuid, most int   out id uuid, line text
select backtest_id as id, (to_jsonb(x) - 'partner_id' - 'since_id' - 'until_id' - 'attempts' - 'beat_at' - 'document_hash'
       - 'against_hash' - 'result_hash' || jsonb_build_object('document_hash', encode(document_hash, 'hex'), 'against_hash',
       encode(against_hash, 'hex'), 'result_hash', encode(result_hash, 'hex')))::text as line
  from backtest x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and backtest_id > :after
 order by backtest_id limit :most;

-- part_cross_reference :many   in after uuid, most int   out id uuid, line text
select table_id as id, (to_jsonb(x) - 'partner_id' - 'content')::text as line from xref_table x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and table_id > :after
 order by table_id limit :most;

-- part_cross_entry :many   in after uuid, most int   out id uuid, line text
select entry_id as id, (to_jsonb(x) - 'partner_id' - 'key_norm' - 'value_norm' - 'key_like' - 'value_like')::text as line
  from xref_entry x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and entry_id > :after
 order by entry_id limit :most;

-- part_source_shape :many   in after uuid, most int   out id uuid, line text
select shape_id as id, (to_jsonb(x) - 'partner_id' - 'content' - 'decisions')::text as line from source_shape x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and shape_id > :after
 order by shape_id limit :most;

-- part_drift_case :many   in after uuid, most int   out id uuid, line text
select case_id as id, (to_jsonb(x) - 'partner_id')::text as line from drift_case x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and case_id > :after
 order by case_id limit :most;

-- part_drift_policy :many   in after uuid, most int   out id uuid, line text
select policy_id as id, (to_jsonb(x) - 'partner_id')::text as line from drift_policy x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and policy_id > :after
 order by policy_id limit :most;

-- part_order :many   in after uuid, most int   out id uuid, line text
select order_id as id, (to_jsonb(x) - 'partner_id')::text as line from sales_order x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and order_id > :after
 order by order_id limit :most;

-- part_record :many   in after uuid, most int   out id uuid, line text
select record_id as id, (to_jsonb(x) - 'partner_id' - 'body_hash' || jsonb_build_object('body_hash',
       encode(body_hash, 'hex')))::text as line from canonical_record x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and record_id > :after
 order by record_id limit :most;

-- part_message :many   in after uuid, most int   out id uuid, line text
-- # Bodies as they came, in base64.
select message_id as id, jsonb_build_object('message_id', message_id, 'customer_id', customer_id, 'connection_id',
       connection_id, 'topic', topic, 'dedupe_key', dedupe_key, 'business_key', business_key, 'received_at', received_at,
       'source_version', source_version, 'body_sha256', encode(body_hash, 'hex'), 'body_base64',
       translate(encode(body, 'base64'), E'\n', ''))::text as line
  from inbound_message
 where partner_id = tenant_partner() and customer_id = tenant_customer() and message_id > :after
 order by message_id limit :most;

-- part_file :many   in after uuid, most int   out id uuid, line text
-- # Without its content: each row that could be read is a message.
select file_id as id, jsonb_build_object('file_id', file_id, 'customer_id', customer_id, 'connection_id', connection_id, 'name', name,
       'origin', origin, 'octets', octets, 'content_sha256', encode(content_hash, 'hex'), 'state', state, 'reason', reason,
       'taken', taken, 'repeated', repeated, 'refused', refused, 'came', came, 'received_at', received_at, 'ended_at', ended_at,
       'refused_rows', coalesce((
           select jsonb_agg(jsonb_build_object('number', r.number, 'line', r.line, 'field', r.field, 'reason', r.reason)
                            order by r.number)
             from inbound_file_row r
            where r.partner_id = f.partner_id and r.customer_id = f.customer_id and r.file_id = f.file_id), '[]'))::text as line
  from inbound_file f
 where partner_id = tenant_partner() and customer_id = tenant_customer() and file_id > :after
 order by file_id limit :most;

-- part_timeline :many   in after uuid, most int   out id uuid, line text
select event_id as id, (to_jsonb(x) - 'partner_id')::text as line from order_event x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and event_id > :after
 order by event_id limit :most;

-- part_effect :many   in after uuid, most int   out id uuid, line text
select effect_id as id, (to_jsonb(x) - 'partner_id' - 'payload_hash' || jsonb_build_object('payload_hash',
       encode(payload_hash, 'hex')))::text as line from effect x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and effect_id > :after
 order by effect_id limit :most;

-- part_audit :many   in after uuid, most int   out id uuid, line text
select entry_id as id, (to_jsonb(x) - 'partner_id' - 'before_hash' - 'after_hash' - 'prev_hash' - 'hash'
       || jsonb_build_object('before_hash', encode(before_hash, 'hex'), 'after_hash', encode(after_hash, 'hex'),
                             'prev_hash', encode(prev_hash, 'hex'), 'hash', encode(hash, 'hex')))::text as line
  from audit_entry x
 where partner_id = tenant_partner() and customer_id = tenant_customer() and entry_id > :after
 order by entry_id limit :most;
