-- # The life of connections: checks, what ends, what people are told. Asked as tenon_worker for one customer, unless a
-- # statement says otherwise.

-- care_due :many   in most int, anew bool   out partner_id uuid, customer_id uuid
-- # Asked as tenon_dispatch.
select partner_id, customer_id from care_due(:most, :anew);

-- care_checks_due :many   in most int   out partner_id uuid, customer_id uuid, connection_id uuid
-- # Asked as tenon_dispatch.
select partner_id, customer_id, connection_id from care_checks_due(:most);

-- # ---- checks ----

-- check_ask :exec   in partner_id uuid, customer_id uuid, connection_id uuid, who text
-- # Asked as tenon_api. One that is asked for already and not begun stays as it is.
insert into connection_life as l (partner_id, customer_id, connection_id, check_asked_at, check_asked_by)
values (:partner_id, :customer_id, :connection_id, now(), :who)
on conflict (partner_id, customer_id, connection_id) do update
   set check_asked_at = now(), check_asked_by = excluded.check_asked_by, check_begun_at = null
 where l.check_asked_at is null;

-- check_get :maybe   in connection_id uuid
--    out check_asked_at timestamptz?, check_asked_by text?, check_begun_at timestamptz?, checked_at timestamptz?, checks text?
-- # Asked as tenon_api.
select check_asked_at, check_asked_by, check_begun_at, checked_at, checks
  from connection_life
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id;

-- check_claim :maybe   in connection_id uuid   out connection_id uuid
-- # No row: another has it, or it is not wanted any more.
update connection_life set check_begun_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and check_asked_at is not null and (check_begun_at is null or check_begun_at < now() - interval '3 minutes')
returning connection_id;

-- check_store :exec   in connection_id uuid, checks text
update connection_life set check_asked_at = null, check_asked_by = null, check_begun_at = null, checked_at = now(), checks = :checks
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id;

-- check_last_delivery :maybe   in connection_id uuid   out last_at timestamptz?
select max(last_at) as last_at from feed
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id;

-- # ---- looks ----

-- life_add :exec
-- # Of connections that nobody has looked at yet.
insert into connection_life (partner_id, customer_id, connection_id)
select partner_id, customer_id, connection_id from connection
 where partner_id = tenant_partner() and customer_id = tenant_customer()
on conflict do nothing;

-- life_lock :many   in most int
--    out connection_id uuid, name text, connector text, connector_version text?, status text, status_reason text?,
--    reconnect_since timestamptz?,
--    given_at timestamptz?, ends_at timestamptz?, roll_at timestamptz?
-- # None, or not all, while another looks. given_at: when what calls are authenticated with was given.
select l.connection_id, n.name, n.connector, n.connector_version, n.status, n.status_reason, n.reconnect_since,
       (select max(c.created_at) from credential c
         where c.partner_id = l.partner_id and c.customer_id = l.customer_id and c.connection_id = l.connection_id
           and c.kind in ('password', 'api_token') and c.current) as given_at,
       (select c.ends_at from credential c
         where c.partner_id = l.partner_id and c.customer_id = l.customer_id and c.connection_id = l.connection_id
           and c.kind = 'session') as ends_at,
       (select min(c.overlap_until) from credential c
         where c.partner_id = l.partner_id and c.customer_id = l.customer_id and c.connection_id = l.connection_id
           and c.overlap_until > now()) as roll_at
  from connection_life l
  join connection n on n.partner_id = l.partner_id and n.customer_id = l.customer_id and n.connection_id = l.connection_id
 where l.partner_id = tenant_partner() and l.customer_id = tenant_customer() and l.look_at <= now()
 order by l.connection_id limit :most for update of l skip locked;

-- life_looked :exec   in connection_id uuid, ends_at timestamptz?, roll_at timestamptz?, again_s int
update connection_life set ends_at = :ends_at, look_at = least(:roll_at::timestamptz, now() + make_interval(secs => :again_s))
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id;

-- care_alerts_open :many   in connection_id uuid   out alert_id uuid, kind text, stage int
select alert_id, kind, stage from connection_alert
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and closed_at is null
 order by alert_id limit 20;

-- care_alert_open :exec   in partner_id uuid, customer_id uuid, alert_id uuid, connection_id uuid, kind text, stage int,
--    until timestamptz?, reason text, told int?
insert into connection_alert (partner_id, customer_id, alert_id, connection_id, kind, stage, until, reason, told_open)
values (:partner_id, :customer_id, :alert_id, :connection_id, :kind, :stage, :until, :reason, :told)
on conflict do nothing;

-- care_alert_close :exec   in alert_id uuid, silent bool
update connection_alert set closed_at = now(), told_open = case when :silent then coalesce(told_open, 0) else told_open end,
       told_closed = case when :silent then 0 end
 where partner_id = tenant_partner() and customer_id = tenant_customer() and alert_id = :alert_id and closed_at is null;

-- care_alerts_untold :many   in most int
--    out alert_id uuid, name text, kind text, stage int, reason text, closed_at timestamptz?
select a.alert_id, n.name, a.kind, a.stage, a.reason, a.closed_at
  from connection_alert a
  join connection n on n.partner_id = a.partner_id and n.customer_id = a.customer_id and n.connection_id = a.connection_id
 where a.partner_id = tenant_partner() and a.customer_id = tenant_customer()
   and (a.told_open is null or (a.closed_at is not null and a.told_closed is null))
 order by a.alert_id limit :most for update of a skip locked;

-- care_alert_told :exec   in alert_id uuid, told int, closed bool
update connection_alert set told_open = coalesce(told_open, :told),
       told_closed = case when :closed then :told else told_closed end
 where partner_id = tenant_partner() and customer_id = tenant_customer() and alert_id = :alert_id;

-- care_told :many   out user_id uuid, email text, name text, locale text
select user_id, email, name, locale from flow_told();

-- # ---- as people see it; asked as tenon_api ----

-- life_get :maybe   in connection_id uuid   out ends_at timestamptz?, hooks_put_off_at timestamptz?, hooks_put_off_why text?
-- # Asked as tenon_api, or tenon_worker.
select ends_at, hooks_put_off_at, hooks_put_off_why from connection_life
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id;

-- life_alerts :many   in connection_id uuid, most int
--    out kind text, reason text, opened_at timestamptz, until timestamptz?
select kind, reason, opened_at, until from connection_alert
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and closed_at is null
 order by opened_at, alert_id limit :most;

-- credential_retire :exec
-- # Asked as tenon_worker: secrets whose time beside their successors is over.
select credential_retire();

-- calls_trim :exec
-- # Asked as tenon_worker.
select connection_calls_trim();

-- files_forget :exec   in most int
-- # Asked as tenon_worker: bodies of files that ended long ago.
select files_forget(:most);

-- calls_list :many   in connection_id uuid, below bigint, most int
--    out number bigint, at timestamptz, operation text, method text, url text, status int?, outcome text, failure text?, ms int,
--    sent bigint, received bigint, job_id uuid?
-- # The newest first; of a week.
select number, at, operation, method, url, status, outcome, failure, ms, sent, received, job_id
  from connection_call
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and number < :below and at > now() - interval '7 days'
 order by number desc limit :most;

-- health_get :one   in connection_id uuid
--    out ok_hour bigint, refused_hour bigint, failed_hour bigint, ok_day bigint, refused_day bigint, failed_day bigint,
--    median_ms int?, ok_at timestamptz?, failed_at timestamptz?, failure text?
-- # An hour: of the last sixty to seventy minutes. The median is that of the calls that the log still has, of a day.
select coalesce(sum(s.ok) filter (where s.began > now() - interval '70 minutes'), 0)::bigint as ok_hour,
       coalesce(sum(s.refused) filter (where s.began > now() - interval '70 minutes'), 0)::bigint as refused_hour,
       coalesce(sum(s.failed) filter (where s.began > now() - interval '70 minutes'), 0)::bigint as failed_hour,
       coalesce(sum(s.ok), 0)::bigint as ok_day, coalesce(sum(s.refused), 0)::bigint as refused_day,
       coalesce(sum(s.failed), 0)::bigint as failed_day,
       (select percentile_disc(0.5) within group (order by c.ms)::int from connection_call c
         where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
           and c.connection_id = :connection_id and c.status is not null and c.at > now() - interval '24 hours') as median_ms,
       max(t.ok_at) as ok_at, max(t.failed_at) as failed_at, max(t.failure) as failure
  from (select 1) one
  left join connection_share s on s.partner_id = tenant_partner() and s.customer_id = any ((select tenant_customers())::uuid[])
                              and s.connection_id = :connection_id and s.began > now() - interval '24 hours 10 minutes'
  left join connection_traffic t on t.partner_id = tenant_partner() and t.customer_id = any ((select tenant_customers())::uuid[])
                                and t.connection_id = :connection_id;

-- # ---- what vendors send where ----

-- care_keeps_due :many   in most int   out partner_id uuid, customer_id uuid, connection_id uuid
-- # Asked as tenon_dispatch.
select partner_id, customer_id, connection_id from care_keeps_due(:most);

-- keep_ask :exec   in partner_id uuid, customer_id uuid, connection_id uuid, kept bool
-- # Asked as tenon_api.
insert into connection_life as l (partner_id, customer_id, connection_id, keep_at)
values (:partner_id, :customer_id, :connection_id, case when :kept then now() end)
on conflict (partner_id, customer_id, connection_id) do update set keep_at = excluded.keep_at, keep_faults = 0;

-- keep_claim :maybe   in connection_id uuid, lease_s int   out connection_id uuid
-- # No row: another has it.
update connection_life set keep_at = now() + make_interval(secs => :lease_s)
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id and keep_at <= now()
returning connection_id;

-- keep_store :exec   in connection_id uuid, kept text?, fault text?, soon_s int, again_s int
-- # Unless somebody wants it no more. Faults one after another make the pause grow.
update connection_life set kept = coalesce(:kept, kept), kept_at = case when :fault::text is null then now() else kept_at end,
       keep_fault = :fault, keep_faults = case when :fault::text is null then 0 else least(keep_faults + 1, 20) end,
       keep_at = case when keep_at is null then null
                      when :fault::text is null then now() + make_interval(secs => :again_s)
                      else now() + make_interval(secs => least(:soon_s * 2 ^ least(keep_faults, 10), :again_s)) end
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id;

-- keep_get :maybe   in connection_id uuid   out keep_at timestamptz?, kept_at timestamptz?, kept text?, keep_fault text?
-- # Asked as tenon_api, or tenon_worker.
select keep_at, kept_at, kept, keep_fault from connection_life
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id;

-- keep_host :maybe   out host text
-- # The partner's first host.
select host from partner_host where partner_id = tenant_partner() and verified_at is not null and released_at is null
 order by verified_at, host limit 1;
