#include <string.h>

#include "db/db.h"
#include "flow/flow_int.h"
#include "q_flow.h"
#include "sys/fault.h"
#include "xref/xref.h"

#define ORDER "order"

static enum err message_read(struct scope *sc, struct passage *p, const struct doc **out)
{
    struct flow_job *job = p->job;
    const char *natural_key = flow_natural_key(job);
    struct q_job_input_row in;

    TRY(sc, q_job_input(
                sc,
                &(struct q_job_input_in){
                    .job_id = job->job_id, .message_id = job->message_id, .object = ORDER, .natural_key = natural_key},
                &in));
    TRY(sc, connection_get(sc, &in.connection_id, &p->source));
    TRY(sc, connector_of(sc, &p->source, &p->connector));
    TRY(sc, db_commit(sc));
    p->pinned = in.has_pinned;
    p->known = in.has_order_id;
    job->order_id = p->known ? in.order_id : uuid_new();
    p->delivered = in.order_state && strcmp(in.order_state, "delivered") == 0;
    p->known_version_us = in.has_order_version ? in.order_version_us : 0;
    p->newest_job_id = in.has_newest_job_id ? in.newest_job_id : (struct uuid){{0}};
    p->from = (struct order_source){.connection_id = in.connection_id,
                                    .message_id = job->message_id,
                                    .job_id = job->job_id,
                                    .has_destination = p->source.has_destination,
                                    .destination_id = p->source.destination_id,
                                    .received_at_us = in.received_at_us};
    p->source_version = in.source_version;
    p->by = (struct live_in){.system = p->source.connector,
                             .object = ORDER,
                             .record_key = str_of(natural_key),
                             .received_us = in.received_at_us,
                             .creating = !p->delivered};
    p->by.choice = (struct live_choice){.own = in.has_mapping_id,
                                        .mapping_id = in.mapping_id,
                                        .pinned = in.has_pinned ? in.pinned : 0,
                                        .current = in.has_current_version ? in.current_version : 0,
                                        .rolling = in.has_rolling_version ? in.rolling_version : 0,
                                        .share = in.has_share ? in.share : 0};
    p->by.connector = p->connector;
    if (!p->connector || !p->connector->source)
        return FAIL(sc, ERR_HOLD, "nothing here reads messages of \"%s\"", p->source.name);
    return doc_parse(sc, (struct str){in.body.p, in.body.n}, out);
}

/* Reads the order and judges it. What cannot become a sale is kept all the same, with the reason. */
static enum err canonicalise(struct scope *sc, struct passage *p, const struct doc *body)
{
    enum err e = OK;

    TRY(sc, flow_map(sc, p, body));
    if (p->held || p->stored.superseded)
        return OK;
    if (!p->source.has_destination)
        e = FAIL(sc, ERR_HOLD, "\"%s\" has no destination to send orders to", p->source.name);
    else if (p->order.test)
        e = FAIL(sc, ERR_HOLD, "the order is a trial of the shop, and no sale");
    else if (p->order.cancelled)
        e = FAIL(sc, ERR_HOLD, "the order was cancelled in the shop before it was delivered");
    if (e == ERR_HOLD) {
        p->held = scope_fault(sc)->message;
        scope_clear(sc);
    }
    return OK;
}

/* What the job goes on with, a customer's version or the shipped mapping. */
static enum err pin(struct scope *sc, struct passage *p)
{
    const struct live_choice *c = &p->by.choice;

    p->from.mapping_hash = (struct bytes){p->mapped.hash, sizeof(p->mapped.hash)};
    if (c->own) {
        p->from.mapping_id = &c->mapping_id;
        p->from.mapping_version = p->mapped.version;
    }
    return p->pinned ? OK : live_pin(sc, &p->job->job_id, p->from.mapping_id, p->mapped.version);
}

/* A newer delivery of the order is known, so that nothing is done about this one. */
static enum err superseded(struct scope *sc, struct flow_job *job)
{
    job->events.n = 0;
    order_note(&job->events, "superseded", "a newer version is known already", NULL);
    TRY(sc, flow_fence(sc, job));
    TRY(sc, order_events_write(sc, &job->order_id, &job->job_id, job->attempts, &job->message_id, &job->events));
    TRY(sc, db_commit(sc));
    job->superseded = true;
    return OK;
}

/* In the order in which everybody locks them: the job, the cross references, who waits for words, the order. */
static enum err keep(struct scope *sc, struct passage *p)
{
    struct flow_job *job = p->job;

    FAULT_POINT("order.before_store");
    TRY(sc, flow_fence(sc, job));
    TRY(sc, pin(sc, p));
    TRY(sc, flow_defaults_hold(sc, p));
    if (p->known)
        TRY(sc, xref_waits_no_more(sc, ORDER, &job->order_id));
    TRY(sc, order_store(sc, &p->from, &p->order, p->held, &p->stored));
    if (p->stored.changed)
        TRY(sc, flow_defaults(sc, p));
    if (p->stored.fresh) {
        job->events.n = 0;
        order_note(&job->events, "received", arena_f(sc->arena, "from \"%s\"", p->source.name), NULL);
        job->events.v[0].at_us = p->from.received_at_us;
    }
    if (job->deviates && job->attempts == 1)
        order_note(&job->events, "drift", job->deviates, NULL);
    job->superseded = p->stored.superseded;
    if (p->stored.superseded)
        order_note(&job->events, "superseded", "a newer version is known already", NULL);
    else if (p->stored.delivered)
        order_note(&job->events, "seen again", "the order is delivered already", NULL);
    else if (p->stored.changed || job->attempts == 1)
        order_note(&job->events, p->held ? "held" : "canonical", p->held ? p->held : CANON_ORDER_SCHEMA, NULL);
    TRY(sc, flow_changed(sc, p));
    TRY(sc, order_events_write(sc, &p->stored.order_id, &job->job_id, job->attempts, &job->message_id, &job->events));
    TRY(sc, db_commit(sc));
    job->events.n = 0;
    FAULT_POINT("order.after_store");
    return OK;
}

static enum err finish(struct scope *sc, struct passage *p, const char *where, const struct erp_out *sale)
{
    struct flow_job *job = p->job;
    struct currency currency;
    struct money total;
    bool known = currency_find(str_of(p->order.currency), &currency) && money_of(sale->total, &currency, &total);
    char text[DECIMAL_TEXT_MAX];

    TRY(sc, deliver_totals(sc, where, &p->order, sale));
    decimal_format(sale->total, text);
    order_note(&job->events, "delivered",
               arena_f(sc->arena, "sale %s, total %s %s, equal to the shop's",
                       sale->number ? sale->number : "without a number", text, p->order.currency),
               NULL);
    FAULT_POINT("order.before_delivered");
    TRY(sc, flow_fence(sc, job));
    TRY(sc, order_delivered(sc, &p->stored.order_id, arena_f(sc->arena, "%lld", (long long)sale->id), sale->number,
                            known ? &total : NULL));
    TRY(sc, order_events_write(sc, &p->stored.order_id, &job->job_id, job->attempts, &job->message_id, &job->events));
    TRY(sc, db_commit(sc));
    FAULT_POINT("order.after_delivered");
    return OK;
}

static enum err deliver(struct scope *sc, struct passage *p)
{
    const char *prefix, *reference;
    struct erp_out sale;
    struct link *to;

    TRY(sc, connection_reference_prefix(sc, &p->source, &prefix));
    reference = arena_f(sc->arena, "%s%s", prefix, p->order.natural_key);
    TRY(sc, link_open(sc, &p->from.destination_id, &to));
    if (!uuid_equal(&link_connection(to)->environment_id, &p->source.environment_id))
        return FAIL(
            sc, ERR_HOLD,
            "the connection \"%s\" works in another environment than \"%s\": what is live and what is a try stay "
            "apart, so nothing was sent; give it a destination of the same environment",
            link_connection(to)->name, p->source.name);
    link_lane(to, (enum lane)p->job->lane);
    if (!link_connector(to)->erp && !link_connector(to)->named)
        return FAIL(sc, ERR_HOLD, "nothing can be asked of the connection \"%s\"", link_connection(to)->name);
    if (!link_connector(to)->erp)
        return FAIL(sc, ERR_HOLD, "the connection \"%s\" takes orders by way of a flow only",
                    link_connection(to)->name);
    TRY(sc, deliver_order(sc, p->job, to, reference, &p->order, &sale));
    return finish(sc, p, link_connection(to)->name, &sale);
}

/* Writes what the try has seen when it did not come to an end, unless the one before saw the same; the failure it is
 * about is kept. */
static enum err explain(struct scope *sc, struct passage *p, enum err e)
{
    struct flow_job *job = p->job;
    struct fault kept = sc->fault;
    const char *why = kept.message ? kept.message : err_info(e)->title;
    bool held = err_info(e)->fate == FATE_REVIEW;
    bool repeats = false;
    enum err told;

    if (e == ERR_FENCED)
        return e;
    scope_clear(sc);
    db_rollback(sc);
    order_note(&job->events, held ? "held" : "waits", why, NULL);
    told = flow_fence(sc, job);
    if (told == OK && held)
        told = order_hold(sc, &p->stored.order_id, why);
    if (told == OK)
        told = order_events_repeat(sc, &p->stored.order_id, &job->job_id, &job->events, &repeats);
    if (told == OK && !repeats)
        told = order_events_write(sc, &p->stored.order_id, &job->job_id, job->attempts, &job->message_id, &job->events);
    if (told == OK)
        told = db_commit(sc);
    db_rollback(sc);
    sc->fault = kept;
    return told == ERR_FENCED ? told : e;
}

static enum err order_passage(struct scope *sc, struct flow_job *job)
{
    struct passage p = {.job = job};
    const struct doc *body;
    enum err e;

    TRY(sc, message_read(sc, &p, &body));
    TRY(sc, canonicalise(sc, &p, body));
    if (p.stored.superseded)
        return superseded(sc, job);
    TRY(sc, keep(sc, &p));
    if (p.stored.delivered || job->superseded)
        return OK;
    if (p.held)
        return FAIL(sc, ERR_HOLD, "%s", p.held);
    e = deliver(sc, &p);
    return e == OK ? OK : explain(sc, &p, e);
}

enum err flow_run(struct scope *sc, struct flow_job *job)
{
    enum err e;

    sc->tenant = (struct tenant){true, true, job->partner_id, job->customer_id};
    sc->actor = ACTOR_SYSTEM;
    job->events = (struct order_events){.arena = sc->arena};
    if (strcmp(job->kind, ORDER) == 0 && strncmp(job->business_key, FLOW_ORDER_KEY, strlen(FLOW_ORDER_KEY)) == 0)
        e = order_passage(sc, job);
    else
        e = FAIL(sc, ERR_HOLD, "nothing here knows how to do \"%s\"", job->kind);
    db_rollback(sc);
    return e;
}
