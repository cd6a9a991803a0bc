-- people_as :one   in customer text, brand text   out customer text, brand text
-- # Within the partner only; the door or a handler has judged it.
select set_config('tenon.customer_id', :customer, true) as customer, set_config('tenon.brand_id', :brand, true) as brand;

-- throttle_charge :one   in key bytea, cost_ms int, burst_ms int   out wait_ms int
select throttle_charge(:key, :cost_ms, :burst_ms) as wait_ms;

-- throttle_sweep :exec
-- # In a transaction of its own: it locks rows that others may charge.
select throttle_sweep();

-- throttle_forgive :exec   in key bytea
select throttle_forgive(:key);

-- people_tidy :exec
select people_tidy();

-- people_lock :one   out second_factor_required bool, password_allowed bool, idle_minutes int, absolute_minutes int,
--    row_version bigint
-- # Whoever changes who may what holds this row; it is made when it is first asked for.
insert into sign_in_setting (partner_id) values (tenant_partner())
    on conflict (partner_id) do update set row_version = sign_in_setting.row_version
returning second_factor_required, password_allowed, idle_minutes, absolute_minutes, row_version;

-- sign_in_setting_get :maybe   out second_factor_required bool, password_allowed bool, idle_minutes int,
--    absolute_minutes int, row_version bigint
select second_factor_required, password_allowed, idle_minutes, absolute_minutes, row_version
  from sign_in_setting where partner_id = tenant_partner();

-- sign_in_setting_update :exec   in second_factor_required bool, password_allowed bool, idle_minutes int,
--    absolute_minutes int
update sign_in_setting
   set second_factor_required = :second_factor_required, password_allowed = :password_allowed,
       idle_minutes = :idle_minutes, absolute_minutes = :absolute_minutes, row_version = row_version + 1
 where partner_id = tenant_partner();

-- role_list :many   out role text, level text, permissions text
select role, level, array_to_string(permissions, ',') as permissions from role
 where level <> 'platform' order by level desc, role;

-- role_get :maybe   in role text   out level text, permissions text
select level, array_to_string(permissions, ',') as permissions from role where role = :role and level <> 'platform';

-- user_by_email :maybe   in email_norm text   out user_id uuid, email text, name text, locale text, status text,
--    password_hash text?, has_totp bool, has_passkey bool, has_role bool
select u.user_id, u.email, u.name, u.locale, u.status, u.password_hash, u.totp_since is not null as has_totp,
       exists (select from passkey p where p.partner_id = u.partner_id and p.user_id = u.user_id
                  and p.removed_at is null) as has_passkey,
       exists (select from membership m where m.partner_id = u.partner_id and m.user_id = u.user_id
                  and m.ended_at is null and m.accepted_at is not null) as has_role
  from app_user u where u.partner_id = tenant_partner() and u.email_norm = :email_norm;

-- user_email_find :maybe   in email_norm text   out user_id uuid, status text, name text, locale text
select user_id, status, name, locale from app_user where partner_id = tenant_partner() and email_norm = :email_norm;

-- user_create :exec   in user_id uuid, email text, email_norm text, name text, locale text
insert into app_user (partner_id, user_id, email, email_norm, name, locale, status)
values (tenant_partner(), :user_id, :email, :email_norm, :name, :locale, 'invited');

-- user_get :maybe   in user_id uuid   out user_id uuid, email text, name text, locale text, status text, has_totp bool,
--    passkeys bigint, has_password bool, accepted bool, invited_name text, created_at timestamptz, signed_in_at timestamptz?,
--    row_version bigint
-- # accepted: of what the caller sees. Until then the caller sees what it gave.
select u.user_id, u.email, u.name, u.locale, u.status, u.totp_since is not null as has_totp,
       (select count(*) from passkey p where p.partner_id = u.partner_id and p.user_id = u.user_id
           and p.removed_at is null) as passkeys,
       u.password_hash is not null as has_password,
       tenant_is_whole() or exists (select from membership m where m.partner_id = u.partner_id
           and m.user_id = u.user_id and m.ended_at is null and m.accepted_at is not null) as accepted,
       coalesce((select m.invited_name from membership m where m.partner_id = u.partner_id and m.user_id = u.user_id
           and m.ended_at is null order by m.membership_id limit 1), '') as invited_name,
       u.created_at, u.signed_in_at, u.row_version
  from app_user u where u.partner_id = tenant_partner() and u.user_id = :user_id;

-- user_list :many   in after uuid, most int   out user_id uuid, email text, name text, locale text, status text,
--    has_totp bool, accepted bool, invited_name text, created_at timestamptz, signed_in_at timestamptz?, row_version bigint
select u.user_id, u.email, u.name, u.locale, u.status, u.totp_since is not null as has_totp,
       tenant_is_whole() or exists (select from membership m where m.partner_id = u.partner_id
           and m.user_id = u.user_id and m.ended_at is null and m.accepted_at is not null) as accepted,
       coalesce((select m.invited_name from membership m where m.partner_id = u.partner_id and m.user_id = u.user_id
           and m.ended_at is null order by m.membership_id limit 1), '') as invited_name,
       u.created_at, u.signed_in_at, u.row_version
  from app_user u where u.partner_id = tenant_partner() and u.user_id > :after order by u.user_id limit :most;

-- user_update :maybe   in user_id uuid, name text, locale text, status text, row_version bigint   out row_version bigint
update app_user set name = :name, locale = :locale, status = :status, row_version = row_version + 1
 where partner_id = tenant_partner() and user_id = :user_id and row_version = :row_version
returning row_version;

-- user_accept :exec   in user_id uuid, name text, password_hash text
update app_user set name = case when :name = '' then name else :name end, password_hash = :password_hash,
       status = 'active', row_version = row_version + 1
 where partner_id = tenant_partner() and user_id = :user_id and status = 'invited';

-- user_password_set :exec   in user_id uuid, password_hash text
update app_user set password_hash = :password_hash, row_version = row_version + 1
 where partner_id = tenant_partner() and user_id = :user_id;

-- user_password :maybe   in user_id uuid   out email_norm text, password_hash text?
select email_norm, password_hash from app_user
 where partner_id = tenant_partner() and user_id = :user_id and status = 'active';

-- user_signed_in :maybe   in user_id uuid, password_hash text   out user_id uuid
-- # Met only while nothing has changed since the password was read.
update app_user set signed_in_at = now()
 where partner_id = tenant_partner() and user_id = :user_id and status = 'active'
   and coalesce(password_hash, '') = :password_hash
returning user_id;

-- membership_list :many   in user_ids uuid[]   out membership_id uuid, user_id uuid, role text, customer_id uuid?,
--    brand_id uuid?, created_at timestamptz, accepted_at timestamptz?
select membership_id, user_id, role, customer_id, brand_id, created_at, accepted_at from membership
 where partner_id = tenant_partner() and user_id = any (:user_ids) and ended_at is null
 order by user_id, membership_id limit 10000;

-- membership_create :exec   in membership_id uuid, user_id uuid, role text, level text, customer_id uuid?, brand_id uuid?,
--    invited_name text, accepted bool
insert into membership (partner_id, membership_id, user_id, role, level, customer_id, brand_id, invited_name, accepted_at)
values (tenant_partner(), :membership_id, :user_id, :role, :level, :customer_id, :brand_id, :invited_name,
        case when :accepted then now() end);

-- membership_same :maybe   in user_id uuid, role text, customer_id uuid?, brand_id uuid?   out membership_id uuid
select membership_id from membership
 where partner_id = tenant_partner() and user_id = :user_id and role = :role and ended_at is null
   and customer_id is not distinct from :customer_id and brand_id is not distinct from :brand_id;

-- membership_count :one   in user_id uuid   out n bigint
select count(*) as n from membership where partner_id = tenant_partner() and user_id = :user_id and ended_at is null;

-- membership_get :maybe   in user_id uuid, membership_id uuid   out role text, customer_id uuid?, brand_id uuid?
select role, customer_id, brand_id from membership
 where partner_id = tenant_partner() and user_id = :user_id and membership_id = :membership_id and ended_at is null;

-- membership_end :exec   in membership_id uuid
update membership set ended_at = now() where partner_id = tenant_partner() and membership_id = :membership_id;

-- membership_accept :exec   in membership_id uuid
update membership set accepted_at = coalesce(accepted_at, now())
 where partner_id = tenant_partner() and membership_id = :membership_id and ended_at is null;

-- membership_is_open :maybe   in membership_id uuid   out membership_id uuid
select membership_id from membership
 where partner_id = tenant_partner() and membership_id = :membership_id and ended_at is null;

-- place_there :one   in customer_id uuid, brand_id uuid?   out there bool
select exists (select from customer where partner_id = tenant_partner() and customer_id = :customer_id)
       and (:brand_id::uuid is null or exists (select from store_brand where partner_id = tenant_partner()
            and customer_id = :customer_id and brand_id = :brand_id)) as there;

-- user_permissions :one   in user_id uuid, customer_id uuid?, brand_id uuid?   out permissions text
-- # What the person holds over all of the place that is named, and not over a part of it.
select coalesce(string_agg(array_to_string(r.permissions, ','), ','), '') as permissions
  from membership m
  join role r on r.role = m.role
  join app_user u on u.partner_id = m.partner_id and u.user_id = m.user_id
 where m.partner_id = tenant_partner() and m.user_id = :user_id and m.ended_at is null and m.accepted_at is not null
   and u.status = 'active'
   and (m.customer_id is null or (m.customer_id = :customer_id and (m.brand_id is null or m.brand_id = :brand_id)));

-- administrators :many   out customer_id uuid?, user_id uuid
-- # Who can let others in: of the partner (customer_id null), and of each customer.
select distinct m.customer_id, m.user_id
  from membership m
  join role r on r.role = m.role
  join app_user u on u.partner_id = m.partner_id and u.user_id = m.user_id
 where m.partner_id = tenant_partner() and m.ended_at is null and m.accepted_at is not null and m.brand_id is null
   and u.status = 'active' and 'users:write' = any (r.permissions)
 limit 100000;

-- session_create :exec   in session_id uuid, user_id uuid, token_hash bytea, methods text, address text,
--    user_agent text
insert into session (partner_id, session_id, user_id, token_hash, methods, address, user_agent, expires_at)
select tenant_partner(), :session_id, :user_id, :token_hash, :methods, :address, :user_agent,
       now() + make_interval(mins => coalesce((select absolute_minutes from sign_in_setting
                                                where partner_id = tenant_partner()), 10080));

-- session_find :many   in token_hash bytea   out session_id uuid, user_id uuid, outworn bool, rotate bool, unseen bool,
--    second_factor_due bool, membership_id uuid?, customer_id uuid?, brand_id uuid?, permissions text?
-- # A row for each thing its person may do; one without when that is nothing.
select s.session_id, s.user_id,
       coalesce(s.before_hash = :token_hash, false) and s.rotated_at < now() - interval '60 seconds' as outworn,
       s.token_hash = :token_hash and s.rotated_at < now() - interval '15 minutes' as rotate,
       s.seen_at < now() - interval '1 minute' as unseen,
       coalesce(g.second_factor_required, false) and u.totp_since is null and s.methods not like 'oidc%'
           and not exists (select from passkey p where p.partner_id = s.partner_id and p.user_id = s.user_id
                              and p.removed_at is null) as second_factor_due,
       m.membership_id, m.customer_id, m.brand_id, array_to_string(r.permissions, ',') as permissions
  from session s
  join app_user u on u.partner_id = s.partner_id and u.user_id = s.user_id and u.status = 'active'
  left join sign_in_setting g on g.partner_id = s.partner_id
  left join membership m on m.partner_id = s.partner_id and m.user_id = s.user_id and m.ended_at is null
                        and m.accepted_at is not null
  left join role r on r.role = m.role
 where s.partner_id = tenant_partner() and (s.token_hash = :token_hash or s.before_hash = :token_hash)
   and s.revoked_at is null and s.expires_at > now()
   and s.created_at > now() - make_interval(mins => coalesce(g.absolute_minutes, 10080))
   and s.seen_at > now() - make_interval(mins => coalesce(g.idle_minutes, 720))
 order by m.membership_id limit 1000;

-- session_seen :exec   in session_id uuid
update session set seen_at = now() where partner_id = tenant_partner() and session_id = :session_id;

-- session_rotate :maybe   in session_id uuid, old_hash bytea, new_hash bytea   out session_id uuid
update session set token_hash = :new_hash, before_hash = :old_hash, rotated_at = now(), seen_at = now()
 where partner_id = tenant_partner() and session_id = :session_id and token_hash = :old_hash
   and rotated_at < now() - interval '15 minutes'
returning session_id;

-- session_renew :exec   in session_id uuid, new_hash bytea
update session set token_hash = :new_hash, before_hash = null, rotated_at = now()
 where partner_id = tenant_partner() and session_id = :session_id;

-- session_age :exec   in user_id uuid
-- # What its person may has changed: the next request of each session gets a new secret.
update session set before_hash = null, rotated_at = now() - interval '1 hour'
 where partner_id = tenant_partner() and user_id = :user_id and revoked_at is null;

-- session_end :maybe   in session_id uuid, user_id uuid   out session_id uuid
update session set revoked_at = now()
 where partner_id = tenant_partner() and session_id = :session_id and user_id = :user_id and revoked_at is null
returning session_id;

-- session_end_all :one   in user_id uuid, but uuid   out n bigint
with ended as (update session set revoked_at = now()
                where partner_id = tenant_partner() and user_id = :user_id and session_id <> :but
                  and revoked_at is null
               returning 1)
select count(*) as n from ended;

-- session_list :many   in user_id uuid   out session_id uuid, created_at timestamptz, seen_at timestamptz,
--    expires_at timestamptz, methods text, address text, user_agent text
select s.session_id, s.created_at, s.seen_at, s.expires_at, s.methods, s.address, s.user_agent
  from session s
  left join sign_in_setting g on g.partner_id = s.partner_id
 where s.partner_id = tenant_partner() and s.user_id = :user_id and s.revoked_at is null and s.expires_at > now()
   and s.seen_at > now() - make_interval(mins => coalesce(g.idle_minutes, 720))
 order by s.session_id desc limit 200;

-- session_address_known :one   in user_id uuid, address text   out known bool
select exists (select from session where partner_id = tenant_partner() and user_id = :user_id
                  and address = :address) as known;

-- one_time_create :exec   in one_time_id uuid, kind text, token_hash bytea, user_id uuid?, membership_id uuid?, data bytea,
--    seconds int
insert into one_time (partner_id, one_time_id, kind, token_hash, user_id, membership_id, data, expires_at)
values (tenant_partner(), :one_time_id, :kind, :token_hash, :user_id, :membership_id, :data,
        now() + make_interval(secs => :seconds));

-- one_time_use :maybe   in kind text, token_hash bytea   out user_id uuid?, membership_id uuid?, data bytea
update one_time set used_at = now()
 where partner_id = tenant_partner() and kind = :kind and token_hash = :token_hash and used_at is null
   and expires_at > now()
returning user_id, membership_id, data;

-- one_time_try :maybe   in kind text, token_hash bytea, most int   out user_id uuid?, data bytea
update one_time set tries = tries + 1
 where partner_id = tenant_partner() and kind = :kind and token_hash = :token_hash and used_at is null
   and expires_at > now() and tries < :most
returning user_id, data;

-- one_time_peek :maybe   in kind text, token_hash bytea   out user_id uuid?, membership_id uuid?
select user_id, membership_id from one_time
 where partner_id = tenant_partner() and kind = :kind and token_hash = :token_hash and used_at is null
   and expires_at > now();

-- one_time_void :exec   in user_id uuid, kind text
update one_time set used_at = now()
 where partner_id = tenant_partner() and user_id = :user_id and kind = :kind and used_at is null;

-- one_time_void_of :exec   in membership_id uuid
update one_time set used_at = now()
 where partner_id = tenant_partner() and membership_id = :membership_id and used_at is null;

-- totp_get :maybe   in user_id uuid   out email text, totp_epoch int, totp_sealed bytea, confirmed bool, totp_step bigint,
--    wrapped bytea
select u.email, u.totp_epoch, u.totp_sealed, u.totp_since is not null as confirmed, u.totp_step, k.wrapped
  from app_user u
  join partner_key_private k on k.partner_id = u.partner_id and k.class = u.totp_class and k.epoch = u.totp_epoch
 where u.partner_id = tenant_partner() and u.user_id = :user_id and u.totp_sealed is not null;

-- totp_put :maybe   in user_id uuid, totp_epoch int, totp_sealed bytea   out email text
-- # One that is in use is taken off first.
update app_user set totp_epoch = :totp_epoch, totp_sealed = :totp_sealed, totp_step = 0
 where partner_id = tenant_partner() and user_id = :user_id and totp_since is null
returning email;

-- totp_confirm :maybe   in user_id uuid, totp_step bigint   out user_id uuid
update app_user set totp_since = now(), totp_step = :totp_step, row_version = row_version + 1
 where partner_id = tenant_partner() and user_id = :user_id and totp_since is null and totp_sealed is not null
returning user_id;

-- totp_used :maybe   in user_id uuid, totp_step bigint   out user_id uuid
-- # Each step once: of two who come with the same code, one is met.
update app_user set totp_step = :totp_step
 where partner_id = tenant_partner() and user_id = :user_id and totp_since is not null and totp_step < :totp_step
returning user_id;

-- totp_remove :maybe   in user_id uuid   out user_id uuid
update app_user set totp_epoch = null, totp_sealed = null, totp_since = null, totp_step = 0, row_version = row_version + 1
 where partner_id = tenant_partner() and user_id = :user_id and totp_sealed is not null
returning user_id;

-- recovery_put :exec   in user_id uuid, code_hashes bytea[]
insert into recovery_code (partner_id, user_id, code_hash)
select tenant_partner(), :user_id, h from unnest(:code_hashes::bytea[]) h;

-- recovery_void :exec   in user_id uuid
update recovery_code set used_at = now() where partner_id = tenant_partner() and user_id = :user_id and used_at is null;

-- recovery_use :maybe   in user_id uuid, code_hash bytea   out user_id uuid
update recovery_code set used_at = now()
 where partner_id = tenant_partner() and user_id = :user_id and code_hash = :code_hash and used_at is null
returning user_id;

-- recovery_left :one   in user_id uuid   out n bigint
select count(*) as n from recovery_code where partner_id = tenant_partner() and user_id = :user_id and used_at is null;

-- people_host :maybe   out host text
select host from partner_host where partner_id = tenant_partner() and verified_at is not null and released_at is null
 order by verified_at, host limit 1;

-- invitation_said :one   in actor_kind text, actor_id uuid, customer_id uuid?, brand_id uuid?
--    out invited_by text?, into_name text?
-- # Who invites, and to whose work; nobody is named for the partner itself, which the letter names anyway.
select audit_actor_name(:actor_kind, :actor_id) as invited_by,
       (select c.name || coalesce(', ' || (select b.name from store_brand b where b.partner_id = c.partner_id
                and b.customer_id = c.customer_id and b.brand_id = :brand_id), '')
          from customer c where c.partner_id = tenant_partner() and c.customer_id = :customer_id) as into_name;

-- passkey_create :exec   in passkey_id uuid, user_id uuid, credential_id bytea, public_key bytea, sign_count bigint,
--    name text
insert into passkey (partner_id, passkey_id, user_id, credential_id, public_key, sign_count, name)
values (tenant_partner(), :passkey_id, :user_id, :credential_id, :public_key, :sign_count, :name);

-- passkey_find :maybe   in credential_id bytea   out passkey_id uuid, user_id uuid, public_key bytea, sign_count bigint,
--    may_sign_in bool
select p.passkey_id, p.user_id, p.public_key, p.sign_count,
       u.status = 'active' and exists (select from membership m where m.partner_id = u.partner_id
           and m.user_id = u.user_id and m.ended_at is null and m.accepted_at is not null) as may_sign_in
  from passkey p join app_user u on u.partner_id = p.partner_id and u.user_id = p.user_id
 where p.partner_id = tenant_partner() and p.credential_id = :credential_id and p.removed_at is null;

-- passkey_used :maybe   in passkey_id uuid, sign_count bigint   out user_id uuid
-- # A count that does not grow is that of a copy; devices that do not count say 0.
update passkey set sign_count = :sign_count, used_at = now()
 where partner_id = tenant_partner() and passkey_id = :passkey_id and removed_at is null
   and (sign_count < :sign_count or (sign_count = 0 and :sign_count = 0))
returning user_id;

-- passkey_list :many   in user_id uuid   out passkey_id uuid, credential_id bytea, name text, created_at timestamptz, used_at timestamptz?
select passkey_id, credential_id, name, created_at, used_at from passkey
 where partner_id = tenant_partner() and user_id = :user_id and removed_at is null order by passkey_id limit 100;

-- passkey_remove :maybe   in passkey_id uuid, user_id uuid   out passkey_id uuid
update passkey set removed_at = now()
 where partner_id = tenant_partner() and passkey_id = :passkey_id and user_id = :user_id and removed_at is null
returning passkey_id;

-- totp_page :many   in below int, after uuid, most int   out user_id uuid, key_epoch int, sealed bytea, wrapped bytea
-- # As tenon_operator, who turns the key ring.
select x.user_id, x.totp_epoch as key_epoch, x.totp_sealed as sealed, k.wrapped
  from app_user x
  join partner_key_private k on k.partner_id = x.partner_id and k.class = x.totp_class and k.epoch = x.totp_epoch
 where x.partner_id = tenant_partner() and x.totp_epoch < :below and x.totp_sealed is not null and x.user_id > :after
 order by x.user_id limit :most;

-- totp_reseal :exec   in user_id uuid, key_epoch int, sealed bytea, was bytea
update app_user set totp_epoch = :key_epoch, totp_sealed = :sealed
 where partner_id = tenant_partner() and user_id = :user_id and totp_sealed = :was;
