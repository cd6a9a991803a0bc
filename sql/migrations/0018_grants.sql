-- 0018 grants: operator staff reach a customer's data only while a reasoned, time-limited grant lives, which the partner sees.
-- Locks: the tables of work exclusively for a moment (one policy each).
-- Undo: drop the policies, functions and the table.
set local lock_timeout = '2s';

create table access_grant (
    partner_id    uuid        not null references partner,
    grant_id      uuid        not null,
    customer_id   uuid,
    operator_name text        not null check (length(operator_name) between 1 and 120),
    reason        text        not null check (length(reason) between 1 and 500),
    secret_hash   bytea       not null unique check (length(secret_hash) = 32),
    granted_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    revoked_at    timestamptz,
    revoked_by    text        check (length(revoked_by) <= 200),
    primary key (partner_id, grant_id),
    foreign key (partner_id, customer_id) references customer,
    constraint access_grant_is_short check (expires_at > granted_at and expires_at <= granted_at + interval '8 hours'),
    constraint access_grant_revoked_whole check ((revoked_at is null) = (revoked_by is null))
);
create index access_grant_customer on access_grant (customer_id, partner_id);
call tenant_table('access_grant');
-- Is somebody let in to this customer's data just now?
create function grant_live(p uuid, c uuid) returns boolean language sql stable
    as $$ select exists (select from access_grant g
                          where g.partner_id = p and (g.customer_id is null or g.customer_id = c)
                            and g.revoked_at is null and g.expires_at > now()) $$;
grant execute on function grant_live(uuid, uuid) to tenon_operator;

-- Connections stay open to the operator, who sets them up; what comes over them does not.
create policy granted on sales_order as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
create policy granted on order_event as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
create policy granted on inbound_message as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
create policy granted on inbound_delivery as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
create policy granted on canonical_record as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
create policy granted on job as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
create policy granted on attempt as restrictive to tenon_operator using (grant_live(partner_id, customer_id));
create policy granted on effect as restrictive to tenon_operator using (grant_live(partner_id, customer_id));

-- Whose grant a bearer shows, and what it lets do.
create policy lookup on access_grant for select to tenon_lookup using (true);
grant select on access_grant to tenon_lookup;
create function lookup_grant(hash bytea)
    returns table (partner_id uuid, customer_id uuid, grant_id uuid, operator_name text, permissions text[], expires_at timestamptz)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select g.partner_id, g.customer_id, g.grant_id, g.operator_name, r.permissions, g.expires_at
            from access_grant g join partner p on p.partner_id = g.partner_id join role r on r.role = 'platform_operator'
           where g.secret_hash = hash and g.revoked_at is null and g.expires_at > now() and p.status <> 'closed' $$;
-- A grant for the whole partner reaches each customer's data: its people see it, too.
grant execute on function tenant_has(uuid) to tenon_lookup;
create function grants_visible()
    returns table (grant_id uuid, customer_id uuid, operator_name text, reason text, granted_at timestamptz,
                   expires_at timestamptz, revoked_at timestamptz, revoked_by text)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select g.grant_id, g.customer_id, g.operator_name, g.reason, g.granted_at, g.expires_at, g.revoked_at, g.revoked_by
            from access_grant g
           where g.partner_id = tenant_partner() and (g.customer_id is null or tenant_has(g.customer_id)) $$;
alter function lookup_grant(bytea) owner to tenon_lookup;
alter function grants_visible() owner to tenon_lookup;

-- Who is told that somebody was let in: the partner's owners. The record also names people as they were called then.
create policy grants on app_user for select to tenon_lookup using (true);
create policy grants on membership for select to tenon_lookup using (true);
grant select (partner_id, user_id, email, name, locale, status) on app_user to tenon_lookup;
grant select (partner_id, user_id, role, accepted_at, ended_at) on membership to tenon_lookup;
create function grant_told() returns table (user_id uuid, email text, name text, locale text)
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select u.user_id, u.email, u.name, u.locale from app_user u
           where u.partner_id = tenant_partner() and u.status = 'active'
             and exists (select from membership m where m.partner_id = u.partner_id and m.user_id = u.user_id
                            and m.role = 'partner_owner' and m.accepted_at is not null and m.ended_at is null)
           order by u.user_id limit 50 $$;
alter function grant_told() owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function lookup_grant(bytea), grants_visible(), grant_told() from public;
grant execute on function grant_told() to tenon_operator;
grant execute on function lookup_grant(bytea) to tenon_api;
grant execute on function grants_visible() to tenon_api, tenon_operator, tenon_read;
create or replace function audit_actor_name(kind text, id uuid) returns text
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select k.name from api_key k where kind = 'api_key' and k.partner_id = tenant_partner() and k.api_key_id = id
           union all
          select c.name from client c where kind = 'client' and c.partner_id = tenant_partner() and c.client_id = id
           union all
          select coalesce(nullif(u.name, ''), u.email) from app_user u
           where kind = 'user' and u.partner_id = tenant_partner() and u.user_id = id
           union all
          select g.operator_name from access_grant g
           where kind = 'operator' and g.partner_id = tenant_partner() and g.grant_id = id $$;
create or replace function audit_actor_reason(kind text, id uuid) returns text
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select g.reason from access_grant g
           where kind = 'operator' and g.partner_id = tenant_partner() and g.grant_id = id $$;
reset role;

grant select (partner_id, grant_id, customer_id, operator_name, reason, granted_at, expires_at, revoked_at, revoked_by)
    on access_grant to tenon_api, tenon_operator, tenon_read;
grant insert on access_grant to tenon_operator;
grant update (revoked_at, revoked_by) on access_grant to tenon_api, tenon_operator;

update role set permissions = permissions || '{audit:write}' where role in ('partner_owner', 'partner_admin');
