#include <string.h>

#include "db/db.h"
#include "flow/flow_int.h"
#include "mapping/mapping.h"
#include "q_flow.h"
#include "sys/fault.h"

/* One order on its way: what was received, how it reads, and where it goes. */
struct passage {
    struct flow_job *job;
    struct connection source;
    const struct connector *connector;
    struct canon_order order;
    struct order_source from;
    struct order_stored stored;
    const char *held; /* why it cannot go on, or NULL */
};

static enum err message_read(struct scope *sc, struct passage *p, const struct doc **out)
{
    struct q_job_input_row in;

    TRY(sc, q_job_input(sc, &(struct q_job_input_in){.message_id = p->job->message_id}, &in));
    TRY(sc, connection_get(sc, &in.connection_id, &p->source));
    TRY(sc, db_commit(sc));
    p->from = (struct order_source){.connection_id = in.connection_id,
                                    .message_id = p->job->message_id,
                                    .has_destination = p->source.has_destination,
                                    .destination_id = p->source.destination_id,
                                    .received_at_us = in.received_at_us};
    p->connector = connector_find(p->source.connector);
    if (!p->connector || !p->connector->source)
        return FAIL(sc, ERR_HOLD, "nothing here reads messages of \"%s\"", p->source.name);
    return doc_parse(sc, (struct str){in.body.p, in.body.n}, out);
}

/* Until the mapping itself is at hand: what the one that ships reads. */
static enum err judge_shape(struct scope *sc, struct passage *p, const struct doc *body)
{
    const struct mapping_shipped *shipped = mapping_shipped(p->source.connector, "order");
    struct flow_payload in = {.object = "order", .version = "", .body = body};
    struct mapping_faults faults;
    struct mapping *m;
    const struct doc *d;

    if (shipped) {
        TRY(sc, doc_parse(sc, (struct str){shipped->text, shipped->n}, &d));
        if (mapping_compile(sc->arena, d, &(struct mapping_source){0}, &m, &faults))
            in.read_count = mapping_reads(m, &in.reads);
    }
    return flow_drift(sc, p->job, &in);
}

/* Reads the order and judges it. What cannot become a sale is kept all the same, with the reason. */
static enum err canonicalise(struct scope *sc, struct passage *p, const struct doc *body)
{
    enum err e;

    e = p->connector->source->order_read(sc, body, &p->order);
    p->job->order_number = p->order.number;
    TRY(sc, judge_shape(sc, p, body));
    TRY(sc, e);
    e = canon_order_check(sc, &p->order);
    if (e == OK && !p->source.has_destination)
        e = FAIL(sc, ERR_HOLD, "\"%s\" has no destination to send orders to", p->source.name);
    if (e == OK && p->order.cancelled)
        e = FAIL(sc, ERR_HOLD, "the order was cancelled in the shop before it was delivered");
    if (e == ERR_HOLD) {
        p->held = scope_fault(sc)->message;
        scope_clear(sc);
        e = OK;
    }
    return e;
}

static enum err keep(struct scope *sc, struct passage *p)
{
    struct flow_job *job = p->job;

    FAULT_POINT("order.before_store");
    TRY(sc, flow_fence(sc, job));
    TRY(sc, order_store(sc, &p->from, &p->order, p->held, &p->stored));
    if (p->stored.fresh) {
        job->events.n = 0;
        order_note(&job->events, "received", arena_f(sc->arena, "from \"%s\"", p->source.name), NULL);
        job->events.v[0].at_us = p->from.received_at_us;
    }
    if (job->deviates && job->attempts == 1)
        order_note(&job->events, "drift", job->deviates, NULL);
    if (p->stored.superseded)
        order_note(&job->events, "superseded", "a newer version is known already", NULL);
    else if (p->stored.delivered)
        order_note(&job->events, "seen again", "the order is delivered already", NULL);
    else if (p->stored.changed || job->attempts == 1)
        order_note(&job->events, p->held ? "held" : "canonical", p->held ? p->held : CANON_ORDER_SCHEMA, NULL);
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
    const char *reference = arena_f(sc->arena, "%s%s", p->connector->source->reference_prefix, p->order.natural_key);
    struct erp_out sale;
    struct link *to;

    TRY(sc, link_open(sc, &p->from.destination_id, &to));
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
    TRY(sc, keep(sc, &p));
    if (p.stored.delivered || p.stored.superseded)
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
    if (strcmp(job->kind, "order") == 0)
        e = order_passage(sc, job);
    else
        e = FAIL(sc, ERR_HOLD, "nothing here knows how to do \"%s\"", job->kind);
    db_rollback(sc);
    return e;
}
