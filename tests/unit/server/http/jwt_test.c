#include "http/jwt.h"

#include <stdio.h>

#include "kit/test.h"

static const char claims[] = "{\"iss\":\"https://a\",\"aud\":\"https://a\",\"iat\":1000,\"exp\":1900}";
static const char good_head[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"tky_01h455vb4pex5vsknk084sn02q\"}";

/* A token of these octets, with a signature that only looks like one. */
static struct str token_of(const char *first, const char *second)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 100000);
    buf_base64url(&b, first, strlen(first));
    buf_c(&b, '.');
    buf_base64url(&b, second, strlen(second));
    buf_c(&b, '.');
    for (int i = 0; i < 86; i++)
        buf_c(&b, 'A');
    return buf_str(&b);
}

static bool reads(struct str token)
{
    struct http_jwt t;

    return http_jwt_read(test_scope(), token, "tky", &t) == OK;
}

TEST(a_token_of_ours_is_read_and_verified_by_its_key_alone)
{
    struct scope *sc = test_scope();
    uint8_t point[CRYPTO_POINT_BYTES], other[CRYPTO_POINT_BYTES];
    const char *text, *pem, *other_pem;
    struct secret *key, *other_key;
    struct uuid id = uuid_new();
    struct http_jwt t;

    CHECK_OK(crypto_start(sc));
    crypto_es256_pair_new(point, &key);
    crypto_es256_pair_new(other, &other_key);
    CHECK_OK(crypto_es256_pem(sc, (struct bytes){point, sizeof(point)}, &pem));
    CHECK_OK(crypto_es256_pem(sc, (struct bytes){other, sizeof(other)}, &other_pem));
    for (int i = 0; i < 50; i++) { /* r and s with leading zeros come by as well */
        CHECK_OK(http_jwt_sign(sc, "tky", &id, claims, key, &text));
        CHECK_OK(http_jwt_read(sc, str_of(text), "tky", &t));
        CHECK(uuid_equal(&t.key_id, &id));
        CHECK_INT(t.iat, 1000);
        CHECK_INT(t.nbf, 1000);
        CHECK_INT(t.exp, 1900);
        CHECK(str_is(t.iss, "https://a"));
        CHECK_OK(http_jwt_verify(sc, &t, pem));
        CHECK_ERR(http_jwt_verify(sc, &t, other_pem), ERR_INVALID);
    }
    CHECK_ERR(http_jwt_read(sc, str_of(text), "emb", &t), ERR_INVALID);
    secret_free(key);
    secret_free(other_key);
}

/* Each bit of head, claims and signature: another head or no token, or one that the key did not sign. */
TEST(a_token_with_one_bit_changed_is_none)
{
    struct scope *sc = test_scope();
    uint8_t point[CRYPTO_POINT_BYTES];
    const char *text, *pem;
    struct secret *key;
    struct uuid id = uuid_new();
    struct http_jwt t;
    size_t n;

    CHECK_OK(crypto_start(sc));
    crypto_es256_pair_new(point, &key);
    CHECK_OK(crypto_es256_pem(sc, (struct bytes){point, sizeof(point)}, &pem));
    CHECK_OK(http_jwt_sign(sc, "tky", &id, claims, key, &text));
    n = strlen(text);
    for (size_t bit = 0; bit < n * 8; bit++) {
        char *changed = arena_strdup(sc->arena, text);

        changed[bit / 8] ^= (char)(1 << bit % 8);
        if (http_jwt_read(sc, (struct str){changed, n}, "tky", &t) == OK && http_jwt_verify(sc, &t, pem) == OK)
            test_failed(__FILE__, __LINE__, "bit %zu does not count", bit);
    }
    secret_free(key);
}

TEST(a_head_says_es256_its_kind_and_one_key_of_ours_and_nothing_more)
{
    static const char kid[] = "\"kid\":\"tky_01h455vb4pex5vsknk084sn02q\"";
    static const char *const bad[] = {
        "{\"alg\":\"none\",\"typ\":\"JWT\",%s}",
        "{\"alg\":\"None\",\"typ\":\"JWT\",%s}",
        "{\"alg\":\"es256\",\"typ\":\"JWT\",%s}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",%s}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",%s}",
        "{\"alg\":\"ES384\",\"typ\":\"JWT\",%s}",
        "{\"alg\":\"ES256\\u0020\",\"typ\":\"JWT\",%s}",
        "{\"alg\":[\"ES256\"],\"typ\":\"JWT\",%s}",
        "{\"alg\":\"ES256\",\"alg\":\"ES256\",\"typ\":\"JWT\",%s}",
        "{\"alg\":\"ES256\",\"alg\":\"none\",\"typ\":\"JWT\",%s}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",%s}",
        "{\"alg\":\"ES256\",\"typ\":\"jwt\",%s}",
        "{\"alg\":\"ES256\",\"typ\":null,%s}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"crit\":[\"exp\"],%s}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"jku\":\"http://127.0.0.1/\",%s}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"jwk\":{},%s}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"x5u\":\"http://127.0.0.1/\",%s}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"b64\":false,%s}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",%s,\"kid\":\"tky_01h455vb4pex5vsknk084sn02q\"}",
        "[{\"alg\":\"ES256\",\"typ\":\"JWT\",%s}]",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",%s}x",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"../../../../dev/null\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"emb_01h455vb4pex5vsknk084sn02q\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":7}",
        "",
        "{",
        "null",
    };

    CHECK(reads(token_of(good_head, claims)));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (reads(token_of(arena_f(test_scope()->arena, bad[i], kid), claims)))
            test_failed(__FILE__, __LINE__, "%s is taken", bad[i]);
}

TEST(times_are_integers_and_iat_and_exp_are_there)
{
    static const char *const bad[] = {
        "{\"iat\":1000}",
        "{\"exp\":1900}",
        "{\"iat\":1000,\"exp\":1e18}",
        "{\"iat\":1000,\"exp\":1900.0}",
        "{\"iat\":1000,\"exp\":\"1900\"}",
        "{\"iat\":1000,\"exp\":null}",
        "{\"iat\":1000,\"exp\":true}",
        "{\"iat\":1000,\"exp\":-1}",
        "{\"iat\":1000,\"exp\":0}",
        "{\"iat\":1000,\"exp\":9223372036854775807}",
        "{\"iat\":1000,\"exp\":9223372036854775808}",
        "{\"iat\":1000,\"exp\":253402300800}",
        "{\"iat\":1000,\"exp\":1900,\"exp\":99999999999}",
        "{\"iat\":1000,\"exp\":1900,\"nbf\":\"0\"}",
        "{\"iat\":1000,\"exp\":1900,\"nbf\":0.5}",
        "{\"iat\":1000,\"exp\":1900,\"iss\":7}",
        "{\"iat\":1000,\"exp\":1900,\"aud\":[\"https://a\"]}",
        "{\"iat\":1000,\"exp\":1900,\"sub\":\"\"}",
        "{\"iat\":1000,\"exp\":1900,\"a\":\"\\u0000\"}",
        "[]",
        "1900",
        "",
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (reads(token_of(good_head, bad[i])))
            test_failed(__FILE__, __LINE__, "%s is taken", bad[i]);
}

TEST(only_three_canonical_parts_of_limited_length_are_a_token)
{
    struct scope *sc = test_scope();
    struct str good = token_of(good_head, claims);
    const char *text = str_dup(sc->arena, good);
    const char *last = strrchr(text, '.');
    char *huge = arena_zalloc(sc->arena, 20001);

    CHECK(reads(good));
    CHECK(!reads((struct str){good.p, good.n - 1}));
    CHECK(!reads(str_of(arena_f(sc->arena, "%sA", text))));
    CHECK(!reads(str_of(arena_f(sc->arena, "%s=", text))));
    CHECK(!reads(str_of(arena_f(sc->arena, "%s.", text))));
    CHECK(!reads(str_of(arena_f(sc->arena, "%s.AAAA", text))));
    CHECK(!reads(str_of(arena_f(sc->arena, ".%s", text))));
    CHECK(!reads(str_of(arena_f(sc->arena, " %s", text))));
    CHECK(!reads((struct str){text, (size_t)(last - text)}));
    CHECK(!reads((struct str){text, (size_t)(last - text) + 1}));
    CHECK(!reads(STR("")));
    CHECK(!reads(STR("..")));
    CHECK(!reads(str_of(strchr(text, '.'))));
    CHECK(!reads(str_of(arena_f(sc->arena, "%.*s", (int)(good.n - 1), text))));
    CHECK(!reads(str_of(arena_f(sc->arena, "%.*sB", (int)(good.n - 1), text)))); /* bits behind the last octet */
    memset(huge, 'a', 20000);
    CHECK(!reads((struct str){huge, 20000}));
    CHECK(!reads(token_of(good_head, arena_f(sc->arena, "{\"iat\":1000,\"exp\":1900,\"a\":\"%.4000s\"}", huge))));
    CHECK(!reads((struct str){"e30.e30.\0", 9}));
}

TEST(a_token_is_judged_by_whose_it_is_and_when)
{
    static const struct {
        int64_t now, ahead;
        bool good;
    } times[] = {{1000, 0, true}, {1899, 0, true}, {1900, 0, false}, {1901, 60, false},
                 {999, 0, false}, {995, 5, true},  {994, 5, false}};
    struct http_jwt_rule rule = {.iss = "https://a", .aud = "https://a", .now = 1500, .longest = 900};
    struct scope *sc = test_scope();
    struct http_jwt t;

    CHECK_OK(http_jwt_read(sc, token_of(good_head, claims), "tky", &t));
    CHECK_OK(http_jwt_judge(sc, &t, &rule));
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        struct http_jwt_rule at = rule;

        at.now = times[i].now;
        at.ahead = times[i].ahead;
        CHECK_ERR(http_jwt_judge(sc, &t, &at), times[i].good ? OK : ERR_INVALID);
    }
    rule.longest = 899;
    CHECK_ERR(http_jwt_judge(sc, &t, &rule), ERR_INVALID);
    rule.longest = 900;
    rule.aud = "https://b";
    CHECK_ERR(http_jwt_judge(sc, &t, &rule), ERR_INVALID);
    rule.aud = "https://a";
    rule.iss = "https://b";
    CHECK_ERR(http_jwt_judge(sc, &t, &rule), ERR_INVALID);
    rule.iss = NULL;
    CHECK_OK(http_jwt_judge(sc, &t, &rule));
    t.nbf = 1501;
    CHECK_ERR(http_jwt_judge(sc, &t, &rule), ERR_INVALID);
    t.nbf = 1;
    t.exp = t.iat;
    CHECK_ERR(http_jwt_judge(sc, &t, &rule), ERR_INVALID);
}
