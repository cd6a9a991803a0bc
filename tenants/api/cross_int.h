#pragma once

#include "api/customer_int.h"
#include "xref/xref.h"

/* What the files about cross references share. */

#define CROSS_PREFIX "xrf"
#define CROSS_PAGE   50
#define CROSS_MOST   200

enum err api_cross_named(struct scope *sc, const struct rq *rq, struct xref_table *out);
/* The same for whoever changes it: the customer must not be suspended. */
enum err api_cross_writable(struct scope *sc, const struct rq *rq, struct xref_table *out);
/* After entries were written: whoever waited for them goes on. *out: how many orders. */
enum err api_cross_release(struct scope *sc, const struct xref_table *t, int64_t *out);
void api_cross_note(struct scope *sc, const char *action, const struct xref_table *t, const char *detail);
/* Who writes, for people; at most 200 characters. */
enum err api_cross_who(struct scope *sc, const char **out);
