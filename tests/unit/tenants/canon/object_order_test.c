#include <stdlib.h>

#include "canon/canon.h"
#include "canon_kit.h"

TEST(the_parts_make_the_total)
{
    /* Four cents of room: two lines, a way of shipping, and one. */
    CHECK_STR(kit_wrong("sales_order", "/total", "\"88.94\""),
              "/tenders does_not_add_up make 88.90, and the total is 88.94");
    CHECK_STR(kit_wrong("sales_order", "/total", "\"88.95\""),
              "/total does_not_add_up is 88.95, but the parts of the order make 88.90; "
              "/tenders does_not_add_up make 88.90, and the total is 88.95");
    CHECK_STR(kit_wrong("sales_order", "/lines/0/taxes/0/amount", "\"12.75\""),
              "/total does_not_add_up is 88.90, but the parts of the order make 98.90");
    CHECK_STR(kit_wrong("sales_order", "/discounts/0/amount", "\"3.50\""),
              "/total does_not_add_up is 88.90, but the parts of the order make 87.90");
    CHECK_STR(kit_wrong("sales_order", "/fees/0/amount", "\"-1.00\""),
              "/total does_not_add_up is 88.90, but the parts of the order make 86.90");
    CHECK_STR(kit_wrong("sales_order", "/rounding", "\"0.10\""),
              "/total does_not_add_up is 88.90, but the parts of the order make 89.00");
    CHECK_STR(kit_wrong("sales_order", "/taxes", "[{\"amount\":\"7\"}]"),
              "/total does_not_add_up is 88.90, but the parts of the order make 95.90");
    CHECK_STR(kit_wrong("sales_order", "/taxes_included", "true"),
              "/total does_not_add_up is 88.90, but the parts of the order make 84.92");
}

TEST(the_rule_is_that_of_the_order)
{
    struct scope *sc = test_scope();
    const struct canon_object *o = kit_object("sales_order");
    struct canon_order order;
    struct decimal sum;

    for (const char *const *e = o->examples; *e; e++) {
        CHECK_OK(canon_order_read(sc, kit_read(*e), &order));
        CHECK_OK(canon_order_check(sc, &order));
        CHECK(canon_order_sum(&order, &sum) && decimal_compare(sum, order.total) == 0);
    }
}

TEST(amounts_that_are_too_large_are_told)
{
    CHECK_STR(kit_wrong("sales_order", "/lines/0",
                        "{\"quantity\":\"99999999999999999999\",\"unit_price\":\"99999999999999999999\"}"),
              "/total out_of_range is made of amounts that are too large");
    CHECK_STR(kit_wrong("sales_order", "/tenders/0/amount", "\"99999999999999999999999999999999999999\""),
              "/tenders/0/amount out_of_range is too large an amount");
}

TEST(tenders_are_not_more_than_the_total_and_all_of_it_when_paid)
{
    const char *json = "{\"kind\":\"cash\",\"amount\":\"19.99\"}";
    struct doc unpaid =
        kit_edit(kit_read(kit_object("sales_order")->examples[0]), "/payment_state", kit_read("\"partially_paid\""));
    struct canon_faults all;

    CHECK_STR(kit_wrong("sales_order", "/tenders/0", json),
              "/tenders does_not_add_up make 88.89, and the total is 88.90");
    unpaid = kit_edit(&unpaid, "/tenders/0", kit_read(json));
    all = kit_faults("sales_order", &unpaid);
    CHECK_STR(kit_told(&all), "");
    unpaid = kit_edit(&unpaid, "/tenders/0/amount", kit_read("\"20.01\""));
    all = kit_faults("sales_order", &unpaid);
    CHECK_STR(kit_told(&all), "/tenders does_not_add_up make 88.91, and the total is 88.90");
    CHECK_STR(kit_wrong("sales_order", "/tenders", "[]"), "");
}
