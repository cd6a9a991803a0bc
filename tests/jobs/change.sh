#!/bin/bash
# A flow that waits for changes of orders, whose worker dies between a version and the run that it begins, and on either side:
# each version has one run, the runs come in the order of the versions, and what they send arrives once.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

POINTS="order.before_store change.before_plan change.after_plan order.after_store job.before_finish"
ID=5900000000001 N=0

main() {
    stack_open change 18860
    WORKER_SETTINGS+=(TENON_LEASE_MS=1000)
    stack_start
    flow_made
    local point
    changed "a first version"
    for point in $POINTS; do
        N=$((N + 1))
        end worker
        version
        holds "$point: the version is taken" post_until "$DATA/work/order" "d-$N" 60
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$point" 2>/dev/null || true # it may die before it is ready
        holds "$point: the worker dies" wait_gone worker
        check "$point: no version is without its run, and no run without its version" "$(unequal)" 0
        worker_start "${WORKER_SETTINGS[@]}"
        holds "$point: the run ends" runs_end "$N"
    done
    check "each version had one run" "$(pg_sql "select count(*), count(distinct origin_key) from tenon.flow_input")" "$N|$N"
    check "in the order of the versions" "$(numbers "select i.body from tenon.flow_input i join tenon.job j using (job_id) order by j.ended_at")" \
        "$(seq -s ' ' "$N")"
    check "and given by a change" "$(pg_sql "select string_agg(distinct given_by, ' ') from tenon.flow_input")" change
    check "what they send arrives once" "$(curl -sf -m 20 "${SINK}_sink" | jq -c .acted)" "$N"
    at_once
    tap_end
}

flow_made() {
    local customer con
    install -m 0755 "$TENON_BUILD/fake-sink" "$DATA/app/fake-sink"
    spawn fake-sink "$DATA/app/fake-sink"
    wait_for fake-sink 60 grep -qs '^url=' "$DATA/log/fake-sink.log" || exit 1
    SINK=$(sed -n 's/^url=//p' "$DATA/log/fake-sink.log")
    customer=$(ctl customer list --partner northwind --json | jq -r '.[0].id')
    FLOW_KEY=$(ctl key create --partner northwind --name flows --customer "$customer" \
        --scopes flows:read,flows:write,flows:publish,flows:run,connections:read)
    con=$(ctl connection create --partner northwind --customer "$customer" --connector http --name Warehouse \
        --settings "$(jq -nc --arg url "$SINK" '{url: $url, operations: {"order.key": {method: "POST", path: "orders",
            again: "key", key_header: "Idempotency-Key", ref: "/id", settle_ms: 500}}}')" --secret-file "$(secret sink.secret none)")
    FLOW=$(ask POST /v1/flows '{"name": "Changes"}' | jq -r .id)
    ask PUT "/v1/flows/$FLOW/connections/wms" "{\"connection_id\": \"$con\"}" >/dev/null
    ask POST "/v1/flows/$FLOW/versions" "$(jq -nc '{document: {format: "flow/1", trigger: {change: {object: "sales_order"}}, steps: [
        {effect: {connection: "wms", operation: "order.key", key: "object.number & \" \" & version", with: "{\"seq\": version}"}}]}}')" >/dev/null
    ask POST "/v1/flows/$FLOW/versions/1/publish" >/dev/null
}
ask() { # METHOD PATH [BODY]
    curl_to -f -X "$1" -H "authorization: Bearer $FLOW_KEY" -H "idempotency-key: $RANDOM$RANDOM" ${3:+--json "$3"} "$(url "$2")" ||
        die "$1 $2 was refused"
}

# The order's Nth version.
version() {
    order_body "$ID" 1 SKU-0001 $((N % 2 + 1)) ".updated_at = \"2026-11-20T12:00:$(printf %02d "$N")-05:00\"" >"$DATA/work/order"
}
changed() {
    N=$((N + 1))
    version
    holds "$1 is taken" post_until "$DATA/work/order" "d-$N" 60
    holds "$1 begins a run, which ends" runs_end "$N"
}
unequal() {
    pg_sql "select count(*) from (select version_no from tenon.canonical_record where object = 'sales_order') v
        full join (select convert_from(body, 'utf8')::json ->> 'version' as version_no from tenon.flow_input) i
            on i.version_no = v.version_no::text where i.version_no is null or v.version_no is null"
}
# numbers QUERY: the versions that these inputs are of, a blank between.
numbers() { pg_sql "select string_agg(convert_from(body, 'utf8')::json ->> 'version', ' ') from ($1) q"; }
# runs_end COUNT
runs_end() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.job where flow_id is not null and state = 'done'")" != "$1" ] || return 0
        sleep 0.1
    done
    return 1
}

# Redis is told of a run when its version's job has ended, so that nobody has to look for it.
at_once() {
    changed "one more version"
    check "its run waits for no sweep" "$(pg_sql "select j.started_at - i.received_at < interval '1 second' from tenon.job j
        join tenon.flow_input i using (job_id) where i.origin_key like '% $N'")" t
}

main
