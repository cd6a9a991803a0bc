#include "base/must.h"
#include "db/db.h"
#include "files/page_int.h"
#include "obs/obs.h"
#include "q_files.h"
#include "sys/fault.h"
#include "walk/walk.h"

/* A file's rows, a window of the file and some of its rows at a time. Where reading goes on moves in the transaction
 * that stores what is before it: whoever goes on after a crash finds either both or neither, and of two that read at
 * once the second finds that the first has passed. */

#define LEASE_S  60 /* how long some rows may take before another goes on */
#define WAIT_S   5  /* until it is looked again whether a flow takes the rows */
#define BROKEN_S 30

struct run {
    const struct files_due *of;
    struct scope *sc; /* the file's: what lasts as long as it is read */
    const struct q_file_claim_row *file;
    struct files_settings settings;
    struct q_file_flow_row flow;
    struct rows r;
    bool begun, ended;
    bool mine;       /* no other has passed here */
    int64_t refused; /* so far */
    files_notify *notify;
    void *arg;
};

/* A part of the file that is in hand. */
struct part {
    struct str raw;
    struct rows_window w;
    bool over; /* another part is needed */
};

/* The place in the database that the next step must find, and what a step moves it to. */
struct place {
    int64_t at, row;
    bool begun;
};

static struct place place_of(const struct run *run, int64_t at)
{
    return (struct place){at, run->r.number, run->begun};
}

static const char *text_of(struct scope *sc, const struct uuid *id)
{
    char *text = arena_alloc(sc->arena, UUID_TEXT_LEN + 1);

    uuid_format(id, text);
    return text;
}

/* What it is known by, and what its jobs run in order by. Without a key every row is a thing of its own. */
static enum err take(struct scope *sc, struct run *run, struct files_page *p, const struct rows_row *row)
{
    const char *object = run->settings.object, *file = text_of(sc, &run->of->file_id);
    struct files_taken t = {.topic = "file.row", .json = row->json};

    t.key = row->key ? arena_f(sc->arena, "%s:%s", object, row->key)
                     : arena_f(sc->arena, "%s:%s/%lld", object, file, (long long)row->number);
    t.dedupe = run->settings.once ? arena_f(sc->arena, "row/%s", t.key)
                                  : arena_f(sc->arena, "file/%s/%lld", file, (long long)row->number);
    TRY(sc, doc_parse(sc, row->json, &t.body));
    return files_page_take(sc, &run->flow, &t, p);
}

static enum err gather(struct scope *sc, struct run *run, struct part *part, struct files_page *p)
{
    struct rows_row row;

    while (p->n < FILES_PAGE_ROWS && p->refused_all < FILES_PAGE_ROWS)
        switch (rows_next(sc, &run->r, &part->w, &row)) {
        case ROWS_ROW:
            if (row.json.n <= WALK_INPUT_MAX) {
                TRY(sc, take(sc, run, p, &row));
                break;
            }
            row.reason = arena_f(sc->arena, "is larger than %u octets as JSON", WALK_INPUT_MAX);
            files_page_refuse(sc, p, &run->refused,
                              &(struct files_refused){row.number, row.line, row.column, row.reason});
            break;
        case ROWS_REFUSED:
            files_page_refuse(sc, p, &run->refused,
                              &(struct files_refused){row.number, row.line, row.column, row.reason});
            break;
        case ROWS_MORE:
            part->over = true;
            return OK;
        case ROWS_END:
            run->ended = true;
            return OK;
        }
    return OK;
}

/* ---- storing ---- */

/* taken: how many of the page's rows were new. */
static enum err move(struct scope *sc, struct run *run, const struct place *was, int64_t at, const struct files_page *p,
                     int64_t taken)
{
    const struct q_file_move_row *row;

    TRY(sc, q_file_move(sc,
                        &(struct q_file_move_in){.file_id = run->of->file_id,
                                                 .was_at = was->at,
                                                 .was_row = was->row,
                                                 .was_begun = was->begun,
                                                 .heading = rows_heading(sc->arena, &run->r),
                                                 .page_at = at,
                                                 .row_number = run->r.number,
                                                 .line = run->r.line,
                                                 .skipping = run->r.skipping,
                                                 .taken = taken,
                                                 .repeated = (int64_t)p->n - taken,
                                                 .refused = (int64_t)p->refused_all,
                                                 .ended = run->ended,
                                                 .lease_s = LEASE_S},
                        &row));
    run->mine = row != NULL;
    return OK;
}

/* run->mine false: another has passed here, and goes on. */
static enum err keep(struct scope *sc, struct run *run, const struct place *was, int64_t at, const struct files_page *p)
{
    struct q_file_store_rows jobs = {0};

    FAULT_POINT("file.before_store");
    if (p->n)
        TRY(sc, files_page_store(sc, run->of, &run->flow, p, &jobs));
    TRY(sc, move(sc, run, was, at, p, (int64_t)jobs.n));
    if (!run->mine) {
        db_rollback(sc);
        return OK;
    }
    TRY(sc, files_page_store_refused(sc, run->of, p));
    FAULT_POINT("file.before_commit");
    TRY(sc, db_commit(sc));
    FAULT_POINT("file.after_commit");
    run->begun = true;
    metric_add(METRIC_FILE_ROWS_TAKEN, (int64_t)jobs.n);
    metric_add(METRIC_FILE_ROWS_REFUSED, (int64_t)p->refused_all);
    files_page_announce(sc, &jobs, run->notify, run->arg);
    return OK;
}

/* ---- parts of the file ---- */

static struct scope *scope_beside(const struct scope *sc)
{
    struct scope *one = scope_new();

    one->db = sc->db;
    one->tenant = sc->tenant;
    one->actor = sc->actor;
    return one;
}

/* A failure of a scope of a part is the file's. */
static enum err passed(struct scope *sc, struct scope *one, enum err e)
{
    if (e == OK)
        return OK;
    if (e != ERR_INVALID)
        log_fault(LOG_WARN, "files", one, "some rows of a file could not be stored");
    return scope_fail(sc, e, __FILE__, __LINE__, "%s",
                      scope_fault(one)->message ? scope_fault(one)->message : err_info(e)->title);
}

static enum err page_of(struct scope *one, struct run *run, struct part *part, struct place *was)
{
    struct files_page *p = ARENA_NEW(one->arena, struct files_page);
    int64_t at;

    TRY(one, gather(one, run, part, p));
    at = rows_place(&run->r, &part->w, part->raw);
    TRY(one, keep(one, run, was, at, p));
    *was = place_of(run, at);
    return OK;
}

static enum err pages(struct scope *sc, struct run *run, struct part *part)
{
    struct place was = place_of(run, run->r.at);
    enum err e = OK;

    while (e == OK && run->mine && !part->over && !run->ended) {
        struct scope *one = scope_beside(sc);

        e = passed(sc, one, page_of(one, run, part, &was));
        db_rollback(one);
        scope_free(one);
    }
    rows_window_end(&run->r, &part->w, part->raw);
    return e;
}

/* What lasts longer than the part is made in the file's own scope. */
static enum err part_begin(struct scope *sc, struct run *run, struct part *part)
{
    const struct q_file_claim_row *f = run->file;

    if (run->r.format)
        return OK;
    if (!f->begun)
        return rows_begin(run->sc, &run->settings.format, &part->w, &run->r);
    (void)sc;
    run->r = (struct rows){.at = f->page_at, .number = f->row_number, .line = f->line, .skipping = f->skipping};
    run->begun = true;
    return rows_resume(run->sc, &run->settings.format, f->heading, &run->r);
}

static enum err part_in(struct scope *sc, struct run *run)
{
    int64_t at = run->r.format ? run->r.at : run->file->page_at;
    struct q_file_part_row row;
    struct part part = {0};

    TRY(sc,
        q_file_part(
            sc, &(struct q_file_part_in){.file_id = run->of->file_id, .from_at = at, .octets = (int32_t)ROWS_WINDOW},
            &row));
    TRY(sc, db_commit(sc));
    part.raw = (struct str){row.part.p, row.part.n};
    rows_window_make(sc->arena, &run->settings.format, part.raw, at + (int64_t)part.raw.n >= run->file->octets,
                     &part.w);
    TRY(sc, part_begin(sc, run, &part));
    return pages(sc, run, &part);
}

/* ---- the whole ---- */

static enum err fail(struct scope *sc, struct run *run, const char *why)
{
    why = arena_cut(sc->arena, why, 500);
    scope_clear(sc);
    db_rollback(sc);
    TRY(sc, q_file_fail(sc, &(struct q_file_fail_in){.file_id = run->of->file_id, .reason = why}, NULL));
    return db_commit(sc);
}

static enum err later(struct scope *sc, struct run *run, const char *why, int32_t seconds)
{
    why = arena_cut(sc->arena, why, 500);
    scope_clear(sc);
    db_rollback(sc);
    TRY(sc, q_file_wait(sc, &(struct q_file_wait_in){.file_id = run->of->file_id, .reason = why, .later_s = seconds},
                        NULL));
    return db_commit(sc);
}

static enum err parts(struct scope *sc, struct run *run)
{
    enum err e = OK;

    while (e == OK && run->mine && !run->ended) {
        struct scope *one = scope_beside(sc);

        /* The heading is what can be wrong with a file as a whole; it is read in the file's scope. */
        e = part_in(one, run);
        db_rollback(one);
        if (e != OK && !scope_fault(sc)->message)
            e = passed(sc, one, e);
        scope_free(one);
    }
    return e;
}

static enum err claim(struct scope *sc, struct run *run, bool *out)
{
    const struct q_file_flow_row *flow;

    *out = false;
    TRY(sc, q_file_claim(sc, &(struct q_file_claim_in){.file_id = run->of->file_id, .lease_s = LEASE_S}, &run->file));
    TRY(sc, db_commit(sc));
    if (!run->file)
        return OK;
    run->refused = run->file->refused;
    if (files_settings_of(sc, run->file->connector, run->file->settings, &run->settings) != OK)
        return fail(sc, run, "the connection's settings cannot be read");
    if (run->settings.edi.us) {
        *out = true;
        return OK;
    }
    TRY(sc, q_file_flow(
                sc, &(struct q_file_flow_in){.connection_id = run->of->connection_id, .object = run->settings.object},
                &flow));
    TRY(sc, db_commit(sc));
    if (!flow)
        return later(sc, run,
                     arena_f(sc->arena, "no flow takes a %s of \"%s\" yet; say which does, and its rows go on",
                             run->settings.object, run->file->connection_name),
                     WAIT_S);
    run->flow = *flow;
    *out = true;
    return OK;
}

enum err files_run(struct scope *sc, const struct files_due *of, files_notify *notify, void *arg)
{
    struct run run = {.of = of, .sc = sc, .mine = true, .notify = notify, .arg = arg};
    bool claimed;
    enum err e;

    TRY(sc, claim(sc, &run, &claimed));
    if (!claimed)
        return OK;
    e = run.settings.edi.us ? files_edi_run(sc, of, run.file, &run.settings, notify, arg) : parts(sc, &run);
    if (e == OK)
        return OK;
    if (e == ERR_HOLD)
        return later(sc, &run, scope_fault(sc)->message, WAIT_S);
    if (e == ERR_INVALID || e == ERR_TOO_LARGE)
        return fail(sc, &run, scope_fault(sc)->message);
    log_fault(LOG_WARN, "files", sc, "a file broke off");
    return later(sc, &run, "reading broke off, and goes on", BROKEN_S);
}

enum err files_look(struct scope *sc, const struct connection *c, struct str body)
{
    struct files_settings s;
    struct rows_window w;
    struct rows r;
    enum err e;

    TRY(sc, files_settings_of(sc, c->connector, c->settings, &s));
    if (s.edi.us)
        return files_edi_look(sc, body);
    if (body.n > ROWS_WINDOW)
        rows_window_make(sc->arena, &s.format, (struct str){body.p, ROWS_WINDOW}, false, &w);
    else
        rows_window_make(sc->arena, &s.format, body, true, &w);
    e = rows_begin(sc, &s.format, &w, &r);
    if (e == ERR_INVALID)
        scope_problem(sc, "file-invalid", 422);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}
