#pragma once

#include <string.h>

#include "backtest/backtest.h"
#include "base/money.h"
#include "base/must.h"
#include "json/doc_value.h"

/* What is kept of the records: memory of its own that grows with what is found, not with what is looked at. */
struct bt_change_example {
    struct uuid message_id;
    const char *pointer;
    struct str before, after; /* JSON; empty: it was not there */
};

struct bt_change {
    struct bt_change *next; /* of its place in the table */
    struct str path;        /* places in lists folded: "/lines/<star>/sku" */
    int64_t records, values, added, removed;
    struct bt_change_example examples[BACKTEST_EXAMPLES_MAX];
    size_t example_count;
    int64_t last; /* the record that it was last counted for */
};

/* Why records fail: a fault's code and folded place, once a record. */
struct bt_reason {
    struct bt_reason *next;
    struct str path;
    const char *code, *rule, *detail; /* rule may be NULL; detail of the first one */
    int64_t records, last;
    struct uuid examples[BACKTEST_EXAMPLES_MAX];
    size_t example_count;
};

#define BT_PLACES 1024 /* of a table; a power of two */

struct bt_changes {
    struct bt_change *places[BT_PLACES];
    size_t n;
    int64_t untold; /* values at paths beyond the limit */
};

struct bt_reasons {
    struct bt_reason *places[BT_PLACES];
    size_t n;
    int64_t untold;
};

enum bt_failing { BT_NEWLY_FAILING, BT_NEWLY_PASSING, BT_STILL_FAILING, BT_FAILING_COUNT };

#define BT_CURRENCIES_MAX 200
struct bt_money {
    char currency[4];
    struct decimal before, after;
    bool too_large; /* for an exact sum */
};

struct backtest {
    struct arena *keep;
    struct scope *step; /* of the record at hand */
    struct mapping *candidate, *against;
    char candidate_hash[2 * CRYPTO_HASH_BYTES + 1], against_hash[2 * CRYPTO_HASH_BYTES + 1];
    const struct xref_snapshot *snapshot;
    struct backtest_counts counts;
    uint8_t chain[CRYPTO_HASH_BYTES]; /* over the records so far */
    struct bt_changes changes;
    struct bt_reasons reasons[BT_FAILING_COUNT];
    struct bt_money money[BT_CURRENCIES_MAX];
    size_t money_count;
    int64_t money_untold; /* records whose totals are in no sum */
};

/* "/lines/3/sku" becomes "/lines/<star>/sku" where the third step is a place in a list of either document. */
struct str bt_fold(struct arena *a, const char *pointer, const struct doc *before, const struct doc *after);

void bt_tally_change(struct backtest *b, const struct uuid *message_id, const struct doc *before,
                     const struct doc *after, const struct doc_change *c);
void bt_tally_money(struct backtest *b, const struct doc *before, const struct doc *after);
struct bt_why {
    const char *code, *pointer, *rule, *detail;
    const struct doc *made; /* what was made as far as it could be */
};
void bt_tally_reason(struct backtest *b, enum bt_failing kind, const struct uuid *message_id, const struct bt_why *w);

/* ---- frames of the caged process: kinds, and what they hold ---- */
#define BT_CANDIDATE 'C' /* a document; no answer */
#define BT_AGAINST   'A' /* likewise */
#define BT_SNAPSHOT  'X' /* xref_snapshot_pack; likewise */
#define BT_BEGIN     'B' /* compiles; answered by BT_COUNTS, or BT_FAULT with a sentence */
#define BT_RECORDS   'R' /* bt_record_pack of each; answered by BT_COUNTS */
#define BT_END       'E' /* answered by BT_RESULT */
#define BT_COUNTS    'N'
#define BT_FAULT     'F'
#define BT_RESULT    'Z' /* counts, then the JSON */

#define BT_COUNTS_BYTES 48
void bt_counts_pack(const struct backtest_counts *c, uint8_t out[BT_COUNTS_BYTES]);
bool bt_counts_read(struct str octets, struct backtest_counts *out); /* false: they do not add up */
void bt_record_pack(struct buf *out, const struct backtest_record *r);
/* Takes one off the front of *octets. False: it is none. */
bool bt_record_read(struct str *octets, struct backtest_record *out);
