#include <string.h>

#include "drift/drift_int.h"

static void accept_presence(struct node *x)
{
    x->n = x->absent = x->pend_n = x->pend_gone = x->burst = 0;
    x->s_always = x->s_half = 0;
    x->instead = 0;
    x->open &= ~(1u << DRIFT_MISSING | 1u << DRIFT_RENAMED);
}

/* What was usual is no longer, so the old counts for little beside the new. */
static void accept_forms(struct node *x)
{
    for (enum form f = FORM_BOOL; f < FORMS; f++) {
        if (x->open_forms & 1u << f)
            x->form_born[f] = 0;
        else
            x->form_n[f] /= 16;
    }
    x->usual = FORM_NOTHING;
    x->s_form = 0;
    x->open_forms = 0;
    x->open &= ~(1u << DRIFT_TYPE | 1u << DRIFT_FORMAT);
}

static void accept_words(struct node *x)
{
    for (uint32_t i = 0; x->words && i < x->words->n; i++)
        if (x->words->v[i].open) {
            x->words->v[i].open = false;
            x->words->v[i].born = 0;
        }
    x->open &= ~(1u << DRIFT_VALUE);
}

static void accept(struct node *x, enum drift_what what)
{
    switch (what) {
    case DRIFT_MISSING:
    case DRIFT_RENAMED:
        accept_presence(x);
        return;
    case DRIFT_TYPE:
    case DRIFT_FORMAT:
        accept_forms(x);
        return;
    case DRIFT_VALUE:
        accept_words(x);
        return;
    case DRIFT_UNIT:
        if (x->magnitude)
            memset(x->magnitude, 0, sizeof(*x->magnitude));
        break;
    case DRIFT_NEW:
    case DRIFT_WHATS:
        break;
    }
    x->open &= ~(1u << what);
}

static void dismiss_forms(struct node *x)
{
    for (enum form f = FORM_BOOL; f < FORMS; f++)
        if (x->open_forms & 1u << f && x->form_born[f])
            x->form_n[f] = x->form_born[f] = 0;
    x->s_form = 0;
    x->open_forms = 0;
    x->open &= ~(1u << DRIFT_TYPE | 1u << DRIFT_FORMAT);
}

static void dismiss_words(struct node *x)
{
    for (uint32_t i = 0; x->words && i < x->words->n; i++)
        if (x->words->v[i].open) {
            x->words->v[i].open = false;
            x->words->v[i].count = 0;
            x->words->v[i].born = x->filled;
        }
}

static void dismiss(struct node *x, enum drift_what what)
{
    if (what == DRIFT_MISSING || what == DRIFT_RENAMED) {
        x->pend_n = x->pend_gone = 0;
        x->s_always = x->s_half = 0;
        x->instead = 0;
        x->open &= ~(1u << DRIFT_MISSING | 1u << DRIFT_RENAMED);
    } else if (what == DRIFT_TYPE || what == DRIFT_FORMAT) {
        dismiss_forms(x);
    } else if (what == DRIFT_VALUE) {
        dismiss_words(x);
    } else if (what == DRIFT_UNIT && x->magnitude) {
        memset(x->magnitude->s, 0, sizeof(x->magnitude->s));
    }
    x->open &= ~(1u << what);
}

static bool each_open(struct drift_shape *s, const char *path, enum drift_what what,
                      void (*fn)(struct node *x, enum drift_what what))
{
    struct arena *a = arena_new();
    bool any = false;

    for (uint32_t i = 0; i < s->n; i++) {
        if (!(s->nodes[i].open & 1u << what) || strcmp(shape_path(a, s, i), path) != 0)
            continue;
        fn(&s->nodes[i], what);
        any = true;
    }
    arena_free(a);
    return any;
}

bool drift_accept(struct drift_shape *s, const char *path, enum drift_what what)
{
    return each_open(s, path, what, accept);
}

bool drift_dismiss(struct drift_shape *s, const char *path, enum drift_what what)
{
    return each_open(s, path, what, dismiss);
}
