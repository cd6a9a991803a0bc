#include "connect_kit.h"
#include "sys/fiber.h"

static struct peer *peer;
static int inside, most_inside, ended; /* every test runs in a process of its own */

/* As a link does that lives for a moment only. */
static struct peer *peer_at(const struct uuid *account, unsigned places, int64_t version)
{
    struct peer *p = peer_take(account, places, version);

    peer_give(p);
    return p;
}

static struct peer *peer_of(const struct uuid *account, unsigned places)
{
    return peer_at(account, places, 1);
}

static void work(void *arg)
{
    (void)arg;
    CHECK_OK(peer_enter(test_scope(), peer, LANE_ORDERS));
    inside++;
    if (inside > most_inside)
        most_inside = inside;
    fiber_yield();
    fiber_yield();
    inside--;
    peer_leave(peer);
    ended++;
}

TEST_IN_LOOP(no_more_calls_than_allowed_run_at_one_account)
{
    struct uuid account = uuid_new();

    peer = peer_of(&account, 3);
    for (int i = 0; i < 20; i++)
        CHECK(fiber_start(work, NULL));
    while (ended < 20)
        fiber_yield();
    CHECK_INT(most_inside, 3);
    peers_clear();
}

TEST_IN_LOOP(a_changed_number_of_places_counts_at_once)
{
    struct uuid account = uuid_new();

    peer = peer_of(&account, 1);
    for (int i = 0; i < 20; i++)
        CHECK(fiber_start(work, NULL));
    fiber_yield();
    CHECK(peer_of(&account, 4) == peer);
    while (ended < 10)
        fiber_yield();
    CHECK_INT(most_inside, 4);
    CHECK(peer_of(&account, 2) == peer);
    while (ended < 15) /* also those that have a place already */
        fiber_yield();
    most_inside = 0;
    while (ended < 20)
        fiber_yield();
    CHECK_INT(most_inside, 2);
    peers_clear();
}

static bool begins(void)
{
    bool first = false;

    CHECK_OK(peer_login_begin(test_scope(), peer, &first));
    return first;
}

static int logins;

static void log_in(void *arg)
{
    bool first;

    (void)arg;
    while (!peer_session(peer)) {
        CHECK_OK(peer_login_begin(test_scope(), peer, &first));
        if (!first)
            continue;
        if (!peer_session(peer)) {
            logins++;
            fiber_yield();
            peer_session_set(peer, "session");
        }
        peer_login_end(peer, false);
    }
    ended++;
}

TEST_IN_LOOP(one_login_serves_all_who_wait_for_it)
{
    struct uuid account = uuid_new();

    peer = peer_of(&account, 10);
    for (int i = 0; i < 10; i++)
        CHECK(fiber_start(log_in, NULL));
    while (ended < 10)
        fiber_yield();
    CHECK_INT(logins, 1);
    CHECK_STR(peer_session(peer), "session");
    peer_session_set(peer, NULL);
    CHECK(!peer_session(peer));
    peers_clear();
}

TEST_IN_LOOP(a_refused_login_is_remembered_until_one_succeeds)
{
    struct uuid account = uuid_new();

    peer = peer_of(&account, 1);
    CHECK(!peer_is_refused(peer));
    CHECK(begins());
    peer_login_end(peer, true);
    CHECK(peer_is_refused(peer));
    CHECK(begins());
    peer_login_end(peer, false);
    CHECK(!peer_is_refused(peer));
    peers_clear();
}

TEST(logins_that_are_refused_again_and_again_become_rare)
{
    CHECK_INT(peer_refusal_us(1), INT64_C(60) * 1000000);
    CHECK_INT(peer_refusal_us(2), INT64_C(300) * 1000000);
    CHECK_INT(peer_refusal_us(3), INT64_C(900) * 1000000);
    CHECK_INT(peer_refusal_us(4000000000u), INT64_C(900) * 1000000);
}

TEST_IN_LOOP(a_change_of_the_connection_lets_a_refused_login_be_tried_at_once)
{
    struct uuid account = uuid_new();

    peer = peer_take(&account, 1, 1);
    CHECK(begins());
    peer_login_end(peer, true);
    CHECK(peer_is_refused(peer));
    CHECK(peer_take(&account, 1, 2) == peer);
    CHECK(!peer_is_refused(peer));
    peers_clear();
}

TEST_IN_LOOP(what_is_remembered_belongs_to_one_account_and_one_kind)
{
    struct uuid one = uuid_new(), two = uuid_new();
    int64_t v[2] = {0, 0};

    peer_remember(peer_of(&one, 1), "product", "A", (int64_t[2]){7, 8});
    CHECK(peer_recall(peer_of(&one, 1), "product", "A", v));
    CHECK(v[0] == 7 && v[1] == 8);
    CHECK(!peer_recall(peer_of(&two, 1), "product", "A", v));
    CHECK(!peer_recall(peer_of(&one, 1), "party", "A", v));
    CHECK(!peer_recall(peer_of(&one, 1), "product", "AA", v));
    peer_remember(peer_of(&one, 1), "product", "A", (int64_t[2]){9, 10});
    CHECK(peer_recall(peer_of(&one, 1), "product", "A", v));
    CHECK_INT(v[0], 9);
    peers_clear();
    CHECK(!peer_recall(peer_of(&one, 1), "product", "A", v));
    peers_clear();
}

static enum err late_result;

static void wait_for_a_place(void *arg)
{
    struct scope *sc = arg;

    late_result = peer_enter(sc, peer, LANE_ORDERS);
    ended++;
}

TEST_IN_LOOP(waiting_for_a_place_ends_with_the_time_of_who_waits)
{
    struct uuid account = uuid_new();
    struct scope *sc = test_scope();

    peer = peer_of(&account, 1);
    CHECK_OK(peer_enter(sc, peer, LANE_ORDERS));
    sc->deadline_us = loop_now_us() + 20000;
    CHECK(fiber_start(wait_for_a_place, sc));
    while (!ended)
        fiber_yield();
    CHECK_INT(late_result, ERR_TIMEOUT);
    peer_leave(peer);
    CHECK_OK(peer_enter(sc, peer, LANE_ORDERS)); /* the place was not lost with it */
    CHECK(begins());
    bool first;
    CHECK_ERR(peer_login_begin(sc, peer, &first), ERR_TIMEOUT);
    peer_login_end(peer, false);
    peer_leave(peer);
    peers_clear();
}

TEST_IN_LOOP(a_session_that_ended_does_not_take_a_newer_one_with_it)
{
    struct uuid account = uuid_new();

    peer = peer_of(&account, 1);
    peer_session_set(peer, "new");
    peer_session_ended(peer, "old");
    CHECK_STR(peer_session(peer), "new");
    peer_session_ended(peer, "new");
    CHECK(!peer_session(peer));
    peers_clear();
}

TEST_IN_LOOP(a_changed_connection_is_known_afresh)
{
    struct uuid account = uuid_new();
    int64_t v[2];

    peer = peer_at(&account, 1, 1);
    peer_session_set(peer, "session");
    peer_remember(peer, "product", "A", (int64_t[2]){7, 8});
    CHECK(peer_at(&account, 1, 1) == peer);
    CHECK_STR(peer_session(peer), "session");
    CHECK(peer_recall(peer, "product", "A", v));
    CHECK(peer_at(&account, 1, 2) == peer);
    CHECK(!peer_session(peer));
    CHECK(!peer_recall(peer, "product", "A", v));
    peers_clear();
}

TEST_IN_LOOP(accounts_that_nobody_uses_make_room_for_others)
{
    struct uuid kept = uuid_new();
    struct peer *first = peer_take(&kept, 1, 1);

    peer_session_set(first, "session");
    for (int i = 0; i < PEERS_KNOWN_MAX + 1000; i++) {
        struct uuid account = uuid_new();

        peer_remember(peer_of(&account, 1), "product", "A", (int64_t[2]){7, 8});
    }
    CHECK(peers_known() <= PEERS_KNOWN_MAX);
    CHECK(peer_of(&kept, 1) == first); /* which is in use */
    CHECK_STR(peer_session(first), "session");
    peer_give(first);
    peers_clear();
    CHECK_INT(peers_known(), 0);
}

/* ---- whose turn it is ---- */

static struct peer *crowded;
static char order_of[64];
static size_t order_n;

static void enter_as(void *arg)
{
    enum lane lane = (enum lane)(uintptr_t)arg;
    struct scope *sc = scope_new();

    CHECK_OK(peer_enter(sc, crowded, lane));
    order_of[order_n++] = (char)('0' + (int)lane);
    peer_leave(crowded);
    scope_free(sc);
}

TEST_IN_LOOP(a_place_goes_to_the_highest_lane_that_waits)
{
    struct uuid account = uuid_new();
    static const enum lane comes[] = {LANE_CATALOGUE, LANE_CATALOGUE, LANE_BACKFILL,
                                      LANE_ORDERS,    LANE_STOCK,     LANE_ORDERS};

    crowded = peer_take(&account, 1, 1);
    CHECK_OK(peer_enter(test_scope(), crowded, LANE_ORDERS));
    for (size_t i = 0; i < ARRAY_LEN(comes); i++)
        CHECK(fiber_start(enter_as, (void *)(uintptr_t)comes[i]));
    fiber_sleep_us(1000);
    peer_leave(crowded);
    fiber_sleep_us(1000);
    order_of[order_n] = '\0';
    CHECK_STR(order_of, "001334");
    peer_give(crowded);
    peers_clear();
}

TEST_IN_LOOP(bulk_work_leaves_a_place_and_still_gets_its_turn)
{
    struct uuid account = uuid_new();
    struct scope *sc = test_scope();

    order_n = 0;
    crowded = peer_take(&account, 4, 1);
    for (int i = 0; i < 3; i++)
        CHECK_OK(peer_enter(sc, crowded, LANE_CATALOGUE));
    CHECK(fiber_start(enter_as, (void *)(uintptr_t)LANE_CATALOGUE));
    fiber_sleep_us(1000);
    CHECK_INT(order_n, 0);
    for (int i = 0; i < 14; i++) {
        CHECK_OK(peer_enter(sc, crowded, LANE_ORDERS)); /* at once */
        peer_leave(crowded);
    }
    CHECK_OK(peer_enter(sc, crowded, LANE_ORDERS));
    for (int i = 0; i < 2; i++)
        CHECK(fiber_start(enter_as, (void *)(uintptr_t)LANE_STOCK));
    fiber_sleep_us(1000);
    CHECK_INT(order_n, 0);
    peer_leave(crowded);
    fiber_sleep_us(1000);
    peer_leave(crowded);
    fiber_sleep_us(1000);
    order_of[order_n] = '\0';
    CHECK_STR(order_of, "131");
    peer_leave(crowded);
    peer_leave(crowded);
    peer_give(crowded);
    peers_clear();
}
