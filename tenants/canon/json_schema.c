#include "canon/schema_int.h"

/* The table of fields as a JSON Schema 2020-12 document. What it cannot say (octets, the decimals of a currency, sums)
 * is said in the descriptions, and judged by canon_valid. */

static void put_shape(struct buf *out, const struct canon_object *o, const struct canon_shape *shape);

static void put_type(struct buf *out, const struct canon_field *f, const char *type)
{
    buf_f(out, f->needed ? "\"type\":\"%s\"" : "\"type\":[\"%s\",\"null\"]", type);
}

static void put_text(struct buf *out, const struct canon_field *f)
{
    put_type(out, f, "string");
    if (f->needed)
        buf_s(out, ",\"minLength\":1");
    buf_f(out, ",\"maxLength\":%u", f->max);
}

static void put_decimal(struct buf *out, const struct canon_field *f)
{
    static const char *const patterns[] = {
        [CANON_ANY_SIGN] = "^-?[0-9]+(\\\\.[0-9]+)?$",
        [CANON_NOT_NEGATIVE] = "^(-?0+(\\\\.0+)?|[0-9]+(\\\\.[0-9]+)?)$",
        [CANON_POSITIVE] = "^(0*[1-9][0-9]*(\\\\.[0-9]+)?|0+\\\\.0*[1-9][0-9]*)$",
    };

    put_type(out, f, "string");
    buf_f(out, ",\"pattern\":\"%s\"", patterns[f->sign]);
}

static void put_pattern(struct buf *out, const struct canon_field *f, const char *pattern)
{
    put_type(out, f, "string");
    buf_f(out, ",\"pattern\":\"%s\"", pattern);
}

static void put_choice(struct buf *out, const struct canon_field *f)
{
    buf_s(out, "\"enum\":[");
    for (const char *const *name = f->names; *name; name++) {
        buf_s(out, name == f->names ? "" : ",");
        json_put_text(out, str_of(*name));
    }
    buf_s(out, f->needed ? "]" : ",null]");
}

static void put_list(struct buf *out, const struct canon_object *o, const struct canon_field *f)
{
    put_type(out, f, "array");
    if (f->min)
        buf_f(out, ",\"minItems\":%u", f->min);
    buf_f(out, ",\"maxItems\":%u,\"items\":{", f->max);
    if (f->kind == CANON_LIST) {
        buf_s(out, "\"type\":\"object\",");
        put_shape(out, o, f->of);
    } else {
        buf_f(out, "\"type\":\"string\",\"minLength\":1,\"maxLength\":%d", CANON_TEXTS_ONE_MAX);
    }
    buf_c(out, '}');
}

static void put_kind(struct buf *out, const struct canon_object *o, const struct canon_field *f)
{
    switch ((enum canon_kind)f->kind) {
    case CANON_SCHEMA:
        buf_f(out, "\"const\":\"%s\"", o->schema);
        break;
    case CANON_KEY:
    case CANON_TEXT:
        put_text(out, f);
        break;
    case CANON_TRUTH:
        put_type(out, f, "boolean");
        break;
    case CANON_COUNT:
        put_type(out, f, "integer");
        buf_f(out, ",\"minimum\":%u,\"maximum\":%u", f->min, f->max);
        break;
    case CANON_QUANTITY:
    case CANON_RATE:
    case CANON_PRICE:
    case CANON_MONEY:
        put_decimal(out, f);
        break;
    case CANON_TIME:
        put_type(out, f, "string");
        buf_s(out, ",\"format\":\"date-time\"");
        break;
    case CANON_DATE:
        put_type(out, f, "string");
        buf_s(out, ",\"format\":\"date\"");
        break;
    case CANON_COUNTRY:
        put_pattern(out, f, "^[A-Z]{2}$");
        break;
    case CANON_CURRENCY:
        put_pattern(out, f, "^[A-Z]{3}$");
        break;
    case CANON_CHOICE:
        put_choice(out, f);
        break;
    case CANON_OBJECT:
        put_type(out, f, "object");
        buf_c(out, ',');
        put_shape(out, o, f->of);
        break;
    case CANON_TEXTS:
    case CANON_LIST:
        put_list(out, o, f);
        break;
    case CANON_KIND_COUNT:
        break;
    }
}

static void put_required(struct buf *out, const struct canon_shape *shape)
{
    const char *comma = "";

    buf_s(out, "\"required\":[");
    for (size_t i = 0; i < shape->n; i++) {
        if (!shape->fields[i].needed)
            continue;
        buf_f(out, "%s\"%s\"", comma, shape->fields[i].name);
        comma = ",";
    }
    buf_c(out, ']');
}

/* The members of an object that was begun. */
static void put_shape(struct buf *out, const struct canon_object *o, const struct canon_shape *shape)
{
    buf_s(out, "\"properties\":{");
    for (size_t i = 0; i < shape->n; i++) {
        const struct canon_field *f = &shape->fields[i];

        buf_f(out, "%s\"%s\":{", i ? "," : "", f->name);
        put_kind(out, o, f);
        buf_f(out, ",\"x-kind\":\"%s\",\"description\":", canon_kind_name(f->kind));
        json_put_text(out, str_of(f->meaning));
        buf_c(out, '}');
    }
    buf_s(out, "},");
    put_required(out, shape);
    buf_s(out, ",\"additionalProperties\":false");
}

void canon_schema_write(struct buf *out, const struct canon_object *object)
{
    buf_s(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":\"/v1/schemas/");
    buf_s(out, object->schema);
    buf_s(out, "\",\"title\":");
    json_put_text(out, str_of(object->title));
    buf_s(out, ",\"description\":");
    json_put_text(out, str_of(object->meaning));
    buf_s(out, ",\"type\":\"object\",");
    put_shape(out, object, object->shape);
    buf_s(out, ",\"examples\":[");
    for (const char *const *e = object->examples; *e; e++) {
        buf_s(out, e == object->examples ? "" : ",");
        buf_s(out, *e);
    }
    buf_s(out, "]}");
}
