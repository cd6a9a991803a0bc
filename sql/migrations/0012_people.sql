-- 0012 people: who signs in, what each may where, and everything a sign-in leaves behind.
-- Locks: role exclusively for a moment (one more unique constraint). Undo: drop the functions, the tables and the constraint.
-- Nothing here is deleted by a role that serves: rows end. What has expired is cleared away by functions of tenon_lookup.
set local lock_timeout = '2s';

alter table role add unique (role, level); -- a membership names both, so that its level must fit

-- Is the caller one for the whole partner? What belongs to a person and not to a customer is seen by no other.
create function tenant_is_whole() returns boolean language sql stable
    as $$ select current_setting('tenon.customer_id') = 'all' $$;
grant execute on function tenant_is_whole() to tenon_operator, tenon_api, tenon_worker, tenon_read;

-- How a partner's people sign in. The row is locked by every change of who may what, so that two of them never pass each
-- other; it is made when it is first asked for.
create table sign_in_setting (
    partner_id             uuid    not null primary key references partner,
    second_factor_required boolean not null default false,
    password_allowed       boolean not null default true,
    idle_minutes           int     not null default 720 check (idle_minutes between 5 and 10080),
    absolute_minutes       int     not null default 10080 check (absolute_minutes between 5 and 43200),
    row_version            bigint  not null default 1
);
call tenant_table('sign_in_setting');

-- One person under one partner: the same address under two partners is two people.
create table app_user (
    partner_id        uuid        not null references partner,
    user_id           uuid        not null,
    email             text        not null check (length(email) between 3 and 254),
    email_norm        text        not null check (email_norm = lower(email_norm) and length(email_norm) between 3 and 254),
    name              text        not null default '' check (length(name) <= 120),
    locale            text        not null default 'en' check (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    status            text        not null check (status in ('invited', 'active', 'disabled')),
    password_hash     text        check (length(password_hash) between 20 and 200),
    totp_class        text        not null default 'edge' check (totp_class = 'edge'),
    totp_epoch        int,
    totp_sealed       bytea,
    totp_since        timestamptz,
    totp_step         bigint      not null default 0,
    created_at        timestamptz not null default now(),
    signed_in_at      timestamptz,
    row_version       bigint      not null default 1,
    primary key (partner_id, user_id),
    unique (email_norm, partner_id),
    foreign key (partner_id, totp_class, totp_epoch) references partner_key,
    constraint app_user_totp_whole check ((totp_epoch is null) = (totp_sealed is null)),
    constraint app_user_totp_known check (totp_since is null or totp_sealed is not null)
);
create index app_user_totp on app_user (totp_epoch, totp_class, partner_id) where totp_epoch is not null;
call tenant_table('app_user');

-- What a person may, and where: of the partner, of one customer, or of one of its store brands. It counts from the day the
-- person accepts it; until then people of that customer see the name they gave, and nothing that others know of the person.
create table membership (
    partner_id    uuid        not null,
    customer_id   uuid,
    membership_id uuid        not null,
    user_id       uuid        not null,
    role          text        not null,
    level         text        not null check (level in ('partner', 'customer')),
    brand_id      uuid,
    invited_name  text        not null default '' check (length(invited_name) <= 120),
    created_at    timestamptz not null default now(),
    accepted_at   timestamptz,
    ended_at      timestamptz,
    primary key (partner_id, membership_id),
    foreign key (partner_id, user_id) references app_user,
    foreign key (partner_id, customer_id) references customer,
    foreign key (partner_id, customer_id, brand_id) references store_brand,
    foreign key (role, level) references role (role, level),
    constraint membership_level_fits check ((level = 'partner') = (customer_id is null)),
    constraint membership_brand_of_customer check (brand_id is null or customer_id is not null)
);
create unique index membership_once on membership (user_id, role, customer_id, brand_id, partner_id)
    nulls not distinct where ended_at is null;
create index membership_user on membership (user_id, partner_id);
create index membership_customer on membership (customer_id, partner_id);
create index membership_brand on membership (brand_id, customer_id, partner_id) where brand_id is not null;
create index membership_role on membership (role, level);
call tenant_table('membership');
create policy brand on membership as restrictive to tenon_api using (brand_has(brand_id));

-- A caller of one customer (or store brand) sees the people who have something to do there.
create policy member on app_user as restrictive to tenon_api
    using (tenant_is_whole() or exists (select from membership m where m.partner_id = app_user.partner_id
                                           and m.user_id = app_user.user_id and m.ended_at is null))
    with check (tenant_is_whole());

-- A signed-in browser. The cookie's secret changes now and then; the one before is good for a minute more.
create table session (
    partner_id   uuid        not null,
    session_id   uuid        not null,
    user_id      uuid        not null,
    token_hash   bytea       not null unique check (length(token_hash) = 32),
    before_hash  bytea       unique check (length(before_hash) = 32),
    rotated_at   timestamptz not null default now(),
    created_at   timestamptz not null default now(),
    seen_at      timestamptz not null default now(),
    expires_at   timestamptz not null,
    methods      text        not null check (length(methods) between 1 and 80),
    address      text        not null check (length(address) <= 64),
    user_agent   text        not null check (length(user_agent) <= 200),
    revoked_at   timestamptz,
    primary key (partner_id, session_id),
    foreign key (partner_id, user_id) references app_user
);
create index session_user_of on session (user_id, partner_id) where revoked_at is null;
create index session_expiry on session (partner_id, expires_at);
call tenant_table('session');
create policy whole on session as restrictive to tenon_api using (tenant_is_whole());

-- Something good for once and not for long: an invitation, a reset, the step between password and second factor, a
-- challenge for a passkey, a journey to the partner's identity provider.
create table one_time (
    partner_id    uuid        not null,
    one_time_id   uuid        not null,
    kind          text        not null check (kind in ('invitation', 'reset', 'second_factor', 'passkey_add',
                                                       'passkey_sign_in', 'oidc')),
    token_hash    bytea       not null unique check (length(token_hash) = 32),
    user_id       uuid,
    membership_id uuid, -- no reference: one would have to carry a customer that a role of the partner has not
    data          bytea       not null default '' check (length(data) <= 1000),
    tries         int         not null default 0,
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    used_at       timestamptz,
    primary key (partner_id, one_time_id),
    foreign key (partner_id) references partner,
    foreign key (partner_id, user_id) references app_user
);
create index one_time_user on one_time (user_id, partner_id);
create index one_time_membership on one_time (membership_id, partner_id) where membership_id is not null;
create index one_time_expiry on one_time (partner_id, expires_at);
call tenant_table('one_time');
create policy whole on one_time as restrictive to tenon_api using (tenant_is_whole());

create table recovery_code (
    partner_id uuid        not null,
    user_id    uuid        not null,
    code_hash  bytea       not null check (length(code_hash) = 32),
    created_at timestamptz not null default now(),
    used_at    timestamptz,
    primary key (partner_id, user_id, code_hash),
    foreign key (partner_id, user_id) references app_user
);
call tenant_table('recovery_code');
create policy whole on recovery_code as restrictive to tenon_api using (tenant_is_whole());

-- A passkey: the public half (an uncompressed point of P-256) and how often it has signed.
create table passkey (
    partner_id    uuid        not null,
    passkey_id    uuid        not null,
    user_id       uuid        not null,
    credential_id bytea       not null check (length(credential_id) between 1 and 1023),
    public_key    bytea       not null check (length(public_key) = 65),
    sign_count    bigint      not null,
    name          text        not null check (length(name) between 1 and 80),
    created_at    timestamptz not null default now(),
    used_at       timestamptz,
    removed_at    timestamptz,
    primary key (partner_id, passkey_id),
    foreign key (partner_id, user_id) references app_user
);
create unique index passkey_credential on passkey (credential_id, partner_id) where removed_at is null;
create index passkey_user on passkey (user_id, partner_id) where removed_at is null;
call tenant_table('passkey');
create policy whole on passkey as restrictive to tenon_api using (tenant_is_whole());

-- The partner's own identity provider.
create table oidc_provider (
    partner_id   uuid        not null references partner,
    issuer       text        not null check (length(issuer) between 9 and 400),
    client_id    text        not null check (length(client_id) between 1 and 200),
    class        text        not null default 'edge' check (class = 'edge'),
    key_epoch    int         not null,
    sealed       bytea       not null,
    domains      text[]      not null check (cardinality(domains) between 1 and 20),
    enabled      boolean     not null default true,
    row_version  bigint      not null default 1,
    primary key (partner_id),
    foreign key (partner_id, class, key_epoch) references partner_key
);
create index oidc_provider_key on oidc_provider (partner_id, class, key_epoch);
call tenant_table('oidc_provider');
create policy whole on oidc_provider as restrictive to tenon_api using (tenant_is_whole());

-- How fast something may be tried: paid until when. A try costs time, and none is allowed that is paid too far ahead.
create table throttle (
    partner_id uuid        not null references partner,
    key_hash   bytea       not null check (length(key_hash) = 32),
    paid_until timestamptz not null,
    primary key (partner_id, key_hash)
);
create index throttle_paid on throttle (partner_id, paid_until);
call tenant_table('throttle');

create policy own on throttle to tenon_lookup using (partner_id = tenant_partner());
create policy own on one_time to tenon_lookup using (partner_id = tenant_partner());
create policy own on session to tenon_lookup using (partner_id = tenant_partner());
grant select, insert, update, delete on throttle to tenon_lookup;
grant select, update, delete on one_time, session to tenon_lookup; -- update: for the lock
grant execute on function tenant_partner() to tenon_lookup;

-- Milliseconds to wait, or 0: charged. Each call clears up to four that are paid for, so the table holds no more than what
-- is being tried just now.
create function throttle_charge(key bytea, cost_ms int, burst_ms int) returns int
    language plpgsql security definer set search_path = tenon, pg_temp as $$
declare
    at      timestamptz := clock_timestamp();
    cost    interval := make_interval(secs => cost_ms / 1000.0);
    burst   interval := make_interval(secs => burst_ms / 1000.0);
    charged boolean;
    due     timestamptz;
begin
    delete from throttle where partner_id = tenant_partner() and key_hash in (
        select x.key_hash from throttle x where x.partner_id = tenant_partner() and x.paid_until < at
         order by x.paid_until limit 4 for update skip locked);
    insert into throttle as t (partner_id, key_hash, paid_until) values (tenant_partner(), key, at + cost)
        on conflict (partner_id, key_hash) do update set paid_until = greatest(t.paid_until, at) + cost
            where greatest(t.paid_until, at) + cost <= at + burst
        returning true into charged;
    if charged then
        return 0;
    end if;
    select paid_until into due from throttle where partner_id = tenant_partner() and key_hash = key;
    return greatest(1, ceil(extract(epoch from coalesce(due, at) + cost - burst - at) * 1000))::int;
end
$$;

create function throttle_forgive(key bytea) returns void
    language sql security definer set search_path = tenon, pg_temp
    as $$ delete from throttle where partner_id = tenant_partner() and key_hash = key $$;

create function people_tidy() returns void
    language sql security definer set search_path = tenon, pg_temp as $$
    delete from one_time where partner_id = tenant_partner() and one_time_id in (
        select x.one_time_id from one_time x where x.partner_id = tenant_partner()
           and x.expires_at < now() - interval '1 day' order by x.expires_at limit 20 for update skip locked);
    delete from session where partner_id = tenant_partner() and session_id in (
        select x.session_id from session x where x.partner_id = tenant_partner()
           and x.expires_at < now() - interval '7 days' order by x.expires_at limit 20 for update skip locked);
$$;
alter function throttle_charge(bytea, int, int) owner to tenon_lookup;
alter function throttle_forgive(bytea) owner to tenon_lookup;
alter function people_tidy() owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function throttle_charge(bytea, int, int), throttle_forgive(bytea), people_tidy() from public;
grant execute on function throttle_charge(bytea, int, int), throttle_forgive(bytea), people_tidy() to tenon_api;
reset role;

grant select, insert on sign_in_setting, app_user, membership, one_time to tenon_api, tenon_operator;
grant select, insert on session, recovery_code, passkey, oidc_provider to tenon_api;
grant update (second_factor_required, password_allowed, idle_minutes, absolute_minutes, row_version) on sign_in_setting
    to tenon_api;
grant update (row_version) on sign_in_setting to tenon_operator;
grant update (name, locale, status, password_hash, totp_epoch, totp_sealed, totp_since, totp_step, signed_in_at, row_version)
    on app_user to tenon_api;
grant update (status, row_version) on app_user to tenon_operator;
grant update (accepted_at, ended_at) on membership to tenon_api;
grant update (tries, used_at) on one_time to tenon_api;
grant update (token_hash, before_hash, rotated_at, seen_at, revoked_at) on session to tenon_api;
grant update (used_at) on recovery_code to tenon_api;
grant update (sign_count, used_at, removed_at) on passkey to tenon_api;
grant update (issuer, client_id, key_epoch, sealed, domains, enabled, row_version) on oidc_provider to tenon_api;
grant select (partner_id, user_id, email, name, status) on app_user to tenon_worker;
grant select on membership to tenon_worker;
