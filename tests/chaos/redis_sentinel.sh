#!/bin/bash
# Orders flow while Redis is a master with a replica, watched by three sentinels: the master is killed, everything is
# flushed, the next master hangs until another one is made, and wakes. In the end every order is one sale, and of
# one order nothing overtook anything.
# shellcheck disable=SC2034,SC2153
LABEL=chaos
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"
# shellcheck source=redis_kit.sh
. "$TENON_ROOT/tests/chaos/redis_kit.sh"
SERVERS=5 # two with data, then the sentinels

main() {
    stack_open redis-sentinel 18790
    stack_start
    second_start
    : >"$DATA/work/said"
    flow_on true
    followed "work is announced to the master" 0
    holds "which has its jobs" test -n "$(server 0 get '{tenon}:seq')"
    flow_on crash redis.0
    holds "the sentinels promote the replica" until_says 60 '^master' server 1 role
    followed "which is told everything" 1
    server_start 0
    holds "the old master comes back as a replica" until_says 90 'master_link_status:up' server 0 info replication
    flow_on flush
    followed "flushed, it is told everything again" 1
    flow_on hang redis.1
    holds "a master that hangs is replaced" until_says 60 '^master' server 0 role
    followed "and what took its place is told everything" 0
    kill -CONT "$(pid_of "$DATA/run/redis.1.pid")"
    flow_on true
    verdict
    holds "each new master was told everything" test "$(rebuilt)" -ge 4
    tap_end
}

redis_url() { echo "sentinel:tenon@127.0.0.1:$(server_port 2),127.0.0.1:$(server_port 3),127.0.0.1:$(server_port 4)"; }
server_kind() { if [ "$1" -lt 2 ]; then echo data; else echo sentinel; fi; }
server_conf() {
    case $1 in
        0) echo "repl-diskless-sync-delay 0" ;;
        1) printf 'repl-diskless-sync-delay 0\nreplicaof 127.0.0.1 %s\n' "$(server_port 0)" ;;
        *)
            printf 'sentinel monitor tenon 127.0.0.1 %s 2\n' "$(server_port 0)"
            printf 'sentinel down-after-milliseconds tenon 700\nsentinel failover-timeout tenon 3000\n'
            ;;
    esac
}
servers_join() {
    local i
    until_says 60 master_link_status:up server 1 info replication || exit 1
    for i in 2 3 4; do until_says 60 'slaves=1,sentinels=3' server "$i" info sentinel || exit 1; done
}

flush() {
    sleep 0.2
    server 1 flushall >/dev/null
}
hang() { kill -STOP "$(pid_of "$DATA/run/$1.pid")"; }

main
