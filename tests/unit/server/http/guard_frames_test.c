#include <stdlib.h>

#include "base/must.h"
#include "http/guard_int.h"
#include "unit/server/http/frames.h"

#define ALL 1000000

struct script {
    uint8_t octets[200000];
    size_t n;
};

struct outcome {
    enum guard_cut cut;
    struct guard_tally sum;
    size_t uploads;
    bool waits;
};

static struct script script;

static void start(void)
{
    memcpy(script.octets, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    script.n = 24 + put_frame(script.octets + 24, 4, 0, 0, "", 0);
}

static void frame(uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t n)
{
    script.n += put_frame(script.octets + script.n, type, flags, stream, payload, n);
}

static void add(struct outcome *o, const struct guard_tally *t)
{
    o->sum.frames += t->frames;
    o->sum.resets += t->resets;
    o->sum.controls += t->controls;
    o->sum.empties += t->empties;
    o->sum.unknowns += t->unknowns;
    o->sum.heads += t->heads;
    o->sum.data += t->data;
}

static void feed_part(struct guard_frames *f, const uint8_t *p, size_t n, unsigned most, struct outcome *o)
{
    while (n && o->cut == GUARD_FIT) {
        struct guard_tally t;
        size_t used = 0;

        o->cut = guard_frames_feed(f, p, n, most, &used, &t);
        add(o, &t);
        CHECK(used > 0 && used <= n);
        p += used;
        n -= used;
    }
}

/* In pieces of at most `piece` octets, the first of `first`. */
static struct outcome feed(size_t first, size_t piece, unsigned most)
{
    struct guard_frames f = {0};
    struct outcome o = {0};

    feed_part(&f, script.octets, first, most, &o);
    for (size_t at = first; at < script.n; at += piece)
        feed_part(&f, script.octets + at, script.n - at < piece ? script.n - at : piece, most, &o);
    o.uploads = f.upload_count;
    o.waits = guard_frames_waits(&f);
    guard_frames_dispose(&f);
    return o;
}

/* However the octets come, the outcome is one. */
static struct outcome outcome(void)
{
    struct outcome whole = feed(script.n, script.n, ALL), other;

    for (size_t first = 0; first <= script.n && first < 2000; first++) {
        other = feed(first, script.n, ALL);
        CHECK_INT(other.cut, whole.cut);
        if (whole.cut == GUARD_FIT)
            CHECK(memcmp(&other, &whole, sizeof(other)) == 0);
    }
    other = feed(0, 1, ALL);
    CHECK_INT(other.cut, whole.cut);
    other = feed(0, script.n, 1);
    CHECK_INT(other.cut, whole.cut);
    return whole;
}

static void head(uint32_t stream, bool body)
{
    static const uint8_t block[] = {0x82, 0x86, 0x84, 0x41, 1, 'a'};

    frame(1, body ? 4 : 5, stream, block, sizeof(block));
}

TEST(requests_are_counted_and_fit)
{
    struct outcome o;

    start();
    head(1, false);
    head(3, true);
    frame(0, 0, 3, "some", 4);
    frame(0, 1, 3, "body", 4);
    frame(8, 0, 0, "\0\0\1\0", 4);
    frame(6, 1, 0, "12345678", 8);
    o = outcome();
    CHECK_INT(o.cut, GUARD_FIT);
    CHECK_INT(o.sum.heads, 2);
    CHECK_INT(o.sum.data, 2);
    CHECK_INT(o.sum.controls, 3);
    CHECK_INT(o.sum.frames, 7);
    CHECK_INT(o.uploads, 0);
    CHECK(!o.waits);
}

TEST(a_body_is_on_its_way_until_its_stream_ends)
{
    static const uint8_t trailer[] = {0, 1, 'a', 1, 'b'};

    start();
    head(1, true);
    head(3, true);
    head(5, true);
    CHECK_INT(outcome().uploads, 3);
    frame(3, 0, 1, "\0\0\0\x8", 4);
    CHECK_INT(outcome().uploads, 2);
    frame(1, 5, 3, trailer, sizeof(trailer));
    CHECK_INT(outcome().uploads, 1);
    frame(0, 1, 5, "", 0);
    CHECK_INT(outcome().uploads, 0);
    CHECK_INT(outcome().sum.resets, 1);
    CHECK_INT(outcome().sum.heads, 3);
    CHECK_INT(outcome().sum.empties, 0);
}

TEST(a_head_waits_until_its_block_ends)
{
    static const uint8_t block[] = {0x82, 0x86, 0x84};

    start();
    frame(1, 1, 1, block, 1);
    CHECK(outcome().waits);
    frame(9, 0, 1, block + 1, 1);
    CHECK(outcome().waits);
    frame(9, 4, 1, block + 2, 1);
    CHECK(!outcome().waits);
    CHECK_INT(outcome().sum.heads, 1);
    script.octets[script.n++] = 0;
    CHECK(outcome().waits);
}

TEST(padding_and_priority_are_no_fields)
{
    static const uint8_t payload[] = {2, 0, 0, 0, 0, 15, 0x82, 0x86, 0x84, 0, 0};
    struct outcome o;

    start();
    frame(1, 0x2d, 1, payload, sizeof(payload));
    frame(0, 8, 1, "\3\0\0\0", 4);
    o = outcome();
    CHECK_INT(o.cut, GUARD_FIT);
    CHECK_INT(o.sum.heads, 1);
    CHECK_INT(o.sum.empties, 1);
    frame(0, 8, 1, "\4\0\0\0", 4);
    CHECK_INT(outcome().cut, GUARD_CUT_FRAME);
}

TEST(empty_frames_are_counted)
{
    start();
    frame(1, 1, 1, "", 0);
    for (int i = 0; i < 10; i++)
        frame(9, 0, 1, "", 0);
    CHECK_INT(outcome().sum.empties, 11);
    start();
    head(1, true);
    for (int i = 0; i < 10; i++)
        frame(0, 0, 1, "", 0);
    CHECK_INT(outcome().sum.empties, 10);
}

TEST(frames_that_may_not_come_are_cut)
{
    static const uint8_t big[GUARD_FRAME_MAX + 1];

    start();
    frame(5, 4, 1, "\0\0\0\2\x82", 5);
    CHECK_INT(outcome().cut, GUARD_CUT_FRAME);
    start();
    frame(9, 4, 1, "\x82", 1);
    CHECK_INT(outcome().cut, GUARD_CUT_FRAME);
    start();
    frame(1, 1, 1, "\x82", 1);
    frame(6, 0, 0, "12345678", 8);
    CHECK_INT(outcome().cut, GUARD_CUT_FRAME);
    start();
    frame(1, 1, 1, "\x82", 1);
    frame(9, 4, 3, "\x84", 1);
    CHECK_INT(outcome().cut, GUARD_CUT_FRAME);
    start();
    frame(0, 0, 1, big, sizeof(big));
    CHECK_INT(outcome().cut, GUARD_CUT_FRAME);
    start();
    frame(1, 0x24, 1, "1234", 4);
    CHECK_INT(outcome().cut, GUARD_CUT_FRAME);
    start();
    script.octets[3] = 'x';
    CHECK_INT(outcome().cut, GUARD_CUT_FRAME);
}

TEST(unknown_frames_are_counted)
{
    start();
    for (int i = 0; i < 21; i++)
        frame((uint8_t)(10 + i), 0xff, 0, "x", 1);
    CHECK_INT(outcome().cut, GUARD_FIT);
    CHECK_INT(outcome().sum.unknowns, 21);
}

TEST(a_block_of_many_small_continuations_is_cut)
{
    start();
    frame(1, 1, 1, "\x82", 1);
    for (int i = 0; i < GUARD_CONTINUATION_MAX; i++)
        frame(9, 0, 1, "\x82", 1);
    CHECK_INT(outcome().cut, GUARD_FIT);
    frame(9, 0, 1, "\x82", 1);
    CHECK_INT(outcome().cut, GUARD_CUT_HEADERS);
}

TEST(a_block_spread_over_continuations_has_one_limit)
{
    static uint8_t part[8000];
    struct outcome o;

    memset(part, 'x', sizeof(part));
    part[0] = 0;
    part[1] = 1;
    part[2] = 'n';
    part[3] = 0x7f; /* a value of 40,000 octets */
    part[4] = 0xc1;
    part[5] = 0xb7;
    part[6] = 0x02;
    start();
    frame(1, 1, 1, part, sizeof(part));
    o = feed(script.n, script.n, ALL);
    CHECK_INT(o.cut, GUARD_CUT_HEADERS); /* the length says it before the octets come */
    part[3] = 0x7e;
    start();
    frame(1, 1, 1, part, 4 + 0x7e);
    for (int i = 0; i < 5; i++)
        frame(9, 0, 1, part, sizeof(part));
    o = feed(script.n, script.n, ALL);
    CHECK_INT(o.cut, GUARD_CUT_HEADERS);
}

TEST(more_bodies_at_once_than_the_limit_are_cut)
{
    start();
    for (uint32_t i = 0; i < GUARD_UPLOADS_MAX; i++)
        head(2 * i + 1, true);
    CHECK_INT(feed(script.n, script.n, ALL).cut, GUARD_FIT);
    head(2 * GUARD_UPLOADS_MAX + 1, true);
    CHECK_INT(feed(script.n, script.n, ALL).cut, GUARD_CUT_UPLOADS);
}

TEST(a_slice_ends_at_a_frame)
{
    struct guard_frames f = {0};
    struct guard_tally t;
    size_t used;

    start();
    for (uint32_t i = 0; i < 10; i++)
        head(2 * i + 1, false);
    CHECK_INT(guard_frames_feed(&f, script.octets, script.n, 4, &used, &t), GUARD_FIT);
    CHECK_INT(t.frames, 4);
    CHECK_INT(t.heads, 3);
    CHECK_INT(used, 24 + 9 + 3 * 15);
    guard_frames_dispose(&f);
}

TEST(what_the_library_resets_is_seen_in_what_it_writes)
{
    struct guard_frames f = {0};
    struct guard_tally t;
    size_t used;

    start();
    head(1, true);
    guard_frames_feed(&f, script.octets, script.n, ALL, &used, &t);
    CHECK_INT(f.upload_count, 1);
    script.n = 0;
    frame(3, 0, 1, "\0\0\0\5", 4);
    frame(0, 1, 3, "answer", 6);
    frame(3, 0, 5, "\0\0\0\5", 4);
    guard_frames_sent(&f, script.octets, script.n - 2, &t);
    CHECK_INT(t.resets, 2);
    CHECK_INT(t.data, 1);
    CHECK_INT(f.upload_count, 0);
    guard_frames_sent(&f, script.octets + script.n - 2, 2, &t); /* the frame's end, not a head */
    CHECK_INT(t.resets, 0);
    guard_frames_dispose(&f);
}

TEST(no_octets_break_the_scanner)
{
    srandom(7);
    for (int round = 0; round < 300; round++) {
        start();
        for (int i = 0; i < 40; i++) {
            uint8_t payload[64];
            size_t n = (size_t)random() % sizeof(payload);

            for (size_t k = 0; k < n; k++)
                payload[k] = (uint8_t)random();
            frame((uint8_t)(random() % 11), (uint8_t)random(), (uint32_t)(random() % 20), payload, n);
            if (random() % 4 == 0)
                script.octets[script.n - (size_t)random() % 9 - 1] ^= (uint8_t)random();
        }
        CHECK_INT(feed((size_t)random() % script.n, 1 + (size_t)random() % 50, ALL).cut,
                  feed(script.n, script.n, ALL).cut);
    }
}
