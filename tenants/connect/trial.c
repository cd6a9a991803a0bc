#include "connect/connect_int.h"
#include "json/doc_value.h"

/* A connection as somebody is about to make it: opened with what stands in the request, and forgotten with it. */

/* By the names that a manifest has for them, or the one that has none, as text. */
static enum err secrets_of(struct scope *sc, const struct connector *c, const struct connection_new *in,
                           const struct doc **out)
{
    struct str secret = {in->secret.p, in->secret.n}, token = {in->api_token.p, in->api_token.n};
    struct doc *bare = ARENA_NEW(sc->arena, struct doc);

    if (c->secrets_check) {
        struct str copy = {str_dup(sc->arena, in->secrets), in->secrets.n};

        link_wipe_later(sc, copy);
        return doc_parse(sc, copy, out);
    }
    if (c->source && !token.p)
        return FAIL(sc, ERR_HOLD, "it was given no API token to be asked with");
    if (c->manifest)
        return doc_parse(sc, link_secret_named(sc, c->source ? "access_token" : "password", c->source ? token : secret),
                         out);
    *bare = doc_make_text(c->source ? token : secret);
    *out = bare;
    return OK;
}

enum err link_open_new(struct scope *sc, const struct connector *c, const struct connection_new *in,
                       const struct doc **out_secrets, struct link **out)
{
    const struct doc *settings;

    if (c->files)
        return FAIL(sc, ERR_HOLD, "a place for files is looked at once the connection is there");
    if (!link_can_ask(c))
        return FAIL(sc, ERR_HOLD, "such a system is asked nothing; it sends by itself");
    TRY(sc, settings_parse(sc, str_dup(sc->arena, in->settings), &settings));
    TRY(sc, secrets_of(sc, c, in, out_secrets));
    return link_open_bare(sc, c, settings, *out_secrets, out);
}

void link_forget(struct link *l)
{
    MUST_BE(l->bare);
    peer_session_set(l->peer, NULL);
}
