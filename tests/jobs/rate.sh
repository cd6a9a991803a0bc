#!/bin/bash
# Two workers call one ERP no oftener than its rate allows, together, with Redis and without; and what the ERP says goes
# above that. In the end every order is one sale.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

ORDERS=60 PER_SECOND=40 BURST=10

main() {
    stack_open rate 18720
    stack_start
    WORKER=worker2 WORKER_PORT=$((HTTPS_PORT + 4)) worker_start "${WORKER_SETTINGS[@]}"
    : >"$DATA/work/said"
    flow 0
    paced "with Redis" 70
    holds "both workers had tokens" both_called
    crash redis
    flow "$ORDERS"
    paced "without Redis, where each has its share," 40 # one of the two may have claimed all of the orders
    redis_start
    local all=$((2 * ORDERS)) state
    state=$(erp_view /__state)
    check "every order is one sale" "$(jq -c '[.sales, .references, .duplicate_references]' <<<"$state")" "[$all,$all,0]"
    tap_end
}

# The connection is made with a rate, as an operator would.
eval "erp_settings_plain() $(declare -f erp_settings | tail -n +2)"
erp_settings() {
    erp_settings_plain | jq -c --argjson n "$PER_SECOND" --argjson b "$BURST" '.rate = {per_second: $n, burst: $b}'
}

requests() { erp_view /__state | jq .requests; }

# flow FROM: so many orders; notes time and count of requests all the while.
flow() {
    local until=$((SECONDS + 90))
    : >"$DATA/work/samples"
    ctl simulate order --url "$(url "$HOOK")" --ca "$DATA/ca.pem" --secret-file "$DATA/keys/shop.secret" --shop "$SHOP" \
        --seed 1 --from "$1" --count "$ORDERS" --retry >>"$DATA/work/said" 9>&- &
    while [ "$SECONDS" -lt "$until" ]; do
        echo "$(now_ms) $(requests)" >>"$DATA/work/samples"
        [ "$(erp_view /__state | jq .sales)" -lt $(($1 + ORDERS)) ] || break
        sleep 0.2
    done
    wait $!
    holds "the orders are delivered" wait_delivered $(($1 + ORDERS)) 30
}

# paced HOW PERCENT: no stretch of two seconds or more has more calls than the rate and one burst; and so much of it is
# made use of.
paced() {
    local worst mean
    worst=$(awk -v r="$PER_SECOND" -v b="$BURST" '{ t[NR] = $1; n[NR] = $2 }
        END { for (i = 1; i <= NR; i++) for (j = i + 1; j <= NR; j++) if (t[j] - t[i] >= 2000) {
            x = (n[j] - n[i] - b) * 1000 / (t[j] - t[i]); if (x > w) w = x } print int(w + 0.5) }' "$DATA/work/samples")
    mean=$(awk 'NR == 1 { t = $1; n = $2 } END { print int(($2 - n) * 1000 / ($1 - t) + 0.5) }' "$DATA/work/samples")
    echo "# $mean calls a second on the whole, $worst over one burst at most; $PER_SECOND are allowed"
    holds "$1 the rate is kept within 5 %" test "$worst" -le $((PER_SECOND * 105 / 100))
    holds "$1 it is made use of" test "$mean" -ge $((PER_SECOND * $2 / 100))
}

both_called() {
    local port
    for port in $((HTTPS_PORT + 2)) $((HTTPS_PORT + 4)); do
        curl -s -m 20 "http://127.0.0.1:$port/metrics" | grep -q 'rate_tokens_total{.*lane="orders".*} [1-9]' || return 1
    done
}

main
