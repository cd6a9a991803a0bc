# shellcheck shell=bash disable=SC2154
# What the demo claims, read from the ERP itself and from our API. Sourced by ops/demo.
RESULT='{}' FAULTS=0

# demo_facts: what both sides hold, beside each other: one object an order, with all of the ERP's sales for it.
demo_facts() {
    jq -nc --slurpfile orders <(api_orders "$NORTHWIND" "$NORTHWIND_KEY") --slurpfile sales <(erp_sales) '
        ($sales | group_by(.reference) | map({key: (.[0].reference // ""), value: .}) | from_entries) as $by
        | $orders | sort_by(.received_at) | map(. + {sales: ($by["SHOPIFY-" + .source_id] // [])})'
}

demo_table() {
    FACTS=$(demo_facts)
    {
        printf 'ORDER\tERP SALE\tSHOP TOTAL\tERP TOTAL\tTIME MS\n'
        jq -r '
            def ms: capture("^(?<s>[^.Z]+)(\\.(?<f>[0-9]+))?Z$")
                | ((.s + "Z" | fromdate) * 1000) + (((.f // "0") + "000")[0:3] | tonumber);
            .[] | [.number, (.sales | map(.number // "-") | join(",")), "\(.total.amount) \(.total.currency)",
                   (.sales | map(.total) | join(",")),
                   (if .delivered_at then (.delivered_at | ms) - (.received_at | ms) else .state end)]
            | map(if . == "" then "-" else . end) | @tsv' <<<"$FACTS"
    } | column -t -s $'\t'
}

# claim NAME JSON WANTED: notes a figure of the result and whether it is what it must be.
claim() {
    RESULT=$(jq -c --arg k "$1" --argjson v "$2" '.[$k] = $v' <<<"$RESULT")
    [ "$2" = "$3" ] && return 0
    say "$1 is $2 and must be $3"
    FAULTS=$((FAULTS + 1))
}

demo_check() {
    local sales sums
    sales=$(erp_sales | jq -sc .)
    sums=$(jq -sc '{delivered: map(.delivered) | add, repeated: map(.repeated) | add, refused: map(.refused) | add}' "$DELIVERIES")
    claim orders_delivered "$(jq 'map(select(.state == "delivered")) | length' <<<"$FACTS")" "$ORDERS"
    claim orders_stored "$(jq length <<<"$FACTS")" "$ORDERS"
    claim deliveries "$(jq .delivered <<<"$sums")" "$(jq --argjson n "$ORDERS" '$n + .repeated + .refused' <<<"$sums")"
    claim some_came_twice "$(jq '.repeated > 0' <<<"$sums")" true
    claim erp_sales "$(jq 'map(select(.state == "confirmed" or .state == "processing" or .state == "done")) | length' <<<"$sales")" "$ORDERS"
    claim duplicates_in_erp "$(jq 'length - (map(.reference) | unique | length)' <<<"$sales")" 0
    claim totals_equal "$(totals_equal)" true
    claim rejected_signatures "$(jq .refused <<<"$sums")" 1
    claim worker_kills "$WORKER_KILLS" 1
    claim other_partners_orders "$(api_orders "$HARBOR" "$HARBOR_KEY" | wc -l)" 1 # its own
    claim seen_by_other_partner "$(seen_by_other_partner)" 0
    claim tenonctl_is_told "$(tenonctl_is_told)" true
}

# Decimals are compared as text with the fraction's trailing zeros off: no floating point touches an amount.
totals_equal() {
    jq 'def plain: if contains(".") then sub("0+$"; "") | sub("\\.$"; "") else . end;
        length > 0 and all(.sales | length == 1) and
        all(((.total.amount // "none") | plain) == ((.sales[0].total // "") | plain))' <<<"$FACTS"
}

# Of Northwind's orders: those in Harbor's list, and those that Harbor's key opens on either host.
seen_by_other_partner() {
    local id n
    n=$(api_orders "$HARBOR" "$HARBOR_KEY" | jq -s --argjson ours "$FACTS" 'map(select(.id | IN($ours[].id))) | length')
    for id in $(jq -r '.[0:3][].id' <<<"$FACTS"); do
        ! api_get "$HARBOR" "$HARBOR_KEY" "/v1/orders/$id" >/dev/null || n=$((n + 1))
        ! api_get "$NORTHWIND" "$HARBOR_KEY" "/v1/orders/$id" >/dev/null || n=$((n + 1))
    done
    echo "$n"
}

# As somebody's shell that has read the file.
tenonctl_is_told() {
    # shellcheck source=/dev/null
    (. "$DATA/env" && "$DATA/app/tenonctl" customer list --partner northwind --json) | jq 'map(.name) == ["Alder & Pine"]'
}

summary() {
    cat <<TEXT

Northwind Retail Systems   https://$NORTHWIND:$HTTPS_PORT/   API key $NORTHWIND_KEY
Harbor Commerce            https://$HARBOR:$HTTPS_PORT/   API key $HARBOR_KEY
Northwind's owner          $INVITATION   (sets a password; once)
Mail that was sent         $DATA/mail/
ERP ($ERP)   $ERP_URL   user $ERP_USER, password $ERP_SECRET
Certificate authority      $DATA/ca.pem
For the tour and tenonctl  . $DATA/env
Operators' listeners       http://127.0.0.1:$((HTTPS_PORT + 1))/metrics (api), http://127.0.0.1:$((HTTPS_PORT + 2))/metrics (worker)
Try                        curl --cacert $DATA/ca.pem -H 'authorization: Bearer $NORTHWIND_KEY' https://$NORTHWIND:$HTTPS_PORT/v1/orders
TEXT
    if [ "$FAULTS" = 0 ]; then say "everything claimed was checked"; else say "$FAULTS claims failed"; fi
}
