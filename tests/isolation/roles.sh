#!/bin/bash
# Roles: who may what, and where. Every role of the table "role", at every place a person can hold it and asked for every
# place a request can name, tries every route that asks for a permission, on the real server: allowed exactly when the
# table says so. Roles, permissions and routes are read from the server and its database; none is listed here.
LABEL="roles"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

main() {
    stack_open roles 20950
    API_SETTINGS+=(TENON_READS_PER_MINUTE=1000000000 TENON_WRITES_PER_MINUTE=1000000000
        TENON_CUSTOMER_READS_PER_MINUTE=1000000000 TENON_CUSTOMER_WRITES_PER_MINUTE=1000000000)
    stack_start
    callers_made
    routes_read
    pg_sql "select role, level, array_to_string(permissions, ',') from tenon.role where level <> 'platform'" >"$DATA/work/roles"
    matrix
    tap_end
}

# A person and a session for each role: of the whole partner, of Alder & Pine, and of its first store brand alone.
callers_made() {
    OTHER=$(ctl customer create --partner northwind --name Birch)
    quiet "$DATA/log/callers.log" psql -XqAt -v ON_ERROR_STOP=1 -d "$(pg_url "$PG_USER")" <<'SQL' || exit 1
set search_path = tenon;
insert into store_brand (partner_id, customer_id, brand_id, code, name)
select partner_id, customer_id, gen_random_uuid(), code, code from customer, (values ('first'), ('second')) v (code)
 where name = 'Alder & Pine';
create temp table caller as
select c.partner_id, case when r.level = 'customer' then c.customer_id end as customer_id, b.brand_id, r.role, r.level,
       gen_random_uuid() as id, rpad(replace(r.role, '_', '') || coalesce(b.code, ''), 52, '0') as token
  from role r, customer c, (select null::uuid as brand_id, null as code union all
                            select brand_id, code from store_brand where code = 'first') b
 where r.level <> 'platform' and c.name = 'Alder & Pine' and (b.brand_id is null or r.level = 'customer');
insert into app_user (partner_id, user_id, email, email_norm, status)
select partner_id, id, token || '@roles.example', token || '@roles.example', 'active' from caller;
insert into membership (partner_id, customer_id, membership_id, user_id, role, level, brand_id, accepted_at)
select partner_id, customer_id, id, id, role, level, brand_id, now() from caller;
insert into session (partner_id, session_id, user_id, token_hash, expires_at, methods, address, user_agent)
select partner_id, id, id, sha256(convert_to(token, 'UTF8')), now() + interval '1 day', 'password', '127.0.0.1', 'matrix'
  from caller;
SQL
    pg_sql "select u.email_norm, m.role, case when m.brand_id is not null then 'brand' else m.level end
        from tenon.membership m join tenon.app_user u using (partner_id, user_id) where u.email_norm like '%@roles.example'
        order by 1" | sed 's/@roles.example//' >"$DATA/work/callers"
    pg_sql "select replace(brand_id::text, '-', '') from tenon.store_brand where code in ('first', 'second') order by code" \
        >"$DATA/work/brands"
    pg_sql "select replace(customer_id::text, '-', '') from tenon.customer where name = 'Alder & Pine'" >"$DATA/work/own"
}

# "METHOD PATH PERMISSION" of each route that asks for one: from JSON where the command writes it, else from its lines.
routes_read() {
    as "$DATA/app/tenonctl" route list --json >"$DATA/work/all"
    if grep -q '^{' "$DATA/work/all"; then
        jq -r 'select(.listener == "public" and .may) | "\(.method) \(.path) \(.may)"' "$DATA/work/all"
    else
        awk '$1 == "public" && $4 ~ /:/ { print $2, $3, $4 }' "$DATA/work/all"
    fi >"$DATA/work/routes"
}

matrix() {
    local verdict sentence detail
    while IFS=$'\t' read -r verdict sentence detail; do
        case $verdict in
            say) echo "# $sentence" ;;
            *) check "$sentence" "$verdict${detail:+ $detail}" ok ;;
        esac
    done < <(python3 -B "$TENON_ROOT/tests/isolation/roles.py" "$DATA/work" "$DATA/ca.pem" "$NORTHWIND" "$HTTPS_PORT" "$OTHER" ||
        printf 'no\tthe matrix was asked to its end\n')
}

main
