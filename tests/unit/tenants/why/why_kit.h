#pragma once

#include <string.h>

#include "unit/tenants/walk/walk_kit.h"
#include "why/why.h"

/* A shop's orders and a flow's jobs, worked on as the product does; and what somebody is told who asks why. */

static struct why_answer told;

/* ---- asking, as the API does ---- */

static inline struct scope *asking(struct db **out_api)
{
    *out_api = pool_as("tenon_api");
    told = (struct why_answer){0};
    return scope_in(*out_api, &yard.t);
}

static inline void answered(struct scope *sc, struct db *api)
{
    struct arena *keep = test_scope()->arena;

    told.sentence = arena_strdup(keep, told.sentence ? told.sentence : "");
    told.owner_words = arena_strdup(keep, told.owner_words ? told.owner_words : "");
    told.reason = told.reason ? arena_strdup(keep, told.reason) : NULL;
    for (size_t i = 0; i < told.check_count; i++)
        told.checked[i].sentence = arena_strdup(keep, told.checked[i].sentence);
    db_rollback(sc);
    scope_free(sc);
    db_close(api);
}

static inline struct uuid the_one(const char *what)
{
    struct uuid u = {{0}};
    const char *text = sql("%s", what);

    if (!uuid_parse(text, strlen(text), &u))
        test_failed(__FILE__, __LINE__, "%s: %s", what, text);
    return u;
}

static inline void ask_job(const struct uuid *job)
{
    struct db *api;
    struct scope *sc = asking(&api);

    CHECK_OK(why_job(sc, job, &told));
    answered(sc, api);
}

/* The only order there is. */
static inline void ask_order(void)
{
    struct uuid order = the_one("select order_id from sales_order");
    struct db *api;
    struct scope *sc = asking(&api);

    CHECK_OK(why_order(sc, &order, &told));
    answered(sc, api);
}

static inline void ask_number(const char *number, const char *source_key)
{
    struct db *api;
    struct scope *sc = asking(&api);

    CHECK_OK(why_find(sc, &yard.source, number, source_key, &told));
    answered(sc, api);
}

/* ---- working ---- */

static inline const char *state_after(enum err e, const struct flow_job *j)
{
    if (e == OK)
        return j->superseded ? "cancelled" : "done";
    return err_info(e)->fate == FATE_REVIEW ? "held" : "ready";
}

/* One try, and its end in the ledger as a dispatcher writes it. */
static inline enum err worked(const struct uuid *job)
{
    struct scope *sc = scope_in(yard.work, NULL);
    struct flow_job *j = ARENA_NEW(sc->arena, struct flow_job);
    struct flow_result r;
    enum err e;

    yard_claim(job, sc, j);
    j->events.arena = sc->arena;
    sc->deadline_us = loop_now_us() + 180000000;
    e = strcmp(j->kind, WALK_KIND) == 0 ? walk_run(sc, j) : flow_run(sc, j);
    r = (struct flow_result){.partner_id = j->partner_id,
                             .customer_id = j->customer_id,
                             .job_id = j->job_id,
                             .epoch = j->epoch,
                             .state = state_after(e, j),
                             .outcome = err_info(e)->name,
                             .n = j->attempts,
                             .started_us = time_now_us()};
    r.reason = e == OK ? j->said : scope_fault(sc)->message;
    r.reason = r.reason ? arena_strdup(test_scope()->arena, r.reason) : NULL;
    r.delay_us = strcmp(r.state, "ready") == 0 ? 60000000 : 0;
    if (strcmp(r.state, "held") == 0)
        CHECK_OK(flow_stopped(sc, j, false, r.reason));
    db_rollback(sc);
    scope_free(sc);
    sc = scope_in(yard.dispatch, NULL);
    CHECK_OK(ledger_finish(sc, &r, 1, &(struct flow_ticket *){NULL}, &(size_t){0}));
    scope_free(sc);
    return e;
}

/* A delivery of order 1, "#1001", changed by a pattern; nothing is done about it yet. */
static inline struct uuid comes(const char *pattern, const char *in_place)
{
    struct uuid job = given_job(&yard.t, &yard.source, "order", "order:1");

    given_body(&job, ORDER_BODY);
    sql("update inbound_message m set body = convert_to(regexp_replace(convert_from(body, 'UTF8'), $p$%s$p$, $p$%s$p$),"
        " 'UTF8') from job j where j.message_id = m.message_id and j.job_id = '%s'",
        pattern, in_place, id(&job));
    return job;
}

static inline struct uuid came(const char *pattern, const char *in_place)
{
    struct uuid job = comes(pattern, in_place);

    (void)worked(&job);
    return job;
}

/* Through a mapping of the customer's own. */
#define MAPPED(rules)                                                                                                  \
    "{\"format\":\"mapping/1\",\"source\":{\"system\":\"shopify\",\"object\":\"order\"},\"target\":\"sales_order/1\"," \
    "\"rules\":[" rules "{\"to\":\"/currency\",\"expr\":\"currency\"},{\"to\":\"/number\",\"expr\":\"name\"},"         \
    "{\"to\":\"/placed_at\",\"expr\":\"created_at\"},{\"to\":\"/updated_at\",\"expr\":\"created_at\"},"                \
    "{\"to\":\"/total\",\"expr\":\"total_price\"},"                                                                    \
    "{\"to\":\"/lines\",\"each\":\"line_items\"},{\"to\":\"/lines/*/key\",\"expr\":\"id\"},"                           \
    "{\"to\":\"/lines/*/quantity\",\"expr\":\"quantity\"},{\"to\":\"/lines/*/unit_price\",\"expr\":\"price\"}]}"

static inline void mapped_by(const char *document)
{
    struct uuid mapping = uuid_new();

    given_mapping(&yard.t, &yard.source, &mapping, 1, document);
}

/* A run of a flow of these steps, called "Goods out", tried once. */
static inline struct uuid flowed(const char *steps, const char *input)
{
    struct uuid flow = given_flow("Goods out", BY_API, steps), job = given_run(&flow, input, false);

    (void)worked(&job);
    return job;
}

/* Nothing but the customer and its connections, as they were. */
static inline void yard_cleared(void)
{
    sql("set session_replication_role = replica; truncate job, attempt, effect, inbound_message, inbound_delivery,"
        " sales_order, order_event, canonical_record, xref_table, xref_entry, xref_miss, xref_waiting, xref_use,"
        " source_shape, drift_case, drift_waiting, drift_policy, mapping, mapping_version, connection_mapping, flow,"
        " flow_version, flow_connection, connection_flow, flow_input, flow_plan, halted, dispatcher cascade;"
        "update customer set status = 'active'; update partner set status = 'active';"
        "update connection set status = 'active', status_reason = null;"
        "update connection set destination_id = '%s' where connection_id = '%s';"
        "insert into dispatcher (dispatcher_id, beat_at) values ('%s', now())",
        id(&yard.wms), id(&yard.source), id(&yard.dispatcher));
    sink_is_told("{}");
    connect_thread_end(); /* it remembers connections for a moment */
    CHECK_OK(connect_thread_start(test_scope(), yard.net));
    live_thread_end();
    flows_thread_end();
    walk_thread_end();
}
