# shellcheck shell=bash disable=SC2034,SC2153
# The API alone on sockets of its own, for what hostile clients do to it; no ERP and no worker. Sourced.
#   . tests/hostile/stack.sh; hostile_open NAME PORT; hostile_start; client probe; tap_end
# Ports: PORT https, +1 and +2 operators' listeners, +4 plain HTTP.
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

HOSTILE=$TENON_ROOT/tests/hostile

# What the address sanitizer keeps of freed memory would look like memory that never came back.
hostile_open() {
    stack_open "$1" "$2"
    port_need $((HTTPS_PORT + 4))
    as touch "$DATA/log/worker.log" # there is none, and what looks for complaints reads its log
    API_SETTINGS+=(
        "TENON_HTTP_LISTEN=127.0.0.1:$((HTTPS_PORT + 4))"
        "ASAN_OPTIONS=quarantine_size_mb=4:thread_local_quarantine_size_kb=64:allocator_release_to_os_interval_ms=500"
        UBSAN_OPTIONS=print_stacktrace=1
    )
}

# timers: the server once more, with waits a test has time for, and what the probes are to hold it to. The normal client
# takes one of the connections.
timers() {
    export HOSTILE_HEAD=10 HOSTILE_BODY=10 HOSTILE_PROGRESS=30 HOSTILE_IDLE=30
    [ -z "${TENON_HOSTILE_FULL:-}" ] || return 0
    export HOSTILE_HEAD=3 HOSTILE_PROGRESS=3 HOSTILE_IDLE=4 HOSTILE_LIFE=15 HOSTILE_MOST=299
    API_SETTINGS+=(TENON_HEAD_TIMEOUT_MS=3000 TENON_PROGRESS_TIMEOUT_MS=3000 TENON_IDLE_TIMEOUT_MS=4000
        TENON_CONNECTION_LIFE_MS=15000 TENON_CONNECTIONS_MAX=300)
    end api
    api_start "${API_SETTINGS[@]}" || exit 1
}

hostile_start() {
    schema_start "fsync = off"
    redis_start
    tls_make "$NORTHWIND" localhost
    ctl partner create --slug northwind --name "Northwind" --host "$NORTHWIND" --brand northwind >/dev/null
    NORTHWIND_KEY=$(ctl key create --partner northwind --name tests)
    api_start "${API_SETTINGS[@]}" || exit 1
}

# client PROGRAM [ARGUMENT…]: one of ours in Python, with everything it has to know.
client() {
    local program=$1
    shift
    HOSTILE_PORT=$HTTPS_PORT HOSTILE_KEY=$NORTHWIND_KEY HOSTILE_WORK=$DATA/work \
        HOSTILE_PID=$(pid_of "$DATA/run/api.pid") \
        python3 -B "$HOSTILE/$program.py" "$@" 8>&- 9>&-
}
