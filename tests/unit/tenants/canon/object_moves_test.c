#include <stdlib.h>

#include "canon_kit.h"

TEST(a_line_names_the_orders_line_or_the_sku)
{
    CHECK_STR(kit_wrong("shipment", "/lines/0", "{\"sku\":\"MUG\",\"quantity\":\"1\"}"), "");
    CHECK_STR(kit_wrong("shipment", "/lines/0", "{\"order_line_key\":\"1\",\"quantity\":\"1\"}"), "");
    CHECK_STR(kit_wrong("shipment", "/lines/0", "{\"quantity\":\"1\"}"),
              "/lines/0/order_line_key required is missing, and so is the sku: one of them must say what it is");
    CHECK_STR(kit_wrong("return", "/lines/0", "{\"quantity\":\"1\"}"),
              "/lines/0/order_line_key required is missing, and so is the sku: one of them must say what it is");
}

TEST(no_more_comes_back_than_was_to_come_back)
{
    CHECK_STR(kit_wrong("return", "/lines/0/arrived_quantity", "\"1.5\""),
              "/lines/0/arrived_quantity out_of_range is more than the quantity that is to come back");
    CHECK_STR(kit_wrong("return", "/lines/0/arrived_quantity", "null"), "");
}

TEST(the_parts_of_a_refund_make_its_total_to_the_cent)
{
    CHECK_STR(kit_wrong("refund", "/lines/0/tax", "\"0.93\""),
              "/total does_not_add_up is 22.19, but the lines, shipping and adjustments make 22.20");
    CHECK_STR(kit_wrong("refund", "/shipping", "null"),
              "/total does_not_add_up is 22.19, but the lines, shipping and adjustments make 17.24");
    CHECK_STR(kit_wrong("refund", "/adjustments", "[]"),
              "/total does_not_add_up is 22.19, but the lines, shipping and adjustments make 24.19");
    CHECK_STR(kit_wrong("refund", "/tenders/0/amount", "\"22.18\""),
              "/total does_not_add_up is 22.19, but the tenders make 22.18");
    CHECK_STR(kit_wrong("refund", "/tenders", "null"), "");
}
