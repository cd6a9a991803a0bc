#include <string.h>

#include "access/callers.h"
#include "api/api_int.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "http/jwt.h"
#include "org/org.h"
#include "json/doc.h"

/* A partner's own pages may hold one of ours: its server signs, with a key it registered here, who looks at which view
 * of which customer; for that signed minute we give a token that reads this view alone. */
#define PAGE_DEFAULT   50
#define PAGE_MAX       200
#define ORIGINS_MAX    20
#define VOUCH_S        60
#define CLOCKS_APART_S 10

struct embed_view {
    struct uuid id;
    const char *name;
    struct wire_texts origins;
    struct str jwk;
    int64_t created_at;
};

static const struct wire_field embed_fields[] = {
    WIRE_ID(struct embed_view, id, "emb", "This key; the kid of what it signs."),
    WIRE_TEXT(struct embed_view, name, 120, "What people call it."),
    WIRE_TEXTS(struct embed_view, origins, ORIGINS_MAX, "Whose pages may hold ours."),
    WIRE_RAW(struct embed_view, jwk, "The public key."),
    WIRE_TIME(struct embed_view, created_at, "When it was registered."),
    {},
};
static const struct wire embed_wire = {"EmbedKey", sizeof(struct embed_view), embed_fields};

struct embed_ask {
    const char *name;
    struct wire_texts origins;
    struct str jwk;
};

static const struct wire_field ask_fields[] = {
    WIRE_TEXT(struct embed_ask, name, 120, "What people will call it."),
    WIRE_TEXTS(struct embed_ask, origins, ORIGINS_MAX, "Whose pages may hold ours, like https://portal.example."),
    WIRE_RAW(struct embed_ask, jwk, "The public key: a JWK of P-256, for ES256."),
    {},
};
static const struct wire ask_wire = {"EmbedKeyNew", sizeof(struct embed_ask), ask_fields};

struct session_ask {
    const char *token;
};

static const struct wire_field session_ask_fields[] = {
    WIRE_TEXT(struct session_ask, token, HTTP_JWT_MAX, "What the partner signed, good once and for a minute at most."),
    {},
};
static const struct wire session_ask_wire = {"EmbedSessionNew", sizeof(struct session_ask), session_ask_fields};

struct session_view {
    const char *access_token, *token_type, *view;
    struct uuid customer_id;
    int64_t expires_in;
};

static const struct wire_field session_fields[] = {
    WIRE_TEXT(struct session_view, access_token, HTTP_JWT_MAX, "To be sent as a bearer."),
    WIRE_TEXT(struct session_view, token_type, 10, "Bearer."),
    WIRE_INT(struct session_view, expires_in, 0, ACCESS_TOKEN_S, "How many seconds it is good."),
    WIRE_TEXT(struct session_view, view, 40, "What it reads."),
    WIRE_ID(struct session_view, customer_id, "cus", "Whose."),
    {},
};
static const struct wire session_wire = {"EmbedSession", sizeof(struct session_view), session_fields};

static bool coordinate(const struct doc *jwk, const char *name, uint8_t out[32])
{
    size_t n;

    return base64url_decode(doc_text(doc_get(jwk, name)), out, 32, &n) && n == 32;
}

static enum err jwk_read(struct scope *sc, struct str text, uint8_t point[CRYPTO_POINT_BYTES])
{
    const struct doc *jwk, *alg;
    const char *pem;

    TRY(sc, doc_parse(sc, text, &jwk));
    if (doc_get(jwk, "d"))
        return api_invalid(sc, "/jwk", "private_key",
                           "is the private half: make a new pair, and keep that half secret");
    alg = doc_get(jwk, "alg");
    point[0] = 4;
    if (!str_is(doc_text(doc_get(jwk, "kty")), "EC") || !str_is(doc_text(doc_get(jwk, "crv")), "P-256") ||
        (alg && !str_is(doc_text(alg), "ES256")) || !coordinate(jwk, "x", point + 1) ||
        !coordinate(jwk, "y", point + 33) ||
        crypto_es256_pem(sc, (struct bytes){point, CRYPTO_POINT_BYTES}, &pem) != OK)
        return api_invalid(sc, "/jwk", "not_a_key", "must be a public JWK with kty EC and crv P-256");
    return OK;
}

/* scheme, host and port as browsers write them. */
static bool origin_is_good(const char *origin)
{
    const char *host = origin + 8;
    size_t n;

    if (strncmp(origin, "https://", 8) != 0)
        return false;
    n = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    if (n == 0 || n > 253 || *host == '.' || *host == '-')
        return false;
    if (host[n] == '\0')
        return true;
    return host[n] == ':' && host[n + 1] && strlen(host + n) <= 6 &&
           host[n + 1 + strspn(host + n + 1, "0123456789")] == '\0';
}

static enum err origins_check(struct scope *sc, const struct wire_texts *origins)
{
    if (origins->n == 0)
        return api_invalid(sc, "/origins", "too_short", "must have at least 1 item");
    for (size_t i = 0; i < origins->n; i++)
        if (!origin_is_good(origins->items[i]))
            return api_invalid(sc, arena_f(sc->arena, "/origins/%zu", i), "not_an_origin",
                               "must be an origin like https://portal.example, in lower case and without a path");
    return OK;
}

static void view_of(struct scope *sc, const struct access_embed_key *k, struct embed_view *v)
{
    const uint8_t *point = k->point.p;
    struct buf b;

    buf_init(&b, sc->arena, 400);
    buf_s(&b, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"x\":\"");
    buf_base64url(&b, point + 1, 32);
    buf_s(&b, "\",\"y\":\"");
    buf_base64url(&b, point + 33, 32);
    buf_s(&b, "\"}");
    *v = (struct embed_view){.id = k->id,
                             .name = k->name,
                             .origins = api_split(sc, k->origins, ' '),
                             .jwk = buf_str(&b),
                             .created_at = k->created_at};
}

static enum err embed_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct access_embed_key *rows;
    struct embed_view *views;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("embed-keys"), &after));
    TRY(sc, access_embed_list(sc, &after, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("embed-keys"), (struct bytes){rows[n - 1].id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct embed_view, n);
    for (size_t i = 0; i < n; i++)
        view_of(sc, &rows[i], &views[i]);
    return rs_page(sc, rq, rs, &embed_wire, views, n, cursor);
}

static void note(struct scope *sc, const char *action, const struct uuid *id)
{
    audit_note(sc, &(struct audit_act){.action = action, .object_kind = "emb", .object_id = *id});
}

static enum err embed_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    uint8_t point[CRYPTO_POINT_BYTES];
    struct access_embed_key made;
    struct embed_view view;
    struct embed_ask ask;
    struct uuid id;

    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    TRY(sc, origins_check(sc, &ask.origins));
    TRY(sc, jwk_read(sc, ask.jwk, point));
    TRY(sc, api_may_give(sc, access_views_may()));
    TRY(sc,
        access_embed_create(sc, ask.name, (struct bytes){point, sizeof(point)}, ask.origins.items, ask.origins.n, &id));
    note(sc, "embed_key.create", &id);
    TRY(sc, access_embed_get(sc, &id, &made));
    view_of(sc, &made, &view);
    return rs_json(sc, rs, 201, &embed_wire, &view);
}

static enum err embed_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "embed_key_id", "emb", &id));
    TRY(sc, access_embed_revoke(sc, &id));
    note(sc, "embed_key.revoke", &id);
    return rs_empty(sc, rs, 204);
}

/* What the partner vouches for. */
struct vouched {
    struct http_jwt token;
    struct str view;
    uint64_t may;
    struct uuid customer_id;
};

static enum err vouched_read(struct scope *sc, const struct rq *rq, const char *text, struct vouched *out)
{
    struct http_jwt_rule rule = {.now = time_now_us() / 1000000, .longest = VOUCH_S, .ahead = CLOCKS_APART_S};
    struct http_jwt *t = &out->token;
    struct str customer;
    const char *colon;

    rule.aud = api_issuer(sc, rq);
    TRY(sc, http_jwt_read(sc, str_of(text), "emb", t));
    TRY(sc, http_jwt_judge(sc, t, &rule));
    colon = t->sub.n ? memchr(t->sub.p, ':', t->sub.n) : NULL;
    out->view = (struct str){t->sub.p, colon ? (size_t)(colon - t->sub.p) : 0};
    out->may = access_view_may(out->view);
    customer = doc_text(doc_get(t->claims, "customer"));
    if (!out->may || t->sub.n - out->view.n < 2 || t->jti.n == 0 ||
        !typeid_parse("cus", customer.p ? customer.p : "", customer.n, &out->customer_id))
        return FAIL(sc, ERR_INVALID, "the token says not who sees what");
    return OK;
}

/* A browser says where it asks from: from our own page in the frame, or from one that may hold it. */
static bool origin_fits(struct scope *sc, const struct rq *rq, const char *origins)
{
    struct str said = rq_header(rq, "origin");
    struct wire_texts list = api_split(sc, origins, ' ');

    if (rq_header_count(rq, "origin") == 0 || str_is(said, api_issuer(sc, rq)))
        return true;
    for (size_t i = 0; i < list.n; i++)
        if (str_is(said, list.items[i]))
            return true;
    return false;
}

static enum err vouched_prove(struct scope *sc, const struct rq *rq, const struct vouched *v)
{
    const struct org_host *on = rq->host_data;
    const char *origins, *pem;
    struct bytes point;

    TRY(sc, access_embed_find(sc, &on->partner_id, &v->token.key_id, &point, &origins));
    TRY(sc, crypto_es256_pem(sc, point, &pem));
    TRY(sc, http_jwt_verify(sc, &v->token, pem));
    if (!origin_fits(sc, rq, origins))
        return FAIL(sc, ERR_UNAUTHENTICATED, "the page may not hold ours");
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = on->partner_id};
    sc->actor = ACTOR_EMBED;
    sc->actor_id = v->token.key_id;
    TRY(sc, api_spend(sc));
    return access_embed_use(sc, &v->token.key_id, v->token.jti, v->token.exp * 1000000, &v->customer_id);
}

static enum err vouched_judge(struct scope *sc, const struct rq *rq, const char *text, struct vouched *out)
{
    enum err e;

    if (!stranger_may_ask(rq->peer))
        return stranger_refuse(sc);
    e = vouched_read(sc, rq, text, out);
    if (e == OK)
        e = vouched_prove(sc, rq, out);
    if (e != ERR_INVALID && e != ERR_UNAUTHENTICATED)
        return e;
    stranger_was_wrong(rq->peer);
    return api_refuse(sc);
}

static enum err embed_session(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct session_view view = {.token_type = "Bearer", .expires_in = ACCESS_TOKEN_S};
    struct session_ask ask;
    struct vouched v = {0};
    struct caller c;

    TRY(sc, rq_body(sc, rq, &session_ask_wire, &ask));
    TRY(sc, vouched_judge(sc, rq, ask.token, &v));
    c = (struct caller){.partner_id = sc->tenant.partner_id,
                        .has_customer = true,
                        .customer_id = v.customer_id,
                        .kind = ACTOR_EMBED,
                        .actor_id = v.token.key_id,
                        .may = v.may};
    TRY(sc, api_token_make(sc, rq, &c, str_dup(sc->arena, v.token.sub), &view.access_token));
    view.view = str_dup(sc->arena, v.view);
    view.customer_id = v.customer_id;
    return rs_json(sc, rs, 201, &session_wire, &view);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_embed_routes[] = {
    {GET, "/v1/embed-keys", embed_list, .may = PERMISSION_SIGNIN_READ, .answers = &embed_wire, .query = list_query,
     .paged = true, .name = "embed-keys.list", .summary = "Lists keys with which embedded pages are vouched for."},
    {POST, "/v1/embed-keys", embed_create, .may = PERMISSION_SIGNIN_WRITE, .takes = &ask_wire, .answers = &embed_wire,
     .idempotent = true, .status = 201, .name = "embed-keys.create",
     .summary = "Registers a public key and the origins whose pages may hold ours."},
    {DELETE, "/v1/embed-keys/{embed_key_id}", embed_delete, .may = PERMISSION_SIGNIN_WRITE, .status = 204,
     .name = "embed-keys.delete", .summary = "Withdraws such a key, and the sessions it opened, within a second."},
    {POST, "/v1/embed/session", embed_session, .public_ = true, .secret = true, .takes = &session_ask_wire,
     .answers = &session_wire, .status = 201, .name = "embed.session",
     .summary = "Opens a session for an embedded page, by what the partner signed."},
    {},
};
