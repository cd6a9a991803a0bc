#include "manifest/manifest_int.h"

#include "sign/sign.h"

/* Requests that are signed one by one (OAuth 1.0a, RFC 5849), and the assertion by which a client says who it is when
 * it asks for a token (RFC 7523).
 */
#define ASSERTION_S 300 /* how long one is good */
#define AT          "/auth/assertion"

void manifest_read_oauth1(struct reading *r, const struct doc *d)
{
    static const char *const members[] = {"consumer_key", "consumer_secret", "token", "token_secret"};

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        manifest_filled_text(r, d, "/auth", members[i], i < 2);
    manifest_filled_text(r, d, "/auth", "realm", false);
}

void manifest_read_assertion(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"algorithm", "key", "key_id", "issuer", "subject", "scope", "comment", NULL};
    static const char *const algorithms[] = {"ES256", "RS256", NULL};

    if (!d || !manifest_object(r, d, AT, names))
        return;
    manifest_choice(r, d, AT, "algorithm", algorithms, 0);
    manifest_filled_text(r, d, AT, "key", true);
    manifest_filled_text(r, d, AT, "key_id", true);
    manifest_filled_text(r, d, AT, "issuer", true);
    manifest_filled_text(r, d, AT, "subject", false); /* the issuer otherwise */
}

/* ---- OAuth 1.0a ---- */

static struct str part(const struct doc *session, const char *name)
{
    return doc_text(doc_get(session, name));
}

static enum err signed_by(struct scope *sc, const struct sign_oauth1 *o, const struct sign_request *r,
                          struct http_call *call)
{
    return sign_oauth1_header(sc, o, r, &call->authorization);
}

enum err manifest_sign(struct scope *sc, const struct erp_site *site, struct http_call *call)
{
    CLEANUP(secret_wipe) struct secret *consumer = NULL;
    CLEANUP(secret_wipe) struct secret *token = NULL;
    struct sign_request r = {.method = str_of(call->method), .url = str_of(call->url), .body = call->body};
    struct sign_oauth1 o = {.nonce = str_of(site->nonce), .now_us = site->now_us};
    const struct doc *session;
    struct str secret;

    if (manifest_at(site)->auth != AUTH_OAUTH1)
        return OK;
    TRY(sc, doc_parse(sc, str_of(site->session), &session));
    secret = part(session, "consumer_secret");
    consumer = secret_copy(secret.p, secret.n);
    o.consumer_key = part(session, "consumer_key");
    o.consumer_secret = consumer;
    o.token = part(session, "token");
    o.realm = part(session, "realm");
    secret = part(session, "token_secret");
    if (secret.n) {
        token = secret_copy(secret.p, secret.n);
        o.token_secret = token;
    }
    call->authorization_header = NULL;
    return signed_by(sc, &o, &r, call);
}

/* ---- assertions ---- */

enum err manifest_assertion(struct scope *sc, const struct erp_site *site, const struct doc *secrets, const char *url,
                            const char **out)
{
    const struct manifest *m = manifest_at(site);
    const struct doc *d = doc_get(m->auth_doc, "assertion"), *scope = doc_get(d, "scope");
    const char *key = manifest_filled(sc, site, secrets, doc_cstr(sc->arena, doc_get(d, "key")));
    const char *id = manifest_filled(sc, site, secrets, doc_cstr(sc->arena, doc_get(d, "key_id")));
    const char *issuer = manifest_filled(sc, site, secrets, doc_cstr(sc->arena, doc_get(d, "issuer")));
    const char *subject = manifest_filled(sc, site, secrets, doc_cstr(sc->arena, doc_get(d, "subject")));
    CLEANUP(secret_wipe) struct secret *pem = NULL;

    if (!key || !id || !issuer)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "a secret is missing that calls to \"%s\" are authenticated with", m->title);
    pem = secret_copy(key, strlen(key));
    return sign_assertion(sc,
                          &(struct sign_assertion){
                              .algorithm = str_is(doc_text(doc_get(d, "algorithm")), "RS256") ? SIGN_RS256 : SIGN_ES256,
                              .pem = pem,
                              .key_id = str_of(id),
                              .issuer = str_of(issuer),
                              .subject = subject ? str_of(subject) : str_of(issuer),
                              .audience = str_of(url),
                              .scope = scope,
                              .issued_us = site->now_us,
                              .expires_us = site->now_us + INT64_C(1000000) * ASSERTION_S},
                          out);
}
