#!/bin/bash
# The connectors of Vendure, Medusa and Tryton against the real systems, as TAP:
#   tests/e2e/real/connectors.sh vendure|medusa|tryton [ORDERS]
# Starts the shop, has shoppers place ORDERS (24), reads them through the connector, sets stock, confirms a shipment, gives
# money back, and asks the shop past the connector what is so afterwards; of the ERP all that its connector does, likewise.
# Takes minutes, and no part of ops/test runs it.
# The shop is stopped and its folder kept, so that the next run installs nothing. TENON_TEST_PORT=N: another port and folder.
LABEL=real
# shellcheck source=../../../ops/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../../ops/lib.sh"
HERE=$TENON_ROOT/tests/e2e/real
TENON_BUILD=${TENON_BUILD:-$TENON_ROOT/build/dev}

main() {
    local name=${1:-} facts judge status=0
    case $name in
        vendure | medusa) judge=judge.py ;;
        tryton) judge=judge_erp.py ;;
        *) usage_error "usage: tests/e2e/real/connectors.sh vendure|medusa|tryton [ORDERS]" ;;
    esac
    [ -x "$TENON_BUILD/tenonctl" ] || die "there is no $TENON_BUILD/tenonctl; build it first"
    export TENON_SHOP_DIR=${TENON_SHOP_DIR:-/var/tmp/tenon-real-$name-$(id -u)${TENON_TEST_PORT:+-$TENON_TEST_PORT}}
    facts=$(mktemp)
    trap '"$HERE/shop" stop "'"$name"'"; rm -f "'"$facts"'"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    shop_fresh "$name" >"$facts"
    python3 "$HERE/$judge" "$(realpath "$TENON_BUILD/tenonctl")" "$name" "$facts" "${2:-24}" || status=$?
    exit "$status"
}

# As seeded, whatever was there before.
shop_fresh() {
    local port=()
    [ -z "${TENON_TEST_PORT:-}" ] || port=(--port "$TENON_TEST_PORT")
    if [ -f "$TENON_SHOP_DIR/seeded" ]; then
        "$HERE/shop" stop "$1"
        "$HERE/shop" reset "$1" "${port[@]}"
    else
        "$HERE/shop" start "$1" "${port[@]}"
    fi
}

main "$@"
