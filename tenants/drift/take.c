#include <string.h>

#include "drift/drift_int.h"

/* Two who learn one source at once: what one of them has seen since both were alike, for the other. */

struct taking {
    struct drift_shape *into;
    const struct drift_shape *from, *was;
    uint32_t *of, *had; /* the node of `into` and of `was` for each of `from`; NONE: there is none */
    uint32_t before;    /* nodes of `into` from here on are made now */
    uint32_t payloads;  /* of `into`, before */
    bool opens;
};

static const struct magnitude unseen;

static uint32_t more(uint32_t now, uint32_t before)
{
    return now > before ? now - before : 0; /* what fades, or was accepted, has nothing to add */
}

static void pair(struct taking *t, uint32_t i)
{
    const struct node *f = &t->from->nodes[i];
    struct str name = {f->name, f->name_n};
    uint32_t into = t->of[f->parent], was = t->had[f->parent];

    t->of[i] = into == NONE ? NONE : shape_child(t->into, into, name, f->item);
    t->had[i] = was == NONE ? NONE : shape_find(t->was, was, name, f->item);
}

static void take_presence(struct taking *t, uint32_t i, struct node *x, const struct node *w)
{
    const struct node *f = &t->from->nodes[i];
    uint32_t n = w->n, absent = w->absent;

    if (t->had[i] == NONE && !f->item) /* it was in none of those */
        n = absent = i && t->had[f->parent] != NONE ? t->was->nodes[t->had[f->parent]].objects : 0;
    x->n += more(f->n, n);
    x->absent += more(f->absent, absent);
    x->absent = x->absent < x->n ? x->absent : x->n;
    x->parents += more(f->parents, w->parents);
    x->with += more(f->with, w->with);
    x->objects += more(f->objects, w->objects);
    x->wide |= f->wide;
    x->burst = f->burst > x->burst ? f->burst : x->burst;
    if (!f->born)
        x->born = 0;
    if (t->of[i] >= t->before)
        x->first_seen = t->payloads + more(f->first_seen, t->was->payloads);
}

/* What a new one may stand for, where both think of the same. */
static void take_instead(struct taking *t, uint32_t i, struct node *x, const struct node *w)
{
    const struct node *f = &t->from->nodes[i];
    uint32_t instead = f->instead ? t->of[f->instead] : NONE;

    if (instead == NONE || !x->born || (x->instead && x->instead != instead))
        return;
    x->instead = instead;
    x->apart += more(f->apart, w->apart);
}

static void take_forms(struct node *x, const struct node *f, const struct node *w)
{
    x->filled += more(f->filled, w->filled);
    for (enum form k = FORM_BOOL; k < FORMS; k++) {
        uint32_t met = more(f->form_n[k], w->form_n[k]);

        if (met && !x->form_n[k])
            x->form_born[k] = f->form_born[k];
        else if (met && !f->form_born[k] && !(x->open_forms & 1u << k))
            x->form_born[k] = 0;
        x->form_n[k] += met;
        x->form_n[k] = x->form_n[k] < x->filled ? x->form_n[k] : x->filled;
        x->form_born[k] = x->form_born[k] < x->filled ? x->form_born[k] : x->filled;
    }
}

static void take_words(const struct taking *t, struct node *x, const struct node *f, const struct node *w)
{
    if (f->wordless) {
        x->wordless = true;
        x->words = NULL;
    }
    for (uint32_t i = 0; f->words && i < f->words->n && !x->wordless; i++) {
        const struct word *v = &f->words->v[i];

        words_take(t->into, x, v, words_find(w->words, (struct str){v->p, v->n}));
    }
    if (f->words && x->words)
        x->words->born += more(f->words->born, w->words ? w->words->born : 0);
}

static void take_counts(struct magnitude *m, const struct magnitude *f, const struct magnitude *w)
{
    m->total = 0;
    for (int b = 0; b < BINS; b++) {
        uint32_t n = m->count[b] + more(f->count[b], w->count[b]);

        m->count[b] = (uint16_t)(n < UINT16_MAX / 2 ? n : UINT16_MAX / 2);
        m->total += m->count[b];
    }
    m->seen += more(f->seen, w->seen);
    m->compared += more(f->compared, w->compared);
    m->ups += more(f->ups, w->ups);
    m->ups = m->ups < m->compared ? m->ups : m->compared;
    if (f->seen > w->seen) {
        m->older = f->older;
        m->mark = f->mark;
    }
    m->stale = UINT16_MAX;
}

static void take_magnitude(struct drift_shape *into, struct node *x, const struct node *f, const struct node *w)
{
    if (!f->magnitude)
        return;
    if (!x->magnitude && shape_spend(into, COST_MAGNITUDE))
        x->magnitude = ARENA_NEW(into->keep, struct magnitude);
    if (!x->magnitude)
        return;
    take_counts(x->magnitude, f->magnitude, w->magnitude ? w->magnitude : &unseen);
}

static void take_open(struct taking *t, uint32_t i, struct node *x, const struct node *w)
{
    const struct node *f = &t->from->nodes[i];
    uint32_t opened = f->open & ~w->open;

    if (opened & ~x->open & 1u << DRIFT_RENAMED && f->instead && t->of[f->instead] != NONE)
        x->instead = t->of[f->instead];

    if (opened & ~x->open & 1u << DRIFT_UNIT && x->magnitude && f->magnitude)
        x->magnitude->open_at = f->magnitude->open_at;
    for (uint32_t k = 0; opened & 1u << DRIFT_VALUE && f->words && k < f->words->n; k++)
        if (f->words->v[k].open)
            words_open(x->words, (struct str){f->words->v[k].p, f->words->v[k].n});
    x->open_forms |= f->open_forms & ~w->open_forms;
    x->open |= opened;
}

static float weighed(float into, float from, float was, float most)
{
    float s = into + from - was;

    return s < 0 ? 0 : s > most ? most : s;
}

static uint32_t pending(uint32_t into, uint32_t from, uint32_t was)
{
    return into + from > was ? into + from - was : 0;
}

/* Each saw only some of the payloads since: what speaks for a change in either speaks for it in both. But what may be
 * left out is so in clusters, of which each knows the longest that it saw itself. */
static void take_evidence(struct node *x, const struct node *f, const struct node *w)
{
    x->s_form = weighed(x->s_form, f->s_form, w->s_form, S_MAX);
    if (!presence_is_usual(x))
        return;
    x->s_always = weighed(x->s_always, f->s_always, w->s_always, S_MAX);
    x->s_half = weighed(x->s_half, f->s_half, w->s_half, S_MAX);
    x->pend_n = pending(x->pend_n, f->pend_n, w->pend_n);
    x->pend_gone = pending(x->pend_gone, f->pend_gone, w->pend_gone);
    x->pend_gone = x->pend_gone < x->pend_n ? x->pend_gone : x->pend_n;
}

static void take_shifts(struct magnitude *m, const struct magnitude *f, const struct magnitude *w)
{
    bool grew = false;

    for (int k = 0; k < SHIFTS; k++) {
        grew |= f->s[k] > w->s[k];
        m->s[k] = weighed(m->s[k], f->s[k], w->s[k], S_MAX);
    }
    if (grew) /* how far it is shifted is seen where it is */
        memcpy(m->recent, f->recent, sizeof(m->recent));
}

static void take_node(struct taking *t, uint32_t i)
{
    static const struct node none;
    const struct node *f = &t->from->nodes[i], *w = t->had[i] == NONE ? &none : &t->was->nodes[t->had[i]];
    struct node *x = &t->into->nodes[t->of[i]];

    take_presence(t, i, x, w);
    take_instead(t, i, x, w);
    take_forms(x, f, w);
    take_words(t, x, f, w);
    take_magnitude(t->into, x, f, w);
    if (!t->opens)
        return;
    take_open(t, i, x, w);
    if (f->open || x->open)
        return;
    take_evidence(x, f, w);
    if (f->magnitude && x->magnitude)
        take_shifts(x->magnitude, f->magnitude, w->magnitude ? w->magnitude : &unseen);
}

/* What only `into` knows was absent in all that `from` has seen. */
static void take_absence(struct taking *t, uint32_t i)
{
    struct drift_shape *into = t->into;
    uint32_t objects = more(t->from->nodes[i].objects, t->had[i] == NONE ? 0 : t->was->nodes[t->had[i]].objects);

    for (uint32_t k = into->nodes[t->of[i]].first; k != NONE && objects; k = into->nodes[k].next) {
        struct node *x = &into->nodes[k];
        struct str name = {x->name, x->name_n};

        if (x->item || k >= t->before || shape_find(t->from, i, name, false) != NONE)
            continue;
        x->n += objects;
        x->absent += objects;
    }
}

void drift_shape_take(struct drift_shape *into, const struct drift_shape *from, const struct drift_shape *was,
                      bool opens)
{
    struct arena *a = arena_new();
    struct taking t = {
        into,    from,           was,  ARENA_ARRAY(a, uint32_t, from->n), ARENA_ARRAY(a, uint32_t, from->n),
        into->n, into->payloads, opens};

    for (uint32_t i = 1; i < from->n; i++)
        pair(&t, i);
    for (uint32_t i = 0; i < from->n; i++) {
        if (t.of[i] == NONE)
            continue;
        take_absence(&t, i);
        take_node(&t, i);
    }
    into->payloads += more(from->payloads, was->payloads);
    into->more |= from->more;
    arena_free(a);
}
