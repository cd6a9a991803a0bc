#!/bin/bash
# A customer's sandbox: a simulated shop and a simulated ERP, made, turned and read by the API alone. Orders that shoppers
# place become sales exactly once, through every fault, with the worker killed and the stand-ins restarted and killed
# meanwhile. Private addresses are not allowed in any of the processes.
# shellcheck source=tests/e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

stack_open sandbox 23400
STANDINS_PORT=$((HTTPS_PORT + 5))
port_need "$STANDINS_PORT"
port_need "$((STANDINS_PORT + 1))"
API_SETTINGS+=("TENON_STANDINS=127.0.0.1:$STANDINS_PORT")
WORKER_SETTINGS=("${API_SETTINGS[@]}" TENON_ALLOW_PRIVATE_ADDRESSES=false TENON_SETTLE_MS=500 TENON_LEASE_MS=1000)

standins_start() {
    spawn standins "${API_SETTINGS[@]}" TENON_ROLES=standins TENON_OPS_LISTEN="127.0.0.1:$((STANDINS_PORT + 1))" \
        TENON_STANDINS_LISTEN="127.0.0.1:$STANDINS_PORT" TENON_STANDINS_HOOKS="127.0.0.1:$HTTPS_PORT" \
        TENON_DATABASE_API_URL="$(pg_url tenon_api)" TENON_REDIS_URL="$(redis_url)" \
        TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" TENON_CA_FILE="$DATA/ca.pem" TENON_BRANDING_DIR="$DATA/app/branding" \
        "$@" "$DATA/app/tenond"
    wait_for standins 20 ready $((STANDINS_PORT + 1))
}

stop_standins() { end standins; }
trap 'stop_standins; stack_close' EXIT

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
standins_start || exit 1
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
