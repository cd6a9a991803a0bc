#pragma once

#include "standin/standin_int.h"

#include "kit/test.h"

/* A stand-in that is asked in the same process, as "STATUS BODY". */

static inline struct standin *opened(const char *text)
{
    struct standin *s = NULL;
    const struct doc *d;

    scope_clear(test_scope());
    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    if (standin_open(test_scope(), d, 1, &s) != OK)
        return NULL;
    return s;
}

/* "STATUS BODY" of one request; key NULL: none. */
static inline const char *ask(struct standin *s, enum http_method method, const char *path, const char *query,
                              const char *value, const char *key, const char *body)
{
    struct scope *sc = test_scope();
    struct http_pair headers[3] = {{STR("authorization"), STR("Bearer good")}, {STR("key"), str_of(key)}};
    struct http_pair pair = {str_of(query), str_of(value)};
    struct rq rq = {.method = method,
                    .path = str_of(path),
                    .authority = STR("acme.test"),
                    .headers = headers,
                    .header_count = key ? 2 : 1,
                    .query = &pair,
                    .query_count = query ? 1 : 0,
                    .body = str_of(body)};
    struct standin_reply r;

    scope_clear(sc);
    if (standin_answer(sc, s, &rq, &r) != OK)
        return scope_fault(sc)->message;
    return arena_f(sc->arena, "%d %.*s%s", r.status, (int)r.body.n, r.body.p ? r.body.p : "", r.lost ? " (lost)" : "");
}

static inline const char *get(struct standin *s, const char *path)
{
    return ask(s, GET, path, NULL, NULL, NULL, NULL);
}
