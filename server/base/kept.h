#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scope.h"

/* kept: what a thread makes once of something that never changes, as a compiled document, and many units of work use.
 * What somebody uses stays where it is; of what nobody does, some are kept, and the one that was used longest ago goes
 * first. Knows nothing of what it keeps: whoever does puts a kept_slot at the beginning of its own struct.
 * The fact people get wrong: to make one parks, so that another fiber may have made the same meanwhile, and whoever
 * comes to take it has to be its user before room is made, or it is what goes.
 */
struct kept_slot {
    struct scope *keep; /* what it lives in */
    unsigned users;
    uint64_t used; /* when last, as a count */
};

struct kept {
    size_t idle_max; /* how many are kept that nobody uses, among others */
    size_t max;      /* in use at once */
    bool (*same)(const struct kept_slot *slot, const struct kept_slot *like);
    void (*end)(struct kept_slot *slot); /* what it has beside keep; NULL: nothing */
    struct kept_slot **v;
    size_t n;
    uint64_t uses;
};

void *kept_new(size_t size);                              /* cleared, with a keep; for kept_take, or kept_free */
void kept_free(struct kept *k, struct kept_slot *slot);   /* one that was not taken; takes NULL */
void *kept_enter(struct kept *k, struct kept_slot *like); /* one that is there, used until kept_leave; or NULL */
/* Gives the fresh one a place, or ends it where the same is there by now; used until kept_leave. NULL: as many as there
 * may be are in use, and the fresh one is still the caller's. */
void *kept_take(struct kept *k, struct kept_slot *fresh);
void kept_leave(struct kept *k, struct kept_slot *slot);
void kept_end(struct kept *k); /* all of them, whoever uses them: the thread ends */
