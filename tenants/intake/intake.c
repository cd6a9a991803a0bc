#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "obs/obs.h"
#include "q_intake.h"
#include "sys/fault.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define DAY_US  (INT64_C(86400) * 1000000)
#define WRITERS 3 /* batches are encoded and stored while others wait for the disk */

struct ticket {
    struct ticket *next;
    const struct intake_message *m;
    struct uuid message_id;
    int64_t arrived_us; /* loop_now_us */
    uint8_t hash[CRYPTO_HASH_BYTES];
    enum err result;
    int retry_after_s;
    struct waitq done;
    bool ended;
};

struct intake {
    struct db *db;
    intake_notify *notify;
    void *arg;
    struct ticket *first, **end;
    size_t waiting;
    unsigned writers;
    bool closing;
};

struct batch {
    struct ticket *tickets[INTAKE_BATCH_MAX];
    size_t n;
};

/* The columns of one batch, in the arena of its scope. */
struct columns {
    struct uuid *partners, *customers, *messages, *connections;
    const char **topics, **dedupes, **keys, **kinds, **versions, **objects;
    struct bytes *bodies, *hashes;
    int64_t *spans, *waited, *changes;
    int32_t *lanes, *flow_versions;
    struct uuid *flows;
    bool *shadows, *keyeds;
};

struct intake *intake_open(struct db *db, intake_notify *notify, void *arg)
{
    struct intake *in = calloc(1, sizeof(*in));

    if (!in)
        out_of_memory();
    in->db = db;
    in->notify = notify;
    in->arg = arg;
    in->end = &in->first;
    return in;
}

void intake_close(struct intake *in)
{
    if (!in)
        return;
    MUST_BE(in->waiting == 0 && in->writers == 0);
    free(in);
}

static void batch_take(struct intake *in, struct batch *b)
{
    while (in->first && b->n < INTAKE_BATCH_MAX) {
        b->tickets[b->n++] = in->first;
        in->first = in->first->next;
    }
    if (!in->first)
        in->end = &in->first;
    in->waiting -= b->n;
}

static void columns_make(struct arena *a, size_t n, struct columns *out)
{
    out->partners = ARENA_ARRAY(a, struct uuid, n);
    out->customers = ARENA_ARRAY(a, struct uuid, n);
    out->messages = ARENA_ARRAY(a, struct uuid, n);
    out->connections = ARENA_ARRAY(a, struct uuid, n);
    out->topics = ARENA_ARRAY(a, const char *, n);
    out->dedupes = ARENA_ARRAY(a, const char *, n);
    out->keys = ARENA_ARRAY(a, const char *, n);
    out->kinds = ARENA_ARRAY(a, const char *, n);
    out->versions = ARENA_ARRAY(a, const char *, n);
    out->objects = ARENA_ARRAY(a, const char *, n);
    out->changes = ARENA_ARRAY(a, int64_t, n);
    out->bodies = ARENA_ARRAY(a, struct bytes, n);
    out->hashes = ARENA_ARRAY(a, struct bytes, n);
    out->spans = ARENA_ARRAY(a, int64_t, n);
    out->waited = ARENA_ARRAY(a, int64_t, n);
    out->lanes = ARENA_ARRAY(a, int32_t, n);
    out->flows = ARENA_ARRAY(a, struct uuid, n);
    out->flow_versions = ARENA_ARRAY(a, int32_t, n);
    out->shadows = ARENA_ARRAY(a, bool, n);
    out->keyeds = ARENA_ARRAY(a, bool, n);
}

static void columns_fill(const struct batch *b, struct columns *c)
{
    int64_t now = loop_now_us();

    for (size_t i = 0; i < b->n; i++) {
        const struct ticket *t = b->tickets[i];

        c->partners[i] = t->m->tenant.partner_id;
        c->customers[i] = t->m->tenant.customer_id;
        c->messages[i] = t->message_id;
        c->connections[i] = t->m->connection_id;
        c->topics[i] = t->m->topic;
        c->dedupes[i] = t->m->dedupe_key;
        c->keys[i] = t->m->business_key;
        c->kinds[i] = t->m->kind;
        c->versions[i] = t->m->source_version ? t->m->source_version : "";
        c->objects[i] = t->m->object_key;
        c->changes[i] = t->m->changed_us;
        c->bodies[i] = (struct bytes){t->m->body.p, t->m->body.n};
        c->hashes[i] = (struct bytes){t->hash, sizeof(t->hash)};
        c->waited[i] = now - t->arrived_us;
        c->spans[i] = t->m->deadline_us ? t->m->deadline_us : INTAKE_JOB_DAYS * DAY_US;
        c->lanes[i] = t->m->lane;
        c->flows[i] = t->m->flow_id;
        c->flow_versions[i] = t->m->flow_version;
        c->shadows[i] = t->m->shadow;
        c->keyeds[i] = t->m->keyed;
    }
}

static enum err batch_store(struct scope *sc, const struct columns *c, size_t n, struct q_intake_store_rows *out)
{
    db_commit_next(sc);
    return q_intake_store(sc,
                          &(struct q_intake_store_in){.partner_ids = c->partners,
                                                      .partner_ids_n = n,
                                                      .customer_ids = c->customers,
                                                      .customer_ids_n = n,
                                                      .message_ids = c->messages,
                                                      .message_ids_n = n,
                                                      .connection_ids = c->connections,
                                                      .connection_ids_n = n,
                                                      .topics = c->topics,
                                                      .topics_n = n,
                                                      .dedupe_keys = c->dedupes,
                                                      .dedupe_keys_n = n,
                                                      .business_keys = c->keys,
                                                      .business_keys_n = n,
                                                      .bodies = c->bodies,
                                                      .bodies_n = n,
                                                      .body_hashes = c->hashes,
                                                      .body_hashes_n = n,
                                                      .kinds = c->kinds,
                                                      .kinds_n = n,
                                                      .source_versions = c->versions,
                                                      .source_versions_n = n,
                                                      .object_keys = c->objects,
                                                      .object_keys_n = n,
                                                      .changed_ats_us = c->changes,
                                                      .changed_ats_n = n,
                                                      .lanes = c->lanes,
                                                      .lanes_n = n,
                                                      .spans_us = c->spans,
                                                      .spans_us_n = n,
                                                      .waited_us = c->waited,
                                                      .waited_us_n = n,
                                                      .flow_ids = c->flows,
                                                      .flow_ids_n = n,
                                                      .flow_versions = c->flow_versions,
                                                      .flow_versions_n = n,
                                                      .shadows = c->shadows,
                                                      .shadows_n = n,
                                                      .keyeds = c->keyeds,
                                                      .keyeds_n = n},
                          out);
}

static enum err batch_repeats(struct scope *sc, const struct columns *c, size_t n)
{
    db_commit_next(sc);
    return q_intake_repeats(sc,
                            &(struct q_intake_repeats_in){.partner_ids = c->partners,
                                                          .partner_ids_n = n,
                                                          .customer_ids = c->customers,
                                                          .customer_ids_n = n,
                                                          .delivery_ids = c->messages,
                                                          .delivery_ids_n = n,
                                                          .connection_ids = c->connections,
                                                          .connection_ids_n = n,
                                                          .dedupe_keys = c->dedupes,
                                                          .dedupe_keys_n = n,
                                                          .body_hashes = c->hashes,
                                                          .body_hashes_n = n},
                            NULL);
}

static void batch_end(const struct batch *b, enum err result, int retry_after_s)
{
    for (size_t i = 0; i < b->n; i++) {
        b->tickets[i]->result = result;
        b->tickets[i]->retry_after_s = retry_after_s;
        b->tickets[i]->ended = true;
        waitq_wake_all(&b->tickets[i]->done);
    }
}

struct planned {
    struct intake_planned *v;
    size_t n;
};

/* The tickets die with their fibers once those are woken, so what is told afterwards is copied first. */
static void planned_of(struct scope *sc, const struct batch *b, const struct q_intake_store_rows *rows,
                       struct planned *out)
{
    out->v = ARENA_ARRAY(sc->arena, struct intake_planned, b->n);
    out->n = 0;
    for (size_t i = 0; i < b->n; i++) {
        const struct intake_message *m = b->tickets[i]->m;

        if (m->kind)
            out->v[out->n++] =
                (struct intake_planned){m->tenant.partner_id, m->tenant.customer_id, rows->v[i].job_id, m->lane};
    }
}

static enum err batch_write(struct scope *sc, const struct batch *b, struct planned *out)
{
    struct q_intake_store_rows rows;
    struct columns c;
    int64_t stored;

    columns_make(sc->arena, b->n, &c);
    columns_fill(b, &c);
    FAULT_POINT("intake.before_commit");
    TRY(sc, batch_store(sc, &c, b->n, &rows));
    FAULT_POINT("intake.after_commit");
    MUST_BE(rows.n == b->n);
    stored = rows.v[0].stored;
    planned_of(sc, b, &rows, out);
    metric_add(METRIC_INTAKE_BATCHES, 1);
    metric_add(METRIC_INTAKE_STORED, stored);
    if ((size_t)stored == b->n)
        return OK;
    metric_add(METRIC_INTAKE_REPEATED, (int64_t)b->n - stored);
    return batch_repeats(sc, &c, b->n);
}

/* PostgreSQL is there and says no: a message of the batch is to blame, and not all of them. */
static bool batch_refused(enum err e)
{
    return e == ERR_CONFLICT || e == ERR_INTERNAL;
}

/* Tells whoever waits how it went, unless the batch was refused and can be split. */
static bool batch_try(struct intake *in, const struct batch *b)
{
    struct scope *sc = scope_new();
    struct planned planned = {0};
    bool split;
    enum err e;

    sc->db = in->db;
    e = batch_write(sc, b, &planned);
    db_rollback(sc);
    split = batch_refused(e) && b->n > 1;
    if (e != OK)
        log_fault(LOG_WARN, "intake", sc, split ? "a batch was refused and is split" : "a batch was not stored");
    if (!split)
        batch_end(b, e, scope_fault(sc)->retry_after_s);
    if (e == OK && planned.n && in->notify)
        in->notify(in->arg, planned.v, planned.n);
    scope_free(sc);
    return !split;
}

static void write_one_batch(struct intake *in)
{
    struct batch b = {.n = 0};

    batch_take(in, &b);
    if (batch_try(in, &b))
        return;
    for (size_t i = 0; i < b.n; i++)
        (void)batch_try(in, &(struct batch){.tickets = {b.tickets[i]}, .n = 1});
}

static void writer(void *arg)
{
    struct intake *in = arg;

    while (in->first)
        write_one_batch(in);
    in->writers--;
}

/* The writers run after the caller has parked, so they find what it is about to add. */
static bool writer_ready(struct intake *in)
{
    if (in->writers < WRITERS && fiber_start(writer, in))
        in->writers++;
    return in->writers > 0;
}

enum err intake_put(struct scope *sc, struct intake *in, const struct intake_message *m, struct uuid *out_id)
{
    struct ticket t = {.m = m, .message_id = uuid_new(), .arrived_us = loop_now_us()};

    MUST_BE(m->tenant.has_partner && m->tenant.has_customer);
    if (in->waiting >= INTAKE_WAITING_MAX || !writer_ready(in)) {
        enum err full = FAIL(sc, ERR_UNAVAILABLE, "too many deliveries at once");

        scope_retry_after(sc, 1);
        return full;
    }
    crypto_hash(m->body.p, m->body.n, t.hash);
    *in->end = &t;
    in->end = &t.next;
    in->waiting++;
    while (!t.ended)
        waitq_wait(&t.done, 0);
    if (t.result != OK) {
        enum err e = FAIL(sc, ERR_UNAVAILABLE, "the delivery could not be stored; send it again");

        scope_retry_after(sc, t.retry_after_s ? t.retry_after_s : 1);
        return e;
    }
    *out_id = t.message_id;
    return OK;
}
