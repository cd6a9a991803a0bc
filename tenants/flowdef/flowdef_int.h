#pragma once

#include <string.h>

#include "flowdef/flowdef.h"

struct flowdef {
    struct flowdef_head head;
    size_t steps; /* however deep */
};

/* One document being read. */
struct reading {
    struct arena *a;
    struct flowdef *f;
    struct flowdef_faults *faults;
    const char *names[FLOWDEF_STEPS_MAX + 1]; /* what the steps before may be asked by: $name */
    size_t n_names;
    unsigned depth;
};

/* Every fault is told; none ends the reading. Beyond FLOWDEF_FAULTS_MAX the last is written over. */
struct flowdef_fault *flowdef_fault(struct reading *r, const char *pointer, const char *code, const char *detail);
/* "; near it is a, b or c", or nothing. */
const char *flowdef_near(struct reading *r, const char *name, const char *const *names, size_t n);
const char *flowdef_below(struct arena *a, const char *pointer, const char *name);
/* Members of d that are not among names. */
void flowdef_members(struct reading *r, const struct doc *d, const char *pointer, const char *const *names, size_t n);
/* The expression at this member of d, checked against the names known here; NULL: it was faulty, or, where it need not
 * be there, it is not. */
const struct expr *flowdef_expr(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                                bool needed);
const char *flowdef_text(struct reading *r, const struct doc *d, const char *pointer, const char *member, size_t most);
int64_t flowdef_time(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                     int64_t otherwise);

/* steps.c */
void flowdef_read_steps(struct reading *r, const struct doc *list, const char *pointer, struct flowdef_steps *out);
/* ends.c: ways through the steps that end in nothing, and steps that nothing reaches. */
void flowdef_check_ends(struct reading *r, const struct flowdef_steps *steps, const char *pointer);
