#include "x12/x12_int.h"

/* Elements by what is known of them. */

struct checker {
    struct arena *arena;
    const struct x12_separators *separators;
    bool short_dates; /* before 004010 */
    struct x12_set *set;
    const struct x12_segment *segment;
    uint32_t at;
    uint16_t element, component, repetition;
};

static void tell(const struct checker *c, const char *code, struct str value, bool rejects)
{
    x12_fault_add(c->arena, &c->set->faults,
                  &(struct x12_fault){.level = X12_ELEMENT,
                                      .code = code,
                                      .rejects = rejects,
                                      .segment = c->segment->id,
                                      .at = c->at,
                                      .element = c->element,
                                      .component = c->component,
                                      .repetition = c->repetition,
                                      .value = value});
}

/* ---- definitions: "A1-30M" ---- */

struct word {
    char type;
    bool needed;
    size_t min, max;
    const char *components; /* of a composite */
};

static size_t take_size(const char **p)
{
    size_t v = 0;

    for (; **p >= '0' && **p <= '9'; (*p)++)
        v = v * 10 + (size_t)(**p - '0');
    return v;
}

/* False at the end of what is known; *p then stands on the bar, on "...", or on the end. */
static bool take_word(const char **p, struct word *out)
{
    const char *start;

    while (**p == ' ')
        (*p)++;
    start = *p;
    if (*start == '\0' || *start == '|' || *start == '.')
        return false;
    *out = (struct word){.type = *(*p)++, .min = 4, .max = 8};
    if (out->type == 'C') {
        take_size(p);
        out->components = x12_composite_of(start, 4);
    } else if (out->type != 'D' && out->type != 'T') {
        out->min = take_size(p);
        (*p)++;
        out->max = take_size(p);
    }
    out->needed = **p == 'M';
    *p += out->needed;
    return true;
}

/* ---- values ---- */

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static int two(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

static bool is_date(struct str s, bool short_too)
{
    static const int8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;

    if (!all_digits(s) || !(s.n == 8 || (short_too && s.n == 6)))
        return false;
    year = two(s.p + s.n - 6) + (s.n == 8 ? two(s.p) * 100 : 2000);
    month = two(s.p + s.n - 4);
    day = two(s.p + s.n - 2);
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static bool is_time(struct str s)
{
    if (!all_digits(s) || s.n < 4 || s.n == 5 || s.n > 8)
        return false;
    return two(s.p) < 24 && two(s.p + 2) < 60 && (s.n < 6 || two(s.p + 4) < 60);
}

/* How many digits; 0: it is no number. Neither sign nor point count. */
static size_t digits_of(struct str s, bool point)
{
    size_t n = 0, points = 0;

    for (size_t i = s.n && *s.p == '-' ? 1 : 0; i < s.n; i++) {
        if (point && s.p[i] == '.')
            points++;
        else if (s.p[i] >= '0' && s.p[i] <= '9')
            n++;
        else
            return 0;
    }
    return points > 1 ? 0 : n;
}

static bool has_controls(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return true;
    return false;
}

static bool in_list(const char *list, struct str code)
{
    char word[8] = " ";

    if (code.n > 5)
        return false;
    memcpy(word + 1, code.p, code.n);
    memcpy(word + 1 + code.n, " ", 2);
    return strstr(list, word) != NULL;
}

/* A text that is too long or too short can still be read; a code, date or number of a wrong size is another one. */
static void check_size(const struct checker *c, const struct word *w, struct str v, size_t n)
{
    if (n < w->min)
        tell(c, "4", v, w->type != 'A');
    else if (n > w->max)
        tell(c, "5", v, w->type != 'A');
}

static void check_value(const struct checker *c, const struct word *w, struct str v)
{
    const char *list = c->component ? NULL : x12_codes_of(c->segment->id, c->element);
    size_t n = w->type == 'N' || w->type == 'R' ? digits_of(v, w->type == 'R') : x12_characters(v);

    if (has_controls(v) || n == 0)
        tell(c, "6", v, true);
    else if (w->type == 'D' && !is_date(v, c->short_dates))
        tell(c, "8", v, true);
    else if (w->type == 'T' && !is_time(v))
        tell(c, "9", v, true);
    else if (w->type != 'D' && w->type != 'T')
        check_size(c, w, v, n);
    if (list && n <= w->max && !in_list(list, v))
        tell(c, "7", v, true);
}

static void check_composite(struct checker *c, const struct word *w, struct str v)
{
    const char *p = w->components;
    struct word of;
    struct str one;

    for (c->component = 1; take_word(&p, &of); c->component++) {
        bool there = x12_cut(&v, c->separators->component, &one);

        if (there && one.n)
            check_value(c, &of, one);
        else if (of.needed)
            tell(c, "1", (struct str){0}, true);
    }
    if (*p != '.' && v.n)
        tell(c, "3", v, true);
    c->component = 0;
}

/* Components behind the first that are empty say nothing. */
static struct str without_empty(const struct checker *c, struct str v)
{
    while (v.n && v.p[v.n - 1] == c->separators->component)
        v.n--;
    return v;
}

static void check_element(struct checker *c, const struct word *w, struct str v)
{
    struct str one, left = v;
    uint16_t n = 0;

    if (v.n == 0) {
        if (w->needed)
            tell(c, "1", v, true);
        return;
    }
    while (x12_cut(&left, c->separators->repetition, &one)) {
        c->repetition = n || left.p ? ++n : 0;
        one = without_empty(c, one);
        if (w->components)
            check_composite(c, w, one);
        else if (one.n && memchr(one.p, c->separators->component, one.n))
            tell(c, "6", one, true);
        else
            check_value(c, w, one);
    }
    c->repetition = 0;
    if (n > 1)
        tell(c, "3", v, true); /* no element of these structures repeats */
}

/* ---- notes: "P0304" ---- */

#define NOTE_MAX 8

static unsigned take_note(const char **p, char *kind, unsigned elements[NOTE_MAX])
{
    unsigned n = 0;

    while (**p == ' ')
        (*p)++;
    *kind = **p;
    if (!*kind)
        return 0;
    for ((*p)++; **p >= '0' && **p <= '9' && n < NOTE_MAX; *p += 2)
        elements[n++] = (unsigned)two(*p);
    return n;
}

static void note_missing(struct checker *c, unsigned element)
{
    c->element = (uint16_t)element;
    tell(c, "2", (struct str){0}, true);
}

static void check_note(struct checker *c, char kind, const unsigned *elements, unsigned n)
{
    bool there[NOTE_MAX];
    unsigned count = 0, behind;

    for (unsigned i = 0; i < n; i++) {
        there[i] = x12_element(c->segment, elements[i]).n > 0;
        count += there[i];
    }
    behind = count - there[0];
    if ((kind == 'R' && count == 0) || (kind == 'L' && there[0] && behind == 0))
        note_missing(c, elements[kind == 'L']);
    for (unsigned i = 0; i < n; i++) {
        if (!there[i] && ((kind == 'P' && count > 0) || (kind == 'C' && there[0])))
            note_missing(c, elements[i]);
        if (kind == 'E' && count > 1 && there[i] && i > 0) {
            c->element = (uint16_t)elements[i];
            tell(c, "10", x12_element(c->segment, elements[i]), true);
        }
    }
}

static void check_segment(struct checker *c, const char *p)
{
    unsigned elements[NOTE_MAX], n;
    struct word w;
    char kind;

    for (c->element = 1; take_word(&p, &w); c->element++)
        check_element(c, &w, x12_element(c->segment, c->element));
    if (*p == '.')
        p = strchr(p, '|');
    else
        for (; c->element <= c->segment->n; c->element++)
            if (x12_element(c->segment, c->element).n)
                tell(c, "3", x12_element(c->segment, c->element), true);
    if (p && *p == '|')
        for (p++; (n = take_note(&p, &kind, elements));)
            check_note(c, kind, elements, n);
    c->element = 0;
}

void x12_check(struct arena *a, const struct x12_separators *separators, bool short_dates, struct x12_set *set)
{
    struct checker c = {.arena = a, .separators = separators, .short_dates = short_dates, .set = set};

    for (uint32_t i = 1; i < set->n; i++) {
        const char *elements = x12_elements_of(set->segments[i].id);

        c.segment = &set->segments[i];
        c.at = i + 1;
        if (elements)
            check_segment(&c, elements);
    }
}
