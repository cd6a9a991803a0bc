#pragma once

#include "base/uuid.h"
#include "http/http.h"
#include "sandbox/sandbox.h"
#include "standin/standin.h"
#include "sys/fiber.h"

/* Inside the room: house.c has them in memory and keeps them, serve.c answers, send.c delivers. */

#define SANDBOX_PREFIX_MAX 48

/* One stand-in in memory. It stays while somebody uses it; whoever uses it may park. */
struct sandbox_place {
    struct uuid token, connection_id;
    struct tenant tenant;
    char prefix[SANDBOX_PREFIX_MAX]; /* "/c/<token>" */
    struct standin *standin;         /* NULL: it is being read */
    int64_t seed, epoch;
    uint64_t kept_turns; /* what the database has */
    int64_t used_us, due_us;
    unsigned users, tries;
    bool saving, lost, delivering; /* lost: another process has it; nothing of it can be kept any more */
    struct waitq saved;
};

struct sandbox {
    struct sandbox_conf conf;
    struct sandbox_place **places;
    size_t n;
    struct http *http;
    struct http_app app;
    int fd;
    bool stopping;
    unsigned fibers; /* under way, beside requests */
    int64_t looked_us;
};

/* ERR_NOT_FOUND: nothing has the name. ERR_UNAVAILABLE: too many are in use. Parks. */
enum err sandbox_take(struct scope *sc, struct sandbox *b, const struct uuid *token, struct sandbox_place **out);
void sandbox_give(struct sandbox_place *p);
/* Until all that it holds now is in the database. Those who wait at the same time wait for one writing. Parks. */
enum err sandbox_keep(struct scope *sc, struct sandbox *b, struct sandbox_place *p);
void sandbox_keep_all(struct sandbox *b);
struct scope *sandbox_scope(struct sandbox *b); /* the system's, of no tenant yet */
void sandbox_forget(struct sandbox *b);

enum err sandbox_answer(struct scope *sc, const struct rq *rq, struct rs *rs); /* serve.c */
void sandbox_send_due(struct sandbox *b);                                      /* send.c: once a tick */
