# shellcheck shell=bash disable=SC2154
# What every route keeps to: keys of repeated requests, versions, cursors, parts of objects, budgets. Sourced by tests/api/run.

manners_checks() {
    keys_wanted
    keys_wanted_wherever_said
    repeated
    repeated_at_once
    repeated_by_others
    versions_said
    cursors_bound
    parts_of_objects
    put_in
    budgets_said
    described
    problems_explained
    answer_lost
    budgets_kept
}

# keyed KEY BODY [CURL-ARGUMENT…]: one connection to be, under an idempotency-key.
keyed() {
    local key=$1 body=$2
    shift 2
    ask POST /v1/connections "${WHO:-$ALDER_KEY}" --json "$body" -H "idempotency-key: $key" "$@"
}

# Every route of which the description says so, by a caller who may.
keys_wanted_wherever_said() {
    local key path n=0 other=
    key=$(ctl key create --partner northwind --name "owner's")
    pg_sql "update tenon.api_key set scopes = (select permissions from tenon.role where role = 'partner_owner') where name = 'owner''s'"
    while read -r path; do
        n=$((n + 1))
        [ "$(curl_to --http2 -o "$ANSWER" -D "$ANSWER.header" -w '%{http_code}' -H "authorization: Bearer $key" --json '{}' \
            "$(url "$path")") $(said .code)" = "400 idempotency-key-missing" ] || other+=" $path"
    done < <(jq -r '.paths | to_entries[] | select(any(.value.post.parameters[]?; ."$ref" == "#/components/parameters/IdempotencyKeyRequired"))
        | .key | gsub("[{][a-z_]*[}]"; "x")' "$TENON_ROOT/tests/api/openapi.json")
    check "wherever the description says so, a key is wanted ($n routes)" "$other" ""
    holds "which are those that make something" test "$n" -ge 14
}

keys_wanted() {
    local before body
    body=$(shop_new) before=$(count_connections)
    check "a POST that makes something wants a key" \
        "$(curl_to --http2 -o "$ANSWER" -D "$ANSWER.header" -w '%{http_code}' -H "authorization: Bearer $ALDER_KEY" --json "$body" \
            "$(url /v1/connections)") $(said .code)" "400 idempotency-key-missing"
    check "an empty key is none" "$(ask POST /v1/connections "$ALDER_KEY" --json "$body" -H 'idempotency-key;') $(said .code)" \
        "400 idempotency-key-invalid"
    check "256 characters are too many" "$(keyed "$(printf 'k%.0s' {1..256})" "$body") $(said .code)" "400 idempotency-key-invalid"
    check "a space in it is not visible" "$(keyed 'a b' "$body") $(said .code)" "400 idempotency-key-invalid"
    check "nor is what is no ASCII" "$(keyed 'é' "$body") $(said .code)" "400 idempotency-key-invalid"
    check "two are one too many" "$(keyed a "$body" -H 'idempotency-key: b') $(said .code)" "400 idempotency-key-invalid"
    check "nothing is made of all that" "$(count_connections)" "$before"
    check "255 characters are taken" "$(keyed "$(printf 'k%.0s' {1..255})" "$body")" 201
    check "where none is needed a bad one is refused all the same" \
        "$(ask POST "/v1/orders/$ORDER/release" "$ALDER_KEY" -H 'idempotency-key;') $(said .code)" "400 idempotency-key-invalid"
}

repeated() {
    local before first body
    body=$(shop_new '.name = "Repeated"') before=$(count_connections)
    check "what failed is not kept" "$(keyed again "$(shop_new 'del(.name)')") $(said .code)" "422 validation"
    check "so the key is good for a better body" "$(keyed again "$body") $(header_of idempotency-replayed)" "201 "
    first=$(sha256sum <"$ANSWER")
    check "the same once more is the same answer" "$(keyed again "$body") $(header_of idempotency-replayed)" "201 true"
    check "octet by octet" "$(sha256sum <"$ANSWER")" "$first"
    check "and of the same type" "$(header_of content-type)" application/json
    check "members in another order are the same request" \
        "$(keyed again "$(jq -c 'to_entries | reverse | from_entries' <<<"$body")") $(header_of idempotency-replayed)" "201 true"
    check "another body is another request" \
        "$(keyed again "$(shop_new '.name = "Other"')") $(said .code)" "422 idempotency-key-reused"
    check "another customer's header is refused before it is looked at" "$(keyed again "$body" -H "customer: $BIRCH")" 404
    check "one was made of all that" "$(($(count_connections) - before))" 1
    check "the address that is shown once lies nowhere in clear" \
        "$(pg_sql "select count(*) from tenon.idempotency_answer where position('/hooks/'::bytea in kept) > 0")" 0
}

repeated_at_once() {
    local before said many=() i
    before=$(count_connections)
    for i in {1..20}; do many+=(-o /dev/null "$(url /v1/connections)"); done
    said=$(curl_to --http2 --parallel --parallel-max 20 --parallel-immediate -H "authorization: Bearer $ALDER_KEY" \
        -H 'idempotency-key: at-once' --json "$(shop_new '.name = "At once"')" -w '%{http_code}\n' "${many[@]}" | sort -u | xargs)
    holds "twenty at once are answered 201 or 409 ($said)" [ -z "$(tr ' ' '\n' <<<"$said" | grep -vxE '201|409')" ]
    check "and one is made" "$(($(count_connections) - before))" 1
    check "afterwards it is the stored answer" \
        "$(keyed at-once "$(shop_new '.name = "At once"')") $(header_of idempotency-replayed)" "201 true"
}

repeated_by_others() {
    local before
    before=$(count_connections)
    check "the same key of another customer stands for itself" \
        "$(WHO=$BIRCH_KEY keyed again "$(shop_new "del(.destination_id)")") $(header_of idempotency-replayed)" "201 "
    check "one more is made" "$(($(count_connections) - before))" 1
    check "whoever may see one customer sees no other's kept answers" \
        "$(pg_sql "select count(distinct customer_id) from tenon.idempotency_answer")" 2
}

versions_said() {
    check "an answer says its version" "$(ask GET /v1/orders "$NORTHWIND_KEY") $(header_of api-version)" "200 2026-11-01"
    check "a known version may be asked for" \
        "$(ask GET /v1/orders "$NORTHWIND_KEY" -H 'api-version: 2026-11-01') $(header_of api-version)" "200 2026-11-01"
    check "an unknown one is refused" "$(ask GET /v1/orders "$NORTHWIND_KEY" -H 'api-version: 2020-01-01') $(said .code)" \
        "400 api-version-unknown"
    check "with the one that is spoken" "$(header_of api-version)" 2026-11-01
    check "without a key it is said, too" "$(ask GET /v1/orders '') $(header_of api-version)" "401 2026-11-01"
}

cursors_bound() {
    local cursor
    check "a page has a next one" "$(ask GET '/v1/orders?limit=1' "$ALDER_KEY") $(said '.next_cursor != null')" "200 true"
    cursor=$(said .next_cursor)
    check "whose cursor serves the same caller" "$(ask GET "/v1/orders?limit=2&cursor=$cursor" "$ALDER_KEY")" 200
    check "not another customer's" "$(ask GET "/v1/orders?cursor=$cursor" "$BIRCH_KEY") $(said '.errors[0].pointer')" "400 cursor"
    sed 's/req_[0-9a-z]*//' "$ANSWER" >"$DATA/work/cursor.foreign"
    ask GET "/v1/orders?cursor=$(tr 0-9a-f 1-9a-f0 <<<"$cursor")" "$BIRCH_KEY" >/dev/null
    check "who is told what a made-up one is told" "$(sed 's/req_[0-9a-z]*//' "$ANSWER")" "$(cat "$DATA/work/cursor.foreign")"
    check "nor the whole partner's" "$(ask GET "/v1/orders?cursor=$cursor" "$NORTHWIND_KEY")" 400
    check "nor another partner's" "$(ON=$HARBOR ask GET "/v1/orders?cursor=$cursor" "$HARBOR_KEY")" 400
    check "nor another list's" "$(ask GET "/v1/connections?cursor=$cursor" "$ALDER_KEY")" 400
}

parts_of_objects() {
    check "a list may be asked for a part of each" \
        "$(ask GET '/v1/orders?fields=number,id' "$ALDER_KEY") $(said '[.data[] | keys] | unique')" '200 [["id","number"]]'
    check "and so may one object" "$(ask GET "/v1/orders/$ORDER?fields=state" "$ALDER_KEY") $(said keys)" '200 ["state"]'
    check "a member that nobody knows is refused" \
        "$(ask GET '/v1/orders?fields=id,colour' "$ALDER_KEY") $(said '.errors[0] | "\(.pointer) \(.code)"')" "400 fields unknown_field"
    check "and so is none" "$(ask GET '/v1/orders?fields=' "$ALDER_KEY")" 400
}

put_in() {
    local key
    key=$(key_with orders:read,connections:read,customers:read)
    check "the customer is put beside its id" \
        "$(ask GET "/v1/orders/$ORDER?expand=customer,connection&fields=id" "$key") $(said '[.customer.name, .connection.name, .id]')" \
        "200 [\"Alder & Pine\",\"Web shop\",\"$ORDER\"]"
    check "in every order of a list" \
        "$(ask GET '/v1/orders?expand=customer' "$key") $(said '[.data[].customer.name] | unique')" '200 ["Alder & Pine","Birch"]'
    check "two steps deep" \
        "$(ask GET "/v1/orders/$ORDER?expand=connection.customer" "$key") $(said .connection.customer.name)" "200 Alder & Pine"
    check "not three" "$(ask GET "/v1/orders/$ORDER?expand=connection.customer.connection" "$key") $(said '.errors[0].code')" \
        "400 unknown_relation"
    check "not six" "$(ask GET "/v1/orders/$ORDER?expand=customer,customer,customer,customer,customer,customer" "$key") $(said '.errors[0].code')" \
        "400 too_many"
    check "of a connection, too" \
        "$(ask GET '/v1/connections?expand=customer,destination' "$key") $(said '[.data[] | select(.name == "Web shop") | .customer.name, .destination.name]')" \
        '200 ["Alder & Pine","Head office ERP"]'
    check "what leads nowhere stays null" "$(said '.data[] | select(.name == "Head office ERP") | .destination')" null
    check "it needs the scope that its own route needs" \
        "$(ask GET '/v1/orders?expand=customer' "$(key_with orders:read)")" 403
}

budgets_said() {
    local key left
    check "an answer says what may be asked for" "$(ask GET /v1/orders "$ALDER_KEY") $(header_of ratelimit-policy)" \
        '200 "read";q=6000;w=60, "customer-read";q=24000;w=60'
    holds "and what is left" grep -qiE '^ratelimit: "read";r=[0-9]+;t=[0-9]+, "customer-read";r=[0-9]+;t=[0-9]+' "$ANSWER.header"
    check "a change has a budget of its own" "$(keyed budget "$(shop_new)") $(header_of ratelimit-policy | cut -d, -f1)" \
        '201 "write";q=1200;w=60'
}

openapi() { as "$DATA/app/tenonctl" openapi print | python3 -m json.tool --sort-keys --indent 1; }

described() {
    local copy=$TENON_ROOT/tests/api/openapi.json
    check "the description is open to whoever knows the host" "$(ask GET /v1/openapi.json '') $(header_of content-type)" "200 application/json"
    check "and is in the partner's name" "$(said '[.openapi, .info.title, .servers[0].url]')" \
        "[\"3.1.0\",\"Northwind Retail Systems\",\"https://$NORTHWIND\"]"
    check "with every route of the tables" "$(said '[.paths | to_entries[] | .key as $p | .value | keys[] | ascii_upcase + " " + $p] | sort[]')" \
        "$(as "$DATA/app/tenonctl" route list | grep -E '^public [A-Z]+ /v1/' | cut -d' ' -f2,3 | LC_ALL=C sort)"
    check "it says what it wants" "$(said '[.paths["/v1/connections"].post | .operationId, .["x-permission"]]')" \
        '["connections.create","connections:write"]'
    check "a client that has it is told so" \
        "$(ask GET /v1/openapi.json '' -H "if-none-match: $(header_of etag)")" 304
    check "on another host it is in another name" "$(ON=$HARBOR ask GET /v1/openapi.json '') $(said .info.title | grep -ci northwind)" "200 0"
    check "on a host of nobody there is none" "$(ask GET /v1/openapi.json '' -H 'host: nobody.localhost')" 404
    check "the checker of breaks finds each kind" "$(python3 "$TENON_ROOT/tests/api/openapi_breaks.py" --selftest | grep -c '^not ok')" 0
    openapi >"$DATA/work/openapi.json"
    check "no change breaks who goes by tests/api/openapi.json" \
        "$(python3 "$TENON_ROOT/tests/api/openapi_breaks.py" "$copy" "$DATA/work/openapi.json")" ""
    check "which is up to date (tenonctl openapi print | python3 -m json.tool --sort-keys --indent 1)" \
        "$(cmp "$copy" "$DATA/work/openapi.json" 2>&1)" ""
}

problems_explained() {
    ask GET /v1/orders/17 "$ALDER_KEY" >/dev/null
    check "a problem's type leads to a page" "$(ask GET "$(said .type)" '') $(header_of content-type)" "200 text/html; charset=utf-8"
    holds "which is in words" grep -q '<h1>Not found</h1>' "$ANSWER"
    check "a type that nobody gave leads nowhere" "$(ask GET /docs/problems/nonsense '')" 404
}

# The server dies between the commit and the answer; the client repeats.
answer_lost() {
    local before body
    body=$(shop_new '.name = "Lost"') before=$(count_connections)
    keyed lost "$body" >/dev/null
    end api 10
    api_start "${API_SETTINGS[@]}" || die "the server does not start again"
    check "after a restart the repeated request has its answer" "$(keyed lost "$body") $(header_of idempotency-replayed)" "201 true"
    check "and was done once" "$(($(count_connections) - before))" 1
}

# With a budget of 30 a minute, on four threads at most; then the same without Redis.
budgets_kept() {
    local said spender frugal
    spender=$(key_of "spends all" "$ALDER") frugal=$(key_of "has spent nothing" "$ALDER") # in no minute of another test's
    end api 10
    api_start "${API_SETTINGS[@]}" TENON_READS_PER_MINUTE=30 TENON_WRITES_PER_MINUTE=20 || die "the server does not start again"
    said=$(many_reads "$spender" 150)
    holds "a key that asks for more than its budget is refused in the end ($said)" [ "${said#*429 }" != "$said" ]
    ask_until_429 "$spender"
    problem "more than the budget" 429 quota-exceeded
    check "which names the budget" "$(said '."violated-policies"')" '["read"]'
    holds "and when to come back" [ "$(header_of retry-after)" -ge 1 ]
    check "another key is served" "$(ask GET /v1/orders "$BIRCH_KEY")" 200
    tokens_of_one
    redis_stop
    said=$(many_reads "$frugal" 150)
    holds "without Redis neither all nor nothing is let through ($said)" grep -qE '^200 [0-9]+ 429 [0-9]+ $' <<<"$said "
    redis_start
    end api 10
    api_start "${API_SETTINGS[@]}" || die "the server does not start again"
    holds "and it goes on" soon_200
}
soon_200() {
    local i
    for i in {1..600}; do
        [ "$(ask GET /v1/orders "$NORTHWIND_KEY")" != 200 ] || return 0
        sleep 0.1
    done
    return 1
}
# many_reads KEY COUNT: statuses with how often each, by spaces.
many_reads() {
    local i many=()
    for ((i = 0; i < $2; i++)); do many+=(-o /dev/null "$(url '/v1/orders?limit=1')"); done
    curl_to --http2 -H "authorization: Bearer $1" -w '%{http_code}\n' "${many[@]}" | sort | uniq -c | awk '{ print $2, $1 }' | xargs
}
# A client asks for tokens out of its own budget of writes, and ends them out of it.
tokens_of_one() {
    local client many=() i
    check "a client is made" "$(ask POST /v1/clients "$(key_with keys:read,keys:write,orders:read)" --json '{"name":"greedy","scopes":["orders:read"]}')" 201
    client=$(said '"\(.id):\(.secret)"')
    for i in {1..90}; do many+=(-o /dev/null "$(url /oauth/token)"); done
    holds "a client that asks for more tokens than its budget is refused in the end" grep -qx 429 < \
        <(curl_to --http2 -u "$client" -d grant_type=client_credentials -w '%{http_code}\n' "${many[@]}")
    for i in {1..20}; do
        [ "$(status_of --http2 -u "$client" -d token=x "$(url /oauth/revoke)")" != 429 ] || break
    done
    problem "nor may it end more" 429 quota-exceeded
    check "which names the budget of writes" "$(said '."violated-policies"')" '["write"]'
}

ask_until_429() {
    local i
    for i in {1..200}; do [ "$(ask GET /v1/orders "$1")" != 429 ] || return 0; done
}
