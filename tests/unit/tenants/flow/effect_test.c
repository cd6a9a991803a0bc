#include "flow_kit.h"

#define MINUTE INT64_C(60000000)

/* A vendor that does as it is told, and counts. */
struct vendor {
    enum err send_result, probe_result;
    bool there; /* the thing exists */
    bool acts;  /* a send makes it, whatever it answers */
    int sends, probes;
    char trace[32];
    void (*during_send)(struct vendor *v);
    enum err enter_result;
    void (*during_enter)(void);
    int places; /* taken at the account */
    int enters;
    int64_t leave_by_us, due_us, deadline_us; /* deadline_us: of the scope, from now */
    uint8_t content;                          /* of what would be sent */
    bool strict;                              /* hold when it differs */
    bool hands;                               /* something goes before the change */
    enum err before_result;
    const char *key; /* NULL: that of all the others */
};

static void trace(struct vendor *v, const char *what)
{
    strncat(v->trace, what, sizeof(v->trace) - strlen(v->trace) - 1);
}

static enum err vendor_send(struct scope *sc, void *arg, const char **out_ref)
{
    struct vendor *v = arg;

    CHECK(v->places > 0);
    v->sends++;
    trace(v, "s");
    if (v->during_send)
        v->during_send(v);
    if (v->acts)
        v->there = true;
    if (v->send_result != OK)
        return FAIL(sc, v->send_result, "the vendor answered so");
    *out_ref = "42";
    return OK;
}

static enum err vendor_probe(struct scope *sc, void *arg, const char **out_ref)
{
    struct vendor *v = arg;

    v->probes++;
    trace(v, "p");
    if (v->probe_result != OK)
        return FAIL(sc, v->probe_result, "the vendor does not answer");
    *out_ref = v->there ? "42" : NULL;
    return OK;
}

static enum err vendor_enter(struct scope *sc, void *arg)
{
    struct vendor *v = arg;

    if (v->enter_result != OK)
        return FAIL(sc, v->enter_result, "no place");
    if (v->during_enter)
        v->during_enter();
    v->places++;
    v->enters++;
    return OK;
}

/* The change is planned then, and no place at the account is held. */
static enum err vendor_before(struct scope *sc, void *arg)
{
    struct vendor *v = arg;

    CHECK_INT(v->places, 0);
    CHECK_STR(sql("select state from effect where effect_key = '%s'", v->key ? v->key : "SHOPIFY-1"), "planned");
    trace(v, "b");
    return v->before_result == OK ? OK : FAIL(sc, v->before_result, "it was not taken");
}

static void vendor_mark(void *arg, int64_t leave_by_us, int64_t due_us)
{
    struct vendor *v = arg;

    CHECK(v->places > 0);
    v->leave_by_us = leave_by_us;
    v->due_us = due_us;
}

static enum err vendor_hash(struct scope *sc, void *arg, uint8_t out[CRYPTO_HASH_BYTES])
{
    (void)sc;
    memset(out, ((struct vendor *)arg)->content, CRYPTO_HASH_BYTES);
    return OK;
}

static void vendor_leave(void *arg)
{
    ((struct vendor *)arg)->places--;
}

static enum err effect_of(struct world *w, struct flow_job *job, struct vendor *v, int settle_ms, bool probe_first)
{
    struct effect e = {.operation = "sale.create",
                       .key = v->key ? v->key : "SHOPIFY-1",
                       .connection_id = w->connection,
                       .settle_ms = settle_ms,
                       .probe_first = probe_first,
                       .arg = v,
                       .enter = vendor_enter,
                       .leave = vendor_leave,
                       .before = v->hands ? vendor_before : NULL,
                       .mark = vendor_mark,
                       .probe = vendor_probe,
                       .send = vendor_send,
                       .hash = v->content ? vendor_hash : NULL,
                       .differs = v->strict ? "it was changed" : NULL};
    struct scope *sc = scope_in(w->work, &w->t);
    const char *ref = "";
    enum err e_run;

    sc->deadline_us = v->deadline_us ? loop_now_us() + v->deadline_us : 0;
    e_run = effect_run(sc, job, &e, &ref);

    if (e_run == OK)
        CHECK_STR(ref, "42");
    db_rollback(sc);
    scope_free(sc);
    job->events.n = 0; /* what they say was in that scope */
    return e_run;
}

static const char *ledger(void)
{
    return sql("select state, sends, probes, external_ref from effect");
}

static struct uuid given_running(struct world *w, const char *business_key, struct flow_job *out)
{
    struct uuid j = given_job(&w->t, &w->connection, "order", business_key);

    CHECK_INT(claim(w, &w->me, &j, 1, out), 1);
    return j;
}

/* The next try of the same job. */
static void again(struct world *w, struct flow_job *job)
{
    struct uuid j = job->job_id;

    finish(w, job, "ready", 0, NULL);
    CHECK_INT(claim(w, &w->me, &j, 1, job), 1);
}

/* What it holds is in the database before an octet leaves. */
static void see_sent(struct vendor *v)
{
    CHECK_STR(ledger(), "sent|1|0|");
    CHECK_STR(sql("select count(*) from pg_locks where relation = 'effect'::regclass"), "0");
    v->during_send = NULL;
}

TEST_IN_LOOP(a_change_is_marked_as_sent_before_it_leaves_and_confirmed_after)
{
    struct vendor v = {.acts = true, .during_send = see_sent};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_OK(effect_of(&w, &job, &v, 1000, false));
    CHECK_STR(v.trace, "s");
    CHECK(!v.during_send);
    CHECK_STR(ledger(), "confirmed|1|0|42");
    CHECK_OK(effect_of(&w, &job, &v, 1000, false)); /* a second asking finds it done */
    again(&w, &job);
    CHECK_OK(effect_of(&w, &job, &v, 1000, true));
    CHECK_STR(v.trace, "s");
    world_end(&w);
}

TEST_IN_LOOP(what_exists_already_is_found_and_not_made)
{
    struct vendor v = {.there = true};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_OK(effect_of(&w, &job, &v, 1000, true));
    CHECK_STR(v.trace, "p");
    CHECK_STR(ledger(), "confirmed|0|1|42");
    world_end(&w);
}

TEST_IN_LOOP(what_does_not_exist_is_looked_for_first_and_made_then)
{
    struct vendor v = {.acts = true};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_OK(effect_of(&w, &job, &v, 1000, true));
    CHECK_STR(v.trace, "ps");
    CHECK_STR(ledger(), "confirmed|1|1|42");
    world_end(&w);
}

TEST_IN_LOOP(an_unknown_outcome_waits_settles_and_is_probed_before_anything_is_sent)
{
    static const enum err lost[] = {ERR_UPSTREAM_UNKNOWN, ERR_TIMEOUT, ERR_CANCELLED, ERR_INTERNAL};

    for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
        struct vendor v = {.acts = true, .send_result = lost[i]};
        struct flow_job job;
        struct world w;

        world_make(&w);
        given_running(&w, "order:1", &job);
        CHECK_ERR(effect_of(&w, &job, &v, 60000, false), lost[i]);
        CHECK_STR(ledger(), "unknown|1|0|");
        CHECK(job.retry_us > MINUTE);
        again(&w, &job);
        CHECK_ERR(effect_of(&w, &job, &v, 60000, false), ERR_UPSTREAM_BUSY);
        CHECK(job.retry_us > 0 && job.retry_us <= MINUTE + 1000);
        CHECK_STR(v.trace, "s");
        sql("update effect set sent_at = now() - interval '61 seconds'");
        CHECK_OK(effect_of(&w, &job, &v, 60000, false));
        CHECK_STR(v.trace, "sp");
        CHECK_STR(ledger(), "confirmed|1|1|42");
        world_end(&w);
    }
}

TEST_IN_LOOP(only_a_probe_that_saw_nothing_allows_a_second_send)
{
    struct vendor v = {.send_result = ERR_UPSTREAM_UNKNOWN, .probe_result = ERR_UPSTREAM_BUSY};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_ERR(effect_of(&w, &job, &v, 0, false), ERR_UPSTREAM_UNKNOWN);
    again(&w, &job);
    CHECK_ERR(effect_of(&w, &job, &v, 0, false), ERR_UPSTREAM_BUSY); /* the probe gave no answer */
    CHECK_STR(ledger(), "unknown|1|0|");
    again(&w, &job);
    v.probe_result = OK;
    v.send_result = OK;
    CHECK_OK(effect_of(&w, &job, &v, 0, false));
    CHECK_STR(v.trace, "spps");
    CHECK_STR(ledger(), "confirmed|2|1|42");
    world_end(&w);
}

TEST_IN_LOOP(without_a_place_at_the_account_nothing_is_marked_as_sent)
{
    struct vendor v = {.acts = true, .enter_result = ERR_UPSTREAM_AUTH};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_ERR(effect_of(&w, &job, &v, 60000, false), ERR_UPSTREAM_AUTH);
    CHECK_STR(sql("select count(*) from effect where state <> 'planned'"), "0");
    CHECK_STR(v.trace, "");
    v.enter_result = OK;
    v.send_result = ERR_UPSTREAM_BUSY;
    CHECK_ERR(effect_of(&w, &job, &v, 60000, false), ERR_UPSTREAM_BUSY);
    CHECK_INT(v.places, 0);
    v.send_result = OK;
    CHECK_OK(effect_of(&w, &job, &v, 60000, false));
    CHECK_INT(v.places, 0);
    world_end(&w);
}

TEST_IN_LOOP(what_goes_before_a_change_leaves_nothing_unknown_when_it_fails)
{
    struct vendor v = {.acts = true, .hands = true, .before_result = ERR_UPSTREAM_BUSY};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_ERR(effect_of(&w, &job, &v, 60000, false), ERR_UPSTREAM_BUSY);
    CHECK_STR(ledger(), "planned|0|0|");
    CHECK_STR(v.trace, "b");
    v.before_result = OK;
    CHECK_OK(effect_of(&w, &job, &v, 60000, false));
    CHECK_STR(v.trace, "bbs");
    CHECK_STR(ledger(), "confirmed|1|0|42");
    CHECK_INT(v.enters, 1);
    CHECK_OK(effect_of(&w, &job, &v, 60000, false)); /* found made: nothing goes before it, and no turn is taken */
    CHECK_STR(v.trace, "bbs");
    CHECK_INT(v.enters, 1);
    world_end(&w);
}

TEST_IN_LOOP(a_newer_document_waits_until_the_older_is_settled)
{
    struct vendor older = {.acts = true, .hands = true, .before_result = ERR_LIMIT, .key = "feed:1"},
                  newer = {.acts = true, .hands = true, .key = "feed:2"};
    struct flow_job first, second;
    struct world w;

    world_make(&w);
    given_running(&w, "feed:1", &first);
    given_running(&w, "feed:2", &second);
    CHECK_ERR(effect_of(&w, &first, &older, 60000, false), ERR_LIMIT); /* planned, and its turn did not come */
    CHECK_ERR(effect_of(&w, &second, &newer, 60000, false), ERR_UPSTREAM_BUSY);
    CHECK_STR(newer.trace, "");
    CHECK(second.retry_us > 0);
    older.before_result = OK;
    CHECK_OK(effect_of(&w, &first, &older, 60000, false));
    CHECK_OK(effect_of(&w, &second, &newer, 60000, false));
    CHECK_STR(newer.trace, "bs");
    world_end(&w);
}

TEST_IN_LOOP(a_refusal_is_recorded_and_looked_into_before_it_is_asked_again)
{
    for (int did_it = 0; did_it < 2; did_it++) {
        struct vendor v = {.send_result = ERR_UPSTREAM_NO, .acts = did_it};
        struct flow_job job;
        struct world w;

        world_make(&w);
        given_running(&w, "order:1", &job);
        CHECK_ERR(effect_of(&w, &job, &v, 60000, false), ERR_UPSTREAM_NO);
        CHECK_STR(ledger(), "rejected|1|0|");
        CHECK_STR(sql("select reason from effect"), "the vendor answered so");
        again(&w, &job);
        v.send_result = OK;
        CHECK_OK(effect_of(&w, &job, &v, 60000, false)); /* refused for certain: nothing to wait for */
        CHECK_STR(v.trace, did_it ? "sp" : "sps");
        CHECK_STR(ledger(), did_it ? "confirmed|1|1|42" : "confirmed|2|1|42");
        world_end(&w);
    }
}

TEST_IN_LOOP(what_never_left_is_planned_again)
{
    static const enum err not_left[] = {ERR_UNAVAILABLE, ERR_UPSTREAM_BUSY, ERR_HOLD, ERR_LIMIT};

    for (size_t i = 0; i < ARRAY_LEN(not_left); i++) {
        struct vendor v = {.send_result = not_left[i]};
        struct flow_job job;
        struct world w;

        world_make(&w);
        given_running(&w, "order:1", &job);
        CHECK_ERR(effect_of(&w, &job, &v, 60000, false), not_left[i]);
        CHECK_STR(ledger(), "planned|1|0|");
        v.send_result = OK;
        CHECK_OK(effect_of(&w, &job, &v, 60000, false));
        CHECK_STR(v.trace, "ss");
        world_end(&w);
    }
}

/* The answer of the first send only. */
static void end_the_session_once(struct vendor *v)
{
    v->send_result = v->sends == 1 ? ERR_UPSTREAM_AUTH : OK;
    v->acts = v->sends != 1;
}

TEST_IN_LOOP(an_ended_session_is_renewed_with_a_mark_of_its_own)
{
    struct vendor v = {.during_send = end_the_session_once};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_OK(effect_of(&w, &job, &v, 60000, false));
    CHECK_STR(v.trace, "ss");
    CHECK_STR(ledger(), "confirmed|2|0|42");
    CHECK_INT(v.enters, 2);
    world_end(&w);
}

TEST_IN_LOOP(an_ended_session_needs_what_goes_before_anew)
{
    struct vendor v = {
        .acts = true, .hands = true, .send_result = ERR_UPSTREAM_AUTH, .during_send = end_the_session_once};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_OK(effect_of(&w, &job, &v, 60000, false));
    CHECK_STR(v.trace, "bsbs");
    world_end(&w);
}

TEST_IN_LOOP(a_session_that_ends_again_is_left_for_another_time)
{
    struct vendor v = {.send_result = ERR_UPSTREAM_AUTH};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_ERR(effect_of(&w, &job, &v, 60000, false), ERR_UPSTREAM_AUTH);
    CHECK_STR(v.trace, "ss");
    CHECK_STR(ledger(), "planned|2|0|");
    world_end(&w);
}

TEST_IN_LOOP(what_is_sent_has_a_quarter_of_the_settle_time_to_leave_and_half_more_to_answer)
{
    struct vendor v = {.acts = true};
    int64_t before = time_boot_us();
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_OK(effect_of(&w, &job, &v, 40000, false));
    CHECK(v.leave_by_us >= before + 10000000 && v.leave_by_us <= time_boot_us() + 10000000);
    CHECK_INT(v.due_us - v.leave_by_us, 20000000);
    world_end(&w);
}

TEST_IN_LOOP(nothing_is_marked_that_the_try_has_no_time_for)
{
    struct vendor v = {.acts = true, .deadline_us = MINUTE / 4};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_ERR(effect_of(&w, &job, &v, 40000, false), ERR_TIMEOUT);
    CHECK_STR(sql("select count(*) from effect where state <> 'planned'"), "0");
    CHECK_STR(v.trace, "");
    world_end(&w);
}

TEST_IN_LOOP(what_was_sent_before_must_be_what_would_be_sent_now)
{
    static const char *const ends[] = {"confirmed", "unknown"};

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct vendor v = {.acts = true, .send_result = i ? ERR_UPSTREAM_UNKNOWN : OK, .content = 1, .strict = true};
        struct flow_job job;
        struct world w;

        world_make(&w);
        given_running(&w, "order:1", &job);
        CHECK_ERR(effect_of(&w, &job, &v, 0, false), v.send_result);
        again(&w, &job);
        CHECK_STR(sql("select state from effect"), ends[i]);
        CHECK_OK(effect_of(&w, &job, &v, 0, false));
        again(&w, &job);
        v.content = 2;
        CHECK_ERR(effect_of(&w, &job, &v, 0, false), ERR_HOLD);
        v.strict = false;
        CHECK_OK(effect_of(&w, &job, &v, 0, false));
        CHECK_INT(v.sends, 1);
        world_end(&w);
    }
}

TEST_IN_LOOP(a_change_found_by_a_probe_is_held_as_well_when_it_differs)
{
    struct vendor v = {.acts = true, .send_result = ERR_UPSTREAM_UNKNOWN, .content = 1, .strict = true};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_ERR(effect_of(&w, &job, &v, 0, false), ERR_UPSTREAM_UNKNOWN);
    again(&w, &job);
    v.content = 2;
    CHECK_ERR(effect_of(&w, &job, &v, 0, false), ERR_HOLD);
    CHECK_STR(v.trace, "sp");
    CHECK_STR(ledger(), "confirmed|1|1|42");
    world_end(&w);
}

TEST_IN_LOOP(what_was_given_up_is_never_sent)
{
    struct vendor v = {.acts = true};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    v.enter_result = ERR_UPSTREAM_AUTH;
    v.probe_result = OK;
    CHECK_ERR(effect_of(&w, &job, &v, 0, false), ERR_UPSTREAM_AUTH);
    v.enter_result = OK;
    sql("insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id,"
        " lease_epoch, state) values ('%s', '%s', '%s', '%s', 'sale.create', 'SHOPIFY-1', '%s', 1, 'superseded')",
        id(&w.t.partner_id), id(&w.t.customer_id), id(&job.job_id), id(&w.connection), id(&job.job_id));
    CHECK_ERR(effect_of(&w, &job, &v, 0, false), ERR_HOLD);
    CHECK_STR(v.trace, "");
    CHECK_STR(ledger(), "superseded|0|0|");
    world_end(&w);
}

TEST_IN_LOOP(a_crash_after_the_mark_is_an_unknown_outcome_for_who_comes_next)
{
    struct uuid dead = uuid_new(), j;
    struct vendor v = {.there = true};
    struct flow_job late, job;
    struct world w;

    world_make(&w);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    CHECK_INT(claim(&w, &dead, &j, 1, &late), 1);
    sql("insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id,"
        " lease_epoch, state, sends, sent_at) values ('%s', '%s', '%s', '%s', 'sale.create', 'SHOPIFY-1', '%s', 1,"
        " 'sent', 1, now())",
        id(&w.t.partner_id), id(&w.t.customer_id), id(&j), id(&w.connection), id(&j));
    CHECK_INT(reclaim(&w, MINUTE), 1);
    CHECK_INT(claim(&w, &w.me, &j, 1, &job), 1);
    CHECK_ERR(effect_of(&w, &job, &v, 60000, false), ERR_UPSTREAM_BUSY);
    CHECK_STR(v.trace, "");
    sql("update effect set sent_at = now() - interval '61 seconds'");
    CHECK_ERR(effect_of(&w, &late, &v, 60000, false), ERR_FENCED);
    CHECK_STR(v.trace, "");
    CHECK_OK(effect_of(&w, &job, &v, 60000, false));
    CHECK_STR(v.trace, "p");
    CHECK_STR(ledger(), "confirmed|1|1|42");
    world_end(&w);
}

/* Another worker takes the job over while the request is on its way. */
static void lose_the_lease(struct vendor *v)
{
    sql("update job set lease_epoch = lease_epoch + 1");
    v->during_send = NULL;
}

TEST_IN_LOOP(a_stale_worker_writes_nothing_about_what_it_sent)
{
    static const enum err answers[] = {OK, ERR_UPSTREAM_NO, ERR_UPSTREAM_UNKNOWN, ERR_UNAVAILABLE};

    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct vendor v = {.acts = true, .send_result = answers[i], .during_send = lose_the_lease};
        struct flow_job job;
        struct world w;

        world_make(&w);
        given_running(&w, "order:1", &job);
        CHECK_ERR(effect_of(&w, &job, &v, 60000, false), ERR_FENCED);
        CHECK_STR(ledger(), "sent|1|0|");
        world_end(&w);
    }
}

/* Two jobs that mean the same change, at the same time. */
struct pair {
    struct world w;
    struct flow_job jobs[2];
    struct vendor v;
    enum err results[2];
    int running;
    struct waitq first_sends, go;
};
static struct pair *pair;

static void wait_in_send(struct vendor *v)
{
    v->during_send = NULL;
    waitq_wake_all(&pair->first_sends);
    waitq_wait(&pair->go, 0);
}

static void pair_first(void *arg)
{
    struct pair *p = arg;

    p->results[0] = effect_of(&p->w, &p->jobs[0], &p->v, 0, true);
    p->running--;
}

TEST_IN_LOOP(two_jobs_that_mean_the_same_change_send_it_once)
{
    struct pair p = {.v = {.acts = true, .during_send = wait_in_send}, .running = 1};

    pair = &p;
    world_make(&p.w);
    given_running(&p.w, "order:1", &p.jobs[0]);
    given_running(&p.w, "order:2", &p.jobs[1]);
    CHECK(fiber_start(pair_first, &p));
    waitq_wait(&p.first_sends, 0);
    p.results[1] = effect_of(&p.w, &p.jobs[1], &p.v, 0, true); /* settled at once, and yet it must wait */
    CHECK_ERR(p.results[1], ERR_UPSTREAM_BUSY);
    CHECK(p.jobs[1].retry_us > 0);
    CHECK_STR(p.v.trace, "ps");
    waitq_wake_all(&p.go);
    while (p.running)
        fiber_sleep_us(1000);
    CHECK_OK(p.results[0]);
    CHECK_OK(effect_of(&p.w, &p.jobs[1], &p.v, 0, true));
    CHECK_STR(p.v.trace, "ps");
    CHECK_STR(ledger(), "confirmed|1|1|42");
    world_end(&p.w);
}

static void pair_each(void *arg)
{
    struct pair *p = pair;
    size_t i = arg == &p->jobs[1];

    do {
        p->results[i] = effect_of(&p->w, &p->jobs[i], &p->v, 0, true);
        fiber_sleep_us(1000);
    } while (p->results[i] == ERR_UPSTREAM_BUSY);
    p->running--;
}

TEST_IN_LOOP(two_jobs_that_start_together_still_send_once)
{
    struct pair p = {.v = {.acts = true}, .running = 2};

    pair = &p;
    world_make(&p.w);
    given_running(&p.w, "order:1", &p.jobs[0]);
    given_running(&p.w, "order:2", &p.jobs[1]);
    CHECK(fiber_start(pair_each, &p.jobs[0]) && fiber_start(pair_each, &p.jobs[1]));
    while (p.running)
        fiber_sleep_us(1000);
    CHECK_INT(p.v.sends, 1);
    CHECK(p.results[0] == OK || p.results[0] == ERR_FENCED); /* the row had changed hands: its next try finds it done */
    CHECK(p.results[1] == OK || p.results[1] == ERR_FENCED);
    CHECK_STR(sql("select state, sends from effect"), "confirmed|1");
    CHECK_OK(effect_of(&p.w, &p.jobs[0], &p.v, 0, true));
    CHECK_OK(effect_of(&p.w, &p.jobs[1], &p.v, 0, true));
    CHECK_INT(p.v.sends, 1);
    world_end(&p.w);
}

/* As another job would that means the same change, and is refused each time. */
static void refused_meanwhile(void)
{
    sql("update effect set state = 'sent', sent_at = now() where state = 'planned'");
    sql("update effect set state = 'rejected' where state = 'sent'");
}

/* The model in model_test.c found that such a try ended the process. */
TEST_IN_LOOP(what_others_keep_changing_is_left_for_another_time)
{
    struct vendor v = {.acts = true, .during_enter = refused_meanwhile};
    struct flow_job job;
    struct world w;

    world_make(&w);
    given_running(&w, "order:1", &job);
    CHECK_ERR(effect_of(&w, &job, &v, 0, true), ERR_UPSTREAM_BUSY);
    CHECK_STR(v.trace, "ppppp");
    CHECK_INT(v.places, 0);
    CHECK_STR(ledger(), "planned|0|5|");
    v.during_enter = NULL;
    again(&w, &job);
    CHECK_OK(effect_of(&w, &job, &v, 0, true));
    CHECK_STR(v.trace, "pppppps");
    world_end(&w);
}
