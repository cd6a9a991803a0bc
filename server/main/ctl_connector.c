#include <stdlib.h>
#include <unistd.h>

#include "main/ctl_connector_int.h"

/* Connectors as documents: what there is, whether one is right, what it would send, and how it reads an answer. */

bool ctl_connector_is_file(const char *word)
{
    return strchr(word, '/') || strchr(word, '.') || strcmp(word, "-") == 0;
}

const char *ctl_connector_mapping(struct scope *sc, const char *manifest, const char *kind)
{
    const char *end = strrchr(manifest, '/');
    const char *path = arena_f(sc->arena, "%.*s%s.mapping.json", end ? (int)(end - manifest) + 1 : 0, manifest, kind);

    return access(path, R_OK) == 0 ? path : NULL;
}

enum err ctl_tell_items(struct scope *sc, enum err e)
{
    for (const struct fault_item *i = scope_fault(sc)->items; i; i = i->next)
        fprintf(stderr, "%s: %s: %s\n", *i->pointer ? i->pointer : "/", i->code, i->detail);
    return FAIL(sc, e, "%s", scope_fault(sc)->message);
}

static enum err from_file(struct scope *sc, const char *path, const struct connector **out)
{
    const struct doc *d;
    struct manifest *m;
    enum err e;

    TRY(sc, ctl_read_json(sc, path, MANIFEST_MAX, &d));
    e = manifest_compile(sc, sc->arena, d, &m);
    if (e != OK)
        return ctl_tell_items(sc, e);
    *out = manifest_connector(m);
    return OK;
}

enum err ctl_connector_of(struct scope *sc, const struct ctl_args *a, const struct connector **out)
{
    if (!a->word)
        return FAIL(sc, ERR_INVALID, "which connector: a name, or the file of a manifest");
    if (ctl_connector_is_file(a->word))
        return from_file(sc, a->word, out);
    *out = connector_find(a->word);
    if (!*out)
        return FAIL(sc, ERR_NOT_FOUND, "there is no connector \"%s\"; tenonctl connector list names all", a->word);
    return OK;
}

static enum err list(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"name", "title", "version", "operations"};
    struct ctl_list l;

    ctl_list_init(&l, sc, a, columns, ARRAY_LEN(columns));
    for (const struct connector *const *c = connector_all(); *c; c++) {
        const struct manifest *m = manifest_of(*c);
        struct manifest_use use;
        const char **cells = ARENA_ARRAY(sc->arena, const char *, ARRAY_LEN(columns));

        cells[0] = (*c)->name;
        cells[1] = (*c)->title;
        cells[2] = m ? manifest_version(m) : "";
        cells[3] = m ? arena_f(sc->arena, "%zu", manifest_uses(m, SIZE_MAX, &use)) : "";
        ctl_list_add(&l, cells);
    }
    ctl_list_print(&l);
    return OK;
}

/* No fault, since a customer's own mapping may read it, but more often forgotten than meant. */
static void tell_kinds(struct scope *sc, const struct manifest *m, const char *path)
{
    struct manifest_use use;
    const char *told = "";

    for (size_t i = 0; i < manifest_uses(m, i, &use); i++) {
        if (!use.kind || strstr(told, arena_f(sc->arena, " %s,", use.kind)) ||
            ctl_connector_mapping(sc, path, use.kind))
            continue;
        told = arena_f(sc->arena, "%s %s,", told, use.kind);
        fprintf(stderr, "beside it is no %s.mapping.json, by which what %s answers would be read\n", use.kind,
                use.operation);
    }
}

static enum err check(struct scope *sc, const struct ctl_args *a)
{
    const struct connector *c;

    TRY(sc, ctl_connector_of(sc, a, &c));
    fprintf(stderr, "the manifest of %s is right\n", c->title);
    if (ctl_connector_is_file(a->word))
        tell_kinds(sc, manifest_of(c), a->word);
    return OK;
}

static enum err print(struct scope *sc, const struct doc *d)
{
    struct buf b;

    buf_init(&b, sc->arena, CTL_CONNECTOR_INPUT_MAX);
    if (d)
        doc_write(&b, d);
    else
        buf_s(&b, "null");
    puts(buf_cstr(&b));
    return OK;
}

static enum err show(struct scope *sc, const struct ctl_args *a)
{
    const struct connector *c;

    TRY(sc, ctl_connector_of(sc, a, &c));
    if (!manifest_of(c))
        return FAIL(sc, ERR_NOT_FOUND, "%s is written in C and has no manifest", c->title);
    return print(sc, manifest_document(manifest_of(c)));
}

static enum err optional(struct scope *sc, const struct ctl_args *a, const char *name, const struct doc **out)
{
    const char *path = ctl_option(a, name);

    *out = NULL;
    return path ? ctl_read_json(sc, path, CTL_CONNECTOR_INPUT_MAX, out) : OK;
}

/* What both directions need: whose operation, and with what. */
static enum err asked(struct scope *sc, const struct ctl_args *a, struct erp_site *site, struct ask *ask)
{
    struct operation op;

    TRY(sc, ctl_connector_of(sc, a, &site->connector));
    TRY(sc, optional(sc, a, "settings", &site->settings));
    TRY(sc, optional(sc, a, "with", &ask->with));
    TRY(sc, ctl_need(sc, a, "operation", &ask->operation));
    ask->key = ctl_option(a, "key");
    ask->after = ctl_option(a, "after");
    ask->probe = ctl_option(a, "probe") != NULL;
    if (!site->connector->named || !site->connector->named->operation(site, ask->operation, &op))
        return FAIL(sc, ERR_NOT_FOUND, "%s has no operation \"%s\"", site->connector->title, ask->operation);
    return OK;
}

/* What goes before it to an address that another operation gives. */
static enum err print_upload(struct scope *sc, const struct erp_site *site, const struct ask *ask)
{
    const struct connector_named *named = site->connector->named;
    struct http_call call = {0};
    struct ask first;

    if (ask->probe || !named->upload || !named->upload(sc, site, ask, &first))
        return OK;
    TRY(sc, named->upload_build(sc, site, ask, NULL, &call));
    printf("%s (what %s gives)\ncontent-type: %s\n\n%.*s\n\n", call.method, first.operation, call.content_type,
           (int)call.body.n, call.body.p);
    return OK;
}

static enum err request(struct scope *sc, const struct ctl_args *a)
{
    struct erp_site site = {0};
    struct ask ask = {0};
    struct http_call call = {0};

    TRY(sc, asked(sc, a, &site, &ask));
    site.url = site.connector->url ? site.connector->url(sc, site.connector, site.settings) : NULL;
    if (!site.url)
        site.url = "https://vendor.example/";
    TRY(sc, print_upload(sc, &site, &ask));
    TRY(sc, site.connector->named->build(sc, &site, &ask, &call));
    printf("%s %s\n", call.method, call.url);
    for (size_t i = 0; i < call.header_count; i++)
        printf("%s: %s\n", call.headers[i].name, call.headers[i].value);
    if (call.key)
        printf("%s: %s\n", call.key_header, call.key);
    if (call.body.n)
        printf("content-type: %s\n\n%.*s\n", call.content_type, (int)call.body.n, call.body.p);
    return OK;
}

/* What lies elsewhere, as the file has it. */
static enum err read_document(struct scope *sc, const struct ctl_args *a, const struct erp_site *site,
                              const struct ask *ask, const struct http_reply *reply, struct told *told)
{
    const char *path = ctl_option(a, "document");
    struct http_reply document = {.status = 200};

    if (!told->elsewhere)
        return OK;
    fprintf(stderr, "the document lies at %s%s\n", told->elsewhere, told->packed ? ", packed as gzip" : "");
    if (!path)
        return OK;
    TRY(sc, ctl_read_file(sc, path, CTL_CONNECTOR_INPUT_MAX, &document.body));
    return site->connector->named->document_read(sc, site, ask, reply, &document, told);
}

static enum err read_answer(struct scope *sc, const struct ctl_args *a)
{
    struct erp_site site = {.url = "https://vendor.example/"};
    struct ask ask = {0};
    struct http_reply reply = {0};
    struct told told;
    const char *path;
    int64_t status;

    TRY(sc, asked(sc, a, &site, &ask));
    TRY(sc, ctl_need(sc, a, "answer", &path));
    TRY(sc, ctl_number(sc, a, "status", 200, &status));
    reply.status = (int)status;
    TRY(sc, ctl_read_file(sc, path, CTL_CONNECTOR_INPUT_MAX, &reply.body));
    TRY(sc, site.connector->named->read(sc, &site, &ask, &reply, &told));
    TRY(sc, read_document(sc, a, &site, &ask, &reply, &told));
    fprintf(stderr, "%s%s%s%s%s\n", told.found ? "found" : "not there", *told.ref ? ", called " : "", told.ref,
            told.after ? ", goes on after " : "", told.after ? told.after : "");
    return print(sc, told.value);
}

const struct ctl_command ctl_connector_commands[] = {
    {"connector", "list", "", "Lists the connectors there are.", NULL, list, CTL_ALONE},
    {"connector", "check", "NAME|FILE", "Says what is wrong in a manifest, each fault with its place.",
     "acme/manifest.json", check, CTL_ALONE},
    {"connector", "show", "NAME|FILE", "Prints a connector's manifest.", "woocommerce", show, CTL_ALONE},
    {"connector", "request",
     "NAME|FILE --operation NAME [--settings FILE] [--with FILE] [--key TEXT] [--after TEXT] [--probe]",
     "Prints the request that an operation would send, without what authenticates it.",
     "woocommerce --operation orders.get --with order.json", request, CTL_ALONE},
    {"connector", "read",
     "NAME|FILE --operation NAME --answer FILE [--document FILE] [--status N] [--settings FILE] [--with FILE] [--key "
     "TEXT] "
     "[--after TEXT] [--probe]",
     "Reads an answer as the operation would.", "woocommerce --operation orders.get --answer answer.json", read_answer,
     CTL_ALONE},
    {"connector", "matrix", "[NAME|FILE]",
     "Prints which objects go which way with each connector, or with one, as a page, and fails where nobody said why "
     "one does not.",
     "acme/manifest.json", ctl_connector_matrix, CTL_ALONE},
    {"connector", "new", "NAME [--into FOLDER]",
     "Makes what a connector begins with: a manifest, a mapping, a stand-in, a plan of its trial and exchanges, which "
     "pass. "
     "ops/docs/connector-howto.md leads through it.",
     "acme --into acme", ctl_connector_new, CTL_ALONE},
    {"connector", "pack", "FILE",
     "Prints a manifest and the mappings beside it as one document, as POST /v1/connectors takes it.",
     "acme/manifest.json", ctl_connector_pack, CTL_ALONE},
    {"connector", "signer", "",
     "Prints the public key that partners' own connectors are signed by: TENON_CONNECTOR_SIGNER of workers that do not "
     "have TENON_EDGE_KEK_FILE.",
     NULL, ctl_connector_signer, CTL_ALONE},
    {"connector", "cases", "NAME|FILE --input FILE",
     "Reads many exchanges, a list of {operation, with, settings, key, after, probe} and, of answers, {status, "
     "headers, "
     "body}, and prints a line of JSON for each: the request, or what was read and the canonical objects it becomes.",
     "woocommerce --input cases.json", ctl_connector_cases, CTL_ALONE},
    {0},
};
