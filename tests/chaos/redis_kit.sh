# shellcheck shell=bash disable=SC2034
# What the tests with several Redis servers share; sourced after stack.sh, whose one Redis it takes the place of. Who
# sources it says SERVERS (how many), server_conf, servers_join and redis_url, and kills what it likes.
# Ports: that of the stack + 5 and on for the servers, + 13 and on for a cluster's own talk.
ORDERS=${TENON_CHAOS_ORDERS:-300} SEED=${TENON_CHAOS_SEED:-$RANDOM} KEYS=10 SLICES=5 VERSIONS=0

server_port() { echo $((HTTPS_PORT + 5 + $1)); }
server() { timeout 5 redis-cli -p "$(server_port "$1")" "${@:2}" 2>&1; }
server_up() { [ "$(server "$1" ping)" = PONG ]; }

# server_start N: as it was before, if it was.
server_start() {
    local dir=$DATA/run/redis.$1 more=
    if [ ! -d "$dir" ]; then
        as mkdir -p "$dir"
        {
            printf 'bind 127.0.0.1\nprotected-mode no\nport %s\ndir %s\nsave ""\nappendonly no\n' "$(server_port "$1")" "$dir"
            echo 'proc-title-template "{title} {config-file}"' # by which it is known to be one of ours
            server_conf "$1"
        } | as tee "$dir/conf" >/dev/null
    fi
    [ "$(server_kind "$1")" != sentinel ] || more=--sentinel
    spawn "redis.$1" redis-server "$dir/conf" $more
    wait_for "redis.$1" 60 server_up "$1" || exit 1
}
server_kind() { echo data; }

redis_start() {
    local i
    for ((i = 0; i < SERVERS; i++)); do server_start "$i"; done
    servers_join
}
redis_stop() {
    local i
    for ((i = 0; i < SERVERS; i++)); do end "redis.$i" 5; done
}

# until_says SECONDS TEXT COMMAND…
until_says() {
    local until=$((SECONDS + $1)) text=$2
    shift 2
    while [ "$SECONDS" -lt "$until" ]; do
        ! grep -q -- "$text" <<<"$("$@")" || return 0
        sleep 0.1
    done
    say "this never said $text: $*"
    return 1
}

# The server that takes writes for the queue; nothing when there is none at the moment.
queue_holder() {
    local i
    for ((i = 0; i < SERVERS; i++)); do
        if [ "$(server_kind "$i")" != data ] || ! running "redis.$i"; then continue; fi
        case $(server "$i" role 2>/dev/null | head -n 1) in master) ;; *) continue ;; esac
        case $(server "$i" get '{tenon}:epoch') in MOVED* | CLUSTERDOWN* | ASK* | *refused*) ;; *)
            echo "$i"
            return
            ;;
        esac
    done
}

# followed SENTENCE SERVER: once a clock has begun to tell it everything. Says how long that took from SINCE.
followed() {
    local until=$((SECONDS + 60)) run got=
    run=$(server "$2" info server | sed -n 's/^run_id://p' | tr -d '\r')
    while [ "$SECONDS" -lt "$until" ] && [ "$got" != "$run" ]; do
        sleep 0.05
        got=$(server "$2" get '{tenon}:epoch' | cut -d' ' -f1)
    done
    [ "$got" != "$run" ] || echo "# after $(($(now_ms) - SINCE)) ms"
    check "$1" "$got" "$run"
}

# How often a clock has told a new server everything.
rebuilt() { cat "$DATA"/log/worker*.log | grep -c 'is being told anew' || true; }

# ---- what flows ----

second_start() { WORKER=worker2 WORKER_PORT=$((HTTPS_PORT + 4)) worker_start "${WORKER_SETTINGS[@]}"; }

# slice N: a part of the orders, a fifth of the deliveries twice; and one more version of the ten orders that change.
slice() {
    local from=$((ORDERS * $1 / SLICES)) to=$((ORDERS * ($1 + 1) / SLICES)) i
    ctl simulate order --url "$(url "$HOOK")" --ca "$DATA/ca.pem" --secret-file "$DATA/keys/shop.secret" --shop "$SHOP" \
        --seed "$SEED" --from "$from" --count $((to - from)) --repeat-percent 20 --retry >>"$DATA/work/said" 9>&- &
    SHOP_PID=$!
    for ((i = 0; i < KEYS; i++)); do
        order_body "55500$i" "K$i" "SKU-$i" 1 ".updated_at = \"2026-11-20T11:3$VERSIONS:59-05:00\"" >"$DATA/work/body"
        post_until "$DATA/work/body" "key-$i-$VERSIONS" || say "a version was not taken"
    done
    VERSIONS=$((VERSIONS + 1))
}
slice_end() { wait "$SHOP_PID" || say "the shop gave up"; }

# flow_on BLOW…: a slice, the blow in the middle of it, and its end.
flow_on() {
    slice "$SLICE"
    SINCE=$(now_ms)
    "$@"
    slice_end
    SLICE=$((SLICE + 1))
}
SLICE=0

verdict() {
    local state all=$((ORDERS + KEYS))
    holds "all orders are delivered" wait_delivered "$all" 240
    holds "no work is left" until_says 60 '^0$' pg_sql "select count(*) from tenon.job where state in ('ready', 'leased', 'held', 'dead')"
    state=$(erp_view /__state)
    echo "# $(jq -c '{sales, parties, products}' <<<"$state"), told anew $(rebuilt) times"
    check "every delivery was taken in the end" "$(jq -s 'map(.failed + .refused) | add' "$DATA/work/said")" 0
    check "none is lost: the ERP holds $all references" "$(jq .references <<<"$state")" "$all"
    check "none is doubled: the ERP holds $all sales" "$(jq .sales <<<"$state")" "$all"
    check "no reference, no customer and no product comes twice" \
        "$(jq -c '[.duplicate_references, .duplicate_party_codes, .duplicate_product_codes]' <<<"$state")" "[0,0,0]"
    check "all versions of the orders that change are jobs" "$(pg_sql "select count(*) from tenon.job j where business_key like '%55500_'")" \
        $((KEYS * SLICES))
    check "of one key none began before the one before it had ended" "$(pg_sql "select count(*) from
        (select j.business_key k, j.job_id, min(a.started_at) began, max(a.ended_at) ended
           from tenon.job j join tenon.attempt a using (partner_id, customer_id, job_id) group by 1, 2) one
        join (select j.business_key k, j.job_id, min(a.started_at) began
           from tenon.job j join tenon.attempt a using (partner_id, customer_id, job_id) group by 1, 2) later
        on one.k = later.k and one.job_id < later.job_id and later.began < one.ended")" 0
}
