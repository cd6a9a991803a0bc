#pragma once

#include "base/timefmt.h"
#include "connectors/http/http.h"
#include "connectors/shopify/shopify.h"
#include "flows/flows.h"
#include "kit/stand_in.h"
#include "live/live.h"
#include "net/net.h"
#include "org/org.h"
#include "sys/config.h"
#include "sys/loop.h"
#include "unit/tenants/tenant_kit.h"
#include "walk/walk.h"

/* A worker as far as one job of a flow needs it: a shop, and a warehouse that takes JSON. */
struct yard {
    struct tenant t;
    struct uuid source, wms, dispatcher, flow, job;
    struct db *dispatch, *work;
    struct net *net;
    struct secret *kek;
    const char *base; /* of the stand-in */
    int port;
    enum err last;
    const char *why, *said;
};

static struct yard yard;

static const struct connector *const yard_registry[] = {&shopify_connector, &http_connector, NULL};

static inline const struct doc *sink_ask(const char *path, const char *body)
{
    struct scope *sc = test_scope();
    struct net_header json = {"content-type", "application/json"};
    struct net_call call = {.method = body ? "POST" : "GET",
                            .url = arena_f(sc->arena, "http://127.0.0.1:%d/%s", yard.port, path),
                            .headers = &json,
                            .header_count = 1,
                            .body = str_of(body ? body : "")};
    const struct doc *d = NULL;
    struct net_answer answer;

    CHECK_OK(net_fetch(sc, yard.net, &call, &answer));
    if (answer.body.n)
        CHECK_OK(doc_parse(sc, answer.body, &d));
    return d;
}

static inline int64_t sink_count(const char *what)
{
    int64_t n = -1;

    CHECK(doc_int(doc_get(sink_ask("_sink", NULL), what), &n));
    return n;
}

static inline void sink_is_told(const char *faults)
{
    (void)sink_ask("_faults", faults);
}

static inline struct uuid yard_connect(struct db *as, const struct connection_new *in)
{
    struct scope *sc = scope_in(as, &yard.t);
    char token[HOOK_TOKEN_MAX];
    struct uuid made = {{0}};

    CHECK_OK(config_set(sc, "ALLOW_PRIVATE_ADDRESSES", "true")); /* the stand-in's */
    CHECK_OK(connection_create(sc, in, &made, token));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return made;
}

static inline void yard_tenant(void)
{
    struct db *setup = pool_as("tenon_operator"), *api = pool_as("tenon_api");
    struct scope *sc = scope_in(setup, NULL);

    yard.t = (struct tenant){.has_partner = true, .has_customer = true};
    CHECK_OK(org_partner_create(sc, "acme", "Acme", "acme.localhost", "plain", &yard.t.partner_id));
    CHECK_OK(org_customer_create(sc, "Shop", &yard.t.customer_id));
    CHECK_OK(db_commit(sc));
    yard.wms = yard_connect(
        api, &(struct connection_new){
                 .customer_id = yard.t.customer_id,
                 .connector = "http",
                 .name = "Warehouse",
                 .settings = str_of(arena_f(
                     sc->arena,
                     "{\"url\":\"http://127.0.0.1:%d/\",\"auth\":\"basic\",\"operations\":{"
                     "\"keyed\":{\"method\":\"POST\",\"path\":\"keyed\",\"again\":\"key\",\"key_header\":"
                     "\"Idempotency-Key\",\"ref\":\"/id\",\"settle_ms\":300},"
                     "\"put\":{\"method\":\"PUT\",\"path\":\"things/{key}\",\"again\":\"upsert\",\"settle_ms\":300},"
                     "\"probed\":{\"method\":\"POST\",\"path\":\"probed\",\"again\":\"probe\",\"ref\":\"/id\","
                     "\"probe\":{\"path\":\"probed?reference={key}\",\"ref\":\"/0/id\"},\"settle_ms\":300},"
                     "\"blind\":{\"method\":\"POST\",\"path\":\"blind\",\"settle_ms\":300},"
                     "\"find\":{\"method\":\"GET\",\"path\":\"things/{name}\"}}}",
                     yard.port)),
                 .secret = {"user:word", 9}});
    yard.source = yard_connect(api, &(struct connection_new){.customer_id = yard.t.customer_id,
                                                             .connector = "shopify",
                                                             .name = "Web shop",
                                                             .settings = STR("{\"shop\":\"a.example.com\"}"),
                                                             .secret = {"signed", 6},
                                                             .destination_id = &yard.wms});
    scope_free(sc);
    db_close(setup);
    db_close(api);
}

static inline void yard_open(void)
{
    struct scope *sc;

    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(offload_start(1, 16));
    given_schema();
    connect_registry = yard_registry;
    yard.kek = secret_new(CRYPTO_KEY_BYTES);
    crypto_random(secret_fill(yard.kek), CRYPTO_KEY_BYTES);
    org_keks_set(yard.kek, yard.kek);
    yard.net = net_open(&(struct net_conf){.allow_private = true});
    yard_tenant();
    yard.dispatch = pool_as("tenon_dispatch");
    yard.work = pool_as("tenon_worker");
    CHECK_OK(connect_thread_start(test_scope(), yard.net));
    yard.dispatcher = uuid_new();
    sc = scope_in(yard.dispatch, NULL);
    CHECK_OK(ledger_beat(sc, &yard.dispatcher));
    scope_free(sc);
}

static inline void yard_close(void)
{
    live_thread_end();
    flows_thread_end();
    walk_thread_end();
    offload_stop();
    connect_thread_end();
    net_close(yard.net);
    db_close(yard.dispatch);
    db_close(yard.work);
    org_keks_set(NULL, NULL);
    secret_free(yard.kek);
}

static void (*yard_test)(void);

static inline void yard_run(void)
{
    yard_open();
    yard_test();
    yard_close();
}

static inline void yard_in_loop(void (*fn)(void))
{
    const char *const argv[] = {"fake-sink", "--listen", "127.0.0.1:0", NULL};

    yard.port = test_stand_in(argv);
    if (!yard.port)
        test_skip("the stand-in that takes JSON is not built");
    yard_test = fn;
    test_in_loop(yard_run);
}

#define YARD_TEST(name_)                                                                                               \
    static void yard_##name_(void);                                                                                    \
    TEST(name_)                                                                                                        \
    {                                                                                                                  \
        yard_in_loop(yard_##name_);                                                                                    \
    }                                                                                                                  \
    static void yard_##name_(void)

/* A published flow by its steps and the rest of its head; it calls the warehouse "wms". */
static inline struct uuid given_flow(const char *name, const char *head, const char *steps)
{
    struct uuid f = uuid_new();

    sql("insert into flow (partner_id, customer_id, flow_id, name, versions, current_version)"
        " values ('%s', '%s', '%s', '%s', 1, 1);"
        "insert into flow_version (partner_id, customer_id, flow_id, number, status, document, document_hash, author,"
        " published_at) values ('%s', '%s', '%s', 1, 'published', $d${\"format\":\"flow/1\",%s,\"steps\":%s}$d$,"
        " sha256('x'), 'system', now());"
        "insert into flow_connection (partner_id, customer_id, flow_id, role, connection_id)"
        " values ('%s', '%s', '%s', 'wms', '%s')",
        id(&yard.t.partner_id), id(&yard.t.customer_id), id(&f), name, id(&yard.t.partner_id), id(&yard.t.customer_id),
        id(&f), head, steps, id(&yard.t.partner_id), id(&yard.t.customer_id), id(&f), id(&yard.wms));
    return f;
}

#define BY_API "\"trigger\":{\"api\":{}}"

/* A job of the flow that was given this. */
static inline struct uuid given_run(const struct uuid *flow, const char *input, bool shadow)
{
    struct scope *sc = scope_in(yard.work, &yard.t);
    struct walk_given g = {.flow_id = *flow, .version = 1, .lane = -1, .given_by = "system", .shadow = shadow};
    struct uuid job = {{0}};

    CHECK_OK(doc_parse(sc, str_of(input), &g.input));
    CHECK_OK(walk_prepare(sc, &g));
    CHECK_OK(walk_start(sc, &g, &job));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return job;
}

static inline void yard_claim(const struct uuid *job, struct scope *to, struct flow_job *out)
{
    struct scope *sc = scope_in(yard.dispatch, NULL);
    struct flow_ticket ticket = {yard.t.partner_id, yard.t.customer_id, *job, 0};
    struct flow_job *claimed;
    size_t n = 0;

    sql("update job set state = 'ready', lease_owner = null, run_at = now() where job_id = '%s'", id(job));
    CHECK_OK(ledger_claim(sc, &yard.dispatcher, &ticket, 1, false, &claimed, &n));
    CHECK_INT(n, 1);
    *out = claimed[0];
    out->kind = arena_strdup(to->arena, claimed[0].kind);
    out->business_key = arena_strdup(to->arena, claimed[0].business_key);
    scope_free(sc);
}

/* One try, as a dispatcher makes it; what came of it is in yard. */
static inline enum err try_once(const struct uuid *job, int64_t *out_again_us)
{
    struct scope *sc = scope_in(yard.work, NULL);
    struct flow_job *claimed = ARENA_NEW(sc->arena, struct flow_job);
    struct arena *keep = test_scope()->arena;
    enum err e;

    yard_claim(job, sc, claimed);
    sc->deadline_us = loop_now_us() + 180000000;
    e = walk_run(sc, claimed);
    *out_again_us = claimed->retry_us;
    yard.last = e;
    yard.why = e != OK && scope_fault(sc)->message ? arena_strdup(keep, scope_fault(sc)->message) : "";
    yard.said = claimed->said ? arena_strdup(keep, claimed->said) : "";
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
        fiber_sleep_us(again_us && again_us < 1000000 ? again_us : 1000);
    }
    return e;
}

/* One run from its beginning to its end. */
static inline enum err runs(const char *steps, const char *input)
{
    struct uuid flow = given_flow(id(&(struct uuid){{0}}), BY_API, steps);

    sql("update flow set name = flow_id::text");
    yard.job = given_run(&flow, input, false);
    return tries(&yard.job);
}

static inline const char *effects(void)
{
    return sql(
        "select string_agg(operation || ' ' || effect_key || ' ' || state || ' ' || sends, ', ' order by planned_at,"
        " effect_key) from effect");
}
