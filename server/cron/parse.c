#include <string.h>
#include <strings.h>

#include "base/must.h"
#include "cron/cron_int.h"

/* From text to sets of numbers. */

static const char *const month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
static const char *const weekday_names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

static const struct {
    const char *name;
    int least, most;
    const char *const *names;
    int names_n;
} fields[CRON_FIELDS] = {
    [CRON_MINUTE] = {"the minute", 0, 59, NULL, 0},
    [CRON_HOUR] = {"the hour", 0, 23, NULL, 0},
    [CRON_DAY] = {"the day of the month", 1, 31, NULL, 0},
    [CRON_MONTH] = {"the month", 1, 12, month_names, 12},
    [CRON_WEEKDAY] = {"the day of the week", 0, 7, weekday_names, 7},
};

struct reader {
    struct arena *a;
    const char *begin, *p, *end; /* end: of the field */
    enum cron_field field;
    struct cron *c;
    uint64_t set; /* of the field */
    const char **out_why;
};

__attribute__((format(printf, 3, 4))) static bool faulty(struct reader *r, const char *at, const char *fmt, ...)
{
    const char *what;
    va_list ap;

    va_start(ap, fmt);
    what = arena_vf(r->a, fmt, ap);
    va_end(ap);
    *r->out_why = arena_f(r->a, "%s (field %d, column %d) %s", fields[r->field].name, r->field + 1,
                          (int)(at - r->begin) + 1, what);
    return false;
}

static int rest(const struct reader *r, const char *from)
{
    return (int)(r->end - from);
}

static bool take(struct reader *r, char c)
{
    if (r->p == r->end || (*r->p | 0x20) != (c | 0x20))
        return false;
    r->p++;
    return true;
}

static bool is_digit(const struct reader *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

static bool digits(struct reader *r, int least, int most, int *out)
{
    const char *from = r->p;
    int v = 0;

    while (is_digit(r) && v < 10000)
        v = v * 10 + *r->p++ - '0';
    if (r->p == from)
        return faulty(r, from, "ends where a number is expected");
    if (v < least || v > most || is_digit(r))
        return faulty(r, from, "has %.*s, which is not within %d and %d", (int)(r->p - from), from, least, most);
    *out = v;
    return true;
}

static bool value(struct reader *r, int *out)
{
    int least = fields[r->field].least;

    for (int i = 0; i < fields[r->field].names_n && r->end - r->p >= 3; i++)
        if (strncasecmp(r->p, fields[r->field].names[i], 3) == 0) {
            r->p += 3;
            *out = i + least;
            return true;
        }
    if (r->p < r->end && !is_digit(r))
        return faulty(r, r->p, "has \"%.*s\" where a number%s is expected", rest(r, r->p), r->p,
                      fields[r->field].names_n ? " or a name of three letters" : "");
    return digits(r, least, fields[r->field].most, out);
}

static void add(struct reader *r, int from, int to, int step)
{
    for (int v = from; v <= to; v += step)
        r->set |= UINT64_C(1) << (r->field == CRON_WEEKDAY ? v % 7 : v);
}

static bool step(struct reader *r, int from, int to)
{
    int by = 1, width = fields[r->field].most - fields[r->field].least + 1;

    if (take(r, '/') && !digits(r, 1, width, &by))
        return false;
    add(r, from, to, by);
    return true;
}

/* L, LW, 15W */
static bool special_day(struct reader *r, bool *out_met)
{
    const char *from = r->p;
    int day;

    *out_met = true;
    if (take(r, 'L')) {
        if (take(r, 'W'))
            r->c->last_workday = true;
        else
            r->c->last_day = true;
        return true;
    }
    if (is_digit(r)) {
        if (!digits(r, 1, 31, &day))
            return false;
        if (take(r, 'W')) {
            r->c->near_days |= UINT32_C(1) << day;
            return true;
        }
    }
    r->p = from;
    *out_met = false;
    return true;
}

/* Behind a day of the week: #2, L */
static bool special_weekday(struct reader *r, int weekday, bool *out_met)
{
    int n;

    *out_met = true;
    if (take(r, 'L')) {
        r->c->nth[weekday % 7] |= 1;
        return true;
    }
    *out_met = take(r, '#');
    if (!*out_met)
        return true;
    if (!digits(r, 1, 5, &n))
        return false;
    r->c->nth[weekday % 7] |= (uint8_t)(1 << n);
    return true;
}

static bool range(struct reader *r, const char *from_text, int from)
{
    int to;

    if (!value(r, &to))
        return false;
    if (r->field == CRON_WEEKDAY && to == 0 && from > 0) /* FRI-SUN */
        to = 7;
    if (to < from)
        return faulty(r, from_text, "has a range that runs backwards, from %d to %d: write two, %d-%d,%d-%d", from, to,
                      from, r->field == CRON_WEEKDAY ? 6 : fields[r->field].most, fields[r->field].least, to);
    return step(r, from, to);
}

static bool item(struct reader *r)
{
    const char *from_text = r->p;
    bool met = false;
    int from;

    if (take(r, '*'))
        return step(r, fields[r->field].least, r->field == CRON_WEEKDAY ? 6 : fields[r->field].most);
    if (r->field == CRON_DAY && !special_day(r, &met))
        return false;
    if (met)
        return true;
    if (!value(r, &from))
        return false;
    if (r->field == CRON_WEEKDAY && !special_weekday(r, from, &met))
        return false;
    if (met)
        return true;
    if (take(r, '-'))
        return range(r, from_text, from);
    if (r->p < r->end && *r->p == '/')
        return faulty(r, from_text, "has a step without a range: write %d-%d%.*s", from, fields[r->field].most,
                      rest(r, r->p), r->p);
    add(r, from, from, 1);
    return true;
}

static bool field(struct reader *r)
{
    do {
        if (r->p == r->end)
            return faulty(r, r->p, "ends where something more is expected");
        if (!item(r))
            return false;
    } while (take(r, ','));
    if (r->p < r->end)
        return faulty(r, r->p, "has \"%.*s\", which is not understood there", rest(r, r->p), r->p);
    return true;
}

static void keep(const struct reader *r, bool star)
{
    switch (r->field) {
    case CRON_MINUTE:
        r->c->minutes = r->set;
        r->c->follows = star;
        break;
    case CRON_HOUR:
        r->c->hours = (uint32_t)r->set;
        r->c->follows |= star;
        break;
    case CRON_DAY:
        r->c->days = (uint32_t)r->set;
        r->c->day_star = star;
        break;
    case CRON_MONTH:
        r->c->months = (uint16_t)r->set;
        break;
    default:
        r->c->weekdays = (uint8_t)r->set;
        r->c->weekday_star = star;
    }
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct str trimmed(struct str text)
{
    while (text.n && is_space(text.p[0]))
        text = (struct str){text.p + 1, text.n - 1};
    while (text.n && is_space(text.p[text.n - 1]))
        text.n--;
    return text;
}

static const char *nickname(struct str text)
{
    static const char *const known[][2] = {
        {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
        {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_is_nocase(text, known[i][0]))
            return known[i][1];
    return NULL;
}

static bool fields_read(struct reader *r, struct str text)
{
    const char *end = text.p + text.n;
    bool star;

    for (int f = 0; f < CRON_FIELDS; f++) {
        while (r->p < end && is_space(*r->p))
            r->p++;
        if (r->p == end) {
            *r->out_why = arena_f(r->a, "%d of five fields: minute, hour, day of the month, month, day of the week", f);
            return false;
        }
        for (r->end = r->p; r->end < end && !is_space(*r->end);)
            r->end++;
        r->field = (enum cron_field)f;
        r->set = 0;
        star = *r->p == '*';
        if (!field(r))
            return false;
        keep(r, star);
    }
    if (r->p == end)
        return true;
    while (is_space(*r->p)) /* something is behind it: the text is trimmed */
        r->p++;
    *r->out_why = arena_f(r->a, "more than five fields, from column %d on", (int)(r->p - r->begin) + 1);
    return false;
}

static bool comes_up(const struct cron *c)
{
    int64_t from = civil_days(2000, 1, 1) * DAY_S;

    return cron_local(c, from, from + CRON_YEARS_MAX * 366 * DAY_S) < INT64_MAX;
}

bool cron_parse(struct arena *a, struct str text, struct cron *out, const char **out_why)
{
    struct cron c = {0};
    struct reader r = {.a = a, .c = &c, .out_why = out_why};
    const char *meant;

    if (text.n > CRON_TEXT_MAX) {
        *out_why = arena_f(a, "longer than %d characters", CRON_TEXT_MAX);
        return false;
    }
    r.begin = text.p;
    text = trimmed(text);
    meant = nickname(text);
    if (!meant && text.n && *text.p == '@') {
        *out_why = "of words there are @hourly, @daily, @weekly, @monthly and @yearly";
        return false;
    }
    if (meant)
        text = str_of(meant);
    r.p = text.p;
    if (!fields_read(&r, text))
        return false;
    if (!comes_up(&c)) {
        *out_why = "there is no such day";
        return false;
    }
    *out = c;
    return true;
}
