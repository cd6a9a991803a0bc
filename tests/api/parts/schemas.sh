# shellcheck shell=bash disable=SC2154,SC2016
# The canonical objects: what they look like, in every version. Sourced by tests/api/run.

schema_checks() {
    local any
    any=$(key_with messages:read)
    check "whoever is signed in reads the list of objects" "$(ask GET /v1/schemas "$any") $(said '[(.data | length), .next_cursor]')" \
        "200 [14,null]"
    check "which are those of the model" "$(said '[.data[].object] | sort | join(" ")')" \
        "customer inventory_position journal_entry location payment payout product refund return sales_order settlement_line shipment sku tax_transaction"
    check "with what people call them" "$(said '.data[] | select(.object == "sku") | [.version, .schema, .title]')" '[1,"sku/1","SKU"]'
    check "nobody else does" "$(ask GET /v1/schemas "") $(said .code)" "401 unauthenticated"
    each_schema "$any"
    schema_read "$any"
    schema_missing "$any"
    schema_said
}

# One line for each object, so that a broken one is named.
each_schema() {
    local object wrong=
    for object in $(said '.data[].object'); do
        [ "$(ask GET "/v1/schemas/$object" "$1")" = 200 ] || wrong+=" $object"
        [ "$(said '[.object + "/" + (.version | tostring) == .schema, (.json_schema.examples == .examples), (.fields | length > 8),
            (.json_schema.required - [.fields[].path[1:]] == []), (.changes | length >= 1), .occurred_at == "/updated_at"] | all')" = true ] ||
            wrong+=" $object"
    done
    check "each object tells its schema, examples, fields and history" "$wrong" ""
}

schema_read() {
    local tag
    check "an order's schema is a document of JSON Schema 2020-12" \
        "$(ask GET /v1/schemas/sales_order "$1") $(said '[.json_schema["$schema"], .json_schema["$id"], .json_schema.type]')" \
        '200 ["https://json-schema.org/draft/2020-12/schema","/v1/schemas/sales_order/1","object"]'
    check "its fields are what a mapping fills" "$(said '[.fields[] | select(.path == "/lines/*/sku" or .path == "/total")
        | [.path, .kind, .needed]]')" '[["/lines/*/sku","key",false],["/total","money",true]]'
    check "a choice tells what there is to choose from" "$(said '.fields[] | select(.path == "/tenders/*/kind") | .choices | index("card")')" 0
    check "it says what makes it the same order" "$(said '.natural_key | test("id of the order")')" true
    tag=$(header_of etag)
    check "who has it need not read it again" "$(ask GET /v1/schemas/sales_order "$1" -H "if-none-match: $tag")" 304
    check "the version is named as documents name it" "$(ask GET /v1/schemas/sales_order/1 "$1") $(said .schema) $(header_of etag)" \
        "200 sales_order/1 $tag"
    check "a part of it can be asked for" "$(ask GET '/v1/schemas/sales_order?fields=schema' "$1") $(said 'keys')" '200 ["schema"]'
}

schema_missing() {
    local at wrong=
    for at in sales_orders SKU sales_order/2 sales_order/0 sales_order/01 sales_order/x sales_order/4294967297; do
        [ "$(ask GET "/v1/schemas/$at" "$1") $(said .code)" = "404 not-found" ] || wrong+=" $at"
    done
    check "what is not there is not found" "$wrong" ""
}

# The operator's command tells the same.
schema_said() {
    check "tenonctl lists them" "$(ctl schema list --plain | cut -f 1 | grep -c '/1$')" 14
    check "and shows one" "$(ctl schema show refund | jq -r '.title, (.examples | length)' | tr '\n' ' ')" "Refund 1 "
    check "and its fields" "$(ctl schema fields payout --plain | grep -c '^/lines/\*/')" 13
    ctl schema show refund | jq -c '.examples[0]' >"$DATA/work/refund.json"
    exits "a document in order passes" 0 ctl schema check "$DATA/work/refund.json"
    jq -c '.total = "1.00"' "$DATA/work/refund.json" >"$DATA/work/wrong.json"
    exits "one that is not is refused" 1 ctl schema check "$DATA/work/wrong.json"
    check "and every fault is named" "$(printed | cut -f 1,2 | tr '\t\n' '  ')" "/total does_not_add_up /total does_not_add_up "
    exits "an object that is not there is exit code 3" 3 ctl schema show order
}
