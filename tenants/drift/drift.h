#pragma once

#include "base/scope.h"
#include "json/doc.h"

/* drift: the shape that a source's payloads have been seen to have, and what no longer fits it. A shape is learnt of
 * one connection, object and version; each payload is judged by what came before and then learnt itself. Knows no
 * vendor, no schema, no database and no clock. The fact people get wrong: a deviation is not one odd payload. A field
 * that is missing now and then, a value nobody has used before, a season that sells more are all ordinary; a deviation
 * is told once the evidence for a change is e^DRIFT_SURE to one against it (of words and kinds less: there are fewer to
 * go wrong on), and then of every payload it is in until somebody accepts it.
 *
 * A path is dotted, list items left out ("line_items.sku"), as mapping_reads() gives them. Values are kept only of
 * fields that behave like a list of words: few, short, each seen often, and not under a name that persons go by.
 */
#define DRIFT_PATHS_MAX      2000
#define DRIFT_STORED_MAX     (256u << 10) /* octets of a shape that is written */
#define DRIFT_LEARN          200          /* payloads before anything is judged */
#define DRIFT_VALUES_MAX     32           /* of one field */
#define DRIFT_VALUE_MAX      64           /* octets */
#define DRIFT_DEVIATIONS_MAX 64           /* told of one payload */
#define DRIFT_SURE           20.0f        /* natural logarithm of the odds */
#define DRIFT_SUSPECT        6.0f
#define DRIFT_SURE_WORD      14.0f
#define DRIFT_SURE_KIND      10.0f
#define DRIFT_SURE_BEARING   5.0f /* of kinds where a mapping reads: one payload in 150 is enough */

struct drift_shape; /* of the arena it was made in; one thread's at a time */

enum drift_what {
    DRIFT_TYPE,    /* another kind of value: a text became an object */
    DRIFT_MISSING, /* absent, null or empty where it was not */
    DRIFT_NEW,     /* a field nobody has seen */
    DRIFT_RENAMED, /* missing, and a new one beside it with the same kind of values */
    DRIFT_VALUE,   /* a word that is new in a list of words */
    DRIFT_UNIT,    /* other magnitudes: out of the range known, or all of them by one factor */
    DRIFT_FORMAT,  /* another format of a text or number */
    DRIFT_WHATS,
};
const char *drift_what_name(enum drift_what what); /* "type_changed" */
bool drift_what_find(struct str name, enum drift_what *out);

enum drift_action { DRIFT_PASS, DRIFT_HOLD, DRIFT_FAIL };
const char *drift_action_name(enum drift_action action);

/* What becomes of a payload with a deviation: where a mapping reads the field, and elsewhere. */
struct drift_policy {
    enum drift_action bearing[DRIFT_WHATS];
    enum drift_action other[DRIFT_WHATS];
};
extern const struct drift_policy drift_policy_usual;

struct drift_deviation {
    const char *path;
    enum drift_what what;
    const char *expected; /* kinds, formats, shares; words only of lists of words */
    const char *got;      /* likewise */
    const char *other;    /* the new name's path when renamed; or NULL */
    bool bearing;         /* a mapping reads it */
    bool opened;          /* by this payload; false: it was open and is met again */
    enum drift_action action;
    double evidence; /* natural logarithm of the odds; 0 when met again */
};

struct drift_seen {
    struct drift_deviation *v;
    size_t n;
    enum drift_action action; /* the gravest */
    bool learning;            /* too little has been seen to judge */
    bool suspects;            /* evidence that is some of what is needed has changed: others should hear of it */
};

struct drift_shape *drift_shape_new(struct arena *keep);
/* Which fields mappings read; the paths must live as long as the shape. What is around a path counts as read. */
void drift_shape_bear(struct drift_shape *s, const char *const *paths, size_t n);
uint64_t drift_shape_payloads(const struct drift_shape *s);
size_t drift_shape_paths(const struct drift_shape *s);
bool drift_shape_full(const struct drift_shape *s); /* more came than there is room for: fields beyond are not known */

/* Judges a payload and learns it. The policy may be NULL: the usual one. Never fails. */
void drift_see(struct arena *a, struct drift_shape *s, const struct doc *payload, const struct drift_policy *policy,
               struct drift_seen *out);
/* Judges a payload that was learnt before, and learns nothing. What it opens is told, and is not open in the shape:
 * drift_see makes it so. */
void drift_look(struct arena *a, const struct drift_shape *s, const struct doc *payload,
                const struct drift_policy *policy, struct drift_seen *out);
/* The deviation is how things are from now on. False: none is open there. */
bool drift_accept(struct drift_shape *s, const char *path, enum drift_what what);
/* The deviation is over, and nothing is learnt of it: if it comes back it is one again. False: none is open there. */
bool drift_dismiss(struct drift_shape *s, const char *path, enum drift_what what);

/* JSON of at most DRIFT_STORED_MAX octets, evidence so far included (to a thousandth): what is read back judges as the
 * one written. Where that is too little, words are left out first, then magnitudes, then what came last. */
void drift_shape_write(struct arena *a, struct buf *out, const struct drift_shape *s);
/* ERR_INVALID: not a shape that was written here. Whoever reads one says again what mappings read. */
enum err drift_shape_parse(struct scope *sc, struct arena *keep, struct str json, struct drift_shape **out);
/* What both have seen. Evidence and open deviations stay those of `into`. */
void drift_shape_merge(struct drift_shape *into, const struct drift_shape *from);
/* For several who learn one source at once from a common beginning: adds what `from` has seen since it was `was`. What
 * is new there is new here; with `opens` what was opened is open, and evidence is added; else it stays that of `into`.
 */
void drift_shape_take(struct drift_shape *into, const struct drift_shape *from, const struct drift_shape *was,
                      bool opens);

/* What is known of one field, for people. */
struct drift_field {
    const char *path;
    const char *kinds;  /* "a word or a whole number" */
    uint32_t present;   /* thousandths of the payloads in which what it is in stood */
    const char *range;  /* "about 3.5 to 120", or NULL */
    const char **words; /* of a list of words; n 0: it is none */
    size_t word_count;
    bool bearing, open;
    bool leaf; /* nothing was seen in it so far */
    bool wide; /* its members are too many to be told apart: there are more than are known */
};
void drift_shape_fields(struct arena *a, const struct drift_shape *s, struct drift_field **out, size_t *out_n);
