#include <math.h>

#include "expr/expr_int.h"

/* What leaves an evaluation: plain JSON, no larger and no deeper than a document may be. Parts may lie in it many
 * times, so that a small value can be without end when it is written; whoever is given it must not have to think of
 * that.
 */

struct measure {
    struct run *r;
    size_t left; /* octets */
    bool odd;    /* there is something that JSON has not */
};

static void measure_value(struct measure *m, struct doc v, uint32_t depth)
{
    size_t n = sizeof(struct doc) / 2 + (is_text(v) || v.kind == DOC_NUMBER || v.kind == DOC_INT ? v.n : 0);

    if (m->left < n)
        raise_at(m->r, 0, "X1017", NULL);
    m->left -= n;
    m->odd |= v.kind > DOC_OTHER || (v.kind == DOC_COMPUTED_REAL && !isfinite(v.real));
    if (!is_array(v) && !is_object(v))
        return;
    if (depth == DOC_DEPTH_MAX)
        raise_at(m->r, 0, "X1018", NULL);
    for (uint32_t i = 0; i < (is_object(v) ? 2 : 1) * v.n; i++)
        measure_value(m, v.children[i], depth + 1);
}

static struct doc plain(struct run *r, struct doc v);

static struct doc plain_children(struct run *r, struct doc v)
{
    bool object = is_object(v);
    struct doc *children = take(r, (object ? 2 : 1) * ((size_t)v.n + 1) * sizeof(*children));
    uint32_t n = 0;

    for (uint32_t i = 0; i < v.n; i++) {
        struct doc one = plain(r, object ? v.children[2 * i + 1] : v.children[i]);

        if (object && is_absent(one))
            continue;
        if (object)
            children[2 * n] = v.children[2 * i];
        children[object ? 2 * n + 1 : n] = is_absent(one) ? (struct doc){.kind = DOC_NULL} : one;
        n++;
    }
    return (struct doc){.children = children, .n = n, .kind = v.kind};
}

/* Functions are nothing, as JSON.stringify has them; numbers that are not finite are a fault. */
static struct doc plain(struct run *r, struct doc v)
{
    charge(r, 1);
    if (is_array(v) || is_object(v))
        return plain_children(r, v);
    if (v.kind == DOC_COMPUTED_REAL && !isfinite(v.real))
        raise_value(r, 0, "D1001", NULL, literal_text(v.real < 0 ? "-Infinity" : "Infinity"));
    return v.kind > DOC_OTHER ? ABSENT : v;
}

struct doc result_of(struct run *r, struct doc v)
{
    struct measure m = {.r = r, .left = r->memory_max};

    measure_value(&m, v, 0);
    return m.odd ? plain(r, v) : v;
}
