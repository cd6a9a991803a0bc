#include "kit/test.h"

#include "picture/picture_int.h"

/* The parts' texts with bars between them, or NULL. */
static const char *match(const char *text, const char *picture)
{
    struct arena *a = test_scope()->arena;
    struct picture_runes r = picture_runes_of(a, str_of(text));
    const struct picture_date *d;
    struct str value;
    struct buf b;
    size_t *ends;

    CHECK_STR(picture_date_read(a, str_of(picture), &d, &value), NULL);
    ends = ARENA_ARRAY(a, size_t, d->n + 1);
    if (!picture_date_match(a, r, d, ends))
        return NULL;
    buf_init(&b, a, 4096);
    for (size_t k = 0; k < d->n; k++) {
        struct str part = picture_runes_text(a, picture_slice(r, k ? ends[k - 1] : 0, ends[k]));
        buf_s(&b, k ? "|" : "");
        buf_add(&b, part.p, part.n);
    }
    return buf_cstr(&b);
}

TEST(each_part_takes_as_much_as_the_rest_leaves_it)
{
    CHECK_STR(match("20180205", "[Y0001][M01][D01]"), "2018|02|05");
    CHECK_STR(match("180205", "[Y,2][M01][D1]"), "18|02|05");
    CHECK_STR(match("2018--180", "[Y]--[d]"), "2018|--|180");
    CHECK_STR(match("twenty-seven April", "[Dw] [MNn]"), "twenty-seven| |April");
    CHECK_STR(match("seventh, May", "[Dw], [MNn]"), "seventh|, |May");
    CHECK_STR(match("fiveMay", "[Da][MNn]"), "fiveMa|y");
    CHECK_STR(match("iiiMay", "[Di][MNn]"), "iiiM|ay"); /* M is a numeral too */
}

TEST(letters_match_in_either_case)
{
    CHECK_STR(match("DAY 1ST T12", "day [D1o] t[H]"), "DAY |1ST| T|12");
    CHECK_STR(match("gmt+01:30", "[z]"), "gmt+01:30");
}

TEST(a_zone_is_a_sign_and_digits)
{
    CHECK_STR(match("1+0530", "[H][Z0101]"), "1|+0530");
    CHECK_STR(match("+05:301", "[Z][H]"), "+05:30|1");
    CHECK_STR(match("+0530", "[Z]"), NULL);
    CHECK_STR(match("0530", "[Z0101]"), NULL);
    CHECK_STR(match("+", "[Z0101]"), NULL);
}

TEST(a_text_that_does_not_fit_matches_nothing)
{
    CHECK_STR(match("2018-1", "[Y]-[M]-[D]"), NULL);
    CHECK_STR(match("2018x", "[Y]"), NULL);
    CHECK_STR(match("", "[Y]"), NULL);
    CHECK_STR(match("21", "[D1o]"), NULL);
    CHECK_STR(match("201", "[Y0001][M01]"), NULL);
    CHECK_STR(match("", ""), "");
}

/* A regular expression would look at the same letters in all the ways they can be divided. */
TEST(many_parts_that_could_take_the_same_text_take_no_longer)
{
    static char picture[PICTURE_MAX + 1], text[PICTURE_DATE_MAX + 1];

    memset(text, 'a', PICTURE_DATE_MAX);
    for (size_t i = 0; i + 4 <= 3000; i += 4)
        memcpy(picture + i, "[Da]", 4);
    memcpy(picture + 3000, "!", 2);
    CHECK_STR(match(text, picture), NULL);
    for (size_t i = 0; i + 4 <= 3000; i += 4)
        memcpy(picture + i, "[Dw]", 4);
    for (size_t i = 0; i + 4 <= PICTURE_DATE_MAX; i += 4)
        memcpy(text + i, "one-", 4);
    CHECK_STR(match(text, picture), NULL);
}
