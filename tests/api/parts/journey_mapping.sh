# shellcheck shell=bash disable=SC2154,SC2016
# A retail admin changes a mapping safely (journey J4): tried on an order, on all that was recorded, approved by somebody of the
# partner's, published for some and then for all, and taken back. Sourced by tests/api/run.

journey_checks() {
    ADMIN=$(ctl key create --partner northwind --name "retail admin" --customer "$ALDER" \
        --scopes mappings:read,mappings:write,mappings:publish,messages:read,orders:read)
    APPROVER=$(key_with mappings:read,mappings:publish,orders:read)
    journey_begun
    journey_tried
    journey_saved
    journey_backtested
    journey_approved
    journey_published
    journey_taken_back
}

admin() { ask "$1" "$2" "$ADMIN" "${@:3}"; }
approver() { ask "$1" "$2" "$APPROVER" "${@:3}"; }
# ordered FIRST LAST [JQ FILTER]: that many orders come, and are delivered.
ordered() {
    local i
    for ((i = $1; i <= $2; i++)); do
        order_body "$i" "$i" SKU-0001 1 "${3:-.}" >"$DATA/work/journey"
        [ "$(post "$DATA/work/journey" "j-$i")" = 200 ] || return 1
    done
    for ((i = 0; i < 600; i++)); do
        [ "$(pg_sql "select count(*) from tenon.sales_order where natural_key::bigint between $1 and $2 and state = 'delivered'")" != $(($2 - $1 + 1)) ] || return 0
        sleep 0.1
    done
    return 1
}

journey_begun() {
    local at
    holds "orders were delivered last night, some of them with promo codes" ordered 7001 7010
    holds "of words" ordered 7011 7013 '.discount_codes = [{code: "SPRING", amount: "0.00", type: "fixed_amount"}]'
    holds "and of numbers" ordered 7014 7015 '.discount_codes = [{code: "2026", amount: "0.00", type: "fixed_amount"}] | .shipping_lines = [{title: "std", price: "0.00"}]'
    check "the mapping that works is at hand" "$(admin POST /v1/mappings --json '{"name": "Order to ERP sales order", "source_system": "shopify",
        "source_object": "order", "target": "sales_order/1", "begin": "shipped", "backtest": "required"}') $(said '[.review, .backtest, .newest_version]')" \
        '201 ["required","required",1]'
    JOURNEY=$(said .id) at=/v1/mappings/$JOURNEY/versions/1
    holds "its first version is backtested" journey_backtest 1
    check "approved and published" "$(admin POST "$at/submit") $(approver POST "$at/approve") $(admin POST "$at/publish" --json '{"share": 100}')" "200 200 200"
    check "and the shop's orders go through it" "$(admin PUT "/v1/connections/$CONNECTION/mappings/order" --json "{\"mapping_id\": \"$JOURNEY\"}")" 200
}

# journey_backtest VERSION: over 30 days, to its end; the backtest is what was said last.
journey_backtest() {
    [ "$(admin POST "/v1/mappings/$JOURNEY/versions/$1/backtests" --json '{"last_days": 30}')" = 202 ] || return 1
    TRIAL=$(said .id)
    backtest_ended "/v1/mappings/$JOURNEY/versions/$1/backtests/$TRIAL" "$ADMIN"
    [ "$(said .state)" = done ]
}

# edited PROMO: the document with another rule for ship methods and one for promo codes.
edited() {
    admin GET "/v1/mappings/$JOURNEY/versions/1" >/dev/null
    jq -c --arg promo "$1" '.document | .rules |= (map(if .to == "/shipping/*/title" then .expr = "$lookup({\"std\": \"STANDARD\"}, title) ?: title"
        elif .to == "/note" then {to, expr: $promo} else . end))' "$ANSWER"
}
WRONG_PROMO='$string($number(discount_codes[0].code))' GOOD_PROMO='discount_codes[0].code'

journey_tried() {
    local at=/v1/mappings/$JOURNEY/dry-run last
    last=$(admin GET "/v1/orders?limit=1" >/dev/null; said '.data[0].id')
    last=$(admin GET "/v1/orders/$last" >/dev/null; said .message_id)
    check "last night's order is opened: input and output" "$(admin POST "$at" --json "{\"message_id\": \"$last\"}") \
$(said '[.valid, .record.name, .result.number, .result.shipping[0].title]')" '200 [true,"#7015","#7015","std"]'
    check "and the rule of every field" "$(said '[.values[] | select(.pointer == "/number" or .pointer == "/shipping/0/title") | [.rule, .value]]')" \
        '[["/number","#7015"],["/shipping/*/title","std"]]'
    check "what changes is seen at once" "$(admin POST "$at" --json "{\"message_id\": \"$last\", \"document\": $(edited "$WRONG_PROMO")}") \
$(said '[.valid, .result.shipping[0].title, .result.note]')" '200 [true,"STANDARD","2026"]'
    check "a value of another type is told at its field" "$(admin POST "$at" --json "{\"message_id\": \"$last\", \"document\": $(edited 'discount_codes')}") \
$(said '[.valid, (.faults[] | [.pointer, .rule, .code])]')" '200 [false,["/note","/note","wrong_type"]]'
}

journey_saved() {
    check "the draft is the next version" "$(admin POST "/v1/mappings/$JOURNEY/versions" --json "{\"note\": \"promo codes\", \"document\": $(edited "$WRONG_PROMO")}") \
$(said '[.number, .status, .faults]')" '201 [2,"draft",[]]'
    check "with what differs from the one that works" "$(admin GET "/v1/mappings/$JOURNEY/diff") $(said '[.from, .to, (.changes[] | [.name, .change])]')" \
        '200 [1,2,["/shipping/*/title","changed"],["/note","changed"]]'
}

journey_backtested() {
    holds "it is run over 30 days" journey_backtest 2
    check "what changed is listed by field with its money, what fails is counted" \
        "$(said '[.newly_failing, .newly_passing, (.summary.changes | map([.path, .records]) | sort), .summary.money[0].difference, (.summary.newly_failing_by[] | [.path, .code, .records])]')" \
        '[3,0,[["/note",2],["/shipping/*/title",2]],"0.00",["/note","D3030",3]]'
    check "all of them" "$(said '.records - .same - .changed - .newly_failing - .still_failing')" 0
    check "the three are fixed" "$(admin PUT "/v1/mappings/$JOURNEY/versions/2" -H "if-match: $(admin GET "/v1/mappings/$JOURNEY/versions/2" >/dev/null; header_of etag)" \
        --json "{\"note\": \"promo codes\", \"document\": $(edited "$GOOD_PROMO")}") $(said .backtest_id)" "200 null"
    holds "and it is run again" journey_backtest 2
    check "nothing fails that did not" "$(said '[.newly_failing, (.summary.changes | map([.path, .records]) | sort)]')" \
        '[0,[["/note",5],["/shipping/*/title",2]]]'
}

journey_approved() {
    local at=/v1/mappings/$JOURNEY/versions/2
    check "nothing goes live before somebody else has seen it" "$(admin POST "$at/publish" --json '{"share": 10}') $(said .code)" "409 mapping-not-reviewed"
    check "approval is asked for" "$(admin POST "$at/submit") $(said .status)" "200 in_review"
    check "not of oneself" "$(admin POST "$at/approve") $(said .code)" "403 mapping-self-approval"
    check "the approver has the difference" "$(approver GET "/v1/mappings/$JOURNEY/diff?from=1&to=2") $(said '.changes | length')" "200 2"
    check "and the backtest" "$(approver GET "$at") $(approver GET "$at/backtests/$(said .backtest_id)") $(said '[.state, .newly_failing]')" '200 200 ["done",0]'
    check "and approves" "$(approver POST "$at/approve") $(said '.reviewer != null')" "200 true"
}

# journey_versions FIRST LAST: which versions made these orders.
journey_versions() {
    pg_sql "select string_agg(distinct r.mapping_version::text, ' ') from tenon.sales_order o join tenon.canonical_record r
        using (partner_id, customer_id, record_id) where o.natural_key::bigint between $1 and $2"
}

journey_published() {
    local at=/v1/mappings/$JOURNEY/versions/2 one
    check "it goes to a tenth of the orders" "$(admin POST "$at/publish" --json '{"share": 10}') $(said '[.current_version, .rolling_version, .share]')" "200 [1,2,10]"
    check "to half of them" "$(admin POST "$at/publish" --json '{"share": 50}') $(said .share)" "200 50"
    holds "orders come" ordered 7101 7130
    check "and go through either version, each saying which" "$(journey_versions 7101 7130)" "1 2"
    one=$(pg_sql "select o.natural_key from tenon.sales_order o join tenon.canonical_record r using (partner_id, customer_id, record_id)
        where o.natural_key::bigint between 7101 and 7130 and r.mapping_version = 1 limit 1")
    check "then to all" "$(admin POST "$at/publish" --json '{"share": 100}') $(said '[.current_version, .rolling_version]')" "200 [2,0]"
    holds "later orders" ordered 7131 7133
    check "go through the new one alone" "$(journey_versions 7131 7133)" 2
    check "what was made before stays as it was made" "$(journey_versions "$one" "$one")" 1
}

journey_taken_back() {
    check "one click goes back" "$(admin POST "/v1/mappings/$JOURNEY/rollback") $(said '[.current_version, .rolling_version]')" "200 [1,0]"
    holds "orders" ordered 7141 7142
    check "are made as before" "$(journey_versions 7141 7142)" 1
    holds "a version beside itself" journey_backtest 1
    check "differs in nothing" "$(said '[.against_version, .changed, .newly_failing, .newly_passing]')" "[1,0,0,0]"
    check "the shop's orders go through the product's mapping again" "$(admin DELETE "/v1/connections/$CONNECTION/mappings/order")" 200
    check "who did what is on record" "$(ask GET "/v1/audit?object=$JOURNEY&limit=200" "$(key_with audit:read)") \
$(said '[.data[].action] | map(select(test("publish|approve|rollback"))) | group_by(.) | map([.[0], length]) | tostring')" \
        '200 [["mapping.rollback",1],["mapping.version.approve",2],["mapping.version.publish",4]]'
}
