# shellcheck shell=bash disable=SC2154
# What stops work, grouped by cause. Sourced by tests/api/run, behind why.sh, whose customer and helpers it takes.

exceptions_checks() {
    local n id
    check "three orders come in a currency that there is not" \
        "$(for n in 21 22 23; do larch_sends "$n" '.currency = "XXQ"'; done)" 200200200
    for n in 21 22 23; do larch_rests "$n"; done
    check "they are one cause" "$(larch GET /v1/exceptions) $(said '.exceptions[] | select(.code == "currency_unknown") | [.path, .connector, .owner, .stopped, .customers, .system]')" \
        '200 ["XXQ","shopify","shop",4,1,"Larch shop"]'
    check "with what fails and what does not" "$(said '.exceptions[] | select(.code == "currency_unknown") | [.verdict, (.verdict_words | test("^4 of [0-9]+: data$")), .class, .trend]')" \
        '["data",true,"hold","rising"]'
    id=$(said '.exceptions[] | select(.code == "currency_unknown") | .id')
    check "somebody sees to it, and puts it away" "$(larch PUT "/v1/exceptions/$id/handling" --json '{"assignee": "Ada", "note": "asked the shop", "archived": true}') \
$(said '[.assignee, .note, .archived]')" '200 ["Ada","asked the shop",true]'
    check "which the cause then says" "$(larch GET /v1/exceptions) $(said '.exceptions[] | select(.code == "currency_unknown") | [.handling.assignee, .handling.archived]')" \
        '200 ["Ada",true]'
    check "put away it is not counted" "$(larch GET /v1/exceptions/count) $(said .stopped)" "200 $(($(larch GET /v1/exceptions >/dev/null && said '[.exceptions[].stopped] | add') - 4))"
    check "one more comes" "$(larch_sends 24 '.currency = "XXQ"')" 200
    larch_rests 24
    check "and it is back" "$(larch GET /v1/exceptions) $(said '.exceptions[] | select(.code == "currency_unknown") | [.stopped, .handling.archived]')" "200 [5,false]"
    check "an exception that cannot be is none" "$(larch PUT /v1/exceptions/17/handling --json '{"archived": false}')" 404
    check "one customer's are not another's" "$(ask GET /v1/exceptions "$(ctl key create --partner northwind --name 'birch exceptions' --customer "$BIRCH" --scopes flows:read)") \
$(said '[.exceptions[] | select(.system == "Larch shop")]')" "200 []"
    check "the partner sees them all" "$(ask GET /v1/exceptions "$(ctl key create --partner northwind --name 'all exceptions' --scopes flows:read)") \
$(said '.exceptions | map(select(.code == "currency_unknown" and .path == "XXQ")) | length')" "200 1"
    check "they are counted" "$(larch GET /v1/exceptions/count) $(said '[.count > 0, .jobs >= 5, .stopped >= 5]')" "200 [true,true,true]"
    check "who may not see flows is refused" "$(KEY=$(ctl key create --partner northwind --name 'no exceptions' --customer "$LARCH" --scopes orders:read) larch GET /v1/exceptions)" 403
    exceptions_jobs
    for n in 2 21 22 23 24; do
        larch_rests "$n"
        pg_sql "update tenon.job set state = 'cancelled', ended_at = now() where business_key = 'order:88$n'"
    done
    check "what has gone on is no exception any more" "$(larch GET /v1/exceptions) $(said '[.exceptions[] | select(.code == "currency_unknown")]')" "200 []"
}

# Its jobs one by one, and once more: the currency is still none, so that those that go on come back.
exceptions_jobs() {
    local id one other
    id=$(larch GET /v1/exceptions >/dev/null && said '.exceptions[] | select(.code == "currency_unknown") | .id')
    one="/v1/exceptions/$id"
    check "the jobs of a cause are those it counts, with their orders" "$(larch GET "$one/jobs") $(said '[(.data | length), (.data | map(.state) | unique), (.data | map(.order_id != null) | all), .next_cursor]')" '200 [5,["held"],true,null]'
    check "page by page" "$(larch GET "$one/jobs?limit=2") $(said '[(.data | length), (.next_cursor != null)]')" "200 [2,true]"
    other=$(said '.data[-1].id')
    check "the next page goes on" "$(larch GET "$one/jobs?limit=3&cursor=$(said .next_cursor)") $(said "[(.data | length), (.data | map(.id < \"$other\") | all), .next_cursor]")" "200 [3,true,null]"
    check "what a retry would do is told" "$(larch POST "$one/retry" --json '{"most": 2, "dry_run": true}') $(said '[.dry_run, .matched, .retried, .skipped, .left]')" "200 [true,5,2,0,3]"
    check "and nothing is done" "$(larch GET /v1/exceptions/count) $(larch GET "$one/jobs" >/dev/null && said '[.data[] | select(.state == "held")] | length')" "200 5"
    check "two go on" "$(larch POST "$one/retry" --json '{"most": 2, "reason": "the shop was asked"}') $(said '[.dry_run, .matched, .retried, .left]')" "200 [false,5,2,3]"
    check "which is on record with its reason" "$(pg_sql "select count(*) from tenon.audit_entry where action = 'exception.retry' and reason = 'the shop was asked'")" 1
    for n in 2 21 22 23 24; do larch_rests "$n"; done
    check "they are held again for the same" "$(larch GET "$one/jobs") $(said '.data | length')" "200 5"
    check "of a cause that stops nothing there is nothing to retry" "$(larch POST /v1/exceptions/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/retry --json '{"most": 1}')" 404
    check "nor jobs" "$(larch GET /v1/exceptions/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/jobs) $(said .data)" "200 []"
    check "a hundred and one are too many at once" "$(larch POST "$one/retry" --json '{"most": 101}')" 422
    other=$(ctl key create --partner northwind --name 'birch retries' --customer "$BIRCH" --scopes flows:read,flows:run)
    check "another customer has none of it" "$(ask GET "$one/jobs" "$other") $(said .data) $(ask POST "$one/retry" "$other" --json '{"most": 10}')" "200 [] 404"
    other=$(ctl key create --partner northwind --name 'looks only' --customer "$LARCH" --scopes flows:read)
    check "who may only look retries nothing" "$(KEY=$other larch POST "$one/retry" --json '{"most": 1}')" 403
}
