#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* guard: what stands between the network and the HTTP library, which one client with ordinary frames can abort
 * (ops/docs/decisions/0007). This header knows no socket: the shapes of HTTP/2 frames (RFC 9113) and of header fields
 * (RFC 7541), budgets that time refills, and the reasons of a cut. What is counted is octets before the library has
 * decoded them, so lengths of Huffman-coded text are upper bounds.
 */
enum guard_cut {
    GUARD_FIT,
    GUARD_CUT_HEADERS, /* too many fields, too many octets, or no shape of a header block */
    GUARD_CUT_RESETS,
    GUARD_CUT_CONTROLS,
    GUARD_CUT_EMPTIES,
    GUARD_CUT_UNKNOWNS,
    GUARD_CUT_FRAME, /* a frame that may not come, or larger than agreed */
    GUARD_CUT_UPLOADS,
    GUARD_CUT_HEAD_TIME,
    GUARD_CUT_BODY_RATE,
    GUARD_CUT_PROGRESS,
    GUARD_CUT_IDLE,
    GUARD_CUT_LIFE,
    GUARD_CUT_ADDRESS, /* the rest at the door: over the number of connections */
    GUARD_CUT_PROCESS,
    GUARD_CUTS,
};

const char *guard_cut_name(enum guard_cut why); /* a metric's label */

/* Header fields. */
#define GUARD_FIELDS_MAX       104 /* 100 and the four pseudo-header fields */
#define GUARD_BLOCK_MAX        (32 * 1024)
#define GUARD_DECODED_MAX      (64 * 1024) /* upper bounds add up; the exact 32 KiB are take.c's */
#define GUARD_CONTINUATION_MAX 64
#define GUARD_TABLE_MAX        4096 /* octets of the library's dynamic table */
#define GUARD_ENTRIES_MAX      (GUARD_TABLE_MAX / 32)

struct guard_fields {
    uint8_t state;
    bool more;   /* the integer goes on in the next octet */
    bool insert; /* the literal enters the dynamic table */
    bool huffman;
    uint8_t shift;
    uint32_t number; /* the integer, then the octets left of a string */
    uint32_t name, value;
    uint32_t count, encoded, decoded; /* of the block */
    uint32_t inserted;                /* ever; the newest entries' sizes: */
    uint16_t names[GUARD_ENTRIES_MAX], values[GUARD_ENTRIES_MAX];
};

void guard_fields_begin(struct guard_fields *f); /* a block */
enum guard_cut guard_fields_feed(struct guard_fields *f, const uint8_t *p, size_t n);
enum guard_cut guard_fields_end(const struct guard_fields *f);

/* Frames. */
#define GUARD_FRAME_MAX   16384
#define GUARD_UPLOADS_MAX 256

struct guard_upload { /* a request whose body is on its way */
    uint32_t stream;
    uint64_t octets; /* since the mark; the clock's owner sets and judges both */
    int64_t mark_us;
};

struct guard_tally {
    unsigned frames, resets, controls, empties, unknowns, heads, data;
};

struct guard_frames {
    uint8_t have; /* octets of the frame's head */
    uint8_t preface;
    uint8_t head[9];
    uint8_t type, flags;
    bool inside; /* a frame's payload */
    bool padded; /* the next octet is the padding's length */
    bool block_ends_stream;
    uint32_t stream, lead, body, tail, length;
    uint32_t block;       /* the stream whose header block goes on; 0: none */
    uint32_t last_stream; /* the highest that a head came on */
    unsigned continuations;
    uint32_t out_left; /* octets of a frame that the last write did not end */
    size_t upload_count, upload_room;
    struct guard_upload *uploads;
    struct guard_fields fields;
};

void guard_frames_dispose(struct guard_frames *f);
/* Looks at octets of the client, at most `frames_max` frames; `used` says how far. A verdict stays the caller's. */
enum guard_cut guard_frames_feed(struct guard_frames *f, const uint8_t *p, size_t n, unsigned frames_max, size_t *used,
                                 struct guard_tally *out);
/* A request's head or another frame than DATA has begun and not ended. */
bool guard_frames_waits(const struct guard_frames *f);
/* Looks at what the library writes: whole frames. `out` gets resets and, as data, frames of answers. */
void guard_frames_sent(struct guard_frames *f, const uint8_t *p, size_t n, struct guard_tally *out);

/* Budgets. */
enum guard_budget_kind { GUARD_RESETS, GUARD_CONTROLS, GUARD_EMPTIES, GUARD_UNKNOWNS, GUARD_BUDGETS };

struct guard_budget {
    int64_t paid_until_us[GUARD_BUDGETS];
};

enum guard_cut guard_budget_spend(struct guard_budget *b, const struct guard_tally *t, int64_t now_us);
/* Answers sent make room for the control frames that go with them. */
void guard_budget_earn(struct guard_budget *b, unsigned answers, int64_t now_us);
