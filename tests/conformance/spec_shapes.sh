#!/bin/bash
# Answers of shapes that no example shows, made from the vendors' descriptions and from their examples, are read or refused
# for a reason. SHAPES=all tries every change, not a sample of each operation's.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec python3 "$ROOT/tests/conformance/spec_shapes.py" "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" "${TENON_SHARED:-}/vendor-apis" "$@"
