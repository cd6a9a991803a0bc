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

-- audit_list :many   in before bigint, from_at timestamptz, to_at timestamptz, action text, actor_id uuid, object_id uuid,
--    most int
--    out seq bigint, entry_id uuid, at timestamptz, actor_kind text, actor_id uuid?, actor_name text?, address text?,
--    customer_id uuid?, action text, object_kind text?, object_id uuid?, before_hash bytea?, after_hash bytea?,
--    detail text?, reason text?, request_id uuid?, prev_hash bytea, hash_version int, hash bytea
-- # Newest first. Empty and nil filters ask for nothing.
select seq, entry_id, at, actor_kind, actor_id, actor_name, address, customer_id, action, object_kind, object_id,
       before_hash, after_hash, detail, reason, request_id, prev_hash, hash_version, hash
  from audit_entry
 where partner_id = tenant_partner() and seq < :before and at >= :from_at and at < :to_at
   and (:action = '' or action = :action)
   and (:actor_id = '00000000-0000-0000-0000-000000000000' or actor_id = :actor_id)
   and (:object_id = '00000000-0000-0000-0000-000000000000' or object_id = :object_id)
 order by seq desc limit :most;
