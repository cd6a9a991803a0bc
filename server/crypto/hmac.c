#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/must.h"
#include "crypto/crypto.h"

size_t crypto_digest_size(enum crypto_digest d)
{
    return d == CRYPTO_SHA1 ? 20 : 32;
}

void crypto_hmac(enum crypto_digest d, struct bytes key, const struct bytes *parts, size_t n,
                 uint8_t out[CRYPTO_DIGEST_MAX])
{
    char sha1[] = "SHA1", sha256[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, d == CRYPTO_SHA1 ? sha1 : sha256, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *c = EVP_MAC_CTX_new(mac);
    size_t size = 0;

    /* Without a key the library would take the one of before, of which there is none. */
    MUST_BE(c && key.p && EVP_MAC_init(c, key.p, key.n, params) == 1);
    for (size_t i = 0; i < n; i++)
        MUST_BE(EVP_MAC_update(c, parts[i].p, parts[i].n) == 1);
    MUST_BE(EVP_MAC_final(c, out, &size, CRYPTO_DIGEST_MAX) == 1 && size == crypto_digest_size(d));
    EVP_MAC_CTX_free(c);
    EVP_MAC_free(mac);
}
