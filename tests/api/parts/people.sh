# shellcheck shell=bash disable=SC2154
# People: invitations, passwords, sessions, roles and second factors. Sourced by tests/api/run.

SAME=(-H "sec-fetch-site: same-origin")
ADA=ada@northwind.example ADA_PASSWORD="a long way from tipperary"

# visit METHOD PATH JSON [CURL-ARGUMENT…]: as a browser without a session; a cookie that comes is kept in COOKIE.
visit() {
    local method=$1 path=$2 body=$3
    shift 3
    status_of --http2 -X "$method" --json "$body" "$@" "$(url "$path" "${ON:-$NORTHWIND}")"
}
cookie_of() { sed -nE 's/^set-cookie: __Host-session=([^;]*);.*/\1/Ip' "$ANSWER.header" | tr -d '\r' | tail -n 1; }
# as_user COOKIE METHOD PATH [CURL-ARGUMENT…]
as_user() {
    local cookie=$1 method=$2 path=$3 key=()
    shift 3
    [ "$method" != POST ] || [[ "$*" == *idempotency-key* ]] || key=(-H "idempotency-key: $(cat /proc/sys/kernel/random/uuid)")
    status_of --http2 -X "$method" -H "cookie: __Host-session=$cookie" "${SAME[@]}" "${key[@]}" "$@" "$(url "$path" "${ON:-$NORTHWIND}")"
}
link_token() { sed 's/.*#//'; }
# joined EMAIL PASSWORD TOKEN: accepts an invitation; prints the cookie.
joined() {
    visit POST /v1/invitations/accept "$(jq -nc --arg t "$3" --arg p "$2" '{token: $t, password: $p}')" >/dev/null
    cookie_of
}
invite() { ctl user invite --partner northwind "$@" | link_token; }
sign_in() { visit POST /v1/session "$(jq -nc --arg e "$1" --arg p "$2" '{email: $e, password: $p}')" "${@:3}"; }

people_checks() {
    first_owner
    signing_in
    sessions_checked
    roles_given
    invited_links
    last_ones
    resets
    second_factors
    second_guesses
    passkeys_checked
    settings_checked
    api_keys_are_no_people
}

first_owner() {
    local link token
    link=$(ctl user invite --partner northwind --email "$ADA" --role partner_owner --name "Ada")
    check "the operator's link leads to the partner's host and port, its secret behind a #" "${link%%#*}" "https://$NORTHWIND:$HTTPS_PORT/invite"
    token=$(link_token <<<"$link")
    check "an address that no mail reaches is not invited, in words" \
        "$(ctl user invite --partner northwind --email jörg@firma.de --role partner_owner 2>&1 | grep -c 'mail cannot be sent to this address')" 1
    check "a short password is refused" \
        "$(visit POST /v1/invitations/accept "{\"token\":\"$token\",\"password\":\"short\"}") $(said '.errors[0].code')" "422 weak_password"
    check "so is the address" \
        "$(visit POST /v1/invitations/accept "{\"token\":\"$token\",\"password\":\"${ADA^^}\"}") $(said '.errors[0].code')" "422 weak_password"
    check "and none at all" "$(visit POST /v1/invitations/accept "{\"token\":\"$token\"}") $(said '.errors[0].code')" "422 required"
    check "on another partner's host the link is nothing" \
        "$(ON=$HARBOR visit POST /v1/invitations/accept "{\"token\":\"$token\",\"password\":\"$ADA_PASSWORD\"}")" 404
    check "the invitation is accepted" \
        "$(visit POST /v1/invitations/accept "{\"token\":\"$token\",\"password\":\"$ADA_PASSWORD\"}") $(said .state)" "200 signed_in"
    ADA_COOKIE=$(cookie_of)
    check "the cookie is one of the host alone, for no script" \
        "$(sed -nE 's/^set-cookie: __Host-session=[a-z0-9]{52}; (.*)$/\1/Ip' "$ANSWER.header" | tr -d '\r')" \
        "Path=/; Secure; HttpOnly; SameSite=Lax"
    check "a second time the link is nothing" \
        "$(visit POST /v1/invitations/accept "{\"token\":\"$token\",\"password\":\"$ADA_PASSWORD\"}")" 404
    check "who has signed in" "$(as_user "$ADA_COOKIE" GET /v1/me) $(said '"\(.kind) \(.email) \(.name) \(.memberships[0].role)"')" \
        "200 user $ADA Ada partner_owner"
    ADA_ID=$(said .user_id)
    check "an owner may everything there is" "$(said '.permissions | length')" "$(grep -c '^PERMISSION(' "$TENON_ROOT/tenants/access/permission.def")"
}

signing_in() {
    local known unknown
    check "the right password signs in" "$(sign_in "${ADA^^}" "$ADA_PASSWORD") $(said .state)" "200 signed_in"
    known=$(sign_in "$ADA" "not the password at all" --interface 127.0.0.21; jq -c 'del(.instance)' "$ANSWER")
    unknown=$(sign_in nobody@northwind.example "not the password at all" --interface 127.0.0.21; jq -c 'del(.instance)' "$ANSWER")
    check "an unknown address is answered like a wrong password" "$unknown" "$known"
    check "which is a 401" "${known:0:3}" 401
    check "and takes as long, within a fifth" "$(same_time)" yes
    check "a password is text (auth-041)" "$(visit POST /v1/session '{"email":["a","b"],"password":{"x":1}}')" 422
    check "a foreign page may not sign in for somebody" "$(sign_in "$ADA" "$ADA_PASSWORD" -H 'origin: https://evil.test')" 403
    problem "a foreign page may not sign in for somebody" 403 csrf
    guessing
    check "the same address is nobody at another partner" "$(ON=$HARBOR sign_in "$ADA" "$ADA_PASSWORD")" 401
    check "a session of one host is none on another (auth-045)" "$(ON=$HARBOR as_user "$ADA_COOKIE" GET /v1/me)" 401
}

# Of a wrong password and an unknown address, the best of ten tries each from addresses that have not tried yet; of up to 24
# where others' work lies on the machine, which a true difference outlives.
same_time() {
    local i best_known=9999 best_unknown=9999 t
    for ((i = 0; i < 24; i++)); do
        t=$(took "$ADA" "127.0.4.$((i + 1))")
        [ "$t" -ge "$best_known" ] || best_known=$t
        t=$(took "nobody$i@northwind.example" "127.0.4.$((i + 1))")
        [ "$t" -ge "$best_unknown" ] || best_unknown=$t
        if [ "$i" -ge 9 ] && [ $((best_known * 10)) -le $((best_unknown * 12)) ] && [ $((best_unknown * 10)) -le $((best_known * 12)) ]; then
            echo yes
            return
        fi
    done
    echo "known $best_known ms, unknown $best_unknown ms"
}
took() {
    curl_to -o /dev/null --http2 --interface "$2" -w '%{time_total}' --json "{\"email\":\"$1\",\"password\":\"guess and guess again\"}" \
        "$(url /v1/session)" | awk '{ printf "%d", $1 * 1000 }'
}

# 50 wrong passwords (auth-039): slowed, and the owner elsewhere notices nothing.
guessing() {
    local i many=()
    for i in {1..50}; do many+=(-o /dev/null "$(url /v1/session)"); done
    check "fifty guesses at once are mostly not taken" "$(curl_to --http2 --parallel --parallel-max 10 --interface 127.0.0.31 \
        --json "{\"email\":\"$ADA\",\"password\":\"guess and guess again\"}" -w '%{http_code}\n' "${many[@]}" | sort | uniq -c |
        awk '$2 == 401 && $1 <= 6 || $2 == 429 && $1 >= 40 { n++ } END { print n }')" 2
    check "who guesses is told when to come back" "$(guess_until_told) $(header_of retry-after | grep -c '^[0-9][0-9]*$')" "429 1"
    check "its owner signs in elsewhere all the same" "$(sign_in "$ADA" "$ADA_PASSWORD" --interface 127.0.0.32)" 200
}

guess_until_told() {
    local i
    for i in {1..10}; do
        [ "$(sign_in "$ADA" wrong-wrong-wrong --interface 127.0.0.31)" != 429 ] || break
    done
    sed -nE '1s/^HTTP[^ ]* ([0-9]*).*/\1/p' "$ANSWER.header"
}

sessions_checked() {
    local other id
    sign_in "$ADA" "$ADA_PASSWORD" -A "a browser" >/dev/null
    other=$(cookie_of)
    check "a write with a session needs a page of this host (auth-043)" \
        "$(status_of --http2 -X DELETE -H "cookie: __Host-session=$other" "$(url /v1/session)")" 403
    problem "a write with a session needs a page of this host (auth-043)" 403 csrf
    check "or its name as origin, which is said" "$(said '.detail | test("this host as origin")')" true
    check "the problem's page says what a program sends" \
        "$(ask GET /docs/problems/csrf '') $(grep -c 'A program sends origin: https:// with this host' "$ANSWER")" "200 1"
    for how in "origin: https://evil.test" "sec-fetch-site: cross-site" "sec-fetch-site: same-site" "sec-fetch-site: none" "origin: null"; do
        check "a write from elsewhere ($how)" "$(status_of --http2 -X DELETE -H "cookie: __Host-session=$other" -H "$how" "$(url /v1/session)")" 403
    done
    check "the origin of this host is enough" \
        "$(status_of --http2 -X DELETE -H "cookie: __Host-session=$other" -H "origin: https://$NORTHWIND:$HTTPS_PORT" "$(url /v1/session)")" 204
    check "which signed out" "$(as_user "$other" GET /v1/me)" 401
    sign_in "$ADA" "$ADA_PASSWORD" -A "a browser" >/dev/null
    other=$(cookie_of)
    check "sessions are listed" "$(as_user "$ADA_COOKIE" GET /v1/me/sessions) $(said '[.data[] | select(.user_agent == "a browser")] | length')" "200 1"
    id=$(said '.data[] | select(.user_agent == "a browser") | .id')
    check "one is ended" "$(as_user "$ADA_COOKIE" DELETE "/v1/me/sessions/$id")" 204
    check "at once" "$(as_user "$other" GET /v1/me)" 401
    check "a second time it is not there" "$(as_user "$ADA_COOKIE" DELETE "/v1/me/sessions/$id")" 404
    check "all others are ended" "$(as_user "$ADA_COOKIE" DELETE /v1/me/sessions)" 204
    check "but the one that asks" "$(as_user "$ADA_COOKIE" GET /v1/me/sessions) $(said '.data | length')" "200 1"
    check "two cookies are none" "$(as_user "$ADA_COOKIE" GET /v1/me -H "cookie: __Host-session=$ADA_COOKIE")" 401
    rotated
    pg_sql "update tenon.session set seen_at = now() - interval '13 hours' where user_agent = 'idle'"
    sign_in "$ADA" "$ADA_PASSWORD" -A idle >/dev/null
    other=$(cookie_of)
    pg_sql "update tenon.session set seen_at = now() - interval '13 hours' where user_agent = 'idle'"
    check "a session that was not used for twelve hours has ended" "$(as_user "$other" GET /v1/me)" 401
    pg_sql "update tenon.session set seen_at = now(), created_at = now() - interval '8 days' where user_agent = 'idle'"
    check "and one of eight days, too" "$(as_user "$other" GET /v1/me)" 401
}

rotated() {
    local fresh
    pg_sql "update tenon.session set rotated_at = rotated_at - interval '16 minutes' where revoked_at is null"
    check "after a quarter of an hour the cookie is renewed" "$(as_user "$ADA_COOKIE" GET /v1/me)" 200
    fresh=$(cookie_of)
    check "by another one" "$([ -n "$fresh" ] && [ "$fresh" != "$ADA_COOKIE" ] && echo yes)" yes
    check "the old one is good for a minute" "$(as_user "$ADA_COOKIE" GET /v1/me) $(cookie_of)" "200 "
    check "and not renewed again" "$(as_user "$fresh" GET /v1/me)" 200
    pg_sql "update tenon.session set rotated_at = now() - interval '61 seconds' where revoked_at is null"
    check "after that it is not" "$(as_user "$ADA_COOKIE" GET /v1/me)" 401
    check "and ends the session, for somebody has kept it" "$(as_user "$fresh" GET /v1/me)" 401
    sign_in "$ADA" "$ADA_PASSWORD" >/dev/null
    ADA_COOKIE=$(cookie_of)
    pg_sql "update tenon.session set rotated_at = rotated_at - interval '16 minutes' where revoked_at is null"
    check "a renewed cookie comes with a problem, too" "$(as_user "$ADA_COOKIE" GET /v1/orders/ord_01h455vb4pex5vsknk084sn02q)" 404
    ADA_COOKIE=$(cookie_of)
    check "and is good" "$(as_user "$ADA_COOKIE" GET /v1/me)" 200
}

# letter_says ADDRESS WORDS: those lines of the newest mail to it, once there is one.
letter_says() {
    local i at
    for i in {1..600}; do
        at=$(grep -liE "^x-envelope-to: $1" "$DATA"/mail/*.eml 2>/dev/null | sort | tail -n 1)
        [ -z "$at" ] || break
        sleep 0.1
    done
    [ -z "$at" ] || sed 's/\r$//' "$at" | grep -E "^($2): " | tr '\n' '|'
}

# letter_link ADDRESS PATH: what leads to PATH in the newest letter to it that has such a link, without its secret.
letter_link() {
    local i link
    for i in {1..100}; do
        link=$(python3 -B - "$DATA/mail" "$1" "$2" <<'PY'
import email, email.policy, glob, re, sys
for name in sorted(glob.glob(sys.argv[1] + "/*.eml"), reverse=True):
    with open(name, "rb") as f:
        letter = email.message_from_binary_file(f, policy=email.policy.default)
    if sys.argv[2].lower() in str(letter["x-envelope-to"]).lower():
        for link in re.findall(r"https://[^\s#]*" + re.escape(sys.argv[3]) + "(?=#)", letter.get_body(("plain",)).get_content()):
            print(link)
            sys.exit()
PY
        )
        [ -z "$link" ] || break
        sleep 0.1
    done
    echo "$link"
}

roles_given() {
    local token id mem
    BO=bo@birch.example BO_PASSWORD="birch trees are white"
    BO_COOKIE=$(joined "$BO" "$BO_PASSWORD" "$(invite --email "$BO" --role customer_admin --customer "$BIRCH")")
    check "Bo is bound to Birch" "$(as_user "$BO_COOKIE" GET /v1/me) $(said .customer_id)" "200 $BIRCH"
    BO_ID=$(said .user_id)
    check "and sees Birch's orders" "$(as_user "$BO_COOKIE" GET /v1/orders) $(said '[.data[].source_id] | join(" ")')" "200 6001"
    check "and not Alder's" "$(as_user "$BO_COOKIE" GET "/v1/orders/$ORDER")" 404
    check "whatever the header says" "$(as_user "$BO_COOKIE" GET /v1/orders -H "customer: $ALDER")" 404
    check "Bo sees the people of Birch" "$(as_user "$BO_COOKIE" GET /v1/users) $(said '[.data[].email] | join(" ")')" "200 $BO"
    check "and not Ada" "$(as_user "$BO_COOKIE" GET "/v1/users/$ADA_ID")" 404
    check "Ada sees all" "$(as_user "$ADA_COOKIE" GET "/v1/users?limit=1") $(said '.data | length') $(said '.next_cursor | length > 9')" "200 1 true"
    check "roles are listed" "$(as_user "$ADA_COOKIE" GET /v1/roles) $(said '.data | length')" "200 10"
    check "Bo invites a viewer" "$(as_user "$BO_COOKIE" POST /v1/users -H "host: $NORTHWIND:8081" --json '{"email":"vi@birch.example","name":"Vi","role":"customer_viewer"}') $(said .status)" "201 invited"
    id=$(said .id) mem=$(said '.memberships[0].id')
    check "the letter says in words who invites, to what and as what" "$(letter_says vi@birch.example 'Invited by|For|Role')" \
        "Invited by: $BO|For: Birch|Role: Viewer|"
    check "its link has the port that people reach us at, whatever port was asked" "$(letter_link vi@birch.example /invite)" "https://$NORTHWIND:$HTTPS_PORT/invite"
    check "and until when, in the reader's form" "$(letter_says vi@birch.example 'Valid until' |
        grep -cE '^Valid until: [1-9][0-9]? [A-Z][a-z]+ 20[0-9]{2}, [0-9]{2}:[0-9]{2} UTC\|$')" 1
    check "and not twice" "$(as_user "$BO_COOKIE" POST /v1/users --json '{"email":"VI@birch.example","name":"Vi","role":"customer_viewer"}')" 409
    check "an address that others know is invited like a new one" \
        "$(as_user "$BO_COOKIE" POST /v1/users --json "{\"email\":\"$ADA\",\"name\":\"Somebody\",\"role\":\"customer_viewer\"}") $(said '"\(.name) \(.status) \(.signed_in_at)"')" \
        "201 Somebody invited null"
    check "and is read so" "$(as_user "$BO_COOKIE" GET "/v1/users/$ADA_ID") $(said '"\(.name) \(.status) \(.memberships | length)"')" "200 Somebody invited 1"
    check "Bo cannot disable her" "$(as_user "$BO_COOKIE" PATCH "/v1/users/$ADA_ID" -H "if-match: $(header_of etag)" --json '{"name":"Mine"}')" 403
    check "nor end her sessions" "$(as_user "$BO_COOKIE" DELETE "/v1/users/$ADA_ID/sessions")" 403
    check "but takes back what he gave" "$(as_user "$BO_COOKIE" GET "/v1/users/$ADA_ID"; as_user "$BO_COOKIE" DELETE "/v1/users/$ADA_ID" -H "if-match: $(header_of etag)")" 200204
    as_user "$ADA_COOKIE" GET /v1/me >/dev/null # what she may has changed, and so has her cookie
    ADA_COOKIE=$(cookie_of)
    check "Bo gives no role of the partner" "$(as_user "$BO_COOKIE" POST /v1/users --json '{"email":"x@birch.example","name":"X","role":"partner_support"}')" 422
    check "nor one that does not exist" "$(as_user "$BO_COOKIE" POST /v1/users --json '{"email":"x@birch.example","name":"X","role":"platform_operator"}')" 422
    check "a role of a customer wants one named" "$(as_user "$ADA_COOKIE" POST /v1/users --json '{"email":"x@birch.example","name":"X","role":"customer_viewer"}')" 422
    check "with the header it is given" "$(as_user "$ADA_COOKIE" POST "/v1/users/$id/memberships" -H "customer: $BIRCH" --json '{"role":"customer_finance"}') $(said '.memberships | length')" "201 2"
    check "a role is taken" "$(as_user "$BO_COOKIE" DELETE "/v1/users/$id/memberships/$mem")" 204
    check "and is gone" "$(as_user "$BO_COOKIE" DELETE "/v1/users/$id/memberships/$mem")" 404
    AL_COOKIE=$(joined al@northwind.example "always a long password" "$(invite --email al@northwind.example --role partner_admin)")
    check "an admin is not an owner" \
        "$(as_user "$AL_COOKIE" POST /v1/users --json '{"email":"y@northwind.example","name":"Y","role":"partner_owner"}')" 403
    check "a language that pages and mail lack is refused" \
        "$(as_user "$ADA_COOKIE" POST /v1/users --json '{"email":"z@northwind.example","name":"Z","role":"partner_viewer","locale":"it"}') $(said '.errors[0] | [.pointer, .code] | join(" ")')" \
        "422 /locale not_a_language"
    check "a change needs the version that was seen" "$(as_user "$ADA_COOKIE" PATCH "/v1/users/$BO_ID" --json '{"name":"Bo B."}')" 428
    check "of the newest" "$(as_user "$ADA_COOKIE" PATCH "/v1/users/$BO_ID" -H 'if-match: "v99"' --json '{"name":"Bo B."}')" 412
    as_user "$ADA_COOKIE" GET "/v1/users/$BO_ID" >/dev/null
    check "with it, it is made" "$(as_user "$ADA_COOKIE" PATCH "/v1/users/$BO_ID" -H "if-match: $(header_of etag)" --json '{"name":"Bo B."}') $(said .name)" "200 Bo B."
    check "Bo changes his own" "$(as_user "$BO_COOKIE" GET /v1/me; as_user "$BO_COOKIE" PATCH /v1/me -H "if-match: $(header_of etag)" --json '{"locale":"de"}') $(said .locale)" "200200 de"
    several
}

# A person of two customers says for which one.
several() {
    local token cookie
    token=$(invite --email two@shops.example --role customer_operator --customer "$BIRCH")
    cookie=$(joined two@shops.example "one person two shops" "$token")
    token=$(invite --email two@shops.example --role customer_viewer --customer "$ALDER")
    check "a role that was not accepted counts not" "$(as_user "$cookie" GET /v1/orders) $(said '[.data[].source_id] | join(" ")')" "200 6001"
    check "who has a password accepts with the link alone" "$(visit POST /v1/invitations/accept "{\"token\":\"$token\"}")" 204
    as_user "$cookie" GET /v1/me >/dev/null
    cookie=$(cookie_of)
    check "then the customer is to be named" "$(as_user "$cookie" GET /v1/orders) $(said '.detail | contains("customer: cus_")')" "400 true"
    check "which me says" "$(as_user "$cookie" GET /v1/me) $(said .must_choose)" "200 true"
    check "at one the person may write" "$(as_user "$cookie" POST /v1/connections -H "customer: $BIRCH" -H "idempotency-key: two-1" --json '{}')" 422
    check "at the other only read" "$(as_user "$cookie" GET /v1/orders -H "customer: $ALDER") $(as_user "$cookie" POST /v1/connections -H "customer: $ALDER" --json '{}')" "200 403"
    check "at a third there is nothing" "$(as_user "$cookie" GET /v1/orders -H "customer: cus_01h455vb4pex5vsknk084sn02q")" 404
}

invited_links() {
    local token
    token=$(invite --email late@northwind.example --role partner_support)
    pg_sql "update tenon.one_time set expires_at = now() - interval '1 second' where used_at is null and kind = 'invitation'
        and user_id = (select user_id from tenon.app_user where email_norm = 'late@northwind.example')"
    check "after seven days a link is nothing" "$(visit POST /v1/invitations/accept "{\"token\":\"$token\",\"password\":\"$ADA_PASSWORD\"}")" 404
    check "the token is kept as a hash alone" "$(pg_sql "select count(*) from tenon.one_time t where t::text like '%$token%'")" 0
    check "and stands in no log" "$(grep -c "$token" "$DATA"/log/*.log | awk -F: '{ n += $2 } END { print n }')" 0
}

last_ones() {
    local cookie
    as_user "$ADA_COOKIE" GET "/v1/users/$ADA_ID" >/dev/null
    check "an admin cannot remove an owner" "$(as_user "$AL_COOKIE" DELETE "/v1/users/$ADA_ID" -H "if-match: $(header_of etag)")" 403
    as_user "$ADA_COOKIE" GET "/v1/users/$BO_ID" >/dev/null
    check "the last administrator of a customer stays" "$(as_user "$ADA_COOKIE" DELETE "/v1/users/$BO_ID" -H "if-match: $(header_of etag)")" 409
    problem "the last administrator of a customer stays" 409 last-administrator
    check "and is not disabled" "$(as_user "$ADA_COOKIE" GET "/v1/users/$BO_ID"; as_user "$ADA_COOKIE" PATCH "/v1/users/$BO_ID" -H "if-match: $(header_of etag)" --json '{"status":"disabled"}')" 200409
    cookie=$(joined bea@birch.example "birch trees have leaves" "$(invite --email bea@birch.example --role customer_admin --customer "$BIRCH")")
    check "with another one he may be disabled" "$(as_user "$ADA_COOKIE" GET "/v1/users/$BO_ID"; as_user "$ADA_COOKIE" PATCH "/v1/users/$BO_ID" -H "if-match: $(header_of etag)" --json '{"status":"disabled"}')" 200200
    check "which ends his session at once" "$(as_user "$BO_COOKIE" GET /v1/me)" 401
    check "and he cannot sign in" "$(sign_in "$BO" "$BO_PASSWORD" --interface 127.0.0.33)" 401
    check "until he is let in again" "$(as_user "$ADA_COOKIE" GET "/v1/users/$BO_ID"; as_user "$ADA_COOKIE" PATCH "/v1/users/$BO_ID" -H "if-match: $(header_of etag)" --json '{"status":"active"}'; sign_in "$BO" "$BO_PASSWORD" --interface 127.0.0.33)" 200200200
    BO_COOKIE=$(cookie_of)
    check "two who remove each other at once: one stays" "$(remove_each_other "$cookie")" 1
    check "an administrator ends a person's sessions" "$(as_user "$ADA_COOKIE" DELETE "/v1/users/$BO_ID/sessions")" 204
}

remove_each_other() {
    local bea etag_bo etag_bea i
    bea=$(pg_sql "select user_id from tenon.app_user where email_norm = 'bea@birch.example'")
    bea=$(id_text usr "$bea")
    as_user "$1" GET "/v1/users/$BO_ID" >/dev/null; etag_bo=$(header_of etag)
    as_user "$1" GET "/v1/users/$bea" >/dev/null; etag_bea=$(header_of etag)
    curl_to -o /dev/null -X DELETE -H "cookie: __Host-session=$1" "${SAME[@]}" -H "if-match: $etag_bo" "$(url "/v1/users/$BO_ID")" &
    i=$!
    curl_to -o /dev/null -X DELETE -H "cookie: __Host-session=$BO_COOKIE" "${SAME[@]}" -H "if-match: $etag_bea" "$(url "/v1/users/$bea")"
    wait $i
    pg_sql "select count(*) from tenon.membership where role = 'customer_admin' and ended_at is null and accepted_at is not null"
}

resets() {
    local known unknown token other fresh
    known=$(visit POST /v1/password-resets "{\"email\":\"$ADA\"}" -H "host: $NORTHWIND:8081"; cat "$ANSWER" 2>/dev/null)
    unknown=$(visit POST /v1/password-resets '{"email":"nobody@northwind.example"}'; cat "$ANSWER" 2>/dev/null)
    check "a reset is promised to anybody alike" "$known $unknown" "202 202"
    check "its link has the port that people reach us at, whatever port was asked" "$(letter_link "$ADA" /reset)" "https://$NORTHWIND:$HTTPS_PORT/reset"
    # The letter is not ours to open: the link of another one is put in its place.
    token=$(head -c 500 /dev/urandom | tr -dc 'a-z0-9' | head -c 52)
    pg_sql "update tenon.one_time set token_hash = sha256(convert_to('$token', 'UTF8')) where kind = 'reset' and used_at is null"
    sign_in "$ADA" "$ADA_PASSWORD" --interface 127.0.0.34 >/dev/null
    other=$(cookie_of)
    check "a weak password uses up no link" "$(visit POST /v1/password-resets/confirm "{\"token\":\"$token\",\"password\":\"passwordpassword\"}")" 422
    ADA_PASSWORD="another long way home"
    check "the link sets a new password" "$(visit POST /v1/password-resets/confirm "{\"token\":\"$token\",\"password\":\"$ADA_PASSWORD\"}")" 204
    check "once" "$(visit POST /v1/password-resets/confirm "{\"token\":\"$token\",\"password\":\"$ADA_PASSWORD\"}")" 404
    check "and all sessions end" "$(as_user "$other" GET /v1/me) $(as_user "$ADA_COOKIE" GET /v1/me)" "401 401"
    check "the new one signs in" "$(sign_in "$ADA" "$ADA_PASSWORD" --interface 127.0.0.34)" 200
    ADA_COOKIE=$(cookie_of)
    resets_alike
    check "a password is changed by who knows it" \
        "$(as_user "$ADA_COOKIE" PUT /v1/me/password --json "{\"current_password\":\"wrong wrong wrong\",\"password\":\"a third long way home\"}")" 403
    check "only" "$(as_user "$ADA_COOKIE" PUT /v1/me/password --json "{\"current_password\":\"$ADA_PASSWORD\",\"password\":\"a third long way home\"}")" 204
    ADA_PASSWORD="a third long way home"
    fresh=$(cookie_of)
    check "the session gets a new cookie" "$(as_user "$ADA_COOKIE" GET /v1/me) $(as_user "$fresh" GET /v1/me)" "401 200"
    ADA_COOKIE=$fresh
}

# The quickest of some answers each, from addresses that have not asked yet.
resets_alike() {
    local i t known=9999 unknown=9999
    for i in 0 1 2 3 4; do
        t=$(reset_took "$BO" "127.0.1.$i")
        [ "$t" -ge "$known" ] || known=$t
        t=$(reset_took "nobody$i@northwind.example" "127.0.1.$i")
        [ "$t" -ge "$unknown" ] || unknown=$t
    done
    check "and after the same time, not sooner for an address that nobody has" \
        "$([ "$known" -ge 300 ] && [ "$unknown" -ge 300 ] && [ $((known - unknown)) -le 40 ] && [ $((unknown - known)) -le 40 ] &&
            echo yes || echo "known $known ms, unknown $unknown ms")" yes
}
reset_took() {
    curl_to -o /dev/null --http2 --interface "$2" -w '%{time_total}' --json "{\"email\":\"$1\"}" "$(url /v1/password-resets)" |
        awk '{ printf "%d", $1 * 1000 }'
}

# totp URI [STEPS]: the code that an app would show now, or so many steps of 30 s later (RFC 6238 by our own reading).
totp() {
    python3 -c '
import base64, hashlib, hmac, re, struct, sys, time
secret = re.search(r"secret=([A-Z2-7]+)", sys.argv[1]).group(1)
key = base64.b32decode(secret + "=" * (-len(secret) % 8))
mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + int(sys.argv[2])), hashlib.sha1).digest()
at = mac[19] & 15
print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000))' "$1" "${2:-0}"
}

second_factors() {
    local uri code step cookie codes
    sign_in two@shops.example "one person two shops" --interface 127.0.0.35 >/dev/null
    cookie=$(cookie_of)
    check "an app is not begun without the password" "$(as_user "$cookie" POST /v1/me/totp --json '{}')" 403
    check "with it, there is an address for the app" "$(as_user "$cookie" POST /v1/me/totp --json '{"password":"one person two shops"}')" 201
    uri=$(said .uri)
    check "in the partner's name" "$(grep -cE '^otpauth://totp/Northwind[^:]*:two%40shops.example\?secret=[A-Z2-7]{32}&issuer=Northwind' <<<"$uri")" 1
    check "a wrong code does not confirm it" "$(as_user "$cookie" POST /v1/me/totp/confirm --json '{"code":"000000"}')" 422
    code=$(totp "$uri")
    check "the right one does" "$(as_user "$cookie" POST /v1/me/totp/confirm --json "{\"code\":\"$code\"}") $(said '.codes | length')" "201 10"
    codes=$(said '.codes | join(" ")')
    cookie=$(cookie_of)
    check "the password alone signs in no more" "$(sign_in two@shops.example "one person two shops" --interface 127.0.0.36) $(said .state) $(cookie_of)" "200 second_factor_needed "
    step=$(said .token)
    check "the code that was used is used" "$(visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"$code\"}")" 401
    check "the next one signs in" "$(visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"$(totp "$uri" 1)\"}") $(said .state)" "200 signed_in"
    check "and the step is over" "$(visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"${codes%% *}\"}")" 401
    sign_in two@shops.example "one person two shops" --interface 127.0.0.36 >/dev/null
    step=$(said .token)
    check "a recovery code does it, too" "$(visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"${codes%% *}\"}")" 200
    sign_in two@shops.example "one person two shops" --interface 127.0.0.36 >/dev/null
    step=$(said .token)
    check "once" "$(visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"${codes%% *}\"}")" 401
    check "five tries, then the step is over" "$(for code in 1 2 3 4; do visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"00000$code\"}"; done
        visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"$(cut -d' ' -f2 <<<"$codes")\"}")" 401401401401401
    check "nine codes are left" "$(as_user "$cookie" GET /v1/me) $(said '"\(.totp) \(.recovery_codes)"')" "200 true 9"
    check "new ones end the old" "$(as_user "$cookie" POST /v1/me/recovery-codes --json '{"password":"one person two shops"}') $(said '.codes | length')" "201 10"
    check "the secret is sealed" "$(pg_sql "select count(*) from tenon.app_user where totp_sealed is not null and length(totp_sealed) = 92")" 1
    check "an app is taken off by who knows the password" "$(as_user "$cookie" DELETE /v1/me/totp --json '{"password":"one person two shops"}')" 204
    cookie=$(cookie_of)
    check "and then the password is enough" "$(sign_in two@shops.example "one person two shops" --interface 127.0.0.37) $(said .state)" "200 signed_in"
}

# guess_second NETWORK: five wrong codes at a step of its own; prints how each was answered.
guess_second() {
    local code
    sign_in guess@northwind.example "guess as often as you like" --interface "$1" >/dev/null
    step=$(said .token)
    for code in 1 2 3 4 5; do visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"00000$code\"}"; done
}

# Each sign-in by password gives five more tries: the account has a limit of its own, wherever they come from.
second_guesses() {
    local cookie uri codes step
    cookie=$(joined guess@northwind.example "guess as often as you like" "$(invite --email guess@northwind.example --role partner_support)")
    as_user "$cookie" POST /v1/me/totp --json '{"password":"guess as often as you like"}' >/dev/null
    uri=$(said .uri)
    as_user "$cookie" POST /v1/me/totp/confirm --json "{\"code\":\"$(totp "$uri")\"}" >/dev/null
    codes=$(said '.codes | join(" ")')
    check "ten wrong codes are taken at once, of two steps" "$(guess_second 127.0.0.71) $(guess_second 127.0.0.72)" "401401401401401 401401401401401"
    sign_in guess@northwind.example "guess as often as you like" --interface 127.0.0.73 >/dev/null
    step=$(said .token)
    check "the next is not compared, be it the right one" \
        "$(visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"${codes%% *}\"}") $(header_of retry-after | grep -c '^[1-6][0-9]$')" "429 1"
    problem "the next is not compared, be it the right one" 429 rate-limited
    pg_sql "update tenon.throttle set paid_until = paid_until - interval '1 minute' where $(second_row)"
    check "a minute later one is, and signs in" \
        "$(visit POST /v1/session/second-factor "{\"token\":\"$step\",\"code\":\"${codes%% *}\"}" --interface 127.0.0.73) $(said .state)" "200 signed_in"
    check "which forgives the others" "$(pg_sql "select count(*) from tenon.throttle where $(second_row)")" 0
    check "and is told by letter, from a new address as it was" "$(told_of_place guess@northwind.example)" 1
}
# told_of_place ADDRESS: how many letters told of a new sign-in.
told_of_place() {
    pg_sql "select count(*) from tenon.mail where kind = 'new_sign_in' and about_id = (select user_id from tenon.app_user
        where email_norm = '$1')"
}
second_row() {
    echo "key_hash = (select sha256(convert_to(E'second\\n' || user_id || E'\\n', 'UTF8')) from tenon.app_user
        where email_norm = 'guess@northwind.example')"
}

settings_checked() {
    local etag body
    check "settings are read" "$(as_user "$ADA_COOKIE" GET /v1/sign-in-settings) $(said .idle_minutes)" "200 720"
    etag=$(header_of etag) body=$(jq -c '.second_factor_required = true' "$ANSWER")
    check "not by who is of a customer" "$(as_user "$(joined fin@birch.example "figures and more figures" \
        "$(invite --email fin@birch.example --role customer_finance --customer "$BIRCH")")" GET /v1/sign-in-settings)" 403
    check "a second factor is made a must" "$(as_user "$ADA_COOKIE" PUT /v1/sign-in-settings -H "if-match: $etag" --json "$body") $(said .second_factor_required)" "200 true"
    check "then who has none may nothing" "$(as_user "$ADA_COOKIE" GET /v1/orders) $(said .code)" "403 second-factor-required"
    check "but set one up" "$(as_user "$ADA_COOKIE" GET /v1/me) $(said .second_factor_due)" "200 true"
    pg_sql "update tenon.sign_in_setting set second_factor_required = false"
}

api_keys_are_no_people() {
    check "a key says what it is" "$(ask GET /v1/me "$NORTHWIND_KEY") $(said '"\(.kind) \(.user_id)"')" "200 api_key null"
    check "and has no sessions" "$(ask GET /v1/me/sessions "$NORTHWIND_KEY")" 403
    check "nobody is nobody" "$(ask GET /v1/me '')" 401
    check "a person signs out" "$(as_user "$ADA_COOKIE" DELETE /v1/session)" 204
    check "and is gone" "$(as_user "$ADA_COOKIE" GET /v1/me)" 401
}

device() { python3 -B "$TENON_ROOT/tests/api/passkey.py" "$1" "$DATA/work/passkey.pem" "$NORTHWIND" "${4:-https://$NORTHWIND:$HTTPS_PORT}" "$2" "$3"; }
# challenge_to_sign_in: a fresh one.
challenge_to_sign_in() {
    visit POST /v1/session/passkey/options '{}' >/dev/null
    said .challenge
}

passkeys_checked() {
    local cookie id proof
    openssl ecparam -name prime256v1 -genkey -noout -out "$DATA/work/passkey.pem"
    cookie=$(joined key@northwind.example "keys and still more keys" "$(invite --email key@northwind.example --role partner_support)")
    check "a passkey is not begun without the password" "$(as_user "$cookie" POST /v1/me/passkeys/options --json '{}')" 403
    check "with it there is a challenge" "$(as_user "$cookie" POST /v1/me/passkeys/options --json '{"password":"keys and still more keys"}') $(said .rp_id)" "201 $NORTHWIND"
    proof=$(device made "$(said .challenge)" 0)
    check "what the device made is kept" "$(as_user "$cookie" POST /v1/me/passkeys --json "$proof") $(said .name)" "201 A key"
    id=$(said .id)
    check "its challenge is good once" "$(as_user "$cookie" POST /v1/me/passkeys --json "$proof")" 404
    check "it is listed" "$(as_user "$cookie" GET /v1/me/passkeys) $(said '.data | length')" "200 1"
    check "the password alone signs in no more" "$(sign_in key@northwind.example "keys and still more keys" --interface 127.0.0.51) $(said '"\(.state) \(.passkey)"')" \
        "200 second_factor_needed true"
    proof=$(device proof "$(challenge_to_sign_in)" 1)
    check "the passkey does" "$(visit POST /v1/session/passkey "$proof" --interface 127.0.0.52) $(said .state)" "200 signed_in"
    check "which is told by letter, from a new address as it was" "$(told_of_place key@northwind.example)" 1
    check "once" "$(visit POST /v1/session/passkey "$proof")" 401
    check "a count that does not grow is a copy's" "$(visit POST /v1/session/passkey "$(device proof "$(challenge_to_sign_in)" 1)")" 401
    check "another origin's proof is none" "$(visit POST /v1/session/passkey "$(device proof "$(challenge_to_sign_in)" 2 https://evil.test)")" 401
    check "a challenge of ours is needed" "$(visit POST /v1/session/passkey "$(device proof "$(printf 'a%.0s' {1..70})" 3)")" 401
    check "a passkey is nobody at another partner" "$(ON=$HARBOR visit POST /v1/session/passkey "$(device proof "$(challenge_to_sign_in)" 4)")" 401
    check "it is not taken off without the password" "$(as_user "$cookie" DELETE "/v1/me/passkeys/$id" --json '{}') $(as_user "$cookie" GET /v1/me/passkeys) $(said '.data | length')" "403 200 1"
    check "with it, it is" "$(as_user "$cookie" DELETE "/v1/me/passkeys/$id" --json '{"password":"keys and still more keys"}')" 204
    check "and the session has a new cookie" "$(as_user "$(cookie_of)" GET /v1/me) $(as_user "$cookie" GET /v1/me)" "200 401"
    check "and signs in no more" "$(visit POST /v1/session/passkey "$(device proof "$(challenge_to_sign_in)" 5)")" 401
}
