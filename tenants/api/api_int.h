#pragma once

#include "access/callers.h"
#include "api/api.h"

extern const struct route api_hook_routes[], api_order_routes[], api_connection_routes[], api_message_routes[],
    api_page_routes[], api_audit_routes[], api_key_routes[], api_client_routes[], api_oauth_routes[],
    api_embed_routes[];

/* The thread whose request this is: handlers park, threads do not change. */
struct api_thread *api_here(void);

enum err api_auth(struct scope *sc, const struct rq *rq);
enum err api_refuse(struct scope *sc);
enum err api_bearer(struct scope *sc, const struct rq *rq, struct caller *out);

/* Access tokens: tokens.c. */
struct api_token {
    struct caller caller;
    struct uuid token_id;
    int64_t ends_us;
};
const char *api_issuer(struct scope *sc, const struct rq *rq); /* "https://portal.example", of the request's host */
bool api_token_known(const struct rq *rq, struct str token,
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
enum err api_invalid(struct scope *sc, const char *pointer, const char *code, const char *why); /* one value; 422 */
struct wire_texts api_split(struct scope *sc, const char *list, char between);
void api_wipe_later(struct scope *sc, char *secret, size_t n); /* when the scope ends */

/* Of an address that keeps asking for what nobody knows: strangers.c. */
bool stranger_may_ask(struct str peer);
void stranger_was_wrong(struct str peer);
enum err stranger_refuse(struct scope *sc);

/* Where a page begins: the id that the cursor of this list holds, nil without one. */
enum err api_position(struct scope *sc, const struct rq *rq, struct str list_name, struct uuid *out);
