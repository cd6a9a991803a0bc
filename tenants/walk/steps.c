#include "walk/walk_int.h"

/* The steps that ask nobody, and the order of all. */

#define NAMES_FIRST 16

static enum err failed(struct scope *sc, const struct flowdef_step *s, const struct expr_fault *f)
{
    return FAIL(sc, ERR_HOLD, "the flow's step %s failed in line %u, column %u: %s", s->pointer, f->line, f->column,
                f->message);
}

enum err walk_value(struct scope *sc, struct walk *w, const struct flowdef_step *s, const struct expr *e,
                    struct doc *out)
{
    struct expr_run how = {.now_ms = w->in.received_at_us / 1000,
                           .bindings = w->names,
                           .n_bindings = w->n,
                           .root = &w->input,
                           .user = &w->numbers};
    struct expr_fault f;

    *out = expr_absent();
    if (!e || expr_eval(sc->arena, e, &how, w->input, out, &f))
        return OK;
    return failed(sc, s, &f);
}

enum err walk_text(struct scope *sc, struct walk *w, const struct flowdef_step *s, const struct expr *e,
                   const char *what, size_t most, const char **out)
{
    struct doc v;
    struct buf b;

    TRY(sc, walk_value(sc, w, s, e, &v));
    buf_init(&b, sc->arena, most + 1);
    if (doc_kind(&v) == DOC_TEXT)
        buf_add(&b, doc_text(&v).p, doc_text(&v).n);
    else if (doc_kind(&v) == DOC_INT || doc_kind(&v) == DOC_NUMBER)
        doc_write(&b, &v);
    if (b.n == 0 || b.n > most || b.full)
        return FAIL(sc, ERR_HOLD, "the flow's step %s: %s is no text of 1 to %zu octets", s->pointer, what, most);
    *out = buf_cstr(&b);
    return OK;
}

void walk_bind(struct scope *sc, struct walk *w, const char *name, struct doc value)
{
    if (!name)
        return;
    if (w->n == w->room) {
        struct expr_binding *more = ARENA_ARRAY(sc->arena, struct expr_binding, w->room ? 2 * w->room : NAMES_FIRST);

        if (w->n)
            memcpy(more, w->names, w->n * sizeof(*more));
        w->names = more;
        w->room = w->room ? 2 * w->room : NAMES_FIRST;
    }
    w->names[w->n++] = (struct expr_binding){name, value};
}

/* Whether a condition holds, as the language's own $boolean has it. */
static bool is_true(const struct doc *v)
{
    double number;

    switch (doc_kind(v)) {
    case DOC_TRUE:
        return true;
    case DOC_TEXT:
        return v->n > 0;
    case DOC_INT:
    case DOC_NUMBER:
        return doc_real(v, &number) && number != 0;
    case DOC_ARRAY:
    case DOC_OBJECT:
        return doc_count(v) > 0;
    default:
        return false;
    }
}

static enum err holds(struct scope *sc, struct walk *w, const struct flowdef_step *s, const struct expr *when,
                      bool *out)
{
    struct doc v;

    TRY(sc, walk_value(sc, w, s, when, &v));
    *out = !expr_is_absent(v) && is_true(&v);
    return OK;
}

static enum err set(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    struct doc v;

    TRY(sc, walk_value(sc, w, s, s->expr, &v));
    walk_bind(sc, w, s->id, v);
    return OK;
}

static enum err validate(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    struct canon_faults faults = {0};
    struct doc v;

    TRY(sc, walk_value(sc, w, s, s->expr, &v));
    if (expr_is_absent(v))
        return FAIL(sc, ERR_HOLD, "the flow's step %s has nothing to look at", s->pointer);
    if (canon_valid(sc->arena, s->schema, &v, &faults))
        return OK;
    return FAIL(sc, ERR_HOLD, "%s of the %s %s%s", faults.v[0].pointer, s->schema->name, faults.v[0].detail,
                faults.n > 1 ? arena_f(sc->arena, "; and %zu more faults", faults.n - 1) : "");
}

static enum err drop(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    const char *why = s->reason;

    if (!why)
        TRY(sc, walk_text(sc, w, s, s->expr, "its reason", FLOWDEF_REASON_MAX, &why));
    w->job->said = arena_f(sc->arena, "dropped: %s", why);
    w->ended = true;
    return OK;
}

static enum err filter(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    bool yes;

    TRY(sc, holds(sc, w, s, s->when, &yes));
    return yes ? OK : drop(sc, w, s);
}

static enum err hold(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    const char *why = s->reason;

    if (!why)
        TRY(sc, walk_text(sc, w, s, s->expr, "its reason", FLOWDEF_REASON_MAX, &why));
    return FAIL(sc, ERR_HOLD, "%s", why);
}

static enum err branch(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    size_t known = w->n;

    for (size_t i = 0; i < s->arm_count; i++) {
        bool yes = true;

        if (s->arms[i].when)
            TRY(sc, holds(sc, w, s, s->arms[i].when, &yes));
        if (!yes)
            continue;
        TRY(sc, walk_steps(sc, w, &s->arms[i].steps));
        w->n = known; /* what is named within is unknown behind */
        return OK;
    }
    return OK;
}

const char *walk_place(struct scope *sc, const struct walk *w, const struct flowdef_step *s)
{
    return arena_f(sc->arena, "%s%s", s->pointer, w->items);
}

/* A drop within ends that item alone. */
static enum err one_item(struct scope *sc, struct walk *w, const struct flowdef_step *s, const struct doc *item,
                         struct doc *out)
{
    size_t known = w->n;

    walk_bind(sc, w, s->name, *item);
    TRY(sc, walk_steps(sc, w, &s->steps));
    *out = expr_absent();
    if (!w->ended && s->text)
        TRY(sc, walk_value(sc, w, s, s->text, out));
    w->ended = false;
    w->n = known;
    return OK;
}

static enum err split(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    const char *around = w->items;
    struct doc list, *gathered;
    size_t n, kept = 0;

    TRY(sc, walk_value(sc, w, s, s->expr, &list));
    n = expr_is_absent(list) ? 0 : doc_kind(&list) == DOC_ARRAY ? doc_count(&list) : 1;
    if (n > FLOWDEF_ITEMS_MAX)
        return FAIL(sc, ERR_HOLD, "the flow's step %s has %zu items, and at most %d are walked through", s->pointer, n,
                    FLOWDEF_ITEMS_MAX);
    gathered = ARENA_ARRAY(sc->arena, struct doc, n);
    for (size_t i = 0; i < n; i++) {
        w->items = arena_f(sc->arena, "%s.%zu", around, i);
        TRY(sc, one_item(sc, w, s, doc_kind(&list) == DOC_ARRAY ? doc_at(&list, i) : &list, &gathered[kept]));
        kept += !expr_is_absent(gathered[kept]);
    }
    w->items = around;
    if (w->job->said && w->acts) /* what was dropped is not all there was */
        w->job->said = NULL;
    walk_bind(sc, w, s->id, doc_make_array(gathered, kept));
    return OK;
}

static enum err (*const kinds[FLOWDEF_KINDS])(struct scope *sc, struct walk *w, const struct flowdef_step *s) = {
    [FLOWDEF_SET] = set,
    [FLOWDEF_MAP] = walk_map,
    [FLOWDEF_VALIDATE] = validate,
    [FLOWDEF_LOOK_UP] = walk_look_up,
    [FLOWDEF_FILTER] = filter,
    [FLOWDEF_BRANCH] = branch,
    [FLOWDEF_SPLIT] = split,
    [FLOWDEF_CALL] = walk_call,
    [FLOWDEF_EFFECT] = walk_effect,
    [FLOWDEF_WAIT] = walk_wait,
    [FLOWDEF_APPROVE] = walk_approve,
    [FLOWDEF_NOTIFY] = walk_notify,
    [FLOWDEF_FLOW] = walk_flow,
    [FLOWDEF_HOLD] = hold,
    [FLOWDEF_DROP] = drop,
};

enum err walk_steps(struct scope *sc, struct walk *w, const struct flowdef_steps *steps)
{
    for (size_t i = 0; i < steps->n && !w->ended; i++)
        TRY(sc, kinds[steps->v[i].kind](sc, w, &steps->v[i]));
    return OK;
}
