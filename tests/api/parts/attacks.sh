# shellcheck shell=bash disable=SC2154
# Credentials that must not be taken, as one table: each row is sent, and its status and problem are compared. Sourced by
# tests/api/run, after the part on callers, which leaves keys and tokens that have ended. What is wrong comes from addresses
# of its own, since an address that is wrong too often is not answered at all.

attack_checks() {
    ATTACKS=0
    attack_stage
    attacks_on_keys
    attacks_on_heads
    attacks_on_times
    attacks_on_claims
    attacks_on_form
    attacks_on_signatures
    attacks_on_pages
    attacks_on_requests
    pg_sql "delete from tenon.signing_key where sealed = '\\x00'" # the planted one: what verifies the key ring would name it
    check "no attack was forgotten" "$([ "$ATTACKS" -ge 70 ] && echo yes)" yes
    echo "# $ATTACKS attacks on credentials were tried"
}

# What an attacker may have: a client's token, the key set, a pair of his own, and for some rows the very key that signs,
# by which it shows that a rule is kept and not just a signature missed.
attack_stage() {
    key_pair evil
    key_pair pages
    send POST /v1/embed-keys "$CALLERS_KEY" \
        "$(jq -nc --argjson jwk "$(jwk_of pages)" '{name: "attacked", jwk: $jwk, origins: ["https://portal.example"]}')" >/dev/null
    EMBED=$(said .id)
    key_planted
    pg_sql "update tenon.api_key set expires_at = now() - interval '1 second' where name = 'short'"
    token "$CLIENT" "$CLIENT_SECRET" >/dev/null
    GOOD=$(said .access_token)
    CLAIMS=$(part 2)
    HARBOR_TOKEN=$(ON=$HARBOR token "$(sed -n 1p <<<"$HARBOR_CLIENT")" "$(sed -n 2p <<<"$HARBOR_CLIENT")" >/dev/null && said .access_token)
    GOOD_HEAD=$(jq -nc --arg kid "$PLANTED" '{alg: "ES256", typ: "JWT", kid: $kid}')
    check "a token of the client works" "$(ask GET /v1/orders "$GOOD")" 200
    check "and so does one that is signed here by a key of the host, which is what the attacks vary" \
        "$(ask GET /v1/orders "$(forged .)")" 200
    check "another host's token works there" "$(ON=$HARBOR ask GET /v1/orders "$HARBOR_TOKEN")" 200
}

# A signing key of the host whose private half is known here.
key_planted() {
    local point id
    key_pair planted
    point=04$(openssl ec -in "$DATA/work/planted.pem" -pubout -outform DER 2>/dev/null | tail -c 64 | xxd -p -c 64)
    id=$(pg_sql "insert into tenon.signing_key (partner_id, signing_key_id, purpose, class, algorithm, public_key, key_epoch,
        sealed, retired_at) select partner_id, gen_random_uuid(), 'token', 'edge', 'ES256', decode('$point', 'hex'), 1, '\\x00', now()
        from tenon.partner where slug = 'northwind' returning signing_key_id" | head -n 1)
    PLANTED=$(id_text tky "$id")
}

# forged CLAIMS-FILTER [HEAD-FILTER [PAIR]]: a token like the client's, with a jti of its own.
forged() {
    local jti now
    jti=$(id_text tok "$(cat /proc/sys/kernel/random/uuid)") now=$(date +%s)
    jwt "${3:-planted}" "$(jq -c "${2:-.}" <<<"$GOOD_HEAD")" \
        "$(jq -c --arg jti "$jti" --argjson now "$now" ".jti = \$jti | .iat = \$now | .nbf = \$now | .exp = \$now + 900 | $1" <<<"$CLAIMS")"
}

# attack SENTENCE STATUS CODE METHOD PATH [CURL…]: from the next of 200 addresses.
attack() {
    local name=$1 status=$2 code=$3 method=$4 path=$5
    shift 5
    ATTACKS=$((ATTACKS + 1))
    check "attack $ATTACKS: $name" \
        "$(status_of "${HTTP:---http2}" -X "$method" --interface "127.0.1.$((ATTACKS % 200 + 1))" "$@" "$(url "$path" "${ON:-$NORTHWIND}")") $(said .code)" \
        "$status $code"
}
bearer() { attack "$1" 401 unauthenticated GET /v1/orders -H "authorization: Bearer $2"; }

attacks_on_keys() {
    bearer "a revoked key" "$REVOKED"
    bearer "a secret that was rotated away" "$ROTATED"
    bearer "a key that has expired" "$SHORT"
    bearer "a key outside its addresses" "$BOUND"
    bearer "a key of another host" "$HARBOR_ALL"
    bearer "a key with one character less" "${CALLERS_KEY%?}"
    bearer "a key with one character more" "${CALLERS_KEY}0"
    bearer "a key with another check" "${CALLERS_KEY%???????}0000000"
    bearer "a key without its check" "${CALLERS_KEY%???????}"
    bearer "a key in capitals" "$(tr 'a-z' 'A-Z' <<<"$CALLERS_KEY")"
    bearer "a client's secret" "$CLIENT_SECRET"
    bearer "SQL for a key" "sk_live_' or ''='"
    bearer "a kilobyte of a key" "sk_live_$(printf 'a%.0s' {1..1000})"
    bearer "a key behind two spaces" " $CALLERS_KEY"
    bearer "two keys" "$CALLERS_KEY,$CALLERS_KEY"
}

attacks_on_heads() {
    local none
    none=$(printf '{"alg":"none","typ":"JWT"}' | b64url).$(printf %s "$CLAIMS" | b64url)
    bearer "alg none, no signature" "$none."
    bearer "alg none, two parts" "$none"
    bearer "alg none with the kid and a signature" "$(forged . '.alg = "none"')"
    bearer "alg None" "$(forged . '.alg = "None"')"
    bearer "alg nOnE" "$(forged . '.alg = "nOnE"')"
    bearer "alg es256" "$(forged . '.alg = "es256"')"
    bearer "alg HS256, by the public key's PEM" "$(hs256)"
    bearer "alg RS256" "$(rs256)"
    bearer "alg ES384" "$(forged . '.alg = "ES384"')"
    bearer "alg ES512" "$(forged . '.alg = "ES512"')"
    bearer "alg missing" "$(forged . 'del(.alg)')"
    bearer "alg twice" "$(raw_head "{\"alg\":\"none\",\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"$PLANTED\"}")"
    bearer "kid twice" "$(raw_head "{\"alg\":\"ES256\",\"kid\":\"tky_01h455vb4pex5vsknk084sn02q\",\"kid\":\"$PLANTED\"}")"
    bearer "no kid" "$(forged . 'del(.kid)')"
    bearer "a kid that nobody has" "$(forged . '.kid = "tky_01h455vb4pex5vsknk084sn02q"')"
    bearer "a path for a kid" "$(forged . '.kid = "../../../../dev/null"')"
    bearer "SQL for a kid" "$(forged . $'.kid = "\' or \'\'=\'"')"
    bearer "the kid of an embed key" "$(forged . ".kid = \"$EMBED\"")"
    bearer "a number for a kid" "$(forged . '.kid = 1')"
    bearer "jku" "$(forged . '.jku = "http://127.0.0.1:1/"')"
    bearer "jwk of the attacker's" "$(forged . ".jwk = $(jwk_of evil)" evil)"
    bearer "x5u" "$(forged . '.x5u = "http://127.0.0.1:1/"')"
    bearer "x5c" "$(forged . '.x5c = ["AAAA"]')"
    bearer "crit" "$(forged . '.crit = ["exp"]')"
    bearer "b64 false" "$(forged . '.b64 = false | .crit = ["b64"]')"
    bearer "another typ" "$(forged . '.typ = "secevent+jwt"')"
    bearer "a member that nobody knows" "$(forged . '.x = 1')"
    bearer "a head that is a list" "$(raw_head '["ES256"]')"
    bearer "a head that is broken" "$(raw_head '{"alg":"ES256"')"
    bearer "a head with U+0000" "$(raw_head "{\"alg\":\"ES256\\u0000\",\"kid\":\"$PLANTED\"}")"
    bearer "a nest of 100 levels" "$(raw_head "$(printf '[%.0s' {1..100})$(printf ']%.0s' {1..100})")"
}

raw_head() {
    local claims
    claims=$(forged . | cut -d. -f2)
    local signed
    signed=$(printf %s "$1" | b64url).$claims
    echo "$signed.$(printf %s "$signed" | raw_signature planted | b64url)"
}
hs256() {
    local signed pem=$DATA/work/planted.pub
    openssl ec -in "$DATA/work/planted.pem" -pubout -out "$pem" 2>/dev/null
    signed=$(jq -c '.alg = "HS256"' <<<"$GOOD_HEAD" | tr -d '\n' | b64url).$(forged . | cut -d. -f2)
    echo "$signed.$(printf %s "$signed" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(xxd -p "$pem" | tr -d '\n')" -binary | b64url)"
}
rs256() {
    local signed
    [ -f "$DATA/work/rsa.pem" ] || openssl genrsa -out "$DATA/work/rsa.pem" 2048 2>/dev/null
    signed=$(jq -c '.alg = "RS256"' <<<"$GOOD_HEAD" | tr -d '\n' | b64url).$(forged . | cut -d. -f2)
    echo "$signed.$(printf %s "$signed" | openssl dgst -sha256 -sign "$DATA/work/rsa.pem" | b64url)"
}

attacks_on_times() {
    bearer "ended a second ago" "$(forged '.exp = $now - 1')"
    bearer "ended an hour ago" "$(forged '.iat = $now - 4500 | .nbf = .iat | .exp = $now - 3600')"
    bearer "not yet" "$(forged '.nbf = $now + 600')"
    bearer "made in the future" "$(forged '.iat = $now + 600 | .nbf = $now')"
    bearer "no end" "$(forged 'del(.exp)')"
    bearer "no beginning" "$(forged 'del(.iat)')"
    bearer "an end with a fraction" "$(forged '.exp = $now + 100.5')"
    bearer "an end of 1e18" "$(forged '.exp = 1e18')"
    bearer "an end in quotes" "$(forged '.exp = "\($now + 100)"')"
    bearer "an end of null" "$(forged '.exp = null')"
    bearer "a negative end" "$(forged '.exp = -1')"
    bearer "longer than our tokens are" "$(forged '.exp = $now + 901')"
    bearer "an end before the beginning" "$(forged '.iat = $now | .exp = $now - 10')"
}

attacks_on_claims() {
    bearer "another audience" "$(forged '.aud = "https://other.example"')"
    bearer "the audience in a list" "$(forged '.aud = [.aud]')"
    bearer "another issuer" "$(forged '.iss = "https://other.example"')"
    bearer "no issuer" "$(forged 'del(.iss)')"
    bearer "the other host's names, our key" "$(forged ".iss = \"https://$HARBOR\" | .aud = .iss")"
    bearer "another host's token" "$HARBOR_TOKEN"
    ON=$HARBOR bearer "our token at another host" "$GOOD"
    bearer "another partner" "$(forged ".partner = \"$(id_text prt "$(pg_sql "select partner_id from tenon.partner where slug = 'harbor'")")\"")"
    bearer "a customer that the client is not bound to" "$(forged ".customer = \"$ALDER\"")"
    bearer "a client that nobody has" "$(forged '.client_id = "cli_01h455vb4pex5vsknk084sn02q" | .sub = .client_id')"
    bearer "no client" "$(forged 'del(.client_id)')"
    bearer "no jti" "$(forged 'del(.jti)')"
    bearer "a claim twice" "$(jwt planted "$GOOD_HEAD" "{\"exp\":1,${CLAIMS#\{}")"
    bearer "a token that was revoked" "$ENDED"
    bearer "a token of a client that was revoked" "$GONE"
    attack "a scope that the client lacks, claimed" 403 forbidden GET /v1/connections -H "authorization: Bearer $(forged '.scope += " connections:read"')"
    attack "no scope at all" 403 forbidden GET /v1/orders -H "authorization: Bearer $(forged 'del(.scope)')"
    attack "a scope that is missing" 403 forbidden POST /v1/clients -H "authorization: Bearer $GOOD" --json '{}'
}

attacks_on_form() {
    bearer "one octet less" "${GOOD%?}"
    bearer "one octet more" "${GOOD}A"
    bearer "four parts" "$GOOD.AAAA"
    bearer "an empty part" "${GOOD%%.*}..${GOOD##*.}"
    bearer "an empty signature" "${GOOD%.*}."
    bearer "padding" "$GOOD=="
    bearer "a space inside" "${GOOD/./ .}"
    bearer "the other alphabet of base64" "$(tr '_-' '/+' <<<"eyJ-_$GOOD")"
    bearer "20 kB" "eyJ$(printf 'a%.0s' {1..20000})"
    bearer "5 kB that would be good" "$(forged ".x = \"$(printf 'a%.0s' {1..4000})\"")"
    bearer "unicode" "eyJé.é.é"
    bearer "nothing but dots" "eyJ.."
    bearer "a JWE of five parts" "$GOOD.AAAA.AAAA"
}

attacks_on_signatures() {
    local signed last other
    signed=${GOOD%.*} last=${GOOD: -1}
    other=$([ "$last" = A ] && echo Q || echo A)
    bearer "all zero (CVE-2022-21449)" "$signed.$(head -c 64 /dev/zero | b64url)"
    bearer "r = s = n" "$signed.$(xxd -r -p <<<"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551" | b64url)"
    bearer "as DER" "$signed.$(printf %s "$signed" | openssl dgst -sha256 -sign "$DATA/work/planted.pem" | b64url)"
    bearer "of another key" "$(forged . . evil)"
    bearer "of another token" "$signed.$(forged . | cut -d. -f3)"
    bearer "with another last character" "${GOOD%?}$other"
    bearer "with its first bit turned" "$signed.$(flip "${GOOD##*.}")"
    bearer "over claims with a bit turned" "${GOOD%%.*}.$(flip "$(cut -d. -f2 <<<"$GOOD")").${GOOD##*.}"
}
flip() { if [ "${1:0:1}" = A ]; then echo "B${1:1}"; else echo "A${1:1}"; fi; }

attacks_on_pages() {
    local token
    token=$(vouch)
    check "what the partner signed is good" "$(session "$token")" 201
    page "once" "$token"
    page "longer than a minute" "$(vouch '.exp += 1')"
    page "over" "$(vouch '.iat -= 61 | .exp -= 61')"
    page "of tomorrow" "$(vouch '.iat += 86400 | .exp += 86400')"
    page "by another partner's key" "$(vouch . evil)"
    page "by a key that nobody has" "$(vouch . pages emb_01h455vb4pex5vsknk084sn02q)"
    page "by a key of ours" "$(vouch . planted "$PLANTED")"
    page "for another host" "$(vouch ".aud = \"https://$HARBOR\"")"
    page "of another partner's customer" "$(vouch ".customer = \"$ABROAD\"")"
    page "without a customer" "$(vouch 'del(.customer)')"
    page "without a jti" "$(vouch 'del(.jti)')"
    page "of a view that is none" "$(vouch '.sub = "billing:user-17"')"
    page "of nobody" "$(vouch '.sub = "orders:"')"
    page "that is an access token" "$GOOD"
    bearer "what a partner signed, as a bearer" "$(vouch)"
    ON=$HARBOR attack "what a partner signed, at another host" 401 unauthenticated POST /v1/embed/session --json "{\"token\":\"$(vouch)\"}"
}
page() { attack "a page vouched for: $1" 401 unauthenticated POST /v1/embed/session --json "{\"token\":\"$2\"}"; }

attacks_on_requests() {
    attack "no credential" 401 unauthenticated GET /v1/orders
    attack "an empty bearer" 401 unauthenticated GET /v1/orders -H 'authorization: Bearer'
    attack "a bearer of spaces" 401 unauthenticated GET /v1/orders -H 'authorization: Bearer    '
    attack "Basic" 401 unauthenticated GET /v1/orders -H "authorization: Basic $(printf %s "x:$CALLERS_KEY" | base64 -w 0)"
    attack "no scheme" 401 unauthenticated GET /v1/orders -H "authorization: $CALLERS_KEY"
    attack "a key in the address" 400 validation GET "/v1/orders?api_key=$CALLERS_KEY" -H "authorization: Bearer $CALLERS_KEY"
    attack "a key in another field" 401 unauthenticated GET /v1/orders -H "x-api-key: $CALLERS_KEY"
    attack "two authorizations" 400 invalid GET /v1/orders -H "authorization: Bearer $CALLERS_KEY" -H "authorization: Bearer $BOUND"
    HTTP=--http1.1 attack "a control character" 400 invalid GET /v1/orders -H $'authorization: Bearer \x01'"$CALLERS_KEY"
    attack "the scheme in small letters is good" 200 null GET /v1/orders -H "authorization: bearer $GOOD"
    attack "and in large ones" 200 null GET /v1/orders -H "authorization: BEARER $CALLERS_KEY"
}
