-- idempotency_lock :one   in lock_id bigint   out taken bool
select pg_try_advisory_xact_lock(:lock_id) as taken;

-- idempotency_find :maybe   in ask_hash bytea   out mark bytea, status int, kept bytea
select mark, status, kept from idempotency_answer where partner_id = tenant_partner() and ask_hash = :ask_hash;

-- idempotency_add :exec   in partner_id uuid, customer_id uuid?, ask_hash bytea, mark bytea, status int, kept bytea
insert into idempotency_answer (partner_id, customer_id, ask_hash, mark, status, kept)
values (:partner_id, :customer_id, :ask_hash, :mark, :status, :kept);

-- idempotency_sweep :one   in most int   out forgotten int
select idempotency_sweep(:most) as forgotten;

-- api_key_version :maybe   in api_key_id uuid   out api_version text
select api_version from api_key where partner_id = tenant_partner() and api_key_id = :api_key_id;

-- customers_named :many   in ids uuid[]   out customer_id uuid, name text, status text
select customer_id, name, status from customer where partner_id = tenant_partner() and customer_id = any(:ids);

-- connections_named :many   in ids uuid[]   out connection_id uuid, customer_id uuid, connector text, name text, status text
select connection_id, customer_id, connector, name, status
  from connection
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and connection_id = any(:ids);
