#include "connect_kit.h"
#include "sys/fiber.h"

static struct peer *peer;
static int inside, most_inside, ended; /* every test runs in a process of its own */

static void work(void *arg)
{
    (void)arg;
    peer_enter(peer);
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
    while (inside > 2)
        fiber_yield();
    most_inside = inside;
    while (ended < 20)
        fiber_yield();
    CHECK_INT(most_inside, 2);
    peers_clear();
}

static int logins;

static void log_in(void *arg)
{
    (void)arg;
    while (!peer_session(peer)) {
        if (!peer_login_begin(peer))
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
    CHECK(peer_login_begin(peer));
    peer_login_end(peer, true);
    CHECK(peer_is_refused(peer));
    CHECK(peer_login_begin(peer));
    peer_login_end(peer, false);
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
