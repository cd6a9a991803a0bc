#include "db/db.h"
#include "files/files_int.h"
#include "obs/obs.h"
#include "q_files.h"

/* Places that are looked at, each by one worker at a time. */

#define LEASE_S 120
#define AGAIN_S 2

static enum err look(struct scope *sc, const struct files_due *of, const char *settings, const char *root)
{
    struct files_settings s;
    struct connection c;

    TRY(sc, files_settings_of(sc, settings, &s));
    TRY(sc, connection_get(sc, &of->connection_id, &c));
    TRY(sc, db_commit(sc));
    if (!s.folder)
        return OK;
    if (!root || !*root)
        return FAIL(sc, ERR_CONFLICT, "whoever runs this server has not said where folders of files are");
    return files_folder_look(sc, of, root, &s, &c);
}

enum err files_watch_run(struct scope *sc, const struct files_due *of, const char *root)
{
    const struct q_file_watch_claim_row *row;
    const char *fault = NULL;

    TRY(sc, q_file_watch_claim(
                sc, &(struct q_file_watch_claim_in){.connection_id = of->connection_id, .lease_s = LEASE_S}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return OK;
    if (look(sc, of, row->settings, root) != OK) {
        fault = scope_fault(sc)->message ? arena_cut(sc->arena, scope_fault(sc)->message, 500) : "it failed";
        scope_clear(sc);
        db_rollback(sc);
    }
    TRY(sc,
        q_file_watch_ended(
            sc, &(struct q_file_watch_ended_in){.connection_id = of->connection_id, .fault = fault, .again_s = AGAIN_S},
            NULL));
    return db_commit(sc);
}
