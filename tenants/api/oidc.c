#include <string.h>

#include "api/api_int.h"
#include "oidc/oidc.h"
#include "q_people.h"

/* Signing in at the partner's own identity provider: how it is set up, and the journey there and back. */
#define JOURNEY_COOKIE "__Host-sign-in"

struct provider_view {
    const char *name, *issuer, *client_id, *client_secret, *redirect_uri;
    struct wire_texts domains;
    bool enabled;
    int64_t created_at;
};
static const struct wire_field provider_fields[] = {
    WIRE_TEXT(struct provider_view, name, OIDC_NAME_MAX, "What people call it: the button says \"Sign in with\" it."),
    WIRE_TEXT(struct provider_view, issuer, OIDC_ISSUER_MAX, "Its issuer, as its own description names it."),
    WIRE_TEXT(struct provider_view, client_id, OIDC_CLIENT_MAX, "The client that was registered there."),
    WIRE_TEXTS(struct provider_view, domains, OIDC_DOMAINS_MAX, "Domains of mail addresses that it vouches for."),
    WIRE_BOOL(struct provider_view, enabled, "Whether people can sign in there now."),
    WIRE_TEXT(struct provider_view, redirect_uri, 400, "The address to register there, on this host."),
    WIRE_TIME(struct provider_view, created_at, "When it was set up."),
    {},
};
static const struct wire provider_wire = {"SignInProvider", sizeof(struct provider_view), provider_fields};

static const struct wire_field ask_fields[] = {
    WIRE_TEXT(struct provider_view, name, OIDC_NAME_MAX, "What people call it: the button says \"Sign in with\" it."),
    WIRE_TEXT(struct provider_view, issuer, OIDC_ISSUER_MAX, "Its issuer: an https address."),
    WIRE_TEXT(struct provider_view, client_id, OIDC_CLIENT_MAX, "The client that was registered there."),
    WIRE_TEXT_OR_NULL(struct provider_view, client_secret, OIDC_SECRET_MAX,
                      "The client's secret, never shown again; left out, the one before, if issuer and client stay."),
    WIRE_TEXTS(struct provider_view, domains, OIDC_DOMAINS_MAX, "Domains of mail addresses that it may vouch for."),
    WIRE_BOOL(struct provider_view, enabled, "Whether people can sign in there."),
    {},
};
static const struct wire ask_wire = {"SignInProviderPut", sizeof(struct provider_view), ask_fields};

static enum err provider_answer(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct oidc_provider now;
    struct provider_view v;

    TRY(sc, oidc_provider_get(sc, &now));
    v = (struct provider_view){.name = now.name,
                               .issuer = now.issuer,
                               .client_id = now.client_id,
                               .redirect_uri = oidc_redirect_uri(sc, str_dup(sc->arena, rq->host)),
                               .domains = {now.domains, now.domain_count},
                               .enabled = now.enabled,
                               .created_at = now.created_at_us};
    rs_version(sc, rs, now.version);
    return rs_json(sc, rs, 200, &provider_wire, &v);
}

static enum err provider_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    TRY(sc, people_as_partner(sc));
    return provider_answer(sc, rq, rs);
}

static enum err provider_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct oidc_provider to, now = {0};
    struct provider_view ask;
    int64_t version;

    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    api_wipe(sc, ask.client_secret);
    TRY(sc, people_as_partner(sc));
    TRY(sc, api_replaced(sc, rq, oidc_provider_get(sc, &now), &now.version, &version));
    to = (struct oidc_provider){.name = ask.name,
                                .issuer = ask.issuer,
                                .client_id = ask.client_id,
                                .domains = ask.domains.items,
                                .domain_count = ask.domains.n,
                                .enabled = ask.enabled,
                                .version = version};
    TRY(sc, oidc_provider_set(sc, &to, ask.client_secret, &version));
    return provider_answer(sc, rq, rs);
}

static enum err provider_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct oidc_provider now;
    int64_t version;

    TRY(sc, people_as_partner(sc));
    TRY(sc, oidc_provider_get(sc, &now));
    TRY(sc, api_replaced(sc, rq, OK, &now.version, &version));
    TRY(sc, oidc_provider_remove(sc, version));
    return rs_empty(sc, rs, 204);
}

/* ---- the journey ---- */

struct ways_view {
    bool password;
    const char *provider;
};
static const struct wire_field ways_fields[] = {
    WIRE_BOOL(struct ways_view, password, "Whether passwords are taken."),
    WIRE_TEXT_OR_NULL(struct ways_view, provider, OIDC_NAME_MAX, "The identity provider to sign in at; null: none."),
    {},
};
static const struct wire ways_wire = {"WaysToSignIn", sizeof(struct ways_view), ways_fields};

static enum err ways_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct q_sign_in_setting_get_row *row;
    struct ways_view v;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, q_sign_in_setting_get(sc, &row));
    TRY(sc, oidc_provider_name(sc, &v.provider));
    v.password = !row || row->password_allowed;
    return rs_json(sc, rs, 200, &ways_wire, &v);
}

static void journey_cookie(struct scope *sc, struct rs *rs, const char *value)
{
    rs_keep(sc, rs, "set-cookie",
            arena_f(sc->arena, JOURNEY_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%d", value,
                    *value ? OIDC_JOURNEY_S : 0));
}

struct begun_view {
    const char *url;
};
static const struct wire_field begun_fields[] = {
    WIRE_TEXT(struct begun_view, url, 8192, "Where the browser goes next, within ten minutes."),
    {},
};
static const struct wire begun_wire = {"SignInProviderBegun", sizeof(struct begun_view), begun_fields};

static enum err provider_begin(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct oidc_begun begun;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, throttle_start(sc));
    TRY(sc, oidc_begin(sc, api_here()->net, str_dup(sc->arena, rq->host), &begun));
    journey_cookie(sc, rs, begun.cookie);
    return rs_json(sc, rs, 201, &begun_wire, &(struct begun_view){begun.url});
}

static const struct wire_field return_fields[] = {
    WIRE_TEXT(struct oidc_return, state, 2000, "As the provider sent it."),
    WIRE_TEXT_OR_NULL(struct oidc_return, code, 2000, "As the provider sent it."),
    WIRE_TEXT_OR_NULL(struct oidc_return, iss, 2000, "As the provider sent it, if it did."),
    WIRE_TEXT_OR_NULL(struct oidc_return, error, 2000, "As the provider sent it, in place of a code."),
    {},
};
static const struct wire return_wire = {"SignInProviderReturn", sizeof(struct oidc_return), return_fields};

/* The journey's cookie goes whatever comes of it. */
static enum err provider_return(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct oidc_return ask;
    struct str cookie = {0};
    struct sign_in in;

    TRY(sc, api_visitor(sc, rq));
    TRY(sc, rq_body(sc, rq, &return_wire, &ask));
    TRY(sc, throttle_start(sc));
    journey_cookie(sc, rs, "");
    if (api_cookie_find(rq, JOURNEY_COOKIE, &cookie) == 1)
        ask.cookie = cookie;
    ask.host = str_dup(sc->arena, rq->host);
    TRY(sc, oidc_finish(sc, api_here()->net, &ask, api_agent(sc, rq), &in));
    return api_signed_in(sc, rs, &in);
}

const struct route api_oidc_routes[] = {
    {GET, "/v1/sign-in-provider", provider_get, .name = "sign_in_provider.get",
     .summary = "The partner's own identity provider.", .etag = true, .may = PERMISSION_SIGNIN_READ,
     .answers = &provider_wire},
    {PUT, "/v1/sign-in-provider", provider_put, .name = "sign_in_provider.put",
     .summary = "Sets up the identity provider that people may sign in at, or changes it: one that is there needs "
                "if-match. It signs in nobody who may more than whoever sets it up.",
     .etag = true, .may = PERMISSION_SIGNIN_WRITE, .takes = &ask_wire, .answers = &provider_wire, .secret = true,
     .body_max = 16384},
    {DELETE, "/v1/sign-in-provider", provider_delete, .name = "sign_in_provider.delete",
     .summary = "Takes the identity provider away; sessions that began there go on.", .etag = true,
     .may = PERMISSION_SIGNIN_WRITE, .status = 204},
    {GET, "/v1/session/ways", ways_get, .name = "session.ways", .summary = "How people can sign in on this host.",
     .answers = &ways_wire, .public_ = true},
    {POST, "/v1/session/provider", provider_begin, .name = "session.provider",
     .summary = "Begins to sign in at the partner's identity provider.", .answers = &begun_wire, .status = 201,
     .public_ = true, .body_max = 4096},
    {POST, "/v1/session/provider/return", provider_return, .name = "session.provider_return",
     .summary = "Signs a person in by what the identity provider answered.", .takes = &return_wire,
     .answers = &api_signed_wire, .public_ = true, .secret = true, .body_max = 16384},
    {},
};
