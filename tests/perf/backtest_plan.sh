# shellcheck shell=bash
# A version of the shop's mapping with three faults, and what a backtest over the orders of backtest_orders.py must find of
# each. Sourced by tests/perf and tests/jobs.
SHIPPED=$TENON_ROOT/tenants/connectors/shopify/order.mapping.json

# What came by "pos" is called otherwise; what has a note costs a cent more; what is refunded in part is called by a word that
# nobody knows, and fails.
candidate() {
    jq -ce '(.rules[] | select(.to == "/channel")).expr = "source_name = \"pos\" ? \"retail\" : source_name"
        | (.rules[] | select(.to == "/total")).expr = "note = \"leave at the door\" ? $plus(total_price, \"0.01\") : total_price"
        | (.let[] | select(.name == "payment_states")).expr |= (. as $was | sub("\"partially_refunded\": \"partially_refunded\"";
            "\"partially_refunded\": \"in part\"") | if . == $was then error("no such state") else . end)' "$SHIPPED"
}

# planted COUNT: what a result says of so many orders, as found does.
planted() {
    awk -v n="$1" 'BEGIN {
        for (i = 1; i <= n; i++) {
            if (i % 251 == 0) { fails++; continue }
            channel += i % 7 == 0
            total += i % 101 == 0
            changed += i % 7 == 0 || i % 101 == 0
        }
        printf "%d records, %d same, %d changed, %d newly failing, 0 newly passing, 0 still failing; ", n, n - changed - fails, changed, fails
        printf "/channel %d, /total %d; not_in_list /payment_state %d; USD %d.%02d\n", channel, total, fails, total / 100, total % 100
    }'
}

# found FILE: of a result.
found() {
    jq -r '"\(.records) records, \(.same) same, \(.changed) changed, \(.newly_failing) newly failing, \(.newly_passing) newly passing, \(.still_failing) still failing; "
        + ([.changes[] | "\(.path) \(.records)"] | join(", ")) + "; "
        + ([.newly_failing_by.reasons[] | "\(.code) \(.path) \(.records)"] | join(", ")) + "; "
        + ([.money[] | "\(.currency) \(.difference)"] | join(", "))' "$1"
}
