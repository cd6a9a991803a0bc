#include "crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kit/test.h"

static const char *hex(struct scope *sc, const void *p, size_t n)
{
    struct buf b;

    buf_init(&b, sc->arena, 2 * n);
    buf_hex(&b, p, n);
    return buf_cstr(&b);
}

static const char *hash_hex(struct scope *sc, const void *p, size_t n)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(p, n, hash);
    return hex(sc, hash, sizeof(hash));
}

TEST(the_hash_is_sha_256)
{
    struct scope *sc = test_scope();

    CHECK_OK(crypto_start(sc));
    CHECK_STR(hash_hex(sc, NULL, 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_STR(hash_hex(sc, "abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(the_hash_agrees_with_coreutils)
{
    struct scope *sc = test_scope();
    char answer[65] = {0};
    uint8_t data[300];
    char path[] = "/tmp/crypto_test_XXXXXX";
    int fd = mkstemp(path);
    FILE *f;

    CHECK_OK(crypto_start(sc));
    crypto_random(data, sizeof(data));
    CHECK(fd >= 0 && write(fd, data, sizeof(data)) == sizeof(data));
    f = popen(arena_f(sc->arena, "sha256sum %s", path), "r");
    if (!f || fread(answer, 1, 64, f) != 64)
        test_skip("no sha256sum here");
    CHECK_STR(hash_hex(sc, data, sizeof(data)), answer);
    pclose(f);
    close(fd);
    unlink(path);
}

TEST(starting_twice_is_harmless)
{
    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(crypto_start(test_scope()));
}

static void check_hmac(size_t key_n, uint8_t key, const char *text, const char *want)
{
    struct scope *sc = test_scope();
    uint8_t keys[131];
    uint8_t mac[32];

    memset(keys, key, sizeof(keys));
    crypto_hmac_sha256(keys, key_n, text, strlen(text), mac);
    CHECK_STR(hex(sc, mac, sizeof(mac)), want);
}

TEST(hmac_gives_the_answers_of_rfc_4231)
{
    struct scope *sc = test_scope();
    uint8_t counting[25];
    uint8_t fifty[50];
    uint8_t mac[32];

    CHECK_OK(crypto_start(sc));
    check_hmac(20, 0x0b, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    crypto_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
    CHECK_STR(hex(sc, mac, 32), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(fifty, 0xdd, sizeof(fifty));
    memset(counting, 0xaa, 20);
    crypto_hmac_sha256(counting, 20, fifty, 50, mac);
    CHECK_STR(hex(sc, mac, 32), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    for (uint8_t i = 0; i < sizeof(counting); i++)
        counting[i] = (uint8_t)(i + 1);
    memset(fifty, 0xcd, sizeof(fifty));
    crypto_hmac_sha256(counting, 25, fifty, 50, mac);
    CHECK_STR(hex(sc, mac, 32), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    check_hmac(131, 0xaa, "Test Using Larger Than Block-Size Key - Hash Key First",
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    check_hmac(131, 0xaa,
               "This is a test using a larger than block-size key and a larger than block-size data. The key needs to "
               "be hashed before being used by the HMAC algorithm.",
               "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(comparing_sees_every_octet)
{
    uint8_t a[32], b[32];

    crypto_random(a, sizeof(a));
    memcpy(b, a, sizeof(a));
    CHECK(crypto_equal(a, b, sizeof(a)));
    for (size_t i = 0; i < sizeof(a); i++) {
        b[i] ^= 0x80;
        CHECK(!crypto_equal(a, b, sizeof(a)));
        b[i] ^= 0x80;
    }
    CHECK(crypto_equal(NULL, NULL, 0));
}

TEST(random_octets_differ_from_call_to_call)
{
    uint8_t a[32], b[32];

    crypto_random(a, sizeof(a));
    crypto_random(b, sizeof(b));
    CHECK(!crypto_equal(a, b, sizeof(a)));
}
