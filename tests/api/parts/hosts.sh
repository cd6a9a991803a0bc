# shellcheck shell=bash disable=SC2154
# Host names: claimed, proven by the name server's records, served with a certificate of their own. Sourced by
# tests/api/run. Needs python3 for the stand-in name server, on the ERP's port of UDP.

hosts_begin() {
    RECORDS=$DATA/work/records
    : >"$RECORDS"
    chmod a+r "$RECORDS"
    install -m 0755 "$TENON_ROOT/tests/fakes/dns.py" "$DATA/app/dns.py"
    spawn dns python3 "$DATA/app/dns.py" $((HTTPS_PORT + 3)) "$RECORDS"
    API_SETTINGS+=("TENON_DNS_RESOLVER=127.0.0.1:$((HTTPS_PORT + 3))")
}

host_checks() {
    HOSTS_KEY=$(key_with hosts:read,hosts:write) ABROAD_HOSTS_KEY=$(key_abroad hosts:read,hosts:write)
    hosts_claimed
    hosts_proven
    hosts_contested
    hosts_certified
    hosts_released
    end dns
}

claim() { ask POST /v1/hosts "${2:-$HOSTS_KEY}" --json "{\"host\":\"$1\"}"; }
record_of() { said '"\(.record_name) \(.record_value)"'; }

hosts_claimed() {
    local bad
    check "the host that a partner began with is listed" "$(ask GET /v1/hosts "$HOSTS_KEY") $(said '[.data[] | [.host, .state, .certificate]]')" \
        "200 [[\"$NORTHWIND\",\"verified\",null]]"
    check "a host is claimed" "$(claim portal.northwind.test) $(said '[.host, .state, .checked_at, .verified_at]')" \
        '201 ["portal.northwind.test","pending",null,null]'
    PORTAL=$(said .id) PORTAL_RECORD=$(record_of)
    check "by a record of its own" "$(said '[(.record_name == "_portal-challenge.portal.northwind.test"), (.record_value | test("^[0-9a-f]{64}$"))]')" "[true,true]"
    check "once" "$(claim portal.northwind.test)" 409
    for bad in "*.example" example 127.0.0.1 "a..b.example" "-a.example" UPPER.example "a b.example" "x.example."; do
        check "$bad is no host" "$(claim "$bad") $(said '.errors[0].pointer')" "422 /host"
    done
    check "nothing is served on a claimed host" "$(ON=portal.northwind.test ask GET / '' -k)" 404
    check "it is shown" "$(ask GET "/v1/hosts/$PORTAL" "$HOSTS_KEY") $(said .state)" "200 pending"
    check "not to another partner" "$(ON=$HARBOR ask GET "/v1/hosts/$PORTAL" "$ABROAD_HOSTS_KEY")" 404
    check "nor may a customer's key see it" "$(ask GET /v1/hosts "$ALDER_KEY")" 403
}

verify() { ask POST "/v1/hosts/$1/verify" "${2:-$HOSTS_KEY}"; }

hosts_proven() {
    check "without the record it stays a claim" "$(verify "$PORTAL") $(said '[.state, (.checked_at != null)]')" '200 ["pending",true]'
    echo "${PORTAL_RECORD% *} 0000" >"$RECORDS"
    check "another text proves nothing" "$(verify "$PORTAL") $(said .state)" "200 pending"
    echo "$PORTAL_RECORD" >>"$RECORDS"
    check "the right one does" "$(verify "$PORTAL") $(said '[.state, (.verified_at != null)]')" '200 ["verified",true]'
    holds "and it is served, in the partner's name" served_on portal.northwind.test
}
served_on() {
    local i
    for i in {1..600}; do
        [ "$(ON=$1 ask GET / '' -k)" != 200 ] || return 0
        sleep 0.1
    done
    return 1
}

# Another partner claims the same name, and even has the record: it is told what everybody is told.
hosts_contested() {
    local mine free
    check "another partner may claim it too" "$(ON=$HARBOR claim portal.northwind.test "$ABROAD_HOSTS_KEY") $(said .state)" "201 pending"
    mine=$(said .id)
    record_of >>"$RECORDS"
    check "its proof is answered like one that is not there" "$(ON=$HARBOR verify "$mine" "$ABROAD_HOSTS_KEY") $(said '[.state, .verified_at]')" '200 ["pending",null]'
    ON=$HARBOR claim free.harbor.test "$ABROAD_HOSTS_KEY" >/dev/null
    free=$(said .id)
    check "word for word" "$(ON=$HARBOR verify "$free" "$ABROAD_HOSTS_KEY" >/dev/null; said 'keys')" "$(ON=$HARBOR verify "$mine" "$ABROAD_HOSTS_KEY" >/dev/null; said 'keys')"
    check "and the host is still ours" "$(ON=portal.northwind.test ask GET / '' -k) $(grep -c Northwind "$ANSWER" | sed 's/[1-9].*/some/')" "200 some"
    check "another's claim cannot be verified or released by us" "$(verify "$mine") $(ask DELETE "/v1/hosts/$mine" "$HOSTS_KEY")" "404 404"
}

# certificate NAME DAYS [KEY-OPTIONS…]: work/NAME.pem and .key
certificate() {
    local name=$1 days=$2
    shift 2
    openssl req -x509 -newkey "${@:-ec}" -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days "$days" -subj "/CN=$name" \
        -addext "subjectAltName=DNS:$name" -keyout "$DATA/work/$name.key" -out "$DATA/work/$name.pem" 2>/dev/null
}
# bring CHAIN KEY
bring() {
    ask PUT "/v1/hosts/$PORTAL/certificate" "$HOSTS_KEY" --json "$(jq -nc --rawfile c "$1" --rawfile k "$2" '{chain: $c, key: $k}')"
}
# shown_to NAME: the certificate's subject that a client of this name is shown.
shown_to() {
    openssl s_client -connect "127.0.0.1:$HTTPS_PORT" ${1:+-servername "$1"} ${1:+} </dev/null 2>/dev/null | openssl x509 -noout -subject -nameopt RFC2253 2>/dev/null
}
becomes() {
    local i
    for i in {1..30}; do
        [ "$(shown_to "$1")" != "$2" ] || return 0
        sleep 0.1
    done
    return 1
}

hosts_certified() {
    local w=$DATA/work standard
    standard=$(shown_to "$NORTHWIND")
    certificate portal.northwind.test 30
    certificate other.northwind.test 30
    check "a certificate of another host is refused" "$(bring "$w/other.northwind.test.pem" "$w/other.northwind.test.key") $(said '.errors[0] | "\(.pointer) \(.code)"')" "422 /chain other_host"
    check "a key that does not fit, too" "$(bring "$w/portal.northwind.test.pem" "$w/other.northwind.test.key") $(said '.errors[0] | "\(.pointer) \(.code)"')" "422 /key does_not_fit"
    check "a key that is none" "$(bring "$w/portal.northwind.test.pem" "$w/portal.northwind.test.pem") $(said '.errors[0].code')" "422 not_a_key"
    check "a chain that is none" "$(bring "$w/portal.northwind.test.key" "$w/portal.northwind.test.key") $(said '.errors[0].code')" "422 not_a_chain"
    check "before it the host is shown the common one" "$(shown_to portal.northwind.test)" "$standard"
    check "one that fits is taken" "$(bring "$w/portal.northwind.test.pem" "$w/portal.northwind.test.key") $(said '[.certificate.names, (.certificate.not_after | test("^20")), (.certificate.fingerprint | length)]')" \
        '200 ["portal.northwind.test",true,64]'
    check "its key is not shown" "$(grep -c 'PRIVATE' "$ANSWER")" 0
    holds "the host is shown it within a second or two" becomes portal.northwind.test "subject=CN=portal.northwind.test"
    check "over HTTP/2, without a warning" \
        "$(curl -s -m 10 --http2 --cacert "$w/portal.northwind.test.pem" --resolve "portal.northwind.test:$HTTPS_PORT:127.0.0.1" -o "$ANSWER" -w '%{http_code} %{http_version}' "https://portal.northwind.test:$HTTPS_PORT/")" "200 2"
    check "other names are shown the common one" "$(shown_to "$HARBOR")$(shown_to nobody.example)$(shown_to '')" "$standard$standard$standard"
    cp "$w/portal.northwind.test.key" "$w/first.key"
    certificate portal.northwind.test 60
    check "the next one takes its place" "$(bring "$w/portal.northwind.test.pem" "$w/portal.northwind.test.key")" 200
    check "an unproven host has none" "$(claim pending.northwind.test >/dev/null; PORTAL=$(said .id) bring "$w/portal.northwind.test.pem" "$w/portal.northwind.test.key")" 409
    check "no key stands in the database" "$(pg_sql "select count(*) from tenon.host_certificate where position('PRIVATE'::bytea in sealed) > 0 or chain like '%PRIVATE%'")" 0
}

hosts_released() {
    check "a host is released" "$(ask DELETE "/v1/hosts/$PORTAL" "$HOSTS_KEY")" 204
    check "and gone" "$(ask GET "/v1/hosts/$PORTAL" "$HOSTS_KEY")" 404
    holds "nothing is served on it" unserved portal.northwind.test
    check "now the other partner's proof is one" "$(ON=$HARBOR ask GET /v1/hosts "$ABROAD_HOSTS_KEY" >/dev/null; ON=$HARBOR verify "$(said '.data[] | select(.host == "portal.northwind.test") | .id')" "$ABROAD_HOSTS_KEY") $(said .state)" "200 verified"
    ask GET /v1/hosts "$HOSTS_KEY" >/dev/null
    check "the last host stays" "$(ask DELETE "/v1/hosts/$(said ".data[] | select(.host == \"$NORTHWIND\") | .id")" "$HOSTS_KEY")" 409
    check "the operator adds one" "$(ctl host add --partner northwind --host given.northwind.test --verified true | grep -c '^hst_')" 1
    holds "which is served" served_on given.northwind.test
}
unserved() {
    local i
    for i in {1..600}; do
        [ "$(ON=$1 ask GET / '' -k)" != 404 ] || return 0
        sleep 0.1
    done
    return 1
}
