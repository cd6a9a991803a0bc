#include <stdlib.h>

#include "canon/canon.h"
#include "canon_kit.h"

static struct decimal dec(const char *text)
{
    struct decimal d = decimal_of(-999999);

    CHECK(decimal_parse(str_of(text), &d));
    return d;
}

static const char *written(const struct canon_order *o)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    canon_order_write(&b, o);
    return buf_cstr(&b);
}

static const char *again(const char *json)
{
    struct canon_order o;

    CHECK_OK(canon_order_read(test_scope(), kit_read(json), &o));
    return written(&o);
}

/* Everything an order can have. */
struct whole {
    struct canon_tax taxes[2];
    struct canon_line lines[2];
    struct canon_shipping shipping;
    struct canon_discount discount;
    struct canon_fee fee;
    struct canon_tender tenders[2];
    struct canon_address billing, to;
    struct canon_order order;
};

static struct canon_order *whole(struct whole *s)
{
    *s = (struct whole){
        .taxes = {{"State \"tax\"", dec("0.0825"), dec("1.65")}, {NULL, dec("-1"), dec("0.10")}},
        .lines = {{"9007199254740993", "SKU-1", "Käse\n", dec("2"), dec("10.00"), dec("0.10"), {NULL, 0}},
                  {NULL, NULL, NULL, dec("0.125"), dec("8"), dec("0"), {NULL, 0}}},
        .shipping = {"Post", dec("5.95"), dec("0"), {NULL, 0}},
        .discount = {"X10", NULL, dec("1.00")},
        .fee = {"Gift wrap", dec("2.00"), {NULL, 0}},
        .tenders = {{"card", "p-1", NULL, dec("20.00")}, {"cash", NULL, "till 4", dec("9.60")}},
        .billing = {.name = "Ada", .company = "Alder & Pine"},
        .to = {.name = "Ada",
               .street = "1 Main Street",
               .street2 = "b",
               .postal_code = "62701",
               .city = "Springfield",
               .region = "IL",
               .country = "US",
               .phone = "+1"},
    };
    s->lines[0].taxes = (struct canon_taxes){s->taxes, 2};
    s->fee.taxes = s->shipping.taxes = (struct canon_taxes){&s->taxes[1], 1};
    s->order = (struct canon_order){.natural_key = "9007199254740995",
                                    .number = "#1",
                                    .currency = "USD",
                                    .placed_at_us = 1000000,
                                    .updated_at_us = 2500000,
                                    .test = true,
                                    .cancelled = true,
                                    .customer = {"7", "Ada", "ada@example.com", "+2"},
                                    .billing = &s->billing,
                                    .shipping_to = &s->to,
                                    .lines = s->lines,
                                    .line_count = 2,
                                    .shipping = &s->shipping,
                                    .shipping_count = 1,
                                    .tip = dec("1.00"),
                                    .duties = dec("0.50"),
                                    .subtotal = dec("20.90"),
                                    .discount_total = dec("1.10"),
                                    .tax_total = dec("1.95"),
                                    .total = dec("31.35"),
                                    .note = "no\ttabs",
                                    .channel = "web",
                                    .state = "open",
                                    .source_state = "unfulfilled",
                                    .payment_state = "partially_paid",
                                    .discounts = &s->discount,
                                    .discount_count = 1,
                                    .fees = &s->fee,
                                    .fee_count = 1,
                                    .taxes = {&s->taxes[1], 1},
                                    .rounding = dec("-0.05"),
                                    .tenders = s->tenders,
                                    .tender_count = 2};
    return &s->order;
}

TEST(an_order_that_is_written_and_read_is_the_same)
{
    struct whole s;
    const char *first = written(whole(&s));

    CHECK_STR(again(first), first);
}

TEST(what_is_written_keeps_to_the_schema)
{
    struct whole s;
    const char *json = written(whole(&s));
    struct canon_faults all = kit_faults("sales_order", kit_read(json));
    struct decimal sum;

    CHECK(canon_order_sum(&s.order, &sum));
    CHECK_INT(decimal_compare(sum, s.order.total), 0);
    CHECK_STR(kit_told(&all), "");
    CHECK_OK(canon_order_check(test_scope(), &s.order));
}

TEST(an_order_with_nothing_optional_is_written_as_it_always_was)
{
    struct whole s;
    struct canon_order *o = whole(&s);
    const char *first;

    o->channel = o->state = o->source_state = o->payment_state = NULL;
    o->discount_count = o->fee_count = o->tender_count = o->taxes.n = 0;
    o->rounding = decimal_of(0);
    first = written(o);
    CHECK_STR(strstr(first, "\"note\":"), "\"note\":\"no\\ttabs\"}");
    CHECK_STR(again(first), first);
}

TEST(a_document_of_a_mapping_gives_the_struct_its_defaults)
{
    struct canon_order o;

    CHECK_OK(canon_order_read(test_scope(), kit_read(kit_object("sales_order")->examples[1]), &o));
    CHECK_STR(o.natural_key, "AB-7");
    CHECK(o.taxes_included && !o.test && !o.cancelled);
    CHECK_INT(o.placed_at_us, 1795428000000000);
    CHECK(!o.customer.key && !o.billing && !o.note && !o.lines[0].sku);
    CHECK_INT(o.line_count, 1);
    CHECK_INT(o.lines[0].taxes.n, 1);
    CHECK_INT(o.shipping_count + o.discount_count + o.fee_count + o.tender_count, 0);
    CHECK_INT(decimal_sign(o.tip) + decimal_sign(o.lines[0].discount), 0);
    CHECK_OK(canon_order_check(test_scope(), &o));
}

TEST(a_text_that_is_empty_is_none)
{
    struct canon_order o;
    struct doc d = kit_edit(kit_read(kit_object("sales_order")->examples[0]), "/lines/0/sku", kit_read("\"\""));

    CHECK_OK(canon_order_read(test_scope(), &d, &o));
    CHECK(o.lines[0].sku == NULL);
}

TEST(a_document_of_another_schema_is_no_order)
{
    struct canon_order o;

    CHECK_ERR(canon_order_read(test_scope(), kit_read(kit_object("refund")->examples[0]), &o), ERR_INVALID);
    CHECK_STR(scope_fault(test_scope())->message, "the document is no sales_order/1");
}
