-- audit_head_lock :maybe   in actor_kind text, actor_id uuid   out seq bigint, hash bytea, actor_name text?, reason text?
-- # The partner's chain, locked until the end of the transaction, and what the actor is called now.
select h.seq, h.hash, audit_actor_name(:actor_kind, :actor_id) as actor_name,
       audit_actor_reason(:actor_kind, :actor_id) as reason
  from audit_head h
 where h.partner_id = tenant_partner()
   for no key update;

-- audit_head_begin :exec   in partner_id uuid
insert into audit_head (partner_id) values (:partner_id) on conflict (partner_id) do nothing;

-- audit_append :exec   in partner_id uuid, seq bigint, hash bytea, hash_version int, actor_kind text, actor_id uuid?,
--    actor_name text, address text, request_id uuid?, seqs bigint[], entry_ids uuid[], ats timestamptz[],
--    customer_ids uuid[], actions text[], object_kinds text[], object_ids uuid[], before_hashes bytea[],
--    after_hashes bytea[], details text[], reasons text[], prev_hashes bytea[], hashes bytea[]
-- # Nil ids are null. seq and hash are the last entry's.
with moved as (
    update audit_head set seq = :seq, hash = :hash where partner_id = tenant_partner()
)
insert into audit_entry (partner_id, seq, entry_id, at, actor_kind, actor_id, actor_name, address, customer_id, action,
                         object_kind, object_id, before_hash, after_hash, detail, reason, request_id, prev_hash,
                         hash_version, hash)
select :partner_id, e.seq, e.entry_id, e.at, :actor_kind, :actor_id, :actor_name, :address,
       nullif(e.customer_id, '00000000-0000-0000-0000-000000000000'), e.action, e.object_kind,
       nullif(e.object_id, '00000000-0000-0000-0000-000000000000'), e.before_hash, e.after_hash, e.detail, e.reason,
       :request_id, e.prev_hash, :hash_version, e.hash
  from unnest(:seqs::bigint[], :entry_ids::uuid[], :ats::timestamptz[], :customer_ids::uuid[], :actions::text[],
              :object_kinds::text[], :object_ids::uuid[], :before_hashes::bytea[], :after_hashes::bytea[],
              :details::text[], :reasons::text[], :prev_hashes::bytea[], :hashes::bytea[])
       as e (seq, entry_id, at, customer_id, action, object_kind, object_id, before_hash, after_hash, detail, reason,
             prev_hash, hash);

-- audit_list :many   in before bigint, from_seq bigint, from_at timestamptz, to_at timestamptz, action text, actor_id uuid,
--    object_id uuid, most int
--    out seq bigint, entry_id uuid, at timestamptz, actor_kind text, actor_id uuid?, actor_name text?, address text?,
--    customer_id uuid?, action text, object_kind text?, object_id uuid?, before_hash bytea?, after_hash bytea?,
--    detail text?, reason text?, request_id uuid?, prev_hash bytea, hash_version int, hash bytea
-- # Newest first. Empty and nil filters ask for nothing.
select seq, entry_id, at, actor_kind, actor_id, actor_name, address, customer_id, action, object_kind, object_id,
       before_hash, after_hash, detail, reason, request_id, prev_hash, hash_version, hash
  from audit_entry
 where partner_id = tenant_partner() and seq < :before and seq >= :from_seq and at >= :from_at and at < :to_at
   and (:action = '' or action = :action)
   and (:actor_id = '00000000-0000-0000-0000-000000000000' or actor_id = :actor_id)
   and (:object_id = '00000000-0000-0000-0000-000000000000' or object_id = :object_id)
 order by seq desc limit :most;

-- audit_head_now :maybe   out seq bigint, hash bytea, checkpoint_seq bigint, checkpoint_hash bytea?
select h.seq, h.hash, h.checkpoint_seq, c.hash as checkpoint_hash
  from audit_head h
  left join audit_checkpoint c on c.partner_id = h.partner_id and c.seq = h.checkpoint_seq
 where h.partner_id = tenant_partner();

-- audit_due :many   in entries bigint, seconds int, most int   out partner_id uuid
-- # As tenon_dispatch.
select partner_id from audit_due(:entries, :seconds, :most);

-- audit_checkpoint_add :exec   in partner_id uuid, seq bigint, at timestamptz, hash bytea, key_id uuid, signed_text text,
--    signature bytea, delivery_id uuid
-- # Sent as well, when the partner named an address.
with made as (
    insert into audit_checkpoint (partner_id, seq, at, hash, key_id, signed, signature)
    values (:partner_id, :seq, :at, :hash, :key_id, :signed_text, :signature)
    on conflict (partner_id, seq) do nothing
    returning partner_id, seq
), moved as (
    update audit_head h set checkpoint_seq = m.seq, checkpoint_at = now() from made m
     where h.partner_id = m.partner_id and h.checkpoint_seq < m.seq
)
insert into audit_delivery (partner_id, seq, delivery_id)
select m.partner_id, m.seq, :delivery_id from made m join audit_webhook w on w.partner_id = m.partner_id
 where w.url is not null;

-- audit_checkpoint_list :many   in before bigint, most int
--    out seq bigint, at timestamptz, hash bytea, key_id uuid, signed_text text, signature bytea
-- # Newest first.
select seq, at, hash, key_id, signed as signed_text, signature from audit_checkpoint
 where partner_id = tenant_partner() and seq < :before order by seq desc limit :most;

-- audit_checkpoint_range :many   in from_seq bigint, to_seq bigint, most int
--    out seq bigint, at timestamptz, hash bytea, key_id uuid, signed_text text, signature bytea
select seq, at, hash, key_id, signed as signed_text, signature from audit_checkpoint
 where partner_id = tenant_partner() and seq between :from_seq and :to_seq order by seq limit :most;

-- audit_key_list :many   out signing_key_id uuid, public_key bytea, created_at timestamptz, retired_at timestamptz?
select signing_key_id, public_key, created_at, retired_at from audit_keys();

-- audit_webhook_get :maybe   out url text, created_at timestamptz, row_version bigint
select url, created_at, row_version from audit_webhook where partner_id = tenant_partner() and url is not null;

-- audit_webhook_put :many   in partner_id uuid, url text, key_epoch int, sealed bytea, row_version bigint
--    out row_version bigint
-- # row_version 0: there must be none. No row when it is not so.
insert into audit_webhook as w (partner_id, url, key_epoch, sealed)
values (:partner_id, :url, :key_epoch, :sealed)
on conflict (partner_id) do update
   set url = excluded.url, key_epoch = excluded.key_epoch, sealed = excluded.sealed, row_version = w.row_version + 1
 where case when w.url is null then 0 else w.row_version end = :row_version
returning row_version;

-- audit_webhook_remove :many   in row_version bigint   out row_version bigint
update audit_webhook set url = null, row_version = row_version + 1
 where partner_id = tenant_partner() and url is not null and row_version = :row_version
returning row_version;

-- audit_sending :many   in most int   out partner_id uuid, seq bigint
-- # As tenon_dispatch.
select partner_id, seq from audit_sending(:most);

-- audit_delivery_begin :maybe   in seq bigint, delays int[]
--    out delivery_id uuid, attempts int
-- # Counted before it is tried. The next time is its own when this one is lost; up to a tenth later, so that not all come at
-- # once.
update audit_delivery
   set attempts = attempts + 1,
       next_at = now() + make_interval(secs => (:delays::int[])[attempts + 1] * (1 + random() / 10))
 where partner_id = tenant_partner() and seq = :seq and state = 'waiting' and next_at <= now()
returning delivery_id, attempts;

-- audit_delivery_what :maybe   in seq bigint
--    out url text?, key_epoch int, sealed bytea, wrapped bytea, at timestamptz, hash bytea, key_id uuid, signed_text text,
--    signature bytea
select w.url, w.key_epoch, w.sealed, k.wrapped, c.at, c.hash, c.key_id, c.signed as signed_text, c.signature
  from audit_checkpoint c
  join audit_webhook w on w.partner_id = c.partner_id
  join partner_key_private k on k.partner_id = w.partner_id and k.class = w.class and k.epoch = w.key_epoch
 where c.partner_id = tenant_partner() and c.seq = :seq;

-- audit_delivery_end :exec   in seq bigint, state text, status int?, reason text
update audit_delivery
   set state = :state, status = :status, reason = :reason,
       delivered_at = case :state when 'delivered' then now() end
 where partner_id = tenant_partner() and seq = :seq and state = 'waiting';

-- audit_webhook_sealed :maybe   in below int   out partner_id uuid, key_epoch int, sealed bytea, wrapped bytea
-- # As tenon_operator, who turns the key ring.
select x.partner_id, x.key_epoch, x.sealed, k.wrapped
  from audit_webhook x
  join partner_key_private k on k.partner_id = x.partner_id and k.class = x.class and k.epoch = x.key_epoch
 where x.partner_id = tenant_partner() and x.key_epoch < :below;

-- audit_webhook_reseal :exec   in key_epoch int, sealed bytea, was bytea
update audit_webhook set key_epoch = :key_epoch, sealed = :sealed
 where partner_id = tenant_partner() and sealed = :was;
