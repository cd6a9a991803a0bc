#include <math.h>
#include <string.h>

#include "drift/drift_int.h"

#define TOLD_MAX   1024
#define WORDS_TOLD 8

static const char *const what_names[DRIFT_WHATS] = {"type_changed", "missing",      "new_field",     "renamed",
                                                    "new_value",    "unit_changed", "format_changed"};

const char *drift_what_name(enum drift_what what)
{
    return what_names[what];
}

bool drift_what_find(struct str name, enum drift_what *out)
{
    for (enum drift_what w = 0; w < DRIFT_WHATS; w++)
        if (str_is(name, what_names[w])) {
            *out = w;
            return true;
        }
    return false;
}

const char *drift_action_name(enum drift_action action)
{
    static const char *const names[] = {"pass", "hold", "fail"};

    return names[action];
}

/* A new field harms nobody; of what a mapping reads, the rest waits for a person. */
const struct drift_policy drift_policy_usual = {
    .bearing = {[DRIFT_TYPE] = DRIFT_HOLD,
                [DRIFT_MISSING] = DRIFT_HOLD,
                [DRIFT_NEW] = DRIFT_PASS,
                [DRIFT_RENAMED] = DRIFT_HOLD,
                [DRIFT_VALUE] = DRIFT_HOLD,
                [DRIFT_UNIT] = DRIFT_HOLD,
                [DRIFT_FORMAT] = DRIFT_HOLD},
    .other = {DRIFT_PASS},
};

void forms_put(struct buf *b, uint32_t mask)
{
    const char *between = "";

    for (uint32_t rest = mask & ~(1u << FORM_NOTHING); rest; rest &= rest - 1) {
        buf_f(b, "%s%s", between, form_name((enum form)__builtin_ctz(rest)));
        between = " or ";
    }
    if (!*between)
        buf_s(b, "nothing");
}

/* What makes up at least one in twenty. */
uint32_t forms_usual(const struct node *x)
{
    uint32_t mask = 0;

    for (enum form f = FORM_BOOL; f < FORMS; f++)
        if (!x->form_born[f] && x->form_n[f] * 20 >= x->filled && x->form_n[f])
            mask |= 1u << f;
    return mask & ~x->open_forms;
}

static void put_words(struct buf *b, const struct words *w)
{
    uint32_t told = 0, all = 0;

    for (uint32_t i = 0; i < w->n; i++)
        all += !w->v[i].born;
    buf_f(b, "one of %u: ", all);
    for (uint32_t i = 0; i < w->n && told < WORDS_TOLD; i++)
        if (!w->v[i].born)
            buf_f(b, "%s%.*s", told++ ? ", " : "", (int)w->v[i].n, w->v[i].p);
    if (all > told)
        buf_s(b, " …");
}

static void put_expected(struct buf *b, const struct node *x, enum drift_what what)
{
    if (what == DRIFT_NEW) {
        buf_s(b, "no such field");
        return;
    }
    if (what == DRIFT_VALUE) {
        put_words(b, x->words);
        return;
    }
    forms_put(b, forms_usual(x));
    if (what == DRIFT_UNIT)
        buf_f(b, ", from about %.3g to %.3g", pow(10, magnitude_at(x->magnitude, 0.01)),
              pow(10, magnitude_at(x->magnitude, 0.99)));
    if ((what == DRIFT_MISSING || what == DRIFT_RENAMED) && x->n)
        buf_f(b, ", in %.1f %% of payloads", 100.0 * (x->n - x->absent) / x->n);
}

static const char *expected_of(struct judge *j, const struct node *x, enum drift_what what)
{
    struct buf b;

    buf_init(&b, j->arena, TOLD_MAX);
    put_expected(&b, x, what);
    return buf_cstr(&b);
}

static const char *usual_of(struct judge *j, const struct node *x)
{
    struct buf b;

    buf_init(&b, j->arena, TOLD_MAX);
    forms_put(&b, forms_usual(x));
    return buf_cstr(&b);
}

static const char *got_of(struct judge *j, const struct finding *f)
{
    const struct node *x = &j->shape->nodes[f->node];
    struct buf b;

    if (f->got)
        return arena_strdup(j->arena, f->got);
    if (f->other != NONE)
        return usual_of(j, &j->shape->nodes[f->other]);
    if (x->stamp != j->shape->payloads)
        return "no such field";
    buf_init(&b, j->arena, TOLD_MAX);
    forms_put(&b, x->mask);
    return buf_cstr(&b);
}

void tell(struct judge *j, const struct finding *f)
{
    const struct node *x = &j->shape->nodes[f->node];
    struct drift_seen *out = j->out;
    struct drift_deviation *d;

    if (out->n == DRIFT_DEVIATIONS_MAX)
        return;
    if (!out->v)
        out->v = ARENA_ARRAY(j->arena, struct drift_deviation, DRIFT_DEVIATIONS_MAX);
    d = &out->v[out->n++];
    *d = (struct drift_deviation){.path = shape_path(j->arena, j->shape, f->node),
                                  .what = f->what,
                                  .expected = expected_of(j, x, f->what),
                                  .got = got_of(j, f),
                                  .other = f->other == NONE ? NULL : shape_path(j->arena, j->shape, f->other),
                                  .bearing = x->bearing,
                                  .opened = !f->again,
                                  .evidence = (double)f->evidence};
    d->action = x->bearing ? j->policy->bearing[f->what] : j->policy->other[f->what];
    if (d->action > out->action)
        out->action = d->action;
}
