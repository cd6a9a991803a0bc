# shellcheck shell=bash disable=SC2154
# Who may ask, and whose rows the answer holds. Sourced by tests/api/run.

access_checks() {
    ORDER=$(order_of 5001 | jq -r .id)
    check "the order answers" "$(ask GET "/v1/orders/$ORDER" "$NORTHWIND_KEY")" 200
    MESSAGE=$(said .message_id) CONNECTION=$(said .connection_id)
    BIRCH_ORDER=$(order_of 6001 | jq -r .id)
    ask GET "/v1/orders/$BIRCH_ORDER" "$NORTHWIND_KEY" >/dev/null
    BIRCH_MESSAGE=$(said .message_id)
    nobody
    strangers
    scopes
    customers
    partners
    ids
}

READS=(/v1/orders /v1/connections)

# Every route that wants a key, with none and with bad ones.
nobody() {
    local path key
    for path in "${READS[@]}" "/v1/orders/$ORDER" "/v1/messages/$MESSAGE"; do
        check "$path without a key" "$(ask GET "$path" '')" 401
        problem "$path without a key" 401 unauthenticated
        check "$path without a key: which scheme" "$(header_of www-authenticate)" Bearer
        for key in sk_live_ nonsense "${NORTHWIND_KEY%?}" "${NORTHWIND_KEY}x" "$(tr 'a-z' 'A-Z' <<<"$NORTHWIND_KEY")"; do
            check "$path with the key ${key:0:9}… of ${#key} characters" "$(ask GET "$path" "$key")" 401
        done
    done
    check "a connection is not made without a key" "$(ask POST /v1/connections '' --json '{}')" 401
    check "basic credentials are none" "$(ask GET /v1/orders '' -u "x:$NORTHWIND_KEY")" 401
    pg_sql "update tenon.api_key set revoked_at = now() where name = 'birch'"
    holds "a revoked key is refused within a second or two" refused_soon "$BIRCH_KEY"
    pg_sql "update tenon.api_key set revoked_at = null where name = 'birch'"
    sleep 1.1 # the server remembers a key for a second
}

# An address that makes up keys is not answered for ever; another one notices nothing, nor does a key that is known here.
strangers() {
    local i many=() said
    for i in {1..200}; do many+=(-o /dev/null "$(url /v1/orders)"); done
    said=$(curl_to --http2 --interface 127.0.0.9 -H "authorization: Bearer sk_live_$(printf 'x%.0s' {1..43})" \
        -w '%{http_code}\n' "${many[@]}" | sort | uniq -c | awk '{ print $2 ($1 >= 20 ? " many" : " few") }' | xargs)
    check "unknown keys from one address are refused, and then not looked up" "$said" "401 many 429 many"
    check "it is told when to come back" "$(curl_to --http2 --interface 127.0.0.9 -H "authorization: Bearer sk_live_nobody" \
        -D - "${many[@]}" | tr -d '\r' | awk '/^HTTP/ { status = $2 } /^retry-after:/ { print status, $2 }' | sort -u)" "429 1"
    check "another address is served" "$(ask GET /v1/orders "$NORTHWIND_KEY")" 200
    holds "and it too before long" served_soon
}
served_soon() {
    local i
    for i in {1..600}; do
        [ "$(ask GET /v1/orders "$NORTHWIND_KEY" --interface 127.0.0.9)" != 200 ] || return 0
        sleep 0.1
    done
    return 1
}

refused_soon() {
    local i
    for i in {1..25}; do
        [ "$(ask GET /v1/orders "$1")" != 401 ] || return 0
        sleep 0.1
    done
    return 1
}

# scope SCOPE: a key that may this alone reaches its routes, and no other.
scopes() {
    local scope key
    for scope in orders:read connections:read connections:write messages:read; do
        key=$(key_with "$scope")
        may "$scope" orders:read "$(ask GET /v1/orders "$key")"
        may "$scope" orders:read "$(ask GET "/v1/orders/$ORDER" "$key")"
        may "$scope" connections:read "$(ask GET /v1/connections "$key")"
        may "$scope" messages:read "$(ask GET "/v1/messages/$MESSAGE" "$key")"
        # 422 and not 201: the body is empty, which is seen only by who may write.
        may "$scope" connections:write "$(ask POST /v1/connections "$key" -H "customer: $ALDER" --json '{}')" 422
    done
}

# may HELD NEEDED STATUS [GOOD]
may() {
    if [ "$1" = "$2" ]; then
        check "a key that may $1 does what needs it" "$3" "${4:-200}"
    else
        check "a key that may $1 does not do what needs $2" "$3" 403
        check "and is told which scope it lacks ($1, $2)" "$(said .detail | grep -o "$2")" "$2"
    fi
}

customers() {
    check "Alder's key lists Alder's orders" "$(api_orders "$NORTHWIND" "$ALDER_KEY" | jq -r .source_id | sort | xargs)" "5001 5002 5003"
    check "Birch's key lists Birch's" "$(api_orders "$NORTHWIND" "$BIRCH_KEY" | jq -r .source_id | xargs)" 6001
    check "the partner's key lists both" "$(orders | jq -r .source_id | sort | xargs)" "5001 5002 5003 6001"
    check "each order says whose it is" "$(orders | jq -r '"\(.source_id) \(.customer_id)"' | sort | sed -n '1p;4p' | xargs)" \
        "5001 $ALDER 6001 $BIRCH"
    hidden "Birch's key" "$BIRCH_KEY" "/v1/orders/$ORDER" "/v1/messages/$MESSAGE"
    hidden "Alder's key" "$ALDER_KEY" "/v1/orders/$BIRCH_ORDER" "/v1/messages/$BIRCH_MESSAGE"
    check "Birch's key reads its own order" "$(ask GET "/v1/orders/$BIRCH_ORDER" "$BIRCH_KEY")" 200
    check "and its own message" "$(ask GET "/v1/messages/$BIRCH_MESSAGE" "$BIRCH_KEY")" 200
    check "Birch's key lists its own connections" \
        "$(ask GET /v1/connections "$BIRCH_KEY") $(said '[.data[].name] | sort')" '200 ["Birch ERP","Birch shop"]'
    check "Alder's key lists Alder's" \
        "$(ask GET /v1/connections "$ALDER_KEY") $(said '[.data[].name] | sort')" '200 ["Head office ERP","Web shop"]'
}

# hidden WHO KEY PATH…: as if they were not there.
hidden() {
    local who=$1 key=$2 path
    shift 2
    for path in "$@"; do
        check "$who does not find $path" "$(ask GET "$path" "$key")" 404
        problem "$who does not find $path" 404 not-found
    done
}

partners() {
    local path
    for path in "${READS[@]}"; do
        check "Harbor's own $path is empty" "$(ON=$HARBOR ask GET "$path" "$HARBOR_KEY") $(said '.data | length')" "200 0"
        check "Harbor's key is none on Northwind's host ($path)" "$(ask GET "$path" "$HARBOR_KEY")" 401
        check "Northwind's key is none on Harbor's host ($path)" "$(ON=$HARBOR ask GET "$path" "$NORTHWIND_KEY")" 401
        check "a host of nobody serves nothing ($path)" "$(ask GET "$path" "$NORTHWIND_KEY" -H 'host: nobody.localhost')" 404
    done
    for path in "/v1/orders/$ORDER" "/v1/messages/$MESSAGE"; do
        check "Harbor's key does not find $path" "$(ON=$HARBOR ask GET "$path" "$HARBOR_KEY")" 404
    done
}

# An id of another kind is told from one that is nowhere.
ids() {
    check "a message's id is no order's" "$(ask GET "/v1/orders/$MESSAGE" "$NORTHWIND_KEY")" 400
    problem "a message's id is no order's" 400 validation
    check "and which it should be is said" "$(said '.errors[0] | "\(.pointer) \(.code) \(.detail | contains("ord_"))"')" \
        "order_id wrong_kind true"
    check "an order's id is no message's" "$(ask GET "/v1/messages/$ORDER" "$NORTHWIND_KEY")" 400
    check "which is said, too" "$(said '.errors[0].detail | contains("rec_")')" true
    check "an id that nobody has" "$(ask GET "/v1/orders/ord_01h455vb4pex5vsknk084sn02q" "$NORTHWIND_KEY")" 404
    check "a message that nobody has" "$(ask GET "/v1/messages/rec_01h455vb4pex5vsknk084sn02q" "$NORTHWIND_KEY")" 404
    check "no id at all" "$(ask GET "/v1/orders/17" "$NORTHWIND_KEY")" 404
    check "an id beyond all ids" "$(ask GET "/v1/orders/ord_8zzzzzzzzzzzzzzzzzzzzzzzzz" "$NORTHWIND_KEY")" 404
    check "an id with something behind it" "$(ask GET "/v1/orders/${ORDER}x" "$NORTHWIND_KEY")" 404
}
