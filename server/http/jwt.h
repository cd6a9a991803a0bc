#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "crypto/crypto.h"
#include "json/doc.h"

/* jwt: signed tokens in compact form (RFC 7515, 7519), by ES256 and nothing else. Knows no tenant and asks nobody for
 * keys. The fact people get wrong: the library takes the algorithm from the token and overlooks repeated members,
 * `crit` and times that are no integers. So a token is read here, strictly, before the library sees it, which then only
 * computes. Nor does it know another typ than JWT: what a token is for shows in the kind of its key, and its issuer.
 */
#define HTTP_JWT_MAX 4096

struct http_jwt {
    const char *token; /* NUL-terminated */
    struct uuid key_id;
    const struct doc *claims;
    struct str iss, aud, sub, jti; /* empty: absent */
    int64_t iat, nbf, exp;         /* seconds; nbf is iat when it is absent */
};

/* Three canonical parts, a head of alg (ES256), kid and perhaps typ (JWT) alone, the kid an id of ours of this kind,
 * claims that are one object, iat and exp among them. ERR_INVALID otherwise. Nothing is proven yet. */
enum err http_jwt_read(struct scope *sc, struct str token, const char *key_prefix, struct http_jwt *out);

struct http_jwt_rule {
    const char *iss; /* NULL: any */
    const char *aud;
    int64_t now;     /* seconds */
    int64_t longest; /* from iat to exp */
    int64_t ahead;   /* how far the issuer's clock may be ahead of ours; for the end of the token there is no leeway */
};
/* ERR_INVALID for another's token and for one whose time is not now. */
enum err http_jwt_judge(struct scope *sc, const struct http_jwt *t, const struct http_jwt_rule *rule);
/* ERR_INVALID unless this key (PEM) signed it. */
enum err http_jwt_verify(struct scope *sc, const struct http_jwt *t, const char *public_pem);
enum err http_jwt_sign(struct scope *sc, const char *key_prefix, const struct uuid *key_id, const char *claims_json,
                       const struct secret *private_pem, const char **out);
