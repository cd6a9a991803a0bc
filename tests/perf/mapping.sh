# shellcheck shell=bash disable=SC2154
# An order's text to the canonical order's text by a mapping of 32 rules with three cross references, and its expressions
# alone, beside the npm package jsonata with the same expressions. Sourced by run.
GOAL=10 PEER_VERSION=2.2.2

mapping_open() {
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD jq
    command -v node >/dev/null || die "node is not here: the npm package jsonata is what this is measured against"
    BUILD=${PERF_BUILD:-$TENON_ROOT/build/release}
    [ -n "${PERF_BUILD:-}" ] || build_preset release mapping-perf
    PEER=$TENON_ROOT/build/peer
    mkdir -p "$PEER"
    [ -d "$PEER/node_modules/jsonata" ] || npm --prefix "$PEER" --silent --no-fund --no-audit install "jsonata@$PEER_VERSION"
    DATA=$(mktemp -d)
    trap 'rm -rf "$DATA"' EXIT
    # An id that JavaScript can hold too.
    sed 's/{{n}}/5820982911946/g' "$PERF/order.template" >"$DATA/order.json"
}

# least NAME FILE
least() { awk -v name="$1" '$1 == name && (!n++ || $2 < least) { least = $2 } END { print least }' "$2"; }

measure() {
    local round whole at_once peer
    for ((round = 0; round < ROUNDS; round++)); do
        "$BUILD/mapping-perf" "$PERF/mapping.json" "$DATA/order.json" >>"$DATA/ours" 2>"$DATA/made.ours"
        node "$PERF/mapping.js" "$PEER" "$PERF/mapping.json" "$DATA/order.json" >>"$DATA/peer" 2>"$DATA/made.peer"
    done
    # Both make the same object, but for the name of its schema and the order of members.
    cmp <(jq -S 'del(.schema)' "$DATA/made.ours") <(head -n 1 "$DATA/made.peer" | jq -S .) ||
        die "the two sides make different objects"
    whole=$(least whole "$DATA/peer") at_once=$(least at_once "$DATA/peer")
    peer=$(awk -v a="$whole" -v b="$at_once" 'BEGIN { print a < b ? a : b }')
    echo "us an order: ours $(least whole "$DATA/ours"), jsonata rule by rule $whole, as one expression $at_once"
    echo "us its expressions alone: ours $(least expressions "$DATA/ours"), jsonata $(least expressions "$DATA/peer")"
    faster mapping-expressions "$(least expressions "$DATA/ours")" "$(least expressions "$DATA/peer")" \
        "the expressions of the order's own fields, compiled, on a parsed order, goal $GOAL"
    faster mapping "$(least whole "$DATA/ours")" "$peer" "an order of 4.8 KB from text to canonical text, 32 rules, three cross \
references; ours validates as well; the peer is npm jsonata $PEER_VERSION in node $(node --version), the faster of rule by rule \
and one expression, goal $GOAL"
}

# faster NAME OURS_US PEER_US NOTE: the verdict in orders a second.
faster() {
    verdict "$1" "$(awk -v us="$2" 'BEGIN { printf "%.0f", 1e6 / us }')" "$(awk -v us="$3" 'BEGIN { printf "%.0f", 1e6 / us }')" \
        "orders/s" "$4"
}
