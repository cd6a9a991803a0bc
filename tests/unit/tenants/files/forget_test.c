#include "q_care.h"
#include "unit/tenants/tenant_kit.h"

/* A file with a refused row, which ended so many days ago. */
static void given_file(const struct tenant *t, const struct uuid *connection, const char *name, int days)
{
    sql("with f as (insert into inbound_file (partner_id, customer_id, file_id, connection_id, name, origin, octets, "
        "content_hash, body, "
        "state, ended_at) values ('%s', '%s', gen_random_uuid(), '%s', '%s', 'upload', 1, sha256('%s'), 'x', 'done', "
        "now() - interval "
        "'%d days') returning *) insert into inbound_file_row select partner_id, customer_id, file_id, 1, 2, null, "
        "'bad' from f",
        id(&t->partner_id), id(&t->customer_id), id(connection), name, name, days);
}

TEST_IN_LOOP(a_body_is_kept_for_ninety_days)
{
    struct tenant mine, other;
    struct uuid connection, others;
    struct scope *sc;
    struct db *worker;

    given_schema();
    mine = given_tenant("acme");
    connection = given_connection(&mine, "acme");
    other = given_tenant("other");
    others = given_connection(&other, "other");
    given_file(&mine, &connection, "old", 91);
    given_file(&mine, &connection, "older", 400);
    given_file(&mine, &connection, "young", 89);
    given_file(&other, &others, "theirs", 91);
    worker = pool_as("tenon_worker");
    sc = scope_in(worker, &mine);
    CHECK_OK(q_files_forget(sc, &(struct q_files_forget_in){.most = 1}, NULL));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select count(*) from inbound_file where body is null"), "1");
    CHECK_OK(q_files_forget(sc, &(struct q_files_forget_in){.most = 20}, NULL));
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select string_agg(name, ' ' order by name) from inbound_file where body is null"), "old older");
    CHECK_STR(sql("select string_agg(name, ' ' order by name) from inbound_file join inbound_file_row using "
                  "(partner_id, customer_id, "
                  "file_id)"),
              "theirs young");
    scope_free(sc);
    db_close(worker);
}
