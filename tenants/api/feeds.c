#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/api_int.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "flowdef/flowdef.h"
#include "fresh/fresh.h"

/* Feeds: what came last, what is usual, whether it has gone quiet, and that the source is asked for what did not come.
 */

#define PAGE_DEFAULT 50
#define PAGE_MAX     200
#define SPAN_MIN_S   60
#define SILENCE_MAX  2592000
#define EVERY_MAX    604800

struct alert_view {
    int64_t opened_at, since;
    const char *expected, *reason;
};

static const struct wire_field alert_fields[] = {
    WIRE_TIME(struct alert_view, opened_at, "When it was told."),
    WIRE_TIME(struct alert_view, since, "When the last message had come."),
    WIRE_DECIMAL(struct alert_view, expected, "How many were to be expected in between; 0 when nothing is known."),
    WIRE_TEXT(struct alert_view, reason, 500, "In a sentence."),
    {},
};
static const struct wire alert_wire = {"FeedAlert", sizeof(struct alert_view), alert_fields};

struct feed_view {
    struct uuid connection_id, customer_id;
    const char *name, *object, *expected_per_hour, *silence, *sweep_every, *sweep_fault;
    int64_t last_at, late_at, complete_to, swept_at, sweep_at, recovered;
    bool late;
    struct alert_view *alert;
};

static const struct wire_field feed_fields[] = {
    WIRE_ID(struct feed_view, connection_id, "con", "The connection that brings it."),
    WIRE_ID(struct feed_view, customer_id, "cus", "Whose it is."),
    WIRE_TEXT(struct feed_view, name, 120, "What people call the connection."),
    WIRE_TEXT(struct feed_view, object, 64, "What its messages are about."),
    WIRE_TIME(struct feed_view, last_at,
              "When the last message came, seen within some minutes; null: none since it is watched."),
    WIRE_DECIMAL(
        struct feed_view, expected_per_hour,
        "Messages that are usual in this hour of the week (UTC), by the last three to eight weeks; null while less "
        "is known."),
    WIRE_BOOL(struct feed_view, late, "It has gone quiet."),
    WIRE_TIME(struct feed_view, late_at,
              "When its silence will be told if nothing comes; null: never, as far as is known."),
    WIRE_TEXT(
        struct feed_view, silence, 32,
        "The hard limit: the longest silence that is let pass whatever is usual, as PT2H; null: none. Hours with less "
        "than a tenth of the usual are quiet: they do not count, and nothing is told in them."),
    WIRE_OBJECT(struct feed_view, alert, &alert_wire, "What was told; null: nothing is wrong."),
    WIRE_TIME(struct feed_view, complete_to, "Everything that the source has changed before has been received."),
    WIRE_TEXT(struct feed_view, sweep_every, 32, "How often the source is asked for what did not come."),
    WIRE_TIME(struct feed_view, sweep_at, "When it is asked again; null: it cannot be, there is no API token."),
    WIRE_TIME(struct feed_view, swept_at, "When it was last asked for everything."),
    WIRE_TEXT(struct feed_view, sweep_fault, 500, "Why the last sweep broke off; null when it did not."),
    WIRE_INT(struct feed_view, recovered, 0, INT64_MAX, "Messages that did not come and were fetched."),
    {},
};
static const struct wire feed_wire = {"Feed", sizeof(struct feed_view), feed_fields};

struct feed_ask {
    const char *silence, *sweep_every;
};

static const struct wire_field ask_fields[] = {
    WIRE_TEXT_OR_NULL(struct feed_ask, silence, 32, "The hard limit, as PT2H: one minute to 30 days; absent: none."),
    WIRE_TEXT_OR_NULL(struct feed_ask, sweep_every, 32,
                      "How often the source is asked, as PT15M: one minute to 7 days; absent: as it is."),
    {},
};
static const struct wire ask_wire = {"FeedLimits", sizeof(struct feed_ask), ask_fields};

static const char *span_text(struct scope *sc, int64_t s)
{
    struct buf b;

    buf_init(&b, sc->arena, 64);
    buf_s(&b, "P");
    if (s / 86400)
        buf_f(&b, "%dD", (int)(s / 86400));
    if (s % 86400)
        buf_s(&b, "T");
    if (s % 86400 / 3600)
        buf_f(&b, "%dH", (int)(s % 86400 / 3600));
    if (s % 3600 / 60)
        buf_f(&b, "%dM", (int)(s % 3600 / 60));
    if (s % 60)
        buf_f(&b, "%dS", (int)(s % 60));
    return buf_cstr(&b);
}

static void view_of(struct scope *sc, const struct fresh_feed *f, struct feed_view *v)
{
    *v = (struct feed_view){.connection_id = f->connection_id,
                            .customer_id = f->customer_id,
                            .name = f->connection_name,
                            .object = f->object,
                            .expected_per_hour = f->known ? arena_f(sc->arena, "%.2f", f->usual_now) : NULL,
                            .silence = f->silence_s ? span_text(sc, f->silence_s) : NULL,
                            .sweep_every = span_text(sc, f->sweep_every_s),
                            .sweep_fault = f->sweep_fault,
                            .last_at = f->last_us,
                            .late_at = f->late_us,
                            .complete_to = f->complete_us,
                            .swept_at = f->swept_us,
                            .sweep_at = f->sweep_us,
                            .recovered = f->recovered,
                            .late = f->late};
    if (!f->late)
        return;
    v->alert = ARENA_NEW(sc->arena, struct alert_view);
    *v->alert = (struct alert_view){f->opened_us, f->since_us, f->expected, f->reason};
}

static enum err feeds_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const char *cursor = NULL;
    struct feed_view *views;
    struct fresh_feed *rows;
    struct uuid after;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("feeds"), &after));
    TRY(sc, fresh_list(sc, &after, (size_t)limit + 1, time_now_us(), &rows, &n));
    TRY(sc, audit_read(sc, "feeds.list", NULL, NULL));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("feeds"), (struct bytes){rows[n - 1].feed_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct feed_view, n);
    for (size_t i = 0; i < n; i++)
        view_of(sc, &rows[i], &views[i]);
    return rs_page(sc, rq, rs, &feed_wire, views, n, cursor);
}

static enum err named(struct scope *sc, const struct rq *rq, struct fresh_feed *out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "connection_id", "con", &id));
    return fresh_get(sc, &id, str_dup(sc->arena, rq_param(rq, "source_object")), time_now_us(), out);
}

static enum err answer(struct scope *sc, struct rs *rs, int status, const struct fresh_feed *f)
{
    struct fresh_feed now;
    struct feed_view view;

    TRY(sc, fresh_get(sc, &f->connection_id, f->object, time_now_us(), &now));
    view_of(sc, &now, &view);
    return rs_json(sc, rs, status, &feed_wire, &view);
}

static void note(struct scope *sc, const struct fresh_feed *f, const char *action, const char *detail)
{
    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = "con",
                                       .object_id = f->connection_id,
                                       .has_customer = true,
                                       .customer_id = f->customer_id,
                                       .detail = detail});
}

static enum err span_read(struct scope *sc, const char *text, const char *pointer, int64_t most, int64_t *out)
{
    int64_t us;

    if (!text)
        return OK;
    if (!flowdef_span(str_of(text), &us) || us < SPAN_MIN_S * INT64_C(1000000) || us > most * INT64_C(1000000))
        return api_invalid(sc, pointer, "invalid",
                           "a span of days, hours, minutes and seconds as PT2H, one minute at least");
    *out = us / 1000000;
    return OK;
}

static enum err feed_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct feed_ask ask;
    struct fresh_feed f;

    TRY(sc, named(sc, rq, &f));
    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    f.silence_s = 0;
    TRY(sc, span_read(sc, ask.silence, "/silence", SILENCE_MAX, &f.silence_s));
    TRY(sc, span_read(sc, ask.sweep_every, "/sweep_every", EVERY_MAX, &f.sweep_every_s));
    TRY(sc, fresh_set(sc, &f));
    note(sc, &f, "feed.limits",
         arena_f(sc->arena, "%s: silence %s, swept every %s", f.object,
                 f.silence_s ? span_text(sc, f.silence_s) : "unlimited", span_text(sc, f.sweep_every_s)));
    return answer(sc, rs, 200, &f);
}

static enum err feed_sweep(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct fresh_feed f;

    TRY(sc, named(sc, rq, &f));
    TRY(sc, fresh_sweep_now(sc, &f));
    note(sc, &f, "feed.sweep", f.object);
    return answer(sc, rs, 202, &f);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

#define ONE "/v1/feeds/{connection_id}/{source_object}"

const struct route api_feed_routes[] = {
    {GET, "/v1/feeds", feeds_list, .may = PERMISSION_CONNECTIONS_READ, .answers = &feed_wire, .query = list_query,
     .paged = true, .name = "feeds.list",
     .summary = "Lists what connections bring: when it last came, what is usual, and what has gone quiet."},
    {PUT, ONE, feed_put, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &ask_wire, .answers = &feed_wire,
     .name = "feeds.set", .summary = "Sets how long a feed may be silent, and how often its source is asked."},
    {POST, ONE "/sweep", feed_sweep, .may = PERMISSION_CONNECTIONS_WRITE, .answers = &feed_wire, .idempotent = true,
     .status = 202, .name = "feeds.sweep",
     .summary = "Asks the source now for what changed until a minute ago and did not come."},
    {},
};
