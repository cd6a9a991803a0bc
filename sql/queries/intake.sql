-- intake_store :exec   in partner_ids uuid[], customer_ids uuid[], message_ids uuid[], connection_ids uuid[],
--    topics text[], dedupe_keys text[], business_keys text[], bodies bytea[], body_hashes bytea[],
--    received_ats timestamptz[], job_ids uuid[], kinds text[], lanes int[], deadlines timestamptz[]
-- # A delivery seen before inserts neither its message nor its job. A message without a kind plans nothing.
with given as (
    select * from unnest(:partner_ids::uuid[], :customer_ids::uuid[], :message_ids::uuid[], :connection_ids::uuid[],
                         :topics::text[], :dedupe_keys::text[], :business_keys::text[], :bodies::bytea[],
                         :body_hashes::bytea[], :received_ats::timestamptz[], :job_ids::uuid[], :kinds::text[],
                         :lanes::int[], :deadlines::timestamptz[])
        as g (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, business_key, body, body_hash,
              received_at, job_id, kind, lane, deadline_at)
), planned as (
    insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key, lane,
                     run_at, deadline_at, created_at)
    select partner_id, customer_id, job_id, message_id, connection_id, dedupe_key, kind, business_key, lane,
           received_at, deadline_at, received_at
      from given where kind is not null
    on conflict do nothing
)
insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, business_key, body,
                             body_hash, received_at)
select partner_id, customer_id, message_id, connection_id, topic, dedupe_key, business_key, body, body_hash,
       received_at
  from given
on conflict do nothing;

-- intake_repeats :exec   in partner_ids uuid[], customer_ids uuid[], delivery_ids uuid[], connection_ids uuid[],
--    dedupe_keys text[], body_hashes bytea[], received_ats timestamptz[]
insert into inbound_delivery (partner_id, customer_id, delivery_id, connection_id, dedupe_key, body_hash, received_at)
select * from unnest(:partner_ids::uuid[], :customer_ids::uuid[], :delivery_ids::uuid[], :connection_ids::uuid[],
                     :dedupe_keys::text[], :body_hashes::bytea[], :received_ats::timestamptz[])
on conflict do nothing;

-- message_get :one   in message_id uuid   out message_id uuid, customer_id uuid, connection_id uuid, topic text,
--    dedupe_key text, business_key text?, body_size int, body_hash bytea, received_at timestamptz, repeats bigint,
--    job_id uuid?, job_state text?, job_reason text?
select m.message_id, m.customer_id, m.connection_id, m.topic, m.dedupe_key, m.business_key,
       octet_length(m.body) as body_size, m.body_hash, m.received_at,
       (select count(*) from inbound_delivery d
         where d.partner_id = m.partner_id and d.customer_id = m.customer_id and d.connection_id = m.connection_id
           and d.dedupe_key = m.dedupe_key and d.delivery_id <> m.message_id) as repeats,
       j.job_id, j.state as job_state, j.reason as job_reason
  from inbound_message m
  left join job j on j.partner_id = m.partner_id and j.customer_id = m.customer_id
                 and j.connection_id = m.connection_id and j.origin_key = m.dedupe_key
 where m.message_id = :message_id and m.partner_id = tenant_partner();
