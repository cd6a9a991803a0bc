#include <string.h>

#include "http/http_int.h"

static bool is_form_type(struct str value)
{
    const char *semicolon = value.n ? memchr(value.p, ';', value.n) : NULL;
    size_t n = semicolon ? (size_t)(semicolon - value.p) : value.n;

    while (n && (value.p[n - 1] == ' ' || value.p[n - 1] == '\t'))
        n--;
    return str_is_nocase((struct str){value.p, n}, "application/x-www-form-urlencoded");
}

enum err rq_form(struct scope *sc, const struct rq *rq, struct http_form *out)
{
    struct rq body = {0};

    if (rq_header_count(rq, "content-type") != 1 || !is_form_type(rq_header(rq, "content-type")) ||
        rq_header_count(rq, "content-encoding") != 0)
        return FAIL(sc, ERR_UNSUPPORTED, "the body must be sent as application/x-www-form-urlencoded");
    TRY(sc, take_query(sc, rq->body, &body));
    for (size_t i = 0; i < body.query_count; i++)
        for (size_t k = 0; k < i; k++)
            if (str_equal(body.query[i].name, body.query[k].name))
                return FAIL(sc, ERR_INVALID, "a parameter of the form comes twice");
    *out = (struct http_form){body.query, body.query_count};
    return OK;
}

struct str http_form_get(const struct http_form *form, const char *name)
{
    for (size_t i = 0; i < form->n; i++)
        if (str_is(form->pairs[i].name, name))
            return form->pairs[i].value;
    return (struct str){NULL, 0};
}
