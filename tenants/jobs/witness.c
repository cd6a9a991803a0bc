#include <stdlib.h>

#include "audit/audit.h"
#include "base/must.h"
#include "db/db.h"
#include "jobs/jobs_int.h"
#include "net/net.h"
#include "obs/obs.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define TICK_US     1000000
#define PARTNERS    200 /* signed for in a tick */
#define SENDING_MAX 8   /* calls to partners at once */
#define COMPLAIN_US (INT64_C(600) * 1000000)

struct jobs_witness {
    struct jobs_conf conf;
    bool stopping, running;
    unsigned sending;
    int64_t complained_us;
};

static struct scope *scope_as(struct db *db)
{
    struct scope *sc = scope_new();

    sc->db = db;
    sc->actor = ACTOR_SYSTEM;
    return sc;
}

/* A record that does not hold is not signed, and is named again and again until a person has looked. */
static void sign_for(struct jobs_witness *w, const struct uuid *partner)
{
    struct scope *sc = scope_as(w->conf.work);
    enum err e;

    sc->tenant = (struct tenant){.has_partner = true, .partner_id = *partner};
    e = audit_checkpoint_make(sc);
    if (e == ERR_CONFLICT && loop_now_us() - w->complained_us > COMPLAIN_US) {
        w->complained_us = loop_now_us();
        log_fault(LOG_ERROR, "audit", sc, "a partner's audit record is not as it was written and is not signed");
    } else if (e != OK && e != ERR_CONFLICT) {
        log_fault(LOG_WARN, "audit", sc, "a checkpoint could not be signed");
    }
    db_rollback(sc);
    scope_free(sc);
}

static enum err sign(struct scope *sc, struct jobs_witness *w)
{
    struct uuid *v;
    size_t n;

    TRY(sc, audit_due(sc, w->conf.checkpoint_entries, w->conf.checkpoint_seconds, PARTNERS, &v, &n));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < n && !w->stopping; i++)
        sign_for(w, &v[i]);
    return OK;
}

struct letter {
    struct jobs_witness *w;
    struct audit_due_one what;
};

static enum err send_one(struct scope *sc, struct net *net, int64_t seq)
{
    struct net_header headers[] = {
        {"content-type", "application/json"}, {"webhook-id", ""}, {"webhook-timestamp", ""}, {"webhook-signature", ""}};
    struct net_call call = {.method = "POST",
                            .headers = headers,
                            .header_count = ARRAY_LEN(headers),
                            .total_ms = 15000,
                            .answer_max = 65536};
    struct net_answer answer = {0};
    struct audit_sending s;
    const char *why;

    TRY(sc, audit_send_begin(sc, seq, &s));
    if (!s.wanted)
        return OK;
    headers[1].value = s.id;
    headers[2].value = s.timestamp;
    headers[3].value = s.signature;
    call.url = s.url;
    call.body = s.body;
    if (net_fetch(sc, net, &call, &answer) == OK) {
        why = arena_f(sc->arena, "it answered with status %d", answer.status);
    } else {
        why = arena_cut(sc->arena, scope_fault(sc)->message ? scope_fault(sc)->message : "it was not reached", 400);
        scope_clear(sc);
    }
    return audit_send_end(sc, &s, answer.status, why);
}

static void letter_fiber(void *arg)
{
    struct letter *l = arg;
    struct scope *sc = scope_as(l->w->conf.work);

    sc->tenant = (struct tenant){.has_partner = true, .partner_id = l->what.partner_id};
    if (send_one(sc, l->w->conf.net, l->what.seq) != OK)
        log_fault(LOG_WARN, "audit", sc, "a checkpoint could not be sent");
    db_rollback(sc);
    scope_free(sc);
    l->w->sending--;
    free(l);
}

/* Some at once, so that one who never answers does not hold up the others. */
static enum err send_due(struct scope *sc, struct jobs_witness *w)
{
    struct audit_due_one *v;
    size_t n;

    TRY(sc, audit_sending(sc, SENDING_MAX, &v, &n));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < n && w->sending < SENDING_MAX && !w->stopping; i++) {
        struct letter *l = calloc(1, sizeof(*l));

        if (!l)
            out_of_memory();
        *l = (struct letter){w, v[i]};
        w->sending++;
        MUST_BE(fiber_start(letter_fiber, l));
    }
    return OK;
}

static enum err tick(struct scope *sc, struct jobs_witness *w)
{
    TRY(sc, sign(sc, w));
    return send_due(sc, w);
}

static void witness_fiber(void *arg)
{
    struct jobs_witness *w = arg;

    while (!w->stopping) {
        struct scope *sc = scope_as(w->conf.dispatch);

        if (tick(sc, w) != OK)
            log_fault(LOG_WARN, "audit", sc, "whose record is to be signed or sent could not be asked");
        db_rollback(sc);
        scope_free(sc);
        fiber_sleep_us(TICK_US);
    }
    w->running = false;
}

struct jobs_witness *jobs_witness_open(const struct jobs_conf *conf)
{
    struct jobs_witness *w = calloc(1, sizeof(*w));

    if (!w)
        out_of_memory();
    w->conf = *conf;
    w->running = true;
    w->complained_us = -COMPLAIN_US;
    MUST_BE(fiber_start(witness_fiber, w));
    return w;
}

void jobs_witness_stop(struct jobs_witness *w)
{
    w->stopping = true;
}

bool jobs_witness_running(const struct jobs_witness *w)
{
    return w->running || w->sending;
}

void jobs_witness_close(struct jobs_witness *w)
{
    free(w);
}
