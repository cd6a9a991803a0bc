#include <string.h>

#include "connect/connect_int.h"

/* Sources that are asked: what changed there, and one thing. */

enum err link_token(struct scope *sc, struct link *l)
{
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    enum err e = credential_open(sc, &l->connection.connection_id, "api_token", &secret);
    char *text;

    if (e == ERR_NOT_FOUND) {
        scope_clear(sc);
        return FAIL(sc, ERR_HOLD, "\"%s\" has no API token to be asked with", l->connection.name);
    }
    TRY(sc, e);
    text = arena_strndup(sc->arena, (const char *)secret_bytes(secret), secret_size(secret));
    peer_session_set(l->peer, text);
    explicit_bzero(text, strlen(text));
    return OK;
}

/* A token that is refused is read once more: somebody may have given another meanwhile. */
static enum err exchange(struct scope *sc, struct link *l, const struct http_call *call, struct http_reply *out)
{
    const struct source_pull *pull = l->connector->source->pull;

    /* What people have said counts for all of its calls. */
    pace_of(&l->pace, &(struct connector_cost){.bucket = l->pace.by_people ? NULL : pull->bucket, .rate = pull->rate});
    TRY(sc, link_fetch(sc, l, false, l->entered, call, out));
    if (out->status == 401)
        peer_session_ended(l->peer, l->site.session);
    return OK;
}

static enum err ready(struct scope *sc, struct link *l)
{
    if (!l->connector->source || !l->connector->source->pull)
        return FAIL(sc, ERR_HOLD, "\"%s\" cannot be asked what changed", l->connection.name);
    TRY(sc, link_log_in(sc, l));
    l->site.session = arena_strdup(sc->arena, peer_session(l->peer));
    return OK;
}

enum err link_question(struct scope *sc, struct link *l, const struct ask *ask, bool whole, struct told *out)
{
    enum err e = whole ? link_ask(sc, l, ask, out) : link_ask_page(sc, l, ask, out);

    if (e != ERR_UPSTREAM_AUTH)
        return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
    scope_clear(sc);
    return whole ? link_ask(sc, l, ask, out) : link_ask_page(sc, l, ask, out);
}

/* A page, and not what follows on it: whoever sweeps takes one at a time. */
static enum err changes_asked(struct scope *sc, struct link *l, const struct source_window *w, struct source_page *out)
{
    struct told told;
    struct ask ask;

    TRY(sc, l->connector->source->pull->changes_ask(sc, &l->site, w, &ask));
    TRY(sc, link_question(sc, l, &ask, false, &told));
    return l->connector->source->pull->changes_told(sc, &l->site, w, &told, out);
}

static enum err one_asked(struct scope *sc, struct link *l, const char *object, const char *key,
                          struct source_thing *out)
{
    struct told told;
    struct ask ask;

    TRY(sc, l->connector->source->pull->one_ask(sc, &l->site, object, key, &ask));
    TRY(sc, link_question(sc, l, &ask, true, &told));
    return l->connector->source->pull->one_told(sc, &l->site, object, &told, out);
}

enum err link_changes(struct scope *sc, struct link *l, const struct source_window *w, struct source_page *out)
{
    struct http_call call = {0};
    struct http_reply reply;

    TRY(sc, ready(sc, l));
    if (l->connector->source->pull->changes_ask)
        return changes_asked(sc, l, w, out);
    l->doing = "changes";
    TRY(sc, l->connector->source->pull->changes(sc, &l->site, w, &call));
    TRY(sc, exchange(sc, l, &call, &reply));
    return l->connector->source->pull->changes_read(sc, &reply, out);
}

enum err link_one(struct scope *sc, struct link *l, const char *object, const char *key, struct source_thing *out)
{
    struct http_call call = {0};
    struct http_reply reply;

    TRY(sc, ready(sc, l));
    if (l->connector->source->pull->one_ask)
        return one_asked(sc, l, object, key, out);
    l->doing = "one";
    TRY(sc, l->connector->source->pull->one(sc, &l->site, key, &call));
    TRY(sc, exchange(sc, l, &call, &reply));
    return l->connector->source->pull->one_read(sc, &reply, out);
}
