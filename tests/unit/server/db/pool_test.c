#include "db_kit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "db/db_int.h"

static const struct db_statement one = STATEMENT(1, "select 1", NULL, 0, LIST(INT), 1);
static const struct db_statement sleep_ms =
    STATEMENT(2, "select 1 from pg_sleep($1::int / 1000.0)", LIST(INT), 1, LIST(INT), 1);
static const struct db_statement add = STATEMENT(3, "insert into sums values ($1)", LIST(INT), 1, NULL, 0);
static const struct db_statement sum = STATEMENT(4, "select coalesce(sum(a), 0)::int from sums", NULL, 0, LIST(INT), 1);

static enum err ask_one(struct scope *sc)
{
    struct db_rows rows;
    enum err e = ask(sc, &one, NULL, &rows);

    if (e != OK)
        db_rollback(sc);
    return e;
}

static enum err ask_sleep(struct scope *sc, int ms)
{
    struct db_value p = db_put_int(sc, ms);
    struct db_rows rows;
    enum err e = ask(sc, &sleep_ms, &p, &rows);

    if (e != OK)
        db_rollback(sc);
    return e;
}

/* How long until it works again; every failure on the way must be quick and say that it can be repeated. */
static int64_t recovery_us(struct scope *sc, int64_t limit_us)
{
    int64_t start = loop_now_us();

    while (loop_now_us() - start < limit_us) {
        int64_t before = loop_now_us();
        enum err e = ask_one(sc);

        if (e == OK)
            return loop_now_us() - start;
        CHECK_ERR(e, ERR_UNAVAILABLE);
        CHECK(loop_now_us() - before < 500000);
        fiber_sleep_us(10000);
    }
    return limit_us;
}

TEST_IN_LOOP(a_pool_opens_nothing_before_it_is_asked)
{
    struct db *db = db_for_test(4, 4, 0);
    struct scope *sc = scope_on(db);

    CHECK(!db_is_up(db));
    CHECK_OK(ask_one(sc));
    CHECK(db_is_up(db));
    CHECK_STR(test_pg_ask("select count(*) from pg_stat_activity where application_name = 'test'"), "1");
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_killed_backend_is_replaced)
{
    struct db *db = db_for_test(2, 4, 0);
    struct scope *sc = scope_on(db);

    CHECK_OK(ask_one(sc));
    test_pg_ask("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test'");
    CHECK(recovery_us(sc, 5000000) < 5000000);
    scope_free(sc);
    db_close(db);
}

static bool sleeper_done;
static enum err sleeper_result;
static struct db *shared;

static void sleeper(void *arg)
{
    struct scope *sc = scope_on(shared);

    sleeper_result = ask_sleep(sc, *(int *)arg);
    sleeper_done = true;
    scope_free(sc);
}

TEST_IN_LOOP(a_backend_killed_under_a_statement_fails_it_at_once)
{
    int ms = 20000;
    int64_t start;
    struct scope *sc;

    shared = db_for_test(2, 4, 0);
    sc = scope_on(shared);
    CHECK(fiber_start(sleeper, &ms));
    while (strcmp(test_pg_ask("select count(*) from pg_stat_activity where wait_event = 'PgSleep'"), "1") != 0)
        fiber_sleep_us(10000);
    start = loop_now_us();
    test_pg_ask("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'");
    while (!sleeper_done)
        fiber_sleep_us(1000);
    CHECK_ERR(sleeper_result, ERR_UNAVAILABLE);
    CHECK(loop_now_us() - start < 2000000);
    CHECK_OK(ask_one(sc));
    scope_free(sc);
    db_close(shared);
}

TEST_IN_LOOP(a_server_that_is_gone_fails_fast_and_comes_back)
{
    struct db *db = db_for_test(2, 4, 0);
    struct scope *sc = scope_on(db);

    for (int round = 0; round < 2; round++) {
        CHECK_OK(ask_one(sc));
        test_pg_stop();
        fiber_sleep_us(50000);
        for (int i = 0; i < 20; i++) {
            int64_t before = loop_now_us();

            CHECK_ERR(ask_one(sc), ERR_UNAVAILABLE);
            CHECK_INT(scope_fault(sc)->retry_after_s, 1);
            CHECK(loop_now_us() - before < 100000);
            CHECK(!db_is_up(db));
            fiber_sleep_us(10000);
        }
        test_pg_start();
        CHECK(recovery_us(sc, 5000000) < 3000000);
    }
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_pool_comes_back_without_being_asked)
{
    struct db *db = db_for_test(1, 4, 0);
    struct scope *sc = scope_on(db);

    CHECK_OK(ask_one(sc));
    test_pg_stop();
    for (int i = 0; i < 100 && db_is_up(db); i++)
        fiber_sleep_us(10000);
    CHECK(!db_is_up(db));
    test_pg_start();
    for (int i = 0; i < 500 && !db_is_up(db); i++)
        fiber_sleep_us(10000);
    CHECK(db_is_up(db));
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(a_server_that_never_was_fails_fast)
{
    struct db *db = db_open(&(struct db_conf){
        .url = "host=/tmp/tenon-pg-nowhere dbname=x user=x", .name = "test", .connections = 2, .waiters = 2});
    struct scope *sc = scope_on(db);
    int64_t before = loop_now_us();

    for (int i = 0; i < 10; i++)
        CHECK_ERR(ask_one(sc), ERR_UNAVAILABLE);
    CHECK(loop_now_us() - before < 100000);
    scope_free(sc);
    db_close(db);
}

/* A server that takes connections and never says a word. */
static int silent_server(char *dir, size_t n)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(dir, n, "/tmp/tenon-silent-XXXXXX");
    CHECK(mkdtemp(dir));
    snprintf(un.sun_path, sizeof(un.sun_path), "%s/.s.PGSQL.5432", dir);
    CHECK(fd >= 0 && bind(fd, (const struct sockaddr *)&un, sizeof(un)) == 0 && listen(fd, 8) == 0);
    return fd;
}

struct first_wait {
    struct db *db;
    int64_t took_us;
};

static void wait_for_first(void *arg)
{
    struct first_wait *w = arg;
    struct scope *sc = scope_on(w->db);
    int64_t start = loop_now_us();

    CHECK_ERR(ask_one(sc), ERR_UNAVAILABLE);
    w->took_us = loop_now_us() - start;
    scope_free(sc);
}

TEST_IN_LOOP(the_first_connection_is_waited_for_as_long_as_is_said)
{
    char dir[64], url[128];
    int fd = silent_server(dir, sizeof(dir));
    struct db_conf conf = {.url = url, .name = "test", .connections = 1, .waiters = 2};
    struct first_wait plain = {0}, patient = {0};

    snprintf(url, sizeof(url), "host=%s dbname=x user=x", dir);
    plain.db = db_open(&conf);
    conf.first_wait_us = DB_CONNECT_US + 500000; /* longer than an attempt has otherwise */
    patient.db = db_open(&conf);
    CHECK(fiber_start(wait_for_first, &plain) && fiber_start(wait_for_first, &patient));
    while (!plain.took_us || !patient.took_us)
        fiber_sleep_us(10000);
    CHECK(plain.took_us >= DB_COLD_US && plain.took_us < DB_CONNECT_US);
    CHECK(patient.took_us >= conf.first_wait_us);
    db_close(plain.db);
    db_close(patient.db);
    close(fd);
    snprintf(url, sizeof(url), "%s/.s.PGSQL.5432", dir);
    CHECK(unlink(url) == 0 && rmdir(dir) == 0);
}

TEST_IN_LOOP(a_full_queue_of_waiters_answers_later)
{
    int ms = 300;
    struct scope *sc;
    int64_t before;

    shared = db_for_test(1, 0, 0);
    sc = scope_on(shared);
    CHECK_ERR(ask_one(sc), ERR_UNAVAILABLE); /* the first one would have to wait for the connection itself */
    while (!db_is_up(shared))
        fiber_sleep_us(1000);
    CHECK(fiber_start(sleeper, &ms));
    fiber_yield();
    before = loop_now_us();
    CHECK_ERR(ask_one(sc), ERR_UNAVAILABLE);
    CHECK_INT(scope_fault(sc)->retry_after_s, 1);
    CHECK(loop_now_us() - before < 100000);
    while (!sleeper_done)
        fiber_sleep_us(1000);
    CHECK_OK(sleeper_result);
    CHECK_OK(ask_one(sc));
    scope_free(sc);
    db_close(shared);
}

TEST_IN_LOOP(a_deadline_ends_a_statement_here_and_on_the_server)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    int64_t before;

    CHECK_OK(offload_start(1, 4));
    CHECK_OK(ask_one(sc));
    before = loop_now_us();
    sc->deadline_us = before + 100000;
    CHECK_ERR(ask_sleep(sc, 20000), ERR_TIMEOUT);
    CHECK(loop_now_us() - before < 1000000);
    CHECK_ERR(ask_one(sc), ERR_TIMEOUT); /* nothing is sent after it */
    sc->deadline_us = 0;
    CHECK_OK(ask_one(sc));
    for (int i = 0; i < 200; i++) {
        if (strcmp(test_pg_ask("select count(*) from pg_stat_activity where wait_event = 'PgSleep'"), "0") == 0)
            break;
        fiber_sleep_us(10000);
    }
    CHECK_STR(test_pg_ask("select count(*) from pg_stat_activity where wait_event = 'PgSleep'"), "0");
    scope_free(sc);
    db_close(db);
    offload_stop();
}

TEST_IN_LOOP(a_deadline_ends_the_wait_for_a_connection)
{
    int ms = 500;
    struct scope *sc;

    shared = db_for_test(1, 4, 0);
    sc = scope_on(shared);
    CHECK_OK(ask_one(sc));
    CHECK(fiber_start(sleeper, &ms));
    fiber_yield();
    sc->deadline_us = loop_now_us() + 50000;
    CHECK_ERR(ask_one(sc), ERR_TIMEOUT);
    CHECK(!sleeper_done);
    sc->deadline_us = 0;
    CHECK_OK(ask_one(sc));
    CHECK(sleeper_done);
    scope_free(sc);
    db_close(shared);
}

static struct scope *leaver;
static bool leaver_done;

static void leave_soon(void *arg)
{
    (void)arg;
    fiber_sleep_us(20000);
    waitq_cancel(leaver);
}

static void wait_and_leave(void *arg)
{
    (void)arg;
    CHECK_ERR(ask_one(leaver), ERR_CANCELLED);
    leaver_done = true;
}

TEST_IN_LOOP(a_caller_that_leaves_waits_no_longer_for_a_connection)
{
    int ms = 400;
    int64_t start = loop_now_us();
    struct scope *sc;

    shared = db_for_test(1, 4, 0);
    sc = scope_on(shared);
    leaver = scope_on(shared);
    CHECK_OK(ask_one(sc));
    CHECK(fiber_start(sleeper, &ms));
    fiber_yield();
    CHECK(fiber_start(wait_and_leave, NULL));
    CHECK(fiber_start(leave_soon, NULL));
    while (!leaver_done)
        fiber_sleep_us(1000);
    CHECK(!sleeper_done); /* the one connection was never free meanwhile */
    while (!sleeper_done)
        fiber_sleep_us(1000);
    CHECK_OK(sleeper_result);
    CHECK_OK(ask_one(sc)); /* and nobody's place in the line is left behind */
    CHECK(loop_now_us() - start < 10000000);
    scope_free(leaver);
    scope_free(sc);
    db_close(shared);
}

/* What is under way is finished: stopping it costs the server more. */
static void statement_and_leave(void *arg)
{
    int ms = 200;

    (void)arg;
    sleeper_result = ask_sleep(leaver, ms);
    leaver_done = true;
}

TEST_IN_LOOP(a_statement_under_way_is_finished_though_the_caller_leaves)
{
    shared = db_for_test(1, 4, 0);
    leaver = scope_on(shared);
    leaver_done = false;
    CHECK_OK(ask_one(leaver));
    CHECK(fiber_start(statement_and_leave, NULL));
    CHECK(fiber_start(leave_soon, NULL));
    while (!leaver_done)
        fiber_sleep_us(1000);
    CHECK(leaver->cancelled);
    CHECK_OK(sleeper_result);
    CHECK_ERR(ask_one(leaver), ERR_CANCELLED);
    scope_free(leaver);
    db_close(shared);
}

TEST_IN_LOOP(the_statement_timeout_is_the_servers)
{
    struct db *db = db_for_test(1, 1, 100);
    struct scope *sc = scope_on(db);

    CHECK_ERR(ask_sleep(sc, 5000), ERR_TIMEOUT);
    CHECK(strstr(scope_fault(sc)->detail, "57014") != NULL);
    CHECK_OK(ask_one(sc));
    scope_free(sc);
    db_close(db);
}

enum { CROWD = 1000 };
static int crowd_ok, crowd_done;

static enum err add_both(struct scope *sc, int n)
{
    struct db_value p = db_put_int(sc, n);
    struct db_rows rows;

    TRY(sc, db_query(sc, &add, &p, &rows));
    db_commit_next(sc);
    return db_query(sc, &add, &p, &rows);
}

static void one_of_the_crowd(void *arg)
{
    struct scope *sc = scope_on(shared);

    crowd_ok += add_both(sc, *(int *)arg) == OK;
    crowd_done++;
    scope_free(sc);
}

TEST_IN_LOOP(a_thousand_fibers_share_four_connections)
{
    struct db_rows rows;
    struct scope *sc;
    int by = 3;

    test_pg_ask("drop table if exists sums; create table sums (a int)");
    shared = db_for_test(4, CROWD, 0);
    for (int i = 0; i < CROWD; i++)
        CHECK(fiber_start(one_of_the_crowd, &by));
    while (crowd_done < CROWD)
        fiber_sleep_us(10000);
    CHECK_INT(crowd_ok, CROWD);
    CHECK_STR(test_pg_ask("select count(*) from pg_stat_activity where application_name = 'test'"), "4");
    sc = scope_on(shared);
    CHECK_OK(ask(sc, &sum, NULL, &rows));
    CHECK_INT(db_get_int(&rows.cells[0]), 2 * CROWD * by);
    scope_free(sc);
    db_close(shared);
}

static void half_done(void *arg)
{
    struct scope *sc = scope_on(shared);
    struct db_value p = db_put_int(sc, 1);
    struct db_rows rows;

    crowd_ok += db_query(sc, &add, &p, &rows) == OK;
    crowd_done++;
    (void)arg;
    scope_free(sc); /* with its transaction open */
}

TEST_IN_LOOP(scopes_that_end_half_done_leave_nothing_and_give_back_their_connections)
{
    test_pg_ask("drop table if exists sums; create table sums (a int)");
    shared = db_for_test(2, CROWD, 0);
    for (int i = 0; i < 200; i++)
        CHECK(fiber_start(half_done, NULL));
    while (crowd_done < 200)
        fiber_sleep_us(10000);
    CHECK_INT(crowd_ok, 200);
    fiber_sleep_us(100000);
    CHECK_STR(test_pg_ask("select count(*) from sums"), "0");
    CHECK_STR(test_pg_ask("select count(*), count(*) filter (where state = 'idle') from pg_stat_activity"
                          " where application_name = 'test'"),
              "2|2");
    db_close(shared);
}
