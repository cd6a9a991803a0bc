#include <string.h>

#include "api/manners_int.h"
#include "org/org.h"

/* What the service says about itself, in the name of the partner whose host is asked: the OpenAPI description and a
 * page for each kind of problem. */
#define DOCUMENT_MAX ((size_t)8 << 20)
#define PAGE_MAX     ((size_t)64 << 10)

static const struct {
    const char *code, *title, *meaning, *advice;
} problems[] = {
#define PROBLEM(code, title, meaning, advice) {code, title, meaning, advice},
#include "api/problems.def"
#undef PROBLEM
};

static const char *permission_of(unsigned may)
{
    return permission_name(may);
}

void api_describe(struct scope *sc, const char *title, const char *server, struct buf *out)
{
    struct http_description d = {.title = title,
                                 .version = version_newest(&api_versions)->name,
                                 .server = server,
                                 .routes = api_routes,
                                 .relations = api_relations,
                                 .permission = permission_of};

    http_describe(sc, &d, out);
}

void api_etag_of(struct scope *sc, struct rs *rs, struct str text)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf tag;

    crypto_hash(text.p, text.n, hash);
    buf_init(&tag, sc->arena, 100);
    buf_c(&tag, '"');
    buf_hex(&tag, hash, sizeof(hash) / 2);
    buf_c(&tag, '"');
    rs_header(sc, rs, "etag", buf_cstr(&tag));
}

static enum err openapi_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct org_host *on = rq->host_data;
    struct buf b;

    buf_init(&b, sc->arena, DOCUMENT_MAX);
    api_describe(sc, on->name, arena_f(sc->arena, "https://%.*s", (int)rq->host.n, rq->host.p), &b);
    if (b.full)
        return FAIL(sc, ERR_INTERNAL, "the description is too large");
    api_etag_of(sc, rs, buf_str(&b));
    rs_header(sc, rs, "cache-control", "public, max-age=300");
    return rs_bytes(sc, rs, 200, "application/json", buf_str(&b));
}

static void put_escaped(struct buf *b, const char *text)
{
    for (; *text; text++) {
        if (strchr("<>&\"'", *text))
            buf_f(b, "&#%d;", *text);
        else
            buf_c(b, *text);
    }
}

static void put_tagged(struct buf *b, const char *tag, const char *text)
{
    buf_f(b, "<%s>", tag);
    put_escaped(b, text);
    buf_f(b, "</%s>\n", tag);
}

static size_t problem_find(struct str code)
{
    size_t i = 0;

    while (i < ARRAY_LEN(problems) && !str_is(code, problems[i].code))
        i++;
    return i;
}

static enum err problem_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct org_host *on = rq->host_data;
    size_t i = problem_find(rq_param(rq, "code"));
    struct buf b;

    if (i == ARRAY_LEN(problems))
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
    buf_init(&b, sc->arena, PAGE_MAX);
    buf_s(&b, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width\">\n");
    put_tagged(&b, "title", arena_f(sc->arena, "%s \xc2\xb7 %s", problems[i].title, on->name));
    put_tagged(&b, "h1", problems[i].title);
    put_tagged(&b, "p", problems[i].meaning);
    put_tagged(&b, "p", problems[i].advice);
    put_tagged(&b, "p", arena_f(sc->arena, "Code: %s", problems[i].code));
    rs_header(sc, rs, "content-security-policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    rs_header(sc, rs, "cache-control", "public, max-age=300");
    return rs_bytes(sc, rs, 200, "text/html; charset=utf-8", buf_str(&b));
}

const struct route api_describe_routes[] = {
    {GET, "/v1/openapi.json", openapi_get, .public_ = true, .raw = true, .etag = true, .name = "description.get",
     .summary = "This description."},
    {GET, "/docs/problems/{code}", problem_get, .public_ = true, .raw = true, .name = "problems.get",
     .summary = "A page about a kind of problem."},
    {},
};
