#include "db_kit.h"

#include "db/db_int.h"

/* Whatever becomes of a unit of work, the connection it leaves behind speaks for nobody. */
#define ROUNDS 1500

static const struct db_statement speaks_for =
    STATEMENT(1,
              "select coalesce(current_setting('tenon.partner_id', true), '') ||"
              " coalesce(current_setting('tenon.customer_id', true), '') ||"
              " coalesce(current_setting('tenon.brand_id', true), ''), pg_backend_pid()::int",
              NULL, 0, LIST(TEXT, INT), 2);
static const struct db_statement strict =
    STATEMENT(2, "select current_setting('tenon.partner_id')::uuid::text", NULL, 0, LIST(TEXT), 1);
static const struct db_statement fails = STATEMENT(3, "select 1 / $1", LIST(INT), 1, LIST(INT), 1);
static const struct db_statement nonsense = STATEMENT(4, "selec 1", NULL, 0, LIST(INT), 1);
static const struct db_statement sleeps = STATEMENT(5, "select pg_sleep(0.05)", NULL, 0, NULL, 0);
static const struct db_statement sets =
    STATEMENT(6, "select set_config('tenon.partner_id', gen_random_uuid()::text, true)", NULL, 0, LIST(TEXT), 1);
static const struct db_statement late = STATEMENT(7, "insert into hammered_late values (1)", NULL, 0, NULL, 0);
static const struct db_statement dies =
    STATEMENT(8, "select pg_terminate_backend(pg_backend_pid())::text", NULL, 0, LIST(TEXT), 1);

static uint32_t state;

static uint32_t chance(uint32_t n) /* the same run every time */
{
    state = state * 1664525 + 1013904223;
    return (state >> 8) % n;
}

static void statement(struct scope *sc, const struct db_statement *st)
{
    struct db_value zero = db_put_int(sc, 0);
    struct db_rows rows;

    (void)!db_query(sc, st, &zero, &rows);
}

static void step(struct scope *sc)
{
    static const struct db_statement *const asked[] = {&speaks_for, &strict, &fails, &nonsense, &sets, &late};

    switch (chance(10)) {
    case 0:
        db_rollback(sc);
        break;
    case 1:
        (void)!db_commit(sc);
        break;
    case 2:
        db_commit_next(sc);
        break;
    case 3:
        sc->cancelled = true;
        break;
    case 4: /* ends under the statement, here and on the server */
        sc->deadline_us = loop_now_us() + 5000;
        if (chance(8) == 0)
            statement(sc, &sleeps);
        break;
    case 5:
        if (chance(40) == 0)
            statement(sc, &dies);
        break;
    default:
        statement(sc, asked[chance(ARRAY_LEN(asked))]);
    }
}

static void work(struct db *db)
{
    struct scope *sc = scope_on(db);

    sc->tenant = (struct tenant){true, chance(2), uuid_new(), uuid_new(), chance(2), uuid_new()};
    for (uint32_t n = 1 + chance(5); n > 0; n--)
        step(sc);
    if (chance(2))
        (void)!db_commit(sc);
    scope_free(sc); /* perhaps with its transaction open */
}

/* On the pool's one connection, without naming a tenant. False: there is no connection just now. */
static bool speaks_for_nobody(struct db *db, int *pid)
{
    struct scope *sc = scope_on(db);
    struct db_rows rows;
    bool reached;

    db->conf.no_tenant = true;
    reached = ask(sc, &speaks_for, NULL, &rows) == OK;
    if (reached) {
        CHECK_STR(db_get_text(sc, &rows.cells[0]), "");
        *pid = db_get_int(&rows.cells[1]);
        CHECK(ask(sc, &strict, NULL, &rows) != OK);
    }
    db->conf.no_tenant = false;
    scope_free(sc);
    return reached;
}

TEST_IN_LOOP(no_tenant_survives_its_unit_of_work_whatever_becomes_of_it)
{
    struct db *db = db_for_test(1, 4, 30);
    int pid = 0, before = 0, same = 0, reached = 0;

    state = 20261129;
    test_pg_ask("drop table if exists hammered_late, hammered; create table hammered (a int unique);"
                "create table hammered_late (a int references hammered (a) deferrable initially deferred);");
    CHECK_OK(offload_start(1, 4));
    for (int i = 0; i < ROUNDS; i++) {
        work(db);
        for (int tries = 0; tries < 100 && !speaks_for_nobody(db, &pid); tries++)
            fiber_sleep_us(5000);
        reached++;
        same += pid == before;
        before = pid;
    }
    CHECK_INT(reached, ROUNDS);
    CHECK(same > ROUNDS / 2); /* it was the connection that had been used, and not always a fresh one */
    printf("# %d units of work, %d of them on the connection of the one before\n", reached, same);
    db_close(db);
    offload_stop();
}
