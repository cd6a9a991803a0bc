# shellcheck shell=bash
# Servers in the background, known by pid files in DATA/run. Sourced by lib.sh.

# pid_of FILE: the pid on its first line, when that process lives and its command line names our folder.
pid_of() {
    local pid
    [ -f "$1" ] || return 1
    read -r pid <"$1" || return 1
    case $pid in '' | *[!0-9]*) return 1 ;; esac
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$DATA/" && echo "$pid"
}
running() { pid_of "$DATA/run/$1.pid" >/dev/null 2>&1; }

# spawn NAME COMMAND…: runs it in its own session, so that Ctrl-C reaches only the command that started it. A word of
# COMMAND must name something below DATA. Output goes to DATA/log/NAME.log.
spawn() {
    local name=$1 pidfile=$DATA/run/$1.pid log=$DATA/log/$1.log
    shift
    rm -f "$pidfile"
    # shellcheck disable=SC2016
    as setsid sh -c 'umask 077; echo $$ >"$0"; l=$1; shift; exec env "$@" >>"$l" 2>&1 </dev/null' "$pidfile" "$log" \
        "$@" >/dev/null 2>&1 </dev/null 8>&- 9>&- &
    disown
    while [ ! -s "$pidfile" ] && [ -d "/proc/$!" ]; do sleep 0.01; done
}

# wait_for NAME SECONDS TEST…: until TEST holds; at once a failure when the process has ended.
wait_for() {
    local name=$1 end=$((SECONDS + $2)) seen=
    shift 2
    while [ "$SECONDS" -le "$end" ]; do
        if "$@"; then return 0; fi
        if running "$name"; then seen=yes; elif [ -n "$seen" ]; then break; fi
        sleep 0.05
    done
    tail -n 10 "$DATA/log/$name.log" >&2 || true
    say "$name did not come up (whole log in $DATA/log/$name.log)"
    return 1
}

# end NAME [SECONDS]: asks it to stop, and after that time makes it.
end() {
    local pid until
    pid=$(pid_of "$DATA/run/$1.pid") || return 0
    until=$((SECONDS + ${2:-30}))
    kill "$pid" 2>/dev/null || true
    while [ -d "/proc/$pid" ] && [ "$SECONDS" -le "$until" ]; do sleep 0.05; done
    [ ! -d "/proc/$pid" ] || kill -9 "$pid" 2>/dev/null || true
    rm -f "$DATA/run/$1.pid"
}

# children_of PID: a supervisor's processes.
children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null || true; }

# crash NAME: kill -9, and waits until it is gone; with a supervisor's processes, which would end in order otherwise.
crash() {
    local pid all
    pid=$(pid_of "$DATA/run/$1.pid") || die "$1 is not running"
    all="$pid $(children_of "$pid")"
    # shellcheck disable=SC2086
    kill -9 $all 2>/dev/null || true
    for pid in $all; do
        while [ -d "/proc/$pid" ]; do sleep 0.01; done
    done
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port_check() {
    case $1 in '' | *[!0-9]* | ??????*) usage_error "not a port number: $1" ;; esac
    if [ "$1" -lt 1 ] || [ "$1" -gt 65535 ]; then usage_error "not a port number: $1"; fi
}
port_need() { ! port_taken "$1" || die "port $1 on 127.0.0.1 is taken by another program"; }
