#include "manifest/manifest_int.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "net/net.h"

/* Documents at addresses that the vendor names: what is handed over before a change, and what an answer says lies
 * elsewhere. Pure, as the rest: who calls where is connect's business. */

#define UPLOAD_MAX ((size_t)8 << 20)
#define ROWS_MAX   10000 /* as of lists */
#define ROW_STEPS  400   /* more for each row, beside what any expression may take */
#define ROW_MEMORY 8192

/* ---- as a manifest writes it ---- */

/* The format of rows alone has members of its own. */
static void format_of(struct reading *r, const struct doc *d, const char *pointer, struct manifest_document *out)
{
    unsigned items = scope_fault(r->sc)->item_count;

    for (size_t i = 0; doc_kind(d) == DOC_OBJECT && i < doc_count(d); i++)
        if (!rows_format_knows(doc_key(d, i)))
            manifest_fault(r, manifest_below(r, pointer, str_dup(r->sc->arena, doc_key(d, i))), "unknown_member",
                           "is not known here");
    if (rows_format_read(r->sc, d, manifest_place(r, pointer), &out->format) != OK)
        manifest_faults_stay(r, items);
}

void manifest_read_document(struct reading *r, const struct doc *d, const char *pointer, struct manifest_document *out)
{
    static const char *const names[] = {"url", "gzip", "kind", "rows", "comment", NULL};
    static const char *const kinds[] = {"json", "text", "rows", NULL};

    if (!d || !manifest_object(r, d, pointer, names))
        return;
    out->url = manifest_expr(r, d, pointer, "url", true);
    out->gzip = manifest_expr(r, d, pointer, "gzip", false);
    out->kind = (enum manifest_document_kind)manifest_choice(r, d, pointer, "kind", kinds, DOCUMENT_JSON);
    if ((out->kind == DOCUMENT_ROWS) != (doc_get(d, "rows") != NULL))
        manifest_fault(r, manifest_below(r, pointer, "rows"), "required",
                       "a document of rows, and no other, says how they are written");
    else if (out->kind == DOCUMENT_ROWS)
        format_of(r, doc_get(d, "rows"), manifest_below(r, pointer, "rows"), out);
}

void manifest_read_upload(struct reading *r, const struct doc *d, const char *pointer, struct manifest_operation *o)
{
    static const char *const names[] = {"operation", "with", "url", "type", "body", "comment", NULL};
    struct manifest_upload *u = &o->upload;

    if (!d || !manifest_object(r, d, pointer, names))
        return;
    if (o->asks_only)
        manifest_fault(r, pointer, "not_allowed", "only a change hands a document over");
    u->operation = manifest_other(r, d, pointer, "operation", true);
    u->with = manifest_expr(r, d, pointer, "with", false);
    u->url = manifest_expr(r, d, pointer, "url", true);
    u->type = manifest_text(r, d, pointer, "type", 200, true);
    u->body = manifest_expr(r, d, pointer, "body", true);
}

/* ---- handing over ---- */

bool manifest_upload(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct ask *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings, .ask = ask};
    const struct manifest_operation *o = manifest_operation(run.m, ask->operation);
    struct doc *with = ARENA_NEW(sc->arena, struct doc);
    const char *why;

    if (!o || !o->upload.url)
        return false;
    if (!o->upload.with || !manifest_eval(sc, &run, o->upload.with, ask->with, with, &why))
        *with = doc_make_object(NULL, 0);
    *out = (struct ask){.operation = o->upload.operation, .with = with};
    return true;
}

static enum err not_made(struct scope *sc, const struct manifest_operation *o, const char *what, const char *why)
{
    return FAIL(sc, ERR_HOLD, "the document of %s cannot be made: %s: %s", o->name, what, why);
}

static enum err upload_url(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                           const struct doc *place, const char **out)
{
    const char *why = "it is no text";
    struct doc v;

    *out = "the address that is given for it";
    if (!place)
        return OK;
    if (!manifest_eval(sc, run, o->upload.url, place, &v, &why) || doc_kind(&v) != DOC_TEXT)
        return not_made(sc, o, "where it goes", why);
    *out = str_dup(sc->arena, doc_text(&v));
    return OK;
}

enum err manifest_upload_build(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                               const struct doc *place, struct http_call *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings, .ask = ask};
    const struct manifest_operation *o = manifest_operation(run.m, ask->operation);
    const char *why = "it has no value";
    struct doc v;
    struct buf b;

    *out = (struct http_call){.method = "PUT", .content_type = o->upload.type};
    TRY(sc, upload_url(sc, &run, o, place, &out->url));
    if (!manifest_eval(sc, &run, o->upload.body, ask->with, &v, &why) || expr_is_absent(v))
        return not_made(sc, o, "its content", why);
    if (doc_kind(&v) == DOC_TEXT) { /* a document of another kind, as it stands */
        out->body = doc_text(&v);
        return OK;
    }
    buf_init(&b, sc->arena, UPLOAD_MAX);
    doc_write(&b, &v);
    if (b.full)
        return FAIL(sc, ERR_HOLD, "the document of %s has more than 8 MiB", o->name);
    out->body = buf_str(&b);
    return OK;
}

/* ---- reading ---- */

enum err manifest_elsewhere(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                            const struct doc *body, struct told *out)
{
    const char *why = "it is no text";
    struct doc v;

    if (!manifest_eval(sc, run, o->document.url, body, &v, &why) || doc_kind(&v) != DOC_TEXT || doc_text(&v).n == 0)
        return FAIL(sc, ERR_HOLD, "the answer to %s does not say where the document is: %s", o->name, why);
    out->found = true;
    out->elsewhere = str_dup(sc->arena, doc_text(&v));
    out->packed =
        o->document.gzip && manifest_eval(sc, run, o->document.gzip, body, &v, &why) && doc_kind(&v) == DOC_TRUE;
    return OK;
}

/* ---- how it is written ---- */

#define CHARSETS "utf-8, iso-8859-1, windows-1252 and utf-16"

struct charset {
    const char *name; /* in lower case, as vendors and RFC 2978's register have it */
    enum rows_encoding encoding;
};
static const struct charset charsets[] = {
    {"utf-8", ROWS_UTF8},
    {"utf8", ROWS_UTF8},
    {"us-ascii", ROWS_UTF8},
    {"ascii", ROWS_UTF8},
    {"iso-8859-1", ROWS_LATIN1},
    {"iso8859-1", ROWS_LATIN1},
    {"iso_8859-1", ROWS_LATIN1},
    {"latin1", ROWS_LATIN1},
    {"windows-1252", ROWS_WINDOWS1252},
    {"cp1252", ROWS_WINDOWS1252},
    {"x-cp1252", ROWS_WINDOWS1252},
    {"utf-16le", ROWS_UTF16LE},
    {"utf-16be", ROWS_UTF16BE},
};

/* The parameter "charset" of a Content-Type (RFC 9110 section 8.3), without quotes and in lower case; NULL: it has
 * none. */
static const char *charset_of(struct scope *sc, const struct http_reply *document)
{
    const char *type = NULL, *at;
    char *name;
    size_t n;

    for (size_t i = 0; i < document->header_count && !type; i++)
        if (strcasecmp(document->headers[i].name, "content-type") == 0)
            type = document->headers[i].value;
    for (at = type ? strchr(type, ';') : NULL; at; at = strchr(at, ';')) {
        at += 1 + strspn(at + 1, " \t");
        if (strncasecmp(at, "charset=", 8) == 0)
            break;
    }
    if (!at)
        return NULL;
    at += 8 + (at[8] == '"');
    n = strcspn(at, "\"; \t");
    name = arena_strdup(sc->arena, at);
    name[n] = '\0';
    for (char *p = name; *p; p++)
        *p = *p > ' ' && *p < 0x7f ? (char)tolower((unsigned char)*p) : '?';
    return n ? name : NULL;
}

/* "utf-16" alone leaves to a mark at the beginning which octet comes first (RFC 2781 section 3.3); nothing is guessed.
 */
static bool encoding_of(const char *name, struct str raw, enum rows_encoding *out)
{
    for (size_t i = 0; i < ARRAY_LEN(charsets); i++)
        if (strcmp(name, charsets[i].name) == 0) {
            *out = charsets[i].encoding;
            return true;
        }
    if (strcmp(name, "utf-16") != 0 || raw.n < 2)
        return false;
    *out = (unsigned char)raw.p[0] == 0xff ? ROWS_UTF16LE : ROWS_UTF16BE;
    return memcmp(raw.p, "\xff\xfe", 2) == 0 || memcmp(raw.p, "\xfe\xff", 2) == 0;
}

/* What the answer says that the document is written in counts more than what its format says. As UTF-8 then. */
static enum err as_utf8(struct scope *sc, const struct manifest_operation *o, const struct http_reply *document,
                        struct rows_format *format, struct str *out)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *name = charset_of(sc, document);
    struct rows_window w;

    *out = document->body;
    if (!name)
        return OK;
    if (!encoding_of(name, document->body, &format->encoding))
        return FAIL(sc, ERR_HOLD, "the document of %s is said to be written in \"%s\"; " CHARSETS " are read", o->name,
                    arena_cut(sc->arena, name, 40));
    rows_window_make(sc->arena, format, document->body, true, &w);
    *out = w.text;
    format->encoding = ROWS_UTF8;
    if (out->n >= 3 && memcmp(out->p, mark, 3) == 0) /* which says nothing more */
        *out = (struct str){out->p + 3, out->n - 3};
    return OK;
}

static enum err rows_of(struct scope *sc, const struct rows_format *format, struct str text, const struct doc **out)
{
    struct doc *items = ARENA_ARRAY(sc->arena, struct doc, ROWS_MAX), *list = ARENA_NEW(sc->arena, struct doc);
    struct rows_window w;
    struct rows_row row;
    const struct doc *one;
    struct rows r;
    enum rows_got got;
    size_t n = 0;

    rows_window_make(sc->arena, format, text, true, &w);
    TRY(sc, rows_begin(sc, format, &w, &r));
    while ((got = rows_next(sc, &r, &w, &row)) == ROWS_ROW) {
        if (n == ROWS_MAX)
            return FAIL(sc, ERR_INVALID, "it has more than %d rows", ROWS_MAX);
        TRY(sc, doc_parse(sc, row.json, &one));
        items[n++] = *one;
    }
    if (got == ROWS_REFUSED)
        return FAIL(sc, ERR_INVALID, "line %lld: %s", (long long)row.line, row.reason);
    *list = doc_make_array(items, n);
    *out = list;
    return OK;
}

static enum err parsed(struct scope *sc, const struct manifest_operation *o, const struct rows_format *format,
                       struct str text, const struct doc **out)
{
    struct doc *v;

    if (o->document.kind == DOCUMENT_JSON)
        return doc_parse(sc, text, out);
    if (o->document.kind == DOCUMENT_ROWS)
        return rows_of(sc, format, text, out);
    v = ARENA_NEW(sc->arena, struct doc);
    *v = doc_make_text(text);
    *out = v;
    return OK;
}

/* A table is as long as its vendor makes it, and what is said of it is said of each row. A partner's own connector has
 * the usual limits: it is not known what it says. */
static const struct expr_limits *limits_of(struct scope *sc, const struct manifest *m, const struct doc *rows)
{
    struct expr_limits *out = ARENA_NEW(sc->arena, struct expr_limits);
    size_t n = doc_count(rows);

    *out = expr_limits_default;
    if (m->bounded)
        return out;
    out->steps += (uint32_t)n * ROW_STEPS;
    out->memory += n * ROW_MEMORY;
    return out;
}

enum err manifest_document_read(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                                const struct http_reply *reply, const struct http_reply *document, struct told *out)
{
    struct manifest_run run = {
        .m = manifest_at(site), .budget = site->budget, .settings = site->settings, .ask = ask, .reply = reply};
    const struct manifest_operation *o = manifest_operation(run.m, ask->operation);
    struct rows_format format = o->document.format;
    const struct doc *body;
    struct str text;

    TRY(sc, as_utf8(sc, o, document, &format, &text));
    if (parsed(sc, o, &format, text, &body) != OK) {
        const char *words = arena_strdup(sc->arena, scope_fault(sc)->message);

        scope_clear(sc);
        return FAIL(sc, ERR_HOLD, "the document of %s is not what \"%s\" promises: %s", o->name, run.m->title, words);
    }
    if (o->document.kind == DOCUMENT_ROWS)
        run.limits = limits_of(sc, run.m, body);
    *out = (struct told){.ref = ""};
    return manifest_told(sc, &run, o, body, out);
}
