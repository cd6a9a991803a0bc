#!/bin/bash
# Two real shops, a real ERP, and the product between them, as TAP:
#   tests/e2e/real/chain.sh      see README.md; TENON_CHAIN_ORDERS=N orders in each shop and round (60; below
#   10 one round, under trouble, in which shoppers go on until the trouble is over),
#   TENON_CHAIN_KEEP=1 leaves everything running, for a look
# Vendure, Medusa and Tryton are started as seeded. What a customer's people would do is done by the product's interface alone:
# connections, mappings, flows. Shoppers buy; the ERP's people ship, refund and take back; each is judged in the system
# that it should have come to. Then once more while the worker is killed and the ERP stands still.
# The systems' folders are kept, so that the next run installs nothing. Uses the ports PORT to +6 (24200, or
# TENON_TEST_PORT), and for the real systems TENON_CHAIN_VENDURE, _MEDUSA and _TRYTON (13400, 13950, 18269).
LABEL=chain
# shellcheck source=../stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../stack.sh"
HERE=$TENON_ROOT/tests/e2e/real

ORDERS=${TENON_CHAIN_ORDERS:-60}
VENDURE_PORT=${TENON_CHAIN_VENDURE:-13400} MEDUSA_PORT=${TENON_CHAIN_MEDUSA:-13950} TRYTON_PORT=${TENON_CHAIN_TRYTON:-18269}
API_SETTINGS+=(TENON_ALLOW_PRIVATE_ADDRESSES=true)

main() {
    stack_open chain 24200
    trap chain_close EXIT
    systems_start
    stack_start
    relay_start
    facts_write
    step set-up
    [ "$TAP_BAD" = 0 ] || tap_end
    step count
    if [ "$ORDERS" -ge 10 ]; then
        step buy "$ORDERS" 7
        step wait-sales $((180 + ORDERS * 8))
        step judge-sales
    fi
    trouble_begin
    step buy "$ORDERS" 11 trouble.over
    # A sweep that a death cuts off goes on when its lease ends: 300 s after its list was begun, 120 s once things come.
    step wait-sales $((600 + ORDERS * 10))
    trouble_end
    step judge-sales
    goods
    money
    all_known
    tap_end
}

goods() {
    step warehouse
    step judge-left
    step tell-shipments
    step judge-shipments
    step tell-shipments-again
    step miscount
    step tell-stock
    step judge-stock
}

money() {
    step refund
    step send-back
    step tell-money
    step judge-money
    step tell-money-again
    step judge-money
}

# ---- trouble ----

DEATHS=5 FREEZES=3

# Beside what follows: the worker dies in the middle of its work, and the ERP stands still, once for longer than it is waited
# for. Shoppers go on until it is over, so that there is work under way at each death, however few orders are asked for.
trouble_begin() {
    rm -f "$DATA/work/trouble.over"
    LOST=$(lost_tries)
    (
        trap ': >"$DATA/work/trouble.over"' EXIT
        trouble
    ) >"$DATA/work/trouble" 2>&1 9>&- &
    TROUBLE=$!
}
# Tries of jobs of which nobody knows how they ended: each is counted when it begins, and kept when it ends.
lost_tries() {
    pg_sql "select coalesce(sum(lost), 0) from (
        select j.attempts - count(t.job_id) - (j.state = 'leased')::int as lost
          from tenon.job j left join tenon.job_try t using (partner_id, customer_id, job_id)
         group by j.partner_id, j.customer_id, j.job_id, j.attempts, j.state) each where lost > 0"
}
# Waits for a change that is under way in another system, a minute at most.
change_under_way() {
    local until=$((SECONDS + 60))
    while [ "$(pg_sql "select count(*) from tenon.effect where state = 'sent'")" = 0 ]; do
        [ "$SECONDS" -lt "$until" ] || return 0
    done
}
# Five deaths: who is at work in three of them is set aside by the product, for people to look at. So the first alone comes
# in the middle of a change, and the others as they come.
trouble() {
    local erp n
    erp=$(head -n 1 "$(system_dir tryton)/run/shop.pid")
    for ((n = 1; n <= DEATHS; n++)); do
        sleep $((12 + RANDOM % 10))
        [ "$n" != 1 ] || change_under_way
        crash worker
        echo killed
        worker_start "${WORKER_SETTINGS[@]}" || exit 1
        [ $((n % 2)) = 1 ] || continue
        sleep $((4 + RANDOM % 6))
        kill -STOP "$erp" || exit 1
        echo frozen
        if [ "$n" = 3 ]; then sleep 40; else sleep $((3 + RANDOM % 6)); fi
        kill -CONT "$erp"
    done
}
trouble_end() {
    wait "$TROUBLE" || check "the trouble went as planned" "$(tail -n 3 "$DATA/work/trouble")" ""
    check "while shoppers bought, the worker was killed $DEATHS times and the ERP stood still $FREEZES times" \
        "$(grep -c killed "$DATA/work/trouble") $(grep -c frozen "$DATA/work/trouble")" "$DEATHS $FREEZES"
    LOST=$(($(lost_tries) - LOST))
    echo "# $LOST tries were lost by it; of $(pg_sql "select count(*) filter (where probes > 0 and operation like 'sale.%')
        || ' changes of sales the ERP was asked what became of them, and ' || count(*) filter (where sends > 1) || ' were sent again'
        from tenon.effect")"
    holds "and it hit something: tries were lost" test "$LOST" -gt 0
}
# Changes that were sent, and nobody knows for a minute now what became of them.
not_known() {
    pg_sql "select count(*) from tenon.effect where state in ('sent', 'unknown') and sent_at < now() - interval '1 minute'"
}
all_known() {
    local until=$((SECONDS + 300))
    while [ "$(not_known)" != 0 ] && [ "$SECONDS" -lt "$until" ]; do sleep 1; done
    check "of every change that was sent it is known what became of it" "$(not_known)" 0
    echo "# changes: $(pg_sql "select string_agg(state || ' ' || n, ', ' order by state) from
        (select state, count(*) n from tenon.effect group by state) s")"
}

# ---- the real systems ----

system_dir() { echo "${TENON_CHAIN_DIR:-/var/tmp}/tenon-chain-$1"; }

# Each as seeded, all at once; what start prints goes to work/NAME.facts.
systems_start() {
    local name pids=()
    for name in vendure medusa tryton; do
        "${name}_fresh" >"$DATA/work/$name.facts" 9>&- &
        pids+=($!)
    done
    for name in "${pids[@]}"; do wait "$name" || die "a real system did not come up"; done
}
vendure_fresh() { shop_fresh vendure "$VENDURE_PORT"; }
medusa_fresh() { shop_fresh medusa "$MEDUSA_PORT"; }
shop_fresh() {
    local act=start
    export TENON_SHOP_DIR
    TENON_SHOP_DIR=$(system_dir "$1")
    [ ! -f "$TENON_SHOP_DIR/seeded" ] || act=reset
    "$HERE/shop" stop "$1"
    "$HERE/shop" "$act" "$1" --port "$2"
}
tryton_fresh() { shop_fresh tryton "$TRYTON_PORT"; }
systems_stop() {
    local name
    for name in vendure medusa tryton; do TENON_SHOP_DIR=$(system_dir "$name") "$HERE/shop" stop "$name"; done
}

chain_close() {
    local status=$?
    trap - EXIT
    trap '' INT TERM
    set +e
    if [ -n "${TENON_CHAIN_KEEP:-}" ]; then
        say "everything runs on; $DATA/work/facts.json says where"
        exit "$status"
    fi
    end relay
    systems_stop
    (exit "$status")
    stack_close
}

# ---- the product ----

# stack_start asks for these two.
erp_start() { :; }
seed() {
    ctl partner create --slug northwind --name "Northwind Retail Systems" --host "$NORTHWIND" --brand northwind >/dev/null
    CUSTOMER=$(ctl customer create --partner northwind --name "Alder & Pine")
    NORTHWIND_KEY=$(ctl key create --partner northwind --name tests \
        --scopes connections:read,connections:write,mappings:read,mappings:write,mappings:publish,flows:read,flows:write,flows:publish,flows:run,orders:read)
}

# Shops send their events by HTTP here, and they go on by HTTPS to the host that a shop's program cannot look up.
relay_start() {
    port_need $((HTTPS_PORT + 6))
    install -m 0644 "$HERE/chain/relay.py" "$DATA/app/relay.py"
    spawn relay python3 "$DATA/app/relay.py" $((HTTPS_PORT + 6)) "$HTTPS_PORT" "$NORTHWIND" "$DATA/ca.pem"
    wait_for relay 60 port_taken $((HTTPS_PORT + 6)) || exit 1
}

facts_of() { jq -Rn '[inputs | capture("^(?<key>[a-z_]+)=(?<value>.*)$")] | from_entries' <"$DATA/work/$1.facts"; }
facts_write() {
    jq -n --arg host "$NORTHWIND" --argjson port "$HTTPS_PORT" --arg key "$NORTHWIND_KEY" --arg customer "$CUSTOMER" --arg ca "$DATA/ca.pem" \
        --arg tenonctl "$DATA/app/tenonctl" --arg relay "http://127.0.0.1:$((HTTPS_PORT + 6))" --argjson vendure "$(facts_of vendure)" \
        --argjson medusa "$(facts_of medusa)" --argjson erp "$(facts_of tryton)" '{host: $host, port: $port, key: $key, customer: $customer,
            ca: $ca, tenonctl: $tenonctl, relay: $relay, vendure: $vendure, medusa: $medusa, erp: $erp}' >"$DATA/work/facts.json"
}

# step NAME [ARGUMENT…]: of chain/chain.py; what it finds is checked.
step() {
    local line began=$SECONDS status=0
    PYTHONPATH=$HERE PYTHONDONTWRITEBYTECODE=1 python3 "$HERE/chain/chain.py" "$DATA/work" "$@" >"$DATA/work/found" 2>"$DATA/work/fault" || status=$?
    while IFS= read -r line; do
        case $line in
            \[*) check "$(jq -r '.[0]' <<<"$line")" "$(jq -r '.[1]' <<<"$line")" "$(jq -r '.[2]' <<<"$line")" ;;
            *) echo "$line" ;;
        esac
    done <"$DATA/work/found"
    [ "$status" = 0 ] || check "the step $* ends" "$(tail -n 12 "$DATA/work/fault")" ""
    echo "# $* took $((SECONDS - began)) s"
}

main
