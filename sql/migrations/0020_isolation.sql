-- 0020 isolation: what a caller may ask about the walls around its own rows.
-- Locks: every tenant table exclusively for a moment (one policy each). Undo: drop the policies "others" and the functions.
set local lock_timeout = '2s';

-- Whether there are rows of others at all, so that "none is seen" says something. It sees who owns a row and nothing else of
-- it, for all tenants, and answers yes or no about the tables of tenants alone.
create function isolation_others(tbl regclass) returns boolean
    language plpgsql stable security definer set search_path = tenon, pg_temp as $$
declare
    by_customer boolean := exists (select from pg_attribute where attrelid = tbl and attname = 'customer_id'
                                      and not attisdropped);
    one boolean;
begin
    if not exists (select from pg_policy where polrelid = tbl and polname = 'others') then
        return false;
    end if;
    execute format('select exists (select from %1$s where partner_id < tenant_partner())
                        or exists (select from %1$s where partner_id > tenant_partner())', tbl) into one;
    if not one and by_customer and current_setting('tenon.customer_id') <> 'all' then
        execute format('select exists (select from %1$s where partner_id = tenant_partner() and customer_id < tenant_customer())
                            or exists (select from %1$s where partner_id = tenant_partner() and customer_id > tenant_customer())',
                       tbl) into one;
    end if;
    return one;
end $$;

create procedure isolation_others_of(tbl regclass) language plpgsql as $$
begin
    execute format('create policy others on %s for select to tenon_lookup using (true)', tbl);
    execute format('grant select (partner_id%s) on %s to tenon_lookup',
        case when exists (select from pg_attribute where attrelid = tbl and attname = 'customer_id' and not attisdropped)
             then ', customer_id' else '' end, tbl);
end $$;

do $$
declare
    t regclass;
begin
    for t in select c.oid from pg_class c where c.relnamespace = 'tenon'::regnamespace and c.relkind in ('r', 'p')
                and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'partner_id') loop
        call isolation_others_of(t);
    end loop;
end $$;

-- The walls, tried as whoever calls and for its own tenant: one row a table of tenants. What is tried is undone.
--   sees_own       there is a row of the caller's (not asked of a table that the role cannot read)
--   sees_others    one of another partner's, of another customer's or of another store brand's was seen
--   refuses_unset  with no tenant named nothing is answered
--   sees_as_nobody as a partner that does not exist something was seen
create function isolation_tables()
    returns table (name text, forced boolean, readable boolean, others_exist boolean, sees_own boolean,
                   sees_others boolean, refuses_unset boolean, sees_as_nobody boolean)
    language plpgsql as $$
declare
    t record;
    found_one boolean;
    scoped boolean := current_setting('tenon.customer_id') <> 'all';
    branded boolean := current_setting('tenon.brand_id') <> 'all';
begin
    for t in select c.oid::regclass as tbl, c.relname, c.relrowsecurity and c.relforcerowsecurity as forced,
                    bool_or(a.attname = 'customer_id') as by_customer,
                    bool_or(a.attname = 'brand_id') and exists (select from pg_policy p where p.polrelid = c.oid
                                                                   and p.polname = 'brand') as by_brand,
                    bool_and(has_column_privilege(c.oid, a.attnum, 'select')) as readable
               from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
                and a.attname in ('partner_id', 'customer_id', 'brand_id')
              where c.relnamespace = 'tenon'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
              group by c.oid having bool_or(a.attname = 'partner_id') order by c.relname loop
        name := t.relname;
        forced := t.forced;
        readable := t.readable;
        others_exist := isolation_others(t.tbl);
        sees_own := false;
        sees_others := false;
        refuses_unset := true;
        sees_as_nobody := false;
        if readable then
            execute format('select exists (select from %1$s where partner_id = $1),
                                   exists (select from %1$s where partner_id < $1)
                                or exists (select from %1$s where partner_id > $1)', t.tbl)
               into sees_own, sees_others using tenant_partner();
            if scoped and t.by_customer and not sees_others then
                execute format('select exists (select from %1$s where partner_id = $1 and customer_id < $2)
                                    or exists (select from %1$s where partner_id = $1 and customer_id > $2)', t.tbl)
                   into sees_others using tenant_partner(), tenant_customer();
            end if;
            if branded and t.by_brand and not sees_others then
                execute format('select exists (select from %1$s where brand_id is distinct from $1)', t.tbl)
                   into sees_others using current_setting('tenon.brand_id')::uuid;
            end if;
            begin
                perform set_config('tenon.partner_id', gen_random_uuid()::text, true);
                execute format('select exists (select from %s)', t.tbl) into found_one;
                raise exception using errcode = 'TN001';
            exception when sqlstate 'TN001' then
                sees_as_nobody := found_one;
            end;
            begin
                perform set_config('tenon.partner_id', '', true);
                execute format('select exists (select from %s)', t.tbl) into found_one;
                raise exception using errcode = 'TN001';
            exception
                when sqlstate 'TN001' then
                    refuses_unset := not found_one and not others_exist and not sees_own; -- an empty table asks nothing
                when undefined_object or invalid_text_representation or insufficient_privilege then
                    refuses_unset := true;
            end;
        end if;
        return next;
    end loop;
end $$;

grant execute on function isolation_tables() to tenon_api;
grant execute on function tenant_partner(), tenant_customer() to tenon_lookup;
alter function isolation_others(regclass) owner to tenon_lookup;
set local role tenon_lookup;
revoke all on function isolation_others(regclass) from public;
grant execute on function isolation_others(regclass) to tenon_api;
reset role;
