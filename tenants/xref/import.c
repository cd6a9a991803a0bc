#include <string.h>

#include "db/db.h"
#include "q_xref.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "xref/xref_int.h"

#define CHUNK     10000 /* entries of one statement */
#define ALOUD_MAX 65536 /* octets that are worked through on the loop's own thread */

/* Each entry of a word is compared with all others of it, here and by the database. */
#define TIMES_TOLD "100"
_Static_assert(XREF_IMPORT_TIMES_MAX == 100, "what is told is what is looked at");

/* An entry as it will be: one that is there, or a row. */
struct item {
    const struct xref_entry *entry;
    struct str key_norm, value_norm;
    int64_t row;                   /* that made or changed it; 0: none */
    int64_t *counted;              /* in which of the plan's numbers it is */
    uint32_t next_key, next_value; /* place plus one of the next of the same word; 0: none */
};

/* Items by a word. */
struct words {
    uint32_t *heads;
    uint32_t mask;
};

struct plan {
    const struct xref_table *t;
    struct xref_import *out;
    struct item *items;
    size_t n;
    struct words by_key, by_value;
    uint64_t hash_key[2];
    struct xref_entry *added, *changed;
    struct xref_words *added_words, *changed_words;
};

static struct words words_new(struct scope *sc, size_t most)
{
    uint32_t room = 16;

    while (room < 2 * most)
        room *= 2;
    return (struct words){ARENA_ARRAY(sc->arena, uint32_t, room), room - 1};
}

/* The head of the list of a word's hash: others may stand in it. */
static uint32_t *head_of(const struct plan *p, const struct words *w, struct str norm)
{
    return &w->heads[xref_hash(p->hash_key, norm) & w->mask];
}

static void item_put(struct plan *p, const struct item *item)
{
    uint32_t *head = head_of(p, &p->by_key, item->key_norm);
    struct item *at = &p->items[p->n++];

    *at = *item;
    at->next_key = *head;
    *head = (uint32_t)p->n;
}

static bool overlap(const struct xref_entry *a, const struct xref_entry *b)
{
    return (a->valid_to_us == INT64_MIN || a->valid_to_us > b->valid_from_us) &&
           (b->valid_to_us == INT64_MIN || b->valid_to_us > a->valid_from_us);
}

static void refuse(struct plan *p, int64_t row, const char *code, const char *why)
{
    struct xref_import *out = p->out;

    out->refused++;
    if (out->fault_count < XREF_IMPORT_FAULTS_MAX)
        out->faults[out->fault_count++] = (struct xref_fault){row, code, why};
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* A row for a word and time that an entry has: the same, or a change of it. */
static void meet(struct plan *p, struct item *was, const struct xref_row *r, const struct item *item)
{
    const struct xref_entry *e = was->entry;

    if (was->row) {
        refuse(p, r->line, "duplicate", "an earlier row has the same key");
        return;
    }
    was->row = r->line;
    if (same_text(e->key, r->entry.key) && same_text(e->value, r->entry.value) && same_text(e->note, r->entry.note)) {
        was->counted = &p->out->same;
        p->out->same++;
        return;
    }
    struct xref_entry *to = &p->changed[p->out->changed];

    *to = r->entry;
    to->entry_id = e->entry_id;
    to->row_version = e->row_version;
    p->changed_words[p->out->changed++] = (struct xref_words){item->key_norm.p, item->value_norm.p};
    was->counted = &p->out->changed;
    was->entry = to;
    was->value_norm = item->value_norm;
}

static void add(struct plan *p, const struct xref_row *r, struct item *item)
{
    struct xref_entry *to = &p->added[p->out->added];

    *to = r->entry;
    to->entry_id = uuid_new();
    item->entry = to;
    item->counted = &p->out->added;
    p->added_words[p->out->added++] = (struct xref_words){item->key_norm.p, item->value_norm.p};
    item_put(p, item);
}

static void place(struct plan *p, const struct xref_row *r, struct item *item)
{
    size_t times = 0;

    for (uint32_t i = *head_of(p, &p->by_key, item->key_norm); i; i = p->items[i - 1].next_key) {
        struct item *was = &p->items[i - 1];

        if (!str_equal(was->key_norm, item->key_norm))
            continue;
        if (was->entry->valid_from_us == r->entry.valid_from_us && was->entry->valid_to_us == r->entry.valid_to_us) {
            meet(p, was, r, item);
            return;
        }
        if (overlap(was->entry, &r->entry)) {
            refuse(p, r->line, "conflict",
                   was->row ? "an earlier row has the same key at a time of this one's"
                            : "an entry has the same key at a time of this one's");
            return;
        }
        if (++times == XREF_IMPORT_TIMES_MAX) {
            refuse(p, r->line, "too_many", "the key has " TIMES_TOLD " entries at other times, and may have no more");
            return;
        }
    }
    add(p, r, item);
}

static struct str norm_of(struct scope *sc, const struct xref_rule *rule, const char *text)
{
    char norm[XREF_NORM_MAX];
    size_t n = 0;

    xref_normal(rule, str_of(text), norm, &n);
    return (struct str){arena_strndup(sc->arena, norm, n), n};
}

#define NOTE_MAX 500

static const char *row_fault(const struct plan *p, const struct xref_row *r, const char **out_code)
{
    const char *why = r->fault;

    *out_code = r->code;
    if (!why)
        why = xref_word_fault(&p->t->key, str_of(r->entry.key), out_code);
    if (why)
        return r->fault                             ? why
               : strcmp(*out_code, "required") == 0 ? "the key may not be empty"
                                                    : "the key is too long, or no UTF-8";
    if (xref_word_fault(&p->t->value, str_of(r->entry.value), out_code))
        return strcmp(*out_code, "required") == 0 ? "the value may not be empty" : "the value is too long, or no UTF-8";
    *out_code = "invalid";
    if (r->entry.note && (strlen(r->entry.note) > NOTE_MAX || !xref_is_text(str_of(r->entry.note))))
        return "the note is longer than 500 octets, or no UTF-8";
    if (r->entry.valid_to_us != INT64_MIN && r->entry.valid_to_us <= r->entry.valid_from_us)
        return "valid_to is not after valid_from";
    return NULL;
}

static void take_row(struct scope *sc, struct plan *p, const struct xref_row *r)
{
    const char *code, *fault = row_fault(p, r, &code);

    if (fault) {
        refuse(p, r->line, code, fault);
        return;
    }
    place(p, r,
          &(struct item){.row = r->line,
                         .key_norm = norm_of(sc, &p->t->key, r->entry.key),
                         .value_norm = norm_of(sc, &p->t->value, r->entry.value)});
}

static void refuse_value(struct plan *p, const struct item *item, const char *code, const char *why)
{
    if (item->counted)
        --*item->counted;
    refuse(p, item->row, code, why);
}

/* The items of the value that stand in front of it. */
static void value_check(struct plan *p, const struct item *x, uint32_t head)
{
    size_t times = 0;

    for (uint32_t j = head; j; j = p->items[j - 1].next_value) {
        const struct item *y = &p->items[j - 1];

        if (!str_equal(x->value_norm, y->value_norm))
            continue;
        if (overlap(x->entry, y->entry)) {
            refuse_value(p, x->row > y->row ? x : y, "conflict",
                         "another key leads to the same value, and this cross reference is one to one");
            return;
        }
        if (++times < XREF_IMPORT_TIMES_MAX)
            continue;
        if (x->row)
            refuse_value(p, x, "too_many", TIMES_TOLD " keys lead to the same value at other times, and no more may");
        return;
    }
}

/* One to one: of two items that lead to one value at one time, the row that came later is refused. */
static void values_check(struct scope *sc, struct plan *p)
{
    p->by_value = words_new(sc, p->n);
    for (size_t i = 0; i < p->n; i++) {
        struct item *x = &p->items[i];
        uint32_t *head = head_of(p, &p->by_value, x->value_norm);

        value_check(p, x, *head);
        x->next_value = *head;
        *head = (uint32_t)i + 1;
    }
}

static void existing_put(struct plan *p, const struct q_xref_entry_all_rows *rows, struct xref_entry *kept)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct q_xref_entry_all_row *r = &rows->v[i];

        kept[i] = (struct xref_entry){.entry_id = r->entry_id,
                                      .key = r->key,
                                      .value = r->value,
                                      .note = r->note,
                                      .valid_from_us = r->has_valid_from ? r->valid_from_us : INT64_MIN,
                                      .valid_to_us = r->has_valid_to ? r->valid_to_us : INT64_MIN,
                                      .row_version = r->row_version};
        item_put(
            p, &(struct item){.entry = &kept[i], .key_norm = str_of(r->key_norm), .value_norm = str_of(r->value_norm)});
    }
}

struct planning {
    struct scope *sc;
    struct plan *p;
    const struct q_xref_entry_all_rows *was;
    enum xref_format format;
    struct str text;
    enum err e;
};

static enum err plan_rows(struct scope *sc, struct plan *p, const struct planning *in)
{
    struct xref_rows rows = {0};

    TRY(sc, in->format == XREF_CSV ? xref_csv_read(sc, in->text, &rows) : xref_lines_read(sc, in->text, &rows));
    p->items = ARENA_ARRAY(sc->arena, struct item, in->was->n + rows.n);
    p->by_key = words_new(sc, in->was->n + rows.n);
    p->added = ARENA_ARRAY(sc->arena, struct xref_entry, rows.n);
    p->changed = ARENA_ARRAY(sc->arena, struct xref_entry, rows.n);
    p->added_words = ARENA_ARRAY(sc->arena, struct xref_words, rows.n);
    p->changed_words = ARENA_ARRAY(sc->arena, struct xref_words, rows.n);
    existing_put(p, in->was, ARENA_ARRAY(sc->arena, struct xref_entry, in->was->n));
    for (size_t i = 0; i < rows.n; i++)
        take_row(sc, p, &rows.v[i]);
    if (strcmp(p->t->shape, xref_shape_names[0]) == 0)
        values_check(sc, p);
    p->out->rows = (int64_t)rows.n;
    return OK;
}

/* On the side pool: a hundred thousand rows take longer than a loop may stand still. */
static void plan_run(void *arg)
{
    struct planning *in = arg;

    in->e = plan_rows(in->sc, in->p, in);
}

static enum err plan_make(struct planning *in)
{
    struct scope *sc = in->sc;

    if (in->text.n < ALOUD_MAX || !fiber_self()) {
        plan_run(in);
        return in->e;
    }
    if (offload(plan_run, in) != OK) {
        enum err e = FAIL(sc, ERR_LIMIT, "too much is being worked on just now; please try again");

        scope_retry_after(sc, 1);
        return e;
    }
    return in->e;
}

static enum err write_chunks(struct scope *sc, const struct plan *p, const char *who)
{
    int64_t written;

    for (int64_t at = 0; at < p->out->changed; at += CHUNK) {
        int64_t n = p->out->changed - at < CHUNK ? p->out->changed - at : CHUNK;

        TRY(sc,
            xref_write_changed(sc, p->t, &(struct xref_written){p->changed + at, p->changed_words + at, (size_t)n, who},
                               &written));
        if (written != n)
            return FAIL(sc, ERR_CONFLICT, "entries were changed meanwhile; try again");
    }
    for (int64_t at = 0; at < p->out->added; at += CHUNK) {
        int64_t n = p->out->added - at < CHUNK ? p->out->added - at : CHUNK;

        TRY(sc, xref_write_added(sc, p->t, &(struct xref_written){p->added + at, p->added_words + at, (size_t)n, who}));
    }
    return OK;
}

enum err xref_import(struct scope *sc, const struct xref_table *t, enum xref_format format, struct str text,
                     bool dry_run, const char *who, struct xref_import *out)
{
    struct plan *p = ARENA_NEW(sc->arena, struct plan);
    const struct q_xref_table_lock_row *locked;
    struct q_xref_entry_all_rows was;
    struct planning in = {sc, p, &was, format, text, OK};

    TRY(sc, q_xref_table_lock(
                sc, &(struct q_xref_table_lock_in){.customer_id = t->customer_id, .table_id = t->table_id}, &locked));
    if (!locked)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such cross reference");
    TRY(sc, q_xref_entry_all(sc,
                             &(struct q_xref_entry_all_in){
                                 .customer_id = t->customer_id, .table_id = t->table_id, .most = XREF_ENTRIES_MAX},
                             &was));
    *out = (struct xref_import){0};
    p->t = t;
    p->out = out;
    crypto_random(p->hash_key, sizeof(p->hash_key));
    p->hash_key[1] |= 1;
    TRY(sc, plan_make(&in));
    if (was.n + (size_t)out->added > XREF_ENTRIES_MAX)
        return FAIL(sc, ERR_CONFLICT, "a cross reference has room for %d entries", XREF_ENTRIES_MAX);
    return dry_run || out->refused ? OK : write_chunks(sc, p, who);
}
