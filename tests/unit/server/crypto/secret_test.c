#include "crypto/crypto.h"

#include <sys/resource.h>

#include "base/must.h"
#include "kit/test.h"

static struct secret *given_secret(const void *p, size_t n)
{
    CHECK_OK(crypto_start(test_scope()));
    return p ? secret_copy(p, n) : secret_new(n);
}

TEST(a_copy_is_a_copy_and_leaves_its_source_alone)
{
    char source[] = "shpss_5f2b";
    CLEANUP(secret_wipe) struct secret *s = given_secret(source, sizeof(source));

    CHECK_STR(source, "shpss_5f2b");
    CHECK_INT(secret_size(s), sizeof(source));
    CHECK(memcmp(secret_bytes(s), source, sizeof(source)) == 0);
    source[0] = 'X';
    CHECK_INT(secret_bytes(s)[0], 's');
}

TEST(a_new_secret_is_zero_and_can_be_filled)
{
    CLEANUP(secret_wipe) struct secret *s = given_secret(NULL, 5);

    for (size_t i = 0; i < 5; i++)
        CHECK_INT(secret_bytes(s)[i], 0);
    memcpy(secret_fill(s), "abcde", 5);
    CHECK(memcmp(secret_bytes(s), "abcde", 5) == 0);
}

TEST(wiping_forgets_the_pointer_and_takes_null)
{
    struct secret *s = given_secret(NULL, 32);

    secret_wipe(&s);
    CHECK(s == NULL);
    secret_wipe(&s);
    secret_free(NULL);
}

TEST(an_empty_secret_is_one)
{
    CLEANUP(secret_wipe) struct secret *s = given_secret("", 0);

    CHECK_INT(secret_size(s), 0);
}

TEST(a_limit_on_locked_memory_does_not_end_the_process)
{
    struct rlimit none = {0, 0};
    struct secret *many[64];

    CHECK(setrlimit(RLIMIT_MEMLOCK, &none) == 0);
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        many[i] = given_secret(NULL, 4096);
        secret_fill(many[i])[4095] = (uint8_t)i;
    }
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        CHECK_INT(secret_bytes(many[i])[4095], i);
        secret_free(many[i]);
    }
}
