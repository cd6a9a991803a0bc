-- record_find :maybe   in connection_id uuid, object text, natural_key text   out record_id uuid, version_no int, body_hash bytea
select record_id, version_no, body_hash
  from canonical_record
 where connection_id = :connection_id and object = :object and natural_key = :natural_key
   and partner_id = tenant_partner() and customer_id = tenant_customer()
 order by version_no desc limit 1;

-- record_add :many   in partner_id uuid, customer_id uuid, record_id uuid, connection_id uuid, object text,
--    natural_key text, version_no int, schema text, body text, body_hash bytea, message_id uuid, occurred_at timestamptz,
--    received_at timestamptz, mapping_id uuid?, mapping_version int?, mapping_hash bytea
--    out flow_id uuid, flow_version int, shadow bool, name text
-- # Answers the flows that a version of such an object begins, so that asking for them costs no round trip.
with added as (
    insert into canonical_record (partner_id, customer_id, record_id, connection_id, object, natural_key, version_no, schema,
                                  body, body_hash, message_id, occurred_at, received_at, mapping_id, mapping_version,
                                  mapping_hash)
    values (:partner_id, :customer_id, :record_id, :connection_id, :object, :natural_key, :version_no, :schema, :body,
            :body_hash, :message_id, :occurred_at, :received_at, :mapping_id, :mapping_version, :mapping_hash)
)
select flow_id, current_version as flow_version, shadow, name from flow
 where partner_id = tenant_partner() and customer_id = tenant_customer() and on_change = :object
   and current_version is not null;

-- record_body :one   in record_id uuid   out body text
select body from canonical_record
 where partner_id = tenant_partner() and customer_id = tenant_customer() and record_id = :record_id;

-- order_find :maybe   in connection_id uuid, natural_key text
--    out order_id uuid, state text, source_version timestamptz
select order_id, state, source_version
  from sales_order
 where connection_id = :connection_id and natural_key = :natural_key and partner_id = tenant_partner()
   and customer_id = tenant_customer()
   for update;

-- order_add :exec   in partner_id uuid, customer_id uuid, order_id uuid, connection_id uuid, natural_key text,
--    number text, state text, held_reason text, currency text, total_minor bigint?, placed_at timestamptz,
--    received_at timestamptz, source_version timestamptz, record_id uuid, message_id uuid, destination_id uuid?, job_id uuid
insert into sales_order (partner_id, customer_id, order_id, connection_id, natural_key, number, state, held_reason,
                         currency, total_minor, placed_at, received_at, source_version, record_id, message_id,
                         destination_id, newest_job_id)
values (:partner_id, :customer_id, :order_id, :connection_id, :natural_key, :number, :state, :held_reason, :currency,
        :total_minor, :placed_at, :received_at, :source_version, :record_id, :message_id, :destination_id, :job_id);

-- order_revise :exec   in order_id uuid, number text, state text, held_reason text, currency text, total_minor bigint?,
--    placed_at timestamptz, source_version timestamptz, record_id uuid, job_id uuid
-- # No row when nothing is new: what another job brings unchanged is all one.
update sales_order
   set number = :number, state = :state, held_reason = :held_reason, currency = :currency, total_minor = :total_minor,
       placed_at = :placed_at, source_version = :source_version, record_id = :record_id, newest_job_id = :job_id,
       row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = tenant_customer() and order_id = :order_id
   and (number, state, held_reason, currency, total_minor, placed_at, source_version, record_id) is distinct from
       (:number, :state, :held_reason, :currency, :total_minor, :placed_at, :source_version, :record_id);

-- order_add_unread :exec   in partner_id uuid, customer_id uuid, order_id uuid, connection_id uuid, natural_key text,
--    number text, held_reason text, source_version timestamptz, message_id uuid, job_id uuid
-- # What is known of an order whose delivery cannot go on.
insert into sales_order (partner_id, customer_id, order_id, connection_id, natural_key, number, state, held_reason,
                         currency, received_at, source_version, message_id, newest_job_id)
select :partner_id, :customer_id, :order_id, :connection_id, :natural_key, :number, 'held', :held_reason,
       '', m.received_at, :source_version, m.message_id, :job_id
  from inbound_message m
 where m.partner_id = tenant_partner() and m.customer_id = tenant_customer() and m.message_id = :message_id;

-- order_shelve :exec   in order_id uuid, held_reason text, source_version timestamptz, job_id uuid
-- # Held, and of the newest version that is known: of a delivery that says none (the epoch) it is the one that was known.
update sales_order
   set state = 'held', held_reason = :held_reason, source_version = greatest(source_version, :source_version),
       newest_job_id = case when :source_version > source_version then :job_id
                            when :source_version = source_version then greatest(newest_job_id, :job_id)
                            else newest_job_id end,
       row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = tenant_customer() and order_id = :order_id and state <> 'delivered'
   and ((state, held_reason) is distinct from ('held', :held_reason) or :source_version > source_version
        or :source_version = source_version and newest_job_id is distinct from greatest(newest_job_id, :job_id));

-- order_state :exec   in order_id uuid, state text, held_reason text
update sales_order set state = :state, held_reason = :held_reason, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = tenant_customer() and order_id = :order_id
   and state <> 'delivered' and (state, held_reason) is distinct from (:state, :held_reason);

-- order_release :many   in order_id uuid   out customer_id uuid
-- # As tenon_api or tenon_operator: one row when it was held.
update sales_order set state = 'received', held_reason = null, helped_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and order_id = :order_id and state = 'held'
returning customer_id;

-- order_release_all :exec   in customer_id uuid, order_ids uuid[]
-- # As tenon_api or tenon_operator.
update sales_order set state = 'received', held_reason = null, helped_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and order_id = any (:order_ids::uuid[]) and state = 'held';

-- order_events_by :exec   in partner_id uuid, customer_id uuid, event_ids uuid[], order_ids uuid[], hop text, detail text
insert into order_event (partner_id, customer_id, event_id, order_id, at, hop, detail)
select :partner_id, :customer_id, g.event_id, g.order_id, clock_timestamp(), :hop, :detail
  from unnest(:event_ids::uuid[], :order_ids::uuid[]) as g (event_id, order_id);

-- order_held_for :exec   in customer_id uuid, order_ids uuid[], reasons text[], event_ids uuid[]
-- # As tenon_api or tenon_operator: held orders of another reason than this are held for it, and say so.
with told as (
    update sales_order o set held_reason = g.reason, row_version = o.row_version + 1
      from unnest(:order_ids::uuid[], :reasons::text[], :event_ids::uuid[]) as g (order_id, reason, event_id)
     where o.partner_id = tenant_partner() and o.customer_id = :customer_id and o.order_id = g.order_id and o.state = 'held'
       and o.held_reason <> g.reason
    returning o.partner_id, o.customer_id, o.order_id, o.held_reason, g.event_id
)
insert into order_event (partner_id, customer_id, event_id, order_id, at, hop, detail)
select partner_id, customer_id, event_id, order_id, clock_timestamp(), 'held', held_reason from told;

-- order_state_get :one   in order_id uuid   out state text
select state from sales_order where partner_id = tenant_partner() and order_id = :order_id;

-- order_delivered :exec   in order_id uuid, external_id text, external_number text, external_total_minor bigint?
update sales_order
   set state = 'delivered', held_reason = null, external_id = :external_id, external_number = :external_number,
       external_total_minor = :external_total_minor, delivered_at = clock_timestamp(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = tenant_customer() and order_id = :order_id
   and state <> 'delivered';

-- order_event_add :exec   in partner_id uuid, customer_id uuid, event_ids uuid[], order_id uuid, ats timestamptz[],
--    hops text[], details text[], job_id uuid?, attempt int?, effect_ids uuid[], message_id uuid?
insert into order_event (partner_id, customer_id, event_id, order_id, at, hop, detail, job_id, attempt, effect_id,
                         message_id)
select :partner_id, :customer_id, g.event_id, :order_id, g.at, g.hop, g.detail, :job_id, :attempt,
       nullif(g.effect_id, '00000000-0000-0000-0000-000000000000'), :message_id
  from unnest(:event_ids::uuid[], :ats::timestamptz[], :hops::text[], :details::text[], :effect_ids::uuid[])
       as g (event_id, at, hop, detail, effect_id);

-- order_list :many   in before uuid, most int   out order_id uuid, customer_id uuid, connection_id uuid, number text, natural_key text,
--    state text, held_reason text?, currency text, total_minor bigint?, placed_at timestamptz?, received_at timestamptz,
--    delivered_at timestamptz?, external_number text?, external_total_minor bigint?
-- # The whole partner's, newest first.
select order_id, customer_id, connection_id, number, natural_key, state, held_reason, currency, total_minor, placed_at,
       received_at, delivered_at, external_number, external_total_minor
  from sales_order
 where partner_id = tenant_partner() and order_id < :before
 order by order_id desc limit :most;

-- order_list_customer :many   in customer_id uuid, before uuid, most int   out order_id uuid, customer_id uuid, connection_id uuid, number text,
--    natural_key text, state text, held_reason text?, currency text, total_minor bigint?, placed_at timestamptz?, received_at timestamptz,
--    delivered_at timestamptz?, external_number text?, external_total_minor bigint?
-- # The customer is named so that its own index serves; row security decides what may be seen.
select order_id, customer_id, connection_id, number, natural_key, state, held_reason, currency, total_minor, placed_at,
       received_at, delivered_at, external_number, external_total_minor
  from sales_order
 where partner_id = tenant_partner() and customer_id = :customer_id and order_id < :before
 order by order_id desc limit :most;

-- order_search :many   in words text[], most int   out order_id uuid, customer_id uuid, connection_id uuid, number text,
--    natural_key text, state text, held_reason text?, currency text, total_minor bigint?, placed_at timestamptz?, received_at timestamptz,
--    delivered_at timestamptz?, external_number text?, external_total_minor bigint?
-- # Those that are called so: by the shop's number or its own id, each looked up at every connection, or by the number of
-- # the destination.
with places as materialized (
    select partner_id, customer_id, connection_id from connection
     where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
), found as (
    select o.customer_id, o.order_id from places p
      join sales_order o on o.connection_id = p.connection_id and o.customer_id = p.customer_id and o.partner_id = p.partner_id
                        and o.number = any (:words::text[])
     union
    select o.customer_id, o.order_id from places p
      join sales_order o on o.connection_id = p.connection_id and o.customer_id = p.customer_id and o.partner_id = p.partner_id
                        and o.natural_key = any (:words::text[])
     union
    select customer_id, order_id from sales_order
     where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
       and external_number = any (:words::text[])
)
select o.order_id, o.customer_id, o.connection_id, o.number, o.natural_key, o.state, o.held_reason, o.currency, o.total_minor,
       o.placed_at, o.received_at, o.delivered_at, o.external_number, o.external_total_minor
  from found f
  join sales_order o on o.partner_id = tenant_partner() and o.customer_id = f.customer_id and o.order_id = f.order_id
 order by o.order_id desc limit :most;

-- order_get :one   in order_id uuid   out order_id uuid, customer_id uuid, connection_id uuid, number text, natural_key text, state text,
--    held_reason text?, currency text, total_minor bigint?, placed_at timestamptz?, received_at timestamptz, delivered_at timestamptz?,
--    external_id text?, external_number text?, external_total_minor bigint?, destination_id uuid?, message_id uuid, record_body text?,
--    mapping_id uuid?, mapping_version int?, row_version bigint
select o.order_id, o.customer_id, o.connection_id, o.number, o.natural_key, o.state, o.held_reason, o.currency,
       o.total_minor, o.placed_at, o.received_at, o.delivered_at, o.external_id, o.external_number,
       o.external_total_minor, o.destination_id, o.message_id, r.body as record_body, r.mapping_id, r.mapping_version,
       o.row_version
  from sales_order o
  left join canonical_record r on r.partner_id = o.partner_id and r.customer_id = o.customer_id and r.record_id = o.record_id
 where o.partner_id = tenant_partner() and o.order_id = :order_id;

-- order_events :many   in customer_id uuid, order_id uuid
--    out event_id uuid, at timestamptz, hop text, detail text, job_id uuid?, attempt int?, effect_id uuid?, message_id uuid?
-- # The newest, oldest of them first.
select event_id, at, hop, detail, job_id, attempt, effect_id, message_id
  from (select event_id, at, hop, detail, job_id, attempt, effect_id, message_id
          from order_event
         where partner_id = tenant_partner() and customer_id = :customer_id and order_id = :order_id
         order by event_id desc limit 500) newest
 order by event_id;

-- order_events_last :many   in order_id uuid, most int   out hop text, detail text, job_id uuid?, effect_id uuid?
-- # Newest first.
select hop, detail, job_id, effect_id
  from order_event
 where partner_id = tenant_partner() and customer_id = tenant_customer() and order_id = :order_id
 order by event_id desc limit :most;

-- order_effects :many   in customer_id uuid, order_id uuid
--    out effect_id uuid, connection_id uuid, operation text, effect_key text, state text, external_ref text?, sends int, probes int, reason text?, planned_at timestamptz, sent_at timestamptz?, confirmed_at timestamptz?,
--    payload_hash bytea?
-- # Those that a job of the order decided on, and those that it met and another order's job has taken over. The newest,
-- # oldest of them first: the sale comes after what it refers to.
with told as (
    select distinct job_id, effect_id from order_event
     where partner_id = tenant_partner() and customer_id = :customer_id and order_id = :order_id
), named as (
    select e.partner_id, e.customer_id, e.effect_id from effect e
     where e.job_id = any (array(select job_id from told where job_id is not null))
       and e.partner_id = tenant_partner() and e.customer_id = :customer_id
    union
    select e.partner_id, e.customer_id, e.effect_id from effect e
     where e.partner_id = tenant_partner() and e.customer_id = :customer_id
       and e.effect_id = any (array(select effect_id from told where effect_id is not null))
     order by effect_id desc limit 500
)
select e.effect_id, e.connection_id, e.operation, e.effect_key, e.state, e.external_ref, e.sends, e.probes, e.reason,
       e.planned_at, e.sent_at, e.confirmed_at, e.payload_hash
  from named n
  join effect e on e.partner_id = n.partner_id and e.customer_id = n.customer_id and e.effect_id = n.effect_id
 order by e.effect_id;

-- order_days :many   in customer_id uuid, from_id uuid, promise_s int, most int
--    out day int, hour int?, orders bigint, delivered bigint, late bigint, held bigint, waiting bigint, arrived bigint, helped bigint,
--    median_ms bigint?, p95_ms bigint?
-- # The two days before now, 0 the newer one, by hours back from now; and each whole, without an hour. Of the newest
-- # orders, so many at most; nil: of every customer that the caller sees, and then by another index. Late is what was
-- # delivered after the promise, or is not yet and beyond it.
with seen as materialized (
    (select received_at, delivered_at, state, helped_at from sales_order
      where partner_id = tenant_partner() and customer_id = :customer_id and order_id >= :from_id
        and :customer_id <> '00000000-0000-0000-0000-000000000000'
      order by order_id desc limit :most)
    union all
    (select received_at, delivered_at, state, helped_at from sales_order
      where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and order_id >= :from_id
        and :customer_id = '00000000-0000-0000-0000-000000000000'
      order by order_id desc limit :most)
), told as (
    select floor(extract(epoch from now() - received_at) / 86400)::int as day,
           floor(extract(epoch from now() - received_at) / 3600)::int as hour, state, helped_at,
           case when state = 'delivered' then extract(epoch from delivered_at - received_at)::double precision * 1000 end as ms,
           now() - received_at > make_interval(secs => :promise_s) as due
      from seen
     where received_at > now() - interval '2 days' and received_at <= now()
)
select day, hour, count(*) as orders,
       count(*) filter (where ms <= :promise_s * 1000.0) as delivered,
       count(*) filter (where ms > :promise_s * 1000.0 or state not in ('delivered', 'held') and due) as late,
       count(*) filter (where state = 'held') as held,
       count(*) filter (where state not in ('delivered', 'held') and not due) as waiting,
       count(*) filter (where state = 'delivered') as arrived,
       count(*) filter (where state = 'delivered' and helped_at is not null) as helped,
       round(percentile_cont(0.5) within group (order by ms))::bigint as median_ms,
       round(percentile_cont(0.95) within group (order by ms))::bigint as p95_ms
  from told
 group by grouping sets ((day, hour), (day)) order by day, hour;
