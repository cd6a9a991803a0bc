#pragma once

#include "connect/connect.h"
#include "net/net.h"
#include "rate/rate.h"

/* Associated data of a credential: a sealed blob that is moved anywhere else does not open. */
struct str credential_label(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                            const struct uuid *credential_id, int32_t epoch);
/* Of rows that bring a credential with what opens it; the class is the caller's to fill in. */
#define CREDENTIAL_EPOCH(row) ((row).has_customer_epoch ? (row).customer_epoch : (row).key_epoch)
#define CREDENTIAL_CHAIN(row)                                                                                          \
    ((struct org_chain){.partner_epoch = (row).key_epoch,                                                              \
                        .wrapped = (row).wrapped,                                                                      \
                        .customer_id = (row).has_customer_epoch ? &(row).customer_id : NULL,                           \
                        .customer_epoch = (row).customer_epoch,                                                        \
                        .customer_sealed = (row).customer_sealed})
/* The opened secret of a connection; inside the tenant. Ends the transaction. */
enum err credential_open(struct scope *sc, const struct uuid *connection_id, const char *kind, struct secret **out);
/* And which one it was: others may be given at any time. */
enum err credential_open_which(struct scope *sc, const struct uuid *connection_id, const char *kind,
                               struct uuid *out_which, struct secret **out);
/* A partner's own connector as new connections are made with it; *out NULL: there is none. */
enum err connect_own_newest(struct scope *sc, const char *name, const struct connector **out);
enum err settings_parse(struct scope *sc, const char *text, const struct doc **out);
/* simulated.c: what a connection to a stand-in has, its settings with where it is, and its row. */
enum err simulated_fill(struct scope *sc, const struct connector *c, struct connection_new *in);
enum err simulated_store(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id);
/* Where calls of a simulated one go. ERR_HOLD: its stand-in is gone. ERR_UNAVAILABLE: this server has none now. */
enum err simulated_way(struct scope *sc, const struct connection *c, const char **out_own);
enum err simulated_settings(struct scope *sc, const struct connection *c, const struct doc *settings,
                            const struct doc **out);
/* Where the path of a stand-in's address begins; *out_n: octets before its name, 0: it is none of those. */
const char *connect_simulated_cut(const char *url, size_t *out_n);
/* *out_by: the name of another connection whose orders have the same references at the destination; NULL: none has. */
enum err connect_reference_taken(struct scope *sc, const struct connection_new *in, const struct connector *c,
                                 const char **out_by);

/* An account as one thread knows it. Taken for as long as a link lives; forgotten when nobody has used it for a while,
 * and what it knows when the connection was changed (version). */
#define PEERS_KNOWN_MAX 20000 /* accounts that one thread remembers; beyond them those that are at rest make room */
struct peer;
struct peer *peer_take(const struct uuid *connection_id, unsigned concurrency, int64_t version);
void peer_give(struct peer *p);
/* Parks until there is a place, at most to the scope's deadline; higher lanes come first. */
enum err peer_enter(struct scope *sc, struct peer *p, enum lane lane);
void peer_leave(struct peer *p);
const char *peer_session(const struct peer *p);
void peer_session_set(struct peer *p, const char *session);     /* NULL forgets */
void peer_session_ended(struct peer *p, const char *session);   /* unless there is a newer one already */
bool peer_has_ended(const struct peer *p, const char *session); /* it was told that this one has */
/* *out_first false: another fiber has just tried; look again. Parks. */
enum err peer_login_begin(struct scope *sc, struct peer *p, bool *out_first);
void peer_login_end(struct peer *p, bool refused);
/* A login was refused, and it is too early to try again. Some lock an account for minutes after the fifth within five
 * minutes: a thread tries two in that time. A change of the connection begins anew. */
bool peer_is_refused(const struct peer *p);
int64_t peer_refusal_us(unsigned refusals); /* how long after so many, one after another */
bool peer_recall(struct peer *p, const char *kind, const char *key, int64_t out[2]);
void peer_remember(struct peer *p, const char *kind, const char *key, const int64_t v[2]);
void peers_clear(void);
size_t peers_known(void);

/* A link's turns at its account: a call waits for its tokens first, and for a place then, since a place that waits for
 * a token is a place less. What the vendor counts in a bucket of its own costs there and at the account. */
struct pace_hand {
    struct uuid of; /* an account or a bucket */
    struct rate_limit limit;
    int64_t n; /* tokens */
};
struct pace {
    struct uuid account, bucket;
    struct rate_limit limit, usual, bucket_limit; /* usual: as the connector has it, whatever people set */
    enum lane lane;
    bool by_people;                         /* the limit is what people set: what the vendor says does not raise it */
    bool counted_apart;                     /* in bucket */
    bool aside;                             /* the next call is none of the bucket's: a sign-in */
    int64_t cost;                           /* tokens of the next call */
    struct pace_hand of_account, of_bucket; /* what no call has used yet */
    int64_t charged;                        /* tokens of the last call */
    unsigned at_once;                       /* of all workers; 0: not counted */
    struct rate_held held;
};
void pace_begin(struct pace *p, const struct uuid *connection_id, const struct connector_rate *usual,
                const struct doc *settings);
void pace_of(struct pace *p, const struct connector_cost *cost); /* what the next call is counted in */
enum err pace_wait(struct scope *sc, struct pace *p);            /* parks */
/* A place among the calls at once; both park. */
enum err pace_hold(struct scope *sc, struct pace *p);
void pace_release(struct pace *p);
/* After each call, with its answer or NULL; what was called without a token is charged. Parks. */
void pace_called(struct pace *p, const struct net_answer *answer);
void pace_said(struct pace *p, const struct connector_said *said); /* after it; parks */
/* Gives those back that are of a bucket: the change that they were for was found made, and what follows is another
 * operation. Those of the account may stay. Parks. */
void pace_put_down(struct pace *p);
/* Gives tokens back that are in hand still: its change was found made, or the work ended before its call. Parks. */
void pace_end(struct pace *p);
void pace_thread_end(void);

/* Read half a second ago at most, by this thread; inside the tenant of one customer. */
enum err connection_recent(struct scope *sc, const struct uuid *id, struct connection *out);
void connection_recents_end(void);

/* A document that was handed over for a change that is still to be sent. */
struct link_handed {
    const char *operation, *key; /* operation NULL: there is none */
    const struct doc *place;     /* what answered where it goes */
};

struct link {
    struct connection connection;
    const struct connector *connector;
    struct erp_site site;
    struct peer *peer;
    struct pace pace, beside; /* beside: of the request of a place for a document, while pace has its change's tokens */
    bool handing;             /* that request is under way */
    struct link_handed handed;
    bool document;             /* it has a place among the documents under way */
    struct arena *arena;       /* of the work */
    const struct doc *bare;    /* the secrets of one that is not stored; NULL: they are in the database */
    bool answered;             /* the last request: whatever it was */
    const char *doing;         /* what the next request is for, as the log of calls has it */
    struct calls_entry *noted; /* the last request's, until anything parks; NULL: it is not logged */
    bool entered;              /* holds a place across several operations */
    bool deferred;             /* the scope's end gives the place back */
    /* Set by link_mark; 0: no change may be sent */
    int64_t leave_by_us, due_us;
};
/* hook_spent.c: what of a processor, in each minute of a thread, may go into reading the deliveries of one connection
 * whose connector somebody wrote, and of all of a partner's together. */
#define HOOK_SPENT_US         INT64_C(2000000)
#define HOOK_SPENT_PARTNER_US INT64_C(6000000)
int hook_spent_wait_s(const struct uuid *partner_id, const struct uuid *connection_id, int64_t now_us); /* 0: go on */
void hook_spend(const struct uuid *partner_id, const struct uuid *connection_id, int64_t us, int64_t now_us);
bool hook_spent_tells(const struct uuid *connection_id, int64_t now_us); /* true once in its minute */
void hook_spent_end(void);
/* The log of calls. answer NULL: none came. What the connector makes of it is told at once, with the fault in the
 * scope. */
void calls_note(struct scope *sc, struct link *l, const struct http_call *call, const struct net_answer *answer,
                int64_t us);
void calls_said(struct scope *sc, struct link *l, enum err e);
void calls_mask(struct buf *b, const char *url);
void calls_thread_end(void);
bool link_is_token(const struct link *l); /* it is asked with the API token of a source in C */
bool link_can_ask(const struct connector *c);
enum err link_log_in(struct scope *sc, struct link *l);
void link_cost(struct link *l, const struct ask *ask);     /* what the next call is counted in */
enum err link_authorize(struct scope *sc, struct link *l); /* of a connector that is asked by named operations */
enum err link_token(struct scope *sc, struct link *l);     /* of a source */
enum err link_session(struct scope *sc, struct link *l);   /* of a connector that a call gives one */
/* A secret that has no name, as an object with the name that a manifest has for it; wiped when the work ends. */
struct str link_secret_named(struct scope *sc, const char *name, struct str secret);
void link_stamp(struct scope *sc, struct link *l); /* the time and a nonce, for what is signed */
void link_wipe_later(struct scope *sc, struct str body);
/* Gives the items of a list what belongs to each of them and is asked for at once (connector_named.part_keys). */
enum err link_parts_join(struct scope *sc, struct link *l, const struct ask *ask, struct told *out);
/* With the pages that follow. */
enum err link_ask_all(struct scope *sc, struct link *l, const struct ask *ask, struct told *out);
struct doc link_with_member(struct scope *sc, const struct doc *d, const char *name, const struct doc *value);
/* What lies elsewhere, at an address that the vendor named in its answer: document.c. It is called without credentials
 * and without a place or token at the account. */
enum err link_document_fetch(struct scope *sc, struct link *l, const struct ask *ask, const struct http_reply *reply,
                             struct told *told);
enum err link_upload(struct scope *sc, struct link *l, const struct ask *ask, const struct doc *place);
/* Documents lie in memory whole, so there are few at once in a process: a place among them, until the work ends.
 * ERR_LIMIT, with a time to come again, where none gets free in time. Parks. */
#define LINK_DOCUMENTS_MAX 4
enum err link_document_enter(struct scope *sc, struct link *l);
extern size_t link_document_max;        /* LINK_DOCUMENT_MAX, but for tests */
unsigned link_documents(void);          /* under way in this process */
struct pace *link_pace(struct link *l); /* of the call that is under way, or next */
enum err link_fetch_elsewhere(struct scope *sc, struct link *l, const struct http_call *call, struct http_reply *out);
/* placed: it waits for no place at the account. */
enum err link_fetch(struct scope *sc, struct link *l, bool changes, bool placed, const struct http_call *call,
                    struct http_reply *out);
