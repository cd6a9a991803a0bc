#include <stdio.h>

#include "kit/test.h"
#include "oidc/oidc_int.h"

#define S INT64_C(1000000)

static const struct oidc_about about = {.authorization_endpoint = "https://id.example/a",
                                        .token_endpoint = "https://id.example/t",
                                        .jwks_uri = "https://id.example/k"};

static bool knows(const char *issuer, int64_t now_us)
{
    struct oidc_about out;

    return oidc_known_about(test_scope(), issuer, now_us, &out);
}

static bool knows_keys(const char *issuer, int64_t now_us)
{
    struct str out;

    return oidc_known_keys(test_scope(), issuer, now_us, &out);
}

TEST(a_description_is_known_for_an_hour_and_keys_for_a_quarter)
{
    CHECK(!knows("https://id.example", 1));
    oidc_known_about_put("https://id.example", 10 * S, &about);
    oidc_known_keys_put("https://id.example", 10 * S, STR("{\"keys\":[]}"));
    CHECK(knows("https://id.example", 3609 * S) && !knows("https://id.example", 3610 * S));
    CHECK(knows_keys("https://id.example", 909 * S) && !knows_keys("https://id.example", 910 * S));
    CHECK(!knows("https://id.example/", 11 * S));
    oidc_thread_end();
    CHECK_INT(oidc_known_count(), 0);
}

TEST(keys_of_an_address_that_is_left_are_forgotten)
{
    struct oidc_about moved = about;

    moved.jwks_uri = "https://id.example/others";
    oidc_known_about_put("i", S, &about);
    oidc_known_keys_put("i", S, STR("{}"));
    oidc_known_about_put("i", 2 * S, &about);
    CHECK(knows_keys("i", 3 * S));
    oidc_known_about_put("i", 3 * S, &moved);
    CHECK(!knows_keys("i", 3 * S));
    oidc_thread_end();
}

TEST(unknown_keys_are_asked_for_once_a_minute)
{
    CHECK(oidc_known_keys_again("i", 100 * S));
    CHECK(!oidc_known_keys_again("i", 159 * S));
    CHECK(oidc_known_keys_again("other", 159 * S));
    CHECK(oidc_known_keys_again("i", 160 * S));
    oidc_thread_end();
}

TEST(there_are_so_many_places_and_the_longest_unused_goes_first)
{
    char issuer[40];

    for (int i = 0; i < OIDC_KNOWN_MAX; i++) {
        snprintf(issuer, sizeof(issuer), "https://id%d.example", i);
        oidc_known_about_put(issuer, (i + 1) * S, &about);
    }
    CHECK(knows("https://id0.example", 100 * S)); /* used again: the next one is older now */
    oidc_known_about_put("https://one.example", 101 * S, &about);
    CHECK_INT(oidc_known_count(), OIDC_KNOWN_MAX);
    CHECK(knows("https://id0.example", 102 * S) && !knows("https://id1.example", 102 * S));
    CHECK(knows("https://one.example", 102 * S) && knows("https://id2.example", 102 * S));
    oidc_thread_end();
}
