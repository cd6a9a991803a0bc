#pragma once

#include <inttypes.h>

#include "connectors/shopify/shopify.h"

extern const struct source_pull shopify_pull;
