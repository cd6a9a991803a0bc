#include <math.h>

#include "drift/drift_int.h"

/* clang-format off */
#define AT(key_, field) {key_, offsetof(struct node, field)}
const struct counter node_counters[] = {
    AT("a", absent), AT("ap", apart), AT("b", born), AT("bu", burst), AT("fi", filled), AT("fs", first_seen), AT("in", instead), AT("ls", last_seen),
    AT("n", n), AT("o", objects), AT("of", open_forms), AT("op", open), AT("pa", parents), AT("pg", pend_gone),
    AT("pn", pend_n), AT("u", usual), AT("wi", with),
};
const struct counter node_evidence[] = {AT("sa", s_always), AT("sf", s_form), AT("sh", s_half)};
/* clang-format on */
const size_t node_counter_count = sizeof(node_counters) / sizeof(*node_counters);
const size_t node_evidence_count = sizeof(node_evidence) / sizeof(*node_evidence);

struct writer {
    struct buf *b;
    bool words, magnitudes;
    const char *between;
};

static void put_key(struct writer *w, const char *key)
{
    buf_f(w->b, "%s\"%s\":", w->between, key);
    w->between = ",";
}

static void put_thousandths(struct buf *b, float v)
{
    buf_i64(b, lroundf(v * 1000));
}

static void put_forms(struct writer *w, const struct node *x)
{
    const char *between = "";

    put_key(w, "f");
    buf_c(w->b, '[');
    for (enum form f = FORM_BOOL; f < FORMS; f++) {
        if (!x->form_n[f])
            continue;
        buf_f(w->b, "%s%d,%u,%u", between, f, x->form_n[f], x->form_born[f]);
        between = ",";
    }
    buf_c(w->b, ']');
}

static void put_floats(struct writer *w, const char *key, const float *v, size_t n)
{
    put_key(w, key);
    for (size_t i = 0; i < n; i++) {
        buf_c(w->b, i ? ',' : '[');
        put_thousandths(w->b, v[i]);
    }
    buf_c(w->b, ']');
}

/* From the first bin that has any to the last, and which the first is. */
static void put_counts(struct writer *w, const struct magnitude *m)
{
    int first = 0, last = BINS - 1;

    while (first < last && !m->count[first])
        first++;
    while (last > first && !m->count[last])
        last--;
    put_key(w, "c");
    buf_f(w->b, "[%d", first);
    for (int i = first; i <= last; i++)
        buf_f(w->b, ",%u", m->count[i]);
    buf_c(w->b, ']');
}

static bool is_suspected(const struct magnitude *m)
{
    for (int k = 0; k < SHIFTS; k++)
        if (m->s[k] > 0)
            return true;
    return false;
}

static void put_magnitude(struct writer *w, const struct magnitude *m)
{
    put_key(w, "m");
    buf_c(w->b, '{');
    w->between = "";
    put_counts(w, m);
    put_key(w, "cm");
    buf_u64(w->b, m->compared);
    put_key(w, "mk");
    buf_i64(w->b, llround(m->mark * STORED_OLDER));
    put_floats(w, "o", &m->open_at, 1);
    put_key(w, "ol");
    buf_i64(w->b, llround(m->older * STORED_OLDER));
    if (is_suspected(m)) {
        put_floats(w, "r", m->recent, RECENT);
        put_floats(w, "s", m->s, SHIFTS);
    }
    put_key(w, "se");
    buf_u64(w->b, m->seen);
    put_key(w, "up");
    buf_u64(w->b, m->ups);
    buf_c(w->b, '}');
}

static void put_words(struct writer *w, const struct words *words)
{
    put_key(w, "w");
    buf_f(w->b, "[%u", words->born);
    for (uint32_t i = 0; i < words->n; i++) {
        const struct word *v = &words->v[i];

        buf_c(w->b, ',');
        json_put_text(w->b, (struct str){v->p, v->n});
        buf_f(w->b, ",%u,%u,%d", v->count, v->born, v->open);
    }
    buf_c(w->b, ']');
}

static void put_node(struct writer *w, const struct node *x)
{
    int flags = (x->item ? NODE_ITEM : 0) | (x->private ? NODE_PRIVATE : 0) | (x->wide ? NODE_WIDE : 0) |
                (x->wordless || (x->words && !w->words) ? NODE_WORDLESS : 0);

    put_key(w, "g");
    buf_i64(w->b, flags);
    put_key(w, "k");
    json_put_text(w->b, (struct str){x->name, x->name_n});
    if (x->magnitude && w->magnitudes)
        put_magnitude(w, x->magnitude);
    put_key(w, "p");
    buf_u64(w->b, x->parent == NONE ? 0 : x->parent);
    if (x->words && w->words)
        put_words(w, x->words);
    put_forms(w, x);
    for (size_t i = 0; i < node_counter_count; i++) {
        uint32_t v = *(const uint32_t *)((const char *)x + node_counters[i].at);

        if (v) {
            put_key(w, node_counters[i].key);
            buf_u64(w->b, v);
        }
    }
    for (size_t i = 0; i < node_evidence_count; i++) {
        float v = *(const float *)((const char *)x + node_evidence[i].at);

        if (v > 0) {
            put_key(w, node_evidence[i].key);
            put_thousandths(w->b, v);
        }
    }
}

static void put_shape(struct writer *w, const struct drift_shape *s, uint32_t n)
{
    buf_f(w->b, "{\"format\":\"" STORED_FORMAT "\",\"more\":%s,\"nodes\":[", s->more || n < s->n ? "true" : "false");
    for (uint32_t i = 0; i < n && !w->b->full; i++) {
        buf_s(w->b, i ? ",{" : "{");
        w->between = "";
        put_node(w, &s->nodes[i]);
        buf_c(w->b, '}');
    }
    buf_f(w->b, "],\"payloads\":%u}", s->payloads);
}

void drift_shape_write(struct arena *a, struct buf *out, const struct drift_shape *s)
{
    struct writer w = {.words = true, .magnitudes = true};
    uint32_t n = s->n;
    struct buf b;

    for (;;) {
        buf_init(&b, a, DRIFT_STORED_MAX);
        w.b = &b;
        put_shape(&w, s, n);
        if (!b.full)
            break;
        if (w.words)
            w.words = false;
        else if (w.magnitudes)
            w.magnitudes = false;
        else
            n -= n / 4; /* what is in another stands behind it */
    }
    buf_add(out, b.p, b.n);
}
