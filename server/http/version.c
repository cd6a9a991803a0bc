#include "http/http_int.h"

void rs_version(struct scope *sc, struct rs *rs, int64_t version)
{
    rs_header(sc, rs, "etag", arena_f(sc->arena, "\"v%lld\"", (long long)version));
}

static enum err failed(struct scope *sc, const char *why, const char *problem, int status)
{
    enum err e = FAIL(sc, ERR_INVALID, "%s", why);

    scope_problem(sc, problem, status);
    return e;
}

enum err rq_if_match(struct scope *sc, const struct rq *rq, int64_t *out_version)
{
    struct str said = rq_header(rq, "if-match");
    int64_t v = 0;

    if (rq_header_count(rq, "if-match") == 0)
        return failed(sc, "send the version that you have seen, from its etag, in an if-match header",
                      "precondition-required", 428);
    if (rq_header_count(rq, "if-match") != 1 || said.n < 4 || said.n > 20 || !str_starts(said, "\"v") ||
        said.p[said.n - 1] != '"')
        return failed(sc, "if-match takes the one etag of a version, like \"v15\"", "precondition-failed", 412);
    for (size_t i = 2; i + 1 < said.n; i++) {
        if (said.p[i] < '0' || said.p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, said.p[i] - '0', &v))
            return failed(sc, "if-match takes the one etag of a version, like \"v15\"", "precondition-failed", 412);
    }
    *out_version = v;
    return OK;
}

enum err rq_stale(struct scope *sc, int64_t current_version)
{
    return failed(
        sc,
        arena_f(sc->arena, "somebody has changed it meanwhile: it is at version %lld now", (long long)current_version),
        "precondition-failed", 412);
}
