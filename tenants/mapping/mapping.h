#pragma once

#include "base/scope.h"
#include "canon/schema.h"
#include "expr/expr.h"
#include "json/doc_value.h"

/* mapping: how a source's document becomes a canonical object: a document of rules, one for each field of the target.
 * It is compiled once and then pure: the same input, cross references and version give the same octets. Knows no
 * vendor, no HTTP and no clock; what a cross reference holds is asked of whoever evaluates. The fact people get wrong:
 * a rule that gives no value leaves its field out, which is not the same as null or an empty text; what a look-up does
 * when it finds nothing is said in the rule and is never silent.
 *
 * The document ("mapping/1"):
 *   {"format": "mapping/1",
 *    "source": {"system": "shopify", "object": "order"},
 *    "target": "sales_order/1",
 *    "let":    [{"name": "cents", "expr": "…"}],              values for every rule, as $cents
 *    "rules":  [{"to": "/number", "expr": "name"},
 *               {"to": "/currency", "constant": "USD"},
 *               {"to": "/lines", "each": "line_items"},       what its fields' rules are evaluated on, item by item
 *               {"to": "/billing", "from": "billing_address"},   the same for an object
 *               {"to": "/lines/<*>/sku", "lookup": {"table": "sku", "key": "sku", "miss": "hold"},
 *                "when": "if_not_empty", "comment": "…"}]}
 * (without the angle brackets). `when` is "always", "creating" or "if_not_empty"; `miss` is "fail", "hold" or
 * {"default": VALUE}. A key that is absent, null or empty is looked up as the empty text; where the table has no entry
 * for that, it is the default, else the rule fails ("no_key"), unless its `when` is "if_not_empty". In a rule $ is the
 * item it is evaluated on, $$ the whole document, $parent the item around it, $creating whether the record is new at
 * its target. A list made with each is there even when it is empty, unless its rule has a condition. Beside the
 * language's own functions there are, for amounts and quantities as exact decimals in texts: $money(v, currency),
 * $round_money(v, currency), $minor(v, currency), $total(list), $plus(a, b), $minus(a, b), $times(a, b), $over(a, b,
 * decimals), $sign(v), $unit(v, from, to); and $date(v, zone), $xref(table, key, default). They give no value for
 * nothing, which absent, null and an empty text all are. $xref's table is a text in quotes: what is asked is loaded
 * before there is a record.
 */
#define MAPPING_FORMAT    "mapping/1"
#define MAPPING_MAX       (256u << 10) /* octets of a document */
#define MAPPING_RULES_MAX 400
#define MAPPING_LETS_MAX  50
/* Octets that one record may take as a whole, beside the expression that runs. What is beyond ends the run with the
 * fault "too_large". */
#define MAPPING_RUN_BYTES_MAX ((size_t)32 << 20)

/* The functions above, without $xref, for expressions elsewhere: what runs them binds a mapping_numbers_user as the
 * run's user. */
extern const struct expr_host mapping_numbers;
struct mapping_numbers_user {
    struct arena *arena;
};

struct mapping; /* compiled; of the arena it was compiled into; any thread's */

struct mapping_fault {
    const char *pointer; /* into the mapping's document when compiling, into the result when evaluating */
    const char *rule;    /* the rule's target, or NULL */
    const char *code;    /* "unknown_field", an expression's code, a check's */
    const char *detail;
    uint32_t line, column; /* in the rule's expression; 0: not in one */
};

struct mapping_faults {
    struct mapping_fault *v;
    size_t n;
};
#define MAPPING_FAULTS_MAX 100

/* What a source is known to send: dotted paths, list items left out ("line_items.sku"). Empty: not known. */
struct mapping_source {
    const char *const *paths;
    size_t n;
};

/* False: every fault of the document, with its place, what was expected and, for names, the nearest. */
bool mapping_compile(struct arena *keep, const struct doc *document, const struct mapping_source *known,
                     struct mapping **out, struct mapping_faults *faults);

/* Adds "unfilled" for each field that every such object has and that no rule fills. */
void mapping_unfilled(struct arena *a, const struct mapping *m, struct mapping_faults *faults);

const struct canon_object *mapping_target(const struct mapping *m);
const char *mapping_source_system(const struct mapping *m);
const char *mapping_source_object(const struct mapping *m);
/* Which cross references it asks, each once. */
size_t mapping_tables(const struct mapping *m, const char *const **out);
/* Which fields of the source it reads, as dotted paths. */
size_t mapping_reads(const struct mapping *m, const char *const **out);

/* Finds a key in a table. False: there is no such entry. */
typedef bool mapping_find(void *arg, struct str table, struct str key, struct str *out);

struct mapping_miss {
    const char *table, *key, *rule, *pointer;
    enum mapping_on_miss { MISS_FAIL, MISS_HOLD, MISS_DEFAULT } then;
};

struct mapping_ruled { /* one rule on one item */
    const char *rule;  /* its target */
    const char *pointer;
    struct doc value; /* absent: none */
};

struct mapping_how {
    int64_t now_ms; /* the job's time */
    bool creating;  /* the record is new at its target */
    mapping_find *find;
    void *find_arg;
    bool keep_values; /* rule by rule, for people */
    /* Asked before each evaluation, which is bounded by itself alone: false ends the run with the fault "too_long".
     * NULL: it goes on to its end. */
    bool (*go_on)(void *arg);
    void *go_on_arg;
};

struct mapping_result {
    struct doc value; /* the canonical object as far as it could be made */
    bool valid;       /* nothing failed, nothing is held, and the object is in order */
    bool made;        /* the first two alone: what is wrong is wrong with the object */
    struct mapping_faults faults;
    struct mapping_miss *misses; /* of too many those that hold, and the first of the others */
    size_t miss_count;
    bool held; /* by a miss: then one that holds is among them */
    struct mapping_ruled *values;
    size_t value_count;
};

#define MAPPING_MISSES_MAX 1000
#define MAPPING_VALUES_MAX 10000

/* Never fails: what went wrong is in the result. */
void mapping_run(struct arena *a, const struct mapping *m, const struct doc *input, const struct mapping_how *how,
                 struct mapping_result *out);

/* ---- documents that come with the program: tenants/connectors/SYSTEM/OBJECT.mapping.json, as they were built ---- */

struct mapping_shipped {
    const char *system, *object;
    const char *text; /* the document */
    size_t n;
};

const struct mapping_shipped *mapping_shipped(const char *system, const char *object); /* NULL: there is none */
const struct mapping_shipped *mapping_shipped_all(size_t *out_n);                      /* by file */
