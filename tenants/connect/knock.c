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
