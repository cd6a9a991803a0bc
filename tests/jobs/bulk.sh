#!/bin/bash
# Thousands of a flow's jobs are let go in the background while its workers are killed, before and after a page's commit and
# at any time: each job runs exactly once more, what is told of each is what was done, and a backfill of all of them changes
# nothing in the other system. A rate per minute is kept.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

JOBS=${TENON_BULK_JOBS:-3000}

main() {
    stack_open bulk 18780
    stack_start
    flow_made
    retried
    backfilled
    slowly
    tap_end
}

sink() { curl -sf -m 20 "$SINK$1" | jq -rc "$2"; }

flow_made() {
    local customer con
    customer=$(ctl customer list --partner northwind --json | jq -r '.[0].id')
    KEY=$(ctl key create --partner northwind --name flows --customer "$customer" --scopes flows:read,flows:write,flows:publish,flows:run)
    install -m 0755 "$TENON_BUILD/fake-sink" "$DATA/app/fake-sink"
    spawn fake-sink "$DATA/app/fake-sink"
    wait_for fake-sink 60 grep -qs '^url=' "$DATA/log/fake-sink.log" || exit 1
    SINK=$(sed -n 's/^url=//p' "$DATA/log/fake-sink.log")
    con=$(ctl connection create --partner northwind --customer "$customer" --connector http --name Warehouse \
        --settings "$(jq -nc --arg url "$SINK" '{url: $url, auth: "bearer", operations: {
            "order.create": {method: "POST", path: "orders", again: "key", key_header: "Idempotency-Key", settle_ms: 500}}}')" \
        --secret-file "$(secret sink.secret none)")
    ask POST /v1/flows --json '{"name": "To the warehouse"}' >/dev/null
    FLOW=$(said .id)
    ask PUT "/v1/flows/$FLOW/connections/wms" --json "{\"connection_id\": \"$con\"}" >/dev/null
    ask POST "/v1/flows/$FLOW/versions" --json '{"document": {"format": "flow/1", "trigger": {"api": {}}, "key": "order", "lane": "stock",
        "steps": [{"effect": {"connection": "wms", "operation": "order.create", "key": "order", "with": "{\"reference\": order}"}}]}}' >/dev/null
    check "a flow is published" "$(ask POST "/v1/flows/$FLOW/versions/1/publish") $(said .current_version)" "200 1"
    BATCHES=/v1/flows/$FLOW/batches
}

# given_held COUNT: so many runs of the flow that stopped before their first try.
given_held() {
    pg_sql "with made as (insert into tenon.job (partner_id, customer_id, job_id, origin_key, kind, business_key, lane, state, reason, run_at,
                deadline_at, created_at, flow_id, flow_version)
            select partner_id, customer_id, tenon.job_id_new(n), 'h' || n, 'flow', 'H-' || n, 1, 'held', 'it was closed', now(),
                now() + interval '1 day', now(), flow_id, 1 from tenon.flow, generate_series(1, $1) n returning *)
        insert into tenon.flow_input select partner_id, customer_id, job_id, convert_to(format('{\"order\": \"%s\"}', business_key), 'UTF8'),
            sha256('x'), 'tests', now(), flow_id, origin_key from made"
    sleep 0.01 # what is planned when a batch is asked for is none of it
}

batch() {
    check "$1" "$(ask POST "$BATCHES" --json "$2") $(said '[.state, .matched]')" "202 [\"running\",$3]"
    BATCH=$(said .id)
}
# batch_ends SECONDS
batch_ends() {
    local until=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$until" ]; do
        ask GET "$BATCHES/$BATCH" >/dev/null
        [ "$(said .state)" = running ] || return 0
        sleep 0.1
    done
    return 1
}
# jobs_end SECONDS: until none waits and none runs.
jobs_end() {
    local until=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.job where state in ('ready', 'leased') and flow_id is not null")" != 0 ] || return 0
        sleep 0.2
    done
    return 1
}
# What the newest batch says was done, what it says of each job, and the jobs that have left the state: three times the same.
whole() {
    pg_sql "select done + skipped, (select count(*) from tenon.flow_batch_item i where i.batch_id = b.batch_id),
        (select count(*) from tenon.job where reason is distinct from 'it was closed' and flow_id is not null)
        from tenon.flow_batch b order by batch_id desc limit 1"
}

# Workers die one after another: before a page's commit nothing of it stays, after it all of it.
retried() {
    local point so_far
    given_held "$JOBS"
    end worker
    batch "all that stopped are to run once more" '{"action": "retry", "job_state": "held"}' "$JOBS"
    while read -r point so_far; do
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=bulk.$point" 2>/dev/null || true # it may die before it is ready
        holds "a worker dies at $point" wait_gone worker
        check "$so_far are let go, and told of" "$(whole)" "$so_far|$so_far|$so_far"
        end worker
    done <<<"before_commit 0
before_commit:2 500
after_commit 1000
after_commit:2 2000"
    worker_start "${WORKER_SETTINGS[@]}"
    sleep 0.2
    kill -KILL "$(pid_of "$DATA/run/worker.pid")"
    end worker 5
    worker_start "${WORKER_SETTINGS[@]}"
    holds "the batch comes to its end" batch_ends 60
    check "with each" "$(said '[.state, .done, .skipped]') $(whole)" "[\"done\",$JOBS,0] $JOBS|$JOBS|$JOBS"
    holds "the jobs come to theirs" jobs_end 120
    check "each is done" "$(pg_sql "select state, count(*) from tenon.job where flow_id is not null group by 1")" "done|$JOBS"
    check "and happened once" "$(sink _sink '[.things, .doubled]')" "[$JOBS,0]"
}

backfilled() {
    batch "all of them are to run anew" '{"action": "backfill", "job_state": "done", "from": "2020-01-01T00:00:00Z"}' "$JOBS"
    for _ in 1 2; do
        sleep 0.4
        kill -KILL "$(pid_of "$DATA/run/worker.pid")"
        end worker 5
        worker_start "${WORKER_SETTINGS[@]}"
    done
    holds "the backfill comes to its end" batch_ends 60
    check "with each of them" "$(said '[.state, .done, .skipped]')" "[\"done\",$JOBS,0]"
    holds "so do its jobs" jobs_end 120
    check "in the lane that comes last" "$(pg_sql "select lane, state, count(*) from tenon.job where flow_id is not null group by 1, 2")" "4|done|$JOBS"
    check "and nothing has happened twice" "$(sink _sink '[.things, .doubled]')" "[$JOBS,0]"
}

# 1,200 a minute are 20 a second: 60 take two seconds and no more than a few.
slowly() {
    pg_sql "update tenon.job set state = 'held', reason = 'once more' where job_id in (select job_id from tenon.job where flow_id is not null
        order by job_id limit 60)"
    batch "some run at a rate" '{"action": "retry", "job_state": "held", "per_minute": 1200}' 60
    check "which says how long it takes" "$(said .seconds_left)" 3
    holds "they come to their end" batch_ends 30
    check "at that rate" "$(pg_sql "select max(run_at) - min(run_at) between interval '1.5 seconds' and interval '6 seconds' from (
        select run_at from tenon.job where flow_id is not null order by job_id limit 60) s")" t
    check "and with each" "$(said '[.done, .skipped]')" "[60,0]"
}

main
