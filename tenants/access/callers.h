#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/access.h"
#include "crypto/crypto.h"

/* callers: programs that ask by a secret or a token of their own: API keys, OAuth clients, pages that a partner embeds.
 * A secret is shown once and kept as its hash. What is revoked is refused within a second on every thread, which
 * asks what changed (base/memory.h). The fact people get wrong: a key may do what its scopes say, whoever made it does
 * later; so whoever makes one, or is shown a new secret of one, must hold all of its scopes at that moment.
 */
#define ACCESS_SECRET_MAX    96
#define ACCESS_ADDRESSES_MAX 32
#define ACCESS_TOKEN_S       900 /* how long a token of ours is good */
#define ACCESS_OVERLAP_MAX_S 604800

/* "sk_live_" or "cs_", 52 random letters and digits, and 7 that follow from what stands before them: the low five bits
 * of each of the first seven octets of its SHA-256, in the same alphabet. So a leaked one is told from a made-up one
 * offline.
 */
enum access_secret { ACCESS_API_KEY, ACCESS_CLIENT_SECRET };
void access_secret_make(enum access_secret kind, char out[ACCESS_SECRET_MAX]);
bool access_secret_fits(enum access_secret kind,
                        struct str text); /* also API keys of the first release: no check in them */

/* Networks a key may be used from: "192.0.2.0/24", "2001:db8::/32", or one address. */
struct access_net {
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;
};
bool access_net_parse(const char *text, struct access_net *out);
/* What one household or office shares: a whole IPv4 address, or the first 64 bits of another. Nothing of what is none.
 */
size_t access_net_shared(struct str address, uint8_t out[16]);
bool access_net_has(const struct access_net *nets, size_t n, const char *address); /* true for no nets at all */

/* Ids that are nil and times that are INT64_MIN: there is none. Scopes and addresses with commas between them. */
struct access_key {
    struct uuid id, customer_id, brand_id;
    const char *name, *prefix, *scopes, *addresses;
    int64_t created_at, expires_at, last_used_at, revoked_at, old_until;
    int64_t version;
};

struct access_key_new {
    const struct uuid *customer_id, *brand_id; /* NULL: not bound */
    const char *name;
    uint64_t may; /* of nobody who is bound to a customer may it hold what is the partner's: ERR_INVALID */
    const char *const *addresses;
    size_t addresses_n;
    int64_t expires_at; /* INT64_MIN: never */
};
enum err access_key_create(struct scope *sc, const struct access_key_new *in, struct uuid *out_id,
                           char out_text[ACCESS_SECRET_MAX]);
enum err access_key_get(struct scope *sc, const struct uuid *id, struct access_key *out);
enum err access_key_list(struct scope *sc, const struct uuid *after, size_t most, struct access_key **out,
                         size_t *out_n);
/* name, addresses and expires_at of `to` are written; *out_changed is false when it is at another version or revoked.
 */
enum err access_key_update(struct scope *sc, const struct access_key *key, const struct access_key_new *to,
                           bool *out_changed);
/* A new secret; the one before is good for overlap_s more, and the one before that ends now. */
enum err access_key_turn(struct scope *sc, const struct access_key *key, int overlap_s,
                         char out_text[ACCESS_SECRET_MAX], bool *out_changed);
enum err access_key_revoke(struct scope *sc, const struct uuid *id); /* also one that is revoked */

struct access_client {
    struct uuid id, customer_id, brand_id;
    const char *name, *scopes;
    int64_t created_at, last_used_at, revoked_at;
    int64_t version;
};
enum err access_client_create(struct scope *sc, const struct access_key_new *in, struct uuid *out_id,
                              char out_text[ACCESS_SECRET_MAX]); /* addresses and expires_at do not count */
enum err access_client_get(struct scope *sc, const struct uuid *id, struct access_client *out);
enum err access_client_list(struct scope *sc, const struct uuid *after, size_t most, struct access_client **out,
                            size_t *out_n);
enum err access_client_revoke(struct scope *sc, const struct uuid *id);
/* Who presents this secret to the partner of this host. ERR_UNAUTHENTICATED for anything else. */
enum err access_client_find(struct scope *sc, const struct uuid *partner_id, const struct uuid *id, struct str secret,
                            struct caller *out);

/* Keys that sign access tokens: ES256, made when first asked for, of the scope's partner. */
struct access_token_key {
    struct uuid id;
    struct bytes point;
};
enum err access_token_key(struct scope *sc, struct uuid *out_id, struct secret **out_pem); /* the caller's to free */
/* Makes the next one. Tokens of the one before verify until they end. */
enum err access_token_key_rotate(struct scope *sc, struct uuid *out_id);
/* Those that tokens may still be signed by, newest first. */
enum err access_token_keys(struct scope *sc, struct access_token_key **out, size_t *out_n);

/* What a token names. */
struct access_token {
    struct uuid partner_id; /* of the host */
    struct uuid key_id, holder_id, token_id;
};
/* The key (a point) that must have signed it, and what its holder may by now; of an embedded page that is nothing,
 * since its token says it. ERR_UNAUTHENTICATED when the key, the holder or the token is at its end. */
enum err access_token_find(struct scope *sc, const struct access_token *t, struct bytes *out_point, struct caller *out);
/* The thread's memory of tokens that were good, by hash of host and token, until `ends_us` (wall) at most; see
 * base/memory.h, whose memory_now() was `asked` before the token was found. When may_ask, one caller now and then is
 * told that it is not known, and finds out anew. */
bool access_token_known(const uint8_t hash[CRYPTO_HASH_BYTES], bool may_ask, struct caller *out);
void access_token_remember(const uint8_t hash[CRYPTO_HASH_BYTES], uint64_t asked, const struct caller *c,
                           int64_t ends_us);
enum err access_token_end(struct scope *sc, const struct uuid *token_id, int64_t ends_us);

/* A partner's own public keys for embedded pages. */
struct access_embed_key {
    struct uuid id;
    const char *name, *origins; /* with spaces between them */
    struct bytes point;
    int64_t created_at;
};
enum err access_embed_create(struct scope *sc, const char *name, struct bytes point, const char *const *origins,
                             size_t origins_n, struct uuid *out_id);
enum err access_embed_get(struct scope *sc, const struct uuid *id, struct access_embed_key *out);
enum err access_embed_list(struct scope *sc, const struct uuid *after, size_t most, struct access_embed_key **out,
                           size_t *out_n);
enum err access_embed_revoke(struct scope *sc, const struct uuid *id);
/* Before the tenant is set; ERR_UNAUTHENTICATED when there is none. */
enum err access_embed_find(struct scope *sc, const struct uuid *partner_id, const struct uuid *id,
                           struct bytes *out_point, const char **out_origins);
/* Each jti of a key is good once: ERR_UNAUTHENTICATED for the second. And the customer must be the partner's. */
enum err access_embed_use(struct scope *sc, const struct uuid *key_id, struct str jti, int64_t ends_us,
                          const struct uuid *customer_id);
/* What a page of this name may read; 0: there is no such page. */
uint64_t access_view_may(struct str view);
uint64_t access_views_may(void); /* all of them together: what a key for pages can give */

/* Keys that end soon: their keepers are told fourteen days and three days before, once each. Whom as tenon_dispatch;
 * the telling as tenon_worker in the key's tenant, in a transaction of its own: a crash leaves both the mails and the
 * note of them, or neither. ERR_LIMIT: too many mails of the kind went to a keeper within the hour; a later try tells.
 */
struct access_expiring {
    struct uuid partner_id, api_key_id;
};
enum err access_expiring_due(struct scope *sc, int64_t at_us, size_t most, struct access_expiring **out, size_t *out_n);
enum err access_expiring_tell(struct scope *sc, const struct uuid *key_id, int64_t at_us);

/* "orders:read,…" → names in the arena. */
void access_scope_names(struct scope *sc, uint64_t may, const char *const **out, size_t *out_n);

void access_thread_end(void); /* forgets what this thread remembers */
