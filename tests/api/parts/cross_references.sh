# shellcheck shell=bash disable=SC2154
# Cross references: made, filled, looked after; and the orders that wait for a word. Sourced by tests/api/run.

cross_checks() {
    MAPPER=$(mapper "$ALDER" mapper) BIRCH_MAPPER=$(mapper "$BIRCH" mapper2)
    cross_made
    cross_entries
    cross_exact
    cross_import
    cross_waiting
    cross_whose
    cross_by_operator
    cross_gone
}

# mapper CUSTOMER NAME: a key that may see and change cross references.
mapper() {
    key_of "$2" "$1"
    pg_sql "update tenon.api_key set scopes = '{mappings:read,mappings:write}' where name = '$2'" >/dev/null
}
cross() { ask "$1" "/v1/cross-references$2" "${KEY:-$MAPPER}" "${@:3}"; }
word() { jq -nc --arg k "$1" --arg v "$2" '{key: $k, value: $v}'; }

cross_made() {
    check "a cross reference is made" "$(cross POST '' --json '{"name": "sku", "shape": "many_to_one", "key_case": "fold",
        "key_blanks": "collapse", "note": "of the shop"}') $(said '[.name, .key_case, .key_blanks, .key_empty, .value_blanks,
        .entries, .unmatched]')" '201 ["sku","fold","collapse","refused","trim",0,0]'
    SKU=$(said .id)
    check "its name is taken once" "$(cross POST '' --json '{"name": "sku", "shape": "one_to_one"}') $(said '.errors[0].pointer')" "422 /name"
    check "a name is a slug" "$(cross POST '' --json '{"name": "My SKU", "shape": "one_to_one"}') $(said '.errors[0].pointer')" "422 /name"
    check "a shape is one of two" "$(cross POST '' --json '{"name": "x", "shape": "round"}') $(said '.errors[0].pointer')" "422 /shape"
    check "it is shown" "$(cross GET "/$SKU") $(said '[.id, .shape, .note]') $(header_of etag)" "200 [\"$SKU\",\"many_to_one\",\"of the shop\"] \"v1\""
    check "and listed" "$(cross GET '') $(said '[.data[].name]')" '200 ["sku"]'
    check "it changes with its version" "$(cross PATCH "/$SKU" -H 'if-match: "v1"' --json '{"note": "", "key_blanks": "trim"}') $(said '[.note, .key_blanks]')" '200 [null,"trim"]'
    check "and not with another" "$(cross PATCH "/$SKU" -H 'if-match: "v1"' --json '{"note": "x"}')" 412
    check "and not without" "$(cross PATCH "/$SKU" --json '{"note": "x"}')" 428
}

cross_entries() {
    check "an entry is added" "$(cross POST "/$SKU/entries" --json "$(word 'Red Mug' A-1)") $(said '[.key, .value, .version, .released]')" \
        '201 ["Red Mug","A-1",1,0]'
    ENTRY=$(said .id)
    check "who did it is told" "$(said '.changed_by | test("mapper")')" true
    check "a word has one entry at a time" "$(cross POST "/$SKU/entries" --json "$(word 'RED MUG' A-2)") $(said .detail)" \
        "409 there is an entry for RED MUG already that is valid at the same time"
    problem "that" 409 conflict
    check "and another at another time" "$(cross POST "/$SKU/entries" --json '{"key": "old", "value": "1", "valid_to": "2020-01-01T00:00:00Z"}') $(
        cross POST "/$SKU/entries" --json '{"key": "OLD", "value": "2", "valid_from": "2020-01-01T00:00:00Z"}')" "201 201"
    check "no word is none" "$(cross POST "/$SKU/entries" --json "$(word '' A-2)") $(said '.errors[0].pointer')" "422 /key"
    check "times are in order" "$(cross POST "/$SKU/entries" --json '{"key": "a", "value": "1", "valid_from": "2026-01-02T00:00:00Z",
        "valid_to": "2026-01-01T00:00:00Z"}') $(said '.errors[0].pointer')" "422 /valid_to"
    check "they are listed by their keys" "$(cross GET "/$SKU/entries") $(said '[.data[].key]')" '200 ["old","OLD","Red Mug"]'
    check "one after the other" "$(cross GET "/$SKU/entries?limit=2") $(cross GET "/$SKU/entries?limit=2&cursor=$(said .next_cursor)") $(said '[[.data[].key], .next_cursor]')" \
        '200 200 [["Red Mug"],null]'
    check "and searched" "$(cross GET "/$SKU/entries?q=red") $(said '[.data[].key]')" '200 ["Red Mug"]'
    check "one changes with its version" "$(cross PUT "/$SKU/entries/$ENTRY" -H 'if-match: "v1"' --json '{"key": "Red mug", "value": "A-9",
        "note": "as of May"}') $(said '[.value, .note, .version]')" '200 ["A-9","as of May",2]'
    check "and not with another" "$(cross PUT "/$SKU/entries/$ENTRY" -H 'if-match: "v1"' --json "$(word x y)")" 412
    check "one goes" "$(cross DELETE "/$SKU/entries/$ENTRY" -H 'if-match: "v2"')" 204
    check "and is gone" "$(cross DELETE "/$SKU/entries/$ENTRY" -H 'if-match: "v2"')" 404
    check "blanks at a word's ends are of its rule" "$(cross POST "/$SKU/entries" --json "$(word ' red  mug ' ' A-3 ')") $(
        said '[.key, .value]') $(cross POST "/$SKU/entries" --json "$(word $'RED  MUG' A-4)")" '201 [" red  mug "," A-3 "] 409'
    cross DELETE "/$SKU/entries/$(cross GET "/$SKU/entries?q=mug" >/dev/null; said '.data[0].id')" -H 'if-match: "v1"' >/dev/null
    check "rules stay while there are entries" "$(cross PATCH "/$SKU" -H 'if-match: "v2"' --json '{"key_case": "exact"}')" 409
}

# Where blanks count and nothing is a word as well.
cross_exact() {
    cross POST '' --json '{"name": "ship_method", "shape": "many_to_one", "key_blanks": "exact", "key_empty": "allowed"}' >/dev/null
    local at list=$'key,value\n a,1\na,2\n,3\n'
    at=$(said .id)
    check "a word with a blank in front is another one" "$(cross POST "/$at/entries" --json "$(word ' a' 1)") $(
        cross POST "/$at/entries" --json "$(word a 2)") $(cross POST "/$at/entries" --json "$(word '' 3)")" "201 201 201"
    check "in a list as well" "$(SKU=$at brought '' "$list") $(said '[.added, .changed, .same]')" "200 [0,0,3]"
    check "that one goes again" "$(cross DELETE "/$at" -H 'if-match: "v1"')" 204
}

brought() { cross POST "/$SKU/import$1" -H "content-type: ${TYPE:-text/csv}" --data-binary "$2"; }

cross_import() {
    local list=$'key,value,note\nold,1,\nteapot,T-1,blue\n"cup, small",C-1,\n'
    check "a list is tried" "$(brought '?dry_run=true' "$list") $(said '[.dry_run, .rows, .added, .changed, .same, .refused]')" "200 [true,3,2,0,0,1]"
    check "its rows are named" "$(said '.faults | map([.row, .code])')" '[[2,"conflict"]]'
    check "one wrong row and nothing is written" "$(brought '' "$list") $(said '.errors | map([.pointer, .code])')" '422 [["/rows/2","conflict"]]'
    problem "that" 422 validation
    check "nothing was" "$(cross GET "/$SKU") $(said .entries)" "200 2"
    list=$'key,value,note\nteapot,T-1,blue\n"cup, small",C-1,\n'
    check "a good one is taken" "$(brought '' "$list") $(said '[.dry_run, .added, .changed, .same, .refused]')" "200 [false,2,0,0,0]"
    check "again it is the same" "$(brought '' "$list") $(said '[.added, .same]')" "200 [0,2]"
    check "lines of JSON do as well" "$(TYPE=application/jsonl brought '' '{"key": "TEAPOT", "value": "T-2"}') $(said '[.added, .changed]')" "200 [0,1]"
    check "anything else does not" "$(TYPE=application/json brought '' '{}')" 415
    check "what has no heading is no list" "$(brought '' 'a,b')" 422
    check "an empty list says what is expected" "$(brought '' '') $(said '.detail | test("the list is empty; its first row is the heading")')" "422 true"
    check "it is exported" "$(cross GET "/$SKU/export") $(header_of content-type)" "200 text/csv; charset=utf-8"
    check "as it was imported" "$(tr -d '\r' <"$ANSWER" | grep -c -e '^"cup, small",C-1,,,$' -e '^TEAPOT,T-2,,,$' -e '^key,value,note,valid_from,valid_to$')" 3
    cp "$ANSWER" "$DATA/work/exported"
    check "and reads back the same" "$(brought '' "@$DATA/work/exported") $(said '[.same, .added, .changed]')" "200 [4,0,0]"
}

# Two orders that were delivered are held again, each with its job, as if a mapping had missed their word.
cross_waiting() {
    local held
    held=$(pg_sql "with o as (
        update tenon.sales_order set state = 'held', held_reason = 'no entry for Kettle' where natural_key in ('5001', '5002')
        returning partner_id, customer_id, order_id, natural_key),
      j as (update tenon.job j set state = 'held', reason = 'no entry', ended_at = now() from o, tenon.order_event v
         where v.order_id = o.order_id and v.job_id = j.job_id returning j.job_id),
      m as (insert into tenon.xref_miss (partner_id, customer_id, miss_id, table_id, key, key_norm, sample)
        select partner_id, customer_id, gen_random_uuid(), table_id, 'Kettle', 'kettle', 'line 1' from tenon.xref_table where name = 'sku'
           and customer_id = (select min(customer_id::text)::uuid from o) returning *)
      insert into tenon.xref_waiting (partner_id, customer_id, miss_id, kind, waiting_id)
      select m.partner_id, m.customer_id, m.miss_id, 'order', o.order_id from m, o returning 1" | grep -c 1)
    check "two orders wait for a word" "$held" 2
    cross POST "/$SKU/entries" --json "$(word kettles K-0)" >/dev/null
    check "the word is listed with who waits, and what is like it" "$(cross GET "/$SKU/unmatched") $(said '.data | map([.key, .waiting, .sample,
        .suggestions[0].value, .suggestions[0].because, .suggestions[0].score])')" '200 [["Kettle",2,"line 1","K-0","kettles",77]]'
    check "and counted" "$(cross GET "/$SKU") $(said .unmatched)" "200 1"
    check "what waits keeps its cross reference" "$(cross DELETE "/$SKU" -H 'if-match: "v2"')" 409
    check "one entry lets both go on" "$(cross POST "/$SKU/entries" --json "$(word KETTLE K-1)") $(said .released)" "201 2"
    check "once" "$(cross POST "/$SKU/entries" --json "$(word another K-2)") $(said .released)" "201 0"
    check "none is unmatched" "$(cross GET "/$SKU/unmatched") $(said '.data | length')" "200 0"
    check "their timelines say so" "$(pg_sql "select count(*) from tenon.order_event where hop = 'released' and detail ~ 'mapper'")" 2
    holds "and they are done again" cross_done
    check "nothing uses it yet" "$(cross GET "/$SKU/uses") $(said '.data')" "200 []"
}

# Both orders are delivered, whatever others there are.
cross_done() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.sales_order where natural_key in ('5001', '5002') and state = 'delivered'")" != 2 ] || return 0
        sleep 0.2
    done
    return 1
}

cross_whose() {
    check "another customer finds none" "$(KEY=$BIRCH_MAPPER cross GET "/$SKU") $(KEY=$BIRCH_MAPPER cross GET '') $(said '.data | length')" "404 200 0"
    check "nor its entries" "$(KEY=$BIRCH_MAPPER cross GET "/$SKU/entries") $(KEY=$BIRCH_MAPPER cross GET "/$SKU/export")" "404 404"
    check "nor adds one" "$(KEY=$BIRCH_MAPPER cross POST "/$SKU/entries" --json "$(word a b)") $(KEY=$BIRCH_MAPPER brought '' $'key,value\na,b\n')" "404 404"
    check "who may see may not change" "$(KEY=$(key_with mappings:read) cross POST "/$SKU/entries" --json "$(word a b)")" 403
    check "a key of the partner's does" "$(KEY=$(key_with mappings:read,mappings:write) cross POST "/$SKU/entries" --json "$(word partner b)")" 201
}

cross_by_operator() {
    local of="--partner northwind --customer $ALDER"
    printf 'key,value\nfrom the operator,O-1\n' >"$DATA/work/words.csv"
    # shellcheck disable=SC2086
    check "the operator brings a list in" "$(ctl xref import $of --table sku --plain "$DATA/work/words.csv" | tr '\n\t' ' =')" "rows=1 added=1 changed=0 same=0 released=0 "
    # shellcheck disable=SC2086
    check "and takes it out" "$(ctl xref export $of --table sku | tr -d '\r' | grep -c '^from the operator,O-1,,,$')" 1
    # shellcheck disable=SC2086
    check "and sees which there are" "$(ctl xref list $of --plain | cut -f2,3)" $'sku\tmany_to_one'
    printf 'key,value\n,O-1\n' >"$DATA/work/words.csv"
    # shellcheck disable=SC2086
    check "a wrong row is named" "$(ctl xref import $of --table sku "$DATA/work/words.csv" 2>&1 | head -n 1)" "row 2: the key may not be empty"
}

cross_gone() {
    check "it goes with its entries" "$(cross DELETE "/$SKU" -H 'if-match: "v2"')" 204
    check "and is gone" "$(cross GET "/$SKU")" 404
    check "the audit says what was done" "$(pg_sql "select string_agg(distinct action, ' ' order by action) from tenon.audit_entry
        where action like 'cross%'")" "cross_reference.change cross_reference.create cross_reference.delete cross_reference.entry.change cross_reference.entry.create cross_reference.entry.delete cross_reference.import cross_reference.release cross_reference.unmatched"
}
