#include <string.h>

#include "base/timefmt.h"
#include "db/db.h"
#include "oidc/oidc_int.h"

/* A journey to the provider and back. The browser keeps a secret in a cookie; the state that travels is good for once.
 * Nonce and verifier are made of both, so what the database holds of a journey lets nobody finish it. */
#define URL_MAX   8192
#define HEX_OF    ((size_t)2 * CRYPTO_HASH_BYTES)
#define TOKEN_LEN 52

const char *oidc_redirect_uri(struct scope *sc, const char *host)
{
    return people_link(sc, host, "/login/return", "");
}

static const char *derived(struct scope *sc, struct str cookie, const char *what, const char *state)
{
    const char *text = arena_f(sc->arena, "%s\n%s", what, state);
    uint8_t mac[CRYPTO_HASH_BYTES];
    struct buf b;

    crypto_hmac_sha256(cookie.p, cookie.n, text, strlen(text), mac);
    buf_init(&b, sc->arena, 64);
    buf_base64url(&b, mac, sizeof(mac));
    return buf_cstr(&b);
}

static const char *challenge_of(struct scope *sc, const char *verifier)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    crypto_hash(verifier, strlen(verifier), hash);
    buf_init(&b, sc->arena, 64);
    buf_base64url(&b, hash, sizeof(hash));
    return buf_cstr(&b);
}

/* Which browser, host and version of the provider a journey is of. */
static const char *journey_text(struct scope *sc, struct str cookie, const char *host, int64_t version)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    crypto_hash(cookie.p, cookie.n, hash);
    buf_init(&b, sc->arena, 600);
    buf_hex(&b, hash, sizeof(hash));
    buf_f(&b, " %s %lld", host, (long long)version);
    return buf_cstr(&b);
}

/* NULL: it is this browser's, on this host, to the provider as it is now. */
static const char *journey_fault(struct scope *sc, struct bytes was, const struct oidc_return *in, int64_t version)
{
    size_t host_n = HEX_OF + 1 + strlen(in->host) + 1;
    const char *text = arena_strndup(sc->arena, was.p, was.n), *want;

    if (in->cookie.n != TOKEN_LEN)
        return "the journey to the provider was begun in another browser, or its cookie is lost";
    want = journey_text(sc, in->cookie, in->host, version);
    if (was.n < HEX_OF || !crypto_equal(text, want, HEX_OF))
        return "the journey to the provider was begun in another browser";
    if (strncmp(text, want, host_n) != 0)
        return "the journey to the provider was begun on another host";
    return strcmp(text, want) == 0 ? NULL : "the provider was changed during the journey";
}

/* ---- there ---- */

static void put(struct buf *b, const char *name, const char *value)
{
    buf_f(b, "%s=", name);
    buf_percent(b, str_of(value));
}

static enum err url_make(struct scope *sc, const char *endpoint, const char *client_id, const char *const what[4],
                         const char **out)
{
    static const char *const names[4] = {"&redirect_uri", "&state", "&nonce", "&code_challenge"};
    struct buf b;

    buf_init(&b, sc->arena, URL_MAX);
    buf_f(&b, "%s%s", endpoint, strchr(endpoint, '?') ? "&" : "?");
    put(&b, "response_type", "code");
    put(&b, "&client_id", client_id);
    put(&b, "&scope", "openid email");
    for (size_t i = 0; i < 4; i++)
        put(&b, names[i], what[i]);
    put(&b, "&code_challenge_method", "S256");
    if (b.full)
        return FAIL(sc, ERR_UPSTREAM_NO, "the provider's address is too long");
    *out = buf_cstr(&b);
    return OK;
}

static enum err leave(struct scope *sc, const struct q_oidc_provider_get_row *row, const struct oidc_about *about,
                      const char *host, struct oidc_begun *out)
{
    struct one_time_what what = {0};
    char state[PEOPLE_TOKEN_MAX];
    struct str cookie;
    const char *text;

    people_token(out->cookie);
    cookie = str_of(out->cookie);
    text = journey_text(sc, cookie, host, row->row_version);
    what.data = (struct bytes){text, strlen(text)};
    TRY(sc, one_time_make(sc, ONE_TIME_OIDC, &what, OIDC_JOURNEY_S, state));
    return url_make(sc, about->authorization_endpoint, row->client_id,
                    (const char *const[4]){oidc_redirect_uri(sc, host), state, derived(sc, cookie, "nonce", state),
                                           challenge_of(sc, derived(sc, cookie, "verifier", state))},
                    &out->url);
}

/* What was found wrong is for the record; it stays when the scope's fault is forgotten. */
static const char *why_of(struct scope *sc)
{
    const struct fault *f = scope_fault(sc);
    const char *why = f->message ? f->message : "something went wrong";

    return arena_cut(sc->arena, f->detail ? arena_f(sc->arena, "%s (%s)", why, f->detail) : why, 400);
}

enum err oidc_begin(struct scope *sc, struct net *net, const char *host, struct oidc_begun *out)
{
    const struct q_oidc_provider_get_row *row;
    struct oidc_about about;
    const char *why;
    enum err e;

    TRY(sc, q_oidc_provider_get(sc, &row));
    if (!row || !row->enabled)
        return FAIL(sc, ERR_NOT_FOUND, "there is no identity provider to sign in at");
    TRY(sc, db_commit(sc)); /* the provider is not waited for with a connection in hand */
    e = oidc_about_find(sc, net, row->issuer, &about);
    if (e == OK)
        return leave(sc, row, &about, host, out);
    why = why_of(sc);
    scope_clear(sc);
    TRY(sc, sign_in_refused(sc, NULL, why));
    e = FAIL(sc, ERR_UNAVAILABLE, "the identity provider cannot be used just now; try again or sign in another way");
    scope_detail(sc, "%s", why);
    return e;
}

/* ---- and back ---- */

static enum err refuse(struct scope *sc, const char *why)
{
    enum err e;

    scope_clear(sc);
    e = FAIL(sc, ERR_UNAUTHENTICATED, "signing in this way did not work; try again or sign in another way");
    scope_detail(sc, "%s", why);
    return e;
}

/* On record, unless the transaction for that fails. */
static enum err refuse_noted(struct scope *sc, const char *why)
{
    scope_clear(sc);
    TRY(sc, sign_in_refused(sc, NULL, why));
    return refuse(sc, why);
}

/* Error codes are words; what else stands there is not repeated. */
static const char *error_word(struct scope *sc, const char *error)
{
    size_t n = strspn(error, "abcdefghijklmnopqrstuvwxyz_");

    return n && n <= 60 && !error[n] ? arena_f(sc->arena, "the provider said %s", error)
                                     : "the provider said that it failed";
}

static enum err answer_check(struct scope *sc, const struct oidc_return *in, const char *issuer,
                             const struct oidc_about *about)
{
    if (in->iss ? strcmp(in->iss, issuer) != 0 : about->says_iss)
        return FAIL(sc, ERR_UPSTREAM_NO, "the answer is of another issuer, or does not say of which");
    if (in->error)
        return FAIL(sc, ERR_UPSTREAM_NO, "%s", error_word(sc, in->error));
    return in->code ? OK : FAIL(sc, ERR_UPSTREAM_NO, "the answer has no code");
}

static enum err code_spend(struct scope *sc, struct net *net, const struct q_oidc_provider_get_row *row,
                           const struct oidc_about *about, const struct oidc_return *in, struct str *out_token)
{
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    struct oidc_exchange x = {.code = in->code,
                              .redirect_uri = oidc_redirect_uri(sc, in->host),
                              .verifier = derived(sc, in->cookie, "verifier", in->state),
                              .client_id = row->client_id};

    TRY(sc, oidc_secret(sc, row, &secret));
    x.client_secret = secret;
    return oidc_exchange(sc, net, about, &x, out_token);
}

/* A key that nobody knows yet may be new. */
static enum err token_judge(struct scope *sc, struct net *net, const char *jwks_uri, struct str token,
                            const struct oidc_rule *rule, const char **out_email)
{
    struct str keys;
    enum err e;

    TRY(sc, oidc_keys_find(sc, net, rule->issuer, jwks_uri, false, &keys));
    e = oidc_token_judge(sc, token, keys, rule, out_email);
    if (e != ERR_NOT_FOUND)
        return e;
    scope_clear(sc);
    TRY(sc, oidc_keys_find(sc, net, rule->issuer, jwks_uri, true, &keys));
    return oidc_token_judge(sc, token, keys, rule, out_email);
}

/* Whom the provider vouches for. Touches no row. */
static enum err vouched(struct scope *sc, struct net *net, const struct q_oidc_provider_get_row *row,
                        const struct oidc_return *in, const char **out_email)
{
    struct oidc_rule rule = {
        .issuer = row->issuer, .client_id = row->client_id, .nonce = derived(sc, in->cookie, "nonce", in->state)};
    struct oidc_about about;
    struct str token;

    TRY(sc, oidc_about_find(sc, net, row->issuer, &about));
    TRY(sc, answer_check(sc, in, row->issuer, &about));
    TRY(sc, code_spend(sc, net, row, &about, in, &token));
    rule.now = time_now_us() / 1000000;
    TRY(sc, token_judge(sc, net, about.jwks_uri, token, &rule, out_email));
    if (!oidc_domain_fits(*out_email, row->domains))
        return FAIL(sc, ERR_UPSTREAM_NO, "the provider vouches for an address of a domain that is not its own");
    return OK;
}

/* The state is used up by whoever brings it, right or wrong. */
static enum err journey_end(struct scope *sc, const struct oidc_return *in,
                            const struct q_oidc_provider_get_row **out_row, const char **out_fault)
{
    struct one_time_what what;
    enum err e = one_time_use(sc, ONE_TIME_OIDC, in->state, &what);

    if (e == ERR_NOT_FOUND) {
        *out_fault = "the journey to the provider is unknown, was ended before, or took too long";
        return OK;
    }
    TRY(sc, e);
    TRY(sc, q_oidc_provider_get(sc, out_row));
    *out_fault = *out_row && (*out_row)->enabled ? journey_fault(sc, what.data, in, (*out_row)->row_version)
                                                 : "the provider was taken away during the journey";
    return OK;
}

/* The provider may have been taken away, and its sessions ended, while it took its time to answer. */
static enum err still_there(struct scope *sc, int64_t version, bool *out)
{
    const struct q_oidc_provider_get_row *row;

    TRY(sc, q_oidc_provider_get(sc, &row));
    *out = row && row->enabled && row->row_version == version;
    return OK;
}

enum err oidc_finish(struct scope *sc, struct net *net, const struct oidc_return *in, const char *agent,
                     struct sign_in *out)
{
    const struct q_oidc_provider_get_row *row;
    struct q_oidc_withheld_row more;
    const char *fault, *email;
    bool there;
    enum err e;

    TRY(sc, journey_end(sc, in, &row, &fault));
    if (fault)
        return refuse_noted(sc, fault);
    TRY(sc, db_commit(sc));
    if (vouched(sc, net, row, in, &email) != OK)
        return refuse_noted(sc, why_of(sc));
    TRY(sc, still_there(sc, row->row_version, &there));
    if (!there)
        return refuse_noted(sc, "the provider was taken away during the journey");
    TRY(sc, q_oidc_withheld(sc, &(struct q_oidc_withheld_in){.email_norm = email}, &more));
    if (more.withheld)
        return refuse_noted(sc, "the provider vouches for somebody who may more than whoever set it up");
    e = sign_in_vouched(sc, email, "oidc", agent, out);
    if (e == ERR_UNAUTHENTICATED)
        return refuse(sc, "nobody here was vouched for");
    return e;
}
