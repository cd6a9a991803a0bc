#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"
#include "base/must.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "q_api.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* Hints that something has changed, for pages that show it: what kind of thing, which one and how new, never what it
 * holds; the page asks for that. A request waits until there is something to tell or its time is over, and the browser
 * comes again by itself, with what it was told last. Whoever says nothing of the kind is told where to begin, at once.
 * All who wait on this thread for one tenant's changes are served by one look a second, which one of them makes in its
 * own name (decision 0047). */

#define WAIT_US     INT64_C(25000000)
#define SPARE_US    INT64_C(3000000) /* before the request's own end */
#define LOOK_US     INT64_C(1000000)
#define SETTLE_US   INT64_C(2000000) /* what changes meanwhile is told together */
#define ENTRIES     512
#define HINTS       20 /* of one topic; beyond it, that there are some */
#define PER_ACTOR   8
#define PER_PARTNER 64 /* on this thread */
#define PER_THREAD  256
#define MARK        8 /* octets of a topic's version */

enum topic { ORDERS, EXCEPTIONS, CONNECTIONS, FLOWS, TOPICS };

static const struct {
    const char *name, *prefix;
    enum permission may;
} topics[TOPICS] = {
    [ORDERS] = {"orders", "ord", PERMISSION_ORDERS_READ},
    [EXCEPTIONS] = {"exceptions", "", PERMISSION_FLOWS_READ},
    [CONNECTIONS] = {"connections", "con", PERMISSION_CONNECTIONS_READ},
    [FLOWS] = {"flows", "flw", PERMISSION_FLOWS_READ},
};

struct entry {
    enum topic topic;
    struct uuid id;
    uint8_t version[MARK];
};

struct seen {
    size_t n;
    struct entry v[ENTRIES];
    uint8_t marks[TOPICS][MARK];
};

/* What those wait for who see the same. */
struct watch {
    struct watch *next;
    struct tenant of;
    size_t waiting;
    bool looking;
    int64_t looked_us; /* 0: never */
    struct seen now;
    struct waitq told;
};

struct stream_place {
    struct uuid partner_id, actor_id;
    struct stream_place *next;
};

static _Thread_local struct watch *watches;
static _Thread_local struct stream_place *places;

/* ---- places ---- */

static void place_leave(void *arg)
{
    struct stream_place **at = &places;

    while (*at != arg)
        at = &(*at)->next;
    *at = (*at)->next;
}

static enum err place_take(struct scope *sc)
{
    struct stream_place *p = ARENA_NEW(sc->arena, struct stream_place);
    const struct caller *c = sc->caller;
    struct uuid who = c->kind == ACTOR_USER ? c->session_id : c->actor_id;
    size_t all = 0, partner = 0, actor = 0;

    for (const struct stream_place *o = places; o; o = o->next) {
        all++;
        partner += uuid_equal(&o->partner_id, &c->partner_id);
        actor += uuid_equal(&o->partner_id, &c->partner_id) && uuid_equal(&o->actor_id, &who);
    }
    if (actor >= PER_ACTOR || partner >= PER_PARTNER || all >= PER_THREAD) {
        enum err e =
            FAIL(sc, ERR_LIMIT,
                 actor >= PER_ACTOR
                     ? "%d streams wait for this session or key already; close a tab, or ask again in 30 seconds"
                     : "too many streams wait at once here; ask again in 30 seconds",
                 PER_ACTOR);

        scope_retry_after(sc, 30);
        return e;
    }
    *p = (struct stream_place){c->partner_id, who, places};
    places = p;
    arena_defer(sc->arena, place_leave, p);
    return OK;
}

/* ---- looking ---- */

static bool same(const struct tenant *a, const struct tenant *b)
{
    return uuid_equal(&a->partner_id, &b->partner_id) && a->has_customer == b->has_customer &&
           a->has_brand == b->has_brand && (!a->has_customer || uuid_equal(&a->customer_id, &b->customer_id)) &&
           (!a->has_brand || uuid_equal(&a->brand_id, &b->brand_id));
}

static void watch_leave(void *arg)
{
    struct watch *w = arg, **at = &watches;

    if (--w->waiting > 0)
        return;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    free(w);
}

static struct watch *watch_of(struct scope *sc)
{
    struct watch *w;

    for (w = watches; w && !same(&w->of, &sc->tenant); w = w->next)
        ;
    if (!w) {
        w = calloc(1, sizeof(*w));
        if (!w)
            out_of_memory();
        w->of = sc->tenant;
        w->next = watches;
        watches = w;
    }
    w->waiting++;
    arena_defer(sc->arena, watch_leave, w);
    return w;
}

static void mark(struct scope *sc, const struct q_stream_look_rows *rows, int topic, uint8_t out[MARK])
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf all;

    buf_init(&all, sc->arena, WIRE_TEXT_MAX);
    for (size_t i = 0; i < rows->n; i++)
        if (rows->v[i].topic == topic) {
            buf_hex(&all, rows->v[i].id.b, rows->v[i].has_id ? sizeof(rows->v[i].id.b) : 0);
            buf_f(&all, " %s\n", rows->v[i].version);
        }
    crypto_hash(all.p, all.n, hash);
    memcpy(out, hash, MARK);
}

static void entry_of(const struct q_stream_look_row *r, struct entry *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(r->version, strlen(r->version), hash);
    *out = (struct entry){.topic = (enum topic)r->topic};
    if (r->has_id)
        out->id = r->id;
    memcpy(out->version, hash, MARK);
}

/* In a transaction of its own. */
static enum err look(struct scope *sc, struct seen *out)
{
    struct q_stream_look_rows rows;
    struct uuid customer_id = sc->tenant.has_customer ? sc->tenant.customer_id : (struct uuid){{0}};

    db_commit_next(sc);
    TRY(sc, q_stream_look(sc, &(struct q_stream_look_in){.customer_id = customer_id}, &rows));
    out->n = rows.n < ENTRIES ? rows.n : ENTRIES;
    for (size_t i = 0; i < out->n; i++)
        entry_of(&rows.v[i], &out->v[i]);
    for (int t = 0; t < TOPICS; t++)
        mark(sc, &rows, t, out->marks[t]);
    return OK;
}

/* As it was less than a second ago; of those who wait, one looks for all. */
static enum err look_together(struct scope *sc, struct watch *w)
{
    struct seen *now = ARENA_NEW(sc->arena, struct seen);
    enum err e;

    if (w->looking || (w->looked_us && loop_now_us() - w->looked_us < LOOK_US))
        return OK;
    w->looking = true;
    e = look(sc, now);
    w->looking = false;
    if (e == OK) {
        w->now = *now;
        w->looked_us = loop_now_us();
    }
    waitq_wake_all(&w->told);
    return e;
}

/* ---- telling ---- */

static bool known(const struct seen *was, const struct entry *e)
{
    for (size_t i = 0; i < was->n; i++)
        if (was->v[i].topic == e->topic && uuid_equal(&was->v[i].id, &e->id))
            return memcmp(was->v[i].version, e->version, MARK) == 0;
    return false;
}

static bool sees(const struct scope *sc, int topic)
{
    return caller_may(sc->caller, topics[topic].may);
}

static void hint(struct buf *b, int topic, const struct uuid *id, const uint8_t version[MARK])
{
    char text[TYPEID_TEXT_MAX + 1];

    buf_f(b, "data: {\"topic\":\"%s\",\"id\":", topics[topic].name);
    if (id && !uuid_is_nil(id)) {
        typeid_format(topics[topic].prefix, id, text);
        buf_f(b, "\"%s\"", text);
    } else {
        buf_s(b, "null");
    }
    buf_s(b, ",\"version\":\"");
    buf_hex(b, version, MARK);
    buf_s(b, "\"}\n\n");
}

/* Which ones changed, when it is known what was there before; otherwise that some did. */
static void hints(struct buf *b, int topic, const struct seen *was, const struct seen *now)
{
    size_t n = 0;

    for (size_t i = 0; was && i < now->n; i++)
        n += (int)now->v[i].topic == topic && !known(was, &now->v[i]);
    if (n == 0 || n > HINTS) {
        hint(b, topic, NULL, now->marks[topic]);
        return;
    }
    for (size_t i = 0; i < now->n; i++)
        if ((int)now->v[i].topic == topic && !known(was, &now->v[i]))
            hint(b, topic, &now->v[i].id, now->v[i].version);
}

/* Where the browser was: the marks of all topics in hex. False: nowhere. */
static bool position(const struct rq *rq, uint8_t out[TOPICS][MARK])
{
    struct str said = rq_header(rq, "last-event-id");
    size_t at = 0;

    if (said.n != sizeof(uint8_t[TOPICS][MARK]) * 2)
        return false;
    for (size_t i = 0; i < said.n; i += 2) {
        static const char digits[] = "0123456789abcdef";
        const char *high = memchr(digits, said.p[i], 16), *low = memchr(digits, said.p[i + 1], 16);

        if (!high || !low)
            return false;
        out[at / MARK][at % MARK] = (uint8_t)((high - digits) << 4 | (low - digits));
        at++;
    }
    return true;
}

static bool changed(const struct scope *sc, uint8_t was[TOPICS][MARK], const struct seen *now, int topic)
{
    return sees(sc, topic) && memcmp(was[topic], now->marks[topic], MARK) != 0;
}

static bool any_changed(const struct scope *sc, uint8_t was[TOPICS][MARK], const struct seen *now)
{
    for (int t = 0; t < TOPICS; t++)
        if (changed(sc, was, now, t))
            return true;
    return false;
}

static enum err tell(struct scope *sc, struct rs *rs, uint8_t was[TOPICS][MARK], const struct seen *before,
                     const struct seen *now)
{
    struct buf b;

    buf_init(&b, sc->arena, 65536);
    buf_s(&b, "retry: 200\nid: ");
    buf_hex(&b, now->marks, sizeof(now->marks));
    buf_s(&b, "\n\n");
    for (int t = 0; was && t < TOPICS; t++)
        if (changed(sc, was, now, t))
            hints(&b, t, before, now);
    rs_header(sc, rs, "cache-control", "no-store");
    return rs_bytes(sc, rs, 200, "text/event-stream", buf_str(&b));
}

static enum err wait_for_change(struct scope *sc, const struct rq *rq, struct watch *w, uint8_t was[TOPICS][MARK],
                                int64_t until_us)
{
    int64_t soonest_us = loop_now_us() + SETTLE_US;

    for (;;) {
        int64_t next_us;

        TRY(sc, look_together(sc, w));
        if (rq_is_last(rq) || loop_now_us() >= until_us)
            return OK;
        if (w->looked_us && loop_now_us() >= soonest_us && any_changed(sc, was, &w->now))
            return OK;
        next_us = loop_now_us() + LOOK_US;
        if (waitq_wait_for(sc, &w->told, next_us < until_us ? next_us : until_us) == WAIT_CANCELLED)
            return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    }
}

static enum err stream_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    int64_t until_us = loop_now_us() + WAIT_US;
    uint8_t was[TOPICS][MARK];
    struct seen *before;
    struct watch *w;

    TRY(sc, db_commit(sc));
    if (!position(rq, was) || rq->method == HTTP_HEAD) {
        struct seen *now = ARENA_NEW(sc->arena, struct seen);

        TRY(sc, look(sc, now));
        return tell(sc, rs, NULL, NULL, now);
    }
    TRY(sc, place_take(sc));
    rq_rest(rq);
    w = watch_of(sc);
    if (sc->deadline_us && sc->deadline_us - SPARE_US < until_us)
        until_us = sc->deadline_us - SPARE_US;
    TRY(sc, look_together(sc, w));
    before = NULL;
    if (w->looked_us && !any_changed(sc, was, &w->now)) {
        before = ARENA_NEW(sc->arena, struct seen);
        *before = w->now;
    }
    TRY(sc, wait_for_change(sc, rq, w, was, until_us));
    return tell(sc, rs, was, before, &w->now);
}

static const char *const stream_query[] = {"customer", NULL};

const struct route api_stream_routes[] = {
    {GET, "/v1/stream", stream_get, .may = PERMISSION_FLOWS_READ, .query = stream_query, .customer_in_query = true,
     .unattended = true, .name = "stream.get",
     .summary = "Waits for changes and tells of them as server-sent events: of what, which one and how new."},
    {},
};
