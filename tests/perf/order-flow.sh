# shellcheck shell=bash disable=SC2154
# A signed order, mapped and posted to a system that takes JSON, by a flow: durable, with the ledger of effects, against
# Node-RED's same flow, which keeps nothing. Sourced by run. PERF_N8N=yes measures n8n, too, with its database on our server
# and executions that succeed not kept: 1,700 packages of npm are fetched for it.
BURST=${PERF_BURST:-6000} CLIENTS=${PERF_CLIENTS:-64}
PEER_VERSION=${PERF_NODE_RED:-4} # 5 asks for node 22
SINK_PORT=$((HTTPS_PORT + 3)) PEER_PORT=$((HTTPS_PORT + 7))
PROGRAMS=fake-sink

sink_start() {
    install -m 0755 "$BUILD/fake-sink" "$DATA/app/fake-sink"
    spawn fake-sink "$DATA/app/fake-sink" --listen "127.0.0.1:$SINK_PORT"
    wait_for fake-sink 20 grep -qs '^url=' "$DATA/log/fake-sink.log" || exit 1
}
acted() { curl -sf "http://127.0.0.1:$SINK_PORT/_sink" | jq .acted; }

# wait_acted N: until the sink has done as much.
wait_acted() {
    local until=$((SECONDS + 180))
    while [ "$(acted)" -lt "$1" ]; do
        [ "$SECONDS" -lt "$until" ] || die "only $(acted) of $1 orders came to the sink in time"
        sleep 0.05
    done
}

# ---- ours ----

api() { # METHOD PATH [BODY]
    curl -sf --http2-prior-knowledge -X "$1" -H "authorization: Bearer $FLOW_KEY" -H "idempotency-key: $RANDOM$RANDOM" \
        ${3:+--json "$3"} "$PLAIN$2" || die "$1 $2 was refused"
}

flow_make() {
    local con flow
    FLOW_KEY=$(ctl key create --partner northwind --customer "$CUSTOMER" --name flows \
        --scopes flows:read,flows:write,flows:publish,connections:read)
    con=$(ctl connection create --partner northwind --customer "$CUSTOMER" --connector http --name Sink \
        --settings "$(jq -nc --arg url "http://127.0.0.1:$SINK_PORT/" '{url: $url, concurrency: 64, operations: {"order.create":
            {method: "POST", path: "orders", again: "key", key_header: "Idempotency-Key", ref: "/id"}}}')" \
        --secret-file "$(secret sink.secret none)")
    flow=$(api POST /v1/flows '{"name": "Orders"}' | jq -r .id)
    api PUT "/v1/flows/$flow/connections/wms" "{\"connection_id\": \"$con\"}" >/dev/null
    api POST "/v1/flows/$flow/versions" "$(jq -nc '{document: {format: "flow/1", trigger: {message: {system: "shopify",
        object: "order"}}, steps: [{map: {of: "$"}, id: "order"}, {effect: {connection: "wms", operation: "order.create",
        key: "$order.natural_key", with: "$order"}}]}}')" >/dev/null
    api POST "/v1/flows/$flow/versions/1/publish" >/dev/null
    api PUT "/v1/connections/$SHOP_ID/flows/order" "{\"flow_id\": \"$flow\"}" >/dev/null
    sleep 1.2 # the door knows for a second what it knew
}

now_us() { date +%s%6N; }
cpu_of() { # pids: hundredths of a second so far
    local p sum=0
    for p in "$@"; do sum=$((sum + $(awk '{ print $14 + $15 }' "/proc/$p/stat" 2>/dev/null || echo 0))); done
    echo "$sum"
}
pg_pids() { pgrep -P "$(head -n 1 "$DATA/pg/postmaster.pid")"; }

ours_burst() {
    local began from
    settle_disk
    began=$(acted) from=$(now_us)
    orders "$BURST" --connections 4 --streams 32
    wait_acted $((began + BURST))
    sample ours "$(awk -v n="$BURST" -v us=$(($(now_us) - from)) 'BEGIN { printf "%.1f", n * 1e6 / us }')"
}

ours_steady() { # RATE
    local n=$(($1 * LASTING)) began from
    settle_disk
    began=$(acted) from=$(pg_sql "select clock_timestamp()")
    orders "$n" --rate "$1" --connections 4 --streams 32
    wait_acted $((began + n))
    sleep 1
    read -r p50 p99 <<<"$(pg_sql "select round(1000 * percentile_disc(0.5) within group (order by took), 1),
        round(1000 * percentile_disc(0.99) within group (order by took), 1)
        from (select extract(epoch from e.confirmed_at - j.created_at) as took from tenon.effect e
              join tenon.job j using (partner_id, customer_id, job_id) where j.created_at >= '$from') t" | tr '|' ' ')"
    sample p50_ms "$p50"
    sample p99_ms "$p99"
}

# ---- Node-RED ----

peer_make() {
    PEER=$TENON_ROOT/build/peer
    mkdir -p "$PEER"
    [ -d "$PEER/node_modules/node-red" ] ||
        npm --prefix "$PEER" --silent --no-fund --no-audit install "node-red@$PEER_VERSION" || die "node-red cannot be had"
    install_packages wrk
    mkdir -p "$DATA/red"
    node "$PERF/order-flow.js" "$PERF/mapping.json" "$SINK_PORT" "$HOOK_SECRET" "$PEER_PORT" "$DATA/red"
    node "$PERF/order-flow.js" bodies "$DATA/app/$TEMPLATE" "$HOOK_SECRET" "$DATA/red/bodies"
}

peer_start() {
    (cd "$PEER" && exec node node_modules/node-red/red.js -s "$DATA/red/settings.js" -u "$DATA/red" "$DATA/red/flows.json") \
        >"$DATA/log/node-red.log" 2>&1 &
    PEER_PID=$!
    local i
    for ((i = 0; i < 300; i++)); do
        [ "$(curl -s -o /dev/null -w '%{http_code}' --data-binary '{}' "http://127.0.0.1:$PEER_PORT/orders")" != 401 ] || return 0
        sleep 0.1
    done
    die "node-red did not start: $(tail -n 5 "$DATA/log/node-red.log")"
}
peer_stop() { kill "$PEER_PID" 2>/dev/null; wait "$PEER_PID" 2>/dev/null || true; }

peer_burst() {
    local began from
    began=$(acted) from=$(now_us)
    (cd "$DATA/red" && wrk -t 1 -c "$CLIENTS" -d "${LASTING}s" -s wrk.lua "http://127.0.0.1:$PEER_PORT/orders") >"$DATA/log/wrk.log" ||
        die "wrk failed: $(cat "$DATA/log/wrk.log")"
    sample node-red "$(awk -v n=$(($(acted) - began)) -v us=$(($(now_us) - from)) 'BEGIN { printf "%.1f", n * 1e6 / us }')"
    ! grep -q 'Non-2xx' "$DATA/log/wrk.log" || die "node-red did not take all: $(cat "$DATA/log/wrk.log")"
}

# ---- n8n ----

N8N_VERSION=1.82.3 # of the versions that node 20 runs; its xlsx is not on npm, and nothing here reads one
n8n() {
    env N8N_USER_FOLDER="$DATA/red" DB_TYPE=postgresdb DB_POSTGRESDB_HOST="$DATA/run" DB_POSTGRESDB_DATABASE=n8n \
        DB_POSTGRESDB_USER="$PG_USER" EXECUTIONS_DATA_SAVE_ON_SUCCESS=none N8N_DIAGNOSTICS_ENABLED=false \
        N8N_VERSION_NOTIFICATIONS_ENABLED=false N8N_TEMPLATES_ENABLED=false N8N_RUNNERS_ENABLED=false N8N_LISTEN_ADDRESS=127.0.0.1 \
        N8N_PORT=$((PEER_PORT + 1)) NODE_FUNCTION_ALLOW_BUILTIN=crypto N8N_LICENSE_SERVER_URL=http://127.0.0.1:9 \
        N8N_LICENSE_AUTO_RENEW_ENABLED=false N8N_PERSONALIZATION_ENABLED=false N8N_LOG_LEVEL=warn \
        "$@" >>"$DATA/log/n8n.log" 2>&1
}

n8n_make() {
    N8N=$TENON_ROOT/build/n8n
    mkdir -p "$N8N"
    jq -n --arg v "$N8N_VERSION" '{private: true, dependencies: {n8n: $v}, overrides: {xlsx: "0.18.5"}}' >"$N8N/package.json"
    [ -d "$N8N/node_modules/n8n" ] || npm --prefix "$N8N" --silent --no-fund --no-audit --ignore-scripts install || die "n8n cannot be had"
    N8N=$N8N/node_modules/n8n/bin/n8n
    pg_sql "create database n8n" postgres
    node "$PERF/order-flow.js" n8n "$SINK_PORT" "$HOOK_SECRET" "$DATA/red/n8n.json"
    n8n node "$N8N" import:workflow --input="$DATA/red/n8n.json" # a first command makes its tables, and imports nothing yet
    n8n node "$N8N" import:workflow --input="$DATA/red/n8n.json"
    n8n node "$N8N" update:workflow --all --active=true
}

n8n_round() {
    local began from i url="http://127.0.0.1:$((PEER_PORT + 1))/webhook/orders"
    n8n node "$N8N" start &
    began=$(acted)
    for ((i = 0; i < 300; i++)); do
        sleep 0.2
        (cd "$DATA/red" && wrk -t 1 -c 1 -d 1s -s wrk.lua "$url") >"$DATA/log/wrk.log" 2>&1 || true
        [ "$(acted)" = "$began" ] || break
    done
    began=$(acted) from=$(now_us)
    (cd "$DATA/red" && wrk -t 1 -c 16 -d "${LASTING}s" -s wrk.lua "$url") >"$DATA/log/wrk.log" || die "wrk failed"
    sample n8n "$(awk -v n=$(($(acted) - began)) -v us=$(($(now_us) - from)) 'BEGIN { printf "%.1f", n * 1e6 / us }')"
    pkill -f "$N8N start" || true
    wait $! 2>/dev/null || true
}

measure() {
    local round rate share peer_kb
    sink_start
    seed
    SHOP_ID=$(sed -n 1p <<<"$SHOP_SAID")
    perf_api_start TENON_API_THREADS=1 TENON_DB_CONNECTIONS=4 TENON_REQUESTS_PER_PARTNER=1024 TENON_REQUESTS_PER_CONNECTION=128
    worker_start TENON_PROCESSES=0 TENON_LOG_LEVEL=warn TENON_DB_CONNECTIONS="${WORKER_CONNECTIONS:-16}" || exit 1
    flow_make
    [ -n "${PERF_NO_PEER:-}" ] || peer_make
    [ -z "${PERF_N8N:-}" ] || n8n_make
    orders 500 --streams 16
    wait_acted 500
    pg_sql analyze
    for ((round = 0; round < ROUNDS; round++)); do
        # shellcheck disable=SC2046
        local before=$(cpu_of $(pg_pids)) all=$(cpu_of $(pg_pids) "$(pid_of "$DATA/run/api.pid")" "$(pid_of "$DATA/run/worker.pid")")
        ours_burst
        # shellcheck disable=SC2046
        sample pg_share "$(awk -v p=$(($(cpu_of $(pg_pids)) - before)) -v a=$(($(cpu_of $(pg_pids) "$(pid_of "$DATA/run/api.pid")" \
            "$(pid_of "$DATA/run/worker.pid")") - all)) 'BEGIN { printf "%.0f", 100 * p / a }')"
        [ -n "${PERF_NO_PEER:-}" ] && continue
        peer_start
        peer_burst
        peer_kb=$(awk '/^VmRSS/ { print $2 }' "/proc/$PEER_PID/status")
        peer_stop
        [ -z "${PERF_N8N:-}" ] || n8n_round
    done
    rate=$(awk -v r="$(of ours)" 'BEGIN { print int(r / 2) }')
    for ((round = 0; round < ROUNDS; round++)); do ours_steady "$rate"; done
    [ "$(pg_sql "select count(*) from tenon.effect where state <> 'confirmed'")" = 0 ] || die "not every effect is confirmed"
    [ "$(pg_sql "select count(*) from tenon.effect where sends <> 1")" = 0 ] || die "something was sent twice"
    verdict order-flow "$(of ours)" "$([ -n "${PERF_NO_PEER:-}" ] && echo null || of node-red)" "orders/s" "signed webhook of \
$(wc -c <"$DATA/app/$TEMPLATE") octets, mapped and posted as JSON. Ours: h2c, bursts of $BURST, fsync and synchronous_commit on, every change in the ledger of \
effects; first octet sent to last order acted upon. Peer: node-red $PEER_VERSION, node $(node --version), HTTP/1.1, $CLIENTS clients, signature, one JSONata expression, \
request, answer; keeps nothing. Medians of $ROUNDS rounds; times from received to confirmed at $rate orders/s" \
        "$(jq -nc --argjson rate "$rate" --argjson p50 "$(of p50_ms)" --argjson p99 "$(of p99_ms)" --argjson share "$(of pg_share)" \
            --argjson n8n "$([ -n "${PERF_N8N:-}" ] && of n8n || echo null)" --argjson worker "$(rss_kb worker)" --argjson api "$(rss_kb api)" --argjson peer "${peer_kb:-null}" '{steady_rate: $rate,
            p50_ms: $p50, p99_ms: $p99, postgres_cpu_percent: $share, n8n: $n8n, api_rss_kb: $api, worker_rss_kb: $worker, peer_rss_kb: $peer}')"
}
