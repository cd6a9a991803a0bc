#include "redis/redis_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

static void out_raw(struct redis_conn *c, const void *p, size_t n)
{
    if (n)
        memcpy(c->out + c->out_n, p, n);
    c->out_n += n;
}

static void out_head(struct redis_conn *c, char kind, size_t n)
{
    char text[32];

    out_raw(c, text, (size_t)snprintf(text, sizeof(text), "%c%zu\r\n", kind, n));
}

static bool out_reserve(struct redis_conn *c, size_t n)
{
    size_t cap = c->out_cap ? c->out_cap : 4096;

    if (n > REDIS_OUT_MAX || c->out_n > REDIS_OUT_MAX - n)
        return false;
    while (cap < c->out_n + n)
        cap *= 2;
    if (cap != c->out_cap) {
        c->out = realloc(c->out, cap);
        if (!c->out)
            out_of_memory();
        c->out_cap = cap;
    }
    return true;
}

bool redis_out_add(struct redis_conn *c, const struct str *argv, size_t argc)
{
    size_t need = 32;

    for (size_t i = 0; i < argc; i++) {
        if (argv[i].n > REDIS_OUT_MAX)
            return false;
        need += argv[i].n + 32;
    }
    if (!out_reserve(c, need))
        return false;
    out_head(c, '*', argc);
    for (size_t i = 0; i < argc; i++) {
        out_head(c, '$', argv[i].n);
        out_raw(c, argv[i].p, argv[i].n);
        out_raw(c, "\r\n", 2);
    }
    return true;
}

static void on_guard(struct loop_timer *t)
{
    struct redis_conn *c = CONTAINER_OF(t, struct redis_conn, guard);
    int64_t due;

    if (!c->first)
        return;
    due = c->progress_us + c->first->limit_us;
    if (due <= loop_now_us())
        redis_conn_drop(c);
    else
        loop_timer_arm(t, due, on_guard);
}

/* The limit is on progress, not on one command: a long line of them is no reason to hang up. */
struct redis_pending *redis_pending_add(struct redis_conn *c, struct redis_ask *ask, int64_t limit_us)
{
    struct redis_pending *p = malloc(sizeof(*p));

    if (!p)
        out_of_memory();
    *p = (struct redis_pending){.ask = ask, .limit_us = limit_us};
    if (c->last)
        c->last->next = p;
    else {
        c->first = p;
        c->progress_us = loop_now_us();
    }
    c->last = p;
    c->in_flight++;
    if (!c->guard.slot)
        loop_timer_arm(&c->guard, c->progress_us + c->first->limit_us, on_guard);
    return p;
}

/* The reply is the asking fiber's from here on, or freed. */
static void pending_end(struct redis_conn *c, redisReply *reply)
{
    struct redis_pending *p = c->first;

    c->first = p->next;
    if (!c->first)
        c->last = NULL;
    c->in_flight--;
    c->progress_us = loop_now_us();
    if (p->ask) {
        p->ask->ended = true;
        p->ask->reply = reply;
        if (p->ask->told)
            p->ask->told(p->ask);
        else
            waitq_wake_one(&p->ask->wait);
    } else if (reply) {
        freeReplyObject(reply);
    }
    free(p);
}

void redis_pending_fail_all(struct redis_conn *c)
{
    while (c->first)
        pending_end(c, NULL);
}

bool redis_take_replies(struct redis_conn *c)
{
    void *reply;

    for (;;) {
        reply = NULL;
        if (redisReaderGetReply(c->reader, &reply) != REDIS_OK)
            return false;
        if (!reply)
            return c->reader->len <= REDIS_OUT_MAX;
        if (!c->first) { /* nobody asked: we are out of step */
            freeReplyObject(reply);
            return false;
        }
        c->backoff_ms = REDIS_BACKOFF_FIRST_MS;
        pending_end(c, reply);
    }
}
