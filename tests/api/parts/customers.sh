# shellcheck shell=bash disable=SC2154
# Customers of a partner: made, shown, changed. Sourced by tests/api/run.

customer_checks() {
    CEDAR_KEY=$(key_all) # of the whole partner, with the scopes that customers need
    customer_made
    customer_changed
    customer_hidden
}

# key_all: a key of the whole partner that may all that these parts try.
key_all() {
    ctl key create --partner northwind --name everything
    pg_sql "update tenon.api_key set scopes = '{customers:read,customers:write,customers:export,customers:erase,stores:read,
        stores:write,orders:read,orders:write,messages:read,connections:read,connections:write}' where name = 'everything'" >/dev/null
}

# cus METHOD PATH [CURL-ARGUMENT…]: as the whole partner.
cus() {
    local method=$1 path=$2
    shift 2
    ask "$method" "$path" "$CEDAR_KEY" "$@"
}
etag() { header_of etag; }

customer_made() {
    check "a customer is made" "$(cus POST /v1/customers --json '{"name": "Cedar", "external_id": "c-17"}')" 201
    CEDAR=$(said .id)
    check "it is active and of version 1" "$(said '[.name, .external_id, .status, .certificate]')$(etag)" \
        '["Cedar","c-17","active",null]"v1"'
    check "it is found by its id" "$(cus GET "/v1/customers/$CEDAR") $(said .name)" "200 Cedar"
    check "and by the partner's own" "$(cus GET /v1/customers/ext:c-17) $(said .id)" "200 $CEDAR"
    check "which is taken once" \
        "$(cus POST /v1/customers --json '{"name": "Other", "external_id": "c-17"}') $(said '.errors[0].pointer')" "422 /external_id"
    check "and has no blanks" \
        "$(cus POST /v1/customers --json '{"name": "Other", "external_id": "c 17"}') $(said '.errors[0].pointer')" "422 /external_id"
    check "a nameless one is refused" "$(cus POST /v1/customers --json '{}') $(said '.errors[0].pointer')" "422 /name"
    check "it has two environments" \
        "$(cus GET /v1/environments -H "customer: $CEDAR") $(said '[.data[].kind] | sort')" '200 ["live","sandbox"]'
    check "and no third" "$(cus POST /v1/environments -H "customer: $CEDAR" --json '{"kind": "sandbox"}')" 409
    pg_sql "delete from tenon.environment where kind = 'sandbox' and customer_id =
        (select customer_id from tenon.customer where name = 'Cedar')"
    check "one that lacks its sandbox is given it" \
        "$(cus POST /v1/environments -H "customer: $CEDAR" --json '{"kind": "sandbox"}') $(said .kind)" "201 sandbox"
    check "the list has it" "$(cus GET /v1/customers?limit=200) $(said '[.data[].name] | sort')" '200 ["Alder & Pine","Birch","Cedar"]'
    check "page by page, too" "$(pages_of_customers | sort | xargs)" "Alder & Pine Birch Cedar"
}

pages_of_customers() {
    local at="/v1/customers?limit=1" seen=0
    while [ -n "$at" ] && [ "$seen" -lt 9 ]; do
        cus GET "$at" >/dev/null
        said '.data[].name'
        at=$(header_of link | sed -n 's/^<\([^>]*\)>; rel="next"$/\1/p')
        seen=$((seen + 1))
    done
}

customer_changed() {
    check "a change wants the version" "$(cus PATCH "/v1/customers/$CEDAR" --json '{"name": "Cedar Ltd"}')" 428
    check "another one is refused" "$(cus PATCH "/v1/customers/$CEDAR" -H 'if-match: "v7"' --json '{"name": "Cedar Ltd"}')" 412
    check "with it, it is changed" \
        "$(cus PATCH "/v1/customers/$CEDAR" -H 'if-match: "v1"' --json '{"name": "Cedar Ltd"}') $(said '[.name, .external_id]')$(etag)" \
        '200 ["Cedar Ltd","c-17"]"v2"'
    check "back by the other name" "$(cus PATCH /v1/customers/ext:c-17 -H 'if-match: "v2"' --json '{"name": "Cedar"}')" 200
}

customer_hidden() {
    local key
    key=$(key_of cedar "$CEDAR")
    pg_sql "update tenon.api_key set scopes = '{customers:read,stores:read,customers:write,customers:export}' where name in ('cedar', 'birch')"
    sleep 1.1
    check "a key of the customer sees that one alone" "$(ask GET /v1/customers "$key") $(said '[.data[].name]')" '200 ["Cedar"]'
    check "and not another by id" "$(ask GET "/v1/customers/$BIRCH" "$key")" 404
    problem "another's customer" 404 not-found
    check "nor by its external id" "$(ask GET /v1/customers/ext:c-17 "$BIRCH_KEY")" 404
    check "it makes none" "$(ask POST /v1/customers "$key" --json '{"name": "Mine"}')" 403
    check "another partner finds nothing" "$(ON=$HARBOR ask GET "/v1/customers/$CEDAR" "$HARBOR_KEY")" 403
    pg_sql "update tenon.api_key set scopes = '{orders:read,orders:write,connections:read,connections:write,messages:read}' where name = 'birch'"
    pg_sql "update tenon.api_key set revoked_at = now() where name = 'cedar'"
    sleep 1.1
}
