#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/must.h"
#include "crypto/crypto.h"

static void key_free(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

static void bio_free(BIO **b)
{
    BIO_free(*b);
}

void crypto_es256_pair_new(uint8_t point[CRYPTO_POINT_BYTES], struct secret **out_pem)
{
    CLEANUP(key_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_secmem());
    size_t point_n = 0;
    char *text;
    long n;

    MUST_BE(key && bio);
    MUST_BE(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, CRYPTO_POINT_BYTES, &point_n) == 1 &&
            point_n == CRYPTO_POINT_BYTES && point[0] == 4);
    MUST_BE(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
    n = BIO_get_mem_data(bio, &text);
    MUST_BE(n > 0);
    *out_pem = secret_copy(text, (size_t)n);
    explicit_bzero(text, (size_t)n);
    BIO_free(bio);
}

/* libcrypto refuses a point beside the curve when it takes it in, and this curve has no other points than good ones. */
static EVP_PKEY *key_of(const uint8_t point[CRYPTO_POINT_BYTES])
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t) "P-256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point, CRYPTO_POINT_BYTES),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    bool good;

    MUST_BE(ctx && EVP_PKEY_fromdata_init(ctx) == 1);
    good = EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1;
    EVP_PKEY_CTX_free(ctx);
    return good ? key : NULL;
}

enum err crypto_es256_pem(struct scope *sc, struct bytes point, const char **out)
{
    CLEANUP(key_free) EVP_PKEY *key = NULL;
    CLEANUP(bio_free) BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;

    MUST_BE(bio);
    if (point.n == CRYPTO_POINT_BYTES && *(const uint8_t *)point.p == 4)
        key = key_of(point.p);
    if (!key)
        return FAIL(sc, ERR_INVALID, "this is no point of the curve P-256");
    MUST_BE(PEM_write_bio_PUBKEY(bio, key) == 1);
    n = BIO_get_mem_data(bio, &text);
    *out = arena_strndup(sc->arena, text, (size_t)n);
    return OK;
}
