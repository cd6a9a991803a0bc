-- 0026 actors: the one function that says what an actor is called knows pages that partners embed as well.
-- Locks: none. Undo: the function as 0018 has it.
set local role tenon_lookup;
create or replace function audit_actor_name(kind text, id uuid) returns text
    language sql stable security definer set search_path = tenon, pg_temp
    as $$ select k.name from api_key k where kind = 'api_key' and k.partner_id = tenant_partner() and k.api_key_id = id
           union all
          select c.name from client c where kind = 'client' and c.partner_id = tenant_partner() and c.client_id = id
           union all
          select e.name from embed_key e where kind = 'embed' and e.partner_id = tenant_partner() and e.embed_key_id = id
           union all
          select coalesce(nullif(u.name, ''), u.email) from app_user u
           where kind = 'user' and u.partner_id = tenant_partner() and u.user_id = id
           union all
          select g.operator_name from access_grant g
           where kind = 'operator' and g.partner_id = tenant_partner() and g.grant_id = id $$;
reset role;
