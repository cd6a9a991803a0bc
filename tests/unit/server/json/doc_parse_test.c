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
