#pragma once

#include "order/order.h"

/* At most CANON_NUMBER_MAX characters of it, cut between two of UTF-8; the whole is in what was delivered. */
const char *order_number_short(struct scope *sc, const char *number);
