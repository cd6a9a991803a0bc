#!/bin/bash
# Jobs of a flow, by way of two API processes and two workers with clocks, to a system that hangs, lies and drops its answers,
# while all that stands between them falls in turn: workers, API processes, Redis (with what it knew), PostgreSQL (killed,
# away for a while, its disk full), and the clock of the day is an hour off in one process after another. In the end every
# job is done, the other system has each once, and those of one key in their order.
#   TENON_CHAOS_JOBS=2000 TENON_CHAOS_BLOWS=12    the full run is 20,000 and 48
#   TENON_CHAOS_CUT_MS=5000                       how long PostgreSQL is away; 60,000 in the full run
#   TENON_CHAOS_SEED=N                            repeats the plan
#   tests/chaos/flows.sh --plan                   prints the plan and its hash, and runs nothing
# The clock and the disk are shown to our processes and to PostgreSQL by world.c, so no right is needed and nothing is left.
# shellcheck disable=SC2034,SC2153
LABEL=chaos
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

JOBS=${TENON_CHAOS_JOBS:-2000} BLOWS=${TENON_CHAOS_BLOWS:-12} CUT_MS=${TENON_CHAOS_CUT_MS:-5000} SEED=${TENON_CHAOS_SEED:-$RANDOM}
KEYS=50 LEASE_MS=1000 SETTLE_MS=1000
KINDS=(worker worker2 api api2 redis flush postgres cut full clock clock hang)
PROCESSES=(worker worker2 api api2)
FAULTS='{"drop_before": 2, "drop_after": 3, "error_after": 2, "hang": 0.5, "hang_ms": 3000, "delay_ms": 5}'
HANGING='{"hang": 100, "hang_ms": 4000}'

main() {
    local plan
    plan=$(plan)
    echo "# seed $SEED, $JOBS jobs over $KEYS keys, $BLOWS blows, plan $(sha256sum <<<"$plan" | cut -c 1-16)"
    if [ "${1:-}" = --plan ]; then
        echo "$plan"
        return
    fi
    stack_open chaos-flows 18810
    world_make
    stack_start
    sink_start
    second_start
    flow_make
    faults "$FAULTS"
    : >"$DATA/work/said"
    rounds <<<"$plan"
    holds "all jobs end" jobs_end $((240 + JOBS / 50))
    faults '{}'
    verdict
    lease_verdict
    tap_end
}

# One line a round: milliseconds until the blow, what falls, milliseconds until it is helped up; of a clock also whose, and
# by how many seconds it is off then. Each kind comes once before any comes again.
plan() {
    local i at kind bag=()
    RANDOM=$SEED
    for ((i = 0; i < BLOWS; i++)); do
        [ ${#bag[@]} -gt 0 ] || bag=("${KINDS[@]}")
        at=$((RANDOM % ${#bag[@]})) kind=${bag[at]}
        bag=("${bag[@]:0:at}" "${bag[@]:at+1}")
        case $kind in
            cut) echo "$((RANDOM % 400)) cut $CUT_MS" ;;
            full) echo "$((RANDOM % 400)) full $((2000 + RANDOM % 2000))" ;;
            hang) echo "$((RANDOM % 400)) hang $((1500 + RANDOM % 1500))" ;;
            clock) echo "$((RANDOM % 400)) clock $((500 + RANDOM % 1000)) ${PROCESSES[RANDOM % 4]} $(((RANDOM % 3 - 1) * 3600))" ;;
            *) echo "$((RANDOM % 400)) $kind $((RANDOM % 800))" ;;
        esac
    done
}

# ---- what stands there ----

world_make() {
    local p
    gcc -shared -fPIC -O1 -o "$DATA/app/world.so" "$TENON_ROOT/tests/chaos/world.c" || die "world.c does not build"
    for p in "${PROCESSES[@]}" postgres; do
        head -c 24 /dev/zero >"$DATA/work/$p.world"
    done
    chmod 0755 "$DATA/app/world.so" "$DATA/work"
    chmod 0666 "$DATA/work"/*.world
    PG_WORDS=("WORLD=$DATA/work/postgres.world" "LD_PRELOAD=$DATA/app/world.so")
    API_SETTINGS+=(ASAN_OPTIONS=verify_asan_link_order=0 "LD_PRELOAD=$DATA/app/world.so" TENON_API_THREADS=2)
    WORKER_SETTINGS+=(ASAN_OPTIONS=verify_asan_link_order=0 "LD_PRELOAD=$DATA/app/world.so")
    FLOW_SETTINGS=("TENON_LEASE_MS=$LEASE_MS")
}

# world PROCESS SECONDS FULL: as it is from now on.
world() {
    python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack("<qq", int(sys.argv[1]), int(sys.argv[2])))' "$2" "$3" |
        dd of="$DATA/work/$1.world" bs=16 count=1 conv=notrunc status=none
}

process_start() {
    case $1 in
        api) API=api API_PORT=$HTTPS_PORT api_start "${API_SETTINGS[@]}" "WORLD=$DATA/work/api.world" \
            "TENON_HTTP_LISTEN=127.0.0.1:$((HTTPS_PORT + 7))" ;;
        api2) API=api2 API_PORT=$((HTTPS_PORT + 5)) api_start "${API_SETTINGS[@]}" "WORLD=$DATA/work/api2.world" \
            "TENON_HTTP_LISTEN=127.0.0.1:$((HTTPS_PORT + 8))" ;;
        worker) worker_start "${WORKER_SETTINGS[@]}" "WORLD=$DATA/work/worker.world" "${FLOW_SETTINGS[@]}" ;;
        worker2) WORKER=worker2 WORKER_PORT=$((HTTPS_PORT + 4)) \
            worker_start "${WORKER_SETTINGS[@]}" "WORLD=$DATA/work/worker2.world" "${FLOW_SETTINGS[@]}" ;;
    esac
}

stack_start() {
    local p
    for p in 5 6 7 8 9; do port_need $((HTTPS_PORT + p)); done
    schema_start "fsync = off" "max_wal_size = 64MB" "min_wal_size = 32MB" # so that its log grows as well
    redis_start
    tls_make "$NORTHWIND" localhost '*.localhost'
    ctl partner create --slug northwind --name "Northwind Retail Systems" --host "$NORTHWIND" --brand northwind >/dev/null
    ALDER=$(ctl customer create --partner northwind --name "Alder & Pine")
    process_start api || exit 1
    process_start worker || exit 1
}
second_start() { process_start api2 && process_start worker2 || exit 1; }

sink_start() {
    SINK=http://127.0.0.1:$((HTTPS_PORT + 9))/
    install -m 0755 "$TENON_BUILD/fake-sink" "$DATA/app/fake-sink"
    spawn fake-sink "$DATA/app/fake-sink" --listen "127.0.0.1:$((HTTPS_PORT + 9))" --seed "$SEED"
    wait_for fake-sink 60 grep -qs '^url=' "$DATA/log/fake-sink.log" || exit 1
}
sink() { curl -sf -m 10 "${SINK}_sink" | jq -c "$1"; }
faults() { curl -sf -m 10 --json "$1" "${SINK}_faults" || die "the other system could not be told"; }

ask() { # METHOD PATH [BODY]
    curl_to -f -X "$1" -H "authorization: Bearer $FLOW_KEY" -H "idempotency-key: $RANDOM$RANDOM" ${3:+--json "$3"} "$(url "$2")" ||
        die "$1 $2 was refused"
}

flow_make() {
    local con
    FLOW_KEY=$(ctl key create --partner northwind --name flows --customer "$ALDER" \
        --scopes flows:read,flows:write,flows:publish,flows:run,connections:read)
    echo "$FLOW_KEY" >"$DATA/work/flow.key"
    con=$(ctl connection create --partner northwind --customer "$ALDER" --connector http --name Warehouse \
        --settings "$(jq -nc --arg url "$SINK" --argjson settle "$SETTLE_MS" '{url: $url, concurrency: 32, operations: {
            "order.key": {method: "POST", path: "orders", again: "key", key_header: "Idempotency-Key", ref: "/id", settle_ms: $settle},
            "order.probe": {method: "POST", path: "orders", again: "probe", ref: "/id", settle_ms: $settle,
                probe: {path: "orders?reference={key}", ref: "/0/id"}},
            "order.put": {method: "PUT", path: "orders/{key}", again: "upsert", settle_ms: $settle}}}')" \
        --secret-file "$(secret sink.secret none)")
    FLOW=$(ask POST /v1/flows '{"name": "Orders"}' | jq -r .id)
    ask PUT "/v1/flows/$FLOW/connections/wms" "{\"connection_id\": \"$con\"}" >/dev/null
    ask POST "/v1/flows/$FLOW/versions" "$(jq -nc '
        def send($operation): [{effect: {connection: "wms", operation: $operation, key: "reference",
            with: "{\"reference\": reference, \"of\": of, \"seq\": seq}"}}];
        {document: {format: "flow/1", trigger: {api: {}}, key: "of", retry: {first: "PT1S", most: "PT2S", factor: 2}, steps: [
            {branch: [{when: "op = \"key\"", steps: send("order.key")}, {when: "op = \"put\"", steps: send("order.put")},
                {steps: send("order.probe")}]}]}}')" >/dev/null
    ask POST "/v1/flows/$FLOW/versions/1/publish" >/dev/null
}

# ---- what happens ----

# give FIRST COUNT SECONDS [OPTION…]
give() {
    python3 "$TENON_ROOT/tests/chaos/shop.py" --at "127.0.0.1:$((HTTPS_PORT + 7))" --at "127.0.0.1:$((HTTPS_PORT + 8))" \
        --host "$NORTHWIND" --key-file "$DATA/work/flow.key" --flow "$FLOW" --keys "$KEYS" --seed "$SEED" \
        --patience $((60 + CUT_MS / 1000)) --first "$1" --count "$2" --seconds "$3" "${@:4}" >>"$DATA/work/said"
}

# A slice of the jobs is given while something falls and comes back.
rounds() {
    local i=0 from to shop before kind after whose seconds
    while read -r -u 3 before kind after whose seconds; do
        from=$((JOBS * i / BLOWS)) to=$((JOBS * (i + 1) / BLOWS)) i=$((i + 1))
        give "$from" $((to - from)) 1.5 3<&- 9>&- &
        shop=$!
        pause "$before"
        echo "# $kind ${whose:+of $whose ($seconds s) }for $after ms after $(sink '[.acted, .dropped, .hung, .lied]') [acted, dropped, hung, lied]"
        fall 3<&-
        wait "$shop" || say "the shop gave up (round $i)"
    done 3<&0
    for kind in "${PROCESSES[@]}"; do world "$kind" 0 0; done
}

# pause MS
pause() {
    local s
    printf -v s '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
    sleep "$s"
}

fall() {
    case $kind in
        worker | worker2 | api | api2) crash "$kind" && pause "$after" && process_start "$kind" ;;
        redis) crash redis && pause "$after" && redis_start ;;
        flush) redis flushall >/dev/null && pause "$after" ;;
        postgres) pg_crash && pause "$after" && pg_start ;;
        cut)
            as "$PG_BIN/pg_ctl" -D "$DATA/pg" -m immediate -s -w stop
            pause "$after"
            pg_start
            ;;
        full)
            world postgres 0 1
            pause "$after"
            world postgres 0 0
            pg_start # it may have given up
            FULL=$(od -An -td8 -j16 "$DATA/work/postgres.world" | tr -d ' ')
            ;;
        clock) world "$whose" "$seconds" 0 && pause "$after" ;;
        hang)
            faults "$HANGING"
            pause "$after"
            faults "$FAULTS"
            ;;
    esac
}
FULL=0

# ---- what became of it ----

# jobs_end SECONDS
jobs_end() {
    local until=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.job where state in ('ready', 'leased')")" != 0 ] || return 0
        sleep 0.3
    done
    say "$(pg_sql "select state, count(*), min(reason) from tenon.job where state <> 'done' group by 1")"
    return 1
}

verdict() {
    local said state
    said=$(jq -sc '{taken: map(.taken) | add, asked: map(.asked) | add, told: map(.told) | add}' "$DATA/work/said")
    state=$(sink .)
    echo "# the shop $said, the other system $state, writes refused for want of room: $FULL"
    echo "# tries a job, longest waits: $(pg_sql "select round(avg(attempts), 2), max(attempts), max(crashes),
        round(extract(epoch from max(ended_at - created_at)), 1) from tenon.job")"
    check "every job was taken in the end, and no two asks made two" "$(jq -c '[.taken, .told]' <<<"$said")" "[$JOBS,$JOBS]"
    check "every job is done" "$(pg_sql "select state, count(*) from tenon.job group by 1 order by 1")" "done|$JOBS"
    check "none is lost: the other system has each" "$(jq '.things + .put' <<<"$state")" "$JOBS"
    check "none is doubled" "$(jq .doubled <<<"$state")" 0
    check "of no key anything overtook anything" "$(jq .disorder <<<"$state")" 0
    check "effects: each job planned one, and all are confirmed" "$(pg_sql "select count(*), count(distinct job_id),
        count(*) filter (where state = 'confirmed') from tenon.effect")" "$JOBS|$JOBS|$JOBS"
    check "effects: planned - (confirmed + rejected + unknown + superseded + not yet sent)" "$(pg_sql "select $JOBS -
        (count(*) filter (where state = 'confirmed') + count(*) filter (where state = 'rejected') +
         count(*) filter (where state in ('unknown', 'sent')) + count(*) filter (where state = 'superseded') +
         count(*) filter (where state = 'planned')) from tenon.effect")" 0
    check "messages: received - (processed + held + dead + in flight)" "$(pg_sql "select (select count(*) from tenon.flow_input) -
        (count(*) filter (where state in ('done', 'cancelled')) + count(*) filter (where state = 'held') +
         count(*) filter (where state = 'dead') + count(*) filter (where state in ('ready', 'leased'))) from tenon.job")" 0
    holds "answers did not come, came late and lied" jq -e '.dropped > 0 and .hung > 0 and .lied > 0' <<<"$state"
    [ "$BLOWS" -lt ${#KINDS[@]} ] || holds "the disk was full" test "$FULL" -gt 0
}

# With the lease as it is shipped: a worker dies with jobs in its hands; another does them soon.
lease_verdict() {
    local n=$((JOBS + 1000)) begun died late usual
    FLOW_SETTINGS=()
    end worker
    end worker2
    process_start worker
    begun=$(pg_sql "select clock_timestamp()")
    process_start worker2
    faults '{"delay_ms": 50}'
    give "$JOBS" 1000 3 --operation probe 9>&- &
    pause 1500
    holds "a worker has jobs in its hands" stopped_with_jobs "$begun"
    crash worker2
    died=$(pg_sql "select clock_timestamp()")
    wait $! || say "the shop gave up"
    holds "all jobs end" jobs_end 240
    late=$(pg_sql "select count(*), coalesce(ceil(1000 * extract(epoch from max(ended_at - '$died'))), 0) from tenon.job
        where attempts > 1 and created_at between '$begun' and '$died' and ended_at > '$died'")
    usual=$(pg_sql "select coalesce(ceil(1000 * extract(epoch from percentile_disc(0.9) within group (order by ended_at - created_at))), 0)
        from tenon.job where attempts = 1 and created_at > '$begun'")
    echo "# jobs that a killed worker held: ${late%|*}, the last was done ${late#*|} ms after its death; others take $usual ms here"
    holds "the killed worker held jobs" test "${late%|*}" -gt 0
    holds "none of them was done later than 10 s after" test "${late#*|}" -le 10000
    check "each is there once, in order" "$(sink '[.things + .put, .doubled, .disorder]')" "[$n,0,0]"
}

# stopped_with_jobs SINCE: worker2, which began to beat after that, stands still with jobs in its hands.
stopped_with_jobs() {
    local pid i
    pid=$(pid_of "$DATA/run/worker2.pid") || return 1
    for i in {1..600}; do
        kill -STOP "$pid"
        [ "$(pg_sql "select count(*) from tenon.job j join tenon.dispatcher d on d.dispatcher_id = j.lease_owner
            where j.state = 'leased' and d.started_at > '$1'")" -lt 3 ] || return 0
        kill -CONT "$pid"
        sleep 0.1
    done
    return 1
}

main "$@"
