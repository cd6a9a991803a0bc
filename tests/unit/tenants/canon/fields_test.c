#include <stdlib.h>

#include "canon_kit.h"

TEST(fields_come_in_the_order_of_a_document)
{
    struct canon_targets all;

    canon_fields(test_scope()->arena, kit_object("payout"), &all);
    CHECK_STR(all.v[0].path, "/schema");
    CHECK_STR(all.v[1].path, "/natural_key");
    CHECK_INT(all.v[1].depth, 0);
    for (size_t i = 0; i < all.n; i++) {
        CHECK(canon_field_at(kit_object("payout"), str_of(all.v[i].path)) == all.v[i].field);
        if (strcmp(all.v[i].path, "/reserve/opening") == 0)
            CHECK(all.v[i].depth == 1 && strcmp(all.v[i - 1].path, "/reserve") == 0);
        if (strcmp(all.v[i].path, "/lines/*/net") == 0)
            CHECK(all.v[i].depth == 1);
    }
}

TEST(a_path_names_items_by_an_asterisk_or_a_number)
{
    const struct canon_object *o = kit_object("sales_order");

    CHECK_INT(canon_field_at(o, str_of("/lines/*/sku"))->kind, CANON_KEY);
    CHECK_INT(canon_field_at(o, str_of("/lines/17/taxes/0/rate"))->kind, CANON_RATE);
    CHECK_INT(canon_field_at(o, str_of("/lines"))->kind, CANON_LIST);
    CHECK_INT(canon_field_at(o, str_of("/shipping_to/city"))->kind, CANON_TEXT);
}

TEST(what_is_no_path_has_no_field)
{
    static const char *const wrong[] = {"",
                                        "/",
                                        "lines",
                                        "/lines/sku",
                                        "/lines/*/",
                                        "/lines/*",
                                        "/lines/-1/sku",
                                        "/total/x",
                                        "/lines/*/sku/x",
                                        "//lines",
                                        "/Lines",
                                        "/lines/**/sku"};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK(!canon_field_at(kit_object("sales_order"), str_of(wrong[i])));
}

TEST(a_field_that_is_not_there_is_told_with_the_nearest)
{
    struct scope *sc = test_scope();
    const struct canon_field *f;

    CHECK_OK(canon_field_find(sc, kit_object("sales_order"), str_of("/lines/0/sku"), &f));
    CHECK_ERR(canon_field_find(sc, kit_object("sales_order"), str_of("/lines/0/skuu"), &f), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message, "sales_order/1 has no field \"/lines/0/skuu\"; did you mean /lines/*/sku or "
                                        "/lines/*/key?");
    CHECK_ERR(canon_field_find(sc, kit_object("sales_order"), str_of("/xyz"), &f), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message, "sales_order/1 has no field \"/xyz\"");
}

TEST(every_kind_has_a_name)
{
    for (int kind = 0; kind < CANON_KIND_COUNT; kind++)
        CHECK(canon_kind_name((enum canon_kind)kind) != NULL);
}
