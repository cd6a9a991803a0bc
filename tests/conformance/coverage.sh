#!/bin/bash
# The page of what each connector covers is what the program says.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CTL=${TENON_BUILD:-$ROOT/build/dev}/tenonctl
unset TENON_SHARED TENON_BUILD
if said=$(diff "$ROOT/ops/docs/coverage.md" <("$CTL" connector matrix)); then
    echo "ok 1 - ops/docs/coverage.md is what tenonctl connector matrix prints"
    echo "1..1"
    exit 0
fi
echo "not ok 1 - ops/docs/coverage.md is what tenonctl connector matrix prints"
head -20 <<<"$said" | sed 's/^/# /'
echo "1..1"
exit 1
