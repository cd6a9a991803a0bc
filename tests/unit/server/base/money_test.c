#include "kit/test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/money.h"
#include "base/money_int.h"

static struct currency cur(const char *code)
{
    struct currency c = {0};

    if (!currency_find(str_of(code), &c))
        test_failed(__FILE__, __LINE__, "%s is unknown", code);
    return c;
}

static struct decimal dec(const char *text)
{
    struct decimal d = {-999, 0};

    if (!decimal_parse(str_of(text), &d))
        test_failed(__FILE__, __LINE__, "\"%s\" was refused", text);
    return d;
}

static const char *text_of(struct money m)
{
    char *text = arena_alloc(test_scope()->arena, DECIMAL_TEXT_MAX);

    money_format(m, text);
    return text;
}

TEST(currencies_have_the_digits_of_iso_4217)
{
    static const char *const none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                       "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
    static const char *const three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    static const char *const two[] = {"EUR", "USD", "GBP", "CHF", "HUF", "MGA", "MRU", "ZWG", "AED", "XCG", "SEK"};

    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        CHECK_INT(cur(none[i]).digits, 0);
    for (size_t i = 0; i < ARRAY_LEN(three); i++)
        CHECK_INT(cur(three[i]).digits, 3);
    for (size_t i = 0; i < ARRAY_LEN(two); i++)
        CHECK_INT(cur(two[i]).digits, 2);
    CHECK_INT(cur("CLF").digits, 4);
    CHECK_INT(cur("UYW").digits, 4);
    CHECK_STR(cur("EUR").code, "EUR");
}

TEST(only_those_currencies_have_no_or_more_than_two_digits)
{
    int total = 0, odd = 0;

    for (int i = 0; i < 26 * 26 * 26; i++) {
        char code[3] = {(char)('A' + i / 676), (char)('A' + i / 26 % 26), (char)('A' + i % 26)};
        struct currency c;

        if (!currency_find((struct str){code, 3}, &c))
            continue;
        CHECK(memcmp(c.code, code, 3) == 0 && c.code[3] == '\0');
        total++;
        odd += c.digits != 2;
    }
    CHECK_INT(odd, 17 + 7 + 2);
    CHECK_INT(total, 165);
}

TEST(what_is_no_active_currency_is_unknown)
{
    static const char *const unknown[] = {"", "EU", "EURO", "eur", "Eur", "XXX", "XAU", "DEM", "HRK", "BGN", "ZZZ"};
    struct currency c;

    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        CHECK(!currency_find(str_of(unknown[i]), &c));
    CHECK(!currency_find((struct str){"EU\0", 3}, &c));
}

TEST(amounts_in_a_withdrawn_currency_stay_readable)
{
    CHECK_STR(text_of((struct money){1995, "BGN"}), "19.95");
    CHECK_STR(text_of((struct money){-5, "HRK"}), "-0.05");
}

TEST(an_amount_in_an_unknown_currency_is_a_defect)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        close(STDERR_FILENO);
        money_decimal((struct money){1, "ZZZ"});
        _exit(0);
    }
    waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status));
}

TEST(amounts_are_minor_units)
{
    struct currency eur = cur("EUR"), jpy = cur("JPY"), kwd = cur("KWD");
    struct money m;

    CHECK(money_of(dec("184.2"), &eur, &m));
    CHECK_INT(m.minor, 18420);
    CHECK_STR(m.currency, "EUR");
    CHECK_STR(text_of(m), "184.20");
    CHECK(money_of(dec("-0.01"), &eur, &m));
    CHECK_STR(text_of(m), "-0.01");
    CHECK(money_of(dec("1500.000"), &jpy, &m));
    CHECK_STR(text_of(m), "1500");
    CHECK(money_of(dec("1.005"), &kwd, &m));
    CHECK_STR(text_of(m), "1.005");
    CHECK_INT(decimal_compare(money_decimal(m), dec("1.005")), 0);
}

TEST(an_amount_is_never_rounded_unasked)
{
    struct currency eur = cur("EUR"), jpy = cur("JPY");
    struct money m = {42, "USD"};

    CHECK(!money_of(dec("1.005"), &eur, &m));
    CHECK(!money_of(dec("0.5"), &jpy, &m));
    CHECK_INT(m.minor, 42);
    CHECK(money_round(dec("1.005"), &eur, ROUND_HALF_EVEN, &m));
    CHECK_INT(m.minor, 100);
    CHECK(money_round(dec("-1.005"), &eur, ROUND_HALF_UP, &m));
    CHECK_INT(m.minor, -101);
    CHECK(money_round(dec("0.5"), &jpy, ROUND_DOWN, &m));
    CHECK_INT(m.minor, 0);
}

TEST(amounts_end_at_64_bits)
{
    struct currency eur = cur("EUR");
    struct money m = {42, "USD"}, one = {1, "EUR"};

    CHECK(!money_of(dec("92233720368547758.08"), &eur, &m));
    CHECK(!money_of(dec("-92233720368547758.09"), &eur, &m));
    CHECK(!money_of(dec("1e37"), &eur, &m));
    CHECK_INT(m.minor, 42);
    CHECK(money_of(dec("92233720368547758.07"), &eur, &m));
    CHECK_STR(text_of(m), "92233720368547758.07");
    CHECK(!money_add(m, one, &m));
    CHECK(money_sub(m, one, &m));
    CHECK(money_of(dec("-92233720368547758.08"), &eur, &m));
    CHECK_STR(text_of(m), "-92233720368547758.08");
    CHECK(!money_sub(m, one, &m));
}

TEST(currencies_do_not_mix)
{
    struct money eur = {100, "EUR"}, usd = {100, "USD"}, out = {7, "CHF"};

    CHECK(!money_add(eur, usd, &out));
    CHECK(!money_sub(eur, usd, &out));
    CHECK_INT(out.minor, 7);
    CHECK(money_add(eur, eur, &out));
    CHECK_INT(out.minor, 200);
    CHECK_STR(out.currency, "EUR");
}

/* Tax taken out line by line and put back gives each line's cent again. */
TEST(net_and_tax_add_up_to_the_cent)
{
    struct currency eur = cur("EUR");

    srandom(31);
    for (int i = 0; i < 20000; i++) {
        struct decimal gross = {random() % 10000000, 2};
        struct decimal net_exact;
        struct money total, net, tax, back;

        CHECK(decimal_div(gross, (struct decimal){119, 2}, 18, ROUND_HALF_EVEN, &net_exact));
        CHECK(money_of(gross, &eur, &total) && money_round(net_exact, &eur, ROUND_HALF_EVEN, &net));
        CHECK(money_sub(total, net, &tax) && money_add(net, tax, &back));
        CHECK_INT(back.minor, gross.digits);
        CHECK(net.minor * 119 >= total.minor * 100 - 60 && net.minor * 119 <= total.minor * 100 + 60);
    }
}
