-- hook_find :many   in hook_hash bytea   out partner_id uuid, customer_id uuid, connection_id uuid, connector text,
--    settings text, status text, credential_id uuid, key_epoch int, sealed bytea, wrapped bytea
select partner_id, customer_id, connection_id, connector, settings, status, credential_id, key_epoch, sealed, wrapped
  from lookup_hook(:hook_hash);

-- connection_create :exec   in partner_id uuid, customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, name text, settings text, hook_hash bytea, destination_id uuid?
insert into connection (partner_id, customer_id, connection_id, environment_id, connector, name, settings, hook_hash,
                        destination_id)
values (:partner_id, :customer_id, :connection_id, :environment_id, :connector, :name, :settings::text::jsonb,
        :hook_hash, :destination_id);

-- credential_create :exec   in partner_id uuid, customer_id uuid, connection_id uuid, credential_id uuid, class text,
--    kind text, key_epoch int, sealed bytea
insert into credential (partner_id, customer_id, connection_id, credential_id, class, kind, key_epoch, sealed)
values (:partner_id, :customer_id, :connection_id, :credential_id, :class, :kind, :key_epoch, :sealed);

-- connection_get :one   in connection_id uuid   out customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, name text, settings text, status text, status_reason text?, destination_id uuid?, created_at timestamptz,
--    row_version bigint
select customer_id, connection_id, environment_id, connector, name, settings::text, status, status_reason,
       destination_id, created_at, row_version
  from connection
 where partner_id = tenant_partner() and customer_id = any ((select tenant_customers())::uuid[])
   and connection_id = :connection_id;

-- connection_list :many   in after uuid, most int   out customer_id uuid, connection_id uuid, environment_id uuid,
--    connector text, name text, settings text, status text, status_reason text?, destination_id uuid?, created_at timestamptz,
--    row_version bigint
select customer_id, connection_id, environment_id, connector, name, settings::text, status, status_reason,
       destination_id, created_at, row_version
  from connection
 where partner_id = tenant_partner() and connection_id > :after order by connection_id limit :most;

-- credential_sealed :one   in connection_id uuid, kind text   out customer_id uuid, credential_id uuid, class text,
--    key_epoch int, sealed bytea, wrapped bytea
select c.customer_id, c.credential_id, c.class, c.key_epoch, c.sealed, k.wrapped
  from credential c
  join partner_key_private k on k.partner_id = c.partner_id and k.class = c.class and k.epoch = c.key_epoch
 where c.partner_id = tenant_partner() and c.customer_id = any ((select tenant_customers())::uuid[])
   and c.connection_id = :connection_id and c.kind = :kind and c.current
 order by c.created_at desc limit 1;
