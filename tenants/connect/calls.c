#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "base/utf8.h"
#include "connect/connect_int.h"
#include "db/db.h"
#include "obs/obs.h"
#include "q_connect.h"
#include "sys/loop.h"

/* Calls to outside systems, as people may look at them later. A thread keeps what its jobs have called, and writes that
 * of one customer at once: a call costs no statement. The fact people get wrong: it is no evidence. What a process held
 * when it died is not in it; what was done is in the ledger. */

#define KEPT     2048    /* of one thread, before they are written */
#define LOGGED   200     /* of one connection, at most */
#define WRITE_US 3000000 /* the oldest waits no longer */
#define AT_ONCE  64      /* connections of one customer in a statement */

struct calls_entry {
    struct uuid partner_id, customer_id, connection_id, job_id;
    int64_t at_us, sent, received;
    int32_t status, ms; /* status 0: no answer */
    enum calls_outcome { CALLS_OK, CALLS_REFUSED, CALLS_FAILED } outcome;
    char operation[65], method[8], url[301], failure[201];
};

static _Thread_local struct calls_entry *kept;
static _Thread_local size_t kept_n;
static _Thread_local int64_t oldest_us;
static const char *const outcomes[] = {"ok", "refused", "failed"};

/* What does not fit is cut where a character ends, and what is no text becomes some: the batch it is written in holds
 * others' calls as well. */
static void put(char *to, size_t size, const char *from)
{
    struct str s = str_of(from);
    char *end = to;

    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_take(s, &at);
        char one[UTF8_MAX];
        size_t n = (size_t)(utf8_put(one, c >= 0xd800 && c <= 0xdfff ? UTF8_REPLACEMENT : c) - one);

        if (n >= size - (size_t)(end - to))
            break;
        memcpy(end, one, n);
        end += n;
    }
    *end = '\0';
}

static enum calls_outcome by_status(int status)
{
    if (status >= 200 && status < 400)
        return CALLS_OK;
    return status >= 400 && status < 500 && status != 401 && status != 408 && status != 429 ? CALLS_REFUSED
                                                                                            : CALLS_FAILED;
}

/* The log knows what HTTP has: another is told in words, since none of them stands for it. */
static void put_status(struct scope *sc, struct calls_entry *e, int status)
{
    if (status >= 100 && status <= 599)
        e->status = status;
    else
        put(e->failure, sizeof(e->failure),
            arena_f(sc->arena, "it answered with the status %d, which HTTP does not have", status));
}

void calls_note(struct scope *sc, struct link *l, const struct http_call *call, const struct net_answer *answer,
                int64_t us)
{
    struct calls_entry *e;
    struct buf url;

    l->noted = NULL;
    if (l->bare || !sc->tenant.has_partner || kept_n == KEPT)
        return;
    if (!kept && !(kept = calloc(KEPT, sizeof(*kept))))
        out_of_memory();
    if (kept_n == 0)
        oldest_us = loop_now_us();
    e = &kept[kept_n++];
    *e = (struct calls_entry){.partner_id = sc->tenant.partner_id,
                              .customer_id = l->connection.customer_id,
                              .connection_id = l->connection.connection_id,
                              .job_id = sc->job_id,
                              .at_us = time_now_us(),
                              .ms = (int32_t)(us / 1000),
                              .sent = (int64_t)call->body.n};
    put(e->operation, sizeof(e->operation), l->doing && *l->doing ? l->doing : "call");
    put(e->method, sizeof(e->method), call->method);
    buf_init(&url, sc->arena, 16384);
    calls_mask(&url, call->url);
    put(e->url, sizeof(e->url), buf_cstr(&url));
    e->outcome = CALLS_FAILED;
    if (answer) {
        e->received = (int64_t)answer->body.n;
        e->outcome = by_status(answer->status);
        put_status(sc, e, answer->status);
    }
    l->noted = e;
}

/* What the connector made of the answer; right after it, before anything parks. */
void calls_said(struct scope *sc, struct link *l, enum err e)
{
    if (!l->noted)
        return;
    if (e == OK)
        l->noted->outcome = CALLS_OK;
    else if (e == ERR_UPSTREAM_NO || e == ERR_HOLD || e == ERR_CONFLICT)
        l->noted->outcome = CALLS_REFUSED;
    else
        l->noted->outcome = CALLS_FAILED;
    if (e != OK && scope_fault(sc)->message)
        put(l->noted->failure, sizeof(l->noted->failure), connect_words(sc, scope_fault(sc)->message));
    l->noted = NULL;
}

/* ---- writing ---- */

/* What one connection's calls sum up to. */
struct sum {
    struct uuid id;
    int64_t n, ok, refused, failed, ok_us, failed_us, calls; /* calls: ever, these included; 0: it is gone */
    const char *failure;
};

static bool same_tenant(const struct calls_entry *a, const struct calls_entry *b)
{
    return uuid_equal(&a->partner_id, &b->partner_id) && uuid_equal(&a->customer_id, &b->customer_id);
}

static struct sum *sum_of(struct sum *v, size_t *n, const struct uuid *id)
{
    for (size_t i = 0; i < *n; i++)
        if (uuid_equal(&v[i].id, id))
            return &v[i];
    if (*n == AT_ONCE)
        return NULL;
    v[*n] = (struct sum){.id = *id, .ok_us = 0, .failed_us = 0, .failure = ""};
    return &v[(*n)++];
}

static void add(struct sum *s, const struct calls_entry *e)
{
    s->n++;
    s->ok += e->outcome == CALLS_OK;
    s->refused += e->outcome == CALLS_REFUSED;
    s->failed += e->outcome == CALLS_FAILED;
    if (e->outcome == CALLS_OK)
        s->ok_us = e->at_us;
    if (e->outcome != CALLS_FAILED)
        return;
    s->failed_us = e->at_us;
    s->failure = e->failure;
}

static enum err count(struct scope *sc, const struct calls_entry *of, struct sum *v, size_t n)
{
    struct uuid ids[AT_ONCE];
    int64_t oks[AT_ONCE], refuseds[AT_ONCE], faileds[AT_ONCE], ok_ats[AT_ONCE], failed_ats[AT_ONCE];
    const char *failures[AT_ONCE];
    struct q_calls_count_rows rows;

    for (size_t i = 0; i < n; i++) {
        ids[i] = v[i].id;
        oks[i] = v[i].ok;
        refuseds[i] = v[i].refused;
        faileds[i] = v[i].failed;
        ok_ats[i] = v[i].ok_us;
        failed_ats[i] = v[i].failed_us;
        failures[i] = v[i].failure;
    }
    TRY(sc, q_calls_count(sc,
                          &(struct q_calls_count_in){.partner_id = of->partner_id,
                                                     .customer_id = of->customer_id,
                                                     .connection_ids = ids,
                                                     .connection_ids_n = n,
                                                     .oks = oks,
                                                     .oks_n = n,
                                                     .refuseds = refuseds,
                                                     .refuseds_n = n,
                                                     .faileds = faileds,
                                                     .faileds_n = n,
                                                     .ok_ats_us = ok_ats,
                                                     .ok_ats_n = n,
                                                     .failed_ats_us = failed_ats,
                                                     .failed_ats_n = n,
                                                     .failures = failures,
                                                     .failures_n = n,
                                                     .none_us = 0},
                          &rows));
    for (size_t i = 0; i < rows.n; i++)
        for (size_t k = 0; k < n; k++)
            if (uuid_equal(&rows.v[i].connection_id, &v[k].id))
                v[k].calls = rows.v[i].calls;
    return OK;
}

/* In columns; a connection's last ones alone, since those before them would be gone at once. */
struct columns {
    size_t n;
    struct uuid *ids, *jobs;
    int64_t *numbers, *ats, *sents, *receiveds;
    const char **operations, **methods, **urls, **outcomes, **failures;
    int32_t *statuses, *mss;
};

static void columns_make(struct scope *sc, size_t most, struct columns *c)
{
    struct arena *a = sc->arena;

    *c = (struct columns){.ids = ARENA_ARRAY(a, struct uuid, most),
                          .jobs = ARENA_ARRAY(a, struct uuid, most),
                          .numbers = ARENA_ARRAY(a, int64_t, most),
                          .ats = ARENA_ARRAY(a, int64_t, most),
                          .sents = ARENA_ARRAY(a, int64_t, most),
                          .receiveds = ARENA_ARRAY(a, int64_t, most),
                          .operations = ARENA_ARRAY(a, const char *, most),
                          .methods = ARENA_ARRAY(a, const char *, most),
                          .urls = ARENA_ARRAY(a, const char *, most),
                          .outcomes = ARENA_ARRAY(a, const char *, most),
                          .failures = ARENA_ARRAY(a, const char *, most),
                          .statuses = ARENA_ARRAY(a, int32_t, most),
                          .mss = ARENA_ARRAY(a, int32_t, most)};
}

static void column_add(struct columns *c, const struct calls_entry *e, int64_t number)
{
    size_t i = c->n++;

    c->ids[i] = e->connection_id;
    c->jobs[i] = e->job_id;
    c->numbers[i] = number;
    c->ats[i] = e->at_us;
    c->sents[i] = e->sent;
    c->receiveds[i] = e->received;
    c->operations[i] = e->operation;
    c->methods[i] = e->method;
    c->urls[i] = e->url;
    c->outcomes[i] = outcomes[e->outcome];
    c->failures[i] = e->failure;
    c->statuses[i] = e->status;
    c->mss[i] = e->ms;
}

static enum err log_all(struct scope *sc, const struct calls_entry *of, const struct columns *c)
{
    return q_calls_log(sc,
                       &(struct q_calls_log_in){.partner_id = of->partner_id,
                                                .customer_id = of->customer_id,
                                                .connection_ids = c->ids,
                                                .connection_ids_n = c->n,
                                                .numbers = c->numbers,
                                                .numbers_n = c->n,
                                                .ats_us = c->ats,
                                                .ats_n = c->n,
                                                .operations = c->operations,
                                                .operations_n = c->n,
                                                .methods = c->methods,
                                                .methods_n = c->n,
                                                .urls = c->urls,
                                                .urls_n = c->n,
                                                .statuses = c->statuses,
                                                .statuses_n = c->n,
                                                .outcomes = c->outcomes,
                                                .outcomes_n = c->n,
                                                .failures = c->failures,
                                                .failures_n = c->n,
                                                .mss = c->mss,
                                                .mss_n = c->n,
                                                .sents = c->sents,
                                                .sents_n = c->n,
                                                .receiveds = c->receiveds,
                                                .receiveds_n = c->n,
                                                .job_ids = c->jobs,
                                                .job_ids_n = c->n,
                                                .nobody = {{0}}},
                       NULL);
}

/* Of one customer: what of v is taken is marked by a nil connection. */
static enum err write_tenant(struct scope *sc, struct calls_entry *v, size_t n, size_t first)
{
    struct sum *sums = ARENA_ARRAY(sc->arena, struct sum, AT_ONCE);
    const struct calls_entry of = v[first];
    struct columns c;
    size_t sum_n = 0;

    columns_make(sc, n - first, &c);
    for (size_t i = first; i < n; i++) {
        struct sum *s = same_tenant(&v[i], &of) ? sum_of(sums, &sum_n, &v[i].connection_id) : NULL;

        if (s)
            add(s, &v[i]);
    }
    TRY(sc, count(sc, &of, sums, sum_n));
    for (size_t i = first; i < n; i++) {
        struct sum *s = same_tenant(&v[i], &of) ? sum_of(sums, &sum_n, &v[i].connection_id) : NULL;

        if (!s)
            continue;
        s->n--;
        if (s->calls && s->n < LOGGED)
            column_add(&c, &v[i], s->calls - s->n);
    }
    if (c.n)
        TRY(sc, log_all(sc, &of, &c));
    return db_commit(sc);
}

/* Whatever comes of it, they are not tried twice: a log that stands in the way of the work is worth nothing. */
static void write_one(struct db *work, struct calls_entry *v, size_t n, size_t first)
{
    struct scope *sc = scope_new();
    const struct calls_entry of = v[first];

    sc->db = work;
    sc->tenant = (struct tenant){true, true, of.partner_id, of.customer_id};
    sc->actor = ACTOR_SYSTEM;
    if (write_tenant(sc, v, n, first) != OK)
        log_fault(LOG_WARN, "connect", sc, "calls to outside systems are missing in their log");
    db_rollback(sc);
    scope_free(sc);
    for (size_t i = first; i < n; i++)
        if (same_tenant(&v[i], &of))
            v[i].partner_id = (struct uuid){{0}};
}

void connect_calls_write(struct db *work, bool all)
{
    struct calls_entry *v = kept;
    size_t n = kept_n;

    if (n == 0 || (!all && n < KEPT / 2 && loop_now_us() < oldest_us + WRITE_US))
        return;
    kept = NULL; /* others note theirs while this parks */
    kept_n = 0;
    for (size_t i = 0; i < n; i++)
        if (!uuid_is_nil(&v[i].partner_id))
            write_one(work, v, n, i);
    free(v);
}

void calls_thread_end(void)
{
    free(kept);
    kept = NULL;
    kept_n = 0;
}
