#!/bin/bash
# What the stand-ins of Amazon and Shopify answer, by those vendors' own documents.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec python3 "$ROOT/tests/connectors/shapes.py" "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" "$ROOT/tenants/connectors" \
    "${TENON_SHARED:-}/vendor-apis"
