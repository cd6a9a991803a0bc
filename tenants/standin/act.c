#include "standin/standin_int.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "crypto/crypto.h"

/* One request: found by its path, let in, answered, and what it changed remembered. */

#define BODY_MAX ((size_t)16 << 20)

/* ---- paths ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Clients write what is no letter as %xx, and not all the same characters. */
static struct str percent_decoded(struct scope *sc, const char *p, size_t n)
{
    char *text = arena_alloc(sc->arena, n + 1);
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        int high = p[i] == '%' && n - i > 2 ? hex_digit(p[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(p[i + 2]);

        text[k++] = low < 0 ? p[i] : (char)(high * 16 + low);
        i += low < 0 ? 0 : 2;
    }
    text[k] = '\0';
    return (struct str){text, k};
}

/* Names in braces stand for one or more octets without a slash, as few as will do. */
static bool path_fits(struct scope *sc, const char *pattern, const char *path, struct doc *v, size_t *n)
{
    for (; *pattern; pattern++, path++) {
        const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;

        if (!end) {
            if (*pattern != *path)
                return false;
            continue;
        }
        for (const char *p = path; *p && *p != '/'; p++) {
            size_t before = *n;

            if (*n + 2 > 2 * HTTP_PATH_PARAMS_MAX)
                return false;
            v[(*n)++] = doc_make_text((struct str){pattern + 1, (size_t)(end - pattern) - 1});
            v[(*n)++] = doc_make_text(percent_decoded(sc, path, (size_t)(p - path) + 1));
            if (path_fits(sc, end + 1, p + 1, v, n))
                return true;
            *n = before;
        }
        return false;
    }
    return *path == '\0';
}

/* ---- what expressions see ---- */

static struct doc pairs(struct scope *sc, const struct http_pair *p, size_t n)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        v[2 * i] = doc_make_text(p[i].name);
        v[2 * i + 1] = doc_make_text(p[i].value);
    }
    return doc_make_object(v, n);
}

/* JSON, or a form's members by their names as they stand ("metadata[order]"). */
static struct doc body_of(struct scope *sc, const struct rq *rq)
{
    struct http_form form;
    const struct doc *d;

    if (rq->body.n == 0)
        return expr_absent();
    if (str_starts(rq_header(rq, "content-type"), "application/x-www-form-urlencoded") && rq_form(sc, rq, &form) == OK)
        return pairs(sc, form.pairs, form.n);
    scope_clear(sc);
    if (doc_parse(sc, (struct str){arena_strndup(sc->arena, rq->body.p, rq->body.n), rq->body.n}, &d) == OK)
        return *d;
    scope_clear(sc);
    return doc_make_text(rq->body);
}

void standin_bind_time(struct scope *sc, const struct standin *s, struct standin_bound *b)
{
    char *now = arena_alloc(sc->arena, TIME_TEXT_MAX);
    int64_t us = standin_now_us(s);

    time_format(us - us % 1000000, now);
    standin_bind(b, "now", doc_make_text(str_of(now)));
    standin_bind(b, "now_s", doc_make_int(us / 1000000));
}

static void bind_request(struct scope *sc, const struct standin *s, const struct rq *rq, struct doc path,
                         struct standin_bound *b)
{
    const char *host = arena_f(sc->arena, "%.*s%s", (int)rq->authority.n, rq->authority.p, s->prefix);
    standin_bind(b, "limit", expr_absent());
    standin_bind(b, "path", path);
    standin_bind(b, "query", pairs(sc, rq->query, rq->query_count));
    standin_bind(b, "headers", pairs(sc, rq->headers, rq->header_count));
    standin_bind(b, "body", body_of(sc, rq));
    standin_bind_time(sc, s, b);
    standin_bind(b, "seed", doc_make_int(s->seed));
    standin_bind(b, "host", doc_make_text(str_of(host)));
    standin_bind(b, "url",
                 doc_make_text(str_of(arena_f(sc->arena, "%s://%s%s", rq->tls ? "https" : "http", host, s->base))));
}

/* ---- finding the route ---- */

/* What of the path a route's own stands for: the whole, if that begins with a slash, and otherwise what is below the
 * base, where vendors have tokens beside it. */
static const char *path_for(const struct standin *s, const char *pattern, const char *whole)
{
    size_t base = strlen(s->base);

    if (pattern[0] == '/')
        return whole;
    return strncmp(whole, s->base, base) == 0 ? whole + base : NULL;
}

/* The first whose method, path and condition fit. */
static enum err route_of(struct scope *sc, struct standin *s, const struct rq *rq, const char *whole,
                         struct standin_bound *b, const struct standin_route **out)
{
    const char *method = http_method_name(rq->method);

    *out = NULL;
    for (size_t i = 0; i < s->route_count && !*out; i++) {
        const struct standin_route *r = &s->routes[i];
        struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 2 * HTTP_PATH_PARAMS_MAX), yes = doc_make_bool(true);
        const char *path = r->field ? NULL : path_for(s, r->path, whole);
        size_t n = 0;

        if (!path || strcmp(r->method, method) != 0 || !path_fits(sc, r->path, path, v, &n))
            continue;
        standin_bind_set(b, "path", doc_make_object(v, n / 2));
        if (r->when)
            TRY(sc, standin_eval(sc, s, b, r->when, NULL, &yes));
        if (doc_kind(&yes) == DOC_TRUE)
            *out = r;
    }
    return OK;
}

/* Where queries of GraphQL are answered. */
static bool at_graphql(struct scope *sc, const struct standin *s, const struct rq *rq, const char *whole,
                       struct standin_bound *b)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 2 * HTTP_PATH_PARAMS_MAX);
    const char *path = s->graphql.path && rq->method == HTTP_POST ? path_for(s, s->graphql.path, whole) : NULL;
    size_t n = 0;

    if (!path || !path_fits(sc, s->graphql.path, path, v, &n))
        return false;
    standin_bind_set(b, "path", doc_make_object(v, n / 2));
    return true;
}

static enum err bind_lets(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b)
{
    for (size_t i = 0; i < r->let_count; i++) {
        const struct standin_let *let = &r->lets[i];
        struct standin_thing *t;
        const struct doc *all;
        const char *key;
        struct doc v;

        if (!let->expr) {
            TRY(sc, standin_things(sc, s, let->of, &all));
            standin_bind(b, let->name, *all);
            continue;
        }
        TRY(sc, standin_eval(sc, s, b, let->expr, NULL, &v));
        if (let->of) {
            key = standin_key_of(sc, &v);
            t = key ? standin_find(standin_collection(s, let->of), key) : NULL;
            v = t ? *standin_thing_doc(sc, t) : expr_absent();
        }
        standin_bind(b, let->name, v);
    }
    return OK;
}

/* ---- answers ---- */

enum err standin_text(struct scope *sc, const struct doc *v, struct standin_reply *out)
{
    struct buf w;

    out->body = (struct str){NULL, 0};
    if (!v || expr_is_absent(*v))
        return OK;
    if (doc_kind(v) == DOC_TEXT) { /* a document of another kind, as it stands */
        out->type = str_starts(doc_text(v), "<") ? "application/xml" : "text/plain";
        out->body = doc_text(v);
        return OK;
    }
    buf_init(&w, sc->arena, BODY_MAX);
    doc_write(&w, v);
    if (w.full)
        return FAIL(sc, ERR_INTERNAL, "the answer is too large");
    out->type = "application/json";
    out->body = buf_str(&w);
    return OK;
}

static enum err status_of(struct scope *sc, struct standin *s, struct standin_bound *b, const struct expr *e,
                          const struct doc *input, int otherwise, int *out)
{
    int64_t n = otherwise;
    struct doc v;

    if (e) {
        TRY(sc, standin_eval(sc, s, b, e, input, &v));
        if (!doc_int(&v, &n) || n < 100 || n > 599)
            return FAIL(sc, ERR_INTERNAL, "the stand-in's status is none");
    }
    *out = (int)n;
    return OK;
}

/* {status, body}: a request that the vendor would refuse; of a field of GraphQL {value} or {errors} as well. */
static enum err refused(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                        const struct doc *thing, struct standin_done *out)
{
    int64_t status;

    if (!r->refuse)
        return OK;
    TRY(sc, standin_eval(sc, s, b, r->refuse, thing, &out->value));
    out->refused =
        doc_kind(&out->value) == DOC_OBJECT &&
        (doc_int(doc_get(&out->value, "status"), &status) ||
         (r->field && (doc_get(&out->value, "value") || doc_kind(doc_get(&out->value, "errors")) == DOC_ARRAY)));
    return OK;
}

/* What is not there, in the words of the route (NULL: it is none) or of the vendor. */
static enum err absent(struct scope *sc, struct standin *s, const struct standin_route *r,
                       const struct standin_bound *b, struct standin_reply *out)
{
    struct doc v = expr_absent();
    int64_t status;

    if (r && r->absent) {
        TRY(sc, standin_eval(sc, s, b, r->absent, NULL, &v));
        if (!doc_int(doc_get(&v, "status"), &status) || status < 100 || status > 599)
            return FAIL(sc, ERR_INTERNAL, "the stand-in's \"absent\" has no status");
        out->status = (int)status;
        return standin_text(sc, doc_get(&v, "body"), out);
    }
    out->status = 404;
    if (s->absent)
        TRY(sc, standin_eval(sc, s, b, s->absent, NULL, &v));
    return standin_text(sc, &v, out);
}

/* ---- changes ---- */

enum err standin_changes(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                         const struct doc *thing)
{
    for (size_t i = 0; i < r->change_count; i++) {
        const struct standin_change *c = &r->changes[i];
        struct standin_collection *in = standin_collection(s, c->of);
        struct standin_thing *t;
        const char *key;
        struct doc k, v;

        TRY(sc, standin_eval(sc, s, b, c->key, thing, &k));
        key = standin_key_of(sc, &k);
        if (!key)
            continue;
        t = standin_find(in, key);
        standin_bind_set(b, "of", t ? *standin_thing_doc(sc, t) : expr_absent());
        standin_bind_set(b, "next", doc_make_int(in->next));
        TRY(sc, standin_eval(sc, s, b, c->to, thing, &v));
        if (expr_is_absent(v))
            (void)standin_remove(s, in, key);
        else if (doc_kind(&v) != DOC_ARRAY)
            TRY(sc, t ? standin_put(sc, s, in, &v) : standin_make(sc, s, in, &v));
        for (size_t n = 0; doc_kind(&v) == DOC_ARRAY && n < doc_count(&v); n++)
            TRY(sc, standin_put(sc, s, in, doc_at(&v, n)));
    }
    return OK;
}

enum err standin_events(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                        const struct doc *thing)
{
    for (size_t i = 0; i < r->event_count; i++) {
        struct doc topic, body;

        TRY(sc, standin_eval(sc, s, b, r->events[i].topic, thing, &topic));
        TRY(sc, standin_eval(sc, s, b, r->events[i].body, thing, &body));
        if (doc_kind(&topic) == DOC_TEXT)
            standin_event_add(sc, s, str_dup(sc->arena, doc_text(&topic)), &body);
    }
    return OK;
}

static enum err created(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                        struct doc *out)
{
    struct standin_collection *c = standin_collection(s, r->of);

    standin_bind_set(b, "next", doc_make_int(c->next));
    TRY(sc, standin_eval(sc, s, b, r->make, NULL, out));
    return standin_make(sc, s, c, out);
}

/* One thing by its key, which is changed, told or taken away; *out_absent: it is not there. */
static enum err one(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                    const struct doc **out, bool *out_absent)
{
    struct standin_collection *c = standin_collection(s, r->of);
    struct standin_thing *t;
    const char *key;
    struct doc k, yes = doc_make_bool(true);

    TRY(sc, standin_eval(sc, s, b, r->key, NULL, &k));
    key = standin_key_of(sc, &k);
    t = key ? standin_find(c, key) : NULL;
    *out = t ? standin_thing_doc(sc, t) : NULL;
    if (t && r->where)
        TRY(sc, standin_eval(sc, s, b, r->where, *out, &yes));
    *out_absent = !t || doc_kind(&yes) != DOC_TRUE;
    standin_bind_set(b, "before", *out ? **out : expr_absent());
    return OK;
}

static enum err change(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                       const struct doc **thing)
{
    struct standin_collection *c = standin_collection(s, r->of);
    struct doc *v = ARENA_NEW(sc->arena, struct doc);

    if (r->act == DO_DELETE) {
        (void)standin_remove(s, c, standin_key_of(sc, doc_get(*thing, c->key)));
        return OK;
    }
    TRY(sc, standin_eval(sc, s, b, r->change, *thing, v));
    TRY(sc, standin_put(sc, s, c, v));
    *thing = v;
    return OK;
}

/* What is made of the collection, which is what the answer is read on. */
static enum err acted(struct scope *sc, struct standin *s, const struct standin_route *r, const struct rq *rq,
                      struct standin_bound *b, const struct doc **thing)
{
    struct doc *made = ARENA_NEW(sc->arena, struct doc);

    if (r->act == DO_LIST)
        TRY(sc, standin_list(sc, s, r, rq, b, made));
    else if (r->act == DO_CREATE)
        TRY(sc, created(sc, s, r, b, made));
    else if (r->act == DO_UPDATE || r->act == DO_DELETE)
        return change(sc, s, r, b, thing);
    if (r->act == DO_LIST || r->act == DO_CREATE)
        *thing = made;
    return OK;
}

static enum err act(struct scope *sc, struct standin *s, const struct standin_route *r, const struct rq *rq,
                    struct standin_bound *b, struct standin_done *out)
{
    const struct doc *thing = NULL;

    if (r->act == DO_GET || r->act == DO_UPDATE || r->act == DO_DELETE)
        TRY(sc, one(sc, s, r, b, &thing, &out->absent));
    if (out->absent && !r->field) /* a field may say why */
        return OK;
    TRY(sc, refused(sc, s, r, b, thing, out));
    if (out->refused || out->absent)
        return OK;
    TRY(sc, acted(sc, s, r, rq, b, &thing));
    standin_bind_set(b, "thing", thing ? *thing : expr_absent());
    TRY(sc, standin_changes(sc, s, r, b, thing));
    TRY(sc, standin_events(sc, s, r, b, thing));
    TRY(sc, status_of(sc, s, b, r->status, thing, r->act == DO_CREATE ? 201 : 200, &out->status));
    out->value = thing ? *thing : expr_absent();
    if (r->answer)
        TRY(sc, standin_eval(sc, s, b, r->answer, thing, &out->value));
    if (r->headers)
        TRY(sc, standin_eval(sc, s, b, r->headers, thing, &out->headers));
    return OK;
}

/* ---- the same request twice ---- */

static enum err key_keep(struct scope *sc, struct standin *s, const char *key, const uint8_t hash[32],
                         const struct standin_done *done)
{
    struct buf b;

    buf_init(&b, sc->arena, BODY_MAX);
    if (!expr_is_absent(done->value))
        doc_write(&b, &done->value);
    if (b.full)
        return FAIL(sc, ERR_INTERNAL, "the answer is too large");
    standin_key_keep(
        s, &(struct standin_key){.key = (char *)(uintptr_t)key, .status = done->status, .refused = done->refused}, hash,
        buf_str(&b));
    return OK;
}

static enum err repeated(struct scope *sc, const struct standin_key *k, struct standin_done *out)
{
    const struct doc *d;

    out->status = k->status;
    out->refused = k->refused;
    if (k->n == 0)
        return OK;
    TRY(sc, doc_parse(sc, (struct str){arena_strndup(sc->arena, k->body, k->n), k->n}, &d));
    out->value = *d;
    return OK;
}

/* What a repeated request has to be equal in: its body, or a field's arguments, whatever else is asked beside it. */
static void hash_of(struct scope *sc, const struct standin_route *r, const struct rq *rq, const struct standin_bound *b,
                    uint8_t out[32])
{
    struct buf w;

    if (!r->field) {
        crypto_hash(rq->body.p, rq->body.n, out);
        return;
    }
    buf_init(&w, sc->arena, BODY_MAX);
    doc_write(&w, standin_bound(b, "args"));
    crypto_hash(w.p, w.n, out);
}

/* A key that was used for another request is told; what the vendor says of it, refuse may see by $reused. */
enum err standin_once(struct scope *sc, struct standin *s, const struct standin_route *r, const struct rq *rq,
                      struct standin_bound *b, struct standin_done *out)
{
    struct standin_key *k;
    uint8_t hash[32];
    const char *key = NULL;
    int64_t status;
    struct doc v;

    *out = (struct standin_done){.value = expr_absent(), .headers = expr_absent(), .status = 200};
    TRY(sc, bind_lets(sc, s, r, b));
    if (r->idempotent) {
        TRY(sc, standin_eval(sc, s, b, r->idempotent, NULL, &v));
        key = standin_key_of(sc, &v);
    }
    if (!key || !*key)
        return act(sc, s, r, rq, b, out);
    key = arena_f(sc->arena, "%s %s", r->name, key);
    k = standin_key_find(s, key);
    hash_of(sc, r, rq, b, hash);
    out->reused = k && memcmp(hash, k->hash, sizeof(hash)) != 0;
    standin_bind_set(b, "reused", doc_make_bool(out->reused));
    if (out->reused)
        return refused(sc, s, r, b, NULL, out);
    if (k)
        return repeated(sc, k, out);
    TRY(sc, act(sc, s, r, rq, b, out));
    status = out->status;
    if (out->refused)
        (void)doc_int(doc_get(&out->value, "status"), &status);
    return status < 500 && !out->absent ? key_keep(sc, s, key, hash, out) : OK;
}

/* ---- the whole ---- */

enum err standin_let_in(struct scope *sc, struct standin *s, const struct standin_bound *b, struct standin_reply *out,
                        bool *out_in)
{
    struct doc v = doc_make_bool(true);

    if (s->auth_when)
        TRY(sc, standin_eval(sc, s, b, s->auth_when, NULL, &v));
    *out_in = doc_kind(&v) == DOC_TRUE;
    if (*out_in)
        return OK;
    out->status = s->auth_status;
    TRY(sc, standin_eval(sc, s, b, s->auth_answer, NULL, &v));
    return standin_text(sc, &v, out);
}

static enum err told(struct scope *sc, struct standin *s, const struct standin_route *r, const struct standin_bound *b,
                     const struct standin_done *done, struct standin_reply *out)
{
    int64_t status = done->status;

    if (done->absent)
        return absent(sc, s, r, b, out);
    if (done->reused && !done->refused) { /* as most vendors do */
        out->status = 400;
        out->type = "application/json";
        out->body =
            STR("{\"errors\":[{\"category\":\"INVALID_REQUEST_ERROR\",\"code\":\"IDEMPOTENCY_KEY_REUSED\"}],"
                "\"error\":{\"type\":\"idempotency_error\",\"message\":\"the key was used for another request\"}}");
        return OK;
    }
    if (done->refused)
        (void)doc_int(doc_get(&done->value, "status"), &status);
    out->status = (int)status;
    out->headers = done->headers;
    return standin_text(sc, done->refused ? doc_get(&done->value, "body") : &done->value, out);
}

static enum err routed(struct scope *sc, struct standin *s, const struct rq *rq, const char *path,
                       struct standin_reply *out)
{
    struct standin_bound b = {0};
    struct standin_done done;
    const struct standin_route *r = NULL;
    const struct standin_fault *fault;
    bool in = true;

    bind_request(sc, s, rq, doc_make_object(NULL, 0), &b);
    TRY(sc, route_of(sc, s, rq, path, &b, &r));
    if (!r && at_graphql(sc, s, rq, path, &b))
        return standin_graphql(sc, s, rq, &b, out);
    out->route = r ? r->name : "none";
    if (!r || !r->open)
        TRY(sc, standin_let_in(sc, s, &b, out, &in));
    if (!in)
        return OK;
    if (!r)
        return absent(sc, s, r, &b, out);
    TRY(sc, standin_limit(sc, s, r, &b, out, &in));
    if (!in)
        return OK;
    fault = standin_dial(s, r);
    if (standin_fault_refuses(fault))
        return standin_fault_answer(sc, s, &b, fault, out);
    TRY(sc, standin_once(sc, s, r, rq, &b, &done));
    TRY(sc, told(sc, s, r, &b, &done, out));
    TRY(sc, standin_limit_headers(sc, s, &b, out));
    standin_fault_after(sc, fault, out);
    return OK;
}

enum err standin_answer(struct scope *sc, struct standin *s, const struct rq *rq, struct standin_reply *out)
{
    const char *path = str_dup(sc->arena, rq->path);

    *out = (struct standin_reply){.status = 200, .headers = expr_absent(), .route = "none"};
    s->requests++;
    if (strncmp(path, "/_standin/", 10) == 0)
        return standin_control(sc, s, rq, out);
    TRY(sc, routed(sc, s, rq, path, out));
    standin_note(sc, s, rq, out);
    return OK;
}
