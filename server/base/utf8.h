#pragma once

#include "base/buf.h"

/* utf8: characters and their octets (Unicode, table 3-7: no overlong forms, no surrogates, nothing over U+10FFFF). */
#define UTF8_MAX         4 /* octets of a character */
#define UTF8_REPLACEMENT 0xfffd

/* Length of the well-formed sequence of two to four octets at p; 0 if there is none. */
size_t utf8_octets(const char *p, const char *end);
/* False: *at, where it is wanted, is the first octet that does not fit. */
bool utf8_valid(struct str s, size_t *at);
/* Writes c, up to U+10FFFF, and answers where the next one goes. Half of a surrogate pair is written as the three
 * octets it would be: whoever may have one looks for it first. */
char *utf8_put(char *to, uint32_t c);
/* The character at *at (below s.n), which is moved behind it. What is no character is U+FFFD; half of a surrogate pair
 * in three octets is itself. */
uint32_t utf8_take(struct str s, size_t *at);
