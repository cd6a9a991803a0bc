#pragma once

#include "access/callers.h"
#include "api/api.h"

extern const struct route api_hook_routes[];
extern const struct route api_passkey_routes[];
extern const struct route api_factor_routes[];
extern const struct route api_oidc_routes[];
extern const struct route api_user_routes[];
extern const struct route api_me_routes[];
extern const struct route api_sign_in_routes[];
extern const struct route api_order_routes[];
extern const struct route api_overview_routes[];
extern const struct route api_stream_routes[];
extern const struct route api_usage_routes[];
extern const struct route api_why_routes[];
extern const struct route api_exception_routes[];
extern const struct route api_exception_job_routes[];
extern const struct route api_schema_routes[];
extern const struct route api_connector_routes[];
extern const struct route api_own_connector_routes[];
extern const struct route api_mapping_routes[];
extern const struct route api_mapping_version_routes[];
extern const struct route api_mapping_try_routes[];
extern const struct route api_backtest_routes[];
extern const struct route api_connection_routes[];
extern const struct route api_mapping_dry_run_routes[];
extern const struct route api_live_routes[];
extern const struct route api_flow_routes[];
extern const struct route api_flow_version_routes[];
extern const struct route api_flow_connection_routes[];
extern const struct route api_flow_run_routes[];
extern const struct route api_flow_bulk_routes[];
extern const struct route api_flow_batch_routes[];
extern const struct route api_flow_control_routes[];
extern const struct route api_approval_routes[];
extern const struct route api_job_routes[];
extern const struct route api_job_input_routes[];
extern const struct route api_cross_routes[];
extern const struct route api_cross_entry_routes[];
extern const struct route api_drift_routes[];
extern const struct route api_drift_shape_routes[];
extern const struct route api_message_routes[];
extern const struct route api_feed_routes[];
extern const struct route api_file_routes[];
extern const struct route api_connection_life_routes[];
extern const struct route api_connection_try_routes[];
extern const struct route api_page_routes[];
extern const struct route api_audit_routes[];
extern const struct route api_customer_routes[];
extern const struct route api_lifecycle_routes[];
extern const struct route api_store_routes[];
extern const struct route api_environment_routes[];
extern const struct route api_simulate_routes[];
extern const struct route api_look_routes[];
extern const struct route api_brand_routes[];
extern const struct route api_brand_colours_routes[];
extern const struct route api_host_routes[];
extern const struct route api_mail_routes[];
extern const struct route api_signin_page_routes[];
extern const struct route api_portal_page_routes[];
extern const struct route api_proof_routes[];
extern const struct route api_describe_routes[];
extern const struct route api_grant_routes[];
extern const struct route api_key_routes[];
extern const struct route api_client_routes[];
extern const struct route api_oauth_routes[];
extern const struct route api_embed_routes[];

/* The thread whose request this is: handlers park, threads do not change. */
struct api_thread *api_here(void);

enum err api_auth(struct scope *sc, const struct rq *rq);
/* The customer that the caller names, by the header or, where a route takes it there, in the query; how often. */
size_t api_customer_said(const struct rq *rq, struct str *out);
enum err api_refuse(struct scope *sc);
enum err api_refuse_wrong(struct scope *sc);
enum err api_bearer(struct scope *sc, const struct rq *rq, struct caller *out);

/* Access tokens: tokens.c. */
struct api_token {
    struct caller caller;
    struct uuid token_id;
    int64_t ends_us;
};
const char *api_issuer(struct scope *sc, const struct rq *rq); /* "https://portal.example", of the request's host */
bool api_token_known(struct scope *sc, const struct rq *rq, struct str token, bool may_ask,
                     struct caller *out); /* it was good less than a second ago */
/* ERR_INVALID or ERR_UNAUTHENTICATED for any that is not good here and now. Parks; between transactions only. */
enum err api_token_read(struct scope *sc, const struct rq *rq, struct str token, struct api_token *out);
/* For a caller with what it may; subject NULL: itself. Inside the partner's tenant. */
enum err api_token_make(struct scope *sc, const struct rq *rq, const struct caller *c, const char *subject,
                        const char **out);
const char *api_scope_text(struct scope *sc, uint64_t may); /* "orders:read messages:read" */
uint64_t api_scope_read(struct scope *sc, struct str text);

/* Making what asks by itself: give.c. */
enum err api_scopes_read(struct scope *sc, const struct wire_texts *scopes, uint64_t *out);
enum err api_may_give(struct scope *sc, uint64_t may); /* ERR_FORBIDDEN when the caller lacks one of them */
/* To what the caller is bound to, and to the store brand when one is named. */
enum err api_bind(struct scope *sc, struct uuid *brand_id, struct access_key_new *out);
enum err api_expiry_check(struct scope *sc, int64_t expires_at);
/* For a thing that there is one of at most: which version rq replaces. found: what asking for it gave, ERR_NOT_FOUND
 * for none, whose version is 0; one that is there, at *now, needs If-Match (428, 412). */
enum err api_replaced(struct scope *sc, const struct rq *rq, enum err found, const int64_t *now, int64_t *out);
enum err api_invalid(struct scope *sc, const char *pointer, const char *code, const char *why); /* one value; 422 */
/* An etag made of what is answered, for what has no version of its own. */
void api_etag_of(struct scope *sc, struct rs *rs, struct str text);
struct wire_texts api_split(struct scope *sc, const char *list, char between);
void api_wipe_later(struct scope *sc, char *secret, size_t n); /* when the scope ends */

/* One write of the actor's budget, for routes that are public and find out by themselves who asks; ERR_LIMIT. */
enum err api_spend(struct scope *sc);

/* Of an address that keeps asking for what nobody knows: strangers.c. */
bool stranger_may_ask(struct str peer);
void stranger_was_wrong(struct str peer);
enum err stranger_refuse(struct scope *sc);

/* The caller's own customer, or for a caller of the whole partner the one its `customer` header names. */
enum err api_customer_of(struct scope *sc, const struct rq *rq, struct uuid *out);

/* Where a page begins: the id that the cursor of this list holds, nil without one. */
enum err api_position(struct scope *sc, const struct rq *rq, struct str list_name, struct uuid *out);

const char *api_actor_text(struct scope *sc); /* who asks, as "usr_…" */

/* Whether a browser says that it has a session; not whether that is good. */
bool api_has_session(const struct rq *rq);
/* A page of web-static, named by its file, in the host's brand and with the headers of pages: for routes that are
 * public and raw. */
enum err api_page(struct scope *sc, struct rs *rs, const struct rq *rq, const char *name);
void api_page_headers(struct scope *sc, struct rs *rs); /* what api_send leaves out */

/* http_app.certificate: a host's own, while the client still shakes hands. */
enum err api_certificate(struct scope *sc, struct str name, struct http_certificate *out);

/* People: browsers with a session in a cookie. person.c */
/* The caller by its session's cookie; *out_has false when there is none. */
enum err api_by_session(struct scope *sc, const struct rq *rq, struct caller *out, bool *out_has);
/* For routes that nobody is signed in to: the tenant is the host's partner. A foreign page may not send them. */
enum err api_visitor(struct scope *sc, const struct rq *rq);
/* The caller must be a person; what follows is asked as the whole partner. */
enum err api_person(struct scope *sc);
/* The place the caller is bound to. */
struct place;
void api_place(const struct scope *sc, struct place *out);
void api_session_cookie(struct scope *sc, struct rs *rs, const char *token); /* "": takes it off */
/* By a body {"password": …}: what would shut a person out, passkeys among it, is done by who knows the password and not
 * by who found a browser open. ERR_FORBIDDEN. May commit. */
extern const struct wire api_confirm_wire;
enum err api_really(struct scope *sc, const struct rq *rq);
enum err api_session_renew(struct scope *sc, struct rs *rs); /* the secrets of this session are new from here on */
/* How often a cookie of this name came, and its last value. */
unsigned api_cookie_find(const struct rq *rq, const char *name, struct str *out);
const char *api_agent(struct scope *sc, const struct rq *rq);
void api_wipe(struct scope *sc, const char *secret); /* when the request ends */
struct sign_in;
extern const struct wire api_signed_wire;
enum err api_signed_in(struct scope *sc, struct rs *rs, const struct sign_in *in); /* with the cookie */
/* What two files show of a person. */
extern const struct wire api_membership_wire;
struct membership_view {
    struct uuid id, customer_id, brand_id;
    const char *role;
    int64_t created_at, accepted_at;
};
/* Of one person, as the scope's tenant sees them. */
enum err api_memberships(struct scope *sc, const struct uuid *user_id, struct wire_list *out);
#define WIRE_ID_OR_NULL(type, member, prefix_, meaning_)                                                               \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_ID, .offset = offsetof(type, member), .prefix = (prefix_),                  \
        .optional = true, .meaning = (meaning_)                                                                        \
    }
#define WIRE_TEXT_OR_NULL(type, member, max_, meaning_)                                                                \
    {                                                                                                                  \
        .name = #member, .kind = WIRE_KIND_TEXT, .offset = offsetof(type, member), .min = 1, .max = (max_),            \
        .optional = true, .meaning = (meaning_)                                                                        \
    }
