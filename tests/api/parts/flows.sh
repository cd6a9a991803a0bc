# shellcheck shell=bash disable=SC2154
# Flows: documents in versions, runs that are asked for and runs of deliveries, what they change elsewhere, shadow. Sourced by
# tests/api/run.

flow_checks() {
    FLOW_KEY=$(ctl key create --partner northwind --name flows --customer "$ALDER" \
        --scopes flows:read,flows:write,flows:publish,flows:run,flows:approve,connections:read,connections:write)
    sink_start
    flow_made
    flow_connected
    flow_published
    flow_run_once
    flow_shadow
    flow_held
    flow_edited
    flow_messages
    flow_back
    flow_stops
    flow_keeps_order
    flow_pauses
    flow_many
    flow_batches
    flow_asks
    flow_clock
    flow_of_others
    flow_gone
    end fake-sink
}

flow() { ask "$1" "$2" "$FLOW_KEY" "${@:3}"; }
# flow_key NAME CUSTOMER SCOPES
flow_key() { ctl key create --partner northwind --name "$1" --customer "$2" --scopes "$3"; }

sink_start() {
    install -m 0755 "$TENON_BUILD/fake-sink" "$DATA/app/fake-sink"
    spawn fake-sink "$DATA/app/fake-sink"
    wait_for fake-sink 60 grep -qs '^url=' "$DATA/log/fake-sink.log" || exit 1
    SINK=$(sed -n 's/^url=//p' "$DATA/log/fake-sink.log")
    SINK_CON=$(ctl connection create --partner northwind --customer "$ALDER" --connector http --name Warehouse \
        --settings "$(jq -nc --arg url "$SINK" '{url: $url, auth: "bearer", operations: {
            "order.create": {method: "POST", path: "orders", again: "key", key_header: "Idempotency-Key", ref: "/id", settle_ms: 500},
            "order.put": {method: "PUT", path: "orders/{key}", again: "upsert", settle_ms: 500},
            "order.find": {method: "GET", path: "orders?reference={reference}"}}}')" --secret-file "$(secret sink.secret none)")
}
sink() { curl -sf -m 20 "$SINK$1" | jq -rc "$2"; }

# A flow that finds, sends and gathers.
flow_document() {
    jq -nc '{format: "flow/1", trigger: {api: {}}, key: "order", lane: "stock", steps: [
        {set: "lines[qty > 0]", id: "real"},
        {filter: {when: "$count($real) > 0", drop: "nothing is ordered"}},
        {call: {connection: "wms", operation: "order.find", with: "{\"reference\": order}"}, id: "known"},
        {split: {each: "$real", as: "line", gather: "$line.sku", steps: [
            {effect: {connection: "wms", operation: "order.put", key: "order & \"-\" & $line.sku", with: "$line"}}]}, id: "skus"},
        {effect: {connection: "wms", operation: "order.create", key: "order",
            with: "{\"reference\": order, \"skus\": $skus, \"total\": $total(lines.amount)}"}, id: "made"},
        {branch: [{when: "$known", steps: [{drop: "it was known"}]}, {steps: [{drop: {expr: "\"made as \" & $made"}}]}]}]}'
}

flow_made() {
    check "a flow is made, and has no version" "$(flow POST /v1/flows --json '{"name": "To the warehouse"}') $(said '[.newest_version, .current_version, .state, .shadow]')" \
        '201 [0,0,"active","off"]'
    FLOW=$(said .id)
    check "its name is taken then" "$(flow POST /v1/flows --json '{"name": "To the warehouse"}') $(said '.errors[0].pointer')" "422 /name"
    check "it is among the customer's" "$(flow GET /v1/flows) $(said '[.data[] | select(.id == "'"$FLOW"'") | .name]')" '200 ["To the warehouse"]'
    check "and can be had alone" "$(flow GET "/v1/flows/$FLOW") $(said .name)" "200 To the warehouse"
    check "nothing runs before something is published" "$(flow POST "/v1/flows/$FLOW/runs" --json '{"input": {}}') $(said .code)" "409 flow-not-published"
    check "what is wrong in a document is told, each with its place" "$(flow POST "/v1/flows/$FLOW/versions" --json '{"document": {"format": "flow/1",
        "trigger": {"api": {}}, "steps": [{"set": "$nothing", "id": "a"}, {"efect": {}}]}}') $(said '[.code, (.errors[] | [.pointer, .code])]')" \
        '422 ["validation",["/document/steps/0/set","unknown_name"],["/document/steps/1/efect","unknown_member"],["/document/steps/1","required"]]'
    check "no way through it may end without a word" "$(flow POST "/v1/flows/$FLOW/versions" --json '{"document": {"format": "flow/1",
        "trigger": {"api": {}}, "steps": [{"set": "1", "id": "a"}]}}') $(said '.errors[0] | [.pointer, .code]')" '422 ["/document/steps","open_end"]'
}

flow_connected() {
    check "a name that stands for nothing is a fault" "$(flow POST "/v1/flows/$FLOW/versions" --json "{\"document\": $(flow_document)}") \
$(said '.errors[0] | [.pointer, .code]')" '422 ["/document/steps/2/call/connection","no_connection"]'
    check "as a draft it may stay" "$(flow POST "/v1/flows/$FLOW/versions" --json "{\"document\": $(flow_document), \"allow_faults\": true, \"note\": \"first\"}") \
$(said '[.number, .status, .note, (.faults[0] | [.pointer, .code])]')" '201 [1,"draft","first",["/steps/2/call/connection","no_connection"]]'
    check "and is not published" "$(flow POST "/v1/flows/$FLOW/versions/1/publish") $(said .code)" "422 validation"
    check "no name stands for anything yet" "$(flow GET "/v1/flows/$FLOW/connections") $(said .connections)" "200 []"
    check "a name is given a connection" "$(flow PUT "/v1/flows/$FLOW/connections/wms" --json "{\"connection_id\": \"$SINK_CON\"}") \
$(said '.connections[] | [.role, .connection_id]')" "200 [\"wms\",\"$SINK_CON\"]"
    check "not one of another customer" "$(flow PUT "/v1/flows/$FLOW/connections/wms" --json "{\"connection_id\": \"$BIRCH_ERP\"}")" 404
    check "what it does not do is a fault, each with its place" "$(flow POST "/v1/flows/$FLOW/versions" --json "{\"document\": $(flow_document | jq -c \
        '.steps[3].split.steps[0].effect.operation = "order.move" | (.steps[] | select(.effect) | .effect.operation) = "order.find"')}") \
$(said '.errors[] | [.pointer, .code]' | tr '\n' ' ')" '422 ["/document/steps/3/split/steps/0/effect/operation","no_operation"] ["/document/steps/4/effect/operation","other_kind"] '
    check "then nothing is wrong" "$(flow GET "/v1/flows/$FLOW/versions/1") $(said .faults)" "200 []"
}

flow_published() {
    local etag
    flow GET "/v1/flows/$FLOW/versions/1" >/dev/null
    etag=$(header_of etag)
    check "a draft is changed as a whole" "$(flow PUT "/v1/flows/$FLOW/versions/1" -H "if-match: $etag" --json "{\"document\": $(flow_document)}") $(said .note)" "200 null"
    check "and by nobody who has not seen it" "$(flow PUT "/v1/flows/$FLOW/versions/1" -H "if-match: $etag" --json "{\"document\": $(flow_document)}")" 412
    check "it is published" "$(flow POST "/v1/flows/$FLOW/versions/1/publish") $(said '[.newest_version, .current_version]')" "200 [1,1]"
    check "and does not change any more" "$(flow GET "/v1/flows/$FLOW/versions/1" >/dev/null; flow PUT "/v1/flows/$FLOW/versions/1" -H "if-match: $(header_of etag)" \
        --json "{\"document\": $(flow_document | jq -c '.lane = "orders"')}") $(said .code)" "409 flow-version-fixed"
    check "versions are listed" "$(flow GET "/v1/flows/$FLOW/versions") $(said '[.data[] | [.number, .status, .replaces]]')" '200 [[1,"published",0]]'
}

# flow_ends JOB: waits until the job has stopped; the answer is in ANSWER.
flow_ends() {
    local i
    for ((i = 0; i < 100; i++)); do
        flow GET "/v1/jobs/$1" >/dev/null
        case $(said .state) in done | held | dead | cancelled) return 0 ;; esac
        sleep 0.1
    done
    return 1
}

# flow_runs INPUT: begins a run and waits; JOB is its id.
flow_runs() {
    flow POST "/v1/flows/$FLOW/runs" --json "{\"input\": $1}" >/dev/null
    JOB=$(said .id)
    flow_ends "$JOB"
}

flow_run_once() {
    local first
    check "a run is taken" "$(flow POST "/v1/flows/$FLOW/runs" -H 'idempotency-key: run-1' --json '{"input": {"order": "F-1", "lines": [
        {"sku": "MUG", "qty": 2, "amount": "19.98"}, {"sku": "CUP", "qty": 0, "amount": "0.00"}, {"sku": "TEA", "qty": 1, "amount": "4.02"}]}}') \
$(said '[.kind, .key, .lane, .flow_version, .shadow]')" '202 ["flow","F-1","stock",1,"off"]'
    JOB=$(said .id)
    check "and says where it is looked at" "$(header_of location)" "/v1/jobs/$JOB"
    holds "it ends" flow_ends "$JOB"
    check "it tells how, and what it changed" "$(said '[.state, .reason, .attempts, (.tries[] | .outcome), (.effects[] | [.operation, .key, .state, .sends])]')" \
        '["done","dropped: made as 3",1,"ok",["order.put","F-1-MUG","confirmed",1],["order.put","F-1-TEA","confirmed",1],["order.create","F-1","confirmed",1]]'
    check "the other system has it as it was meant" "$(sink orders/F-1-TEA .) $(sink '_sink' '[.acted, .things, .doubled]')" \
        '{"sku":"TEA","qty":1,"amount":"4.02"} [3,1,0]'
    flow POST "/v1/flows/$FLOW/runs" -H 'idempotency-key: run-1' --json '{"input": {"order": "F-1", "lines": [
        {"sku": "MUG", "qty": 2, "amount": "19.98"}, {"sku": "CUP", "qty": 0, "amount": "0.00"}, {"sku": "TEA", "qty": 1, "amount": "4.02"}]}}' >/dev/null
    check "asked again with its key it is the same run" "$(said .id)" "$JOB"
    first=$JOB
    flow_runs '{"order": "F-1", "lines": [{"sku": "MUG", "qty": 2, "amount": "19.98"}]}'
    check "the same facts in another run change nothing again" "$(said '.reason | split("; ")[0]') $(sink '_sink' '[.acted, .repeats]')" "dropped: it was known [3,0]"
    check "and it says whose the changes are" "$(said '.reason | split("; ")[1:] | join("; ") | sub(" at 20[0-9T:-]*Z"; "")') $(said '[.effects[] | [.key, .state, .made_by]]')" \
        "order.put of \"F-1-MUG\" was made already by $first, and 1 more by others; this run sent none of these [[\"F-1-MUG\",\"confirmed\",\"$first\"],[\"F-1\",\"confirmed\",\"$first\"]]"
    holds "of each with its time" test "$(said '[.effects[].reason | test("^made already by job_[a-z0-9]+ at 20[0-9T:-]+Z; this run did not send it$")] | all')" = true
    check "and so it is asked why" "$(flow GET "/v1/jobs/$JOB/why") $(said '.sentence | contains("was made already by")')" "200 true"
    flow_runs '{"order": "F-2", "lines": []}'
    check "what a filter keeps back is done, with the reason" "$(said '[.state, .reason, .effects]')" '["done","dropped: nothing is ordered",[]]'
    check "a flow's jobs are listed, newest first" "$(flow GET "/v1/flows/$FLOW/runs?limit=2") $(said '[.data[] | .key], (.next_cursor | length > 0)' | tr '\n' ' ')" \
        '200 ["F-2","F-1"] true '
    check "and those in a state" "$(flow GET "/v1/flows/$FLOW/runs?state=held") $(said .data)" "200 []"
    check "a state that there is not is refused" "$(flow GET "/v1/flows/$FLOW/runs?state=asleep")" 400
    check "who may not run flows does not" "$(ask POST "/v1/flows/$FLOW/runs" "$(flow_key 'flow reader' "$ALDER" flows:read)" --json '{"input": {}}')" 403
}

flow_shadow() {
    local etag acted
    acted=$(sink _sink .acted)
    flow GET "/v1/flows/$FLOW" >/dev/null
    etag=$(header_of etag)
    check "a flow goes into shadow" "$(flow PATCH "/v1/flows/$FLOW" -H "if-match: $etag" --json '{"shadow": "on"}') $(said .shadow)" "200 on"
    flow_runs '{"order": "F-3", "lines": [{"sku": "MUG", "qty": 1, "amount": "9.99"}]}'
    check "its runs end and change nothing" "$(said '[.state, .shadow, .effects]') $(sink _sink .acted)" "[\"done\",\"on\",[]] $acted"
    check "what they would have sent can be read, without secrets" "$(flow GET "/v1/jobs/$JOB/plans") $(said '.plans[] | [.operation, .key,
        (.request | split("\n") | [.[0], .[-1]])]' | tr '\n' ' ' | sed "s|$SINK||g")" \
        '200 ["order.put","F-3-MUG",["PUT orders/F-3-MUG","{\"sku\":\"MUG\",\"qty\":1,\"amount\":\"9.99\"}"]] ["order.create","F-3",["POST orders","{\"reference\":\"F-3\",\"skus\":[\"MUG\"],\"total\":\"9.99\"}"]] '
    check "and comes back from it" "$(flow PATCH "/v1/flows/$FLOW" -H "if-match: $(flow GET "/v1/flows/$FLOW" >/dev/null; header_of etag)" --json '{"shadow": "off"}') $(said .shadow)" "200 off"
}

flow_held() {
    local etag
    curl -sf -m 20 --json '{"refuse": 100}' "${SINK}_faults"
    flow_runs '{"order": "F-4", "lines": [{"sku": "MUG", "qty": 1, "amount": "9.99"}]}'
    check "what the other system refuses is held, with its words" "$(said '[.state, .reason, .effects[-1].state]')" \
        '["held","answered 422: it does not please","rejected"]'
    curl -sf -m 20 --json '{}' "${SINK}_faults"
    check "it runs once more when somebody says so" "$(flow POST "/v1/jobs/$JOB/retry") $(said .state)" "200 ready"
    holds "and ends" flow_ends "$JOB"
    check "then all of it has happened" "$(said '[.state, .effects[].state]')" '["done","confirmed","confirmed"]'
    check "what is done does not run again" "$(flow POST "/v1/jobs/$JOB/retry") $(flow POST "/v1/jobs/$JOB/cancel")" "409 409"
    flow_runs '{"order": "F-5", "lines": [{"sku": "A", "qty": "many", "amount": "x"}]}'
    check "an expression that fails says where" "$(said .state) $(said '.reason | test("^the flow.s step /steps/0 failed in line 1, column [0-9]+: ")')" "held true"
    check "who does not want it any more ends it" "$(flow POST "/v1/jobs/$JOB/cancel") $(said .state)" "200 cancelled"
}

# job_edit JOB INPUT [ETAG]: with the version that was read last, if none is said.
job_edit() {
    local etag=${3:-}
    [ -n "$etag" ] || { flow GET "/v1/jobs/$1/input" >/dev/null; etag=$(header_of etag); }
    flow PUT "/v1/jobs/$1/input" -H "if-match: $etag" --json "{\"input\": $2, \"note\": \"the unit was wrong\"}"
}

flow_edited() {
    local etag bad='{"order": "F-20", "lines": [{"sku": "MUG", "qty": 1, "amount": "9.99"}, {"sku": "CUP", "qty": "one", "amount": "1.00"}]}' good
    good=${bad/\"one\"/1}
    flow_runs "$bad"
    check "a run stops at what it was given" "$(said .state)" held
    check "what that was can be read" "$(flow GET "/v1/jobs/$JOB/input") $(said '[.original == .current, .original_hash == .current_hash, .edits, (.given_by[0:4])]') $(header_of etag)" \
        '200 [true,true,[],"key_"] "v1"'
    etag=$(header_of etag)
    check "an edit says what it has seen" "$(flow PUT "/v1/jobs/$JOB/input" --json "{\"input\": $good}") $(said .code)" "428 precondition-required"
    check "it is JSON" "$(job_edit "$JOB" '{"order": ') $(said .code)" "400 malformed-json"
    check "of the same key" "$(job_edit "$JOB" '{"order": "F-21", "lines": []}') $(said '.errors[0] | [.pointer, .code]')" '422 ["/input","other_key"]'
    check "then it is edited, and what came is still there" "$(job_edit "$JOB" "$good") $(said '[.original.lines[1].qty, .current.lines[1].qty, .original_hash == .current_hash,
        (.edits[] | [.number, .hash == (.hash | ascii_downcase), .note, (.edited_by[0:4])])]') $(header_of etag)" \
        '200 ["one",1,false,[1,true,"the unit was wrong","key_"]] "v2"'
    check "its hash is that of what was sent" "$(said .current_hash)" "$(jq -jc . <<<"$good" | sha256sum | cut -d' ' -f1)"
    check "who has not seen that does not edit it" "$(job_edit "$JOB" "$bad" "$etag") $(said .code)" "412 precondition-failed"
    check "it waits until somebody lets it go on" "$(flow GET "/v1/jobs/$JOB") $(said '[.state, .edits]')" '200 ["held",1]'
    check "and goes on then" "$(flow POST "/v1/jobs/$JOB/retry")" 200
    holds "by what it was made" flow_ends "$JOB"
    check "to its end" "$(said '[.state, .effects[].key]')" '["done","F-20-MUG","F-20-CUP","F-20"]'
    check "what is done is not edited" "$(job_edit "$JOB" "$good") $(said .code)" "409 conflict"
    curl -sf -m 20 --json '{"refuse": 100}' "${SINK}_faults"
    flow_runs '{"order": "F-22", "lines": [{"sku": "MUG", "qty": 1, "amount": "9.99"}]}'
    curl -sf -m 20 --json '{}' "${SINK}_faults"
    job_edit "$JOB" '{"order": "F-22", "lines": [{"sku": "POT", "qty": 1, "amount": "9.99"}]}' >/dev/null
    flow POST "/v1/jobs/$JOB/retry" >/dev/null
    holds "an edit that would make a change a second time is tried" flow_tried "$JOB" 2
    check "and held" "$(said '[.state, .reason]')" '["held","the edit gives order.put the key \"F-22-POT\", and before it was \"F-22-MUG\": it would be made a second time"]'
    check "who ends it, ends it" "$(flow POST "/v1/jobs/$JOB/cancel")" 200
    check "who may only read does not edit" "$(ask PUT "/v1/jobs/$JOB/input" "$(flow_key 'edit reader' "$ALDER" flows:read)" -H 'if-match: "v1"' --json '{"input": {}}')" 403
    check "it is on record" "$(pg_sql "select count(*), count(reason) from tenon.audit_entry where action = 'job.input.edit'")" "2|2"
    check "another customer's key does not find it" "$(ask GET "/v1/jobs/$JOB/input" "$(flow_key 'birch reader' "$BIRCH" flows:read)")" 404
}

# flow_tried JOB N: until it has stopped after N tries.
flow_tried() {
    local i
    for ((i = 0; i < 600; i++)); do
        flow_ends "$1"
        [ "$(said .attempts)" -lt "$2" ] || return 0
        sleep 0.1
    done
    return 1
}

flow_messages() {
    local document
    document=$(jq -nc '{format: "flow/1", trigger: {message: {system: "shopify", object: "order"}}, key: "\"flow-\" & $string(id)", steps: [
        {map: {of: "$"}, id: "order"}, {validate: {value: "$order", schema: "sales_order/1"}},
        {effect: {connection: "wms", operation: "order.create", key: "$order.number",
            with: "{\"reference\": $order.number, \"total\": $order.total}"}}]}')
    check "a flow for what a shop sends" "$(flow POST /v1/flows --json '{"name": "Orders to the warehouse"}')" 201
    FLOW2=$(said .id)
    flow PUT "/v1/flows/$FLOW2/connections/wms" --json "{\"connection_id\": \"$SINK_CON\"}" >/dev/null
    check "its messages go the product's way" "$(flow GET "/v1/connections/$CONNECTION/flows") $(said .flows)" "200 []"
    check "not through a flow without a version" "$(flow PUT "/v1/connections/$CONNECTION/flows/order" --json "{\"flow_id\": \"$FLOW2\"}") $(said .code)" "409 flow-not-published"
    check "it is saved and published" "$(flow POST "/v1/flows/$FLOW2/versions" --json "{\"document\": $document}") $(flow POST "/v1/flows/$FLOW2/versions/1/publish")" "201 200"
    check "nor through one that another thing starts" "$(flow PUT "/v1/connections/$CONNECTION/flows/order" --json "{\"flow_id\": \"$FLOW\"}") $(said '.errors[0].pointer')" "422 /flow_id"
    check "then through this one" "$(flow PUT "/v1/connections/$CONNECTION/flows/order" --json "{\"flow_id\": \"$FLOW2\"}") $(said '.flows[] | [.object, .name, .current_version]')" \
        '200 ["order","Orders to the warehouse",1]'
    sleep 1.2 # a connection's door knows for a second what it knew
    order_body 6501 6501 SKU-0001 1 >"$DATA/work/flow.order"
    check "an order comes" "$(post "$DATA/work/flow.order" flow-1)" 200
    flow_first "$FLOW2"
    holds "its job ends" flow_ends "$JOB"
    check "and was of the flow" "$(said '[.state, .key, .flow_version, .effects[0].key, .effects[0].state]')" '["done","flow-6501",1,"#6501","confirmed"]'
    check "nothing of it went the product's way" "$(pg_sql "select count(*) from tenon.sales_order where natural_key = '6501'")" 0
    check "and back to the product's" "$(flow DELETE "/v1/connections/$CONNECTION/flows/order") $(said .flows)" "200 []"
}

# flow_first FLOW: JOB is its newest job, as soon as there is one.
flow_first() {
    local i
    for ((i = 0; i < 600; i++)); do
        flow GET "/v1/flows/$1/runs" >/dev/null
        JOB=$(said '.data[0].id // empty')
        [ -z "$JOB" ] || return 0
        sleep 0.1
    done
}

flow_back() {
    check "the first version has none before it" "$(flow POST "/v1/flows/$FLOW/rollback") $(said .code)" "409 conflict"
    check "a second one is published" "$(flow POST "/v1/flows/$FLOW/versions" --json "{\"document\": $(flow_document | jq -c '.lane = "finance"')}") \
$(flow POST "/v1/flows/$FLOW/versions/2/publish") $(said .current_version)" "201 200 2"
    check "and the first works again" "$(flow POST "/v1/flows/$FLOW/rollback") $(said .current_version)" "200 1"
}

flow_stops() {
    check "a flow is paused" "$(flow POST "/v1/flows/$FLOW/pause") $(said .state)" "200 paused"
    flow POST "/v1/flows/$FLOW/runs" --json '{"input": {"order": "F-6", "lines": []}}' >/dev/null
    JOB=$(said .id)
    sleep 1.5
    check "what comes then waits" "$(flow GET "/v1/jobs/$JOB") $(said '[.state, .attempts]')" '200 ["ready",0]'
    check "and goes on with it" "$(flow POST "/v1/flows/$FLOW/resume") $(said .state)" "200 active"
    holds "to its end" flow_ends "$JOB"
    check "a flow that is drained" "$(flow POST "/v1/flows/$FLOW/drain") $(said .state)" "200 draining"
    flow POST "/v1/flows/$FLOW/runs" --json '{"input": {"order": "F-7", "lines": []}}' >/dev/null
    JOB=$(said .id)
    sleep 1.5
    check "begins nothing that came later" "$(flow GET "/v1/jobs/$JOB") $(said .state)" "200 ready"
    flow POST "/v1/flows/$FLOW/resume" >/dev/null
    holds "until it is resumed" flow_ends "$JOB"
    check "who may only run flows does not stop them" "$(ask POST "/v1/flows/$FLOW/pause" "$(flow_key 'flow runner' "$ALDER" flows:run)")" 403
}

flow_many() {
    local i acted
    for i in 1 2 3; do flow_runs "{\"order\": \"M-$i\", \"lines\": [{\"sku\": \"A\", \"qty\": \"many\", \"amount\": \"x\"}]}"; done
    check "what a bulk would be done with is told" "$(flow POST "/v1/flows/$FLOW/retry" --json '{"state": "held", "reason": "the flow", "most": 2, "dry_run": true}') \
$(said '[.dry_run, .more, (.jobs | length), .jobs[0].reason[0:15]]')" '200 [true,true,2,"the flow'"'"'s step"]'
    check "and stays as it is" "$(flow GET "/v1/flows/$FLOW/runs?state=held") $(said '.data | length')" "200 3"
    check "those with another reason are others" "$(flow POST "/v1/flows/$FLOW/retry" --json '{"job_state": "held", "reason": "it rains", "most": 9}') $(said '[.more, .jobs]')" '200 [false,[]]'
    check "all run once more" "$(flow POST "/v1/flows/$FLOW/retry" --json '{"state": "held", "most": 9}') $(said '[.dry_run, (.jobs | length)]')" '200 [false,3]'
    holds "and stop again" flow_held_again 3
    check "they end together" "$(flow POST "/v1/flows/$FLOW/cancel" --json '{"state": "held", "most": 9}') $(said '.jobs | length') $(flow GET "/v1/flows/$FLOW/runs?state=held") $(said .data)" "200 3 200 []"
    acted=$(sink _sink .acted)
    check "what is done is done again" "$(flow POST "/v1/flows/$FLOW/retry" --json '{"state": "done", "most": 3, "from": "2020-01-01T00:00:00Z"}') $(said '.jobs | length')" "200 3"
    holds "to its end" flow_none_left
    check "and changes nothing twice" "$(sink _sink .acted)" "$acted"
    check "more than a thousand are too many" "$(flow POST "/v1/flows/$FLOW/retry" --json '{"state": "held", "most": 1001}')" 422
}

# flow_reason JOB: what its state and reason are, once it has been looked at again.
flow_reason() { flow GET "/v1/jobs/$1" >/dev/null; said '[.state, .attempts, .reason, .waits_for]'; }

flow_keeps_order() {
    local first second third bad='{"order": "F-40", "lines": [{"sku": "MUG", "qty": "one", "amount": "9.99"}]}'
    flow_runs "$bad"
    first=$JOB
    check "a run of a key is held" "$(said .state)" held
    flow POST "/v1/flows/$FLOW/runs" --json '{"input": {"order": "F-40", "lines": []}}' >/dev/null
    second=$(said .id)
    flow_runs '{"order": "F-41", "lines": []}'
    check "one of another key is done" "$(said .state)" "done"
    sleep 1
    check "a later one of its key waits for it, and says so" "$(flow_reason "$second")" "[\"ready\",0,\"waits for an earlier job of its key that is held\",\"$first\"]"
    check "and why" "$(flow GET "/v1/jobs/$second/why") $(said '[.code, .owner, .permission, (.behind[] | .job_id)]')" "200 [\"earlier_held\",\"admin\",\"flows:publish\",\"$first\"]"
    check "what that is about is edited, and it goes on" "$(job_edit "$first" "${bad/\"one\"/1}") $(flow POST "/v1/jobs/$first/retry")" "200 200"
    holds "then the later one has its turn" flow_done "$second"
    check "after the first" "$(pg_sql "select string_agg(state, ',' order by ended_at) = 'done,done' and
        (array_agg(ended_at order by job_id))[1] <= (array_agg(ended_at order by job_id))[2] from tenon.job where business_key = 'F-40'")" t
    flow_runs "$bad"
    first=$JOB
    flow POST "/v1/flows/$FLOW/runs" --json '{"input": {"order": "F-40", "lines": []}}' >/dev/null
    second=$(said .id)
    flow_runs '{"order": "F-42", "lines": [{"qty": "x"}]}'
    third=$JOB
    check "who ends a held one lets the next go" "$(flow POST "/v1/jobs/$first/cancel") $(said .state)" "200 cancelled"
    holds "at once" flow_done "$second"
    flow POST "/v1/flows/$FLOW/runs" --json '{"input": {"order": "F-42", "lines": []}}' >/dev/null
    second=$(said .id)
    check "and so do many that are ended" "$(flow POST "/v1/flows/$FLOW/cancel" --json '{"state": "held", "reason": "the flow", "most": 50}') $(said '.jobs[].job_id' | grep -c "$third")" "200 1"
    holds "as well" flow_done "$second"
}

flow_pauses() {
    local acted
    acted=$(sink _sink .acted)
    check "a connection works" "$(flow GET "/v1/connections/$SINK_CON") $(said '[.status, .status_reason, .paused_by, .paused_at]')" '200 ["active",null,null,null]'
    check "its pause has a reason" "$(flow POST "/v1/connections/$SINK_CON/pause" --json '{}') $(said '.errors[0].pointer')" "422 /reason"
    check "it is paused" "$(flow POST "/v1/connections/$SINK_CON/pause" --json '{"reason": "stocktaking"}') $(said .status)" "200 paused"
    check "once more changes nothing" "$(flow POST "/v1/connections/$SINK_CON/pause" --json '{"reason": "again"}') $(said .status_reason)" "200 stocktaking"
    check "who did it, why and since when is told" "$(flow GET "/v1/connections/$SINK_CON") $(said '[.status, .status_reason, .paused_by[0:4], (.paused_at != null)]')" \
        '200 ["paused","stocktaking","key_",true]'
    check "what would call it is taken" "$(flow POST "/v1/flows/$FLOW/runs" --json '{"input": {"order": "F-30", "lines": [{"sku": "MUG", "qty": 1, "amount": "9.99"}]}}')" 202
    JOB=$(said .id)
    sleep 1.5
    check "and waits" "$(flow GET "/v1/jobs/$JOB") $(said '[.state, .attempts]') $(sink _sink .acted)" "200 [\"ready\",0] $acted"
    check "and says for what" "$(flow GET "/v1/jobs/$JOB/why") $(said '[.code, .owner, .permission]') $(said .sentence)" \
        '200 ["connection_paused","admin","connections:write"] the job of "F-30" waits: the connection "Warehouse" is paused: stocktaking'
    check "who may only read resumes nothing" "$(ask POST "/v1/connections/$SINK_CON/resume" "$(flow_key 'pause reader' "$ALDER" connections:read)")" 403
    check "nor does another customer" "$(ask POST "/v1/connections/$SINK_CON/resume" "$(flow_key 'birch pauser' "$BIRCH" connections:write)")" 404
    check "it goes on" "$(flow POST "/v1/connections/$SINK_CON/resume") $(said '[.status, .status_reason, .paused_by]')" '200 ["active",null,null]'
    check "once more changes nothing either" "$(flow POST "/v1/connections/$SINK_CON/resume") $(said .status)" "200 active"
    holds "and what waited with it" flow_done "$JOB"
    check "both are on record, once" "$(pg_sql "select string_agg(action || coalesce(' ' || reason, ''), ', ' order by seq) from tenon.audit_entry
        where action like 'connection.%e' and object_id = (select connection_id from tenon.connection where name = 'Warehouse') and action <> 'connection.create'")" \
        "connection.pause stocktaking, connection.resume"
}

# flow_held_again N: until so many jobs are held after their second try.
flow_held_again() {
    local i
    for ((i = 0; i < 600; i++)); do
        flow GET "/v1/flows/$FLOW/runs?state=held" >/dev/null
        [ "$(said '[.data[] | select(.attempts > 1)] | length')" != "$1" ] || return 0
        sleep 0.1
    done
    return 1
}
flow_none_left() {
    local i
    for ((i = 0; i < 600; i++)); do
        flow GET "/v1/flows/$FLOW/runs?state=ready" >/dev/null
        if [ "$(said '.data | length')" = 0 ] && flow GET "/v1/flows/$FLOW/runs?state=leased" >/dev/null && [ "$(said '.data | length')" = 0 ]; then return 0; fi
        sleep 0.1
    done
    return 1
}

flow_asks() {
    local steps='[{"approve": {"question": "\"Send \" & order & \"?\"", "due": "PT4H", "four_eyes": EYES}},
        {"notify": {"subject": "\"Sent \" & order", "text": "\"It is on its way.\""}}, {"drop": "asked"}]' one two
    for eyes in false true; do
        flow POST /v1/flows --json "{\"name\": \"Asks $eyes\"}" >/dev/null
        FLOW3=$(said .id)
        flow POST "/v1/flows/$FLOW3/versions" --json "{\"document\": {\"format\": \"flow/1\", \"trigger\": {\"api\": {}}, \"steps\": ${steps/EYES/$eyes}}}" >/dev/null
        check "a flow that asks ($eyes) is published" "$(flow POST "/v1/flows/$FLOW3/versions/1/publish")" 200
        flow POST "/v1/flows/$FLOW3/runs" --json '{"input": {"order": "F-8"}}' >/dev/null
        JOB=$(said .id)
        holds "its run stops to ask" flow_ends "$JOB"
        check "and says what it waits for" "$(said '[.state, .reason]')" '["held","waits for somebody to approve: Send F-8?"]'
        check "the question is listed" "$(flow GET "/v1/approvals?state=open") $(said '.data[] | select(.job_id == "'"$JOB"'") | [.question, .state, .flow_name, (.due_at != null)]')" \
            "200 [\"Send F-8?\",\"open\",\"Asks $eyes\",true]"
        APPROVAL=$(said '.data[] | select(.job_id == "'"$JOB"'") | .id')
        if [ "$eyes" = false ]; then
            check "somebody is given it" "$(flow POST "/v1/approvals/$APPROVAL/assign" --json '{"to": "usr_01jd4k8z7qe0000000000000000"}') $(said .assigned_to)" "200 usr_01jd4k8z7qe0000000000000000"
            check "one word is enough" "$(flow POST "/v1/approvals/$APPROVAL/approve" --json '{"note": "fine"}') $(said '[.state, .note]')" '200 ["approved","fine"]'
            check "no second word counts" "$(flow POST "/v1/approvals/$APPROVAL/reject" --json '{}') $(said .code)" "409 conflict"
        else
            one=$(flow_key 'approver one' "$ALDER" flows:read,flows:approve) two=$(flow_key 'approver two' "$ALDER" flows:read,flows:approve)
            check "who began the run has no word in it" "$(flow POST "/v1/approvals/$APPROVAL/approve" --json '{}') $(said .code)" "409 approval-self"
            check "one other is not enough" "$(ask POST "/v1/approvals/$APPROVAL/approve" "$one" --json '{}') $(said '[.state, (.first_by | startswith("key_"))]')" '200 ["open",true]'
            check "nor twice the same" "$(ask POST "/v1/approvals/$APPROVAL/approve" "$one" --json '{}') $(said .code)" "409 approval-self"
            check "a second one is" "$(ask POST "/v1/approvals/$APPROVAL/approve" "$two" --json '{}') $(said .state)" "200 approved"
        fi
        holds "then it goes on" flow_done "$JOB"
        check "to its end" "$(said '[.state, .reason]')" '["done","dropped: asked"]'
        check "and has told whom it may, once" "$(pg_sql "select count(*), min(subject) from tenon.flow_notice n join tenon.flow f using (partner_id) where f.name = 'Asks $eyes'
            and exists (select from tenon.job j where j.job_id = n.job_id and j.flow_id = f.flow_id)")" "1|Sent F-8"
    done
    flow POST "/v1/flows/$FLOW3/runs" --json '{"input": {"order": "F-9"}}' >/dev/null
    JOB=$(said .id)
    holds "another run asks" flow_ends "$JOB"
    flow GET "/v1/approvals?state=open" >/dev/null
    APPROVAL=$(said '.data[] | select(.job_id == "'"$JOB"'") | .id')
    check "a question can be had alone" "$(flow GET "/v1/approvals/$APPROVAL") $(said .state)" "200 open"
    check "a refusal is one word" "$(ask POST "/v1/approvals/$APPROVAL/reject" "$one" --json '{"note": "too late"}') $(said .state)" "200 rejected"
    check "and ends the run" "$(flow GET "/v1/jobs/$JOB") $(said '[.state, .reason]')" '200 ["cancelled","rejected: too late"]'
    check "another customer's people have no word" "$(ask POST "/v1/approvals/$APPROVAL/approve" "$(flow_key 'birch approver' "$BIRCH" flows:approve)" --json '{}')" 404
}

flow_done() {
    local i
    for ((i = 0; i < 100; i++)); do
        flow GET "/v1/jobs/$1" >/dev/null
        [ "$(said .state)" != done ] || return 0
        sleep 0.1
    done
    return 1
}

flow_clock() {
    flow POST /v1/flows --json '{"name": "Each minute"}' >/dev/null
    FLOW4=$(said .id)
    check "times that are none are refused" "$(flow POST "/v1/flows/$FLOW4/versions" --json '{"document": {"format": "flow/1", "trigger": {"schedule":
        {"cron": "61 * * * *", "zone": "Europe/Berln"}}, "steps": [{"drop": "x"}]}}') $(said '[.errors[].code]')" '422 ["bad_cron","unknown_zone"]'
    check "before it is published no clock begins it" "$(flow GET "/v1/flows/$FLOW4/schedule")" 404
    flow POST "/v1/flows/$FLOW4/versions" --json '{"document": {"format": "flow/1", "trigger": {"schedule": {"cron": "30 6 * * MON-FRI", "zone": "Europe/Berlin"}},
        "steps": [{"drop": {"expr": "\"it is \" & at"}}]}}' >/dev/null
    flow POST "/v1/flows/$FLOW4/versions/1/publish" >/dev/null
    check "then its times are told in words" "$(flow GET "/v1/flows/$FLOW4/schedule") $(said '[.words, .missed, (.next | length), .fired_at]')" \
        '200 ["every weekday at 06:30 (Europe/Berlin)","skip",5,null]'
    check "and what becomes of one when the run before has not ended" "$(said '[.overlap, .overlapped, .overlapped_at]')" '["queue",0,null]'
    pg_sql "update tenon.flow_schedule set next_at = date_trunc('second', now()) where flow_id in (select flow_id from tenon.flow where name = 'Each minute')" >/dev/null
    flow_first "$FLOW4"
    holds "when the time has come it is begun" flow_done "$JOB"
    check "once, and says of which time" "$(said '[.reason[0:15]]') $(flow GET "/v1/flows/$FLOW4/runs") $(said '.data | length')" '["dropped: it is "] 200 1'
    check "and the next time is the schedule's" "$(flow GET "/v1/flows/$FLOW4/schedule") $(said '[(.fired_at != null), .skipped]')" '200 [true,0]'
    pg_sql "update tenon.flow_schedule set next_at = now() - interval '3 days' where flow_id in (select flow_id from tenon.flow where name = 'Each minute')" >/dev/null
    sleep 2
    check "what was missed is left out and counted" "$(flow GET "/v1/flows/$FLOW4/schedule") $(said '.skipped > 0') $(flow GET "/v1/flows/$FLOW4/runs") $(said '.data | length')" '200 true 200 1'
}

flow_of_others() {
    local birch
    birch=$(flow_key 'birch flows' "$BIRCH" flows:read,flows:write,flows:publish,flows:run)
    check "another customer's key sees none of it" "$(ask GET "/v1/flows/$FLOW" "$birch") $(ask GET "/v1/jobs/$JOB" "$birch") \
$(ask GET "/v1/jobs/$JOB/plans" "$birch") $(ask POST "/v1/flows/$FLOW/runs" "$birch" --json '{"input": {}}') $(ask POST "/v1/jobs/$JOB/retry" "$birch")" "404 404 404 404 404"
    check "and another partner's neither" "$(ON=$HARBOR ask GET "/v1/flows/$FLOW" "$(ctl key create --partner harbor --name flows --scopes flows:read)")" 404
}

flow_gone() {
    flow POST /v1/flows --json '{"name": "For a moment"}' >/dev/null
    local id etag
    id=$(said .id) etag=$(header_of etag)
    check "a flow that was never published can go" "$(flow DELETE "/v1/flows/$id" -H "if-match: $etag") $(flow GET "/v1/flows/$id")" "204 404"
    flow GET "/v1/flows/$FLOW" >/dev/null
    check "one that was stays" "$(flow DELETE "/v1/flows/$FLOW" -H "if-match: $(header_of etag)") $(said .code)" "409 flow-in-use"
}
