#include "base/timefmt.h"
#include "unit/server/sign/sign_kit.h"

/* Deliveries as vendors' own packages signed and judged them, and what a manifest would say to check each. */
#define BODY64(header) "{'kind': 'hmac', 'over': '{body}', 'signature': {'header': " header ", 'encoding': 'base64'}}"
#define STANDARD_WEBHOOKS                                                                                              \
    "'kind': 'hmac', 'over': '{header:webhook-id}.{t}.{body}', 'signature': {'header': 'webhook-signature', "          \
    "'encoding': 'base64', 'form': 'list', 'version': 'v1'}, "                                                         \
    "'time': {'header': 'webhook-timestamp', 'unit': 's', 'tolerance_s': 300}"

static const struct row {
    const char *vendor, *scheme; /* the scheme begins so */
    const char *check;
} rows[] = {
    {"shopify", "",
     "{'kind': 'hmac', 'over': '{body}', "
     "'signature': {'header': ['X-Shopify-Hmac-Sha256', 'shopify-hmac-sha256'], 'encoding': 'base64'}, "
     "'needs': [['x-shopify-topic', 'shopify-topic'], ['x-shopify-shop-domain', 'shopify-shop-domain'], "
     "['x-shopify-api-version', 'shopify-api-version'], ['x-shopify-webhook-id', 'shopify-webhook-id']]}"},
    {"stripe", "",
     "{'kind': 'hmac', 'over': '{t}.{body}', 'signature': {'header': 'stripe-signature', 'encoding': 'hex', "
     "'form': 'pairs', 'time': 't', 'version': 'v1'}, 'time': {'unit': 's', 'tolerance_s': 300}}"},
    {"square", "",
     "{'kind': 'hmac', 'over': '{url}{body}', "
     "'signature': {'header': 'x-square-hmacsha256-signature', 'encoding': 'base64'}}"},
    {"bigcommerce", "", "{" STANDARD_WEBHOOKS "}"},
    {"shipbob", "", "{'key': 'base64', 'prefix': 'whsec_', " STANDARD_WEBHOOKS "}"},
    {"adyen", "hmac-sha256-base64 over colon-joined",
     "{'kind': 'hmac_items', 'items': '/notificationItems', 'separator': ':', 'key': 'hex', 'fields': ["
     "'/NotificationRequestItem/pspReference', '/NotificationRequestItem/originalReference', "
     "'/NotificationRequestItem/merchantAccountCode', '/NotificationRequestItem/merchantReference', "
     "'/NotificationRequestItem/amount/value', '/NotificationRequestItem/amount/currency', "
     "'/NotificationRequestItem/eventCode', '/NotificationRequestItem/success'], 'signature': "
     "{'pointer': '/NotificationRequestItem/additionalData/hmacSignature', 'encoding': 'base64'}}"},
    {"adyen", "hmac-sha256-base64 over raw body",
     "{'kind': 'hmac', 'over': '{body}', 'key': 'hex', "
     "'signature': {'header': 'hmacsignature', 'encoding': 'base64'}}"},
    {"quickbooks-online", "", BODY64("'intuit-signature'")},
    {"xero", "", BODY64("'x-xero-signature'")},
    {"woocommerce", "", BODY64("'x-wc-webhook-signature'")},
    {"loop-returns", "", BODY64("'x-loop-signature'")},
    {"walmart", "",
     "{'kind': 'hmac', 'over': '{method}\\n{path}\\n{t}\\n{sha256:body}', "
     "'signature': {'header': 'WM_SEC.SIGNATURE', 'encoding': 'base64'}, "
     "'time': {'header': 'WM_SEC.TIMESTAMP', 'unit': 's', 'tolerance_s': 300}}"},
    {"paypal", "",
     "{'kind': 'rsa_certificate', "
     "'over': '{header:paypal-transmission-id}|{header:paypal-transmission-time}|{secret:webhook_id}|{crc32:body}', "
     "'signature': {'header': 'paypal-transmission-sig', 'encoding': 'base64'}, "
     "'algorithm': {'header': 'paypal-auth-algo', 'is': 'SHA256withRSA'}, "
     "'certificate': {'header': 'paypal-cert-url', 'hosts': ['*.paypal.com']}}"},
};

static const struct row *row_of(const struct doc *v)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(doc_text(doc_get(v, "vendor")), rows[i].vendor) &&
            str_starts(doc_text(doc_get(v, "scheme")), rows[i].scheme))
            return &rows[i];
    return NULL;
}

struct case_ {
    const struct sign_check *check;
    struct sign_delivery d;
    struct kit_headers headers;
    const struct secret *secret;
    int64_t now_us;
    bool good;
};

static const struct secret *secret_of(struct scope *sc, const struct doc *v)
{
    const struct doc *s = doc_get(v, "secret");
    struct str text = doc_text(s);

    if (doc_kind(s) == DOC_OBJECT)
        text = doc_text(doc_get(s, "client_secret") ? doc_get(s, "client_secret") : doc_get(s, "secret"));
    if (doc_get(v, "webhook_id"))
        text = doc_text(doc_get(v, "webhook_id"));
    CHECK(text.n > 0);
    return kit_secret_of(sc, text);
}

static void read_case(struct scope *sc, const struct row *row, const struct doc *v, struct case_ *out)
{
    const struct doc *headers = doc_get(v, "headers");
    int64_t now_s = NOW_S;

    if (doc_get(v, "certificate_pem"))
        CHECK(time_parse(STR("2026-11-30T00:00:00Z"), &now_s) && (now_s /= 1000000) > 0);
    (void)doc_int(doc_get(v, "received_at"), &now_s);
    *out = (struct case_){.check = kit_check(sc, row->check),
                          .d = {.method = doc_get(v, "method") ? doc_text(doc_get(v, "method")) : STR("POST"),
                                .url = doc_text(doc_get(v, "notification_url")),
                                .path = doc_text(doc_get(v, "path")),
                                .body = doc_text(doc_get(v, "body")),
                                .header = kit_header,
                                .arg = &out->headers,
                                .key = doc_text(doc_get(v, "certificate_pem"))},
                          .secret = secret_of(sc, v),
                          .now_us = now_s * 1000000,
                          .good = str_is(doc_text(doc_get(v, "expect")), "valid")};
    for (size_t i = 0; i < doc_count(headers); i++)
        kit_add(&out->headers, str_dup(sc->arena, doc_key(headers, i)), doc_cstr(sc->arena, doc_at(headers, i)));
}

/* Whatever is good is bad with another body, secret or signature. */
static void spoil(struct scope *sc, const struct case_ *c, const char *what)
{
    struct sign_delivery d = c->d;
    const struct secret *other = kit_secret(sc, "0123456789abcdef"), *both[] = {other, c->secret};
    struct kit_headers none = {.n = 0};

    d.body = str_of(arena_f(sc->arena, "%.*s ", (int)d.body.n, d.body.p));
    /* What is signed field by field is the same with a space behind it. */
    if (!c->check->items && sign_check_judge(sc, c->check, &d, &c->secret, 1, c->now_us) == SIGN_GOOD)
        test_failed(__FILE__, __LINE__, "%s: a space behind the body is not seen", what);
    CHECK(sign_check_judge(sc, c->check, &c->d, &other, 1, c->now_us) != SIGN_GOOD);
    CHECK(sign_check_judge(sc, c->check, &c->d, NULL, 0, c->now_us) == SIGN_NO_SECRET);
    CHECK_VERDICT(sign_check_judge(sc, c->check, &c->d, both, 2, c->now_us), SIGN_GOOD);
    d = c->d;
    d.arg = &none;
    if (!c->check->items)
        CHECK_VERDICT(sign_check_judge(sc, c->check, &d, &c->secret, 1, c->now_us), SIGN_MISSING);
}

TEST(deliveries_get_the_verdict_of_the_vendors_packages)
{
    struct scope *sc = test_scope();
    struct {
        unsigned good, bad;
    } counts[ARRAY_LEN(rows)] = {0};
    const struct doc *all;
    size_t seen = 0;

    CHECK_OK(crypto_start(sc));
    all = kit_shared(sc, "webhooks.json");
    for (size_t i = 0; i < doc_count(all); i++) {
        const struct doc *v = doc_at(all, i);
        const struct row *row = row_of(v);
        struct case_ c;
        enum sign_verdict got;

        if (!row) {
            test_failed(__FILE__, __LINE__, "vector %zu is of a vendor without a check", i);
            continue;
        }
        read_case(sc, row, v, &c);
        got = sign_check_judge(sc, c.check, &c.d, &c.secret, 1, c.now_us);
        if ((got == SIGN_GOOD) != c.good)
            test_failed(__FILE__, __LINE__, "vector %zu of %s: %s", i, row->vendor, sign_verdict_text(got));
        if (c.good)
            spoil(sc, &c, row->vendor);
        *(c.good ? &counts[row - rows].good : &counts[row - rows].bad) += 1;
        seen++;
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        printf("# %s%s%s: %u good, %u bad\n", rows[i].vendor, *rows[i].scheme ? ", " : "", rows[i].scheme,
               counts[i].good, counts[i].bad);
        CHECK(counts[i].good > 0);
    }
    CHECK(seen == doc_count(all) && seen >= 60);
}

TEST(what_the_vendors_refuse_is_told_for_its_own_reason)
{
    static const struct {
        const char *vendor, *note;
        enum sign_verdict want;
    } told[] = {
        {"shopify", "one byte added before the last brace", SIGN_WRONG},
        {"stripe", "body re-serialised without white space", SIGN_WRONG},
        {"square", "URL differs from the registered one", SIGN_WRONG},
        {"bigcommerce", "unknown version only", SIGN_MISSING},
        {"shipbob", "older than five minutes", SIGN_STALE},
        {"walmart", "older than the accepted window", SIGN_STALE},
        {"paypal", "other webhook id configured", SIGN_WRONG},
        {"paypal", "certificate host not the vendor's", SIGN_OTHER_HOST},
    };
    struct scope *sc = test_scope();
    const struct doc *all;
    unsigned found = 0;

    CHECK_OK(crypto_start(sc));
    all = kit_shared(sc, "webhooks.json");
    for (size_t i = 0; i < doc_count(all); i++)
        for (size_t k = 0; k < ARRAY_LEN(told); k++) {
            const struct doc *v = doc_at(all, i);
            struct case_ c;

            if (!str_is(doc_text(doc_get(v, "vendor")), told[k].vendor) ||
                !str_is(doc_text(doc_get(v, "note")), told[k].note))
                continue;
            read_case(sc, row_of(v), v, &c);
            CHECK_VERDICT(sign_check_judge(sc, c.check, &c.d, &c.secret, 1, c.now_us), told[k].want);
            found |= 1u << k;
        }
    CHECK_INT(found, (1u << ARRAY_LEN(told)) - 1);
}

/* The signature itself is behind the last comma, if there is one, and is among those that were sent. */
static bool made_as_sent(const struct case_ *c, const char *value)
{
    const struct signature_rule *s = &c->check->signature;
    const char *comma = strrchr(value, ',');
    struct str sent;
    size_t count = 0;

    for (size_t i = 0; i < s->headers.n && !count; i++)
        sent = c->d.header(c->d.arg, s->headers.v[i], &count);
    value = comma ? comma + 1 : value;
    CHECK(count == 1 && strlen(value) >= 44);
    CHECK(memmem(sent.p, sent.n, value, strlen(value)) != NULL);
    return true;
}

/* What we make for a vendor that we play is what its package would have made. */
TEST(headers_that_are_made_are_those_of_the_vendors_packages)
{
    struct scope *sc = test_scope();
    const struct doc *all;
    unsigned same = 0;

    CHECK_OK(crypto_start(sc));
    all = kit_shared(sc, "webhooks.json");
    for (size_t i = 0; i < doc_count(all); i++) {
        const struct doc *v = doc_at(all, i);
        const struct row *row = row_of(v);
        struct sign_made made;
        struct case_ c;

        if (!row || strcmp(row->vendor, "paypal") == 0)
            continue;
        read_case(sc, row, v, &c);
        if (!c.good)
            continue;
        CHECK_OK(
            sign_check_make(sc, c.check, &c.d, &(struct sign_sender){.secret = c.secret, .now_us = NOW_US}, &made));
        if (c.check->items) {
            CHECK(str_equal(made.body, c.d.body));
            same++;
        } else {
            same += made_as_sent(&c, made.headers[made.n - 1].value);
        }
    }
    CHECK_INT(same, 40);
}

/* ---- requests ---- */

static void oauth1(struct scope *sc, const struct doc *v)
{
    int64_t now_s = 0;
    struct str token_secret = doc_text(doc_get(v, "token_secret"));
    struct str consumer_secret = doc_text(doc_get(v, "consumer_secret"));
    struct sign_oauth1 o = {.consumer_key = doc_text(doc_get(v, "consumer_key")),
                            .consumer_secret = kit_secret_of(sc, consumer_secret),
                            .token = doc_text(doc_get(v, "token")),
                            .token_secret = token_secret.n ? kit_secret_of(sc, token_secret) : NULL,
                            .realm = doc_text(doc_get(v, "realm")),
                            .nonce = doc_text(doc_get(v, "nonce"))};
    struct sign_request r = {.method = doc_text(doc_get(v, "method")), .url = doc_text(doc_get(v, "url"))};
    const char *got, *url;
    struct buf b;

    CHECK(doc_int(doc_get(v, "timestamp"), &now_s));
    o.now_us = now_s * 1000000;
    CHECK_OK(sign_oauth1_header(sc, &o, &r, &got));
    CHECK_STR(got, doc_cstr(sc->arena, doc_get(v, "authorization")));
    CHECK_OK(sign_oauth1_url(sc, &o, &r, &url));
    buf_init(&b, sc->arena, 1000);
    buf_s(&b, "&oauth_signature=");
    buf_percent(&b, doc_text(doc_get(v, "oauth_signature")));
    CHECK(str_starts(str_of(url), str_dup(sc->arena, r.url)) && strstr(url, buf_cstr(&b)));
}

static void aws(struct scope *sc, const struct doc *v)
{
    const struct doc *request = doc_get(v, "request"), *headers = doc_get(request, "headers");
    struct str secret = doc_text(doc_get(v, "secret_key"));
    struct sign_aws a = {.access_key = doc_text(doc_get(v, "access_key")),
                         .secret_key = kit_secret_of(sc, secret),
                         .service = doc_cstr(sc->arena, doc_get(request, "service")),
                         .region = doc_cstr(sc->arena, doc_get(request, "region")),
                         .now_us = NOW_US};
    struct sign_header all[KIT_HEADERS_MAX];
    struct sign_request r = {
        .method = doc_text(doc_get(request, "method")), .headers = all, .body = doc_text(doc_get(request, "body"))};
    struct sign_made made;

    r.url = str_of(arena_f(sc->arena, "https://%s%s", doc_cstr(sc->arena, doc_get(request, "host")),
                           doc_cstr(sc->arena, doc_get(request, "path"))));
    for (size_t i = 0; i < doc_count(headers); i++) {
        const struct doc *h = doc_at(headers, i);

        all[r.n].name = str_dup(sc->arena, doc_key(headers, i));
        all[r.n++].value = doc_kind(h) == DOC_TEXT ? doc_cstr(sc->arena, h) : str_dup(sc->arena, doc_number_text(h));
    }
    CHECK_OK(sign_aws_v4(sc, &a, &r, &made));
    CHECK_INT(made.n, 2);
    CHECK_STR(made.headers[0].name, "X-Amz-Date");
    CHECK_STR(made.headers[0].value, doc_cstr(sc->arena, doc_get(headers, "X-Amz-Date")));
    CHECK_STR(made.headers[1].value, doc_cstr(sc->arena, doc_get(headers, "Authorization")));
}

TEST(requests_are_signed_as_the_packages_sign_them)
{
    struct scope *sc = test_scope();
    const struct doc *all;
    unsigned oauth1s = 0, awss = 0;

    CHECK_OK(crypto_start(sc));
    all = kit_shared(sc, "request-signing.json");
    for (size_t i = 0; i < doc_count(all); i++) {
        struct str kind = doc_text(doc_get(doc_at(all, i), "kind"));

        if (str_is(kind, "oauth1-hmac-sha256") && ++oauth1s)
            oauth1(sc, doc_at(all, i));
        else if (str_is(kind, "aws-sigv4") && ++awss)
            aws(sc, doc_at(all, i));
        else
            test_failed(__FILE__, __LINE__, "request %zu is of no kind that we sign", i);
    }
    printf("# OAuth 1.0a: %u, AWS Signature Version 4: %u\n", oauth1s, awss);
    CHECK(oauth1s >= 4 && awss >= 2);
}
