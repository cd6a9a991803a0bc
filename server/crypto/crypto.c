#include "crypto/crypto.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium/core.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_scalarmult.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/must.h"

enum err crypto_start(struct scope *sc)
{
    if (sodium_init() < 0)
        return FAIL(sc, ERR_INTERNAL, "the cryptography library does not start");
    return OK;
}

void crypto_random(void *out, size_t n)
{
    randombytes_buf(out, n);
}

/* Both are libcrypto's, which uses the processor's own instructions: libsodium's HMAC takes eight times as long, and
 * its BLAKE2b twice. Hidden, because libsodium exports a function of this name, which the executable must not take the
 * place of. For the same reason this room includes its headers one by one. */
__attribute__((visibility("hidden"))) void crypto_hash(const void *p, size_t n, uint8_t out[CRYPTO_HASH_BYTES])
{
    MUST_BE(EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL) == 1);
}

void crypto_blake2b(const void *p, size_t n, uint8_t out[CRYPTO_HASH_BYTES])
{
    MUST_BE(crypto_generichash(out, CRYPTO_HASH_BYTES, p, n, NULL, 0) == 0);
}

void crypto_hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[32])
{
    MUST_BE(key_n <= INT_MAX && HMAC(EVP_sha256(), key, (int)key_n, p, n, out, NULL));
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void crypto_pair_new(uint8_t public_key[CRYPTO_KEY_BYTES], struct secret **private_key)
{
    struct secret *s = secret_new(CRYPTO_KEY_BYTES);

    randombytes_buf(secret_fill(s), CRYPTO_KEY_BYTES);
    MUST_BE(crypto_scalarmult_base(public_key, secret_bytes(s)) == 0);
    *private_key = s;
}
