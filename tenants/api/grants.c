#include "api/api_int.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

/* When staff of whoever runs the installation were let in to see data, why, and until when. */
static const char *const states[] = {"live", "ended", NULL};

struct grant_view {
    struct uuid id, customer_id;
    const char *state, *operator_name, *reason, *revoked_by;
    int64_t granted_at, expires_at, revoked_at;
};

static const struct wire_field grant_fields[] = {
    WIRE_ID(struct grant_view, id, "gra", "This access."),
    WIRE_ID_OR_NULL(struct grant_view, customer_id, "cus", "Whose data; null for all customers'."),
    WIRE_ENUM(struct grant_view, state, states, "Whether it still holds."),
    WIRE_TEXT(struct grant_view, operator_name, 120, "Who was let in."),
    WIRE_TEXT(struct grant_view, reason, 500, "Why."),
    WIRE_TIME(struct grant_view, granted_at, "Since when."),
    WIRE_TIME(struct grant_view, expires_at, "When it ends by itself."),
    WIRE_TIME(struct grant_view, revoked_at, "When it was ended before that; null otherwise."),
    WIRE_TEXT(struct grant_view, revoked_by, 200, "Who ended it."),
    {},
};
static const struct wire grant_wire = {"AccessGrant", sizeof(struct grant_view), grant_fields};

static struct grant_view view_of(const struct access_grant *g)
{
    return (struct grant_view){.id = g->grant_id,
                               .customer_id = g->customer_id,
                               .state = g->live ? "live" : "ended",
                               .operator_name = g->operator_name,
                               .reason = g->reason,
                               .revoked_by = g->revoked_by,
                               .granted_at = g->granted_at_us,
                               .expires_at = g->expires_at_us,
                               .revoked_at = g->revoked_at_us};
}

static enum err grants_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct access_grant *rows;
    struct grant_view *views;
    struct uuid before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("access_grants"), &before));
    TRY(sc, access_grant_list(sc, &before, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("access_grants"), (struct bytes){rows[n - 1].grant_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct grant_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &grant_wire, views, n, cursor);
}

/* Good on every process within a second. */
static enum err grants_revoke(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct access_grant now;
    struct grant_view view;
    const char *who;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "grant_id", "gra", &id));
    TRY(sc, access_actor_words(sc, &who));
    TRY(sc, access_grant_revoke(sc, &id, who));
    TRY(sc, access_grant_get(sc, &id, &now));
    view = view_of(&now);
    return rs_json(sc, rs, 200, &grant_wire, &view);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_grant_routes[] = {
    {GET, "/v1/access-grants", grants_list, .may = PERMISSION_GRANTS_READ, .answers = &grant_wire, .query = list_query,
     .paged = true, .name = "access_grants.list",
     .summary = "Lists when staff of the installation were let in to data, newest first."},
    {POST, "/v1/access-grants/{grant_id}/revoke", grants_revoke, .may = PERMISSION_GRANTS_WRITE, .answers = &grant_wire,
     .name = "access_grants.revoke", .summary = "Ends such an access, within a second."},
    {},
};
