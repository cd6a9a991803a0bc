#!/bin/bash
# A partner puts a connector of its own on a running server: the invented vendor's, by the API alone. A connection of it calls
# the vendor's stand-in, is moved to a newer version and back; nobody else sees it, and a row that was changed is refused.
# shellcheck disable=SC2154,SC2016,SC2034
LABEL="connectors"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"
INVENTED=$TENON_ROOT/tests/connectors/invented

main() {
    stack_open own 21000
    WORKER_SETTINGS+=(TENON_SETTLE_MS=500)
    stack_start
    ALDER=$(api_get "$NORTHWIND" "$NORTHWIND_KEY" "/v1/connections" | jq -r '.data[0].customer_id')
    KEY=$(key northwind connectors:read connectors:write connections:read connections:write audit:read)
    OTHERS=$(key harbor connectors:read connectors:write connections:read connections:write)
    stand
    put_up
    refused
    connected
    newer
    moved
    back
    elsewhere
    retired
    nobody_else
    tampered
    tap_end
}

eval "stack_stop_rest$(declare -f stack_stop | sed '1s/^stack_stop//')"
stack_stop() {
    end stand-kestrel 2
    stack_stop_rest
}

key() { # PARTNER SCOPE…
    local partner=$1
    shift
    ctl key create --partner "$partner" --name own --scopes "$(IFS=,; echo "$*")"
}

stand() {
    spawn stand-kestrel "$DATA/app/tenonctl" standin serve "$INVENTED/standin.json" --listen "127.0.0.1:$((HTTPS_PORT + 10))"
    AT=http://127.0.0.1:$((HTTPS_PORT + 10))
    wait_for stand-kestrel 60 curl -sf -m 20 -o "$DATA/work/stand" "$AT/_standin/log" || exit 1
}
# What the vendor was asked.
called() { curl -sf -m 20 "$AT/_standin/log" | jq -rc "$1"; }

# send METHOD PATH JSON: prints the status.
send() { ask "$1" "$2" -H 'content-type: application/json' --data-binary "$3"; }
# faults: pointers and codes of the last answer.
faults() { said '[.errors[]? | "\(.pointer) \(.code)"] | join(", ")'; }

# package [JQ-FILTER]: the invented vendor's manifest, changed, with its mappings.
package() {
    local kinds=() kind
    for kind in article comeback dispatch stock; do kinds+=(--slurpfile "$kind" "$INVENTED/$kind.mapping.json"); done
    jq -c "${kinds[@]}" "${1:-.}"' | {manifest: ., mappings: {article: $article[0], comeback: $comeback[0],
        dispatch: $dispatch[0], stock: $stock[0]}} | '"${2:-.}" "$INVENTED/manifest.json"
}
put() { package "$@" >"$DATA/work/package" && send POST /v1/connectors "@$DATA/work/package"; }
publish() { ask POST "/v1/connectors/kestrel/versions/$1/publish"; }

SETTINGS='{"region": "eu", "merchant": "m1", "depot": "HAM1"}'
SECRETS='{"client_id": "c1", "client_secret": "good", "webhook_secret": "w-kestrel"}'
settings() { jq -c --arg at "$AT" '.api_url = $at + "/e7/" | .token_url = $at + "/_token" | '"${1:-.}" <<<"$SETTINGS"; }
wants() { jq -nc --argjson s "$(settings "${1:-.}")" --argjson x "$SECRETS" '{connector: "kestrel", name: "Depot", settings: $s, secrets: $x} | '"${2:-.}"; }
connect() { ask POST /v1/connections -H "customer: $ALDER" -H 'content-type: application/json' --data-binary "$(wants "$@")"; }

put_up() {
    check "at first there is no such connector" "$(ask GET /v1/connectors/kestrel)" 404
    package >"$DATA/work/package"
    check "a connector can be judged without being kept" "$(send POST /v1/connectors/check "@$DATA/work/package") $(said '[.connector, .version, .unmapped]')" '200 ["kestrel","1.0.0",[]]'
    HASH=$(said .sha256)
    check "and is not there by that" "$(ask GET /v1/connectors/kestrel/versions) $(said '.data | length')" "200 0"
    check "it is put up by one request" "$(put) $(said '[.connector, .version, .sha256 == "'"$HASH"'"]')" '201 ["kestrel","1.0.0",true]'
    check "as a draft that is signed" "$(ask GET /v1/connectors/kestrel/versions) $(said '.data[0] | [.state, .genuine, .connections, (.signature | length), .published_at]')" '200 ["draft",true,0,128,null]'
    check "of which no connection can be made" "$(connect) $(faults)" "422 /connector not_in_list"
    check "the same version again takes the draft's place" "$(put '.about = "Another text."') $(ask GET /v1/connectors/kestrel/versions/1.0.0) $(said '[.manifest.about, .genuine]')" '201 200 ["Another text.",true]'
    check "put back" "$(put)" 201
    check "it is published" "$(publish 1.0.0) $(said '[.state, .sha256 == "'"$HASH"'"]')" '200 ["published",true]'
    check "once" "$(publish 1.0.0) $(said .code)" "409 connector-version-fixed"
    check "and stands beside those that come with the program" \
        "$(ask GET /v1/connectors) $(said '[.data[] | select(.name == "kestrel" or .name == "stripe") | [.name, .own, .version != null]]')" \
        '200 [["stripe",false,true],["kestrel",true,true]]'
    check "with what it does and does not" "$(said '.data[] | select(.name == "kestrel") | [(.covers | length), (.without | map(select(.why == null)) | length)]')" "[13,0]"
    check "and its whole declaration" "$(ask GET /v1/connectors/kestrel) $(said '[.own, .manifest.api.version]')" '200 [true,"e7"]'
}

refused() {
    check "a version that was published stays" "$(put '.about = "Later."') $(faults)" "422 /manifest/version not_newer"
    check "a version grows" "$(put '.version = "0.9.0"') $(faults)" "422 /manifest/version not_newer"
    check "as numbers" "$(put '.version = "1.0"') $(faults)" "422 /manifest/version invalid"
    check "a name that everybody has is not taken" "$(put '.name = "stripe"') $(faults)" "422 /manifest/name taken"
    check "faults are told with their places" \
        "$(put '.version = "1.1.0" | .colour = "red" | .operations["stock.get"].answer.must = "(" | .auth.kind = "magic"') $(faults)" \
        "422 /manifest/colour unknown_member, /manifest/auth/kind not_in_list, /manifest/operations/stock.get/answer/must S0203"
    check "those of mappings, too" "$(put '.version = "1.1.0"' '.mappings.stock.rules[0].expr = "("') $(faults)" "422 /mappings/stock/rules/0/expr S0203"
    check "a mapping is of the thing it is called after" "$(put '.version = "1.1.0"' '.mappings.stock = .mappings.article') $(faults)" "422 /mappings/stock/source/object other_mapping"
    check "and of one that is read" "$(put '.version = "1.1.0"' '.mappings.parcel = .mappings.article') $(faults)" "422 /mappings unknown_member"
    check "what is too large is not taken" "$(put '.version = "1.1.0" | .about = ([range(300000) | "x"] | add)' '.') $(faults)" "422 /manifest too_long"
}

# check_done CONNECTION: asks for a check and waits for its end.
check_done() {
    local i
    [ "$(ask POST "/v1/connections/$1/checks")" = 202 ] || return 1
    for ((i = 0; i < 150; i++)); do
        [ "$(ask GET "/v1/connections/$1/checks") $(said .state)" != "200 done" ] || return 0
        sleep 0.2
    done
    return 1
}
verdicts() { said '[.checks[] | "\(.name) \(.verdict)"] | join(", ")'; }
WELL="reachable ok, clock ok, credentials ok, permissions skipped, sample ok, webhook warning"

connected() {
    check "a setting too few is told" "$(connect 'del(.depot)') $(faults)" "422 /settings/depot required"
    check "an address of a private network is refused" "$(connect) $(faults)" "422 /settings/api_url endpoint_forbidden"
    check "whoever the manifest says is called" "$(put '.version = "1.0.1" | .url = "\"http://169.254.169.254/\""') $(publish 1.0.1) $(connect 'del(.api_url)') $(faults)" \
        "201 200 422 /settings/api_url endpoint_forbidden"
    check "that version is taken back" "$(ask POST /v1/connectors/kestrel/versions/1.0.1/retire)" 200
    end api 5
    API_SETTINGS+=(TENON_ALLOW_PRIVATE_ADDRESSES=true) # where the stand-in is
    api_start "${API_SETTINGS[@]}" || exit 1
    check "a secret too few" "$(connect . 'del(.secrets.client_id)') $(faults)" "422 /secrets/client_id required"
    check "a connection of it is made" "$(connect) $(said '[.connector, .connector_version, .connector_newest]')" '201 ["kestrel","1.0.0",null]'
    CON=$(said .id) HOOK=$(said .hook_path)
    holds "it is tried" check_done "$CON"
    check "the vendor is called, and what it answers read by the mapping that came along" "$(verdicts)" "$WELL"
    check "at the address that was given" "$(called '[.[] | select(.path == "/e7/stock" and .status == 200)] | length > 0')" true
    check "a delivery is known by its seal" "$(deliver D-9001 w-kestrel)" 200
    check "and by no other" "$(deliver D-9002 other)" 401
}

deliver() { # DISPATCH SECRET
    local now seal
    now=$(date +%s)
    jq -nc --arg d "$1" '{id: "ev-\($d)", about: "dispatch.changed", thing: $d, at: now | floor}' >"$DATA/work/event"
    seal=$({ printf '%s.' "$now"; cat "$DATA/work/event"; } | openssl dgst -sha256 -hmac "$2" -hex | sed 's/^.* //')
    status_of -X POST -H 'content-type: application/json' -H "x-kestrel-seal: $seal" -H "x-kestrel-time: $now" \
        --data-binary "@$DATA/work/event" "$(url "$HOOK")"
}

# The second version wants a setting and a permission more, and says the edition with each question for stock.
SECOND='.version = "1.1.0" | .settings.edition = {title: "Edition", kind: "text", needed: true}
    | .permissions += [{name: "depot.audit", why: "Editions are told apart."}]
    | .operations["stock.list"].request.query.edition = "$settings.edition"
    | .operations["stock.list"].pages.alone = false'
newer() {
    check "a newer version is put up and published" "$(put "$SECOND") $(publish 1.1.0)" "201 200"
    check "which changes no connection, and is told there" "$(ask GET "/v1/connections/$CON") $(said '[.connector_version, .connector_newest]')" '200 ["1.0.0","1.1.0"]'
    check "new ones are made with it" "$(connect '.edition = "8"' '.name = "Second depot"') $(said .connector_version)" "201 1.1.0"
    check "how many work by each is counted" "$(ask GET /v1/connectors/kestrel/versions) $(said '[.data[] | [.version, .connections]]')" '200 [["1.1.0",1],["1.0.1",0],["1.0.0",1]]'
    check "page by page" "$(ask GET '/v1/connectors/kestrel/versions?limit=1') $(ask GET "/v1/connectors/kestrel/versions?limit=1&cursor=$(said .next_cursor)") $(said '[.data[].version]')" '200 200 ["1.0.1"]'
}

move() { send POST "/v1/connections/$CON/version" "$1"; }
moved() {
    check "a move that lacks a setting is refused" "$(move '{"version": "1.1.0"}') $(faults)" "422 /settings/edition required"
    check "and one that lacks a permission" "$(move "$(jq -nc --argjson s "$(settings '.edition = "8"')" '{version: "1.1.0", settings: $s}')") $(faults)" "422 /permissions required"
    check "nothing has changed by that" "$(ask GET "/v1/connections/$CON") $(said '[.connector_version, .settings.edition]')" '200 ["1.0.0",null]'
    check "one to a version that is not there" "$(move '{"version": "3.0.0"}') $(faults)" "422 /version not_found"
    check "with all that it asks for it is moved" \
        "$(move "$(jq -nc --argjson s "$(settings '.edition = "8"')" '{version: "1.1.0", settings: $s, permissions: ["depot.audit"]}')") $(said '[.connector_version, .connector_newest, .settings.edition]')" \
        '200 ["1.1.0",null,"8"]'
    holds "it is tried" check_done "$CON"
    check "it works as before" "$(verdicts)" "$WELL"
    check "and the vendor is asked as that version says" "$(called '[.[] | select(.path == "/e7/stock" and .query.edition == "8" and .status == 200)] | length > 0')" true
    check "who did it stands on record" "$(ask GET '/v1/audit?action=connection.move') $(said '.data[0].detail')" "200 kestrel 1.0.0 to 1.1.0, other settings"
}

back() {
    check "back it goes likewise, with settings that fit" "$(move '{"version": "1.0.0"}') $(faults)" "422 /settings/edition unknown_member"
    check "to the version before" "$(move "$(jq -nc --argjson s "$(settings)" '{version: "1.0.0", settings: $s}')") $(said '[.connector_version, .connector_newest]')" '200 ["1.0.0","1.1.0"]'
    holds "it is tried" check_done "$CON"
    check "and works by it" "$(verdicts)" "$WELL"
}

# A version that sends the secrets elsewhere is not trusted with them.
elsewhere() {
    check "a version that signs in at another address" \
        "$(put '.version = "1.2.0" | .url = "\"https://collector.example/\"" | .auth.token_url = "\"https://collector.example/token\""') $(publish 1.2.0)" "201 200"
    check "does not get the secrets of a connection that is moved to it" \
        "$(move '{"version": "1.2.0", "settings": '"$SETTINGS"'}') $(faults)" "422 /secrets required"
    check "nor does one that sends them otherwise" \
        "$(put '.version = "1.3.0" | .auth.in = "basic"') $(publish 1.3.0) $(move '{"version": "1.3.0"}') $(faults)" "201 200 422 /secrets required"
    check "whoever gives them anew decides that" "$(move "$(jq -nc --argjson x "$SECRETS" '{version: "1.3.0", secrets: $x}')") $(said .connector_version)" "200 1.3.0"
    check "and back, by giving them once more" "$(move "$(jq -nc --argjson x "$SECRETS" '{version: "1.0.0", secrets: $x}')") $(said .connector_version)" "200 1.0.0"
}

retired() {
    check "versions are retired" "$(ask POST /v1/connectors/kestrel/versions/1.2.0/retire) $(said .state) $(ask POST /v1/connectors/kestrel/versions/1.3.0/retire)" "200 retired 200"
    check "once" "$(ask POST /v1/connectors/kestrel/versions/1.2.0/retire) $(said .code)" "409 connector-version-fixed"
    check "nothing is moved to one" "$(move '{"version": "1.3.0"}') $(faults)" "422 /version not_published"
    check "and the newest is the one before" "$(ask GET "/v1/connections/$CON") $(said .connector_newest)" "200 1.1.0"
}

nobody_else() {
    on_harbor() { status_of --http2 -X "$1" -H "authorization: Bearer $OTHERS" -H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)" "${@:3}" "$(url "$2" "$HARBOR")"; }
    check "another partner does not find it" "$(on_harbor GET /v1/connectors/kestrel)" 404
    check "nor in the list" "$(on_harbor GET /v1/connectors) $(said '[.data[] | select(.own)] | length')" "200 0"
    check "nor its versions" "$(on_harbor GET /v1/connectors/kestrel/versions) $(said '.data | length') $(on_harbor GET /v1/connectors/kestrel/versions/1.0.0)" "200 0 404"
    check "nor can it publish or retire one" "$(on_harbor POST /v1/connectors/kestrel/versions/1.1.0/publish) $(on_harbor POST /v1/connectors/kestrel/versions/1.1.0/retire)" "404 404"
    check "or move the connection" "$(on_harbor POST "/v1/connections/$CON/version" -H 'content-type: application/json' --data-binary '{"version": "1.1.0"}')" 404
    package '.title = "Another kestrel"' >"$DATA/work/package"
    check "but may have one of the same name" "$(on_harbor POST /v1/connectors -H 'content-type: application/json' --data-binary "@$DATA/work/package")" 201
    check "without the other's hash being its own signature" "$(pg_sql "select count(distinct signature), count(distinct signer) from tenon.own_connector where version = '1.0.0'")" "2|1"
    check "of which the first sees nothing" "$(ask_first GET /v1/connectors/kestrel) $(said .title)" "200 Kestrel Depot"
}
ask_first() { status_of --http2 -X "$1" -H "authorization: Bearer $NORTHWIND_KEY" "$(url "$2")"; }

# What was changed past the program: by whoever can write into the database, and has no key of the servers.
tamper() { pg_sql "set session_replication_role = replica; update tenon.own_connector v set $1 where name = 'kestrel' and version = '$2' and author is not null and exists (select from tenon.partner p where p.partner_id = v.partner_id and p.slug = 'northwind')" >/dev/null; }
tampered() {
    end worker 5
    end api 5
    tamper "document = replace(document, 'api.kestreldepot.example', 'api.collector.example')" 1.0.0
    api_start "${API_SETTINGS[@]}" || exit 1
    worker_start "${WORKER_SETTINGS[@]}" || exit 1
    check "a version whose row was changed is told" "$(ask GET /v1/connectors/kestrel/versions) $(said '[.data[] | [.version, .genuine]]')" '200 [["1.3.0",true],["1.2.0",true],["1.1.0",true],["1.0.1",true],["1.0.0",false]]'
    holds "a connection that works by it can be looked at" check_done "$CON"
    check "and calls nobody" "$(said '.checks[0] | .verdict, .reason' | tr '\n' ' ' | grep -c 'signature does not fit')" 1
    check "its deliveries are not taken" "$(deliver D-9003 w-kestrel)" 409
    check "whoever runs the server reads of it" "$(grep -c 'row was changed outside' "$DATA"/log/worker*.log | sed 's/.*://' | sort -n | tail -n 1 | grep -vc '^0$')" 1
    check "a hash that fits the change does not help" "$(tamper "sha256 = sha256(convert_to(document, 'UTF8'))" 1.0.0; ask GET /v1/connectors/kestrel/versions/1.0.0) $(said .genuine)" "200 false"
    check "nor does the signature of another version" "$(tamper "signature = (select signature from tenon.own_connector o where o.partner_id = v.partner_id and o.name = v.name and o.version = '1.1.0')" 1.0.0; ask GET /v1/connectors/kestrel/versions/1.0.0) $(said .genuine)" "200 false"
    check "the way out is another version, with the secrets given anew" "$(move "$(jq -nc --argjson s "$(settings '.edition = "8"')" '{version: "1.1.0", settings: $s, permissions: ["depot.audit"]}')") $(faults)" "422 /secrets required"
    check "with them it is moved" "$(move "$(jq -nc --argjson s "$(settings '.edition = "8"')" --argjson x "$SECRETS" '{version: "1.1.0", settings: $s, secrets: $x, permissions: ["depot.audit"]}')") $(said .connector_version)" "200 1.1.0"
    holds "and tried" check_done "$CON"
    check "it works again" "$(verdicts)" "$WELL"
}

main "$@"
