# shellcheck shell=bash disable=SC2034
# What the measurements share: the product on private sockets, one partner with a shop and an ERP, pgbench beside it, and
# arithmetic over several rounds. Sourced by run.
LABEL=perf
# shellcheck source=../../ops/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../ops/lib.sh"
# shellcheck source=../../ops/lib/erp_rpc.sh
. "$TENON_ROOT/ops/lib/erp_rpc.sh"

PERF=$TENON_ROOT/tests/perf
HTTPS_PORT=${PERF_PORT:-18643} # +1 and +2: operators' listeners, +3: the ERP, +4: HTTP/2 without TLS
PLAIN=http://northwind.localhost:$((HTTPS_PORT + 4))
ERP_SECRET=none ERP_SETTINGS='{"url":"http://127.0.0.1:9/erp/","user":"none","company":1,"warehouse":1,"unit":1}' # until erp_start
SHOP=alder-pine.myshopify.com
HOOK_SECRET=0123456789abcdef0123456789abcdef
NEXT=5800000000000000001 # no order's number is used twice

stack_open() {
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD $PACKAGES_RUN
    data_open "${PERF_DATA:-/var/tmp/tenon-perf-$(id -u)}"
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap stack_close EXIT
    stack_stop # what a run that was killed has left
    data_clear
    data_layout
    BUILD=${PERF_BUILD:-$TENON_ROOT/build/release}
    [ -n "${PERF_BUILD:-}" ] || build_preset release tenond tenonctl fake-erp load ${PROGRAMS:-}
    local p
    for p in 0 1 2 3 4; do port_need $((HTTPS_PORT + p)); done
    for p in tenond tenonctl fake-erp load; do install -m 0755 "$BUILD/$p" "$DATA/app/$p"; done
    web_build
    mkdir -p "$DATA/app/web-static"
    for p in sql branding web-static/signin web-static/dist; do cp -R "$TENON_ROOT/$p" "$DATA/app/$p"; done
    cp "$PERF"/*.template "$DATA/app/"
    chmod -R a+rX "$DATA/app"
    pg_start
    redis_start
    pg_database
    keys_make
    tls_make northwind.localhost localhost
    quiet "$DATA/log/migrate.log" ctl migrate up || exit 1
}

stack_stop() {
    local p
    for p in worker worker1 worker2 worker3 api api2 all fake-erp fake-sink nginx; do end "$p"; done
    redis_stop
    pg_stop
}

stack_close() {
    local status=$?
    trap - EXIT
    set +e
    stack_stop
    [ -n "${PERF_KEEP:-}" ] || data_remove
    exit "$status"
}

secret() {
    # shellcheck disable=SC2016
    printf '%s' "$2" | as sh -c 'umask 077; cat >"$0"' "$DATA/keys/$1"
    echo "$DATA/keys/$1"
}

seed() {
    local hook
    PARTNER=$(ctl partner create --slug northwind --name "Northwind Retail" --host northwind.localhost --brand northwind)
    CUSTOMER=$(ctl customer create --partner northwind --name "Alder & Pine")
    KEY=$(ctl key create --partner northwind --customer "$CUSTOMER" --name perf)
    ERP=$(ctl connection create --partner northwind --customer "$CUSTOMER" --connector tryton --name ERP \
        --settings "$ERP_SETTINGS" --secret-file "$(secret erp.password "$ERP_SECRET")")
    hook=$(ctl connection create --partner northwind --customer "$CUSTOMER" --connector shopify --name Shop \
        --settings "{\"shop\":\"$SHOP\"}" --destination "$ERP" --secret-file "$(secret shop.secret "$HOOK_SECRET")")
    SHOP_SAID=$hook # the connection's id and the address of its deliveries
    HOOK=$(sed -n 2p <<<"$hook")
    [ -n "$HOOK" ] || die "no address for deliveries"
}

# The stand-in, which says its address.
erp_start() {
    spawn fake-erp "$DATA/app/fake-erp" --listen "127.0.0.1:$((HTTPS_PORT + 3))"
    wait_for fake-erp 20 grep -qs '^url=' "$DATA/log/fake-erp.log" || exit 1
    erp_facts <"$DATA/log/fake-erp.log"
    ERP_SETTINGS=$(erp_settings | jq -c --argjson n "${PERF_CONCURRENCY:-32}" '. + {concurrency: $n}')
}

perf_api_start() {
    api_start TENON_PROCESSES=0 TENON_HTTP_LISTEN="127.0.0.1:$((HTTPS_PORT + 4))" TENON_LOG_LEVEL=warn \
        TENON_READS_PER_MINUTE=1000000000 TENON_WRITES_PER_MINUTE=1000000000 \
        TENON_CUSTOMER_READS_PER_MINUTE=1000000000 TENON_CUSTOMER_WRITES_PER_MINUTE=1000000000 "$@" || exit 1
}

# all_start: one process with every role.
all_start() {
    spawn all TENON_PROCESSES=0 TENON_ROLES=api,worker,clock TENON_HTTPS_LISTEN="127.0.0.1:$HTTPS_PORT" \
        TENON_OPS_LISTEN="127.0.0.1:$((HTTPS_PORT + 1))" \
        TENON_TLS_CERT_FILE="$DATA/keys/tls.pem" TENON_TLS_KEY_FILE="$DATA/keys/tls.key" \
        TENON_DATABASE_API_URL="$(pg_url tenon_api)" TENON_DATABASE_INTAKE_URL="$(pg_url tenon_intake)" \
        TENON_DATABASE_WORKER_URL="$(pg_url tenon_worker)" TENON_DATABASE_DISPATCH_URL="$(pg_url tenon_dispatch)" \
        TENON_REDIS_URL="$(redis_url)" TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" \
        TENON_CONNECTION_KEK_FILE="$DATA/keys/connection.key" TENON_CURSOR_KEY_FILE="$DATA/keys/cursor.key" \
        TENON_WEB_DIR="$DATA/app/web-static" TENON_BRANDING_DIR="$DATA/app/branding" TENON_LOG_LEVEL=warn \
        TENON_ALLOW_PRIVATE_ADDRESSES=true "$DATA/app/tenond"
}

load() { as "$DATA/app/load" --json "$@"; }

# orders COUNT [OPTION…]: signed deliveries of distinct orders, made before the clock starts; SAID is the client's JSON.
orders() {
    local count=$1
    shift
    SAID=$(load --url "$PLAIN$HOOK" --requests "$count" --base "$NEXT" --body-template "$DATA/app/$TEMPLATE" \
        --hmac-key "$HOOK_SECRET" --hmac-header x-shopify-hmac-sha256 --unique-header x-shopify-webhook-id \
        --header 'x-shopify-topic: orders/create' --header "x-shopify-shop-domain: $SHOP" "$@") ||
        die "not every delivery was accepted: $SAID"
    NEXT=$((NEXT + count))
}

# pgbench ROLE SCRIPT OPTION…: transactions a second; a failed transaction ends the run.
pgbench_rate() {
    local role=$1 script=$2 out
    shift 2
    out=$(as "$PG_BIN/pgbench" -n -M prepared -h "$DATA/run" -U "$role" -f "$script" "$@" tenon 2>&1) ||
        die "pgbench failed: $out"
    sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$out"
}

# Both sides begin with nothing waiting to be written.
settle_disk() { pg_sql checkpoint; }

median() { sort -g | awk '{ v[NR] = $1 } END { printf "%.1f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# sample NAME VALUE: of this round, both to the terminal and to DATA/run/NAME.
sample() {
    printf '%-8s %12s\n' "$1" "$2"
    echo "$2" >>"$DATA/samples.$1"
}
of() { median <"$DATA/samples.$1"; }

# verdict NAME OURS PEER UNIT NOTE [JSON]: the last line; without a peer there is no ratio.
verdict() {
    jq -nc --arg name "$1" --argjson ours "$2" --argjson peer "$3" --arg unit "$4" --arg note "$5" --argjson more "${6:-{\}}" '
        {name: $name, ours: $ours, peer: $peer, ratio: (if $peer then ($ours / $peer * 1000 | round / 1000) else null end),
         unit: $unit, note: $note} + $more'
}

rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$(pid_of "$DATA/run/$1.pid")/status"; }
