#include "redis/redis_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

static void out_raw(struct redis *r, const void *p, size_t n)
{
    if (n)
        memcpy(r->out + r->out_n, p, n);
    r->out_n += n;
}

static void out_head(struct redis *r, char kind, size_t n)
{
    char text[32];

    out_raw(r, text, (size_t)snprintf(text, sizeof(text), "%c%zu\r\n", kind, n));
}

static bool out_reserve(struct redis *r, size_t n)
{
    size_t cap = r->out_cap ? r->out_cap : 4096;

    if (n > REDIS_OUT_MAX || r->out_n > REDIS_OUT_MAX - n)
        return false;
    while (cap < r->out_n + n)
        cap *= 2;
    if (cap != r->out_cap) {
        r->out = realloc(r->out, cap);
        if (!r->out)
            out_of_memory();
        r->out_cap = cap;
    }
    return true;
}

bool redis_out_add(struct redis *r, const struct str *argv, size_t argc)
{
    size_t need = 32;

    for (size_t i = 0; i < argc; i++) {
        if (argv[i].n > REDIS_OUT_MAX)
            return false;
        need += argv[i].n + 32;
    }
    if (!out_reserve(r, need))
        return false;
    out_head(r, '*', argc);
    for (size_t i = 0; i < argc; i++) {
        out_head(r, '$', argv[i].n);
        out_raw(r, argv[i].p, argv[i].n);
        out_raw(r, "\r\n", 2);
    }
    return true;
}

static void on_guard(struct loop_timer *t)
{
    struct redis *r = CONTAINER_OF(t, struct redis, guard);
    int64_t due;

    if (!r->first)
        return;
    due = r->progress_us + r->first->limit_us;
    if (due <= loop_now_us())
        redis_drop(r);
    else
        loop_timer_arm(t, due, on_guard);
}

/* The limit is on progress, not on one command: a long line of them is no reason to hang up. */
struct redis_pending *redis_pending_add(struct redis *r, struct redis_ask *ask, int64_t limit_us)
{
    struct redis_pending *p = malloc(sizeof(*p));

    if (!p)
        out_of_memory();
    *p = (struct redis_pending){.ask = ask, .limit_us = limit_us};
    if (r->last)
        r->last->next = p;
    else {
        r->first = p;
        r->progress_us = loop_now_us();
    }
    r->last = p;
    r->in_flight++;
    if (!r->guard.slot)
        loop_timer_arm(&r->guard, r->progress_us + r->first->limit_us, on_guard);
    return p;
}

/* The reply is the asking fiber's from here on, or freed. */
static void pending_end(struct redis *r, redisReply *reply)
{
    struct redis_pending *p = r->first;

    r->first = p->next;
    if (!r->first)
        r->last = NULL;
    r->in_flight--;
    r->progress_us = loop_now_us();
    if (p->ask) {
        p->ask->ended = true;
        p->ask->reply = reply;
        waitq_wake_one(&p->ask->wait);
    } else if (reply) {
        freeReplyObject(reply);
    }
    free(p);
}

void redis_pending_fail_all(struct redis *r)
{
    while (r->first)
        pending_end(r, NULL);
}

bool redis_take_replies(struct redis *r)
{
    void *reply;

    for (;;) {
        reply = NULL;
        if (redisReaderGetReply(r->reader, &reply) != REDIS_OK)
            return false;
        if (!reply)
            return r->reader->len <= REDIS_OUT_MAX;
        if (!r->first) { /* nobody asked: we are out of step */
            freeReplyObject(reply);
            return false;
        }
        r->backoff_ms = REDIS_BACKOFF_FIRST_MS;
        pending_end(r, reply);
    }
}
