#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include "base/must.h"
#include "crypto/crypto.h"

/* Signatures that others made with keys of theirs: what does not parse does not verify. */

void crypto_hmac_sha1(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[20])
{
    MUST_BE(key_n <= 1024 && HMAC(EVP_sha1(), key, (int)key_n, p, n, out, NULL));
}

static EVP_PKEY *key_from(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (!c || !params || EVP_PKEY_fromdata_init(c) != 1 || EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(c);
    return key;
}

static bool verify(EVP_PKEY *key, const void *p, size_t n, const uint8_t *signature, size_t signature_n)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good = key && c && EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(c, signature, signature_n, p, n) == 1;

    EVP_MD_CTX_free(c);
    EVP_PKEY_free(key);
    return good;
}

static EVP_PKEY *p256(const uint8_t point[65])
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){"P-256"}, 0),
                           OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point, 65),
                           OSSL_PARAM_construct_end()};

    return point[0] == 4 ? key_from("EC", params) : NULL;
}

bool crypto_p256_is_point(const uint8_t point[65])
{
    EVP_PKEY *key = p256(point);

    EVP_PKEY_free(key);
    return key != NULL;
}

bool crypto_es256_verify(const uint8_t point[65], const void *p, size_t n, const uint8_t *der, size_t der_n)
{
    return verify(p256(point), p, n, der, der_n);
}

bool crypto_es256_verify_raw(const uint8_t point[65], const void *p, size_t n, const uint8_t rs[64])
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(rs, 32, NULL), *s = BN_bin2bn(rs + 32, 32, NULL);
    unsigned char *der = NULL;
    bool good;
    int der_n;

    MUST_BE(sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1);
    der_n = i2d_ECDSA_SIG(sig, &der);
    good = der_n > 0 && crypto_es256_verify(point, p, n, der, (size_t)der_n);
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return good;
}

bool crypto_rs256_verify(struct bytes modulus, struct bytes exponent, const void *p, size_t n, const uint8_t *signature,
                         size_t signature_n)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    BIGNUM *m = BN_bin2bn(modulus.p, (int)modulus.n, NULL), *e = BN_bin2bn(exponent.p, (int)exponent.n, NULL);
    OSSL_PARAM *params = NULL;
    bool good = false;

    if (b && m && e && BN_num_bits(m) >= 2048 && BN_num_bits(m) <= 8192 && BN_num_bits(e) <= 64 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, m) == 1 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        params = OSSL_PARAM_BLD_to_param(b);
    if (params)
        good = verify(key_from("RSA", params), p, n, signature, signature_n);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    BN_free(m);
    BN_free(e);
    return good;
}
