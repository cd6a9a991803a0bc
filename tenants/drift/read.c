#include "drift/drift_int.h"

/* A shape as write.c writes it. What it holds was ours, but it has been outside: nothing of it is believed. */

static bool read_u32(const struct doc *d, uint32_t *out)
{
    int64_t v;

    if (!doc_int(d, &v) || v < 0 || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool read_thousandths(const struct doc *d, float *out)
{
    int64_t v;

    if (!doc_int(d, &v) || v < -1000000000 || v > 1000000000)
        return false;
    *out = (float)v / 1000;
    return true;
}

static bool read_floats(const struct doc *d, float *out, size_t n)
{
    if (!d)
        return true;
    if (doc_count(d) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!read_thousandths(doc_at(d, i), &out[i]))
            return false;
    return true;
}

static bool read_counts(const struct doc *d, struct magnitude *m)
{
    uint32_t first, v;

    if (!doc_count(d) || !read_u32(doc_at(d, 0), &first) || first + doc_count(d) - 1 > BINS)
        return false;
    for (size_t i = 1; i < doc_count(d); i++) {
        if (!read_u32(doc_at(d, i), &v) || v > UINT16_MAX / 2)
            return false;
        m->count[first + i - 1] = (uint16_t)v;
        m->total += v;
    }
    m->stale = UINT16_MAX;
    return true;
}

static bool read_magnitude(struct drift_shape *s, struct node *x, const struct doc *d)
{
    struct magnitude *m;
    int64_t older, mark;

    if (!d)
        return true;
    m = x->magnitude = ARENA_NEW(s->keep, struct magnitude);
    s->cost += COST_MAGNITUDE;
    if (!doc_int(doc_get(d, "ol"), &older) || !doc_int(doc_get(d, "mk"), &mark))
        return false;
    m->older = (double)older / STORED_OLDER;
    m->mark = (double)mark / STORED_OLDER;
    return read_counts(doc_get(d, "c"), m) && read_floats(doc_get(d, "o"), &m->open_at, 1) &&
           read_floats(doc_get(d, "r"), m->recent, RECENT) && read_floats(doc_get(d, "s"), m->s, SHIFTS) &&
           read_u32(doc_get(d, "se"), &m->seen) && read_u32(doc_get(d, "up"), &m->ups) &&
           read_u32(doc_get(d, "cm"), &m->compared);
}

static bool read_word(struct drift_shape *s, const struct doc *d, size_t at, struct word *w)
{
    struct str text = doc_text(doc_at(d, at));
    uint32_t open;

    if (!text.n || text.n > DRIFT_VALUE_MAX || !read_u32(doc_at(d, at + 1), &w->count) ||
        !read_u32(doc_at(d, at + 2), &w->born) || !read_u32(doc_at(d, at + 3), &open))
        return false;
    w->p = str_dup(s->keep, text);
    w->n = (uint32_t)text.n;
    w->open = open;
    s->cost += COST_WORD + w->n;
    return true;
}

static bool read_words(struct drift_shape *s, struct node *x, const struct doc *d)
{
    size_t n = doc_count(d);

    if (!d)
        return true;
    if (n % 4 != 1 || n > 4 * DRIFT_VALUES_MAX + 1)
        return false;
    x->words = ARENA_NEW(s->keep, struct words);
    for (size_t i = 1; i < n; i += 4)
        if (!read_word(s, d, i, &x->words->v[x->words->n++]))
            return false;
    return read_u32(doc_at(d, 0), &x->words->born);
}

static bool read_forms(struct node *x, const struct doc *d)
{
    uint32_t f;

    if (doc_count(d) % 3)
        return false;
    for (size_t i = 0; i < doc_count(d); i += 3)
        if (!read_u32(doc_at(d, i), &f) || f >= FORMS || !read_u32(doc_at(d, i + 1), &x->form_n[f]) ||
            !read_u32(doc_at(d, i + 2), &x->form_born[f]))
            return false;
    return true;
}

static bool read_counters(struct node *x, const struct doc *d)
{
    for (size_t i = 0; i < node_counter_count; i++) {
        const struct doc *v = doc_get(d, node_counters[i].key);

        if (v && !read_u32(v, (uint32_t *)((char *)x + node_counters[i].at)))
            return false;
    }
    for (size_t i = 0; i < node_evidence_count; i++) {
        const struct doc *v = doc_get(d, node_evidence[i].key);

        if (v && !read_thousandths(v, (float *)((char *)x + node_evidence[i].at)))
            return false;
    }
    return x->usual < FORMS && x->absent <= x->n && x->form_n[x->usual] <= x->filled;
}

static bool read_node(struct drift_shape *s, uint32_t i, const struct doc *d)
{
    struct str name = doc_text(doc_get(d, "k"));
    uint32_t parent, flags;
    struct node *x;

    if (!read_u32(doc_get(d, "p"), &parent) || !read_u32(doc_get(d, "g"), &flags) || (i && parent >= i))
        return false;
    if (i)
        shape_add(s, parent, name, flags & NODE_ITEM);
    x = &s->nodes[i];
    x->private |= (flags & NODE_PRIVATE) != 0;
    x->wordless = flags & NODE_WORDLESS;
    x->wide = flags & NODE_WIDE;
    s->cost += COST_NODE + (uint32_t)name.n;
    return read_forms(x, doc_get(d, "f")) && read_counters(x, d) && read_magnitude(s, x, doc_get(d, "m")) &&
           read_words(s, x, doc_get(d, "w"));
}

/* Of a shape that was too large it may have been left out. */
static void check_instead(const struct drift_shape *s, struct node *x)
{
    if (x->instead >= s->n || (x->instead && s->nodes[x->instead].parent != x->parent))
        x->instead = x->apart = 0;
}

static bool read_shape(struct drift_shape *s, const struct doc *d)
{
    const struct doc *nodes = doc_get(d, "nodes");
    size_t n = doc_count(nodes);

    if (!str_is(doc_text(doc_get(d, "format")), STORED_FORMAT) || !read_u32(doc_get(d, "payloads"), &s->payloads) ||
        doc_kind(nodes) != DOC_ARRAY || n == 0 || n > DRIFT_PATHS_MAX)
        return false;
    s->cost = 0;
    (void)doc_bool(doc_get(d, "more"), &s->more);
    for (uint32_t i = 0; i < n; i++)
        if (!read_node(s, i, doc_at(nodes, i)))
            return false;
    for (uint32_t i = 1; i < s->n; i++)
        check_instead(s, &s->nodes[i]);
    s->full = s->cost > DRIFT_STORED_MAX - 1024;
    return true;
}

enum err drift_shape_parse(struct scope *sc, struct arena *keep, struct str json, struct drift_shape **out)
{
    struct drift_shape *s = drift_shape_new(keep);
    const struct doc *d;

    if (json.n > DRIFT_STORED_MAX)
        return FAIL(sc, ERR_TOO_LARGE, "a stored shape is at most %u octets", DRIFT_STORED_MAX);
    TRY(sc, doc_parse(sc, json, &d));
    if (!read_shape(s, d))
        return FAIL(sc, ERR_INVALID, "this is no stored shape");
    *out = s;
    return OK;
}
