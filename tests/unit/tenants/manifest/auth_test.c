#include "manifest_kit.h"

#include "crypto/crypto.h"
#include "sign/sign.h"

#define OPERATION "\"operations\":{\"a\":{\"title\":\"t\",\"request\":{\"method\":\"GET\"}}}"

static struct erp_site *site(const char *auth)
{
    return kit_site_of(arena_f(test_scope()->arena, "{" KIT_HEAD "\"auth\":%s," OPERATION "}", auth),
                       "{\"shop\":\"acme.example\"}");
}

static const char *header(const char *auth, const char *secrets)
{
    const struct erp_site *s = site(auth);
    const char *out = NULL;

    scope_clear(test_scope());
    if (s->connector->named->authorize(test_scope(), s, str_of(secrets), &out) != OK)
        return scope_fault(test_scope())->message;
    return out ? out : "none";
}

TEST(a_header_is_made_of_secrets_and_settings)
{
    CHECK_STR(
        header("{\"kind\":\"header\",\"header\":\"x-key\",\"value\":\"{key}@{settings.shop}\"}", "{\"key\":\"k\"}"),
        "k@acme.example");
    CHECK_STR(header("{\"kind\":\"bearer\",\"token\":\"{key}\"}", "{\"key\":\"k\"}"), "Bearer k");
    CHECK_STR(
        header("{\"kind\":\"basic\",\"user\":\"{key}\",\"password\":\"{hook}\"}", "{\"key\":\"a\",\"hook\":\"b\"}"),
        "Basic YTpi");
    CHECK_STR(header("{\"kind\":\"none\"}", "{}"), "none");
    CHECK_STR(header("{\"kind\":\"bearer\",\"token\":\"{key}\"}", "{}"),
              "a secret is missing that calls to \"Acme\" are authenticated with");
}

#define REFRESH                                                                                                        \
    "{\"kind\":\"oauth2\",\"grant\":\"refresh_token\",\"token_url\":\"\\\"https://\\\" & $settings.shop & "            \
    "\\\"/token\\\"\",\"client_id\":\"id\",\"client_secret\":\"{hook}\",\"refresh_token\":\"{key}\",\"in\":\"basic\"}"

static const char *asked(const char *auth, const char *before)
{
    const struct erp_site *s = site(auth);
    struct http_call call;

    scope_clear(test_scope());
    if (s->connector->named->login(test_scope(), s, kit_doc("{\"key\":\"r 1\",\"hook\":\"s&c\"}"),
                                   before ? kit_doc(before) : NULL, &call) != OK)
        return scope_fault(test_scope())->message;
    CHECK(call.secret_body);
    return arena_f(test_scope()->arena, "%s %s %s %s %.*s", call.method, call.url,
                   call.authorization ? call.authorization : "-", call.content_type, (int)call.body.n, call.body.p);
}

TEST(a_token_is_asked_for_with_the_refresh_token_that_came_last)
{
    CHECK_STR(asked(REFRESH, NULL), "POST https://acme.example/token Basic aWQ6cyZj application/x-www-form-urlencoded "
                                    "grant_type=refresh_token&refresh_token=r%201");
    CHECK_STR(asked(REFRESH, "{\"refresh_token\":\"r2\"}"),
              "POST https://acme.example/token Basic aWQ6cyZj application/x-www-form-urlencoded "
              "grant_type=refresh_token&refresh_token=r2");
    CHECK_STR(
        asked(
            "{\"kind\":\"oauth2\",\"grant\":\"client_credentials\",\"token_url\":\"'https://t/'\",\"client_id\":\"id\","
            "\"client_secret\":\"{hook}\",\"scope\":\"a b\",\"form\":\"json\"}",
            NULL),
        "POST https://t/ - application/json {\"grant_type\":\"client_credentials\",\"scope\":\"a b\",\"client_id\":"
        "\"id\",\"client_secret\":\"s&c\"}");
    CHECK_STR(
        asked("{\"kind\":\"login\",\"request\":{\"path\":\"login\",\"body\":\"{\\\"password\\\": key}\"},\"token\":"
              "\"$headers.token\"}",
              NULL),
        "POST https://acme.example/login - application/json {\"password\":\"r 1\"}");
    CHECK_STR(
        asked("{\"kind\":\"login\",\"request\":{\"body\":\"{\\\"password\\\": key}\"},\"token\":\"result\"}", NULL),
        "POST https://acme.example/ - application/json {\"password\":\"r 1\"}");
}

static const char *session(const char *auth, int status, const char *body, const char *before)
{
    const struct erp_site *s = site(auth);
    struct http_header token = {"token", "t9"};
    struct http_reply reply = {.status = status, .body = str_of(body), .headers = &token, .header_count = 1};
    struct connector_session out;
    struct buf b;

    scope_clear(test_scope());
    if (s->connector->named->login_read(test_scope(), s, kit_doc("{}"), before ? kit_doc(before) : NULL, &reply,
                                        &out) != OK)
        return arena_f(test_scope()->arena, "%s: %s", err_info(scope_fault(test_scope())->code)->problem,
                       scope_fault(test_scope())->message);
    buf_init(&b, test_scope()->arena, 1000);
    buf_f(&b, "%s %d ", out.header, (int)out.lasts_s);
    doc_write(&b, out.keep);
    return buf_cstr(&b);
}

TEST(what_a_token_call_gives_is_kept_with_the_one_before)
{
    CHECK_STR(session(REFRESH, 200, "{\"access_token\":\"a\",\"expires_in\":900,\"refresh_token\":\"r2\"}",
                      "{\"refresh_token\":\"r1\"}"),
              "Bearer a 900 {\"refresh_token\":\"r2\",\"previous\":\"r1\"}");
    CHECK_STR(session(REFRESH, 200, "{\"access_token\":\"a\"}", "{\"refresh_token\":\"r1\"}"),
              "Bearer a 3600 {\"refresh_token\":\"r1\"}");
    CHECK_STR(session("{\"kind\":\"login\",\"request\":{\"path\":\"l\",\"body\":\"{}\"},\"token\":\"$headers.token\","
                      "\"lasts\":600,"
                      "\"value\":\"T {token}\"}",
                      200, "{}", NULL),
              "T t9 600 {}");
}

TEST(a_refused_token_call_says_so_and_an_outage_is_none)
{
    CHECK_STR(session(REFRESH, 400, "{\"error\":\"invalid_grant\"}", NULL),
              "upstream-credentials: \"Acme\" does not accept the credentials (answered 400: invalid_grant)");
    CHECK_STR(session(REFRESH, 503, "", NULL), "upstream-unknown: \"Acme\" answered 503 to the sign-in");
    CHECK_STR(session(REFRESH, 429, "", NULL), "upstream-busy: \"Acme\" asks to come again later");
    CHECK_STR(session(REFRESH, 200, "{}", NULL), "upstream-credentials: \"Acme\" gave no token");
}

#define OAUTH1                                                                                                         \
    "{\"kind\":\"oauth1\",\"realm\":\"{settings.zone}\",\"consumer_key\":\"ck\",\"consumer_secret\":\"{key}\","        \
    "\"token\":\"tk\",\"token_secret\":\"{hook}\"}"

TEST(a_request_is_signed_by_its_address_time_and_secrets)
{
    struct scope *sc = test_scope();
    struct erp_site *s = site(OAUTH1);
    CLEANUP(secret_wipe) struct secret *consumer = NULL;
    CLEANUP(secret_wipe) struct secret *token = NULL;
    struct http_call call = {.method = "POST", .url = "https://acme.example/v1/orders?limit=1"};
    const char *wanted, *first;

    CHECK_OK(crypto_start(sc));
    consumer = secret_copy("c s", 3);
    token = secret_copy("t&s", 3);
    CHECK_OK(s->connector->named->authorize(sc, s, STR("{\"key\":\"c s\",\"hook\":\"t&s\"}"), &s->session));
    s->now_us = INT64_C(1767225600000000);
    s->nonce = "n0nceAAAA";
    CHECK_OK(s->connector->named->sign(sc, s, &call));
    CHECK_OK(sign_oauth1_header(sc,
                                &(struct sign_oauth1){.consumer_key = STR("ck"),
                                                      .consumer_secret = consumer,
                                                      .token = STR("tk"),
                                                      .token_secret = token,
                                                      .realm = STR("UTC"),
                                                      .nonce = STR("n0nceAAAA"),
                                                      .now_us = s->now_us},
                                &(struct sign_request){.method = STR("POST"), .url = str_of(call.url)}, &wanted));
    CHECK_STR(call.authorization, wanted);
    first = call.authorization;
    call.url = "https://acme.example/v1/orders?limit=2";
    CHECK_OK(s->connector->named->sign(sc, s, &call));
    CHECK(strcmp(call.authorization, first) != 0);
    CHECK(!strstr(call.authorization, "c s") && !strstr(call.authorization, "t&s"));
}

#define ASSERTION                                                                                                      \
    "{\"kind\":\"oauth2\",\"token_url\":\"'https://t/'\",\"assertion\":{\"algorithm\":\"ES256\",\"key\":\"{key}\","    \
    "\"key_id\":\"kid1\",\"issuer\":\"{hook}\"}}"

TEST(a_client_says_who_it_is_by_an_assertion)
{
    struct scope *sc = test_scope();
    struct erp_site *s = site(ASSERTION);
    CLEANUP(secret_wipe) struct secret *pem = NULL;
    uint8_t point[CRYPTO_POINT_BYTES];
    struct http_call call;
    struct buf b;

    CHECK_OK(crypto_start(sc));
    crypto_es256_pair_new(point, &pem);
    buf_init(&b, sc->arena, 10000);
    buf_s(&b, "{\"hook\":\"client 1\",\"key\":");
    json_put_text(&b, (struct str){(const char *)secret_bytes(pem), secret_size(pem)});
    buf_c(&b, '}');
    s->now_us = INT64_C(1767225600000000);
    CHECK_OK(s->connector->named->login(sc, s, kit_doc(buf_cstr(&b)), NULL, &call));
    CHECK(str_starts(call.body, "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                "client-assertion-type%3Ajwt-bearer&client_assertion=eyJ"));
    CHECK_STR(call.url, "https://t/");
    CHECK(call.secret_body);
    scope_clear(sc);
    CHECK_ERR(s->connector->named->login(sc, s, kit_doc("{\"hook\":\"x\"}"), NULL, &call), ERR_UPSTREAM_AUTH);
}

TEST(an_assertion_names_secrets_there_are)
{
    CHECK_STR(kit_faults(arena_f(
                  test_scope()->arena, "{" KIT_HEAD "\"auth\":%s," OPERATION "}",
                  "{\"kind\":\"oauth2\",\"token_url\":\"'x'\",\"assertion\":{\"key\":\"{kee}\",\"issuer\":\"i\"}}")),
              "/auth/assertion/key unknown_name\n/auth/assertion/key_id required");
}

TEST(only_a_refresh_token_is_good_once)
{
    struct arena *a = test_scope()->arena;
    const char *once = arena_f(a, "%.*s,\"rotates\":true}", (int)strlen(REFRESH) - 1, REFRESH);

    CHECK(manifest_rotates(manifest_at(site(once))));
    CHECK(!manifest_rotates(manifest_at(site(REFRESH))));
    CHECK(!manifest_rotates(NULL));
    CHECK_STR(kit_faults(arena_f(a, "{" KIT_HEAD "\"auth\":%s," OPERATION "}",
                                 "{\"kind\":\"oauth2\",\"token_url\":\"'x'\",\"client_id\":\"i\",\"rotates\":true}")),
              "/auth/rotates not_allowed");
}
