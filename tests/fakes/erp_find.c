#include "fakes/erp_int.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_DEPTH = 6, DOMAIN_MAX_DEPTH = 32 };

static const char *const operators[] = {
    "=", "!=", "<", "<=", ">", ">=", "in", "not in", "like", "ilike", "not like", "not ilike"};
enum op {
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_IN,
    OP_NOT_IN,
    OP_LIKE,
    OP_ILIKE,
    OP_NOT_LIKE,
    OP_NOT_ILIKE,
    OP_NONE
};

static enum op op_of(const json_t *text)
{
    const char *s = json_string_value(text);
    for (size_t i = 0; s && i < OP_NONE; i++)
        if (!strcmp(operators[i], s))
            return (enum op)i;
    return OP_NONE;
}

static bool is_joint(const json_t *item)
{
    const char *s = json_string_value(item);
    return s && (!strcmp(s, "AND") || !strcmp(s, "OR"));
}

static bool is_clause(const json_t *domain)
{
    return json_is_string(json_array_get(domain, 0)) && !is_joint(json_array_get(domain, 0));
}

static bool is_own_field(const char *path)
{
    return !strcmp(path, "id") || !strcmp(path, "create_date") || !strcmp(path, "write_date") ||
           !strcmp(path, "rec_name");
}

/* Knows every field of the path, or fails as the ERP does: with the name alone. */
static bool path_known(struct erp_call *c, int model, const char *path)
{
    for (int depth = 0; depth < PATH_MAX_DEPTH; depth++) {
        const struct model *m = &c->erp->models[model];
        size_t len = strcspn(path, ".");
        int f = schema_field(m, path, len);
        if (path[len] == '\0' && is_own_field(path))
            return true;
        if (f < 0)
            return erp_fault(c, "'%.*s'", (int)len, path);
        if (path[len] == '\0')
            return true;
        if (m->fields[f].type != F_LINK && m->fields[f].type != F_LINES && m->fields[f].type != F_LINKS)
            return erp_fault(c, "'%s' is no relation", m->fields[f].name);
        model = m->fields[f].target;
        path += len + 1;
    }
    return erp_fault(c, "path too deep");
}

static bool domain_known(struct erp_call *c, int model, const json_t *domain, int depth)
{
    size_t i;
    json_t *item;

    if (!json_is_array(domain) || depth > DOMAIN_MAX_DEPTH)
        return erp_fault(c, "invalid domain");
    if (is_clause(domain)) {
        enum op op = op_of(json_array_get(domain, 1));
        const json_t *v = json_array_get(domain, 2);
        if (op == OP_NONE || !v || ((op == OP_IN || op == OP_NOT_IN) != json_is_array(v)))
            return erp_fault(c, "invalid clause");
        return path_known(c, model, json_string_value(json_array_get(domain, 0)));
    }
    json_array_foreach(domain, i,
                       item) if (!(i == 0 && is_joint(item)) && !domain_known(c, model, item, depth + 1)) return false;
    return true;
}

static bool like(const char *pattern, const char *text, bool any_case)
{
    for (; *pattern; pattern++, text++) {
        if (*pattern == '%') {
            for (pattern++; *text; text++)
                if (like(pattern, text, any_case))
                    return true;
            return like(pattern, text, any_case);
        }
        if (*pattern == '\\' && pattern[1])
            pattern++;
        else if (*pattern == '_' && *text)
            continue;
        if (any_case ? tolower((unsigned char)*pattern) != tolower((unsigned char)*text) : *pattern != *text)
            return false;
    }
    return *text == '\0';
}

/* Numbers, decimals, dates and text of the same kind; *ordered is false when the two cannot be compared. */
static int value_cmp(const json_t *a, const json_t *b, bool *ordered)
{
    struct dec x, y;

    *ordered = true;
    if (json_is_string(a) && json_is_string(b))
        return strcmp(json_string_value(a), json_string_value(b));
    if (json_is_boolean(a) && json_is_boolean(b))
        return json_boolean_value(a) - json_boolean_value(b);
    if (value_dec(a, &x) && value_dec(b, &y))
        return dec_cmp(x, y);
    int64_t s = value_time_us(a), t = value_time_us(b);
    *ordered = s != INT64_MIN && t != INT64_MIN;
    return (s > t) - (s < t);
}

static bool match_in(const json_t *have, const json_t *list)
{
    size_t i;
    json_t *item;
    bool ordered;

    json_array_foreach(list, i, item) if ((!have && json_is_null(item)) ||
                                          (have && !value_cmp(have, item, &ordered) && ordered)) return true;
    return false;
}

static bool match_like(const json_t *have, enum op op, const json_t *want)
{
    bool found = json_is_string(have) && json_is_string(want) &&
                 like(json_string_value(want), json_string_value(have), op == OP_ILIKE || op == OP_NOT_ILIKE);
    return found == (op == OP_LIKE || op == OP_ILIKE);
}

static bool match_order(int order, enum op op)
{
    switch (op) {
    case OP_EQ:
        return order == 0;
    case OP_NE:
        return order != 0;
    case OP_LT:
        return order < 0;
    case OP_LE:
        return order <= 0;
    case OP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool match(const json_t *have, enum op op, const json_t *want)
{
    bool ordered;

    if (json_is_null(have))
        have = NULL;
    if (op == OP_IN || op == OP_NOT_IN)
        return match_in(have, want) == (op == OP_IN);
    if (op >= OP_LIKE)
        return match_like(have, op, want);
    if (!have || json_is_null(want))
        return op == OP_EQ ? !have && json_is_null(want) : op == OP_NE && (have || !json_is_null(want));
    int order = value_cmp(have, want, &ordered);
    return ordered ? match_order(order, op) : op == OP_NE;
}

/* Owned by the caller. */
static json_t *own_value(struct erp_call *c, int model, const struct record *r, const char *field)
{
    json_t *names = json_pack("[s]", field);
    json_t *values = read_record(c, model, r, names);
    json_t *v = json_incref(json_object_get(values, field));

    json_decref(values);
    json_decref(names);
    return v;
}

static bool match_path(struct erp_call *c, int model, const struct record *r, const char *path, enum op op,
                       const json_t *want);

static bool match_related(struct erp_call *c, const struct field *f, const json_t *held, const char *rest, enum op op,
                          const json_t *want)
{
    size_t i;
    json_t *id;

    if (f->type == F_LINK) {
        const struct record *r = store_get(c->erp, f->target, json_integer_value(held));
        return r ? match_path(c, f->target, r, rest, op, want) : match(NULL, op, want);
    }
    json_array_foreach(held, i, id)
    {
        const struct record *r = store_get(c->erp, f->target, json_integer_value(id));
        if (r && match_path(c, f->target, r, rest, op, want))
            return true;
    }
    return false;
}

static bool match_path(struct erp_call *c, int model, const struct record *r, const char *path, enum op op,
                       const json_t *want)
{
    const struct model *m = &c->erp->models[model];
    size_t len = strcspn(path, ".");
    int at = schema_field(m, path, len);
    const struct field *f = at < 0 ? NULL : &m->fields[at];

    if (path[len] == '.')
        return match_related(c, f, store_value(c->erp, model, r, at), path + len + 1, op, want);
    if (f && (f->type == F_LINES || f->type == F_LINKS))
        return match_related(c, f, store_value(c->erp, model, r, at), json_is_string(want) ? "rec_name" : "id", op,
                             want);
    if (f && f->type == F_LINK && json_is_string(want))
        return match_related(c, f, store_value(c->erp, model, r, at), "rec_name", op, want);
    if (f && (!(f->flags & COMPUTED) || f->flags & (TEMPLATED | INDEXED)))
        return match(store_value(c->erp, model, r, at), op, want);
    json_t *v = own_value(c, model, r, path);
    bool yes = match(v, op, want);
    json_decref(v);
    return yes;
}

static bool matches(struct erp_call *c, int model, const struct record *r, const json_t *domain)
{
    size_t i;
    json_t *item;

    if (is_clause(domain))
        return match_path(c, model, r, json_string_value(json_array_get(domain, 0)), op_of(json_array_get(domain, 1)),
                          json_array_get(domain, 2));
    bool any = json_is_string(json_array_get(domain, 0)) && !strcmp(json_string_value(json_array_get(domain, 0)), "OR");
    bool some = json_array_size(domain) > (any ? 1u : 0u);
    json_array_foreach(domain, i, item)
    {
        if (i == 0 && is_joint(item))
            continue;
        if (matches(c, model, r, item) == any)
            return any;
    }
    return any ? !some : true;
}

/* Ids that an index names for this clause (a superset of the answer), or NULL when no index helps. */
static json_t *clause_candidates(struct erp_call *c, int model, const char *path, enum op op, const json_t *want)
{
    const struct model *m = &c->erp->models[model];
    size_t len = strcspn(path, "."), i, k;
    json_t *text, *id, *found;
    int at = schema_field(m, path, len);

    if ((op != OP_EQ && op != OP_IN) || (op == OP_EQ && !json_is_string(want) && strcmp(path, "id") != 0))
        return NULL;
    json_t *wants = op == OP_IN ? json_incref((json_t *)want) : json_pack("[O]", want);
    found = NULL;
    if (!strcmp(path, "id")) {
        found = json_copy(wants);
    } else if (at >= 0 && path[len] == '\0' && m->indexes[at]) {
        found = json_array();
        json_array_foreach(wants, i, text) if (json_is_string(text))
            json_array_extend(found, (json_t *)store_index(c->erp, model, at, json_string_value(text)));
    } else if (at >= 0 && path[len] == '.' && m->fields[at].type == F_LINES) {
        json_t *children = clause_candidates(c, m->fields[at].target, path + len + 1, op, want);
        found = children ? json_array() : NULL;
        json_array_foreach(children, k, id)
        {
            const struct record *child = store_get(c->erp, m->fields[at].target, json_integer_value(id));
            if (child)
                json_array_append(found, store_named(c->erp, m->fields[at].target, child, m->fields[at].inverse));
        }
        json_decref(children);
    }
    json_decref(wants);
    return found;
}

static bool wants_null(const json_t *want)
{
    size_t i;
    json_t *item;

    json_array_foreach(want, i, item) if (json_is_null(item)) return true;
    return json_is_null(want);
}

static json_t *candidates(struct erp_call *c, int model, const json_t *domain)
{
    size_t i;
    json_t *item;

    if (is_clause(domain)) {
        const json_t *want = json_array_get(domain, 2);
        return wants_null(want) ? NULL
                                : clause_candidates(c, model, json_string_value(json_array_get(domain, 0)),
                                                    op_of(json_array_get(domain, 1)), want);
    }
    const char *joint = json_string_value(json_array_get(domain, 0));
    if (joint && !strcmp(joint, "OR"))
        return NULL;
    json_array_foreach(domain, i, item)
    {
        json_t *found = json_is_array(item) ? candidates(c, model, item) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

struct sorted {
    const struct record *r;
    const struct erp *e;
    const json_t *order;
    int model;
};

static int cmp_by(const struct sorted *x, const struct sorted *y, const char *field)
{
    bool ordered;

    if (!strcmp(field, "id"))
        return (x->r->id > y->r->id) - (x->r->id < y->r->id);
    if (!strcmp(field, "create_date"))
        return (x->r->created_us > y->r->created_us) - (x->r->created_us < y->r->created_us);
    if (!strcmp(field, "write_date"))
        return (x->r->written_us > y->r->written_us) - (x->r->written_us < y->r->written_us);
    const json_t *a = store_named(x->e, x->model, x->r, field), *b = store_named(y->e, y->model, y->r, field);
    if (!a || !b)
        return (b != NULL) - (a != NULL); /* nothing comes last */
    return value_cmp(a, b, &ordered);
}

static int sorted_cmp(const void *left, const void *right)
{
    const struct sorted *x = left, *y = right;
    size_t i;
    json_t *by;

    json_array_foreach(x->order, i, by)
    {
        const char *way = json_string_value(json_array_get(by, 1));
        int order = cmp_by(x, y, json_string_value(json_array_get(by, 0)));
        if (order)
            return way && !strncmp(way, "DESC", 4) ? -order : order;
    }
    int order = cmp_by(x, y, "id");
    return x->model == M_SALE && !json_array_size(x->order) ? -order : order;
}

static bool order_known(struct erp_call *c, int model, const json_t *order)
{
    size_t i;
    json_t *by;

    json_array_foreach(order, i, by)
    {
        const char *name = json_string_value(json_array_get(by, 0));
        if (!name || (!is_own_field(name) && schema_field(&c->erp->models[model], name, strlen(name)) < 0))
            return erp_fault(c, "'%s'", name ? name : "order");
    }
    return true;
}

static void take(struct erp_call *c, int model, const struct record *r, const json_t *params, struct sorted *to,
                 size_t *n)
{
    if (r && store_visible(c, model, r) && matches(c, model, r, json_array_get(params, 0)))
        to[(*n)++] = (struct sorted){.r = r, .e = c->erp, .order = json_array_get(params, 3), .model = model};
}

static size_t collect(struct erp_call *c, int model, const json_t *params, struct sorted **out)
{
    const struct model *m = &c->erp->models[model];
    json_t *ids = candidates(c, model, json_array_get(params, 0)), *id;
    size_t i, n = 0, most = ids ? json_array_size(ids) : (size_t)m->count;

    *out = erp_alloc((most + 1) * sizeof **out);
    json_array_foreach(ids, i, id) take(c, model, store_get(c->erp, model, json_integer_value(id)), params, *out, &n);
    for (int k = 0; !ids && k < m->count; k++)
        take(c, model, m->records[k], params, *out, &n);
    json_decref(ids);
    qsort(*out, n, sizeof **out, sorted_cmp);
    return n;
}

/* params: domain, offset, limit, order. The ids found, each once; NULL with an error. */
json_t *find_search(struct erp_call *c, int model, const json_t *params, bool paged)
{
    struct sorted *found;
    json_int_t offset = json_integer_value(json_array_get(params, 1));
    const json_t *limit = json_array_get(params, 2);

    if (!domain_known(c, model, json_array_get(params, 0), 0) || !order_known(c, model, json_array_get(params, 3)))
        return NULL;
    size_t n = collect(c, model, params, &found);
    json_t *ids = json_array();
    for (size_t i = 0, seen = 0; i < n; i++) {
        if (i && found[i].r == found[i - 1].r)
            continue;
        if (paged && json_is_integer(limit) && (json_int_t)seen >= json_integer_value(limit) + offset)
            break;
        if (!paged || (json_int_t)seen >= offset)
            json_array_append_new(ids, json_integer(found[i].r->id));
        seen++;
    }
    free(found);
    return ids;
}
