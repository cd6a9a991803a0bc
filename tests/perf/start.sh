# shellcheck shell=bash disable=SC2154
# From the command to /readyz of one process with all roles, and what it holds when it has nothing to do. Sourced by run.
START_LIMIT_MS=1000 IDLE_LIMIT_KB=65536

# Asks without starting a program: that alone would take as long as what is measured.
answers() {
    local line=
    exec 3<>"/dev/tcp/127.0.0.1/$((HTTPS_PORT + 1))" || return 1
    printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    read -r -t 2 line <&3 || true
    exec 3>&-
    [[ $line == *" 200 "* ]]
}

start_once() {
    local from now
    from=$(now_ms)
    all_start
    until answers 2>/dev/null; do
        now=$(now_ms)
        [ $((now - from)) -lt 10000 ] || die "not ready within 10 s"
        sleep 0.002
    done
    sample start_ms $(($(now_ms) - from))
}

measure() {
    local round
    seed
    for ((round = 0; round < ROUNDS; round++)); do
        start_once
        sleep 3
        sample idle_kb "$(rss_kb all)"
        end all
    done
    printf 'limit    %12s ms, %s kB\n' "$START_LIMIT_MS" "$IDLE_LIMIT_KB"
    verdict start "$(of start_ms)" "$START_LIMIT_MS" "ms" "from the command to /readyz of one process with the roles api, worker and \
clock; the peer is the limit; idle VmRSS after 3 s against a limit of $IDLE_LIMIT_KB kB; medians of $ROUNDS rounds" \
        "$(jq -nc --argjson kb "$(of idle_kb)" --argjson limit "$IDLE_LIMIT_KB" '{idle_rss_kb: $kb, idle_limit_kb: $limit}')"
}
