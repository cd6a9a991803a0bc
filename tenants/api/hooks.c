#include <string.h>

#include "api/api_int.h"
#include "connect/connect.h"
#include "db/db.h"
#include "fresh/fresh.h"
#include "intake/intake.h"
#include "obs/obs.h"
#include "org/org.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "walk/walk.h"

/* Refusals leave at multiples of this after the request came, so that their time does not tell a bad signature from an
 * unknown token. */
#define REFUSAL_STEP_US 10000
#define LANE_ORDERS     0

struct accepted {
    struct uuid message_id;
};

static const struct wire_field accepted_fields[] = {
    WIRE_ID(struct accepted, message_id, "rec", "This delivery, on this platform."),
    {},
};
static const struct wire accepted_wire = {"Accepted", sizeof(struct accepted), accepted_fields};

static struct str header(void *arg, const char *name, size_t *count)
{
    *count = rq_header_count(arg, name);
    return rq_header(arg, name);
}

/* What is sent to a name of this machine alone came without TLS; whatever came from outside came through it, perhaps at
 * a proxy's. */
static bool is_local(struct str host)
{
    return host.n > 10 && strncmp(host.p + host.n - 10, ".localhost", 10) == 0;
}

static struct str path_of(struct scope *sc, const struct rq *rq)
{
    struct buf b;

    buf_init(&b, sc->arena, 4096);
    buf_add(&b, rq->path.p, rq->path.n);
    for (size_t i = 0; i < rq->query_count; i++) {
        buf_c(&b, i ? '&' : '?');
        buf_percent(&b, rq->query[i].name);
        buf_c(&b, '=');
        buf_percent(&b, rq->query[i].value);
    }
    return buf_str(&b);
}

static enum err judge(struct scope *sc, const struct rq *rq, struct hook_verdict *v)
{
    const struct org_host *on = rq->host_data;
    const char *url = arena_f(sc->arena, "%s://%.*s%.*s", rq->tls || !is_local(rq->host) ? "https" : "http",
                              (int)rq->authority.n, rq->authority.p, (int)rq->path.n, rq->path.p);
    struct hook_delivery d = {.partner_id = on->partner_id,
                              .token = rq_param(rq, "token"),
                              .method = str_of(http_method_name(rq->method)),
                              .url = str_of(url),
                              .path = path_of(sc, rq),
                              .body = rq->body,
                              .header = header,
                              .arg = (void *)(uintptr_t)rq};

    TRY(sc, hook_judge(sc, &d, v));
    return OK;
}

static enum err refused(const struct rq *rq, enum err e)
{
    int64_t took = loop_now_us() - rq->received_us, wait = REFUSAL_STEP_US - took % REFUSAL_STEP_US;

    metric_add_label(METRIC_HOOK_REFUSED, err_info(e)->name, 1);
    if (e == ERR_NOT_FOUND || e == ERR_UNAUTHENTICATED)
        fiber_sleep_us(wait < REFUSAL_STEP_US / 2 ? wait + REFUSAL_STEP_US : wait);
    return e;
}

/* What goes through a flow of the customer's is planned as it says. */
static enum err through_flow(struct scope *sc, const struct hook_verdict *v, struct intake_message *m)
{
    struct walk_plan plan = {.lane = m->lane, .span_us = m->deadline_us};

    if (!v->flow.version)
        return OK;
    TRY(sc, walk_message(sc, &v->flow.flow_id, v->flow.version, v->body, &plan));
    m->kind = WALK_KIND;
    m->flow_id = v->flow.flow_id;
    m->flow_version = v->flow.version;
    m->shadow = v->flow.shadow;
    m->lane = plan.lane;
    m->deadline_us = plan.span_us;
    if (plan.key) {
        m->object_key = m->business_key;
        m->business_key = plan.key;
        m->keyed = true;
    }
    return OK;
}

/* Nothing follows from it, and it is known what it is about: a flow that is made later is tried on it. */
static void keep_only(struct intake_message *m)
{
    m->kind = NULL;
    m->object_key = m->business_key;
    m->business_key = NULL;
}

static enum err hook_post(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct hook_verdict v;
    struct accepted accepted;
    struct intake_message m;
    enum err e = judge(sc, rq, &v);

    if (e != OK)
        return scope_pass(sc, refused(rq, e), __FILE__, __LINE__);
    if (v.answer_status)
        return v.answer.n ? rs_bytes(sc, rs, v.answer_status, v.answer_type, v.answer)
                          : rs_empty(sc, rs, v.answer_status);
    m = (struct intake_message){.tenant = v.tenant,
                                .connection_id = v.connection_id,
                                .topic = v.topic,
                                .dedupe_key = v.dedupe_key,
                                .source_version = v.source_version,
                                .business_key = v.facts.business_key,
                                .kind = v.facts.kind,
                                .changed_us = v.facts.changed_us,
                                .lane = LANE_ORDERS,
                                .body = rq->body};
    TRY(sc, through_flow(sc, &v, &m));
    if (m.kind && !v.flow.version && !connector_does(v.connector, m.kind))
        keep_only(&m);
    TRY(sc, intake_put(sc, api_here()->intake, &m, &accepted.message_id));
    for (size_t i = 0; i < v.facts.hint_count; i++) {
        const struct hook_hint *h = &v.facts.hints[i];

        TRY(sc, fresh_hint(sc, &v.connection_id, h->object, h->key, h->changed_us));
    }
    if (v.facts.hint_count)
        TRY(sc, db_commit(sc));
    return rs_json(sc, rs, 200, &accepted_wire, &accepted);
}

static const char *const hook_query[] = {"validationToken", NULL}; /* of senders that ask first */

const struct route api_hook_routes[] = {
    {POST, "/hooks/{token}", hook_post, .public_ = true, .raw = true, .answers = &accepted_wire, .query = hook_query,
     .name = "hooks.receive", .summary = "Takes a webhook of an outside system."},
    {},
};
