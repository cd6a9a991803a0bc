#!/bin/bash
# The process dies by SIGKILL before and after every step of an order's path. Killed at each, the end state is one sale.
# Points on the way of an effect are passed three times: making the customer, making the sale, confirming it. POINT:N is the
# nth passage of a process.
# shellcheck disable=SC2034
LABEL=fault
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

# Points of the effect path, and the chain of deaths that leads to each of its passages: a known customer lets the sale be
# the first effect; a death after the sale's confirmation lets the button be it; a death after a send leads to a probe.
EFFECTS="effect.before_mark effect.after_mark effect.before_send effect.after_send effect.before_confirm
    effect.after_confirm effect.before_probe effect.after_probe"
OTHERS="job.before_claim job.after_claim order.before_store order.after_store sale.between_quote_and_confirm
    order.before_delivered order.after_delivered job.before_finish job.after_finish"
INTAKE="intake.before_commit intake.after_commit"
N=0

main() {
    stack_open fault-points 18610
    WORKER_SETTINGS+=(TENON_SETTLE_MS=500 TENON_LEASE_MS=1000)
    stack_start
    check "this test knows every fault point" "$(points_in_tree)" "$(xargs -n 1 <<<"$EFFECTS $OTHERS $INTAKE" | sort | xargs)"
    known_customer
    local p
    for p in $INTAKE; do api_case "$p"; done
    for p in $OTHERS; do worker_case new "$p"; done
    for p in $EFFECTS; do effect_cases "$p"; done
    sale_cases
    for p in after_mark before_send; do stop_case "effect.$p:2"; done
    crash_twice
    sums
    tap_end
}

points_in_tree() {
    grep -rhoE 'FAULT_POINT\("[^"]+"\)' "$TENON_ROOT/server" "$TENON_ROOT/tenants" | cut -d'"' -f2 |
        grep -vE '^(key_ring|backtest|sweep|wanted|bulk|change|file|folder|remote|edi)' | sort -u | xargs # tried by tests/api and tests/jobs
}

# In place of ops/lib's: a child of this shell, so that its way of dying can be read.
spawn() {
    local name=$1 pidfile=$DATA/run/$1.pid log=$DATA/log/$1.log
    shift
    rm -f "$pidfile"
    # shellcheck disable=SC2016
    as sh -c 'umask 077; echo $$ >"$0"; l=$1; shift; exec env "$@" >>"$l" 2>&1 </dev/null' "$pidfile" "$log" "$@" \
        >/dev/null 2>&1 </dev/null 8>&- 9>&- &
    printf -v "CHILD_${name//-/_}" '%s' $!
    while [ ! -s "$pidfile" ] && [ -d "/proc/$!" ]; do sleep 0.01; done
}

# dies NAME: waits until it is gone; prints how: 137 is SIGKILL.
dies() {
    local child=CHILD_$1 end=$((SECONDS + 60)) status=0
    while running "$1"; do
        if [ "$SECONDS" -ge "$end" ]; then
            DIED=alive
            return
        fi
        sleep 0.05
    done
    wait "${!child}" 2>/dev/null || status=$?
    DIED=$status
}

# order CUSTOMER: writes the next order's body; the known customer's id is that of number 1.
order() {
    local id
    N=$((N + 1))
    ID=$((5800000000000 + N))
    id=".customer.id = \"@70$([ "$1" = known ] && echo 1 || echo "$N")@\""
    order_body "$ID" "$N" SKU-0001 2 "$id" >"$DATA/work/order"
}

known_customer() {
    order known
    holds "the first order is delivered" delivered_as_sent
}

delivered_as_sent() { post_until "$DATA/work/order" "d-$N" 60 && wait_state "$ID" delivered 60; }

one_sale() {
    check "$1: one sale in the ERP, confirmed" "$(erp_view /__sales | jq -c --arg r "SHOPIFY-$ID" \
        '[.[] | select(.reference == $r) | [(.state | IN("confirmed", "processing")), .total]]')" '[[true,"39.98"]]'
}

api_case() {
    order new
    end api
    api_start "${API_SETTINGS[@]}" "TENON_FAULT=$1"
    post "$DATA/work/order" "d-$N" >/dev/null
    dies api
    check "$1: the API dies by SIGKILL" "$DIED" 137
    api_start "${API_SETTINGS[@]}"
    holds "$1: the shop sends again and the order is delivered" delivered_as_sent
    one_sale "$1"
}

# worker_case CUSTOMER POINT…: dies at each point in turn, then lives.
worker_case() {
    local customer=$1 name
    shift
    name="$* ($customer customer)"
    order "$customer"
    end worker
    holds "$name: the order is taken" post_until "$DATA/work/order" "d-$N" 60
    deaths "$@"
    worker_start "${WORKER_SETTINGS[@]}"
    holds "$name: the order is delivered" wait_state "$ID" delivered 60
    one_sale "$name"
}

deaths() {
    local point n=0
    for point in "$@"; do
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$point" 2>/dev/null || true # it may die before it is ready
        dies worker
        check "the worker dies by SIGKILL at $point" "$DIED" 137
        end worker
        n=$((n + 1))
        [ $((n % 3)) != 0 ] || set_aside
    done
}

effect_cases() {
    worker_case new "$1"
    case $1 in
        *_probe)
            worker_case known effect.after_send "$1"
            again "$1" sale.create
            worker_case known effect.after_confirm effect.after_send "$1"
            again "$1" sale.confirm
            ;;
        *)
            worker_case known "$1"
            case $1 in *_send) again "$1" sale.create ;; esac
            worker_case known effect.after_confirm "$1"
            case $1 in *_send) again "$1" sale.confirm ;; esac
            ;;
    esac
}

# A new customer's order passes each point first for the customer and then for the sale, at whose own mark, sending and
# confirmation the process dies here: what the ledger and the ERP hold at that moment is known.
sale_cases() {
    sale_case effect.before_mark:2 none 0
    sale_case effect.after_mark:2 "sent 1" 0
    sale_case effect.before_send:2 "sent 1" 0
    sale_case effect.after_send:2 "sent 1" 1
    sale_case effect.before_confirm:2 "sent 1" 1
    sale_case effect.after_confirm:2 "confirmed 1" 1
}

# sale_case POINT LEDGER SALES
sale_case() {
    order new
    end worker
    holds "the sale's $1: the order is taken" post_until "$DATA/work/order" "d-$N" 60
    worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$1" 2>/dev/null || true
    dies worker
    check "the sale's $1: the worker dies by SIGKILL" "$DIED" 137
    check "the sale's $1: the ledger then" "$(pg_sql "select coalesce((select state || ' ' || sends from tenon.effect
        where operation = 'sale.create' and effect_key = 'SHOPIFY-$ID'), 'none')")" "$2"
    check "the sale's $1: sales in the ERP then" \
        "$(erp_view /__sales | jq --arg r "SHOPIFY-$ID" '[.[] | select(.reference == $r)] | length')" "$3"
    end worker
    worker_start "${WORKER_SETTINGS[@]}"
    holds "the sale's $1: the order is delivered" wait_state "$ID" delivered 60
    one_sale "the sale's $1"
}

# stop_case POINT: the worker is stopped between the sale's mark and its sending, until another has looked for the sale,
# seen nothing and made it; then it goes on.
stop_case() {
    local pid
    order new
    end worker
    holds "stopped at $1: the order is taken" post_until "$DATA/work/order" "d-$N" 60
    worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=stop@$1" 2>/dev/null & # it may stop before it is ready
    STARTER=$!
    holds "stopped at $1: the worker stands still" stands_still
    pid=$(pid_of "$DATA/run/worker.pid")
    WORKER=worker2 WORKER_PORT=$((HTTPS_PORT + 4)) worker_start "${WORKER_SETTINGS[@]}"
    holds "stopped at $1: another delivers the order" wait_state "$ID" delivered 60
    kill -CONT "$pid"
    holds "stopped at $1: the worker is at work again" wait_for worker 60 ready $((HTTPS_PORT + 2))
    wait "$STARTER" || true
    sleep 1 # what it would send shows by then
    one_sale "stopped at $1"
    end worker2
}

stands_still() {
    local i pid
    for ((i = 0; i < 1200; i++)); do
        pid=$(pid_of "$DATA/run/worker.pid") || pid=self
        [ "$(cut -d' ' -f3 "/proc/$pid/stat")" != T ] || return 0
        sleep 0.05
    done
    return 1
}

# again POINT OPERATION: the deaths did fall into that effect: it was sent or looked for more than the one time it takes.
again() {
    check "$1: it was the $2 that was interrupted" "$(order_full "$ID" | jq --arg o "$2" \
        '[.effects[] | select(.operation == $o) | .sends + .probes > 1] == [true]')" true
}

# After three deaths with nothing else under way the order is set aside, unread; a person lets it go on.
set_aside() {
    local id
    worker_start "${WORKER_SETTINGS[@]}"
    holds "after three deaths the order is held" wait_state "$ID" held 60
    check "and says so" "$(order_of "$ID" | jq -r .held_reason)" "set aside: the process ended 3 times while working on it"
    end worker
    id=$(order_of "$ID" | jq -r .id)
    check "it is released" "$(status_of -X POST -H "authorization: Bearer $NORTHWIND_KEY" "$(url "/v1/orders/$id/release")")" 200
}

# One order that meets deaths of all kinds, one after the other.
crash_twice() {
    worker_case new job.after_claim order.after_store effect.after_send effect.after_probe effect.after_send effect.after_confirm \
        order.before_delivered job.before_finish
}

sums() {
    local state
    state=$(erp_view /__state)
    check "as many sales as orders" "$(jq .sales <<<"$state")" "$N"
    check "nothing comes twice" "$(jq -c '[.duplicate_references, .duplicate_party_codes, .duplicate_product_codes]' <<<"$state")" "[0,0,0]"
    check "no order waits" "$(orders | jq -n '[inputs | select(.state != "delivered")] | length')" 0
}

main
