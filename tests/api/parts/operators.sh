# shellcheck shell=bash disable=SC2154
# The operators' listeners of api and worker. Sourced by tests/api/run.

# ops ROLE PATH: the answer's status; the body in ANSWER.
ops() {
    local port=$((HTTPS_PORT + 1))
    [ "$1" = api ] || port=$((HTTPS_PORT + 2))
    status_of "http://127.0.0.1:$port$2"
}
figure() { awk -v name="$1" '$1 == name { print $2 }' "$ANSWER"; }

operator_checks() {
    local role newest
    newest=$(find "$TENON_ROOT/sql/migrations" -name '[0-9]*.sql' | sed 's,.*/0*\([0-9]*\)_.*,\1,' | sort -n | tail -n 1)
    for role in api worker; do
        check "$role: the loop turns" "$(ops "$role" /healthz) $(cat "$ANSWER")" "200 ok"
        check "$role: it is ready, and says of each thing how it is" "$(ops "$role" /readyz) $(jq -c . "$ANSWER")" \
            "200 {\"ready\":true,\"database\":true,\"schema\":true,\"schema_version\":$newest,\"schema_needed\":$newest,\"key_ring\":true,\"redis\":true,\"draining\":false,\"alert\":null}"
        check "$role: its version" "$(ops "$role" /version) $(said '[(.version | test("^[0-9]+[.][0-9]+[.][0-9]+$")), .schema]')" "200 [true,$newest]"
        check "$role: its figures" "$(ops "$role" /metrics) $(header_of content-type)" "200 text/plain; version=0.0.4; charset=utf-8"
        holds "$role: fibers live" test "$(figure fibers_live)" -ge 1
        check "$role: nothing of the API is served here" "$(ops "$role" /v1/orders)" 404
    done
    check "no operator's page is served to partners" "$(ask GET /metrics "$NORTHWIND_KEY")" 404
    old_schema
    jobs_in_state
}

# A schema older than the build needs: it does not take work. (A newer one is the other test's business: it does.)
old_schema() {
    pg_sql "create table public.kept as select * from tenon.schema_migration where version = $newest;
        delete from tenon.schema_migration where version = $newest"
    check "an older schema is not served from" "$(ops api /readyz) $(said '[.ready, .database, .schema]')" "503 [false,true,false]"
    pg_sql "insert into tenon.schema_migration select * from public.kept; drop table public.kept;
        insert into tenon.schema_migration (version, name, checksum) values (9999, 'later', '')"
    check "a newer one is" "$(ops api /readyz) $(said '[.ready, .schema_version]')" "200 [true,9999]"
    pg_sql "delete from tenon.schema_migration where version = 9999"
}

# Held and dead jobs are seen by the operator, who sees no order.
jobs_in_state() {
    order_body 5300 5300 SKU-0001 1 '.currency = "XQZ"' >"$DATA/work/held"
    check "an order that cannot become a sale is taken" "$(post "$DATA/work/held" j-1)" 200
    holds "its job is counted as held" figure_becomes 'jobs_in_state{state="held"}' 2 # with that of order_released
    pg_sql "update tenon.job set state = 'dead', ended_at = now() where state = 'held'"
    holds "and one that is given up as dead" figure_becomes 'jobs_in_state{state="dead"}' 2
}

figure_becomes() {
    local i
    for i in {1..600}; do
        ops worker /metrics >/dev/null
        [ "$(figure "$1")" != "$2" ] || return 0
        sleep 0.1
    done
    return 1
}

# An api process that cannot open a webhook's secret would refuse every delivery.
lost_keys() {
    end api
    api_start TENON_EDGE_KEK_FILE= "${API_SETTINGS[@]}" >/dev/null 2>&1 &
    local starting=$! i
    for i in {1..600}; do
        [ "$(ops api /readyz)" = 000 ] || break
        sleep 0.1
    done
    check "without its key it is not ready, and says why" "$(ops api /readyz) $(said '[.ready, .database, .key_ring]')" "503 [false,true,false]"
    kill "$starting" 2>/dev/null
    wait "$starting" 2>/dev/null || true
    end api
    api_start "${API_SETTINGS[@]}" || exit 1
}
