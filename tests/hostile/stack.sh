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
    [ -n "${TENON_HOSTILE_FULL:-}" ] || timers_shorten
}

# setting NAME VALUE: given to the server when it knows it.
setting() {
    ! grep -q "^TENON_$1 " "$DATA/work/settings" || API_SETTINGS+=("TENON_$1=$2")
}

timers_shorten() {
    as "$DATA/app/tenonctl" config list >"$DATA/work/settings"
}

hostile_start() {
    pg_start "fsync = off"
    redis_start
    pg_database
    keys_make
    tls_make "$NORTHWIND" localhost
    quiet "$DATA/log/migrate.log" ctl migrate up || exit 1
    ctl partner create --slug northwind --name "Northwind Retail Systems" --host "$NORTHWIND" --brand northwind >/dev/null
    NORTHWIND_KEY=$(ctl key create --partner northwind --name tests)
    api_start "${API_SETTINGS[@]}" || exit 1
}

# client PROGRAM [ARGUMENT…]: one of ours in Python, with everything it has to know.
client() {
    local program=$1
    shift
    HOSTILE_PORT=$HTTPS_PORT HOSTILE_KEY=$NORTHWIND_KEY HOSTILE_WORK=$DATA/work HOSTILE_PID=$(pid_of "$DATA/run/api.pid") \
        python3 -B "$HOSTILE/$program.py" "$@" 8>&- 9>&-
}
