#include "db/db.h"
#include "review/review.h"
#include "unit/tenants/tenant_kit.h"

/* Stopped and waiting work of two customers, as the ledger has it. */

static struct tenant t;
static struct uuid shop;
static struct review_groups all;

static void job_of(const char *state, const char *outcome, const char *reason, int n)
{
    for (int i = 0; i < n; i++) {
        struct uuid job = given_job(&t, &shop, "order", arena_f(test_scope()->arena, "order:%s%d", id(&shop), i));

        sql("update job set state = '%s', attempts = 1, reason = $r$%s$r$, run_at = now() + interval '1 minute',"
            " ended_at = case when '%s' = 'done' then now() end where job_id = '%s';"
            "insert into attempt (partner_id, customer_id, job_id, n, lease_epoch, started_at, ended_at, outcome, "
            "reason)"
            " select partner_id, customer_id, job_id, 1, 1, now(), now(), '%s', reason from job where job_id = '%s'"
            " and state <> 'done'",
            state, reason, state, id(&job), outcome, id(&job));
        sql("insert into sales_order (partner_id, customer_id, order_id, connection_id, natural_key, number, state,"
            " held_reason, currency, total_minor, received_at, source_version, message_id)"
            " select partner_id, customer_id, gen_random_uuid(), connection_id, substr(business_key, 7), '#1', 'held', "
            "'x',"
            " 'EUR', 2000, now(), now(), message_id from job where job_id = '%s' on conflict do nothing",
            id(&job));
    }
}

static void given(void)
{
    given_schema();
    t = given_tenant("acme");
    shop = given_connection(&t, "shopify");
}

/* What it says lives as long as the test. */
static void counted(void)
{
    struct scope *sc = test_scope();

    sc->db = pool_as("tenon_api");
    sc->tenant = t;
    CHECK_OK(review_groups(sc, &t.customer_id, &all));
    db_rollback(sc);
    db_close(sc->db);
    sc->db = NULL;
}

TEST_IN_LOOP(jobs_with_the_same_cause_are_one_group_whatever_their_words_are)
{
    given();
    job_of("held", "hold", "sku has no entry for \"A\"", 2);
    job_of("held", "hold", "sku has no entry for \"B\", and 1 more word is in no cross reference", 1);
    job_of("held", "hold", "tax has no entry for \"A\"", 1);
    counted();
    CHECK_INT(all.n, 2);
    CHECK_INT(all.v[0].jobs, 3);
    CHECK_STR(all.v[0].cause.code, "word_missing");
    CHECK_STR(all.v[0].path, "sku");
    CHECK_STR(all.v[0].connector, "shopify");
    CHECK_STR(all.v[1].path, "tax");
}

TEST_IN_LOOP(a_group_says_what_is_at_stake_and_how_it_goes)
{
    given();
    job_of("held", "hold", "the order has no lines", 3);
    counted();
    CHECK_INT(all.v[0].money_count, 1);
    CHECK_INT(all.v[0].monies[0].minor, 6000);
    CHECK_INT(all.v[0].stopped, 3);
    CHECK_INT(all.v[0].customers, 1);
    CHECK_INT(all.v[0].last_hour, 3);
    CHECK(all.v[0].trend == REVIEW_RISING);
    CHECK(strncmp(all.v[0].verdict_words, "all 3 fail since ", 17) == 0);
}

TEST_IN_LOOP(what_goes_well_meanwhile_makes_it_a_matter_of_data)
{
    given();
    job_of("held", "hold", "the order has no lines", 2);
    job_of("done", "ok", "", 5);
    counted();
    CHECK_STR(all.v[0].verdict_words, "2 of 7: data");
    CHECK_INT(all.n, 1);
}

TEST_IN_LOOP(a_group_is_over_when_its_last_job_has_gone_on)
{
    given();
    job_of("held", "hold", "the order has no lines", 2);
    counted();
    CHECK_INT(all.n, 1);
    sql("update job set state = 'done', ended_at = now()");
    counted();
    CHECK_INT(all.n, 0);
}

TEST_IN_LOOP(a_cause_has_the_same_id_whoever_has_it_and_no_other_tenant_sees_it)
{
    char first[REVIEW_ID_MAX];

    given();
    job_of("ready", "unavailable", "the outside system could not be reached", 1);
    counted();
    CHECK_STR(all.v[0].cause.code, "destination_down");
    CHECK_INT(all.v[0].stopped, 0);
    memcpy(first, all.v[0].id, sizeof(first));
    t = given_tenant("globex");
    counted();
    CHECK_INT(all.n, 0);
    shop = given_connection(&t, "shopify");
    job_of("ready", "unavailable", "the outside system could not be reached", 1);
    counted();
    CHECK_STR(all.v[0].id, first);
}

TEST_IN_LOOP(what_people_say_of_a_cause_stays_with_it_until_it_grows)
{
    struct scope *sc = test_scope();

    given();
    job_of("held", "hold", "the order has no lines", 2);
    counted();
    sc->db = pool_as("tenon_api");
    CHECK_OK(review_handle(
        sc, &t.customer_id, all.v[0].id,
        &(struct review_handling){.assignee = "Ada", .note = "asked the shop", .archived = true, .by = "B"}));
    CHECK_OK(db_commit(sc));
    db_close(sc->db);
    counted();
    CHECK(all.v[0].handled && all.v[0].handling.archived);
    CHECK_STR(all.v[0].handling.note, "asked the shop");
    job_of("held", "hold", "the order has no lines", 1);
    counted();
    CHECK(all.v[0].handled && !all.v[0].handling.archived);
    CHECK_STR(all.v[0].handling.assignee, "Ada");
}
