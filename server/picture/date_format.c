#include "picture/picture_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"

/* $fromMillis. */

struct writing {
    struct arena *arena;
    int64_t ms;     /* as the zone's clocks show it */
    int64_t offset; /* of the zone, in minutes */
    struct buf out;
    struct str *value;
};

static const char *component_fault(struct writing *w, const char *code, uint32_t component)
{
    *w->value = picture_runes_text(w->arena, (struct picture_runes){&component, 1});
    return code;
}

static void put_name(struct buf *out, const char *name, size_t n, enum picture_case letters)
{
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        if (letters == PICTURE_LOWER && c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        else if (letters == PICTURE_UPPER && c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        buf_c(out, c);
    }
}

static const char *write_name(struct writing *w, const struct picture_part *part)
{
    int64_t count = picture_component(w->ms, part->component);
    const char *name;
    size_t n;

    if (part->component == 'M' || part->component == 'x')
        name = picture_month_name(count);
    else if (part->component == 'F')
        name = picture_day_name(count);
    else
        return component_fault(w, "D3133", part->component);
    n = strlen(name);
    if (part->width_max >= 0 && (int64_t)n > part->width_max)
        n = (size_t)part->width_max;
    put_name(&w->out, name, n, part->letters);
    return NULL;
}

static int64_t power10(int n)
{
    int64_t v = 1;

    while (n-- > 0)
        v *= 10;
    return v;
}

static const char *write_number(struct writing *w, const struct picture_part *part)
{
    int64_t v = picture_component(w->ms, part->component);

    if (part->component == 'Y' && part->year_digits >= 0 && part->year_digits < 10)
        v %= power10(part->year_digits);
    return picture_integer_put(w->arena, picture_int(v), &part->format, &w->out, w->value);
}

/* Hours and minutes as one number of the picture, or hours and, when there are any, minutes. The sign is the whole
 * offset's: the reference takes half an hour west of Greenwich for another hour. */
static const char *write_offset(struct writing *w, const struct picture_part *part)
{
    int64_t minutes = llabs(w->offset);
    struct picture_number whole = picture_int(minutes / 60 * 100 + minutes % 60);
    const struct picture_integer *f = &part->format;
    bool digits = f->primary == PICTURE_DECIMALS;
    const char *code;

    buf_c(&w->out, w->offset < 0 ? '-' : '+');
    if (digits && (f->regular || f->mandatory == 3 || f->mandatory == 4))
        return picture_integer_put(w->arena, whole, f, &w->out, w->value);
    if (!digits || f->mandatory > 2) {
        *w->value = str_of(digits ? arena_f(w->arena, "%zu", f->mandatory) : "");
        return "D3134";
    }
    code = picture_integer_put(w->arena, picture_int(minutes / 60), f, &w->out, w->value);
    if (!code && minutes % 60)
        buf_f(&w->out, ":%02d", (int)(minutes % 60));
    return code;
}

static const char *write_zone(struct writing *w, const struct picture_part *part)
{
    size_t before = w->out.n;
    const char *code;

    if (part->component == 'z')
        buf_s(&w->out, "GMT");
    code = write_offset(w, part);
    if (!code && w->offset == 0 && part->z_for_utc) {
        w->out.n = before;
        buf_c(&w->out, 'Z');
    }
    return code;
}

static const char *write_component(struct writing *w, const struct picture_part *part)
{
    switch (part->component) {
    case 'Z':
    case 'z':
        return write_zone(w, part);
    case 'P':
        put_name(&w->out, picture_component(w->ms, 'P') ? "pm" : "am", 2,
                 part->names && part->letters == PICTURE_UPPER ? PICTURE_UPPER : PICTURE_LOWER);
        return NULL;
    case 'C':
    case 'E':
        buf_s(&w->out, "ISO");
        return NULL;
    case 'f':
        return part->names ? component_fault(w, "D3133", 'f') : write_number(w, part);
    default:
        return part->names ? write_name(w, part) : write_number(w, part);
    }
}

static bool read_two(struct str s, size_t at, int64_t *out)
{
    if (at + 2 > s.n || s.p[at] < '0' || s.p[at] > '9' || s.p[at + 1] < '0' || s.p[at + 1] > '9')
        return false;
    *out = (s.p[at] - '0') * 10 + (s.p[at + 1] - '0');
    return true;
}

/* Up to four digits that are hours and minutes in one number. */
static bool read_joined(struct str s, size_t at, int64_t *minutes)
{
    int64_t v = 0;

    if (at == s.n || s.n - at > 4)
        return false;
    for (; at < s.n; at++) {
        if (s.p[at] < '0' || s.p[at] > '9')
            return false;
        v = v * 10 + (s.p[at] - '0');
    }
    *minutes = v / 100 * 60 + v % 100;
    return true;
}

/* "+hhmm" and its shorter forms, as JSONata takes them; and "+hh:mm", which it would misread. */
static bool read_zone(struct str s, int64_t *out)
{
    size_t at = s.n && (s.p[0] == '+' || s.p[0] == '-');
    int64_t hours, minutes;

    if (s.n - at == 5 && s.p[at + 2] == ':') {
        if (!read_two(s, at, &hours) || !read_two(s, at + 3, &minutes))
            return false;
        minutes += hours * 60;
    } else if (!read_joined(s, at, &minutes)) {
        return false;
    }
    *out = s.n && s.p[0] == '-' ? -minutes : minutes;
    return true;
}

static bool read_millis(struct picture_number n, int64_t *out)
{
    if (!n.exact && !(fabs(n.d) <= (double)PICTURE_MOMENT_MS))
        return false;
    *out = n.exact ? n.i : (int64_t)n.d;
    return *out >= -PICTURE_MOMENT_MS && *out <= PICTURE_MOMENT_MS;
}

static const char *write_parts(struct writing *w, const struct picture_date *date)
{
    const char *code = NULL;

    for (size_t k = 0; k < date->n && !code; k++) {
        const struct picture_part *part = &date->parts[k];
        if (part->component)
            code = write_component(w, part);
        for (size_t i = 0; i < part->literal.n; i++)
            picture_put(&w->out, part->literal.p[i]);
    }
    return !code && w->out.full ? PICTURE_TOO_LARGE : code;
}

static void put_padded(struct buf *out, int v, int digits)
{
    char text[4];

    for (int i = digits; i-- > 0; v /= 10)
        text[i] = (char)('0' + v % 10);
    buf_add(out, text, (size_t)digits);
}

static void put_clock(struct buf *out, int64_t ms)
{
    static const struct {
        char before, component;
        int digits;
    } parts[] = {{'T', 'H', 2}, {':', 'm', 2}, {':', 's', 2}, {'.', 'f', 3}};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        buf_c(out, parts[i].before);
        put_padded(out, (int)picture_component(ms, (unsigned char)parts[i].component), parts[i].digits);
    }
}

/* The usual picture, [Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t], by the short way. */
static void write_iso(struct writing *w)
{
    int year, month, day;
    int zone = (int)llabs(w->offset);

    time_civil(w->ms * 1000, &year, &month, &day);
    buf_s(&w->out, year < 0 ? "-" : "");
    put_padded(&w->out, abs(year % 10000), 4);
    buf_c(&w->out, '-');
    put_padded(&w->out, month, 2);
    buf_c(&w->out, '-');
    put_padded(&w->out, day, 2);
    put_clock(&w->out, w->ms);
    if (w->offset == 0) {
        buf_c(&w->out, 'Z');
        return;
    }
    buf_c(&w->out, w->offset < 0 ? '-' : '+');
    put_padded(&w->out, zone / 60, 2);
    buf_c(&w->out, ':');
    put_padded(&w->out, zone % 60, 2);
}

static const char *write_by(struct writing *w, const struct picture_date *picture)
{
    if (picture)
        return write_parts(w, picture);
    write_iso(w);
    return NULL;
}

const char *picture_from_millis(struct arena *a, struct picture_number millis, const struct picture_date *picture,
                                const struct str *zone, struct str *out, struct str *value)
{
    struct writing w = {.arena = a, .value = value};
    const char *code;

    *value = (struct str){0};
    if (zone && !read_zone(*zone, &w.offset)) {
        *value = *zone;
        return PICTURE_NO_ZONE;
    }
    if (!read_millis(millis, &w.ms) || !read_millis(picture_int(w.ms + w.offset * 60000), &w.ms))
        return PICTURE_TOO_LARGE;
    buf_init(&w.out, a, 64 * 1024);
    code = write_by(&w, picture);
    if (!code)
        *out = buf_str(&w.out);
    return code;
}
