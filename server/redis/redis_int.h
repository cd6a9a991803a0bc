#pragma once

#include <hiredis/hiredis.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "redis/redis.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* Three layers, of which nothing is known outside the room: a connection to one server (conn, pending), the search for
 * the server or servers (search, sentinel, map), and the commands that go to the right one (command, cluster). */

#define REDIS_OUT_MAX          ((size_t)64 << 20) /* octets that wait to be written */
#define REDIS_ANSWER_US        1000000
#define REDIS_BACKOFF_FIRST_MS 50
#define REDIS_BACKOFF_MAX_MS   1000
#define REDIS_SEEDS_MAX        16 /* addresses in a url */
#define REDIS_NAME_MAX         64
#define REDIS_NODES_MAX        64 /* masters of a cluster; slots of others count as nobody's */
#define REDIS_SLOTS            16384
#define REDIS_HOPS_MAX         5       /* redirections of one command */
#define REDIS_FIND_US          3000000 /* how long the first commands wait until the servers are found */

/* ---- addresses ---- */

struct redis_address {
    struct sockaddr_storage sa;
    socklen_t len;
};

bool redis_address_parse(const char *url, struct redis_address *out); /* "unix:…" or "tcp:…" */
/* "host:port"; the host of an IPv6 address in brackets, or without them where a server wrote it (told). */
bool redis_address_read(struct str text, bool told, struct redis_address *out);
/* As a server tells it: a host it does not know ("", "?") is the teller's own. */
bool redis_address_told(struct str host, int64_t port, const struct redis_address *teller, struct redis_address *out);
bool redis_address_equal(const struct redis_address *a, const struct redis_address *b);

enum redis_form { REDIS_ONE, REDIS_SENTINEL, REDIS_CLUSTER };

struct redis_url {
    enum redis_form form;
    char name[REDIS_NAME_MAX + 1]; /* of the master, for sentinels */
    struct redis_address seeds[REDIS_SEEDS_MAX];
    size_t seed_count;
};

bool redis_url_parse(const char *text, struct redis_url *out);

/* ---- one connection ---- */

enum redis_state { REDIS_AWAY, REDIS_CONNECTING, REDIS_UP };

/* On the asking fiber's stack, or in the search. */
struct redis_ask {
    struct waitq wait;
    struct redis_pending *pending;
    redisReply *reply; /* NULL after ended: the connection was lost */
    bool ended;
    void (*told)(struct redis_ask *); /* instead of waking a fiber; must leave the connection alone */
};

/* One command whose reply is due, in the order of sending. It outlives a fiber that gave up. */
struct redis_pending {
    struct redis_pending *next;
    struct redis_ask *ask; /* NULL: nobody wants the reply any more */
    int64_t limit_us;
};

struct redis_conn {
    struct redis_address at;
    enum redis_state state;
    bool redials;                      /* by itself, with backoff; otherwise it stays away */
    bool failing;                      /* lost and not up again since: commands fail at once */
    void (*lost)(struct redis *owner); /* NULL: nobody cares; must leave the connection alone */
    struct redis *owner;
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

struct redis_conn *redis_conn_new(const struct redis_address *at, bool redials);
void redis_conn_free(struct redis_conn *c); /* fails all that wait; takes NULL */
void redis_conn_connect(struct redis_conn *c);
/* Ends the connection, fails all that wait, and tries again later if it redials. */
void redis_conn_drop(struct redis_conn *c);
/* Sends without a fiber; ask->told is called in any case, if only because the connection is lost. */
void redis_conn_post(struct redis_conn *c, struct redis_ask *ask, const struct str *argv, size_t argc);
void redis_ask_forget(struct redis_ask *ask); /* the reply is no longer wanted */

struct redis_command {
    const struct str *argv;
    size_t argc;
    int64_t limit_us;
};
/* Parks. An error reply is OK here. asking: a node takes one command for a slot that is just moving to it. */
enum err redis_conn_exchange(struct scope *sc, struct redis_conn *c, const struct redis_command *cmd, bool asking,
                             redisReply **out);

/* False when the buffer is at its limit. */
bool redis_out_add(struct redis_conn *c, const struct str *argv, size_t argc);
void redis_flush_soon(struct redis_conn *c);
struct redis_pending *redis_pending_add(struct redis_conn *c, struct redis_ask *ask, int64_t limit_us);
void redis_pending_fail_all(struct redis_conn *c);
/* False: the octets are not the protocol's. */
bool redis_take_replies(struct redis_conn *c);

/* ---- who is asked ---- */

/* Asks one server after the other, by callbacks, so that it needs no fiber and ends with redis_close. */
struct redis_search {
    struct redis_conn *conn; /* that is being asked where to go */
    struct redis_ask ask;
    struct loop_timer step;
    bool running;
    bool role;    /* the one found is being asked whether it is the master */
    bool failing; /* nobody knew, or what was found is lost: commands fail at once */
    size_t begin, tried;
    int backoff_ms;
    int64_t ended_us;
    struct waitq wait; /* fibers that came before the first end of it */
};

struct redis_node {
    struct redis_conn *conn; /* NULL: a free place */
    bool owns;               /* slots, as of the last map */
};

/* Of a cluster: which node holds which slot. */
struct redis_map {
    struct redis_node nodes[REDIS_NODES_MAX];
    uint8_t owner[REDIS_SLOTS]; /* place of the node + 1; 0: nobody is known */
    bool known;
};

struct redis {
    char *text;
    struct redis_url url;
    struct redis_conn *main; /* the one server, or the sentinels' master once found */
    bool is_master;          /* it said so */
    struct redis_map *map;
    struct redis_search search;
    unsigned users; /* fibers in a command; the last one frees what was closed meanwhile */
    bool closed;
};

void redis_leave(struct redis *r); /* at the end of a command */
void redis_search_soon(struct redis *r);
void redis_master_doubted(struct redis *r); /* it answers as no master does */
void redis_search_close(struct redis *r);
/* Parks until there is somebody to send to. */
enum err redis_search_wait(struct scope *sc, struct redis *r);

/* Answers of sentinels. False: they name no fit address, or it is no master. */
bool redis_sentinel_read(const redisReply *reply, struct redis_address *out);
bool redis_role_is_master(const redisReply *reply);

/* False, and nothing is changed, when the answer to CLUSTER SLOTS names no slot that could be asked for. */
bool redis_map_read(struct redis *r, const redisReply *reply, const struct redis_address *teller);
void redis_map_free(struct redis_map *map);
bool redis_map_is_whole(const struct redis_map *map);          /* every slot has a node that is up */
struct redis_conn *redis_map_any(const struct redis_map *map); /* NULL: none */
/* The node at an address, which is made when there is room; NULL: there is none. */
struct redis_conn *redis_map_node(struct redis *r, const struct redis_address *at, uint8_t *out_place);

unsigned redis_slot(struct str key); /* by the tag in braces if there is one */
/* Where the key stands among the arguments; 0: the command has none. */
size_t redis_key_at(const struct str *argv, size_t argc);

enum redis_turn { REDIS_STAYS, REDIS_MOVED, REDIS_ASKS, REDIS_AGAIN };
struct redis_redirect {
    enum redis_turn turn;
    unsigned slot;
    struct redis_address to;
};
/* False: it redirects to where we do not go. */
bool redis_redirect_read(const redisReply *reply, const struct redis_address *teller, struct redis_redirect *out);
enum err redis_cluster_exchange(struct scope *sc, struct redis *r, const struct redis_command *cmd, redisReply **out);

/* States of the server that pass, as against commands of ours that are wrong. */
bool redis_error_passes(const redisReply *reply);
bool redis_error_starts(const redisReply *reply, const char *code);
void redis_reply_copy(struct arena *a, const redisReply *from, struct redis_reply *out);
