#include <string.h>
#include <time.h>

#include "db/db.h"
#include "live/live_int.h"
#include "q_live.h"
#include "sys/loop.h"

/* One record through the version that is its own. */

struct task {
    struct arena *arena;
    const struct mapping *mapping;
    const struct doc *record;
    const struct xref_snapshot *books; /* NULL: it looks into none */
    struct mapping_how how;
    struct mapping_result *out;
    int64_t at_us, until_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static bool has_time(void *arg)
{
    return now_ms() < ((struct task *)arg)->until_ms;
}

static bool look_up(void *arg, struct str table, struct str key, struct str *out)
{
    const struct task *t = arg;
    struct str found;

    if (!xref_find(t->books, table, key, t->at_us, &found))
        return false;
    *out = (struct str){arena_strndup(t->arena, found.p, found.n), found.n}; /* newer tables may take these away */
    return true;
}

static void run(void *arg)
{
    struct task *t = arg;

    t->until_ms = now_ms() + LIVE_RUN_MS;
    mapping_run(t->arena, t->mapping, t->record, &t->how, t->out);
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
    struct task *t = ARENA_NEW(sc->arena, struct task);
    struct live_books *books;
    enum err e = OK;

    TRY(sc, live_books_enter(sc, s, &books));
    *t = (struct task){.arena = sc->arena, .mapping = s->mapping, .record = record, .out = out};
    t->at_us = in->received_us;
    t->how = (struct mapping_how){.now_ms = in->received_us / 1000, .creating = in->creating};
    if (books) {
        t->books = books->snapshot;
        t->how.find = look_up;
        t->how.find_arg = t;
    }
    if (in->choice.own) { /* what a customer wrote may take its time, and the loop is for all of them */
        t->how.go_on = has_time;
        t->how.go_on_arg = t;
        e = offload(run, t);
    } else {
        mapping_run(t->arena, t->mapping, t->record, &t->how, t->out);
    }
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
    return q_live_pin(
        sc, &(struct q_live_pin_in){.job_id = *job_id, .mapping_id = *mapping_id, .mapping_version = version}, NULL);
}
