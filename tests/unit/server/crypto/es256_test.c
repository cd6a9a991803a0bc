#include "crypto/crypto.h"
#include "kit/test.h"

TEST(a_point_of_the_curve_has_a_pem_and_nothing_else_has)
{
    struct scope *sc = test_scope();
    uint8_t point[CRYPTO_POINT_BYTES];
    struct secret *pem;
    const char *text;

    CHECK_OK(crypto_start(sc));
    crypto_es256_pair_new(point, &pem);
    CHECK_OK(crypto_es256_pem(sc, (struct bytes){point, sizeof(point)}, &text));
    CHECK(str_starts(str_of(text), "-----BEGIN PUBLIC KEY-----\n"));
    CHECK_ERR(crypto_es256_pem(sc, (struct bytes){point, sizeof(point) - 1}, &text), ERR_INVALID);
    CHECK_ERR(crypto_es256_pem(sc, (struct bytes){NULL, 0}, &text), ERR_INVALID);
    point[64] ^= 1;
    CHECK_ERR(crypto_es256_pem(sc, (struct bytes){point, sizeof(point)}, &text), ERR_INVALID);
    point[64] ^= 1;
    point[0] = 2;
    CHECK_ERR(crypto_es256_pem(sc, (struct bytes){point, sizeof(point)}, &text), ERR_INVALID);
    memset(point, 0, sizeof(point));
    point[0] = 4;
    CHECK_ERR(crypto_es256_pem(sc, (struct bytes){point, sizeof(point)}, &text), ERR_INVALID);
    secret_free(pem);
}
