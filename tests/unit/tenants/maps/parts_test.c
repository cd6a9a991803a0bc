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

    maps_diff(test_scope()->arena, doc_of(from), doc_of(to), &c);
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
