#include <stdlib.h>

#include "base/must.h"
#include "db/db.h"
#include "flows/flows_int.h"

/* Compiled versions, by thread: what left its draft never changes, so that a version is compiled once. */

#define SLOTS     64   /* kept that nothing uses */
#define SLOTS_MAX 2048 /* in use at once: more than a worker has jobs under way */

struct slot {
    struct uuid flow_id;
    int32_t version;
    struct scope *keep;
    struct flowdef *def;
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

void flows_thread_end(void)
{
    while (slot_count)
        slot_free(slots[--slot_count]);
}

static struct slot *find(const struct uuid *flow_id, int32_t version)
{
    for (size_t i = 0; i < slot_count; i++)
        if (slots[i]->version == version && uuid_equal(&slots[i]->flow_id, flow_id))
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
    text.p = arena_strndup(s->keep->arena, text.p, text.n);
    if (doc_parse(s->keep, text, &d) != OK)
        return FAIL(sc, ERR_HOLD, "the flow's version %d cannot be read: %s", s->version,
                    scope_fault(s->keep)->message);
    if (!flowdef_compile(s->keep->arena, d, &s->def, &faults))
        return FAIL(sc, ERR_HOLD, "the flow's version %d cannot be used: %s: %s", s->version, faults.v[0].pointer,
                    faults.v[0].detail);
    return OK;
}

static enum err make(struct scope *sc, const struct uuid *flow_id, int32_t version, bool within, struct slot **out)
{
    struct slot *fresh = calloc(1, sizeof(*fresh)), *s;
    enum err e;

    if (!fresh)
        out_of_memory();
    *fresh = (struct slot){.flow_id = *flow_id, .version = version, .keep = scope_new()};
    e = compile(sc, fresh, within); /* parks */
    s = find(flow_id, version);
    if (slot_count >= SLOTS)
        oldest_free();
    if (e != OK || s || slot_count == SLOTS_MAX) {
        slot_free(fresh);
        TRY(sc, e);
        *out = s;
        return s ? OK : FAIL(sc, ERR_LIMIT, "more flows are in use at once than a thread keeps");
    }
    *out = slots[slot_count++] = fresh;
    return OK;
}

static enum err compiled(struct scope *sc, const struct uuid *flow_id, int32_t version, bool within,
                         const struct flowdef **out)
{
    struct slot *s = find(flow_id, version);

    if (!s)
        TRY(sc, make(sc, flow_id, version, within, &s));
    s->users++;
    s->used = ++uses;
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
