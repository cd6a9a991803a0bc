#include "base/must.h"
#include "json/doc.h"
#include "json/wire.h"

#define NEST_MAX      16
#define DECIMAL_SHAPE "^-?[0-9]+(\\\\.[0-9]+)?$"

static void put_type(struct buf *out, const char *type, bool optional)
{
    buf_f(out, optional ? "\"type\":[\"%s\",\"null\"]" : "\"type\":\"%s\"", type);
}

static void put_object(struct buf *out, const struct wire *w, bool optional, unsigned nest);

static void put_enum(struct buf *out, const struct wire_field *f)
{
    put_type(out, "string", f->optional);
    buf_s(out, ",\"enum\":[");
    for (const char *const *name = f->names; *name; name++) {
        buf_s(out, name == f->names ? "" : ",");
        json_put_text(out, str_of(*name));
    }
    buf_s(out, f->optional ? ",null]" : "]");
}

/* Our limits count octets and the schema's characters, of which one takes up to four octets. */
static void put_text(struct buf *out, const struct wire_field *f)
{
    put_type(out, "string", f->optional);
    buf_f(out, ",\"minLength\":%lld,\"maxLength\":%lld", (long long)(f->min + 3) / 4, (long long)f->max);
}

static void put_money(struct buf *out, bool optional)
{
    put_type(out, "object", optional);
    buf_s(out, ",\"properties\":{\"amount\":{\"type\":\"string\",\"pattern\":\"" DECIMAL_SHAPE
               "\"},\"currency\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"}},"
               "\"required\":[\"amount\",\"currency\"],\"additionalProperties\":false");
}

static void put_list(struct buf *out, const struct wire_field *f, unsigned nest)
{
    put_type(out, "array", f->optional);
    buf_f(out, ",\"minItems\":%lld,\"maxItems\":%lld,\"items\":{", (long long)f->min, (long long)f->max);
    put_object(out, f->of, false, nest + 1);
    buf_c(out, '}');
}

static void put_kind(struct buf *out, const struct wire_field *f, unsigned nest)
{
    switch (f->kind) {
    case WIRE_KIND_ID:
        put_type(out, "string", f->optional);
        buf_f(out, ",\"pattern\":\"^%s%s[0-7][0-9a-hjkmnp-tv-z]{25}$\"", f->prefix, *f->prefix ? "_" : "");
        break;
    case WIRE_KIND_TEXT:
        put_text(out, f);
        break;
    case WIRE_KIND_INT:
        put_type(out, "integer", f->optional);
        buf_f(out, ",\"minimum\":%lld,\"maximum\":%lld", (long long)f->min, (long long)f->max);
        break;
    case WIRE_KIND_BOOL:
        put_type(out, "boolean", f->optional);
        break;
    case WIRE_KIND_TIME:
        put_type(out, "string", f->optional);
        buf_s(out, ",\"format\":\"date-time\"");
        break;
    case WIRE_KIND_MONEY:
        put_money(out, f->optional);
        break;
    case WIRE_KIND_DECIMAL:
        put_type(out, "string", f->optional);
        buf_s(out, ",\"pattern\":\"" DECIMAL_SHAPE "\"");
        break;
    case WIRE_KIND_ENUM:
        put_enum(out, f);
        break;
    case WIRE_KIND_OBJECT:
        put_object(out, f->of, f->optional, nest + 1);
        break;
    case WIRE_KIND_LIST:
        put_list(out, f, nest);
        break;
    case WIRE_KIND_TEXTS:
        put_type(out, "array", f->optional);
        buf_f(out, ",\"maxItems\":%lld,\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":%d}",
              (long long)f->max, WIRE_TEXTS_ONE_MAX);
        break;
    case WIRE_KIND_RAW: /* any JSON */
        buf_s(out, "\"$comment\":\"any JSON\"");
        break;
    }
}

static void put_required(struct buf *out, const struct wire *w)
{
    const char *comma = "";

    buf_s(out, ",\"required\":[");
    for (const struct wire_field *f = w->fields; f->name; f++) {
        if (f->optional)
            continue;
        buf_s(out, comma);
        json_put_text(out, str_of(f->name));
        comma = ",";
    }
    buf_c(out, ']');
}

static void put_object(struct buf *out, const struct wire *w, bool optional, unsigned nest)
{
    MUST_BE(nest < NEST_MAX); /* a type that holds itself cannot be written in place */
    buf_s(out, "\"title\":");
    json_put_text(out, str_of(w->name));
    buf_c(out, ',');
    put_type(out, "object", optional);
    buf_s(out, ",\"properties\":{");
    for (const struct wire_field *f = w->fields; f->name; f++) {
        buf_s(out, f == w->fields ? "" : ",");
        json_put_text(out, str_of(f->name));
        buf_s(out, ":{");
        put_kind(out, f, nest);
        buf_s(out, ",\"description\":");
        json_put_text(out, str_of(f->meaning));
        buf_c(out, '}');
    }
    buf_c(out, '}');
    put_required(out, w);
    buf_s(out, ",\"additionalProperties\":false");
}

void wire_schema(struct buf *out, const struct wire *w)
{
    buf_c(out, '{');
    put_object(out, w, false, 0);
    buf_c(out, '}');
}
