#pragma once

#include "base/timefmt.h"
#include "flows/batches.h"
#include "unit/tenants/tenant_kit.h"

/* A flow with jobs numbered by their places, and batches of them. */

static struct tenant tenant;
static struct flows_flow flow;

static inline void given_flow(void)
{
    given_schema();
    tenant = given_tenant("acme");
    flow = (struct flows_flow){.customer_id = tenant.customer_id, .flow_id = uuid_new()};
    sql("insert into flow (partner_id, customer_id, flow_id, name, versions, current_version) values ('%s', '%s', "
        "'%s', 'f', 1, 1); insert into flow_version (partner_id, customer_id, flow_id, number, document, "
        "document_hash, author) values ('%s', '%s', '%s', 1, '{}', sha256('x'), 'system')",
        id(&tenant.partner_id), id(&tenant.customer_id), id(&flow.flow_id), id(&tenant.partner_id),
        id(&tenant.customer_id), id(&flow.flow_id));
}

/* So many, in this state with this reason, planned some seconds ago; keys are "STATE-1" and so on. */
static inline void given_jobs(int n, const char *state, const char *reason, int age)
{
    sql("with made as (insert into job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, state,"
        " reason, run_at, deadline_at, created_at, ended_at, flow_id, flow_version)"
        " select '%s', '%s', job_id_new(g - %d * 1000000::bigint), '%s-%d-' || g, 'flow', '%s-' || g, 0, '%s', %s, "
        "now(),"
        " now() + interval '1 day', now() - %d * interval '1 second', case when '%s' in ('done', 'cancelled') then "
        "now() end,"
        " '%s', 1 from generate_series(1, %d) g returning *)"
        " insert into flow_input select partner_id, customer_id, job_id, '{}', sha256('{}'), 'tests', now(), flow_id,"
        " origin_key from made",
        id(&tenant.partner_id), id(&tenant.customer_id), age, state, age, state, state,
        reason ? arena_f(test_scope()->arena, "'%s'", reason) : "null", age, state, id(&flow.flow_id), n);
}

static inline struct flows_batch_ask asked(const char *action, const char *state)
{
    return (struct flows_batch_ask){
        .action = action, .job_state = state, .from_us = INT64_MIN, .to_us = INT64_MIN, .asked_by = "tests"};
}

static inline enum err create(struct db *db, const struct flows_batch_ask *ask, struct uuid *out)
{
    struct scope *sc = scope_in(db, &tenant);
    enum err e = flows_batch_create(sc, &flow, ask, out);

    if (e == OK)
        e = db_commit(sc);
    db_rollback(sc);
    scope_free(sc);
    return e;
}

static inline struct uuid given_batch(struct db *db, const struct flows_batch_ask *ask)
{
    struct uuid batch;

    CHECK_OK(create(db, ask, &batch));
    return batch;
}

/* A page; the number of jobs that are ready then, or -1 when it was not taken. */
static inline int stepped(struct db *db, const struct uuid *batch)
{
    struct scope *sc = scope_in(db, &tenant);
    struct flows_batch_page page;
    int n;

    CHECK_OK(flows_batch_step(sc, batch, &page));
    n = page.taken ? (int)page.n : -1;
    scope_free(sc);
    return n;
}

/* All pages; as if the time of each had come. */
static inline int all_of(struct db *db, const struct uuid *batch)
{
    int n = 0, page;

    while ((page = stepped(db, batch)) >= 0)
        n += page;
    return n;
}

/* "state matched/done/skipped". */
static inline const char *told(void)
{
    return sql(
        "select state || ' ' || matched || '/' || done || '/' || skipped || case when more then ' more' else '' end"
        " from flow_batch order by batch_id desc limit 1");
}

static inline const char *jobs_in(const char *state)
{
    return sql("select count(*) from job where state = '%s'", state);
}
