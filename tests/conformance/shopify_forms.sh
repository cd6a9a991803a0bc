#!/bin/bash
# What Shopify tells in its resource form and what it tells in GraphQL become the same objects.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec python3 "$ROOT/tests/conformance/shopify_forms.py" "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" \
    "$ROOT/tenants/connectors/shopify/manifest.json" "${TENON_SHARED:-}/vendor-apis/shopify/cases"
