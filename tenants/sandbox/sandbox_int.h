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
    unsigned users, tries, asking; /* asking: requests under way */
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
    struct uuid look_from; /* whose turn it is: among those in the database, and those in memory */
    size_t send_from;
};

/* ERR_NOT_FOUND: nothing has the name. ERR_UNAVAILABLE: too many are in use. ERR_LIMIT: too many of its customer or
 * partner. Parks. */
enum err sandbox_take(struct scope *sc, struct sandbox *b, const struct uuid *token, struct sandbox_place **out);
void sandbox_give(struct sandbox_place *p);
/* Until all that it holds now is in the database. Those who wait at the same time wait for one writing. Parks. */
enum err sandbox_keep(struct scope *sc, struct sandbox *b, struct sandbox_place *p);
/* share.c: one more request, until the scope ends. ERR_LIMIT: its customer, or its partner, has enough of them. */
enum err sandbox_asks(struct scope *sc, struct sandbox *b, struct sandbox_place *p);
/* ERR_LIMIT: of its customer, or its partner, as many others are in use as have their place. */
enum err sandbox_fits(struct scope *sc, const struct sandbox *b, const struct sandbox_place *p);
/* May it deliver now, beside those that do? */
bool sandbox_delivers(const struct sandbox *b, const struct sandbox_place *p);
/* What goes to make room for p: of what nobody uses, what has not been used for the longest; of p's own customer where
 * that has its share. NULL: everything is in use. */
struct sandbox_place *sandbox_idlest(const struct sandbox *b, const struct sandbox_place *p);
void sandbox_keep_all(struct sandbox *b);
struct scope *sandbox_scope(struct sandbox *b); /* the system's, of no tenant yet */
void sandbox_forget(struct sandbox *b);

enum err sandbox_answer(struct scope *sc, const struct rq *rq, struct rs *rs); /* serve.c */
void sandbox_send_due(struct sandbox *b);                                      /* send.c: once a tick */
