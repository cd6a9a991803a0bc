#include "json/doc_int.h"

static void put_escape(struct buf *out, unsigned char c)
{
    static const char letters[] = "\b\f\n\r\t\"\\";
    static const char written[] = "bfnrt\"\\";
    static const char hex[] = "0123456789abcdef";
    const char *found = c ? strchr(letters, c) : NULL;

    if (found) {
        char two[] = {'\\', written[found - letters]};

        buf_add(out, two, sizeof(two));
    } else {
        char six[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

        buf_add(out, six, sizeof(six));
    }
}

/* What is not UTF-8 becomes U+FFFD, so that what we write can always be read. */
void json_put_text(struct buf *out, struct str s)
{
    const char *p = s.p;
    const char *end = s.n ? s.p + s.n : s.p;

    buf_c(out, '"');
    while (p < end) {
        const char *stop = doc_skip_plain(p, end);
        size_t n;

        while (stop < end && (unsigned char)*stop >= 0x80 && (n = doc_utf8(stop, end)))
            stop = doc_skip_plain(stop + n, end);
        buf_add(out, p, (size_t)(stop - p));
        p = stop;
        if (p == end)
            break;
        if ((unsigned char)*p >= 0x80)
            buf_s(out, "\xef\xbf\xbd");
        else
            put_escape(out, (unsigned char)*p);
        p++;
    }
    buf_c(out, '"');
}

static void put_children(struct buf *out, const struct doc *d)
{
    bool is_object = d->kind == DOC_OBJECT;

    buf_c(out, is_object ? '{' : '[');
    for (size_t i = 0; i < d->n; i++) {
        if (i)
            buf_c(out, ',');
        if (is_object) {
            json_put_text(out, doc_key(d, i));
            buf_c(out, ':');
        }
        doc_write(out, doc_at(d, i));
    }
    buf_c(out, is_object ? '}' : ']');
}

static void put_number(struct buf *out, const struct doc *d)
{
    char text[DOC_REAL_MAX];

    if (d->kind == DOC_COMPUTED_INT)
        buf_i64(out, d->integer);
    else if (d->kind == DOC_COMPUTED_REAL)
        buf_add(out, text, doc_real_format(d->real, text));
    else
        buf_add(out, d->text, d->n);
}

/* Calls itself once a level, and a document has at most DOC_DEPTH_MAX of them. */
void doc_write(struct buf *out, const struct doc *d)
{
    switch (doc_kind(d)) {
    case DOC_NULL:
        buf_s(out, "null");
        break;
    case DOC_FALSE:
        buf_s(out, "false");
        break;
    case DOC_TRUE:
        buf_s(out, "true");
        break;
    case DOC_INT:
    case DOC_NUMBER:
        put_number(out, d);
        break;
    case DOC_TEXT:
        json_put_text(out, doc_text(d));
        break;
    case DOC_ARRAY:
    case DOC_OBJECT:
        put_children(out, d);
        break;
    }
}
