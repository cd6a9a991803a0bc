#pragma once

#include "base/scope.h"
#include "crypto/crypto.h"
#include "mapping/mapping.h"
#include "maps/maps.h"
#include "xref/xref.h"

/* backtest: what a version of a mapping would have made of recorded messages, beside what works now: the same, changed
 * where, failing now, no more, or still. Both sides have the same cross references and the time at which the message
 * came. It is evaluated in a caged process (sys/cage.h), which this room starts and which is one of the room's own: it
 * holds neither a database nor a network, only the documents, the snapshot and the messages it is handed. The fact
 * people get wrong: a backtest that found failures is finished all the same. Policy asks that one was run over exactly
 * this document; whether what it found is wanted is for the people who approve and publish, who see its figures.
 *
 * Records count as failing when the mapping holds them, too: the fault is then "held". $creating is true for both.
 */
#define BACKTEST_RECORDS_MAX  1000000
#define BACKTEST_RECORD_MAX   ((size_t)4 << 20) /* octets of a message; a larger one is a fault of both sides */
#define BACKTEST_PATHS_MAX    500               /* changed paths, and reasons of each kind, that are told apart */
#define BACKTEST_EXAMPLES_MAX 5                 /* of each */
#define BACKTEST_VALUE_MAX    300               /* octets of an example's value; a longer one is cut */
#define BACKTEST_CHANGES_MAX  2000              /* of one record */
#define BACKTEST_RESULT_MAX   ((size_t)4 << 20)
#define BACKTEST_STEPS_MAX    100000 /* evaluations of one record: a count, so that a slow machine finds the same */
#define BACKTEST_FORMAT       "backtest/1"

/* records is the sum of the others. */
struct backtest_counts {
    int64_t records, same, changed, newly_failing, newly_passing, still_failing;
};

/* ---- the comparison: pure. The same documents, snapshot and records, in this order, give the same octets ---- */

struct backtest_plan {
    struct str candidate, against; /* documents of mappings; against empty: there is nothing, and all of it fails */
    const struct xref_snapshot *snapshot; /* NULL: no cross references */
};

struct backtest_record {
    struct uuid message_id;
    int64_t received_at_us;
    struct str body;
};

struct backtest; /* of the arena it was made in */

/* ERR_INVALID when a document does not compile, with an item for each fault. plan's texts are kept. */
enum err backtest_new(struct scope *sc, const struct backtest_plan *plan, struct backtest **out);
void backtest_add(struct backtest *b, const struct backtest_record *r);
void backtest_counted(const struct backtest *b, struct backtest_counts *out);
/* JSON of BACKTEST_FORMAT, at most BACKTEST_RESULT_MAX octets, in the scope's arena. */
struct str backtest_result(struct scope *sc, const struct backtest *b);

/* The same in short and without values: money, paths, reasons and counts, at most 50 of each. */
enum err backtest_summary(struct scope *sc, struct str result, struct str *out);

/* ---- the same in a caged process ---- */

/* The program's first argument, by which its main calls backtest_caged before anything else. */
#define BACKTEST_ROLE "backtest"
bool backtest_is_caged(int argc, char **argv);
int backtest_caged(void); /* until there is nothing more to read */

struct backtest_cage;
enum err backtest_cage_open(struct scope *sc, const struct backtest_plan *plan, struct backtest_cage **out);
/* Hands over records, which may be forgotten at once. Several hand-overs may be on their way, so that the process never
 * waits for the next: BACKTEST_AHEAD, and then this takes an answer first. Parks. */
#define BACKTEST_AHEAD 2
enum err backtest_cage_put(struct scope *sc, struct backtest_cage *c, const struct backtest_record *v, size_t n,
                           struct backtest_counts *out);
unsigned backtest_cage_owed(const struct backtest_cage *c); /* hand-overs without an answer */
/* Waits for the oldest one's until due_us (loop_now_us); *out_ready false: it is not there yet. */
enum err backtest_cage_answer(struct scope *sc, struct backtest_cage *c, int64_t due_us, bool *out_ready,
                              struct backtest_counts *out);
enum err backtest_cage_end(struct scope *sc, struct backtest_cage *c, struct backtest_counts *out, struct str *result);
const char *backtest_cage_walls(const struct backtest_cage *c); /* what the process says of its walls: JSON */
int backtest_cage_pid(const struct backtest_cage *c);
void backtest_cage_close(struct backtest_cage *c); /* takes NULL */

/* ---- as rows: inside a tenant's transaction, which none of these ends ---- */

#define BACKTEST_DAYS_MAX        366
#define BACKTEST_AGAINST_SHIPPED 0    /* the document that comes with the program */
#define BACKTEST_AGAINST_WORKING (-1) /* the version that works, or else what is shipped, or else nothing */

struct backtest_ask {
    int32_t number; /* the candidate */
    int32_t against;
    int32_t last_days, last_messages; /* one of them is over 0 */
    struct uuid connection_id;        /* nil: all that the mapping reads from */
};
/* A worker runs it. ERR_LIMIT when too many wait; "validation" for what is wrong with the documents or the ask. */
enum err backtest_ask(struct scope *sc, const struct maps_mapping *m, const struct backtest_ask *ask,
                      struct uuid *out_id);

struct backtest_row {
    struct uuid customer_id, backtest_id, mapping_id, connection_id;
    int32_t number, against_number, last_days, last_messages;
    struct bytes document_hash, against_hash, result_hash;
    const char *against; /* "version", "shipped", "nothing" */
    const char *asked_by, *state, *reason, *xref_hash;
    bool cancel_asked;
    struct backtest_counts counts; /* so far */
    int64_t reached_at_us;         /* when the message that was looked at last came; they are looked at newest first */
    int64_t created_at_us, started_at_us, ended_at_us; /* INT64_MIN: not yet */
};
struct backtest_filter {
    struct uuid mapping_id, backtest_id, before; /* the last two nil: any, from the newest */
    int32_t number;                              /* 0: of any version */
    size_t most;
};
enum err backtest_list(struct scope *sc, const struct backtest_filter *f, struct backtest_row **out, size_t *out_n);
enum err backtest_get(struct scope *sc, const struct uuid *mapping_id, int32_t number, const struct uuid *id,
                      struct backtest_row *out); /* number 0: of any version */
enum err backtest_whole(struct scope *sc, const struct backtest_row *b,
                        struct str *out);                                 /* ERR_CONFLICT before its end */
enum err backtest_cancel(struct scope *sc, const struct backtest_row *b); /* ERR_CONFLICT when it has ended */

/* ---- running them: a worker ---- */

struct backtest_claim {
    struct uuid partner_id, customer_id, backtest_id;
    int32_t attempt;
};
/* As tenon_dispatch: the next one, if any, ids only. */
enum err backtest_claim(struct scope *sc, struct backtest_claim *out, bool *out_found);
/* As tenon_worker in the tenant of the claim: page by page, each a transaction of its own, until it is done, has failed
 * or was cancelled, which is noted. With *stop it is given back for another worker to begin anew. OK unless that could
 * not be noted. */
enum err backtest_make(struct scope *sc, const struct backtest_claim *c, const bool *stop);
