#include <stdlib.h>
#include <string.h>

#include "connect/connect.h"
#include "db/db.h"
#include "net/net.h"
#include "obs/obs.h"
#include "q_sandbox.h"
#include "sandbox/sandbox_int.h"
#include "sys/loop.h"

/* What the stand-ins send: to the door of their connection, signed, until it is taken. Vendors try again, later and
 * later, and give up in the end; so does this. */

#define AT_ONCE     8  /* connections; share.c says how many of one customer */
#define LETTERS_MAX 20 /* of one, before another has its turn */
#define LOOK_US     INT64_C(2000000)
#define LOOK_MAX    50
#define LOOK_OF_ONE 4 /* of one customer */
#define FIRST_US    INT64_C(250000)
#define LONGEST_US  INT64_C(30000000)
#define TRIES_MAX   200
#define TOTAL_MS    15000

struct round {
    struct sandbox *b;
    struct sandbox_place *p;
    struct secret *secret;
    const char *url;
};

static void wipe_late(void *arg)
{
    struct round *r = arg;

    secret_wipe(&r->secret);
}

/* ".localhost" is what a machine has without TLS. */
static const char *scheme(const struct sandbox *b)
{
    return b->conf.tls ? "https" : "http";
}

static enum err opened(struct scope *sc, struct round *r)
{
    const struct q_simulation_host_row *row;
    const char *path, *host;

    arena_defer(sc->arena, wipe_late, r);
    TRY(sc, q_simulation_host(sc, &(struct q_simulation_host_in){.most = 1}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "the partner has no host to deliver to");
    host = arena_strdup(sc->arena, row->host);
    TRY(sc, connection_door(sc, &r->p->connection_id, &path, &r->secret));
    r->url = arena_f(sc->arena, "%s://%s%s", scheme(r->b), host, path);
    return OK;
}

static enum err post(struct scope *sc, const struct round *r, const struct standin_letter *l)
{
    struct net_header *headers = ARENA_ARRAY(sc->arena, struct net_header, l->header_count);
    struct net_call call = {.method = "POST",
                            .url = r->url,
                            .headers = headers,
                            .header_count = l->header_count,
                            .body = l->body,
                            .total_ms = TOTAL_MS,
                            .answer_max = 65536,
                            .own = r->b->conf.hooks};
    struct net_answer answer;

    for (size_t i = 0; i < l->header_count; i++)
        headers[i] =
            (struct net_header){str_dup(sc->arena, l->headers[i].name), str_dup(sc->arena, l->headers[i].value)};
    TRY(sc, net_fetch(sc, r->b->conf.net, &call, &answer));
    if (answer.status < 200 || answer.status > 299)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the delivery was answered %d", answer.status);
    return OK;
}

static enum err send_one(struct scope *sc, const struct round *r, uint64_t no)
{
    struct standin_address to = {str_of(r->url), r->secret};
    struct standin_letter l;

    TRY(sc, standin_letter(sc, r->p->standin, no, &to, &l));
    TRY(sc, post(sc, r, &l));
    if (l.twice)
        TRY(sc, post(sc, r, &l));
    standin_sent(r->p->standin, no);
    return OK;
}

static enum err send_some(struct scope *sc, struct round *r)
{
    uint64_t numbers[LETTERS_MAX];
    size_t n;

    sc->tenant = r->p->tenant;
    TRY(sc, opened(sc, r));
    n = standin_letters(r->p->standin, numbers, LETTERS_MAX);
    for (size_t i = 0; i < n && !r->b->stopping && !r->p->lost; i++) {
        enum err e = send_one(sc, r, numbers[i]);

        if (e != OK && e != ERR_NOT_FOUND) {
            if (++r->p->tries >= TRIES_MAX) {
                standin_sent(r->p->standin, numbers[i]);
                r->p->tries = 0;
            }
            return scope_pass(sc, e, __FILE__, __LINE__);
        }
        scope_clear(sc);
        r->p->tries = 0;
    }
    return OK;
}

static int64_t pause_us(unsigned tries)
{
    int64_t us = FIRST_US << (tries < 8 ? tries : 8);

    return us < LONGEST_US ? us : LONGEST_US;
}

static void round_fiber(void *arg)
{
    struct round *r = arg;
    struct scope *sc = sandbox_scope(r->b);

    if (send_some(sc, r) != OK) {
        r->p->due_us = loop_now_us() + pause_us(r->p->tries);
        log_fault(LOG_DEBUG, "sandbox", sc, "a simulated delivery was not taken");
    }
    db_rollback(sc);
    scope_clear(sc);
    if (sandbox_keep(sc, r->b, r->p) != OK)
        r->p->due_us = loop_now_us() + LONGEST_US / 10;
    scope_free(sc);
    r->p->delivering = false;
    sandbox_give(r->p);
    r->b->fibers--;
    free(r);
}

/* What has something to send and is not in memory is read, so that its turn comes. */
static enum err look(struct scope *sc, struct sandbox *b)
{
    struct q_simulations_waiting_rows rows;
    struct sandbox_place *p;

    TRY(sc, q_simulations_waiting(
                sc, &(struct q_simulations_waiting_in){.most = LOOK_MAX, .of_one = LOOK_OF_ONE, .start = b->look_from},
                &rows));
    if (rows.n)
        b->look_from = rows.v[rows.n - 1].token;
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < rows.n && !b->stopping; i++) {
        if (sandbox_take(sc, b, &rows.v[i].token, &p) == OK)
            sandbox_give(p);
        scope_clear(sc);
    }
    return OK;
}

static void look_when_due(struct sandbox *b)
{
    struct scope *sc;

    if (loop_now_us() - b->looked_us < LOOK_US)
        return;
    b->looked_us = loop_now_us();
    sc = sandbox_scope(b);
    if (look(sc, b) != OK)
        log_fault(LOG_DEBUG, "sandbox", sc, "who has something to send could not be asked");
    db_rollback(sc);
    scope_free(sc);
}

static bool is_due(const struct sandbox_place *p)
{
    return p->standin && !p->lost && !p->delivering && standin_sends(p->standin) && standin_waiting(p->standin) &&
           p->due_us <= loop_now_us();
}

void sandbox_send_due(struct sandbox *b)
{
    unsigned under_way = 0;
    size_t from;

    if (!b->conf.hooks)
        return;
    look_when_due(b);
    for (size_t i = 0; i < b->n; i++)
        under_way += b->places[i]->delivering;
    from = b->send_from; /* after the last that had its turn */
    for (size_t i = 0; i < b->n && under_way < AT_ONCE && !b->stopping; i++) {
        struct sandbox_place *p = b->places[(from + i) % b->n];
        struct round *r;

        if (!is_due(p) || !sandbox_delivers(b, p))
            continue;
        b->send_from = (from + i + 1) % b->n;
        r = calloc(1, sizeof(*r));
        if (!r)
            out_of_memory();
        *r = (struct round){.b = b, .p = p};
        p->delivering = true;
        p->users++;
        b->fibers++;
        under_way++;
        if (fiber_start(round_fiber, r))
            continue;
        p->delivering = false;
        sandbox_give(p);
        b->fibers--;
        free(r);
    }
}
