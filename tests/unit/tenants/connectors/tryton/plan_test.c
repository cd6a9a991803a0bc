#include "connectors/tryton/tryton_int.h"
#include "kit/test.h"

/* Amounts here are integers of 1/10000, and Tryton's arithmetic is done again with them, from the request's text. */
#define ONE         10000
#define SALES       3000
#define LINES       9
#define FOUR_DIGITS 4

static const char *const settings_text = "{\"url\":\"http://127.0.0.1/erp/\",\"user\":\"u\",\"company\":1,"
                                         "\"tax_codes\":{\"0.08250\":1,\"0.05\":2,\"0.07\":3,\"0.19\":4}}";
static const int code_rates[] = {0, 825, 500, 700, 1900}; /* by tax code; there is no 0 */
static const int rates[] = {825, 500, 700, 1900, 333, 0}; /* what orders bring; 333 and 0 have no code */

static uint64_t seed;

static int upto(int n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((seed >> 33) % (uint64_t)n);
}

static struct decimal dec(int64_t tenthousandths)
{
    return (struct decimal){tenthousandths, FOUR_DIGITS};
}

/* v / by, rounded half to even. */
static int64_t divided(__int128 v, int64_t by)
{
    __int128 q = v / by, r = v % by;

    if (r < 0) {
        r += by;
        q--;
    }
    if (2 * r > by || (2 * r == by && (q & 1)))
        q++;
    return (int64_t)q;
}

static int64_t half_up(__int128 v, int64_t by)
{
    return (int64_t)((v + by / 2) / by);
}

static const struct doc *json(struct scope *sc, const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(sc, str_of(text), &d));
    return d;
}

/* What a shop charges: tax for each line, rounded to the currency, of the discounted amount. */
struct shop {
    struct scope *sc;
    struct canon_order order;
    int64_t unit; /* the currency's smallest amount */
    int64_t total;
};

static struct canon_taxes taxed(struct shop *s, int64_t amount)
{
    struct canon_taxes t = {ARENA_ARRAY(s->sc->arena, struct canon_tax, 2), (size_t)upto(3)};
    int first = upto((int)ARRAY_LEN(rates)), step = 1 + upto((int)ARRAY_LEN(rates) - 1), sum = 0;

    for (size_t i = 0; i < t.n; i++)
        sum += rates[(first + (int)i * step) % (int)ARRAY_LEN(rates)];
    for (size_t i = 0; i < t.n; i++) {
        int rate = rates[(first + (int)i * step) % (int)ARRAY_LEN(rates)];
        __int128 whole = (__int128)amount * rate;
        int64_t tax = half_up(whole, s->unit * (ONE + (s->order.taxes_included ? sum : 0))) * s->unit;

        t.v[i] = (struct canon_tax){"Tax", dec(rate), dec(tax)};
        s->total += s->order.taxes_included ? 0 : tax;
    }
    return t;
}

static int64_t price(const struct shop *s)
{
    return (int64_t)upto(20000) * s->unit;
}

static void add_line(struct shop *s, struct canon_line *l)
{
    static const char *const skus[] = {"SKU-1", "SKU-2", "SKU-3", "variant:9"};
    int64_t quantity = upto(20) ? 1 + upto(9) : 1000 + upto(4000);
    int64_t each = price(s);
    int64_t discount = upto(3) ? 0 : each * quantity / (1 + upto(9)) / s->unit * s->unit;

    *l = (struct canon_line){.sku = skus[upto(4)],
                             .title = "Thing",
                             .quantity = decimal_of(quantity),
                             .unit_price = dec(each),
                             .discount = dec(discount)};
    s->total += each * quantity - discount;
    l->taxes = taxed(s, each * quantity - discount);
}

static void add_shipping(struct shop *s, struct canon_shipping *f)
{
    int64_t each = price(s), discount = upto(3) ? 0 : each;

    *f = (struct canon_shipping){.title = "Post", .price = dec(each), .discount = dec(discount)};
    s->total += each - discount;
    f->taxes = taxed(s, each - discount);
}

static struct canon_order *shopped(struct scope *sc, struct shop *s)
{
    static const struct {
        const char *code;
        int64_t unit;
    } money[] = {{"USD", 100}, {"EUR", 100}, {"JPY", ONE}, {"KWD", 10}};
    int m = upto(8) < 6 ? 0 : upto((int)ARRAY_LEN(money));
    int64_t tip, duties;

    *s = (struct shop){.sc = sc, .unit = money[m].unit};
    s->order = (struct canon_order){.number = "#1",
                                    .currency = money[m].code,
                                    .taxes_included = upto(2),
                                    .lines = ARENA_ARRAY(sc->arena, struct canon_line, LINES),
                                    .line_count = 1 + (size_t)upto(LINES),
                                    .shipping = ARENA_ARRAY(sc->arena, struct canon_shipping, 2),
                                    .shipping_count = (size_t)upto(3)};
    for (size_t i = 0; i < s->order.line_count; i++)
        add_line(s, &s->order.lines[i]);
    for (size_t i = 0; i < s->order.shipping_count; i++)
        add_shipping(s, &s->order.shipping[i]);
    tip = upto(4) ? 0 : price(s);
    duties = upto(4) ? 0 : price(s);
    s->order.tip = dec(tip);
    s->order.duties = dec(duties);
    s->order.total = dec(s->total + tip + duties);
    return &s->order;
}

/* 1/10000 from a plain decimal text of at most 4 digits after the point. */
static int64_t parsed(const struct doc *d)
{
    struct decimal v = decimal_of(0), whole;

    CHECK(doc_decimal(d, &v));
    v = decimal_trim(v);
    CHECK(v.scale <= FOUR_DIGITS);
    CHECK(decimal_mul(v, decimal_of(ONE), &whole));
    whole = decimal_trim(whole);
    return (int64_t)whole.digits;
}

/* sale.sale: Σ currency.round(quantity × price), and for each tax currency.round(Σ quantity × price × rate), half to
 * even: account.configuration's tax_rounding "document". Lines with a negative base make a sum of their own (_TaxKey in
 * account/tax.py). */
static int64_t trytons_total(const struct doc *lines, int64_t unit)
{
    __int128 taxes[ARRAY_LEN(code_rates)][2] = {0};
    int64_t total = 0;

    for (size_t i = 0; i < doc_count(lines); i++) {
        const struct doc *l = doc_at(lines, i);
        const struct doc *ids = doc_path(l, "taxes.0.1");
        __int128 amount = (__int128)parsed(doc_get(l, "quantity")) * parsed(doc_path(l, "unit_price.decimal"));

        total += divided(amount, ONE * unit) * unit;
        for (size_t k = 0; k < doc_count(ids); k++) {
            int64_t id = 0;

            CHECK(doc_int(doc_at(ids, k), &id) && id > 0 && id < (int64_t)ARRAY_LEN(code_rates));
            taxes[id][amount < 0] += amount * code_rates[id];
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(code_rates); i++)
        for (size_t negative = 0; negative < 2; negative++)
            total += divided(taxes[i][negative], (int64_t)ONE * ONE * unit) * unit;
    return total;
}

static const struct doc *sale_lines(struct scope *sc, const struct erp_site *site, const struct canon_order *order)
{
    struct erp_in in = {.ref = "SHOPIFY-1", .order = order, .party_id = 1, .address_id = 1, .currency_id = 1};
    struct http_call call = {0};
    const struct doc *d = NULL;
    enum err e = tryton_skus(sc, site, order, &in.products, &in.product_count);

    for (size_t i = 0; i < in.product_count; i++)
        in.products[i].id = in.products[i].unit_id = (int64_t)i + 1;
    if (e == OK)
        e = tryton_build(sc, ERP_SALE_CREATE, site, &in, &call);
    if (e == OK)
        e = doc_parse(sc, call.body, &d);
    if (e != OK)
        test_failed(__FILE__, __LINE__, "%s: %s", err_info(e)->name, scope_fault(sc)->message);
    return doc_path(d, "params.0.0.lines.0.1");
}

TEST(the_sale_in_tryton_comes_to_what_the_shopper_owed)
{
    seed = 20261123;
    for (int i = 0; i < SALES; i++) {
        struct scope *sc = scope_new();
        struct shop s;
        const struct canon_order *order = shopped(sc, &s);
        struct erp_site site = {.settings = json(sc, settings_text), .url = "u", .user = "u"};
        int64_t made = trytons_total(sale_lines(sc, &site, order), s.unit);

        if (made != (int64_t)order->total.digits)
            test_failed(__FILE__, __LINE__, "sale %d in %s: %lld, not %lld", i, order->currency, (long long)made,
                        (long long)order->total.digits);
        scope_free(sc);
    }
}

struct one {
    struct canon_tax taxes[2];
    struct canon_line line;
    struct canon_order order;
};

/* One line of 2 × 10.00. */
static struct canon_order *one(struct one *o, int64_t total)
{
    *o = (struct one){.line = {.sku = "SKU-1", .title = "Mug", .quantity = decimal_of(2), .unit_price = dec(100000)}};
    o->line.taxes = (struct canon_taxes){o->taxes, 0};
    o->order = (struct canon_order){.currency = "USD", .lines = &o->line, .line_count = 1, .total = dec(total)};
    return &o->order;
}

static void tax(struct one *o, const char *title, int64_t rate, int64_t amount)
{
    o->taxes[o->line.taxes.n++] = (struct canon_tax){title, dec(rate), dec(amount)};
}

static enum err plan_with(const char *settings, const struct canon_order *order, struct tryton_sale *out)
{
    struct scope *sc = test_scope();
    struct erp_site site = {.settings = json(sc, settings)};

    scope_clear(sc);
    return tryton_plan(sc, &site, order, out);
}

static bool line_is(const struct tryton_line *l, const char *sku, int64_t price_is, bool coded)
{
    return strcmp(l->sku, sku) == 0 && decimal_compare(l->unit_price, dec(price_is)) == 0 &&
           (l->taxes != NULL) == coded;
}

/* The canonical order may lack it; what is sold cannot. */
TEST(a_line_without_a_sku_holds_the_order)
{
    static const char *const none[] = {NULL, ""};
    struct tryton_sale sale;
    struct one o;

    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        const struct canon_order *order = one(&o, 200000);

        o.line.sku = none[i];
        CHECK_INT(plan_with("{}", order, &sale), ERR_HOLD);
        CHECK_STR(scope_fault(test_scope())->message,
                  "line 1 (Mug) has no SKU, so that nobody can tell which product it is");
    }
}

TEST(a_tax_with_a_code_is_left_to_the_erp)
{
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 216500);
    tax(&o, "State", 825, 16500);
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 1);
    CHECK(line_is(&sale.lines[0], "SKU-1", 100000, true));
}

TEST(a_rate_with_many_zeros_is_the_same_rate)
{
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 216500);
    tax(&o, "State", 825, 16500);
    CHECK(decimal_parse(str_of("0.082500000000000000"), &o.taxes[0].rate));
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 1);
    CHECK(line_is(&sale.lines[0], "SKU-1", 100000, true));
}

TEST(a_tax_without_a_code_is_booked_to_the_cent)
{
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 217600);
    tax(&o, "State", 825, 16500);
    tax(&o, "City", 55, 1100);
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 2);
    CHECK(line_is(&sale.lines[0], "SKU-1", 100000, false));
    CHECK(line_is(&sale.lines[1], "TAX", 17600, false));
    CHECK_STR(sale.lines[1].title, "City");
}

TEST(a_rate_that_does_not_give_its_amount_is_not_left_to_the_erp)
{
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 200000); /* an exempt customer: the rate is told, and nothing was charged */
    tax(&o, "State", 825, 0);
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 1);
    CHECK(line_is(&sale.lines[0], "SKU-1", 100000, false));
    (void)one(&o, 210000); /* a capped tax */
    tax(&o, "State", 825, 10000);
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 2);
    CHECK(line_is(&sale.lines[1], "TAX", 10000, false));
    CHECK_STR(sale.lines[1].title, "State");
}

TEST(a_tax_of_nothing_needs_no_code_and_may_have_one)
{
    struct erp_site site = {.settings = json(test_scope(), "{\"tax_codes\":{\"0\":2,\"0.0825\":1}}")};
    int64_t ids[CANON_TAXES_MAX];
    struct tryton_sale sale;
    struct one o;
    size_t n;

    (void)one(&o, 216500);
    tax(&o, "None", 0, 0);
    tax(&o, "State", 825, 16500);
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 1);
    CHECK(line_is(&sale.lines[0], "SKU-1", 100000, true));
    CHECK(tryton_tax_ids(&site, &o.line.taxes, ids, &n));
    CHECK_INT(n, 2);
    CHECK_INT(ids[0], 2);
    CHECK_INT(ids[1], 1);
    (void)one(&o, 200000);
    tax(&o, "None", 0, 0);
    CHECK_OK(plan_with("{\"tax_on_miss\":\"hold\"}", &o.order, &sale));
    CHECK_INT(sale.n, 1);
    CHECK(line_is(&sale.lines[0], "SKU-1", 100000, false));
}

TEST(the_same_tax_twice_on_a_line_is_booked_as_an_amount)
{
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 220000);
    tax(&o, "State", 500, 10000);
    tax(&o, "City", 500, 10000);
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 2);
    CHECK(line_is(&sale.lines[1], "TAX", 20000, false));
}

TEST(a_tax_without_a_code_holds_the_order_where_the_settings_say_so)
{
    const char *hold = "{\"tax_codes\":{\"0.0825\":1},\"tax_on_miss\":\"hold\"}";
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 217600);
    tax(&o, "State", 825, 16500);
    tax(&o, "City", 55, 1100);
    CHECK_ERR(plan_with(hold, &o.order, &sale), ERR_HOLD);
    CHECK_STR(scope_fault(test_scope())->message, "the tax \"City\" has no tax code that gives its amount");
    (void)one(&o, 200000);
    tax(&o, "City", 55, 0);
    CHECK_OK(plan_with(hold, &o.order, &sale));
}

TEST(discounts_tips_and_duties_are_lines_of_their_own)
{
    const char *named = "{\"service_skus\":{\"discount\":\"RABATT\",\"tip\":\"THANKS\"}}";
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 230000);
    o.line.discount = dec(20000);
    o.order.tip = dec(30000);
    o.order.duties = dec(20000);
    CHECK_OK(plan_with(named, &o.order, &sale));
    CHECK_INT(sale.n, 4);
    CHECK(line_is(&sale.lines[1], "RABATT", -20000, false));
    CHECK(line_is(&sale.lines[2], "THANKS", 30000, false));
    CHECK(line_is(&sale.lines[3], "DUTIES", 20000, false));
}

TEST(what_belongs_to_no_line_of_the_order_is_a_line_of_its_own)
{
    struct canon_tax taxes[2] = {{"Fee tax", decimal_of(-1), dec(1000)}, {"All of it", decimal_of(-1), dec(2000)}};
    struct canon_discount discounts[2] = {{"X10", NULL, dec(10000)}, {NULL, "Friends", dec(5000)}};
    struct canon_fee fee = {"Gift wrap", dec(30000), {&taxes[0], 1}};
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 217500);
    o.order.discounts = discounts;
    o.order.discount_count = 2;
    o.order.fees = &fee;
    o.order.fee_count = 1;
    o.order.taxes = (struct canon_taxes){&taxes[1], 1};
    o.order.rounding = dec(-500);
    CHECK_OK(canon_order_check(test_scope(), &o.order));
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 6);
    CHECK(line_is(&sale.lines[1], "DISCOUNT", -10000, false));
    CHECK_STR(sale.lines[2].title, "Friends");
    CHECK(line_is(&sale.lines[3], "FEE", 30000, false));
    CHECK(line_is(&sale.lines[4], "ROUNDING", -500, false));
    CHECK(line_is(&sale.lines[5], "TAX", 3000, false));
}

TEST(fees_that_hold_their_taxes_are_booked_without_them)
{
    struct canon_tax tax = {"Fee tax", decimal_of(-1), dec(1000)};
    struct canon_fee fee = {NULL, dec(30000), {&tax, 1}};
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 230000);
    o.order.fees = &fee;
    o.order.fee_count = 1;
    o.order.taxes_included = true;
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 3);
    CHECK(line_is(&sale.lines[1], "FEE", 29000, false));
    CHECK(line_is(&sale.lines[2], "TAX", 1000, false));
}

/* Ten decimals of everything; the ERP takes four of a price and adds up cents. */
TEST(a_source_that_does_not_round_is_closed_by_one_rounding_line)
{
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 198500);
    o.line.discount = (struct decimal){16666666667, 10};
    tax(&o, "State", 825, 0);
    o.taxes[0].amount = (struct decimal){15124999999, 10};
    o.order.rounding = (struct decimal){41666668, 10};
    CHECK_OK(canon_order_check(test_scope(), &o.order));
    CHECK_OK(plan_with(settings_text, &o.order, &sale));
    CHECK_INT(sale.n, 3);
    CHECK(line_is(&sale.lines[1], "DISCOUNT", -16667, true));
    CHECK(line_is(&sale.lines[2], "ROUNDING", 100, false)); /* 20.00 - 1.67 + 1.65 - 0.14 make 19.84 */
    for (size_t i = 0; i < sale.n; i++)
        CHECK(sale.lines[i].unit_price.scale <= TRYTON_PRICE_DIGITS);
}

TEST(a_difference_that_is_no_rounding_holds_the_order)
{
    struct tryton_sale sale;
    struct one o;

    CHECK_OK(plan_with("{}", one(&o, 200400), &sale)); /* 4 cents for one line */
    CHECK_INT(sale.n, 2);
    CHECK(line_is(&sale.lines[1], "ROUNDING", 400, false));
    CHECK_OK(plan_with("{}", one(&o, 199600), &sale));
    CHECK(line_is(&sale.lines[1], "ROUNDING", -400, false));
    CHECK_ERR(plan_with("{}", one(&o, 200500), &sale), ERR_HOLD);
    CHECK_STR(scope_fault(test_scope())->message, "the sale would differ from the order by 0.0500 USD");
    CHECK_ERR(plan_with("{}", one(&o, 199500), &sale), ERR_HOLD);
}

TEST(amounts_that_overflow_hold_the_order)
{
    struct tryton_sale sale;
    struct one o;

    (void)one(&o, 200000);
    CHECK(decimal_parse(str_of("99999999999999999999999999999999999999"), &o.line.unit_price));
    CHECK_ERR(plan_with(settings_text, &o.order, &sale), ERR_HOLD);
    CHECK_STR(scope_fault(test_scope())->message, "the order's amounts are too large");
}

TEST(every_sku_is_asked_for_once)
{
    struct scope *sc = test_scope();
    struct erp_site site = {.settings = json(sc, "{}")};
    struct erp_product *skus;
    struct canon_line lines[3];
    struct one o;
    size_t n;

    (void)one(&o, 600100);
    for (size_t i = 0; i < 3; i++)
        lines[i] = o.line;
    lines[1].sku = "SKU-2";
    o.order.lines = lines;
    o.order.line_count = 3;
    CHECK_OK(tryton_skus(sc, &site, &o.order, &skus, &n));
    CHECK_INT(n, 3);
    CHECK_STR(skus[0].sku, "SKU-1");
    CHECK_STR(skus[1].sku, "SKU-2");
    CHECK_STR(skus[2].sku, "ROUNDING");
}
