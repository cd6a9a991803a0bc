#include "flow/flow_int.h"
#include "flow_kit.h"
#include "watch/watch.h"

#define USUAL "{\"held_by\":\"location\",\"state\":\"paid\",\"weight\":500}"
#define ODD   "{\"held_by\":{\"kind\":1},\"state\":\"paid\",\"weight\":500}"

static const char *const reads[] = {"held_by.kind", "weight"};

/* One try as far as the door; what it says is *out_why. */
static enum err at_door(struct world *w, struct flow_job *job, const char *text, const char **out_why)
{
    struct scope *sc = scope_in(w->work, &w->t);
    struct flow_payload in = {.object = "order", .version = "", .reads = reads, .read_count = 2};
    enum err e;

    job->deviates = NULL;
    job->business_key = "order:1";
    CHECK_OK(doc_parse(sc, str_of(text), &in.body));
    e = flow_drift(sc, job, &in);
    *out_why =
        arena_strdup(test_scope()->arena, e == OK ? job->deviates ? job->deviates : "" : scope_fault(sc)->message);
    db_rollback(sc);
    scope_free(sc);
    return e;
}

static struct flow_job given_try(struct world *w)
{
    struct uuid id = given_job(&w->t, &w->connection, "order", "order:1");
    struct flow_job job;

    CHECK_INT(claim(w, &w->me, &id, 1, &job), 1);
    return job;
}

static void learn(struct world *w)
{
    struct flow_job job = {.connection_id = w->connection, .message_id = uuid_new(), .attempts = 1};
    const char *why;

    for (int i = 0; i < 300; i++)
        CHECK_OK(at_door(w, &job, USUAL, &why));
}

TEST_IN_LOOP(an_order_whose_payload_deviates_is_put_aside_and_goes_on_when_a_person_lets_it)
{
    struct flow_job job;
    const char *why;
    struct world w;

    world_make(&w);
    learn(&w);
    job = given_try(&w);
    CHECK_ERR(at_door(&w, &job, ODD, &why), ERR_HOLD);
    CHECK_STR(why, "drift: held_by was a word and is an object");
    CHECK_STR(sql("select state, held_reason from sales_order"), "held|drift: held_by was a word and is an object");
    job.attempts = 2; /* a process ended before the job was held: nobody has let it go */
    CHECK_ERR(at_door(&w, &job, ODD, &why), ERR_HOLD);
    CHECK_STR(sql("select count(*) from order_event where hop = 'held'"), "1");
    sql("update sales_order set state = 'received', held_reason = null");
    CHECK_OK(at_door(&w, &job, ODD, &why));
    CHECK_STR(sql("select count(*), count(released_at) from drift_waiting"), "1|1");
    CHECK_STR(sql("select affected from drift_case"), "1");
    watch_thread_end();
    world_end(&w);
}

TEST_IN_LOOP(what_is_delivered_is_not_stopped_any_more)
{
    struct flow_job job;
    const char *why;
    struct world w;

    world_make(&w);
    learn(&w);
    job = given_try(&w);
    CHECK_ERR(at_door(&w, &job, ODD, &why), ERR_HOLD);
    sql("update job set state = 'held', lease_owner = null, reason = 'x', ended_at = now();"
        " update sales_order set state = 'delivered', held_reason = null, external_id = '1', delivered_at = now()");
    job = given_try(&w);
    CHECK_OK(at_door(&w, &job, ODD, &why));
    CHECK_STR(sql("select state from sales_order"), "delivered");
    watch_thread_end();
    world_end(&w);
}

TEST_IN_LOOP(what_fails_by_policy_fails_and_waits_for_the_case_all_the_same)
{
    struct flow_job job;
    const char *why;
    struct world w;

    world_make(&w);
    sql("insert into drift_policy (partner_id, customer_id, policy_id, bearing, other, changed_by)"
        " values ('%s', '%s', gen_random_uuid(), 'fffffff', 'ppppppp', 'x')",
        id(&w.t.partner_id), id(&w.t.customer_id));
    learn(&w);
    job = given_try(&w);
    CHECK_ERR(at_door(&w, &job, ODD, &why), ERR_INVALID);
    sql("update sales_order set state = 'received', held_reason = null");
    job.attempts = 2;
    CHECK_ERR(at_door(&w, &job, ODD, &why), ERR_INVALID);
    CHECK_STR(sql("select count(*), count(released_at) from drift_waiting"), "1|0");
    watch_thread_end();
    world_end(&w);
}

TEST_IN_LOOP(what_passes_is_told)
{
    struct flow_job job = {.message_id = uuid_new(), .attempts = 1};
    const char *why = "", *odd = "{\"held_by\":\"location\",\"state\":7,\"weight\":500}";
    struct world w;

    world_make(&w);
    job.connection_id = w.connection;
    learn(&w);
    for (int i = 0; i < 4; i++)
        CHECK_OK(at_door(&w, &job, odd, &why));
    CHECK_STR(why, "state was a word and is a whole number");
    watch_thread_end();
    world_end(&w);
}

TEST_IN_LOOP(whoever_lost_the_lease_puts_nothing_aside)
{
    struct flow_job job;
    const char *why;
    struct world w;

    world_make(&w);
    learn(&w);
    job = given_try(&w);
    job.epoch++;
    CHECK_ERR(at_door(&w, &job, ODD, &why), ERR_FENCED);
    CHECK_STR(sql("select count(*) from sales_order"), "0");
    watch_thread_end();
    world_end(&w);
}
