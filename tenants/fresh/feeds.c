#include "db/db.h"
#include "fresh/fresh_int.h"
#include "q_fresh.h"

/* Feeds as people see and set them. */

#define TIME_OR_NONE(row, member) ((row).has_##member ? (row).member##_us : INT64_MIN)

/* The two statements answer rows of the same members. */
#define FEED_OF(row)                                                                                                   \
    {                                                                                                                  \
        .feed_id = (row).feed_id, .customer_id = (row).customer_id, .connection_id = (row).connection_id,              \
        .connection_name = (row).connection_name, .object = (row).object, .sweep_fault = (row).sweep_fault,            \
        .reason = (row).reason, .expected = (row).expected, .silence_s = (row).has_silence_s ? (row).silence_s : 0,    \
        .sweep_every_s = (row).sweep_every_s, .recovered = (row).recovered, .last_us = TIME_OR_NONE(row, last_at),     \
        .late_us = TIME_OR_NONE(row, late_at), .sweep_us = TIME_OR_NONE(row, sweep_at),                                \
        .swept_us = TIME_OR_NONE(row, swept_at), .complete_us = (row).complete_to_us,                                  \
        .opened_us = TIME_OR_NONE(row, opened_at), .since_us = TIME_OR_NONE(row, since), .late = (row).has_alert_id    \
    }

static void usual(const char *rhythm, int64_t now_us, struct fresh_feed *f)
{
    struct fresh_rhythm r;
    int64_t hour_us = now_us - now_us % HOUR_US;

    f->known = rhythm && fresh_rhythm_read(rhythm, &r);
    f->usual_now = f->known ? fresh_expected(&r, hour_us, hour_us + HOUR_US) : 0;
}

enum err fresh_list(struct scope *sc, const struct uuid *after, size_t most, int64_t now_us, struct fresh_feed **out,
                    size_t *out_n)
{
    struct q_feed_list_rows rows;

    TRY(sc, q_feed_list(sc, &(struct q_feed_list_in){.after = *after, .most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct fresh_feed, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        (*out)[i] = (struct fresh_feed)FEED_OF(rows.v[i]);
        usual(rows.v[i].rhythm, now_us, &(*out)[i]);
    }
    *out_n = rows.n;
    return OK;
}

enum err fresh_get(struct scope *sc, const struct uuid *connection_id, const char *object, int64_t now_us,
                   struct fresh_feed *out)
{
    const struct q_feed_get_row *row;

    TRY(sc, q_feed_get(sc, &(struct q_feed_get_in){.connection_id = *connection_id, .object = object}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such feed");
    *out = (struct fresh_feed)FEED_OF(*row);
    usual(row->rhythm, now_us, out);
    return OK;
}

enum err fresh_set(struct scope *sc, const struct fresh_feed *f)
{
    return q_feed_set(sc,
                      &(struct q_feed_set_in){.connection_id = f->connection_id,
                                              .object = f->object,
                                              .has_silence_s = f->silence_s > 0,
                                              .silence_s = (int32_t)f->silence_s,
                                              .sweep_every_s = (int32_t)f->sweep_every_s},
                      NULL);
}

enum err fresh_sweep_now(struct scope *sc, const struct fresh_feed *f)
{
    const struct q_feed_sweep_now_row *row;
    enum err e;

    TRY(sc, q_feed_sweep_now(sc, &(struct q_feed_sweep_now_in){.connection_id = f->connection_id, .object = f->object},
                             &row));
    if (row)
        return OK;
    e = FAIL(sc, ERR_CONFLICT, "the source cannot be asked: the connection \"%s\" has no API token",
             f->connection_name);
    scope_problem(sc, "feed-not-asked", 409);
    return e;
}
