#include <string.h>

#include "access/callers.h"
#include "api/api_int.h"
#include "org/org.h"

/* OAuth 2 client credentials (RFC 6749 section 4.4), revocation (RFC 7009), the key set (RFC 7517) and what a client
 * may find out about us (RFC 8414). Refusals here have the body that RFC 6749 section 5.2 asks for. */
struct oauth_fault {
    const char *error, *error_description;
};

static const struct wire_field fault_fields[] = {
    WIRE_TEXT(struct oauth_fault, error, 40, "One of RFC 6749 section 5.2."),
    WIRE_TEXT(struct oauth_fault, error_description, 200, "For whoever writes the client."),
    {},
};
static const struct wire fault_wire = {"OAuthError", sizeof(struct oauth_fault), fault_fields};

struct token_view {
    const char *access_token, *token_type, *scope;
    int64_t expires_in;
};

static const struct wire_field token_fields[] = {
    WIRE_TEXT(struct token_view, access_token, 4096, "To be sent as a bearer."),
    WIRE_TEXT(struct token_view, token_type, 10, "Bearer."),
    WIRE_INT(struct token_view, expires_in, 0, ACCESS_TOKEN_S, "How many seconds it is good."),
    WIRE_TEXT(struct token_view, scope, 4096, "What it may, with spaces between the names."),
    {},
};
static const struct wire token_wire = {"AccessToken", sizeof(struct token_view), token_fields};

static enum err say_fault(struct scope *sc, struct rs *rs, const char *error, const char *why)
{
    bool client = strcmp(error, "invalid_client") == 0;

    scope_clear(sc);
    rs_header(sc, rs, "cache-control", "no-store");
    if (client)
        rs_header(sc, rs, "www-authenticate", "Basic realm=\"token\"");
    return rs_json(sc, rs, client ? 401 : 400, &fault_wire, &(struct oauth_fault){error, why});
}

/* What the client says of itself; both are empty when it says nothing, or twice. */
struct said {
    struct str id, secret;
    bool twice;
};

static void basic_read(struct scope *sc, struct str value, struct said *out)
{
    char *text;
    const char *colon;
    size_t n;

    if (value.n < 7 || value.n > 400 || !str_is_nocase((struct str){value.p, 6}, "basic "))
        return;
    text = arena_zalloc(sc->arena, value.n);
    api_wipe_later(sc, text, value.n);
    if (!base64_decode((struct str){value.p + 6, value.n - 6}, text, value.n, &n))
        return;
    colon = memchr(text, ':', n);
    if (!colon)
        return;
    out->id = (struct str){text, (size_t)(colon - text)};
    out->secret = (struct str){colon + 1, n - out->id.n - 1};
}

static struct said client_said(struct scope *sc, const struct rq *rq, const struct http_form *form)
{
    struct said s = {.id = http_form_get(form, "client_id"), .secret = http_form_get(form, "client_secret")};

    if (s.secret.n)
        api_wipe_later(sc, (char *)(uintptr_t)s.secret.p, s.secret.n);
    if (rq_header_count(rq, "authorization") == 0)
        return s;
    s.twice = s.secret.n > 0;
    s.id = s.secret = (struct str){NULL, 0};
    basic_read(sc, rq_header(rq, "authorization"), &s);
    return s;
}

static enum err client_find(struct scope *sc, const struct rq *rq, const struct said *s, struct caller *out)
{
    const struct org_host *on = rq->host_data;
    struct uuid id;
    enum err e = ERR_UNAUTHENTICATED;

    if (!stranger_may_ask(rq->peer))
        return stranger_refuse(sc);
    if (typeid_parse("cli", s->id.p ? s->id.p : "", s->id.n, &id))
        e = access_client_find(sc, &on->partner_id, &id, s->secret, out);
    if (e == ERR_UNAUTHENTICATED)
        stranger_was_wrong(rq->peer);
    TRY(sc, e);
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = out->partner_id};
    sc->actor = out->kind;
    sc->actor_id = out->actor_id;
    return api_spend(sc);
}

static enum err give(struct scope *sc, const struct rq *rq, struct rs *rs, const struct caller *c)
{
    struct token_view view = {.token_type = "Bearer", .expires_in = ACCESS_TOKEN_S};

    TRY(sc, api_token_make(sc, rq, c, NULL, &view.access_token));
    view.scope = api_scope_text(sc, c->may);
    rs_header(sc, rs, "cache-control", "no-store");
    return rs_json(sc, rs, 200, &token_wire, &view);
}

/* Of the scopes asked for each must be known, and the client's. */
static bool scope_narrow(struct scope *sc, struct str asked, struct caller *c)
{
    size_t words = asked.n ? 1 : 0, known = 0;
    uint64_t may = api_scope_read(sc, asked);

    for (size_t i = 0; i < asked.n; i++)
        words += asked.p[i] == ' ';
    for (uint64_t left = may; left; left &= left - 1)
        known++;
    if (!words)
        return true;
    if (known != words || may & ~c->may)
        return false;
    c->may = may;
    return true;
}

static enum err oauth_token(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct http_form form;
    struct caller client;
    struct said said;
    enum err e;

    TRY(sc, rq_form(sc, rq, &form));
    said = client_said(sc, rq, &form);
    if (said.twice)
        return say_fault(sc, rs, "invalid_request", "the client names itself in the header and in the body");
    e = client_find(sc, rq, &said, &client);
    if (e == ERR_UNAUTHENTICATED)
        return say_fault(sc, rs, "invalid_client", "client_id and client_secret are not those of a client");
    TRY(sc, e);
    if (http_form_get(&form, "grant_type").n == 0)
        return say_fault(sc, rs, "invalid_request", "grant_type is missing");
    if (!str_is(http_form_get(&form, "grant_type"), "client_credentials"))
        return say_fault(sc, rs, "unsupported_grant_type", "client_credentials is the only one");
    if (!scope_narrow(sc, http_form_get(&form, "scope"), &client))
        return say_fault(sc, rs, "invalid_scope", "a scope is unknown, comes twice, or is not the client's");
    return give(sc, rq, rs, &client);
}

/* A token that is none of the client's needs no revoking: the answer is the same (RFC 7009 section 2.2). */
static enum err oauth_revoke(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct api_token token;
    struct http_form form;
    struct caller client;
    struct said said;
    enum err e;

    TRY(sc, rq_form(sc, rq, &form));
    said = client_said(sc, rq, &form);
    if (said.twice)
        return say_fault(sc, rs, "invalid_request", "the client names itself in the header and in the body");
    e = client_find(sc, rq, &said, &client);
    if (e == ERR_UNAUTHENTICATED)
        return say_fault(sc, rs, "invalid_client", "client_id and client_secret are not those of a client");
    TRY(sc, e);
    e = api_token_read(sc, rq, http_form_get(&form, "token"), &token);
    if (e != OK && e != ERR_INVALID && e != ERR_UNAUTHENTICATED)
        return e;
    if (e == OK && uuid_equal(&token.caller.actor_id, &client.actor_id))
        TRY(sc, access_token_end(sc, &token.token_id, token.ends_us));
    rs_header(sc, rs, "cache-control", "no-store");
    return rs_empty(sc, rs, 200);
}

static void put_jwk(struct buf *b, const struct access_token_key *k)
{
    const uint8_t *point = k->point.p;
    char id[TYPEID_TEXT_MAX + 1];

    typeid_format("tky", &k->id, id);
    buf_f(b, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"use\":\"sig\",\"kid\":\"%s\",\"x\":\"", id);
    buf_base64url(b, point + 1, 32);
    buf_s(b, "\",\"y\":\"");
    buf_base64url(b, point + 33, 32);
    buf_s(b, "\"}");
}

static enum err oauth_keys(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct org_host *on = rq->host_data;
    struct access_token_key *keys;
    struct buf b;
    size_t n;

    sc->tenant = (struct tenant){.has_partner = true, .partner_id = on->partner_id};
    TRY(sc, access_token_keys(sc, &keys, &n));
    buf_init(&b, sc->arena, 1 << 16);
    buf_s(&b, "{\"keys\":[");
    for (size_t i = 0; i < n; i++) {
        if (keys[i].point.n != CRYPTO_POINT_BYTES)
            return FAIL(sc, ERR_INTERNAL, "a signing key is damaged");
        buf_s(&b, i ? "," : "");
        put_jwk(&b, &keys[i]);
    }
    buf_s(&b, "]}");
    rs_header(sc, rs, "cache-control", "public, max-age=60");
    return rs_bytes(sc, rs, 200, "application/jwk-set+json", buf_str(&b));
}

static enum err oauth_metadata(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *issuer = api_issuer(sc, rq);
    const char *const *names;
    struct buf b;
    size_t n;

    access_scope_names(sc, UINT64_MAX, &names, &n);
    buf_init(&b, sc->arena, 1 << 16);
    buf_f(&b, "{\"issuer\":\"%s\",\"token_endpoint\":\"%s/oauth/token\",\"revocation_endpoint\":\"%s/oauth/revoke\",",
          issuer, issuer, issuer);
    buf_f(&b, "\"jwks_uri\":\"%s/oauth/jwks.json\",\"grant_types_supported\":[\"client_credentials\"],", issuer);
    buf_s(&b, "\"response_types_supported\":[],\"token_endpoint_auth_methods_supported\":[\"client_secret_basic\","
              "\"client_secret_post\"],\"scopes_supported\":[");
    for (size_t i = 0; i < n; i++)
        buf_f(&b, "%s\"%s\"", i ? "," : "", names[i]);
    buf_s(&b, "]}");
    rs_header(sc, rs, "cache-control", "public, max-age=60");
    return rs_bytes(sc, rs, 200, "application/json", buf_str(&b));
}

const struct route api_oauth_routes[] = {
    {POST, "/oauth/token", oauth_token, .public_ = true, .secret = true, .body_max = 8192, .answers = &token_wire,
     .name = "oauth.token", .summary = "Gives an access token for a client's id and secret (RFC 6749 section 4.4)."},
    {POST, "/oauth/revoke", oauth_revoke, .public_ = true, .secret = true, .body_max = 8192, .name = "oauth.revoke",
     .summary = "Ends an access token before its time (RFC 7009)."},
    {GET, "/oauth/jwks.json", oauth_keys, .public_ = true, .name = "oauth.keys",
     .summary = "The public keys of access tokens (RFC 7517)."},
    {GET, "/.well-known/oauth-authorization-server", oauth_metadata, .public_ = true, .raw = true,
     .name = "oauth.metadata", .summary = "What the token service offers (RFC 8414)."},
    {},
};
