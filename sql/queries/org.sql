-- schema_version :one   out version int
select coalesce(max(version), 0) from schema_migration;

-- schema_seen :one   out version int, now timestamptz
select coalesce(max(version), 0) as version, now() as now from schema_migration;

-- host_find :maybe   in host text   out partner_id uuid, slug text, name text, brand_pack text, status text
select partner_id, slug, name, brand_pack, status from lookup_host(:host);

-- lookup_changes :many   in since bigint, most int   out partner_id uuid?, next bigint, server bigint
select partner_id, next, server from lookup_changes(:since, :most);

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
-- # Nobody makes or retires a key of the class before this transaction has ended.
select k.epoch, k.public_key
  from (select pg_advisory_xact_lock_shared(key_ring_lock(:class))) l
 cross join partner_key k
 where k.partner_id = tenant_partner() and k.class = :class order by k.epoch desc limit 1;

-- partner_key_span :one   in class text   out oldest int, newest int
select min(epoch) as oldest, max(epoch) as newest from partner_key where partner_id = tenant_partner() and class = :class;

-- partner_private_list :many   in class text   out epoch int, wrapped bytea
select epoch, wrapped from partner_key_private where partner_id = tenant_partner() and class = :class order by epoch;

-- partner_private_rewrap :exec   in class text, epoch int, wrapped bytea, was bytea
update partner_key_private set wrapped = :wrapped
 where partner_id = tenant_partner() and class = :class and epoch = :epoch and wrapped = :was;

-- key_ring_hold :exec   in class text
-- # Waits for whoever is about to store something sealed to what was the newest key.
select pg_advisory_xact_lock(key_ring_lock(:class));

-- key_ring_retire :one   in class text, before int   out retired int
select key_ring_retire(:class, :before) as retired;

-- partner_list :many   out partner_id uuid, slug text, name text, status text
select partner_id, slug, name, status from lookup_partners();

-- customer_key_newest :maybe   in customer_id uuid, class text   out epoch int, public_key bytea
select epoch, public_key from customer_key
 where partner_id = tenant_partner() and customer_id = :customer_id and class = :class and destroyed_at is null
 order by epoch desc limit 1;

-- customer_key_create :exec   in partner_id uuid, customer_id uuid, class text, public_key bytea, partner_epoch int,
--    sealed bytea
-- # The first pair; whoever comes second finds it made. One whose keys were destroyed gets no others.
with made as (
    insert into customer_key (partner_id, customer_id, class, epoch, public_key)
    select c.partner_id, c.customer_id, :class, 1, :public_key from customer c
     where c.partner_id = :partner_id and c.customer_id = :customer_id and c.status <> 'closed'
    on conflict do nothing
    returning partner_id, customer_id, class, epoch
)
insert into customer_key_private (partner_id, customer_id, class, epoch, partner_epoch, sealed)
select partner_id, customer_id, class, epoch, :partner_epoch, :sealed from made;

-- customer_private_page :many   in class text, below int, after uuid, most int
--    out customer_id uuid, epoch int, partner_epoch int, sealed bytea, wrapped bytea
select u.customer_id, u.epoch, u.partner_epoch, u.sealed, k.wrapped
  from customer_key_private u
  join partner_key_private k on k.partner_id = u.partner_id and k.class = u.class and k.epoch = u.partner_epoch
 where u.partner_id = tenant_partner() and u.class = :class and u.partner_epoch < :below and u.customer_id > :after
 order by u.customer_id limit :most;

-- customer_private_reseal :exec   in customer_id uuid, class text, epoch int, partner_epoch int, sealed bytea, was bytea
update customer_key_private set partner_epoch = :partner_epoch, sealed = :sealed
 where partner_id = tenant_partner() and customer_id = :customer_id and class = :class and epoch = :epoch
   and sealed = :was;

-- customer_create :exec   in partner_id uuid, customer_id uuid, name text, external_id text
-- # An empty external id is none.
insert into customer (partner_id, customer_id, name, external_id)
values (:partner_id, :customer_id, :name, nullif(:external_id, ''));

-- customer_get :maybe   in customer_id uuid, external_id text
--    out customer_id uuid, name text, external_id text?, status text, status_reason text?, created_at timestamptz,
--    suspended_at timestamptz?, closed_at timestamptz?, certificate text?, row_version bigint
-- # By its external id when that is not empty.
select customer_id, name, external_id, status, status_reason, created_at, suspended_at, closed_at, certificate::text,
       row_version
  from customer
 where partner_id = tenant_partner()
   and case :external_id when '' then customer_id = :customer_id else external_id = :external_id end;

-- customer_page :many   in after uuid, most int
--    out customer_id uuid, name text, external_id text?, status text, status_reason text?, created_at timestamptz,
--    suspended_at timestamptz?, closed_at timestamptz?, certificate text?, row_version bigint
select customer_id, name, external_id, status, status_reason, created_at, suspended_at, closed_at, certificate::text,
       row_version
  from customer
 where partner_id = tenant_partner() and customer_id > :after order by customer_id limit :most;

-- customer_change :maybe   in customer_id uuid, version bigint, name text, external_id text   out row_version bigint
update customer set name = :name, external_id = nullif(:external_id, ''), row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and row_version = :version
returning row_version;

-- brand_page :many   in customer_id uuid, brand_id uuid, after uuid, most int
--    out customer_id uuid, brand_id uuid, code text, name text, entity_id uuid?, created_at timestamptz, row_version bigint
-- # Nil: of any.
select customer_id, brand_id, code, name, entity_id, created_at, row_version
  from store_brand
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
   and (:brand_id = '00000000-0000-0000-0000-000000000000' or brand_id = :brand_id)
   and brand_id > :after order by brand_id limit :most;

-- brand_create :exec   in partner_id uuid, customer_id uuid, brand_id uuid, code text, name text, entity_id uuid?
insert into store_brand (partner_id, customer_id, brand_id, code, name, entity_id)
values (:partner_id, :customer_id, :brand_id, :code, :name, :entity_id);

-- brand_change :maybe   in customer_id uuid, brand_id uuid, version bigint, code text, name text, entity_id uuid?
--    out row_version bigint
update store_brand set code = :code, name = :name, entity_id = :entity_id, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and brand_id = :brand_id and row_version = :version
returning row_version;

-- brand_delete :one   in customer_id uuid, brand_id uuid   out deleted bool
select store_brand_delete(:customer_id, :brand_id) as deleted;

-- entity_page :many   in customer_id uuid, entity_id uuid, after uuid, most int
--    out customer_id uuid, entity_id uuid, code text, name text, base_currency text, time_zone text,
--    created_at timestamptz, row_version bigint
-- # Nil: of any.
select customer_id, entity_id, code, name, base_currency, time_zone, created_at, row_version
  from legal_entity
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
   and (:entity_id = '00000000-0000-0000-0000-000000000000' or entity_id = :entity_id)
   and entity_id > :after order by entity_id limit :most;

-- entity_create :exec   in partner_id uuid, customer_id uuid, entity_id uuid, code text, name text, base_currency text,
--    time_zone text
insert into legal_entity (partner_id, customer_id, entity_id, code, name, base_currency, time_zone)
values (:partner_id, :customer_id, :entity_id, :code, :name, :base_currency, :time_zone);

-- entity_change :maybe   in customer_id uuid, entity_id uuid, version bigint, code text, name text, time_zone text
--    out row_version bigint
update legal_entity set code = :code, name = :name, time_zone = :time_zone, row_version = row_version + 1
 where partner_id = tenant_partner() and customer_id = :customer_id and entity_id = :entity_id and row_version = :version
returning row_version;

-- entity_delete :one   in customer_id uuid, entity_id uuid   out deleted bool
select legal_entity_delete(:customer_id, :entity_id) as deleted;

-- time_zone_known :one   in name text   out known bool
select exists (select from pg_timezone_names where name = :name) as known;

-- environment_page :many   in customer_id uuid, after uuid, most int
--    out customer_id uuid, environment_id uuid, kind text, created_at timestamptz
select customer_id, environment_id, kind, created_at
  from environment
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and (:customer_id = '00000000-0000-0000-0000-000000000000' or customer_id = :customer_id)
   and environment_id > :after order by environment_id limit :most;

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
-- # When another transaction made one meanwhile, none is added, and the rest of this one stays.
insert into signing_key (partner_id, signing_key_id, purpose, class, algorithm, public_key, key_epoch, sealed)
values (:partner_id, :signing_key_id, :purpose, :class, :algorithm, :public_key, :key_epoch, :sealed)
on conflict do nothing;

-- signing_key_current :maybe   in purpose text   out signing_key_id uuid, public_key bytea, key_epoch int, sealed bytea,
--    wrapped bytea
select s.signing_key_id, s.public_key, s.key_epoch, s.sealed, k.wrapped
  from signing_key s
  join partner_key_private k on k.partner_id = s.partner_id and k.class = s.class and k.epoch = s.key_epoch
 where s.partner_id = tenant_partner() and s.purpose = :purpose and s.retired_at is null;

-- signing_key_page :many   in class text, below int, after uuid, most int
--    out signing_key_id uuid, purpose text, key_epoch int, sealed bytea, wrapped bytea
select s.signing_key_id, s.purpose, s.key_epoch, s.sealed, k.wrapped
  from signing_key s
  join partner_key_private k on k.partner_id = s.partner_id and k.class = s.class and k.epoch = s.key_epoch
 where s.partner_id = tenant_partner() and s.class = :class and s.key_epoch < :below and s.signing_key_id > :after
 order by s.signing_key_id limit :most;

-- signing_key_reseal :exec   in signing_key_id uuid, key_epoch int, sealed bytea, was bytea
update signing_key set key_epoch = :key_epoch, sealed = :sealed
 where partner_id = tenant_partner() and signing_key_id = :signing_key_id and sealed = :was;

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

-- customer_is :maybe   in customer_id uuid   out customer_id uuid
select customer_id from customer where partner_id = tenant_partner() and customer_id = :customer_id;

-- certificate_page :many   in below int, after uuid, most int   out host_id uuid, key_epoch int, sealed bytea, wrapped bytea
-- # As tenon_operator, who turns the key ring.
select x.host_id, x.key_epoch as key_epoch, x.sealed as sealed, k.wrapped
  from host_certificate x
  join partner_key_private k on k.partner_id = x.partner_id and k.class = x.class and k.epoch = x.key_epoch
 where x.partner_id = tenant_partner() and x.key_epoch < :below and x.sealed is not null and x.host_id > :after
 order by x.host_id limit :most;

-- certificate_reseal :exec   in host_id uuid, key_epoch int, sealed bytea, was bytea
update host_certificate set key_epoch = :key_epoch, sealed = :sealed
 where partner_id = tenant_partner() and host_id = :host_id and sealed = :was;
