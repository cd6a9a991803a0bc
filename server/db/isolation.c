#include "db_int.h"

/* What the catalogue must say before anything is served: the first sentence that is true names the fault. */
static const char faults_query[] =
    "with serving as (select oid, rolname, rolsuper, rolbypassrls from pg_roles"
    "  where rolname in ('tenon_api', 'tenon_worker', 'tenon_intake', 'tenon_dispatch', 'tenon_read')),"
    " closed as (select c.oid, c.relname, c.relrowsecurity and c.relforcerowsecurity as forced from pg_class c"
    "  join pg_attribute a on a.attrelid = c.oid and a.attname = 'partner_id' and not a.attisdropped"
    "  where c.relnamespace = to_regnamespace('tenon') and c.relkind in ('r', 'p'))"
    "select format('table %s has no forced row security', relname) as fault from closed where not forced"
    " union all select format('table %s has no policy', relname) from closed t"
    "  where not exists (select from pg_policy p where p.polrelid = t.oid)"
    " union all select format('role %s is a superuser', rolname) from serving where rolsuper"
    " union all select format('role %s may bypass row security', rolname) from serving where rolbypassrls"
    " union all select format('role %s owns %s', r.rolname, c.relname) from serving r join pg_class c"
    "  on pg_has_role(r.oid, c.relowner, 'member') where not r.rolsuper"
    " order by 1 limit 1";

enum err db_check_isolation(struct scope *sc, const char *url)
{
    PGconn *pg;
    PGresult *r;
    enum err e = OK;

    TRY(sc, db_blocking_open(sc, url, &pg));
    r = PQexec(pg, faults_query);
    if (PQresultStatus(r) != PGRES_TUPLES_OK) {
        e = FAIL(sc, ERR_UNAVAILABLE, "the catalogue of the database cannot be read");
        scope_detail(sc, "%s", PQerrorMessage(pg));
    } else if (PQntuples(r) > 0) {
        e = FAIL(sc, ERR_CONFLICT, "tenants are not kept apart: %s", PQgetvalue(r, 0, 0));
    }
    PQclear(r);
    PQfinish(pg);
    return e;
}
