#include <stdlib.h>

#include "canon_kit.h"

#define HEAD                                                                                                           \
    "{\"schema\":\"sales_order/1\",\"natural_key\":\"1\",\"number\":\"1\",\"currency\":\"USD\","                       \
    "\"placed_at\":\"2026-11-23T10:00:00Z\",\"updated_at\":\"2026-11-23T10:00:00Z\","

static const char *told(const char *json)
{
    struct canon_faults all = kit_faults("sales_order", kit_read(json));

    return kit_told(&all);
}

TEST(a_document_that_is_no_object_is_told_so)
{
    CHECK_STR(told("[]"), " wrong_type must be an object, not a list");
    CHECK_STR(told("7"), " wrong_type must be an object, not a number");
    CHECK_STR(told("null"), " wrong_type must be an object, not null");
}

TEST(every_fault_is_named_in_one_go)
{
    CHECK_STR(told(HEAD "\"test\":1,\"lines\":[{\"quantity\":\"1\",\"unit_price\":\"1.00\"},{\"quantity\":2,"
                        "\"unit_price\":\"-1\",\"taxes\":[{\"amount\":\"x\"}]},3],\"totel\":\"1\"}"),
              "/test wrong_type must be true or false, not a number; "
              "/lines/1/quantity wrong_type must be a decimal in a text, like \"12.50\", not a number; "
              "/lines/1/unit_price out_of_range cannot be negative; "
              "/lines/1/taxes/0/amount not_a_decimal must be a decimal like \"12.50\", and this is \"x\"; "
              "/lines/2 wrong_type must be an object, not a number; "
              "/totel unknown_member is not a member here; did you mean total?; "
              "/total required is missing");
}

TEST(members_may_come_in_any_order)
{
    CHECK_STR(
        told("{\"total\":\"2.00\",\"lines\":[{\"unit_price\":\"1\",\"quantity\":\"2\"}],"
             "\"updated_at\":\"2026-11-23T10:00:00Z\",\"placed_at\":\"2026-11-23T10:00:00Z\",\"currency\":\"USD\","
             "\"number\":\"1\",\"schema\":\"sales_order/1\",\"natural_key\":\"1\"}"),
        "");
}

TEST(a_member_that_stands_twice_is_told)
{
    const struct doc *d = kit_read(HEAD "\"lines\":[{\"quantity\":\"1\",\"unit_price\":\"1.00\"}],\"total\":\"1\"}");
    struct doc *v = ARENA_ARRAY(test_scope()->arena, struct doc, 2 * (size_t)d->n + 2);
    struct canon_faults all;
    struct doc twice;

    memcpy(v, d->children, 2 * d->n * sizeof(*v));
    memcpy(v + 2 * (size_t)d->n, d->children, 2 * sizeof(*v));
    twice = doc_make_object(v, d->n + 1);
    all = kit_faults("sales_order", &twice);
    CHECK_STR(kit_told(&all), "/schema duplicate_member stands here twice");
}

TEST(a_pointer_is_escaped_and_a_long_name_is_cut)
{
    char name[2001];
    struct canon_faults all;
    struct doc d = *kit_read(kit_object("location")->examples[0]);

    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    CHECK_STR(kit_wrong("location", "/address", "{\"a/b~c\":1}"),
              "/address/a~1b~0c unknown_member is not a member here");
    d = kit_with(&d, str_of(name), kit_read("1"));
    all = kit_faults("location", &d);
    CHECK_INT(all.n, 1);
    CHECK_INT(strlen(all.v[0].pointer), 121);
}

TEST(after_a_hundred_faults_the_rest_is_not_looked_for)
{
    struct canon_faults all;
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 22);
    buf_s(&b, HEAD "\"total\":\"1\",\"lines\":[");
    for (int i = 0; i < 900; i++)
        buf_s(&b, i ? ",{}" : "{}");
    buf_s(&b, "]}");
    all = kit_faults("sales_order", kit_read(buf_cstr(&b)));
    CHECK_INT(all.n, CANON_FAULTS_MAX);
    CHECK(all.more);
    CHECK_STR(all.v[99].pointer, "/lines/49/unit_price");
}

TEST(lists_have_their_limits)
{
    struct buf b;

    CHECK_STR(kit_wrong("sales_order", "/lines", "[]"), "/lines too_short must not be empty");
    CHECK_STR(kit_wrong("journal_entry", "/lines", "[{\"account\":\"1\",\"debit\":\"1\"}]"),
              "/lines too_short must have at least 2 items");
    buf_init(&b, test_scope()->arena, 1 << 22);
    for (int i = 0; i <= 100; i++)
        buf_s(&b, i ? ",{\"amount\":\"0\"}" : "[{\"amount\":\"0\"}");
    buf_c(&b, ']');
    CHECK_STR(kit_wrong("sales_order", "/discounts", buf_cstr(&b)),
              "/discounts too_long has 101 items and can have at most 100");
    CHECK_STR(kit_wrong("product", "/tags", "[\"a\",\"\",7]"),
              "/tags/1 too_short cannot be empty; /tags/2 wrong_type must be a text, not a number");
}

/* A nested currency rules the amounts beside it, whatever order they come in. */
TEST(amounts_have_no_more_decimals_than_their_currency)
{
    CHECK_STR(kit_wrong("refund", "/total", "\"22.190\""), "");
    CHECK_STR(kit_wrong("refund", "/total", "\"22.191\""),
              "/total too_precise has more decimals than the 2 of its currency");
    CHECK_STR(kit_wrong("sales_order", "/currency", "\"JPY\""),
              "/total too_precise has more decimals than the 0 of its currency; "
              "/tenders/1/amount too_precise has more decimals than the 0 of its currency");
}

TEST(an_amount_fits_in_minor_units)
{
    CHECK_STR(kit_wrong("refund", "/total", "\"92233720368547758.08\""), "/total out_of_range is too large an amount");
    CHECK_STR(kit_wrong("refund", "/total", "\"92233720368547758.07\""),
              "/total does_not_add_up is 92233720368547758.07, but the lines, shipping and adjustments make 22.19; "
              "/total does_not_add_up is 92233720368547758.07, but the tenders make 22.19");
    CHECK_STR(kit_wrong("refund", "/total", "\"99999999999999999999999999999999999999\""),
              "/total out_of_range is too large an amount");
}

TEST(what_is_in_order_costs_no_memory)
{
    struct scope *sc = test_scope();
    const struct doc *d = kit_read(kit_object("sales_order")->examples[0]);
    size_t before = arena_used(sc->arena);
    struct canon_faults all;

    CHECK(canon_valid(sc->arena, kit_object("sales_order"), d, &all));
    CHECK_INT(arena_used(sc->arena) - before, 0);
}

TEST(a_check_that_fails_names_the_first_fault_and_lists_them_all)
{
    struct scope *sc = test_scope();
    const struct doc *d = kit_read(HEAD "\"lines\":[{}],\"total\":\"1\"}");

    scope_clear(sc);
    CHECK_ERR(canon_check(sc, kit_object("sales_order"), d), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message, "the document is no sales_order/1: /lines/0/quantity is missing");
    CHECK_INT(scope_fault(sc)->item_count, 2);
    CHECK_STR(scope_fault(sc)->items->pointer, "/lines/0/quantity");
    CHECK_STR(scope_fault(sc)->items->code, "required");
    CHECK_INT(scope_fault(sc)->http_status, 422);
}
