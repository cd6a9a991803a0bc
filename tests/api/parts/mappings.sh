# shellcheck shell=bash disable=SC2154,SC2016
# Mappings and their versions: written, reviewed, published, merged, tried. Sourced by tests/api/run.

mapping_checks() {
    ANN=$(scoped ann "$ALDER")
    BEN=$(scoped ben "$ALDER")
    mapping_made
    mapping_versions
    mapping_reviewed
    mapping_published
    mapping_differences
    mapping_merged
    mapping_tried
    mapping_walls
    mapping_gone
}

# scoped NAME CUSTOMER: a key that may all that concerns mappings.
scoped() {
    ctl key create --partner northwind --name "$1" --customer "$2" --scopes mappings:read,mappings:write,mappings:publish
}

# part_document RULE…: with the number and these rules alone; document RULE…: with what else every order has, behind them.
document() {
    local rest='{"to": "/natural_key", "expr": "$string(id)"}, {"to": "/placed_at", "expr": "created_at"}, {"to": "/updated_at", "expr": "updated_at"},
        {"to": "/total", "expr": "total_price"}, {"to": "/lines", "constant": [{"quantity": "1", "unit_price": "1"}]}'
    case $* in *rency\"*) ;; *) rest+=', {"to": "/currency", "constant": "USD"}' ;; esac
    part_document "$@" "$rest"
}
part_document() {
    local rules='{"to": "/number", "expr": "name"}' rule
    for rule; do rules+=", $rule"; done
    echo "{\"format\": \"mapping/1\", \"source\": {\"system\": \"shopify\", \"object\": \"order\"}, \"target\": \"sales_order/1\", \"rules\": [$rules]}"
}
ann() { ask "$1" "$2" "$ANN" "${@:3}"; }
ben() { ask "$1" "$2" "$BEN" "${@:3}"; }
save() { ann POST "/v1/mappings/$MAPPING/versions" --json "{\"allow_faults\": true, \"document\": $1}"; }

mapping_made() {
    local orders='"source_system": "shopify", "source_object": "order", "target": "sales_order/1"'
    check "a mapping is made" "$(ann POST /v1/mappings --json "{\"name\": \"Orders\", $orders}") $(said '[.review, .backtest, .current_version]')" \
        '201 ["required","not_required",0]'
    MAPPING=$(said .id)
    check "with an id of its kind" "${MAPPING%%_*}" map
    check "a name is taken once" "$(ann POST /v1/mappings --json "{\"name\": \"Orders\", $orders}") $(said '.errors[0].pointer')" "422 /name"
    check "a target that nobody has is refused" "$(ann POST /v1/mappings --json \
        '{"name": "X", "source_system": "shopify", "source_object": "order", "target": "order/1"}') $(said '.errors[0].pointer')" "422 /target"
    check "and so is a system with spaces" "$(ann POST /v1/mappings --json \
        '{"name": "X", "source_system": "Shop ify", "source_object": "order", "target": "sales_order/1"}') $(said '.errors[0].pointer')" "422 /source_system"
    check "without an idempotency-key none is made" "$(status_of --http2 -H "authorization: Bearer $ANN" --json "{\"name\": \"Y\", $orders}" \
        "$(url /v1/mappings "$NORTHWIND")") $(said .code)" "400 idempotency-key-missing"
    check "it is listed" "$(ann GET /v1/mappings) $(said '[.data[].name]')" '200 ["Orders"]'
    check "its name changes with its version" "$(ann PATCH "/v1/mappings/$MAPPING" -H 'if-match: "v1"' --json '{"name": "Shop orders"}') $(said .name)" "200 Shop orders"
    check "and not with another" "$(ann PATCH "/v1/mappings/$MAPPING" -H 'if-match: "v1"' --json '{"name": "X"}') $(said .code)" "412 precondition-failed"
    check "it is shown" "$(ann GET "/v1/mappings/$MAPPING") $(header_of etag) $(said .customer_id)" "200 \"v2\" $ALDER"
    check "who may only write cannot loosen the policy" "$(ask PATCH "/v1/mappings/$MAPPING" "$(key_with mappings:write)" \
        -H 'if-match: "v2"' --json '{"review": "not_required"}') $(said .code)" "403 forbidden"
}

mapping_versions() {
    check "a document is saved as a draft" "$(save "$(document '{"to": "/currency", "constant": "USD"}')") $(said '[.number, .status, .faults]')" '201 [1,"draft",[]]'
    check "with its hash and its author" "$(said '[(.hash | length), (.author | startswith("key_"))]')" '[64,true]'
    check "one with faults is refused, each with its place" "$(ann POST "/v1/mappings/$MAPPING/versions" --json \
        "{\"document\": $(document '{"to": "/curency", "constant": "USD"}' '{"to": "/note", "expr": "a +"}')}") $(said '[.code, (.errors[] | [.pointer, .code])]')" \
        '422 ["validation",["/document/rules/1/to","unknown_field"],["/document/rules/2/expr","S0207"]]'
    check "and with what it may have meant, or the place in the expression" \
        "$(said '[(.errors[0].detail | test("/currency")), (.errors[1].detail | test("^line 1, column [0-9]+: ")), (.detail | test("allow_faults"))]')" \
        '[true,true,true]'
    check "so is one of which no order can come, or with a name that nothing has" "$(ann POST "/v1/mappings/$MAPPING/versions" --json \
        "{\"document\": $(part_document '{"to": "/note", "expr": "$uppercas(name)"}')}") $(said '[.errors[] | .code]')" '422 ["unknown_name"]'
    check "all fields that are missing are told" "$(ann POST "/v1/mappings/$MAPPING/versions" --json "{\"document\": $(part_document)}") \
$(said '[.errors[] | select(.code == "unfilled") | .detail | capture("fills (?<f>[^,]*),").f] | join(" ")')" "422 /natural_key /currency /placed_at /updated_at /lines /total"
    check "unless it asks to be kept" "$(save "$(document '{"to": "/curency", "constant": "USD"}' '{"to": "/note", "expr": "a +"}')") \
$(said '[.number, (.faults[] | [.pointer, .code])]')" '201 [2,["/rules/1/to","unknown_field"],["/rules/2/expr","S0207"]]'
    check "with the nearest names" "$(said '.faults[0].detail | test("/currency")')" true
    check "and the place in the expression" "$(said '.faults[1] | [.line, .column > 0]')" '[1,true]'
    check "what is no mapping is not saved" "$(save '{"format": "x"}') $(said '.errors[0] | [.pointer, .code] | join(" ")')" "422 /document not_a_mapping"
    check "a faulty one cannot be submitted" "$(ann POST "/v1/mappings/$MAPPING/versions/2/submit") $(said '[.code, (.errors[].pointer)]')" \
        '422 ["validation","/rules/1/to","/rules/2/expr"]'
    check "a draft is changed as a whole" "$(ann PUT "/v1/mappings/$MAPPING/versions/2" -H 'if-match: "v1"' \
        --json "{\"note\": \"euros\", \"document\": $(document '{"to": "/currency", "constant": "EUR"}')}") $(said '[.faults, .note]')" '200 [[],"euros"]'
    check "a stale change is refused" "$(ann PUT "/v1/mappings/$MAPPING/versions/2" -H 'if-match: "v1"' --json "{\"document\": $(document)}") $(said .code)" \
        "412 precondition-failed"
    check "and one that names no version, too" "$(ann PUT "/v1/mappings/$MAPPING/versions/2" --json "{\"document\": $(document)}")" 428
    check "one version is shown" "$(ann GET "/v1/mappings/$MAPPING/versions/2") $(header_of etag) $(said .document.rules[1].constant)" '200 "v2" EUR'
    check "one that is not there is not" "$(ann GET "/v1/mappings/$MAPPING/versions/99") $(said .code)" "404 not-found"
    check "versions are listed, newest first" "$(ann GET "/v1/mappings/$MAPPING/versions?limit=1") $(said '[.data[].number]')" '200 [2]'
    check "page by page" "$(ann GET "/v1/mappings/$MAPPING/versions?limit=1&cursor=$(said .next_cursor)") $(said '[.data[].number, .next_cursor]')" '200 [1,null]'
}

mapping_reviewed() {
    local at="/v1/mappings/$MAPPING/versions/1"
    check "nothing is published that nobody reviewed" "$(ann POST "$at/publish" --json '{"share": 100}') $(said .code)" "409 mapping-not-reviewed"
    check "a draft cannot be approved" "$(ben POST "$at/approve") $(said .code)" "409 conflict"
    check "it is submitted" "$(ann POST "$at/submit") $(said '[.status, .reviewer]')" '200 ["in_review",null]'
    check "and taken back, to be a draft again" "$(ben POST "$at/withdraw") $(said '[.status, .submitted_at]')" '200 ["draft",null]'
    check "which nobody takes back" "$(ann POST "$at/withdraw") $(said .code)" "409 conflict"
    check "it is submitted anew" "$(ann POST "$at/submit") $(said .status)" "200 in_review"
    check "its author cannot approve it" "$(ann POST "$at/approve") $(said .code)" "403 mapping-self-approval"
    check "somebody else can" "$(ben POST "$at/approve") $(said '.reviewer | startswith("key_")')" "200 true"
    check "once" "$(ben POST "$at/approve") $(said .code)" "409 conflict"
    check "it is not changed any more" "$(ann PUT "$at" -H "if-match: \"v5\"" --json "{\"document\": $(document)}") $(said .code)" "409 mapping-version-fixed"
}

mapping_published() {
    local at="/v1/mappings/$MAPPING/versions"
    check "the first version is for all records" "$(ben POST "$at/1/publish" --json '{"share": 10}') $(said '.errors[0].pointer')" "422 /share"
    check "a share is a percentage" "$(ben POST "$at/1/publish" --json '{"share": 101}') $(said '.errors[0].pointer')" "422 /share"
    check "who may only write publishes nothing" "$(ask POST "$at/1/publish" "$(key_with mappings:write)" --json '{"share": 100}')" 403
    check "it is published" "$(ben POST "$at/1/publish" --json '{"share": 100}') $(said '[.current_version, .rolling_version]')" "200 [1,0]"
    check "a published version is not changed" "$(ann PUT "$at/1" -H 'if-match: "v6"' --json "{\"document\": $(document)}") $(said .code)" "409 mapping-version-fixed"
    check "the next is reviewed" "$(ann POST "$at/2/submit") $(ben POST "$at/2/approve")" "200 200"
    check "and goes to a tenth of the records" "$(ben POST "$at/2/publish" --json '{"share": 10}') $(said '[.current_version, .rolling_version, .share]')" "200 [1,2,10]"
    check "then to all" "$(ben POST "$at/2/publish" --json '{"share": 100}') $(said '[.current_version, .rolling_version, .share]')" "200 [2,0,0]"
    check "the one before is retired" "$(ann GET "$at/1") $(said .status)" "200 retired"
    check "one click goes back" "$(ben POST "/v1/mappings/$MAPPING/rollback") $(said .current_version)" "200 1"
    check "and no further than there is" "$(ben POST "/v1/mappings/$MAPPING/rollback") $(said .code)" "409 conflict"
    check "what was published stays" "$(ann DELETE "/v1/mappings/$MAPPING" -H "if-match: $(ann GET "/v1/mappings/$MAPPING" >/dev/null && header_of etag)") $(said .code)" \
        "409 mapping-in-use"
    check "a backtest may be asked for" "$(ben PATCH "/v1/mappings/$MAPPING" -H "if-match: $(ann GET "/v1/mappings/$MAPPING" >/dev/null && header_of etag)" \
        --json '{"backtest": "required"}') $(said .backtest)" "200 required"
    check "and then nothing is published without" "$(ben POST "$at/2/publish" --json '{"share": 100}') $(said .code)" "409 mapping-not-backtested"
    check "that it was is on record by a name of its own" "$(ask GET "/v1/audit?object=$MAPPING&action=mapping.policy.change" "$(key_with audit:read)") \
$(said '[.data[].detail]')" '200 ["review required, then required; backtest not_required, then required"]'
    check "each act is on record" "$(ask GET "/v1/audit?object=$MAPPING&limit=100" "$(key_with audit:read)") $(said '[.data[].action] | unique | join(" ")')" \
        "200 mapping.change mapping.create mapping.policy.change mapping.rollback mapping.version.approve mapping.version.change mapping.version.create mapping.version.publish mapping.version.submit mapping.version.withdraw"
}

mapping_differences() {
    check "two versions differ rule by rule" "$(ann GET "/v1/mappings/$MAPPING/diff?from=1&to=2") \
$(said '[.changes[] | [.part, .name, .change, .before.constant, .after.constant]]')" '200 [["rule","/currency","changed","USD","EUR"]]'
    check "a version from itself in nothing" "$(ann GET "/v1/mappings/$MAPPING/diff?from=1&to=1") $(said .changes)" "200 []"
    check "one that is not there is not found" "$(ann GET "/v1/mappings/$MAPPING/diff?from=1&to=99") $(said .code)" "404 not-found"
    check "an id of zeros is none" "$(ann GET "/v1/mappings/map_00000000000000000000000000") $(said .code)" "404 not-found"
}

mapping_merged() {
    local at="/v1/mappings/$MAPPING/merge" base theirs
    base=$(document '{"to": "/currency", "constant": "USD"}')
    theirs=$(document '{"to": "/currency", "constant": "CHF"}' '{"to": "/note", "expr": "note"}')
    check "a side of more rules than a document may have is refused" "$(ann POST "$at" --json "{\"version\": 2, \"base\": $base,
        \"theirs\": {\"format\": \"mapping/1\", \"rules\": [$(seq -s, 401)]}}") $(said '.errors[0] | [.pointer, .code] | join(" ")')" "422 /theirs/rules too_many"
    check "and so is a draft, even one that may have faults" "$(save "{\"format\": \"mapping/1\", \"rules\": [$(seq -s, 401)]}") \
$(said '.errors[0] | [.pointer, .code] | join(" ")')" "422 /document/rules too_many"
    check "without a base there is no merge" "$(ann POST "$at" --json "{\"version\": 2, \"theirs\": $theirs}") $(said '.errors[0].pointer')" "422 /base"
    check "what both changed is a conflict and nothing is saved" "$(ann POST "$at" --json "{\"version\": 2, \"base\": $base, \"theirs\": $theirs}") \
$(said '[.version, (.conflicts[] | [.name, .base.constant, .theirs.constant, .ours.constant])]')" '200 [0,["/currency","USD","CHF","EUR"]]'
    check "a choice about no conflict is refused" "$(ann POST "$at" --json "{\"version\": 2, \"base\": $base, \"theirs\": $theirs,
        \"choices\": [{\"part\": \"rule\", \"name\": \"/currency\", \"take\": \"ours\"}, {\"part\": \"rule\", \"name\": \"/currency\", \"take\": \"base\"}]}") \
$(said '.errors[0] | [.pointer, .code]')" '422 ["/choices/1","no_conflict"]'
    check "what would come out with faults is refused, too" "$(ann POST "$at" --json "{\"version\": 2, \"base\": $base, \"theirs\": {\"format\": \"mapping/1\"},
        \"choices\": [{\"part\": \"rule\", \"name\": \"/currency\", \"take\": \"ours\"}]}") $(said .code)" "422 validation"
    check "a choice settles it, and a draft is saved" "$(ann POST "$at" --json "{\"version\": 2, \"base\": $base, \"theirs\": $theirs,
        \"choices\": [{\"part\": \"rule\", \"name\": \"/currency\", \"take\": \"ours\"}]}") \
$(said '[.version, .conflicts, (.taken[] | [.name, .change])]')" '200 [3,[],["/note","added"]]'
    check "its base is theirs" "$(ann GET "/v1/mappings/$MAPPING/versions/3") $(said '[.base.rules[1].constant, .document.rules[1].constant, .status]')" \
        '200 ["CHF","EUR","draft"]'
    check "which the next merge begins from" "$(ann POST "$at" --json "{\"version\": 3, \"theirs\": $theirs}") $(said '[.version, .taken]')" '200 [4,[]]'
}

mapping_tried() {
    local at="/v1/mappings/$MAPPING/dry-run" lines before
    lines=$(part_document '{"to": "/currency", "constant": "USD"}' '{"to": "/lines", "each": "line_items"}' '{"to": "/lines/*/title", "expr": "title"}' \
        '{"to": "/lines/*/sku", "lookup": {"table": "sku", "key": "sku", "miss": "hold"}}')
    before=$(pg_sql "select (select count(*) from tenon.mapping_version), (select sum(row_version) from tenon.mapping), (select count(*) from tenon.audit_entry)")
    check "a record is tried with a document that is not saved" "$(ann POST "$at" --json "{\"document\": $lines, \"xref\": {\"sku\": {\"a\": \"SKU-A\"}},
        \"record\": {\"name\": \"#1\", \"total\": 0.10, \"line_items\": [{\"title\": \"Mug\", \"sku\": \"a\", \"grams\": 5}, {\"title\": \"Cup\", \"sku\": \"b\"}]}}") \
$(said '[.version, .valid, .held, .result.lines[0].sku, .result.number]')" '200 [0,false,true,"SKU-A","#1"]'
    check "with what each rule gave" "$(said '[.values[] | select(.rule == "/lines/*/title") | [.pointer, .value]]')" \
        '[["/lines/0/title","Mug"],["/lines/1/title","Cup"]]'
    check "what no cross reference has" "$(said '[.misses[] | [.table, .key, .pointer, .then]]')" '[["sku","b","/lines/1/sku","hold"]]'
    check "and what no rule reads" "$(said '[.unused, .more_unused]')" '[["total","line_items.grams"],false]'
    check "a faulty document is not run and says why" "$(ann POST "$at" --json "{\"document\": $(document '{"to": "/x", "expr": "a"}'), \"record\": {}}") \
$(said '[.result, (.document_faults[] | .code)]')" '200 [null,"unknown_field"]'
    check "an expression without an end is stopped" "$(ann POST "$at" --json "{\"document\": $(document '{"to": "/note", "expr": "($f := function($x){$f($x)}; $f(1))"}'),
        \"record\": {\"name\": \"#3\"}}") $(said '[.result.number, .valid, (.faults[] | select(.rule == "/note") | .pointer)]')" '200 ["#3",false,"/note"]'
    check "a saved version is named with its hash" "$(ann POST "$at" --json '{"version": 1, "record": {"name": "#2"}}') \
$(said '[.version, (.hash | length), .result.currency, .valid, (.faults | length > 0)]')" '200 [1,64,"USD",false,true]'
    check "the newest is the default" "$(ann POST "$at" --json '{"record": {"name": "#2"}}') $(said .version)" "200 4"
    check "not both" "$(ann POST "$at" --json "{\"version\": 1, \"document\": $lines, \"record\": {}}") $(said '.errors[0].pointer')" "422 /version"
    check "nothing was written" "$(pg_sql "select (select count(*) from tenon.mapping_version), (select sum(row_version) from tenon.mapping), (select count(*) from tenon.audit_entry)")" "$before"
    check "who may read may try" "$(ask POST "$at" "$(key_with mappings:read)" --json '{"version": 1, "record": {}}')" 200
}

mapping_walls() {
    local at="/v1/mappings/$MAPPING" wrong='' how other
    other=$(scoped "birch mappings" "$BIRCH")
    for how in "GET $at" "PATCH $at" "DELETE $at" "POST $at/rollback" "GET $at/versions" "POST $at/versions" "GET $at/versions/1" "PUT $at/versions/1" \
        "POST $at/versions/1/submit" "POST $at/versions/1/withdraw" "POST $at/versions/1/approve" "POST $at/versions/1/publish" "GET $at/diff" "POST $at/merge" "POST $at/dry-run"; do
        # shellcheck disable=SC2086
        [ "$(ask $how "$other" -H 'if-match: "v1"' --json '{}') $(said .code)" = "404 not-found" ] || [[ "$how" == GET* ]] || wrong+=" $how"
        # shellcheck disable=SC2086
        [[ "$how" != GET* ]] || [ "$(ask $how "$other") $(said .code)" = "404 not-found" ] || wrong+=" $how"
    done
    check "to another customer it is simply absent" "$wrong" ""
    check "and in nobody else's list" "$(ask GET /v1/mappings "$other") $(said .data)" "200 []"
    check "who may not read is told so" "$(ask GET "$at" "$(key_with orders:read)") $(said .code)" "403 forbidden"
}

mapping_gone() {
    local id
    check "a mapping that never worked" "$(ann POST /v1/mappings --json \
        '{"name": "Refunds", "source_system": "shopify", "source_object": "refund", "target": "refund/1", "review": "not_required"}')" 201
    id=$(said .id)
    check "goes when it is asked to" "$(ann DELETE "/v1/mappings/$id" -H 'if-match: "v1"')" 204
    check "and is gone" "$(ann GET "/v1/mappings/$id")" 404
}
