#pragma once

#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/net.h"
#include "oidc/oidc.h"
#include "q_oidc.h"

/* The row's secret, open. The caller frees it. */
enum err oidc_secret(struct scope *sc, const struct q_oidc_provider_get_row *row, struct secret **out);
/* May this address be called, or a browser be sent there? https, in development loopback as well. */
bool oidc_url_fits(struct scope *sc, const char *url);
/* The domain behind the @ of an address in its normal form is one of those. */
bool oidc_domain_fits(const char *email_norm, const char *domains);

/* What a provider says of itself (OpenID Connect Discovery 1.0). */
struct oidc_about {
    const char *authorization_endpoint, *token_endpoint, *jwks_uri;
    bool by_post;  /* the client's secret goes into the form and not into the header */
    bool says_iss; /* answers bear the issuer: one that does not is another's */
};
/* Reads the document: ERR_UPSTREAM_NO for one that is of another issuer or leads astray. */
enum err oidc_about_read(struct scope *sc, const char *issuer, struct str text, struct oidc_about *out);
/* Up to an hour old. Parks. */
enum err oidc_about_find(struct scope *sc, struct net *net, const char *issuer, struct oidc_about *out);
/* The provider's keys (RFC 7517), up to a quarter of an hour old. fresh: those that are known lack one; asked for once
 * a minute. Parks. */
enum err oidc_keys_find(struct scope *sc, struct net *net, const char *issuer, const char *jwks_uri, bool fresh,
                        struct str *out);
/* One answer of a provider, at most 128 KiB and within five seconds; ERR_UPSTREAM_NO for any status but 200. Parks. */
enum err oidc_ask(struct scope *sc, struct net *net, const struct net_call *call, struct str *out);

/* known.c: what this thread knows of providers: at most OIDC_KNOWN_MAX, the longest unused one goes first. All of it is
 * public. Never parks; results are copies. */
#define OIDC_KNOWN_MAX     64
#define OIDC_ABOUT_US      (INT64_C(3600) * 1000000)
#define OIDC_KEYS_US       (INT64_C(900) * 1000000)
#define OIDC_KEYS_AGAIN_US (INT64_C(60) * 1000000)
bool oidc_known_about(struct scope *sc, const char *issuer, int64_t now_us, struct oidc_about *out);
void oidc_known_about_put(const char *issuer, int64_t now_us, const struct oidc_about *about);
bool oidc_known_keys(struct scope *sc, const char *issuer, int64_t now_us, struct str *out);
void oidc_known_keys_put(const char *issuer, int64_t now_us, struct str keys);
/* May the keys be asked for again, though they are not old? Yes once a minute; asking is noted. */
bool oidc_known_keys_again(const char *issuer, int64_t now_us);
size_t oidc_known_count(void);

/* token.c: an ID token (section 3.1.3.7) and the keys it may be signed with. The signature is proven before anything
 * that is claimed is looked at. ERR_NOT_FOUND when it names a key that is not among them; ERR_INVALID for all else. */
struct oidc_rule {
    const char *issuer, *client_id, *nonce;
    int64_t now; /* seconds */
};
#define OIDC_TOKEN_MAX   16384
#define OIDC_AHEAD_S     60  /* how far the provider's clock may be ahead */
#define OIDC_TOKEN_OLD_S 900 /* one that was made before the journey began */
enum err oidc_token_judge(struct scope *sc, struct str token, struct str keys, const struct oidc_rule *rule,
                          const char **out_email);

/* exchange.c: the code for an ID token. Parks. */
struct oidc_exchange {
    const char *code, *redirect_uri, *verifier, *client_id;
    const struct secret *client_secret;
};
enum err oidc_exchange(struct scope *sc, struct net *net, const struct oidc_about *about, const struct oidc_exchange *x,
                       struct str *out_token);
void oidc_put_escaped(struct buf *b, struct str text); /* percent-encoded, for a query or a form */
