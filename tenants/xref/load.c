#include <string.h>

#include "db/db.h"
#include "q_xref.h"
#include "sys/loop.h"
#include "xref/xref_int.h"

static enum err no_such_table(struct scope *sc, const char *name)
{
    return FAIL(sc, ERR_INVALID, "there is no cross reference %s", name);
}

static enum err all_found(struct scope *sc, const char *const *tables, size_t n, const struct q_xref_books_rows *rows)
{
    for (size_t i = 0; i < n; i++) {
        bool found = false;

        for (size_t j = 0; j < rows->n && !found; j++)
            found = strcmp(rows->v[j].name, tables[i]) == 0;
        if (!found)
            return no_such_table(sc, tables[i]);
    }
    return OK;
}

static struct xref_rule rule_of(const char *letters, const char *blanks, bool empty)
{
    return (struct xref_rule){(enum xref_case)xref_name_index(xref_case_names, str_of(letters)),
                              (enum xref_blanks)xref_name_index(xref_blanks_names, str_of(blanks)), empty};
}

static struct str kept(struct arena *arena, const char *text)
{
    size_t n = strlen(text);

    return (struct str){arena_strndup(arena, text, n), n};
}

static enum err books_of(struct scope *sc, struct xref_snapshot *s, const struct q_xref_books_rows *rows)
{
    int64_t entries = 0;

    for (size_t i = 0; i < rows->n; i++) {
        const struct q_xref_books_row *r = &rows->v[i];

        s->books[i] = (struct xref_book){.name = kept(s->arena, r->name),
                                         .key = rule_of(r->key_case, r->key_blanks, r->key_empty),
                                         .table_id = r->table_id,
                                         .content = r->content};
        entries += r->entries;
    }
    return entries <= XREF_LOAD_MAX
               ? OK
               : FAIL(sc, ERR_TOO_LARGE, "the cross references hold more than %d entries together", XREF_LOAD_MAX);
}

static struct xref_book *book_by_id(struct xref_snapshot *s, const struct uuid *id)
{
    for (size_t i = 0; i < s->n; i++)
        if (uuid_equal(&s->books[i].table_id, id))
            return &s->books[i];
    return NULL;
}

static void pairs_count(struct xref_snapshot *s, const struct q_xref_pairs_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        book_by_id(s, &rows->v[i].table_id)->n++;
    for (size_t i = 0; i < s->n; i++) {
        s->books[i].pairs = ARENA_ARRAY(s->arena, struct xref_pair, s->books[i].n);
        s->books[i].n = 0;
    }
}

static void pairs_take(struct xref_snapshot *s, const struct q_xref_pairs_rows *rows)
{
    pairs_count(s, rows);
    for (size_t i = 0; i < rows->n; i++) {
        const struct q_xref_pairs_row *r = &rows->v[i];
        struct xref_book *b = book_by_id(s, &r->table_id);

        b->pairs[b->n++] = (struct xref_pair){kept(s->arena, r->key_norm), kept(s->arena, r->value),
                                              r->has_valid_from ? r->valid_from_us : INT64_MIN,
                                              r->has_valid_to ? r->valid_to_us : INT64_MIN};
    }
}

/* What was read is put in order by the side pool when it is much. */
struct sealing {
    struct xref_snapshot *s;
    const struct q_xref_pairs_rows *rows;
    bool sound;
};

static void seal(void *arg)
{
    struct sealing *t = arg;
    struct str twice;

    pairs_take(t->s, t->rows);
    t->sound = xref_snapshot_seal(t->s, &twice);
}

static enum err pairs_load(struct scope *sc, const struct uuid *customer_id, struct xref_snapshot *s)
{
    struct uuid *ids = ARENA_ARRAY(sc->arena, struct uuid, s->n);
    struct q_xref_pairs_rows rows;
    struct sealing t = {.s = s};

    for (size_t i = 0; i < s->n; i++)
        ids[i] = s->books[i].table_id;
    TRY(sc,
        q_xref_pairs(sc, &(struct q_xref_pairs_in){.customer_id = *customer_id, .table_ids = ids, .table_ids_n = s->n},
                     &rows));
    t.rows = &rows;
    if (rows.n > XREF_AT_ONCE)
        TRY(sc, offload(seal, &t));
    else
        seal(&t);
    return t.sound ? OK
                   : FAIL(sc, ERR_INTERNAL, "a cross reference has two entries for one word"); /* the schema has none */
}

static enum err load(struct scope *sc, const struct uuid *customer_id, struct arena *arena, const char *const *tables,
                     size_t n, struct xref_snapshot **out)
{
    struct q_xref_books_rows rows;
    struct xref_snapshot *s;

    if (n > XREF_TABLES_MAX)
        return FAIL(sc, ERR_INVALID, "at most %d cross references can be used at once", XREF_TABLES_MAX);
    TRY(sc,
        q_xref_books(sc, &(struct q_xref_books_in){.customer_id = *customer_id, .names = tables, .names_n = n}, &rows));
    TRY(sc, all_found(sc, tables, n, &rows));
    s = xref_snapshot_new(arena, rows.n);
    TRY(sc, books_of(sc, s, &rows));
    TRY(sc, pairs_load(sc, customer_id, s));
    *out = s;
    return OK;
}

enum err xref_load_in(struct scope *sc, struct arena *arena, const char *const *tables, size_t n,
                      struct xref_snapshot **out)
{
    return load(sc, &sc->tenant.customer_id, arena, tables, n, out);
}

enum err xref_load_of(struct scope *sc, const struct uuid *customer_id, const char *const *tables, size_t n,
                      struct xref_snapshot **out)
{
    return load(sc, customer_id, sc->arena, tables, n, out);
}

enum err xref_load(struct scope *sc, const char *const *tables, size_t n, struct xref_snapshot **out)
{
    return xref_load_in(sc, sc->arena, tables, n, out);
}

enum err xref_current(struct scope *sc, const struct xref_snapshot *s, bool *out)
{
    struct uuid *ids = ARENA_ARRAY(sc->arena, struct uuid, s->n);
    struct q_xref_contents_rows rows;
    size_t same = 0;

    for (size_t i = 0; i < s->n; i++)
        ids[i] = s->books[i].table_id;
    TRY(sc, q_xref_contents(sc,
                            &(struct q_xref_contents_in){
                                .customer_id = sc->tenant.customer_id, .table_ids = ids, .table_ids_n = s->n},
                            &rows));
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < rows.n; j++)
            same += uuid_equal(&rows.v[j].table_id, &ids[i]) && rows.v[j].content == s->books[i].content;
    *out = same == s->n;
    return OK;
}
