#pragma once

#include "drift/drift.h"

/* How a value looks. The kind of a form is what the type is called; nothing says nothing about a type. */
enum form {
    FORM_NOTHING, /* null, "" or [] */
    FORM_BOOL,
    FORM_INT,
    FORM_DECIMAL,
    FORM_OBJECT,
    FORM_LIST,
    FORM_TEXT_INT, /* the first of the texts */
    FORM_TEXT_DECIMAL,
    FORM_TIME, /* RFC 3339 */
    FORM_DATE,
    FORM_UUID,
    FORM_EMAIL,
    FORM_URL,
    FORM_PHONE,
    FORM_CODE, /* two or three capital letters: countries, currencies */
    FORM_WORD, /* no blanks: what lists of words are made of */
    FORM_FREE,
    FORMS,
};
enum kind { KIND_NOTHING, KIND_BOOL, KIND_NUMBER, KIND_OBJECT, KIND_LIST, KIND_TEXT };

enum form form_of(const struct doc *d);
enum form form_of_text(struct str s);
enum kind form_kind(enum form f);
const char *form_name(enum form f);
const char *kind_name(enum kind k);
bool form_is_numeric(enum form f);
bool form_is_whole(enum form f);
/* Statistics only: amounts are never computed with this. False: zero, or no number. */
bool form_magnitude(const struct doc *d, enum form f, double *log10_out, bool *negative);

/* Magnitudes: a histogram of log10, an eighth of a decade each from 10^-6 to 10^12, and for each shift by a whole
 * number of those the evidence that all is shifted. One value a payload: the mean of its logarithms. */
#define BINS     144
#define BIN_ZERO 48 /* of 10^0 */
#define SHIFTS   17 /* and the first: anywhere */
#define S_MAX    40.0f
#define RECENT   6 /* payloads: fewer are never enough */

struct magnitude {
    uint16_t count[BINS];
    uint32_t total;
    uint32_t stale; /* seen since `logs` were made */
    float logs[BINS];
    float s[SHIFTS], most; /* most: of these, by the latest payload */
    float recent[RECENT];  /* a ring */
    float open_at;         /* where what is open lies */
    uint32_t seen;
    double older, mark;     /* what came up to twice TURN ago, and what is older next */
    uint32_t compared, ups; /* fading: with what is older, and larger than that */
};

/* The evidence after this payload; 0 when it is not judged. */
float magnitude_see(struct magnitude *m, double x, bool learning);
/* By how many decades what is suspected lies elsewhere. */
double magnitude_shift(const struct magnitude *m);
/* Where so many lie below. */
double magnitude_at(const struct magnitude *m, double share);
double magnitude_mean(const struct magnitude *m);
bool magnitude_is_serial(const struct magnitude *m);
const char *magnitude_factor(struct arena *a, double shift);

/* Words of one field. */
struct word {
    const char *p;
    uint32_t n;
    uint32_t count; /* payloads */
    uint32_t born;  /* texts seen before it; 0: known from the start */
    uint32_t stamp;
    bool open;
};

struct words {
    struct word v[DRIFT_VALUES_MAX];
    uint32_t n;
    uint32_t born; /* since judging began, without being a deviation */
};

#define NONE UINT32_MAX

struct node {
    const char *name;
    uint32_t name_n;
    bool item; /* of a list: its path is the list's */
    bool bearing;
    bool private; /* persons go by what is called so */
    bool key;     /* what is called so names something and measures nothing */
    bool wordless;
    bool wide; /* too many members to tell names from data */
    uint32_t open;
    uint32_t parent, first, last, next, hint;

    /* In payloads in which what it is in stood. */
    uint32_t n, absent;             /* fading */
    uint32_t parents, with;         /* since it was first seen */
    uint32_t born;                  /* payloads before it was first seen; 0: known from the start */
    uint32_t first_seen, last_seen; /* payloads; the last with something */
    float s_always, s_half;         /* that it is gone: from all, from half */
    uint32_t pend_n, pend_gone;     /* under suspicion: learnt when that is over */
    uint32_t burst;                 /* how many were gone in one suspicion that came to nothing */

    uint32_t
        instead;    /* of what is new: the one that it may be the new name of; of what is renamed: that name; 0: none */
    uint32_t apart; /* of what is new: payloads with it that lacked that one */

    uint32_t filled; /* payloads with something */
    uint32_t objects;
    uint32_t form_n[FORMS], form_born[FORMS];
    uint32_t usual;      /* the form of nearly all; nothing: there is none */
    uint32_t open_forms; /* what is told of */
    float s_form;        /* that the usual form is lost */
    struct magnitude *magnitude;
    struct words *words;

    /* This payload. */
    uint32_t stamp;
    uint32_t mask; /* of forms */
    uint32_t logs;
    double log_sum;
};

struct drift_shape {
    struct arena *keep;
    struct node *nodes; /* the first is the whole; what is in another stands behind it */
    uint32_t n, cap;
    uint32_t payloads;
    uint32_t cost; /* octets, estimated from above, of what is written */
    bool fresh;    /* some of this payload's fields are new */
    bool full;
    bool more; /* came than there was room for */
    const char *const *reads;
    size_t read_count;
};

/* Room for what is written: false when there is none left. */
bool shape_spend(struct drift_shape *s, uint32_t octets);
#define COST_NODE      120
#define COST_MAGNITUDE 150
#define COST_WORD      20

/* A node without a history. */
uint32_t shape_add(struct drift_shape *s, uint32_t parent, struct str name, bool item);
/* The member's or item's node, made when it is new; NONE when there is no room. */
uint32_t shape_child(struct drift_shape *s, uint32_t parent, struct str name, bool item);
uint32_t shape_find(const struct drift_shape *s, uint32_t parent, struct str name, bool item);
const char *shape_path(struct arena *a, const struct drift_shape *s, uint32_t i);
void shape_bear_one(struct drift_shape *s, uint32_t i);

bool name_is_private(struct str name);
bool name_is_key(struct str name);

void walk_payload(struct drift_shape *s, const struct doc *payload);
void words_see(struct drift_shape *s, struct node *x, struct str text);
/* One that another shape knows. */
void words_add(struct drift_shape *s, struct node *x, const struct word *known);
/* One that another shape has met so often since `was` (NULL: always): what is new there is new here. */
void words_take(struct drift_shape *s, struct node *x, const struct word *known, const struct word *was);
void words_open(struct words *w, struct str text);
const struct word *words_find(const struct words *w, struct str text); /* NULL: none; also of no list at all */
bool words_are_list(const struct node *x);

/* k times in the m latest, and never in the n before: the evidence that it is new. */
float novelty(uint32_t n, uint32_t k, uint32_t m);

struct judge {
    struct arena *arena;
    struct drift_shape *shape;
    const struct drift_policy *policy;
    struct drift_seen *out;
    bool learning;
};

struct finding {
    uint32_t node;
    enum drift_what what;
    float evidence;
    uint32_t other;  /* NONE, or what it is called now */
    const char *got; /* NULL: the node's forms in this payload */
    bool again;      /* it is open */
};
void tell(struct judge *j, const struct finding *f);
void forms_put(struct buf *b, uint32_t mask); /* "a word or a whole number" */
uint32_t forms_usual(const struct node *x);

void judge_weighs(struct judge *j, float was, float is); /* evidence before this payload and with it */
bool presence_is_usual(const struct node *x);            /* it is hardly ever absent */
void judge_presence(struct judge *j, uint32_t i);
void judge_forms(struct judge *j, uint32_t i);
void judge_words(struct judge *j, uint32_t i);
void judge_magnitude(struct judge *j, uint32_t i);
/* What is new in this payload, and what it may be the new name of: before any of it is judged. */
void rename_follow(struct drift_shape *s);
/* The new name of one that is gone, or NONE; and the other way round. */
uint32_t rename_new_of(const struct drift_shape *s, uint32_t gone);
uint32_t rename_gone_of(const struct drift_shape *s, uint32_t fresh);

/* How a node is written: its counters by their names in JSON, in the order of those. */
struct counter {
    const char *key;
    size_t at;
};
extern const struct counter node_counters[];
extern const size_t node_counter_count;
extern const struct counter node_evidence[]; /* floats */
extern const size_t node_evidence_count;
enum { NODE_ITEM = 1, NODE_PRIVATE = 2, NODE_WORDLESS = 4, NODE_WIDE = 8 };
#define STORED_FORMAT "drift/1"
#define STORED_OLDER  1e12 /* of a logarithm, which tells whether numbers are given out in turn */
