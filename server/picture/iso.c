#include "picture/picture_int.h"

/* ISO 8601 as $toMillis takes it without a picture: a year; month and day; a time of day to the second and its
 * fraction; a zone. A date alone is midnight in UTC, and so is the time of day that has no zone: there is no local time
 * here. The reference leaves what it cannot read as ISO 8601 to its engine's guesses ("2018.5" is May); here it is
 * refused.
 */
struct reader {
    struct str text;
    size_t at;
};

static bool next_is(struct reader *r, char c)
{
    if (r->at == r->text.n || r->text.p[r->at] != c)
        return false;
    r->at++;
    return true;
}

static bool digits(struct reader *r, size_t n, int64_t least, int64_t most, int64_t *out)
{
    int64_t v = 0;

    for (; n > 0; n--, r->at++) {
        if (r->at == r->text.n || r->text.p[r->at] < '0' || r->text.p[r->at] > '9')
            return false;
        v = v * 10 + (r->text.p[r->at] - '0');
    }
    *out = v;
    return v >= least && v <= most;
}

/* Cut to milliseconds. */
static bool fraction(struct reader *r, int64_t *ms)
{
    size_t begin = r->at;

    for (int64_t unit = 100; r->at < r->text.n && r->text.p[r->at] >= '0' && r->text.p[r->at] <= '9'; unit /= 10)
        *ms += (r->text.p[r->at++] - '0') * unit;
    return r->at > begin;
}

/* The day after the month's last is the next month's first, up to the 31st. */
static bool date(struct reader *r, int64_t *ms)
{
    int64_t year, month = 1, day = 1;

    if (!digits(r, 4, 0, 9999, &year))
        return false;
    if (next_is(r, '-')) {
        if (!digits(r, 2, 1, 12, &month))
            return false;
        if (next_is(r, '-') && !digits(r, 2, 1, 31, &day))
            return false;
    }
    *ms = picture_days(year, month, day) * PICTURE_DAY_MS;
    return true;
}

/* 24:00:00 is the day's end. */
static bool time_of_day(struct reader *r, int64_t *ms)
{
    int64_t hour, minute, second, fractional = 0;

    if (!digits(r, 2, 0, 24, &hour) || !next_is(r, ':') || !digits(r, 2, 0, 59, &minute) || !next_is(r, ':') ||
        !digits(r, 2, 0, 59, &second))
        return false;
    if (next_is(r, '.') && !fraction(r, &fractional))
        return false;
    *ms += hour * 3600000 + minute * 60000 + second * 1000 + fractional;
    return hour < 24 || (minute == 0 && second == 0 && fractional == 0);
}

static bool zone(struct reader *r, int64_t *ms)
{
    int64_t sign, hour, minute;

    if (r->at == r->text.n || next_is(r, 'Z'))
        return true;
    sign = next_is(r, '+') ? 1 : next_is(r, '-') ? -1 : 0;
    if (!sign || !digits(r, 2, 0, 23, &hour))
        return false;
    next_is(r, ':');
    if (!digits(r, 2, 0, 59, &minute))
        return false;
    *ms -= sign * (hour * 60 + minute) * 60000;
    return true;
}

bool picture_iso_read(struct str text, int64_t *out_ms)
{
    struct reader r = {text, 0};
    int64_t ms = 0;

    if (!date(&r, &ms))
        return false;
    if (!next_is(&r, 'T'))
        next_is(&r, 'Z');
    else if (!time_of_day(&r, &ms) || !zone(&r, &ms))
        return false;
    if (r.at != text.n)
        return false;
    *out_ms = ms;
    return true;
}
