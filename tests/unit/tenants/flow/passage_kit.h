#pragma once

#include "base/timefmt.h"
#include "connectors/shopify/shopify.h"
#include "connectors/tryton/tryton.h"
#include "flow/flow.h"
#include "flows/flows.h"
#include "kit/erp.h"
#include "live/live.h"
#include "net/net.h"
#include "org/org.h"
#include "sys/config.h"
#include "sys/loop.h"
#include "unit/tenants/tenant_kit.h"

/* A worker as far as one job needs it: a shop and an ERP of one customer, the ERP being the stand-in. */
#define PASSWORD "Chan3l-Sync84"

struct shop {
    struct tenant t;
    struct uuid source, erp_connection, dispatcher;
    struct db *dispatch, *work;
    struct net *net;
    struct secret *kek;
};

static struct test_erp erp;
static struct shop shop;

static const struct connector *const shop_registry[] = {&shopify_connector, &tryton_connector, NULL};

static inline void shop_settings(const char *settle)
{
    char *settings[] = {(char *)settle, NULL};

    CHECK_OK(config_load(test_scope(), settings));
}

/* ---- the stand-in's side doors ---- */

static inline const struct doc *erp_ask(const char *path, const char *body)
{
    struct scope *sc = test_scope();
    struct net_header json = {"content-type", "application/json"};
    struct net_call call = {.method = body ? "POST" : "GET",
                            .url = arena_f(sc->arena, "%s%s", erp.base, path),
                            .headers = &json,
                            .header_count = 1,
                            .body = str_of(body ? body : "")};
    const struct doc *d = NULL;
    struct net_answer answer;

    CHECK_OK(net_fetch(sc, shop.net, &call, &answer));
    CHECK_INT(answer.status, 200);
    if (!body || strcmp(path, "/__control") != 0)
        CHECK_OK(doc_parse(sc, answer.body, &d));
    return d;
}

static inline void erp_is_told(const char *faults)
{
    (void)erp_ask("/__control", faults);
}

static inline int64_t erp_count(const char *what)
{
    int64_t n = -1;

    CHECK(doc_int(doc_get(erp_ask("/__state", NULL), what), &n));
    return n;
}

/* "state total" of each sale, a comma between. */
static inline const char *erp_sales(void)
{
    const struct doc *all = erp_ask("/__sales", NULL);
    struct scope *sc = test_scope();
    const char *out = "";

    for (size_t i = 0; i < doc_count(all); i++)
        out = arena_f(sc->arena, "%s%s%s %s", out, i ? "," : "", doc_cstr(sc->arena, doc_get(doc_at(all, i), "state")),
                      doc_cstr(sc->arena, doc_get(doc_at(all, i), "total")));
    return out;
}

/* A call of a person who works in the ERP; its result. */
static inline const struct doc *erp_does(const char *method, const char *params)
{
    struct scope *sc = test_scope();
    struct net_header headers[] = {{"content-type", "application/json"},
                                   {"authorization", "Basic Y29ubmVjdG9yOkNoYW4zbC1TeW5jODQ="}};
    struct net_call call = {
        .method = "POST",
        .url = erp.url,
        .headers = headers,
        .header_count = 2,
        .body = str_of(arena_f(sc->arena, "{\"id\":1,\"method\":\"model.%s\",\"params\":[%s,{}]}", method, params))};
    const struct doc *d = NULL;
    struct net_answer answer;

    CHECK_OK(net_fetch(sc, shop.net, &call, &answer));
    CHECK_OK(doc_parse(sc, answer.body, &d));
    if (!doc_get(d, "result"))
        test_failed(__FILE__, __LINE__, "%s: %s", method, answer.body.p);
    return doc_get(d, "result");
}

/* The first record that satisfies a domain. */
static inline int64_t erp_id(const char *model, const char *domain)
{
    struct scope *sc = test_scope();
    int64_t n = 0;

    CHECK(doc_int(doc_at(erp_does(arena_f(sc->arena, "%s.search", model),
                                  arena_f(sc->arena, "[%s],0,1,[[\"id\",\"ASC\"]]", domain)),
                         0),
                  &n));
    return n;
}

/* Somebody changes how many of the only sale's only line there are. */
static inline void erp_line_becomes(int quantity)
{
    struct scope *sc = test_scope();

    (void)erp_does("sale.sale.draft", "[1001]");
    (void)erp_does("sale.line.write", arena_f(sc->arena, "[%lld],{\"quantity\":%d}",
                                              (long long)erp_id("sale.line", "[\"sale\",\"=\",1001]"), quantity));
}

/* ---- the customer ---- */

static inline struct uuid shop_connect(struct db *as, const struct connection_new *in)
{
    struct scope *sc = scope_in(as, &shop.t);
    char token[HOOK_TOKEN_MAX];
    struct uuid made = {{0}};

    CHECK_OK(config_set(sc, "ALLOW_PRIVATE_ADDRESSES", "true")); /* the stand-in's */
    CHECK_OK(connection_create(sc, in, &made, token));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return made;
}

static inline void shop_tenant(void)
{
    struct db *setup = pool_as("tenon_operator"), *api = pool_as("tenon_api");
    struct scope *sc = scope_in(setup, NULL);

    shop.t = (struct tenant){.has_partner = true, .has_customer = true};
    CHECK_OK(org_partner_create(sc, "acme", "Acme", "acme.localhost", "plain", &shop.t.partner_id));
    CHECK_OK(org_customer_create(sc, "Shop", &shop.t.customer_id));
    CHECK_OK(db_commit(sc));
    shop.erp_connection = shop_connect(
        api,
        &(struct connection_new){
            .customer_id = shop.t.customer_id,
            .connector = "tryton",
            .name = "Books",
            .settings = str_of(arena_f(
                sc->arena, "{\"url\":\"%s\",\"user\":\"connector\",\"company\":3,\"unit\":%lld,\"warehouse\":%lld}",
                erp.url, (long long)erp_id("product.uom", "[\"name\",\"=\",\"Unit\"]"),
                (long long)erp_id("stock.location", "[\"code\",\"=\",\"DC1\"]"))),
            .secret = {PASSWORD, strlen(PASSWORD)}});
    shop.source = shop_connect(api, &(struct connection_new){.customer_id = shop.t.customer_id,
                                                             .connector = "shopify",
                                                             .name = "Web shop",
                                                             .settings = STR("{\"shop\":\"a.example.com\"}"),
                                                             .secret = {"signed", 6},
                                                             .destination_id = &shop.erp_connection});
    scope_free(sc);
    db_close(setup);
    db_close(api);
}

static inline void shop_open(void)
{
    struct scope *sc;

    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(offload_start(1, 16));
    shop_settings("TENON_SETTLE_MS=800");
    given_schema();
    connect_registry = shop_registry;
    shop.kek = secret_new(CRYPTO_KEY_BYTES);
    crypto_random(secret_fill(shop.kek), CRYPTO_KEY_BYTES);
    org_keks_set(shop.kek, shop.kek);
    shop.net = net_open(&(struct net_conf){.allow_private = true});
    shop_tenant();
    shop.dispatch = pool_as("tenon_dispatch");
    shop.work = pool_as("tenon_worker");
    CHECK_OK(connect_thread_start(test_scope(), shop.net));
    shop.dispatcher = uuid_new();
    sc = scope_in(shop.dispatch, NULL);
    CHECK_OK(ledger_beat(sc, &shop.dispatcher));
    scope_free(sc);
}

static inline void shop_close(void)
{
    live_thread_end();
    flows_thread_end();
    offload_stop();
    connect_thread_end();
    net_close(shop.net);
    db_close(shop.dispatch);
    db_close(shop.work);
    org_keks_set(NULL, NULL);
    secret_free(shop.kek);
}

static void (*shop_test)(void);

static inline void shop_run(void)
{
    shop_open();
    shop_test();
    shop_close();
}

static inline void shop_in_loop(void (*fn)(void))
{
    test_erp_start(&erp);
    shop_test = fn;
    test_in_loop(shop_run);
}

#define SHOP_TEST(name_)                                                                                               \
    static void shop_##name_(void);                                                                                    \
    TEST(name_)                                                                                                        \
    {                                                                                                                  \
        shop_in_loop(shop_##name_);                                                                                    \
    }                                                                                                                  \
    static void shop_##name_(void)

/* ---- orders and tries ---- */

/* A delivery of an order: so many of one SKU at 19.99. The first two are of one customer and SKU. */
static inline struct uuid shop_sends(int number, int quantity, int version)
{
    struct uuid j = uuid_new(), m;
    const char *body =
        arena_f(test_scope()->arena,
                "{\"id\":58000000000%02d,\"name\":\"#1\",\"email\":\"a@example.com\",\"currency\":\"USD\","
                "\"taxes_included\":false,\"created_at\":\"2026-11-20T11:30:59Z\","
                "\"updated_at\":\"2026-11-20T11:%02d:59Z\",\"customer\":{\"id\":%d,\"first_name\":\"Ada\"},"
                "\"line_items\":[{\"id\":901,\"sku\":\"SKU-%04d\",\"title\":\"A thing\",\"quantity\":%d,"
                "\"price\":\"19.99\",\"tax_lines\":[],\"discount_allocations\":[]}],\"shipping_lines\":[],"
                "\"total_discounts\":\"0.00\",\"total_tax\":\"0.00\",\"total_price\":\"%d.%02d\"}",
                number, 30 + version, number < 3 ? 701 : 700 + number, number < 3 ? 1 : number, quantity,
                quantity * 1999 / 100, quantity * 1999 % 100);

    m = given_message(&shop.t, &shop.source, body);
    sql("insert into job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key,"
        " lane, run_at, deadline_at, created_at) values ('%s', '%s', '%s', '%s', '%s', '%s', 'order', "
        "'order:58000000000%02d', 0,"
        " now(), now() + interval '7 days', now())",
        id(&shop.t.partner_id), id(&shop.t.customer_id), id(&j), id(&m), id(&shop.source), id(&j), number);
    return j;
}

static inline void shop_claim(const struct uuid *job, struct scope *to, struct flow_job *out)
{
    struct scope *sc = scope_in(shop.dispatch, NULL);
    struct flow_ticket ticket = {shop.t.partner_id, shop.t.customer_id, *job, 0};
    struct flow_job *claimed;
    size_t n = 0;

    sql("update job set state = 'ready', lease_owner = null where job_id = '%s'", id(job));
    CHECK_OK(ledger_claim(sc, &shop.dispatcher, &ticket, 1, false, &claimed, &n));
    CHECK_INT(n, 1);
    *out = claimed[0];
    out->kind = arena_strdup(to->arena, claimed[0].kind);
    out->business_key = arena_strdup(to->arena, claimed[0].business_key);
    out->events.arena = to->arena;
    scope_free(sc);
}

/* One try, as a dispatcher makes it; *out_again_us is when it wants to come back. */
static inline enum err try_once(const struct uuid *job, int64_t *out_again_us)
{
    struct scope *sc = scope_in(shop.work, NULL);
    struct flow_job *claimed = ARENA_NEW(sc->arena, struct flow_job);
    enum err e;

    shop_claim(job, sc, claimed);
    sc->deadline_us = loop_now_us() + 180000000;
    e = flow_run(sc, claimed);
    *out_again_us = claimed->retry_us;
    if (e != OK && scope_fault(sc)->message)
        printf("# %s: %s (%s)\n", err_info(e)->name, scope_fault(sc)->message,
               scope_fault(sc)->detail ? scope_fault(sc)->detail : "");
    db_rollback(sc);
    scope_free(sc);
    sql("update job set state = '%s', lease_owner = null where job_id = '%s'", e == OK ? "done" : "held", id(job));
    return e;
}

/* Tries until it is done or a person is asked. */
static inline enum err tries(const struct uuid *job)
{
    enum err e = ERR_INTERNAL;
    int64_t again_us;

    for (int i = 0; i < 12; i++) {
        e = try_once(job, &again_us);
        if (e == OK || err_info(e)->fate == FATE_REVIEW)
            return e;
        fiber_sleep_us(again_us ? again_us : 1000);
    }
    return e;
}

static inline void erp_connection_becomes(const char *status)
{
    sql("update connection set status = '%s' where connection_id = '%s'", status, id(&shop.erp_connection));
}

static inline const char *order_is(void)
{
    return sql("select state, coalesce(held_reason, ''), coalesce(external_total_minor::text, '') from sales_order");
}
