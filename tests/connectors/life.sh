#!/bin/bash
# The life of connections, against stand-ins: named checks, credentials that end, and permission that is withdrawn.
LABEL="connectors"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

main() {
    stack_open life 18950
    WORKER_SETTINGS+=(TENON_SETTLE_MS=500)
    API_SETTINGS+=(TENON_ALLOW_PRIVATE_ADDRESSES=true) # stand-ins are tried from there before they are connections
    stack_start
    ALDER=$(api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/connections" | jq -r '.data[0].customer_id')
    HEAD_OFFICE=$(api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/connections" | jq -r '.data[] | select(.connector == "tryton") | .id')
    tried
    checked
    refused
    logged
    branded
    paused
    ends
    withdrawn
    rolled
    kept
    kept_told
    kept_more
    kept_for_three_days
    no_secret
    tap_end
}

STANDS=(square walmart woocommerce quickbooks loop_returns shipbob bigcommerce stripe shopify business_central)
eval "stack_stop_rest$(declare -f stack_stop | sed '1s/^stack_stop//')"
stack_stop() {
    local s
    for s in "${STANDS[@]}"; do end "stand-$s" 2; done
    stack_stop_rest
}

# stand NAME PORT-OFFSET: a vendor's system on that port; its address in AT.
stand() {
    end "stand-$1" 2
    spawn "stand-$1" "$DATA/app/tenonctl" standin serve "$1" --listen "127.0.0.1:$((HTTPS_PORT + $2))"
    AT=http://127.0.0.1:$((HTTPS_PORT + $2))
    wait_for "stand-$1" 60 curl -sf -m 20 -o "$DATA/work/stand" "$AT/_standin/log" || exit 1
}
turn() { curl -sf -m 20 -o /dev/null -X "$2" -H 'content-type: application/json' -d "${3:-}" "$AT/_standin/$1"; }

# connection NAME CONNECTOR SETTINGS SECRETS: its id.
connection() {
    ctl connection create --partner northwind --customer "$ALDER" --connector "$2" --name "$1" --settings "$3" \
        --secrets-file "$(secret "$2.$RANDOM" "$4")" | sed -n 1p
}

ask() { # METHOD PATH [CURL-ARGUMENT…]: prints the status; answer in ANSWER
    local how=(-X "$1")
    [ "$1" = GET ] || how+=(-H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)")
    status_of --http2 "${how[@]}" -H "authorization: Bearer $NORTHWIND_KEY" "${@:3}" "$(url "$2" "$NORTHWIND")"
}
said() { jq -rc "$1" "$ANSWER"; }

# check_done CONNECTION: asks for a check and waits for its end.
check_done() {
    local i
    [ "$(ask POST "/v1/connections/$1/checks")" = 202 ] || return 1
    for ((i = 0; i < 150; i++)); do
        [ "$(ask GET "/v1/connections/$1/checks") $(said .state)" != "200 done" ] || return 0
        sleep 0.2
    done
    return 1
}
verdicts() { said '[.checks[] | "\(.name) \(.verdict)"] | join(", ")'; }

# try_it BODY: tries what is not there yet.
try_it() { ask POST /v1/connections/try -H "customer: $ALDER" --json "$1"; }
woo_body() { # KEY [SHOP]
    jq -nc --arg k "$1" --arg shop "${2:-$AT/}" --arg s "${TOLD}consumer" \
        '{connector: "woocommerce", name: "To be", settings: {shop: $shop}, secrets: {consumer_key: $k, consumer_secret: $s, webhook_secret: "w"}}'
}
stored() { pg_sql "select (select count(*) from tenon.connection) || ' ' || (select count(*) from tenon.credential) || ' ' || (select count(*) from tenon.connection_call)"; }

tried() {
    local before
    stand woocommerce 12
    before=$(stored)
    check "what is not there yet is tried" "$(try_it "$(woo_body ck)") $(said .verdict)" "200 ok"
    check "each check has its verdict" "$(verdicts)" "reachable ok, clock ok, credentials ok, permissions skipped, sample ok, webhook skipped"
    check "it says at once what it found" "$(said '[.checks[] | (.reason | length > 5) and .ms >= 0 and .field == null] | all')" true
    check "a wrong key is told" "$(try_it "$(woo_body wrong)") $(said '[.verdict, .checks[2].verdict, .checks[2].field, (.checks[2].reason | test("401")), (.checks[2].todo | length > 5)]')" \
        '200 ["failed","failed","/secrets",true,true]'
    turn faults POST "{\"route\": \"*\", \"kind\": \"status\", \"status\": 401, \"body\": {\"message\": \"no user has ${TOLD}consumer\"}}"
    check "what it answers is shown, and no secret that it repeats" \
        "$(try_it "$(woo_body ck2)") $(said '.checks[2].reason | [test("no user has \\*\\*\\*"), contains("consumer")]')" "200 [true,false]"
    turn faults DELETE
    check "an address where nobody answers is told" "$(try_it "$(woo_body ck http://127.0.0.1:9/)") $(said '[.checks[0].verdict, .checks[0].field, .checks[2].verdict]')" \
        '200 ["failed","/settings","skipped"]'
    check "what could not be made is not tried" "$(try_it "$(woo_body ck | jq -c 'del(.secrets.consumer_key)')") $(said '.errors[0].pointer')" "422 /secrets/consumer_key"
    check "what sends by itself is asked nothing" "$(try_it '{"connector": "shopify", "name": "To be", "settings": {"shop": "to-be.myshopify.com"}, "secret": "s3cr3t"}') $(said '[.verdict, .checks[0].reason]')" \
        '200 ["skipped","it was given no API token to be asked with"]'
    tried_others
    tried_at_once
    check "nothing of it is stored" "$(stored)" "$before"
    check "who tried what is" "$(pg_sql "select count(*) > 5, bool_or(detail = 'woocommerce: failed') from tenon.audit_entry where action = 'connection.try'")" "t|t"
}

# An ERP in C, one of one's own, and one whose refresh token a sign-in would use up.
tried_others() {
    local erp
    ask GET /v1/connections >/dev/null
    erp=$(said ".data[] | select(.id == \"$HEAD_OFFICE\") | .settings")
    check "an ERP is tried" "$(try_it "$(jq -nc --argjson s "$erp" --arg p "$ERP_SECRET" '{connector: "tryton", name: "To be", settings: $s, secret: $p}')") $(said '[.checks[0,2] | .verdict]')" '200 ["ok","ok"]'
    check "with a wrong password it is not signed in to" "$(try_it "$(jq -nc --argjson s "$erp" '{connector: "tryton", name: "To be", settings: $s, secret: "not this one"}')") $(said '.checks[2] | [.verdict, .field]')" '200 ["failed","/secret"]'
    stand quickbooks 13
    check "what is good once is not used up" "$(try_it "$(jq -nc --arg at "$AT" '{connector: "quickbooks", name: "To be", settings: {realm: "4620816365", currency: "USD", stock_location: "MAIN", api_url: "\($at)/v3/company/4620816365/", token_url: "\($at)/_token"},
        secrets: {client_id: "ABx", client_secret: "s", refresh_token: "RT1-1"}}')") $(said '[.checks[0,2] | .verdict]')" '200 ["ok","skipped"]'
    check "it was not signed in to" "$(curl -s "$AT/_standin/log" | jq '[.[] | select(.route == "token")] | length')" 0
}

tried_at_once() {
    local i said
    stand woocommerce 12
    turn faults POST '{"route": "*", "kind": "delay", "ms": 1500}'
    for i in 1 2 3 4; do
        curl_to --http2 -o /dev/null -w '%{http_code}\n' -X POST -H "authorization: Bearer $NORTHWIND_KEY" -H "customer: $ALDER" --json "$(woo_body "ck$i")" "$(url /v1/connections/try "$NORTHWIND")" &
    done >"$DATA/work/at_once"
    wait $(jobs -p | tail -4)
    said=$(sort "$DATA/work/at_once" | xargs)
    check "two are tried at once for one customer, and not more" "$said" "200 200 429 429"
    turn faults DELETE
}

checked() {
    stand square 10
    SQUARE=$(connection "Shop floor" square "{\"api_url\": \"$AT/\"}" '{"token": "'$TOLD'token", "signature_key": "s1"}')
    check "a connection was never checked at first" "$(ask GET "/v1/connections/$SQUARE/checks") $(said '[.state, .verdict, .checked_at, .checks]')" '200 ["never",null,null,[]]'
    holds "a check that is asked for is run" check_done "$SQUARE"
    check "each has its verdict" "$(verdicts)" "reachable ok, clock ok, credentials ok, permissions ok, sample ok, webhook warning"
    check "and a reason, and what to do" "$(said '[.checks[] | (.reason | length > 5) and (.verdict != "warning" or (.todo | length > 5)) and .ms >= 0] | all')" true
    check "the worst is that of all" "$(said .verdict)" warning
    check "permissions are counted" "$(said '.checks[3].reason')" "all 11 that are asked for are granted"
    check "one object was read by its mapping" "$(said '.checks[4].reason | test("^one (order|location) was asked for and read")')" true
    stand walmart 11
    WALMART=$(connection "Marketplace" walmart "{\"api_url\": \"$AT/\", \"token_url\": \"$AT/_token\"}" '{"client_id": "id", "client_secret": "'$TOLD'marketplace", "webhook_secret": "'$TOLD'deliveries"}')
    holds "one that signs in is checked" check_done "$WALMART"
    check "what it is granted is told apart by how far it goes" "$(said '[.checks[2,3] | .verdict] | join(" ")') $(said '.checks[3].reason')" "ok ok all 8 that are asked for are granted"
    holds "an ERP in C is checked" check_done "$HEAD_OFFICE"
    check "by a question; what has no date has no clock" "$(said '[.checks[] | "\(.name) \(.verdict)"] | .[0:3] | join(", ")')" "reachable ok, clock skipped, credentials ok"
}

refused() {
    local con
    stand woocommerce 12
    con=$(connection "Wrong key" woocommerce "{\"shop\": \"$AT/\"}" '{"consumer_key": "wrong", "consumer_secret": "'$TOLD'shop", "webhook_secret": "w"}')
    REFUSED=$con
    holds "a connection with a wrong key is checked" check_done "$con"
    check "it answers, and does not take the key" "$(verdicts)" "reachable ok, clock ok, credentials failed, permissions skipped, sample skipped, webhook warning"
    check "in words that help" "$(said '.checks[2].todo')" "give new credentials, as the vendor shows them"
    con=$(connection "Nobody there" woocommerce '{"shop": "http://127.0.0.1:9/"}' '{"consumer_key": "a", "consumer_secret": "cs", "webhook_secret": "w"}')
    holds "a connection where nobody answers is checked" check_done "$con"
    check "nothing else is tried" "$(verdicts)" "reachable failed, clock skipped, credentials skipped, permissions skipped, sample skipped, webhook warning"
    turn clock PUT '{"now": "2026-01-01T00:00:00Z"}'
    turn faults POST '{"route": "*", "kind": "status", "status": 429}'
    con=$(connection "Busy" woocommerce "{\"shop\": \"$AT/\"}" '{"consumer_key": "a", "consumer_secret": "cs", "webhook_secret": "w"}')
    holds "a system that is busy is checked" check_done "$con"
    check "which is no fault of the credentials" "$(said '.checks[2].verdict')" warning
}

# requests CONNECTION N: waits until so many calls stand in its log.
requests() {
    local i
    for ((i = 0; i < 300; i++)); do
        ask GET "/v1/connections/$1/requests?limit=200" >/dev/null
        [ "$(said '.data | length')" -lt "$2" ] || return 0
        sleep 0.2
    done
    return 1
}

logged() {
    holds "what was asked of the marketplace stands in its log" requests "$WALMART" 4
    check "the newest first, with what it was for" "$(said '[.data[] | .operation] | [.[-1], .[-2], (index("token.detail") != null)]')" '["knock","sign-in",true]'
    check "and how it went" "$(said '.data[-2] | [.method, .status, .outcome, (.ms >= 0), (.sent > 0), (.received > 0), .failure, .job_id]')" '["POST",200,"ok",true,true,true,null,null]'
    check "page by page" "$(ask GET "/v1/connections/$WALMART/requests?limit=1") $(said '.data | length')" "200 1"
    check "the next page goes on" "$(ask GET "/v1/connections/$WALMART/requests?limit=1&cursor=$(said .next_cursor)") $(said '.data | length')" "200 1"
    ask GET "/v1/connections/$WALMART" >/dev/null
    check "its health is that of those calls" "$(said '.health | [.hour.ok >= 4, .hour.refused, .hour.failed, .median_ms >= 0, (.ok_at | length > 0), .failed_at, .failure]')" '[true,0,0,true,true,null,null]'
    holds "what the shop refused is counted" requests "$REFUSED" 2
    check "with its words" "$(said '[.data[] | select(.operation == "taxes.list") | [.status, .outcome, (.failure | length > 3)]][0]')" '[401,"failed",true]'
    ask GET "/v1/connections/$REFUSED" >/dev/null
    check "and told as the last failure" "$(said '.health | [.hour.failed >= 1, (.failure | test("401"))]')" '[true,true]'
    # An address may be a secret itself: whoever knows it is let in.
    stand woocommerce 12
    HOUSE=$(connection "By a secret address" woocommerce "{\"shop\": \"$AT/${TOLD}address-that-nobody-else-is-told-and-that-nobody-could-ever-guess-0123456789/\"}" \
        '{"consumer_key": "a", "consumer_secret": "cs", "webhook_secret": "w"}')
    holds "a connection by a secret address is checked" check_done "$HOUSE"
    holds "its calls stand in the log" requests "$HOUSE" 1
    check "without what is secret of the address" "$(said "[.data[].url] | [any(contains(\"/***/wp-json/\")), any(contains(\"$TOLD\"))]")" '[true,false]'
}

# Every secret of these connections begins with this word, and so does the secret part of an address: it stands nowhere.
TOLD=xq7k-
no_secret() {
    local table
    for table in connection_call connection_alert connection_life connection; do
        check "no secret stands in the rows of $table" "$(pg_sql "select count(*) from tenon.$table t where ($(told_by $table))::text like '%$TOLD%'")" 0
    done
    check "nor in what the programs have logged" "$(grep -l "$TOLD" "$DATA"/log/api*.log "$DATA"/log/worker*.log)" ""
}
# The settings of a connection have the address that it was given.
told_by() { if [ "$1" = connection ]; then echo "to_jsonb(t) - 'settings'"; else echo "to_jsonb(t)"; fi; }

# A key of one store brand sees what was asked of its own connections, and of no other.
branded() {
    local key brand=d1000000-0000-7000-8000-000000000000 all other next NORTHWIND_KEY=$NORTHWIND_KEY
    all=$(ask GET "/v1/connections/$WALMART/requests?limit=1" >/dev/null && said .next_cursor)
    other=$(ask GET "/v1/connections/$SQUARE/requests?limit=1" >/dev/null && said .next_cursor)
    check "each list goes on" "${#all} ${#other}" "${#all} ${#all}"
    key=$(ctl key create --partner northwind --customer "$ALDER" --name outlet)
    pg_sql "insert into tenon.store_brand (partner_id, customer_id, brand_id, code, name)
            select partner_id, customer_id, '$brand', 'outlet', 'Outlet' from tenon.connection where name = 'Marketplace';
            update tenon.connection set brand_id = '$brand' where name = 'Marketplace';
            update tenon.api_key set brand_id = '$brand' where name = 'outlet'"
    NORTHWIND_KEY=$key
    check "a key of a store brand sees its calls" "$(ask GET "/v1/connections/$WALMART/requests?limit=1") $(said '.data | length')" "200 1"
    next=$(said .next_cursor)
    check "and those before them" "$(ask GET "/v1/connections/$WALMART/requests?limit=1&cursor=$next") $(said '.data | length')" "200 1"
    check "another's cursor is like one that somebody made up" "$(ask GET "/v1/connections/$WALMART/requests?cursor=$all") $(ask GET "/v1/connections/$WALMART/requests?cursor=${all//[0-9]/7}")" "400 400"
    check "of what is not the brand's nothing is told" "$(ask GET "/v1/connections/$SQUARE/requests")" 404
    check "nor by a cursor: all are one that somebody made up" \
        "$(ask GET "/v1/connections/$SQUARE/requests?cursor=$other") $(ask GET "/v1/connections/$SQUARE/requests?cursor=$next") $(ask GET "/v1/connections/$SQUARE/requests?cursor=${other//[0-9]/7}")" "400 400 400"
}

paused() {
    check "a connection is paused" "$(ask POST "/v1/connections/$SQUARE/pause" --json '{"reason": "a test"}')" 200
    holds "and can be checked" check_done "$SQUARE"
    check "as before" "$(said '.checks[2].verdict')" ok
    check "and stays paused" "$(ask GET "/v1/connections/$SQUARE") $(said '[.status, .reconnect_since, .alerts, .api_version]')" '200 ["paused",null,[],"2026-09-16"]'
}

# alert CONNECTION KIND SECONDS: waits for it.
alert() {
    local i
    for ((i = 0; i < $3 * 5; i++)); do
        ask GET "/v1/connections/$1" >/dev/null
        [ "$(said "[.alerts[] | select(.kind == \"$2\")] | length")" = 0 ] || return 0
        sleep 0.2
    done
    return 1
}
no_alert() {
    local i
    for ((i = 0; i < $3 * 5; i++)); do
        ask GET "/v1/connections/$1" >/dev/null
        [ "$(said "[.alerts[] | select(.kind == \"$2\")] | length")" != 0 ] || return 0
        sleep 0.2
    done
    return 1
}
look_now() { pg_sql "update tenon.connection_life set look_at = now()"; }

# Amazon's authorization is good for a year from when it was given; QuickBooks says with each session how long.
ends() {
    local con
    con=$(connection "Seller" amazon '{"region": "na", "marketplace_id": "ATVPDKIKX0DER", "seller_id": "A1"}' '{"client_id": "i", "client_secret": "s", "refresh_token": "r"}')
    pg_sql "update tenon.credential set created_at = now() - interval '353 days' where connection_id = (select connection_id from tenon.connection where name = 'Seller')"
    look_now
    holds "what ends in twelve days is told" alert "$con" expires 60
    check "once, with the day" "$(said '[.alerts[] | [.kind, (.until[0:10] == (now + 12 * 86400 | todate[0:10])), (.reason | test("^what .Seller. is asked with ends on 20"))]]')" '[["expires",true,true]]'
    check "the day stands at the connection" "$(said '.credentials_end[0:10] == (now + 12 * 86400 | todate[0:10])')" true
    pg_sql "update tenon.credential set created_at = created_at - interval '10 days' where connection_id = (select connection_id from tenon.connection where name = 'Seller')"
    look_now
    sleep 3
    check "and once more two days before" "$(pg_sql "select string_agg(stage || ' ' || (closed_at is null), ', ' order by stage) from tenon.connection_alert where kind = 'expires'")" "3 true, 14 false"
    pg_sql "update tenon.credential set created_at = now() where connection_id = (select connection_id from tenon.connection where name = 'Seller')"
    look_now
    holds "new ones end it" no_alert "$con" expires 60
}

# books_flow CONNECTION: one that asks it; runs by RUNS.
books_flow() {
    local flow
    FLOWS_KEY=$(ctl key create --partner northwind --name flows --customer "$ALDER" --scopes flows:read,flows:write,flows:publish,flows:run)
    NORTHWIND_KEY=$FLOWS_KEY ask POST /v1/flows --json '{"name": "Accounts of the books"}' >/dev/null
    flow=$(said .id)
    NORTHWIND_KEY=$FLOWS_KEY ask PUT "/v1/flows/$flow/connections/books" --json "{\"connection_id\": \"$1\"}" >/dev/null
    NORTHWIND_KEY=$FLOWS_KEY ask POST "/v1/flows/$flow/versions" --json '{"document": {"format": "flow/1", "trigger": {"api": {}}, "lane": "finance",
        "steps": [{"call": {"connection": "books", "operation": "accounts.list", "with": "{}"}, "id": "accounts"}, {"drop": "they are known"}]}}' >/dev/null
    check "a flow that asks the books is published" "$(NORTHWIND_KEY=$FLOWS_KEY ask POST "/v1/flows/$flow/versions/1/publish") $(said .current_version)" "200 1"
    RUNS=/v1/flows/$flow/runs
}
# The only run of a flow in these tests: "STATE TRIES".
books_run() { pg_sql "select state || ' ' || attempts from tenon.job where flow_id is not null"; }
# books_are STATE SECONDS: waits for that of the run.
books_are() {
    local i
    for ((i = 0; i < $2 * 5; i++)); do
        [ "$(books_run | cut -d' ' -f1)" != "$1" ] || return 0
        sleep 0.2
    done
    books_run
    return 1
}

withdrawn() {
    local con tried
    stand quickbooks 13
    con=$(connection "Books" quickbooks "{\"realm\": \"4620816365\", \"currency\": \"USD\", \"stock_location\": \"MAIN\", \"api_url\": \"$AT/v3/company/4620816365/\", \"token_url\": \"$AT/_token\"}" \
        '{"client_id": "ABx", "client_secret": "'$TOLD'books", "refresh_token": "RT1-1"}')
    holds "books are checked" check_done "$con"
    check "and signed in to" "$(said '.checks[2].verdict')" ok
    check "how long the sign-in can be renewed was said" "$(pg_sql "select ends_at > now() + interval '99 days' from tenon.credential where kind = 'session' and connection_id = (select connection_id from tenon.connection where name = 'Books')")" t
    books_flow "$con"
    turn faults POST '{"route": "token", "kind": "status", "status": 400, "body": {"error": "invalid_grant"}}'
    pg_sql "update tenon.credential set expires_at = now() where kind = 'session'"
    turn clock PUT "{\"now\": \"$(date -u -d '2 hours' +%FT%TZ)\"}" # the session that the worker holds ends
    pg_sql "update tenon.feed_cursor set complete_to = now() - interval '1 hour' where connection_id = (select connection_id from tenon.connection where name = 'Books')"
    pg_sql "update tenon.feed set sweep_at = now() where connection_id = (select connection_id from tenon.connection where name = 'Books')"
    check "a run begins that asks them" "$(NORTHWIND_KEY=$FLOWS_KEY ask POST "$RUNS" --json '{"input": {}}' | cut -c1)" 2
    holds "permission that is withdrawn is told within a minute" alert "$con" reconnect 60
    holds "the run waits" books_are ready 60
    tried=$(books_run | cut -d' ' -f2)
    pg_sql "update tenon.job set run_at = now() where flow_id is not null" # the only one whose time has come
    check "it stands still, with the reason, and nobody paused it" \
        "$(said '[.status, .paused_by, (.reconnect_since | length > 0), (.status_reason | test("does not accept the credentials .answered 400: invalid_grant"))]')" '["paused","system",true,true]'
    check "what waits for it stands still" "$(pg_sql "select count(*) from tenon.halted where tenant_id = (select connection_id from tenon.connection where name = 'Books')")" 1
    sleep 5
    check "nothing that waits for it fails, or is tried meanwhile" "$(books_run)" "ready $tried"
    turn faults DELETE
    check "other secrets let it go on" "$(ask POST "/v1/connections/$con/secrets" --json '{"secrets": {"client_id": "ABx", "client_secret": "s", "refresh_token": "RT1-1"}}') $(said '[.status, .status_reason, .reconnect_since]')" '200 ["active",null,null]'
    check "nothing stands still any more" "$(pg_sql "select count(*) from tenon.halted where tenant_id = (select connection_id from tenon.connection where name = 'Books')")" 0
    holds "and the run that waited is done" books_are 'done' 60
    check "with another try" "$([ "$(books_run | cut -d' ' -f2)" -gt "$tried" ] && echo yes)" yes
    holds "it is signed in to with them" check_done "$con"
    check "and not with what was left of those before" "$(said '.checks[2].verdict') $(curl -s "$AT/_standin/log" | jq -rc '[.[] | select(.route == "token") | .body][-1]')" "ok grant_type=refresh_token&refresh_token=RT1-1"
    look_now
    holds "and it is told no more" no_alert "$con" reconnect 60
}

# What signs deliveries is replaced, and nothing that is under way is refused.
rolled() {
    local shop old=$SHOP_SECRET new=the-shops-new-secret
    shop=$(ask GET /v1/connections >/dev/null && said '.data[] | select(.connector == "shopify") | .id')
    order_body 7001 7001 SKU-0001 1 >"$DATA/work/roll"
    check "a signing secret is replaced" "$(ask POST "/v1/connections/$shop/secrets" --json "{\"secret\": \"$new\", \"overlap\": \"PT6S\"}") $(said .status)" "200 active"
    check "what the old one signs is taken for a while" "$(SHOP_SECRET=$old post "$DATA/work/roll" r-1)" 200
    check "and what the new one signs" "$(SHOP_SECRET=$new post "$DATA/work/roll" r-2)" 200
    holds "then the old one is forgotten" old_is_gone
    check "what it signs is refused" "$(SHOP_SECRET=$old post "$DATA/work/roll" r-3)" 401
    check "the new one goes on" "$(SHOP_SECRET=$new post "$DATA/work/roll" r-4)" 200
    check "it stands in the record" "$(pg_sql "select count(*) from tenon.audit_entry where action = 'connection.roll'")" 2
    check "secrets of another kind are refused" "$(ask POST "/v1/connections/$shop/secrets" --json '{"secrets": {"a": "b"}}') $(said '.errors[0].pointer')" "422 /secrets"
    check "and none at all" "$(ask POST "/v1/connections/$shop/secrets" --json '{}') $(said '.errors[0].pointer')" "422 /secret"
    check "and no span" "$(ask POST "/v1/connections/$shop/secrets" --json '{"secret": "x", "overlap": "P31D"}') $(said '.errors[0].pointer')" "422 /overlap"
}
# keeps CONNECTION STATE…: waits until it is so of all its topics, or of none.
keeps() {
    local i
    for ((i = 0; i < 300; i++)); do
        ask GET "/v1/connections/$1/subscriptions" >/dev/null
        [ "$(said '[(.kept_at | length > 0), ([.topics[].state] | unique)]')" != '[true,["registered"]]' ] || return 0
        sleep 0.2
    done
    return 1
}
faults_said() {
    local i
    for ((i = 0; i < 300; i++)); do
        ask GET "/v1/connections/$1/subscriptions" >/dev/null
        [ "$(said .fault)" = null ] || return 0
        sleep 0.2
    done
    return 1
}
# looks_again CONNECTION: has a look made at once, and waits for its end.
looks_again() {
    local i before
    ask GET "/v1/connections/$1/subscriptions" >/dev/null
    before=$(said .kept_at)
    keep_now
    for ((i = 0; i < 300; i++)); do
        ask GET "/v1/connections/$1/subscriptions" >/dev/null
        [ "$(said .kept_at)" = "$before" ] || return 0
        sleep 0.2
    done
    return 1
}
keep_now() { pg_sql "update tenon.connection_life set keep_at = now() where keep_at is not null"; }
# registered ROUTE-COLLECTION JQ: what the stand-in has.
registered() { curl -s "$AT/_standin/state/$1" | jq -rc "$2"; }

# kept_by CONNECTOR PORT-OFFSET SETTINGS SECRETS COLLECTION ADDRESS-MEMBER REGISTERED [TOPICS]
kept_by() {
    local con all
    stand "$1" "$2"
    con=$(connection "Kept $1" "$1" "${3//AT/$AT}" "$4")
    kept_as "$con" "$1" "${@:5}"
}
# kept_as CONNECTION CONNECTOR COLLECTION ADDRESS-MEMBER REGISTERED [TOPICS]
kept_as() {
    local con=$1 all
    set -- "$2" - - - "${@:3}"
    check "$1: what it sends where is nobody's business at first" "$(ask GET "/v1/connections/$con/subscriptions") $(said '[.possible, .kept, .kept_at, .topics]')" '200 [true,false,null,[]]'
    check "$1: until somebody wants it kept" "$(ask PUT "/v1/connections/$con/subscriptions" --json '{"kept": true}') $(said .kept)" "200 true"
    holds "$1: what is missing is registered" keeps "$con"
    check "$1: all of it, once" "$(registered "$5" "[.[] | select(.$6 | test(\"/hooks/[0-9a-z]{40}$\"))] | length")" "$7"
    check "$1: at the partner's own host" "$(registered "$5" "[.[] | .$6 | select(test(\"^https://$NORTHWIND/hooks/\"))] | length")" "$7"
    all=$(registered "$5" length)
    holds "$1: another look is taken" looks_again "$con"
    check "$1: another look changes nothing" "$(($(registered "$5" length) - all + $7)) $(ask GET "/v1/connections/$con/subscriptions") $(said .fault)" "$7 200 null"
    holds "$1: a check says so" check_done "$con"
    check "$1: in numbers" "$(said '.checks[5] | [.verdict, .reason] | join(" ")')" "ok all ${8:-$7} topics are registered"
    KEPT=$con
}

# ours COLLECTION MEMBER: ids of what is registered at our address.
ours() { registered "$1" "[.[] | select(.$2 | test(\"/hooks/\")) | .id] | join(\" \")"; }
# looked_again: has a look made, and waits until what is registered at our address is not WHAT any more.
not_any_more() { # COLLECTION MEMBER WHAT
    local i
    for ((i = 0; i < 300; i++)); do
        [ "$(ours "$1" "$2")" = "$3" ] || return 0
        sleep 0.2
    done
    return 1
}
# delivered_square KEY BODY: its status.
delivered_square() {
    local at
    at=$(registered subscriptions '[.[] | .notification_url | select(test("/hooks/"))][0]')
    printf '%s' "$2" >"$DATA/work/delivery"
    status_of --http2 -H "host: $NORTHWIND" -H "x-square-hmacsha256-signature: $(printf '%s%s' "$at" "$2" | openssl dgst -sha256 -hmac "$1" -binary | base64)" \
        -H 'content-type: application/json' --data-binary "@$DATA/work/delivery" "$(url "/${at#https://*/}" "$NORTHWIND")"
}
delivered_stripe() {
    local at t
    at=$(registered webhook_endpoints '[.[] | .url | select(test("/hooks/"))][0]') t=$(date +%s)
    printf '%s' "$2" >"$DATA/work/delivery"
    status_of --http2 -H "host: $NORTHWIND" -H "stripe-signature: t=$t,v1=$(printf '%s.%s' "$t" "$2" | openssl dgst -sha256 -hmac "$1" -hex | sed 's/.* //')" \
        -H 'content-type: application/json' --data-binary "@$DATA/work/delivery" "$(url "/${at#https://*/}" "$NORTHWIND")"
}
hook_secrets() { pg_sql "select count(*) || ' ' || count(made_for) || ' ' || coalesce(bool_and(class = 'edge'), true) from tenon.credential c join tenon.connection n using (connection_id) where n.name = '$1' and kind = 'webhook_secret'"; }

# What deliveries are signed with is told in the answer that registers them, and nowhere else.
kept_told() {
    local first second
    kept_by square 10 '{"api_url": "AT/"}' '{"token": "'$TOLD'till"}' subscriptions notification_url 1 13
    first=$(ours subscriptions notification_url)
    check "square: the secret that was told is kept, sealed" "$(hook_secrets "Kept square")" "1 1 true"
    check "square: what it signs is taken" "$(delivered_square "key-of-${first#wbhk_}" '{"event_id": "e1", "type": "order.created", "data": {"id": "ORD1001"}, "created_at": "2026-11-30T09:00:00Z"}')" 200
    check "square: and nothing else" "$(delivered_square "key-of-another" '{"event_id": "e2", "type": "order.created", "data": {"id": "ORD1001"}, "created_at": "2026-11-30T09:00:00Z"}')" 401
    # Its people take it away: another is made, and what is under way of the one before is taken as well.
    curl -s -o /dev/null -H "authorization: Bearer t" -X DELETE "$AT/v2/webhooks/subscriptions/$first"
    holds "square: another look is taken" looks_again "$KEPT"
    second=$(ours subscriptions notification_url)
    check "square: there is another" "$([ -n "$second" ] && [ "$second" != "$first" ] && echo yes)" yes
    check "square: two are good for a while" "$(hook_secrets "Kept square")" "2 2 true"
    check "square: what the new one signs is taken" "$(delivered_square "key-of-${second#wbhk_}" '{"event_id": "e3", "type": "order.created", "data": {"id": "ORD1001"}, "created_at": "2026-11-30T09:00:00Z"}')" 200
    check "square: and what the one before has signed" "$(delivered_square "key-of-${first#wbhk_}" '{"event_id": "e4", "type": "order.created", "data": {"id": "ORD1001"}, "created_at": "2026-11-30T09:00:00Z"}')" 200
    # One whose secret was never kept, as after a death between the answer and its keeping.
    pg_sql "update tenon.credential set made_for = 'wbhk_lost' where made_for = '$second'"
    holds "square: another look is taken" looks_again "$KEPT"
    check "square: one whose secret nobody knows is replaced" "$(ours subscriptions notification_url | wc -w) $([ "$(ours subscriptions notification_url)" != "$second" ] && echo another)" "1 another"
    curl -s -o /dev/null -H "authorization: Bearer t" -H 'content-type: application/json' -X PUT -d "$(registered subscriptions '[.[] | select(.notification_url | test("/hooks/")) | .event_types |= .[0:2]]')" "$AT/_standin/state/subscriptions"
    second=$(ours subscriptions notification_url)
    holds "square: another look is taken" looks_again "$KEPT"
    check "square: so is one that has lost topics" "$([ "$(ours subscriptions notification_url)" != "$second" ] && ours subscriptions notification_url | wc -w)" 1
    kept_unread
    kept_by stripe 17 '{"api_url": "AT/v1/"}' '{"key": "'$TOLD'stripe"}' webhook_endpoints url 1 30
    first=$(ours webhook_endpoints url)
    check "stripe: what its secret signs is taken" "$(delivered_stripe "whsec_standin$first" '{"id": "evt_1", "type": "payout.paid", "created": 1790000000, "api_version": "2026-10-28.endive", "data": {"object": {"id": "po_1"}}}')" 200
    check "stripe: and nothing else" "$(delivered_stripe "whsec_standinwe_1" '{"id": "evt_2", "type": "payout.paid", "created": 1790000000, "data": {"object": {"id": "po_1"}}}')" 401
    check "no told secret is logged" "$(cat "$DATA"/log/{api,worker}.log | grep -cE 'whsec_standin|key-of-[0-9]')" 0
    check "nor shown" "$(as "$PG_BIN/pg_dump" -h "$DATA/run" -U "$PG_USER" tenon | grep -cE 'whsec_standin|key-of-[0-9]')" 0
}

# faulty CONNECTOR N: has a look made, and waits until N broke off one after another.
faulty() {
    local i
    keep_now
    for ((i = 0; i < 150; i++)); do
        [ "$(pg_sql "select keep_faults from tenon.connection_life l join tenon.connection n using (connection_id) where n.name = 'Kept $1'")" != "$2" ] || return 0
        sleep 0.2
    done
    return 1
}
pause_of() { pg_sql "select round(extract(epoch from keep_at - now()) / 900) from tenon.connection_life l join tenon.connection n using (connection_id) where n.name = 'Kept $1'"; }

# The vendor makes one at each look, and what it answers cannot be read: the secret is known to nobody.
kept_unread() {
    local i
    curl -s -o /dev/null -H "authorization: Bearer t" -X DELETE "$AT/v2/webhooks/subscriptions/$(ours subscriptions notification_url)"
    turn faults POST '{"route": "webhooks.create", "kind": "break"}'
    for i in 1 2 3; do holds "square: look $i cannot read what it was answered" faulty square "$i"; done
    check "square: no more than one of those is left" "$(ours subscriptions notification_url | wc -w)" 1
    check "square: the pause grows from look to look" "$(pause_of square)" 4
    check "square: it says why, and that topics are missing" "$(ask GET "/v1/connections/$KEPT/subscriptions") $(said '[(.fault | length > 5), ([.topics[].state] | unique)]')" '200 [true,["missing"]]'
    turn faults POST '{"route": "webhooks.delete", "kind": "status", "status": 500, "body": {"errors": []}}'
    holds "square: one that cannot be ended is told" faulty square 4
    check "square: and no other is made beside it" "$(ours subscriptions notification_url | wc -w)" 1
    turn faults DELETE
    holds "square: another look is taken" looks_again "$KEPT"
    i=$(ours subscriptions notification_url)
    check "square: then there is one, whose secret is known" "$(delivered_square "key-of-${i#wbhk_}" '{"event_id": "e5", "type": "order.created", "data": {"id": "ORD1001"}, "created_at": "2026-11-30T09:00:00Z"}') $(wc -w <<<"$i") $(pause_of square)" "200 1 24"
}

# What ends by itself is renewed; whoever asks first whether we know of it is answered.
kept_for_three_days() {
    local at all company=824820a2-508c-4d11-aada-000d3a298ab3
    kept_by business_central 19 "{\"tenant\": \"contoso\", \"company\": \"$company\", \"currency\": \"USD\", \"api_url\": \"AT/v2.0/contoso/production/api/v2.0/\", \"token_url\": \"AT/_token\"}" \
        "{\"client_id\": \"app\", \"client_secret\": \"s\", \"client_state\": \"${TOLD}word\"}" subscriptions notificationUrl 5
    at=$(registered subscriptions '[.[] | .notificationUrl | select(test("/hooks/"))][0]')
    check "business_central: what it asks first is said back" "$(status_of --http2 -X POST -H 'content-type: application/json' --data '' "$(url "/${at#https://*/}?validationToken=tok%20en-1" "$NORTHWIND")") $(cat "$ANSWER")" "200 tok en-1"
    check "business_central: with the word that notifications carry" "$(registered subscriptions "[.[] | select(.notificationUrl | test(\"/hooks/\")) | .clientState == \"${TOLD}word\"] | all")" true
    all=$(registered subscriptions '[.[] | select(.notificationUrl | test("/hooks/")) | .subscriptionId] | sort | join(" ")')
    curl -s -o /dev/null -X PUT -H 'content-type: application/json' \
        -d "$(registered subscriptions "[.[] | select(.resource | endswith(\"/items\")) | .expirationDateTime = \"$(date -u -d '+30 hours' +%FT%TZ)\"]")" "$AT/_standin/state/subscriptions"
    holds "business_central: another look is taken" looks_again "$KEPT"
    check "business_central: what ends in thirty hours is renewed" "$(registered subscriptions '[.[] | select(.resource | endswith("/items")) | (.expirationDateTime[0:19] + "Z" | fromdate) > now + 170000]')" '[true]'
    check "business_central: and is the same" "$(registered subscriptions '[.[] | select(.notificationUrl | test("/hooks/")) | .subscriptionId] | sort | join(" ")')" "$all"
    # Two of them end, one renewal is refused, and another goes elsewhere: each is on its own.
    curl -s -o /dev/null -X PUT -H 'content-type: application/json' \
        -d "$(registered subscriptions "[.[] | if (.resource | test(\"/(items|customers)$\")) then .expirationDateTime = \"$(date -u -d '+30 hours' +%FT%TZ)\" elif (.resource | endswith(\"/salesOrders\")) then .notificationUrl = \"https://elsewhere.example/\" else . end]")" "$AT/_standin/state/subscriptions"
    turn faults POST '{"route": "webhooks.renew", "kind": "status", "status": 400, "times": 1, "body": {"error": {"code": "BadRequest", "message": "not this one"}}}'
    holds "business_central: a renewal is refused" faulty business_central 1
    check "business_central: the other one is renewed" "$(registered subscriptions '[.[] | select(.resource | test("/(items|customers)$")) | select((.expirationDateTime[0:19] + "Z" | fromdate) > now + 170000)] | length')" 1
    check "business_central: and what was missing is registered" "$(registered subscriptions '[.[] | select(.resource | endswith("/salesOrders")) | select(.notificationUrl | test("/hooks/"))] | length')" 1
    turn faults DELETE
    holds "business_central: another look is taken" looks_again "$KEPT"
    check "business_central: which renews the one that was refused" "$(registered subscriptions '[.[] | select(.resource | test("/(items|customers)$")) | select((.expirationDateTime[0:19] + "Z" | fromdate) > now + 170000)] | length')" 2
    printf '{"value":[{"subscriptionId":"w","clientState":"%s","resource":"api/v2.0/companies(%s)/salesOrders(b6f40005-0000-4000-8000-000000101001)","changeType":"updated"},{"subscriptionId":"w","clientState":"%s","resource":"api/v2.0/companies(%s)/customers(b6f40004-0000-4000-8000-000000010001)","changeType":"updated"}]}' \
        "${TOLD}word" "$company" "${TOLD}word" "$company" >"$DATA/work/delivery"
    check "business_central: a notification is taken" "$(status_of --http2 -H 'content-type: application/json' --data-binary "@$DATA/work/delivery" "$(url "/${at#https://*/}" "$NORTHWIND")")" 200
    holds "business_central: what it tells of is asked for at once" bc_fetched
    sed -i "s/${TOLD}word/another/" "$DATA/work/delivery" # of the first alone
    check "business_central: not with another word" "$(status_of --http2 -H 'content-type: application/json' --data-binary "@$DATA/work/delivery" "$(url "/${at#https://*/}" "$NORTHWIND")")" 401
}
bc_fetched() {
    local i
    for ((i = 0; i < 300; i++)); do
        [ "$(curl -s "$AT/_standin/log" | jq '[.[] | select(.route == "salesOrders.get" or .route == "customers.get")] | length')" -lt 2 ] || return 0
        sleep 0.2
    done
    return 1
}

kept_more() {
    kept_by walmart 11 '{"api_url": "AT/", "token_url": "AT/_token"}' '{"client_id": "id", "client_secret": "cs", "webhook_secret": "'$TOLD'w"}' subscriptions eventUrl 4
    check "walmart: signed as deliveries are checked" "$(registered subscriptions '[.[] | select(.eventUrl | test("/hooks/")) | "\(.resourceName) \(.authDetails.authMethod)"] | unique | join(", ")')" "ORDER HMAC, RETURNS HMAC"
    stand shopify 18
    check "shopify: a shop with a token is connected" "$(ask POST /v1/connections -H "customer: $ALDER" --json "{\"connector\": \"shopify\", \"name\": \"Kept shopify\", \"secret\": \"${TOLD}s\", \"api_token\": \"shpat_${TOLD}t\", \"settings\": {\"shop\": \"kept.myshopify.com\", \"api_url\": \"$AT/\"}}")" 201
    kept_as "$(said .id)" shopify webhooks uri 4
    check "shopify: without a token it says why" "$(ask POST /v1/connections -H "customer: $ALDER" --json "{\"connector\": \"shopify\", \"name\": \"No token\", \"secret\": \"${TOLD}s\", \"settings\": {\"shop\": \"none.myshopify.com\", \"api_url\": \"$AT/\"}}") $(KEPT=$(said .id); ask PUT "/v1/connections/$KEPT/subscriptions" --json '{"kept": true}'; faults_said "$KEPT"; said '.fault | length > 5')" "201 200true"
}

kept() {
    local ours='[.[] | select(.delivery_url | test("/hooks/"))]'
    kept_by woocommerce 12 '{"shop": "AT/"}' '{"consumer_key": "ck", "consumer_secret": "cs", "webhook_secret": "w"}' webhooks delivery_url 7
    # The vendor's people take one away, turn one off, and another is there twice.
    curl -s -o /dev/null -u ck:cs -X DELETE "$AT/wp-json/wc/v3/webhooks/$(registered webhooks "$ours | .[0].id")?force=true"
    curl -s -o /dev/null -u ck:cs -H 'content-type: application/json' -d "$(registered webhooks "$ours | .[0]"' | {topic, delivery_url, secret: "w", name: "twice", status: "active"}')" "$AT/wp-json/wc/v3/webhooks"
    curl -s -o /dev/null -u ck:cs -H 'content-type: application/json' -d '{"topic": "order.created", "delivery_url": "https://elsewhere.example/", "status": "active"}' "$AT/wp-json/wc/v3/webhooks"
    curl -s -o /dev/null -u ck:cs -X PUT -H 'content-type: application/json' -d '{"status": "disabled"}' "$AT/wp-json/wc/v3/webhooks/$(registered webhooks "$ours | .[1].id")"
    check "a shop's people change some" "$(registered webhooks "$ours"' | [length, ([.[] | .topic] | unique | length), ([.[] | select(.status != "active")] | length)]')" "[7,6,1]"
    holds "another look is taken" looks_again "$KEPT"
    check "is as it was after the next look, and what is not ours is let alone" \
        "$(registered webhooks "$ours"' | [length, ([.[] | .topic] | unique | length), ([.[] | select(.status != "active")] | length)]') $(registered webhooks '[.[] | .delivery_url | select(test("elsewhere"))] | length')" "[7,7,0] 1"
    turn faults POST '{"route": "webhooks.list", "kind": "status", "status": 500, "body": {"message": "user jo.shopper@example.com is out"}}'
    keep_now
    holds "a look can break off" faults_said "$KEPT"
    check "what it said is logged, without who it is about" "$(cat "$DATA"/log/worker*.log | grep -c 'is out') $(cat "$DATA"/log/worker*.log | grep -c 'jo.shopper')" "1 0"
    check "it says why, and comes again" "$(ask GET "/v1/connections/$KEPT/subscriptions") $(said '[(.fault | length > 5), (.next_at | length > 0), .kept]')" '200 [true,true,true]'
    check "it is kept no more when nobody wants it" "$(ask PUT "/v1/connections/$KEPT/subscriptions" --json '{"kept": false}') $(said '[.kept, .next_at]')" '200 [false,null]'
    kept_by loop_returns 14 '{"api_url": "AT/api/v1/"}' '{"api_key": "k", "webhook_secret": "w"}' webhooks url 3
    kept_by shipbob 15 '{"channel_id": "128944", "api_url": "AT/"}' '{"access_token": "t", "webhook_secret": "whsec_c2VjcmV0"}' webhooks url 8
    kept_by bigcommerce 16 '{"store_hash": "a1b2c3", "api_url": "AT/stores/a1b2c3/"}' '{"token": "t", "client_secret": "c"}' hooks destination 5
    check "an ERP sends nothing that could be kept" "$(ask PUT "/v1/connections/$HEAD_OFFICE/subscriptions" --json '{"kept": true}') $(said .code)" "409 conflict"
}

old_is_gone() {
    local i
    for ((i = 0; i < 300; i++)); do
        [ "$(pg_sql "select count(*) from tenon.credential c join tenon.connection n using (connection_id) where n.name = 'Web shop' and c.kind = 'webhook_secret'")" != 1 ] || return 0
        sleep 0.2
    done
    return 1
}

main
