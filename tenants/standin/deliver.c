#include "standin/standin_int.h"

#include <stdlib.h>

#include "base/timefmt.h"

/* What waits to be sent, as the vendor would send it now: the octets of each body and the headers that go with it,
 * signed with the secret that the vendor was given or gave. Nothing is sent from here: whoever tries a receiver, or has
 * a vendor's own program check the signature, takes it from the control interface; sandboxes take one by one.
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

/* The document's headers, and those of the signature. */
static void headers_add(struct scope *sc, const struct doc *told, const struct sign_made *made,
                        struct standin_letter *out)
{
    size_t n = doc_kind(told) == DOC_OBJECT ? doc_count(told) : 0;
    struct http_pair *v = ARENA_ARRAY(sc->arena, struct http_pair, 1 + n + made->n);

    v[out->header_count++] = (struct http_pair){STR("content-type"), STR("application/json")};
    for (size_t i = 0; i < n; i++) {
        const char *value = standin_key_of(sc, doc_at(told, i));

        if (value)
            v[out->header_count++] = (struct http_pair){str_of(str_dup(sc->arena, doc_key(told, i))), str_of(value)};
    }
    for (size_t i = 0; i < made->n; i++)
        v[out->header_count++] = (struct http_pair){str_of(made->headers[i].name), str_of(made->headers[i].value)};
    out->headers = v;
}

static enum err written(struct scope *sc, const struct standin *s, const struct standin_sent *e, struct str body,
                        const struct standin_address *to, struct standin_letter *out)
{
    struct letter l = {.sc = sc};
    struct sign_delivery d = {.method = STR("POST"), .url = to->url, .body = body, .header = header_of, .arg = &l};
    struct sign_sender by = {.secret = to->secret, .now_us = standin_now_us(s)};
    struct sign_made made;

    TRY(sc, headers_of(sc, s, e, &l.headers));
    TRY(sc, sign_check_make(sc, s->sends, &d, &by, &made));
    *out = (struct standin_letter){.topic = arena_strdup(sc->arena, e->topic), .body = made.body};
    headers_add(sc, &l.headers, &made, out);
    return OK;
}

static enum err letter_put(struct scope *sc, const struct standin *s, const struct standin_sent *e,
                           const struct standin_address *to, struct buf *b)
{
    struct standin_letter letter;

    TRY(sc, written(sc, s, e, str_of(e->body), to, &letter));
    buf_s(b, "{\"topic\":");
    json_put_text(b, str_of(letter.topic));
    buf_s(b, ",\"headers\":{");
    for (size_t i = 0; i < letter.header_count; i++) {
        buf_s(b, i ? "," : "");
        json_put_text(b, letter.headers[i].name);
        buf_c(b, ':');
        json_put_text(b, letter.headers[i].value);
    }
    buf_s(b, "},\"body\":");
    json_put_text(b, letter.body);
    buf_c(b, '}');
    return OK;
}

/* ---- one by one ---- */

bool standin_sends(const struct standin *s)
{
    return s->sends != NULL;
}

size_t standin_waiting(const struct standin *s)
{
    return s->event_count;
}

size_t standin_letters(struct standin *s, uint64_t *out, size_t most)
{
    size_t n = s->event_count < most ? s->event_count : most;
    bool round = n > 1 && standin_dial_sent(s, "reorder");

    for (size_t i = 0; i < n; i++)
        out[i] = s->events[round ? n - 1 - i : i].no;
    return n;
}

static struct standin_sent *waiting(struct standin *s, uint64_t no)
{
    for (size_t i = 0; i < s->event_count; i++)
        if (s->events[i].no == no)
            return &s->events[i];
    return NULL;
}

enum err standin_letter(struct scope *sc, struct standin *s, uint64_t no, const struct standin_address *to,
                        struct standin_letter *out)
{
    const struct standin_sent *e = waiting(s, no);
    struct str body;

    if (!e || !s->sends)
        return FAIL(sc, ERR_NOT_FOUND, "it waits no more");
    body = str_of(arena_strdup(sc->arena, e->body));
    if (standin_dial_sent(s, "drift"))
        body = standin_drifted(sc, body);
    TRY(sc, written(sc, s, e, body, to, out));
    out->twice = standin_dial_sent(s, "duplicate");
    return OK;
}

void standin_sent(struct standin *s, uint64_t no)
{
    struct standin_sent *e = waiting(s, no);

    if (!e)
        return;
    free(e->topic);
    free(e->body);
    memmove(e, e + 1, (size_t)(&s->events[s->event_count] - (e + 1)) * sizeof(*e));
    s->event_count--;
    s->turns++;
}

enum err standin_deliveries(struct scope *sc, struct standin *s, const struct doc *how, struct standin_reply *out)
{
    struct str text = doc_text(doc_get(how, "secret")), url = doc_text(doc_get(how, "url"));
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    struct standin_address to;
    struct buf b;

    if (!s->sends)
        return FAIL(sc, ERR_NOT_FOUND, "this stand-in sends nothing: its document has no \"sends\"");
    if (text.n == 0)
        return FAIL(sc, ERR_INVALID, "\"secret\" is what deliveries are signed with");
    secret = secret_copy(text.p, text.n);
    to = (struct standin_address){url, secret};
    buf_init(&b, sc->arena, TEXT_MAX);
    buf_c(&b, '[');
    for (size_t i = 0; i < s->event_count; i++) {
        buf_s(&b, i ? "," : "");
        TRY(sc, letter_put(sc, s, &s->events[i], &to, &b));
    }
    buf_c(&b, ']');
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "there is too much of it");
    out->status = 200;
    out->type = "application/json";
    out->body = buf_str(&b);
    return OK;
}
