#pragma once

#include "api/api_int.h"
#include "crypto/crypto.h"
#include "json/doc.h"

/* The manners of the API: what every route keeps to and no handler sees. The door (admit.c) asks each part before the
 * handler runs, and again when it has answered.
 */
#define BUDGETS_MAX 2 /* the key's and the customer's */

struct api_version {
    const char *name;         /* "2026-11-01"; NULL ends a table */
    int64_t deprecated_at_us; /* 0: it is not */
    int64_t sunset_at_us;     /* 0: no end is set */
};

/* One type of object, as it was before a version. */
struct api_change {
    const char *version; /* the first that has it the new way; NULL ends a table */
    const char *object;  /* the wire's name */
    /* One step back for what is told, one step forward for what is asked; NULL: that way is as it was. */
    enum err (*back)(struct scope *sc, const struct doc *now, struct buf *out);
    enum err (*forth)(struct scope *sc, const struct doc *was, struct buf *out);
};

struct api_versions {
    const struct api_version *known; /* oldest first */
    const struct api_change *changes;
};
extern const struct api_versions api_versions; /* in use; a test has others */

/* The version that the header names, or the one that the key was made for, or the newest. */
enum err version_find(struct scope *sc, const struct api_versions *all, const struct rq *rq,
                      const struct api_version **out);
const struct api_version *version_newest(const struct api_versions *all);
void version_dress(struct scope *sc, struct rs *rs, const struct api_version *v);
enum err version_back(struct scope *sc, const struct api_versions *all, const struct api_version *v,
                      const struct wire *w, struct str now, struct str *out);
enum err version_forth(struct scope *sc, const struct api_versions *all, const struct api_version *v,
                       const struct wire *w, struct str was, struct str *out);

/* A request that may come again under its key. */
struct repeatable {
    bool begun; /* its answer is to be kept */
    uint8_t ask[CRYPTO_HASH_BYTES], mark[CRYPTO_HASH_BYTES];
};
/* Answers in the handler's place when the request was answered before. */
enum err repeat_begin(struct scope *sc, const struct rq *rq, struct rs *rs, struct repeatable *out);
enum err repeat_keep(struct scope *sc, const struct rs *rs, const struct repeatable *r);
/* What was asked, in one run of octets: equal for bodies whose members only stand in another order. */
struct bytes repeat_content(struct scope *sc, const struct rq *rq);

/* What is left of a budget, as this thread knows it. */
struct budget_view {
    const char *name; /* "read", "customer-read" */
    int64_t quota, left;
    int seconds; /* until it is whole again */
};

/* ERR_LIMIT with what is violated; the views are filled either way. */
enum err budget_spend(struct scope *sc, const struct rq *rq, struct budget_view views[BUDGETS_MAX], size_t *out_n);
void budget_dress(struct scope *sc, struct rs *rs, const struct budget_view *views, size_t n);

extern const struct http_relation api_relations[];

enum err api_admit(struct scope *sc, struct rq *rq, struct rs *rs);
enum err api_end(struct scope *sc, const struct rq *rq, struct rs *rs, enum err result);
void api_dress(struct scope *sc, const struct rq *rq, struct rs *rs);
enum err api_reword(struct scope *sc, const struct rq *rq, const struct wire *w, struct str now, struct str *out);
enum err api_renew(struct scope *sc, const struct rq *rq, const struct wire *w, struct str was, struct str *out);
