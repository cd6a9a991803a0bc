-- hook_find :many   in hook_hash bytea   out partner_id uuid, customer_id uuid, connection_id uuid, connector text,
--    connector_version text?, settings text, status text, credential_id uuid, key_epoch int, sealed bytea, wrapped bytea,
--    customer_epoch int?, customer_sealed bytea?
select partner_id, customer_id, connection_id, connector, connector_version, settings, status, credential_id, key_epoch, sealed, wrapped,
       customer_epoch, customer_sealed
  from lookup_hook(:hook_hash);

-- hook_flows :many   in connection_id uuid, most int   out object text, flow_id uuid, current_version int, shadow bool
select c.object, f.flow_id, f.current_version, f.shadow
  from connection_flow c
  join flow f on f.partner_id = c.partner_id and f.customer_id = c.customer_id and f.flow_id = c.flow_id
 where c.partner_id = tenant_partner() and c.customer_id = tenant_customer() and c.connection_id = :connection_id
   and f.current_version is not null
 order by c.object limit :most;

-- hook_put_off :exec   in partner_id uuid, customer_id uuid, connection_id uuid, why text
-- # Asked as tenon_api.
insert into connection_life as l (partner_id, customer_id, connection_id, hooks_put_off_at, hooks_put_off_why)
values (:partner_id, :customer_id, :connection_id, now(), :why)
on conflict (partner_id, customer_id, connection_id) do update
   set hooks_put_off_at = now(), hooks_put_off_why = excluded.hooks_put_off_why;

-- connection_create :exec   in partner_id uuid, customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, connector_version text?, name text, settings text, hook_hash bytea, destination_id uuid?,
--    brand_id uuid?, simulated bool
insert into connection (partner_id, customer_id, connection_id, environment_id, connector, connector_version, name, settings, hook_hash,
                        destination_id, brand_id, simulated)
values (:partner_id, :customer_id, :connection_id, :environment_id, :connector, :connector_version, :name, :settings::text::jsonb,
        :hook_hash, :destination_id, :brand_id, :simulated);

-- connection_simulate :exec   in partner_id uuid, customer_id uuid, connection_id uuid, token uuid, seed bigint
insert into simulation (partner_id, customer_id, connection_id, token, seed)
values (:partner_id, :customer_id, :connection_id, :token, :seed);

-- connection_feed :exec   in partner_id uuid, customer_id uuid, connection_id uuid, object text, feed_id uuid, swept bool,
--    every_s int
-- # What it brings: watched from now on, and known to be complete from now on.
with made as (
    insert into feed (partner_id, customer_id, connection_id, object, feed_id, sweep_every_s, sweep_at)
    values (:partner_id, :customer_id, :connection_id, :object, :feed_id, :every_s,
            case when :swept then now() + make_interval(secs => :every_s) end)
    returning partner_id, customer_id, connection_id, object
)
insert into feed_cursor (partner_id, customer_id, connection_id, object, complete_to)
select partner_id, customer_id, connection_id, object, now() from made;

-- connection_watch :exec   in partner_id uuid, customer_id uuid, connection_id uuid
-- # It has a place that is looked at for files.
insert into file_watch (partner_id, customer_id, connection_id) values (:partner_id, :customer_id, :connection_id);

-- credential_create :exec   in partner_id uuid, customer_id uuid, connection_id uuid, credential_id uuid, class text,
--    kind text, customer_epoch int, sealed bytea
insert into credential (partner_id, customer_id, connection_id, credential_id, class, kind, customer_epoch, sealed)
values (:partner_id, :customer_id, :connection_id, :credential_id, :class, :kind, :customer_epoch, :sealed);

-- credential_roll :exec   in partner_id uuid, customer_id uuid, connection_id uuid, credential_id uuid, class text,
--    kind text, customer_epoch int, sealed bytea, overlap_s bigint
-- # In the place of the one before, which is good for so long as well for what comes in.
insert into credential (partner_id, customer_id, connection_id, credential_id, class, kind, customer_epoch, sealed, overlap_until,
                        created_at)
values (:partner_id, :customer_id, :connection_id, :credential_id, :class, :kind, :customer_epoch, :sealed,
        now() + make_interval(secs => :overlap_s::bigint), clock_timestamp());

-- hook_secret_keep :one   in connection_id uuid, credential_id uuid, customer_epoch int, sealed bytea, made_for text, overlap_s bigint
--    out kept bool
-- # Asked as tenon_worker. false: nobody wants it kept.
select hook_secret_keep(:connection_id, :credential_id, :customer_epoch, :sealed, :made_for, :overlap_s) as kept;

-- hook_secret_of :maybe   in connection_id uuid   out made_for text?
select made_for from credential
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and kind = 'webhook_secret' and current
 order by created_at desc limit 1;

-- connection_rolled :exec   in connection_id uuid
-- # Whoever remembers what it was called with hears of it; what waited for new credentials goes on.
update connection set row_version = row_version + 1,
       status = case when reconnect_since is not null and status = 'paused' then 'active' else status end,
       status_reason = case when reconnect_since is null then status_reason end,
       paused_by = case when reconnect_since is null then paused_by end,
       paused_at = case when reconnect_since is null then paused_at end, reconnect_since = null
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id;

-- connection_held :maybe   in connection_id uuid   out row_version bigint
-- # Nobody else moves it until the end of the transaction.
select row_version from connection
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and connector_version is not null
   for no key update;

-- connection_moved :exec   in connection_id uuid, connector_version text, settings text
update connection set connector_version = :connector_version, settings = :settings::text::jsonb, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id;

-- connection_feeds_kept :exec   in connection_id uuid, objects text[]
-- # Feeds of what its connector no longer asks for are asked for no more.
update feed set sweep_at = null
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and object <> all (:objects::text[]) and sweep_at is not null;

-- connection_feed_move :exec   in partner_id uuid, customer_id uuid, connection_id uuid, object text, feed_id uuid, swept bool,
--    every_s int
-- # As connection_feed, of one that may be there.
with made as (
    insert into feed (partner_id, customer_id, connection_id, object, feed_id, sweep_every_s, sweep_at)
    values (:partner_id, :customer_id, :connection_id, :object, :feed_id, :every_s,
            case when :swept then now() + make_interval(secs => :every_s) end)
    on conflict (partner_id, customer_id, connection_id, object) do update
       set sweep_at = coalesce(feed.sweep_at, excluded.sweep_at)
    returning partner_id, customer_id, connection_id, object
)
insert into feed_cursor (partner_id, customer_id, connection_id, object, complete_to)
select partner_id, customer_id, connection_id, object, now() from made
on conflict do nothing;

-- connection_look :exec   in partner_id uuid, customer_id uuid, connection_id uuid
insert into connection_life (partner_id, customer_id, connection_id) values (:partner_id, :customer_id, :connection_id)
on conflict (partner_id, customer_id, connection_id) do update set look_at = now();

-- connection_get :one   in connection_id uuid   out customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, name text, settings text, status text, status_reason text?, destination_id uuid?, created_at timestamptz,
--    row_version bigint, brand_id uuid?, paused_by text?, paused_at timestamptz?, reconnect_since timestamptz?,
--    connector_version text?, connector_newest text?, simulated bool, stand_in uuid?
select c.customer_id, c.connection_id, c.environment_id, c.connector, c.name, c.settings::text, c.status, c.status_reason,
       c.destination_id, c.created_at, c.row_version, c.brand_id, c.paused_by, c.paused_at, c.reconnect_since,
       c.connector_version,
       case when c.connector_version is not null then own_newer(c.connector, c.connector_version) end as connector_newest,
       c.simulated, s.token as stand_in
  from connection c
  left join simulation s on s.partner_id = c.partner_id and s.customer_id = c.customer_id
                        and s.connection_id = c.connection_id
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = :connection_id;

-- connection_list :many   in after uuid, most int   out customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, name text, settings text, status text, status_reason text?, destination_id uuid?, created_at timestamptz,
--    row_version bigint, brand_id uuid?, paused_by text?, paused_at timestamptz?, reconnect_since timestamptz?,
--    connector_version text?, connector_newest text?, simulated bool, stand_in uuid?
select c.customer_id, c.connection_id, c.environment_id, c.connector, c.name, c.settings::text, c.status, c.status_reason,
       c.destination_id, c.created_at, c.row_version, c.brand_id, c.paused_by, c.paused_at, c.reconnect_since,
       c.connector_version,
       case when c.connector_version is not null then own_newer(c.connector, c.connector_version) end as connector_newest,
       c.simulated, s.token as stand_in
  from connection c
  left join simulation s on s.partner_id = c.partner_id and s.customer_id = c.customer_id
                        and s.connection_id = c.connection_id
 where c.partner_id = tenant_partner() and c.connection_id > :after order by c.connection_id limit :most;

-- connection_same_prefix :maybe   in customer_id uuid, destination_id uuid, connector text, prefix text, usual text   out name text
-- # One whose orders go to the same place under the same references; an empty prefix: what is usual.
select name from connection
 where partner_id = tenant_partner() and customer_id = :customer_id and destination_id = :destination_id
   and connector = :connector and status <> 'revoked'
   and coalesce(settings ->> 'reference_prefix', :usual) = coalesce(nullif(:prefix, ''), :usual)
 order by connection_id limit 1;

-- connection_pause :maybe   in connection_id uuid, reason text, who text   out row_version bigint
update connection set status = 'paused', status_reason = :reason, paused_by = :who, paused_at = now(), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and status in ('active', 'broken')
returning row_version;

-- connection_resume :maybe   in connection_id uuid   out row_version bigint
update connection set status = 'active', status_reason = null, paused_by = null, paused_at = null,
       reconnect_since = null, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id and status = 'paused'
returning row_version;

-- credential_sealed :one   in connection_id uuid, kind text   out customer_id uuid, credential_id uuid, class text,
--    key_epoch int, sealed bytea, wrapped bytea, customer_epoch int?, customer_sealed bytea?
-- # With what opens it: the partner's private half, and the customer's unless it is sealed to the partner's key.
select c.customer_id, c.credential_id, c.class, k.epoch as key_epoch, c.sealed, k.wrapped, c.customer_epoch,
       u.sealed as customer_sealed
  from credential c
  left join customer_key_private u on u.partner_id = c.partner_id and u.customer_id = c.customer_id
                                  and u.class = c.class and u.epoch = c.customer_epoch
  join partner_key_private k on k.partner_id = c.partner_id and k.class = c.class
                            and k.epoch = coalesce(u.partner_epoch, c.key_epoch)
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = :connection_id and c.kind = :kind and c.current
 order by c.created_at desc limit 1;

-- credential_page :many   in class text, before_customers bool, below int, after uuid, most int
--    out customer_id uuid, connection_id uuid, credential_id uuid, key_epoch int, sealed bytea, wrapped bytea?,
--    customer_epoch int?, customer_sealed bytea?
-- # before_customers: only those sealed to a key of the partner's that is older than "below". A key_epoch of 0 says that
-- # what would open it is gone.
select c.customer_id, c.connection_id, c.credential_id, coalesce(u.partner_epoch, c.key_epoch, 0) as key_epoch, c.sealed,
       k.wrapped, c.customer_epoch, u.sealed as customer_sealed
  from credential c
  left join customer_key_private u on u.partner_id = c.partner_id and u.customer_id = c.customer_id
                                  and u.class = c.class and u.epoch = c.customer_epoch
  left join partner_key_private k on k.partner_id = c.partner_id and k.class = c.class
                                 and k.epoch = coalesce(u.partner_epoch, c.key_epoch)
 where c.partner_id = tenant_partner() and c.class = :class and (not :before_customers or c.key_epoch < :below)
   and c.credential_id > :after
 order by c.credential_id limit :most;

-- credential_reseal :exec   in customer_id uuid, credential_id uuid, customer_epoch int, sealed bytea, was bytea
update credential set key_epoch = null, customer_epoch = :customer_epoch, sealed = :sealed
 where partner_id = tenant_partner() and customer_id = :customer_id and credential_id = :credential_id
   and sealed = :was;

-- session_claim :maybe   in partner_id uuid, customer_id uuid, connection_id uuid, credential_id uuid, customer_epoch int,
--    sealed bytea, lease uuid, lease_s int   out credential_id uuid
-- # The right to make the connection's session, for so long; the row, with nothing in it, when there is none yet.
insert into credential as c (partner_id, customer_id, connection_id, credential_id, class, kind, customer_epoch, sealed, lease,
                             lease_until)
values (:partner_id, :customer_id, :connection_id, :credential_id, 'connection', 'session', :customer_epoch, :sealed, :lease,
        now() + make_interval(secs => :lease_s))
on conflict (partner_id, customer_id, connection_id) where kind = 'session' do update
   set lease = excluded.lease, lease_until = excluded.lease_until
 where c.lease is null or c.lease_until < now()
returning credential_id;

-- session_read :maybe   in connection_id uuid   out customer_id uuid, credential_id uuid, class text, key_epoch int, sealed bytea,
--    wrapped bytea, customer_epoch int?, customer_sealed bytea?, expires_at timestamptz?, made_with uuid?, outdated bool
-- # With what opens it, as credential_sealed. outdated: other secrets were given than those it was made with.
select c.customer_id, c.credential_id, c.class, k.epoch as key_epoch, c.sealed, k.wrapped, c.customer_epoch,
       u.sealed as customer_sealed, c.expires_at, c.made_with,
       case when c.made_with is null
            then exists (select from credential p where p.partner_id = c.partner_id and p.customer_id = c.customer_id
                            and p.connection_id = c.connection_id and p.kind = 'password' and p.current
                            and p.created_at > coalesce(c.stored_at, c.created_at))
            else c.made_with is distinct from (
                     select p.credential_id from credential p
                      where p.partner_id = c.partner_id and p.customer_id = c.customer_id
                        and p.connection_id = c.connection_id and p.kind = 'password' and p.current
                      order by p.created_at desc limit 1) end as outdated
  from credential c
  left join customer_key_private u on u.partner_id = c.partner_id and u.customer_id = c.customer_id
                                  and u.class = c.class and u.epoch = c.customer_epoch
  join partner_key_private k on k.partner_id = c.partner_id and k.class = c.class
                            and k.epoch = coalesce(u.partner_epoch, c.key_epoch)
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = :connection_id and c.kind = 'session';

-- session_store :maybe   in credential_id uuid, customer_epoch int, sealed bytea, lease uuid, lasts_s int, renewable_s bigint?,
--    made_with uuid   out credential_id uuid
update credential set customer_epoch = :customer_epoch, sealed = :sealed, lease = null, lease_until = null, stored_at = now(),
       made_with = :made_with,
       expires_at = now() + make_interval(secs => :lasts_s),
       ends_at = coalesce(now() + make_interval(secs => :renewable_s::bigint), ends_at)
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and credential_id = :credential_id and kind = 'session' and lease = :lease
returning credential_id;

-- session_release :exec   in credential_id uuid, lease uuid
update credential set lease = null, lease_until = null
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and credential_id = :credential_id and kind = 'session' and lease = :lease;

-- connection_hold :maybe   in connection_id uuid   out row_version bigint
-- # Nobody gives it other secrets until the end of the transaction; those that were given are seen by what is asked next.
select row_version from connection
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id
   for no key update;

-- connection_reconnect :maybe   in connection_id uuid, reason text, tried uuid   out connection_id uuid
-- # The outside system has ended what it once allowed: nothing calls it until somebody gives new credentials. Asked as
-- # tenon_worker, under connection_hold. tried: the secrets that were refused; when there are others by now, it is not those
-- # that were. People are told with the next look.
with ended as (
    update connection set status = 'paused', status_reason = :reason, paused_by = 'system', paused_at = now(),
           reconnect_since = now(), row_version = row_version + 1
     where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
       and connection_id = :connection_id and status in ('active', 'broken')
       and :tried = (select p.credential_id from credential p
                      where p.partner_id = tenant_partner() and p.customer_id = connection.customer_id
                        and p.connection_id = :connection_id and p.kind = 'password' and p.current
                      order by p.created_at desc limit 1)
    returning partner_id, customer_id, connection_id
)
insert into connection_life (partner_id, customer_id, connection_id)
select partner_id, customer_id, connection_id from ended
on conflict (partner_id, customer_id, connection_id) do update set look_at = now()
returning connection_id;

-- # ---- what was asked of outside systems; written as tenon_worker for one customer ----

-- calls_count :many   in partner_id uuid, customer_id uuid, connection_ids uuid[], oks bigint[], refuseds bigint[],
--    faileds bigint[], ok_ats timestamptz[], failed_ats timestamptz[], failures text[], none timestamptz
--    out connection_id uuid, calls bigint
-- # calls: with these. none: stands for no time. Those whose connection is gone are left out.
with given as (
    select g.* from unnest(:connection_ids::uuid[], :oks::bigint[], :refuseds::bigint[], :faileds::bigint[],
                         :ok_ats::timestamptz[], :failed_ats::timestamptz[], :failures::text[])
        as g (connection_id, ok, refused, failed, ok_at, failed_at, failure)
      join connection c on c.partner_id = :partner_id and c.customer_id = :customer_id and c.connection_id = g.connection_id
), shared as (
    insert into connection_share as s (partner_id, customer_id, connection_id, slot, began, ok, refused, failed)
    select :partner_id, :customer_id, connection_id, (floor(extract(epoch from now()) / 600)::bigint % 150)::smallint,
           to_timestamp(floor(extract(epoch from now()) / 600) * 600), ok, refused, failed
      from given order by connection_id
    on conflict (partner_id, customer_id, connection_id, slot) do update
       set began = excluded.began,
           ok = excluded.ok + case when s.began = excluded.began then s.ok else 0 end,
           refused = excluded.refused + case when s.began = excluded.began then s.refused else 0 end,
           failed = excluded.failed + case when s.began = excluded.began then s.failed else 0 end
)
insert into connection_traffic as t (partner_id, customer_id, connection_id, calls, ok_at, failed_at, failure)
select :partner_id, :customer_id, connection_id, ok + refused + failed, nullif(ok_at, :none), nullif(failed_at, :none),
       nullif(failure, '')
  from given order by connection_id
on conflict (partner_id, customer_id, connection_id) do update
   set calls = t.calls + excluded.calls, ok_at = coalesce(excluded.ok_at, t.ok_at),
       failed_at = coalesce(excluded.failed_at, t.failed_at),
       failure = case when excluded.failed_at is null then t.failure else excluded.failure end
returning connection_id, calls;

-- calls_log :exec   in partner_id uuid, customer_id uuid, connection_ids uuid[], numbers bigint[], ats timestamptz[],
--    operations text[], methods text[], urls text[], statuses int[], outcomes text[], failures text[], mss int[],
--    sents bigint[], receiveds bigint[], job_ids uuid[], nobody uuid
-- # Each takes the place of the one that is 200 calls older. nobody: stands for no job; a status of 0 for no answer.
insert into connection_call as l (partner_id, customer_id, connection_id, slot, number, at, operation, method, url, status,
                                  outcome, failure, ms, sent, received, job_id)
select :partner_id, :customer_id, connection_id, (number % 200)::smallint, number, at, operation, method, url,
       nullif(status, 0), outcome, nullif(failure, ''), ms, sent, received, nullif(job_id, :nobody)
  from unnest(:connection_ids::uuid[], :numbers::bigint[], :ats::timestamptz[], :operations::text[], :methods::text[],
              :urls::text[], :statuses::int[], :outcomes::text[], :failures::text[], :mss::int[], :sents::bigint[],
              :receiveds::bigint[], :job_ids::uuid[])
      as g (connection_id, number, at, operation, method, url, status, outcome, failure, ms, sent, received, job_id)
 order by connection_id, number
on conflict (partner_id, customer_id, connection_id, slot) do update
   set number = excluded.number, at = excluded.at, operation = excluded.operation, method = excluded.method,
       url = excluded.url, status = excluded.status, outcome = excluded.outcome, failure = excluded.failure,
       ms = excluded.ms, sent = excluded.sent, received = excluded.received, job_id = excluded.job_id
 where l.number < excluded.number;

-- connections_heard :many   in connection_ids uuid[]   out connection_id uuid, last_at timestamptz?
-- # Asked as tenon_api: when something last came from each, or a call to it last went well. What comes is counted by looks
-- # that are minutes apart, so the newest deliveries of its customer are looked through as well.
select c.connection_id,
       greatest((select max(f.last_at) from feed f
                  where f.partner_id = c.partner_id and f.customer_id = c.customer_id and f.connection_id = c.connection_id),
                (select t.ok_at from connection_traffic t
                  where t.partner_id = c.partner_id and t.customer_id = c.customer_id and t.connection_id = c.connection_id),
                (select max(n.received_at)
                   from (select m.connection_id, m.received_at from inbound_message m
                          where m.partner_id = c.partner_id and m.customer_id = c.customer_id
                          order by m.message_id desc limit 50) n
                  where n.connection_id = c.connection_id)) as last_at
  from connection c
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = any (:connection_ids::uuid[]);

-- connections_pulse :many   in customer_id uuid, most int
--    out connection_id uuid, customer_id uuid, name text, connector text, status text, reconnect_since timestamptz?, late bool,
--    late_reason text?
-- # Those that want something of a person first. Nil: of any customer.
select c.connection_id, c.customer_id, c.name, c.connector, c.status, c.reconnect_since, a.reason is not null as late,
       a.reason as late_reason
  from connection c
  left join lateral (select reason from feed_alert a
                      where a.partner_id = c.partner_id and a.customer_id = c.customer_id
                        and a.connection_id = c.connection_id and a.closed_at is null
                      order by a.opened_at limit 1) a on true
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[]) and c.status <> 'revoked'
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or c.customer_id = :customer_id)
 order by (c.reconnect_since is null and c.status <> 'broken'), a.reason is null, c.status = 'active', c.connection_id
 limit :most;

-- connections_count :one   in customer_id uuid   out n bigint
select count(*) as n from connection
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[]) and status <> 'revoked'
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id);
