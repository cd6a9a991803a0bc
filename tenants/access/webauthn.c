#include <string.h>

#include "access/cbor_int.h"
#include "access/passkey_int.h"
#include "access/people_int.h"
#include "json/doc.h"

enum { USER_PRESENT = 1, USER_VERIFIED = 4, HAS_CREDENTIAL = 64, HAS_EXTENSIONS = 128 };
enum { COSE_KTY = 1, COSE_ALG = 3, COSE_CRV = -1, COSE_X = -2, COSE_Y = -3 };
#define AUTH_HEAD      37 /* hash of the host, flags, counter */
#define AAGUID         16
#define CREDENTIAL_MAX 1023

static enum err bad(struct scope *sc, const char *why)
{
    enum err e = FAIL(sc, ERR_UNAUTHENTICATED, "the passkey was not taken");

    scope_detail(sc, "%s", why);
    return e;
}

enum err people_base64url(struct scope *sc, struct str text, struct bytes *out)
{
    uint8_t *octets = arena_alloc(sc->arena, text.n + 1);
    size_t n;

    if (!base64url_decode(text, octets, text.n, &n))
        return ERR_INVALID;
    *out = (struct bytes){octets, n};
    return OK;
}

static bool text_is(const struct doc *d, const char *member, const char *want)
{
    return doc_kind(doc_get(d, member)) == DOC_TEXT && str_is(doc_text(doc_get(d, member)), want);
}

enum err passkey_client_read(struct scope *sc, struct bytes client_data, const char *type, const char *origin,
                             const char **out_challenge)
{
    const struct doc *d;
    struct bytes challenge;
    bool crossed = false;

    if (doc_parse(sc, (struct str){client_data.p, client_data.n}, &d) != OK)
        return bad(sc, "the client data is no JSON");
    if (!text_is(d, "type", type))
        return bad(sc, "the client data is of another ceremony");
    if (!text_is(d, "origin", origin))
        return bad(sc, "the client data is of another origin");
    if (doc_get(d, "crossOrigin") && (!doc_bool(doc_get(d, "crossOrigin"), &crossed) || crossed))
        return bad(sc, "the client data is of a frame in another page");
    if (people_base64url(sc, doc_text(doc_get(d, "challenge")), &challenge) != OK || challenge.n == 0 ||
        memchr(challenge.p, '\0', challenge.n))
        return bad(sc, "the client data has no challenge");
    *out_challenge = arena_strndup(sc->arena, challenge.p, challenge.n);
    return OK;
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The part that both ceremonies share: for this host, by a person who was there and whom the device knew. */
static enum err head_check(struct scope *sc, struct bytes data, const char *rp_id, uint8_t *out_flags)
{
    uint8_t want[CRYPTO_HASH_BYTES];
    const uint8_t *p = data.p;

    crypto_hash(rp_id, strlen(rp_id), want);
    if (data.n < AUTH_HEAD || memcmp(p, want, sizeof(want)) != 0)
        return bad(sc, "the authenticator's data is of another host");
    if (!(p[32] & USER_PRESENT) || !(p[32] & USER_VERIFIED))
        return bad(sc, "the person was not there, or not verified");
    *out_flags = p[32];
    return OK;
}

static bool coordinate(struct cbor *c, uint8_t out[32])
{
    struct bytes b;

    if (!cbor_bytes(c, &b) || b.n != 32)
        return false;
    memcpy(out, b.p, 32);
    return true;
}

/* A COSE key (RFC 9053): EC2, ES256, P-256, x and y, each once. */
static bool key_read(struct cbor *c, uint8_t point[65])
{
    int64_t label, number;
    unsigned seen = 0;
    size_t entries;
    bool good = cbor_map(c, &entries) && entries == 5;

    point[0] = 4;
    for (; good && entries > 0; entries--) {
        good = cbor_int(c, &label);
        if (good && label == COSE_X)
            good = coordinate(c, point + 1);
        else if (good && label == COSE_Y)
            good = coordinate(c, point + 33);
        else if (good)
            good = cbor_int(c, &number) && ((label == COSE_KTY && number == 2) || (label == COSE_ALG && number == -7) ||
                                            (label == COSE_CRV && number == 1));
        if (good)
            seen |= 1u << (label + 3);
    }
    return good && seen == (1u << (COSE_KTY + 3) | 1u << (COSE_ALG + 3) | 1u << (COSE_CRV + 3) | 1u << (COSE_X + 3) |
                            1u << (COSE_Y + 3));
}

static bool credential_read(struct bytes data, uint8_t flags, struct passkey_made *out)
{
    const uint8_t *p = data.p;
    size_t id_n;
    struct cbor c;

    if (!(flags & HAS_CREDENTIAL) || data.n < AUTH_HEAD + AAGUID + 2)
        return false;
    id_n = (size_t)p[AUTH_HEAD + AAGUID] << 8 | p[AUTH_HEAD + AAGUID + 1];
    if (id_n == 0 || id_n > CREDENTIAL_MAX || data.n - (AUTH_HEAD + AAGUID + 2) < id_n)
        return false;
    out->credential_id = (struct bytes){p + AUTH_HEAD + AAGUID + 2, id_n};
    out->sign_count = big_endian(p + 33);
    c = (struct cbor){p + AUTH_HEAD + AAGUID + 2 + id_n, data.n - (AUTH_HEAD + AAGUID + 2) - id_n, false};
    if (!key_read(&c, out->point) || ((flags & HAS_EXTENSIONS) && !cbor_skip(&c)))
        return false;
    return c.n == 0 && crypto_p256_is_point(out->point);
}

/* {"fmt": "none", "attStmt": {}, "authData": …}: in any order, and nothing else. */
static bool attestation_read(struct bytes attestation, struct bytes *out_data)
{
    struct cbor c = {attestation.p, attestation.n, false};
    bool fmt = false, statement = false, data = false;
    size_t entries, empty;
    struct cbor_item name;

    if (!cbor_map(&c, &entries) || entries != 3)
        return false;
    for (; entries > 0; entries--) {
        if (!cbor_next(&c, &name) || name.kind != CBOR_TEXT)
            return false;
        if (name.bytes.n == 3 && memcmp(name.bytes.p, "fmt", 3) == 0)
            fmt = cbor_text_is(&c, "none");
        else if (name.bytes.n == 7 && memcmp(name.bytes.p, "attStmt", 7) == 0)
            statement = cbor_map(&c, &empty) && empty == 0;
        else if (name.bytes.n == 8 && memcmp(name.bytes.p, "authData", 8) == 0)
            data = cbor_bytes(&c, out_data);
        else
            return false;
    }
    return fmt && statement && data && c.n == 0 && !c.bad;
}

enum err passkey_made_read(struct scope *sc, struct bytes attestation, const char *rp_id, struct passkey_made *out)
{
    struct bytes data;
    uint8_t flags;

    if (!attestation_read(attestation, &data))
        return bad(sc, "the attestation is not of the form that was asked for");
    TRY(sc, head_check(sc, data, rp_id, &flags));
    if (!credential_read(data, flags, out))
        return bad(sc, "the attestation holds no key of ES256");
    return OK;
}

enum err passkey_proof_check(struct scope *sc, const uint8_t point[65], const char *rp_id,
                             struct bytes authenticator_data, struct bytes client_data, struct bytes signature,
                             uint32_t *out_sign_count)
{
    uint8_t *text = arena_alloc(sc->arena, authenticator_data.n + CRYPTO_HASH_BYTES);
    const uint8_t *p = authenticator_data.p;
    uint8_t flags;

    TRY(sc, head_check(sc, authenticator_data, rp_id, &flags));
    if (flags & HAS_CREDENTIAL || (!(flags & HAS_EXTENSIONS) && authenticator_data.n != AUTH_HEAD))
        return bad(sc, "the authenticator's data is not that of a proof");
    memcpy(text, p, authenticator_data.n);
    crypto_hash(client_data.p, client_data.n, text + authenticator_data.n);
    if (!crypto_es256_verify(point, text, authenticator_data.n + CRYPTO_HASH_BYTES, signature.p, signature.n))
        return bad(sc, "the signature is wrong");
    *out_sign_count = big_endian(p + 33);
    return OK;
}
