#include "json/doc_int.h"

/* Where the next octet goes is handed on from call to call, so that it stays in a register; NULL: the buffer is full.
 */
struct writer {
    struct buf *out;
    char *end; /* of the room there is */
    size_t depth;
};

static char *begin(struct writer *w, struct buf *out)
{
    w->out = out;
    w->end = out->p ? out->p + out->n : NULL;
    w->depth = 0;
    return w->end;
}

static void finish(struct writer *w, const char *to)
{
    if (to)
        w->out->n = (size_t)(to - w->out->p);
}

static char *more_room(struct writer *w, const char *to, size_t n)
{
    struct buf *b = w->out;
    size_t ahead;

    b->n = (size_t)(to - b->p);
    ahead = b->max - b->n < n + 200 ? n : n + 200;
    if (!buf_reserve(b, ahead))
        return NULL;
    w->end = b->p + (b->cap - 1 < b->max ? b->cap - 1 : b->max);
    return b->p + b->n;
}

/* Room for n octets, and where it is. */
static inline char *room(struct writer *w, char *to, size_t n)
{
    return LIKELY((size_t)(w->end - to) >= n) ? to : more_room(w, to, n);
}

static inline char *put(struct writer *w, char *to, const char *p, size_t n)
{
    to = room(w, to, n);
    return to ? doc_copy(to, p, n) : NULL;
}

static char *put_escape(struct writer *w, char *to, unsigned char c)
{
    static const char letters[0x60] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'};
    static const char hex[] = "0123456789abcdef";

    to = room(w, to, 6);
    if (!to)
        return NULL;
    if (c >= 0x80) /* what is not UTF-8 becomes U+FFFD, so that what we write can always be read */
        return doc_copy(to, "\xef\xbf\xbd", 3);
    *to++ = '\\';
    if (letters[c]) {
        *to++ = letters[c];
        return to;
    }
    to = doc_copy(to, "u00", 3);
    *to++ = hex[c >> 4];
    *to++ = hex[c & 15];
    return to;
}

static char *put_any_text(struct writer *w, char *to, const char *p, size_t n)
{
    const char *end = n ? p + n : p;

    to = put(w, to, "\"", 1);
    while (to && p < end) {
        const char *stop = doc_skip_good(p, end);

        to = put(w, to, p, (size_t)(stop - p));
        p = stop;
        if (to && p < end)
            to = put_escape(w, to, (unsigned char)*p++);
    }
    return to ? put(w, to, "\"", 1) : NULL;
}

static inline char *put_text(struct writer *w, char *to, const struct doc *d)
{
    if (!d->plain)
        return put_any_text(w, to, d->text, d->n);
    to = room(w, to, (size_t)d->n + 2);
    if (!to)
        return NULL;
    *to++ = '"';
    to = doc_copy(to, d->text, d->n);
    *to++ = '"';
    return to;
}

static char *put_computed(struct writer *w, char *to, const struct doc *d)
{
    char text[DOC_REAL_MAX];

    return put(w, to, text,
               d->kind == DOC_COMPUTED_INT ? doc_int_format(d->integer, text) : doc_real_format(d->real, text));
}

static inline char *put_scalar(struct writer *w, char *to, const struct doc *d)
{
    switch (d->kind) {
    case DOC_TEXT:
        return put_text(w, to, d);
    case DOC_INT:
    case DOC_NUMBER:
        return put(w, to, d->text, d->n);
    case DOC_COMPUTED_INT:
    case DOC_COMPUTED_REAL:
        return put_computed(w, to, d);
    case DOC_TRUE:
        return put(w, to, "true", 4);
    case DOC_FALSE:
        return put(w, to, "false", 5);
    default:
        return put(w, to, "null", 4);
    }
}

static char *put_container(struct writer *w, char *to, const struct doc *d);

static inline char *put_value(struct writer *w, char *to, const struct doc *d)
{
    return d->kind == DOC_OBJECT || d->kind == DOC_ARRAY ? put_container(w, to, d) : put_scalar(w, to, d);
}

static char *put_members(struct writer *w, char *to, const struct doc *d)
{
    const struct doc *member = d->children, *end = member + 2 * (size_t)d->n;

    for (; member < end; member += 2) {
        to = put_text(w, to, member);
        if (!to || !(to = room(w, to, 1)))
            return NULL;
        *to++ = ':';
        to = put_value(w, to, member + 1);
        if (!to || !(to = room(w, to, 1)))
            return NULL;
        *to++ = ','; /* the last of which becomes the brace */
    }
    to[-1] = '}';
    return to;
}

static char *put_items(struct writer *w, char *to, const struct doc *d)
{
    for (size_t i = 0; i < d->n; i++) {
        to = put_value(w, to, &d->children[i]);
        if (!to || !(to = room(w, to, 1)))
            return NULL;
        *to++ = ',';
    }
    to[-1] = ']';
    return to;
}

/* Calls itself once a level. */
static char *put_container(struct writer *w, char *to, const struct doc *d)
{
    bool is_object = d->kind == DOC_OBJECT;

    if (w->depth == DOC_DEPTH_MAX) {
        w->out->full = true;
        return NULL;
    }
    if (d->n == 0)
        return put(w, to, is_object ? "{}" : "[]", 2);
    to = put(w, to, is_object ? "{" : "[", 1);
    if (!to)
        return NULL;
    w->depth++;
    to = is_object ? put_members(w, to, d) : put_items(w, to, d);
    w->depth--;
    return to;
}

void doc_write(struct buf *out, const struct doc *d)
{
    static const struct doc nothing = {.kind = DOC_NULL};
    struct writer w;
    char *to = begin(&w, out);

    finish(&w, put_value(&w, to, d ? d : &nothing));
}

void json_put_text(struct buf *out, struct str s)
{
    struct writer w;
    char *to = begin(&w, out);

    finish(&w, put_any_text(&w, to, s.p, s.n));
}
