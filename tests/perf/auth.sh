# shellcheck shell=bash disable=SC2154
# A cheap route by API key and by access token, against the same route of the same server that asks nobody who they are:
# tenond-open is tenond with tests/perf/auth_bare.c in the place of tenants/api/auth.c, so that what lies between both is the
# caller and nothing else. Sourced by run.
# shellcheck disable=SC2034
PROGRAMS="tenond-open"
CONNECTIONS=${PERF_CONNECTIONS:-8} STREAMS=${PERF_STREAMS:-16}
ROUTE=/v1/clients # of a customer that has none: one statement, an empty page

# Microseconds of processor time that the server has used. The rate is what counts on a machine of one's own; where others work
# as well, what a request costs the processor says the same and does not waver.
cpu_us() { awk -v tick="$(getconf CLK_TCK)" '{ printf "%d", ($14 + $15) * 1000000 / tick }' "/proc/$(pid_of "$DATA/run/api.pid")/stat"; }

asked() {
    local name=$1 said before
    shift
    before=$(cpu_us)
    said=$(load --seconds "$LASTING" --connections "$CONNECTIONS" --streams "$STREAMS" --url "$PLAIN$ROUTE" "$@") ||
        die "not every $name was answered: $said"
    sample "$name" "$(jq .per_second <<<"$said")"
    sample "$name.us" "$(jq --argjson us "$(($(cpu_us) - before))" '$us / .requests * 100 | round / 100' <<<"$said")"
}

serve() {
    install -m 0755 "$BUILD/$1" "$DATA/app/tenond"
    perf_api_start TENON_API_THREADS="${API_THREADS:-1}" TENON_DB_CONNECTIONS="${DB_CONNECTIONS:-8}" \
        TENON_READS_PER_MINUTE=1000000000 TENON_CUSTOMER_READS_PER_MINUTE=1000000000 PERF_PARTNER="$PARTNER" PERF_CUSTOMER="$CUSTOMER"
}

# A token is good for a quarter of an hour, which a run is not.
token_make() {
    TOKEN=$(curl -sf -m 20 --cacert "$DATA/ca.pem" --resolve "northwind.localhost:$HTTPS_PORT:127.0.0.1" \
        -u "$(sed -n 1p <<<"$CLIENT"):$(sed -n 2p <<<"$CLIENT")" -d grant_type=client_credentials \
        "https://northwind.localhost:$HTTPS_PORT/oauth/token" | jq -r .access_token)
    [ "${TOKEN:0:3}" = eyJ ] || die "no token was given"
}

measure() {
    local round key other
    seed
    other=$CUSTOMER
    CUSTOMER=$(ctl customer create --partner northwind --name "Birch")
    key=$(ctl key create --partner northwind --customer "$CUSTOMER" --name auth --scopes keys:read)
    CLIENT=$(ctl client create --partner northwind --customer "$other" --name perf --scopes keys:read)
    for ((round = 0; round < ROUNDS; round++)); do
        serve tenond-open
        asked open
        end api
        serve tenond
        token_make
        asked key --header "authorization: Bearer $key"
        asked token --header "authorization: Bearer $TOKEN"
        end api
    done
    verdict auth "$(of token)" "$(of open)" "requests/s" "GET $ROUTE by access token (ES256), against the same server without the \
question who asks; ratio_key is that of an API key; goal 0.85; h2c, $((CONNECTIONS * STREAMS)) in flight, what a thread \
remembers of credentials included; us: processor time of a request; medians of $ROUNDS rounds" \
        "$(jq -nc --argjson key "$(of key)" --argjson open "$(of open)" --argjson uo "$(of open.us)" --argjson uk "$(of key.us)" \
            --argjson ut "$(of token.us)" '{key: $key, ratio_key: ($key / $open * 1000 | round / 1000), us: {open: $uo, key: $uk, token: $ut},
            us_ratio_key: ($uo / $uk * 1000 | round / 1000), us_ratio_token: ($uo / $ut * 1000 | round / 1000)}')"
}
