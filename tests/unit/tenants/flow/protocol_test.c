#include "flow_kit.h"

#include "flow/protocol_int.h"

static enum effect_next judge(struct effect_look look, int64_t *out_retry_us)
{
    *out_retry_us = -1;
    return effect_judge(&look, out_retry_us);
}

TEST(what_was_sent_is_looked_for_only_when_it_has_settled)
{
    static const enum effect_state states[] = {EFFECT_SENT, EFFECT_UNKNOWN};
    int64_t us;

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        CHECK_INT(judge((struct effect_look){.state = states[i], .mine = true, .waited_us = 9, .settle_us = 10}, &us),
                  EFFECT_WAIT);
        CHECK_INT(us, 1001);
        CHECK_INT(judge((struct effect_look){.state = states[i], .mine = true, .waited_us = 10, .settle_us = 10}, &us),
                  EFFECT_PROBE);
        CHECK_INT(us, -1);
    }
}

TEST(what_another_running_job_has_sent_is_left_to_it)
{
    int64_t us;

    CHECK_INT(judge((struct effect_look){.state = EFFECT_SENT, .owner_works = true, .waited_us = 10}, &us),
              EFFECT_WAIT);
    CHECK_INT(us, 200000);
    CHECK_INT(judge((struct effect_look){.state = EFFECT_SENT, .owner_works = true, .mine = true}, &us), EFFECT_PROBE);
    CHECK_INT(judge((struct effect_look){.state = EFFECT_SENT}, &us), EFFECT_PROBE);
}

TEST(the_other_states_say_by_themselves_what_is_next)
{
    int64_t us;

    CHECK_INT(judge((struct effect_look){.state = EFFECT_PLANNED}, &us), EFFECT_SEND);
    CHECK_INT(judge((struct effect_look){.state = EFFECT_PLANNED, .probe_first = true}, &us), EFFECT_PROBE);
    CHECK_INT(judge((struct effect_look){.state = EFFECT_PLANNED, .probe_first = true, .probed = true}, &us),
              EFFECT_SEND);
    CHECK_INT(judge((struct effect_look){.state = EFFECT_REJECTED, .settle_us = 10}, &us), EFFECT_PROBE);
    CHECK_INT(judge((struct effect_look){.state = EFFECT_CONFIRMED, .owner_works = true}, &us), EFFECT_DONE);
    CHECK_INT(judge((struct effect_look){.state = EFFECT_SUPERSEDED}, &us), EFFECT_HOLD);
}

TEST(only_an_answer_that_proves_that_nothing_was_done_plans_again)
{
    for (int e = 1; e < ERR_COUNT; e++) {
        bool nothing =
            e == ERR_UNAVAILABLE || e == ERR_UPSTREAM_BUSY || e == ERR_UPSTREAM_AUTH || e == ERR_HOLD || e == ERR_LIMIT;

        CHECK_INT(effect_state_after((enum err)e), nothing                ? EFFECT_PLANNED
                                                   : e == ERR_UPSTREAM_NO ? EFFECT_REJECTED
                                                                          : EFFECT_UNKNOWN);
    }
    CHECK_INT(effect_unknown_us(40000000, 0), 40001000);
    CHECK_INT(effect_unknown_us(40000000, 9), 40001000 << 5);
}

/* A row in the first state, made to be in the second. */
static bool database_lets(struct world *w, const struct uuid *job, const char *from, const char *to)
{
    sql("delete from effect");
    sql("insert into effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id,"
        " lease_epoch, state, sent_at, confirmed_at) values ('%s', '%s', '%s', '%s', 'sale.create', 'SHOPIFY-1', '%s',"
        " 1, '%s', now(), case when '%s' = 'confirmed' then now() end)",
        id(&w->t.partner_id), id(&w->t.customer_id), id(job), id(&w->connection), id(job), from, from);
    sql("do $$ begin update effect set state = '%s', reason = 'it did', confirmed_at = case when '%s' = 'confirmed' "
        "then "
        "now() end; exception when check_violation then null; end $$",
        to, to);
    return strcmp(sql("select count(*) from effect where reason = 'it did'"), "1") == 0;
}

TEST_IN_LOOP(the_database_lets_become_of_an_effect_what_the_protocol_does)
{
    struct uuid job;
    struct world w;
    int let = 0;

    world_make(&w);
    job = given_job(&w.t, &w.connection, "order", "order:1");
    for (int from = 0; from < EFFECT_STATES; from++)
        for (int to = 0; to < EFFECT_STATES; to++) {
            const char *a = effect_state_name((enum effect_state)from), *b = effect_state_name((enum effect_state)to);
            bool lets = database_lets(&w, &job, a, b);

            let += lets;
            if (lets != effect_may((enum effect_state)from, (enum effect_state)to))
                test_failed(__FILE__, __LINE__, "from %s to %s: the database %s", a, b, lets ? "lets it" : "does not");
        }
    CHECK_INT(let, 12 + EFFECT_STATES);
    world_end(&w);
}

TEST(the_states_are_those_of_the_database)
{
    given_schema();
    for (int i = 0; i < EFFECT_STATES; i++)
        CHECK_INT(effect_state_of(effect_state_name((enum effect_state)i)), i);
    CHECK_STR(sql("select count(*) from regexp_matches((select pg_get_constraintdef(oid) from pg_constraint"
                  " where conname = 'effect_state_check'), '''[a-z]+''', 'g')"),
              "6");
}
