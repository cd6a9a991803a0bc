#include "watch_kit.h"

TEST_IN_LOOP(an_ordinary_payload_asks_nobody)
{
    struct watch_cache cache = {0};
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    CHECK_STR(sql("select payloads >= 250 from source_shape"), "t");
    cache.first->unsaved = 0;
    for (int i = 0; i < 40; i++) {
        m = meet(&w, &cache, str_of(USUAL), &(struct how){.alone = true});
        CHECK_OK(m.e);
        CHECK(m.action == DRIFT_PASS && !m.told);
    }
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(a_type_that_changes_where_a_mapping_reads_is_held_and_is_one_case)
{
    struct watch_cache cache = {0};
    struct world w;
    struct met first, later;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    first = sees(&w, &cache, OBJECT, 1);
    CHECK(first.action == DRIFT_HOLD && first.told);
    CHECK_STR(cases_are(), "type_changed held_by open 1");
    CHECK_STR(sql("select bearing, action, expected, got, sample from drift_case"),
              "t|hold|a word|an object|an object of 1 fields");
    CHECK_STR(sql("update source_shape set changed_at = 'epoch' returning 1"), "1");
    later = sees(&w, &cache, OBJECT, 3);
    CHECK_STR(sql("select changed_at = 'epoch' from source_shape"), "t"); /* once it is known, it is not written anew */
    CHECK(later.action == DRIFT_HOLD && uuid_equal(&first.case_id, &later.case_id));
    CHECK_STR(cases_are(), "type_changed held_by open 4");
    CHECK_INT(sees(&w, &cache, USUAL, 1).action, DRIFT_PASS);
    watch_cache_end(&cache);
    world_end(&w);
}

/* As of the interface that turned a text into an object in one of its versions. */
TEST_IN_LOOP(a_new_version_of_the_interface_is_judged_by_the_one_before)
{
    struct how later = {.version = "2025-04"};
    struct watch_cache cache = {0};
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    m = meet(&w, &cache, str_of(USUAL), &later);
    CHECK(m.action == DRIFT_PASS && !m.told);
    m = meet(&w, &cache, str_of(OBJECT), &later);
    CHECK_INT(m.action, DRIFT_HOLD);
    CHECK_STR(sql("select version from drift_case join source_shape using (shape_id)"), "2025-04");
    CHECK_STR(sql("select string_agg(version || ' ' || (payloads >= 250), ', ' order by version) from source_shape"),
              "2025-01 true, 2025-04 true");
    accept(&w, &m.case_id);
    CHECK_INT(meet(&w, &cache, str_of(OBJECT), &later).action, DRIFT_PASS);
    CHECK_INT(sees(&w, &cache, OBJECT, 1).action, DRIFT_HOLD); /* not in the version that knows none */
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(a_later_try_of_a_message_is_judged_and_not_learnt)
{
    struct watch_cache cache = {0};
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    m = sees(&w, &cache, OBJECT, 1);
    CHECK_INT(drift_shape_payloads(cache.first->shape), 301);
    m = meet(&w, &cache, str_of(OBJECT), &(struct how){.again = true});
    CHECK(m.action == DRIFT_HOLD && m.cases == 1);
    CHECK_OK(meet(&w, &cache, str_of(USUAL), &(struct how){.again = true}).e);
    CHECK_INT(drift_shape_payloads(cache.first->shape), 301);
    CHECK_STR(cases_are(), "type_changed held_by open 1");
    watch_cache_end(&cache);
    world_end(&w);
}

/* The first try opened it and died before that was written. */
TEST_IN_LOOP(a_later_try_opens_what_was_lost_with_a_process)
{
    struct watch_cache cache = {0};
    struct world w;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    CHECK_INT(meet(&w, &cache, str_of(OBJECT), &(struct how){.again = true}).action, DRIFT_HOLD);
    CHECK_STR(sql("select what, path from drift_case"), "type_changed|held_by");
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(what_passes_by_policy_is_counted_without_asking)
{
    const char *odd = "{\"held_by\":\"location\",\"state\":7,\"weight\":500}";
    struct watch_cache cache = {0};
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    m = sees(&w, &cache, odd, 5);
    CHECK(m.action == DRIFT_PASS && m.told && m.cases == 1);
    cache.first->unsaved = 0;
    for (int i = 0; i < 10; i++)
        CHECK_OK(meet(&w, &cache, str_of(odd), &(struct how){.alone = true}).e);
    cache.first->saved_us -= WATCH_SAVE_US + 1;
    sees(&w, &cache, USUAL, 1);
    CHECK_STR(sql("select what || ' ' || path || ' ' || state from drift_case"), "type_changed state open");
    CHECK_STR(sql("select affected >= 12 from drift_case"), "t");
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(a_database_that_is_away_fails_what_deviates_and_nothing_else)
{
    struct watch_cache cache = {0};
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    sql("revoke insert on drift_case from tenon_worker");
    m = meet(&w, &cache, str_of(OBJECT), &(struct how){0});
    CHECK(m.e != OK);
    sql("grant insert on drift_case to tenon_worker");
    CHECK_INT(meet(&w, &cache, str_of(OBJECT), &(struct how){.again = true}).action, DRIFT_HOLD);
    CHECK_STR(sql("select count(*) from drift_case where state = 'open'"), "1");
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(a_thread_keeps_so_many_copies_and_no_more)
{
    struct watch_cache cache = {0};
    struct world w;

    world_make(&w);
    for (int i = 0; i < WATCH_SHAPES_MAX + 20; i++) {
        w.connection = uuid_new(); /* of nobody: nothing is stored, but a copy is made */
        (void)meet(&w, &cache, str_of(USUAL), &(struct how){0});
        CHECK(cache.n <= WATCH_SHAPES_MAX);
    }
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(what_a_copy_had_learnt_is_there_when_it_has_gone)
{
    struct watch_cache cache = {0};
    struct world w;
    struct uuid shop;

    world_make(&w);
    shop = w.connection;
    sees(&w, &cache, USUAL, 10);
    CHECK_STR(sql("select payloads from source_shape"), "0");
    for (int i = 0; i < WATCH_SHAPES_MAX; i++) {
        w.connection = uuid_new();
        (void)meet(&w, &cache, str_of(USUAL), &(struct how){0});
    }
    CHECK_STR(sql("select payloads from source_shape"), "10");
    w.connection = shop;
    sees(&w, &cache, USUAL, 1);
    CHECK_INT(drift_shape_payloads(cache.first->shape), 11);
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(versions_over_the_limit_of_a_connection_pass_unseen)
{
    struct watch_cache cache = {0};
    struct world w;

    world_make(&w);
    sql("insert into source_shape (partner_id, customer_id, shape_id, connection_id, object, version)"
        " select '%s', '%s', gen_random_uuid(), '%s', 'order', n::text from generate_series(1, %d) n",
        id(&w.t.partner_id), id(&w.t.customer_id), id(&w.connection), WATCH_STORED_MAX);
    sees(&w, &cache, USUAL, 300);
    CHECK_INT(sees(&w, &cache, OBJECT, 5).action, DRIFT_PASS);
    CHECK_STR(cases_are(), "");
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(over_the_limit_of_open_cases_what_else_there_is_comes_under_the_whole_payload)
{
    struct watch_cache cache = {0};
    struct world w;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    sql("insert into drift_case (partner_id, customer_id, case_id, shape_id, connection_id, path, what, expected, got,"
        " bearing, action, message_id, sample) select partner_id, customer_id, gen_random_uuid(), shape_id,"
        " connection_id, 'x' || n, 'missing', '', '', true, 'hold', gen_random_uuid(), '' from source_shape,"
        " generate_series(1, %d) n",
        WATCH_OPEN_MAX);
    CHECK_INT(sees(&w, &cache, OBJECT, 2).action, DRIFT_HOLD);
    CHECK_STR(sql("select path, affected from drift_case where what = 'type_changed'"), "|2");
    watch_cache_end(&cache);
    world_end(&w);
}
