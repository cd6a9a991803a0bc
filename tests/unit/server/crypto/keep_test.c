#include <string.h>

#include "crypto/crypto.h"
#include "kit/test.h"

static struct secret *root_of(uint8_t first)
{
    struct secret *root;

    CHECK_OK(crypto_start(test_scope()));
    root = secret_new(CRYPTO_KEY_BYTES);
    memset(secret_fill(root), first, CRYPTO_KEY_BYTES);
    return root;
}

TEST(what_is_kept_comes_back_for_the_same_purpose_and_place_alone)
{
    CLEANUP(secret_wipe) struct secret *root = root_of(1);
    CLEANUP(secret_wipe) struct secret *other = root_of(2);
    struct scope *sc = test_scope();
    struct bytes kept, back;

    crypto_keep(sc->arena, root, STR("keep"), STR("row 1"), (struct bytes){"plain words", 11}, &kept);
    CHECK_INT(kept.n, 11 + CRYPTO_WRAP_OVERHEAD);
    CHECK(!memmem(kept.p, kept.n, "plain", 5));
    CHECK_OK(crypto_kept(sc, root, STR("keep"), STR("row 1"), kept, &back));
    CHECK(back.n == 11 && memcmp(back.p, "plain words", 11) == 0);
    CHECK_ERR(crypto_kept(sc, root, STR("keep"), STR("row 2"), kept, &back), ERR_INVALID);
    CHECK_ERR(crypto_kept(sc, root, STR("mark"), STR("row 1"), kept, &back), ERR_INVALID);
    CHECK_ERR(crypto_kept(sc, other, STR("keep"), STR("row 1"), kept, &back), ERR_INVALID);
}

TEST(any_change_of_what_is_kept_is_noticed)
{
    CLEANUP(secret_wipe) struct secret *root = root_of(1);
    struct scope *sc = test_scope();
    struct bytes kept, back;

    crypto_keep(sc->arena, root, STR("keep"), STR(""), (struct bytes){"x", 1}, &kept);
    for (size_t i = 0; i < kept.n; i++) {
        uint8_t *bad = arena_memdup(sc->arena, kept.p, kept.n);

        bad[i] ^= 1;
        CHECK_ERR(crypto_kept(sc, root, STR("keep"), STR(""), (struct bytes){bad, kept.n}, &back), ERR_INVALID);
        CHECK_ERR(crypto_kept(sc, root, STR("keep"), STR(""), (struct bytes){kept.p, i}, &back), ERR_INVALID);
    }
}

TEST(a_mark_depends_on_the_root_the_purpose_and_what_is_marked)
{
    CLEANUP(secret_wipe) struct secret *root = root_of(1);
    CLEANUP(secret_wipe) struct secret *other = root_of(2);
    uint8_t a[CRYPTO_HASH_BYTES], b[CRYPTO_HASH_BYTES];

    crypto_mark(root, STR("mark"), (struct bytes){"x", 1}, a);
    crypto_mark(root, STR("mark"), (struct bytes){"x", 1}, b);
    CHECK(memcmp(a, b, sizeof(a)) == 0);
    crypto_mark(other, STR("mark"), (struct bytes){"x", 1}, b);
    CHECK(memcmp(a, b, sizeof(a)) != 0);
    crypto_mark(root, STR("mark/2"), (struct bytes){"x", 1}, b);
    CHECK(memcmp(a, b, sizeof(a)) != 0);
    crypto_mark(root, STR("mark"), (struct bytes){"y", 1}, b);
    CHECK(memcmp(a, b, sizeof(a)) != 0);
}
