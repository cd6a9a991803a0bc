#include "watch_kit.h"

/* An order that waits for a case; what it is told. */
static bool waits(struct world *w, const struct uuid *case_id, const struct uuid *order, const struct uuid *message,
                  bool freed)
{
    struct scope *sc = scope_in(w->worker, &w->t);
    bool out = false;

    CHECK_OK(watch_waits(sc,
                         &(struct watch_wait){.cases = case_id,
                                              .case_count = 1,
                                              .kind = "order",
                                              .waiting_id = *order,
                                              .message_id = *message,
                                              .freed = freed},
                         &out));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return out;
}

TEST_IN_LOOP(who_waits_for_a_case_goes_on_when_it_is_accepted_once_and_in_order)
{
    struct watch_cache cache = {0};
    struct uuid orders[5], message = uuid_new();
    struct watch_waiting *v = NULL;
    struct watch_case c;
    struct scope *sc;
    struct world w;
    struct met m;
    size_t n = 0;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    m = sees(&w, &cache, OBJECT, 1);
    for (size_t i = 0; i < 5; i++) {
        orders[i] = uuid_new();
        CHECK(waits(&w, &m.case_id, &orders[i], &message, false));
        CHECK(waits(&w, &m.case_id, &orders[i], &message, false));
    }
    c = case_of(&w, &m.case_id, &sc);
    CHECK_INT(c.waiting, 5);
    CHECK_OK(watch_case_accept(sc, &c, "the tests", &v, &n));
    CHECK_OK(db_commit(sc));
    CHECK_INT(n, 5);
    for (size_t i = 0; i < 5; i++)
        CHECK(uuid_equal(&v[i].id, &orders[i]));
    CHECK_ERR(watch_case_accept(sc, &c, "the tests", &v, &n), ERR_CONFLICT);
    db_rollback(sc);
    scope_free(sc);
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(who_waits_for_two_cases_goes_on_with_the_last)
{
    struct watch_cache cache = {0};
    struct uuid order = uuid_new(), message = uuid_new();
    struct met a, b;
    struct world w;

    world_make(&w);
    sees(&w, &cache, "{\"held_by\":\"location\",\"currency\":\"EUR\"}", 300);
    a = sees(&w, &cache, "{\"held_by\":{\"kind\":1},\"currency\":\"EUR\"}", 1);
    b = sees(&w, &cache, "{\"held_by\":\"location\",\"currency\":[1]}", 1);
    CHECK(!uuid_equal(&a.case_id, &b.case_id));
    CHECK(waits(&w, &a.case_id, &order, &message, false));
    CHECK(waits(&w, &b.case_id, &order, &message, false));
    CHECK_INT(accept(&w, &a.case_id), 0);
    CHECK_INT(accept(&w, &b.case_id), 1);
    watch_cache_end(&cache);
    world_end(&w);
}

/* What holds it after the case was accepted: NULL when nothing does. */
static const char *held_after(struct world *w, const struct uuid *case_id, const struct uuid *order)
{
    struct watch_still *still = NULL;
    struct watch_waiting *v = NULL;
    const char *out = NULL;
    struct scope *sc;
    struct watch_case c = case_of(w, case_id, &sc);
    size_t n = 0;

    CHECK_OK(watch_case_accept(sc, &c, "the tests", &v, &n));
    CHECK_OK(watch_case_still(sc, &c, &still, &n));
    CHECK(n <= 1);
    if (n) {
        CHECK(uuid_equal(&still[0].id, order));
        CHECK_STR(still[0].kind, "order");
        out = arena_strdup(test_scope()->arena, still[0].reason);
    }
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    return out;
}

TEST_IN_LOOP(who_waits_for_others_besides_is_told_what_still_holds_it)
{
    struct uuid order = uuid_new(), message = uuid_new(), other = uuid_new();
    struct watch_cache cache = {0};
    struct met a, b, c;
    struct world w;

    world_make(&w);
    sees(&w, &cache, "{\"held_by\":\"location\",\"currency\":\"EUR\",\"email\":\"a@example.com\"}", 300);
    a = sees(&w, &cache, "{\"held_by\":{\"kind\":1},\"currency\":\"EUR\",\"email\":\"a@example.com\"}", 1);
    b = sees(&w, &cache, "{\"held_by\":\"location\",\"currency\":[1],\"email\":\"a@example.com\"}", 1);
    c = sees(&w, &cache, "{\"held_by\":\"location\",\"currency\":\"EUR\",\"email\":7}", 1);
    CHECK(waits(&w, &a.case_id, &order, &message, false));
    CHECK(waits(&w, &b.case_id, &order, &message, false));
    CHECK(waits(&w, &c.case_id, &order, &message, false));
    CHECK(waits(&w, &a.case_id, &other, &message, false)); /* for that one alone */
    CHECK_STR(held_after(&w, &a.case_id, &order), "currency was a code of capital letters and is a list, and 1 more");
    CHECK_STR(held_after(&w, &b.case_id, &order), "email was an e-mail address and is a whole number");
    CHECK(!held_after(&w, &c.case_id, &order));
    watch_cache_end(&cache);
    world_end(&w);
}

/* A policy lets new types pass elsewhere: they are no reason for what is held. */
TEST_IN_LOOP(what_is_held_says_how_many_hold_it)
{
    struct watch_cache cache = {0};
    struct world w;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    sees(&w, &cache, "{\"held_by\":{\"kind\":1},\"state\":7,\"weight\":500}", 5);
    CHECK_STR(cases_are(), "type_changed held_by open 5, type_changed state open 4");
    CHECK_STR(sees(&w, &cache, "{\"held_by\":{\"kind\":1},\"state\":7,\"weight\":500}", 1).reason,
              "held_by was a word and is an object");
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(what_a_person_let_go_is_not_stopped_by_the_same_again)
{
    struct uuid order = uuid_new(), message = uuid_new(), other = uuid_new();
    struct watch_cache cache = {0};
    struct met m, later;
    struct world w;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    m = sees(&w, &cache, OBJECT, 1);
    CHECK(waits(&w, &m.case_id, &order, &message, false));
    CHECK(waits(&w, &m.case_id, &order, &other, true)); /* another message: nobody let that go */
    CHECK(!waits(&w, &m.case_id, &order, &other, true));
    CHECK(!waits(&w, &m.case_id, &order, &message, false));
    dismiss(&w, &m.case_id);
    later = sees(&w, &cache, OBJECT, 1);
    CHECK(!uuid_equal(&m.case_id, &later.case_id));
    CHECK(!waits(&w, &later.case_id, &order, &message, false)); /* of the same deviation */
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(of_two_deliveries_that_were_stopped_alike_both_go_on_when_their_order_is_let_go)
{
    struct uuid order = uuid_new(), first = uuid_new(), second = uuid_new();
    struct watch_cache cache = {0};
    struct watch_case c;
    struct scope *sc;
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    m = sees(&w, &cache, OBJECT, 1);
    CHECK(waits(&w, &m.case_id, &order, &first, false));
    CHECK(waits(&w, &m.case_id, &order, &second, false));
    c = case_of(&w, &m.case_id, &sc);
    CHECK_INT(c.waiting, 1); /* order */
    db_rollback(sc);
    scope_free(sc);
    CHECK(!waits(&w, &m.case_id, &order, &first, true));
    CHECK(!waits(&w, &m.case_id, &order, &second, true));
    CHECK_STR(sql("select count(*) from drift_waiting where released_at is null"), "0");
    watch_cache_end(&cache);
    world_end(&w);
}

/* Between the judging of a payload and the order's being put aside. */
TEST_IN_LOOP(nobody_waits_for_what_was_accepted_meanwhile)
{
    struct uuid order = uuid_new(), message = uuid_new();
    struct watch_cache cache = {0};
    struct world w;
    struct met m;

    world_make(&w);
    sees(&w, &cache, USUAL, 300);
    m = sees(&w, &cache, OBJECT, 1);
    accept(&w, &m.case_id);
    CHECK(!waits(&w, &m.case_id, &order, &message, false));
    CHECK_STR(sql("select count(*) from drift_waiting"), "0");
    watch_cache_end(&cache);
    world_end(&w);
}

TEST_IN_LOOP(cases_are_listed_for_who_may_see_them)
{
    struct watch_filter all = {.state = "open"};
    struct watch_cache cache = {0};
    struct watch_case *v = NULL;
    struct tenant globex;
    struct scope *sc;
    struct world w;
    size_t n = 0;

    world_make(&w);
    globex = given_tenant("globex");
    sees(&w, &cache, USUAL, 300);
    sees(&w, &cache, OBJECT, 1);
    sc = scope_in(w.api, &w.t);
    CHECK_OK(watch_case_list(sc, &all, 10, &v, &n));
    CHECK_INT(n, 1);
    CHECK_STR(v[0].object, "order");
    all.state = "closed";
    CHECK_OK(watch_case_list(sc, &all, 10, &v, &n));
    CHECK_INT(n, 0);
    db_rollback(sc);
    scope_free(sc);
    sc = scope_in(w.api, &globex);
    all.state = NULL;
    CHECK_OK(watch_case_list(sc, &all, 10, &v, &n));
    CHECK_INT(n, 0);
    db_rollback(sc);
    scope_free(sc);
    watch_cache_end(&cache);
    world_end(&w);
}
