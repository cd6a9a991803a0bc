-- 0004 lookups: the four questions that come before the tenant is known. Each answers one row for an exact, secret or
-- public name, and belongs to a role that may read just the columns it answers from.
-- Locks: none on existing tables beyond a moment's share.

create policy lookup on partner for select to tenon_lookup using (true);
create policy lookup on partner_host for select to tenon_lookup using (true);
create policy lookup on api_key for select to tenon_lookup using (true);
create policy lookup on connection for select to tenon_lookup using (true);
create policy lookup on credential for select to tenon_lookup using (class = 'edge');
create policy lookup on partner_key_private for select to tenon_lookup using (class = 'edge');
grant select on partner, partner_host, api_key, connection, credential, partner_key_private to tenon_lookup;

create function lookup_host(named text)
    returns table (partner_id uuid, slug text, name text, brand_pack text, status text)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select p.partner_id, p.slug, p.name, p.brand_pack, p.status
            from partner_host h join partner p on p.partner_id = h.partner_id
           where h.host = named and h.verified_at is not null $$;

create function lookup_partner(named text) returns table (partner_id uuid)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select p.partner_id from partner p where p.slug = named $$;

create function lookup_api_key(hash bytea)
    returns table (partner_id uuid, customer_id uuid, api_key_id uuid, scopes text[])
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select k.partner_id, k.customer_id, k.api_key_id, k.scopes
            from api_key k join partner p on p.partner_id = k.partner_id
           where k.secret_hash = hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
             and p.status = 'active' $$;

-- The connection behind a hook token, with its signing secrets (two while one is being rolled) still sealed.
create function lookup_hook(hash bytea)
    returns table (partner_id uuid, customer_id uuid, connection_id uuid, connector text, settings text, status text,
                   credential_id uuid, key_epoch int, sealed bytea, wrapped bytea)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select c.partner_id, c.customer_id, c.connection_id, c.connector, c.settings::text, c.status,
                 s.credential_id, s.key_epoch, s.sealed, k.wrapped
            from connection c
            join credential s on s.partner_id = c.partner_id and s.customer_id = c.customer_id
                             and s.connection_id = c.connection_id and s.kind = 'webhook_secret' and s.current
            join partner_key_private k on k.partner_id = c.partner_id and k.class = s.class and k.epoch = s.key_epoch
           where c.hook_hash = hash and c.status in ('active', 'paused', 'broken')
           order by s.created_at desc limit 2 $$;

alter function lookup_host(text) owner to tenon_lookup;
alter function lookup_partner(text) owner to tenon_lookup;
alter function lookup_api_key(bytea) owner to tenon_lookup;
alter function lookup_hook(bytea) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function lookup_host(text), lookup_partner(text), lookup_api_key(bytea), lookup_hook(bytea) from public;
grant execute on function lookup_host(text), lookup_api_key(bytea), lookup_hook(bytea) to tenon_api;
grant execute on function lookup_partner(text) to tenon_operator;
reset role;
