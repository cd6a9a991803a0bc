#include <stdlib.h>

#include "canon_kit.h"

TEST(prices_need_a_currency)
{
    CHECK_STR(kit_wrong("sku", "/currency", NULL), "/currency required is missing, and there are prices");
    CHECK_STR(kit_wrong("sku", "/currency", "null"), "/currency required is missing, and there are prices");
}

TEST(what_is_available_is_what_lies_there_and_is_neither_sold_nor_kept_back)
{
    CHECK_STR(kit_wrong("inventory_position", "/available", "\"38\""),
              "/available does_not_add_up is 38, but on_hand less committed and buffer is 37");
    CHECK_STR(kit_wrong("inventory_position", "/committed", "null"),
              "/available does_not_add_up is 37, but on_hand less committed and buffer is 40");
    CHECK_STR(kit_wrong("inventory_position", "/on_hand", "null"), "");
    CHECK_STR(kit_wrong("inventory_position", "/on_hand", "\"-99999999999999999999999999999999999999\""),
              "/on_hand out_of_range is made of amounts that are too large");
}
