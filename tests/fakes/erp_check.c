#include "fakes/erp_int.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_MAX = 512 };

static bool check_new(struct erp_call *c, int model, const json_t *values, const char *parent);

static bool fail(struct erp_call *c, json_t *error)
{
    if (c->error)
        json_decref(error);
    else
        c->error = error;
    return false;
}

bool erp_user_error(struct erp_call *c, const char *fmt, ...)
{
    char text[MESSAGE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return fail(c, json_pack("[s, [s, s, n]]", "UserError", text, ""));
}

bool erp_fault(struct erp_call *c, const char *fmt, ...)
{
    char text[MESSAGE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return fail(c, json_pack("[s, s]", text, ""));
}

json_t *check_preset(const struct erp_call *c, const struct field *f)
{
    char code[24];

    if (!f->preset)
        return NULL;
    if (f->type == F_BOOL)
        return json_boolean(!strcmp(f->preset, "true"));
    if (!strcmp(f->preset, "company"))
        return json_integer(c->user->company);
    if (!strcmp(f->preset, "currency"))
        return json_integer(c->user->currency);
    if (strcmp(f->preset, "sequence") != 0)
        return json_string(f->preset);
    snprintf(code, sizeof code, "%d", c->erp->models[M_PARTY].count);
    return json_string(code);
}

static bool digits_error(struct erp_call *c, const struct model *m, const struct field *f, const char *value,
                         int digits)
{
    return erp_user_error(
        c, "The number of digits in the value \"%s\" for field \"%s\" in \"%s\" exceeds the limit of \"%d\".", value,
        f->label, m->label, digits);
}

/* A float arrives in the database with all its binary digits, and those are too many. */
static bool check_decimal(struct erp_call *c, const struct model *m, const struct field *f, const json_t *v)
{
    char text[160];
    struct dec d;

    if (json_is_integer(v))
        return true;
    if (json_is_real(v)) {
        snprintf(text, sizeof text, "Decimal('%.60g')", json_real_value(v));
        return digits_error(c, m, f, text, f->digits);
    }
    const char *digits = json_string_value(json_object_get(v, "decimal"));
    if (!digits || !value_dec(v, &d))
        return erp_fault(c, "invalid input syntax for type numeric in field %s", f->name);
    if (d.scale > f->digits) {
        snprintf(text, sizeof text, "Decimal('%s')", digits);
        return digits_error(c, m, f, text, f->digits);
    }
    return true;
}

static bool check_option(struct erp_call *c, const struct model *m, const struct field *f, const json_t *v)
{
    const char *want = json_string_value(v);
    size_t len = want ? strlen(want) : 0;

    for (const char *p = f->options; want && p; p = strchr(p, '|'), p += p != NULL)
        if (!strncmp(p, want, len) && (p[len] == '|' || p[len] == '\0'))
            return true;
    return erp_user_error(c, "The value \"%s\" for field \"%s\" in \"%s\" is not one of the allowed options.",
                          want ? want : "?", f->label, m->label);
}

static bool check_link(struct erp_call *c, const struct model *m, const struct field *f, const json_t *v)
{
    if (json_is_integer(v) && store_get(c->erp, f->target, json_integer_value(v)))
        return true;
    return erp_user_error(c, "The value \"%" JSON_INTEGER_FORMAT "\" for field \"%s\" in \"%s\" does not exist.",
                          json_integer_value(v), f->label, m->label);
}

static bool check_lines_op(struct erp_call *c, const struct field *f, const json_t *op)
{
    const char *verb = json_string_value(json_array_get(op, 0));
    const json_t *list = json_array_get(op, 1);
    size_t i;
    json_t *item;

    if (!verb || !json_is_array(list))
        return erp_fault(c, "not enough values to unpack");
    if (f->type == F_LINKS && strcmp(verb, "add") && strcmp(verb, "remove"))
        return erp_fault(c, "'%s'", verb);
    if (strcmp(verb, "create") && strcmp(verb, "add") && strcmp(verb, "remove") && strcmp(verb, "delete") &&
        strcmp(verb, "write"))
        return erp_fault(c, "'%s'", verb);
    json_array_foreach(list, i, item)
    {
        if (!strcmp(verb, "create")) {
            if (!check_new(c, f->target, item, f->inverse))
                return false;
            continue;
        }
        const struct record *r = store_get(c->erp, f->target, json_integer_value(item));
        if (!r)
            return erp_user_error(c, "The value \"%" JSON_INTEGER_FORMAT "\" for field \"%s\" does not exist.",
                                  json_integer_value(item), f->label);
        if (!strcmp(verb, "write") && !check_write(c, f->target, r, json_array_get(op, 2)))
            return false;
    }
    return true;
}

static bool check_ops(struct erp_call *c, const struct field *f, const json_t *ops)
{
    size_t i;
    json_t *op;

    if (!json_is_array(ops))
        return erp_fault(c, "'%s' object is not iterable", f->name);
    json_array_foreach(ops, i, op) if (!check_lines_op(c, f, op)) return false;
    return true;
}

static bool check_plain(const struct field *f, const json_t *v)
{
    switch (f->type) {
    case F_CHAR:
    case F_REF:
        return json_is_string(v);
    case F_INT:
        return json_is_integer(v);
    case F_FLOAT:
        return json_is_number(v);
    case F_BOOL:
        return json_is_boolean(v);
    case F_DATE:
        return json_is_object(v) && !strcmp(json_string_value(json_object_get(v, "__class__")) ?: "", "date");
    default:
        return true;
    }
}

static bool check_value(struct erp_call *c, const struct model *m, const struct field *f, const json_t *v)
{
    bool empty = json_is_null(v) || (json_is_string(v) && !*json_string_value(v));

    if (f->flags & COMPUTED)
        return erp_fault(c, "NotImplementedError: field %s of %s has no setter", f->name, m->name);
    if (empty && f->flags & REQUIRED)
        return erp_user_error(c, "A value is required for field \"%s\" in \"%s\".", f->label, m->label);
    if (json_is_null(v))
        return true;
    if (!check_plain(f, v))
        return erp_fault(c, "invalid input syntax for field %s of %s", f->name, m->name);
    switch (f->type) {
    case F_DEC:
        return check_decimal(c, m, f, v);
    case F_SELECT:
        return check_option(c, m, f, v);
    case F_LINK:
        return check_link(c, m, f, v);
    case F_LINES:
    case F_LINKS:
        return check_ops(c, f, v);
    default:
        return true;
    }
}

/* What a field will be after the change: the new value, the preset of a new record, or the value it has. */
static const json_t *after(const struct erp_call *c, int model, const struct record *r, const json_t *values,
                           const char *field)
{
    const json_t *v = json_object_get(values, field);
    if (!v && r)
        v = store_named(c->erp, model, r, field);
    return v && !json_is_null(v) ? v : NULL;
}

static bool check_sale_address(struct erp_call *c, const struct record *r, const json_t *values, const char *field)
{
    char party_field[32];
    const json_t *address = after(c, M_SALE, r, values, field);
    if (!address)
        return true;
    snprintf(party_field, sizeof party_field, "%.*s_party", (int)strcspn(field, "_"), field);
    const json_t *party = after(c, M_SALE, r, values, party_field);
    party = party ? party : after(c, M_SALE, r, values, "party");
    const struct record *a = store_get(c->erp, M_ADDRESS, json_integer_value(address));
    if (store_link(c->erp, M_ADDRESS, a, "party") == json_integer_value(party))
        return true;
    const struct model *m = &c->erp->models[M_SALE];
    return erp_user_error(c, "The value for field \"%s\" in \"%s\" is not valid according to its domain.",
                          m->fields[schema_field(m, field, strlen(field))].label, m->label);
}

static bool check_sale(struct erp_call *c, const struct record *r, const json_t *values)
{
    const json_t *company = after(c, M_SALE, r, values, "company");
    const json_t *house = after(c, M_SALE, r, values, "warehouse");

    if (company && json_integer_value(company) != c->user->company)
        return erp_user_error(c, "You are not allowed to access \"Sale\".");
    const struct record *w = house ? store_get(c->erp, M_LOCATION, json_integer_value(house)) : NULL;
    if (w && strcmp(json_string_value(store_named(c->erp, M_LOCATION, w, "type")), "warehouse") != 0)
        return erp_user_error(c, "The value for field \"Warehouse\" in \"Sale\" is not valid according to its domain.");
    return check_sale_address(c, r, values, "invoice_address") && check_sale_address(c, r, values, "shipment_address");
}

static bool check_line_quantity(struct erp_call *c, const struct record *r, const json_t *values)
{
    const struct model *m = &c->erp->models[M_LINE];
    const json_t *quantity = after(c, M_LINE, r, values, "quantity"), *unit = after(c, M_LINE, r, values, "unit");
    const struct record *u = unit ? store_get(c->erp, M_UOM, json_integer_value(unit)) : NULL;
    char text[40];
    struct dec d;

    if (!quantity)
        return true;
    double q = json_number_value(quantity);
    if (fabs(q) > 1e9 || !dec_from_double(q, &d))
        return erp_fault(c, "numeric field overflow");
    int digits = u ? (int)store_link(c->erp, M_UOM, u, "digits") : 0;
    snprintf(text, sizeof text, "%.15g", q);
    if (u && d.scale > digits)
        return digits_error(c, m, &m->fields[schema_field(m, "quantity", 8)], text, digits);
    return true;
}

static bool check_line_taxes(struct erp_call *c, const json_t *values)
{
    size_t i, k;
    json_t *op, *id;

    json_array_foreach(json_object_get(values, "taxes"), i, op) json_array_foreach(json_array_get(op, 1), k, id)
    {
        const struct record *tax = store_get(c->erp, M_TAX, json_integer_value(id));
        if (tax && !store_visible(c, M_TAX, tax))
            return erp_user_error(
                c, "The value for field \"Taxes\" in \"Sale Line\" is not valid according to its domain.");
    }
    return true;
}

static bool check_line(struct erp_call *c, const struct record *r, const json_t *values)
{
    static const char *const needed[][2] = {{"quantity", "Quantity"}, {"unit_price", "Unit Price"}};
    const char *type = json_string_value(after(c, M_LINE, r, values, "type"));

    if (type && strcmp(type, "line") != 0)
        return true;
    for (size_t i = 0; i < 2; i++)
        if (!after(c, M_LINE, r, values, needed[i][0]))
            return erp_user_error(c, "A value is required for field \"%s\" in \"Sale Line\".", needed[i][1]);
    if (after(c, M_LINE, r, values, "product") && !after(c, M_LINE, r, values, "unit"))
        return erp_user_error(c, "A value is required for field \"Unit\" in \"Sale Line\".");
    return check_line_quantity(c, r, values) && check_line_taxes(c, values);
}

static bool check_party(struct erp_call *c, const struct record *r, const json_t *values)
{
    const char *code = json_string_value(json_object_get(values, "code"));
    const struct model *m = &c->erp->models[M_PARTY];
    const json_t *ids = code ? store_index(c->erp, M_PARTY, schema_field(m, "code", 4), code) : NULL;

    if (!ids || (r && json_integer_value(json_array_get(ids, 0)) == r->id))
        return true;
    return erp_user_error(c, "The code on party must be unique.");
}

static bool check_whole(struct erp_call *c, int model, const struct record *r, const json_t *values)
{
    switch (model) {
    case M_SALE:
        return check_sale(c, r, values);
    case M_LINE:
        return check_line(c, r, values);
    case M_PARTY:
        return check_party(c, r, values);
    default:
        return true;
    }
}

static bool check_each(struct erp_call *c, int model, const json_t *values, const char *parent)
{
    const struct model *m = &c->erp->models[model];
    const char *name;
    json_t *v;

    if (!json_is_object(values))
        return erp_fault(c, "'str' object has no attribute 'items'");
    json_object_foreach((json_t *)values, name, v)
    {
        int f = schema_field(m, name, strlen(name));
        if (f < 0)
            return erp_fault(c, "'%s'", name);
        if ((!parent || strcmp(parent, name) != 0) && !check_value(c, m, &m->fields[f], v))
            return false;
    }
    return true;
}

/* In lines of a record, the link back to it comes with the record: parent names it, and is NULL elsewhere. */
static bool check_new(struct erp_call *c, int model, const json_t *values, const char *parent)
{
    const struct model *m = &c->erp->models[model];

    if (!check_each(c, model, values, parent))
        return false;
    for (int i = 0; i < m->field_count; i++) {
        const struct field *f = &m->fields[i];
        if (!(f->flags & REQUIRED) || f->preset || (parent && !strcmp(parent, f->name)))
            continue;
        if (!json_object_get(values, f->name))
            return erp_user_error(c, "A value is required for field \"%s\" in \"%s\".", f->label, m->label);
    }
    return check_whole(c, model, NULL, values);
}

bool check_create(struct erp_call *c, int model, const json_t *values)
{
    return check_new(c, model, values, NULL);
}

bool check_write(struct erp_call *c, int model, const struct record *r, const json_t *values)
{
    return check_each(c, model, values, NULL) && check_whole(c, model, r, values);
}

/* A client that says which version it read may not change another one. */
static bool check_timestamp(struct erp_call *c, const struct model *m, const struct record *r)
{
    char key[80], now[32];
    int64_t us = r->written_us ? r->written_us : r->created_us;

    snprintf(key, sizeof key, "%s,%d", m->name, r->id);
    const char *seen = json_string_value(json_object_get(json_object_get(c->context, "_timestamp"), key));
    snprintf(now, sizeof now, "%" PRId64 ".%06d", us / 1000000, (int)(us % 1000000));
    if (!seen || !strcmp(seen, now))
        return true;
    return fail(c, json_pack("[s, s]", "ConcurrencyException", "Records were modified in the meanwhile"));
}

bool check_ids(struct erp_call *c, int model, const json_t *ids, const char *verb)
{
    const struct model *m = &c->erp->models[model];
    size_t i;
    json_t *id;

    if (!json_is_array(ids))
        return erp_fault(c, "'int' object is not iterable");
    json_array_foreach(ids, i, id)
    {
        const struct record *r = store_get(c->erp, model, json_integer_value(id));
        if (!r || !store_visible(c, model, r))
            return erp_user_error(
                c, "You are trying to %s records \"%" JSON_INTEGER_FORMAT "\" of \"%s\" that don't exist anymore.",
                verb, json_integer_value(id), m->label);
        if (strcmp(verb, "read") != 0 && !check_timestamp(c, m, r))
            return false;
    }
    return true;
}
