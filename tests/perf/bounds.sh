# shellcheck shell=bash disable=SC2154
# What expressions that would not end take before they are stopped, against the limits promised: 50 ms and 16 MB. Sourced
# by run.
LIMIT_MS=50 LIMIT_MB=16

bounds_open() {
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD jq
    BUILD=${PERF_BUILD:-$TENON_ROOT/build/release}
    [ -n "${PERF_BUILD:-}" ] || build_preset release bounds-perf
    DATA=$(mktemp -d)
    trap 'rm -rf "$DATA"' EXIT
}

# The least of the rounds of each, since what else runs here is none of its doing; then the worst of all.
measure() {
    local round worst
    for ((round = 0; round < ROUNDS; round++)); do
        "$BUILD/bounds-perf" >>"$DATA/rounds"
    done
    awk '{ key = substr($0, index($0, $4)); if (!(key in ms) || $1 < ms[key]) { ms[key] = $1; line[key] = $0 } }
        END { for (k in line) print line[k] }' "$DATA/rounds" | sort -rn | cut -c1-110
    worst=$(awk '{ key = substr($0, index($0, $4)); if (!(key in ms) || $1 < ms[key]) ms[key] = $1; if ($2 > mb) mb = $2 }
        END { for (k in ms) if (ms[k] > most) most = ms[k]; print most, mb, length(ms) }' "$DATA/rounds")
    read -r -a worst <<<"$worst"
    verdict bounds "${worst[0]}" "$LIMIT_MS" "ms" "the slowest of ${worst[2]} hostile expressions until it is stopped, processor time, \
against the limit; the largest took ${worst[1]} MB of $LIMIT_MB; least of $ROUNDS rounds; load average $(cut -d' ' -f1 /proc/loadavg)" \
        "$(jq -nc --argjson mb "${worst[1]}" '{mb: $mb}')"
}
