#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kit/test.h"

#include "base/timefmt.h"
#include "cron/cron_int.h"

/* ---- by example ---- */

static const struct zone *zone(const char *name)
{
    const struct zone *z = zone_find(str_of(name));

    if (!z)
        test_failed(__FILE__, __LINE__, "%s is not there", name);
    return z;
}

static struct cron parsed(const char *text)
{
    const char *said = NULL;
    struct cron c = {0};

    if (!cron_parse(test_scope()->arena, str_of(text), &c, &said))
        test_failed(__FILE__, __LINE__, "\"%s\" is refused: %s", text, said);
    return c;
}

/* The next n times, as the clock on the wall has them, with a comma between. */
static const char *next(const char *text, const char *zone_text_, const char *after, int n)
{
    struct arena *a = test_scope()->arena;
    const struct zone *z = zone(zone_text_);
    struct cron c = parsed(text);
    const char *all = "";
    int64_t us = 0;

    CHECK(time_parse(str_of(after), &us));
    for (int i = 0; i < n; i++) {
        if (!cron_next(&c, z, us, &us))
            return arena_f(a, "%s%snever", all, i ? ", " : "");
        all = arena_f(a, "%s%s%s", all, i ? ", " : "", zone_text(a, z, us));
    }
    return all;
}

TEST(what_does_not_exist_comes_up_when_the_gap_is_over)
{
    CHECK_STR(next("30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", 2),
              "2027-03-28 03:00 +02:00, 2027-03-29 02:30 +02:00");
    CHECK_STR(next("0,30 2,3 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", 2),
              "2027-03-28 03:00 +02:00, 2027-03-28 03:30 +02:00");
    CHECK_STR(next("15 2 * * *", "Australia/Lord_Howe", "2027-10-02T12:00:00Z", 1), "2027-10-03 02:30 +11:00");
    CHECK_STR(next("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", 1), "2018-11-04 01:00 -02:00");
}

TEST(what_exists_twice_comes_up_the_first_time)
{
    CHECK_STR(next("30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z", 2),
              "2027-10-31 02:30 +02:00, 2027-11-01 02:30 +01:00");
    CHECK_STR(next("45 1 * * *", "Australia/Lord_Howe", "2027-04-03T12:00:00Z", 2),
              "2027-04-04 01:45 +11:00, 2027-04-05 01:45 +10:30");
    /* Asked in the middle of the second time, too. */
    CHECK_STR(next("30 2 * * *", "Europe/Berlin", "2027-10-31T01:15:00Z", 1), "2027-11-01 02:30 +01:00");
}

TEST(an_expression_that_follows_the_clock_keeps_its_rhythm)
{
    CHECK_STR(next("*/30 * * * *", "Europe/Berlin", "2027-03-28T00:00:00Z", 3),
              "2027-03-28 01:30 +01:00, 2027-03-28 03:00 +02:00, 2027-03-28 03:30 +02:00");
    CHECK_STR(next("0 * * * *", "Europe/Berlin", "2027-10-30T23:00:00Z", 3),
              "2027-10-31 02:00 +02:00, 2027-10-31 02:00 +01:00, 2027-10-31 03:00 +01:00");
    CHECK_STR(next("*/20 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", 1), "2027-03-29 02:00 +02:00");
}

TEST(a_day_that_a_zone_left_out_is_a_gap)
{
    CHECK_STR(next("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 1), "2011-12-31 00:00 +14:00");
    CHECK_STR(next("0 12 * * *", "Pacific/Apia", "2011-12-29T23:00:00Z", 2),
              "2011-12-31 00:00 +14:00, 2011-12-31 12:00 +14:00");
    CHECK_STR(next("0 */12 * * *", "Pacific/Apia", "2011-12-29T23:00:00Z", 2),
              "2011-12-31 00:00 +14:00, 2011-12-31 12:00 +14:00");
}

TEST(the_time_that_is_asked_from_does_not_count)
{
    CHECK_STR(next("0 0 * * *", "UTC", "2027-01-01T00:00:00Z", 1), "2027-01-02 00:00 +00:00");
    CHECK_STR(next("0 0 * * *", "UTC", "2026-12-31T23:59:59.999999Z", 1), "2027-01-01 00:00 +00:00");
}

TEST(rare_days_are_found)
{
    CHECK_STR(next("0 0 29 2 *", "UTC", "2096-02-29T00:00:00Z", 1), "2104-02-29 00:00 +00:00");
    CHECK_STR(next("0 0 29 2 */7", "UTC", "2061-01-01T00:00:00Z", 2),
              "2088-02-29 00:00 +00:00, 2128-02-29 00:00 +00:00"); /* 40 years, for want of one in 2100 */
    CHECK_STR(next("0 0 L 2 *", "UTC", "2027-06-01T00:00:00Z", 2), "2028-02-29 00:00 +00:00, 2029-02-28 00:00 +00:00");
    CHECK_STR(next("0 9 * * FRI#2", "UTC", "2027-01-01T00:00:00Z", 2),
              "2027-01-08 09:00 +00:00, 2027-02-12 09:00 +00:00");
    CHECK_STR(next("0 9 15W 8 *", "UTC", "2027-01-01T00:00:00Z", 1), "2027-08-16 09:00 +00:00"); /* a Sunday */
    CHECK_STR(next("0 9 1W 5 *", "UTC", "2027-01-01T00:00:00Z", 1), "2027-05-03 09:00 +00:00");  /* a Saturday */
    CHECK_STR(next("0 9 LW 10 *", "UTC", "2027-01-01T00:00:00Z", 1), "2027-10-29 09:00 +00:00"); /* the 31st: Sunday */
}

TEST(beyond_the_calendar_is_never)
{
    struct cron c = parsed("* * * * *");
    int64_t us = 7;

    CHECK(!cron_next(&c, zone("UTC"), INT64_MAX, &us));
    CHECK(!cron_next(&c, zone("UTC"), INT64_MIN, &us));
    CHECK_INT(us, 7);
}

/* ---- against brute force: minute after minute, by the library's clock and a matcher of its own ---- */

static uint64_t seed;
static int any(int below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((seed >> 33) % (uint64_t)below);
}

struct wanted {
    char text[CRON_TEXT_MAX];
    bool in[5][64];
    bool star[5];
    int nth_day, nth; /* nth 6: the last; 0: none */
    bool last, last_workday;
    int near;
};

static void put(struct wanted *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct wanted *w, const char *fmt, ...)
{
    size_t n = strlen(w->text);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->text + n, sizeof(w->text) - n, fmt, ap);
    va_end(ap);
}

static const int least[] = {0, 0, 1, 1, 0}, most[] = {59, 23, 31, 12, 6};

static void put_numbers(struct wanted *w, int f, int near)
{
    int items = 1 + any(3);

    for (int i = 0; i < items; i++) {
        int from = near >= 0 && any(2) ? near : least[f] + any(most[f] - least[f] + 1),
            to = from + any(most[f] - from + 1);
        int step = 1 + any(3) * any(f < 3 ? 7 : 3);

        if (i)
            put(w, ",");
        if (any(2)) {
            to = from;
            put(w, "%d", from);
        } else if (step > 1) {
            put(w, "%d-%d/%d", from, to, step);
        } else {
            put(w, "%d-%d", from, to);
        }
        for (int v = from; v <= to; v += step)
            w->in[f][v] = true;
    }
}

static void put_star(struct wanted *w, int f)
{
    int step = any(2) ? 1 : 1 + any(f == 0 ? 40 : 5);

    w->star[f] = true;
    put(w, step > 1 ? "*/%d" : "*", step);
    for (int v = least[f]; v <= most[f]; v += step)
        w->in[f][v] = true;
}

static void put_special(struct wanted *w, int f)
{
    if (f == 4) {
        w->nth_day = any(7);
        w->nth = 1 + any(6);
        if (w->nth == 6)
            put(w, "%dL", w->nth_day);
        else
            put(w, "%d#%d", w->nth_day, w->nth);
    } else if (any(3) == 0) {
        w->last = true;
        put(w, "L");
    } else if (any(2)) {
        w->last_workday = true;
        put(w, "LW");
    } else {
        w->near = 1 + any(31);
        put(w, "%dW", w->near);
    }
}

/* near_hour: so that many of them fall where the clock is changed. */
static void make(struct wanted *w, int near_hour)
{
    *w = (struct wanted){0};
    for (int f = 0; f < 5; f++) {
        int kind = any(10);

        if (f)
            put(w, " ");
        if (f >= 2 ? kind < 6 : kind < 3)
            put_star(w, f);
        else if ((f == 2 || f == 4) && kind == 9)
            put_special(w, f);
        else
            put_numbers(w, f, f == 1 ? near_hour : -1);
    }
}

static int last_of(const struct tm *tm)
{
    struct tm t = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon + 1, .tm_mday = 0, .tm_hour = 12};
    time_t at = timegm(&t);

    gmtime_r(&at, &t);
    return t.tm_mday;
}

/* By walking away from it a day at a time, alternately, within the month. */
static int near_weekday(const struct tm *tm, int day, int last)
{
    for (int away = 0; away < 4; away++)
        for (int sign = -1; sign <= 1; sign += 2) {
            int d = day + away * sign, weekday = ((tm->tm_wday + d - tm->tm_mday) % 7 + 7) % 7;

            if (d >= 1 && d <= last && weekday >= 1 && weekday <= 5)
                return d;
        }
    return 0;
}

static bool matches(const struct wanted *w, int64_t local_minute)
{
    time_t t = (time_t)(local_minute * 60);
    bool day, weekday;
    struct tm tm;
    int last;

    gmtime_r(&t, &tm);
    if (!w->in[0][tm.tm_min] || !w->in[1][tm.tm_hour] || !w->in[3][tm.tm_mon + 1])
        return false;
    last = last_of(&tm);
    day = w->in[2][tm.tm_mday] || (w->last && tm.tm_mday == last) ||
          (w->last_workday && tm.tm_mday == near_weekday(&tm, last, last)) ||
          (w->near && w->near <= last && tm.tm_mday == near_weekday(&tm, w->near, last));
    weekday = w->in[4][tm.tm_wday] || (w->nth && tm.tm_wday == w->nth_day &&
                                       (w->nth == 6 ? tm.tm_mday > last - 7 : (tm.tm_mday - 1) / 7 + 1 == w->nth));
    return w->star[2] || w->star[4] ? day && weekday : day || weekday;
}

#define WINDOW_MAX (400 * 1440)
static int64_t local[WINDOW_MAX]; /* minutes on the wall, for each minute of UTC */

struct window {
    const char *name;
    int64_t begin; /* UTC, minutes */
    int n;
};

static void window_read(const struct window *w)
{
    for (int i = 0; i < w->n; i++) {
        time_t t = (time_t)((w->begin + i) * 60);
        struct tm tm;

        localtime_r(&t, &tm);
        local[i] = (w->begin * 60 + i * 60 + tm.tm_gmtoff) / 60;
    }
}

/* Does it come up at the i-th minute? *high: the latest reading so far. */
static bool comes_up(const struct wanted *w, int i, int64_t *high)
{
    bool up = false;

    if (w->star[0] || w->star[1])
        return matches(w, local[i]);
    for (int64_t m = *high + 1; m <= local[i] && !up; m++)
        up = matches(w, m);
    if (local[i] > *high)
        *high = local[i];
    return up;
}

#define WARM_UP (3 * 1440)

static int compare(const struct window *win, const struct wanted *w)
{
    const struct zone *z = zone(win->name);
    struct cron c = parsed(w->text);
    int64_t high = local[0], us = (win->begin + WARM_UP) * 60000000 - 1, want;
    int told = 0;

    for (int i = 1; i < win->n; i++) {
        bool up = comes_up(w, i, &high);

        if (i < WARM_UP || !up)
            continue;
        told++;
        want = (win->begin + i) * 60000000;
        if (!cron_next(&c, z, us, &us) || us != want) {
            test_failed(__FILE__, __LINE__, "\"%s\" in %s: %s, not %s", w->text, win->name,
                        zone_text(test_scope()->arena, z, us), zone_text(test_scope()->arena, z, want));
            return told;
        }
    }
    if (cron_next(&c, z, us, &us) && us < (win->begin + win->n) * 60000000)
        test_failed(__FILE__, __LINE__, "\"%s\" in %s: %s is one too many", w->text, win->name,
                    zone_text(test_scope()->arena, z, us));
    return told;
}

static const char *const zones[] = {"Europe/Berlin",    "America/New_York",  "Australia/Lord_Howe", "Africa/Casablanca",
                                    "Asia/Kathmandu",   "America/Sao_Paulo", "Pacific/Apia",        "Asia/Gaza",
                                    "Africa/Cairo",     "America/Santiago",  "Europe/Dublin",       "America/Nuuk",
                                    "Antarctica/Troll", "Pacific/Chatham"};

/* The changes of a zone's clock that the library knows between 2008 and 2045. */
static int changes(int64_t out[200])
{
    int64_t from = 1199145600 / 60, until = 2366841600 / 60;
    int n = 0;
    long before = 0;

    for (int64_t m = from; m < until && n < 200; m += 15) {
        time_t t = (time_t)(m * 60);
        struct tm tm;

        localtime_r(&t, &tm);
        if (m > from && tm.tm_gmtoff != before)
            out[n++] = m;
        before = tm.tm_gmtoff;
    }
    return n;
}

/* A window of the peer's clock that begins WARM_UP before what is compared. */
static void window_open(struct window *w, const char *name, int64_t begin, int days)
{
    *w = (struct window){name, begin - WARM_UP, WARM_UP + days * 1440};
    window_read(w);
}

static void make_one_that_comes_up(struct wanted *w, int near_hour)
{
    struct arena *a = test_scope()->arena;
    const char *why = "";
    struct cron c;

    do
        make(w, near_hour);
    while (!cron_parse(a, str_of(w->text), &c, &why) && strcmp(why, "there is no such day") == 0);
}

static void peer_uses(const char *name)
{
    setenv("TZ", arena_f(test_scope()->arena, ":%s", name), 1);
    tzset();
}

TEST(around_every_change_of_a_clock_it_is_what_brute_force_finds)
{
    int windows = 0, times = 0;
    struct wanted wanted;
    struct window w;
    int64_t at[200];

    seed = 5;
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        int n;

        peer_uses(zones[i]);
        n = changes(at);
        for (int k = 0; k < 10; k++, windows++) {
            window_open(&w, zones[i], (n ? at[any(n)] : 29000000 + any(1000000)) - 2 * 1440, 5);
            for (int e = 0; e < 30; e++) {
                make_one_that_comes_up(&wanted, (int)((local[WARM_UP + 2 * 1440 - 1] / 60 + any(2)) % 24));
                times += compare(&w, &wanted);
            }
        }
    }
    printf("# %d expressions in %d windows came up %d times\n", windows * 30, windows, times);
    CHECK(times > 100000);
}

TEST(through_a_whole_year_it_is_what_brute_force_finds)
{
    struct wanted wanted;
    struct window w;

    seed = 7;
    for (int i = 0; i < 4; i++) {
        peer_uses(zones[i * 2 + 1]);
        window_open(&w, zones[i * 2 + 1], (INT64_C(1767225600) + any(300) * DAY_S) / 60, 380);
        for (int e = 0; e < 6; e++) {
            make_one_that_comes_up(&wanted, 2);
            compare(&w, &wanted);
        }
    }
}
