#include "drift/drift_int.h"
#include "kit/test.h"

static void check_form(const char *text, enum form want)
{
    CHECK_STR(form_name(form_of_text(str_of(text))), form_name(want));
}

TEST(texts_are_told_apart_by_their_format)
{
    check_form("", FORM_NOTHING);
    check_form("0", FORM_TEXT_INT);
    check_form("-12", FORM_TEXT_INT);
    check_form("184.20", FORM_TEXT_DECIMAL);
    check_form("2026-11-23T10:00:00-05:00", FORM_TIME);
    check_form("2026-11-23T10:00:00.125Z", FORM_TIME);
    check_form("2026-11-23", FORM_DATE);
    check_form("3f2504e0-4f89-11d3-9a0c-0305e82c3301", FORM_UUID);
    check_form("ada@example.com", FORM_EMAIL);
    check_form("https://example.com/a", FORM_URL);
    check_form("+16136120707", FORM_PHONE);
    check_form("555-625-1199", FORM_PHONE);
    check_form("USD", FORM_CODE);
    check_form("paid", FORM_WORD);
    check_form("Demo product", FORM_FREE);
}

TEST(what_only_looks_like_a_number_is_none)
{
    check_form("02139", FORM_FREE);
    check_form("1.2.3", FORM_FREE);
    check_form("203.0.113.7", FORM_FREE);
    check_form(".5", FORM_FREE);
    check_form("5.", FORM_FREE);
    check_form("-", FORM_FREE);
    check_form("1-2", FORM_FREE);
}

TEST(magnitudes_are_those_of_numbers_and_of_texts_that_hold_one)
{
    const struct doc *d = NULL;
    bool negative = false;
    double log = 0;

    CHECK_OK(doc_parse(test_scope(), STR("[\"-100.00\",1000,1e-2,0,\"0.00\"]"), &d));
    CHECK(form_magnitude(doc_at(d, 0), FORM_TEXT_DECIMAL, &log, &negative) && log == 2 && negative);
    CHECK(form_magnitude(doc_at(d, 1), FORM_INT, &log, &negative) && log == 3);
    CHECK(form_magnitude(doc_at(d, 2), FORM_DECIMAL, &log, &negative) && log == -2);
    CHECK(!form_magnitude(doc_at(d, 3), FORM_INT, &log, &negative));
    CHECK(!form_magnitude(doc_at(d, 4), FORM_TEXT_DECIMAL, &log, &negative));
    CHECK(form_magnitude(d, FORM_LIST, &log, &negative));
}
