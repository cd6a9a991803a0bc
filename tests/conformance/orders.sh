#!/bin/bash
# Vendors' own example orders, each through the mapping that is shipped for it.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec python3 "$ROOT/tests/conformance/orders.py" "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" "$ROOT/tenants/connectors" \
    "${TENON_SHARED:-}/vendor-apis"
