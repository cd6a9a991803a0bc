#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"
#include "json/doc_value.h"

/* expr: the expression language of mappings, rules and conditions: JSONata 2.2 (docs.jsonata.org), compiled once and
 * evaluated on documents. Knows no tenant, no clock, no chance and no I/O: time and seed are bound by the caller, what
 * a host function does is the host's. Every evaluation is bounded in steps, depth and memory, and whatever it makes
 * lies in the caller's arena. The fact people get wrong: an expression may have no value at all, which is neither null
 * nor an error (expr_is_absent). Where we differ from the JavaScript implementation: integers of 64 bits are exact.
 */
#define EXPR_TEXT_MAX 65536 /* octets of an expression */

struct expr; /* one compiled expression; lives in the arena it was compiled into; may be used by any thread */

/* What is wrong and where. Codes are JSONata's; ours begin with X. */
struct expr_fault {
    const char *code;      /* "T2001" */
    const char *message;   /* a sentence without its full stop */
    const char *token;     /* the name or sign it is about, or NULL */
    uint32_t offset;       /* octets from the start of the expression */
    uint32_t line, column; /* from 1; columns in characters */
};

struct expr_call; /* one call of a host function */

struct expr_function {
    const char *name;      /* without the dollar */
    const char *signature; /* JSONata's, as "<s-s?:s>"; NULL: anything goes */
    uint8_t arity;         /* how many arguments it looks at: what higher-order functions hand it */
    struct doc (*fn)(struct expr_call *call, const struct doc *args, size_t n);
};

struct expr_host {
    const struct expr_function *functions;
    size_t n;
};

/* For host functions: memory, what the caller of expr_eval bound, an error (which does not come back), no value. */
void *expr_call_alloc(struct expr_call *call, size_t size);
void *expr_call_user(const struct expr_call *call);
_Noreturn void expr_call_fail(struct expr_call *call, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
struct doc expr_absent(void);
bool expr_is_absent(struct doc d);

/* False: fault says what and where. The expression's text need not outlive the call. */
bool expr_compile(struct arena *keep, struct str text, const struct expr_host *host, struct expr **out,
                  struct expr_fault *fault);

struct expr_limits {
    uint32_t steps; /* of evaluation; work on long texts and lists counts for several */
    uint32_t depth; /* of evaluations within one another */
    size_t memory;  /* octets; of the result too, counted as it would be written */
};
/* What an expression of a mapping may take. They are meant to end what would not end within 50 ms and 16 MB, which
 * tests/perf/run bounds measures. */
extern const struct expr_limits expr_limits_default;

struct expr_binding {
    const char *name; /* without the dollar */
    struct doc value;
};

/* One sub-expression's value: the octets [from, to) of the text. In the order of evaluation; absent values too. */
struct expr_traced {
    uint32_t from, to;
    struct doc value;
};

struct expr_run {
    const struct expr_limits *limits; /* NULL: the default */
    int64_t now_ms;                   /* what $now() and $millis() tell */
    uint64_t seed;                    /* of $random() and $shuffle() */
    const struct expr_binding *bindings;
    size_t n_bindings;
    const struct doc *root;                                /* what $$ is; NULL: the input */
    void *user;                                            /* for host functions */
    void (*trace)(void *arg, const struct expr_traced *t); /* or NULL */
    void *trace_arg;
};

/* The value of e on input, which may be absent too. The result shares the input's and the arena's memory; it holds
 * plain JSON only. False: fault says what went wrong, and where.
 */
bool expr_eval(struct arena *a, const struct expr *e, const struct expr_run *how, struct doc input, struct doc *out,
               struct expr_fault *fault);

/* The fields that the expression may read, as dotted paths without places in lists ("line_items.sku"), each once; base
 * is where its input lies ("" for the document's root, NULL: not known, and then only what is read through $$ is told).
 * A star stands for any name. For saying what a mapping depends on.
 */
struct expr_reads {
    const char **paths;
    size_t n;
};
void expr_reads(struct arena *a, const struct expr *e, const char *base, struct expr_reads *out);
/* The variables that the expression neither binds itself nor takes from the language or the host, as texts without the
 * dollar, each once: what the caller has to bind. What $eval may name is not known. */
void expr_names(struct arena *a, const struct expr *e, struct expr_reads *out);
/* Does the language, or the host (which may be NULL), have a function of this name? */
bool expr_is_function(const struct expr_host *host, struct str name);
/* Where the expression's value itself lies, when it is a path; NULL: it is made, or not known. */
const char *expr_read_of(struct arena *a, const struct expr *e, const char *base);
/* The texts that stand as first argument in calls of $function, each once: which tables $xref asks. False: the function
 * is used in another way too, first at *where, so that these are not all. What $eval may do is not known. */
bool expr_first_arguments(struct arena *a, const struct expr *e, const char *function, struct expr_reads *out,
                          struct expr_fault *where);
