#include "kit/test.h"
#include "json/doc.h"

static const char *sorted(const char *text)
{
    struct scope *sc = test_scope();
    const struct doc *d;
    struct buf b;

    CHECK_OK(doc_parse(sc, str_of(text), &d));
    buf_init(&b, sc->arena, 100000);
    doc_write_sorted(sc->arena, &b, d);
    return buf_cstr(&b);
}

TEST(members_stand_in_the_order_of_their_names)
{
    CHECK_STR(sorted("{\"b\": 1, \"a\": [ {\"z\":null,\"y\":true} , 2.50 ], \"\\u0061b\": \"x\"}"),
              "{\"a\":[{\"y\":true,\"z\":null},2.50],\"ab\":\"x\",\"b\":1}");
    CHECK_STR(sorted("{\"a\":1,\"aa\":2,\"\":3}"), "{\"\":3,\"a\":1,\"aa\":2}");
    CHECK_STR(sorted("[]"), "[]");
    CHECK_STR(sorted("{}"), "{}");
}

TEST(items_keep_their_order_and_numbers_their_text)
{
    CHECK_STR(sorted("[2,1,1.0,10e1]"), "[2,1,1.0,10e1]");
}

static const char *canonical(const char *text)
{
    struct scope *sc = test_scope();
    const struct doc *d;
    struct buf b;

    CHECK_OK(doc_parse(sc, str_of(text), &d));
    buf_init(&b, sc->arena, 100000);
    doc_canonical(sc->arena, &b, d);
    return buf_cstr(&b);
}

/* The example of RFC 8785, section 3.2.3. */
TEST(names_are_ordered_by_their_utf_16_units)
{
    const char *text = "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With "
                       "Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
                       "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}";
    const char *ordered =
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"Latin Small "
        "Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning "
        "Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}";

    CHECK_STR(canonical(text), ordered);
    CHECK_STR(sorted(text), ordered);
    CHECK_STR(canonical("{\"\xee\x80\x80\":1,\"\xed\x9f\xbf\":2,\"\xf4\x8f\xbf\xbf\":3,\"\xef\xbf\xbf\":4}"),
              "{\"\xed\x9f\xbf\":2,\"\xf4\x8f\xbf\xbf\":3,\"\xee\x80\x80\":1,\"\xef\xbf\xbf\":4}");
}

/* The example of RFC 8785, section 3.2.2. */
TEST(values_have_one_form)
{
    CHECK_STR(canonical("{\n  \"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],\n"
                        "  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
                        "  \"literals\": [null, true, false]\n}"),
              "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\"string\":"
              "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(integers_of_64_bits_keep_all_their_digits_and_others_are_doubles)
{
    CHECK_STR(canonical("[1,1.0,1e0,100e-2,-0,0.0e7,1e3,-5]"), "[1,1,1,1,0,0,1000,-5]");
    CHECK_STR(canonical("[9007199254740993,9007199254740993.0,9.223372036854775807e18,-9223372036854775808]"),
              "[9007199254740993,9007199254740993,9223372036854775807,-9223372036854775808]");
    CHECK_STR(canonical("[9223372036854775808,1e21,123456789012345678901234567890,-9223372036854775809]"),
              "[9223372036854776000,1e+21,1.2345678901234568e+29,-9223372036854776000]");
    CHECK_STR(canonical("[1e400,-12.50e-1000,12.50e1000]"), "[1e+400,0,1.25e+1001]");
}

TEST(canonical_octets_stay_as_they_are_when_read_again)
{
    static const char *const texts[] = {
        "{\"b\":[1.50,{\"\xf0\x9f\x98\x80\":1e5,\"\xef\xbf\xbd\":-0}],\"a\":\"\\u001f\"}",
        "[1152921504606846976.5,9223372036854775807.5,-9223372036854775807.5,1e-400]",
        "[18446744073709551616,5e-324,1.7976931348623157e308,1e309,123e4000,18e3720368536854775407]"};

    for (size_t i = 0; i < 3; i++)
        CHECK_STR(canonical(canonical(texts[i])), canonical(texts[i]));
}
