#pragma once

#include <string.h>

#include "kit/test.h"
#include "manifest/manifest_int.h"
#include "json/doc.h"

/* A manifest of the test with a few members of its own: {"operations": …} over the rest. */
#define KIT_HEAD                                                                                                       \
    "\"format\":\"connector/1\",\"name\":\"acme\",\"version\":\"1.0.0\",\"title\":\"Acme\",\"kind\":\"storefront\","   \
    "\"settings\":{\"shop\":{\"title\":\"Shop\",\"kind\":\"host\",\"needed\":true},"                                   \
    "\"zone\":{\"title\":\"Zone\",\"default\":\"UTC\"}},"                                                              \
    "\"secrets\":{\"key\":{\"title\":\"Key\",\"why\":\"Calls are made with it.\"},"                                    \
    "\"hook\":{\"title\":\"Hook\",\"why\":\"Deliveries are checked with it.\",\"webhooks\":true,\"optional\":true}},"  \
    "\"url\":\"\\\"https://\\\" & $settings.shop & \\\"/\\\"\","
#define KIT_AUTH "\"auth\":{\"kind\":\"header\",\"header\":\"x-key\",\"value\":\"Key {key}\"},"

static inline const struct doc *kit_doc(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

/* The faults as "POINTER CODE" lines; "" when it compiled. */
static inline const char *kit_faults(const char *text)
{
    struct scope *sc = test_scope();
    struct manifest *m;
    struct buf b;

    scope_clear(sc);
    buf_init(&b, sc->arena, 10000);
    if (manifest_compile(sc, sc->arena, kit_doc(text), &m) != OK)
        for (const struct fault_item *i = scope_fault(sc)->items; i; i = i->next)
            buf_f(&b, "%s%s %s", b.n ? "\n" : "", i->pointer, i->code);
    return buf_cstr(&b);
}

static inline struct erp_site *kit_site_of(const char *manifest, const char *settings)
{
    struct scope *sc = test_scope();
    struct erp_site *s = ARENA_NEW(sc->arena, struct erp_site);
    struct manifest *m;

    scope_clear(sc);
    if (manifest_compile(sc, sc->arena, kit_doc(manifest), &m) != OK)
        CHECK_STR(scope_fault(sc)->items->pointer, scope_fault(sc)->items->detail);
    s->connector = manifest_connector(m);
    s->settings = kit_doc(settings);
    s->url = s->connector->url(sc, s->connector, s->settings);
    return s;
}

static inline struct erp_site *kit_site(const char *operations)
{
    return kit_site_of(arena_f(test_scope()->arena, "{" KIT_HEAD KIT_AUTH "\"operations\":%s}", operations),
                       "{\"shop\":\"acme.example\"}");
}

/* "METHOD URL [NAME: VALUE]… BODY" of what would be sent; what is wrong otherwise. */
static inline const char *kit_sent(const struct erp_site *s, const struct ask *ask)
{
    struct scope *sc = test_scope();
    struct http_call call;
    struct buf b;

    scope_clear(sc);
    buf_init(&b, sc->arena, 100000);
    if (s->connector->named->build(sc, s, ask, &call) != OK)
        return scope_fault(sc)->message;
    buf_f(&b, "%s %s", call.method, call.url);
    for (size_t i = 0; i < call.header_count; i++)
        buf_f(&b, " [%s: %s]", call.headers[i].name, call.headers[i].value);
    if (call.key)
        buf_f(&b, " [%s: %s]", call.key_header, call.key);
    if (call.body.n)
        buf_f(&b, " %.*s", (int)call.body.n, call.body.p);
    return buf_cstr(&b);
}

/* "found|absent REF AFTER VALUE" of an answer; the error's problem and its words otherwise. */
static inline const char *kit_read(const struct erp_site *s, const struct ask *ask, int status, const char *body)
{
    struct scope *sc = test_scope();
    struct http_reply reply = {.status = status, .body = str_of(body)};
    struct told t;
    struct buf b;
    enum err e;

    scope_clear(sc);
    buf_init(&b, sc->arena, 100000);
    e = s->connector->named->read(sc, s, ask, &reply, &t);
    if (e != OK)
        return arena_f(sc->arena, "%s: %s", err_info(e)->problem, scope_fault(sc)->message);
    buf_f(&b, "%s %s %s ", t.found ? "found" : "absent", t.ref, t.after ? t.after : "-");
    if (t.value)
        doc_write(&b, t.value);
    return buf_cstr(&b);
}
