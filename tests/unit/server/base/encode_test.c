#include "kit/test.h"

#include "base/buf.h"

static const char *base64(const char *in)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1000);
    buf_base64(&b, in, strlen(in));
    return buf_cstr(&b);
}

static bool decodes(const char *in)
{
    char out[64];
    size_t n;

    return base64_decode(str_of(in), out, sizeof(out), &n);
}

/* RFC 4648 section 10. */
static const struct {
    const char *plain, *base64, *hex;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
};

TEST(the_rfc_vectors_encode_and_decode)
{
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        char out[16];
        struct buf b;
        size_t n;

        CHECK_STR(base64(vectors[i].plain), vectors[i].base64);
        CHECK(base64_decode(str_of(vectors[i].base64), out, sizeof(out), &n));
        CHECK(str_is((struct str){out, n}, vectors[i].plain));
        buf_init(&b, test_scope()->arena, 100);
        buf_hex(&b, vectors[i].plain, strlen(vectors[i].plain));
        CHECK_STR(buf_cstr(&b), vectors[i].hex);
        CHECK(hex_decode(str_of(vectors[i].hex), out, sizeof(out), &n));
        CHECK(str_is((struct str){out, n}, vectors[i].plain));
    }
}

TEST(every_octet_survives_both_ways)
{
    uint8_t in[256], out[256];

    for (int i = 0; i < 256; i++)
        in[i] = (uint8_t)i;
    for (size_t n = 0; n <= 256; n++) {
        struct buf b, h;
        size_t got;

        buf_init(&b, test_scope()->arena, 1000);
        buf_init(&h, test_scope()->arena, 1000);
        buf_base64(&b, in, n);
        buf_hex(&h, in, n);
        CHECK(base64_decode(buf_str(&b), out, sizeof(out), &got) && got == n && memcmp(in, out, n) == 0);
        CHECK(hex_decode(buf_str(&h), out, sizeof(out), &got) && got == n && memcmp(in, out, n) == 0);
    }
}

TEST(base64_that_is_not_canonical_is_refused)
{
    static const char *const bad[] = {
        "Zg",   "Zg=",      "Zg===",  "Z===",  "====",  "=",    "Zh==", /* a bit set that is cut off */
        "Zm9=", "Zg==Zg==", "Zm9v\n", "Zm 9v", "Zm9v ", "Zm-_", "Zm9\x80", "Zm8=Zm9v", "Zm=v", "=Zm9", "Zg=\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (decodes(bad[i]))
            test_failed(__FILE__, __LINE__, "\"%s\" was taken", bad[i]);
    CHECK(decodes("+/+/"));
}

TEST(a_small_output_is_never_overrun)
{
    char out[3] = "..";
    size_t n = 99;

    CHECK(!base64_decode(STR("Zm9v"), out, 2, &n));
    CHECK(!hex_decode(STR("666f6f"), out, 2, &n));
    CHECK_INT(n, 99);
    CHECK_INT(out[2], 0);
    CHECK(base64_decode(STR("Zm8="), out, 2, &n));
    CHECK_INT(n, 2);
}

TEST(hex_is_read_in_either_case_and_nothing_else)
{
    uint8_t out[4];
    size_t n;

    CHECK(hex_decode(STR("aBCd"), out, sizeof(out), &n));
    CHECK_INT(out[0] << 8 | out[1], 0xabcd);
    CHECK(!hex_decode(STR("abc"), out, sizeof(out), &n));
    CHECK(!hex_decode(STR("0x"), out, sizeof(out), &n));
    CHECK(!hex_decode(STR("ag"), out, sizeof(out), &n));
    CHECK(!hex_decode(STR(" a"), out, sizeof(out), &n));
}

TEST(base64url_has_its_own_two_digits_and_no_padding)
{
    static const uint8_t octets[] = {0xfb, 0xff, 0xbf, 0xfe};
    static const char *const bad[] = {"-_-__g==", "+/+//g", "-_-__", "-_-__h", "-_-_ g", "-_-__g\n", "=", "A"};
    uint8_t out[8];
    struct buf b;
    size_t n = 0;

    buf_init(&b, test_scope()->arena, 100);
    buf_s(&b, "a+/=");
    buf_base64url(&b, octets, sizeof(octets));
    CHECK_STR(buf_cstr(&b), "a+/=-_-__g");
    CHECK(base64url_decode(STR("-_-__g"), out, sizeof(out), &n) && n == 4 && memcmp(out, octets, 4) == 0);
    CHECK(base64url_decode(STR(""), out, sizeof(out), &n) && n == 0);
    CHECK(!base64url_decode(STR("-_-__g"), out, 3, &n));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!base64url_decode(str_of(bad[i]), out, sizeof(out), &n));
}

TEST(what_an_address_reserves_is_percent_encoded)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 100);
    buf_percent(&b, (struct str){"aZ09-._~ /?&=%+\xc3\xbc\0", 18});
    CHECK_STR(buf_cstr(&b), "aZ09-._~%20%2F%3F%26%3D%25%2B%C3%BC%00");
}
