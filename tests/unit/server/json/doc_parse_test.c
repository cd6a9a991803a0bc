#include "json/doc.h"

#include <stdlib.h>

#include "base/must.h"
#include "kit/test.h"

static const struct doc *given_doc(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

static const char *refusal(struct str text)
{
    struct scope *sc = test_scope();
    const struct doc *d = NULL;

    scope_clear(sc);
    CHECK_ERR(doc_parse(sc, text, &d), ERR_INVALID);
    CHECK(d == NULL);
    CHECK_INT(scope_fault(sc)->http_status, 400);
    return scope_fault(sc)->message;
}

static const char *repeated(struct arena *a, const char *what, size_t times, const char *rest)
{
    struct buf b;

    buf_init(&b, a, 64 << 20);
    for (size_t i = 0; i < times; i++)
        buf_s(&b, what);
    buf_s(&b, rest);
    return buf_cstr(&b);
}

static const char *nested(struct arena *a, size_t depth)
{
    return arena_f(a, "%s%s", repeated(a, "[", depth, ""), repeated(a, "]", depth, ""));
}

TEST(what_rfc_8259_allows_is_taken)
{
    static const char *const good[] = {
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "123456789012345678901234567890",
        "0.5",
        "-0.0",
        "1e5",
        "1E+5",
        "1.25e-300",
        "0e0",
        "0E+1",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0041\"",
        "\"\\uD83D\\ude00\"",
        "\"\\uFFFF\"",
        "\"\\u0001\"",
        "\"\x7f\"",
        "\"\xc3\xa9\"",
        "\"\xe2\x82\xac\"",
        "\"\xf0\x9f\x98\x80\"",
        "\"\xef\xbf\xbf\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "\"\xed\x9f\xbf\"",
        "\"\xee\x80\x80\"",
        "\"a\xef\xbb\xbf\"",
        "[]",
        "[ ]",
        "[[]]",
        "[1]",
        "[1,2]",
        "[ 1 , 2 ]",
        "[\"a\",{},[],null]",
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"\":0}",
        "{\"a\":{\"a\":{\"a\":[]}}}",
        "{\"a\":1,\"b\":1}",
        "{\"a\":1,\"A\":1}",
        " 1 ",
        "\t\n\r 1\r\n",
        "{\"a\":[{\"b\":[{}]}]}",
        "\"\\u2028\xe2\x80\xa8\"",
        "[1e1,0,-1.0]",
    };

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        const struct doc *d = NULL;

        if (doc_parse(test_scope(), str_of(good[i]), &d) != OK)
            test_failed(__FILE__, __LINE__, "%s: %s", good[i], scope_fault(test_scope())->message);
    }
}

TEST(what_rfc_8259_does_not_allow_is_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "\n",
        "nul",
        "nulll",
        "True",
        "TRUE",
        "tru",
        "NaN",
        "Infinity",
        "-Infinity",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1.e5",
        "1e",
        "1e+",
        "1E-",
        "0x10",
        "1_000",
        "1 2",
        "- 1",
        "1.2.3",
        "1e1.5",
        "\xef\xbc\x91",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x41\"",
        "\"\\'\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"\\U0041\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "\"\\ud800x\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud83d\\\"",
        "\"\\ud83d\\u\"",
        "\"\n\"",
        "\"\t\"",
        "\"\x01\"",
        "\"\x1f\"",
        "'a'",
        "a",
        "[",
        "]",
        "[,",
        "[,]",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1:2]",
        "[1}",
        "[1",
        "[\"a",
        "[\"a\"",
        "[1]]",
        "[]1",
        "[][]",
        "{",
        "}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{a:1}",
        "{1:1}",
        "{null:1}",
        "{'a':1}",
        "{\"a\"::1}",
        "{\"a\":1,,\"b\":2}",
        "{\"a\":1}{",
        "{\"a\":1}}",
        "{[]:1}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "[{\"\":1,\"\":1}]",
        "/* */1",
        "1 // x",
        "#1",
        "\xef\xbb\xbf{}",
        "\xff\xfe{",
        "\f1",
        "\v1",
        "\xc2\xa0"
        "1",
        "\xe2\x80\xa8"
        "1",
        "[1,\xc2\xa0"
        "2]",
        "1\x1a",
        "\"\x80\"",
        "\"\xbf\"",
        "\"\xc0\x80\"",
        "\"\xc0\xaf\"",
        "\"\xc1\xbf\"",
        "\"\xc3\"",
        "\"\xc3(\"",
        "\"\xe0\x80\xaf\"",
        "\"\xe0\x9f\xbf\"",
        "\"\xe2\x82\"",
        "\"\xe2(\xa1\"",
        "\"\xed\xa0\x80\"",
        "\"\xed\xbf\xbf\"",
        "\"\xf0\x80\x80\xaf\"",
        "\"\xf0\x8f\xbf\xbf\"",
        "\"\xf0\x9f\x98\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xfe\"",
        "\"\xff\"",
        "\"\\n\xc0\x80\"",
        "\"\\n\n\"",
        "\"\\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct doc *d = NULL;
        char *exact = malloc(strlen(bad[i]) + !*bad[i]); /* so that reading past the end is seen */

        memcpy(exact, bad[i], strlen(bad[i]));
        scope_clear(test_scope());
        if (doc_parse(test_scope(), (struct str){exact, strlen(bad[i])}, &d) != ERR_INVALID)
            test_failed(__FILE__, __LINE__, "taken: %s", bad[i]);
        CHECK_STR(scope_fault(test_scope())->problem, "malformed-json");
        free(exact);
    }
}

TEST(an_octet_of_zero_is_refused_wherever_it_stands)
{
    static const struct str bad[] = {STR("\0"),     STR("1\0"),      STR("\0001"),
                                     STR("[1,\0]"), STR("\"a\0b\""), STR("{\"a\0b\":1}")};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        refusal(bad[i]);
    refusal((struct str){NULL, 0});
}

TEST(a_refusal_names_line_column_and_offset)
{
    CHECK_STR(refusal(STR("{\n  \"a\": 1,\n  \"b\": 2 \"c\"}")),
              "broken JSON at line 3 column 10 (offset 21): expected a comma or a closing brace");
    CHECK_STR(refusal(STR("[1 2]")),
              "broken JSON at line 1 column 4 (offset 3): expected a comma or a closing bracket");
    CHECK_STR(refusal(STR("")), "broken JSON at line 1 column 1 (offset 0): expected a value, but the text ends");
    CHECK_STR(refusal(STR("\"\xc3\xa9\xc3\xa9\xff\"")),
              "broken JSON at line 1 column 4 (offset 5): these octets are not UTF-8");
    CHECK_STR(refusal(STR("\"\\ud800\"")),
              "broken JSON at line 1 column 2 (offset 1): the first half of a surrogate pair stands alone");
    CHECK_STR(refusal(STR("{\"a\":1,\"a\":2}")),
              "broken JSON at line 1 column 13 (offset 12): this object has two members of the same name");
    CHECK_STR(refusal(STR("{} x")), "broken JSON at line 1 column 4 (offset 3): expected nothing more");
}

TEST(sixty_four_levels_are_taken_and_no_more)
{
    struct arena *a = test_scope()->arena;

    given_doc(nested(a, 64));
    CHECK_STR(refusal(str_of(nested(a, 65))), "broken JSON at line 1 column 65 (offset 64): more than 64 levels");
    CHECK_STR(scope_fault(test_scope())->problem, "json-too-deep");
    refusal(str_of(nested(a, 1 << 20)));
    CHECK_STR(scope_fault(test_scope())->problem, "json-too-deep");
    refusal(str_of(repeated(a, "{\"a\":", 1 << 18, "1")));
    CHECK_STR(scope_fault(test_scope())->problem, "json-too-deep");
}

TEST(a_document_holds_so_many_values_and_no_more)
{
    struct arena *a = test_scope()->arena;
    const char *most = arena_f(a, "[%s", repeated(a, "0,", DOC_VALUES_MAX - 2, "0]"));
    const char *more = arena_f(a, "[%s", repeated(a, "0,", DOC_VALUES_MAX - 1, "0]"));

    CHECK_INT(doc_count(given_doc(most)), DOC_VALUES_MAX - 1);
    CHECK(strstr(refusal(str_of(more)), "more values than a document may hold") != NULL);
    CHECK(strstr(refusal(str_of(arena_f(a, "[%s", repeated(a, "{},", (1 << 20) / 3, "{}]")))),
                 "more values than a document may hold") != NULL);
}

/* Up to eight names are compared in pairs, more go through a table, and over 128 the table leaves the stack. */
TEST(a_name_given_twice_is_seen_in_objects_of_any_size)
{
    struct arena *a = test_scope()->arena;

    for (int n = 1; n < 600; n = n * 5 / 4 + 1) {
        struct buf b;
        size_t after;

        buf_init(&b, a, 1 << 20);
        buf_c(&b, '{');
        for (int i = 0; i < n; i++)
            buf_f(&b, "%s\"member_number_%d\":%d", i ? "," : "", i, i);
        after = b.n;
        buf_c(&b, '}');
        CHECK_INT(doc_count(given_doc(buf_cstr(&b))), n);
        for (int i = 0; i < n; i += n / 3 + 1) {
            b.n = after;
            buf_f(&b, ",\"member_number_%d\":0}", i);
            CHECK(strstr(refusal(buf_str(&b)), "two members of the same name") != NULL);
        }
    }
}

/* Texts are looked at in blocks of sixteen octets: each fault stands once at every place of a block, with an end of the
 * text close behind it and far. */
TEST(a_fault_is_named_at_its_place_whatever_stands_before_and_behind)
{
    static const struct {
        const char *octets;
        const char *why;
    } faults[] = {
        {"\x1f", "a control character in a string must be escaped"},
        {"\xff", "these octets are not UTF-8"},
        {"\xc3", "these octets are not UTF-8"},
        {"\xe0\x80\x80", "these octets are not UTF-8"},
        {"\xed\xa0\x80", "these octets are not UTF-8"},
        {"\xf4\x90\x80\x80", "these octets are not UTF-8"},
        {"\\x", "expected one of \" \\ / b f n r t u after a backslash"},
        {"\\u00g0", "expected four hexadecimal digits after \\u"},
        {"\\u0000", "the character U+0000 cannot be stored"},
        {"\\udc00", "the second half of a surrogate pair stands alone"},
        {"\\ud800\\n", "the first half of a surrogate pair stands alone"},
    };
    struct arena *a = test_scope()->arena;

    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        for (size_t before = 0; before < 40; before++)
            for (size_t behind = 0; behind < 20; behind += 19) {
                const char *text = arena_f(a, "[\"%s%s%s\"]", repeated(a, before % 2 ? "x" : "\\n", before, ""),
                                           faults[i].octets, repeated(a, "y", behind, ""));
                size_t at = 2 + before * (before % 2 ? 1 : 2);

                CHECK_STR(refusal(str_of(text)),
                          arena_f(a, "broken JSON at line 1 column %zu (offset %zu): %s", at + 1, at, faults[i].why));
            }
}

/* Decoded texts share runs of memory that grow while a text is decoded. */
TEST(texts_with_escapes_are_decoded_whatever_their_length)
{
    struct arena *a = test_scope()->arena;
    const struct doc *d;

    for (size_t n = 0; n < 3000; n += n < 60 ? 1 : 83) {
        d = given_doc(arena_f(a, "[\"%s\",\"%s\",\"a\\u0062\"]", repeated(a, "\\u20acx\\ud83d\\ude00", n, "\\n"),
                              repeated(a, "\xe2\x82\xac", n, "\\\"")));
        CHECK_STR(doc_cstr(a, doc_at(d, 0)), repeated(a, "\xe2\x82\xacx\xf0\x9f\x98\x80", n, "\n"));
        CHECK_STR(doc_cstr(a, doc_at(d, 1)), repeated(a, "\xe2\x82\xac", n, "\""));
        CHECK_STR(doc_cstr(a, doc_at(d, 2)), "ab");
    }
}

/* Short numbers are read at one look when enough octets follow. */
TEST(a_number_is_the_same_at_the_end_of_a_text_and_far_from_it)
{
    static const char *const whole[] = {"",
                                        "0",
                                        "7",
                                        "10",
                                        "-3",
                                        "-0",
                                        "12345678901234",
                                        "123456789012345",
                                        "00",
                                        "-01",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-"};
    static const char *const rest[] = {"",    ".5", ".",   ".1234567890123", "e1", "E-2", "e", ".5e+1", ".5e",
                                       ".e1", "x",  ".5.5"};
    struct scope *sc = test_scope();

    for (size_t i = 0; i < ARRAY_LEN(whole); i++)
        for (size_t k = 0; k < ARRAY_LEN(rest); k++) {
            const char *number = arena_f(sc->arena, "%s%s", whole[i], rest[k]);
            const char *padded = arena_f(sc->arena, "%s%40s", number, "");
            char *exact = malloc(strlen(number) + !*number);
            const struct doc *close = NULL, *far = NULL;
            enum err e, f;

            memcpy(exact, number, strlen(number));
            e = doc_parse(sc, (struct str){exact, strlen(number)}, &close);
            f = doc_parse(sc, str_of(padded), &far);
            CHECK(e == f);
            if (e == OK && f == OK) {
                CHECK_INT(doc_kind(close), doc_kind(far));
                CHECK_STR(str_dup(sc->arena, doc_number_text(far)), number);
                CHECK_STR(str_dup(sc->arena, doc_number_text(close)), number);
            }
            free(exact);
        }
}

/* Names are told apart by their first and last octets and their length before they are compared. */
TEST(names_that_are_alike_are_not_the_same)
{
    struct arena *a = test_scope()->arena;

    for (size_t n = 2; n < 200; n += n < 20 ? 1 : 45)
        for (size_t length = 1; length < 30; length++) {
            struct buf b;

            buf_init(&b, a, 1 << 20);
            for (size_t i = 0; i < n; i++)
                buf_f(&b, "%c\"%s%c%c%s\":0", i ? ',' : '{', repeated(a, "p", length, ""), (int)(' ' + 3 + i / 60),
                      (int)('a' - 30 + i % 60 + (i % 60 > 24)), repeated(a, "s", length, ""));
            CHECK_INT(doc_count(given_doc(arena_f(a, "%s}", buf_cstr(&b)))), n);
            buf_f(&b, ",\"%s##%s\":1,\"%s\\u0023#%s\":1}", repeated(a, "p", length, ""), repeated(a, "s", length, ""),
                  repeated(a, "p", length, ""), repeated(a, "s", length, ""));
            CHECK(strstr(refusal(buf_str(&b)), "two members of the same name") != NULL);
        }
}

/* Of one length, with the same eight octets in front and behind: no mark tells them apart. */
TEST(names_that_differ_only_in_the_middle_are_told_apart)
{
    struct arena *a = test_scope()->arena;

    for (size_t n = 5; n < 128; n += 11) {
        struct buf b;

        buf_init(&b, a, 1 << 20);
        for (size_t i = 0; i < n; i++)
            buf_f(&b, "%c\"beginning_%03zu_and_ending\":0", i ? ',' : '{', i);
        CHECK_INT(doc_count(given_doc(arena_f(a, "%s}", buf_cstr(&b)))), n);
        buf_f(&b, ",\"beginning_%03zu_and_ending\":1}", n / 2);
        CHECK(strstr(refusal(buf_str(&b)), "two members of the same name") != NULL);
    }
}

TEST(a_short_name_given_twice_is_seen_at_the_very_end)
{
    static const char *const more[] = {"", "\"b\":1,", "\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,"};

    for (size_t i = 0; i < ARRAY_LEN(more); i++) {
        const char *text = arena_f(test_scope()->arena, "{\"a\":0,%s\"a\":1}", more[i]);
        char *exact = malloc(strlen(text));

        memcpy(exact, text, strlen(text));
        CHECK(strstr(refusal((struct str){exact, strlen(text)}), "two members of the same name") != NULL);
        exact[strlen(text) - 5] = 'z';
        CHECK_OK(doc_parse(test_scope(), (struct str){exact, strlen(text)}, &(const struct doc *){NULL}));
        free(exact);
    }
}

TEST(a_hundred_thousand_names_take_no_time)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 8 << 20);
    for (int i = 0; i < 100000; i++)
        buf_f(&b, "%c\"%d\":0", i ? ',' : '{', i);
    buf_c(&b, '}');
    CHECK_INT(doc_count(given_doc(buf_cstr(&b))), 100000);
}

static const char sample[] =
    "{\"id\": 820982911946154508, \"note\": \"caf\xc3\xa9 \\u20ac \\ud83d\\ude00 \\\"x\\\"\",\n"
    " \"total\": \"184.20\", \"rate\": -1.50e-3, \"tags\": [], \"none\": null, \"on\": true,\n"
    " \"lines\": [{\"sku\": \"A-1\", \"n\": 2}, {\"sku\": \"B\", \"n\": -0}], \"off\": false}";

TEST(no_beginning_of_a_document_is_one)
{
    struct scope *sc = test_scope();

    for (size_t n = 0; n < sizeof(sample) - 1; n++) {
        char *exact = malloc(n + !n);
        const struct doc *d = NULL;

        memcpy(exact, sample, n);
        CHECK_ERR(doc_parse(sc, (struct str){exact, n}, &d), ERR_INVALID);
        free(exact);
    }
    given_doc(sample);
}

TEST(a_document_with_any_octet_changed_ends_well)
{
    static const char change[] = "\"\\{}[]:,0-.eu \n\x00\x80\xc3\xf0\xff";
    struct scope *sc = test_scope();

    for (size_t at = 0; at < sizeof(sample) - 1; at++)
        for (size_t i = 0; i < sizeof(change) - 1; i++) {
            char *exact = malloc(sizeof(sample) - 1);
            const struct doc *d = NULL;
            struct buf b;

            memcpy(exact, sample, sizeof(sample) - 1);
            exact[at] = change[i];
            buf_init(&b, sc->arena, 1 << 16);
            if (doc_parse(sc, (struct str){exact, sizeof(sample) - 1}, &d) == OK)
                doc_write(&b, d);
            free(exact);
        }
}

TEST(what_is_written_is_what_was_read)
{
    struct scope *sc = test_scope();
    struct buf once, twice;

    buf_init(&once, sc->arena, 1 << 16);
    buf_init(&twice, sc->arena, 1 << 16);
    doc_write(&once, given_doc(sample));
    CHECK_STR(buf_cstr(&once),
              "{\"id\":820982911946154508,\"note\":\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \\\"x\\\"\","
              "\"total\":\"184.20\",\"rate\":-1.50e-3,\"tags\":[],\"none\":null,\"on\":true,"
              "\"lines\":[{\"sku\":\"A-1\",\"n\":2},{\"sku\":\"B\",\"n\":-0}],\"off\":false}");
    doc_write(&twice, given_doc(buf_cstr(&once)));
    CHECK_STR(buf_cstr(&twice), buf_cstr(&once));
}

TEST(texts_of_every_length_and_kind_come_back)
{
    struct scope *sc = test_scope();
    static const char *const parts[] = {"a", "\"", "\\", "\n", "\x01", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

    for (size_t n = 0; n < 40; n++)
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
            const char *text = repeated(sc->arena, "x", n, repeated(sc->arena, parts[i], 3, "yz"));
            struct buf b;

            buf_init(&b, sc->arena, 1 << 12);
            json_put_text(&b, str_of(text));
            CHECK_STR(doc_cstr(sc->arena, given_doc(buf_cstr(&b))), text);
        }
}

TEST(writing_makes_utf_8_of_anything)
{
    struct scope *sc = test_scope();
    struct buf b;

    buf_init(&b, sc->arena, 1 << 12);
    json_put_text(&b, STR("a\xff\xc3(\0\x1f\b\f\r\t\x7f/"));
    CHECK_STR(buf_cstr(&b), "\"a\xef\xbf\xbd\xef\xbf\xbd(\\u0000\\u001f\\b\\f\\r\\t\x7f/\"");
    b.n = 0;
    json_put_text(&b, (struct str){NULL, 0});
    CHECK_STR(buf_cstr(&b), "\"\"");
}
