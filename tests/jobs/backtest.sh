#!/bin/bash
# A backtest of 2,000 recorded orders: three planted faults found with path and count, the process that evaluates has no
# socket, its death and the worker's do no harm, it can be cancelled, the same again gives the same, and publishing asks for it.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"
# shellcheck source=../perf/backtest_plan.sh
. "$TENON_ROOT/tests/perf/backtest_plan.sh"

ORDERS=${TENON_BACKTEST_ORDERS:-2000}

main() {
    stack_open backtest 18680
    stack_start
    given
    found_all
    walls_held
    worker_killed
    worker_dies
    child_killed
    cancelled
    publishes
    tap_end
}

given() {
    local customer
    customer=$(ctl customer list --partner northwind --json | jq -r '.[0].id')
    KEY=$(ctl key create --partner northwind --name mapper --customer "$customer" \
        --scopes mappings:read,mappings:write,mappings:publish,orders:read)
    check "so many orders are recorded" "$(python3 "$TENON_ROOT/tests/perf/backtest_orders.py" "$ORDERS" \
        "$TENON_ROOT/tests/perf/order.template" "${TENON_SHARED:-}/vendor-apis/shopify/cases/rest-examples-2026-07.json" |
        as "$PG_BIN/psql" -XqAt -v ON_ERROR_STOP=1 -d "$(pg_url "$PG_USER" tenon)" -f - | tail -n 1 | cut -d'|' -f1)" "$ORDERS"
    check "a mapping that wants a backtest is made" "$(ask POST /v1/mappings --json '{"name": "Orders", "source_system": "shopify",
        "source_object": "order", "target": "sales_order/1", "review": "not_required", "backtest": "required"}')" 201
    AT=/v1/mappings/$(said .id)/versions
    check "with the faulty version" "$(ask POST "$AT" --json "{\"document\": $(candidate)}") $(said .number)" "201 1"
    check "which is not published as it is" "$(ask POST "$AT/1/publish" --json '{"share": 100}') $(said .code)" "409 mapping-not-backtested"
}

begin() {
    ask POST "$AT/1/backtests" --json '{"last_days": 30}' >/dev/null
    BACKTEST=$(said .id)
}
state() { ask GET "$AT/1/backtests/$BACKTEST" >/dev/null && said .state; }
# ended SECONDS: waits for the end.
ended() {
    local until=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$until" ]; do
        case $(state) in done | failed | cancelled) return 0 ;; esac
        sleep 0.2
    done
    return 1
}
# child LOG: the process that evaluates, once it runs; several lines of the log tell of earlier ones.
child() {
    local until=$((SECONDS + 60)) pid=
    while [ "$SECONDS" -lt "$until" ]; do
        pid=$(jq -r 'select(.msg == "a backtest runs") | .pid' "$DATA/log/worker.log" 2>/dev/null | tail -n 1)
        [ -z "$pid" ] || [ "$pid" = "${LAST_CHILD:-}" ] || [ ! -d "/proc/$pid" ] || break
        pid=
        sleep 0.05
    done
    CHILD=$pid
    [ -n "$pid" ] && LAST_CHILD=$pid
}
result() {
    ask GET "$AT/1/backtests/$BACKTEST/result" >/dev/null
    cp "$ANSWER" "$DATA/work/result"
}
hash_now() { ask GET "$AT/1/backtests/$BACKTEST" >/dev/null && said .result_hash; }

found_all() {
    begin
    holds "it comes to its end" ended 240
    result
    check "each planted fault is found with its path and count, and the money to the cent" "$(found "$DATA/work/result")" "$(planted "$ORDERS")"
    HASH=$(hash_now)
}

# As the system sees the process from outside, stopped in its work.
walls_held() {
    local what
    begin
    holds "once more it runs" child
    kill -STOP "$CHILD"
    what=$(for fd in "/proc/$CHILD"/fd/*; do readlink "$fd"; done)
    check "it holds no socket" "$(grep -c '^socket:' <<<"$what")" 0
    check "it holds its two pipes" "$(readlink "/proc/$CHILD/fd/3" | cut -d: -f1) $(readlink "/proc/$CHILD/fd/4" | cut -d: -f1)" "pipe pipe"
    check "and besides nothing but the place for what it complains of" "$(ls "/proc/$CHILD/fd" | tr '\n' ' ')" "0 1 2 3 4 "
    check "its system calls are filtered" "$(sed -n 's/^Seccomp:\t//p' "/proc/$CHILD/status")" 2
    check "its environment is empty but for a sanitizer's settings" \
        "$(tr '\0' '\n' <"/proc/$CHILD/environ" | grep -cvE '^(ASAN_OPTIONS=.*)?$')" 0
    if jq -e 'select(.msg == "a backtest runs") | .walls | fromjson | .own_network' "$DATA/log/worker.log" >/dev/null; then
        check "its network has no way out" "$(grep -c : "/proc/$CHILD/net/dev") $(grep -c ' lo:' "/proc/$CHILD/net/dev")" "1 1"
        check "and no socket in it" "$(cat "/proc/$CHILD"/net/{tcp,tcp6,udp,udp6,unix} 2>/dev/null | grep -cv -e sl -e Num)" 0
    fi
    check "it found each wall closed when it tried them" \
        "$(jq -rc 'select(.msg == "a backtest runs") | .walls | fromjson | [.open, (.refused | index("socket", "connect", "exec") != null)]' \
            "$DATA/log/worker.log" | sort -u)" '[[],true,true,true]'
    kill -CONT "$CHILD"
    holds "and comes to its end" ended 240
    check "with the same result to the octet" "$(hash_now)" "$HASH"
}

worker_killed() {
    local dead
    begin
    holds "while one is evaluated" child
    dead=$CHILD
    kill -KILL "$(pid_of "$DATA/run/worker.pid")"
    end worker 5
    holds "it goes with its worker when that is killed" gone "$dead"
    : >"$DATA/log/worker.log"
    worker_start "${WORKER_SETTINGS[@]}"
    holds "the next worker begins it anew" ended 240
    check "with the same result" "$(state) $(hash_now)" "done $HASH"
}
# The same at the one point on its way that has a name.
worker_dies() {
    end worker
    begin
    worker_start "${WORKER_SETTINGS[@]}" TENON_FAULT=backtest.after_page 2>/dev/null || true # it may die before it is ready
    holds "a worker dies once a page was handed over" ends worker
    worker_start "${WORKER_SETTINGS[@]}"
    holds "the next worker begins that anew too" ended 240
    check "with the same result again" "$(state) $(hash_now)" "done $HASH"
}
ends() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        running "$1" || return 0
        sleep 0.05
    done
    return 1
}
gone() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [ -d "/proc/$1" ] || return 0
        sleep 0.05
    done
    return 1
}

child_killed() {
    local worker
    worker=$(pid_of "$DATA/run/worker.pid")
    begin
    holds "while another is evaluated" child
    kill -KILL "$CHILD"
    holds "its process is killed and it is begun anew" ended 240
    check "with the same result" "$(state) $(hash_now)" "done $HASH"
    check "and the worker goes on" "$(pid_of "$DATA/run/worker.pid")" "$worker"
    begin
    for _ in 1 2 3; do
        child
        kill -KILL "$CHILD" 2>/dev/null
    done
    holds "one that is killed again and again" ended 60
    check "is given up with the reason" "$(ask GET "$AT/1/backtests/$BACKTEST") $(said '[.state, .reason, .records]')" \
        '200 ["failed","the separate process has ended",0]'
}

cancelled() {
    begin
    holds "while it runs" child
    check "somebody ends it" "$(ask POST "$AT/1/backtests/$BACKTEST/cancel") $(said .cancelling)" "200 true"
    holds "and it ends" ended 30
    check "without a result" "$(state) $(ask GET "$AT/1/backtests/$BACKTEST/result")" "cancelled 409"
    holds "its process is gone" gone "$CHILD"
}

publishes() {
    check "what was backtested is published" "$(ask POST "$AT/1/publish" --json '{"share": 100}') $(said .current_version)" "200 1"
    check "a version beside itself" "$(ask POST "$AT/1/backtests" --json '{"last_messages": 500}') $(said '[.against, .against_version]')" \
        '202 ["version",1]'
    BACKTEST=$(said .id)
    holds "comes to its end" ended 60
    check "and differs in nothing" "$(ask GET "$AT/1/backtests/$BACKTEST") $(said '[.records, .changed, .newly_failing, .newly_passing]')" "200 [500,0,0,0]"
}

main
