#include "access/callers.h"
#include "kit/test.h"

TEST(a_secret_says_by_itself_whether_it_can_be_one)
{
    char key[ACCESS_SECRET_MAX], secret[ACCESS_SECRET_MAX];

    CHECK_OK(crypto_start(test_scope()));
    access_secret_make(ACCESS_API_KEY, key);
    access_secret_make(ACCESS_CLIENT_SECRET, secret);
    CHECK_INT(strlen(key), 67);
    CHECK_INT(strlen(secret), 62);
    CHECK(access_secret_fits(ACCESS_API_KEY, str_of(key)));
    CHECK(access_secret_fits(ACCESS_CLIENT_SECRET, str_of(secret)));
    CHECK(!access_secret_fits(ACCESS_CLIENT_SECRET, str_of(key)));
    CHECK(!access_secret_fits(ACCESS_API_KEY, str_of(secret)));
    for (size_t i = 0; i < strlen(key); i++) {
        char other = key[i] == '0' ? '1' : '0', was = key[i];

        key[i] = other;
        CHECK(!access_secret_fits(ACCESS_API_KEY, str_of(key)));
        key[i] = was;
    }
    CHECK(!access_secret_fits(ACCESS_API_KEY, (struct str){key, strlen(key) - 1}));
    CHECK(!access_secret_fits(ACCESS_API_KEY, STR("sk_live_")));
    CHECK(!access_secret_fits(ACCESS_API_KEY, STR("")));
}

TEST(a_key_of_the_first_release_has_no_check_and_fits)
{
    CHECK(access_secret_fits(ACCESS_API_KEY, STR("sk_live_0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjk")));
    CHECK(!access_secret_fits(ACCESS_API_KEY, STR("sk_live_0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghj")));
}

/* By another reading of the rule: sha256sum of the first 60 characters. */
TEST(the_check_is_what_the_documents_say)
{
    CHECK(
        access_secret_fits(ACCESS_API_KEY, STR("sk_live_0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjkcfr5je6")));
}
