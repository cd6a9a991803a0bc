#include <string.h>

#include "db/db.h"
#include "q_xref.h"
#include "xref/xref_int.h"

static struct xref_rule rule_of(const char *letters, const char *blanks, bool empty)
{
    return (struct xref_rule){(enum xref_case)xref_name_index(xref_case_names, str_of(letters)),
                              (enum xref_blanks)xref_name_index(xref_blanks_names, str_of(blanks)), empty};
}

/* The two statements answer rows of the same members. */
#define TABLE_OF(r)                                                                                                    \
    {                                                                                                                  \
        .table_id = (r).table_id, .customer_id = (r).customer_id, .name = (r).name, .shape = (r).shape,                \
        .note = (r).note, .key = rule_of((r).key_case, (r).key_blanks, (r).key_empty),                                 \
        .value = rule_of((r).value_case, (r).value_blanks, (r).value_empty), .entries = (r).entries,                   \
        .unmatched = (r).unmatched, .content = (r).content, .row_version = (r).row_version,                            \
        .created_at_us = (r).created_at_us                                                                             \
    }

enum err xref_table_get(struct scope *sc, const struct uuid *id, struct xref_table *out)
{
    struct q_xref_table_get_row r;

    TRY(sc, q_xref_table_get(sc, &(struct q_xref_table_get_in){.table_id = *id}, &r));
    *out = (struct xref_table)TABLE_OF(r);
    return OK;
}

enum err xref_table_find(struct scope *sc, const char *name, struct xref_table *out)
{
    const struct q_xref_table_find_row *r;

    TRY(sc, q_xref_table_find(sc, &(struct q_xref_table_find_in){.name = name}, &r));
    if (!r)
        return FAIL(sc, ERR_NOT_FOUND, "there is no cross reference %s", name);
    return xref_table_get(sc, &r->table_id, out);
}

enum err xref_table_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                         struct xref_table **out, size_t *out_n)
{
    struct q_xref_table_page_in in = {.after = *after, .most = (int32_t)most};
    struct q_xref_table_page_rows rows;

    if (customer_id)
        in.customer_id = *customer_id;
    TRY(sc, q_xref_table_page(sc, &in, &rows));
    *out = ARENA_ARRAY(sc->arena, struct xref_table, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct xref_table)TABLE_OF(rows.v[i]);
    *out_n = rows.n;
    return OK;
}

enum err xref_table_create(struct scope *sc, const struct xref_table *t)
{
    return q_xref_table_add(sc,
                            &(struct q_xref_table_add_in){.partner_id = sc->tenant.partner_id,
                                                          .customer_id = t->customer_id,
                                                          .table_id = t->table_id,
                                                          .name = t->name,
                                                          .shape = t->shape,
                                                          .key_case = xref_case_names[t->key.letters],
                                                          .key_blanks = xref_blanks_names[t->key.blanks],
                                                          .key_empty = t->key.empty,
                                                          .value_case = xref_case_names[t->value.letters],
                                                          .value_blanks = xref_blanks_names[t->value.blanks],
                                                          .value_empty = t->value.empty,
                                                          .note = t->note},
                            NULL);
}

static bool same_rule(const struct xref_rule *a, const struct xref_rule *b)
{
    return a->letters == b->letters && a->blanks == b->blanks && a->empty == b->empty;
}

static bool same_rules(const struct xref_table *a, const struct xref_table *b)
{
    return same_rule(&a->key, &b->key) && same_rule(&a->value, &b->value) && strcmp(a->shape, b->shape) == 0;
}

static enum err rules_change(struct scope *sc, const struct xref_table *t)
{
    const struct q_xref_table_rules_row *row;

    TRY(sc, q_xref_table_rules(sc,
                               &(struct q_xref_table_rules_in){.customer_id = t->customer_id,
                                                               .table_id = t->table_id,
                                                               .shape = t->shape,
                                                               .key_case = xref_case_names[t->key.letters],
                                                               .key_blanks = xref_blanks_names[t->key.blanks],
                                                               .key_empty = t->key.empty,
                                                               .value_case = xref_case_names[t->value.letters],
                                                               .value_blanks = xref_blanks_names[t->value.blanks],
                                                               .value_empty = t->value.empty},
                               &row));
    return row ? OK
               : FAIL(
                     sc, ERR_CONFLICT,
                     "shape and rules can change only while there are no entries and nothing waits; export the entries,"
                     " make a cross reference with other rules and import them there");
}

enum err xref_table_change(struct scope *sc, const struct xref_table *t, bool *out_changed)
{
    const struct q_xref_table_note_row *row;
    struct xref_table now;

    TRY(sc, xref_table_get(sc, &t->table_id, &now));
    TRY(sc, q_xref_table_note(
                sc,
                &(struct q_xref_table_note_in){
                    .customer_id = t->customer_id, .table_id = t->table_id, .version = t->row_version, .note = t->note},
                &row));
    *out_changed = row != NULL;
    return row && !same_rules(t, &now) ? rules_change(sc, t) : OK;
}

enum err xref_table_delete(struct scope *sc, const struct xref_table *t)
{
    struct q_xref_table_delete_row row;

    TRY(sc, q_xref_table_delete(sc,
                                &(struct q_xref_table_delete_in){
                                    .customer_id = t->customer_id, .table_id = t->table_id, .version = t->row_version},
                                &row));
    return row.deleted ? OK : FAIL(sc, ERR_CONFLICT, "something still uses this cross reference or waits for it");
}

enum err xref_use_list(struct scope *sc, const struct xref_table *t, size_t most, struct xref_use **out, size_t *out_n)
{
    struct q_xref_use_page_rows rows;

    TRY(sc, q_xref_use_page(sc,
                            &(struct q_xref_use_page_in){
                                .customer_id = t->customer_id, .table_id = t->table_id, .most = (int32_t)most},
                            &rows));
    *out = ARENA_ARRAY(sc->arena, struct xref_use, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] =
            (struct xref_use){rows.v[i].kind, rows.v[i].user_id, rows.v[i].name, rows.v[i].place, rows.v[i].since_us};
    *out_n = rows.n;
    return OK;
}

enum err xref_use_set(struct scope *sc, const struct uuid *customer_id, const char *kind, const struct uuid *user_id,
                      const char *name, const struct xref_used *v, size_t n)
{
    const char **tables = ARENA_ARRAY(sc->arena, const char *, n), **places = ARENA_ARRAY(sc->arena, const char *, n);

    for (size_t i = 0; i < n; i++) {
        tables[i] = v[i].table;
        places[i] = v[i].place ? v[i].place : "";
    }
    TRY(sc, q_xref_use_end(sc,
                           &(struct q_xref_use_end_in){.customer_id = *customer_id,
                                                       .kind = kind,
                                                       .user_id = *user_id,
                                                       .tables = tables,
                                                       .tables_n = n,
                                                       .places = places,
                                                       .places_n = n},
                           NULL));
    return q_xref_use_put(sc,
                          &(struct q_xref_use_put_in){.partner_id = sc->tenant.partner_id,
                                                      .customer_id = *customer_id,
                                                      .kind = kind,
                                                      .user_id = *user_id,
                                                      .name = name,
                                                      .tables = tables,
                                                      .tables_n = n,
                                                      .places = places,
                                                      .places_n = n},
                          NULL);
}

enum err xref_names(struct scope *sc, const struct uuid *customer_id, const char ***out, size_t *out_n)
{
    struct q_xref_names_rows rows;

    TRY(sc, q_xref_names(sc, &(struct q_xref_names_in){.customer_id = *customer_id, .most = XREF_NAMES_MAX}, &rows));
    *out = ARENA_ARRAY(sc->arena, const char *, rows.n);
    *out_n = rows.n;
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = rows.v[i].name;
    return OK;
}
