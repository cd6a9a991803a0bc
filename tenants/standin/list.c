#include "standin/standin_int.h"

#include <stdlib.h>

/* Lists: filtered, ordered, and a page of them. */

struct item {
    struct doc d, order;
};

static int compare(const void *a_, const void *b_)
{
    const struct item *a = a_, *b = b_;
    double x, y;
    int c;

    if (doc_real(&a->order, &x) && doc_real(&b->order, &y))
        return x < y ? -1 : x > y;
    c = strncmp(doc_text(&a->order).p ? doc_text(&a->order).p : "", doc_text(&b->order).p ? doc_text(&b->order).p : "",
                doc_text(&a->order).n < doc_text(&b->order).n ? doc_text(&a->order).n : doc_text(&b->order).n);
    return c ? c : (doc_text(&a->order).n > doc_text(&b->order).n) - (doc_text(&a->order).n < doc_text(&b->order).n);
}

static enum err gathered(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                         struct item **out, size_t *out_n)
{
    struct standin_collection *c = standin_collection(s, r->of);
    struct item *v = ARENA_ARRAY(sc->arena, struct item, c->n);
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        const struct doc *d = standin_thing_doc(sc, &c->things[i]);
        struct doc yes = doc_make_bool(true), order = expr_absent();

        if (r->where)
            TRY(sc, standin_eval(sc, s, b, r->where, d, &yes));
        if (doc_kind(&yes) != DOC_TRUE)
            continue;
        if (r->order)
            TRY(sc, standin_eval(sc, s, b, r->order, d, &order));
        v[n++] = (struct item){*d, order};
    }
    if (r->order && n)
        qsort(v, n, sizeof(*v), compare);
    *out = v;
    *out_n = n;
    return OK;
}

/* Of the query, or of a field's arguments ("options.take"). */
static int64_t asked(const struct rq *rq, const struct doc *args, const char *name, int64_t otherwise)
{
    struct str v = name && !args ? rq_query(rq, name) : (struct str){0};
    int64_t n = otherwise;
    char text[24];

    if (args) {
        (void)doc_int(name ? doc_path(args, name) : NULL, &n);
        return n;
    }
    if (v.n == 0 || v.n >= sizeof(text))
        return otherwise;
    memcpy(text, v.p, v.n);
    text[v.n] = '\0';
    return strtoll(text, NULL, 10);
}

/* Where the page after this key begins. */
static enum err after(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                      const struct item *v, size_t n, size_t *out)
{
    const char *key, *one;
    struct doc k;

    *out = 0;
    TRY(sc, standin_eval(sc, s, b, r->pages.where, NULL, &k));
    key = standin_key_of(sc, &k);
    for (size_t i = 0; key && *key && i < n; i++) {
        one = standin_key_of(sc, doc_get(&v[i].d, standin_collection(s, r->of)->key));
        if (one && strcmp(one, key) == 0)
            *out = i + 1;
    }
    return OK;
}

enum err standin_list(struct scope *sc, struct standin *s, const struct standin_route *r, const struct rq *rq,
                      struct standin_bound *b, struct doc *out)
{
    const struct standin_pages *p = &r->pages;
    const struct doc *args = r->field ? standin_bound(b, "args") : NULL;
    int64_t size = asked(rq, args, p->size, p->usual), page = asked(rq, args, p->at, p->kind == PAGES_PAGE ? 1 : 0);
    struct item *all;
    struct doc *items;
    size_t n, from = 0, count;

    TRY(sc, gathered(sc, s, r, b, &all, &n));
    if (size < 1 || size > p->most)
        size = p->most;
    if (p->kind == PAGES_PAGE)
        from = page > 1 ? (size_t)((page - 1) * size) : 0;
    else if (p->kind == PAGES_OFFSET)
        from = page > 0 ? (size_t)page : 0;
    else if (p->kind == PAGES_AFTER)
        TRY(sc, after(sc, s, r, b, all, n, &from));
    if (from > n)
        from = n;
    count = p->kind == PAGES_NONE || n - from < (size_t)size ? n - from : (size_t)size;
    items = ARENA_ARRAY(sc->arena, struct doc, count);
    for (size_t i = 0; i < count; i++)
        items[i] = all[from + i].d;
    *out = doc_make_array(items, count);
    standin_bind_set(b, "items", *out);
    standin_bind_set(b, "total", doc_make_int((int64_t)n));
    standin_bind_set(b, "from", doc_make_int((int64_t)from));
    standin_bind_set(b, "size", doc_make_int(size));
    standin_bind_set(b, "page", doc_make_int(page));
    standin_bind_set(b, "more", doc_make_bool(from + count < n));
    return OK;
}
