# shellcheck shell=bash disable=SC2154
# The record of who did what. Sourced by tests/api/run.

audit_checks() {
    AUDITOR_KEY=$(key_with audit:read)
    audit_list_checks
}

# audit_of QUERY: actions of the page, newest first.
audit_of() {
    ask GET "/v1/audit?$1" "$AUDITOR_KEY" >/dev/null
    said '[.data[].action] | join(" ")'
}

audit_list_checks() {
    local order key
    order=$(order_of 5002 | jq -r .id)
    key=$(key_with orders:read)
    check "an order is read" "$(ask GET "/v1/orders/$order" "$key")" 200
    check "and again" "$(ask GET "/v1/orders/$order" "$key")" 200
    check "the read is on record" "$(ask GET "/v1/audit?object=$order" "$AUDITOR_KEY")" 200
    check "with who, what and whose" "$(said '.data[0] | [.action, .actor_kind, .actor_name, .object_id, .customer_id, (.request_id | startswith("req_")), (.hash | length)] | @csv')" \
        "\"order.read\",\"api_key\",\"may orders:read\",\"$order\",\"$ALDER\",true,64"
    check "once for one reader, within a minute" \
        "$(said '[.data[] | select(.actor_name == "may orders:read")] | length')" 1
    check "reading the record is on record, too" "$(audit_of action=audit.list)" audit.list
    check "a page, then the next" "$(audit_of limit=1) $(said .next_cursor | wc -c | awk '{ print ($1 > 30) }')" "audit.list 1"
    check "numbers have no gap for the whole partner" "$(audit_of limit=200 >/dev/null; said '[.data[].seq] | (.[0] - .[-1] + 1) == length')" true
    check "a time filter" "$(audit_of 'created%5Blt%5D=2020-01-01T00:00:00Z')" ""
    check "an odd time is refused" "$(ask GET '/v1/audit?created%5Bgte%5D=yesterday' "$AUDITOR_KEY")" 400
    check "an odd actor is refused" "$(ask GET '/v1/audit?actor=17' "$AUDITOR_KEY")" 400
    check "a key that may not read it" "$(ask GET /v1/audit "$key")" 403
    check "Harbor's record does not hold it" "$(ON=$HARBOR ask GET "/v1/audit?object=$order" "$(harbor_key audit:read)") $(said '.data | length')" "200 0"
}

# harbor_key SCOPES: a key of the other partner that may just that.
harbor_key() {
    local key
    key=$(ctl key create --partner harbor --name "may $1")
    pg_sql "update tenon.api_key set scopes = '{$1}' where partner_id = (select partner_id from tenon.partner
        where slug = 'harbor') and name = 'may $1'"
    echo "$key"
}
