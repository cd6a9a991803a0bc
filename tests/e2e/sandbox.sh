#!/bin/bash
# A customer's sandbox: a simulated shop and a simulated ERP, made, turned and read by the API alone. Orders that shoppers
# place become sales exactly once, through every fault, with the worker killed and the stand-ins restarted and killed
# meanwhile. Private addresses are not allowed in any of the processes.
# It runs where there is no other network than loopback, if it may make such a place: nothing can leave then.
if [ -z "${SANDBOX_ALONE:-}" ] && unshare -n true 2>/dev/null; then
    export SANDBOX_ALONE=yes
    exec unshare -n bash -c 'ip link set lo up && exec bash "$0"' "${BASH_SOURCE[0]}"
fi
# shellcheck source=tests/e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

stack_open sandbox 23400
STANDINS_PORT=$((HTTPS_PORT + 5))
port_need "$STANDINS_PORT"
port_need "$((STANDINS_PORT + 1))"
API_SETTINGS+=("TENON_STANDINS=127.0.0.1:$STANDINS_PORT")
WORKER_SETTINGS=("${API_SETTINGS[@]}" TENON_ALLOW_PRIVATE_ADDRESSES=false TENON_SETTLE_MS=500 TENON_LEASE_MS=1000)

pg_start "fsync = off"
redis_start
pg_database
keys_make
tls_make "$NORTHWIND" "$HARBOR" localhost '*.localhost'
quiet "$DATA/log/migrate.log" ctl migrate up || exit 1
ctl partner create --slug northwind --name "Northwind Retail Systems" --host "$NORTHWIND" --brand northwind >/dev/null
ctl partner create --slug harbor --name "Harbor Commerce" --host "$HARBOR" --brand harbor >/dev/null
ALDER=$(ctl customer create --partner northwind --name "Alder & Pine")
BIRCH=$(ctl customer create --partner northwind --name "Birch")
NORTHWIND_KEY=$(ctl key create --partner northwind --name tests)
HARBOR_KEY=$(ctl key create --partner harbor --name tests)
api_start "${API_SETTINGS[@]}" || exit 1
worker_start "${WORKER_SETTINGS[@]}" || exit 1
standins_start "${API_SETTINGS[@]}" || exit 1
KEY=$NORTHWIND_KEY

# call METHOD PATH [JSON] [CUSTOMER]: the status.
call() {
    local body=()
    [ -z "${3:-}" ] || body=(--json "$3")
    ask "$1" "$2" -H "customer: ${4:-$ALDER}" "${body[@]}"
}
# make JSON: a simulated connection; its id.
make() {
    local got
    got=$(call POST /v1/connections "$1")
    [ "$got" = 201 ] || die "a simulated connection was answered $got: $(cat "$ANSWER")"
    said .id
}
# records CONNECTION COLLECTION JQ: of what a simulated system holds.
records() {
    [ "$(call GET "/v1/simulate/records?connection_id=$1&of=$2")" = 200 ] || die "no records: $(cat "$ANSWER")"
    said "$3"
}

# fault CONNECTION KIND [MEMBERS]: one more; the status.
fault() { call POST /v1/simulate/faults "{\"connection_id\":\"$1\",\"kind\":\"$2\"${3:+,$3}}"; }
orders_now() { call POST /v1/simulate/orders "{\"connection_id\":\"$1\",\"count\":$2}"; }

# ---- what is refused ----

refused() { call POST /v1/connections "$1"; }
told() { said '.errors[0] | [.pointer, .code] | join(" ")'; }
check "nothing real is simulated" "$(refused '{"connector":"tryton","name":"X","simulated":true}') $(told)" \
    "422 /simulated not_allowed"
check "nor by saying so" "$(refused '{"connector":"tryton","name":"X","environment":"live","simulated":true}') $(told)" \
    "422 /simulated not_allowed"
check "a kind without a stand-in is told" \
    "$(refused '{"connector":"http","name":"X","environment":"sandbox","simulated":true}') $(told)" \
    "422 /simulated not_available"
check "secrets are not asked for, and not taken" \
    "$(refused '{"connector":"tryton","name":"X","environment":"sandbox","simulated":true,"secret":"s"}') $(told)" \
    "422 /secret not_allowed"
check "nor is an address" \
    "$(refused '{"connector":"tryton","name":"X","environment":"sandbox","simulated":true,"settings":{"api_url":"http://127.0.0.1:1/"}}') $(told)" \
    "422 /settings/api_url not_allowed"
check "a real connection still needs its settings" \
    "$(refused '{"connector":"tryton","name":"X","environment":"sandbox","secret":"s"}') $(told)" "422 /settings required"

# ---- a shop and an ERP that are none ----

ERP=$(make '{"connector":"tryton","name":"Trial ERP","environment":"sandbox","simulated":true}')
SHOP=$(make "{\"connector\":\"shopify\",\"name\":\"Trial shop\",\"environment\":\"sandbox\",\"simulated\":true,\"destination_id\":\"$ERP\"}")
check "a connection says that it is simulated" "$(call GET "/v1/connections/$SHOP") $(said .simulated)" "200 true"
REAL=$(ctl connection create --partner northwind --customer "$ALDER" --connector tryton --name "Real ERP" \
    --settings '{"url":"https://erp.example/","user":"u","company":1,"currency":"USD"}' --secret-file "$(secret real.password p)" | head -n 1)
check "and its orders stay in the sandbox" \
    "$(refused "{\"connector\":\"shopify\",\"name\":\"Y\",\"environment\":\"sandbox\",\"simulated\":true,\"destination_id\":\"$REAL\"}") $(told)" \
    "422 /destination_id not_allowed"
check "what is real is not turned" "$(orders_now "$REAL" 1) $(said .code)" "409 not-simulated"
check "more than 100 orders at once are refused" "$(orders_now "$SHOP" 101)" 422
check "nor does an ERP have shoppers" "$(orders_now "$ERP" 1) $(said .code)" "409 conflict"
BEFORE=$(records "$ERP" sales .total)

# ---- it is nobody else's ----

elsewhere() { # METHOD PATH [OPTION…]: as another partner, at its own host
    status_of --http2 -X "$1" -H "authorization: Bearer $HARBOR_KEY" -H "idempotency-key: $RANDOM$RANDOM" "${@:3}" "$(url "$2" "$HARBOR")"
}
check "another partner has no such connection" \
    "$(for what in orders reset; do elsewhere POST "/v1/simulate/$what" --json "{\"connection_id\":\"$SHOP\"}"; done; elsewhere DELETE "/v1/simulate/faults?connection_id=$SHOP"; elsewhere GET "/v1/simulate/records?connection_id=$SHOP&of=orders")" \
    "404404404404"
check "nor has another customer of the partner" \
    "$(call POST /v1/simulate/orders "{\"connection_id\":\"$SHOP\"}" "$BIRCH") $(call GET "/v1/simulate/records?connection_id=$SHOP&of=orders" '' "$BIRCH")" \
    "404 404"
near() { curl -s -o /dev/null -w '%{http_code}' -m 10 "$@" "http://127.0.0.1:$STANDINS_PORT$P"; }
P="/s/$(cat /proc/sys/kernel/random/uuid)/reset"
check "whoever does not know its name finds nothing at the address" "$(near -X POST)" 404
P=/_standin/log
check "and the engine's own levers are not there" "$(near)" 404

# ---- ten orders, and everything goes wrong ----

turned_on() {
    fault "$SHOP" duplicate '"times":3'
    fault "$SHOP" reorder '"for_s":60'
    fault "$SHOP" drift '"times":4,"operation":"deliveries"'
    fault "$ERP" latency '"percent":30,"for_s":60,"ms":300'
    fault "$ERP" rate_limited '"times":3'
    fault "$ERP" server_error '"times":3,"status":502'
    fault "$ERP" dropped_reply '"times":2,"operation":"sales.create"'
    fault "$ERP" dropped_reply '"times":1,"operation":"sales.confirm"'
    fault "$ERP" expired_token '"times":2'
    fault "$ERP" drift '"times":3'
}
check "each kind of fault is turned on" "$(turned_on | sed 's/204/x/g')" "$(printf 'x%.0s' {1..10})"
check "ten shoppers order" "$(orders_now "$SHOP" 10) $(said '[.found_by, (.orders | length)] | join(" ")')" "201 webhook 10"

sales() { records "$ERP" sales .total; }
wait_sales() { # COUNT SECONDS: until so many are new
    local until=$((SECONDS + $2))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(sales)" -lt $((BEFORE + $1)) ] || return 0
        sleep 0.2
    done
    return 1
}
holds "the first sales come" wait_sales 2 60
crash worker
KEPT=$(sales)
end standins
standins_start "${API_SETTINGS[@]}" || exit 1
check "stand-ins that end keep what they hold" "$(sales)" "$KEPT"
worker_start "${WORKER_SETTINGS[@]}" || exit 1
holds "more sales come" wait_sales 4 60
# What had an answer is there after a crash. The worker goes on meanwhile, so that there may be more.
HAD=$(records "$ERP" sales '[.records[].reference] | map(select(startswith("SHOPIFY-"))) | sort | join(" ")')
crash standins
standins_start "${API_SETTINGS[@]}" || exit 1
HAS=$(records "$ERP" sales '[.records[].reference] | map(select(startswith("SHOPIFY-"))) | sort | join(" ")')
check "what was told is there after a crash of the stand-ins" \
    "$(comm -23 <(tr ' ' '\n' <<<"$HAD") <(tr ' ' '\n' <<<"$HAS"))" ""

delivered() { call GET /v1/orders >/dev/null && said '[.data[] | select(.state == "delivered")] | length'; }
wait_all() {
    local until=$((SECONDS + 120))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(delivered)" != 10 ] || return 0
        sleep 0.5
    done
    call GET /v1/orders && said '.data[] | [.number, .state, .held_reason]' >&2
    return 1
}
holds "all ten are delivered" wait_all
check "ten orders are ten sales, each once" \
    "$(sales) $(records "$ERP" sales '[.records[].reference | select(startswith("SHOPIFY-"))] | "\(length) \(unique | length)"')" \
    "$((BEFORE + 10)) 10 10"
check "each is confirmed there" \
    "$(records "$ERP" sales '[.records[] | select(.reference | startswith("SHOPIFY-")) | .state] | unique | join(" ")')" processing
check "the shop's totals are the ERP's" \
    "$(records "$SHOP" orders '[.records[] | select(.legacyResourceId | test("^11[0-9][0-9]$")) | .totalPriceSet.shopMoney.amount | tonumber] | add * 100 | round')" \
    "$(records "$ERP" sales '[.records[] | select(.reference | startswith("SHOPIFY-")) | .total_amount.decimal | tonumber] | add * 100 | round')"
check "the faults were met" "$(call GET "/v1/connections/$ERP") $(said '.health.hour | .failed >= 4 and .ok >= 30')" "200 true"
NAMES=$(pg_sql "select token from tenon.simulation")
check "no log and no answer has the name of a stand-in" \
    "$(for n in $NAMES; do grep -l "$n" "$DATA"/log/worker.log "$DATA"/log/api.log "$DATA"/log/standins.log "$ANSWER"; done)" ""

# ---- the end ----

check "faults end" "$(call DELETE "/v1/simulate/faults?connection_id=$ERP")" 204
check "a system is as at its start again" \
    "$(call POST /v1/simulate/reset "{\"connection_id\":\"$ERP\"}") $(sales)" "204 $BEFORE"

# ---- limits, and a reload ----

end standins
standins_start "${API_SETTINGS[@]}" TENON_STANDINS_MAX=1 TENON_STANDINS_STATE_MAX=65536 || exit 1
check "with room for one in memory each has its turn" \
    "$(for _ in 1 2 3; do sales; records "$SHOP" orders .total; done | paste -sd ' ')" \
    "$BEFORE 35 $BEFORE 35 $BEFORE 35"
check "one that holds as much as it may takes no more, and says so" "$(orders_now "$SHOP" 1) $(said .code)" "409 simulation-full"
check "and is read all the same" "$(records "$SHOP" orders .total)" 35
end standins
standins_start "${API_SETTINGS[@]}" TENON_PROCESSES=1 || exit 1
FIRST=$(children_of "$(pid_of "$DATA/run/standins.pid")")
check "it answers under a supervisor" "$(orders_now "$SHOP" 2) $(records "$SHOP" orders .total)" "201 37"
kill -HUP "$(pid_of "$DATA/run/standins.pid")"
replaced() { # the first process is gone, and another answers
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        if [ ! -d "/proc/${FIRST%% *}" ] && [ "$(call GET "/v1/simulate/records?connection_id=$SHOP&of=orders")" = 200 ]; then return 0; fi
        sleep 0.1
    done
    return 1
}
holds "a reload puts another process in its place" replaced
check "which has what the one before it had" "$(records "$SHOP" orders .total)" 37

check "all that is connected is of this machine" "$(ss -Htn state connected | awk '{print $NF}' | grep -vcE '^(127\.|\[::1\]|\[::ffff:127\.)')" 0
if [ -n "${SANDBOX_ALONE:-}" ]; then
    check "and there was no other network" "$(ip -o link show up | awk -F': ' '{print $2}' | paste -sd ' ')" lo
else
    echo "# a network of its own could not be made: that nothing leaves was seen by the open connections alone"
fi
tap_end
