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

# What of a connector is not tried stands in not_tried.tsv, with the reason that its plan gives: connector, scenario, reason. More
# or less than that is told.
NOT_TRIED=$ROOT/tests/connectors/not_tried.tsv
left_out() { # CONNECTOR WHAT-THE-TRIAL-SAID
    local now wanted
    now=$(sed -nE "s/^ok [0-9]+ - (.*) # SKIP (.*)/$1\t\1\t\2/p" <<<"$2" | LC_ALL=C sort)
    wanted=$(grep "^$1"$'\t' "$NOT_TRIED")
    if [ "$now" = "$wanted" ]; then
        line ok "$1: what is not tried is what is known not to be: $(grep -c . <<<"$now")"
        return
    fi
    BAD=1
    diff <(echo "$wanted") <(echo "$now") | head -20 | sed 's/^/# /'
    line "not ok" "$1: what is not tried is what is known not to be"
}

for manifest in "$ROOT"/tenants/connectors/*/manifest.json; do
    name=$(basename "$(dirname "$manifest")")
    if [ ! -f "$(dirname "$manifest")/conformance.json" ]; then
        BAD=1
        line "not ok" "$name has a plan"
        continue
    fi
    said=$("$CTL" connector test "$name" 2>&1)
    left_out "$name" "$said"
    if summed=$(grep -E '^# [0-9]+ scenarios hold, 0 do not' <<<"$said"); then
        line ok "$name: ${summed#\# }"
        continue
    fi
    BAD=1
    grep -A1 -E '^not ok' <<<"$said" | sed 's/^not ok/#/'
    tail -3 <<<"$said" | sed 's/^/# /'
    line "not ok" "$name"
done
KNOWN=$(grep -v '^#' "$NOT_TRIED" | cut -f1 | sort -u | while read -r name; do [ -f "$ROOT/tenants/connectors/$name/manifest.json" ] || echo "$name"; done)
if [ -z "$KNOWN" ]; then
    line ok "nothing is known of a connector that is not there"
else
    BAD=1
    line "not ok" "nothing is known of a connector that is not there: $KNOWN"
fi
# What a new one begins with passes as it stands, and one of a vendor that does not exist, written by the documents alone.
NEW=$(mktemp -d)
OWN=$ROOT/tests/connectors/invented
trap 'rm -rf "$NEW"' EXIT
"$CTL" connector new zeta --into "$NEW/zeta" >/dev/null 2>&1
holds() { # SENTENCE FOLDER
    said=$("$CTL" connector test "$2/manifest.json" --standin "$2/standin.json" --plan "$2/conformance.json" 2>&1)
    if summed=$(grep -E '^# [0-9]+ scenarios hold, 0 do not' <<<"$said"); then
        line ok "$1: ${summed#\# }"
    else
        BAD=1
        grep -A1 -E '^not ok' <<<"$said" | sed 's/^not ok/#/'
        tail -3 <<<"$said" | sed 's/^/# /'
        line "not ok" "$1"
    fi
}
holds "a new connector" "$NEW/zeta"
holds "an invented vendor's" "$OWN"
# Of each object and way it is said what is done or why nothing is; one reason less, and it is not.
said_all() { "$CTL" connector matrix "$1" >/dev/null 2>&1; }
jq 'del(.without[0])' "$OWN/manifest.json" >"$NEW/silent.json"
if said_all "$OWN/manifest.json" && ! said_all "$NEW/silent.json"; then
    line ok "of all that it does not do it is said why"
else
    BAD=1
    line "not ok" "of all that it does not do it is said why"
fi
# What its documentation shows becomes objects that are in order, and its errors what they mean.
read_as() { # SENTENCE WANTED JQ-FILTER of all cases
    if [ "$("$CTL" connector cases "$OWN/manifest.json" --input "$OWN/cases.json" 2>&1 | jq -sc "$3")" = "$2" ]; then
        line ok "$1"
    else
        BAD=1
        line "not ok" "$1"
    fi
}
read_as "its answers become objects in order" '["sku/1","inventory_position/1","shipment/1","shipment/1","shipment/1","return/1"]' \
    '[.[].objects[]? | if .valid then .value.schema else .faults end]'
read_as "two parcels of an item are one line" '{"tracking":2,"lines":["2"]}' \
    '.[2].objects[0].value | {tracking: (.tracking | length), lines: [.lines[].quantity]}'
read_as "an error that comes as success is none" '["upstream-busy","upstream-unknown","upstream-busy"]' '[.[6, 7, 9].code]'
read_as "an amount is sent in its smallest unit" '{"units":3499,"cur":"USD"}' '.[-1].body.goods'
# The trial finds what does not hold: lies SENTENCE JQ-FILTER of the manifest, SCENARIO that tells it, FOLDER.
lies() {
    local from=${4:-$NEW/zeta}
    jq "$2" "$from/manifest.json" >"$NEW/lie.json"
    if "$CTL" connector test "$NEW/lie.json" --standin "$from/standin.json" --plan "$from/conformance.json" 2>/dev/null |
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
lies "a change made twice where keys are texts" '.operations["comebacks.create"].again = {kind: "upsert"}' \
    "comebacks.create: a lost answer: made once" "$OWN"
lies "a list that forgets what it was asked" '.operations["dispatches.list"].pages.next = "resume & \"x\""' "dispatches.list: three pages" "$OWN"
lies "changes without a key" '.source[0].changes.key = "nope"' "source dispatch: what changed is listed" "$OWN"
lies "changes without a time" '.source[0].changes.changed = "nope"' "source dispatch: what changed is listed" "$OWN"
lies "a question that does not tell from when" 'del(.operations["dispatches.list"].request.query.changed_since)' \
    "source dispatch: what changes later is not listed" "$OWN"
lies "a key that nothing is fetched by" '.source[0].one.with = "{\"dispatch\": \"x\" & $}"' "source dispatch: what is listed can be fetched" "$OWN"
# A slip in the plan, the stand-in or the manifest is told before anything is tried: slips FILE JQ-FILTER FAULT.
slips() {
    cp "$OWN"/*.json "$NEW"
    jq "$2" "$OWN/$1" >"$NEW/$1"
    said=$("$CTL" connector test "$NEW/manifest.json" --standin "$NEW/standin.json" --plan "$NEW/conformance.json" 2>&1)
    if grep -qF "$3" <<<"$said" && ! grep -qE '^(not )?ok' <<<"$said"; then
        line ok "told: $3"
    else
        BAD=1
        head -3 <<<"$said" | sed 's/^/# /'
        line "not ok" "told: $3"
    fi
}
slips conformance.json '.operations["stock.get"].mising = {}' '/operations/stock.get/mising: unknown_member: is not known here; near it is missing'
slips conformance.json '.operations["stock.gt"] = {}' '/operations/stock.gt: unknown_member: is not known here; near it is stock.get'
slips conformance.json 'del(.operations["stock.set"].made)' '/operations/stock.set/made: required'
slips conformance.json '.operations["stock.set"].of = "stok"' '/operations/stock.set/of: not_found: the stand-in has no collection "stok"'
slips conformance.json '.operations["stock.list"].grow = "$merge([$, {\"row\": $n}])"' '/operations/stock.list/grow: unknown_name: nothing has the name $n'
slips conformance.json '.operations["stock.list"].total = "$count("' '/operations/stock.list/total: S'
slips conformance.json '.hooks.deliveries[0].topic = "dispatch.chnged"' '/hooks/deliveries/0/topic: not_found: must be a topic of one'
slips conformance.json '.hooks.deliveries[1].abuot = "x"' '/hooks/deliveries/1/abuot: unknown_member: is not known here'
slips standin.json '.routes[0].path = "/signin/token"' '/: no_sign_in: the stand-in has no route POST /_token'
slips manifest.json 'del(.hooks.check.time)' '/hooks/check/over: no_time'
echo "1..$N"
exit $BAD
