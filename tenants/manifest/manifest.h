#pragma once

#include "base/scope.h"
#include "connect/connector.h"
#include "json/doc_value.h"

/* manifest: a connector as a document. What a vendor's interface is (its settings and secrets, its operations with the
 * request of each and how its answer is read, its pages, limits, errors and webhooks) is written as data with
 * expressions in it, compiled once, and is then a struct connector like those that are written in C: no connection
 * opens one way or another, nothing here calls, waits or knows a tenant. The kinds of authentication, paging,
 * idempotency and webhook checks are closed sets; a manifest chooses one and gives it its parameters.
 * The fact people get wrong: an answer of which a manifest's rules say nothing has not succeeded by being there. What
 * an operation promises (answer.must) is looked at, and an answer that breaks it is shown to a person, never guessed.
 *
 * The document ("connector/1") is described in ops/docs/connectors.md.
 */
#define MANIFEST_FORMAT         "connector/1"
#define MANIFEST_MAX            (256u << 10) /* octets of a document */
#define MANIFEST_OPERATIONS_MAX 100
#define MANIFEST_SETTINGS_MAX   30
#define MANIFEST_SECRETS_MAX    8
#define MANIFEST_RULES_MAX      40 /* of errors, for the whole and for each operation */
#define MANIFEST_PAIRS_MAX      20 /* members of a query, further headers, parts of an answer */

struct manifest; /* compiled; lives in the arena it was compiled into; any thread's */

/* ERR_INVALID: every fault of the document is an item with its JSON Pointer (at most SCOPE_ITEMS_MAX). The document
 * must live as long as the arena. */
enum err manifest_compile(struct scope *sc, struct arena *keep, const struct doc *document, struct manifest **out);

/* The same of a document that lies in another one: pointers begin with below. */
enum err manifest_compile_below(struct scope *sc, struct arena *keep, const struct doc *document, const char *below,
                                struct manifest **out);

/* Of somebody else's: all its expressions that make one request, or read one answer, may take so long together, in time
 * of the processor; one that would begin later fails. Once, before it is used. */
#define MANIFEST_BOUND_US INT64_C(250000)
/* Those that tell which delivery one is, those that tell what it is about, and those that say an address: they are
 * evaluated where hundreds of others wait for their turn. */
#define MANIFEST_BRIEF_US INT64_C(5000)
void manifest_bound_set(struct manifest *m);

const struct connector *manifest_connector(const struct manifest *m);
const struct manifest *manifest_of(const struct connector *c); /* NULL: it is written in C */
const struct doc *manifest_document(const struct manifest *m);
const char *manifest_version(const struct manifest *m); /* "1.0.0" */

/* What an operation of a connector is for: a canonical object, and which way it goes. */
struct manifest_use {
    const char *operation, *title;
    const char *object;    /* "sales_order"; NULL: of none */
    const char *direction; /* "in", "out" */
    const char *act;       /* "list", "get", "create", "update", "cancel" … */
    const char *kind;      /* what its answer's value, or each of its items, is called in mappings: "order"; or NULL */
};
int64_t manifest_page_size(const struct manifest *m, const char *operation);        /* items; 0: it is not told */
size_t manifest_uses(const struct manifest *m, size_t i, struct manifest_use *out); /* returns how many there are */

/* The i-th kind of things that it reads, each once, by their mappings' names; NULL: there are no more. */
const char *manifest_kind(const struct manifest *m, size_t i);
/* Where its secrets go of such settings: the address that calls are below, that of sign-ins (NULL: none), and how. */
struct manifest_trust {
    const char *url, *sign_in;
    const struct doc *auth;
};
void manifest_trust_of(struct scope *sc, const struct connector *c, const struct doc *settings,
                       struct manifest_trust *out);
/* The needed secrets that another version of it does not have; and the permissions. Names, NULL ends them. */
const char *const *manifest_more_secrets(struct scope *sc, const struct manifest *m, const struct manifest *than);
const char *const *manifest_more_permissions(struct scope *sc, const struct manifest *m, const struct manifest *than);

/* Which of the events that its document lists a topic is, from 0; one past the last: none. */
size_t manifest_event_find(const struct manifest *m, const char *topic);

/* What a connector does with a canonical object this way, each act once and with commas between, or why nothing.
 * Both NULL: nobody said, which is a gap that nobody saw. */
struct manifest_cell {
    const char *acts, *why;
};
struct manifest_cell manifest_cell_of(struct scope *sc, const struct connector *c, const char *object,
                                      const char *direction);

/* ---- how a connection is tried, and how long what it was given is good ---- */

enum manifest_check { MANIFEST_CHECK_CREDENTIALS, MANIFEST_CHECK_PERMISSIONS, MANIFEST_CHECK_SAMPLE, MANIFEST_CHECKS };
/* *out_there false: the manifest says nothing of that one, or the connector is written in C. Its expression is read on
 * the settings, with $from and $until. */
enum err manifest_check_ask(struct scope *sc, const struct erp_site *site, enum manifest_check which,
                            const struct source_window *w, bool *out_there, struct ask *out);
/* Of the answer to that of permissions: the names of those that the vendor has granted. */
enum err manifest_check_granted(struct scope *sc, const struct erp_site *site, const struct doc *answer,
                                const struct doc **out);
const char *manifest_kind_of(const struct manifest *m, const char *operation); /* as manifest_use.kind; NULL: none */
/* Seconds from when somebody gave the secrets until they end by themselves; 0: they do not, or the answers to sign-ins
 * say when. */
int64_t manifest_lifetime_s(const struct manifest *m);
/* Is what it signs in with good once, so that whoever signs in has to keep what the answer brings in its place? */
bool manifest_rotates(const struct manifest *m); /* m NULL: no */

/* ---- what the vendor sends where ---- */

struct manifest_subscription {
    const char *topic, *address; /* "": it says none */
    const char *ref;             /* what it is called there; "": nothing */
    const struct doc *covers;    /* a list of its topics, where one is for all that are needed; NULL: it has one */
    int64_t ends_us;             /* INT64_MIN: it does not */
    bool works;
};
/* The topics that the work needs; 0: the vendor cannot be asked for them. */
size_t manifest_topics(const struct manifest *m, const char *const **out);
const char *manifest_subscription_list(const struct manifest *m); /* the operation that lists what there is */
void manifest_subscription_item(struct scope *sc, const struct erp_site *site, const struct doc *item,
                                struct manifest_subscription *out);
enum err manifest_subscription_create(struct scope *sc, const struct erp_site *site, const char *topic,
                                      const char *address, const struct doc *secrets, struct ask *out);
enum err manifest_subscription_end(struct scope *sc, const struct erp_site *site, const struct doc *item,
                                   struct ask *out);
/* Before it ends by itself. */
bool manifest_subscriptions_end(const struct manifest *m);
enum err manifest_subscription_renew(struct scope *sc, const struct erp_site *site, const struct doc *item,
                                     const char *address, const struct doc *secrets, struct ask *out);
/* Is one for all topics, and does the answer that registers it tell what deliveries are signed with? */
bool manifest_subscriptions_whole(const struct manifest *m);
bool manifest_subscriptions_tell(const struct manifest *m);
/* What the answer told. ERR_HOLD: it did not. */
enum err manifest_subscription_told(struct scope *sc, const struct erp_site *site, const struct told *told,
                                    struct str *out_secret);

/* The hooks of a manifest alone: a connector that reads deliveries, in memory of keep, which the document outlives.
 * Faults are named by scope_item, below a pointer. */
enum err manifest_hooks_compile(struct scope *sc, struct arena *keep, const struct doc *hooks, const char *below,
                                const struct connector **out);

/* Any system that sends webhooks: a connection's settings have the hooks that a manifest would have. */
extern const struct connector webhook_connector;

/* The manifests that come with the program (tenants/connectors/<name>/manifest.json), compiled into memory that stays,
 * each when it is first asked for: all of them, or the one of that name (*out NULL: there is none). ERR_INTERNAL names
 * the first one that is faulty. Any thread's; but one of these takes milliseconds, so that who has a loop asks for all
 * before it turns. */
enum err manifest_shipped(struct scope *sc, const struct connector *const **out, size_t *out_n);
enum err manifest_shipped_find(struct scope *sc, const char *name, const struct connector **out);
