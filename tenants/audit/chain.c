#include <string.h>

#include "audit/audit_int.h"

const char *audit_chain_add(struct audit_chain *c, int64_t seq, const uint8_t prev[CRYPTO_HASH_BYTES], struct str text,
                            const uint8_t hash[CRYPTO_HASH_BYTES])
{
    uint8_t made[CRYPTO_HASH_BYTES];

    if (seq != c->seq + 1)
        return "is missing";
    crypto_blake2b(text.p, text.n, made);
    if (memcmp(made, hash, sizeof(made)) != 0)
        return "is not what was written";
    if (memcmp(prev, c->hash, sizeof(c->hash)) != 0)
        return "does not follow the one before it: one of the two is not what was written";
    c->seq = seq;
    memcpy(c->hash, hash, sizeof(c->hash));
    return NULL;
}
