-- grant_find :maybe   in secret_hash bytea   out partner_id uuid, customer_id uuid?, grant_id uuid, operator_name text,
--    permissions text, expires_at timestamptz
-- # Permissions in one text with commas around each.
select partner_id, customer_id, grant_id, operator_name, ',' || array_to_string(permissions, ',') || ',' as permissions,
       expires_at
  from lookup_grant(:secret_hash);

-- grant_add :exec   in partner_id uuid, grant_id uuid, customer_id uuid?, operator_name text, reason text,
--    secret_hash bytea, minutes int
insert into access_grant (partner_id, grant_id, customer_id, operator_name, reason, secret_hash, expires_at)
values (:partner_id, :grant_id, :customer_id, :operator_name, :reason, :secret_hash,
        now() + make_interval(mins => :minutes));

-- grant_list :many   in before uuid, most int
--    out grant_id uuid, customer_id uuid?, operator_name text, reason text, granted_at timestamptz, expires_at timestamptz,
--    revoked_at timestamptz?, revoked_by text?, live bool
-- # Newest first; nil: from the newest.
select grant_id, customer_id, operator_name, reason, granted_at, expires_at, revoked_at, revoked_by,
       revoked_at is null and expires_at > now() as live
  from grants_visible()
 where (:before = '00000000-0000-0000-0000-000000000000' or grant_id < :before)
 order by grant_id desc limit :most;

-- grant_get :maybe   in grant_id uuid
--    out grant_id uuid, customer_id uuid?, operator_name text, reason text, granted_at timestamptz, expires_at timestamptz,
--    revoked_at timestamptz?, revoked_by text?, live bool
select grant_id, customer_id, operator_name, reason, granted_at, expires_at, revoked_at, revoked_by,
       revoked_at is null and expires_at > now() as live
  from grants_visible()
 where grant_id = :grant_id;

-- grant_revoke :many   in grant_id uuid, revoked_by text   out customer_id uuid?
-- # One row when it was live.
update access_grant set revoked_at = now(), revoked_by = :revoked_by
 where partner_id = tenant_partner() and grant_id = :grant_id and revoked_at is null and expires_at > now()
returning customer_id;

-- grant_of :maybe   in operator_name text   out grant_id uuid
-- # The operator's live one that lasts longest.
select grant_id from access_grant
 where partner_id = tenant_partner() and operator_name = :operator_name and revoked_at is null and expires_at > now()
 order by expires_at desc limit 1;

-- grant_of_customer :maybe   in operator_name text, customer_id uuid   out grant_id uuid
select grant_id from access_grant
 where partner_id = tenant_partner() and (customer_id is null or customer_id = :customer_id)
   and operator_name = :operator_name and revoked_at is null and expires_at > now()
 order by expires_at desc limit 1;

-- actor_called :one   in actor_kind text, actor_id uuid   out name text?
select audit_actor_name(:actor_kind, :actor_id) as name;

-- grant_told :many   in customer_id uuid?
--    out user_id uuid, email text, name text, locale text, into_name text?
select t.user_id, t.email, t.name, t.locale,
       (select c.name from customer c where c.partner_id = tenant_partner() and c.customer_id = :customer_id) as into_name
  from grant_told() t;
