#include <signal.h>
#include <stdlib.h>

#include "kit/loop.h"
#include "kit/redis_set.h"
#include "kit/test.h"
#include "queue/queue.h"
#include "redis/redis.h"

/* The queue on several servers. */
static struct test_redis_set set;
static struct redis *r;
static struct queue *q;

static void open_queue(void)
{
    fiber_yield(); /* starting servers has held up the clock */
    r = redis_open(set.url);
    q = queue_open(r, "bar"); /* slot 5061: of three nodes the first holds it */
}

static void close_queue(void)
{
    queue_close(q);
    redis_close(r);
}

static struct ticket ticket(unsigned i)
{
    return (struct ticket){{.b = {1}}, {.b = {2}}, {.b = {3, (uint8_t)(i >> 8), (uint8_t)i}}, LANE_ORDERS};
}

static void put(unsigned from, unsigned n)
{
    struct scope *sc = scope_new();
    struct ticket *v = ARENA_ARRAY(sc->arena, struct ticket, n);

    for (unsigned i = 0; i < n; i++)
        v[i] = ticket(from + i);
    CHECK_OK(queue_put(sc, q, v, n));
    scope_free(sc);
}

static size_t take(void)
{
    struct ticket_list list = {0};

    CHECK_OK(queue_take(test_scope(), q, 256, NULL, 0, &list));
    return list.n;
}

/* Once there is an answer again. */
static bool is_lost(void)
{
    bool lost = false;
    int64_t due = loop_now_us() + 20000000;

    fiber_yield();
    while (queue_epoch_check(test_scope(), q, &lost) != OK && loop_now_us() < due)
        fiber_sleep_us(20000);
    CHECK(loop_now_us() < due);
    return lost;
}

static void rings_later(void *arg)
{
    (void)arg;
    fiber_sleep_us(100000);
    put(0, 1);
}

static void bell_rings(void)
{
    int64_t start = loop_now_us();

    CHECK_INT(take(), 0); /* which forgets the rings that nobody waited for */
    CHECK(fiber_start(rings_later, NULL));
    CHECK_OK(queue_wait(test_scope(), q, 5000));
    CHECK(loop_now_us() - start < 1000000);
    CHECK_INT(take(), 1);
}

TEST_IN_LOOP(a_queue_works_on_one_node_of_a_cluster)
{
    test_redis_cluster_start(&set, 3);
    open_queue();
    CHECK(is_lost());
    CHECK_OK(queue_epoch_set(test_scope(), q));
    CHECK(!is_lost());
    put(0, 100);
    CHECK_INT(take(), 100);
    CHECK_INT(take(), 0);
    bell_rings();
    CHECK(atol(test_redis_set_ask(&set, 0, "dbsize")) > 0);
    CHECK_INT(atol(test_redis_set_ask(&set, 1, "dbsize")), 0);
    close_queue();
}

/* Another node's restart is nothing to the queue. */
TEST_IN_LOOP(a_cluster_has_lost_the_queue_with_its_node_and_with_no_other)
{
    test_redis_cluster_start(&set, 3);
    open_queue();
    CHECK_OK(queue_epoch_set(test_scope(), q));
    test_redis_set_kill(&set, 2);
    test_redis_set_restart(&set, 2);
    CHECK(!is_lost());
    test_redis_set_kill(&set, 0);
    test_redis_set_restart(&set, 0);
    CHECK(is_lost());
    close_queue();
}

static void slot_say(size_t i, const char *state, size_t node)
{
    const char *id = arena_f(test_scope()->arena, "%.40s", test_redis_set_ask(&set, node, "cluster myid"));

    CHECK_STR(test_redis_set_ask(&set, i, arena_f(test_scope()->arena, "cluster setslot 5061 %s %s", state, id)),
              "OK\n");
}

/* As resharding does it: the keys go along. */
TEST_IN_LOOP(a_queue_goes_where_its_slot_goes_and_counts_as_lost)
{
    test_redis_cluster_start(&set, 3);
    open_queue();
    CHECK_OK(queue_epoch_set(test_scope(), q));
    slot_say(2, "importing", 0);
    slot_say(0, "migrating", 2);
    test_redis_set_ask(&set, 0, arena_f(test_scope()->arena, "migrate 127.0.0.1 %d {bar}:epoch 0 5000", set.port[2]));
    for (size_t i = 3; i-- > 0;)
        slot_say(i, "node", 2);
    CHECK(is_lost());
    CHECK_STR(test_redis_set_ask(&set, 2, "exists {bar}:epoch"), "1\n");
    CHECK_OK(queue_epoch_set(test_scope(), q));
    put(0, 10);
    CHECK_INT(take(), 10);
    bell_rings();
    close_queue();
}

TEST_IN_LOOP(a_promoted_replica_counts_as_lost_though_it_has_the_epoch)
{
    test_redis_sentinel_start(&set);
    open_queue();
    CHECK_OK(queue_epoch_set(test_scope(), q));
    put(0, 10);
    test_redis_set_until(&set, TEST_REDIS_REPLICA, "exists {bar}:epoch", "1");
    CHECK(!is_lost());
    test_redis_set_kill(&set, 0);
    CHECK(is_lost());
    CHECK_OK(queue_epoch_set(test_scope(), q));
    put(0, 10); /* what it has already is no second ticket */
    CHECK_INT(take(), 10);
    bell_rings();
    close_queue();
}

/* There and back between two looks: the same process, but what it wrote before may have been overwritten. */
TEST_IN_LOOP(a_master_that_was_a_replica_meanwhile_counts_as_lost)
{
    test_redis_sentinel_start(&set);
    open_queue();
    CHECK_OK(queue_epoch_set(test_scope(), q));
    test_redis_set_until(&set, TEST_REDIS_REPLICA, "exists {bar}:epoch", "1");
    CHECK(!is_lost());
    for (size_t i = TEST_REDIS_SENTINEL; i < set.n; i++)
        test_redis_set_signal(&set, i, SIGSTOP); /* they would not have it */
    test_redis_set_ask(&set, TEST_REDIS_REPLICA, "replicaof no one");
    test_redis_set_ask(&set, 0, arena_f(test_scope()->arena, "replicaof 127.0.0.1 %d", set.port[1]));
    test_redis_set_until(&set, 0, "info replication", "master_link_status:up");
    test_redis_set_ask(&set, 0, "replicaof no one");
    for (size_t i = TEST_REDIS_SENTINEL; i < set.n; i++)
        test_redis_set_signal(&set, i, SIGCONT);
    CHECK(is_lost());
    close_queue();
}
