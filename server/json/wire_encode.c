#include "base/timefmt.h"
#include "json/doc.h"
#include "json/wire.h"

static void put_quoted(struct buf *out, const char *plain)
{
    buf_c(out, '"');
    buf_s(out, plain);
    buf_c(out, '"');
}

static void put_id(struct buf *out, const struct wire_field *f, const struct uuid *id)
{
    char text[TYPEID_TEXT_MAX + 1];

    if (f->optional && uuid_is_nil(id)) {
        buf_s(out, "null");
        return;
    }
    typeid_format(f->prefix, id, text);
    put_quoted(out, text);
}

static void put_string(struct buf *out, const char *s)
{
    if (s)
        json_put_text(out, str_of(s));
    else
        buf_s(out, "null");
}

static void put_time(struct buf *out, int64_t us)
{
    char text[TIME_TEXT_MAX];

    if (us == INT64_MIN) {
        buf_s(out, "null");
        return;
    }
    time_format(us, text);
    put_quoted(out, text);
}

static void put_money(struct buf *out, const struct money *m)
{
    char amount[DECIMAL_TEXT_MAX];

    if (!m->currency[0]) {
        buf_s(out, "null");
        return;
    }
    money_format(*m, amount);
    buf_s(out, "{\"amount\":");
    put_quoted(out, amount);
    buf_s(out, ",\"currency\":");
    put_quoted(out, m->currency);
    buf_c(out, '}');
}

static void put_list(struct buf *out, const struct wire *of, const struct wire_list *list)
{
    buf_c(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i)
            buf_c(out, ',');
        wire_encode(out, of, (const char *)list->items + i * of->size);
    }
    buf_c(out, ']');
}

static void put_texts(struct buf *out, const struct wire_texts *list)
{
    buf_c(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i)
            buf_c(out, ',');
        put_string(out, list->items[i]);
    }
    buf_c(out, ']');
}

static void put_raw(struct buf *out, const struct str *text)
{
    if (text->n)
        buf_add(out, text->p, text->n);
    else
        buf_s(out, "null");
}

static void put_object(struct buf *out, const struct wire *of, const void *value)
{
    if (value)
        wire_encode(out, of, value);
    else
        buf_s(out, "null");
}

static void put_value(struct buf *out, const struct wire_field *f, const void *at)
{
    switch (f->kind) {
    case WIRE_KIND_ID:
        put_id(out, f, at);
        break;
    case WIRE_KIND_TEXT:
    case WIRE_KIND_DECIMAL:
    case WIRE_KIND_ENUM:
        put_string(out, *(const char *const *)at);
        break;
    case WIRE_KIND_INT:
        buf_i64(out, *(const int64_t *)at);
        break;
    case WIRE_KIND_BOOL:
        buf_s(out, *(const bool *)at ? "true" : "false");
        break;
    case WIRE_KIND_TIME:
        put_time(out, *(const int64_t *)at);
        break;
    case WIRE_KIND_MONEY:
        put_money(out, at);
        break;
    case WIRE_KIND_OBJECT:
        put_object(out, f->of, *(const void *const *)at);
        break;
    case WIRE_KIND_LIST:
        put_list(out, f->of, at);
        break;
    case WIRE_KIND_TEXTS:
        put_texts(out, at);
        break;
    case WIRE_KIND_RAW:
        put_raw(out, at);
        break;
    }
}

/* Calls itself as deep as the descriptors go, which are ours. */
void wire_encode_fields(struct buf *out, const struct wire *w, const void *value, uint64_t fields)
{
    const char *between = "{";
    uint64_t left = fields;

    for (const struct wire_field *f = w->fields; f->name; f++, left >>= 1) {
        if (!(left & 1) && fields != WIRE_ALL)
            continue;
        buf_s(out, between);
        put_quoted(out, f->name);
        buf_c(out, ':');
        put_value(out, f, (const char *)value + f->offset);
        between = ",";
    }
    if (*between == '{')
        buf_c(out, '{');
}

void wire_encode(struct buf *out, const struct wire *w, const void *value)
{
    wire_encode_fields(out, w, value, WIRE_ALL);
    buf_c(out, '}');
}
