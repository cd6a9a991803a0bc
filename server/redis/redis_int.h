#pragma once

#include <hiredis/hiredis.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "redis/redis.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* The connection's side of redis; nothing here is known outside the room. */

#define REDIS_OUT_MAX          ((size_t)64 << 20) /* octets that wait to be written */
#define REDIS_ANSWER_US        1000000
#define REDIS_BACKOFF_FIRST_MS 50
#define REDIS_BACKOFF_MAX_MS   1000

enum redis_state { REDIS_AWAY, REDIS_CONNECTING, REDIS_UP };

/* On the asking fiber's stack. */
struct redis_ask {
    struct waitq wait;
    struct redis_pending *pending;
    redisReply *reply; /* NULL after ended: the connection was lost */
    bool ended;
};

/* One command whose reply is due, in the order of sending. It outlives a fiber that gave up. */
struct redis_pending {
    struct redis_pending *next;
    struct redis_ask *ask; /* NULL: nobody wants the reply any more */
    int64_t limit_us;
};

struct redis {
    char *url;
    struct sockaddr_storage addr;
    socklen_t addr_len;
    enum redis_state state;
    bool failing; /* lost and not up again since: commands fail at once */
    int fd;
    struct loop_fd watch;
    redisReader *reader;
    char *out;
    size_t out_n, out_sent, out_cap;
    struct redis_pending *first, *last;
    size_t in_flight;
    int64_t progress_us; /* when the head of the pending ones became the head */
    struct loop_timer retry, flush, guard;
    int backoff_ms;
};

bool redis_address_parse(const char *url, struct sockaddr_storage *out, socklen_t *out_len);

void redis_connect(struct redis *r);
/* Ends the connection, fails all that wait, and tries again later. */
void redis_drop(struct redis *r);

/* False when the buffer is at its limit. */
bool redis_out_add(struct redis *r, const struct str *argv, size_t argc);
void redis_flush_soon(struct redis *r);
struct redis_pending *redis_pending_add(struct redis *r, struct redis_ask *ask, int64_t limit_us);
void redis_pending_fail_all(struct redis *r);
/* False: the octets are not the protocol's. */
bool redis_take_replies(struct redis *r);

void redis_reply_copy(struct arena *a, const redisReply *from, struct redis_reply *out);
