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
    unknown
    slow
    listed_long
    deleted
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

# package [JQ-FILTER [JQ-FILTER [JQ-OPTION…]]]: the invented vendor's manifest, changed, with its mappings.
package() {
    local kinds=("${@:3}") kind
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
    check "as a draft that is signed" "$(ask GET /v1/connectors/kestrel/versions) $(said '.data[0] | [.state, .signed, .connections, (.signature | length), .published_at]')" '200 ["draft",true,0,128,null]'
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

# job STATE, then effect STATE: of a change that the connection sent, as a worker leaves it that was killed.
sent() {
    pg_sql "set session_replication_role = replica;
        insert into tenon.job (partner_id, customer_id, job_id, message_id, connection_id, origin_key, kind, business_key, lane, state, run_at,
                               deadline_at, created_at)
        select partner_id, customer_id, '$SENT', gen_random_uuid(), connection_id, 'own-sent', 'order', 'order:own-sent', 1, '$1', now(),
               now() + interval '1 hour', now() from tenon.connection where name = 'Depot' and connector = 'kestrel';
        insert into tenon.effect (partner_id, customer_id, effect_id, connection_id, operation, effect_key, job_id, lease_epoch, state, sends, sent_at, confirmed_at)
        select partner_id, customer_id, gen_random_uuid(), connection_id, 'stock.set', 'own-sent', '$SENT', 1, '$2', 1, now(),
               case '$2' when 'confirmed' then now() end
          from tenon.connection where name = 'Depot' and connector = 'kestrel'" >/dev/null
}
unsent() { pg_sql "set session_replication_role = replica; delete from tenon.effect where job_id = '$SENT'; delete from tenon.job where job_id = '$SENT'" >/dev/null; }
onto_newer() { move "$(jq -nc --argjson s "$(settings '.edition = "8"')" '{version: "1.1.0", settings: $s, permissions: ["depot.audit"]} + '"${1:-{\}}")"; }
onto_first() { move "$(jq -nc --argjson s "$(settings)" '{version: "1.0.0", settings: $s}')"; }

# What one version has sent is found out by that version.
unknown() {
    SENT=$(cat /proc/sys/kernel/random/uuid)
    sent held unknown
    check "a move waits while it is not known what became of what was sent" "$(onto_newer) $(said '[.code, (.detail | test("1 change that the connection sent"))]')" '409 ["effects-unknown",true]'
    unsent
    sent held sent
    check "or of what a worker has sent that is no more" "$(onto_newer) $(said .code)" "409 effects-unknown"
    check "unless somebody says why" "$(onto_newer '{despite_unknown: "The vendor was called."}') $(said .connector_version)" "200 1.1.0"
    check "which stands on record" "$(ask GET '/v1/audit?action=connection.move') $(said '.data[0].detail')" "200 kestrel 1.0.0 to 1.1.0, other settings, despite what is unknown: The vendor was called."
    unsent
    sent held confirmed
    check "what is known to be done holds nothing up" "$(onto_first) $(said .connector_version)" "200 1.0.0"
    unsent
}

BURNS='$string($count([1..90000][$ % 7 = 1]))'
# What takes long to read is sent away to come again, and the connection says why.
slow() {
    check "a delivery is taken" "$(deliver D-9100 w-kestrel)" 200
    check "and none was put off" "$(ask GET "/v1/connections/$CON") $(said '[.deliveries_put_off_at, .deliveries_put_off]')" "200 [null,null]"
    check "a version whose hooks take long" "$(put '.version = "1.4.0" | .hooks.id.expr = $slow' . --arg slow "$BURNS") $(publish 1.4.0)" "201 200"
    check "to which the connection is moved" "$(move '{"version": "1.4.0"}') $(said .connector_version)" "200 1.4.0"
    holds "puts its deliveries off" put_off
    check "to come again" "$(said '[.code, .status]')" '["connector-slow",503]'
    check "and the connection says why" "$(ask GET "/v1/connections/$CON") $(said '[.deliveries_put_off_at != null, (.deliveries_put_off | test("make them simpler"))]')" "200 [true,true]"
    check "others' deliveries are taken as before" "$(ask GET /v1/connectors/kestrel)" 200
    holds "a check" check_done "$CON"
    check "says so" "$(said '.checks[] | select(.name == "webhook") | [.verdict, (.reason | test("put off"))]')" '["failed",true]'
    check "back" "$(onto_first) $(said .connector_version)" "200 1.0.0"
    holds "they are taken again" taken D-9101
    pg_sql "update tenon.connection_life set hooks_put_off_at = null, hooks_put_off_why = null" >/dev/null # as an hour later
}
# A door knows its connection for a second.
put_off() {
    local i
    for ((i = 0; i < 50; i++)); do
        [ "$(deliver "D-91$i" w-kestrel)" != 503 ] || return 0
        sleep 0.2
    done
    return 1
}
taken() {
    local i
    for ((i = 0; i < 50; i++)); do
        [ "$(deliver "$1-$i" w-kestrel)" != 200 ] || return 0
        sleep 0.2
    done
    return 1
}

# All that is read of what a vendor lists has one budget.
listed_long() {
    check "a version that takes long over each subscription" \
        "$(put '.version = "1.5.0" | .subscriptions = {list: "articles.list", item: {topic: $slow, address: $slow, works: $slow, ref: $slow},
            create: {operation: "articles.put", with: "{}"}, delete: {operation: "articles.put", with: "{}"}, topics: ["a"]}' . --arg slow "$BURNS") $(publish 1.5.0)" "201 200"
    check "is what the connection works by" "$(move '{"version": "1.5.0"}') $(said .connector_version)" "200 1.5.0"
    check "its subscriptions are kept" "$(ask PUT "/v1/connections/$CON/subscriptions" --json '{"kept": true}')" 200
    holds "the look breaks off" look_fails
    check "and says why" "$(said '.fault | test("take more than the 500 ms of a processor")')" true
    check "nobody's subscriptions any more" "$(ask PUT "/v1/connections/$CON/subscriptions" --json '{"kept": false}')" 200
    check "back" "$(onto_first) $(said .connector_version)" "200 1.0.0"
}
look_fails() {
    local i
    for ((i = 0; i < 300; i++)); do
        ask GET "/v1/connections/$CON/subscriptions" >/dev/null
        [ "$(said '.fault != null')" != true ] || return 0
        sleep 0.2
    done
    return 1
}

# Documents give their room back; that they were there stays.
deleted() {
    check "what is published is not deleted" "$(ask DELETE /v1/connectors/kestrel/versions/1.5.0) $(said .code)" "409 connector-version-fixed"
    check "nor what connections work by" "$(ask POST /v1/connectors/kestrel/versions/1.0.0/retire) $(ask DELETE /v1/connectors/kestrel/versions/1.0.0) $(said .detail)" \
        "200 409 connections work by this version; move them to another one first"
    pg_sql "set session_replication_role = replica; update tenon.own_connector set state = 'published', retired_by = null, retired_at = null where version = '1.0.0'" >/dev/null
    check "a retired one is" "$(ask DELETE /v1/connectors/kestrel/versions/1.3.0) $(ask GET /v1/connectors/kestrel/versions/1.3.0)" "204 404"
    check "once" "$(ask DELETE /v1/connectors/kestrel/versions/1.3.0)" 404
    check "its line stays" "$(ask GET '/v1/connectors/kestrel/versions') $(said '.data[] | select(.version == "1.3.0") | [.state, .octets, .deleted_by != null]')" '200 ["deleted",4,true]'
    check "and who did it" "$(ask GET '/v1/audit?action=connector.delete') $(said '.data[0].detail')" "200 kestrel 1.3.0"
}

nobody_else() {
    on_harbor() { status_of --http2 -X "$1" -H "authorization: Bearer $OTHERS" -H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)" "${@:3}" "$(url "$2" "$HARBOR")"; }
    check "another partner does not find it" "$(on_harbor GET /v1/connectors/kestrel)" 404
    check "nor in the list" "$(on_harbor GET /v1/connectors) $(said '[.data[] | select(.own)] | length')" "200 0"
    check "nor its versions" "$(on_harbor GET /v1/connectors/kestrel/versions) $(said '.data | length') $(on_harbor GET /v1/connectors/kestrel/versions/1.0.0)" "200 0 404"
    check "nor can it publish, retire or delete one" "$(on_harbor POST /v1/connectors/kestrel/versions/1.1.0/publish) $(on_harbor POST /v1/connectors/kestrel/versions/1.1.0/retire) $(on_harbor DELETE /v1/connectors/kestrel/versions/1.1.0)" "404 404 404"
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
    check "a version whose row was changed is told" "$(ask GET /v1/connectors/kestrel/versions/1.0.0) $(said .genuine) $(ask GET /v1/connectors/kestrel/versions/1.1.0) $(said .genuine)" "200 false 200 true"
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
