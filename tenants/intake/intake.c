#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "obs/obs.h"
#include "q_intake.h"
#include "sys/fault.h"
#include "sys/fiber.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define WRITERS 2 /* one batch is encoded while the other is being committed */

struct ticket {
    struct ticket *next;
    const struct intake_message *m;
    struct uuid message_id;
    struct uuid job_id;
    uint8_t hash[CRYPTO_HASH_BYTES];
    int64_t received_us;
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

/* The columns of one batch, in the arena of its scope. */
struct batch {
    struct ticket *tickets[INTAKE_BATCH_MAX];
    size_t n;
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

#define COLUMN(type, name) type *name = (type *)arena_array(a, b->n, sizeof(type))

static enum err batch_store(struct scope *sc, const struct batch *b, int64_t *stored)
{
    struct arena *a = sc->arena;
    COLUMN(struct uuid, partners);
    COLUMN(struct uuid, customers);
    COLUMN(struct uuid, messages);
    COLUMN(struct uuid, connections);
    COLUMN(const char *, topics);
    COLUMN(const char *, dedupes);
    COLUMN(const char *, keys);
    COLUMN(struct bytes, bodies);
    COLUMN(struct bytes, hashes);
    COLUMN(int64_t, times);
    COLUMN(struct uuid, jobs);
    COLUMN(const char *, kinds);
    COLUMN(int32_t, lanes);
    COLUMN(int64_t, deadlines);

    for (size_t i = 0; i < b->n; i++) {
        const struct ticket *t = b->tickets[i];

        partners[i] = t->m->tenant.partner_id;
        customers[i] = t->m->tenant.customer_id;
        messages[i] = t->message_id;
        connections[i] = t->m->connection_id;
        topics[i] = t->m->topic;
        dedupes[i] = t->m->dedupe_key;
        keys[i] = t->m->business_key;
        bodies[i] = (struct bytes){t->m->body.p, t->m->body.n};
        hashes[i] = (struct bytes){t->hash, sizeof(t->hash)};
        times[i] = t->received_us;
        jobs[i] = t->job_id;
        kinds[i] = t->m->kind;
        lanes[i] = t->m->lane;
        deadlines[i] = t->received_us + INTAKE_JOB_DAYS * DAY_US;
    }
    db_commit_next(sc);
    return q_intake_store(sc,
                          &(struct q_intake_store_in){.partner_ids = partners, .partner_ids_n = b->n,
                                                      .customer_ids = customers, .customer_ids_n = b->n,
                                                      .message_ids = messages, .message_ids_n = b->n,
                                                      .connection_ids = connections, .connection_ids_n = b->n,
                                                      .topics = topics, .topics_n = b->n,
                                                      .dedupe_keys = dedupes, .dedupe_keys_n = b->n,
                                                      .business_keys = keys, .business_keys_n = b->n,
                                                      .bodies = bodies, .bodies_n = b->n,
                                                      .body_hashes = hashes, .body_hashes_n = b->n,
                                                      .received_ats_us = times, .received_ats_n = b->n,
                                                      .job_ids = jobs, .job_ids_n = b->n,
                                                      .kinds = kinds, .kinds_n = b->n,
                                                      .lanes = lanes, .lanes_n = b->n,
                                                      .deadlines_us = deadlines, .deadlines_n = b->n},
                          stored);
}

static enum err batch_repeats(struct scope *sc, const struct batch *b)
{
    struct arena *a = sc->arena;
    COLUMN(struct uuid, partners);
    COLUMN(struct uuid, customers);
    COLUMN(struct uuid, deliveries);
    COLUMN(struct uuid, connections);
    COLUMN(const char *, dedupes);
    COLUMN(struct bytes, hashes);
    COLUMN(int64_t, times);

    for (size_t i = 0; i < b->n; i++) {
        const struct ticket *t = b->tickets[i];

        partners[i] = t->m->tenant.partner_id;
        customers[i] = t->m->tenant.customer_id;
        deliveries[i] = t->message_id;
        connections[i] = t->m->connection_id;
        dedupes[i] = t->m->dedupe_key;
        hashes[i] = (struct bytes){t->hash, sizeof(t->hash)};
        times[i] = t->received_us;
    }
    db_commit_next(sc);
    return q_intake_repeats(sc,
                            &(struct q_intake_repeats_in){.partner_ids = partners, .partner_ids_n = b->n,
                                                          .customer_ids = customers, .customer_ids_n = b->n,
                                                          .delivery_ids = deliveries, .delivery_ids_n = b->n,
                                                          .connection_ids = connections, .connection_ids_n = b->n,
                                                          .dedupe_keys = dedupes, .dedupe_keys_n = b->n,
                                                          .body_hashes = hashes, .body_hashes_n = b->n,
                                                          .received_ats_us = times, .received_ats_n = b->n},
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

/* The tickets die with their fibers once those are woken, so what is told afterwards is copied first. */
static size_t batch_planned(struct scope *sc, const struct batch *b, struct intake_planned **out)
{
    struct intake_planned *v = ARENA_ARRAY(sc->arena, struct intake_planned, b->n);
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct ticket *t = b->tickets[i];

        if (t->m->kind)
            v[n++] = (struct intake_planned){t->m->tenant.partner_id, t->m->tenant.customer_id, t->job_id, t->m->lane};
    }
    *out = v;
    return n;
}

static enum err batch_write(struct scope *sc, const struct batch *b)
{
    int64_t stored = 0;

    FAULT_POINT("intake.before_commit");
    TRY(sc, batch_store(sc, b, &stored));
    FAULT_POINT("intake.after_commit");
    metric_add(METRIC_INTAKE_BATCHES, 1);
    metric_add(METRIC_INTAKE_STORED, stored);
    if ((size_t)stored == b->n)
        return OK;
    metric_add(METRIC_INTAKE_REPEATED, (int64_t)b->n - stored);
    return batch_repeats(sc, b);
}

static void write_one_batch(struct intake *in)
{
    struct scope *sc = scope_new();
    struct intake_planned *planned;
    struct batch b = {.n = 0};
    size_t planned_n;
    enum err e;

    sc->db = in->db;
    batch_take(in, &b);
    planned_n = batch_planned(sc, &b, &planned);
    e = batch_write(sc, &b);
    db_rollback(sc);
    if (e != OK)
        log_fault(LOG_WARN, "intake", sc, "a batch was not stored");
    batch_end(&b, e, scope_fault(sc)->retry_after_s);
    if (e == OK && planned_n && in->notify)
        in->notify(in->arg, planned, planned_n);
    scope_free(sc);
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
    struct ticket t = {.m = m, .message_id = uuid_new(), .job_id = uuid_new(), .received_us = time_now_us()};

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
