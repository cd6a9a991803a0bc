#include "flow/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "db/db.h"
#include "obs/obs.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define LISTS    256
#define WRITERS  2 /* of one group: one is encoded while another waits for the disk */
#define LIMIT_US (INT64_C(15) * 1000000)

struct member {
    struct member *next;
    void *ticket;
    struct scope *sc; /* of who waits */
    struct waitq done;
    enum err result;
    bool ended;
};

/* There while somebody waits or is written. */
struct group {
    struct group *next;
    group_write *write;
    struct tenant tenant;
    struct db *db;
    struct member *first, **end;
    size_t waiting;
    unsigned writers;
};

static _Thread_local struct group *groups[LISTS];

static size_t place(group_write *write, const struct tenant *t)
{
    return ((size_t)(uintptr_t)write >> 4 ^ t->customer_id.b[15] ^ (size_t)t->customer_id.b[14] << 3) % LISTS;
}

static bool is_of(const struct group *g, group_write *write, const struct scope *sc)
{
    return g->write == write && g->db == sc->db && uuid_equal(&g->tenant.customer_id, &sc->tenant.customer_id) &&
           uuid_equal(&g->tenant.partner_id, &sc->tenant.partner_id);
}

static struct group *group_of(struct scope *sc, group_write *write)
{
    struct group **list = &groups[place(write, &sc->tenant)], *g;

    for (g = *list; g; g = g->next)
        if (is_of(g, write, sc))
            return g;
    g = calloc(1, sizeof(*g));
    if (!g)
        out_of_memory();
    *g = (struct group){.next = *list, .write = write, .tenant = sc->tenant, .db = sc->db};
    g->end = &g->first;
    return *list = g;
}

static void group_drop(struct group *g)
{
    struct group **at = &groups[place(g->write, &g->tenant)];

    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    free(g);
}

static size_t take(struct group *g, struct member *out[GROUP_BATCH_MAX])
{
    size_t n = 0;

    while (g->first && n < GROUP_BATCH_MAX) {
        out[n++] = g->first;
        g->first = g->first->next;
    }
    if (!g->first)
        g->end = &g->first;
    g->waiting -= n;
    return n;
}

/* The words of the batch's failure are copied: its scope ends before the members look. */
static void tell(struct member *const *m, size_t n, struct scope *batch, enum err e)
{
    for (size_t i = 0; i < n; i++) {
        if (e != OK)
            (void)FAIL(m[i]->sc, e, "%s", batch->fault.message ? batch->fault.message : err_info(e)->title);
        if (e != OK && batch->fault.retry_after_s)
            scope_retry_after(m[i]->sc, batch->fault.retry_after_s);
        m[i]->result = e;
        m[i]->ended = true;
        waitq_wake_all(&m[i]->done);
    }
}

/* PostgreSQL is there and says no: one of the batch may be to blame. */
static bool refused(enum err e)
{
    return e == ERR_CONFLICT || e == ERR_INTERNAL || e == ERR_INVALID;
}

static bool batch_try(struct group *g, struct member *const *m, size_t n)
{
    void *tickets[GROUP_BATCH_MAX];
    struct scope *sc = scope_new();
    enum err e;

    for (size_t i = 0; i < n; i++)
        tickets[i] = m[i]->ticket;
    sc->db = g->db;
    sc->tenant = g->tenant;
    sc->actor = ACTOR_SYSTEM;
    sc->deadline_us = loop_now_us() + LIMIT_US;
    e = g->write(sc, tickets, n);
    db_rollback(sc);
    if (e != OK && n > 1 && refused(e)) {
        log_fault(LOG_WARN, "flow", sc, "a batch was refused and is split");
        scope_free(sc);
        return false;
    }
    tell(m, n, sc, e);
    scope_free(sc);
    return true;
}

static void batch(struct group *g)
{
    struct member *m[GROUP_BATCH_MAX];
    size_t n = take(g, m);

    if (batch_try(g, m, n))
        return;
    for (size_t i = 0; i < n; i++)
        (void)batch_try(g, &m[i], 1);
}

static void writer(void *arg)
{
    struct group *g = arg;

    while (g->first)
        batch(g);
    if (--g->writers == 0)
        group_drop(g);
}

enum err group_join(struct scope *sc, group_write *write, void *ticket)
{
    struct member me = {.ticket = ticket, .sc = sc};
    struct group *g = group_of(sc, write);

    MUST_BE(sc->tenant.has_partner && sc->tenant.has_customer);
    if (g->writers < WRITERS && fiber_start(writer, g))
        g->writers++;
    if (g->writers == 0 || g->waiting >= GROUP_WAITING_MAX) {
        if (g->writers == 0)
            group_drop(g);
        return FAIL(sc, ERR_LIMIT, "too much is waiting to be written");
    }
    *g->end = &me;
    g->end = &me.next;
    g->waiting++;
    while (!me.ended)
        waitq_wait(&me.done, 0);
    return me.result;
}
