#!/bin/bash
# The stand-in ERP that other tests trust.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec bash "$ROOT/tests/fakes/erp_test.sh" "${TENON_BUILD:-$ROOT/build/dev}/fake-erp"
