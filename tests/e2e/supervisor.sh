#!/bin/bash
# The supervisor under load: processes are killed, replaced and stopped, and only what a killed one had in its hands is lost.
#   TENON_KILL_SECONDS=8   the full run is 60: one kill a second
# shellcheck disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

KILL_SECONDS=${TENON_KILL_SECONDS:-8}
CONNECTIONS=16 STREAMS=4

main() {
    stack_open e2e-sup 21250
    port_need 21254
    install -m 0755 "$TENON_BUILD/load" "$DATA/app/load"
    settings TENON_BODY_MAX=500000
    API_SETTINGS+=(TENON_PROCESSES=2 TENON_HTTP_LISTEN=127.0.0.1:21254 "TENON_CONFIG_FILE=$DATA/work/tenon.conf")
    stack_start
    supervisor_is_small
    one_count
    revoked_everywhere
    reload
    kill_load
    hanging
    stop_load
    parent_dies
    start_fails
    lent_sockets
    tap_end
}

settings() {
    printf '%s\n' "$@" >"$DATA/work/tenon.conf"
    chmod 644 "$DATA/work/tenon.conf"
}
parent() { pid_of "$DATA/run/api.pid"; }
children() { children_of "$(parent)"; }
ops() { curl -s -m 20 "http://127.0.0.1:21251/$1"; }
metric() { ops metrics | awk -v m="$1" 'index($1, m) == 1 {s += $NF} END {print s + 0}'; }
serial() { openssl s_client -connect 127.0.0.1:21250 -servername "$NORTHWIND" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
logged() { grep -c "\"msg\":\"$1" "$DATA/log/api.log" || true; }

# wait_until SECONDS TEST…
wait_until() {
    local until=$((SECONDS + $1))
    shift
    while ! "$@" >/dev/null; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.05
    done
}
serving() { [ "$(metric processes_serving)" = "$1" ]; }

# load_start SECONDS [OPTION…], load_end: the client's JSON is then in SAID.
load_start() {
    local seconds=$1
    shift
    timeout $((seconds + 60)) "$DATA/app/load" --json --url "$(url '/v1/orders?limit=20')" --seconds "$seconds" --connections $CONNECTIONS \
        --streams $STREAMS --header "authorization: Bearer $NORTHWIND_KEY" "$@" >"$DATA/work/said" 2>/dev/null 9>&- &
    LOAD=$!
}
load_end() {
    wait "$LOAD" || true
    SAID=$(cat "$DATA/work/said")
    echo "# $(jq -c '{requests, unanswered, unexpected, connects, broken, refused, retried, per_second, max_us}' <<<"$SAID")"
}
said() { jq -c "$1" <<<"$SAID"; }

supervisor_is_small() {
    check "two processes serve" "$(children | wc -w)" 2
    check "they have an address space of their own" "$(for c in $(children); do grep -m 1 libh2o "/proc/$c/maps"; done | cut -d- -f1 | sort -u | wc -l)" 2
    check "the supervisor has one thread" "$(find "/proc/$(parent)/task" -mindepth 1 -maxdepth 1 | wc -l)" 1
    check "and holds no key" "$(find "/proc/$(parent)/fd" -lname '*.key' -o -lname '*.pem' | wc -l)" 0
    check "a process that answers requests is not told the worker's keys" \
        "$(for c in $(children); do tr '\0' '\n' <"/proc/$c/environ"; done | grep -c CONNECTION_KEK)" 0
}

one_count() {
    local before i
    before=$(metric http_requests_total)
    for i in 1 2 3 4 5 6 7 8; do curl_to -o /dev/null "$(url /)"; done
    holds "whichever process is asked, all requests are counted" test "$(metric http_requests_total)" -ge $((before + 8))
    check "connections made to one are not hidden by another" "$(metric http_connections_open)" 1
}

# Both processes have answered with the key before; each connection may be the one's or the other's.
revoked_everywhere() {
    local said
    ctl key create --partner northwind --name everywhere >"$DATA/work/everywhere"
    said=$( (
        sleep 2
        pg_sql "update tenon.api_key set revoked_at = now() where name = 'everywhere'" >/dev/null
        echo revoked
        sleep 2
        echo enough
    ) | python3 "$TENON_ROOT/tests/e2e/revoked.py" 21254 "$NORTHWIND" "$DATA/work/everywhere" 4)
    echo "# $said"
    holds "a key that is revoked was good before, in both processes" test "$(awk '{print $2}' <<<"$said")" -gt 50
    holds "it is refused" test "$(awk '{print $4}' <<<"$said")" -gt 50
    holds "within a second, wherever it is shown" test "$(awk '{print $6}' <<<"$said")" -le 1000
    holds "or by 429 when it was shown too often, and nothing else is answered" grep -qxE "\[(429)?\]" <<<"${said##*other }"
}

reload() {
    local before certificate
    before=$(children)
    certificate=$(serial)
    rm -f "$DATA/keys/tls.pem"
    tls_make "$NORTHWIND" "$HARBOR" localhost '*.localhost'
    load_start 4
    sleep 0.5
    settings TENON_BODY_MAX=100
    kill -HUP "$(parent)"
    holds "a configuration that is refused is said so" wait_until 60 test_logged "the reload failed" 1
    check "and the old processes go on" "$(children)" "$before"
    settings TENON_BODY_MAX=600000
    kill -HUP "$(parent)"
    holds "a reload ends" wait_until 60 test_logged reloaded 1
    load_end
    check "a reload under load loses no request" "$(said '[.unanswered, .unexpected, .refused]')" "[0,0,0]"
    check "all processes are new" "$(comm -12 <(xargs -n 1 <<<"$before" | sort) <(xargs -n 1 <<<"$(children)" | sort))" ""
    holds "and so is the new certificate" test "$(serial)" != "$certificate"
    head -c 550000 /dev/zero | tr '\0' ' ' >"$DATA/work/large"
    check "the new configuration is in force" "$(post "$DATA/work/large" x-1)" 400
    check "no process ended unasked" "$(metric process_ends_total)" 0
    settings TENON_TLS_CERT_FILE=/nowhere
    kill -HUP "$(parent)"
    holds "a setting given twice is refused" wait_until 60 test_logged "the reload failed" 2
    settings TENON_BODY_MAX=600000
}
test_logged() { [ "$(logged "$1")" -ge "$2" ]; }

kill_load() {
    local n=0 all
    load_start "$KILL_SECONDS" --persist
    while sleep 1 && kill -0 "$LOAD" 2>/dev/null; do
        all=$(children)
        # shellcheck disable=SC2086
        set -- $all
        [ $# -gt 0 ] || continue
        shift $((RANDOM % $#))
        ! kill -9 "$1" 2>/dev/null || n=$((n + 1))
    done
    load_end
    echo "# $n kills"
    check "with a kill a second no connection is refused" "$(said '[.refused, .unexpected]')" "[0,0]"
    holds "requests were in flight when a process died" test "$(said .broken)" -gt 0
    holds "only those in the hands of a killed process fail: at most $STREAMS a connection it held" \
        test "$(said .unanswered)" -le $(($(said .broken) * STREAMS))
    holds "no request waits a second for a process to come back" test "$(said .max_us)" -lt 1000000
    check "every kill is counted" "$(metric 'process_ends_total{reason="killed"}')" "$n"
    check "the alert is logged once" "$(logged "processes end again and again")" 1
    check "is a metric" "$(metric process_alert)" 1
    check "and is told beside readiness" "$(ops readyz | jq -r '[.ready, .alert] | join(" ")')" "true processes"
    holds "the back-off is below a second and grows" backoff_grows
    holds "both come back" wait_until 60 serving 2
}

backoff_grows() {
    local most
    most=$(sed -n 's/.*"msg":"a process ended".*"again_in_us":\([0-9]*\).*/\1/p' "$DATA/log/api.log" | sort -n | tail -n 1)
    [ "$most" -ge 100000 ] && [ "$most" -lt 1000000 ]
}

hanging() {
    local one
    # shellcheck disable=SC2046
    set -- $(children)
    one=$1
    kill -STOP "$one"
    holds "a process that hangs is ended" wait_until 60 test ! -d "/proc/$one"
    check "and counted as such" "$(metric 'process_ends_total{reason="hung"}')" 1
    holds "another takes its place" wait_until 60 serving 2
}

stop_load() {
    local p
    p=$(parent)
    load_start 3 --persist
    sleep 1
    kill "$p"
    load_end
    check "SIGTERM under load loses no request" "$(said '[.unanswered, .unexpected]')" "[0,0]"
    holds "the server ends" wait_until 60 test ! -d "/proc/$p"
    check "with everything stopped" "$(logged stopped)" 1
}

parent_dies() {
    local all p c
    api_start "${API_SETTINGS[@]}" || exit 1
    p=$(parent)
    all=$(children)
    kill -9 "$p"
    for c in $all; do holds "process $c ends when its supervisor is killed" wait_until 60 test ! -d "/proc/$c"; done
}

start_fails() {
    spawn api "${API_SETTINGS[@]}" TENON_ROLES=api TENON_DATABASE_API_URL=postgresql:///nowhere?host=/nowhere \
        TENON_HTTPS_LISTEN="127.0.0.1:$HTTPS_PORT" TENON_OPS_LISTEN="127.0.0.1:$((HTTPS_PORT + 1))" "$DATA/app/tenond"
    sleep 0.2
    holds "a server whose processes cannot start ends" wait_until 60 not_running
    holds "and says so" grep -q "processes could not start" "$DATA/log/api.log"
}
not_running() { ! running api; }

# As systemd hands sockets over; the listener outlives the server, so that connections wait for the next one.
lent_sockets() {
    local code
    cat >"$DATA/work/lend.py" <<'PY'
import os, socket, sys
port, command = int(sys.argv[1]), sys.argv[2:]
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", port))
s.listen(100)
note = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
note.bind("\0tenon-e2e-%d" % port)
os.dup2(s.fileno(), 3) if s.fileno() != 3 else os.set_inheritable(3, True)
pid = os.fork()
if pid == 0:
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="https", NOTIFY_SOCKET="@tenon-e2e-%d" % port)
    os.execv(command[0], command)
note.settimeout(60)
seen = set()
while not {"READY=1", "WATCHDOG=1"} <= seen:
    seen.add(note.recv(200).decode())
print("\n".join(sorted(seen)), file=sys.stderr)
os.waitpid(pid, 0)
PY
    chmod 644 "$DATA/work/lend.py"
    : >"$DATA/log/api.log"
    HTTPS_PORT=21250
    DATABASE=$(pg_url tenon_api)
    spawn lent "${API_SETTINGS[@]}" TENON_ROLES=api TENON_OPS_LISTEN=127.0.0.1:21251 TENON_HTTPS_LISTEN=127.0.0.1:1 \
        TENON_TLS_CERT_FILE="$DATA/keys/tls.pem" TENON_TLS_KEY_FILE="$DATA/keys/tls.key" TENON_DATABASE_API_URL="$DATABASE" \
        TENON_DATABASE_INTAKE_URL="$(pg_url tenon_intake)" TENON_REDIS_URL="$(redis_url)" TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" \
        TENON_WEB_DIR="$DATA/app/web-static" TENON_BRANDING_DIR="$DATA/app/branding" \
        python3 "$DATA/work/lend.py" 21250 "$DATA/app/tenond"
    holds "the service manager hears that it is ready and that it beats" wait_until 60 grep -q WATCHDOG=1 "$DATA/log/lent.log"
    check "a socket lent by the service manager is served" "$(status_of "$(url /)")" 200
    check "with sealed cursors that all processes know" "$(api_orders "$NORTHWIND" "$NORTHWIND_KEY" | wc -l)" 0
    children_of "$(pid_of "$DATA/run/lent.pid")" | xargs kill
    holds "and it stops when asked" wait_until 60 not_lent
}
not_lent() { ! running lent; }

main
