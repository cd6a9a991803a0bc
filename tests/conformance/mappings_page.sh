#!/bin/bash
# The page for people who write mappings, example by example.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec env -u TENON_SHARED -u TENON_BUILD python3 "$ROOT/tests/conformance/mappings_page.py" "$ROOT/ops/docs/mappings.md" \
    "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" "$ROOT/tenants/mapping/functions.c"
