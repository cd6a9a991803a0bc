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
    bool suspended; /* only what comes in from outside systems is served */
};

/* Which partner answers on this host (lower case, no port). ERR_NOT_FOUND for an unknown or unverified host and for
 * partners that are closed. Answers up to a second old come from the thread's memory; parks otherwise. Asks, now and
 * then, what has changed (org_changes_ask). */
enum err org_host_find(struct scope *sc, struct str host, struct org_host *out);

bool org_host_is_known(struct str host);
/* Asks what has changed of what the thread's memories hold (base/memory.h), when it is time and nobody else is asking.
 * Parks; never fails: what cannot be asked is forgotten within a second. Must not be called in a transaction. */
void org_changes_ask(struct scope *sc);
void org_thread_end(void); /* forgets what this thread remembers */

/* ---- secrets: a key-encryption key wraps a partner's private half, that opens a customer's, and that a secret ---- */

/* The key-encryption keys this process holds; either may be NULL. Owned by the caller, kept until the process ends. The
 * old ones open what has not been wrapped anew yet, while keys are being exchanged. */
void org_keks_set(const struct secret *edge, const struct secret *connection);
void org_keks_old_set(const struct secret *edge, const struct secret *connection);

enum org_class { ORG_EDGE, ORG_CONNECTION };
const char *org_class_name(enum org_class c);
bool org_kek_is_here(enum org_class c); /* does this process hold the class's key-encryption key? */

/* A public key to seal to. Its epoch stands in the associated data, so it is asked for first; from then until the
 * transaction ends the partner's keys stay. Needs no key-encryption key. */
struct org_target {
    int32_t epoch;
    uint8_t public_key[CRYPTO_KEY_BYTES];
};
enum err org_target_partner(struct scope *sc, enum org_class c, struct org_target *out); /* the newest */
/* The customer's own, made when it has none; ERR_NOT_FOUND for one that is not there or was erased. */
enum err org_target_customer(struct scope *sc, enum org_class c, const struct uuid *customer_id,
                             struct org_target *out);
void org_seal_to(struct scope *sc, const struct org_target *to, struct str associated, struct bytes plain,
                 struct bytes *out);

/* Seals to the newest public key of the scope's partner. Needs no key-encryption key. */
enum err org_seal(struct scope *sc, enum org_class c, struct str associated, struct bytes plain, int32_t *out_epoch,
                  struct bytes *out);
/* The key epoch to name in the associated data, before sealing in the same transaction: no newer one is made before
 * that has ended. */
enum err org_epoch(struct scope *sc, enum org_class c, int32_t *out_epoch);
/* ERR_FORBIDDEN when this process does not hold the class's key. */
enum err org_unseal(struct scope *sc, enum org_class c, int32_t epoch, struct bytes wrapped, struct str associated,
                    struct bytes sealed, struct secret **out);

/* What opens a secret of a customer's. */
struct org_chain {
    enum org_class class;
    int32_t partner_epoch;
    struct bytes wrapped;           /* the partner's private half */
    const struct uuid *customer_id; /* NULL: it is sealed to the partner's key, as those of before are */
    int32_t customer_epoch;
    struct bytes customer_sealed; /* the customer's private half */
};
enum err org_unseal_customer(struct scope *sc, const struct org_chain *chain, struct str associated,
                             struct bytes sealed, struct secret **out);

/* Vouched for: signed (Ed25519) by this installation's key for a purpose, which is derived from the edge key-encryption
 * key: who may write into the database, and has not that key, cannot make such a signature. Whoever has not the key
 * either checks by public keys that it was told of (org_signers_set). ERR_FORBIDDEN: this process cannot sign. */
enum err org_vouch(struct scope *sc, const char *purpose, struct str what, uint8_t public_key[CRYPTO_KEY_BYTES],
                   uint8_t signature[CRYPTO_SIGNATURE_BYTES]);
/* *out_old: it is good by the key-encryption key before the current one alone. ERR_UNAVAILABLE: this process knows no
 * key to check by. */
enum err org_vouched(struct scope *sc, const char *purpose, struct str what, struct bytes signature, bool *out_good,
                     bool *out_old);
#define ORG_SIGNERS_MAX 2
void org_signers_set(const uint8_t (*keys)[CRYPTO_KEY_BYTES], size_t n); /* once, at start */

/* ---- the key ring: epochs of a partner's keys, turned while work goes on; as tenon_operator ---- */

struct org_ring_item {
    const char *kind; /* "customer key" */
    struct uuid id;
    int32_t epoch; /* of the partner's key that it hangs on; 0: that is gone */
    enum err opened;
};
/* A walk over all that hangs on the keys of a class of the scope's partner. */
struct org_ring_walk {
    enum org_class class;
    bool renew;    /* seal anew what is under epochs older than "below", and pass over the rest */
    int32_t below; /* the newest epoch when renewing */
    void (*seen)(void *arg, const struct org_ring_item *item);
    void *arg;
    size_t failed; /* items that did not open */
    size_t count;  /* items seen */
};
typedef enum err org_ring_walker(struct scope *sc, struct org_ring_walk *w);
#define ORG_RING_PAGE 100 /* items a transaction: what a walk that was killed loses */
/* Rows of the walker's own statement; last: the id that the next page begins after. */
struct org_ring_page {
    const void *rows;
    size_t n, size;
    struct uuid last;
};
#define ORG_RING_PAGE_OF(rows_, id_)                                                                                   \
    ((struct org_ring_page){(rows_).v, (rows_).n, sizeof(*(rows_).v),                                                  \
                            (rows_).n ? (rows_).v[(rows_).n - 1].id_ : (struct uuid){{0}}})
/* At most ORG_RING_PAGE rows that come after an id (nil: the first), in its order. */
typedef enum err org_ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                                struct org_ring_page *out);
/* Opens one of them, tells the walk and, when that renews, seals it anew. */
typedef enum err org_ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *row);
/* What every walker is: page after page, each a transaction. */
enum err org_ring_pages(struct scope *sc, struct org_ring_walk *w, org_ring_fetch *fetch, org_ring_reseal *reseal);
/* A room that keeps sealed things says how to walk them, once, at start. */
void org_ring_add(org_ring_walker *walker);
void org_ring_seen(struct org_ring_walk *w, const struct org_ring_item *item);

/* A walker's help with what is sealed to the partner's own key. */
struct org_ring_row {
    const char *kind; /* "certificate" */
    struct uuid id;
    int32_t epoch;
    struct bytes sealed, wrapped;
};
typedef struct str org_ring_label(struct scope *sc, const struct uuid *id, int32_t epoch);
/* Opens the row and tells the walk; when that renews, seals it anew. out_sealed stays empty when nothing is to be
 * written. */
enum err org_ring_row(struct scope *sc, struct org_ring_walk *w, const struct org_ring_row *row, org_ring_label *label,
                      int32_t *out_epoch, struct bytes *out_sealed);

/* The newest epoch of the class, made unless a rotation before it was not finished: that one is gone on with. Ends the
 * transaction, as all of these do. */
enum err org_ring_begin(struct scope *sc, enum org_class c, int32_t *out_newest);
enum err org_ring_each(struct scope *sc, struct org_ring_walk *w);
/* Takes older epochs away for good. ERR_CONFLICT, and nothing is taken, while anything refers to one. */
enum err org_ring_retire(struct scope *sc, enum org_class c, int32_t newest, int32_t *out_retired);
/* Wraps under the current key-encryption key what the old one still wraps. */
enum err org_ring_rewrap(struct scope *sc, enum org_class c, size_t *out_done, size_t *out_failed);

struct org_ring_epoch {
    int32_t epoch;
    const char *opens_with; /* "current" or "old" key-encryption key, "none" of both, "unknown" without one */
};
enum err org_ring_list(struct scope *sc, enum org_class c, struct org_ring_epoch **out, size_t *out_n);

struct org_partner {
    struct uuid partner_id;
    const char *slug, *name, *status;
};
enum err org_partner_list(struct scope *sc, struct org_partner **out, size_t *out_n); /* names no tenant */

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
/* Makes the purpose's first key, or its next, which retires the one before, from a private half the caller made.
 * ERR_CONFLICT: another transaction made one meanwhile; the first one's key is then the one to use. */
enum org_signing_which { ORG_SIGNING_FIRST, ORG_SIGNING_NEXT };
enum err org_signing_add(struct scope *sc, enum org_purpose p, enum org_signing_which which, struct bytes public_key,
                         struct bytes private_half, struct uuid *out_key_id);
/* The current one; ERR_NOT_FOUND when none was made yet. */
enum err org_signing_current(struct scope *sc, enum org_purpose p, struct org_signing_key *out);
/* ERR_FORBIDDEN when this process does not hold the class's key. The result is the caller's to free. */
enum err org_signing_open(struct scope *sc, enum org_purpose p, const struct org_signing_key *key, struct secret **out);
/* Ed25519 purposes: signs with the current key, which is made when there is none. */
enum err org_sign(struct scope *sc, enum org_purpose p, struct str text, struct uuid *out_key_id,
                  uint8_t out[CRYPTO_SIGNATURE_BYTES]);

/* ERR_NOT_FOUND unless the scope's tenant has this customer. */
enum err org_customer_check(struct scope *sc, const struct uuid *customer_id);

const char *org_purpose_name(enum org_purpose p);

struct org_public_key {
    struct uuid key_id;
    struct bytes public_key;
    int64_t created_at_us, retired_at_us; /* INT64_MIN: in use */
};
/* Newest first, retired ones as well: what they signed stays signed. At most 200. */
enum err org_signing_list(struct scope *sc, enum org_purpose p, struct org_public_key **out, size_t *out_n);

/* The walls around the caller's tenant, tried in its own transaction: see 0020_isolation.sql for what each word means.
 */
struct org_proof_table {
    const char *name;
    bool forced, readable, others_exist, sees_own, sees_others, refuses_unset, sees_as_nobody, passed;
};

struct org_proof {
    const struct org_proof_table *tables;
    size_t table_count;
    bool role_is_ordinary, role_owns_nothing, role_is_no_other, row_security_is_on;
    bool foreign_seal_closed; /* what is sealed for this partner does not open as another */
    bool passed;
};
enum err org_proof_run(struct scope *sc, struct org_proof *out);

/* Setting up, as tenon_operator; the scope's tenant is set by partner_create and stays. */
enum err org_partner_create(struct scope *sc, const char *slug, const char *name, const char *host, const char *brand,
                            struct uuid *out);
enum err org_partner_use(struct scope *sc, const char *slug); /* sets the scope's tenant, or ERR_NOT_FOUND */
enum err org_customer_create(struct scope *sc, const char *name, struct uuid *out);
enum err org_environment(struct scope *sc, const struct uuid *customer_id, struct uuid *out); /* the live one */
enum err org_environment_find(struct scope *sc, const struct uuid *customer_id, const char *kind, struct uuid *out);
enum err org_environment_add(struct scope *sc, const struct uuid *customer_id, const char *kind);

/* ---- what a partner's customers are made of ---- */

struct org_customer {
    struct uuid customer_id;
    const char *name, *external_id, *status, *status_reason;
    const char *certificate;                              /* JSON, of one that is erased; NULL otherwise */
    int64_t created_at_us, suspended_at_us, closed_at_us; /* INT64_MIN: not */
    int64_t row_version;
};
/* By id, or by the partner's own id when external_id is not NULL. */
enum err org_customer_get(struct scope *sc, const struct uuid *id, const char *external_id, struct org_customer *out);
enum err org_customer_list(struct scope *sc, const struct uuid *after, size_t most, struct org_customer **out,
                           size_t *out_n);
/* With a live and a sandbox environment. external_id may be NULL. */
enum err org_customer_add(struct scope *sc, const char *name, const char *external_id, struct uuid *out);
/* *out_changed false: its version is another. */
enum err org_customer_change(struct scope *sc, const struct org_customer *to, bool *out_changed);

struct org_brand {
    struct uuid customer_id, brand_id, entity_id; /* entity nil: none */
    const char *code, *name;
    int64_t created_at_us, row_version;
};
/* customer_id NULL: of all that the caller stands for. */
enum err org_brand_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                        struct org_brand **out, size_t *out_n);
enum err org_brand_get(struct scope *sc, const struct uuid *id, struct org_brand *out);
enum err org_brand_add(struct scope *sc, const struct org_brand *b);
enum err org_brand_change(struct scope *sc, const struct org_brand *to, bool *out_changed);
/* ERR_CONFLICT while something refers to it. */
enum err org_brand_delete(struct scope *sc, const struct org_brand *b);

struct org_entity {
    struct uuid customer_id, entity_id;
    const char *code, *name, *base_currency, *time_zone;
    int64_t created_at_us, row_version;
};
enum err org_entity_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                         struct org_entity **out, size_t *out_n);
enum err org_entity_get(struct scope *sc, const struct uuid *id, struct org_entity *out);
enum err org_entity_add(struct scope *sc, const struct org_entity *e);
enum err org_entity_change(struct scope *sc, const struct org_entity *to, bool *out_changed);
enum err org_entity_delete(struct scope *sc, const struct org_entity *e);
enum err org_time_zone_known(struct scope *sc, const char *name, bool *out);

struct org_environment {
    struct uuid customer_id, environment_id;
    const char *kind;
    int64_t created_at_us;
};
enum err org_environment_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                              struct org_environment **out, size_t *out_n);
