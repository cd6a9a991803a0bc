#include <stdlib.h>

#include "base/must.h"
#include "db/db.h"
#include "files/files.h"
#include "jobs/jobs_int.h"
#include "obs/obs.h"
#include "sys/fiber.h"

/* Files whose rows are to be read, and places that files come to. Every worker looks; each file and each place is
 * claimed. */

#define TICK_US INT64_C(500000)
#define AT_ONCE 4 /* of each kind, on a thread */

typedef enum err files_work(struct scope *sc, const struct files_due *of, struct jobs_files *f);

struct jobs_files {
    struct jobs_conf conf;
    bool stopping;
    unsigned fibers, reading, looking;
};

struct one {
    struct jobs_files *f;
    struct scope *sc; /* its own */
    struct files_due of;
    files_work *work;
    unsigned *count;
};

static void planned(void *arg, const struct flow_ticket *v, size_t n)
{
    const struct jobs_files *f = arg;

    jobs_push(f->conf.queue, v, n);
}

static enum err read_rows(struct scope *sc, const struct files_due *of, struct jobs_files *f)
{
    return files_run(sc, of, planned, f);
}

static enum err look(struct scope *sc, const struct files_due *of, struct jobs_files *f)
{
    (void)f;
    return files_watch_run(sc, of);
}

static void one_fiber(void *arg)
{
    struct one *o = arg;
    struct jobs_files *f = o->f;
    unsigned *count = o->count;
    struct scope *sc = o->sc;

    if (o->work(sc, &o->of, f) != OK)
        log_fault(LOG_WARN, "jobs", sc, "files could not be gone on with");
    db_rollback(sc);
    scope_free(sc);
    (*count)--;
    f->fibers--;
}

static void start(struct jobs_files *f, const struct files_due *of, files_work *work, unsigned *count)
{
    struct scope *sc = scope_new();
    struct one *o = ARENA_NEW(sc->arena, struct one);

    sc->db = f->conf.work;
    sc->tenant = (struct tenant){true, true, of->partner_id, of->customer_id, false, {{0}}};
    sc->actor = ACTOR_SYSTEM;
    *o = (struct one){f, sc, *of, work, count};
    if (!fiber_start(one_fiber, o)) {
        scope_free(sc);
        return;
    }
    (*count)++;
    f->fibers++;
}

static enum err ask(struct scope *sc, struct jobs_files *f)
{
    struct files_due *files = NULL, *watches = NULL;
    size_t n = 0, watch_n = 0;

    if (f->reading < AT_ONCE)
        TRY(sc, files_due(sc, AT_ONCE - f->reading, &files, &n));
    if (f->looking < AT_ONCE)
        TRY(sc, files_watches_due(sc, AT_ONCE - f->looking, &watches, &watch_n));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < n && !f->stopping; i++)
        start(f, &files[i], read_rows, &f->reading);
    for (size_t i = 0; i < watch_n && !f->stopping; i++)
        start(f, &watches[i], look, &f->looking);
    return OK;
}

static void files_fiber(void *arg)
{
    struct jobs_files *f = arg;

    while (!f->stopping) {
        struct scope *sc = scope_new();

        sc->db = f->conf.dispatch;
        if (ask(sc, f) != OK)
            log_fault(LOG_WARN, "jobs", sc, "which files are due could not be learned");
        db_rollback(sc);
        scope_free(sc);
        fiber_sleep_us(TICK_US);
    }
    f->fibers--;
}

struct jobs_files *jobs_files_open(const struct jobs_conf *conf)
{
    struct jobs_files *f = calloc(1, sizeof(*f));

    if (!f)
        out_of_memory();
    f->conf = *conf;
    f->fibers = 1;
    MUST_BE(fiber_start(files_fiber, f));
    return f;
}

void jobs_files_stop(struct jobs_files *f)
{
    f->stopping = true;
}

bool jobs_files_running(const struct jobs_files *f)
{
    return f->fibers > 0;
}

void jobs_files_close(struct jobs_files *f)
{
    free(f);
}
