#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "connect/connect.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "flows/flows.h"
#include "fresh/fresh_int.h"
#include "walk/walk.h"

/* What was fetched of a source is stored as a delivery of it would be, whoever asked for it. */

#define BODY_MAX (2u << 20)
#define DAY_US   (INT64_C(86400) * 1000000)
#define JOB_DAYS 7

const struct connector_feed *fresh_feed_of(const struct connector *c, const char *object)
{
    for (size_t i = 0; c->source && i < c->source->feed_count; i++)
        if (strcmp(c->source->feeds[i].object, object) == 0)
            return &c->source->feeds[i];
    return NULL;
}

enum err fresh_taking_open(struct scope *sc, struct fresh_taking *t, struct fresh_found *f)
{
    const struct q_sweep_flow_row *flow;

    TRY(sc, q_sweep_flow(sc, &(struct q_sweep_flow_in){.connection_id = t->of->connection_id, .object = t->of->object},
                         &flow));
    TRY(sc, db_commit(sc));
    f->source_version = "";
    f->flow = flow ? *flow : (struct q_sweep_flow_row){.current_version = 0};
    return link_open(sc, &t->of->connection_id, &t->link);
}

/* As a delivery of it would go through the customer's flow. */
static enum err through_flow(struct scope *sc, struct fresh_found *f, const struct doc *body, size_t i)
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

/* What was fetched by an operation is what it was asked for; a connector's own pull gives it as a delivery would. */
static enum err facts_of(struct scope *sc, const struct fresh_taking *t, const char *key, int64_t changed_us,
                         const struct source_thing *thing, struct hook_facts *out)
{
    const struct connector *c = link_connector(t->link);

    if (!connector_asks_by_operations(c))
        return c->source->hook_read(sc, c, thing->topic, thing->body, out);
    *out = (struct hook_facts){.kind = t->of->object,
                               .business_key = arena_f(sc->arena, "%s:%s", t->of->object, key),
                               .changed_us = changed_us};
    return OK;
}

enum err fresh_take(struct scope *sc, const struct fresh_taking *t, const char *key, int64_t changed_us,
                    const struct source_thing *thing, struct fresh_found *f)
{
    uint8_t *hash = ARENA_ARRAY(sc->arena, uint8_t, CRYPTO_HASH_BYTES);
    char version[TIME_TEXT_MAX];
    struct hook_facts facts;
    size_t i = f->n;
    struct buf b;

    TRY(sc, facts_of(sc, t, key, changed_us, thing, &facts));
    if (!facts.kind || strcmp(facts.kind, t->of->object) != 0 || !facts.changed_us)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the source gave something else than what it was asked for");
    buf_init(&b, sc->arena, BODY_MAX);
    doc_write(&b, thing->body);
    if (b.full)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "what the source gave is larger than a delivery may be");
    crypto_hash(b.p, b.n, hash);
    time_format(facts.changed_us, version);
    f->messages[i] = uuid_new();
    f->topics[i] = thing->topic;
    f->dedupes[i] = arena_f(sc->arena, "sweep/%s/%s", facts.business_key, version);
    f->keys[i] = f->objects[i] = facts.business_key;
    f->kinds[i] = facts.kind;
    f->keyeds[i] = false;
    f->lanes[i] = LANE_ORDERS;
    f->spans[i] = JOB_DAYS * DAY_US;
    f->versions[i] = facts.changed_us;
    f->bodies[i] = (struct bytes){b.p, b.n};
    f->hashes[i] = (struct bytes){hash, CRYPTO_HASH_BYTES};
    f->source_version = thing->source_version;
    TRY(sc, through_flow(sc, f, thing->body, i));
    if (!f->flow.current_version && !connector_does(link_connector(t->link), facts.kind))
        f->kinds[i] = f->keys[i] = NULL; /* it is kept, and nothing follows */
    f->n++;
    return OK;
}

enum err fresh_store(struct scope *sc, const struct fresh_taking *t, const struct fresh_found *f,
                     struct q_sweep_store_rows *out)
{
    return q_sweep_store(sc,
                         &(struct q_sweep_store_in){.partner_id = sc->tenant.partner_id,
                                                    .customer_id = sc->tenant.customer_id,
                                                    .connection_id = t->of->connection_id,
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
                                                    .shadow = f->flow.shadow,
                                                    .recovered = t->recovers},
                         out);
}

void fresh_announce(struct scope *sc, const struct fresh_taking *t, const struct q_sweep_store_rows *jobs)
{
    struct flow_ticket *v = ARENA_ARRAY(sc->arena, struct flow_ticket, jobs->n);

    for (size_t i = 0; i < jobs->n; i++)
        v[i] = (struct flow_ticket){sc->tenant.partner_id, sc->tenant.customer_id, jobs->v[i].job_id, jobs->v[i].lane};
    if (jobs->n && t->notify)
        t->notify(t->arg, v, jobs->n);
}
