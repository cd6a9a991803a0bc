# shellcheck shell=bash disable=SC2154
# Feeds: what is watched, what has gone quiet, the limits, and sweeps that are asked for. Sourced by tests/api/run; a thousand
# orders and crashes are for tests/jobs/sweep.sh, what is usual for tests/unit/tenants/fresh.

feed_checks() {
    FEED_KEY=$(ctl key create --partner northwind --name feeds --customer "$ALDER" --scopes connections:read,connections:write,messages:read)
    feed_listed
    feed_limits
    feed_token
    feed_quiet
    feed_swept
    feed_of_others
    end fake-shop
}

feed_ask() { ask "$1" "$2" "$FEED_KEY" "${@:3}"; }
feed_of() { feed_ask GET /v1/feeds >/dev/null && said ".data[] | select(.connection_id == \"$1\") | $2"; }

feed_listed() {
    FEED_SHOP=$(ask GET /v1/connections "$ALDER_KEY" >/dev/null && said '[.data[] | select(.name == "Web shop") | .id][0]')
    check "what a connection brings is a feed from the beginning" "$(feed_ask GET /v1/feeds) $(said "[.data[] | select(.connection_id == \"$FEED_SHOP\")
        | .object, .name, .silence, .sweep_every, .sweep_at, .expected_per_hour, .alert, .late, .recovered]")" \
        '200 ["order","Web shop",null,"PT15M",null,null,null,false,0]'
    check "page by page" "$(ask GET '/v1/feeds?limit=1' "$NORTHWIND_KEY") $(said '[(.data | length), (.next_cursor | length > 0)]')" "200 [1,true]"
    check "the next page is another" "$(ask GET "/v1/feeds?limit=1&cursor=$(said .next_cursor)" "$NORTHWIND_KEY") $(said '.data | length')" "200 1"
}

feed_limits() {
    local one=/v1/feeds/$FEED_SHOP/order
    check "a hard limit is set" "$(feed_ask PUT "$one" --json '{"silence": "PT2H", "sweep_every": "P1DT30M"}') $(said '[.silence, .sweep_every]')" '200 ["PT2H","P1DT30M"]'
    check "and taken away" "$(feed_ask PUT "$one" --json '{}') $(said '[.silence, .sweep_every]')" '200 [null,"P1DT30M"]'
    check "what is no span is refused" "$(feed_ask PUT "$one" --json '{"silence": "2 hours"}') $(said '.errors[0].pointer')" "422 /silence"
    check "and one of seconds" "$(feed_ask PUT "$one" --json '{"sweep_every": "PT59S"}') $(said '.errors[0].pointer')" "422 /sweep_every"
    check "a feed that there is not has no limit" "$(feed_ask PUT "/v1/feeds/$FEED_SHOP/stock" --json '{}')" 404
    check "a shop without a token is not asked" "$(feed_ask POST "$one/sweep") $(said .code)" "409 feed-not-asked"
}

# feed_made JQ-OBJECT: asks for a connection.
feed_made() { feed_ask POST /v1/connections --json "$(jq -nc "{connector: \"shopify\", name: \"Token shop\", secret: \"x\"} * $1")"; }

feed_token() {
    local token=a-token-of-the-shop made
    check "a shop is made that can be asked" "$(feed_made "{api_token: \"$token\", settings: {shop: \"token.myshopify.com\"}}")" 201
    check "its token is shown to nobody" "$(grep -c "$token" "$ANSWER")" 0
    check "and only a worker can open it" "$(pg_sql "select string_agg(kind || ' ' || class, ',' order by kind) from tenon.credential c
        join tenon.connection n using (connection_id) where n.name = 'Token shop'")" "api_token connection,hook_token connection,webhook_secret edge"
    check "it will be swept" "$(feed_of "$(made=$(said .id); echo "$made")" '.sweep_at | length > 0')" true
    check "a token of a system that is asked nothing is refused" "$(feed_made '{connector: "http", api_token: "x", settings: {url: "https://wms.example/",
        operations: {a: {method: "GET", path: "a"}}}}') $(said '.errors[0].pointer')" "422 /api_token"
    check "an address that may not be called is refused" \
        "$(feed_made '{settings: {shop: "x.myshopify.com", api_url: "http://127.0.0.1:1/"}}') $(said '.errors[0].pointer')" "422 /settings/api_url"
    install -m 0755 "$TENON_BUILD/fake-shop" "$DATA/app/fake-shop"
    spawn fake-shop "$DATA/app/fake-shop" --token "$token"
    wait_for fake-shop 60 grep -qs '^url=' "$DATA/log/fake-shop.log" || exit 1
    FEED_API=$(sed -n 's/^url=//p' "$DATA/log/fake-shop.log")
    made=$(ctl connection create --partner northwind --customer "$ALDER" --connector shopify --name "Asked shop" --settings "$(jq -nc --arg url "$FEED_API" \
        '{shop: "asked.myshopify.com", api_url: $url, rate: {per_second: 0}}')" --secret-file "$(secret asked.secret 'signs what it sends')" \
        --api-token-file "$(secret asked.token "$token")")
    FEED_CON=$(sed -n 1p <<<"$made") FEED_HOOK=$(sed -n 2p <<<"$made")
}

# The last message came long ago, and the limit is over.
feed_quiet() {
    order_body 64001 64001 SKU-0001 1 >"$DATA/work/feed"
    check "an order comes" "$(SHOP=asked.myshopify.com SHOP_SECRET='signs what it sends' HOOK=$FEED_HOOK post "$DATA/work/feed" f-1)" 200
    pg_sql "update tenon.feed set last_at = now() - interval '3 hours', look_at = now() where connection_id = '$(feed_uuid)'"
    feed_ask PUT "/v1/feeds/$FEED_CON/order" --json '{"silence": "PT2H"}' >/dev/null
    holds "a feed that is silent for longer than its limit is late" feed_becomes .late true
    check "and says why" "$(feed_of "$FEED_CON" '.alert.reason | test("^nothing of the kind .order. has come from .Asked shop. for 2 h 59 min, since .*; the limit is 2 h$")')" true
    check "which operators can see" "$(curl -s -m 20 "http://127.0.0.1:$((HTTPS_PORT + 2))/metrics" | grep -c '^feeds_late')" 1
    # What came a moment ago is counted once it is half a minute old.
    pg_sql "update tenon.feed set look_at = now() + interval '40 seconds' where connection_id = '$(feed_uuid)'"
    holds "it is no more when a message comes" feed_becomes .late false 60
    check "when that was stands there" "$(feed_of "$FEED_CON" '.last_at | length > 0')" true
}
feed_uuid() { pg_sql "select connection_id from tenon.connection where name = 'Asked shop'"; }
# feed_becomes MEMBER VALUE [SECONDS]
feed_becomes() {
    local i
    for ((i = 0; i < ${3:-20} * 5; i++)); do
        [ "$(feed_of "$FEED_CON" "$1")" != "$2" ] || return 0
        sleep 0.2
    done
    return 1
}

feed_swept() {
    pg_sql "update tenon.feed_cursor set complete_to = now() - interval '1 hour' where connection_id = '$(feed_uuid)'"
    order_body 64002 64002 SKU-0001 1 ".updated_at = \"$(date -u -d '5 minutes ago' +%FT%TZ)\"" | jq -c '{orders: [.]}' >"$DATA/work/feed"
    curl -sf -X PUT --data-binary "@$DATA/work/feed" "${FEED_API}_orders"
    check "a sweep is asked for" "$(feed_ask POST "/v1/feeds/$FEED_CON/order/sweep") $(said .object)" "202 order"
    holds "what did not come is fetched" feed_becomes .recovered 1
    check "the feed is complete until a minute ago" "$(feed_of "$FEED_CON" '(.complete_to[0:19] + "Z" | fromdate) > (now - 120)')" true
    FEED_REC=$(id_text rec "$(pg_sql "select message_id from tenon.inbound_message where recovered")")
    check "the message says that it was" "$(feed_ask GET "/v1/messages/$FEED_REC") $(said '[.recovered, .topic, .business_key, (.changed_at | length > 0)]')" \
        '200 [true,"orders/updated","order:64002",true]'
}

feed_of_others() {
    check "a feed of another customer is not there" "$(ask PUT "/v1/feeds/$FEED_CON/order" "$BIRCH_KEY" --json '{}')" 404
    check "nor swept" "$(ask POST "/v1/feeds/$FEED_CON/order/sweep" "$BIRCH_KEY")" 404
    check "nor listed" "$(ask GET /v1/feeds "$BIRCH_KEY") $(said "[.data[] | select(.connection_id == \"$FEED_CON\")]")" "200 []"
    check "who may only read sets nothing" "$(ask PUT "/v1/feeds/$FEED_CON/order" "$(flow_key 'feed reader' "$ALDER" connections:read)" --json '{}')" 403
}
