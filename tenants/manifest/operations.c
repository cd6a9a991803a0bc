#include "manifest/manifest_int.h"

#include "canon/schema.h"
#include "sign/sign.h"

/* Operations, webhooks and what can be asked for changes, as a manifest writes them. */

#define SETTLE_MS     30000
#define SETTLE_MS_MAX 600000
#define PAGE_MAX      10000
#define VERSION_MAX   64

const struct manifest_operation *manifest_operation(const struct manifest *m, const char *name)
{
    for (size_t i = 0; name && i < m->operation_count; i++)
        if (strcmp(m->operations[i].name, name) == 0)
            return &m->operations[i];
    return NULL;
}

static bool is_there(const struct reading *r, const char *name)
{
    return doc_get(doc_get(r->m->document, "operations"), name) != NULL;
}

const char *manifest_other(struct reading *r, const struct doc *d, const char *pointer, const char *member, bool needed)
{
    const char *name = manifest_text(r, d, pointer, member, 64, needed);

    if (name && !is_there(r, name))
        manifest_fault(r, manifest_below(r, pointer, member), "not_found", "there is no operation \"%s\"", name);
    return name;
}

static bool path_name(void *arg, struct str name)
{
    const struct manifest *m = arg;

    for (size_t i = 0; str_starts(name, "settings.") && i <= m->setting_count; i++)
        if (i == m->setting_count)
            return false;
        else if (str_is((struct str){name.p + 9, name.n - 9}, m->settings[i].name))
            return true;
    return name.n > 0 && name.n <= 64;
}

/* Below the url, and nowhere else. */
static void check_path(struct reading *r, const char *path, const char *pointer)
{
    bool bad = *path == '/' || strstr(path, "//") || strstr(path, "..") || strchr(path, '#') || strchr(path, '?');

    for (const char *p = path; *p; p++)
        bad |= *p <= ' ' || *p >= 0x7f;
    if (bad)
        manifest_fault(r, manifest_below(r, pointer, "path"), "invalid",
                       "a path below the url: without a slash before it, \"..\", \"//\", \"?\" and \"#\"");
    if (!manifest_template_each(path, path_name, r->m))
        manifest_fault(
            r, manifest_below(r, pointer, "path"), "unknown_name",
            "what stands in braces must be a member of what goes along, {key}, or a setting as {settings.NAME}");
}

static void request(struct reading *r, const struct doc *d, const char *pointer, struct manifest_operation *o)
{
    static const char *const names[] = {"method", "path", "query", "headers", "body", "form", "comment", NULL};
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};
    static const char *const forms[] = {"json", "form", "brackets", "file", NULL};

    o->method = "GET";
    o->path = "";
    if (!manifest_object(r, d, pointer, names))
        return;
    o->method = methods[manifest_choice(r, d, pointer, "method", methods, 0)];
    if (!doc_get(d, "method"))
        manifest_fault(r, manifest_below(r, pointer, "method"), "required", "must be GET, POST, PUT, PATCH or DELETE");
    o->path = manifest_text(r, d, pointer, "path", 1000, false);
    if (o->path)
        check_path(r, o->path, pointer);
    else
        o->path = "";
    manifest_pairs(r, d, pointer, "query", &o->query);
    manifest_pairs(r, d, pointer, "headers", &o->headers);
    o->body = manifest_expr(r, d, pointer, "body", false);
    o->body_kind = (enum manifest_body)manifest_choice(r, d, pointer, "form", forms, BODY_JSON);
}

static void pages(struct reading *r, const struct doc *d, const char *pointer, struct manifest_pages *out)
{
    static const char *const names[] = {"kind", "at", "size", "most", "next", "alone", "comment", NULL};
    static const char *const kinds[] = {"none", "page", "offset", "cursor", "link", "query", NULL};

    if (!d || !manifest_object(r, d, pointer, names))
        return;
    out->kind = (enum manifest_paging)manifest_choice(r, d, pointer, "kind", kinds, PAGING_NONE);
    out->at = manifest_text(r, d, pointer, "at", 64, out->kind == PAGING_PAGE || out->kind == PAGING_OFFSET);
    out->size = manifest_text(r, d, pointer, "size", 64, false);
    out->most = manifest_int(r, d, pointer, "most", 1, PAGE_MAX, 0);
    out->next = manifest_expr(r, d, pointer, "next", out->kind == PAGING_CURSOR || out->kind == PAGING_QUERY);
    out->alone = manifest_flag(r, d, pointer, "alone");
    if (!out->most && (out->kind == PAGING_PAGE || out->kind == PAGING_OFFSET || out->size))
        manifest_fault(r, manifest_below(r, pointer, "most"), "required", "must say how many items a page has at most");
}

static void parts(struct reading *r, const struct doc *list, const char *pointer, struct manifest_operation *o)
{
    static const char *const names[] = {"to", "operation", "with", "key", "by", "comment", NULL};

    if (doc_count(list) > MANIFEST_PAIRS_MAX) {
        manifest_fault(r, pointer, "too_many", "at most %d parts", MANIFEST_PAIRS_MAX);
        return;
    }
    o->part_count = doc_count(list);
    o->parts = ARENA_ARRAY(r->keep, struct manifest_part, o->part_count);
    for (size_t i = 0; i < o->part_count; i++) {
        const struct doc *d = doc_at(list, i);
        const char *here = arena_f(r->sc->arena, "%s/%zu", pointer, i);

        if (!manifest_object(r, d, here, names))
            continue;
        o->parts[i].to = manifest_text(r, d, here, "to", 64, true);
        o->parts[i].operation = manifest_other(r, d, here, "operation", true);
        o->parts[i].with = manifest_expr(r, d, here, "with", true);
        o->parts[i].key = manifest_expr(r, d, here, "key", doc_get(d, "by") != NULL);
        o->parts[i].by = manifest_expr(r, d, here, "by", doc_get(d, "key") != NULL);
    }
}

static void answer(struct reading *r, const struct doc *d, const char *pointer, struct manifest_operation *o)
{
    static const char *const names[] = {"value", "ref", "must", "items", "parts", "document", "comment", NULL};

    if (!d || !manifest_object(r, d, pointer, names))
        return;
    o->value = manifest_expr(r, d, pointer, "value", false);
    o->ref = manifest_expr(r, d, pointer, "ref", false);
    o->must = manifest_expr(r, d, pointer, "must", false);
    o->items = manifest_expr(r, d, pointer, "items", false);
    parts(r, doc_get(d, "parts"), manifest_below(r, pointer, "parts"), o);
    manifest_read_document(r, doc_get(d, "document"), manifest_below(r, pointer, "document"), &o->document);
}

/* How a change that is sent twice is not made twice. */
static void again(struct reading *r, const struct doc *d, const char *pointer, struct manifest_operation *o)
{
    static const char *const names[] = {"kind", "header", "operation", "with", "ref", "look", "comment", NULL};
    static const char *const kinds[] = {"upsert", "key", "probe", "none", NULL};

    o->again = AGAIN_NONE;
    if (!manifest_object(r, d, pointer, names))
        return;
    o->again = (enum again)manifest_choice(r, d, pointer, "kind", kinds, AGAIN_NONE);
    if (!doc_get(d, "kind"))
        manifest_fault(r, manifest_below(r, pointer, "kind"), "required", "must say what the same request twice does");
    o->key_header = manifest_text(r, d, pointer, "header", 64, false);
    o->looks = manifest_flag(r, d, pointer, "look");
    if (o->looks && o->again != AGAIN_PROBE)
        manifest_fault(r, manifest_below(r, pointer, "look"), "not_allowed", "only a probe can look at what was done");
    if (o->again != AGAIN_PROBE && !doc_get(d, "operation"))
        return;
    o->probe = manifest_other(r, d, pointer, "operation", true);
    o->probe_with = manifest_expr(r, d, pointer, "with", false);
    o->probe_ref = manifest_expr(r, d, pointer, "ref", true);
}

static void use(struct reading *r, const struct doc *d, const char *pointer, struct manifest_operation *o)
{
    static const char *const directions[] = {"in", "out", NULL};
    const char *object = manifest_text(r, d, pointer, "object", 64, false);

    o->object = object;
    if (object && !canon_object_find(str_of(object)))
        manifest_fault(r, manifest_below(r, pointer, "object"), "unknown_object",
                       "must be a canonical object, as \"sales_order\"");
    o->direction = object ? directions[manifest_choice(r, d, pointer, "direction", directions, 0)] : NULL;
    o->act = manifest_text(r, d, pointer, "act", 40, object != NULL);
    o->kind = manifest_text(r, d, pointer, "kind", 64, false);
}

static void operation(struct reading *r, struct str name, const struct doc *d, const char *pointer,
                      struct manifest_operation *o)
{
    static const char *const names[] = {"title", "object", "direction", "act",  "request", "answer", "errors",  "pages",
                                        "again", "settle", "asks_only", "kind", "limits",  "upload", "comment", NULL};
    bool asks;

    o->name = str_dup(r->keep, name);
    for (size_t i = 0; i < name.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", name.p[i])) {
            manifest_fault(r, pointer, "invalid", "an operation's name has small letters, digits and . _ - alone");
            break;
        }
    if (!manifest_object(r, d, pointer, names))
        return;
    o->title = manifest_text(r, d, pointer, "title", 200, true);
    use(r, d, pointer, o);
    request(r, doc_get(d, "request"), manifest_below(r, pointer, "request"), o);
    answer(r, doc_get(d, "answer"), manifest_below(r, pointer, "answer"), o);
    manifest_rules(r, d, pointer, "errors", &o->errors);
    pages(r, doc_get(d, "pages"), manifest_below(r, pointer, "pages"), &o->pages);
    manifest_read_cost(r, doc_get(d, "limits"), manifest_below(r, pointer, "limits"), o);
    o->settle_ms = (int)manifest_int(r, d, pointer, "settle", 0, SETTLE_MS_MAX, SETTLE_MS);
    asks = strcmp(o->method, "GET") == 0 || manifest_flag(r, d, pointer, "asks_only");
    o->asks_only = asks;
    if (!asks)
        again(r, doc_get(d, "again"), manifest_below(r, pointer, "again"), o);
    else if (doc_get(d, "again"))
        manifest_fault(r, manifest_below(r, pointer, "again"), "not_allowed",
                       "what only asks may be asked as often as one likes");
    manifest_read_upload(r, doc_get(d, "upload"), manifest_below(r, pointer, "upload"), o);
    if (o->document.url && (!asks || o->pages.kind != PAGING_NONE))
        manifest_fault(r, manifest_below(r, manifest_below(r, pointer, "answer"), "document"), "not_allowed",
                       "only a question without pages is answered by a document");
    if (o->pages.kind != PAGING_NONE && !o->items)
        manifest_fault(r, manifest_below(r, manifest_below(r, pointer, "answer"), "items"), "required",
                       "must be the list that goes on, page by page");
}

void manifest_read_operations(struct reading *r, const struct doc *list)
{
    size_t n = doc_count(list);

    if (doc_kind(list) != DOC_OBJECT || n == 0 || n > MANIFEST_OPERATIONS_MAX) {
        manifest_fault(r, "/operations", "required", "must be an object of 1 to %d operations by their names",
                       MANIFEST_OPERATIONS_MAX);
        return;
    }
    r->m->operations = ARENA_ARRAY(r->keep, struct manifest_operation, n);
    r->m->operation_count = n;
    for (size_t i = 0; i < n; i++)
        operation(r, doc_key(list, i), doc_at(list, i),
                  manifest_below(r, "/operations", str_dup(r->sc->arena, doc_key(list, i))), &r->m->operations[i]);
}

/* ---- webhooks ---- */

/* A header, up to HOOK_NAMES of which the first that is there counts, or {"expr": …}, read on the body. */
static void said_by(struct reading *r, const struct doc *d, const char *member, const char *out[HOOK_NAMES],
                    const struct expr **out_expr)
{
    static const char *const names[] = {"expr", "comment", NULL};
    const struct doc *v = doc_get(d, member);
    const char *here = manifest_below(r, "/hooks", member);
    size_t n = doc_kind(v) == DOC_ARRAY ? doc_count(v) : v ? 1 : 0;

    if (doc_kind(v) == DOC_OBJECT) {
        if (manifest_object(r, v, here, names))
            *out_expr = manifest_expr(r, v, here, "expr", true);
        return;
    }
    if (n > HOOK_NAMES) {
        manifest_fault(r, here, "too_many", "at most %d names of headers", HOOK_NAMES);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = doc_cstr(r->keep, doc_kind(v) == DOC_ARRAY ? doc_at(v, i) : v);
        if (!out[i] || !*out[i])
            manifest_fault(r, here, "wrong_type", "must be a header's name, in small letters, or {\"expr\": …}");
    }
}

static void events(struct reading *r, const struct doc *list)
{
    static const char *const names[] = {"topic", "object", "key", "changed", "fetch", "comment", NULL};

    if (doc_kind(list) != DOC_ARRAY || doc_count(list) == 0 || doc_count(list) > MANIFEST_OPERATIONS_MAX) {
        manifest_fault(r, "/hooks/events", "required", "must be a list of what is said of which objects");
        return;
    }
    r->m->event_count = doc_count(list);
    r->m->events = ARENA_ARRAY(r->keep, struct manifest_event, r->m->event_count);
    for (size_t i = 0; i < r->m->event_count; i++) {
        const char *here = arena_f(r->sc->arena, "/hooks/events/%zu", i);
        const struct doc *d = doc_at(list, i);
        struct manifest_event *e = &r->m->events[i];

        if (!manifest_object(r, d, here, names))
            continue;
        e->topic = manifest_text(r, d, here, "topic", 100, true);
        e->object = manifest_text(r, d, here, "object", 64, true);
        e->key = manifest_expr(r, d, here, "key", true);
        e->changed = manifest_expr(r, d, here, "changed", false);
        e->fetch = manifest_flag(r, d, here, "fetch");
    }
}

/* What was compiled elsewhere and failed has named its faults. They stay beside those of the rest; the failure that
 * sums them up goes, since the next one would take its faults away with it. */
void manifest_faults_stay(struct reading *r, unsigned before)
{
    const struct fault_item *items = scope_fault(r->sc)->items;

    r->faults += scope_fault(r->sc)->item_count - before;
    scope_clear(r->sc);
    for (; items; items = items->next)
        scope_item(r->sc, items->pointer, items->code, "%s", items->detail);
}

static void checks(struct reading *r, const struct doc *d, struct hook_rules *h)
{
    unsigned items = scope_fault(r->sc)->item_count;

    if (!doc_get(d, "check"))
        manifest_fault(
            r, "/hooks/check", "required",
            "must say how a delivery is known to be the vendor's; {\"kind\": \"none\"} says that nobody can");
    else if (sign_check_compile(r->sc, doc_get(d, "check"), manifest_place(r, "/hooks/check"), &h->check) != OK)
        manifest_faults_stay(r, items);
    items = scope_fault(r->sc)->item_count;
    if (doc_get(d, "handshake") && sign_handshake_compile(r->sc, doc_get(d, "handshake"),
                                                          manifest_place(r, "/hooks/handshake"), &h->handshake) != OK)
        manifest_faults_stay(r, items);
}

void manifest_read_hooks(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"check",   "handshake",       "id",     "topic",   "version",
                                        "account", "account_setting", "events", "comment", NULL};
    struct hook_rules *h = &r->m->hooks.hook;

    if (!d || !manifest_object(r, d, "/hooks", names))
        return;
    checks(r, d, h);
    said_by(r, d, "id", h->id_headers, &r->m->said.id);
    said_by(r, d, "topic", h->topic_headers, &r->m->said.topic);
    said_by(r, d, "version", h->version_headers, &r->m->said.version);
    said_by(r, d, "account", h->account_headers, &r->m->said.account);
    h->id_is_body = !doc_get(d, "id");
    h->account_setting = manifest_text(r, d, "/hooks", "account_setting", 64, false);
    events(r, doc_get(d, "events"));
}

/* ---- what can be asked for changes ---- */

#define EVERY_MIN_S 60
#define EVERY_MAX_S 604800

static void read_source(struct reading *r, const struct doc *d, const char *at, struct manifest_source *s)
{
    static const char *const names[] = {"object", "topic", "version", "every_s", "changes", "one", "comment", NULL};
    static const char *const changes[] = {"operation", "with", "key", "changed", "comment", NULL};
    static const char *const one[] = {"operation", "with", "changed", "where", "comment", NULL};
    const char *in;

    if (!manifest_object(r, d, at, names))
        return;
    s->object = manifest_text(r, d, at, "object", 64, true);
    s->topic = manifest_text(r, d, at, "topic", 100, true);
    s->version = manifest_text(r, d, at, "version", VERSION_MAX, false);
    s->every_s = (int)manifest_int(r, d, at, "every_s", EVERY_MIN_S, EVERY_MAX_S, FEED_EVERY_S);
    in = arena_f(r->keep, "%s/changes", at);
    if (manifest_object(r, doc_get(d, "changes"), in, changes)) {
        s->changes = manifest_other(r, doc_get(d, "changes"), in, "operation", true);
        s->changes_with = manifest_expr(r, doc_get(d, "changes"), in, "with", true);
        s->item_key = manifest_expr(r, doc_get(d, "changes"), in, "key", true);
        s->item_changed = manifest_expr(r, doc_get(d, "changes"), in, "changed", true);
    }
    in = arena_f(r->keep, "%s/one", at);
    if (manifest_object(r, doc_get(d, "one"), in, one)) {
        s->one = manifest_other(r, doc_get(d, "one"), in, "operation", true);
        s->one_with = manifest_expr(r, doc_get(d, "one"), in, "with", true);
        s->one_changed = manifest_expr(r, doc_get(d, "one"), in, "changed", false);
        s->one_where = manifest_expr(r, doc_get(d, "one"), in, "where", false);
    }
}

static void one_of_a_kind(struct reading *r, const char *at, const struct manifest_source *v, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (v[i].object && v[j].object && strcmp(v[i].object, v[j].object) == 0)
            manifest_fault(r, at, "repeated", "\"%s\" has a source already", v[i].object);
}

void manifest_read_sources(struct reading *r, const struct doc *d)
{
    struct manifest *m = r->m;
    bool list = doc_kind(d) == DOC_ARRAY;
    size_t n = list ? doc_count(d) : d ? 1 : 0;

    if (n > MANIFEST_SOURCES_MAX) {
        manifest_fault(r, "/source", "too_many", "at most %d sources", MANIFEST_SOURCES_MAX);
        return;
    }
    m->sources = ARENA_ARRAY(r->keep, struct manifest_source, n);
    m->feeds = ARENA_ARRAY(r->keep, struct connector_feed, n);
    for (size_t i = 0; i < n; i++) {
        const char *at = list ? arena_f(r->keep, "/source/%zu", i) : "/source";

        read_source(r, list ? doc_at(d, i) : d, at, &m->sources[i]);
        one_of_a_kind(r, at, m->sources, i);
    }
    m->source_count = n;
}
