#include "standin/standin_int.h"

#include "base/must.h"

/* A GraphQL request: each field of its root goes the way of the route that has its name, and what is answered is what
 * was selected. A list of which nodes, edges or pageInfo are asked is told as a connection, from `after` on, `first` of
 * them. Fields of fields may have routes of their own ("order.lineItems"), which see the thing they belong to. */

#define DEPTH_MAX  30
#define FIELDS_MAX 400
#define ERRORS_MAX 20
#define STEPS_MAX  2000000 /* of one request; fragments that name each other would never end */

struct showing {
    struct scope *sc;
    struct standin *s;
    const struct rq *rq;
    const struct standin_bound *b; /* what all see */
    const struct standin_asked *asked;
    struct doc errors[ERRORS_MAX];
    size_t error_count, steps;
    struct standin_reply *out;
    bool whole; /* the answer is one that has been made already */
};

struct fields {
    struct standin_pick *v; /* those of one key are one */
    size_t n;
};

static enum err shown(struct showing *w, const struct doc *v, const struct standin_pick *p, const char *path, int depth,
                      struct doc *out);

/* ---- errors ---- */

static void member(struct doc *v, size_t *n, const char *name, struct doc value)
{
    v[2 * *n] = doc_make_text(str_of(name));
    v[2 * *n + 1] = value;
    ++*n;
}

static void faulted(struct showing *w, struct str key, const char *code, const char *words)
{
    struct doc *v = ARENA_ARRAY(w->sc->arena, struct doc, 6), *path = ARENA_NEW(w->sc->arena, struct doc);
    struct doc *more = ARENA_ARRAY(w->sc->arena, struct doc, 2);
    size_t n = 0, k = 0;

    if (w->error_count == ERRORS_MAX)
        return;
    *path = doc_make_text(key);
    member(more, &k, "code", doc_make_text(str_of(code)));
    member(v, &n, "message", doc_make_text(str_of(words)));
    if (key.n)
        member(v, &n, "path", doc_make_array(path, 1));
    member(v, &n, "extensions", doc_make_object(more, k));
    w->errors[w->error_count++] = doc_make_object(v, n);
}

/* ---- which fields ---- */

/* Of a thing that says what it is, by __typename or as one of __types; of one that does not, any. */
static bool is_a(struct scope *sc, const struct doc *v, struct str type)
{
    const struct doc *more = doc_get(v, "__types");
    const char *name = str_dup(sc->arena, type);

    if (type.n == 0 || !doc_get(v, "__typename") || str_is(doc_text(doc_get(v, "__typename")), name))
        return true;
    for (size_t i = 0; i < doc_count(more); i++)
        if (str_is(doc_text(doc_at(more, i)), name))
            return true;
    return false;
}

static const struct standin_fragment *fragment_of(const struct showing *w, struct str name)
{
    for (size_t i = 0; i < w->asked->fragment_count; i++)
        if (str_equal(w->asked->fragments[i].name, name))
            return &w->asked->fragments[i];
    return NULL;
}

static struct standin_picks *joined(struct scope *sc, const struct standin_picks *a, const struct standin_picks *b)
{
    struct standin_picks *out = ARENA_NEW(sc->arena, struct standin_picks);

    out->v = ARENA_ARRAY(sc->arena, struct standin_pick, a->n + b->n);
    out->n = a->n + b->n;
    memcpy(out->v, a->v, a->n * sizeof(*a->v));
    memcpy(out->v + a->n, b->v, b->n * sizeof(*b->v));
    return out;
}

static void add(struct showing *w, const struct standin_pick *p, struct fields *out)
{
    for (size_t i = 0; i < out->n; i++) {
        struct standin_pick *one = &out->v[i];

        if (!str_equal(one->key, p->key))
            continue;
        if (one->below && p->below)
            one->below = joined(w->sc, one->below, p->below);
        return;
    }
    if (out->n < FIELDS_MAX)
        out->v[out->n++] = *p;
}

static enum err gather(struct showing *w, const struct standin_picks *picks, const struct doc *v, int depth,
                       struct fields *out)
{
    w->steps += picks->n + 1;
    if (depth > DEPTH_MAX || w->steps > STEPS_MAX)
        return FAIL(w->sc, ERR_INVALID, "the query is too deep or too large");
    for (size_t i = 0; i < picks->n; i++) {
        const struct standin_pick *p = &picks->v[i];
        const struct standin_fragment *f = p->fragment.n ? fragment_of(w, p->fragment) : NULL;

        if (p->fragment.n && !f)
            return FAIL(w->sc, ERR_INVALID, "Fragment %.*s was used, but not defined", (int)p->fragment.n,
                        p->fragment.p);
        if (p->name.n)
            add(w, p, out);
        else if (is_a(w->sc, v, f ? f->on : p->on))
            TRY(w->sc, gather(w, f ? &f->picks : p->below, v, depth + 1, out));
    }
    return OK;
}

static enum err fields_of(struct showing *w, const struct standin_picks *picks, const struct doc *v, struct fields *out)
{
    *out = (struct fields){ARENA_ARRAY(w->sc->arena, struct standin_pick, FIELDS_MAX), 0};
    return gather(w, picks, v, 0, out);
}

/* ---- routes ---- */

/* Changes are asked for as such, and questions are not. */
static bool way_fits(const struct standin_route *r, bool mutation)
{
    if (strchr(r->field, '.') || r->act == DO_ANSWER)
        return true;
    return mutation == (r->act == DO_CREATE || r->act == DO_UPDATE || r->act == DO_DELETE);
}

static enum err route_of(struct showing *w, const char *field, const struct standin_pick *p, const struct doc *parent,
                         struct standin_bound *b, const struct standin_route **out)
{
    *out = NULL;
    *b = *w->b;
    standin_bind_set(b, "args", p->args);
    standin_bind_set(b, "directives", p->directives);
    standin_bind_set(b, "parent", parent ? *parent : expr_absent());
    for (size_t i = 0; i < w->s->route_count && !*out; i++) {
        const struct standin_route *r = &w->s->routes[i];
        struct doc yes = doc_make_bool(true);

        if (!r->field || strcmp(r->field, field) != 0 || !way_fits(r, w->asked->mutation))
            continue;
        if (r->when)
            TRY(w->sc, standin_eval(w->sc, w->s, b, r->when, NULL, &yes));
        if (doc_kind(&yes) == DOC_TRUE)
            *out = r;
    }
    return OK;
}

/* {"value"}: of the field; {"errors"}: beside it; {"status", "body"}: of the whole. */
static enum err refused(struct showing *w, const struct standin_done *done, struct doc *out)
{
    const struct doc *v = &done->value, *errors = doc_get(v, "errors");
    int64_t status;

    *out = doc_get(v, "value") ? *doc_get(v, "value") : (struct doc){.kind = DOC_NULL};
    for (size_t i = 0; i < doc_count(errors) && w->error_count < ERRORS_MAX; i++)
        w->errors[w->error_count++] = *doc_at(errors, i);
    if (!doc_int(doc_get(v, "status"), &status))
        return OK;
    w->whole = true;
    w->out->status = (int)status;
    return standin_text(w->sc, doc_get(v, "body"), w->out);
}

static enum err run(struct showing *w, const struct standin_route *r, const struct standin_pick *p,
                    struct standin_bound *b, struct doc *out)
{
    struct standin_done done;

    TRY(w->sc, standin_once(w->sc, w->s, r, w->rq, b, &done));
    *out = done.value;
    if (doc_kind(&done.headers) == DOC_OBJECT)
        w->out->headers = done.headers;
    if (done.reused && !done.refused)
        faulted(w, p->key, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "the key was used for another request");
    if (done.reused || done.absent)
        *out = (struct doc){.kind = DOC_NULL};
    return done.refused ? refused(w, &done, out) : OK;
}

/* ---- connections ---- */

static bool asks_pages(const struct fields *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_is(f->v[i].name, "nodes") || str_is(f->v[i].name, "edges") || str_is(f->v[i].name, "pageInfo"))
            return true;
    return false;
}

static struct doc cursor_of(struct scope *sc, const struct doc *item, size_t i)
{
    const char *key = standin_key_of(sc, doc_get(item, "id"));
    struct buf b;

    key = arena_f(sc->arena, "%s:%s", key ? "id" : "at", key ? key : arena_f(sc->arena, "%zu", i));
    buf_init(&b, sc->arena, 4 * strlen(key) + 8);
    buf_base64(&b, key, strlen(key));
    return doc_make_text(buf_str(&b));
}

/* As many as there are, or the first of them. */
static size_t asked_first(const struct standin_pick *p, size_t n)
{
    int64_t first;

    return doc_int(doc_get(&p->args, "first"), &first) && first >= 0 && (size_t)first < n ? (size_t)first : n;
}

/* Where the page begins; false: the cursor is none of this list. */
static bool page_from(struct showing *w, const struct doc *list, const struct doc *after, size_t *out)
{
    *out = 0;
    if (doc_kind(after) != DOC_TEXT)
        return true;
    for (size_t i = 0; i < doc_count(list); i++) {
        struct doc c = cursor_of(w->sc, doc_at(list, i), i);

        *out = i + 1;
        if (str_equal(doc_text(&c), doc_text(after)))
            return true;
    }
    return false;
}

static struct doc page_info(struct scope *sc, const struct doc *list, size_t from, size_t n)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 8), none = {.kind = DOC_NULL};
    size_t k = 0;

    member(v, &k, "hasNextPage", doc_make_bool(from + n < doc_count(list)));
    member(v, &k, "hasPreviousPage", doc_make_bool(from > 0));
    member(v, &k, "startCursor", n ? cursor_of(sc, doc_at(list, from), from) : none);
    member(v, &k, "endCursor", n ? cursor_of(sc, doc_at(list, from + n - 1), from + n - 1) : none);
    return doc_make_object(v, k);
}

static struct doc edges(struct scope *sc, const struct doc *list, size_t from, size_t n)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, n);

    for (size_t i = 0; i < n; i++) {
        struct doc *one = ARENA_ARRAY(sc->arena, struct doc, 4);
        size_t k = 0;

        member(one, &k, "cursor", cursor_of(sc, doc_at(list, from + i), from + i));
        member(one, &k, "node", *doc_at(list, from + i));
        v[i] = doc_make_object(one, k);
    }
    return doc_make_array(v, n);
}

static bool connection(struct showing *w, const struct doc *list, const struct standin_pick *p, struct doc *out)
{
    struct doc *v = ARENA_ARRAY(w->sc->arena, struct doc, 8), *nodes;
    size_t from, n, k = 0;

    if (!page_from(w, list, doc_get(&p->args, "after"), &from)) {
        faulted(w, p->key, "BAD_REQUEST", "Invalid cursor for current pagination sort.");
        return false;
    }
    n = asked_first(p, doc_count(list) - from);
    nodes = ARENA_ARRAY(w->sc->arena, struct doc, n);
    for (size_t i = 0; i < n; i++)
        nodes[i] = *doc_at(list, from + i);
    member(v, &k, "nodes", doc_make_array(nodes, n));
    member(v, &k, "edges", edges(w->sc, list, from, n));
    member(v, &k, "pageInfo", page_info(w->sc, list, from, n));
    member(v, &k, "totalCount", doc_make_int((int64_t)doc_count(list)));
    *out = doc_make_object(v, k);
    return true;
}

/* ---- what was selected ---- */

static const char *below(struct showing *w, const char *path, struct str name)
{
    if (str_is(name, "nodes") || str_is(name, "edges") || str_is(name, "node"))
        return path;
    return arena_f(w->sc->arena, "%s.%.*s", path, (int)name.n, name.p);
}

static enum err one_shown(struct showing *w, const struct doc *v, const struct standin_pick *p, const char *path,
                          int depth, struct doc *out)
{
    const char *here = below(w, path, p->name);
    const struct standin_route *r = NULL;
    const struct doc *value = doc_get(v, str_dup(w->sc->arena, p->name));
    struct standin_bound b;
    struct doc made;

    if (here != path)
        TRY(w->sc, route_of(w, here, p, v, &b, &r));
    if (r) {
        TRY(w->sc, run(w, r, p, &b, &made));
        value = &made;
    }
    return shown(w, value, p, here, depth + 1, out);
}

static enum err object_shown(struct showing *w, const struct doc *v, const struct fields *f, const char *path,
                             int depth, struct doc *out)
{
    struct doc *m = ARENA_ARRAY(w->sc->arena, struct doc, 2 * f->n);

    for (size_t i = 0; i < f->n; i++) {
        m[2 * i] = doc_make_text(f->v[i].key);
        TRY(w->sc, one_shown(w, v, &f->v[i], path, depth, &m[2 * i + 1]));
    }
    *out = doc_make_object(m, f->n);
    return OK;
}

static enum err list_shown(struct showing *w, const struct doc *v, const struct standin_pick *p, const char *path,
                           int depth, struct doc *out)
{
    struct doc *m, whole;
    struct fields f;
    size_t n;

    TRY(w->sc, fields_of(w, p->below, NULL, &f));
    *out = (struct doc){.kind = DOC_NULL};
    if (asks_pages(&f))
        return connection(w, v, p, &whole) ? object_shown(w, &whole, &f, path, depth, out) : OK;
    n = asked_first(p, doc_count(v));
    m = ARENA_ARRAY(w->sc->arena, struct doc, n);
    for (size_t i = 0; i < n; i++)
        TRY(w->sc, shown(w, doc_at(v, i), p, path, depth + 1, &m[i]));
    *out = doc_make_array(m, n);
    return OK;
}

static enum err shown(struct showing *w, const struct doc *v, const struct standin_pick *p, const char *path, int depth,
                      struct doc *out)
{
    struct fields f;

    *out = (struct doc){.kind = DOC_NULL};
    if (depth > DEPTH_MAX)
        return FAIL(w->sc, ERR_INVALID, "the query is too deep");
    if (!v || expr_is_absent(*v) || doc_kind(v) == DOC_NULL)
        return OK;
    if (!p->below) {
        *out = *v;
        return OK;
    }
    if (doc_kind(v) == DOC_ARRAY)
        return list_shown(w, v, p, path, depth, out);
    if (doc_kind(v) != DOC_OBJECT)
        return OK;
    TRY(w->sc, fields_of(w, p->below, v, &f));
    return object_shown(w, v, &f, path, depth, out);
}

/* ---- the whole ---- */

static enum err told(struct showing *w, struct doc *data)
{
    const struct standin_graphql *g = &w->s->graphql;
    struct doc v[6], more, *errors = ARENA_ARRAY(w->sc->arena, struct doc, ERRORS_MAX), whole;
    size_t n = 0;

    if (data)
        member(v, &n, "data", *data);
    memcpy(errors, w->errors, w->error_count * sizeof(*errors));
    if (w->error_count)
        member(v, &n, "errors", doc_make_array(errors, w->error_count));
    if (g->extensions) {
        TRY(w->sc, standin_eval(w->sc, w->s, w->b, g->extensions, NULL, &more));
        if (!expr_is_absent(more))
            member(v, &n, "extensions", more);
    }
    whole = doc_make_object(v, n);
    w->out->status = data ? 200 : g->faulty;
    return standin_text(w->sc, &whole, w->out);
}

/* Which route each field of the root goes; a field that none has makes the whole faulty. */
static enum err routes_of(struct showing *w, const struct fields *f, const struct standin_route **r, bool *out_open)
{
    struct standin_bound b;

    *out_open = f->n > 0;
    for (size_t i = 0; i < f->n; i++) {
        r[i] = NULL;
        if (str_is(f->v[i].name, "__typename"))
            continue;
        TRY(w->sc, route_of(w, str_dup(w->sc->arena, f->v[i].name), &f->v[i], NULL, &b, &r[i]));
        *out_open = *out_open && r[i] && r[i]->open;
        if (!r[i])
            faulted(w, f->v[i].key, "undefinedField",
                    arena_f(w->sc->arena, "Field '%.*s' doesn't exist on type '%s'", (int)f->v[i].name.n,
                            f->v[i].name.p, w->asked->mutation ? "Mutation" : "Query"));
    }
    return OK;
}

static enum err answered(struct showing *w, const struct fields *f)
{
    struct doc *m = ARENA_ARRAY(w->sc->arena, struct doc, 2 * f->n), data;

    for (size_t i = 0; i < f->n && !w->whole; i++) {
        const char *name = str_dup(w->sc->arena, f->v[i].name);
        const struct standin_route *r;
        struct standin_bound b;
        struct doc v;

        m[2 * i] = doc_make_text(f->v[i].key);
        m[2 * i + 1] = doc_make_text(str_of(w->asked->mutation ? "Mutation" : "Query"));
        if (str_is(f->v[i].name, "__typename"))
            continue;
        TRY(w->sc, route_of(w, name, &f->v[i], NULL, &b, &r)); /* once more: the field before may have changed it */
        MUST_BE(r || i > 0);
        v = expr_absent();
        if (r)
            TRY(w->sc, run(w, r, &f->v[i], &b, &v));
        TRY(w->sc, shown(w, &v, &f->v[i], name, 0, &m[2 * i + 1]));
    }
    data = doc_make_object(m, f->n);
    return w->whole ? OK : told(w, &data);
}

/* A document that cannot be carried out; nothing was done. */
static enum err faulty(struct showing *w, const char *words)
{
    words = arena_strdup(w->sc->arena, words);
    scope_clear(w->sc);
    faulted(w, STR(""), "GRAPHQL_VALIDATION_FAILED", words);
    return told(w, NULL);
}

static const struct standin_fault *fault_of(struct standin *s, const struct standin_route **r, size_t n)
{
    const struct standin_fault *fault = NULL;

    for (size_t i = 0; i < n && !fault; i++)
        fault = r[i] ? standin_dial(s, r[i]) : NULL;
    return fault;
}

static enum err carried_out(struct showing *w, const struct fields *f, const struct standin_route **r)
{
    const struct standin_fault *fault;

    if (w->error_count)
        return told(w, NULL);
    fault = fault_of(w->s, r, f->n);
    if (standin_fault_refuses(fault))
        return standin_fault_answer(w->sc, w->s, w->b, fault, w->out);
    TRY(w->sc, answered(w, f));
    standin_fault_after(w->sc, fault, w->out);
    return OK;
}

enum err standin_graphql(struct scope *sc, struct standin *s, const struct rq *rq, const struct standin_bound *b,
                         struct standin_reply *out)
{
    struct standin_asked asked = {0};
    struct showing *w = ARENA_NEW(sc->arena, struct showing);
    const struct standin_route **r = ARENA_ARRAY(sc->arena, const struct standin_route *, FIELDS_MAX);
    const struct doc *body = standin_bound(b, "body");
    struct fields f = {0};
    bool in = true, open = false;
    enum err e = standin_ask_read(sc, body, &asked);

    *w = (struct showing){.sc = sc, .s = s, .rq = rq, .b = b, .asked = &asked, .out = out};
    out->route = "graphql";
    if (e == OK)
        e = fields_of(w, &asked.picks, NULL, &f);
    if (e == OK)
        TRY(sc, routes_of(w, &f, r, &open));
    if (f.n && r[0])
        out->route = r[0]->name;
    if (!open) {
        const char *words = e == OK ? NULL : arena_strdup(sc->arena, scope_fault(sc)->message);

        scope_clear(sc);
        TRY(sc, standin_let_in(sc, s, b, out, &in));
        if (in && words)
            return faulty(w, words);
    }
    if (in && f.n)
        TRY(sc, standin_limit(sc, s, r[0], (struct standin_bound *)(uintptr_t)b, out, &in));
    return in ? carried_out(w, &f, r) : OK;
}
