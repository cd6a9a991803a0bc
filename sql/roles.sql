-- Roles of a cluster, run once by its superuser: psql -v ON_ERROR_STOP=1 -f sql/roles.sql. Repeatable.
-- None but tenon_owner owns a table; none may bypass row security.
-- tenon_lookup owns only the functions that answer who a host, a key or a hook token belongs to, tenon_keeper only those
-- that take rows of the tenant in use away; neither can log in.

do $$
declare
    r text;
begin
    foreach r in array array['tenon_owner', 'tenon_operator', 'tenon_api', 'tenon_worker', 'tenon_intake',
                             'tenon_dispatch', 'tenon_read'] loop
        if not exists (select from pg_roles where rolname = r) then
            execute format('create role %I login nosuperuser nobypassrls nocreatedb nocreaterole noinherit', r);
        end if;
    end loop;
    foreach r in array array['tenon_lookup', 'tenon_keeper'] loop
        if not exists (select from pg_roles where rolname = r) then
            execute format('create role %I nologin nosuperuser nobypassrls noinherit', r);
        end if;
    end loop;
end
$$;

grant tenon_lookup, tenon_keeper to tenon_owner;

alter role tenon_owner in database :"db" set search_path = tenon;
alter role tenon_operator in database :"db" set search_path = tenon;
alter role tenon_api in database :"db" set search_path = tenon;
alter role tenon_worker in database :"db" set search_path = tenon;
alter role tenon_intake in database :"db" set search_path = tenon;
alter role tenon_dispatch in database :"db" set search_path = tenon;
alter role tenon_read in database :"db" set search_path = tenon;
alter role tenon_api set statement_timeout = '5s';
alter role tenon_api set lock_timeout = '2s';
alter role tenon_api set idle_in_transaction_session_timeout = '10s';
alter role tenon_worker set idle_in_transaction_session_timeout = '60s';
alter role tenon_api set row_security = on;
alter role tenon_worker set row_security = on;

revoke all on schema public from public;
revoke create, temporary on database :"db" from public;
create schema if not exists tenon authorization tenon_owner;
revoke all on schema tenon from public;
grant usage on schema tenon to tenon_operator, tenon_api, tenon_worker, tenon_intake, tenon_dispatch, tenon_read,
    tenon_lookup, tenon_keeper;
-- Needed only while tenon_owner hands a function over to one of the two.
grant create on schema tenon to tenon_lookup, tenon_keeper;
