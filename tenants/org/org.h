#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "crypto/crypto.h"

/* org: partners, their hosts and keys, and customers. Knows no HTTP and no outside system.
 * The fact people get wrong: the look-ups here run before a tenant is known, through functions of the database that
 * answer one row for one exact name; everything after them runs inside the tenant.
 */
struct org_host {
    struct uuid partner_id;
    const char *slug;
    const char *name;
    const char *brand_pack;
};

/* Which partner answers on this host (lower case, no port). ERR_NOT_FOUND for an unknown or unverified host and for
 * partners that are closed. Answers up to a second old come from the thread's memory; parks otherwise. */
enum err org_host_find(struct scope *sc, struct str host, struct org_host *out);

bool org_host_is_known(struct str host);
void org_thread_end(void); /* forgets what this thread remembers */

/* The key-encryption keys this process holds; either may be NULL. Owned by the caller, kept until the process ends. */
void org_keks_set(const struct secret *edge, const struct secret *connection);

enum org_class { ORG_EDGE, ORG_CONNECTION };
const char *org_class_name(enum org_class c);
bool org_kek_is_here(enum org_class c); /* does this process hold the class's key-encryption key? */
/* Seals to the newest public key of the scope's partner. Needs no key-encryption key. */
enum err org_seal(struct scope *sc, enum org_class c, struct str associated, struct bytes plain, int32_t *out_epoch,
                  struct bytes *out);
/* The key epoch to name in the associated data, before sealing. */
enum err org_epoch(struct scope *sc, enum org_class c, int32_t *out_epoch);
/* ERR_FORBIDDEN when this process does not hold the class's key. */
enum err org_unseal(struct scope *sc, enum org_class c, int32_t epoch, struct bytes wrapped, struct str associated,
                    struct bytes sealed, struct secret **out);

/* Kept for the scope's partner under a key derived from the edge class's key-encryption key: answers that may hold a
 * secret shown once. ERR_FORBIDDEN when this process does not hold that key. */
enum err org_keep(struct scope *sc, struct str associated, struct bytes plain, struct bytes *out);
enum err org_kept(struct scope *sc, struct str associated, struct bytes kept, struct bytes *out);
/* A keyed hash of what may be guessed, likewise. */
enum err org_mark(struct scope *sc, struct bytes of, uint8_t out[CRYPTO_HASH_BYTES]);

/* Keys with which the installation signs in the scope's partner's name; the private halves are sealed. */
enum org_purpose { ORG_SIGN_TOKEN, ORG_SIGN_PROOF, ORG_SIGN_AUDIT, ORG_SIGN_EXPORT };

struct org_signing_key {
    struct uuid key_id;
    struct bytes public_key; /* Ed25519: 32 octets; ES256: as the maker stored it */
    int32_t key_epoch;
    bool retired;
    struct bytes sealed, wrapped; /* for org_signing_open */
};
/* Makes the purpose's next key from a private half the caller made, and retires the one before. */
enum err org_signing_add(struct scope *sc, enum org_purpose p, struct bytes public_key, struct bytes private_half,
                         struct uuid *out_key_id);
/* The current one; ERR_NOT_FOUND when none was made yet. */
enum err org_signing_current(struct scope *sc, enum org_purpose p, struct org_signing_key *out);
/* ERR_FORBIDDEN when this process does not hold the class's key. The result is the caller's to free. */
enum err org_signing_open(struct scope *sc, enum org_purpose p, const struct org_signing_key *key, struct secret **out);
/* Ed25519 purposes: signs with the current key, which is made when there is none. */
enum err org_sign(struct scope *sc, enum org_purpose p, struct str text, struct uuid *out_key_id,
                  uint8_t out[CRYPTO_SIGNATURE_BYTES]);

/* Setting up, as tenon_operator; the scope's tenant is set by partner_create and stays. */
enum err org_partner_create(struct scope *sc, const char *slug, const char *name, const char *host, const char *brand,
                            struct uuid *out);
enum err org_partner_use(struct scope *sc, const char *slug); /* sets the scope's tenant, or ERR_NOT_FOUND */
enum err org_customer_create(struct scope *sc, const char *name, struct uuid *out);
enum err org_environment(struct scope *sc, const struct uuid *customer_id, struct uuid *out); /* the live one */
