#include "standin/standin_int.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/nearest.h"
#include "mapping/mapping.h"

/* The document, compiled: every fault is told with its place. */

#define LETS_MAX     12
#define LISTS_MAX    20
#define UNAUTHORIZED 401

struct reading {
    struct scope *sc;
    struct arena *keep;
    struct standin *s;
    const char *lets[LETS_MAX]; /* names that a route's expressions may ask for besides */
    size_t let_count;
    unsigned faults;
};

static const char *const known[] = {"path",   "query",      "headers", "body",  "now",   "now_s", "next",   "seed",
                                    "items",  "total",      "from",    "size",  "page",  "more",  "before", "of",
                                    "made",   "thing",      "url",     "host",  "after", "event", "topic",  "args",
                                    "parent", "directives", "reused",  "limit", "grown"};

static void fault(struct reading *r, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void fault(struct reading *r, const char *pointer, const char *code, const char *fmt, ...)
{
    char text[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    scope_item(r->sc, pointer, code, "%s", text);
    r->faults++;
}

static const char *below(struct reading *r, const char *pointer, const char *name)
{
    return arena_f(r->sc->arena, "%s/%s", pointer, name);
}

static bool object(struct reading *r, const struct doc *d, const char *pointer, const char *const *names)
{
    if (doc_kind(d) != DOC_OBJECT) {
        fault(r, pointer, "wrong_type", "must be an object");
        return false;
    }
    for (size_t i = 0; i < doc_count(d); i++) {
        const char *name = str_dup(r->sc->arena, doc_key(d, i));
        size_t k = 0;

        while (names[k] && strcmp(name, names[k]) != 0)
            k++;
        if (!names[k])
            fault(r, below(r, pointer, name), "unknown_member", "is not known here%s",
                  nearest_told(r->sc->arena, name, names));
    }
    return true;
}

static const char *text(struct reading *r, const struct doc *d, const char *pointer, const char *member, bool needed)
{
    const char *v = doc_cstr(r->keep, doc_get(d, member));

    if (!v && (needed || doc_get(d, member)))
        fault(r, below(r, pointer, member), "required", "must be a text");
    return v;
}

static bool is_known(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i], name) == 0)
            return true;
    for (size_t i = 0; i < r->let_count; i++)
        if (strcmp(r->lets[i], name) == 0)
            return true;
    return false;
}

static const struct expr *expr(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                               bool needed)
{
    const struct doc *v = doc_get(d, member);
    const char *here = below(r, pointer, member);
    struct expr_reads names;
    struct expr_fault f;
    struct expr *e;

    if (!v && !needed)
        return NULL;
    if (doc_kind(v) != DOC_TEXT) {
        fault(r, here, "required", "must be an expression, as a text");
        return NULL;
    }
    if (!expr_compile(r->keep, doc_text(v), &mapping_numbers, &e, &f)) {
        fault(r, here, f.code, "%s, in line %u, column %u", f.message, f.line, f.column);
        return NULL;
    }
    expr_names(r->sc->arena, e, &names);
    for (size_t i = 0; i < names.n; i++)
        if (!is_known(r, names.paths[i]))
            fault(r, here, "unknown_name", "nothing has the name $%s", names.paths[i]);
    return e;
}

static size_t choice(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                     const char *const *choices)
{
    const struct doc *v = doc_get(d, member);

    for (size_t i = 0; v && choices[i]; i++)
        if (str_is(doc_text(v), choices[i]))
            return i;
    if (v)
        fault(r, below(r, pointer, member), "not_in_list", "is none of the choices");
    return 0;
}

static int64_t number(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                      int64_t otherwise)
{
    int64_t v = otherwise;

    if (doc_get(d, member) && (!doc_int(doc_get(d, member), &v) || v < 0))
        fault(r, below(r, pointer, member), "wrong_type", "must be a whole number");
    return v;
}

static const char *collection(struct reading *r, const struct doc *d, const char *pointer, bool needed)
{
    const char *name = text(r, d, pointer, "of", needed);

    if (name && !standin_collection(r->s, name))
        fault(r, below(r, pointer, "of"), "not_found", "there is no collection \"%s\"", name);
    return name;
}

/* ---- routes ---- */

static void lets(struct reading *r, const struct doc *list, const char *pointer, struct standin_route *route)
{
    static const char *const names[] = {"name", "of", "key", "value", "comment", NULL};
    size_t n = doc_count(list);

    r->let_count = 0;
    if (n > LETS_MAX) {
        fault(r, pointer, "too_many", "at most %d", LETS_MAX);
        return;
    }
    route->lets = ARENA_ARRAY(r->keep, struct standin_let, n);
    for (size_t i = 0; i < n; i++) {
        const char *here = arena_f(r->sc->arena, "%s/%zu", pointer, i);
        const struct doc *d = doc_at(list, i);
        struct standin_let *let = &route->lets[route->let_count];

        if (!object(r, d, here, names))
            continue;
        let->name = text(r, d, here, "name", true);
        let->of = collection(r, d, here, false);
        let->expr = expr(r, d, here, let->of ? "key" : "value", !let->of);
        if (!let->name || !(let->expr || let->of))
            continue;
        r->lets[r->let_count++] = let->name;
        route->let_count++;
    }
}

static void pages(struct reading *r, const struct doc *d, const char *pointer, struct standin_pages *out)
{
    static const char *const names[] = {"kind", "at", "size", "wanted", "usual", "most", "where", "comment", NULL};
    static const char *const kinds[] = {"none", "page", "offset", "after", NULL};

    if (!d || !object(r, d, pointer, names))
        return;
    out->kind = (enum standin_paging)choice(r, d, pointer, "kind", kinds);
    out->at = text(r, d, pointer, "at", out->kind == PAGES_PAGE || out->kind == PAGES_OFFSET);
    out->size = text(r, d, pointer, "size", false);
    out->most = number(r, d, pointer, "most", 100);
    out->usual = number(r, d, pointer, "usual", out->most);
    out->where = expr(r, d, pointer, "where", out->kind == PAGES_AFTER);
    out->wanted = expr(r, d, pointer, "wanted", false);
}

/* How many there are; of too many, which is a fault, as many as may be. */
static size_t few(struct reading *r, const struct doc *list, const char *pointer)
{
    if (doc_count(list) <= LISTS_MAX)
        return doc_count(list);
    fault(r, pointer, "too_many", "at most %d", LISTS_MAX);
    return LISTS_MAX;
}

static void events(struct reading *r, const struct doc *list, const char *pointer, struct standin_route *route)
{
    static const char *const names[] = {"topic", "body", "comment", NULL};
    size_t n = few(r, list, pointer);

    route->events = ARENA_ARRAY(r->keep, struct standin_event, n);
    for (size_t i = 0; i < n; i++) {
        const char *here = arena_f(r->sc->arena, "%s/%zu", pointer, i);

        if (!object(r, doc_at(list, i), here, names))
            continue;
        route->events[i].topic = expr(r, doc_at(list, i), here, "topic", true);
        route->events[i].body = expr(r, doc_at(list, i), here, "body", true);
    }
    route->event_count = n;
}

static void changes(struct reading *r, const struct doc *list, const char *pointer, struct standin_route *route)
{
    static const char *const names[] = {"of", "key", "to", "comment", NULL};
    size_t n = few(r, list, pointer);

    route->changes = ARENA_ARRAY(r->keep, struct standin_change, n);
    for (size_t i = 0; i < n; i++) {
        const char *here = arena_f(r->sc->arena, "%s/%zu", pointer, i);
        const struct doc *d = doc_at(list, i);

        if (!object(r, d, here, names))
            continue;
        route->changes[i].of = collection(r, d, here, true);
        route->changes[i].key = expr(r, d, here, "key", true);
        route->changes[i].to = expr(r, d, here, "to", true);
    }
    route->change_count = n;
}

static void route(struct reading *r, const struct doc *d, const char *pointer, struct standin_route *out)
{
    static const char *const names[] = {"name",   "method", "path",   "do",      "of",     "key",     "where",
                                        "order",  "make",   "change", "answer",  "status", "headers", "idempotent",
                                        "refuse", "when",   "let",    "page",    "events", "changes", "open",
                                        "absent", "field",  "bucket", "comment", NULL};
    static const char *const acts[] = {"answer", "list", "get", "create", "update", "delete", NULL};

    if (!object(r, d, pointer, names))
        return;
    out->field = text(r, d, pointer, "field", false);
    if (out->field && !r->s->graphql.path)
        fault(r, below(r, pointer, "field"), "not_found", "the document has no \"graphql\" to be asked at");
    out->method = text(r, d, pointer, "method", !out->field);
    out->path = text(r, d, pointer, "path", !out->field);
    out->name = text(r, d, pointer, "name", false);
    if (!out->name && out->field)
        out->name = out->field;
    else if (!out->name)
        out->name = arena_f(r->keep, "%s %s", out->method ? out->method : "", out->path ? out->path : "");
    out->act = (enum standin_do)choice(r, d, pointer, "do", acts);
    out->of = collection(r, d, pointer, out->act != DO_ANSWER);
    out->when = expr(r, d, pointer, "when", false);
    lets(r, doc_get(d, "let"), below(r, pointer, "let"), out);
    out->key = expr(r, d, pointer, "key", out->act == DO_GET || out->act == DO_UPDATE || out->act == DO_DELETE);
    out->where = expr(r, d, pointer, "where", false);
    out->order = expr(r, d, pointer, "order", false);
    out->make = expr(r, d, pointer, "make", out->act == DO_CREATE);
    out->change = expr(r, d, pointer, "change", out->act == DO_UPDATE);
    out->answer = expr(r, d, pointer, "answer", out->act == DO_ANSWER || out->act == DO_LIST);
    out->status = expr(r, d, pointer, "status", false);
    out->headers = expr(r, d, pointer, "headers", false);
    out->idempotent = expr(r, d, pointer, "idempotent", false);
    out->refuse = expr(r, d, pointer, "refuse", false);
    out->absent = expr(r, d, pointer, "absent", false);
    pages(r, doc_get(d, "page"), below(r, pointer, "page"), &out->pages);
    events(r, doc_get(d, "events"), below(r, pointer, "events"), out);
    changes(r, doc_get(d, "changes"), below(r, pointer, "changes"), out);
    (void)doc_bool(doc_get(d, "open"), &out->open);
    out->bucket = text(r, d, pointer, "bucket", false);
    if (out->bucket && !standin_bucket(r->s, out->bucket))
        fault(r, below(r, pointer, "bucket"), "not_found", "/limits/buckets has no \"%s\"", out->bucket);
    r->let_count = 0;
}

static void collections(struct reading *r, const struct doc *list)
{
    static const char *const names[] = {"key", "first", "comment", NULL};
    size_t n = doc_count(list);

    if (doc_kind(list) != DOC_OBJECT || n == 0 || n > STANDIN_COLLECTIONS_MAX) {
        fault(r, "/collections", "required", "must be an object of 1 to %d collections", STANDIN_COLLECTIONS_MAX);
        return;
    }
    r->s->collections = ARENA_ARRAY(r->keep, struct standin_collection, n);
    r->s->collection_count = n;
    for (size_t i = 0; i < n; i++) {
        struct standin_collection *c = &r->s->collections[i];
        const char *here;

        c->name = str_dup(r->keep, doc_key(list, i));
        here = below(r, "/collections", c->name);
        if (!object(r, doc_at(list, i), here, names))
            continue;
        c->key = text(r, doc_at(list, i), here, "key", true);
        c->first = c->next = number(r, doc_at(list, i), here, "first", 1);
    }
}

static void auth(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"when", "status", "answer", "comment", NULL};

    if (!d || !object(r, d, "/auth", names))
        return;
    r->s->auth_when = expr(r, d, "/auth", "when", true);
    r->s->auth_answer = expr(r, d, "/auth", "answer", true);
    r->s->auth_status = (int)number(r, d, "/auth", "status", UNAUTHORIZED);
}

static void graphql(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"path", "status", "extensions", "comment", NULL};

    if (!d || !object(r, d, "/graphql", names))
        return;
    r->s->graphql.path = text(r, d, "/graphql", "path", true);
    r->s->graphql.faulty = (int)number(r, d, "/graphql", "status", 200);
    r->s->graphql.extensions = expr(r, d, "/graphql", "extensions", false);
}

static double real(struct reading *r, const struct doc *d, const char *pointer, const char *member)
{
    double v = 0;

    if (!doc_real(doc_get(d, member), &v) || !(v > 0))
        fault(r, below(r, pointer, member), "required", "must be a number above 0");
    return v;
}

static void buckets(struct reading *r, const struct doc *list, struct standin_limits *out)
{
    static const char *const names[] = {"a_second", "most", "comment", NULL};
    size_t n = doc_count(list);

    if (doc_kind(list) != DOC_OBJECT || n == 0 || n > STANDIN_ROUTES_MAX) {
        fault(r, "/limits/buckets", "required", "must be an object of buckets by their names");
        return;
    }
    out->v = ARENA_ARRAY(r->keep, struct standin_bucket, n);
    for (size_t i = 0; i < n; i++) {
        const char *name = str_dup(r->keep, doc_key(list, i)), *here = below(r, "/limits/buckets", name);

        if (!object(r, doc_at(list, i), here, names))
            continue;
        out->v[out->n++] = (struct standin_bucket){.name = name,
                                                   .a_second = real(r, doc_at(list, i), here, "a_second"),
                                                   .most = real(r, doc_at(list, i), here, "most")};
    }
}

static void limits(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"buckets", "every", "cost", "spent", "refuse", "headers", "comment", NULL};
    struct standin_limits *l = &r->s->limits;

    if (!d || !object(r, d, "/limits", names))
        return;
    buckets(r, doc_get(d, "buckets"), l);
    l->every = text(r, d, "/limits", "every", false);
    if (l->every && !standin_bucket(r->s, l->every))
        fault(r, "/limits/every", "not_found", "/limits/buckets has no \"%s\"", l->every);
    l->cost = expr(r, d, "/limits", "cost", false);
    l->spent = expr(r, d, "/limits", "spent", false);
    l->refuse = expr(r, d, "/limits", "refuse", true);
    l->headers = expr(r, d, "/limits", "headers", false);
}

/* One more order: made of what the seed gives when $grown is what "grown" says, or else of the first that is there. */
static void orders(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"of", "grown", "make", "changes", "events", "comment", NULL};
    struct standin_route *route = ARENA_NEW(r->keep, struct standin_route);

    if (!d || !object(r, d, "/orders", names))
        return;
    *route = (struct standin_route){.name = "orders", .act = DO_CREATE};
    route->of = collection(r, d, "/orders", true);
    r->s->grown = expr(r, d, "/orders", "grown", false);
    route->make = expr(r, d, "/orders", "make", true);
    changes(r, doc_get(d, "changes"), "/orders/changes", route);
    events(r, doc_get(d, "events"), "/orders/events", route);
    r->s->order = route;
}

static void sends(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"check", "headers", "comment", NULL};

    if (!d || !object(r, d, "/sends", names))
        return;
    r->s->sends_headers = expr(r, d, "/sends", "headers", false);
    if (!doc_get(d, "check"))
        fault(r, "/sends/check", "required", "must say how it is signed");
    else if (sign_check_compile(r->s->keeping, doc_get(d, "check"), "/sends/check", &r->s->sends) != OK)
        fault(r, "/sends/check", "invalid", "is no check: %s", scope_fault(r->s->keeping)->message);
}

enum err standin_read(struct scope *sc, struct standin *s, const struct doc *d)
{
    static const char *const names[] = {"format", "connector", "base",  "auth",   "collections", "seed",    "absent",
                                        "routes", "graphql",   "sends", "limits", "orders",      "comment", NULL};
    struct reading r = {.sc = sc, .keep = s->keeping->arena, .s = s};
    const struct doc *list = doc_get(d, "routes");

    if (!object(&r, d, "", names))
        return FAIL(sc, ERR_INVALID, "the stand-in's document is no object");
    if (!str_is(doc_text(doc_get(d, "format")), STANDIN_FORMAT))
        fault(&r, "/format", "required", "must be \"%s\"", STANDIN_FORMAT);
    s->name = text(&r, d, "", "connector", true);
    s->base = text(&r, d, "", "base", true);
    collections(&r, doc_get(d, "collections"));
    auth(&r, doc_get(d, "auth"));
    graphql(&r, doc_get(d, "graphql"));
    limits(&r, doc_get(d, "limits"));
    s->seed_expr = expr(&r, d, "", "seed", true);
    s->absent = expr(&r, d, "", "absent", false);
    sends(&r, doc_get(d, "sends"));
    orders(&r, doc_get(d, "orders"));
    s->route_count = doc_count(list);
    if (doc_kind(list) != DOC_ARRAY || s->route_count == 0 || s->route_count > STANDIN_ROUTES_MAX) {
        fault(&r, "/routes", "required", "must be a list of 1 to %d routes", STANDIN_ROUTES_MAX);
        s->route_count = 0;
    }
    s->routes = ARENA_ARRAY(r.keep, struct standin_route, s->route_count);
    for (size_t i = 0; i < s->route_count; i++)
        route(&r, doc_at(list, i), arena_f(sc->arena, "/routes/%zu", i), &s->routes[i]);
    if (r.faults)
        return FAIL(sc, ERR_INVALID, "the stand-in's document has %u fault%s", r.faults, r.faults == 1 ? "" : "s");
    return OK;
}
