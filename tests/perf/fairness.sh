# shellcheck shell=bash disable=SC2154
# What one customer's job takes, from asked for to confirmed elsewhere, alone and while another customer has a million queued;
# and what an order takes at an account, alone and behind 50,000 catalogue updates of the same account. Sourced by run.
FLOOD=${PERF_FLOOD:-1000000} CATALOGUE=${PERF_CATALOGUE:-50000} TRIES=${PERF_TRIES:-200} DELAY_MS=${PERF_DELAY_MS:-50}
SINK_PORT=$((HTTPS_PORT + 3))
PROGRAMS=fake-sink

sink_start() {
    install -m 0755 "$BUILD/fake-sink" "$DATA/app/fake-sink"
    spawn fake-sink "$DATA/app/fake-sink" --listen "127.0.0.1:$SINK_PORT"
    wait_for fake-sink 20 grep -qs '^url=' "$DATA/log/fake-sink.log" || exit 1
    curl -sf --json "{\"delay_ms\": $DELAY_MS}" "http://127.0.0.1:$SINK_PORT/_faults"
}

api() { # KEY METHOD PATH [BODY]
    curl -sf --http2-prior-knowledge -X "$2" -H "authorization: Bearer $1" -H "idempotency-key: $RANDOM$RANDOM$RANDOM" \
        ${4:+--json "$4"} "$PLAIN$3" || die "$2 $3 was refused"
}

# flow_make CUSTOMER KEY NAME LANE CONNECTION: prints its id.
flow_make() {
    local flow
    flow=$(api "$2" POST /v1/flows "{\"name\": \"$3\"}" | jq -r .id)
    api "$2" PUT "/v1/flows/$flow/connections/there" "{\"connection_id\": \"$5\"}" >/dev/null
    api "$2" POST "/v1/flows/$flow/versions" "$(jq -nc --arg lane "$4" '{document: {format: "flow/1", trigger: {api: {}}, lane: $lane,
        steps: [{effect: {connection: "there", operation: "put", key: "$string(n)", with: "$"}}]}}')" >/dev/null
    api "$2" POST "/v1/flows/$flow/versions/1/publish" >/dev/null
    echo "$flow"
}

customer_make() { # NAME: CUS and CUSKEY
    CUS=$(ctl customer create --partner northwind --name "$1")
    CUSKEY=$(ctl key create --partner northwind --customer "$CUS" --name flows --scopes flows:read,flows:write,flows:publish,flows:run,connections:read)
    CUSCON=$(ctl connection create --partner northwind --customer "$CUS" --connector http --name There \
        --settings "$(jq -nc --arg url "http://127.0.0.1:$SINK_PORT/" '{url: $url, concurrency: 8, operations: {put:
            {method: "PUT", path: "things/{key}", again: "upsert"}}}')" --secret-file "$(secret "sink.$1" none)")
}

# queued NAME LANE COUNT: so many jobs of the flow of that name, as if they had been asked for.
queued() {
    pg_sql "with f as (select * from tenon.flow where name = '$1'), j as (
                insert into tenon.job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, run_at, deadline_at,
                                       created_at, flow_id, flow_version)
                select f.partner_id, f.customer_id, gen_random_uuid(), 'q' || n, 'flow', 'q' || n, $2, now(), now() + interval '7 days',
                       now(), f.flow_id, 1 from f, generate_series(1, $3) n returning *)
            insert into tenon.flow_input (partner_id, customer_id, job_id, body, body_hash, given_by, received_at, flow_id, origin_key)
            select partner_id, customer_id, job_id, convert_to('{\"n\":\"' || origin_key || '\"}', 'UTF8'), sha256('x'), 'system', now(),
                   flow_id, origin_key from j" >/dev/null
    pg_sql "vacuum analyze tenon.job" # as the server does by itself a little later
}

# one_by_one KEY FLOW: asks for one run after another; prints "p50 p99" in milliseconds, asked for to confirmed.
one_by_one() {
    local i from
    from=$(pg_sql "select clock_timestamp()")
    for ((i = 0; i < TRIES; i++)); do
        api "$1" POST "/v1/flows/$2/runs" "{\"input\": {\"n\": \"s$(date +%s%N)\"}}" >/dev/null
        sleep 0.1
    done
    sleep 3
    pg_sql "select round(1000 * percentile_disc(0.5) within group (order by took), 1), round(1000 * percentile_disc(0.99) within group (order by took), 1),
                   count(*)
              from (select extract(epoch from e.confirmed_at - j.created_at) as took from tenon.job j join tenon.effect e using (partner_id, customer_id, job_id)
                     where j.created_at >= '$from' and j.origin_key not like 'q%') t" | tr '|' ' '
}

busy() { # NAME: until its flood is being worked off
    local until=$((SECONDS + 120))
    while [ "$(pg_sql "select count(*) from (select from tenon.job j join tenon.flow f using (partner_id, customer_id, flow_id)
        where f.name = '$1' and j.state = 'done' limit 500) x")" -lt 500 ]; do
        [ "$SECONDS" -lt "$until" ] || die "the flood is not worked off"
        sleep 1
    done
}

# What the worker holds at the moment is left to it.
flood_end() {
    while [ "$(pg_sql "with w as (select partner_id, customer_id, job_id from tenon.job where state = 'ready' for update skip locked)
        update tenon.job j set state = 'cancelled', ended_at = now() from w
         where j.partner_id = w.partner_id and j.customer_id = w.customer_id and j.job_id = w.job_id returning 1" | wc -l)" -gt 0 ]; do
        sleep 1
    done
    pg_sql "vacuum tenon.job" >/dev/null
}

measure() {
    local key flow catalogue n
    sink_start
    seed
    perf_api_start TENON_API_THREADS=1 TENON_DB_CONNECTIONS=4
    worker_start TENON_PROCESSES=0 TENON_LOG_LEVEL=warn TENON_DB_CONNECTIONS=16 || exit 1
    customer_make flood
    flow_make "$CUS" "$CUSKEY" flood orders "$CUSCON" >/dev/null
    customer_make single
    key=$CUSKEY flow=$(flow_make "$CUS" "$CUSKEY" single orders "$CUSCON")
    catalogue=$(flow_make "$CUS" "$CUSKEY" catalogue catalogue "$CUSCON")
    : "$catalogue"
    one_by_one "$key" "$flow" >/dev/null
    read -r ALONE50 ALONE99 n <<<"$(one_by_one "$key" "$flow")"
    echo "alone: p50 $ALONE50 ms, p99 $ALONE99 ms ($n jobs)"
    queued flood 0 "$FLOOD"
    busy flood
    read -r FLOOD50 FLOOD99 n <<<"$(one_by_one "$key" "$flow")"
    echo "beside $FLOOD queued jobs of another customer: p50 $FLOOD50 ms, p99 $FLOOD99 ms ($n jobs)"
    [ "$(pg_sql "select count(*) from (select from tenon.job where state = 'ready' limit 1000) x")" = 1000 ] || die "the flood was over before"
    flood_end
    sleep 5
    queued catalogue 3 "$CATALOGUE"
    busy catalogue
    read -r LANE50 LANE99 n <<<"$(one_by_one "$key" "$flow")"
    echo "behind $CATALOGUE catalogue updates of the same account: p50 $LANE50 ms, p99 $LANE99 ms ($n jobs)"
    [ "$(pg_sql "select count(*) from (select from tenon.job where state = 'ready' limit 1000) x")" = 1000 ] || die "the catalogue was through before"
    verdict lanes "$LANE99" "$ALONE99" "ms" "p99 of an order at an account that takes 8 calls at once of $DELAY_MS ms each, behind $CATALOGUE catalogue \
updates of the same account, against alone; goal at most 2"
    verdict fairness "$FLOOD50" "$ALONE50" "ms" "p50 of a customer's job, asked for to confirmed, of which the other system takes $DELAY_MS ms, while \
another customer has $FLOOD jobs queued, against alone; goal at most 1.2; $TRIES jobs each" \
        "$(jq -nc --argjson a "$ALONE99" --argjson b "$FLOOD99" '{alone_p99_ms: $a, flood_p99_ms: $b}')"
}
