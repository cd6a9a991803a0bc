#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/must.h"
#include "crypto/crypto.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

_Static_assert(CRYPTO_WRAP_OVERHEAD == NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES);

struct brief_key {
    uint8_t b[CRYPTO_KEY_BYTES];
};

static void brief_key_wipe(struct brief_key *k)
{
    sodium_memzero(k, sizeof(*k));
}

static void derive(const struct secret *root, struct str purpose, struct brief_key *out)
{
    MUST_BE(secret_size(root) == CRYPTO_KEY_BYTES);
    crypto_hmac_sha256(secret_bytes(root), CRYPTO_KEY_BYTES, purpose.p, purpose.n, out->b);
}

void crypto_keep(struct arena *a, const struct secret *root, struct str purpose, struct str associated,
                 struct bytes plain, struct bytes *out)
{
    CLEANUP(brief_key_wipe) struct brief_key key;
    uint8_t *kept = arena_alloc(a, plain.n + CRYPTO_WRAP_OVERHEAD);

    derive(root, purpose, &key);
    randombytes_buf(kept, NONCE_BYTES);
    MUST_BE(crypto_aead_xchacha20poly1305_ietf_encrypt(kept + NONCE_BYTES, NULL, plain.p, plain.n,
                                                       (const uint8_t *)associated.p, associated.n, NULL, kept,
                                                       key.b) == 0);
    *out = (struct bytes){kept, plain.n + CRYPTO_WRAP_OVERHEAD};
}

enum err crypto_kept(struct scope *sc, const struct secret *root, struct str purpose, struct str associated,
                     struct bytes kept, struct bytes *out)
{
    CLEANUP(brief_key_wipe) struct brief_key key;
    const uint8_t *p = kept.p;
    uint8_t *plain;

    if (kept.n < CRYPTO_WRAP_OVERHEAD)
        return FAIL(sc, ERR_INVALID, "what was kept cannot be opened: it was changed");
    plain = arena_alloc(sc->arena, kept.n - CRYPTO_WRAP_OVERHEAD + 1);
    derive(root, purpose, &key);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, p + NONCE_BYTES, kept.n - NONCE_BYTES,
                                                   (const uint8_t *)associated.p, associated.n, p, key.b) != 0)
        return FAIL(sc, ERR_INVALID, "what was kept cannot be opened: it was changed, or kept under another key");
    *out = (struct bytes){plain, kept.n - CRYPTO_WRAP_OVERHEAD};
    return OK;
}

void crypto_mark(const struct secret *root, struct str purpose, struct bytes of, uint8_t out[CRYPTO_HASH_BYTES])
{
    CLEANUP(brief_key_wipe) struct brief_key key;

    derive(root, purpose, &key);
    crypto_hmac_sha256(key.b, sizeof(key.b), of.p, of.n, out);
}
