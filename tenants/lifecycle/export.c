#include <string.h>

#include "base/timefmt.h"
#include "db/db.h"
#include "lifecycle/bundle_int.h"
#include "q_lifecycle.h"

enum err lifecycle_export_ask(struct scope *sc, const struct uuid *customer_id, struct uuid *out_export_id)
{
    const struct q_customer_status_row *customer;
    struct q_export_open_count_row open;
    struct uuid id = uuid_new();

    TRY(sc, q_customer_status(sc, &(struct q_customer_status_in){.customer_id = *customer_id}, &customer));
    if (!customer || strcmp(customer->status, "closed") == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    if (strcmp(customer->status, "closing") == 0)
        return FAIL(sc, ERR_CONFLICT, "the customer is being erased");
    TRY(sc, q_export_open_count(sc, &(struct q_export_open_count_in){.customer_id = *customer_id}, &open));
    if (open.n >= EXPORT_OPEN_MAX)
        return FAIL(sc, ERR_LIMIT, "there are %d exports of this customer already, which expire after seven days",
                    EXPORT_OPEN_MAX);
    TRY(sc, q_export_create(sc,
                            &(struct q_export_create_in){.partner_id = sc->tenant.partner_id,
                                                         .customer_id = *customer_id,
                                                         .export_id = id,
                                                         .asked_kind = actor_kind_name(sc->actor),
                                                         .asked_id = sc->actor_id},
                            NULL));
    *out_export_id = id;
    return OK;
}

enum err lifecycle_export_get(struct scope *sc, const struct uuid *export_id, struct lifecycle_export *out)
{
    const struct q_export_get_row *row;

    TRY(sc, q_export_get(sc, &(struct q_export_get_in){.export_id = *export_id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such export");
    *out = (struct lifecycle_export){.export_id = row->export_id,
                                     .customer_id = row->customer_id,
                                     .state = row->state,
                                     .reason = row->reason,
                                     .created_at_us = row->created_at_us,
                                     .ready_at_us = row->has_ready_at ? row->ready_at_us : INT64_MIN,
                                     .expires_at_us = row->expires_at_us,
                                     .size = row->size,
                                     .pages = row->pages,
                                     .chain = row->content_hash};
    return OK;
}

enum err lifecycle_export_page(struct scope *sc, const struct lifecycle_export *x, int32_t page, struct bytes *out)
{
    const struct q_export_page_get_row *row;

    TRY(sc,
        q_export_page_get(
            sc, &(struct q_export_page_get_in){.customer_id = x->customer_id, .export_id = x->export_id, .page = page},
            &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such page of this export");
    *out = row->body;
    return OK;
}

enum err lifecycle_export_claim(struct scope *sc, struct lifecycle_claim *out, bool *out_found)
{
    const struct q_export_claim_row *row;

    db_commit_next(sc);
    TRY(sc, q_export_claim(sc, &row));
    *out_found = row != NULL;
    if (row)
        *out = (struct lifecycle_claim){row->partner_id, row->customer_id, row->export_id};
    return OK;
}

enum err lifecycle_export_sweep(struct scope *sc)
{
    struct q_export_sweep_row row;

    db_commit_next(sc);
    return q_export_sweep(sc, &row);
}

enum err lifecycle_export_fail(struct scope *sc, const struct uuid *export_id, const char *reason)
{
    TRY(sc, q_export_end(sc,
                         &(struct q_export_end_in){.export_id = *export_id,
                                                   .customer_id = sc->tenant.customer_id,
                                                   .state = reason ? "failed" : "waiting",
                                                   .reason = reason ? reason : ""},
                         NULL));
    return db_commit(sc);
}

/* ---- making one ---- */

/* Statements of parts have the same shape. */
#define PART(kind, room)                                                                                               \
    static enum err read_##kind(struct scope *sc, const struct uuid *after, struct part_rows *out)                     \
    {                                                                                                                  \
        struct q_part_##kind##_rows rows;                                                                              \
                                                                                                                       \
        TRY(sc, q_part_##kind(sc, &(struct q_part_##kind##_in){.after = *after, .most = (room)}, &rows));              \
        out->lines = ARENA_ARRAY(sc->arena, const char *, rows.n);                                                     \
        for (size_t i = 0; i < rows.n; i++)                                                                            \
            out->lines[i] = rows.v[i].line;                                                                            \
        out->n = rows.n;                                                                                               \
        out->more = rows.n == (room);                                                                                  \
        if (rows.n)                                                                                                    \
            out->last = rows.v[rows.n - 1].id;                                                                         \
        return OK;                                                                                                     \
    }

struct part_rows {
    const char **lines;
    size_t n;
    struct uuid last;
    bool more;
};

PART(customer, 1)
PART(environment, 100)
PART(legal_entity, 100)
PART(store_brand, 100)
PART(connection, 100)
PART(mapping, 100)
PART(mapping_version, 8) /* their documents may be large */
PART(flow, 100)
PART(flow_version, 8)
PART(flow_input, 8)
PART(flow_batch, 100)
PART(job_edit, 8)
PART(backtest, 4) /* likewise their results */
PART(cross_reference, 100)
PART(cross_entry, 1000)
PART(source_shape, 50)
PART(drift_case, 200)
PART(drift_policy, 100)
PART(order, 200)
PART(record, 50)
PART(file, 4)    /* with the rows that were refused, which may be many */
PART(message, 8) /* bodies may be large */
PART(timeline, 500)
PART(effect, 200)
PART(audit, 200)

static const struct part {
    const char *kind;
    enum err (*read)(struct scope *sc, const struct uuid *after, struct part_rows *out);
} parts[] = {
    {"customer", read_customer},
    {"environment", read_environment},
    {"legal_entity", read_legal_entity},
    {"store_brand", read_store_brand},
    {"connection", read_connection},
    {"mapping", read_mapping},
    {"mapping_version", read_mapping_version},
    {"flow", read_flow},
    {"flow_version", read_flow_version},
    {"flow_input", read_flow_input},
    {"flow_batch", read_flow_batch},
    {"job_edit", read_job_edit},
    {"backtest", read_backtest},
    {"cross_reference", read_cross_reference},
    {"cross_entry", read_cross_entry},
    {"source_shape", read_source_shape},
    {"drift_case", read_drift_case},
    {"drift_policy", read_drift_policy},
    {"order", read_order},
    {"record", read_record},
    {"file", read_file},
    {"message", read_message},
    {"timeline", read_timeline},
    {"effect", read_effect},
    {"audit", read_audit},
};

struct made {
    const struct uuid *export_id;
    const bool *stop;
    struct scope *sc; /* lives as long as the export: the page under way and what is counted */
    struct buf page;
    int32_t pages;
    int64_t size;
    struct bundle b;
};

static struct scope *step_of(const struct made *m)
{
    struct scope *sc = scope_new();

    sc->db = m->sc->db;
    sc->tenant = m->sc->tenant;
    sc->actor = ACTOR_SYSTEM;
    return sc;
}

static enum err page_put(struct scope *sc, struct made *m)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    if (m->page.n == 0)
        return OK;
    crypto_hash(m->page.p, m->page.n, hash);
    m->pages++;
    m->size += (int64_t)m->page.n;
    TRY(sc, q_export_page_put(sc,
                              &(struct q_export_page_put_in){.partner_id = sc->tenant.partner_id,
                                                             .customer_id = sc->tenant.customer_id,
                                                             .export_id = *m->export_id,
                                                             .page = m->pages,
                                                             .body = {m->page.p, m->page.n},
                                                             .body_hash = {hash, sizeof(hash)}},
                              NULL));
    m->page.n = 0;
    return m->size <= EXPORT_SIZE_MAX ? OK : FAIL(sc, ERR_TOO_LARGE, "the export would be larger than 8 GiB");
}

/* Whole octets of lines, wherever the page ends. */
static enum err put(struct scope *sc, struct made *m, struct str text)
{
    while (text.n) {
        size_t room = EXPORT_PAGE_MAX - m->page.n;
        size_t n = text.n < room ? text.n : room;

        buf_add(&m->page, text.p, n);
        text = (struct str){text.p + n, text.n - n};
        if (m->page.n == EXPORT_PAGE_MAX)
            TRY(sc, page_put(sc, m));
    }
    return OK;
}

static enum err put_row(struct scope *sc, struct made *m, const char *kind, const char *row)
{
    struct buf line;

    buf_init(&line, sc->arena, (size_t)64 << 20);
    buf_f(&line, "{\"kind\":\"%s\",\"data\":", kind);
    buf_s(&line, row);
    buf_s(&line, "}\n");
    if (line.full)
        return FAIL(sc, ERR_TOO_LARGE, "a single row is too large to be exported");
    bundle_count(&m->b, kind, buf_str(&line));
    return put(sc, m, buf_str(&line));
}

static enum err part_page(struct scope *sc, struct made *m, const struct part *p, struct part_rows *at)
{
    TRY(sc, p->read(sc, &at->last, at));
    for (size_t i = 0; i < at->n; i++)
        TRY(sc, put_row(sc, m, p->kind, at->lines[i]));
    return db_commit(sc);
}

/* A scope a page of rows, so that a large customer takes no more memory than a small one. */
static enum err part_make(struct scope *sc, struct made *m, const struct part *p)
{
    struct part_rows at = {.more = true};
    enum err e = OK;

    while (at.more && e == OK) {
        if (*m->stop)
            return FAIL(sc, ERR_CANCELLED, "the worker stops");
        struct scope *step = step_of(m);

        e = part_page(step, m, p, &at);
        if (e != OK)
            e = FAIL(sc, e, "%s", scope_fault(step)->message ? scope_fault(step)->message : err_info(e)->title);
        db_rollback(step);
        scope_free(step);
    }
    return e;
}

static enum err end(struct scope *sc, struct made *m)
{
    struct q_export_end_in in = {
        .export_id = *m->export_id, .customer_id = sc->tenant.customer_id, .state = "ready", .reason = ""};
    struct str tail;

    TRY(sc, bundle_end(sc, &m->b, &tail));
    TRY(sc, put(sc, m, tail));
    TRY(sc, page_put(sc, m));
    in.size = m->size;
    in.pages = m->pages;
    in.content_hash = (struct bytes){m->b.chain, sizeof(m->b.chain)};
    TRY(sc, q_export_end(sc, &in, NULL));
    return db_commit(sc);
}

enum err lifecycle_export_make(struct scope *sc, const struct uuid *export_id, const bool *stop)
{
    struct made *m = ARENA_NEW(sc->arena, struct made);
    const struct q_export_head_row *head;

    m->export_id = export_id;
    m->stop = stop;
    m->sc = sc;
    buf_init(&m->page, sc->arena, EXPORT_PAGE_MAX);
    TRY(sc, q_export_head(sc, &head));
    if (!head)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    TRY(sc, db_commit(sc));
    m->b = (struct bundle){.partner = head->partner, .customer = head->customer, .export_id = *export_id};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        TRY(sc, part_make(sc, m, &parts[i]));
    return end(sc, m);
}
