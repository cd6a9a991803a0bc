#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* audit: who did what, from where, before and after: one append-only, gap-free, hash-chained record a partner.
 * An entry stands in the transaction of the act: audit_note keeps it, and db_commit writes all that were kept last,
 * when the partner's chain is locked for the shortest time. Actor, address, tenant and request come from the scope. The
 * fact people get wrong: nothing is written when the transaction is rolled back, so a refusal that must be seen needs a
 * transaction of its own.
 */
struct audit_act {
    const char *action;      /* "connection.create": noun and verb */
    const char *object_kind; /* TypeID prefix of the object: "con" */
    struct uuid object_id;   /* nil: the act has no single object */
    bool has_customer;       /* false: the scope's, when it is bound to one */
    struct uuid customer_id;
    struct str before, after; /* JSON without secrets; only their digests are kept. Empty: there was none */
    const char *detail;       /* for the reader, at most 500 octets, no secret, no personal data; NULL: none */
    const char *reason;       /* as a person gave it; NULL: none */
};
/* Texts are copied into the scope's arena. Never fails; the writing may fail the commit. */
void audit_note(struct scope *sc, const struct audit_act *act);
/* A read of money, personal data or the audit itself: noted before the answer leaves, at most once a minute for each
 * actor, address, action and object. Parks. */
enum err audit_read(struct scope *sc, const char *action, const char *object_kind, const struct uuid *object_id);
