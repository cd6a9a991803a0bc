#pragma once

#include <string.h>

#include "conform/conform.h"
#include "manifest/manifest.h"
#include "json/doc_value.h"

/* One operation being tried. */
struct trial {
    struct scope *sc; /* of the scenario */
    const struct connector *c;
    struct standin *s;
    const struct doc *settings, *secrets, *document;
    const struct doc *plan; /* what stands there of the operation */
    const char *operation, *capability, *scenario;
    const char *object; /* of the source that is tried */
    const char *key;    /* what a change is known by */
    bool lane_orders;   /* its calls are those of orders: nothing of a burst is kept from them */
    bool one;           /* it asks for one thing, which may be missing */
    struct operation op;
    void (*tell)(void *arg, const struct conform_result *r);
    void *arg;
};

/* What an ask ended with. */
struct outcome {
    enum err e;
    struct told told;
    const char *words;
    int again_s; /* when to come again; 0: it was not said */
};

/* ERR_INVALID: every fault of the plan is an item with its JSON Pointer. plan.c */
enum err conform_check(struct scope *sc, const struct connector *connector, struct standin *s, const struct doc *plan);

void conform_fails(struct trial *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Runs one scenario in a scope and a state of its own. */
void conform_scenario(struct trial *t, const char *name, void (*run)(struct trial *t));
void conform_skip(struct trial *t, const char *name, const char *why);

struct outcome conform_ask(struct trial *t, const struct doc *with, const char *after, bool probe);
/* It fails unless the ask ended so. */
void conform_ends(struct trial *t, struct outcome o, enum err wanted);
const struct doc *conform_plan(const struct trial *t, const char *member); /* NULL: it is not there */
void conform_fault(struct trial *t, const char *json);
/* The value of an expression of the plan on a collection's things; -1 and a failure where it has none. */
int64_t conform_count(struct trial *t, const char *member);
const char *conform_err(enum err e);

void conform_reads(struct trial *t);   /* reads.c */
void conform_changes(struct trial *t); /* changes.c */
void conform_hooks(struct trial *t);   /* hooks.c */
void conform_limits(struct trial *t);  /* limits.c */
void conform_source(struct trial *t);  /* source.c */
bool conform_has_source(const struct connector *c);
