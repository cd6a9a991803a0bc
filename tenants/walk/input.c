#include "db/db.h"
#include "flow/group.h"
#include "walk/walk_int.h"

/* What jobs are about, read for many jobs of a tenant at once. */

struct asked {
    const struct flow_job *job;
    const char *object;
    struct arena *keep; /* of who asks */
    struct q_walk_inputs_row row;
    bool there;
};

static void keep(struct asked *a, const struct q_walk_inputs_row *row)
{
    a->row = *row;
    a->row.body.p = arena_strndup(a->keep, row->body.p, row->body.n);
    a->row.flow_name = arena_strdup(a->keep, row->flow_name);
    a->there = true;
}

static enum err read_all(struct scope *sc, void *const *tickets, size_t n)
{
    struct uuid *jobs = ARENA_ARRAY(sc->arena, struct uuid, n);
    const char **objects = ARENA_ARRAY(sc->arena, const char *, n);
    struct q_walk_inputs_rows rows;

    for (size_t i = 0; i < n; i++) {
        struct asked *a = tickets[i];

        jobs[i] = a->job->job_id;
        objects[i] = a->object ? a->object : "";
    }
    db_commit_next(sc);
    TRY(sc, q_walk_inputs(
                sc, &(struct q_walk_inputs_in){.job_ids = jobs, .job_ids_n = n, .objects = objects, .objects_n = n},
                &rows));
    for (size_t i = 0; i < rows.n; i++)
        keep(tickets[rows.v[i].place - 1], &rows.v[i]);
    return OK;
}

enum err walk_read(struct scope *sc, struct walk *w)
{
    struct asked a = {.job = w->job, .object = flowdef_head(w->def)->object, .keep = sc->arena};
    const struct doc *d;

    TRY(sc, group_join(sc, read_all, &a));
    if (!a.there)
        return FAIL(sc, ERR_HOLD, "what the job is about is not there any more");
    w->in = a.row;
    TRY(sc, doc_parse(sc, (struct str){w->in.body.p, w->in.body.n}, &d));
    w->input = *d;
    return OK;
}
