#include "manifest/manifest_int.h"

/* A connection's settings, and its secrets. */

#define URL_MAX    2000
#define SECRET_MAX 8192
#define PREFIX_MAX 20

static bool host_fits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", s.p[i]))
            return false;
    return s.n >= 3 && s.n <= 253 && memchr(s.p, '.', s.n);
}

static bool address_fits(struct str s)
{
    return (str_starts(s, "https://") || str_starts(s, "http://")) && s.n <= 500 && s.p[s.n - 1] == '/' &&
           !memchr(s.p, '?', s.n) && !memchr(s.p, '#', s.n);
}

static bool choice_fits(const struct manifest_setting *s, const struct doc *v)
{
    for (size_t i = 0; i < doc_count(s->choices); i++)
        if (doc_equal(doc_at(s->choices, i), v))
            return true;
    return false;
}

/* NULL: it fits. */
static const char *wrong(const struct manifest_setting *s, const struct doc *v)
{
    int64_t n;
    bool yes;

    switch (s->kind) {
    case SETTING_INTEGER:
        return doc_int(v, &n) ? NULL : "must be a whole number";
    case SETTING_BOOLEAN:
        return doc_bool(v, &yes) ? NULL : "must be true or false";
    case SETTING_CHOICE:
        return choice_fits(s, v) ? NULL : "must be one of the choices";
    case SETTING_HOST:
        return host_fits(doc_text(v)) ? NULL : "must be a host name, like shop.example.com";
    case SETTING_ADDRESS:
        return address_fits(doc_text(v)) ? NULL
                                         : "must be an address that ends in a slash, as https://erp.example/api/";
    default:
        return doc_text(v).n > 0 && doc_text(v).n <= 500 ? NULL : "must be a text of 1 to 500 octets";
    }
}

static const struct manifest_setting *setting_of(const struct manifest *m, struct str name)
{
    for (size_t i = 0; i < m->setting_count; i++)
        if (str_is(name, m->settings[i].name))
            return &m->settings[i];
    return NULL;
}

/* Every connector has these beside its own. */
static bool is_common(struct str name)
{
    return str_is(name, "api_url") || str_is(name, "token_url") || str_is(name, "rate") ||
           str_is(name, "concurrency") || str_is(name, "reference_prefix");
}

static bool prefix_fits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", s.p[i]))
            return false;
    return s.n >= 1 && s.n <= PREFIX_MAX;
}

static void given(struct scope *sc, const struct manifest *m, struct str name, const struct doc *v)
{
    const char *pointer = arena_f(sc->arena, "/settings/%.*s", (int)name.n, name.p);
    const struct manifest_setting *s = setting_of(m, name);
    const char *why;

    if (is_common(name)) {
        if (str_is(name, "token_url") && !(str_starts(doc_text(v), "http") && doc_text(v).n <= 500))
            scope_item(sc, pointer, "invalid", "must be an address");
        if (str_is(name, "api_url") && !address_fits(doc_text(v)))
            scope_item(sc, pointer, "invalid", "must be an address that ends in a slash, as https://erp.example/api/");
        if (str_is(name, "reference_prefix") && !prefix_fits(doc_text(v)))
            scope_item(sc, pointer, "invalid", "must be 1 to %d letters, digits, hyphens and underscores", PREFIX_MAX);
        return;
    }
    if (!s) {
        scope_item(sc, pointer, "unknown_member", "is not known");
        return;
    }
    why = wrong(s, v);
    if (why)
        scope_item(sc, pointer, s->kind == SETTING_CHOICE ? "not_in_list" : "invalid", "%s", why);
}

enum err manifest_settings_check(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    const struct manifest *m = manifest_of(c);

    for (size_t i = 0; i < doc_count(settings); i++)
        given(sc, m, doc_key(settings, i), doc_at(settings, i));
    for (size_t i = 0; i < m->setting_count; i++)
        if (m->settings[i].needed && !doc_get(settings, m->settings[i].name))
            scope_item(sc, arena_f(sc->arena, "/settings/%s", m->settings[i].name), "required", "is needed");
    connector_rate_check(sc, settings);
    return scope_fault(sc)->item_count ? FAIL(sc, ERR_INVALID, "the settings are not right") : OK;
}

const char *manifest_url(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    struct manifest_run run = {.m = manifest_of(c), .settings = settings, .brief = true};
    const char *own = doc_cstr(sc->arena, doc_get(settings, "api_url")), *why, *text;
    struct doc v;

    if (own)
        return own;
    text = manifest_eval(sc, &run, run.m->url, settings, &v, &why) ? manifest_text_of(sc, &v) : NULL;
    return text && address_fits(str_of(text)) ? text : NULL;
}

/* ---- secrets ---- */

static const struct manifest_secret *secret_of(const struct manifest *m, struct str name)
{
    for (size_t i = 0; i < m->secret_count; i++)
        if (str_is(name, m->secrets[i].name))
            return &m->secrets[i];
    return NULL;
}

enum err manifest_secrets_check(struct scope *sc, const struct connector *c, const struct doc *secrets,
                                struct str *out_hook)
{
    const struct manifest *m = manifest_of(c);

    if (doc_kind(secrets) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "the secrets are an object");
    for (size_t i = 0; i < doc_count(secrets); i++) {
        struct str name = doc_key(secrets, i), value = doc_text(doc_at(secrets, i));

        if (!secret_of(m, name))
            scope_item(sc, "/secrets", "unknown_member", "this connector has no secret \"%.*s\"", (int)name.n, name.p);
        else if (value.n == 0 || value.n > SECRET_MAX || memchr(value.p, 0, value.n))
            scope_item(sc, arena_f(sc->arena, "/secrets/%.*s", (int)name.n, name.p), "invalid",
                       "must be a text of 1 to %d octets", SECRET_MAX);
    }
    *out_hook = (struct str){NULL, 0};
    for (size_t i = 0; i < m->secret_count; i++) {
        const struct doc *v = doc_get(secrets, m->secrets[i].name);

        if (!v && m->secrets[i].needed)
            scope_item(sc, arena_f(sc->arena, "/secrets/%s", m->secrets[i].name), "required", "is needed");
        if (m->secrets[i].edge)
            *out_hook = doc_text(v);
    }
    return scope_fault(sc)->item_count ? FAIL(sc, ERR_INVALID, "the secrets are not right") : OK;
}
