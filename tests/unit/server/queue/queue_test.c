#include "queue/queue.h"

#include <signal.h>

#include "base/timefmt.h"
#include "kit/loop.h"
#include "kit/redis.h"
#include "kit/test.h"
#include "redis/redis.h"

static struct test_redis server;
static struct redis *r;
static struct queue *q;

static void open_queue(void)
{
    test_redis_start(&server);
    r = redis_open(server.url);
    q = queue_open(r, "test");
}

static void close_queue(void)
{
    queue_close(q);
    redis_close(r);
}

static enum err ask(const char *a, const char *b, const char *c)
{
    struct str argv[] = {str_of(a), str_of(b), str_of(c)};
    struct redis_reply reply;

    return redis_command(test_scope(), r, argv, c ? 3 : b ? 2 : 1, &reply);
}

static struct uuid numbered(unsigned kind, unsigned i)
{
    return (struct uuid){.b = {(uint8_t)kind, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
}

static struct ticket ticket(enum lane lane, unsigned customer, unsigned job)
{
    return (struct ticket){numbered(1, 1), numbered(2, customer), numbered(3, job), lane};
}

static void put_many(enum lane lane, unsigned customer, unsigned n)
{
    struct scope *sc = scope_new();
    struct ticket *v = ARENA_ARRAY(sc->arena, struct ticket, n);

    for (unsigned i = 0; i < n; i++)
        v[i] = ticket(lane, customer, i);
    CHECK_OK(queue_put(sc, q, v, n));
    scope_free(sc);
}

static size_t take(size_t max, struct ticket_list *out)
{
    *out = (struct ticket_list){0};
    CHECK_OK(queue_take(test_scope(), q, max, NULL, 0, out));
    return out->n;
}

static unsigned count_of(const struct ticket_list *list, unsigned customer)
{
    struct uuid id = numbered(2, customer);
    unsigned n = 0;

    for (size_t i = 0; i < list->n; i++)
        n += uuid_equal(&list->v[i].customer_id, &id);
    return n;
}

TEST_IN_LOOP(what_was_put_is_taken_once_and_in_order)
{
    struct ticket_list list;

    open_queue();
    CHECK_INT(take(10, &list), 0);
    put_many(LANE_STOCK, 7, 5);
    CHECK_INT(take(3, &list), 3);
    for (unsigned i = 0; i < 3; i++) {
        struct ticket want = ticket(LANE_STOCK, 7, i);

        CHECK(memcmp(&list.v[i], &want, sizeof(want)) == 0);
    }
    CHECK_INT(take(10, &list), 2);
    CHECK_INT(take(10, &list), 0);
    close_queue();
}

TEST_IN_LOOP(an_id_that_waits_already_is_not_put_again)
{
    struct ticket_list list;

    open_queue();
    put_many(LANE_ORDERS, 1, 10);
    put_many(LANE_ORDERS, 1, 12);
    CHECK_INT(take(100, &list), 12);
    close_queue();
}

TEST_IN_LOOP(a_flood_of_one_customer_does_not_delay_another)
{
    struct ticket_list list;

    open_queue();
    put_many(LANE_ORDERS, 1, 10000);
    put_many(LANE_ORDERS, 2, 10);
    take(20, &list);
    CHECK_INT(list.n, 20);
    CHECK_INT(count_of(&list, 2), 10);
    close_queue();
}

TEST_IN_LOOP(a_customer_gets_turns_by_weight)
{
    struct scope *sc = test_scope();
    struct uuid partner = numbered(1, 1), customer = numbered(2, 2);
    struct ticket_list list;

    open_queue();
    CHECK_ERR(queue_weight_set(sc, q, &partner, &customer, 0), ERR_INVALID);
    CHECK_ERR(queue_weight_set(sc, q, &partner, &customer, QUEUE_WEIGHT_MAX + 1), ERR_INVALID);
    CHECK_OK(queue_weight_set(sc, q, &partner, &customer, 3));
    put_many(LANE_ORDERS, 1, 1000);
    put_many(LANE_ORDERS, 2, 1000);
    take(100, &list);
    CHECK_INT(count_of(&list, 1), 25);
    CHECK_INT(count_of(&list, 2), 75);
    close_queue();
}

TEST_IN_LOOP(a_higher_lane_goes_first_and_a_lower_one_does_not_starve)
{
    struct ticket_list list;
    unsigned by_lane[LANE_COUNT] = {0};

    open_queue();
    for (int lane = LANE_COUNT - 1; lane >= 0; lane--)
        put_many((enum lane)lane, 1, 1000);
    for (int i = 0; i < 8; i++) {
        CHECK_INT(take(80, &list), 80);
        for (size_t k = 0; k < list.n; k++)
            by_lane[list.v[k].lane]++;
    }
    CHECK_INT(by_lane[LANE_ORDERS], 600);
    for (int lane = LANE_STOCK; lane < LANE_COUNT; lane++)
        CHECK_INT(by_lane[lane], 10);
    close_queue();
}

TEST_IN_LOOP(the_share_of_the_lower_lanes_holds_for_single_takes_too)
{
    struct ticket_list list;
    unsigned lower = 0;

    open_queue();
    put_many(LANE_ORDERS, 1, 200);
    put_many(LANE_BACKFILL, 1, 200);
    for (int i = 0; i < 64; i++) {
        take(1, &list);
        lower += list.v[0].lane == LANE_BACKFILL;
    }
    CHECK_INT(lower, 4);
    close_queue();
}

TEST_IN_LOOP(lanes_are_served_by_precedence_when_the_first_is_empty)
{
    struct ticket_list list;

    open_queue();
    put_many(LANE_BACKFILL, 1, 5);
    put_many(LANE_FINANCE, 1, 5);
    CHECK_INT(take(10, &list), 10);
    for (size_t i = 0; i < 10; i++)
        CHECK_INT(list.v[i].lane, i < 5 ? LANE_FINANCE : LANE_BACKFILL);
    close_queue();
}

TEST_IN_LOOP(delayed_work_comes_when_it_is_due)
{
    struct scope *sc = test_scope();
    struct ticket v[2] = {ticket(LANE_ORDERS, 1, 1), ticket(LANE_ORDERS, 1, 2)};
    struct ticket_list list;
    int64_t now = time_now_us();

    open_queue();
    CHECK_OK(queue_put_at(sc, q, v, (int64_t[]){now - 1, now + 3600000000}, 2)); /* to each its own time */
    CHECK_INT(take(10, &list), 1);
    CHECK(uuid_equal(&list.v[0].job_id, &v[0].job_id));
    CHECK_INT(take(10, &list), 0);
    CHECK_OK(queue_put_at(sc, q, &v[1], &(int64_t){now - 1}, 1)); /* moved, not doubled */
    CHECK_INT(take(10, &list), 1);
    CHECK_INT(take(10, &list), 0);
    close_queue();
}

TEST_IN_LOOP(a_large_due_set_is_moved_in_parts)
{
    struct scope *sc = test_scope();
    struct ticket *v = ARENA_ARRAY(sc->arena, struct ticket, 1000);
    int64_t *due = ARENA_ARRAY(sc->arena, int64_t, 1000);
    struct ticket_list list;
    size_t sum = 0;

    open_queue();
    for (unsigned i = 0; i < 1000; i++)
        v[i] = ticket(LANE_STOCK, i % 10, i), due[i] = time_now_us() - 1 - (int64_t)i;
    CHECK_OK(queue_put_at(sc, q, v, due, 1000));
    for (int i = 0; i < 20; i++) {
        sum += take(256, &list);
        CHECK(list.n <= 256);
    }
    CHECK_INT(sum, 1000);
    close_queue();
}

TEST_IN_LOOP(the_depth_counts_what_is_ready)
{
    struct scope *sc = test_scope();
    struct ticket later = ticket(LANE_ORDERS, 1, 9999);
    struct ticket_list list;
    size_t depth[LANE_COUNT];

    open_queue();
    put_many(LANE_ORDERS, 1, 300);
    put_many(LANE_ORDERS, 1, 300);
    put_many(LANE_CATALOGUE, 2, 20);
    CHECK_OK(queue_put_at(sc, q, &later, &(int64_t){time_now_us() + 3600000000}, 1));
    CHECK_OK(queue_depth(sc, q, depth));
    CHECK_INT(depth[LANE_ORDERS], 300);
    CHECK_INT(depth[LANE_CATALOGUE], 20);
    CHECK_INT(depth[LANE_STOCK], 0);
    take(160, &list);
    CHECK_OK(queue_depth(sc, q, depth));
    CHECK_INT(depth[LANE_ORDERS], 150);
    CHECK_INT(depth[LANE_CATALOGUE], 10);
    close_queue();
}

static bool is_lost(void)
{
    bool lost = false;

    CHECK_OK(queue_epoch_check(test_scope(), q, &lost));
    return lost;
}

TEST_IN_LOOP(a_flush_is_noticed)
{
    struct ticket_list list;

    open_queue();
    CHECK(is_lost());
    CHECK_OK(queue_epoch_set(test_scope(), q));
    CHECK(!is_lost());
    put_many(LANE_ORDERS, 1, 10);
    CHECK_OK(ask("FLUSHALL", NULL, NULL));
    CHECK(is_lost());
    CHECK_INT(take(10, &list), 0);
    put_many(LANE_ORDERS, 1, 10); /* the scripts are forgotten as well */
    CHECK_INT(take(10, &list), 10);
    close_queue();
}

TEST_IN_LOOP(another_server_process_counts_as_lost_even_if_it_remembers)
{
    struct ticket_list list;
    bool lost = false;

    open_queue();
    CHECK_OK(queue_epoch_set(test_scope(), q));
    test_redis_kill(&server);
    test_redis_restart(&server);
    while (queue_epoch_check(test_scope(), q, &lost) != OK)
        fiber_sleep_us(5000);
    CHECK(lost);
    CHECK_OK(ask("SET", "{test}:epoch", "the id of a server that ran before"));
    CHECK(is_lost());
    put_many(LANE_ORDERS, 1, 3);
    CHECK_INT(take(10, &list), 3);
    close_queue();
}

TEST_IN_LOOP(values_that_are_not_ours_are_passed_over)
{
    struct ticket_list list;

    open_queue();
    CHECK_OK(ask("RPUSH", "{test}:ring:0", "short"));
    CHECK_OK(ask("RPUSH", "{test}:ring:0", "a tenant of thirty-two octets ..."));
    CHECK_OK(redis_command(test_scope(), r, (struct str[]){STR("ZADD"), STR("{test}:due"), STR("1"), STR("nonsense")},
                           4, &(struct redis_reply){0}));
    CHECK_OK(ask("SET", "{test}:turn", "many"));
    put_many(LANE_ORDERS, 1, 5);
    CHECK_INT(take(10, &list), 5);
    CHECK_INT(take(10, &list), 0);
    close_queue();
}

TEST_IN_LOOP(a_key_of_another_type_is_thrown_away_and_all_counts_as_lost)
{
    static const char *const keys[] = {"{test}:ring:0", "{test}:due",  "{test}:depth", "{test}:wake",
                                       "{test}:seq",    "{test}:turn", "{test}:weight"};
    struct ticket_list list;

    open_queue();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        CHECK_OK(ask("FLUSHALL", NULL, NULL));
        CHECK_OK(queue_epoch_set(test_scope(), q));
        CHECK_OK(ask("SADD", keys[i], "x"));
        put_many(LANE_ORDERS, 1, 5);
        CHECK_INT(take(10, &list), 5);
        if (!is_lost())
            test_failed(__FILE__, __LINE__, "%s: not lost", keys[i]);
    }
    close_queue();
}

TEST_IN_LOOP(without_redis_it_is_unavailable)
{
    struct scope *sc = test_scope();
    struct ticket one = ticket(LANE_ORDERS, 1, 1);
    struct ticket_list list;
    int64_t start;

    open_queue();
    test_redis_kill(&server);
    fiber_sleep_us(20000);
    CHECK_ERR(queue_put(sc, q, &one, 1), ERR_UNAVAILABLE);
    CHECK_ERR(queue_take(sc, q, 10, NULL, 0, &list), ERR_UNAVAILABLE);
    start = loop_now_us();
    CHECK_ERR(queue_wait(sc, q, 30), ERR_UNAVAILABLE);
    CHECK(loop_now_us() - start >= 30000); /* or a worker's loop would spin */
    close_queue();
}

static int64_t put_us;

static void puts_later(void *arg)
{
    struct scope *sc = scope_new();
    struct ticket one = ticket(LANE_ORDERS, 1, 1);

    (void)arg;
    fiber_sleep_us(50000);
    put_us = loop_now_us();
    CHECK_OK(queue_put(sc, q, &one, 1));
    scope_free(sc);
}

TEST_IN_LOOP(a_put_wakes_who_waits)
{
    struct scope *sc = test_scope();
    struct ticket_list list;

    open_queue();
    CHECK_INT(take(10, &list), 0);
    CHECK(fiber_start(puts_later, NULL));
    CHECK_OK(queue_wait(sc, q, 10000));
    CHECK(put_us && loop_now_us() - put_us < 50000);
    CHECK_INT(take(10, &list), 1);
    close_queue();
}

TEST_IN_LOOP(who_is_left_out_keeps_what_waits)
{
    struct scope *sc = test_scope();
    struct ticket_list list;
    struct ticket but[] = {ticket(LANE_ORDERS, 1, 0), ticket(LANE_STOCK, 2, 0)};

    open_queue();
    put_many(LANE_ORDERS, 1, 10);
    put_many(LANE_ORDERS, 2, 10);
    put_many(LANE_STOCK, 1, 10);
    put_many(LANE_STOCK, 2, 10);
    CHECK_OK(queue_take(sc, q, 100, but, 2, &list));
    CHECK_INT(list.n, 20);
    CHECK_INT(count_of(&list, 1), 10);
    CHECK_INT(count_of(&list, 2), 10);
    for (size_t i = 0; i < list.n; i++)
        CHECK((list.v[i].lane == LANE_ORDERS) == uuid_equal(&list.v[i].customer_id, &but[1].customer_id));
    CHECK(list.left_out);
    CHECK_OK(queue_take(sc, q, 100, but, 2, &list));
    CHECK(list.n == 0 && list.left_out);
    CHECK_OK(queue_take(sc, q, 100, but, 1, &list));
    CHECK(list.n == 10 && list.left_out);
    CHECK_INT(take(100, &list), 10);
    CHECK(!list.left_out);
    close_queue();
}

static void wakes_later(void *arg)
{
    (void)arg;
    fiber_sleep_us(50000);
    put_us = loop_now_us();
    queue_wake(q);
}

TEST_IN_LOOP(a_wait_ends_when_its_own_thread_says_so)
{
    struct scope *sc = test_scope();
    struct ticket_list list;

    open_queue();
    for (int i = 0; i < 2; i++) {
        CHECK_INT(take(10, &list), 0);
        CHECK(fiber_start(wakes_later, NULL));
        CHECK_OK(queue_wait(sc, q, 10000));
        CHECK(loop_now_us() - put_us < 500000);
    }
    CHECK(fiber_start(puts_later, NULL));
    CHECK_OK(queue_wait(sc, q, 10000)); /* and the next is woken by a put again */
    CHECK_INT(take(10, &list), 1);
    close_queue();
}

TEST_IN_LOOP(a_wait_ends_by_itself)
{
    struct scope *sc = test_scope();
    struct ticket_list list;
    int64_t start;

    open_queue();
    put_many(LANE_ORDERS, 1, 5); /* leaves a ring that nobody heard */
    CHECK_INT(take(10, &list), 5);
    CHECK_INT(take(10, &list), 0);
    start = loop_now_us();
    CHECK_OK(queue_wait(sc, q, 60));
    CHECK(loop_now_us() - start >= 50000 && loop_now_us() - start < 500000);
    close_queue();
}

TEST_IN_LOOP(a_wait_ends_when_delayed_work_is_due)
{
    struct scope *sc = test_scope();
    struct ticket one = ticket(LANE_ORDERS, 1, 1);
    struct ticket_list list;
    int64_t start;

    open_queue();
    CHECK_OK(queue_put_at(sc, q, &one, &(int64_t){time_now_us() + 80000}, 1));
    CHECK_INT(take(10, &list), 0);
    start = loop_now_us();
    while (take(10, &list) == 0 && loop_now_us() - start < 5000000)
        CHECK_OK(queue_wait(sc, q, 4000));
    CHECK_INT(list.n, 1);
    CHECK(loop_now_us() - start < 500000);
    close_queue();
}

TEST_IN_LOOP(two_queues_on_one_server_do_not_meet)
{
    struct queue *other;
    struct ticket_list list;

    open_queue();
    other = queue_open(r, "other");
    put_many(LANE_ORDERS, 1, 5);
    CHECK_OK(queue_take(test_scope(), other, 10, NULL, 0, &list));
    CHECK_INT(list.n, 0);
    queue_close(other);
    close_queue();
}
