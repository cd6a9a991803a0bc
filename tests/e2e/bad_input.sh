#!/bin/bash
# Nothing that comes in is trusted, nothing that was taken is lost: bad signatures, broken bodies, orders that cannot become
# sales, other partners' keys, and a PostgreSQL and a Redis that go away.
. "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

main() {
    stack_open e2e-bad 18520
    WORKER_SETTINGS+=(TENON_SETTLE_MS=500)
    stack_start
    order_body 9007199254740993 1 SKU-0001 2 >"$DATA/work/good"
    signatures
    token
    broken_bodies
    too_large
    held_orders
    unread_orders
    released
    conflicts
    other_partner
    pages
    redis_gone
    postgres_gone
    tap_end
}

stored() { pg_sql "select (select count(*) from tenon.inbound_message) + (select count(*) from tenon.job)"; }
problem() { jq -r "$1 // empty" "$ANSWER" 2>/dev/null; }
header_of() { sed -n "s/^$1: //Ip" "$ANSWER.header" | tr -d '\r' | tail -n 1; }
metric() { curl -s -m 20 "http://127.0.0.1:$((HTTPS_PORT + 1))/metrics" | grep -v '^#' | grep refused | grep "$1" | awk '{s += $NF} END {print s + 0}'; }

# refuses SENTENCE STATUS FILE DELIVERY: with a problem document, and nothing of it is stored.
refuses() {
    local before
    before=$(stored)
    check "$1: $2" "$(post "$3" "$4")" "$2"
    check "$1: a problem document" "$(header_of content-type | cut -d';' -f1) $(problem .status)" "application/problem+json $2"
    check "$1: nothing is stored" "$(stored)" "$before"
}

signatures() {
    local f=$DATA/work/good
    SIGNATURE=$(sign "$f" not-the-secret) refuses "a forged signature" 401 "$f" s-1
    SIGNATURE='' refuses "no signature" 401 "$f" s-2
    SIGNATURE='???' refuses "a signature that is not base64" 401 "$f" s-3
    printf 'x' | cat "$f" - >"$DATA/work/longer"
    SIGNATURE=$(sign "$f") refuses "a body changed after signing" 401 "$DATA/work/longer" s-4
    holds "refusals are counted" test "$(metric unauthenticated)" -ge 4
}

token() { HOOK=/hooks/$(printf 'x%.0s' {1..43}) refuses "an unknown address" 404 "$DATA/work/good" t-1; }

broken_bodies() {
    local w=$DATA/work
    printf '{"id": 5,\n "name": }' >"$w/broken"
    order_body 7100 7100 SKU-0001 1 "$(nested 64)" >"$w/deep"
    order_body 7101 7101 SKU-0001 1 "$(nested 63)" >"$w/not-too-deep"
    printf '{"id":1,\n"name":"a","name":"b"}' >"$w/twice"
    printf '{"id":1,"name":"\xc3\x28"}' >"$w/utf8"
    printf '{"id":1} x' >"$w/rest"
    : >"$w/empty"
    position "broken JSON" broken 'line 2 column 10'
    position "JSON 65 deep" deep 'line 1 column'
    position "a member twice" twice 'line 2 column'
    position "invalid UTF-8" utf8 'line 1 column'
    position "something after the end" rest 'line 1 column 10'
    position "an empty body" empty 'line 1 column 1'
    check "JSON 64 deep is taken" "$(post "$w/not-too-deep" b-64)" 200
    holds "and delivered" wait_state 7101 delivered
}

# nested N: a jq filter that puts N lists into each other.
nested() { echo ".note_attributes = reduce range($1 - 1) as \$i ([]; [.])"; }

# position SENTENCE FILE WORDS: 400, and the answer says where.
position() {
    refuses "$1" 400 "$DATA/work/$2" "b-$2"
    check "$1: the answer says where" "$(grep -o "$3" "$ANSWER" | head -n 1)" "$3"
}

too_large() {
    head -c 8000000 /dev/zero | tr '\0' ' ' >"$DATA/work/large"
    head -c 1100000 "$DATA/work/large" >"$DATA/work/larger"
    HTTP=--http1.1 refuses "a body far over the limit, HTTP/1.1" 413 "$DATA/work/large" l-1
    unread "over HTTP/1.1" send_large_http1
    refuses "a body over the limit, HTTP/2" 413 "$DATA/work/larger" l-2
    refuses "a body far over the limit, HTTP/2" 413 "$DATA/work/large" l-4
    unread "over HTTP/2" send_large_http2
}

# What the server's processes have read from all their sockets and files: what the client says it sent only stood in a
# queue.
octets_read() {
    local top
    top=$(pid_of "$DATA/run/api.pid")
    for top in "$top" $(pgrep -P "$top"); do cat "/proc/$top/io"; done | awk '$1 == "rchar:" { sum += $2 } END { print sum }'
}

# The library lets 16 MiB of a body be on their way before it has said anything, so the body is larger. nghttp asks once;
# curl would come back with it five times after a reset.
unread() {
    local got before
    before=$(stored)
    head -c 64000000 /dev/zero | tr '\0' ' ' >"$DATA/work/huge"
    got=$(octets_read)
    "$2" >"$DATA/work/said" 2>&1 || true
    got=$(($(octets_read) - got))
    holds "a body of 64 MB is begun and not read to its end $1 ($got octets)" test "$got" -gt 500 -a "$got" -lt 32000000
    check "and not stored" "$(stored)" "$before"
}
send_large_http1() {
    curl_to --http1.1 -H @<(shop_headers "$DATA/work/huge" l-3) --data-binary "@$DATA/work/huge" "$(url "$HOOK")"
}
send_large_http2() {
    local headers=()
    mapfile -t headers < <(shop_headers "$DATA/work/huge" l-4)
    timeout 60 nghttp -v -t 30 -d "$DATA/work/huge" -H ":authority: $NORTHWIND" "${headers[@]/#/-H}" \
        "https://127.0.0.1:$HTTPS_PORT$HOOK"
}

# held SENTENCE ID JQ-FILTER WORDS
held() {
    order_body "$2" "$2" SKU-0001 2 "$3" >"$DATA/work/held"
    check "$1: taken" "$(post "$DATA/work/held" "h-$2")" 200
    holds "$1: held" wait_state "$2" held
    check "$1: with a reason" "$(order_full "$2" | jq -r .held_reason | grep -o "$4")" "$4"
    check "$1: on the timeline" "$(order_full "$2" | jq -r '[.timeline[] | select(.hop == "held")] | length > 0')" true
}

held_orders() {
    held "an unknown currency" 7001 '.currency = "XQZ"' 'currency "XQZ"'
    held "a negative quantity" 7002 '.line_items[0].quantity = -2' 'quantity must be above zero'
    held "no lines" 7003 '.line_items = [] | .total_price = "0.00" | .subtotal_price = "0.00"' 'no lines'
    held "amounts that do not add up" 7004 '.total_price = "1.00"' 'add up'
    check "what is held is not in the ERP" "$(erp_sales | jq -r .reference)" SHOPIFY-7101
    check "a good order is taken" "$(post "$DATA/work/good" g-1)" 200
    holds "a good order is delivered" wait_state 9007199254740993 delivered
    check "its id is exact" "$(order_of 9007199254740993 | jq -r .source_id)" 9007199254740993
}

# What cannot be read is kept with what is known of it.
unread_orders() {
    held "a time that is none" 7011 '.created_at = "yesterday"' 'the rule for /placed_at failed'
    held "a total that is none" 7012 '.total_price = "abc"' '/total of the order must be a decimal'
    held "no total" 7013 'del(.total_price)' '/total of the order is missing'
    held "lines that are no list" 7014 '.line_items = {}' '/lines/0/quantity of the order is missing'
    held "a SKU that is too long" 7015 '.line_items[0].sku = ("A" * 400)' 'line 1 has a SKU of 400 octets'
    held "a number that is too long" 7016 '.name = ("7" * 3000)' 'number is longer than 64'
    check "its number is cut" "$(order_of 7016 | jq -r '.number | length')" 64
    check "of what cannot be read the number and the id are known" "$(order_full 7011 |
        jq -c '[.number, .source_id, .placed_at, .document, .total]')" '["#7011","7011",null,null,null]'
}

# release ID [KEY] [HOST]: prints the status.
release() {
    status_of -X POST -H "authorization: Bearer ${2:-$NORTHWIND_KEY}" "$(url "/v1/orders/$1/release" "${3:-}")"
}

erp_status() { pg_sql "update tenon.connection set status = '$1' where connector = 'tryton'"; }
hops() { order_full "$1" | jq -r "[.timeline[] | select(.hop == \"$2\") | .detail] | join(\"; \")"; }

# A person acts: what was held goes on, and the timeline says who said so.
released() {
    local id
    erp_status revoked
    order_body 7021 7021 SKU-0001 2 >"$DATA/work/order"
    check "an order for an ERP that was revoked is taken" "$(post "$DATA/work/order" r-7021)" 200
    holds "and held" wait_state 7021 held
    id=$(order_of 7021 | jq -r .id)
    check "another partner's key does not release it" "$(release "$id" "$HARBOR_KEY" "$HARBOR")" 404
    check "no key does not release it" "$(status_of -X POST "$(url "/v1/orders/$id/release")")" 401
    erp_status active
    check "it is released" "$(release "$id") $(problem .state)" "200 received"
    holds "and delivered" wait_state 7021 delivered
    check "the timeline says who did it" "$(hops 7021 released)" 'by the API key "tests"'
    check "what is not held cannot be released" "$(release "$id") $(problem .detail)" \
        "409 the order is delivered; only a held order can be released"
    id=$(order_of 7011 | jq -r .id)
    check "the operator releases none unasked" "$(ctl order release --partner northwind --by Ada "$id" >/dev/null 2>&1 || echo $?)" 4
    holds "but when let in, for a reason" ctl grant create --partner northwind --by Ada --reason "held orders" --minutes 5
    holds "the operator releases one" ctl order release --partner northwind --by Ada "$id"
    check "the timeline says who" "$(hops 7011 released)" 'by the operator: Ada'
    holds "it is held again when nothing has changed" wait_state 7011 held
    holds "not one of another partner" test "$(ctl order release --partner harbor --by Ada "$id" >/dev/null 2>&1 || echo $?)" = 4
}

conflicts() {
    local id
    order_body 7031 7031 SKU-0001 1 >"$DATA/work/first"
    order_body 7031 7031 SKU-0001 9 >"$DATA/work/second"
    check "a delivery is taken" "$(post "$DATA/work/first" same-id)" 200
    id=$(problem .message_id)
    check "another body under its id is taken" "$(post "$DATA/work/second" same-id)" 200
    check "the conflict is counted on the message" "$(api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/messages/$id" |
        jq -c '[.repeats, .conflicts]')" "[1,1]"
    holds "the first one counts" wait_state 7031 delivered
    check "and is what was delivered" "$(order_of 7031 | jq -r .external_total.amount)" 19.99
}

other_partner() {
    local id
    id=$(order_of 9007199254740993 | jq -r .id)
    check "another partner's list is empty" "$(api_orders "$HARBOR" "$HARBOR_KEY" | wc -l)" 0
    check "its key does not find the order on its host" \
        "$(status_of -H "authorization: Bearer $HARBOR_KEY" "$(url "/v1/orders/$id" "$HARBOR")")" 404
    check "its key is refused on the other host" \
        "$(status_of -H "authorization: Bearer $HARBOR_KEY" "$(url "/v1/orders/$id")")" 401
    check "no key is refused" "$(status_of "$(url /v1/orders)")" 401
    check "the hook's address is not served on the other host" \
        "$(post "$DATA/work/good" o-1 "$HARBOR")" 404
}

pages() {
    check "Northwind's page is served" "$(status_of "$(url / "$NORTHWIND")")" 200
    holds "under Northwind's name" grep -q "Northwind Retail Systems" "$ANSWER"
    check "no server is named" "$(header_of server)$(grep -il 'tenon\|h2o' "$ANSWER.header" "$ANSWER")" ""
    check "Harbor's page is served" "$(status_of "$(url / "$HARBOR")")" 200
    holds "under Harbor's name" grep -q "Harbor Commerce" "$ANSWER"
    holds "and not under Northwind's" test "$(grep -c Northwind "$ANSWER")" = 0
    check "an unknown host is not served" "$(status_of -H "host: nobody.localhost" "$(url / "$NORTHWIND")")" 404
}

redis_gone() {
    redis flushall >/dev/null
    taken_and_delivered 8001 "after FLUSHALL"
    crash redis
    taken_and_delivered 8002 "without Redis"
    redis_start
    taken_and_delivered 8003 "with a new, empty Redis"
}

taken_and_delivered() {
    order_body "$1" "$1" SKU-0002 1 >"$DATA/work/order"
    check "an order is taken $2" "$(post "$DATA/work/order" "r-$1")" 200
    holds "and delivered $2" wait_state "$1" delivered
}

postgres_gone() {
    local api worker
    api=$(pid_of "$DATA/run/api.pid")
    worker=$(pid_of "$DATA/run/worker.pid")
    order_body 8101 8101 SKU-0003 1 >"$DATA/work/order"
    pg_crash
    sleep 0.3
    check "without PostgreSQL a delivery is told to come later" "$(post "$DATA/work/order" p-1)" 503
    holds "and when" test "$(header_of retry-after)" -ge 1
    check "the list of orders says the same" "$(status_of -H "authorization: Bearer $NORTHWIND_KEY" "$(url /v1/orders)")" 503
    pg_start
    holds "the delivery is taken once PostgreSQL is back" post_until "$DATA/work/order" p-1 60
    holds "and the order is delivered" wait_state 8101 delivered
    check "nothing had to be restarted" "$(pid_of "$DATA/run/api.pid") $(pid_of "$DATA/run/worker.pid")" "$api $worker"
}

main
