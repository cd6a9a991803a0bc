# shellcheck shell=bash disable=SC2154
# Connections are made, shown and refused. Sourced by tests/api/run.
NEW_SECRET='a-new-and-very-secret-secret'

connection_checks() {
    ERP_ID=$(erp_of "$ALDER_KEY") BIRCH_ERP_ID=$(erp_of "$BIRCH_KEY")
    shown
    made
    whose
    refused_members
    refused_destinations
    refused_addresses
    refused_bodies
}

erp_of() { ask GET /v1/connections "$1" >/dev/null && said '.data[] | select(.connector == "tryton") | .id'; }
count_connections() { pg_sql "select count(*) from tenon.connection"; }

shown() {
    ask GET /v1/connections "$ALDER_KEY" >/dev/null
    check "a connection is shown with all it has" \
        "$(said '.data[] | select(.connector == "shopify") | [(.id | startswith("con_")), .customer_id, .name, .status,
            .status_reason, .settings.shop, .destination_id, (.created_at | test("^20.*Z$"))]')" \
        "[true,\"$ALDER\",\"Web shop\",\"active\",null,\"$SHOP\",\"$ERP_ID\",true]"
    check "one that sends no orders on has no destination" \
        "$(said '.data[] | select(.connector == "tryton") | .destination_id')" null
    check "and nothing more" "$(said '.data[0] | keys')" \
        '["brand_id","connector","connector_newest","connector_version","created_at","customer_id","destination_id","environment_id","id","last_data_at","name","paused_at","paused_by","reconnect_since","settings","simulated","status","status_reason"]'
}

# shop_new [JQ-FILTER]: a body that would make a shop.
shop_new() {
    jq -nc --arg to "$ERP_ID" --arg s "$NEW_SECRET" '{connector: "shopify", name: "New shop", secret: $s,
        settings: {shop: "new.myshopify.com"}, destination_id: $to} | '"${1:-.}"
}
make() { ask POST /v1/connections "${KEY:-$ALDER_KEY}" --json "$@"; }

# What was made works: its address takes a delivery that its secret signs.
made() {
    local hook id
    check "a shop is made" "$(make "$(shop_new)")" 201
    hook=$(said .hook_path) id=$(said .id)
    check "it is the caller's, with its destination" "$(said '[.customer_id, .destination_id, .status, (.hook_path | test("^/hooks/[0-9a-z]{40}$"))]')" \
        "[\"$ALDER\",\"$ERP_ID\",\"active\",true]"
    check "the answer holds no secret" "$(grep -c "$NEW_SECRET" "$ANSWER")" 0
    order_body 5100 5100 SKU-0001 1 >"$DATA/work/new"
    check "its address takes what its secret signs" \
        "$(SHOP=new.myshopify.com SHOP_SECRET=$NEW_SECRET HOOK=$hook post "$DATA/work/new" n-1)" 200
    check "and not what another's signs" "$(SHOP=new.myshopify.com HOOK=$hook post "$DATA/work/new" n-2)" 401
    holds "the order is delivered to the destination" wait_state 5100 delivered
    check "the address is not shown again" \
        "$(ask GET /v1/connections "$ALDER_KEY") $(said "[.data[] | select(.id == \"$id\") | has(\"hook_path\")]")" "200 [false]"
    check "an ERP is made" "$(make "$(erp_new "https://erp.example.com/erp/")")" 201
    check "without an address for deliveries" "$(said .hook_path)" null
}

erp_new() { jq -nc --arg u "$1" '{connector: "tryton", name: "New ERP", secret: "pw", settings: {url: $u, user: "u", company: 1}}'; }

# The customer is the caller's own or, for a key of the partner, the one that its header names.
whose() {
    local before
    before=$(count_connections)
    check "a key of the partner must say for whom" "$(KEY=$NORTHWIND_KEY make "$(shop_new)")" 400
    check "which is said" "$(said .detail | grep -o 'customer: cus_')" "customer: cus_"
    check "twice is not once" \
        "$(KEY=$NORTHWIND_KEY make "$(shop_new)" -H "customer: $ALDER" -H "customer: $BIRCH")" 400
    check "nor is another id" "$(KEY=$NORTHWIND_KEY make "$(shop_new)" -H "customer: $ERP_ID")" 400
    check "another customer's name in Alder's hand" "$(make "$(shop_new)" -H "customer: $BIRCH")" 404
    check "another partner's customer" "$(KEY=$NORTHWIND_KEY make "$(shop_new)" -H "customer: $ABROAD")" 404
    check "a customer that nobody has" \
        "$(KEY=$NORTHWIND_KEY make "$(shop_new)" -H 'customer: cus_01h455vb4pex5vsknk084sn02q')" 404
    check "nothing was made of all that" "$(count_connections)" "$before"
    check "with the header it is made for that one" \
        "$(KEY=$NORTHWIND_KEY make "$(shop_new ".destination_id = \"$BIRCH_ERP_ID\"")" -H "customer: $BIRCH") $(said .customer_id)" "201 $BIRCH"
    check "the caller's own name does no harm" "$(make "$(shop_new)" -H "customer: $ALDER") $(said .customer_id)" "201 $ALDER"
}

# refuses SENTENCE BODY POINTER CODE: 422, the member is named, and nothing is made.
refuses() {
    local before
    before=$(count_connections)
    check "$1 is refused" "$(make "$2") $(said '.errors[0] | "\(.pointer) \(.code)"')" "422 $3 $4"
    problem "$1 is refused" 422 validation
    check "$1: nothing is made" "$(count_connections)" "$before"
}

refused_members() {
    refuses "an unknown kind" "$(shop_new '.connector = "acme"')" /connector not_in_list
    refuses "no name" "$(shop_new 'del(.name)')" /name required
    refuses "an empty name" "$(shop_new '.name = ""')" /name too_short
    refuses "a name of 121 characters" "$(shop_new '.name = "n" * 121')" /name too_long
    refuses "a name that is a number" "$(shop_new '.name = 7')" /name wrong_type
    refuses "no secret" "$(shop_new 'del(.secret)')" /secret required
    refuses "a member nobody knows" "$(shop_new '.colour = "red"')" /colour unknown_member
    refuses "a shop without its name" "$(shop_new '.settings = {}')" /settings/shop required
    refuses "an ERP without its company" "$(erp_new https://erp.example.com/ | jq -c 'del(.settings.company)')" \
        /settings/company required
}

refused_destinations() {
    local shop
    ask GET /v1/connections "$ALDER_KEY" >/dev/null
    shop=$(said '[.data[] | select(.connector == "shopify")][0].id')
    refuses "a destination that nobody has" "$(shop_new '.destination_id = "con_01h455vb4pex5vsknk084sn02q"')" \
        /destination_id not_found
    refuses "another customer's ERP" "$(shop_new ".destination_id = \"$BIRCH_ERP_ID\"")" /destination_id not_found
    refuses "a shop as destination" "$(shop_new ".destination_id = \"$shop\"")" /destination_id not_allowed
    refuses "a destination of an ERP" "$(erp_new https://erp.example.com/ | jq -c --arg d "$ERP_ID" '.destination_id = $d')" \
        /destination_id not_allowed
    refuses "an order's id as destination" "$(shop_new ".destination_id = \"$ORDER\"")" /destination_id not_an_id
}

refused_addresses() {
    local address
    for address in http://169.254.169.254/ http://127.0.0.1:5432/ "http://[::1]/" http://10.1.2.3/ http://2130706433/ \
        https://localhost/ https://erp.localhost./ https://user:word@erp.example.com/; do
        refuses "the address $address" "$(erp_new "$address")" /settings/url endpoint_forbidden
    done
}

# What is no JSON object of ours, before any member is looked at.
refused_bodies() {
    local before
    before=$(count_connections)
    check "another type of body" "$(make "$(shop_new)" -H 'content-type: text/plain')" 415
    check "an encoded body" "$(make "$(shop_new)" -H 'content-encoding: gzip')" 415
    broken_body "half an object" '{"connector": "shop'
    broken_body "nothing" ''
    broken_body "a NUL inside" '{"name": "a\u0000b"}'
    broken_body "a member twice" '{"name": "a", "name": "b"}'
    check "65 levels" "$(make "$(printf '[%.0s' {1..65})$(printf ']%.0s' {1..65})") $(said .code)" "400 json-too-deep"
    check "a list" "$(make '[]')" 422
    check "a parameter it does not know" "$(ask POST '/v1/connections?dry=1' "$ALDER_KEY" --json "$(shop_new)")" 400
    check "nothing is made of any" "$(count_connections)" "$before"
}

broken_body() {
    check "$1: refused with the place" "$(make "$2") $(said '"\(.code) \(.detail | test("line [0-9]+ column [0-9]+"))"')" \
        "400 malformed-json true"
    check "$1: in our words" "$(grep -ciE 'JSON_|jansson|near' "$ANSWER")" 0
}

# Nowhere but sealed: not in a table, not in a log.
secrets_kept() {
    check "no secret is logged" "$(cat "$DATA"/log/{api,worker}.log | grep -cE "$NEW_SECRET|$BIRCH_SECRET|$SHOP_SECRET")" 0
    as "$PG_BIN/pg_dump" -h "$DATA/run" -U "$PG_USER" tenon >"$DATA/work/dump"
    check "no secret stands in the database" \
        "$(grep -cE "$NEW_SECRET|$BIRCH_SECRET|$SHOP_SECRET|$NORTHWIND_KEY" "$DATA/work/dump")" 0
    holds "in which customers do" grep -q "Alder & Pine" "$DATA/work/dump"
}
