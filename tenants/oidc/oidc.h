#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/people.h"

/* oidc: signing in at the partner's own identity provider: OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636)
 * and the issuer in the answer (RFC 9207). Makes nobody: whom the provider vouches for must be here already. The fact
 * people get wrong: a provider can say whatever it likes of anybody, so it is believed only for addresses of the
 * domains it was set up for, and only for people who may no more than whoever set it up (decision 0019).
 */
#define OIDC_NAME_MAX    60
#define OIDC_ISSUER_MAX  400
#define OIDC_CLIENT_MAX  200
#define OIDC_SECRET_MAX  500
#define OIDC_DOMAINS_MAX 20
#define OIDC_DOMAIN_MAX  253
#define OIDC_JOURNEY_S   600 /* from leaving for the provider to coming back */

struct net;

struct oidc_provider {
    const char *name; /* what the button says: "Sign in with …" */
    const char *issuer, *client_id;
    const char *const *domains; /* lower case */
    size_t domain_count;
    bool enabled;
    int64_t created_at_us, version;
};
/* As the whole partner, these four. ERR_NOT_FOUND when there is none. */
enum err oidc_provider_get(struct scope *sc, struct oidc_provider *out);
/* version 0: there must be none. secret NULL: the one that is there, which goes with its issuer and client only.
 * ERR_INVALID with an item for what is no address or domain; ERR_CONFLICT when it was changed meanwhile. */
enum err oidc_provider_set(struct scope *sc, const struct oidc_provider *to, const char *secret, int64_t *out_version);
enum err oidc_provider_remove(struct scope *sc, int64_t version);
/* Of one that people can use now, or NULL. */
enum err oidc_provider_name(struct scope *sc, const char **out);

/* Where the provider sends people back to, on this host; registered there. */
const char *oidc_redirect_uri(struct scope *sc, const char *host);

struct oidc_begun {
    const char *url;               /* of the provider, for the browser */
    char cookie[PEOPLE_TOKEN_MAX]; /* which the browser keeps meanwhile */
};
/* ERR_NOT_FOUND when there is none; ERR_UNAVAILABLE when it is not as it should be, which is on record then. Ends the
 * transaction and parks. */
enum err oidc_begin(struct scope *sc, struct net *net, const char *host, struct oidc_begun *out);

struct oidc_return {
    const char *state, *code, *iss, *error; /* as the provider sent them; all but the first may be NULL */
    struct str cookie;                      /* empty: there was none */
    const char *host;
};
/* ERR_UNAUTHENTICATED alike for whatever is wrong, which is on record then. Ends the transaction and parks. */
enum err oidc_finish(struct scope *sc, struct net *net, const struct oidc_return *in, const char *agent,
                     struct sign_in *out);

void oidc_thread_end(void); /* forgets what this thread knows of providers */

/* What hangs on the partner's keys, for whoever turns the key ring (org_ring_add). */
struct org_ring_walk;
enum err oidc_ring_walk(struct scope *sc, struct org_ring_walk *w);
