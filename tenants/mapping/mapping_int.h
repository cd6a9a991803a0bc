#pragma once

#include <string.h>

#include "base/must.h"
#include "mapping/mapping.h"

enum rule_kind { RULE_EXPR, RULE_CONSTANT, RULE_LOOKUP, RULE_EACH, RULE_FROM };
enum rule_when { WHEN_ALWAYS, WHEN_CREATING, WHEN_NOT_EMPTY };

struct rule {
    enum rule_kind kind;
    enum rule_when when;
    const char *to; /* the target's path */
    size_t place;   /* in the document */
    const struct canon_field *field;
    const struct expr *expr; /* of RULE_LOOKUP: the key */
    struct doc constant;     /* of RULE_LOOKUP: the default */
    const char *table;
    enum mapping_on_miss miss;
};

/* A shape and what fills its fields, in the shape's order. */
struct plan {
    const struct canon_shape *shape;
    struct plan_field {
        const struct canon_field *field;
        const struct rule *rule; /* NULL: none of its own */
        struct plan *inside;     /* of objects and lists that rules reach into */
    } fields[CANON_FIELDS_MAX];
    size_t n;
};

struct let {
    const char *name;
    const struct expr *expr;
};

struct mapping {
    const struct canon_object *target;
    const char *system, *object;
    struct let lets[MAPPING_LETS_MAX];
    size_t n_lets;
    struct plan *plan;
    const char **tables;
    size_t n_tables;
    const char **reads;
    size_t n_reads;
};

extern const struct expr_host mapping_host; /* functions.c */

extern const struct mapping_shipped mapping_shipped_table[]; /* made by ops/build/mappings.cmake */
extern const size_t mapping_shipped_count;

/* What $xref needs, and what every function may ask: bound as the run's user. */
struct mapping_run_state {
    struct mapping_numbers_user numbers; /* first: it is told from this alone where there is no mapping */
    const struct mapping *m;
    const struct mapping_how *how;
    struct mapping_result *out;
    const struct rule *rule;
    struct buf pointer;
    struct expr_binding bindings[MAPPING_LETS_MAX + 2];
    size_t n_bindings;
    size_t holds; /* of the misses that are kept */
    const struct doc *root;
    size_t before; /* octets of the arena */
    bool stopped;
};
/* The key of a cross reference is a text, or an integer as ids often are. False: v is neither. */
bool mapping_key(struct arena *a, const struct doc *v, struct str *out);
/* What the table has for the key. False: nothing, which is recorded as a miss of the rule that runs. */
bool mapping_look_up(struct mapping_run_state *s, struct str table, struct str key, enum mapping_on_miss then,
                     struct doc *out);
