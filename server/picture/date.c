#include "picture/picture_int.h"

#include <string.h>

#include "base/must.h"

/* A date's picture in its parts: literals, and components with how they are written. */

/* Each component with how it is written unless the picture says. */
static const struct {
    char component;
    const char *presentation;
} components[] = {
    {'Y', "1"}, {'M', "1"},     {'D', "1"},     {'d', "1"}, {'F', "n"}, {'W', "1"},  {'w', "1"},
    {'X', "1"}, {'x', "1"},     {'H', "1"},     {'h', "1"}, {'P', "n"}, {'m', "01"}, {'s', "01"},
    {'f', "1"}, {'Z', "01:01"}, {'z', "01:01"}, {'C', "n"}, {'E', "n"},
};

static const char *usual_presentation(uint32_t component)
{
    for (size_t i = 0; i < ARRAY_LEN(components); i++)
        if ((uint32_t)components[i].component == component)
            return components[i].presentation;
    return NULL;
}

static bool is_one_of(uint32_t rune, const char *set)
{
    return rune && rune < 0x80 && strchr(set, (int)rune);
}

/* "]]" stands for one. */
static void add_literal(struct arena *a, struct picture_date *date, struct picture_runes text)
{
    uint32_t *p = ARENA_ARRAY(a, uint32_t, text.n + 1);
    size_t n = 0;

    if (text.n == 0)
        return;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ']' && i + 1 < text.n && text.p[i + 1] == ']')
            i++;
        p[n++] = text.p[i];
    }
    date->parts[date->n++] = (struct picture_part){.literal = {p, n}};
}

static struct picture_runes without_space(struct arena *a, struct picture_runes text)
{
    uint32_t *p = ARENA_ARRAY(a, uint32_t, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        if (!picture_is_space(text.p[i]))
            p[n++] = text.p[i];
    return (struct picture_runes){p, n};
}

/* The digits a width begins with, as far as they are of use; -1 when there are none. */
static int64_t read_width(struct picture_runes r)
{
    int64_t v = -1;

    for (size_t i = 0; i < r.n && r.p[i] >= '0' && r.p[i] <= '9' && v <= PICTURE_WIDTH; i++)
        v = (v < 0 ? 0 : v * 10) + (int64_t)(r.p[i] - '0');
    return v;
}

/* ",min-max" behind the marker's last comma; gives what stands before it. */
static struct picture_runes cut_width(struct picture_runes marker, struct picture_part *part)
{
    struct picture_runes width;
    size_t comma = marker.n, dash;

    part->width_min = part->width_max = -1;
    for (size_t i = 0; i < marker.n; i++)
        if (marker.p[i] == ',')
            comma = i;
    if (comma == marker.n)
        return marker;
    width = picture_slice(marker, comma + 1, marker.n);
    dash = picture_find(width, '-', 0);
    part->width_min = read_width(picture_slice(width, 0, dash));
    if (dash < width.n)
        part->width_max = read_width(picture_slice(width, dash + 1, width.n));
    return picture_slice(marker, 0, comma);
}

/* What stands between the component's letter and its width: how to write it, and one letter more. */
struct presentation {
    struct picture_runes first;
    uint32_t second; /* 0 when not said */
};

static struct presentation split_presentation(struct arena *a, uint32_t component, struct picture_runes said)
{
    uint32_t last = said.n ? said.p[said.n - 1] : 0;

    if (said.n == 0)
        return (struct presentation){.first = picture_runes_of(a, str_of(usual_presentation(component)))};
    if (said.n > 1 && is_one_of(last, "atco"))
        return (struct presentation){picture_slice(said, 0, said.n - 1), last};
    return (struct presentation){.first = said};
}

static void set_names(struct picture_runes first, struct picture_part *part)
{
    part->names = first.n && (first.p[0] == 'n' || first.p[0] == 'N');
    if (!part->names)
        return;
    part->letters = first.p[0] == 'n' ? PICTURE_LOWER : PICTURE_UPPER;
    if (first.p[0] == 'N' && first.n > 1 && first.p[1] == 'n')
        part->letters = PICTURE_TITLE;
}

static void widen(struct picture_part *part)
{
    struct picture_integer *f = &part->format;
    bool digits = f->primary == PICTURE_DECIMALS;

    if (digits && part->width_min > (int64_t)f->mandatory)
        f->mandatory = (size_t)part->width_min;
    if (part->component != 'Y')
        return;
    if (part->width_max >= 0) {
        part->year_digits = (int)part->width_max;
        f->mandatory = (size_t)part->width_max;
    } else if (digits && f->mandatory + f->optional >= 2) {
        part->year_digits = (int)(f->mandatory + f->optional);
    }
}

static const char *analyse_number(struct arena *a, struct presentation p, struct picture_date *date,
                                  struct picture_part *part)
{
    struct picture_part *before = date->n ? &date->parts[date->n - 1] : NULL;
    uint32_t *picture = ARENA_ARRAY(a, uint32_t, p.first.n + 2);
    size_t n = p.first.n;
    const char *code;

    memcpy(picture, p.first.p, n * sizeof(*picture));
    if (p.second && !is_one_of(part->component, "Zz")) {
        picture[n++] = ';';
        picture[n++] = p.second;
    }
    code = picture_integer_analyse(a, (struct picture_runes){picture, n}, &part->format);
    if (code)
        return code;
    part->numbered = true;
    if (is_one_of(part->component, "Zz"))
        return NULL;
    widen(part);
    if (before && before->numbered && before->format.primary == PICTURE_DECIMALS)
        before->fixed = before->format.mandatory;
    return NULL;
}

static const char *add_component(struct arena *a, struct picture_date *date, struct picture_runes marker,
                                 struct str *value)
{
    struct picture_part part = {.year_digits = -1};
    struct presentation p;
    const char *code = NULL;

    marker = cut_width(without_space(a, marker), &part);
    part.component = marker.n ? marker.p[0] : 0;
    if (!usual_presentation(part.component)) {
        *value = picture_runes_text(a, picture_slice(marker, 0, 1));
        return "D3132";
    }
    if (part.width_min > PICTURE_WIDTH || part.width_max > PICTURE_WIDTH)
        return PICTURE_TOO_LARGE;
    p = split_presentation(a, part.component, picture_slice(marker, 1, marker.n));
    part.z_for_utc = p.second == 't';
    set_names(p.first, &part);
    if (is_one_of(part.component, "Zz") || (!part.names && is_one_of(part.component, "YMDdFWwXxHhmsf")))
        code = analyse_number(a, p, date, &part);
    if (!code)
        date->parts[date->n++] = part;
    return code;
}

static const char *analyse(struct arena *a, struct picture_runes p, struct picture_date *date, struct str *value)
{
    size_t start = 0, open = picture_find(p, '[', 0);
    const char *code = NULL;

    for (; open < p.n && !code; open = picture_find(p, '[', start)) {
        add_literal(a, date, picture_slice(p, start, open));
        if (open + 1 < p.n && p.p[open + 1] == '[') {
            add_literal(a, date, picture_slice(p, open, open + 1));
            start = open + 2;
            continue;
        }
        start = picture_find(p, ']', open);
        if (start == p.n)
            return "D3135";
        code = add_component(a, date, picture_slice(p, open + 1, start), value);
        start++;
    }
    if (!code)
        add_literal(a, date, picture_slice(p, start, p.n));
    return code;
}

const char *picture_date_read(struct arena *a, struct str picture, const struct picture_date **out, struct str *value)
{
    struct picture_runes p;
    struct picture_date *date;
    size_t brackets = 0;
    const char *code;

    *value = (struct str){0};
    if (picture.n > PICTURE_MAX)
        return PICTURE_TOO_LARGE;
    p = picture_runes_of(a, picture);
    for (size_t i = 0; i < p.n; i++)
        brackets += p.p[i] == '[';
    date = ARENA_NEW(a, struct picture_date);
    date->parts = ARENA_ARRAY(a, struct picture_part, 2 * brackets + 1);
    code = analyse(a, p, date, value);
    if (!code)
        *out = date;
    return code;
}
