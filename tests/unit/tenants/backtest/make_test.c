#include "store_kit.h"

#define ORDER                                                                                                          \
    "{'id': %d, 'currency': 'USD', 'total': '1.00', 'lines': [{'id': 1, 'title': 'One', 'quantity': 1, "               \
    "'price': '1.00', 'sku': 'A'}]}"

static void given_orders(struct world *w, int n)
{
    for (int i = 0; i < n; i++)
        kit_message(w, arena_f(test_scope()->arena, ORDER, i));
}

TEST_IN_LOOP(a_backtest_runs_to_its_end_and_the_version_names_it)
{
    struct world w;
    struct uuid one, two;

    world_make(&w);
    given_orders(&w, 5);
    kit_message(&w, "{}");
    kit_save(&w, "");
    kit_save(&w, "{'to': '/lines/*/sku', 'expr': 'sku'}, {'to': '/note', 'expr': 'id = 3 ? $error(\\'no\\')'}");
    one = kit_asked(&w, 2, 1);
    kit_work(&w);
    CHECK_STR(kit_row(&one), "done 6 0 4 1 0 1");
    CHECK_STR(sql("select backtest_id = '%s' from mapping_version where number = 2", id(&one)), "t");
    CHECK_STR(sql("select result::json ->> 'records' || (result::json #>> '{changes,0,path}') from backtest"),
              "6/lines/*/sku");
    CHECK_STR(
        sql("select result_hash = sha256(convert_to(result, 'UTF8')) and walls ~ '\"open\":\\[\\]' from backtest"),
        "t");
    two = kit_asked(&w, 2, 1);
    kit_work(&w);
    CHECK_STR(sql("select count(distinct result_hash) from backtest"), "1");
    CHECK_STR(sql("select backtest_id = '%s' from mapping_version where number = 2", id(&two)), "t");
    world_end(&w);
}

TEST_IN_LOOP(publishing_asks_for_a_backtest_of_this_very_document)
{
    struct maps_draft other = {
        .document = kit_json("{'format': 'mapping/1', 'source': {'system': 'shopify', 'object': 'order'}, 'target': "
                             "'sales_order/1', 'rules': [" KIT_RULES ", {'to': '/note', 'expr': 'id'}]}")};
    struct maps_version v;
    struct scope *sc;
    struct world w;
    bool changed;

    world_make(&w);
    given_orders(&w, 1);
    kit_save(&w, "");
    kit_asked(&w, 1, BACKTEST_AGAINST_WORKING);
    sc = kit_as(w.api, &w.acme);
    CHECK_ERR(maps_publish(sc, &w.mapping_id, 1, MAPS_SHARE_ALL), ERR_CONFLICT);
    CHECK_STR(scope_fault(sc)->problem, "mapping-not-backtested");
    db_rollback(sc);
    kit_work(&w);
    CHECK_OK(maps_version_get(sc, &w.mapping_id, 1, &v));
    CHECK_OK(maps_version_change(sc, &w.mapping_id, 1, v.row_version, &other, &changed));
    CHECK(changed);
    CHECK_ERR(maps_publish(sc, &w.mapping_id, 1, MAPS_SHARE_ALL), ERR_CONFLICT);
    db_rollback(sc);
    CHECK_OK(kit_done(sc, maps_publish(sc, &w.mapping_id, 1, MAPS_SHARE_ALL)));
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(a_backtest_that_found_no_record_is_none_for_publishing)
{
    struct uuid full, empty;
    struct scope *sc;
    struct world w;

    world_make(&w);
    kit_save(&w, "");
    empty = kit_asked(&w, 1, BACKTEST_AGAINST_SHIPPED);
    kit_work(&w);
    CHECK_STR(kit_row(&empty), "done 0 0 0 0 0 0");
    sc = kit_as(w.api, &w.acme);
    CHECK_ERR(maps_publish(sc, &w.mapping_id, 1, MAPS_SHARE_ALL), ERR_CONFLICT);
    CHECK_STR(scope_fault(sc)->problem, "mapping-not-backtested");
    db_rollback(sc);
    given_orders(&w, 1);
    full = kit_asked(&w, 1, BACKTEST_AGAINST_SHIPPED);
    kit_work(&w);
    sql("delete from inbound_message");
    kit_asked(&w, 1, BACKTEST_AGAINST_SHIPPED);
    kit_work(&w); /* and does not take the other's place */
    CHECK_STR(sql("select backtest_id = '%s' from mapping_version", id(&full)), "t");
    CHECK_OK(kit_done(sc, maps_publish(sc, &w.mapping_id, 1, MAPS_SHARE_ALL)));
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(only_messages_that_the_mapping_would_read_are_looked_at)
{
    struct world w;
    struct uuid other, abroad, asked = {{0}};

    world_make(&w);
    given_orders(&w, 3);
    other = given_connection(&w.acme, "tryton");
    given_message(&w.acme, &other, "{}");
    given_message(&w.acme, &w.shop, "{}");
    sql("update inbound_message set business_key = 'product:1' where message_id ="
        " (select max(message_id::text)::uuid from inbound_message)");
    abroad = given_connection(&w.globex, "shopify");
    given_message(&w.globex, &abroad, "{}");
    kit_save(&w, "");
    asked = kit_asked(&w, 1, 1);
    kit_work(&w);
    CHECK_STR(kit_row(&asked), "done 3 3 0 0 0 0");
    CHECK_OK(kit_ask(&w, &(struct backtest_ask){.number = 1, .against = 1, .last_messages = 2}, &asked));
    kit_work(&w);
    CHECK_STR(kit_row(&asked), "done 2 2 0 0 0 0");
    CHECK_OK(kit_ask(&w, &(struct backtest_ask){.number = 1, .against = 1, .last_days = 3}, &asked));
    kit_work(&w);
    CHECK_STR(kit_row(&asked), "done 3 3 0 0 0 0");
    world_end(&w);
}

TEST_IN_LOOP(cross_references_are_those_of_the_moment)
{
    struct world w;
    struct uuid asked;

    world_make(&w);
    given_orders(&w, 2);
    kit_save(&w, "");
    kit_save(&w, "{'to': '/lines/*/sku', 'lookup': {'table': 'sku', 'key': 'sku', 'miss': 'hold'}}");
    asked = kit_asked(&w, 2, 1); /* without such a table nothing is found in it */
    kit_work(&w);
    CHECK_STR(kit_row(&asked), "done 2 0 0 2 0 0");
    sql("insert into xref_table (partner_id, customer_id, table_id, name, shape, key_case, key_blanks, key_empty,"
        " value_case, value_blanks, value_empty) values ('%s', '%s', gen_random_uuid(), 'sku', 'one_to_one', 'fold',"
        " 'trim', false, 'exact', 'exact', false);"
        "insert into xref_entry (partner_id, customer_id, entry_id, table_id, key, key_norm, value, value_norm,"
        " changed_by) select partner_id, customer_id, gen_random_uuid(), table_id, 'A', 'a', 'ERP-A', 'ERP-A', 'me'"
        " from xref_table",
        id(&w.acme.partner_id), id(&w.acme.customer_id));
    asked = kit_asked(&w, 2, 1);
    kit_work(&w);
    CHECK_STR(kit_row(&asked), "done 2 0 2 0 0 0");
    CHECK_STR(sql("select result::json #>> '{changes,0,examples,0,after}' from backtest where backtest_id = '%s'",
                  id(&asked)),
              "ERP-A");
    world_end(&w);
}

TEST_IN_LOOP(a_draft_that_was_changed_meanwhile_is_not_what_was_asked_for)
{
    struct world w;
    struct uuid asked;

    world_make(&w);
    kit_save(&w, "");
    asked = kit_asked(&w, 1, 1);
    sql("update mapping_version set document_hash = sha256('other')");
    kit_work(&w);
    CHECK_STR(kit_row(&asked), "failed 0 0 0 0 0 0");
    CHECK_STR(sql("select reason from backtest"), "the draft was changed after the backtest had been asked for");
    world_end(&w);
}

static bool stop_now = true;

TEST_IN_LOOP(a_worker_that_stops_gives_it_back_and_no_try_is_counted)
{
    struct backtest_claim c;
    struct world w;
    struct uuid asked;

    world_make(&w);
    given_orders(&w, 2);
    kit_save(&w, "");
    asked = kit_asked(&w, 1, 1);
    CHECK(kit_claim(&w, &c));
    CHECK_INT(c.attempt, 1);
    kit_make(&w, &c, &stop_now);
    CHECK_STR(kit_row(&asked), "queued 0 0 0 0 0 0");
    CHECK(kit_claim(&w, &c));
    CHECK_INT(c.attempt, 1);
    world_end(&w);
}

TEST_IN_LOOP(who_has_lost_it_to_another_writes_nothing)
{
    static const bool never;
    struct backtest_claim late, now;
    struct world w;
    struct uuid asked;

    world_make(&w);
    given_orders(&w, 2);
    kit_save(&w, "");
    asked = kit_asked(&w, 1, 1);
    CHECK(kit_claim(&w, &late));
    CHECK(!kit_claim(&w, &now)); /* its worker is alive */
    sql("update backtest set beat_at = now() - interval '1 minute'");
    CHECK(kit_claim(&w, &now));
    CHECK_INT(now.attempt, 2);
    kit_make(&w, &late, &never);
    CHECK_STR(kit_row(&asked), "running 0 0 0 0 0 0");
    kit_make(&w, &now, &never);
    CHECK_STR(kit_row(&asked), "done 2 2 0 0 0 0");
    world_end(&w);
}

TEST_IN_LOOP(one_that_never_ends_is_given_up_after_three_tries)
{
    struct world w;
    struct uuid asked;

    world_make(&w);
    kit_save(&w, "");
    asked = kit_asked(&w, 1, 1);
    sql("update backtest set attempts = 3");
    kit_work(&w);
    CHECK_STR(kit_row(&asked), "failed 0 0 0 0 0 0");
    CHECK_STR(sql("select reason from backtest"), "it was begun three times and came to no end");
    world_end(&w);
}
