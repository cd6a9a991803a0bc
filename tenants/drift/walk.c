#include "drift/drift_int.h"

/* What one payload has, put into the nodes; nothing is judged yet. */

static void see(struct drift_shape *s, uint32_t at, const struct doc *d, size_t depth);

static void see_members(struct drift_shape *s, uint32_t at, const struct doc *d, size_t depth)
{
    size_t n = doc_count(d);

    for (size_t i = 0; i < n; i++) {
        uint32_t child = shape_child(s, at, doc_key(d, i), false);

        if (child != NONE)
            see(s, child, doc_at(d, i), depth + 1);
    }
}

static void see_items(struct drift_shape *s, uint32_t at, const struct doc *d, size_t depth)
{
    uint32_t child = shape_child(s, at, (struct str){"", 0}, true);
    size_t n = doc_count(d);

    for (size_t i = 0; i < n && child != NONE; i++)
        see(s, child, doc_at(d, i), depth + 1);
}

#define KEY_FROM 11 /* decades: whole numbers as large as that count nothing, whatever they are called */

static void see_magnitude(struct node *x, const struct doc *d, enum form f)
{
    bool negative = false;
    double log;

    if (form_is_whole(f) && x->key)
        return;
    if (!form_magnitude(d, f, &log, &negative) || (form_is_whole(f) && log >= KEY_FROM))
        return;
    x->log_sum += log;
    x->logs++;
}

static void see(struct drift_shape *s, uint32_t at, const struct doc *d, size_t depth)
{
    struct node *x = &s->nodes[at];
    enum form f = form_of(d);

    if (x->stamp != s->payloads) {
        x->stamp = s->payloads;
        x->mask = 0;
        x->logs = 0;
        x->log_sum = 0;
        x->hint = x->first;
        s->fresh |= x->born != 0;
    }
    x->mask |= 1u << f;
    if (f == FORM_LIST || form_is_numeric(f))
        see_magnitude(x, d, f);
    if (f == FORM_CODE || f == FORM_WORD || f == FORM_FREE)
        words_see(s, x, doc_text(d));
    if (depth >= DOC_DEPTH_MAX)
        return;
    if (f == FORM_OBJECT)
        see_members(s, at, d, depth);
    else if (f == FORM_LIST)
        see_items(s, at, d, depth);
}

void walk_payload(struct drift_shape *s, const struct doc *payload)
{
    see(s, 0, payload, 0);
}
