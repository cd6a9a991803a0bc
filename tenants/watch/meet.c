#include <string.h>

#include "db/db.h"
#include "q_watch.h"
#include "sys/loop.h"
#include "watch/watch_int.h"

/* How copies of one shape meet: at its row. A copy is what its base says and what the thread has learnt since; the row
 * may have gone on meanwhile. What of the two was seen since the base is added to the other. */

static enum err policy_load(struct scope *sc, struct watch_copy *c)
{
    const struct q_drift_policy_for_row *row;

    TRY(sc, q_drift_policy_for(sc, &(struct q_drift_policy_for_in){.connection_id = c->connection_id}, &row));
    if (!row)
        c->policy = drift_policy_usual;
    else if (!watch_policy_parse(row->bearing, row->other, &c->policy))
        return FAIL(sc, ERR_INTERNAL, "a policy is none");
    return OK;
}

struct drift_shape *watch_shape_read(struct scope *sc, struct arena *keep, struct str text)
{
    struct fault before = sc->fault;
    struct drift_shape *s;

    if (text.n == 0)
        return drift_shape_new(keep);
    if (drift_shape_parse(sc, keep, text, &s) != OK) {
        sc->fault = before;
        return drift_shape_new(keep);
    }
    return s;
}

static enum err row_made(struct scope *sc, const struct watch_copy *c)
{
    return q_shape_add(sc,
                       &(struct q_shape_add_in){.partner_id = c->partner_id,
                                                .customer_id = c->customer_id,
                                                .shape_id = uuid_new(),
                                                .connection_id = c->connection_id,
                                                .object = c->object,
                                                .version = c->version,
                                                .most = WATCH_STORED_MAX},
                       NULL);
}

static enum err row_find(struct scope *sc, const struct watch_copy *c, const struct q_shape_load_row **out)
{
    return q_shape_load(
        sc, &(struct q_shape_load_in){.connection_id = c->connection_id, .object = c->object, .version = c->version},
        out);
}

enum err copy_load(struct scope *sc, struct watch_copy *c)
{
    const struct q_shape_load_row *row;
    struct arena *keep;

    TRY(sc, row_find(sc, c, &row));
    if (!row) {
        TRY(sc, row_made(sc, c));
        TRY(sc, row_find(sc, c, &row));
    }
    TRY(sc, policy_load(sc, c));
    TRY(sc, db_commit(sc));
    keep = arena_new();
    c->stored = row != NULL;
    copy_base_set(c, str_of(row ? row->body : ""));
    copy_shape_set(c, keep, watch_shape_read(sc, keep, c->base));
    if (row) {
        c->shape_id = row->shape_id;
        c->content = row->content;
        c->decisions = row->decisions;
    }
    c->saved_us = loop_now_us();
    return OK;
}

/* A person has decided since: the row's shape, which knows of that, and what this copy has seen besides. */
static void follow(struct scope *sc, struct watch_copy *c, struct str theirs)
{
    struct arena *keep = arena_new();
    struct drift_shape *s = watch_shape_read(sc, keep, theirs);

    drift_shape_take(s, c->shape, watch_shape_read(sc, sc->arena, c->base), false);
    copy_shape_set(c, keep, s);
    copy_known_clear(c);
}

static bool same_policy(const struct drift_policy *a, const struct drift_policy *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

enum err copy_meet(struct scope *sc, struct watch_copy *c)
{
    struct drift_policy was = c->policy;
    struct q_shape_lock_row row;
    bool decided;

    TRY(sc, q_shape_lock(sc, &(struct q_shape_lock_in){.shape_id = c->shape_id, .content = c->content}, &row));
    TRY(sc, policy_load(sc, c));
    decided = row.decisions != c->decisions;
    if (row.content != c->content) {
        struct str theirs = str_of(row.body);

        if (decided)
            follow(sc, c, theirs);
        else
            drift_shape_take(c->shape, watch_shape_read(sc, sc->arena, theirs),
                             watch_shape_read(sc, sc->arena, c->base), true);
        copy_base_set(c, theirs);
        c->content = row.content;
        c->decisions = row.decisions;
    }
    c->turn += decided || !same_policy(&was, &c->policy);
    return OK;
}

/* How often known cases were met, as it was written. */
struct met {
    struct uuid ids[WATCH_TOLD_MAX];
    int64_t times[WATCH_TOLD_MAX];
    size_t n;
};

static enum err met_save(struct scope *sc, const struct watch_copy *c, struct met *m)
{
    m->n = 0;
    for (size_t i = 0; i < c->known_count; i++)
        if (c->known[i].affected) {
            m->ids[m->n] = c->known[i].case_id;
            m->times[m->n++] = c->known[i].affected;
        }
    if (m->n == 0)
        return OK;
    return q_case_met(
        sc, &(struct q_case_met_in){.case_ids = m->ids, .case_ids_n = m->n, .met = m->times, .met_n = m->n}, NULL);
}

/* What others have met meanwhile is for the next time. */
static void met_forget(struct watch_copy *c, const struct met *m)
{
    for (size_t i = 0; i < m->n; i++)
        for (size_t k = 0; k < c->known_count; k++)
            if (uuid_equal(&c->known[k].case_id, &m->ids[i]))
                c->known[k].affected -= m->times[i];
}

enum err copy_save(struct scope *sc, struct watch_copy *c)
{
    uint64_t unsaved = c->unsaved;
    struct buf text;
    struct met met;

    TRY(sc, met_save(sc, c, &met));
    buf_init(&text, sc->arena, DRIFT_STORED_MAX + 1);
    drift_shape_write(sc->arena, &text, c->shape);
    TRY(sc, q_shape_write(sc,
                          &(struct q_shape_write_in){.shape_id = c->shape_id,
                                                     .body = buf_cstr(&text),
                                                     .payloads = (int64_t)drift_shape_payloads(c->shape),
                                                     .fields = (int32_t)drift_shape_paths(c->shape) - 1},
                          NULL));
    TRY(sc, db_commit(sc));
    met_forget(c, &met);
    copy_base_set(c, buf_str(&text));
    c->content++;
    c->unsaved -= unsaved;
    c->saved_us = loop_now_us();
    return OK;
}
