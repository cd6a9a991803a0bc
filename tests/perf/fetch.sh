# shellcheck shell=bash disable=SC2154
# Ten thousand calls to slow systems under way on one thread, as a worker's: what each takes, and what another customer's
# calls to a fast system take beside them and alone, in the same process. Sourced by run.
# The fast system answers after FAST_MS, as one across a network may; beside it one that answers at once is measured.
COUNT=${PERF_COUNT:-10000} DELAY_MS=2000 FAST_MS=5
GOAL=1.2

fetch_open() {
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD
    data_open "${PERF_DATA:-/var/tmp/tenon-perf-fetch-$(id -u)}"
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap fetch_close EXIT
    fetch_stop
    data_clear
    data_layout
    BUILD=${PERF_BUILD:-$TENON_ROOT/build/release}
    [ -n "${PERF_BUILD:-}" ] || build_preset release fetch-perf
    install -m 0755 "$BUILD/fetch-perf" "$DATA/app/fetch-perf"
    chmod -R a+rX "$DATA/app"
    ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
}

fetch_stop() { for p in slow fast instant; do end "$p"; done; }

fetch_close() {
    local status=$?
    trap - EXIT
    set +e
    fetch_stop
    [ -n "${PERF_KEEP:-}" ] || data_remove
    exit "$status"
}

said_port() { grep -q '^port ' "$DATA/log/$1.log"; }
port_said() { sed -n 's/^port //p' "$DATA/log/$1.log" | tail -1; }

# round SYSTEM PREFIX: the figures of calls to that one, each sample's name after the prefix.
round() {
    local said name
    said=$("$DATA/app/fetch-perf" run "$(port_said slow)" "$(port_said "$1")" "$COUNT" "$LASTING") || die "the calls did not end"
    [ "$(sed -n 's/^failed //p' <<<"$said")" = 0 ] || die "calls failed: $said"
    for name in idle_p50 idle_p99 busy_p50 busy_p99 cpu_us calls kib per_call_kib; do
        sample "$2$name" "$(sed -n "s/^$name //p" <<<"$said")"
    done
}

measure() {
    local round p
    spawn slow "$DATA/app/fetch-perf" serve "$DELAY_MS"
    spawn fast "$DATA/app/fetch-perf" serve "$FAST_MS"
    spawn instant "$DATA/app/fetch-perf" serve 0
    for p in slow fast instant; do wait_for "$p" 10 said_port "$p" || exit 1; done
    for ((round = 0; round < ROUNDS; round++)); do
        round fast ""
        round instant instant_
    done
    verdict fetch "$(of busy_p50)" "$(of idle_p50)" us "$(note)" "$(more)"
}

note() {
    echo "A fast customer's call (to a system that answers after $FAST_MS ms), p50 in us beside $COUNT calls of $DELAY_MS ms that are always under way, over p50 alone in the same \
process (goal at most $GOAL): links with places, pace and sessions on one thread, each call to a system of its own, at an \
address of its own; the systems are a process each on the same machine. instant_: the same to a system that answers at once. Medians of $ROUNDS rounds of $LASTING s; \
load average $(cut -d' ' -f1 /proc/loadavg)"
}

more() {
    jq -nc --argjson i "$(of idle_p99)" --argjson b "$(of busy_p99)" --argjson c "$(of cpu_us)" --argjson n "$(of calls)" \
        --argjson k "$(of kib)" --argjson p "$(of per_call_kib)" \
        --argjson ii "$(of instant_idle_p50)" --argjson ib "$(of instant_busy_p50)" --argjson iq "$(of instant_busy_p99)" \
        '{idle_p99_us: $i, busy_p99_us: $b, cpu_us_per_call: $c, calls: $n, resident_kib: $k, kib_per_call: $p,
          instant_idle_p50_us: $ii, instant_busy_p50_us: $ib, instant_busy_p99_us: $iq}'
}
