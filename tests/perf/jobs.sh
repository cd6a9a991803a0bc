# shellcheck shell=bash disable=SC2034,SC2154
# Jobs that do nothing: put in batches, claimed and finished, by the ledger and its dispatchers, beside npm's BullMQ (on the
# same kind of Redis) and graphile-worker (on the same PostgreSQL), in alternating rounds; then the time from the insert to
# the start at 1,000 jobs a second. Sourced by run. Every side puts with two batches under way, then works all of it off:
# jobs over the time of both. A peer's round is the better of one worker process and two.
PROGRAMS=jobs-perf
COUNT=${PERF_JOBS:-60000} BATCH=1000 KEYS=20000
THREADS=${PERF_THREADS:-3} MOST=512               # of ours
PACE=1000 PACED=10000
BULLMQ=6.7.0 GRAPHILE=0.17.3
GOAL="2 x BullMQ, 1.2 x graphile-worker"

peers_make() {
    command -v node >/dev/null || die "node is not here: npm's BullMQ and graphile-worker are what this is measured against"
    PEER=$DATA/app/peer
    mkdir -p "$PEER"
    quiet "$DATA/log/npm.log" npm --prefix "$PEER" --silent --no-fund --no-audit install "bullmq@$BULLMQ" ioredis \
        "graphile-worker@$GRAPHILE" pg || exit 1
    cp "$PERF/jobs_peer.js" "$DATA/app/"
    install -m 0755 "$BUILD/jobs-perf" "$DATA/app/jobs-perf"
    chmod -R a+rX "$DATA/app"
    pg_sql "create database peer" postgres
    redis_everysec
}

# A second server for BullMQ, which keeps its jobs there: appendonly everysec, as its documentation asks for.
redis_everysec() {
    redis_conf | sed -e 's/redis\.sock/bull.sock/; s/^appendonly no/appendonly yes\nappendfsync everysec/' |
        as tee "$DATA/run/bull.conf" >/dev/null
    spawn bull redis-server "$DATA/run/bull.conf"
    wait_for bull 20 bull_up || exit 1
}
bull() { as redis-cli -s "$DATA/run/bull.sock" "$@"; }
bull_up() { [ "$(bull ping 2>/dev/null)" = PONG ]; }

# Two partners with five customers each.
tenants_make() {
    local slug i
    for slug in northwind southwind; do
        ctl partner create --slug "$slug" --name "$slug" --host "$slug.localhost" --brand northwind >/dev/null
        for i in 1 2 3 4 5; do ctl customer create --partner "$slug" --name "Customer $i" >/dev/null; done
    done
    pg_sql "insert into tenon.flow (partner_id, customer_id, flow_id, name)
            select partner_id, customer_id, gen_random_uuid(), 'perf' from tenon.customer;
            select partner_id, customer_id, flow_id from tenon.flow" | tr '|' ' ' | as tee "$DATA/app/tenants" >/dev/null
}

ours() {
    as WORKER_URL="$(pg_url tenon_worker)" DISPATCH_URL="$(pg_url tenon_dispatch)" REDIS_URL="$(redis_url)" \
        TENANTS="$DATA/app/tenants" "$DATA/app/jobs-perf" "$@"
}
peer() { as node "$DATA/app/jobs_peer.js" "$PEER" "$@"; }
bullmq() { peer bullmq "$DATA/run/$1.sock" "${@:2}"; }
graphile() { peer graphile "postgres://$PG_USER@/peer?host=$DATA/run" "$@"; }

# ordered PROCESSES: each job in one of as many queues as ours have keys, of which graphile-worker runs one job at a time.
ordered() { graphile round "$COUNT" "$BATCH" 64 "$1" "$KEYS"; }

# The jobs of the round before are not carried along.
clear_all() {
    redis flushall >/dev/null
    bull flushall >/dev/null
    pg_sql "set client_min_messages = warning; truncate tenon.job, tenon.flow_input cascade"
    settle_disk
}

# whole NAME "put S work S": jobs a second of both together to DATA/samples.NAME, of each to NAME.put and NAME.work.
whole() {
    local put work
    put=$(sed -n 's/^put //p' <<<"$2") work=$(sed -n 's/^work //p' <<<"$2")
    awk -v n="$COUNT" -v s="$put" 'BEGIN { printf "%.0f\n", n / s }' >>"$DATA/samples.$1.put"
    awk -v n="$COUNT" -v s="$work" 'BEGIN { printf "%.0f\n", n / s }' >>"$DATA/samples.$1.work"
    awk -v n="$COUNT" -v p="$put" -v w="$work" 'BEGIN { printf "%.0f\n", n / (p + w) }'
}

# better NAME COMMAND…: the faster of one and two worker processes, which comes last on the command.
better() {
    local name=$1 one two
    shift
    clear_all
    one=$(whole "$name" "$("$@" 1)")
    clear_all
    two=$(whole "$name" "$("$@" 2)")
    sample "$name" $((one > two ? one : two))
}

round() {
    local said
    clear_all
    said=$(ours round "$COUNT" "$BATCH" "$THREADS" "$MOST" "$KEYS") || die "ours did not end"
    [ "$(pg_sql "select count(*) from tenon.job_try where outcome = 'ok'")" = "$COUNT" ] || die "not every job was done once"
    sample ours "$(whole ours "$said")"
    better graphile graphile round "$COUNT" "$BATCH" 64
    better ordered ordered
    better bullmq bullmq redis round "$COUNT" "$BATCH" 300
    better everysec bullmq bull round "$COUNT" "$BATCH" 300
}

paced() {
    local name=$1 said p
    shift
    clear_all
    said=$("$@") || die "$name did not keep the pace"
    for p in p50 p99; do sample "$name.$p" "$(sed -n "s/^$p //p" <<<"$said")"; done
}

measure() {
    local round
    tenants_make
    peers_make
    ours round 20000 "$BATCH" "$THREADS" "$MOST" "$KEYS" >/dev/null # pages, plans and statistics
    graphile round 20000 "$BATCH" 64 1 >/dev/null
    pg_sql "analyze"
    for ((round = 0; round < ROUNDS; round++)); do
        round
        paced ours ours pace "$PACED" "$PACE" 1 "$MOST" "$PACED"
        paced graphile graphile pace "$PACED" "$PACE"
        paced bullmq bullmq redis pace "$PACED" "$PACE"
    done
    end bull
    told bullmq BullMQ
    told graphile graphile-worker
    told ordered "graphile-worker in $KEYS queues"
    verdict jobs "$(of ours)" "$(of bullmq)" "jobs/s" "$(note)" "$(more)"
}

told() {
    echo "$2: $(of "$1") jobs/s ($(of "$1.put") put, $(of "$1.work") worked off), ours $(of ours) ($(of ours.put) put, $(of ours.work))"
}

note() {
    echo "$COUNT jobs of 200 octets of JSON each, put in batches of $BATCH with two under way, then claimed and finished by a body \
that does nothing, over the time of both. Ours: $THREADS threads of $MOST places, $KEYS keys that run in order over ten customers \
of two partners, row security on, the job and every try kept; its input is stored and not read by the empty body. fsync and \
synchronous_commit on for ours and graphile-worker $GRAPHILE (localQueue 500, 64 at once, jobs completed in batches, no order, \
rows deleted when done; ordered: in $KEYS queues that run one job at a time, as our keys do). BullMQ $BULLMQ (addBulk, 300 at once, removeOnComplete) on a Redis that keeps nothing; everysec: with \
appendonly everysec, which loses up to a second. Peers: the better of one and two processes. Medians of $ROUNDS rounds, goal $GOAL; \
p50 and p99 in us from before the insert to the start at $PACE jobs/s; load average $(cut -d' ' -f1 /proc/loadavg)"
}

more() {
    jq -nc --argjson g "$(of graphile)" --argjson q "$(of ordered)" --argjson o "$(of ours)" --argjson e "$(of everysec)" --argjson p50 "$(of ours.p50)" \
        --argjson p99 "$(of ours.p99)" --argjson gp "$(of graphile.p99)" --argjson bp "$(of bullmq.p99)" \
        --argjson put "$(of ours.put)" --argjson work "$(of ours.work)" '
        {graphile: $g, graphile_ratio: ($o / $g * 1000 | round / 1000), ordered: $q, ordered_ratio: ($o / $q * 1000 | round / 1000), everysec: $e,
         everysec_ratio: ($o / $e * 1000 | round / 1000), put: $put, worked_off: $work,
         p50_us: $p50, p99_us: $p99, graphile_p99_us: $gp, bullmq_p99_us: $bp}'
}
