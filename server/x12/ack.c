#include <stdlib.h>

#include "base/timefmt.h"
#include "x12/x12_int.h"

/* What is answered to a file: TA1 and 997. */

enum x12_verdict x12_set_verdict(const struct x12_set *set)
{
    if (set->faults.rejects)
        return X12_REJECTED;
    return set->faults.n ? X12_ERRORS_NOTED : X12_ACCEPTED;
}

static size_t accepted_of(const struct x12_group *group)
{
    size_t n = 0;

    for (size_t i = 0; i < group->n; i++)
        n += x12_set_verdict(&group->sets[i]) != X12_REJECTED;
    return n;
}

enum x12_verdict x12_group_verdict(const struct x12_interchange *in, const struct x12_group *group)
{
    size_t accepted = accepted_of(group);

    if (in->faults.rejects || group->faults.rejects || (group->n && accepted == 0))
        return X12_REJECTED;
    if (accepted < group->n)
        return X12_PARTLY;
    for (size_t i = 0; i < group->n; i++)
        if (x12_set_verdict(&group->sets[i]) != X12_ACCEPTED)
            return X12_ERRORS_NOTED;
    return group->faults.n ? X12_ERRORS_NOTED : X12_ACCEPTED;
}

static void put(struct x12_members *m, const char *name, const char *text)
{
    x12_put_text(m, name, str_of(text));
}

/* A text of the partner's as an element of ours: without what separates, and no longer than its place. */
static struct str tame(struct arena *a, struct str s, size_t max)
{
    const char *text = arena_cut(a, str_dup(a, doc_text(&(struct doc[]){x12_text(a, s)}[0])), max);
    char *out = arena_strdup(a, text);

    for (char *p = out; *p; p++)
        if (*p == '*' || *p == '>' || *p == '~' || *p == '^' || (unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    return str_of(out);
}

/* Codes of one level in elements from `first` on, each once. */
static void put_codes(struct x12_members *m, const struct x12_faults *f, enum x12_level level, const char *prefix,
                      unsigned first, unsigned max)
{
    const char *seen[8];
    unsigned n = 0;

    for (size_t i = 0; i < f->n && n < max; i++) {
        bool twice = f->items[i].level != level;

        for (unsigned k = 0; k < n && !twice; k++)
            twice = strcmp(seen[k], f->items[i].code) == 0;
        if (twice)
            continue;
        put(m, arena_f(m->arena, "%s%02u", prefix, first + n), f->items[i].code);
        seen[n++] = f->items[i].code;
    }
}

/* ---- AK3 and AK4 ---- */

static int by_place(const void *a, const void *b)
{
    const struct x12_fault *x = *(const struct x12_fault *const *)a, *y = *(const struct x12_fault *const *)b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return x < y ? -1 : x > y;
}

static struct doc ak4_of(struct arena *a, const struct x12_fault *f)
{
    struct x12_members m = {.arena = a}, place = {.arena = a};

    if (f->component) {
        put(&place, "AK40101", arena_f(a, "%u", f->element));
        put(&place, "AK40102", arena_f(a, "%u", f->component));
        x12_put(&m, "AK401", x12_object(&place));
    } else {
        put(&m, "AK401", arena_f(a, "%u", f->element));
    }
    put(&m, "AK403", f->code);
    if (f->value.n)
        x12_put_text(&m, "AK404", tame(a, f->value, 99));
    return x12_object(&m);
}

/* One AK3: a fault of a segment, or all faults of its elements. Returns how many were taken. */
static size_t ak3_of(struct arena *a, const struct x12_fault *const *f, size_t n, struct doc *out)
{
    struct x12_members m = {.arena = a};
    struct doc *elements;
    size_t k = 0;

    x12_put_text(&m, "AK301", tame(a, f[0]->segment, 3));
    put(&m, "AK302", arena_f(a, "%u", f[0]->at));
    if (f[0]->loop)
        put(&m, "AK303", f[0]->loop);
    put(&m, "AK304", f[0]->level == X12_SEGMENT ? f[0]->code : "8");
    if (f[0]->level == X12_ELEMENT) {
        elements = ARENA_ARRAY(a, struct doc, n);
        for (; k < n && k < 99 && f[k]->level == X12_ELEMENT && f[k]->at == f[0]->at; k++)
            elements[k] = ak4_of(a, f[k]);
        x12_put(&m, "AK4", x12_list(a, elements, k));
    }
    *out = x12_object(&m);
    return k ? k : 1;
}

static void put_ak3(struct x12_members *m, const struct x12_faults *faults)
{
    const struct x12_fault **sorted = ARENA_ARRAY(m->arena, const struct x12_fault *, faults->n ? faults->n : 1);
    struct doc *items = ARENA_ARRAY(m->arena, struct doc, faults->n ? faults->n : 1);
    size_t n = 0, made = 0;

    for (size_t i = 0; i < faults->n; i++)
        if (faults->items[i].level >= X12_SEGMENT)
            sorted[n++] = &faults->items[i];
    qsort(sorted, n, sizeof(*sorted), by_place);
    for (size_t i = 0; i < n; made++)
        i += ak3_of(m->arena, sorted + i, n - i, &items[made]);
    if (made)
        x12_put(m, "AK3", doc_make_array(items, made));
}

static const char *code_of(enum x12_verdict v)
{
    static const char *const codes[] = {"A", "E", "P", "R"};

    return codes[v];
}

static struct doc ak2_of(struct arena *a, const struct x12_set *set)
{
    struct x12_members m = {.arena = a}, ak5 = {.arena = a};

    x12_put_text(&m, "AK201", tame(a, set->code, 3));
    x12_put_text(&m, "AK202", tame(a, set->control, 9));
    put_ak3(&m, &set->faults);
    put(&ak5, "AK501", code_of(x12_set_verdict(set)));
    put_codes(&ak5, &set->faults, X12_SET, "AK5", 2, 5);
    x12_put(&m, "AK5", x12_object(&ak5));
    return x12_object(&m);
}

static struct doc ak9_of(struct arena *a, const struct x12_interchange *in, const struct x12_group *g)
{
    struct x12_members m = {.arena = a};
    enum x12_verdict v = x12_group_verdict(in, g);

    put(&m, "AK901", code_of(v));
    put(&m, "AK902", arena_f(a, "%lld", g->told >= 0 && g->told <= 999999 ? (long long)g->told : (long long)g->n));
    put(&m, "AK903", arena_f(a, "%zu", g->n));
    put(&m, "AK904", arena_f(a, "%zu", v == X12_REJECTED ? 0 : accepted_of(g)));
    put_codes(&m, &g->faults, X12_GROUP, "AK9", 5, 5);
    return x12_object(&m);
}

/* ---- the answer ---- */

static struct doc answer_set(struct arena *a, const struct x12_interchange *in, const struct x12_group *g)
{
    struct x12_members m = {.arena = a}, ak1 = {.arena = a};
    struct doc *sets = ARENA_ARRAY(a, struct doc, g->n ? g->n : 1);
    bool whole = in->faults.rejects || g->faults.rejects;
    size_t n = 0;

    /* In a group that is refused as a whole, those in order are not named: it would say that they are taken. */
    for (size_t i = 0; i < g->n; i++)
        if (!whole || x12_set_verdict(&g->sets[i]) == X12_REJECTED)
            sets[n++] = ak2_of(a, &g->sets[i]);
    put(&m, "set", "997");
    x12_put_text(&ak1, "AK101", tame(a, g->code, 2));
    x12_put_text(&ak1, "AK102", tame(a, g->control, 9));
    x12_put(&m, "AK1", x12_object(&ak1));
    if (n)
        x12_put(&m, "AK2", doc_make_array(sets, n));
    x12_put(&m, "AK9", ak9_of(a, in, g));
    return x12_object(&m);
}

static const char *without_blanks(struct arena *a, struct str s, size_t max)
{
    s = tame(a, s, max);
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    return str_dup(a, s);
}

/* The way back. */
static struct x12_envelope envelope_of(struct arena *a, const struct x12_interchange *in, const struct x12_ack *how)
{
    return (struct x12_envelope){
        .sender_qualifier = without_blanks(a, x12_element(in->isa, 7), 2),
        .sender = without_blanks(a, x12_element(in->isa, 8), 15),
        .receiver_qualifier = without_blanks(a, x12_element(in->isa, 5), 2),
        .receiver = without_blanks(a, x12_element(in->isa, 6), 15),
        .test = str_is(x12_element(in->isa, 15), "T"),
        .now_us = how->now_us,
    };
}

static bool wanted(const struct x12_group *g, const struct x12_ack *how)
{
    return how->of_acknowledgements || !str_is(g->code, "FA");
}

static struct doc answer_group(struct arena *a, const struct x12_interchange *in, const struct x12_group *g,
                               struct x12_envelope *e)
{
    struct doc set = answer_set(a, in, g);

    e->group_sender = without_blanks(a, x12_element(g->gs, 3), 15);
    e->group_receiver = without_blanks(a, x12_element(g->gs, 2), 15);
    return x12_group_make(a, e, "FA", &set, 1);
}

static struct doc ta1_of(struct arena *a, const struct x12_interchange *in)
{
    struct x12_members m = {.arena = a};

    x12_put_text(&m, "TA101", tame(a, in->control, 9));
    x12_put_text(&m, "TA102", tame(a, x12_element(in->isa, 9), 6));
    x12_put_text(&m, "TA103", tame(a, x12_element(in->isa, 10), 4));
    put(&m, "TA104", in->faults.rejects ? "R" : in->faults.n ? "E" : "A");
    put(&m, "TA105", in->faults.n ? in->faults.items[0].code : "000");
    for (size_t i = 0; i < in->faults.n; i++)
        if (in->faults.items[i].rejects) { /* the first that rejects counts more than what is noted */
            m.v[2 * m.n - 1] = doc_make_text(str_of(in->faults.items[i].code));
            break;
        }
    return x12_object(&m);
}

static struct doc answer_of(struct arena *a, const struct x12_interchange *in, const struct x12_envelope *e,
                            const struct doc *groups, size_t n, bool told)
{
    struct doc d = x12_interchange_make(a, e, groups, n), ta1 = ta1_of(a, in);
    struct x12_members m = {.arena = a};

    for (size_t i = 0; i < doc_count(&d); i++)
        x12_put_named(&m, d.children[2 * i], d.children[2 * i + 1]);
    if (told)
        x12_put(&m, "TA1", x12_list(a, &ta1, 1));
    return x12_object(&m);
}

static bool control_fits(int64_t control)
{
    return control >= 1 && control <= 999999999;
}

enum err x12_acknowledge(struct scope *sc, const struct x12_file *file, const struct x12_ack *how, struct doc *out)
{
    struct doc *answers = ARENA_ARRAY(sc->arena, struct doc, file->n ? file->n : 1);
    int64_t group_control = how->group_control, control = how->control;
    size_t made = 0;

    for (size_t i = 0; i < file->n; i++) {
        const struct x12_interchange *in = &file->items[i];
        struct doc *groups = ARENA_ARRAY(sc->arena, struct doc, in->n ? in->n : 1);
        struct x12_envelope e = envelope_of(sc->arena, in, how);
        bool told = in->faults.n > 0 || str_is(x12_element(in->isa, 14), "1");
        size_t n = 0;

        for (size_t k = 0; k < in->n; k++) {
            if (!wanted(&in->groups[k], how))
                continue;
            e.group_control = group_control++;
            groups[n++] = answer_group(sc->arena, in, &in->groups[k], &e);
        }
        if (n == 0 && !told)
            continue;
        e.control = control++;
        answers[made++] = answer_of(sc->arena, in, &e, groups, n, told);
    }
    if (!control_fits(how->control) || !control_fits(how->group_control) || control > 1000000000 ||
        group_control > 1000000000)
        return FAIL(sc, ERR_INVALID, "a control number is from 1 to 999999999");
    *out = x12_file_make(sc->arena, answers, made);
    return OK;
}
