#include <string.h>

#include "connect/connect_int.h"

/* What a connection is one of: a connector that comes with the program, or one of its partner's own. */

const struct connector *const *connect_registry;
static struct connect_later later;
static connect_own *own;

void connect_later_set(const struct connect_later *by)
{
    later = *by;
}

const struct connector *connector_find(const char *name)
{
    if (!connect_registry && later.find)
        return later.find(name);
    for (const struct connector *const *c = connector_all(); *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

const struct connector *const *connector_all(void)
{
    static const struct connector *const none[] = {NULL};

    if (!connect_registry && later.all)
        return later.all();
    return connect_registry ? connect_registry : none;
}

void connect_own_set(connect_own *by)
{
    own = by;
}

enum err connector_named(struct scope *sc, struct arena *keep, const char *name, const char *version,
                         const struct connector **out)
{
    if (version && own)
        return own(sc, keep, name, version, out);
    *out = version ? NULL : connector_find(name);
    return OK;
}

enum err connect_own_newest(struct scope *sc, const char *name, const struct connector **out)
{
    *out = NULL;
    return own ? own(sc, sc->arena, name, NULL, out) : OK;
}

enum err connector_of(struct scope *sc, const struct connection *c, const struct connector **out)
{
    return connector_named(sc, sc->arena, c->connector, c->connector_version, out);
}

enum err connector_if_good(struct scope *sc, const struct connection *c, const struct connector **out)
{
    enum err e = connector_of(sc, c, out);

    if (e != ERR_HOLD)
        return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
    scope_clear(sc);
    *out = NULL;
    return OK;
}
