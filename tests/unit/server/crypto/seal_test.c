#include "crypto/crypto.h"

#include "base/must.h"
#include "kit/test.h"

#define BOUND STR("partner/customer/connection/credential/1")

static const char token[] = "shpat_0123456789abcdef";

struct pair {
    uint8_t public_key[CRYPTO_KEY_BYTES];
    struct secret *private_key;
};

static void free_secret(void *s)
{
    secret_free(s);
}

static struct pair given_pair(struct scope *sc)
{
    struct pair p;

    CHECK_OK(crypto_start(sc));
    crypto_pair_new(p.public_key, &p.private_key);
    arena_defer(sc->arena, free_secret, p.private_key);
    return p;
}

static struct bytes given_sealed(struct scope *sc, const struct pair *p)
{
    struct bytes sealed;

    crypto_seal(sc->arena, p->public_key, BOUND, token, sizeof(token), &sealed);
    return sealed;
}

TEST(what_was_sealed_opens_again)
{
    struct scope *sc = test_scope();
    struct pair p = given_pair(sc);
    struct bytes sealed = given_sealed(sc, &p);
    CLEANUP(secret_wipe) struct secret *s = NULL;

    CHECK_INT(sealed.n, sizeof(token) + CRYPTO_SEAL_OVERHEAD);
    CHECK_OK(crypto_open(sc, p.private_key, BOUND, sealed, &s));
    CHECK_INT(secret_size(s), sizeof(token));
    CHECK(memcmp(secret_bytes(s), token, sizeof(token)) == 0);
}

TEST(nothing_at_all_can_be_sealed_too)
{
    struct scope *sc = test_scope();
    struct pair p = given_pair(sc);
    CLEANUP(secret_wipe) struct secret *s = NULL;
    struct bytes sealed;

    crypto_seal(sc->arena, p.public_key, STR(""), NULL, 0, &sealed);
    CHECK_INT(sealed.n, CRYPTO_SEAL_OVERHEAD);
    CHECK_OK(crypto_open(sc, p.private_key, STR(""), sealed, &s));
    CHECK_INT(secret_size(s), 0);
}

TEST(sealing_twice_never_gives_the_same_octets)
{
    struct scope *sc = test_scope();
    struct pair p = given_pair(sc);
    struct bytes a = given_sealed(sc, &p), b = given_sealed(sc, &p);

    CHECK(memcmp(a.p, b.p, CRYPTO_KEY_BYTES) != 0);
    CHECK(memcmp((const char *)a.p + 56, (const char *)b.p + 56, sizeof(token)) != 0);
}

TEST(a_change_of_any_octet_is_refused)
{
    struct scope *sc = test_scope();
    struct pair p = given_pair(sc);
    struct bytes sealed = given_sealed(sc, &p);
    uint8_t *octets = arena_memdup(sc->arena, sealed.p, sealed.n);
    struct secret *s = NULL;

    for (size_t i = 0; i < sealed.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            octets[i] ^= (uint8_t)(1 << bit);
            CHECK_ERR(crypto_open(sc, p.private_key, BOUND, (struct bytes){octets, sealed.n}, &s), ERR_INVALID);
            octets[i] ^= (uint8_t)(1 << bit);
        }
    CHECK(s == NULL);
}

TEST(a_shorter_or_longer_value_is_refused)
{
    struct scope *sc = test_scope();
    struct pair p = given_pair(sc);
    struct bytes sealed = given_sealed(sc, &p);
    struct secret *s = NULL;

    for (size_t n = 0; n < sealed.n; n++) {
        const void *cut = arena_memdup(sc->arena, sealed.p, n);

        CHECK_ERR(crypto_open(sc, p.private_key, BOUND, (struct bytes){cut, n}, &s), ERR_INVALID);
    }
    CHECK_ERR(crypto_open(sc, p.private_key, BOUND, (struct bytes){NULL, 0}, &s), ERR_INVALID);
    CHECK(s == NULL);
}

TEST(a_value_moved_to_another_place_is_refused)
{
    struct scope *sc = test_scope();
    struct pair p = given_pair(sc);
    struct bytes sealed = given_sealed(sc, &p);
    struct secret *s = NULL;

    CHECK_ERR(crypto_open(sc, p.private_key, STR("partner/customer/connection/credential/2"), sealed, &s), ERR_INVALID);
    CHECK_ERR(crypto_open(sc, p.private_key, STR(""), sealed, &s), ERR_INVALID);
    CHECK(s == NULL);
}

TEST(another_private_key_cannot_open)
{
    struct scope *sc = test_scope();
    struct pair p = given_pair(sc), other = given_pair(sc);
    struct bytes sealed = given_sealed(sc, &p);
    struct secret *s = NULL;

    CHECK_ERR(crypto_open(sc, other.private_key, BOUND, sealed, &s), ERR_INVALID);
    CHECK(s == NULL);
}

/* The point zero makes everybody's shared value zero: whoever sends it could compute the key. */
TEST(a_sender_cannot_force_a_known_key)
{
    struct scope *sc = test_scope();
    struct pair p = given_pair(sc);
    uint8_t zeros[CRYPTO_SEAL_OVERHEAD + 4] = {0};
    struct secret *s = NULL;

    CHECK_ERR(crypto_open(sc, p.private_key, STR(""), (struct bytes){zeros, sizeof(zeros)}, &s), ERR_INVALID);
}

TEST(a_wrapped_key_unwraps_only_under_its_own_key_and_place)
{
    struct scope *sc = test_scope();
    struct pair kek = given_pair(sc), other = given_pair(sc), key = given_pair(sc);
    CLEANUP(secret_wipe) struct secret *s = NULL;
    struct secret *none = NULL;
    struct bytes wrapped;

    crypto_wrap(sc->arena, kek.private_key, BOUND, key.private_key, &wrapped);
    CHECK_INT(wrapped.n, CRYPTO_KEY_BYTES + CRYPTO_WRAP_OVERHEAD);
    CHECK_OK(crypto_unwrap(sc, kek.private_key, BOUND, wrapped, &s));
    CHECK_INT(secret_size(s), CRYPTO_KEY_BYTES);
    CHECK(crypto_equal(secret_bytes(s), secret_bytes(key.private_key), CRYPTO_KEY_BYTES));
    CHECK_ERR(crypto_unwrap(sc, other.private_key, BOUND, wrapped, &none), ERR_INVALID);
    CHECK_ERR(crypto_unwrap(sc, kek.private_key, STR("elsewhere"), wrapped, &none), ERR_INVALID);
    CHECK(none == NULL);
}

TEST(a_change_of_any_octet_of_a_wrapped_key_is_refused)
{
    struct scope *sc = test_scope();
    struct pair kek = given_pair(sc);
    struct secret *none = NULL;
    struct bytes wrapped;
    uint8_t *octets;

    crypto_wrap(sc->arena, kek.private_key, BOUND, kek.private_key, &wrapped);
    octets = arena_memdup(sc->arena, wrapped.p, wrapped.n);
    for (size_t i = 0; i < wrapped.n; i++) {
        octets[i] ^= 0x10;
        CHECK_ERR(crypto_unwrap(sc, kek.private_key, BOUND, (struct bytes){octets, wrapped.n}, &none), ERR_INVALID);
        octets[i] ^= 0x10;
        CHECK_ERR(crypto_unwrap(sc, kek.private_key, BOUND, (struct bytes){octets, i}, &none), ERR_INVALID);
    }
    CHECK(none == NULL);
}
