#include <string.h>

#include "drift/drift_int.h"

static void accept_presence(struct node *x)
{
    x->n = x->absent = x->pend_n = x->pend_gone = x->burst = 0;
    x->s_always = x->s_half = 0;
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

bool drift_accept(struct drift_shape *s, const char *path, enum drift_what what)
{
    struct arena *a = arena_new();
    bool any = false;

    for (uint32_t i = 0; i < s->n; i++) {
        if (!(s->nodes[i].open & 1u << what) || strcmp(shape_path(a, s, i), path) != 0)
            continue;
        accept(&s->nodes[i], what);
        any = true;
    }
    arena_free(a);
    return any;
}
