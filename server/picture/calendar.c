#include "picture/picture_int.h"

#include "base/timefmt.h"

/* The calendar as pictures count it: days, ISO weeks of years and of months. */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Years begin in March, so that the leap day is the last. */
int64_t picture_days(int64_t year, int64_t month, int64_t day)
{
    int64_t months = year * 12 + month - 1 - 2; /* since March of year 0 */
    int64_t y = floor_div(months, 12);
    int64_t m = months - y * 12;

    return y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) + (153 * m + 2) / 5 + day - 1 - 719468;
}

struct date {
    int64_t year, month, day; /* of the month */
    int64_t days;             /* since 1970 */
};

static struct date date_of(int64_t ms)
{
    struct date d = {.days = floor_div(ms, PICTURE_DAY_MS)};
    int year, month, day;

    time_civil(ms * 1000, &year, &month, &day);
    d.year = year;
    d.month = month;
    d.day = day;
    return d;
}

/* 1 is Monday; the first day of 1970 was a Thursday. */
static int64_t weekday(int64_t days)
{
    return days + 3 - floor_div(days + 3, 7) * 7 + 1;
}

/* The Monday of the first week: the one that has the first Thursday. */
static int64_t first_week(int64_t year, int64_t month)
{
    int64_t first = picture_days(year, month, 1);
    int64_t day = weekday(first);

    return day > 4 ? first + 8 - day : first - day + 1;
}

/* Which week the day is in, counted from the beginning of its own year (months 12) or month (months 1); -1 when it is
 * in the last of the one before, 1 when in the first of the one after. */
struct week {
    int64_t number;
    int shift;
};

static struct week week_of(const struct date *d, int64_t months)
{
    int64_t month = months == 1 ? d->month : 1;

    if (d->days < first_week(d->year, month))
        return (struct week){(d->days - first_week(d->year, month - months)) / 7 + 1, -1};
    if (d->days >= first_week(d->year, month + months))
        return (struct week){1, 1};
    return (struct week){(d->days - first_week(d->year, month)) / 7 + 1, 0};
}

static int64_t date_component(int64_t ms, uint32_t component)
{
    struct date d = date_of(ms);

    switch (component) {
    case 'Y':
        return d.year;
    case 'M':
        return d.month;
    case 'D':
        return d.day;
    case 'd':
        return d.days - picture_days(d.year, 1, 1) + 1;
    case 'F':
        return weekday(d.days);
    case 'W':
        return week_of(&d, 12).number;
    case 'w':
        return week_of(&d, 1).number;
    case 'X':
        return d.year + week_of(&d, 12).shift;
    case 'x':
        return (d.month - 1 + week_of(&d, 1).shift + 12) % 12 + 1;
    default:
        return 0;
    }
}

int64_t picture_component(int64_t ms, uint32_t component)
{
    int64_t in_day = ms - floor_div(ms, PICTURE_DAY_MS) * PICTURE_DAY_MS;
    int64_t hour = in_day / 3600000;

    switch (component) {
    case 'H':
        return hour;
    case 'h':
        return hour % 12 ? hour % 12 : 12;
    case 'P':
        return hour / 12;
    case 'm':
        return in_day / 60000 % 60;
    case 's':
        return in_day / 1000 % 60;
    case 'f':
        return in_day % 1000;
    default:
        return date_component(ms, component);
    }
}

const char *picture_month_name(int64_t month)
{
    static const char *const names[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};

    return names[month - 1];
}

const char *picture_day_name(int64_t day)
{
    static const char *const names[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

    return names[day - 1];
}
