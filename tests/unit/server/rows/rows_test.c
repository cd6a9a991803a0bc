#include <stdio.h>
#include <stdlib.h>

#include "kit/test.h"
#include "rows/rows.h"

/* A file as a line for each row: "number@line key json" or "number@line column! reason". */

static struct rows_format format(struct scope *sc, const char *settings)
{
    const struct doc *d;
    struct rows_format f = {0};

    CHECK_OK(doc_parse(sc, str_of(arena_strdup(sc->arena, settings)), &d));
    CHECK_OK(rows_format_read(sc, d, "/settings", &f));
    return f;
}

static void put(struct buf *b, enum rows_got got, const struct rows_row *row)
{
    buf_f(b, "%lld@%lld ", (long long)row->number, (long long)row->line);
    if (got == ROWS_ROW)
        buf_f(b, "%s%s%.*s\n", row->key ? row->key : "", row->key ? " " : "", (int)row->json.n, row->json.p);
    else
        buf_f(b, "%s! %s\n", row->column ? row->column : "", row->reason);
}

/* In windows of `size` octets, larger where more is asked for. */
static const char *read_in(struct scope *sc, const struct rows_format *f, struct str file, size_t size)
{
    size_t n = size < file.n ? size : file.n;
    struct rows_window w;
    enum rows_got got = ROWS_MORE;
    struct rows_row row;
    struct rows r;
    struct buf b;
    bool begun = false;

    buf_init(&b, sc->arena, 64 << 20);
    while (got != ROWS_END) {
        struct str raw = {file.p + (begun ? r.at : 0), 0};
        size_t left = file.n - (size_t)(begun ? r.at : 0);

        raw.n = n < left && begun ? n : left;
        rows_window_make(sc->arena, f, raw, raw.n == left, &w);
        if (!begun) {
            if (rows_begin(sc, f, &w, &r) != OK)
                return scope_fault(sc)->message;
            begun = true;
        } else
            while ((got = rows_next(sc, &r, &w, &row)) < ROWS_MORE)
                put(&b, got, &row);
        n = w.at == 0 ? n * 2 : size;
        rows_window_end(&r, &w, raw);
    }
    CHECK_INT(r.at, file.n);
    return buf_cstr(&b);
}

static const char *reads(const char *settings, const char *file)
{
    struct scope *sc = test_scope();
    struct rows_format f = format(sc, settings);
    const char *whole = read_in(sc, &f, str_of(file), SIZE_MAX), *parts = read_in(sc, &f, str_of(file), 3);

    CHECK_STR(parts, whole);
    return whole;
}

#define CSV "{\"format\": \"csv\"}"

TEST(rows_of_csv_are_objects_of_their_heading)
{
    CHECK_STR(reads(CSV, "sku,qty\r\nA,1\r\nB,2\r\n"),
              "1@2 {\"sku\":\"A\",\"qty\":\"1\"}\n2@3 {\"sku\":\"B\",\"qty\":\"2\"}\n");
    CHECK_STR(reads(CSV, "sku,qty\nA,1\nB,2"),
              "1@2 {\"sku\":\"A\",\"qty\":\"1\"}\n2@3 {\"sku\":\"B\",\"qty\":\"2\"}\n");
    CHECK_STR(reads(CSV, "sku\r\n"), "");
    CHECK_STR(reads(CSV, "sku"), "");
}

TEST(quoted_fields_may_hold_delimiters_quotes_and_lines)
{
    CHECK_STR(reads(CSV, "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\r\nlines\",2\n3,4\n"),
              "1@2 {\"a\":\"x,y\",\"b\":\"say \\\"hi\\\"\"}\n2@3 {\"a\":\"two\\r\\nlines\",\"b\":\"2\"}\n3@5 "
              "{\"a\":\"3\",\"b\":\"4\"}\n");
    CHECK_STR(reads(CSV, "a,b\n\"\"\"\",\"\"\n"), "1@2 {\"a\":\"\\\"\"}\n");
    CHECK_STR(reads(CSV, "\"a\",\"b\"\n1,2\n"), "1@2 {\"a\":\"1\",\"b\":\"2\"}\n");
}

TEST(a_row_that_is_wrong_stops_no_other)
{
    CHECK_STR(reads(CSV, "a,b\n1,2\n1\n1,2,3\n3,4\n"),
              "1@2 {\"a\":\"1\",\"b\":\"2\"}\n2@3 ! has 1 fields and should have 2\n"
              "3@4 ! has 3 fields and should have 2\n4@5 {\"a\":\"3\",\"b\":\"4\"}\n");
    CHECK_STR(reads(CSV, "a,b\n5\" pipe,2\n\"x\"y,2\n3,4\n"),
              "1@2 a! a quote stands within a field that does not begin with one\n2@3 a! a text stands behind the "
              "closing quote\n3@4 {\"a\":\"3\",\"b\":\"4\"}\n");
}

TEST(a_quote_that_is_never_closed_takes_its_own_line_alone)
{
    CHECK_STR(reads(CSV, "a,b\n1,\"2\n3,4\n5,6\n"),
              "1@2 b! a quote is opened and not closed\n2@3 {\"a\":\"3\",\"b\":\"4\"}\n"
              "3@4 {\"a\":\"5\",\"b\":\"6\"}\n");
    CHECK_STR(reads(CSV, "a\n\""), "1@2 a! a quote is opened and not closed\n");
}

TEST(what_is_empty_has_no_member_and_no_row)
{
    CHECK_STR(reads(CSV, "a,b\n1,\n\n\r\n,2\n,\n"),
              "1@2 {\"a\":\"1\"}\n2@5 {\"b\":\"2\"}\n3@6 ! all of its fields are empty\n");
}

TEST(delimiter_quote_and_skipped_lines_are_as_set)
{
    CHECK_STR(reads("{\"format\": \"csv\", \"delimiter\": \";\", \"quote\": \"'\", \"skip\": 2}",
                    "made today\n\na;b\n'1;2';\"3\"\n"),
              "1@4 {\"a\":\"1;2\",\"b\":\"\\\"3\\\"\"}\n");
    CHECK_STR(reads("{\"format\": \"csv\", \"delimiter\": \"\\t\", \"quote\": \"\"}", "a\tb\n5\" pipe\t\"\n"),
              "1@2 {\"a\":\"5\\\" pipe\",\"b\":\"\\\"\"}\n");
}

TEST(columns_bind_by_their_heading_and_say_what_they_need)
{
    const char *settings = "{\"format\": \"csv\", \"delimiter\": \";\", \"decimal\": \",\", \"thousands\": \".\", "
                           "\"key\": [\"sku\"], \"columns\": ["
                           "{\"name\": \"sku\", \"heading\": \"Item No\", \"needed\": true, \"trim\": true}, "
                           "{\"name\": \"price\", \"heading\": \"Price\", \"kind\": \"decimal\"}, {\"name\": \"qty\", "
                           "\"kind\": \"integer\"}]}";

    CHECK_STR(
        reads(settings, "item no;Colour;price;QTY\n A ;red;1.234,50;-3\n;red;1;1\nB;;x;1\nC;;1;1,5\nD;;1.5;1,0\n"),
        "1@2 A {\"sku\":\"A\",\"Colour\":\"red\",\"price\":\"1234.50\",\"qty\":-3}\n2@3 sku! is needed and is empty\n"
        "3@4 price! \"x\" is no number\n4@5 qty! must be a whole number of at most 64 bits\n"
        "5@6 D {\"sku\":\"D\",\"price\":\"15\",\"qty\":1}\n");
    CHECK_STR(reads(settings, "Item;Price\nA;1\n"), "the heading has no column \"Item No\"");
}

TEST(a_heading_that_is_no_good_refuses_the_file)
{
    struct buf wide;

    CHECK_STR(reads(CSV, ""), "the file is empty: not even a heading is there");
    CHECK_STR(reads(CSV, "a,b,a\n1,2,3\n"), "two columns are headed \"a\"");
    CHECK_STR(reads(CSV, "a,\"b\n1,2\n"), "the heading cannot be read: a quote is opened and not closed (column 2)");
    CHECK_STR(reads(CSV, "a,,c\n1,2,3\n"), "1@2 {\"a\":\"1\",\"column_2\":\"2\",\"c\":\"3\"}\n");
    buf_init(&wide, test_scope()->arena, 1 << 20);
    for (int i = 0; i < 10000; i++)
        buf_f(&wide, "c%d,", i);
    CHECK_STR(reads(CSV, buf_cstr(&wide)),
              "the heading cannot be read: the row has more columns than a row may have (column 501)");
}

TEST(a_byte_order_mark_says_nothing)
{
    CHECK_STR(reads(CSV, "\xef\xbb\xbf"
                         "a\n1\n"),
              "1@2 {\"a\":\"1\"}\n");
    CHECK_STR(reads("{\"format\": \"json\"}", "\xef\xbb\xbf{\"a\":1}\n"), "1@1 {\"a\":1}\n");
}

TEST(what_is_no_utf8_is_refused_and_other_encodings_are_read_as_set)
{
    CHECK_STR(reads(CSV, "a,b\n\xe9,1\n\xc3\xa9,2\n"),
              "1@2 a! has octets that are no text in the encoding that is set\n2@3 {\"a\":\"\xc3\xa9\",\"b\":\"2\"}\n");
    CHECK_STR(reads("{\"format\": \"csv\", \"encoding\": \"iso-8859-1\"}", "a\n\xe9\n"), "1@2 {\"a\":\"\xc3\xa9\"}\n");
    CHECK_STR(reads("{\"format\": \"csv\", \"encoding\": \"windows-1252\"}", "a\n\x80\n"),
              "1@2 {\"a\":\"\xe2\x82\xac\"}\n");
}

TEST(utf16_is_read_with_pairs_and_halves_of_them_are_refused)
{
    static const char le[] = "\xff\xfe"
                             "a\0\n\0=\xd8\x00\xde\n\0=\xd8\n\0x\0";
    struct scope *sc = test_scope();
    struct rows_format f = format(sc, "{\"format\": \"csv\", \"encoding\": \"utf-16le\"}");
    const char *want =
        "1@2 {\"a\":\"\xf0\x9f\x98\x80\"}\n2@3 a! has octets that are no text in the encoding that is set\n"
        "3@4 {\"a\":\"x\"}\n";

    CHECK_STR(read_in(sc, &f, (struct str){le, sizeof(le) - 1}, SIZE_MAX), want);
    for (size_t size = 1; size < 8; size++)
        CHECK_STR(read_in(sc, &f, (struct str){le, sizeof(le) - 1}, size), want);
}

TEST(nul_is_no_text)
{
    struct scope *sc = test_scope();
    struct rows_format f = format(sc, CSV);
    static const char file[] = "a\n1\0"
                               "2\n3\n";

    CHECK_STR(read_in(sc, &f, (struct str){file, sizeof(file) - 1}, SIZE_MAX),
              "1@2 a! has octets that are no text in the encoding that is set\n2@3 {\"a\":\"3\"}\n");
}

TEST(fixed_width_is_cut_by_characters_and_trimmed)
{
    const char *settings = "{\"format\": \"fixed\", \"key\": [\"sku\"], \"columns\": [{\"name\": \"sku\", \"from\": 1, "
                           "\"length\": 4}, {\"name\": \"qty\", \"from\": 5, \"length\": 3, \"kind\": \"integer\"}]}";

    CHECK_STR(reads(settings, "T\xc3\xa9"
                              "a   7\nTEA \nTEA  1x\n\nTEA 012 more\n"),
              "1@1 T\xc3\xa9"
              "a {\"sku\":\"T\xc3\xa9"
              "a\",\"qty\":7}\n2@2 TEA {\"sku\":\"TEA\"}\n3@3 qty! \"1x\" is no number\n"
              "4@5 TEA {\"sku\":\"TEA\",\"qty\":12}\n");
}

TEST(json_lines_are_objects)
{
    const char *settings =
        "{\"format\": \"json\", \"key\": [\"id\", \"line\"], \"columns\": [{\"name\": \"qty\", \"needed\": true}]}";

    CHECK_STR(reads(settings, "{\"id\": \"a|b\", \"line\": 1, \"qty\": 2}\r\n[1]\n{\"id\": \"a\", \"line\": "
                              "1}\n{\"id\": \"a\", \"qty\": 1}\n"),
              "1@1 a\\|b|1 {\"id\": \"a|b\", \"line\": 1, \"qty\": 2}\n2@2 ! a line must be an object with members\n"
              "3@3 qty! is needed and is empty\n4@4 line! is part of the row's key and is empty\n");
    CHECK(strstr(reads("{\"format\": \"json\"}", "{\"a\":1}\n{\"a\":\n{\"a\":2}\n"), "3@3 {\"a\":2}\n"));
}

TEST(a_row_that_is_too_long_is_passed)
{
    struct scope *sc = test_scope();
    struct rows_format f = format(sc, CSV);
    size_t n = 3 * ROWS_WINDOW;
    char *file = malloc(n + 20);
    const char *want = "1@2 ! the row is longer than 262144 octets\n2@3 {\"a\":\"3\"}\n";

    memcpy(file, "a\n", 2);
    memset(file + 2, 'x', n);
    memcpy(file + 2 + n, "\n3\n", 4);
    CHECK_STR(read_in(sc, &f, str_of(file), ROWS_WINDOW), want);
    file[2] = '"'; /* never closed, and its line is too long */
    CHECK_STR(read_in(sc, &f, str_of(file), ROWS_WINDOW), want);
    free(file);
}

TEST(reading_goes_on_from_what_was_kept)
{
    struct scope *sc = test_scope();
    struct rows_format f =
        format(sc, "{\"format\": \"csv\", \"columns\": [{\"name\": \"sku\", \"heading\": \"Item\"}]}");
    struct str file = STR("Item,qty\nA,1\nB,2\n");
    struct rows_window w;
    struct rows r, again;
    struct rows_row row;
    const char *heading;

    rows_window_make(sc->arena, &f, file, true, &w);
    CHECK_OK(rows_begin(sc, &f, &w, &r));
    CHECK(rows_next(sc, &r, &w, &row) == ROWS_ROW);
    rows_window_end(&r, &w, file);
    heading = rows_heading(sc->arena, &r);
    CHECK_STR(heading, "[\"Item\",\"qty\"]");
    again = (struct rows){.at = r.at, .number = r.number, .line = r.line};
    CHECK_OK(rows_resume(sc, &f, heading, &again));
    rows_window_make(sc->arena, &f, (struct str){file.p + again.at, file.n - (size_t)again.at}, true, &w);
    CHECK(rows_next(sc, &again, &w, &row) == ROWS_ROW);
    CHECK_STR(str_dup(sc->arena, row.json), "{\"sku\":\"B\",\"qty\":\"2\"}");
    CHECK_INT(row.number, 2);
    CHECK_INT(row.line, 3);
    CHECK(rows_next(sc, &again, &w, &row) == ROWS_END);
}

static const char *fault_of(const char *settings)
{
    struct scope *sc = scope_new();
    const struct doc *d;
    struct rows_format f;
    const char *first;

    CHECK_OK(doc_parse(sc, str_of(arena_strdup(sc->arena, settings)), &d));
    CHECK_ERR(rows_format_read(sc, d, "/settings", &f), ERR_INVALID);
    first = scope_fault(sc)->items ? arena_strdup(test_scope()->arena, scope_fault(sc)->items->pointer) : NULL;
    scope_free(sc);
    return first;
}

TEST(settings_that_say_nothing_sound_are_refused_at_their_place)
{
    CHECK_STR(fault_of("{}"), "/settings/format");
    CHECK_STR(fault_of("{\"format\": \"xls\"}"), "/settings/format");
    CHECK_STR(fault_of("{\"format\": \"csv\", \"delimiter\": \"ab\"}"), "/settings/delimiter");
    CHECK_STR(fault_of("{\"format\": \"csv\", \"delimiter\": \"\\n\"}"), "/settings/delimiter");
    CHECK_STR(fault_of("{\"format\": \"csv\", \"delimiter\": \"\\\"\"}"), "/settings/quote");
    CHECK_STR(fault_of("{\"format\": \"csv\", \"header\": false}"), "/settings/columns");
    CHECK_STR(fault_of("{\"format\": \"fixed\", \"columns\": [{\"name\": \"a\"}]}"), "/settings/columns/0/from");
    CHECK_STR(fault_of("{\"format\": \"csv\", \"columns\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}"),
              "/settings/columns/1/name");
    CHECK_STR(fault_of("{\"format\": \"csv\", \"header\": false, \"key\": [\"b\"], \"columns\": [{\"name\": \"a\"}]}"),
              "/settings/key");
    CHECK_STR(fault_of("{\"format\": \"csv\", \"encoding\": \"ebcdic\"}"), "/settings/encoding");
}

/* ---- writing ---- */

static const char *writes(const char *settings, const char *rows)
{
    struct scope *sc = test_scope();
    struct rows_format f = format(sc, settings);
    const struct doc *d;
    struct buf b;

    scope_clear(sc);
    CHECK_OK(doc_parse(sc, str_of(arena_strdup(sc->arena, rows)), &d));
    buf_init(&b, sc->arena, 1 << 20);
    if (rows_write(sc, &f, d, true, &b) != OK)
        return scope_fault(sc)->items ? scope_fault(sc)->items->pointer : scope_fault(sc)->message;
    return buf_cstr(&b);
}

TEST(objects_are_written_as_csv_and_read_again)
{
    const char *text =
        writes(CSV, "[{\"a\": \"x,y\", \"b\": 1.50}, {\"b\": -2, \"a\": \"say \\\"hi\\\"\"}, {\"a\": true}]");

    CHECK_STR(text, "a,b\r\n\"x,y\",1.50\r\n\"say \"\"hi\"\"\",-2\r\ntrue,\r\n");
    CHECK_STR(reads(CSV, text), "1@2 {\"a\":\"x,y\",\"b\":\"1.50\"}\n2@3 {\"a\":\"say \\\"hi\\\"\",\"b\":\"-2\"}\n3@4 "
                                "{\"a\":\"true\"}\n");
    CHECK_STR(writes(CSV, "[{\"a\": \"=1+1\"}, {\"a\": \"-x\"}]"), "a\r\n\"'=1+1\"\r\n\"'-x\"\r\n");
    CHECK_STR(writes("{\"format\": \"csv\", \"delimiter\": \";\", \"columns\": [{\"name\": \"b\", \"heading\": \"B "
                     "b\"}, {\"name\": \"a\"}]}",
                     "[{\"a\": 1}]"),
              "B b;a\r\n;1\r\n");
}

TEST(a_decimal_below_zero_is_no_formula_where_a_column_is_of_numbers)
{
    static const char typed[] =
        "{\"format\": \"csv\", \"columns\": [{\"name\": \"a\", \"kind\": \"decimal\"}, {\"name\": \"b\", \"kind\": "
        "\"integer\"}, {\"name\": \"c\"}]}";

    CHECK_STR(writes(typed, "[{\"a\": \"-12.50\", \"b\": \"-3\", \"c\": \"-12.50\"}]"),
              "a,b,c\r\n-12.50,-3,\"'-12.50\"\r\n");
    CHECK_STR(writes(typed, "[{\"a\": \"-1+1\", \"b\": \"-3.5\"}, {\"a\": \"-\", \"b\": \"=1\"}, {\"a\": \"-1.2.3\"}]"),
              "a,b,c\r\n\"'-1+1\",\"'-3.5\",\r\n\"'-\",\"'=1\",\r\n\"'-1.2.3\",,\r\n");
}

TEST(what_has_no_place_in_a_file_is_refused_at_its_place)
{
    CHECK_STR(writes(CSV, "[{\"a\": 1}, {\"b\": 1}]"), "/1/b");
    CHECK_STR(writes(CSV, "[{\"a\": [1]}]"), "/0/a");
    CHECK_STR(writes(CSV, "[1]"), "/0");
    CHECK_STR(writes(CSV, "{}"), "the rows of a file are a list of objects");
    CHECK_STR(writes("{\"format\": \"csv\", \"quote\": \"\"}", "[{\"a\": \"x,y\"}]"), "/0/a");
    CHECK_STR(writes("{\"format\": \"csv\", \"columns\": [{\"name\": \"a\", \"needed\": true}]}", "[{}]"), "/0/a");
}
