#include "standin/standin_int.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "crypto/crypto.h"

/* One request: found by its path, let in, answered, and what it changed remembered. */

#define BODY_MAX   ((size_t)16 << 20)
#define NO_CONTENT 204
#define LETTERS    "abcdefghijklmnopqrstuvwxyz"

/* ---- paths ---- */

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stood percent-encoded in a path, as servers read it; what is no encoding stays as it is. */
static struct str decoded(struct scope *sc, const char *p, size_t n)
{
    char *out = arena_alloc(sc->arena, n + 1);
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        bool coded = p[i] == '%' && i + 2 < n && hex_of(p[i + 1]) >= 0 && hex_of(p[i + 2]) >= 0;

        out[k++] = coded ? (char)(hex_of(p[i + 1]) << 4 | hex_of(p[i + 2])) : p[i];
        i += coded ? 2 : 0;
    }
    return (struct str){out, k};
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
            v[(*n)++] = doc_make_text(decoded(sc, path, (size_t)(p - path) + 1));
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

static void bind_request(struct scope *sc, const struct standin *s, const struct rq *rq, struct doc path,
                         struct standin_bound *b)
{
    char *now = arena_alloc(sc->arena, TIME_TEXT_MAX);
    int64_t us = standin_now_us(s);

    time_format(us - us % 1000000, now);
    standin_bind(b, "path", path);
    standin_bind(b, "query", pairs(sc, rq->query, rq->query_count));
    standin_bind(b, "headers", pairs(sc, rq->headers, rq->header_count));
    standin_bind(b, "body", body_of(sc, rq));
    standin_bind(b, "now", doc_make_text(str_of(now)));
    standin_bind(b, "now_s", doc_make_int(us / 1000000));
    standin_bind(b, "seed", doc_make_int(s->seed));
    standin_bind(b, "host", doc_make_text(rq->authority));
    standin_bind(b, "url",
                 doc_make_text(str_of(arena_f(sc->arena, "%s://%.*s%s", rq->tls ? "https" : "http",
                                              (int)rq->authority.n, rq->authority.p, s->base))));
}

/* ---- finding the route ---- */

/* What of the path a route's own stands for: the whole, if that begins with a slash, and otherwise what is below the
 * base, where vendors have tokens beside it. */
static const char *path_for(const struct standin *s, const struct standin_route *r, const char *whole)
{
    size_t base = strlen(s->base);

    if (r->path[0] == '/')
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
        const char *path = path_for(s, r, whole);
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

static enum err bind_lets(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b)
{
    for (size_t i = 0; i < r->let_count; i++) {
        const struct standin_let *let = &r->lets[i];
        struct standin_thing *t;
        const char *key;
        struct doc v;

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

static enum err answer(struct scope *sc, struct standin *s, struct standin_bound *b, const struct expr *e,
                       const struct doc *input, struct standin_reply *out)
{
    struct doc v = input ? *input : expr_absent();
    struct buf w;

    if (e)
        TRY(sc, standin_eval(sc, s, b, e, input, &v));
    out->body = (struct str){NULL, 0};
    if (expr_is_absent(v))
        return OK;
    if (doc_kind(&v) == DOC_TEXT) { /* a document of another kind, as it stands */
        out->type = str_starts(doc_text(&v), "<") ? "application/xml" : "text/plain";
        out->body = doc_text(&v);
        return OK;
    }
    buf_init(&w, sc->arena, BODY_MAX);
    doc_write(&w, &v);
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

/* {status, body}: a request that the vendor would refuse. */
static enum err refused(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
                        const struct doc *thing, struct standin_reply *out, bool *out_refused)
{
    struct doc v;
    int64_t status;

    *out_refused = false;
    if (!r->refuse)
        return OK;
    TRY(sc, standin_eval(sc, s, b, r->refuse, thing, &v));
    if (doc_kind(&v) != DOC_OBJECT || !doc_int(doc_get(&v, "status"), &status))
        return OK;
    *out_refused = true;
    out->status = (int)status;
    return answer(sc, s, b, NULL, doc_get(&v, "body"), out);
}

static enum err absent(struct scope *sc, struct standin *s, struct standin_bound *b, struct standin_reply *out)
{
    out->status = 404;
    return answer(sc, s, b, s->absent, NULL, out);
}

/* ---- changes ---- */

static enum err side_changes(struct scope *sc, struct standin *s, const struct standin_route *r,
                             struct standin_bound *b, const struct doc *thing)
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
        else
            TRY(sc, t ? standin_put(sc, s, in, &v) : standin_make(sc, s, in, &v));
    }
    return OK;
}

static enum err tell_events(struct scope *sc, struct standin *s, const struct standin_route *r, struct standin_bound *b,
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

static enum err act(struct scope *sc, struct standin *s, const struct standin_route *r, const struct rq *rq,
                    struct standin_bound *b, struct standin_reply *out)
{
    const struct doc *thing = NULL;
    struct doc *made = ARENA_NEW(sc->arena, struct doc);
    bool is_absent = false, is_refused;

    if (r->act == DO_GET || r->act == DO_UPDATE || r->act == DO_DELETE)
        TRY(sc, one(sc, s, r, b, &thing, &is_absent));
    if (is_absent)
        return absent(sc, s, b, out);
    TRY(sc, refused(sc, s, r, b, thing, out, &is_refused));
    if (is_refused)
        return OK;
    if (r->act == DO_LIST) {
        TRY(sc, standin_list(sc, s, r, rq, b, made));
        thing = made;
    } else if (r->act == DO_CREATE) {
        TRY(sc, created(sc, s, r, b, made));
        thing = made;
    } else if (r->act == DO_UPDATE || r->act == DO_DELETE)
        TRY(sc, change(sc, s, r, b, &thing));
    standin_bind_set(b, "thing", thing ? *thing : expr_absent());
    TRY(sc, side_changes(sc, s, r, b, thing));
    TRY(sc, tell_events(sc, s, r, b, thing));
    TRY(sc, status_of(sc, s, b, r->status, thing, r->act == DO_CREATE ? 201 : 200, &out->status));
    TRY(sc, answer(sc, s, b, r->answer, thing, out));
    if (r->headers)
        TRY(sc, standin_eval(sc, s, b, r->headers, thing, &out->headers));
    return OK;
}

/* ---- the same request twice ---- */

static struct standin_key *key_find(struct standin *s, const char *key)
{
    for (size_t i = 0; i < s->key_count; i++)
        if (strcmp(s->keys[i].key, key) == 0)
            return &s->keys[i];
    return NULL;
}

static void key_keep(struct standin *s, const char *key, const struct rq *rq, const struct standin_reply *r)
{
    struct standin_key *k;

    if (s->key_count == STANDIN_KEYS_MAX)
        return;
    s->keys = realloc(s->keys, (s->key_count + 1) * sizeof(*s->keys));
    if (!s->keys)
        out_of_memory();
    k = &s->keys[s->key_count++];
    *k = (struct standin_key){.key = strdup(key), .status = r->status, .n = r->body.n};
    k->body = strndup(r->body.p ? r->body.p : "", r->body.n);
    crypto_hash(rq->body.p, rq->body.n, k->hash);
    if (!k->key || !k->body)
        out_of_memory();
}

/* A key that was used for another body is refused as most vendors do; the words are the document's (refuse sees it). */
static enum err once(struct scope *sc, struct standin *s, const struct standin_route *r, const struct rq *rq,
                     struct standin_bound *b, struct standin_reply *out)
{
    struct standin_key *k;
    uint8_t hash[32];
    const char *key = NULL;
    struct doc v;

    if (r->idempotent) {
        TRY(sc, standin_eval(sc, s, b, r->idempotent, NULL, &v));
        key = standin_key_of(sc, &v);
    }
    if (!key || !*key)
        return act(sc, s, r, rq, b, out);
    key = arena_f(sc->arena, "%s %s", r->name, key);
    k = key_find(s, key);
    crypto_hash(rq->body.p, rq->body.n, hash);
    if (k && memcmp(hash, k->hash, sizeof(hash)) != 0) {
        out->status = 400;
        out->type = "application/json";
        out->body =
            STR("{\"errors\":[{\"category\":\"INVALID_REQUEST_ERROR\",\"code\":\"IDEMPOTENCY_KEY_REUSED\"}],"
                "\"error\":{\"type\":\"idempotency_error\",\"message\":\"the key was used for another request\"}}");
        return OK;
    }
    if (k) {
        out->status = k->status;
        out->type = k->n ? "application/json" : NULL;
        out->body = (struct str){arena_strndup(sc->arena, k->body, k->n), k->n};
        return OK;
    }
    TRY(sc, act(sc, s, r, rq, b, out));
    if (out->status < 500)
        key_keep(s, key, rq, out);
    return OK;
}

/* ---- the whole ---- */

static enum err let_in(struct scope *sc, struct standin *s, struct standin_bound *b, struct standin_reply *out,
                       bool *out_in)
{
    struct doc v = doc_make_bool(true);

    if (s->auth_when)
        TRY(sc, standin_eval(sc, s, b, s->auth_when, NULL, &v));
    *out_in = doc_kind(&v) == DOC_TRUE;
    if (*out_in)
        return OK;
    out->status = s->auth_status;
    return answer(sc, s, b, s->auth_answer, NULL, out);
}

static enum err routed(struct scope *sc, struct standin *s, const struct rq *rq, const char *path,
                       struct standin_reply *out)
{
    struct standin_bound b = {0};
    const struct standin_route *r = NULL;
    const struct standin_fault *fault;
    bool in = true;

    bind_request(sc, s, rq, doc_make_object(NULL, 0), &b);
    TRY(sc, route_of(sc, s, rq, path, &b, &r));
    out->route = r ? r->name : "none";
    if (!r || !r->open)
        TRY(sc, let_in(sc, s, &b, out, &in));
    if (!in)
        return OK;
    if (!r)
        return absent(sc, s, &b, out);
    fault = standin_dial(s, r);
    if (fault && fault->ms)
        out->delay_ms = fault->ms;
    if (fault && strcmp(fault->kind, "status") == 0) {
        out->status = fault->status;
        out->type = "application/json";
        out->body = str_of(arena_strdup(sc->arena, fault->body ? fault->body : "{}"));
        return OK;
    }
    TRY(sc, bind_lets(sc, s, r, &b));
    TRY(sc, once(sc, s, r, rq, &b, out));
    out->lost = fault && strcmp(fault->kind, "lose") == 0;
    if (fault && strcmp(fault->kind, "break") == 0) { /* an answer that breaks its contract: in headers, too */
        out->status = out->status == NO_CONTENT ? 200 : out->status;
        out->headers = expr_absent();
        out->type = "application/json";
        out->body = str_of(arena_strdup(sc->arena, fault->body ? fault->body : "{\"unexpected\":true}"));
    }
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
