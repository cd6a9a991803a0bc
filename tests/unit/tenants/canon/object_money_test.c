#include <stdlib.h>

#include "canon_kit.h"

TEST(what_is_left_of_a_payment_is_the_amount_less_the_fee)
{
    CHECK_STR(kit_wrong("payment", "/fee", "\"2.30\""), "/net does_not_add_up is 66.602, but amount less fee is 66.60");
    CHECK_STR(kit_wrong("payment", "/net", "null"), "");
}

TEST(what_is_left_of_a_settlement_line_is_gross_less_fee_and_tax)
{
    CHECK_STR(kit_wrong("settlement_line", "/tax", "\"0.01\""),
              "/net does_not_add_up is 66.60, but gross less fee and tax is 66.59");
    CHECK_STR(kit_wrong("settlement_line", "/gross", "null"), "");
}

TEST(the_lines_and_the_sums_of_a_payout_make_its_amount)
{
    CHECK_STR(kit_wrong("payout", "/amount", "\"44.42\""),
              "/amount does_not_add_up is 44.42, but the sums make 44.41; "
              "/amount does_not_add_up is 44.42, but the lines make 44.41");
    CHECK_STR(kit_wrong("payout", "/sums/0/amount", "\"66.61\""),
              "/amount does_not_add_up is 44.41, but the sums make 44.42");
    CHECK_STR(kit_wrong("payout", "/lines/0/fee", "\"2.31\""),
              "/lines/0/net does_not_add_up is 66.60, but gross less fee and tax is 66.59");
    CHECK_STR(kit_wrong("payout", "/lines", "null"), "");
}

TEST(a_reserve_closes_with_what_it_opened_with_and_what_came_and_went)
{
    CHECK_STR(kit_wrong("payout", "/reserve/released", "\"0.01\""),
              "/reserve/closing does_not_add_up is 100.00, but opening and held less released is 99.99");
    CHECK_STR(kit_wrong("payout", "/reserve", "null"), "");
}
