#include "base/timefmt.h"
#include "shopify_kit.h"

/* Written after the shape of a delivered orders/create of version 2026-07. */
static const char *const full =
    "{\"id\":9007199254740993,\"admin_graphql_api_id\":\"gid://shopify/Order/9007199254740993\",\"name\":\"#1001\","
    "\"created_at\":\"2026-11-20T23:30:00-05:00\",\"updated_at\":\"2026-11-21T04:30:01Z\",\"cancelled_at\":null,"
    "\"currency\":\"USD\",\"presentment_currency\":\"EUR\",\"taxes_included\":false,\"test\":false,\"note\":\"ring "
    "twice\","
    "\"email\":\"ada@example.com\",\"phone\":\"+15550100\",\"total_price\":\"89.71\",\"subtotal_price\":\"79.47\","
    "\"total_discounts\":\"6.00\",\"total_tax\":\"4.29\",\"total_tip_received\":\"1.00\","
    "\"total_price_set\":{\"shop_money\":{\"amount\":\"89.71\",\"currency_code\":\"USD\"},"
    "\"presentment_money\":{\"amount\":\"83.12\",\"currency_code\":\"EUR\"}},"
    "\"customer\":{\"id\":9007199254740995,\"email\":\"other@example.com\",\"first_name\":\"Ada\",\"last_name\":"
    "\"Byron\"},"
    "\"billing_address\":null,\"shipping_address\":{\"name\":\"Ada Byron\",\"address1\":\"1 Main Street\","
    "\"address2\":\"\",\"zip\":\"12345\",\"city\":\"Springfield\",\"province_code\":\"IL\",\"country_code\":\"US\"},"
    "\"line_items\":["
    "{\"id\":9007199254740997,\"sku\":\"SKU-1\",\"variant_id\":11,\"title\":\"Mug\",\"quantity\":3,\"current_"
    "quantity\":2,"
    "\"price\":\"19.99\",\"total_discount\":\"0.00\",\"discount_allocations\":[{\"amount\":\"3.00\"},{\"amount\":\"2."
    "00\"}],"
    "\"tax_lines\":[{\"title\":\"State\",\"rate\":0.05,\"price\":\"2.75\"},{\"title\":\"City\",\"rate\":0,\"price\":"
    "\"0.00\"}]},"
    "{\"id\":9007199254740998,\"sku\":\"\",\"variant_id\":9007199254740999,\"title\":\"Cup\",\"quantity\":1,\"price\":"
    "24.50,"
    "\"total_discount\":\"1.00\",\"tax_lines\":[{\"title\":\"State\",\"rate\":0.05,\"price\":\"1.18\"}]},"
    "{\"id\":9007199254741000,\"sku\":null,\"variant_id\":null,\"title\":\"Gift "
    "wrap\",\"quantity\":2,\"price\":\"0.50\","
    "\"tax_lines\":[]}],"
    "\"shipping_lines\":[{\"title\":\"Post\",\"price\":\"5.95\",\"discount_allocations\":[{\"amount\":\"1.00\"}],"
    "\"tax_lines\":[{\"title\":\"State\",\"rate\":0.05,\"price\":\"0.36\"}]}]}";

static bool is(struct decimal got, const char *want)
{
    struct decimal d;

    return decimal_parse(str_of(want), &d) && decimal_compare(got, d) == 0;
}

static enum err read_text(struct scope *sc, const char *text, struct canon_order *out)
{
    const struct doc *d;

    CHECK_OK(doc_parse(sc, str_of(text), &d));
    return shopify_read(sc, d, out);
}

/* The smallest order, with other members put in. */
static enum err read_with(struct scope *sc, const char *members, const char *lines, struct canon_order *out)
{
    return read_text(sc,
                     arena_f(sc->arena,
                             "{\"id\":1,\"created_at\":\"2026-11-20T23:30:00Z\",\"currency\":\"USD\",%s"
                             "\"line_items\":%s}",
                             members, lines),
                     out);
}

static void refused(const char *members, const char *lines, const char *pointer, const char *code)
{
    struct scope *sc = scope_new();
    struct canon_order o;

    CHECK_ERR(read_with(sc, members, lines, &o), ERR_INVALID);
    CHECK_INT(scope_fault(sc)->item_count, 1);
    if (scope_fault(sc)->items) {
        CHECK_STR(scope_fault(sc)->items->pointer, pointer);
        CHECK_STR(scope_fault(sc)->items->code, code);
    }
    scope_free(sc);
}

TEST(an_order_is_read_whole_and_adds_up)
{
    struct scope *sc = test_scope();
    struct canon_order o;
    int64_t at;

    CHECK_OK(read_text(sc, full, &o));
    CHECK_STR(o.natural_key, "9007199254740993");
    CHECK_STR(o.number, "#1001");
    CHECK_STR(o.currency, "USD");
    CHECK(time_parse(str_of("2026-11-21T04:30:00Z"), &at));
    CHECK_INT(o.placed_at_us, at);
    CHECK_INT(o.updated_at_us, at + 1000000);
    CHECK(!o.taxes_included && !o.cancelled && !o.test);
    CHECK_STR(o.customer.key, "9007199254740995");
    CHECK_STR(o.customer.name, "Ada Byron");
    CHECK_STR(o.customer.email, "ada@example.com");
    CHECK_STR(o.shipping_to->street, "1 Main Street");
    CHECK_STR(o.shipping_to->street2, NULL);
    CHECK(o.billing == NULL);
    CHECK_STR(o.note, "ring twice");
    CHECK(is(o.total, "89.71") && is(o.tip, "1") && is(o.tax_total, "4.29") && is(o.discount_total, "6"));
    CHECK_OK(canon_order_check(sc, &o));
}

TEST(a_line_is_what_was_ordered_in_the_shops_money)
{
    struct scope *sc = test_scope();
    struct canon_order o;

    CHECK_OK(read_text(sc, full, &o));
    CHECK_INT(o.line_count, 3);
    CHECK_STR(o.lines[0].key, "9007199254740997");
    CHECK(is(o.lines[0].quantity, "3") && is(o.lines[0].unit_price, "19.99") && is(o.lines[0].discount, "5"));
    CHECK_INT(o.lines[0].taxes.n, 2);
    CHECK(is(o.lines[0].taxes.v[0].rate, "0.05") && is(o.lines[0].taxes.v[0].amount, "2.75"));
    CHECK(is(o.lines[1].unit_price, "24.5") && is(o.lines[1].discount, "1"));
    CHECK_INT(o.shipping_count, 1);
    CHECK(is(o.shipping[0].price, "5.95") && is(o.shipping[0].discount, "1"));
    CHECK(is(o.shipping[0].taxes.v[0].amount, "0.36"));
}

TEST(a_line_without_a_sku_is_named_after_its_variant_or_title)
{
    struct scope *sc = test_scope();
    struct canon_order o;

    CHECK_OK(read_text(sc, full, &o));
    CHECK_STR(o.lines[0].sku, "SKU-1");
    CHECK_STR(o.lines[1].sku, "variant:9007199254740999");
    CHECK_STR(o.lines[2].sku, "line:Gift wrap");
    CHECK_OK(read_with(sc, "\"total_price\":\"0\",", "[{\"quantity\":1,\"price\":0}]", &o));
    CHECK_STR(o.lines[0].sku, "line:unnamed");
}

TEST(ids_keep_all_their_64_bits)
{
    struct scope *sc = test_scope();
    struct canon_order o;
    const char *body = "{\"id\":9223372036854775807,\"created_at\":\"2026-11-20T23:30:00Z\",\"total_price\":\"0\","
                       "\"currency\":\"USD\",\"line_items\":[]}";

    CHECK_OK(read_text(sc, body, &o));
    CHECK_STR(o.natural_key, "9223372036854775807");
    CHECK_STR(o.number, "9223372036854775807");
    CHECK_INT(o.updated_at_us, o.placed_at_us);
    CHECK_ERR(canon_order_check(sc, &o), ERR_HOLD); /* no lines: for a person, not a fault of the body */
}

TEST(taxes_of_the_whole_order_are_kept_with_the_first_line)
{
    struct scope *sc = test_scope();
    struct canon_order o;

    CHECK_OK(read_with(sc,
                       "\"total_price\":\"21.65\",\"total_tax\":\"1.65\","
                       "\"tax_lines\":[{\"title\":\"State\",\"rate\":0.0825,\"price\":\"1.65\"}],",
                       "[{\"id\":5,\"quantity\":2,\"price\":\"10.00\"}]", &o));
    CHECK_INT(o.lines[0].taxes.n, 1);
    CHECK(is(o.lines[0].taxes.v[0].rate, "-1"));
    CHECK_OK(canon_order_check(sc, &o));
}

TEST(a_tip_that_is_a_line_is_not_counted_twice)
{
    struct scope *sc = test_scope();
    struct canon_order o;

    CHECK_OK(read_with(sc, "\"total_price\":\"12.00\",\"total_tip_received\":\"2.00\",",
                       "[{\"quantity\":1,\"price\":\"10.00\"},{\"quantity\":1,\"price\":\"2.00\",\"title\":\"Tip\","
                       "\"tip\":{\"payment_gateway\":\"x\"}}]",
                       &o));
    CHECK(is(o.tip, "0"));
    CHECK_OK(canon_order_check(sc, &o));
}

TEST(duties_are_added_unless_the_prices_include_them)
{
    struct scope *sc = test_scope();
    struct canon_order o;
    const char *duties = "\"original_total_duties_set\":{\"shop_money\":{\"amount\":\"3.10\"},"
                         "\"presentment_money\":{\"amount\":\"9.99\"}},";

    CHECK_OK(read_with(sc, arena_f(sc->arena, "\"total_price\":\"13.10\",%s", duties),
                       "[{\"quantity\":1,\"price\":\"10.00\"}]", &o));
    CHECK(is(o.duties, "3.10"));
    CHECK_OK(canon_order_check(sc, &o));
    CHECK_OK(read_with(sc, arena_f(sc->arena, "\"total_price\":\"10.00\",\"duties_included\":true,%s", duties),
                       "[{\"quantity\":1,\"price\":\"10.00\"}]", &o));
    CHECK(is(o.duties, "0"));
}

TEST(a_guests_order_has_no_customer_key)
{
    struct scope *sc = test_scope();
    struct canon_order o;

    CHECK_OK(read_with(sc,
                       "\"total_price\":\"0\",\"customer\":null,\"billing_address\":{\"name\":\"Ann\"},\"email\":\"\",",
                       "[]", &o));
    CHECK_STR(o.customer.key, NULL);
    CHECK_STR(o.customer.email, NULL);
    CHECK_STR(o.customer.name, "Ann");
}

TEST(a_cancelled_or_test_order_says_so)
{
    struct scope *sc = test_scope();
    struct canon_order o;

    CHECK_OK(read_with(
        sc, "\"total_price\":\"0\",\"test\":true,\"taxes_included\":true,\"cancelled_at\":\"2026-11-21T00:00:00Z\",",
        "[]", &o));
    CHECK(o.test && o.cancelled && o.taxes_included);
}

TEST(what_is_wrong_in_a_body_is_named_with_its_place)
{
    const char *one = "[{\"quantity\":1,\"price\":\"1\"}]";

    refused("\"total_price\":\"ten\",", one, "/total", "not_a_decimal");
    refused("\"total_price\":true,", one, "/total", "wrong_type");
    refused("", one, "/total", "required"); /* an answer cut down to some fields is no order */
    refused("\"total_price\":\"1\",", "[{\"quantity\":1,\"price\":1},{\"quantity\":\"two\",\"price\":1}]",
            "/lines/1/quantity", "not_a_decimal");
    refused("\"total_price\":\"1\",", "[{\"quantity\":1}]", "/lines/0/unit_price", "required");
    refused("\"total_price\":\"1\",", "[{\"quantity\":1,\"price\":{}}]", "/lines/0/unit_price", "wrong_type");
    refused("\"total_price\":\"1\",", "[{\"quantity\":1,\"price\":1,\"tax_lines\":[{\"price\":1,\"rate\":\"x\"}]}]",
            "/lines/0/taxes/0/rate", "not_a_decimal");
    refused("\"total_price\":\"1\",\"shipping_lines\":[{\"price\":\"-\"}],", one, "/shipping/0/price", "not_a_decimal");
}

TEST(a_discount_that_is_no_amount_is_a_fault_and_not_none)
{
    struct scope *sc = test_scope();
    struct canon_order o;

    CHECK_ERR(read_with(sc, "\"total_price\":\"1\",",
                        "[{\"quantity\":1,\"price\":1,\"discount_allocations\":[{\"amount\":[{}]}]}]", &o),
              ERR_INVALID);
    CHECK_STR(scope_fault(sc)->items->pointer, "/lines/0/discount");
}

TEST(an_order_without_an_id_or_a_time_is_refused)
{
    static const char *const bodies[] = {
        "{\"id\":1.5,\"created_at\":\"2026-11-20T23:30:00Z\",\"currency\":\"USD\",\"total_price\":1,\"line_items\":"
        "[{\"quantity\":1,\"price\":1}]}",
        "{\"id\":1,\"created_at\":\"yesterday\",\"currency\":\"USD\",\"total_price\":1,\"line_items\":"
        "[{\"quantity\":1,\"price\":1}]}",
        "[]", "7", "{}"};

    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct scope *sc = scope_new();
        struct canon_order o;

        CHECK_ERR(read_text(sc, bodies[i], &o), ERR_INVALID);
        if (i < 2)
            CHECK_STR(scope_fault(sc)->items->pointer, i ? "/placed_at" : "/natural_key");
        scope_free(sc);
    }
}

TEST(what_no_sale_can_be_made_of_is_read_for_a_person_to_see)
{
    static const char *const lines[] = {"[]", "[{\"quantity\":-1,\"price\":1}]", "[{\"quantity\":1,\"price\":-1}]",
                                        "[{\"quantity\":1,\"price\":1}]"};

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct scope *sc = scope_new();
        struct canon_order o;

        CHECK_OK(read_with(sc, "\"total_price\":\"9\",", lines[i], &o));
        CHECK_ERR(canon_order_check(sc, &o), ERR_HOLD);
        scope_free(sc);
    }
}

/* The i-th member's value is put in place of what was there; the others stay. */
static void put_with(struct buf *b, const struct doc *d, size_t which, const char *value)
{
    buf_c(b, '{');
    for (size_t i = 0; i < doc_count(d); i++) {
        if (i)
            buf_c(b, ',');
        json_put_text(b, doc_key(d, i));
        buf_c(b, ':');
        if (i == which)
            buf_s(b, value);
        else
            doc_write(b, doc_at(d, i));
    }
    buf_c(b, '}');
}

TEST(no_type_in_any_place_is_more_than_a_refusal)
{
    static const char *const values[] = {"null", "true", "-7",   "1e300", "\"\"",       "\"x\"",
                                         "[]",   "[[]]", "[{}]", "{}",    "{\"id\":{}}"};
    const struct doc *d;
    size_t members;

    CHECK_OK(doc_parse(test_scope(), str_of(full), &d));
    members = doc_count(d);
    for (size_t i = 0; i < members * ARRAY_LEN(values); i++) {
        struct scope *sc = scope_new();
        struct canon_order o;
        struct buf b;
        enum err e;

        buf_init(&b, sc->arena, 1 << 20);
        put_with(&b, d, i / ARRAY_LEN(values), values[i % ARRAY_LEN(values)]);
        e = read_text(sc, buf_cstr(&b), &o);
        CHECK(e == OK || (e == ERR_INVALID && scope_fault(sc)->message));
        if (e == OK)
            CHECK(canon_order_check(sc, &o) != ERR_INVALID);
        scope_free(sc);
    }
}
