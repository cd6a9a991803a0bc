#include <string.h>

#include "connect/connect_int.h"

/* Documents at addresses that a vendor names in its answer, as presigned ones: whoever has such an address has the
 * document, so it goes there without our credentials. Whether it may be called is settled where all calls are: the
 * address that its name resolves to is judged, and a redirect is not followed. */

static bool is_loopback(const char *host)
{
    static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t n = strlen(names[i]);

        if (strncmp(host, names[i], n) == 0 && (host[n] == ':' || host[n] == '/'))
            return true;
    }
    return false;
}

/* Within TLS, but for a stand-in on this machine, which is reached only where private addresses may be called. */
static enum err address_check(struct scope *sc, const struct link *l, const char *url)
{
    if (strncmp(url, "https://", 8) == 0 || (strncmp(url, "http://", 7) == 0 && is_loopback(url + 7)))
        return OK;
    return FAIL(sc, ERR_HOLD, "\"%s\" named a document at an address that is none of https", l->connection.name);
}

static enum err fetched(struct scope *sc, struct link *l, const struct http_call *call, struct http_reply *out)
{
    TRY(sc, address_check(sc, l, call->url));
    TRY(sc, link_fetch_elsewhere(sc, l, call, out));
    if (out->status >= 200 && out->status <= 299)
        return OK;
    return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "where \"%s\" said that the document is, the answer was %d",
                l->connection.name, out->status);
}

/* RFC 1952 section 2.3.1. What was sent with a content-encoding besides is unpacked already. */
static bool is_gzip(struct str text)
{
    return text.n >= 2 && (unsigned char)text.p[0] == 0x1f && (unsigned char)text.p[1] == 0x8b;
}

enum err link_document_fetch(struct scope *sc, struct link *l, const struct ask *ask, const struct http_reply *reply,
                             struct told *told)
{
    struct http_call call = {.method = "GET", .url = told->elsewhere};
    struct http_reply document;
    struct str text;

    TRY(sc, fetched(sc, l, &call, &document));
    text = document.body;
    if (told->packed && is_gzip(text) && net_gunzip(sc, document.body, LINK_DOCUMENT_MAX, &text) != OK) {
        const char *words = arena_strdup(sc->arena, scope_fault(sc)->message);

        scope_clear(sc);
        return FAIL(sc, ERR_HOLD, "the document of %s cannot be read: %s", ask->operation, words);
    }
    return l->connector->named->document_read(sc, &l->site, ask, reply, text, told);
}

enum err link_upload(struct scope *sc, struct link *l, const struct ask *ask, const struct doc *place)
{
    struct http_call call = {0};
    struct http_reply answer;

    TRY(sc, l->connector->named->upload_build(sc, &l->site, ask, place, &call));
    return fetched(sc, l, &call, &answer);
}
