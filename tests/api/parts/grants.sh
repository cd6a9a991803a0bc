# shellcheck shell=bash disable=SC2154
# Letting the operator's staff in, for a reason and a time. Sourced by tests/api/run.

grant_checks() {
    local order id key
    order=$(order_of 5001 | jq -r .id)
    GRANTS_KEY=$(key_with grants:read,grants:write)
    check "nobody is let in to begin with" "$(ask GET /v1/access-grants "$GRANTS_KEY") $(said '.data | length')" "200 0"
    operator_sees_nothing
    check "no longer than eight hours" "$(ctl_code grant create --partner northwind --by Kim --reason why --minutes 481)" 1
    check "not without a reason" "$(ctl_code grant create --partner northwind --by Kim --minutes 5)" 2
    ctl grant create --partner northwind --customer "$BIRCH" --by Kim --reason "6001 looks odd" --minutes 30 --json >"$DATA/work/grant"
    id=$(jq -r .id "$DATA/work/grant") key=$(jq -r .api_key "$DATA/work/grant")
    check "the partner's owners are written to" "$(pg_sql "select count(*) from tenon.mail where kind = 'access_granted'")" \
        "$(pg_sql "select count(distinct u.user_id) from tenon.app_user u join tenon.membership m using (partner_id, user_id)
            join tenon.partner p using (partner_id) where p.slug = 'northwind' and m.role = 'partner_owner'
            and u.status = 'active' and m.accepted_at is not null and m.ended_at is null")"
    check "the grant shows as a key, once" "${id:0:4} ${key:0:9}" "gra_ sk_grant_"
    check "the partner sees it" "$(ask GET /v1/access-grants "$GRANTS_KEY") $(said '.data[0] | [.id, .state, .operator_name, .reason, .customer_id] | join(" ")')" \
        "200 $id live Kim 6001 looks odd $BIRCH"
    check "with it that customer's order is seen" "$(ask GET "/v1/orders/$BIRCH_ORDER" "$key")" 200
    check "not another customer's" "$(ask GET "/v1/orders/$order" "$key")" 404
    check "what the grant does not hold is refused" "$(ask GET /v1/access-grants "$key")" 403
    check "not on another partner's host" "$(ON=$HARBOR ask GET /v1/orders "$key")" 401
    check "each read is on record as the operator's, with the reason" \
        "$(ask GET "/v1/audit?object=$BIRCH_ORDER" "$AUDITOR_KEY" >/dev/null; said '[.data[] | select(.actor_kind == "operator")][0] | [.action, .actor_name, .reason, .actor_id] | join(" ")')" \
        "order.read Kim 6001 looks odd $id"
    check "and so is the grant itself" "$(audit_of "object=$id&action=grant.create")" grant.create
    check "the operator's role sees that customer, too" "$(operator_orders)" "$BIRCH_COUNT"
    check "the partner ends it" "$(ask POST "/v1/access-grants/$id/revoke" "$GRANTS_KEY") $(said '[.state, .revoked_by] | join(" ")')" \
        '200 ended by the API key "may grants:read,grants:write"'
    holds "it is good no more within a second or two" refused_soon "$key"
    check "nor for the operator's role" "$(operator_orders)" 0
    check "it is not ended twice" "$(ask POST "/v1/access-grants/$id/revoke" "$GRANTS_KEY")" 409
    check "another partner does not find it" "$(ON=$HARBOR ask POST "/v1/access-grants/$id/revoke" "$(harbor_key grants:write)")" 404
    expires_alone
}

ctl_code() {
    local code=0
    ctl "$@" >/dev/null 2>&1 || code=$?
    echo "$code"
}

# What tenon_operator sees of all orders of Northwind.
operator_orders() {
    pg_sql "begin; select set_config('tenon.partner_id', (select partner_id::text from tenon.partner where slug = 'northwind'), true),
        set_config('tenon.customer_id', 'all', true), set_config('tenon.brand_id', 'all', true);
        set local role tenon_operator; set local search_path = tenon; select 'n=' || count(*) from sales_order; commit" |
        sed -n 's/^n=//p'
}

operator_sees_nothing() {
    BIRCH_COUNT=$(pg_sql "select count(*) from tenon.sales_order o join tenon.customer c using (partner_id, customer_id) where c.name = 'Birch'")
    check "the operator's own role sees no order" "$(operator_orders)" 0
}

expires_alone() {
    local key
    key=$(ctl grant create --partner northwind --by Kim --reason "for a moment" --minutes 1 --json | jq -r .api_key)
    check "a grant for the whole partner sees all customers" "$(ask GET "/v1/orders/$ORDER" "$key")" 200
    pg_sql "update tenon.access_grant set granted_at = granted_at - interval '1 hour', expires_at = now() where operator_name = 'Kim'
        and revoked_at is null"
    holds "it ends by itself" refused_soon "$key"
    check "and is listed as ended" "$(ctl grant list --partner northwind --plain | cut -f2 | sort -u)" ended
}
