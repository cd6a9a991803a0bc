#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* cron: when an expression such as "30 6 * * MON-FRI" comes up in a time zone. Reads no clock and knows no job: whoever
 * asks says after which instant, and does with the answer what it likes.
 *
 * Five fields: minute (0-59), hour (0-23), day of the month (1-31), month (1-12 or JAN-DEC), day of the week (0-7 or
 * SUN-SAT; 0 and 7 are Sunday). Each is a list of *, a number, a range a-b, or a step through one of these ranges: * /
 * n without the spaces, a-b/n. A day of the month may be L (the last), 15W (the weekday nearest to the 15th, in the
 * same month) or LW (the last weekday); a day of the week FRI#2 (the second Friday) or FRIL (the last). @hourly,
 * @daily,
 * @weekly, @monthly and @yearly stand for the usual five.
 *
 * The fact people get wrong is an old rule of Vixie's cron: when neither day of the month nor day of the week begins
 * with *, a day that fits EITHER is one. "0 9 1 * MON" comes up on the first of each month and on each Monday. When one
 * begins with *, a day must fit both, so that "0 9 * / 2 * MON" is Mondays of odd date.
 *
 * Where clocks are changed there are two kinds of expressions, told apart as Vixie's cron tells them:
 *   Fixed, where neither the minute nor the hour begins with *: each time it names comes up once, at the first instant
 *   at which the clock on the wall reads it or something later. A time that does not exist in spring comes up when the
 *   gap is over, several of one gap together; one that exists twice in autumn comes up the first time. A whole day that
 *   a zone left out (Samoa's 30 December 2011) is a gap like another.
 *   Following, where one does: it comes up whenever the clock on the wall reads such a time, so that every 15 minutes
 *   stays every 15 minutes. What does not exist is left out, what exists twice comes up twice.
 */
#define CRON_TEXT_MAX 200
/* The 29th of February on one day of the week can be 40 years away, across 2100. What is further does not come up. */
#define CRON_YEARS_MAX 41

struct cron {
    uint64_t minutes;
    uint32_t hours, days, near_days; /* near_days: bit 15 is 15W */
    uint16_t months;
    uint8_t weekdays;  /* bit 0 is Sunday */
    uint8_t nth[7];    /* of each weekday: bits 1 to 5, and 0 for the last */
    bool last_day;     /* L */
    bool last_workday; /* LW */
    bool day_star;     /* begins with * */
    bool weekday_star;
    bool follows; /* the clock on the wall; else fixed */
};

/* False: *out_why says where and what, for a person. What can never come up ("0 0 30 2 *") is refused, too. */
bool cron_parse(struct arena *a, struct str text, struct cron *out, const char **out_why);

/* One of the system's zones, as its tzdata had them when they were first asked for; any thread's, read only, never
 * freed. Reading all of them blocks for some milliseconds: a server calls zone_load before its loops. */
struct zone;

void zone_load(void);
/* By the IANA name, as written there. NULL: there is none. */
const struct zone *zone_find(struct str name);
const char *zone_name(const struct zone *z);
size_t zone_count(void);
/* The names nearest to one that is none: "Europe/Berlin", "a or b", "a, b or c"; empty when none is near. */
const char *zone_near(struct arena *a, struct str name);

/* Since when and until when (exclusive; UTC, seconds since 1970) the clock on the wall is so far ahead of UTC.
 * INT64_MIN and INT64_MAX where that has no end. Neighbours may have the same offset. */
struct zone_span {
    int64_t from_s, until_s;
    int32_t offset_s;
};
struct zone_span zone_at(const struct zone *z, int64_t utc_s);
/* "2027-03-28 03:00 +02:00" */
const char *zone_text(struct arena *a, const struct zone *z, int64_t us);

/* The first time strictly after that one. False: none within CRON_YEARS_MAX, or after_us lies outside of the years 1 to
 * 9999. The next five times are five calls. */
bool cron_next(const struct cron *c, const struct zone *z, int64_t after_us, int64_t *out_us);

/* "every weekday at 06:30 (Europe/Berlin)" */
const char *cron_words(struct arena *a, const struct cron *c, const struct zone *z);
/* A sentence on what the next change of the zone's clock after that time does to the expression: "on 28 March 2027
 * 02:30 does not exist in Europe/Berlin: it runs at 03:00 instead". *out_us is when that is; INT64_MAX, and the
 * sentence says so, when no change is known within a year and a half. */
const char *cron_change_words(struct arena *a, const struct cron *c, const struct zone *z, int64_t after_us,
                              int64_t *out_us);
