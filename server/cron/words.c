#include "cron/cron_int.h"
#include "cron/words_int.h"

/* An expression as a sentence; what has no common shape is read out literally. */

#define TEXT_MAX  4000
#define TIMES_MAX 6 /* that are told one by one */

const char *const cron_month_names[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
static const char *const weekday_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                            "Thursday", "Friday", "Saturday"};

#define ALL_MINUTES  ((UINT64_C(1) << 60) - 1)
#define ALL_HOURS    0xffffffu
#define ALL_DAYS     0xfffffffeu
#define ALL_MONTHS   0x1ffeu
#define ALL_WEEKDAYS 0x7fu

static int count(uint64_t set)
{
    return __builtin_popcountll(set);
}

const char *cron_joint(int i, int n)
{
    return i == 0 ? "" : i + 1 < n ? ", " : " and ";
}

static void put_one(struct buf *b, const char *const *names, int v)
{
    if (names)
        buf_s(b, names[v]);
    else
        buf_i64(b, v);
}

/* The end of the run of a set that begins at v, when it has at least three; else v itself. */
static int run_end(uint64_t set, int v)
{
    int end = v;

    while (set >> v & 1 && end < 63 && set >> (end + 1) & 1)
        end++;
    return end - v >= 2 ? end : v;
}

/* "1, 3 and 5 to 9"; first is the number of the first name. */
static void put_set(struct buf *b, uint64_t set, const char *const *names, int first)
{
    int n = 0, i = 0;

    for (int v = 0; v < 64; v = run_end(set, v) + 1)
        n += set >> v & 1;
    for (int v = 0; v < 64; v = run_end(set, v) + 1) {
        if (!(set >> v & 1))
            continue;
        buf_s(b, cron_joint(i++, n));
        put_one(b, names, v - first);
        if (run_end(set, v) > v) {
            buf_s(b, " to ");
            put_one(b, names, run_end(set, v) - first);
        }
    }
}

/* n when the set is 0, n, 2n … up to `size`, which n divides; else 0. */
static int stride(uint64_t set, int size)
{
    int n = set > 1 ? __builtin_ctzll(set & ~UINT64_C(1)) : 0;

    if (!(set & 1) || n == 0 || size % n != 0 || count(set) != size / n)
        return 0;
    for (int v = 0; v < size; v += n)
        if (!(set >> v & 1))
            return 0;
    return n;
}

/* ---- days ---- */

static void put_month(struct buf *b, const struct cron *c)
{
    if (c->months == ALL_MONTHS)
        buf_s(b, "the month");
    else
        put_set(b, c->months, cron_month_names, 1);
}

static void put_days(struct buf *b, const struct cron *c)
{
    int n = 0, parts = (c->days != 0) + c->last_day + c->last_workday + count(c->near_days);

    buf_s(b, "on ");
    if (c->days) {
        buf_s(b, count(c->days) == 1 ? "day " : "days ");
        put_set(b, c->days, NULL, 0);
        n++;
    }
    for (int day = 1; day < 32; day++)
        if (c->near_days >> day & 1)
            buf_f(b, "%sthe weekday nearest to day %d", cron_joint(n++, parts), day);
    if (c->last_workday)
        buf_f(b, "%sthe last weekday", cron_joint(n++, parts));
    if (c->last_day)
        buf_f(b, "%sthe last day", cron_joint(n++, parts));
    buf_s(b, " of ");
    put_month(b, c);
}

static void put_nth(struct buf *b, const struct cron *c)
{
    static const char *const ranks[] = {"last", "first", "second", "third", "fourth", "fifth"};
    int n = 0, parts = 0;

    for (int day = 0; day < 7; day++)
        parts += count(c->nth[day]);
    if (parts)
        buf_s(b, c->weekdays ? " and on " : "on ");
    for (int day = 0; day < 7; day++)
        for (int rank = 0; rank < 6; rank++)
            if (c->nth[day] >> rank & 1)
                buf_f(b, "%sthe %s %s", cron_joint(n++, parts), ranks[rank], weekday_names[day]);
    if (parts) {
        buf_s(b, " of ");
        put_month(b, c);
    }
}

static void put_weekdays(struct buf *b, const struct cron *c)
{
    if (c->weekdays == 0x3e)
        buf_s(b, "every weekday");
    else if (c->weekdays == 0x41)
        buf_s(b, "every Saturday and Sunday");
    else if (c->weekdays) {
        buf_s(b, "every ");
        put_set(b, c->weekdays, weekday_names, 0);
    }
    if (c->weekdays && c->months != ALL_MONTHS) {
        buf_s(b, " in ");
        put_month(b, c);
    }
    put_nth(b, c);
}

/* Nothing for every day of the year. */
static void put_date(struct buf *b, const struct cron *c)
{
    bool any_day = c->days == ALL_DAYS, any_weekday = c->weekdays == ALL_WEEKDAYS;

    if (any_day && any_weekday) {
        if (c->months != ALL_MONTHS) {
            buf_s(b, "every day in ");
            put_month(b, c);
        }
    } else if (any_day && (c->day_star || c->weekday_star)) {
        put_weekdays(b, c);
    } else if (any_weekday && (c->day_star || c->weekday_star)) {
        put_days(b, c);
    } else {
        put_days(b, c);
        buf_s(b, c->day_star || c->weekday_star ? ", where that is also " : ", and also ");
        put_weekdays(b, c);
    }
}

/* ---- times ---- */

static void put_times(struct buf *b, const struct cron *c)
{
    int n = 0, all = count(c->minutes) * count(c->hours);

    for (int hour = 0; hour < 24; hour++)
        for (int minute = 0; minute < 60; minute++)
            if (c->hours >> hour & 1 && c->minutes >> minute & 1)
                buf_f(b, "%s%02d:%02d", cron_joint(n++, all), hour, minute);
}

static void put_hours(struct buf *b, const struct cron *c, const char *of_all)
{
    int by = stride(c->hours, 24);

    if (c->hours == ALL_HOURS) {
        buf_s(b, of_all);
    } else if (by && by < 12) {
        buf_f(b, " of every %d%s hour from 00 on", by, by == 2 ? "nd" : by == 3 ? "rd" : "th");
    } else {
        buf_s(b, count(c->hours) == 1 ? " of hour " : " of the hours ");
        put_set(b, c->hours, NULL, 0);
    }
}

static void put_rhythm(struct buf *b, const struct cron *c)
{
    int by = stride(c->minutes, 60), hours_by = stride(c->hours, 24);

    if (c->minutes == 1 && hours_by) {
        buf_s(b, hours_by == 1 ? "every hour" : "every ");
        if (hours_by > 1)
            buf_f(b, "%d hours", hours_by);
    } else if (by) {
        if (by == 1)
            buf_s(b, "every minute");
        else
            buf_f(b, "every %d minutes", by);
        put_hours(b, c, "");
    } else {
        buf_s(b, count(c->minutes) == 1 ? "at minute " : "at minutes ");
        put_set(b, c->minutes, NULL, 0);
        put_hours(b, c, " of every hour");
    }
}

const char *cron_words(struct arena *a, const struct cron *c, const struct zone *z)
{
    bool told_apart = count(c->minutes) * count(c->hours) <= TIMES_MAX;
    struct buf b, date;

    buf_init(&b, a, TEXT_MAX);
    buf_init(&date, a, TEXT_MAX);
    put_date(&date, c);
    if (told_apart) {
        buf_f(&b, "%s at ", date.n ? buf_cstr(&date) : "every day");
        put_times(&b, c);
    } else {
        put_rhythm(&b, c);
        if (date.n)
            buf_f(&b, ", %s", buf_cstr(&date));
    }
    buf_f(&b, " (%s)", zone_name(z));
    return buf_cstr(&b);
}
