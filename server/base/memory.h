#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

/* memory: a thread's memory of look-ups, by a hash of what was asked for.
 *
 * What is remembered is good for MEMORY_LIFE_US, and only while somebody on this thread has asked in the last second
 * what has changed: so a revoked key, token or host is gone within a second on every thread, and ten thousand tenants
 * are not looked up anew every second. Whoever asks what changed says so by memory_changes; without that nothing is
 * remembered for longer than a second after the last time. The fact people get wrong: an answer that was asked for
 * before a change and arrives after it was told must not be kept, hence the memory_now() of the asking that memory_put
 * wants. Answers that nothing was found are not to be kept here. No function parks; what memory_get gives is good until
 * the next park.
 */
#define MEMORY_LIFE_US  (INT64_C(1800) * 1000000) /* at most */
#define MEMORY_FRESH_US INT64_C(1000000) /* so long after it was asked what changed, what is remembered is good */
#define MEMORY_AGAIN_US INT64_C(250000)  /* so long after that it is asked again */
#define MEMORY_PLACES   32768            /* most of one memory */
#define MEMORY_CHANGES  64               /* partners told of at once; more count as all */

struct memory {
    struct memory_place *places;
    size_t buckets, kept;
    struct memory *next; /* of those of this thread that hold something */
};

/* NULL when it is not remembered, or not known to hold. */
void *memory_get(struct memory *m, const unsigned char key[32], int64_t now_us);
/* True once, for the first who asks when half of its life is over, unless it ends by itself before: who then finds out
 * anew, while the others go by what is remembered. Without that all who ask at once would, each time it ends. */
bool memory_is_due(struct memory *m, const unsigned char key[32], int64_t now_us);
/* The present among the changes told; to be taken before the answer is asked for. */
uint64_t memory_now(void);
/* value: malloc'd, owned here from now on, and freed at once when what it says of this partner may have changed since
 * it was asked for. until_us: when it ends by itself, by the clock of the loop. */
void memory_put(struct memory *m, const unsigned char key[32], const struct uuid *partner_id, uint64_t asked,
                int64_t now_us, int64_t until_us, void *value);

/* True for the one who is to ask what has changed now: nobody is asking, and the last answer is MEMORY_AGAIN_US old. */
bool memory_asks(int64_t now_us);
/* What has changed, asked for at asked_us: n partners, or with NULL everything. */
void memory_changes(int64_t asked_us, const struct uuid *partners, size_t n);
/* It could not be asked for. */
void memory_changes_unknown(void);
void memory_end(void); /* clears the thread's memories and forgets what it was told */
