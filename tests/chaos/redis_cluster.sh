#!/bin/bash
# Orders flow while Redis is a cluster of three masters with a replica each: the node that holds the queue is killed and
# its replica promoted, everything is flushed, the queue's slot moves to another node, and one without a replica dies. In
# the end every order is one sale, and of one order nothing overtook anything.
# shellcheck disable=SC2034,SC2153
LABEL=chaos
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"
# shellcheck source=redis_kit.sh
. "$TENON_ROOT/tests/chaos/redis_kit.sh"
SERVERS=6

main() {
    stack_open redis-cluster 18760
    stack_start
    second_start
    : >"$DATA/work/said"
    flow_on true
    FIRST=$(queue_holder)
    followed "the queue lies on one node of the cluster" "$FIRST"
    holds "which has its jobs" test -n "$(server "$FIRST" get '{tenon}:seq')"
    check "and on no other" "$(queue_elsewhere "$FIRST")" ""
    orders >/dev/null
    holds "the API's budgets are counted in the cluster" until_says 60 tenon:rate budgets
    flow_on crash "redis.$FIRST"
    holds "a replica takes the dead node's place" until_holder_is_not "$FIRST"
    SECOND=$(queue_holder)
    followed "which is told everything" "$SECOND"
    server_start "$FIRST"
    flow_on flush_all
    followed "flushed, it is told everything again" "$SECOND"
    flow_on move_slot
    followed "work is announced where the queue's slot went" "$THIRD"
    flow_on crash "redis.$THIRD"
    holds "and its replica is found as well" until_holder_is_not "$THIRD"
    followed "work is announced to that one, too" "$(queue_holder)"
    verdict
    holds "each new place was told everything" test "$(rebuilt)" -ge 4
    tap_end
}

redis_url() { echo "cluster:127.0.0.1:$(server_port 0),127.0.0.1:$(server_port 1),127.0.0.1:$(server_port 2)"; }
server_conf() {
    printf 'cluster-enabled yes\ncluster-port %s\ncluster-config-file nodes.conf\n' $((HTTPS_PORT + 13 + $1))
    printf 'cluster-node-timeout 1000\ncluster-replica-validity-factor 0\nrepl-diskless-sync-delay 0\n'
}

# By hand, since redis-cli's own way takes a second longer for each node that has to be heard of.
servers_join() {
    local i slots=$((16384 / 3)) id
    for i in 0 1 2; do
        server "$i" cluster addslotsrange $((i * slots)) $((i < 2 ? (i + 1) * slots - 1 : 16383)) >/dev/null
        server "$i" cluster set-config-epoch $((i + 1)) >/dev/null
    done
    for i in 1 2 3 4 5; do server 0 cluster meet 127.0.0.1 "$(server_port "$i")" $((HTTPS_PORT + 13 + i)) >/dev/null; done
    for i in 3 4 5; do
        id=$(server $((i - 3)) cluster myid)
        until_says 60 "$id" server "$i" cluster nodes || exit 1
        server "$i" cluster replicate "$id" >/dev/null
    done
    for i in 0 1 2 3 4 5; do until_says 60 cluster_state:ok server "$i" cluster info || exit 1; done
    for i in 3 4 5; do until_says 60 master_link_status:up server "$i" info replication || exit 1; done
}

queue_elsewhere() {
    local i
    for i in 0 1 2; do
        [ "$i" = "$1" ] || server "$i" keys '{tenon}:*'
    done
}

budgets() {
    local i
    for i in 0 1 2; do server "$i" keys 'tenon:rate:*'; done
}

# until_holder_is_not SERVER
until_holder_is_not() {
    local until=$((SECONDS + 60)) now
    while [ "$SECONDS" -lt "$until" ]; do
        now=$(queue_holder)
        if [ -n "$now" ] && [ "$now" != "$1" ]; then return 0; fi
        sleep 0.1
    done
    return 1
}

flush_all() {
    local i
    sleep 0.2
    for ((i = 0; i < SERVERS; i++)); do server "$i" flushall >/dev/null; done
}

# As resharding does it, but at once.
move_slot() {
    local slot from to id i keys
    slot=$(server 0 cluster keyslot '{tenon}:epoch')
    from=$(queue_holder)
    for ((to = 0; to < SERVERS; to++)); do
        [ "$to" = "$from" ] || [ "$(server "$to" role | head -n 1)" != master ] || break
    done
    id=$(server "$to" cluster myid)
    server "$to" cluster setslot "$slot" importing "$(server "$from" cluster myid)" >/dev/null
    server "$from" cluster setslot "$slot" migrating "$id" >/dev/null
    sleep 0.5 # some keys here and some there
    for ((i = 0; i < 100; i++)); do
        server "$from" eval "local k = redis.call('KEYS', '{tenon}:*')
            if #k > 0 then redis.call('DEL', unpack(k)) end return #k" 0 >/dev/null
        keys=$(server "$from" cluster countkeysinslot "$slot")
        [ "$keys" != 0 ] || break
    done
    for ((i = 0; i < SERVERS; i++)); do server "$i" cluster setslot "$slot" node "$id" >/dev/null; done
    THIRD=$to
}

main
