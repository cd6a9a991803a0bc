#include "flow_kit.h"

static struct flow_sums sums(struct world *w)
{
    struct scope *sc = scope_in(w->dispatch, NULL);
    struct flow_sums s = {0};

    CHECK_OK(ledger_sums(sc, 0, INT64_C(4102444800000000), &s));
    scope_free(sc);
    return s;
}

TEST_IN_LOOP(what_came_in_adds_up_whatever_became_of_it)
{
    struct flow_sums s;
    struct world w;

    world_make(&w);
    for (const char *const *state = (const char *const[]){"ready", "held", "dead", "done", "cancelled", NULL}; *state;
         state++) {
        struct uuid j = given_job(&w.t, &w.connection, "order", *state);

        sql("update job set state = '%s' where job_id = '%s';"
            "update inbound_message m set dedupe_key = j.origin_key from job j where j.job_id = '%s' and m.message_id ="
            " j.message_id",
            *state, id(&j), id(&j));
    }
    sql("insert into inbound_delivery select partner_id, customer_id, gen_random_uuid(), connection_id, dedupe_key,"
        " body_hash, received_at from inbound_message limit 2");
    (void)given_message(&w.t, &w.connection, "{}");
    sql("update inbound_message set business_key = null where not exists (select from job j where j.message_id ="
        " inbound_message.message_id)");
    s = sums(&w);
    CHECK_INT(s.received, 8);
    CHECK_INT(s.processed, 2);
    CHECK_INT(s.duplicate, 2);
    CHECK_INT(s.held + s.dead + s.in_flight, 3);
    CHECK_INT(s.kept, 1);
    CHECK_INT(s.lost, 0);
    CHECK_INT(flow_messages_gap(&s), 0);
    world_end(&w);
}

TEST_IN_LOOP(a_message_without_the_job_that_should_follow_is_missed)
{
    struct flow_sums s;
    struct world w;

    world_make(&w);
    (void)given_message(&w.t, &w.connection, "{}");
    s = sums(&w);
    CHECK_INT(s.lost, 1);
    CHECK_INT(flow_messages_gap(&s), 1);
    world_end(&w);
}

TEST_IN_LOOP(an_effect_that_a_finished_job_left_open_is_missed)
{
    struct uuid j;
    struct flow_sums s;
    struct world w;

    world_make(&w);
    j = given_job(&w.t, &w.connection, "order", "order:1");
    sql("update job set state = 'done';"
        "insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id,"
        " lease_epoch, state, sent_at) values ('%s', '%s', gen_random_uuid(), '%s', 'x', 'k', '%s', 1, 'sent', now())",
        id(&w.t.partner_id), id(&w.t.customer_id), id(&w.connection), id(&j));
    s = sums(&w);
    CHECK_INT(s.planned, 1);
    CHECK_INT(s.unknown, 1);
    CHECK_INT(s.unsettled, 1);
    CHECK_INT(flow_effects_gap(&s), 0);
    sql("update effect set state = 'confirmed', confirmed_at = now()");
    s = sums(&w);
    CHECK_INT(s.unsettled, 0);
    world_end(&w);
}
