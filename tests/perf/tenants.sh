# shellcheck shell=bash disable=SC2154
# Many partners against few: an authenticated list asked of all of them in turn, each on its own host with its own key, with
# 10,000 partners of one customer each and with 10; and what a tenant that is not asked costs in memory. Sourced by run.
MANY=${PERF_TENANTS:-10000} FEW=10
CONNECTIONS=${PERF_CONNECTIONS:-8} STREAMS=${PERF_STREAMS:-16}
TENANT_LIMIT=4096 # octets resident for each tenant

# tenants_make COUNT: partners t1 to tCOUNT, each with a host, a customer, a connection, 20 orders' worth of nothing and a
# key of its customer; their keys are made here, by the rule that the product stores them by.
tenants_make() {
    pg_sql "
        set search_path = tenon;
        create table public.made as select n, gen_random_uuid() as p, gen_random_uuid() as c, gen_random_uuid() as v,
            gen_random_uuid() as k, 'sk_live_' || substr(encode(sha256(convert_to('tenant ' || n, 'UTF8')), 'hex') || repeat('0', 64), 1, 52) as key
            from generate_series(1, $1) n;
        insert into partner (partner_id, slug, name, brand_pack) select p, 't' || n, 'Tenant ' || n, 'neutral' from public.made;
        insert into partner_host (partner_id, host, verified_at) select p, 't' || n || '.localhost', now() from public.made;
        insert into customer (partner_id, customer_id, name) select p, c, 'Customer' from public.made;
        insert into environment (partner_id, customer_id, environment_id, kind) select p, c, v, 'live' from public.made;
        insert into api_key (partner_id, customer_id, api_key_id, name, secret_hash, prefix, scopes)
            select p, c, gen_random_uuid(), 'perf', sha256(convert_to(key, 'UTF8')), left(key, 12), '{orders:read,connections:read}' from public.made;
        insert into connection (partner_id, customer_id, connection_id, environment_id, connector, name, settings)
            select p, c, k, v, 'tryton', 'ERP', '{}' from public.made;
        analyze partner, partner_host, customer, environment, api_key, connection" >/dev/null
    for n in "$FEW" "$1"; do
        pg_sql "select format('t%s.localhost:%s' || chr(9) || 'Bearer %s', n, $((HTTPS_PORT + 4)), key) from public.made
            where n <= $n order by n" >"$DATA/app/targets.$n"
    done
    chmod a+r "$DATA"/app/targets.*
}

# tenants_load COUNT OPTION…: SAID is the client's JSON. LIST is what is asked for.
LIST=orders
tenants_load() {
    local count=$1
    shift
    SAID=$(load --url "http://t1.localhost:$((HTTPS_PORT + 4))/v1/$LIST?limit=20" --targets "$DATA/app/targets.$count" \
        --connections "$CONNECTIONS" --streams "$STREAMS" "$@") || die "not every list was answered: $SAID"
}

# What every tenant asked again and again leaves resident. Before rounds are counted, the first minute of each is over, in which
# its reads go on record.
tenants_memory() {
    local before after
    tenants_load "$FEW" --seconds "$LASTING"
    before=$(rss_kb api)
    tenants_load "$MANY" --requests "$((MANY * 2))"
    tenants_load "$MANY" --seconds "$LASTING"
    after=$(rss_kb api)
    OCTETS=$(((after - before) * 1024 / MANY))
    printf 'resident %12s kB before, %s kB after: %s octets a tenant\n' "$before" "$after" "$OCTETS"
}

# rounds NAME LIST
rounds() {
    local round
    LIST=$2
    for ((round = 0; round < ROUNDS; round++)); do
        tenants_load "$FEW" --seconds "$LASTING"
        sample "few$1" "$(jq .per_second <<<"$SAID")"
        tenants_load "$MANY" --seconds "$LASTING"
        sample "many$1" "$(jq .per_second <<<"$SAID")"
    done
}

measure() {
    tenants_make "$MANY"
    perf_api_start TENON_API_THREADS="${API_THREADS:-1}" TENON_DB_CONNECTIONS="${DB_CONNECTIONS:-8}"
    tenants_memory
    rounds "" orders
    rounds -unrecorded connections
    verdict tenants "$(of many)" "$(of few)" "lists/s" "an empty list of orders by API key over h2c, $MANY partners in turn, each on its \
own host with its own key, against $FEW; $((CONNECTIONS * STREAMS)) in flight; medians of $ROUNDS rounds; each tenant's reads go \
on record, and unrecorded_ratio is that of a list of one connection, which do not; $OCTETS octets resident a tenant against a limit \
of $TENANT_LIMIT" "$(jq -nc --argjson o "$OCTETS" --argjson l "$TENANT_LIMIT" --argjson m "$(of many-unrecorded)" \
        --argjson f "$(of few-unrecorded)" '{octets_per_tenant: $o, limit: $l, unrecorded_ratio: (($m / $f * 1000 | round) / 1000)}')"
}
