# shellcheck shell=bash
# Two tenants' ciphertexts, swapped in the database by somebody who can write anything there, open for neither. Sourced.

# swap KIND: the sealed credentials of that kind of the two customers change places; again: they are back.
swap() {
    pg_sql "set search_path = tenon;
        create temp table two as select ctid as at, sealed, row_number() over (order by created_at) as n from credential
            where kind = '$1' and partner_id = (select partner_id from partner where slug = 'northwind') and current;
        update credential c set sealed = y.sealed from two x join two y on y.n = 3 - x.n where c.ctid = x.at;
        select count(*) from two;"
}

calls_made() { erp_view /__state | jq -c '[.requests, .calls]' 2>/dev/null; }

swap_checks() {
    local before
    BIRCH=$(ctl customer create --partner northwind --name Birch)
    BIRCH_ERP=$(ctl connection create --partner northwind --customer "$BIRCH" --connector tryton --name "Birch ERP" \
        --settings "$(erp_settings)" --secret-file "$(secret birch.password "$ERP_SECRET")")
    BIRCH_HOOK=$(ctl connection create --partner northwind --customer "$BIRCH" --connector shopify --name "Birch shop" \
        --settings '{"shop":"birch.myshopify.com"}' --destination "$BIRCH_ERP" \
        --secret-file "$(secret birch.secret birch-signing-secret)" | sed -n 2p)
    order_body 7001 7001 SKU-0001 1 >"$DATA/work/order.1"
    order_body 7002 7002 SKU-0001 1 >"$DATA/work/order.2"
    check "two customers have signing secrets to swap" "$(swap webhook_secret)" 2
    sleep 1.2 # what a thread remembers of a secret is a second old at most
    before=$(pg_sql "select count(*) from tenon.inbound_message")
    check "swapped, the one's delivery is refused" "$(post "$DATA/work/order.1" swap-1)" 401
    check "and the other's" "$(SHOP=birch.myshopify.com SHOP_SECRET=birch-signing-secret HOOK=$BIRCH_HOOK post "$DATA/work/order.2" swap-2)" 401
    check "signed with the other's secret as well" "$(SHOP_SECRET=birch-signing-secret post "$DATA/work/order.1" swap-3)" 401
    check "nothing was taken" "$(pg_sql "select count(*) from tenon.inbound_message")" "$before"
    swap webhook_secret >/dev/null
    sleep 1.2
    check "put back, it is taken" "$(post "$DATA/work/order.1" swap-4)" 200
    holds "and delivered" wait_delivered 1 60
    swap_passwords
}

# The one who calls outside cannot open a password that was another's, and does not call.
swap_passwords() {
    local before
    check "two customers have passwords to swap" "$(swap password)" 2
    pg_sql "delete from tenon.credential where kind = 'session'" # of one's own, which needs no password for a while
    end worker
    before=$(calls_made)
    worker_start "${WORKER_SETTINGS[@]}" || exit 1
    check "an order is taken" "$(post "$DATA/work/order.2" swap-5)" 200
    holds "its delivery was tried and did not get through" swap_stuck
    check "no call left for the outside system" "$(calls_made)" "$before"
    swap password >/dev/null
}
swap_stuck() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.attempt a join tenon.job j using (partner_id, customer_id, job_id)
            where j.business_key = 'order:7002' and a.outcome <> 'ok'")" = 0 ] || return 0
        sleep 0.1
    done
    return 1
}
