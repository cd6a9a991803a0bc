#pragma once

#include "connect/connect.h"
#include "standin/standin.h"

/* conform: the trial of a connector: everything that it declares is done against its stand-in, whole and with each of
 * the faults that outside systems have, and what must hold then is looked at in the stand-in's own state: nothing lost,
 * nothing twice, nothing guessed. Scenarios follow from what the manifest declares, so that a new operation is tried
 * without anybody writing a test for it. What it cannot know (with what an operation is called, and what a change
 * leaves) stands in tenants/connectors/<name>/conformance.json:
 *   {"settings": {…}, "secrets": {…}, "wrong": {…},                  wrong: secrets that the stand-in refuses
 *    "operations": {"orders.get": {"with": {…}, "missing": {…}},
 *                   "orders.list": {"with": {…}, "total": EXPR, "of": "orders", "grow": EXPR},
 *                   "refunds.create": {"with": {…}, "refused": {…}, "of": "refunds", "made": EXPR}},
 *    "hooks": {"other": SECRET, "third": SECRET,
 *              "deliveries": [{"topic": "order.updated", "body": {…}, "another": {…}, "about_nothing": {…},
 *                              "headers": {…}, "about": "order:101", "fetch": "order", "changed": "2026-11-01T…"}]}}
 * total and made are read on the things of the collection `of` and say how many the answer has, and how often the
 * change was made; grow makes one more thing of $i. An operation that is not there is a failure, one with {"skip":
 * REASON} is not tried, and the reason is told. Each event of the manifest's webhooks has a delivery, signed here with
 * the secret that is marked for them: about is what the ledger calls what it is about, fetch what is asked for then;
 * another is the body of another delivery, where the id stands in it, about_nothing one that does not say its key.
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
/* Tries everything; tell is called for each scenario as it ends. In a fiber, on a loop; uses connect's thread. */
enum err conform_run(struct scope *sc, const struct connector *c, struct standin *s, const struct doc *document,
                     struct net *net, void (*tell)(void *arg, const struct conform_result *r), void *arg);

struct conform_shipped {
    const char *name, *text;
    size_t n;
};
extern const struct conform_shipped conform_shipped_table[];
extern const size_t conform_shipped_count;
