#include "base/kept.h"
#include "db/db.h"
#include "flows/flows_int.h"

/* Compiled versions, by thread: what left its draft never changes, so that a version is compiled once. */

#define SLOTS     64   /* kept that nothing uses */
#define SLOTS_MAX 2048 /* in use at once: more than a worker has jobs under way */

struct slot {
    struct kept_slot kept;
    struct uuid flow_id;
    int32_t version;
    struct flowdef *def;
};

static bool is_same(const struct kept_slot *a, const struct kept_slot *b)
{
    const struct slot *s = (const struct slot *)a, *like = (const struct slot *)b;

    return s->version == like->version && uuid_equal(&s->flow_id, &like->flow_id);
}

static _Thread_local struct kept kept = {.idle_max = SLOTS, .max = SLOTS_MAX, .same = is_same};

void flows_thread_end(void)
{
    kept_end(&kept);
}

static void leave(void *arg)
{
    kept_leave(&kept, arg);
}

static enum err compile(struct scope *sc, struct slot *s, bool within)
{
    struct flowdef_faults faults = {0};
    struct flows_version v;
    const struct doc *d;
    struct str text;

    TRY(sc, flows_version_get(sc, &s->flow_id, s->version, &v));
    if (!within)
        TRY(sc, db_commit(sc));
    text = str_of(v.document);
    text.p = arena_strndup(s->kept.keep->arena, text.p, text.n);
    if (doc_parse(s->kept.keep, text, &d) != OK)
        return FAIL(sc, ERR_HOLD, "the flow's version %d cannot be read: %s", s->version,
                    scope_fault(s->kept.keep)->message);
    if (!flowdef_compile(s->kept.keep->arena, d, &s->def, &faults))
        return FAIL(sc, ERR_HOLD, "the flow's version %d cannot be used: %s: %s", s->version, faults.v[0].pointer,
                    faults.v[0].detail);
    return OK;
}

static enum err make(struct scope *sc, const struct slot *like, bool within, struct slot **out)
{
    struct slot *fresh = kept_new(sizeof(*fresh));
    enum err e;

    fresh->flow_id = like->flow_id;
    fresh->version = like->version;
    e = compile(sc, fresh, within); /* parks */
    *out = e == OK ? kept_take(&kept, &fresh->kept) : NULL;
    if (!*out)
        kept_free(&kept, &fresh->kept);
    TRY(sc, e);
    return *out ? OK : FAIL(sc, ERR_LIMIT, "more flows are in use at once than a thread keeps");
}

static enum err compiled(struct scope *sc, const struct uuid *flow_id, int32_t version, bool within,
                         const struct flowdef **out)
{
    struct slot like = {.flow_id = *flow_id, .version = version}, *s = kept_enter(&kept, &like.kept);

    if (!s)
        TRY(sc, make(sc, &like, within, &s));
    arena_defer(sc->arena, leave, s);
    *out = s->def;
    return OK;
}

enum err flows_compiled(struct scope *sc, const struct uuid *flow_id, int32_t version, const struct flowdef **out)
{
    return compiled(sc, flow_id, version, false, out);
}

enum err flows_compiled_within(struct scope *sc, const struct uuid *flow_id, int32_t version,
                               const struct flowdef **out)
{
    return compiled(sc, flow_id, version, true, out);
}
