# shellcheck shell=bash
# Partners A and B, customers A1, A2, B1 and B2 with one object of every kind each, and every kind of caller. Sourced.
A=a0000000-0000-7000-8000-000000000000 B=b0000000-0000-7000-8000-000000000000
A1=c1000000-0000-7000-8000-000000000000 A2=c2000000-0000-7000-8000-000000000000
B1=c3000000-0000-7000-8000-000000000000 B2=c4000000-0000-7000-8000-000000000000
A_HOST=h1.localhost B_HOST=h3.localhost

# A purpose has one key at a time and a partner one published brand, so those of the row before are retired.
people_seed() {
    local row e=0
    {
        echo "set search_path = tenon;"
        python3 -B -c "import sys; sys.path.insert(0, '$ISOLATION'); import world; print(world.seed_text())"
        for row in "$A $A1" "$A $A2" "$B $B1" "$B $B2"; do
            e=$((e + 1))
            # shellcheck disable=SC2086
            printf "select isolation_seed('%s', '%s', $e);\n" $row
            echo "update signing_key set retired_at = now() where retired_at is null;"
            echo "update brand_version set status = 'retired' where status = 'published' and partner_id in ('$A', '$B');"
        done
        echo "drop function isolation_seed;"
        echo "insert into store_brand (partner_id, customer_id, brand_id, code, name)
              values ('$A', '$A1', 'd1000000-0000-7000-8000-000000000000', 'second', 'Second');"
        # The record goes on behind the seed's entries.
        echo "update audit_head h set seq = greatest(seq, (select max(seq) from audit_entry e where e.partner_id = h.partner_id));"
        # Of a connector that is sent to, so that the address for deliveries leads somewhere.
        echo "update connection set connector = 'shopify', settings = '{\"shop\":\"seed.myshopify.com\"}' where connector = 'acme';"
    } >"$DATA/work/seed.sql"
    quiet "$DATA/log/seed.log" psql -XqAt -v ON_ERROR_STOP=1 -d "$(pg_url "$PG_USER")" -f "$DATA/work/seed.sql" || exit 1
}

# key_all PARTNER-SLUG NAME [OPTION…]: a key that may everything that a route asks.
key_all() {
    local slug=$1 name=$2
    shift 2
    ctl key create --partner "$slug" --name "$name" "$@"
    pg_sql "update tenon.api_key set scopes = '{$SCOPES}' where name = '$name'" >&2
}

people_callers() {
    local a a1 b
    SCOPES=$(jq -rs '[.[].may // empty] | unique | join(",")' "$DATA/work/routes")
    a=$(key_all p-1 "A all")
    a1=$(key_all p-1 "A1 all" --customer "$(id_text cus $A1)")
    b=$(key_all p-3 "B all")
    jq -n --arg a "$A" --arg b "$B" --arg a1 "$A1" --arg a2 "$A2" --arg b1 "$B1" --arg b2 "$B2" --arg ah "$A_HOST" \
        --arg bh "$B_HOST" --arg ka "$a" --arg ka1 "$a1" --arg kb "$b" --arg cus "$(id_text cus $A1)" '
        def tenant(n; p; c; h): {name: n, partner: p, customer: c, host: h};
        def bearer(k): [["authorization", "Bearer " + k]];
        {tenants: [tenant("A"; $a; null; $ah), tenant("A1"; $a; $a1; $ah), tenant("A2"; $a; $a2; $ah),
                   tenant("B"; $b; null; $bh), tenant("B1"; $b; $b1; $bh), tenant("B2"; $b; $b2; $bh)],
         callers: [{name: "A key", tenant: "A", headers: bearer($ka)}, {name: "A1 key", tenant: "A1", headers: bearer($ka1)},
                   {name: "A key for A1", tenant: "A1", headers: (bearer($ka) + [["customer", $cus]])},
                   {name: "B key", tenant: "B", headers: bearer($kb)}]}' >"$DATA/work/people"
}

id_text() { PYTHONPATH=$ISOLATION python3 -B -c 'import sys, ids; print(ids.text(*sys.argv[1:]))' "$1" "$2"; }
