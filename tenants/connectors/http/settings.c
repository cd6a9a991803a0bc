#include "connectors/http/http_int.h"

/* What a connection says of the system, and whether it can be meant. */

const char *const http_methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};
const char *const http_agains[] = {"upsert", "key", "probe", "none", NULL};
const char *const http_auths[] = {"none", "bearer", "basic", NULL};

#define SETTLE_MS     30000
#define SETTLE_MS_MAX 600000

size_t http_choice(const struct doc *v, const char *const *choices, size_t otherwise)
{
    size_t i = 0;

    if (!v)
        return otherwise;
    while (choices[i] && !str_is(doc_text(v), choices[i]))
        i++;
    return i;
}

const struct doc *http_operation(const struct erp_site *site, const char *name)
{
    return doc_get(doc_get(site->settings, "operations"), name);
}

bool http_asks_only(const struct doc *operation)
{
    return str_is(doc_text(doc_get(operation, "method")), "GET");
}

static int settle_ms(const struct doc *operation)
{
    int64_t ms;

    return doc_int(doc_get(operation, "settle_ms"), &ms) ? (int)ms : SETTLE_MS;
}

static bool operation(const struct erp_site *site, const char *name, struct operation *out)
{
    const struct doc *o = http_operation(site, name);

    if (!o)
        return false;
    *out = (struct operation){.changes = !http_asks_only(o),
                              .again = (enum again)http_choice(doc_get(o, "again"), http_agains, AGAIN_NONE),
                              .settle_ms = settle_ms(o)};
    return true;
}

static enum err authorize(struct scope *sc, const struct erp_site *site, struct str secret, const char **out)
{
    size_t auth = http_choice(doc_get(site->settings, "auth"), http_auths, 0);
    struct buf b;

    *out = NULL;
    if (auth == 0)
        return OK;
    buf_init(&b, sc->arena, 2 * secret.n + 100);
    buf_s(&b, auth == 1 ? "Bearer " : "Basic ");
    if (auth == 1)
        buf_add(&b, secret.p, secret.n);
    else
        buf_base64(&b, secret.p, secret.n);
    *out = buf_cstr(&b);
    return OK;
}

/* ---- checking ---- */

static void only(struct scope *sc, const struct doc *d, const char *pointer, const char *const *names)
{
    for (size_t i = 0; i < doc_count(d); i++) {
        size_t k = 0;

        while (names[k] && !str_is(doc_key(d, i), names[k]))
            k++;
        if (!names[k])
            scope_item(sc, arena_f(sc->arena, "%s/%s", pointer, str_dup(sc->arena, doc_key(d, i))), "unknown_member",
                       "is not known");
    }
}

static bool word_fits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return false;
    return s.n > 0 && s.n <= 500;
}

/* Below the url, and nowhere else. */
static bool path_fits(struct str s)
{
    for (size_t i = 0; i + 1 < s.n; i++)
        if ((s.p[i] == '/' && s.p[i + 1] == '/') || (s.p[i] == '.' && s.p[i + 1] == '.'))
            return false;
    return word_fits(s) && *s.p != '/' && !memchr(s.p, '#', s.n);
}

static void check_path(struct scope *sc, const struct doc *d, const char *pointer)
{
    if (!path_fits(doc_text(doc_get(d, "path"))))
        scope_item(sc, arena_f(sc->arena, "%s/path", pointer), "required",
                   "a path below the url, without a slash before it and without \"..\", \"//\" and \"#\"");
}

static void check_ref(struct scope *sc, const struct doc *d, const char *pointer)
{
    const struct doc *ref = doc_get(d, "ref");

    if (ref && (doc_kind(ref) != DOC_TEXT || (doc_text(ref).n && *doc_text(ref).p != '/')))
        scope_item(sc, arena_f(sc->arena, "%s/ref", pointer), "invalid", "a JSON Pointer into the answer, as \"/id\"");
}

static void check_probe(struct scope *sc, const struct doc *o, const char *pointer)
{
    static const char *const names[] = {"path", "ref", NULL};
    const struct doc *probe = doc_get(o, "probe");
    const char *here = arena_f(sc->arena, "%s/probe", pointer);

    if (doc_kind(probe) != DOC_OBJECT) {
        scope_item(sc, here, "required", "how to ask whether it was done: {\"path\", \"ref\"}");
        return;
    }
    only(sc, probe, here, names);
    check_path(sc, probe, here);
    check_ref(sc, probe, here);
    if (!doc_get(probe, "ref"))
        scope_item(sc, arena_f(sc->arena, "%s/ref", here), "required",
                   "where the answer says what it is called there: nothing there means that it was not done");
}

static void check_again(struct scope *sc, const struct doc *o, const char *pointer)
{
    size_t again = http_choice(doc_get(o, "again"), http_agains, AGAIN_NONE);

    if (!http_agains[again])
        scope_item(sc, arena_f(sc->arena, "%s/again", pointer), "not_in_list",
                   "must be \"upsert\", \"key\", \"probe\" or \"none\"");
    if (again == AGAIN_PROBE || doc_get(o, "probe"))
        check_probe(sc, o, pointer);
    if (again == AGAIN_KEY && !word_fits(doc_text(doc_get(o, "key_header"))))
        scope_item(sc, arena_f(sc->arena, "%s/key_header", pointer), "required",
                   "the header in which the system takes the key, as \"Idempotency-Key\"");
}

static void check_operation(struct scope *sc, const struct doc *o, const char *pointer)
{
    static const char *const names[] = {"method", "path", "again", "key_header", "ref", "probe", "settle_ms", NULL};
    const struct doc *settle = doc_get(o, "settle_ms");
    int64_t ms;

    if (doc_kind(o) != DOC_OBJECT) {
        scope_item(sc, pointer, "wrong_type", "must be an object");
        return;
    }
    only(sc, o, pointer, names);
    if (!http_methods[http_choice(doc_get(o, "method"), http_methods, ARRAY_LEN(http_methods) - 1)])
        scope_item(sc, arena_f(sc->arena, "%s/method", pointer), "not_in_list",
                   "must be GET, POST, PUT, PATCH or DELETE");
    check_path(sc, o, pointer);
    check_ref(sc, o, pointer);
    check_again(sc, o, pointer);
    if (settle && (!doc_int(settle, &ms) || ms < 0 || ms > SETTLE_MS_MAX))
        scope_item(sc, arena_f(sc->arena, "%s/settle_ms", pointer), "out_of_range", "a time of 0 to %d ms",
                   SETTLE_MS_MAX);
}

static bool name_fits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", s.p[i]))
            return false;
    return s.n > 0 && s.n <= 64;
}

static void check_operations(struct scope *sc, const struct doc *list)
{
    size_t n = doc_kind(list) == DOC_OBJECT ? doc_count(list) : 0;

    if (n == 0 || n > HTTP_OPERATIONS_MAX) {
        scope_item(sc, "/settings/operations", "required", "1 to %d operations by their names", HTTP_OPERATIONS_MAX);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct str name = doc_key(list, i);
        const char *pointer = arena_f(sc->arena, "/settings/operations/%.*s", (int)name.n, name.p);

        if (!name_fits(name))
            scope_item(sc, pointer, "invalid", "a name has small letters, digits and . _ - alone");
        check_operation(sc, doc_at(list, i), pointer);
    }
}

static enum err settings_check(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    static const char *const names[] = {"url", "auth", "operations", "concurrency", "rate", NULL};
    struct str url = doc_text(doc_get(settings, "url"));

    (void)c;
    only(sc, settings, "/settings", names);
    if (url.n == 0 || url.n > 500 || url.p[url.n - 1] != '/' || memchr(url.p, '?', url.n) || memchr(url.p, '#', url.n))
        scope_item(sc, "/settings/url", "required", "an address that ends in a slash, as https://wms.example/api/");
    if (!http_auths[http_choice(doc_get(settings, "auth"), http_auths, 0)])
        scope_item(sc, "/settings/auth", "not_in_list", "must be \"none\", \"bearer\" or \"basic\"");
    check_operations(sc, doc_get(settings, "operations"));
    connector_rate_check(sc, settings);
    return scope_fault(sc)->item_count ? FAIL(sc, ERR_INVALID, "the settings are not right") : OK;
}

static const struct connector_named named = {
    .operation = operation, .build = http_build, .read = http_read, .authorize = authorize, .concurrency = 8};

static const struct connector_gap without[] = {
    {"*", "in", "Nothing is built in: what is asked for is what a connection's settings list."},
    {"*", "out", "Nothing is built in: what is sent is what a connection's settings list."},
    {0},
};

const struct connector http_connector = {
    .name = "http",
    .title = "HTTP",
    .named = &named,
    .settings_check = settings_check,
    .without = without,
};
