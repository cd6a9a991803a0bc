#include <stdlib.h>

#include "http/http_int.h"
#include "obs/obs.h"

/* Work starts late: a call runs only while it holds a slot of its connection and one of its owner, and nothing that
 * costs anything is begun before. Whoever comes later waits a moment in line and is then told to come again. A slot
 * whose client left comes back only with the next thaw, so that opening and leaving requests starts no more handlers
 * than slots a second. */
#define THAW_US     1000000
#define LINE_FACTOR 4

static struct slots *slots_new(struct http *h)
{
    struct slots *s = calloc(1, sizeof(*s));

    if (!s)
        out_of_memory();
    s->http = h;
    s->refs = 1;
    return s;
}

struct slots *slots_of_conn(struct http *h)
{
    struct slots *s = slots_new(h);

    s->at_once = h->conf.conn_requests;
    s->line_max = h->conf.streams;
    s->cools = true;
    return s;
}

static struct slots **bucket_of(struct http *h, const struct uuid *owner)
{
    return &h->owners[(owner->b[14] << 8 | owner->b[15]) % HTTP_OWNER_BUCKETS]; /* random, as ids of our own are */
}

struct slots *slots_of_owner(struct http *h, const struct uuid *owner)
{
    struct slots **bucket = bucket_of(h, owner);
    struct slots *s;

    for (s = *bucket; s; s = s->chain)
        if (uuid_equal(&s->owner, owner))
            return slots_ref(s);
    s = slots_new(h);
    s->owner = *owner;
    s->owned = true;
    s->at_once = h->conf.owner_requests;
    s->line_max = LINE_FACTOR * h->conf.owner_requests;
    s->chain = *bucket;
    *bucket = s;
    return s;
}

struct slots *slots_ref(struct slots *s)
{
    if (s)
        s->refs++;
    return s;
}

static void leave_bucket(struct slots *s)
{
    struct slots **at = bucket_of(s->http, &s->owner);

    while (*at != s)
        at = &(*at)->chain;
    *at = s->chain;
}

void slots_unref(struct slots *s)
{
    if (!s || --s->refs > 0)
        return;
    loop_timer_cancel(&s->thaw);
    if (s->owned)
        leave_bucket(s);
    free(s);
}

/* It is handed over at the wake-up, so that no later comer slips in between. */
static void give_one(struct slots *s)
{
    if (!waitq_wake_one(&s->line))
        s->used--;
}

static void thaw(struct loop_timer *t)
{
    struct slots *s = CONTAINER_OF(t, struct slots, thaw);
    unsigned n = s->cooling;

    s->cooling = 0;
    while (n-- > 0)
        give_one(s);
}

void slots_give(struct slots *s, bool abandoned)
{
    if (!abandoned || !s->cools) {
        give_one(s);
        return;
    }
    s->cooling++;
    if (!s->thaw.slot)
        loop_timer_arm(&s->thaw, loop_now_us() + THAW_US, thaw);
}

static enum err no_slot(struct scope *sc, const struct slots *s)
{
    enum err e =
        s->owned ? FAIL(sc, ERR_LIMIT, "too many requests at once for this host; please repeat this one")
                 : FAIL(sc, ERR_UNAVAILABLE, "too many requests at once on this connection; please repeat this one");

    metric_add_label(METRIC_HTTP_TURNED_AWAY, s->owned ? "owner" : "connection", 1);
    scope_retry_after(sc, 1);
    return e;
}

static int64_t line_until(const struct scope *sc, const struct slots *s)
{
    int64_t due = loop_now_us() + (int64_t)s->http->conf.slot_wait_ms * 1000;

    return sc->deadline_us && sc->deadline_us < due ? sc->deadline_us : due;
}

enum err slots_take(struct scope *sc, struct slots *s)
{
    enum wait_result r;

    if (sc->cancelled)
        return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    if (s->used < s->at_once) { /* then nobody waits */
        s->used++;
        return OK;
    }
    if (s->in_line >= s->line_max)
        return no_slot(sc, s);
    s->in_line++;
    r = waitq_wait_for(sc, &s->line, line_until(sc, s));
    s->in_line--;
    if (r == WAIT_WOKEN)
        return OK;
    if (r == WAIT_CANCELLED)
        return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    return no_slot(sc, s);
}
