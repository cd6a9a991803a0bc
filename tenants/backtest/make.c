#include "backtest/backtest_int.h"

#include "db/db.h"
#include "obs/obs.h"
#include "q_backtest.h"
#include "sys/fault.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* A worker runs one: pages of messages out of the database, each a short transaction, into the caged process. While
 * that evaluates a page, the next is fetched; nothing is held meanwhile. */
#define PAGE_MESSAGES 256
#define PAGE_OCTETS   ((int64_t)800 << 10) /* so many that one fits the pipe while another is evaluated */
#define TELL_US       INT64_C(1000000)     /* progress is noted as often, which also is the beat */
#define RUN_MAX_US    INT64_C(900000000)   /* all of it, its new beginnings included */
#define TRIES_MAX     3
#define TOO_LONG      "it took longer than 15 minutes: choose fewer days or messages"

struct made {
    struct scope *sc; /* lives as long as it runs: documents and snapshot */
    const struct backtest_claim *claim;
    const bool *stop;
    struct backtest_plan plan;
    struct backtest_cage *cage;
    struct uuid *connections;
    size_t connection_count;
    const char *key_prefix;
    struct uuid since, before;
    int64_t most, seen; /* messages that are wanted */
    struct backtest_counts counts;
    int64_t due_us, told_us, reached_us;
    bool cancel, lost; /* asked for; it is another worker's by now */
};

/* ---- what is to be done ---- */

static enum err plan_against(struct scope *sc, struct made *m, const struct q_backtest_asked_row *r)
{
    const struct mapping_shipped *shipped = mapping_shipped(r->source_system, r->source_object);

    if (strcmp(r->against, "nothing") == 0)
        return OK;
    if (strcmp(r->against, "shipped") == 0) {
        if (!shipped)
            return FAIL(sc, ERR_INVALID, "the document it was to be compared with is shipped no more");
        m->plan.against = (struct str){shipped->text, shipped->n};
        return OK;
    }
    if (!r->against_document || r->against_now_hash.n != r->against_hash.n ||
        memcmp(r->against_now_hash.p, r->against_hash.p, r->against_hash.n) != 0)
        return FAIL(sc, ERR_INVALID, "the version it was to be compared with was changed meanwhile");
    m->plan.against = str_of(r->against_document);
    return OK;
}

static enum err plan_read(struct scope *sc, struct made *m, const struct q_backtest_asked_row *r)
{
    if (r->document_hash.n != r->now_hash.n || memcmp(r->document_hash.p, r->now_hash.p, r->now_hash.n) != 0)
        return FAIL(sc, ERR_INVALID, "the draft was changed after the backtest had been asked for");
    m->plan.candidate = str_of(r->document);
    TRY(sc, plan_against(sc, m, r));
    m->since = r->since_id;
    m->before = r->until_id;
    m->most = r->has_last_messages ? r->last_messages : BACKTEST_RECORDS_MAX;
    m->key_prefix = arena_f(sc->arena, "%s:", r->source_object);
    m->due_us = loop_now_us() + RUN_MAX_US - r->ran_us;
    m->cancel = r->cancel_asked;
    return OK;
}

#define TABLES_MAX (2 * XREF_TABLES_MAX)

static enum err tables_of(struct scope *sc, struct str document, const char **names, size_t *n)
{
    struct mapping_faults faults;
    const char *const *tables;
    const struct doc *d;
    struct mapping *m;

    if (document.n == 0)
        return OK;
    TRY(sc, doc_parse(sc, document, &d));
    if (!mapping_compile(sc->arena, d, NULL, &m, &faults))
        return OK; /* the caged process says why */
    for (size_t i = 0, count = mapping_tables(m, &tables); i < count; i++) {
        bool known = *n == TABLES_MAX;

        for (size_t k = 0; k < *n && !known; k++)
            known = strcmp(names[k], tables[i]) == 0;
        if (!known)
            names[(*n)++] = tables[i];
    }
    return OK;
}

/* Those that there are: what asks another finds nothing in it, as it would live. */
static enum err snapshot_load(struct scope *sc, struct made *m)
{
    const char *names[TABLES_MAX], **there;
    struct q_backtest_tables_rows rows;
    struct xref_snapshot *s;
    size_t n = 0;

    TRY(sc, tables_of(sc, m->plan.candidate, names, &n));
    TRY(sc, tables_of(sc, m->plan.against, names, &n));
    TRY(sc, q_backtest_tables(sc, &(struct q_backtest_tables_in){.names = names, .names_n = n}, &rows));
    there = ARENA_ARRAY(sc->arena, const char *, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        there[i] = rows.v[i].name;
    TRY(sc, xref_load(sc, there, rows.n, &s));
    m->plan.snapshot = s;
    return OK;
}

static enum err connections_load(struct scope *sc, struct made *m, const struct q_backtest_asked_row *r)
{
    struct q_backtest_connections_rows rows;
    struct q_backtest_connections_in in = {.source_system = r->source_system};

    if (r->has_connection_id)
        in.connection_id = r->connection_id;
    TRY(sc, q_backtest_connections(sc, &in, &rows));
    m->connections = ARENA_ARRAY(sc->arena, struct uuid, rows.n);
    m->connection_count = rows.n;
    for (size_t i = 0; i < rows.n; i++)
        m->connections[i] = rows.v[i].connection_id;
    return OK;
}

/* One transaction for all that must be of one moment. */
static enum err prepare(struct scope *sc, struct made *m)
{
    const struct q_backtest_asked_row *r;

    TRY(sc,
        q_backtest_asked(
            sc, &(struct q_backtest_asked_in){.backtest_id = m->claim->backtest_id, .attempt = m->claim->attempt}, &r));
    m->lost = !r;
    if (!r)
        return FAIL(sc, ERR_CANCELLED, "the backtest is another worker's");
    TRY(sc, plan_read(sc, m, r));
    TRY(sc, snapshot_load(sc, m));
    TRY(sc, connections_load(sc, m, r));
    return db_commit(sc);
}

/* ---- page by page ---- */

static enum err tell(struct scope *sc, struct made *m)
{
    const struct q_backtest_progress_row *row;
    struct q_backtest_progress_in in = {.backtest_id = m->claim->backtest_id,
                                        .attempt = m->claim->attempt,
                                        .records = m->counts.records,
                                        .same = m->counts.same,
                                        .changed = m->counts.changed,
                                        .newly_failing = m->counts.newly_failing,
                                        .newly_passing = m->counts.newly_passing,
                                        .still_failing = m->counts.still_failing,
                                        .has_reached_at = m->reached_us != 0,
                                        .reached_at_us = m->reached_us,
                                        .xref_hash = xref_snapshot_hash(m->plan.snapshot),
                                        .walls = backtest_cage_walls(m->cage)};

    m->told_us = loop_now_us();
    TRY(sc, q_backtest_progress(sc, &in, &row));
    m->lost = !row;
    m->cancel = row && row->cancel_asked;
    return OK;
}

static enum err tell_and_go_on(struct scope *sc, struct made *m)
{
    TRY(sc, tell(sc, m));
    TRY(sc, db_commit(sc));
    return m->cancel || m->lost ? FAIL(sc, ERR_CANCELLED, "it was cancelled") : OK;
}

static enum err fetch(struct scope *sc, const struct made *m, struct q_backtest_page_rows *out)
{
    struct q_backtest_page_in in = {.connection_ids = m->connections,
                                    .connection_ids_n = m->connection_count,
                                    .key_prefix = m->key_prefix,
                                    .since_id = m->since,
                                    .before = m->before,
                                    .most = PAGE_MESSAGES,
                                    .octets = PAGE_OCTETS,
                                    .largest = (int32_t)BACKTEST_RECORD_MAX};

    db_commit_next(sc);
    return q_backtest_page(sc, &in, out);
}

static enum err check_time(struct scope *sc, const struct made *m)
{
    if (*m->stop)
        return FAIL(sc, ERR_CANCELLED, "the worker stops");
    return loop_now_us() > m->due_us ? FAIL(sc, ERR_TIMEOUT, TOO_LONG) : OK;
}

/* Until no more than so many pages are on their way. One may take long by what the mapping asks; who waits goes on
 * beating. */
static enum err wait_until(struct scope *sc, struct made *m, unsigned owed)
{
    while (backtest_cage_owed(m->cage) > owed) {
        bool ready;

        TRY(sc, backtest_cage_answer(sc, m->cage, loop_now_us() + TELL_US, &ready, &m->counts));
        if (ready)
            continue;
        TRY(sc, tell_and_go_on(sc, m));
        TRY(sc, check_time(sc, m));
    }
    return OK;
}

static size_t records_of(struct scope *sc, struct made *m, const struct q_backtest_page_rows *rows,
                         struct backtest_record **out)
{
    struct backtest_record *v = ARENA_ARRAY(sc->arena, struct backtest_record, rows->n);
    size_t n = 0;

    for (size_t i = 0; i < rows->n && m->seen < m->most; i++) {
        const struct q_backtest_page_row *r = &rows->v[i];

        if (!r->wanted)
            continue;
        m->seen++;
        m->reached_us = r->received_at_us;
        v[n++] = (struct backtest_record){r->message_id, r->received_at_us, {r->body.p, r->body.n}};
    }
    *out = v;
    return n;
}

static struct scope *step_of(const struct made *m)
{
    struct scope *sc = scope_new();

    sc->db = m->sc->db;
    sc->tenant = m->sc->tenant;
    sc->actor = ACTOR_SYSTEM;
    return sc;
}

/* The next page, fetched by a fiber of its own while the one before it is handed over. */
struct ahead {
    struct made *m;
    struct scope *sc; /* of one page, so that many messages take no more memory than few; NULL: there is none */
    struct q_backtest_page_rows rows;
    enum err e;
    bool busy;
    struct waitq done;
};

static void ahead_fiber(void *arg)
{
    struct ahead *a = arg;

    a->e = fetch(a->sc, a->m, &a->rows);
    db_rollback(a->sc);
    a->busy = false;
    waitq_wake_all(&a->done);
}

static enum err ahead_start(struct scope *sc, struct ahead *a)
{
    a->sc = step_of(a->m);
    a->busy = fiber_start(ahead_fiber, a);
    if (a->busy)
        return OK;
    scope_free(a->sc);
    a->sc = NULL;
    return FAIL(sc, ERR_UNAVAILABLE, "the server has too much to do");
}

static void ahead_wait(struct ahead *a)
{
    while (a->busy)
        waitq_wait(&a->done, 0);
}

static enum err hand_over(struct scope *sc, struct made *m, const struct backtest_record *v, size_t n)
{
    TRY(sc, check_time(sc, m));
    if (loop_now_us() - m->told_us >= TELL_US)
        TRY(sc, tell_and_go_on(sc, m));
    TRY(sc, wait_until(sc, m, BACKTEST_AHEAD - 1));
    if (n)
        TRY(sc, backtest_cage_put(sc, m->cage, v, n, &m->counts));
    FAULT_POINT("backtest.after_page");
    return OK;
}

static enum err page(struct scope *sc, struct ahead *a, struct scope *step)
{
    struct backtest_record *v;
    struct made *m = a->m;
    size_t n;

    TRY(step, a->e);
    n = records_of(step, m, &a->rows, &v);
    if (a->rows.n && m->seen < m->most) {
        m->before = a->rows.v[a->rows.n - 1].message_id;
        TRY(sc, ahead_start(sc, a));
    }
    return hand_over(step, m, v, n);
}

static enum err pages(struct scope *sc, struct made *m)
{
    struct ahead a = {.m = m};
    enum err e = m->connection_count ? ahead_start(sc, &a) : OK;

    while (e == OK && a.sc) {
        struct scope *step = a.sc;

        ahead_wait(&a);
        a.sc = NULL;
        e = page(sc, &a, step);
        if (e != OK)
            e = FAIL(sc, e, "%s", scope_fault(step)->message ? scope_fault(step)->message : err_info(e)->title);
        db_rollback(step);
        scope_free(step);
    }
    ahead_wait(&a);
    scope_free(a.sc);
    return e;
}

static enum err finish(struct scope *sc, struct made *m)
{
    struct q_backtest_done_in in = {.backtest_id = m->claim->backtest_id, .attempt = m->claim->attempt};
    const struct q_backtest_done_row *row;
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct str result;

    TRY(sc, wait_until(sc, m, 0));
    TRY(sc, backtest_cage_end(sc, m->cage, &m->counts, &result));
    crypto_hash(result.p, result.n, hash);
    in.result = str_dup(sc->arena, result);
    in.result_hash = (struct bytes){hash, sizeof(hash)};
    TRY(sc, tell(sc, m));
    if (m->cancel || m->lost)
        return FAIL(sc, ERR_CANCELLED, "it was cancelled");
    TRY(sc, q_backtest_done(sc, &in, &row));
    return db_commit(sc);
}

static enum err run(struct scope *sc, struct made *m)
{
    TRY(sc, prepare(sc, m));
    if (m->cancel)
        return FAIL(sc, ERR_CANCELLED, "it was cancelled");
    TRY(sc, backtest_cage_open(sc, &m->plan, &m->cage));
    LOG(LOG_INFO, "backtest", sc, "a backtest runs", LOG_N("pid", backtest_cage_pid(m->cage)),
        LOG_T("walls", backtest_cage_walls(m->cage)));
    TRY(sc, pages(sc, m));
    return finish(sc, m);
}

/* ---- how it ended ---- */

/* What another try may put right; what is wrong with what was asked may not. */
static bool may_try_again(enum err e)
{
    return e == ERR_UNAVAILABLE || e == ERR_INTERNAL;
}

static enum err note_end(struct scope *sc, const struct made *m, enum err e, const char *why)
{
    struct q_backtest_end_in in = {
        .backtest_id = m->claim->backtest_id, .attempt = m->claim->attempt, .state = "failed", .reason = why};

    if (m->lost)
        return OK;
    if (m->cancel) {
        in.state = "cancelled";
        in.reason = "";
    } else if (*m->stop) {
        in.state = "queued";
        in.reason = "";
        in.forgive = 1;
    } else if (may_try_again(e) && m->claim->attempt < TRIES_MAX) {
        in.state = "queued";
    }
    TRY(sc, q_backtest_end(sc, &in, NULL));
    return db_commit(sc);
}

enum err backtest_make(struct scope *sc, const struct backtest_claim *c, const bool *stop)
{
    struct made m = {.sc = sc, .claim = c, .stop = stop};
    const char *why = "it was begun three times and came to no end";
    enum err e = ERR_UNAVAILABLE;

    if (c->attempt <= TRIES_MAX) {
        e = run(sc, &m);
        if (e != OK) {
            log_fault(e == ERR_CANCELLED ? LOG_INFO : LOG_WARN, "backtest", sc, "a backtest came to no result");
            why = arena_cut(sc->arena, scope_fault(sc)->message ? scope_fault(sc)->message : err_info(e)->title, 500);
        }
    }
    backtest_cage_close(m.cage);
    if (e == OK)
        return OK;
    scope_clear(sc);
    db_rollback(sc);
    return note_end(sc, &m, e, why);
}
