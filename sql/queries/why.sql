-- # What stands between an order, or a job, and its end: asked as tenon_api.

-- why_order :maybe   in order_id uuid, prefix text
--    out order_id uuid, customer_id uuid, connection_id uuid, natural_key text, job_id uuid?
-- # And the job that its way depends on: its newest delivery's if that is open, else another that is.
select o.order_id, o.customer_id, o.connection_id, o.natural_key, coalesce(j.job_id, o.newest_job_id) as job_id
  from sales_order o
  left join lateral (
        select job_id from (
            select job_id from job j where j.state = 'ready' and j.business_key = :prefix || o.natural_key
               and j.customer_id = o.customer_id and j.partner_id = o.partner_id and j.connection_id = o.connection_id
            union all
            select job_id from job j where j.state = 'leased' and j.business_key = :prefix || o.natural_key
               and j.customer_id = o.customer_id and j.partner_id = o.partner_id and j.connection_id = o.connection_id
            union all
            select job_id from job j where j.state in ('held', 'dead') and j.business_key = :prefix || o.natural_key
               and j.customer_id = o.customer_id and j.partner_id = o.partner_id and j.connection_id = o.connection_id) k
         order by k.job_id = o.newest_job_id desc nulls last, k.job_id desc limit 1) j on true
 where o.partner_id = tenant_partner() and o.customer_id = any ((select tenant_customers())::uuid[]) and o.order_id = :order_id;

-- why_find :maybe   in connection_id uuid, number text, source_key text   out order_id uuid
-- # By the number or by what the source calls it; empty: not asked by. The newest of a number. Materialized:
-- # in the order of ids the planner would walk through all of them.
with found as materialized (
    select order_id from sales_order
     where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
       and connection_id = :connection_id and natural_key = :source_key
    union all
    select order_id from sales_order
     where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
       and connection_id = :connection_id and number = :number and :number <> '')
select order_id from found order by order_id desc limit 1;

-- why_unread :maybe   in connection_id uuid, business_key text   out job_id uuid
-- # The open job of a delivery that no order has come of yet, by what the source calls it.
with open as materialized (
    select j.job_id from job j join connection c using (partner_id, customer_id, connection_id)
     where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
       and j.state = 'ready' and j.business_key = :business_key and j.connection_id = :connection_id
    union all
    select j.job_id from job j join connection c using (partner_id, customer_id, connection_id)
     where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
       and j.state = 'leased' and j.business_key = :business_key and j.connection_id = :connection_id
    union all
    select j.job_id from job j join connection c using (partner_id, customer_id, connection_id)
     where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
       and j.state in ('held', 'dead') and j.business_key = :business_key and j.connection_id = :connection_id)
select job_id from open order by job_id desc limit 1;

-- why_source :maybe   in connection_id uuid
--    out customer_id uuid, name text, status text, status_reason text?, heard bool, heard_at timestamptz?
-- # Of a connection that is to have sent something: whether it ever did, and when last, if that is among the newest 5,000
-- # deliveries of the customer.
select c.customer_id, c.name, c.status, c.status_reason,
       exists (select from inbound_message m
                where m.connection_id = c.connection_id and m.partner_id = c.partner_id and m.customer_id = c.customer_id) as heard,
       (select max(n.received_at)
          from (select m.connection_id, m.received_at from inbound_message m
                 where m.partner_id = c.partner_id and m.customer_id = c.customer_id
                 order by m.message_id desc limit 5000) n
         where n.connection_id = c.connection_id) as heard_at
  from connection c
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = :connection_id;

-- why_tenant :one   in customer_id uuid
--    out customer text, customer_status text, suspended_at timestamptz?, partner_status text, sees_all bool
select u.name as customer, u.status as customer_status, coalesce(u.suspended_at, p.suspended_at) as suspended_at,
       p.status as partner_status, brand_is_all() as sees_all
  from customer u join partner p on p.partner_id = u.partner_id
 where u.partner_id = tenant_partner() and u.customer_id = :customer_id;

-- why_order_is :one   in customer_id uuid, order_id uuid
--    out number text, state text, held_reason text?, external_number text?, received_at timestamptz, delivered_at timestamptz?,
--    message_id uuid
select number, state, held_reason, external_number, received_at, delivered_at, message_id
  from sales_order
 where partner_id = tenant_partner() and customer_id = :customer_id and order_id = :order_id;

-- why_job :maybe   in job_id uuid
--    out job_id uuid, customer_id uuid, connection_id uuid?, message_id uuid?, flow_id uuid?, kind text, business_key text,
--    state text, shadow bool, suspect bool, run_at timestamptz, created_at timestamptz, ended_at timestamptz?, attempts int,
--    crashes int, reason text?, due bool, outcome text?, tried_at timestamptz?, any_at timestamptz?, owner_at timestamptz?,
--    now_at timestamptz, order_id uuid?
-- # order_id: of a job of an order, by what its source calls it; that is made apart, since behind row security no index is
-- # asked by what a function makes.
select j.job_id, j.customer_id, j.connection_id, j.message_id, j.flow_id, j.kind, j.business_key, j.state, j.shadow, j.suspect,
       j.run_at, j.created_at, j.ended_at, j.attempts, j.crashes, j.reason, j.run_at <= now() as due, t.outcome,
       t.ended_at as tried_at, w.any_at, w.owner_at, now() as now_at, o.order_id
  from job j
 cross join lateral workers_seen(j.lease_owner) w
  left join lateral (select outcome, ended_at from job_try
                      where partner_id = j.partner_id and customer_id = j.customer_id and job_id = j.job_id
                      order by n desc limit 1) t on true
  left join lateral (select substr(j.business_key, 7) as natural_key where j.kind = 'order' offset 0) k on true
  left join sales_order o on o.connection_id = j.connection_id and o.natural_key = k.natural_key
                         and o.partner_id = j.partner_id and o.customer_id = j.customer_id
 where j.partner_id = tenant_partner() and j.customer_id = any ((select tenant_customers())::uuid[]) and j.job_id = :job_id;

-- why_way :one   in customer_id uuid, connection_id uuid, flow_id uuid, object text
--    out source text?, source_status text?, has_destination bool, destination_id uuid?, destination text?,
--    destination_status text?, destination_reason text?, flow text?, flow_state text?, drained_at timestamptz?, flow_works bool, mapping_id uuid?,
--    mapping text?, mapping_works bool, paused text?, paused_reason text?
-- # Where it comes from and goes to, what it goes through, and which of the systems that it has to do with is paused. Nil: none.
select s.name as source, s.status as source_status, coalesce(s.destination_id is not null, false) as has_destination,
       d.connection_id as destination_id, d.name as destination, d.status as destination_status,
       d.status_reason as destination_reason, f.name as flow, f.state as flow_state,
       case f.state when 'draining' then flow_drained_at(f.flow_id) end as drained_at,
       coalesce(f.current_version is not null, false) as flow_works, m.mapping_id, m.name as mapping,
       coalesce(m.current_version is not null, false) as mapping_works, h.name as paused, h.status_reason as paused_reason
  from customer u
  left join connection s on s.partner_id = u.partner_id and s.customer_id = u.customer_id and s.connection_id = :connection_id
  left join connection d on d.partner_id = s.partner_id and d.customer_id = s.customer_id and d.connection_id = s.destination_id
  left join flow f on f.partner_id = u.partner_id and f.customer_id = u.customer_id and f.flow_id = :flow_id
  left join flow_version v on v.partner_id = f.partner_id and v.customer_id = f.customer_id and v.flow_id = f.flow_id
                          and v.number = f.current_version
  left join lateral (
        select p.name, p.status_reason from connection p
         where p.partner_id = u.partner_id and p.customer_id = u.customer_id and p.status = 'paused'
           and (p.connection_id = s.connection_id
                or p.connection_id = d.connection_id and (f.flow_id is null or flow_calls(v.document, 'destination'))
                or exists (select from flow_connection r
                            where r.partner_id = u.partner_id and r.customer_id = u.customer_id and r.flow_id = f.flow_id
                              and r.connection_id = p.connection_id and flow_calls(v.document, r.role)))
         order by p.connection_id limit 1) h on true
  left join connection_mapping c on c.partner_id = s.partner_id and c.customer_id = s.customer_id
                                and c.connection_id = s.connection_id and c.object = :object
  left join mapping m on m.partner_id = c.partner_id and m.customer_id = c.customer_id and m.mapping_id = c.mapping_id
 where u.partner_id = tenant_partner() and u.customer_id = :customer_id;

-- why_before :maybe   in customer_id uuid, business_key text, job_id uuid   out job_id uuid, state text
-- # What has its turn before a job of its key: the one that runs, else one that is held and keeps it waiting, else the first
-- # that waits. "offset 0" keeps the planner from
-- # walking through all jobs in the order of their ids.
select job_id, state from (
    (select job_id, state from job
      where partner_id = tenant_partner() and customer_id = :customer_id and business_key = :business_key
        and state = 'leased' and job_id <> :job_id limit 1)
    union all
    (select job_id, state
       from (select job_id, state, keyed from job
              where partner_id = tenant_partner() and customer_id = :customer_id and business_key = :business_key
                and state = 'held' offset 0) h
      where job_id < :job_id and keyed
        and (select keyed from job where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id)
      order by job_id limit 1)
    union all
    (select job_id, state
       from (select job_id, state from job
              where partner_id = tenant_partner() and customer_id = :customer_id and business_key = :business_key
                and state = 'ready' offset 0) k
      where job_id < :job_id order by job_id limit 1)) b
 limit 1;

-- why_word :maybe   in customer_id uuid, kind text, waiting_id uuid   out table_id uuid, name text, key text, words bigint
-- # The first word that it waits for, and how many there are.
select t.table_id, t.name, m.key, count(*) over () as words
  from xref_waiting w
  join xref_miss m on m.partner_id = w.partner_id and m.customer_id = w.customer_id and m.miss_id = w.miss_id
  join xref_table t on t.partner_id = m.partner_id and t.customer_id = m.customer_id and t.table_id = m.table_id
 where w.partner_id = tenant_partner() and w.customer_id = :customer_id and w.kind = :kind and w.waiting_id = :waiting_id
   and w.released_at is null
 order by t.name, m.key limit 1;

-- why_case :maybe   in customer_id uuid, waiting_id uuid   out case_id uuid, path text, what text, cases bigint
-- # The first open case of drift that an order waits for.
select c.case_id, c.path, c.what, count(*) over () as cases
  from drift_waiting w
  join drift_case c on c.partner_id = w.partner_id and c.customer_id = w.customer_id and c.case_id = w.case_id
 where w.partner_id = tenant_partner() and w.customer_id = :customer_id and w.kind = 'order' and w.waiting_id = :waiting_id
   and w.released_at is null and c.state = 'open'
 order by c.case_id limit 1;

-- why_effect :maybe   in customer_id uuid, job_id uuid
--    out effect_id uuid, operation text, effect_key text, state text, reason text?, sent_at timestamptz?, sends int, system text?
-- # The first change of a job's that is not known to have happened.
select e.effect_id, e.operation, e.effect_key, e.state, e.reason, e.sent_at, e.sends, c.name as system
  from effect e
  left join connection c on c.partner_id = e.partner_id and c.customer_id = e.customer_id and c.connection_id = e.connection_id
 where e.partner_id = tenant_partner() and e.customer_id = :customer_id and e.job_id = :job_id
   and e.state not in ('confirmed', 'superseded')
 order by e.effect_id limit 1;

-- why_effect_of :maybe   in customer_id uuid, flow_id uuid, connection_id uuid, operation text, effect_key text
--    out job_id uuid, state text
-- # The job of the change that another one waits for, at a connection that its flow can mean.
select e.job_id, e.state
  from effect e
 where e.partner_id = tenant_partner() and e.customer_id = :customer_id and e.operation = :operation
   and e.effect_key = :effect_key
   and e.connection_id = any (array(
        select connection_id from flow_connection
         where partner_id = tenant_partner() and customer_id = :customer_id and flow_id = :flow_id
        union
        select unnest(array[connection_id, destination_id]) from connection
         where partner_id = tenant_partner() and customer_id = :customer_id and connection_id = :connection_id))
 order by e.state = 'confirmed', e.effect_id limit 1;

-- why_sent :maybe   in customer_id uuid, job_id uuid   out name text, state text, said text?, answered_at timestamptz?
-- # What became of the set of EDI that a job has sent, of the one that matters most.
select name, state, said, answered_at from edi_sent
 where partner_id = tenant_partner() and customer_id = :customer_id and job_id = :job_id
 order by array_position(array['rejected', 'sent', 'errors', 'accepted'], state), control, set_control limit 1;
