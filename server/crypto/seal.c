#include "crypto/crypto.h"

#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_scalarmult.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <string.h>

#include "base/must.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES   crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(CRYPTO_KEY_BYTES == crypto_scalarmult_BYTES);
_Static_assert(CRYPTO_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
_Static_assert(CRYPTO_WRAP_OVERHEAD == NONCE_BYTES + TAG_BYTES);
_Static_assert(CRYPTO_SEAL_OVERHEAD == CRYPTO_KEY_BYTES + CRYPTO_WRAP_OVERHEAD);

/* A key that lives for one call: on the stack, wiped on the way out. Pages of their own would cost more than the rest.
 */
struct brief_key {
    uint8_t b[CRYPTO_KEY_BYTES];
};

static void brief_key_wipe(struct brief_key *k)
{
    sodium_memzero(k, sizeof(*k));
}

/* Nonce, then ciphertext and tag: n + CRYPTO_WRAP_OVERHEAD octets at out. */
static void lock_up(const uint8_t *key, struct str associated, const void *p, size_t n, uint8_t *out)
{
    randombytes_buf(out, NONCE_BYTES);
    MUST_BE(crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_BYTES, NULL, p, n, (const uint8_t *)associated.p,
                                                       associated.n, NULL, out, key) == 0);
}

static bool unlock(const uint8_t *key, struct str associated, const uint8_t *p, size_t n, struct secret **out)
{
    CLEANUP(secret_wipe) struct secret *plain = NULL;

    if (n < CRYPTO_WRAP_OVERHEAD)
        return false;
    plain = secret_new(n - CRYPTO_WRAP_OVERHEAD);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret_fill(plain), NULL, NULL, p + NONCE_BYTES, n - NONCE_BYTES,
                                                   (const uint8_t *)associated.p, associated.n, p, key) != 0)
        return false;
    *out = plain;
    plain = NULL;
    return true;
}

/* False for the few points that give everybody the same shared value. */
static bool agree(const uint8_t *private_key, const uint8_t *peer, const uint8_t *ephemeral, const uint8_t *public_key,
                  struct brief_key *out)
{
    CLEANUP(brief_key_wipe) struct brief_key shared;
    crypto_generichash_state state;

    if (crypto_scalarmult(shared.b, private_key, peer) != 0)
        return false;
    crypto_generichash_init(&state, NULL, 0, sizeof(out->b));
    crypto_generichash_update(&state, shared.b, sizeof(shared.b));
    crypto_generichash_update(&state, ephemeral, CRYPTO_KEY_BYTES);
    crypto_generichash_update(&state, public_key, CRYPTO_KEY_BYTES);
    crypto_generichash_final(&state, out->b, sizeof(out->b));
    sodium_memzero(&state, sizeof(state));
    return true;
}

void crypto_seal(struct arena *a, const uint8_t public_key[CRYPTO_KEY_BYTES], struct str associated, const void *p,
                 size_t n, struct bytes *out)
{
    CLEANUP(brief_key_wipe) struct brief_key ephemeral;
    CLEANUP(brief_key_wipe) struct brief_key key;
    uint8_t *sealed = arena_alloc(a, n + CRYPTO_SEAL_OVERHEAD);

    randombytes_buf(ephemeral.b, sizeof(ephemeral.b));
    MUST_BE(crypto_scalarmult_base(sealed, ephemeral.b) == 0);
    MUST_BE(agree(ephemeral.b, public_key, sealed, public_key, &key));
    lock_up(key.b, associated, p, n, sealed + CRYPTO_KEY_BYTES);
    *out = (struct bytes){sealed, n + CRYPTO_SEAL_OVERHEAD};
}

enum err crypto_open(struct scope *sc, const struct secret *private_key, struct str associated, struct bytes sealed,
                     struct secret **out)
{
    CLEANUP(brief_key_wipe) struct brief_key key;
    const uint8_t *p = sealed.p;
    uint8_t public_key[CRYPTO_KEY_BYTES];

    MUST_BE(secret_size(private_key) == CRYPTO_KEY_BYTES);
    MUST_BE(crypto_scalarmult_base(public_key, secret_bytes(private_key)) == 0);
    if (sealed.n < CRYPTO_SEAL_OVERHEAD || !agree(secret_bytes(private_key), p, p, public_key, &key) ||
        !unlock(key.b, associated, p + CRYPTO_KEY_BYTES, sealed.n - CRYPTO_KEY_BYTES, out))
        return FAIL(sc, ERR_INVALID, "a sealed value cannot be opened: it was changed, or sealed for another key");
    return OK;
}

void crypto_wrap(struct arena *a, const struct secret *kek, struct str associated, const struct secret *key,
                 struct bytes *out)
{
    size_t n = secret_size(key);
    uint8_t *wrapped = arena_alloc(a, n + CRYPTO_WRAP_OVERHEAD);

    MUST_BE(secret_size(kek) == CRYPTO_KEY_BYTES);
    lock_up(secret_bytes(kek), associated, secret_bytes(key), n, wrapped);
    *out = (struct bytes){wrapped, n + CRYPTO_WRAP_OVERHEAD};
}

enum err crypto_unwrap(struct scope *sc, const struct secret *kek, struct str associated, struct bytes wrapped,
                       struct secret **out)
{
    MUST_BE(secret_size(kek) == CRYPTO_KEY_BYTES);
    if (!unlock(secret_bytes(kek), associated, wrapped.p, wrapped.n, out))
        return FAIL(sc, ERR_INVALID, "a wrapped key cannot be opened: it was changed, or wrapped under another key");
    return OK;
}
