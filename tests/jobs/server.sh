#!/bin/bash
# The whole server under the thread sanitizer: api, worker and clock in one process with two threads each, a few hundred
# orders from several connections at once, the figures read meanwhile, and a clean end.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

ORDERS=${TENON_TSAN_ORDERS:-300} SHOPS=3

main() {
    build
    [ "${1:-}" != --build ] || exit 0 # ops/test has it done before
    stack_open tsan 18560
    stack_start
    deliver
    read_on
    stop
    tap_end
}

# One process has all roles, so the worker's own is not started. Nothing is suppressed: what libh2o, libpq and the other
# libraries do among themselves is not seen, since they are not built with the sanitizer, and no report has come of it.
api_start() {
    spawn api TENON_ROLES=api,worker,clock TENON_PROCESSES=0 TENON_API_THREADS=2 TENON_WORKER_THREADS=2 \
        TENON_HTTPS_LISTEN="127.0.0.1:$HTTPS_PORT" TENON_OPS_LISTEN="127.0.0.1:$((HTTPS_PORT + 1))" \
        TENON_TLS_CERT_FILE="$DATA/keys/tls.pem" TENON_TLS_KEY_FILE="$DATA/keys/tls.key" \
        TENON_DATABASE_API_URL="$(pg_url tenon_api)" TENON_DATABASE_INTAKE_URL="$(pg_url tenon_intake)" \
        TENON_DATABASE_WORKER_URL="$(pg_url tenon_worker)" TENON_DATABASE_DISPATCH_URL="$(pg_url tenon_dispatch)" \
        TENON_REDIS_URL="$(redis_url)" TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" \
        TENON_CONNECTION_KEK_FILE="$DATA/keys/connection.key" TENON_CURSOR_KEY_FILE="$DATA/keys/cursor.key" \
        TENON_WEB_DIR="$DATA/app/web-static" TENON_BRANDING_DIR="$DATA/app/branding" TENON_ALLOW_PRIVATE_ADDRESSES=true \
        TSAN_OPTIONS="second_deadlock_stack=1" "$DATA/app/tenond"
    wait_for api 60 ready $((HTTPS_PORT + 1))
}
worker_start() { :; }

build() {
    TENON_BUILD=${TENON_TSAN_BUILD:-$TENON_ROOT/build/tsan}
    mkdir -p "$TENON_BUILD"
    exec 8>"$TENON_BUILD/.lock"
    flock 8 # another test builds there, too
    [ -f "$TENON_BUILD/build.ninja" ] ||
        quiet "$TENON_BUILD/configure.log" cmake -G Ninja -S "$TENON_ROOT" -B "$TENON_BUILD" -DTENON_PRESET=tsan || exit 1
    quiet "$TENON_BUILD/build.log" ninja -C "$TENON_BUILD" tenond tenonctl fake-erp || exit 1
    exec 8>&-
}

deliver() {
    local i shops=()
    for ((i = 0; i < SHOPS; i++)); do
        ctl simulate order --url "$(url "$HOOK")" --ca "$DATA/ca.pem" --secret-file "$DATA/keys/shop.secret" \
            --shop "$SHOP" --from $((ORDERS * i / SHOPS)) --count $((ORDERS / SHOPS)) --repeat-percent 20 --retry \
            >"$DATA/work/said.$i" 9>&- &
        shops+=($!)
    done
    for i in {1..20}; do
        curl -s -m 20 "http://127.0.0.1:$((HTTPS_PORT + 1))/metrics" >"$DATA/work/metrics" || true
        orders >/dev/null || true
    done
    for i in "${shops[@]}"; do wait "$i" || say "a shop gave up"; done
    check "every delivery is taken" "$(jq -s 'map(.failed + .refused) | add' "$DATA/work"/said.*)" 0
    holds "all orders are delivered" wait_delivered "$ORDERS" 120
    check "each is one sale" "$(erp_view /__state | jq -c '[.sales, .duplicate_references]')" "[$ORDERS,0]"
}

# A list, an order and a message, from two clients at once.
read_on() {
    local id
    id=$(orders | jq -r .id | sed -n 1p)
    for _ in {1..20}; do
        ask_list & ask_list &
        wait
    done
    holds "an order is read" api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/orders/$id"
}
ask_list() { api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/orders?limit=20" >/dev/null 9>&-; }

stop() {
    local pid
    pid=$(pid_of "$DATA/run/api.pid")
    end api 30
    check "the server ends when it is asked to" "$([ -d "/proc/$pid" ] && echo lives)" ""
    check "nothing races" "$(grep -c 'WARNING: ThreadSanitizer' "$DATA/log/api.log")" 0
    grep -A12 'WARNING: ThreadSanitizer' "$DATA/log/api.log" | head -n 60 | sed 's/^/# /' || true
    : >>"$DATA/log/worker.log"
}

main "$@"
