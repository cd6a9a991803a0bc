#include "manifest_kit.h"

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
