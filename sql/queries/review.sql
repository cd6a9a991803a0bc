-- # Work that stopped or waits, counted by what it is about: asked as tenon_api.

-- review_rows :many   in customer_id uuid, most int
--    out customer_id uuid, source_id uuid?, flow_id uuid?, source text?, source_connector text?, target_id uuid?,
--    target text?, target_connector text?, outcome text?, operation text?, reason text?, stopped bool, currency text?,
--    jobs bigint, total_minor bigint, priced bigint, first_at timestamptz, last_at timestamptz, last_hour bigint,
--    last_day bigint, job_id uuid
-- # Of the newest jobs that are held or given up, and of the next that come back after a try that failed: so many of each at
-- # most. Nil: of any customer. The target is where a change is under way, else where orders of the source go.
with picked as (
    (select job_id, customer_id, connection_id, flow_id, kind, business_key, reason, created_at, true as stopped
       from job
      where state in ('held', 'dead') and partner_id = tenant_partner()
        and customer_id = any ((select tenant_customers())::uuid[])
        and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
      order by job_id desc limit :most)
    union all
    (select job_id, customer_id, connection_id, flow_id, kind, business_key, reason, created_at, false as stopped
       from job
      where state = 'ready' and attempts > 0 and run_at > now() and partner_id = tenant_partner()
        and customer_id = any ((select tenant_customers())::uuid[])
        and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
      order by run_at, job_id limit :most)
), looked as (
    select s.job_id, s.customer_id, s.connection_id, s.flow_id, s.reason, s.stopped, t.outcome, e.operation,
           coalesce(e.connection_id, c.destination_id) as target_id, nullif(o.currency, '') as currency, o.total_minor,
           coalesce(t.ended_at, s.created_at) as at
      from picked s
      left join connection c on c.partner_id = tenant_partner() and c.customer_id = s.customer_id
                            and c.connection_id = s.connection_id
      left join lateral (select outcome, ended_at from attempt
                          where partner_id = tenant_partner() and customer_id = s.customer_id and job_id = s.job_id
                          order by n desc limit 1) t on true
      left join lateral (select connection_id, operation from effect
                          where partner_id = tenant_partner() and customer_id = s.customer_id and job_id = s.job_id
                            and state not in ('confirmed', 'superseded')
                          order by effect_id limit 1) e on true
      left join lateral (select substr(s.business_key, 7) as natural_key where s.kind = 'order' offset 0) k on true
      left join sales_order o on o.connection_id = s.connection_id and o.natural_key = k.natural_key
                             and o.partner_id = tenant_partner() and o.customer_id = s.customer_id
)
select l.customer_id, l.connection_id as source_id, l.flow_id, s.name as source, s.connector as source_connector,
       l.target_id, d.name as target, d.connector as target_connector, l.outcome, l.operation, l.reason, l.stopped, l.currency,
       count(*) as jobs, coalesce(sum(l.total_minor), 0)::bigint as total_minor, count(l.total_minor) as priced,
       min(l.at) as first_at, max(l.at) as last_at, count(*) filter (where l.at > now() - interval '1 hour') as last_hour,
       count(*) filter (where l.at <= now() - interval '1 hour' and l.at > now() - interval '25 hours') as last_day,
       (array_agg(l.job_id order by l.job_id desc))[1] as job_id
  from looked l
  left join connection s on s.partner_id = tenant_partner() and s.customer_id = l.customer_id and s.connection_id = l.connection_id
  left join connection d on d.partner_id = tenant_partner() and d.customer_id = l.customer_id and d.connection_id = l.target_id
 group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 order by l.customer_id, min(l.job_id::text);

-- review_went_well :many   in customer_ids uuid[], scope_ids uuid[], sinces timestamptz[]   out place bigint, done bigint
-- # How many jobs of a connection, or of a flow, ended well since then, counted to a thousand among the newest 20,000 of the
-- # customer.
select g.place,
       (select count(*) from (
            select from (select state, connection_id, flow_id, ended_at from job j
                          where j.partner_id = tenant_partner() and j.customer_id = g.customer_id
                          order by j.job_id desc limit 20000) j
             where j.state = 'done' and j.ended_at >= g.since and g.scope_id in (j.connection_id, j.flow_id)
             limit 1000) w) as done
  from unnest(:customer_ids::uuid[], :scope_ids::uuid[], :sinces::timestamptz[]) with ordinality
       as g (customer_id, scope_id, since, place)
 where g.customer_id = any ((select tenant_customers())::uuid[])
 order by g.place;

-- review_handlings :many   in customer_id uuid
--    out exception_id text, assignee text?, note text?, archived_jobs int?, handled_by text, handled_at timestamptz
select exception_id, assignee, note, archived_jobs, handled_by, handled_at from exception_handling
 where partner_id = tenant_partner() and customer_id = :customer_id;

-- review_handle :exec   in partner_id uuid, customer_id uuid, exception_id text, assignee text?, note text?,
--    archived_jobs int?, handled_by text
insert into exception_handling (partner_id, customer_id, exception_id, assignee, note, archived_jobs, handled_by)
values (:partner_id, :customer_id, :exception_id, :assignee, :note, :archived_jobs, :handled_by)
on conflict (partner_id, customer_id, exception_id) do update
   set assignee = excluded.assignee, note = excluded.note, archived_jobs = excluded.archived_jobs,
       handled_by = excluded.handled_by, handled_at = now();

-- review_jobs :many   in customer_id uuid, most int
--    out job_id uuid, customer_id uuid, kind text, lane int, state text, stopped bool, source_connector text?,
--    target_connector text?, outcome text?, operation text?, reason text?, order_id uuid?, number text?, attempts int,
--    created_at timestamptz, run_at timestamptz, at timestamptz
-- # The same jobs one by one, the newest first: whose cause each is of is told by the program.
with picked as (
    (select job_id, customer_id, connection_id, kind, lane, state, business_key, reason, attempts, created_at, run_at, true as stopped
       from job
      where state in ('held', 'dead') and partner_id = tenant_partner()
        and customer_id = any ((select tenant_customers())::uuid[])
        and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
      order by job_id desc limit :most)
    union all
    (select job_id, customer_id, connection_id, kind, lane, state, business_key, reason, attempts, created_at, run_at, false as stopped
       from job
      where state = 'ready' and attempts > 0 and run_at > now() and partner_id = tenant_partner()
        and customer_id = any ((select tenant_customers())::uuid[])
        and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
      order by run_at, job_id limit :most)
)
select s.job_id, s.customer_id, s.kind, s.lane::int as lane, s.state, s.stopped, f.connector as source_connector,
       d.connector as target_connector, t.outcome, e.operation, s.reason, o.order_id, o.number, s.attempts, s.created_at,
       s.run_at, coalesce(t.ended_at, s.created_at) as at
  from picked s
  left join connection f on f.partner_id = tenant_partner() and f.customer_id = s.customer_id
                        and f.connection_id = s.connection_id
  left join lateral (select outcome, ended_at from attempt
                      where partner_id = tenant_partner() and customer_id = s.customer_id and job_id = s.job_id
                      order by n desc limit 1) t on true
  left join lateral (select connection_id, operation from effect
                      where partner_id = tenant_partner() and customer_id = s.customer_id and job_id = s.job_id
                        and state not in ('confirmed', 'superseded')
                      order by effect_id limit 1) e on true
  left join connection d on d.partner_id = tenant_partner() and d.customer_id = s.customer_id
                        and d.connection_id = coalesce(e.connection_id, f.destination_id)
  left join lateral (select substr(s.business_key, 7) as natural_key where s.kind = 'order' offset 0) k on true
  left join sales_order o on o.connection_id = s.connection_id and o.natural_key = k.natural_key
                         and o.partner_id = tenant_partner() and o.customer_id = s.customer_id
 order by s.job_id desc;
