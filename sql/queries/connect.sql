-- hook_find :many   in hook_hash bytea   out partner_id uuid, customer_id uuid, connection_id uuid, connector text,
--    settings text, status text, credential_id uuid, key_epoch int, sealed bytea, wrapped bytea,
--    customer_epoch int?, customer_sealed bytea?
select partner_id, customer_id, connection_id, connector, settings, status, credential_id, key_epoch, sealed, wrapped,
       customer_epoch, customer_sealed
  from lookup_hook(:hook_hash);

-- hook_flows :many   in connection_id uuid, most int   out object text, flow_id uuid, current_version int, shadow bool
select c.object, f.flow_id, f.current_version, f.shadow
  from connection_flow c
  join flow f on f.partner_id = c.partner_id and f.customer_id = c.customer_id and f.flow_id = c.flow_id
 where c.partner_id = tenant_partner() and c.customer_id = tenant_customer() and c.connection_id = :connection_id
   and f.current_version is not null
 order by c.object limit :most;

-- connection_create :exec   in partner_id uuid, customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, name text, settings text, hook_hash bytea, destination_id uuid?,
--    brand_id uuid?
insert into connection (partner_id, customer_id, connection_id, environment_id, connector, name, settings, hook_hash,
                        destination_id, brand_id)
values (:partner_id, :customer_id, :connection_id, :environment_id, :connector, :name, :settings::text::jsonb,
        :hook_hash, :destination_id, :brand_id);

-- connection_feed :exec   in partner_id uuid, customer_id uuid, connection_id uuid, object text, feed_id uuid, swept bool
-- # What it brings: watched from now on, and known to be complete from now on.
with made as (
    insert into feed (partner_id, customer_id, connection_id, object, feed_id, sweep_at)
    values (:partner_id, :customer_id, :connection_id, :object, :feed_id,
            case when :swept then now() + interval '15 minutes' end)
    returning partner_id, customer_id, connection_id, object
)
insert into feed_cursor (partner_id, customer_id, connection_id, object, complete_to)
select partner_id, customer_id, connection_id, object, now() from made;

-- credential_create :exec   in partner_id uuid, customer_id uuid, connection_id uuid, credential_id uuid, class text,
--    kind text, customer_epoch int, sealed bytea
insert into credential (partner_id, customer_id, connection_id, credential_id, class, kind, customer_epoch, sealed)
values (:partner_id, :customer_id, :connection_id, :credential_id, :class, :kind, :customer_epoch, :sealed);

-- connection_get :one   in connection_id uuid   out customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, name text, settings text, status text, status_reason text?, destination_id uuid?, created_at timestamptz,
--    row_version bigint, brand_id uuid?, paused_by text?, paused_at timestamptz?, reconnect_since timestamptz?
select customer_id, connection_id, environment_id, connector, name, settings::text, status, status_reason,
       destination_id, created_at, row_version, brand_id, paused_by, paused_at, reconnect_since
  from connection
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id;

-- connection_list :many   in after uuid, most int   out customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, name text, settings text, status text, status_reason text?, destination_id uuid?, created_at timestamptz,
--    row_version bigint, brand_id uuid?, paused_by text?, paused_at timestamptz?, reconnect_since timestamptz?
select customer_id, connection_id, environment_id, connector, name, settings::text, status, status_reason,
       destination_id, created_at, row_version, brand_id, paused_by, paused_at, reconnect_since
  from connection
 where partner_id = tenant_partner() and connection_id > :after order by connection_id limit :most;

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
--    wrapped bytea, customer_epoch int?, customer_sealed bytea?, expires_at timestamptz?, outdated bool
-- # With what opens it, as credential_sealed. outdated: other secrets were given since.
select c.customer_id, c.credential_id, c.class, k.epoch as key_epoch, c.sealed, k.wrapped, c.customer_epoch,
       u.sealed as customer_sealed, c.expires_at,
       exists (select from credential p where p.partner_id = c.partner_id and p.customer_id = c.customer_id
                  and p.connection_id = c.connection_id and p.kind = 'password' and p.current
                  and p.created_at > coalesce(c.stored_at, c.created_at)) as outdated
  from credential c
  left join customer_key_private u on u.partner_id = c.partner_id and u.customer_id = c.customer_id
                                  and u.class = c.class and u.epoch = c.customer_epoch
  join partner_key_private k on k.partner_id = c.partner_id and k.class = c.class
                            and k.epoch = coalesce(u.partner_epoch, c.key_epoch)
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = :connection_id and c.kind = 'session';

-- session_store :maybe   in credential_id uuid, customer_epoch int, sealed bytea, lease uuid, lasts_s int, renewable_s bigint?
--    out credential_id uuid
update credential set customer_epoch = :customer_epoch, sealed = :sealed, lease = null, lease_until = null, stored_at = now(),
       expires_at = now() + make_interval(secs => :lasts_s),
       ends_at = coalesce(now() + make_interval(secs => :renewable_s::bigint), ends_at)
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and credential_id = :credential_id and kind = 'session' and lease = :lease
returning credential_id;

-- session_release :exec   in credential_id uuid, lease uuid
update credential set lease = null, lease_until = null
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and credential_id = :credential_id and kind = 'session' and lease = :lease;

-- connection_reconnect :maybe   in connection_id uuid, reason text   out connection_id uuid
-- # The outside system has ended what it once allowed: nothing calls it until somebody gives new credentials. Asked as
-- # tenon_worker. People are told with the next look.
with ended as (
    update connection set status = 'paused', status_reason = :reason, paused_by = 'system', paused_at = now(),
           reconnect_since = now(), row_version = row_version + 1
     where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
       and connection_id = :connection_id and status in ('active', 'broken')
    returning partner_id, customer_id, connection_id
)
insert into connection_life (partner_id, customer_id, connection_id)
select partner_id, customer_id, connection_id from ended
on conflict (partner_id, customer_id, connection_id) do update set look_at = now()
returning connection_id;
