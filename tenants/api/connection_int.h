#pragma once

#include "api/api_int.h"
#include "connect/connect.h"

/* A connection as people see it, in lists and by itself. */

extern const char *const api_connection_statuses[];

struct connection_view {
    struct uuid id, customer_id, destination_id, brand_id, environment_id;
    const char *connector, *name, *status, *status_reason, *hook_path, *paused_by;
    const char *connector_version, *connector_newest;
    struct str settings;
    int64_t created_at, paused_at, reconnect_since, last_data_at;
    bool simulated;
};

#define CONNECTION_FIELDS                                                                                              \
    WIRE_ID(struct connection_view, id, "con", "This connection."),                                                    \
        WIRE_ID(struct connection_view, customer_id, "cus", "Whose it is."),                                           \
        WIRE_TEXT(struct connection_view, connector, 40, "Which kind of system."),                                     \
        WIRE_TEXT_OR_NULL(struct connection_view, connector_version, 40,                                               \
                          "By which version of the partner's own connector it works; null: the connector comes with "  \
                          "the program."),                                                                             \
        WIRE_TEXT_OR_NULL(struct connection_view, connector_newest, 40,                                                \
                          "A newer version that it can be moved to; null: there is none."),                            \
        WIRE_TEXT(struct connection_view, name, 120, "What people call it."),                                          \
        WIRE_ENUM(struct connection_view, status, api_connection_statuses, "Whether it works."),                       \
        WIRE_TEXT(struct connection_view, status_reason, 500, "Why it does not; null otherwise."),                     \
        WIRE_TEXT(struct connection_view, paused_by, 100,                                                              \
                  "Who paused it; null: it is not paused, or it is not known."),                                       \
        WIRE_TIME(struct connection_view, paused_at, "Since when it is paused; null: it is not, or it is not known."), \
        WIRE_TIME(                                                                                                     \
            struct connection_view, reconnect_since,                                                                   \
            "Since when it waits for new credentials, because the system withdrew what it had allowed; null: it "      \
            "does not. It is paused meanwhile, and giving them lets it go on."),                                       \
        WIRE_RAW(struct connection_view, settings, "Settings, without secrets."),                                      \
        {                                                                                                              \
            .name = "destination_id",                                                                                  \
            .kind = WIRE_KIND_ID,                                                                                      \
            .offset = offsetof(struct connection_view, destination_id),                                                \
            .prefix = "con",                                                                                           \
            .optional = true,                                                                                          \
            .meaning = "Where its orders go; null when nowhere.",                                                      \
        },                                                                                                             \
        {                                                                                                              \
            .name = "brand_id",                                                                                        \
            .kind = WIRE_KIND_ID,                                                                                      \
            .offset = offsetof(struct connection_view, brand_id),                                                      \
            .prefix = "brd",                                                                                           \
            .optional = true,                                                                                          \
            .meaning = "The store brand it belongs to; null when none.",                                               \
        },                                                                                                             \
        WIRE_ID(struct connection_view, environment_id, "env", "The environment it works in."),                        \
        WIRE_BOOL(struct connection_view, simulated,                                                                   \
                  "Whether its system is a stand-in, whose orders and faults are made by hand."),                      \
        WIRE_TIME(struct connection_view, last_data_at,                                                                \
                  "When something last came from it, or a call to it last went well; null: never."),                   \
        WIRE_TIME(struct connection_view, created_at, "When it was made.")

/* Of one that was just made: nothing was heard of it. */
void api_connection_view(const struct connection *c, struct connection_view *v);
/* When each was last heard of. */
enum err api_connections_heard(struct scope *sc, struct connection_view *v, size_t n);
enum err api_connection_named(struct scope *sc, const struct rq *rq, struct connection *out); /* by the path */
extern const struct wire api_connection_wire;

/* What a connection is made of, as the body says it; secrets are wiped when the request ends (route.secret). */
extern const struct wire api_connection_new_wire;
enum err api_connection_asked(struct scope *sc, const struct rq *rq, struct connection_new *out);

/* Checks, and what can come of them; of a trial each says where in its request it stands as well. */
struct care_checks;
extern const char *const api_check_verdicts[];
extern const struct wire api_check_wire, api_trial_check_wire;
struct wire_list api_checks_list(struct scope *sc, const struct care_checks *c);
