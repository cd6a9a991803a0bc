#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* cbor: as much of RFC 8949 as an authenticator speaks: whole numbers, octets, text and maps of definite length. What
 * is anything else, or ends too soon, is not read.
 */
struct cbor {
    const uint8_t *p;
    size_t n;
    bool bad; /* from here on nothing is read */
};

enum cbor_kind { CBOR_UINT, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };

struct cbor_item {
    enum cbor_kind kind;
    uint64_t value;     /* the number (of a negative one: -1 - value), or how many entries follow */
    struct bytes bytes; /* BYTES and TEXT */
};

/* One item's head, and the octets of a string; entries of a map follow. */
bool cbor_next(struct cbor *c, struct cbor_item *out);
bool cbor_int(struct cbor *c, int64_t *out);
bool cbor_text_is(struct cbor *c, const char *want); /* reads a text and compares it */
bool cbor_bytes(struct cbor *c, struct bytes *out);
bool cbor_map(struct cbor *c, size_t *out_entries);
bool cbor_skip(struct cbor *c); /* one item with all it holds, at most 8 levels */
