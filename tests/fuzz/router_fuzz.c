#include "base/utf8.h"
#include "fuzz/fuzz.h"

/* A request's target: split, decoded and matched. Each line of the input is the target of one GET. What is taken must
 * be clean: no octet of a path or name that could stand for another one, and parameters that lie inside the path. */
static enum err nothing(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)sc, (void)rq, (void)rs;
    return OK;
}

static const char *const query[] = {"limit", "cursor", "state", NULL};
static const struct route routes[] = {
    {GET, "/", nothing},
    {GET, "/v1/orders", nothing, .query = query},
    {GET, "/v1/orders/{order_id}", nothing},
    {POST, "/v1/orders/{order_id}/release", nothing},
    {GET, "/v1/{kind}/{id}/{part}/{sub}", nothing},
    {GET, "/v1/orders/{order_id}/release/{x}", nothing},
    {GET, "/brand/theme.css", nothing},
    {},
};
static const struct route *const tables[] = {routes, NULL};
static struct router *router;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_start();
    router = router_new(tables, NULL);
    return 0;
}

static void param_check(const struct rq *rq, size_t i)
{
    struct str v = rq->params[i].value;

    MUST_BE(rq->params[i].name.n > 0 && v.n > 0);
    MUST_BE(v.p >= rq->path.p && v.p + v.n <= rq->path.p + rq->path.n);
    MUST_BE(!memchr(v.p, '/', v.n) && !memchr(v.p, '\\', v.n) && !memchr(v.p, 0, v.n));
    MUST_BE(!str_is(v, ".") && !str_is(v, ".."));
}

static void target(struct str text)
{
    struct scope *sc = scope_new();
    struct rq rq = {.method = GET};
    char allow[HTTP_ALLOW_MAX];
    struct uuid id;
    int64_t limit;

    if (take_target(sc, fuzz_copy(sc, (const uint8_t *)text.p, text.n), &rq) == OK) {
        MUST_BE(rq.query_count <= HTTP_QUERY_PARAMS_MAX);
        for (size_t i = 0; i < rq.query_count; i++)
            MUST_BE(utf8_valid(rq.query[i].name, NULL) && utf8_valid(rq.query[i].value, NULL));
        scope_clear(sc);
        if (router_match(router, sc, &rq, allow) == OK) {
            for (size_t i = 0; i < rq.param_count; i++)
                param_check(&rq, i);
            (void)query_check(sc, &rq);
            scope_clear(sc);
            (void)rq_query_int(sc, &rq, "limit", 50, 1, 200, &limit);
            (void)rq_path_id(sc, &rq, "order_id", "ord", &id);
        }
    }
    scope_free(sc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str left = {(const char *)data, size}, line;

    for (unsigned n = 0; n < 8 && fuzz_line(&left, &line); n++)
        target(line);
    return 0;
}
