#!/bin/bash
# Files whose rows become runs of a flow: of 1,000 rows three are bad, and 997 runs follow, with three rows reported by their
# numbers. The same file again starts nothing. A worker that is killed before and after each step, on the way of an upload and of
# a file in a watched folder, loses no row and doubles none.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

main() {
    stack_open files 18690
    FOLDERS=$DATA/folders
    mkdir -p "$FOLDERS"
    [ "$(id -u)" != 0 ] || chown "$RUN_AS" "$FOLDERS"
    WORKER_SETTINGS+=("TENON_FILES_DIR=$FOLDERS" TENON_SETTLE_MS=500)
    stack_start
    flow_made
    waits_for_a_flow
    uploaded
    repeated
    refused
    once
    killed
    watched
    watched_killed
    written
    of_others
    tap_end
}

# connection NAME SETTINGS: made by the API; its id is printed.
connection() {
    ask POST /v1/connections --json "$(jq -nc --arg name "$1" --argjson settings "$2" '{connector: "files", name: $name, settings: $settings}')" >/dev/null
    said .id
}
STOCK='{"object": "stock_count", "format": "csv", "key": ["sku"], "columns": [{"name": "sku", "needed": true},
    {"name": "quantity", "heading": "Qty", "kind": "integer", "needed": true}]}'

flow_made() {
    local customer
    customer=$(ctl customer list --partner northwind --json | jq -r '.[0].id')
    KEY=$(ctl key create --partner northwind --name files --customer "$customer" \
        --scopes flows:read,flows:write,flows:publish,flows:run,connections:read,connections:write,messages:read)
    install -m 0755 "$TENON_BUILD/fake-sink" "$DATA/app/fake-sink"
    spawn fake-sink "$DATA/app/fake-sink"
    wait_for fake-sink 60 grep -qs '^url=' "$DATA/log/fake-sink.log" || exit 1
    SINK=$(sed -n 's/^url=//p' "$DATA/log/fake-sink.log")
    SINK_CON=$(ctl connection create --partner northwind --customer "$customer" --connector http --name Warehouse \
        --settings "$(jq -nc --arg url "$SINK" '{url: $url, auth: "bearer", operations: {
            "count.put": {method: "POST", path: "orders", again: "key", key_header: "Idempotency-Key", settle_ms: 500}}}')" \
        --secret-file "$(secret sink.secret none)")
    CON=$(connection "Count of the stores" "$STOCK")
    check "a connection for files is made without a secret" "$(said '[.connector, .settings.object]')" '["files","stock_count"]'
    ask POST /v1/flows --json '{"name": "Counts to the warehouse"}' >/dev/null
    FLOW=$(said .id)
    ask PUT "/v1/flows/$FLOW/connections/wms" --json "{\"connection_id\": \"$SINK_CON\"}" >/dev/null
    ask POST "/v1/flows/$FLOW/versions" --json '{"document": {"format": "flow/1", "trigger": {"message": {"system": "files", "object": "stock_count"}},
        "key": "\"count \" & sku", "lane": "stock",
        "steps": [{"effect": {"connection": "wms", "operation": "count.put", "key": "sku & \" \" & $string(quantity)", "with": "{\"reference\": sku, \"quantity\": quantity}"}}]}}' >/dev/null
    check "a flow takes what files bring" "$(ask POST "/v1/flows/$FLOW/versions/1/publish") $(said .current_version)" "200 1"
}

# counts FIRST LAST: rows, one a line.
counts() { seq "$1" "$2" | awk '{printf "SKU-%04d,%d\r\n", $1, $1 % 50}'; }
# upload CONNECTION FILE NAME
upload() { ask POST "/v1/connections/$1/files?name=$3" -H 'content-type: text/csv' --data-binary "@$2"; }
# file_ends CONNECTION ID [SECONDS]: what became of it is in ANSWER.
file_ends() {
    local until=$((SECONDS + ${3:-60}))
    while [ "$SECONDS" -lt "$until" ]; do
        ask GET "/v1/connections/$1/files/$2" >/dev/null
        [ "$(said .state)" = waiting ] || return 0
        sleep 0.1
    done
    return 1
}
runs() { pg_sql "select count(*) from tenon.job j join tenon.connection c using (partner_id, customer_id, connection_id) where c.name = '$1'"; }
runs_end() {
    local until=$((SECONDS + 120))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.job where state in ('ready', 'leased') and flow_id is not null")" != 0 ] || return 0
        sleep 0.2
    done
    return 1
}
sink() { curl -sf -m 20 "$SINK$1" | jq -rc "$2"; }

waits_for_a_flow() {
    local id until=$((SECONDS + 60))
    { printf 'sku,Qty\r\n'; counts 9001 9003; } >"$DATA/work/early.csv"
    check "a file comes before its flow" "$(upload "$CON" "$DATA/work/early.csv" early.csv)" 202
    id=$(said .id)
    while [ "$SECONDS" -lt "$until" ] && [ "$(ask GET "/v1/connections/$CON/files/$id" >/dev/null; said .reason)" = null ]; do sleep 0.2; done
    check "it waits and says for what" "$(said '[.state, .reason]')" \
        '["waiting","no flow takes a stock_count of \"Count of the stores\" yet; say which does, and its rows go on"]'
    check "a flow is named" "$(ask PUT "/v1/connections/$CON/flows/stock_count" --json "{\"flow_id\": \"$FLOW\"}")" 200
    holds "and its rows go on" file_ends "$CON" "$id"
    check "all of them" "$(said '[.state, .reason, .taken, .refused]')" '["done",null,3,0]'
}

# Rows 10, 500 and 1,000 are bad, each in another way.
uploaded() {
    {
        printf 'sku,Qty\r\n'
        counts 1 9
        printf 'SKU-0010,ten\r\n'
        counts 11 499
        printf 'SKU-0500,"5\r\n'
        counts 501 999
        printf ',7\r\n'
    } >"$DATA/work/stock.csv"
    check "a file of a thousand rows is taken" "$(upload "$CON" "$DATA/work/stock.csv" stock.csv) $(said '[.name, .origin]')" '202 ["stock.csv","upload"]'
    FILE=$(said .id)
    holds "its rows are read" file_ends "$CON" "$FILE"
    check "997 are taken and three refused" "$(said '[.state, .taken, .repeated, .refused]')" '["done",997,0,3]'
    check "which are told by their numbers, with the reason" "$(ask GET "/v1/connections/$CON/files/$FILE/refused-rows") $(said '[.data[] | [.number, .line, .field, .reason]]')" \
        '200 [[10,11,"quantity","\"ten\" is no number"],[500,501,"quantity","a quote is opened and not closed"],[1000,1001,"sku","is needed and is empty"]]'
    check "page by page, too" "$(ask GET "/v1/connections/$CON/files/$FILE/refused-rows?limit=2" >/dev/null; ask GET "/v1/connections/$CON/files/$FILE/refused-rows?limit=2&cursor=$(said .next_cursor)" >/dev/null; said '[.data[].number]')" '[1000]'
    holds "the runs come to their end" runs_end
    check "each row was one run, and done" "$(pg_sql "select j.state, count(*) from tenon.job j join tenon.inbound_message m using (partner_id, customer_id, message_id)
        where m.dedupe_key like 'file/%' and m.body not like '%SKU-9%' group by 1")" "done|997"
    check "and happened once" "$(sink _sink '[.things, .doubled]')" "[1000,0]"
    check "in the order of the rows" "$(pg_sql "select count(*) from (select split_part(dedupe_key, '/', 3)::int - lag(split_part(dedupe_key, '/', 3)::int)
        over (order by job_id) as step from tenon.job j join tenon.inbound_message m using (partner_id, customer_id, message_id)
        where m.dedupe_key like 'file/$(pg_sql "select file_id from tenon.inbound_file where name = 'stock.csv'")/%') x where step < 1")" 0
    check "what counts is told to operators" "$(curl -s -m 20 "http://127.0.0.1:$((HTTPS_PORT + 2))/metrics" | sed -n 's/^file_rows_\(.*\)_total /\1 /p' | sort | xargs)" "refused 3 taken 1000"
}

repeated() {
    check "the same file under another name is known" "$(upload "$CON" "$DATA/work/stock.csv" other.csv) $(said '[.id, .name, .came]')" "200 [\"$FILE\",\"stock.csv\",2]"
    check "and starts nothing" "$(runs "Count of the stores")" 1000
    check "files are listed, newest first" "$(ask GET "/v1/connections/$CON/files") $(said '[.data[] | [.name, .taken]]')" '200 [["stock.csv",997],["early.csv",3]]'
    check "page by page" "$(ask GET "/v1/connections/$CON/files?limit=1" >/dev/null; ask GET "/v1/connections/$CON/files?limit=1&cursor=$(said .next_cursor)" >/dev/null; said '[.data[].name]')" '["early.csv"]'
}

refused() {
    printf 'sku,amount\r\nA,1\r\n' >"$DATA/work/bad.csv"
    check "a file without a column that is needed is refused at once" "$(upload "$CON" "$DATA/work/bad.csv" bad.csv) $(said '[.type, .detail]' | sed 's/"[^"]*problems/"…/')" \
        '422 ["…/file-invalid","the heading has no column \"Qty\""]'
    printf '' >"$DATA/work/bad.csv"
    check "so is an empty one" "$(upload "$CON" "$DATA/work/bad.csv" bad.csv)" 422
    python3 -c 'print(",".join("c%d" % i for i in range(10000)))' >"$DATA/work/bad.csv"
    check "and one of ten thousand columns" "$(upload "$CON" "$DATA/work/bad.csv" bad.csv)" 422
    check "and what is no file" "$(ask POST "/v1/connections/$CON/files" -H 'content-type: application/json' --data-binary '{}')" 415
    check "and a name that leads elsewhere" "$(upload "$CON" "$DATA/work/early.csv" ..%2fx.csv) $(said '.errors[0].pointer')" "422 name"
    check "another system takes no files" "$(upload "$SINK_CON" "$DATA/work/early.csv" x.csv)" 409
    check "settings that say nothing sound are refused at their place" "$(ask POST /v1/connections --json '{"connector": "files", "name": "x", "settings":
        {"object": "a", "format": "csv", "delimiter": "ab", "folder": "/etc"}}') $(said '[.errors[].pointer]')" '422 ["/settings/folder","/settings/delimiter"]'
}

once() {
    local con id
    con=$(connection "Orders by file" "$(jq -c '.once = true' <<<"$STOCK")")
    ask PUT "/v1/connections/$con/flows/stock_count" --json "{\"flow_id\": \"$FLOW\"}" >/dev/null
    { printf 'sku,Qty\r\n'; counts 7001 7010; } >"$DATA/work/once.csv"
    upload "$con" "$DATA/work/once.csv" a.csv >/dev/null
    id=$(said .id)
    holds "a file is read whose rows count once" file_ends "$con" "$id"
    { printf 'sku,Qty\r\n'; counts 7006 7015; } >"$DATA/work/once.csv"
    upload "$con" "$DATA/work/once.csv" b.csv >/dev/null
    id=$(said .id)
    holds "so is the next" file_ends "$con" "$id"
    check "of which half came before" "$(said '[.taken, .repeated, .refused]') $(runs "Orders by file")" '[5,5,0] 15'
}

# Each death takes what was not committed with it, and nothing else.
killed() {
    local id point so_far
    { printf 'sku,Qty\r\n'; counts 2001 2700; printf 'bad\r\n'; counts 2701 2899; } >"$DATA/work/long.csv"
    end worker
    upload "$CON" "$DATA/work/long.csv" long.csv >/dev/null
    id=$(said .id)
    while read -r point so_far; do
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=file.$point" 2>/dev/null || true
        holds "a worker dies at $point" wait_gone worker
        check "$so_far rows are taken" "$(pg_sql "select taken, (select count(*) from tenon.inbound_message m where m.dedupe_key like 'file/' || f.file_id || '/%')
            from tenon.inbound_file f where name = 'long.csv'")" "$so_far|$so_far"
        end worker
        pg_sql "update tenon.inbound_file set due_at = now() where state = 'waiting'" # as if the lease were over
    done <<<"before_store 0
before_commit 0
before_commit:2 200
after_commit 400
after_commit:2 800"
    worker_start "${WORKER_SETTINGS[@]}"
    holds "another goes on with it" file_ends "$CON" "$id"
    check "to the end, with each row once" "$(said '[.state, .taken, .repeated, .refused]')" '["done",899,0,1]'
    holds "the runs end" runs_end
    check "and nothing was done twice" "$(sink _sink '.doubled')" 0
}

# put_in NAME: as whoever brings files puts one there.
put_in() { as sh -c "cat >'$FOLDERS/$WATCHED/in/$1'" <"$DATA/work/$1"; }
lies() { (cd "$FOLDERS/$WATCHED" && find . -type f | sort | xargs); }
# lies_at PATH [SECONDS]
lies_at() {
    local until=$((SECONDS + ${2:-60}))
    while [ "$SECONDS" -lt "$until" ]; do
        [ ! -e "$FOLDERS/$WATCHED/$1" ] || return 0
        sleep 0.1
    done
    return 1
}

watched() {
    WATCHED=$(connection "Folder of counts" "$(jq -c '.folder = true | .match = "*.csv"' <<<"$STOCK")")
    ask PUT "/v1/connections/$WATCHED/flows/stock_count" --json "{\"flow_id\": \"$FLOW\"}" >/dev/null
    holds "a connection has a folder of its own" lies_at in
    { printf 'sku,Qty\r\n'; counts 3001 3100; printf 'x\r\n'; } >"$DATA/work/day.csv"
    cp "$DATA/work/day.csv" "$DATA/work/day.txt"
    put_in day.csv
    put_in day.txt
    as ln -s /etc/passwd "$FOLDERS/$WATCHED/in/link.csv"
    as sh -c "printf 'sku,Qty\r\nA,' >'$FOLDERS/$WATCHED/in/growing.csv'; for i in 1 2 3 4; do sleep 1.5; printf 1 >>'$FOLDERS/$WATCHED/in/growing.csv'; done"
    holds "what lies in it is taken, and put away when it has been read" lies_at done/day.csv
    check "what does not fit the pattern is left, a link too" "$(cd "$FOLDERS/$WATCHED" && echo in/day.txt in/link.csv)" "$(cd "$FOLDERS/$WATCHED" && find in -name day.txt -o -name link.csv | sort | xargs)"
    holds "what is still being written is taken when it is whole" lies_at done/growing.csv
    check "with all that was written" "$(pg_sql "select convert_from(body, 'UTF8') from tenon.inbound_message where body like '%1111%' and body like '%\"A\"%'")" '{"sku":"A","quantity":1111}'
    check "its rows are there" "$(ask GET "/v1/connections/$WATCHED/files" >/dev/null; said '[.data[] | select(.name == "day.csv") | .origin, .state, .taken, .refused]')" '["folder","done",100,1]'
    check "the link is told of" "$(pg_sql "select fault like '1 things in the folder are no files%' from tenon.file_watch")" t
    as rm "$FOLDERS/$WATCHED/in/link.csv" "$FOLDERS/$WATCHED/in/day.txt"
    put_in day.csv
    sleep 6
    check "the same file again is put away, and starts nothing" "$(lies) $(runs "Folder of counts")" "./done/$(cd "$FOLDERS/$WATCHED/done" && ls | grep -E '\.day\.csv$') ./done/day.csv ./done/growing.csv 101"
    printf 'nothing\r\n' >"$DATA/work/wrong.csv"
    put_in wrong.csv
    holds "what cannot be read as a whole is put elsewhere" lies_at failed/wrong.csv
    check "and says why" "$(ask GET "/v1/connections/$WATCHED/files" >/dev/null; said '.data[0] | [.name, .state, .reason]')" '["wrong.csv","failed","the heading has no column \"sku\""]'
}

watched_killed() {
    local point n=0
    for point in folder.after_take folder.after_keep file.before_store file.before_commit file.after_commit folder.after_move; do
        n=$((n + 1))
        end worker
        { printf 'sku,Qty\r\n'; counts $((4000 + n * 10)) $((4004 + n * 10)); } >"$DATA/work/k$n.csv"
        put_in "k$n.csv"
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$point" 2>/dev/null || true
        holds "a worker dies at $point" wait_gone worker
        end worker
        pg_sql "update tenon.inbound_file set due_at = now() where state = 'waiting'; update tenon.file_watch set look_at = now()"
        worker_start "${WORKER_SETTINGS[@]}"
        holds "another goes on" lies_at "done/k$n.csv"
    done
    check "each row was taken once" "$(pg_sql "select count(*), count(distinct convert_from(body, 'UTF8')::json->>'sku') from tenon.inbound_message
        where convert_from(body, 'UTF8') like '%SKU-40%'")" "30|30"
    check "and nothing is left on the way" "$(find "$FOLDERS/$WATCHED/in" "$FOLDERS/$WATCHED/taking" -type f | wc -l)" 0
    holds "the runs end" runs_end
    check "nothing was done twice" "$(sink _sink '.doubled')" 0
}

# run NAME: of the flow that writes; its id is printed. run_ends ID: what became of it is in ANSWER.
run() {
    ask POST "/v1/flows/$WRITER/runs" --json "$(jq -nc --arg name "$1" '{input: {name: $name, lines: [{sku: "TEA, black", quantity: 3}, {sku: "=1+1", quantity: "-2"}]}}')" >/dev/null
    said .id
}
run_ends() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        ask GET "/v1/jobs/$1" >/dev/null
        case $(said .state) in done | held | dead) return 0 ;; esac
        sleep 0.2
    done
    return 1
}

# What flows write: a file by its name, whole, and once, whenever a worker dies.
written() {
    local con job point
    con=$(connection "Files for the supplier" '{"object": "none", "format": "csv", "folder": true, "columns": [{"name": "sku", "heading": "Item"}, {"name": "quantity"}]}')
    ask POST /v1/flows --json '{"name": "Order by file"}' >/dev/null
    WRITER=$(said .id)
    ask PUT "/v1/flows/$WRITER/connections/supplier" --json "{\"connection_id\": \"$con\"}" >/dev/null
    ask POST "/v1/flows/$WRITER/versions" --json '{"document": {"format": "flow/1", "trigger": {"api": {}}, "retry": {"first": "PT1S", "most": "PT2S"},
        "steps": [{"effect": {"connection": "supplier", "operation": "file.write", "key": "name", "with": "{\"name\": name, \"rows\": lines}"}}]}}' >/dev/null
    check "a flow that writes files is published" "$(ask POST "/v1/flows/$WRITER/versions/1/publish") $(said .current_version)" "200 1"
    holds "a run of it ends" run_ends "$(run order-1.csv)"
    check "well" "$(said '[.state, .reason, .effects[0].state, .effects[0].external_ref]')" '["done",null,"confirmed","order-1.csv"]'
    check "the file is there" "$(od -c "$FOLDERS/$con/out/order-1.csv" | head -n 4 | tr -s ' ' | cut -d' ' -f2-)" \
        "$(printf 'Item,quantity\r\n"TEA, black",3\r\n"'"'"'=1+1","'"'"'-2"\r\n' | od -c | head -n 4 | tr -s ' ' | cut -d' ' -f2-)"
    as sh -c "echo mine >'$FOLDERS/$con/out/theirs.csv'"
    holds "where another's file of the name lies the run ends, too" run_ends "$(run theirs.csv)"
    check "and nothing is written over" "$(said .state) $(cat "$FOLDERS/$con/out/theirs.csv")" "held mine"
    holds "a name that leads elsewhere" run_ends "$(run ../x.csv)"
    check "is held" "$(said .state) $(find "$FOLDERS" -name x.csv | wc -l)" "held 0"
    for point in folder.before_write folder.after_write; do
        end worker
        job=$(run "$point.csv")
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$point" 2>/dev/null || true
        holds "a worker dies at $point" wait_gone worker
        end worker
        worker_start "${WORKER_SETTINGS[@]}"
        holds "another goes on" run_ends "$job"
        check "and the file is there, once" "$(said '[.state, .effects[0].state, .effects[0].external_ref]') $(find "$FOLDERS/$con/out" -name "*$point*" | wc -l)" \
            "[\"done\",\"confirmed\",\"$point.csv\"] 1"
    done
}

of_others() {
    local key=$KEY
    KEY=$(ctl key create --partner northwind --name others --customer "$(ctl customer create --partner northwind --name Birch)" \
        --scopes connections:read,connections:write,messages:read)
    check "files of another customer are not there" "$(ask GET "/v1/connections/$CON/files") $(ask GET "/v1/connections/$CON/files/$FILE") $(upload "$CON" "$DATA/work/early.csv" x.csv)" "404 404 404"
    KEY=$key
    ask GET "/v1/connections/$WATCHED/files" >/dev/null
    check "nor is one of another connection" "$(ask GET "/v1/connections/$CON/files/$(said '.data[0].id')")" 404
}

main
