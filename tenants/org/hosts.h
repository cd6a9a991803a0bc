#pragma once

#include "org/org.h"

/* Host names of the scope's partner: claimed by anybody, held by whoever proves it, served from then on. Several
 * partners may claim one name and none of them learns of the others; the first to prove it holds it until it is
 * released, and another's proof is answered meanwhile like a proof that was not found.
 */
#define ORG_HOSTS_MAX  200 /* of a partner */
#define ORG_HOST_PROOF "_portal-challenge"

struct org_claim {
    struct uuid host_id;
    const char *host;
    const char *token; /* what the record must say */
    bool verified;
    int64_t created_at_us;
    int64_t checked_at_us;  /* 0: never */
    int64_t verified_at_us; /* 0: not yet */
    bool has_certificate;
    int64_t not_before_us, not_after_us;
    const char *names; /* of the certificate */
    struct bytes fingerprint;
};

/* A name of two labels at least, lower case, no address and no pattern. */
bool org_host_name_is_fine(struct str host);
enum err org_claim_make(struct scope *sc, const char *host, struct uuid *out_id);
enum err org_claim_get(struct scope *sc, const struct uuid *id, struct org_claim *out);
enum err org_claim_list(struct scope *sc, const struct uuid *after, size_t limit, struct org_claim **out,
                        size_t *out_n);
/* The record was looked for. found: it says what it must; *out_verified is still false when somebody else holds the
 * name. Ends the transaction before it when it must. */
enum err org_claim_checked(struct scope *sc, const struct uuid *id, bool found, bool *out_verified);
enum err org_claim_release(struct scope *sc, const struct uuid *id);
/* For the operator: held at once, without a record. ERR_CONFLICT when somebody else holds it. */
enum err org_host_add(struct scope *sc, const char *host, bool verified, struct uuid *out_id);

struct crypto_certificate;
enum err org_certificate_put(struct scope *sc, const struct uuid *host_id, const char *chain, struct bytes key,
                             const struct crypto_certificate *about, const char *by);
/* Before any tenant is known: of one exact verified host. *out_chain NULL: it has none. The key is the caller's to
 * free. */
enum err org_certificate_find(struct scope *sc, struct str host, const char **out_chain, struct secret **out_key);
