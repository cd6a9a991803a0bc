#include <string.h>

#include "base/timefmt.h"
#include "care/care_int.h"
#include "db/db.h"
#include "q_care.h"
#include "sys/loop.h"
#include "json/doc_value.h"

/* Checks as they are asked for, run and kept. */

#define KEPT_MAX 32768

static const struct {
    const char *name;
    care_check_fn *run;
} checks[CARE_CHECKS] = {
    {"reachable", care_check_reachable},     {"clock", care_check_clock},   {"credentials", care_check_credentials},
    {"permissions", care_check_permissions}, {"sample", care_check_sample}, {"webhook", care_check_webhook},
};

enum err care_check_ask(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                        const char *who)
{
    return q_check_ask(sc,
                       &(struct q_check_ask_in){.partner_id = sc->tenant.partner_id,
                                                .customer_id = *customer_id,
                                                .connection_id = *connection_id,
                                                .who = who},
                       NULL);
}

enum err care_checks_due(struct scope *sc, size_t most, struct care_due **out, size_t *out_n)
{
    struct q_care_checks_due_rows rows;

    TRY(sc, q_care_checks_due(sc, &(struct q_care_checks_due_in){.most = (int32_t)most}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct care_due, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct care_due){rows.v[i].partner_id, rows.v[i].customer_id, rows.v[i].connection_id};
    *out_n = rows.n;
    return OK;
}

const char *care_words(struct scope *sc)
{
    const char *said = scope_fault(sc)->message ? scope_fault(sc)->message : "it failed";
    const char *words = arena_cut(sc->arena, connect_words(sc, said), CARE_WORDS_MAX);

    db_rollback(sc);
    scope_clear(sc);
    return words;
}

/* ---- running ---- */

/* What cannot be opened is told by each check in the same words. */
static void open_link(struct care_run *r)
{
    if (link_open_paused(r->sc, &r->connection.connection_id, &r->link) == OK) {
        link_lane(r->link, LANE_ORDERS);
        return;
    }
    r->link = NULL;
    r->closed = care_words(r->sc);
}

void care_run_all(struct care_run *r)
{
    for (size_t i = 0; i < CARE_CHECKS; i++) {
        struct care_check *c = &r->out->v[r->out->n++];
        int64_t began_us = time_boot_us();

        c->name = checks[i].name;
        if (r->link || strcmp(c->name, "webhook") == 0)
            checks[i].run(r, c);
        else
            care_say(c, "skipped", r->closed, NULL);
        c->ms = (time_boot_us() - began_us) / 1000;
    }
}

static void put_member(struct buf *b, const char *name, const char *value)
{
    buf_f(b, ",\"%s\":", name);
    if (value)
        json_put_text(b, str_of(value));
    else
        buf_s(b, "null");
}

static enum err keep(struct scope *sc, const struct uuid *connection_id, const struct care_checks *v)
{
    struct buf b;

    buf_init(&b, sc->arena, KEPT_MAX);
    for (size_t i = 0; i < v->n; i++) {
        buf_f(&b, "%s{\"ms\":%lld", i ? "," : "[", (long long)v->v[i].ms);
        put_member(&b, "name", v->v[i].name);
        put_member(&b, "verdict", v->v[i].verdict);
        put_member(&b, "reason", v->v[i].reason);
        put_member(&b, "todo", v->v[i].todo);
        buf_c(&b, '}');
    }
    buf_c(&b, ']');
    MUST_BE(!b.full);
    TRY(sc,
        q_check_store(sc, &(struct q_check_store_in){.connection_id = *connection_id, .checks = buf_cstr(&b)}, NULL));
    return db_commit(sc);
}

enum err care_check_run(struct scope *sc, const struct care_due *of)
{
    struct care_checks *v = ARENA_NEW(sc->arena, struct care_checks);
    struct care_run r = {.sc = sc, .out = v};
    const struct q_check_claim_row *row;

    TRY(sc, q_check_claim(sc, &(struct q_check_claim_in){.connection_id = of->connection_id}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return OK;
    TRY(sc, connection_get(sc, &of->connection_id, &r.connection));
    TRY(sc, db_commit(sc));
    sc->deadline_us = loop_now_us() + CARE_CHECK_S * INT64_C(1000000);
    open_link(&r);
    care_run_all(&r);
    sc->deadline_us = 0; /* what was found is kept, however long it took */
    return keep(sc, &of->connection_id, v);
}

/* ---- what is kept ---- */

const char *care_worst(const struct care_checks *v)
{
    static const char *const order[] = {"failed", "warning", "ok"};

    for (size_t k = 0; k < ARRAY_LEN(order); k++)
        for (size_t i = 0; i < v->n; i++)
            if (strcmp(v->v[i].verdict, order[k]) == 0)
                return order[k];
    return v->n ? "skipped" : NULL;
}

static enum err read_kept(struct scope *sc, const char *text, struct care_checks *out)
{
    const struct doc *list;

    TRY(sc, doc_parse(sc, str_of(text), &list));
    for (size_t i = 0; i < doc_count(list) && i < CARE_CHECKS; i++) {
        const struct doc *d = doc_at(list, i);
        struct care_check *c = &out->v[out->n++];

        *c = (struct care_check){.name = doc_cstr(sc->arena, doc_get(d, "name")),
                                 .verdict = doc_cstr(sc->arena, doc_get(d, "verdict")),
                                 .reason = doc_cstr(sc->arena, doc_get(d, "reason")),
                                 .todo = doc_cstr(sc->arena, doc_get(d, "todo"))};
        if (!c->name || !c->verdict || !c->reason || !doc_int(doc_get(d, "ms"), &c->ms))
            return FAIL(sc, ERR_INTERNAL, "what was kept of the checks cannot be read");
    }
    return OK;
}

enum err care_check_get(struct scope *sc, const struct uuid *connection_id, struct care_checks *out)
{
    const struct q_check_get_row *row;

    *out = (struct care_checks){.asked_us = INT64_MIN, .begun_us = INT64_MIN, .checked_us = INT64_MIN};
    TRY(sc, q_check_get(sc, &(struct q_check_get_in){.connection_id = *connection_id}, &row));
    if (!row)
        return OK;
    out->asked_us = row->has_check_asked_at ? row->check_asked_at_us : INT64_MIN;
    out->begun_us = row->has_check_begun_at ? row->check_begun_at_us : INT64_MIN;
    out->checked_us = row->has_checked_at ? row->checked_at_us : INT64_MIN;
    out->asked_by = row->check_asked_by;
    if (row->checks)
        TRY(sc, read_kept(sc, row->checks, out));
    out->verdict = care_worst(out);
    return OK;
}
