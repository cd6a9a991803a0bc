#include "base/timefmt.h"

#include <time.h>

#include "base/must.h"

#define US_PER_S   INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_S)
#define FIRST_US   (-62135596800 * US_PER_S) /* 0001-01-01 */
#define END_US     (253402300800 * US_PER_S) /* 10000-01-01 */

int64_t time_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t time_boot_us(void)
{
    struct timespec t;

    MUST_BE(clock_gettime(CLOCK_BOOTTIME, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t time_thread_us(void)
{
    struct timespec t;

    MUST_BE(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March so that the leap day is the last. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    int64_t shifted = y - (m <= 2);
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void civil_of(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void time_civil(int64_t us, int *year, int *month, int *day)
{
    civil_of(floor_div(us, US_PER_DAY), year, month, day);
}

/* By hand: a list of orders has sixty times, and printf took a twentieth of its answer. */
static void put_digits(char **at, int v, int n, char after)
{
    for (int i = n; i-- > 0; v /= 10)
        (*at)[i] = (char)('0' + v % 10);
    (*at)[n] = after;
    *at += n + 1;
}

void time_format(int64_t us, char out[TIME_TEXT_MAX])
{
    int64_t in_day = us - floor_div(us, US_PER_DAY) * US_PER_DAY;
    int64_t s = in_day / US_PER_S;
    int fraction = (int)(in_day % US_PER_S);
    int year, month, day;

    time_civil(us, &year, &month, &day);
    MUST_BE(year >= 1 && year <= 9999);
    put_digits(&out, year, 4, '-');
    put_digits(&out, month, 2, '-');
    put_digits(&out, day, 2, 'T');
    put_digits(&out, (int)(s / 3600), 2, ':');
    put_digits(&out, (int)(s / 60 % 60), 2, ':');
    put_digits(&out, (int)(s % 60), 2, fraction ? '.' : 'Z');
    if (fraction)
        put_digits(&out, fraction, 6, 'Z');
    *out = '\0';
}

/* Exactly n digits at *at, which it moves; -1 otherwise. */
static int digits(struct str t, size_t *at, int n)
{
    int v = 0;

    for (int i = 0; i < n; i++, (*at)++) {
        if (*at >= t.n || t.p[*at] < '0' || t.p[*at] > '9')
            return -1;
        v = v * 10 + (t.p[*at] - '0');
    }
    return v;
}

static bool take(struct str t, size_t *at, char c)
{
    if (*at >= t.n || t.p[*at] != c)
        return false;
    (*at)++;
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool parse_date(struct str t, size_t *at, int64_t *out_days)
{
    int year = digits(t, at, 4);
    int month = take(t, at, '-') ? digits(t, at, 2) : -1;
    int day = take(t, at, '-') ? digits(t, at, 2) : -1;

    if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *out_days = days_of(year, month, day);
    return true;
}

static bool parse_fraction(struct str t, size_t *at, int64_t *out_us)
{
    int64_t us = 0;
    int n = 0;

    *out_us = 0;
    if (!take(t, at, '.'))
        return true;
    for (; *at < t.n && t.p[*at] >= '0' && t.p[*at] <= '9'; (*at)++, n++)
        if (n < 6)
            us = us * 10 + (t.p[*at] - '0');
    if (n < 1 || n > 9)
        return false;
    for (; n < 6; n++)
        us *= 10;
    *out_us = us;
    return true;
}

static bool parse_clock(struct str t, size_t *at, bool *out_leap, int64_t *out_us)
{
    int h = digits(t, at, 2);
    int m = take(t, at, ':') ? digits(t, at, 2) : -1;
    int s = take(t, at, ':') ? digits(t, at, 2) : -1;
    int64_t fraction;

    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60 || !parse_fraction(t, at, &fraction))
        return false;
    *out_leap = s == 60;
    *out_us = (h * INT64_C(3600) + m * INT64_C(60) + s) * US_PER_S + (s == 60 ? 0 : fraction);
    return true;
}

static bool parse_zone(struct str t, size_t *at, int64_t *out_us)
{
    int64_t sign = 1;
    int h, m;

    *out_us = 0;
    if (take(t, at, 'Z') || take(t, at, 'z'))
        return true;
    if (take(t, at, '-'))
        sign = -1;
    else if (!take(t, at, '+'))
        return false;
    h = digits(t, at, 2);
    m = take(t, at, ':') ? digits(t, at, 2) : -1;
    if (h < 0 || h > 23 || m < 0 || m > 59)
        return false;
    *out_us = sign * (h * INT64_C(3600) + m * INT64_C(60)) * US_PER_S;
    return true;
}

bool time_parse(struct str text, int64_t *out_us)
{
    int64_t days, clock, zone, us;
    size_t at = 0;
    bool leap;

    if (!parse_date(text, &at, &days))
        return false;
    if (!take(text, &at, 'T') && !take(text, &at, 't') && !take(text, &at, ' '))
        return false;
    if (!parse_clock(text, &at, &leap, &clock) || !parse_zone(text, &at, &zone) || at != text.n)
        return false;
    us = days * US_PER_DAY + clock - zone;
    if (us < FIRST_US || us >= END_US)
        return false;
    if (leap && us % US_PER_DAY != 0) /* only the last second of a UTC day can be one */
        return false;
    *out_us = us;
    return true;
}
