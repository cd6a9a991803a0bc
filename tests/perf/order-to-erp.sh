# shellcheck shell=bash disable=SC2154
# From a signed order to a confirmed sale in the stand-in ERP: how many a second at most, how long at half of that, and what
# each role's process holds. Sourced by run.
BURST=${PERF_BURST:-2000}

delivered() { pg_sql "select count(*) from tenon.sales_order where state = 'delivered'"; }

# wait_all N: until N orders are delivered.
wait_all() {
    local until=$((SECONDS + 120))
    while [ "$(delivered)" -lt "$1" ]; do
        [ "$SECONDS" -lt "$until" ] || die "only $(delivered) of $1 orders were delivered in time"
        sleep 0.2
    done
}

# times FROM: of the orders after that moment: "orders seconds p50_ms p99_ms max_ms".
times() {
    pg_sql "select count(*), round(extract(epoch from max(delivered_at) - min(received_at)), 3),
                   round(1000 * percentile_disc(0.5) within group (order by took), 1),
                   round(1000 * percentile_disc(0.99) within group (order by took), 1), round(1000 * max(took), 1)
              from (select received_at, delivered_at, extract(epoch from delivered_at - received_at) as took
                      from tenon.sales_order where received_at >= '$1') o" | tr '|' ' '
}

moment() { pg_sql "select clock_timestamp()"; }

# Every order the ERP has is one of ours, once.
erp_check() {
    local doubled
    doubled=$(pg_sql "select count(*) from (select external_id from tenon.sales_order group by 1 having count(*) > 1) d")
    [ "$doubled" = 0 ] || die "$doubled sales of the ERP belong to more than one order"
}

burst() {
    local from
    from=$(moment)
    TOTAL=$((TOTAL + BURST))
    orders "$BURST" --connections 4 --streams 32
    wait_all "$TOTAL"
    read -r n seconds _ <<<"$(times "$from")"
    sample most "$(awk -v n="$n" -v s="$seconds" 'BEGIN { printf "%.1f", n / s }')"
}

steady() {
    local from rate=$1 n=$(($1 * LASTING))
    from=$(moment)
    TOTAL=$((TOTAL + n))
    orders "$n" --rate "$rate" --connections 4 --streams 32
    wait_all "$TOTAL"
    read -r _ _ p50 p99 max <<<"$(times "$from")"
    sample p50_ms "$p50"
    sample p99_ms "$p99"
    sample max_ms "$max"
}

measure() {
    local round rate TOTAL=0 api worker idle
    erp_start
    seed
    all_start
    wait_for all 20 ready $((HTTPS_PORT + 1)) || exit 1
    sleep 3
    idle=$(rss_kb all)
    end all
    perf_api_start TENON_API_THREADS="${API_THREADS:-1}" TENON_DB_CONNECTIONS="${DB_CONNECTIONS:-4}"
    worker_start TENON_PROCESSES=0 TENON_LOG_LEVEL=warn TENON_DB_CONNECTIONS="${WORKER_CONNECTIONS:-16}" || exit 1
    TOTAL=100
    orders 100 --streams 4
    wait_all 100
    pg_sql analyze # as in every installation older than a few minutes
    for ((round = 0; round < ROUNDS; round++)); do burst; done
    rate=$(awk -v r="$(of most)" 'BEGIN { print int(r / 2) }')
    for ((round = 0; round < ROUNDS; round++)); do steady "$rate"; done
    erp_check
    api=$(rss_kb api) worker=$(rss_kb worker)
    printf 'memory kB: api %s, worker %s after the load; all roles in one process, idle, %s\n' "$api" "$worker" "$idle"
    verdict order-to-erp "$(of most)" null "orders/s" "signed webhook over h2c (TLS is not measured) to a sale confirmed in the local \
stand-in, ${PERF_CONCURRENCY:-32} calls at once there, bursts of $BURST; times from stored to delivered at $rate orders/s; medians of $ROUNDS rounds; there is no peer" \
        "$(jq -nc --argjson rate "$rate" --argjson p50 "$(of p50_ms)" --argjson p99 "$(of p99_ms)" --argjson max "$(of max_ms)" \
            --argjson api "$api" --argjson worker "$worker" --argjson idle "$idle" '{steady_rate: $rate, p50_ms: $p50,
            p99_ms: $p99, max_ms: $max, api_rss_kb: $api, worker_rss_kb: $worker, all_idle_rss_kb: $idle}')"
}
