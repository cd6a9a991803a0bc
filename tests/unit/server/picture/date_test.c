#include "kit/test.h"

#include "picture/picture_int.h"

static const char *analyse(const char *picture, struct picture_date *out, const char **value)
{
    struct arena *a = test_scope()->arena;
    struct str v = {0};
    const struct picture_date *date = NULL;
    const char *code = picture_date_read(a, str_of(picture), &date, &v);

    if (date)
        *out = *date;
    *value = str_dup(a, v);
    return code;
}

TEST(a_picture_is_literals_and_components)
{
    struct arena *a = test_scope()->arena;
    struct picture_date d;
    const char *value;

    CHECK_STR(analyse("[[a]]b[Y ##0 1,2-4][MNn,*-3]c", &d, &value), NULL);
    CHECK_INT(d.n, 5);
    CHECK(str_is(picture_runes_text(a, d.parts[0].literal), "["));
    CHECK(str_is(picture_runes_text(a, d.parts[1].literal), "a]b"));
    CHECK_INT(d.parts[2].component, 'Y');
    CHECK_INT(d.parts[2].width_min, 2);
    CHECK_INT(d.parts[2].width_max, 4);
    CHECK_INT(d.parts[2].year_digits, 4);
    CHECK(d.parts[3].names && d.parts[3].letters == PICTURE_TITLE);
    CHECK_INT(d.parts[3].width_min, -1);
    CHECK_INT(d.parts[3].width_max, 3);
    CHECK(str_is(picture_runes_text(a, d.parts[4].literal), "c"));
}

TEST(digits_that_digits_follow_have_a_fixed_width)
{
    struct picture_date d;
    const char *value;

    CHECK_STR(analyse("[Y0001][M01][D1]", &d, &value), NULL);
    CHECK_INT(d.parts[0].fixed, 4);
    CHECK_INT(d.parts[1].fixed, 2);
    CHECK_INT(d.parts[2].fixed, 0);
}

TEST(a_faulty_picture_is_refused)
{
    struct picture_date d;
    const char *value;

    CHECK_STR(analyse("[Y]-[q]", &d, &value), "D3132");
    CHECK_STR(value, "q");
    CHECK_STR(analyse("[q01]", &d, &value), "D3132");
    CHECK_STR(analyse("[]", &d, &value), "D3132");
    CHECK_STR(value, "");
    CHECK_STR(analyse("[Y]-[M", &d, &value), "D3135");
    CHECK_STR(analyse("[Y0\u0661]", &d, &value), "D3131");
    CHECK_STR(analyse("[Y,1001]", &d, &value), PICTURE_TOO_LARGE);
    CHECK_STR(analyse("[Y,2-99999999999999999999]", &d, &value), PICTURE_TOO_LARGE);
}

TEST(a_picture_of_nothing_but_brackets_fits_its_parts)
{
    static char picture[PICTURE_MAX + 1];
    struct picture_date d;
    const char *value;

    for (size_t i = 0; i + 4 <= PICTURE_MAX; i += 4)
        memcpy(picture + i, "x[D]", 4);
    CHECK_STR(analyse(picture, &d, &value), NULL);
    CHECK_INT(d.n, 2048);
    memset(picture, '[', PICTURE_MAX);
    CHECK_STR(analyse(picture, &d, &value), NULL);
    CHECK_INT(d.n, 2048);
    memset(picture, ']', PICTURE_MAX);
    CHECK_STR(analyse(picture, &d, &value), NULL);
    CHECK_INT(d.n, 1);
}
