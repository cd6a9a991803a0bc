# shellcheck shell=bash disable=SC2154
# What was used, as those see it who may: summed, and every message accounted for. Sourced by tests/api/run.
usage_checks() {
    local key
    key=$(key_with billing:read)
    check "usage is answered" "$(ask GET '/v1/usage?group=customer' "$key")" 200
    check "each message that was taken is rated or excluded" "$(said '.messages | .equal and .accepted == .rated + .excluded')" true
    check "messages were rated" "$(said '.messages.rated > 0')" true
    check "a delivery that came again is not" "$(said '[.messages.reasons[] | select(.reason == "duplicate" and .messages > 0)] | length')" 1
    check "runs, processor time and calls of Alder are summed" "$(said "[.sums[] | select(.customer_id == \"$ALDER\" and .quantity > 0 and
        (.meter | IN(\"runs\", \"cpu_us\", \"calls\", \"octets_sent\", \"octets_received\")))] | length")" 5
    check "so are they of the ledger itself" "$(said '[.sums[] | select(.meter == "runs").quantity] | add')" \
        "$(pg_sql "select count(*) from tenon.job_try t join tenon.partner p using (partner_id) where p.slug = 'northwind' and outcome = 'ok'
            and ended_at > (now() at time zone 'utc')::date - 29")"
    check "each meter is told in the description, with what it counts" "$(said '[.sums[].meter] | unique | .[]' | while read -r meter; do
        jq -r '.components.schemas.UsageSum.properties.meter.description' "$TENON_ROOT/tests/api/openapi.json" | grep -cE "(^| )$meter( and [a-z_]+)?: " || echo "$meter"
    done | sort -u)" 1
    check "one meter by day" "$(ask GET '/v1/usage?meter=runs&group=day,flow' "$key") $(said '[.sums[].meter] | unique')" '200 ["runs"]'
    check "of one customer" "$(ask GET "/v1/usage?customer=$ALDER&group=customer" "$key") $(said '[.sums[].customer_id] | unique | length')" "200 1"
    check "a flow that is not there is none" "$(ask GET "/v1/usage?flow=$(id_text flw 01920000-0000-7000-8000-000000000000)" "$key")" 404
    check "long ago, nothing" "$(ask GET '/v1/usage?from=2020-01-01&to=2020-12-31' "$key") $(said '[(.sums | length), .messages.accepted]')" "200 [0,0]"
    check "more than 366 days are refused" "$(ask GET '/v1/usage?from=2020-01-01&to=2021-01-01' "$key")" 400
    check "so is an end before its beginning" "$(ask GET '/v1/usage?from=2020-01-02&to=2020-01-01' "$key")" 400
    check "and a day that is none" "$(ask GET '/v1/usage?from=2020-02-30' "$key")" 400
    check "and a meter that is none" "$(ask GET '/v1/usage?meter=miles' "$key")" 400
    check "and a group that is none" "$(ask GET '/v1/usage?group=moon' "$key")" 400
    check "who may not ask is refused" "$(ask GET /v1/usage "$(key_with orders:read)")" 403
}
