#include <stdio.h>
#include <stdlib.h>

#include "brand/brand_int.h"
#include "kit/test.h"

static struct rgb rgb_of(const char *text)
{
    struct rgb c = {0};

    CHECK(colour_parse(str_of(text), &c));
    return c;
}

TEST(a_colour_is_six_hex_digits_and_nothing_else)
{
    static const char *const bad[] = {"",        "#fff", "0f6b5c",  "#0f6b5",    "#0f6b5c0",
                                      "#0f6b5g", "red",  "#0f6b5;", "rgb(0,0,0)"};
    struct rgb c = rgb_of("#0F6b5c");

    CHECK_INT(c.r, 0x0f);
    CHECK_INT(c.g, 0x6b);
    CHECK_INT(c.b, 0x5c);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!colour_parse(str_of(bad[i]), &c));
}

/* Reference values of CSS Color 4: https://www.w3.org/TR/css-color-4/#ok-lab. */
TEST(oklch_is_that_of_css)
{
    struct oklch red = colour_oklch(rgb_of("#ff0000")), white = colour_oklch(rgb_of("#ffffff"));

    CHECK_INT(red.l * 10000 + 0.5, 6280);
    CHECK_INT(red.c * 10000 + 0.5, 2577);
    CHECK_INT(red.h * 100 + 0.5, 2923);
    CHECK_INT(white.l * 10000 + 0.5, 10000);
    CHECK_INT(white.c * 10000 + 0.5, 0);
}

TEST(every_colour_comes_back_from_oklch)
{
    for (int r = 0; r < 256; r += 15)
        for (int g = 0; g < 256; g += 15)
            for (int b = 0; b < 256; b += 15) {
                struct rgb c = {(uint8_t)r, (uint8_t)g, (uint8_t)b}, back = colour_rgb(colour_oklch(c));

                CHECK(c.r == back.r && c.g == back.g && c.b == back.b);
            }
}

TEST(contrast_is_that_of_wcag)
{
    CHECK_INT(colour_contrast(rgb_of("#000000"), rgb_of("#ffffff")) * 100 + 0.5, 2100);
    CHECK_INT(colour_contrast(rgb_of("#777777"), rgb_of("#ffffff")) * 100 + 0.5, 448);
    CHECK_INT(colour_contrast(rgb_of("#ffffff"), rgb_of("#777777")) * 100 + 0.5, 448);
}

/* Every brand colour of a grid of six by six by six, both schemes, every pair. */
TEST(no_brand_colour_makes_anything_unreadable)
{
    static const char *const schemes[] = {"light", "dark"};
    double worst[SCHEME_COUNT][64];
    size_t measured = 0;

    for (int s = 0; s < SCHEME_COUNT; s++)
        for (size_t i = 0; i < palette_pair_count; i++)
            worst[s][i] = 21;
    for (int n = 0; n < 216 * SCHEME_COUNT; n++) {
        struct rgb brand = {(uint8_t)(n % 6 * 51), (uint8_t)(n / 6 % 6 * 51), (uint8_t)(n / 36 % 6 * 51)};
        enum scheme s = (enum scheme)(n / 216);
        struct palette p;

        palette_make(brand, s, NULL, &p);
        for (size_t i = 0; i < palette_pair_count; i++) {
            double got = colour_contrast(p.v[palette_pairs[i].on], p.v[palette_pairs[i].ground]);

            CHECK(got >= palette_pairs[i].least);
            worst[s][i] = got < worst[s][i] ? got : worst[s][i];
            measured++;
        }
        CHECK(!palette_failing(&p));
    }
    CHECK_INT(measured, 216 * SCHEME_COUNT * palette_pair_count);
    for (int s = 0; s < SCHEME_COUNT; s++)
        for (size_t i = 0; i < palette_pair_count; i++)
            printf("# worst of 216 in %s: %s on %s %.2f, at least %.1f\n", schemes[s],
                   palette_name(palette_pairs[i].on), palette_name(palette_pairs[i].ground), worst[s][i],
                   palette_pairs[i].least);
}

TEST(a_dark_accent_that_cannot_be_read_is_named_and_one_that_can_is_proposed)
{
    struct rgb brand = rgb_of("#0f6b5c"), dim = rgb_of("#204040"), better;
    const struct palette_pair *pair;
    struct palette p;

    palette_make(brand, SCHEME_DARK, &dim, &p);
    pair = palette_failing(&p);
    CHECK(pair && (pair->on == TOKEN_ACCENT || pair->ground == TOKEN_ACCENT));
    better = palette_nearest(brand, SCHEME_DARK, dim);
    palette_make(brand, SCHEME_DARK, &better, &p);
    CHECK(!palette_failing(&p));
    CHECK(colour_contrast(better, dim) > 1.5);
    palette_make(brand, SCHEME_DARK, NULL, &p);
    better = palette_nearest(brand, SCHEME_DARK, p.v[TOKEN_ACCENT]);
    CHECK(colour_contrast(better, p.v[TOKEN_ACCENT]) < 1.05); /* what is fine stays as it is, but for a step */
}

/* Every ratio that is told is at least what it must be, whatever colours people choose, dark ones that cannot be read
 * too. */
TEST(what_is_told_of_a_colour_can_be_read)
{
    static const char *const accents[] = {"#ffff00", "#000000", "#ffffff", "#0f6b5c", "#ff0000"};
    static const char *const darks[] = {"", "#000000", "#204040", "#ffffff"};
    struct brand_shades s;

    for (size_t i = 0; i < ARRAY_LEN(accents) * ARRAY_LEN(darks); i++) {
        struct scope *sc = test_scope();

        CHECK_OK(brand_shades(sc, str_of(accents[i % ARRAY_LEN(accents)]), str_of(darks[i / ARRAY_LEN(accents)]), &s));
        CHECK_INT(s.shade_n, TOKEN_COUNT);
        CHECK_INT(s.contrast_n, palette_pair_count);
        for (size_t c = 0; c < s.contrast_n; c++) {
            CHECK(atof(s.contrasts[c].light) >= atof(s.contrasts[c].least));
            CHECK(atof(s.contrasts[c].dark) >= atof(s.contrasts[c].least));
        }
    }
}

static const char *fault_of(const char *accent, const char *dark)
{
    struct scope *sc = test_scope();
    struct brand_shades s;

    if (brand_shades(sc, str_of(accent), str_of(dark), &s) == OK)
        return "";
    return scope_fault(sc)->items ? scope_fault(sc)->items->pointer : "no item";
}

TEST(what_is_no_colour_is_named)
{
    CHECK_STR(fault_of("red", ""), "accent");
}

TEST(what_is_no_dark_colour_is_named)
{
    CHECK_STR(fault_of("#0f6b5c", "#12"), "accent_dark");
}
