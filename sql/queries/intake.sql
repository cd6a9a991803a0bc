-- intake_store :many   in partner_ids uuid[], customer_ids uuid[], message_ids uuid[], connection_ids uuid[],
--    topics text[], dedupe_keys text[], business_keys text[], bodies bytea[], body_hashes bytea[],
--    kinds text[], source_versions text[], lanes int[], spans_us bigint[], waited_us bigint[], flow_ids uuid[],
--    flow_versions int[], shadows bool[], keyeds bool[], object_keys text[], changed_ats timestamptz[]
--    out stored bigint, job_id uuid
-- # A delivery seen before inserts neither its message nor its job. A message without a kind plans nothing. The arrays
-- # are unrolled where the rows are made: by way of a table expression each body is copied twice more (42 us a row, not 55).
-- # When they came and which came first is this server's to say: the clocks of those who take them differ. Those
-- # that came together, in one batch or in two, follow one another by how long they have waited. The answer is how many messages
-- # were stored, and the id of each one's job, if it has one.
with made as materialized (
    select array_agg(job_id_new(place - waited) order by place) as ids
      from unnest(:waited_us::bigint[]) with ordinality as w (waited, place)
), planned as (
    insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key, lane,
                     run_at, deadline_at, created_at, flow_id, flow_version, shadow, keyed)
    select partner_id, customer_id, job_id, message_id, connection_id, dedupe_key, kind, business_key, lane,
           now(), now() + make_interval(secs => span_us / 1000000.0), now(), case when flow_version > 0 then flow_id end,
           case when flow_version > 0 then flow_version end, shadow, keyed
      from (select unnest(:partner_ids::uuid[]) as partner_id, unnest(:customer_ids::uuid[]) as customer_id,
                   unnest((select ids from made)) as job_id, unnest(:message_ids::uuid[]) as message_id,
                   unnest(:connection_ids::uuid[]) as connection_id, unnest(:dedupe_keys::text[]) as dedupe_key,
                   unnest(:kinds::text[]) as kind, unnest(:business_keys::text[]) as business_key,
                   unnest(:lanes::int[]) as lane, unnest(:spans_us::bigint[]) as span_us,
                   unnest(:flow_ids::uuid[]) as flow_id,
                   unnest(:flow_versions::int[]) as flow_version, unnest(:shadows::bool[]) as shadow,
                   unnest(:keyeds::bool[]) as keyed) as given
     where kind is not null
    on conflict do nothing
), stored as (
    insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, business_key, body,
                                 body_hash, received_at, source_version, object_key, changed_at)
    select unnest(:partner_ids::uuid[]), unnest(:customer_ids::uuid[]), unnest(:message_ids::uuid[]),
           unnest(:connection_ids::uuid[]), unnest(:topics::text[]), unnest(:dedupe_keys::text[]),
           unnest(:business_keys::text[]), unnest(:bodies::bytea[]), unnest(:body_hashes::bytea[]),
           now(), unnest(:source_versions::text[]), unnest(:object_keys::text[]),
           nullif(unnest(:changed_ats::timestamptz[]), 'epoch')
    on conflict do nothing
    returning 1
)
select (select count(*) from stored) as stored, unnest(ids) as job_id from made;

-- intake_repeats :exec   in partner_ids uuid[], customer_ids uuid[], delivery_ids uuid[], connection_ids uuid[],
--    dedupe_keys text[], body_hashes bytea[]
insert into inbound_delivery (partner_id, customer_id, delivery_id, connection_id, dedupe_key, body_hash, received_at)
select u.*, now() from unnest(:partner_ids::uuid[], :customer_ids::uuid[], :delivery_ids::uuid[], :connection_ids::uuid[],
                              :dedupe_keys::text[], :body_hashes::bytea[]) u
on conflict do nothing;

-- message_get :one   in message_id uuid   out message_id uuid, customer_id uuid, connection_id uuid, topic text,
--    dedupe_key text, source_version text, business_key text?, body_size int, body_hash bytea, received_at timestamptz,
--    repeats bigint, conflicts bigint, job_id uuid?, job_state text?, job_reason text?, changed_at timestamptz?, recovered bool
select m.message_id, m.customer_id, m.connection_id, m.topic, m.dedupe_key, m.source_version, m.business_key,
       octet_length(m.body) as body_size, m.body_hash, m.received_at,
       (select count(*) from inbound_delivery d
         where d.partner_id = m.partner_id and d.customer_id = m.customer_id and d.connection_id = m.connection_id
           and d.dedupe_key = m.dedupe_key and d.delivery_id <> m.message_id) as repeats,
       (select count(*) from inbound_delivery d
         where d.partner_id = m.partner_id and d.customer_id = m.customer_id and d.connection_id = m.connection_id
           and d.dedupe_key = m.dedupe_key and d.body_hash <> m.body_hash) as conflicts,
       j.job_id, j.state as job_state, j.reason as job_reason, m.changed_at, m.recovered
  from inbound_message m
  left join job j on j.partner_id = m.partner_id and j.customer_id = m.customer_id
                 and j.connection_id = m.connection_id and j.origin_key = m.dedupe_key
 where m.partner_id = tenant_partner() and m.customer_id = any ((select tenant_customers())::uuid[])
   and m.message_id = :message_id;
