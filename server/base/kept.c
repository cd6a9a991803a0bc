#include "base/kept.h"

#include <stdlib.h>

#include "base/must.h"

void *kept_new(size_t size)
{
    struct kept_slot *s = calloc(1, size);

    if (!s)
        out_of_memory();
    s->keep = scope_new();
    return s;
}

void kept_free(struct kept *k, struct kept_slot *slot)
{
    if (!slot)
        return;
    if (k->end)
        k->end(slot);
    scope_free(slot->keep);
    free(slot);
}

static struct kept_slot *find(const struct kept *k, const struct kept_slot *like)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->same(k->v[i], like))
            return k->v[i];
    return NULL;
}

static void *entered(struct kept *k, struct kept_slot *s)
{
    s->users++;
    s->used = ++k->uses;
    return s;
}

/* The one that nobody has used for longest. */
static void oldest_free(struct kept *k)
{
    size_t oldest = k->n;

    for (size_t i = 0; i < k->n; i++)
        if (k->v[i]->users == 0 && (oldest == k->n || k->v[i]->used < k->v[oldest]->used))
            oldest = i;
    if (oldest == k->n)
        return;
    kept_free(k, k->v[oldest]);
    k->v[oldest] = k->v[--k->n];
}

void *kept_enter(struct kept *k, struct kept_slot *like)
{
    struct kept_slot *s = find(k, like);

    return s ? entered(k, s) : NULL;
}

void *kept_take(struct kept *k, struct kept_slot *fresh)
{
    struct kept_slot *s = kept_enter(k, fresh);

    if (s) {
        kept_free(k, fresh);
        return s;
    }
    if (k->n >= k->idle_max)
        oldest_free(k);
    if (k->n == k->max)
        return NULL;
    if (!k->v && !(k->v = calloc(k->max, sizeof(struct kept_slot *))))
        out_of_memory();
    k->v[k->n++] = fresh;
    return entered(k, fresh);
}

void kept_leave(struct kept *k, struct kept_slot *slot)
{
    MUST_BE(slot->users > 0);
    if (--slot->users == 0 && k->n > k->idle_max)
        oldest_free(k);
}

void kept_end(struct kept *k)
{
    while (k->n)
        kept_free(k, k->v[--k->n]);
    free(k->v);
    k->v = NULL;
}
