#!/bin/bash
# The page of what each connector covers is what the program says, and there is no cell of which it is not said what is
# done or why nothing is.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CTL=${TENON_BUILD:-$ROOT/build/dev}/tenonctl
unset TENON_SHARED TENON_BUILD
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
N=0 BAD=0

check() { # SENTENCE GOT WANTED
    N=$((N + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $N - $1"
        return
    fi
    BAD=1
    echo "not ok $N - $1"
    printf '# got %s\n# wanted %s\n' "$2" "$3" | head -20
}

rows() { grep -E '^\| [^|]+ \|( [^ /|]+/[^ /|]+ \|)+$' "$WORK/page"; }

cells() { rows | cut -d'|' -f3- | grep -o "$1" | wc -l; } # MARK: how many cells of the table have it

"$CTL" connector matrix >"$WORK/page" 2>"$WORK/said"
STATUS=$?
check "ops/docs/coverage.md is what tenonctl connector matrix prints" "$(diff "$ROOT/ops/docs/coverage.md" "$WORK/page" | head -5)" ""
ROWS=$(rows | wc -l)
OBJECTS=$(grep -m1 '^| | ' "$WORK/page" | cut -d'|' -f3- | grep -o '|' | wc -l)
DONE=$(cells ×) REASONS=$(cells –) UNKNOWN=$(cells '?')
echo "# $ROWS connectors, $OBJECTS objects: $DONE cells are done, $REASONS have a reason, $UNKNOWN have none"
check "each connector has a cell of each object and way" "$((DONE + REASONS + UNKNOWN))" "$((ROWS * OBJECTS * 2))"
check "the page counts them as they are" "$(grep -c "^$DONE are done, $REASONS are not, for a reason, and of $UNKNOWN (?)" "$WORK/page")" 1
check "no cell is without a reason" "$UNKNOWN" 0
check "the command fails if one is" "$STATUS" "$((UNKNOWN > 0))"

# What becomes of a manifest that leaves a reason out, or keeps one for what is done.
MANIFEST=$ROOT/tenants/connectors/woocommerce/manifest.json
jq 'del(.without[] | select(.object == "return" and .direction == "in"))' "$MANIFEST" >"$WORK/gap.json"
"$CTL" connector matrix "$WORK/gap.json" >"$WORK/page" 2>"$WORK/said"
check "a cell of which nobody said why is marked, and refused" \
    "$? $(cells '?') $(grep -c '^| return | ? Nobody said why not. |' "$WORK/page") $(grep -c 'of 1 nobody said' "$WORK/said")" "1 1 1 1"
jq '.without += [{object: "sales_order", direction: "in", why: "x"}]' "$MANIFEST" >"$WORK/stale.json"
"$CTL" connector check "$WORK/stale.json" 2>"$WORK/said"
check "a reason for what is done is refused" "$? $(grep -c 'contradiction.*does it' "$WORK/said")" "1 1"
jq '.without += [{object: "sales_order", direction: "up", why: ""}]' "$MANIFEST" >"$WORK/empty.json"
"$CTL" connector check "$WORK/empty.json" 2>"$WORK/said"
check "a reason without a way and without words is refused" "$? $(grep -o '/without/[0-9]*/[dw][a-z]*' "$WORK/said" | sort -u | sed 's/.*\///' | tr '\n' ' ')" "1 direction why "
echo "1..$N"
exit $BAD
