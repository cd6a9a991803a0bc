#include "db_int.h"

/* What the catalogue must say before anything is served as role $1: the first sentence that is true names the fault.
 * Whoever has connected is looked at like the roles by name: a role that may become another is that other. A policy for
 * a role that serves tenants must ask for the tenant in the words of tenant_table(); the intake's may only let rows in.
 */
static const char faults_query[] =
    "with serving as (select oid, rolname, rolsuper, rolbypassrls from pg_roles"
    "  where rolname in ('tenon_api', 'tenon_worker', 'tenon_intake', 'tenon_dispatch', 'tenon_read',"
    "                    current_user, session_user)),"
    " closed as (select c.oid, c.relname, c.relrowsecurity and c.relforcerowsecurity as forced,"
    "   case when exists (select from pg_attribute x where x.attrelid = c.oid and x.attname = 'customer_id'"
    "                        and not x.attisdropped)"
    "        then '((partner_id = tenant_partner()) AND tenant_has(customer_id))'"
    "        else '(partner_id = tenant_partner())' end as rule from pg_class c"
    "  join pg_attribute a on a.attrelid = c.oid and a.attname = 'partner_id' and not a.attisdropped"
    "  where c.relnamespace = to_regnamespace('tenon') and c.relkind in ('r', 'p')),"
    " policies as (select t.relname, t.rule, p.polname, p.polcmd, p.polroles, r.rolname,"
    "   coalesce(pg_get_expr(p.polqual, t.oid), pg_get_expr(p.polwithcheck, t.oid)) as sees,"
    "   coalesce(pg_get_expr(p.polwithcheck, t.oid), pg_get_expr(p.polqual, t.oid)) as writes"
    "  from closed t join pg_policy p on p.polrelid = t.oid and p.polpermissive"
    "  join serving r on r.oid = any (p.polroles) or 0 = any (p.polroles))"
    "select format('it is served as %s and not as %s', rolname, $1::text) as fault from serving"
    "  where rolname in (current_user, session_user) and rolname <> $1::text"
    " union all select format('table %s has no forced row security', relname) from closed where not forced"
    " union all select format('table %s has no policy', relname) from closed t"
    "  where not exists (select from pg_policy p where p.polrelid = t.oid)"
    " union all select format('table %s has a policy %s that does not ask for the tenant', relname, polname)"
    "  from policies where (sees <> rule or writes <> rule)"
    "   and (rolname not in ('tenon_intake', 'tenon_dispatch') or 0 = any (polroles))"
    " union all select format('table %s has a policy %s that lets the intake look', relname, polname)"
    "  from policies where rolname = 'tenon_intake' and polcmd <> 'a'"
    " union all select format('role %s is a superuser', rolname) from serving where rolsuper"
    " union all select format('role %s may bypass row security', rolname) from serving where rolbypassrls"
    " union all select format('role %s is a member of %s', r.rolname, m.roleid::regrole) from serving r"
    "  join pg_auth_members m on m.member = r.oid where not r.rolsuper"
    " union all select format('role %s owns %s', r.rolname, c.relname) from serving r join pg_class c"
    "  on pg_has_role(r.oid, c.relowner, 'member') where not r.rolsuper"
    " order by 1 limit 1";

static enum err failed(struct scope *sc, PGconn *pg)
{
    enum err e = FAIL(sc, ERR_UNAVAILABLE, "the catalogue of the database cannot be read");

    scope_detail(sc, "%s", PQerrorMessage(pg));
    return e;
}

/* Expressions are written out as this path needs them; a role's own settings must not change that. */
static enum err check(struct scope *sc, PGconn *pg, const char *role)
{
    PGresult *r = PQexec(pg, "set search_path = tenon");
    bool set = PQresultStatus(r) == PGRES_COMMAND_OK;
    enum err e = OK;

    PQclear(r);
    if (!set)
        return failed(sc, pg);
    r = PQexecParams(pg, faults_query, 1, NULL, &role, NULL, NULL, 0);
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        e = failed(sc, pg);
    else if (PQntuples(r) > 0)
        e = FAIL(sc, ERR_CONFLICT, "tenants are not kept apart: %s", PQgetvalue(r, 0, 0));
    PQclear(r);
    return e;
}

enum err db_check_isolation(struct scope *sc, const char *url, const char *role)
{
    PGconn *pg;
    enum err e;

    TRY(sc, db_blocking_open(sc, url, &pg));
    e = check(sc, pg, role);
    PQfinish(pg);
    return e;
}
