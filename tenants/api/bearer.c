#include <string.h>

#include "access/callers.h"
#include "api/api_int.h"

/* "Authorization: Bearer …": an API key or an access token. Whatever is wrong with one, the answer is the same. */
enum err api_refuse(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED,
                "sign in, or send an API key or an access token of this host as \"Authorization: Bearer …\"");
}

/* The same, when one was sent: of another partner's, of nobody's and of one that has ended alike. */
enum err api_refuse_wrong(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED, "what was sent is no API key or access token of this host, or has ended");
}

static enum err by_key(struct scope *sc, const struct rq *rq, struct str key, struct caller *out)
{
    if (!stranger_may_ask(rq->peer) && !access_key_is_known(sc, key))
        return stranger_refuse(sc);
    return access_key_find(sc, key, out);
}

static enum err by_token(struct scope *sc, const struct rq *rq, struct str token, struct caller *out)
{
    bool may_ask = stranger_may_ask(rq->peer);
    struct api_token read;

    if (api_token_known(sc, rq, token, may_ask, out))
        return OK;
    if (!may_ask)
        return stranger_refuse(sc);
    TRY(sc, api_token_read(sc, rq, token, &read));
    *out = read.caller;
    return OK;
}

/* Staff of the operator, let in for a time: each of its requests is on the partner's record. */
static enum err by_grant(struct scope *sc, const struct rq *rq, struct str key, struct caller *out)
{
    if (!stranger_may_ask(rq->peer) && !access_grant_is_known(key))
        return stranger_refuse(sc);
    return access_grant_find(sc, key, out);
}

static enum err by_any(struct scope *sc, const struct rq *rq, struct str said, struct caller *out)
{
    if (str_starts(said, "eyJ"))
        return by_token(sc, rq, said, out);
    return access_grant_is_key(said) ? by_grant(sc, rq, said, out) : by_key(sc, rq, said, out);
}

/* Only then is the credential at fault, and not something of ours. */
static bool is_wrong(enum err e)
{
    return e == ERR_UNAUTHENTICATED || e == ERR_INVALID;
}

enum err api_bearer(struct scope *sc, const struct rq *rq, struct caller *out)
{
    struct str said = rq_header(rq, "authorization");
    enum err e;

    if (rq_header_count(rq, "authorization") != 1 || said.n < 8 || !str_is_nocase((struct str){said.p, 7}, "bearer "))
        return api_refuse(sc);
    said = (struct str){said.p + 7, said.n - 7};
    e = by_any(sc, rq, said, out);
    if (!is_wrong(e))
        return e;
    stranger_was_wrong(rq->peer);
    return api_refuse_wrong(sc);
}
