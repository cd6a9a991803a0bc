#include "json/doc_int.h"

#include "kit/test.h"

static void check_power(int k, uint64_t high, uint64_t low)
{
    struct doc_power p = doc_power(k);

    CHECK(p.high == high);
    CHECK(p.low == low);
}

/* Counted out by Python's fractions. */
TEST(powers_of_ten_are_their_first_128_bits_rounded_up)
{
    check_power(0, UINT64_C(1) << 63, 0);
    check_power(1, UINT64_C(0xa) << 60, 0);
    check_power(-1, 0xcccccccccccccccc, 0xcccccccccccccccd);
    check_power(2, UINT64_C(0xc8) << 56, 0);
    check_power(27, 0xcecb8f27f4200f3a, 0);
    check_power(55, 0xd0cf4b50cfe20765, 0xfff4b4e3f741cf6d);
    check_power(56, 0x82818f1281ed449f, 0xbff8f10e7a8921a5);
    check_power(324, 0x9e19db92b4e31ba9, 0x6c07a2c26a8346d2);
    check_power(-27, 0x9e74d1b791e07e48, 0x775ea264cf55347e);
    check_power(-292, 0xff77b1fcbebcdc4f, 0x25e8e89c13bb0f7b);
}
