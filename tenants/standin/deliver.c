#include "standin/standin_int.h"

#include "base/timefmt.h"

/* What waits to be sent, as the vendor would send it now: the octets of each body and the headers that go with it,
 * signed with the secret that the vendor was given or gave. Nothing is sent from here: whoever tries a receiver, or has
 * a vendor's own program check the signature, takes it from the control interface.
 */

#define TEXT_MAX ((size_t)64 << 20)

struct letter {
    struct scope *sc;
    struct doc headers; /* an object of texts, or absent */
};

/* Of the document's headers: the signature may be over them. */
static struct str header_of(void *arg, const char *name, size_t *count)
{
    struct letter *l = arg;
    const char *value = standin_key_of(l->sc, doc_get(&l->headers, name));

    *count = value ? 1 : 0;
    return str_of(value);
}

static void header_put(struct buf *b, const char *name, const char *value)
{
    buf_c(b, ',');
    json_put_text(b, str_of(name));
    buf_c(b, ':');
    json_put_text(b, str_of(value));
}

static enum err headers_of(struct scope *sc, const struct standin *s, const struct standin_sent *e, struct doc *out)
{
    struct standin_bound b = {0};
    const struct doc *body;
    char *now = arena_alloc(sc->arena, TIME_TEXT_MAX);
    int64_t us = standin_now_us(s);

    *out = expr_absent();
    if (!s->sends_headers)
        return OK;
    TRY(sc, doc_parse(sc, str_of(arena_strdup(sc->arena, e->body)), &body));
    time_format(us - us % 1000000, now);
    standin_bind(&b, "now", doc_make_text(str_of(now)));
    standin_bind(&b, "now_s", doc_make_int(us / 1000000));
    standin_bind(&b, "topic", doc_make_text(str_of(e->topic)));
    standin_bind(&b, "event", *body);
    return standin_eval(sc, s, &b, s->sends_headers, body, out);
}

static enum err letter_put(struct scope *sc, const struct standin *s, const struct standin_sent *e, struct str url,
                           const struct secret *secret, struct buf *b)
{
    struct letter l = {.sc = sc};
    struct sign_delivery d = {
        .method = STR("POST"), .url = url, .body = str_of(e->body), .header = header_of, .arg = &l};
    struct sign_sender by = {.secret = secret, .now_us = standin_now_us(s)};
    struct sign_made made;

    TRY(sc, headers_of(sc, s, e, &l.headers));
    TRY(sc, sign_check_make(sc, s->sends, &d, &by, &made));
    buf_s(b, "{\"topic\":");
    json_put_text(b, str_of(e->topic));
    buf_s(b, ",\"headers\":{\"content-type\":\"application/json\"");
    for (size_t i = 0; doc_kind(&l.headers) == DOC_OBJECT && i < doc_count(&l.headers); i++) {
        const char *value = standin_key_of(sc, doc_at(&l.headers, i));

        if (value)
            header_put(b, str_dup(sc->arena, doc_key(&l.headers, i)), value);
    }
    for (size_t i = 0; i < made.n; i++)
        header_put(b, made.headers[i].name, made.headers[i].value);
    buf_s(b, "},\"body\":");
    json_put_text(b, made.body);
    buf_c(b, '}');
    return OK;
}

enum err standin_deliveries(struct scope *sc, struct standin *s, const struct doc *how, struct standin_reply *out)
{
    struct str text = doc_text(doc_get(how, "secret")), url = doc_text(doc_get(how, "url"));
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    struct buf b;

    if (!s->sends)
        return FAIL(sc, ERR_NOT_FOUND, "this stand-in sends nothing: its document has no \"sends\"");
    if (text.n == 0)
        return FAIL(sc, ERR_INVALID, "\"secret\" is what deliveries are signed with");
    secret = secret_copy(text.p, text.n);
    buf_init(&b, sc->arena, TEXT_MAX);
    buf_c(&b, '[');
    for (size_t i = 0; i < s->event_count; i++) {
        buf_s(&b, i ? "," : "");
        TRY(sc, letter_put(sc, s, &s->events[i], url, secret, &b));
    }
    buf_c(&b, ']');
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "there is too much of it");
    out->status = 200;
    out->type = "application/json";
    out->body = buf_str(&b);
    return OK;
}
