#include "picture/picture_int.h"

#include <string.h>

/* $toMillis with a picture: what the components say, put together. */

#define FIELD_MAX INT64_C(10000000000000) /* what no component of a moment can be */

struct field {
    bool present;
    int64_t v;
};

struct fields {
    struct field of[128]; /* by the component's letter */
    bool seen;            /* any component at all */
    bool unreadable;      /* one of them was not understood */
};

static void read_number(struct arena *a, struct picture_runes r, const struct picture_part *p, struct fields *f)
{
    struct picture_reading got = picture_integer_read(a, r, &p->format, true);
    struct field *field = &f->of[p->component];

    field->present = true;
    field->v = got.n.i;
    if (!got.known || !got.n.exact || got.n.i > FIELD_MAX || got.n.i < -FIELD_MAX)
        f->unreadable = true;
}

/* Milliseconds: three digits, of which the missing are zeros. */
static void read_fraction(struct picture_runes r, uint32_t zero, struct field *field)
{
    int64_t v = 0;

    for (size_t i = 0; i < 3; i++)
        v = v * 10 + (i < r.n ? picture_digit_value(r.p[i], zero) : 0);
    *field = (struct field){true, v};
}

static int64_t digits_value(struct picture_runes r, uint32_t zero)
{
    int64_t v = 0;

    for (size_t i = 0; i < r.n; i++) {
        if (v < FIELD_MAX)
            v = v * 10 + picture_digit_value(r.p[i], zero);
    }
    return v;
}

/* Minutes. Without a separator one or two digits are hours, of more the last two are minutes. The sign goes for the
 * minutes too, which the reference forgets. */
static void read_zone(struct picture_runes r, const struct picture_part *p, struct field *field)
{
    uint32_t separator = picture_zone_separator(p);
    uint32_t zero = p->format.zero ? p->format.zero : '0';
    size_t sign = p->component == 'z' ? 3 : 0;
    struct picture_runes digits = picture_slice(r, sign + 1, r.n);
    size_t cut = separator ? picture_find(digits, separator, 0) : digits.n > 2 ? digits.n - 2 : digits.n;
    int64_t v = digits_value(picture_slice(digits, 0, cut), zero) * 60 +
                digits_value(picture_slice(digits, cut + (separator ? 1 : 0), digits.n), zero);

    *field = (struct field){true, r.p[sign] == '-' ? -v : v};
}

static bool name_is(struct picture_runes r, const char *name, int64_t width)
{
    size_t n = strlen(name);

    if (width > 0 && (size_t)width < n)
        n = (size_t)width;
    if (r.n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (picture_lower(r.p[i]) != picture_lower((unsigned char)name[i]))
            return false;
    return true;
}

static const char *name_of(uint32_t component, int64_t i)
{
    if (component == 'P')
        return i == 1 ? "am" : "pm";
    return component == 'F' ? picture_day_name(i) : picture_month_name(i);
}

/* Which of the component's names it is, counted from 1, the last of those that are cut to the same; 0 when nobody has
 * that name. */
static int64_t name_index(struct picture_runes r, const struct picture_part *p)
{
    int64_t count = p->component == 'P' ? 2 : p->component == 'F' ? 7 : 12;

    for (int64_t i = count; i > 0; i--)
        if (name_is(r, name_of(p->component, i), p->component == 'P' ? -1 : p->width_max))
            return i;
    return 0;
}

/* A name that nobody has is as if it were not there, save that no moment comes of it. A day of the week decides
 * nothing, so that its name does not matter. */
static void read_name(struct picture_runes r, const struct picture_part *p, struct fields *f)
{
    int64_t index = name_index(r, p);

    f->of[p->component] = (struct field){index > 0, p->component == 'P' ? index - 1 : index};
    if (!index && p->component != 'F')
        f->unreadable = true;
}

static void read_part(struct arena *a, struct picture_runes r, const struct picture_part *p, struct fields *f)
{
    struct field *field = &f->of[p->component];

    f->seen = true;
    if (p->component == 'Z' || p->component == 'z')
        read_zone(r, p, field);
    else if (p->component == 'f')
        read_fraction(r, p->numbered && p->format.zero ? p->format.zero : '0', field);
    else if (p->numbered)
        read_number(a, r, p, f);
    else
        read_name(r, p, f);
}

/* --- Which components make a moment */

/* Zero does not count as said. */
static bool only(const struct fields *f, const char *all, const char *allowed)
{
    bool any = false;

    for (; *all; all++) {
        const struct field *field = &f->of[(unsigned char)*all];
        if (!field->present || field->v == 0)
            continue;
        if (!strchr(allowed, *all))
            return false;
        any = true;
    }
    return any;
}

/* Its components from the largest on: a year with a month and a day or with a day of its own, or weeks. */
static const char *date_order(const struct fields *f)
{
    static const char all[] = "YXMxWwdD";

    if (only(f, all, "YMD"))
        return "YMD";
    if (only(f, all, "Yd"))
        return "Yd";
    if (only(f, all, "Xxw"))
        return "XxwF";
    return only(f, all, "XW") ? "XWF" : "YMD";
}

static const char *time_order(const struct fields *f)
{
    static const char all[] = "PHhmsf";

    return !only(f, all, "Hmsf") && only(f, all, "Phmsf") ? "Phmsf" : "Hmsf";
}

/* What stands for a component that nobody gave: what is so now in front of those that are given, the least there is
 * behind them. Half a day is always the first one, whatever the time is now. */
static int64_t supplied(char component, bool before, int64_t now_ms)
{
    if (before)
        return component == 'P' ? 0 : picture_component(now_ms, (unsigned char)component);
    return strchr("MDd", component) ? 1 : 0;
}

/* A gap between components that are given is refused. */
static const char *complete(struct fields *f, const char *order, int64_t now_ms, int *stage)
{
    enum { BEFORE, WITHIN, BEHIND };

    for (; *order; order++) {
        struct field *field = &f->of[(unsigned char)*order];
        if (field->present && *stage == BEHIND)
            return "D3136";
        if (field->present)
            *stage = WITHIN;
        else if (*stage != BEFORE)
            *stage = BEHIND;
        if (!field->present)
            *field = (struct field){true, supplied(*order, *stage == BEFORE, now_ms)};
    }
    return NULL;
}

static int64_t day_of(const struct fields *f, const char *order)
{
    int64_t year = f->of['Y'].v, month = f->of['M'].v;

    if (year >= 0 && year <= 99)
        year += 1900; /* as ECMAScript's Date.UTC takes it */
    if (strcmp(order, "Yd") == 0)
        return picture_days(year, 1, 1) + f->of['d'].v - 1;
    return picture_days(year, month > 0 ? month : 1, 1) + f->of['D'].v - 1;
}

static int64_t hour_of(const struct fields *f, const char *order)
{
    int64_t hour = f->of['h'].v == 12 ? 0 : f->of['h'].v;

    if (*order != 'P')
        return f->of['H'].v;
    return f->of['P'].v == 1 ? hour + 12 : hour;
}

static __int128 moment_of(const struct fields *f, const char *date, const char *time)
{
    __int128 minutes = (__int128)hour_of(f, time) * 60 + f->of['m'].v;
    int64_t zone = f->of['Z'].v ? f->of['Z'].v : f->of['z'].v;

    return (__int128)day_of(f, date) * PICTURE_DAY_MS + (minutes - zone) * 60000 + (__int128)f->of['s'].v * 1000 +
           f->of['f'].v;
}

static const char *assemble(struct fields *f, int64_t now_ms, struct picture_reading *out)
{
    const char *date = date_order(f), *time = time_order(f), *code;
    int stage = 0;
    __int128 ms;

    code = complete(f, date, now_ms, &stage);
    if (!code)
        code = complete(f, time, now_ms, &stage);
    if (!code && *date == 'X')
        code = "D3136"; /* weeks are not read: JSONata does not either */
    if (code)
        return code;
    ms = moment_of(f, date, time);
    *out = (struct picture_reading){0};
    if (!f->unreadable && ms >= -PICTURE_MOMENT_MS && ms <= PICTURE_MOMENT_MS)
        *out = (struct picture_reading){true, picture_int((int64_t)ms)};
    return NULL;
}

/* Components that can be written but not read. */
static const char *check_readable(struct arena *a, const struct picture_date *date, struct str *value)
{
    for (size_t k = 0; k < date->n; k++) {
        const struct picture_part *p = &date->parts[k];
        if (!p->component || strchr("Zzf", (int)p->component))
            continue;
        if (p->numbered && p->format.primary == PICTURE_SEQUENCE) {
            *value = picture_runes_text(a, p->format.token);
            return "D3130";
        }
        if (!p->numbered && !strchr("MxFP", (int)p->component)) {
            *value = picture_runes_text(a, (struct picture_runes){&p->component, 1});
            return "D3133";
        }
    }
    return NULL;
}

static const char *read_by(struct arena *a, struct picture_runes text, const struct picture_date *date, int64_t now_ms,
                           struct picture_reading *out)
{
    size_t *ends = ARENA_ARRAY(a, size_t, date->n + 1);
    struct fields *f = ARENA_NEW(a, struct fields);

    *out = (struct picture_reading){0};
    if (!picture_date_match(a, text, date, ends))
        return NULL;
    for (size_t k = 0; k < date->n; k++)
        if (date->parts[k].component)
            read_part(a, picture_slice(text, k ? ends[k - 1] : 0, ends[k]), &date->parts[k], f);
    return f->seen ? assemble(f, now_ms, out) : NULL;
}

const char *picture_to_millis(struct arena *a, struct str text, const struct picture_date *picture, int64_t now_ms,
                              struct picture_reading *out, struct str *value)
{
    int64_t ms;
    const char *code;

    *value = (struct str){0};
    if (!picture) {
        *value = text;
        if (!picture_iso_read(text, &ms))
            return "D3110";
        *value = (struct str){0};
        *out = (struct picture_reading){true, picture_int(ms)};
        return NULL;
    }
    code = check_readable(a, picture, value);
    if (!code && text.n > PICTURE_DATE_MAX)
        code = PICTURE_TOO_LARGE;
    return code ? code : read_by(a, picture_runes_of(a, text), picture, now_ms, out);
}
