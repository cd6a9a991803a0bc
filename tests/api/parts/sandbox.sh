# shellcheck shell=bash disable=SC2154
# Simulated systems, as their routes tell them. Sourced by tests/api/run; what becomes of their orders is for
# tests/e2e/sandbox.sh.

sim_new() { jq -nc --arg c "$1" --arg n "$2" '{connector: $c, name: $n, environment: "sandbox", simulated: true}'; }
sim_ask() { jq -nc --arg id "$1" "{connection_id: \$id} + ${2:-{\}}"; }

sandbox_checks() {
    local reader shop none=con_01h455vb4pex5vsknk084sn02q
    reader=$(key_with connections:read)
    check "a simulated shop is made without a secret" "$(ask POST /v1/connections "$ALDER_KEY" --json "$(sim_new woocommerce "Trial shop")") $(said '.simulated, (.settings | length > 0)' | tr '\n' ' ')" "201 true true "
    shop=$(said .id)
    check "which is told in the list" "$(ask GET /v1/connections "$ALDER_KEY") $(said "[.data[] | select(.simulated) | .id] | index(\"$shop\") != null")" "200 true"
    check "not in the live environment" "$(ask POST /v1/connections "$ALDER_KEY" --json "$(sim_new woocommerce X | jq -c '.environment = "live"')") $(said '.errors[0].pointer')" "422 /simulated"
    check "its secrets stay as they were made" "$(ask POST "/v1/connections/$shop/secrets" "$ALDER_KEY" --json '{"secrets": {"webhook_secret": "x"}}') $(said .code)" "409 conflict"
    check "shoppers order" "$(ask POST /v1/simulate/orders "$ALDER_KEY" --json "$(sim_ask "$shop" '{count: 2}')") $(said '.orders | length')" "201 2"
    check "one, when no number is said" "$(ask POST /v1/simulate/orders "$ALDER_KEY" --json "$(sim_ask "$shop")") $(said '.orders | length')" "201 1"
    check "what it holds is seen by whoever may read" "$(ask GET "/v1/simulate/records?connection_id=$shop&of=orders" "$reader") $(said '.total == (.records | length)')" "200 true"
    check "a name that nothing has is told" "$(ask GET "/v1/simulate/records?connection_id=$shop&of=nothing" "$reader") $(said .detail)" '409 there is no collection "nothing"'
    check "as is none" "$(ask GET "/v1/simulate/records?connection_id=$shop" "$reader")" 400
    check "a fault is turned on" "$(ask POST /v1/simulate/faults "$ALDER_KEY" --json "$(sim_ask "$shop" '{kind: "latency", ms: 5, for_s: 1}')")" 204
    check "not one that there is not" "$(ask POST /v1/simulate/faults "$ALDER_KEY" --json "$(sim_ask "$shop" '{kind: "fire"}')") $(said '.errors[0].pointer')" "422 /kind"
    check "and all are ended" "$(ask DELETE "/v1/simulate/faults?connection_id=$shop" "$ALDER_KEY")" 204
    check "it is as at its start again" "$(ask POST /v1/simulate/reset "$ALDER_KEY" --json "$(sim_ask "$shop")")" 204
    check "whoever may only read turns nothing" "$(for what in orders faults reset; do ask POST "/v1/simulate/$what" "$reader" --json "$(sim_ask "$shop" '{kind: "drift"}')"; done)" "403403403"
    check "another customer's is not there" "$(ask POST /v1/simulate/orders "$BIRCH_KEY" --json "$(sim_ask "$shop")") $(ask DELETE "/v1/simulate/faults?connection_id=$shop" "$BIRCH_KEY")" "404 404"
    check "nor is one that was never made" "$(ask POST /v1/simulate/reset "$ALDER_KEY" --json "$(sim_ask "$none")")" 404
    check "what is real is not turned" "$(ask POST /v1/simulate/orders "$ALDER_KEY" --json "$(sim_ask "$ERP_ID")") $(said .code)" "409 not-simulated"
    end standins
    check "without the stand-ins one is told to come again" "$(ask POST /v1/simulate/orders "$ALDER_KEY" --json "$(sim_ask "$shop")") $(said '.retryable')" "503 true"
}
