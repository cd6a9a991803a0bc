#include <string.h>

#include "db/db.h"
#include "live/live_int.h"
#include "q_live.h"

/* One record through the version that is its own. */

struct asking {
    struct arena *arena; /* of the record's result */
    const struct xref_snapshot *books;
    int64_t at_us;
};

/* Newer tables may take these away while the result is still looked at: it has its own copy. */
static bool look_up(void *arg, struct str table, struct str key, struct str *out)
{
    const struct asking *a = arg;
    struct str found;

    if (!xref_find(a->books, table, key, a->at_us, &found))
        return false;
    *out = (struct str){arena_strndup(a->arena, found.p, found.n), found.n};
    return true;
}

static int32_t version_of(const struct live_in *in)
{
    const struct live_choice *c = &in->choice;
    struct maps_mapping m = {
        .mapping_id = c->mapping_id, .current = c->current, .rolling = c->rolling, .share = c->share};

    if (!c->own)
        return 0;
    return c->pinned ? c->pinned : maps_choose(&m, in->record_key);
}

static enum err evaluate(struct scope *sc, const struct live_in *in, struct live_slot *s, const struct doc *record,
                         struct mapping_result *out)
{
    struct mapping_how how = {.now_ms = in->received_us / 1000, .creating = in->creating};
    struct asking asking = {.arena = sc->arena, .at_us = in->received_us};
    struct live_books *books;
    enum err e = OK;

    TRY(sc, live_books_enter(sc, s, &books));
    if (books) {
        asking.books = books->snapshot;
        how.find = look_up;
        how.find_arg = &asking;
    }
    if (!s->shipped) /* somebody else's work: not on this thread, and not for as long as it likes */
        e = maps_run(sc, s->mapping, record, &how, out);
    else
        mapping_run(sc->arena, s->mapping, record, &how, out);
    live_books_leave(books);
    return e == OK ? OK : FAIL(sc, e, "more mappings are being evaluated than there is room for");
}

static void leave(void *slot)
{
    live_leave(slot);
}

enum err live_map(struct scope *sc, const struct live_in *in, const struct doc *record, struct live_mapped *out)
{
    int32_t version = version_of(in);
    struct live_slot *s;

    if (in->choice.own && !version)
        return FAIL(sc, ERR_HOLD, "no version of the mapping for %s of %s is published", in->object, in->system);
    TRY(sc, live_enter(sc, in, version, &s));
    arena_defer(sc->arena, leave, s);
    *out = (struct live_mapped){.mapping = s->mapping, .version = version};
    memcpy(out->hash, s->hash, sizeof(out->hash));
    return evaluate(sc, in, s, record, &out->result);
}

enum err live_pin(struct scope *sc, const struct uuid *job_id, const struct uuid *mapping_id, int32_t version)
{
    struct q_live_pin_in in = {.job_id = *job_id, .has_mapping_id = mapping_id != NULL, .mapping_version = version};

    if (mapping_id)
        in.mapping_id = *mapping_id;
    return q_live_pin(sc, &in, NULL);
}
