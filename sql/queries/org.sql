-- schema_version :one   out version int
select coalesce(max(version), 0) from schema_migration;

-- schema_seen :one   out version int, now timestamptz
select coalesce(max(version), 0) as version, now() as now from schema_migration;

-- host_find :maybe   in host text   out partner_id uuid, slug text, name text, brand_pack text, status text
select partner_id, slug, name, brand_pack, status from lookup_host(:host);

-- partner_by_slug :maybe   in slug text   out partner_id uuid
select partner_id from lookup_partner(:slug);

-- api_key_find :maybe   in secret_hash bytea   out partner_id uuid, customer_id uuid?, api_key_id uuid, scopes text
-- # Scopes in one text with commas around each.
select partner_id, customer_id, api_key_id, ',' || array_to_string(scopes, ',') || ',' as scopes from lookup_api_key(:secret_hash);

-- partner_create :exec   in partner_id uuid, slug text, name text, brand_pack text
insert into partner (partner_id, slug, name, brand_pack) values (:partner_id, :slug, :name, :brand_pack);

-- host_create :exec   in partner_id uuid, host text
insert into partner_host (partner_id, host, verified_at) values (:partner_id, :host, now());

-- partner_key_create :exec   in partner_id uuid, class text, epoch int, public_key bytea
insert into partner_key (partner_id, class, epoch, public_key) values (:partner_id, :class, :epoch, :public_key);

-- partner_key_private_create :exec   in partner_id uuid, class text, epoch int, wrapped bytea
insert into partner_key_private (partner_id, class, epoch, wrapped) values (:partner_id, :class, :epoch, :wrapped);

-- partner_key_newest :one   in class text   out epoch int, public_key bytea
select epoch, public_key from partner_key where class = :class order by epoch desc limit 1;

-- customer_create :exec   in partner_id uuid, customer_id uuid, name text
insert into customer (partner_id, customer_id, name) values (:partner_id, :customer_id, :name);

-- environment_create :exec   in partner_id uuid, customer_id uuid, environment_id uuid, kind text
insert into environment (partner_id, customer_id, environment_id, kind)
values (:partner_id, :customer_id, :environment_id, :kind);

-- environment_find :maybe   in customer_id uuid, kind text   out environment_id uuid
select environment_id from environment where customer_id = :customer_id and kind = :kind;

-- api_key_create :exec   in partner_id uuid, customer_id uuid?, api_key_id uuid, name text, secret_hash bytea,
--    prefix text, scopes text[]
insert into api_key (partner_id, customer_id, api_key_id, name, secret_hash, prefix, scopes)
values (:partner_id, :customer_id, :api_key_id, :name, :secret_hash, :prefix, :scopes);

-- api_key_name :one   in api_key_id uuid   out name text
select name from api_key where partner_id = tenant_partner() and api_key_id = :api_key_id;

-- signing_key_retire :exec   in purpose text
update signing_key set retired_at = now()
 where partner_id = tenant_partner() and purpose = :purpose and retired_at is null;

-- signing_key_add :exec   in partner_id uuid, signing_key_id uuid, purpose text, class text, algorithm text,
--    public_key bytea, key_epoch int, sealed bytea
insert into signing_key (partner_id, signing_key_id, purpose, class, algorithm, public_key, key_epoch, sealed)
values (:partner_id, :signing_key_id, :purpose, :class, :algorithm, :public_key, :key_epoch, :sealed);

-- signing_key_current :maybe   in purpose text   out signing_key_id uuid, public_key bytea, key_epoch int, sealed bytea,
--    wrapped bytea
select s.signing_key_id, s.public_key, s.key_epoch, s.sealed, k.wrapped
  from signing_key s
  join partner_key_private k on k.partner_id = s.partner_id and k.class = s.class and k.epoch = s.key_epoch
 where s.partner_id = tenant_partner() and s.purpose = :purpose and s.retired_at is null;

-- host_claim :maybe   in partner_id uuid, host_id uuid, host text, token text   out host_id uuid
insert into partner_host (partner_id, host_id, host, token) values (:partner_id, :host_id, :host, :token)
on conflict do nothing returning host_id;

-- host_count :one   out hosts bigint, verified bigint
select count(*) as hosts, count(verified_at) as verified
  from partner_host where partner_id = tenant_partner() and released_at is null;

-- host_list :many   in after uuid, most int   out host_id uuid, host text, token text, verified_at timestamptz?,
--    checked_at timestamptz?, created_at timestamptz, not_before timestamptz?, not_after timestamptz?, names text?,
--    fingerprint bytea?, certificate_version bigint?
select h.host_id, h.host, h.token, h.verified_at, h.checked_at, h.created_at, c.not_before, c.not_after, c.names, c.fingerprint,
       c.row_version as certificate_version
  from partner_host h
  left join host_certificate c on c.partner_id = h.partner_id and c.host_id = h.host_id
 where h.partner_id = tenant_partner() and h.released_at is null and h.host_id > :after order by h.host_id limit :most;

-- host_get :maybe   in host_id uuid   out host_id uuid, host text, token text, verified_at timestamptz?,
--    checked_at timestamptz?, created_at timestamptz, not_before timestamptz?, not_after timestamptz?, names text?,
--    fingerprint bytea?, certificate_version bigint?
select h.host_id, h.host, h.token, h.verified_at, h.checked_at, h.created_at, c.not_before, c.not_after, c.names, c.fingerprint,
       c.row_version as certificate_version
  from partner_host h
  left join host_certificate c on c.partner_id = h.partner_id and c.host_id = h.host_id
 where h.partner_id = tenant_partner() and h.released_at is null and h.host_id = :host_id;

-- host_checked :exec   in host_id uuid
update partner_host set checked_at = now() where partner_id = tenant_partner() and host_id = :host_id;

-- host_verify :exec   in host_id uuid
update partner_host set checked_at = now(), verified_at = coalesce(verified_at, now())
 where partner_id = tenant_partner() and host_id = :host_id and released_at is null;

-- host_release :exec   in host_id uuid
update partner_host set released_at = now()
 where partner_id = tenant_partner() and host_id = :host_id and released_at is null;

-- certificate_put :exec   in partner_id uuid, host_id uuid, key_epoch int, chain text, sealed bytea, fingerprint bytea,
--    not_before timestamptz, not_after timestamptz, names text, stored_by text
insert into host_certificate (partner_id, host_id, key_epoch, chain, sealed, fingerprint, not_before, not_after, names, stored_by)
values (:partner_id, :host_id, :key_epoch, :chain, :sealed, :fingerprint, :not_before, :not_after, :names, :stored_by)
on conflict (partner_id, host_id) do update
   set key_epoch = excluded.key_epoch, chain = excluded.chain, sealed = excluded.sealed, fingerprint = excluded.fingerprint,
       not_before = excluded.not_before, not_after = excluded.not_after, names = excluded.names, stored_at = now(),
       stored_by = excluded.stored_by, row_version = host_certificate.row_version + 1;

-- certificate_find :maybe   in host text   out partner_id uuid, host_id uuid, key_epoch int, chain text, sealed bytea,
--    wrapped bytea
select partner_id, host_id, key_epoch, chain, sealed, wrapped from lookup_certificate(:host);
