#include "base/memory.h"

#include <stdlib.h>

#include "kit/test.h"

static struct memory names;
static const struct uuid acme = {{1}}, globex = {{2}};

static void given(const unsigned char key[32], const struct uuid *whose, int64_t now_us, const char *text)
{
    memory_put(&names, key, whose, memory_now(), now_us, INT64_MAX, strdup(text));
}

static void told(int64_t now_us)
{
    memory_changes(now_us, &acme, 0);
}

TEST(what_is_remembered_holds_while_it_is_asked_what_changed)
{
    unsigned char key[32] = {1, 2, 3};

    CHECK(!memory_get(&names, key, 1));
    given(key, &acme, 1, "a");
    CHECK(!memory_get(&names, key, 1)); /* nobody has asked yet */
    memory_changes(1, NULL, 0);
    given(key, &acme, 1, "a");
    for (int64_t now = 1; now + MEMORY_FRESH_US / 2 < MEMORY_LIFE_US; now += MEMORY_FRESH_US / 2) {
        told(now);
        CHECK_STR(memory_get(&names, key, now), "a");
        CHECK_STR(memory_get(&names, key, now + MEMORY_FRESH_US / 2), "a");
    }
    told(MEMORY_LIFE_US + 1);
    CHECK(!memory_get(&names, key, MEMORY_LIFE_US + 1)); /* at its end it has to be found out anew all the same */
    memory_end();
}

TEST(a_second_without_word_of_changes_is_the_end_of_all)
{
    unsigned char key[32] = {1};

    memory_changes(5000, NULL, 0);
    given(key, &acme, 5000, "a");
    CHECK_STR(memory_get(&names, key, 5000 + MEMORY_FRESH_US - 1), "a");
    CHECK(!memory_get(&names, key, 5000 + MEMORY_FRESH_US));
    told(9000000); /* nothing changed in between */
    CHECK_STR(memory_get(&names, key, 9000000), "a");
    memory_end();
}

TEST(what_changed_is_forgotten_and_nothing_else)
{
    unsigned char one[32] = {1}, two[32] = {2};

    memory_changes(1, NULL, 0);
    given(one, &acme, 1, "one");
    given(two, &globex, 1, "two");
    memory_changes(2, &acme, 1);
    CHECK(!memory_get(&names, one, 2));
    CHECK_STR(memory_get(&names, two, 2), "two");
    memory_changes(3, NULL, 0);
    CHECK(!memory_get(&names, two, 3));
    memory_end();
}

TEST(what_was_asked_before_a_change_is_not_kept_after_it)
{
    unsigned char key[32] = {1};
    uint64_t asked;

    memory_changes(1, NULL, 0);
    asked = memory_now();
    memory_changes(2, &acme, 1);
    memory_put(&names, key, &acme, asked, 2, INT64_MAX, strdup("old"));
    CHECK(!memory_get(&names, key, 2));
    memory_put(&names, key, &globex, asked, 2, INT64_MAX, strdup("another's"));
    CHECK_STR(memory_get(&names, key, 2), "another's");
    memory_put(&names, key, &acme, memory_now(), 2, INT64_MAX, strdup("new"));
    CHECK_STR(memory_get(&names, key, 2), "new");
    asked = memory_now();
    memory_changes(3, NULL, 0);
    memory_put(&names, key, &globex, asked, 3, INT64_MAX, strdup("old"));
    CHECK(!memory_get(&names, key, 3));
    memory_end();
}

TEST(what_was_asked_before_more_changes_than_are_known_is_not_kept)
{
    unsigned char key[32] = {1};
    uint64_t asked;

    memory_changes(1, NULL, 0);
    asked = memory_now();
    for (int i = 0; i < MEMORY_CHANGES; i++)
        memory_changes(2, &acme, 1);
    memory_put(&names, key, &globex, asked, 2, INT64_MAX, strdup("in the ring"));
    CHECK(memory_get(&names, key, 2));
    memory_changes(2, &acme, 1);
    memory_put(&names, key, &globex, asked, 2, INT64_MAX, strdup("out of it"));
    CHECK_STR(memory_get(&names, key, 2), "in the ring");
    memory_end();
}

static void key_of(int i, unsigned char key[32])
{
    uint64_t mixed = (uint64_t)i * 0x9e3779b97f4a7c15; /* splitmix64 */

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    memset(key, 0, 32);
    memcpy(key, &mixed, sizeof(mixed));
    memcpy(key + 28, &i, sizeof(i));
}

TEST(ten_thousand_are_remembered_and_the_most_is_kept_to)
{
    unsigned char key[32];
    size_t there = 0;

    memory_changes(1, NULL, 0);
    for (int i = 0; i < 10000; i++) {
        key_of(i, key);
        given(key, &acme, 1, "x");
    }
    for (int i = 0; i < 10000; i++) {
        key_of(i, key);
        there += memory_get(&names, key, 1) != NULL;
    }
    CHECK(there > 9900);
    for (int i = 10000; i < 4 * MEMORY_PLACES; i++) {
        key_of(i, key);
        given(key, &acme, 2, "x");
        CHECK(memory_get(&names, key, 2));
    }
    CHECK(names.kept <= MEMORY_PLACES);
    memory_end();
}

TEST(one_alone_finds_out_anew_in_the_second_half_of_a_life)
{
    unsigned char key[32] = {7};

    memory_changes(1, NULL, 0);
    given(key, &acme, 0, "a");
    told(MEMORY_LIFE_US / 2);
    CHECK(!memory_is_due(&names, key, MEMORY_LIFE_US / 2 - 1));
    CHECK(memory_is_due(&names, key, MEMORY_LIFE_US / 2));
    CHECK(!memory_is_due(&names, key, MEMORY_LIFE_US / 2));
    CHECK_STR(memory_get(&names, key, MEMORY_LIFE_US / 2), "a");
    given(key, &acme, 10, "b");
    CHECK(memory_is_due(&names, key, 10 + MEMORY_LIFE_US / 2));
    key[0] = 8;
    CHECK(!memory_is_due(&names, key, 10 + MEMORY_LIFE_US / 2));
    memory_end();
}

TEST(what_ends_by_itself_is_not_remembered_for_longer)
{
    unsigned char key[32] = {7};

    memory_changes(1, NULL, 0);
    memory_put(&names, key, &acme, memory_now(), 1, 100, strdup("short"));
    CHECK_STR(memory_get(&names, key, 99), "short");
    CHECK(!memory_is_due(&names, key, 99)); /* it would be again at once */
    CHECK(!memory_get(&names, key, 100));
    memory_end();
}

TEST(one_at_a_time_asks_what_has_changed)
{
    CHECK(memory_asks(1));
    CHECK(!memory_asks(1));
    memory_changes(1, NULL, 0);
    CHECK(!memory_asks(MEMORY_AGAIN_US));
    CHECK(memory_asks(1 + MEMORY_AGAIN_US));
    CHECK(!memory_asks(2 * MEMORY_AGAIN_US));
    memory_changes_unknown();
    CHECK(memory_asks(2 * MEMORY_AGAIN_US));
    memory_end();
}
