#pragma once

#include "fresh/fresh.h"

#define HOUR_US INT64_C(3600000000)
#define WEEK_US (FRESH_HOURS * HOUR_US)

/* "2 h 5 min" */
const char *fresh_span_words(struct scope *sc, int64_t us);
/* Writes to the customer's administrators of alerts that they have not heard of, in a transaction of its own. */
enum err fresh_tell(struct scope *sc);
