# shellcheck shell=bash disable=SC2154
# Signing in at a partner's own identity provider, a stand-in on loopback (tests/fakes/idp.py): how it is set up, the
# journey there and back, and what it must not be able to do. Sourced by tests/api/run. Needs python3.

GRACE=grace@northwind.example SAM=sam@northwind.example
IDP_CLIENT="portal client" IDP_SECRET='s3cret/with:odd &chars%'

oidc_checks() {
    idp_begin
    provider_set_up
    provider_forbidden_places
    journeys
    journeys_that_go_wrong
    tokens_that_are_wrong
    providers_that_are_wrong
    people_who_are_kept_out
    provider_ring
    provider_taken_away
    end idp
}

# It takes the relay's place, which is not needed any more; the server learns to call it.
idp_begin() {
    IDP=$DATA/idp IDP_BASE=https://localhost:$((HTTPS_PORT + 4)) OIDC_FROM=0
    end smtpd
    mkdir -p "$IDP"
    [ "$(id -u)" != 0 ] || chown "$RUN_AS" "$IDP"
    install -m 0755 "$TENON_ROOT/tests/fakes/idp.py" "$DATA/app/idp.py"
    spawn idp python3 "$DATA/app/idp.py" --listen "127.0.0.1:$((HTTPS_PORT + 4))" --folder "$IDP" --base "$IDP_BASE" \
        --cert "$DATA/keys/tls.pem" --key "$DATA/keys/tls.key"
    wait_for idp 60 grep -qs '^port=' "$DATA/log/idp.log" || exit 1
    behave '{}'
    OWNER_COOKIE=$(joined owner@northwind.example "owns it all and more" "$(invite --email owner@northwind.example --role partner_owner --name Owner)")
    ADMIN_COOKIE=$(joined admin@northwind.example "looks after all of it" "$(invite --email admin@northwind.example --role partner_admin --name Admin)")
    joined "$GRACE" "grace has a password" "$(invite --email "$GRACE" --role partner_support --name Grace)" >/dev/null
}
api_again() {
    end api
    api_start "${API_SETTINGS[@]}" TENON_API_THREADS=1 "$@" || die "the server does not start again"
}

# shellcheck disable=SC2016
behave() { printf '%s' "$1" | as sh -c 'cat >"$0.new" && mv "$0.new" "$0"' "$IDP/behave"; }
idp_seen() { if [ -e "$IDP/seen" ]; then grep -c "${1:-}" "$IDP/seen" || true; else echo 0; fi; }
idp_json() {
    jq -nc --arg i "${2:-$IDP_BASE/$1}" --arg c "$IDP_CLIENT" --arg s "$IDP_SECRET" \
        '{name: "Northwind ID", issuer: $i, client_id: $c, client_secret: $s, domains: ["northwind.example"], enabled: true}'
}
# provider_put COOKIE JSON: over what is there; prints the status.
provider_put() {
    local etag
    as_user "$1" GET /v1/sign-in-provider >/dev/null
    etag=$(header_of etag)
    as_user "$1" PUT /v1/sign-in-provider ${etag:+-H "if-match: $etag"} --json "$2"
}
# idp_at PATH [JQ]: the provider is the one at this path, set up by the owner; nothing is known of it yet.
idp_at() { provider_put "$OWNER_COOKIE" "$(idp_json "$1" | jq -c "${2:-.}")" >/dev/null; }

# ---- the journey, as a browser makes it ----

# Every journey from an address of its own, so that none is slowed down for those before it.
oidc_from() {
    OIDC_FROM=$((OIDC_FROM + 1))
    FROM=(--interface "127.0.6.$OIDC_FROM")
}
# leave: the status is in LEFT.
leave() {
    LEFT=$(visit POST /v1/session/provider '{}' "${FROM[@]}")
    JOURNEY=$(sed -nE 's/^set-cookie: __Host-sign-in=([^;]*);.*/\1/Ip' "$ANSWER.header" | tr -d '\r')
    JOURNEY_URL=$(said .url)
}
# there: what the provider's answer carries back, as the page sends it on.
there() {
    local pair pairs value words=()
    curl_to -o /dev/null -D - --resolve "localhost:$((HTTPS_PORT + 4)):127.0.0.1" "$JOURNEY_URL" | tr -d '\r' |
        sed -n 's/^[Ll]ocation: //p' >"$DATA/work/location"
    IFS='&' read -ra pairs <<<"$(cut -d'?' -f2- "$DATA/work/location")"
    for pair in "${pairs[@]}"; do
        case $pair in
            state=* | code=* | iss=* | error=*)
                value=${pair#*=}
                words+=(--arg "${pair%%=*}" "$(printf '%b' "${value//%/\\x}")")
                ;;
        esac
    done
    jq -nc "${words[@]}" '$ARGS.named'
}
# back JSON [COOKIE [CURL-ARGUMENT…]]: prints the status.
back() { visit POST /v1/session/provider/return "$1" -H "cookie: __Host-sign-in=${2-$JOURNEY}" "${FROM[@]}" "${@:3}"; }
# come BEHAVIOUR: the whole journey; prints the status.
come() {
    behave "$1"
    oidc_from
    leave
    back "$(there)"
}
grace() { jq -nc --arg e "$GRACE" --argjson more "${1:-{\}}" '{email: $e} + $more'; }
why_last() { pg_sql "select detail from tenon.audit_entry where action = 'session.refuse' order by seq desc limit 1"; }
neutral='{"code":"unauthenticated","detail":"signing in this way did not work; try again or sign in another way","retryable":false,"status":401,"title":"Authentication required","type":"…"}'
said_neutral() { jq -Sc 'del(.instance, .request_id) | .type = "…"' "$ANSWER"; }
# stopped SENTENCE STATUS WHY: nobody was signed in, all are told the same, and the record says why.
stopped() {
    check "$1" "$2 $(said_neutral) $(cookie_of)" "401 $neutral "
    check "$1: on record" "$(why_last)" "$3"
}
# strays SENTENCE MORE-BEHAVIOUR WHY
strays() { stopped "$1" "$(come "$(grace "$2")")" "$3"; }

# ---- setting up ----

provider_set_up() {
    local key good etag
    key=$(key_with signin:read,signin:write)
    check "at first there is no provider" "$(as_user "$OWNER_COOKIE" GET /v1/sign-in-provider) $(as_user "$OWNER_COOKIE" DELETE /v1/sign-in-provider)" "404 404"
    check "and only passwords" "$(visit GET /v1/session/ways '{}' "${SAME[@]}") $(said '[.password, .provider]')" '200 [true,null]'
    check "nor is there a journey" "$(visit POST /v1/session/provider '{}')" 404
    good=$(idp_json plain https://id.example/tenant)
    check "who may not say how people sign in may not set it up" \
        "$(ask PUT /v1/sign-in-provider "$(key_with signin:read)" --json "$good") $(ask PUT /v1/sign-in-provider "$ALDER_KEY" --json "$good")" "403 403"
    check "without a secret none is set up" "$(ask PUT /v1/sign-in-provider "$key" --json "$(jq -c 'del(.client_secret)' <<<"$good")") $(said '.errors[0].pointer')" "422 /client_secret"
    for bad in http://id.example https://127.0.0.1/x https://10.0.0.1 https://id.localhost ftp://id.example 'https://u:p@id.example' 'https://id.example/?x=1' 'https://id.example/#x' id.example; do
        check "$bad is no issuer" "$(ask PUT /v1/sign-in-provider "$key" --json "$(idp_json x "$bad")") $(said '.errors[0].pointer')" "422 /issuer"
    done
    for bad in '[]' '["example"]' '["*.example.com"]' '["a b.example"]' '["@example.com"]' '["-a.example"]' '["a..example"]'; do
        check "$bad are no domains" "$(ask PUT /v1/sign-in-provider "$key" --json "$(jq -c ".domains = $bad" <<<"$good")") $(said '.errors[0].pointer' | cut -d/ -f2)" "422 domains"
    done
    check "the owner sets it up" "$(as_user "$OWNER_COOKIE" PUT /v1/sign-in-provider --json "$(jq -c '.domains += ["Shops.Example"]' <<<"$good")") $(said '[.name, .issuer, .domains, .enabled, .redirect_uri]')" \
        "200 [\"Northwind ID\",\"https://id.example/tenant\",[\"northwind.example\",\"shops.example\"],true,\"https://$NORTHWIND:$HTTPS_PORT/login/return\"]"
    etag=$(header_of etag)
    check "the secret is not shown" "$(as_user "$OWNER_COOKIE" GET /v1/sign-in-provider; grep -c 'secret' "$ANSWER" || true)" "2000"
    check "it is sealed" "$(pg_sql "select class, position(convert_to('$IDP_SECRET', 'UTF8') in sealed) from tenon.oidc_provider where sealed is not null")" "edge|0"
    check "the button bears its name" "$(visit GET /v1/session/ways '{}' "${SAME[@]}") $(said .provider)" "200 Northwind ID"
    check "not at another partner's" "$(ON=$HARBOR visit GET /v1/session/ways '{}' "${SAME[@]}") $(said .provider) $(ON=$HARBOR ask GET /v1/sign-in-provider "$(key_abroad signin:read)")" "200 null 404"
    check "a change names the version" "$(as_user "$OWNER_COOKIE" PUT /v1/sign-in-provider --json "$good")" 428
    check "the newest" "$(as_user "$OWNER_COOKIE" PUT /v1/sign-in-provider -H 'if-match: "v77"' --json "$good")" 412
    check "another issuer needs the secret again" "$(as_user "$OWNER_COOKIE" PUT /v1/sign-in-provider -H "if-match: $etag" \
        --json "$(idp_json x https://evil.example | jq -c 'del(.client_secret)')") $(said '.errors[0].pointer')" "422 /client_secret"
    check "another name does not" "$(as_user "$OWNER_COOKIE" PUT /v1/sign-in-provider -H "if-match: $etag" \
        --json "$(jq -c 'del(.client_secret) | .name = "Staff ID"' <<<"$good")") $(said .name)" "200 Staff ID"
    check "each change is on record" "$(pg_sql "select action, detail from tenon.audit_entry where action like 'sign_in_provider.%' order by seq desc limit 1")" \
        "sign_in_provider.put|https://id.example/tenant, client portal client, on, for northwind.example"
    check "without the secret" "$(pg_sql "select count(*) from tenon.audit_entry where detail like '%s3cret%'")" 0
    check "a long client is cut between two characters there" "$(provider_put "$OWNER_COOKIE" "$(jq -c '.client_id = "x" * 79 + "éclair"' <<<"$good")") $(pg_sql "select detail from tenon.audit_entry where action like 'sign_in_provider.%' order by seq desc limit 1" | tr -d x)" \
        "200 https://id.eample/tenant, client , on, for northwind.eample"
    check "one that is turned off is not offered" "$(provider_put "$OWNER_COOKIE" "$(jq -c '.enabled = false' <<<"$good")") $(visit GET /v1/session/ways '{}' "${SAME[@]}") $(said .provider) $(visit POST /v1/session/provider '{}')" "200 200 null 404"
}

# What was right to call once may not be now: the address is judged at each call.
provider_forbidden_places() {
    api_again TENON_ALLOW_PRIVATE_ADDRESSES=true "TENON_CA_FILE=$DATA/ca.pem"
    check "where private addresses may be called, one is set up" "$(provider_put "$OWNER_COOKIE" "$(idp_json first)")" 200
    check "but not without TLS to another machine" "$(provider_put "$OWNER_COOKIE" "$(idp_json x http://192.168.1.1/)") $(said '.errors[0].pointer')" "422 /issuer"
    api_again "TENON_CA_FILE=$DATA/ca.pem"
    check "where they may not, it is not called" "$(visit POST /v1/session/provider '{}') $(said .code) $(idp_seen)" "503 temporarily-unavailable 0"
    check "which is on record" "$(why_last)" "the provider's address may not be called"
    api_again TENON_ALLOW_PRIVATE_ADDRESSES=true
    check "one whose certificate nobody knows is not believed" "$(visit POST /v1/session/provider '{}') $(idp_seen)" "503 0"
    check "as the record says" "$(why_last | cut -d'(' -f1)" "the outside system could not prove who it is "
    api_again TENON_ALLOW_PRIVATE_ADDRESSES=true "TENON_CA_FILE=$DATA/ca.pem"
}

# ---- there and back ----

journeys() {
    local at
    behave "$(grace)"
    oidc_from
    leave
    check "a journey begins" "$LEFT ${#JOURNEY}" "201 52"
    check "with a cookie of the host alone, for ten minutes" "$(sed -nE 's/^set-cookie: __Host-sign-in=[a-z0-9]{52}; (.*)$/\1/Ip' "$ANSWER.header" | tr -d '\r')" \
        "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"
    check "and the provider's address" "$(sed -E 's/(state|nonce|code_challenge)=[^&]*/\1=…/g' <<<"$JOURNEY_URL")" \
        "$IDP_BASE/first/authorize?tenant=1&response_type=code&client_id=portal%20client&scope=openid%20email&redirect_uri=https%3A%2F%2F$NORTHWIND%3A$HTTPS_PORT%2Flogin%2Freturn&state=…&nonce=…&code_challenge=…&code_challenge_method=S256"
    check "nothing in the database finishes it" "$(pg_sql "select count(*) from tenon.one_time where kind = 'oidc' and (position(convert_to('$JOURNEY', 'UTF8') in data) > 0
        or position(convert_to(split_part(split_part('$JOURNEY_URL', 'nonce=', 2), '&', 1), 'UTF8') in data) > 0)")" 0
    at=$(there)
    check "the way back leads to the page" "$(cut -d'?' -f1 "$DATA/work/location")" "https://$NORTHWIND:$HTTPS_PORT/login/return"
    check "which takes whatever a provider adds" "$(ask GET "/login/return?$(cut -d'?' -f2- "$DATA/work/location")&anything=else" '')" 200
    check "and ends in a session" "$(back "$at") $(said '[.state, (.user_id | startswith("usr_"))]')" '200 ["signed_in",true]'
    GRACE_COOKIE=$(cookie_of)
    check "the journey's cookie goes" "$(grep -ci '^set-cookie: __Host-sign-in=; .*Max-Age=0' "$ANSWER.header")" 1
    check "the session's comes as with a password" "$(sed -nE 's/^set-cookie: __Host-session=[a-z0-9]{52}; (.*)$/\1/Ip' "$ANSWER.header" | tr -d '\r')" "Path=/; Secure; HttpOnly; SameSite=Lax"
    check "it is hers" "$(as_user "$GRACE_COOKIE" GET /v1/me) $(said '"\(.email) \(.memberships[0].role)"')" "200 $GRACE partner_support"
    check "the session says how" "$(pg_sql "select methods from tenon.session order by created_at desc limit 1")" oidc
    check "it is on record" "$(pg_sql "select detail from tenon.audit_entry where action = 'session.create' order by seq desc limit 1")" oidc
    check "she is told of the new place" "$(pg_sql "select count(*) > 0 from tenon.mail where kind = 'new_sign_in' and created_at > now() - interval '1 minute'")" t
    stopped "the same answer a second time" "$(back "$at")" "the journey to the provider is unknown, was ended before, or took too long"
    check "ES256 is taken, too" "$(come "$(grace '{"alg": "ES256"}')")" 200
    check "an address in other letters is the same" "$(come "$(jq -nc --arg e "${GRACE^^}" '{email: $e}')")" 200
    check "one of several audiences says that it was asked for here" "$(come "$(grace '{"claims": {"aud": ["portal client", "x"], "azp": "portal client"}}')")" 200
    idp_at posting
    check "a provider that wants the secret in the form gets it there" "$(come "$(grace '{"about": {"token_endpoint_auth_methods_supported": ["client_secret_post"]}}')")" 200
    idp_at main
    check "nobody's second factor is asked, but the provider's" "$(pg_sql "update tenon.sign_in_setting set second_factor_required = true"; come "$(grace)") $(as_user "$(cookie_of)" GET /v1/me) $(said .second_factor_due)" "200 200 false"
    pg_sql "update tenon.sign_in_setting set second_factor_required = false"
    check "a foreign page begins no journey" "$(visit POST /v1/session/provider '{}' -H 'origin: https://evil.test')" 403
}

lost='the journey to the provider is unknown, was ended before, or took too long'
journeys_that_go_wrong() {
    local at other
    behave "$(grace)"
    oidc_from
    leave
    at=$(there)
    stopped "a state that is nobody's" "$(back "$(jq -c '.state = "made-up"' <<<"$at")")" "$lost"
    stopped "another browser's journey" "$(back "$at" "$(printf 'x%.0s' {1..52})")" "the journey to the provider was begun in another browser"
    stopped "which is used up by it" "$(back "$at")" "$lost"
    leave
    stopped "a journey without its cookie" "$(back "$(there)" "")" "the journey to the provider was begun in another browser, or its cookie is lost"
    leave
    at=$(there)
    check "a cookie that comes twice" "$(back "$at" "$JOURNEY; __Host-sign-in=$JOURNEY")" 401
    leave
    at=$(there) other=$JOURNEY
    leave
    stopped "two journeys crossed" "$(back "$at")" "the journey to the provider was begun in another browser"
    leave
    at=$(there)
    check "another partner's host" "$(ON=$HARBOR back "$at") $(said_neutral)" "401 $neutral"
    check "where the journey is not used up" "$(back "$at")" 200
    pg_sql "insert into tenon.partner_host (partner_id, host_id, host, token, verified_at) select partner_id, gen_random_uuid(), 'second.localhost', repeat('0', 64), now()
        from tenon.partner where slug = 'northwind'"
    leave
    stopped "another host of the same partner" "$(ON=second.localhost back "$(there)" "$JOURNEY" -k)" "the journey to the provider was begun on another host"
    leave
    pg_sql "update tenon.one_time set expires_at = now() where kind = 'oidc' and used_at is null"
    stopped "a journey that took too long" "$(back "$(there)")" "$lost"
    oidc_from
    leave
    at=$(there)
    provider_put "$OWNER_COOKIE" "$(idp_json main)" >/dev/null
    stopped "a provider that was changed meanwhile" "$(back "$at")" "the provider was changed during the journey"
    leave
    at=$(there)
    stopped "another's code" "$(back "$(jq -c '.code = "made-up"' <<<"$at")")" "the provider answered with the status 400"
    leave
    other=$(there | jq -r .code)
    leave
    stopped "the code of another journey, which another verifier goes with" "$(back "$(there | jq -c --arg c "$other" '.code = $c')")" "the provider answered with the status 400"
    check "as the provider says" "$(tail -n 1 "$IDP/said")" "token: verifier"
    strays "an answer of another issuer" '{"answer": {"iss": "https://evil.example"}}' "the answer is of another issuer, or does not say of which"
    strays "an answer that does not say of which" '{"answer": {"iss": null}}' "the answer is of another issuer, or does not say of which"
    strays "an answer that says no" '{"answer": {"error": "access_denied", "code": null}}' "the provider said access_denied"
    strays "an answer that says what nobody repeats" '{"answer": {"error": "<script>", "code": null}}' "the provider said that it failed"
    strays "an answer without a code" '{"answer": {"code": null}}' "the answer has no code"
    check "a body that is none is no journey" "$(back '{"state": ["x"]}') $(back '{}')" "422 422"
}

tokens_that_are_wrong() {
    strays "a nonce of another journey" '{"claims": {"nonce": "another"}}' "the ID token is of another journey"
    strays "no nonce" '{"claims": {"nonce": null}}' "the ID token is of another journey"
    strays "no signature" '{"alg": "none"}' "the ID token is signed in a way that is not taken"
    strays "no signature, spelled otherwise" '{"alg": "none", "head": {"alg": "NoNe"}}' "the ID token is signed in a way that is not taken"
    strays "HS256 with the public key" '{"alg": "HS256"}' "the ID token is signed in a way that is not taken"
    strays "RS256 said, and the key of ES256 named" '{"kid": "ec"}' "no one key of the provider fits the ID token"
    strays "ES256 said, and the key of RS256 named" '{"alg": "ES256", "kid": "rsa"}' "no one key of the provider fits the ID token"
    strays "a stranger's signature" '{"sign_with": "stranger", "kid": "rsa"}' "the ID token's signature is wrong"
    strays "a key that the token brings along" '{"sign_with": "stranger", "kid": "rsa", "head": {"jwk": {"kty": "RSA"}, "jku": "https://evil.example"}}' "the ID token's signature is wrong"
    strays "a head that must be understood" '{"head": {"crit": ["b64"], "b64": false}}' "the ID token's head asks for what is not understood"
    strays "another issuer" '{"claims": {"iss": "https://evil.example"}}' "the ID token is of another issuer"
    strays "the issuer with a slash more" "{\"claims\": {\"iss\": \"$IDP_BASE/main/\"}}" "the ID token is of another issuer"
    strays "another audience" '{"claims": {"aud": "another client"}}' "the ID token is for another client"
    strays "no audience" '{"claims": {"aud": []}}' "the ID token is for another client"
    strays "several audiences without who asked" '{"claims": {"aud": ["portal client", "x"]}}' "the ID token was asked for by another client"
    strays "asked for by another" '{"claims": {"azp": "x"}}' "the ID token was asked for by another client"
    strays "one that has run out" '{"claims": {"shift": {"exp": -1}}}' "the ID token has run out, or does not say when it does"
    strays "one that never does" '{"claims": {"exp": null}}' "the ID token has run out, or does not say when it does"
    strays "one of the future" '{"claims": {"shift": {"iat": 600}}}' "the ID token is of the future, or does not say of when"
    strays "one that is old" '{"claims": {"shift": {"iat": -3600}}}' "the ID token is older than the journey"
    strays "one that is not good yet" '{"claims": {"shift": {"nbf": 600}}}' "the ID token is not good yet"
    strays "an address that is not verified" '{"claims": {"email_verified": false}}' "the provider has not verified the address"
    strays "verified as a word" '{"claims": {"email_verified": "true"}}' "the provider has not verified the address"
    strays "no word of it" '{"claims": {"email_verified": null}}' "the provider has not verified the address"
    strays "no address" '{"email": null}' "the ID token has no address"
    strays "of nobody" '{"claims": {"sub": null}}' "the ID token does not say of whom it speaks"
    strays "no token at all" '{"token": "not.a-token"}' "the ID token is none, or too long"
    strays "a token without end" "{\"token\": \"$(head -c 20000 /dev/zero | tr '\0' a).b.c\"}" "the ID token is none, or too long"
    new_keys
}

# A key nobody knows is asked for, but not again and again.
new_keys() {
    local n
    n=$(idp_seen 'GET jwks')
    check "a provider's new key is learnt at once" "$(come "$(grace '{"keys": ["rsa2"], "sign_with": "rsa2"}')") $(($(idp_seen 'GET jwks') - n))" "200 1"
    strays "a key that it does not have" '{"kid": "made-up"}' "the ID token's key is unknown, and the provider's were asked for just now"
    strays "again" '{"kid": "made-up-2"}' "the ID token's key is unknown, and the provider's were asked for just now"
    check "is not asked for each time" "$(($(idp_seen 'GET jwks') - n))" 1
}

# begins_not SENTENCE PATH BEHAVIOUR WHY: a provider that nobody has called before, and nobody is sent to.
begins_not() {
    idp_at "$2"
    behave "$3"
    oidc_from
    leave
    check "$1: nobody is sent there" "$LEFT $(said '[.code, .detail]')" '503 ["temporarily-unavailable","the identity provider cannot be used just now; try again or sign in another way"]'
    check "$1: on record" "$(why_last | cut -d'(' -f1)" "$4"
}
astray="the provider's description lacks an address, or has one that may not be called"

providers_that_are_wrong() {
    local began
    begins_not "a description of another issuer" mismatch '{"about": {"issuer": "https://evil.example"}}' "the provider's description is of another issuer"
    begins_not "one with a slash more" slash "{\"about\": {\"issuer\": \"$IDP_BASE/slash/\"}}" "the provider's description is of another issuer"
    begins_not "no description" none '{"status": {"openid-configuration": 404}}' "the provider answered with the status 404"
    begins_not "a description elsewhere" moved '{"status": {"openid-configuration": 302}}' "the provider answered with the status 302"
    begins_not "a huge description" huge '{"octets": {"openid-configuration": 3000000}}' "the answer of the outside system is larger than 131072 octets "
    begins_not "tokens without TLS" clear '{"about": {"token_endpoint": "http://id.example/token"}}' "$astray"
    begins_not "keys in a file" file '{"about": {"jwks_uri": "file:///etc/passwd"}}' "$astray"
    begins_not "a script to go to" script '{"about": {"authorization_endpoint": "javascript:alert(1)"}}' "$astray"
    begins_not "no way to prove who asks" ways '{"about": {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}}' "the provider takes no client's secret in a way that is known here"
    began=$SECONDS
    begins_not "a slow description" slow '{"wait": {"openid-configuration": 20}}' "the outside system did not answer in time"
    holds "is waited for seconds only" [ $((SECONDS - began)) -le 12 ]
    idp_at last
    strays "tokens elsewhere" '{"status": {"token": 302}}' "the provider answered with the status 302"
    check "no redirect was followed" "$(idp_seen elsewhere)" 0
    strays "a token that is refused" '{"status": {"token": 500}}' "the provider answered with the status 500"
    stopped "huge tokens" "$(come "$(grace '{"octets": {"token": 3000000}}')")" "$(why_last)"
    check "huge tokens: why" "$(why_last | cut -d'(' -f1)" "the answer of the outside system is larger than 131072 octets "
    strays "slow tokens" '{"wait": {"token": 20}}' "the outside system did not answer in time"
    stopped "huge keys" "$(come "$(grace '{"octets": {"jwks": 3000000}}')")" "$(why_last)"
    check "huge keys: why" "$(why_last | cut -d'(' -f1)" "the answer of the outside system is larger than 131072 octets "
    check "and when it is good again, so is the journey" "$(come "$(grace)")" 200
}

people_who_are_kept_out() {
    idp_at people
    stopped "an address of a foreign domain" "$(come '{"email": "two@shops.example"}')" "the provider vouches for an address of a domain that is not its own"
    stopped "one that only ends like ours" "$(come '{"email": "grace@evil-northwind.example"}')" "the provider vouches for an address of a domain that is not its own"
    stopped "one below ours" "$(come '{"email": "grace@x.northwind.example"}')" "the provider vouches for an address of a domain that is not its own"
    stopped "an address of two" "$(come '{"email": "grace@evil.example@northwind.example"}')" "the ID token has no address"
    stopped "an unknown person" "$(come '{"email": "nobody-yet@northwind.example"}')" "vouched for, and no such person"
    check "who is not made" "$(pg_sql "select count(*) from tenon.app_user where email_norm = 'nobody-yet@northwind.example'")" 0
    invite --email "$SAM" --role partner_support >/dev/null
    stopped "one who has not accepted yet" "$(come "{\"email\": \"$SAM\"}")" "vouched for, and the invitation is not accepted yet"
    pg_sql "update tenon.app_user set status = 'disabled' where email_norm = '$GRACE'"
    stopped "one who is disabled" "$(come "$(grace)")" "vouched for, and disabled"
    pg_sql "update tenon.app_user set status = 'active' where email_norm = '$GRACE';
        update tenon.membership set ended_at = now() where user_id = (select user_id from tenon.app_user where email_norm = '$GRACE')"
    stopped "one without a role" "$(come "$(grace)")" "vouched for, and without a role"
    pg_sql "update tenon.membership set ended_at = null where user_id = (select user_id from tenon.app_user where email_norm = '$GRACE')"
    check "the owner comes in by a provider that an owner set up" "$(come '{"email": "owner@northwind.example"}')" 200
    check "an administrator may set it up as well" "$(provider_put "$ADMIN_COOKIE" "$(idp_json people)")" 200
    stopped "and does not become the owner by it" "$(come '{"email": "owner@northwind.example"}')" "the provider vouches for somebody who may more than whoever set it up"
    check "but lets others in" "$(come "$(grace)") $(come '{"email": "admin@northwind.example"}')" "200 200"
    ask GET /v1/sign-in-provider "$(key_with signin:read,signin:write)" >/dev/null
    check "a key that may only that" "$(ask PUT /v1/sign-in-provider "$(key_with signin:read,signin:write)" -H "if-match: $(header_of etag)" --json "$(idp_json people)")" 200
    stopped "lets nobody in who may more" "$(come "$(grace)")" "the provider vouches for somebody who may more than whoever set it up"
    idp_at people
    pg_sql "update tenon.sign_in_setting set password_allowed = false"
    check "without passwords the provider is the way" "$(visit GET /v1/session/ways '{}' "${SAME[@]}") $(said '[.password, .provider]') $(come "$(grace)")" '200 [false,"Northwind ID"] 200'
    pg_sql "update tenon.sign_in_setting set password_allowed = true"
}

provider_ring() {
    check "the ring is turned with the provider on it" "$(ctl key-ring rotate --class edge --partner northwind >/dev/null && ctl key-ring verify --class edge --partner northwind >/dev/null && echo well)" well
    check "and it opens with the newest key" "$(pg_sql "select p.key_epoch = (select max(epoch) from tenon.partner_key k where k.partner_id = p.partner_id and class = 'edge')
        from tenon.oidc_provider p join tenon.partner using (partner_id) where slug = 'northwind'") $(come "$(grace)")" "t 200"
}

provider_taken_away() {
    local at
    behave "$(grace '{"wait": {"token": 3}}')"
    oidc_from
    leave
    at=$(there)
    (sleep 1 && pg_sql "update tenon.oidc_provider set enabled = false" >/dev/null) &
    stopped "a provider that was turned off while it answered" "$(back "$at")" "the provider was taken away during the journey"
    pg_sql "update tenon.oidc_provider set enabled = true" >/dev/null
    behave "$(grace)"
    oidc_from
    leave
    at=$(there)
    as_user "$OWNER_COOKIE" GET /v1/sign-in-provider >/dev/null
    check "it is taken away" "$(as_user "$OWNER_COOKIE" DELETE /v1/sign-in-provider -H "if-match: $(header_of etag)")" 204
    stopped "a provider that was taken away meanwhile" "$(back "$at")" "the provider was taken away during the journey"
    check "with its secret" "$(pg_sql "select count(*) from tenon.oidc_provider where sealed is not null")" 0
    check "and is not offered" "$(visit GET /v1/session/ways '{}' "${SAME[@]}") $(said .provider) $(as_user "$OWNER_COOKIE" GET /v1/sign-in-provider)" "200 null 404"
    check "sessions that began there go on" "$(as_user "$GRACE_COOKIE" GET /v1/me)" 200
    check "it can be set up again" "$(as_user "$OWNER_COOKIE" PUT /v1/sign-in-provider --json "$(idp_json again)") $(come "$(grace)")" "200 200"
    check "no secret of a provider is logged or stands in the database" "$(cat "$DATA"/log/api.log "$DATA/work/dump" 2>/dev/null | grep -cF "$IDP_SECRET" || true)" 0
}
