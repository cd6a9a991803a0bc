#include <math.h>
#include <string.h>

#include "drift/drift_int.h"

#define MANY   50  /* payloads before a field is known well enough to be missed */
#define FEW    2   /* payloads with the one and without the other */
#define RARELY 0.7 /* absent more often: nobody would have missed it yet */

static enum form most_of(const struct node *x)
{
    enum form most = FORM_NOTHING;

    for (enum form f = FORM_BOOL; f < FORMS; f++)
        if (x->form_n[f] > x->form_n[most])
            most = f;
    if (most == FORM_NOTHING && x->mask & ~1u) /* its first payload */
        most = (enum form)__builtin_ctz(x->mask & ~1u);
    return most;
}

/* At least half of what the new one has, the old one had. */
static bool is_built_alike(const struct drift_shape *s, const struct node *old, const struct node *now)
{
    uint32_t i = now->first, all = 0, found = 0;

    for (; i != NONE; i = s->nodes[i].next) {
        const struct node *x = &s->nodes[i];
        uint32_t k = old->first;

        while (k != NONE && (s->nodes[k].item != x->item || strcmp(s->nodes[k].name, x->name) != 0))
            k = s->nodes[k].next;
        all++;
        found += k != NONE;
        if (x->item && k != NONE) /* a list: what its items are like */
            return is_built_alike(s, &s->nodes[k], x);
    }
    return 2 * found >= all;
}

static bool has_word_of(const struct words *a, const struct words *b)
{
    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t k = 0; k < b->n; k++)
            if (a->v[i].n == b->v[k].n && memcmp(a->v[i].p, b->v[k].p, a->v[i].n) == 0)
                return true;
    return false;
}

/* A few values tell less of where they mostly lie. */
static bool is_as_large(const struct magnitude *old, const struct magnitude *now)
{
    double within = 0.5 + 1 / sqrt(now ? now->total + 1 : 1);

    return !old || !now || !now->total || fabs(magnitude_mean(old) - magnitude_mean(now)) < within;
}

static bool is_alike(const struct drift_shape *s, const struct node *old, const struct node *now)
{
    enum form a = most_of(old), b = most_of(now);

    if (form_kind(a) != form_kind(b) || a == FORM_NOTHING || form_is_numeric(a) != form_is_numeric(b))
        return false;
    if (a == FORM_OBJECT || a == FORM_LIST)
        return is_built_alike(s, old, now);
    if (form_is_numeric(a))
        return is_as_large(old->magnitude, now->magnitude);
    if (words_are_list(old))
        return now->words && has_word_of(old->words, now->words);
    return a == b;
}

static bool is_absent(const struct drift_shape *s, const struct node *x)
{
    return x->stamp != s->payloads || !(x->mask & ~(1u << FORM_NOTHING));
}

/* Of those that are hardly ever absent, the one that is so most seldom. */
static uint32_t candidate(const struct drift_shape *s, uint32_t fresh)
{
    const struct node *x = &s->nodes[fresh], *best = NULL;
    uint32_t out = 0;

    for (uint32_t i = s->nodes[x->parent].first; i != NONE; i = s->nodes[i].next) {
        const struct node *g = &s->nodes[i];

        if (i == fresh || g->item || g->born || g->open || g->n < MANY || g->absent >= RARELY * g->n ||
            !is_absent(s, g) || !is_alike(s, g, x))
            continue;
        if (!best || (uint64_t)g->absent * best->n < (uint64_t)best->absent * g->n) {
            best = g;
            out = i;
        }
    }
    return out;
}

/* Payloads of the old kind may come between those of the new one, but none is both. */
static void follow(struct drift_shape *s, uint32_t i)
{
    struct node *x = &s->nodes[i];

    if (!x->instead || !is_absent(s, &s->nodes[x->instead])) {
        x->instead = candidate(s, i);
        x->apart = 0;
    }
    x->apart += x->instead != 0;
}

void rename_follow(struct drift_shape *s)
{
    for (uint32_t i = 1; i < s->n; i++)
        if (s->nodes[i].born && s->nodes[i].stamp == s->payloads && !is_absent(s, &s->nodes[i]))
            follow(s, i);
}

static bool is_instead(const struct drift_shape *s, const struct node *x, uint32_t gone)
{
    return x->born && x->instead == gone && x->apart >= FEW && x->apart * 4 >= x->with * 3 &&
           is_alike(s, &s->nodes[gone], x);
}

uint32_t rename_new_of(const struct drift_shape *s, uint32_t gone)
{
    const struct node *g = &s->nodes[gone];

    for (uint32_t i = s->nodes[g->parent].first; i != NONE; i = s->nodes[i].next)
        if (is_instead(s, &s->nodes[i], gone))
            return i;
    return NONE;
}

uint32_t rename_gone_of(const struct drift_shape *s, uint32_t fresh)
{
    const struct node *x = &s->nodes[fresh];

    return x->instead && !s->nodes[x->instead].open && is_instead(s, x, x->instead) ? x->instead : NONE;
}
