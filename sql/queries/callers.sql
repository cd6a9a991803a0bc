-- key_find :maybe   in secret_hash bytea   out partner_id uuid, customer_id uuid?, brand_id uuid?, api_key_id uuid, scopes text,
--    addresses text, idle bool, left_us bigint?
select partner_id, customer_id, brand_id, api_key_id, scopes, addresses, idle, left_us from lookup_key(:secret_hash);

-- client_find :maybe   in partner_id uuid, client_id uuid, secret_hash bytea   out customer_id uuid?, brand_id uuid?,
--    scopes text, idle bool
select customer_id, brand_id, scopes, idle from lookup_client(:partner_id, :client_id, :secret_hash);

-- token_find :maybe   in partner_id uuid, signing_key_id uuid, holder_id uuid, token_id uuid   out kind text,
--    public_key bytea, customer_id uuid?, brand_id uuid?, scopes text
select kind, public_key, customer_id, brand_id, scopes
  from lookup_token(:partner_id, :signing_key_id, :holder_id, :token_id);

-- embed_key_find :maybe   in partner_id uuid, embed_key_id uuid   out public_key bytea, origins text
select public_key, origins from lookup_embed_key(:partner_id, :embed_key_id);

-- callers_used :exec   in partners uuid[], holders uuid[]
select callers_used(:partners, :holders);

-- tokens_sweep :exec
select tokens_sweep();

-- api_key_create :exec   in partner_id uuid, customer_id uuid?, brand_id uuid?, api_key_id uuid, name text, secret_hash bytea,
--    prefix text, scopes text[], addresses text[], expires_at timestamptz?
insert into api_key (partner_id, customer_id, brand_id, api_key_id, name, secret_hash, prefix, scopes, addresses, expires_at)
values (:partner_id, :customer_id, :brand_id, :api_key_id, :name, :secret_hash, :prefix, :scopes, :addresses, :expires_at);

-- api_key_get :maybe   in api_key_id uuid   out api_key_id uuid, customer_id uuid?, brand_id uuid?, name text, prefix text,
--    scopes text, addresses text, created_at timestamptz, expires_at timestamptz?, last_used_at timestamptz?,
--    revoked_at timestamptz?, old_until timestamptz?, row_version bigint
select api_key_id, customer_id, brand_id, name, prefix, array_to_string(scopes, ',') as scopes,
       array_to_string(addresses, ',') as addresses, created_at, expires_at, last_used_at, revoked_at, old_until, row_version
  from api_key where partner_id = tenant_partner() and api_key_id = :api_key_id;

-- api_key_list :many   in after uuid, most int   out api_key_id uuid, customer_id uuid?, brand_id uuid?, name text, prefix text,
--    scopes text, addresses text, created_at timestamptz, expires_at timestamptz?, last_used_at timestamptz?,
--    revoked_at timestamptz?, old_until timestamptz?, row_version bigint
select api_key_id, customer_id, brand_id, name, prefix, array_to_string(scopes, ',') as scopes,
       array_to_string(addresses, ',') as addresses, created_at, expires_at, last_used_at, revoked_at, old_until, row_version
  from api_key where partner_id = tenant_partner() and api_key_id > :after order by api_key_id limit :most;

-- api_key_update :maybe   in api_key_id uuid, version bigint, name text, addresses text[], expires_at timestamptz?
--    out row_version bigint
update api_key set name = :name, addresses = :addresses, expires_at = :expires_at, row_version = row_version + 1
 where partner_id = tenant_partner() and api_key_id = :api_key_id and row_version = :version and revoked_at is null
returning row_version;

-- api_key_turn :maybe   in api_key_id uuid, version bigint, secret_hash bytea, prefix text, overlap_s int
--    out row_version bigint
select row_version from key_turn(:api_key_id, :version, :secret_hash, :prefix, :overlap_s);

-- api_key_revoke :maybe   in api_key_id uuid   out row_version bigint
update api_key set revoked_at = coalesce(revoked_at, now()), row_version = row_version + (revoked_at is null)::int
 where partner_id = tenant_partner() and api_key_id = :api_key_id
returning row_version;

-- client_create :exec   in partner_id uuid, customer_id uuid?, brand_id uuid?, client_id uuid, name text, secret_hash bytea,
--    scopes text[]
insert into client (partner_id, customer_id, brand_id, client_id, name, secret_hash, scopes)
values (:partner_id, :customer_id, :brand_id, :client_id, :name, :secret_hash, :scopes);

-- client_get :maybe   in client_id uuid   out client_id uuid, customer_id uuid?, brand_id uuid?, name text, scopes text,
--    created_at timestamptz, last_used_at timestamptz?, revoked_at timestamptz?, row_version bigint
select client_id, customer_id, brand_id, name, array_to_string(scopes, ',') as scopes, created_at, last_used_at, revoked_at,
       row_version
  from client where partner_id = tenant_partner() and client_id = :client_id;

-- client_list :many   in after uuid, most int   out client_id uuid, customer_id uuid?, brand_id uuid?, name text, scopes text,
--    created_at timestamptz, last_used_at timestamptz?, revoked_at timestamptz?, row_version bigint
select client_id, customer_id, brand_id, name, array_to_string(scopes, ',') as scopes, created_at, last_used_at, revoked_at,
       row_version
  from client where partner_id = tenant_partner() and client_id > :after order by client_id limit :most;

-- client_revoke :maybe   in client_id uuid   out row_version bigint
update client set revoked_at = coalesce(revoked_at, now()), row_version = row_version + (revoked_at is null)::int
 where partner_id = tenant_partner() and client_id = :client_id
returning row_version;

-- token_end :exec   in partner_id uuid, token_id uuid, ends_at timestamptz
insert into ended_token (partner_id, token_id, ends_at) values (:partner_id, :token_id, :ends_at) on conflict do nothing;

-- token_use :maybe   in partner_id uuid, embed_key_id uuid, jti_hash bytea, ends_at timestamptz   out ends_at timestamptz
insert into used_token (partner_id, embed_key_id, jti_hash, ends_at) values (:partner_id, :embed_key_id, :jti_hash, :ends_at)
    on conflict do nothing returning ends_at;

-- token_keys :many   out signing_key_id uuid, public_key bytea
select signing_key_id, public_key from signing_key
 where partner_id = tenant_partner() and purpose = 'token' and algorithm = 'ES256'
   and (retired_at is null or retired_at > now() - interval '16 minutes')
 order by signing_key_id desc limit 20;

-- embed_key_create :exec   in partner_id uuid, embed_key_id uuid, name text, public_key bytea, origins text[]
insert into embed_key (partner_id, embed_key_id, name, public_key, origins)
values (:partner_id, :embed_key_id, :name, :public_key, :origins);

-- embed_key_get :maybe   in embed_key_id uuid   out embed_key_id uuid, name text, public_key bytea, origins text,
--    created_at timestamptz
select embed_key_id, name, public_key, array_to_string(origins, ' ') as origins, created_at
  from embed_key where partner_id = tenant_partner() and embed_key_id = :embed_key_id and revoked_at is null;

-- embed_key_list :many   in after uuid, most int   out embed_key_id uuid, name text, public_key bytea, origins text,
--    created_at timestamptz
select embed_key_id, name, public_key, array_to_string(origins, ' ') as origins, created_at
  from embed_key where partner_id = tenant_partner() and revoked_at is null and embed_key_id > :after
 order by embed_key_id limit :most;

-- embed_key_revoke :maybe   in embed_key_id uuid   out embed_key_id uuid
update embed_key set revoked_at = now()
 where partner_id = tenant_partner() and embed_key_id = :embed_key_id and revoked_at is null
returning embed_key_id;

-- customer_is_here :maybe   in customer_id uuid   out customer_id uuid
select customer_id from customer where partner_id = tenant_partner() and customer_id = :customer_id and status = 'active';

-- keys_expiring :many   in at timestamptz, most int   out partner_id uuid, api_key_id uuid
-- # As tenon_dispatch.
select partner_id, api_key_id from keys_expiring(:at, :most);

-- key_warn :maybe   in api_key_id uuid, at timestamptz
--    out customer_id uuid?, brand_id uuid?, name text, prefix text, expires_at timestamptz
-- # No row: somebody else has warned of it, or it is not due any more.
select customer_id, brand_id, name, prefix, expires_at from key_warn(:api_key_id, :at);

-- key_keepers :many   in customer_id uuid?, brand_id uuid?   out user_id uuid, email text, name text, locale text
select user_id, email, name, locale from key_keepers(:customer_id, :brand_id);
