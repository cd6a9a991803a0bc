#include <string.h>

#include "access/callers.h"
#include "api/api_int.h"
#include "base/timefmt.h"

/* What keys and clients have in common: scopes, given by whoever holds them, and what they are bound to. */
enum err api_invalid(struct scope *sc, const char *pointer, const char *code, const char *why)
{
    enum err e;

    scope_clear(sc);
    scope_item(sc, pointer, code, "%s", why);
    e = FAIL(sc, ERR_INVALID, "one value is not valid");
    scope_problem(sc, "validation", 422);
    return e;
}

enum err api_scopes_read(struct scope *sc, const struct wire_texts *scopes, uint64_t *out)
{
    uint64_t may = 0;

    for (size_t i = 0; i < scopes->n; i++) {
        enum permission p = permission_find(str_of(scopes->items[i]));

        if (p == PERMISSION_NONE)
            return api_invalid(sc, arena_f(sc->arena, "/scopes/%zu", i), "unknown_scope", "there is no such scope");
        may |= PERMISSION_BIT(p);
    }
    *out = may;
    return OK;
}

enum err api_may_give(struct scope *sc, uint64_t may)
{
    uint64_t lacks = may & ~sc->caller->may;

    for (enum permission p = PERMISSION_NONE + 1; p < PERMISSION_COUNT; p++)
        if (lacks & PERMISSION_BIT(p))
            return FAIL(sc, ERR_FORBIDDEN, "nobody gives what they lack: \"%s\"", permission_name(p));
    return OK;
}

enum err api_bind(struct scope *sc, struct uuid *brand_id, struct access_key_new *out)
{
    bool said = !uuid_is_nil(brand_id);

    out->customer_id = sc->tenant.has_customer ? &sc->tenant.customer_id : NULL;
    if (!said && sc->tenant.has_brand)
        *brand_id = sc->tenant.brand_id;
    if (said && sc->tenant.has_brand && !uuid_equal(brand_id, &sc->tenant.brand_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such store brand");
    out->brand_id = uuid_is_nil(brand_id) ? NULL : brand_id;
    return OK;
}

enum err api_expiry_check(struct scope *sc, int64_t expires_at)
{
    if (expires_at != INT64_MIN && expires_at <= time_now_us())
        return api_invalid(sc, "/expires_at", "in_the_past", "must be in the future");
    return OK;
}

struct wire_texts api_split(struct scope *sc, const char *list, char between)
{
    size_t n = *list ? 1 : 0, i = 0;
    const char **items;

    for (const char *c = list; *c; c++)
        n += *c == between;
    items = ARENA_ARRAY(sc->arena, const char *, n);
    for (const char *at = list; i < n; i++) {
        const char *end = strchr(at, between);
        size_t length = end ? (size_t)(end - at) : strlen(at);

        items[i] = arena_strndup(sc->arena, at, length);
        at += length + 1;
    }
    return (struct wire_texts){items, n};
}

struct wipe {
    char *p;
    size_t n;
};

static void wipe_now(void *arg)
{
    const struct wipe *w = arg;

    explicit_bzero(w->p, w->n);
}

void api_wipe_later(struct scope *sc, char *secret, size_t n)
{
    struct wipe *w = ARENA_NEW(sc->arena, struct wipe);

    *w = (struct wipe){secret, n};
    arena_defer(sc->arena, wipe_now, w);
}
