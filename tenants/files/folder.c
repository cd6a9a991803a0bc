#include <string.h>

#include "db/db.h"
#include "files/files_int.h"
#include "files/shelf_int.h"
#include "obs/obs.h"
#include "q_files.h"
#include "sys/fault.h"
#include "sys/loop.h"

/* Files that are put into a folder. Each is moved away before it is read, kept, and moved again when its rows have been
 * read. A worker that dies in between leaves it in one of these places, and the next look goes on from there: what lies
 * in "taking" is either known, by the name it has there, or still to be kept. */

#define LYING_MOST 200

struct folder {
    const struct files_due *of;
    const char *root, *id;
    const struct files_settings *settings;
    const struct connection *connection;
};

static bool fits(const void *arg, const char *name)
{
    return files_name_fits(arg, name);
}

static enum err broken(struct scope *sc, const char *doing, int error)
{
    scope_detail(sc, "%s: %s", doing, strerror(error));
    return FAIL(sc, ERR_UNAVAILABLE, "the folder of files cannot be used: %s failed", doing);
}

static enum err move(struct scope *sc, const struct folder *f, const char *place, const char *name,
                     const struct uuid *file_id, bool failed)
{
    char unlike[UUID_TEXT_LEN + 1];
    struct shelf_move m = {f->root, f->id, place, name, unlike, failed, 0};

    uuid_format(file_id, unlike);
    TRY(sc, offload(shelf_move, &m));
    FAULT_POINT("folder.after_move");
    return m.error ? broken(sc, "moving a file that was read", m.error) : OK;
}

/* ---- keeping ---- */

/* *out_whole: it is not being written to. One that is stays where it is, for the next look. */
static enum err read_in(struct scope *sc, const struct folder *f, const struct shelf_file *file, struct files_new *out,
                        bool *out_whole)
{
    struct shelf_read r = {.root = f->root, .id = f->id, .place = file->place, .written_ns = file->written_ns};

    *out_whole = true;
    out->octets = file->octets;
    if (file->octets > FILES_OCTETS_MAX) {
        out->refused = arena_f(sc->arena, "the file is larger than %zu octets", FILES_OCTETS_MAX);
        return OK;
    }
    r.size = file->octets;
    r.to = arena_alloc(sc->arena, r.size + 1);
    TRY(sc, offload(shelf_read, &r));
    if (r.error)
        return broken(sc, "reading a file", r.error);
    *out_whole = !r.changed;
    out->body = (struct str){r.to, r.n};
    return OK;
}

static enum err keep(struct scope *sc, const struct folder *f, const struct shelf_file *file)
{
    struct files_new in = {.connection = f->connection,
                           .name = file->name,
                           .origin = "folder",
                           .origin_key = arena_f(sc->arena, "folder/%s", file->place),
                           .place = file->place};
    const struct q_file_known_row *known;
    struct files_file is;
    struct uuid id;
    bool again, whole;

    TRY(sc,
        q_file_known(sc, &(struct q_file_known_in){.connection_id = f->of->connection_id, .origin_key = in.origin_key},
                     &known));
    TRY(sc, db_commit(sc));
    if (known)
        return OK;
    TRY(sc, read_in(sc, f, file, &in, &whole));
    if (!whole)
        return OK;
    TRY(sc, files_add(sc, &in, &id, &again));
    if (again)
        TRY(sc, files_get(sc, &f->of->connection_id, &id, &is));
    TRY(sc, db_commit(sc));
    FAULT_POINT("folder.after_keep");
    return again ? move(sc, f, file->place, file->name, &id, strcmp(is.state, "failed") == 0) : OK;
}

/* ---- moving away ---- */

/* *io_worst: of files that could not be moved; they stay for the next look. */
static enum err put_away(struct scope *sc, const struct folder *f, enum err *io_worst)
{
    struct q_files_lying_rows rows;

    TRY(sc, q_files_lying(sc,
                          &(struct q_files_lying_in){
                              .connection_id = f->of->connection_id, .origin = "folder", .most = LYING_MOST},
                          &rows));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_files_lying_row *r = &rows.v[i];

        enum err e = move(sc, f, r->place, r->name, &r->file_id, strcmp(r->state, "failed") == 0);

        if (e != OK) {
            *io_worst = e;
            continue;
        }
        TRY(sc, q_file_moved(sc, &(struct q_file_moved_in){.file_id = r->file_id}, NULL));
        TRY(sc, db_commit(sc));
    }
    return OK;
}

/* A file's own scope: what it holds is not needed for the next. */
static enum err keep_apart(struct scope *sc, const struct folder *f, const struct shelf_file *file)
{
    struct scope *one = scope_new();
    enum err e;

    one->db = sc->db;
    one->tenant = sc->tenant;
    one->actor = sc->actor;
    e = keep(one, f, file);
    db_rollback(one);
    if (e != OK) {
        log_fault(LOG_WARN, "files", one, "a file of a folder was not taken");
        e = FAIL(sc, e, "%s", scope_fault(one)->message ? scope_fault(one)->message : "a file was not taken");
    }
    scope_free(one);
    return e;
}

enum err files_folder_look(struct scope *sc, const struct files_due *of, const char *root,
                           const struct files_settings *s, const struct connection *c)
{
    struct shelf *shelf = ARENA_NEW(sc->arena, struct shelf);
    char id[TYPEID_TEXT_MAX + 1];
    struct folder f = {of, root, id, s, c};
    enum err worst = OK;

    typeid_format("con", &of->connection_id, id);
    *shelf = (struct shelf){.root = root, .id = id, .fits = fits, .arg = s};
    TRY(sc, put_away(sc, &f, &worst));
    TRY(sc, offload(shelf_take, shelf));
    if (shelf->error)
        return broken(sc, shelf->doing, shelf->error);
    for (size_t i = 0; i < shelf->n; i++) { /* one that cannot be taken stops no other */
        enum err e = keep_apart(sc, &f, &shelf->files[i]);

        worst = e == OK ? worst : e;
    }
    if (worst != OK)
        return worst;
    if (shelf->stuck) {
        scope_detail(sc, "%s", strerror(shelf->stuck_error));
        return FAIL(sc, ERR_UNAVAILABLE, "%u files in the folder cannot be moved away, so they are not taken",
                    shelf->stuck);
    }
    if (shelf->unfit)
        return FAIL(sc, ERR_INVALID,
                    "%u things in the folder are no files that can be taken: a link, or a name that is longer than %d "
                    "octets or no text",
                    shelf->unfit, SHELF_NAME_MAX);
    return OK;
}
