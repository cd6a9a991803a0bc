#pragma once

#include "connectors/shopify/shopify.h"

enum err shopify_order_read(struct scope *sc, const struct doc *body, struct canon_order *out);
