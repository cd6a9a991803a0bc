# shellcheck shell=bash disable=SC2154
# JSON read and written by doc, by jansson and by V8, each over the same payloads (doc_payloads.c), in turn. Sourced by run.
GOAL_V8=1 GOAL_JANSSON=5

doc_open() {
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD jq
    command -v node >/dev/null || die "node is not here: V8's JSON is what this is measured against"
    BUILD=${PERF_BUILD:-$TENON_ROOT/build/release}
    [ -n "${PERF_BUILD:-}" ] || build_preset release doc-perf
    DATA=$(mktemp -d)
    trap 'rm -rf "$DATA"' EXIT
    "$BUILD/doc-perf" payloads "$DATA"
}

# best FILE: of a name's lines the least of each figure.
best() {
    awk '{ for (i = 2; i <= NF; i++) if (!(($1, i) in least) || $i < least[$1, i]) least[$1, i] = $i
           if (!($1 in seen)) { seen[$1] = ++n; name[n] = $1 }
           fields = NF }
        END { for (k = 1; k <= n; k++) { printf "%s", name[k]; for (i = 2; i <= fields; i++) printf " %s", least[name[k], i]; print "" } }' "$1"
}

# Names, octets, and by name: doc's parse and print, jansson's, V8's.
table() { join <(best "$DATA/c" | sort) <(best "$DATA/v8" | sort); }

# One line for a peer: MB/s of both sides, geometric means over the payloads; $1 is the field of its parse.
against() {
    table | awk -v at="$1" '
        { ours += log($2 / ($3 + $4)); peer += log($2 / ($at + $(at + 1))) }
        END { printf "%.1f %.1f", exp(ours / NR), exp(peer / NR) }'
}

measure() {
    local round v8 jansson more
    for ((round = 0; round < ROUNDS; round++)); do
        "$BUILD/doc-perf" measure >>"$DATA/c"
        node "$PERF/doc.js" "$DATA" >>"$DATA/v8"
    done
    echo "us: parse and print           doc            jansson                 V8   jansson/doc  V8/doc"
    table | awk '{ printf "%-12s %7d %8.2f %8.2f  %8.2f %8.2f  %8.2f %8.2f %12.2f %8.2f\n", $1, $2, $3, $4, $5, $6, $7, $8,
        ($5 + $6) / ($3 + $4), ($7 + $8) / ($3 + $4) }'
    read -r -a v8 <<<"$(against 7)"
    read -r -a jansson <<<"$(against 5)"
    verdict doc-jansson "${jansson[0]}" "${jansson[1]}" "MB/s" "as below, against jansson (duplicates refused by both), goal $GOAL_JANSSON"
    more=$(table | jq -Rnc '[inputs | split(" ") | {key: .[0], value: {octets: (.[1] | tonumber), doc_us: (.[2:4] | map(tonumber)),
        jansson_us: (.[4:6] | map(tonumber)), v8_us: (.[6:8] | map(tonumber))}}] | from_entries | {payloads: .}')
    verdict doc "${v8[0]}" "${v8[1]}" "MB/s" "parse and print together, geometric mean over payloads, the best of $ROUNDS rounds; the \
peer is V8's JSON in node $(node --version), from string to string, goal $GOAL_V8; load average $(cut -d' ' -f1 /proc/loadavg) on \
$(nproc) processors" "$(jq -c --argjson j "$(awk -v a="${jansson[0]}" -v b="${jansson[1]}" 'BEGIN { printf "%.3f", a / b }')" \
        '. + {ratio_jansson: $j}' <<<"$more")"
}
