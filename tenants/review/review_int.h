#pragma once

#include "review/review.h"

/* To the groups of one customer, what its people say of them; of any (nil), nothing. */
enum err review_handlings(struct scope *sc, const struct uuid *customer_id, struct review_groups *all);

void review_id_of(struct scope *sc, const struct review_group *g, char out[REVIEW_ID_MAX]);
