#include <string.h>

#include "base/must.h"
#include "connect/connect_int.h"

/* Operations by their names. */

#define SHOWN_MAX 1100000

enum err link_operation(struct scope *sc, const struct link *l, const char *name, struct operation *out)
{
    const struct connector_named *named = l->connector->named;

    if (named && named->operation(&l->site, name, out))
        return OK;
    return FAIL(sc, ERR_HOLD, "\"%s\" has no operation \"%s\"", l->connection.name, name);
}

enum err connection_operation(struct scope *sc, const struct connection *c, const char *name, bool *out_there,
                              struct operation *out)
{
    const struct connector *connector = connector_find(c->connector);
    struct erp_site site = {0};

    TRY(sc, doc_parse(sc, str_of(c->settings), &site.settings));
    *out_there = connector && connector->named && connector->named->operation(&site, name, out);
    return OK;
}

/* The secret as the header has it, and not longer in memory than it must. */
enum err link_authorize(struct scope *sc, struct link *l)
{
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    const char *header = NULL;

    TRY(sc, credential_open(sc, &l->connection.connection_id, "password", &secret));
    TRY(sc, l->connector->named->authorize(
                sc, &l->site, (struct str){(const char *)secret_bytes(secret), secret_size(secret)}, &header));
    peer_session_set(l->peer, header ? header : "");
    if (header)
        explicit_bzero((char *)(uintptr_t)header, strlen(header));
    return OK;
}

static enum err exchange(struct scope *sc, struct link *l, const struct ask *ask, bool changes, struct told *out)
{
    const struct connector_named *named = l->connector->named;
    struct http_call call = {0};
    struct http_reply reply;

    l->site.session = arena_strdup(sc->arena, peer_session(l->peer));
    TRY(sc, named->build(sc, &l->site, ask, &call));
    l->answered = false;
    TRY(sc, link_fetch(sc, l, changes, l->entered, &call, &reply));
    l->answered = true;
    return named->read(sc, &l->site, ask, &reply, out);
}

enum err link_ask(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    struct operation op;
    bool changes;
    enum err e;

    TRY(sc, link_operation(sc, l, ask->operation, &op));
    changes = op.changes && !ask->probe;
    MUST_BE(l->due_us || !changes);
    if (!l->due_us)
        TRY(sc, link_log_in(sc, l));
    else if (!peer_session(l->peer))
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the session at \"%s\" has ended", l->connection.name);
    e = exchange(sc, l, ask, changes, out);
    if (e == ERR_UPSTREAM_AUTH)
        peer_session_ended(l->peer, l->site.session);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

bool link_answered(const struct link *l)
{
    return l->answered;
}

/* Nobody's words: a request is told by what it is, and not by who sends it. */
static enum err built(struct scope *sc, struct link *l, const struct ask *ask, struct http_call *out)
{
    struct operation op;

    TRY(sc, link_operation(sc, l, ask->operation, &op));
    l->site.session = NULL;
    return l->connector->named->build(sc, &l->site, ask, out);
}

enum err link_ask_hash(struct scope *sc, struct link *l, const struct ask *ask, uint8_t out[CRYPTO_HASH_BYTES])
{
    struct http_call call;

    TRY(sc, built(sc, l, ask, &call));
    crypto_hash(call.body.p, call.body.n, out);
    return OK;
}

enum err link_ask_shown(struct scope *sc, struct link *l, const struct ask *ask, const char **out)
{
    struct http_call call;
    struct buf b;

    TRY(sc, built(sc, l, ask, &call));
    buf_init(&b, sc->arena, SHOWN_MAX);
    buf_f(&b, "%s %s\n", call.method, call.url);
    if (call.key)
        buf_f(&b, "%s: %s\n", call.key_header, call.key);
    buf_s(&b, "\n");
    buf_add(&b, call.body.p, call.body.n);
    if (b.full)
        return FAIL(sc, ERR_HOLD, "the request of %s is too large to be shown", ask->operation);
    *out = buf_cstr(&b);
    return OK;
}
