#include <stdlib.h>

#include "base/must.h"
#include "db/db.h"
#include "sys/loop.h"
#include "walk/walk_int.h"

/* Which connections a flow means by its names, as a thread has read it a moment ago. */

#define PLACES    256
#define RECENT_US 500000

struct known {
    int64_t until_us;
    struct uuid flow_id;
    struct scope *keep;
    struct walk_role *v;
    size_t n;
};

static _Thread_local struct known *all;

void walk_thread_end(void)
{
    for (size_t i = 0; all && i < PLACES; i++)
        scope_free(all[i].keep);
    free(all);
    all = NULL;
}

static struct known *place(const struct uuid *flow_id)
{
    if (!all)
        all = calloc(PLACES, sizeof(*all));
    if (!all)
        out_of_memory();
    return &all[(size_t)flow_id->b[15] ^ (size_t)flow_id->b[14]];
}

static enum err read(struct scope *sc, const struct uuid *flow_id)
{
    struct q_walk_roles_rows rows;
    struct known *k;

    TRY(sc, q_walk_roles(sc, &(struct q_walk_roles_in){.flow_id = *flow_id}, &rows));
    TRY(sc, db_commit(sc)); /* parks */
    k = place(flow_id);
    scope_free(k->keep);
    *k = (struct known){.until_us = loop_now_us() + RECENT_US, .flow_id = *flow_id, .keep = scope_new()};
    k->v = ARENA_ARRAY(k->keep->arena, struct walk_role, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        k->v[k->n++] = (struct walk_role){.name = arena_strdup(k->keep->arena, rows.v[i].role),
                                          .connection_id = rows.v[i].connection_id,
                                          .environment_id = rows.v[i].environment_id};
    return OK;
}

/* Flows' ids are nobody else's: what is known of one was read as its own tenant. */
enum err walk_roles(struct scope *sc, struct walk *w)
{
    const struct uuid *flow_id = &w->job->flow_id;
    struct known *k = place(flow_id);

    if (w->roles)
        return OK;
    if (k->until_us <= loop_now_us() || !uuid_equal(&k->flow_id, flow_id))
        TRY(sc, read(sc, flow_id));
    k = place(flow_id);
    w->roles = ARENA_ARRAY(sc->arena, struct walk_role, k->n + 2);
    for (size_t i = 0; i < k->n; i++)
        w->roles[w->role_count++] = (struct walk_role){.name = arena_strdup(sc->arena, k->v[i].name),
                                                       .connection_id = k->v[i].connection_id,
                                                       .environment_id = k->v[i].environment_id};
    if (w->in.has_connection_id)
        w->roles[w->role_count++] = (struct walk_role){.name = "source", .connection_id = w->in.connection_id};
    if (w->in.has_destination_id)
        w->roles[w->role_count++] = (struct walk_role){.name = "destination", .connection_id = w->in.destination_id};
    return OK;
}

const struct uuid *walk_environment(const struct walk *w)
{
    if (w->in.has_environment_id)
        return &w->in.environment_id;
    return w->role_count && !uuid_is_nil(&w->roles[0].environment_id) ? &w->roles[0].environment_id : NULL;
}
