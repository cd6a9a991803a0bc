#include "db_kit.h"

#include "db/db_int.h"

static const struct db_statement put = STATEMENT(1, "insert into t values ($1)", LIST(INT), 1, NULL, 0);
static const struct db_statement count = STATEMENT(2, "select count(*)::int from t", NULL, 0, LIST(INT), 1);
static const struct db_statement who =
    STATEMENT(3, "select current_setting('tenon.partner_id', true), current_setting('tenon.customer_id', true)", NULL,
              0, LIST(TEXT, TEXT), 2);
static const struct db_statement fail_as = STATEMENT(4, "select fail_as($1)", LIST(TEXT), 1, LIST(INT), 1);
static const struct db_statement put_late = STATEMENT(5, "insert into late values (1)", NULL, 0, NULL, 0);
static const struct db_statement nonsense = STATEMENT(6, "selec 1", NULL, 0, LIST(INT), 1);
static const struct db_statement touch = STATEMENT(7, "update t set a = a where a > $1", LIST(INT), 1, NULL, 0);
static const struct db_statement star = STATEMENT(8, "select a from changing", NULL, 0, LIST(TEXT), 1);
static const struct db_statement call = STATEMENT(9, "select pg_sleep(0)", NULL, 0, NULL, 0);

static void tables(void)
{
    test_pg_ask("drop table if exists t, late, changing;"
                "create table t (a int constraint t_unique unique constraint t_small check (a < 1000));"
                "create table late (a int constraint late_known references t (a) deferrable initially deferred);"
                "create table changing (a varchar);"
                "create or replace function fail_as(state text) returns int language plpgsql as"
                " $$ begin raise exception 'told to' using errcode = state; end $$;");
}

static enum err put_int(struct scope *sc, int v)
{
    struct db_value p = db_put_int(sc, v);
    struct db_rows rows;

    return db_query(sc, &put, &p, &rows);
}

static int stored(struct db *db)
{
    struct scope *sc = scope_on(db);
    struct db_rows rows;
    int n = -1;

    CHECK_OK(ask(sc, &count, NULL, &rows));
    if (rows.n == 1)
        n = db_get_int(&rows.cells[0]);
    scope_free(sc);
    return n;
}

static void check_who(struct scope *sc, bool last, const char *partner, const char *customer)
{
    struct db_rows rows;

    if (last)
        db_commit_next(sc);
    CHECK_OK(db_query(sc, &who, NULL, &rows));
    CHECK_STR(db_get_text(sc, &rows.cells[0]), partner);
    CHECK_STR(db_get_text(sc, &rows.cells[1]), customer);
}

TEST_IN_LOOP(the_tenant_is_set_in_its_transaction_and_gone_after)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    char partner[UUID_TEXT_LEN + 1], customer[UUID_TEXT_LEN + 1];

    sc->tenant = (struct tenant){true, true, uuid_new(), uuid_new()};
    uuid_format(&sc->tenant.partner_id, partner);
    uuid_format(&sc->tenant.customer_id, customer);
    check_who(sc, true, partner, customer);
    check_who(sc, false, partner, customer);
    check_who(sc, false, partner, customer);
    CHECK_OK(db_commit(sc));
    sc->tenant.has_customer = false;
    check_who(sc, true, partner, "all");
    sc->tenant.has_partner = false;
    check_who(sc, true, "", "all");
    db->conf.no_tenant = true; /* the same connection, and nothing is left on it */
    check_who(sc, true, "", "");
    check_who(sc, false, "", "");
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(only_what_was_committed_is_stored)
{
    struct db *db = db_for_test(2, 1, 0);
    struct scope *sc = scope_on(db);

    tables();
    CHECK_OK(db_commit(sc)); /* nothing was begun */
    CHECK_OK(put_int(sc, 1));
    CHECK_INT(stored(db), 0);
    CHECK_OK(db_commit(sc));
    CHECK_INT(stored(db), 1);
    CHECK_OK(put_int(sc, 2));
    db_rollback(sc);
    db_rollback(sc);
    CHECK_INT(stored(db), 1);
    CHECK_OK(put_int(sc, 3));
    scope_free(sc); /* open */
    CHECK_INT(stored(db), 1);
    db_close(db);
}

TEST_IN_LOOP(commit_next_ends_the_transaction_and_frees_its_connection)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);

    tables();
    db_commit_next(sc);
    CHECK_OK(put_int(sc, 1)); /* implicit */
    CHECK_INT(stored(db), 1); /* the only connection is free */
    CHECK_OK(put_int(sc, 2));
    db_commit_next(sc);
    CHECK_OK(put_int(sc, 3)); /* explicit */
    CHECK_INT(stored(db), 3);
    db_rollback(sc);
    CHECK_OK(db_commit(sc));
    CHECK_INT(stored(db), 3);
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_failed_statement_ends_its_transaction)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);

    tables();
    CHECK_OK(put_int(sc, 1));
    CHECK_ERR(put_int(sc, 1), ERR_CONFLICT);
    CHECK(strstr(scope_fault(sc)->detail, "constraint t_unique") != NULL);
    CHECK(strstr(scope_fault(sc)->message, "t_unique") == NULL);
    CHECK_INT(stored(db), 0); /* and its connection is free */
    CHECK_ERR(put_int(sc, 2), ERR_INTERNAL);
    CHECK_ERR(db_commit(sc), ERR_INTERNAL);
    db_rollback(sc);
    db_commit_next(sc);
    CHECK_ERR(put_int(sc, 5000), ERR_CONFLICT); /* an implicit one likewise */
    CHECK_ERR(put_int(sc, 2), ERR_INTERNAL);
    CHECK_ERR(db_commit(sc), ERR_INTERNAL);
    db_rollback(sc);
    CHECK_OK(put_int(sc, 2));
    CHECK_OK(db_commit(sc));
    CHECK_INT(stored(db), 1);
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_statement_whose_first_use_failed_works_the_next_time)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct db_rows rows;

    tables();
    for (int i = 0; i < 2; i++) {
        CHECK_ERR(ask(sc, &nonsense, NULL, &rows), ERR_INTERNAL);
        db_rollback(sc);
        db_commit_next(sc);
        CHECK_ERR(put_int(sc, 5000), ERR_CONFLICT);
        db_rollback(sc);
    }
    CHECK_OK(put_int(sc, 5));
    CHECK_OK(db_commit(sc));
    CHECK_INT(stored(db), 1);
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(an_answer_of_the_server_becomes_our_decision)
{
    static const struct {
        const char *state;
        enum err code;
        int retry_after_s;
    } cases[] = {
        {"23505", ERR_CONFLICT, 0},    {"23503", ERR_CONFLICT, 0},    {"23514", ERR_CONFLICT, 0},
        {"40001", ERR_UNAVAILABLE, 1}, {"40P01", ERR_UNAVAILABLE, 1}, {"55P03", ERR_UNAVAILABLE, 1},
        {"57014", ERR_TIMEOUT, 0},     {"42501", ERR_FORBIDDEN, 0},   {"57P01", ERR_UNAVAILABLE, 1},
        {"08006", ERR_UNAVAILABLE, 1}, {"53100", ERR_UNAVAILABLE, 1}, {"25006", ERR_UNAVAILABLE, 1},
        {"22012", ERR_INTERNAL, 0},    {"P0001", ERR_INTERNAL, 0},
    };
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct db_rows rows;

    tables();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct db_value p = db_put_text(cases[i].state);

        CHECK_ERR(db_query(sc, &fail_as, &p, &rows), cases[i].code);
        CHECK_INT(scope_fault(sc)->retry_after_s, cases[i].retry_after_s);
        CHECK(strstr(scope_fault(sc)->detail, "told to") != NULL);
        CHECK(strstr(scope_fault(sc)->message, "told to") == NULL);
        db_rollback(sc);
    }
    CHECK_INT(stored(db), 0);
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_constraint_that_waits_for_the_commit_is_a_conflict_too)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct db_rows rows;

    tables();
    CHECK_ERR(ask(sc, &put_late, NULL, &rows), ERR_CONFLICT); /* found by the end of an implicit transaction */
    CHECK(strstr(scope_fault(sc)->detail, "late_known") != NULL);
    db_rollback(sc);
    CHECK_OK(db_query(sc, &put_late, NULL, &rows));
    CHECK_ERR(db_commit(sc), ERR_CONFLICT);
    db_rollback(sc);
    CHECK_OK(put_int(sc, 7));
    CHECK_ERR(ask(sc, &put_late, NULL, &rows), ERR_CONFLICT);
    db_rollback(sc);
    CHECK_INT(stored(db), 0);
    CHECK_STR(test_pg_ask("select count(*) from late"), "0");
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(the_number_of_changed_rows_is_told)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct db_value floor = db_put_int(sc, 1);
    struct db_rows rows;

    tables();
    test_pg_ask("insert into t select generate_series(1, 5)");
    CHECK_OK(ask(sc, &touch, &floor, &rows));
    CHECK_INT(rows.affected, 4);
    CHECK_INT(rows.n, 0);
    CHECK_OK(ask(sc, &call, NULL, &rows)); /* its column is not asked for */
    CHECK_INT(rows.n, 0);
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_table_changed_under_a_prepared_statement_costs_one_failure)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct db_rows rows;

    tables();
    CHECK_OK(ask(sc, &star, NULL, &rows));
    test_pg_ask("alter table changing alter a type text");
    CHECK_ERR(ask(sc, &star, NULL, &rows), ERR_UNAVAILABLE);
    db_rollback(sc);
    CHECK_OK(ask(sc, &star, NULL, &rows));
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_cancelled_scope_sends_nothing_and_can_still_commit)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);

    tables();
    CHECK_OK(put_int(sc, 1));
    sc->cancelled = true;
    CHECK_ERR(put_int(sc, 2), ERR_CANCELLED);
    CHECK_OK(db_commit(sc));
    CHECK_INT(stored(db), 1);
    scope_free(sc);
    db_close(db);
}
