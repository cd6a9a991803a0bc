#include "db_kit.h"
#include "unit/tenants/tenant_kit.h"

#include <libpq-fe.h>

/* Every statement of sql/queries, on a database freshly made from sql/roles.sql and sql/migrations. */

/* varchar, bpchar, name and json say text in the same octets; so does an enumeration. */
static bool fits(unsigned declared, unsigned got)
{
    return declared == got ||
           (declared == TEXT && (got == 1043 || got == 1042 || got == 19 || got == 114 || got >= 16384));
}

static void check_columns(const struct db_statement *st, const PGresult *r)
{
    if ((unsigned)PQnfields(r) != st->column_count && st->column_count) {
        test_failed(__FILE__, __LINE__, "%s has %d columns and not %u", st->name, PQnfields(r), st->column_count);
        return;
    }
    for (unsigned i = 0; i < st->column_count; i++)
        if (!fits(st->column_types[i], PQftype(r, (int)i)))
            test_failed(__FILE__, __LINE__, "%s: column %s has type %u and not %u", st->name, PQfname(r, (int)i),
                        PQftype(r, (int)i), st->column_types[i]);
}

static void check_statement(PGconn *pg, const struct db_statement *st)
{
    PGresult *r = PQprepare(pg, st->name, st->text, (int)st->param_count, st->param_types);

    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        test_failed(__FILE__, __LINE__, "%s: %s", st->name, PQerrorMessage(pg));
    PQclear(r);
    r = PQdescribePrepared(pg, st->name);
    if (PQresultStatus(r) == PGRES_COMMAND_OK)
        check_columns(st, r);
    PQclear(r);
}

TEST(every_statement_fits_the_schema)
{
    PGconn *pg;

    schema_make();
    pg = PQconnectdb(test_pg_url_as("tenon_owner"));
    CHECK(PQstatus(pg) == CONNECTION_OK);
    for (unsigned i = 0; i < db_statement_count; i++) {
        CHECK_INT(db_statements[i]->id, i);
        check_statement(pg, db_statements[i]);
    }
    PQfinish(pg);
}
