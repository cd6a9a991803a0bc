# shellcheck shell=bash disable=SC2154
# Hints for pages that are open. Sourced by tests/api/run; what a browser makes of them is in tests/web.

stream_checks() {
    local key birch position until
    key=$(ctl key create --partner northwind --name 'alder stream' --customer "$ALDER" --scopes flows:read,orders:read,connections:read,connections:write)
    birch=$(ctl key create --partner northwind --name 'birch stream' --customer "$BIRCH" --scopes flows:read,orders:read,connections:read)
    check "who begins is told where, at once" "$(ask GET /v1/stream "$key") $(header_of content-type) $(header_of cache-control) $(stream_said)" "200 text/event-stream no-store "
    check "with when to come back" "$(grep -c '^retry: 200$' "$ANSWER") $(stream_position | tr -d '0-9a-f')" "1 "
    position=$(stream_position)
    stream_wait "$key" "$position" alder &
    stream_wait "$birch" "$(ask GET /v1/stream "$birch" >/dev/null && stream_position)" birch &
    stream_one_moves "$key"
    until=$((SECONDS + 40))
    while [ ! -s "$DATA/work/stream.alder" ] && [ $SECONDS -lt $until ]; do sleep 0.5; done
    check "who waits is told which connection changed, and nothing of what it is" "$(grep -c 'Alder\|shop' "$DATA/work/stream.alder") $(stream_said "$DATA/work/stream.alder")" "0 connections $STREAM_MOVED"
    until=$((SECONDS + 60))
    while [ ! -s "$DATA/work/stream.birch" ] && [ $SECONDS -lt $until ]; do sleep 0.5; done
    check "the neighbour is answered at the end of its wait, and told nothing" "$(grep -c '^id: ' "$DATA/work/stream.birch") $(stream_said "$DATA/work/stream.birch")" "1 "
    check "who was away is told that something did" "$(ask GET /v1/stream "$key" -H "last-event-id: $position") $(stream_said)" "200 connections null"
    check "who may not see connections is told nothing of them" "$(stream_narrow "$position")" "orders:0 connections:0"
    check "the one that is named" "$(ask GET "/v1/stream?customer=$BIRCH" "$(ctl key create --partner northwind --name 'stream of all' --scopes flows:read)") $(stream_position)" "200 $(ask GET /v1/stream "$(ctl key create --partner northwind --name 'birch flows' --customer "$BIRCH" --scopes flows:read)" >/dev/null && stream_position)"
    check "not another partner's" "$(ask GET "/v1/stream?customer=$ABROAD" "$(ctl key create --partner northwind --name 'stream abroad' --scopes flows:read)")" 404
    check "who may not see flows is refused" "$(ask GET /v1/stream "$(ctl key create --partner northwind --name 'no stream' --customer "$ALDER" --scopes orders:read)")" 403
    stream_many "$key"
    wait "${STREAMS[@]}" 2>/dev/null || true
}

# Topics and ids of what an answer tells.
stream_said() { sed -n 's/^data: //p' "${1:-$ANSWER}" | jq -rs '[.[] | "\(.topic) \(.id)"] | unique | join(", ")'; }
stream_position() { sed -n 's/^id: //p' "$ANSWER"; }
# stream_wait KEY POSITION NAME: one request, its answer in work/stream.NAME.
stream_wait() {
    stream_curl "$1" "$2" -o "$DATA/work/stream.$3.part" && mv "$DATA/work/stream.$3.part" "$DATA/work/stream.$3"
}
# The wait itself, so that who ends it is the client that leaves.
stream_curl() {
    local key=$1 position=$2
    shift 2
    "${STREAM_AS:-command}" curl -s -m 40 --http2 -k --resolve "$NORTHWIND:$HTTPS_PORT:127.0.0.1" -H "authorization: Bearer $key" \
        -H "last-event-id: $position" "$@" "$(url /v1/stream "$NORTHWIND")"
}

stream_one_moves() {
    sleep 1.5
    STREAM_MOVED=$(ask GET /v1/connections "$1" >/dev/null && said '[.data[] | select(.connector == "tryton" and .status == "active") | .id][0]')
    check "a connection is paused" "$(ask POST "/v1/connections/$STREAM_MOVED/pause" "$1" --json '{"reason": "of the test"}')" 200
    check "and goes on" "$(ask POST "/v1/connections/$STREAM_MOVED/resume" "$1")" 200
}

stream_narrow() {
    local narrow
    narrow=$(ctl key create --partner northwind --name 'stream of flows' --customer "$ALDER" --scopes flows:read)
    ask GET /v1/stream "$narrow" -H "last-event-id: ${1//[0-9a-f]/0}" >/dev/null
    echo "orders:$(grep -c '"orders"' "$ANSWER") connections:$(grep -c '"connections"' "$ANSWER")"
}

# One key may have so many waiting, and not one more.
stream_many() {
    local n position refused=0
    STREAMS=()
    position=$(ask GET /v1/stream "$1" >/dev/null && stream_position)
    for n in 1 2 3 4 5 6 7 8; do
        STREAM_AS=exec stream_curl "$1" "$position" -o /dev/null &
        STREAMS+=($!)
    done
    sleep 1
    check "a ninth stream of a key is refused, with why" "$(ask GET /v1/stream "$1" -H "last-event-id: $position") $(header_of retry-after) $(said .detail | grep -o 'close a tab')" "429 30 close a tab"
    check "other requests of the key go on meanwhile" "$(ask GET /v1/connections "$1")" 200
    for n in "${STREAMS[@]}"; do kill "$n" 2>/dev/null || true; done
    refused=1
    for n in $(seq 20); do
        [ "$(ask GET /v1/stream "$1" -H "last-event-id: ${position//[0-9a-f]/0}")" != 200 ] || { refused=0 && break; }
        sleep 0.5
    done
    check "who leaves makes room" "$refused" 0
}
