#include "fakes/erp_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

bool value_dec(const json_t *v, struct dec *out)
{
    char text[24];

    if (json_is_integer(v)) {
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        return dec_parse(text, out);
    }
    if (json_is_real(v))
        return dec_from_double(json_real_value(v), out);
    const char *class = json_string_value(json_object_get(v, "__class__"));
    const char *digits = json_string_value(json_object_get(v, "decimal"));
    return class && digits && !strcmp(class, "Decimal") && dec_parse(digits, out);
}

json_t *value_from_dec(struct dec d)
{
    char text[DEC_TEXT_MAX];

    dec_format(d, text);
    return json_pack("{s:s, s:s}", "__class__", "Decimal", "decimal", text);
}

/* Microseconds since 1970 of a date or datetime, INT64_MIN for anything else. */
int64_t value_time_us(const json_t *v)
{
    const char *class = json_string_value(json_object_get(v, "__class__"));
    if (!class || (strcmp(class, "date") && strcmp(class, "datetime")))
        return INT64_MIN;
    struct tm t = {
        .tm_year = (int)json_integer_value(json_object_get(v, "year")) - 1900,
        .tm_mon = (int)json_integer_value(json_object_get(v, "month")) - 1,
        .tm_mday = (int)json_integer_value(json_object_get(v, "day")),
        .tm_hour = (int)json_integer_value(json_object_get(v, "hour")),
        .tm_min = (int)json_integer_value(json_object_get(v, "minute")),
        .tm_sec = (int)json_integer_value(json_object_get(v, "second")),
    };
    return (int64_t)timegm(&t) * 1000000 + json_integer_value(json_object_get(v, "microsecond"));
}

json_t *value_datetime(int64_t us)
{
    time_t seconds = us / 1000000;
    struct tm t;

    gmtime_r(&seconds, &t);
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "__class__", "datetime", "year", t.tm_year + 1900,
                     "month", t.tm_mon + 1, "day", t.tm_mday, "hour", t.tm_hour, "minute", t.tm_min, "second", t.tm_sec,
                     "microsecond", (int)(us % 1000000));
}

static bool name_known(struct erp_call *c, int model, const char *name)
{
    static const char *const own[] = {"id", "create_date", "write_date", "rec_name", "_timestamp"};
    const struct model *m = &c->erp->models[model];
    size_t len = name ? strcspn(name, ".") : 0;

    for (size_t i = 0; name && i < sizeof own / sizeof own[0]; i++)
        if (!strcmp(own[i], name))
            return true;
    int f = len ? schema_field(m, name, len) : -1;
    if (f < 0)
        return erp_fault(c, "'%s'", name ? name : "None");
    return name[len] == '\0' || name_known(c, m->fields[f].target, name + len + 1);
}

bool read_names_known(struct erp_call *c, int model, const json_t *names)
{
    size_t i;
    json_t *name;

    if (!json_is_array(names))
        return erp_fault(c, "'NoneType' object is not iterable");
    json_array_foreach(names, i, name) if (!name_known(c, model, json_string_value(name))) return false;
    return true;
}

static json_t *read_rec_name(const struct erp *e, int model, const struct record *r)
{
    static const char *const by[] = {"name", "number", "code", "street"};
    char text[24];

    for (size_t i = 0; i < 4; i++) {
        int f = schema_field(&e->models[model], by[i], strlen(by[i]));
        json_t *v = f < 0 ? NULL : store_value(e, model, r, f);
        if (json_is_string(v))
            return json_incref(v);
    }
    snprintf(text, sizeof text, "(%d)", r->id);
    return json_string(text);
}

static json_t *read_own(const struct erp *e, int model, const struct record *r, const char *name)
{
    char text[32];
    int64_t us = r->written_us ? r->written_us : r->created_us;

    if (!strcmp(name, "id"))
        return json_integer(r->id);
    if (!strcmp(name, "create_date"))
        return value_datetime(r->created_us);
    if (!strcmp(name, "write_date"))
        return r->written_us ? value_datetime(r->written_us) : json_null();
    if (!strcmp(name, "rec_name"))
        return read_rec_name(e, model, r);
    snprintf(text, sizeof text, "%" PRId64 ".%06d", us / 1000000, (int)(us % 1000000));
    return json_string(text);
}

static json_t *party_contact(const struct erp *e, const struct record *party, const char *type)
{
    size_t i;
    json_t *id;

    json_array_foreach(store_named(e, M_PARTY, party, "contact_mechanisms"), i, id)
    {
        const struct record *r = store_get(e, M_CONTACT, json_integer_value(id));
        if (!strcmp(json_string_value(store_named(e, M_CONTACT, r, "type")), type))
            return json_incref(store_named(e, M_CONTACT, r, "value"));
    }
    return json_string("");
}

static json_t *read_computed(const struct erp *e, int model, const struct record *r, const char *name)
{
    if (model == M_SALE || model == M_LINE)
        return sale_computed(e, model, r, name);
    if (model == M_PRODUCT && !strcmp(name, "quantity"))
        return json_real(0); /* as the ERP answers without locations; this one keeps no stock */
    if (model == M_PARTY && !strcmp(name, "full_name"))
        return read_rec_name(e, model, r);
    return model == M_PARTY ? party_contact(e, r, name) : NULL;
}

static json_t *read_field(const struct erp *e, int model, const struct record *r, const char *name)
{
    const struct model *m = &e->models[model];
    int at = schema_field(m, name, strlen(name));
    if (at < 0)
        return read_own(e, model, r, name);
    const struct field *f = &m->fields[at];
    json_t *v = json_incref(store_value(e, model, r, at));
    if (!v && f->flags & COMPUTED)
        v = read_computed(e, model, r, name);
    if (v && f->type == F_DEC && json_is_integer(v)) {
        struct dec d;
        json_t *decimal = value_dec(v, &d) ? value_from_dec(d) : json_null();
        json_decref(v);
        return decimal;
    }
    if ((f->type == F_LINES || f->type == F_LINKS) && v) {
        json_t *copy = json_copy(v); /* the record's own list goes on changing */
        json_decref(v);
        return copy;
    }
    if (v)
        return v;
    return f->type == F_LINES || f->type == F_LINKS ? json_array() : json_null();
}

/* All names that begin with head and a dot, without that beginning. */
static json_t *names_below(const json_t *names, const char *head, size_t len)
{
    json_t *below = json_array(), *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        const char *s = json_string_value(name);
        if (!strncmp(s, head, len) && s[len] == '.')
            json_array_append_new(below, json_string(s + len + 1));
    }
    return below;
}

static json_t *read_related(struct erp_call *c, const struct field *f, const json_t *held, const json_t *names)
{
    size_t i;
    json_t *id;

    if (f->type == F_LINK) {
        const struct record *r = store_get(c->erp, f->target, json_integer_value(held));
        return r ? read_record(c, f->target, r, names) : json_null();
    }
    json_t *all = json_array();
    json_array_foreach(held, i, id) json_array_append_new(
        all, read_record(c, f->target, store_get(c->erp, f->target, json_integer_value(id)), names));
    return all;
}

static void read_path(struct erp_call *c, int model, const struct record *r, const json_t *names, const char *path,
                      json_t *out)
{
    char key[128];
    const struct model *m = &c->erp->models[model];
    size_t len = strcspn(path, ".");
    int at = schema_field(m, path, len);

    snprintf(key, sizeof key, "%.*s.", (int)len, path);
    if (json_object_get(out, key))
        return;
    json_t *below = names_below(names, path, len);
    json_t *held = read_field(c->erp, model, r, m->fields[at].name);
    json_object_set_new(out, key, read_related(c, &m->fields[at], held, below));
    json_decref(held);
    json_decref(below);
}

/* Only names that read_names_known has passed. */
json_t *read_record(struct erp_call *c, int model, const struct record *r, const json_t *names)
{
    json_t *out = json_pack("{s:i}", "id", r->id), *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        const char *s = json_string_value(name);
        if (strchr(s, '.'))
            read_path(c, model, r, names, s, out);
        else
            json_object_set_new(out, s, read_field(c->erp, model, r, s));
    }
    return out;
}
