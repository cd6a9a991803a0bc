-- # Queueing: asked by whoever acts, inside the tenant.

-- mail_lock :one   in key bigint   out locked bool
-- # Mails of a kind to one address are counted one after the other; ends with the transaction.
select pg_advisory_xact_lock(:key) is not null as locked;

-- mail_recent :one   in to_hash bytea, kind text, most int   out recent bigint, waiting bigint
-- # Counted to "most" and no further.
select (select count(*) from (select from mail where partner_id = tenant_partner() and to_hash = :to_hash
                                 and kind = :kind and created_at > now() - interval '1 hour' limit :most) r) as recent,
       (select count(*) from (select from mail where partner_id = tenant_partner() and due_at is not null
                               limit :most) w) as waiting;

-- mail_create :exec   in partner_id uuid, customer_id uuid?, mail_id uuid, kind text, about_id uuid?, to_hash bytea,
--    locale text, key_epoch int, sealed bytea
-- # The Message-ID stays the same however often it is sent, and names the partner's own host.
insert into mail (partner_id, customer_id, mail_id, kind, about_id, to_hash, locale, key_epoch, sealed, message_id)
values (:partner_id, :customer_id, :mail_id, :kind, :about_id, :to_hash, :locale, :key_epoch, :sealed,
        :mail_id::uuid::text || '@' || coalesce((select host from partner_host
            where partner_id = tenant_partner() and verified_at is not null and released_at is null
           order by created_at, host limit 1), 'localhost'));

-- mail_refuse :exec   in partner_id uuid, customer_id uuid?, mail_id uuid, kind text, about_id uuid?, to_hash bytea,
--    locale text, key_epoch int, reason text
-- # One that is not sent, and says why.
insert into mail (partner_id, customer_id, mail_id, kind, about_id, to_hash, locale, key_epoch, state, due_at, reason, message_id)
values (:partner_id, :customer_id, :mail_id, :kind, :about_id, :to_hash, :locale, :key_epoch, 'failed', null, :reason, '');

-- mail_list :many   in before uuid, has_to bool, to_hash bytea, most int
--    out customer_id uuid?, mail_id uuid, kind text, state text, attempts int, due_at timestamptz?, reason text?,
--    created_at timestamptz, sent_at timestamptz?
-- # Newest first. A nil position is the beginning.
select customer_id, mail_id, kind, state, attempts, due_at, reason, created_at, sent_at
  from mail
 where partner_id = tenant_partner()
   and (:before::uuid = '00000000-0000-0000-0000-000000000000' or mail_id < :before)
   and (not :has_to::bool or to_hash = :to_hash)
 order by mail_id desc limit :most;

-- # Sending: claimed as tenon_dispatch of all partners at once, opened and ended as tenon_worker of one.

-- mail_claim :many   in most int, lease_s int   out partner_id uuid, mail_id uuid, lease_epoch bigint
select partner_id, mail_id, lease_epoch from mail_claim(:most, :lease_s);

-- mail_forget :one   out gone bigint
select mail_forget() as gone;

-- mail_open :maybe   in mail_id uuid, epoch bigint   out kind text, locale text, key_epoch int, sealed bytea,
--    wrapped bytea, message_id text, attempts int, created_at timestamptz, maybe_sent bool
select m.kind, m.locale, m.key_epoch, m.sealed, k.wrapped, m.message_id, m.attempts, m.created_at, m.maybe_sent
  from mail m
  join partner_key_private k on k.partner_id = m.partner_id and k.class = m.class and k.epoch = m.key_epoch
 where m.partner_id = tenant_partner() and m.mail_id = :mail_id and m.lease_epoch = :epoch and m.state = 'sending';

-- mail_domain :one   in domain text   out proven bool
-- # A proof of a name is one of what is below it, and not of what is above: whoever has shop.example.com may be a guest there.
select exists (select from partner_host h
                where h.partner_id = tenant_partner() and h.verified_at is not null and h.released_at is null
                  and (lower(:domain) = h.host or right(lower(:domain), length(h.host) + 1) = '.' || h.host)) as proven;

-- mail_end :exec   in mail_id uuid, epoch bigint, state text, delay_us bigint, reason text
-- # What may have been taken once is never called refused afterwards. Without a delay it is over, and its content goes.
update mail
   set state = case when maybe_sent and :state in ('failed', 'dead') then 'unknown' else :state end,
       maybe_sent = maybe_sent or :state = 'unknown',
       due_at = case when :delay_us > 0 then now() + make_interval(secs => :delay_us / 1000000.0) end,
       sealed = case when :delay_us > 0 then sealed end,
       sent_at = case when :state = 'sent' then now() end,
       reason = :reason
 where partner_id = tenant_partner() and mail_id = :mail_id and lease_epoch = :epoch and state = 'sending';

-- mail_page :many   in below int, after uuid, most int   out mail_id uuid, key_epoch int, sealed bytea, wrapped bytea
-- # As tenon_operator, who turns the key ring.
select x.mail_id, x.key_epoch as key_epoch, x.sealed as sealed, k.wrapped
  from mail x
  join partner_key_private k on k.partner_id = x.partner_id and k.class = x.class and k.epoch = x.key_epoch
 where x.partner_id = tenant_partner() and x.key_epoch < :below and x.sealed is not null and x.mail_id > :after
 order by x.mail_id limit :most;

-- mail_reseal :exec   in mail_id uuid, key_epoch int, sealed bytea, was bytea
update mail set key_epoch = :key_epoch, sealed = :sealed
 where partner_id = tenant_partner() and mail_id = :mail_id and sealed = :was;

-- mail_emptied :exec   in key_epoch int
-- # What was sent keeps nothing, and hangs on no older key.
update mail set key_epoch = :key_epoch
 where partner_id = tenant_partner() and sealed is null and key_epoch < :key_epoch;
