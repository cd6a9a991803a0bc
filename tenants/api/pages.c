#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api_int.h"
#include "api/brand_int.h"
#include "base/must.h"

/* Pages of a host, in the partner's name and colours: files of web-static with holes that the brand fills. They are
 * ours and are read once; only what goes into the holes is a partner's, and all of it is escaped. What the portal's
 * build made lies in web-static/dist: named after its content, so that a browser asks for it once, and compressed
 * beside it. */
#define FILES_MAX 1024
#define FILE_MAX  ((size_t)1 << 20)

enum coding { PLAIN, BROTLI, GZIP, CODINGS };
static const struct {
    const char *ending, *name;
} codings[CODINGS] = {[BROTLI] = {".br", "br"}, [GZIP] = {".gz", "gzip"}};

struct file {
    char *name;
    const char *type;
    bool made; /* by the build */
    struct str text[CODINGS];
};

static struct file files[FILES_MAX];
static size_t file_count;

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".svg", "image/svg+xml"}};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < ARRAY_LEN(types); i++)
        if (strcmp(dot, types[i].ending) == 0)
            return types[i].type;
    return NULL;
}

/* {NULL, 0}: there is no such file. */
static enum err octets_read(struct scope *sc, const char *path, struct str *out)
{
    FILE *f = fopen(path, "re");
    char *text;
    size_t n;

    *out = (struct str){NULL, 0};
    if (!f)
        return OK;
    text = malloc(FILE_MAX + 1);
    if (!text)
        out_of_memory();
    n = fread(text, 1, FILE_MAX, f);
    if (n == FILE_MAX && fgetc(f) != EOF) {
        fclose(f);
        free(text);
        return FAIL(sc, ERR_LIMIT, "%s has more than %zu octets", path, FILE_MAX);
    }
    text[n] = '\0';
    fclose(f);
    *out = (struct str){realloc(text, n + 1), n};
    return OK;
}

static enum err file_read(struct scope *sc, const char *dir, const char *name, bool made)
{
    struct file f = {.type = type_of(name), .made = made};

    if (file_count == FILES_MAX)
        return FAIL(sc, ERR_LIMIT, "there are more than %d files in %s", FILES_MAX, dir);
    for (size_t i = 0; i < (made ? CODINGS : BROTLI); i++)
        TRY(sc, octets_read(sc, arena_f(sc->arena, "%s/%s%s", dir, name, codings[i].ending ? codings[i].ending : ""),
                            &f.text[i]));
    if (!f.text[PLAIN].p)
        return FAIL(sc, ERR_NOT_FOUND, "%s/%s cannot be read", dir, name);
    f.name = strdup(name);
    files[file_count++] = f;
    return OK;
}

static int is_page(const struct dirent *d)
{
    return d->d_name[0] != '.' && type_of(d->d_name) != NULL;
}

static enum err folder_read(struct scope *sc, const char *dir, bool made)
{
    struct dirent **entries;
    int n = scandir(dir, &entries, is_page, alphasort);
    enum err e = OK;

    if (n < 0)
        return FAIL(sc, ERR_NOT_FOUND, "the folder %s cannot be read", dir);
    for (int i = 0; i < n; i++) {
        if (e == OK)
            e = file_read(sc, dir, entries[i]->d_name, made);
        free(entries[i]);
    }
    free(entries);
    return e;
}

/* Without dist the server serves all but the portal's pages, whose address then says that they are not built. */
enum err api_pages_load(struct scope *sc, const char *web_dir)
{
    const char *dist = arena_f(sc->arena, "%s/dist", web_dir), *assets = arena_f(sc->arena, "%s/assets", dist);

    TRY(sc, folder_read(sc, arena_f(sc->arena, "%s/signin", web_dir), false));
    if (access(assets, R_OK | X_OK) != 0)
        return OK;
    TRY(sc, folder_read(sc, dist, false));
    TRY(sc, folder_read(sc, assets, true));
    return OK;
}

void api_pages_unload(void)
{
    for (size_t i = 0; i < file_count; i++) {
        free(files[i].name);
        for (size_t k = 0; k < CODINGS; k++)
            free((char *)(uintptr_t)files[i].text[k].p);
        files[i] = (struct file){0};
    }
    file_count = 0;
}

static const struct file *file_find(struct str name)
{
    for (size_t i = 0; i < file_count; i++)
        if (str_is(name, files[i].name))
            return &files[i];
    return NULL;
}

/* ---- holes ---- */

static void put_escaped(struct buf *b, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '<')
            buf_s(b, "&lt;");
        else if (*c == '>')
            buf_s(b, "&gt;");
        else if (*c == '&')
            buf_s(b, "&amp;");
        else if (*c == '"')
            buf_s(b, "&quot;");
        else if (*c == '\'')
            buf_s(b, "&#39;");
        else
            buf_c(b, *c);
    }
}

/* "": there is no such hole, or the brand does not say. */
static const char *value_of(const struct brand *b, struct str name)
{
    const struct {
        const char *name, *value;
    } values[] = {
        {"name", b->name},
        {"product", b->product},
        {"login_text", b->login_text},
        {"support_name", b->support_name},
        {"support_email", b->support_email},
        {"support_phone", b->support_phone},
        {"support_url", b->support_url},
        {"terms_url", b->terms_url},
        {"privacy_url", b->privacy_url},
        {"imprint_url", b->imprint_url},
    };

    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        if (str_is(name, values[i].name))
            return values[i].value;
    return "";
}

/* Where {{/name}} ends what {{#name}} begins. */
static const char *section_end(struct scope *sc, const char *at, struct str name)
{
    const char *end = strstr(at, arena_f(sc->arena, "{{/%.*s}}", (int)name.n, name.p));

    return end ? end + name.n + 5 : at;
}

/* {{name}} is what the brand says; what stands between {{#name}} and {{/name}} is there only if it says so. */
static void put_page(struct scope *sc, struct buf *out, const char *at, const struct brand *b)
{
    for (const char *hole = strstr(at, "{{"); hole; hole = strstr(at, "{{")) {
        const char *end = strstr(hole, "}}");
        struct str name = {hole + 2, end ? (size_t)(end - hole) - 2 : 0};

        if (!end)
            break;
        buf_add(out, at, (size_t)(hole - at));
        at = end + 2;
        if (name.n && *name.p == '#') {
            name = (struct str){name.p + 1, name.n - 1};
            if (!*value_of(b, name))
                at = section_end(sc, at, name);
        } else if (name.n && *name.p != '/') {
            put_escaped(out, value_of(b, name));
        }
    }
    buf_s(out, at);
}

void api_page_headers(struct scope *sc, struct rs *rs)
{
    rs_header(sc, rs, "content-security-policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
              "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
              "require-trusted-types-for 'script'; trusted-types 'none'");
    rs_header(sc, rs, "cross-origin-opener-policy", "same-origin");
    rs_header(sc, rs, "permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
}

enum err api_page(struct scope *sc, struct rs *rs, const struct rq *rq, const char *name)
{
    const struct file *f = file_find(str_of(name));
    struct api_brand on;
    struct buf b;

    if (!f)
        return FAIL(sc, ERR_NOT_FOUND, "this page was not built on this server");
    TRY(sc, api_brand(sc, rq, &on));
    buf_init(&b, sc->arena, FILE_MAX);
    put_page(sc, &b, f->text[PLAIN].p, &on.brand);
    api_page_headers(sc, rs);
    return api_send(sc, rs, rq, &on, f->type, buf_str(&b));
}

/* With ?preview=… the holder of such a link sees the draft from then on, for as long as the link is good. Whoever has a
 * session begins at the portal's first page; whether it is still good is seen by what that page asks. */
static enum err page_start(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    if (rq_query(rq, "preview").n)
        return api_preview_enter(sc, rs, rq);
    return api_page(sc, rs, rq, api_has_session(rq) && file_find(STR("portal.html")) ? "portal.html" : "start.html");
}

/* "q=0.000" is none. */
static bool weight_is_some(struct str item)
{
    const char *q = memmem(item.p, item.n, "q=", 2);

    for (const char *c = q; c && c < item.p + item.n; c++)
        if (*c >= '1' && *c <= '9')
            return true;
    return !q;
}

/* Whether the field allows it: "br;q=0" does not (RFC 9110 section 12.5.3). */
static bool takes_coding(struct str field, const char *name)
{
    size_t n = strlen(name);

    for (size_t at = 0; at + n <= field.n; at++) {
        const char *end = memchr(field.p + at, ',', field.n - at);
        size_t len = end ? (size_t)(end - field.p) - at : field.n - at;
        struct str one = {field.p + at, len};

        while (one.n && *one.p == ' ')
            one = (struct str){one.p + 1, one.n - 1};
        if (one.n >= n && memcmp(one.p, name, n) == 0 && (one.n == n || one.p[n] == ';' || one.p[n] == ' '))
            return weight_is_some(one);
        at += len;
    }
    return false;
}

/* Named after its content: never asked for again, by nobody. */
static enum err send_made(struct scope *sc, const struct rq *rq, struct rs *rs, const struct file *f)
{
    struct str accepts = rq_header(rq, "accept-encoding");
    enum coding c = PLAIN;

    for (enum coding i = GZIP; i > PLAIN; i--)
        if (f->text[i].p && takes_coding(accepts, codings[i].name))
            c = i;
    rs_header(sc, rs, "etag", arena_f(sc->arena, "\"%s%s\"", f->name, c ? codings[c].ending : ""));
    rs_header(sc, rs, "cache-control", "public, max-age=31536000, immutable");
    rs_header(sc, rs, "vary", "accept-encoding");
    rs_header(sc, rs, "cross-origin-resource-policy", "same-origin");
    rs_header(sc, rs, "strict-transport-security", "max-age=63072000");
    if (c)
        rs_header(sc, rs, "content-encoding", codings[c].name);
    return rs_bytes(sc, rs, 200, f->type, f->text[c]);
}

static enum err page_asset(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct file *f = file_find(rq_param(rq, "file"));
    struct api_brand on = {.etag_prefix = "a"};

    if (!f || strcmp(f->type, "text/html; charset=utf-8") == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is nothing at this address");
    return f->made ? send_made(sc, rq, rs, f) : api_send(sc, rs, rq, &on, f->type, f->text[PLAIN]);
}

static const char *const start_query[] = {"preview", NULL};

const struct route api_page_routes[] = {
    {GET, "/", page_start, .public_ = true, .raw = true, .query = start_query, .name = "pages.start",
     .summary = "The start page."},
    {GET, "/assets/{file}", page_asset, .public_ = true, .raw = true, .name = "pages.asset",
     .summary = "A file that pages ask for."},
    {},
};
