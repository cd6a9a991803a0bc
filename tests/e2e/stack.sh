# shellcheck shell=bash disable=SC2034
# The whole product on sockets of its own, for the shell tests: ops/lib with TAP, a partner and a storefront. Sourced.
#   . tests/e2e/stack.sh; stack_open NAME PORT; stack_start; …; tap_end
# Uses the ports PORT (https), +1, +2 (operators' listeners of api and worker), +3 (ERP) and +4 (a second worker), and DATA
# of its own. TENON_TEST_PORT=N: other ports and another DATA, for two runs at once.
LABEL=${LABEL:-e2e}
# shellcheck source=../../ops/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../ops/lib.sh"
# shellcheck source=../../ops/lib/erp_rpc.sh
. "$TENON_ROOT/ops/lib/erp_rpc.sh"

TENON_BUILD=${TENON_BUILD:-$TENON_ROOT/build/dev}
NORTHWIND=northwind.localhost HARBOR=harbor.localhost SHOP=alder-pine.myshopify.com
# One process a role, which the tests may kill, and budgets out of the way of those that ask without end.
API_SETTINGS=(TENON_PROCESSES=0 TENON_READS_PER_MINUTE=100000000 TENON_WRITES_PER_MINUTE=100000000
    TENON_CUSTOMER_READS_PER_MINUTE=100000000 TENON_CUSTOMER_WRITES_PER_MINUTE=100000000)
WORKER_SETTINGS=()
ERP_ARGS=() ERP_KIND=stand-in
TAP_COUNT=0 TAP_BAD=0

# ---- TAP ----

# check SENTENCE GOT WANTED
check() {
    TAP_COUNT=$((TAP_COUNT + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $TAP_COUNT - $1"
    else
        TAP_BAD=$((TAP_BAD + 1))
        printf 'not ok %s - %s\n# got    %s\n# wanted %s\n' "$TAP_COUNT" "$1" "${2:0:2000}" "${3:0:2000}"
    fi
}

# holds SENTENCE COMMAND…
holds() {
    local name=$1 got=no
    shift
    ! "$@" >/dev/null || got=yes
    check "$name" "$got" yes
}

tap_end() {
    local p
    for p in standins worker worker2 worker3 api api2; do end "$p"; done
    check "no sanitizer and no broken invariant spoke up" "$(complaints)" ""
    echo "1..$TAP_COUNT"
    [ "$TAP_BAD" = 0 ] || exit 1
    exit 0
}

complaints() {
    grep -hsE 'ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|MUST_BE' "$DATA"/log/{api,worker,standins}*.log |
        head -n 5 || true
}

# ---- start and stop ----

stack_open() {
    HTTPS_PORT=${TENON_TEST_PORT:-$2}
    data_open "/var/tmp/tenon-$1-$(id -u)${TENON_TEST_PORT:+-$TENON_TEST_PORT}"
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap stack_close EXIT
    stack_stop # what a run that was killed has left
    data_clear
    data_layout
    local p
    for p in 0 1 2 3 4; do port_need $((HTTPS_PORT + p)); done
    for p in tenond tenonctl fake-erp; do install -m 0755 "$TENON_BUILD/$p" "$DATA/app/$p"; done
    for p in sql branding web-static; do cp -R "$TENON_ROOT/$p" "$DATA/app/$p"; done
    chmod -R a+rX "$DATA/app"
    mkdir -p "$DATA/work"
    ANSWER=$DATA/work/answer
    install -m 0644 "$TENON_ROOT/tests/e2e/lsan.supp" "$DATA/app/lsan.supp"
    API_SETTINGS+=("LSAN_OPTIONS=suppressions=$DATA/app/lsan.supp:print_suppressions=0")
    WORKER_SETTINGS+=("${API_SETTINGS[@]}")
}

stack_stop() {
    local p
    for p in standins worker worker2 worker3 api api2; do end "$p" 5; done
    for p in "$DATA"/run/*.pid; do # whatever else the test has spawned
        p=$(basename "$p" .pid)
        [ "$p" = redis ] || end "$p" 5
    done
    if [ -d "$DATA/erp" ]; then erp_tool stop >/dev/null 2>&1 || true; fi
    redis_stop
    pg_stop
}

# wait_gone NAME: until a process that is to die has died, a minute at most.
wait_gone() {
    local until=$((SECONDS + 60)) pid
    pid=$(pid_of "$DATA/run/$1.pid" || true)
    while [ "$SECONDS" -lt "$until" ]; do
        # One that has ended has no number any more, or may still wait to be buried.
        if [ -z "$pid" ] || [ ! -d "/proc/$pid" ] || grep -qs '^State:.*Z' "/proc/$pid/status"; then return 0; fi
        sleep 0.05
    done
    return 1
}

stack_close() {
    local status=$?
    trap - EXIT
    trap '' INT TERM
    set +e
    jobs -p | xargs -r kill 2>/dev/null
    stack_stop
    if [ "$status" = 0 ]; then data_remove; else say "logs are kept in $DATA/log"; fi
    exit "$status"
}

# What dies here are processes, not the machine: without fsync the first start is quicker and nothing else differs.
stack_start() {
    schema_start "fsync = off"
    redis_start
    erp_start
    tls_make "$NORTHWIND" "$HARBOR" localhost '*.localhost'
    seed
    api_start "${API_SETTINGS[@]}" || exit 1
    worker_start "${WORKER_SETTINGS[@]}" || exit 1
}

# schema_start [SETTING…]: PostgreSQL with the schema as it is after all migrations, and our keys. A cluster with it takes
# seconds of a processor to make and is the same for all, so whoever needs it first keeps a copy beside the builds, and
# the others begin with that. e2e/sandbox.sh and unit_db do without, so that each run applies all migrations to nothing.
schema_start() {
    local kept
    kept=$TENON_ROOT/build/schema/$(schema_key)
    keys_make
    mkdir -p "${kept%/*}"
    exec 8>"${kept%/*}/.lock"
    flock 8 # others may be at it
    if [ -d "$kept" ]; then
        exec 8>&-
        rm -rf -- "$DATA/pg"
        cp -a --reflink=auto "$kept" "$DATA/pg"
        pg_conf "$@"
    else
        schema_keep "$kept" "$@"
        exec 8>&-
    fi
    pg_start "$@"
}

# What makes a kept cluster another one.
schema_key() {
    {
        cat "$TENON_ROOT/sql/roles.sql" "$TENON_ROOT"/sql/migrations/* "$TENON_ROOT/server/db/migrate.c" "$TENON_ROOT/ops/lib/store.sh"
        "$PG_BIN/postgres" --version
        id -u "$RUN_AS"
        id -u
    } | sha256sum | cut -c 1-16
}

# schema_keep PATH [SETTING…]: there is a whole one or none, whenever this ends.
schema_keep() {
    pg_start "${@:2}"
    pg_database
    quiet "$DATA/log/migrate.log" ctl migrate up || exit 1
    pg_stop
    find "${1%/*}" -mindepth 1 -maxdepth 1 -type d -mmin +600 -exec rm -rf -- {} + # of other states of sql/
    rm -rf -- "$1.new"
    cp -a "$DATA/pg" "$1.new"
    mv -T "$1.new" "$1"
}

erp_tool() {
    local tool=$1
    shift
    TENON_ERP_DIR=$DATA/erp TENON_ERP_PORT=$((HTTPS_PORT + 3)) "$TENON_ROOT/ops/erp/$tool" "$@" 9>&-
}

erp_start() {
    local facts
    if [ "$ERP_KIND" = tryton ]; then
        facts=$(erp_tool start) || exit 1
        erp_facts <<<"$facts"
        return
    fi
    spawn fake-erp "$DATA/app/fake-erp" --listen "127.0.0.1:$((HTTPS_PORT + 3))" "${ERP_ARGS[@]}"
    wait_for fake-erp 60 grep -qs '^url=' "$DATA/log/fake-erp.log" || exit 1
    erp_facts <"$DATA/log/fake-erp.log"
}

# erp_view PATH, erp_control JSON: the stand-in's side doors.
erp_view() { curl -sf -m 20 "http://127.0.0.1:$((HTTPS_PORT + 3))$1"; }
erp_control() { curl -sf -m 20 -H 'Content-Type: application/json' -d "$1" "http://127.0.0.1:$((HTTPS_PORT + 3))/__control" >/dev/null; }

# secret NAME VALUE: in a file that only the servers' user reads; prints its path.
secret() {
    # shellcheck disable=SC2016
    printf '%s' "$2" | as sh -c 'umask 077; cat >"$0"' "$DATA/keys/$1"
    echo "$DATA/keys/$1"
}

seed() {
    local customer erp hook
    ctl partner create --slug northwind --name "Northwind Retail Systems" --host "$NORTHWIND" --brand northwind >/dev/null
    ctl partner create --slug harbor --name "Harbor Commerce" --host "$HARBOR" --brand harbor >/dev/null
    customer=$(ctl customer create --partner northwind --name "Alder & Pine")
    NORTHWIND_KEY=$(ctl key create --partner northwind --name tests)
    HARBOR_KEY=$(ctl key create --partner harbor --name tests)
    SHOP_SECRET=$(openssl rand -hex 24)
    erp=$(ctl connection create --partner northwind --customer "$customer" --connector tryton --name "Head office ERP" \
        --settings "$(erp_settings)" --secret-file "$(secret erp.password "$ERP_SECRET")")
    hook=$(ctl connection create --partner northwind --customer "$customer" --connector shopify --name "Web shop" \
        --settings "{\"shop\":\"$SHOP\"}" --destination "$erp" --secret-file "$(secret shop.secret "$SHOP_SECRET")")
    HOOK=$(sed -n 2p <<<"$hook")
    [ -n "$HOOK" ] || die "no address for deliveries"
}

# ---- the storefront, which knows nothing of our programs ----

url() { echo "https://${2:-$NORTHWIND}:$HTTPS_PORT$1"; }
curl_to() { curl -s -m 60 --cacert "$DATA/ca.pem" --resolve "*:$HTTPS_PORT:127.0.0.1" "$@"; }
sign() { openssl dgst -sha256 -hmac "${2:-$SHOP_SECRET}" -binary "$1" | base64 -w 0; }

# shop_headers FILE DELIVERY [TOPIC]: what comes with the body in FILE, one header a line. SIGNATURE stands in for the
# true one; an empty SIGNATURE leaves it out.
shop_headers() {
    local signature=${SIGNATURE-$(sign "$1")}
    printf '%s\n' "content-type: application/json" "x-shopify-topic: ${3:-orders/create}" \
        "x-shopify-shop-domain: $SHOP" "x-shopify-webhook-id: $2" "x-shopify-api-version: ${API_VERSION-2026-07}"
    [ -z "$signature" ] || echo "x-shopify-hmac-sha256: $signature"
}

# post FILE DELIVERY [HOST]: prints the status; the answer is in ANSWER, its header in ANSWER.header.
post() {
    status_of "${HTTP:---http2}" -H @<(shop_headers "$1" "$2") --data-binary "@$1" "$(url "$HOOK" "${3:-}")"
}

# status_of CURL-ARGUMENT…
status_of() {
    rm -f "$ANSWER" "$ANSWER.header"
    curl_to -o "$ANSWER" -D "$ANSWER.header" -w '%{http_code}' "$@" || true
}

# post_until FILE DELIVERY [SECONDS]: as a shop does, until it is told that the order was taken.
post_until() {
    local until=$((SECONDS + ${3:-60}))
    while [ "$SECONDS" -lt "$until" ]; do
        case $(post "$1" "$2") in 2*) return 0 ;; esac
        sleep 0.2
    done
    return 1
}

# order_body ID NUMBER SKU QUANTITY [JQ FILTER]: an order of one line at 19.99; ids keep all their digits.
order_body() {
    jq -nc --arg id "$1" --arg n "$2" --arg sku "$3" --argjson q "$4" '{
        id: "@\($id)@", name: "#\($n)", email: "shopper\($n)@example.com", currency: "USD", taxes_included: false,
        created_at: "2026-11-20T11:30:59-05:00", updated_at: "2026-11-20T11:30:59-05:00",
        customer: {id: "@70\($n)@", first_name: "Käthe", last_name: "O\u0027Neil \($n)"},
        line_items: [{id: "@90\($n)@", sku: $sku, title: "A thing", quantity: $q, price: "19.99", tax_lines: [],
            discount_allocations: []}],
        shipping_lines: [], total_discounts: "0.00", total_tax: "0.00",
        subtotal_price: ((1999 * $q) | "\(. / 100 | floor).\(. % 100 | tostring | if length == 1 then "0" + . else . end)")}
        | .total_price = .subtotal_price | '"${5:-.}" | exact
}

# jq 1.6 keeps numbers as doubles, so long ids travel through it as "@digits@".
exact() { sed -E 's/"@(-?[0-9]+)@"/\1/g'; }

# ---- what became of it ----

orders() { api_orders "$NORTHWIND" "$NORTHWIND_KEY"; }
delivered_count() { orders | jq -n '[inputs | select(.state == "delivered")] | length'; }
order_of() { orders | jq -c --arg id "$1" 'select(.source_id == $id)'; }
order_full() { api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/orders/$(order_of "$1" | jq -r .id)"; }

# wait_state SOURCE_ID STATE [SECONDS]
wait_state() {
    local until=$((SECONDS + ${3:-60}))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(orders | jq -r --arg id "$1" 'select(.source_id == $id).state')" != "$2" ] || return 0
        sleep 0.1
    done
    return 1
}

# wait_delivered COUNT SECONDS
wait_delivered() {
    local until=$((SECONDS + $2)) n=0
    while [ "$SECONDS" -lt "$until" ]; do
        n=$(delivered_count) || n=0
        [ "$n" -lt "$1" ] || return 0
        sleep 0.3
    done
    say "only $n of $1 orders are delivered"
    return 1
}

# ask METHOD PATH [OPTION…]: the API with KEY; prints the status. said FILTER: of that answer, by jq.
ask() {
    status_of --http2 -X "$1" -H "authorization: Bearer $KEY" -H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)" \
        "${@:3}" "$(url "$2")"
}
said() { jq -rc "$1" "$ANSWER"; }
