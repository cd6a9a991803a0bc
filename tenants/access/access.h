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
    bool must_choose;       /* a user of several customers or store brands who named none: may nothing yet */
    bool second_factor_due; /* a user who may nothing until there is one */
};
bool caller_may(const struct caller *c, enum permission p);

/* Who presents this API key ("sk_live_…"). ERR_UNAUTHENTICATED for anything else, and from an address (the scope's)
 * that is not the key's. Up to a second old; parks otherwise. */
enum err access_key_find(struct scope *sc, struct str presented, struct caller *out);
/* It would be found without asking the database, from this address. */
bool access_key_is_known(struct scope *sc, struct str presented);

/* Grants let a member of the operator's staff in to a customer's data (or a whole partner's) for a stated reason and
 * at most eight hours, seen and ended by the partner. The fact people get wrong: without a live one the database shows
 * the operator's own role no order either (policy "granted"). */
#define ACCESS_GRANT_PREFIX      "gra"
#define ACCESS_GRANT_MINUTES     30
#define ACCESS_GRANT_MINUTES_MAX 480
#define ACCESS_GRANT_TEXT_MAX    72

struct access_grant {
    struct uuid grant_id;
    bool has_customer; /* false: all of the partner's */
    struct uuid customer_id;
    const char *operator_name, *reason, *revoked_by;     /* NULL: was not ended */
    int64_t granted_at_us, expires_at_us, revoked_at_us; /* INT64_MIN: was not ended */
    bool live;
};

/* Who bears this grant ("sk_grant_…"). ERR_UNAUTHENTICATED for anything else; up to a second old; parks otherwise. */
enum err access_grant_find(struct scope *sc, struct str presented, struct caller *out);
bool access_grant_is_key(struct str presented);
bool access_grant_is_known(struct str presented);
void access_grants_forget(void);

struct access_grant_new {
    const struct uuid *customer_id; /* NULL: all of the partner's */
    const char *operator_name, *reason;
    int64_t minutes;
};
/* As tenon_operator. out_text is shown once and kept nowhere. On the record, and told to the partner's owners. */
enum err access_grant_create(struct scope *sc, const struct access_grant_new *g, struct uuid *out,
                             char out_text[ACCESS_GRANT_TEXT_MAX]);
/* Newest first, those before the id given (nil: from the newest). */
enum err access_grant_list(struct scope *sc, const struct uuid *before, size_t most, struct access_grant **out,
                           size_t *out_n);
enum err access_grant_get(struct scope *sc, const struct uuid *id, struct access_grant *out);
/* ERR_CONFLICT when it has ended. On the record. */
enum err access_grant_revoke(struct scope *sc, const struct uuid *id, const char *by);
/* As tenon_operator: the named person's live grant becomes the scope's actor. customer_id NULL: of any customer.
 * ERR_FORBIDDEN when there is none. */
enum err access_grant_use(struct scope *sc, const char *operator_name, const struct uuid *customer_id);
/* What the scope's actor is called, for a timeline: by the API key "laptop". */
enum err access_actor_words(struct scope *sc, const char **out);

/* What hangs on the partner's keys, for whoever turns the key ring (org_ring_add). */
struct org_ring_walk;
enum err access_ring_walk(struct scope *sc, struct org_ring_walk *w);
