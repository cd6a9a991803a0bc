#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* timefmt: wall-clock time as microseconds since 1970-01-01T00:00:00Z, and its RFC 3339 form. No
 * zone data here: offsets are read, UTC is written. Years 0001 to 9999; leap seconds (":60") are read as the next
 * second's start.
 */
#define TIME_TEXT_MAX 33

int64_t time_now_us(void); /* wall clock; never for measuring a duration */
/* Since the machine started, read now. Goes on while the process is stopped or the machine sleeps, which the loop's
 * clock does not show until its next turn. */
int64_t time_boot_us(void);
/* Of a processor, that this thread has taken: what others do meanwhile is not in it. */
int64_t time_thread_us(void);
/* "2026-11-23T10:00:00.123456Z"; the fraction is left out when it is zero. */
void time_format(int64_t us, char out[TIME_TEXT_MAX]);
/* RFC 3339 date-time with a zone; fraction of 1 to 9 digits (cut to microseconds). */
bool time_parse(struct str text, int64_t *out_us);
void time_civil(int64_t us, int *year, int *month, int *day); /* UTC calendar date */
