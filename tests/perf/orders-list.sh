# shellcheck shell=bash disable=SC2154
# A customer's newest 20 orders by API key, against the same statement in the same pipeline under pgbench as the API's role.
# Sourced by run.
CLIENTS=${PERF_CLIENTS:-16}
CONNECTIONS=${PERF_CONNECTIONS:-8} STREAMS=${PERF_STREAMS:-16} COUNT=${PERF_ORDERS:-5000}

orders_make() {
    pg_sql "
        set search_path = tenon;
        create temporary table made as
            select gen_random_uuid() as message_id, gen_random_uuid() as record_id, n, c.*
              from generate_series(1, $COUNT) n,
                   (select partner_id, customer_id, connection_id, destination_id from connection where connector = 'shopify') c;
        insert into inbound_message select partner_id, customer_id, message_id, connection_id, 'orders/create', 'perf/' || n,
               'order:' || n, '{}', decode(repeat('00', 32), 'hex'), now() from made;
        insert into canonical_record select partner_id, customer_id, record_id, connection_id, 'order', 'order:' || n, 1,
               'order/1', '{}', decode(repeat('00', 32), 'hex'), message_id, now(), now() from made;
        insert into sales_order (partner_id, customer_id, order_id, connection_id, natural_key, number, state, currency,
               total_minor, placed_at, received_at, source_version, record_id, message_id, destination_id, external_id,
               external_number, external_total_minor, delivered_at)
        select partner_id, customer_id, ('018f0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, connection_id,
               (5800000000000000000 + n)::text, '#' || n, 'delivered', 'USD', 7258, now(), now(), now(), record_id,
               message_id, destination_id, n::text, 'SO' || n, 7258, now() from made;
        analyze" >/dev/null
}

# The statement as the product has it, with pgbench's variables in the place of the parameters.
peer_make() {
    local statement
    statement=$(awk '/^-- order_list_customer / { on = 1; next } on && /^--/ { next } on { print } on && /;/ { exit }' \
        "$TENON_ROOT/sql/queries/order.sql")
    [ -n "$statement" ] || die "the statement is not where it was"
    as tee "$DATA/app/peer.sql" >/dev/null <<SQL
\\startpipeline
select set_config('tenon.partner_id', :partner, true), set_config('tenon.customer_id', :customer_id, true), set_config('tenon.brand_id', 'all', true);
$statement
\\endpipeline
SQL
    BINDINGS=(-D partner="$(pg_sql "select partner_id from tenon.partner")" -D most=21
        -D customer_id="$(pg_sql "select customer_id from tenon.customer")" -D before=ffffffff-ffff-ffff-ffff-ffffffffffff)
}

peer_round() {
    sample pgbench "$(pgbench_rate tenon_api "$DATA/app/peer.sql" -c "$CLIENTS" -j 1 -T "$LASTING" "${BINDINGS[@]}")"
}

ours_round() {
    local said
    said=$(load --url "$PLAIN/v1/orders?limit=20" --header "authorization: Bearer $KEY" --seconds "$LASTING" \
        --connections "$CONNECTIONS" --streams "$STREAMS") || die "not every list was answered: $said"
    sample ours "$(jq .per_second <<<"$said")"
    P99=$(jq .p99_us <<<"$said")
}

# What is measured is a page of 20 of the customer's own orders.
page_check() {
    local page
    page=$(api_get northwind.localhost "$KEY" "/v1/orders?limit=20")
    [ "$(jq '.data | length' <<<"$page")" = 20 ] || die "the page does not hold 20 orders"
    [ "$(jq -r '.data[0].number' <<<"$page")" = "#$COUNT" ] || die "the page does not begin with the newest order"
}

measure() {
    local round P99=0
    seed
    orders_make
    peer_make
    perf_api_start TENON_API_THREADS="${API_THREADS:-1}" TENON_DB_CONNECTIONS="${DB_CONNECTIONS:-8}"
    page_check
    for ((round = 0; round < ROUNDS; round++)); do
        peer_round
        ours_round
    done
    verdict orders-list "$(of ours)" "$(of pgbench)" "lists/s" "20 of $COUNT orders, API key of a customer, row security on, JSON over \
h2c (TLS is not measured), $((CONNECTIONS * STREAMS)) in flight, against pgbench -M prepared -c $CLIENTS with the same statement and set_config in \
one pipeline as tenon_api; medians of $ROUNDS rounds; ours p99 $P99 us"
}
