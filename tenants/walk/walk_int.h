#pragma once

#include <string.h>

#include "connect/connect.h"
#include "flowdef/flowdef.h"
#include "mapping/mapping.h"
#include "q_walk.h"
#include "walk/walk.h"
#include "xref/xref.h"

struct walk_role {
    const char *name;
    struct uuid connection_id, environment_id; /* nil: not known before it is opened */
    struct link *link;                         /* NULL: not opened yet */
};

/* A change that a job whose input was edited has made, or was about to, before this try. */
struct walk_meant {
    struct uuid connection_id;
    const char *operation, *key, *state;
    bool met; /* this try has come to it */
};

/* One try. */
struct walk {
    struct flow_job *job;
    const struct flowdef *def;
    struct q_walk_inputs_row in; /* what the job is about */
    struct doc input;
    struct expr_binding *names; /* what steps gave */
    size_t n, room;
    struct mapping_numbers_user numbers;
    struct walk_role *roles; /* NULL: not read yet */
    size_t role_count;
    struct xref_snapshot *books; /* NULL: none are needed, or not loaded yet */
    struct walk_meant *meant;    /* of an edited job; NULL: not read yet */
    size_t meant_count;
    const char *items; /* which items of splits the walk is in: "", ".4", ".4.0" */
    bool ended;        /* by a drop */
    size_t acts;       /* changes so far */
    const char *met;   /* the first that another job had made before; NULL: none */
    size_t met_count;
};

enum err walk_read(struct scope *sc, struct walk *w); /* what the job is about */
/* Of a job whose input was edited: a change that this try is about to make is none that earlier tries have meant under
 * another key, and at the end none is left behind of which nobody knows what became. ERR_HOLD. */
enum err walk_same(struct scope *sc, struct walk *w, const struct uuid *connection_id, const char *operation,
                   const char *key);
enum err walk_left(struct scope *sc, struct walk *w);
/* After how long a failure is tried again, as the flow says. */
int64_t walk_pace(const struct walk *w);
/* What is given, in the shortest form; and "validation" with the item "/input". */
enum err walk_written(struct scope *sc, const struct doc *input, struct str *out);
enum err walk_wrong(struct scope *sc, const char *code, const char *why);
/* In which environment a run works: that of what began it, or else of what the flow calls; NULL: none is known. */
const struct uuid *walk_environment(const struct walk *w);
enum err walk_roles(struct scope *sc, struct walk *w);
enum err walk_steps(struct scope *sc, struct walk *w, const struct flowdef_steps *steps);

/* The value of an expression, absent too; ERR_HOLD names the step. e NULL: absent. */
enum err walk_value(struct scope *sc, struct walk *w, const struct flowdef_step *s, const struct expr *e,
                    struct doc *out);
/* A text, or a number as it is written, of 1 to most octets; what says what it is for a person. */
enum err walk_text(struct scope *sc, struct walk *w, const struct flowdef_step *s, const struct expr *e,
                   const char *what, size_t most, const char **out);
void walk_bind(struct scope *sc, struct walk *w, const char *name, struct doc value); /* name NULL: nothing */

/* What tells a step of a job from every other: where it stands, and of which items it is. The same in every try. */
const char *walk_place(struct scope *sc, const struct walk *w, const struct flowdef_step *s);

enum err walk_map(struct scope *sc, struct walk *w, const struct flowdef_step *s);
enum err walk_look_up(struct scope *sc, struct walk *w, const struct flowdef_step *s);
enum err walk_call(struct scope *sc, struct walk *w, const struct flowdef_step *s);
enum err walk_effect(struct scope *sc, struct walk *w, const struct flowdef_step *s);
enum err walk_wait(struct scope *sc, struct walk *w, const struct flowdef_step *s);
enum err walk_flow(struct scope *sc, struct walk *w, const struct flowdef_step *s);
enum err walk_approve(struct scope *sc, struct walk *w, const struct flowdef_step *s);
enum err walk_notify(struct scope *sc, struct walk *w, const struct flowdef_step *s);
