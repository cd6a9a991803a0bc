#pragma once

#include "crypto/crypto.h"
#include "xref/xref.h"

#define XREF_AT_ONCE 10000 /* entries, or pairs of words, that a loop has time for: more goes to the side pool */

int xref_name_index(const char *const *names, struct str name); /* -1: none of them */

/* What is left of a text without case, blanks and signs, by which people write the same thing differently: its first
 * octets, whole characters. */
#define XREF_LIKE_MAX 64
size_t xref_likeness(const char *text, char out[XREF_LIKE_MAX]);
const char *xref_like(struct arena *arena, const char *text);

/* A snapshot in the making. */
struct xref_pair {
    struct str norm;  /* of the key */
    struct str value; /* as given */
    int64_t from_us, to_us;
};
struct xref_slot {
    uint32_t tag;  /* of the word's hash */
    uint32_t pair; /* the place of the word's first one plus one; 0: free */
};
struct xref_book { /* one table of a snapshot */
    struct str name;
    struct xref_rule key;
    struct uuid table_id; /* nil: from a document */
    int64_t content;
    struct xref_pair *pairs; /* by norm, then from_us, once it is sealed */
    size_t n;
    struct xref_slot *slots;
    uint32_t mask;
};
struct xref_snapshot {
    struct arena *arena;
    struct xref_book *books; /* by name */
    size_t n;
    size_t entries;
    uint64_t key[2]; /* of the hash */
    char hash[2 * CRYPTO_HASH_BYTES + 1];
};
struct xref_snapshot *xref_snapshot_new(struct arena *arena, size_t tables);
/* Keyed: whoever writes the texts cannot foresee it. key[1] is odd. */
uint64_t xref_hash(const uint64_t key[2], struct str text);
/* Sorts, indexes and hashes; pairs and what they point to live in the arena. False: two pairs of one word are valid at
 * the same time, the word is in *out_twice. */
bool xref_snapshot_seal(struct xref_snapshot *s, struct str *out_twice);

/* An entry's words by the rules of its table; ERR_INVALID with an item otherwise. */
struct xref_words {
    const char *key_norm, *value_norm;
};
enum err xref_words_of(struct scope *sc, const struct xref_table *t, const struct xref_entry *e,
                       struct xref_words *out);
bool xref_is_text(struct str text); /* UTF-8 without U+0000 */
/* Why a text is no word by a rule; NULL: it is one. */
const char *xref_word_fault(const struct xref_rule *rule, struct str text, const char **out_code);

/* Entries side by side, as the statements take them. */
struct xref_written {
    const struct xref_entry *entries;
    const struct xref_words *words;
    size_t n;
    const char *who;
};
enum err xref_write_added(struct scope *sc, const struct xref_table *t, const struct xref_written *w);
enum err xref_write_changed(struct scope *sc, const struct xref_table *t, const struct xref_written *w,
                            int64_t *out_changed);

/* A row of what is imported. */
struct xref_row {
    int64_t line;
    struct xref_entry entry;
    const char *code, *fault; /* NULL: it reads well */
};
struct xref_rows {
    struct xref_row *v;
    size_t n, room;
};
/* ERR_INVALID, 422: no such list at all; what is wrong with one row stands there. */
enum err xref_csv_read(struct scope *sc, struct str text, struct xref_rows *out);
enum err xref_lines_read(struct scope *sc, struct str text, struct xref_rows *out);
