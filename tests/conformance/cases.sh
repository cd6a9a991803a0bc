#!/bin/bash
# Vendors' own example bodies through the manifests and mappings of their connectors.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec python3 "$ROOT/tests/conformance/cases/run.py" "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" "${TENON_SHARED:-}/vendor-apis" "$@"
