#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "connect/connect.h"
#include "db/db.h"
#include "fresh/fresh_int.h"
#include "obs/obs.h"
#include "q_fresh.h"

/* A look at a customer's feeds. */

#define SETTLED_US INT64_C(30000000)  /* what was stamped later may not be committed yet */
#define CLOCKS_US  INT64_C(300000000) /* the clocks of those who take messages may differ by so much */
#define SOON_US    INT64_C(60000000)  /* until the next look, while messages come */
#define LATER_US   INT64_C(300000000)
#define FEEDS_MOST 1000
#define SOURCES    32

struct looked {
    const struct q_feeds_lock_row *row;
    struct fresh_rhythm rhythm;
    bool known, came;
    int64_t last_us; /* INT64_MIN: nothing yet */
};

enum err fresh_due(struct scope *sc, size_t most, bool anew, struct fresh_customer **out, size_t *out_n)
{
    struct q_feeds_due_rows rows;

    TRY(sc, q_feeds_due(sc, &(struct q_feeds_due_in){.most = (int32_t)most, .anew = anew}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct fresh_customer, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct fresh_customer){rows.v[i].partner_id, rows.v[i].customer_id};
    *out_n = rows.n;
    return OK;
}

enum err fresh_late_count(struct scope *sc, int64_t *out)
{
    struct q_feeds_late_row row;

    TRY(sc, q_feeds_late(sc, &row));
    *out = row.n;
    return OK;
}

/* Connections from before there were feeds. */
static enum err add_missing(struct scope *sc)
{
    const char *connectors[SOURCES], *objects[SOURCES];
    int32_t everies_s[SOURCES];
    bool askeds[SOURCES];
    size_t n = 0;

    for (const struct connector *const *c = connector_all(); *c; c++)
        for (size_t i = 0; (*c)->source && i < (*c)->source->feed_count && n < SOURCES; i++) {
            connectors[n] = (*c)->name;
            askeds[n] = connector_asks_by_operations(*c);
            everies_s[n] = (*c)->source->feeds[i].every_s;
            objects[n++] = (*c)->source->feeds[i].object;
        }
    return q_feed_add(sc,
                      &(struct q_feed_add_in){.connectors = connectors,
                                              .connectors_n = n,
                                              .objects = objects,
                                              .objects_n = n,
                                              .askeds = askeds,
                                              .askeds_n = n,
                                              .everies_s = everies_s,
                                              .everies_s_n = n},
                      NULL);
}

static enum err count(struct scope *sc, struct looked *v, size_t n, int64_t now_us)
{
    struct uuid *connections = ARENA_ARRAY(sc->arena, struct uuid, n);
    const char **objects = ARENA_ARRAY(sc->arena, const char *, n);
    int64_t *sinces = ARENA_ARRAY(sc->arena, int64_t, n), first_us = now_us;
    struct q_feed_count_rows rows;

    for (size_t i = 0; i < n; i++) {
        connections[i] = v[i].row->connection_id;
        objects[i] = v[i].row->object;
        sinces[i] = v[i].row->counted_to_us;
        first_us = sinces[i] < first_us ? sinces[i] : first_us;
    }
    TRY(sc, q_feed_count(sc,
                         &(struct q_feed_count_in){.connection_ids = connections,
                                                   .connection_ids_n = n,
                                                   .objects = objects,
                                                   .objects_n = n,
                                                   .sinces_us = sinces,
                                                   .sinces_n = n,
                                                   .from_id = uuid_at(first_us - CLOCKS_US),
                                                   .until_us = now_us},
                         &rows));
    for (size_t i = 0; i < rows.n; i++)
        for (size_t k = 0; k < n; k++)
            if (uuid_equal(&rows.v[i].connection_id, &v[k].row->connection_id) &&
                strcmp(rows.v[i].object, v[k].row->object) == 0) {
                v[k].came = true;
                v[k].last_us = rows.v[i].last_at_us > v[k].last_us ? rows.v[i].last_at_us : v[k].last_us;
            }
    return OK;
}

/* Once an hour: what was counted before it says what is usual. */
static enum err learn(struct scope *sc, struct looked *l, int64_t now_us)
{
    int64_t hour_us = now_us - now_us % HOUR_US;
    struct q_feed_hours_rows rows;
    struct fresh_count *counts;

    l->known = l->row->rhythm && fresh_rhythm_read(l->row->rhythm, &l->rhythm);
    if (l->row->has_learnt_at && l->row->learnt_at_us >= hour_us)
        return OK;
    TRY(sc, q_feed_hours(sc,
                         &(struct q_feed_hours_in){.connection_id = l->row->connection_id,
                                                   .object = l->row->object,
                                                   .since_us = hour_us - FRESH_WEEKS * WEEK_US},
                         &rows));
    counts = ARENA_ARRAY(sc->arena, struct fresh_count, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        counts[i] = (struct fresh_count){rows.v[i].hour_us, rows.v[i].n};
    l->known = fresh_learn(counts, rows.n, l->row->created_at_us, now_us, &l->rhythm);
    return q_feed_learnt(sc,
                         &(struct q_feed_learnt_in){.connection_id = l->row->connection_id,
                                                    .object = l->row->object,
                                                    .rhythm = l->known ? fresh_rhythm_text(sc, &l->rhythm) : NULL,
                                                    .learnt_at_us = now_us},
                         NULL);
}

static const char *why(struct scope *sc, const struct looked *l, const struct fresh_late *late, int64_t now_us,
                       double expected)
{
    char since[TIME_TEXT_MAX];
    const char *silent = fresh_span_words(sc, now_us - l->last_us);

    time_format(l->last_us - l->last_us % 1000000, since);
    if (late->hard)
        return arena_f(sc->arena, "nothing of the kind \"%s\" has come from \"%s\" for %s, since %s; the limit is %s",
                       l->row->object, l->row->connection_name, silent, since,
                       fresh_span_words(sc, l->row->silence_s * INT64_C(1000000)));
    return arena_f(sc->arena,
                   "nothing of the kind \"%s\" has come from \"%s\" for %s, since %s; %.0f were to be expected by now",
                   l->row->object, l->row->connection_name, silent, since, expected);
}

static enum err open_alert(struct scope *sc, const struct looked *l, const struct fresh_late *late, int64_t now_us)
{
    double expected = l->known ? fresh_expected(&l->rhythm, l->last_us, now_us) : 0;

    LOG(LOG_WARN, "fresh", NULL, "a feed has gone quiet", LOG_N("hard", late->hard));
    return q_feed_alert_open(sc,
                             &(struct q_feed_alert_open_in){.partner_id = sc->tenant.partner_id,
                                                            .customer_id = sc->tenant.customer_id,
                                                            .alert_id = uuid_new(),
                                                            .connection_id = l->row->connection_id,
                                                            .object = l->row->object,
                                                            .since_us = l->last_us,
                                                            .expected = arena_f(sc->arena, "%.1f", expected),
                                                            .reason = why(sc, l, late, now_us, expected)},
                             NULL);
}

/* now_us: through when everything is counted. */
static enum err judge(struct scope *sc, const struct looked *l, int64_t now_us)
{
    struct fresh_late late = {.at_us = INT64_MAX};
    struct q_feed_looked_in in = {.connection_id = l->row->connection_id,
                                  .object = l->row->object,
                                  .counted_to_us = now_us > l->row->counted_to_us ? now_us : l->row->counted_to_us};

    if (l->last_us != INT64_MIN)
        fresh_late_at(l->known ? &l->rhythm : NULL, l->last_us, l->row->has_silence_s ? l->row->silence_s : 0, &late);
    if (l->row->has_alert_id && l->last_us > l->row->since_us)
        TRY(sc, q_feed_alert_close(sc, &(struct q_feed_alert_close_in){.alert_id = l->row->alert_id}, NULL));
    else if (!l->row->has_alert_id && late.at_us <= now_us)
        TRY(sc, open_alert(sc, l, &late, now_us));
    in.has_last_at = l->last_us != INT64_MIN;
    in.last_at_us = l->last_us;
    in.has_late_at = late.at_us != INT64_MAX;
    in.late_at_us = late.at_us;
    in.look_at_us = now_us + SETTLED_US + (l->came || l->row->has_alert_id ? SOON_US : LATER_US);
    if (in.has_late_at && late.at_us > now_us && late.at_us + SETTLED_US < in.look_at_us)
        in.look_at_us = late.at_us + SETTLED_US;
    return q_feed_looked(sc, &in, NULL);
}

static enum err look(struct scope *sc)
{
    struct q_feeds_lock_rows rows;
    struct looked *v;
    int64_t now_us;

    TRY(sc, add_missing(sc));
    TRY(sc, q_feeds_lock(sc, &(struct q_feeds_lock_in){.most = FEEDS_MOST}, &rows));
    if (rows.n == 0)
        return db_commit(sc);
    now_us = rows.v[0].at_us - SETTLED_US;
    v = ARENA_ARRAY(sc->arena, struct looked, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct looked){.row = &rows.v[i], .last_us = rows.v[i].has_last_at ? rows.v[i].last_at_us : INT64_MIN};
    TRY(sc, count(sc, v, rows.n, now_us));
    for (size_t i = 0; i < rows.n; i++) {
        TRY(sc, learn(sc, &v[i], now_us));
        TRY(sc, judge(sc, &v[i], now_us));
    }
    return db_commit(sc);
}

enum err fresh_look(struct scope *sc)
{
    TRY(sc, look(sc));
    return fresh_tell(sc);
}
