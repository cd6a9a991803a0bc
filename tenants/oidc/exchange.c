#include <string.h>

#include "oidc/oidc_int.h"
#include "json/doc.h"

#define FORM_MAX 8192

static void put(struct buf *form, const char *name, struct str value)
{
    buf_f(form, "%s%s=", form->n ? "&" : "", name);
    buf_percent(form, value);
}

static void wipe(void *p)
{
    struct buf *b = p;

    explicit_bzero(b->p, b->n);
}

/* Its octets are wiped when the scope ends: it was made large enough never to move. */
static struct buf *secret_buf(struct scope *sc, size_t max)
{
    struct buf *b = ARENA_NEW(sc->arena, struct buf);

    buf_init(b, sc->arena, max);
    (void)buf_reserve(b, max);
    arena_defer(sc->arena, wipe, b);
    return b;
}

static struct str secret_str(const struct secret *s)
{
    return (struct str){(const char *)secret_bytes(s), secret_size(s)};
}

/* RFC 6749 section 2.3.1: both are encoded as in a form before they are joined. */
static const char *basic(struct scope *sc, const struct oidc_exchange *x)
{
    struct buf *pair = secret_buf(sc, FORM_MAX), *head = secret_buf(sc, FORM_MAX * 2);

    buf_percent(pair, str_of(x->client_id));
    buf_c(pair, ':');
    buf_percent(pair, secret_str(x->client_secret));
    buf_s(head, "Basic ");
    buf_base64(head, pair->p, pair->n);
    return buf_cstr(head);
}

static struct str form_of(struct scope *sc, const struct oidc_about *about, const struct oidc_exchange *x)
{
    struct buf *form = secret_buf(sc, FORM_MAX * 2);

    put(form, "grant_type", STR("authorization_code"));
    put(form, "code", str_of(x->code));
    put(form, "redirect_uri", str_of(x->redirect_uri));
    put(form, "code_verifier", str_of(x->verifier));
    if (about->by_post) {
        put(form, "client_id", str_of(x->client_id));
        put(form, "client_secret", secret_str(x->client_secret));
    }
    return buf_str(form);
}

enum err oidc_exchange(struct scope *sc, struct net *net, const struct oidc_about *about, const struct oidc_exchange *x,
                       struct str *out_token)
{
    struct net_header headers[3] = {{"content-type", "application/x-www-form-urlencoded"},
                                    {"accept", "application/json"}};
    struct net_call call = {.method = "POST", .url = about->token_endpoint, .headers = headers, .header_count = 2};
    const struct doc *d;
    struct str text;

    call.body = form_of(sc, about, x);
    if (!about->by_post)
        headers[call.header_count++] = (struct net_header){"authorization", basic(sc, x)};
    TRY(sc, oidc_ask(sc, net, &call, &text));
    if (doc_parse(sc, text, &d) != OK || doc_kind(doc_get(d, "id_token")) != DOC_TEXT) {
        scope_clear(sc);
        return FAIL(sc, ERR_UPSTREAM_NO, "the answer to the code has no ID token");
    }
    *out_token = doc_text(doc_get(d, "id_token"));
    return OK;
}
