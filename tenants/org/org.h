#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "crypto/crypto.h"

/* org: partners, their hosts and keys, customers, and who a caller is. Knows no HTTP and no outside system.
 * The fact people get wrong: the look-ups here run before a tenant is known, through functions of the database that
 * answer one row for one exact name; everything after them runs inside the tenant.
 */
#define ORG_KEY_TEXT_MAX 64
#define ORG_SCOPES_MAX   256

struct org_host {
    struct uuid partner_id;
    const char *slug;
    const char *name;
    const char *brand_pack;
};

/* Which partner answers on this host (lower case, no port). ERR_NOT_FOUND for an unknown or unverified host and for
 * partners that are closed. Answers up to a second old come from the thread's memory; parks otherwise. */
enum err org_host_find(struct scope *sc, struct str host, struct org_host *out);

struct org_caller {
    struct uuid partner_id;
    struct uuid customer_id;
    bool has_customer;
    struct uuid api_key_id;
    char scopes[ORG_SCOPES_MAX]; /* ",orders:read,messages:read," */
};
bool org_caller_may(const struct org_caller *c, const char *scope);

/* Who presents this API key ("sk_live_…"). ERR_UNAUTHENTICATED for anything else. Up to a second old, as above. */
enum err org_key_find(struct scope *sc, struct str presented, struct org_caller *out);
bool org_key_is_known(struct str presented); /* it would be found without asking the database */
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

enum err org_key_name(struct scope *sc, const struct uuid *api_key_id, const char **out);

/* Setting up, as tenon_operator; the scope's tenant is set by partner_create and stays. */
enum err org_partner_create(struct scope *sc, const char *slug, const char *name, const char *host, const char *brand,
                            struct uuid *out);
enum err org_partner_use(struct scope *sc, const char *slug); /* sets the scope's tenant, or ERR_NOT_FOUND */
enum err org_customer_create(struct scope *sc, const char *name, struct uuid *out);
/* customer_id NULL: a key for the whole partner. out_text is shown once and kept nowhere. */
enum err org_key_create(struct scope *sc, const struct uuid *customer_id, const char *name,
                        char out_text[ORG_KEY_TEXT_MAX]);
enum err org_environment(struct scope *sc, const struct uuid *customer_id, struct uuid *out); /* the live one */
