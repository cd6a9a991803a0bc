#include <pthread.h>

#include "watch_kit.h"

TEST_IN_LOOP(two_threads_learn_one_shape_and_count_each_payload_once)
{
    struct watch_cache one = {0}, two = {0};
    struct world w;

    world_make(&w);
    for (int i = 0; i < 400; i++)
        sees(&w, i % 2 ? &one : &two, USUAL, 1);
    one.first->saved_us -= WATCH_SAVE_US + 1;
    two.first->saved_us -= WATCH_SAVE_US + 1;
    sees(&w, &one, USUAL, 1);
    sees(&w, &two, USUAL, 1);
    CHECK_STR(sql("select payloads from source_shape"), "402");
    watch_cache_end(&one);
    watch_cache_end(&two);
    world_end(&w);
}

static void saves(struct world *w, struct watch_cache *cache, int64_t for_us, size_t most)
{
    struct scope *sc = scope_in(w->worker, &w->t);

    sc->tenant = (struct tenant){0};
    watch_cache_save(cache, sc, for_us, most);
    scope_free(sc);
}

TEST_IN_LOOP(what_a_few_orders_taught_is_written_after_some_seconds)
{
    struct watch_cache one = {0};
    struct world w;

    world_make(&w);
    sees(&w, &one, USUAL, 20);
    saves(&w, &one, WATCH_SHOW_US, WATCH_SHOW_MAX);
    CHECK_STR(sql("select payloads from source_shape"), "0");
    one.first->saved_us -= WATCH_SHOW_US + 1;
    saves(&w, &one, WATCH_SHOW_US, WATCH_SHOW_MAX);
    CHECK_STR(sql("select payloads, fields from source_shape"), "20|3");
    sql("update source_shape set changed_at = 'epoch'");
    one.first->saved_us -= WATCH_SHOW_US + 1; /* nothing came since */
    saves(&w, &one, WATCH_SHOW_US, WATCH_SHOW_MAX);
    CHECK_STR(sql("select changed_at = 'epoch' from source_shape"), "t");
    watch_cache_end(&one);
    world_end(&w);
}

TEST_IN_LOOP(of_many_shops_those_that_have_waited_longest_are_written_first)
{
    struct watch_cache one = {0};
    struct world w;

    world_make(&w);
    for (int i = 0; i < 3; i++) {
        w.connection = given_connection(&w.t, "shopify");
        sees(&w, &one, USUAL, 2 + (size_t)i);
        one.first->saved_us -= WATCH_SHOW_US * (1 + i);
    }
    saves(&w, &one, WATCH_SHOW_US / 2, 2);
    CHECK_STR(sql("select string_agg(payloads::text, ' ' order by payloads) from source_shape"), "0 3 4");
    sql("revoke update on source_shape from tenon_worker");
    saves(&w, &one, 0, 10);
    sql("grant update on source_shape to tenon_worker");
    CHECK_STR(sql("select string_agg(payloads::text, ' ' order by payloads) from source_shape"), "0 3 4");
    CHECK_INT(sees(&w, &one, USUAL, 1).action, DRIFT_PASS);
    watch_cache_end(&one);
    world_end(&w);
}

TEST_IN_LOOP(a_process_that_dies_loses_what_it_had_not_written_and_nothing_else)
{
    struct watch_cache one = {0}, two = {0}, next = {0};
    struct world w;

    world_make(&w);
    sees(&w, &one, USUAL, 300);
    sees(&w, &two, USUAL, 20); /* not written */
    watch_cache_end(&two);
    one.first->saved_us -= WATCH_SAVE_US + 1;
    sees(&w, &one, USUAL, 1);
    CHECK_STR(sql("select payloads from source_shape"), "301");
    CHECK_INT(sees(&w, &next, OBJECT, 1).action, DRIFT_HOLD);
    watch_cache_end(&one);
    watch_cache_end(&next);
    world_end(&w);
}

TEST_IN_LOOP(what_one_thread_opened_is_the_same_case_in_the_other)
{
    struct watch_cache one = {0}, two = {0};
    struct met a, b;
    struct world w;

    world_make(&w);
    sees(&w, &one, USUAL, 300);
    sees(&w, &two, USUAL, 1);
    a = sees(&w, &one, OBJECT, 1);
    b = sees(&w, &two, OBJECT, 1);
    CHECK(uuid_equal(&a.case_id, &b.case_id));
    CHECK_STR(cases_are(), "type_changed held_by open 2");
    watch_cache_end(&one);
    watch_cache_end(&two);
    world_end(&w);
}

TEST_IN_LOOP(what_is_accepted_is_how_things_are_in_every_thread)
{
    struct watch_cache one = {0}, two = {0}, next = {0};
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &one, USUAL, 300);
    sees(&w, &two, USUAL, 1);
    m = sees(&w, &one, OBJECT, 1);
    CHECK_INT(accept(&w, &m.case_id), 0);
    CHECK_INT(sees(&w, &one, OBJECT, 1).action, DRIFT_PASS);
    CHECK_INT(sees(&w, &two, OBJECT, 1).action, DRIFT_PASS);
    CHECK_INT(sees(&w, &next, OBJECT, 30).action, DRIFT_PASS);
    CHECK_INT(sees(&w, &two, USUAL, 1).action, DRIFT_PASS);
    CHECK_STR(sql("select count(*), min(state) from drift_case"), "1|accepted");
    watch_cache_end(&one);
    watch_cache_end(&two);
    watch_cache_end(&next);
    world_end(&w);
}

struct at_once {
    struct world *w;
    struct watch_cache *cache;
    unsigned passed;
};

static void one_at_once(void *arg)
{
    struct at_once *a = arg;

    a->passed += meet(a->w, a->cache, str_of(OBJECT), &(struct how){.again = true}).action == DRIFT_PASS;
}

TEST_IN_LOOP(what_was_judged_while_somebody_decided_is_judged_again)
{
    struct watch_cache one = {0}, two = {0};
    struct at_once a = {NULL, &two, 0};
    struct world w;
    struct met m;

    world_make(&w);
    a.w = &w;
    sees(&w, &one, USUAL, 300);
    sees(&w, &two, USUAL, 1);
    m = sees(&w, &one, OBJECT, 1);
    sees(&w, &two, OBJECT, 1);
    CHECK_INT(accept(&w, &m.case_id), 0);
    for (int i = 0; i < 4; i++)
        CHECK(fiber_start(one_at_once, &a));
    while (fiber_count() > 1)
        fiber_yield();
    CHECK_INT(a.passed, 4);
    CHECK_STR(sql("select count(*), min(state) from drift_case"), "1|accepted");
    watch_cache_end(&one);
    watch_cache_end(&two);
    world_end(&w);
}

TEST_IN_LOOP(what_is_closed_is_a_case_again_when_it_comes_back)
{
    struct watch_cache one = {0}, two = {0};
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &one, USUAL, 300);
    sees(&w, &two, USUAL, 1);
    m = sees(&w, &one, OBJECT, 1);
    dismiss(&w, &m.case_id);
    CHECK_INT(sees(&w, &two, USUAL, 5).action, DRIFT_PASS);
    CHECK_INT(sees(&w, &one, OBJECT, 1).action, DRIFT_HOLD);
    CHECK_STR(sql("select string_agg(state, ' ' order by first_seen) from drift_case"), "closed open");
    watch_cache_end(&one);
    watch_cache_end(&two);
    world_end(&w);
}

TEST_IN_LOOP(a_policy_that_changes_holds_from_the_next_deviation_on)
{
    struct watch_cache cache = {0};
    struct world w;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    CHECK_INT(sees(&w, &cache, OBJECT, 1).action, DRIFT_HOLD);
    sql("insert into drift_policy (partner_id, customer_id, policy_id, bearing, other, changed_by) values"
        " ('%s', '%s', gen_random_uuid(), 'fhphhhh', 'ppppppp', 'x')",
        id(&w.t.partner_id), id(&w.t.customer_id));
    CHECK_INT(sees(&w, &cache, OBJECT, 1).action, DRIFT_FAIL);
    sql("insert into drift_policy (partner_id, customer_id, policy_id, connection_id, bearing, other, changed_by)"
        " values ('%s', '%s', gen_random_uuid(), '%s', 'pppphhh', 'ppppppp', 'x')",
        id(&w.t.partner_id), id(&w.t.customer_id), id(&w.connection));
    CHECK_INT(sees(&w, &cache, OBJECT, 1).action, DRIFT_PASS);
    watch_cache_end(&cache);
    world_end(&w);
}

/* ---- threads that are some ---- */

#define EACH 600

static struct world shared;

static void learn_alone(void)
{
    struct watch_cache cache = {0};
    struct world w = shared;

    w.worker = pool_as("tenon_worker");
    sees(&w, &cache, USUAL, EACH);
    cache.first->saved_us -= WATCH_SAVE_US + 1;
    sees(&w, &cache, USUAL, 1);
    watch_cache_end(&cache);
    db_close(w.worker);
}

static void *learner(void *arg)
{
    (void)arg;
    test_in_loop(learn_alone);
    return NULL;
}

TEST_IN_LOOP(threads_at_once_lose_nothing)
{
    pthread_t threads[3];

    world_make(&shared);
    sql("insert into source_shape (partner_id, customer_id, shape_id, connection_id, object, version)"
        " values ('%s', '%s', gen_random_uuid(), '%s', 'order', '2025-01')",
        id(&shared.t.partner_id), id(&shared.t.customer_id), id(&shared.connection));
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, learner, NULL), 0);
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    CHECK_STR(sql("select payloads from source_shape"), "1803");
    world_end(&shared);
}

/* ---- cases that are met while others are written ---- */

struct saver {
    struct scope *sc;
    struct watch_copy *c;
    bool over;
};

static void save_it(void *arg)
{
    struct saver *s = arg;

    CHECK_OK(copy_save(s->sc, s->c));
    s->over = true;
}

TEST_IN_LOOP(what_is_met_while_a_copy_is_written_counts_the_next_time)
{
    struct watch_cache cache = {0};
    struct saver s = {0};
    struct world w;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    for (int i = 0; i < 40 && !cache.first->known_count; i++) /* a field that is new holds nothing up */
        sees(&w, &cache, "{\"held_by\":\"location\",\"state\":\"paid\",\"weight\":500,\"extra\":1}", 1);
    CHECK_INT(cache.first->known_count, 1);
    sql("update drift_case set affected = 0");
    s.c = cache.first;
    s.c->known[0].affected = 3;
    s.sc = scope_in(w.worker, &w.t);
    CHECK_OK(copy_meet(s.sc, s.c));
    CHECK(fiber_start(save_it, &s));
    fiber_yield(); /* until the database is asked */
    CHECK(!s.over);
    s.c->known[0].affected += 2;
    while (!s.over)
        fiber_sleep_us(1000);
    scope_free(s.sc);
    CHECK_STR(sql("select affected from drift_case"), "3");
    CHECK_INT(s.c->known[0].affected, 2);
    watch_cache_end(&cache);
    world_end(&w);
}
