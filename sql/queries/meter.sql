-- meter_sums :many   in from_at timestamptz, to_at timestamptz, every_customer bool, customer_id uuid, every_flow bool,
--    flow_id uuid, meter text, by_day bool, by_customer bool, by_flow bool, most int
--    out day text?, customer_id uuid?, flow_id uuid?, meter text, quantity bigint
-- # What the tries that ended in this time have used, those of jobs that have ended and those before them alike. meter "":
-- # each. Days are UTC's.
with used as (
    select t.customer_id, j.flow_id, t.ended_at, (t.outcome = 'ok')::int as runs, 1 as tries, t.calls, t.octets_sent,
           t.octets_received, t.cpu_us, t.items
      from attempt t
      join job j on j.partner_id = t.partner_id and j.customer_id = t.customer_id and j.job_id = t.job_id
     where t.ended_at >= :from_at and t.ended_at < :to_at and t.partner_id = tenant_partner()
    union all
    select customer_id, flow_id, ended_at, 1, 1, calls, octets_sent, octets_received, cpu_us, items
      from job
     where ended_at >= :from_at and ended_at < :to_at and started_at is not null and state in ('done', 'cancelled')
       and partner_id = tenant_partner()
)
select case when :by_day then to_char(u.ended_at at time zone 'UTC', 'YYYY-MM-DD') end as day,
       case when :by_customer then u.customer_id end as customer_id,
       case when :by_flow then u.flow_id end as flow_id, m.name as meter, coalesce(sum(m.quantity), 0)::bigint as quantity
  from used u
 cross join lateral (values ('runs', u.runs::bigint), ('tries', u.tries), ('calls', u.calls), ('octets_sent', u.octets_sent),
                            ('octets_received', u.octets_received), ('cpu_us', u.cpu_us), ('items', u.items))
                    as m (name, quantity)
 where u.customer_id = any ((select tenant_customers())::uuid[]) and (:every_customer or u.customer_id = :customer_id)
   and (:every_flow or u.flow_id = :flow_id) and (:meter = '' or m.name = :meter)
 group by 1, 2, 3, 4
 order by 1, 2, 3, 4
 limit :most;

-- meter_accepted :one   in from_at timestamptz, to_at timestamptz, every_customer bool, customer_id uuid   out accepted bigint
-- # Deliveries that were answered with "taken": first ones, and repeats (a first one can be listed among them).
select (select count(*) from inbound_message m
         where m.partner_id = tenant_partner() and m.customer_id = any ((select tenant_customers())::uuid[])
           and (:every_customer or m.customer_id = :customer_id) and m.received_at >= :from_at and m.received_at < :to_at)
     + (select count(*) from inbound_delivery d
         where d.partner_id = tenant_partner() and d.customer_id = any ((select tenant_customers())::uuid[])
           and (:every_customer or d.customer_id = :customer_id) and d.received_at >= :from_at and d.received_at < :to_at)
     - (select count(*) from inbound_delivery d
          join inbound_message m on m.partner_id = d.partner_id and m.customer_id = d.customer_id
                                and m.message_id = d.delivery_id
         where d.partner_id = tenant_partner() and d.customer_id = any ((select tenant_customers())::uuid[])
           and (:every_customer or d.customer_id = :customer_id) and d.received_at >= :from_at and d.received_at < :to_at)
       as accepted;

-- meter_judged :many   in from_at timestamptz, to_at timestamptz, every_customer bool, customer_id uuid
--    out reason text, messages bigint
-- # Each of these deliveries by what became of it; "": it is rated.
select c.reason, count(*) as messages
  from (select case when e.kind = 'sandbox' then 'sandbox' when j.state is null then 'nothing_to_do'
                    when j.state = 'done' then '' when j.state in ('ready', 'leased') then 'in_progress'
                    when j.state = 'cancelled' and j.started_at is not null then 'superseded' else j.state end as reason
          from inbound_message m
          left join job j on j.partner_id = m.partner_id and j.customer_id = m.customer_id
                         and j.connection_id = m.connection_id and j.origin_key = m.dedupe_key
          join connection n on n.partner_id = m.partner_id and n.customer_id = m.customer_id
                           and n.connection_id = m.connection_id
          join environment e on e.partner_id = n.partner_id and e.customer_id = n.customer_id
                            and e.environment_id = n.environment_id
         where m.partner_id = tenant_partner() and m.customer_id = any ((select tenant_customers())::uuid[])
           and (:every_customer or m.customer_id = :customer_id) and m.received_at >= :from_at and m.received_at < :to_at
        union all
        select 'duplicate'
          from inbound_delivery d
         where d.partner_id = tenant_partner() and d.customer_id = any ((select tenant_customers())::uuid[])
           and (:every_customer or d.customer_id = :customer_id) and d.received_at >= :from_at and d.received_at < :to_at
           and not exists (select from inbound_message m
                            where m.partner_id = d.partner_id and m.customer_id = d.customer_id
                              and m.message_id = d.delivery_id)) c
 group by c.reason order by c.reason;
