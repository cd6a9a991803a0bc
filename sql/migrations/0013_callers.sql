-- 0013 callers: what an API key is bound to and how it is rolled, OAuth clients, keys with which partners sign for embedded
-- pages, and the tokens that ended early.
-- Locks: api_key exclusively for a moment (columns that rewrite nothing). Undo: drop the tables, functions and columns.
set local lock_timeout = '2s';

-- old_hash is the secret before the last one, good until old_until. api_key.prefix is what people tell keys apart by.
alter table api_key
    add column brand_id uuid,
    add column addresses text[] not null default '{}' check (cardinality(addresses) <= 32),
    add column last_used_at timestamptz,
    add column old_hash bytea unique check (length(old_hash) = 32),
    add column old_until timestamptz,
    add column row_version bigint not null default 1,
    add constraint api_key_old_whole check ((old_hash is null) = (old_until is null)),
    add constraint api_key_brand_of_customer check (brand_id is null or customer_id is not null),
    add foreign key (partner_id, customer_id, brand_id) references store_brand;
create index api_key_brand on api_key (brand_id, customer_id, partner_id);

-- A program that asks for access tokens by its secret (OAuth 2, client credentials).
create table client (
    partner_id   uuid        not null references partner,
    customer_id  uuid,
    brand_id     uuid,
    client_id    uuid        not null,
    name         text        not null check (length(name) between 1 and 120),
    secret_hash  bytea       not null unique check (length(secret_hash) = 32),
    scopes       text[]      not null,
    created_at   timestamptz not null default now(),
    revoked_at   timestamptz,
    last_used_at timestamptz,
    row_version  bigint      not null default 1,
    primary key (partner_id, client_id),
    foreign key (partner_id, customer_id) references customer,
    foreign key (partner_id, customer_id, brand_id) references store_brand,
    constraint client_brand_of_customer check (brand_id is null or customer_id is not null)
);
create index client_customer on client (partner_id, customer_id);
create index client_brand on client (brand_id, customer_id, partner_id);
call tenant_table('client');

-- A partner's own key: with it the partner's pages vouch for one of their people for a minute.
create table embed_key (
    partner_id   uuid        not null references partner,
    embed_key_id uuid        not null,
    name         text        not null check (length(name) between 1 and 120),
    public_key   bytea       not null check (length(public_key) = 65),
    origins      text[]      not null check (cardinality(origins) between 1 and 20),
    created_at   timestamptz not null default now(),
    revoked_at   timestamptz,
    primary key (partner_id, embed_key_id)
);
call tenant_table('embed_key');

-- Access tokens that were revoked, until they would have ended anyway.
create table ended_token (
    partner_id uuid        not null references partner,
    token_id   uuid        not null,
    ends_at    timestamptz not null,
    primary key (partner_id, token_id)
);
create index ended_token_ends on ended_token (ends_at);
call tenant_table('ended_token');

-- Names of the partner's own tokens that were used, until those end: each is good once.
create table used_token (
    partner_id   uuid        not null,
    embed_key_id uuid        not null,
    jti_hash     bytea       not null check (length(jti_hash) = 32),
    ends_at      timestamptz not null,
    primary key (partner_id, embed_key_id, jti_hash),
    foreign key (partner_id, embed_key_id) references embed_key
);
create index used_token_ends on used_token (ends_at);
call tenant_table('used_token');

create policy brand on api_key as restrictive to tenon_api using (brand_has(brand_id));
create policy brand on client as restrictive to tenon_api using (brand_has(brand_id));

grant select (brand_id, addresses, last_used_at, old_until, row_version) on api_key to tenon_api, tenon_read;
grant insert on api_key to tenon_api;
grant update (name, expires_at, revoked_at, addresses, row_version) on api_key to tenon_api;
grant select (partner_id, customer_id, brand_id, client_id, name, scopes, created_at, revoked_at, last_used_at, row_version)
    on client to tenon_api, tenon_read;
grant insert on client to tenon_api, tenon_operator;
grant update (revoked_at, row_version) on client to tenon_api;
grant select on client, embed_key to tenon_operator;
grant select on embed_key to tenon_api, tenon_read;
grant insert on embed_key to tenon_api;
grant update (revoked_at) on embed_key to tenon_api;
grant select, insert on ended_token, used_token to tenon_api;

-- Look-ups that come before the caller is known, and what is done for all tenants at once.
create policy lookup on client for select to tenon_lookup using (true);
create policy lookup on embed_key for select to tenon_lookup using (true);
create policy lookup on signing_key for select to tenon_lookup using (true);
create policy lookup on ended_token to tenon_lookup using (true);
create policy lookup on used_token to tenon_lookup using (true);
create policy used on api_key for update to tenon_lookup using (true);
create policy used on client for update to tenon_lookup using (true);
grant select on client, embed_key, signing_key to tenon_lookup;
grant select, delete on ended_token, used_token to tenon_lookup;
grant update (last_used_at, secret_hash, old_hash, old_until, prefix, row_version) on api_key to tenon_lookup;
grant update (last_used_at) on client to tenon_lookup;
grant execute on function tenant_partner(), tenant_has(uuid) to tenon_lookup;

-- idle: nobody has noted a use for a minute.
create function lookup_key(hash bytea)
    returns table (partner_id uuid, customer_id uuid, brand_id uuid, api_key_id uuid, scopes text, addresses text,
                   idle boolean)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select k.partner_id, k.customer_id, k.brand_id, k.api_key_id, ',' || array_to_string(k.scopes, ',') || ',',
                 array_to_string(k.addresses, ','),
                 k.last_used_at is null or k.last_used_at < now() - interval '1 minute'
            from api_key k join partner p on p.partner_id = k.partner_id
           where (k.secret_hash = hash or k.old_hash = hash and k.old_until > now())
             and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and p.status = 'active' $$;

create function lookup_client(partner uuid, client uuid, hash bytea)
    returns table (customer_id uuid, brand_id uuid, scopes text, idle boolean)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select c.customer_id, c.brand_id, ',' || array_to_string(c.scopes, ',') || ',',
                 c.last_used_at is null or c.last_used_at < now() - interval '1 minute'
            from client c join partner p on p.partner_id = c.partner_id
           where c.partner_id = partner and c.client_id = client and c.secret_hash = hash
             and c.revoked_at is null and p.status = 'active' $$;

-- The key that must have signed, and what the holder may by now: no row when any of key, holder and token is at its end. A
-- key that was followed by another verifies until its last token has ended.
create function lookup_token(partner uuid, key uuid, holder uuid, token uuid)
    returns table (kind text, public_key bytea, customer_id uuid, brand_id uuid, scopes text)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select h.kind, s.public_key, h.customer_id, h.brand_id, h.scopes
            from signing_key s join partner p on p.partner_id = s.partner_id and p.status = 'active'
           cross join lateral (
                 select 'client' as kind, c.customer_id, c.brand_id, ',' || array_to_string(c.scopes, ',') || ',' as scopes
                   from client c where c.partner_id = partner and c.client_id = holder and c.revoked_at is null
                 union all
                 select 'embed', null, null, ',' from embed_key e
                  where e.partner_id = partner and e.embed_key_id = holder and e.revoked_at is null) h
           where s.partner_id = partner and s.signing_key_id = key and s.purpose = 'token' and s.algorithm = 'ES256'
             and (s.retired_at is null or s.retired_at > now() - interval '16 minutes')
             and not exists (select from ended_token t where t.partner_id = partner and t.token_id = token) $$;

create function lookup_embed_key(partner uuid, key uuid) returns table (public_key bytea, origins text)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select e.public_key, array_to_string(e.origins, ' ')
            from embed_key e join partner p on p.partner_id = e.partner_id and p.status = 'active'
           where e.partner_id = partner and e.embed_key_id = key and e.revoked_at is null $$;

create function callers_used(partners uuid[], holders uuid[]) returns void
    language sql volatile security definer set search_path = tenon, pg_temp
    as $$ update api_key k set last_used_at = now() from unnest(partners, holders) as u (p, h)
           where k.partner_id = u.p and k.api_key_id = u.h
             and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute');
          update client c set last_used_at = now() from unnest(partners, holders) as u (p, h)
           where c.partner_id = u.p and c.client_id = u.h
             and (c.last_used_at is null or c.last_used_at < now() - interval '1 minute') $$;

-- No role that serves may delete, nor see a hash.
create function tokens_sweep() returns void
    language sql volatile security definer set search_path = tenon, pg_temp
    as $$ delete from ended_token where ends_at < now() - interval '1 minute';
          delete from used_token where ends_at < now() - interval '1 minute' $$;

-- The caller's own tenant only; whether it may see the key was asked before.
create function key_turn(key uuid, version bigint, hash bytea, shown text, overlap_s int) returns table (row_version bigint)
    language sql volatile security definer set search_path = tenon, pg_temp
    as $$ update api_key k
             set old_hash = k.secret_hash, old_until = now() + make_interval(secs => overlap_s), secret_hash = hash,
                 prefix = shown, row_version = k.row_version + 1
           where k.partner_id = tenant_partner() and (k.customer_id is null and current_setting('tenon.customer_id') = 'all'
                  or tenant_has(k.customer_id))
             and k.api_key_id = key and k.row_version = version and k.revoked_at is null
         returning k.row_version $$;

alter function lookup_key(bytea) owner to tenon_lookup;
alter function lookup_client(uuid, uuid, bytea) owner to tenon_lookup;
alter function lookup_token(uuid, uuid, uuid, uuid) owner to tenon_lookup;
alter function lookup_embed_key(uuid, uuid) owner to tenon_lookup;
alter function callers_used(uuid[], uuid[]) owner to tenon_lookup;
alter function tokens_sweep() owner to tenon_lookup;
alter function key_turn(uuid, bigint, bytea, text, int) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function lookup_key(bytea), lookup_client(uuid, uuid, bytea), lookup_token(uuid, uuid, uuid, uuid),
    lookup_embed_key(uuid, uuid), callers_used(uuid[], uuid[]), tokens_sweep(),
    key_turn(uuid, bigint, bytea, text, int) from public;
grant execute on function lookup_key(bytea), lookup_client(uuid, uuid, bytea), lookup_token(uuid, uuid, uuid, uuid),
    lookup_embed_key(uuid, uuid), callers_used(uuid[], uuid[]), tokens_sweep(),
    key_turn(uuid, bigint, bytea, text, int) to tenon_api;
-- A process of the release before knows no addresses and no brands: to it a key bound to some is none.
create or replace function lookup_api_key(hash bytea)
    returns table (partner_id uuid, customer_id uuid, api_key_id uuid, scopes text[])
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select k.partner_id, k.customer_id, k.api_key_id, k.scopes
            from api_key k join partner p on p.partner_id = k.partner_id
           where k.secret_hash = hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
             and p.status = 'active' and k.addresses = '{}' and k.brand_id is null $$;
reset role;
