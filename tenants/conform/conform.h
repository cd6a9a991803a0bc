#pragma once

#include "connect/connect.h"
#include "standin/standin.h"

/* conform: the trial of a connector: everything that it declares is done against its stand-in, whole and with each of
 * the faults that outside systems have, and what must hold then is looked at in the stand-in's own state: nothing lost,
 * nothing twice, nothing guessed. Scenarios follow from what the manifest declares, so that a new operation is tried
 * without anybody writing a test for it. What it cannot know (with what an operation is called, and what a change
 * leaves) stands in tenants/connectors/<name>/conformance.json, which ops/docs/connector-howto.md describes. An
 * operation that is not there is a failure, one with {"skip": REASON} is not tried, and the reason is told.
 */
#define CONFORM_FORMAT_MAX (1u << 20) /* octets */

struct conform_result {
    const char *scenario;   /* "a lost answer is found by asking" */
    const char *operation;  /* "refunds.create" */
    const char *capability; /* "refund out create"; "" */
    const char *fault;      /* NULL: it holds */
    bool skipped;           /* fault says why */
};

struct net;
/* Tries everything; tell is called for each scenario as it ends. ERR_INVALID before the first: the plan names what is
 * not there, each fault an item with its JSON Pointer. In a fiber, on a loop; uses connect's thread. */
enum err conform_run(struct scope *sc, const struct connector *c, struct standin *s, const struct doc *document,
                     struct net *net, void (*tell)(void *arg, const struct conform_result *r), void *arg);

struct conform_shipped {
    const char *name, *text;
    size_t n;
};
extern const struct conform_shipped conform_shipped_table[];
extern const size_t conform_shipped_count;
