#include <stdlib.h>

#include "x12/x12_int.h"

/* Envelopes: interchanges, groups and sets, and whether what closes them fits what opened them. */

struct reader {
    struct scope *sc;
    struct x12_lexer lexer;
    struct x12_interchange *in;
    struct x12_group *group; /* that is open, or NULL */
    struct x12_set *set;     /* likewise */
    struct x12_segment *segments;
    const struct x12_structure *structures[X12_SETS_MAX]; /* made so far */
    struct x12_placer *placer;
};

/* Room for one more, by doubling. */
static void *more(struct arena *a, void *items, size_t n, size_t size)
{
    if (n & (n - 1) || n == 1)
        return n == 1 ? arena_grow(a, items, size, 2 * size) : items;
    return arena_grow(a, items, n * size, (n ? 2 * n : 1) * size);
}

static void tell(struct reader *r, struct x12_faults *f, enum x12_level level, const char *code, bool rejects)
{
    x12_fault_add(r->sc->arena, f, &(struct x12_fault){.level = level, .code = code, .rejects = rejects});
}

static void astray(struct reader *r, const struct x12_segment *s)
{
    x12_fault_add(
        r->sc->arena, &r->in->faults,
        &(struct x12_fault){.level = X12_INTERCHANGE, .code = "022", .rejects = true, .segment = s->id, .at = s->line});
}

static bool same_number(struct str a, struct str b)
{
    int64_t x, y;

    return x12_number(a, &x) && x12_number(b, &y) && x == y;
}

static bool counts(struct str told, size_t n)
{
    int64_t v;

    return x12_number(told, &v) && v == (int64_t)n;
}

/* ---- sets ---- */

static void set_close(struct reader *r, const struct x12_segment *se)
{
    struct x12_set *set = r->set;

    set->segments = r->segments;
    if (!se) {
        tell(r, &set->faults, X12_SET, "2", true);
    } else {
        /* The same number with other zeros before it is taken, and told. */
        if (!str_equal(x12_element(se, 2), set->control))
            tell(r, &set->faults, X12_SET, "3", !same_number(x12_element(se, 2), set->control));
        if (!counts(x12_element(se, 1), set->n))
            tell(r, &set->faults, X12_SET, "4", true);
    }
    r->set = NULL;
    r->segments = NULL;
}

static void set_add(struct reader *r, const struct x12_segment *s)
{
    r->segments = more(r->sc->arena, r->segments, r->set->n, sizeof(*s));
    r->segments[r->set->n++] = *s;
}

static void set_open(struct reader *r, const struct x12_segment *st)
{
    struct x12_group *g = r->group;

    g->sets = more(r->sc->arena, g->sets, g->n, sizeof(*g->sets));
    r->set = &g->sets[g->n++];
    *r->set = (struct x12_set){.code = x12_element(st, 1), .control = x12_element(st, 2)};
    set_add(r, st);
}

static const struct x12_structure *structure_of(struct reader *r, struct str code)
{
    size_t i = 0;

    while (i < X12_SETS_MAX && r->structures[i] && !str_is(code, r->structures[i]->set))
        i++;
    MUST_BE(i < X12_SETS_MAX);
    if (!r->structures[i])
        r->structures[i] = x12_structure_of(r->sc->arena, code);
    return r->structures[i];
}

/* What is in it, once it is whole. */
static void set_judge(struct reader *r, struct x12_group *g, struct x12_set *set)
{
    const char *group = x12_group_code(set->code);
    bool short_dates = g->version.n >= 6 && memcmp(g->version.p, "004010", 6) < 0;
    size_t n = set->faults.n;
    bool before = set->faults.rejects;

    if (x12_characters(set->control) < 4 || x12_characters(set->control) > 9)
        tell(r, &set->faults, X12_SET, "7", true);
    if (!group) {
        tell(r, &set->faults, X12_SET, set->code.n == 3 ? "1" : "6", true);
        return;
    }
    set->supported = true;
    if (!str_is(g->code, group))
        tell(r, &set->faults, X12_SET, "6", true);
    n = set->faults.n;
    before = set->faults.rejects;
    set->faults.rejects = false;
    x12_place(r->placer, structure_of(r, set->code), set);
    x12_check(r->sc->arena, &r->in->separators, short_dates, set);
    if (set->faults.n + set->faults.more > n)
        tell(r, &set->faults, X12_SET, "5", set->faults.rejects);
    set->faults.rejects |= before;
}

/* ---- groups ---- */

static int by_control(const void *a, const void *b)
{
    const struct x12_set *x = *(struct x12_set *const *)a, *y = *(struct x12_set *const *)b;
    size_t n = x->control.n < y->control.n ? x->control.n : y->control.n;
    int order = n ? memcmp(x->control.p, y->control.p, n) : 0;

    if (order || x->control.n != y->control.n)
        return order ? order : x->control.n < y->control.n ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* The sets can be told apart by what they say of themselves, so this is no reason to refuse one. */
static void tell_twice(struct reader *r, struct x12_group *g)
{
    struct x12_set **sorted = ARENA_ARRAY(r->sc->arena, struct x12_set *, g->n ? g->n : 1);

    for (size_t i = 0; i < g->n; i++)
        sorted[i] = &g->sets[i];
    qsort(sorted, g->n, sizeof(*sorted), by_control);
    for (size_t i = 1; i < g->n; i++)
        if (str_equal(sorted[i]->control, sorted[i - 1]->control))
            tell(r, &sorted[i]->faults, X12_SET, "23", false);
}

static void group_close(struct reader *r, const struct x12_segment *ge)
{
    struct x12_group *g = r->group;

    if (r->set)
        set_close(r, NULL);
    g->told = -1;
    if (!ge) {
        tell(r, &g->faults, X12_GROUP, "3", true);
    } else {
        if (!same_number(x12_element(ge, 2), g->control))
            tell(r, &g->faults, X12_GROUP, "4", true);
        if (!counts(x12_element(ge, 1), g->n))
            tell(r, &g->faults, X12_GROUP, "5", true);
        if (!x12_number(x12_element(ge, 1), &g->told))
            g->told = -1;
    }
    tell_twice(r, g);
    for (size_t i = 0; i < g->n; i++)
        set_judge(r, g, &g->sets[i]);
    r->group = NULL;
}

static void group_open(struct reader *r, const struct x12_segment *gs)
{
    struct x12_interchange *in = r->in;
    struct x12_group *g;
    int64_t number;

    in->groups = more(r->sc->arena, in->groups, in->n, sizeof(*in->groups));
    g = r->group = &in->groups[in->n++];
    r->segments = NULL;
    *g = (struct x12_group){.gs = arena_memdup(r->sc->arena, gs, sizeof(*gs)),
                            .code = x12_element(gs, 1),
                            .control = x12_element(gs, 6),
                            .version = x12_element(gs, 8)};
    if (!x12_group_known(g->code))
        tell(r, &g->faults, X12_GROUP, "1", true);
    if (!x12_number(g->control, &number) || g->control.n > 9)
        tell(r, &g->faults, X12_GROUP, "6", true);
}

/* ---- interchanges ---- */

static void judge_isa(struct reader *r)
{
    const struct x12_segment *isa = r->in->isa;
    const struct x12_separators *s = &r->in->separators;
    struct x12_faults *f = &r->in->faults;
    int64_t n;

    if (x12_characters(x12_element(isa, 6)) != 15)
        tell(r, f, X12_INTERCHANGE, "006", false);
    if (x12_characters(x12_element(isa, 8)) != 15)
        tell(r, f, X12_INTERCHANGE, "008", false);
    if (!x12_number(x12_element(isa, 9), &n))
        tell(r, f, X12_INTERCHANGE, "014", false);
    if (!x12_number(x12_element(isa, 10), &n))
        tell(r, f, X12_INTERCHANGE, "015", false);
    if (!x12_number(r->in->control, &n) || r->in->control.n != 9)
        tell(r, f, X12_INTERCHANGE, "018", true);
    if (!str_is(x12_element(isa, 15), "P") && !str_is(x12_element(isa, 15), "T"))
        tell(r, f, X12_INTERCHANGE, "020", false);
    if (s->component == s->element || s->component == *s->terminator || s->element == *s->terminator ||
        s->component == ' ')
        tell(r, f, X12_INTERCHANGE, "026", true);
}

static void interchange_close(struct reader *r, const struct x12_segment *iea)
{
    if (r->group)
        group_close(r, NULL);
    if (!iea) {
        tell(r, &r->in->faults, X12_INTERCHANGE, "023", true);
        return;
    }
    if (!same_number(x12_element(iea, 2), r->in->control))
        tell(r, &r->in->faults, X12_INTERCHANGE, "001", true);
    if (!counts(x12_element(iea, 1), r->in->n))
        tell(r, &r->in->faults, X12_INTERCHANGE, "021", true);
}

static const struct x12_segment *ta1_add(struct reader *r, const struct x12_segment *s)
{
    r->segments = more(r->sc->arena, r->segments, r->in->ta1_n, sizeof(*s));
    r->segments[r->in->ta1_n++] = *s;
    return r->segments;
}

static void one_segment(struct reader *r, const struct x12_segment *s)
{
    if (str_is(s->id, "GS") || str_is(s->id, "GE")) {
        bool opens = s->id.p[1] == 'S';

        if (r->group)
            group_close(r, opens ? NULL : s);
        else if (!opens)
            astray(r, s);
        if (opens)
            group_open(r, s);
    } else if (str_is(s->id, "ST") && r->group) {
        if (r->set)
            set_close(r, NULL);
        set_open(r, s);
    } else if (str_is(s->id, "TA1") && !r->group && r->in->n == 0) {
        r->in->ta1 = ta1_add(r, s);
    } else if (r->set) {
        set_add(r, s);
        if (str_is(s->id, "SE"))
            set_close(r, s);
    } else {
        astray(r, s);
    }
}

static struct str trimmed(struct str s)
{
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    while (s.n && *s.p == ' ')
        s.p++, s.n--;
    return s;
}

static const char *key_of(struct arena *a, const struct x12_segment *isa)
{
    struct str from = trimmed(x12_element(isa, 6)), to = trimmed(x12_element(isa, 8)), n = x12_element(isa, 13);

    return arena_f(a, "%s:%s|%s:%s|%s", str_dup(a, trimmed(x12_element(isa, 5))), str_dup(a, from),
                   str_dup(a, trimmed(x12_element(isa, 7))), str_dup(a, to), str_dup(a, n));
}

static enum err interchange_read(struct reader *r)
{
    struct x12_segment s, *isa = ARENA_NEW(r->sc->arena, struct x12_segment);
    bool fits, more, closed = false;

    TRY(r->sc, x12_lex_isa(&r->lexer, isa, &fits));
    *r->in = (struct x12_interchange){.isa = isa,
                                      .separators = r->lexer.separators,
                                      .control = x12_element(isa, 13),
                                      .key = key_of(r->sc->arena, isa)};
    judge_isa(r);
    if (!fits && r->in->faults.n == 0)
        tell(r, &r->in->faults, X12_INTERCHANGE, "024", false);
    for (;;) {
        TRY(r->sc, x12_lex_segment(&r->lexer, &s, &more));
        if (!more)
            break;
        if (closed)
            astray(r, &s);
        else if (str_is(s.id, "IEA"))
            interchange_close(r, &s);
        else
            one_segment(r, &s);
        closed |= str_is(s.id, "IEA");
    }
    if (!closed)
        interchange_close(r, NULL);
    return OK;
}

static struct str without_mark(struct str text)
{
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        return (struct str){text.p + 3, text.n - 3};
    return text;
}

enum err x12_read(struct scope *sc, struct str text, struct x12_file *out)
{
    struct reader r = {.sc = sc};
    struct x12_file file = {0};

    if (text.n > X12_OCTETS_MAX)
        return FAIL(sc, ERR_TOO_LARGE, "an EDI file of %zu octets is not taken, only up to %zu", text.n,
                    X12_OCTETS_MAX);
    text = without_mark(text);
    r.placer = x12_placer_new(sc->arena);
    r.lexer = (struct x12_lexer){.sc = sc, .p = text.p, .end = text.p + text.n};
    if (text.n == 0 || !x12_lex_starts(&r.lexer))
        return FAIL(sc, ERR_INVALID, "this is no EDI of ANSI X12: it does not begin with an ISA segment");
    while (x12_lex_starts(&r.lexer)) {
        file.items = more(sc->arena, file.items, file.n, sizeof(*file.items));
        r.in = &file.items[file.n++];
        r.group = NULL;
        r.set = NULL;
        r.segments = NULL;
        TRY(sc, interchange_read(&r));
    }
    *out = file;
    return OK;
}
