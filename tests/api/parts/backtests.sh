# shellcheck shell=bash disable=SC2154,SC2016
# Backtests of a version over the orders that Alder & Pine's shop has delivered: asked for, looked at, cancelled, and what
# publishing asks of them. Sourced by tests/api/run; many orders, crashes and the process itself are for tests/jobs.

backtest_checks() {
    local orders='"source_system": "shopify", "source_object": "order", "target": "sales_order/1"'
    CAL=$(ctl key create --partner northwind --name cal --customer "$ALDER" \
        --scopes mappings:read,mappings:write,mappings:publish,orders:read)
    check "a mapping that wants a backtest is made" "$(cal POST /v1/mappings --json \
        "{\"name\": \"Tried orders\", $orders, \"review\": \"not_required\", \"backtest\": \"required\"}")" 201
    TRIED=$(said .id)
    AT=/v1/mappings/$TRIED/versions
    backtest_refused
    backtest_done
    backtest_shown
    backtest_publishes
    backtest_cancelled
    backtest_by_command
    backtest_walls
}

cal() { ask "$1" "$2" "$CAL" "${@:3}"; }
# shop_document [JQ FILTER]: what ships for this shop's orders, changed.
shop_document() { jq -c "${1:-.}" "$TENON_ROOT/tenants/connectors/shopify/order.mapping.json"; }
save_tried() { cal POST "$AT" --json "{\"document\": $1}"; }
# backtest_at VERSION [BODY]: asked for and at its end; sets BACKTEST.
backtest_at() {
    [ "$(cal POST "$AT/$1/backtests" --json "${2:-{\"last_messages\": 100\}}")" = 202 ] || return 1
    BACKTEST=$(said .id)
    backtest_ended "$AT/$1/backtests/$BACKTEST" "$CAL"
}
backtest_ended() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        ask GET "$1" "$2" >/dev/null
        case $(said .state) in done | failed | cancelled) return 0 ;; esac
        sleep 0.2
    done
    return 1
}

backtest_refused() {
    check "the first version is what ships" "$(save_tried "$(shop_document)") $(said '[.number, .backtest_id]')" '201 [1,null]'
    check "days or messages must be said" "$(cal POST "$AT/1/backtests" --json '{}') $(said '.errors[0].pointer')" "422 /last_days"
    check "not both" "$(cal POST "$AT/1/backtests" --json '{"last_days": 1, "last_messages": 1}') $(said '.errors[0].pointer')" "422 /last_days"
    check "not more than a year" "$(cal POST "$AT/1/backtests" --json '{"last_days": 367}') $(said '.errors[0].pointer')" "422 /last_days"
    check "not beside a version that is not there" "$(cal POST "$AT/1/backtests" --json '{"last_days": 1, "against_version": 9}') \
$(said '.errors[0].pointer')" "422 /against_version"
    check "not of a connection that is not there" "$(cal POST "$AT/1/backtests" --json \
        '{"last_days": 1, "connection_id": "con_00000000000000000000000001"}') $(said '.errors[0].pointer')" "422 /connection_id"
    check "not of a version that is not there" "$(cal POST "$AT/9/backtests" --json '{"last_days": 1}')" 404
    check "without an idempotency-key none begins" "$(status_of --http2 -H "authorization: Bearer $CAL" --json '{"last_days": 1}' \
        "$(url "$AT/1/backtests" "$NORTHWIND")") $(said .code)" "400 idempotency-key-missing"
    check "nothing is published without one" "$(cal POST "$AT/1/publish" --json '{"share": 100}') $(said .code)" "409 mapping-not-backtested"
}

# unmappable [LAST]: how many of the shop's orders (or of its last ones) are in a currency that there is not, which fails on
# either side.
unmappable() {
    pg_sql "select count(*) filter (where body ~ 'XXQ|XQZ') from (select convert_from(m.body, 'UTF8') as body from tenon.inbound_message m
        join tenon.connection c using (partner_id, customer_id, connection_id) join tenon.customer k using (partner_id, customer_id)
        where k.name = 'Alder & Pine' and c.connector = 'shopify' and m.business_key like 'order:%' order by m.message_id desc limit ${1:-100000}) x"
}

backtest_done() {
    local want same
    want=$(pg_sql "select count(*) from tenon.inbound_message m join tenon.connection c using (partner_id, customer_id, connection_id)
        join tenon.customer k using (partner_id, customer_id) where k.name = 'Alder & Pine' and c.connector = 'shopify'
        and m.business_key like 'order:%'")
    same=$((want - $(unmappable)))
    check "one is asked for" "$(cal POST "$AT/1/backtests" --json '{"last_days": 30}') $(said '[.state, .version, .against, .against_version, .last_days, .records, .summary]')" \
        '202 ["queued",1,"shipped",0,30,0,null]'
    BACKTEST=$(said .id)
    holds "a worker runs it" backtest_ended "$AT/1/backtests/$BACKTEST" "$CAL"
    check "over every order of the shop, with the same result as what ships" "$(said '[.state, .records, .same, .changed, .newly_failing, .reason]')" \
        "[\"done\",$want,$same,0,0,null]"
    check "the version names it" "$(cal GET "$AT/1") $(said .backtest_id)" "200 $BACKTEST"
    check "a version that says more of each order" "$(save_tried "$(shop_document \
        '(.rules[] | select(.to == "/lines/*/sku") | .expr) = "\"X-\" & sku" | (.rules[] | select(.to == "/note")) = {to: "/note", expr: "name = \"#5002\" ? $error(\"no\")"}')") \
$(said .number)" "201 2"
    holds "is run beside what ships" backtest_at 2
    check "and each order is told by what became of it" "$(said '[.records, .same, .changed, .newly_failing] | .[0] - '"$want"', .[1], .[2] - '"$((same - 1))"', .[3]')" \
        "$(printf '0\n0\n0\n1')"
    check "in short with paths and no values" "$(said '.summary | [(.changes[0] | .path, .records), (.newly_failing_by[0] | .code, .path, .records), .money[0].difference]')" \
        "[\"/lines/*/sku\",$((same - 1)),\"D3137\",\"/note\",1,\"0.00\"]"
    holds "and beside the version before" backtest_at 2 '{"last_messages": 2, "against_version": 1}'
    check "which is named" "$(said '[.against, .against_version, .records]')" '["version",1,2]'
}

backtest_shown() {
    local at=$AT/2/backtests list
    check "they are listed, newest first" "$(cal GET "$at?limit=1") $(said '[.data[] | .id, .summary]')" "200 [\"$BACKTEST\",null]"
    list=$(said .next_cursor)
    check "page by page" "$(cal GET "$at?limit=1&cursor=$list") $(said '[(.data | length), (.data[0].id != "'"$BACKTEST"'"), .next_cursor]')" \
        "200 [1,true,null]"
    check "the whole result is a file" "$(cal GET "$at/$BACKTEST/result") $(header_of content-disposition)" \
        '200 attachment; filename="backtest.json"'
    check "with old and new values" "$(said '.format == "backtest/1" and (.changes[0].examples[0] | .pointer == "/lines/0/sku" and .after == "X-" + .before)')" \
        true
    check "its hash is the one that is told" "$(sha256sum <"$ANSWER" | cut -d' ' -f1)" "$(cal GET "$at/$BACKTEST" >/dev/null; said .result_hash)"
    check "who may not see orders gets it in short alone" "$(ask GET "$at/$BACKTEST/result" "$ANN") $(said .code) $(ask GET "$at/$BACKTEST" "$ANN")" \
        "403 forbidden 200"
    check "that it was read is on record" "$(ask GET "/v1/audit?object=$BACKTEST&limit=100" "$(key_with audit:read)") $(said '[.data[].action] | unique | join(" ")')" \
        "200 mapping.backtest.create mapping.backtest.read"
    check "the caged process told its walls" "$(pg_sql "select distinct walls::json ->> 'open' from tenon.backtest where state = 'done'")" '[]'
}

backtest_publishes() {
    check "with one that was run to its end a version is published" "$(cal POST "$AT/1/publish" --json '{"share": 100}') $(said .current_version)" "200 1"
    check "also one that newly fails: who publishes has seen it" "$(cal POST "$AT/2/publish" --json '{"share": 10}') $(said .rolling_version)" "200 2"
    check "the way back" "$(cal POST "/v1/mappings/$TRIED/rollback") $(said '[.current_version, .rolling_version]')" "200 [1,0]"
    check "a draft" "$(save_tried "$(shop_document)") $(said .number)" "201 3"
    holds "that was backtested" backtest_at 3
    check "beside the version that works" "$(said '[.against, .against_version]')" '["version",1]'
    check "and was changed afterwards" "$(cal PUT "$AT/3" -H "if-match: $(cal GET "$AT/3" >/dev/null && header_of etag)" \
        --json "{\"document\": $(shop_document '.rules[1].comment = "the name"')}") $(said .backtest_id)" "200 null"
    check "is published no more" "$(cal POST "$AT/3/publish" --json '{"share": 100}') $(said .code)" "409 mapping-not-backtested"
}

backtest_cancelled() {
    local at=$AT/3/backtests
    kill -STOP "$(pid_of "$DATA/run/worker.pid")"
    check "one that waits" "$(cal POST "$at" --json '{"last_days": 1}')" 202
    BACKTEST=$(said .id)
    check "is cancelled at once" "$(cal POST "$at/$BACKTEST/cancel") $(said '[.state, .cancelling]')" '200 ["cancelled",true]'
    check "and once" "$(cal POST "$at/$BACKTEST/cancel") $(said .code)" "409 conflict"
    check "it has no result" "$(cal GET "$at/$BACKTEST/result") $(said .code)" "409 conflict"
    for _ in 1 2 3 4 5; do cal POST "$at" --json '{"last_days": 1}' >/dev/null; done
    check "five may wait and no more" "$(cal POST "$at" --json '{"last_days": 1}') $(said .code)" "429 rate-limited"
    check "when to come again is said" "$(header_of retry-after)" 60
    pg_sql "update tenon.backtest set state = 'cancelled', ended_at = now() where state = 'queued'"
    kill -CONT "$(pid_of "$DATA/run/worker.pid")"
}

backtest_by_command() {
    local code=0
    ctl mapping backtest --partner northwind --mapping "$TRIED" --version 3 --last-messages 2 >"$DATA/work/summary" 2>"$DATA/work/why" || code=$?
    check "the operator's command takes a grant, and says which" "$code $(tail -n 1 "$DATA/work/why" | cut -d : -f 2)" \
        "4  tenonctl grant create --partner northwind --by NAME --reason TEXT [--customer cus_…]"
    code=0
    ctl grant create --partner northwind --customer "$ALDER" --by Kim --reason "a mapping" --minutes 5 >/dev/null
    ctl mapping backtest --partner northwind --mapping "$TRIED" --version 3 --last-messages 2 >"$DATA/work/summary" || code=$?
    check "the operator's command waits for it and tells" "$code $(head -n 2 "$DATA/work/summary" | tr -s ' \n' ' ')" "0  2 records $((2 - $(unmappable 2))) the same "
    code=0
    ctl mapping backtest --partner northwind --mapping "$TRIED" --version 2 --last-messages 100 >"$DATA/work/summary" 2>"$DATA/work/why" || code=$?
    check "and fails when something newly fails" "$code $(tail -n 1 "$DATA/work/why")" "1 1 records fail that did not"
    pg_sql "update tenon.access_grant set expires_at = granted_at + interval '1 second', revoked_at = now(), revoked_by = 'tests' where reason = 'a mapping'"
}

backtest_walls() {
    local at=$AT/2/backtests wrong='' how other one
    one=$(cal GET "$at" >/dev/null && said '.data[0].id')
    other=$(ctl key create --partner northwind --name "birch tries" --customer "$BIRCH" --scopes mappings:read,mappings:write,orders:read)
    for how in "GET $at" "POST $at" "GET $at/$one" "GET $at/$one/result" "POST $at/$one/cancel"; do
        # shellcheck disable=SC2086
        [ "$(ask $how "$other") $(said .code)" = "404 not-found" ] || wrong+=" $how"
    done
    check "to another customer they are simply absent" "$wrong" ""
    check "under another version, too" "$(cal GET "$AT/1/backtests/$one")" 404
    check "who may only read begins none" "$(ask POST "$at" "$(key_with mappings:read)" --json '{"last_days": 1}')" 403
}
