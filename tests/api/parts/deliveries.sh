# shellcheck shell=bash disable=SC2154
# Deliveries and the messages that they become. Sourced by tests/api/run.

delivery_checks() {
    message_shown
    repeats_counted
    refusals_take_their_time
    order_shown
    order_released
}

message_shown() {
    check "the message answers" "$(ask GET "/v1/messages/$MESSAGE" "$NORTHWIND_KEY")" 200
    check "a message is what was sent" \
        "$(said '[.id, .customer_id, .connection_id, .topic, .delivery, .business_key, .repeats, .job_state, .job_reason]')" \
        "[\"$MESSAGE\",\"$ALDER\",\"$CONNECTION\",\"orders/create\",\"orders/create/a-1\",\"order:5001\",0,\"done\",null]"
    check "with its size and hash" "$(said '"\(.body_size) \(.body_hash)"')" \
        "$(stat -c %s "$DATA/work/alder.1") $(sha256sum <"$DATA/work/alder.1" | cut -d' ' -f1)"
    check "and the time it came" "$(said '.received_at | test("^20[0-9-]+T[0-9:.]+Z$")')" true
}

# Three more times, once in another process's name: each is a repeat, and starts nothing.
repeats_counted() {
    local id jobs i
    order_body 5200 5200 SKU-0001 1 >"$DATA/work/repeated"
    check "a delivery is taken" "$(post "$DATA/work/repeated" r-1)" 200
    id=$(said .message_id)
    check "its message has not been repeated" "$(ask GET "/v1/messages/$id" "$ALDER_KEY") $(said .repeats)" "200 0"
    jobs=$(pg_sql "select count(*) from tenon.job")
    for i in 1 2 3; do
        check "repeat $i gets its 200" "$(post "$DATA/work/repeated" r-1)" 200
        check "and the message says $i" "$(ask GET "/v1/messages/$id" "$ALDER_KEY") $(said .repeats)" "200 $i"
    done
    check "no job came of them" "$(pg_sql "select count(*) from tenon.job")" "$jobs"
    check "another delivery of the same order is a message of its own" \
        "$(post "$DATA/work/repeated" r-2) $(ask GET "/v1/messages/$(said .message_id)" "$ALDER_KEY") $(said .repeats)" "200 200 0"
}

# The least of several times from the request's beginning to the answer's end: refusals wait for the next ten
# milliseconds, whatever they were refused for.
least_us() {
    local i
    for i in {1..15}; do
        curl_to --http2 -o /dev/null -w '%{time_pretransfer} %{time_total}\n' "$@"
    done | awk '{ t = ($2 - $1) * 1e6; if (NR == 1 || t < least) least = t } END { printf "%d\n", least }'
}

refusals_take_their_time() {
    local f=$DATA/work/alder.1 forged unknown
    forged=$(least_us -H @<(SIGNATURE=$(sign "$f" another) shop_headers "$f" f-1) --data-binary "@$f" "$(url "$HOOK")")
    unknown=$(least_us --data-binary "@$f" "$(url "/hooks/$(printf 'x%.0s' {1..40})")")
    holds "a forged signature is not refused before 5 ms are over ($forged us)" test "$forged" -ge 5000
    holds "nor is an unknown address ($unknown us)" test "$unknown" -ge 5000
}

order_shown() {
    check "the order answers in full" "$(ask GET "/v1/orders/$ORDER" "$ALDER_KEY")" 200
    check "an order is what was sent and what became of it" \
        "$(said '[.id, .customer_id, .connection_id, .message_id, .number, .source_id, .state, .held_reason, .total, .external_total]')" \
        "[\"$ORDER\",\"$ALDER\",\"$CONNECTION\",\"$MESSAGE\",\"#5001\",\"5001\",\"delivered\",null,{\"amount\":\"19.99\",\"currency\":\"USD\"},{\"amount\":\"19.99\",\"currency\":\"USD\"}]"
    check "its timeline runs from received to delivered" "$(said '[.timeline[0].hop, .timeline[-1].hop]')" '["received","delivered"]'
    check "its effects are confirmed, the sale among them" \
        "$(said '[([.effects[].state] | unique), ([.effects[].operation] | contains(["sale.create", "sale.confirm"]))]')" \
        '[["confirmed"],true]'
    check "answers of the API are not kept by anybody" "$(header_of cache-control)" no-store
}

# An order that nobody can deliver, held, let go by a person, and held again for the same reason.
order_released() {
    local id
    order_body 5301 5301 SKU-0001 1 | jq -c '.currency = "XXQ"' >"$DATA/work/held"
    check "an order in a currency of nowhere is taken" "$(post "$DATA/work/held" h-1)" 200
    holds "and held" waits 60 order_is 5301 held
    id=$(order_of 5301 | jq -r .id)
    check "a key that may orders:read does not release it" \
        "$(ask POST "/v1/orders/$id/release" "$(key_with orders:read)") $(said .detail | grep -o orders:write)" "403 orders:write"
    check "Birch's key does not see it" "$(ask POST "/v1/orders/$id/release" "$BIRCH_KEY") $(said .code)" "404 not-found"
    check "Alder's key releases it" "$(ask POST "/v1/orders/$id/release" "$ALDER_KEY") $(said '[.id, .held_reason]')" "200 [\"$id\",null]"
    holds "it is held again" waits 60 order_is 5301 held
    check "an order that is delivered is not released" "$(ask POST "/v1/orders/$ORDER/release" "$ALDER_KEY")" 409
    check "nor one that is not there" "$(ask POST "/v1/orders/ord_01h455vb4pex5vsknk084sn02q/release" "$ALDER_KEY")" 404
}
order_is() { [ "$(order_of "$1" | jq -r .state)" = "$2" ]; }
# waits SECONDS COMMAND…
waits() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.2
    done
}
