# shellcheck shell=bash disable=SC2154
# Why is it not there? Orders that come, stop, wait or never came, and a flow's job. Sourced by tests/api/run.

why_checks() {
    LARCH=$(ctl customer create --partner northwind --name Larch)
    LARCH_KEY=$(ctl key create --partner northwind --name larch --customer "$LARCH" \
        --scopes orders:read,orders:write,connections:read,flows:read,flows:write,flows:publish,flows:run)
    local shop
    LARCH_ERP=$(ctl connection create --partner northwind --customer "$LARCH" --connector tryton --name "Larch ERP" \
        --settings "$(erp_settings)" --secret-file "$(secret larch.password "$ERP_SECRET")")
    shop=$(ctl connection create --partner northwind --customer "$LARCH" --connector shopify --name "Larch shop" \
        --settings '{"shop":"larch.myshopify.com"}' --destination "$LARCH_ERP" --secret-file "$(secret larch.secret larch-signing-secret)")
    LARCH_SHOP=$(sed -n 1p <<<"$shop") LARCH_HOOK=$(sed -n 2p <<<"$shop")
    why_unknown
    why_there
    why_held
    why_paused
    why_job
    why_whose
}

larch() { ask "$1" "$2" "${KEY:-$LARCH_KEY}" "${@:3}"; }
# larch_sends NUMBER [JQ]: an order, changed so; prints the status.
larch_sends() {
    order_body "88$1" "$1" SKU-0003 1 "${2:-.}" >"$DATA/work/larch"
    SHOP=larch.myshopify.com SHOP_SECRET=larch-signing-secret HOOK=$LARCH_HOOK post "$DATA/work/larch" "larch-$1"
}
# larch_rests NUMBER: waits until its job is at rest; ORDER is its id.
larch_rests() {
    local i
    for ((i = 0; i < 150; i++)); do
        [ "$(pg_sql "select count(*) from tenon.job where business_key = 'order:88$1' and state in ('held', 'done')")" = 0 ] || break
        sleep 0.1
    done
    ORDER=$(id_text ord "$(pg_sql "select order_id from tenon.sales_order where natural_key = '88$1'")")
}

why_unknown() {
    check "of an order that nobody sent it is said that nothing ever came" \
        "$(larch GET "/v1/orders/why?connection=$LARCH_SHOP&order_number=%239") $(said '[.state, .code, .owner, .owner_name, .order_id]')" \
        '200 ["stopped","never_heard","admin","a retail admin",null]'
    check "and what to do" "$(said .action)" "set up the shop's webhook with the address of this connection"
    check "without saying which order there is no answer" "$(larch GET "/v1/orders/why?connection=$LARCH_SHOP")" 400
    check "nor by both" "$(larch GET "/v1/orders/why?connection=$LARCH_SHOP&order_number=9&source_key=9")" 400
    check "nor without a connection" "$(larch GET "/v1/orders/why?order_number=9") $(said '.errors[0].pointer')" "422 connection"
}

why_there() {
    check "an order comes" "$(larch_sends 1)" 200
    larch_rests 1
    check "it is there, and so it is said" "$(larch GET "/v1/orders/$ORDER/why") $(said '[.state, .code, .owner]')" '200 ["there","delivered","nobody"]'
    holds "with its number there" test "$(said '.sentence | test("^order .* is there: it is .* in .Larch ERP.$")')" = true
    check "after all that was looked at" "$(said '[.checked[].code] | join(" ")')" "received served turn time worker read fit route"
    check "by its source's id it is the same" "$(larch GET "/v1/orders/why?connection=$LARCH_SHOP&source_key=881") $(said '[.code, .order_id]')" "200 [\"delivered\",\"$ORDER\"]"
    check "one that did not come is looked for in the shop" "$(larch GET "/v1/orders/why?connection=$LARCH_SHOP&order_number=%23999") $(said '[.code, .owner, .owner_name]')" \
        '200 ["no_delivery","shop","the shop \"Larch shop\""]'
}

why_held() {
    check "an order comes in a currency that there is not" "$(larch_sends 2 '.currency = "XXQ"')" 200
    larch_rests 2
    check "its shop is to correct it" "$(larch GET "/v1/orders/$ORDER/why") $(said '[.state, .code, .owner, .yours, .permission]')" \
        '200 ["stopped","currency_unknown","shop",false,null]'
    holds "and it is named" test "$(said '.sentence | test("its currency .XXQ. is not one we know")')" = true
    check "what lies behind was not looked at" "$(said '[.checked[].code] | join(" ")')" "received served turn time worker read"
}

why_paused() {
    local admin
    admin=$(ctl key create --partner northwind --name 'larch admin' --customer "$LARCH" --scopes orders:read,connections:write)
    check "a system is paused" "$(KEY=$admin larch POST "/v1/connections/$LARCH_ERP/pause" --json '{"reason": "the year ends"}') $(said .status)" "200 paused"
    sleep 0.7 # a thread knows for half a second what it knew
    check "an order comes for it" "$(larch_sends 3)" 200
    check "which waits, and that is said" "$(larch GET "/v1/orders/why?connection=$LARCH_SHOP&source_key=883") $(said '[.code, .state, .owner, .owner_name, .permission]') $(said '.sentence | test("is paused: the year ends$")')" \
        '200 ["connection_paused","waiting","admin","a retail admin","connections:write"] true'
    check "nothing was tried" "$(pg_sql "select max(attempts) from tenon.job where state = 'ready' and customer_id = (select customer_id from tenon.customer where name = 'Larch')")" 0
    check "when it works again, the order goes on" "$(KEY=$admin larch POST "/v1/connections/$LARCH_ERP/resume") $(said .status)" "200 active"
    larch_rests 3
    check "and then it is there" "$(larch GET "/v1/orders/$ORDER/why") $(said .code)" "200 delivered"
}

why_job() {
    local flow job i
    larch POST /v1/flows --json '{"name": "Count"}' >/dev/null
    flow=$(said .id)
    larch POST "/v1/flows/$flow/versions" --json '{"document": {"format": "flow/1", "trigger": {"api": {}}, "steps": [{"hold": "above what one may ship alone"}]}}' >/dev/null
    larch POST "/v1/flows/$flow/versions/1/publish" >/dev/null
    check "a flow's job holds" "$(larch POST "/v1/flows/$flow/runs" --json '{"input": {}}')" 202
    job=$(said .id)
    for ((i = 0; i < 600; i++)); do
        [ "$(larch GET "/v1/jobs/$job" >/dev/null && said .state)" != held ] || break
        sleep 0.1
    done
    check "its flow said so" "$(larch GET "/v1/jobs/$job/why") $(said '[.state, .code, .owner_name, .sentence, .flow_id]')" \
        "200 [\"stopped\",\"held_by_step\",\"you: a retail admin\",\"the flow \\\"Count\\\" holds it: above what one may ship alone\",\"$flow\"]"
    WHY_JOB=$job
}

why_whose() {
    local birch
    birch=$(ctl key create --partner northwind --name 'birch why' --customer "$BIRCH" --scopes orders:read,flows:read)
    check "another customer is told of nothing" "$(ask GET "/v1/orders/$ORDER/why" "$birch") $(ask GET "/v1/jobs/$WHY_JOB/why" "$birch") \
$(ask GET "/v1/orders/why?connection=$LARCH_SHOP&order_number=1" "$birch")" "404 404 404"
    check "who may not see orders is refused" "$(KEY=$(ctl key create --partner northwind --name 'why none' --customer "$LARCH" --scopes connections:read) \
        larch GET "/v1/orders/$ORDER/why")" 403
}
