#include <stdlib.h>

#include "canon_kit.h"

TEST(decimals_are_read_the_same_the_short_way_and_the_long)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "7",
                                       "12.50",
                                       "-12.50",
                                       "007",
                                       "0.000000000000000001",
                                       "99999999999999999.9",
                                       "123456789012345678",
                                       "12345678901234567890.123456789012345678"};
    static const char *const bad[] = {"",      "-",   ".",   "1.", ".5",
                                      "+1",    "1e2", "1,5", " 1", "1 ",
                                      "1.2.3", "--1", "0x1", "1-", "123456789012345678901234567890123456789"};
    struct decimal a, b;

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        CHECK(canon_decimal(str_of(good[i]), &a) && decimal_parse_plain(str_of(good[i]), &b));
        CHECK(a.digits == b.digits && a.scale == b.scale);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!canon_decimal(str_of(bad[i]), &a));
}

TEST(countries_are_those_of_the_list)
{
    static const char *const good[] = {"AD", "DE", "US", "XK", "ZW", "GB"};
    static const char *const bad[] = {"", "D", "DEU", "de", "UK", "XX", "ZZ", "AA", "A\0"};

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        CHECK(canon_country_known(str_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!canon_country_known(str_of(bad[i])));
}

TEST(days_are_days_of_the_calendar)
{
    CHECK_STR(kit_wrong("payout", "/paid_on", "\"2028-02-29\""), "");
    CHECK_STR(kit_wrong("payout", "/paid_on", "\"2026-02-29\""),
              "/paid_on not_a_date must be a day like 2026-11-23, and this is \"2026-02-29\"");
    CHECK_STR(kit_wrong("payout", "/paid_on", "\"2026-11-23T00:00:00Z\""),
              "/paid_on not_a_date must be a day like 2026-11-23, and this is \"2026-11-23T00:00:00Z\"");
}

TEST(texts_are_counted_in_characters_and_keys_in_octets)
{
    struct scope *sc = test_scope();
    struct buf text, key;

    buf_init(&text, sc->arena, 10000);
    buf_init(&key, sc->arena, 10000);
    for (int i = 0; i < 64; i++)
        buf_s(&text, "é");
    for (int i = 0; i < 101; i++)
        buf_s(&key, "é");
    CHECK_STR(kit_wrong("sales_order", "/number", arena_f(sc->arena, "\"%s\"", buf_cstr(&text))), "");
    CHECK_STR(kit_wrong("sales_order", "/number", arena_f(sc->arena, "\"%sx\"", buf_cstr(&text))),
              "/number too_long has 65 characters and can have at most 64");
    CHECK_STR(kit_wrong("sales_order", "/natural_key", arena_f(sc->arena, "\"%s\"", buf_cstr(&key))),
              "/natural_key too_long has 202 octets and can have at most 200; it begins "
              "\"éééééééééééééééééééééééééééééééééééééééé…\"");
}

TEST(a_needed_text_is_not_empty_and_another_may_be)
{
    CHECK_STR(kit_wrong("sales_order", "/number", "\"\""), "/number too_short cannot be empty");
    CHECK_STR(kit_wrong("sales_order", "/note", "\"\""), "");
    CHECK_STR(kit_wrong("sales_order", "/lines/0/sku", "\"\""), "");
}

TEST(a_character_that_cannot_be_stored_is_told)
{
    struct doc nul = doc_make_text((struct str){"a\0b", 3});
    struct doc d = kit_edit(kit_read(kit_object("sales_order")->examples[0]), "/note", &nul);
    struct canon_faults all = kit_faults("sales_order", &d);

    CHECK_STR(kit_told(&all), "/note not_plain_text holds the character U+0000, which cannot be stored");
}

TEST(signs_are_judged)
{
    CHECK_STR(kit_wrong("sales_order", "/lines/0/quantity", "\"0\""),
              "/lines/0/quantity out_of_range must be above zero");
    CHECK_STR(kit_wrong("sales_order", "/lines/0/quantity", "\"-3\""),
              "/lines/0/quantity out_of_range must be above zero");
    CHECK_STR(kit_wrong("sales_order", "/lines/0/discount", "\"-5.00\""),
              "/lines/0/discount out_of_range cannot be negative");
    CHECK_STR(kit_wrong("sales_order", "/tip", "\"-0.00\""),
              "/total does_not_add_up is 88.90, but the parts of the order make 86.90");
}

TEST(counts_are_integers_in_their_range)
{
    CHECK_STR(kit_wrong("settlement_line", "/number", "0"), "/number out_of_range must be from 1 to 100000000");
    CHECK_STR(kit_wrong("settlement_line", "/number", "100000000"), "");
    CHECK_STR(kit_wrong("settlement_line", "/number", "-9223372036854775808"),
              "/number out_of_range must be from 1 to 100000000");
    CHECK_STR(kit_wrong("settlement_line", "/number", "1.0"), "/number wrong_type must be an integer, not a number");
}

TEST(a_choice_that_is_none_is_told_with_the_choices)
{
    CHECK_STR(kit_wrong("tax_transaction", "/kind", "\"Sale\""),
              "/kind not_in_list must be one of sale, refund, adjustment, and this is \"Sale\"");
}

TEST(a_value_is_judged_for_a_field_by_itself)
{
    const struct canon_object *o = kit_object("sales_order");
    struct arena *a = test_scope()->arena;
    struct canon_faults all;

    CHECK(canon_fits(a, o, canon_field_at(o, str_of("/currency")), kit_read("\"EUR\""), &all));
    CHECK(!canon_fits(a, o, canon_field_at(o, str_of("/currency")), kit_read("\"Euro\""), &all));
    CHECK_STR(kit_told(&all), " not_a_currency must be a currency of ISO 4217, like USD, and this is \"Euro\"");
    CHECK(canon_fits(a, o, canon_field_at(o, str_of("/note")), kit_read("null"), &all));
    CHECK(!canon_fits(a, o, canon_field_at(o, str_of("/total")), kit_read("null"), &all));
    CHECK(!canon_fits(a, o, canon_field_at(o, str_of("/lines")), kit_read("[{}]"), &all));
    CHECK_STR(all.v[0].pointer, "/0/quantity");
}
