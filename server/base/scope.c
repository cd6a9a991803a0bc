#include "base/scope.h"

#include <stdarg.h>
#include <string.h>

struct scope *scope_new(void)
{
    struct arena *a = arena_new();
    struct scope *sc = ARENA_NEW(a, struct scope);

    sc->arena = a;
    return sc;
}

void scope_free(struct scope *sc)
{
    if (sc)
        arena_free(sc->arena);
}

static void leave_trail(struct fault *f, const char *file, int line)
{
    if (f->trail_len == SCOPE_TRAIL_MAX)
        return;
    f->trail[f->trail_len].file = file;
    f->trail[f->trail_len].line = line;
    f->trail_len++;
}

enum err scope_fail(struct scope *sc, enum err code, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    scope_clear(sc);
    sc->fault.code = code;
    va_start(ap, fmt);
    sc->fault.message = arena_vf(sc->arena, fmt, ap);
    va_end(ap);
    leave_trail(&sc->fault, file, line);
    return code;
}

enum err scope_pass(struct scope *sc, enum err code, const char *file, int line)
{
    if (sc->fault.code != code) { /* a code without a message, or one that was turned into another */
        sc->fault.code = code;
        sc->fault.message = NULL;
        sc->fault.trail_len = 0;
    }
    leave_trail(&sc->fault, file, line);
    return code;
}

void scope_detail(struct scope *sc, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    sc->fault.detail = arena_vf(sc->arena, fmt, ap);
    va_end(ap);
}

void scope_item(struct scope *sc, const char *pointer, const char *code, const char *fmt, ...)
{
    struct fault_item **end = &sc->fault.items;
    struct fault_item *item;
    va_list ap;

    if (sc->fault.item_count++ >= SCOPE_ITEMS_MAX)
        return;
    while (*end)
        end = &(*end)->next;
    item = ARENA_NEW(sc->arena, struct fault_item);
    item->pointer = arena_strdup(sc->arena, pointer);
    item->code = code;
    va_start(ap, fmt);
    item->detail = arena_vf(sc->arena, fmt, ap);
    va_end(ap);
    *end = item;
}

void scope_problem(struct scope *sc, const char *problem, int http_status)
{
    sc->fault.problem = problem;
    sc->fault.http_status = http_status;
}

enum err scope_wrong(struct scope *sc, const char *pointer, const char *code, const char *why)
{
    enum err e;

    scope_clear(sc);
    scope_item(sc, pointer, code, "%s", why);
    e = FAIL(sc, ERR_INVALID, "%s", why);
    scope_problem(sc, "validation", 422);
    return e;
}

void scope_retry_after(struct scope *sc, int seconds)
{
    sc->fault.retry_after_s = seconds;
}

void scope_members(struct scope *sc, const char *json)
{
    sc->fault.members = json;
}

const struct fault *scope_fault(const struct scope *sc)
{
    return &sc->fault;
}

void scope_clear(struct scope *sc)
{
    /* Items named before the failure that sums them up are kept. */
    struct fault_item *items = sc->fault.code == OK ? sc->fault.items : NULL;
    unsigned count = sc->fault.code == OK ? sc->fault.item_count : 0;

    memset(&sc->fault, 0, sizeof(sc->fault));
    sc->fault.items = items;
    sc->fault.item_count = count;
}

const char *actor_kind_name(enum actor_kind kind)
{
    static const char *const names[ACTOR_COUNT] = {
        [ACTOR_NONE] = "none",   [ACTOR_SYSTEM] = "system",     [ACTOR_API_KEY] = "api_key",
        [ACTOR_USER] = "user",   [ACTOR_WEBHOOK] = "webhook",   [ACTOR_CLIENT] = "client",
        [ACTOR_EMBED] = "embed", [ACTOR_OPERATOR] = "operator",
    };

    return kind < ACTOR_COUNT ? names[kind] : "none";
}
