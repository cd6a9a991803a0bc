#include <stdlib.h>

#include "access/callers.h"
#include "base/must.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "jobs/jobs_int.h"
#include "mail/mail.h"
#include "obs/obs.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define LOOK_US      1000000
#define AT_ONCE      4 /* on this thread: each is a thread of its own while the relay thinks */
#define FORGET_EVERY 3600
#define WARN_EVERY   60
#define WARN_MOST    200

/* Mail beside the jobs: it asks PostgreSQL alone which is due, since a second more or less is nothing to a mail. */
struct jobs_mailer {
    struct jobs_conf conf;
    struct mail_relay relay;
    struct waitq room;
    unsigned sending;
    unsigned looks;
    bool stopping, running;
};

struct sending {
    struct jobs_mailer *mailer;
    struct mail_ticket ticket;
};

static void send_fiber(void *arg)
{
    struct sending *s = arg;
    struct jobs_mailer *m = s->mailer;
    struct scope *sc = scope_new();

    sc->db = m->conf.work;
    sc->request_id = uuid_new();
    if (mail_send(sc, &m->relay, &s->ticket) != OK) /* its lease ends by itself, and somebody tries again */
        log_fault(LOG_WARN, "jobs", sc, "what became of a mail could not be recorded");
    db_rollback(sc);
    scope_free(sc);
    free(s);
    m->sending--;
    waitq_wake_all(&m->room);
}

static void send_start(struct jobs_mailer *m, const struct mail_ticket *ticket)
{
    struct sending *s = malloc(sizeof(*s));

    if (!s)
        out_of_memory();
    *s = (struct sending){m, *ticket};
    m->sending++;
    if (fiber_start(send_fiber, s))
        return;
    free(s);
    m->sending--;
}

/* One that cannot be told now is found again the next time. */
static void warn_one(struct jobs_mailer *m, const struct access_expiring *key, int64_t at_us)
{
    struct scope *sc = scope_new();
    enum err e;

    sc->db = m->conf.work;
    sc->actor = ACTOR_SYSTEM;
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = key->partner_id};
    e = access_expiring_tell(sc, &key->api_key_id, at_us);
    if (e != OK && e != ERR_LIMIT)
        log_fault(LOG_WARN, "jobs", sc, "the keepers of a key that ends soon could not be told");
    db_rollback(sc);
    scope_free(sc);
}

static enum err warn(struct scope *sc, struct jobs_mailer *m)
{
    int64_t at_us = time_now_us();
    struct access_expiring *v;
    size_t n;

    TRY(sc, access_expiring_due(sc, at_us, WARN_MOST, &v, &n));
    for (size_t i = 0; i < n && !m->stopping; i++)
        warn_one(m, &v[i], at_us);
    return OK;
}

/* OK with *out_n 0: nothing is due. */
static enum err look(struct scope *sc, struct jobs_mailer *m, size_t *out_n)
{
    struct mail_ticket *v;

    if (m->looks % WARN_EVERY == 0 && warn(sc, m) != OK) { /* what waits is sent all the same */
        log_fault(LOG_WARN, "jobs", sc, "which keys end soon could not be asked");
        db_rollback(sc);
        scope_clear(sc);
    }
    if (m->looks++ % FORGET_EVERY == 0)
        TRY(sc, mail_forget(sc));
    TRY(sc, mail_claim(sc, AT_ONCE - m->sending, &v, out_n));
    for (size_t i = 0; i < *out_n; i++)
        send_start(m, &v[i]);
    return OK;
}

static void mailer_fiber(void *arg)
{
    struct jobs_mailer *m = arg;

    while (!m->stopping) {
        struct scope *sc;
        size_t n = 0;

        if (m->sending >= AT_ONCE) {
            waitq_wait(&m->room, loop_now_us() + LOOK_US);
            continue;
        }
        sc = scope_new();
        sc->db = m->conf.dispatch;
        if (look(sc, m, &n) != OK)
            log_fault(LOG_WARN, "jobs", sc, "no mail could be claimed");
        db_rollback(sc);
        scope_free(sc);
        if (n == 0 && !m->stopping)
            waitq_wait(&m->room, loop_now_us() + LOOK_US);
    }
    m->running = false;
}

struct jobs_mailer *jobs_mailer_open(const struct jobs_conf *conf, const struct mail_relay *relay)
{
    struct jobs_mailer *m = calloc(1, sizeof(*m));

    if (!m)
        out_of_memory();
    m->conf = *conf;
    m->relay = *relay;
    m->running = true;
    MUST_BE(fiber_start(mailer_fiber, m));
    return m;
}

void jobs_mailer_stop(struct jobs_mailer *m)
{
    m->stopping = true;
    waitq_wake_all(&m->room);
}

bool jobs_mailer_running(const struct jobs_mailer *m)
{
    return m->running || m->sending;
}

void jobs_mailer_close(struct jobs_mailer *m)
{
    free(m);
}
