#pragma once

#include "access/people.h"
#include "audit/audit.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "q_people.h"

struct bytes people_token_hash(struct scope *sc, struct str token);

/* A letter to whoever signs in from an address that none of the person's sessions came from. Before the session. */
enum err sign_in_place_tell(struct scope *sc, const struct uuid *user_id, const char *agent);

const char *people_printable(struct scope *sc, const char *text, size_t max);
const char *people_expiry(struct scope *sc, int seconds); /* from now, RFC 3339 */
/* RFC 4648 section 5, without padding. ERR_INVALID without words. */
enum err people_base64url(struct scope *sc, struct str text, struct bytes *out);

static inline void people_note(struct scope *sc, const char *action, const struct uuid *user_id, const char *detail)
{
    struct audit_act act = {.action = action, .object_kind = "usr", .detail = detail};

    if (user_id)
        act.object_id = *user_id;
    audit_note(sc, &act);
}

/* What the sealed secret of a person's app is bound to. */
struct str access_totp_label(struct scope *sc, const struct uuid *user_id, int32_t epoch);
