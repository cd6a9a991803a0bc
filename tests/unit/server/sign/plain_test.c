#include "unit/server/sign/sign_kit.h"

/* Secrets that are sent as they are. */

static enum sign_verdict judge(const char *check, const char *name, const char *value, const char *secret)
{
    struct scope *sc = test_scope();
    struct kit_headers headers = {.n = 0};
    struct sign_delivery d = {.header = kit_header, .arg = &headers};

    CHECK_OK(crypto_start(sc));
    if (value)
        kit_add(&headers, name, value);
    return kit_judge(sc, kit_check(sc, check), &d, secret, NOW_US);
}

static const char *made(const char *check, const char *secret)
{
    struct scope *sc = test_scope();
    struct sign_delivery d = {.body = STR("")};
    struct sign_made out;

    CHECK_OK(crypto_start(sc));
    CHECK_OK(
        sign_check_make(sc, kit_check(sc, check), &d, &(struct sign_sender){.secret = kit_secret(sc, secret)}, &out));
    CHECK_INT(out.n, 1);
    return arena_f(sc->arena, "%s: %s", out.headers[0].name, out.headers[0].value);
}

#define HEADER "{'kind': 'secret_header', 'header': 'X-Clover-Auth'}"
#define BEARER "{'kind': 'secret_header', 'header': 'authorization', 'prefix': 'Bearer '}"

TEST(a_secret_in_a_header_is_the_secret_and_nothing_else)
{
    CHECK_VERDICT(judge(HEADER, "x-clover-auth", "abc", "abc"), SIGN_GOOD);
    CHECK_VERDICT(judge(HEADER, "x-clover-auth", "abd", "abc"), SIGN_WRONG);
    CHECK_VERDICT(judge(HEADER, "x-clover-auth", "ab", "abc"), SIGN_WRONG);
    CHECK_VERDICT(judge(HEADER, "x-clover-auth", "abcd", "abc"), SIGN_WRONG);
    CHECK_VERDICT(judge(HEADER, "x-clover-auth", "ABC", "abc"), SIGN_WRONG);
    CHECK_VERDICT(judge(HEADER, "x-clover-auth", "", "abc"), SIGN_MALFORMED);
    CHECK_VERDICT(judge(HEADER, "x-other", "abc", "abc"), SIGN_MISSING);
    CHECK_VERDICT(judge(HEADER, "x-clover-auth", "", ""), SIGN_NO_SECRET);
    CHECK_STR(made(HEADER, "abc"), "x-clover-auth: abc");
}

TEST(a_scheme_before_it_is_read_in_any_case)
{
    CHECK_VERDICT(judge(BEARER, "authorization", "Bearer abc", "abc"), SIGN_GOOD);
    CHECK_VERDICT(judge(BEARER, "authorization", "bearer abc", "abc"), SIGN_GOOD);
    CHECK_VERDICT(judge(BEARER, "authorization", "Bearer  abc", "abc"), SIGN_WRONG);
    CHECK_VERDICT(judge(BEARER, "authorization", "Basic abc", "abc"), SIGN_MALFORMED);
    CHECK_VERDICT(judge(BEARER, "authorization", "Bearer ", "abc"), SIGN_MALFORMED);
    CHECK_STR(made(BEARER, "abc"), "authorization: Bearer abc");
}

#define BASIC "{'kind': 'basic'}"

TEST(user_and_password_are_both_right)
{
    CHECK_STR(made(BASIC, "Aladdin:open sesame"), "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK_VERDICT(judge(BASIC, "authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame"),
                  SIGN_GOOD);
    CHECK_VERDICT(judge(BASIC, "authorization", "basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame"),
                  SIGN_GOOD);
    CHECK_VERDICT(judge(BASIC, "authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "aladdin:open sesame"),
                  SIGN_WRONG);
    CHECK_VERDICT(judge(BASIC, "authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesam"),
                  SIGN_WRONG);
    CHECK_VERDICT(judge(BASIC, "authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin:open sesame"),
                  SIGN_MALFORMED);
    CHECK_VERDICT(judge(BASIC, "authorization", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame"),
                  SIGN_MALFORMED);
    CHECK_VERDICT(judge(BASIC, "authorization", NULL, "Aladdin:open sesame"), SIGN_MISSING);
}

TEST(a_user_without_a_password_is_no_secret)
{
    CHECK_VERDICT(judge(BASIC, "authorization", "Basic QWxhZGRpbjo=", "Aladdin:"), SIGN_NO_SECRET);
    CHECK_VERDICT(judge(BASIC, "authorization", "Basic QWxhZGRpbg==", "Aladdin"), SIGN_NO_SECRET);
    CHECK_VERDICT(judge(BASIC, "authorization", "Basic ", ""), SIGN_NO_SECRET);
}

TEST(nothing_is_checked_where_that_was_said)
{
    CHECK_VERDICT(judge("{'kind': 'none'}", "x", NULL, ""), SIGN_GOOD);
}

/* ---- handshakes ---- */

static struct sign_answer answer(const char *handshake, const char *method, const char *path, enum sign_verdict v)
{
    struct scope *sc = test_scope();
    struct sign_delivery d = {
        .method = str_of(method), .path = str_of(path), .url = STR("https://hooks.example.com/t/7f/ebay")};
    const struct sign_handshake *h;
    struct sign_answer a;

    CHECK_OK(crypto_start(sc));
    CHECK_OK(sign_handshake_compile(sc, kit_doc(sc, handshake), "", &h));
    CHECK_OK(sign_handshake_answer(sc, h, &d, v, kit_secret(sc, "71745723-d031-455c-bfa5-f90d11b4f20a"), &a));
    return a;
}

#define ECHO      "{'kind': 'echo_query', 'name': 'validationToken'}"
#define CHALLENGE "{'kind': 'challenge_sha256', 'name': 'challenge_code', 'member': 'challengeResponse'}"

TEST(a_token_is_echoed_as_text)
{
    struct sign_answer a = answer(ECHO, "POST", "/t/7f?x=1&validationToken=a%2Fb+c%3C", SIGN_MISSING);

    CHECK(a.answers && !a.takes && a.status == 200);
    CHECK_STR(a.content_type, "text/plain");
    CHECK(str_is(a.body, "a/b c<"));
    a = answer(ECHO, "POST", "/t/7f?validation=a", SIGN_GOOD);
    CHECK(!a.answers && a.takes);
    a = answer(ECHO, "POST", "/t/7f", SIGN_GOOD);
    CHECK(!a.answers && a.takes);
    CHECK_INT(answer(ECHO, "POST", "/t/7f?validationToken=a&validationToken=b", SIGN_GOOD).status, 400);
    CHECK_INT(answer(ECHO, "POST", "/t/7f?validationToken=", SIGN_GOOD).status, 400);
    CHECK_INT(answer(ECHO, "POST", "/t/7f?validationToken=%2", SIGN_GOOD).status, 400);
}

/* printf '%s' a8628072-3d33-45ee-9004-bee86830a22d71745723-d031-455c-bfa5-f90d11b4f20ahttps://… | sha256sum */
TEST(a_challenge_is_answered_with_its_hash)
{
    static const char path[] = "/t/7f/ebay?challenge_code=a8628072-3d33-45ee-9004-bee86830a22d";
    struct sign_answer a = answer(CHALLENGE, "GET", path, SIGN_MISSING);
    struct scope *sc = test_scope();
    const struct sign_handshake *h;
    struct sign_delivery d = {.method = STR("GET"), .path = str_of(path), .url = STR("https://x.example/")};

    CHECK(a.answers && !a.takes && a.status == 200);
    CHECK_STR(a.content_type, "application/json");
    CHECK_STR(str_dup(sc->arena, a.body),
              "{\"challengeResponse\":\"40b36476dabac1598060aa4f150239a7e829232456f01d3ab78e65e3996aa81e\"}");
    a = answer(CHALLENGE, "POST", path, SIGN_GOOD);
    CHECK(!a.answers && a.takes);
    CHECK_OK(sign_handshake_compile(sc, kit_doc(sc, CHALLENGE), "", &h));
    CHECK_ERR(sign_handshake_answer(sc, h, &d, SIGN_GOOD, NULL, &a), ERR_INVALID);
    CHECK_ERR(sign_handshake_answer(sc, h, &d, SIGN_GOOD, kit_secret(sc, ""), &a), ERR_INVALID);
}

TEST(a_probe_is_told_whether_we_look)
{
    struct sign_answer a = answer("{'kind': 'probe'}", "POST", "/", SIGN_GOOD);

    CHECK(a.answers && a.takes && a.status == 200 && !a.content_type && a.body.n == 0);
    a = answer("{'kind': 'probe'}", "POST", "/", SIGN_WRONG);
    CHECK(a.answers && !a.takes && a.status == 401 && !a.content_type && a.body.n == 0);
}

TEST(faults_of_a_handshake_are_told)
{
    static const struct {
        const char *text, *pointer;
    } wrong[] = {{"[]", "/h"},
                 {"{}", "/h/kind"},
                 {"{'kind': 'x'}", "/h/kind"},
                 {"{'kind': 'probe', 'name': 'x'}", "/h/name"},
                 {"{'kind': 'echo_query'}", "/h/name"},
                 {"{'kind': 'challenge_sha256', 'name': 'x'}", "/h/member"}};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct scope *sc = scope_new();
        const struct sign_handshake *h;

        CHECK_ERR(sign_handshake_compile(sc, kit_doc(sc, wrong[i].text), "/h", &h), ERR_INVALID);
        CHECK_INT(scope_fault(sc)->item_count, 1);
        CHECK_STR(scope_fault(sc)->items->pointer, wrong[i].pointer);
        scope_free(sc);
    }
}
