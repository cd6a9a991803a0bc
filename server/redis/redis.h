#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"

/* redis: one connection per thread, asked from fibers; replies are copied into the scope's arena. Any error drops the
 * connection, which is made again with backoff. Hides hiredis. A Redis that is away answers ERR_UNAVAILABLE
 * at once; nothing in the product may depend on more than that.
 */
struct redis;

enum redis_kind { REDIS_NIL, REDIS_INT, REDIS_TEXT, REDIS_STATUS, REDIS_ARRAY };

struct redis_reply {
    enum redis_kind kind;
    int64_t number;
    struct str text;
    struct redis_reply *items;
    size_t n;
};

/* url: "unix:/path/redis.sock" or "tcp:127.0.0.1:6379"; loopback or private only, no TLS. */
struct redis *redis_open(const char *url);
void redis_close(struct redis *r);

/* One command, arguments length-counted. An error reply is ERR_INTERNAL with its text as detail. Parks. */
enum err redis_command(struct scope *sc, struct redis *r, const struct str *argv, size_t argc, struct redis_reply *out);
/* EVALSHA, and EVAL when the script is not known. */
struct redis_script {
    const char *text;
    char sha1[41]; /* filled on first use */
};
enum err redis_eval(struct scope *sc, struct redis *r, struct redis_script *script, const struct str *keys,
                    size_t key_count, const struct str *args, size_t arg_count, struct redis_reply *out);
bool redis_is_up(const struct redis *r);
