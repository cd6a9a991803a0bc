#pragma once

#include <setjmp.h>
#include <string.h>

#include "base/must.h"
#include "expr/expr.h"

/* A fault leaves the evaluation at once, however deep: by longjmp to expr_eval or expr_compile, which own the only
 * resources that are not the arena's. Nothing below them may hold any.
 */

/* Kinds of values that no document holds. */
enum { VALUE_ABSENT = DOC_OTHER, VALUE_FUNCTION, VALUE_TUPLE };

/* Flags of arrays. */
enum {
    SEQUENCE = 1,    /* came from a query: one item stands for itself, none for no value */
    KEEP_SINGLE = 2, /* but here one item stays a list of one */
    CONSTRUCTED = 4, /* by [ ] as the last step of a path: not flattened into it */
    OUTER = 8,       /* the input was an array: a sequence of it alone */
    TUPLES = 16,     /* items are VALUE_TUPLE */
};

#define ABSENT ((struct doc){.kind = VALUE_ABSENT})

/* What a missing argument is taken from where a function is called by a function: nothing that fits any type. */
#define NO_CONTEXT ((struct doc){.kind = DOC_NULL})

struct name {
    struct str text;
    uint32_t hash;
};

enum node_kind {
    /* of the finished tree */
    NODE_LITERAL,
    NODE_NAME, /* a member; only as a step */
    NODE_PATH,
    NODE_WILDCARD,
    NODE_DESCENDANT,
    NODE_PARENT,
    NODE_VARIABLE,
    NODE_REGEX,
    NODE_BINARY,
    NODE_AND,
    NODE_OR,
    NODE_NEGATE,
    NODE_ARRAY,
    NODE_OBJECT,
    NODE_CONDITION,
    NODE_DEFAULT,  /* a ?: b */
    NODE_COALESCE, /* a ?? b */
    NODE_BLOCK,
    NODE_BIND,
    NODE_CALL,
    NODE_PARTIAL,
    NODE_PLACE, /* the ? of a partial application */
    NODE_LAMBDA,
    NODE_THUNK, /* a call in the tail of a lambda */
    NODE_APPLY,
    NODE_TRANSFORM,
    NODE_SORT,
    /* of the parser's alone */
    NODE_DOT,
    NODE_FILTER,
    NODE_GROUP,
    NODE_ORDER,
    NODE_FOCUS,
    NODE_INDEX,
    NODE_END, /* where the text ended and an operand was due */
};

struct slot { /* what % stands for: a step's input, some levels up */
    const struct name *label;
    int level;
};

struct slots {
    struct slot **v;
    uint32_t n;
};

struct stage {           /* of a step: a predicate, or the binding of the position */
    struct node *filter; /* NULL: */
    const struct name *index;
};

struct stages {
    struct stage *v;
    uint32_t n;
};

struct signature;
struct builtin;
struct regex;

struct node {
    uint8_t kind;
    uint8_t op;       /* enum token_kind of a binary */
    bool keep_array;  /* followed by [] */
    bool keep_single; /* a path with such a step */
    bool constructed;
    bool tuple;
    bool descending;
    bool plain;  /* a path of names alone */
    uint32_t at; /* where a fault is shown */
    uint32_t from, to;
    struct node *a, *b, *c;
    struct node **list; /* steps, arguments, expressions; of objects names and values in turn; of sorts the terms */
    uint32_t n;
    struct stages predicates; /* of what is no step */
    struct stages stages;
    struct node *group;       /* NODE_OBJECT */
    struct doc value;         /* literal */
    const struct name *name;  /* variable, member, parameter bound by :=, or of a call: what is called */
    const struct name *focus; /* @$name */
    const struct name *index; /* #$name */
    const struct name **params;
    const struct signature *signature;
    const struct builtin *builtin; /* of a variable: what its name means unless something binds it */
    const struct regex *regex;
    struct slot *slot;     /* of % */
    struct slot *ancestor; /* of a step that some % means */
    struct slots seeking;
};

struct binding {
    const struct name *name;
    struct doc value;
};

struct frame {
    struct frame *up;
    struct binding *v;
    uint32_t n, cap;
    struct binding few[3];
};

struct tuple {
    struct doc at;
    struct binding *v;
    uint32_t n;
};

struct run;
struct function;

typedef struct doc builtin_fn(struct run *r, const struct doc *args, size_t n); /* a function's type, not a struct's */

struct builtin {
    const char *name;
    const char *signature_text;
    builtin_fn *fn;
    uint8_t arity;
    const struct signature *signature;
    const struct expr_function *host; /* not NULL: the host's, and fn is not set */
    const struct function *value;     /* what a variable of this name stands for */
};

enum function_kind {
    FUNCTION_BUILTIN,
    FUNCTION_LAMBDA,
    FUNCTION_THUNK,
    FUNCTION_PARTIAL, /* of a builtin or another function that is not a lambda */
    FUNCTION_REGEX,
    FUNCTION_NEXT, /* the next match */
    FUNCTION_CHAIN,
    FUNCTION_TRANSFORM,
};

struct function {
    enum function_kind kind;
    const struct builtin *builtin;
    const struct node *node; /* lambda, thunk, transform */
    struct frame *env;
    struct doc input;
    const struct name **params;
    uint32_t n_params;
    const struct signature *signature;
    const struct regex *regex;
    struct str subject; /* FUNCTION_NEXT */
    size_t offset;
    const struct function *first, *second; /* chain; partial: first */
    struct doc *bound;                     /* partial: n_params of them; VALUE_TUPLE with other NULL: a place */
};

struct run {
    jmp_buf leave;
    struct arena *arena;
    struct expr_fault *fault;
    uint64_t steps;
    size_t memory, memory_max; /* what is left, and what there was */
    uint32_t depth, depth_max;
    const char *floor; /* of the stack */
    const struct expr_run *how;
    const struct expr *program;
    struct doc root;
    struct frame *env; /* where the builtin that runs was called: for $eval */
    struct doc context;
    uint64_t random;
    void *match; /* pcre2_match_data, made when first needed */
    void *match_context;
    bool rebound; /* some builtin's name is bound by somebody */
    bool odd;     /* a list or an object may hold what JSON cannot */
    uint32_t at;  /* the call that is made now */
};

#define PICTURES_KEPT 16  /* of an expression; those behind them are read at each call */
#define PICTURE_KEPT  256 /* octets of one; a longer one likewise */

/* A literal picture of moments, read when the expression was compiled. It is known by where its text lies. */
struct kept_picture {
    struct str text;
    const struct picture_date *date;
};

struct expr {
    struct node *root;
    struct str text;
    const struct expr_host *host;
    bool rebinds;                  /* binds a name that a builtin has */
    const struct node **variables; /* those that bindings may mean */
    uint32_t n_variables;
    bool evaluates; /* calls $eval, which may name anything */
    size_t regexes; /* octets that its regular expressions take beside the arena */
    struct kept_picture *pictures;
    uint32_t n_pictures;
};

/* What a variable's name stands for apart from bindings, in its node's op. */
enum { VARIABLE_NAMED, VARIABLE_CONTEXT, VARIABLE_ROOT };

/* ---- faults ---- */
_Noreturn void raise_at(struct run *r, uint32_t at, const char *code, const char *token);
_Noreturn void raise_value(struct run *r, uint32_t at, const char *code, const char *token, struct doc value);
_Noreturn void raise_message(struct run *r, uint32_t at, const char *code, const char *message);
_Noreturn void raise_told(struct run *r, uint32_t at, const char *code, const char *token, const char *message);
/* For builtins: where they were called. */
_Noreturn void raise_here(struct run *r, const char *code, struct doc value);
const char *fault_sentence(const char *code);
void fault_locate(struct str text, struct expr_fault *f);       /* line and column, by the offset */
const char *told_text(struct run *r, struct str s, size_t max); /* at most max octets of it, for a message */
_Noreturn void raise_memory(struct run *r);
_Noreturn void raise_steps(struct run *r);

static inline void charge(struct run *r, uint64_t steps)
{
    if (r->steps < steps)
        raise_steps(r);
    r->steps -= steps;
}

/* For recursion over values, which may lie deeper in one another than the stack is. */
static inline void check_stack(struct run *r)
{
    if ((const char *)__builtin_frame_address(0) < r->floor)
        raise_at(r, r->at, "D1011", NULL);
}

static inline void *take(struct run *r, size_t size)
{
    if (r->memory < size + 16)
        raise_memory(r);
    r->memory -= size + 16;
    charge(r, size >> 6);
    return arena_alloc(r->arena, size);
}

static inline char *take_text(struct run *r, size_t n)
{
    charge(r, n >> 6);
    return take(r, n ? n : 1);
}

/* ---- names ---- */
uint32_t name_hash(struct str text);
static inline bool name_same(const struct name *a, const struct name *b)
{
    return a == b || (a->hash == b->hash && a->text.n == b->text.n && memcmp(a->text.p, b->text.p, a->text.n) == 0);
}

/* ---- values ---- */
struct list {
    struct run *r;
    struct doc *v;
    uint32_t n, cap;
};

void list_grow(struct list *l, uint32_t more);
static inline void list_add(struct list *l, struct doc v)
{
    if (l->n == l->cap)
        list_grow(l, 1);
    l->v[l->n++] = v;
}
void list_add_all(struct list *l, const struct doc *v, uint32_t n);
static inline struct doc list_doc(const struct list *l, uint8_t flags)
{
    return (struct doc){.children = l->v, .n = l->n, .kind = DOC_ARRAY, .flags = flags};
}

static inline bool is_absent(struct doc v)
{
    return v.kind == VALUE_ABSENT;
}
static inline bool is_array(struct doc v)
{
    return v.kind == DOC_ARRAY;
}
static inline bool is_object(struct doc v)
{
    return v.kind == DOC_OBJECT;
}
static inline bool is_text(struct doc v)
{
    return v.kind == DOC_TEXT;
}
static inline bool is_function(struct doc v)
{
    return v.kind == VALUE_FUNCTION;
}
static inline bool is_number(struct doc v)
{
    return v.kind == DOC_INT || v.kind == DOC_NUMBER || v.kind == DOC_COMPUTED_INT || v.kind == DOC_COMPUTED_REAL;
}
static inline struct str text_of(struct doc v)
{
    return (struct str){v.text ? v.text : "", v.n}; /* an empty one may lie nowhere */
}
static inline const struct function *function_of(struct doc v)
{
    return v.other;
}
static inline const struct tuple *tuple_of(struct doc v)
{
    return v.other;
}
static inline struct doc function_doc(const struct function *f)
{
    return (struct doc){.other = f, .kind = VALUE_FUNCTION};
}
struct doc text_doc(struct run *r, struct str s); /* shares s; over 2^32 octets it raises */
struct doc literal_text(const char *s);

struct number {
    bool exact; /* i holds it */
    int64_t i;
    double d; /* always */
};
struct number number_of(struct doc v); /* v is a number */
double real_of(struct doc v);
struct doc real_doc(struct run *r, double v);                    /* may be infinite: r->odd */
bool is_finite_number(struct run *r, struct doc v, uint32_t at); /* raises D1001 for infinite ones */
int number_compare(struct doc a, struct doc b);
int text_compare(struct str a, struct str b); /* as UTF-16 code units lie */

bool truth(struct run *r, struct doc v);
bool equal(struct run *r, struct doc a, struct doc b);
struct doc member_of(struct doc object, const struct name *name); /* or absent */
struct doc look_up(struct run *r, struct doc input, const struct name *name);
struct doc append(struct run *r, struct doc a, struct doc b);
struct doc settle(struct doc v, bool keep); /* what a sequence stands for when its evaluation ends */
const char *type_name(struct doc v);

/* What the caller of expr_eval is given: plain JSON within the limits; raises D1001, X1017, X1018. */
struct doc result_of(struct run *r, struct doc v);

/* $string: the text of a value; raises D3001. */
struct str string_of(struct run *r, struct doc v, bool pretty);

/* Members by name, in the order they came. */
struct members {
    struct run *r;
    struct doc *v; /* names and values in turn */
    uint32_t n, cap;
    uint32_t *table; /* of hash to place plus one; NULL while few */
    uint32_t mask;
};
void members_init(struct members *m, struct run *r);
struct doc *members_find(struct members *m, struct str name); /* its value's place, or NULL */
struct doc *members_put(struct members *m, struct doc name);  /* the value's place, absent when new */
struct doc members_doc(const struct members *m);              /* without those that are absent */

/* ---- texts ---- */
size_t text_length(struct str s);                        /* characters */
size_t text_offset(struct str s, size_t characters);     /* octets of as many characters, at most all */
size_t text_units(struct str s, size_t octets);          /* UTF-16 code units in the first octets */
size_t text_from_units(struct str s, size_t units);      /* and back */
const char *text_search(struct str in, struct str what); /* or NULL */

/* ---- signatures ---- */
/* NULL and a fault's code in *code, with the offset into text. */
const struct signature *signature_parse(struct arena *a, struct str text, const char **code, uint32_t *offset);
/* The arguments as the function takes them; context may stand for one that is missing. Raises T0410, T0411, T0412. */
void signature_apply(struct run *r, const struct signature *s, const char *name, struct doc context, struct list *args);

/* ---- regular expressions ---- */
struct regex {
    void *code;  /* pcre2_code */
    size_t size; /* octets it takes */
    struct str source;
};
const char *regex_compile(struct arena *a, struct str pattern, struct str flags,
                          struct regex *out); /* NULL or why not */
struct found {
    size_t start, end;    /* octets */
    const size_t *groups; /* pairs, PCRE2_UNSET for those that did not take part; good until the next search */
    uint32_t n;           /* groups, without the whole */
};
bool regex_search(struct run *r, const struct regex *re, struct str in, size_t from, struct found *out);
void regex_end(struct run *r);
struct doc regex_match(struct run *r, const struct regex *re, struct str in, size_t from);
struct doc regex_next(struct run *r, const struct function *f);

/* Matches by a regular expression or by a function that acts like one. */
struct matcher {
    struct run *r;
    const struct function *f;
    struct str in;
    struct doc next;
    bool started;
};
struct matched {
    size_t start, end; /* octets */
    struct doc match;  /* text */
    struct doc groups; /* array */
    struct doc whole;  /* the object that functions are given; absent until matched_object */
};
bool matcher_next(struct matcher *m, struct matched *out);

/* ---- the parser ---- */
struct parser;
struct node *expr_parse(struct run *r, struct expr *e, struct str text);
struct node *expr_shape(struct run *r, struct node *n);

/* ---- evaluation ---- */
struct doc evaluate(struct run *r, const struct node *n, struct doc input, struct frame *env);
struct doc evaluate_path(struct run *r, const struct node *n, struct doc input, struct frame *env);
struct doc evaluate_filter(struct run *r, const struct node *filter, struct doc input, struct frame *env);
struct doc evaluate_stages(struct run *r, const struct stages *stages, struct doc input, struct frame *env);
struct doc evaluate_group(struct run *r, const struct node *object, struct doc input, struct frame *env);
struct doc evaluate_sort(struct run *r, const struct node *n, struct doc input, struct frame *env);
struct doc evaluate_tuple_step(struct run *r, const struct node *step, struct doc items, struct doc tuples,
                               struct frame *env);
struct doc evaluate_binary(struct run *r, const struct node *n, struct doc input, struct frame *env);
struct doc evaluate_call(struct run *r, const struct node *n, struct doc input, struct frame *env,
                         const struct doc *first);
struct doc evaluate_partial(struct run *r, const struct node *n, struct doc input, struct frame *env);
struct doc evaluate_apply(struct run *r, const struct node *n, struct doc input, struct frame *env);
struct doc transform(struct run *r, const struct function *f, struct doc v);
struct doc wildcard(struct run *r, struct doc input);
struct doc descendants(struct run *r, struct doc input);
struct doc arithmetic(struct run *r, const struct node *n, struct doc a, struct doc b);

struct frame *frame_new(struct run *r, struct frame *up);
void frame_bind(struct run *r, struct frame *f, const struct name *name, struct doc v);
bool frame_find(const struct frame *f, const struct name *name, struct doc *out);
struct frame *frame_of_tuple(struct run *r, struct frame *up, const struct tuple *t);

/* Calls f; input is what a missing argument may be taken from. */
struct doc apply(struct run *r, struct doc f, const struct doc *args, size_t n, struct doc input);
uint32_t arity_of(const struct function *f);
/* As higher-order functions call: with as many of the arguments as f looks at, at least one. */
struct doc apply_up_to(struct run *r, struct doc f, const struct doc *args, size_t n);

typedef bool sort_after(struct run *r, struct doc a, struct doc b, void *arg); /* must a stand behind b? */
void sort_values(struct run *r, struct doc *v, uint32_t n, sort_after *after, void *arg);

/* ---- builtins ---- */
/* One of the language's, or of the host's (made in a; host may be NULL); NULL: no such function. */
const struct builtin *builtin_find(struct arena *a, const struct expr_host *host, struct str name);
struct doc expr_subprogram(struct run *r, struct str text, struct doc input, struct frame *env); /* $eval */

struct expr_call {
    struct run *r;
};
