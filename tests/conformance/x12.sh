#!/bin/bash
# EDI of other people's programs: read, answered, written again and made to objects; and documents of ours as EDI.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec python3 "$ROOT/tests/conformance/x12.py" "${TENON_BUILD:-$ROOT/build/dev}/tenonctl" "$ROOT/tenants/connectors/x12" \
    "${TENON_SHARED:-}/vendor-apis/edi-x12/samples" "$ROOT/ops/docs/edi.md"
