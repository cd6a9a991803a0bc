#include "main/ctl_connector_int.h"

#include "mapping/mapping.h"

/* Many exchanges at once, for tests and for whoever writes a manifest: what an operation sends for each, or how it
 * reads the answer, and what canonical objects that becomes.
 */

static void put_text(struct buf *b, const char *name, const char *text)
{
    buf_f(b, ",\"%s\":", name);
    if (text)
        json_put_text(b, str_of(text));
    else
        buf_s(b, "null");
}

static void put_doc(struct buf *b, const char *name, const struct doc *d)
{
    buf_f(b, ",\"%s\":", name);
    if (d)
        doc_write(b, d);
    else
        buf_s(b, "null");
}

/* ---- canonical objects ---- */

static void put_object(struct scope *sc, struct buf *b, const struct mapping *m, const struct doc *input, bool first)
{
    struct mapping_how how = {.now_ms = 0, .creating = true};
    struct mapping_result r;

    mapping_run(sc->arena, m, input, &how, &r);
    buf_f(b, "%s{\"valid\":%s,\"held\":%s", first ? "" : ",", r.valid ? "true" : "false", r.held ? "true" : "false");
    put_doc(b, "value", expr_is_absent(r.value) ? NULL : &r.value);
    buf_s(b, ",\"faults\":[");
    for (size_t i = 0; i < r.faults.n; i++) {
        buf_s(b, i ? "," : "");
        json_put_text(b, str_of(arena_f(sc->arena, "%s: %s: %s", r.faults.v[i].pointer, r.faults.v[i].code,
                                        r.faults.v[i].detail)));
    }
    buf_s(b, "]}");
}

static const char *kind_of(const struct connector *c, const char *operation)
{
    const struct manifest *m = manifest_of(c);
    struct manifest_use use;

    for (size_t i = 0; m && i < manifest_uses(m, i, &use); i++)
        if (strcmp(use.operation, operation) == 0)
            return use.kind;
    return NULL;
}

/* The mapping of a kind: beside a manifest that is a file, else the one that comes with the program; NULL: none. */
static enum err mapping_of(struct scope *sc, const struct connector *c, const char *beside, const char *kind,
                           const struct doc **out)
{
    const char *path = beside ? ctl_connector_mapping(sc, beside, kind) : NULL;
    const struct mapping_shipped *s = beside ? NULL : mapping_shipped(c->name, kind);

    *out = NULL;
    if (path)
        return ctl_read_json(sc, path, CTL_CONNECTOR_INPUT_MAX, out);
    return s ? doc_parse(sc, (struct str){s->text, s->n}, out) : OK;
}

static enum err put_objects(struct scope *sc, struct buf *b, const struct connector *c, const char *beside,
                            const char *kind, const struct doc *value)
{
    bool many = doc_kind(value) == DOC_ARRAY;
    struct mapping_faults faults;
    const struct doc *d = NULL;
    struct mapping *m;

    if (kind && value)
        TRY(sc, mapping_of(sc, c, beside, kind, &d));
    if (!d)
        return OK;
    if (!mapping_compile(sc->arena, d, NULL, &m, &faults))
        return FAIL(sc, ERR_INVALID, "%s.mapping.json has faults; tenonctl mapping check names them", kind);
    buf_s(b, ",\"objects\":[");
    for (size_t i = 0; i < (many ? doc_count(value) : 1); i++)
        put_object(sc, b, m, many ? doc_at(value, i) : value, i == 0);
    buf_c(b, ']');
    return OK;
}

/* ---- one case ---- */

static const struct http_header *headers_of(struct scope *sc, const struct doc *d)
{
    struct http_header *v = ARENA_ARRAY(sc->arena, struct http_header, doc_count(d) + 1);

    for (size_t i = 0; i < doc_count(d); i++)
        v[i] = (struct http_header){str_dup(sc->arena, doc_key(d, i)), doc_cstr(sc->arena, doc_at(d, i))};
    return v;
}

static struct http_reply reply_of(struct scope *sc, const struct doc *d)
{
    const struct doc *body = doc_get(d, "body"), *headers = doc_get(d, "headers");
    struct http_reply r = {.status = 200, .header_count = doc_count(headers), .headers = headers_of(sc, headers)};
    int64_t status;
    struct buf b;

    if (doc_int(doc_get(d, "status"), &status))
        r.status = (int)status;
    if (doc_get(d, "text")) {
        r.body = doc_text(doc_get(d, "text"));
        return r;
    }
    buf_init(&b, sc->arena, CTL_CONNECTOR_INPUT_MAX);
    if (body)
        doc_write(&b, body);
    r.body = buf_str(&b);
    return r;
}

static enum err put_read(struct scope *sc, struct buf *b, const struct erp_site *site, const struct ask *ask,
                         const char *beside, const struct doc *d)
{
    struct http_reply reply = reply_of(sc, d);
    const char *kind = doc_cstr(sc->arena, doc_get(d, "kind"));
    struct http_reply document = {.status = 200};
    struct told told;

    TRY(sc, site->connector->named->read(sc, site, ask, &reply, &told));
    if (told.elsewhere && doc_get(d, "document")) {
        put_text(b, "elsewhere", told.elsewhere);
        document.body = doc_text(doc_get(d, "document"));
        TRY(sc, site->connector->named->document_read(sc, site, ask, &reply, &document, &told));
    }
    buf_f(b, ",\"found\":%s", told.found ? "true" : "false");
    put_text(b, "ref", told.ref);
    put_text(b, "after", told.after);
    put_doc(b, "value", told.value);
    return put_objects(sc, b, site->connector, beside, kind ? kind : kind_of(site->connector, ask->operation),
                       told.value);
}

/* What goes with it to an address that another answer gives. */
static enum err put_upload(struct scope *sc, struct buf *b, const struct erp_site *site, const struct ask *ask)
{
    struct http_call call = {0};
    struct ask first;

    if (!site->connector->named->upload || !site->connector->named->upload(sc, site, ask, &first))
        return OK;
    TRY(sc, site->connector->named->upload_build(sc, site, ask, NULL, &call));
    put_text(b, "document", str_dup(sc->arena, call.body));
    put_text(b, "document_type", call.content_type);
    return OK;
}

static enum err put_request(struct scope *sc, struct buf *b, const struct erp_site *site, const struct ask *ask)
{
    struct http_call call = {0};
    const struct doc *json;

    TRY(sc, put_upload(sc, b, site, ask));
    TRY(sc, site->connector->named->build(sc, site, ask, &call));
    put_text(b, "method", call.method);
    put_text(b, "url", call.url);
    buf_s(b, ",\"headers\":{");
    for (size_t i = 0; i < call.header_count; i++) {
        buf_s(b, i ? "," : "");
        json_put_text(b, str_of(call.headers[i].name));
        buf_c(b, ':');
        json_put_text(b, str_of(call.headers[i].value));
    }
    buf_c(b, '}');
    put_text(b, "key", call.key);
    put_text(b, "content_type", call.content_type);
    if (!call.body.n)
        return OK;
    if (strcmp(call.content_type, "application/json") == 0) {
        TRY(sc, doc_parse(sc, call.body, &json));
        put_doc(b, "body", json);
    } else
        put_text(b, "text", str_dup(sc->arena, call.body));
    return OK;
}

static enum err put_case(struct scope *sc, struct buf *b, const struct connector *c, const char *beside,
                         const struct doc *d)
{
    struct erp_site site = {.connector = c, .settings = doc_get(d, "settings"), .url = "https://vendor.example/"};
    struct ask ask = {.operation = doc_cstr(sc->arena, doc_get(d, "operation")),
                      .key = doc_cstr(sc->arena, doc_get(d, "key")),
                      .after = doc_cstr(sc->arena, doc_get(d, "after")),
                      .with = doc_get(d, "with"),
                      .place = doc_get(d, "place")};
    struct operation op;

    (void)doc_bool(doc_get(d, "probe"), &ask.probe);
    if (!ask.operation || !c->named || !c->named->operation(&site, ask.operation, &op))
        return FAIL(sc, ERR_NOT_FOUND, "there is no operation \"%s\"", ask.operation ? ask.operation : "");
    if (doc_get(d, "body") || doc_get(d, "text") || doc_get(d, "status"))
        return put_read(sc, b, &site, &ask, beside, d);
    return put_request(sc, b, &site, &ask);
}

static void one(struct scope *sc, const struct connector *c, const char *beside, const struct doc *d, size_t i)
{
    struct buf b;
    enum err e;

    buf_init(&b, sc->arena, CTL_CONNECTOR_INPUT_MAX);
    e = put_case(sc, &b, c, beside, d);
    if (e == OK)
        printf("{\"case\":%zu,\"ok\":true%.*s}\n", i, (int)b.n, b.p);
    else {
        b.n = 0;
        put_text(&b, "code", err_info(e)->problem);
        put_text(&b, "fault", scope_fault(sc)->message);
        printf("{\"case\":%zu,\"ok\":false%.*s}\n", i, (int)b.n, b.p);
    }
    scope_clear(sc);
}

enum err ctl_connector_cases(struct scope *sc, const struct ctl_args *a)
{
    const struct connector *c;
    const struct doc *list;
    const char *path, *beside;

    TRY(sc, ctl_connector_of(sc, a, &c));
    beside = ctl_connector_is_file(a->word) ? a->word : NULL;
    TRY(sc, ctl_need(sc, a, "input", &path));
    TRY(sc, ctl_read_json(sc, path, CTL_CONNECTOR_INPUT_MAX, &list));
    if (doc_kind(list) != DOC_ARRAY)
        return FAIL(sc, ERR_INVALID, "%s: the cases are a list", path);
    for (size_t i = 0; i < doc_count(list); i++) {
        struct scope *own = scope_new();

        one(own, c, beside, doc_at(list, i), i);
        scope_free(own);
    }
    return OK;
}
