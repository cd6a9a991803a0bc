#!/bin/bash
# EDI by files: interchanges that a partner puts into a folder become messages, each set that is in order starts a run, a 997 goes
# back once, a control number that came before and a stranger are refused with the reason, and what a flow sends is an interchange
# that can be read. What the partner says of that is known at the job that sent it: what it rejects, and what it does not acknowledge
# in time, is an exception there. A worker that dies at each step doubles nothing.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

main() {
    stack_open files-edi 18730
    FOLDERS=$DATA/folders
    mkdir -p "$FOLDERS"
    [ "$(id -u)" != 0 ] || chown "$RUN_AS" "$FOLDERS"
    WORKER_SETTINGS+=("TENON_FILES_DIR=$FOLDERS")
    stack_start
    made
    taken
    repeated
    strangers
    killed
    sent
    answered
    tap_end
}

edi() { env -i PATH="$PATH" LC_ALL=C.UTF-8 "$TENON_BUILD/tenonctl" edi "$@"; }

made() {
    local customer
    customer=$(ctl customer list --partner northwind --json | jq -r '.[0].id')
    KEY=$(ctl key create --partner northwind --name edi --customer "$customer" \
        --scopes flows:read,flows:write,flows:publish,flows:run,connections:read,connections:write,messages:read)
    ask POST /v1/connections --json '{"connector": "x12", "name": "Big Store", "settings": {"us": {"qualifier": "ZZ", "id": "ALDER"},
        "partner": {"qualifier": "01", "id": "BIGSTORE"}, "folder": true}}' >/dev/null
    CON=$(said .id)
    ask POST /v1/flows --json '{"name": "Orders of Big Store"}' >/dev/null
    FLOW=$(said .id)
    ask POST "/v1/flows/$FLOW/versions" --json '{"document": {"format": "flow/1", "trigger": {"message": {"system": "x12", "object": "order"}},
        "key": "BEG.BEG03", "steps": [{"drop": "seen"}]}}' >/dev/null
    check "a flow takes orders of EDI" "$(ask POST "/v1/flows/$FLOW/versions/1/publish") $(ask PUT "/v1/connections/$CON/flows/order" --json "{\"flow_id\": \"$FLOW\"}")" "200 200"
}

# interchange CONTROL SENDER DOCUMENT…: of sets, as tenonctl writes it. order NUMBER, bad NUMBER: a set.
interchange() {
    jq -nc --arg control "$1" --arg sender "$2" --argjson sets "[$(IFS=,; echo "${*:3}")]" '{interchanges: [{
        ISA: {ISA05: "01", ISA06: $sender, ISA07: "ZZ", ISA08: "ALDER", ISA09: "261130", ISA10: "1200", ISA12: "00401", ISA13: $control, ISA14: "0", ISA15: "P"},
        groups: [{GS: {GS01: "PO", GS02: $sender, GS03: "ALDER", GS04: "20261130", GS05: "1200", GS06: $control, GS07: "X", GS08: "004010"}, sets: $sets}]}]}' >"$DATA/work/edi.json"
    edi write "$DATA/work/edi.json"
}
order() {
    jq -nc --arg n "$1" '{set: "850", BEG: {BEG01: "00", BEG02: "SA", BEG03: $n, BEG05: "20261130"}, PO1: [{PO101: "1", PO102: "5", PO103: "EA", PO104: "1.25", PO106: "VN", PO107: "TEA-250"}],
        CTT: {CTT01: "1"}}'
}
put_in() { as sh -c "cat >'$FOLDERS/$CON/in/$1'" <"$DATA/work/$1"; }
lies_at() {
    local until=$((SECONDS + ${2:-60}))
    while [ "$SECONDS" -lt "$until" ]; do
        # shellcheck disable=SC2086
        ! ls -d "$FOLDERS/$CON"/$1 >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    return 1
}
file_of() { ask GET "/v1/connections/$CON/files" >/dev/null; said ".data[] | select(.name == \"$1\") | $2"; }
orders_of() { pg_sql "select count(*), count(distinct business_key) from tenon.inbound_message where topic = 'x12.850'"; }
answers() { find "$FOLDERS/$CON/out" -name '997-*' | wc -l; }

# The second of the three orders says its type (BEG02) with four characters, where an 850 has two.
taken() {
    holds "the connection has its folder" lies_at in
    interchange 000000101 BIGSTORE "$(order 4711)" "$(order 4712)" "$(order 4713)" |
        sed 's/BEG\*00\*SA\*4712/BEG*00*ZZQQ*4712/' >"$DATA/work/a.edi"
    put_in a.edi
    holds "an interchange is taken, and put away" lies_at done/a.edi
    check "two of its orders are, and one is refused" "$(file_of a.edi '[.state, .taken, .refused]')" '["done",2,1]'
    check "with its number and X12's own word" "$(ask GET "/v1/connections/$CON/files/$(file_of a.edi .id)/refused-rows" >/dev/null; said '.data[] | [.number, .field, (.reason | length > 5)]')" \
        '[2,"850",true]'
    check "the orders are messages of the set with its envelope" "$(pg_sql "select string_agg(convert_from(body, 'UTF8')::json->'BEG'->>'BEG03' || ' ' || (convert_from(body, 'UTF8')::json->'ISA'->>'ISA13'), ',' order by business_key)
        from tenon.inbound_message where topic = 'x12.850'")" "4711 000000101,4713 000000101"
    holds "a 997 goes back" lies_at 'out/997-*'
    check "by a name that is its own" "$(basename "$(find "$FOLDERS/$CON/out" -name '997-*')" | grep -cE '^997-[0-9]{9}-[0-9a-f]{12}\.edi$')" 1
    check "it says what was taken and what was not" "$(edi acked "$(find "$FOLDERS/$CON/out" -name '997-*')" --json | jq -c '[.[] | .verdict] | unique')" '["accepted","partly","rejected"]'
}

repeated() {
    { cat "$DATA/work/a.edi"; echo; echo; } >"$DATA/work/again.edi"
    put_in again.edi
    holds "the same control number in another file" lies_at done/again.edi
    check "is refused as a whole" "$(file_of again.edi '[.state, .taken, .refused]')" '["done",0,1]'
    check "with the reason" "$(ask GET "/v1/connections/$CON/files/$(file_of again.edi .id)/refused-rows" >/dev/null; said '.data[] | [.field, .reason]')" \
        '["ISA","an interchange of the control number 000000101 of this sender came before"]'
    check "and starts nothing, nor is it answered again" "$(orders_of) $(answers)" "2|2 1"
}

strangers() {
    interchange 000000007 OTHER "$(order 9)" >"$DATA/work/other.edi"
    put_in other.edi
    holds "an interchange of another sender" lies_at done/other.edi
    check "is refused with the reason" "$(ask GET "/v1/connections/$CON/files/$(file_of other.edi .id)/refused-rows" >/dev/null; said '.data[] | [.field, .reason]')" \
        '["ISA","the sender OTHER is not the partner of this connection, which is BIGSTORE"]'
    echo "no EDI" >"$DATA/work/none.edi"
    put_in none.edi
    holds "what is no interchange is put elsewhere" lies_at failed/none.edi
    check "an upload of such is refused at once" "$(ask POST "/v1/connections/$CON/files" -H 'content-type: text/plain' --data-binary "@$DATA/work/none.edi") $(said .code)" "422 file-invalid"
    check "nothing was taken or answered" "$(orders_of) $(answers)" "2|2 1"
}

killed() {
    local point n=0
    for point in edi.before_commit edi.after_commit edi.after_answer; do
        n=$((n + 1))
        end worker
        interchange "00000020$n" BIGSTORE "$(order "80$n")" >"$DATA/work/k$n.edi"
        put_in "k$n.edi"
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$point" 2>/dev/null || true
        holds "a worker dies at $point" wait_gone worker
        end worker
        pg_sql "update tenon.inbound_file set due_at = now() where state = 'waiting'; update tenon.file_watch set look_at = now()"
        worker_start "${WORKER_SETTINGS[@]}"
        holds "another goes on" lies_at "done/k$n.edi"
    done
    sleep 6
    check "each order was taken once, and each interchange answered once" "$(orders_of) $(answers)" "5|5 4"
}

sent() {
    local job until=$((SECONDS + 60))
    ask POST /v1/flows --json '{"name": "Notices"}' >/dev/null
    FLOW=$(said .id)
    ask PUT "/v1/flows/$FLOW/connections/store" --json "{\"connection_id\": \"$CON\"}" >/dev/null
    ask POST "/v1/flows/$FLOW/versions" --json '{"document": {"format": "flow/1", "trigger": {"api": {}}, "steps": [{"effect": {"connection": "store", "operation": "file.write",
        "key": "name", "with": "{\"name\": name, \"control\": control, \"at\": \"2026-11-30T12:00:00Z\", \"sets\": [set]}"}}]}}' >/dev/null
    check "a flow that sends EDI is published" "$(ask POST "/v1/flows/$FLOW/versions/1/publish")" 200
    ask POST "/v1/flows/$FLOW/runs" --json "$(jq -nc '{input: {name: "846-31.edi", control: 31, set: {set: "846", BIA: {BIA01: "00", BIA02: "DD", BIA03: "S1", BIA04: "20261130"},
        LIN: [{LIN02: "VN", LIN03: "TEA-250", QTY: [{QTY01: "33", QTY02: "12", QTY03: "EA"}]}]}}}')" >/dev/null
    job=$(said .id)
    while [ "$SECONDS" -lt "$until" ] && ask GET "/v1/jobs/$job" >/dev/null && [ "$(said .state)" = ready ]; do sleep 0.2; done
    holds "what it sends is there" lies_at out/846-31.edi 60
    check "and can be read, from us to the partner" "$(edi read "$FOLDERS/$CON/out/846-31.edi" | jq -c '.interchanges[0] | [.ISA.ISA06, .ISA.ISA08, .ISA.ISA13, .groups[0].verdict, .groups[0].sets[0].LIN[0].LIN03]' | tr -d ' ')" \
        '["ALDER","BIGSTORE","000000031","accepted","TEA-250"]'
}

# send NAME CONTROL: has a flow send an 846 of that name; its job in JOB.
send() {
    ask POST "/v1/flows/$FLOW/runs" --json "$(jq -nc --arg name "$1" --argjson control "$2" '{input: {name: $name, control: $control, set: {set: "846", BIA: {BIA01: "00", BIA02: "DD", BIA03: "S1", BIA04: "20261130"},
        LIN: [{LIN02: "VN", LIN03: "TEA-250", QTY: [{QTY01: "33", QTY02: "12", QTY03: "EA"}]}]}}}')" >/dev/null
    JOB=$(said .id)
    becomes "$JOB" done
}
becomes() { # JOB STATE
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        ask GET "/v1/jobs/$1" >/dev/null
        [ "$(said .state)" != "$2" ] || return 0
        sleep 0.2
    done
    return 1
}
why() { ask GET "/v1/jobs/$1/why" >/dev/null && said "${2:-.code}"; }

# ack NAME CONTROL SET: an interchange of the partner's that acknowledges something.
ack() {
    jq -nc --arg control "$2" --argjson set "$3" '{interchanges: [{
        ISA: {ISA05: "01", ISA06: "BIGSTORE", ISA07: "ZZ", ISA08: "ALDER", ISA09: "261130", ISA10: "1200", ISA12: "00401", ISA13: $control, ISA14: "0", ISA15: "P"},
        groups: [{GS: {GS01: "FA", GS02: "BIGSTORE", GS03: "ALDER", GS04: "20261130", GS05: "1200", GS06: $control, GS07: "X", GS08: "004010"}, sets: [$set]}]}]}' >"$DATA/work/edi.json"
    edi write "$DATA/work/edi.json" >"$DATA/work/$1"
    put_in "$1"
    lies_at "done/$1"
}
acked_set() { # GROUP VERDICT AK2-MEMBERS
    jq -nc --arg group "$1" --arg verdict "$2" --argjson more "$3" '{set: "997", AK1: {AK101: "IB", AK102: $group}, AK9: {AK901: $verdict, AK902: "1", AK903: "1", AK904: (if $verdict == "R" then "0" else "1" end)}} + $more'
}

answered() {
    send 846-41.edi 41
    check "what is sent waits for its acknowledgement" "$(why "$JOB") $(said .state)" "document_awaited on_its_way"
    holds "a 997 that rejects it is taken" ack r41.edi 000000941 "$(acked_set 41 R '{"AK2": [{"AK201": "846", "AK202": "0001", "AK3": [{"AK301": "LIN", "AK302": "3", "AK304": "8", "AK4": [{"AK401": "3", "AK403": "7", "AK404": "TEA-250"}]}], "AK5": {"AK501": "R", "AK502": "5"}}]}')"
    holds "the job that sent it is an exception" becomes "$JOB" held
    check "with the codes, and where, in words" "$(said .reason)" \
        'the trading partner rejected "846-41.edi": set 1 (846) of 41: error 5: segments are in error; segment LIN at place 3; error 8: the segment has elements in error; its element 3 (TEA-250); error 7: the code is none of the list'
    check "why says so" "$(why "$JOB") $(said .state)" "document_rejected stopped"
    check "it is counted among exceptions" "$(ask GET "/v1/exceptions" >/dev/null; said '[.exceptions[] | select(.code == "document_rejected") | .jobs] | add')" 1
    holds "the same again, by another interchange" ack r41b.edi 000000942 "$(acked_set 41 R '{"AK2": [{"AK201": "846", "AK202": "0001", "AK5": {"AK501": "R", "AK502": "5"}}]}')"
    check "a person lets it go" "$(ask POST "/v1/jobs/$JOB/retry" -d '')" 200
    holds "and it has ended" becomes "$JOB" done
    sleep 3
    check "for good, and is sent no second time" "$(becomes "$JOB" done; said .state) $(find "$FOLDERS/$CON/out" -name '846-41*' | wc -l)" "done 1"
    check "why still says what the partner said" "$(why "$JOB") $(said .state)" "document_rejected stopped"

    send 846-42.edi 42
    pg_sql "update tenon.edi_sent set left_at = now() - interval '23 hours' where name = '846-42.edi'"
    sleep 3
    check "what is not answered for 23 hours waits" "$(why "$JOB")" document_awaited
    pg_sql "update tenon.edi_sent set left_at = now() - interval '25 hours' where name = '846-42.edi'"
    holds "what is not answered within 24 hours is an exception" becomes "$JOB" held
    check "which says so" "$(said .reason) $(why "$JOB")" 'the trading partner has not acknowledged "846-42.edi" within 24 hours document_overdue'
    holds "a 997 that accepts it comes late" ack a42.edi 000000943 "$(acked_set 000000042 A '{}')"
    holds "and ends it" becomes "$JOB" done
    check "why says that it is accepted" "$(why "$JOB") $(said .state)" "document_accepted there"

    send 846-43.edi 43
    holds "a 999 notes errors" ack e43.edi 000000944 '{"set": "999", "segments": [{"segment": "AK1", "AK101": "IB", "AK102": "43", "AK103": "004010"}, {"segment": "AK2", "AK201": "846", "AK202": "0001"},
        {"segment": "IK3", "IK301": "QTY", "IK302": "4", "IK304": "8"}, {"segment": "IK4", "IK401": "2", "IK403": "6", "IK404": "12"}, {"segment": "IK5", "IK501": "E", "IK502": "5"},
        {"segment": "AK9", "AK901": "E", "AK902": "1", "AK903": "1", "AK904": "1"}]}'
    check "it is accepted with errors, which are told" "$(why "$JOB") $(said '[.state, (.sentence | test("segment QTY at place 4"))]')" 'document_noted ["there",true]'

    send 846-44.edi 44
    printf 'ISA*00*          *00*          *01*BIGSTORE       *ZZ*ALDER          *261130*1200*U*00401*000000945*0*P*>~TA1*000000044*261130*1200*R*020~IEA*0*000000945~' >"$DATA/work/ta1.edi"
    put_in ta1.edi
    holds "an interchange that is refused as a whole" becomes "$JOB" held
    check "takes what is in it along" "$(said .reason)" 'the trading partner rejected "846-44.edi": set 1 (846) of 44: its interchange is refused: error 020: the test indicator is neither P nor T'

    holds "a 997 of what was never sent is taken" ack n99.edi 000000946 "$(acked_set 99 R '{}')"
    check "and told, and kept" "$(ask GET "/v1/connections/$CON/files/$(file_of n99.edi .id)/refused-rows" >/dev/null; said '.data[] | [.number, .field, .reason]') $(pg_sql "select count(*) from tenon.inbound_message where topic = 'x12.997' and dedupe_key like '%|000000946/%'")" \
        '[1,"AK1","it acknowledges the control number 99, and nothing was sent with that"] 1'
    holds "as is one of a set that was not in the interchange" ack n43.edi 000000947 "$(acked_set 43 P '{"AK2": [{"AK201": "846", "AK202": "0007", "AK5": {"AK501": "R", "AK502": "5"}}]}')"
    check "which changes nothing of the others" "$(ask GET "/v1/connections/$CON/files/$(file_of n43.edi .id)/refused-rows" >/dev/null; said '.data[] | .reason') $(pg_sql "select state from tenon.edi_sent where name = '846-43.edi'")" \
        'it acknowledges the set 7 of the control number 43, and no such set was sent errors'
    check "what acknowledges is not awaited itself" "$(pg_sql "select count(*) from tenon.edi_sent where name like '997-%'")" 0
    check "hours out of bounds are refused" "$(ask POST /v1/connections --json '{"connector": "x12", "name": "Other", "settings": {"us": {"qualifier": "ZZ", "id": "ALDER"}, "partner": {"qualifier": "01", "id": "OTHER"}, "acknowledged_in": 0}}') $(said '.errors[0].pointer')" "422 /settings/acknowledged_in"
}

main
