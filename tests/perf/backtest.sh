# shellcheck shell=bash disable=SC2154
# A version of a mapping over recorded orders of about 5 KB, beside what ships, while deliveries go on: how long it takes, what
# it finds of three planted faults, and what the deliveries feel of it. Sourced by run.
COUNT=${PERF_RECORDS:-100000} RATE=${PERF_RATE:-20} GOAL=60
# shellcheck source=backtest_plan.sh
. "$PERF/backtest_plan.sh"

ask() {
    curl -sf -m 60 -X "$1" -H "authorization: Bearer $MAPPER" -H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)" "${@:3}" "$PLAIN$2" \
        --http2-prior-knowledge
}

# live FILE ORDERS: deliveries at RATE; what the client says goes to FILE.
live() {
    orders "$2" --rate "$RATE" --connections 2 --streams 16
    echo "$SAID" >"$1"
}

# felt NAME FROM TO: of the orders that came between: how many, and from stored to delivered, in ms.
felt() {
    local n p50 p99 max
    read -r n p50 p99 max <<<"$(pg_sql "select count(*), round(1000 * percentile_disc(0.5) within group (order by took), 1),
            round(1000 * percentile_disc(0.99) within group (order by took), 1), round(1000 * max(took), 1)
          from (select extract(epoch from delivered_at - received_at) as took from tenon.sales_order
                 where received_at between '$2' and '$3' and state = 'delivered') o" | tr '|' ' ')"
    printf '%-7s %5s orders delivered, ms from stored to delivered: p50 %s, p99 %s, most %s\n' "$1" "$n" "$p50" "$p99" "$max"
    eval "$1_p50=\$p50 $1_p99=\$p99 $1_n=\$n"
}

moment() { pg_sql "select clock_timestamp()"; }

# The process while it works: what it holds is told by the system.
look_at_child() {
    local pid=
    while [ -z "$pid" ]; do
        pid=$(jq -r 'select(.msg == "a backtest runs") | .pid' "$DATA/log/worker.log" 2>/dev/null | tail -n 1)
        sleep 0.1
    done
    for fd in "/proc/$pid"/fd/*; do readlink "$fd"; done >"$DATA/held"
    SOCKETS=$(grep -c '^socket:' "$DATA/held" || true)
    echo "the process that evaluates holds $(wc -l <"$DATA/held") descriptors, $SOCKETS of them sockets, network interfaces: $(
        sed -n 's/^ *\([a-z0-9]*\):.*/\1/p' "/proc/$pid/net/dev" | tr '\n' ' ')"
    [ "$SOCKETS" = 0 ] || die "it holds a socket"
}

measure() {
    local id from to seconds state recorded
    erp_start
    seed
    perf_api_start
    worker_start TENON_PROCESSES=0 TENON_LOG_LEVEL=info TENON_DB_CONNECTIONS=8 || exit 1
    MAPPER=$(ctl key create --partner northwind --customer "$CUSTOMER" --name mapper \
        --scopes mappings:read,mappings:write,mappings:publish,orders:read)
    recorded=$(ctl connection create --partner northwind --customer "$CUSTOMER" --connector shopify --name Recorded \
        --settings '{"shop":"recorded.myshopify.com"}' --destination "$ERP" --secret-file "$(secret recorded.secret "$HOOK_SECRET")" |
        head -n 1)
    say "recording $COUNT orders"
    python3 "$PERF/backtest_orders.py" "$COUNT" "$PERF/order.template" \
        "${TENON_SHARED:-$TENON_ROOT/../shared}/vendor-apis/shopify/cases/rest-examples-2026-07.json" |
        as psql -XqAt -v ON_ERROR_STOP=1 -d "$(pg_url "$PG_USER" tenon)" -f - | tail -n 1 >"$DATA/recorded"
    echo "recorded: $(tr '|' ' ' <"$DATA/recorded") octets each"
    pg_sql analyze
    settle_disk
    AT=/v1/mappings/$(ask POST /v1/mappings --json '{"name": "Orders", "source_system": "shopify", "source_object": "order",
        "target": "sales_order/1", "review": "not_required"}' | jq -r .id)/versions
    ask POST "$AT" --json "{\"document\": $(candidate)}" >/dev/null
    live "$DATA/warm" $((RATE * 3)) # what is made once is made
    from=$(moment)
    live "$DATA/before" $((RATE * 15))
    sleep 1
    felt before "$from" "$(moment)"
    from=$(moment)
    live "$DATA/during" $((RATE * GOAL)) 9>&- &
    id=$(ask POST "$AT/1/backtests" --json "{\"last_days\": 30, \"connection_id\": \"$recorded\"}" | jq -r .id)
    look_at_child
    state=running
    while [ "$state" = running ] || [ "$state" = queued ]; do
        sleep 0.5
        state=$(ask GET "$AT/1/backtests/$id" | jq -r .state)
    done
    to=$(moment)
    [ "$state" = done ] || die "the backtest is $state: $(ask GET "$AT/1/backtests/$id" | jq -r .reason)"
    wait
    ask GET "$AT/1/backtests/$id/result" >"$DATA/result"
    seconds=$(pg_sql "select round(extract(epoch from ended_at - created_at), 1) from tenon.backtest")
    felt during "$from" "$to"
    echo "us until a delivery was answered, before: p50 $(jq .p50_us "$DATA/before"), p99 $(jq .p99_us "$DATA/before")"
    echo "us until a delivery was answered, during: p50 $(jq .p50_us "$DATA/during"), p99 $(jq .p99_us "$DATA/during")"
    echo "planted: $(planted "$COUNT")"
    echo "found:   $(found "$DATA/result")"
    [ "$(found "$DATA/result")" = "$(planted "$COUNT")" ] || die "what was found is not what was planted"
    told "$seconds"
    awk -v s="$seconds" -v goal="$GOAL" 'BEGIN { exit !(s < goal) }' || die "it took $seconds s"
}

told() {
    verdict backtest "$(awk -v n="$COUNT" -v s="$1" 'BEGIN { printf "%.0f", n / s }')" null "orders/s" "$COUNT recorded orders of \
$(cut -d'|' -f2 "$DATA/recorded") octets through a version and what ships, from asked to done in $1 s (goal: under $GOAL s for 100000) on \
$(nproc) cores, while $RATE deliveries a second go on to the stand-in ERP; three planted faults found, each with its exact count; there is no peer" \
        "$(jq -nc --argjson s "$1" --argjson b "$before_p50" --argjson d "$during_p50" --argjson b99 "$before_p99" --argjson d99 "$during_p99" \
            '{seconds: $s, delivered_p50_ms_before: $b, delivered_p50_ms_during: $d, delivered_p99_ms_before: $b99, delivered_p99_ms_during: $d99}')"
}
