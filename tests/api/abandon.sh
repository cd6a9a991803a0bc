#!/bin/bash
# 3,000 requests abandoned under way, half by a reset of the stream and half by closing the connection, two thirds of them
# deliveries: what was stored has its job, every stored order becomes one sale, and nothing is left half done.
LABEL="api"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

REQUESTS=${TENON_ABANDON_REQUESTS:-3000}

main() {
    stack_open abandon 18550
    PLAIN=$((HTTPS_PORT + 5))
    port_need "$PLAIN"
    API_SETTINGS+=(TENON_HTTP_LISTEN="127.0.0.1:$PLAIN")
    WORKER_SETTINGS+=(TENON_SETTLE_MS=500)
    stack_start
    order_body '{{n}}' '{{n}}' SKU-0001 2 | sed 's/"@{{n}}@"/7{{n}}/; s/"@[79]0{{n}}@"/8{{n}}/g' >"$DATA/work/template"
    before
    abandon
    calm
    stored
    delivered
    served_on
    tap_end
}

figure() { curl -s -m 20 "http://127.0.0.1:$((HTTPS_PORT + 1))/metrics" | awk -v name="$1" '$1 == name { print $2 }'; }

# An order that nobody walks away from, so that what follows is known to be about the walking.
before() {
    sed 's/{{n}}/999999/g' "$DATA/work/template" >"$DATA/work/good"
    check "an order is taken" "$(post "$DATA/work/good" whole-1)" 200
    holds "and delivered" wait_delivered 1 60
    FIBERS=$(figure fibers_live)
}

abandon() {
    local said
    said=$("$TENON_BUILD/abandon" --port "$PLAIN" --authority "$NORTHWIND" --hook "$HOOK" --secret "$SHOP_SECRET" \
        --shop "$SHOP" --key "$NORTHWIND_KEY" --template "$DATA/work/template" --requests "$REQUESTS")
    echo "# $said"
    read -r _ SENT _ RESET _ CLOSED _ <<<"$said"
    check "all requests were made" "$SENT" "$REQUESTS"
    holds "a quarter or more were reset under way ($RESET)" test "$RESET" -ge $((REQUESTS / 4))
    holds "a quarter or more lost their connection ($CLOSED)" test "$CLOSED" -ge $((REQUESTS / 4))
    holds "the server saw them go" test "$(figure http_requests_abandoned_total)" -ge $((REQUESTS / 10))
}

# calm: nothing of the abandoned is at work any more: no transaction open, no fiber more than before.
calm() {
    holds "no transaction is left open" becomes 0 pg_sql "select count(*) from pg_stat_activity
        where usename in ('tenon_api', 'tenon_intake') and state like 'idle in transaction%'"
    holds "no fiber of theirs lives on ($(figure fibers_live), $FIBERS before)" fibers_fell
    holds "no connection is open but the one that asks" becomes 1 figure http_connections_open
}

# becomes VALUE COMMAND…: within a minute.
becomes() {
    local value=$1 i
    shift
    for i in {1..600}; do
        [ "$("$@")" != "$value" ] || return 0
        sleep 0.1
    done
    return 1
}
fibers_fell() {
    local i
    for i in {1..600}; do
        [ "$(figure fibers_live)" -gt $((FIBERS + 2)) ] || return 0
        sleep 0.1
    done
    return 1
}

# A message and its job are committed together, or neither is.
stored() {
    MESSAGES=$(pg_sql "select count(*) from tenon.inbound_message")
    echo "# $MESSAGES messages were stored"
    holds "some of them were stored" test "$MESSAGES" -gt 1
    check "every message has its job" "$(pg_sql "select count(*) from tenon.inbound_message m where not exists
        (select from tenon.job j where j.partner_id = m.partner_id and j.customer_id = m.customer_id
           and j.message_id = m.message_id)")" 0
    check "no delivery was stored twice" "$(pg_sql "select count(*) from (select from tenon.inbound_message
        group by connection_id, dedupe_key having count(*) > 1) twice")" 0
}

delivered() {
    holds "every stored order is delivered" wait_delivered "$MESSAGES" $((60 + MESSAGES / 10))
    holds "every job is done" becomes 0 pg_sql "select count(*) from tenon.job where state <> 'done'"
    check "every effect is confirmed" "$(pg_sql "select count(*) from tenon.effect where state <> 'confirmed'")" 0
    check "each order is one sale in the ERP" "$(erp_view /__state | jq -c '[.sales, .references, .duplicate_references]')" \
        "[$MESSAGES,$MESSAGES,0]"
}

served_on() {
    sed 's/{{n}}/999998/g' "$DATA/work/template" >"$DATA/work/good"
    check "the server goes on taking orders" "$(post "$DATA/work/good" whole-2)" 200
    check "and listing them" "$(status_of -H "authorization: Bearer $NORTHWIND_KEY" "$(url /v1/orders)")" 200
}

main
