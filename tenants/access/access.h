#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* access: who a caller is and what it may. People, their roles and sessions, API keys and OAuth clients of a partner.
 * Knows no HTTP. The fact people get wrong: the same address under two partners is two unrelated people, and nothing
 * here can be asked before the host has named the partner.
 */
enum permission {
    PERMISSION_NONE,
#define PERMISSION(id, name, level, meaning) PERMISSION_##id,
#include "access/permission.def"
#undef PERMISSION
    PERMISSION_COUNT,
};
_Static_assert(PERMISSION_COUNT <= 64, "permissions are bits of a 64-bit set");

enum permission_level { PERMISSION_LEVEL_CUSTOMER, PERMISSION_LEVEL_PARTNER };

const char *permission_name(enum permission p);    /* "orders:read" */
const char *permission_meaning(enum permission p); /* a sentence */
enum permission_level permission_level_of(enum permission p);
enum permission permission_find(struct str name); /* PERMISSION_NONE: there is no such */
#define PERMISSION_BIT(p) (UINT64_C(1) << (p))
/* Of names with commas around each, as the database hands them over; unknown ones count for nothing. */
uint64_t permission_set(const char *comma_names);

/* Who asks, as its credential says, before the tenant is set. */
struct caller {
    struct uuid partner_id;
    bool has_customer; /* false: the whole partner */
    struct uuid customer_id;
    bool has_brand; /* bound to one store brand of the customer */
    struct uuid brand_id;
    enum actor_kind kind;
    struct uuid actor_id;   /* the key, user or client */
    struct uuid session_id; /* of a user; nil otherwise */
    struct uuid grant_id;   /* of an operator; nil otherwise */
    uint64_t may;           /* PERMISSION_BITs */
};
bool caller_may(const struct caller *c, enum permission p);

/* Who presents this API key ("sk_live_…"). ERR_UNAUTHENTICATED for anything else, and from an address (the scope's)
 * that is not the key's. Up to a second old; parks otherwise. */
enum err access_key_find(struct scope *sc, struct str presented, struct caller *out);
/* It would be found without asking the database, from this address. */
bool access_key_is_known(struct scope *sc, struct str presented);
