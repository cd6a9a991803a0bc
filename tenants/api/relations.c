#include "api/manners_int.h"
#include "q_api.h"

/* What `expand` puts in: the few fields everybody wants of a thing that is named by its id. Whoever may not see such
 * things is told so, and not given less. */
static const char *const customer_statuses[] = {"active", "suspended", "closing", "closed", NULL};
static const char *const connection_statuses[] = {"active", "paused", "broken", "revoked", NULL};

struct customer_brief {
    struct uuid id;
    const char *name, *status;
};

static const struct wire_field customer_fields[] = {
    WIRE_ID(struct customer_brief, id, "cus", "This customer."),
    WIRE_TEXT(struct customer_brief, name, 120, "What people call it."),
    WIRE_ENUM(struct customer_brief, status, customer_statuses, "Whether it is served."),
    {},
};
static const struct wire customer_wire = {"CustomerBrief", sizeof(struct customer_brief), customer_fields};

struct connection_brief {
    struct uuid id, customer_id;
    const char *connector, *name, *status;
};

static const struct wire_field connection_fields[] = {
    WIRE_ID(struct connection_brief, id, "con", "This connection."),
    WIRE_ID(struct connection_brief, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct connection_brief, connector, 40, "Which kind of system."),
    WIRE_TEXT(struct connection_brief, name, 120, "What people call it."),
    WIRE_ENUM(struct connection_brief, status, connection_statuses, "Whether it works."),
    {},
};
static const struct wire connection_wire = {"ConnectionBrief", sizeof(struct connection_brief), connection_fields};

static enum err must_have(struct scope *sc, enum permission p)
{
    if (!sc->caller || !caller_may(sc->caller, p))
        return FAIL(sc, ERR_FORBIDDEN, "the key has no scope \"%s\"", permission_name(p));
    return OK;
}

static void place(const struct uuid *ids, size_t n, const struct uuid *id, const void *value, const void **out)
{
    for (size_t i = 0; i < n; i++)
        if (uuid_equal(&ids[i], id))
            out[i] = value;
}

static enum err customers_load(struct scope *sc, const struct uuid *ids, size_t n, const void **out)
{
    struct q_customers_named_rows rows;
    struct customer_brief *views;

    TRY(sc, must_have(sc, PERMISSION_CUSTOMERS_READ));
    TRY(sc, q_customers_named(sc, &(struct q_customers_named_in){.ids = ids, .ids_n = n}, &rows));
    views = ARENA_ARRAY(sc->arena, struct customer_brief, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        views[i] = (struct customer_brief){rows.v[i].customer_id, rows.v[i].name, rows.v[i].status};
        place(ids, n, &views[i].id, &views[i], out);
    }
    return OK;
}

static enum err connections_load(struct scope *sc, const struct uuid *ids, size_t n, const void **out)
{
    struct q_connections_named_rows rows;
    struct connection_brief *views;

    TRY(sc, must_have(sc, PERMISSION_CONNECTIONS_READ));
    TRY(sc, q_connections_named(sc, &(struct q_connections_named_in){.ids = ids, .ids_n = n}, &rows));
    views = ARENA_ARRAY(sc->arena, struct connection_brief, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        views[i] = (struct connection_brief){rows.v[i].connection_id, rows.v[i].customer_id, rows.v[i].connector,
                                             rows.v[i].name, rows.v[i].status};
        place(ids, n, &views[i].id, &views[i], out);
    }
    return OK;
}

const struct http_relation api_relations[] = {
    {"customer", &customer_wire, customers_load},
    {"connection", &connection_wire, connections_load},
    {"destination", &connection_wire, connections_load},
    {},
};
