#include "api/connection_int.h"
#include "care/care.h"

/* A connection's checks as people see them, of one that is there and of one that is tried before it is made. */

static const char *const check_names[] = {"reachable", "clock",   "credentials", "permissions",
                                          "sample",    "webhook", NULL};
const char *const api_check_verdicts[] = {"ok", "warning", "failed", "skipped", NULL};

struct check_view {
    const char *name, *verdict, *reason, *todo, *field;
    int64_t ms;
};

#define CHECK_FIELDS                                                                                                   \
    WIRE_ENUM(struct check_view, name, check_names,                                                                    \
              "reachable: its name, its certificate, an answer; clock: whether its clock and ours agree; "             \
              "credentials: whether it takes them; permissions: whether it grants what the connector asks for; "       \
              "sample: whether one object can be read; webhook: whether it sends what it has to, which is looked at "  \
              "once the connection is there."),                                                                        \
        WIRE_ENUM(struct check_view, verdict, api_check_verdicts,                                                      \
                  "skipped: it could not be told, or there is nothing to tell."),                                      \
        WIRE_TEXT(struct check_view, reason, 500, "In a sentence, with what was answered; without secrets."),          \
        WIRE_TEXT(struct check_view, todo, 500, "What to do about it; null: nothing."),                                \
        WIRE_INT(struct check_view, ms, 0, INT64_MAX, "How long it took, in milliseconds.")

static const struct wire_field fields[] = {
    CHECK_FIELDS,
    {},
};
const struct wire api_check_wire = {"ConnectionCheck", sizeof(struct check_view), fields};

static const struct wire_field trial_fields[] = {
    CHECK_FIELDS,
    WIRE_TEXT(struct check_view, field, 40,
              "Where in the request stands what failed, as a JSON Pointer; null: nothing failed, or it is not there."),
    {},
};
const struct wire api_trial_check_wire = {"ConnectionTrialCheck", sizeof(struct check_view), trial_fields};

struct wire_list api_checks_list(struct scope *sc, const struct care_checks *c)
{
    struct check_view *v = ARENA_ARRAY(sc->arena, struct check_view, CARE_CHECKS);

    for (size_t i = 0; i < c->n; i++)
        v[i] =
            (struct check_view){c->v[i].name, c->v[i].verdict, c->v[i].reason, c->v[i].todo, c->v[i].field, c->v[i].ms};
    return (struct wire_list){v, c->n};
}
