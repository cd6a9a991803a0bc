# shellcheck shell=bash
# The self-test that a partner may run is true, is signed, and says so when a wall is down. Sourced by run, and by the API's
# suite for its first half.
proof_files() { PROOF=$DATA/work/proof.json PROOF_KEYS=$DATA/work/proof.keys; }

# proof_get KEY [CURL-ARGUMENT…]: the answer as it came, and the keys beside it.
proof_get() {
    local key=$1
    shift
    rm -f "$PROOF"
    curl_to -f -o "$PROOF" -w '%{time_total}' -H "authorization: Bearer $key" "$@" "$(url /v1/isolation-proof)"
}
proof_said() { jq -rc ".report | $1" "$PROOF"; }
proof_verify() { as "$DATA/app/tenonctl" isolation verify "$1" --keys "$PROOF_KEYS" 2>/dev/null; }
proof_keys() { curl_to -f -o "$PROOF_KEYS" -H "authorization: Bearer $1" "$(url /v1/isolation-proof/keys)"; }

# proof_holds NAME KEY [CURL-ARGUMENT…]
proof_holds() {
    local name=$1 took
    shift
    took=$(proof_get "$@") || took=9
    check "$name: every check passed" "$(proof_said .passed)" true
    check "$name: of many tables, of which no readable one shows what is not the caller's" \
        "$(proof_said '[(.tables | length) > 15, ([.tables[] | select(.readable)] | length) > 15,
            ([.tables[] | select(.others_seen or .seen_as_nobody or (.refuses_without_tenant | not))] | length)]')" '[true,true,0]'
    check "$name: and not because there is nothing to see" \
        "$(proof_said '[.tables[] | select(.readable and .others_exist)] | length > 10')" true
    check "$name: within a second" "$(awk -v t="$took" 'BEGIN { print (t < 1) }')" 1
    echo "# $name: $took s, $(proof_said '[(.tables | length), ([.tables[] | select(.others_exist)] | length)]') tables, with others"
    proof_keys "$1"
    chmod a+r "$PROOF" "$PROOF_KEYS"
    check "$name: it is signed" "$(proof_verify "$PROOF")" "signed, and every check passed"
}

# Openssl knows nothing of us: the first member's octets, the key and the signature are all it gets.
proof_by_openssl() {
    local w=$DATA/work
    jq -cj .report "$PROOF" >"$w/report"
    jq -r .signature "$PROOF" | base64 -d >"$w/signature"
    { printf '302a300506032b6570032100' | xxd -r -p
      jq -r --arg id "$(jq -r .key_id "$PROOF")" '.data[] | select(.id == $id) | .public_key' "$PROOF_KEYS" | base64 -d; } >"$w/key.der"
    openssl pkeyutl -verify -pubin -inkey "$w/key.der" -keyform DER -rawin -in "$w/report" -sigfile "$w/signature" >/dev/null 2>&1
}

# Each change of the answer is refused, whatever it is made of.
proof_tampered() {
    local edit n=0 bad=0
    for edit in 's/"passed":true/"passed":false/' 's/"others_seen":false/"others_seen":true/' 's/"host":"./"host":"X/' \
        's/"measured_at":"2/"measured_at":"3/' 's/"report":{/"report":{ /' 's/"signature":"\(.\)\(.\)/"signature":"\2\1/' \
        's/"key_id":"sgk_\(.*\)\(.\)","alg/"key_id":"sgk_\1x","alg/' 's/$/ trailing/' 's/"algorithm":"Ed25519",//' 's/.$//'; do
        sed "$edit" "$PROOF" >"$DATA/work/tampered"
        cmp -s "$PROOF" "$DATA/work/tampered" && continue
        n=$((n + 1))
        ! proof_verify "$DATA/work/tampered" >/dev/null || { bad=$((bad + 1)) && echo "# $edit"; }
    done
    check "a changed report is not verified ($n changes)" "$((n > 8)) $bad" "1 0"
}

# down NAME UNDO SQL WANTED FILTER: with a wall down the proof says so, signed; then it is put up again.
down() {
    pg_sql "set search_path = tenon; $3"
    proof_get "$PROOF_KEY" >/dev/null || true
    check "$1: the report does not pass" "$(proof_said .passed)" false
    check "$1: and says where" "$(proof_said "$5")" "$4"
    check "$1: signed as well" "$(proof_verify "$PROOF")" "signed, and NOT every check passed"
    pg_sql "set search_path = tenon; $2"
}

proof_walls_down() {
    local table='[.tables[] | select(.passed | not) | [.table, .row_security_forced, .others_seen]]'
    PROOF_KEY=$1
    down "row security dropped on one table" "alter table sales_order enable row level security" \
        "alter table sales_order disable row level security" '[["sales_order",false,true]]' "$table"
    down "row security not forced" "alter table customer force row level security" \
        "alter table customer no force row level security" '[["customer",false,false]]' "$table"
    down "one policy too many" "drop policy gap on connection" "create policy gap on connection to tenon_api using (true)" \
        '[["connection",true,true]]' "$table"
    down "a role past row security" "alter role tenon_api nobypassrls" "alter role tenon_api bypassrls" false .role_is_ordinary
    down "a role that owns a table" "alter table order_event owner to tenon_owner" \
        "alter table order_event owner to tenon_api" false .role_owns_nothing
    proof_get "$1" >/dev/null
    check "with all walls up it passes again" "$(proof_said .passed)" true
}
