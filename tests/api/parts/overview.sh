# shellcheck shell=bash disable=SC2154
# The overview: two days of orders in numbers, what needs attention, and when connections were last heard of. Sourced by
# tests/api/run, while Alder & Pine has three orders that were delivered and Birch one.

OVERVIEW_DAY='.orders.day | [.orders, .delivered, .late, .held, .waiting, .helped]'

overview_checks() {
    local may=flows:read,orders:read,orders:write,connections:read
    # shellcheck disable=SC2034
    local ALDER_KEY BIRCH_KEY NORTHWIND_KEY # of whoever may see all of it
    ALDER_KEY=$(ctl key create --partner northwind --name 'alder overview' --customer "$ALDER" --scopes $may)
    BIRCH_KEY=$(ctl key create --partner northwind --name 'birch overview' --customer "$BIRCH" --scopes $may)
    NORTHWIND_KEY=$(ctl key create --partner northwind --name 'overview' --scopes $may)
    overview_heard
    overview_told
    overview_days
    overview_scopes
    orders_called
}

# overview_of KEY [QUERY] JQ: the status and what is said.
overview_of() { echo "$(ask GET "/v1/overview${3:+?$2}" "$1") $(said "${3:-$2}")"; }

overview_heard() {
    local recent="(.last_data_at | sub(\"[.][0-9]+\"; \"\") | fromdate) > (now - 900)"
    holds "a shop that delivered and an ERP that took it were heard of just now" overview_all_heard "$recent"
    check "one connection says the same as the list" "$(ask GET "/v1/connections/$(said '.data[0].id')" "$ALDER_KEY") $(said "$recent")" "200 true"
    check "so does the overview" "$(overview_of "$ALDER_KEY" "[.systems.count, (.systems.connections | map($recent) | all)]")" "200 [2,true]"
}

overview_all_heard() {
    local n
    for n in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(ask GET /v1/connections "$ALDER_KEY") $(said "[.data[] | select(.status == \"active\") | $1] | all and length > 1")" != "200 true" ] || return 0
        sleep 1
    done
    return 1
}

overview_told() {
    check "orders that went well are delivered" "$(overview_of "$ALDER_KEY" "$OVERVIEW_DAY")" "200 [3,3,0,0,0,0]"
    check "with how long it took" "$(said '.orders | [.promise_s, .counted, (.day.median_ms | . > 0 and . < 300000), (.day.p95_ms >= .day.median_ms), .day_before.orders, .day_before.median_ms]')" \
        '[300,"all",true,true,0,-1]'
    check "hour by hour, the newest last" "$(said '.orders.hours | [length, .[47].orders, ([.[].orders] | add), (map(.from) | . == sort)]')" "[48,3,3,true]"
    check "nothing needs attention" "$(said '[.attention.count, .attention.causes]')" "[0,[]]"
}

# One came a day and a half ago, one was too long under way, one is held and then let go on.
overview_days() {
    local mine="customer_id = (select customer_id from tenon.customer where name = 'Alder & Pine')" was id
    was="update tenon.sales_order set received_at = received_at"
    pg_sql "$was - interval '36 hours', delivered_at = delivered_at - interval '36 hours' where natural_key = '5001' and $mine"
    pg_sql "$was - interval '2 hours' where natural_key = '5002' and $mine"
    pg_sql "update tenon.sales_order set state = 'held', held_reason = 'of the test' where natural_key = '5003' and $mine"
    pg_sql "update tenon.job set state = 'held', ended_at = null where business_key = 'order:5003' and $mine"
    check "what came the day before, late, and is held" "$(overview_of "$ALDER_KEY" "[($OVERVIEW_DAY), .orders.day_before.delivered, (.orders.hours[45].late), (.orders.hours[11].delivered)]")" \
        "200 [[2,0,1,1,0,0],1,1,1]"
    id=$(ask GET '/v1/orders' "$ALDER_KEY" >/dev/null && said '.data[] | select(.source_id == "5003") | .id')
    check "somebody lets it go on" "$(ask POST "/v1/orders/$id/release" "$ALDER_KEY")" 200
    holds "it arrives" overview_arrives 5003
    check "and it has not gone without a person" "$(overview_of "$ALDER_KEY" "$OVERVIEW_DAY")" "200 [2,1,1,0,0,1]"
    pg_sql "update tenon.sales_order set state = 'received' where natural_key = '5002' and $mine"
    check "what is under way beyond the promise is late" "$(overview_of "$ALDER_KEY" "$OVERVIEW_DAY")" "200 [2,1,1,0,0,1]"
    pg_sql "update tenon.sales_order set state = 'delivered', received_at = received_at + interval '2 hours' where natural_key = '5002' and $mine"
    pg_sql "$was + interval '36 hours', delivered_at = delivered_at + interval '36 hours' where natural_key = '5001' and $mine"
    pg_sql "update tenon.sales_order set helped_at = null where natural_key = '5003' and $mine"
}

overview_arrives() {
    local n
    for n in $(seq 60); do
        ask GET /v1/orders "$ALDER_KEY" >/dev/null
        [ "$(said ".data[] | select(.source_id == \"$1\") | .state")" != delivered ] || return 0
        sleep 0.5
    done
    return 1
}

overview_scopes() {
    local narrow
    check "one customer's is its own" "$(overview_of "$BIRCH_KEY" '[.orders.day.orders, ([.systems.connections[].name] | sort)]')" '200 [1,["Birch ERP","Birch shop"]]'
    check "the partner's is of all" "$(overview_of "$NORTHWIND_KEY" '.orders.day.orders')" "200 4"
    check "or of the one that is named" "$(overview_of "$NORTHWIND_KEY" "customer=$BIRCH" '[.orders.day.orders, .systems.count]')" "200 [1,2]"
    check "as the customer header does" "$(ask GET /v1/overview "$NORTHWIND_KEY" -H "customer: $BIRCH") $(said .orders.day.orders)" "200 1"
    check "not of another partner's" "$(ask GET "/v1/overview?customer=$ABROAD" "$NORTHWIND_KEY")" 404
    check "nor of the neighbour" "$(ask GET "/v1/overview?customer=$ALDER" "$BIRCH_KEY")" 404
    check "nor of what is no customer" "$(ask GET "/v1/overview?customer=17" "$NORTHWIND_KEY")" 400
    narrow=$(ctl key create --partner northwind --name 'flows alone' --customer "$ALDER" --scopes flows:read)
    check "who may not see orders or connections sees none" "$(overview_of "$narrow" '[.orders, .systems, .attention.count]')" "200 [null,null,0]"
    narrow=$(ctl key create --partner northwind --name 'no flows' --customer "$ALDER" --scopes orders:read)
    check "and who may not see flows is refused" "$(ask GET /v1/overview "$narrow")" 403
}

# An order is found by what somebody has of it.
orders_called() {
    local number erp
    number=$(ask GET /v1/orders "$ALDER_KEY" >/dev/null && said '.data[] | select(.source_id == "5002") | .number')
    erp=$(said '.data[] | select(.source_id == "5002") | .external_number')
    check "an order is found by the shop's number" "$(orders_of "$ALDER_KEY" "${number//#/%23}")" '200 ["5002"]'
    check "without what the shop writes before it" "$(orders_of "$ALDER_KEY" "${number//#/}")" '200 ["5002"]'
    check "by the shop's own id" "$(orders_of "$ALDER_KEY" 5002)" '200 ["5002"]'
    check "by the number of the ERP" "$(orders_of "$ALDER_KEY" "$erp")" '200 ["5002"]'
    check "not by a part of it" "$(orders_of "$ALDER_KEY" 500)" '200 []'
    check "the partner finds it as well" "$(orders_of "$NORTHWIND_KEY" 5002)" '200 ["5002"]'
    check "the neighbour does not" "$(orders_of "$BIRCH_KEY" 5002)" '200 []'
}
orders_of() { echo "$(ask GET "/v1/orders?q=$2" "$1") $(said '[.data[].source_id]')"; }
