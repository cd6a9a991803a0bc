#include <string.h>

#include "kit/test.h"
#include "xref/xref_int.h"

static struct xref_rows csv(const char *text)
{
    struct xref_rows rows = {0};

    CHECK_OK(xref_csv_read(test_scope(), str_of(text), &rows));
    return rows;
}

static const char *refused(const char *text)
{
    struct xref_rows rows = {0};
    const char *said;

    CHECK_ERR(xref_csv_read(test_scope(), str_of(text), &rows), ERR_INVALID);
    said = arena_strdup(test_scope()->arena, scope_fault(test_scope())->message);
    scope_clear(test_scope());
    return said;
}

TEST(fields_may_be_quoted_and_lines_end_either_way)
{
    struct xref_rows r = csv("key,value,note\r\na,1,\r\n\"b \"\"x\"\", y\",\"2\n3\",seen\nc,4,");

    CHECK_INT(r.n, 3);
    CHECK_STR(r.v[0].entry.key, "a");
    CHECK_STR(r.v[0].entry.note, NULL);
    CHECK_STR(r.v[1].entry.key, "b \"x\", y");
    CHECK_STR(r.v[1].entry.value, "2\n3");
    CHECK_STR(r.v[1].entry.note, "seen");
    CHECK_STR(r.v[2].entry.value, "4");
    for (size_t i = 0; i < r.n; i++)
        CHECK(!r.v[i].fault);
}

TEST(columns_come_in_any_order_between_semicolons_and_behind_a_mark)
{
    struct xref_rows r = csv("\xef\xbb\xbfvalue;valid_from;key\n1;2026-01-01T00:00:00Z;a\n\n2;;b\n");

    CHECK_INT(r.n, 2);
    CHECK_STR(r.v[0].entry.key, "a");
    CHECK_INT(r.v[0].entry.valid_from_us, INT64_C(1767225600000000));
    CHECK_STR(r.v[1].entry.key, "b");
    CHECK_INT(r.v[1].entry.valid_from_us, INT64_MIN);
    CHECK_INT(r.v[1].line, 4);
}

TEST(a_wrong_row_says_what_is_wrong_and_the_next_one_is_read)
{
    struct xref_rows r = csv("key,value,valid_to\na\nb,1,soon\n\"c\"x,1,\nd,1,\n\"e,1,\n");

    CHECK_INT(r.n, 5);
    CHECK_STR(r.v[0].fault, "the row has not as many fields as the heading");
    CHECK_STR(r.v[1].fault, "a time is not one of RFC 3339, as 2026-01-31T00:00:00Z");
    CHECK_STR(r.v[2].fault, "a quote does not end, or something stands behind it");
    CHECK(!r.v[3].fault);
    CHECK_STR(r.v[3].entry.key, "d");
    CHECK_STR(r.v[4].fault, "a quote does not end, or something stands behind it");
    CHECK_INT(r.v[4].line, 6);
}

TEST(what_has_no_heading_is_no_list)
{
    CHECK_STR(refused("key,price\n"),
              "the heading names price; columns are key, value, note, valid_from, valid_to, each of them once");
    CHECK_STR(refused("key\na\n"), "the heading names no column key, or no column value");
    CHECK_STR(refused("\"key,value\n"),
              "the heading cannot be read; it names the columns key, value, note, valid_from, valid_to");
}

TEST(an_empty_list_says_what_is_expected)
{
    static const char said[] =
        "the list is empty; its first row is the heading, which names the columns key and value,"
        " and note, valid_from and valid_to where there are such, and every other row is an entry";
    struct xref_rows rows = {0};

    CHECK_STR(refused(""), said);
    CHECK_STR(refused("\xef\xbb\xbf \r\n"), said);
    CHECK_ERR(xref_lines_read(test_scope(), STR("\n"), &rows), ERR_INVALID);
    CHECK(strstr(scope_fault(test_scope())->message, "every line is an object with key and value"));
}

TEST(lines_of_json_are_rows_as_well)
{
    struct xref_rows r = {0};

    CHECK_OK(xref_lines_read(test_scope(),
                             STR("{\"key\":\"a\",\"value\":\"1\",\"valid_to\":\"2026-01-01T00:00:00Z\"}\n\n"
                                 "{\"key\":\"b\",\"value\":2}\nnothing\r\n{\"price\":\"1\"}"),
                             &r));
    CHECK_INT(r.n, 4);
    CHECK_STR(r.v[0].entry.key, "a");
    CHECK_INT(r.v[0].entry.valid_to_us, INT64_C(1767225600000000));
    CHECK_INT(r.v[1].line, 3);
    CHECK_STR(r.v[1].fault, "every member is a text");
    CHECK_STR(r.v[2].fault, "it is no JSON object");
    CHECK_STR(r.v[3].fault, "members are key, value, note, valid_from and valid_to");
}
