#pragma once

#include <string.h>

#include "x12/x12.h"

/* ---- structures, x12_sets.c ---- */

#define X12_SETS_MAX   16
#define X12_LEVELS_MAX 8
#define X12_RULES_MAX  400 /* of a set */
#define X12_WIDE_MAX   96  /* rules side by side */
#define X12_ID_MAX     16  /* octets of an id that names are made of */

/* One place in a set: a segment, or a loop by its first segment. Those of a loop stand behind it, one level down. */
struct x12_rule {
    char id[4];
    uint8_t level;
    bool loop, needed;
    uint16_t place; /* among those side by side */
    uint32_t max;   /* UINT32_MAX: any number */
    uint32_t end;   /* the first rule that is not within it */
};
struct x12_structure {
    const char *set, *group; /* "850", "PO" */
    struct x12_rule *rules;
    uint32_t n;
};
/* NULL: there is none. Made anew in the arena each time. */
const struct x12_structure *x12_structure_of(struct arena *a, struct str set);
const char *x12_group_code(struct str set);           /* "PO" for 850; NULL: not supported */
bool x12_group_known(struct str code);                /* is there a set of that group? */
bool x12_segment_known(struct str id);                /* in any of the sets */
const char *x12_set_text(size_t i, const char **set); /* for tests; NULL behind the last */

/* ---- segments, x12_segments.c: what is known of their elements ---- */

/* "M AN2-60, X ID1-2 …": a word or two for each element, notes behind a bar. NULL: nothing is known. */
const char *x12_elements_of(struct str id);
const char *x12_composite_of(const char *name, size_t n);  /* "C001" */
const char *x12_codes_of(struct str id, unsigned element); /* " A E R " where all that there are is known; or NULL */
struct x12_definition {
    const char *id, *elements;
};
extern const struct x12_definition x12_segments[];
extern const size_t x12_segment_count;

/* ---- reading ---- */

struct x12_node {
    const struct x12_rule *rule; /* NULL: the set itself, or a segment without a place */
    const struct x12_segment *segment;
    uint32_t at;
    uint8_t depth; /* of an HL among HLs */
    struct x12_node *first, *last, *next;
};

struct x12_lexer {
    struct scope *sc;
    const char *p, *end;
    struct x12_separators separators;
    uint32_t segments;
    size_t parts;
};
/* Stands on an ISA: its segment, and the separators from it. */
bool x12_lex_starts(struct x12_lexer *x);
enum err x12_lex_isa(struct x12_lexer *x, struct x12_segment *out, bool *out_fits);
/* The next segment; *out_more is false at the end, and before an ISA. */
enum err x12_lex_segment(struct x12_lexer *x, struct x12_segment *out, bool *out_more);
void x12_lex_blank(struct x12_lexer *x);

struct str x12_element(const struct x12_segment *s, unsigned i); /* from 1; empty when it is not there */
bool x12_number(struct str s, int64_t *out);                     /* digits only, at most 18 */
bool x12_cut(struct str *left, char at, struct str *out);        /* the next part; NUL: all of it */
size_t x12_characters(struct str s);

void x12_fault_add(struct arena *a, struct x12_faults *f, const struct x12_fault *fault);
void x12_append(struct x12_node *to, struct x12_node *n);
struct x12_placer; /* what is needed while one set is placed; for one after the other */
struct x12_placer *x12_placer_new(struct arena *a);
void x12_place(struct x12_placer *p, const struct x12_structure *st, struct x12_set *set);
void x12_nest(struct arena *a, struct x12_set *set); /* HL loops below their parents */
void x12_check(struct arena *a, const struct x12_separators *separators, bool short_dates, struct x12_set *set);

/* ---- making documents ---- */

struct x12_members {
    struct arena *arena;
    struct doc *v;
    size_t n, room;
};
void x12_put(struct x12_members *m, const char *name, struct doc value);
void x12_put_text(struct x12_members *m, const char *name, struct str text);
void x12_put_named(struct x12_members *m, struct doc name, struct doc value);
struct doc x12_object(const struct x12_members *m);
struct doc x12_text(struct arena *a, struct str s); /* as UTF-8: what is not is taken for ISO 8859-1 */
struct doc x12_list(struct arena *a, const struct doc *items, size_t n);
struct doc x12_interchange_make(struct arena *a, const struct x12_envelope *e, const struct doc *groups, size_t n);
struct doc x12_group_make(struct arena *a, const struct x12_envelope *e, const char *code, const struct doc *sets,
                          size_t n);
struct doc x12_file_make(struct arena *a, const struct doc *interchanges, size_t n);
