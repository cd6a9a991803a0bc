#!/bin/bash
# The chain of real systems (real/README.md): it takes half an hour and installs a gigabyte, so a run of all tests leaves it
# out, counted. Skipped as well where there is no Node of version 20 or later: Debian 12 brings none, and the shops want it.
#   TENON_CHAIN_ORDERS=N   orders in each shop
if [ -z "${TENON_CHAIN_ORDERS:-}" ]; then
    echo "1..0 # SKIP ops/test e2e, or TENON_CHAIN_ORDERS, runs it"
    exit 0
fi
major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
if [ "${major:-0}" -lt 20 ] || ! command -v npm >/dev/null; then
    echo "1..0 # SKIP node (20 or later) and npm are needed"
    exit 0
fi
exec "$(dirname "${BASH_SOURCE[0]}")/real/chain.sh"
