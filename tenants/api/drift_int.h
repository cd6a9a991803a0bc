#pragma once

#include "api/customer_int.h"
#include "connect/connect.h"
#include "watch/watch.h"

/* What the files about drift share. */
#define DRIFT_PAGE 50
#define DRIFT_MOST 200

extern const char *const api_drift_whats[];   /* the kinds of deviation; ends with NULL */
extern const char *const api_drift_actions[]; /* "pass", "hold", "fail"; ends with NULL */

enum err api_drift_connection(struct scope *sc, const struct rq *rq, struct connection *out); /* that the path names */
/* Who does it, for people. */
enum err api_drift_who(struct scope *sc, const char **out);

/* A mapping that reads a field. */
struct dependent_view {
    struct uuid mapping_id; /* nil: the one that comes with the program */
    const char *name;
    int64_t version;
    struct wire_texts reads;
};
extern const struct wire api_dependent_wire;
#define DEPENDENTS_MAX 20
/* Those of the customer's that read an object of a system: versions that records go through, or where there is none of
 * them the shipped one. path: only those that read this, or what is in it; NULL: all. */
enum err api_dependents(struct scope *sc, const struct connection *c, const char *object, const char *path,
                        struct wire_list *out);
