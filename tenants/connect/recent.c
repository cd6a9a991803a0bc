#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "connect/connect_int.h"
#include "db/db.h"
#include "sys/loop.h"

/* Connections as a thread has read them a moment ago: jobs call the same few again and again. What somebody changes, a
 * pause above all, holds for calls that begin RECENT_US later. */

#define PLACES    256
#define RECENT_US 500000

struct recent {
    int64_t until_us;
    struct uuid partner_id;
    struct scope *keep;
    struct connection connection;
};

static _Thread_local struct recent *recents;

void connection_recents_end(void)
{
    for (size_t i = 0; recents && i < PLACES; i++)
        scope_free(recents[i].keep);
    free(recents);
    recents = NULL;
}

static struct recent *place(const struct uuid *id)
{
    if (!recents)
        recents = calloc(PLACES, sizeof(*recents));
    if (!recents)
        out_of_memory();
    return &recents[(size_t)id->b[15] ^ (size_t)id->b[14]];
}

static const char *copy(struct arena *a, const char *text)
{
    return text ? arena_strdup(a, text) : NULL;
}

static void connection_copy(struct arena *a, const struct connection *from, struct connection *to)
{
    *to = *from;
    to->connector = copy(a, from->connector);
    to->name = copy(a, from->name);
    to->status = copy(a, from->status);
    to->status_reason = copy(a, from->status_reason);
    to->settings = copy(a, from->settings);
    to->paused_by = copy(a, from->paused_by);
    to->connector_version = copy(a, from->connector_version);
    to->connector_newest = copy(a, from->connector_newest);
}

static bool fits(const struct recent *r, const struct scope *sc, const struct uuid *id)
{
    return r->until_us > loop_now_us() && uuid_equal(&r->connection.connection_id, id) &&
           uuid_equal(&r->partner_id, &sc->tenant.partner_id) &&
           uuid_equal(&r->connection.customer_id, &sc->tenant.customer_id);
}

enum err connection_recent(struct scope *sc, const struct uuid *id, struct connection *out)
{
    struct recent *r;
    struct connection now;

    MUST_BE(sc->tenant.has_partner && sc->tenant.has_customer);
    if (fits(place(id), sc, id)) {
        connection_copy(sc->arena, &place(id)->connection, out);
        return OK;
    }
    TRY(sc, connection_get(sc, id, &now));
    TRY(sc, db_commit(sc)); /* parks */
    *out = now;
    if (strcmp(now.status, "active") != 0) /* whoever makes it work again need not wait */
        return OK;
    r = place(id);
    scope_free(r->keep);
    *r = (struct recent){
        .until_us = loop_now_us() + RECENT_US, .partner_id = sc->tenant.partner_id, .keep = scope_new()};
    connection_copy(r->keep->arena, &now, &r->connection);
    return OK;
}
