#pragma once

#include <stdint.h>

#include "unit/server/http/serve.h"

/* HTTP/2 frames by hand: what a well-behaved client library would not let us do. */
size_t put_frame(uint8_t *at, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t n);
/* A header field written out, neither indexed nor Huffman-coded. */
size_t put_field(uint8_t *at, const char *name, const char *value);
size_t put_get(uint8_t *at, uint32_t stream, const char *path);
int dial_frames(const struct served *s);
/* The status of the answer to a GET made of these fields, 0 for a reset and -1 for a closed connection; the statuses of
 * the static table only (200, 204, 400, 404, 500). */
int status_of_fields(const struct served *s, const uint8_t *block, size_t n);
