#include "picture/pattern_int.h"

#include "base/must.h"

/* A sub-picture in its parts. */
struct parts {
    struct picture_runes whole; /* the sub-picture itself */
    struct picture_runes prefix, suffix, active, mantissa, exponent, integer, fraction;
    bool has_exponent;
};

static bool is_digit(const struct picture_marks *m, uint32_t rune)
{
    return picture_digit_value(rune, m->zero) >= 0;
}

static bool is_place(const struct picture_marks *m, uint32_t rune)
{
    return is_digit(m, rune) || rune == m->digit;
}

static bool is_active(const struct picture_marks *m, uint32_t rune)
{
    return is_place(m, rune) || rune == m->point || rune == m->exponent || rune == m->group || rune == m->separator;
}

/* An exponent's sign begins and ends no number: in "each" it is a letter. */
static bool is_edge(const struct picture_marks *m, uint32_t rune)
{
    return is_active(m, rune) && rune != m->exponent;
}

static size_t count_digits(const struct picture_marks *m, struct picture_runes r)
{
    size_t n = 0;

    for (size_t i = 0; i < r.n; i++)
        n += is_digit(m, r.p[i]);
    return n;
}

static size_t count_places(const struct picture_marks *m, struct picture_runes r)
{
    size_t n = 0;

    for (size_t i = 0; i < r.n; i++)
        n += is_place(m, r.p[i]);
    return n;
}

static size_t find_all(struct picture_runes in, struct picture_runes what, size_t from)
{
    size_t i;

    if (what.n == 0)
        return in.n;
    for (; from + what.n <= in.n; from++) {
        for (i = 0; i < what.n && in.p[from + i] == what.p[i]; i++)
            ;
        if (i == what.n)
            return from;
    }
    return in.n;
}

static bool has(struct picture_runes in, struct picture_runes what)
{
    return find_all(in, what, 0) < in.n;
}

static bool has_twice(struct picture_runes in, struct picture_runes what)
{
    return has(in, what) && find_all(in, what, find_all(in, what, 0) + 1) < in.n;
}

/* Where the sub-picture's exponent sign stands, counted from the active part; its length when there is none. */
static size_t find_exponent(const struct picture_marks *m, const struct parts *p)
{
    size_t at = picture_find(p->whole, m->exponent, p->prefix.n);

    if (at == p->whole.n || at > p->whole.n - p->suffix.n)
        return SIZE_MAX;
    return at - p->prefix.n;
}

static void split_edges(const struct picture_marks *m, struct parts *p)
{
    size_t first = 0, last = p->whole.n;

    while (first < p->whole.n && !is_edge(m, p->whole.p[first]))
        first++;
    while (last > 0 && !is_edge(m, p->whole.p[last - 1]))
        last--;
    if (first == p->whole.n) { /* nothing that could be a number: all of it is looked at as one, and refused */
        first = 0;
        last = p->whole.n;
    }
    p->prefix = picture_slice(p->whole, 0, first);
    p->active = picture_slice(p->whole, first, last);
    p->suffix = picture_slice(p->whole, last, p->whole.n);
}

static struct parts split(const struct picture_marks *m, struct picture_runes sub)
{
    struct parts p = {.whole = sub};
    size_t exponent, point;

    split_edges(m, &p);
    exponent = find_exponent(m, &p);
    p.has_exponent = exponent != SIZE_MAX;
    p.mantissa = p.has_exponent ? picture_slice(p.active, 0, exponent) : p.active;
    if (p.has_exponent)
        p.exponent = picture_slice(p.active, exponent + 1, p.active.n);
    point = picture_find(p.mantissa, m->point, 0);
    p.integer = picture_slice(p.mantissa, 0, point);
    if (point < p.mantissa.n)
        p.fraction = picture_slice(p.mantissa, point + 1, p.mantissa.n);
    return p;
}

static const char *check_signs(const struct picture_marks *m, const struct parts *p)
{
    struct picture_runes point = {&m->point, 1};
    const char *code = NULL;

    if (has_twice(p->whole, point))
        code = "D3081";
    if (has_twice(p->whole, m->percent))
        code = "D3082";
    if (has_twice(p->whole, m->per_mille))
        code = "D3083";
    if (has(p->whole, m->percent) && has(p->whole, m->per_mille))
        code = "D3084";
    if (!count_places(m, p->mantissa))
        code = "D3085";
    for (size_t i = 0; i < p->active.n; i++)
        if (!is_active(m, p->active.p[i]))
            code = "D3086";
    return code;
}

static const char *check_groups(const struct picture_marks *m, const struct parts *p)
{
    struct picture_runes s = p->whole;
    uint32_t two[] = {m->group, m->group};
    size_t point = picture_find(s, m->point, 0);
    const char *code = NULL;

    if (point < s.n) {
        if ((point > 0 && s.p[point - 1] == m->group) || (point + 1 < s.n && s.p[point + 1] == m->group))
            code = "D3087";
    } else if (p->integer.n && p->integer.p[p->integer.n - 1] == m->group) {
        code = "D3088";
    }
    return has(s, (struct picture_runes){two, 2}) ? "D3089" : code;
}

static const char *check_order(const struct picture_marks *m, const struct parts *p)
{
    size_t first = picture_find(p->integer, m->digit, 0);
    size_t last = p->fraction.n;
    const char *code = NULL;

    if (first < p->integer.n && count_digits(m, picture_slice(p->integer, 0, first)))
        code = "D3090";
    while (last > 0 && p->fraction.p[last - 1] != m->digit)
        last--;
    if (last > 0 && count_digits(m, picture_slice(p->fraction, last, p->fraction.n)))
        code = "D3091";
    if (p->exponent.n && (has(p->whole, m->percent) || has(p->whole, m->per_mille)))
        code = "D3092";
    if (p->has_exponent && (p->exponent.n == 0 || count_digits(m, p->exponent) < p->exponent.n))
        code = "D3093";
    return code;
}

/* Of several faults the last is told. */
static const char *check(const struct picture_marks *m, const struct parts *p)
{
    const char *signs = check_signs(m, p), *groups = check_groups(m, p), *order = check_order(m, p);

    return order ? order : groups ? groups : signs;
}

static void find_groups(struct arena *a, const struct picture_marks *m, const struct parts *p,
                        struct picture_pattern *out)
{
    out->whole_groups = ARENA_ARRAY(a, size_t, p->integer.n + 1);
    out->fraction_groups = ARENA_ARRAY(a, size_t, p->fraction.n + 1);
    for (size_t i = 0, left = count_places(m, p->integer); i < p->integer.n; i++) {
        if (p->integer.p[i] == m->group)
            out->whole_groups[out->n_whole_groups++] = left;
        left -= is_place(m, p->integer.p[i]);
    }
    for (size_t i = 0, seen = 0; i < p->fraction.n; i++) {
        if (p->fraction.p[i] == m->group)
            out->fraction_groups[out->n_fraction_groups++] = seen;
        seen += is_place(m, p->fraction.p[i]);
    }
}

static size_t interval(const size_t *positions, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (positions[i] != (n - i) * positions[n - 1])
            return 0;
    return n ? positions[n - 1] : 0;
}

static void find_sizes(const struct picture_marks *m, const struct parts *p, struct picture_pattern *out)
{
    out->whole_min = out->scale = count_digits(m, p->integer);
    out->fraction_min = count_digits(m, p->fraction);
    out->fraction_max = count_places(m, p->fraction);
    if (out->whole_min == 0 && out->fraction_max == 0) {
        if (p->has_exponent)
            out->fraction_min = out->fraction_max = 1;
        else
            out->whole_min = 1;
    }
    if (p->has_exponent && out->whole_min == 0 && picture_find(p->integer, m->digit, 0) < p->integer.n)
        out->whole_min = 1;
    if (out->whole_min == 0 && out->fraction_min == 0)
        out->fraction_min = 1;
    out->exponent_min = p->exponent.n;
}

static const char *analyse(struct arena *a, const struct picture_marks *m, const struct parts *p,
                           struct picture_pattern *out)
{
    *out = (struct picture_pattern){.prefix = p->prefix, .suffix = p->suffix, .factor = 1};
    if (p->mantissa.n > PICTURE_WIDTH || p->exponent.n > PICTURE_WIDTH)
        return PICTURE_TOO_LARGE;
    if (has(p->whole, m->percent))
        out->factor = 100;
    else if (has(p->whole, m->per_mille))
        out->factor = 1000;
    out->has_point = picture_find(p->whole, m->point, 0) < p->whole.n;
    out->exponential = p->has_exponent;
    find_groups(a, m, p, out);
    out->regular = interval(out->whole_groups, out->n_whole_groups);
    find_sizes(m, p, out);
    /* No number has so many digits in front of its point that it could be brought to that. */
    return out->exponential && out->scale > 300 ? PICTURE_TOO_LARGE : NULL;
}

/* --- Properties */

static const char *const names[PICTURE_PROPERTIES] = {
    [PICTURE_DECIMAL_SEPARATOR] = "decimal-separator",
    [PICTURE_GROUPING_SEPARATOR] = "grouping-separator",
    [PICTURE_EXPONENT_SEPARATOR] = "exponent-separator",
    [PICTURE_INFINITY] = "infinity",
    [PICTURE_MINUS_SIGN] = "minus-sign",
    [PICTURE_NAN] = "NaN",
    [PICTURE_PERCENT] = "percent",
    [PICTURE_PER_MILLE] = "per-mille",
    [PICTURE_ZERO_DIGIT] = "zero-digit",
    [PICTURE_DIGIT] = "digit",
    [PICTURE_PATTERN_SEPARATOR] = "pattern-separator",
};

void picture_decimal_init(struct picture_decimal *d)
{
    static const char *const usual[PICTURE_PROPERTIES] = {
        [PICTURE_DECIMAL_SEPARATOR] = ".",
        [PICTURE_GROUPING_SEPARATOR] = ",",
        [PICTURE_EXPONENT_SEPARATOR] = "e",
        [PICTURE_INFINITY] = "Infinity",
        [PICTURE_MINUS_SIGN] = "-",
        [PICTURE_NAN] = "NaN",
        [PICTURE_PERCENT] = "%",
        [PICTURE_PER_MILLE] = "\u2030",
        [PICTURE_ZERO_DIGIT] = "0",
        [PICTURE_DIGIT] = "#",
        [PICTURE_PATTERN_SEPARATOR] = ";",
    };

    for (int i = 0; i < PICTURE_PROPERTIES; i++)
        d->property[i] = str_of(usual[i]);
}

bool picture_decimal_set(struct picture_decimal *d, struct str name, struct str value)
{
    for (int i = 0; i < PICTURE_PROPERTIES; i++) {
        if (!str_is(name, names[i]))
            continue;
        d->property[i] = value;
        return true;
    }
    return false;
}

static bool one_rune(struct arena *a, const struct picture_decimal *d, enum picture_property which, uint32_t *out,
                     struct str *value)
{
    struct picture_runes r = picture_runes_of(a, d->property[which]);

    if (r.n == 1)
        *out = r.p[0];
    else
        *value = str_of(names[which]);
    return r.n == 1;
}

static const char *read_marks(struct arena *a, const struct picture_decimal *d, struct picture_marks *m,
                              struct str *value)
{
    for (int i = 0; i < PICTURE_PROPERTIES; i++)
        if (d->property[i].n > PICTURE_MAX)
            return PICTURE_TOO_LARGE;
    m->percent = picture_runes_of(a, d->property[PICTURE_PERCENT]);
    m->per_mille = picture_runes_of(a, d->property[PICTURE_PER_MILLE]);
    m->minus = d->property[PICTURE_MINUS_SIGN];
    if (one_rune(a, d, PICTURE_DECIMAL_SEPARATOR, &m->point, value) &&
        one_rune(a, d, PICTURE_GROUPING_SEPARATOR, &m->group, value) &&
        one_rune(a, d, PICTURE_EXPONENT_SEPARATOR, &m->exponent, value) &&
        one_rune(a, d, PICTURE_ZERO_DIGIT, &m->zero, value) && one_rune(a, d, PICTURE_DIGIT, &m->digit, value) &&
        one_rune(a, d, PICTURE_PATTERN_SEPARATOR, &m->separator, value))
        return NULL;
    return PICTURE_NOT_ONE;
}

static const char *read_sub(struct arena *a, struct picture_runes sub, struct picture_patterns *out)
{
    struct parts parts = split(&out->marks, sub);
    const char *code = check(&out->marks, &parts);

    return code ? code : analyse(a, &out->marks, &parts, &out->of[out->n++]);
}

const char *picture_patterns_read(struct arena *a, struct str picture, const struct picture_decimal *decimal,
                                  struct picture_patterns *out, struct str *value)
{
    struct picture_runes whole;
    const char *code = read_marks(a, decimal, &out->marks, value);
    size_t cut;

    out->n = 0;
    if (code)
        return code;
    whole = picture_runes_of(a, picture);
    cut = picture_find(whole, out->marks.separator, 0);
    if (cut < whole.n && picture_find(whole, out->marks.separator, cut + 1) < whole.n)
        return "D3080";
    code = read_sub(a, picture_slice(whole, 0, cut), out);
    if (!code && cut < whole.n)
        code = read_sub(a, picture_slice(whole, cut + 1, whole.n), out);
    return code;
}
