#!/bin/bash
# Every connector that is a document, tried against its stand-in: what it declares, whole and with each fault that outside
# systems have (tenonctl connector test). One line for each scenario that does not hold, and one for each connector.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CTL=${TENON_BUILD:-$ROOT/build/dev}/tenonctl
unset TENON_SHARED TENON_BUILD
N=0 BAD=0

line() { # VERDICT NAME
    N=$((N + 1))
    echo "$1 $N - $2"
}

for manifest in "$ROOT"/tenants/connectors/*/manifest.json; do
    name=$(basename "$(dirname "$manifest")")
    if [ ! -f "$(dirname "$manifest")/conformance.json" ]; then
        line ok "$name # SKIP it has no stand-in and no plan yet"
        continue
    fi
    said=$("$CTL" connector test "$name" 2>&1)
    if summed=$(grep -E '^# [0-9]+ scenarios hold, 0 do not' <<<"$said"); then
        line ok "$name: ${summed#\# }"
        continue
    fi
    BAD=1
    grep -A1 -E '^not ok' <<<"$said" | sed 's/^not ok/#/'
    tail -3 <<<"$said" | sed 's/^/# /'
    line "not ok" "$name"
done
# What a new one begins with passes as it stands.
NEW=$(mktemp -d)
trap 'rm -rf "$NEW"' EXIT
"$CTL" connector new zeta --into "$NEW/zeta" >/dev/null 2>&1
said=$("$CTL" connector test "$NEW/zeta/manifest.json" --standin "$NEW/zeta/standin.json" --plan "$NEW/zeta/conformance.json" 2>&1)
if summed=$(grep -E '^# [0-9]+ scenarios hold, 0 do not' <<<"$said"); then
    line ok "a new connector: ${summed#\# }"
else
    BAD=1
    tail -3 <<<"$said" | sed 's/^/# /'
    line "not ok" "a new connector"
fi
# The trial finds what does not hold: lies SENTENCE JQ-FILTER of the manifest.
lies() {
    jq "$2" "$NEW/zeta/manifest.json" >"$NEW/zeta/lie.json"
    if "$CTL" connector test "$NEW/zeta/lie.json" --standin "$NEW/zeta/standin.json" --plan "$NEW/zeta/conformance.json" 2>/dev/null |
        grep -q "^not ok .*$3"; then
        line ok "the trial finds $1"
    else
        BAD=1
        line "not ok" "the trial finds $1"
    fi
}
lies "a change that is made twice" '.operations["shipments.create"].again = {kind: "upsert"}' "shipments.create: a lost answer: made once"
lies "a probe that finds nothing" '.operations["shipments.create"].again.ref = "$[reference = \"x\"].id"' "shipments.create: what was made is found"
lies "an answer that is not looked at" 'del(.operations["orders.get"].answer.must)' "orders.get: an answer that breaks its contract is held"
lies "a list that ends too early" '.operations["orders.list"].pages.next = "nothing_there"' "orders.list: three pages"
lies "an outage that is taken for a refusal" '.errors += [{when: "$status >= 500", means: "no"}]' "orders.get: 503 is no answer"
# Webhooks: a door that lets anybody in, and a delivery that is taken for another's.
jq '.hooks.check = {kind: "none"} | .hooks.events[0].key = "state"' "$ROOT/tenants/connectors/loop_returns/manifest.json" >"$NEW/door.json"
said=$("$CTL" connector test "$NEW/door.json" 2>/dev/null)
for found in "with another secret it is refused" "without a signature it is refused" "with another body than was signed it is refused" \
    "during a roll both secrets count, and no third" "a delivery is taken, and what it is about is told"; do
    if grep -q "^not ok .*hook return.\*: $found" <<<"$said"; then
        line ok "the trial finds a door without a lock: $found"
    else
        BAD=1
        line "not ok" "the trial finds a door without a lock: $found"
    fi
done
echo "1..$N"
exit $BAD
