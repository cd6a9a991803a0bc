#include <string.h>

#include "access/callers.h"
#include "api/api_int.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "http/jwt.h"
#include "org/org.h"
#include "json/doc.h"

/* Access tokens of ours, for a client or an embedded page. What a token claims is believed only as far as it agrees
 * with what its holder is by now. */
#define CLOCKS_APART_S 5

const char *api_issuer(struct scope *sc, const struct rq *rq)
{
    return arena_f(sc->arena, "https://%.*s", (int)rq->host.n, rq->host.p);
}

static void put_member(struct buf *b, const char *name, const char *value)
{
    buf_f(b, ",\"%s\":", name);
    json_put_text(b, str_of(value));
}

static void put_id(struct buf *b, const char *name, const char *prefix, const struct uuid *id)
{
    char text[TYPEID_TEXT_MAX + 1];

    typeid_format(prefix, id, text);
    put_member(b, name, text);
}

const char *api_scope_text(struct scope *sc, uint64_t may)
{
    const char *const *names;
    struct buf b;
    size_t n;

    access_scope_names(sc, may, &names, &n);
    buf_init(&b, sc->arena, 4096);
    for (size_t i = 0; i < n; i++) {
        buf_s(&b, i ? " " : "");
        buf_s(&b, names[i]);
    }
    return buf_cstr(&b);
}

/* By spaces, as tokens and forms have them. */
uint64_t api_scope_read(struct scope *sc, struct str text)
{
    char *commas = arena_strndup(sc->arena, text.p ? text.p : "", text.n);

    for (char *c = commas; *c; c++)
        if (*c == ' ')
            *c = ',';
    return permission_set(commas);
}

static const char *holder_prefix(enum actor_kind kind)
{
    return kind == ACTOR_EMBED ? "emb" : "cli";
}

static void put_claims(struct scope *sc, struct buf *b, const struct rq *rq, const struct caller *c,
                       const char *subject)
{
    long long now = (long long)(time_now_us() / 1000000);
    struct uuid jti = uuid_new();

    buf_f(b, "{\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld", now, now, now + ACCESS_TOKEN_S);
    put_member(b, "iss", api_issuer(sc, rq));
    put_member(b, "aud", api_issuer(sc, rq));
    put_id(b, "jti", "tok", &jti);
    put_id(b, "client_id", holder_prefix(c->kind), &c->actor_id);
    if (subject)
        put_member(b, "sub", subject);
    else
        put_id(b, "sub", holder_prefix(c->kind), &c->actor_id);
    put_id(b, "partner", "prt", &c->partner_id);
    if (c->has_customer)
        put_id(b, "customer", "cus", &c->customer_id);
    if (c->has_brand)
        put_id(b, "brand", "brd", &c->brand_id);
    put_member(b, "scope", api_scope_text(sc, c->may));
    buf_c(b, '}');
}

enum err api_token_make(struct scope *sc, const struct rq *rq, const struct caller *c, const char *subject,
                        const char **out)
{
    CLEANUP(secret_wipe) struct secret *pem = NULL;
    struct uuid key_id;
    struct buf b;

    TRY(sc, access_token_key(sc, &key_id, &pem));
    buf_init(&b, sc->arena, HTTP_JWT_MAX);
    put_claims(sc, &b, rq, c, subject);
    return http_jwt_sign(sc, "tky", &key_id, buf_cstr(&b), pem, out);
}

static bool id_claim(const struct doc *claims, const char *name, const char *prefix, struct uuid *out)
{
    struct str text = doc_text(doc_get(claims, name));

    return typeid_parse(prefix, text.p ? text.p : "", text.n, out);
}

static bool binding_agrees(const struct doc *claims, const char *name, const char *prefix, bool has,
                           const struct uuid *want)
{
    struct uuid id;

    return has ? id_claim(claims, name, prefix, &id) && uuid_equal(&id, want) : !doc_get(claims, name);
}

/* A page's token is for one view of one customer, and a client's for what the client is bound to. */
static bool claims_agree(struct scope *sc, const struct http_jwt *t, struct caller *c)
{
    uint64_t said = api_scope_read(sc, doc_text(doc_get(t->claims, "scope")));
    struct str view = t->sub;

    if (c->kind == ACTOR_EMBED) {
        const char *colon = view.n ? memchr(view.p, ':', view.n) : NULL;

        view.n = colon ? (size_t)(colon - view.p) : 0;
        c->may = access_view_may(view);
        c->has_customer = id_claim(t->claims, "customer", "cus", &c->customer_id);
        if (!c->has_customer)
            return false;
    } else if (!binding_agrees(t->claims, "customer", "cus", c->has_customer, &c->customer_id) ||
               !binding_agrees(t->claims, "brand", "brd", c->has_brand, &c->brand_id)) {
        return false;
    }
    c->may &= said;
    return true;
}

/* A token is good on its own host alone, so what is remembered of it is, too. No host has a line feed in it. */
static void hash_of(struct scope *sc, const struct rq *rq, struct str token, uint8_t out[CRYPTO_HASH_BYTES])
{
    struct buf b;

    buf_init(&b, sc->arena, rq->host.n + token.n + 1);
    buf_add(&b, rq->host.p, rq->host.n);
    buf_c(&b, '\n');
    buf_add(&b, token.p, token.n);
    crypto_hash(b.p, b.n, out);
}

bool api_token_known(struct scope *sc, const struct rq *rq, struct str token, bool may_ask, struct caller *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    if (token.n > HTTP_JWT_MAX)
        return false;
    hash_of(sc, rq, token, hash);
    return access_token_known(hash, may_ask, out);
}

static enum err names_read(struct scope *sc, const struct rq *rq, const struct http_jwt *t, struct access_token *out)
{
    const struct org_host *on = rq->host_data;
    struct uuid partner;

    *out = (struct access_token){.partner_id = on->partner_id, .key_id = t->key_id};
    if (!id_claim(t->claims, "partner", "prt", &partner) || !uuid_equal(&partner, &on->partner_id) ||
        !id_claim(t->claims, "jti", "tok", &out->token_id))
        return FAIL(sc, ERR_INVALID, "the token is not of this host");
    if (!id_claim(t->claims, "client_id", "cli", &out->holder_id) &&
        !id_claim(t->claims, "client_id", "emb", &out->holder_id))
        return FAIL(sc, ERR_INVALID, "the token names no holder");
    return OK;
}

static enum err prove(struct scope *sc, const struct http_jwt *t, const struct access_token *names, struct caller *out)
{
    struct bytes point;
    const char *pem;

    TRY(sc, access_token_find(sc, names, &point, out));
    TRY(sc, crypto_es256_pem(sc, point, &pem));
    TRY(sc, http_jwt_verify(sc, t, pem));
    if (!claims_agree(sc, t, out))
        return FAIL(sc, ERR_INVALID, "the token is not what its holder is");
    return OK;
}

enum err api_token_read(struct scope *sc, const struct rq *rq, struct str token, struct api_token *out)
{
    struct http_jwt_rule rule = {.now = time_now_us() / 1000000, .longest = ACCESS_TOKEN_S, .ahead = CLOCKS_APART_S};
    struct access_token names;
    uint8_t hash[CRYPTO_HASH_BYTES];
    uint64_t asked = memory_now();
    struct http_jwt t;

    rule.iss = rule.aud = api_issuer(sc, rq);
    TRY(sc, http_jwt_read(sc, token, "tky", &t));
    TRY(sc, http_jwt_judge(sc, &t, &rule));
    TRY(sc, names_read(sc, rq, &t, &names));
    TRY(sc, prove(sc, &t, &names, &out->caller));
    out->token_id = names.token_id;
    out->ends_us = t.exp * 1000000;
    hash_of(sc, rq, token, hash);
    access_token_remember(hash, asked, &out->caller, out->ends_us);
    return OK;
}
