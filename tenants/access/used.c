#include <string.h>

#include "access/access_int.h"
#include "db/db.h"
#include "obs/obs.h"
#include "q_callers.h"

/* When a key or a client was last used, written for many at once: whoever finds one whose last use is a minute old
 * notes it here, and the first of them writes, twice at most, so that a stream of others cannot hold it: what is left
 * then the next one writes. So a write is under way at most once a thread, it holds what came in during the one before,
 * and a request whose note another writes does not wait. */
#define NOTES_MAX  256
#define WRITES_MAX 2

static _Thread_local struct uuid partners[NOTES_MAX], holders[NOTES_MAX];
static _Thread_local size_t noted;
static _Thread_local bool writing;

/* What cannot be written is noted again with the next use. */
static void write_all(struct scope *sc)
{
    for (int i = 0; noted && i < WRITES_MAX; i++) {
        struct q_callers_used_in in = {.partners_n = noted, .holders_n = noted};

        in.partners = arena_memdup(sc->arena, partners, noted * sizeof(*partners));
        in.holders = arena_memdup(sc->arena, holders, noted * sizeof(*holders));
        noted = 0;
        db_commit_next(sc);
        if (q_callers_used(sc, &in, NULL) != OK) {
            log_fault(LOG_WARN, "access", sc, "the last use of a key could not be written");
            db_rollback(sc);
            scope_clear(sc);
            return;
        }
    }
}

void access_used(struct scope *sc, const struct uuid *partner_id, const struct uuid *holder_id)
{
    for (size_t i = 0; i < noted; i++)
        if (uuid_equal(&holders[i], holder_id))
            return;
    if (noted == NOTES_MAX)
        return;
    partners[noted] = *partner_id;
    holders[noted++] = *holder_id;
    if (writing)
        return;
    writing = true;
    write_all(sc);
    writing = false;
}
