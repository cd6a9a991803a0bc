# shellcheck shell=bash disable=SC2154
# Jobs of a flow to a system that takes 50 ms for each, by one, two and three worker processes and two API processes: a worker
# waits more than it works, so each more does more, as long as processors are left. Sourced by run.
BURST=${PERF_BURST:-2400} DELAY_MS=${PERF_DELAY_MS:-50} CONCURRENCY=${PERF_CONCURRENCY:-8}
SINK_PORT=$((HTTPS_PORT + 3))
PROGRAMS=fake-sink

sink_start() {
    install -m 0755 "$BUILD/fake-sink" "$DATA/app/fake-sink"
    spawn fake-sink "$DATA/app/fake-sink" --listen "127.0.0.1:$SINK_PORT"
    wait_for fake-sink 20 grep -qs '^url=' "$DATA/log/fake-sink.log" || exit 1
    curl -sf --json "{\"delay_ms\": $DELAY_MS}" "http://127.0.0.1:$SINK_PORT/_faults"
}
sink() { curl -sf "http://127.0.0.1:$SINK_PORT/_sink" | jq "$1"; }

api() { # METHOD PATH [BODY]
    curl -sf --http2-prior-knowledge -X "$1" -H "authorization: Bearer $FLOW_KEY" -H "idempotency-key: $RANDOM$RANDOM" \
        ${3:+--json "$3"} "$PLAIN$2" || die "$1 $2 was refused"
}

flow_make() {
    local con
    FLOW_KEY=$(ctl key create --partner northwind --customer "$CUSTOMER" --name flows \
        --scopes flows:read,flows:write,flows:publish,flows:run,connections:read)
    echo "$FLOW_KEY" >"$DATA/flow.key"
    con=$(ctl connection create --partner northwind --customer "$CUSTOMER" --connector http --name Sink \
        --settings "$(jq -nc --arg url "http://127.0.0.1:$SINK_PORT/" --argjson n "$CONCURRENCY" '{url: $url, concurrency: $n,
            operations: {"order.create": {method: "POST", path: "orders", again: "key", key_header: "Idempotency-Key", ref: "/id"}}}')" \
        --secret-file "$(secret sink.secret none)")
    FLOW=$(api POST /v1/flows '{"name": "Orders"}' | jq -r .id)
    api PUT "/v1/flows/$FLOW/connections/wms" "{\"connection_id\": \"$con\"}" >/dev/null
    api POST "/v1/flows/$FLOW/versions" '{"document": {"format": "flow/1", "trigger": {"api": {}}, "steps": [{"effect": {
        "connection": "wms", "operation": "order.create", "key": "reference", "with": "{\"reference\": reference}"}}]}}' >/dev/null
    api POST "/v1/flows/$FLOW/versions/1/publish" >/dev/null
}

second_api() {
    API=api2 API_PORT=$((HTTPS_PORT + 10)) perf_api_start TENON_HTTP_LISTEN="127.0.0.1:$((HTTPS_PORT + 12))"
}
workers_start() { # COUNT
    local i
    for ((i = 1; i <= $1; i++)); do
        WORKER=worker$i WORKER_PORT=$((HTTPS_PORT + 4 + i)) worker_start TENON_PROCESSES=0 TENON_LOG_LEVEL=warn || exit 1
    done
}
workers_stop() { for i in 1 2 3; do end "worker$i"; done; }

# All jobs are there before any worker is, so that what is measured is the workers'.
round() { # WORKERS
    local given before idle all idle_now all_now
    given=$(pg_sql "select clock_timestamp()")
    give "$BURST"
    before=$(sink .acted)
    settle_disk
    workers_start "$1"
    read -r idle all <<<"$(cpu_idle)"
    until [ "$(sink .acted)" -ge $((before + BURST)) ]; do sleep 0.1; done
    sleep 1
    sample "workers.$1" "$(pg_sql "select round($BURST / extract(epoch from max(confirmed_at) - min(sent_at)), 1) from tenon.effect e
        join tenon.job j using (partner_id, customer_id, job_id) where j.created_at >= '$given'")"
    read -r idle_now all_now <<<"$(cpu_idle)"
    sample "idle.$1" $((100 * (idle_now - idle) / (all_now - all)))
    workers_stop
}
cpu_idle() { awk '/^cpu / { print $5 + $6, $2 + $3 + $4 + $5 + $6 + $7 + $8; exit }' /proc/stat; }

# give COUNT: one key a job, from a caller that speaks to both API processes.
give() {
    python3 "$TENON_ROOT/tests/chaos/shop.py" --at "127.0.0.1:$((HTTPS_PORT + 4))" --at "127.0.0.1:$((HTTPS_PORT + 12))" \
        --host northwind.localhost --key-file "$DATA/flow.key" --flow "$FLOW" --keys 100 --threads 16 --first "$GIVEN" \
        --count "$1" >"$DATA/said" || die "not every job was taken: $(cat "$DATA/said")"
    GIVEN=$((GIVEN + $1))
}
GIVEN=0

measure() {
    local n i
    port_need $((HTTPS_PORT + 10))
    sink_start
    seed
    perf_api_start
    second_api
    flow_make
    give 200
    workers_start 1
    until [ "$(sink .acted)" -ge 200 ]; do sleep 0.1; done
    workers_stop
    pg_sql analyze
    for ((i = 0; i < ROUNDS; i++)); do
        for n in 1 2 3; do round "$n"; done
    done
    end api2
    [ "$(sink .doubled)" = 0 ] || die "something was done twice"
    verdict workers "$(of workers.3)" "$(of workers.1)" "jobs/s" "jobs of a flow with one effect each, to a system that takes \
$DELAY_MS ms; $CONCURRENCY calls at once a worker thread, one thread a process, two API processes; bursts of $BURST, given before the \
workers start; first request sent to last answer recorded; three workers against one, medians of $ROUNDS rounds" \
        "$(jq -nc --argjson a "$(of workers.1)" --argjson b "$(of workers.2)" --argjson c "$(of workers.3)" \
            --argjson x "$(of idle.1)" --argjson y "$(of idle.2)" --argjson z "$(of idle.3)" \
            '{one: $a, two: $b, three: $c, machine_idle_percent: [$x, $y, $z]}')"
}
