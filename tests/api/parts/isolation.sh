# shellcheck shell=bash disable=SC2154
# The isolation self-test, as those see it who may ask for it. Sourced by tests/api/run; what it finds with a wall down is
# for tests/isolation.
# shellcheck source=../../isolation/proof.sh
. "$TENON_ROOT/tests/isolation/proof.sh"

isolation_checks() {
    local key
    key=$(key_with isolation:read)
    proof_files
    proof_holds "the self-test" "$key"
    check "it says who asked, where" "$(proof_said '[.caller_kind, .host, .customer_id]')" "[\"api_key\",\"$NORTHWIND\",null]"
    check "for one customer, when one is named" "$(proof_get "$key" -H "customer: $ALDER" >/dev/null && proof_said .customer_id)" "$ALDER"
    check "not for one that is not there" "$(ask GET /v1/isolation-proof "$key" -H "customer: $ABROAD")" 404
    check "its keys are Northwind's own" "$(ask GET /v1/isolation-proof/keys "$key") $(said '.data | length')" "200 1"
    check "who may not ask is refused" "$(ask GET /v1/isolation-proof "$(key_with orders:read)")" 403
}
