#include "db/db.h"
#include "files/files_int.h"
#include "obs/obs.h"
#include "q_files.h"

/* Places that are looked at, each by one worker at a time. A host elsewhere has its own time, and what is wrong with
 * one part of a place stops no other. */

#define LEASE_S 120
#define AGAIN_S 2

struct place {
    const struct files_due *of;
    const struct q_file_watch_claim_row *row;
    const char *seen;
    int64_t again_s;
    const char *fault, *remote_fault; /* the last ones; NULL: none */
    bool refused;                     /* the host did not let us in */
};

/* Keeps why a part failed, and clears the way for the next. */
static void judge(struct scope *sc, struct place *p, enum err e, bool remote)
{
    const char **fault = remote ? &p->remote_fault : &p->fault;

    if (e == OK)
        return;
    *fault = scope_fault(sc)->message ? arena_cut(sc->arena, scope_fault(sc)->message, 500) : "it failed";
    p->refused = p->refused || (remote && e == ERR_UPSTREAM_AUTH);
    log_fault(LOG_WARN, "files", sc, "a place of files could not be looked at");
    scope_clear(sc);
    db_rollback(sc);
}

static enum err folder_look(struct scope *sc, const struct place *p, const struct files_settings *s,
                            const struct connection *c)
{
    const char *root;

    TRY(sc, files_root(sc, &root));
    return files_folder_look(sc, p->of, root, s, c);
}

/* One that does not let us in is asked again after 1, 5 and 15 minutes: some lock whoever tries too often. New secrets
 * are tried at once. */
static enum err asked(struct scope *sc, const struct place *p, const struct files_settings *s)
{
    static const int32_t later_s[] = {60, 300, 900};
    int32_t refused = p->refused ? p->row->remote_refused + 1 : 0;
    int32_t later =
        refused ? later_s[(size_t)refused < ARRAY_LEN(later_s) ? refused - 1 : (int32_t)ARRAY_LEN(later_s) - 1] : 0;

    TRY(sc, q_file_watch_asked(sc,
                               &(struct q_file_watch_asked_in){
                                   .connection_id = p->of->connection_id,
                                   .again_s = later > s->remote.every_s ? later : (int32_t)s->remote.every_s,
                                   .refused = refused < 1000 ? refused : 1000,
                                   .fault = p->remote_fault,
                                   .version = p->row->version},
                               NULL));
    return db_commit(sc);
}

/* What acknowledges goes at once, wherever it goes to, but to a host that has just refused us. */
static enum err look(struct scope *sc, struct place *p)
{
    bool due = p->row->remote_due;
    struct files_settings s;
    struct connection c;

    TRY(sc, files_settings_of(sc, p->row->connector, p->row->settings, &s));
    TRY(sc, connection_get(sc, &p->of->connection_id, &c));
    TRY(sc, db_commit(sc));
    if (!s.remote.protocol || due)
        p->remote_fault = NULL;
    if (s.edi.us && (!s.remote.out || due || !p->row->remote_refused))
        judge(sc, p, files_edi_answer(sc, p->of, &c), s.remote.out != NULL);
    if (s.edi.us)
        judge(sc, p, files_sent_tell(sc, &p->of->connection_id, &s.edi), false);
    if (s.folder)
        judge(sc, p, folder_look(sc, p, &s, &c), false);
    if (!s.remote.protocol)
        return OK;
    if (due && s.remote.folder && !p->refused)
        judge(sc, p, files_remote_look(sc, p->of, &s, &c, &p->seen), true);
    if (!s.folder)
        p->again_s = s.remote.every_s;
    return due || p->refused ? asked(sc, p, &s) : OK;
}

enum err files_watch_run(struct scope *sc, const struct files_due *of)
{
    struct place p = {.of = of, .again_s = AGAIN_S};

    TRY(sc, q_file_watch_claim(
                sc, &(struct q_file_watch_claim_in){.connection_id = of->connection_id, .lease_s = LEASE_S}, &p.row));
    TRY(sc, db_commit(sc));
    if (!p.row)
        return OK;
    p.seen = p.row->seen;
    p.remote_fault = p.row->remote_fault;
    judge(sc, &p, look(sc, &p), false);
    TRY(sc, q_file_watch_ended(sc,
                               &(struct q_file_watch_ended_in){.connection_id = of->connection_id,
                                                               .fault = p.fault ? p.fault : p.remote_fault,
                                                               .again_s = (int32_t)p.again_s,
                                                               .seen = p.seen},
                               NULL));
    return db_commit(sc);
}
