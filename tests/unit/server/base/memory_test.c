#include "base/memory.h"

#include <stdlib.h>

#include "kit/test.h"

static struct memory_place places[MEMORY_PLACES];

static void *given_text(const char *text)
{
    return strdup(text);
}

TEST(what_is_remembered_is_forgotten_after_a_second)
{
    unsigned char key[32] = {1, 2, 3};

    memory_put(places, key, 5000, given_text("a"));
    CHECK_STR(memory_get(places, key, 5000), "a");
    CHECK_STR(memory_get(places, key, 5000 + MEMORY_LIFE_US - 1), "a");
    CHECK(!memory_get(places, key, 5000 + MEMORY_LIFE_US));
    memory_clear(places);
}

TEST(another_key_of_the_same_place_takes_it_and_is_not_mistaken)
{
    unsigned char one[32] = {1, 2, 3};
    unsigned char two[32] = {1, 2, 4};

    memory_put(places, one, 1, given_text("one"));
    CHECK(!memory_get(places, two, 1));
    memory_put(places, two, 1, given_text("two"));
    CHECK(!memory_get(places, one, 1));
    CHECK_STR(memory_get(places, two, 1), "two");
    memory_clear(places);
    CHECK(!memory_get(places, two, 1));
}

TEST(one_alone_finds_out_anew_in_the_second_half_of_a_life)
{
    unsigned char key[32] = {7};

    memory_put(places, key, 0, given_text("a"));
    CHECK(!memory_is_due(places, key, MEMORY_LIFE_US / 2 - 1));
    CHECK(memory_is_due(places, key, MEMORY_LIFE_US / 2));
    CHECK(!memory_is_due(places, key, MEMORY_LIFE_US / 2));
    CHECK_STR(memory_get(places, key, MEMORY_LIFE_US - 1), "a");
    CHECK(!memory_is_due(places, key, MEMORY_LIFE_US));
    memory_put(places, key, 10, given_text("b"));
    CHECK(memory_is_due(places, key, 10 + MEMORY_LIFE_US / 2));
    key[0] = 8;
    CHECK(!memory_is_due(places, key, 10 + MEMORY_LIFE_US / 2));
    memory_clear(places);
}
