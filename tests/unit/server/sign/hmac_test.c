#include "unit/server/sign/sign_kit.h"

/* The check by a keyed hash: what is right, and everything beside it. */
#define STANDARD                                                                                                       \
    "{'kind': 'hmac', 'over': '{header:webhook-id}.{t}.{body}', 'key': 'base64', 'prefix': 'whsec_', 'signature': "    \
    "{'header': 'webhook-signature', 'encoding': 'base64', 'form': 'list', 'version': 'v1'}, "                         \
    "'time': {'header': 'webhook-timestamp', 'unit': 's', 'tolerance_s': 300}}"
#define PLAIN "{'kind': 'hmac', 'over': '{body}', 'signature': {'header': ['x-sig', 'x-sig-2'], 'encoding': 'base64'}}"
#define STRIPE                                                                                                         \
    "{'kind': 'hmac', 'over': '{t}.{body}', 'signature': {'header': 'x-sig', 'encoding': 'hex', 'form': 'pairs', "     \
    "'time': 't', 'version': 'v1'}, 'time': {'unit': 's', 'tolerance_s': 300}}"

struct sent {
    struct scope *sc;
    const struct sign_check *check;
    struct kit_headers headers;
    struct sign_delivery d;
};

static void begin(struct sent *s, const char *check, const char *body)
{
    s->sc = test_scope();
    CHECK_OK(crypto_start(s->sc));
    s->check = kit_check(s->sc, check);
    s->headers.n = 0;
    s->d = (struct sign_delivery){.method = STR("POST"),
                                  .url = STR("https://hooks.example.com/t/7f"),
                                  .path = STR("/t/7f?x=1"),
                                  .body = str_of(body),
                                  .header = kit_header,
                                  .arg = &s->headers};
}

/* As a sender would, with "secret". */
static void make(struct sent *s, const char *secret)
{
    struct sign_sender by = {.secret = kit_secret(s->sc, secret), .now_us = NOW_US};
    struct sign_made made;

    CHECK_OK(sign_check_make(s->sc, s->check, &s->d, &by, &made));
    for (size_t i = 0; i < made.n; i++)
        kit_add(&s->headers, made.headers[i].name, made.headers[i].value);
}

static enum sign_verdict judge(struct sent *s, int64_t now_s)
{
    return kit_judge(s->sc, s->check, &s->d, "secret", now_s * 1000000);
}

static enum sign_verdict with(const char *check, const char *value)
{
    struct sent s;

    begin(&s, check, "body");
    kit_add(&s.headers, "X-Sig", value);
    return judge(&s, NOW_S);
}

TEST(the_example_of_standard_webhooks_is_right)
{
    static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    struct sent s;

    begin(&s, STANDARD, "{\"test\": 2432232314}");
    kit_add(&s.headers, "webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
    kit_add(&s.headers, "webhook-timestamp", "1614265330");
    kit_add(&s.headers, "webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, secret, INT64_C(1614265330) * 1000000), SIGN_GOOD);
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, secret + 6, INT64_C(1614265330) * 1000000), SIGN_GOOD);
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, secret, INT64_C(1614265631) * 1000000), SIGN_STALE);
    s.headers.v[0].value = "msg_p5jXN8AQM9LWM0D4loKWxJe";
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, secret, INT64_C(1614265330) * 1000000), SIGN_WRONG);
}

/* Each bit of the body, and each of the signature as it is written. */
TEST(no_bit_of_the_body_or_the_signature_may_change)
{
    static const char *const checks[] = {PLAIN, STRIPE};

    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        struct sent s;
        char body[] = "{\"id\": 1, \"total\": \"12.50\"}";
        char *value;
        size_t signature, bits = 0;

        begin(&s, checks[i], body);
        make(&s, "secret");
        CHECK_VERDICT(judge(&s, NOW_S), SIGN_GOOD);
        for (size_t bit = 0; bit < 8 * strlen(body); bit++, bits++) {
            body[bit / 8] ^= (char)(1 << bit % 8);
            CHECK_VERDICT(judge(&s, NOW_S), SIGN_WRONG);
            body[bit / 8] ^= (char)(1 << bit % 8);
        }
        value = arena_strdup(s.sc->arena, s.headers.v[0].value);
        s.headers.v[0].value = value;
        signature = strrchr(value, '=') && i ? (size_t)(strrchr(value, '=') - value) + 1 : 0;
        for (size_t at = signature; value[at]; at++)
            for (int bit = 0; bit < 8; bit++, bits++) {
                char was = value[at];

                value[at] ^= (char)(1 << bit);
                if (judge(&s, NOW_S) == SIGN_GOOD)
                    test_failed(__FILE__, __LINE__, "bit %d of \"%c\" at %zu is not seen", bit, was, at);
                value[at] = was;
            }
        CHECK_VERDICT(judge(&s, NOW_S), SIGN_GOOD);
        CHECK(bits > 500);
    }
}

TEST(the_time_is_held_to_either_side)
{
    struct sent s;

    begin(&s, STRIPE, "body");
    make(&s, "secret");
    CHECK_VERDICT(judge(&s, NOW_S + 300), SIGN_GOOD);
    CHECK_VERDICT(judge(&s, NOW_S + 301), SIGN_STALE);
    CHECK_VERDICT(judge(&s, NOW_S - 300), SIGN_GOOD);
    CHECK_VERDICT(judge(&s, NOW_S - 301), SIGN_EARLY);
}

TEST(a_time_has_the_unit_that_was_said)
{
    static const char *const units[] = {"ms", "rfc3339"};

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct sent s;

        begin(&s,
              arena_f(test_scope()->arena,
                      "{'kind': 'hmac', 'over': '{header:x-time}|{body}', 'signature': {'header': 'x-sig', 'encoding': "
                      "'hex'}, 'time': {'header': 'X-Time', 'unit': '%s', 'tolerance_s': 60}}",
                      units[i]),
              "body");
        make(&s, "secret");
        CHECK_STR(s.headers.v[0].value, i ? "2026-01-01T00:00:00Z" : "1767225600000");
        CHECK_VERDICT(judge(&s, NOW_S + 60), SIGN_GOOD);
        CHECK_VERDICT(judge(&s, NOW_S + 61), SIGN_STALE);
        s.headers.v[0].value = i ? "2026-01-01T00:00:01Z" : "1767225600001";
        CHECK_VERDICT(judge(&s, NOW_S), SIGN_WRONG);
    }
}

TEST(a_time_that_is_no_time_is_told)
{
    static const char *const times[] = {
        "", "x", "-1", "+1767225600", " 1767225600", "1767225600.5", "1e9", "99999999999999999999"};

    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        CHECK_VERDICT(with(STRIPE, arena_f(test_scope()->arena, "t=%s,v1=00", times[i])), SIGN_MALFORMED);
}

TEST(a_header_that_is_missing_or_repeated_is_told)
{
    struct sent s;

    begin(&s, STANDARD, "body");
    kit_add(&s.headers, "webhook-id", "m1");
    make(&s, "c2VjcmV0");
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "c2VjcmV0", NOW_US), SIGN_GOOD);
    for (size_t i = 0; i < 3; i++) {
        struct sign_header was = s.headers.v[i];

        s.headers.v[i].name = "x-other";
        CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "c2VjcmV0", NOW_US), SIGN_MISSING);
        s.headers.v[i] = was;
        kit_add(&s.headers, was.name, was.value);
        CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "c2VjcmV0", NOW_US), SIGN_REPEATED);
        s.headers.n--;
    }
    s.d.header = NULL;
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "c2VjcmV0", NOW_US), SIGN_MISSING);
}

TEST(of_several_headers_the_first_that_is_there_counts)
{
    struct sent s;

    begin(&s, PLAIN, "body");
    make(&s, "secret");
    s.headers.v[0].name = "x-sig-2";
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_GOOD);
    kit_add(&s.headers, "x-sig", "AAAA");
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_MALFORMED);
}

TEST(any_of_four_secrets_is_enough_and_an_empty_one_never_is)
{
    struct sent s;
    const struct secret *v[SIGN_SECRETS_MAX];

    begin(&s, PLAIN, "body");
    make(&s, "secret");
    for (size_t right = 0; right < SIGN_SECRETS_MAX; right++) {
        for (size_t i = 0; i < SIGN_SECRETS_MAX; i++)
            v[i] = kit_secret(s.sc, i == right ? "secret" : "other");
        CHECK_VERDICT(sign_check_judge(s.sc, s.check, &s.d, v, SIGN_SECRETS_MAX, NOW_US), SIGN_GOOD);
        CHECK_VERDICT(sign_check_judge(s.sc, s.check, &s.d, v, right, NOW_US), right ? SIGN_WRONG : SIGN_NO_SECRET);
    }
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "", NOW_US), SIGN_NO_SECRET);
    /* HMAC with an empty key over "body", which anybody can make */
    s.headers.v[0].value = "fsNhnqf5IXIbbYvsg+otDG1VfgsWTa9XfmLIzIjtdK4=";
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "", NOW_US), SIGN_NO_SECRET);
    v[1] = kit_secret(s.sc, "");
    CHECK_VERDICT(sign_check_judge(s.sc, s.check, &s.d, v + 1, 1, NOW_US), SIGN_NO_SECRET);
}

TEST(a_secret_that_is_not_written_as_it_should_be_is_none)
{
    static const char *const secrets[] = {"whsec_", "whsec_*", "whsec_c2VjcmV", "whsec_c2VjcmV0 ", "whsec_c2VjcmV0\n"};
    struct sent s;

    begin(&s, STANDARD, "body");
    kit_add(&s.headers, "webhook-id", "m1");
    make(&s, "whsec_c2VjcmV0");
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "whsec_c2VjcmV0", NOW_US), SIGN_GOOD);
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
        CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, secrets[i], NOW_US), SIGN_NO_SECRET);
}

TEST(base64_is_read_in_its_one_form)
{
    static const char *const odd[] = {"",          "=",      "RIGHT ",   " RIGHT",       "RIGHT\n",
                                      "\"RIGHT\"", "RIGHT=", "v1,RIGHT", "sha256=RIGHT", "RIGHTRIGHT"};
    struct sent s;
    const char *right;
    char *other;

    begin(&s, PLAIN, "body");
    make(&s, "secret");
    right = s.headers.v[0].value;
    CHECK_INT(strlen(right), 44);
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        const char *at = strstr(odd[i], "RIGHT");
        struct buf b;

        buf_init(&b, s.sc->arena, 200);
        buf_add(&b, odd[i], at ? (size_t)(at - odd[i]) : strlen(odd[i]));
        if (at)
            buf_f(&b, "%s%s", right, at + 5);
        CHECK_VERDICT(with(PLAIN, buf_cstr(&b)), SIGN_MALFORMED);
    }
    other = arena_strdup(s.sc->arena, right);
    other[43] = '\0'; /* no padding */
    CHECK_VERDICT(with(PLAIN, other), SIGN_MALFORMED);
    other = arena_strdup(s.sc->arena, right);
    other[42]++; /* bits behind the last octet */
    CHECK_VERDICT(with(PLAIN, other), SIGN_MALFORMED);
    CHECK_VERDICT(with(PLAIN, right), SIGN_GOOD);
}

TEST(pairs_are_read_strictly)
{
    static const struct {
        const char *value;
        enum sign_verdict want;
    } odd[] = {
        {"", SIGN_MISSING},
        {"t=1767225600", SIGN_MISSING},
        {"v1=RIGHT", SIGN_MISSING},
        {"t=1767225600,v0=RIGHT", SIGN_MISSING},
        {"t=1767225600, v1=RIGHT", SIGN_MISSING},
        {"t=1767225600;v1=RIGHT", SIGN_MISSING},
        {"t=1767225600,V1=RIGHT", SIGN_MISSING},
        {"t=1767225600,t=1767225600,v1=RIGHT", SIGN_MALFORMED},
        {"t=1767225600,v1=", SIGN_MALFORMED},
        {"t=1767225600,v1=RIGHT,", SIGN_GOOD},
        {",x,v1=RIGHT,y=z,t=1767225600", SIGN_GOOD},
        {"t=1767225600,v1=00,v1=,v1=zz,v1=RIGHT", SIGN_GOOD},
        {"t=1767225601,v1=RIGHT", SIGN_WRONG},
        {"t=01767225600,v1=RIGHT", SIGN_WRONG},
        {"t=1767225600,v1=RIGHT00", SIGN_MALFORMED},
    };
    struct sent s;
    const char *right;
    struct buf b;

    begin(&s, STRIPE, "body");
    make(&s, "secret");
    right = strstr(s.headers.v[0].value, "v1=") + 3;
    CHECK_INT(strlen(right), 64);
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        const char *at = strstr(odd[i].value, "RIGHT");

        buf_init(&b, s.sc->arena, 300);
        buf_add(&b, odd[i].value, at ? (size_t)(at - odd[i].value) : strlen(odd[i].value));
        if (at)
            buf_f(&b, "%s%s", right, at + 5);
        if (with(STRIPE, buf_cstr(&b)) != odd[i].want)
            test_failed(__FILE__, __LINE__, "%s: %s", odd[i].value, sign_verdict_text(with(STRIPE, buf_cstr(&b))));
    }
    /* Sixteen are tried; who sends more only wants us to work. */
    buf_init(&b, s.sc->arena, 4000);
    buf_s(&b, "t=1767225600");
    for (int i = 0; i < 16; i++)
        buf_f(&b, ",v1=%s", right);
    CHECK_VERDICT(with(STRIPE, buf_cstr(&b)), SIGN_GOOD);
    buf_f(&b, ",v1=%s", right);
    CHECK_VERDICT(with(STRIPE, buf_cstr(&b)), SIGN_MALFORMED);
}

TEST(a_template_has_the_parts_that_it_names_in_their_order)
{
    struct sent s;
    struct bytes what = {
        "POST /t/7f?x=1 https://hooks.example.com/t/7f h 230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc8"
        "61b98e68fe31acb5 3685223346 body",
        0};
    uint8_t mac[CRYPTO_DIGEST_MAX];
    struct buf b;

    begin(&s,
          "{'kind': 'hmac', 'hash': 'sha1', 'over': '{method} {path} {url} {header:X-One} {sha256:body} {crc32:body} "
          "{body}', 'signature': {'header': 'x-sig', 'encoding': 'hex'}}",
          "body");
    kit_add(&s.headers, "x-one", "h");
    make(&s, "secret");
    what.n = strlen(what.p);
    crypto_hmac(CRYPTO_SHA1, (struct bytes){"secret", 6}, &what, 1, mac);
    buf_init(&b, s.sc->arena, 100);
    buf_hex(&b, mac, 20);
    CHECK_STR(s.headers.v[1].value, buf_cstr(&b));
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_GOOD);
    s.d.path = STR("/t/7f");
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_WRONG);
    s.d.path = STR("/t/7f?x=1");
    s.d.method = STR("PUT");
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_WRONG);
}

TEST(without_a_secret_or_a_header_nothing_is_made)
{
    struct sign_made made;
    struct sent s;

    begin(&s, STANDARD, "body");
    CHECK_ERR(
        sign_check_make(s.sc, s.check, &s.d, &(struct sign_sender){.secret = kit_secret(s.sc, "c2VjcmV0")}, &made),
        ERR_INVALID);
    kit_add(&s.headers, "webhook-id", "m1");
    CHECK_ERR(sign_check_make(s.sc, s.check, &s.d, &(struct sign_sender){.secret = NULL}, &made), ERR_INVALID);
    CHECK_ERR(sign_check_make(s.sc, s.check, &s.d, &(struct sign_sender){.secret = kit_secret(s.sc, "*")}, &made),
              ERR_INVALID);
}

TEST(pairs_may_have_no_time)
{
    static const char check[] =
        "{'kind': 'hmac', 'over': '{body}', 'signature': {'header': 'x-sig', 'encoding': 'hex', "
        "'form': 'pairs', 'version': 'signature'}}";
    struct sent s;

    begin(&s, check, "body");
    make(&s, "secret");
    CHECK(str_starts(str_of(s.headers.v[0].value), "signature="));
    CHECK_VERDICT(judge(&s, 0), SIGN_GOOD);
    CHECK_VERDICT(with(check, arena_f(s.sc->arena, "%s,algorithm=HMAC-SHA256", s.headers.v[0].value)), SIGN_GOOD);
    CHECK_VERDICT(with(check, s.headers.v[0].value + 10), SIGN_MISSING);
}

TEST(headers_that_are_needed_are_there_once)
{
    struct sent s;

    begin(&s,
          "{'kind': 'hmac', 'over': '{body}', 'signature': {'header': 'x-sig', 'encoding': 'hex'}, "
          "'needs': ['x-topic', ['x-id', 'id']]}",
          "body");
    make(&s, "secret");
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_MISSING);
    kit_add(&s.headers, "x-topic", "t");
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_MISSING);
    kit_add(&s.headers, "id", "1");
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_GOOD);
    kit_add(&s.headers, "x-topic", "t");
    CHECK_VERDICT(judge(&s, NOW_S), SIGN_REPEATED);
}
