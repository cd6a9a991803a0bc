#include "base/timefmt.h"
#include "db/db.h"
#include "flows/flows.h"
#include "walk/walk_int.h"

/* How a job of a flow begins that is not about a message. */

enum err walk_message(struct scope *sc, const struct uuid *flow_id, int32_t version, const struct doc *body,
                      struct walk_plan *io)
{
    const struct flowdef *def;
    const char *key;
    enum err e = flows_compiled(sc, flow_id, version, &def);

    if (e == ERR_HOLD || e == ERR_NOT_FOUND) {
        scope_clear(sc);
        return OK;
    }
    TRY(sc, e);
    io->lane = flowdef_head(def)->lane;
    io->span_us = flowdef_head(def)->deadline_us;
    if (flowdef_key(sc->arena, def, body, time_now_us(), &key))
        io->key = key;
    return OK;
}

enum err walk_wrong(struct scope *sc, const char *code, const char *why)
{
    enum err e;

    scope_clear(sc);
    scope_item(sc, "/input", code, "%s", why);
    e = FAIL(sc, ERR_INVALID, "%s", why);
    scope_problem(sc, "validation", 422);
    return e;
}

enum err walk_written(struct scope *sc, const struct doc *input, struct str *out)
{
    struct buf b;

    buf_init(&b, sc->arena, WALK_INPUT_MAX);
    doc_write(&b, input);
    if (b.full)
        return walk_wrong(sc, "too_long", "what a run is given has at most 1 MiB");
    *out = (struct str){b.p, b.n};
    return OK;
}

enum err walk_prepare(struct scope *sc, struct walk_given *g)
{
    const struct flowdef *def;
    const char *key;

    TRY(sc, walk_written(sc, g->input, &g->body));
    TRY(sc, flows_compiled(sc, &g->flow_id, g->version, &def));
    if (!flowdef_key(sc->arena, def, g->input, time_now_us(), &key))
        return walk_wrong(sc, "no_key", arena_f(sc->arena, "the flow's key cannot be made of this: %s", key));
    g->key = key;
    g->deadline_us = time_now_us() + flowdef_head(def)->deadline_us;
    if (g->lane < 0)
        g->lane = flowdef_head(def)->lane;
    return OK;
}

enum err walk_start(struct scope *sc, const struct walk_given *g, struct uuid *out)
{
    struct uuid job_id = uuid_new();
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[TYPEID_TEXT_MAX + 1];
    struct q_walk_start_row row;

    typeid_format("job", &job_id, text);
    crypto_hash(g->body.p, g->body.n, hash);
    TRY(sc, q_walk_start(sc,
                         &(struct q_walk_start_in){.flow_id = g->flow_id,
                                                   .version = g->version,
                                                   .job_id = job_id,
                                                   .ordered = g->key != NULL,
                                                   .keyed = g->key != NULL && !g->queued,
                                                   .origin_key = g->origin_key ? g->origin_key : text,
                                                   .business_key = g->key ? g->key : text,
                                                   .lane = g->lane,
                                                   .shadow = g->shadow,
                                                   .given_by = g->given_by,
                                                   .deadline_us = g->deadline_us,
                                                   .body = {g->body.p, g->body.n},
                                                   .body_hash = {hash, sizeof(hash)},
                                                   .has_parent_id = g->parent_id != NULL,
                                                   .parent_id = g->parent_id ? *g->parent_id : job_id,
                                                   .has_environment_id = g->environment_id != NULL,
                                                   .environment_id = g->environment_id ? *g->environment_id : job_id},
                         &row));
    *out = row.job_id;
    return OK;
}
