#include "fakes/erp_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record *store_get(const struct erp *e, int model, json_int_t id)
{
    const struct model *m = &e->models[model];
    json_int_t at = id - m->first_id;
    return at >= 0 && at < m->count ? m->records[at] : NULL;
}

bool store_visible(const struct erp_call *c, int model, const struct record *r)
{
    return !c->erp->models[model].of_company || store_link(c->erp, model, r, "company") == c->user->company;
}

/* Borrowed; NULL stands for null. A product answers for its template's fields too. */
json_t *store_value(const struct erp *e, int model, const struct record *r, int field)
{
    const struct field *f = &e->models[model].fields[field];
    if (!(f->flags & TEMPLATED))
        return r->v[field];
    const struct record *template = store_get(e, M_TEMPLATE, store_link(e, model, r, "template"));
    return template ? store_named(e, M_TEMPLATE, template, f->name) : NULL;
}

json_t *store_named(const struct erp *e, int model, const struct record *r, const char *field)
{
    return store_value(e, model, r, schema_field(&e->models[model], field, strlen(field)));
}

/* The linked id, or 0. */
json_int_t store_link(const struct erp *e, int model, const struct record *r, const char *field)
{
    return json_integer_value(store_named(e, model, r, field));
}

const json_t *store_index(const struct erp *e, int model, int field, const char *value)
{
    return json_object_get(e->models[model].indexes[field], value);
}

static void list_drop(json_t *list, json_int_t id)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        if (json_integer_value(item) == id) {
            json_array_remove(list, i);
            return;
        }
    }
}

static void index_update(json_t *index, json_int_t id, const json_t *old, const json_t *new)
{
    if (json_is_string(old)) {
        json_t *ids = json_object_get(index, json_string_value(old));
        list_drop(ids, id);
        if (!json_array_size(ids))
            json_object_del(index, json_string_value(old));
    }
    if (json_is_string(new)) {
        json_t *ids = json_object_get(index, json_string_value(new));
        if (!ids)
            json_object_set_new(index, json_string_value(new), ids = json_array());
        json_array_append_new(ids, json_integer(id));
    }
}

/* The list in the record that this link points to, if its model keeps one. */
static json_t *parent_list(struct erp *e, int model, const struct field *link, const json_t *id)
{
    if (link->type != F_LINK || !json_is_integer(id))
        return NULL;
    struct record *parent = store_get(e, link->target, json_integer_value(id));
    const struct model *pm = &e->models[link->target];
    for (int i = 0; parent && i < pm->field_count; i++) {
        const struct field *f = &pm->fields[i];
        if (f->type != F_LINES || f->target != model || strcmp(f->inverse, link->name) != 0)
            continue;
        if (!parent->v[i])
            parent->v[i] = json_array();
        return parent->v[i];
    }
    return NULL;
}

/* Takes over the reference to value. */
void store_set(struct erp *e, int model, struct record *r, int field, json_t *value)
{
    struct model *m = &e->models[model];
    const struct field *f = &m->fields[field];
    json_t *old = r->v[field];

    if (json_is_null(value))
        value = NULL;
    if (m->indexes[field])
        index_update(m->indexes[field], r->id, old, value);
    if (f->type == F_LINK) {
        list_drop(parent_list(e, model, f, old), r->id);
        json_t *list = parent_list(e, model, f, value);
        if (list)
            json_array_append_new(list, json_integer(r->id));
    }
    r->v[field] = value;
    json_decref(old);
}

void store_set_named(struct erp *e, int model, struct record *r, const char *field, json_t *value)
{
    store_set(e, model, r, schema_field(&e->models[model], field, strlen(field)), value);
}

static struct record *record_new(struct erp *e, int model, int64_t now_us)
{
    struct model *m = &e->models[model];
    if (m->count == m->room) {
        m->room = m->room ? m->room * 2 : 64;
        m->records = realloc(m->records, (size_t)m->room * sizeof *m->records);
        if (!m->records)
            abort();
    }
    struct record *r = erp_alloc(sizeof *r + (size_t)m->field_count * sizeof r->v[0]);
    r->id = m->first_id + m->count;
    r->created_us = now_us;
    m->records[m->count++] = r;
    return r;
}

void store_delete(struct erp *e, int model, struct record *r)
{
    struct model *m = &e->models[model];

    for (int i = 0; i < m->field_count; i++) {
        const struct field *f = &m->fields[i];
        json_t *id;
        size_t at;
        json_t *children = f->type == F_LINES ? json_copy(r->v[i]) : NULL;
        json_array_foreach(children, at, id)
            store_delete(e, f->target, store_get(e, f->target, json_integer_value(id)));
        json_decref(children);
        store_set(e, model, r, i, NULL);
    }
    m->records[r->id - m->first_id] = NULL;
    free(r);
}

static void lines_each(struct erp_call *c, const struct field *f, struct record *r, const json_t *op)
{
    const char *verb = json_string_value(json_array_get(op, 0));
    const json_t *list = json_array_get(op, 1);
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        if (!strcmp(verb, "create")) {
            json_t *values = json_copy(item);
            json_object_set_new(values, f->inverse, json_integer(r->id));
            store_create(c, f->target, values);
            json_decref(values);
            continue;
        }
        struct record *child = store_get(c->erp, f->target, json_integer_value(item));
        if (!child) /* an earlier item of the same call deleted it */
            continue;
        if (!strcmp(verb, "write"))
            store_write(c, f->target, child, json_array_get(op, 2));
        else if (!strcmp(verb, "delete"))
            store_delete(c->erp, f->target, child);
        else
            store_set_named(c->erp, f->target, child, f->inverse, strcmp(verb, "add") ? NULL : json_integer(r->id));
    }
}

static void links_apply(struct record *r, int field, const json_t *ops)
{
    size_t i, k;
    json_t *op, *id;

    if (!r->v[field])
        r->v[field] = json_array();
    json_array_foreach(ops, i, op)
    {
        bool add = !strcmp(json_string_value(json_array_get(op, 0)), "add");
        json_array_foreach(json_array_get(op, 1), k, id)
        {
            list_drop(r->v[field], json_integer_value(id));
            if (add)
                json_array_append(r->v[field], id);
        }
    }
}

static void apply(struct erp_call *c, int model, struct record *r, int field, json_t *value)
{
    const struct field *f = &c->erp->models[model].fields[field];
    size_t i;
    json_t *op;

    if (f->type == F_LINES) {
        json_array_foreach(value, i, op) lines_each(c, f, r, op);
    } else if (f->type == F_LINKS) {
        links_apply(r, field, value);
    } else if (f->type == F_FLOAT && json_is_integer(value)) {
        store_set(c->erp, model, r, field, json_real((double)json_integer_value(value)));
    } else {
        store_set(c->erp, model, r, field, json_incref(value));
    }
}

/* A variant's code is its template's and its own suffix, joined. */
static void product_recode(struct erp *e, struct record *product)
{
    char code[512];
    const struct record *template = store_get(e, M_TEMPLATE, store_link(e, M_PRODUCT, product, "template"));
    const char *head = template ? json_string_value(store_named(e, M_TEMPLATE, template, "code")) : NULL;
    const char *tail = json_string_value(store_named(e, M_PRODUCT, product, "suffix_code"));

    snprintf(code, sizeof code, "%s%s", head ? head : "", tail ? tail : "");
    store_set_named(e, M_PRODUCT, product, "code", *code ? json_string(code) : NULL);
}

static void settle(struct erp *e, int model, struct record *r)
{
    size_t i;
    json_t *id;

    if (model == M_PRODUCT)
        product_recode(e, r);
    if (model == M_TEMPLATE)
        json_array_foreach(store_named(e, model, r, "products"), i, id)
            product_recode(e, store_get(e, M_PRODUCT, json_integer_value(id)));
}

/* Only after check_create has passed. */
struct record *store_create(struct erp_call *c, int model, const json_t *values)
{
    const struct model *m = &c->erp->models[model];
    struct record *r = record_new(c->erp, model, c->now_us);

    for (int i = 0; i < m->field_count; i++) {
        json_t *given = json_object_get(values, m->fields[i].name);
        json_t *value = given ? json_incref(given) : check_preset(c, &m->fields[i]);
        if (value)
            apply(c, model, r, i, value);
        json_decref(value);
    }
    settle(c->erp, model, r);
    c->changed = true;
    c->sales_made += model == M_SALE;
    return r;
}

/* Only after check_write has passed. */
void store_write(struct erp_call *c, int model, struct record *r, const json_t *values)
{
    const struct model *m = &c->erp->models[model];
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)values, name, value) apply(c, model, r, schema_field(m, name, strlen(name)), value);
    r->written_us = c->now_us;
    settle(c->erp, model, r);
    c->changed = true;
}
