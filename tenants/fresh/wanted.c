#include "base/must.h"
#include "db/db.h"
#include "fresh/fresh_int.h"
#include "obs/obs.h"
#include "sys/fault.h"

/* Single things of a source, of which a delivery told no more than that they changed. What was fetched is stored in the
 * transaction that takes it from the list, unless it was told of anew meanwhile. What cannot be fetched after some
 * tries is left to a sweep.
 */
#define AT_ONCE     20
#define LEASE_S     180
#define TRIES_MAX   6
#define DELAY_S     5 /* after the first try; twice as long after each further one */
#define WAITING_MAX 1000

struct round {
    struct fresh_taking taking;
    struct q_source_wanted_claim_rows rows;
    struct fresh_found *found;
    const char **ended; /* keys: fetched, or not there any more */
    int64_t *ended_asked_us;
    size_t ended_n;
    const char **failed;
    int32_t *delays_s;
    size_t failed_n;
    bool given_up;
};

enum err fresh_hint(struct scope *sc, const struct uuid *connection_id, const char *object, const char *key,
                    int64_t changed_us)
{
    const struct q_source_want_row *row = NULL;

    if (key)
        TRY(sc, q_source_want(sc,
                              &(struct q_source_want_in){.connection_id = *connection_id,
                                                         .object = object,
                                                         .key = key,
                                                         .has_changed_at = changed_us != 0,
                                                         .changed_at_us = changed_us,
                                                         .most = WAITING_MAX},
                              &row));
    if (!row)
        TRY(sc, q_feed_hint(sc,
                            &(struct q_feed_hint_in){
                                .connection_id = *connection_id, .object = object, .margin_s = FRESH_MARGIN_S},
                            NULL));
    return OK;
}

enum err fresh_wanted_due(struct scope *sc, size_t most, struct fresh_sweep **out, size_t *out_n)
{
    struct q_source_wanted_due_rows rows;

    TRY(sc, q_source_wanted_due(sc, &(struct q_source_wanted_due_in){.most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct fresh_sweep, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct fresh_sweep){rows.v[i].partner_id, rows.v[i].customer_id, rows.v[i].connection_id,
                                         rows.v[i].object};
    *out_n = rows.n;
    return OK;
}

/* ---- a round ---- */

static enum err claim(struct scope *sc, struct round *r)
{
    TRY(sc, q_source_wanted_claim(sc,
                                  &(struct q_source_wanted_claim_in){.connection_id = r->taking.of->connection_id,
                                                                     .object = r->taking.of->object,
                                                                     .most = AT_ONCE,
                                                                     .lease_s = LEASE_S},
                                  &r->rows));
    r->found = ARENA_NEW(sc->arena, struct fresh_found);
    r->ended = ARENA_ARRAY(sc->arena, const char *, r->rows.n);
    r->ended_asked_us = ARENA_ARRAY(sc->arena, int64_t, r->rows.n);
    r->failed = ARENA_ARRAY(sc->arena, const char *, r->rows.n);
    r->delays_s = ARENA_ARRAY(sc->arena, int32_t, r->rows.n);
    return db_commit(sc);
}

static void put_off(struct round *r, const struct q_source_wanted_claim_row *w)
{
    r->failed[r->failed_n] = w->key;
    r->delays_s[r->failed_n++] = DELAY_S << (w->tries - 1);
}

static void end(struct round *r, const struct q_source_wanted_claim_row *w)
{
    r->ended[r->ended_n] = w->key;
    r->ended_asked_us[r->ended_n++] = w->asked_at_us;
}

/* When it changed is what the thing says, or the delivery did, or no earlier than the delivery came. */
static int64_t changed_us(const struct source_thing *thing, const struct q_source_wanted_claim_row *w)
{
    if (thing->changed_us)
        return thing->changed_us;
    return w->has_changed_at ? w->changed_at_us : w->asked_at_us;
}

static void one(struct scope *sc, struct round *r, const struct q_source_wanted_claim_row *w)
{
    struct source_thing thing;
    enum err e;

    if (w->tries > TRIES_MAX) { /* what was fetched could not be stored, time and again */
        r->given_up = true;
        end(r, w);
        return;
    }
    e = link_one(sc, r->taking.link, r->taking.of->object, w->key, &thing);

    if (e == OK && thing.found)
        e = fresh_take(sc, &r->taking, w->key, changed_us(&thing, w), &thing, r->found);
    if (e == OK) {
        end(r, w);
        return;
    }
    log_fault(LOG_WARN, "fresh", sc, "something that a delivery told of could not be fetched");
    scope_clear(sc);
    db_rollback(sc);
    if (w->tries < TRIES_MAX) {
        put_off(r, w);
        return;
    }
    r->given_up = true;
    end(r, w);
}

static enum err store(struct scope *sc, struct round *r, struct q_sweep_store_rows *jobs)
{
    const struct fresh_sweep *of = r->taking.of;

    FAULT_POINT("wanted.before_store");
    if (r->found->n)
        TRY(sc, fresh_store(sc, &r->taking, r->found, jobs));
    TRY(sc, q_source_wanted_done(sc,
                                 &(struct q_source_wanted_done_in){.connection_id = of->connection_id,
                                                                   .object = of->object,
                                                                   .keys = r->ended,
                                                                   .keys_n = r->ended_n,
                                                                   .asked_us = r->ended_asked_us,
                                                                   .asked_n = r->ended_n},
                                 NULL));
    TRY(sc, q_source_wanted_later(sc,
                                  &(struct q_source_wanted_later_in){.connection_id = of->connection_id,
                                                                     .object = of->object,
                                                                     .keys = r->failed,
                                                                     .keys_n = r->failed_n,
                                                                     .delays_s = r->delays_s,
                                                                     .delays_s_n = r->failed_n},
                                  NULL));
    if (r->given_up)
        TRY(sc, q_feed_hint(sc,
                            &(struct q_feed_hint_in){
                                .connection_id = of->connection_id, .object = of->object, .margin_s = FRESH_MARGIN_S},
                            NULL));
    FAULT_POINT("wanted.before_commit");
    return db_commit(sc);
}

enum err fresh_wanted_run(struct scope *sc, const struct fresh_sweep *of, fresh_notify *notify, void *arg)
{
    struct round r = {.taking = {.of = of, .notify = notify, .arg = arg}};
    struct q_sweep_store_rows jobs = {0};

    TRY(sc, claim(sc, &r));
    if (r.rows.n == 0)
        return OK;
    TRY(sc, fresh_taking_open(sc, &r.taking, r.found));
    link_lane(r.taking.link, LANE_ORDERS);
    for (size_t i = 0; i < r.rows.n; i++)
        one(sc, &r, &r.rows.v[i]);
    TRY(sc, store(sc, &r, &jobs));
    fresh_announce(sc, &r.taking, &jobs);
    return OK;
}
