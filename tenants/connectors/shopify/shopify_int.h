#pragma once

#include <inttypes.h>

#include "connectors/shopify/shopify.h"

const char *shopify_url(struct scope *sc, const struct connector *c, const struct doc *settings);
extern const struct source_pull shopify_pull;
