#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "base/must.h"
#include "kit/test.h"
#include "oidc/oidc_int.h"

/* A provider of our own: a key of each kind, and tokens that are good but for what a test changes. */
#define NOW INT64_C(1800000000)

static struct {
    EVP_PKEY *rsa, *ec;
    const char *keys; /* as the provider publishes them */
} idp;

static const char *base64url(const void *p, size_t n)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 4 * n + 8);
    buf_base64url(&b, p, n);
    return buf_cstr(&b);
}

static const char *number(EVP_PKEY *key, const char *name)
{
    uint8_t octets[512];
    BIGNUM *v = NULL;
    const char *text;

    MUST_BE(EVP_PKEY_get_bn_param(key, name, &v) == 1);
    text = base64url(octets, (size_t)BN_bn2bin(v, octets));
    BN_free(v);
    return text;
}

static const char *ec_key(const char *more)
{
    uint8_t point[65];
    size_t n = 0;

    MUST_BE(EVP_PKEY_get_octet_string_param(idp.ec, "pub", point, sizeof(point), &n) == 1 && n == 65);
    return arena_f(test_scope()->arena, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\",\"x\":\"%s\",\"y\":\"%s\"%s}",
                   base64url(point + 1, 32), base64url(point + 33, 32), more);
}

static const char *rsa_key(const char *kid, const char *more)
{
    return arena_f(test_scope()->arena, "{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"%s}", kid,
                   number(idp.rsa, OSSL_PKEY_PARAM_RSA_N), number(idp.rsa, OSSL_PKEY_PARAM_RSA_E), more);
}

static const char *key_set(const char *a, const char *b)
{
    return arena_f(test_scope()->arena, "{\"keys\":[%s%s%s]}", a, *b ? "," : "", b);
}

static void given_provider(void)
{
    idp.rsa = EVP_RSA_gen(2048);
    idp.ec = EVP_EC_gen("P-256");
    MUST_BE(idp.rsa && idp.ec);
    idp.keys = key_set(rsa_key("r", ""), ec_key(""));
}

/* r and s as JWS has them, of the DER that libcrypto writes. */
static size_t raw_of(uint8_t *octets, size_t n)
{
    const unsigned char *at = octets;
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &at, (long)n);

    MUST_BE(s && BN_bn2binpad(ECDSA_SIG_get0_r(s), octets, 32) == 32 &&
            BN_bn2binpad(ECDSA_SIG_get0_s(s), octets + 32, 32) == 32);
    ECDSA_SIG_free(s);
    return 64;
}

static const char *signed_by(EVP_PKEY *key, const char *head, const char *claims)
{
    struct arena *a = test_scope()->arena;
    const char *text = arena_f(a, "%s.%s", base64url(head, strlen(head)), base64url(claims, strlen(claims)));
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    uint8_t signature[512];
    size_t n = sizeof(signature);

    MUST_BE(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
            EVP_DigestSign(c, signature, &n, (const unsigned char *)text, strlen(text)) == 1);
    EVP_MD_CTX_free(c);
    if (key == idp.ec)
        n = raw_of(signature, n);
    return arena_f(a, "%s.%s", text, base64url(signature, n));
}

static const char *claims_with(const char *times, const char *rest)
{
    return arena_f(
        test_scope()->arena,
        "{\"iss\":\"https://id.example\",\"sub\":\"1\",\"nonce\":\"n\",\"email\":\"Ada@Acme.example\",%s,%s}", times,
        rest);
}

#define TIMES "\"exp\":1800000300,\"iat\":1799999999"
#define REST  "\"aud\":\"us\",\"email_verified\":true"

static enum err judge(const char *token, const char *keys, const char **out_email)
{
    const struct oidc_rule rule = {.issuer = "https://id.example", .client_id = "us", .nonce = "n", .now = NOW};

    scope_clear(test_scope());
    return oidc_token_judge(test_scope(), str_of(token), str_of(keys), &rule, out_email);
}

/* What is found wrong, or the address. */
static const char *verdict(const char *token)
{
    const char *email;

    return judge(token, idp.keys, &email) == OK ? email : scope_fault(test_scope())->message;
}

static const char *of_claims(const char *claims)
{
    return verdict(signed_by(idp.rsa, "{\"alg\":\"RS256\",\"kid\":\"r\"}", claims));
}

static const char *with(const char *times, const char *rest)
{
    return of_claims(claims_with(times, rest));
}

static const char *of_head(EVP_PKEY *key, const char *head)
{
    return verdict(signed_by(key, head, claims_with(TIMES, REST)));
}

TEST(a_good_token_of_either_algorithm_gives_the_address_in_its_normal_form)
{
    given_provider();
    CHECK_STR(with(TIMES, REST), "ada@acme.example");
    CHECK_STR(of_head(idp.ec, "{\"alg\":\"ES256\",\"kid\":\"e\"}"), "ada@acme.example");
    CHECK_STR(with(TIMES ",\"nbf\":1799999000", REST ",\"azp\":\"us\""), "ada@acme.example");
    CHECK_STR(with(TIMES, "\"aud\":[\"us\"],\"email_verified\":true"), "ada@acme.example");
    CHECK_STR(with(TIMES, "\"aud\":[\"x\",\"us\"],\"azp\":\"us\",\"email_verified\":true"), "ada@acme.example");
}

TEST(no_other_algorithm_is_taken_whatever_the_key)
{
    static const char *const algs[] = {"none", "None", "HS256", "HS512", "RS384", "PS256", "ES384", "EdDSA", ""};

    given_provider();
    for (size_t i = 0; i < ARRAY_LEN(algs); i++)
        CHECK_STR(of_head(idp.rsa, arena_f(test_scope()->arena, "{\"alg\":\"%s\",\"kid\":\"r\"}", algs[i])),
                  "the ID token is signed in a way that is not taken");
    CHECK_STR(of_head(idp.rsa, "{\"kid\":\"r\"}"), "the ID token is signed in a way that is not taken");
    CHECK_STR(of_head(idp.rsa, "{\"alg\":[\"RS256\"],\"kid\":\"r\"}"),
              "the ID token is signed in a way that is not taken");
}

TEST(an_algorithm_goes_with_its_own_kind_of_key_only)
{
    given_provider();
    CHECK_STR(of_head(idp.rsa, "{\"alg\":\"ES256\",\"kid\":\"r\"}"), "no one key of the provider fits the ID token");
    CHECK_STR(of_head(idp.ec, "{\"alg\":\"RS256\",\"kid\":\"e\"}"), "no one key of the provider fits the ID token");
    CHECK_STR(of_head(idp.rsa, "{\"alg\":\"RS256\",\"kid\":\"e\"}"), "no one key of the provider fits the ID token");
    CHECK_STR(of_head(idp.ec, "{\"alg\":\"ES256\",\"kid\":\"r\"}"), "no one key of the provider fits the ID token");
}

TEST(a_key_for_something_else_signs_no_token)
{
    const char *token, *email;

    given_provider();
    token = signed_by(idp.rsa, "{\"alg\":\"RS256\",\"kid\":\"r\"}", claims_with(TIMES, REST));
    CHECK_OK(judge(token, key_set(rsa_key("r", ",\"use\":\"sig\",\"alg\":\"RS256\""), ""), &email));
    CHECK_ERR(judge(token, key_set(rsa_key("r", ",\"use\":\"enc\""), ""), &email), ERR_INVALID);
    CHECK_ERR(judge(token, key_set(rsa_key("r", ",\"alg\":\"RS512\""), ""), &email), ERR_INVALID);
    CHECK_ERR(judge(token, key_set(rsa_key("r", ""), rsa_key("r", "")), &email), ERR_INVALID);
    CHECK_ERR(judge(token, "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"r\",\"k\":\"AAAA\"}]}", &email), ERR_INVALID);
    CHECK_ERR(judge(token, "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\"}]}", &email), ERR_INVALID);
    CHECK_ERR(judge(token, "{\"keys\":{}}", &email), ERR_INVALID);
    CHECK_ERR(judge(token, "no keys", &email), ERR_INVALID);
}

TEST(a_key_that_is_not_there_is_told_apart_so_that_it_can_be_asked_for)
{
    const char *email;

    given_provider();
    CHECK_ERR(
        judge(signed_by(idp.rsa, "{\"alg\":\"RS256\",\"kid\":\"new\"}", claims_with(TIMES, REST)), idp.keys, &email),
        ERR_NOT_FOUND);
}

TEST(a_token_that_names_no_key_needs_one_that_stands_alone)
{
    const char *token, *email;

    given_provider();
    token = signed_by(idp.rsa, "{\"alg\":\"RS256\"}", claims_with(TIMES, REST));
    CHECK_OK(judge(token, idp.keys, &email)); /* one of RSA */
    CHECK_ERR(judge(token, key_set(rsa_key("r", ""), rsa_key("s", "")), &email), ERR_INVALID);
}

TEST(a_changed_token_and_a_strangers_are_refused)
{
    const char *token;
    char *changed;

    given_provider();
    token = signed_by(idp.rsa, "{\"alg\":\"RS256\",\"kid\":\"r\"}", claims_with(TIMES, REST));
    changed = arena_strdup(test_scope()->arena, token);
    changed[strlen(changed) - 20] = changed[strlen(changed) - 20] == 'A' ? 'B' : 'A';
    CHECK_STR(verdict(changed), "the ID token's signature is wrong");
    EVP_PKEY_free(idp.rsa);
    idp.rsa = EVP_RSA_gen(2048);
    CHECK_STR(of_claims(claims_with(TIMES, REST)), "the ID token's signature is wrong");
}

TEST(a_head_that_asks_for_more_is_refused_and_keys_in_it_are_not_looked_at)
{
    given_provider();
    CHECK_STR(of_head(idp.rsa, "{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":[\"exp\"]}"),
              "the ID token's head asks for what is not understood");
    CHECK_STR(of_head(idp.rsa, "{\"alg\":\"RS256\",\"kid\":7}"), "the ID token's head asks for what is not understood");
    CHECK_STR(of_head(idp.rsa, "{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"r\"}"),
              "the ID token's head is unreadable");
    CHECK_STR(of_head(idp.rsa, "{\"alg\":\"RS256\",\"kid\":\"r\",\"jku\":\"https://evil.example\"}"),
              "ada@acme.example");
}

TEST(what_is_no_token_is_refused)
{
    static const char *const none[] = {"",
                                       ".",
                                       "..",
                                       "a",
                                       "a.b",
                                       "a.b.c",
                                       "...",
                                       "e30.e30.",
                                       "e30..e30",
                                       ".e30.e30",
                                       "e30.e30.e30.e30",
                                       "e30=.e30.e30",
                                       "W10.W10.W10"};
    const char *email;
    char *endless;

    given_provider();
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        CHECK_ERR(judge(none[i], idp.keys, &email), ERR_INVALID);
    endless = arena_alloc(test_scope()->arena, OIDC_TOKEN_MAX + 2);
    memset(endless, 'a', OIDC_TOKEN_MAX + 1);
    endless[OIDC_TOKEN_MAX + 1] = '\0';
    CHECK_STR(verdict(endless), "the ID token is none, or too long");
}

TEST(a_token_is_for_us_and_was_asked_for_by_us)
{
    given_provider();
    CHECK_STR(with(TIMES, "\"email_verified\":true"), "the ID token is for another client");
    CHECK_STR(with(TIMES, "\"aud\":\"them\",\"email_verified\":true"), "the ID token is for another client");
    CHECK_STR(with(TIMES, "\"aud\":[],\"email_verified\":true"), "the ID token is for another client");
    CHECK_STR(with(TIMES, "\"aud\":{\"us\":\"us\"},\"email_verified\":true"), "the ID token is for another client");
    CHECK_STR(with(TIMES, "\"aud\":[\"us\",\"them\"],\"email_verified\":true"),
              "the ID token was asked for by another client");
    CHECK_STR(with(TIMES, REST ",\"azp\":\"them\""), "the ID token was asked for by another client");
    CHECK_STR(of_claims("{\"iss\":\"https://id.example/\",\"aud\":\"us\"}"), "the ID token is of another issuer");
    CHECK_STR(of_claims("{\"iss\":[\"https://id.example\"],\"aud\":\"us\"}"), "the ID token is of another issuer");
}

TEST(a_token_is_of_now)
{
    given_provider();
    CHECK_STR(with("\"exp\":1800000001,\"iat\":1800000060", REST), "ada@acme.example");
    CHECK_STR(with("\"exp\":1800000000,\"iat\":1799999999", REST),
              "the ID token has run out, or does not say when it does");
    CHECK_STR(with("\"iat\":1799999999", REST), "the ID token has run out, or does not say when it does");
    CHECK_STR(with("\"exp\":1.9e9,\"iat\":1799999999", REST), "the ID token has run out, or does not say when it does");
    CHECK_STR(with("\"exp\":\"1900000000\",\"iat\":1799999999", REST),
              "the ID token has run out, or does not say when it does");
    CHECK_STR(with("\"exp\":1800000300,\"iat\":1800000061", REST),
              "the ID token is of the future, or does not say of when");
    CHECK_STR(with("\"exp\":1800000300", REST), "the ID token is of the future, or does not say of when");
    CHECK_STR(with("\"exp\":1800000300,\"iat\":1799999099", REST), "the ID token is older than the journey");
    CHECK_STR(with(TIMES ",\"nbf\":1800000061", REST), "the ID token is not good yet");
}

TEST(a_token_is_of_this_journey_and_of_somebody_whose_address_was_verified)
{
    given_provider();
    CHECK_STR(of_claims("{\"iss\":\"https://id.example\",\"sub\":\"1\",\"nonce\":\"other\"," TIMES "," REST "}"),
              "the ID token is of another journey");
    CHECK_STR(of_claims("{\"iss\":\"https://id.example\",\"sub\":\"1\"," TIMES "," REST "}"),
              "the ID token is of another journey");
    CHECK_STR(of_claims("{\"iss\":\"https://id.example\",\"nonce\":\"n\"," TIMES "," REST "}"),
              "the ID token does not say of whom it speaks");
    CHECK_STR(with(TIMES, "\"aud\":\"us\",\"email_verified\":false"), "the provider has not verified the address");
    CHECK_STR(with(TIMES, "\"aud\":\"us\",\"email_verified\":\"true\""), "the provider has not verified the address");
    CHECK_STR(with(TIMES, "\"aud\":\"us\",\"email_verified\":1"), "the provider has not verified the address");
    CHECK_STR(with(TIMES, "\"aud\":\"us\""), "the provider has not verified the address");
    CHECK_STR(of_claims("{\"iss\":\"https://id.example\",\"sub\":\"1\",\"nonce\":\"n\",\"email\":\"a@b@c\"," TIMES
                        "," REST "}"),
              "the ID token has no address");
}
