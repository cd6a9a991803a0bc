#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "expr/expr.h"
#include "manifest/manifest.h"
#include "rows/rows.h"

/* What is written in a manifest, compiled. */

struct manifest_pair {
    const char *name;
    const struct expr *value;
};

struct manifest_pairs {
    struct manifest_pair *v;
    size_t n;
};

enum manifest_kind_of_setting {
    SETTING_TEXT,
    SETTING_INTEGER,
    SETTING_BOOLEAN,
    SETTING_CHOICE,
    SETTING_HOST,
    SETTING_ADDRESS
};

struct manifest_setting {
    const char *name;
    enum manifest_kind_of_setting kind;
    bool needed;
    const struct doc *choices;   /* texts */
    const struct doc *otherwise; /* when it is not given; NULL: then it is not there */
};

struct manifest_secret {
    const char *name;
    bool needed, edge; /* edge: checks what comes in, so the door may open it */
};

enum manifest_auth { AUTH_NONE, AUTH_HEADER, AUTH_BEARER, AUTH_BASIC, AUTH_OAUTH2, AUTH_LOGIN, AUTH_OAUTH1 };

/* What an answer means, by the first rule that fits it. */
enum manifest_means {
    MEANS_OK,
    MEANS_DONE,
    MEANS_LATER,
    MEANS_AUTH,
    MEANS_CONFLICT,
    MEANS_NO,
    MEANS_ABSENT,
    MEANS_UNKNOWN
};

struct manifest_rule {
    const struct expr *when, *says; /* says: NULL, the usual members */
    enum manifest_means means;
};

struct manifest_rules {
    struct manifest_rule *v;
    size_t n;
};

enum manifest_body { BODY_JSON, BODY_FORM, BODY_BRACKETS, BODY_FILE };

enum manifest_paging { PAGING_NONE, PAGING_PAGE, PAGING_OFFSET, PAGING_CURSOR, PAGING_LINK, PAGING_QUERY };

struct manifest_pages {
    enum manifest_paging kind;
    const char *at, *size;   /* members of the query; NULL: none */
    int64_t most;            /* items of a page */
    const struct expr *next; /* where the next page begins; no value: this was the last */
    bool alone;              /* what says where it begins comes without the other members of the query */
};

struct manifest_part {
    const char *to;        /* the member of the answer it becomes */
    const char *operation; /* how it is asked for */
    const struct expr *with;
    const struct expr *key,
        *by; /* of a list's items and of the part's: those that are equal belong together; or NULL */
};

/* What the vendor counts apart from the account's other calls. */
struct manifest_bucket {
    const char *name;
    struct connector_rate rate;
};

/* What answers say of what their calls were counted in; NULL: they do not say it. */
struct manifest_limits {
    struct manifest_bucket *buckets;
    size_t bucket_count;
    struct connector_rate each; /* of each operation that names none, apart; 0: they are not counted apart */
    bool points;                /* the account's tokens are points, of which a call costs several */
    int64_t usual;              /* of a call that says none */
    const struct expr *a_second, *most, *left, *more_ms, *asked, *spent;
    bool told, reads_body;
};
#define MANIFEST_BUCKETS_MAX 100

/* What an answer says lies elsewhere. */
enum manifest_document_kind { DOCUMENT_JSON, DOCUMENT_TEXT, DOCUMENT_ROWS };
struct manifest_document {
    const struct expr *url, *gzip; /* url NULL: it is in the answer; gzip NULL: it is not packed */
    enum manifest_document_kind kind;
    struct rows_format format;
};

/* What is handed over at an address that another operation gives, before the change itself. */
struct manifest_upload {
    const char *operation;
    const struct expr *with, *url, *body; /* url NULL: there is none */
    const char *type;
};

struct manifest_run;
struct manifest_operation {
    const char *name, *title, *object, *direction, *act, *kind;
    const char *method, *path;
    struct manifest_pairs query, headers;
    enum manifest_body body_kind;
    const struct expr *body;
    /* the answer */
    const struct expr *value, *ref, *must, *items;
    struct manifest_document document;
    struct manifest_upload upload;
    struct manifest_rules errors;
    struct manifest_pages pages;
    struct manifest_part *parts;
    size_t part_count;
    /* a change sent twice */
    enum again again;
    const char *key_header;
    bool asks_only, looks;
    int settle_ms;
    const char *bucket; /* NULL: in none */
    int64_t points;     /* that a call costs; 0: what is usual */
    const char *probe;  /* the operation that tells whether it was done */
    const struct expr *probe_with, *probe_ref;
};

struct manifest_event {
    const char *topic;  /* as the source says it; a star at its end stands for anything */
    const char *object; /* "order" */
    const struct expr *key, *changed;
    bool fetch; /* it tells only that the object changed */
};

/* What the body says of a delivery; NULL: a header does, or nothing. */
struct manifest_said {
    const struct expr *id, *topic, *version, *account;
};

struct manifest_source {
    const char *object, *topic, *version;
    const char *changes, *one; /* operations */
    const struct expr *changes_with, *one_with;
    const struct expr *item_key, *item_changed;
    const struct expr *one_changed; /* NULL: as item_changed */
    const struct expr *one_where;   /* what was fetched is none of what is listed unless this is true; NULL: it is */
    int every_s;
};
#define MANIFEST_SOURCES_MAX 16

struct manifest_check_rule {
    const char *operation; /* NULL: none */
    const struct expr *with, *granted;
};

/* What the vendor sends where. */
struct manifest_subscriptions {
    const char *list;                           /* an operation; NULL: it cannot be asked */
    const struct expr *topic, *address, *works; /* of an item; works NULL: each does */
    const struct expr *covers;                  /* in the place of topic: all of an item's; one is for all */
    const struct expr *ref, *ends;              /* what it is called there, and when it ends; or NULL */
    const struct expr *secret;                  /* of the answer to create: what it signs with; or NULL */
    struct manifest_check_rule create, end, renew;
    const char **topics;
    size_t topic_count;
};

struct manifest {
    bool bounded; /* manifest_bound_set */
    const char *name, *title, *kind, *version;
    const struct doc *document, *texts;
    const struct expr *url;
    const struct doc *auth_doc;
    enum manifest_auth auth;
    const struct expr *auth_url, *auth_body, *auth_token; /* of sign-ins */
    int64_t auth_lasts_s;
    int64_t lifetime_s; /* of what people gave; 0: it does not end, or it is not known */
    const char *lifetime_member;
    bool rotates; /* a refresh token is good for one sign-in */
    struct manifest_check_rule checks[MANIFEST_CHECKS];
    struct manifest_subscriptions subscriptions;
    struct manifest_setting *settings;
    size_t setting_count;
    struct manifest_secret *secrets;
    size_t secret_count;
    struct manifest_pairs headers;
    const struct doc *path_codes; /* what stands for a character in a path's values, beside percent-encoding; or NULL */
    struct manifest_rules errors;
    struct manifest_limits limits;
    struct manifest_operation *operations;
    size_t operation_count;
    struct manifest_said said;
    struct manifest_event *events;
    size_t event_count;
    struct manifest_source *sources;
    struct connector_feed *feeds; /* one for each source */
    size_t source_count;
    struct connector connector;
    struct connector_named named;
    struct connector_source hooks;
    struct source_pull pull;
};

const struct manifest_operation *manifest_operation(const struct manifest *m, const char *name);
static inline const struct manifest *manifest_at(const struct erp_site *site)
{
    return manifest_of(site->connector);
}

/* A document that comes with the program. */
struct manifest_shipped {
    const char *name, *text;
    size_t n;
};
extern const struct manifest_shipped manifest_shipped_table[];
extern const size_t manifest_shipped_count;

/* ---- reading a document: read.c, operations.c, events.c ---- */

struct reading {
    struct scope *sc;
    struct arena *keep;
    struct manifest *m;
    unsigned faults;
    const char *below; /* what pointers begin with; NULL: nothing */
};

const char *manifest_place(const struct reading *r, const char *pointer); /* with what pointers begin with */
void manifest_fault(struct reading *r, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
const char *manifest_below(struct reading *r, const char *pointer, const char *name);
/* Is it an object, and are all its members among names (NULL ends them)? Tells what is not. */
bool manifest_object(struct reading *r, const struct doc *d, const char *pointer, const char *const *names);
/* The text at a member of d; NULL when it is not there or, which is a fault, none of 1 to most octets. */
const char *manifest_text(struct reading *r, const struct doc *d, const char *pointer, const char *member, size_t most,
                          bool needed);
/* Which of the choices (NULL ends them) a member is; otherwise when it is not there. */
size_t manifest_choice(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                       const char *const *choices, size_t otherwise);
int64_t manifest_int(struct reading *r, const struct doc *d, const char *pointer, const char *member, int64_t least,
                     int64_t most, int64_t otherwise);
bool manifest_flag(struct reading *r, const struct doc *d, const char *pointer, const char *member);
const struct expr *manifest_expr(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                                 bool needed);
void manifest_pairs(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                    struct manifest_pairs *out);
void manifest_rules(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                    struct manifest_rules *out);
void manifest_read_operations(struct reading *r, const struct doc *list);
void manifest_read_limits(struct reading *r, const struct doc *d); /* limits.c */
void manifest_read_cost(struct reading *r, const struct doc *d, const char *pointer, struct manifest_operation *o);
void manifest_cost(const struct erp_site *site, const struct ask *ask, struct connector_cost *out);
bool manifest_said(struct scope *sc, const struct erp_site *site, const struct ask *ask, const struct http_reply *reply,
                   struct connector_said *out);
/* document.c */
void manifest_read_document(struct reading *r, const struct doc *d, const char *pointer, struct manifest_document *out);
void manifest_read_upload(struct reading *r, const struct doc *d, const char *pointer, struct manifest_operation *o);
bool manifest_upload(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct ask *out);
enum err manifest_upload_build(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                               const struct doc *place, struct http_call *out);
enum err manifest_elsewhere(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                            const struct doc *body, struct told *out);
enum err manifest_document_read(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                                const struct http_reply *reply, const struct http_reply *document, struct told *out);
/* What an operation's answer tells, read on its body or on its document: answer.c. */
enum err manifest_told(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                       const struct doc *body, struct told *out);
/* The name of another operation, which stands further down as well. */
const char *manifest_other(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                           bool needed);
/* What was compiled elsewhere and failed has named its faults, `before` of them were there already. */
void manifest_faults_stay(struct reading *r, unsigned before);
void manifest_read_auth(struct reading *r, const struct doc *d); /* auth.c */
/* signed.c */
void manifest_read_oauth1(struct reading *r, const struct doc *d);
void manifest_read_assertion(struct reading *r, const struct doc *d);
/* A text in which braces stand for secrets and settings. */
void manifest_filled_text(struct reading *r, const struct doc *d, const char *pointer, const char *member, bool needed);
void manifest_read_hooks(struct reading *r, const struct doc *d);
void manifest_read_sources(struct reading *r, const struct doc *d);       /* one, or a list */
void manifest_read_subscriptions(struct reading *r, const struct doc *d); /* subscriptions.c; likewise */
void manifest_read_checks(struct reading *r, const struct doc *d);        /* checks.c; after the operations */
/* A template's names in braces, each with whoever knows it. */
bool manifest_template_each(const char *text, bool (*name)(void *arg, struct str name), void *arg);

/* ---- running: run.c, request.c, answer.c, events.c, settings.c ---- */

struct manifest_run {
    const struct manifest *m;
    const struct doc *settings;
    const struct ask *ask;
    const struct http_reply *reply; /* NULL: a request is made */
    const struct source_window *window;
    struct connector_budget *budget;  /* that others have a share in; NULL: spent_us counts */
    struct manifest_bound *bound;     /* what expressions see of the above: made by the first of them */
    int64_t spent_us;                 /* by expressions, of one that is bounded */
    const struct expr_limits *limits; /* of each expression; NULL: the usual ones */
    bool brief;   /* others wait for it on this thread: MANIFEST_BRIEF_US, and fewer steps of each */
    bool stopped; /* an expression of one that is brief came to the end of what it may take */
};

/* The value of an expression, absent when it has none. False: it failed; *out_why says how, in words. */
bool manifest_eval(struct scope *sc, struct manifest_run *run, const struct expr *e, const struct doc *input,
                   struct doc *out, const char **out_why);
/* Did one of its expressions fail for the time that those before it took? What was made of it is not to be believed. */
bool manifest_overspent(const struct manifest_run *run);
const char *manifest_text_of(struct scope *sc, const struct doc *v); /* a text, number or boolean; NULL: none of them */
const struct doc *manifest_setting(const struct manifest *m, const struct doc *settings, const char *name);

enum err manifest_settings_check(struct scope *sc, const struct connector *c, const struct doc *settings);
enum err manifest_secrets_check(struct scope *sc, const struct connector *c, const struct doc *secrets,
                                struct str *out_hook);
const char *manifest_url(struct scope *sc, const struct connector *c, const struct doc *settings);
enum err manifest_build(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct http_call *out);
enum err manifest_read(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                       const struct http_reply *reply, struct told *out);
bool manifest_operation_of(const struct erp_site *site, const char *name, struct operation *out);
enum err manifest_authorize(struct scope *sc, const struct erp_site *site, struct str secret, const char **out);
enum err manifest_sign(struct scope *sc, const struct erp_site *site, struct http_call *call);
/* The assertion that goes to this address; wiped by whoever sends it. */
enum err manifest_assertion(struct scope *sc, const struct erp_site *site, const struct doc *secrets, const char *url,
                            const char **out);
/* A text with its braces filled in; NULL: something is missing. */
const char *manifest_filled(struct scope *sc, const struct erp_site *site, const struct doc *secrets, const char *text);
bool manifest_logs_in(const struct connector *c);
enum err manifest_login(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                        const struct doc *before, struct http_call *out);
enum err manifest_login_read(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                             const struct doc *before, const struct http_reply *reply, struct connector_session *out);
/* Which header a call's session goes in; NULL: Authorization. */
const char *manifest_auth_header(struct scope *sc, const struct manifest *m);
enum err manifest_put_headers(struct scope *sc, struct manifest_run *run, const struct manifest_pairs *pairs,
                              struct http_call *out);
enum err manifest_hook_read(struct scope *sc, const struct connector *c, const char *topic, const struct doc *body,
                            struct hook_facts *out);
enum err manifest_hook_said(struct scope *sc, const struct connector *c, const struct doc *body, struct hook_said *out);
bool manifest_part_keys(struct scope *sc, const struct erp_site *site, const struct ask *ask, size_t i,
                        const struct doc *list, bool of_part, const char ***out);
bool manifest_part_of(struct scope *sc, const struct erp_site *site, const struct ask *ask, const struct doc *value,
                      size_t i, struct ask *out, const char **out_to);
enum err manifest_changes_ask(struct scope *sc, const struct erp_site *site, const struct source_window *w,
                              struct ask *out);
enum err manifest_changes_told(struct scope *sc, const struct erp_site *site, const struct source_window *w,
                               const struct told *told, struct source_page *out);
enum err manifest_one_ask(struct scope *sc, const struct erp_site *site, const char *object, const char *key,
                          struct ask *out);
enum err manifest_one_told(struct scope *sc, const struct erp_site *site, const char *object, const struct told *told,
                           struct source_thing *out);
