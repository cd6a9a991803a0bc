-- 0027 lookups_kept: look-ups whose plan a connection keeps, and what tells a process that something it remembers of a
-- partner's hosts, keys and tokens has changed.
-- A function in SQL is parsed and planned at every call: 0.3 ms for a host; in PL/pgSQL it is 0.04 ms.
-- Locks: partner, partner_host, api_key, client, embed_key, signing_key and ended_token exclusively for a moment (a trigger
-- each). Undo: drop the triggers, lookup_changed and lookup_changes, and the functions as 0013, 0014 and 0015 have them.
set local lock_timeout = '2s';

-- One row a partner of which a process may remember something that no longer holds. changed: the transaction that changed it.
create table lookup_changed (
    partner_id uuid   not null primary key references partner,
    changed    bigint not null
);
create index lookup_changed_by on lookup_changed (changed);
call tenant_table('lookup_changed');
call isolation_others_of('lookup_changed');
create policy lookup on lookup_changed to tenon_lookup using (true);
grant select, insert, update on lookup_changed to tenon_lookup;

create function lookup_change() returns trigger
    language plpgsql security definer set search_path = tenon, pg_temp as $$
begin
    insert into lookup_changed as l (partner_id, changed) values (coalesce(old.partner_id, new.partner_id), pg_current_xact_id()::text::bigint)
    on conflict (partner_id) do update set changed = excluded.changed where l.changed <> excluded.changed;
    return null;
end $$;

-- What changed since a transaction: first a row without a partner that says from where to ask next, which is the oldest
-- transaction under way, then the partners. One may be named again, none is left out: whoever commits later is asked for
-- again. A number that no transaction has had yet comes from another server's backup and says nothing. server: when the one
-- that answers began; transactions of another, or from before a fail-over, cannot be compared with its own.
create function lookup_changes(since bigint, most int) returns table (partner_id uuid, next bigint, server bigint)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query select null::uuid, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                        (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint;
    return query select l.partner_id, 0::bigint, 0::bigint from lookup_changed l
                  where l.changed >= since and l.changed < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                  order by l.changed limit most;
end $$;

-- That a key was used changes nothing that anybody remembers.
create trigger lookup_change after update of name, slug, brand_pack, status on partner
    for each row execute function lookup_change();
create trigger lookup_change after delete or update on partner_host for each row execute function lookup_change();
create trigger lookup_change after delete
    or update of secret_hash, old_hash, old_until, revoked_at, expires_at, scopes, addresses, customer_id, brand_id on api_key
    for each row execute function lookup_change();
create trigger lookup_change after delete or update of revoked_at, scopes, customer_id, brand_id on client
    for each row execute function lookup_change();
create trigger lookup_change after delete or update of revoked_at on embed_key
    for each row execute function lookup_change();
create trigger lookup_change after delete or update of retired_at on signing_key
    for each row execute function lookup_change();
create trigger lookup_change after insert on ended_token for each row execute function lookup_change();

-- Room for a key's last use beside the row, so that no index is written for it.
alter table api_key set (fillfactor = 70);

-- left_us: after how many microseconds the key ends by itself, null when it does not.
set local role tenon_lookup;
drop function lookup_key(bytea);
create function lookup_key(hash bytea)
    returns table (partner_id uuid, customer_id uuid, brand_id uuid, api_key_id uuid, scopes text, addresses text,
                   idle boolean, left_us bigint)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select k.partner_id, k.customer_id, k.brand_id, k.api_key_id, ',' || array_to_string(k.scopes, ',') || ',',
               array_to_string(k.addresses, ','),
               k.last_used_at is null or k.last_used_at < now() - interval '1 minute',
               (extract(epoch from least(k.expires_at, case when k.secret_hash <> hash then k.old_until end) - now()) * 1000000)::bigint
          from api_key k join partner p on p.partner_id = k.partner_id
         where (k.secret_hash = hash or k.old_hash = hash and k.old_until > now())
           and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and p.status = 'active';
end $$;

create or replace function lookup_client(partner uuid, client uuid, hash bytea)
    returns table (customer_id uuid, brand_id uuid, scopes text, idle boolean)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select c.customer_id, c.brand_id, ',' || array_to_string(c.scopes, ',') || ',',
               c.last_used_at is null or c.last_used_at < now() - interval '1 minute'
          from client c join partner p on p.partner_id = c.partner_id
         where c.partner_id = partner and c.client_id = client and c.secret_hash = hash
           and c.revoked_at is null and p.status = 'active';
end $$;

create or replace function lookup_token(partner uuid, key uuid, holder uuid, token uuid)
    returns table (kind text, public_key bytea, customer_id uuid, brand_id uuid, scopes text)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select h.kind, s.public_key, h.customer_id, h.brand_id, h.scopes
            from signing_key s join partner p on p.partner_id = s.partner_id and p.status = 'active'
           cross join lateral (
                 select 'client' as kind, c.customer_id, c.brand_id, ',' || array_to_string(c.scopes, ',') || ',' as scopes
                   from client c where c.partner_id = partner and c.client_id = holder and c.revoked_at is null
                 union all
                 select 'embed', null, null, ',' from embed_key e
                  where e.partner_id = partner and e.embed_key_id = holder and e.revoked_at is null) h
           where s.partner_id = partner and s.signing_key_id = key and s.purpose = 'token' and s.algorithm = 'ES256'
             and (s.retired_at is null or s.retired_at > now() - interval '16 minutes')
             and not exists (select from ended_token t where t.partner_id = partner and t.token_id = token);
end $$;

create or replace function lookup_embed_key(partner uuid, key uuid) returns table (public_key bytea, origins text)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select e.public_key, array_to_string(e.origins, ' ')
            from embed_key e join partner p on p.partner_id = e.partner_id and p.status = 'active'
           where e.partner_id = partner and e.embed_key_id = key and e.revoked_at is null;
end $$;

create or replace function lookup_host(named text)
    returns table (partner_id uuid, slug text, name text, brand_pack text, status text)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select p.partner_id, p.slug, p.name, p.brand_pack, p.status
            from partner_host h join partner p on p.partner_id = h.partner_id
           where h.host = named and h.verified_at is not null and h.released_at is null;
end $$;

create or replace function lookup_certificate(named text)
    returns table (partner_id uuid, host_id uuid, key_epoch int, chain text, sealed bytea, wrapped bytea, row_version bigint)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select c.partner_id, c.host_id, c.key_epoch, c.chain, c.sealed, k.wrapped, c.row_version
            from partner_host h
            join host_certificate c on c.partner_id = h.partner_id and c.host_id = h.host_id
            join partner_key_private k on k.partner_id = c.partner_id and k.class = c.class and k.epoch = c.key_epoch
           where h.host = named and h.verified_at is not null and h.released_at is null;
end $$;

create or replace function lookup_hook(hash bytea)
    returns table (partner_id uuid, customer_id uuid, connection_id uuid, connector text, settings text, status text,
                   credential_id uuid, key_epoch int, sealed bytea, wrapped bytea, customer_epoch int,
                   customer_sealed bytea)
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select c.partner_id, c.customer_id, c.connection_id, c.connector, c.settings::text, c.status,
                 s.credential_id, k.epoch, s.sealed, k.wrapped, s.customer_epoch, u.sealed
            from connection c
            join credential s on s.partner_id = c.partner_id and s.customer_id = c.customer_id
                             and s.connection_id = c.connection_id and s.kind = 'webhook_secret' and s.current
            left join customer_key_private u on u.partner_id = s.partner_id and u.customer_id = s.customer_id
                                            and u.class = s.class and u.epoch = s.customer_epoch
            join partner_key_private k on k.partner_id = c.partner_id and k.class = s.class
                                      and k.epoch = coalesce(u.partner_epoch, s.key_epoch)
           where c.hook_hash = hash and c.status in ('active', 'paused', 'broken')
           order by s.created_at desc limit 2;
end $$;
-- Asked for every entry of the audit.
create or replace function audit_actor_name(kind text, id uuid) returns text
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
begin
    case kind
    when 'api_key' then return (select k.name from api_key k where k.partner_id = tenant_partner() and k.api_key_id = id);
    when 'client' then return (select c.name from client c where c.partner_id = tenant_partner() and c.client_id = id);
    when 'embed' then return (select e.name from embed_key e where e.partner_id = tenant_partner() and e.embed_key_id = id);
    when 'user' then return (select coalesce(nullif(u.name, ''), u.email) from app_user u
                              where u.partner_id = tenant_partner() and u.user_id = id);
    when 'operator' then return (select g.operator_name from access_grant g
                                  where g.partner_id = tenant_partner() and g.grant_id = id);
    else return null;
    end case;
end $$;

create or replace function audit_actor_reason(kind text, id uuid) returns text
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
begin
    if kind <> 'operator' then
        return null;
    end if;
    return (select g.reason from access_grant g where g.partner_id = tenant_partner() and g.grant_id = id);
end $$;
reset role;

alter function lookup_change() owner to tenon_lookup;
alter function lookup_changes(bigint, int) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function lookup_change(), lookup_changes(bigint, int), lookup_key(bytea) from public;
grant execute on function lookup_changes(bigint, int), lookup_key(bytea) to tenon_api;
reset role;
