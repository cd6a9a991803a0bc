#!/bin/bash
# The page for people who write flows, example by example.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec env -u TENON_SHARED -u TENON_BUILD python3 "$ROOT/tests/conformance/flows_page.py" "$ROOT/ops/docs/flows.md" \
    "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" "$ROOT/tenants/flowdef/steps.c"
