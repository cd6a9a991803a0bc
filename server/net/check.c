#include "net/net_int.h"

#include <string.h>
#include <strings.h>

#include "base/must.h"

/* The message is the same for all faults of an address: what lies behind it is nobody's to learn. */
static enum err forbidden(struct scope *sc, CURLU *url, const char *why)
{
    enum err e = FAIL(sc, ERR_INVALID, "this address may not be called");

    scope_problem(sc, "endpoint-forbidden", 422);
    scope_detail(sc, "%s", why);
    curl_url_cleanup(url);
    return e;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has;
}

/* RFC 6761: such names mean this machine, whether or not the resolver here knows them. */
static bool is_local_name(CURLU *url)
{
    char *host = NULL;
    size_t n;
    bool local;

    if (curl_url_get(url, CURLUPART_HOST, &host, CURLU_URLDECODE) != CURLUE_OK)
        return false;
    n = strlen(host);
    if (n && host[n - 1] == '.')
        host[--n] = '\0';
    local = n >= 9 && strcasecmp(host + n - 9, "localhost") == 0 && (n == 9 || host[n - 10] == '.');
    curl_free(host);
    return local;
}

/* The scheme must be written out, and nobody's name and password may travel in a URL. */
enum err net_url_parse(struct scope *sc, const struct net *n, const char *text, CURLU **out)
{
    CURLU *url = curl_url();
    char *scheme = NULL;
    CURLUcode code;
    bool ours;

    if (!url)
        out_of_memory();
    code = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    if (code != CURLUE_OK)
        return forbidden(sc, url, curl_url_strerror(code));
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return forbidden(sc, url, "no scheme");
    ours = strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
    curl_free(scheme);
    if (!ours)
        return forbidden(sc, url, "neither http nor https");
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        return forbidden(sc, url, "user information in the address");
    if (!n->conf.allow_private && is_local_name(url))
        return forbidden(sc, url, "a name of this machine");
    *out = url;
    return OK;
}

const char *net_url_host_key(struct scope *sc, CURLU *url)
{
    char *scheme = NULL;
    char *host = NULL;
    char *port = NULL;
    const char *key;

    MUST_BE(curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK);
    MUST_BE(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    MUST_BE(curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK);
    for (char *c = host; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    key = arena_f(sc->arena, "%s://%s:%s", scheme, host, port);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return key;
}

static bool is_token(const char *s)
{
    if (!*s)
        return false;
    for (; *s; s++)
        if (!strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", *s))
            return false;
    return true;
}

static bool is_field_value(const char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
            return false;
    return true;
}

/* These say where a message ends or how the connection is used, which is ours to say. */
static bool is_framing(const char *name)
{
    static const char *const names[] = {
        "content-length", "transfer-encoding", "connection",       "host",          "expect", "upgrade", "te",
        "trailer",        "keep-alive",        "proxy-connection", "http2-settings"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

enum err net_call_check(struct scope *sc, const struct net_call *call)
{
    if (!call->method || strlen(call->method) > 16 || !is_token(call->method))
        return FAIL(sc, ERR_INVALID, "the method of the call is not one of HTTP");
    if (strcmp(call->method, "CONNECT") == 0 || (strcmp(call->method, "HEAD") == 0 && call->body.n))
        return FAIL(sc, ERR_INVALID, "the method of the call is not fit for this");
    for (size_t i = 0; i < call->header_count; i++) {
        const struct net_header *h = &call->headers[i];

        if (!is_token(h->name) || !is_field_value(h->value))
            return FAIL(sc, ERR_INVALID, "a header field of the call has characters that are not allowed");
        if (is_framing(h->name))
            return FAIL(sc, ERR_INVALID, "the header field %s cannot be set", h->name);
    }
    return OK;
}
