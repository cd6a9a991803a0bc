#include <string.h>

#include "db/db.h"
#include "q_watch.h"
#include "watch/watch_int.h"

static const char letters[] = "phf"; /* in the order of the actions */
static const struct uuid none;

static bool actions_parse(const char *text, enum drift_action out[DRIFT_WHATS])
{
    if (strlen(text) != DRIFT_WHATS)
        return false;
    for (size_t i = 0; i < DRIFT_WHATS; i++) {
        const char *found = strchr(letters, text[i]);

        if (!found)
            return false;
        out[i] = (enum drift_action)(found - letters);
    }
    return true;
}

bool watch_policy_parse(const char *bearing, const char *other, struct drift_policy *out)
{
    return actions_parse(bearing, out->bearing) && actions_parse(other, out->other);
}

static const char *actions_write(struct arena *a, const enum drift_action v[DRIFT_WHATS])
{
    char *text = arena_zalloc(a, DRIFT_WHATS + 1);

    for (size_t i = 0; i < DRIFT_WHATS; i++)
        text[i] = letters[v[i]];
    return text;
}

/* The connection's own row comes first. */
static enum err rows_of(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                        struct q_drift_policies_rows *out)
{
    return q_drift_policies(sc,
                            &(struct q_drift_policies_in){.customer_id = *customer_id,
                                                          .connection_id = connection_id ? *connection_id : none},
                            out);
}

enum err watch_policy_get(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                          struct watch_policy *out)
{
    struct watch_policy p = {.policy = drift_policy_usual, .from = "usual", .changed_at_us = INT64_MIN};
    struct q_drift_policies_rows rows;
    const struct q_drift_policies_row *r;

    TRY(sc, rows_of(sc, customer_id, connection_id, &rows));
    r = rows.n ? &rows.v[0] : NULL;
    if (r) {
        if (!watch_policy_parse(r->bearing, r->other, &p.policy))
            return FAIL(sc, ERR_INTERNAL, "a policy is none");
        p.from = r->has_connection_id ? "connection" : "customer";
        p.row_version = r->has_connection_id == (connection_id != NULL) ? r->row_version : 0;
        p.changed_at_us = r->changed_at_us;
        p.changed_by = r->changed_by;
    }
    *out = p;
    return OK;
}

static enum err add(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                    const struct watch_policy *p, int64_t *out_n)
{
    return q_drift_policy_add(sc,
                              &(struct q_drift_policy_add_in){.partner_id = sc->tenant.partner_id,
                                                              .customer_id = *customer_id,
                                                              .policy_id = uuid_new(),
                                                              .has_connection_id = connection_id != NULL,
                                                              .connection_id = connection_id ? *connection_id : none,
                                                              .bearing = actions_write(sc->arena, p->policy.bearing),
                                                              .other = actions_write(sc->arena, p->policy.other),
                                                              .changed_by = p->changed_by},
                              out_n);
}

static enum err change(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                       const struct watch_policy *p, int64_t *out_n)
{
    return q_drift_policy_change(
        sc,
        &(struct q_drift_policy_change_in){.customer_id = *customer_id,
                                           .has_connection_id = connection_id != NULL,
                                           .connection_id = connection_id ? *connection_id : none,
                                           .version = p->row_version,
                                           .bearing = actions_write(sc->arena, p->policy.bearing),
                                           .other = actions_write(sc->arena, p->policy.other),
                                           .changed_by = p->changed_by},
        out_n);
}

enum err watch_policy_put(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                          const struct watch_policy *p, bool *out_changed)
{
    int64_t n = 0;

    TRY(sc,
        p->row_version ? change(sc, customer_id, connection_id, p, &n) : add(sc, customer_id, connection_id, p, &n));
    *out_changed = n == 1;
    return OK;
}
