#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "canon/canon.h"
#include "json/doc.h"

/* connector: what a vendor's system looks like to us, as a table of data and pure functions. A connector opens no
 * connection, reads no clock, keeps no state, retries nothing and knows no table; what an absent entry
 * means is "not supported".
 */
enum hook_scheme {
    HOOK_NONE,
    HOOK_HMAC_SHA256_BASE64, /* base64(HMAC-SHA256(secret, raw body)) in one header */
};

/* Headers of a delivery, lower-case names. The list of names is tried in order; NULL ends it. */
#define HOOK_NAMES 3
struct hook_rules {
    enum hook_scheme scheme;
    const char *signature_headers[HOOK_NAMES];
    const char *id_headers[HOOK_NAMES];      /* the delivery's id: part of the dedupe key */
    const char *topic_headers[HOOK_NAMES];   /* the kind of event: part of the dedupe key */
    const char *version_headers[HOOK_NAMES]; /* of the interface that the body is written in; may be absent */
    const char *account_headers[HOOK_NAMES]; /* must equal settings.account_setting when both are there */
    const char *account_setting;
    const struct sign_check *check;         /* in the place of a scheme; NULL: the scheme */
    const struct sign_handshake *handshake; /* NULL: none */
    bool id_is_body;                        /* deliveries have no id: the same body is the same delivery */
};

/* What a delivery's body says of itself, where no header does; NULL: nothing. */
struct hook_said {
    const char *id, *topic, *version, *account;
};

/* What a delivery is about, read from its verified body. */
struct hook_facts {
    const char *kind;              /* "order"; NULL: stored, and nothing follows */
    const char *business_key;      /* "order:" and its natural key: jobs of one key run in order */
    int64_t changed_us;            /* when the source says it last changed; 0: it does not say */
    const struct hook_hint *hints; /* things that it tells no more of than that they changed */
    size_t hint_count;
};

#define HOOK_HINTS_MAX 500
struct hook_hint {
    const char *object; /* its kind */
    const char *key;    /* its natural key; NULL: some */
    int64_t changed_us; /* as hook_facts' */
};

/* What comes of a source: a kind of object, by deliveries (told), by being asked for, or both. */
struct connector_feed {
    const char *object;
    int every_s; /* how often what changed is asked for, unless somebody sets it otherwise */
    bool told;
};
#define FEED_EVERY_S 900

struct source_pull;
struct sign_check;
struct sign_handshake;
struct connector;
struct connector_cover;
struct manifest;

struct connector_source {
    struct hook_rules hook;
    /* ERR_INVALID when the body cannot be what the topic says. NULL: there are no deliveries. */
    enum err (*hook_read)(struct scope *sc, const struct connector *c, const char *topic, const struct doc *body,
                          struct hook_facts *out);
    enum err (*hook_said)(struct scope *sc, const struct connector *c, const struct doc *body, struct hook_said *out);
    /* Of a connector whose connections say themselves how their deliveries are known and what they are about: a
     * connector of theirs, in memory of keep, which lives as long; faults are named by scope_item. NULL: it says so. */
    enum err (*of_settings)(struct scope *sc, struct arena *keep, const struct doc *settings,
                            const struct connector **out);
    const char *reference_prefix; /* "SHOPIFY-": before the order's natural key in other systems */
    const struct connector_feed *feeds;
    size_t feed_count;
    const struct source_pull *pull; /* NULL: it cannot be asked */
};

struct http_header {
    const char *name, *value; /* names in small letters */
};

#define HTTP_HEADERS_MAX 16
struct http_call {
    const char *method;
    const char *url;
    const char *content_type;
    const char *authorization;        /* NULL: none */
    const char *authorization_header; /* which header it goes in; NULL: Authorization */
    struct str body;
    bool secret_body;             /* wiped after the call, never kept as evidence */
    const char *key_header, *key; /* what names this request, where the vendor knows repeats by it; NULL: none */
    struct http_header headers[HTTP_HEADERS_MAX]; /* further ones */
    size_t header_count;
};

struct http_reply {
    int status;
    struct str body;
    const struct http_header *headers;
    size_t header_count;
};

/* Where the calls go. */
/* What the expressions of somebody else's connector may still take for one piece of work, of a processor and of memory:
 * each of them takes from it, and one that finds nothing left fails. */
struct connector_budget {
    int64_t us, octets;
};
static inline bool connector_budget_spent(const struct connector_budget *b)
{
    return b->us <= 0 || b->octets <= 0;
}

struct erp_site {
    const struct connector *connector;
    struct connector_budget *budget; /* of all that is asked and read; NULL: each request and answer has its own */
    const struct doc *settings;
    const char *url;
    const char *user;
    const char *session; /* what login read, or NULL */
    int64_t now_us;      /* of what is signed: the time, and a text that is never the same twice */
    const char *nonce;
};

enum erp_op {
    ERP_LOGIN,          /* in: password → session */
    ERP_CURRENCY_FIND,  /* in: text = ISO code → id or absent */
    ERP_PARTY_FIND,     /* in: ref → id (and address_id) or absent */
    ERP_PARTY_CREATE,   /* in: ref, order → id, address_id */
    ERP_PRODUCTS_FIND,  /* in: skus, sku_count → products filled where known */
    ERP_PRODUCT_CREATE, /* in: ref = sku, text = title → id */
    ERP_SALE_FIND,      /* in: ref → id, state or absent */
    ERP_SALE_CREATE,    /* in: ref, order, products, party_id, address_id, currency_id → id */
    ERP_SALE_QUOTE,     /* in: id */
    ERP_SALE_CONFIRM,   /* in: id */
    ERP_SALE_READ,      /* in: id → state, number, total */
    ERP_OP_COUNT,
};

/* Whether it changes something there, so that sending it twice may do it twice. */
static inline bool erp_op_changes(enum erp_op op)
{
    return op == ERP_PARTY_CREATE || op == ERP_PRODUCT_CREATE || op == ERP_SALE_CREATE || op == ERP_SALE_QUOTE ||
           op == ERP_SALE_CONFIRM;
}

enum erp_sale_state { ERP_SALE_DRAFT, ERP_SALE_QUOTED, ERP_SALE_CONFIRMED, ERP_SALE_CANCELLED };

#define ERP_CONCURRENCY_MAX 64

struct erp_product {
    const char *sku;
    int64_t id;      /* 0: unknown */
    int64_t unit_id; /* unit of measure */
};

struct erp_in {
    int64_t id;
    const char *ref;
    const char *text;
    struct str password;
    const struct canon_order *order;
    struct erp_product *products; /* one for each distinct SKU the sale needs */
    size_t product_count;
    int64_t party_id, address_id, currency_id;
};

struct erp_out {
    bool found;
    int64_t id, address_id;
    const char *session;
    enum erp_sale_state state;
    const char *number;
    struct decimal total;
};

/* How often one account may be called, by all workers together. */
struct connector_rate {
    int64_t per_1000_s; /* calls in a thousand seconds; 0: as often as there is work */
    int64_t burst;      /* at once after a rest */
};
/* What a call is counted in, and as how much. */
struct connector_cost {
    const char *bucket;         /* of calls that the vendor counts apart from the account's others; NULL: in none */
    struct connector_rate rate; /* the bucket's */
    int64_t tokens;             /* that the call costs; 0: one */
};
/* What an answer says of what its call was counted in, beside the usual headers. */
struct connector_said {
    int64_t per_1000_s, burst; /* what it is; 0: it does not say */
    int64_t left;              /* tokens; -1: it does not say */
    int64_t more_us;           /* until there are more; 0: it does not say */
    int64_t asked, spent;      /* tokens that such a call must find, and that this one took; -1: it does not say */
};
/* Names what is wrong with settings.rate, an object of per_second and burst, by scope_item. */
void connector_rate_check(struct scope *sc, const struct doc *settings);

/* A key as a header's value: what no header may hold is escaped, so that two keys are never one. */
const char *connector_header_key(struct scope *sc, const char *key);

struct connector_erp {
    /* Builds the request of one operation; ERR_HOLD when the order needs a person (unmapped tax, …). */
    enum err (*build)(struct scope *sc, enum erp_op op, const struct erp_site *site, const struct erp_in *in,
                      struct http_call *out);
    /* Reads the answer. Fates: ERR_UPSTREAM_AUTH (did nothing, log in again), ERR_UPSTREAM_BUSY (did nothing, come
     * back), ERR_UPSTREAM_NO (did nothing and never will; the message is the vendor's sentence), ERR_UPSTREAM_UNKNOWN
     * (cannot tell). The first three only for answers that the vendor cannot give after it has done it. */
    enum err (*read)(struct scope *sc, enum erp_op op, const struct erp_in *in, const struct http_reply *reply,
                     struct erp_out *out);
    /* The SKUs a sale of this order needs, service products (shipping, discount, rounding, tax) included, each once. */
    enum err (*skus)(struct scope *sc, const struct erp_site *site, const struct canon_order *order,
                     struct erp_product **out, size_t *out_n);
    int settle_ms;        /* how long a request whose answer was lost may still take effect at the vendor */
    unsigned concurrency; /* calls at once to one account and thread, unless settings.concurrency says otherwise */
    struct connector_rate rate; /* unless settings.rate says otherwise */
};

/* ---- systems that are asked by named operations, which a connection's settings or the connector itself list ---- */

/* What a second request of the same change does there. */
enum again {
    AGAIN_UPSERT, /* the same as the first: it names what it changes */
    AGAIN_KEY,    /* nothing: the vendor knows it by its key */
    AGAIN_PROBE,  /* it may do it twice, and whether it was done can be asked */
    AGAIN_NONE,   /* likewise, and it cannot be asked: a person looks at what ended without an answer */
};

struct operation {
    bool changes; /* false: it asks only */
    enum again again;
    bool looks;    /* its answer says nothing of what was done: it is asked (AGAIN_PROBE) */
    int settle_ms; /* how long a request whose answer was lost may still take effect */
};

struct ask {
    const char *operation;
    const char *key;         /* of a change: the business fact; NULL: none */
    const struct doc *with;  /* what goes along; NULL: nothing */
    bool secret;             /* what goes along holds one: the request's body is wiped */
    bool probe;              /* not the change itself: whether it has been done */
    const char *after;       /* where the page before ended; NULL or "": the first */
    const struct doc *place; /* of a change whose document was handed over before: what answered where it goes */
};

struct told {
    bool found;
    const char *ref; /* what it is called there; "": it says none */
    const struct doc *value;
    const char *after;     /* of a list that goes on: where the next page begins; NULL: it does not */
    const char *elsewhere; /* an address at which lies what was asked for; NULL: it is here */
    bool packed;           /* as gzip */
};

/* What a call gave that signs in. */
struct connector_session {
    const char *header;     /* what goes in the header that authenticates calls */
    int64_t lasts_s;        /* 0: it is not told */
    int64_t renewable_s;    /* how long what the next one is asked for with is good; 0: it is not told */
    const struct doc *keep; /* what the next one is asked for with */
};

struct connector_named {
    /* False: there is no such operation. */
    bool (*operation)(const struct erp_site *site, const char *name, struct operation *out);
    enum err (*build)(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct http_call *out);
    /* Fates as connector_erp's. */
    enum err (*read)(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                     const struct http_reply *reply, struct told *out);
    /* The value of the header Authorization, or NULL for none, of the connection's secret. */
    enum err (*authorize)(struct scope *sc, const struct erp_site *site, struct str secret, const char **out);
    /* Signs a request that has been built, by the session; NULL: the session is all that authenticates it. */
    enum err (*sign)(struct scope *sc, const struct erp_site *site, struct http_call *call);
    /* Where a session takes a call: the call, of the secrets and of what the one before left (NULL: nothing), and its
     * answer. Not told twice at once for one connection. logs_in NULL: authorize is enough. */
    bool (*logs_in)(const struct connector *c);
    enum err (*login)(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                      const struct doc *before, struct http_call *out);
    enum err (*login_read)(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                           const struct doc *before, const struct http_reply *reply, struct connector_session *out);
    /* The i-th thing that belongs to an answer and is asked for by itself: how, and which member of the answer it
     * becomes. False: there is none. NULL: no answer has any. */
    bool (*part)(struct scope *sc, const struct erp_site *site, const struct ask *ask, const struct doc *value,
                 size_t i, struct ask *out, const char **out_to);
    /* By what the items of a list, or those of its i-th part, are told to belong together: a key for each, NULL where
     * an item has none. False: that part is none of a list's items. NULL: no list has parts. */
    bool (*part_keys)(struct scope *sc, const struct erp_site *site, const struct ask *ask, size_t i,
                      const struct doc *list, bool of_part, const char ***out);
    /* Of a change whose document goes to an address that another answer gives: how that is asked for, and then the
     * request that hands it over (place NULL: as it is shown). False: it has none. NULL: no change has one. */
    bool (*upload)(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct ask *out);
    enum err (*upload_build)(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                             const struct doc *place, struct http_call *out);
    /* What lay elsewhere (told.elsewhere), unpacked, with the answer that said so. NULL: no answer says so. */
    enum err (*document_read)(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                              const struct http_reply *reply, const struct http_reply *document, struct told *out);
    /* NULL: each call is one of the account's. */
    void (*cost)(const struct erp_site *site, const struct ask *ask, struct connector_cost *out);
    /* False: nothing. NULL: no answer says any. */
    bool (*said)(struct scope *sc, const struct erp_site *site, const struct ask *ask, const struct http_reply *reply,
                 struct connector_said *out);
    unsigned concurrency; /* as connector_erp's, both */
    struct connector_rate rate;
    unsigned at_once; /* calls at once that the vendor allows an account, of all workers; 0: it does not count them */
};

/* ---- sources that can be asked what changed, and for one thing ---- */

#define SOURCE_PAGE_MAX 250

struct source_window {
    const char *object;
    int64_t from_us, until_us; /* changed in between, both included */
    const char *after;         /* where the page before ended; "": the first page */
};

struct source_change {
    const char *key; /* the natural key */
    int64_t changed_us;
};

struct source_page {
    struct source_change *changes;
    size_t n;
    const char *after; /* NULL: the last page */
};

struct source_thing {
    bool found;
    const char *topic, *source_version; /* as a delivery of it would say */
    const struct doc *body;             /* as a delivery brings it */
    int64_t changed_us;                 /* when it last changed; 0: it does not say */
};

/* By requests of its own, or, where changes_ask is, by operations of the connector (connector_named). The session of
 * the former is the secret "api_token". Fates as connector_erp's. */
struct source_pull {
    enum err (*changes_ask)(struct scope *sc, const struct erp_site *site, const struct source_window *w,
                            struct ask *out);
    enum err (*changes_told)(struct scope *sc, const struct erp_site *site, const struct source_window *w,
                             const struct told *told, struct source_page *out);
    enum err (*one_ask)(struct scope *sc, const struct erp_site *site, const char *object, const char *key,
                        struct ask *out);
    enum err (*one_told)(struct scope *sc, const struct erp_site *site, const char *object, const struct told *told,
                         struct source_thing *out);
    enum err (*changes)(struct scope *sc, const struct erp_site *site, const struct source_window *w,
                        struct http_call *out);
    enum err (*changes_read)(struct scope *sc, const struct http_reply *reply, struct source_page *out);
    enum err (*one)(struct scope *sc, const struct erp_site *site, const char *key, struct http_call *out);
    enum err (*one_read)(struct scope *sc, const struct http_reply *reply, struct source_thing *out);
    const char *bucket;   /* what its requests are counted in, apart from the operations'; NULL: as those are */
    unsigned concurrency; /* as connector_erp's, both */
    struct connector_rate rate;
};

/* ---- systems that files come from ---- */

struct connector_files {
    /* Whether the connection has a place that is looked at for files, of settings that were checked. */
    bool (*is_watched)(const struct doc *settings);
};

struct connector {
    const char *name;  /* "shopify" */
    const char *title; /* "Shopify" */
    const struct connector_source *source;
    const struct connector_erp *erp;
    const struct connector_named *named;
    /* The settings a connection must bring; faults are named by scope_item. */
    enum err (*settings_check)(struct scope *sc, const struct connector *c, const struct doc *settings);
    /* Where its calls go, of settings that were checked; NULL: to settings.url. */
    const char *(*url)(struct scope *sc, const struct connector *c, const struct doc *settings);
    /* Its secrets by their names, as a manifest asks for them; NULL: it has one, and perhaps an API token. *out_hook is
     * the one that deliveries are checked with, or empty. */
    enum err (*secrets_check)(struct scope *sc, const struct connector *c, const struct doc *secrets,
                              struct str *out_hook);
    const struct connector_files *files;  /* NULL: it brings none */
    const char *form;                     /* of one in C, as JSON: what a connection is asked for; NULL: it says none */
    const struct manifest *manifest;      /* NULL: it is written in C */
    const char *kind;                     /* of one in C: "storefront"; NULL: its manifest says */
    const struct connector_cover *covers; /* what it does by itself, beside its operations; NULL: nothing */
    const struct connector_gap *without;  /* of one in C: what it does not do; NULL: its manifest says */
    const char *own_version;              /* of a partner's own; NULL: it comes with the program */
    const struct connector_text *brought; /* mappings that a partner's own brings; ends without a kind; NULL: none */
};

/* A mapping's document, and SHA-256 of it. */
struct connector_text {
    const char *kind; /* of the thing that it reads: "order" */
    struct str text;
    uint8_t hash[32];
};

/* Is what changed asked for by its operations? Then no token of its own is needed for it. */
static inline bool connector_asks_by_operations(const struct connector *c)
{
    return c->source && c->source->pull && c->source->pull->changes_ask;
}

/* Is something done with this kind of thing where no flow of the customer's is for it? With orders, which go to the
 * connection's destination; all else is kept, for a flow that is made of it. */
static inline bool connector_does(const struct connector *c, const char *kind)
{
    return c->source && c->source->reference_prefix && strcmp(kind, "order") == 0;
}

/* A canonical object, and what is done with it. A list ends with one without an object. */
struct connector_cover {
    const char *object, *direction, *act;
};

/* A canonical object that does not go this way, and why, in a sentence for people who choose a system. "*" are all
 * objects that the connector says no more of. A list ends with one without an object. */
struct connector_gap {
    const char *object, *direction, *why;
};
