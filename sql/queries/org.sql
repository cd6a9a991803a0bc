-- schema_version :one   out version int
select coalesce(max(version), 0) from schema_migration;

-- schema_seen :one   out version int, now timestamptz
select coalesce(max(version), 0) as version, now() as now from schema_migration;

-- host_find :maybe   in host text   out partner_id uuid, slug text, name text, brand_pack text, status text
select partner_id, slug, name, brand_pack, status from lookup_host(:host);

-- partner_by_slug :maybe   in slug text   out partner_id uuid
select partner_id from lookup_partner(:slug);

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
