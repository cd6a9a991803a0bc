#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "canon/schema.h"
#include "cron/cron.h"
#include "expr/expr.h"
#include "json/doc_value.h"

/* flowdef: what a flow's document says, compiled once and then only read: what starts the flow, which of its jobs wait
 * for one another, and its steps. Knows no tenant, no database and no clock, and does nothing: whoever runs a job walks
 * the steps. A document cannot go in circles (steps lie in one another, and a flow that another calls is checked by
 * whoever publishes it), and every way through it ends in an effect, a hold or a drop that says why. The fact people
 * get wrong: nothing a step gives is kept; a job that is tried again evaluates anew whatever asked nobody outside, from
 * the same input and version, and finds what did ask in the ledger.
 *
 * The document ("flow/1"):
 *   {"format":   "flow/1",
 *    "trigger":  {"message": {"system": "shopify", "object": "order"}},
 *    "key":      "$string(id)",      jobs of one key run in order, one at a time; an expression on the input, a text
 *    "lane":     "orders",           or "stock", "finance", "catalogue", "backfill"
 *    "deadline": "P7D",              how long a job may be tried (ISO 8601)
 *    "retry":    {"first": "PT1S", "most": "PT10M", "factor": 2},
 *    "steps":    [ … ]}
 * A trigger is one of
 *   {"message": {"system", "object"}}             a delivery of a connection of that system
 *   {"change": {"object": "sales_order"}}         a canonical object has a new version
 *   {"schedule": {"cron", "zone", "missed"}}      times as cron.h reads them, "zone" an IANA name; "missed": "skip"
 * (the default), "once" or "each"; "overlap": "queue" (the default), "skip" or "allow"
 *   {"api": {}}                                   somebody asks for it
 * A step is an object with one of these members, with "id" where what it gives has a name ($id in the steps behind it)
 * and with a "comment":
 *   "set": EXPR                                             a value
 *   "map": {"of": EXPR, "system": "shopify", "object": "order"}   (of a message: as its trigger says) by the mapping
 * that the connection's records go through "validate": {"value": EXPR, "schema": "sales_order/1"}  goes on when it is
 * in order, else the job is held "look_up": {"table", "key": EXPR, "miss"}               in a cross reference; "hold",
 * "fail" or {"default": VALUE} "filter": {"when": EXPR, "drop": TEXT}                  goes on when it is true
 *   "branch": [{"when": EXPR, "steps": […]}, {"steps": […]}]    the first that is true; the last may have no "when"
 *   "split": {"each": EXPR, "as": NAME, "steps": […], "gather": EXPR}   for each item; gives what is gathered of them
 *   "call": {"connection", "operation", "with": EXPR}       asks and changes nothing
 *   "effect": {"connection", "operation", "key": EXPR, "with": EXPR}    a change in somebody else's system, exactly
 * once "wait": {"effect": {"connection", "operation", "key": EXPR}, "most": "P2D"}   until that has happened "approve":
 * {"question": EXPR, "due": "PT4H", "four_eyes": true} "notify": {"subject": EXPR, "text": EXPR} "flow": {"name",
 * "with": EXPR}                          another flow of the customer, as a job of its own "hold": TEXT, "drop": TEXT
 * the end, with the reason; {"expr": EXPR} for one made up In an expression $ is the input and $$ likewise; beside the
 * language's own functions there are those for amounts that mappings have (mapping.h).
 */
#define FLOWDEF_FORMAT      "flow/1"
#define FLOWDEF_MAX         (256u << 10) /* octets of a document */
#define FLOWDEF_STEPS_MAX   200          /* of a document, however deep */
#define FLOWDEF_DEPTH_MAX   8            /* of steps within steps */
#define FLOWDEF_ITEMS_MAX   1000         /* of a split */
#define FLOWDEF_FAULTS_MAX  100
#define FLOWDEF_REASON_MAX  300                             /* characters of a reason, a subject */
#define FLOWDEF_DEADLINE_US (INT64_C(30) * 86400 * 1000000) /* the longest */

struct flowdef; /* compiled; of the arena it was compiled into; any thread's */

enum flowdef_trigger { FLOWDEF_MESSAGE, FLOWDEF_CHANGE, FLOWDEF_SCHEDULE, FLOWDEF_API };
enum flowdef_missed { FLOWDEF_SKIP, FLOWDEF_ONCE, FLOWDEF_EACH };
enum flowdef_overlap { FLOWDEF_QUEUE, FLOWDEF_ALONE, FLOWDEF_ALLOW };
enum flowdef_miss { FLOWDEF_MISS_HOLD, FLOWDEF_MISS_FAIL, FLOWDEF_MISS_DEFAULT };

enum flowdef_kind {
    FLOWDEF_SET,
    FLOWDEF_MAP,
    FLOWDEF_VALIDATE,
    FLOWDEF_LOOK_UP,
    FLOWDEF_FILTER,
    FLOWDEF_BRANCH,
    FLOWDEF_SPLIT,
    FLOWDEF_CALL,
    FLOWDEF_EFFECT,
    FLOWDEF_WAIT,
    FLOWDEF_APPROVE,
    FLOWDEF_NOTIFY,
    FLOWDEF_FLOW,
    FLOWDEF_HOLD,
    FLOWDEF_DROP,
    FLOWDEF_KINDS,
};

struct flowdef_steps {
    struct flowdef_step *v;
    size_t n;
};

struct flowdef_arm {
    const struct expr *when; /* NULL: whatever no arm before it took */
    struct flowdef_steps steps;
};

struct flowdef_step {
    enum flowdef_kind kind;
    const char *id;      /* NULL: what it gives has no name */
    const char *pointer; /* into the document */
    /* What it evaluates: set's value, of, value, each, with, question, subject, the reason that is made up. */
    const struct expr *expr;
    const struct expr *when; /* filter */
    const struct expr *key;  /* look_up, effect, wait */
    const struct expr *text; /* notify; split: what is gathered, or NULL: nothing */
    const char *name;        /* table, object, sub-flow; split: the item's */
    const char *system;      /* map: whose record it is */
    const char *reason;      /* filter, hold, drop; NULL: expr gives it */
    const struct canon_object *schema;
    const char *connection, *operation, *asks; /* asks: where both stand in the document */
    enum flowdef_miss miss;
    struct doc value; /* miss: the default */
    int64_t most_us;  /* wait, approve: 0: as long as the job's deadline lets it */
    bool four_eyes;
    struct flowdef_steps steps; /* split */
    struct flowdef_arm *arms;   /* branch */
    size_t arm_count;
};

struct flowdef_retry { /* after the n-th try: first * factor^(n-1), at most `most`; less a quarter at random */
    bool said;         /* in the document */
    int64_t first_us, most_us;
    double factor;
};

/* What starts a flow, and how its jobs are dealt with. */
struct flowdef_head {
    enum flowdef_trigger trigger;
    const char *system, *object; /* message: both; change: the object */
    const char *cron, *zone;     /* schedule: as they were written */
    struct cron times;           /* and as they are meant */
    const struct zone *clock;
    enum flowdef_missed missed;
    enum flowdef_overlap overlap;
    const struct expr *key; /* NULL: of messages the connector's, else each job is its own */
    int lane;               /* enum lane's number */
    int64_t deadline_us;
    struct flowdef_retry retry;
    struct flowdef_steps steps;
};

struct flowdef_fault {
    const char *pointer, *code, *detail;
    uint32_t line, column; /* in the expression; 0: not in one */
};
struct flowdef_faults {
    struct flowdef_fault *v;
    size_t n;
};

/* False: every fault, with its place, what was expected and, for names, the nearest. The document must live as long. */
bool flowdef_compile(struct arena *keep, const struct doc *document, struct flowdef **out,
                     struct flowdef_faults *faults);
const struct flowdef_head *flowdef_head(const struct flowdef *f);

/* What a document names: each once, in its order; and where first. */
struct flowdef_names {
    const char **v, **pointers;
    size_t n;
};
void flowdef_tables(struct arena *a, const struct flowdef *f, struct flowdef_names *out);      /* cross references */
void flowdef_connections(struct arena *a, const struct flowdef *f, struct flowdef_names *out); /* roles */
void flowdef_flows(struct arena *a, const struct flowdef *f, struct flowdef_names *out);       /* sub-flows */
/* The steps that ask or change somebody else's system, in their order. */
struct flowdef_asking {
    const struct flowdef_step **v;
    size_t n;
};
void flowdef_asking(struct arena *a, const struct flowdef *f, struct flowdef_asking *out);

/* What a job of the flow runs in order by, made of its input; *out NULL: the flow says nothing, or the expression gives
 * nothing. False: it fails, and *out says why. */
#define FLOWDEF_KEY_MAX 200 /* octets */
bool flowdef_key(struct arena *a, const struct flowdef *f, const struct doc *input, int64_t now_us, const char **out);

/* "P7D", "PT1H30M", "P1DT12H": ISO 8601 durations of days, hours, minutes and seconds, whole ones. False: text is none,
 * or beyond FLOWDEF_DEADLINE_US. */
bool flowdef_span(struct str text, int64_t *out_us);
