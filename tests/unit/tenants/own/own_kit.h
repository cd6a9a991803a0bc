#pragma once

#include <string.h>

#include "manifest/manifest.h"
#include "org/org.h"
#include "own/own_int.h"
#include "sys/loop.h"
#include "unit/tenants/tenant_kit.h"

/* Two partners with a customer each, the servers' keys, and a small manifest of which a few members are the test's. */
struct world {
    struct tenant acme, globex;
    struct db *api, *worker, *operator_;
    struct secret *edge;
};

static const struct connector kit_taken = {.name = "taken", .title = "Taken"};
static const struct connector *const kit_registry[] = {&kit_taken, NULL};

static inline struct secret *kit_kek(void)
{
    struct secret *s = secret_new(CRYPTO_KEY_BYTES);

    crypto_random(secret_fill(s), CRYPTO_KEY_BYTES);
    return s;
}

static inline void world_make(struct world *w)
{
    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(offload_start(1, 10));
    given_schema();
    connect_registry = kit_registry;
    connect_own_set(own_find);
    w->edge = kit_kek();
    org_keks_set(w->edge, NULL);
    w->acme = given_tenant("acme");
    w->globex = given_tenant("globex");
    w->api = pool_as("tenon_api");
    w->worker = pool_as("tenon_worker");
    w->operator_ = pool_as("tenon_operator");
}

static inline void world_end(struct world *w)
{
    own_thread_end();
    offload_stop();
    org_keks_set(NULL, NULL);
    org_keks_old_set(NULL, NULL);
    org_signers_set(NULL, 0);
    secret_free(w->edge);
    db_close(w->api);
    db_close(w->worker);
    db_close(w->operator_);
}

/* name, version, and further members with a comma before. */
static inline struct str kit_manifest(const char *name, const char *version, const char *more)
{
    return str_of(
        arena_f(test_scope()->arena,
                "{\"format\":\"connector/1\",\"name\":\"%s\",\"version\":\"%s\",\"title\":\"Acme\",\"kind\":\"3pl\","
                "\"secrets\":{\"key\":{\"title\":\"Key\",\"why\":\"Calls are made with it.\"}},"
                "\"url\":\"\\\"https://acme.example/\\\"\","
                "\"auth\":{\"kind\":\"header\",\"header\":\"x-key\",\"value\":\"{key}\"},"
                "\"operations\":{\"things.get\":{\"title\":\"A thing\",\"kind\":\"thing\","
                "\"request\":{\"method\":\"GET\",\"path\":\"things/{id}\"}}}%s}",
                name, version, more));
}

static inline struct str kit_mapping(const char *system, const char *object, const char *expr)
{
    return str_of(arena_f(test_scope()->arena,
                          "{\"thing\":{\"format\":\"mapping/1\",\"source\":{\"system\":\"%s\",\"object\":\"%s\"},"
                          "\"target\":\"sku/1\",\"rules\":[{\"to\":\"/natural_key\",\"expr\":\"%s\"}]}}",
                          system, object, expr));
}

/* As the api does it; what went wrong stays in *out_faults: "POINTER CODE" lines, or the failure's name. */
static inline enum err kit_put(struct world *w, const struct tenant *t, struct str manifest, struct str mappings,
                               const char **out_faults)
{
    struct scope *sc = scope_in(w->api, t);
    struct own_judged judged;
    struct buf b;
    enum err e;

    e = own_put(sc, &(struct own_new){.manifest = manifest, .mappings = mappings, .who = "key_1"}, &judged);
    buf_init(&b, test_scope()->arena, 4096);
    for (const struct fault_item *i = scope_fault(sc)->items; e != OK && i; i = i->next)
        buf_f(&b, "%s%s %s", b.n ? "\n" : "", i->pointer, i->code);
    if (out_faults)
        *out_faults = buf_cstr(&b);
    if (e == OK)
        e = db_commit(sc);
    else
        db_rollback(sc);
    scope_free(sc);
    return e;
}

static inline enum err kit_publish(struct world *w, const struct tenant *t, const char *name, const char *version)
{
    struct scope *sc = scope_in(w->api, t);
    enum err e = own_publish(sc, name, version, "key_1");

    if (e == OK)
        e = db_commit(sc);
    else
        db_rollback(sc);
    scope_free(sc);
    return e;
}

/* Put up and published. */
static inline void given_version(struct world *w, const struct tenant *t, const char *version)
{
    CHECK_OK(kit_put(w, t, kit_manifest("acme", version, ""), (struct str){0}, NULL));
    CHECK_OK(kit_publish(w, t, "acme", version));
}
