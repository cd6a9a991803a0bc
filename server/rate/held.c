#include "rate/rate_int.h"

#include <inttypes.h>

#include "base/must.h"

/* Calls at once to one account, of all workers together. Each that is under way stands in a sorted set in Redis,
 * "tenon:account:{id}:held", by the time until when it counts, which is short and put off again and again: what a
 * worker that died had under way ends by itself, and so does a place of which Redis' answer, or whose end, was lost.
 * What is renewed stands there afterwards, whatever Redis has forgotten. Nobody is told when a place gets free in
 * another thread, so who waits looks again. */

#define LOOK_FIRST_US 5000
#define LOOK_MOST_US  100000
#define FULL_AGAIN_S  1

#define NOW                                                                                                            \
    "local now = tonumber(ARGV[1])\n"                                                                                  \
    "if now == 0 then\n"                                                                                               \
    "  local t = redis.call('TIME')\n"                                                                                 \
    "  now = t[1] * 1000000 + t[2]\n"                                                                                  \
    "end\n"                                                                                                            \
    "local gone = redis.pcall('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))\n"                      \
    "if type(gone) == 'table' and gone.err then redis.call('DEL', KEYS[1]) end\n"

/* ARGV: now (0: its own clock), places, microseconds that it counts, its name. */
const char rate_hold_lua[] =
    NOW "if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end\n"
        "redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[3])), ARGV[4])\n"
        "redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[3]) / 1000))\n"
        "return 1\n";

const char rate_release_lua[] = "return redis.call('ZREM', KEYS[1], ARGV[1])\n";

/* ARGV: now (0: its own clock), microseconds that they count, their names. */
const char rate_renew_lua[] = NOW "local to = string.format('%.0f', now + tonumber(ARGV[2]))\n"
                                  "for i = 3, #ARGV do redis.call('ZADD', KEYS[1], to, ARGV[i]) end\n"
                                  "redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2]) / 1000))\n"
                                  "return 1\n";

static struct str key_of(struct scope *sc, const struct rate_account *a)
{
    char id[UUID_TEXT_LEN + 1];

    uuid_format(&a->id, id);
    return str_of(arena_f(sc->arena, "tenon:account:{%s}:held", id));
}

/* *out: there was a place. Fails only where Redis is away. */
static enum err hold_shared(struct rate *r, struct rate_account *a, unsigned most, struct rate_held *held, bool *out)
{
    struct scope *sc = scope_new();
    struct redis_reply reply;
    struct str args[4] = {str_of(arena_f(sc->arena, "%" PRId64, r->now_us ? r->now_us() : 0)),
                          str_of(arena_f(sc->arena, "%u", most)), str_of(arena_f(sc->arena, "%" PRId64, RATE_HELD_US)),
                          str_of(held->name)};
    struct rate_script s = {&r->hold, key_of(sc, a), args, ARRAY_LEN(args)};
    enum err e = rate_eval(sc, r, a, &s, &reply);

    *out = e == OK && reply.kind == REDIS_INT && reply.number == 1;
    held->shared = *out || e != OK; /* whose answer was lost may stand there */
    scope_free(sc);
    return e;
}

/* While Redis is away: this thread's share of them. */
static bool hold_here(const struct rate *r, const struct rate_account *a, unsigned most)
{
    unsigned sharers = a->threads > r->sharers ? a->threads : r->sharers, share = most / sharers;

    return a->held < (share ? share : 1);
}

static bool hold_now(struct rate *r, struct rate_account *a, unsigned most, struct rate_held *held)
{
    bool there;

    if (hold_shared(r, a, most, held, &there) != OK)
        there = hold_here(r, a, most);
    return there;
}

enum err rate_hold(struct scope *sc, struct rate *r, const struct uuid *account, unsigned most, struct rate_held *out)
{
    int64_t due_us = loop_now_us() + RATE_WAIT_US, look_us = LOOK_FIRST_US;
    struct rate_account *a = rate_account(r, account);
    struct uuid id = uuid_new();

    MUST_BE(most > 0);
    if (sc->deadline_us && sc->deadline_us < due_us)
        due_us = sc->deadline_us;
    *out = (struct rate_held){0};
    uuid_format(&id, out->name);
    a->refs++;
    while (!hold_now(r, a, most, out)) {
        if (loop_now_us() + look_us >= due_us) {
            enum err e = FAIL(sc, ERR_LIMIT, "the outside system is called as often at once as it allows");

            scope_retry_after(sc, FULL_AGAIN_S);
            a->refs--;
            return e;
        }
        waitq_wait(&a->places, loop_now_us() + look_us);
        look_us = 2 * look_us < LOOK_MOST_US ? 2 * look_us : LOOK_MOST_US;
    }
    if (a->held++ == 0)
        a->renewed_us = rate_now_us(r);
    out->next = a->holds;
    a->holds = out;
    out->account = a; /* keeps its reference until it is released */
    return OK;
}

static void unlist(struct rate_account *a, const struct rate_held *held)
{
    struct rate_held **at = &a->holds;

    while (*at != held)
        at = &(*at)->next;
    *at = held->next;
    a->held--;
}

void rate_release(struct rate *r, struct rate_held *held)
{
    struct rate_account *a = held->account;

    if (!a)
        return;
    held->account = NULL;
    unlist(a, held);
    if (held->shared) {
        struct scope *sc = scope_new();
        struct redis_reply reply;
        struct str name = str_of(held->name);
        struct rate_script s = {&r->release, key_of(sc, a), &name, 1};

        (void)rate_eval(sc, r, a, &s, &reply); /* it ends by itself otherwise */
        scope_free(sc);
    }
    waitq_wake_one(&a->places);
    a->refs--;
}

static void renew(struct rate *r, struct rate_account *a)
{
    struct scope *sc = scope_new();
    struct str *args = ARENA_ARRAY(sc->arena, struct str, a->held + 2);
    struct rate_script s = {&r->renew, key_of(sc, a), args, 0};
    struct redis_reply reply;

    args[s.n++] = str_of(arena_f(sc->arena, "%" PRId64, r->now_us ? r->now_us() : 0));
    args[s.n++] = str_of(arena_f(sc->arena, "%" PRId64, RATE_HELD_US));
    for (struct rate_held *h = a->holds; h; h = h->next) {
        h->shared = true; /* also one that was had while Redis was away */
        args[s.n++] = str_of(arena_strdup(sc->arena, h->name));
    }
    if (rate_eval(sc, r, a, &s, &reply) == OK) /* otherwise the next time */
        a->renewed_us = rate_now_us(r);
    scope_free(sc);
}

/* An account with places stays; the lists may change while one of them is renewed. */
bool rate_renew(struct rate *r)
{
    struct scope *sc = scope_new();
    struct rate_account **v = ARENA_ARRAY(sc->arena, struct rate_account *, r->known + 1);
    size_t n = 0;

    for (size_t i = 0; r->redis && i < RATE_ACCOUNTS; i++)
        for (struct rate_account *a = r->accounts[i]; a; a = a->next)
            if (a->held) {
                v[n++] = a;
                a->refs++;
            }
    for (size_t i = 0; i < n; i++) {
        if (v[i]->held && rate_now_us(r) - v[i]->renewed_us >= RATE_RENEW_US)
            renew(r, v[i]);
        v[i]->refs--;
    }
    scope_free(sc);
    return n > 0;
}
