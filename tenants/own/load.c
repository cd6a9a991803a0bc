#include "base/kept.h"
#include "obs/obs.h"
#include "own/own_int.h"
#include "q_own.h"
#include "sys/loop.h"

/* Compiled versions, by thread. What was published never changes, so that a version is loaded once; whoever uses one
 * holds it, and what nobody holds goes when there are many. */

#define SLOTS     64   /* kept that nothing uses */
#define SLOTS_MAX 1024 /* in use at once */
#define AGAIN_S   2    /* what holds one is a request or a job, and at most a second long a door for deliveries */

struct slot {
    struct kept_slot kept;
    struct uuid partner_id;
    const char *name, *version; /* of keep */
    struct connector connector;
};

static bool is_same(const struct kept_slot *a, const struct kept_slot *b)
{
    const struct slot *s = (const struct slot *)a, *like = (const struct slot *)b;

    return uuid_equal(&s->partner_id, &like->partner_id) && strcmp(s->name, like->name) == 0 &&
           strcmp(s->version, like->version) == 0;
}

static _Thread_local struct kept slots = {.idle_max = SLOTS, .max = SLOTS_MAX, .same = is_same};

void own_thread_end(void)
{
    kept_end(&slots);
}

static void leave(void *arg)
{
    kept_leave(&slots, arg);
}

static size_t in_use(const struct uuid *partner_id)
{
    size_t n = 0;

    for (size_t i = 0; i < slots.n; i++)
        n += slots.v[i]->users > 0 && uuid_equal(&((const struct slot *)slots.v[i])->partner_id, partner_id);
    return n;
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
    struct connector_text *v = ARENA_ARRAY(s->kept.keep->arena, struct connector_text, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct buf text;

        buf_init(&text, s->kept.keep->arena, OWN_BROUGHT_MAX);
        doc_write(&text, doc_at(mappings, i));
        v[i].kind = str_dup(s->kept.keep->arena, doc_key(mappings, i));
        v[i].text = buf_str(&text);
        crypto_hash(text.p, text.n, v[i].hash);
    }
    v[n] = (struct connector_text){0};
    s->connector.brought = v;
}

static enum err unusable(struct scope *sc, const struct slot *s)
{
    const struct fault *f = scope_fault(s->kept.keep);

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

    if (doc_parse(s->kept.keep, str_of(arena_strdup(s->kept.keep->arena, v->document)), &d) == OK &&
        doc_parse(s->kept.keep, str_of(arena_strdup(s->kept.keep->arena, v->mappings)), &mappings) == OK)
        TRY(sc, own_is_genuine(sc, v, d, mappings, &genuine));
    if (!genuine)
        return not_genuine(sc, v);
    if (manifest_compile(s->kept.keep, s->kept.keep->arena, d, &m) != OK)
        return unusable(sc, s);
    manifest_bound_set(m);
    s->connector = *manifest_connector(m);
    s->connector.own_version = s->version;
    brought(s, mappings);
    return OK;
}

struct compiling {
    struct scope *sc;
    struct slot *slot;
    struct own_version v;
    enum err e;
};

static void compile_aside(void *arg)
{
    struct compiling *c = arg;

    c->e = compile(c->sc, c->slot, &c->v);
}

/* Hundreds of expressions, three quarters of a megabyte and a signature: not where others wait for their turn. */
static enum err load(struct scope *sc, struct slot *fresh)
{
    struct compiling c = {.sc = sc, .slot = fresh, .e = OK};

    TRY(sc, own_row(sc, fresh->name, fresh->version, &c.v)); /* parks */
    if (strcmp(c.v.state, "deleted") == 0)
        return FAIL(sc, ERR_HOLD,
                    "version %s of the connector \"%s\" was deleted: move the connection to another version",
                    fresh->version, fresh->name);
    if (offload(compile_aside, &c) != OK)
        return own_crowded(sc);
    return c.e == OK ? OK : scope_pass(sc, c.e, __FILE__, __LINE__);
}

static enum err full(struct scope *sc, size_t most, const char *whose)
{
    enum err e = FAIL(sc, ERR_UNAVAILABLE,
                      "%zu versions of %s connectors are in use at once, as many as a thread keeps: repeat it in a "
                      "moment, or move connections to fewer versions",
                      most, whose);

    scope_problem(sc, "connectors-in-use", 503);
    scope_retry_after(sc, AGAIN_S);
    return e;
}

/* A partner has its share of the places, so that what it does with many versions is refused to itself alone. Doors for
 * deliveries hold theirs for a second, and let go when somebody needs them. */
static enum err room(struct scope *sc)
{
    if (in_use(&sc->tenant.partner_id) >= OWN_IN_USE_MAX)
        connect_hooks_idle();
    return in_use(&sc->tenant.partner_id) < OWN_IN_USE_MAX ? OK : full(sc, OWN_IN_USE_MAX, "your");
}

static enum err taken(struct scope *sc, struct slot *fresh, struct slot **out)
{
    *out = kept_take(&slots, &fresh->kept);
    if (!*out) {
        connect_hooks_idle();
        *out = kept_take(&slots, &fresh->kept);
    }
    return *out ? OK : full(sc, SLOTS_MAX, "all partners'");
}

static enum err make(struct scope *sc, const struct slot *like, struct slot **out)
{
    struct slot *fresh;
    enum err e;

    TRY(sc, room(sc));
    fresh = kept_new(sizeof(*fresh));
    fresh->partner_id = like->partner_id;
    fresh->name = arena_strdup(fresh->kept.keep->arena, like->name);
    fresh->version = arena_strdup(fresh->kept.keep->arena, like->version);
    e = load(sc, fresh);
    if (e == OK)
        e = taken(sc, fresh, out);
    if (e != OK)
        kept_free(&slots, &fresh->kept);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

static enum err entered(struct scope *sc, struct arena *keep, const char *name, const char *version,
                        const struct connector **out)
{
    struct slot like = {.partner_id = sc->tenant.partner_id, .name = name, .version = version};
    struct slot *s = kept_enter(&slots, &like.kept);

    if (!s)
        TRY(sc, make(sc, &like, &s));
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
