#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "connect/connector.h"
#include "crypto/crypto.h"
#include "queue/queue.h"

/* connect: a customer's connections to outside systems: their settings, their sealed secrets, the check of what they
 * send us, and the calls we make to them. Which vendors exist is told to it once, at start.
 * The fact people get wrong: the api role can seal a password and cannot open one; only calls from a worker can.
 */
extern const struct connector *const *connect_registry; /* ends with NULL; set by main before anything else */
/* Instead of it, by a program that ends soon and needs few of them: each is made when it is asked for. */
struct connect_later {
    const struct connector *(*find)(const char *name); /* NULL: no such */
    const struct connector *const *(*all)(void);       /* ends with NULL */
};
void connect_later_set(const struct connect_later *by);
const struct connector *connector_find(const char *name); /* NULL: no such */
const struct connector *const *connector_all(void);       /* ends with NULL */

/* Connectors that a partner has put on the running server are known to another room, which is told here once, at start.
 * version NULL: that which new connections are made with. *out NULL: the scope's partner has no such one. ERR_HOLD: it
 * has one, which may not be used. What is found lives as long as keep. May begin a transaction. */
typedef enum err connect_own(struct scope *sc, struct arena *keep, const char *name, const char *version,
                             const struct connector **out);
void connect_own_set(connect_own *by);
/* One of either kind: version NULL, of those that come with the program. *out NULL: there is none. */
enum err connector_named(struct scope *sc, struct arena *keep, const char *name, const char *version,
                         const struct connector **out);

/* ---- connections, inside a tenant ---- */

struct connection {
    struct uuid connection_id, customer_id, environment_id, destination_id, brand_id;
    bool has_destination; /* brand_id nil: of no store brand */
    const char *connector, *name, *status, *status_reason;
    const char *connector_version; /* of a partner's own connector; NULL: it comes with the program */
    const char *connector_newest;  /* its newest published version; NULL: it is that, or none is published */
    const char *settings;          /* JSON text */
    const char *paused_by;         /* NULL: it is not paused, or nobody said who did it */
    int64_t created_at_us, paused_at_us;
    int64_t reconnect_us; /* since when it waits for new credentials; INT64_MIN: it does not */
    int64_t row_version;
    bool simulated;       /* its system is none, for good: nothing of it is ever asked of a real one */
    struct uuid stand_in; /* of a simulated one: what answers for it, by a name that nobody is told; nil: it is gone */
};

struct connection_new {
    struct uuid customer_id;
    const char *connector, *name;
    struct str settings;    /* JSON object */
    struct bytes secret;    /* webhook signing secret or password; p NULL: none */
    struct str secrets;     /* JSON object, of a connector that asks for several; p NULL: none */
    struct bytes api_token; /* what a source is asked with; p NULL: it is not asked */
    const struct uuid *destination_id;
    const struct uuid *brand_id;  /* NULL: of no store brand */
    const char *environment_kind; /* NULL: live */
    bool simulated;               /* its system is a stand-in: no secrets, and settings only where others are wanted */
    bool rolls;                   /* of connection_roll alone */
    int64_t overlap_s;            /* how long what deliveries were checked with before is good as well */
};

#define HOOK_TOKEN_MAX 64

/* What a connection is one of, as long as the scope. ERR_HOLD: it may not be used. */
enum err connector_of(struct scope *sc, const struct connection *c, const struct connector **out);
/* The same where that is no reason to stop: then *out is NULL, as where there is none. */
enum err connector_if_good(struct scope *sc, const struct connection *c, const struct connector **out);
enum err connection_get(struct scope *sc, const struct uuid *id, struct connection *out);
enum err connection_list(struct scope *sc, const struct uuid *after, size_t most, struct connection **out,
                         size_t *out_n);
/* When something last came from each, or a call to it last went well; INT64_MIN: never. Asked as the api. */
enum err connection_heard(struct scope *sc, const struct uuid *ids, size_t n, int64_t *out_us);

/* How one does, in a list that begins with those that want something of a person. */
struct connection_pulse {
    struct uuid connection_id, customer_id;
    const char *name, *connector, *status;
    const char *late_reason;        /* NULL: nothing is late */
    int64_t reconnect_us, heard_us; /* INT64_MIN: it waits for none; never */
};
/* customer_id nil: of all that the caller sees. *out_all: how many there are, but for those that were revoked. */
enum err connection_pulses(struct scope *sc, const struct uuid *customer_id, size_t most, struct connection_pulse **out,
                           size_t *out_n, int64_t *out_all);
/* Checks the settings as the connector wants them and seals the secret. out_token is "" when the connector takes no
 * hooks; it is shown once. */
enum err connection_create(struct scope *sc, const struct connection_new *in, struct uuid *out_id,
                           char out_token[HOOK_TOKEN_MAX]);

/* Would it be made? Answers as connection_create does, and stores nothing. in is filled in as a creation would. */
enum err connection_judge(struct scope *sc, struct connection_new *in, const struct connector **out);

/* Other secrets in the place of those it has; of in, the secrets, rolls and overlap_s count. Calls are made with the
 * new ones at once. One that waited for new credentials goes on. */
enum err connection_roll(struct scope *sc, const struct connection *c, const struct connection_new *in);

/* Another version of the partner's own connector in the place of the one it works by, with settings and, where in has
 * any, secrets that fit it; c's row is held until the transaction ends. Whether that may be is not judged here. */
enum err connection_hold(struct scope *sc, const struct connection *c);
enum err connection_move(struct scope *sc, const struct connection *c, const struct connector *to,
                         const struct connection_new *in);
/* Names what is wrong with settings for such a connector, by scope_item below /settings; 422. */
enum err connection_settings_judge(struct scope *sc, const struct connector *c, struct str settings,
                                   const struct doc **out);

/* An operation of a connection that is asked by named ones; *out_there false: it has no such one. */
enum err connection_operation(struct scope *sc, const struct connection *c, const char *name, bool *out_there,
                              struct operation *out);

/* Before the natural keys of its orders, and of their customers, in other systems: what its settings say, or what is
 * usual for its connector. */
enum err connection_reference_prefix(struct scope *sc, const struct connection *c, const char **out);

/* While a connection is paused nothing that would call it is begun, for what it brought and for what leads to it; what
 * comes in is taken. A call that has begun, or begins within half a second, is made. *out_changed false: it is so
 * already. ERR_CONFLICT for one that was revoked. */
enum err connection_pause(struct scope *sc, const struct connection *c, const char *reason, const char *who,
                          bool *out_changed);
enum err connection_resume(struct scope *sc, const struct connection *c, bool *out_changed);

/* Stand-ins for systems of sandboxes: which there are, and where they are asked, an address of this machine with port.
 * Said once, at start, and kept by the caller; own NULL: nothing is simulated. */
struct connect_stand_in {
    const char *connector, *base, *token_path; /* base: what its paths begin with */
    struct str settings, secrets;              /* JSON: what a connection to it has */
};
void connect_stand_ins_set(const char *own, const struct connect_stand_in *v, size_t n);
const char *connect_stand_ins_own(void);                                /* NULL: nothing is simulated */
const struct connect_stand_in *connect_stand_in(const char *connector); /* NULL: there is none */
/* The moment until which whoever asks a stand-in waits, by the clock of time_boot_us: one that hung begins nothing
 * after. */
#define CONNECT_UNTIL "x-simulated-until"
/* Its value, for a call that may take so long; 0: as long as a call usually may. */
const char *connect_simulated_until(struct scope *sc, int total_ms);
/* No name of the net: net_call.own says where it is. door 'c' is its interface, 's' what turns it (sandbox/sandbox.h).
 */
#define CONNECT_SIMULATED "http://simulated.invalid"
const char *connect_simulated_url(struct scope *sc, const struct uuid *stand_in, char door, const char *path);
/* The path that its system sends webhooks to, and what it signs them with: of a simulated one, whose door opens to the
 * api. The path is wiped when the work ends. Ends the transaction. */
enum err connection_door(struct scope *sc, const struct uuid *connection_id, const char **out_path,
                         struct secret **out_secret);

/* Credentials on the key ring (org_ring_add): those sealed to a partner's key are sealed to their customer's. */
struct org_ring_walk;
enum err connect_ring_walk(struct scope *sc, struct org_ring_walk *w);

/* ---- deliveries from outside, before a tenant is known ---- */

struct hook_delivery {
    struct uuid partner_id; /* whose host it came to: a token of another partner's is none */
    struct str token;
    struct str method, url, path; /* url: as it is registered with the sender; path with its query */
    struct str body;
    /* One header by lower-case name; *count says how often it came. */
    struct str (*header)(void *arg, const char *name, size_t *count);
    void *arg;
};

#define SOURCE_VERSION_MAX 64 /* octets */

#define HOOK_FLOWS_MAX 8 /* of one connection */

/* A flow of the customer's that a connection's messages go through. */
struct hook_flow {
    struct uuid flow_id;
    int32_t version; /* the one that works; 0: there is none, and what comes with the program does it */
    bool shadow;
};

struct hook_verdict {
    struct tenant tenant;
    struct uuid connection_id;
    const struct connector *connector;
    const char *topic;
    const char *dedupe_key;
    const char *source_version; /* "": the delivery says none of at most SOURCE_VERSION_MAX visible characters */
    struct hook_facts facts;
    const struct doc *body;
    struct hook_flow flow;
    /* What is answered in the place of taking a delivery, where the sender asks first; status 0: nothing. */
    int answer_status;
    const char *answer_type; /* NULL: no body */
    struct str answer;
};

/* ERR_NOT_FOUND for an unknown token, ERR_UNAUTHENTICATED (problem "webhook-signature") for a bad signature,
 * ERR_INVALID for a body that is not what it says. Sets the scope's tenant on OK. */
enum err hook_judge(struct scope *sc, const struct hook_delivery *d, struct hook_verdict *out);
/* The same of a connection that is not stored: for trying a connector. secrets: those that are good now, at most 2;
 * account: what the delivery has to be for, NULL: anything. Nothing of it is anybody's: no tenant, connection or flow.
 */
enum err hook_judge_bare(struct scope *sc, const struct connector *c, struct secret *const *secrets, size_t n,
                         const char *account, const struct hook_delivery *d, struct hook_verdict *out);
void connect_hooks_end(void); /* wipes what this thread remembers */
/* Lets go of partners' own connectors, which its next delivery then loads anew: for whoever needs the room. */
void connect_hooks_idle(void);

/* ---- calls to outside systems, in a worker ---- */

/* The secrets of a connection by their names, for what is called otherwise than by a link; wiped when the scope ends.
 * Ends the transaction. */
enum err connection_secrets(struct scope *sc, const struct uuid *connection_id, const struct doc **out);

struct net;
/* Once a thread that makes calls: a worker's, and one that tries connections before they are made. */
enum err connect_thread_start(struct scope *sc, struct net *of_thread);
void connect_thread_end(void);
/* How often accounts are called is kept by it from now on; without one there is no limit. It stays the caller's, until
 * after connect_thread_end. */
struct rate;
void connect_rate_set(struct rate *of_thread);
/* Keeps the thread's places among calls at once, to be called each second or so. False: it has none. Parks. */
bool connect_places_renew(void);

/* How what is built for a connection of files leaves, and its answer as if it were HTTP's; changes leave before
 * leave_by_us (time_boot_us; 0: whenever) or not at all. Said once, at start. Parks. */
typedef enum err connect_write(struct scope *sc, const struct connection *c, const struct http_call *call,
                               int64_t leave_by_us, struct http_reply *out);
void connect_write_set(connect_write *by);
/* Writes what this thread has called lately into the log that people see, when that is some seconds old, or all of it.
 * As tenon_worker, in transactions of its own. Parks. */
struct db;
void connect_calls_write(struct db *work, bool all);
/* What an outside system said, as people may read it: without addresses of people, what addresses ask for, and what is
 * like a secret. Systems repeat what they were sent, the address that they send webhooks to among it. */
const char *connect_words(struct scope *sc, const char *said);

struct link; /* one connection as one job uses it; lives as long as the scope */
enum err link_open(struct scope *sc, const struct uuid *connection_id, struct link **out);
/* Also of one that is paused: for whoever looks whether it would work. Nothing is changed by it. */
enum err link_open_paused(struct scope *sc, const struct uuid *connection_id, struct link **out);
/* Asks for the address itself, without credentials: what is answered is nobody's matter but that it is. Parks. */
enum err link_knock(struct scope *sc, struct link *l, struct http_reply *out);
/* The path that its system sends webhooks to, and its secrets; both are wiped when the work ends. ERR_NOT_FOUND: the
 * path is not known, since the connection was made before such were kept. Ends the transaction. */
enum err link_hook_path(struct scope *sc, struct link *l, const char **out);
enum err link_secrets(struct scope *sc, struct link *l, const struct doc **out);
void link_wipe_later(struct scope *sc, struct str body); /* of the arena, when the work ends */
/* What the newest secret of its deliveries was told for by the vendor; "": somebody gave it, or there is none. Keeps
 * another in its place, sealed; the one before is good for overlap_s as well. As tenon_worker; each ends the
 * transaction. */
enum err link_told_for(struct scope *sc, const struct link *l, const char **out);
enum err link_told_keep(struct scope *sc, struct link *l, struct str secret, const char *told_for, int64_t overlap_s);
/* The same of a connection that is not stored: for trying one out before it is made, and for conformance. Its secrets
 * are as the connector asks for them; a session that a call gives is not kept. No tenant is needed, nor a database. */
enum err link_open_bare(struct scope *sc, const struct connector *c, const struct doc *settings,
                        const struct doc *secrets, struct link **out);
/* The same of what would be made of a body that was judged. *out_secrets: what it was given by their names. ERR_HOLD:
 * nothing can be asked of such a system, or with what was given. */
enum err link_open_new(struct scope *sc, const struct connector *c, const struct connection_new *in,
                       const struct doc **out_secrets, struct link **out);
void link_forget(struct link *l); /* the session of one that is not stored */
const struct connection *link_connection(const struct link *l);
const struct connector *link_connector(const struct link *l);
const struct erp_site *link_site(const struct link *l);
/* Whose work this is, which decides on its turn at the account; the lowest lane unless said. */
void link_lane(struct link *l, enum lane lane);
/* Of all that is asked and read from here on, if the connector is somebody else's; the link does not outlive it. */
void link_budget(struct link *l, struct connector_budget *of);
/* Takes a token of the account's rate, a place at the account and a session for the operations that follow, so that
 * none of them waits. ERR_LIMIT, with a time to come again: the rate is used up. Parks. */
enum err link_enter(struct scope *sc, struct link *l);
/* Octets of a document that lies elsewhere, as it comes and unpacked. */
#define LINK_DOCUMENT_MAX ((size_t)32 << 20)
/* With what the vendor counts this one in, which may be a bucket of its own. */
enum err link_enter_for(struct scope *sc, struct link *l, const struct ask *ask);
/* Hands over the document of a change that has one, before anything is marked as sent: whatever goes wrong, nothing was
 * done (ERR_UPSTREAM_BUSY where no better is known). The tokens of the change are in hand before, and its document is
 * not handed over for nothing. Before the link is entered, of each try of a change; of one without a document
 * (link_hands) it does nothing. Parks. */
bool link_hands(struct scope *sc, const struct link *l, const struct ask *ask);
enum err link_hand_over(struct scope *sc, struct link *l, const struct ask *ask);
void link_leave(struct link *l); /* takes a link that has no place */
/* From here until link_leave, a change leaves before leave_by_us or not at all (ERR_UNAVAILABLE), and its answer is
 * given up at due_us; both as time_boot_us. An ended session is not renewed meanwhile: ERR_UPSTREAM_AUTH, and nothing
 * was done. A link sends no change without this. */
void link_mark(struct link *l, int64_t leave_by_us, int64_t due_us);
/* One operation: waits for its turn at the account, logs in when needed (once for all fibers), calls, reads. out_hash,
 * when not NULL, receives the hash of the request body. Parks. */
enum err link_do(struct scope *sc, struct link *l, enum erp_op op, const struct erp_in *in, struct erp_out *out);
/* The request's hash, as evidence, without sending it. */
enum err link_hash(struct scope *sc, struct link *l, enum erp_op op, const struct erp_in *in,
                   uint8_t out[CRYPTO_HASH_BYTES]);

/* The same for a connector that is asked by named operations. ERR_HOLD: the connection has no such one. What an
 * operation would send is the request as people may see it: its method, its address and its body. */
enum err link_operation(struct scope *sc, const struct link *l, const char *name, struct operation *out);
#define LINK_PAGES_MAX 200   /* of one list that is asked for */
#define LINK_ITEMS_MAX 10000 /* beyond these it is ERR_HOLD */
enum err link_ask(struct scope *sc, struct link *l, const struct ask *ask, struct told *out);
/* One page of a list, or what is no list, without what belongs to it. A session that has ended is not renewed. */
enum err link_ask_page(struct scope *sc, struct link *l, const struct ask *ask, struct told *out);
/* A question, which a session that has ended is no reason to break off: once more with a new one. whole: with the pages
 * that follow. */
enum err link_question(struct scope *sc, struct link *l, const struct ask *ask, bool whole, struct told *out);
bool link_answered(const struct link *l); /* whether an answer came to the last link_ask, whatever it said */
enum err link_ask_hash(struct scope *sc, struct link *l, const struct ask *ask, uint8_t out[CRYPTO_HASH_BYTES]);
enum err link_ask_shown(struct scope *sc, struct link *l, const struct ask *ask, const char **out);

/* A page of what changed at a source, and one thing as it is there now. */
enum err link_changes(struct scope *sc, struct link *l, const struct source_window *w, struct source_page *out);
enum err link_one(struct scope *sc, struct link *l, const char *object, const char *key, struct source_thing *out);

/* What this thread remembers of an account for five minutes: ids that do not change. */
bool link_recall(struct link *l, const char *kind, const char *key, int64_t *out_a, int64_t *out_b);
void link_remember(struct link *l, const char *kind, const char *key, int64_t a, int64_t b);
