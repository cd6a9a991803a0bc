#pragma once

#include "flow/flow.h"
#include "flow/group.h"

/* Changes in the ledger of effects that go in batches (group_write). */
struct effect_mark {
    struct uuid effect_id; /* of the row, if it becomes one */
    const struct flow_job *job;
    const struct effect *e;
    uint8_t hash[CRYPTO_HASH_BYTES];
    bool has_hash;
    enum effect_mark_outcome { EFFECT_MARK_FENCED, EFFECT_MARK_KNOWN, EFFECT_MARK_MADE } outcome;
};
enum err effects_mark(struct scope *sc, void *const *tickets, size_t n);

struct effect_done {
    struct uuid effect_id;
    const struct flow_job *job;
    const char *ref;
    bool confirmed; /* false: the row is another's by now */
};
enum err effects_confirm(struct scope *sc, void *const *tickets, size_t n);
