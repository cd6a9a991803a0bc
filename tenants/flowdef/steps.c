#include "flowdef/flowdef_int.h"
#include "mapping/mapping.h"

/* The steps, each by its kind. */

/* What a step may have: first those of which it has one, by their kind. */
static const char *const names_of_step[] = {"set",   "map",  "validate", "look_up", "filter",  "branch",
                                            "split", "call", "effect",   "wait",    "approve", "notify",
                                            "flow",  "hold", "drop",     "id",      "comment"};

static const char *at(struct reading *r, const struct flowdef_step *s)
{
    return flowdef_below(r->a, s->pointer, names_of_step[s->kind]);
}

static bool is_object(struct reading *r, const struct flowdef_step *s, const struct doc *v, const char *const *names,
                      size_t n)
{
    if (doc_kind(v) != DOC_OBJECT) {
        flowdef_fault(r, at(r, s), "wrong_type", "must be an object");
        return false;
    }
    flowdef_members(r, v, at(r, s), names, n);
    return true;
}

static bool is_name(const char *name)
{
    size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") : 0;

    return n > 0 && n <= 64 && name[n] == '\0' && !(name[0] >= '0' && name[0] <= '9');
}

/* A name that is had already, or that one of the language's functions has, would stand for one of two things. */
static const char *new_name(struct reading *r, const struct doc *v, const char *pointer)
{
    const char *name = doc_cstr(r->a, v);
    bool taken = false;

    for (size_t i = 0; name && i < r->n_names; i++)
        taken |= strcmp(r->names[i], name) == 0;
    if (is_name(name) && !taken && !expr_is_function(&mapping_numbers, str_of(name)))
        return name;
    flowdef_fault(r, pointer, taken ? "twice" : "required",
                  "must be a name of its own, of at most 64 letters, digits and _, that no function has");
    return NULL;
}

static void read_map(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"of", "system", "object"};

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    s->expr = flowdef_expr(r, v, at(r, s), "of", true);
    s->system = doc_get(v, "system") ? flowdef_text(r, v, at(r, s), "system", 64) : r->f->head.system;
    s->name = doc_get(v, "object") ? flowdef_text(r, v, at(r, s), "object", 64) : r->f->head.object;
    if (!s->system && !doc_get(v, "system"))
        flowdef_fault(r, flowdef_below(r->a, at(r, s), "system"), "required",
                      "must name the system whose object is mapped, as \"shopify\", since the trigger names none");
    if (!s->name && !doc_get(v, "object"))
        flowdef_fault(r, flowdef_below(r->a, at(r, s), "object"), "required",
                      "must name the object that is mapped, since the trigger names none");
}

static void read_validate(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"value", "schema"};
    const char *schema;

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    s->expr = flowdef_expr(r, v, at(r, s), "value", true);
    schema = doc_cstr(r->a, doc_get(v, "schema"));
    s->schema = schema ? canon_object_schema(str_of(schema)) : NULL;
    if (!s->schema)
        flowdef_fault(r, flowdef_below(r->a, at(r, s), "schema"), "unknown_object",
                      "must be a canonical object and its version, as \"sales_order/1\"");
}

static void read_miss(struct reading *r, const struct doc *miss, struct flowdef_step *s)
{
    const struct doc *value = doc_get(miss, "default");

    if (str_is(doc_text(miss), "hold"))
        s->miss = FLOWDEF_MISS_HOLD;
    else if (str_is(doc_text(miss), "fail"))
        s->miss = FLOWDEF_MISS_FAIL;
    else if (value && doc_count(miss) == 1) {
        s->miss = FLOWDEF_MISS_DEFAULT;
        s->value = *value;
    } else
        flowdef_fault(r, flowdef_below(r->a, at(r, s), "miss"), "required",
                      "must say what a look-up that finds nothing does: \"hold\", \"fail\" or {\"default\": VALUE}");
}

static void read_look_up(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"table", "key", "miss"};

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    s->name = flowdef_text(r, v, at(r, s), "table", 64);
    s->key = flowdef_expr(r, v, at(r, s), "key", true);
    read_miss(r, doc_get(v, "miss"), s);
}

static void read_filter(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"when", "drop"};

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    s->when = flowdef_expr(r, v, at(r, s), "when", true);
    s->reason = flowdef_text(r, v, at(r, s), "drop", FLOWDEF_REASON_MAX);
}

/* What is named within steps that may not be taken is unknown behind them. */
static void read_inner(struct reading *r, const struct doc *list, const char *pointer, struct flowdef_steps *out)
{
    size_t names = r->n_names;

    flowdef_read_steps(r, list, pointer, out);
    r->n_names = names;
}

static void read_arm(struct reading *r, const struct doc *d, const char *pointer, bool last, struct flowdef_arm *arm)
{
    static const char *const names[] = {"when", "steps", "comment"};

    if (doc_kind(d) != DOC_OBJECT) {
        flowdef_fault(r, pointer, "wrong_type", "must be an object with when and steps");
        return;
    }
    flowdef_members(r, d, pointer, names, ARRAY_LEN(names));
    arm->when = flowdef_expr(r, d, pointer, "when", !last);
    read_inner(r, doc_get(d, "steps"), flowdef_below(r->a, pointer, "steps"), &arm->steps);
}

static void read_branch(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    size_t n = doc_kind(v) == DOC_ARRAY ? doc_count(v) : 0;

    if (n == 0 || n > FLOWDEF_STEPS_MAX) {
        flowdef_fault(r, at(r, s), "wrong_type", arena_f(r->a, "must be a list of 1 to %d ways", FLOWDEF_STEPS_MAX));
        return;
    }
    s->arms = ARENA_ARRAY(r->a, struct flowdef_arm, n);
    s->arm_count = n;
    for (size_t i = 0; i < n; i++)
        read_arm(r, doc_at(v, i), arena_f(r->a, "%s/%zu", at(r, s), i), i + 1 == n, &s->arms[i]);
}

static void read_split(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"each", "as", "steps", "gather"};
    size_t known = r->n_names;

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    s->expr = flowdef_expr(r, v, at(r, s), "each", true);
    s->name = new_name(r, doc_get(v, "as"), flowdef_below(r->a, at(r, s), "as"));
    if (s->name && r->n_names <= FLOWDEF_STEPS_MAX)
        r->names[r->n_names++] = s->name;
    flowdef_read_steps(r, doc_get(v, "steps"), flowdef_below(r->a, at(r, s), "steps"), &s->steps);
    s->text = flowdef_expr(r, v, at(r, s), "gather", false);
    r->n_names = known;
}

/* {"connection", "operation", …}: what is asked of whom. */
static void read_asked(struct reading *r, const struct doc *v, const char *pointer, struct flowdef_step *s)
{
    s->asks = pointer;
    s->connection = flowdef_text(r, v, pointer, "connection", 64);
    s->operation = flowdef_text(r, v, pointer, "operation", 64);
}

static void read_call(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"connection", "operation", "with"};

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    read_asked(r, v, at(r, s), s);
    s->expr = flowdef_expr(r, v, at(r, s), "with", false);
}

static void read_effect(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"connection", "operation", "key", "with"};

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    read_asked(r, v, at(r, s), s);
    s->key = flowdef_expr(r, v, at(r, s), "key", true);
    s->expr = flowdef_expr(r, v, at(r, s), "with", true);
}

static void read_wait(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"effect", "most"}, *const of[] = {"connection", "operation", "key"};
    const struct doc *effect = doc_get(v, "effect");
    const char *pointer;

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    pointer = flowdef_below(r->a, at(r, s), "effect");
    s->most_us = flowdef_time(r, v, at(r, s), "most", 0);
    if (doc_kind(effect) != DOC_OBJECT) {
        flowdef_fault(r, pointer, effect ? "wrong_type" : "required", "must say which effect is waited for");
        return;
    }
    flowdef_members(r, effect, pointer, of, ARRAY_LEN(of));
    read_asked(r, effect, pointer, s);
    s->key = flowdef_expr(r, effect, pointer, "key", true);
}

static void read_approve(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"question", "due", "four_eyes"};
    const struct doc *four_eyes = doc_get(v, "four_eyes");

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    s->expr = flowdef_expr(r, v, at(r, s), "question", true);
    s->most_us = flowdef_time(r, v, at(r, s), "due", 0);
    if (four_eyes && !doc_bool(four_eyes, &s->four_eyes))
        flowdef_fault(r, flowdef_below(r->a, at(r, s), "four_eyes"), "wrong_type", "must be true or false");
}

static void read_notify(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"subject", "text"};

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    s->expr = flowdef_expr(r, v, at(r, s), "subject", true);
    s->text = flowdef_expr(r, v, at(r, s), "text", true);
}

static void read_flow(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"name", "with"};

    if (!is_object(r, s, v, names, ARRAY_LEN(names)))
        return;
    s->name = flowdef_text(r, v, at(r, s), "name", 120);
    s->expr = flowdef_expr(r, v, at(r, s), "with", true);
}

static void read_set(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    s->expr = flowdef_expr(r, v, at(r, s), "", true);
}

static void read_end(struct reading *r, const struct doc *v, struct flowdef_step *s)
{
    static const char *const names[] = {"expr"};

    if (doc_kind(v) != DOC_OBJECT) {
        s->reason = flowdef_text(r, v, at(r, s), "", FLOWDEF_REASON_MAX);
        return;
    }
    flowdef_members(r, v, at(r, s), names, ARRAY_LEN(names));
    s->expr = flowdef_expr(r, v, at(r, s), "expr", true);
}

static const struct kind {
    void (*read)(struct reading *r, const struct doc *v, struct flowdef_step *s);
    bool gives; /* has a value that can be named */
} kinds[] = {
    [FLOWDEF_SET] = {read_set, true},
    [FLOWDEF_MAP] = {read_map, true},
    [FLOWDEF_VALIDATE] = {read_validate, false},
    [FLOWDEF_LOOK_UP] = {read_look_up, true},
    [FLOWDEF_FILTER] = {read_filter, false},
    [FLOWDEF_BRANCH] = {read_branch, false},
    [FLOWDEF_SPLIT] = {read_split, true},
    [FLOWDEF_CALL] = {read_call, true},
    [FLOWDEF_EFFECT] = {read_effect, true},
    [FLOWDEF_WAIT] = {read_wait, true},
    [FLOWDEF_APPROVE] = {read_approve, false},
    [FLOWDEF_NOTIFY] = {read_notify, false},
    [FLOWDEF_FLOW] = {read_flow, false},
    [FLOWDEF_HOLD] = {read_end, false},
    [FLOWDEF_DROP] = {read_end, false},
};

/* FLOWDEF_KINDS: none, or several. */
static enum flowdef_kind kind_of(struct reading *r, const struct doc *d, const char *pointer)
{
    enum flowdef_kind found = FLOWDEF_KINDS;
    size_t count = 0;

    flowdef_members(r, d, pointer, names_of_step, ARRAY_LEN(names_of_step));
    for (size_t i = 0; i < FLOWDEF_KINDS; i++)
        if (doc_get(d, names_of_step[i])) {
            found = (enum flowdef_kind)i;
            count++;
        }
    if (count == 1)
        return found;
    flowdef_fault(r, pointer, "required",
                  "must have one of set, map, validate, look_up, filter, branch, split, call, effect, wait, approve, "
                  "notify, flow, hold and drop");
    return FLOWDEF_KINDS;
}

static void read_id(struct reading *r, const struct doc *d, struct flowdef_step *s)
{
    const struct doc *id = doc_get(d, "id");

    if (!id)
        return;
    if (!kinds[s->kind].gives) {
        flowdef_fault(r, flowdef_below(r->a, s->pointer, "id"), "unknown_member",
                      arena_f(r->a, "a step of kind %s gives nothing that could be named", names_of_step[s->kind]));
        return;
    }
    s->id = new_name(r, id, flowdef_below(r->a, s->pointer, "id"));
    if (s->id && r->n_names <= FLOWDEF_STEPS_MAX)
        r->names[r->n_names++] = s->id;
}

static bool read_step(struct reading *r, const struct doc *d, const char *pointer, struct flowdef_step *s)
{
    *s = (struct flowdef_step){.pointer = pointer};
    if (doc_kind(d) != DOC_OBJECT) {
        flowdef_fault(r, pointer, "wrong_type", "must be an object");
        return false;
    }
    s->kind = kind_of(r, d, pointer);
    if (s->kind == FLOWDEF_KINDS)
        return false;
    kinds[s->kind].read(r, doc_get(d, names_of_step[s->kind]), s);
    read_id(r, d, s);
    return true;
}

void flowdef_read_steps(struct reading *r, const struct doc *list, const char *pointer, struct flowdef_steps *out)
{
    size_t n = doc_kind(list) == DOC_ARRAY ? doc_count(list) : 0;

    *out = (struct flowdef_steps){0};
    if (n == 0) {
        flowdef_fault(r, pointer, list ? "wrong_type" : "required", "must be a list of steps");
        return;
    }
    if (r->depth == FLOWDEF_DEPTH_MAX) {
        flowdef_fault(r, pointer, "too_deep", arena_f(r->a, "steps lie at most %d deep", FLOWDEF_DEPTH_MAX));
        return;
    }
    if (n > FLOWDEF_STEPS_MAX - r->f->steps) {
        flowdef_fault(r, pointer, "too_many", arena_f(r->a, "a flow has at most %d steps", FLOWDEF_STEPS_MAX));
        return;
    }
    r->f->steps += n;
    r->depth++;
    out->v = ARENA_ARRAY(r->a, struct flowdef_step, n);
    for (size_t i = 0; i < n; i++)
        out->n += read_step(r, doc_at(list, i), arena_f(r->a, "%s/%zu", pointer, i), &out->v[out->n]);
    r->depth--;
}
