#include "db/db.h"
#include "files/files_int.h"
#include "obs/obs.h"
#include "q_files.h"

/* Places that are looked at, each by one worker at a time. */

#define LEASE_S 120
#define AGAIN_S 2

struct place {
    const struct files_due *of;
    const char *seen;
    int64_t again_s;
};

static enum err folder_look(struct scope *sc, const struct place *p, const struct files_settings *s,
                            const struct connection *c)
{
    const char *root;

    TRY(sc, files_root(sc, &root));
    return files_folder_look(sc, p->of, root, s, c);
}

static enum err look(struct scope *sc, struct place *p, const struct q_file_watch_claim_row *row)
{
    struct files_settings s;
    struct connection c;

    TRY(sc, files_settings_of(sc, row->connector, row->settings, &s));
    TRY(sc, connection_get(sc, &p->of->connection_id, &c));
    TRY(sc, db_commit(sc));
    if (s.edi.us)
        TRY(sc, files_edi_answer(sc, p->of, &c));
    if (s.folder)
        TRY(sc, folder_look(sc, p, &s, &c));
    if (!s.remote.protocol || !s.remote.folder)
        return OK;
    if (!s.folder)
        p->again_s = s.remote.every_s;
    return files_remote_look(sc, p->of, &s, &c, &p->seen);
}

enum err files_watch_run(struct scope *sc, const struct files_due *of)
{
    struct place p = {.of = of, .again_s = AGAIN_S};
    const struct q_file_watch_claim_row *row;
    const char *fault = NULL;

    TRY(sc, q_file_watch_claim(
                sc, &(struct q_file_watch_claim_in){.connection_id = of->connection_id, .lease_s = LEASE_S}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return OK;
    p.seen = row->seen;
    if (look(sc, &p, row) != OK) {
        fault = scope_fault(sc)->message ? arena_cut(sc->arena, scope_fault(sc)->message, 500) : "it failed";
        log_fault(LOG_WARN, "files", sc, "a place of files could not be looked at");
        scope_clear(sc);
        db_rollback(sc);
    }
    TRY(sc, q_file_watch_ended(
                sc,
                &(struct q_file_watch_ended_in){
                    .connection_id = of->connection_id, .fault = fault, .again_s = (int32_t)p.again_s, .seen = p.seen},
                NULL));
    return db_commit(sc);
}
