#include "sign/sign_int.h"

/* Documents as form bodies. Spaces are %20, which every reader of forms takes for one. */

static enum err value_put(struct scope *sc, const struct doc *d, struct buf *out)
{
    bool yes;

    switch (doc_kind(d)) {
    case DOC_TEXT:
        buf_percent(out, doc_text(d));
        return OK;
    case DOC_INT:
    case DOC_NUMBER:
        doc_write(out, d);
        return OK;
    case DOC_NULL:
        return OK;
    default:
        if (!doc_bool(d, &yes))
            return FAIL(sc, ERR_INVALID, "a form has texts, numbers and truth values alone");
        buf_s(out, yes ? "true" : "false");
        return OK;
    }
}

static enum err pair_put(struct scope *sc, struct str name, const struct doc *d, struct buf *out)
{
    buf_s(out, out->n ? "&" : "");
    buf_add(out, name.p, name.n);
    buf_c(out, '=');
    return value_put(sc, d, out);
}

static enum err finish(struct scope *sc, const struct buf *b, struct str *out)
{
    if (b->full)
        return FAIL(sc, ERR_TOO_LARGE, "the form is too large");
    *out = buf_str(b);
    return OK;
}

static struct str encoded(struct scope *sc, struct str s)
{
    struct buf b;

    buf_init(&b, sc->arena, 3 * s.n + 1);
    buf_percent(&b, s);
    return buf_str(&b);
}

enum err sign_form(struct scope *sc, const struct doc *d, struct str *out)
{
    struct buf b;

    if (doc_kind(d) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "a form is made of an object");
    buf_init(&b, sc->arena, SIGN_FORM_MAX);
    for (size_t i = 0; i < doc_count(d); i++) {
        struct str name = encoded(sc, doc_key(d, i));
        const struct doc *v = doc_at(d, i);

        if (doc_kind(v) != DOC_ARRAY) {
            TRY(sc, pair_put(sc, name, v, &b));
            continue;
        }
        for (size_t k = 0; k < doc_count(v); k++)
            TRY(sc, pair_put(sc, name, doc_at(v, k), &b));
    }
    return finish(sc, &b, out);
}

/* The brackets themselves are not escaped: those who read this form take them either way, and people read it. */
static enum err brackets(struct scope *sc, struct str name, const struct doc *d, int depth, struct buf *out)
{
    bool list = doc_kind(d) == DOC_ARRAY;

    if (!list && doc_kind(d) != DOC_OBJECT)
        return pair_put(sc, name, d, out);
    if (depth == DOC_DEPTH_MAX || out->full)
        return FAIL(sc, ERR_TOO_LARGE, "the form is too deep or too large");
    for (size_t i = 0; i < doc_count(d); i++) {
        struct str key = list ? str_of(arena_f(sc->arena, "%zu", i)) : encoded(sc, doc_key(d, i));
        const char *below = arena_f(sc->arena, name.n ? "%.*s[%.*s]" : "%.*s%.*s", (int)name.n, name.p ? name.p : "",
                                    (int)key.n, key.p);

        TRY(sc, brackets(sc, str_of(below), doc_at(d, i), depth + 1, out));
    }
    return OK;
}

enum err sign_form_brackets(struct scope *sc, const struct doc *d, struct str *out)
{
    struct buf b;

    if (doc_kind(d) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "a form is made of an object");
    buf_init(&b, sc->arena, SIGN_FORM_MAX);
    TRY(sc, brackets(sc, STR(""), d, 0, &b));
    return finish(sc, &b, out);
}
