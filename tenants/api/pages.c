#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"
#include "base/must.h"
#include "org/org.h"
#include "json/doc.h"

/* Pages of a host before anybody has signed in, in the partner's name and colours. Brand packs are folders with
 * brand.json and logo.svg; they are ours or the operator's, never uploads. */
#define PACKS_MAX 16
#define FILE_MAX  ((size_t)1 << 20)

struct pack {
    char name[41];
    char *accent, *ink, *paper, *tagline; /* colours as #rrggbb */
    char *logo;
};

static struct pack packs[PACKS_MAX];
static size_t pack_count;
static char *start_page;
static char *start_css;

static enum err read_file(struct scope *sc, const char *path, char **out)
{
    FILE *f = fopen(path, "re");
    char *text;
    size_t n;

    if (!f)
        return FAIL(sc, ERR_NOT_FOUND, "%s cannot be read", path);
    text = malloc(FILE_MAX + 1);
    if (!text)
        out_of_memory();
    n = fread(text, 1, FILE_MAX, f);
    text[n] = '\0';
    fclose(f);
    *out = text;
    return OK;
}

static bool colour_valid(struct str c)
{
    if (c.n != 7 || c.p[0] != '#')
        return false;
    for (size_t i = 1; i < c.n; i++)
        if (!strchr("0123456789abcdefABCDEF", c.p[i]))
            return false;
    return true;
}

static enum err colour(struct scope *sc, const struct doc *brand, const char *name, char **out)
{
    struct str c = doc_text(doc_get(brand, name));

    if (!colour_valid(c))
        return FAIL(sc, ERR_INVALID, "the brand's %s must be a colour like #336699", name);
    *out = strndup(c.p, c.n);
    return OK;
}

static enum err pack_load(struct scope *sc, const char *dir, const char *name)
{
    struct pack *p = &packs[pack_count];
    const struct doc *brand;
    struct str tagline;
    char *text;
    enum err e;

    snprintf(p->name, sizeof(p->name), "%s", name);
    TRY(sc, read_file(sc, arena_f(sc->arena, "%s/%s/logo.svg", dir, name), &p->logo));
    pack_count++; /* from here on api_pages_unload frees what is there */
    TRY(sc, read_file(sc, arena_f(sc->arena, "%s/%s/brand.json", dir, name), &text));
    e = doc_parse(sc, str_of(arena_strdup(sc->arena, text)), &brand);
    free(text);
    TRY(sc, e);
    TRY(sc, colour(sc, brand, "accent", &p->accent));
    TRY(sc, colour(sc, brand, "ink", &p->ink));
    TRY(sc, colour(sc, brand, "paper", &p->paper));
    tagline = doc_text(doc_get(brand, "tagline"));
    p->tagline = strndup(tagline.n ? tagline.p : "", tagline.n);
    return OK;
}

enum err api_pages_load(struct scope *sc, const char *web_dir, const char *branding_dir)
{
    static const char *const shipped[] = {"neutral", "northwind", "harbor"};

    TRY(sc, read_file(sc, arena_f(sc->arena, "%s/start.html", web_dir), &start_page));
    TRY(sc, read_file(sc, arena_f(sc->arena, "%s/start.css", web_dir), &start_css));
    for (size_t i = 0; i < ARRAY_LEN(shipped); i++)
        TRY(sc, pack_load(sc, branding_dir, shipped[i]));
    return OK;
}

void api_pages_unload(void)
{
    for (size_t i = 0; i < pack_count; i++) {
        free(packs[i].accent);
        free(packs[i].ink);
        free(packs[i].paper);
        free(packs[i].tagline);
        free(packs[i].logo);
        packs[i] = (struct pack){0};
    }
    pack_count = 0;
    free(start_page);
    free(start_css);
    start_page = start_css = NULL;
}

/* The host's pack, or the neutral one. */
static const struct pack *pack_of(const struct rq *rq)
{
    const struct org_host *on = rq->host_data;

    for (size_t i = 0; i < pack_count; i++)
        if (strcmp(packs[i].name, on->brand_pack) == 0)
            return &packs[i];
    return &packs[0];
}

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
        else
            buf_c(b, *c);
    }
}

/* {{name}} and {{tagline}} are the only holes; everything put in is escaped. */
static void put_page(struct buf *b, const struct org_host *host, const struct pack *pack)
{
    const char *at = start_page;

    for (const char *hole = strstr(at, "{{"); hole; hole = strstr(at, "{{")) {
        const char *end = strstr(hole, "}}");

        if (!end)
            break;
        buf_add(b, at, (size_t)(hole - at));
        if (strncmp(hole, "{{name}}", 8) == 0)
            put_escaped(b, host->name);
        else if (strncmp(hole, "{{tagline}}", 11) == 0)
            put_escaped(b, pack->tagline);
        at = end + 2;
    }
    buf_s(b, at);
}

static void page_headers(struct scope *sc, struct rs *rs)
{
    rs_header(sc, rs, "content-security-policy",
              "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
              "frame-ancestors 'none'");
    rs_header(sc, rs, "referrer-policy", "no-referrer");
    rs_header(sc, rs, "cross-origin-opener-policy", "same-origin");
    rs_header(sc, rs, "strict-transport-security", "max-age=31536000");
    rs_header(sc, rs, "cache-control", "no-cache");
}

static enum err page_start(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct buf b;

    buf_init(&b, sc->arena, FILE_MAX);
    put_page(&b, rq->host_data, pack_of(rq));
    page_headers(sc, rs);
    return rs_bytes(sc, rs, 200, "text/html; charset=utf-8", buf_str(&b));
}

static enum err page_theme(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct pack *p = pack_of(rq);
    struct buf b;

    buf_init(&b, sc->arena, FILE_MAX);
    buf_f(&b, ":root{--accent:%s;--ink:%s;--paper:%s}\n", p->accent, p->ink, p->paper);
    buf_s(&b, start_css);
    page_headers(sc, rs);
    return rs_bytes(sc, rs, 200, "text/css; charset=utf-8", buf_str(&b));
}

static enum err page_logo(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    page_headers(sc, rs);
    rs_header(sc, rs, "content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    return rs_bytes(sc, rs, 200, "image/svg+xml", str_of(pack_of(rq)->logo));
}

const struct route api_page_routes[] = {
    {GET, "/", page_start, .public_ = true, .raw = true, .name = "pages.start", .summary = "The start page."},
    {GET, "/brand/theme.css", page_theme, .public_ = true, .raw = true, .name = "brand.theme",
     .summary = "The brand's colours."},
    {GET, "/brand/logo.svg", page_logo, .public_ = true, .raw = true, .name = "brand.logo",
     .summary = "The brand's logo."},
    {},
};
