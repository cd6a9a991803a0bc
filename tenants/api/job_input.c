#include "api/flow_int.h"
#include "api/job_int.h"
#include "audit/audit.h"
#include "walk/walk.h"

/* What a flow's job is about: as it came, and as people have made it since. */

struct edit_view {
    int64_t number, edited_at;
    const char *hash, *edited_by, *note;
};

static const struct wire_field edit_fields[] = {
    WIRE_INT(struct edit_view, number, 1, FLOWS_EDITS_MAX, "Which edit."),
    WIRE_TEXT(struct edit_view, hash, 64, "SHA-256 of what it made of it, hex."),
    WIRE_TEXT(struct edit_view, edited_by, 100, "Who edited it."),
    WIRE_TIME(struct edit_view, edited_at, "When."),
    WIRE_TEXT(struct edit_view, note, 500, "What they said of it; or null."),
    {},
};
static const struct wire edit_wire = {"JobEdit", sizeof(struct edit_view), edit_fields};

struct input_view {
    struct uuid job_id;
    struct str original, current;
    const char *original_hash, *current_hash, *given_by;
    int64_t received_at;
    struct wire_list edits;
};

static const struct wire_field input_fields[] = {
    WIRE_ID(struct input_view, job_id, "job", "The job."),
    WIRE_RAW(struct input_view, original, "What it was given or what was delivered, as it came. It never changes."),
    WIRE_TEXT(struct input_view, original_hash, 64, "SHA-256 of its octets, hex."),
    WIRE_TIME(struct input_view, received_at, "When it came."),
    WIRE_TEXT(struct input_view, given_by, 100, "Who began the run; null: it was delivered."),
    WIRE_RAW(struct input_view, current, "What the next try reads: the last edit, or the original."),
    WIRE_TEXT(struct input_view, current_hash, 64, "SHA-256 of its octets, hex."),
    WIRE_LIST(struct input_view, edits, &edit_wire, FLOWS_EDITS_MAX, "Every edit, the newest first."),
    {},
};
static const struct wire input_wire = {"JobInput", sizeof(struct input_view), input_fields};

struct edit_ask {
    struct str input;
    const char *note;
};

static const struct wire_field ask_fields[] = {
    WIRE_RAW(struct edit_ask, input, "What it is about from now on: any JSON, at most 1 MiB."),
    WIRE_TEXT_OR_NULL(struct edit_ask, note, 500, "Why, for those who read it later."),
    {},
};
static const struct wire ask_wire = {"JobInputEdit", sizeof(struct edit_ask), ask_fields};

static const char *hex(struct scope *sc, struct bytes hash)
{
    struct buf b;

    buf_init(&b, sc->arena, 2 * hash.n + 1);
    buf_hex(&b, hash.p, hash.n);
    return buf_cstr(&b);
}

static enum err edits_of(struct scope *sc, const struct flows_job *j, struct wire_list *out)
{
    struct flows_edit *v;
    struct edit_view *views;
    size_t n;

    TRY(sc, flows_edits(sc, j, &v, &n));
    views = ARENA_ARRAY(sc->arena, struct edit_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = (struct edit_view){v[i].number, v[i].edited_at_us, hex(sc, v[i].hash), v[i].edited_by, v[i].note};
    *out = (struct wire_list){views, n};
    return OK;
}

static enum err answer(struct scope *sc, struct rs *rs, const struct uuid *job_id)
{
    struct flows_input in;
    struct input_view view;
    struct flows_job j;

    TRY(sc, flows_job_get(sc, job_id, &j));
    TRY(sc, flows_input_get(sc, &j, &in));
    view = (struct input_view){.job_id = j.job_id,
                               .original = {in.original.p, in.original.n},
                               .current = {in.current.p, in.current.n},
                               .original_hash = hex(sc, in.original_hash),
                               .current_hash = hex(sc, in.current_hash),
                               .given_by = in.given_by,
                               .received_at = in.received_at_us};
    TRY(sc, edits_of(sc, &j, &view.edits));
    TRY(sc, audit_read_of(sc, &j.customer_id, "job.input.read", "job", &j.job_id));
    rs_version(sc, rs, j.edits + 1);
    return rs_json(sc, rs, 200, &input_wire, &view);
}

static enum err input_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "job_id", "job", &id));
    return answer(sc, rs, &id);
}

static void note(struct scope *sc, const struct flows_job *j, const char *why)
{
    audit_note(sc, &(struct audit_act){.action = "job.input.edit",
                                       .object_kind = "job",
                                       .object_id = j->job_id,
                                       .has_customer = true,
                                       .customer_id = j->customer_id,
                                       .reason = why});
}

static enum err input_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct edit_ask ask;
    struct walk_edited e = {.who = api_actor_text(sc)};
    struct flows_job j;
    struct uuid id;
    int64_t version;
    bool changed;

    TRY(sc, api_flow_writer(sc));
    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, rq_path_id(sc, rq, "job_id", "job", &id));
    TRY(sc, flows_job_get(sc, &id, &j));
    TRY(sc, rq_body(sc, rq, &ask_wire, &ask));
    if (version != j.edits + 1)
        return rq_stale(sc, j.edits + 1);
    TRY(sc, doc_parse(sc, ask.input, &e.input));
    e.seen = j.edits;
    e.note = ask.note;
    TRY(sc, walk_edit(sc, &j, &e, &changed));
    if (!changed)
        return rq_stale(sc, j.edits + 2);
    note(sc, &j, ask.note);
    return answer(sc, rs, &id);
}

#define INPUT "/v1/jobs/{job_id}/input"

const struct route api_job_input_routes[] = {
    {GET, INPUT, input_get, .may = PERMISSION_FLOWS_READ, .answers = &input_wire, .etag = true, .name = "jobs.input",
     .summary = "What a flow's job is about: as it came, as it is now, and who edited it."},
    {PUT, INPUT, input_put, .may = PERMISSION_FLOWS_RUN, .takes = &ask_wire, .answers = &input_wire, .etag = true,
     .name = "jobs.edit",
     .summary = "Edits what a flow's job is about that is held or was given up; the next try reads it."},
    {},
};
