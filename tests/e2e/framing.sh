#!/bin/bash
# What comes in the wrong shape is refused, once and at once: framing, targets and JSON, octet for octet over a plain
# connection. Each check carries the number of its row in the list of attacks that we hold ourselves to.
. "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

SOON_MS=250

main() {
    stack_open e2e-framing "${FRAMING_PORT:-18540}"
    PLAIN=$((HTTPS_PORT + 4))
    port_need "$PLAIN"
    API_SETTINGS+=("TENON_HTTP_LISTEN=127.0.0.1:$PLAIN")
    stack_start
    LINES=$DATA/work/request
    ORDERS=/v1/orders CONNECTIONS=/v1/connections
    CUSTOMER=$(api_get "$NORTHWIND" "$NORTHWIND_KEY" "$CONNECTIONS" | jq -r '.data[0].customer_id')
    BEFORE=$(stored)
    framing
    targets
    media
    json_syntax
    json_shape
    large
    check "nothing is stored" "$(stored)" "$BEFORE"
    check "the process is the same" "$(pid_of "$DATA/run/api.pid")" "$API_PID"
    tap_end
}

stored() { pg_sql "select (select count(*) from tenon.inbound_message) + (select count(*) from tenon.job) + (select count(*) from tenon.connection)"; }
rss_kib() { awk '/^VmRSS/ {print $2}' "/proc/$(pid_of "$DATA/run/api.pid")/status"; }

# exchange FILE: sends it on one connection and hears the answers to their end, into ANSWER; TOOK in milliseconds.
exchange() {
    local began=$EPOCHREALTIME
    exec 3<>"/dev/tcp/127.0.0.1/$PLAIN"
    { cat "$1" >&3; } 2>/dev/null || true
    timeout 5 cat <&3 >"$ANSWER" 2>/dev/null || true
    exec 3>&-
    TOOK=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
}

answer_status() { sed -n '1s/^HTTP\/1\.1 \([0-9]*\).*/\1/p' "$ANSWER"; }
answer_type() { sed '1,/^\r$/d' "$ANSWER" | jq -r '.type // empty' 2>/dev/null | sed 's|.*/||'; }
answer_field() { sed "/^\r\$/q" "$ANSWER" | sed -n "s/^$1: //Ip" | tr -d '\r'; }
one_of() { case " $2 " in *" $1 "*) echo "$2" ;; *) echo "$1" ;; esac; }

# judge ROW STATUSES TYPES: of what lies in ANSWER; a problem says in its body what its status line says.
judge() {
    local status
    status=$(answer_status)
    check "$1: status" "$(one_of "$status" "$2")" "$2"
    [ "$3" = - ] || check "$1: problem type" "$(one_of "$(answer_type)" "$3")" "$3"
    check "$1: answered once" "$(grep -ac '^HTTP/1\.1 ' "$ANSWER")" 1
    case $status in
    2* | 101) ;;
    *) check "$1: a problem document" \
        "$(answer_field content-type) $(sed '1,/^\r$/d' "$ANSWER" | jq -r .status) $(answer_field request-id | cut -c 1-4)" \
        "application/problem+json $status req_" ;;
    esac
    holds "$1: within $SOON_MS ms ($TOOK)" test "$TOOK" -le "$SOON_MS"
}

# raw ROW STATUSES TYPES FORMAT: the request as printf writes it.
raw() {
    # shellcheck disable=SC2059
    printf "$4" >"$LINES"
    exchange "$LINES"
    judge "$1" "$2" "$3"
}

# request ROW STATUSES TYPES METHOD TARGET BODY-FILE [FIELD…]: well framed, with a good key, and the last of its
# connection.
request() {
    local row=$1 statuses=$2 types=$3 method=$4 target=$5 body=$6
    shift 6
    {
        printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAuthorization: Bearer %s\r\n' \
            "$method" "$target" "$NORTHWIND" "$NORTHWIND_KEY"
        [ $# = 0 ] || printf '%s\r\n' "$@"
        [ "$body" = /dev/null ] || printf 'Content-Length: %s\r\n' "$(stat -c %s "$body")"
        printf '\r\n'
        cat "$body"
    } >"$LINES"
    exchange "$LINES"
    judge "$row" "$statuses" "$types"
}

framing() {
    local head="POST $CONNECTIONS HTTP/1.1\r\nHost: $NORTHWIND\r\n" get="GET $ORDERS HTTP/1.1\r\nHost: $NORTHWIND\r\n"
    local tail="GET $ORDERS HTTP/1.1\r\nHost: $NORTHWIND\r\nConnection: close\r\n\r\n" many
    API_PID=$(pid_of "$DATA/run/api.pid")
    raw framing-001 "400 422" invalid "${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}$tail"
    raw framing-002 "400 422" invalid "${head}Content-Length: 2\r\nContent-Length: $((${#tail} + 2))\r\n\r\n{}$tail"
    raw "framing-002, a body as one length says" "401" unauthenticated "${head}Content-Length: 2\r\n\r\n{}$tail"
    raw "framing, both length and coding" 400 invalid "${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$tail"
    raw framing-004 400 invalid "${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n$tail"
    raw framing-006 400 invalid "${head}Content-Length: +2\r\n\r\n{}"
    raw framing-008 "400 413" "invalid payload-too-large" "${head}Content-Length: 18446744073709551617\r\n\r\n{}"
    raw framing-009 "400 408 413" "invalid payload-too-large" "${head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}"
    raw framing-011 "400 421" invalid "${get}Host: $HARBOR\r\nAuthorization: Bearer $HARBOR_KEY\r\n\r\n"
    raw framing-013 400 invalid "${get}X-A : 1\r\n\r\n"
    raw framing-015 400 invalid "${get}X-A: a\\000b\r\n\r\n"
    many=$(printf 'X-%s: 1\\r\\n' {1..101})
    raw framing-016 "400 431" header-too-large "$get$many\r\n"
    raw framing-018 "200 401 400" - "${get}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
    raw framing-020 400 invalid "GET $ORDERS\r\n"
    raw "framing, no host" 400 invalid "GET $ORDERS HTTP/1.1\r\n\r\n"
    raw "framing, a folded line" 400 invalid "${get}X-A: b\r\n c\r\n\r\n"
    raw "framing, bare line feeds" 400 invalid "GET $ORDERS HTTP/1.1\nHost: $NORTHWIND\n\n"
    raw "framing, a key twice" 400 invalid \
        "${get}Authorization: Bearer $NORTHWIND_KEY\r\nAuthorization: Bearer $NORTHWIND_KEY\r\n\r\n"
    raw "framing, a trailing key" 400 invalid \
        "${head}Transfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer $NORTHWIND_KEY\r\n\r\n"
    raw "framing, another version" 505 version-not-supported "GET $ORDERS HTTP/3.0\r\n"
}

# spoofed FIELD: a key of Northwind stays at Northwind, whatever else names Harbor.
spoofed() {
    request "another host in $1" 200 - GET "$ORDERS" /dev/null "$1: $HARBOR"
}

targets() {
    local nothing=/dev/null id=ord_01h455vb4pex5vsknk084sn02q empty=$DATA/work/empty-object
    printf '{}' >"$empty"
    request target-001 "404 400" "not-found" GET "$ORDERS/../../admin" "$nothing"
    request target-002 "404 400" "not-found" GET "//$HARBOR$ORDERS" "$nothing"
    request "target-002, the absolute form" "404 400" invalid GET "http://$HARBOR$ORDERS" "$nothing"
    request target-004 "404 400" "not-found" GET "$ORDERS/$id%00.json" "$nothing"
    request "target, encoded twice" "404 400" "not-found" GET "$ORDERS/%252e%252e/admin" "$nothing"
    request "target, an encoded slash" "404 400" "not-found" GET "/v1%2forders" "$nothing"
    request target-006 "400 422" validation GET "$ORDERS?limit=10&limit=20" "$nothing"
    request target-007 "400 422" validation GET "$ORDERS?__proto__[x]=1" "$nothing"
    request target-009 405 method-not-allowed DELETE "$ORDERS" "$nothing"
    check "target-009: Allow" "$(answer_field allow)" "GET, HEAD"
    request target-011 405 method-not-allowed PATCH "$ORDERS" "$nothing"
    check "target-011: Allow" "$(answer_field allow)" "GET, HEAD"
    request target-012 "400 405" "invalid method-not-allowed" POST "$ORDERS" "$empty" \
        "Content-Type: application/json" "X-HTTP-Method-Override: DELETE"
    request "target-012, of a method that is served" "200" - GET "$ORDERS" "$nothing" "X-HTTP-Method-Override: DELETE"
    request target-019 "400 200" - GET "$ORDERS" "$empty" "Content-Type: application/json"
    request "target, a method nobody knows" 501 not-implemented BREW "$ORDERS" "$nothing"
    spoofed X-Forwarded-Host
    spoofed X-Host
    spoofed Forwarded
}

# post_body ROW STATUSES TYPES FILE [FIELD…]
post_body() {
    local row=$1 statuses=$2 types=$3 file=$4
    shift 4
    request "$row" "$statuses" "$types" POST "$CONNECTIONS" "$file" "customer: $CUSTOMER" \
        "Idempotency-Key: framing-$RANDOM$RANDOM$RANDOM" "$@"
}

media() {
    local w=$DATA/work rss
    printf '{}' >"$w/object"
    printf '{\0}\0' >"$w/utf16"
    post_body target-014 415 unsupported-media-type "$w/object" "Content-Type: text/plain"
    post_body "target-014, none named" 415 unsupported-media-type "$w/object"
    post_body target-016 415 unsupported-media-type "$w/utf16" "Content-Type: application/json; charset=utf-16"
    head -c 1G /dev/zero | gzip -9 | head -c 1048000 >"$w/bomb"
    rss=$(rss_kib)
    post_body target-017 "415 413" "unsupported-media-type payload-too-large" "$w/bomb" "Content-Type: application/json" \
        "Content-Encoding: gzip"
    rss=$(($(rss_kib) - rss))
    holds "target-017: grows by less than 16 MiB ($rss KiB)" test "$rss" -lt 16384
}

# json ROW STATUSES TYPES FORMAT
json() {
    # shellcheck disable=SC2059
    printf "$4" >"$DATA/work/json"
    post_body "$1" "$2" "$3" "$DATA/work/json" "Content-Type: application/json"
}

json_syntax() {
    local bad="400 422"
    json json-001 "$bad" malformed-json '{"a":1,"a":2}'
    json json-002 "$bad" malformed-json '{"a":1}x'
    json json-004 "$bad" malformed-json '{"a":+1}'
    json json-006 "$bad" malformed-json '{"a":NaN}'
    json json-008 "$bad" malformed-json '{"a":9223372036854775808}'
    json json-010 "$bad" malformed-json '{"a":"\\u0000"}'
    json json-012 "$bad" malformed-json '{"a":1,}'
    json json-014 "$bad" malformed-json ''
    json json-016 "$bad" "malformed-json validation" '"x"'
    json json-019 400 malformed-json '{"a":"\xc0\xaf"}'
    json "json, a byte order mark" "$bad" malformed-json '\xef\xbb\xbf{"a":1}'
    json "json, a lone surrogate" "$bad" malformed-json '{"a":"\\ud800"}'
    json "json, an exponent beyond all" "$bad" "malformed-json validation" '{"a":1e999999}'
}

json_shape() {
    local deep
    deep=$(printf '[%.0s' {1..65})$(printf ']%.0s' {1..65})
    json json-017 "400 422" "validation malformed-json" '[]'
    json json-021 "400 422" json-too-deep "$deep"
    json json-027 422 validation '{"name":"x","unknown_field":1}'
    check "json-027: the member is named" \
        "$(sed '1,/^\r$/d' "$ANSWER" | jq -r '[.errors[].pointer] | index("/unknown_field") != null')" true
    # shellcheck disable=SC2016
    json json-029 422 validation '{"name":{"$ne":""}}'
    check "json-029: the member is named" \
        "$(sed '1,/^\r$/d' "$ANSWER" | jq -r '[.errors[].pointer] | index("/name") != null')" true
}

large() {
    local w=$DATA/work rss asked worst
    { printf '[{}' && head -c 1048570 /dev/zero | sed 's/\x00\x00\x00/,{}/g' | tr -d '\0' && printf ']'; } >"$w/empties"
    rm -f "$w/done" "$w/done.begun"
    python3 -B "$TENON_ROOT/tests/e2e/others_wait.py" "$PLAIN" "$NORTHWIND" "$w/done" >"$w/worst" &
    while [ ! -e "$w/done.begun" ] && kill -0 $! 2>/dev/null; do sleep 0.05; done
    rss=$(rss_kib)
    post_body json-023 "400 413 422" "validation malformed-json payload-too-large" "$w/empties" "Content-Type: application/json"
    : >"$w/done"
    wait $!
    rss=$(($(rss_kib) - rss))
    holds "json-023: grows by less than 128 MiB ($rss KiB)" test "$rss" -lt 131072
    read -r asked worst <"$w/worst"
    holds "json-023: others ask meanwhile ($asked)" test "$asked" -gt 4
    holds "json-023: others wait 50 ms at most ($worst)" test "$worst" -le 50
    { printf '"' && head -c 2097150 /dev/zero | tr '\0' 'x' && printf '"'; } >"$w/two-mib"
    post_body json-025 413 payload-too-large "$w/two-mib" "Content-Type: application/json"
    far_over
}

# HTTP/2 has its own way to end a body that nobody wants; the answer is the same.
far_over() {
    head -c 8000000 /dev/zero >"$DATA/work/far"
    check "json-025 over HTTP/2, far over the limit" "$(status_of --http2 -H "authorization: Bearer $NORTHWIND_KEY" \
        -H "content-type: application/json" --data-binary "@$DATA/work/far" "$(url "$CONNECTIONS")")" 413
    check "json-025 over HTTP/2: problem type" "$(jq -r .type "$ANSWER")" /docs/problems/payload-too-large
}

main
