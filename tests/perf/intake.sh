# shellcheck shell=bash disable=SC2154
# Signed webhooks over HTTP/2 to committed, against pgbench that inserts the same bytes, one row a transaction, into a table
# with one index, on the same server. Sourced by run.
CLIENTS=${PERF_CLIENTS:-32}      # of pgbench
CONNECTIONS=${PERF_CONNECTIONS:-8} STREAMS=${PERF_STREAMS:-48}

peer_make() {
    pg_sql "create table perf_raw (id bigint generated always as identity primary key, body text not null);
            alter table perf_raw alter body set compression lz4" >/dev/null
    # The number is put in between, so that bodies differ as ours do; everything else travels with every insert.
    as tee "$DATA/app/peer.sql" >/dev/null <<'SQL'
\set n random(1000000000000000000, 1999999999999999999)
insert into perf_raw (body) values (:head || cast(:n as text) || :tail);
SQL
    HEAD=$(sed 's/{{n}}.*//' "$DATA/app/$TEMPLATE")
    TAIL=$(sed 's/{{n}}/5800000000000000001/g; s/^{"id":5800000000000000001//' "$DATA/app/$TEMPLATE")
}

peer_round() {
    settle_disk
    sample pgbench "$(pgbench_rate "$PG_USER" "$DATA/app/peer.sql" -c "$CLIENTS" -j 1 -T "$LASTING" -D head="$HEAD" -D tail="$TAIL")"
}

ours_round() {
    settle_disk
    orders 160000 --seconds "$LASTING" --connections "$CONNECTIONS" --streams "$STREAMS"
    sample ours "$(jq .per_second <<<"$SAID")"
    STORED=$((STORED + $(jq .answered <<<"$SAID")))
    P99=$(jq .p99_us <<<"$SAID")
}

measure() {
    local round STORED=0 P99=0
    seed
    peer_make
    # All deliveries are one partner's: the limits that keep partners apart are raised out of the way.
    perf_api_start TENON_API_THREADS="${API_THREADS:-1}" TENON_DB_CONNECTIONS="${DB_CONNECTIONS:-4}" \
        TENON_REQUESTS_PER_PARTNER=1024 TENON_REQUESTS_PER_CONNECTION=128
    orders 2000 --connections 4 --streams 16 # both have their pages and plans ready
    STORED=2000
    for ((round = 0; round < ROUNDS; round++)); do
        peer_round
        ours_round
    done
    [ "$(pg_sql "select count(*) from tenon.inbound_message")" = "$STORED" ] || die "stored is not what was answered"
    [ "$(pg_sql "select count(*) from tenon.job")" = "$STORED" ] || die "not every message has its job"
    verdict intake "$(of ours)" "$(of pgbench)" "orders/s" "signed webhooks of $(wc -c <"$DATA/app/$TEMPLATE") octets over h2c \
(TLS is not measured) to committed message and job, $((CONNECTIONS * STREAMS)) in flight (over the shipped limits), against pgbench -M prepared -c $CLIENTS, one row a \
transaction; fsync and synchronous_commit on; medians of $ROUNDS rounds; ours p99 $P99 us"
}
