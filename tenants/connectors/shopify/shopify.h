#pragma once

#include "connect/connector.h"

/* shopify: orders as its webhooks bring them (Admin API 2026-07, resource bodies without a wrapper). Amounts are the
 * shop's own currency, never the shopper's. The fact people get wrong: order ids exceed 2^53.
 */
extern const struct connector shopify_connector;
