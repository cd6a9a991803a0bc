#!/bin/bash
# What the connector of Shopify says in GraphQL, by the vendor's own schema.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec python3 "$ROOT/tests/conformance/shopify_graphql.py" "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" \
    "$ROOT/tenants/connectors/shopify/manifest.json" "${TENON_SHARED:-}/vendor-apis/shopify"
