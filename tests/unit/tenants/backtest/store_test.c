#include "store_kit.h"

static const char *wrong_at(void)
{
    const struct fault *f = scope_fault(test_scope());

    return f->items ? f->items->pointer : "(none)";
}

TEST_IN_LOOP(what_is_asked_for_must_be_there_and_bounded)
{
    struct uuid id_, tryton, none = uuid_new();
    struct world w;

    world_make(&w);
    kit_save(&w, "");
    kit_save(&w, "{'to': '/nothing', 'expr': 'a'}");
    tryton = given_connection(&w.acme, "tryton");
    CHECK_ERR(kit_ask(&w, &(struct backtest_ask){.number = 1, .against = -1}, &id_), ERR_INVALID);
    CHECK_STR(wrong_at(), "/last_days");
    CHECK_ERR(kit_ask(&w, &(struct backtest_ask){.number = 9, .against = -1, .last_days = 1}, &id_), ERR_NOT_FOUND);
    CHECK_ERR(kit_ask(&w, &(struct backtest_ask){.number = 1, .against = 9, .last_days = 1}, &id_), ERR_INVALID);
    CHECK_STR(wrong_at(), "/against_version");
    CHECK_ERR(kit_ask(&w, &(struct backtest_ask){.number = 2, .against = 1, .last_days = 1}, &id_), ERR_INVALID);
    CHECK_ERR(kit_ask(&w, &(struct backtest_ask){1, 1, 1, 0, none}, &id_), ERR_INVALID);
    CHECK_STR(wrong_at(), "/connection_id");
    CHECK_ERR(kit_ask(&w, &(struct backtest_ask){1, 1, 1, 0, tryton}, &id_), ERR_INVALID);
    CHECK_STR(wrong_at(), "/connection_id");
    CHECK_OK(kit_ask(&w, &(struct backtest_ask){1, 1, 1, 0, w.shop}, &id_));
    world_end(&w);
}

TEST_IN_LOOP(without_a_word_it_is_beside_what_works_and_else_what_is_shipped)
{
    struct world w;

    world_make(&w);
    kit_save(&w, "");
    kit_asked(&w, 1, BACKTEST_AGAINST_WORKING);
    CHECK_STR(sql("select against from backtest"), "shipped");
    sql("update mapping_version set status = 'published', published_at = now(); update mapping set current_version = 1;"
        "delete from backtest");
    kit_asked(&w, 1, BACKTEST_AGAINST_WORKING);
    CHECK_STR(sql("select against || against_number from backtest"), "version1");
    sql("delete from backtest; update mapping set source_object = 'gift_card', current_version = null;"
        "update mapping_version set status = 'draft'; update mapping_version set document = replace(document, "
        "'\"order\"', '\"gift_card\"')");
    kit_asked(&w, 1, BACKTEST_AGAINST_WORKING);
    CHECK_STR(sql("select against from backtest"), "nothing");
    world_end(&w);
}

TEST_IN_LOOP(so_many_wait_and_no_more_and_one_runs_at_a_time)
{
    struct backtest_claim c;
    struct uuid asked;
    struct world w;

    world_make(&w);
    kit_save(&w, "");
    for (int i = 0; i < 5; i++)
        asked = kit_asked(&w, 1, 1);
    CHECK_ERR(kit_ask(&w, &(struct backtest_ask){.number = 1, .against = 1, .last_days = 1}, &asked), ERR_LIMIT);
    CHECK(kit_claim(&w, &c));
    CHECK(!kit_claim(&w, &c));
    CHECK_STR(sql("select string_agg(state, ' ' order by created_at) from backtest"),
              "running queued queued queued queued");
    world_end(&w);
}

TEST_IN_LOOP(one_that_waits_is_cancelled_at_once_and_one_that_runs_is_told)
{
    struct backtest_row row = {0};
    struct backtest_claim c;
    struct scope *sc;
    struct world w;
    struct uuid one, two;

    world_make(&w);
    kit_save(&w, "");
    one = kit_asked(&w, 1, 1);
    two = kit_asked(&w, 1, 1);
    CHECK(kit_claim(&w, &c));
    sc = kit_as(w.api, &w.acme);
    CHECK_OK(backtest_get(sc, &w.mapping_id, 1, &two, &row));
    CHECK_OK(backtest_cancel(sc, &row));
    CHECK_ERR(backtest_cancel(sc, &row), ERR_CONFLICT);
    CHECK_OK(backtest_get(sc, &w.mapping_id, 0, &one, &row));
    CHECK_OK(backtest_cancel(sc, &row));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    CHECK_STR(kit_row(&two), "cancelled 0 0 0 0 0 0");
    CHECK_STR(kit_row(&one), "running 0 0 0 0 0 0");
    kit_make(&w, &c, &(bool){false});
    CHECK_STR(kit_row(&one), "cancelled 0 0 0 0 0 0");
    world_end(&w);
}

TEST_IN_LOOP(another_tenants_backtest_is_simply_absent)
{
    struct backtest_row row;
    struct scope *sc;
    struct world w;
    struct uuid one;

    world_make(&w);
    kit_save(&w, "");
    one = kit_asked(&w, 1, 1);
    sc = kit_as(w.api, &w.globex);
    CHECK_ERR(backtest_get(sc, &w.mapping_id, 1, &one, &row), ERR_NOT_FOUND);
    db_rollback(sc);
    sc->tenant = w.acme;
    CHECK_OK(backtest_get(sc, &w.mapping_id, 1, &one, &row));
    CHECK_ERR(backtest_get(sc, &w.mapping_id, 2, &one, &row), ERR_NOT_FOUND);
    CHECK_STR(row.state, "queued");
    db_rollback(sc);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(old_ones_of_a_mapping_go_but_for_those_that_a_version_names)
{
    struct uuid first, asked;
    struct world w;

    world_make(&w);
    kit_save(&w, "");
    kit_message(&w, "{}");
    first = kit_asked(&w, 1, 1);
    kit_work(&w);
    sql("insert into backtest select (jsonb_populate_record(b, jsonb_build_object('backtest_id', gen_random_uuid()))).*"
        " from backtest b, generate_series(1, 40)");
    asked = kit_asked(&w, 1, 1);
    CHECK_STR(sql("select count(*), count(*) filter (where backtest_id in ('%s', '%s')) from backtest", id(&first),
                  id(&asked)),
              "32|2");
    world_end(&w);
}

TEST_IN_LOOP(a_mapping_that_goes_takes_its_backtests_with_it)
{
    struct maps_mapping m;
    struct scope *sc;
    struct world w;

    world_make(&w);
    kit_save(&w, "");
    kit_asked(&w, 1, 1);
    sc = kit_as(w.api, &w.acme);
    CHECK_OK(maps_get(sc, &w.mapping_id, &m));
    CHECK_OK(kit_done(sc, maps_delete(sc, &m)));
    scope_free(sc);
    CHECK_STR(sql("select count(*) from backtest"), "0");
    world_end(&w);
}
