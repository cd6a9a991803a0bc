#include "why_kit.h"

/* Of several things that are wrong, which one is first; and who is told nothing. */

static const char *checks(void)
{
    const char *all = "";

    for (size_t i = 0; i < told.check_count; i++)
        all = arena_f(test_scope()->arena, "%s%s%s", all, i ? " " : "", told.checked[i].code);
    return all;
}

YARD_TEST(of_two_causes_the_one_that_comes_first_on_the_way_answers)
{
    sql("update connection set status = 'revoked' where connection_id = '%s'", id(&yard.wms));
    (void)came("EUR", "XXQ");
    ask_order();
    CHECK_STR(told.code, "currency_unknown");
    sql("update customer set status = 'suspended'");
    ask_order();
    CHECK_STR(told.code, "customer_suspended");
}

YARD_TEST(what_was_looked_at_before_is_listed_and_what_lies_behind_is_not)
{
    (void)came("EUR", "XXQ");
    ask_order();
    CHECK_STR(checks(), "received served turn time worker read");
    sql("delete from dispatcher; update job set state = 'ready', run_at = now()");
    ask_order();
    CHECK_STR(told.code, "no_worker");
    CHECK_STR(checks(), "received served turn time");
}

YARD_TEST(an_order_that_is_there_has_met_all_of_them)
{
    (void)came("EUR", "XXQ");
    sql("update sales_order set state = 'delivered', held_reason = null, delivered_at = now(); update job set state ="
        " 'done'");
    ask_order();
    CHECK(told.state == WHY_THERE);
    CHECK_STR(checks(), "received served turn time worker read fit route");
}

YARD_TEST(a_job_that_waits_for_another_leads_to_it_and_that_one_to_its_own_cause)
{
    struct uuid first = comes("x", "x"), second = comes("x", "x"), third = comes("x", "x");

    sql("update job set run_at = now() + interval '1 hour' where job_id = '%s'", id(&first));
    ask_job(&third);
    CHECK_STR(told.code, "earlier_waits");
    CHECK_INT(told.link_count, 1);
    CHECK(uuid_equal(&told.links[0].job_id, &first));
    CHECK_STR(told.links[0].code, "planned");
    (void)second;
}

YARD_TEST(an_order_is_found_by_its_number_and_by_what_its_source_calls_it)
{
    (void)came("EUR", "XXQ");
    ask_number("#1001", "");
    CHECK_STR(told.code, "currency_unknown");
    ask_number("", "1");
    CHECK_STR(told.code, "currency_unknown");
    ask_number("", "2");
    CHECK_STR(told.code, "no_delivery");
}

YARD_TEST(what_belongs_to_another_tenant_is_simply_absent)
{
    struct tenant other = given_tenant("globex");
    struct uuid job = came("EUR", "XXQ"), order = the_one("select order_id from sales_order");
    struct db *api = pool_as("tenon_api");
    struct scope *sc = scope_in(api, &other);
    struct why_answer a;

    CHECK_ERR(why_order(sc, &order, &a), ERR_NOT_FOUND);
    db_rollback(sc);
    CHECK_ERR(why_job(sc, &job, &a), ERR_NOT_FOUND);
    db_rollback(sc);
    CHECK_ERR(why_find(sc, &yard.source, "#1001", "", &a), ERR_NOT_FOUND);
    db_rollback(sc);
    scope_free(sc);
    db_close(api);
}
