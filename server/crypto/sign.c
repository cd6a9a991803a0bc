#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

#include "base/must.h"
#include "crypto/crypto.h"

_Static_assert(CRYPTO_KEY_BYTES == crypto_sign_ed25519_PUBLICKEYBYTES);
_Static_assert(CRYPTO_KEY_BYTES == crypto_sign_ed25519_SEEDBYTES);
_Static_assert(CRYPTO_SIGNATURE_BYTES == crypto_sign_ed25519_BYTES);

struct long_key { /* seed and public key, as the library wants both */
    uint8_t b[crypto_sign_ed25519_SECRETKEYBYTES];
};

static void long_key_wipe(struct long_key *k)
{
    sodium_memzero(k, sizeof(*k));
}

void crypto_sign_pair_new(uint8_t public_key[CRYPTO_KEY_BYTES], struct secret **out_seed)
{
    CLEANUP(long_key_wipe) struct long_key key;
    struct secret *seed = secret_new(CRYPTO_KEY_BYTES);

    crypto_random(secret_fill(seed), CRYPTO_KEY_BYTES);
    MUST_BE(crypto_sign_ed25519_seed_keypair(public_key, key.b, secret_bytes(seed)) == 0);
    *out_seed = seed;
}

void crypto_sign_pair_derived(const struct secret *root, struct str purpose, uint8_t public_key[CRYPTO_KEY_BYTES],
                              struct secret **out_seed)
{
    CLEANUP(long_key_wipe) struct long_key key;
    struct secret *seed = secret_new(CRYPTO_KEY_BYTES);

    MUST_BE(secret_size(root) == CRYPTO_KEY_BYTES);
    crypto_hmac_sha256(secret_bytes(root), CRYPTO_KEY_BYTES, purpose.p, purpose.n, secret_fill(seed));
    MUST_BE(crypto_sign_ed25519_seed_keypair(public_key, key.b, secret_bytes(seed)) == 0);
    *out_seed = seed;
}

void crypto_sign(const struct secret *seed, const void *p, size_t n, uint8_t out[CRYPTO_SIGNATURE_BYTES])
{
    CLEANUP(long_key_wipe) struct long_key key;
    uint8_t public_key[CRYPTO_KEY_BYTES];

    MUST_BE(secret_size(seed) == CRYPTO_KEY_BYTES);
    MUST_BE(crypto_sign_ed25519_seed_keypair(public_key, key.b, secret_bytes(seed)) == 0);
    MUST_BE(crypto_sign_ed25519_detached(out, NULL, p, n, key.b) == 0);
}

bool crypto_verify(const uint8_t public_key[CRYPTO_KEY_BYTES], const void *p, size_t n,
                   const uint8_t signature[CRYPTO_SIGNATURE_BYTES])
{
    return crypto_sign_ed25519_verify_detached(signature, p, n, public_key) == 0;
}
