#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"

/* redis: one connection per thread and server, asked from fibers; replies are copied into the scope's arena. Any error
 * drops the connection, which is made again with backoff. Hides hiredis, and whether there is one server, a master that
 * sentinels name, or a cluster. A Redis that is away answers ERR_UNAVAILABLE at once; nothing in the product may depend
 * on more than that. In a cluster a command goes to the node that holds its key, and the keys of one command or script
 * must share a hash tag; what has no key (PING, INFO) goes to any node.
 * The fact people get wrong: ERR_UNAVAILABLE and ERR_TIMEOUT may come after the command was executed, so what is
 * sent here must be harmless to repeat.
 */
struct redis;

enum redis_kind { REDIS_NIL, REDIS_INT, REDIS_TEXT, REDIS_STATUS, REDIS_ARRAY };

#define REDIS_IN_FLIGHT_MAX 8192 /* commands of one connection; more are ERR_LIMIT */

struct redis_reply {
    enum redis_kind kind;
    int64_t number;
    struct str text;
    struct redis_reply *items;
    size_t n;
};

/* url: "unix:/path/redis.sock", "tcp:127.0.0.1:6379" or "tcp:[::1]:6379";
 * "sentinel:NAME@host:port,…": up to 16 sentinels, of which one after the other is asked for the master of that name;
 * "cluster:host:port,…": up to 16 of a cluster's nodes, of which one is asked for all.
 * Loopback or private addresses only, no names, no TLS; that goes for what servers tell of others, too. NULL for any
 * other text. Starts connecting; the first commands wait for that. */
bool redis_url_is_fit(const char *url);
struct redis *redis_open(const char *url);
void redis_close(struct redis *r); /* whoever still waits gets ERR_UNAVAILABLE */
const char *redis_url(const struct redis *r);

/* One command, arguments length-counted. An error reply is ERR_INTERNAL with its text as detail. Parks. */
enum err redis_command(struct scope *sc, struct redis *r, const struct str *argv, size_t argc, struct redis_reply *out);
/* For commands that wait in Redis (BLPOP): no answer is missed before wait_ms and the usual second have passed. Such a
 * command holds up all others of its connection, so it needs one of its own. */
enum err redis_command_wait(struct scope *sc, struct redis *r, const struct str *argv, size_t argc, int wait_ms,
                            struct redis_reply *out);
/* EVALSHA, and EVAL when the script is not known. */
struct redis_script {
    const char *text;
    char sha1[41]; /* filled on first use, so one struct per thread */
};
enum err redis_eval(struct scope *sc, struct redis *r, struct redis_script *script, const struct str *keys,
                    size_t key_count, const struct str *args, size_t arg_count, struct redis_reply *out);
/* Of a cluster: all of it. */
bool redis_is_up(const struct redis *r);
