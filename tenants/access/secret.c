#include <string.h>

#include "access/callers.h"

#define RANDOM_CHARS 52
#define CHECK_CHARS  7

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const char *const prefixes[] = {[ACCESS_API_KEY] = "sk_live_", [ACCESS_CLIENT_SECRET] = "cs_"};

static void check_of(const char *text, size_t n, char out[CHECK_CHARS])
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(text, n, hash);
    for (size_t i = 0; i < CHECK_CHARS; i++)
        out[i] = digits[hash[i] & 31];
}

/* 52 digits of base 32 are 260 random bits: short enough to be read aloud, behind a prefix that secret scanners find.
 */
void access_secret_make(enum access_secret kind, char out[ACCESS_SECRET_MAX])
{
    size_t n = strlen(prefixes[kind]);
    uint8_t random[RANDOM_CHARS];

    crypto_random(random, sizeof(random));
    memcpy(out, prefixes[kind], n);
    for (size_t i = 0; i < RANDOM_CHARS; i++)
        out[n++] = digits[random[i] & 31];
    check_of(out, n, out + n);
    out[n + CHECK_CHARS] = '\0';
    explicit_bzero(random, sizeof(random));
}

bool access_secret_fits(enum access_secret kind, struct str text)
{
    size_t n = strlen(prefixes[kind]) + RANDOM_CHARS;
    char check[CHECK_CHARS];

    if (!str_starts(text, prefixes[kind]))
        return false;
    if (kind == ACCESS_API_KEY && text.n == n)
        return true;
    if (text.n != n + CHECK_CHARS)
        return false;
    check_of(text.p, n, check);
    return memcmp(text.p + n, check, CHECK_CHARS) == 0;
}
