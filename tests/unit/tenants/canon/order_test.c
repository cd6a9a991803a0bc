#include "canon/canon.h"
#include "kit/test.h"

static struct decimal dec(const char *text)
{
    struct decimal d = decimal_of(-999999);

    CHECK(decimal_parse(str_of(text), &d));
    return d;
}

/* Two lines, one discounted, freight, 5 % tax: 3 × 19.99 − 5.00 + 24.50 + 4.95 + 4.22. */
struct sample {
    struct canon_tax tax;
    struct canon_line lines[2];
    struct canon_shipping shipping;
    struct canon_order order;
};

static struct canon_order *sample(struct sample *s)
{
    *s = (struct sample){
        .tax = {"State", dec("0.05"), dec("4.22")},
        .lines = {{.sku = "SKU-1",
                   .title = "Mug",
                   .quantity = dec("3"),
                   .unit_price = dec("19.99"),
                   .discount = dec("5.00")},
                  {.sku = "SKU-2", .title = "Cup", .quantity = dec("1"), .unit_price = dec("24.50")}},
        .shipping = {.title = "Standard", .price = dec("5.95"), .discount = dec("1.00")},
    };
    s->lines[0].taxes = (struct canon_taxes){&s->tax, 1};
    s->order = (struct canon_order){.natural_key = "9007199254740993",
                                    .number = "#1001",
                                    .currency = "USD",
                                    .lines = s->lines,
                                    .line_count = 2,
                                    .shipping = &s->shipping,
                                    .shipping_count = 1,
                                    .tip = dec("2"),
                                    .duties = dec("1.50"),
                                    .total = dec("92.14")};
    return &s->order;
}

static void held(struct canon_order *o, const char *reason)
{
    struct scope *sc = test_scope();

    scope_clear(sc);
    CHECK_ERR(canon_order_check(sc, o), ERR_HOLD);
    CHECK_STR(scope_fault(sc)->message, reason);
}

TEST(the_parts_of_an_order_are_added_exactly)
{
    struct sample s;
    struct canon_order *o = sample(&s);
    struct decimal sum;

    CHECK(canon_order_sum(o, &sum));
    CHECK_INT(decimal_compare(sum, dec("92.14")), 0);
    CHECK_OK(canon_order_check(test_scope(), o));
}

TEST(included_taxes_are_not_added_again)
{
    struct sample s;
    struct canon_order *o = sample(&s);
    struct decimal sum;

    o->taxes_included = true;
    CHECK(canon_order_sum(o, &sum));
    CHECK_INT(decimal_compare(sum, dec("87.92")), 0);
}

TEST(an_order_without_lines_is_held)
{
    struct sample s;
    struct canon_order *o = sample(&s);

    o->line_count = 0;
    held(o, "the order has no lines");
}

TEST(a_quantity_that_is_not_positive_is_held_and_named)
{
    struct sample s;
    struct canon_order *o = sample(&s);

    s.lines[1].quantity = dec("-1");
    held(o, "line 2 (SKU-2) has quantity -1; a quantity must be above zero");
    s.lines[1].quantity = dec("0");
    held(o, "line 2 (SKU-2) has quantity 0; a quantity must be above zero");
    s.lines[1].sku = NULL;
    held(o, "line 2 (Cup) has quantity 0; a quantity must be above zero");
    s.lines[1].title = NULL;
    held(o, "line 2 (no SKU) has quantity 0; a quantity must be above zero");
}

TEST(a_sku_or_a_number_that_is_too_long_is_held_and_named)
{
    char sku[CANON_SKU_MAX + 2], number[2 * CANON_NUMBER_MAX + 3];
    struct sample s;
    struct canon_order *o = sample(&s);

    memset(sku, 'A', sizeof(sku) - 1);
    sku[sizeof(sku) - 1] = '\0';
    s.lines[1].sku = sku;
    held(o, "line 2 has a SKU of 301 octets, and at most 300 can be kept; it begins"
            " \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"");
    sku[CANON_SKU_MAX] = '\0';
    CHECK_OK(canon_order_check(test_scope(), o));
    for (size_t i = 0; i < sizeof(number) - 1; i++)
        number[i] = "é"[i % 2];
    number[2 * CANON_NUMBER_MAX] = '\0';
    o->number = number;
    CHECK_OK(canon_order_check(test_scope(), o));
    number[2 * CANON_NUMBER_MAX] = "é"[0];
    number[2 * CANON_NUMBER_MAX + 2] = '\0';
    held(o, "the order's number is longer than 64 characters");
    CHECK_INT(canon_text_head(number, CANON_NUMBER_MAX), 2 * CANON_NUMBER_MAX);
}

TEST(a_negative_price_or_total_is_held)
{
    struct sample s;
    struct canon_order *o = sample(&s);

    s.lines[0].unit_price = dec("-0.01");
    held(o, "line 1 (SKU-1) has a negative price");
    o = sample(&s);
    o->total = dec("-92.14");
    held(o, "the order's total is negative");
}

TEST(a_currency_nobody_knows_is_held)
{
    struct sample s;
    struct canon_order *o = sample(&s);

    o->currency = "ZZZ";
    held(o, "the currency \"ZZZ\" is not one we know");
    o->currency = "";
    held(o, "the currency \"\" is not one we know");
}

TEST(more_decimals_than_the_currency_has_are_held)
{
    struct sample s;
    struct canon_order *o = sample(&s);

    o->total = dec("92.145");
    held(o, "the total 92.145 has more decimals than USD has");
    o->total = dec("92.140");
    CHECK_OK(canon_order_check(test_scope(), o));
    o->currency = "JPY";
    o->total = dec("92.14");
    held(o, "the total 92.14 has more decimals than JPY has");
}

/* Two lines and one shipping line leave room for four cents. */
TEST(a_total_may_differ_by_rounding_and_no_more)
{
    struct sample s;
    struct canon_order *o = sample(&s);

    o->total = dec("92.18");
    CHECK_OK(canon_order_check(test_scope(), o));
    o->total = dec("92.10");
    CHECK_OK(canon_order_check(test_scope(), o));
    o->total = dec("92.19");
    held(o, "the lines add up to 92.14 USD but the order says 92.19 USD");
    o->total = dec("92.09");
    held(o, "the lines add up to 92.14 USD but the order says 92.09 USD");
}

TEST(amounts_that_overflow_are_held)
{
    struct sample s;
    struct canon_order *o = sample(&s);

    s.lines[0].unit_price = dec("99999999999999999999");
    s.lines[0].quantity = dec("99999999999999999999");
    held(o, "the order's amounts are too large");
}
