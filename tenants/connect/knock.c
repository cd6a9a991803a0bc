#include <string.h>

#include "connect/connect_int.h"

/* Whether anybody answers where a connection's calls go, whatever is said: without credentials, and without a turn at
 * the account. */
enum err link_knock(struct scope *sc, struct link *l, struct http_reply *out)
{
    struct http_call call = {.method = "GET", .url = l->site.url};

    l->doing = "knock";
    TRY(sc, link_fetch(sc, l, false, true, &call, out));
    calls_said(sc, l, OK); /* that it is answered is all that was asked */
    return OK;
}

enum err link_hook_path(struct scope *sc, struct link *l, const char **out)
{
    CLEANUP(secret_wipe) struct secret *token = NULL;
    struct buf b;

    TRY(sc, credential_open(sc, &l->connection.connection_id, "hook_token", &token));
    buf_init(&b, sc->arena, HOOK_TOKEN_MAX + 16);
    buf_s(&b, "/hooks/");
    buf_add(&b, secret_bytes(token), secret_size(token));
    *out = buf_cstr(&b);
    link_wipe_later(sc, buf_str(&b));
    return OK;
}
