#include <sodium/crypto_pwhash.h>
#include <string.h>

#include "base/must.h"
#include "crypto/crypto.h"

#define MEMORY_BYTES ((size_t)64 << 20)
#define PASSES       3

_Static_assert(CRYPTO_PASSWORD_MAX == crypto_pwhash_STRBYTES);

bool crypto_password_hash(const void *p, size_t n, char out[CRYPTO_PASSWORD_MAX])
{
    return crypto_pwhash_str_alg(out, p, n, PASSES, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool crypto_password_verify(const char *stored, const void *p, size_t n)
{
    return strlen(stored) < CRYPTO_PASSWORD_MAX && crypto_pwhash_str_verify(stored, p, n) == 0;
}
