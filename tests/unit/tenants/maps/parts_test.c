#include "maps_kit.h"

static const struct doc *doc_of(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

static const char *diff(const char *from, const char *to)
{
    struct maps_changes c;
    struct buf b;

    CHECK_OK(maps_diff(test_scope(), doc_of(from), doc_of(to), &c));
    buf_init(&b, test_scope()->arena, 4096);
    for (size_t i = 0; i < c.n; i++)
        buf_f(&b, "%s%s %s %s", i ? ", " : "", c.v[i].part, c.v[i].name, c.v[i].what);
    return buf_cstr(&b);
}

TEST(a_difference_is_told_rule_by_rule)
{
    CHECK_STR(diff("{\"a\":1,\"let\":[{\"name\":\"x\",\"expr\":\"1\"},{\"name\":\"y\",\"expr\":\"2\"}],\"rules\":"
                   "[{\"to\":\"/number\",\"expr\":\"name\"},{\"to\":\"/currency\",\"constant\":\"USD\"}]}",
                   "{\"b\":1,\"let\":[{\"name\":\"y\",\"expr\":\"2\"},{\"name\":\"x\",\"expr\":\"1\"}],\"rules\":"
                   "[{\"to\":\"/currency\",\"constant\":\"EUR\"},{\"to\":\"/email\",\"expr\":\"email\"}]}"),
              "member a removed, rule /number removed, rule /currency changed, let y moved, member b added, "
              "rule /email added");
}

TEST(the_order_of_rules_and_members_is_no_difference)
{
    CHECK_STR(diff("{\"a\":1,\"rules\":[{\"to\":\"/a\",\"expr\":\"1\"},{\"to\":\"/b\",\"expr\":\"2\"}]}",
                   "{\"rules\":[{\"expr\":\"2\",\"to\":\"/b\"},{\"to\":\"/a\",\"expr\":\"1\"}],\"a\":1.0}"),
              "");
}

TEST(of_two_rules_for_a_field_none_is_overlooked)
{
    CHECK_STR(diff("{\"rules\":[{\"to\":\"/a\",\"expr\":\"1\"},{\"to\":\"/a\",\"expr\":\"2\"},{\"x\":1}]}",
                   "{\"rules\":[{\"to\":\"/a\",\"expr\":\"1\"},{\"to\":\"/a\",\"expr\":\"3\"}]}"),
              "rule /a#2 changed, rule  removed");
}

TEST(a_name_that_looks_like_a_second_one_is_told_from_it)
{
    CHECK_STR(diff("{\"rules\":[{\"to\":\"/a\"},{\"to\":\"/a#2\"},{\"to\":\"/a\"},{\"to\":\"/a\"},{\"to\":\"/a#2\"}]}",
                   "{\"rules\":[{\"to\":\"/a\"}]}"),
              "rule /a#2 removed, rule /a#3 removed, rule /a#4 removed, rule /a#2#2 removed");
}

static const char *full_of(const char *before, const char *item, size_t n, const char *behind)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    buf_f(&b, "{\"format\":\"mapping/1\",%s", before);
    for (size_t i = 0; i < n; i++)
        buf_f(&b, "%s%s", i ? "," : "", item);
    buf_s(&b, behind);
    return buf_cstr(&b);
}

static const char *refused(const char *text)
{
    struct scope *sc = test_scope();
    struct maps_changes c;

    CHECK_ERR(maps_diff(sc, doc_of("{}"), doc_of(text), &c), ERR_INVALID);
    CHECK_ERR(maps_document_check(sc, "/theirs", str_of(text), &(const struct doc *){0}), ERR_INVALID);
    return scope_fault(sc)->items->pointer;
}

/* 256 KiB of them would be compared each with each. */
TEST(a_document_of_more_parts_than_one_may_have_is_not_compared)
{
    struct maps_changes c;

    CHECK_STR(refused(full_of("\"rules\":[", "0", 130000, "]}")), "/theirs/rules");
    CHECK_STR(refused(full_of("\"let\":[", "0", 51, "]}")), "/theirs/let");
    CHECK_OK(maps_diff(test_scope(), doc_of(full_of("\"rules\":[", "0", 400, "]}")), doc_of("{}"), &c));
    CHECK_INT(c.n, 401);
    CHECK_STR(c.v[400].name, "#400");
}
