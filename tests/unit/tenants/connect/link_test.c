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
    *out = (struct http_call){.method = "POST", .url = site->url, .body = login_body, .secret_body = true};
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
