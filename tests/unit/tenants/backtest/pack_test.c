#include "backtest_kit.h"

TEST(records_come_out_as_they_went_in_and_half_a_one_is_none)
{
    struct backtest_record in = kit_order(7, "USD", "1.00"), out;
    struct str octets, cut;
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    bt_record_pack(&b, &in);
    octets = buf_str(&b);
    cut = (struct str){octets.p, octets.n - 1};
    CHECK(!bt_record_read(&cut, &out));
    CHECK(bt_record_read(&octets, &out));
    CHECK(uuid_equal(&in.message_id, &out.message_id) && in.received_at_us == out.received_at_us);
    CHECK(str_equal(in.body, out.body));
    CHECK_INT(octets.n, 0);
}

TEST(counts_that_do_not_add_up_are_not_believed)
{
    struct backtest_counts c = {.records = 3, .same = 1, .changed = 1, .still_failing = 1}, out;
    uint8_t octets[BT_COUNTS_BYTES];
    struct str s = {(const char *)octets, sizeof(octets)};

    bt_counts_pack(&c, octets);
    CHECK(bt_counts_read(s, &out));
    CHECK_INT(out.records, 3);
    c.same = 2;
    bt_counts_pack(&c, octets);
    CHECK(!bt_counts_read(s, &out));
    c = (struct backtest_counts){.records = 0, .same = -1, .changed = 1};
    bt_counts_pack(&c, octets);
    CHECK(!bt_counts_read(s, &out));
    s.n--;
    CHECK(!bt_counts_read(s, &out));
}
