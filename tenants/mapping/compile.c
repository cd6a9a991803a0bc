#include <stdio.h>

#include "base/nearest.h"
#include "mapping/mapping_int.h"

/* From a document to a plan: every fault of it is named, none ends the reading. */

struct reading {
    struct arena *a;
    struct mapping *m;
    struct mapping_faults *faults;
    const struct mapping_source *known;
    struct rule rules[MAPPING_RULES_MAX];
    size_t n;
};

static struct mapping_fault *fault(struct reading *r, const char *pointer, const char *code, const char *detail)
{
    struct mapping_fault *f;

    if (r->faults->n == MAPPING_FAULTS_MAX)
        return &r->faults->v[MAPPING_FAULTS_MAX - 1];
    if (!r->faults->v)
        r->faults->v = ARENA_ARRAY(r->a, struct mapping_fault, MAPPING_FAULTS_MAX);
    f = &r->faults->v[r->faults->n++];
    *f = (struct mapping_fault){.pointer = pointer, .code = code, .detail = detail};
    return f;
}

static const char *at(struct reading *r, size_t i, const char *what)
{
    return arena_f(r->a, "/rules/%zu%s%s", i, *what ? "/" : "", what);
}

/* ---- names that are near ---- */

#define NEAREST_TOLD 20 /* faults with names beside them */

/* "; near it is a, b or c", or nothing. */
static const char *nearest(struct reading *r, const char *name, const char *const *names, size_t n)
{
    struct nearest near;

    if (r->faults->n >= NEAREST_TOLD) /* each is a look at every name there is */
        return "";
    nearest_init(&near, str_of(name));
    for (size_t i = 0; i < n; i++)
        nearest_try(&near, names[i]);
    return near.n ? arena_f(r->a, "; near it is %s", nearest_text(r->a, &near)) : "";
}

static bool is_known(const struct mapping_source *known, const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < known->n; i++) {
        const char *k = known->paths[i];

        if (strncmp(k, path, n) == 0 && (k[n] == '\0' || k[n] == '.'))
            return true;
        /* below something of which no more is known */
        if (strlen(k) > 2 && strcmp(k + strlen(k) - 2, ".*") == 0 && strncmp(k, path, strlen(k) - 1) == 0)
            return true;
    }
    return false;
}

/* ---- expressions ---- */

static void add_read(struct reading *r, const char *path)
{
    struct mapping *m = r->m;
    const char **more;

    for (size_t i = 0; i < m->n_reads; i++)
        if (strcmp(m->reads[i], path) == 0)
            return;
    more = ARENA_ARRAY(r->a, const char *, m->n_reads + 1);
    if (m->n_reads)
        memcpy(more, m->reads, m->n_reads * sizeof(*more));
    more[m->n_reads++] = path;
    m->reads = more;
}

/* What it reads, below the path that its items lie at. */
static void note_reads(struct reading *r, const struct expr *e, const char *below, const char *pointer, const char *to)
{
    struct expr_reads reads;

    expr_reads(r->a, e, below, &reads);
    for (size_t i = 0; i < reads.n; i++) {
        add_read(r, reads.paths[i]);
        if (!r->known || r->known->n == 0 || strchr(reads.paths[i], '*') || is_known(r->known, reads.paths[i]))
            continue;
        fault(r, pointer, "unknown_field",
              arena_f(r->a, "the source has no field %s%s", reads.paths[i],
                      nearest(r, reads.paths[i], r->known->paths, r->known->n)))
            ->rule = to;
    }
}

static void add_table(struct reading *r, const char *table)
{
    struct mapping *m = r->m;

    for (size_t i = 0; i < m->n_tables; i++)
        if (strcmp(m->tables[i], table) == 0)
            return;
    if (!m->tables)
        m->tables = ARENA_ARRAY(r->a, const char *, MAPPING_RULES_MAX);
    if (m->n_tables < MAPPING_RULES_MAX)
        m->tables[m->n_tables++] = table;
}

/* The cross references are loaded before a record is there: what no text names would never be. */
static void note_tables(struct reading *r, const struct expr *e, const char *pointer, const char *to)
{
    struct expr_reads tables;
    struct expr_fault where;

    if (!expr_first_arguments(r->a, e, "xref", &tables, &where)) {
        struct mapping_fault *told =
            fault(r, pointer, "table_not_named",
                  "$xref must be called with a cross reference's name in quotes, as in $xref(\"sku\", code)");

        told->rule = to;
        told->line = where.line;
        told->column = where.column;
    }
    for (size_t i = 0; i < tables.n; i++)
        add_table(r, tables.paths[i]);
}

/* What nothing has the name of would have no value, in silence, or fail with each record. */
static void check_variables(struct reading *r, const struct expr *e, const char *pointer, const char *to)
{
    const char *names[MAPPING_LETS_MAX + 2] = {"parent", "creating"};
    struct expr_reads asked;
    size_t n = 2;

    for (size_t i = 0; i < r->m->n_lets; i++)
        names[n++] = r->m->lets[i].name;
    expr_names(r->a, e, &asked);
    for (size_t i = 0; i < asked.n; i++) {
        bool known = false;

        for (size_t k = 0; k < n; k++)
            known |= strcmp(asked.paths[i], names[k]) == 0;
        if (!known)
            fault(r, pointer, "unknown_name",
                  arena_f(r->a, "neither a function nor a value before has the name $%s%s", asked.paths[i],
                          nearest(r, asked.paths[i], names, n)))
                ->rule = to;
    }
}

static const struct expr *compiled(struct reading *r, const struct doc *text, const char *pointer, const char *to)
{
    struct expr_fault f;
    struct expr *e;

    if (doc_kind(text) != DOC_TEXT || doc_text(text).n == 0) {
        fault(r, pointer, "wrong_type", "must be an expression in a text")->rule = to;
        return NULL;
    }
    if (!expr_compile(r->a, doc_text(text), &mapping_host, &e, &f)) {
        struct mapping_fault *told = fault(r, pointer, f.code, f.message);

        told->rule = to;
        told->line = f.line;
        told->column = f.column;
        return NULL;
    }
    note_tables(r, e, pointer, to);
    check_variables(r, e, pointer, to);
    return e;
}

/* ---- rules ---- */

/* A value of the document's own must be able to stand in the field. */
static struct doc fitting(struct reading *r, const struct doc *v, const struct rule *rule, const char *pointer)
{
    struct canon_faults wrong = {0};
    struct doc out = *v;

    if (!rule->field)
        return out;
    canon_convert(r->a, rule->field, v, &out);
    if (!canon_fits(r->a, r->m->target, rule->field, &out, &wrong))
        fault(r, pointer, wrong.v[0].code, wrong.v[0].detail)->rule = rule->to;
    return out;
}

static void take_miss(struct reading *r, const struct doc *miss, struct rule *rule, const char *pointer)
{
    const struct doc *value = doc_get(miss, "default");

    rule->miss = MISS_HOLD;
    if (str_is(doc_text(miss), "fail"))
        rule->miss = MISS_FAIL;
    else if (str_is(doc_text(miss), "hold"))
        rule->miss = MISS_HOLD;
    else if (value && doc_count(miss) == 1) {
        rule->miss = MISS_DEFAULT;
        rule->constant = fitting(r, value, rule, arena_f(r->a, "%s/default", pointer));
    } else
        fault(r, pointer, "required",
              "must say what a look-up that finds nothing does: \"fail\", \"hold\" or "
              "{\"default\": VALUE}")
            ->rule = rule->to;
}

static const char *below(struct arena *a, const char *pointer, struct str name)
{
    struct buf b;

    buf_init(&b, a, MAPPING_MAX);
    buf_s(&b, pointer);
    doc_pointer_put(&b, name);
    return buf_cstr(&b);
}

static void check_members(struct reading *r, const struct doc *d, const char *pointer, const char *const *names,
                          size_t n)
{
    for (size_t i = 0; i < doc_count(d); i++) {
        const char *name = str_dup(r->a, doc_key(d, i));
        bool known = false;

        for (size_t k = 0; k < n; k++)
            known |= strcmp(name, names[k]) == 0;
        if (!known)
            fault(r, below(r->a, pointer, doc_key(d, i)), "unknown_member",
                  arena_f(r->a, "is not known%s", nearest(r, name, names, n)));
    }
}

static void take_lookup(struct reading *r, const struct doc *v, struct rule *rule)
{
    static const char *const names[] = {"table", "key", "miss"};
    const char *table = doc_cstr(r->a, doc_get(v, "table"));

    rule->table = table;
    if (doc_kind(v) == DOC_OBJECT)
        check_members(r, v, at(r, rule->place, "lookup"), names, ARRAY_LEN(names));
    if (!table || !*table || strlen(table) > 64)
        fault(r, at(r, rule->place, "lookup/table"), "required", "must name a cross reference")->rule = rule->to;
    else
        add_table(r, table);
    rule->expr = compiled(r, doc_get(v, "key"), at(r, rule->place, "lookup/key"), rule->to);
    take_miss(r, doc_get(v, "miss"), rule, at(r, rule->place, "lookup/miss"));
}

static void take_when(struct reading *r, const struct doc *v, struct rule *rule)
{
    if (!v || str_is(doc_text(v), "always"))
        rule->when = WHEN_ALWAYS;
    else if (str_is(doc_text(v), "creating"))
        rule->when = WHEN_CREATING;
    else if (str_is(doc_text(v), "if_not_empty"))
        rule->when = WHEN_NOT_EMPTY;
    else
        fault(r, at(r, rule->place, "when"), "not_a_choice", "must be \"always\", \"creating\" or \"if_not_empty\"")
            ->rule = rule->to;
}

static void take_kind(struct reading *r, const struct doc *d, struct rule *rule)
{
    static const char *const kinds[] = {"expr", "constant", "lookup", "each", "from"};
    const struct doc *found = NULL;
    unsigned count = 0;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (doc_get(d, kinds[i])) {
            found = doc_get(d, kinds[i]);
            rule->kind = (enum rule_kind)i;
            count++;
        }
    if (count != 1) {
        fault(r, at(r, rule->place, ""), "required", "must have one of expr, constant, lookup, each and from")->rule =
            rule->to;
        return;
    }
    if (rule->kind == RULE_CONSTANT)
        rule->constant = fitting(r, found, rule, at(r, rule->place, "constant"));
    else if (rule->kind == RULE_LOOKUP)
        take_lookup(r, found, rule);
    else
        rule->expr = compiled(r, found, at(r, rule->place, kinds[rule->kind]), rule->to);
    if (rule->field && rule->kind == RULE_EACH && rule->field->kind != CANON_LIST)
        fault(r, at(r, rule->place, "each"), "wrong_type", "is for lists only")->rule = rule->to;
    if (rule->field && rule->kind == RULE_FROM && rule->field->kind != CANON_OBJECT)
        fault(r, at(r, rule->place, "from"), "wrong_type", "is for objects only")->rule = rule->to;
}

/* A path with a number in it would be no rule for any item. */
static bool names_one_item(const char *to)
{
    for (const char *p = to; *p; p++)
        if (*p == '/' && p[1] >= '0' && p[1] <= '9')
            return true;
    return false;
}

static const char *target_faults(struct reading *r, const char *to)
{
    struct canon_targets targets;
    const char **paths;

    canon_fields(r->a, r->m->target, &targets);
    paths = ARENA_ARRAY(r->a, const char *, targets.n);
    for (size_t i = 0; i < targets.n; i++)
        paths[i] = targets.v[i].path;
    return arena_f(r->a, "%s has no field %s%s", r->m->target->schema, to, nearest(r, to, paths, targets.n));
}

static void take_rule(struct reading *r, const struct doc *d, size_t place)
{
    static const char *const names[] = {"to", "expr", "constant", "lookup", "each", "from", "when", "comment"};
    struct rule *rule = &r->rules[r->n];
    const char *to = doc_cstr(r->a, doc_get(d, "to"));

    *rule = (struct rule){.to = to, .place = place};
    if (doc_kind(d) != DOC_OBJECT || !to || *to != '/') {
        fault(r, at(r, place, "to"), "required", "must be the path of a field, as /number or /lines/*/sku");
        return;
    }
    check_members(r, d, at(r, place, ""), names, ARRAY_LEN(names));
    rule->field = canon_field_at(r->m->target, str_of(to));
    if (!rule->field)
        fault(r, at(r, place, "to"), "unknown_field", target_faults(r, to))->rule = to;
    else if (names_one_item(to))
        fault(r, at(r, place, "to"), "unknown_field", "the items of a list are all named by *, as in /lines/*/sku")
            ->rule = to;
    else if (rule->field->kind == CANON_SCHEMA)
        fault(r, at(r, place, "to"), "unknown_field", "is set by itself")->rule = to;
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->rules[i].to, to) == 0)
            fault(r, at(r, place, "to"), "twice", arena_f(r->a, "rule %zu has this field already", r->rules[i].place))
                ->rule = to;
    take_kind(r, d, rule);
    take_when(r, doc_get(d, "when"), rule);
    r->n++;
}

/* ---- the plan ---- */

static const struct rule *rule_at(const struct reading *r, const char *path)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->rules[i].to, path) == 0)
            return &r->rules[i];
    return NULL;
}

static bool reaches_below(const struct reading *r, const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < r->n; i++)
        if (strncmp(r->rules[i].to, path, n) == 0 && r->rules[i].to[n] == '/')
            return true;
    return false;
}

/* A rule for a list or an object says what the rules for its fields are evaluated on, and is of no use without them. */
static void check_inside(struct reading *r, const struct plan_field *f, const char *path, bool inside)
{
    bool list = f->field->kind == CANON_LIST;
    const struct rule *rule = f->rule;

    if (inside && list && (!rule || rule->kind != RULE_EACH))
        fault(r, rule ? at(r, rule->place, "") : "/rules", "required",
              arena_f(r->a, "a rule for %s with each must say what its items are", path))
            ->rule = path;
    else if (inside && !list && rule && rule->kind != RULE_FROM)
        fault(r, at(r, rule->place, ""), "required",
              arena_f(r->a, "other rules reach into %s, so that this one can only say with from what they read", path))
            ->rule = path;
    else if (!inside && rule && (rule->kind == RULE_EACH || rule->kind == RULE_FROM))
        fault(r, at(r, rule->place, ""), "required", arena_f(r->a, "there is no rule for a field of %s", path))->rule =
            path;
}

/* What a rule reads, below where its own items lie. Returns where the items of the rules inside it lie: `below`, or
 * what the rule says; NULL: not known. */
static const char *reads_of(struct reading *r, const struct rule *rule, const char *below)
{
    if (!rule || !rule->expr)
        return below;
    note_reads(r, rule->expr, below, at(r, rule->place, ""), rule->to);
    if (rule->kind == RULE_EACH || rule->kind == RULE_FROM)
        return expr_read_of(r->a, rule->expr, below);
    return below;
}

/* `below` is where the source's items lie, as a dotted path, or NULL when that is not known. */
static struct plan *plan_of(struct reading *r, const struct canon_shape *shape, const char *path, const char *below)
{
    struct plan *p = ARENA_NEW(r->a, struct plan);

    p->shape = shape;
    for (size_t i = 0; i < shape->n && p->n < CANON_FIELDS_MAX; i++) {
        const struct canon_field *f = &shape->fields[i];
        const char *here = arena_f(r->a, "%s/%s", path, f->name);
        const struct rule *rule = rule_at(r, here);
        const char *items = reads_of(r, rule, below);
        bool inside = f->of && reaches_below(r, here);
        struct plan_field *to = &p->fields[p->n];

        *to = (struct plan_field){.field = f, .rule = rule};
        check_inside(r, to, here, inside);
        if (inside)
            to->inside = plan_of(r, f->of, arena_f(r->a, "%s%s", here, f->kind == CANON_LIST ? "/*" : ""), items);
        p->n += rule || inside || f->kind == CANON_SCHEMA;
    }
    return p;
}

static bool is_let_name(const char *name)
{
    size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") : 0;

    return n > 0 && n <= 64 && name[n] == '\0' && !(name[0] >= '0' && name[0] <= '9') && strcmp(name, "parent") != 0 &&
           strcmp(name, "creating") != 0;
}

static bool is_let(const struct mapping *m, const char *name)
{
    for (size_t i = 0; i < m->n_lets; i++)
        if (strcmp(m->lets[i].name, name) == 0)
            return true;
    return false;
}

static void take_lets(struct reading *r, const struct doc *lets)
{
    static const char *const names[] = {"name", "expr", "comment"};

    if (lets && doc_kind(lets) != DOC_ARRAY) {
        fault(r, "/let", "wrong_type", "must be a list of names and expressions");
        return;
    }
    for (size_t i = 0; i < doc_count(lets); i++) {
        const struct doc *d = doc_at(lets, i);
        const char *pointer = arena_f(r->a, "/let/%zu", i), *name = doc_cstr(r->a, doc_get(d, "name"));
        struct let *let = &r->m->lets[r->m->n_lets];

        if (i == MAPPING_LETS_MAX) {
            fault(r, "/let", "too_many", arena_f(r->a, "holds at most %d values", MAPPING_LETS_MAX));
            return;
        }
        if (!is_let_name(name) || is_let(r->m, name)) {
            fault(r, arena_f(r->a, "%s/name", pointer), "required",
                  "must be a name of its own, of letters, digits and _, other than parent and creating");
            continue;
        }
        check_members(r, d, pointer, names, ARRAY_LEN(names));
        *let = (struct let){name, compiled(r, doc_get(d, "expr"), arena_f(r->a, "%s/expr", pointer), NULL)};
        if (let->expr) {
            note_reads(r, let->expr, "", pointer, NULL);
            r->m->n_lets++;
        }
    }
}

static bool take_head(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"format", "source", "target", "let", "rules", "comment"};
    const struct doc *source = doc_get(d, "source");

    if (doc_kind(d) == DOC_OBJECT)
        check_members(r, d, "", names, ARRAY_LEN(names));
    if (!str_is(doc_text(doc_get(d, "format")), MAPPING_FORMAT))
        fault(r, "/format", "not_a_choice", "must be \"" MAPPING_FORMAT "\"");
    r->m->system = doc_cstr(r->a, doc_get(source, "system"));
    r->m->object = doc_cstr(r->a, doc_get(source, "object"));
    if (!r->m->system || !r->m->object)
        fault(r, "/source", "required", "must name a system and its object");
    r->m->target = canon_object_schema(doc_text(doc_get(d, "target")));
    if (!r->m->target)
        fault(r, "/target", "unknown_object", "must be a canonical object and its version, as \"sales_order/1\"");
    else if (doc_kind(doc_get(d, "rules")) == DOC_ARRAY)
        return true;
    else
        fault(r, "/rules", "required", "must be a list of rules");
    return false;
}

bool mapping_compile(struct arena *keep, const struct doc *document, const struct mapping_source *known,
                     struct mapping **out, struct mapping_faults *faults)
{
    struct reading *r = ARENA_NEW(keep, struct reading);
    const struct doc *rules = doc_get(document, "rules");

    *faults = (struct mapping_faults){0};
    r->a = keep;
    r->m = ARENA_NEW(keep, struct mapping);
    r->faults = faults;
    r->known = known;
    if (!take_head(r, document))
        return false;
    take_lets(r, doc_get(document, "let"));
    for (size_t i = 0; i < doc_count(rules); i++) {
        if (r->n == MAPPING_RULES_MAX) {
            fault(r, "/rules", "too_many", arena_f(keep, "holds at most %d rules", MAPPING_RULES_MAX));
            break;
        }
        take_rule(r, doc_at(rules, i), i);
    }
    r->m->plan = plan_of(r, r->m->target->shape, "", "");
    if (faults->n)
        return false;
    *out = r->m;
    return true;
}

static void unfilled(struct reading *r, const struct plan *p, const char *path)
{
    for (size_t i = 0; i < p->shape->n; i++) {
        const struct canon_field *f = &p->shape->fields[i];
        const char *here = arena_f(r->a, "%s/%s", path, f->name);
        const struct plan_field *by = NULL;

        for (size_t k = 0; k < p->n; k++)
            if (p->fields[k].field == f)
                by = &p->fields[k];
        if (by && by->inside)
            unfilled(r, by->inside, arena_f(r->a, "%s%s", here, f->kind == CANON_LIST ? "/*" : ""));
        else if (!by && f->needed)
            fault(r, "/rules", "unfilled",
                  arena_f(r->a, "no rule fills %s, without which there is no %s", here, r->m->target->name))
                ->rule = here;
    }
}

void mapping_unfilled(struct arena *a, const struct mapping *m, struct mapping_faults *faults)
{
    struct reading *r = ARENA_NEW(a, struct reading);
    struct mapping_fault *all = ARENA_ARRAY(a, struct mapping_fault, MAPPING_FAULTS_MAX);

    if (faults->n)
        memcpy(all, faults->v, faults->n * sizeof(*all));
    faults->v = all; /* with room for as many as there can be */
    r->a = a;
    r->m = (struct mapping *)m; /* only read */
    r->faults = faults;
    unfilled(r, m->plan, "");
}

const struct canon_object *mapping_target(const struct mapping *m)
{
    return m->target;
}

const char *mapping_source_system(const struct mapping *m)
{
    return m->system;
}

const char *mapping_source_object(const struct mapping *m)
{
    return m->object;
}

size_t mapping_tables(const struct mapping *m, const char *const **out)
{
    *out = m->tables;
    return m->n_tables;
}

size_t mapping_reads(const struct mapping *m, const char *const **out)
{
    *out = m->reads;
    return m->n_reads;
}
