#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* uuid: RFC 9562 version 7 identifiers, and their public form, the TypeID
 * ("ord_01h455vb4pex5vsknk084sn02q", TypeID specification 0.3.0).
 */
#define UUID_TEXT_LEN     36
#define TYPEID_PREFIX_MAX 63
#define TYPEID_SUFFIX_LEN 26
#define TYPEID_TEXT_MAX   (TYPEID_PREFIX_MAX + 1 + TYPEID_SUFFIX_LEN)

struct uuid {
    uint8_t b[16];
};

/* A new version 7 identifier: wall-clock milliseconds, then a counter that makes those of one thread
 * strictly increasing, then random bits from the operating system. */
struct uuid uuid_new(void);
/* The least version 7 identifier that the millisecond of these wall-clock microseconds may have; nil before 1970. */
struct uuid uuid_at(int64_t us);
bool uuid_is_nil(const struct uuid *id);
bool uuid_equal(const struct uuid *a, const struct uuid *b);
int uuid_compare(const struct uuid *a, const struct uuid *b);

void uuid_format(const struct uuid *id, char out[UUID_TEXT_LEN + 1]);
/* Takes the 36-character form in either case; anything else is false and leaves out alone. */
bool uuid_parse(const char *text, size_t len, struct uuid *out);

/* prefix "" writes the bare suffix. The prefix must be valid (a constant of ours). */
void typeid_format(const char *prefix, const struct uuid *id, char out[TYPEID_TEXT_MAX + 1]);
/* True if text is a valid TypeID with exactly this prefix. One of all zeros names nothing, and is none: within the
 * program the nil identifier stands for "not given". */
bool typeid_parse(const char *prefix, const char *text, size_t len, struct uuid *out);
/* True if text is a valid TypeID with any prefix, which is copied to prefix_out when it is not NULL. */
bool typeid_parse_any(const char *text, size_t len, char prefix_out[TYPEID_PREFIX_MAX + 1], struct uuid *out);
