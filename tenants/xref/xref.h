#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* xref: cross references: what a word of one system is called in another, what could not be answered, and who waits for
 * it. Every function inside a tenant's transaction, and ends none. Knows nothing of mappings, nor of what waits beyond
 * a kind and an id. The fact people get wrong: a snapshot is a copy of one moment. What it could not answer may have
 * been answered since, so xref_missed asks again, and says so, before anything is put aside for good.
 */
#define XREF_NAME_MAX    64
#define XREF_TEXT_MAX    512    /* octets of a key or a value */
#define XREF_NORM_MAX    768    /* and of it by the rules: another case may take half as much again */
#define XREF_ENTRIES_MAX 200000 /* of one table: the schema refuses more */
#define XREF_LOAD_MAX    400000 /* of one snapshot */
#define XREF_TABLES_MAX  32     /* of one snapshot */
#define XREF_SAMPLE_MAX  2000

/* ---- rules: how two words are found to be the same ---- */

enum xref_case { XREF_CASE_EXACT, XREF_CASE_FOLD };
enum xref_blanks { XREF_BLANKS_EXACT, XREF_BLANKS_TRIM, XREF_BLANKS_COLLAPSE };

struct xref_rule {
    enum xref_case letters;
    enum xref_blanks blanks;
    bool empty; /* nothing at all is a word as well */
};

extern const char *const xref_case_names[];   /* "exact", "fold"; ends with NULL */
extern const char *const xref_blanks_names[]; /* "exact", "trim", "collapse" */
extern const char *const xref_shape_names[];  /* "one_to_one", "many_to_one" */

/* The text by a rule, into out. False: it is over XREF_TEXT_MAX, or empty where that is not allowed. */
bool xref_normal(const struct xref_rule *rule, struct str text, char out[XREF_NORM_MAX], size_t *out_n);

/* ---- snapshots: named tables of one customer at one moment; pure, and never changed once made ---- */

struct xref_snapshot;

/* Lives as long as the scope, or the arena. ERR_INVALID names a table that there is none of, and what is too much. */
enum err xref_load(struct scope *sc, const char *const *tables, size_t n, struct xref_snapshot **out);
enum err xref_load_in(struct scope *sc, struct arena *arena, const char *const *tables, size_t n,
                      struct xref_snapshot **out);
/* The same for a customer whom the scope stands for among others. */
enum err xref_load_of(struct scope *sc, const struct uuid *customer_id, const char *const *tables, size_t n,
                      struct xref_snapshot **out);
/* *out: the tables still hold what this snapshot was loaded from. For whoever keeps one from job to job. */
enum err xref_current(struct scope *sc, const struct xref_snapshot *s, bool *out);
/* From {"sku": {"rules": {"key_case": "fold", …}, "entries": {"A": "B", …}}, …}; entries may be a list of objects with
 * key, value, valid_from, valid_to as well. Rules that are not said: exact, trimmed, not empty. Without a database. */
enum err xref_snapshot_from_doc(struct scope *sc, struct str json, struct xref_snapshot **out);

/* False: the table has no entry that is valid then, or is none of the snapshot's. */
bool xref_find(const struct xref_snapshot *s, struct str table, struct str key, int64_t at_us, struct str *out);
bool xref_has_table(const struct xref_snapshot *s, struct str table);
/* The same for the same tables, rules and entries, wherever they came from: 64 hex digits. */
const char *xref_snapshot_hash(const struct xref_snapshot *s);
size_t xref_snapshot_entries(const struct xref_snapshot *s);
/* For another process of this program: what it unpacks answers alike and has the same hash. octets must live as long as
 * the arena; false: they are no snapshot. */
void xref_snapshot_pack(const struct xref_snapshot *s, struct buf *out);
bool xref_snapshot_unpack(struct arena *arena, struct str octets, struct xref_snapshot **out);

/* ---- what waits ---- */

struct xref_missed {
    const char *table;
    struct str key;
    const char *kind; /* "order"; NULL: nobody waits, it is counted */
    struct uuid waiting_id;
    int64_t at_us;      /* of what waits: when it looks the word up */
    const char *sample; /* where the word stood, for a person; NULL: not said. Cut to XREF_SAMPLE_MAX */
};
struct xref_word {
    bool answered; /* there is an entry by now: nothing was put down and nobody waits; look again */
    bool elsewhen; /* there is one, and it is not valid at that time */
};
/* Until the transaction ends no entry comes into the table. Several go by name, and all of them before what else is
 * locked, an order above all: whoever adds entries holds the table, then the words, then who waits. */
enum err xref_hold(struct scope *sc, const char *table);
/* One row for each word, however many wait for it. Several of one transaction go by table and key, so that two never
 * wait for each other. ERR_INVALID when nobody could ever enter the word, unless nobody waits for it: it is not counted
 * then. As tenon_worker or tenon_api. */
enum err xref_missed(struct scope *sc, const struct xref_missed *m, struct xref_word *out);

/* It has what it needs, from wherever: it waits for no word any more. */
enum err xref_waits_no_more(struct scope *sc, const char *kind, const struct uuid *waiting_id);

struct xref_waiting {
    const char *kind;
    struct uuid id;
    int64_t since_us;
};
/* After entries were added: whoever waits for a word of this table that is answered, at the time of who waits, and for
 * none that is not, in the order in which they came to wait. Handed out once: the caller lets them go on in this
 * transaction. */
enum err xref_waiting_release(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id,
                              struct xref_waiting **out, size_t *out_n);

/* Who goes on waiting, for a word that is answered at other times than theirs. */
#define XREF_ELSEWHEN_MAX 1000
struct xref_elsewhen {
    const char *kind;
    struct uuid id;
    const char *table, *key; /* one such word */
    int64_t at_us;           /* their time */
};
enum err xref_waiting_elsewhen(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id,
                               struct xref_elsewhen **out, size_t *out_n);

struct xref_unmatched {
    struct uuid miss_id;
    const char *key, *sample;
    int64_t seen, waiting;
    bool elsewhen; /* there is an entry, and who waits came when it was not valid */
    int64_t first_seen_us, last_seen_us;
};
/* Words of the table that are not answered, oldest first, those after an id (nil: from the first). */
enum err xref_unmatched_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *table_id,
                             const struct uuid *after, size_t most, struct xref_unmatched **out, size_t *out_n);

/* What an unmatched word may mean: an entry whose key or value is like it, and how much speaks for it. Bounded: of a
 * table of more than XREF_WHOLE_MAX entries only those are looked at that stand near the word in the order of keys or
 * values. */
#define XREF_SUGGESTIONS_MAX 3
#define XREF_WHOLE_MAX       500
struct xref_suggestion {
    struct uuid entry_id;
    const char *value;
    const char *because; /* the key or value that is like the word */
    int64_t score;       /* of 100, which is the same but for case, blanks and signs */
};
struct xref_suggestions {
    struct xref_suggestion v[XREF_SUGGESTIONS_MAX]; /* the best first */
    size_t n;
};
struct xref_table;
enum err xref_suggest(struct scope *sc, const struct xref_table *t, const char *const *words, size_t n,
                      struct xref_suggestions *out);

/* ---- tables and entries, as people see them ---- */

struct xref_table {
    struct uuid table_id, customer_id;
    const char *name, *shape, *note; /* note may be NULL */
    struct xref_rule key, value;
    int64_t entries, unmatched, content, row_version;
    int64_t created_at_us;
};
bool xref_name_valid(const char *name);
enum err xref_table_get(struct scope *sc, const struct uuid *id, struct xref_table *out);
/* Of one customer, or NULL: of all that the caller stands for. */
enum err xref_table_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                         struct xref_table **out, size_t *out_n);
/* Of one customer, in the order of the alphabet. */
#define XREF_NAMES_MAX 1000
enum err xref_names(struct scope *sc, const struct uuid *customer_id, const char ***out, size_t *out_n);
enum err xref_table_find(struct scope *sc, const char *name, struct xref_table *out); /* of the scope's one customer */
/* ERR_CONFLICT: the customer has one of this name. */
enum err xref_table_create(struct scope *sc, const struct xref_table *t);
/* Note, shape and rules; the last two only while it is empty and nobody waits. *out_changed false: another version. */
enum err xref_table_change(struct scope *sc, const struct xref_table *t, bool *out_changed);
/* ERR_CONFLICT while something uses it or waits for it. */
enum err xref_table_delete(struct scope *sc, const struct xref_table *t);

struct xref_entry {
    struct uuid entry_id;
    const char *key, *value, *note;     /* note may be NULL */
    int64_t valid_from_us, valid_to_us; /* INT64_MIN: open */
    int64_t changed_at_us;
    const char *changed_by;
    int64_t row_version;
};
struct xref_entry_filter {
    const char *search; /* in key, value or note; NULL: all */
    struct str after;   /* the key by the rules, and the id, of the last one seen; empty: from the first */
    struct uuid after_id;
};
/* In the order of their keys by the rules, which are in out_norms. */
enum err xref_entry_list(struct scope *sc, const struct xref_table *t, const struct xref_entry_filter *f, size_t most,
                         struct xref_entry **out, size_t *out_n, const char ***out_norms);
enum err xref_entry_get(struct scope *sc, const struct xref_table *t, const struct uuid *id, struct xref_entry *out);
/* ERR_INVALID with an item for a wrong key, value or time; ERR_CONFLICT for a word that has an entry at that time. */
enum err xref_entry_add(struct scope *sc, const struct xref_table *t, const struct xref_entry *e);
enum err xref_entry_change(struct scope *sc, const struct xref_table *t, const struct xref_entry *e, bool *out_changed);
enum err xref_entry_delete(struct scope *sc, const struct xref_table *t, const struct uuid *id, int64_t version,
                           bool *out_deleted);

/* ---- many at once ---- */

#define XREF_IMPORT_ROWS_MAX   100000
#define XREF_IMPORT_FAULTS_MAX 50
#define XREF_IMPORT_TIMES_MAX  100 /* entries of one key at different times; of a value, where that is one to one */

struct xref_fault {
    int64_t row; /* of the text, counted from 1, a heading among them */
    const char *code, *why;
};
struct xref_import {
    int64_t rows, added, changed, same, refused;
    struct xref_fault faults[XREF_IMPORT_FAULTS_MAX]; /* the first of them */
    size_t fault_count;
};
/* CSV with a heading (RFC 4180) or JSON Lines. A row whose key and times are those of an entry changes it, any other is
 * added. With dry_run, or when one row is refused, nothing is written. ERR_INVALID: the text is no such list at all. */
enum xref_format { XREF_CSV, XREF_JSON_LINES };
enum err xref_import(struct scope *sc, const struct xref_table *t, enum xref_format format, struct str text,
                     bool dry_run, const char *who, struct xref_import *out);
/* The whole table as CSV, as xref_import reads it: in parts of XREF_IMPORT_ROWS_MAX rows, each with the heading, when
 * it has more. */
enum err xref_export(struct scope *sc, const struct xref_table *t, struct buf *out);

/* ---- who uses a table ---- */

struct xref_use {
    const char *kind; /* "mapping" */
    struct uuid user_id;
    const char *name;  /* what a person calls it */
    const char *place; /* where in it: "/lines/sku" */
    int64_t since_us;
};
enum err xref_use_list(struct scope *sc, const struct xref_table *t, size_t most, struct xref_use **out, size_t *out_n);
/* These are all the places where one user looks into tables of the customer's: others of its end. */
struct xref_used {
    const char *table, *place;
};
enum err xref_use_set(struct scope *sc, const struct uuid *customer_id, const char *kind, const struct uuid *user_id,
                      const char *name, const struct xref_used *v, size_t n);
