#include "sign/oauth1_int.h"
#include "unit/server/crypto/pems.h"
#include "unit/server/sign/sign_kit.h"

/* Requests as they leave. */

static struct scope *start(void)
{
    struct scope *sc = test_scope();

    CHECK_OK(crypto_start(sc));
    return sc;
}

/* ---- OAuth 1.0a ---- */

TEST(the_base_string_is_that_of_rfc_5849)
{
    static const struct pair own[] = {
        {{"oauth_consumer_key", 18}, {"9djdj82h48djs9d2", 16}}, {{"oauth_nonce", 11}, {"7d8f3e4a", 8}},
        {{"oauth_signature_method", 22}, {"HMAC-SHA1", 9}},     {{"oauth_timestamp", 15}, {"137131201", 9}},
        {{"oauth_token", 11}, {"kkk9d7dh3k39sjv7", 16}},
    };
    struct sign_request r = {.method = STR("post"),
                             .url = STR("HTTP://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"),
                             .body = STR("c2&a3=2+q"),
                             .form = true};
    struct str base;

    CHECK_OK(oauth1_base(start(), &r, own, ARRAY_LEN(own), &base));
    CHECK_STR(str_dup(test_scope()->arena, base),
              "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%25"
              "40%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_"
              "method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7");
    r.form = false;
    CHECK_OK(oauth1_base(start(), &r, own, ARRAY_LEN(own), &base));
    CHECK(!memmem(base.p, base.n, "c2%3D", 5));
}

static const char *base_of(const char *url)
{
    struct sign_request r = {.method = STR("GET"), .url = str_of(url)};
    struct str base;

    if (oauth1_base(start(), &r, NULL, 0, &base) != OK)
        return NULL;
    return str_dup(test_scope()->arena, base);
}

TEST(the_base_address_leaves_out_what_is_not_part_of_it)
{
    CHECK_STR(base_of("https://www.example.net:8080/?q=1"), "GET&https%3A%2F%2Fwww.example.net%3A8080%2F&q%3D1");
    CHECK_STR(base_of("https://Example.net:443"), "GET&https%3A%2F%2Fexample.net%2F&");
    CHECK_STR(base_of("http://example.net:443/A%20b"), "GET&http%3A%2F%2Fexample.net%3A443%2FA%2520b&");
    CHECK_STR(base_of("example.net/"), NULL);
    CHECK_STR(base_of("https:///x"), NULL);
    CHECK_STR(base_of("ftp://example.net/"), NULL);
    CHECK_STR(base_of("https://example.net/#x"), NULL);
    CHECK_STR(base_of("https://example.net/?a=%2"), NULL);
    CHECK_STR(base_of("https://example.net/?a=%zz"), NULL);
}

TEST(a_request_without_keys_is_not_signed)
{
    struct scope *sc = start();
    struct sign_oauth1 o = {.consumer_key = STR("ck"), .consumer_secret = kit_secret(sc, "cs"), .nonce = STR("n")};
    struct sign_request r = {.method = STR("GET"), .url = STR("https://example.net/")};
    const char *out;

    CHECK_OK(sign_oauth1_header(sc, &o, &r, &out));
    o.realm = STR("a\"b");
    CHECK_ERR(sign_oauth1_header(sc, &o, &r, &out), ERR_INVALID);
    o.realm = STR("");
    o.nonce = STR("");
    CHECK_ERR(sign_oauth1_header(sc, &o, &r, &out), ERR_INVALID);
    o.nonce = STR("n");
    o.consumer_secret = kit_secret(sc, "");
    CHECK_ERR(sign_oauth1_url(sc, &o, &r, &out), ERR_INVALID);
    o.consumer_secret = NULL;
    CHECK_ERR(sign_oauth1_url(sc, &o, &r, &out), ERR_INVALID);
}

/* ---- AWS Signature Version 4: the first three are AWS's own examples, the others were computed by a program in
 * another language ---- */

static const char *aws(const char *method, const char *url, const struct sign_header *headers, size_t n,
                       const char *body)
{
    struct scope *sc = start();
    struct sign_aws a = {.access_key = STR("AKIDEXAMPLE"),
                         .secret_key = kit_secret(sc, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                         .service = "service",
                         .region = "us-east-1",
                         .now_us = INT64_C(1440938160) * 1000000};
    struct sign_request r = {
        .method = str_of(method), .url = str_of(url), .headers = headers, .n = n, .body = str_of(body)};
    struct sign_made made;
    const char *at;

    CHECK_OK(sign_aws_v4(sc, &a, &r, &made));
    CHECK_STR(made.headers[0].value, "20150830T123600Z");
    at = strstr(made.headers[1].value, "SignedHeaders=");
    CHECK(str_starts(str_of(made.headers[1].value),
                     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "));
    return at ? at + 14 : "";
}

TEST(aws_examples_have_their_published_signatures)
{
    CHECK_STR(aws("GET", "https://example.amazonaws.com/", NULL, 0, ""),
              "host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    CHECK_STR(aws("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", NULL, 0, ""),
              "host;x-amz-date, Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
    CHECK_STR(aws("POST", "https://example.amazonaws.com", NULL, 0, ""),
              "host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(aws_paths_are_cleaned_and_escaped_once_more)
{
    static const char vanilla[] =
        "host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    static const char *const same[] = {"/.",  "/./",       "//",       "/example/..", "/one/two/../..",
                                       "/..", "/a/..//./", "/../x/../"};

    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        CHECK_STR(aws("GET", arena_f(start()->arena, "https://example.amazonaws.com%s", same[i]), NULL, 0, ""),
                  vanilla);
    CHECK(strcmp(aws("GET", "https://example.amazonaws.com/a", NULL, 0, ""),
                 aws("GET", "https://example.amazonaws.com/a/", NULL, 0, "")) != 0);
    CHECK_STR(aws("GET", "https://example.amazonaws.com/a/", NULL, 0, ""),
              aws("GET", "https://example.amazonaws.com/a/.", NULL, 0, ""));
}

TEST(aws_headers_parameters_and_body_are_signed)
{
    static const struct sign_header form = {"Content-Type", "application/x-www-form-urlencoded"};
    static const struct sign_header twice[] = {{"My-Header1", "value2"},
                                               {"Authorization", "x"},
                                               {"HOST", "other.example"},
                                               {"User-Agent", "y"},
                                               {"My-header1", "  value1   x "}};

    CHECK_STR(aws("POST", "https://example.amazonaws.com/", &form, 1, "Param1=value1"),
              "content-type;host;x-amz-date, "
              "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
    CHECK_STR(aws("GET", "https://example.amazonaws.com/a%20b/./c%3Ad/?b=%2b&a=2&A=x%20y&a=1", twice, 5, ""),
              "host;my-header1;x-amz-date, "
              "Signature=077b0c5b1651a2ecd38638f56d7923b1d38ae89fc7231a500c85f8548baff702");
}

TEST(an_aws_session_token_is_sent_and_signed)
{
    struct scope *sc = start();
    struct sign_aws a = {.access_key = STR("AKIDEXAMPLE"),
                         .secret_key = kit_secret(sc, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                         .session_token = kit_secret(sc, "TOKEN/+="),
                         .service = "service",
                         .region = "us-east-1",
                         .now_us = INT64_C(1440938160) * 1000000};
    struct sign_request r = {.method = STR("GET"), .url = STR("https://example.amazonaws.com/")};
    struct sign_made made;

    CHECK_OK(sign_aws_v4(sc, &a, &r, &made));
    CHECK_INT(made.n, 3);
    CHECK_STR(made.headers[1].name, "X-Amz-Security-Token");
    CHECK_STR(made.headers[1].value, "TOKEN/+=");
    CHECK(strstr(made.headers[2].value, "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature="
                                        "52d72e91cb29e59eb39e2644d9377b74ec8b7d7bd70232a65c9b2798ab0d794b") != NULL);
    a.secret_key = kit_secret(sc, "");
    CHECK_ERR(sign_aws_v4(sc, &a, &r, &made), ERR_INVALID);
    a.secret_key = kit_secret(sc, "x");
    r.url = STR("/");
    CHECK_ERR(sign_aws_v4(sc, &a, &r, &made), ERR_INVALID);
}

/* ---- assertions ---- */

static struct str jwt_part(struct scope *sc, const char *jwt, int part)
{
    const char *end;
    char *out = arena_alloc(sc->arena, 4096);
    size_t n = 0;

    for (; part; part--)
        jwt = strchr(jwt, '.') + 1;
    end = strchrnul(jwt, '.');
    CHECK(base64url_decode((struct str){jwt, (size_t)(end - jwt)}, out, 4096, &n));
    return (struct str){out, n};
}

static const char *assertion(struct scope *sc, enum sign_algorithm algorithm, const char *pem, const struct doc *scope)
{
    struct sign_assertion a = {.algorithm = algorithm,
                               .pem = kit_secret(sc, pem),
                               .key_id = STR("key\"1"),
                               .issuer = STR("client"),
                               .subject = STR("client"),
                               .audience = STR("https://x.example/token"),
                               .id = STR("id-1"),
                               .scope = scope,
                               .issued_us = NOW_US,
                               .expires_us = NOW_US + INT64_C(3600) * 1000000};
    const char *jwt = "..";

    CHECK_OK(sign_assertion(sc, &a, &jwt));
    return jwt;
}

TEST(an_assertion_says_what_it_was_given_and_verifies)
{
    struct scope *sc = start();
    static const char *const pems[] = {PEM_EC_KEY, PEM_LEAF_KEY}, *const publics[] = {PEM_EC_PUBLIC, PEM_LEAF_PUBLIC};
    const struct doc *scope = kit_doc(sc, "['restlets', 'rest_webservices']");

    for (int rsa = 0; rsa < 2; rsa++) {
        const char *jwt = assertion(sc, rsa ? SIGN_RS256 : SIGN_ES256, pems[rsa], rsa ? NULL : scope);
        struct bytes key, what = {jwt, (size_t)(strrchr(jwt, '.') - jwt)};
        struct str signature = jwt_part(sc, jwt, 2);

        CHECK_STR(str_dup(sc->arena, jwt_part(sc, jwt, 0)),
                  rsa ? "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key\\\"1\"}"
                      : "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"key\\\"1\"}");
        CHECK_STR(str_dup(sc->arena, jwt_part(sc, jwt, 1)),
                  arena_f(sc->arena,
                          "{\"iss\":\"client\",\"sub\":\"client\",\"aud\":\"https://x.example/token\",\"jti\":\"id-1\","
                          "\"iat\":1767225600,\"exp\":1767229200%s}",
                          rsa ? "" : ",\"scope\":[\"restlets\",\"rest_webservices\"]"));
        CHECK(crypto_pem_key(sc->arena, str_of(publics[rsa]), &key));
        if (rsa) {
            CHECK(
                crypto_key_verify(key, CRYPTO_RSA, CRYPTO_SHA256, &what, 1, (struct bytes){signature.p, signature.n}));
        } else {
            CHECK_INT(signature.n, 64);
            CHECK(crypto_es256_verify_raw((const uint8_t *)key.p + key.n - CRYPTO_POINT_BYTES, what.p, what.n,
                                          (const uint8_t *)signature.p));
        }
    }
}

TEST(an_assertion_without_end_owner_or_key_is_not_made)
{
    struct scope *sc = start();
    struct sign_assertion good = {.pem = kit_secret(sc, PEM_EC_KEY),
                                  .issuer = STR("c"),
                                  .audience = STR("a"),
                                  .issued_us = NOW_US,
                                  .expires_us = NOW_US + 1000000};
    struct sign_assertion a = good;
    const char *jwt;

    CHECK_OK(sign_assertion(sc, &a, &jwt));
    CHECK_STR(str_dup(sc->arena, jwt_part(sc, jwt, 1)),
              "{\"iss\":\"c\",\"aud\":\"a\",\"iat\":1767225600,\"exp\":1767225601}");
    a.algorithm = SIGN_RS256; /* with a key of the other kind */
    CHECK_ERR(sign_assertion(sc, &a, &jwt), ERR_INVALID);
    a = good;
    a.expires_us = a.issued_us;
    CHECK_ERR(sign_assertion(sc, &a, &jwt), ERR_INVALID);
    a.expires_us = a.issued_us + INT64_C(86401) * 1000000;
    CHECK_ERR(sign_assertion(sc, &a, &jwt), ERR_INVALID);
    a = good;
    a.audience = STR("");
    CHECK_ERR(sign_assertion(sc, &a, &jwt), ERR_INVALID);
    a = good;
    a.pem = kit_secret(sc, "x");
    CHECK_ERR(sign_assertion(sc, &a, &jwt), ERR_INVALID);
}

TEST(basic_and_bearer_are_written_as_headers)
{
    struct scope *sc = start();
    const char *out;

    CHECK_OK(sign_basic(sc, STR("Aladdin"), kit_secret(sc, "open sesame"), &out));
    CHECK_STR(out, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    CHECK_OK(sign_basic(sc, STR("sk_test"), NULL, &out));
    CHECK_STR(out, "Basic c2tfdGVzdDo=");
    CHECK_ERR(sign_basic(sc, STR("a:b"), NULL, &out), ERR_INVALID);
    CHECK_ERR(sign_basic(sc, STR(""), NULL, &out), ERR_INVALID);
    CHECK_OK(sign_bearer(sc, kit_secret(sc, "abc.def~+/="), &out));
    CHECK_STR(out, "Bearer abc.def~+/=");
    CHECK_ERR(sign_bearer(sc, kit_secret(sc, "a\r\nX: y"), &out), ERR_INVALID);
    CHECK_ERR(sign_bearer(sc, kit_secret(sc, ""), &out), ERR_INVALID);
    CHECK_ERR(sign_bearer(sc, NULL, &out), ERR_INVALID);
}

/* ---- forms ---- */

static const char *form(bool brackets, const char *text)
{
    struct scope *sc = test_scope();
    struct str out;
    enum err e = (brackets ? sign_form_brackets : sign_form)(sc, kit_doc(sc, text), &out);

    if (e != OK)
        return NULL;
    return str_dup(sc->arena, out);
}

TEST(a_form_is_escaped_pairs)
{
    CHECK_STR(form(false, "{}"), "");
    CHECK_STR(form(false, "{'grant_type': 'refresh_token', 'a b': 'x&y=z+\u00e9', 'n': 1.50, 't': true, 'z': null}"),
              "grant_type=refresh_token&a%20b=x%26y%3Dz%2B%C3%A9&n=1.50&t=true&z=");
    CHECK_STR(form(false, "{'a': [1, 'x']}"), "a=1&a=x");
    CHECK_STR(form(false, "{'a': {'b': 1}}"), NULL);
    CHECK_STR(form(false, "{'a': [[1]]}"), NULL);
    CHECK_STR(form(false, "[1]"), NULL);
}

TEST(a_form_with_brackets_goes_as_deep_as_its_document)
{
    CHECK_STR(form(true, "{'amount': 1000, 'metadata': {'order id': '#1', 'x': {'y': true}}, "
                         "'items': [{'price': 'p_1', 'quantity': 2}, {'price': 'p_2'}], 'expand': ['a', 'b.c'], "
                         "'none': [], 'nil': null}"),
              "amount=1000&metadata[order%20id]=%231&metadata[x][y]=true&items[0][price]=p_1&items[0][quantity]=2"
              "&items[1][price]=p_2&expand[0]=a&expand[1]=b.c&nil=");
    CHECK_STR(form(true, "{'a[b]': {'c]': 1}}"), "a%5Bb%5D[c%5D]=1");
    CHECK_STR(form(true, "'x'"), NULL);
}
