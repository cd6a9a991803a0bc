# shellcheck shell=bash disable=SC2154
# The life of a connection, as its routes tell it. Sourced by tests/api/run; what checks find is for tests/connectors/life.sh.

life_checks() {
    local reader
    reader=$(key_with connections:read)
    check "a connection tells what it needs" "$(ask GET "/v1/connections/$ERP_ID" "$ALDER_KEY") $(said '[.reconnect_since, .credentials_end, .alerts, .api_version]')" "200 [null,null,[],\"6.0\"]"
    check "whoever may read it sees its checks" "$(ask GET "/v1/connections/$ERP_ID/checks" "$reader") $(said .state)" "200 never"
    check "and asks for none" "$(ask POST "/v1/connections/$ERP_ID/checks" "$reader") $(said .code)" "403 forbidden"
    check "a check is asked for" "$(ask POST "/v1/connections/$ERP_ID/checks" "$ALDER_KEY") $(said '.state, (.asked_by | length > 0)' | tr '\n' ' ')" "202 asked true "
    holds "it is run" life_done "$ERP_ID"
    check "and tells each by its name" "$(said '[.checks[].name] | join(" ")')" "reachable clock credentials permissions sample webhook"
    check "what was asked of it can be seen" "$(ask GET "/v1/connections/$ERP_ID/requests?limit=5" "$reader") $(said '[.data[] | .url | length > 5] | all')" "200 true"
    check "not of another customer's" "$(ask GET "/v1/connections/$ERP_ID/requests" "$BIRCH_KEY")" 404
    check "what an ERP sends cannot be kept" "$(ask GET "/v1/connections/$ERP_ID/subscriptions" "$reader") $(said '[.possible, .kept, .topics]')" "200 [false,false,[]]"
    check "which is said" "$(ask PUT "/v1/connections/$ERP_ID/subscriptions" "$ALDER_KEY" --json '{"kept": true}') $(said .code)" "409 conflict"
    check "a shop's can" "$(make "$(woo_new '.name = "Kept shop" | .settings.reference_prefix = "KEPT"')") $(WOO_KEPT=$(said .id); ask PUT "/v1/connections/$WOO_KEPT/subscriptions" "$ALDER_KEY" --json '{"kept": false}') $(said .possible)" "201 200 true"
    check "not by who may only read" "$(ask PUT "/v1/connections/$ERP_ID/subscriptions" "$reader" --json '{"kept": true}')" 403
    check "nor of another customer" "$(ask PUT "/v1/connections/$ERP_ID/subscriptions" "$BIRCH_KEY" --json '{"kept": true}') $(ask GET "/v1/connections/$ERP_ID/subscriptions" "$BIRCH_KEY")" "404 404"
    check "another secret is given" "$(ask POST "/v1/connections/$ERP_ID/secrets" "$ALDER_KEY" --json "$(jq -nc --arg s "$ERP_SECRET" '{secret: $s}')") $(said .status)" "200 active"
    check "which the answer does not show" "$(grep -cF "$ERP_SECRET" "$ANSWER")" 0
    check "not by who may only read" "$(ask POST "/v1/connections/$ERP_ID/secrets" "$reader" --json '{"secret": "x"}')" 403
    check "nor to another customer's" "$(ask POST "/v1/connections/$ERP_ID/secrets" "$BIRCH_KEY" --json '{"secret": "x"}')" 404
    life_tries "$reader"
    check "another customer's is not there" "$(ask GET "/v1/connections/$ERP_ID/checks" "$BIRCH_KEY")" 404
    check "nor checked" "$(ask POST "/v1/connections/$ERP_ID/checks" "$BIRCH_KEY")" 404
}

# What is not there yet; that it is called is for tests/connectors/life.sh.
life_tries() {
    local before
    before=$(count_connections)
    check "what would be made is tried" "$(ask POST /v1/connections/try "$ALDER_KEY" --json "$(shop_new)") $(said '[.verdict, ([.checks[].name] | length)]')" '200 ["skipped",6]'
    check "not by who may only read" "$(ask POST /v1/connections/try "$1" --json "$(shop_new)")" 403
    check "nor to another customer's destination" "$(ask POST /v1/connections/try "$BIRCH_KEY" --json "$(shop_new)") $(said '.errors[0].pointer')" "422 /destination_id"
    check "nor where nothing may be called" "$(ask POST /v1/connections/try "$ALDER_KEY" --json "$(erp_new http://10.1.2.3/)") $(said '.errors[0] | "\(.pointer) \(.code)"')" "422 /settings/url endpoint_forbidden"
    check "and nothing is made" "$(count_connections)" "$before"
}

life_done() {
    local i
    for ((i = 0; i < 150; i++)); do
        [ "$(ask GET "/v1/connections/$1/checks" "$ALDER_KEY") $(said .state)" != "200 done" ] || return 0
        sleep 0.2
    done
    return 1
}
