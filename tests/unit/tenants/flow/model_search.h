#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "model_steps.h"

/* Breadth first through every state that can be reached. The first that is wrong is found by a shortest way, which is
 * then told. Afterwards: from each state, do fair steps lead to where every job is done or held?
 */
struct met {
    struct model_state s;
    uint32_t from;
    const char *what;
    int8_t job;
    bool late;
};

struct search {
    struct model m;
    struct met *v;
    uint32_t n, room, *table, table_size, at; /* at: whose steps are being made */
    uint32_t *fair_from, *fair_to;            /* steps backwards */
    size_t fair_n, fair_room;
    size_t steps;
    uint32_t wrong; /* a state, or UINT32_MAX */
    const char *broken;
    uint32_t stuck; /* states */
    bool places[END_HELD + 1];
};

static inline void *search_grow(void *p, size_t n, size_t size)
{
    void *grown = realloc(p, n * size);

    if (!grown)
        out_of_memory();
    return grown;
}

static inline uint32_t search_hash(const struct model_state *s)
{
    const uint8_t *p = (const uint8_t *)s;
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < sizeof(*s); i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return (uint32_t)(h ^ h >> 29);
}

static inline uint32_t *search_slot(struct search *x, const struct model_state *s)
{
    uint32_t i = search_hash(s) & (x->table_size - 1);

    while (x->table[i] && memcmp(&x->v[x->table[i] - 1].s, s, sizeof(*s)) != 0)
        i = (i + 1) & (x->table_size - 1);
    return &x->table[i];
}

static inline void search_widen(struct search *x)
{
    if (x->n + 1 >= x->room) { /* one more for what is wrong */
        x->room = x->room ? x->room * 2 : 1024;
        x->v = search_grow(x->v, x->room, sizeof(*x->v));
    }
    if (x->n * 2 < x->table_size)
        return;
    free(x->table);
    x->table_size = x->table_size ? x->table_size * 2 : 4096;
    x->table = calloc(x->table_size, sizeof(*x->table));
    if (!x->table)
        out_of_memory();
    for (uint32_t i = 0; i < x->n; i++)
        *search_slot(x, &x->v[i].s) = i + 1;
}

static inline uint32_t search_add(struct search *x, const struct model_state *s)
{
    uint32_t *slot;

    search_widen(x);
    slot = search_slot(x, s);
    if (*slot)
        return *slot - 1;
    *slot = x->n + 1;
    x->v[x->n] = (struct met){*s, x->at, x->m.what, (int8_t)x->m.job, x->m.late};
    return x->n++;
}

static inline void search_fair(struct search *x, uint32_t to)
{
    if (x->fair_n == x->fair_room) {
        x->fair_room = x->fair_room ? x->fair_room * 2 : 4096;
        x->fair_from = search_grow(x->fair_from, x->fair_room, sizeof(uint32_t));
        x->fair_to = search_grow(x->fair_to, x->fair_room, sizeof(uint32_t));
    }
    x->fair_from[x->fair_n] = x->at;
    x->fair_to[x->fair_n++] = to;
}

static inline void search_meet(struct model *m, const struct model_state *next)
{
    struct search *x = m->arg;
    uint32_t to;

    if (x->broken)
        return;
    x->steps++;
    for (int i = 0; i < m->workers; i++)
        x->places[next->w[i].place] = true;
    to = search_add(x, next);
    if (m->fair && to != x->at)
        search_fair(x, to);
    if (m->broken) { /* told by the step that broke it, which need not be how the state was met first */
        x->v[x->n] = (struct met){*next, x->at, m->what, (int8_t)m->job, m->late};
        x->wrong = x->n;
        x->broken = m->broken;
    }
}

static inline bool search_is_over(const struct model *m, const struct model_state *s)
{
    for (int j = 0; j < m->jobs; j++)
        if (s->job[j] == JOB_READY || s->job[j] == JOB_LEASED)
            return false;
    return true;
}

/* Backwards along fair steps from where everything is over. */
static inline void search_stuck(struct search *x)
{
    uint32_t *first = calloc((size_t)x->n + 1, sizeof(*first)), *into = malloc((x->fair_n + 1) * sizeof(*into));
    uint32_t *queue = malloc(((size_t)x->n + 1) * sizeof(*queue)), head = 0, tail = 0;
    bool *good = calloc(x->n, sizeof(*good));

    if (!first || !into || !queue || !good)
        out_of_memory();
    for (size_t i = 0; i < x->fair_n; i++)
        first[x->fair_to[i]]++;
    for (uint32_t i = 0, sum = 0; i <= x->n; i++)
        first[i] = sum += first[i];
    for (size_t i = 0; i < x->fair_n; i++)
        into[--first[x->fair_to[i]]] = x->fair_from[i];
    for (uint32_t i = 0; i < x->n; i++)
        if (search_is_over(&x->m, &x->v[i].s))
            good[queue[tail++] = i] = true;
    while (head < tail) {
        uint32_t to = queue[head++];

        for (uint32_t k = first[to]; k < first[to + 1]; k++)
            if (!good[into[k]])
                good[queue[tail++] = into[k]] = true;
    }
    x->stuck = x->n - tail;
    for (uint32_t i = 0; i < x->n && x->stuck && !x->broken; i++)
        if (!good[i]) {
            x->broken = "nothing that follows ends the jobs";
            x->wrong = i;
        }
    free(first);
    free(into);
    free(queue);
    free(good);
}

static inline void search_run(struct search *x, const struct model *m)
{
    struct model_state begin = {0};

    *x = (struct search){.m = *m, .wrong = UINT32_MAX, .at = UINT32_MAX};
    x->m.meet = search_meet;
    x->m.arg = x;
    for (int j = m->jobs; j < MODEL_JOBS; j++)
        begin.job[j] = JOB_DONE;
    x->m.what = "begins";
    x->m.job = -1;
    search_add(x, &begin);
    for (x->at = 0; x->at < x->n && !x->broken; x->at++) {
        struct model_state from = x->v[x->at].s; /* a copy: v moves */

        model_steps(&x->m, &from);
    }
    if (!x->broken)
        search_stuck(x);
}

static inline void search_tell_step(const struct search *x, uint32_t i)
{
    static const char *const jobs[] = {"ready", "leased", "held", "done", "cancelled"};
    const struct met *t = &x->v[i];
    char who[40] = "";

    if (t->job >= 0)
        snprintf(who, sizeof(who), "job %d%s ", t->job + 1, t->late ? "'s late worker" : "");
    printf("#   %s%s  [%s; made %d; %s%s%s]\n", who, t->what,
           t->s.effect ? effect_state_name(model_effect(&t->s)) : "no row", t->s.made, jobs[t->s.job[0]],
           x->m.jobs > 1 ? ", " : "", x->m.jobs > 1 ? jobs[t->s.job[1]] : "");
}

static inline uint32_t search_way(const struct search *x, uint32_t *out, uint32_t most)
{
    uint32_t n = 0;

    for (uint32_t i = x->wrong; i != UINT32_MAX && n < most; i = x->v[i].from)
        out[n++] = i;
    return n;
}

static inline void search_tell(const struct search *x, const char *name)
{
    uint32_t way[200], n;

    printf("# %s: %u states, %zu steps%s%s\n", name, x->n, x->steps, x->broken ? ": " : "", x->broken ? x->broken : "");
    if (!x->broken)
        return;
    n = search_way(x, way, 200);
    while (n > 0)
        search_tell_step(x, way[--n]);
}

static inline void search_end(struct search *x)
{
    free(x->v);
    free(x->table);
    free(x->fair_from);
    free(x->fair_to);
}
