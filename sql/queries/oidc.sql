-- oidc_provider_get :maybe   out name text, issuer text, client_id text, domains text, enabled bool,
--    created_at timestamptz, row_version bigint, key_epoch int, sealed bytea, wrapped bytea
select p.name, p.issuer, p.client_id, array_to_string(p.domains, ' ') as domains, p.enabled, p.created_at, p.row_version,
       p.key_epoch, p.sealed, k.wrapped
  from oidc_provider p
  join partner_key_private k on k.partner_id = p.partner_id and k.class = p.class and k.epoch = p.key_epoch
 where p.partner_id = tenant_partner() and p.removed_at is null;

-- oidc_provider_put :maybe   in name text, issuer text, client_id text, key_epoch int, sealed bytea, domains text,
--    enabled bool, withheld text, row_version bigint   out row_version bigint
-- # row_version 0: there must be none. No row when it is not so.
insert into oidc_provider as p (partner_id, name, issuer, client_id, key_epoch, sealed, domains, enabled, withheld)
values (tenant_partner(), :name, :issuer, :client_id, :key_epoch, :sealed, string_to_array(:domains, ' '), :enabled,
        string_to_array(:withheld, ' '))
on conflict (partner_id) do update
   set name = excluded.name, issuer = excluded.issuer, client_id = excluded.client_id, key_epoch = excluded.key_epoch,
       sealed = excluded.sealed, domains = excluded.domains, enabled = excluded.enabled, withheld = excluded.withheld,
       created_at = case when p.removed_at is null then p.created_at else now() end, removed_at = null,
       row_version = p.row_version + 1
 where case when p.removed_at is null then p.row_version else 0 end = :row_version
returning row_version;

-- oidc_provider_change :maybe   in name text, domains text, enabled bool, withheld text, row_version bigint
--    out row_version bigint
-- # With the secret that is there, so for the same issuer and client only.
update oidc_provider
   set name = :name, domains = string_to_array(:domains, ' '), enabled = :enabled,
       withheld = string_to_array(:withheld, ' '), row_version = row_version + 1
 where partner_id = tenant_partner() and removed_at is null and row_version = :row_version
returning row_version;

-- oidc_provider_remove :maybe   in row_version bigint   out row_version bigint
update oidc_provider
   set removed_at = now(), enabled = false, key_epoch = null, sealed = null, row_version = row_version + 1
 where partner_id = tenant_partner() and removed_at is null and row_version = :row_version
returning row_version;

-- oidc_withheld :one   in email_norm text   out withheld bool
-- # May this person do anything that whoever set the provider up may not?
select exists (select from oidc_provider p
                 join app_user u on u.partner_id = p.partner_id and u.email_norm = :email_norm
                 join membership m on m.partner_id = u.partner_id and m.user_id = u.user_id and m.ended_at is null
                 join role r on r.role = m.role
                where p.partner_id = tenant_partner() and r.permissions && p.withheld) as withheld;

-- oidc_sealed :maybe   in below int   out partner_id uuid, key_epoch int, sealed bytea, wrapped bytea
-- # As tenon_operator, who turns the key ring.
select x.partner_id, x.key_epoch, x.sealed, k.wrapped
  from oidc_provider x
  join partner_key_private k on k.partner_id = x.partner_id and k.class = x.class and k.epoch = x.key_epoch
 where x.partner_id = tenant_partner() and x.key_epoch < :below and x.sealed is not null;

-- oidc_reseal :exec   in key_epoch int, sealed bytea, was bytea
update oidc_provider set key_epoch = :key_epoch, sealed = :sealed
 where partner_id = tenant_partner() and sealed = :was;
