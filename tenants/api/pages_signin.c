#include "api/api_int.h"

/* The pages of coming in and of one's own account. They hold no data of anybody: what they show beyond the brand they
 * ask of the API, so one answer serves everybody on the host. */
static enum err page_login(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return api_page(sc, rs, rq, "login.html");
}

static enum err page_return(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return api_page(sc, rs, rq, "return.html");
}

static enum err page_invite(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return api_page(sc, rs, rq, "invite.html");
}

static enum err page_reset(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return api_page(sc, rs, rq, "reset.html");
}

static enum err page_account(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return api_page(sc, rs, rq, "account.html");
}

static enum err page_home(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return api_page(sc, rs, rq, "home.html");
}

/* Where a link that needs a session leads back to; read by the page alone. */
static const char *const login_query[] = {"next", NULL};

/* An identity provider may add what it likes to its answer (RFC 6749 section 4.1.2); read by the page alone. */
static const char *const return_query[] = {"*", NULL};

const struct route api_signin_page_routes[] = {
    {GET, "/login", page_login, .public_ = true, .raw = true, .query = login_query, .name = "pages.login",
     .summary = "The page to sign in."},
    {GET, "/login/return", page_return, .public_ = true, .raw = true, .query = return_query, .name = "pages.return",
     .summary = "The page that the partner's identity provider leads back to."},
    {GET, "/invite", page_invite, .public_ = true, .raw = true, .name = "pages.invite",
     .summary = "The page that an invitation leads to."},
    {GET, "/reset", page_reset, .public_ = true, .raw = true, .name = "pages.reset",
     .summary = "The page to choose a new password."},
    {GET, "/account", page_account, .public_ = true, .raw = true, .name = "pages.account",
     .summary = "The page of one's own account."},
    {GET, "/home", page_home, .public_ = true, .raw = true, .name = "pages.home",
     .summary = "The first page after signing in."},
    {},
};
