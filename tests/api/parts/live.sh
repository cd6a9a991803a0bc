# shellcheck shell=bash disable=SC2154
# Orders through a customer's own mapping: assigned, tried on a delivery, held for a word, released. Sourced by tests/api/run.

live_checks() {
    LIVE_KEY=$(ctl key create --partner northwind --name live --customer "$ALDER" \
        --scopes mappings:read,mappings:write,mappings:publish,messages:read,orders:read)
    live_begun
    live_assigned
    live_tried
    live_held
    live_twice
    live_undone
}

live() { ask "$1" "$2" "$LIVE_KEY" "${@:3}"; }
live_at() { echo "/v1/connections/$CONNECTION/mappings${1:-}"; }

live_begun() {
    check "a mapping begins as the product's" "$(live POST /v1/mappings --json '{"name": "Live orders", "source_system": "shopify",
        "source_object": "order", "target": "sales_order/1", "review": "not_required", "begin": "shipped"}') $(said '[.newest_version, .current_version]')" \
        "201 [1,0]"
    LIVE=$(said .id)
    check "which has no faults" "$(live GET "/v1/mappings/$LIVE/versions/1") $(said '[.faults, (.document.rules | length > 30), .document == .base]')" \
        '200 [[],true,true]'
    check "not where the product has none" "$(live POST /v1/mappings --json '{"name": "x", "source_system": "acme", "source_object": "order",
        "target": "sales_order/1", "begin": "shipped"}') $(said '.errors[0].pointer')" "422 /begin"
    check "none was made then" "$(live GET /v1/mappings) $(said '[.data[] | select(.name == "x")]')" "200 []"
}

# with_lookup TABLE: the product's document, except that SKUs are looked up.
with_lookup() {
    live GET "/v1/mappings/$LIVE/versions/1" >/dev/null
    jq -c --arg t "$1" '{document: (.document | .rules |= map(if .to == "/lines/*/sku"
        then {to, lookup: {table: $t, key: "sku", miss: "hold"}} else . end))}' "$ANSWER"
}

live_assigned() {
    local draft
    check "a connection's orders go through the product's mapping" "$(live GET "$(live_at)") $(said '[.connection_id, (.mappings[] |
        [.object, .target, .mapping_id, .current_version, .changed_at])]')" "200 [\"$CONNECTION\",[\"order\",\"sales_order/1\",null,0,null]]"
    check "a draft cannot be assigned" "$(live PUT "$(live_at /order)" --json "{\"mapping_id\": \"$LIVE\"}") $(said .code)" "409 mapping-not-published"
    draft=$(with_lookup live_skus)
    check "a look-up where no table is, is refused" "$(live POST "/v1/mappings/$LIVE/versions" --json "$draft") $(said '.errors[0] | [.code, .pointer[0:10]]')" \
        '422 ["unknown_table","/document/"]'
    check "or told, when the draft is kept" "$(live POST "/v1/mappings/$LIVE/versions" --json "$(jq '.allow_faults = true' <<<"$draft")") \
$(said '[.number, (.faults[] | [.code, (.pointer | test("^/rules/[0-9]+/lookup/table$"))])]')" '201 [2,["unknown_table",true]]'
    check "and is not published" "$(live POST "/v1/mappings/$LIVE/versions/2/publish" --json '{"share": 100}') $(said '[.code, .errors[0].code]')" \
        '422 ["validation","unknown_table"]'
    check "the table is made" "$(live POST /v1/cross-references --json '{"name": "live_sku", "shape": "many_to_one", "key_case": "fold"}')" 201
    LIVE_SKU=$(said .id)
    check "the nearest is named" "$(live GET "/v1/mappings/$LIVE/versions/2") $(said '.faults[0].detail')" \
        '200 there is no cross reference "live_skus"; did you mean live_sku?'
    check "with the right one nothing is wrong" "$(live POST "/v1/mappings/$LIVE/versions" --json "$(with_lookup live_sku)") $(said '[.number, .faults]')" '201 [3,[]]'
    check "it is published" "$(live POST "/v1/mappings/$LIVE/versions/3/publish" --json '{"share": 100}') $(said .current_version)" "200 3"
    check "the table knows who uses it" "$(live GET "/v1/cross-references/$LIVE_SKU/uses") $(said '[.data[] | [.kind, .name, .place]]')" \
        '200 [["mapping","Live orders","/lines/*/sku"]]'
    check "a mapping of another object is refused" "$(live PUT "$(live_at /refund)" --json "{\"mapping_id\": \"$LIVE\"}")" 404
    check "the connection is given it" "$(live PUT "$(live_at /order)" --json "{\"mapping_id\": \"$LIVE\"}") $(said '.mappings[] |
        [.mapping_id, .name, .current_version, .rolling_version]')" "200 [\"$LIVE\",\"Live orders\",3,0]"
    check "to another customer's key it is not there" "$(ask GET "$(live_at)" "$(scoped 'birch live' "$BIRCH")") \
$(ask PUT "$(live_at /order)" "$(scoped 'birch live 2' "$BIRCH")" --json "{\"mapping_id\": \"$LIVE\"}")" "404 404"
    check "who may only write does not decide it" "$(ask PUT "$(live_at /order)" "$(key_with mappings:read,mappings:write)" \
        --json "{\"mapping_id\": \"$LIVE\"}")" 403
}

live_tried() {
    local at="/v1/mappings/$LIVE/dry-run"
    check "a delivery is tried with the customer's tables" "$(live POST "$at" --json "{\"message_id\": \"$MESSAGE\"}") \
$(said '[.version, .held, .result.number, .record.name, (.misses[] | [.table, .key, .then])]')" \
        '200 [3,true,"#5001","#5001",["live_sku","SKU-0001","hold"]]'
    check "with those of the request it is whole" "$(live POST "$at" --json "{\"message_id\": \"$MESSAGE\", \"xref\": {\"live_sku\": {\"SKU-0001\": \"MUG\"}}}") \
$(said '[.valid, .result.lines[0].sku]')" '200 [true,"MUG"]'
    check "a record and a delivery are too much" "$(live POST "$at" --json "{\"message_id\": \"$MESSAGE\", \"record\": {}}") $(said '.errors[0].code')" "422 one_of_two"
    check "and neither is too little" "$(live POST "$at" --json '{}') $(said '.errors[0].code')" "422 one_of_two"
    check "who may not read deliveries does not see one so" "$(ask POST "$at" "$(key_with mappings:read)" --json "{\"message_id\": \"$MESSAGE\"}")" 403
    check "one of another customer is not there" "$(ask POST "$at" "$LIVE_KEY" --json '{"message_id": "rec_01m8m9f89eejhana1cnnmt9sgw"}')" 404
}

# live_orders STATE: how many of the two.
live_orders() { pg_sql "select count(*) from tenon.sales_order where natural_key in ('6301', '6302') and state = '$1'"; }
live_wait() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do [ "$(live_orders "$1")" = "$2" ] && return 0; sleep 0.2; done
    return 1
}

live_held() {
    local id
    order_body 6301 6301 'Blue Mug' 1 >"$DATA/work/live.1"
    order_body 6302 6302 'BLUE mug' 2 >"$DATA/work/live.2"
    check "two orders come" "$(post "$DATA/work/live.1" l-1) $(post "$DATA/work/live.2" l-2)" "200 200"
    holds "both wait" live_wait held 2
    check "one line says what for" "$(live GET "/v1/cross-references/$LIVE_SKU/unmatched") $(said '[.data[] | [.key, .waiting]]')" '200 [["Blue Mug",2]]'
    check "the orders say it too" "$(live GET '/v1/orders?limit=2') $(said '[.data[].held_reason | test("live_sku has no entry")] | all')" "200 true"
    id=$(said '.data[1].id')
    check "their list has their numbers" "$(said '[.data[].number]')" '["#6302","#6301"]'
    check "one entry lets both go on" "$(live POST "/v1/cross-references/$LIVE_SKU/entries" --json '{"key": "blue mug", "value": "SKU-0002"}') $(said .released)" "201 2"
    holds "both are delivered" live_wait delivered 2
    check "an order says which mapping made it" "$(live GET "/v1/orders/$id") $(said '[.state, .mapping_id, .mapping_version, .document.lines[0].sku]')" \
        "200 [\"delivered\",\"$LIVE\",3,\"SKU-0002\"]"
    check "and what it went through" "$(said '[.timeline[].hop | select(. == "held" or . == "released" or . == "canonical" or . == "delivered")]')" \
        '["held","released","canonical","delivered"]'
    check "one of before says the product's" "$(live GET "/v1/orders/$ORDER") $(said '[.mapping_id, .mapping_version]')" "200 [null,0]"
}

# live_jobs: how the deliveries of the third order stand, the first one first.
live_jobs() { pg_sql "select string_agg(state, ' ' order by job_id) from tenon.job where business_key = 'order:6303'"; }
live_jobs_are() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do [ "$(live_jobs)" = "$1" ] && return 0; sleep 0.2; done
    return 1
}

# The shop tells of an order when it is made and when it is changed.
live_twice() {
    local at="/v1/cross-references/$LIVE_SKU" id
    order_body 6303 6303 'Red mug' 1 >"$DATA/work/live.3"
    order_body 6303 6303 'Red mug' 3 '.updated_at = "2026-11-20T11:31:59-05:00"' >"$DATA/work/live.4"
    check "an order comes twice" "$(post "$DATA/work/live.3" l-3) $(post "$DATA/work/live.4" l-4)" "200 200"
    holds "each delivery waits" live_jobs_are "held held"
    check "an entry for times to come lets none go on" "$(live POST "$at/entries" --json '{"key": "red mug", "value": "SKU-0003",
        "valid_from": "2099-01-01T00:00:00Z"}') $(said .released)" "201 0"
    check "the word is still unmatched, and there is an entry" "$(live GET "$at/unmatched") $(said '[.data[] | [.key, .waiting, .has_entry]]')" \
        '200 [["Red mug",1,true]]'
    check "the order says why" "$(live GET '/v1/orders?limit=1') $(said '.data[0].held_reason | test("^live_sku has an entry for \"Red mug\", but none that is valid at .*, when the order came$")')" \
        "200 true"
    id=$(said '.data[0].id')
    check "one for now lets the order go on" "$(live POST "$at/entries" --json '{"key": "red mug", "value": "SKU-0002",
        "valid_to": "2099-01-01T00:00:00Z"}') $(said .released)" "201 1"
    holds "no delivery is left waiting" live_jobs_are "cancelled done"
    check "the newer one was sold" "$(live GET "/v1/orders/$id") $(said '[.state, .total.amount, .external_total.amount]')" '200 ["delivered","59.97","59.97"]'
    check "once" "$(said '[.effects[] | select(.operation == "sale.create")] | length')" 1
    check "and its timeline tells all of it" "$(said '[.timeline[].hop | select(. == "held" or . == "released" or . == "superseded" or . == "delivered")]')" \
        '["held","held","held","released","superseded","delivered"]'
}

live_undone() {
    check "the product's mapping takes over again" "$(live DELETE "$(live_at /order)") $(said '.mappings[] | [.mapping_id, (.changed_at != null)]')" "200 [null,true]"
    check "it is on record" "$(ask GET "/v1/audit?object=$CONNECTION&limit=100" "$(key_with audit:read)") \
$(said '[.data[] | select(.action == "connection.mapping") | .detail]')" \
        '200 ["order through the mapping of the product","order through \"Live orders\""]'
}
