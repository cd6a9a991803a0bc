#include "redis/redis_int.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "kit/loop.h"
#include "kit/test.h"

static redisReply *reply_of(const char *text)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    CHECK(redisReaderFeed(reader, text, strlen(text)) == REDIS_OK);
    CHECK(redisReaderGetReply(reader, &reply) == REDIS_OK && reply);
    redisReaderFree(reader);
    return reply;
}

static const char *text_of(const struct redis_address *at)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)&at->sa;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&at->sa;
    char host[INET6_ADDRSTRLEN];

    if (at->sa.ss_family == AF_INET)
        return arena_f(test_scope()->arena, "%s:%d", inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)),
                       ntohs(in->sin_port));
    return arena_f(test_scope()->arena, "%s:%d", inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)),
                   ntohs(in6->sin6_port));
}

static struct redis_address teller(void)
{
    struct redis_address at;

    CHECK(redis_address_parse("tcp:10.0.0.9:7000", &at));
    return at;
}

static const char *master_of(const char *text)
{
    struct redis_address at = {0};
    redisReply *reply = reply_of(text);
    bool ok = redis_sentinel_read(reply, &at);

    freeReplyObject(reply);
    return ok ? text_of(&at) : "none";
}

TEST(a_sentinel_names_a_master_by_host_and_port)
{
    CHECK_STR(master_of("*2\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n"), "127.0.0.1:6379");
    CHECK_STR(master_of("*2\r\n$3\r\n::1\r\n$1\r\n1\r\n"), "::1:1");
}

TEST(what_is_no_near_address_is_no_master)
{
    static const char *const bad[] = {"*-1\r\n",
                                      "$-1\r\n",
                                      "*0\r\n",
                                      "*1\r\n$9\r\n127.0.0.1\r\n",
                                      "*2\r\n$7\r\n8.8.8.8\r\n$4\r\n6379\r\n",
                                      "*2\r\n$9\r\nlocalhost\r\n$4\r\n6379\r\n",
                                      "*2\r\n$9\r\n127.0.0.1\r\n$1\r\n0\r\n",
                                      "*2\r\n$9\r\n127.0.0.1\r\n$5\r\n65536\r\n",
                                      "*2\r\n$9\r\n127.0.0.1\r\n$6\r\n637900\r\n",
                                      "*2\r\n$9\r\n127.0.0.1\r\n$2\r\n6x\r\n",
                                      "*2\r\n$0\r\n\r\n$4\r\n6379\r\n",
                                      "*2\r\n:1\r\n:2\r\n",
                                      "-IDONTKNOW\r\n",
                                      ":6379\r\n"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (strcmp(master_of(bad[i]), "none") != 0)
            test_failed(__FILE__, __LINE__, "number %zu was taken", i);
}

static bool is_master(const char *text)
{
    redisReply *reply = reply_of(text);
    bool is = redis_role_is_master(reply);

    freeReplyObject(reply);
    return is;
}

TEST(a_replica_is_no_master)
{
    CHECK(is_master("*3\r\n$6\r\nmaster\r\n:3129659\r\n*0\r\n"));
    CHECK(!is_master("*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n:3\r\n"));
    CHECK(!is_master("*2\r\n$8\r\nsentinel\r\n*0\r\n"));
    CHECK(!is_master("-LOADING Redis is loading\r\n"));
    CHECK(!is_master("*0\r\n"));
}

/* "turn slot address", or what is wrong with it. */
static const char *turn_of(const char *text)
{
    static const char *const names[] = {"stays", "moved", "asks", "again"};
    struct redis_address from = teller();
    struct redis_redirect turn;
    redisReply *reply = reply_of(text);
    bool fit = redis_redirect_read(reply, &from, &turn);

    freeReplyObject(reply);
    if (!fit || turn.turn == REDIS_STAYS || turn.turn == REDIS_AGAIN)
        return fit ? names[turn.turn] : "unfit";
    return arena_f(test_scope()->arena, "%s %u %s", names[turn.turn], turn.slot, text_of(&turn.to));
}

TEST(redirections_say_which_slot_and_where)
{
    CHECK_STR(turn_of("-MOVED 3999 127.0.0.1:6381\r\n"), "moved 3999 127.0.0.1:6381");
    CHECK_STR(turn_of("-ASK 0 10.1.2.3:1\r\n"), "asks 0 10.1.2.3:1");
    CHECK_STR(turn_of("-MOVED 16383 ::1:6381\r\n"), "moved 16383 ::1:6381");
    CHECK_STR(turn_of("-MOVED 7 :6381\r\n"), "moved 7 10.0.0.9:6381"); /* the same host */
    CHECK_STR(turn_of("-MOVED 7 ?:6381\r\n"), "moved 7 10.0.0.9:6381");
    CHECK_STR(turn_of("-TRYAGAIN Multiple keys request during rehashing of slot\r\n"), "again");
    CHECK_STR(turn_of("-ERR MOVED 1 127.0.0.1:1\r\n"), "stays");
    CHECK_STR(turn_of("+MOVED 1 127.0.0.1:1\r\n"), "stays");
    CHECK_STR(turn_of(":1\r\n"), "stays");
}

TEST(nobody_is_followed_out_of_the_private_network)
{
    static const char *const bad[] = {"-MOVED 1 8.8.8.8:6379\r\n",
                                      "-MOVED 1 redis.example.com:6379\r\n",
                                      "-MOVED 1 127.0.0.1:0\r\n",
                                      "-MOVED 1 127.0.0.1:70000\r\n",
                                      "-MOVED 1 127.0.0.1\r\n",
                                      "-MOVED 16384 127.0.0.1:6379\r\n",
                                      "-MOVED 1 2001:db8::1:6379\r\n",
                                      "-MOVED \r\n",
                                      "-MOVED 1\r\n",
                                      "-MOVED 1 \r\n",
                                      "-ASK x 127.0.0.1:1\r\n",
                                      "-ASK 1 :\r\n",
                                      "-MOVED 99999999999999999 :1\r\n"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_STR(turn_of(bad[i]), "unfit");
}

static const char *const two_nodes = "*2\r\n"
                                     "*3\r\n:0\r\n:99\r\n*3\r\n$9\r\n127.0.0.1\r\n:1\r\n$1\r\na\r\n"
                                     "*4\r\n:100\r\n:16383\r\n*3\r\n$0\r\n\r\n:2\r\n$1\r\nb\r\n"
                                     "*3\r\n$9\r\n127.0.0.1\r\n:3\r\n$1\r\nc\r\n";

static bool map_takes(struct redis *r, const char *text)
{
    struct redis_address from = teller();
    redisReply *reply = reply_of(text);
    bool ok = redis_map_read(r, reply, &from);

    freeReplyObject(reply);
    return ok;
}

static const char *holder(const struct redis *r, unsigned slot)
{
    uint8_t place = r->map->owner[slot];

    return place ? text_of(&r->map->nodes[place - 1].conn->at) : "nobody";
}

static struct redis map_only(void)
{
    struct redis r = {.map = calloc(1, sizeof(struct redis_map)), .closed = true};

    CHECK(r.map != NULL);
    return r;
}

TEST_IN_LOOP(a_map_says_who_holds_a_slot_and_replicas_hold_none)
{
    struct redis r = map_only();

    CHECK(map_takes(&r, two_nodes));
    CHECK_STR(holder(&r, 0), "127.0.0.1:1");
    CHECK_STR(holder(&r, 99), "127.0.0.1:1");
    CHECK_STR(holder(&r, 100), "10.0.0.9:2"); /* which did not know its own host */
    CHECK_STR(holder(&r, 16383), "10.0.0.9:2");
    CHECK(!redis_map_is_whole(r.map)); /* nobody is there */
    redis_map_free(r.map);
}

TEST_IN_LOOP(a_later_map_takes_the_place_of_the_one_before)
{
    struct redis r = map_only();

    CHECK(map_takes(&r, two_nodes));
    CHECK(map_takes(&r, "*1\r\n*3\r\n:5\r\n:5\r\n*2\r\n$9\r\n127.0.0.1\r\n:7\r\n"));
    CHECK_STR(holder(&r, 5), "127.0.0.1:7");
    CHECK_STR(holder(&r, 4), "nobody");
    CHECK_STR(holder(&r, 100), "nobody");
    for (size_t i = 0; i < REDIS_NODES_MAX; i++)
        CHECK(!r.map->nodes[i].conn || r.map->nodes[i].owns);
    redis_map_free(r.map);
}

TEST_IN_LOOP(an_answer_without_a_fit_slot_changes_nothing)
{
    static const char *const bad[] = {"*0\r\n",
                                      "-ERR This instance has cluster support disabled\r\n",
                                      ":1\r\n",
                                      "*1\r\n:1\r\n",
                                      "*1\r\n*2\r\n:0\r\n:1\r\n",
                                      "*1\r\n*3\r\n:-1\r\n:1\r\n*2\r\n$9\r\n127.0.0.1\r\n:1\r\n",
                                      "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$9\r\n127.0.0.1\r\n:1\r\n",
                                      "*1\r\n*3\r\n:2\r\n:1\r\n*2\r\n$9\r\n127.0.0.1\r\n:1\r\n",
                                      "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$7\r\n8.8.8.8\r\n:1\r\n",
                                      "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$9\r\n127.0.0.1\r\n:0\r\n",
                                      "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n:1\r\n:1\r\n",
                                      "*1\r\n*3\r\n:0\r\n:1\r\n$1\r\nx\r\n"};
    struct redis r = map_only();

    CHECK(map_takes(&r, two_nodes));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (map_takes(&r, bad[i]))
            test_failed(__FILE__, __LINE__, "number %zu was taken", i);
    CHECK_STR(holder(&r, 100), "10.0.0.9:2");
    redis_map_free(r.map);
}

TEST_IN_LOOP(more_nodes_than_the_limit_are_nobodys)
{
    struct redis r = map_only();
    struct buf b;

    buf_init(&b, test_scope()->arena, 8192);
    buf_f(&b, "*%d\r\n", REDIS_NODES_MAX + 1);
    for (int i = 0; i <= REDIS_NODES_MAX; i++)
        buf_f(&b, "*3\r\n:%d\r\n:%d\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n", i, i, i + 1);
    CHECK(map_takes(&r, buf_cstr(&b)));
    CHECK_STR(holder(&r, REDIS_NODES_MAX - 1), "127.0.0.1:64");
    CHECK_STR(holder(&r, REDIS_NODES_MAX), "nobody");
    redis_map_free(r.map);
}
