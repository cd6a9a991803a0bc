#include "manifest_kit.h"

#define GETS                                                                                                           \
    "\"orders.get\":{\"title\":\"t\",\"object\":\"sales_order\",\"act\":\"get\",\"request\":{\"method\":\"GET\","      \
    "\"path\":\"o\"}},"                                                                                                \
    "\"orders.list\":{\"title\":\"t\",\"object\":\"sales_order\",\"act\":\"list\",\"request\":{\"method\":\"GET\","    \
    "\"path\":\"o\"},\"answer\":{\"items\":\"$\"}},"                                                                   \
    "\"orders.all\":{\"title\":\"t\",\"object\":\"sales_order\",\"act\":\"list\",\"request\":{\"method\":\"GET\","     \
    "\"path\":\"o\"},\"answer\":{\"items\":\"$\"}}"

static const char *gap(const char *object, const char *direction)
{
    return arena_f(test_scope()->arena,
                   "{" KIT_HEAD KIT_AUTH "\"operations\":{" GETS
                   "},\"without\":[{\"object\":\"%s\",\"direction\":\"%s\",\"why\":\"No.\"}]}",
                   object, direction);
}

/* "ACTS|WHY" of a cell. */
static const char *cell(const struct connector *c, const char *object, const char *direction)
{
    struct manifest_cell v = manifest_cell_of(test_scope(), c, object, direction);

    return arena_f(test_scope()->arena, "%s|%s", v.acts ? v.acts : "", v.why ? v.why : "");
}

TEST(each_act_is_told_once_and_what_is_not_done_has_its_reason_or_none)
{
    const struct connector *c = kit_site_of(gap("refund", "out"), "{\"shop\":\"acme.example\"}")->connector;

    CHECK_STR(cell(c, "sales_order", "in"), "get, list|");
    CHECK_STR(cell(c, "sales_order", "out"), "|");
    CHECK_STR(cell(c, "refund", "out"), "|No.");
    CHECK_STR(cell(c, "refund", "in"), "|");
}

TEST(a_connector_in_c_has_reasons_for_all_that_it_says_no_more_of)
{
    static const struct connector_cover covers[] = {{"sales_order", "out", "create"}, {0}};
    static const struct connector_gap without[] = {
        {"payout", "in", "Pays nothing."}, {"*", "in", "Not read."}, {"sales_order", "out", "Stale."}, {0}};
    const struct connector c = {.name = "c", .covers = covers, .without = without};

    CHECK_STR(cell(&c, "payout", "in"), "|Pays nothing.");
    CHECK_STR(cell(&c, "refund", "in"), "|Not read.");
    CHECK_STR(cell(&c, "refund", "out"), "|");
    CHECK_STR(cell(&c, "sales_order", "out"), "create|");
}

TEST(a_reason_for_what_is_done_is_refused)
{
    CHECK_STR(kit_faults(gap("refund", "out")), "");
    CHECK_STR(kit_faults(gap("sales_order", "out")), "");
    CHECK_STR(kit_faults(gap("sales_order", "in")), "/without/0 contradiction");
    CHECK_STR(kit_faults(gap("sales_ordr", "up")),
              "/without/0/object unknown_object\n/without/0/direction not_in_list");
}
