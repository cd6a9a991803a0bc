# shellcheck shell=bash disable=SC2154
# Suspended, resumed, exported, erased; and keys turned while orders come in. Sourced by tests/api/run.

lifecycle_checks() {
    suspended_customer
    suspended_partner
    exported
    keys_turned
    api_holds_no_key
    erased
}

# The sales of the ERP for one of the shop's orders.
sales_of() { pg_sql "select count(*) from tenon.effect e join tenon.sales_order o on o.connection_id is not null
    and position(o.natural_key in e.effect_key) > 0 where e.operation = 'sale.create' and e.state = 'confirmed' and o.natural_key = '$1'"; }

suspended_customer() {
    local i
    check "suspending wants a reason" "$(cus POST "/v1/customers/$ALDER/suspend" --json '{}')" 422
    check "a customer is suspended" "$(cus POST "/v1/customers/$ALDER/suspend" --json '{"reason": "unpaid"}') $(said '[.status, .status_reason]')" \
        '200 ["suspended","unpaid"]'
    check "twice is once" "$(cus POST "/v1/customers/$ALDER/suspend" --json '{"reason": "again"}') $(said .status_reason)" "200 unpaid"
    for i in 1 2 3; do
        order_body "570$i" "570$i" SKU-0001 1 >"$DATA/work/held.$i"
        check "delivery $i is taken" "$(post "$DATA/work/held.$i" "s-$i")" 200
    done
    check "a repeat of the first, too" "$(post "$DATA/work/held.1" s-1)" 200
    check "data stays readable" "$(ask GET "/v1/orders/$ORDER" "$ALDER_KEY")" 200
    check "nothing is changed" "$(make "$(shop_new)") $(said .code)" "409 customer-suspended"
    check "not by the partner either" "$(cus POST /v1/store-brands -H "customer: $ALDER" --json '{"code": "x", "name": "X"}') $(said .code)" \
        "409 customer-suspended"
    check "its name neither" "$(cus GET "/v1/customers/$ALDER") $(cus PATCH "/v1/customers/$ALDER" -H "if-match: $(etag)" \
        --json '{"name": "X"}') $(said .code)" "200 409 customer-suspended"
    as_birch order_of_birch
    holds "another customer's order goes on" wait_state 6701 delivered
    check "none of its jobs was begun" "$(pg_sql "select count(*), max(attempts) from tenon.job where origin_key like '%/s-_'")" "3|0"
    check "the suspended one's orders are not there yet" "$(orders | jq -r .source_id | grep -c '^570')" 0
    check "it is resumed" "$(cus POST "/v1/customers/$ALDER/resume") $(said '[.status, .status_reason]')" '200 ["active",null]'
    for i in 1 2 3; do holds "order 570$i is delivered then" wait_state "570$i" delivered 60; done
    check "each of them became one sale" \
        "$(pg_sql "select count(*), count(distinct effect_key) from tenon.effect where operation = 'sale.create' and state = 'confirmed'
            and effect_key like '%570_%'")" "3|3"
    check "changes are taken again" "$(make "$(shop_new '.name = "After"')")" 201
}

order_of_birch() {
    order_body 6701 6701 SKU-0001 1 >"$DATA/work/birch.on"
    check "an order of another customer is taken" "$(post "$DATA/work/birch.on" b-on)" 200
}

suspended_partner() {
    ctl partner suspend --partner northwind --reason "unpaid" >/dev/null
    sleep 1.1 # a host is remembered for a second
    check "nobody gets in" "$(ask GET /v1/orders "$NORTHWIND_KEY")" 403
    check "whatever is shown as a key" "$(ask GET /v1/orders sk_live_x) $(said .code)" "403 forbidden"
    order_body 5801 5801 SKU-0001 1 >"$DATA/work/halted"
    check "what comes in is kept" "$(post "$DATA/work/halted" p-1)" 200
    check "another partner is served" "$(ON=$HARBOR ask GET /v1/orders "$HARBOR_KEY")" 200
    check "the list says so" "$(ctl partner list --plain | awk -F '\t' '$2 == "northwind" { print $4 }')" suspended
    ctl partner resume --partner northwind >/dev/null
    sleep 1.1
    check "then they do again" "$(ask GET /v1/orders "$NORTHWIND_KEY")" 200
    holds "and the order goes on" wait_state 5801 delivered 60
}

export_ready() {
    local i
    for i in {1..300}; do
        cus GET "/v1/exports/$1" >/dev/null
        [ "$(said .state)" != ready ] || return 0
        sleep 0.2
    done
    return 1
}

exported() {
    local id f=$DATA/work/bundle
    check "an export is asked for" "$(cus POST "/v1/customers/$ALDER/exports") $(said .state)" "202 waiting"
    id=$(said .id)
    holds "a worker makes it" export_ready "$id"
    check "its bundle is there" "$(cus GET "/v1/exports/$id/bundle")" 200
    cp "$ANSWER" "$f"
    check "page by page it is the same" "$(cus GET "/v1/exports/$id/bundle?page=1")$(cmp "$ANSWER" "$f")" 200
    check "another customer does not find it" "$(ask GET "/v1/exports/$id" "$BIRCH_KEY")" 403
    check "it is whole" "$(ctl export verify "$f" --plain 2>/dev/null | sed -n '3p;4p' | xargs)" "Northwind Retail Systems Alder & Pine"
    check "with the key that it names" "$(ctl export verify --key "$(tail -n 1 "$f" | jq -r .public_key)" "$f" >/dev/null 2>&1; echo $?)" 0
    check "and not with another" "$(ctl export verify --key "$(printf '0%.0s' {1..64})" "$f" >/dev/null 2>&1; echo $?)" 1
    sed '3s/Web/Wed/;3s/live/love/' "$f" >"$f.changed"
    cmp -s "$f" "$f.changed" && sed '2s/a/b/' "$f" >"$f.changed"
    check "a changed letter is found" "$(ctl export verify "$f.changed" >/dev/null 2>&1; echo $?)" 1
    sed 4d "$f" >"$f.changed"
    check "a line that is missing, too" "$(ctl export verify "$f.changed" >/dev/null 2>&1; echo $?)" 1
    head -n -1 "$f" >"$f.changed"
    check "and a signature that is" "$(ctl export verify "$f.changed" >/dev/null 2>&1; echo $?)" 1
    check "it holds every kind" "$(cut -d'"' -f4 "$f" | sort -u | xargs)" \
        "audit backtest connection cross_entry cross_reference customer effect environment file flow flow_batch flow_input flow_version job_edit manifest mapping mapping_version message order record signature source_shape timeline"
    check "and all orders" "$(jq -r 'select(.kind == "order") | .data.natural_key' "$f" | sort | xargs)" \
        "$(ask GET '/v1/orders?limit=200' "$ALDER_KEY" >/dev/null; said '.data[].source_id' | sort | xargs)"
    check "no secret, no sealed one, nobody else's word" \
        "$(grep -ciE "$SHOP_SECRET|$NEW_SECRET|sealed|hook_hash|harbor|birch|tenon" "$f")" 0
}

# ---- keys ----

ring() { ctl key-ring "$@" --partner northwind 2>&1; }

ring_killed() {
    as TENON_DATABASE_OPERATOR_URL="$(pg_url tenon_operator)" TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" TENON_FAULT="$1" \
        TENON_CONNECTION_KEK_FILE="$DATA/keys/connection.key" "$DATA/app/tenonctl" key-ring rotate --partner northwind
}

deliveries_go_on() {
    local i
    for i in {1..25}; do
        order_body "59$((10 + i))" "59$((10 + i))" SKU-0001 1 >"$DATA/work/turn.$i"
        post "$DATA/work/turn.$i" "t-$i"
        echo
    done >"$DATA/work/turned"
}

keys_turned() {
    local going i before
    before=$(ctl key-ring verify --partner northwind --plain | awk -F '\t' '{ n += $5; bad += $6 } END { print n, bad }')
    (ANSWER=$DATA/work/answer.turn deliveries_go_on) &
    going=$!
    for i in begin reseal retire; do
        check "a turn that is killed after $i" "$(ring_killed "key_ring.after_$i" >/dev/null 2>&1; [ "$?" -gt 128 ] && echo dies)" dies
    done
    check "the ring turns" "$(ring rotate --plain >"$DATA/work/turn.log"; echo $?)" 0
    wait "$going"
    check "no delivery failed meanwhile" "$(sort "$DATA/work/turned" | uniq -c | xargs)" "25 200"
    check "old epochs are gone" "$(ring list --plain | cut -f4 | sort | uniq -c | xargs)" "2 newest"
    check "everything opens, and nothing is missing" \
        "$(ctl key-ring verify --partner northwind --plain | awk -F '\t' '{ n += $5; bad += $6 } END { print n, bad }')" "$before"
    for i in 1 13 25; do holds "order 59$((10 + i)) is delivered" wait_state "59$((10 + i))" delivered 60; done
    keks_turned
}

# Both key-encryption keys while they are exchanged, then the new one alone.
keks_turned() {
    local old=$DATA/keys/edge.old
    as cp "$DATA/keys/edge.key" "$old"
    as rm "$DATA/keys/edge.key"
    ctl_without key make "$DATA/keys/edge.key"
    check "without the old key nothing of its class opens" "$(ring verify --class edge --plain >/dev/null; echo $?)" 1
    check "with both it is wrapped anew" \
        "$(TENON_OLD=$old ctl_old key-ring rotate --kek --class edge --plain | awk -F '\t' '{ n += $3; bad += $4 } END { print n, bad }')" "2 0"
    check "then the new one is enough" "$(ring verify --class edge --plain >/dev/null; echo $?)" 0
    end api
    api_start "${API_SETTINGS[@]}" || exit 1
    order_body 5990 5990 SKU-0001 1 >"$DATA/work/turn.kek"
    check "and deliveries are taken with it" "$(post "$DATA/work/turn.kek" k-1)" 200
}
ctl_without() { as "$DATA/app/tenonctl" "$@"; }
ctl_old() {
    as TENON_DATABASE_OPERATOR_URL="$(pg_url tenon_operator)" TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" \
        TENON_EDGE_KEK_OLD_FILE="$TENON_OLD" TENON_CONNECTION_KEK_COMMAND="cat $DATA/keys/connection.key" "$DATA/app/tenonctl" "$@"
}

# The process that answers requests: neither its environment nor its memory holds the key of connections.
api_holds_no_key() {
    local pid key
    pid=$(cat "$DATA/run/api.pid" 2>/dev/null || pgrep -f "$DATA/app/tenond" | head -n 1)
    key=$(tr -d '[:space:]' <"$DATA/keys/connection.key")
    check "the api's environment does not name it" "$(tr '\0' '\n' <"/proc/$pid/environ" | grep -cE 'CONNECTION_KEK')" 0
    check "nor does its memory hold it" "$(memory_has "$pid" "$key")" "no"
    check "which would be found, as its own key is" "$(memory_has "$pid" "$(tr -d '[:space:]' <"$DATA/keys/edge.key")")" "yes"
}

# memory_has PID HEX: the 32 octets, or their digits, in any readable part of the process.
memory_has() {
    python3 - "$1" "$2" <<'PY'
import sys
pid, text = sys.argv[1], sys.argv[2]
wanted = [bytes.fromhex(text), text.encode()]
found = False
with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
    for line in maps:
        span, rights = line.split()[:2]
        a, b = (int(x, 16) for x in span.split("-"))
        if rights[0] != "r" or b - a > 1 << 32:
            continue
        try:
            mem.seek(a)
            data = mem.read(b - a)
        except (OSError, ValueError, OverflowError):
            continue
        found = found or any(w in data for w in wanted)
print("yes" if found else "no")
PY
}

# ---- erasing ----

erased() {
    local bad='{"confirm": "cedar", "reason": "contract ended"}' good='{"confirm": "Cedar", "reason": "contract ended"}'
    check "one that works is not erased" "$(cus POST "/v1/customers/$CEDAR/erase" --json "$good")" 409
    cus POST "/v1/customers/$CEDAR/suspend" --json '{"reason": "contract ended"}' >/dev/null
    check "nor without its name" "$(cus POST "/v1/customers/$CEDAR/erase" --json "$bad") $(said '.errors[0].pointer')" "422 /confirm"
    check "nor by who may not" "$(ask POST "/v1/customers/$CEDAR/erase" "$(key_with customers:write)" --json "$good")" 403
    check "then it is" "$(cus POST "/v1/customers/$CEDAR/erase" --json "$good") $(said '[.status, .name, .external_id, .certificate.reason]')" \
        '200 ["closed","Erased",null,"contract ended"]'
    check "the certificate says what went" \
        "$(said '[.certificate.deleted.connection, .certificate.deleted.store_brand, (.certificate.keys_destroyed | length > 0)]')" "[1,1,true]"
    check "the partner still has it" "$(cus GET "/v1/customers/$CEDAR") $(said .status)" "200 closed"
    check "repeating changes nothing" "$(cus POST "/v1/customers/$CEDAR/erase" --json "$good") $(said .status)" "200 closed"
    check "nothing of it is left" "$(cus GET "/v1/store-brands/$BRAND")$(cus GET "/v1/legal-entities/$ENTITY")" 404404
    check "no private half neither" "$(pg_sql "select count(*) from tenon.customer_key_private p join tenon.customer c
        using (customer_id) where c.status = 'closed'")" 0
    check "it is not resumed" "$(cus POST "/v1/customers/$CEDAR/resume")" 409
    check "nor exported" "$(cus POST "/v1/customers/$CEDAR/exports")" 404
    check "nor connected" "$(cus POST /v1/connections -H "customer: $CEDAR" --json "$(erp_new https://erp.example.com/)")" 404
    check "what is left opens" "$(ring verify --plain >/dev/null; echo $?)" 0
}
