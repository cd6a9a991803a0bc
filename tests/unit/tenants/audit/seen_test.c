#include "audit_kit.h"

#define SECOND INT64_C(1000000)
#define START  (INT64_C(1000) * SECOND)

TEST(a_read_on_record_covers_a_minute_or_for_a_program_five)
{
    struct audit_mark m = {{1, 2, 3}, 60 * SECOND};

    CHECK(!audit_seen(&m, START));
    CHECK(!audit_seen(&m, START + 1)); /* two at once: neither is on record yet */
    audit_saw(&m, START + 2);
    CHECK(audit_seen(&m, START + 3));
    CHECK(audit_seen(&m, START + 59 * SECOND));
    CHECK(!audit_seen(&m, START + 61 * SECOND));
    m.good_us = 300 * SECOND; /* as of a machine's */
    CHECK(audit_seen(&m, START + 299 * SECOND));
    CHECK(!audit_seen(&m, START + 303 * SECOND));
}

TEST(while_one_writes_the_next_entry_the_last_one_covers_the_others_for_five_seconds)
{
    struct audit_mark m = {{1, 2, 3}, 60 * SECOND};

    audit_saw(&m, START);
    CHECK(!audit_seen(&m, START + 61 * SECOND));
    CHECK(audit_seen(&m, START + 62 * SECOND));
    CHECK(!audit_seen(&m, START + 65 * SECOND)); /* the writing may have failed */
}

TEST(what_has_no_place_left_is_written_again)
{
    struct audit_mark m = {{0}, 60 * SECOND};

    for (uint8_t i = 0; i < 9; i++) {
        m.key[15] = i; /* the same group of eight */
        CHECK(!audit_seen(&m, START + i));
        audit_saw(&m, START + i);
    }
    CHECK(audit_seen(&m, START + 10));
    m.key[15] = 0;
    CHECK(!audit_seen(&m, START + 10));
}
