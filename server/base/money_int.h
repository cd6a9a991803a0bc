#pragma once

#include "base/money.h"

/* Also finds codes that ISO 4217 has withdrawn: amounts stored while they were active must stay readable. */
bool currency_find_any(struct str code, struct currency *out);
