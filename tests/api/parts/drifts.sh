# shellcheck shell=bash disable=SC2154
# Contract drift: a shop's deliveries are learnt, a field that changes is a case, and who decides. Sourced by tests/api/run.

drift_checks() {
    ELM=$(ctl customer create --partner northwind --name Elm)
    ELM_KEY=$(ctl key create --partner northwind --name elm --customer "$ELM" \
        --scopes mappings:read,mappings:write,connections:read,connections:write,orders:read,orders:write)
    local erp shop
    erp=$(ctl connection create --partner northwind --customer "$ELM" --connector tryton --name "Elm ERP" \
        --settings "$(erp_settings)" --secret-file "$(secret elm.password "$ERP_SECRET")")
    shop=$(ctl connection create --partner northwind --customer "$ELM" --connector shopify --name "Elm shop" \
        --settings '{"shop":"elm.myshopify.com"}' --destination "$erp" --secret-file "$(secret elm.secret elm-signing-secret)")
    ELM_SHOP=$(sed -n 1p <<<"$shop") ELM_HOOK=$(sed -n 2p <<<"$shop")
    drift_learnt
    drift_soon
    drift_names
    drift_found
    drift_accepted
    drift_closed
    drift_several
    drift_renamed
    drift_policies
    drift_versions
    drift_whose
}

elm() { ask "$1" "$2" "${KEY:-$ELM_KEY}" "${@:3}"; }
# elm_sends NUMBER [JQ]: an order, changed so; prints the status.
elm_sends() {
    order_body "77$1" "$1" SKU-0003 1 "${2:-.}" >"$DATA/work/elm"
    SHOP=elm.myshopify.com SHOP_SECRET=elm-signing-secret HOOK=$ELM_HOOK post "$DATA/work/elm" "elm-$1"
}
elm_order() { pg_sql "select state || ' ' || coalesce(held_reason, '') from tenon.sales_order where natural_key = '77$1'"; }
# elm_is NUMBER STATE: waits until that is so, with its job at rest.
elm_is() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [[ "$(elm_order "$1")" != "$2"* ]] || [ -z "$(pg_sql "select 1 from tenon.job where business_key = 'order:77$1' and state in ('ready', 'leased')")" ] || {
            sleep 0.1
            continue
        }
        [[ "$(elm_order "$1")" != "$2"* ]] || return 0
        sleep 0.1
    done
    return 1
}
elm_id() { id_text ord "$(pg_sql "select order_id from tenon.sales_order where natural_key = '77$1'")"; }
elm_delivered() { pg_sql "select count(*) from tenon.sales_order where natural_key like '77%' and state = 'delivered'"; }
elm_wait() {
    local until=$((SECONDS + $2))
    while [ "$SECONDS" -lt "$until" ] && [ "$(elm_delivered)" -lt "$1" ]; do sleep 0.3; done
    [ "$(elm_delivered)" -ge "$1" ]
}

# What a source is known to send is what a mapping may read.
drift_names() {
    local document
    check "the product's mapping reads nothing that is unknown" "$(elm POST /v1/mappings --json '{"name": "Elm orders", "source_system": "shopify",
        "source_object": "order", "target": "sales_order/1", "begin": "shipped"}')" 201
    document=/v1/mappings/$(said .id)/versions
    check "though the shop sends only some of it" "$(elm GET "$document/1") $(said '.faults')" "200 []"
    check "a field that no delivery had is refused, with the nearest" "$(elm POST "$document" --json "{\"document\": $(said '.document
        | .rules |= map(if .to == "/subtotal" then .expr = "subtotal_prise" elif .to == "/lines/*/title" then .expr = "titel" else . end)')}") \
$(said '[.errors[] | [.pointer[0:16], .code, (.detail | test("subtotal_price|line_items.title"))]]')" \
        '422 [["/document/rules/","unknown_field",true],["/document/rules/","unknown_field",true]]'
    check "what was always empty may be looked into" "$(elm GET "$document/1" >/dev/null; elm POST "$document" --json "{\"document\": $(said '.document
        | .rules |= map(if .to == "/note" then .expr = "line_items.discount_allocations.title" else . end)')}") $(said .faults)" "201 []"
}

drift_learnt() {
    order_body 779999 9999 SKU-0003 1 >"$DATA/work/elm.template"
    check "320 orders of a shop are taken" "$(python3 "$TENON_ROOT/tests/api/deliver.py" "$HTTPS_PORT" "$NORTHWIND" "$ELM_HOOK" \
        elm.myshopify.com elm-signing-secret "$DATA/work/elm.template" 1001 1320)" 320
    holds "and delivered" elm_wait 320 120
    check "what they look like was learnt" "$(elm GET "/v1/connections/$ELM_SHOP/shapes") $(said '.data | map([.object, .version, .learning, .payloads > 200, .open_cases])')" \
        '200 [["order","2026-07",false,true,0]]'
    SHAPE=$(said '.data[0].id')
    check "field by field" "$(elm GET "/v1/connections/$ELM_SHOP/shapes/$SHAPE") $(said '.fields | map(select(.path == "total_tax" or .path == "currency")
        | [.path, .kinds, .present, .load_bearing, .words, .deviates])')" \
        '200 [["currency","a code of capital letters",1000,true,["USD"],false],["total_tax","a decimal in a text",1000,true,[],false]]'
    check "all of it" "$(said .full)" false
    check "of whom people are called no word is kept" "$(said '.fields | map(select(.path | test("name|email")) | .words | length) | add')" 0
    check "no case is open" "$(elm GET /v1/drift-cases) $(said .data)" "200 []"
}

# learnt_of N: waits until the shape says that it was learnt from so many.
learnt_of() {
    local until=$((SECONDS + 60))
    while elm GET "/v1/connections/$ELM_SHOP/shapes" >/dev/null; [ "$SECONDS" -lt "$until" ]; do
        [ "$(said '.data[0].payloads')" != "$1" ] || return 0
        sleep 0.5
    done
    return 1
}
# What orders taught is shown some seconds after, however few they are.
drift_soon() {
    holds "all that was delivered is shown as learnt" learnt_of 320
    elm_sends 1901 >/dev/null && elm_sends 1902 >/dev/null
    holds "and two more some seconds after" learnt_of 322
}

# A tax that was a text is a number, in a field that the mapping reads.
drift_found() {
    local i
    for ((i = 2001; i <= 2020; i++)); do
        elm_sends "$i" '.total_tax = 0' >/dev/null
        elm_is "$i" held && break
    done
    check "a type that changes where a mapping reads holds the first order" "$i $(elm_order 2001)" "2001 held drift: total_tax was a decimal in a text and is a whole number"
    check "and is a case" "$(elm GET '/v1/drift-cases?state=open') $(said '.data | map([.what, .path, .expected, .got, .importance, .action, .state,
        .affected, .waiting, .sample])')" '200 [["type_changed","total_tax","a decimal in a text","a whole number","load_bearing","hold","open",1,1,"a whole number"]]'
    CASE=$(said '.data[0].id')
    for i in 2002 2003 2004; do elm_sends "$i" '.total_tax = 0' >/dev/null; done
    for i in 2002 2003 2004; do holds "order $i waits as well" elm_is "$i" held; done
    check "what does not deviate goes on" "$(elm_sends 2100) $(elm_is 2100 delivered && echo yes)" "200 yes"
    check "the case names what depends on it and what waits" "$(elm GET "/v1/drift-cases/$CASE") $(said '[.dependents[0].name, .dependents[0].reads, .affected, .waiting,
        (.waits | length), .settled_at]')" '200 ["shopify order",["total_tax"],4,4,4,null]'
    check "the first of them is told" "$(said .waits[0].order_id)" "$(elm_id 2001)"
    check "cases are found by their connection" "$(elm GET "/v1/drift-cases?connection=$ELM_SHOP&limit=1") $(said '.data | length')" "200 1"
    check "and there is no such state" "$(elm GET '/v1/drift-cases?state=round') $(said '.errors[0].pointer')" "422 state"
    check "one is let go by hand" "$(elm POST "/v1/orders/$(elm_id 2002)/release")" 200
    holds "and is not held again for the same" elm_is 2002 delivered
}

drift_accepted() {
    local i
    check "who may see may not accept" "$(KEY=$(key_with mappings:read) elm POST "/v1/drift-cases/$CASE/accept")" 403
    check "things are so from now on: what waits goes on" "$(elm POST "/v1/drift-cases/$CASE/accept") $(said '[.state, .released, .waiting]') $(said '.settled_by | test("elm")')" \
        '200 ["accepted",3,0] true'
    for i in 2001 2003 2004; do holds "order $i is delivered" elm_is "$i" delivered; done
    check "in the order in which they came" "$(pg_sql "select string_agg(o.natural_key, ' ' order by v.event_id) from tenon.order_event v
        join tenon.sales_order o using (partner_id, customer_id, order_id) where v.hop = 'released' and v.detail ~ 'elm' and o.natural_key <> '772002'")" "772001 772003 772004"
    check "once" "$(elm POST "/v1/drift-cases/$CASE/accept")" 409
    problem "that" 409 conflict
    check "the next one is as it should be" "$(elm_sends 2201 '.total_tax = 0') $(elm_is 2201 delivered && echo yes)" "200 yes"
    check "and so is one as they were" "$(elm_sends 2202) $(elm_is 2202 delivered && echo yes)" "200 yes"
    check "no case is open" "$(elm GET '/v1/drift-cases?state=open') $(said .data)" "200 []"
    check "the audit says who" "$(pg_sql "select count(*) from tenon.audit_entry where action = 'drift_case.accept' and detail ~ '3 orders go on'")" 1
}

drift_closed() {
    elm_sends 3001 '.currency = {code: "USD"}' >/dev/null
    holds "another field, another case" elm_is 3001 held
    check "it is" "$(elm GET '/v1/drift-cases?state=open') $(said '.data | map([.what, .path, .got, .sample])')" \
        '200 [["type_changed","currency","an object","an object of 1 fields"]]'
    CASE=$(said '.data[0].id')
    check "the shop puts that right: it is closed" "$(elm POST "/v1/drift-cases/$CASE/close") $(said '[.state, .released]')" '200 ["closed",0]'
    check "what came meanwhile stays held" "$(elm_order 3001)" "held drift: currency was a code of capital letters and is an object"
    check "what comes now goes on" "$(elm_sends 3002) $(elm_is 3002 delivered && echo yes)" "200 yes"
    elm_sends 3003 '.currency = {code: "USD"}' >/dev/null
    holds "when it comes back it is held" elm_is 3003 held
    check "by a case of its own" "$(elm GET '/v1/drift-cases') $(said '.data | map(.state)')" '200 ["open","closed","accepted"]'
}

elm_case() { pg_sql "select case_id from tenon.drift_case where state = 'open' and path = '$1'"; }
# An order that waits for two cases says what still holds it.
drift_several() {
    local why="drift: total_discounts was a decimal in a text and is a whole number"
    elm_sends 3101 '.subtotal_price |= tonumber | .total_discounts = 0' >/dev/null
    holds "an order that deviates in two fields is held" elm_is 3101 held
    check "and says so" "$(elm_order 3101 | grep -c ', and 1 more$')" 1
    check "one of them is accepted" "$(elm POST "/v1/drift-cases/$(id_text drf "$(elm_case subtotal_price)")/accept") $(said '[.state, .released]')" '200 ["accepted",0]'
    check "it says what still holds it" "$(elm_order 3101)" "held $why"
    check "its timeline too" "$(pg_sql "select detail from tenon.order_event join tenon.sales_order using (order_id)
        where natural_key = '773101' and hop = 'held' order by event_id desc limit 1")" "$why"
    check "so is the other" "$(elm POST "/v1/drift-cases/$(id_text drf "$(elm_case total_discounts)")/accept") $(said '[.state, .released]')" '200 ["accepted",1]'
    holds "and it is delivered" elm_is 3101 delivered
}

# Orders from before the change still come between those with the new name.
drift_renamed() {
    local i why="drift: total_price seems to be called total_price_usd now"
    for ((i = 3201; i <= 3210; i++)); do
        elm_sends "$i" '.total_price_usd = .total_price | del(.total_price)' >/dev/null
        elm_is "$i" held
        [ "$(elm_order "$i")" != "held $why" ] || break
        elm_sends "$((i + 50))" >/dev/null
        elm_is "$((i + 50))" delivered
    done
    check "a field that is renamed holds orders as such within five" "$((i <= 3205)) $(elm_order "$i")" "1 held $why"
    check "by one case that names both" "$(elm GET '/v1/drift-cases?state=open') $(said '.data | map([.what, .path, .renamed_to])') $(pg_sql "select count(*)
        from tenon.drift_case where path like 'total_price%'")" '200 [["renamed","total_price","total_price_usd"],["type_changed","currency",null]] 1'
    elm_sends 3299 '.total_price_usd = .total_price | del(.total_price)' >/dev/null
    holds "the next one waits as well" elm_is 3299 held
    check "and says the same" "$(elm_order 3299)" "held $why"
    check "it is closed, and comes no more" "$(elm POST "/v1/drift-cases/$(id_text drf "$(elm_case total_price)")/close") $(said .state)" "200 closed"
}

drift_policies() {
    local of="/v1/connections/$ELM_SHOP/drift-policy"
    check "the usual policy holds what mappings read" "$(elm GET "$of") $(said '[.from, .load_bearing.type_changed, .load_bearing.new_field, .other.type_changed]') $(header_of etag)" \
        '200 ["usual","hold","pass","pass"] "v0"'
    check "it changes with its version" "$(elm PUT "$of" --json '{"other": {"missing": "hold"}}')" 428
    check "to what it is asked for" "$(elm PUT "$of" -H 'if-match: "v0"' --json '{"load_bearing": {"type_changed": "fail"}}') $(said '[.from, .load_bearing.type_changed,
        .load_bearing.missing]') $(header_of etag)" '200 ["connection","fail","hold"] "v1"'
    check "and not by another's" "$(elm PUT "$of" -H 'if-match: "v0"' --json '{"other": {"missing": "hold"}}')" 412
    check "an action is one of three" "$(elm PUT "$of" -H 'if-match: "v1"' --json '{"other": {"missing": "ignore"}}') $(said '.errors[0].pointer')" "422 /other/missing"
    check "the customer's is for the others" "$(elm PUT /v1/drift-policy -H 'if-match: "v0"' --json '{"other": {"missing": "hold"}}') $(said '[.from, .other.missing]')" \
        '200 ["customer","hold"]'
    check "and is shown" "$(elm GET /v1/drift-policy) $(header_of etag)" '200 "v1"'
    check "the connection keeps its own" "$(elm GET "$of") $(said '[.from, .other.missing]')" '200 ["connection","pass"]'
    elm_sends 4001 '.currency = {code: "USD"}' >/dev/null
    holds "what fails by policy is held as well" elm_is 4001 held
    check "the case says so" "$(elm GET '/v1/drift-cases?state=open') $(said '.data[0].action')" "200 fail"
    check "and letting it go does not help" "$(elm POST "/v1/orders/$(elm_id 4001)/release") $(elm_is 4001 held && echo held)" "200 held"
}

# A new version of the shop's interface is judged by what was learnt of the one before.
drift_versions() {
    check "an order as ever in a new version goes on" "$(API_VERSION=2026-10 elm_sends 5001) $(elm_is 5001 delivered && echo yes)" "200 yes"
    API_VERSION=2026-10 elm_sends 5002 '.total_tax = {amount: "0.00"}' >/dev/null
    holds "one whose tax has become an object is held" elm_is 5002 held
    check "and the case tells the version" "$(elm GET '/v1/drift-cases?state=open') $(said '.data[0] | [.version, .path, .got]')" '200 ["2026-10","total_tax","an object"]'
    check "of which there is a shape of its own" "$(elm GET "/v1/connections/$ELM_SHOP/shapes") $(said '.data | map(.version)')" '200 ["2026-07","2026-10"]'
    check "the delivery says it too" "$(KEY=$NORTHWIND_KEY elm GET "/v1/messages/$(id_text rec "$(pg_sql "select message_id
        from tenon.inbound_message where business_key = 'order:775002'")")") $(said .source_version)" "200 2026-10"
}

drift_whose() {
    check "another customer sees no case" "$(KEY=$BIRCH_MAPPER elm GET "/v1/drift-cases/$CASE") $(KEY=$BIRCH_MAPPER elm GET /v1/drift-cases) $(said .data)" "404 200 []"
    check "nor accepts one" "$(KEY=$BIRCH_MAPPER elm POST "/v1/drift-cases/$CASE/accept") $(KEY=$BIRCH_MAPPER elm POST "/v1/drift-cases/$CASE/close")" "404 404"
    check "nor what was learnt" "$(KEY=$BIRCH_MAPPER elm GET "/v1/connections/$ELM_SHOP/shapes") $(KEY=$BIRCH_MAPPER elm GET "/v1/connections/$ELM_SHOP/shapes/$SHAPE")" "404 404"
    check "nor the policy" "$(KEY=$BIRCH_KEY elm GET "/v1/connections/$ELM_SHOP/drift-policy")" 404
}
