#include "manifest/manifest_int.h"

#include <stdarg.h>

#include "base/nearest.h"
#include "canon/schema.h"
#include "mapping/mapping.h"

/* A document as it is written: every fault is told with its place, and none ends the reading. */

#define PATH_CODES_MAX 20 /* characters that have words of their own in paths */
#define TEXT_MAX       200
#define WORDS_MAX      2000

/* What an expression may ask for, beside its input and what the language has. */
static const char *const known[] = {"settings", "key",    "key_uuid", "with", "after", "most",
                                    "texts",    "status", "headers",  "from", "until", "place"};

const char *manifest_place(const struct reading *r, const char *pointer)
{
    return r->below ? arena_f(r->sc->arena, "%s%s", r->below, pointer) : pointer;
}

void manifest_fault(struct reading *r, const char *pointer, const char *code, const char *fmt, ...)
{
    char text[500];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    scope_item(r->sc, manifest_place(r, pointer), code, "%s", text);
    r->faults++;
}

const char *manifest_below(struct reading *r, const char *pointer, const char *name)
{
    struct buf b;

    buf_init(&b, r->sc->arena, DOC_POINTER_MAX);
    buf_s(&b, pointer);
    doc_pointer_put(&b, str_of(name));
    return buf_cstr(&b);
}

bool manifest_object(struct reading *r, const struct doc *d, const char *pointer, const char *const *names)
{
    if (doc_kind(d) != DOC_OBJECT) {
        manifest_fault(r, pointer, d ? "wrong_type" : "required", "must be an object");
        return false;
    }
    for (size_t i = 0; i < doc_count(d); i++) {
        const char *name = str_dup(r->sc->arena, doc_key(d, i));
        size_t k = 0;

        while (names[k] && strcmp(names[k], name) != 0)
            k++;
        if (!names[k])
            manifest_fault(r, manifest_below(r, pointer, name), "unknown_member", "is not known here%s",
                           nearest_told(r->sc->arena, name, names));
    }
    return true;
}

const char *manifest_text(struct reading *r, const struct doc *d, const char *pointer, const char *member, size_t most,
                          bool needed)
{
    const struct doc *v = doc_get(d, member);
    const char *text = doc_cstr(r->keep, v);

    if (text && *text && strlen(text) <= most)
        return text;
    if (v || needed)
        manifest_fault(r, manifest_below(r, pointer, member), v ? "wrong_type" : "required",
                       "must be a text of 1 to %zu octets", most);
    return NULL;
}

size_t manifest_choice(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                       const char *const *choices, size_t otherwise)
{
    const struct doc *v = doc_get(d, member);
    struct buf all;
    size_t i = 0;

    if (!v)
        return otherwise;
    buf_init(&all, r->sc->arena, 400);
    for (; choices[i]; i++) {
        if (str_is(doc_text(v), choices[i]))
            return i;
        buf_f(&all, "%s\"%s\"", i ? ", " : "", choices[i]);
    }
    manifest_fault(r, manifest_below(r, pointer, member), "not_in_list", "must be one of %s", buf_cstr(&all));
    return otherwise;
}

int64_t manifest_int(struct reading *r, const struct doc *d, const char *pointer, const char *member, int64_t least,
                     int64_t most, int64_t otherwise)
{
    const struct doc *v = doc_get(d, member);
    int64_t n;

    if (!v)
        return otherwise;
    if (doc_int(v, &n) && n >= least && n <= most)
        return n;
    manifest_fault(r, manifest_below(r, pointer, member), "out_of_range", "must be a whole number from %lld to %lld",
                   (long long)least, (long long)most);
    return otherwise;
}

bool manifest_flag(struct reading *r, const struct doc *d, const char *pointer, const char *member)
{
    const struct doc *v = doc_get(d, member);
    bool yes = false;

    if (v && !doc_bool(v, &yes))
        manifest_fault(r, manifest_below(r, pointer, member), "wrong_type", "must be true or false");
    return yes;
}

/* Names that nothing binds have no value, which looks like an absent one and is a slip of the pen. */
static void names_known(struct reading *r, const struct expr *e, const char *pointer)
{
    struct expr_reads names;

    expr_names(r->sc->arena, e, &names);
    for (size_t i = 0; i < names.n; i++) {
        size_t k = 0;

        while (k < ARRAY_LEN(known) && strcmp(known[k], names.paths[i]) != 0)
            k++;
        if (k == ARRAY_LEN(known))
            manifest_fault(r, pointer, "unknown_name", "nothing has the name $%s", names.paths[i]);
    }
}

static const struct expr *expr_of(struct reading *r, const struct doc *v, const char *pointer)
{
    struct expr_fault fault;
    struct expr *e;

    if (doc_kind(v) != DOC_TEXT || doc_text(v).n == 0) {
        manifest_fault(r, pointer, "wrong_type", "must be an expression, as a text");
        return NULL;
    }
    if (!expr_compile(r->keep, doc_text(v), &mapping_numbers, &e, &fault)) {
        manifest_fault(r, pointer, fault.code, "%s, in line %u, column %u", fault.message, fault.line, fault.column);
        return NULL;
    }
    names_known(r, e, pointer);
    return e;
}

const struct expr *manifest_expr(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                                 bool needed)
{
    const struct doc *v = doc_get(d, member);

    if (v)
        return expr_of(r, v, manifest_below(r, pointer, member));
    if (needed)
        manifest_fault(r, manifest_below(r, pointer, member), "required", "must be an expression");
    return NULL;
}

void manifest_pairs(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                    struct manifest_pairs *out)
{
    const struct doc *list = doc_get(d, member);
    const char *here = manifest_below(r, pointer, member);
    size_t n = doc_count(list);

    *out = (struct manifest_pairs){0};
    if (!list)
        return;
    if (doc_kind(list) != DOC_OBJECT || n > MANIFEST_PAIRS_MAX) {
        manifest_fault(r, here, "wrong_type", "must be an object of at most %d expressions by their names",
                       MANIFEST_PAIRS_MAX);
        return;
    }
    out->v = ARENA_ARRAY(r->keep, struct manifest_pair, n);
    for (size_t i = 0; i < n; i++) {
        const char *name = str_dup(r->keep, doc_key(list, i));
        const struct expr *e = expr_of(r, doc_at(list, i), manifest_below(r, here, name));

        if (e)
            out->v[out->n++] = (struct manifest_pair){name, e};
    }
}

/* ---- errors ---- */

static void rule(struct reading *r, const struct doc *d, const char *pointer, struct manifest_rule *out)
{
    static const char *const names[] = {"when", "means", "says", "comment", NULL};
    static const char *const means[] = {"ok", "done", "later", "auth", "conflict", "no", "absent", "unknown", NULL};

    if (!manifest_object(r, d, pointer, names))
        return;
    out->when = manifest_expr(r, d, pointer, "when", true);
    out->says = manifest_expr(r, d, pointer, "says", false);
    out->means = (enum manifest_means)manifest_choice(r, d, pointer, "means", means, MEANS_UNKNOWN);
    if (!doc_get(d, "means"))
        manifest_fault(r, manifest_below(r, pointer, "means"), "required", "must say what such an answer means");
}

void manifest_rules(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                    struct manifest_rules *out)
{
    const struct doc *list = doc_get(d, member);
    const char *here = manifest_below(r, pointer, member);

    *out = (struct manifest_rules){.n = doc_count(list)};
    if (!list)
        return;
    if (doc_kind(list) != DOC_ARRAY || out->n > MANIFEST_RULES_MAX) {
        manifest_fault(r, here, "wrong_type", "must be a list of at most %d rules", MANIFEST_RULES_MAX);
        out->n = 0;
        return;
    }
    out->v = ARENA_ARRAY(r->keep, struct manifest_rule, out->n);
    for (size_t i = 0; i < out->n; i++)
        rule(r, doc_at(list, i), arena_f(r->sc->arena, "%s/%zu", here, i), &out->v[i]);
}

/* ---- settings, secrets, authentication ---- */

static bool name_fits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", s.p[i]))
            return false;
    return s.n > 0 && s.n <= 64;
}

static void setting(struct reading *r, struct str name, const struct doc *d, const char *pointer,
                    struct manifest_setting *out)
{
    static const char *const names[] = {"title", "help", "kind", "needed", "choices", "default", NULL};
    static const char *const kinds[] = {"text", "integer", "boolean", "choice", "host", "address", NULL};

    out->name = str_dup(r->keep, name);
    if (!name_fits(name))
        manifest_fault(r, pointer, "invalid", "a setting's name has small letters, digits and _ alone");
    if (!manifest_object(r, d, pointer, names))
        return;
    manifest_text(r, d, pointer, "title", TEXT_MAX, true);
    manifest_text(r, d, pointer, "help", WORDS_MAX, false);
    out->kind = (enum manifest_kind_of_setting)manifest_choice(r, d, pointer, "kind", kinds, SETTING_TEXT);
    out->needed = manifest_flag(r, d, pointer, "needed");
    out->otherwise = doc_get(d, "default");
    out->choices = doc_get(d, "choices");
    if ((out->kind == SETTING_CHOICE) != (doc_kind(out->choices) == DOC_ARRAY && doc_count(out->choices) > 0))
        manifest_fault(r, manifest_below(r, pointer, "choices"), "required",
                       "a choice, and nothing else, has a list of choices");
}

static void settings(struct reading *r, const struct doc *list)
{
    size_t n = doc_count(list);

    if (list && (doc_kind(list) != DOC_OBJECT || n > MANIFEST_SETTINGS_MAX)) {
        manifest_fault(r, "/settings", "wrong_type", "must be an object of at most %d settings by their names",
                       MANIFEST_SETTINGS_MAX);
        return;
    }
    r->m->settings = ARENA_ARRAY(r->keep, struct manifest_setting, n);
    r->m->setting_count = n;
    for (size_t i = 0; i < n; i++)
        setting(r, doc_key(list, i), doc_at(list, i),
                manifest_below(r, "/settings", str_dup(r->sc->arena, doc_key(list, i))), &r->m->settings[i]);
}

static void secrets(struct reading *r, const struct doc *list)
{
    static const char *const names[] = {"title", "help", "why", "optional", "webhooks", NULL};
    size_t n = doc_count(list);

    if (list && (doc_kind(list) != DOC_OBJECT || n > MANIFEST_SECRETS_MAX)) {
        manifest_fault(r, "/secrets", "wrong_type", "must be an object of at most %d secrets by their names",
                       MANIFEST_SECRETS_MAX);
        return;
    }
    r->m->secrets = ARENA_ARRAY(r->keep, struct manifest_secret, n);
    r->m->secret_count = n;
    for (size_t i = 0; i < n; i++) {
        struct manifest_secret *s = &r->m->secrets[i];
        const struct doc *d = doc_at(list, i);
        const char *here;

        s->name = str_dup(r->keep, doc_key(list, i));
        here = manifest_below(r, "/secrets", s->name);
        if (!name_fits(doc_key(list, i)))
            manifest_fault(r, here, "invalid", "a secret's name has small letters, digits and _ alone");
        if (!manifest_object(r, d, here, names))
            continue;
        manifest_text(r, d, here, "title", TEXT_MAX, true);
        manifest_text(r, d, here, "help", WORDS_MAX, false);
        manifest_text(r, d, here, "why", WORDS_MAX, true);
        s->needed = !manifest_flag(r, d, here, "optional");
        s->edge = manifest_flag(r, d, here, "webhooks");
    }
}

bool manifest_template_each(const char *text, bool (*name)(void *arg, struct str name), void *arg)
{
    for (const char *p = strchr(text, '{'); p; p = strchr(p, '{')) {
        const char *end = strchr(p, '}');

        if (!end || !name(arg, (struct str){p + 1, (size_t)(end - p) - 1}))
            return false;
        p = end;
    }
    return true;
}

/* ---- the whole ---- */

static void about(struct reading *r, const struct doc *d)
{
    static const char *const kinds[] = {"storefront", "marketplace", "pos",  "payments", "tax", "3pl",
                                        "returns",    "erp",         "feed", "other",    NULL};
    static const char *const api[] = {"version", "sunset", "reference", "comment", NULL};

    if (!str_is(doc_text(doc_get(d, "format")), MANIFEST_FORMAT))
        manifest_fault(r, "/format", "required", "must be \"%s\"", MANIFEST_FORMAT);
    r->m->name = manifest_text(r, d, "", "name", 40, true);
    if (r->m->name && !name_fits(str_of(r->m->name)))
        manifest_fault(r, "/name", "invalid", "must have small letters, digits and _ alone");
    r->m->version = manifest_text(r, d, "", "version", 40, true);
    r->m->title = manifest_text(r, d, "", "title", TEXT_MAX, true);
    r->m->kind = kinds[manifest_choice(r, d, "", "kind", kinds, ARRAY_LEN(kinds) - 2)];
    manifest_text(r, d, "", "about", WORDS_MAX, false);
    if (doc_get(d, "api") && manifest_object(r, doc_get(d, "api"), "/api", api)) {
        manifest_text(r, doc_get(d, "api"), "/api", "version", 64, true);
        manifest_text(r, doc_get(d, "api"), "/api", "sunset", 10, false);
    }
}

static void permissions(struct reading *r, const struct doc *list)
{
    static const char *const names[] = {"name", "why", NULL};

    for (size_t i = 0; i < doc_count(list); i++) {
        const char *here = arena_f(r->sc->arena, "/permissions/%zu", i);

        if (!manifest_object(r, doc_at(list, i), here, names))
            continue;
        manifest_text(r, doc_at(list, i), here, "name", TEXT_MAX, true);
        manifest_text(r, doc_at(list, i), here, "why", WORDS_MAX, true);
    }
}

/* A reason outlives what it was the reason for: it is refused as soon as an operation does it. */
static void not_done(struct reading *r, const char *here, const char *object, const char *direction)
{
    for (size_t i = 0; i < r->m->operation_count; i++) {
        const struct manifest_operation *o = &r->m->operations[i];

        if (o->object && strcmp(o->object, object) == 0 && strcmp(o->direction, direction) == 0) {
            manifest_fault(r, here, "contradiction", "the operation \"%s\" does it", o->name);
            return;
        }
    }
}

/* What the vendor does not have, or we do not do, and why: what is neither done nor named here is a gap nobody saw. */
static void without(struct reading *r, const struct doc *list)
{
    static const char *const names[] = {"object", "direction", "why", NULL};
    static const char *const directions[] = {"in", "out", NULL};

    if (list && (doc_kind(list) != DOC_ARRAY || doc_count(list) > MANIFEST_OPERATIONS_MAX))
        manifest_fault(r, "/without", "wrong_type", "must be a list of at most %d gaps", MANIFEST_OPERATIONS_MAX);
    for (size_t i = 0; doc_kind(list) == DOC_ARRAY && i < doc_count(list); i++) {
        const char *here = arena_f(r->sc->arena, "/without/%zu", i), *object, *direction;

        if (!manifest_object(r, doc_at(list, i), here, names))
            continue;
        object = manifest_text(r, doc_at(list, i), here, "object", 64, true);
        if (object && !canon_object_find(str_of(object)))
            manifest_fault(r, manifest_below(r, here, "object"), "unknown_object", "must be a canonical object");
        direction = directions[manifest_choice(r, doc_at(list, i), here, "direction", directions, 0)];
        manifest_text(r, doc_at(list, i), here, "why", WORDS_MAX, true);
        if (object)
            not_done(r, here, object, direction);
    }
}

/* Some vendors take characters in a path for something else however they are percent-encoded, and have words for them.
 */
static void path_codes(struct reading *r, const struct doc *d)
{
    if (!d)
        return;
    if (doc_kind(d) != DOC_OBJECT || doc_count(d) > PATH_CODES_MAX) {
        manifest_fault(r, "/path_codes", "wrong_type", "must be an object of at most %d members", PATH_CODES_MAX);
        return;
    }
    for (size_t i = 0; i < doc_count(d); i++)
        if (doc_key(d, i).n != 1 || doc_text(doc_at(d, i)).n == 0 || doc_text(doc_at(d, i)).n > 20)
            manifest_fault(r, "/path_codes", "invalid", "each is one ASCII character, and 1 to 20 octets in its place");
    r->m->path_codes = d;
}

static void whole(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {
        "format",      "name",    "version", "title",   "kind",          "about",      "api",   "settings",   "secrets",
        "permissions", "url",     "auth",    "headers", "limits",        "errors",     "texts", "operations", "hooks",
        "source",      "comment", "without", "checks",  "subscriptions", "path_codes", NULL};

    if (!manifest_object(r, d, "", names))
        return;
    about(r, d);
    settings(r, doc_get(d, "settings"));
    secrets(r, doc_get(d, "secrets"));
    permissions(r, doc_get(d, "permissions"));
    r->m->url = manifest_expr(r, d, "", "url", true);
    manifest_read_auth(r, doc_get(d, "auth"));
    manifest_pairs(r, d, "", "headers", &r->m->headers);
    manifest_read_limits(r, doc_get(d, "limits"));
    manifest_rules(r, d, "", "errors", &r->m->errors);
    r->m->texts = doc_get(d, "texts");
    manifest_read_operations(r, doc_get(d, "operations"));
    without(r, doc_get(d, "without"));
    manifest_read_hooks(r, doc_get(d, "hooks"));
    manifest_read_sources(r, doc_get(d, "source"));
    path_codes(r, doc_get(d, "path_codes"));
    manifest_read_checks(r, doc_get(d, "checks"));
    manifest_read_subscriptions(r, doc_get(d, "subscriptions"));
}

static bool is_told(const struct manifest *m, const char *object)
{
    for (size_t i = 0; i < m->event_count; i++)
        if (strcmp(m->events[i].object, object) == 0)
            return true;
    return false;
}

static void feeds_make(struct manifest *m)
{
    for (size_t i = 0; i < m->source_count; i++)
        m->feeds[i] =
            (struct connector_feed){m->sources[i].object, m->sources[i].every_s, is_told(m, m->sources[i].object)};
    m->hooks.feeds = m->feeds;
    m->hooks.feed_count = m->source_count;
}

/* "VENDURE-" */
static const char *reference_prefix(struct arena *keep, const char *name)
{
    char *text = arena_f(keep, "%s-", name);

    for (char *p = text; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    return text;
}

static void connector_make(struct manifest *m, struct arena *keep)
{
    m->named.operation = manifest_operation_of;
    m->named.build = manifest_build;
    m->named.read = manifest_read;
    m->named.authorize = manifest_authorize;
    m->named.part = manifest_part_of;
    m->named.part_keys = manifest_part_keys;
    m->named.sign = manifest_sign;
    m->named.upload = manifest_upload;
    m->named.upload_build = manifest_upload_build;
    m->named.document_read = manifest_document_read;
    m->named.cost = manifest_cost;
    m->named.said = m->limits.told ? manifest_said : NULL;
    m->named.logs_in = manifest_logs_in;
    m->named.login = manifest_login;
    m->named.login_read = manifest_login_read;
    m->connector = (struct connector){.name = m->name,
                                      .title = m->title,
                                      .named = &m->named,
                                      .source = m->event_count || m->source_count ? &m->hooks : NULL,
                                      .url = manifest_url,
                                      .settings_check = manifest_settings_check,
                                      .secrets_check = manifest_secrets_check,
                                      .manifest = m};
    m->hooks.hook_read = m->event_count ? manifest_hook_read : NULL;
    m->hooks.hook_said = m->event_count ? manifest_hook_said : NULL;
    m->hooks.reference_prefix = reference_prefix(keep, m->name);
    if (!m->source_count)
        return;
    feeds_make(m);
    m->pull = (struct source_pull){.changes_ask = manifest_changes_ask,
                                   .changes_told = manifest_changes_told,
                                   .one_ask = manifest_one_ask,
                                   .one_told = manifest_one_told,
                                   .concurrency = m->named.concurrency,
                                   .rate = m->named.rate};
    m->hooks.pull = &m->pull;
}

enum err manifest_compile(struct scope *sc, struct arena *keep, const struct doc *document, struct manifest **out)
{
    return manifest_compile_below(sc, keep, document, NULL, out);
}

enum err manifest_compile_below(struct scope *sc, struct arena *keep, const struct doc *document, const char *below,
                                struct manifest **out)
{
    struct reading r = {.sc = sc, .keep = keep, .m = ARENA_NEW(keep, struct manifest), .below = below};

    r.m->document = document;
    whole(&r, document);
    if (r.faults)
        return FAIL(sc, ERR_INVALID, "the manifest has %u fault%s", r.faults, r.faults == 1 ? "" : "s");
    connector_make(r.m, keep);
    *out = r.m;
    return OK;
}

enum err manifest_hooks_compile(struct scope *sc, struct arena *keep, const struct doc *hooks, const char *below,
                                const struct connector **out)
{
    struct reading r = {.sc = sc, .keep = keep, .m = ARENA_NEW(keep, struct manifest), .below = below};

    r.m->name = r.m->title = "webhook";
    if (!hooks)
        manifest_fault(&r, "/hooks", "required", "must say how deliveries are known, and what they are about");
    manifest_read_hooks(&r, hooks);
    if (r.faults)
        return FAIL(sc, ERR_INVALID, "the hooks have %u fault%s", r.faults, r.faults == 1 ? "" : "s");
    manifest_bound_set(r.m);
    connector_make(r.m, keep);
    *out = &r.m->connector;
    return OK;
}

const struct connector *manifest_connector(const struct manifest *m)
{
    return &m->connector;
}

const struct manifest *manifest_of(const struct connector *c)
{
    return c ? c->manifest : NULL;
}

const struct doc *manifest_document(const struct manifest *m)
{
    return m->document;
}

const char *manifest_version(const struct manifest *m)
{
    return m->version;
}
