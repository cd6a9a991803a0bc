# shellcheck shell=bash disable=SC2154
# API keys, OAuth clients and their tokens, and what partners vouch for. Sourced by tests/api/run. Made-up credentials come
# from 127.0.0.8, so that nothing else is slowed by them.

caller_checks() {
    CALLERS_KEY=$(key_with keys:read,keys:write,signin:read,signin:write,orders:read,messages:read,connections:read)
    keys_made
    keys_given
    keys_changed
    keys_rotated
    keys_revoked
    keys_addresses
    keys_hidden
    clients_made
    tokens_given
    tokens_refused
    tokens_ended
    token_keys_rotated
    embeds_made
    embeds_used
}

# send METHOD PATH KEY JSON [CURL…]
send() {
    local method=$1 path=$2 key=$3 body=$4
    shift 4
    ask "$method" "$path" "$key" --json "$body" "$@"
}

# soon STATUS PATH KEY: that it is so within a second and a bit.
soon() {
    local i
    for i in {1..15}; do
        [ "$(ask GET "$2" "$3" --interface 127.0.0.8)" != "$1" ] || return 0
        sleep 0.1
    done
    return 1
}

keys_made() {
    check "a key is made" "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"till","scopes":["orders:read"]}')" 201
    TILL=$(said .secret) TILL_ID=$(said .id)
    check "its secret is shown, with a check in it" "$(said '.secret | test("^sk_live_[0-9a-z]{59}$")')" true
    check "the check follows from what stands before it" "$(secret_check "${TILL:0:60}")" "${TILL:60}"
    check "and what it is" "$(said '[.name, .scopes, .addresses, .customer_id, .expires_at, .last_used_at, .revoked_at]')" \
        '["till",["orders:read"],[],null,null,null,null]'
    check "its version is said" "$(header_of etag)" '"v1"'
    check "it works" "$(ask GET /v1/orders "$TILL")" 200
    check "as far as its scopes" "$(ask GET /v1/connections "$TILL")" 403
    check "it is shown without its secret" "$(ask GET "/v1/api-keys/$TILL_ID" "$CALLERS_KEY") $(said 'has("secret")')" "200 false"
    check "with its last use" "$(said '.last_used_at | test("^20")')" true
    check "and how it begins" "$(said .prefix)" "${TILL:0:12}"
    check "it is listed" "$(ask GET '/v1/api-keys?limit=200' "$CALLERS_KEY") $(said "[.data[] | select(.id == \"$TILL_ID\")] | length")" "200 1"
    check "the list has pages" "$(ask GET '/v1/api-keys?limit=1' "$CALLERS_KEY") $(said '"\(.data | length) \(.next_cursor | length > 10)"')" "200 1 true"
    check "no list shows a hash" "$(grep -c hash "$ANSWER")" 0
    check "one that is nowhere" "$(ask GET /v1/api-keys/key_01h455vb4pex5vsknk084sn02q "$CALLERS_KEY")" 404
    check "a client's id is no key's" "$(ask GET /v1/api-keys/cli_01h455vb4pex5vsknk084sn02q "$CALLERS_KEY")" 400
}

# secret_check TEXT: the last seven characters, by our own reading of the rule.
secret_check() {
    local digits=0123456789abcdefghjkmnpqrstvwxyz out='' hex i
    hex=$(printf %s "$1" | sha256sum)
    for i in 0 2 4 6 8 10 12; do out+=${digits:$((16#${hex:i:2} & 31)):1}; done
    echo "$out"
}

# Nobody gives what they lack, and a customer's key cannot hold what is the partner's.
keys_given() {
    check "nobody gives what they lack" "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"x","scopes":["orders:read","brand:write"]}')" 403
    check "which is said" "$(said '.detail | contains("brand:write")')" true
    check "a scope that is none" "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"x","scopes":["orders:read","orders:eat"]}') $(said '.errors[0] | "\(.pointer) \(.code)"')" \
        "422 /scopes/1 unknown_scope"
    check "no scope at all" "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"x","scopes":[]}') $(said '.errors[0].pointer')" "422 /scopes"
    check "what is the partner's is not for a key of one customer" \
        "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"x","scopes":["signin:write"]}' -H "customer: $ALDER") $(said '.errors[0].pointer')" "422 /scopes"
    check "an end in the past" "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"x","scopes":["orders:read"],"expires_at":"2020-01-01T00:00:00Z"}') $(said '.errors[0].code')" \
        "422 in_the_past"
    check "a network with bits behind its length" \
        "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"x","scopes":["orders:read"],"addresses":["192.0.2.1","192.0.2.1/24"]}') $(said '.errors[0].pointer')" "422 /addresses/1"
    check "a store brand that is nowhere" \
        "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"x","scopes":["orders:read"],"brand_id":"brd_01h455vb4pex5vsknk084sn02q"}' -H "customer: $ALDER")" 409
    check "whoever may not make keys makes none" "$(send POST /v1/api-keys "$TILL" '{"name":"x","scopes":["orders:read"]}')" 403
    check "a key for one customer" \
        "$(send POST /v1/api-keys "$CALLERS_KEY" '{"name":"alder till","scopes":["orders:read","keys:read","keys:write"]}' -H "customer: $ALDER") $(said .customer_id)" "201 $ALDER"
    ALDER_TILL=$(said .secret) ALDER_TILL_ID=$(said .id)
    check "sees that customer's orders" "$(api_orders "$NORTHWIND" "$ALDER_TILL" | jq -r .customer_id | sort -u)" "$ALDER"
}

keys_changed() {
    check "a change wants the version" "$(send PATCH "/v1/api-keys/$TILL_ID" "$CALLERS_KEY" '{"name":"desk"}')" 428
    check "an old version does not do" "$(send PATCH "/v1/api-keys/$TILL_ID" "$CALLERS_KEY" '{"name":"desk"}' -H 'if-match: "v7"')" 412
    check "a key is renamed and given an end" \
        "$(send PATCH "/v1/api-keys/$TILL_ID" "$CALLERS_KEY" '{"name":"desk","expires_at":"2099-01-01T00:00:00Z"}' -H 'if-match: "v1"') $(said '[.name, .expires_at]') $(header_of etag)" \
        '200 ["desk","2099-01-01T00:00:00Z"] "v2"'
    check "what is not named stays" \
        "$(send PATCH "/v1/api-keys/$TILL_ID" "$CALLERS_KEY" '{"addresses":["127.0.0.0/8"]}' -H 'if-match: "v2"') $(said '[.name, .expires_at, .addresses]')" \
        '200 ["desk","2099-01-01T00:00:00Z",["127.0.0.0/8"]]'
    check "null takes the end away" \
        "$(send PATCH "/v1/api-keys/$TILL_ID" "$CALLERS_KEY" '{"addresses":[],"expires_at":null}' -H 'if-match: "v3"') $(said '[.expires_at, .addresses]')" '200 [null,[]]'
    check "scopes do not change" "$(send PATCH "/v1/api-keys/$TILL_ID" "$CALLERS_KEY" '{"scopes":["keys:write"]}' -H 'if-match: "v4"')" 422
    send POST /v1/api-keys "$CALLERS_KEY" "{\"name\":\"short\",\"scopes\":[\"orders:read\"],\"expires_at\":\"$(date -u -d '+1 hour' +%FT%TZ)\"}" >/dev/null
    SHORT=$(said .secret) # looked at again in tests/api/parts/attacks.sh, when it has ended
    check "until it ends a key works" "$(ask GET /v1/orders "$SHORT")" 200
}

keys_rotated() {
    local old=$TILL
    check "a key is rotated" "$(send POST "/v1/api-keys/$TILL_ID/rotate" "$CALLERS_KEY" '{"overlap_seconds":3600}') $(said '.secret | test("^sk_live_")')" "200 true"
    TILL=$(said .secret)
    check "until when the old secret is good is said" "$(said '.previous_secret_until | test("^20")')" true
    check "both secrets work" "$(ask GET /v1/orders "$old") $(ask GET /v1/orders "$TILL")" "200 200"
    check "it is rotated again, at once" "$(send POST "/v1/api-keys/$TILL_ID/rotate" "$CALLERS_KEY" '{"overlap_seconds":0}')" 200
    check "the first is over within a second" "$(soon 401 /v1/orders "$old" && echo yes)" yes
    check "and so is the second" "$(soon 401 /v1/orders "$TILL" && echo yes)" yes
    ROTATED=$old
    send POST "/v1/api-keys/$TILL_ID/rotate" "$CALLERS_KEY" '{"overlap_seconds":0}' >/dev/null
    TILL=$(said .secret)
    check "the newest works" "$(ask GET /v1/orders "$TILL")" 200
    check "an overlap has its limit" "$(send POST "/v1/api-keys/$TILL_ID/rotate" "$CALLERS_KEY" '{"overlap_seconds":604801}')" 422
    check "a key that may more is not shown to who may less" \
        "$(send POST "/v1/api-keys/$(key_id "may keys:read,keys:write,signin:read,signin:write,orders:read,messages:read,connections:read")/rotate" \
            "$(key_with keys:write)" '{"overlap_seconds":0}')" 403
}

key_id() {
    local id
    id=$(pg_sql "select api_key_id from tenon.api_key where name = '$1' order by api_key_id desc limit 1")
    id_text key "$id"
}

keys_revoked() {
    check "a key is revoked" "$(send POST "/v1/api-keys/$TILL_ID/revoke" "$CALLERS_KEY" '{}') $(said '.revoked_at | test("^20")')" "200 true"
    check "it is refused within a second" "$(soon 401 /v1/orders "$TILL" && echo yes)" yes
    check "it stays revoked" "$(send POST "/v1/api-keys/$TILL_ID/rotate" "$CALLERS_KEY" '{"overlap_seconds":0}')" 409
    check "revoking it again changes nothing" "$(send POST "/v1/api-keys/$TILL_ID/revoke" "$CALLERS_KEY" '{}')" 200
    REVOKED=$TILL
}

keys_addresses() {
    send POST /v1/api-keys "$CALLERS_KEY" '{"name":"bound","scopes":["orders:read"],"addresses":["127.0.0.7","2001:db8::/32"]}' >/dev/null
    BOUND=$(said .secret)
    check "from its address a key works" "$(ask GET /v1/orders "$BOUND" --interface 127.0.0.7)" 200
    check "from another it is unknown" "$(ask GET /v1/orders "$BOUND" --interface 127.0.0.8)" 401
    said 'del(.instance)' >"$DATA/work/outside"
    ask GET /v1/orders "sk_live_$(printf 'z%.0s' {1..52})" --interface 127.0.0.8 >/dev/null
    check "in the same words" "$(said 'del(.instance)')" "$(cat "$DATA/work/outside")"
}

# Of another customer, and of another partner.
keys_hidden() {
    check "a customer's key does not see the partner's keys" "$(ask GET "/v1/api-keys/$TILL_ID" "$ALDER_TILL")" 404
    check "nor revoke them" "$(send POST "/v1/api-keys/$TILL_ID/revoke" "$ALDER_TILL" '{}')" 404
    check "it sees its own" "$(ask GET "/v1/api-keys/$ALDER_TILL_ID" "$ALDER_TILL") $(ask GET /v1/api-keys "$ALDER_TILL") $(said '[.data[].customer_id] | unique')" "200 200 [\"$ALDER\"]"
    check "and makes others of its customer alone" \
        "$(send POST /v1/api-keys "$ALDER_TILL" '{"name":"second","scopes":["orders:read"]}') $(said .customer_id)" "201 $ALDER"
    HARBOR_ALL=$(ctl key create --partner harbor --name all --scopes keys:read,keys:write,orders:read)
    check "another partner's host knows none of them" "$(ON=$HARBOR ask GET "/v1/api-keys/$TILL_ID" "$HARBOR_ALL")" 404
}

clients_made() {
    check "a client is made" "$(send POST /v1/clients "$CALLERS_KEY" '{"name":"warehouse","scopes":["orders:read","messages:read"]}')" 201
    CLIENT=$(said .id) CLIENT_SECRET=$(said .secret)
    check "its secret is shown" "$(said '"\(.id | startswith("cli_")) \(.secret | test("^cs_[0-9a-z]{59}$")) \(.scopes)"')" 'true true ["orders:read","messages:read"]'
    check "once" "$(ask GET "/v1/clients/$CLIENT" "$CALLERS_KEY") $(said 'has("secret")')" "200 false"
    check "it is listed" "$(ask GET /v1/clients "$CALLERS_KEY") $(said '[.data[].name]')" '200 ["warehouse"]'
    check "nobody gives what they lack" "$(send POST /v1/clients "$CALLERS_KEY" '{"name":"x","scopes":["brand:write"]}')" 403
    check "a client of one customer" "$(send POST /v1/clients "$CALLERS_KEY" '{"name":"alder","scopes":["orders:read"]}' -H "customer: $ALDER") $(said .customer_id)" "201 $ALDER"
    ALDER_CLIENT=$(said .id) ALDER_CLIENT_SECRET=$(said .secret)
    HARBOR_CLIENT=$(ctl client create --partner harbor --name theirs --scopes orders:read)
}

# token ID SECRET [FORM…]: prints the status.
token() {
    local id=$1 secret=$2 more=() pair
    shift 2
    for pair; do more+=(--data-urlencode "$pair"); done
    status_of --http2 -X POST -u "$id:$secret" --data-urlencode grant_type=client_credentials "${more[@]}" \
        ${FROM:+--interface "$FROM"} "$(url /oauth/token "${ON:-$NORTHWIND}")"
}
# part N: the N-th part of the last token, as JSON.
part() { said .access_token | cut -d. -f"$1" | tr '_-' '/+' | base64 -di 2>/dev/null || true; }

tokens_given() {
    local at
    check "a client gets a token" "$(token "$CLIENT" "$CLIENT_SECRET") $(said '"\(.token_type) \(.expires_in) \(.scope)"')" "200 Bearer 900 orders:read messages:read"
    TOKEN=$(said .access_token)
    check "which nobody may keep" "$(header_of cache-control)" no-store
    check "its head names algorithm, kind and key" "$(part 1 | jq -rc '[.alg, .typ, (.kid | startswith("tky_")), (keys | length)]')" '["ES256","JWT",true,3]'
    check "it is the host's, for the host, of the client" "$(part 2 | jq -rc '[.iss, .aud, .sub, .client_id, (.jti | startswith("tok_")), (.partner | startswith("prt_")), .exp - .iat, .customer]')" \
        "[\"https://$NORTHWIND\",\"https://$NORTHWIND\",\"$CLIENT\",\"$CLIENT\",true,true,900,null]"
    at=$(said .access_token)
    check "it works" "$(ask GET /v1/orders "$at")" 200
    check "in the partner's rows" "$(said '[.data[].customer_id] | unique | length')" 2
    check "as far as its scopes" "$(ask GET /v1/connections "$at")" 403
    check "a token may be narrowed" "$(token "$CLIENT" "$CLIENT_SECRET" scope=messages:read) $(said .scope)" "200 messages:read"
    check "and then is narrow" "$(ask GET /v1/orders "$(said .access_token)")" 403
    check "credentials may stand in the body" \
        "$(status_of -d grant_type=client_credentials -d "client_id=$CLIENT" -d "client_secret=$CLIENT_SECRET" "$(url /oauth/token)")" 200
    check "a customer's client gets a customer's token" "$(token "$ALDER_CLIENT" "$ALDER_CLIENT_SECRET") $(part 2 | jq -r .customer)" "200 $ALDER"
    check "which sees that customer's orders" "$(api_orders "$NORTHWIND" "$(said .access_token)" | jq -r .customer_id | sort -u)" "$ALDER"
    check "the use is noted" "$(ask GET "/v1/clients/$CLIENT" "$CALLERS_KEY") $(said '.last_used_at | test("^20")')" "200 true"
    check "the key set is published" "$(status_of "$(url /oauth/jwks.json)") $(said '[.keys[] | [.kty, .crv, .alg, .use, (.x | length), (.y | length), has("d")]]')" \
        '200 [["EC","P-256","ES256","sig",43,43,false]]'
    check "each host has its own" "$(status_of "$(url /oauth/jwks.json "$HARBOR")") $(said '.keys | length')" "200 0"
    check "a client can find all that out" \
        "$(status_of "$(url /.well-known/oauth-authorization-server)") $(said '[.issuer, .token_endpoint, .jwks_uri, .grant_types_supported[0]]')" \
        "200 [\"https://$NORTHWIND\",\"https://$NORTHWIND/oauth/token\",\"https://$NORTHWIND/oauth/jwks.json\",\"client_credentials\"]"
}

# oauth_fault SENTENCE STATUS ERROR GOT
oauth_fault() { check "$1" "$4 $(said .error)" "$2 $3"; }

tokens_refused() {
    local FROM=127.0.0.8
    oauth_fault "a wrong secret" 401 invalid_client "$(token "$CLIENT" "cs_$(printf 'z%.0s' {1..59})")"
    check "is told how to say who it is" "$(header_of www-authenticate)" 'Basic realm="token"'
    oauth_fault "a client that is nowhere" 401 invalid_client "$(token cli_01h455vb4pex5vsknk084sn02q "$CLIENT_SECRET")"
    oauth_fault "another host's client" 401 invalid_client "$(ON=$HARBOR token "$CLIENT" "$CLIENT_SECRET")"
    oauth_fault "an API key is no client" 401 invalid_client "$(token "$TILL_ID" "$CALLERS_KEY")"
    oauth_fault "no client at all" 401 invalid_client "$(status_of -d grant_type=client_credentials "$(url /oauth/token)" --interface "$FROM")"
    oauth_fault "both ways at once" 400 invalid_request "$(token "$CLIENT" "$CLIENT_SECRET" "client_secret=$CLIENT_SECRET")"
    oauth_fault "another grant" 400 unsupported_grant_type \
        "$(status_of -u "$CLIENT:$CLIENT_SECRET" -d grant_type=password "$(url /oauth/token)")"
    oauth_fault "no grant" 400 invalid_request "$(status_of -u "$CLIENT:$CLIENT_SECRET" -d x=1 "$(url /oauth/token)")"
    oauth_fault "a scope that is not the client's" 400 invalid_scope "$(token "$CLIENT" "$CLIENT_SECRET" "scope=orders:read keys:write")"
    oauth_fault "a scope that is none" 400 invalid_scope "$(token "$CLIENT" "$CLIENT_SECRET" scope=everything)"
    check "a parameter twice" "$(token "$CLIENT" "$CLIENT_SECRET" scope=orders:read scope=orders:read)" 400
    check "JSON is no form" "$(status_of -u "$CLIENT:$CLIENT_SECRET" --json '{}' "$(url /oauth/token)")" 415
    sleep 1 # what was wrong is paid back
}

# end_token TOKEN ID SECRET
end_token() { status_of -X POST -u "$2:$3" --data-urlencode "token=$1" "$(url /oauth/revoke)"; }

tokens_ended() {
    local at other
    token "$CLIENT" "$CLIENT_SECRET" >/dev/null
    at=$(said .access_token)
    check "a token works" "$(ask GET /v1/orders "$at")" 200
    check "another client cannot end it" "$(end_token "$at" "$ALDER_CLIENT" "$ALDER_CLIENT_SECRET") $(ask GET /v1/orders "$at")" "200 200"
    check "its client ends it" "$(end_token "$at" "$CLIENT" "$CLIENT_SECRET")" 200
    check "it is refused within a second" "$(soon 401 /v1/orders "$at" && echo yes)" yes
    ENDED=$at
    check "the client's other token is not" "$(ask GET /v1/orders "$TOKEN")" 200
    check "ending nonsense is no fault" "$(end_token nonsense "$CLIENT" "$CLIENT_SECRET")" 200
    check "ending wants a client" "$(end_token "$at" "$CLIENT" wrong)" 401
    send POST /v1/clients "$CALLERS_KEY" '{"name":"brief","scopes":["orders:read"]}' >/dev/null
    other=$(said .id)
    token "$other" "$(said .secret)" >/dev/null
    GONE=$(said .access_token)
    check "a client's token works" "$(ask GET /v1/orders "$GONE")" 200
    check "a client is revoked" "$(send POST "/v1/clients/$other/revoke" "$CALLERS_KEY" '{}') $(said '.revoked_at | test("^20")')" "200 true"
    check "its tokens are refused within a second" "$(soon 401 /v1/orders "$GONE" && echo yes)" yes
}

token_keys_rotated() {
    local kid
    kid=$(ctl token-key rotate --partner northwind)
    check "the key that signs is rotated" "${kid:0:4}" tky_
    check "the next token is signed by it" "$(token "$CLIENT" "$CLIENT_SECRET") $(part 1 | jq -r .kid)" "200 $kid"
    check "and works" "$(ask GET /v1/orders "$(said .access_token)")" 200
    check "tokens of the one before still do" "$(ask GET /v1/orders "$TOKEN")" 200
    check "both are published, the new one first" "$(status_of "$(url /oauth/jwks.json)") $(said '"\(.keys | length) \(.keys[0].kid)"')" "200 2 $kid"
    pg_sql "update tenon.signing_key set retired_at = retired_at - interval '17 minutes' where retired_at is not null"
    check "when its tokens have ended it is gone" "$(status_of "$(url /oauth/jwks.json)") $(said '.keys | length')" "200 1"
    check "and what it signed is refused" "$(soon 401 /v1/orders "$TOKEN" && echo yes)" yes
    pg_sql "update tenon.signing_key set retired_at = retired_at + interval '17 minutes' where retired_at is not null"
}

# ---- tokens made here, by openssl: what no server of ours would make ----

b64url() { base64 -w 0 | tr '/+' '_-' | tr -d '='; }

# key_pair NAME: an ES256 pair in DATA/work/NAME.pem. jwk_of NAME: its public half.
key_pair() { openssl ecparam -genkey -name prime256v1 -noout -out "$DATA/work/$1.pem" 2>/dev/null; }
jwk_of() {
    local point
    point=$(openssl ec -in "$DATA/work/$1.pem" -pubout -outform DER 2>/dev/null | tail -c 64 | xxd -p -c 64)
    jq -nc --arg x "$(xxd -r -p <<<"${point:0:64}" | b64url)" --arg y "$(xxd -r -p <<<"${point:64}" | b64url)" \
        '{kty: "EC", crv: "P-256", x: $x, y: $y}'
}

# raw_signature NAME < TEXT: r and s, 32 octets each.
raw_signature() {
    local parts=()
    mapfile -t parts < <(openssl dgst -sha256 -sign "$DATA/work/$1.pem" | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p')
    printf '%64s%64s' "${parts[0]}" "${parts[1]}" | tr ' ' 0 | xxd -r -p
}

# jwt NAME HEAD CLAIMS: signed with the pair NAME.
jwt() {
    local signed
    signed=$(printf %s "$2" | b64url).$(printf %s "$3" | b64url)
    echo "$signed.$(printf %s "$signed" | raw_signature "$1" | b64url)"
}

# vouch [JQ-FILTER [NAME [KID]]]: what a partner's server would sign.
vouch() {
    local claims
    claims=$(jq -nc --arg aud "https://$NORTHWIND" --arg cus "$ALDER" --arg jti "$RANDOM$RANDOM$RANDOM" --argjson now "$(date +%s)" \
        '{aud: $aud, sub: "orders:user-17", customer: $cus, jti: $jti, iat: $now, exp: ($now + 60)} | '"${1:-.}")
    jwt "${2:-pages}" "$(jq -nc --arg kid "${3:-$EMBED}" '{alg: "ES256", typ: "JWT", kid: $kid}')" "$claims"
}
session() {
    local token=$1
    shift
    send POST /v1/embed/session '' "{\"token\":\"$token\"}" --interface 127.0.0.8 "$@"
}

embeds_made() {
    local body
    key_pair pages
    key_pair other
    body=$(jq -nc --argjson jwk "$(jwk_of pages)" '{name: "portal", jwk: $jwk, origins: ["https://portal.example", "https://portal.example:8443"]}')
    check "a key for pages is registered" "$(send POST /v1/embed-keys "$CALLERS_KEY" "$body")" 201
    EMBED=$(said .id)
    check "and shown with its public half" "$(said '"\(.id | startswith("emb_")) \(.origins | length) \(.jwk.x)"')" "true 2 $(jwk_of pages | jq -r .x)"
    check "it is listed" "$(ask GET /v1/embed-keys "$CALLERS_KEY") $(said '[.data[].name]')" '200 ["portal"]'
    check "a private half is refused" "$(send POST /v1/embed-keys "$CALLERS_KEY" "$(jq -c '.jwk.d = "AAAA"' <<<"$body")") $(said '.errors[0] | "\(.pointer) \(.code)"')" \
        "422 /jwk private_key"
    check "a point beside the curve is refused" "$(send POST /v1/embed-keys "$CALLERS_KEY" "$(jq -c '.jwk.x = .jwk.y' <<<"$body")") $(said '.errors[0].pointer')" "422 /jwk"
    check "an origin with a path is refused" "$(send POST /v1/embed-keys "$CALLERS_KEY" "$(jq -c '.origins = ["https://a.example/x"]' <<<"$body")") $(said '.errors[0].pointer')" \
        "422 /origins/0"
    check "without encryption as well" "$(send POST /v1/embed-keys "$CALLERS_KEY" "$(jq -c '.origins = ["http://a.example"]' <<<"$body")")" 422
    check "whoever may not gets none" "$(send POST /v1/embed-keys "$ALDER_TILL" "$body")" 403
    check "nobody has pages that read what they may not" \
        "$(send POST /v1/embed-keys "$(key_with signin:write,orders:read,messages:read)" "$body") $(said '.detail | contains("connections:read")')" "403 true"
}

embeds_used() {
    local token at
    token=$(vouch)
    check "what the partner signed gives a session" "$(session "$token") $(said '"\(.view) \(.customer_id) \(.expires_in)"')" "201 orders $ALDER 900"
    at=$(said .access_token)
    check "once" "$(session "$token")" 401
    check "it reads its view" "$(ask GET /v1/orders "$at") $(said '[.data[].customer_id] | unique')" "200 [\"$ALDER\"]"
    check "and nothing else" "$(ask GET /v1/connections "$at") $(send POST "/v1/orders/$ORDER/release" "$at" '{}')" "403 403"
    check "from one of its pages" "$(session "$(vouch)" -H 'origin: https://portal.example')" 201
    check "from our own page" "$(session "$(vouch)" -H "origin: https://$NORTHWIND")" 201
    check "from any other page not" "$(session "$(vouch)" -H 'origin: https://evil.example')" 401
    check "a key for pages is withdrawn" "$(ask DELETE "/v1/embed-keys/$EMBED" "$CALLERS_KEY")" 204
    check "its sessions end within a second" "$(soon 401 /v1/orders "$at" && echo yes)" yes
    check "and it opens no more" "$(session "$(vouch)")" 401
    check "it is not there to be withdrawn again" "$(ask DELETE "/v1/embed-keys/$EMBED" "$CALLERS_KEY")" 404
}
