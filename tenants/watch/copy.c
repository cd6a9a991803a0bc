#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "sys/loop.h"
#include "watch/watch_int.h"

/* The copies of a thread, the one used last in front. */

void copy_end(struct watch_copy *c)
{
    free((char *)c->object);
    free((char *)c->version);
    arena_free(c->keep);
    arena_free(c->base_keep);
    arena_free(c->reads_keep);
    arena_free(c->known_keep);
    free(c);
}

static char *kept(const char *text)
{
    char *copy = strdup(text);

    MUST_BE(copy);
    return copy;
}

static struct watch_copy *copy_new(const struct scope *sc, const struct watch_in *in)
{
    struct watch_copy *c = calloc(1, sizeof(*c));

    MUST_BE(c);
    c->partner_id = sc->tenant.partner_id;
    c->customer_id = sc->tenant.customer_id;
    c->connection_id = in->connection_id;
    c->object = kept(in->object);
    c->version = kept(in->version);
    c->base_keep = arena_new();
    c->reads_keep = arena_new();
    c->known_keep = arena_new();
    c->policy = drift_policy_usual;
    return c;
}

static bool is_of(const struct watch_copy *c, const struct scope *sc, const struct watch_in *in)
{
    return uuid_equal(&c->connection_id, &in->connection_id) && strcmp(c->object, in->object) == 0 &&
           strcmp(c->version, in->version) == 0 && uuid_equal(&c->customer_id, &sc->tenant.customer_id) &&
           uuid_equal(&c->partner_id, &sc->tenant.partner_id);
}

struct watch_copy *copy_enter(struct watch_cache *cache, const struct scope *sc, const struct watch_in *in)
{
    struct watch_copy **at = &cache->first, *c;

    while (*at && !is_of(*at, sc, in))
        at = &(*at)->next;
    c = *at;
    if (c) {
        *at = c->next;
    } else {
        c = copy_new(sc, in);
        cache->n++;
    }
    c->next = cache->first;
    cache->first = c;
    c->users++;
    return c;
}

struct watch_copy *copy_enter_unsaved(struct watch_cache *cache, int64_t before_us)
{
    struct watch_copy *found = NULL;

    for (struct watch_copy *c = cache->first; c; c = c->next)
        if (c->unsaved && c->stored && !c->busy && c->saved_us < (found ? found->saved_us : before_us))
            found = c;
    if (found)
        found->users++;
    return found;
}

/* The one used longest ago goes when there are too many. */
struct watch_copy *copy_leave(struct watch_cache *cache, struct watch_copy *c)
{
    struct watch_copy **last = NULL;

    MUST_BE(c->users > 0);
    c->users--;
    if (cache->n <= WATCH_SHAPES_MAX)
        return NULL;
    for (struct watch_copy **at = &cache->first; *at; at = &(*at)->next)
        if ((*at)->users == 0)
            last = at;
    if (!last)
        return NULL;
    c = *last;
    *last = c->next;
    cache->n--;
    return c;
}

void watch_cache_end(struct watch_cache *cache)
{
    while (cache->first) {
        struct watch_copy *c = cache->first;

        MUST_BE(c->users == 0);
        cache->first = c->next;
        copy_end(c);
    }
    cache->n = 0;
}

void copy_gate_enter(struct watch_copy *c)
{
    while (c->busy)
        (void)waitq_wait(&c->gate, 0);
    c->busy = true;
}

void copy_gate_leave(struct watch_copy *c)
{
    c->busy = false;
    waitq_wake_one(&c->gate);
}

void copy_shape_set(struct watch_copy *c, struct arena *keep, struct drift_shape *s)
{
    arena_free(c->keep);
    c->keep = keep;
    c->shape = s;
    drift_shape_bear(s, c->bearing, c->bearing_count);
}

void copy_base_set(struct watch_copy *c, struct str text)
{
    arena_reset(c->base_keep);
    c->base = (struct str){str_dup(c->base_keep, text), text.n};
}

/* ---- what mappings read ---- */

static bool is_list(const struct watch_reads *r, const char *const *reads, size_t n)
{
    if (r->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(r->v[i], reads[i]) != 0)
            return false;
    return true;
}

/* What any of the lists has counts as read. */
static void bear_all(struct watch_copy *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->read_lists; i++)
        n += c->reads[i].n;
    c->bearing = ARENA_ARRAY(c->reads_keep, const char *, n);
    c->bearing_count = 0;
    for (size_t i = 0; i < c->read_lists; i++)
        for (size_t k = 0; k < c->reads[i].n; k++)
            c->bearing[c->bearing_count++] = c->reads[i].v[k];
    drift_shape_bear(c->shape, c->bearing, c->bearing_count);
}

void copy_bear(struct watch_copy *c, const char *const *reads, size_t n)
{
    struct watch_reads *r;

    for (size_t i = 0; i < c->read_lists; i++)
        if (is_list(&c->reads[i], reads, n))
            return;
    if (c->read_lists == READ_LISTS) { /* mappings come and go: those in use come back */
        c->read_lists = 0;
        drift_shape_bear(c->shape, NULL, 0);
        arena_reset(c->reads_keep);
    }
    r = &c->reads[c->read_lists++];
    r->v = ARENA_ARRAY(c->reads_keep, const char *, n);
    r->n = n;
    for (size_t i = 0; i < n; i++)
        r->v[i] = arena_strdup(c->reads_keep, reads[i]);
    bear_all(c);
}

/* ---- cases that are known to be open ---- */

void copy_known_clear(struct watch_copy *c)
{
    arena_reset(c->known_keep);
    c->known_count = 0;
}

struct watch_known *copy_known(struct watch_copy *c, const char *path, enum drift_what what)
{
    for (size_t i = 0; i < c->known_count; i++)
        if (c->known[i].what == what && strcmp(c->known[i].path, path) == 0)
            return &c->known[i];
    return NULL;
}

void copy_known_add(struct watch_copy *c, const char *path, enum drift_what what, const struct uuid *case_id)
{
    if (c->known_count == WATCH_TOLD_MAX || copy_known(c, path, what))
        return;
    c->known[c->known_count++] =
        (struct watch_known){.path = arena_strdup(c->known_keep, path), .what = what, .case_id = *case_id};
}
