#pragma once

#include "base/scope.h"

/* Group commit: what many jobs of one tenant write alike goes in one statement and one commit. Whoever comes while
 * nothing is written is written at once and alone; what comes meanwhile goes together afterwards, so that nobody waits
 * for company. Of one thread. The fact people get wrong: a batch that the database refuses is split, so that one job's
 * fault is no other's.
 */
#define GROUP_BATCH_MAX   128
#define GROUP_WAITING_MAX 8192 /* of one tenant and kind; more are ERR_LIMIT */

/* Writes n tickets in one transaction of the scope, which is the batch's own, and ends it. What a ticket is to learn
 * goes into it, copied to its own arena: the scope's ends with the batch. */
typedef enum err group_write(struct scope *sc, void *const *tickets, size_t n);

/* Parks until the ticket's batch is written; its failure is the batch's. The tenant and the pool are the scope's. */
enum err group_join(struct scope *sc, group_write *write, void *ticket);
