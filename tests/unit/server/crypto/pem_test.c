#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "kit/test.h"
#include "unit/server/crypto/pems.h"

static struct scope *start(void)
{
    struct scope *sc = test_scope();

    CHECK_OK(crypto_start(sc));
    return sc;
}

static int64_t at(const char *text)
{
    int64_t us = 0;

    CHECK(time_parse(str_of(text), &us));
    return us;
}

static bool chain(const char *pem, const char *roots, const char *name, const char *when)
{
    struct bytes key;

    return crypto_chain_key(start()->arena, str_of(pem), str_of(roots), name, at(when), &key);
}

#define NOW "2027-03-01T00:00:00Z"

TEST(a_chain_leads_from_its_leaf_to_a_root_in_time)
{
    CHECK(chain(PEM_LEAF PEM_ISSUER, PEM_ROOT, "signer.example.com", NOW));
    CHECK(chain(PEM_LEAF PEM_ISSUER PEM_ROOT, PEM_ROOT, NULL, NOW));
    CHECK(!chain(PEM_LEAF, PEM_ROOT, NULL, NOW));
    CHECK(!chain(PEM_ISSUER PEM_LEAF, PEM_ROOT, NULL, NOW));
    CHECK(!chain(PEM_LEAF PEM_LEAF, PEM_ROOT, NULL, NOW));
    CHECK(!chain(PEM_LEAF PEM_ISSUER, PEM_WEAK, NULL, NOW));
    CHECK(!chain(PEM_LEAF PEM_ISSUER, PEM_ROOT, "other.example.com", NOW));
    CHECK(!chain(PEM_LEAF PEM_ISSUER, PEM_ROOT, NULL, "2026-11-29T00:00:00Z"));
    CHECK(!chain(PEM_LEAF PEM_ISSUER, PEM_ROOT, NULL, "2127-01-01T00:00:00Z"));
    CHECK(chain(PEM_LEAF PEM_ISSUER, PEM_ROOT, NULL, "2126-10-01T00:00:00Z"));
}

TEST(without_roots_the_last_certificate_is_trusted_and_no_other)
{
    CHECK(chain(PEM_LEAF PEM_ISSUER, "", NULL, NOW));
    CHECK(chain(PEM_LEAF, "", NULL, NOW));
    CHECK(chain(PEM_ROOT, "", NULL, NOW));
    CHECK(!chain(PEM_LEAF PEM_ROOT, "", NULL, NOW));
    CHECK(!chain(PEM_LEAF, "", NULL, "2126-12-01T00:00:00Z"));
    CHECK(!chain(PEM_WEAK, "", NULL, NOW));
}

TEST(what_is_no_chain_is_refused)
{
    CHECK(!chain("", "", NULL, NOW));
    CHECK(!chain("not a certificate", "", NULL, NOW));
    CHECK(!chain(PEM_LEAF_PUBLIC, "", NULL, NOW));
    CHECK(!chain(PEM_LEAF "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "", NULL, NOW));
    CHECK(!chain(PEM_LEAF PEM_ISSUER, "nobody", NULL, NOW));
}

static struct bytes signed_by(struct scope *sc, const char *pem, enum crypto_key_kind kind, enum crypto_digest d)
{
    struct secret *key = secret_copy(pem, strlen(pem));
    struct bytes out = {NULL, 0};

    CHECK_OK(crypto_pem_sign(sc, key, kind, d, (struct bytes){"left right", 10}, &out));
    secret_free(key);
    return out;
}

TEST(a_signature_is_right_for_its_key_its_digest_and_its_octets_alone)
{
    struct scope *sc = start();
    struct bytes rsa, ec, leaf, parts[] = {{"left ", 5}, {"", 0}, {"right", 5}};
    struct bytes good = signed_by(sc, PEM_LEAF_KEY, CRYPTO_RSA, CRYPTO_SHA256);
    struct bytes curve = signed_by(sc, PEM_EC_KEY, CRYPTO_P256, CRYPTO_SHA1);

    CHECK(crypto_pem_key(sc->arena, str_of(PEM_LEAF_PUBLIC), &rsa));
    CHECK(crypto_pem_key(sc->arena, str_of(PEM_EC_PUBLIC), &ec));
    CHECK(crypto_chain_key(sc->arena, str_of(PEM_LEAF PEM_ISSUER), str_of(PEM_ROOT), NULL, at(NOW), &leaf));
    CHECK(leaf.n == rsa.n && memcmp(leaf.p, rsa.p, rsa.n) == 0);
    CHECK(crypto_key_verify(rsa, CRYPTO_RSA, CRYPTO_SHA256, parts, 3, good));
    CHECK(!crypto_key_verify(rsa, CRYPTO_RSA, CRYPTO_SHA1, parts, 3, good));
    CHECK(!crypto_key_verify(rsa, CRYPTO_P256, CRYPTO_SHA256, parts, 3, good));
    CHECK(!crypto_key_verify(rsa, CRYPTO_RSA, CRYPTO_SHA256, parts, 2, good));
    CHECK(!crypto_key_verify(ec, CRYPTO_RSA, CRYPTO_SHA256, parts, 3, good));
    CHECK(crypto_key_verify(ec, CRYPTO_P256, CRYPTO_SHA1, parts, 3, curve));
    CHECK(!crypto_key_verify(ec, CRYPTO_P256, CRYPTO_SHA256, parts, 3, curve));
    CHECK(!crypto_key_verify(ec, CRYPTO_P256, CRYPTO_SHA1, parts + 1, 2, curve));
    CHECK(!crypto_key_verify(rsa, CRYPTO_RSA, CRYPTO_SHA256, parts, 3, (struct bytes){"", 0}));
    CHECK(!crypto_key_verify((struct bytes){"x", 1}, CRYPTO_RSA, CRYPTO_SHA256, parts, 3, good));
}

TEST(a_key_that_is_weak_locked_or_of_another_kind_does_not_sign)
{
    static const char *const wrong[] = {PEM_WEAK_KEY,    PEM_LOCKED_KEY, PEM_P384_KEY, PEM_EC_PUBLIC,
                                        PEM_LEAF_PUBLIC, PEM_LEAF,       "x",          ""};
    struct scope *sc = start();
    struct bytes what = {"x", 1}, out;

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct secret *key = secret_copy(wrong[i], strlen(wrong[i]));

        CHECK_ERR(crypto_pem_sign(sc, key, CRYPTO_RSA, CRYPTO_SHA256, what, &out), ERR_INVALID);
        CHECK_ERR(crypto_pem_sign(sc, key, CRYPTO_P256, CRYPTO_SHA256, what, &out), ERR_INVALID);
        secret_free(key);
    }
    CHECK_ERR(crypto_pem_sign(sc, NULL, CRYPTO_RSA, CRYPTO_SHA256, what, &out), ERR_INVALID);
}

TEST(ecdsa_in_der_has_a_raw_form_that_verifies)
{
    struct scope *sc = start();
    struct bytes der = signed_by(sc, PEM_EC_KEY, CRYPTO_P256, CRYPTO_SHA256), spki;
    uint8_t raw[64];

    CHECK(crypto_es256_raw(der, raw));
    CHECK(crypto_pem_key(sc->arena, str_of(PEM_EC_PUBLIC), &spki));
    /* The point is the last of a key's octets. */
    CHECK(crypto_es256_verify_raw((const uint8_t *)spki.p + spki.n - CRYPTO_POINT_BYTES, "left right", 10, raw));
    CHECK(!crypto_es256_raw((struct bytes){der.p, der.n - 1}, raw));
    CHECK(!crypto_es256_raw((struct bytes){"", 0}, raw));
}

TEST(hmac_over_parts_is_hmac_over_their_octets)
{
    /* RFC 4231 case 2, RFC 2202 case 2 */
    static const char sha256[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    static const char sha1[] = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    struct bytes parts[] = {{"what do ya ", 11}, {NULL, 0}, {"want for nothing?", 17}}, key = {"Jefe", 4};
    struct scope *sc = start();
    uint8_t mac[CRYPTO_DIGEST_MAX];
    struct buf b;

    crypto_hmac(CRYPTO_SHA256, key, parts, 3, mac);
    buf_init(&b, sc->arena, 200);
    buf_hex(&b, mac, 32);
    CHECK_STR(buf_cstr(&b), sha256);
    crypto_hmac(CRYPTO_SHA1, key, parts, 3, mac);
    buf_init(&b, sc->arena, 200);
    buf_hex(&b, mac, crypto_digest_size(CRYPTO_SHA1));
    CHECK_STR(buf_cstr(&b), sha1);
}
