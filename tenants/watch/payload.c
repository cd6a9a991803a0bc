#include <string.h>

#include "db/db.h"
#include "sys/loop.h"
#include "watch/watch_int.h"

#define SAVE_FIRST 50 /* payloads; more of a shape that has been learnt from many */
#define SAVE_MOST  1000

static _Thread_local struct watch_cache copies;

struct watching {
    struct watch_copy *c;
    const struct watch_in *in;
    struct watch_out *out;
    struct drift_seen seen;
    uint64_t turn; /* of the copy, when it was judged */
};

/* What a later try opens had been opened by the one before, unless that was lost with a process. */
static void look(struct scope *sc, struct watching *w)
{
    drift_look(sc->arena, w->c->shape, w->in->payload, &w->c->policy, &w->seen);
    for (size_t i = 0; i < w->seen.n; i++)
        if (w->seen.v[i].opened) {
            drift_see(sc->arena, w->c->shape, w->in->payload, &w->c->policy, &w->seen);
            return;
        }
}

static void see(struct scope *sc, struct watching *w)
{
    copy_bear(w->c, w->in->reads, w->in->read_count);
    w->turn = w->c->turn;
    if (w->in->again) {
        look(sc, w);
        return;
    }
    drift_see(sc->arena, w->c->shape, w->in->payload, &w->c->policy, &w->seen);
    w->c->unsaved++;
}

/* Each of the deviations is a case already, and the shape that was written knows of it. */
static bool is_open(struct watching *w)
{
    for (size_t i = 0; i < w->seen.n; i++)
        if (w->seen.v[i].opened || !copy_known(w->c, w->seen.v[i].path, w->seen.v[i].what))
            return false;
    return true;
}

/* Nobody need be asked: nothing is held up. */
static bool is_known(struct watching *w)
{
    return w->seen.action == DRIFT_PASS && is_open(w);
}

static void tell_known(struct scope *sc, struct watching *w)
{
    for (size_t i = 0; i < w->seen.n; i++) {
        struct watch_known *k = copy_known(w->c, w->seen.v[i].path, w->seen.v[i].what);

        if (!w->in->again)
            k->affected++;
        w->out->cases[w->out->case_count++] = k->case_id;
    }
    w->out->reason = w->seen.n ? watch_sentence(sc->arena, &w->seen) : NULL;
}

static enum err cases_put(struct scope *sc, struct watching *w)
{
    for (size_t i = 0; i < w->seen.n; i++) {
        const struct drift_deviation *d = &w->seen.v[i];
        struct uuid id;

        TRY(sc, case_put(sc, w->c, w->in, d, &id));
        copy_known_add(w->c, d->path, d->what, &id);
        if ((d->action == DRIFT_PASS) == (w->seen.action == DRIFT_PASS))
            w->out->cases[w->out->case_count++] = id;
    }
    w->out->action = w->seen.action;
    w->out->reason = w->seen.n ? watch_sentence(sc->arena, &w->seen) : NULL;
    return OK;
}

static bool is_due(const struct watch_copy *c)
{
    uint64_t most = SAVE_FIRST + drift_shape_payloads(c->shape) / 8;

    if (!c->unsaved || !c->stored)
        return false;
    return c->unsaved >= (most < SAVE_MOST ? most : SAVE_MOST) || loop_now_us() - c->saved_us > WATCH_SAVE_US;
}

/* One transaction, in which the deviations of a payload become cases, unless somebody has decided meanwhile. */
static enum err decide(struct scope *sc, struct watching *w)
{
    bool open;

    TRY(sc, copy_meet(sc, w->c));
    if (w->turn != w->c->turn)
        look(sc, w);
    open = is_open(w);
    TRY(sc, cases_put(sc, w));
    return open && !is_due(w->c) ? db_commit(sc) : copy_save(sc, w->c);
}

static enum err decide_alone(struct scope *sc, struct watching *w)
{
    enum err e;

    copy_gate_enter(w->c);
    e = decide(sc, w);
    copy_gate_leave(w->c);
    if (e != OK) /* whether the cases are there is not known */
        copy_known_clear(w->c);
    return e;
}

/* What cannot be written now is written later: no order waits for that. */
static void save(struct scope *sc, struct watch_copy *c)
{
    struct fault before = sc->fault;
    enum err e;

    copy_gate_enter(c);
    e = copy_meet(sc, c);
    if (e == OK)
        e = copy_save(sc, c);
    if (e != OK) {
        db_rollback(sc);
        sc->fault = before;
        c->saved_us = loop_now_us();
    }
    copy_gate_leave(c);
}

/* A copy of whichever tenant. */
static void save_own(const struct scope *sc, struct watch_copy *c)
{
    struct scope *own = scope_new();

    own->db = sc->db;
    own->tenant = (struct tenant){true, true, c->partner_id, c->customer_id};
    save(own, c);
    scope_free(own);
}

/* What a copy that goes had learnt is not lost with it. */
static void part(const struct scope *sc, struct watch_copy *c)
{
    if (c->unsaved && c->stored && sc->db)
        save_own(sc, c);
    copy_end(c);
}

static enum err loaded(struct scope *sc, struct watch_copy *c)
{
    enum err e = OK;

    if (c->shape)
        return OK;
    copy_gate_enter(c);
    if (!c->shape)
        e = copy_load(sc, c);
    copy_gate_leave(c);
    return e;
}

static enum err judge(struct scope *sc, struct watching *w)
{
    TRY(sc, loaded(sc, w->c));
    see(sc, w);
    if (!w->c->stored)
        return OK;
    if (!is_known(w))
        return decide_alone(sc, w);
    tell_known(sc, w);
    if (!w->c->busy && (is_due(w->c) || w->seen.suspects))
        save(sc, w->c);
    return OK;
}

/* Whatever a source calls its versions, the schema takes. */
static const char *plain(const char *version)
{
    size_t n = strspn(version, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    return version[n] || n > 64 ? "other" : version;
}

enum err watch_payload_in(struct watch_cache *cache, struct scope *sc, const struct watch_in *given,
                          struct watch_out *out)
{
    struct watch_in in = *given;
    struct watching w = {.in = &in, .out = out};
    struct watch_copy *gone;
    enum err e;

    in.version = plain(in.version);
    w.c = copy_enter(cache, sc, &in);
    *out = (struct watch_out){.action = DRIFT_PASS};
    e = judge(sc, &w);
    gone = copy_leave(cache, w.c);
    if (e != OK)
        db_rollback(sc);
    if (gone)
        part(sc, gone);
    return e;
}

enum err watch_payload(struct scope *sc, const struct watch_in *in, struct watch_out *out)
{
    return watch_payload_in(&copies, sc, in, out);
}

void watch_cache_save(struct watch_cache *cache, struct scope *sc, int64_t for_us, size_t most)
{
    int64_t before_us = loop_now_us() - for_us;

    for (size_t i = 0; i < most; i++) {
        struct watch_copy *c = copy_enter_unsaved(cache, before_us), *gone;

        if (!c)
            return;
        save_own(sc, c);
        gone = copy_leave(cache, c);
        if (gone)
            part(sc, gone);
    }
}

void watch_thread_save(struct scope *sc, int64_t for_us, size_t most)
{
    watch_cache_save(&copies, sc, for_us, most);
}

void watch_thread_end(void)
{
    watch_cache_end(&copies);
}
