#include <string.h>

#include "db/db.h"
#include "q_watch.h"
#include "watch/watch_int.h"

const char *const watch_case_states[] = {"open", "accepted", "closed", NULL};

enum err case_put(struct scope *sc, const struct watch_copy *c, const struct watch_in *in,
                  const struct drift_deviation *d, struct uuid *out_id)
{
    struct q_case_put_row row;

    TRY(sc, q_case_put(sc,
                       &(struct q_case_put_in){.partner_id = c->partner_id,
                                               .customer_id = c->customer_id,
                                               .case_id = uuid_new(),
                                               .shape_id = c->shape_id,
                                               .connection_id = c->connection_id,
                                               .path = d->path,
                                               .what = drift_what_name(d->what),
                                               .expected = arena_cut(sc->arena, d->expected, 1024),
                                               .got = arena_cut(sc->arena, d->got, 1024),
                                               .other = d->other,
                                               .bearing = d->bearing,
                                               .action = drift_action_name(d->action),
                                               .met = in->again ? 0 : 1,
                                               .message_id = in->message_id,
                                               .sample = watch_sample(sc->arena, in->payload, d),
                                               .most = WATCH_OPEN_MAX},
                       &row));
    *out_id = row.case_id;
    return OK;
}

/* ---- who waits ---- */

/* Of these, those that somebody must still decide. Locked before what waits for them, as whoever accepts one does. */
static enum err undecided(struct scope *sc, const struct watch_wait *w, struct uuid **out, size_t *out_n)
{
    struct q_waiting_for_rows rows;

    TRY(sc, q_waiting_for(sc, &(struct q_waiting_for_in){.case_ids = w->cases, .case_ids_n = w->case_count}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct uuid, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = rows.v[i].case_id;
    *out_n = rows.n;
    return OK;
}

static enum err put_waiting(struct scope *sc, const struct watch_wait *w, const struct uuid *ids, size_t n)
{
    return q_waiting_put(sc,
                         &(struct q_waiting_put_in){.partner_id = sc->tenant.partner_id,
                                                    .customer_id = sc->tenant.customer_id,
                                                    .case_ids = ids,
                                                    .case_ids_n = n,
                                                    .kind = w->kind,
                                                    .waiting_id = w->waiting_id,
                                                    .message_id = w->message_id},
                         NULL);
}

enum err watch_waits(struct scope *sc, const struct watch_wait *w, bool *out_waits)
{
    struct q_waiting_let_go_row gone;
    struct uuid *ids;
    size_t n;

    TRY(sc, undecided(sc, w, &ids, &n));
    if (w->freed)
        TRY(sc, q_waiting_freed(sc,
                                &(struct q_waiting_freed_in){
                                    .kind = w->kind, .waiting_id = w->waiting_id, .message_id = w->message_id},
                                NULL));
    TRY(sc, q_waiting_let_go(sc,
                             &(struct q_waiting_let_go_in){
                                 .case_ids = ids, .case_ids_n = n, .kind = w->kind, .waiting_id = w->waiting_id},
                             &gone));
    *out_waits = gone.cases < (int64_t)n;
    return *out_waits ? put_waiting(sc, w, ids, n) : OK;
}

/* ---- as people see it ---- */

static struct watch_case case_of(const struct q_case_page_row *r)
{
    return (struct watch_case){.customer_id = r->customer_id,
                               .case_id = r->case_id,
                               .shape_id = r->shape_id,
                               .connection_id = r->connection_id,
                               .message_id = r->message_id,
                               .object = r->object,
                               .version = r->version,
                               .path = r->path,
                               .what = r->what,
                               .expected = r->expected,
                               .got = r->got,
                               .other = r->other,
                               .action = r->action,
                               .state = r->state,
                               .sample = r->sample,
                               .settled_by = r->settled_by,
                               .bearing = r->bearing,
                               .affected = r->affected,
                               .waiting = r->waiting,
                               .first_seen_us = r->first_seen_us,
                               .last_seen_us = r->last_seen_us,
                               .settled_at_us = r->has_settled_at ? r->settled_at_us : INT64_MIN};
}

static enum err page(struct scope *sc, const struct watch_filter *f, const struct uuid *case_id, size_t most,
                     struct q_case_page_rows *out)
{
    static const struct uuid last = {
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

    return q_case_page(sc,
                       &(struct q_case_page_in){.customer_id = f->customer_id,
                                                .connection_id = f->connection_id,
                                                .case_id = *case_id,
                                                .state = f->state ? f->state : "",
                                                .before = uuid_is_nil(&f->before) ? last : f->before,
                                                .most = (int32_t)most},
                       out);
}

enum err watch_case_list(struct scope *sc, const struct watch_filter *f, size_t most, struct watch_case **out,
                         size_t *out_n)
{
    struct q_case_page_rows rows;

    TRY(sc, page(sc, f, &(struct uuid){{0}}, most, &rows));
    *out = ARENA_ARRAY(sc->arena, struct watch_case, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = case_of(&rows.v[i]);
    *out_n = rows.n;
    return OK;
}

enum err watch_case_get(struct scope *sc, const struct uuid *id, struct watch_case *out)
{
    struct q_case_page_rows rows;

    TRY(sc, page(sc, &(struct watch_filter){.state = NULL}, id, 1, &rows));
    if (rows.n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such case");
    *out = case_of(&rows.v[0]);
    return OK;
}

enum err watch_case_waiting(struct scope *sc, const struct watch_case *c, size_t most, struct watch_waiting **out,
                            size_t *out_n)
{
    struct q_waiting_list_rows rows;

    TRY(sc, q_waiting_list(sc,
                           &(struct q_waiting_list_in){
                               .customer_id = c->customer_id, .case_id = c->case_id, .most = (int32_t)most},
                           &rows));
    *out = ARENA_ARRAY(sc->arena, struct watch_waiting, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct watch_waiting){rows.v[i].kind, rows.v[i].waiting_id};
    *out_n = rows.n;
    return OK;
}

/* ---- a person decides ---- */

/* The shape's row first, as workers lock them. */
static enum err settle(struct scope *sc, const struct watch_case *c, const char *state, const char *who)
{
    struct q_shape_of_row shape;
    struct drift_shape *s;
    enum drift_what what;
    int64_t n = 0;
    struct buf text;

    TRY(sc, q_shape_of(sc, &(struct q_shape_of_in){.customer_id = c->customer_id, .shape_id = c->shape_id}, &shape));
    TRY(sc, q_case_settle(sc,
                          &(struct q_case_settle_in){
                              .customer_id = c->customer_id, .case_id = c->case_id, .state = state, .who = who},
                          &n));
    if (n == 0)
        return FAIL(sc, ERR_CONFLICT, "the case is not open any more");
    s = watch_shape_read(sc, sc->arena, str_of(shape.body));
    if (drift_what_find(str_of(c->what), &what))
        (void)(strcmp(state, "accepted") == 0 ? drift_accept : drift_dismiss)(s, c->path, what);
    buf_init(&text, sc->arena, DRIFT_STORED_MAX + 1);
    drift_shape_write(sc->arena, &text, s);
    return q_shape_decide(
        sc,
        &(struct q_shape_decide_in){.customer_id = c->customer_id, .shape_id = c->shape_id, .body = buf_cstr(&text)},
        NULL);
}

enum err watch_case_accept(struct scope *sc, const struct watch_case *c, const char *who, struct watch_waiting **out,
                           size_t *out_n)
{
    struct q_waiting_free_rows rows;

    TRY(sc, settle(sc, c, "accepted", who));
    TRY(sc,
        q_waiting_free(sc, &(struct q_waiting_free_in){.customer_id = c->customer_id, .case_id = c->case_id}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct watch_waiting, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = (struct watch_waiting){rows.v[i].kind, rows.v[i].waiting_id};
    *out_n = rows.n;
    return OK;
}

static struct watch_still still_of(struct scope *sc, const struct q_waiting_still_row *r)
{
    struct drift_deviation d = {.path = r->path, .expected = r->expected, .got = r->got, .other = r->other};

    (void)drift_what_find(str_of(r->what), &d.what);
    return (struct watch_still){r->kind, r->waiting_id, watch_words(sc->arena, &d, (size_t)r->cases)};
}

enum err watch_case_still(struct scope *sc, const struct watch_case *c, struct watch_still **out, size_t *out_n)
{
    struct q_waiting_still_rows rows;

    TRY(sc,
        q_waiting_still(sc, &(struct q_waiting_still_in){.customer_id = c->customer_id, .case_id = c->case_id}, &rows));
    *out = ARENA_ARRAY(sc->arena, struct watch_still, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        (*out)[i] = still_of(sc, &rows.v[i]);
    *out_n = rows.n;
    return OK;
}

enum err watch_case_close(struct scope *sc, const struct watch_case *c, const char *who)
{
    return settle(sc, c, "closed", who);
}
