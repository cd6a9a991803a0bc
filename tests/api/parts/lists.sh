# shellcheck shell=bash disable=SC2154
# Pages of lists, parameters, methods and the partners' pages. Sourced by tests/api/run.

list_checks() {
    paged /v1/orders source_id
    paged /v1/connections name
    newest_first
    parameters
    methods
}

# pages PATH MEMBER: of one row each, by the Link header.
pages() {
    local at="$1?limit=1" seen=0
    while [ -n "$at" ] && [ "$seen" -lt 40 ]; do
        [ "$(ask GET "$at" "$NORTHWIND_KEY")" = 200 ] || return 1
        said ".data[].$2"
        at=$(header_of link | sed -n 's/^<\([^>]*\)>; rel="next"$/\1/p')
        [ "$(said '.next_cursor != null')" = "$([ -n "$at" ] && echo true || echo false)" ] || echo "cursor and link differ"
        seen=$((seen + 1))
    done
}

paged() {
    local whole
    ask GET "$1?limit=200" "$NORTHWIND_KEY" >/dev/null
    whole=$(said ".data[].$2")
    check "$1: the whole list has no next page" "$(said .next_cursor)$(header_of link)" null
    check "$1 page by page is the whole list in its order" "$(pages "$1" "$2")" "$whole"
}

newest_first() {
    ask GET /v1/orders "$NORTHWIND_KEY" >/dev/null
    check "orders come newest first" "$(said '[.data[].received_at] | . == (sort | reverse)')" true
}

# wrong SENTENCE PATH PARAMETER CODE
wrong() {
    check "$1" "$(ask GET "$2" "$NORTHWIND_KEY") $(said '.errors[0] | "\(.pointer) \(.code)"')" "400 $3 $4"
}

parameters() {
    local path other cursor
    for path in /v1/orders /v1/connections; do
        wrong "$path: limit 0" "$path?limit=0" limit out_of_range
        wrong "$path: limit 201" "$path?limit=201" limit out_of_range
        wrong "$path: limit x" "$path?limit=x" limit out_of_range
        wrong "$path: an empty limit" "$path?limit=" limit out_of_range
        wrong "$path: an unknown parameter" "$path?sort=number" sort unknown_parameter
        wrong "$path: a parameter twice" "$path?limit=1&limit=1" limit repeated
        wrong "$path: a cursor of nobody" "$path?cursor=00" cursor invalid
    done
    ask GET "/v1/orders?limit=1" "$NORTHWIND_KEY" >/dev/null
    cursor=$(said .next_cursor)
    wrong "the cursor of another list" "/v1/connections?cursor=$cursor" cursor invalid
    other=${cursor%?}$([ "${cursor: -1}" = 0 ] && echo 1 || echo 0)
    wrong "a cursor of which a digit was changed" "/v1/orders?cursor=$other" cursor invalid
    check "one order knows no parameter" "$(ask GET "/v1/orders/$ORDER?limit=1" "$NORTHWIND_KEY")" 400
}

methods() {
    check "HEAD of a list" "$(ask HEAD /v1/orders "$NORTHWIND_KEY") $(wc -c <"$ANSWER" | xargs)" "200 $(wc -c <"$ANSWER.header" | xargs)"
    check "a method that a route does not take" "$(ask DELETE "/v1/orders/$ORDER" "$NORTHWIND_KEY")" 405
    check "says which it takes" "$(header_of allow)" "GET, HEAD"
    check "and for connections" "$(ask PUT /v1/connections "$NORTHWIND_KEY" --json '{}') $(header_of allow)" "405 GET, HEAD, POST"
    check "deliveries are posted" "$(ask GET "$HOOK" '') $(header_of allow)" "405 POST"
    check "no credential is told from a wrong one" "$(ask GET /v1/orders '') $(said .detail | cut -c1-7)" "401 sign in"
    check "a key that nobody has" "$(ask GET /v1/orders sk_live_nobody) $(said .detail)" \
        "401 what was sent is no API key or access token of this host, or has ended"
    check "is told as another partner's is" "$(ON=$HARBOR ask GET /v1/orders "$NORTHWIND_KEY") $(said .detail)" \
        "401 what was sent is no API key or access token of this host, or has ended"
    check "an address of nothing" "$(ask GET /v1/nothing "$NORTHWIND_KEY")" 404
    check "even with a slash at the end" "$(ask GET /v1/orders/ "$NORTHWIND_KEY")" 404
}

# What is served to everybody, in each partner's name.
page_checks() {
    local host name accent
    for host in "$NORTHWIND" "$HARBOR"; do
        name=$([ "$host" = "$NORTHWIND" ] && echo "Northwind Retail Systems" || echo "Harbor Commerce")
        accent=$(jq -r .accent "$TENON_ROOT/branding/$(cut -d. -f1 <<<"$host")/brand.json")
        check "$host: its page has its name" "$(ON=$host ask GET / '') $(grep -c "$name" "$ANSWER" | sed 's/[1-9][0-9]*/some/')" "200 some"
        check "$host: and a way in" "$(grep -c '<a class="go" href="/home">' "$ANSWER")" 1
        check "$host: and is guarded" "$(header_of content-security-policy | cut -d';' -f1)" "default-src 'none'"
        check "$host: its colours" "$(ON=$host ask GET /brand/theme.css '') $(header_of content-type) $(grep -o -- "--brand:$accent" "$ANSWER")" \
            "200 text/css; charset=utf-8 --brand:$accent"
        check "$host: its logo" "$(ON=$host ask GET /brand/logo.svg '') $(header_of content-type)" "200 image/svg+xml"
        check "$host: the logo it has" "$(cat "$ANSWER")" "$(cat "$TENON_ROOT/branding/$(cut -d. -f1 <<<"$host")/logo.svg")"
        check "$host: the style of its page" "$(ON=$host ask GET /assets/start.css '') $(header_of content-type)" "200 text/css; charset=utf-8"
        check "$host: a page is no asset" "$(ON=$host ask GET /assets/start.html '') $(ON=$host ask GET /assets/none.css '')" "404 404"
        check "$host: neither names what serves it" "$(grep -ciE 'tenon|h2o' "$ANSWER.header" || true)" 0
    done
}
