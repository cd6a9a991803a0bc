#include <string.h>

#include "brand/brand_int.h"
#include "kit/test.h"

static struct brand given_brand(void)
{
    return (struct brand){.name = "Acme Hub", .accent = "#0F6B5C", .radius = 8, .density = "normal"};
}

/* The first fault's pointer and code, or "". */
static const char *fault_of(struct brand b)
{
    struct scope *sc = test_scope();
    const struct fault_item *i;

    if (brand_judge(sc, &b) == OK)
        return "";
    i = scope_fault(sc)->items;
    return i ? arena_f(sc->arena, "%s %s", i->pointer, i->code) : "no item";
}

TEST(a_brand_of_a_name_and_a_colour_is_enough)
{
    struct brand b = given_brand();

    CHECK_OK(brand_judge(test_scope(), &b));
    CHECK_STR(b.accent, "#0f6b5c");
    CHECK_STR(b.support_url, "");
    CHECK_STR(b.mail_from_address, "");
}

TEST(the_house_is_named_by_nobody_and_a_word_that_holds_its_name_is_a_word)
{
    struct brand b = given_brand();

    b.name = "Tenon for Acme";
    CHECK_STR(fault_of(b), "/name not_allowed");
    b.name = "by TENON";
    CHECK_STR(fault_of(b), "/name not_allowed");
    b.name = "Tenonville Stores";
    CHECK_STR(fault_of(b), "");
}

TEST(marks_that_nobody_sees_are_refused)
{
    static const char *const bad[] = {"a\x01"
                                      "b",
                                      "a\u200b"
                                      "b",
                                      "a\u202e"
                                      "b",
                                      "a\u2066"
                                      "b",
                                      "\ufeff"
                                      "b",
                                      "a\xc2\x85"
                                      "b"};
    struct brand b = given_brand();

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        b.login_text = bad[i];
        CHECK_STR(fault_of(b), "/login_text hidden_character");
    }
    b.login_text = "Grüße, 你好, مرحبا 🙂";
    CHECK_STR(fault_of(b), "");
}

TEST(an_address_is_https_with_a_host)
{
    static const char *const bad[] = {
        "http://a.example/",     "https://",           "https://a",          "https://u@a.example/",
        "javascript:alert(1)",   "//a.example/",       "https://a..b/",      "https://a.example:443/",
        "https://a.example/\"x", "https://-a.example", "https://a.example/<"};
    static const char *const good[] = {"https://a.example", "https://help.a.example/x?y=z#w", "https://a.example?x"};
    struct brand b = given_brand();

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        b.terms_url = bad[i];
        CHECK_STR(fault_of(b), "/terms_url not_an_https_url");
    }
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        b.terms_url = good[i];
        CHECK_STR(fault_of(b), "");
    }
}

TEST(what_was_written_is_read_again)
{
    struct scope *sc = test_scope();
    struct brand b = given_brand(), back = {0};
    struct buf text;

    b.words = STR("{\"de\":{\"Orders\":\"Aufträge\"}}");
    b.support_phone = "+49 30 1234567";
    CHECK_OK(brand_judge(sc, &b));
    buf_init(&text, sc->arena, WIRE_TEXT_MAX);
    brand_document(&text, &b);
    CHECK_OK(brand_read(sc, buf_cstr(&text), &back));
    CHECK_STR(back.name, "Acme Hub");
    CHECK_STR(back.support_phone, "+49 30 1234567");
    CHECK_STR(back.terms_url, "");
    CHECK(str_equal(back.words, b.words));
    CHECK_INT(back.radius, 8);
}
