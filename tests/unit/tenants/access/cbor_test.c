#include "access/cbor_int.h"
#include "kit/test.h"

static struct cbor over(const void *p, size_t n)
{
    return (struct cbor){p, n, false};
}
#define OVER(literal) over((literal), sizeof(literal) - 1)

TEST(numbers_are_read_in_every_length)
{
    struct cbor c = OVER("\x17\x18\x18\x19\x01\x00\x26\x38\x63");
    int64_t v;

    CHECK(cbor_int(&c, &v) && v == 23);
    CHECK(cbor_int(&c, &v) && v == 24);
    CHECK(cbor_int(&c, &v) && v == 256);
    CHECK(cbor_int(&c, &v) && v == -7);
    CHECK(cbor_int(&c, &v) && v == -100);
    CHECK(!cbor_int(&c, &v) && c.bad);
}

TEST(a_length_beyond_the_end_is_not_read)
{
    struct cbor c = OVER("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"
                         "a");
    struct bytes b;

    CHECK(!cbor_bytes(&c, &b));
    c = OVER("\x43"
             "ab");
    CHECK(!cbor_bytes(&c, &b));
    c = OVER("\x5f\x41"
             "a\xff"); /* of a length that is not said */
    CHECK(!cbor_bytes(&c, &b));
    c = OVER("\x19\x01");
    CHECK(!cbor_skip(&c));
}

TEST(a_map_is_skipped_with_all_it_holds)
{
    struct cbor c = OVER("\xa2\x61"
                         "a\x82\x01\x02\x61"
                         "b\xa1\x01\x41x\x07");
    int64_t v;

    CHECK(cbor_skip(&c));
    CHECK(cbor_int(&c, &v) && v == 7 && c.n == 0);
}

TEST(what_is_nested_too_deep_or_too_long_is_not_skipped)
{
    struct cbor c = OVER("\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x01");

    CHECK(!cbor_skip(&c));
    c = OVER("\xbb\x7f\xff\xff\xff\xff\xff\xff\xff\x01");
    CHECK(!cbor_skip(&c));
    c = OVER("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"); /* more entries than octets */
    CHECK(!cbor_skip(&c));
}
