#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "connect/connect.h"
#include "db/db.h"
#include "fresh/fresh_int.h"
#include "obs/obs.h"
#include "q_fresh.h"
#include "sys/fault.h"

/* Sweeps: what the source lists is compared with what was received, page by page, and what is missing is fetched and
 * stored. The page is passed in the transaction that stores what was missing of it, so whoever goes on after a crash
 * finds either both or neither; what two sweeps fetch at once is stored by the first alone.
 */

#define LEASE_S   300 /* how long a list may take, which a vendor's rate may hold up, before another goes on */
#define ALIVE_S   120 /* how long one thing of it may */
#define RENEW_US  INT64_C(15000000)   /* it is said that things come so often */
#define BEFORE_US INT64_C(3600000000) /* our clock and the source's may differ by so much */

struct sweep {
    struct fresh_taking taking;
    struct source_window window;
    int64_t complete_us; /* what its source will be complete to at its end */
    int64_t said_us;     /* when its lease was renewed last */
};

enum err fresh_sweeps_due(struct scope *sc, size_t most, struct fresh_sweep **out, size_t *out_n)
{
    struct q_feed_sweeps_due_rows rows;

    TRY(sc, q_feed_sweeps_due(sc, &(struct q_feed_sweeps_due_in){.most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct fresh_sweep, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct fresh_sweep){rows.v[i].partner_id, rows.v[i].customer_id, rows.v[i].connection_id,
                                         rows.v[i].object};
    *out_n = rows.n;
    return OK;
}

/* ---- one page ---- */

static enum err missing(struct scope *sc, const struct sweep *s, const struct source_change *v, size_t n,
                        struct q_sweep_missing_rows *out)
{
    const char **keys = ARENA_ARRAY(sc->arena, const char *, n);
    int64_t *versions = ARENA_ARRAY(sc->arena, int64_t, n);

    for (size_t i = 0; i < n; i++) {
        keys[i] = v[i].key;
        versions[i] = v[i].changed_us;
    }
    return q_sweep_missing(sc,
                           &(struct q_sweep_missing_in){.connection_id = s->taking.of->connection_id,
                                                        .object = s->taking.of->object,
                                                        .keys = keys,
                                                        .keys_n = n,
                                                        .versions_us = versions,
                                                        .versions_n = n,
                                                        .from_id = uuid_at(s->window.from_us - BEFORE_US)},
                           out);
}

/* A thing may say more of itself than its place in a list does. */
static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* It is still under way, for as long as things come. */
static enum err renew(struct scope *sc, struct sweep *s)
{
    if (time_now_us() - s->said_us < RENEW_US)
        return OK;
    s->said_us = time_now_us();
    TRY(sc, q_sweep_renew(sc,
                          &(struct q_sweep_renew_in){.connection_id = s->taking.of->connection_id,
                                                     .object = s->taking.of->object,
                                                     .lease_s = ALIVE_S},
                          NULL));
    return db_commit(sc);
}

static enum err fetch(struct scope *sc, struct sweep *s, const struct source_page *page, struct fresh_found *f)
{
    struct q_sweep_missing_rows rows;

    TRY(sc, missing(sc, s, page->changes, page->n, &rows));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < rows.n; i++) {
        const struct source_change *c = &page->changes[rows.v[i].place - 1];
        struct source_thing thing;

        TRY(sc, renew(sc, s));
        TRY(sc, link_one(sc, s->taking.link, s->taking.of->object, c->key, &thing));
        if (thing.found)
            TRY(sc, fresh_take(sc, &s->taking, c->key, later(c->changed_us, thing.changed_us), &thing, f));
    }
    return OK;
}

/* *out_passed false: another sweep has passed here, and goes on. */
static enum err pass(struct scope *sc, const struct sweep *s, const struct source_page *page,
                     const struct fresh_found *f, struct q_sweep_store_rows *out_jobs, bool *out_passed)
{
    const struct q_sweep_move_row *row;

    FAULT_POINT("sweep.before_store");
    TRY(sc, q_sweep_move(sc,
                         &(struct q_sweep_move_in){.connection_id = s->taking.of->connection_id,
                                                   .object = s->taking.of->object,
                                                   .complete_to_us = s->window.from_us,
                                                   .until_us = s->window.until_us,
                                                   .was_after = s->window.after,
                                                   .page_after = page->after ? page->after : "",
                                                   .ended = page->after == NULL,
                                                   .complete_to_next_us = s->complete_us,
                                                   .lease_s = LEASE_S},
                         &row));
    *out_passed = row != NULL;
    if (!row) {
        db_rollback(sc);
        return OK;
    }
    if (f->n)
        TRY(sc, fresh_store(sc, &s->taking, f, out_jobs));
    FAULT_POINT("sweep.before_commit");
    TRY(sc, db_commit(sc));
    if (s->taking.recovers)
        metric_add(METRIC_RECOVERED, (int64_t)out_jobs->n);
    return OK;
}

/* ---- all of them ---- */

/* A page's own scope: what it holds is not needed for the next. */
static enum err page_in(struct scope *sc, struct sweep *s, const char **out_after, bool *out_passed)
{
    struct fresh_found *f = ARENA_NEW(sc->arena, struct fresh_found);
    struct q_sweep_store_rows jobs = {0};
    struct source_page page;

    TRY(sc, fresh_taking_open(sc, &s->taking, f));
    link_lane(s->taking.link, s->taking.recovers ? LANE_BACKFILL : LANE_ORDERS);
    TRY(sc, link_changes(sc, s->taking.link, &s->window, &page));
    TRY(sc, fetch(sc, s, &page, f));
    TRY(sc, pass(sc, s, &page, f, &jobs, out_passed));
    fresh_announce(sc, &s->taking, &jobs);
    *out_after = page.after;
    return OK;
}

/* *fault: why it broke off, in words, in the arena of sc. */
static enum err pages(struct scope *sc, struct sweep *s, const char **fault)
{
    bool passed = true;
    enum err e = OK;

    for (const char *after = s->window.after; after && passed && e == OK;) {
        struct scope *one = scope_new();

        one->db = sc->db;
        one->tenant = sc->tenant;
        one->actor = sc->actor;
        s->window.after = after;
        e = page_in(one, s, &after, &passed);
        db_rollback(one);
        if (e != OK) {
            log_fault(LOG_WARN, "fresh", one, "a sweep broke off");
            *fault = arena_cut(sc->arena, scope_fault(one)->message, 500);
        }
        after = after && e == OK ? arena_strdup(sc->arena, after) : after;
        scope_free(one);
    }
    return e;
}

/* What deliveries tell of is left a minute to come; what nothing tells of is asked for up to now, and once more what
 * may have been under way at the source. */
static enum err claim(struct scope *sc, struct sweep *s, bool *out, int64_t *out_began_us)
{
    const struct fresh_sweep *of = s->taking.of;
    const struct q_sweep_claim_row *row;

    TRY(sc, q_sweep_claim(sc,
                          &(struct q_sweep_claim_in){.connection_id = of->connection_id,
                                                     .object = of->object,
                                                     .margin_s = s->taking.recovers ? FRESH_MARGIN_S : 0,
                                                     .lease_s = LEASE_S},
                          &row));
    *out = row != NULL;
    *out_began_us = INT64_MAX;
    if (row) {
        s->window = (struct source_window){of->object, row->complete_to_us, row->until_at_us, row->page_after};
        s->complete_us = s->taking.recovers ? row->until_at_us : row->until_at_us - FRESH_MARGIN_S * INT64_C(1000000);
        *out_began_us = row->began_us;
    }
    return db_commit(sc);
}

/* Is it told by deliveries? Without a connector the sweep says what is wrong with it. */
static enum err recovers(struct scope *sc, const struct fresh_sweep *of, bool *out)
{
    struct connection c;
    const struct connector *connector;
    const struct connector_feed *feed;

    TRY(sc, connection_get(sc, &of->connection_id, &c));
    TRY(sc, connector_if_good(sc, &c, &connector));
    feed = connector ? fresh_feed_of(connector, of->object) : NULL;
    *out = !feed || feed->told;
    return OK;
}

enum err fresh_sweep_run(struct scope *sc, const struct fresh_sweep *of, fresh_notify *notify, void *arg)
{
    struct sweep s = {.taking = {.of = of, .notify = notify, .arg = arg}};
    const char *fault = NULL;
    int64_t began_us;
    bool claimed;

    TRY(sc, recovers(sc, of, &s.taking.recovers));
    TRY(sc, claim(sc, &s, &claimed, &began_us));
    if (!claimed) /* another has it, whose word it is how it ended; or nothing can be asked yet */
        return OK;
    (void)pages(sc, &s, &fault); /* what went wrong stands at the feed */
    TRY(sc, q_sweep_ended(
                sc,
                &(struct q_sweep_ended_in){
                    .connection_id = of->connection_id, .object = of->object, .began_us = began_us, .fault = fault},
                NULL));
    return db_commit(sc);
}
