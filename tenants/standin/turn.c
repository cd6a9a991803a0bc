#include "standin/standin_int.h"

#include "mapping/mapping.h"

/* Turned by code in the same process. */

enum err standin_fault(struct scope *sc, struct standin *s, const struct doc *fault)
{
    return standin_fault_add(sc, s, fault);
}

void standin_faults_end(struct standin *s)
{
    standin_faults_clear(s);
}

enum err standin_things(struct scope *sc, struct standin *s, const char *collection, const struct doc **out)
{
    struct standin_collection *c = standin_collection(s, collection);
    struct doc *list = ARENA_NEW(sc->arena, struct doc), *v;

    if (!c)
        return FAIL(sc, ERR_NOT_FOUND, "there is no collection \"%s\"", collection);
    v = ARENA_ARRAY(sc->arena, struct doc, c->n);
    for (size_t i = 0; i < c->n; i++)
        v[i] = *standin_thing_doc(sc, &c->things[i]);
    *list = doc_make_array(v, c->n);
    *out = list;
    return OK;
}

enum err standin_grow(struct scope *sc, struct standin *s, const char *collection, struct str text, int64_t i)
{
    struct standin_collection *c = standin_collection(s, collection);
    struct standin_bound b = {0};
    struct expr_fault fault;
    const struct doc *first;
    struct expr *e;
    struct doc v;

    if (!c || c->n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing in \"%s\" to grow from", collection);
    if (!expr_compile(sc->arena, text, &mapping_numbers, &e, &fault))
        return FAIL(sc, ERR_INVALID, "%s: %s", fault.code, fault.message);
    standin_bind(&b, "i", doc_make_int(i));
    standin_bind(&b, "next", doc_make_int(c->next));
    first = standin_thing_doc(sc, &c->things[0]);
    TRY(sc, standin_eval(sc, s, &b, e, first, &v));
    return standin_make(sc, s, c, &v);
}

bool standin_has(const struct standin *s, const char *method, const char *path)
{
    size_t base = strlen(s->base);

    for (size_t i = 0; i < s->route_count; i++) {
        const char *own = s->routes[i].path;
        bool fits =
            *own == '/' ? strcmp(own, path) == 0 : strncmp(path, s->base, base) == 0 && strcmp(own, path + base) == 0;

        if (fits && strcmp(s->routes[i].method, method) == 0)
            return true;
    }
    return false;
}

void standin_settings(struct buf *out, const struct standin *s, int port, const struct doc *settings)
{
    buf_f(out,
          "{\"api_url\":\"http://127.0.0.1:%d%s\",\"token_url\":\"http://127.0.0.1:%d" STANDIN_TOKEN_PATH
          "\",\"rate\":{\"per_second\":100000,\"burst\":100000},\"concurrency\":16",
          port, s->base, port);
    for (size_t i = 0; i < doc_count(settings); i++) {
        buf_c(out, ',');
        json_put_text(out, doc_key(settings, i));
        buf_c(out, ':');
        doc_write(out, doc_at(settings, i));
    }
    buf_c(out, '}');
}
