#include <string.h>

#include "db/db.h"
#include "q_xref.h"
#include "xref/xref_int.h"

/* Locks the table's row, which every change of its entries writes: an entry is there before this looks, or it comes
 * after this transaction has ended and finds what waits. */
static enum err table_held(struct scope *sc, const char *name, struct xref_rule *out_rule, struct uuid *out_id)
{
    const struct q_xref_table_hold_row *t;

    TRY(sc, q_xref_table_hold(sc, &(struct q_xref_table_hold_in){.name = name}, &t));
    if (!t)
        return FAIL(sc, ERR_INVALID, "there is no cross reference %s", name);
    *out_rule =
        (struct xref_rule){(enum xref_case)xref_name_index(xref_case_names, str_of(t->key_case)),
                           (enum xref_blanks)xref_name_index(xref_blanks_names, str_of(t->key_blanks)), t->key_empty};
    *out_id = t->table_id;
    return OK;
}

static enum err put_down(struct scope *sc, const struct xref_missed *m, const struct uuid *table_id, const char *norm)
{
    struct q_xref_miss_put_row miss;

    TRY(sc, q_xref_miss_put(sc,
                            &(struct q_xref_miss_put_in){
                                .partner_id = sc->tenant.partner_id,
                                .customer_id = sc->tenant.customer_id,
                                .miss_id = uuid_new(),
                                .table_id = *table_id,
                                .key = str_dup(sc->arena, m->key),
                                .key_norm = norm,
                                .sample = m->sample ? arena_cut(sc->arena, m->sample, XREF_SAMPLE_MAX) : NULL},
                            &miss));
    if (!m->kind)
        return OK;
    return q_xref_waiting_put(sc,
                              &(struct q_xref_waiting_put_in){.partner_id = sc->tenant.partner_id,
                                                              .customer_id = sc->tenant.customer_id,
                                                              .miss_id = miss.miss_id,
                                                              .kind = m->kind,
                                                              .waiting_id = m->waiting_id,
                                                              .at_us = m->at_us},
                              NULL);
}

enum err xref_hold(struct scope *sc, const char *table)
{
    struct xref_rule rule;
    struct uuid id;

    return table_held(sc, table, &rule, &id);
}

enum err xref_missed(struct scope *sc, const struct xref_missed *m, struct xref_word *out)
{
    struct q_xref_answered_row now;
    const char *code, *fault, *text;
    char norm[XREF_NORM_MAX];
    struct xref_rule rule;
    struct uuid table_id;
    size_t n = 0;

    TRY(sc, table_held(sc, m->table, &rule, &table_id));
    fault = xref_word_fault(&rule, m->key, &code);
    if (fault && m->kind) /* no entry can ever answer it */
        return FAIL(sc, ERR_INVALID, "what is looked up in %s cannot be in it: %s", m->table, fault);
    *out = (struct xref_word){false, false};
    if (fault)
        return OK;
    xref_normal(&rule, m->key, norm, &n);
    text = arena_strndup(sc->arena, norm, n);
    TRY(sc, q_xref_answered(sc, &(struct q_xref_answered_in){.table_id = table_id, .key_norm = text, .at_us = m->at_us},
                            &now));
    if (!now.answered)
        TRY(sc, put_down(sc, m, &table_id, text));
    *out = (struct xref_word){now.answered, now.elsewhen && !now.answered};
    return OK;
}

enum err xref_waiting_release(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id,
                              struct xref_waiting **out, size_t *out_n)
{
    struct q_xref_release_lock_row lock;
    struct q_xref_waiting_release_rows rows;

    TRY(sc, q_xref_release_lock(sc, &(struct q_xref_release_lock_in){.customer_id = *customer_id}, &lock)); /* parks */
    TRY(sc, q_xref_waiting_release(
                sc, &(struct q_xref_waiting_release_in){.customer_id = *customer_id, .table_id = *table_id}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct xref_waiting, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct xref_waiting){rows.v[i].kind, rows.v[i].waiting_id, rows.v[i].since_us};
    *out_n = rows.n;
    return OK;
}

enum err xref_waiting_elsewhen(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id,
                               struct xref_elsewhen **out, size_t *out_n)
{
    struct q_xref_waiting_elsewhen_in asked = {
        .customer_id = *customer_id, .table_id = *table_id, .most = XREF_ELSEWHEN_MAX};
    struct q_xref_waiting_elsewhen_rows rows;

    TRY(sc, q_xref_waiting_elsewhen(sc, &asked, &rows));
    *out = ARENA_ARRAY(sc->arena, struct xref_elsewhen, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_xref_waiting_elsewhen_row *r = &rows.v[i];

        (*out)[i] = (struct xref_elsewhen){r->kind, r->waiting_id, r->name, r->key, r->at_us};
    }
    *out_n = rows.n;
    return OK;
}

enum err xref_unmatched_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id,
                             const struct uuid *after, size_t most, struct xref_unmatched **out, size_t *out_n)
{
    struct q_xref_unmatched_rows rows;

    TRY(sc, q_xref_unmatched(
                sc,
                &(struct q_xref_unmatched_in){
                    .customer_id = *customer_id, .table_id = *table_id, .after = *after, .most = (int32_t)most},
                &rows));
    *out = ARENA_ARRAY(sc->arena, struct xref_unmatched, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_xref_unmatched_row *r = &rows.v[i];

        (*out)[i] = (struct xref_unmatched){.miss_id = r->miss_id,
                                            .key = r->key,
                                            .sample = r->sample,
                                            .seen = r->seen,
                                            .waiting = r->waiting,
                                            .elsewhen = r->elsewhen,
                                            .first_seen_us = r->first_seen_us,
                                            .last_seen_us = r->last_seen_us};
    }
    *out_n = rows.n;
    return OK;
}

enum err xref_waits_no_more(struct scope *sc, const char *kind, const struct uuid *waiting_id)
{
    return q_xref_waiting_end(sc, &(struct q_xref_waiting_end_in){.kind = kind, .waiting_id = *waiting_id}, NULL);
}
