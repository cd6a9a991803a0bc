-- # Feeds: what came, what was to be expected, and what the source has that did not come. Asked as tenon_worker for one
-- # customer, unless a statement says otherwise.

-- feeds_due :many   in most int, anew bool   out partner_id uuid, customer_id uuid
-- # Asked as tenon_dispatch.
select partner_id, customer_id from feeds_due(:most, :anew);

-- feed_sweeps_due :many   in most int   out partner_id uuid, customer_id uuid, connection_id uuid, object text
-- # Asked as tenon_dispatch.
select partner_id, customer_id, connection_id, object from feed_sweeps_due(:most);

-- feeds_late :one   out n bigint
-- # Asked as tenon_dispatch.
select feeds_late() as n;

-- feed_add :exec   in connectors text[], objects text[], askeds bool[], everies_s int[]
-- # Feeds of connections that have none yet; what they have brought before is not counted, but when it last came is known.
with missing as (
    insert into feed (partner_id, customer_id, connection_id, object, feed_id, sweep_every_s, sweep_at, last_at)
    select c.partner_id, c.customer_id, c.connection_id, k.object, gen_random_uuid(), k.every_s,
           case when k.asked then now() + make_interval(secs => k.every_s) end,
           case when not exists (select from feed f where f.partner_id = c.partner_id and f.customer_id = c.customer_id
                                    and f.connection_id = c.connection_id and f.object = k.object)
                then (select max(m.received_at) from inbound_message m
                       where m.partner_id = c.partner_id and m.customer_id = c.customer_id and m.connection_id = c.connection_id
                         and split_part(coalesce(m.object_key, m.business_key), ':', 1) = k.object) end
      from unnest(:connectors::text[], :objects::text[], :askeds::bool[], :everies_s::int[]) as k (connector, object, asked, every_s)
      join connection c on c.connector = k.connector
     where c.partner_id = tenant_partner() and c.customer_id = tenant_customer() and c.connector_version is null
    on conflict do nothing
    returning partner_id, customer_id, connection_id, object
)
insert into feed_cursor (partner_id, customer_id, connection_id, object, complete_to)
select partner_id, customer_id, connection_id, object, now() from missing;

-- feeds_lock :many   in most int
--    out connection_id uuid, object text, connection_name text, silence_s int?, last_at timestamptz?,
--    counted_to timestamptz, at timestamptz,
--    rhythm text?, learnt_at timestamptz?, created_at timestamptz, alert_id uuid?, since timestamptz?
-- # None, or not all, while another looks. at: the time by this server's clock, which is what came is stamped by.
select f.connection_id, f.object, n.name as connection_name, f.silence_s, f.last_at, f.counted_to, now() as at,
       f.rhythm, f.learnt_at, f.created_at, a.alert_id, a.since
  from feed f
  join connection n on n.partner_id = f.partner_id and n.customer_id = f.customer_id and n.connection_id = f.connection_id
  left join feed_alert a on a.partner_id = f.partner_id and a.customer_id = f.customer_id
                        and a.connection_id = f.connection_id and a.object = f.object and a.closed_at is null
 where f.partner_id = tenant_partner() and f.customer_id = tenant_customer()
 order by f.connection_id, f.object limit :most for update of f skip locked;

-- feed_count :many   in connection_ids uuid[], objects text[], sinces timestamptz[], from_id uuid, until timestamptz
--    out connection_id uuid, object text, n bigint, last_at timestamptz
-- # Counts what came since the last look at each of the feeds that are held, once: a range of the table's own key, which
-- # begins some minutes earlier, since ids are made by the clocks of those who take messages.
with came as (
    select m.partner_id, m.customer_id, m.connection_id, f.object, date_trunc('hour', m.received_at, 'UTC') as hour,
           count(*) as n, max(m.received_at) as last_at
      from inbound_message m
      join unnest(:connection_ids::uuid[], :objects::text[], :sinces::timestamptz[]) as f (connection_id, object, since)
        on f.connection_id = m.connection_id and f.object = split_part(coalesce(m.object_key, m.business_key), ':', 1)
     where m.partner_id = tenant_partner() and m.customer_id = tenant_customer()
       and m.message_id >= :from_id and m.received_at >= f.since and m.received_at < :until and not m.recovered
     group by 1, 2, 3, 4, 5
), kept as (
    insert into feed_hour (partner_id, customer_id, connection_id, object, slot, hour, n)
    select partner_id, customer_id, connection_id, object, (extract(epoch from hour)::bigint / 3600) % 1512, hour, n from came
    on conflict (partner_id, customer_id, connection_id, object, slot) do update
       set n = case when feed_hour.hour = excluded.hour then feed_hour.n else 0 end + excluded.n, hour = excluded.hour
)
select connection_id, object, sum(n)::bigint as n, max(last_at) as last_at from came group by connection_id, object;

-- feed_hours :many   in connection_id uuid, object text, since timestamptz   out hour timestamptz, n bigint
select hour, n from feed_hour
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and object = :object and hour >= :since;

-- feed_learnt :exec   in connection_id uuid, object text, rhythm text?, learnt_at timestamptz
update feed set rhythm = :rhythm, learnt_at = :learnt_at
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and object = :object;

-- feed_looked :exec   in connection_id uuid, object text, counted_to timestamptz, last_at timestamptz?, late_at timestamptz?,
--    look_at timestamptz
update feed set counted_to = :counted_to, last_at = :last_at, late_at = :late_at, look_at = :look_at
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and object = :object;

-- feed_alert_open :exec   in partner_id uuid, customer_id uuid, alert_id uuid, connection_id uuid, object text,
--    since timestamptz, expected text, reason text
insert into feed_alert (partner_id, customer_id, alert_id, connection_id, object, since, expected, reason)
values (:partner_id, :customer_id, :alert_id, :connection_id, :object, :since, :expected::text::numeric, :reason)
on conflict do nothing;

-- feed_alert_close :exec   in alert_id uuid
update feed_alert set closed_at = now()
 where partner_id = tenant_partner() and customer_id = tenant_customer() and alert_id = :alert_id and closed_at is null;

-- feed_alerts_untold :many   in most int
--    out alert_id uuid, connection_name text, object text, reason text, since timestamptz, closed_at timestamptz?,
--    told_open int?
select a.alert_id, n.name as connection_name, a.object, a.reason, a.since, a.closed_at, a.told_open
  from feed_alert a
  join connection n on n.partner_id = a.partner_id and n.customer_id = a.customer_id and n.connection_id = a.connection_id
 where a.partner_id = tenant_partner() and a.customer_id = tenant_customer()
   and (a.told_open is null or (a.closed_at is not null and a.told_closed is null))
 order by a.alert_id limit :most for update of a skip locked;

-- feed_alert_told :exec   in alert_id uuid, told int, closed bool
update feed_alert set told_open = coalesce(told_open, :told), told_closed = case when :closed then :told else told_closed end
 where partner_id = tenant_partner() and customer_id = tenant_customer() and alert_id = :alert_id;

-- feed_told :many   out user_id uuid, email text, name text, locale text
select user_id, email, name, locale from flow_told();

-- # ---- sweeps ----

-- sweep_claim :maybe   in connection_id uuid, object text, margin_s int, lease_s int
--    out complete_to timestamptz, until_at timestamptz, page_after text, began timestamptz
-- # What changed later than the margin may still be on its way. One that was broken off goes on where it was. No row: another has it, or there is nothing to ask for yet.
with due as (
    update feed set sweep_at = now() + make_interval(secs => :lease_s)
     where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
       and object = :object and sweep_at <= now()
    returning partner_id, customer_id, connection_id, object
)
update feed_cursor c set until_at = coalesce(c.until_at, now() - make_interval(secs => :margin_s))
  from due d
 where c.partner_id = d.partner_id and c.customer_id = d.customer_id and c.connection_id = d.connection_id
   and c.object = d.object and c.complete_to < coalesce(c.until_at, now() - make_interval(secs => :margin_s))
returning c.complete_to, c.until_at, c.page_after, now() as began;

-- sweep_renew :exec   in connection_id uuid, object text, lease_s int
-- # A sweep that was asked for meanwhile is not brought forward by it.
update feed set sweep_at = now() + make_interval(secs => :lease_s)
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and object = :object and sweep_at is not null;

-- sweep_missing :many   in connection_id uuid, object text, keys text[], versions timestamptz[], from_id uuid
--    out place bigint
-- # Of what the source lists: what has not been received in this version or a later one. Orders say what they were made
-- # of; what is still to be done, or goes through a flow, stands in the messages that came since.
with listed as (
    select a.key, a.version, a.place from unnest(:keys::text[], :versions::timestamptz[]) with ordinality as a (key, version, place)
), unknown as (
    select l.key, l.version, l.place from listed l
     where not exists (select from sales_order o
                        where o.partner_id = tenant_partner() and o.customer_id = tenant_customer()
                          and o.connection_id = :connection_id and o.natural_key = l.key and o.source_version >= l.version
                          and :object = 'order')
)
select u.place from unknown u
  left join (select coalesce(m.object_key, m.business_key) as key, max(m.changed_at) as version from inbound_message m
              where m.partner_id = tenant_partner() and m.customer_id = tenant_customer() and m.message_id >= :from_id
                and m.connection_id = :connection_id and m.changed_at is not null
                and coalesce(m.object_key, m.business_key) in (select :object || ':' || key from unknown)
              group by 1) r on r.key = :object || ':' || u.key
 where r.version is null or r.version < u.version
 order by u.place;

-- sweep_flow :maybe   in connection_id uuid, object text   out flow_id uuid, current_version int, shadow bool
select f.flow_id, f.current_version, f.shadow
  from connection_flow c
  join flow f on f.partner_id = c.partner_id and f.customer_id = c.customer_id and f.flow_id = c.flow_id
 where c.partner_id = tenant_partner() and c.customer_id = tenant_customer() and c.connection_id = :connection_id
   and c.object = :object and f.current_version is not null;

-- sweep_move :maybe   in connection_id uuid, object text, complete_to timestamptz, until timestamptz, was_after text,
--    page_after text, ended bool, complete_to_next timestamptz, lease_s int   out until_at timestamptz
-- # In the transaction that stores what it passes. No row: another sweep has passed here.
with moved as (
    update feed_cursor set complete_to = case when :ended then greatest(complete_to, :complete_to_next) else complete_to end,
           until_at = case when not :ended then :until end, page_after = case when :ended then '' else :page_after end
     where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
       and object = :object and complete_to = :complete_to and until_at = :until and page_after = :was_after
    returning partner_id, customer_id, connection_id, object
)
update feed f set sweep_at = now() + make_interval(secs => :lease_s)
  from moved m
 where f.partner_id = m.partner_id and f.customer_id = m.customer_id and f.connection_id = m.connection_id
   and f.object = m.object and f.sweep_at is not null
returning :until::timestamptz as until_at;

-- sweep_store :many   in partner_id uuid, customer_id uuid, connection_id uuid, message_ids uuid[],
--    topics text[], dedupe_keys text[], business_keys text[], object_keys text[], kinds text[], lanes int[],
--    keyeds bool[], spans_us bigint[], bodies bytea[], body_hashes bytea[], versions timestamptz[], source_version text,
--    flow_id uuid?, flow_version int?, shadow bool, recovered bool
--    out job_id uuid, lane int
-- # What a delivery would have stored; once for each version, and a job where a kind says what is to be done. recovered: it should have been told of, and was not. The
-- # jobs that follow.
with given as (
    select * from unnest(:message_ids::uuid[], :topics::text[], :dedupe_keys::text[], :business_keys::text[],
                         :object_keys::text[], :kinds::text[], :lanes::int[], :keyeds::bool[], :spans_us::bigint[], :bodies::bytea[],
                         :body_hashes::bytea[], :versions::timestamptz[])
        as g (message_id, topic, dedupe_key, business_key, object_key, kind, lane, keyed, span_us, body, body_hash, version)
), stored as (
    insert into inbound_message (partner_id, customer_id, message_id, connection_id, topic, dedupe_key, business_key,
                                 object_key, body, body_hash, received_at, source_version, changed_at, recovered)
    select :partner_id, :customer_id, message_id, :connection_id, topic, dedupe_key, business_key,
           nullif(object_key, business_key), body, body_hash, now(), :source_version, version, :recovered
      from given
    on conflict do nothing
    returning message_id
), planned as (
    insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key, lane,
                     run_at, deadline_at, created_at, flow_id, flow_version, shadow, keyed)
    select :partner_id, :customer_id, job_id_new(0), g.message_id, :connection_id, g.dedupe_key, g.kind, g.business_key, g.lane,
           now(), now() + g.span_us * interval '1 microsecond', now(), :flow_id, :flow_version, :shadow, g.keyed
      from given g join stored s on s.message_id = g.message_id
     where g.kind is not null
    on conflict do nothing
    returning job_id, lane
), counted as (
    update feed f set recovered = f.recovered + s.n
      from (select count(*) as n from stored) s
     where :recovered and s.n > 0 and f.partner_id = :partner_id and f.customer_id = :customer_id and f.connection_id = :connection_id
       and f.object = (select split_part(max(object_key), ':', 1) from given)
)
select job_id, lane::int as lane from planned;

-- sweep_ended :exec   in connection_id uuid, object text, began timestamptz, fault text?
-- # The next one in its time, unless somebody asked for one meanwhile.
update feed set swept_at = case when :fault::text is null then now() else swept_at end, sweep_fault = :fault,
       sweep_at = case when sweep_at is null then null
                       when asked_at > :began then greatest(asked_at, now())
                       else now() + make_interval(secs => sweep_every_s) end
 where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
   and object = :object;

-- # ---- single things, of which a delivery told no more than that they changed ----

-- source_wanted_due :many   in most int   out partner_id uuid, customer_id uuid, connection_id uuid, object text
-- # Asked as tenon_dispatch.
select partner_id, customer_id, connection_id, object from source_wanted_due(:most);

-- source_wanted_claim :many   in connection_id uuid, object text, most int, lease_s int
--    out key text, changed_at timestamptz?, asked_at timestamptz, tries int
update source_wanted w set run_at = now() + make_interval(secs => :lease_s), tries = least(w.tries + 1, 100)
  from (select key from source_wanted
         where partner_id = tenant_partner() and customer_id = tenant_customer() and connection_id = :connection_id
           and object = :object and run_at <= now()
         order by run_at limit :most for update skip locked) d
 where w.partner_id = tenant_partner() and w.customer_id = tenant_customer() and w.connection_id = :connection_id
   and w.object = :object and w.key = d.key
returning w.key, w.changed_at, w.asked_at, w.tries;

-- source_wanted_done :exec   in connection_id uuid, object text, keys text[], asked timestamptz[]
-- # What was told anew meanwhile is fetched again.
select source_wanted_ended(:connection_id, :object, :keys, :asked);

-- source_wanted_later :exec   in connection_id uuid, object text, keys text[], delays_s int[]
update source_wanted w set run_at = now() + make_interval(secs => e.delay_s)
  from unnest(:keys::text[], :delays_s::int[]) as e (key, delay_s)
 where w.partner_id = tenant_partner() and w.customer_id = tenant_customer() and w.connection_id = :connection_id
   and w.object = :object and w.key = e.key;

-- # ---- as people see them; also asked as tenon_api ----

-- feed_list :many   in after uuid, most int
--    out feed_id uuid, customer_id uuid, connection_id uuid, connection_name text, object text, silence_s int?, last_at timestamptz?,
--    rhythm text?, late_at timestamptz?, recovered bigint, sweep_every_s int, sweep_at timestamptz?, swept_at timestamptz?,
--    sweep_fault text?, complete_to timestamptz, alert_id uuid?, opened_at timestamptz?, since timestamptz?, expected text?,
--    reason text?
select f.feed_id, f.customer_id, f.connection_id, n.name as connection_name, f.object, f.silence_s, f.last_at, f.rhythm,
       f.late_at, f.recovered, f.sweep_every_s, f.sweep_at, f.swept_at, f.sweep_fault, c.complete_to, a.alert_id,
       a.opened_at, a.since, a.expected::text as expected, a.reason
  from feed f
  join connection n on n.partner_id = f.partner_id and n.customer_id = f.customer_id and n.connection_id = f.connection_id
  join feed_cursor c on c.partner_id = f.partner_id and c.customer_id = f.customer_id
                    and c.connection_id = f.connection_id and c.object = f.object
  left join feed_alert a on a.partner_id = f.partner_id and a.customer_id = f.customer_id
                        and a.connection_id = f.connection_id and a.object = f.object and a.closed_at is null
 where f.partner_id = tenant_partner() and f.customer_id = any ((select tenant_customers())::uuid[]) and f.feed_id > :after
 order by f.feed_id limit :most;

-- feed_get :maybe   in connection_id uuid, object text
--    out feed_id uuid, customer_id uuid, connection_id uuid, connection_name text, object text, silence_s int?, last_at timestamptz?,
--    rhythm text?, late_at timestamptz?, recovered bigint, sweep_every_s int, sweep_at timestamptz?, swept_at timestamptz?,
--    sweep_fault text?, complete_to timestamptz, alert_id uuid?, opened_at timestamptz?, since timestamptz?, expected text?,
--    reason text?
select f.feed_id, f.customer_id, f.connection_id, n.name as connection_name, f.object, f.silence_s, f.last_at, f.rhythm,
       f.late_at, f.recovered, f.sweep_every_s, f.sweep_at, f.swept_at, f.sweep_fault, c.complete_to, a.alert_id,
       a.opened_at, a.since, a.expected::text as expected, a.reason
  from feed f
  join connection n on n.partner_id = f.partner_id and n.customer_id = f.customer_id and n.connection_id = f.connection_id
  join feed_cursor c on c.partner_id = f.partner_id and c.customer_id = f.customer_id
                    and c.connection_id = f.connection_id and c.object = f.object
  left join feed_alert a on a.partner_id = f.partner_id and a.customer_id = f.customer_id
                        and a.connection_id = f.connection_id and a.object = f.object and a.closed_at is null
 where f.partner_id = tenant_partner() and f.customer_id = any ((select tenant_customers())::uuid[])
   and f.connection_id = :connection_id and f.object = :object;

-- feed_set :exec   in connection_id uuid, object text, silence_s int?, sweep_every_s int
update feed set silence_s = :silence_s, sweep_every_s = :sweep_every_s, look_at = now(),
       sweep_at = case when sweep_at is not null then least(sweep_at, now() + make_interval(secs => :sweep_every_s)) end
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and object = :object;

-- feed_hint :exec   in connection_id uuid, object text, margin_s int
-- # Something changed there just now: it is swept as soon as that lies in the window. One that is waited for already may
-- # not see it, and is followed by another.
update feed set sweep_at = least(sweep_at, now() + make_interval(secs => :margin_s + 1)),
       asked_at = now() + make_interval(secs => :margin_s + 1)
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and object = :object and sweep_at is not null
   and (asked_at is null or asked_at < now() + make_interval(secs => :margin_s - 5));

-- source_want :maybe   in connection_id uuid, object text, key text, changed_at timestamptz?, most int
--    out connection_id uuid
-- # No row: the source cannot be asked, or so much is wanted of it that a list is the quicker way.
insert into source_wanted as w (partner_id, customer_id, connection_id, object, key, changed_at)
select f.partner_id, f.customer_id, f.connection_id, f.object, :key, :changed_at
  from feed f
 where f.partner_id = tenant_partner() and f.customer_id = any ((select tenant_customers())::uuid[])
   and f.connection_id = :connection_id and f.object = :object and f.sweep_at is not null
   and (select count(*) from (select from source_wanted o
                               where o.partner_id = f.partner_id and o.customer_id = f.customer_id
                                 and o.connection_id = f.connection_id and o.object = f.object limit :most) m) < :most
on conflict (partner_id, customer_id, connection_id, object, key) do update
   set asked_at = clock_timestamp(), changed_at = greatest(w.changed_at, excluded.changed_at)
returning connection_id;

-- feed_sweep_now :maybe   in connection_id uuid, object text   out connection_id uuid
-- # No row: nothing can be asked of the source.
update feed set sweep_at = now(), asked_at = now()
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and object = :object and sweep_at is not null
returning connection_id;
