#pragma once

#include "review/review.h"

/* To the groups of one customer, what its people say of them; of any (nil), nothing. */
enum err review_handlings(struct scope *sc, const struct uuid *customer_id, struct review_groups *all);
