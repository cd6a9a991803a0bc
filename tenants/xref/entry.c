#include <string.h>

#include "db/db.h"
#include "q_xref.h"
#include "xref/xref_int.h"

/* The statements answer rows of the same members. */
#define ENTRY_OF(r)                                                                                                    \
    {                                                                                                                  \
        .entry_id = (r).entry_id, .key = (r).key, .value = (r).value, .note = (r).note,                                \
        .valid_from_us = (r).has_valid_from ? (r).valid_from_us : INT64_MIN,                                           \
        .valid_to_us = (r).has_valid_to ? (r).valid_to_us : INT64_MIN, .changed_at_us = (r).changed_at_us,             \
        .changed_by = (r).changed_by, .row_version = (r).row_version                                                   \
    }

enum err xref_entry_list(struct scope *sc, const struct xref_table *t, const struct xref_entry_filter *f, size_t most,
                         struct xref_entry **out, size_t *out_n, const char ***out_norms)
{
    struct q_xref_entry_page_rows rows;

    TRY(sc, q_xref_entry_page(sc,
                              &(struct q_xref_entry_page_in){.customer_id = t->customer_id,
                                                             .table_id = t->table_id,
                                                             .search = f->search,
                                                             .after = str_dup(sc->arena, f->after),
                                                             .after_id = f->after_id,
                                                             .most = (int32_t)most},
                              &rows));
    *out = ARENA_ARRAY(sc->arena, struct xref_entry, rows.n);
    *out_norms = ARENA_ARRAY(sc->arena, const char *, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        (*out)[i] = (struct xref_entry)ENTRY_OF(rows.v[i]);
        (*out_norms)[i] = rows.v[i].key_norm;
    }
    *out_n = rows.n;
    return OK;
}

enum err xref_entry_get(struct scope *sc, const struct xref_table *t, const struct uuid *id, struct xref_entry *out)
{
    struct q_xref_entry_get_row r;

    TRY(sc,
        q_xref_entry_get(
            sc, &(struct q_xref_entry_get_in){.customer_id = t->customer_id, .table_id = t->table_id, .entry_id = *id},
            &r));
    *out = (struct xref_entry)ENTRY_OF(r);
    return OK;
}

static enum err word(struct scope *sc, const struct xref_rule *rule, const char *pointer, const char *text,
                     const char **out)
{
    const char *code, *fault = xref_word_fault(rule, str_of(text), &code);
    char norm[XREF_NORM_MAX];
    size_t n = 0;

    if (fault) {
        enum err e = FAIL(sc, ERR_INVALID, "the entry is not as it should be");

        scope_problem(sc, "validation", 422);
        scope_item(sc, pointer, code, "%s", fault);
        return e;
    }
    xref_normal(rule, str_of(text), norm, &n);
    *out = arena_strndup(sc->arena, norm, n);
    return OK;
}

enum err xref_words_of(struct scope *sc, const struct xref_table *t, const struct xref_entry *e, struct xref_words *out)
{
    TRY(sc, word(sc, &t->key, "/key", e->key, &out->key_norm));
    TRY(sc, word(sc, &t->value, "/value", e->value, &out->value_norm));
    if (e->valid_from_us != INT64_MIN && e->valid_to_us != INT64_MIN && e->valid_to_us <= e->valid_from_us) {
        enum err wrong = FAIL(sc, ERR_INVALID, "the entry is not as it should be");

        scope_problem(sc, "validation", 422);
        scope_item(sc, "/valid_to", "invalid", "it is not after valid_from");
        return wrong;
    }
    return OK;
}

enum err xref_entry_add(struct scope *sc, const struct xref_table *t, const struct xref_entry *e)
{
    struct xref_words w;

    TRY(sc, xref_words_of(sc, t, e, &w));
    return xref_write_added(sc, t, &(struct xref_written){e, &w, 1, e->changed_by});
}

enum err xref_entry_change(struct scope *sc, const struct xref_table *t, const struct xref_entry *e, bool *out_changed)
{
    struct xref_words w;
    int64_t changed;

    TRY(sc, xref_words_of(sc, t, e, &w));
    TRY(sc, xref_write_changed(sc, t, &(struct xref_written){e, &w, 1, e->changed_by}, &changed));
    *out_changed = changed != 0;
    return OK;
}

enum err xref_entry_delete(struct scope *sc, const struct xref_table *t, const struct uuid *id, int64_t version,
                           bool *out_deleted)
{
    struct q_xref_entry_delete_row row;

    TRY(sc,
        q_xref_entry_delete(
            sc, &(struct q_xref_entry_delete_in){.customer_id = t->customer_id, .entry_id = *id, .version = version},
            &row));
    *out_deleted = row.deleted;
    return OK;
}
