#include <ctype.h>

#include "connectors/http/http_int.h"

/* Requests as the settings write them, and what an answer means. */

#define URL_MAX  4000
#define SAID_MAX 300 /* octets of the other side's own words */
#define REF_MAX  200

/* "." and ".." would lead elsewhere, however they are written. */
static bool put_text(struct buf *b, struct str s)
{
    if (s.n == 0 || str_is(s, ".") || str_is(s, ".."))
        return false;
    buf_percent(b, s);
    return true;
}

/* A text or a number, as it stands. */
static bool put_value(struct scope *sc, struct buf *b, const struct doc *v)
{
    struct buf text;

    if (doc_kind(v) == DOC_TEXT)
        return put_text(b, doc_text(v));
    if (doc_kind(v) != DOC_INT && doc_kind(v) != DOC_NUMBER)
        return false;
    buf_init(&text, sc->arena, 100);
    doc_write(&text, v);
    buf_percent(b, (struct str){text.p, text.n});
    return true;
}

static bool put_name(struct scope *sc, struct buf *b, struct str name, const struct ask *ask)
{
    if (!str_is(name, "key"))
        return put_value(sc, b, doc_get(ask->with, str_dup(sc->arena, name)));
    return ask->key && put_text(b, str_of(ask->key));
}

static enum err put_path(struct scope *sc, struct buf *b, struct str path, const struct ask *ask)
{
    for (size_t i = 0; i < path.n; i++) {
        const char *end = path.p[i] == '{' ? memchr(&path.p[i], '}', path.n - i) : NULL;
        struct str name = {&path.p[i + 1], end ? (size_t)(end - &path.p[i]) - 1 : 0};

        if (!end) {
            buf_c(b, path.p[i]);
            continue;
        }
        if (!put_name(sc, b, name, ask))
            return FAIL(sc, ERR_HOLD,
                        "what goes along with %s has no text or number \"%.*s\" that can stand in its path",
                        ask->operation, (int)name.n, name.p);
        i += name.n + 1;
    }
    return OK;
}

static enum err address(struct scope *sc, const struct erp_site *site, const struct doc *o, const struct ask *ask,
                        const char **out)
{
    struct buf b;

    buf_init(&b, sc->arena, URL_MAX);
    buf_s(&b, site->url);
    TRY(sc, put_path(sc, &b, doc_text(doc_get(o, "path")), ask));
    if (b.full)
        return FAIL(sc, ERR_HOLD, "the address of %s has more than %d octets", ask->operation, URL_MAX);
    *out = buf_cstr(&b);
    return OK;
}

static enum err body_of(struct scope *sc, const struct ask *ask, struct str *out)
{
    struct buf b;

    buf_init(&b, sc->arena, (size_t)1 << 20);
    doc_write(&b, ask->with);
    if (b.full)
        return FAIL(sc, ERR_HOLD, "what goes along with %s has more than 1 MiB", ask->operation);
    *out = (struct str){b.p, b.n};
    return OK;
}

enum err http_build(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct http_call *out)
{
    const struct doc *o = http_operation(site, ask->operation);
    struct str method = doc_text(doc_get(o, "method"));

    *out = (struct http_call){.authorization = site->session && *site->session ? site->session : NULL};
    out->method = ask->probe ? "GET" : str_dup(sc->arena, method);
    TRY(sc, address(sc, site, ask->probe ? doc_get(o, "probe") : o, ask, &out->url));
    if (ask->probe || str_is(method, "GET"))
        return OK;
    out->key_header = ask->key ? doc_cstr(sc->arena, doc_get(o, "key_header")) : NULL;
    out->key = out->key_header ? connector_header_key(sc, ask->key) : NULL;
    if (str_is(method, "DELETE") || !ask->with)
        return OK;
    out->content_type = "application/json";
    return body_of(sc, ask, &out->body);
}

/* ---- answers ---- */

/* What a refusal says of itself: RFC 9457's detail or title, the usual members, or the text. */
static const char *said(struct scope *sc, const struct http_reply *reply)
{
    static const char *const names[] = {"detail", "message", "title", "error", NULL};
    const struct doc *d;
    const char *text = NULL;

    if (doc_parse(sc, reply->body, &d) == OK)
        for (size_t i = 0; names[i] && !text; i++)
            text = doc_cstr(sc->arena, doc_get(d, names[i]));
    else
        scope_clear(sc);
    return text && *text ? arena_cut(sc->arena, text, SAID_MAX) : NULL;
}

static enum err refusal(struct scope *sc, enum err code, const struct http_reply *reply)
{
    const char *why = said(sc, reply);

    if (why)
        return FAIL(sc, code, "answered %d: %s", reply->status, why);
    return FAIL(sc, code, "answered %d", reply->status);
}

/* Only 401 and 429 say for certain that nothing was done and may be later. */
static enum err fate(struct scope *sc, const struct http_reply *reply)
{
    switch (reply->status) {
    case 401:
        return refusal(sc, ERR_UPSTREAM_AUTH, reply);
    case 425:
    case 429:
        return refusal(sc, ERR_UPSTREAM_BUSY, reply);
    case 408:
        return refusal(sc, ERR_UPSTREAM_UNKNOWN, reply);
    default:
        return refusal(sc, reply->status >= 400 && reply->status < 500 ? ERR_UPSTREAM_NO : ERR_UPSTREAM_UNKNOWN, reply);
    }
}

/* A text, or a number as it is written; NULL: nothing there. */
static const char *ref_at(struct scope *sc, const struct doc *value, const struct doc *pointer)
{
    const char *at = doc_cstr(sc->arena, pointer);
    const struct doc *d = at ? doc_pointer(value, at) : NULL;
    struct buf b;

    if (doc_kind(d) == DOC_TEXT)
        return arena_cut(sc->arena, str_dup(sc->arena, doc_text(d)), REF_MAX);
    if (doc_kind(d) != DOC_INT && doc_kind(d) != DOC_NUMBER)
        return NULL;
    buf_init(&b, sc->arena, REF_MAX);
    doc_write(&b, d);
    return buf_cstr(&b);
}

static enum err value_of(struct scope *sc, const struct ask *ask, const struct http_reply *reply,
                         const struct doc **out)
{
    *out = NULL;
    if (reply->body.n == 0 || doc_parse(sc, reply->body, out) == OK)
        return OK;
    scope_clear(sc);
    /* A change was done whatever its answer looks like; a question that is not answered in JSON is not answered. */
    if (!ask->probe && ask->key)
        return OK;
    return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the answer to %s is no JSON", ask->operation);
}

enum err http_read(struct scope *sc, const struct erp_site *site, const struct ask *ask, const struct http_reply *reply,
                   struct told *out)
{
    const struct doc *o = http_operation(site, ask->operation);
    const char *ref;

    *out = (struct told){.ref = ""};
    if (reply->status == 404 && (ask->probe || http_asks_only(o)))
        return OK;
    if (reply->status < 200 || reply->status > 299)
        return fate(sc, reply);
    TRY(sc, value_of(sc, ask, reply, &out->value));
    ref = ref_at(sc, out->value, doc_get(ask->probe ? doc_get(o, "probe") : o, "ref"));
    out->found = !ask->probe || ref;
    out->ref = ref ? ref : "";
    return OK;
}
