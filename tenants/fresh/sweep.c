#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "connect/connect.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "flows/flows.h"
#include "fresh/fresh_int.h"
#include "obs/obs.h"
#include "q_fresh.h"
#include "sys/fault.h"
#include "walk/walk.h"

/* Sweeps: what the source lists is compared with what was received, page by page, and what is missing is fetched and
 * stored. The page is passed in the transaction that stores what was missing of it, so whoever goes on after a crash
 * finds either both or neither; what two sweeps fetch at once is stored by the first alone.
 */

#define LEASE_S   300                 /* how long a sweep may take for a page, before another goes on */
#define BEFORE_US INT64_C(3600000000) /* our clock and the source's may differ by so much */
#define TOLD_US   INT64_C(900000000)  /* a sweep and the margin together are over by then */
#define BODY_MAX  (2u << 20)
#define DAY_US    (INT64_C(86400) * 1000000)
#define JOB_DAYS  7

struct sweep {
    const struct fresh_sweep *of;
    struct link *link;
    const struct connector_source *source;
    struct source_window window;
    fresh_notify *notify;
    void *arg;
};

/* What is stored of one page, in columns. */
struct found {
    size_t n;
    struct uuid messages[SOURCE_PAGE_MAX];
    const char *topics[SOURCE_PAGE_MAX], *dedupes[SOURCE_PAGE_MAX], *keys[SOURCE_PAGE_MAX], *objects[SOURCE_PAGE_MAX],
        *kinds[SOURCE_PAGE_MAX];
    bool keyeds[SOURCE_PAGE_MAX];
    int32_t lanes[SOURCE_PAGE_MAX];
    int64_t spans[SOURCE_PAGE_MAX], versions[SOURCE_PAGE_MAX];
    struct bytes bodies[SOURCE_PAGE_MAX], hashes[SOURCE_PAGE_MAX];
    const char *source_version;
    struct q_sweep_flow_row flow; /* current_version 0: none */
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
                           &(struct q_sweep_missing_in){.connection_id = s->of->connection_id,
                                                        .object = s->of->object,
                                                        .keys = keys,
                                                        .keys_n = n,
                                                        .versions_us = versions,
                                                        .versions_n = n,
                                                        .from_id = uuid_at(s->window.from_us - BEFORE_US)},
                           out);
}

/* As a delivery of it would go through the customer's flow. */
static enum err through_flow(struct scope *sc, struct found *f, const struct doc *body, size_t i)
{
    struct walk_plan plan = {.lane = f->lanes[i], .span_us = f->spans[i]};

    if (!f->flow.current_version)
        return OK;
    TRY(sc, walk_message(sc, &f->flow.flow_id, f->flow.current_version, body, &plan));
    f->kinds[i] = WALK_KIND;
    f->lanes[i] = plan.lane;
    f->spans[i] = plan.span_us;
    f->keyeds[i] = plan.key != NULL;
    if (plan.key)
        f->keys[i] = plan.key;
    return OK;
}

/* What was fetched by an operation is what the list called it; a connector's own pull gives it as a delivery would. */
static enum err facts_of(struct scope *sc, const struct sweep *s, const struct source_change *c,
                         const struct source_thing *t, struct hook_facts *out)
{
    if (!s->source->pull->one_ask)
        return s->source->hook_read(sc, link_connector(s->link), t->topic, t->body, out);
    *out = (struct hook_facts){.kind = s->of->object,
                               .business_key = arena_f(sc->arena, "%s:%s", s->of->object, c->key),
                               .changed_us = c->changed_us};
    return OK;
}

static enum err add(struct scope *sc, const struct sweep *s, const struct source_change *c,
                    const struct source_thing *t, struct found *f)
{
    uint8_t *hash = ARENA_ARRAY(sc->arena, uint8_t, CRYPTO_HASH_BYTES);
    char version[TIME_TEXT_MAX];
    struct hook_facts facts;
    size_t i = f->n;
    struct buf b;

    TRY(sc, facts_of(sc, s, c, t, &facts));
    if (!facts.kind || strcmp(facts.kind, s->of->object) != 0 || !facts.changed_us)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the source gave something else than what it was asked for");
    buf_init(&b, sc->arena, BODY_MAX);
    doc_write(&b, t->body);
    if (b.full)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "what the source gave is larger than a delivery may be");
    crypto_hash(b.p, b.n, hash);
    time_format(facts.changed_us, version);
    f->messages[i] = uuid_new();
    f->topics[i] = t->topic;
    f->dedupes[i] = arena_f(sc->arena, "sweep/%s/%s", facts.business_key, version);
    f->keys[i] = f->objects[i] = facts.business_key;
    f->kinds[i] = facts.kind;
    f->keyeds[i] = false;
    f->lanes[i] = LANE_ORDERS;
    f->spans[i] = JOB_DAYS * DAY_US;
    f->versions[i] = facts.changed_us;
    f->bodies[i] = (struct bytes){b.p, b.n};
    f->hashes[i] = (struct bytes){hash, CRYPTO_HASH_BYTES};
    f->source_version = t->source_version;
    TRY(sc, through_flow(sc, f, t->body, i));
    f->n++;
    return OK;
}

static enum err fetch(struct scope *sc, const struct sweep *s, const struct source_page *page, struct found *f)
{
    const struct q_sweep_flow_row *flow;
    struct q_sweep_missing_rows rows;

    TRY(sc, q_sweep_flow(sc, &(struct q_sweep_flow_in){.connection_id = s->of->connection_id, .object = s->of->object},
                         &flow));
    f->flow = flow ? *flow : (struct q_sweep_flow_row){.current_version = 0};
    TRY(sc, missing(sc, s, page->changes, page->n, &rows));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < rows.n; i++) {
        const struct source_change *c = &page->changes[rows.v[i].place - 1];
        struct source_thing thing;

        TRY(sc, link_one(sc, s->link, c->key, &thing));
        if (thing.found)
            TRY(sc, add(sc, s, c, &thing, f));
    }
    return OK;
}

static enum err store(struct scope *sc, const struct sweep *s, const struct found *f, struct q_sweep_store_rows *out)
{
    return q_sweep_store(sc,
                         &(struct q_sweep_store_in){.partner_id = sc->tenant.partner_id,
                                                    .customer_id = sc->tenant.customer_id,
                                                    .connection_id = s->of->connection_id,
                                                    .message_ids = f->messages,
                                                    .message_ids_n = f->n,
                                                    .topics = (const char **)f->topics,
                                                    .topics_n = f->n,
                                                    .dedupe_keys = (const char **)f->dedupes,
                                                    .dedupe_keys_n = f->n,
                                                    .business_keys = (const char **)f->keys,
                                                    .business_keys_n = f->n,
                                                    .object_keys = (const char **)f->objects,
                                                    .object_keys_n = f->n,
                                                    .kinds = (const char **)f->kinds,
                                                    .kinds_n = f->n,
                                                    .keyeds = f->keyeds,
                                                    .keyeds_n = f->n,
                                                    .lanes = f->lanes,
                                                    .lanes_n = f->n,
                                                    .spans_us = f->spans,
                                                    .spans_us_n = f->n,
                                                    .bodies = f->bodies,
                                                    .bodies_n = f->n,
                                                    .body_hashes = f->hashes,
                                                    .body_hashes_n = f->n,
                                                    .versions_us = f->versions,
                                                    .versions_n = f->n,
                                                    .source_version = f->source_version,
                                                    .has_flow_id = f->flow.current_version > 0,
                                                    .flow_id = f->flow.flow_id,
                                                    .has_flow_version = f->flow.current_version > 0,
                                                    .flow_version = f->flow.current_version,
                                                    .shadow = f->flow.shadow},
                         out);
}

/* *out_passed false: another sweep has passed here, and goes on. */
static enum err pass(struct scope *sc, const struct sweep *s, const struct source_page *page, const struct found *f,
                     struct q_sweep_store_rows *out_jobs, bool *out_passed)
{
    const struct q_sweep_move_row *row;

    FAULT_POINT("sweep.before_store");
    TRY(sc, q_sweep_move(sc,
                         &(struct q_sweep_move_in){.connection_id = s->of->connection_id,
                                                   .object = s->of->object,
                                                   .complete_to_us = s->window.from_us,
                                                   .until_us = s->window.until_us,
                                                   .was_after = s->window.after,
                                                   .page_after = page->after ? page->after : "",
                                                   .ended = page->after == NULL,
                                                   .lease_s = LEASE_S},
                         &row));
    *out_passed = row != NULL;
    if (!row) {
        db_rollback(sc);
        return OK;
    }
    if (f->n)
        TRY(sc, store(sc, s, f, out_jobs));
    FAULT_POINT("sweep.before_commit");
    TRY(sc, db_commit(sc));
    metric_add(METRIC_RECOVERED, (int64_t)out_jobs->n);
    return OK;
}

static void announce(struct scope *sc, const struct sweep *s, const struct q_sweep_store_rows *jobs)
{
    struct flow_ticket *v = ARENA_ARRAY(sc->arena, struct flow_ticket, jobs->n);

    for (size_t i = 0; i < jobs->n; i++)
        v[i] = (struct flow_ticket){sc->tenant.partner_id, sc->tenant.customer_id, jobs->v[i].job_id, jobs->v[i].lane};
    if (jobs->n && s->notify)
        s->notify(s->arg, v, jobs->n);
}

/* ---- all of them ---- */

/* A page's own scope: what it holds is not needed for the next. */
static enum err page_in(struct scope *sc, struct sweep *s, const char **out_after, bool *out_passed)
{
    struct found *f = ARENA_NEW(sc->arena, struct found);
    struct q_sweep_store_rows jobs = {0};
    struct source_page page;

    f->source_version = "";
    TRY(sc, link_open(sc, &s->of->connection_id, &s->link));
    link_lane(s->link, LANE_BACKFILL);
    s->source = link_connector(s->link)->source;
    TRY(sc, link_changes(sc, s->link, &s->window, &page));
    TRY(sc, fetch(sc, s, &page, f));
    TRY(sc, pass(sc, s, &page, f, &jobs, out_passed));
    announce(sc, s, &jobs);
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

static enum err claim(struct scope *sc, const struct fresh_sweep *of, bool *out, struct source_window *w)
{
    const struct q_sweep_claim_row *row;

    TRY(sc, q_sweep_claim(sc,
                          &(struct q_sweep_claim_in){.connection_id = of->connection_id,
                                                     .object = of->object,
                                                     .margin_s = FRESH_MARGIN_S,
                                                     .lease_s = LEASE_S},
                          &row));
    *out = row != NULL;
    if (row)
        *w = (struct source_window){row->complete_to_us, row->until_at_us, row->page_after};
    return db_commit(sc);
}

enum err fresh_sweep_run(struct scope *sc, const struct fresh_sweep *of, fresh_notify *notify, void *arg)
{
    struct sweep s = {.of = of, .notify = notify, .arg = arg};
    const char *fault = NULL;
    bool claimed;

    TRY(sc, claim(sc, of, &claimed, &s.window));
    if (claimed)
        (void)pages(sc, &s, &fault); /* what went wrong stands at the feed */
    TRY(sc, q_sweep_ended(sc,
                          &(struct q_sweep_ended_in){.connection_id = of->connection_id,
                                                     .object = of->object,
                                                     .fault = fault,
                                                     .margin_s = FRESH_MARGIN_S,
                                                     .from_id = uuid_at(time_now_us() - TOLD_US)},
                          NULL));
    return db_commit(sc);
}
