# shellcheck shell=bash disable=SC2154
# Store brands and legal entities of a customer. Sourced by tests/api/run.

store_checks() {
    entity_checks
    store_brand_checks
    branded_connection
}

of_cedar() {
    local method=$1 path=$2
    shift 2
    cus "$method" "$path" -H "customer: $CEDAR" "$@"
}

entity_checks() {
    local zone='"time_zone": "Europe/Berlin"'
    check "a legal entity is made" \
        "$(of_cedar POST /v1/legal-entities --json "{\"code\": \"de\", \"name\": \"Cedar GmbH\", \"base_currency\": \"EUR\", $zone}")" 201
    ENTITY=$(said .id)
    check "a code is taken once" "$(of_cedar POST /v1/legal-entities \
        --json "{\"code\": \"de\", \"name\": \"Again\", \"base_currency\": \"EUR\", $zone}") $(said '.errors[0].pointer')" "422 /code"
    check "a currency that nobody has" "$(of_cedar POST /v1/legal-entities \
        --json "{\"code\": \"x\", \"name\": \"X\", \"base_currency\": \"XQZ\", $zone}") $(said '.errors[0].pointer')" "422 /base_currency"
    check "a time zone that nobody has" "$(of_cedar POST /v1/legal-entities \
        --json '{"code": "x", "name": "X", "base_currency": "EUR", "time_zone": "Mars/Base"}') $(said '.errors[0].pointer')" "422 /time_zone"
    check "it is shown" "$(cus GET "/v1/legal-entities/$ENTITY") $(said '[.code, .base_currency, .time_zone]')" \
        '200 ["de","EUR","Europe/Berlin"]'
    check "and listed" "$(of_cedar GET /v1/legal-entities) $(said '[.data[].code]')" '200 ["de"]'
    check "its name changes" "$(cus PATCH "/v1/legal-entities/$ENTITY" -H 'if-match: "v1"' --json '{"name": "Cedar AG"}') $(said .name)" "200 Cedar AG"
    check "its currency never" "$(cus PATCH "/v1/legal-entities/$ENTITY" -H 'if-match: "v2"' --json '{"base_currency": "USD"}')" 422
}

store_brand_checks() {
    local other
    check "a store brand is made" \
        "$(of_cedar POST /v1/store-brands --json "{\"code\": \"home\", \"name\": \"Cedar Home\", \"entity_id\": \"$ENTITY\"}") $(said .entity_id)" "201 $ENTITY"
    BRAND=$(said .id)
    check "one that is not wanted, too" "$(of_cedar POST /v1/store-brands --json '{"code": "gone", "name": "Gone"}')" 201
    other=$(said .id)
    check "another customer's entity is none" "$(cus POST /v1/store-brands -H "customer: $BIRCH" \
        --json "{\"code\": \"x\", \"name\": \"X\", \"entity_id\": \"$ENTITY\"}")" 422
    check "it is shown" "$(cus GET "/v1/store-brands/$BRAND") $(said .code)" "200 home"
    check "they are listed" "$(of_cedar GET /v1/store-brands) $(said '[.data[].code] | sort')" '200 ["gone","home"]'
    check "it changes with its version" "$(cus PATCH "/v1/store-brands/$BRAND" -H 'if-match: "v1"' --json '{"name": "Cedar House"}') $(said .name)" "200 Cedar House"
    check "and not with another" "$(cus PATCH "/v1/store-brands/$BRAND" -H 'if-match: "v1"' --json '{"name": "X"}')" 412
    check "an entity in use stays" "$(cus DELETE "/v1/legal-entities/$ENTITY" -H 'if-match: "v2"')" 409
    check "a brand goes" "$(cus DELETE "/v1/store-brands/$other" -H 'if-match: "v1"')" 204
    check "and is gone" "$(cus GET "/v1/store-brands/$other")" 404
    check "an entity goes" "$(of_cedar POST /v1/legal-entities --json \
        '{"code": "at", "name": "X", "base_currency": "EUR", "time_zone": "UTC"}') $(cus DELETE "/v1/legal-entities/$(said .id)" -H 'if-match: "v1"')" "201 204"
    check "another partner finds no brand" "$(ON=$HARBOR ask GET "/v1/store-brands/$BRAND" "$HARBOR_KEY")" 403
}

branded_connection() {
    check "a connection of the brand is made, in the sandbox" "$(of_cedar POST /v1/connections --json \
        "$(erp_new https://erp.example.com/ | jq -c --arg b "$BRAND" '.brand_id = $b | .environment = "sandbox"')") $(said .brand_id)" "201 $BRAND"
    check "another customer's brand is none" "$(cus POST /v1/connections -H "customer: $BIRCH" --json \
        "$(erp_new https://erp.example.com/ | jq -c --arg b "$BRAND" '.brand_id = $b')") $(said '.errors[0].pointer')" "422 /brand_id"
    check "the brand stays while it is used" "$(cus DELETE "/v1/store-brands/$BRAND" -H 'if-match: "v2"')" 409
}
