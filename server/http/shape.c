#include <string.h>

#include "http/http_int.h"
#include "json/doc.h"

/* What `fields` and `expand` make of an answer. Both are read before the handler runs, against the route's own type,
 * and applied to answers of that type only. */
#define EXPAND_MAX   5
#define EXPAND_DEPTH 2
#define FIELDS_MAX   63 /* WIRE_ALL is the whole object */

struct expansion {
    const struct http_relation *relation;
    const struct wire_field *id; /* of the object it stands in */
    struct expansion *next, *inner;
};

struct http_shape {
    uint64_t fields;
    struct expansion *expansions;
};

/* What an expansion brought for one answer. */
struct loaded {
    const struct expansion *of;
    const struct uuid *ids;
    const void **values;
    size_t n;
    struct loaded *next;
};

/* Only what a route answers can be shaped; a type of more fields than bits is told whole. */
static const struct wire *shaped(const struct rq *rq)
{
    const struct route *r = rq->route;

    return r && r->method == HTTP_GET && !r->public_ && r->answers && r->answers->fields ? r->answers : NULL;
}

bool shape_is_parameter(const struct rq *rq, struct str name)
{
    return shaped(rq) && (str_is(name, "fields") || (str_is(name, "expand") && rq->app && rq->app->relations));
}

/* Cuts the next name off a list with commas. */
static bool next_name(struct str *list, char between, struct str *out)
{
    const char *end;

    if (!list->p)
        return false;
    end = list->n ? memchr(list->p, between, list->n) : NULL;
    *out = (struct str){list->p, end ? (size_t)(end - list->p) : list->n};
    *list = end ? (struct str){end + 1, list->n - out->n - 1} : (struct str){NULL, 0};
    return true;
}

static enum err fields_read(struct scope *sc, const struct wire *w, struct str list, uint64_t *out)
{
    uint64_t fields = 0;
    struct str name;

    while (next_name(&list, ',', &name)) {
        size_t i = 0;

        while (w->fields[i].name && !str_is(name, w->fields[i].name))
            i++;
        if (!w->fields[i].name || i >= FIELDS_MAX)
            return fail_parameter(
                sc, "fields", "unknown_field",
                arena_f(sc->arena, "%s has no such member; names stand with commas between them", w->name));
        fields |= UINT64_C(1) << i;
    }
    if (fields == 0)
        return fail_parameter(sc, "fields", "unknown_field", "names no member at all");
    *out = fields;
    return OK;
}

/* The field "customer_id" carries the relation "customer". */
static const struct wire_field *id_field(const struct wire *w, struct str relation)
{
    for (const struct wire_field *f = w->fields; f->name; f++)
        if (f->kind == WIRE_KIND_ID && strlen(f->name) == relation.n + 3 &&
            strncmp(f->name, relation.p, relation.n) == 0 && strcmp(f->name + relation.n, "_id") == 0)
            return f;
    return NULL;
}

static const struct http_relation *relation_find(const struct rq *rq, struct str name)
{
    for (const struct http_relation *r = rq->app->relations; r->name; r++)
        if (str_is(name, r->name))
            return r;
    return NULL;
}

/* One step of "connection.customer"; the same step twice is one. NULL: the type does not lead there. */
static struct expansion *step(struct scope *sc, const struct rq *rq, const struct wire *w, struct expansion **level,
                              struct str name)
{
    const struct wire_field *id = name.n ? id_field(w, name) : NULL;
    const struct http_relation *relation = id ? relation_find(rq, name) : NULL;
    struct expansion *x;

    for (x = *level; x; x = x->next)
        if (x->id == id && id)
            return x;
    if (!relation)
        return NULL;
    x = ARENA_NEW(sc->arena, struct expansion);
    *x = (struct expansion){.relation = relation, .id = id, .next = *level};
    *level = x;
    return x;
}

static enum err expand_read(struct scope *sc, const struct rq *rq, const struct wire *w, struct expansion **out)
{
    struct str list = rq_query(rq, "expand"), path, name;
    size_t paths = 0;

    while (next_name(&list, ',', &path)) {
        const struct wire *at = w;
        struct expansion **level = out;

        if (++paths > EXPAND_MAX)
            return fail_parameter(sc, "expand", "too_many",
                                  arena_f(sc->arena, "at most %d can be put in at once", EXPAND_MAX));
        for (size_t depth = 1; next_name(&path, '.', &name); depth++) {
            struct expansion *x = depth <= EXPAND_DEPTH ? step(sc, rq, at, level, name) : NULL;

            if (!x)
                return fail_parameter(sc, "expand", "unknown_relation",
                                      arena_f(sc->arena, "%s leads nowhere under that name, or more than %d steps away",
                                              w->name, EXPAND_DEPTH));
            level = &x->inner;
            at = x->relation->wire;
        }
    }
    return OK;
}

static bool asked(const struct rq *rq, const char *name)
{
    for (size_t i = 0; i < rq->query_count; i++)
        if (str_is(rq->query[i].name, name))
            return true;
    return false;
}

enum err shape_read(struct scope *sc, struct rq *rq)
{
    const struct wire *w = shaped(rq);
    struct http_shape *shape;

    if (!w || (!asked(rq, "fields") && !asked(rq, "expand")))
        return OK;
    shape = ARENA_NEW(sc->arena, struct http_shape);
    shape->fields = WIRE_ALL;
    if (asked(rq, "fields"))
        TRY(sc, fields_read(sc, w, rq_query(rq, "fields"), &shape->fields));
    if (asked(rq, "expand"))
        TRY(sc, expand_read(sc, rq, w, &shape->expansions));
    rq->shape = shape;
    return OK;
}

static const struct http_shape *shape_of(const struct rs *rs, const struct wire *w)
{
    return rs->rq && rs->rq->shape && rs->rq->route->answers == w ? rs->rq->shape : NULL;
}

static const void *value_of(const struct loaded *l, const struct uuid *id)
{
    for (size_t i = 0; i < l->n; i++)
        if (uuid_equal(&l->ids[i], id))
            return l->values[i];
    return NULL;
}

static const struct uuid *id_in(const struct expansion *x, const void *item)
{
    return (const struct uuid *)((const char *)item + x->id->offset);
}

/* The distinct ids of all items at once, so that a page asks once for each relation. */
static enum err load(struct scope *sc, const struct expansion *x, const void *const *items, size_t n,
                     struct loaded **out)
{
    struct loaded *l = ARENA_NEW(sc->arena, struct loaded);
    struct uuid *ids = ARENA_ARRAY(sc->arena, struct uuid, n + 1);

    *l = (struct loaded){.of = x, .ids = ids, .values = ARENA_ARRAY(sc->arena, const void *, n + 1), .next = *out};
    for (size_t i = 0; i < n; i++) {
        const struct uuid *id = items[i] ? id_in(x, items[i]) : NULL;
        size_t k = 0;

        while (id && k < l->n && !uuid_equal(&ids[k], id))
            k++;
        if (id && k == l->n && !uuid_is_nil(id))
            ids[l->n++] = *id;
    }
    *out = l;
    if (l->n)
        TRY(sc, x->relation->load(sc, ids, l->n, l->values));
    for (const struct expansion *inner = x->inner; inner; inner = inner->next)
        TRY(sc, load(sc, inner, l->values, l->n, out));
    return OK;
}

enum err shape_prepare(struct scope *sc, struct rs *rs, const struct wire *w, const void *items, size_t n)
{
    const struct http_shape *shape = shape_of(rs, w);
    const void **at;

    rs->loaded = NULL;
    if (!shape || !shape->expansions)
        return OK;
    at = ARENA_ARRAY(sc->arena, const void *, n + 1);
    for (size_t i = 0; i < n; i++)
        at[i] = (const char *)items + i * w->size;
    for (const struct expansion *x = shape->expansions; x; x = x->next)
        TRY(sc, load(sc, x, at, n, &rs->loaded));
    return OK;
}

static void put_expansions(struct buf *b, const struct rs *rs, const struct expansion *x, const void *item);

static void put_expanded(struct buf *b, const struct rs *rs, const struct expansion *x, const void *item)
{
    const struct loaded *l = rs->loaded;
    const void *value;

    while (l && l->of != x)
        l = l->next;
    value = l ? value_of(l, id_in(x, item)) : NULL;
    if (!value) {
        buf_s(b, "null");
        return;
    }
    wire_encode_fields(b, x->relation->wire, value, WIRE_ALL);
    put_expansions(b, rs, x->inner, value);
    buf_c(b, '}');
}

/* As deep as EXPAND_DEPTH. */
static void put_expansions(struct buf *b, const struct rs *rs, const struct expansion *x, const void *item)
{
    for (; x; x = x->next) {
        buf_c(b, ',');
        json_put_text(b, str_of(x->relation->name));
        buf_c(b, ':');
        put_expanded(b, rs, x, item);
    }
}

static enum err put_reworded(struct scope *sc, const struct rq *rq, struct buf *b, const struct wire *w, size_t mark)
{
    struct str now = {arena_memdup(sc->arena, b->p + mark, b->n - mark), b->n - mark}, was = now;

    TRY(sc, rq->app->reword(sc, rq, w, now, &was));
    b->n = mark;
    buf_add(b, was.p, was.n);
    return OK;
}

enum err shape_put(struct scope *sc, const struct rs *rs, struct buf *b, const struct wire *w, const void *item)
{
    const struct http_shape *shape = shape_of(rs, w);
    size_t mark = b->n;

    wire_encode_fields(b, w, item, shape ? shape->fields : WIRE_ALL);
    if (shape)
        put_expansions(b, rs, shape->expansions, item);
    buf_c(b, '}');
    if (rs->rq && rs->rq->past && rs->rq->app->reword && !b->full)
        TRY(sc, put_reworded(sc, rs->rq, b, w, mark));
    return OK;
}
