# shellcheck shell=bash disable=SC2154,SC2016,SC2034
# What the pages of mappings show: orders with promo codes, a live mapping with its first version, a cross reference with words
# that nobody has, orders that wait for one, and a drift case. Sourced by tests/web/run, after its stack has started.

# seeded METHOD PATH [OPTION…]: as the key in SEED_KEY; the answer is in ANSWER.
seeded() { KEY=$SEED_KEY ask "$@"; }

# seed_mappings: sets MAPPING and CROSS, and the invitations of somebody of the retailer's and of who approves for the partner.
seed_mappings() {
    local customer
    OTHER_KEY=$(ctl key create --partner northwind --name other --scopes customers:read,connections:read,mappings:read,mappings:publish)
    KEY=$OTHER_KEY ask GET /v1/customers >/dev/null
    customer=$(said '.data[0].id')
    SEED_KEY=$(ctl key create --partner northwind --name seed --customer "$customer" \
        --scopes mappings:read,mappings:write,mappings:publish,messages:read,orders:read,connections:read)
    seed_orders
    seed_cross_references
    seed_live
    seed_waiting
    seed_drift
    APPROVER=$(ctl user invite --partner northwind --email lee@northwind.example --name "Lee Park" --role partner_owner)
    RETAILER=$(ctl user invite --partner northwind --customer "$customer" --email mia@alder.example --name "Mia Stone" --role customer_admin)
}

seed_order() { order_body "$((5900000000000 + $1))" "$1" "$2" 1 "${3:-.}" >"$DATA/work/order" && post_until "$DATA/work/order" "s-$1" 30; }
# Ten with words for promo codes and ways of shipping, three with what no number is.
seed_orders() {
    local i more='.shipping_lines = [{title: "std", price: "0.00"}]'
    for ((i = 901; i <= 907; i++)); do seed_order "$i" SKU-0001 "$more | .discount_codes = [{code: \"2026\", amount: \"0.00\", type: \"fixed_amount\"}]"; done
    for ((i = 908; i <= 910; i++)); do seed_order "$i" SKU-0002 "$more | .discount_codes = [{code: \"SPRING\", amount: \"0.00\", type: \"fixed_amount\"}]"; done
    for ((i = 901; i <= 910; i++)); do wait_state "$((5900000000000 + i))" delivered 60 || return 1; done
}

seed_cross_references() {
    seeded POST /v1/cross-references --json '{"name": "shop_sku", "shape": "many_to_one", "key_case": "fold", "note": "SKUs of the shop, and ours"}' >/dev/null
    CROSS=$(said .id)
    seeded POST "/v1/cross-references/$CROSS/import" -H 'content-type: text/csv' \
        --data-binary $'key,value,note\nsku-0001,SKU-0001,\nsku-0002,SKU-0002,\nNL-2230,SKU-0003,the small one\n' >/dev/null
}

# What ships, but that SKUs are looked up; approved by the partner's other key, since its author cannot.
seed_live() {
    local document
    seeded POST /v1/mappings --json '{"name": "Order to ERP sales order", "source_system": "shopify", "source_object": "order",
        "target": "sales_order/1", "begin": "shipped"}' >/dev/null
    MAPPING=$(said .id)
    seeded GET "/v1/mappings/$MAPPING/versions/1" >/dev/null
    document=$(jq -c '{note: "SKUs by our list", document: (.document | .rules |= map(if .to == "/lines/*/sku"
        then {to, lookup: {table: "shop_sku", key: "sku", miss: "hold"}} else . end))}' "$ANSWER")
    seeded POST "/v1/mappings/$MAPPING/versions" --json "$document" >/dev/null
    seeded POST "/v1/mappings/$MAPPING/versions/2/submit" >/dev/null
    KEY=$OTHER_KEY ask POST "/v1/mappings/$MAPPING/versions/2/approve" >/dev/null
    seeded POST "/v1/mappings/$MAPPING/versions/2/publish" --json '{"share": 100}' >/dev/null
    KEY=$OTHER_KEY ask GET /v1/connections >/dev/null
    KEY=$OTHER_KEY ask PUT "/v1/connections/$(said '.data[] | select(.name == "Web shop").id')/mappings/order" --json "{\"mapping_id\": \"$MAPPING\"}" >/dev/null
}

# Three orders wait for one word, and another for a second.
seed_waiting() {
    local i
    for i in 931 932 933; do seed_order "$i" NL-2231; done
    seed_order 934 'sku 0001'
    for i in 931 932 933 934; do wait_state "$((5900000000000 + i))" held 60 || return 1; done
}

# A field that changed, as the judge of deliveries writes it down: it would have to see two hundred of them first.
seed_drift() {
    local i
    for ((i = 0; i < 150; i++)); do
        [ "$(pg_sql "select count(*) from tenon.source_shape where object = 'order'")" = 0 ] || break
        sleep 0.2
    done
    pg_sql "insert into tenon.drift_case (partner_id, customer_id, case_id, shape_id, connection_id, path, what, expected, got, bearing, action, affected, message_id, sample)
        select s.partner_id, s.customer_id, gen_random_uuid(), s.shape_id, s.connection_id, 'total_tax', 'type_changed', 'a decimal in a text',
            'a whole number', true, 'hold', 4, m.message_id, 'a whole number'
        from tenon.source_shape s join lateral (select message_id from tenon.inbound_message i where i.connection_id = s.connection_id
            order by message_id desc limit 1) m on true where s.object = 'order' limit 1"
}
