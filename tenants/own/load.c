#include <stdlib.h>

#include "base/must.h"
#include "obs/obs.h"
#include "own/own_int.h"
#include "q_own.h"

/* Compiled versions, by thread. What was published never changes, so that a version is loaded once; whoever uses one
 * holds it, and what nobody holds goes when there are many. */

#define SLOTS     64   /* kept that nothing uses */
#define SLOTS_MAX 1024 /* in use at once */

struct slot {
    struct uuid partner_id;
    const char *name, *version; /* of keep */
    struct scope *keep;
    struct connector connector;
    unsigned users;
    uint64_t used;
};

static _Thread_local struct slot *slots[SLOTS_MAX];
static _Thread_local size_t slot_count;
static _Thread_local uint64_t uses;

static void slot_free(struct slot *s)
{
    scope_free(s->keep);
    free(s);
}

void own_thread_end(void)
{
    while (slot_count)
        slot_free(slots[--slot_count]);
}

static struct slot *find(const struct uuid *partner_id, const char *name, const char *version)
{
    for (size_t i = 0; i < slot_count; i++)
        if (uuid_equal(&slots[i]->partner_id, partner_id) && strcmp(slots[i]->name, name) == 0 &&
            strcmp(slots[i]->version, version) == 0)
            return slots[i];
    return NULL;
}

/* The one that nobody has used for longest. */
static void oldest_free(void)
{
    size_t oldest = slot_count;

    for (size_t i = 0; i < slot_count; i++)
        if (slots[i]->users == 0 && (oldest == slot_count || slots[i]->used < slots[oldest]->used))
            oldest = i;
    if (oldest == slot_count)
        return;
    slot_free(slots[oldest]);
    slots[oldest] = slots[--slot_count];
}

static void leave(void *arg)
{
    struct slot *s = arg;

    if (--s->users == 0 && slot_count > SLOTS)
        oldest_free();
}

/* Whoever runs the server is told as well: somebody has written into the database. */
static enum err not_genuine(struct scope *sc, const struct own_version *v)
{
    enum err e =
        FAIL(sc, ERR_HOLD,
             "version %s of the connector \"%s\" is not as it was taken: its signature does not fit, and nothing "
             "is done by it; move the connection to another version, or put it up anew as a newer one",
             v->version, v->name);

    log_fault(LOG_ERROR, "own", sc, "a connector's row was changed outside of the program");
    return e;
}

static void brought(struct slot *s, const struct doc *mappings)
{
    size_t n = doc_count(mappings);
    struct connector_text *v = ARENA_ARRAY(s->keep->arena, struct connector_text, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct buf text;

        buf_init(&text, s->keep->arena, OWN_BROUGHT_MAX);
        doc_write(&text, doc_at(mappings, i));
        v[i].kind = str_dup(s->keep->arena, doc_key(mappings, i));
        v[i].text = buf_str(&text);
        crypto_hash(text.p, text.n, v[i].hash);
    }
    v[n] = (struct connector_text){0};
    s->connector.brought = v;
}

static enum err unusable(struct scope *sc, const struct slot *s)
{
    const struct fault *f = scope_fault(s->keep);

    return FAIL(sc, ERR_HOLD, "version %s of the connector \"%s\" cannot be used: %s%s%s", s->version, s->name,
                f->message ? f->message : "it is faulty", f->items ? ", the first at " : "",
                f->items ? arena_f(sc->arena, "%s: %s", f->items->pointer, f->items->detail) : "");
}

/* The rules may have become stricter since it was taken. */
static enum err compile(struct scope *sc, struct slot *s, const struct own_version *v)
{
    const struct doc *d, *mappings;
    struct manifest *m;
    bool genuine = false;

    s->name = arena_strdup(s->keep->arena, v->name);
    s->version = arena_strdup(s->keep->arena, v->version);
    if (doc_parse(s->keep, str_of(arena_strdup(s->keep->arena, v->document)), &d) == OK &&
        doc_parse(s->keep, str_of(arena_strdup(s->keep->arena, v->mappings)), &mappings) == OK)
        TRY(sc, own_is_genuine(sc, v, d, mappings, &genuine));
    if (!genuine)
        return not_genuine(sc, v);
    if (manifest_compile(s->keep, s->keep->arena, d, &m) != OK)
        return unusable(sc, s);
    manifest_bound_set(m);
    s->connector = *manifest_connector(m);
    s->connector.own_version = s->version;
    brought(s, mappings);
    return OK;
}

static enum err load(struct scope *sc, const char *name, const char *version, struct slot *fresh)
{
    struct own_version v;

    TRY(sc, own_get(sc, name, version, &v)); /* parks */
    return compile(sc, fresh, &v);
}

static enum err make(struct scope *sc, const char *name, const char *version, struct slot **out)
{
    struct slot *fresh = calloc(1, sizeof(*fresh)), *s;
    enum err e;

    if (!fresh)
        out_of_memory();
    *fresh = (struct slot){.partner_id = sc->tenant.partner_id, .keep = scope_new()};
    e = load(sc, name, version, fresh);
    s = find(&sc->tenant.partner_id, name, version);
    if (!s && slot_count >= SLOTS)
        oldest_free(); /* never what is about to be taken */
    if (e != OK || s || slot_count == SLOTS_MAX) {
        slot_free(fresh);
        TRY(sc, e);
        *out = s;
        return s ? OK : FAIL(sc, ERR_LIMIT, "more connectors are in use at once than a thread keeps");
    }
    *out = slots[slot_count++] = fresh;
    return OK;
}

static enum err entered(struct scope *sc, struct arena *keep, const char *name, const char *version,
                        const struct connector **out)
{
    struct slot *s = find(&sc->tenant.partner_id, name, version);

    if (!s)
        TRY(sc, make(sc, name, version, &s));
    s->users++;
    s->used = ++uses;
    arena_defer(keep, leave, s);
    *out = &s->connector;
    return OK;
}

enum err own_find(struct scope *sc, struct arena *keep, const char *name, const char *version,
                  const struct connector **out)
{
    const struct q_own_newest_row *row;

    *out = NULL;
    if (!version) {
        TRY(sc, q_own_newest(sc, &(struct q_own_newest_in){.name = name}, &row));
        version = row ? row->version : NULL;
    }
    return version ? entered(sc, keep, name, version, out) : OK;
}

enum err own_connectors(struct scope *sc, const struct connector ***out, size_t *out_n)
{
    struct q_own_names_rows rows;
    size_t n = 0;

    TRY(sc, q_own_names(sc, &(struct q_own_names_in){.most = OWN_NAMES_MAX}, &rows));
    *out = ARENA_ARRAY(sc->arena, const struct connector *, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        enum err e = entered(sc, sc->arena, rows.v[i].name, rows.v[i].version, &(*out)[n]);

        if (e == ERR_HOLD)
            scope_clear(sc);
        else
            TRY(sc, e);
        n += e == OK;
    }
    *out_n = n;
    return OK;
}
