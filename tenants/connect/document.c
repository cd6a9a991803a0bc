#include <stdatomic.h>
#include <string.h>

#include "connect/connect_int.h"
#include "sys/fiber.h"
#include "sys/loop.h"

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

/* ---- how many at once ---- */

#define DOCUMENT_WAIT_US INT64_C(5000000)
#define DOCUMENT_LOOK_US 20000
#define DOCUMENT_AGAIN_S 5
#define DOCUMENT_SMALL   ((size_t)1 << 20) /* octets of one that need not be counted as long as its work lasts */

size_t link_document_max = LINK_DOCUMENT_MAX;

static _Atomic unsigned documents;

unsigned link_documents(void)
{
    return documents;
}

static bool document_take(void)
{
    unsigned n = documents;

    while (n < LINK_DOCUMENTS_MAX)
        if (atomic_compare_exchange_weak(&documents, &n, n + 1))
            return true;
    return false;
}

static void document_leave(void *arg)
{
    struct link *l = arg;

    if (l->document)
        documents--;
    l->document = false;
}

/* Those of other threads tell nobody that they have ended: who waits looks again. */
enum err link_document_enter(struct scope *sc, struct link *l)
{
    int64_t due_us = loop_now_us() + DOCUMENT_WAIT_US;
    enum err e;

    if (sc->deadline_us && sc->deadline_us < due_us)
        due_us = sc->deadline_us;
    if (l->document)
        return OK;
    while (!document_take()) {
        if (loop_now_us() + DOCUMENT_LOOK_US < due_us) {
            fiber_sleep_us(DOCUMENT_LOOK_US);
            continue;
        }
        e = FAIL(sc, ERR_LIMIT, "as many documents are read at once as this server takes; this one follows");
        scope_retry_after(sc, DOCUMENT_AGAIN_S);
        return e;
    }
    l->document = true;
    arena_defer(l->arena, document_leave, l);
    return OK;
}

/* RFC 1952 section 2.3.1. What was sent with a content-encoding besides is unpacked already. */
static bool is_gzip(struct str text)
{
    return text.n >= 2 && (unsigned char)text.p[0] == 0x1f && (unsigned char)text.p[1] == 0x8b;
}

/* The text in the place of what packed it. */
static enum err unpack(struct scope *sc, const struct ask *ask, struct http_reply *document)
{
    struct str text;

    if (!is_gzip(document->body))
        return OK;
    if (net_gunzip(sc, document->body, link_document_max, &text) != OK) {
        const char *words = arena_strdup(sc->arena, scope_fault(sc)->message);

        scope_clear(sc);
        return FAIL(sc, ERR_HOLD, "the document of %s cannot be read: %s", ask->operation, words);
    }
    document->body = text;
    return OK;
}

enum err link_document_fetch(struct scope *sc, struct link *l, const struct ask *ask, const struct http_reply *reply,
                             struct told *told)
{
    struct http_call call = {.method = "GET", .url = told->elsewhere};
    struct http_reply document;
    enum err e;

    TRY(sc, link_document_enter(sc, l));
    TRY(sc, fetched(sc, l, &call, &document));
    if (told->packed)
        TRY(sc, unpack(sc, ask, &document));
    e = l->connector->named->document_read(sc, &l->site, ask, reply, &document, told);
    if (document.body.n <= DOCUMENT_SMALL)
        document_leave(l);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

enum err link_upload(struct scope *sc, struct link *l, const struct ask *ask, const struct doc *place)
{
    struct http_call call = {0};
    struct http_reply answer;

    TRY(sc, l->connector->named->upload_build(sc, &l->site, ask, place, &call));
    TRY(sc, fetched(sc, l, &call, &answer));
    if (call.body.n <= DOCUMENT_SMALL)
        document_leave(l);
    return OK;
}
