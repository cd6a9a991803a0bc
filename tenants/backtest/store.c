#include "backtest/backtest_int.h"

#include "audit/audit.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "maps/maps.h"
#include "q_backtest.h"
#include "sys/loop.h"

/* Backtests as rows: asked for, looked at, cancelled. */
#define OPEN_MAX 5  /* queued or running at once, of one customer */
#define KEEP     30 /* ended ones of a mapping; those that a version names are kept besides */

#define DAY_US (INT64_C(86400) * 1000000)

static enum err problem(struct scope *sc, enum err code, const char *name, int status, const char *message)
{
    enum err e = FAIL(sc, code, "%s", message);

    scope_problem(sc, name, status);
    return e;
}

static enum err wrong(struct scope *sc, const char *pointer, const char *code, const char *why)
{
    scope_clear(sc);
    scope_item(sc, pointer, code, "%s", why);
    return problem(sc, ERR_INVALID, "validation", 422, why);
}

static const char *asker(struct scope *sc)
{
    const char *prefix = audit_actor_prefix(actor_kind_name(sc->actor));
    char text[TYPEID_TEXT_MAX + 1];

    if (!prefix || uuid_is_nil(&sc->actor_id))
        return actor_kind_name(sc->actor);
    typeid_format(prefix, &sc->actor_id, text);
    return arena_strdup(sc->arena, text);
}

/* ---- asking ---- */

static enum err hash_of(struct scope *sc, struct str document, uint8_t out[CRYPTO_HASH_BYTES])
{
    const struct doc *d;

    TRY(sc, doc_parse(sc, document, &d));
    return maps_hash(sc->arena, d, out) ? OK : FAIL(sc, ERR_TOO_LARGE, "the mapping's document is too large");
}

static enum err version_of(struct scope *sc, const struct maps_mapping *m, int32_t number, const char *pointer,
                           struct bytes *out_hash)
{
    struct mapping_faults faults;
    struct mapping *compiled;
    struct maps_version v;
    enum err e = maps_version_get(sc, &m->mapping_id, number, &v);

    if (e == ERR_NOT_FOUND && pointer)
        return wrong(sc, pointer, "unknown", "the mapping has no such version");
    TRY(sc, e);
    TRY(sc, maps_compile(sc, m, str_of(v.document), &compiled, &faults));
    if (!compiled)
        return maps_refuse(sc, &faults, MAPS_FAULTY);
    *out_hash = v.hash;
    return OK;
}

/* What it is run beside: as said, or the version that works, or the document that ships, or nothing. */
static enum err against_of(struct scope *sc, const struct maps_mapping *m, const struct backtest_ask *ask,
                           struct q_backtest_create_in *in)
{
    const struct mapping_shipped *shipped = mapping_shipped(m->source_system, m->source_object);
    int32_t number = ask->against == BACKTEST_AGAINST_WORKING ? m->current : ask->against;
    uint8_t *hash = arena_alloc(sc->arena, CRYPTO_HASH_BYTES);

    in->has_against_number = number > 0;
    in->against_number = number;
    in->against = number > 0 ? "version" : shipped ? "shipped" : "nothing";
    if (number > 0)
        return version_of(sc, m, number, "/against_version", &in->against_hash);
    if (!shipped)
        return ask->against == BACKTEST_AGAINST_SHIPPED
                   ? wrong(sc, "/against_version", "unknown", "no document is shipped for this system and object")
                   : OK;
    TRY(sc, hash_of(sc, (struct str){shipped->text, shipped->n}, hash));
    in->against_hash = (struct bytes){hash, CRYPTO_HASH_BYTES};
    return OK;
}

static enum err connection_check(struct scope *sc, const struct maps_mapping *m, const struct uuid *connection_id)
{
    const struct q_backtest_connection_row *row;

    if (uuid_is_nil(connection_id))
        return OK;
    TRY(sc, q_backtest_connection(
                sc, &(struct q_backtest_connection_in){.customer_id = m->customer_id, .connection_id = *connection_id},
                &row));
    if (!row)
        return wrong(sc, "/connection_id", "unknown", "the customer has no such connection");
    return strcmp(row->connector, m->source_system) == 0
               ? OK
               : wrong(sc, "/connection_id", "other_system", "this mapping does not read from that system");
}

static enum err room_check(struct scope *sc, const struct maps_mapping *m)
{
    struct q_backtest_open_count_row open;
    struct q_backtest_trim_row trimmed;

    TRY(sc, q_backtest_open_count(sc, &(struct q_backtest_open_count_in){.customer_id = m->customer_id}, &open));
    if (open.n >= OPEN_MAX) {
        enum err e = FAIL(sc, ERR_LIMIT, "%d backtests of this customer wait or run already", OPEN_MAX);

        scope_retry_after(sc, 60);
        return e;
    }
    return q_backtest_trim(
        sc, &(struct q_backtest_trim_in){.customer_id = m->customer_id, .mapping_id = m->mapping_id, .keep = KEEP},
        &trimmed);
}

enum err backtest_ask(struct scope *sc, const struct maps_mapping *m, const struct backtest_ask *ask,
                      struct uuid *out_id)
{
    int64_t now_us = time_now_us();
    struct q_backtest_create_in in = {.partner_id = sc->tenant.partner_id,
                                      .customer_id = m->customer_id,
                                      .backtest_id = uuid_new(),
                                      .mapping_id = m->mapping_id,
                                      .number = ask->number,
                                      .connection_id = ask->connection_id,
                                      .has_last_days = ask->last_days > 0,
                                      .last_days = ask->last_days,
                                      .has_last_messages = ask->last_messages > 0,
                                      .last_messages = ask->last_messages,
                                      .until_id = uuid_at(now_us + 1000)};

    if ((ask->last_days > 0) == (ask->last_messages > 0))
        return wrong(sc, "/last_days", "one_of", "say how many days or how many messages, and not both");
    TRY(sc, room_check(sc, m));
    TRY(sc, connection_check(sc, m, &ask->connection_id));
    TRY(sc, against_of(sc, m, ask, &in));
    TRY(sc, version_of(sc, m, ask->number, NULL, &in.document_hash));
    in.since_id = uuid_at(ask->last_days ? now_us - ask->last_days * DAY_US : 0);
    in.asked_by = asker(sc);
    *out_id = in.backtest_id;
    return q_backtest_create(sc, &in, NULL);
}

/* ---- looking ---- */

static int64_t time_of(bool has, int64_t us)
{
    return has ? us : INT64_MIN;
}

static struct backtest_row row_of(const struct q_backtest_rows_row *r)
{
    return (struct backtest_row){
        .customer_id = r->customer_id,
        .backtest_id = r->backtest_id,
        .mapping_id = r->mapping_id,
        .number = r->number,
        .document_hash = r->document_hash,
        .against = r->against,
        .against_number = r->against_number,
        .against_hash = r->against_hash,
        .connection_id = r->connection_id,
        .last_days = r->last_days,
        .last_messages = r->last_messages,
        .asked_by = r->asked_by,
        .state = r->state,
        .reason = r->reason,
        .cancel_asked = r->cancel_asked,
        .counts = {r->records, r->same, r->changed, r->newly_failing, r->newly_passing, r->still_failing},
        .xref_hash = r->xref_hash,
        .result_hash = r->result_hash,
        .reached_at_us = time_of(r->has_reached_at, r->reached_at_us),
        .created_at_us = r->created_at_us,
        .started_at_us = time_of(r->has_started_at, r->started_at_us),
        .ended_at_us = time_of(r->has_ended_at, r->ended_at_us)};
}

enum err backtest_list(struct scope *sc, const struct backtest_filter *f, struct backtest_row **out, size_t *out_n)
{
    struct q_backtest_rows_rows rows;
    struct backtest_row *v;

    TRY(sc, q_backtest_rows(sc,
                            &(struct q_backtest_rows_in){.mapping_id = f->mapping_id,
                                                         .number = f->number,
                                                         .backtest_id = f->backtest_id,
                                                         .before = f->before,
                                                         .most = (int32_t)f->most},
                            &rows));
    v = ARENA_ARRAY(sc->arena, struct backtest_row, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = row_of(&rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err backtest_get(struct scope *sc, const struct uuid *mapping_id, int32_t number, const struct uuid *id,
                      struct backtest_row *out)
{
    struct backtest_filter f = {.mapping_id = *mapping_id, .number = number, .backtest_id = *id, .most = 1};
    struct backtest_row *v;
    size_t n = 0;

    if (!uuid_is_nil(id))
        TRY(sc, backtest_list(sc, &f, &v, &n));
    if (n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such backtest");
    *out = v[0];
    return OK;
}

enum err backtest_whole(struct scope *sc, const struct backtest_row *b, struct str *out)
{
    const struct q_backtest_result_row *row;

    if (strcmp(b->state, "done") != 0)
        return FAIL(sc, ERR_CONFLICT, "the backtest is %s, only one that is done has a result", b->state);
    TRY(sc,
        q_backtest_result(
            sc, &(struct q_backtest_result_in){.customer_id = b->customer_id, .backtest_id = b->backtest_id}, &row));
    if (!row || !row->result)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such backtest");
    *out = str_of(row->result);
    return OK;
}

enum err backtest_cancel(struct scope *sc, const struct backtest_row *b)
{
    const struct q_backtest_cancel_row *row;

    TRY(sc,
        q_backtest_cancel(
            sc, &(struct q_backtest_cancel_in){.customer_id = b->customer_id, .backtest_id = b->backtest_id}, &row));
    return row ? OK : FAIL(sc, ERR_CONFLICT, "the backtest has ended");
}

enum err backtest_claim(struct scope *sc, struct backtest_claim *out, bool *out_found)
{
    const struct q_backtest_claim_row *row;

    db_commit_next(sc);
    TRY(sc, q_backtest_claim(sc, &row));
    *out_found = row != NULL;
    if (row)
        *out = (struct backtest_claim){row->partner_id, row->customer_id, row->backtest_id, row->attempt};
    return OK;
}
