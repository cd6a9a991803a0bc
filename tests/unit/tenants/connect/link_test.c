#include "connect_kit.h"
#include "net/net.h"

/* The body of a login as the connector built it. */
static struct str login_body;

static enum err build(struct scope *sc, enum erp_op op, const struct erp_site *site, const struct erp_in *in,
                      struct http_call *out)
{
    (void)site;
    CHECK_INT(op, ERP_LOGIN); /* nothing else is asked without a session */
    login_body = str_of(arena_f(sc->arena, "password=%.*s", (int)in->password.n, in->password.p));
    CHECK_STR(login_body.p, "password=hunter2");
    *out = (struct http_call){.method = "POST", .url = "http://127.0.0.1:1/", .body = login_body, .secret_body = true};
    return OK;
}

static const struct connector_erp wipe_erp = {.build = build, .settle_ms = 1000, .concurrency = 1};
static const struct connector wipe_books = {
    .name = "books", .title = "Books", .erp = &wipe_erp, .settings_check = kit_settings_check};
static const struct connector *const wipe_registry[] = {&wipe_books, NULL};

static bool wiped;

/* Among the first things of the scope, so among the last at its end. */
static void look(void *arg)
{
    (void)arg;
    wiped = true;
    for (size_t i = 0; i < login_body.n; i++)
        wiped = wiped && login_body.p[i] == '\0';
}

TEST_IN_LOOP(the_body_of_a_login_is_wiped_however_it_ended)
{
    struct uuid books;
    struct world w;
    struct link *l;
    struct erp_in in = {.id = 1};
    struct erp_out out;
    struct scope *sc;
    struct net *net;

    world_make(&w);
    connect_registry = wipe_registry;
    books = kit_books_of(&w, &w.acme, "hunter2");
    net = net_open(&(struct net_conf){.connections = 1}); /* which refuses the address */
    CHECK_OK(connect_thread_start(test_scope(), net));
    sc = scope_in(w.worker, &w.acme);
    arena_defer(sc->arena, look, NULL);
    CHECK_OK(link_open(sc, &books, &l));
    CHECK(link_do(sc, l, ERP_SALE_READ, &in, &out) != OK);
    CHECK(login_body.n > 0 && memcmp(login_body.p, "password=hunter2", login_body.n) == 0);
    db_rollback(sc);
    scope_free(sc);
    CHECK(wiped);
    connect_thread_end();
    net_close(net);
    world_end(&w);
}

static struct link *reader;
static enum err read_result = ERR_INTERNAL;
static bool read_ended;

static void read_one(void *arg)
{
    struct erp_in in = {.id = 1};
    struct erp_out out;

    read_result = link_do(arg, reader, ERP_SALE_READ, &in, &out);
    read_ended = true;
}

/* One place, held by who waits for the login that another makes. */
TEST_IN_LOOP(a_login_does_not_wait_for_the_places_of_those_who_wait_for_it)
{
    struct scope *sc, *other;
    struct uuid books;
    struct world w;
    struct link *l;
    struct net *net;

    world_make(&w);
    connect_registry = wipe_registry;
    books = kit_books_of(&w, &w.acme, "hunter2");
    net = net_open(&(struct net_conf){.connections = 1});
    CHECK_OK(connect_thread_start(test_scope(), net));
    sc = scope_in(w.worker, &w.acme);
    other = scope_in(w.worker, &w.acme);
    CHECK_OK(link_open(sc, &books, &l));
    CHECK_OK(link_open(other, &books, &reader));
    sc->deadline_us = other->deadline_us = loop_now_us() + 3000000;
    CHECK(fiber_start(read_one, other));
    fiber_yield(); /* it logs in, which begins with the sealed password */
    CHECK_ERR(link_enter(sc, l), ERR_INVALID);
    while (!read_ended)
        fiber_yield();
    CHECK_INT(read_result, ERR_INVALID); /* the address is refused, and nobody ran out of time */
    db_rollback(sc);
    db_rollback(other);
    scope_free(sc);
    scope_free(other);
    connect_thread_end();
    net_close(net);
    world_end(&w);
}

static bool others_got;

static void wait_for_token(void *arg)
{
    others_got = pace_wait(arg, &reader->pace) == OK;
}

/* As of a change that was found made: its turn came, and nothing was called. */
TEST_IN_LOOP(a_turn_that_no_call_used_is_given_on_when_the_work_ends)
{
    static const struct rate_limit slow = {250, 1}; /* a token in four seconds */
    struct rate *rate = rate_open(NULL, 1);
    struct scope *sc, *other;
    struct uuid books;
    struct world w;
    struct link *l;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "hunter2");
    connect_rate_set(rate);
    sc = scope_in(w.worker, &w.acme);
    other = scope_in(w.worker, &w.acme);
    CHECK_OK(link_open(sc, &books, &l));
    CHECK_OK(link_open(other, &books, &reader));
    l->pace.limit = reader->pace.limit = slow;
    CHECK_OK(pace_wait(sc, &l->pace));
    CHECK(fiber_start(wait_for_token, other));
    fiber_sleep_us(50000);
    CHECK(!others_got);
    db_rollback(sc);
    scope_free(sc);
    fiber_sleep_us(10000);
    CHECK(others_got);
    db_rollback(other);
    scope_free(other);
    connect_thread_end();
    rate_close(rate);
    world_end(&w);
}

/* ---- a system that is simulated ---- */

static const struct connect_stand_in simulated_books = {.connector = "books",
                                                        .base = "/",
                                                        .token_path = "/_token",
                                                        .settings = STR("{\"url\":\"http://x\"}"),
                                                        .secrets = STR("{\"password\":\"hunter2\"}")};

static enum err opens(struct world *w, const struct uuid *books, const char **out_why)
{
    struct scope *sc = scope_in(w->worker, &w->acme);
    struct link *l;
    enum err e = link_open(sc, books, &l);

    *out_why = e == OK ? "" : arena_strdup(test_scope()->arena, scope_fault(sc)->message);
    db_rollback(sc);
    scope_free(sc);
    return e;
}

static struct uuid given_simulated(struct world *w)
{
    struct connection_new in = {
        .connector = "books", .name = "Books", .settings = STR("{}"), .environment_kind = "sandbox", .simulated = true};
    char token[HOOK_TOKEN_MAX];
    struct uuid made = {{0}};

    connect_registry = wipe_registry;
    connect_stand_ins_set("127.0.0.1:1", &simulated_books, 1);
    CHECK_OK(kit_create(w, &w->acme, &in, &made, token));
    return made;
}

TEST_IN_LOOP(what_is_simulated_is_never_called_for_real_when_its_stand_in_goes)
{
    struct uuid books;
    const char *why;
    struct world w;
    struct net *net;

    world_make(&w);
    net = net_open(&(struct net_conf){.connections = 1});
    CHECK_OK(connect_thread_start(test_scope(), net));
    books = given_simulated(&w);
    CHECK_OK(opens(&w, &books, &why));
    sql("delete from simulation"); /* as an erasure does, which comes to its connection later */
    connect_thread_end();          /* and forgets what it has read */
    CHECK_OK(connect_thread_start(test_scope(), net));
    CHECK_ERR(opens(&w, &books, &why), ERR_HOLD);
    CHECK_STR(why,
              "the system of \"Books\" is simulated and is no longer there, so nothing was called; connect a new one");
    connect_stand_ins_set(NULL, NULL, 0);
    connect_thread_end();
    net_close(net);
    world_end(&w);
}

/* What a statement of nobody less than the database's owner comes to. */
static const char *refused(const char *statement)
{
    return sql("create or replace function refusal(t text) returns text language plpgsql as $$ begin execute t; return "
               "'done'; exception when others then return sqlerrm; end $$;"
               "select refusal($s$%s$s$)",
               statement);
}

TEST_IN_LOOP(whether_a_system_is_simulated_is_settled_when_it_is_connected)
{
    struct uuid books;
    struct world w;

    world_make(&w);
    books = given_simulated(&w);
    CHECK_STR(sql("select simulated from connection where connection_id = '%s'", id(&books)), "t");
    CHECK_STR(refused("update connection set simulated = false"),
              "where a connection works, and whether its system is simulated, is settled when it is made");
    CHECK_STR(
        refused("update connection c set environment_id = e.environment_id from environment e where e.customer_id = "
                "c.customer_id and e.kind = 'live'"),
        "where a connection works, and whether its system is simulated, is settled when it is made");
    CHECK_STR(
        refused("insert into connection (partner_id, customer_id, connection_id, environment_id, connector, name, "
                "simulated) select c.partner_id, c.customer_id, gen_random_uuid(), e.environment_id, c.connector, "
                "'X', true from connection c join environment e on e.customer_id = c.customer_id and e.kind = "
                "'live'"),
        "only a connection of a sandbox can be simulated");
    CHECK_STR(refused("update connection set name = 'Other'"), "done");
    connect_stand_ins_set(NULL, NULL, 0);
    world_end(&w);
}

/* As the owner of the tables runs it, to whom their rows are closed as well. */
static void migrate_again(void)
{
    sql("drop trigger connection_stays on connection; drop trigger connection_is_sandboxed on connection;"
        "drop function connection_stays(); drop function connection_is_sandboxed();"
        "drop function simulations_waiting(int, int, uuid);"
        "alter table connection drop column simulated; alter table flow_input drop column environment_id");
    test_pg_ask(arena_f(test_scope()->arena,
                        "begin;\nset local role tenon_owner;\nset local search_path = tenon;\n"
                        "\\i %s/sql/migrations/0069_environments_stay_apart.sql\ncommit;\n",
                        kit_root()));
}

TEST_IN_LOOP(what_was_simulated_before_is_known_to_be_so_also_when_its_stand_in_has_gone)
{
    struct uuid books, gone, real;
    struct world w;

    world_make(&w);
    books = given_simulated(&w);
    gone = given_simulated(&w);
    real = kit_books_of(&w, &w.acme, "hunter2");
    sql("delete from simulation where connection_id = '%s';"
        "update credential set kind = 'door' where connection_id = '%s'",
        id(&gone), id(&gone)); /* which a system that delivers has */
    migrate_again();
    CHECK_STR(sql("select string_agg(simulated::text, ' ' order by array_position('{%s,%s,%s}'::uuid[], connection_id))"
                  " from connection",
                  id(&books), id(&gone), id(&real)),
              "true true false");
    CHECK_STR(refused("update connection set simulated = not simulated"),
              "where a connection works, and whether its system is simulated, is settled when it is made");
    connect_stand_ins_set(NULL, NULL, 0);
    world_end(&w);
}
