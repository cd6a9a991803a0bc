#include "redis/redis_int.h"

#include "kit/test.h"

#define SLOT(text_) redis_slot(STR(text_))

TEST(slots_are_those_of_the_specification)
{
    CHECK_INT(SLOT("123456789"), 0x31c3); /* the CRC's own check value */
    CHECK_INT(SLOT("foo"), 12182);
    CHECK_INT(SLOT("bar"), 5061);
    CHECK_INT(SLOT("hello"), 866);
    CHECK_INT(SLOT(""), 0);
}

TEST(a_tag_in_braces_decides_for_the_whole_key)
{
    CHECK_INT(SLOT("{user1000}.following"), SLOT("user1000"));
    CHECK_INT(SLOT("{user1000}.followers"), SLOT("user1000"));
    CHECK_INT(SLOT("foo{{bar}}zap"), SLOT("{bar"));
    CHECK_INT(SLOT("foo{bar}{zap}"), SLOT("bar"));
}

TEST(a_tag_that_is_empty_or_not_closed_is_none)
{
    CHECK(SLOT("foo{}{bar}") != SLOT("bar"));
    CHECK_INT(SLOT("foo{}{bar}"), 8363);
    CHECK(SLOT("foo{bar") != SLOT("bar"));
    CHECK(SLOT("bar}{") != SLOT("bar"));
}

TEST(the_key_stands_where_the_command_has_it)
{
    struct str get[] = {STR("GET"), STR("k")}, ping[] = {STR("PING")}, info[] = {STR("INFO"), STR("server")};
    struct str eval[] = {STR("EVALSHA"), STR("0123"), STR("1"), STR("k"), STR("v")};
    struct str none[] = {STR("EVAL"), STR("return 1"), STR("0"), STR("v")};

    CHECK_INT(redis_key_at(get, 2), 1);
    CHECK_INT(redis_key_at(ping, 1), 0);
    CHECK_INT(redis_key_at(info, 2), 0);
    CHECK_INT(redis_key_at(eval, 5), 3);
    CHECK_INT(redis_key_at(none, 4), 0);
}
