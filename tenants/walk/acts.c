#include "base/timefmt.h"
#include "db/db.h"
#include "walk/walk_int.h"

/* The steps that ask somebody or change something. */

#define WAIT_US (INT64_C(5) * 1000000) /* between two looks at what is waited for */
#define KEY_MAX 300

/* The first of the name: what the flow says itself comes before what the message brings. */
static enum err role(struct scope *sc, struct walk *w, const struct flowdef_step *s, struct walk_role **out)
{
    TRY(sc, walk_roles(sc, w));
    for (size_t i = 0; i < w->role_count; i++)
        if (strcmp(w->roles[i].name, s->connection) == 0) {
            *out = &w->roles[i];
            return OK;
        }
    return FAIL(sc, ERR_HOLD, "the flow calls \"%s\", and no connection is set for that name", s->connection);
}

/* Whatever was set, and whenever: a try changes nothing that is live, and nothing live is lost in a try. */
static enum err stays(struct scope *sc, const struct walk *w, const struct flowdef_step *s, const struct link *l)
{
    const struct uuid *in = walk_environment(w);

    if (!in || uuid_equal(in, &link_connection(l)->environment_id))
        return OK;
    return FAIL(
        sc, ERR_HOLD,
        "the flow calls \"%s\", which is \"%s\" and works in another environment than this run: what is live and "
        "what is a try stay apart, so nothing was called; set a connection of the run's environment for that name",
        s->connection, link_connection(l)->name);
}

static enum err link_of(struct scope *sc, struct walk *w, const struct flowdef_step *s, struct link **out)
{
    struct walk_role *r;

    TRY(sc, role(sc, w, s, &r));
    if (!r->link) {
        TRY(sc, link_open(sc, &r->connection_id, &r->link));
        TRY(sc, stays(sc, w, s, r->link));
        link_lane(r->link, (enum lane)w->job->lane);
    }
    *out = r->link;
    return OK;
}

static enum err with_of(struct scope *sc, struct walk *w, const struct flowdef_step *s, const struct doc **out)
{
    struct doc *v = ARENA_NEW(sc->arena, struct doc);

    TRY(sc, walk_value(sc, w, s, s->expr, v));
    *out = expr_is_absent(*v) ? NULL : v;
    return OK;
}

/* ---- asking ---- */

enum err walk_call(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    struct ask ask = {.operation = s->operation};
    struct operation op;
    struct told told;
    struct link *l;

    TRY(sc, with_of(sc, w, s, &ask.with));
    TRY(sc, link_of(sc, w, s, &l));
    TRY(sc, link_operation(sc, l, s->operation, &op));
    if (op.changes)
        return FAIL(sc, ERR_HOLD, "%s of \"%s\" changes something: it is for a step of kind effect", s->operation,
                    link_connection(l)->name);
    TRY(sc, link_ask(sc, l, &ask, &told));
    walk_bind(sc, w, s->id, told.value ? *told.value : (struct doc){.kind = DOC_NULL});
    return OK;
}

/* ---- changing ---- */

struct change {
    struct walk *walk;
    struct link *link;
    struct ask ask;
    struct operation op;
};

static enum err change_enter(struct scope *sc, void *arg)
{
    struct change *c = arg;

    return link_enter_for(sc, c->link, &c->ask);
}

static enum err change_before(struct scope *sc, void *arg)
{
    struct change *c = arg;

    return link_hand_over(sc, c->link, &c->ask);
}

static void change_leave(void *arg)
{
    link_leave(((struct change *)arg)->link);
}

static void change_mark(void *arg, int64_t leave_by_us, int64_t due_us)
{
    link_mark(((struct change *)arg)->link, leave_by_us, due_us);
}

/* Where the same request twice is one change, sending again is the answer to not knowing. */
static enum err change_probe(struct scope *sc, void *arg, const char **out_ref)
{
    struct change *c = arg;
    struct ask ask = c->ask;
    struct told told;

    *out_ref = NULL;
    if (c->op.again == AGAIN_UPSERT || c->op.again == AGAIN_KEY)
        return OK;
    if (c->op.again == AGAIN_NONE)
        return FAIL(sc, ERR_HOLD,
                    "%s was sent to \"%s\" and no answer told what became of it; the system cannot be asked whether it "
                    "was done, so somebody must look",
                    ask.operation, link_connection(c->link)->name);
    ask.probe = true;
    TRY(sc, link_ask(sc, c->link, &ask, &told));
    *out_ref = told.found ? told.ref : NULL;
    return OK;
}

static enum err change_send(struct scope *sc, void *arg, const char **out_ref)
{
    struct change *c = arg;
    struct told told;

    TRY(sc, link_ask(sc, c->link, &c->ask, &told));
    *out_ref = told.ref;
    return OK;
}

static enum err change_hash(struct scope *sc, void *arg, uint8_t out[CRYPTO_HASH_BYTES])
{
    struct change *c = arg;

    return link_ask_hash(sc, c->link, &c->ask, out);
}

static bool change_answered(void *arg)
{
    return link_answered(((struct change *)arg)->link);
}

/* Of a change of which nobody knows whether it was made. By the flow's own pace where it says one, but not while what
 * was sent may still arrive. */
static void unknown_waits(struct walk *w, const struct effect *e)
{
    int64_t us = walk_pace(w), least = (int64_t)e->settle_ms * 1000 + 1000;

    if (!flowdef_head(w->def)->retry.said)
        return;
    if (e->answered && e->answered(e->arg))
        least = 0;
    w->job->retry_us = us > least ? us : least;
}

/* A key that was used does nothing again, and nobody is to believe that this run sent it. */
static enum err change_met(struct scope *sc, void *arg, const struct effect_met *m)
{
    struct change *c = arg;
    struct walk *w = c->walk;
    char job[TYPEID_TEXT_MAX + 1], at[TIME_TEXT_MAX];

    typeid_format("job", &m->job_id, job);
    time_format(m->confirmed_us - m->confirmed_us % 1000000, at);
    if (w->met_count++ == 0)
        w->met = arena_f(sc->arena, "%s of \"%s\" was made already by %s at %s", c->ask.operation, c->ask.key, job, at);
    return q_walk_met(sc, &(struct q_walk_met_in){.job_id = w->job->job_id, .effect_id = m->effect_id}, NULL);
}

/* In shadow: what would be sent is kept to be read, and nothing leaves. */
static enum err plan_only(struct scope *sc, struct walk *w, const struct flowdef_step *s, struct change *c)
{
    const char *request;

    TRY(sc, link_ask_shown(sc, c->link, &c->ask, &request));
    TRY(sc, flow_fence(sc, w->job));
    TRY(sc, q_walk_plan(sc,
                        &(struct q_walk_plan_in){.partner_id = sc->tenant.partner_id,
                                                 .customer_id = sc->tenant.customer_id,
                                                 .job_id = w->job->job_id,
                                                 .connection_id = link_connection(c->link)->connection_id,
                                                 .operation = c->ask.operation,
                                                 .effect_key = c->ask.key,
                                                 .request = request},
                        NULL));
    TRY(sc, db_commit(sc));
    walk_bind(sc, w, s->id, doc_make_text(str_of("")));
    return OK;
}

static enum err change_of(struct scope *sc, struct walk *w, const struct flowdef_step *s, struct change *out)
{
    *out = (struct change){.walk = w, .ask = {.operation = s->operation}};
    TRY(sc, walk_text(sc, w, s, s->key, "its key", KEY_MAX, &out->ask.key));
    TRY(sc, with_of(sc, w, s, &out->ask.with));
    TRY(sc, link_of(sc, w, s, &out->link));
    TRY(sc, link_operation(sc, out->link, s->operation, &out->op));
    if (!out->op.changes)
        return FAIL(sc, ERR_HOLD, "%s of \"%s\" changes nothing: it is for a step of kind call", s->operation,
                    link_connection(out->link)->name);
    return OK;
}

enum err walk_effect(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    struct effect e = {.operation = s->operation,
                       .enter = change_enter,
                       .leave = change_leave,
                       .mark = change_mark,
                       .probe = change_probe,
                       .send = change_send,
                       .hash = change_hash,
                       .met = change_met};
    struct change c;
    const char *ref;
    enum err result;

    TRY(sc, change_of(sc, w, s, &c));
    w->acts++;
    if (w->in.shadow)
        return plan_only(sc, w, s, &c);
    TRY(sc, walk_same(sc, w, &link_connection(c.link)->connection_id, s->operation, c.ask.key));
    e.key = c.ask.key;
    e.connection_id = link_connection(c.link)->connection_id;
    e.settle_ms = c.op.settle_ms;
    e.before = link_hands(sc, c.link, &c.ask) ? change_before : NULL;
    e.arg = &c;
    e.answered = c.op.again == AGAIN_UPSERT || c.op.again == AGAIN_KEY ? change_answered : NULL;
    result = effect_run(sc, w->job, &e, &ref);
    if (result == ERR_UPSTREAM_UNKNOWN)
        unknown_waits(w, &e);
    TRY(sc, result);
    walk_bind(sc, w, s->id, doc_make_text(str_of(ref)));
    return OK;
}

/* ---- waiting for what another job does ---- */

static const char *state_in_words(const char *state)
{
    if (!state)
        return "has not begun";
    if (strcmp(state, "rejected") == 0)
        return "was refused there";
    return strcmp(state, "unknown") == 0 ? "was sent, and no answer told yet what became of it" : "is under way";
}

enum err walk_wait(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    const struct q_walk_effect_row *row;
    struct walk_role *r;
    const char *key;

    TRY(sc, walk_text(sc, w, s, s->key, "the key of what it waits for", KEY_MAX, &key));
    TRY(sc, role(sc, w, s, &r));
    TRY(sc, q_walk_effect(sc,
                          &(struct q_walk_effect_in){
                              .connection_id = r->connection_id, .operation = s->operation, .effect_key = key},
                          &row));
    TRY(sc, db_commit(sc));
    if (row && strcmp(row->state, "confirmed") == 0) {
        walk_bind(sc, w, s->id, doc_make_text(str_of(row->external_ref ? row->external_ref : "")));
        return OK;
    }
    if (s->most_us && time_now_us() - w->in.received_at_us > s->most_us)
        return FAIL(sc, ERR_HOLD, "waited for %s of \"%s\" as long as the flow allows: it %s", s->operation, key,
                    state_in_words(row ? row->state : NULL));
    w->job->retry_us = WAIT_US;
    return FAIL(sc, ERR_UPSTREAM_BUSY, "waits for %s of \"%s\": it %s", s->operation, key,
                state_in_words(row ? row->state : NULL));
}

/* ---- another flow ---- */

enum err walk_flow(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    struct walk_given g = {.lane = -1, .shadow = w->in.shadow, .given_by = "flow", .parent_id = &w->job->job_id};
    const struct q_walk_called_row *row;
    char id[TYPEID_TEXT_MAX + 1];
    struct uuid job_id;

    TRY(sc, with_of(sc, w, s, &g.input));
    TRY(sc, q_walk_called(sc, &(struct q_walk_called_in){.name = s->name}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return FAIL(sc, ERR_HOLD, "there is no flow \"%s\" that works", s->name);
    typeid_format("job", &w->job->job_id, id);
    TRY(sc, walk_roles(sc, w));
    g.environment_id = walk_environment(w);
    g.flow_id = row->flow_id;
    g.version = row->current_version;
    g.origin_key = arena_f(sc->arena, "%s %s", id, walk_place(sc, w, s));
    w->acts++;
    TRY(sc, walk_prepare(sc, &g));
    TRY(sc, flow_fence(sc, w->job));
    TRY(sc, flow_pinned(sc, w->job));
    TRY(sc, walk_start(sc, &g, &job_id));
    return db_commit(sc);
}
