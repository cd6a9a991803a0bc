#!/bin/bash
# A shop whose webhooks say no more than that an order changed: it is fetched at once and not with the next sweep, once for
# each version, however often it is told, whatever the shop answers first, and wherever the worker dies.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

SECRET=a-client-secret-of-the-shop

main() {
    stack_open wanted 18890
    API_SETTINGS+=(TENON_ALLOW_PRIVATE_ADDRESSES=true)
    stack_start
    shop_start
    at_once
    anew
    refused
    killed
    tap_end
}

shop_start() {
    local con customer
    spawn standin "$DATA/app/tenonctl" standin serve bigcommerce --listen "127.0.0.1:$((HTTPS_PORT + 6))"
    API=http://127.0.0.1:$((HTTPS_PORT + 6))
    wait_for standin 60 curl -sf -m 20 -o /dev/null "$API/_standin/state/orders" || exit 1
    customer=$(api_get "$NORTHWIND" "$NORTHWIND_KEY" /v1/connections | jq -r '.data[0].customer_id')
    jq -nc --arg s "$SECRET" --arg url "$API/stores/a1b2c3/" '{connector: "bigcommerce", name: "Thin shop",
        settings: {store_hash: "a1b2c3", currency: "USD", api_url: $url}, secrets: {token: "a-token", client_secret: $s}}' >"$DATA/work/new"
    con=$(curl_to -X POST -H "authorization: Bearer $NORTHWIND_KEY" -H 'content-type: application/json' \
        -H "customer: $customer" -H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)" --data-binary "@$DATA/work/new" "$(url /v1/connections)")
    HOOK=$(url "$(jq -r .hook_path <<<"$con")")
    CON=$(jq -r .id <<<"$con")
    [ "$CON" != null ] || die "no connection: $con"
}

# tells ORDER [COUNT]: so many webhooks about it, each a delivery of its own; prints how many were taken.
tells() {
    python3 - "$HOOK" "$DATA/ca.pem" "$SECRET" "$1" "${2:-1}" "$HTTPS_PORT" <<'PY'
import base64, hashlib, hmac, json, subprocess, sys, time, uuid
url, ca, secret, order, count, port = sys.argv[1:]
host = url.split('/')[2].split(':')[0]
taken = 0
for _ in range(int(count)):
    body = json.dumps({"scope": "store/order/updated", "store_id": "1025646", "producer": "stores/a1b2c3", "hash": uuid.uuid4().hex,
                       "created_at": int(time.time()), "data": {"type": "order", "id": int(order)}})
    name, at = str(uuid.uuid4()), str(int(time.time()))
    mac = base64.b64encode(hmac.new(secret.encode(), f"{name}.{at}.{body}".encode(), hashlib.sha256).digest()).decode()
    said = subprocess.run(["curl", "-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", ca, "--resolve",
                           f"{host}:{port}:127.0.0.1", "-H", f"webhook-id: {name}", "-H", f"webhook-timestamp: {at}", "-H",
                           f"webhook-signature: v1,{mac}", "-H", "content-type: application/json", "--data-binary", body, url],
                          capture_output=True, text=True).stdout
    taken += said == "200"
print(taken)
PY
}

# Versions of an order that were fetched, and whether one of them is said to have been missed.
stored() {
    pg_sql "select count(*) || ' ' || coalesce(bool_or(recovered), false) from tenon.inbound_message
        where business_key = 'order:$1' and position('status_id' in convert_from(body, 'UTF8')) > 0"
}
waiting() { pg_sql "select count(*) from tenon.source_wanted"; }
is_stored() { [ "$(stored "$1")" = "$2" ] && [ "$(waiting)" = 0 ]; }
# comes ORDER STORED SECONDS
comes() {
    local until=$((SECONDS + $3))
    while [ "$SECONDS" -lt "$until" ]; do
        ! is_stored "$1" "$2" || return 0
        sleep 0.1
    done
    echo "# $(stored "$1"), $(waiting) waiting" >&2
    return 1
}

at_once() {
    local began=${EPOCHREALTIME/./}
    check "a delivery that says only which order changed is taken" "$(tells 101)" 1
    holds "the order is fetched" comes 101 "1 false" 60
    echo "# $(((${EPOCHREALTIME/./} - began) / 1000)) ms from the delivery to the order"
    check "before any sweep" "$(api_get "$NORTHWIND" "$NORTHWIND_KEY" /v1/feeds | jq -r --arg con "$CON" '.data[] | select(.connection_id == $con and .object == "order") | .swept_at')" null
    check "twenty more about the same version are taken" "$(tells 101 20)" 20
    holds "and bring nothing new" comes 101 "1 false" 60
    check "one about an order that is not there is taken" "$(tells 999999)" 1
    holds "and forgotten" comes 999999 "0 false" 60
}

anew() {
    curl -sf -m 20 "$API/_standin/state/orders" | jq -c '[.[] | select(.id == 101) | .date_modified = "Mon, 30 Nov 2026 10:00:00 +0000"]' >"$DATA/work/order"
    curl -sf -m 20 -X PUT -H 'content-type: application/json' --data-binary "@$DATA/work/order" "$API/_standin/state/orders" >/dev/null
    check "the order changes and is told of" "$(tells 101)" 1
    holds "its new version comes beside the first" comes 101 "2 false" 60
}

refused() {
    curl -sf -m 20 -X POST -H 'content-type: application/json' -d '{"route": "orders.get", "kind": "status", "status": 503, "times": 2}' "$API/_standin/faults" >/dev/null
    check "an order is told of while the shop answers 503" "$(tells 102)" 1
    holds "it comes after all" comes 102 "1 false" 60
}

killed() {
    local point order=103
    for point in wanted.before_store wanted.before_commit; do
        end worker
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$point"
        check "an order is told of, and the worker dies at $point" "$(tells "$order")" 1
        holds "it dies" wait_gone worker
        check "nothing is stored, and it is still wanted" "$(stored "$order") $(waiting)" "0 false $((order - 102))"
        order=$((order + 1))
    done
    end worker
    worker_start "${WORKER_SETTINGS[@]}"
    pg_sql "update tenon.source_wanted set run_at = now()" # and not when the dead workers' time is over
    holds "the next worker fetches both" comes 103 "1 false" 60
    holds "each once" comes 104 "1 false" 60
}

main
