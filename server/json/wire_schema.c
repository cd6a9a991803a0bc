#include <string.h>

#include "base/must.h"
#include "json/doc.h"
#include "json/wire.h"

#define NEST_MAX      16
#define DECIMAL_SHAPE "^-?[0-9]+(\\\\.[0-9]+)?$"

/* One writing: types inside a type stand in place, or are referred to. */
struct writer {
    struct buf *out;
    const struct wire_names *names; /* NULL: in place */
    enum wire_way way;
    unsigned nest;
};

/* What is told writes null for whatever it may not have; ids, numbers, lists and truths it always has. */
static bool is_nullable(const struct writer *w, const struct wire_field *f)
{
    bool always =
        f->kind == WIRE_KIND_ID || f->kind == WIRE_KIND_INT || f->kind == WIRE_KIND_BOOL || f->kind == WIRE_KIND_LIST;

    return f->optional || (w->names && w->way == WIRE_TOLD && !always);
}

static void put_type(struct buf *out, const char *type, bool nullable)
{
    buf_f(out, nullable ? "\"type\":[\"%s\",\"null\"]" : "\"type\":\"%s\"", type);
}

static void put_object(struct writer *w, const struct wire *of, bool nullable);

bool wire_is_told(const struct wire_names *names, const struct wire *w)
{
    for (size_t i = 0; i < names->told_n; i++)
        if (names->told[i] == w)
            return true;
    return false;
}

void wire_component_name(struct buf *out, const struct wire_names *names, const struct wire *w, enum wire_way way)
{
    buf_s(out, w->name);
    if (way == WIRE_ASKED && wire_is_told(names, w))
        buf_s(out, "Input");
}

static void put_reference(struct writer *w, const struct wire *of)
{
    buf_s(w->out, "\"$ref\":\"#/components/schemas/");
    wire_component_name(w->out, w->names, of, w->way);
    buf_c(w->out, '"');
}

/* Callers must be ready for names that are added to what is told. */
static void put_enum(struct writer *w, const struct wire_field *f, bool nullable)
{
    bool open = w->names && w->way == WIRE_TOLD;

    put_type(w->out, "string", nullable);
    buf_s(w->out, open ? ",\"x-extensible-enum\":[" : ",\"enum\":[");
    for (const char *const *name = f->names; *name; name++) {
        buf_s(w->out, name == f->names ? "" : ",");
        json_put_text(w->out, str_of(*name));
    }
    buf_s(w->out, nullable && !open ? ",null]" : "]");
}

/* Our limits count octets and the schema's characters, of which one takes up to four octets. */
static void put_text(struct writer *w, const struct wire_field *f, bool nullable)
{
    put_type(w->out, "string", nullable);
    if (!w->names || w->way == WIRE_ASKED)
        buf_f(w->out, ",\"minLength\":%lld", (long long)(f->min + 3) / 4);
    buf_f(w->out, ",\"maxLength\":%lld", (long long)f->max);
}

static void put_money(struct buf *out, bool nullable)
{
    put_type(out, "object", nullable);
    buf_s(out, ",\"properties\":{\"amount\":{\"type\":\"string\",\"pattern\":\"" DECIMAL_SHAPE
               "\"},\"currency\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"}},"
               "\"required\":[\"amount\",\"currency\"],\"additionalProperties\":false");
}

static void put_inner(struct writer *w, const struct wire *of, bool nullable)
{
    w->nest++;
    if (!w->names) {
        put_object(w, of, nullable);
    } else if (!nullable) {
        put_reference(w, of);
    } else {
        buf_s(w->out, "\"anyOf\":[{");
        put_reference(w, of);
        buf_s(w->out, "},{\"type\":\"null\"}]");
    }
    w->nest--;
}

static void put_list(struct writer *w, const struct wire_field *f, bool nullable)
{
    put_type(w->out, "array", nullable);
    buf_f(w->out, ",\"minItems\":%lld,\"maxItems\":%lld,\"items\":{", (long long)f->min, (long long)f->max);
    put_inner(w, f->of, false);
    buf_c(w->out, '}');
}

static void put_id(struct writer *w, const struct wire_field *f, bool nullable)
{
    put_type(w->out, "string", nullable);
    buf_f(w->out, ",\"pattern\":\"^%s%s[0-7][0-9a-hjkmnp-tv-z]{25}$\"", f->prefix, *f->prefix ? "_" : "");
}

static void put_kind(struct writer *w, const struct wire_field *f)
{
    bool nullable = is_nullable(w, f);

    switch (f->kind) {
    case WIRE_KIND_ID:
        put_id(w, f, nullable);
        break;
    case WIRE_KIND_TEXT:
        put_text(w, f, nullable);
        break;
    case WIRE_KIND_INT:
        put_type(w->out, "integer", nullable);
        buf_f(w->out, ",\"minimum\":%lld,\"maximum\":%lld", (long long)f->min, (long long)f->max);
        break;
    case WIRE_KIND_BOOL:
        put_type(w->out, "boolean", nullable);
        break;
    case WIRE_KIND_TIME:
        put_type(w->out, "string", nullable);
        buf_s(w->out, ",\"format\":\"date-time\"");
        break;
    case WIRE_KIND_MONEY:
        put_money(w->out, nullable);
        break;
    case WIRE_KIND_DECIMAL:
        put_type(w->out, "string", nullable);
        buf_s(w->out, ",\"pattern\":\"" DECIMAL_SHAPE "\"");
        break;
    case WIRE_KIND_ENUM:
        put_enum(w, f, nullable);
        break;
    case WIRE_KIND_OBJECT:
        put_inner(w, f->of, nullable);
        break;
    case WIRE_KIND_LIST:
        put_list(w, f, nullable);
        break;
    case WIRE_KIND_TEXTS:
        put_type(w->out, "array", nullable);
        buf_f(w->out, ",\"maxItems\":%lld,\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":%d}",
              (long long)f->max, WIRE_TEXTS_ONE_MAX);
        break;
    case WIRE_KIND_RAW: /* any JSON */
        buf_s(w->out, "\"$comment\":\"any JSON\"");
        break;
    }
}

static void put_required(struct writer *w, const struct wire *of)
{
    const char *comma = "";

    buf_s(w->out, ",\"required\":[");
    for (const struct wire_field *f = of->fields; f->name; f++) {
        if (f->optional && !(w->names && w->way == WIRE_TOLD))
            continue;
        buf_s(w->out, comma);
        json_put_text(w->out, str_of(f->name));
        comma = ",";
    }
    buf_c(w->out, ']');
}

static void put_properties(struct writer *w, const struct wire *of)
{
    for (const struct wire_field *f = of->fields; f->name; f++) {
        buf_s(w->out, f == of->fields ? "" : ",");
        json_put_text(w->out, str_of(f->name));
        buf_s(w->out, ":{");
        put_kind(w, f);
        buf_s(w->out, ",\"description\":");
        json_put_text(w->out, str_of(f->meaning));
        buf_c(w->out, '}');
    }
}

static void put_object(struct writer *w, const struct wire *of, bool nullable)
{
    MUST_BE(w->nest < NEST_MAX); /* a type that holds itself cannot be written in place */
    buf_s(w->out, "\"title\":");
    json_put_text(w->out, str_of(of->name));
    buf_c(w->out, ',');
    put_type(w->out, "object", nullable);
    buf_s(w->out, ",\"properties\":{");
    put_properties(w, of);
    if (w->names && w->way == WIRE_TOLD)
        buf_add(w->out, w->names->more.p, w->names->more.n);
    buf_c(w->out, '}');
    put_required(w, of);
    buf_f(w->out, ",\"additionalProperties\":%s", w->names && w->way == WIRE_TOLD ? "true" : "false");
}

void wire_schema(struct buf *out, const struct wire *w)
{
    struct writer writer = {out, NULL, WIRE_ASKED, 0};

    buf_c(out, '{');
    put_object(&writer, w, false);
    buf_c(out, '}');
}

void wire_component(struct buf *out, const struct wire_names *names, const struct wire *w, enum wire_way way)
{
    struct writer writer = {out, names, way, 0};

    buf_c(out, '{');
    put_object(&writer, w, false);
    buf_c(out, '}');
}
