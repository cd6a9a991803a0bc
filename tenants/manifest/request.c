#include "manifest/manifest_int.h"

#include "crypto/crypto.h"
#include "sign/sign.h"

/* Requests as a manifest writes them. Pure: the same ask gives the same octets. */

#define URL_MAX  8000
#define BODY_MAX ((size_t)8 << 20)

static enum err not_made(struct scope *sc, const struct ask *ask, const char *what, const char *why)
{
    return FAIL(sc, ERR_HOLD, "the request of %s cannot be made: %s: %s", ask ? ask->operation : "signing in", what,
                why);
}

static void put_coded(struct buf *b, const struct doc *codes, const char *text)
{
    for (const char *p = text; *p; p++) {
        struct str one = {p, 1};
        size_t i = 0;

        while (i < doc_count(codes) && doc_key(codes, i).p[0] != *p)
            i++;
        buf_percent(b, i < doc_count(codes) ? doc_text(doc_at(codes, i)) : one);
    }
}

/* "." and ".." would lead elsewhere, however they are written. */
static bool put_value(struct scope *sc, const struct manifest_run *run, struct buf *b, const struct doc *v)
{
    const char *text = manifest_text_of(sc, v);

    if (!text || !*text || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return false;
    if (run->m->path_codes)
        put_coded(b, run->m->path_codes, text);
    else
        buf_percent(b, str_of(text));
    return true;
}

/* A member of what goes along, or by dots one of its members'. */
static const struct doc *member_of(const struct doc *d, struct str name)
{
    const char *dot = memchr(name.p, '.', name.n);
    size_t n = dot ? (size_t)(dot - name.p) : name.n;

    for (size_t i = 0; i < doc_count(d) && doc_kind(d) == DOC_OBJECT; i++) {
        struct str key = doc_key(d, i);

        if (key.n == n && memcmp(key.p, name.p, n) == 0)
            return dot ? member_of(doc_at(d, i), (struct str){dot + 1, name.n - n - 1}) : doc_at(d, i);
    }
    return NULL;
}

static bool put_name(struct scope *sc, struct manifest_run *run, struct buf *b, struct str name)
{
    const char *n = str_dup(sc->arena, name);
    struct doc key;

    if (str_starts(name, "settings."))
        return put_value(sc, run, b, manifest_setting(run->m, run->settings, n + 9));
    if (strcmp(n, "key") != 0)
        return put_value(sc, run, b, member_of(run->ask->with, name));
    key = run->ask->key ? doc_make_text(str_of(run->ask->key)) : expr_absent();
    return run->ask->key && put_value(sc, run, b, &key);
}

static enum err put_path(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o, struct buf *b)
{
    for (const char *p = o->path; *p; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;

        if (!end) {
            buf_c(b, *p);
            continue;
        }
        if (!put_name(sc, run, b, (struct str){p + 1, (size_t)(end - p) - 1}))
            return FAIL(sc, ERR_HOLD,
                        "what goes along with %s has no text or number \"%.*s\" that can stand in its path", o->name,
                        (int)(end - p) - 1, p + 1);
        p = end;
    }
    return OK;
}

static void put_member(struct buf *b, bool *first, const char *name, const char *value)
{
    buf_c(b, *first ? '?' : '&');
    *first = false;
    buf_percent(b, str_of(name));
    buf_c(b, '=');
    buf_percent(b, str_of(value));
}

/* A list's values one after another, a member each; what has no value is left out. */
static bool put_members(struct scope *sc, struct buf *b, bool *first, const char *name, const struct doc *v)
{
    size_t n = doc_kind(v) == DOC_ARRAY ? doc_count(v) : 1;

    if (expr_is_absent(*v) || doc_kind(v) == DOC_NULL)
        return true;
    for (size_t i = 0; i < n; i++) {
        const char *text = manifest_text_of(sc, doc_kind(v) == DOC_ARRAY ? doc_at(v, i) : v);

        if (!text)
            return false;
        put_member(b, first, name, text);
    }
    return true;
}

static enum err put_query(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o, struct buf *b,
                          bool *first)
{
    for (size_t i = 0; i < o->query.n; i++) {
        const char *why = "it is no text, number or list of them";
        struct doc v;

        if (!manifest_eval(sc, run, o->query.v[i].value, run->ask->with, &v, &why) ||
            !put_members(sc, b, first, o->query.v[i].name, &v))
            return not_made(sc, run->ask, o->query.v[i].name, why);
    }
    return OK;
}

/* Where the page begins, and how long it is. */
static void put_page(struct manifest_run *run, const struct manifest_operation *o, struct buf *b, bool *first)
{
    const struct manifest_pages *p = &o->pages;
    const char *after = run->ask->after;
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)p->most);
    if (p->size && !(p->alone && after && *after))
        put_member(b, first, p->size, text);
    if (!p->at)
        return;
    if (after && *after)
        put_member(b, first, p->at, after);
    else if (p->kind == PAGING_PAGE)
        put_member(b, first, p->at, "1");
    else if (p->kind == PAGING_OFFSET)
        put_member(b, first, p->at, "0");
}

/* Whole addresses of next pages come from the vendor: they lead where its interface is, or nowhere. */
static bool is_below(const char *url, const char *base)
{
    return strncmp(url, base, strlen(base)) == 0 && !strstr(url + strlen(base), "..");
}

static enum err address(struct scope *sc, const struct erp_site *site, struct manifest_run *run,
                        const struct manifest_operation *o, const char **out)
{
    const char *after = run->ask->after;
    bool first = true, going_on = after && *after;
    struct buf b;

    if (going_on && o->pages.kind == PAGING_LINK) {
        if (!is_below(after, site->url))
            return FAIL(sc, ERR_HOLD, "the next page of %s is said to be elsewhere", o->name);
        *out = after;
        return OK;
    }
    buf_init(&b, sc->arena, URL_MAX);
    buf_s(&b, site->url);
    TRY(sc, put_path(sc, run, o, &b));
    if (going_on && o->pages.kind == PAGING_QUERY)
        buf_f(&b, "%s%s", *after == '?' ? "" : "?", after);
    else if (going_on && o->pages.alone)
        put_page(run, o, &b, &first);
    else {
        TRY(sc, put_query(sc, run, o, &b, &first));
        put_page(run, o, &b, &first);
    }
    if (b.full)
        return FAIL(sc, ERR_HOLD, "the address of %s has more than %d octets", o->name, URL_MAX);
    *out = buf_cstr(&b);
    return OK;
}

static bool header_fits(const char *value)
{
    for (; *value; value++)
        if ((unsigned char)*value < ' ' || *value == 0x7f)
            return false;
    return true;
}

enum err manifest_put_headers(struct scope *sc, struct manifest_run *run, const struct manifest_pairs *pairs,
                              struct http_call *out)
{
    for (size_t i = 0; i < pairs->n; i++) {
        const char *why = "it is no text of visible characters", *text;
        struct doc v;

        if (!manifest_eval(sc, run, pairs->v[i].value, run->ask ? run->ask->with : NULL, &v, &why))
            return not_made(sc, run->ask, pairs->v[i].name, why);
        if (expr_is_absent(v))
            continue;
        text = manifest_text_of(sc, &v);
        if (!text || !header_fits(text) || out->header_count == HTTP_HEADERS_MAX)
            return not_made(sc, run->ask, pairs->v[i].name, why);
        out->headers[out->header_count++] = (struct http_header){pairs->v[i].name, text};
    }
    return OK;
}

/* The body as a file that is uploaded, the only part of a form (RFC 7578). What ends the part is made of the content,
 * so that the same ask gives the same octets and the content cannot have it. */
static enum err as_file(struct scope *sc, const struct manifest_operation *o, struct http_call *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char end[33];
    struct buf b;

    crypto_hash(out->body.p, out->body.n, hash);
    for (size_t i = 0; i < 16; i++)
        snprintf(end + 2 * i, 3, "%02x", hash[i]);
    buf_init(&b, sc->arena, BODY_MAX);
    buf_f(&b,
          "--%s\r\ncontent-disposition: form-data; name=\"file\"; filename=\"file.json\"\r\n"
          "content-type: application/json\r\n\r\n",
          end);
    buf_add(&b, out->body.p, out->body.n);
    buf_f(&b, "\r\n--%s--\r\n", end);
    if (b.full)
        return FAIL(sc, ERR_HOLD, "the body of %s has more than 8 MiB", o->name);
    out->content_type = arena_f(sc->arena, "multipart/form-data; boundary=%s", end);
    out->body = buf_str(&b);
    return OK;
}

static enum err body_of(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                        struct http_call *out)
{
    const char *why = "it has no value";
    struct doc v;
    struct buf b;

    if (!o->body)
        return OK;
    if (!manifest_eval(sc, run, o->body, run->ask->with, &v, &why) || expr_is_absent(v))
        return not_made(sc, run->ask, "its body", why);
    if (o->body_kind == BODY_FORM || o->body_kind == BODY_BRACKETS) {
        out->content_type = "application/x-www-form-urlencoded";
        return o->body_kind == BODY_FORM ? sign_form(sc, &v, &out->body) : sign_form_brackets(sc, &v, &out->body);
    }
    buf_init(&b, sc->arena, BODY_MAX);
    doc_write(&b, &v);
    if (b.full)
        return FAIL(sc, ERR_HOLD, "the body of %s has more than 8 MiB", o->name);
    out->content_type = "application/json";
    out->body = buf_str(&b);
    return o->body_kind == BODY_FILE ? as_file(sc, o, out) : OK;
}

/* How it is asked whether a change was made: another operation, with what follows from the change. */
static enum err probe_of(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                         struct ask *out)
{
    const char *why = "it has no value";
    struct doc *with = ARENA_NEW(sc->arena, struct doc);

    *out = (struct ask){.operation = o->probe, .key = run->ask->key, .with = run->ask->with};
    if (!o->probe_with)
        return OK;
    if (!manifest_eval(sc, run, o->probe_with, run->ask->with, with, &why) || expr_is_absent(*with))
        return not_made(sc, run->ask, "what tells whether it was made", why);
    out->with = with;
    return OK;
}

static enum err build(struct scope *sc, const struct erp_site *site, struct manifest_run *run,
                      const struct manifest_operation *o, struct http_call *out)
{
    out->method = o->method;
    TRY(sc, address(sc, site, run, o, &out->url));
    TRY(sc, manifest_put_headers(sc, run, &run->m->headers, out));
    TRY(sc, manifest_put_headers(sc, run, &o->headers, out));
    if (run->ask->key && o->key_header) {
        out->key_header = o->key_header;
        out->key = connector_header_key(sc, run->ask->key);
    }
    return body_of(sc, run, o, out);
}

enum err manifest_build(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct http_call *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings, .ask = ask};
    const struct manifest_operation *o = manifest_operation(run.m, ask->operation);
    struct ask probe;

    *out = (struct http_call){.authorization =
                                  site->session && *site->session && run.m->auth != AUTH_OAUTH1 ? site->session : NULL};
    out->authorization_header = manifest_auth_header(sc, run.m);
    if (ask->probe) {
        TRY(sc, probe_of(sc, &run, o, &probe));
        run.ask = &probe;
        run.bound = NULL;
        o = manifest_operation(run.m, probe.operation);
    }
    return build(sc, site, &run, o, out);
}

bool manifest_operation_of(const struct erp_site *site, const char *name, struct operation *out)
{
    const struct manifest_operation *o = manifest_operation(manifest_at(site), name);

    if (!o)
        return false;
    *out =
        (struct operation){.changes = !o->asks_only, .again = o->again, .looks = o->looks, .settle_ms = o->settle_ms};
    return true;
}
