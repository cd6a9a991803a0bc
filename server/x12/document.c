#include "base/utf8.h"
#include "x12/x12_int.h"

/* What was read, as documents. */

void x12_put_named(struct x12_members *m, struct doc name, struct doc value)
{
    if (m->n == m->room) {
        size_t room = m->room ? 2 * m->room : 8;

        m->v = arena_grow(m->arena, m->v, 2 * m->room * sizeof(*m->v), 2 * room * sizeof(*m->v));
        m->room = room;
    }
    m->v[2 * m->n] = name;
    m->v[2 * m->n++ + 1] = value;
}

void x12_put(struct x12_members *m, const char *name, struct doc value)
{
    x12_put_named(m, doc_make_text(str_of(name)), value);
}

void x12_put_text(struct x12_members *m, const char *name, struct str text)
{
    x12_put(m, name, x12_text(m->arena, text));
}

struct doc x12_object(const struct x12_members *m)
{
    return doc_make_object(m->v, m->n);
}

struct doc x12_list(struct arena *a, const struct doc *items, size_t n)
{
    return doc_make_array(arena_memdup(a, items, n * sizeof(*items)), n);
}

struct doc x12_text(struct arena *a, struct str s)
{
    char *out, *to;
    bool zero = s.n && memchr(s.p, '\0', s.n);

    if (!zero && utf8_valid(s, NULL))
        return doc_make_text(s);
    out = to = arena_alloc(a, 2 * s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        to = utf8_put(to, s.p[i] ? (unsigned char)s.p[i] : ' ');
    return doc_make_text((struct str){out, (size_t)(to - out)});
}

struct writer {
    struct arena *arena;
    const struct x12_separators *separators;
};

/* "PO1" and 2: PO102; a third number for a component: SLN0501. */
static struct doc name_of(struct arena *a, struct str id, unsigned element, unsigned component)
{
    int n = id.n > X12_ID_MAX ? X12_ID_MAX : (int)id.n; /* of what is no id at all */
    const char *name =
        component ? arena_f(a, "%.*s%02u%02u", n, id.p, element, component) : arena_f(a, "%.*s%02u", n, id.p, element);

    return x12_text(a, str_of(name));
}

static struct doc components(const struct writer *w, struct str id, unsigned element, struct str v)
{
    struct x12_members m = {.arena = w->arena};
    struct str one, left = v;

    while (v.n && v.p[v.n - 1] == w->separators->component)
        v.n--;
    if (!v.n || !memchr(v.p, w->separators->component, v.n))
        return x12_text(w->arena, v);
    left = v;
    for (unsigned i = 1; x12_cut(&left, w->separators->component, &one); i++)
        if (one.n)
            x12_put_named(&m, name_of(w->arena, id, element, i), x12_text(w->arena, one));
    return x12_object(&m);
}

static struct doc element(const struct writer *w, struct str id, unsigned i, struct str v)
{
    struct str left = v, one;
    struct doc *items;
    size_t n = 0;

    if (!w->separators->repetition || !v.n || !memchr(v.p, w->separators->repetition, v.n))
        return components(w, id, i, v);
    items = ARENA_ARRAY(w->arena, struct doc, v.n + 1);
    while (x12_cut(&left, w->separators->repetition, &one))
        items[n++] = components(w, id, i, one);
    return doc_make_array(items, n);
}

static void put_elements(const struct writer *w, struct x12_members *m, const struct x12_segment *s)
{
    for (unsigned i = 1; i <= s->n; i++)
        if (x12_element(s, i).n || i == s->n)
            x12_put_named(m, name_of(w->arena, s->id, i, 0), element(w, s->id, i, x12_element(s, i)));
}

static struct doc segment(const struct writer *w, const struct x12_segment *s)
{
    struct x12_members m = {.arena = w->arena};

    put_elements(w, &m, s);
    return x12_object(&m);
}

static struct doc loose(const struct writer *w, const struct x12_segment *s, uint32_t at)
{
    struct x12_members m = {.arena = w->arena};

    x12_put_text(&m, "segment", s->id);
    if (at)
        x12_put(&m, "at", doc_make_int(at));
    put_elements(w, &m, s);
    return x12_object(&m);
}

/* Those of one place: a list when they may be several there, or are. */
struct place {
    const struct x12_rule *rule;
    struct doc *items;
    size_t n, count;
};

/* HL loops within an HL loop have a place of their own, as has what has none. */
#define PLACES (X12_WIDE_MAX + 2)

static size_t slot_of(const struct x12_node *parent, const struct x12_node *n)
{
    if (!n->rule)
        return X12_WIDE_MAX + 1;
    return n->rule == parent->rule ? X12_WIDE_MAX : n->rule->place;
}

static void put_children(const struct writer *w, struct x12_members *m, const struct x12_node *node);

static struct doc node_document(const struct writer *w, const struct x12_node *n)
{
    struct x12_members m = {.arena = w->arena};

    if (!n->rule)
        return loose(w, n->segment, n->at);
    put_elements(w, &m, n->segment);
    put_children(w, &m, n);
    return x12_object(&m);
}

static void put_place(struct x12_members *m, const struct place *p)
{
    bool list = !p->rule || p->rule->max > 1 || p->n > 1;

    x12_put(m, p->rule ? p->rule->id : "unplaced", list ? doc_make_array(p->items, p->n) : p->items[0]);
}

/* The places that are taken, in the order of their first segments; which[] says which is whose, from 1. */
static struct place *places_of(struct arena *a, const struct x12_node *node, uint8_t which[PLACES], size_t *out_n)
{
    struct place *places;
    size_t n = 0;

    for (const struct x12_node *i = node->first; i; i = i->next)
        if (!which[slot_of(node, i)])
            which[slot_of(node, i)] = (uint8_t)++n;
    places = ARENA_ARRAY(a, struct place, n);
    for (const struct x12_node *i = node->first; i; i = i->next) {
        struct place *p = &places[which[slot_of(node, i)] - 1];

        p->rule = i->rule;
        p->count++;
    }
    for (size_t i = 0; i < n; i++)
        places[i].items = ARENA_ARRAY(a, struct doc, places[i].count);
    *out_n = n;
    return places;
}

static void put_children(const struct writer *w, struct x12_members *m, const struct x12_node *node)
{
    uint8_t which[PLACES] = {0};
    struct place *places;
    size_t n;

    if (!node->first)
        return;
    places = places_of(w->arena, node, which, &n);
    for (const struct x12_node *i = node->first; i; i = i->next) {
        struct place *p = &places[which[slot_of(node, i)] - 1];

        p->items[p->n++] = node_document(w, i);
    }
    for (size_t i = 0; i < n; i++)
        put_place(m, &places[i]);
}

static void put_flat(const struct writer *w, struct x12_members *m, const struct x12_set *set)
{
    struct doc *items = ARENA_ARRAY(w->arena, struct doc, set->n);
    size_t n = 0;

    for (size_t i = 1; i < set->n; i++)
        if (i + 1 < set->n || !str_is(set->segments[i].id, "SE"))
            items[n++] = loose(w, &set->segments[i], (uint32_t)i + 1);
    x12_put(m, "segments", doc_make_array(items, n));
}

static void put_set(const struct writer *w, struct x12_members *m, const struct x12_set *set)
{
    x12_put_text(m, "set", set->code);
    x12_put(m, "ST", segment(w, &set->segments[0]));
    if (set->root)
        put_children(w, m, set->root);
    else
        put_flat(w, m, set);
}

/* ---- the whole file ---- */

static void put_count(struct x12_members *m, const char *name, unsigned v)
{
    if (v)
        x12_put(m, name, doc_make_int(v));
}

static struct doc fault_document(struct arena *a, const struct x12_fault *f)
{
    static const char *const levels[] = {"interchange", "group", "set", "segment", "element"};
    struct x12_members m = {.arena = a};

    x12_put(&m, "level", doc_make_text(str_of(levels[f->level])));
    x12_put(&m, "code", doc_make_text(str_of(f->code)));
    x12_put(&m, "rejects", doc_make_bool(f->rejects));
    if (f->segment.n)
        x12_put_text(&m, "segment", f->segment);
    put_count(&m, "at", f->at);
    if (f->loop)
        x12_put(&m, "loop", doc_make_text(str_of(f->loop)));
    put_count(&m, "element", f->element);
    put_count(&m, "component", f->component);
    put_count(&m, "repetition", f->repetition);
    if (f->value.n)
        x12_put_text(&m, "value", f->value);
    x12_put(&m, "meaning", doc_make_text(str_of(f->meaning)));
    return x12_object(&m);
}

static void put_faults(struct x12_members *m, const struct x12_faults *f)
{
    struct doc *items = ARENA_ARRAY(m->arena, struct doc, f->n ? f->n : 1);

    for (size_t i = 0; i < f->n; i++)
        items[i] = fault_document(m->arena, &f->items[i]);
    x12_put(m, "faults", doc_make_array(items, f->n));
    if (f->more)
        x12_put(m, "more_faults", doc_make_int((int64_t)f->more));
}

static const char *verdict_name(enum x12_verdict v)
{
    static const char *const names[] = {"accepted", "errors_noted", "partly", "rejected"};

    return names[v];
}

static struct doc group_document(const struct writer *w, const struct x12_interchange *in, const struct x12_group *g,
                                 bool with_faults)
{
    struct x12_members m = {.arena = w->arena};
    struct doc *sets = ARENA_ARRAY(w->arena, struct doc, g->n ? g->n : 1);

    for (size_t i = 0; i < g->n; i++) {
        struct x12_members of = {.arena = w->arena};

        put_set(w, &of, &g->sets[i]);
        if (with_faults) {
            x12_put(&of, "verdict", doc_make_text(str_of(verdict_name(x12_set_verdict(&g->sets[i])))));
            put_faults(&of, &g->sets[i].faults);
        }
        sets[i] = x12_object(&of);
    }
    x12_put(&m, "GS", segment(w, g->gs));
    x12_put(&m, "sets", doc_make_array(sets, g->n));
    if (with_faults) {
        x12_put(&m, "verdict", doc_make_text(str_of(verdict_name(x12_group_verdict(in, g)))));
        put_faults(&m, &g->faults);
    }
    return x12_object(&m);
}

static struct doc isa_document(struct arena *a, const struct x12_segment *isa)
{
    struct x12_members m = {.arena = a};

    for (unsigned i = 1; i <= 15; i++) { /* the sixteenth is among the separators */
        struct str v = x12_element(isa, i);

        while (i != 11 && v.n && v.p[v.n - 1] == ' ')
            v.n--;
        if (v.n)
            x12_put_named(&m, name_of(a, isa->id, i, 0), x12_text(a, v));
    }
    return x12_object(&m);
}

struct doc x12_set_document(struct arena *a, const struct x12_interchange *in, const struct x12_group *group,
                            const struct x12_set *set)
{
    struct writer w = {a, &in->separators};
    struct x12_members m = {.arena = a};

    x12_put(&m, "ISA", isa_document(a, in->isa));
    x12_put(&m, "GS", segment(&w, group->gs));
    put_set(&w, &m, set);
    return x12_object(&m);
}

static struct doc separators_document(struct arena *a, const struct x12_separators *s)
{
    struct x12_members m = {.arena = a};

    x12_put_text(&m, "element", (struct str){&s->element, 1});
    x12_put_text(&m, "component", (struct str){&s->component, 1});
    if (s->repetition)
        x12_put_text(&m, "repetition", (struct str){&s->repetition, 1});
    x12_put_text(&m, "segment", str_of(s->terminator));
    return x12_object(&m);
}

static struct doc interchange_document(struct arena *a, const struct x12_interchange *in, bool with_faults)
{
    struct x12_members m = {.arena = a};
    struct writer w = {a, &in->separators};
    struct doc *groups = ARENA_ARRAY(a, struct doc, in->n ? in->n : 1);

    for (size_t i = 0; i < in->n; i++)
        groups[i] = group_document(&w, in, &in->groups[i], with_faults);
    x12_put(&m, "ISA", isa_document(a, in->isa));
    x12_put(&m, "separators", separators_document(a, &in->separators));
    if (in->ta1_n) {
        struct doc *told = ARENA_ARRAY(a, struct doc, in->ta1_n);

        for (size_t i = 0; i < in->ta1_n; i++)
            told[i] = segment(&w, &in->ta1[i]);
        x12_put(&m, "TA1", doc_make_array(told, in->ta1_n));
    }
    x12_put(&m, "groups", doc_make_array(groups, in->n));
    if (with_faults) {
        x12_put_text(&m, "key", str_of(in->key));
        put_faults(&m, &in->faults);
    }
    return x12_object(&m);
}

struct doc x12_document(struct arena *a, const struct x12_file *file, bool with_faults)
{
    struct x12_members m = {.arena = a};
    struct doc *items = ARENA_ARRAY(a, struct doc, file->n ? file->n : 1);

    for (size_t i = 0; i < file->n; i++)
        items[i] = interchange_document(a, &file->items[i], with_faults);
    x12_put(&m, "interchanges", doc_make_array(items, file->n));
    return x12_object(&m);
}
