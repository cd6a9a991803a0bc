#include "json/doc_int.h"

struct differ {
    struct arena *arena;
    struct doc_change *changes;
    size_t n;
    size_t cap;
    size_t limit;
    bool more;
    struct buf path; /* of the values at hand; cut back on the way out */
};

static void tell(struct differ *x, const struct doc *before, const struct doc *after)
{
    size_t size = sizeof(*x->changes);

    if (x->n == x->limit) {
        x->more = true;
        return;
    }
    if (x->n == x->cap) {
        size_t cap = x->cap ? 2 * x->cap : 16;

        x->changes = arena_grow(x->arena, x->changes, x->cap * size, cap * size);
        x->cap = cap;
    }
    x->changes[x->n++] = (struct doc_change){arena_strndup(x->arena, x->path.p, x->path.n), before, after};
}

/* One of the two may be absent. */
struct pair {
    const struct doc *before, *after;
};

static void walk(struct differ *x, const struct pair *of, size_t depth);

/* One step down and back; false when its path would be too long. */
static bool step(struct differ *x, const struct pair *child, const struct doc *name, size_t i, size_t depth)
{
    size_t was = x->path.n;
    bool fits;

    if (name)
        doc_pointer_put(&x->path, doc_text(name));
    else
        doc_pointer_put_index(&x->path, i);
    fits = !x->path.full;
    if (fits)
        walk(x, child, depth + 1);
    x->path.n = was;
    x->path.full = false;
    return fits || (child->before && child->after && doc_equal(child->before, child->after));
}

static void walk_items(struct differ *x, const struct pair *of, size_t depth)
{
    size_t n = of->before->n > of->after->n ? of->before->n : of->after->n;

    for (size_t i = 0; i < n && !x->more; i++) {
        struct pair child = {doc_at(of->before, i), doc_at(of->after, i)};

        if (!step(x, &child, NULL, i, depth)) {
            tell(x, of->before, of->after);
            return;
        }
    }
}

/* The members of `from` and their like of the other side, or only those that have none there. */
static bool walk_side(struct differ *x, const struct pair *of, bool added, size_t depth)
{
    const struct doc *from = added ? of->after : of->before;
    CLEANUP(doc_names_dispose) struct doc_names names = {.object = added ? of->before : of->after};

    for (size_t i = 0; i < from->n && !x->more; i++) {
        const struct doc *name = &from->children[2 * i], *other = doc_names_find(&names, name);
        struct pair child = {name + 1, other};

        if (added && other)
            continue;
        if (added)
            child = (struct pair){NULL, name + 1};
        if (!step(x, &child, name, 0, depth)) {
            tell(x, of->before, of->after);
            return false;
        }
    }
    return true;
}

static bool both(const struct pair *of, enum doc_kind kind)
{
    return of->before && of->after && doc_kind(of->before) == kind && doc_kind(of->after) == kind;
}

/* Calls itself once a level. */
static void walk(struct differ *x, const struct pair *of, size_t depth)
{
    if (depth < DOC_DEPTH_MAX && both(of, DOC_OBJECT)) {
        if (walk_side(x, of, false, depth))
            walk_side(x, of, true, depth);
    } else if (depth < DOC_DEPTH_MAX && both(of, DOC_ARRAY)) {
        walk_items(x, of, depth);
    } else if (!of->before || !of->after || !doc_equal(of->before, of->after)) {
        tell(x, of->before, of->after);
    }
}

void doc_diff(struct arena *a, const struct doc *before, const struct doc *after, size_t limit, struct doc_changes *out)
{
    struct differ x = {.arena = a, .limit = limit};

    buf_init(&x.path, a, DOC_POINTER_MAX);
    if (before || after)
        walk(&x, &(struct pair){before, after}, 0);
    *out = (struct doc_changes){x.changes, x.n, x.more};
}
