#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* memory: a thread's short memory of look-ups: 1,024 places by hash, each good for a second, so that a revoked key,
 * token or host is gone within a second on every thread. Answers that nothing was found are not to be kept here.
 */
#define MEMORY_PLACES  1024
#define MEMORY_LIFE_US 1000000

struct memory_place {
    int64_t until_us;
    unsigned char key[32];
    void *value;    /* malloc'd copy, owned here once it is put */
    bool refreshed; /* somebody finds out anew */
};

void *memory_get(struct memory_place *places, const unsigned char key[32], int64_t now_us);
/* True once, for the first who asks when half of its life is over: who then finds out anew, while the others go by what
 * is remembered. Without that all who ask at once would, each time it ends. */
bool memory_is_due(struct memory_place *places, const unsigned char key[32], int64_t now_us);
void memory_put(struct memory_place *places, const unsigned char key[32], int64_t now_us, void *value);
void memory_clear(struct memory_place *places);
