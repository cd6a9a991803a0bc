#include "base/timefmt.h"
#include "unit/server/crypto/pems.h"
#include "unit/server/sign/sign_kit.h"

/* Signatures by certificates and by keys that a header names. */
#define CHECK_OF(more)                                                                                                 \
    "{'kind': 'rsa_certificate', 'over': '{header:x-id}|{secret:hook}|{crc32:body}', "                                 \
    "'signature': {'header': 'x-sig', 'encoding': 'base64'}, 'algorithm': {'header': 'x-algo', 'is': "                 \
    "'SHA256withRSA'}, 'certificate': {'header': 'x-cert', 'hosts': ['*.vendor.example', 'certs.other.example'], "     \
    "'name': 'signer.example.com'}" more "}"
#define URL "https://api.vendor.example/certs/1"

struct sent {
    struct scope *sc;
    const struct sign_check *check;
    struct kit_headers headers;
    struct sign_delivery d;
    int64_t now_us;
};

static void begin(struct sent *s, const char *check, const char *pem, const char *key_name)
{
    struct sign_sender by = {.key_name = key_name};
    struct sign_made made;

    s->sc = test_scope();
    CHECK_OK(crypto_start(s->sc));
    CHECK(time_parse(STR("2027-03-01T00:00:00Z"), &s->now_us));
    s->check = kit_check(s->sc, check);
    s->headers.n = 0;
    s->d = (struct sign_delivery){.body = STR("{\"a\":1}"),
                                  .header = kit_header,
                                  .arg = &s->headers,
                                  .key = STR(PEM_LEAF PEM_ISSUER),
                                  .roots = STR(PEM_ROOT)};
    kit_add(&s->headers, "x-id", "id-1");
    by.secret = kit_secret(s->sc, "HOOK");
    by.pem = kit_secret(s->sc, pem);
    by.now_us = s->now_us;
    CHECK_OK(sign_check_make(s->sc, s->check, &s->d, &by, &made));
    for (size_t i = 0; i < made.n; i++)
        kit_add(&s->headers, made.headers[i].name, made.headers[i].value);
}

static enum sign_verdict judge(struct sent *s)
{
    return kit_judge(s->sc, s->check, &s->d, "HOOK", s->now_us);
}

static struct sign_header *header(struct sent *s, const char *name)
{
    for (size_t i = 0; i < s->headers.n; i++)
        if (strcmp(s->headers.v[i].name, name) == 0)
            return &s->headers.v[i];
    test_failed(__FILE__, __LINE__, "there is no %s", name);
    return NULL;
}

TEST(what_a_certificate_signed_is_good_and_nothing_beside_it)
{
    const struct secret *two[2];
    struct sent s;

    begin(&s, CHECK_OF(""), PEM_LEAF_KEY, URL);
    CHECK_VERDICT(judge(&s), SIGN_GOOD);
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "OTHER", s.now_us), SIGN_WRONG);
    CHECK_VERDICT(kit_judge(s.sc, s.check, &s.d, "", s.now_us), SIGN_NO_SECRET);
    two[0] = kit_secret(s.sc, "OTHER");
    two[1] = kit_secret(s.sc, "HOOK");
    CHECK_VERDICT(sign_check_judge(s.sc, s.check, &s.d, two, 2, s.now_us), SIGN_GOOD);
    s.d.body = STR("{\"a\":2}");
    CHECK_VERDICT(judge(&s), SIGN_WRONG);
    s.d.body = STR("{\"a\":1}");
    header(&s, "x-id")->value = "id-2";
    CHECK_VERDICT(judge(&s), SIGN_WRONG);
}

TEST(no_octet_of_a_signature_may_change)
{
    struct sent s;
    char *value;

    begin(&s, CHECK_OF(""), PEM_LEAF_KEY, URL);
    value = arena_strdup(s.sc->arena, header(&s, "x-sig")->value);
    header(&s, "x-sig")->value = value;
    for (size_t i = 0; value[i]; i++) {
        char was = value[i];

        value[i] = was == 'A' ? 'B' : 'A';
        CHECK(judge(&s) != SIGN_GOOD);
        value[i] = was;
    }
    CHECK_VERDICT(judge(&s), SIGN_GOOD);
}

TEST(each_header_of_a_certified_delivery_is_needed)
{
    static const char *const names[] = {"x-id", "x-sig", "x-algo", "x-cert"};
    struct sent s;

    begin(&s, CHECK_OF(""), PEM_LEAF_KEY, URL);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        header(&s, names[i])->name = "x-gone";
        CHECK_VERDICT(judge(&s), SIGN_MISSING);
        header(&s, "x-gone")->name = names[i];
    }
    header(&s, "x-algo")->value = "SHA1withRSA";
    CHECK_VERDICT(judge(&s), SIGN_MALFORMED);
}

TEST(a_certificate_is_in_time_for_its_name_and_of_the_right_issuer)
{
    struct sent s;

    begin(&s, CHECK_OF(""), PEM_LEAF_KEY, URL);
    s.d.key = STR("");
    CHECK_VERDICT(judge(&s), SIGN_NO_CERTIFICATE);
    s.d.key = STR(PEM_LEAF);
    CHECK_VERDICT(judge(&s), SIGN_NO_CERTIFICATE);
    s.d.key = STR(PEM_ISSUER PEM_ROOT); /* a good chain of somebody else */
    CHECK_VERDICT(judge(&s), SIGN_NO_CERTIFICATE);
    s.d.key = STR(PEM_LEAF PEM_ISSUER);
    s.now_us = NOW_US; /* before it begins */
    CHECK_VERDICT(judge(&s), SIGN_NO_CERTIFICATE);
}

TEST(a_certificate_is_fetched_from_the_vendors_hosts_alone)
{
    static const char *const good[] = {URL, "https://vendor.vendor.example/", "HTTPS://A.B.VENDOR.EXAMPLE:443/x?y=1",
                                       "https://certs.other.example"};
    static const char *const bad[] = {"",
                                      "http://api.vendor.example/certs/1",
                                      "https://vendor.example/",
                                      "https://.vendor.example/",
                                      "https://evilvendor.example/",
                                      "https://api.vendor.example.evil.example/",
                                      "https://x.certs.other.example/",
                                      "https://api.vendor.example:8443/",
                                      "https://user@api.vendor.example/",
                                      "https://evil.example/@api.vendor.example/",
                                      "https://evil.example\\.vendor.example/",
                                      "https://evil.example?.vendor.example/",
                                      "https://evil.example#.vendor.example/",
                                      "https://api.vendor.example/#x",
                                      "https://api.vendor.example/ x",
                                      "https://api.vendor.example./",
                                      "//api.vendor.example/",
                                      "ftp://api.vendor.example/",
                                      "https://[::1].vendor.example/",
                                      "https://a%2e.vendor.example/"};
    struct sent s;
    const char *url;

    begin(&s, CHECK_OF(""), PEM_LEAF_KEY, URL);
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        header(&s, "x-cert")->value = good[i];
        CHECK_VERDICT(sign_check_fetch(s.sc, s.check, &s.d, &url), SIGN_GOOD);
        CHECK_STR(url, good[i]);
        CHECK_VERDICT(judge(&s), SIGN_GOOD);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        header(&s, "x-cert")->value = bad[i];
        if (sign_check_fetch(s.sc, s.check, &s.d, &url) != SIGN_OTHER_HOST)
            test_failed(__FILE__, __LINE__, "%s is taken", bad[i]);
        CHECK_VERDICT(judge(&s), SIGN_OTHER_HOST);
    }
    header(&s, "x-cert")->name = "x-gone";
    CHECK_VERDICT(sign_check_fetch(s.sc, s.check, &s.d, &url), SIGN_MISSING);
}

TEST(a_certified_delivery_may_have_a_time)
{
    struct sent s;

    begin(&s,
          "{'kind': 'rsa_certificate', 'over': '{t}.{body}', 'signature': {'header': 'x-sig', 'encoding': 'base64'}, "
          "'certificate': {'header': 'x-cert', 'hosts': ['*.vendor.example']}, "
          "'time': {'header': 'x-time', 'unit': 'rfc3339', 'tolerance_s': 300}}",
          PEM_LEAF_KEY, URL);
    CHECK_STR(header(&s, "x-time")->value, "2027-03-01T00:00:00Z");
    CHECK_VERDICT(sign_check_judge(s.sc, s.check, &s.d, NULL, 0, s.now_us), SIGN_GOOD);
    CHECK_VERDICT(sign_check_judge(s.sc, s.check, &s.d, NULL, 0, s.now_us + 301000000), SIGN_STALE);
    header(&s, "x-time")->value = "2027-03-01T00:00:01Z";
    CHECK_VERDICT(sign_check_judge(s.sc, s.check, &s.d, NULL, 0, s.now_us), SIGN_WRONG);
}

#define EBAY                                                                                                           \
    "{'kind': 'ecdsa_key', 'hash': 'sha1', 'over': '{body}', 'signature': {'header': 'X-EBAY-SIGNATURE', 'pointer': "  \
    "'/signature', 'key': '/kid'}, 'url': 'https://api.vendor.example/public_key/{key}?v=1'}"

TEST(a_key_that_a_header_names_is_fetched_and_verifies)
{
    struct sent s;
    const char *url;

    begin(&s, EBAY, PEM_EC_KEY, "9936261a/..");
    CHECK_VERDICT(sign_check_fetch(s.sc, s.check, &s.d, &url), SIGN_GOOD);
    CHECK_STR(url, "https://api.vendor.example/public_key/9936261a%2F..?v=1");
    CHECK_VERDICT(judge(&s), SIGN_NO_CERTIFICATE); /* a chain is no public key */
    s.d.key = STR(PEM_EC_PUBLIC);
    CHECK_VERDICT(judge(&s), SIGN_GOOD);
    CHECK_VERDICT(sign_check_judge(s.sc, s.check, &s.d, NULL, 0, s.now_us), SIGN_GOOD);
    s.d.body = STR("{\"a\":2}");
    CHECK_VERDICT(judge(&s), SIGN_WRONG);
    s.d.body = STR("{\"a\":1}");
    s.d.key = STR(PEM_LEAF_PUBLIC);
    CHECK_VERDICT(judge(&s), SIGN_WRONG);
}

TEST(a_header_that_names_no_key_is_told)
{
    static const char *const odd[] = {"", "x", "{}", "e30=", "eyJraWQiOiIifQ==", "eyJraWQiOiIuLiJ9", "eyJraWQiOjF9"};
    struct sent s;
    const char *url;

    begin(&s, EBAY, PEM_EC_KEY, "k");
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        header(&s, "x-ebay-signature")->value = odd[i];
        CHECK_VERDICT(sign_check_fetch(s.sc, s.check, &s.d, &url), SIGN_MALFORMED);
        CHECK_VERDICT(judge(&s), SIGN_MALFORMED);
    }
}

TEST(a_check_without_a_key_pair_fetches_nothing)
{
    struct sent s;
    const char *url = "x";

    s.sc = test_scope();
    s.check = kit_check(s.sc, "{'kind': 'none'}");
    CHECK_VERDICT(sign_check_fetch(s.sc, s.check, &s.d, &url), SIGN_GOOD);
    CHECK(url == NULL);
}
