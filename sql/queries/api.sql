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

-- stream_look :many   in customer_id uuid   out topic int, id uuid?, version text
-- # What can have changed for somebody who looks, newest first within each topic: 0 orders, 1 exceptions, 2 connections,
-- # 3 flows. Exceptions are told by the newest jobs of each customer and by what people say about causes. Nil: of any customer.
with mine as materialized (
    select customer_id from unnest((select tenant_customers())::uuid[]) as c (customer_id)
     where :customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id limit 200
)
(select 0 as topic, order_id as id, row_version::text as version from sales_order
  where partner_id = tenant_partner() and customer_id = :customer_id and :customer_id <> '00000000-0000-0000-0000-000000000000'
  order by order_id desc limit 50)
union all
(select 0, order_id, row_version::text from sales_order
  where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
    and :customer_id = '00000000-0000-0000-0000-000000000000'
  order by order_id desc limit 50)
union all
select 1, null, coalesce(md5(string_agg(j.job_id || j.state || j.attempts, ',' order by j.job_id)), '')
       || coalesce((select max(handled_at)::text from exception_handling h
                     where h.partner_id = tenant_partner() and h.customer_id in (select customer_id from mine)), '')
  from mine m
 cross join lateral (select job_id, state, attempts from job
                      where partner_id = tenant_partner() and customer_id = m.customer_id
                      order by job_id desc limit 20) j
union all
(select 2, c.connection_id, c.row_version || c.status || coalesce(c.reconnect_since::text, '')
        || coalesce((select max(a.opened_at)::text from feed_alert a
                      where a.partner_id = c.partner_id and a.customer_id = c.customer_id
                        and a.connection_id = c.connection_id and a.closed_at is null), '')
   from connection c
  where c.partner_id = tenant_partner() and c.customer_id in (select customer_id from mine)
  order by c.connection_id desc limit 100)
union all
(select 3, flow_id, row_version::text from flow
  where partner_id = tenant_partner() and customer_id in (select customer_id from mine)
  order by flow_id desc limit 50);
