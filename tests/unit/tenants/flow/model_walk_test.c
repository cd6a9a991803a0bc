#include "flow_kit.h"
#include "model_steps.h"

/* The model tells again by hand what effect.c and its statements do. So both are led along the same ways, drawn at
 * random, and compared after each step: the model, and the code with its fibers stopped wherever the model has a place.
 * Not among the steps are a database out of reach and a commit whose answer was lost.
 */
#define TICK     "1 hour"
#define TICK_MS  3600000
#define NEXT_MAX 64
#define STEPS    120
#define MOVING   (-1)

struct walk;

/* One try, in a fiber of its own. */
struct trying {
    struct walk *walk;
    struct flow_job job;
    int place; /* MOVING, or the enum place where it waits */
    struct waitq go;
    enum err answer; /* what it goes on with */
    const char *ref;
    bool ended;
};

struct walk {
    struct model m;
    struct model_state now;
    struct world w;
    struct uuid jobs[MODEL_JOBS];
    struct trying *tries[MODEL_WORKERS], *left[STEPS]; /* left: by a crash */
    int left_n;
    struct waitq moved;
    struct next {
        struct model_state s;
        const char *what;
        int at, job;
        bool fair;
    } next[NEXT_MAX];
    int next_n;
    uint64_t seed;
    unsigned places; /* that workers were at */
    char told[STEPS * 80];
};

static int draw(struct walk *k, int below)
{
    k->seed = k->seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((k->seed >> 33) % (uint64_t)below);
}

/* ---- the code's side ---- */

static void wait_at(struct trying *t, enum place place)
{
    t->place = (int)place;
    waitq_wake_all(&t->walk->moved);
    waitq_wait(&t->go, 0);
}

static enum err try_enter(struct scope *sc, void *arg)
{
    struct trying *t = arg;

    wait_at(t, DECIDE);
    return t->answer == OK ? OK : FAIL(sc, t->answer, "it was left");
}

static enum err try_probe(struct scope *sc, void *arg, const char **out_ref)
{
    struct trying *t = arg;

    wait_at(t, PROBE);
    *out_ref = t->ref;
    return t->answer == OK ? OK : FAIL(sc, t->answer, "the vendor does not answer");
}

static enum err try_send(struct scope *sc, void *arg, const char **out_ref)
{
    struct trying *t = arg;

    wait_at(t, MARKED);
    *out_ref = "42";
    return t->answer == OK ? OK : FAIL(sc, t->answer, "the vendor answered so");
}

static void try_fiber(void *arg)
{
    struct trying *t = arg;
    struct walk *k = t->walk;
    struct effect e = {.operation = "sale.create",
                       .key = "SHOPIFY-1",
                       .connection_id = k->w.connection,
                       .settle_ms = k->m.settle * TICK_MS,
                       .probe_first = k->m.probe_first,
                       .arg = t,
                       .enter = try_enter,
                       .probe = try_probe,
                       .send = try_send};
    struct scope *sc = scope_in(k->w.work, &k->w.t);
    const char *ref = "";
    enum err result = effect_run(sc, &t->job, &e, &ref);

    db_rollback(sc);
    scope_free(sc);
    t->ended = true;
    wait_at(t, result == OK ? END_DONE : err_info(result)->fate == FATE_REVIEW ? END_HELD : END_READY);
}

static void until_it_waits(struct trying *t)
{
    while (t->place == MOVING)
        waitq_wait(&t->walk->moved, 0);
}

static void go_on(struct trying *t)
{
    t->place = MOVING;
    waitq_wake_all(&t->go);
    until_it_waits(t);
    t->answer = OK;
}

static void try_begin(struct walk *k, int at, int job)
{
    struct trying *t = ARENA_NEW(test_scope()->arena, struct trying);
    struct uuid dispatcher = uuid_new();
    struct scope *sc = scope_in(k->w.dispatch, NULL);

    CHECK_OK(ledger_beat(sc, &dispatcher));
    scope_free(sc);
    CHECK_INT(claim(&k->w, &dispatcher, &k->jobs[job], 1, &t->job), 1);
    t->walk = k;
    t->place = MOVING;
    k->tries[at] = t;
    CHECK(fiber_start(try_fiber, t));
    until_it_waits(t);
}

static void try_end(struct walk *k, int at, enum place place)
{
    struct trying *t = k->tries[at];

    finish(&k->w, &t->job, place == END_DONE ? "done" : place == END_HELD ? "held" : "ready", 0, NULL);
    waitq_wake_all(&t->go);
    k->tries[at] = NULL;
}

/* However it was left, it goes on to its end, and whatever it writes is of a walk that is over. */
static void try_drop(struct trying *t)
{
    while (t && !t->ended) {
        t->answer = ERR_UNAVAILABLE;
        go_on(t);
    }
    if (t)
        waitq_wake_all(&t->go);
}

/* ---- one step on both sides ---- */

static enum err answer_of(enum place place)
{
    switch (place) {
    case ANSWER_NO:
        return ERR_UPSTREAM_NO;
    case ANSWER_PLANNED:
        return ERR_UPSTREAM_BUSY;
    case ANSWER_AUTH:
        return ERR_UPSTREAM_AUTH;
    case ANSWER_UNKNOWN:
        return ERR_UPSTREAM_UNKNOWN;
    default:
        return OK;
    }
}

static void move_worker(struct walk *k, int at, enum place from, enum place to)
{
    struct trying *t = k->tries[at];

    if (to == FLYING) /* nobody here notices */
        return;
    if (from >= END_DONE) {
        try_end(k, at, from);
    } else if (to >= ANSWER_OK && to <= ANSWER_UNKNOWN) {
        t->answer = from == MARKED ? ERR_UNAVAILABLE : answer_of(to);
    } else if (to == FOUND || to == ABSENT) {
        t->ref = to == FOUND ? "42" : NULL;
    } else {
        if (from == PROBE)
            t->answer = ERR_UNAVAILABLE;
        go_on(t);
        CHECK_INT(t->place, to);
    }
}

static void move_job(struct walk *k, const struct next *n)
{
    const char *job = id(&k->jobs[n->job]);

    if (k->now.job[n->job] == JOB_HELD) {
        sql("update job set state = 'ready', ended_at = null where job_id = '%s'", job);
        return;
    }
    sql("delete from dispatcher where dispatcher_id = (select lease_owner from job where job_id = '%s')", job);
    CHECK_INT(reclaim(&k->w, 60000000), 1);
}

static void move(struct walk *k, const struct next *n)
{
    if (strcmp(n->what, "is claimed") == 0)
        try_begin(k, n->at, n->job);
    else if (strcmp(n->what, "time goes by") == 0)
        sql("update effect set sent_at = sent_at - interval '" TICK "'");
    else if (strcmp(n->what, "crashes") == 0) {
        k->left[k->left_n++] = k->tries[n->at];
        k->tries[n->at] = NULL;
    } else if (n->at >= 0)
        move_worker(k, n->at, (enum place)k->now.w[n->at].place, (enum place)n->s.w[n->at].place);
    else if (n->job >= 0)
        move_job(k, n);
}

static const char *model_says(const struct walk *k)
{
    static const char *const names[] = {"ready", "leased", "held", "done", "cancelled"};
    const struct model_state *s = &k->now;
    struct arena *a = test_scope()->arena;
    const char *text = "";

    for (int j = 0; j < k->m.jobs; j++)
        text = arena_f(a, "%s%s %d, ", text, names[s->job[j]], s->epoch[j]);
    if (!s->effect)
        return arena_f(a, "%snone", text);
    if (model_effect(s) == EFFECT_CONFIRMED)
        return arena_f(a, "%sconfirmed", text);
    return arena_f(a, "%s%s of %d %d", text, effect_state_name(model_effect(s)), s->owner + 1, s->owner_epoch);
}

static const char *database_says(const struct walk *k)
{
    return sql(
        "select (select string_agg(state || ' ' || lease_epoch || ', ', '' order by job_id) from job) || coalesce("
        "(select case state when 'confirmed' then state else state || ' of ' || case job_id when '%s' then 1 else"
        " 2 end || ' ' || lease_epoch end from effect), 'none')",
        id(&k->jobs[0]));
}

/* ---- walking ---- */

static void walk_meet(struct model *m, const struct model_state *next)
{
    struct walk *k = m->arg;

    if (strcmp(m->what, "commits, and is not told so") == 0 || strcmp(m->what, "cannot reach the database") == 0)
        return;
    MUST_BE(k->next_n < NEXT_MAX);
    k->next[k->next_n++] = (struct next){*next, m->what, m->at, m->job, m->fair};
}

/* Fair ones rather, so that it gets somewhere. */
static struct next *draw_next(struct walk *k)
{
    for (int i = 0; i < 3; i++) {
        struct next *n = &k->next[draw(k, k->next_n)];

        if (n->fair || i == 2)
            return n;
    }
    return NULL;
}

static bool step(struct walk *k)
{
    struct model_state from = k->now;
    size_t told = strlen(k->told);
    struct next *n;

    k->next_n = 0;
    model_steps(&k->m, &from);
    n = draw_next(k);
    snprintf(k->told + told, sizeof(k->told) - told, "#   %d.%d %s\n", n->job + 1, n->at + 1, n->what);
    move(k, n);
    k->now = n->s;
    for (int i = 0; i < MODEL_WORKERS; i++)
        k->places |= 1u << k->now.w[i].place;
    if (strcmp(model_says(k), database_says(k)) == 0)
        return true;
    printf("%s", k->told);
    test_failed(__FILE__, __LINE__, "the model says \"%s\", the database \"%s\"", model_says(k), database_says(k));
    return false;
}

static void walk_begin(struct walk *k, uint64_t seed)
{
    sql("delete from effect; delete from attempt; delete from job; delete from dispatcher");
    k->seed = seed;
    k->now = (struct model_state){0};
    k->told[0] = '\0';
    k->left_n = 0;
    for (int j = 0; j < k->m.jobs; j++)
        k->jobs[j] = given_job(&k->w.t, &k->w.connection, "order", k->m.one_key || j == 0 ? "order:1" : "order:2");
    for (int j = k->m.jobs; j < MODEL_JOBS; j++)
        k->now.job[j] = JOB_DONE;
}

static void walk_end(struct walk *k)
{
    for (int i = 0; i < MODEL_WORKERS; i++) {
        try_drop(k->tries[i]);
        k->tries[i] = NULL;
    }
    for (int i = 0; i < k->left_n; i++)
        try_drop(k->left[i]);
}

static void walks(struct model m, int n)
{
    struct walk *k = ARENA_NEW(test_scope()->arena, struct walk);
    bool agree = true;

    world_make(&k->w);
    k->m = m;
    k->m.as_it_is = true;
    k->m.meet = walk_meet;
    k->m.arg = k;
    for (int i = 0; i < n && agree; i++) {
        walk_begin(k, (uint64_t)i);
        for (int j = 0; j < STEPS && agree; j++)
            agree = step(k);
        walk_end(k);
        if (!agree)
            printf("# walk %d\n", i);
    }
    CHECK_INT(k->places, (1u << (END_HELD + 1)) - 1); /* every one there is */
    world_end(&k->w);
}

TEST_IN_LOOP(the_code_does_with_one_job_what_the_model_says)
{
    walks((struct model){.workers = 2, .jobs = 1, .settle = 2}, 30);
}

TEST_IN_LOOP(the_code_does_with_two_jobs_of_one_key_what_the_model_says)
{
    walks((struct model){.workers = 3, .jobs = 2, .settle = 2, .one_key = true}, 30);
}

TEST_IN_LOOP(the_code_does_with_two_jobs_at_once_what_the_model_says)
{
    walks((struct model){.workers = 3, .jobs = 2, .settle = 2, .probe_first = true}, 80);
}
