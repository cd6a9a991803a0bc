#include <string.h>

#include "http/http_int.h"

struct str rq_header(const struct rq *rq, const char *lower_name)
{
    for (size_t i = 0; i < rq->header_count; i++)
        if (str_is(rq->headers[i].name, lower_name))
            return rq->headers[i].value;
    return (struct str){NULL, 0};
}

size_t rq_header_count(const struct rq *rq, const char *lower_name)
{
    size_t n = 0;

    for (size_t i = 0; i < rq->header_count; i++)
        n += str_is(rq->headers[i].name, lower_name);
    return n;
}

struct str rq_param(const struct rq *rq, const char *name)
{
    for (size_t i = 0; i < rq->param_count; i++)
        if (str_is(rq->params[i].name, name))
            return rq->params[i].value;
    return (struct str){NULL, 0};
}

enum err rq_path_id(struct scope *sc, const struct rq *rq, const char *param, const char *prefix, struct uuid *out)
{
    struct str text = rq_param(rq, param);
    const char *p = text.p ? text.p : "";
    char other[TYPEID_PREFIX_MAX + 1];
    struct uuid id;

    if (typeid_parse(prefix, p, text.n, out))
        return OK;
    if (typeid_parse_any(p, text.n, other, &id) && strcmp(other, prefix) != 0)
        return fail_parameter(
            sc, param, "wrong_kind",
            arena_f(sc->arena, "an id of this kind begins with \"%s_\", not with \"%s_\"", prefix, other));
    /* Neutral: what cannot be an id names nothing. */
    return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
}

struct str rq_query(const struct rq *rq, const char *name)
{
    for (size_t i = 0; i < rq->query_count; i++)
        if (str_is(rq->query[i].name, name))
            return rq->query[i].value;
    return (struct str){NULL, 0};
}

static bool query_has(const struct rq *rq, const char *name)
{
    for (size_t i = 0; i < rq->query_count; i++)
        if (str_is(rq->query[i].name, name))
            return true;
    return false;
}

static bool parse_int(struct str s, int64_t *out)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    int64_t v = 0;

    if (s.n == negative || s.n > 20)
        return false;
    for (size_t i = negative; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, s.p[i] - '0', &v))
            return false;
    }
    if (!negative && __builtin_sub_overflow(0, v, &v))
        return false;
    *out = v;
    return true;
}

enum err rq_query_int(struct scope *sc, const struct rq *rq, const char *name, int64_t fallback, int64_t min,
                      int64_t max, int64_t *out)
{
    int64_t v = fallback;

    if (query_has(rq, name) && (!parse_int(rq_query(rq, name), &v) || v < min || v > max))
        return fail_parameter(
            sc, name, "out_of_range",
            arena_f(sc->arena, "must be a whole number from %lld to %lld", (long long)min, (long long)max));
    *out = v;
    return OK;
}

static bool is_known(const char *const *known, struct str name)
{
    for (; known && *known; known++)
        if (str_is(name, *known) || strcmp(*known, "*") == 0)
            return true;
    return false;
}

enum err query_check(struct scope *sc, const struct rq *rq)
{
    unsigned faults = 0;
    enum err e;

    for (size_t i = 0; i < rq->query_count; i++) {
        struct str name = rq->query[i].name;
        const char *text = str_dup(sc->arena, name);
        bool repeated = false;

        for (size_t k = 0; k < i; k++)
            repeated = repeated || str_equal(rq->query[k].name, name);
        if (repeated)
            scope_item(sc, text, "repeated", "this parameter may come once");
        else if (!is_known(rq->route->query, name) && !shape_is_parameter(rq, name))
            scope_item(sc, text, "unknown_parameter", "this address does not know the parameter");
        else
            continue;
        faults++;
    }
    if (faults == 0)
        return OK;
    e = FAIL(sc, ERR_INVALID, "a parameter of the address is wrong");
    scope_problem(sc, "validation", 400);
    return e;
}

static struct str trim(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static bool is_json_type(struct str value)
{
    const char *semicolon = value.n ? memchr(value.p, ';', value.n) : NULL;
    struct str type = {value.p, semicolon ? (size_t)(semicolon - value.p) : value.n};
    struct str rest = {type.p + type.n + 1, semicolon ? value.n - type.n - 1 : 0};

    if (!str_is_nocase(trim(type), "application/json"))
        return false;
    rest = trim(rest);
    return rest.n == 0 || str_is_nocase(rest, "charset=utf-8") || str_is_nocase(rest, "charset=\"utf-8\"");
}

enum err rq_body(struct scope *sc, const struct rq *rq, const struct wire *w, void *out)
{
    if (rq_header_count(rq, "content-type") != 1 || !is_json_type(rq_header(rq, "content-type")))
        return FAIL(sc, ERR_UNSUPPORTED, "the body must be sent as application/json");
    if (rq_header_count(rq, "content-encoding") != 0)
        return FAIL(sc, ERR_UNSUPPORTED, "an encoded body is not taken");
    struct str body = rq->body;

    if (rq->past && rq->app && rq->app->renew)
        TRY(sc, rq->app->renew(sc, rq, w, rq->body, &body));
    TRY(sc, wire_decode(sc, w, body, out));
    return OK;
}
