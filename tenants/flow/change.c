#include <string.h>

#include "base/buf.h"
#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "flow/flow_int.h"
#include "flowdef/flowdef.h"
#include "flows/flows.h"
#include "q_flow.h"
#include "sys/fault.h"

/* An object has a new version: the flows that wait for that begin, each once, in the transaction that keeps the
 * version. So there is no version without its runs and no run without its version, and runs of a flow about one object
 * have ids in the order of the versions, since the object's row is locked meanwhile. What is wrong with a flow stops
 * its run, and never the object. */

#define OBJECT        "sales_order"
#define INPUT_MAX     ((size_t)1 << 20) /* of flow_input */
#define CHAIN_MAX     8                 /* changes that follow from one another */
#define CHAIN_WITHIN  INT64_C(60000000) /* a change that comes so long after what a run did follows from it */
#define CLOCKS_APART  INT64_C(5000000)  /* of who says when it came, and who says when something was sent */
#define RUNS_MAX      100               /* of one flow about one object within a day */
#define DEADLINE_US   (INT64_C(7) * 86400 * 1000000)
#define COLUMN(T, nm) T *nm = (T *)arena_array(sc->arena, n, sizeof(T))

struct change {
    const struct passage *p;
    const struct order_version *v;
    const char *id; /* "ord_…" */
    struct str input;
    const struct doc *read; /* the same */
    bool too_large;
    int32_t chain;
};

/* One run of it. */
struct begin {
    const struct order_waiting *flow;
    const char *key;
    bool keyed; /* by the flow's document */
    int lane;
    int64_t span_us;
    const char *held; /* why it does not begin by itself; "": it does */
};

static enum err input_of(struct scope *sc, struct change *c)
{
    struct str former = STR("null"), now = c->v->document;
    struct buf b;

    if (!uuid_is_nil(&c->v->former_id))
        TRY(sc, order_version_body(sc, &c->v->former_id, &former));
    c->too_large = now.n + 100 > INPUT_MAX;
    if (c->too_large)
        now = STR("null");
    if (now.n + former.n + 100 > INPUT_MAX)
        former = STR("null");
    buf_init(&b, sc->arena, INPUT_MAX);
    buf_s(&b, "{\"object\":");
    buf_add(&b, now.p, now.n);
    buf_f(&b, ",\"version\":%d,\"previous\":", c->v->number);
    buf_add(&b, former.p, former.n);
    buf_s(&b, "}");
    c->input = (struct str){b.p, b.n};
    return doc_parse(sc, c->input, &c->read);
}

/* By the flow's key, lane and deadline. Runs that have no key of their own follow one another by object, and by flow: a
 * flow that stands still keeps none but its own waiting. */
static enum err head_of(struct scope *sc, const struct change *c, struct begin *b)
{
    const struct flowdef_head *h;
    const struct flowdef *def;
    char id[TYPEID_TEXT_MAX + 1];
    const char *key;
    enum err e = flows_compiled_within(sc, &b->flow->flow_id, b->flow->version, &def);

    typeid_format("flw", &b->flow->flow_id, id);
    b->key = arena_f(sc->arena, OBJECT ":%s %s", c->p->order.natural_key, id);
    b->span_us = DEADLINE_US;
    b->held = "";
    if (e == ERR_HOLD || e == ERR_NOT_FOUND || e == ERR_LIMIT) { /* its run tells */
        scope_clear(sc);
        return OK;
    }
    TRY(sc, e);
    h = flowdef_head(def);
    b->lane = h->lane;
    b->span_us = h->deadline_us;
    if (!flowdef_key(sc->arena, def, c->read, time_now_us(), &key))
        b->held = arena_f(sc->arena, "the flow's key cannot be made of this version: %s", key);
    if (key && !*b->held) {
        b->key = key;
        b->keyed = true;
    }
    return OK;
}

static void stop(struct scope *sc, const struct change *c, int64_t runs, struct begin *b)
{
    if (c->too_large)
        b->held = "this version is larger than what a run can be given, 1 MiB";
    else if (c->chain > CHAIN_MAX)
        b->held = arena_f(sc->arena,
                          "%d changes in a row each came within a minute after a run about the one before had changed "
                          "something elsewhere; the flow may be answering itself",
                          c->chain);
    else if (runs >= RUNS_MAX)
        b->held =
            arena_f(sc->arena, "the flow has begun %d runs about this object within a day; it may be answering itself",
                    RUNS_MAX);
}

static enum err judge(struct scope *sc, struct change *c, struct begin *v, size_t n)
{
    struct q_change_past_rows rows;
    COLUMN(struct uuid, flows);

    for (size_t i = 0; i < n; i++) {
        v[i].flow = &c->v->waiting[i];
        flows[i] = v[i].flow->flow_id;
        TRY(sc, head_of(sc, c, &v[i]));
    }
    TRY(sc, q_change_past(sc,
                          &(struct q_change_past_in){.object_id = c->p->stored.order_id,
                                                     .since_us = c->p->from.received_at_us - CHAIN_WITHIN,
                                                     .until_us = c->p->from.received_at_us + CLOCKS_APART,
                                                     .most = RUNS_MAX,
                                                     .flow_ids = flows,
                                                     .flow_ids_n = n},
                          &rows));
    for (size_t i = 0; i < rows.n; i++) {
        c->chain = rows.v[i].chain;
        stop(sc, c, rows.v[i].runs, &v[rows.v[i].place - 1]);
    }
    return OK;
}

static enum err plan(struct scope *sc, const struct change *c, const struct begin *v, size_t n,
                     struct q_change_plan_rows *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    COLUMN(struct uuid, flows);
    COLUMN(int32_t, versions);
    COLUMN(bool, shadows);
    COLUMN(const char *, keys);
    COLUMN(bool, keyeds);
    COLUMN(int32_t, lanes);
    COLUMN(int64_t, spans);
    COLUMN(const char *, reasons);

    crypto_hash(c->input.p, c->input.n, hash);
    for (size_t i = 0; i < n; i++) {
        flows[i] = v[i].flow->flow_id;
        versions[i] = v[i].flow->version;
        shadows[i] = v[i].flow->shadow;
        keys[i] = v[i].key;
        keyeds[i] = v[i].keyed;
        lanes[i] = v[i].lane;
        spans[i] = v[i].span_us;
        reasons[i] = v[i].held;
    }
    return q_change_plan(
        sc,
        &(struct q_change_plan_in){.object_id = c->p->stored.order_id,
                                   .chain = c->chain,
                                   .origin_key = arena_f(sc->arena, OBJECT " %s %d", c->id, c->v->number),
                                   .body = {c->input.p, c->input.n},
                                   .body_hash = {hash, sizeof(hash)},
                                   .flow_ids = flows,
                                   .flow_ids_n = n,
                                   .versions = versions,
                                   .versions_n = n,
                                   .shadows = shadows,
                                   .shadows_n = n,
                                   .business_keys = keys,
                                   .business_keys_n = n,
                                   .keyeds = keyeds,
                                   .keyeds_n = n,
                                   .lanes = lanes,
                                   .lanes_n = n,
                                   .spans_us = spans,
                                   .spans_us_n = n,
                                   .reasons = reasons,
                                   .reasons_n = n},
        out);
}

static void tell(struct scope *sc, const struct change *c, const struct begin *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        order_note(&c->p->job->events, "flow",
                   *v[i].held ? arena_f(sc->arena, "\"%s\" is held for version %d: %s", v[i].flow->name, c->v->number,
                                        v[i].held)
                              : arena_f(sc->arena, "\"%s\" begins for version %d", v[i].flow->name, c->v->number),
                   NULL);
}

enum err flow_changed(struct scope *sc, struct passage *p)
{
    struct change c = {.p = p, .v = &p->stored.version};
    size_t n = c.v->waiting_count;
    struct q_change_plan_rows rows;
    char id[TYPEID_TEXT_MAX + 1];
    struct begin *v;

    if (n == 0)
        return OK;
    v = ARENA_ARRAY(sc->arena, struct begin, n);
    typeid_format("ord", &p->stored.order_id, id);
    c.id = id;
    TRY(sc, input_of(sc, &c));
    TRY(sc, judge(sc, &c, v, n));
    FAULT_POINT("change.before_plan");
    TRY(sc, plan(sc, &c, v, n, &rows));
    FAULT_POINT("change.after_plan");
    tell(sc, &c, v, n);
    p->job->begun = ARENA_ARRAY(sc->arena, struct flow_ticket, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        if (strcmp(rows.v[i].state, "ready") == 0)
            p->job->begun[p->job->begun_n++] =
                (struct flow_ticket){sc->tenant.partner_id, sc->tenant.customer_id, rows.v[i].job_id, rows.v[i].lane};
    return OK;
}
