#include "manifest/manifest_int.h"

/* How calls are authenticated: a closed set, of which a manifest chooses one and gives it its parameters. */

#define HEADER_MAX  16384
#define FORM_MAX    65536
#define TEXT_MAX    500
#define SIGN_IN_MAX 400

static const char *const kinds[] = {"none", "header", "bearer", "basic", "oauth2", "login", "oauth1", NULL};
static const char *const grants[] = {"client_credentials", "refresh_token", NULL};

/* ---- reading ---- */

static bool secret_or_setting(void *arg, struct str name)
{
    const struct manifest *m = arg;

    for (size_t i = 0; i < m->secret_count; i++)
        if (str_is(name, m->secrets[i].name))
            return true;
    for (size_t i = 0; str_starts(name, "settings.") && i < m->setting_count; i++)
        if (str_is((struct str){name.p + 9, name.n - 9}, m->settings[i].name))
            return true;
    return false;
}

static bool token_too(void *arg, struct str name)
{
    return str_is(name, "token") || secret_or_setting(arg, name);
}

static void check_filled(struct reading *r, const struct doc *d, const char *pointer, const char *member, bool needed,
                         bool (*known)(void *arg, struct str name))
{
    const char *text = manifest_text(r, d, pointer, member, TEXT_MAX, needed);

    if (text && !manifest_template_each(text, known, r->m))
        manifest_fault(r, manifest_below(r, pointer, member), "unknown_name",
                       "what stands in braces must be a secret, or a setting as {settings.NAME}");
}

void manifest_filled_text(struct reading *r, const struct doc *d, const char *pointer, const char *member, bool needed)
{
    check_filled(r, d, pointer, member, needed, secret_or_setting);
}

static void read_header(struct reading *r, const struct doc *d, bool token)
{
    manifest_text(r, d, "/auth", "header", 64, !token);
    check_filled(r, d, "/auth", "value", !token, token ? token_too : secret_or_setting);
}

static void read_oauth2(struct reading *r, const struct doc *d)
{
    static const char *const places[] = {"body", "basic", NULL};
    static const char *const forms[] = {"form", "json", NULL};

    r->m->auth_url = manifest_expr(r, d, "/auth", "token_url", true);
    if (manifest_choice(r, d, "/auth", "grant", grants, 0) == 1)
        manifest_filled_text(r, d, "/auth", "refresh_token", true);
    r->m->rotates = manifest_flag(r, d, "/auth", "rotates");
    if (r->m->rotates && !doc_get(d, "refresh_token"))
        manifest_fault(r, "/auth/rotates", "not_allowed", "is said of a refresh token, and there is none");
    manifest_read_assertion(r, doc_get(d, "assertion"));
    manifest_filled_text(r, d, "/auth", "client_id", !doc_get(d, "assertion"));
    manifest_filled_text(r, d, "/auth", "client_secret", false);
    manifest_filled_text(r, d, "/auth", "scope", false);
    manifest_choice(r, d, "/auth", "in", places, 0);
    manifest_choice(r, d, "/auth", "form", forms, 0);
    read_header(r, d, true);
}

static void read_login(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"method", "path", "body", "comment", NULL};
    static const char *const methods[] = {"POST", NULL}; /* a secret stands in no address */
    const struct doc *request = doc_get(d, "request");

    if (manifest_object(r, request, "/auth/request", names)) {
        manifest_choice(r, request, "/auth/request", "method", methods, 0);
        manifest_text(r, request, "/auth/request", "path", SIGN_IN_MAX, false);
        r->m->auth_body = manifest_expr(r, request, "/auth/request", "body", true);
    }
    r->m->auth_token = manifest_expr(r, d, "/auth", "token", true);
    read_header(r, d, true);
}

/* How long what people gave is good: days from then, or as the answer to each sign-in says, in seconds. */
static void read_lifetime(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"days", "member", "comment", NULL};

    if (!d || !manifest_object(r, d, "/auth/lifetime", names))
        return;
    r->m->lifetime_s = 86400 * manifest_int(r, d, "/auth/lifetime", "days", 1, 3650, 0);
    r->m->lifetime_member = manifest_text(r, d, "/auth/lifetime", "member", 64, false);
    if (!r->m->lifetime_s == !r->m->lifetime_member)
        manifest_fault(r, "/auth/lifetime", "required", "must say the days, or the answer's member with seconds");
}

void manifest_read_auth(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {
        "kind",          "header",    "value",         "token",        "user",
        "password",      "grant",     "token_url",     "in",           "form",
        "refresh_token", "client_id", "client_secret", "scope",        "lasts",
        "request",       "comment",   "assertion",     "consumer_key", "consumer_secret",
        "token_secret",  "realm",     "lifetime",      "rotates",      NULL};

    r->m->auth_doc = d;
    if (!manifest_object(r, d, "/auth", names))
        return;
    r->m->auth = (enum manifest_auth)manifest_choice(r, d, "/auth", "kind", kinds, AUTH_NONE);
    if (!doc_get(d, "kind"))
        manifest_fault(r, "/auth/kind", "required", "must say how calls are authenticated");
    read_lifetime(r, doc_get(d, "lifetime"));
    r->m->auth_lasts_s = manifest_int(r, d, "/auth", "lasts", 60, 90 * 86400, 0);
    switch (r->m->auth) {
    case AUTH_HEADER:
        read_header(r, d, false);
        break;
    case AUTH_BEARER:
        manifest_filled_text(r, d, "/auth", "token", true);
        break;
    case AUTH_BASIC:
        manifest_filled_text(r, d, "/auth", "user", true);
        manifest_filled_text(r, d, "/auth", "password", false);
        break;
    case AUTH_OAUTH2:
        read_oauth2(r, d);
        break;
    case AUTH_LOGIN:
        read_login(r, d);
        break;
    case AUTH_OAUTH1:
        manifest_read_oauth1(r, d);
        break;
    default:
        break;
    }
}

const char *manifest_auth_header(struct scope *sc, const struct manifest *m)
{
    return doc_cstr(sc->arena, doc_get(m->auth_doc, "header"));
}

/* ---- filling in ---- */

struct filling {
    struct manifest_run *run;
    const struct doc *secrets;
    const char *token; /* NULL: none yet */
};

static const char *value_of(struct scope *sc, const struct filling *f, const char *name)
{
    if (strncmp(name, "settings.", 9) == 0)
        return manifest_text_of(sc, manifest_setting(f->run->m, f->run->settings, name + 9));
    if (f->token && strcmp(name, "token") == 0)
        return f->token;
    return manifest_text_of(sc, doc_get(f->secrets, name));
}

static bool put_filled(struct scope *sc, struct buf *b, const struct filling *f, const char *text)
{
    for (const char *p = text; *p; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL, *value;

        if (!end) {
            buf_c(b, *p);
            continue;
        }
        value = value_of(sc, f, arena_strndup(sc->arena, p + 1, (size_t)(end - p) - 1));
        if (!value)
            return false;
        buf_s(b, value);
        p = end;
    }
    return !b->full;
}

static bool put_member(struct scope *sc, struct buf *b, const struct filling *f, const char *member)
{
    const char *text = doc_cstr(sc->arena, doc_get(f->run->m->auth_doc, member));

    return !text || put_filled(sc, b, f, text);
}

static bool put_basic(struct scope *sc, struct buf *b, const struct filling *f, const char *user, const char *password)
{
    struct buf pair;

    buf_init(&pair, sc->arena, HEADER_MAX);
    if (!put_member(sc, &pair, f, user))
        return false;
    buf_c(&pair, ':');
    if (!put_member(sc, &pair, f, password))
        return false;
    buf_s(b, "Basic ");
    buf_base64(b, pair.p, pair.n);
    explicit_bzero(pair.p, pair.n);
    return !b->full;
}

/* What each request is signed with, as a document: the session of those that are signed one by one. */
static bool put_oauth1(struct scope *sc, struct buf *b, const struct filling *f)
{
    static const char *const members[] = {"consumer_key", "consumer_secret", "token", "token_secret", "realm"};

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        struct buf v;

        buf_init(&v, sc->arena, HEADER_MAX);
        if (!put_member(sc, &v, f, members[i]))
            return false;
        buf_f(b, "%s\"%s\":", i ? "," : "{", members[i]);
        json_put_text(b, buf_str(&v));
        if (v.p)
            explicit_bzero(v.p, v.n);
    }
    buf_c(b, '}');
    return !b->full;
}

const char *manifest_filled(struct scope *sc, const struct erp_site *site, const struct doc *secrets, const char *text)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    struct filling f = {.run = &run, .secrets = secrets};
    struct buf b;

    buf_init(&b, sc->arena, FORM_MAX);
    return text && put_filled(sc, &b, &f, text) ? buf_cstr(&b) : NULL;
}

static enum err missing(struct scope *sc, const struct manifest *m)
{
    return FAIL(sc, ERR_UPSTREAM_AUTH, "a secret is missing that calls to \"%s\" are authenticated with", m->title);
}

enum err manifest_authorize(struct scope *sc, const struct erp_site *site, struct str secret, const char **out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    struct filling f = {.run = &run};
    bool good = false;
    struct buf b;

    *out = NULL;
    if (run.m->auth == AUTH_NONE)
        return OK;
    TRY(sc, doc_parse(sc, secret, &f.secrets));
    buf_init(&b, sc->arena, HEADER_MAX);
    if (run.m->auth == AUTH_OAUTH1)
        good = put_oauth1(sc, &b, &f);
    else if (run.m->auth == AUTH_HEADER)
        good = put_member(sc, &b, &f, "value");
    else if (run.m->auth == AUTH_BASIC)
        good = put_basic(sc, &b, &f, "user", "password");
    else {
        buf_s(&b, "Bearer ");
        good = put_member(sc, &b, &f, "token");
    }
    if (!good)
        return missing(sc, run.m);
    *out = buf_cstr(&b);
    return OK;
}

/* ---- signing in ---- */

bool manifest_logs_in(const struct connector *c)
{
    return c->manifest->auth == AUTH_OAUTH2 || c->manifest->auth == AUTH_LOGIN;
}

/* One member of a form (application/x-www-form-urlencoded) or of an object. */
static bool put_pair(struct scope *sc, struct buf *b, bool json, const char *name, const char *value)
{
    (void)sc;
    if (!value || !*value)
        return true;
    buf_s(b, b->n > (json ? 1u : 0u) ? (json ? "," : "&") : "");
    if (json) {
        json_put_text(b, str_of(name));
        buf_c(b, ':');
        json_put_text(b, str_of(value));
    } else {
        buf_s(b, name);
        buf_c(b, '=');
        buf_percent(b, str_of(value));
    }
    return !b->full;
}

static const char *filled(struct scope *sc, const struct filling *f, const char *member)
{
    struct buf b;

    buf_init(&b, sc->arena, FORM_MAX);
    return put_member(sc, &b, f, member) ? buf_cstr(&b) : NULL;
}

bool manifest_rotates(const struct manifest *m)
{
    return m && m->rotates;
}

static bool is(const struct manifest *m, const char *member, const char *value)
{
    return str_is(doc_text(doc_get(m->auth_doc, member)), value);
}

/* The refresh token of the session before, or, for the first, the one that the connection was made with. */
static const char *refresh_token(struct scope *sc, const struct filling *f, const struct doc *before)
{
    const char *kept = doc_cstr(sc->arena, doc_get(before, "refresh_token"));

    return kept ? kept : filled(sc, f, "refresh_token");
}

static enum err asserted(struct scope *sc, const struct erp_site *site, const struct filling *f, struct http_call *out)
{
    const char *assertion;
    struct buf b;

    TRY(sc, manifest_assertion(sc, site, f->secrets, out->url, &assertion));
    buf_init(&b, sc->arena, FORM_MAX);
    buf_s(&b, "grant_type=client_credentials&client_assertion_type=");
    buf_percent(&b, STR("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    buf_s(&b, "&client_assertion=");
    buf_percent(&b, str_of(assertion));
    if (b.full)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the secrets of \"%s\" are too long", f->run->m->title);
    out->body = buf_str(&b);
    out->content_type = "application/x-www-form-urlencoded";
    return OK;
}

static enum err oauth2_body(struct scope *sc, const struct filling *f, const struct doc *before, bool basic,
                            struct http_call *out)
{
    const struct manifest *m = f->run->m;
    bool json = is(m, "form", "json"), refresh = is(m, "grant", grants[1]), good;
    const char *id = filled(sc, f, "client_id"), *secret = filled(sc, f, "client_secret"),
               *token = refresh ? refresh_token(sc, f, before) : "", *scope = filled(sc, f, "scope");
    struct buf b;

    if (!id || !secret || !token || !scope || (refresh && !*token))
        return missing(sc, m);
    buf_init(&b, sc->arena, FORM_MAX);
    if (json)
        buf_c(&b, '{');
    good = put_pair(sc, &b, json, "grant_type", grants[refresh]) && put_pair(sc, &b, json, "refresh_token", token) &&
           put_pair(sc, &b, json, "scope", scope) && (basic || put_pair(sc, &b, json, "client_id", id)) &&
           (basic || put_pair(sc, &b, json, "client_secret", secret));
    if (json)
        buf_c(&b, '}');
    if (!good || b.full)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the secrets of \"%s\" are too long", m->title);
    out->body = buf_str(&b);
    out->content_type = json ? "application/json" : "application/x-www-form-urlencoded";
    return OK;
}

static enum err oauth2_ask(struct scope *sc, const struct erp_site *site, const struct filling *f,
                           const struct doc *before, struct http_call *out)
{
    const struct manifest *m = f->run->m;
    const char *why = "it has no value", *own = doc_cstr(sc->arena, doc_get(f->run->settings, "token_url"));
    bool basic = is(m, "in", "basic");
    struct doc url;
    struct buf b;

    out->method = "POST";
    out->url = own;
    if (!own && (!manifest_eval(sc, f->run, m->auth_url, f->run->settings, &url, &why) ||
                 !(out->url = manifest_text_of(sc, &url))))
        return FAIL(sc, ERR_HOLD, "the settings give no address to sign in at: %s", why);
    if (doc_get(m->auth_doc, "assertion"))
        return asserted(sc, site, f, out);
    if (basic) {
        buf_init(&b, sc->arena, HEADER_MAX);
        if (!put_basic(sc, &b, f, "client_id", "client_secret"))
            return missing(sc, m);
        out->authorization = buf_cstr(&b);
    }
    return oauth2_body(sc, f, before, basic, out);
}

static enum err login_ask(struct scope *sc, const struct filling *f, const struct erp_site *site, struct http_call *out)
{
    const struct manifest *m = f->run->m;
    const char *why = "it has no value", *path = doc_cstr(sc->arena, doc_pointer(m->auth_doc, "/request/path"));
    struct doc body;
    struct buf b;

    if (!manifest_eval(sc, f->run, m->auth_body, f->secrets, &body, &why) || expr_is_absent(body))
        return FAIL(sc, ERR_HOLD, "the request that signs in cannot be made: %s", why);
    buf_init(&b, sc->arena, FORM_MAX);
    doc_write(&b, &body);
    out->method = "POST";
    out->url = arena_f(sc->arena, "%s%s", site->url, path ? path : "");
    out->body = buf_str(&b);
    out->content_type = "application/json";
    return OK;
}

enum err manifest_login(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                        const struct doc *before, struct http_call *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    struct filling f = {.run = &run, .secrets = secrets};

    *out = (struct http_call){.secret_body = true};
    if (run.m->auth == AUTH_LOGIN)
        TRY(sc, login_ask(sc, &f, site, out));
    else
        TRY(sc, oauth2_ask(sc, site, &f, before, out));
    return manifest_put_headers(sc, &run, &run.m->headers, out);
}

/* Nothing is done by asking for a token; a refusal of it ends the connection until somebody connects it again. */
static enum err refused(struct scope *sc, const struct manifest *m, const struct http_reply *reply,
                        const struct doc *body)
{
    const char *said = doc_cstr(sc->arena, doc_get(body, "error_description"));

    if (!said)
        said = doc_cstr(sc->arena, doc_get(body, "error"));
    if (reply->status == 429)
        return FAIL(sc, ERR_UPSTREAM_BUSY, "\"%s\" asks to come again later", m->title);
    if (reply->status >= 400 && reply->status < 500)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "\"%s\" does not accept the credentials (answered %d%s%s)", m->title,
                    reply->status, said ? ": " : "", said ? arena_cut(sc->arena, said, 200) : "");
    return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "\"%s\" answered %d to the sign-in", m->title, reply->status);
}

static enum err token_of(struct scope *sc, struct manifest_run *run, const struct doc *body, const char **out)
{
    const struct manifest *m = run->m;
    const char *why;
    struct doc v;

    if (m->auth == AUTH_OAUTH2)
        *out = doc_cstr(sc->arena, doc_get(body, "access_token"));
    else
        *out = manifest_eval(sc, run, m->auth_token, body, &v, &why) ? manifest_text_of(sc, &v) : NULL;
    if (*out && **out)
        return OK;
    return FAIL(sc, ERR_UPSTREAM_AUTH, "\"%s\" gave no token", m->title);
}

/* What the next is asked for with: the refresh token, rotated or not, and the one before it for people who look. */
static const struct doc *kept(struct scope *sc, const struct doc *before, const struct doc *body)
{
    const struct doc *old = doc_get(before, "refresh_token"), *now = doc_get(body, "refresh_token");
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 4), *out = ARENA_NEW(sc->arena, struct doc);
    size_t n = 0;

    if (doc_kind(now) != DOC_TEXT || doc_text(now).n == 0)
        now = old;
    if (now) {
        v[n++] = doc_make_text(STR("refresh_token"));
        v[n++] = *now;
    }
    if (old && now != old) {
        v[n++] = doc_make_text(STR("previous"));
        v[n++] = *old;
    }
    *out = doc_make_object(v, n / 2);
    return out;
}

enum err manifest_login_read(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                             const struct doc *before, const struct http_reply *reply, struct connector_session *out)
{
    struct manifest_run run = {
        .m = manifest_at(site), .budget = site->budget, .settings = site->settings, .reply = reply};
    struct filling f = {.run = &run, .secrets = secrets};
    const struct doc *body = NULL;
    const char *value = doc_cstr(sc->arena, doc_get(run.m->auth_doc, "value"));
    struct buf b;

    if (reply->body.n && doc_parse(sc, reply->body, &body) != OK)
        scope_clear(sc);
    if (reply->status < 200 || reply->status > 299)
        return refused(sc, run.m, reply, body);
    TRY(sc, token_of(sc, &run, body, &f.token));
    buf_init(&b, sc->arena, HEADER_MAX);
    if (!put_filled(sc, &b, &f, value ? value : "Bearer {token}"))
        return missing(sc, run.m);
    *out = (struct connector_session){.header = buf_cstr(&b), .lasts_s = run.m->auth_lasts_s};
    if (!doc_int(doc_get(body, "expires_in"), &out->lasts_s) && run.m->auth == AUTH_OAUTH2 && !out->lasts_s)
        out->lasts_s = 3600;
    if (run.m->lifetime_member && !doc_int(doc_get(body, run.m->lifetime_member), &out->renewable_s))
        out->renewable_s = 0;
    out->keep = kept(sc, before, body);
    return OK;
}
