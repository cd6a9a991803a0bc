# shellcheck shell=bash disable=SC2154
# Many jobs of a flow in the background: asked for, looked at, stopped, and what became of each. Of flow_checks.

flow_batches() {
    local i acted from='"from": "2020-01-01T00:00:00Z"'
    BATCHES=/v1/flows/$FLOW/batches
    for i in 1 2 3; do flow_runs "{\"order\": \"B-$i\", \"lines\": [{\"sku\": \"A\", \"qty\": \"many\", \"amount\": \"x\"}]}"; done
    check "what is none for such jobs is refused" "$(batch '{"action": "retry", "job_state": "ready"}') $(said '.errors[0].pointer')" "422 /job_state"
    check "and a backfill of whatever time" "$(batch '{"action": "backfill", "job_state": "done"}') $(said '.errors[0].pointer')" "422 /from"
    check "a batch is asked for, only to be told" "$(batch '{"action": "retry", "job_state": "held", "reason": "the flow", "dry_run": true}') \
$(said '[.matched, .more, .dry_run, .reason]')" '202 [3,false,true,"the flow"]'
    BATCH=$(said .id)
    check "it says where it is looked at" "$(header_of location)" "$BATCHES/$BATCH"
    holds "it ends" batch_ends
    check "and tells of each job" "$(said '[.state, .done, .skipped, .left]') $(items '[.[] | [.outcome, .job_state]] | unique, length')" \
        '["done",3,0,0] [["matched","held"]] 3'
    check "which stays as it is" "$(flow GET "/v1/flows/$FLOW/runs?state=held") $(said '.data | length')" "200 3"
    check "slowly they run once more" "$(batch '{"action": "retry", "job_state": "held", "per_minute": 1}') $(said '[.state, .matched, .seconds_left]')" '202 ["running",3,180]'
    BATCH=$(said .id)
    check "a flow has one batch at a time, and how long that takes is said" "$(batch '{"action": "retry", "job_state": "held"}') $(said '[.code, .retryable]') $(($(header_of retry-after) > 60))" \
        '409 ["flow-batch-running",true] 1'
    check "it is stopped" "$(flow POST "$BATCHES/$BATCH/cancel") $(said '[.state, .left, (.done < 3), (.ended_at != null)]')" '200 ["cancelled",0,true,true]'
    check "once" "$(flow POST "$BATCHES/$BATCH/cancel") $(said .code)" "409 conflict"
    holds "what it did stays done" flow_none_left
    check "one that is only told, by the jobs' state's other name" "$(batch '{"action": "retry", "state": "held", "dry_run": true}') $(said '[.state, .job_state]')" '202 ["running","held"]'
    TOLD=$(said .id)
    check "which jobs is said once" "$(batch '{"action": "retry", "state": "held", "job_state": "dead"}') $(said '.errors[0] | [.pointer, .code]')" '422 ["/state","twice"]'
    check "and is said" "$(batch '{"action": "retry"}') $(said '.errors[0] | [.pointer, .code]')" '422 ["/job_state","required"]'
    check "all of them at once, for which the one that is told gives way" "$(batch '{"action": "retry", "job_state": "held"}') $(said .matched)" "202 3"
    BATCH=$(said .id)
    check "unless it was through already" "$(flow GET "$BATCHES/$TOLD") $(said '.state | IN("cancelled", "done")')" "200 true"
    holds "it ends, too" batch_ends
    check "with each" "$(said '[.state, .done, .skipped]') $(items '[.[] | .outcome] | unique, length')" '["done",3,0] ["retried"] 3'
    holds "they run and stop again" flow_held_again 3
    check "what became of them is told page by page" "$(flow GET "$BATCHES/$BATCH/items?limit=2") $(said '(.data | length), (.next_cursor | length > 0)' | tr '\n' ' ')" "200 2 true "
    check "to the end" "$(flow GET "$BATCHES/$BATCH/items?limit=2&cursor=$(said .next_cursor)") $(said '(.data | length), .next_cursor' | tr '\n' ' ')" "200 1 null "
    check "or those of one outcome" "$(flow GET "$BATCHES/$BATCH/items?outcome=skipped") $(said .data) $(flow GET "$BATCHES/$BATCH/items?outcome=lost")" "200 [] 400"
    check "they end together" "$(batch '{"action": "cancel", "job_state": "held"}')" 202
    BATCH=$(said .id)
    holds "in a moment" batch_ends
    check "as somebody wished" "$(items '[.[] | [.outcome, .job_state, .reason]] | unique')" '[["cancelled","cancelled","cancelled by a person"]]'
    acted=$(sink _sink .acted)
    check "what is done is done again behind all else" "$(batch "{\"action\": \"backfill\", \"job_state\": \"done\", $from}") $(said '.matched > 3')" "202 true"
    BATCH=$(said .id)
    holds "to its end" batch_ends
    holds "and that of its jobs" flow_none_left
    check "which changes nothing twice" "$(sink _sink .acted)" "$acted"
    flow GET "$BATCHES/$BATCH/items?limit=1" >/dev/null
    check "in the lane that comes last" "$(flow GET "/v1/jobs/$(said '.data[0].job_id')") $(said '[.state, .lane]')" '200 ["done","backfill"]'
    check "batches are listed, newest first" "$(flow GET "$BATCHES?limit=2") $(said '[.data[] | .action], (.next_cursor | length > 0)' | tr '\n' ' ')" \
        '200 ["backfill","cancel"] true '
    check "who asked and what was done is on record" "$(pg_sql "select count(*) from tenon.audit_entry where action in ('flow.batch.create', 'flow.batch.cancel')")" 7
    check "who may only read asks for none" "$(ask POST "$BATCHES" "$(flow_key 'batch reader' "$ALDER" flows:read)" --json '{"action": "retry", "job_state": "held"}')" 403
    check "another customer's people see none" "$(ask GET "$BATCHES/$BATCH" "$(flow_key 'birch batches' "$BIRCH" flows:read)")" 404
}

batch() { flow POST "$BATCHES" --json "$1"; }
# batch_ends: waits until BATCH has ended; the answer is in ANSWER.
batch_ends() {
    local i
    for ((i = 0; i < 600; i++)); do
        flow GET "$BATCHES/$BATCH" >/dev/null
        [ "$(said .state)" = running ] || return 0
        sleep 0.1
    done
    return 1
}
# items FILTER: of what became of the jobs of BATCH.
items() {
    flow GET "$BATCHES/$BATCH/items" >/dev/null
    said ".data | $1" | xargs -d '\n'
}
