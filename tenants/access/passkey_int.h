#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"

/* What a browser hands over of a passkey, judged without asking anybody: Web Authentication level 2, sections 7.1
 * and 7.2, for ES256 and attestation "none". */
struct passkey_made {
    struct bytes credential_id;
    uint8_t point[65];
    uint32_t sign_count;
};

/* type: "webauthn.create" or "webauthn.get"; origin: "https://host:port", exactly. *out_challenge in the arena. */
enum err passkey_client_read(struct scope *sc, struct bytes client_data, const char *type, const char *origin,
                             const char **out_challenge);
enum err passkey_made_read(struct scope *sc, struct bytes attestation, const char *rp_id, struct passkey_made *out);
enum err passkey_proof_check(struct scope *sc, const uint8_t point[65], const char *rp_id,
                             struct bytes authenticator_data, struct bytes client_data, struct bytes signature,
                             uint32_t *out_sign_count);
