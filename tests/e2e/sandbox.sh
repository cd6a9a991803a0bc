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
for p in 1 2 3; do port_need "$((STANDINS_PORT + p))"; done
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
NORTHWIND_KEY=$(ctl key create --partner northwind --name tests \
    --scopes orders:read,orders:write,connections:read,connections:write,messages:read,flows:read,flows:write,flows:publish)
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

# ---- what is live and what is a try ----

flow_made() { # NAME: its id
    [ "$(call POST /v1/flows "{\"name\":\"$1\"}")" = 201 ] || die "no flow: $(cat "$ANSWER")"
    said .id
}
role() { call PUT "/v1/flows/$1/connections/$2" "{\"connection_id\":\"$3\"}"; }
FLOW=$(flow_made "Both")
check "a flow is given a connection of the sandbox" "$(role "$FLOW" trial "$ERP")" 200
check "and none that is live then" "$(role "$FLOW" real "$REAL") $(said .code)" "409 other-environment"
check "which has changed nothing" "$(call GET "/v1/flows/$FLOW/connections") $(said '[.connections[].role] | join(" ")')" "200 trial"
LIVE_FLOW=$(flow_made "Live")
check "nor is a live flow given one of the sandbox" \
    "$(role "$LIVE_FLOW" real "$REAL") $(role "$LIVE_FLOW" trial "$SHOP") $(said .code)" "200 409 other-environment"
check "a flow that is paused may go over, one name after another" \
    "$(call POST "/v1/flows/$FLOW/pause") $(role "$FLOW" real "$REAL")" "200 200"
check "but does not go on while it is in both" "$(call POST "/v1/flows/$FLOW/resume") $(said .code)" "409 other-environment"
check "and goes on when it is in one" "$(role "$FLOW" trial "$REAL") $(call POST "/v1/flows/$FLOW/resume")" "200 200"
DOCUMENT='{"format":"flow/1","trigger":{"message":{"system":"shopify","object":"order"}},"steps":[{"drop":"seen"}]}'
check "a live flow is published" "$(call POST "/v1/flows/$FLOW/versions" "{\"document\":$DOCUMENT}") $(call POST "/v1/flows/$FLOW/versions/1/publish")" "201 200"
check "and nothing of the sandbox goes through it" \
    "$(call PUT "/v1/connections/$SHOP/flows/order" "{\"flow_id\":\"$FLOW\"}") $(said .code)" "409 other-environment"
check "its page says what to do" "$(call GET /docs/problems/other-environment)" 200
check "orders of a live shop do not end in the sandbox, real as its system is" \
    "$(call POST /v1/connections "{\"connector\":\"shopify\",\"name\":\"L\",\"settings\":{\"shop\":\"l.myshopify.com\"},\"secret\":\"s\",\"destination_id\":\"$ERP\"}") $(told)" \
    "422 /destination_id not_allowed"
# What was set before anybody looked: an order that would leave its environment is held.
CROSS=$(make "{\"connector\":\"shopify\",\"name\":\"Crossing shop\",\"environment\":\"sandbox\",\"simulated\":true,\"destination_id\":\"$ERP\"}")
pg_sql "update tenon.connection c set destination_id = r.connection_id from tenon.connection r
         where c.name = 'Crossing shop' and r.name = 'Real ERP'" >/dev/null
held_of() { # CONNECTION WORDS: an order of it is held, and its reason has the words
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        call GET /v1/orders >/dev/null
        [ "$(said "[.data[] | select(.connection_id == \"$1\" and .state == \"held\" and (.held_reason // \"\" | contains(\"$2\")))] | length")" = 0 ] || return 0
        sleep 0.2
    done
    said '.data[] | [.number, .state, .held_reason]' >&2
    return 1
}
check "a shopper orders there" "$(orders_now "$CROSS" 1)" 201
holds "and the order is held at the border" held_of "$CROSS" "works in another environment"

# ---- a simulated system that is gone ----

GONE=$(make '{"connector":"tryton","name":"Gone ERP","environment":"sandbox","simulated":true}')
GONE_SHOP=$(make "{\"connector\":\"shopify\",\"name\":\"Shop of the gone\",\"environment\":\"sandbox\",\"simulated\":true,\"destination_id\":\"$GONE\"}")
# As while a tenant is erased, which comes to its connections later.
pg_sql "delete from tenon.simulation where connection_id = (select connection_id from tenon.connection where name = 'Gone ERP')" >/dev/null
check "a shopper orders where the ERP's stand-in is gone" "$(orders_now "$GONE_SHOP" 1)" 201
holds "nothing is called, and the reason says it" held_of "$GONE_SHOP" "is simulated and is no longer there"
check "the connection is simulated all the same" "$(call GET "/v1/connections/$GONE") $(said .simulated)" "200 true"
check "and turning it is answered in words" "$(call POST /v1/simulate/reset "{\"connection_id\":\"$GONE\"}") $(said .detail)" \
    "409 the simulated system of this connection is no longer there; connect a new one"

# ---- a stand-in that hangs ----

CART=$(make '{"connector":"woocommerce","name":"Hanging shop","environment":"sandbox","simulated":true}')
token_of() { pg_sql "select token from tenon.simulation s join tenon.connection c using (partner_id, customer_id, connection_id) where c.name = '$1'"; }
CART_NAME=$(token_of "Hanging shop")
at_cart() { # UNTIL [OPTION…]: a vendor's call of its own; the status
    curl -s -o "$DATA/work/cart" -w '%{http_code}' -m 20 -u ck_1:cs_1 -H "x-simulated-until: $1" -H 'content-type: application/json' "${@:2}" \
        "http://127.0.0.1:$STANDINS_PORT/c/$CART_NAME/wp-json/wc/v3/orders"
}
CARTS=$(records "$CART" orders .total)
NEVER=9000000000000000000
check "a call whose maker waits is done" "$(at_cart $NEVER --data '{}') $(records "$CART" orders .total)" "201 $((CARTS + 1))"
check "one whose maker has given up is not, and has no answer" "$(at_cart 1 --data '{}') $(records "$CART" orders .total)" "000 $((CARTS + 1))"
again() { # KEY: two orders are asked for under it
    status_of --http2 -X POST -H "authorization: Bearer $KEY" -H "customer: $ALDER" -H "idempotency-key: $1" \
        --json "{\"connection_id\":\"$CART\",\"count\":2}" "$(url /v1/simulate/orders)"
}
kill -STOP "$(pid_of "$DATA/run/standins.pid")"
check "while it hangs one is told to come again" "$(again hung-1) $(said .code)" "503 temporarily-unavailable"
kill -CONT "$(pid_of "$DATA/run/standins.pid")"
check "who does has the two orders that were asked for" \
    "$(again hung-1) $(said '.orders | length') $(records "$CART" orders .total)" "201 2 $((CARTS + 3))"
# The answer was lost after it was done: what the API keeps of it is gone.
FIRST_TWO=$(again lost-1 >/dev/null && said '.orders | join(" ")')
pg_sql "delete from tenon.idempotency_answer" >/dev/null
check "asked again after the answer was lost, it is the same two" \
    "$(again lost-1) $(said '.orders | join(" ")') $(records "$CART" orders .total)" "201 $FIRST_TWO $((CARTS + 5))"

# ---- everybody's share ----

slow_call() { # NAME [OPTION…]: of a system that answers late
    curl -s -o /dev/null -w '%{http_code}\n' -m 100 -u ck_1:cs_1 "${@:2}" "http://127.0.0.1:$STANDINS_PORT/c/$1/wp-json/wc/v3/orders"
}
of_birch() { call GET "/v1/simulate/records?connection_id=$BIRCH_CART&of=orders" '' "$BIRCH"; }
BIRCH_CART=$(call POST /v1/connections '{"connector":"woocommerce","name":"Birch shop","environment":"sandbox","simulated":true}' "$BIRCH" >/dev/null && said .id)
check "a system answers late for a while" "$(fault "$CART" latency '"for_s":120,"ms":15000')" 204
curl -s --no-progress-meter -Z --parallel-immediate --parallel-max 130 -o /dev/null -w '%{http_code}\n' -m 100 -u ck_1:cs_1 \
    "http://127.0.0.1:$STANDINS_PORT/c/$CART_NAME/wp-json/wc/v3/orders?n=[1-130]" >"$DATA/work/slow" 2>/dev/null &
slow=$!
is_busy() {
    local until=$((SECONDS + 15))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(call GET "/v1/simulate/records?connection_id=$CART&of=orders") $(said .code)" != "429 simulation-busy" ] || return 0
        sleep 0.2
    done
    return 1
}
holds "who has asked for more than its share is told to wait" is_busy
check "by the system itself, too" "$(slow_call "$CART_NAME")" 429
check "another customer is answered meanwhile" "$(of_birch)" 200
wait "$slow" || true
# Whoever asks how it stands has one of the hundred for a moment.
check "a hundred were answered, and the others told to wait" \
    "$(awk '{ n[$1]++ } END { print (n[200] > 90 && n[200] <= 100), (n[200] + n[429]) }' "$DATA/work/slow")" "1 130"
check "the system is quick again" "$(call DELETE "/v1/simulate/faults?connection_id=$CART")" 204
end standins
standins_start "${API_SETTINGS[@]}" TENON_STANDINS_MAX=4 || exit 1
check "a system that is in use" "$(fault "$CART" latency '"for_s":120,"ms":15000')" 204
while [ "$(slow_call "$CART_NAME")" = 429 ]; do sleep 0.1; done & # until it has the place
slow=$!
has_no_place() {
    local until=$((SECONDS + 12))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(call GET "/v1/simulate/records?connection_id=$SHOP&of=orders") $(said .code)" != "429 simulation-busy" ] || return 0
        sleep 0.2
    done
    return 1
}
holds "has its customer's place of four, and others of that customer wait" has_no_place
check "another customer has its own" "$(of_birch)" 200
wait "$slow" || true
check "then the place is free" "$(call DELETE "/v1/simulate/faults?connection_id=$CART") $(call GET "/v1/simulate/records?connection_id=$SHOP&of=orders")" "204 200"

# ---- where it listens ----

said_no() { # LOG WORDS: a process of that name has ended, and said why
    local until=$((SECONDS + 20))
    while [ "$SECONDS" -lt "$until" ] && running "$1"; do sleep 0.1; done
    ! running "$1" && grep -q "$2" "$DATA/log/$1.log"
}
elsewhere_start() { # NAME SETTING…
    spawn "$1" TENON_ROLES=standins TENON_PROCESSES=0 TENON_OPS_LISTEN="127.0.0.1:$((STANDINS_PORT + 2))" \
        TENON_STANDINS_LISTEN="127.0.0.1:$((STANDINS_PORT + 3))" TENON_STANDINS_HOOKS="127.0.0.1:$HTTPS_PORT" \
        TENON_DATABASE_API_URL="$(pg_url tenon_api)" TENON_REDIS_URL="$(redis_url)" TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" \
        TENON_BRANDING_DIR="$DATA/app/branding" "${API_SETTINGS[@]}" "${@:2}" "$DATA/app/tenond"
}
elsewhere_start wide "TENON_STANDINS_LISTEN=0.0.0.0:$((STANDINS_PORT + 3))"
holds "stand-ins refuse to listen where others could reach them, and say so" said_no wide "which others could reach"
elsewhere_start abroad "TENON_STANDINS_HOOKS=10.0.0.1:8443"
holds "and to deliver to another machine" said_no abroad "deliver to this machine alone"
elsewhere_start far "TENON_STANDINS=10.0.0.1:8098"
holds "nor is one elsewhere asked" said_no far "simulated systems are on this machine"
elsewhere_start apart TENON_STANDINS_HOOKS= TENON_HTTPS_LISTEN=10.0.0.1:8443
holds "where no address of the api is near, it is said that nothing is delivered" \
    wait_for apart 20 grep -q "simulated systems deliver nothing" "$DATA/log/apart.log"
end apart
serve_wide() { timeout 20 env -i PATH="$PATH" "$DATA/app/tenonctl" standin serve shopify --listen "0.0.0.0:$((STANDINS_PORT + 3))" "$@" >"$DATA/log/serve.log" 2>&1; }
serve_wide || true
holds "nor does one that is started by hand, unless it is told to" grep -q "say --anywhere" "$DATA/log/serve.log"
serve_wide --anywhere &
wide=$!
serves() {
    local until=$((SECONDS + 20))
    while [ "$SECONDS" -lt "$until" ]; do
        ! grep -q "listening on port" "$DATA/log/serve.log" || return 0
        sleep 0.1
    done
    return 1
}
holds "and then it does" serves
kill "$wide" 2>/dev/null || true

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
