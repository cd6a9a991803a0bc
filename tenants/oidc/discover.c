#include <string.h>

#include "oidc/oidc_int.h"
#include "sys/loop.h"
#include "json/doc.h"

#define ANSWER_MAX   ((size_t)128 << 10)
#define ENDPOINT_MAX 2000
#define TOTAL_MS     5000
#define CONNECT_MS   3000
#define WELL_KNOWN   "/.well-known/openid-configuration"

enum err oidc_ask(struct scope *sc, struct net *net, const struct net_call *call, struct str *out)
{
    struct net_call limited = *call;
    struct net_answer answer;

    limited.total_ms = TOTAL_MS;
    limited.connect_ms = CONNECT_MS;
    limited.answer_max = ANSWER_MAX;
    TRY(sc, net_fetch(sc, net, &limited, &answer));
    if (answer.status != 200) /* redirects are not followed */
        return FAIL(sc, ERR_UPSTREAM_NO, "the provider answered with the status %d", answer.status);
    *out = answer.body;
    return OK;
}

static enum err get(struct scope *sc, struct net *net, const char *url, struct str *out)
{
    const struct net_header accept = {"accept", "application/json"};

    return oidc_ask(sc, net, &(struct net_call){.method = "GET", .url = url, .headers = &accept, .header_count = 1},
                    out);
}

static enum err astray(struct scope *sc, const char *why)
{
    scope_clear(sc);
    return FAIL(sc, ERR_UPSTREAM_NO, "%s", why);
}

static const char *endpoint(struct scope *sc, const struct doc *d, const char *name)
{
    const char *url = doc_cstr(sc->arena, doc_get(d, name));

    return url && strlen(url) <= ENDPOINT_MAX && !strchr(url, '#') && oidc_url_fits(sc, url) ? url : NULL;
}

static bool lists(const struct doc *d, const char *member, const char *word)
{
    const struct doc *list = doc_get(d, member);

    for (size_t i = 0; doc_kind(list) == DOC_ARRAY && i < doc_count(list); i++)
        if (str_is(doc_text(doc_at(list, i)), word))
            return true;
    return false;
}

/* What is not said is client_secret_basic (section 3 of OpenID Connect Discovery). */
static enum err secret_way(struct scope *sc, const struct doc *d, struct oidc_about *out)
{
    static const char member[] = "token_endpoint_auth_methods_supported";

    if (doc_get(d, member) && !lists(d, member, "client_secret_basic")) {
        if (!lists(d, member, "client_secret_post"))
            return astray(sc, "the provider takes no client's secret in a way that is known here");
        out->by_post = true;
    }
    return OK;
}

enum err oidc_about_read(struct scope *sc, const char *issuer, struct str text, struct oidc_about *out)
{
    struct oidc_about about = {0};
    const struct doc *d;

    if (doc_parse(sc, text, &d) != OK || doc_kind(d) != DOC_OBJECT)
        return astray(sc, "the provider's description is unreadable");
    if (doc_kind(doc_get(d, "issuer")) != DOC_TEXT || !str_is(doc_text(doc_get(d, "issuer")), issuer))
        return astray(sc, "the provider's description is of another issuer");
    about.authorization_endpoint = endpoint(sc, d, "authorization_endpoint");
    about.token_endpoint = endpoint(sc, d, "token_endpoint");
    about.jwks_uri = endpoint(sc, d, "jwks_uri");
    if (!about.authorization_endpoint || !about.token_endpoint || !about.jwks_uri)
        return astray(sc, "the provider's description lacks an address, or has one that may not be called");
    TRY(sc, secret_way(sc, d, &about));
    if (doc_get(d, "authorization_response_iss_parameter_supported"))
        (void)doc_bool(doc_get(d, "authorization_response_iss_parameter_supported"), &about.says_iss);
    *out = about;
    return OK;
}

/* The path goes behind the issuer's own, whose last slash is left out (section 4.1). */
static const char *well_known(struct scope *sc, const char *issuer)
{
    size_t n = strlen(issuer);

    return arena_f(sc->arena, "%.*s" WELL_KNOWN, (int)(n && issuer[n - 1] == '/' ? n - 1 : n), issuer);
}

enum err oidc_about_find(struct scope *sc, struct net *net, const char *issuer, struct oidc_about *out)
{
    struct oidc_about about;
    struct str text;

    if (oidc_known_about(sc, issuer, loop_now_us(), out))
        return OK;
    if (!oidc_url_fits(sc, issuer)) /* it was when it was set up */
        return FAIL(sc, ERR_UPSTREAM_NO, "the provider's address may not be called");
    TRY(sc, get(sc, net, well_known(sc, issuer), &text));
    TRY(sc, oidc_about_read(sc, issuer, text, &about));
    oidc_known_about_put(issuer, loop_now_us(), &about);
    *out = about;
    return OK;
}

enum err oidc_keys_find(struct scope *sc, struct net *net, const char *issuer, const char *jwks_uri, bool fresh,
                        struct str *out)
{
    if (!fresh && oidc_known_keys(sc, issuer, loop_now_us(), out))
        return OK;
    if (fresh && !oidc_known_keys_again(issuer, loop_now_us()))
        return FAIL(sc, ERR_UPSTREAM_NO, "the ID token's key is unknown, and the provider's were asked for just now");
    TRY(sc, get(sc, net, jwks_uri, out));
    oidc_known_keys_put(issuer, loop_now_us(), *out);
    return OK;
}
