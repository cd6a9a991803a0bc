#!/bin/bash
# 200 real-shaped orders, signed, over one connection of HTTP/2, in random order, a fifth of them twice: exactly 200 sales,
# every quantity right, every total equal to the cent, ids above 2^53 exact.
#   TENON_E2E_ERP=tryton   against the real ERP (about two minutes); otherwise a stand-in of our own
#   TENON_E2E_SEED=N       the order of the deliveries
. "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

ERP_KIND=${TENON_E2E_ERP:-stand-in} COUNT=200 PATIENCE=60 SEED=${TENON_E2E_SEED:-$RANDOM}
SERVICES='["DISCOUNT", "SHIPPING", "TIP", "DUTIES", "TAX", "ROUNDING"]'

main() {
    [ "$ERP_KIND" != tryton ] || PATIENCE=240
    echo "# ERP $ERP_KIND, seed $SEED"
    stack_open e2e-orders 18510
    bodies
    stack_start
    deliver_all
    holds "all orders are delivered" wait_delivered "$COUNT" "$PATIENCE"
    erp_settled
    check_intake
    check_api
    check_erp
    tap_end
}

# The official bodies where they are at hand, and our own: one template a line.
templates() {
    local official=${TENON_SHARED:-}/vendor-apis/shopify/cases/rest-examples-2026-07.json
    if [ -f "$official" ]; then
        jq -c '.[] | select(.operation == "order GET") | .response.body | .. | objects
            | select(has("line_items") and has("total_price"))' "$official"
    fi
    jq -c . "$TENON_ROOT"/tests/e2e/bodies/*.json
}

bodies() {
    local n=0 line
    templates >"$DATA/work/templates"
    echo "# $(wc -l <"$DATA/work/templates") templates"
    jq -sc --argjson count "$COUNT" -f "$TENON_ROOT/tests/e2e/orders.jq" "$DATA/work/templates" >"$DATA/work/orders"
    jq -sc '[.[] | {id: (.id | gsub("@"; "")), total: .total_price,
        lines: ([.line_items[] | [.sku // "", .quantity]] | sort)}] | sort_by(.id)' "$DATA/work/orders" >"$DATA/work/expected"
    while IFS= read -r line; do
        printf '%s' "$line" >"$DATA/work/body.$n"
        n=$((n + 1))
    done < <(exact <"$DATA/work/orders")
}

# Number and delivery id, a fifth twice: half of those as the same delivery again, half as another topic about the order.
schedule() {
    local i
    for ((i = 0; i < COUNT; i++)); do echo "$i d-$i orders/create"; done
    for ((i = 0; i < COUNT; i += 10)); do echo "$i d-$i orders/create"; done
    for ((i = 5; i < COUNT; i += 10)); do echo "$i u-$i orders/updated"; done
}

# One curl, one connection: a configuration with a part for every delivery.
deliver_all() {
    local i delivery topic out=$DATA/work/said
    {
        while read -r i delivery topic; do
            printf 'url = "%s"\nhttp2\ncacert = "%s"\nresolve = "*:%s:127.0.0.1"\nsilent\nmax-time = 120\n' \
                "$(url "$HOOK")" "$DATA/ca.pem" "$HTTPS_PORT"
            shop_headers "$DATA/work/body.$i" "$delivery" "$topic" | sed 's/.*/header = "&"/'
            printf 'data-binary = "@%s"\noutput = "/dev/null"\nwrite-out = "%%{http_code} %%{http_version}\\n"\nnext\n' \
                "$DATA/work/body.$i"
        done < <(schedule | shuf --random-source=<(yes "$SEED"))
    } | sed '$d' >"$DATA/work/curl"
    curl --no-progress-meter --parallel --parallel-max 32 -K "$DATA/work/curl" >"$out" || true
    check "every delivery is taken over HTTP/2" "$(sort "$out" | uniq -c | xargs)" "$((COUNT + COUNT / 5)) 200 2"
}

# As the database reads it, which keeps every digit.
check_intake() {
    check "$COUNT orders stand in the messages received" \
        "$(pg_sql "select count(distinct convert_from(body, 'UTF8')::jsonb ->> 'id') from tenon.inbound_message")" "$COUNT"
    check "a repeated delivery is not stored again" "$(pg_sql "select count(*) from tenon.inbound_message")" "$((COUNT + COUNT / 10))"
}

check_api() {
    orders >"$DATA/work/api"
    check "our API lists every order once, its id exact" "$(jq -sc 'map(.source_id) | sort' "$DATA/work/api")" \
        "$(jq -c 'map(.id) | sort' "$DATA/work/expected")"
    check "half of the ids are above 2^53" "$(jq 'map(select(.id | length >= 16)) | length' "$DATA/work/expected")" $((COUNT / 2))
    check "our API tells the totals of shop and ERP to the cent" \
        "$(jq -sc 'sort_by(.source_id) | map([.source_id, .total.amount, .external_total.amount])' "$DATA/work/api")" \
        "$(jq -c 'map([.id, .total, .total])' "$DATA/work/expected")"
}

# What the ERP holds: {reference, state, total, lines: [[sku, quantity]…]} a sale. Lines without a SKU go by their variant.
erp_facts_of_sales() {
    local sales lines products
    sales=$(erp_sales | jq -sc .)
    lines=$(erp_call model.sale.line.search_read '[[["type", "=", "line"]], 0, null, null, ["sale", "product", "quantity"]]')
    products=$(erp_call model.product.product.search_read '[[], 0, null, null, ["code"]]')
    jq -nc --slurpfile s <(echo "$sales") --slurpfile l <(echo "$lines") --slurpfile p <(echo "$products") \
        --argjson services "$SERVICES" '
        ($p[0] | map({key: "\(.id)", value: .code}) | from_entries) as $code
        | ($l[0] | map(select(.product) | . + {sku: $code["\(.product)"]}) | map(select(.sku as $k | $services | index($k) | not))
           | group_by(.sale) | map({key: "\(.[0].sale)", value: (map([.sku, .quantity]) | sort)}) | from_entries) as $of
        | $s[0] | map({reference, state, total, lines: ($of["\(.id)"] // [])}) | sort_by(.reference)'
}

check_erp() {
    erp_facts_of_sales >"$DATA/work/erp"
    check "the ERP holds exactly $COUNT sales" "$(jq length "$DATA/work/erp")" "$COUNT"
    check "no reference comes twice" "$(jq 'map(.reference) | unique | length' "$DATA/work/erp")" "$COUNT"
    check "references are the shop's ids, exact" "$(jq -c 'map(.reference)' "$DATA/work/erp")" \
        "$(jq -c 'map("SHOPIFY-" + .id) | sort' "$DATA/work/expected")"
    check "every sale is confirmed" \
        "$(jq 'map(select(.state | IN("confirmed", "processing", "done"))) | length' "$DATA/work/erp")" "$COUNT"
    check "every total is equal to the cent" "$(jq -c 'map([.reference, .total])' "$DATA/work/erp")" \
        "$(jq -c 'map(["SHOPIFY-" + .id, .total]) | sort_by(.[0])' "$DATA/work/expected")"
    check "every line has its quantity" "$(jq -c 'map([.reference, .lines])' "$DATA/work/erp")" \
        "$(jq -c 'map(["SHOPIFY-" + .id, .lines]) | sort_by(.[0])' "$DATA/work/expected")"
}

main
