#include "db/db.h"
#include "q_xref.h"
#include "xref/xref_int.h"

/* What the statements take for "no time" in a list of times: the first that RFC 3339 can say. */
#define NO_TIME INT64_C(-62135596800000000)

struct columns {
    struct uuid *ids;
    const char **keys, **key_norms, **values, **value_norms, **key_likes, **value_likes, **notes;
    int64_t *froms, *tos, *versions;
};

static void columns_make(struct scope *sc, const struct xref_written *w, struct columns *c)
{
    *c = (struct columns){.ids = ARENA_ARRAY(sc->arena, struct uuid, w->n),
                          .keys = ARENA_ARRAY(sc->arena, const char *, w->n),
                          .key_norms = ARENA_ARRAY(sc->arena, const char *, w->n),
                          .values = ARENA_ARRAY(sc->arena, const char *, w->n),
                          .value_norms = ARENA_ARRAY(sc->arena, const char *, w->n),
                          .key_likes = ARENA_ARRAY(sc->arena, const char *, w->n),
                          .value_likes = ARENA_ARRAY(sc->arena, const char *, w->n),
                          .notes = ARENA_ARRAY(sc->arena, const char *, w->n),
                          .froms = ARENA_ARRAY(sc->arena, int64_t, w->n),
                          .tos = ARENA_ARRAY(sc->arena, int64_t, w->n),
                          .versions = ARENA_ARRAY(sc->arena, int64_t, w->n)};
}

static void columns_fill(struct scope *sc, const struct xref_written *w, struct columns *c)
{
    columns_make(sc, w, c);
    for (size_t i = 0; i < w->n; i++) {
        const struct xref_entry *e = &w->entries[i];

        c->ids[i] = e->entry_id;
        c->keys[i] = e->key;
        c->key_norms[i] = w->words[i].key_norm;
        c->values[i] = e->value;
        c->value_norms[i] = w->words[i].value_norm;
        c->key_likes[i] = xref_like(sc->arena, e->key);
        c->value_likes[i] = xref_like(sc->arena, e->value);
        c->notes[i] = e->note ? e->note : "";
        c->froms[i] = e->valid_from_us == INT64_MIN ? NO_TIME : e->valid_from_us;
        c->tos[i] = e->valid_to_us == INT64_MIN ? NO_TIME : e->valid_to_us;
        c->versions[i] = e->row_version;
    }
}

/* The members that both statements have. */
#define COLUMNS_OF(c, w)                                                                                               \
    .entry_ids = (c).ids, .entry_ids_n = (w)->n, .keys = (c).keys, .keys_n = (w)->n, .key_norms = (c).key_norms,       \
    .key_norms_n = (w)->n, .entry_values = (c).values, .entry_values_n = (w)->n, .value_norms = (c).value_norms,       \
    .value_norms_n = (w)->n, .key_likes = (c).key_likes, .key_likes_n = (w)->n, .value_likes = (c).value_likes,        \
    .value_likes_n = (w)->n, .notes = (c).notes, .notes_n = (w)->n, .valid_froms_us = (c).froms,                       \
    .valid_froms_n = (w)->n, .valid_tos_us = (c).tos, .valid_tos_n = (w)->n, .changed_by = (w)->who

enum err xref_write_added(struct scope *sc, const struct xref_table *t, const struct xref_written *w)
{
    struct columns c;

    columns_fill(sc, w, &c);
    return q_xref_entry_put(sc,
                            &(struct q_xref_entry_put_in){.partner_id = sc->tenant.partner_id,
                                                          .customer_id = t->customer_id,
                                                          .table_id = t->table_id,
                                                          COLUMNS_OF(c, w)},
                            NULL);
}

enum err xref_write_changed(struct scope *sc, const struct xref_table *t, const struct xref_written *w,
                            int64_t *out_changed)
{
    struct columns c;

    columns_fill(sc, w, &c);
    return q_xref_entry_change(sc,
                               &(struct q_xref_entry_change_in){.customer_id = t->customer_id,
                                                                .table_id = t->table_id,
                                                                .versions = c.versions,
                                                                .versions_n = w->n,
                                                                COLUMNS_OF(c, w)},
                               out_changed);
}
