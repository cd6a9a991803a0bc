#include "base/must.h"
#include "http/guard_int.h"
#include "kit/test.h"

static struct guard_fields fields;
static uint8_t block[80000];
static size_t block_n;

static void begin(void)
{
    block_n = 0;
}

static void octets(const char *p, size_t n)
{
    memcpy(block + block_n, p, n);
    block_n += n;
}

static void literal(uint8_t kind, size_t name_n, size_t value_n)
{
    block[block_n++] = kind;
    block[block_n++] = (uint8_t)name_n;
    memset(block + block_n, 'n', name_n);
    block_n += name_n;
    block[block_n++] = 0x7f; /* of at least 127 octets */
    block[block_n++] = (uint8_t)((value_n - 127) | 0x80);
    block[block_n++] = (uint8_t)((value_n - 127) >> 7);
    memset(block + block_n, 'v', value_n);
    block_n += value_n;
}

/* On the connection's table as it is; split at every octet of the first 300 the outcome is the same. */
static enum guard_cut verdict(void)
{
    struct guard_fields before = fields, whole;
    enum guard_cut cut;

    guard_fields_begin(&fields);
    cut = guard_fields_feed(&fields, block, block_n);
    if (cut == GUARD_FIT)
        cut = guard_fields_end(&fields);
    whole = fields;
    for (size_t at = 0; at < 300 && at <= block_n; at++) {
        enum guard_cut again;

        fields = before;
        guard_fields_begin(&fields);
        again = guard_fields_feed(&fields, block, at);
        if (again == GUARD_FIT)
            again = guard_fields_feed(&fields, block + at, block_n - at);
        if (again == GUARD_FIT)
            again = guard_fields_end(&fields);
        CHECK_INT(again, cut);
        if (cut == GUARD_FIT)
            CHECK_INT(fields.decoded, whole.decoded);
    }
    fields = whole;
    return cut;
}

/* RFC 7541 C.3 and C.4: three requests on one connection, plain and Huffman-coded. */
TEST(the_examples_of_the_rfc_fit)
{
    begin();
    octets("\x82\x86\x84\x41\x0fwww.example.com", 20);
    CHECK_INT(verdict(), GUARD_FIT);
    CHECK_INT(fields.count, 4);
    CHECK_INT(fields.inserted, 1);
    begin();
    octets("\x82\x86\x84\xbe\x58\x08no-cache", 14);
    CHECK_INT(verdict(), GUARD_FIT);
    CHECK_INT(fields.count, 5);
    CHECK_INT(fields.inserted, 2);
    begin();
    octets("\x82\x87\x85\xbf\x40\x0a"
           "custom-key\x0c"
           "custom-value",
           29);
    CHECK_INT(verdict(), GUARD_FIT);
    CHECK_INT(fields.inserted, 3);
    begin();
    octets("\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff", 17);
    CHECK_INT(verdict(), GUARD_FIT);
    CHECK_INT(fields.inserted, 4);
}

TEST(a_block_has_a_hundred_fields_and_no_more)
{
    begin();
    memset(block, 0x82, GUARD_FIELDS_MAX);
    block_n = GUARD_FIELDS_MAX;
    CHECK_INT(verdict(), GUARD_FIT);
    block[block_n++] = 0x82;
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
}

TEST(changes_of_the_tables_size_count_as_fields)
{
    begin();
    memset(block, 0x20, GUARD_FIELDS_MAX + 1);
    block_n = GUARD_FIELDS_MAX + 1;
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
}

TEST(a_block_is_cut_at_32_kilobytes)
{
    begin();
    literal(0, 1, 16000);
    literal(0, 1, 16000);
    CHECK_INT(verdict(), GUARD_FIT);
    literal(0, 1, 1000);
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
}

/* One large entry of the dynamic table, named many times in few octets. */
TEST(an_indexed_field_bomb_is_cut)
{
    begin();
    literal(0x40, 1, 4000);
    CHECK_INT(verdict(), GUARD_FIT);
    begin();
    memset(block, 0xbe, 16);
    block_n = 16;
    CHECK_INT(verdict(), GUARD_FIT);
    block[block_n++] = 0xbe;
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
}

TEST(small_entries_of_the_table_may_be_named_often)
{
    begin();
    literal(0x40, 1, 4000);
    literal(0x40, 10, 127);
    literal(0x40, 10, 127);
    CHECK_INT(verdict(), GUARD_FIT);
    begin();
    for (int i = 0; i < 50; i++)
        octets("\xbe\xbf", 2);
    CHECK_INT(verdict(), GUARD_FIT);
    CHECK(fields.decoded < 100 * 140);
}

TEST(an_entry_that_does_not_exist_counts_as_the_largest)
{
    fields = (struct guard_fields){0};
    begin();
    memset(block, 0xbe, 20);
    block_n = 20;
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
}

TEST(names_by_index_count_as_long_as_they_are)
{
    begin();
    octets("\x40\xff\xa1\x1e", 4); /* a Huffman-coded name of 4,000 octets, at most 6,400 */
    memset(block + block_n, 'x', 4000);
    block_n += 4000;
    octets("\0", 1);
    CHECK_INT(verdict(), GUARD_FIT);
    begin();
    for (int i = 0; i < 20; i++)
        octets("\x0f\x2f\0", 3); /* name 62, empty value */
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
}

TEST(what_is_no_block_is_cut)
{
    begin();
    octets("\x82\x40\x05"
           "abc",
           6);
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
    begin();
    octets("\xff\x80\x80\x80\x80\x80\x80\x01", 8);
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
    begin();
    octets("\x40\x7f\xff\xff\xff\x7f", 6);
    CHECK_INT(verdict(), GUARD_CUT_HEADERS);
}
