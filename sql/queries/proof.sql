-- proof_tables :many   out name text, forced bool, readable bool, others_exist bool, sees_own bool, sees_others bool,
--    refuses_unset bool, sees_as_nobody bool
select name, forced, readable, others_exist, sees_own, sees_others, refuses_unset, sees_as_nobody from isolation_tables();

-- proof_role :one   out ordinary bool, owns_nothing bool, member_of_none bool, row_security bool
-- # Of the role that asks: no superuser and not past row security, owner of nothing here, and not another one as well.
select not r.rolsuper and not r.rolbypassrls and session_user = current_user as ordinary,
       not exists (select from pg_class c where c.relnamespace = to_regnamespace('tenon')
                      and pg_has_role(r.oid, c.relowner, 'member')) as owns_nothing,
       not exists (select from pg_auth_members m where m.member = r.oid) as member_of_none,
       current_setting('row_security') = 'on' as row_security
  from pg_roles r where r.rolname = current_user;

-- signing_keys_public :many   in purpose text   out signing_key_id uuid, public_key bytea, created_at timestamptz,
--    retired_at timestamptz?
select signing_key_id, public_key, created_at, retired_at from signing_key
 where partner_id = tenant_partner() and purpose = :purpose order by created_at desc limit 200;
