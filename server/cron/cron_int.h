#pragma once

#include "cron/cron.h"

#define DAY_S INT64_C(86400)

/* ---- the calendar ---- */

/* Days since 1970-01-01 in the Gregorian calendar, of any year. */
struct civil {
    int64_t year;
    int month, day; /* 1 to 12, 1 to 31 */
};
int64_t civil_days(int64_t year, int month, int day);
struct civil civil_of(int64_t days);
int civil_month_days(int64_t year, int month);
int civil_weekday(int64_t days); /* 0: Sunday */

static inline int64_t floor_div(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

/* ---- zones ---- */

#define ZONE_FILE_MAX   ((size_t)64 << 10)
#define ZONE_NAME_MAX   64
#define ZONE_TIMES_MAX  4000
#define ZONE_OFFSET_MAX (26 * 3600) /* RFC 9636: between -25 and +26 hours */

/* A day of each year, as the footer of a TZif file names it (POSIX TZ, with RFC 9636's hours from -167 to 167). */
enum rule_kind { RULE_JULIAN, RULE_ZERO, RULE_MONTH }; /* J60: no 29th of February; 59; M3.5.0 */
struct rule {
    enum rule_kind kind;
    int day, week, month; /* day: of the year, or of the week */
    int32_t at_s;         /* wall clock, since that day's midnight */
};

/* What goes on beyond a file's table. */
struct forever {
    bool known, changes;
    int32_t standard_s, summer_s; /* ahead of UTC */
    struct rule begins, ends;     /* of summer time */
};
/* "CET-1CEST,M3.5.0,M10.5.0/3" */
bool forever_parse(struct str text, struct forever *out);
struct zone_span forever_at(const struct forever *f, int64_t utc_s);

struct zone_change {
    int64_t at_s;
    int32_t offset_s;
};
struct zone {
    const char *name;
    int32_t first_s; /* the offset before the first change */
    struct zone_change *changes;
    size_t n;
    struct forever forever;
};

/* The second block of a TZif file of version 2 or later (RFC 9636). False: it is none, or not one we take. */
bool tzif_read(struct arena *a, struct str file, struct zone *out);
/* No name of a zone leads out of the folder. */
bool zone_name_fits(struct str name);

/* ---- expressions ---- */

enum cron_field { CRON_MINUTE, CRON_HOUR, CRON_DAY, CRON_MONTH, CRON_WEEKDAY, CRON_FIELDS };

bool cron_day_fits(const struct cron *c, int64_t days);
/* The first local time from at_s on that the expression names, whatever the zone; seconds since 1970 on a clock without
 * changes. INT64_MAX: none before limit_s. */
int64_t cron_local(const struct cron *c, int64_t at_s, int64_t limit_s);
