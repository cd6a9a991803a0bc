#include "json/wire.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "kit/test.h"
#include "json/doc.h"

struct line {
    const char *sku;
    int64_t quantity;
};

struct contact {
    const char *name;
};

struct sale {
    struct uuid id;
    const char *number;
    int64_t count;
    bool open;
    int64_t placed_us;
    struct money total;
    const char *rate;
    const char *state;
    struct contact *contact;
    struct wire_list lines;
    struct str extra;
    const char *note;
    int64_t closed_us;
};

static const char *const states[] = {"open", "held", NULL};

static const struct wire_field line_fields[] = {
    WIRE_TEXT(struct line, sku, 20, "The article."),
    WIRE_INT(struct line, quantity, 1, 1000, "How many."),
    {},
};
static const struct wire line_wire = {"Line", sizeof(struct line), line_fields};

static const struct wire_field contact_fields[] = {WIRE_TEXT(struct contact, name, 40, "Who."), {}};
static const struct wire contact_wire = {"Contact", sizeof(struct contact), contact_fields};

static const struct wire_field sale_fields[] = {
    WIRE_ID(struct sale, id, "ord", "This sale."),
    WIRE_TEXT(struct sale, number, 12, "The number the \"shopper\" was given."),
    WIRE_INT(struct sale, count, -5, 5, "A count."),
    WIRE_BOOL(struct sale, open, "Is it open?"),
    WIRE_TIME(struct sale, placed_us, "When."),
    WIRE_MONEY(struct sale, total, "How much."),
    WIRE_DECIMAL(struct sale, rate, "A rate."),
    WIRE_ENUM(struct sale, state, states, "Its state."),
    {.name = "contact",
     .kind = WIRE_KIND_OBJECT,
     .offset = offsetof(struct sale, contact),
     .of = &contact_wire,
     .optional = true,
     .meaning = "Whom to ask."},
    WIRE_LIST(struct sale, lines, &line_wire, 3, "Its lines."),
    {.name = "extra",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct sale, extra),
     .optional = true,
     .meaning = "Any."},
    {.name = "note",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct sale, note),
     .min = 1,
     .max = 60,
     .optional = true,
     .meaning = "A note."},
    {.name = "closed_us",
     .kind = WIRE_KIND_TIME,
     .offset = offsetof(struct sale, closed_us),
     .optional = true,
     .meaning = "When it was closed."},
    {},
};
static const struct wire sale_wire = {"Sale", sizeof(struct sale), sale_fields};

#define ID "ord_01h455vb4pex5vsknk084sn02q"

static const char whole[] =
    "{\"id\":\"" ID "\",\"number\":\"A-1001\",\"count\":-3,\"open\":true,\"placed_us\":\"2026-11-23T10:00:00Z\","
    "\"total\":{\"amount\":\"184.20\",\"currency\":\"USD\"},\"rate\":\"0.0725\",\"state\":\"held\","
    "\"contact\":{\"name\":\"Zo\xc3\xab\"},\"lines\":[{\"sku\":\"S-1\",\"quantity\":2},{\"sku\":\"S-2\",\"quantity\":1}"
    "],"
    "\"extra\":{\"a\":[1.50,9007199254740993,\"\xc3\xa9\"]},\"note\":\"two\\nlines\",\"closed_us\":null}";

static const char *encoded(const struct wire *w, const void *value)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    wire_encode(&b, w, value);
    return buf_cstr(&b);
}

/* The sale with one member's value exchanged; NULL takes the member away. */
static struct str given_body(const char *member, const char *value)
{
    const struct doc *d = NULL;
    struct buf b;
    const char *comma = "";

    CHECK_OK(doc_parse(test_scope(), str_of(whole), &d));
    buf_init(&b, test_scope()->arena, 1 << 20);
    buf_c(&b, '{');
    for (size_t i = 0; i < doc_count(d); i++) {
        if (str_is(doc_key(d, i), member) && !value)
            continue;
        buf_s(&b, comma);
        json_put_text(&b, doc_key(d, i));
        buf_c(&b, ':');
        if (str_is(doc_key(d, i), member))
            buf_s(&b, value);
        else
            doc_write(&b, doc_at(d, i));
        comma = ",";
    }
    buf_c(&b, '}');
    return buf_str(&b);
}

/* "pointer code" of each fault, and what the last one says. */
static const char *faults(struct str body, const char **detail)
{
    struct scope *sc = test_scope();
    struct sale sale;
    struct buf b;

    CHECK_ERR(wire_decode(sc, &sale_wire, body, &sale), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->problem, "validation");
    CHECK_INT(scope_fault(sc)->http_status, 422);
    buf_init(&b, sc->arena, 1 << 16);
    for (const struct fault_item *i = scope_fault(sc)->items; i; i = i->next) {
        buf_f(&b, "%s%s %s", b.n ? "; " : "", i->pointer, i->code);
        *detail = i->detail;
    }
    return buf_cstr(&b);
}

static void check_fault(const char *member, const char *value, const char *want, const char *want_detail)
{
    const char *detail = NULL;

    CHECK_STR(faults(given_body(member, value), &detail), want);
    CHECK_STR(detail, want_detail);
}

TEST(what_was_decoded_is_encoded_again)
{
    struct scope *sc = test_scope();
    struct sale sale;
    const struct line *lines;

    CHECK_OK(wire_decode(sc, &sale_wire, str_of(whole), &sale));
    CHECK_STR(sale.number, "A-1001");
    CHECK_INT(sale.count, -3);
    CHECK(sale.open);
    CHECK_INT(sale.total.minor, 18420);
    CHECK_STR(sale.state, "held");
    CHECK_STR(sale.contact->name, "Zo\xc3\xab");
    CHECK_INT(sale.lines.n, 2);
    lines = sale.lines.items;
    CHECK_STR(lines[1].sku, "S-2");
    CHECK_INT(sale.closed_us, INT64_MIN);
    CHECK_STR(encoded(&sale_wire, &sale), whole);
}

TEST(what_may_be_absent_is_null_then)
{
    struct scope *sc = test_scope();
    struct sale sale;

    CHECK_OK(wire_decode(sc, &sale_wire, given_body("contact", NULL), &sale));
    CHECK(sale.contact == NULL);
    CHECK_OK(wire_decode(sc, &sale_wire, given_body("note", "null"), &sale));
    CHECK(sale.note == NULL);
    CHECK_OK(wire_decode(sc, &sale_wire, given_body("extra", NULL), &sale));
    CHECK_INT(sale.extra.n, 0);
    CHECK_OK(wire_decode(sc, &sale_wire, given_body("closed_us", NULL), &sale));
    CHECK_INT(sale.closed_us, INT64_MIN);
}

TEST(an_empty_struct_is_encoded_with_nulls)
{
    struct sale sale = {.placed_us = INT64_MIN, .closed_us = INT64_MIN};

    CHECK_STR(
        encoded(&sale_wire, &sale),
        "{\"id\":\"ord_00000000000000000000000000\",\"number\":null,\"count\":0,\"open\":false,\"placed_us\":null,"
        "\"total\":null,\"rate\":null,\"state\":null,\"contact\":null,\"lines\":[],\"extra\":null,\"note\":null,"
        "\"closed_us\":null}");
}

TEST(each_fault_has_its_code_and_says_what_is_wanted)
{
    check_fault("number", NULL, "/number required", "is missing");
    check_fault("number", "null", "/number required", "cannot be null");
    check_fault("number", "7", "/number wrong_type", "must be text, not a number");
    check_fault("number", "\"\"", "/number too_short", "cannot be empty");
    check_fault("number", "\"1234567890123\"", "/number too_long", "can have at most 12 octets of UTF-8");
    check_fault("count", "1.0", "/count wrong_type", "must be an integer, without a fraction or exponent");
    check_fault("count", "\"1\"", "/count wrong_type", "must be an integer, not text");
    check_fault("count", "6", "/count out_of_range", "must be from -5 to 5");
    check_fault("count", "-6", "/count out_of_range", "must be from -5 to 5");
    check_fault("open", "1", "/open wrong_type", "must be true or false, not a number");
    check_fault("placed_us", "\"2026-11-23\"", "/placed_us not_a_time",
                "must be a time with its zone, like 2026-11-23T10:00:00Z");
    check_fault("placed_us", "5", "/placed_us wrong_type", "must be a time, not a number");
    check_fault("rate", "0.5", "/rate wrong_type", "must be a decimal in quotes, not a number");
    check_fault("rate", "\"1e5\"", "/rate not_a_decimal", "must be a decimal like \"12.50\"");
    check_fault("state", "\"shut\"", "/state not_in_list", "must be one of open, held");
    check_fault("contact", "[]", "/contact wrong_type", "must be an object, not an array");
    check_fault("contact", "{}", "/contact/name required", "is missing");
    check_fault("lines", "{}", "/lines wrong_type", "must be an array, not an object");
    check_fault("lines", "[1,2,3,4]", "/lines too_long", "must have at most 3 items");
    check_fault("lines", "[null]", "/lines/0 wrong_type", "must be an object, not null");
    check_fault("lines", "[{\"sku\":\"S\",\"quantity\":1},{\"sku\":\"S\",\"quantity\":0}]",
                "/lines/1/quantity out_of_range", "must be from 1 to 1000");
}

TEST(an_id_of_another_kind_is_told_apart_from_no_id)
{
    check_fault("id", "\"cus_01h455vb4pex5vsknk084sn02q\"", "/id not_an_id",
                "must be an id that begins with ord_, and this one begins with cus_");
    check_fault("id", "\"1001\"", "/id not_an_id", "must be an id: ord_ and 26 letters and digits");
    check_fault("id", "\"ord_01h455vb4pex5vsknk084sn02Q\"", "/id not_an_id",
                "must be an id: ord_ and 26 letters and digits");
    check_fault("id", "1001", "/id wrong_type", "must be an id, not a number");
}

TEST(money_is_never_a_json_number_and_fits_its_currency)
{
    check_fault("total", "184.20", "/total wrong_type", "must be an object with amount and currency, not a number");
    check_fault("total", "{\"amount\":184.20,\"currency\":\"USD\"}", "/total/amount wrong_type",
                "must be a decimal in quotes, not a number");
    check_fault("total", "{\"amount\":\"1.005\",\"currency\":\"USD\"}", "/total/amount out_of_range",
                "is too large, or has more than the 2 decimals of USD");
    check_fault("total", "{\"amount\":\"1.5\",\"currency\":\"JPY\"}", "/total/amount out_of_range",
                "is too large, or has more than the 0 decimals of JPY");
    check_fault("total", "{\"amount\":\"99999999999999999999\",\"currency\":\"USD\"}", "/total/amount out_of_range",
                "is too large, or has more than the 2 decimals of USD");
    check_fault("total", "{\"amount\":\"1\",\"currency\":\"usd\"}", "/total/currency not_in_list",
                "must be a currency of ISO 4217, like USD");
    check_fault("total", "{\"amount\":\"1,5\",\"currency\":\"USD\"}", "/total/amount not_a_decimal",
                "must be a decimal like \"184.20\"");
    check_fault("total", "{\"currency\":\"USD\"}", "/total/amount required", "is missing");
    check_fault("total", "{\"amount\":\"1\",\"currency\":\"USD\",\"cents\":1}", "/total/cents unknown_member",
                "is not a member of an amount of money");
}

TEST(an_integer_is_taken_for_a_decimal)
{
    struct sale sale;

    CHECK_OK(wire_decode(test_scope(), &sale_wire, given_body("rate", "7"), &sale));
    CHECK_STR(sale.rate, "7");
}

TEST(texts_are_plain)
{
    static const char *const unfit[] = {"\" x\"",
                                        "\"x \"",
                                        "\"x\\n\"",
                                        "\"\\tx\"",
                                        "\"a\\u0007b\"",
                                        "\"a\x7f\"",
                                        "\"a\xc2\x85\"",
                                        "\"a\\r\"",
                                        "\"a\xe2\x80\xae"
                                        "b\"",
                                        "\"\xe2\x81\xa6x\"",
                                        "\"\xe2\x80\xaax\"",
                                        "\"x\xe2\x81\xa9\"",
                                        "\"\\u202e\""};
    static const char *const fit[] = {"\"a\\tb\\nc\"",
                                      "\"\xc2\xa0x\"",
                                      "\"\xe2\x80\x93\"",
                                      "\"\xe2\x80\xaf"
                                      "x\"",
                                      "\"\xe2\x81\xa5\"",
                                      "\"\xd7\xa9\""};
    struct sale sale;
    const char *detail;

    for (size_t i = 0; i < ARRAY_LEN(unfit); i++)
        CHECK_STR(faults(given_body("note", unfit[i]), &detail), "/note not_plain_text");
    for (size_t i = 0; i < ARRAY_LEN(fit); i++)
        CHECK_OK(wire_decode(test_scope(), &sale_wire, given_body("note", fit[i]), &sale));
}

TEST(all_faults_are_named_at_once)
{
    const char *detail;

    CHECK_STR(faults(STR("{\"count\":9,\"~a/b\":1,\"lines\":[{\"quantity\":0,\"x\":1}]}"), &detail),
              "/id required; /number required; /count out_of_range; /open required; /placed_us required; "
              "/total required; /rate required; /state required; /lines/0/sku required; "
              "/lines/0/quantity out_of_range; /lines/0/x unknown_member; /~0a~1b unknown_member");
    CHECK_STR(scope_fault(test_scope())->message, "12 values are not valid");
}

TEST(what_is_no_object_is_a_fault_of_the_whole)
{
    const char *detail;

    CHECK_STR(faults(STR("[]"), &detail), " wrong_type");
    CHECK_STR(detail, "must be an object, not an array");
    CHECK_STR(faults(STR("5"), &detail), " wrong_type");
    CHECK_STR(faults(STR("null"), &detail), " wrong_type");
    CHECK_STR(scope_fault(test_scope())->message, "one value is not valid");
}

TEST(thousands_of_faults_are_counted_and_fifty_are_kept)
{
    struct scope *sc = test_scope();
    struct sale sale;
    struct buf b;
    unsigned kept = 0;

    buf_init(&b, sc->arena, WIRE_TEXT_MAX);
    buf_c(&b, '{');
    for (int i = 0; i < 50000; i++)
        buf_f(&b, "%s\"k%d\":{}", i ? "," : "", i);
    buf_c(&b, '}');
    CHECK_ERR(wire_decode(sc, &sale_wire, buf_str(&b), &sale), ERR_INVALID);
    for (const struct fault_item *i = scope_fault(sc)->items; i; i = i->next)
        kept++;
    CHECK_INT(kept, SCOPE_ITEMS_MAX);
    CHECK_INT(scope_fault(sc)->item_count, 50000 + 9);
}

TEST(a_long_name_does_not_make_a_long_pointer)
{
    struct buf b;
    const char *detail;
    const char *named;

    buf_init(&b, test_scope()->arena, 1 << 20);
    buf_s(&b, "{\"");
    for (int i = 0; i < 100000; i++)
        buf_s(&b, "\xe2\x82\xac");
    buf_s(&b, "\":1}");
    named = faults(buf_str(&b), &detail);
    CHECK(strlen(named) < 4096);
    CHECK_STR(strstr(named, " unknown_member"), " unknown_member");
}

static const char *broken(struct str text, const char *problem)
{
    struct scope *sc = test_scope();
    struct sale sale;

    CHECK_ERR(wire_decode(sc, &sale_wire, text, &sale), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->problem, problem);
    CHECK_INT(scope_fault(sc)->http_status, 400);
    CHECK(scope_fault(sc)->items == NULL);
    return scope_fault(sc)->message;
}

TEST(a_text_begins_and_ends_with_blanks_where_its_field_says_so)
{
    static const struct wire_field fields[] = {
        {.name = "word", .kind = WIRE_KIND_TEXT, .max = 9, .blanks = true},
        {},
    };
    static const struct wire wire = {"Word", sizeof(const char *), fields};
    const char *word;

    CHECK_OK(wire_decode(test_scope(), &wire, STR("{\"word\":\" a \"}"), &word));
    CHECK_STR(word, " a ");
    CHECK_ERR(wire_decode(test_scope(), &wire, STR("{\"word\":\" \\u0007\"}"), &word), ERR_INVALID);
}

TEST(broken_json_is_refused_with_its_position_and_without_its_text)
{
    static const struct str bad[] = {STR(""),
                                     STR("{"),
                                     STR("{}x"),
                                     STR("{\"a\":1,\"a\":2}"),
                                     STR("{\"a\":01}"),
                                     STR("{\"a\":\"\\u0000\"}"),
                                     STR("{\"a\":\"\xc0\xaf\"}"),
                                     STR("{\"a\":\"\\ud800\"}"),
                                     STR("\xef\xbb\xbf{}"),
                                     STR("{}\0"),
                                     STR("{\"a\":99999999999999999999}")};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(strstr(broken(bad[i], "malformed-json"), "broken JSON at line 1 column ") != NULL);
    CHECK(strstr(broken(STR("{\n\"token\": hunter2}"), "malformed-json"), "at line 2 column") != NULL);
    CHECK(strstr(scope_fault(test_scope())->message, "hunter2") == NULL);
    broken((struct str){NULL, 0}, "malformed-json");
}

TEST(depth_values_and_size_have_limits)
{
    struct scope *sc = test_scope();
    struct sale sale;
    char *text = arena_alloc(sc->arena, WIRE_TEXT_MAX + 1);

    memset(text, '[', WIRE_TEXT_MAX + 1);
    broken((struct str){text, 65}, "json-too-deep");
    broken((struct str){text, 1 << 20}, "json-too-deep");
    broken((struct str){text, 64}, "malformed-json");
    CHECK_ERR(wire_decode(sc, &sale_wire, (struct str){text, WIRE_TEXT_MAX + 1}, &sale), ERR_TOO_LARGE);
    for (size_t i = 1; i + 2 < 1 << 20; i += 3)
        memcpy(text + i, "{},", 3);
    CHECK_STR(broken((struct str){text, 1 << 20}, "malformed-json"), "broken JSON: more than 200000 values");
}

TEST(brackets_in_texts_are_not_levels)
{
    struct sale sale;

    CHECK_OK(wire_decode(
        test_scope(), &sale_wire,
        given_body("extra", "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[\""),
        &sale));
}

TEST(no_beginning_of_a_body_is_one)
{
    struct scope *sc = test_scope();
    struct sale sale;

    for (size_t n = 0; n < sizeof(whole) - 1; n++) {
        char *exact = malloc(n + !n);

        memcpy(exact, whole, n);
        CHECK_ERR(wire_decode(sc, &sale_wire, (struct str){exact, n}, &sale), ERR_INVALID);
        free(exact);
    }
}

TEST(an_earlier_failure_does_not_hide_the_faults)
{
    struct scope *sc = test_scope();
    const char *detail;

    CHECK_ERR(FAIL(sc, ERR_NOT_FOUND, "somebody got over this"), ERR_NOT_FOUND);
    CHECK_STR(faults(given_body("count", "6"), &detail), "/count out_of_range");
}

TEST(the_schema_is_json_and_says_what_decoding_wants)
{
    const struct doc *d = NULL;
    struct buf b;
    int64_t most;

    buf_init(&b, test_scope()->arena, 1 << 16);
    wire_schema(&b, &sale_wire);
    CHECK_OK(doc_parse(test_scope(), buf_str(&b), &d));
    CHECK(str_is(doc_text(doc_path(d, "title")), "Sale"));
    CHECK(str_is(doc_text(doc_path(d, "type")), "object"));
    CHECK_INT(doc_count(doc_path(d, "properties")), 13);
    CHECK_INT(doc_count(doc_path(d, "required")), 9);
    CHECK_INT(doc_kind(doc_path(d, "additionalProperties")), DOC_FALSE);
    CHECK(str_is(doc_text(doc_path(d, "properties.id.pattern")), "^ord_[0-7][0-9a-hjkmnp-tv-z]{25}$"));
    CHECK(doc_int(doc_path(d, "properties.count.maximum"), &most) && most == 5);
    CHECK_INT(doc_count(doc_path(d, "properties.state.enum")), 2);
    CHECK(str_is(doc_text(doc_path(d, "properties.note.type.1")), "null"));
    CHECK(str_is(doc_text(doc_path(d, "properties.total.properties.amount.pattern")), "^-?[0-9]+(\\.[0-9]+)?$"));
    CHECK(str_is(doc_text(doc_path(d, "properties.lines.items.properties.sku.type")), "string"));
    CHECK(str_is(doc_text(doc_path(d, "properties.number.description")), "The number the \"shopper\" was given."));
}
