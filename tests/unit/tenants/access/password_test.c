#include "access/people.h"
#include "base/must.h"
#include "crypto/crypto.h"
#include "kit/test.h"

TEST(passwords_that_are_tried_first_are_refused)
{
    static const char *const bad[] = {"short",           "elevenchars",      "aaaaaaaaaaaaaaaaaa",
                                      "Ada@Example.com", "PasswordPassword", "correcthorsebatterystaple"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct scope *sc = test_scope();

        CHECK_ERR(password_check(sc, "/password", bad[i], "ada@example.com"), ERR_INVALID);
        CHECK_STR(scope_fault(sc)->items->pointer, "/password");
    }
    CHECK_OK(password_check(test_scope(), "/password", "a long way from tipperary", "ada@example.com"));
}

TEST(a_password_is_known_by_its_hash_and_nobody_by_none)
{
    struct scope *sc = test_scope();
    const char *hash, *other;
    bool good;

    CHECK_OK(crypto_start(sc));
    CHECK_OK(password_hash(sc, "a long way from tipperary", &hash));
    CHECK_OK(password_hash(sc, "a long way from tipperary", &other));
    CHECK(strcmp(hash, other) != 0);
    CHECK(strncmp(hash, "$argon2id$v=19$m=65536,t=3,p=1$", 31) == 0);
    CHECK_OK(password_verify(sc, hash, "a long way from tipperary", &good));
    CHECK(good);
    CHECK_OK(password_verify(sc, hash, "a long way from tipperarY", &good));
    CHECK(!good);
    CHECK_OK(password_verify(sc, NULL, "a long way from tipperary", &good));
    CHECK(!good);
}

TEST(addresses_are_kept_in_one_form)
{
    static const char *const bad[] = {"",     "a",     "@b",      "a@",    "a@b@c", "a b@c",         "a@b..c",
                                      "a@.b", "a@b.",  "a@b,c@d", "<a@b>", "a\n@b", "jörg@firma.de", "a@firmä.de",
                                      "a@-b", "a@b_c", ".a@b"};
    const char *norm;

    CHECK_OK(people_email_norm(test_scope(), "Ada.Lovelace@Example.COM", &norm));
    CHECK_STR(norm, "ada.lovelace@example.com");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_ERR(people_email_norm(test_scope(), bad[i], &norm), ERR_INVALID);
}
