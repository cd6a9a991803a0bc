#pragma once

#include <string.h>

#include "expr/expr.h"
#include "http/http.h"
#include "sign/sign.h"
#include "standin/standin.h"

/* ---- the document ---- */

struct standin_let {
    const char *name;
    const char *of;          /* a collection; NULL: the value of the expression */
    const struct expr *expr; /* the key of the thing there (NULL: all of them, as a list), or the value */
};

enum standin_do { DO_ANSWER, DO_LIST, DO_GET, DO_CREATE, DO_UPDATE, DO_DELETE };

enum standin_paging { PAGES_NONE, PAGES_PAGE, PAGES_OFFSET, PAGES_AFTER };

struct standin_pages {
    enum standin_paging kind;
    const char *at, *size; /* members of the query */
    int64_t usual, most;
    const struct expr *where;  /* PAGES_AFTER: the key after which the page begins; no value: the first */
    const struct expr *wanted; /* how many are asked for, where the query does not say it */
};

struct standin_event {
    const struct expr *topic, *body;
};

struct standin_change {
    const char *of;
    const struct expr *key, *to; /* to: no value removes it, and a list is things that take their keys' places */
};

struct standin_route {
    const char *name, *method, *path;
    const char *field; /* of GraphQL, with no method and path: "orders", or one of a field's things, "order.lines" */
    enum standin_do act;
    const char *of;
    const struct expr *when, *key, *where, *order, *make, *change, *answer, *headers, *status, *idempotent, *refuse;
    const struct expr *absent; /* {status, body} for what is not there; NULL: as everywhere */
    struct standin_let *lets;
    size_t let_count;
    struct standin_pages pages;
    struct standin_event *events;
    size_t event_count;
    struct standin_change *changes;
    size_t change_count;
    const char *bucket; /* what it is counted in; NULL: as every other */
    bool open;          /* without authentication */
};

/* How often it lets itself be called. */
struct standin_bucket {
    const char *name;
    double a_second, most; /* tokens */
    double left, taken;
    int64_t at_us;
    bool begun; /* it is full before */
};

struct standin_limits {
    struct standin_bucket *v;
    size_t n;
    const char *every;               /* the bucket of routes that name none; NULL: none */
    const struct expr *cost, *spent; /* tokens that a call has to find, and takes; NULL: one, and as many */
    const struct expr *refuse;       /* {status, headers, body} */
    const struct expr *headers;      /* of each answer */
    int64_t (*now_us)(void);         /* NULL: nobody counts */
    int64_t calls, refused;
};

struct standin_graphql {
    const char *path; /* NULL: it has none */
    int faulty;       /* status of the answer to a document that cannot be carried out */
    const struct expr *extensions;
};

struct standin_collection {
    const char *name;
    const char *key; /* the member that is its key */
    int64_t first;   /* the first id that is given */
    int64_t next;
    struct standin_thing *things;
    size_t n, room;
};

/* A thing is its text; it is read where it is needed. */
struct standin_thing {
    char *key, *text;
    size_t n;
};

struct standin_key {
    char *key, *body;
    size_t n;
    int status;
    bool refused;
    uint8_t hash[32];
};

struct standin_fault {
    char *route; /* "*": any */
    char *kind;  /* one of standin_fault_kinds */
    double share;
    int64_t times;    /* still; -1: always */
    int64_t until_us; /* 0: for good; the machine's clock, whatever the stand-in's is */
    int status, ms;
    char *body, *headers; /* JSON; NULL: none */
};
#define STANDIN_FAULTS_MAX 50

struct standin_logged {
    char *line; /* JSON */
};

struct standin_sent { /* an event that has not been sent */
    char *topic, *body;
    uint64_t no;
};
#define STANDIN_EVENTS_MAX 10000

struct standin {
    struct scope *keeping; /* the document and what is compiled of it */
    const struct doc *document;
    const char *name, *base;
    const struct expr *auth_when, *auth_answer, *seed_expr, *absent;
    const struct expr *sends_headers; /* of what it sends; NULL: none but the signature's */
    const struct sign_check *sends;   /* how that is signed; NULL: it sends nothing */
    int auth_status;
    const struct expr *grown;          /* what $grown is when the seed is asked for an order; NULL: it is not */
    const struct standin_route *order; /* how one more order is made; NULL: shoppers order nothing here */
    const char *prefix;                /* of all paths; "": it is alone at its address */
    struct standin_collection *collections;
    size_t collection_count;
    struct standin_route *routes;
    size_t route_count;
    struct standin_graphql graphql;
    struct standin_limits limits;
    int64_t seed, requests, now_us; /* now_us 0: the machine's clock */
    struct str seeded;              /* what the seed gave last, as text; empty: it has to be asked */
    int64_t seeded_by;              /* of which seed that is */
    uint64_t dice;
    size_t things;
    struct standin_key *keys;
    size_t key_count;
    struct standin_fault faults[STANDIN_FAULTS_MAX];
    size_t fault_count;
    struct standin_logged log[STANDIN_LOG_MAX];
    size_t logged;
    struct standin_sent *events;
    size_t event_count;
    uint64_t event_no, turns;
};

/* read.c */
enum err standin_read(struct scope *sc, struct standin *s, const struct doc *d);

/* state.c: things by their keys. */
struct standin_collection *standin_collection(struct standin *s, const char *name);
struct standin_thing *standin_find(struct standin_collection *c, const char *key);
enum err standin_put(struct scope *sc, struct standin *s, struct standin_collection *c, const struct doc *d);
/* The same with a thing that $next was given to. */
enum err standin_make(struct scope *sc, struct standin *s, struct standin_collection *c, const struct doc *d);
bool standin_remove(struct standin *s, struct standin_collection *c, const char *key);
void standin_clear(struct standin *s);
const struct doc *standin_thing_doc(struct scope *sc, const struct standin_thing *t);
const char *standin_key_of(struct scope *sc, const struct doc *v); /* a text or number; NULL: neither */
uint64_t standin_roll(struct standin *s);                          /* the next of the dice */

/* eval.c */
struct standin_bound {
    struct expr_binding v[48];
    size_t n;
};
void standin_bind(struct standin_bound *b, const char *name, struct doc value);
bool standin_bind_set(struct standin_bound *b, const char *name, struct doc value);
const struct doc *standin_bound(const struct standin_bound *b, const char *name); /* NULL: nothing has the name */
/* ERR_INTERNAL with the words of what went wrong. */
enum err standin_eval(struct scope *sc, const struct standin *s, const struct standin_bound *b, const struct expr *e,
                      const struct doc *input, struct doc *out);
int64_t standin_now_us(const struct standin *s);
/* state.c: what the seed gives, with what is bound besides. */
enum err standin_seed(struct scope *sc, struct standin *s, struct standin_bound *b, struct doc *out);

/* act.c: one request; the body and status of its answer. */
struct standin_reply {
    int status;
    const char *type;
    struct str body;
    struct doc headers; /* an object of texts, or absent */
    bool lost, dropped;
    int delay_ms;
    const char *route;
};
enum err standin_answer(struct scope *sc, struct standin *s, const struct rq *rq, struct standin_reply *out);
/* What a route did: the value of its answer, or why it did nothing. */
struct standin_done {
    struct doc value, headers;
    int status;
    bool absent, refused, reused; /* refused: value is what refuse gave; reused: the key was another request's */
};
enum err standin_once(struct scope *sc, struct standin *s, const struct standin_route *r, const struct rq *rq,
                      struct standin_bound *b, struct standin_done *out);
enum err standin_text(struct scope *sc, const struct doc *v, struct standin_reply *out);
enum err standin_let_in(struct scope *sc, struct standin *s, const struct standin_bound *b, struct standin_reply *out,
                        bool *out_in);

enum err standin_changes(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                         const struct doc *thing);
enum err standin_events(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                        const struct doc *thing);
void standin_bind_time(struct scope *sc, const struct standin *s, struct standin_bound *b);

/* graphql.c: what a request asks for. */
struct standin_pick {
    struct str name, key;    /* a field, and what it is called in the answer */
    struct str on, fragment; /* of no field: what is below counts for this type, or is a fragment's */
    struct doc args, directives;
    struct standin_picks *below; /* NULL: nothing was selected of it */
};
struct standin_picks {
    struct standin_pick *v;
    size_t n;
};
struct standin_fragment {
    struct str name, on;
    struct standin_picks picks;
};
struct standin_asked {
    bool mutation;
    struct standin_picks picks;
    const struct standin_fragment *fragments;
    size_t fragment_count;
};
/* ERR_INVALID with the words of what is wrong with it. */
enum err standin_ask_read(struct scope *sc, const struct doc *body, struct standin_asked *out);
/* select.c: one request of GraphQL. */
enum err standin_graphql(struct scope *sc, struct standin *s, const struct rq *rq, const struct standin_bound *b,
                         struct standin_reply *out);

/* limits.c: *out_in false: it is called too often, and out says so. Binds $limit. */
enum err standin_limit(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                       struct standin_reply *out, bool *out_in);
enum err standin_limit_headers(struct scope *sc, struct standin *s, const struct standin_bound *b,
                               struct standin_reply *out);
struct standin_bucket *standin_bucket(struct standin *s, const char *name);
void standin_limits_reset(struct standin *s);
enum err standin_limits_turned(struct scope *sc, struct standin *s, const struct doc *d);

/* keep.c: what was answered under a key. The oldest is forgotten for the one that is too many, as vendors forget
 * theirs; of k, key, status and refused count. A key that is there has its new answer. */
struct standin_key *standin_key_find(struct standin *s, const char *key);
void standin_key_keep(struct standin *s, const struct standin_key *k, const uint8_t hash[32], struct str body);

/* list.c */
enum err standin_list(struct scope *sc, struct standin *s, const struct standin_route *r, const struct rq *rq,
                      struct standin_bound *b, struct doc *out);

/* control.c: what stands under /_standin/. */
enum err standin_control(struct scope *sc, struct standin *s, const struct rq *rq, struct standin_reply *out);
/* deliver.c: the events that wait, as the vendor would send them now. */
enum err standin_deliveries(struct scope *sc, struct standin *s, const struct doc *how, struct standin_reply *out);
/* dial.c: which fault a request meets; NULL: none. */
const struct standin_fault *standin_dial(struct standin *s, const struct standin_route *route);
/* Of what it sends: kind is "duplicate", "reorder" or "drift". */
bool standin_dial_sent(struct standin *s, const char *kind);
/* Does it answer in the place of doing anything? */
bool standin_fault_refuses(const struct standin_fault *fault);
/* What one that does not makes of an answer; NULL: nothing. */
void standin_fault_after(struct scope *sc, const struct standin_fault *fault, struct standin_reply *out);
enum err standin_fault_add(struct scope *sc, struct standin *s, const struct doc *d);
enum err standin_fault_answer(struct scope *sc, struct standin *s, const struct standin_bound *b,
                              const struct standin_fault *f, struct standin_reply *out);
struct str standin_drifted(struct scope *sc, struct str body); /* with a member that nobody has announced */
void standin_faults_clear(struct standin *s);
void standin_log_clear(struct standin *s);
void standin_note(struct scope *sc, struct standin *s, const struct rq *rq, const struct standin_reply *r);
void standin_event_add(struct scope *sc, struct standin *s, const char *topic, const struct doc *body);
