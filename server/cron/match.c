#include "cron/cron_int.h"

/* Which days and minutes an expression names, on a calendar without zones. */

/* The weekday nearest to a day, in its month. */
static int nearest_weekday(const struct civil *month, int day, int last)
{
    int weekday = civil_weekday(civil_days(month->year, month->month, day));

    if (weekday == 6)
        return day > 1 ? day - 1 : day + 2;
    if (weekday == 0)
        return day < last ? day + 1 : day - 2;
    return day;
}

static bool day_of_month_fits(const struct cron *c, const struct civil *d)
{
    int last = civil_month_days(d->year, d->month);

    if (c->days >> d->day & 1 || (c->last_day && d->day == last) ||
        (c->last_workday && d->day == nearest_weekday(d, last, last)))
        return true;
    for (int day = 1; c->near_days && day <= last; day++)
        if (c->near_days >> day & 1 && d->day == nearest_weekday(d, day, last))
            return true;
    return false;
}

static bool weekday_fits(const struct cron *c, const struct civil *d, int weekday)
{
    unsigned nth = c->nth[weekday];

    return c->weekdays >> weekday & 1 || nth >> ((d->day + 6) / 7) & 1 ||
           (nth & 1 && d->day + 7 > civil_month_days(d->year, d->month));
}

static bool fits(const struct cron *c, const struct civil *d, int64_t days)
{
    bool month_day = day_of_month_fits(c, d), weekday = weekday_fits(c, d, civil_weekday(days));

    return c->day_star || c->weekday_star ? month_day && weekday : month_day || weekday;
}

bool cron_day_fits(const struct cron *c, int64_t days)
{
    struct civil d = civil_of(days);

    return c->months >> d.month & 1 && fits(c, &d, days);
}

/* The first minute of a day from one on; -1: none. */
static int minute_from(const struct cron *c, int from)
{
    for (int hour = from / 60; hour < 24; hour++) {
        uint64_t minutes = c->minutes;

        if (hour == from / 60)
            minutes &= ~UINT64_C(0) << from % 60;
        if (c->hours >> hour & 1 && minutes)
            return hour * 60 + __builtin_ctzll(minutes);
    }
    return -1;
}

int64_t cron_local(const struct cron *c, int64_t at_s, int64_t limit_s)
{
    int64_t minute = -floor_div(-at_s, 60), day = floor_div(minute, 1440);
    int from = (int)(minute - day * 1440);

    while (day * DAY_S < limit_s) {
        struct civil d = civil_of(day);
        int found = -1;

        if (!(c->months >> d.month & 1)) {
            day += civil_month_days(d.year, d.month) - d.day + 1;
            from = 0;
            continue;
        }
        if (fits(c, &d, day))
            found = minute_from(c, from);
        if (found >= 0)
            return day * DAY_S + found * 60 < limit_s ? day * DAY_S + found * 60 : INT64_MAX;
        day++;
        from = 0;
    }
    return INT64_MAX;
}
