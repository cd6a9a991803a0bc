# shellcheck shell=bash disable=SC2154
# What judging one order by what was learnt of its source takes where nothing deviates, against the limit: 25 us. Sourced by
# run.
LIMIT_US=25

drift_open() {
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD jq
    BUILD=${PERF_BUILD:-$TENON_ROOT/build/release}
    [ -n "${PERF_BUILD:-}" ] || build_preset release drift-perf
    DATA=$(mktemp -d)
    trap 'rm -rf "$DATA"' EXIT
    sed 's/{{n}}/5820982911946/g' "$PERF/$TEMPLATE" >"$DATA/order.json"
}

# The least of the rounds, since what else runs here is none of its doing.
measure() {
    local round least
    for ((round = 0; round < ROUNDS; round++)); do
        "$BUILD/drift-perf" "$DATA/order.json" >>"$DATA/rounds"
    done
    least() { awk -v what="$1" '$1 == what { if (!n++ || $2 < least) least = $2 } END { print least }' "$DATA/rounds"; }
    verdict drift "$(least watch)" "$LIMIT_US" "us" "processor time to judge an order of $(least octets) octets and $(least fields) fields and \
to learn it, against the limit; drift alone $(least see) us, writing a shape $(least write) us, judging without learning $(least look) us; \
least of $ROUNDS rounds; load average $(cut -d' ' -f1 /proc/loadavg)" "$(jq -nc --argjson see "$(least see)" '{see: $see}')"
}
