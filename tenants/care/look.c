#include <string.h>

#include "base/timefmt.h"
#include "care/care_int.h"
#include "db/db.h"
#include "obs/obs.h"
#include "q_care.h"

/* A look at a customer's connections: what has ended, what will end, and what people have to know of it. */

#define MOST        500
#define FORGET_MOST 20 /* bodies of files, of up to 16 MiB, in one transaction */
#define AGAIN_S     3600
#define DAY_US      (INT64_C(86400) * 1000000)

struct wanted {
    const char *kind;
    int32_t stage;
    int64_t until_us; /* INT64_MIN: none */
    const char *reason;
    bool silent; /* shown, and nobody is written to */
};

struct looked {
    const struct q_life_lock_row *row;
    const struct connector *connector; /* NULL: there is none of that name any more */
    int64_t now_us, ends_us;
    struct wanted v[CARE_ALERTS_MAX];
    size_t n;
};

enum err care_due(struct scope *sc, size_t most, bool anew, struct care_customer **out, size_t *out_n)
{
    struct q_care_due_rows rows;

    TRY(sc, q_care_due(sc, &(struct q_care_due_in){.most = (int32_t)most, .anew = anew}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct care_customer, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct care_customer){rows.v[i].partner_id, rows.v[i].customer_id};
    *out_n = rows.n;
    return OK;
}

static const char *day_of(struct scope *sc, int64_t us)
{
    char text[TIME_TEXT_MAX];

    time_format(us, text);
    return arena_strndup(sc->arena, text, strlen("2026-11-30"));
}

static void reconnect(struct scope *sc, struct looked *l)
{
    if (!l->row->has_reconnect_since)
        return;
    l->v[l->n++] = (struct wanted){
        .kind = "reconnect",
        .until_us = INT64_MIN,
        .reason = arena_cut(sc->arena,
                            arena_f(sc->arena, "\"%s\" has to be connected again: %s", l->row->name,
                                    l->row->status_reason ? l->row->status_reason : "its credentials are not accepted"),
                            CARE_WORDS_MAX)};
}

/* What the system said of the session that is kept, or what its manifest says of what people give. */
static int64_t ends(const struct looked *l)
{
    const struct manifest *m = manifest_of(l->connector);
    int64_t days_us = m ? manifest_lifetime_s(m) * 1000000 : 0;

    if (l->row->has_ends_at)
        return l->row->ends_at_us;
    return days_us && l->row->has_given_at ? l->row->given_at_us + days_us : INT64_MIN;
}

static void expires(struct scope *sc, struct looked *l)
{
    static const int32_t days[] = CARE_EXPIRES_DAYS;
    int32_t stage = 0;

    l->ends_us = ends(l);
    for (size_t i = 0; l->ends_us != INT64_MIN && i < ARRAY_LEN(days); i++)
        if (l->ends_us - l->now_us <= days[i] * DAY_US)
            stage = days[i];
    if (!stage)
        return;
    l->v[l->n++] =
        (struct wanted){.kind = "expires",
                        .stage = stage,
                        .until_us = l->ends_us,
                        .reason = arena_f(sc->arena, "what \"%s\" is asked with %s on %s; give new credentials%s",
                                          l->row->name, l->ends_us > l->now_us ? "ends" : "ended",
                                          day_of(sc, l->ends_us), l->ends_us > l->now_us ? " before" : "")};
}

static void sunset(struct scope *sc, struct looked *l)
{
    const struct doc *d = manifest_of(l->connector) ? manifest_document(manifest_of(l->connector)) : NULL;
    const char *day = doc_cstr(sc->arena, doc_pointer(d, "/api/sunset"));
    int64_t at_us;

    if (!day || !time_parse(str_of(arena_f(sc->arena, "%sT00:00:00Z", day)), &at_us) ||
        at_us - l->now_us > CARE_SUNSET_DAYS * DAY_US)
        return;
    l->v[l->n++] =
        (struct wanted){.kind = "sunset",
                        .stage = CARE_SUNSET_DAYS,
                        .until_us = at_us,
                        .reason = arena_f(sc->arena, "the version of the interface that \"%s\" is called by %s on %s",
                                          l->row->name, at_us > l->now_us ? "is turned off" : "was turned off", day),
                        .silent = true};
}

static bool wants(const struct looked *l, const struct q_care_alerts_open_row *a)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->v[i].kind, a->kind) == 0 && l->v[i].stage == a->stage)
            return true;
    return false;
}

/* That a warning gives way to the next one is not told as good news. */
static bool goes_on(const struct looked *l, const char *kind)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->v[i].kind, kind) == 0)
            return true;
    return strcmp(kind, "sunset") == 0;
}

static enum err open_one(struct scope *sc, const struct looked *l, const struct wanted *w)
{
    LOG(LOG_WARN, "care", sc, "people have to know of a connection", LOG_T("kind", w->kind), LOG_N("stage", w->stage));
    return q_care_alert_open(sc,
                             &(struct q_care_alert_open_in){.partner_id = sc->tenant.partner_id,
                                                            .customer_id = sc->tenant.customer_id,
                                                            .alert_id = uuid_new(),
                                                            .connection_id = l->row->connection_id,
                                                            .kind = w->kind,
                                                            .stage = w->stage,
                                                            .has_until = w->until_us != INT64_MIN,
                                                            .until_us = w->until_us,
                                                            .reason = w->reason,
                                                            .has_told = w->silent,
                                                            .told = 0},
                             NULL);
}

static enum err compare(struct scope *sc, const struct looked *l)
{
    struct q_care_alerts_open_rows open;

    TRY(sc, q_care_alerts_open(sc, &(struct q_care_alerts_open_in){.connection_id = l->row->connection_id}, &open));
    for (size_t i = 0; i < open.n; i++)
        if (!wants(l, &open.v[i]))
            TRY(sc, q_care_alert_close(sc,
                                       &(struct q_care_alert_close_in){.alert_id = open.v[i].alert_id,
                                                                       .silent = goes_on(l, open.v[i].kind)},
                                       NULL));
    for (size_t i = 0; i < l->n; i++) {
        bool there = false;

        for (size_t k = 0; k < open.n; k++)
            there |= strcmp(open.v[k].kind, l->v[i].kind) == 0 && open.v[k].stage == l->v[i].stage;
        if (!there)
            TRY(sc, open_one(sc, l, &l->v[i]));
    }
    return OK;
}

static enum err look_at(struct scope *sc, const struct q_life_lock_row *row)
{
    const struct connection c = {.connector = row->connector, .connector_version = row->connector_version};
    struct looked l = {.row = row, .now_us = time_now_us()};

    TRY(sc, connector_if_good(sc, &c, &l.connector));
    l.ends_us = INT64_MIN;
    if (strcmp(row->status, "revoked") != 0) {
        reconnect(sc, &l);
        expires(sc, &l);
        sunset(sc, &l);
    }
    TRY(sc, compare(sc, &l));
    return q_life_looked(sc,
                         &(struct q_life_looked_in){.connection_id = row->connection_id,
                                                    .has_ends_at = l.ends_us != INT64_MIN,
                                                    .ends_at_us = l.ends_us,
                                                    .has_roll_at = row->has_roll_at,
                                                    .roll_at_us = row->roll_at_us,
                                                    .again_s = AGAIN_S},
                         NULL);
}

enum err care_look(struct scope *sc)
{
    struct q_life_lock_rows rows;

    TRY(sc, q_life_add(sc, NULL));
    TRY(sc, q_calls_trim(sc, NULL));
    TRY(sc, q_files_forget(sc, &(struct q_files_forget_in){.most = FORGET_MOST}, NULL));
    TRY(sc, q_credential_retire(sc, NULL));
    TRY(sc, q_life_lock(sc, &(struct q_life_lock_in){.most = MOST}, &rows));
    for (size_t i = 0; i < rows.n; i++)
        TRY(sc, look_at(sc, &rows.v[i]));
    TRY(sc, db_commit(sc));
    return care_tell(sc);
}

enum err care_life_get(struct scope *sc, const struct uuid *connection_id, struct care_life *out)
{
    struct q_life_alerts_rows alerts;
    const struct q_life_get_row *row;

    *out = (struct care_life){.ends_us = INT64_MIN, .put_off_us = INT64_MIN};
    TRY(sc, q_life_get(sc, &(struct q_life_get_in){.connection_id = *connection_id}, &row));
    if (row && row->has_ends_at)
        out->ends_us = row->ends_at_us;
    if (row && row->has_hooks_put_off_at) {
        out->put_off_us = row->hooks_put_off_at_us;
        out->put_off_why = row->hooks_put_off_why;
    }
    TRY(sc, q_life_alerts(sc, &(struct q_life_alerts_in){.connection_id = *connection_id, .most = CARE_ALERTS_MAX},
                          &alerts));
    for (size_t i = 0; i < alerts.n; i++)
        out->alerts[out->alert_count++] =
            (struct care_alert){.kind = alerts.v[i].kind,
                                .reason = alerts.v[i].reason,
                                .opened_us = alerts.v[i].opened_at_us,
                                .until_us = alerts.v[i].has_until ? alerts.v[i].until_us : INT64_MIN};
    return OK;
}
