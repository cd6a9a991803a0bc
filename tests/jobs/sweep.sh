#!/bin/bash
# A shop whose webhooks are not all delivered: of 1,000 orders one in a hundred is dropped, by a seed. One sweep later the
# orders here are those of the shop, what was fetched says so, and nothing is there twice; and so it is when the worker is
# killed in the middle of a sweep. Webhooks that come after all change nothing.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

ORDERS=1000 SEED=${TENON_SWEEP_SEED:-7}

main() {
    stack_open sweep 18870
    stack_start
    shop_start
    dropped
    swept
    late_webhooks
    killed
    refused
    tap_end
}

shop_start() {
    local token con
    install -m 0755 "$TENON_BUILD/fake-shop" "$DATA/app/fake-shop"
    token=$(openssl rand -hex 16)
    spawn fake-shop "$DATA/app/fake-shop" --token "$token"
    wait_for fake-shop 60 grep -qs '^url=' "$DATA/log/fake-shop.log" || exit 1
    SHOP_API=$(sed -n 's/^url=//p' "$DATA/log/fake-shop.log")
    con=$(ctl connection create --partner northwind --customer "$(customer)" --connector shopify --name "Leaky shop" \
        --settings "$(jq -nc --arg shop "$SHOP" --arg url "$SHOP_API" '{shop: $shop, api_url: $url, rate: {per_second: 0}}')" \
        --destination "$(erp_con)" --secret-file "$(secret leaky.secret "$SHOP_SECRET")" --api-token-file "$(secret leaky.token "$token")")
    CON=$(sed -n 1p <<<"$con") HOOK=$(sed -n 2p <<<"$con")
    # The shop's orders are of the last hour: it is as if the connection had been made before them.
    pg_sql "update tenon.feed_cursor c set complete_to = now() - interval '2 hours' from tenon.connection n
        where n.connection_id = c.connection_id and n.name = 'Leaky shop'"
}
customer() { api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/connections" | jq -r '.data[0].customer_id'; }
erp_con() { api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/connections" | jq -r '.data[] | select(.connector == "tryton") | .id'; }

# shop_has FROM COUNT AGE: orders of the shop, changed AGE seconds ago and since, in work/orders, one a line.
shop_has() {
    python3 - "$1" "$2" "$3" >"$DATA/work/orders" <<'PY'
import datetime, json, sys
begin, count, age = map(int, sys.argv[1:])
now = datetime.datetime.now(datetime.timezone.utc)
for n in range(begin, begin + count):
    # Five hours behind, as the shop's own clock has it.
    at = (now - datetime.timedelta(seconds=age, hours=5) + datetime.timedelta(milliseconds=n - begin))
    at = at.strftime('%Y-%m-%dT%H:%M:%S') + '-05:00'
    print(json.dumps({
        'id': 6200000000000000000 + n, 'name': f'#{n}', 'email': f's{n}@example.com', 'currency': 'USD', 'taxes_included': False,
        'created_at': at, 'updated_at': at, 'customer': {'id': 7000000 + n, 'first_name': 'Ada', 'last_name': f'Byron {n}'},
        'line_items': [{'id': 9000000 + n, 'sku': 'SKU-0001', 'title': 'A thing', 'quantity': 1, 'price': '19.99', 'tax_lines': [],
                        'discount_allocations': []}],
        'shipping_lines': [], 'total_discounts': '0.00', 'total_tax': '0.00', 'subtotal_price': '19.99', 'total_price': '19.99'}))
PY
    python3 -c 'import json, sys; print(json.dumps({"orders": [json.loads(l) for l in sys.stdin]}))' <"$DATA/work/orders" >"$DATA/work/put"
    curl -sf -m 20 -X PUT --data-binary "@$DATA/work/put" "${SHOP_API}_orders"
}

# webhooks PERCENT NAME: delivers work/orders but for so many dropped by the seed, whose ids go to work/dropped.
webhooks() {
    python3 - "$1" "$SEED" "$2" "$DATA/work/orders" "$DATA/work/dropped" <<'PY' >"$DATA/work/send"
import random, sys
percent, seed, name, orders, dropped = float(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
dice = random.Random(seed)
with open(dropped, 'w') as lost:
    for line in open(orders):
        (lost if dice.random() * 100 < percent else sys.stdout).write(line)
PY
    python3 "$TENON_ROOT/tests/jobs/deliver.py" "127.0.0.1" "$HTTPS_PORT" "$NORTHWIND" "$HOOK" "$DATA/ca.pem" "$SHOP_SECRET" "$SHOP" "$2" \
        <"$DATA/work/send"
}

ours() { orders | jq -r .source_id | sort; }
theirs() { sed -E 's/^\{"id": ([0-9]+).*/\1/' "$DATA/work/put.all" | sort; }
# wait_orders COUNT: until so many orders are delivered.
wait_orders() {
    local until=$((SECONDS + 120))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.sales_order where state = 'delivered'")" -lt "$1" ] || return 0
        sleep 0.3
    done
    return 1
}
feed() { api_get "$NORTHWIND" "$NORTHWIND_KEY" /v1/feeds | jq -c --arg con "$CON" '.data[] | select(.connection_id == $con)'; }
sweep() {
    curl_to -o /dev/null -w '%{http_code}' -X POST -H "authorization: Bearer $NORTHWIND_KEY" \
        -H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)" "$(url "/v1/feeds/$CON/order/sweep")"
}
# sweep_ends: asks for a sweep and waits until it has ended; the feed is in FEED then.
sweep_ends() {
    local before until=$((SECONDS + 60))
    before=$(feed | jq -r .swept_at)
    [ "$(sweep)" = 202 ] || return 1
    while [ "$SECONDS" -lt "$until" ]; do
        FEED=$(feed)
        [ "$(jq -r .swept_at <<<"$FEED")" = "$before" ] || return 0
        sleep 0.2
    done
    return 1
}
doubled() {
    pg_sql "select (select count(*) from tenon.inbound_message where recovered), (select count(*) - count(distinct natural_key) from tenon.sales_order)"
}

dropped() {
    shop_has 1 "$ORDERS" 600
    cp "$DATA/work/orders" "$DATA/work/put.all"
    webhooks 1 first
    LOST=$(wc -l <"$DATA/work/dropped")
    echo "# seed $SEED: $LOST of $ORDERS webhooks are dropped"
    holds "some webhooks are dropped" test "$LOST" -gt 0
    holds "those that came are delivered" wait_orders $((ORDERS - LOST))
    check "the others are not there" "$(comm -13 <(ours) <(theirs) | wc -l)" "$LOST"
}

swept() {
    local asked
    holds "it ends" sweep_ends
    holds "the orders are delivered" wait_orders "$ORDERS"
    check "the orders are those of the shop" "$(diff <(ours) <(theirs) | head -n 3)" ""
    check "those that were dropped were fetched, no other" "$(recovered_keys)" "$(sed -E 's/^\{"id": ([0-9]+).*/\1/' "$DATA/work/dropped" | sort)"
    check "they are counted" "$(jq -c '[.recovered, .sweep_fault]' <<<"$FEED")" "[$LOST,null]"
    check "and say so" "$(api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/messages/$(recovered_one)" | jq -c '[.recovered, .job_state]')" '[true,"done"]'
    check "each is one sale" "$(erp_view /__state | jq -c '[.sales, .duplicate_references]')" "[$ORDERS,0]"
    asked=$(curl -sf "${SHOP_API}_shop" | jq -c '[.ones, .refused]')
    check "only what was missing was asked for one by one" "$asked" "[$LOST,0]"
    holds "a second sweep ends" sweep_ends
    check "and finds nothing" "$(jq .recovered <<<"$FEED")" "$LOST"
}
recovered_keys() { pg_sql "select substr(coalesce(object_key, business_key), 7) from tenon.inbound_message where recovered" | sort; }
recovered_one() {
    id_text rec "$(pg_sql "select message_id from tenon.inbound_message where recovered limit 1")"
}
id_text() {
    local hex=${2//-/} digits=0123456789abcdefghjkmnpqrstvwxyz out='' i bits
    bits=$(printf '00%s' "$(xxd -r -p <<<"$hex" | xxd -b -c 16 | cut -d' ' -f2-17 | tr -d ' ')")
    for ((i = 0; i < 130; i += 5)); do out+=${digits:$((2#${bits:i:5})):1}; done
    echo "$1_$out"
}

# What was dropped comes after all, later than the sweep.
late_webhooks() {
    cp "$DATA/work/dropped" "$DATA/work/orders"
    webhooks 0 late
    holds "the jobs of webhooks that come after all end" wait_jobs
    check "they change nothing" "$(erp_view /__state | jq -c '[.sales, .duplicate_references]') $(doubled)" "[$ORDERS,0] $LOST|0"
}
wait_jobs() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.job where state in ('ready', 'leased')")" != 0 ] || return 0
        sleep 0.2
    done
    return 1
}

# Three pages of orders without a webhook; the worker is killed at the second page, between what it stores and its commit.
killed() {
    local point
    shop_has 2001 600 300
    # As if nothing had been swept since.
    pg_sql "update tenon.feed_cursor c set complete_to = now() - interval '400 seconds' from tenon.connection n
        where n.connection_id = c.connection_id and n.name = 'Leaky shop'"
    cat "$DATA/work/orders" >>"$DATA/work/put.all"
    for point in sweep.before_commit:2 sweep.before_store; do
        end worker
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$point"
        check "a sweep is asked for, whose worker dies at $point" "$(sweep)" 202
        holds "it dies" wait_gone worker
        check "the cursor has not passed what is not stored" "$(cursor_whole)" t
    done
    end worker
    worker_start "${WORKER_SETTINGS[@]}"
    holds "the sweep goes on and ends" sweep_ends
    holds "all orders are delivered" wait_orders $((ORDERS + 600))
    check "they are those of the shop" "$(diff <(ours) <(theirs) | head -n 3)" ""
    check "nothing is there twice" "$(doubled) $(erp_view /__state | jq -c '[.sales, .duplicate_references]')" \
        "$((LOST + 600))|0 [$((ORDERS + 600)),0]"
    check "they are counted once" "$(jq .recovered <<<"$FEED")" $((LOST + 600))
}
# As many recovered messages as orders on the pages that the cursor has passed.
cursor_whole() {
    pg_sql "select (select count(*) from tenon.inbound_message where recovered and received_at > now() - interval '10 minutes'
        and substr(business_key, 7)::numeric > 6200000000000002000) = case page_after when '' then 0
        else (page_after::numeric - 6200000000000002000)::bigint end
        from tenon.feed_cursor c join tenon.connection n using (connection_id) where n.name = 'Leaky shop'"
}
# A shop that does not answer: the fault stands at the feed, and the cursor stays.
refused() {
    local before
    before=$(feed | jq -r .complete_to)
    curl -sf -m 20 -X PUT -d '{"refuse": 1, "status": 500}' "${SHOP_API}_faults"
    pg_sql "update tenon.feed set sweep_at = now() where sweep_at is not null"
    holds "why a sweep broke off stands at the feed" wait_fault
    check "in words" "$(jq -r .sweep_fault <<<"$FEED")" "the shop answered 500"
    check "and the cursor has not moved" "$(jq -r .complete_to <<<"$FEED")" "$before"
    holds "the next one ends" sweep_ends
    check "and the fault is gone" "$(jq -r .sweep_fault <<<"$FEED")" null
}
wait_fault() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        FEED=$(feed)
        [ "$(jq -r .sweep_fault <<<"$FEED")" = null ] || return 0
        sleep 0.2
    done
    return 1
}

main
