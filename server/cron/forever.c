#include "cron/cron_int.h"

/* What a zone's clock does beyond the table of its file: the footer, a POSIX TZ string. */

struct text {
    const char *p, *end;
};

static bool take(struct text *t, char c)
{
    if (t->p == t->end || *t->p != c)
        return false;
    t->p++;
    return true;
}

static bool number(struct text *t, int most, int *out)
{
    const char *from = t->p;
    int v = 0;

    while (t->p < t->end && *t->p >= '0' && *t->p <= '9' && t->p - from < 4)
        v = v * 10 + *t->p++ - '0';
    if (t->p == from || v > most)
        return false;
    *out = v;
    return true;
}

/* [+-]h[h][:mm[:ss]] */
static bool span(struct text *t, int hours_most, int32_t *out)
{
    bool back = take(t, '-');
    int h, m = 0, s = 0;

    if (!back)
        take(t, '+');
    if (!number(t, hours_most, &h))
        return false;
    if (take(t, ':') && (!number(t, 59, &m) || (take(t, ':') && !number(t, 59, &s))))
        return false;
    *out = (back ? -1 : 1) * (h * 3600 + m * 60 + s);
    return true;
}

/* "CET", "<+0330>" */
static bool name(struct text *t)
{
    bool quoted = take(t, '<');
    const char *from = t->p;

    while (t->p < t->end && ((*t->p | 0x20) >= 'a' && (*t->p | 0x20) <= 'z'
                                 ? true
                                 : quoted && ((*t->p >= '0' && *t->p <= '9') || *t->p == '+' || *t->p == '-')))
        t->p++;
    return t->p - from >= 3 && (!quoted || take(t, '>'));
}

static bool rule_day(struct text *t, struct rule *out)
{
    if (take(t, 'M')) {
        out->kind = RULE_MONTH;
        return number(t, 12, &out->month) && out->month > 0 && take(t, '.') && number(t, 5, &out->week) &&
               out->week > 0 && take(t, '.') && number(t, 6, &out->day);
    }
    if (take(t, 'J')) {
        out->kind = RULE_JULIAN;
        return number(t, 365, &out->day) && out->day > 0;
    }
    out->kind = RULE_ZERO;
    return number(t, 365, &out->day);
}

static bool rule(struct text *t, struct rule *out)
{
    out->at_s = 2 * 3600;
    return take(t, ',') && rule_day(t, out) && (!take(t, '/') || span(t, 167, &out->at_s));
}

/* POSIX counts what is added to reach UTC, and everybody else what is added to UTC. */
bool forever_parse(struct str text, struct forever *out)
{
    struct text t = {text.p, text.p + text.n};
    struct forever f = {.known = true};

    if (!name(&t) || !span(&t, 24, &f.standard_s))
        return false;
    f.standard_s = -f.standard_s;
    if (t.p < t.end) {
        f.changes = true;
        if (!name(&t))
            return false;
        f.summer_s = f.standard_s + 3600;
        if (t.p < t.end && *t.p != ',') {
            if (!span(&t, 24, &f.summer_s))
                return false;
            f.summer_s = -f.summer_s;
        }
        if (!rule(&t, &f.begins) || !rule(&t, &f.ends) || t.p != t.end)
            return false;
    }
    *out = f;
    return true;
}

static int64_t rule_days(const struct rule *r, int64_t year)
{
    int64_t first = civil_days(year, 1, 1);
    int day;

    if (r->kind == RULE_ZERO)
        return first + r->day;
    if (r->kind == RULE_JULIAN)
        return first + r->day - 1 + (r->day >= 60 && civil_month_days(year, 2) == 29);
    first = civil_days(year, r->month, 1);
    day = (r->day - civil_weekday(first) + 7) % 7 + (r->week - 1) * 7;
    if (day >= civil_month_days(year, r->month)) /* week 5 is the last there is */
        day -= 7;
    return first + day;
}

/* Each is told in the clock that it ends. */
static struct zone_change begins(const struct forever *f, int64_t year)
{
    return (struct zone_change){rule_days(&f->begins, year) * DAY_S + f->begins.at_s - f->standard_s, f->summer_s};
}

static struct zone_change ends(const struct forever *f, int64_t year)
{
    return (struct zone_change){rule_days(&f->ends, year) * DAY_S + f->ends.at_s - f->summer_s, f->standard_s};
}

struct zone_span forever_at(const struct forever *f, int64_t utc_s)
{
    struct zone_span span = {INT64_MIN, INT64_MAX, f->standard_s};
    int64_t year = civil_of(floor_div(utc_s, DAY_S)).year;

    if (!f->changes)
        return span;
    for (int64_t y = year - 1; y <= year + 1; y++) {
        struct zone_change both[2] = {begins(f, y), ends(f, y)};

        for (int i = 0; i < 2; i++) {
            /* At one instant summer time's beginning counts after its end: "all year" is written that way. */
            if (both[i].at_s <= utc_s && (both[i].at_s > span.from_s || (both[i].at_s == span.from_s && i == 0))) {
                span.from_s = both[i].at_s;
                span.offset_s = both[i].offset_s;
            }
            if (both[i].at_s > utc_s && both[i].at_s < span.until_s)
                span.until_s = both[i].at_s;
        }
    }
    return span;
}
