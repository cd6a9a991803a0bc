#include "mapping/mapping_int.h"

#include "sys/stack.h"

/* The plan on one document. Fields are filled in the shape's order, so that the same value always gives the same
 * octets. */

static struct mapping_fault *fault(struct mapping_run_state *s, const char *pointer, const char *code,
                                   const char *detail)
{
    struct mapping_faults *to = &s->out->faults;
    struct mapping_fault *f;

    if (to->n == MAPPING_FAULTS_MAX)
        return &to->v[to->n - 1];
    if (!to->v)
        to->v = ARENA_ARRAY(s->numbers.arena, struct mapping_fault, MAPPING_FAULTS_MAX);
    f = &to->v[to->n++];
    *f = (struct mapping_fault){.pointer = pointer, .code = code, .detail = detail};
    f->rule = s->rule ? s->rule->to : NULL;
    return f;
}

static const char *pointer(struct mapping_run_state *s)
{
    return arena_strndup(s->numbers.arena, s->pointer.p ? s->pointer.p : "", s->pointer.n);
}

/* Where the next miss goes. A full list has room for one that holds all the same, since who waits must know for what:
 * it takes the place of the last one that holds nothing. NULL: it is not kept. */
static struct mapping_miss *miss_place(struct mapping_run_state *s, enum mapping_on_miss then)
{
    struct mapping_result *out = s->out;
    size_t i = out->miss_count;

    if (!out->misses)
        out->misses = ARENA_ARRAY(s->numbers.arena, struct mapping_miss, MAPPING_MISSES_MAX);
    if (i < MAPPING_MISSES_MAX)
        return &out->misses[out->miss_count++];
    if (then != MISS_HOLD || s->holds == i)
        return NULL;
    while (out->misses[i - 1].then == MISS_HOLD)
        i--;
    return &out->misses[i - 1];
}

static void missed(struct mapping_run_state *s, struct str table, struct str key, enum mapping_on_miss then)
{
    struct mapping_miss *miss = miss_place(s, then);

    s->out->held |= then == MISS_HOLD;
    if (!miss)
        return;
    s->holds += then == MISS_HOLD;
    *miss = (struct mapping_miss){
        .table = str_dup(s->numbers.arena, table), .key = str_dup(s->numbers.arena, key), .then = then};
    miss->rule = s->rule ? s->rule->to : NULL;
    miss->pointer = pointer(s);
}

bool mapping_key(struct arena *a, const struct doc *v, struct str *out)
{
    int64_t n;

    if (doc_int(v, &n))
        *out = str_of(arena_f(a, "%lld", (long long)n));
    else if (doc_kind(v) == DOC_TEXT)
        *out = doc_text(v);
    else
        return false;
    return true;
}

bool mapping_look_up(struct mapping_run_state *s, struct str table, struct str key, enum mapping_on_miss then,
                     struct doc *out)
{
    struct str value;

    if (s->how->find && s->how->find(s->how->find_arg, table, key, &value)) {
        *out = doc_make_text(value);
        return true;
    }
    missed(s, table, key, then);
    return false;
}

static bool goes_on(struct mapping_run_state *s)
{
    if (s->stopped)
        return false;
    if (arena_used(s->numbers.arena) - s->before > MAPPING_RUN_BYTES_MAX)
        fault(s, pointer(s), "too_large", "the record took too much memory as a whole and was stopped here");
    else if (s->how->go_on && !s->how->go_on(s->how->go_on_arg))
        fault(s, pointer(s), "too_long", "the record took too long as a whole and was stopped here");
    else
        return true;
    s->stopped = true;
    return false;
}

static bool evaluated(struct mapping_run_state *s, const struct expr *e, struct doc context, struct doc *out)
{
    struct expr_run how = {.now_ms = s->how->now_ms, .root = s->root, .user = s};
    struct expr_fault f;

    how.bindings = s->bindings;
    how.n_bindings = s->n_bindings;
    if (!goes_on(s))
        return false;
    if (expr_eval(s->numbers.arena, e, &how, context, out, &f))
        return true;
    struct mapping_fault *told = fault(s, pointer(s), f.code, f.message);

    told->line = f.line;
    told->column = f.column;
    return false;
}

static bool is_empty(struct doc v)
{
    return expr_is_absent(v) || doc_kind(&v) == DOC_NULL || (doc_kind(&v) == DOC_TEXT && doc_text(&v).n == 0) ||
           (doc_kind(&v) == DOC_ARRAY && doc_count(&v) == 0);
}

/* A table may have an entry for the empty key. Without one there is no word that an entry could be made for: what is to
 * be held fails, unless the rule fills its field only if there is something. */
static struct doc found_by_nothing(struct mapping_run_state *s, const struct rule *rule)
{
    struct str value;

    if (s->how->find && s->how->find(s->how->find_arg, str_of(rule->table), STR(""), &value))
        return doc_make_text(value);
    if (rule->miss == MISS_DEFAULT)
        return rule->constant;
    if (rule->when != WHEN_NOT_EMPTY)
        fault(s, pointer(s), "no_key",
              arena_f(s->numbers.arena, "has no key to look up in cross reference %s", rule->table));
    return expr_absent();
}

static struct doc found(struct mapping_run_state *s, const struct rule *rule, struct doc key)
{
    struct str text;
    struct doc v;

    if (is_empty(key))
        return found_by_nothing(s, rule);
    if (!mapping_key(s->numbers.arena, &key, &text)) {
        fault(s, pointer(s), "wrong_type", "a key of a cross reference is a text or an integer");
        return expr_absent();
    }
    if (mapping_look_up(s, str_of(rule->table), text, rule->miss, &v))
        return v;
    if (rule->miss == MISS_FAIL)
        fault(s, pointer(s), "not_mapped",
              arena_f(s->numbers.arena, "cross reference %s has no entry for \"%.*s\"", rule->table,
                      (int)(text.n < 100 ? text.n : 100), text.p));
    return rule->miss == MISS_DEFAULT ? rule->constant : expr_absent();
}

static void keep(struct mapping_run_state *s, struct doc v)
{
    struct mapping_result *out = s->out;

    if (!s->how->keep_values || s->stopped || !s->rule || out->value_count == MAPPING_VALUES_MAX)
        return;
    if ((out->value_count & (out->value_count - 1)) == 0) {
        size_t cap = out->value_count ? 2 * out->value_count : 1;
        struct mapping_ruled *more = arena_alloc(s->numbers.arena, cap * sizeof(*more));

        if (out->value_count)
            memcpy(more, out->values, out->value_count * sizeof(*more));
        out->values = more;
    }
    out->values[out->value_count++] = (struct mapping_ruled){s->rule->to, pointer(s), v};
}

static struct doc ruled(struct mapping_run_state *s, const struct rule *rule, struct doc context)
{
    struct doc v = expr_absent();

    s->rule = rule;
    if (rule->when == WHEN_CREATING && !s->how->creating)
        return v;
    if (rule->kind == RULE_CONSTANT)
        v = rule->constant;
    else if (!evaluated(s, rule->expr, context, &v))
        v = expr_absent();
    else if (rule->kind == RULE_LOOKUP)
        v = found(s, rule, v);
    if (rule->when == WHEN_NOT_EMPTY && is_empty(v))
        v = expr_absent();
    if (rule->kind == RULE_EXPR && rule->field && !expr_is_absent(v))
        canon_convert(s->numbers.arena, rule->field, &v, &v);
    keep(s, v);
    return v;
}

static struct doc object(struct mapping_run_state *s, const struct plan *p, struct doc context, struct doc parent);

static void bind_parent(struct mapping_run_state *s, struct doc parent)
{
    s->bindings[s->n_bindings - 1].value = parent;
}

static struct doc list(struct mapping_run_state *s, const struct plan_field *f, struct doc items, struct doc parent)
{
    size_t n = doc_kind(&items) == DOC_ARRAY ? doc_count(&items) : expr_is_absent(items) ? 0 : 1;
    struct doc *out = arena_alloc(s->numbers.arena, (n + 1) * sizeof(*out));
    size_t mark = s->pointer.n, count = 0;

    if (doc_kind(&items) == DOC_NULL)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        buf_c(&s->pointer, '/');
        buf_u64(&s->pointer, count);
        out[count] = object(s, f->inside, doc_kind(&items) == DOC_ARRAY ? *doc_at(&items, i) : items, parent);
        count += !expr_is_absent(out[count]);
        s->pointer.n = mark;
    }
    return doc_make_array(out, (uint32_t)count);
}

static struct doc field(struct mapping_run_state *s, const struct plan_field *f, struct doc context, struct doc parent)
{
    struct doc v = context;

    if (f->field->kind == CANON_SCHEMA)
        return doc_make_text(str_of(s->m->target->schema));
    if (f->rule)
        v = ruled(s, f->rule, context);
    if (!f->inside)
        return v;
    if (f->field->kind == CANON_LIST) {
        if (f->rule && expr_is_absent(v) && f->rule->when != WHEN_ALWAYS)
            return v; /* its condition does not hold */
        v = list(s, f, v, context);
    } else if (f->rule && is_empty(v)) {
        v = expr_absent();
    } else {
        v = object(s, f->inside, v, f->rule ? context : parent);
    }
    bind_parent(s, parent);
    return v;
}

/* Without a field that has a value there is no object. */
static struct doc object(struct mapping_run_state *s, const struct plan *p, struct doc context, struct doc parent)
{
    struct doc *members = arena_alloc(s->numbers.arena, 2 * p->n * sizeof(*members) + 16);
    size_t mark = s->pointer.n;
    uint32_t n = 0;

    for (size_t i = 0; i < p->n; i++) {
        const struct plan_field *f = &p->fields[i];
        struct doc v;

        buf_c(&s->pointer, '/');
        buf_add(&s->pointer, f->field->name, f->field->name_n);
        bind_parent(s, parent);
        v = field(s, f, context, parent);
        s->pointer.n = mark;
        if (expr_is_absent(v))
            continue;
        members[2 * n] = doc_make_text((struct str){f->field->name, f->field->name_n});
        members[2 * n + 1] = v;
        n++;
    }
    return n ? doc_make_object(members, n) : expr_absent();
}

/* What a check found, as faults of the rule that fills the place. */
static const char *rule_for(const struct mapping *m, const char *pointer)
{
    const struct plan *p = m->plan;
    const char *best = NULL;

    while (p && *pointer == '/') {
        size_t n = strcspn(++pointer, "/");
        const struct plan *next = NULL;

        for (size_t i = 0; i < p->n; i++)
            if (p->fields[i].field->name_n == n && memcmp(p->fields[i].field->name, pointer, n) == 0) {
                best = p->fields[i].rule ? p->fields[i].rule->to : best;
                next = p->fields[i].inside;
            }
        pointer += n;
        if (next && *pointer == '/' && pointer[1] >= '0' && pointer[1] <= '9')
            pointer += 1 + strcspn(pointer + 1, "/");
        p = next;
    }
    return best;
}

static void judge(struct mapping_run_state *s)
{
    struct canon_faults wrong = {0};

    if (canon_valid(s->numbers.arena, s->m->target, &s->out->value, &wrong))
        return;
    for (size_t i = 0; i < wrong.n; i++) {
        s->rule = NULL;
        fault(s, wrong.v[i].pointer, wrong.v[i].code, wrong.v[i].detail)->rule = rule_for(s->m, wrong.v[i].pointer);
    }
}

static void bind_lets(struct mapping_run_state *s, struct doc input)
{
    s->bindings[s->n_bindings++] = (struct expr_binding){"creating", doc_make_bool(s->how->creating)};
    for (size_t i = 0; i < s->m->n_lets; i++) {
        struct doc v;

        if (!evaluated(s, s->m->lets[i].expr, input, &v))
            v = expr_absent();
        s->bindings[s->n_bindings++] = (struct expr_binding){s->m->lets[i].name, v};
    }
    s->bindings[s->n_bindings++] = (struct expr_binding){"parent", expr_absent()};
}

/* All of it on one large stack, which each expression would change to by itself otherwise. */
static void run_here(void *arg, const char *floor)
{
    struct mapping_run_state *s = arg;

    (void)floor;
    bind_lets(s, *s->root);
    s->out->value = object(s, s->m->plan, *s->root, expr_absent());
    s->out->made = !s->out->held && s->out->faults.n == 0;
    if (s->out->made)
        judge(s);
}

void mapping_run(struct arena *a, const struct mapping *m, const struct doc *input, const struct mapping_how *how,
                 struct mapping_result *out)
{
    struct mapping_run_state s = {
        .numbers.arena = a, .m = m, .how = how, .out = out, .root = input, .before = arena_used(a)};

    *out = (struct mapping_result){.value = expr_absent()};
    buf_init(&s.pointer, a, 4096);
    stack_call(run_here, &s);
    out->valid = out->made && out->faults.n == 0;
}
