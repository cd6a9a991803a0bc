#!/bin/bash
# Files that lie at another host: by SFTP at a true sshd, by FTP within TLS at a stand-in. They are fetched once, put away when
# their rows have been read, and a worker that is killed on the way doubles nothing. A host with another key, one whose certificate
# is nobody's, a wrong key of ours and a private address are refused, each with its reason.
LABEL="jobs"
# shellcheck source=../e2e/stack.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/stack.sh"

SSHD=/usr/sbin/sshd

main() {
    if [ ! -x "$SSHD" ]; then
        echo "1..0 # SKIP openssh-server is not installed"
        exit 0
    fi
    stack_open files-remote 18710
    trap 'hosts_end $?' EXIT
    SSH_PORT=$((HTTPS_PORT + 5)) FTP_PORT=$((HTTPS_PORT + 6)) FILES=$DATA/files
    port_need "$SSH_PORT"
    port_need "$FTP_PORT"
    for d in "$FILES" "$DATA/ssh"; do
        mkdir -p "$d"
        [ "$(id -u)" != 0 ] || chown "$RUN_AS" "$d"
    done
    WORKER_SETTINGS+=("TENON_CA_FILE=$DATA/ca.pem")
    stack_start
    hosts_start
    flow_made
    typed
    by_sftp
    by_ftps
    killed
    written
    refused
    tap_end
}

hosts_end() {
    end sshd 2
    end ftps 2
    # What is behind reads the status of what was before it.
    if (exit "$1"); then stack_close; else stack_close; fi
}
hosts_start() {
    local k=$DATA/ssh
    for d in sftp ftps; do as mkdir -p "$FILES/$d/out" "$FILES/$d/done" "$FILES/$d/failed"; done
    as ssh-keygen -q -t ed25519 -N '' -f "$k/host"
    as ssh-keygen -q -t ed25519 -N '' -f "$k/user"
    as ssh-keygen -q -t ed25519 -N '' -f "$k/stranger"
    as cp "$k/user.pub" "$k/authorized"
    PRINT=$(ssh-keygen -lf "$k/host.pub" | cut -d' ' -f2) STRANGE=$(ssh-keygen -lf "$k/stranger.pub" | cut -d' ' -f2)
    # shellcheck disable=SC2016
    printf '%s\n' "ListenAddress 127.0.0.1:$SSH_PORT" "HostKey $k/host" "AuthorizedKeysFile $k/authorized" 'PidFile none' 'UsePAM no' \
        'StrictModes no' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' 'Subsystem sftp internal-sftp' 'ForceCommand internal-sftp' |
        as sh -c 'cat >"$0"' "$k/config"
    spawn sshd "$SSHD" -D -e -f "$k/config"
    wait_for sshd 60 grep -qs 'Server listening' "$DATA/log/sshd.log" || exit 1
    install -m 0644 "$TENON_ROOT/tests/fakes/ftps-host.py" "$DATA/app/ftps-host.py"
    spawn ftps /usr/bin/python3 -u "$DATA/app/ftps-host.py" "$FTP_PORT" "$FILES/ftps" "$DATA/keys/tls.pem" "$DATA/keys/tls.key" stock 'a secret word'
    wait_for ftps 60 grep -qs '^ready' "$DATA/log/ftps.log" || exit 1
    USER_KEY=$(as cat "$k/user") STRANGER_KEY=$(as cat "$k/stranger")
}

# settings REMOTE: those of a connection whose files lie there.
settings() {
    jq -nc --argjson remote "$1" '{object: "stock_count", format: "csv", match: "*.csv", columns: [{name: "sku", needed: true}, {name: "quantity", kind: "integer"}],
        remote: $remote}'
}
sftp_remote() {
    jq -nc --argjson port "$SSH_PORT" --arg user "${SSH_USER:-$(as id -un)}" --arg print "${1:-$PRINT}" --arg at "$FILES/sftp" '{protocol: "sftp", host: "localhost",
        port: $port, user: $user, fingerprint: $print, folder: ($at + "/out"), done: ($at + "/done"), failed: ($at + "/failed"), every: 5}'
}
ftps_remote() {
    jq -nc --argjson port "$FTP_PORT" --arg host "${1:-localhost}" '{protocol: "ftps", host: $host, port: $port, user: "stock", folder: "/out", done: "/done", failed: "/failed", every: 5}'
}
# connection NAME REMOTE SECRETS
connection() {
    ask POST /v1/connections --json "$(jq -nc --arg name "$1" --argjson settings "$(settings "$2")" --argjson secrets "$3" \
        '{connector: "files", name: $name, settings: $settings, secrets: $secrets}')" >/dev/null
    said .id; [ "$(said .id)" != null ] || cat "$ANSWER" >&2
}

flow_made() {
    local customer
    customer=$(ctl customer list --partner northwind --json | jq -r '.[0].id')
    KEY=$(ctl key create --partner northwind --name files --customer "$customer" \
        --scopes flows:read,flows:write,flows:publish,flows:run,connections:read,connections:write,messages:read)
    ask POST /v1/flows --json '{"name": "Counts"}' >/dev/null
    FLOW=$(said .id)
    ask POST "/v1/flows/$FLOW/versions" --json '{"document": {"format": "flow/1", "trigger": {"message": {"system": "files", "object": "stock_count"}},
        "key": "sku", "steps": [{"drop": "seen"}]}}' >/dev/null
    check "a flow is published" "$(ask POST "/v1/flows/$FLOW/versions/1/publish") $(said .current_version)" "200 1"
}
through() { ask PUT "/v1/connections/$1/flows/stock_count" --json "{\"flow_id\": \"$FLOW\"}"; }

typed() {
    local made='{"connector": "files", "name": "x", "secrets": {"password": "x"}, "settings": '
    check "a host without a fingerprint is refused" "$(ask POST /v1/connections --json "$made$(settings "$(sftp_remote x)")}") $(said '[.errors[].pointer]')" \
        '422 ["/settings/remote/fingerprint"]'
    check "so is a way upwards" "$(ask POST /v1/connections --json "$made$(settings "$(ftps_remote | jq -c '.folder = "/out/../etc"')")}") $(said '[.errors[].pointer]')" \
        '422 ["/settings/remote/folder"]'
    check "and a host that is none" "$(ask POST /v1/connections --json "$made$(settings "$(ftps_remote 'a/b')")}") $(said '[.errors[].pointer]')" \
        '422 ["/settings/remote/host"]'
    check "and an address that may not be called" "$(ask POST /v1/connections --json "$made$(settings "$(ftps_remote)")}") $(said '[.errors[] | .pointer, .code]')" \
        '422 ["/settings/remote/host","endpoint_forbidden"]'
    end api
    api_start "${API_SETTINGS[@]}" TENON_ALLOW_PRIVATE_ADDRESSES=true || exit 1
}

# rows NAME FIRST LAST [BAD]
rows() {
    { printf 'sku,quantity\n'; seq "$2" "$3" | awk '{print "R-" $1 ",1"}'; [ -z "${4:-}" ] || echo "$4"; } >"$DATA/work/$1"
}
# put_at HOST NAME
put_at() { as sh -c "cat >'$FILES/$1/out/$2'" <"$DATA/work/$2"; }
# lies_at PATH [SECONDS]
lies_at() {
    local until=$((SECONDS + ${2:-60}))
    while [ "$SECONDS" -lt "$until" ]; do
        [ ! -e "$FILES/$1" ] || return 0
        sleep 0.1
    done
    return 1
}
is_gone() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [ -e "$FILES/$1" ] || return 0
        sleep 0.1
    done
    return 1
}
told() { pg_sql "select $1 from tenon.file_watch w join tenon.connection c using (partner_id, customer_id, connection_id) where c.name = '$2'"; }
# says NAME PATTERN: what is wrong with a connection's place.
says() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [[ "$(told fault "$1")" != $2 ]] || return 0
        sleep 0.2
    done
    echo "# $(told fault "$1")"
    return 1
}
# is_read SKU
is_read() {
    local until=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$until" ]; do
        [ "$(pg_sql "select count(*) from tenon.inbound_message where convert_from(body, 'UTF8') like '%$1\"%'")" = 0 ] || return 0
        sleep 0.2
    done
    return 1
}
taken() { pg_sql "select count(*), count(distinct convert_from(body, 'UTF8')::json->>'sku') from tenon.inbound_message where convert_from(body, 'UTF8') like '%R-$1%'"; }

by_sftp() {
    local con
    con=$(connection "By SFTP" "$(sftp_remote)" "$(jq -nc --arg key "$USER_KEY
" '{private_key: $key}')")
    check "a connection by SFTP is made" "$(through "$con")" 200
    rows a.csv 100 199 bad,x
    rows 'b c"d.csv' 1100 1101
    printf 'wrong\n1\n' >"$DATA/work/w.csv"
    cp "$DATA/work/a.csv" "$DATA/work/other.txt"
    for f in a.csv 'b c"d.csv' w.csv other.txt; do put_at sftp "$f"; done
    holds "a file is fetched, and put away when it has been read" lies_at sftp/done/a.csv
    holds "one of a strange name, too" lies_at 'sftp/done/b c"d.csv'
    holds "and one that cannot be read elsewhere" lies_at sftp/failed/w.csv
    check "what does not fit the pattern is left" "$(cd "$FILES/sftp/out" && ls)" other.txt
    check "its rows are there" "$(ask GET "/v1/connections/$con/files" >/dev/null; said '[.data[] | [.name, .origin, .state, .taken, .refused]] | sort')" \
        '[["a.csv","remote","done",100,1],["b c\"d.csv","remote","done",2,0],["w.csv","remote","failed",0,0]]'
    check "and nothing is wrong" "$(told "fault is null and looked_at is not null" "By SFTP")" t
    put_at sftp a.csv
    holds "the same again is put away" is_gone sftp/out/a.csv
    check "and starts nothing" "$(taken 1__\" ) $(cd "$FILES/sftp/done" && ls | grep -c 'a\.csv$')" "100|100 2"
    as sh -c "echo sku >'$FILES/sftp/out/'\"\$(printf 'a\\374b.csv')\""
    rows after.csv 1200 1200
    put_at sftp after.csv
    holds "a name that is no text stops no other file" lies_at sftp/done/after.csv
    holds "and is told of" says "By SFTP" "1 files of the host cannot be taken*"
    as sh -c "rm '$FILES/sftp/out/'a*b.csv"
}

by_ftps() {
    local con
    con=$(connection "By FTPS" "$(ftps_remote)" '{"password": "a secret word"}')
    check "a connection by FTPS is made" "$(through "$con")" 200
    rows f.csv 300 399
    printf 'wrong\n2\n' >"$DATA/work/w.csv"
    put_at ftps f.csv
    put_at ftps w.csv
    holds "a file is fetched, and put away when it has been read" lies_at ftps/done/f.csv
    holds "and one that cannot be read elsewhere" lies_at ftps/failed/w.csv
    check "its rows are there" "$(taken 3__\")" "100|100"
    rows f.csv 1300 1301
    put_at ftps f.csv
    holds "another file of the name is put away, too" is_gone ftps/out/f.csv
    check "and goes over no earlier one" "$(grep -c . "$FILES/ftps/done/f.csv") $(cat "$FILES"/ftps/done/*.f.csv | xargs)" "101 sku,quantity R-1300,1 R-1301,1"
    as sh -c "mv '$FILES/ftps/done' '$FILES/ftps/away'"
    rows g.csv 1400 1401
    rows h.csv 1410 1411
    put_at ftps g.csv
    holds "a folder that is not there is told of" says "By FTPS" 'files that were read cannot be moved away at the host: is there the folder "/done" or*'
    put_at ftps h.csv
    holds "and the next file is read" is_read 'R-1411'
    as sh -c "mv '$FILES/ftps/away' '$FILES/ftps/done'"
    holds "both are put away once there is one" lies_at ftps/done/g.csv
    holds "each" lies_at ftps/done/h.csv
    holds "and nothing is wrong any more" says "By FTPS" ''
    check "nothing went without TLS" "$(grep -c 'got PROT P' "$DATA/log/ftps.log" | awk '{print ($1 > 0)}') $(told 'fault is null' "By FTPS")" "1 t"
}


killed() {
    local point n=0
    for point in remote.after_keep remote.after_move; do
        n=$((n + 1))
        end worker
        rows "k$n.csv" $((400 + n * 10)) $((404 + n * 10))
        put_at sftp "k$n.csv"
        worker_start "${WORKER_SETTINGS[@]}" "TENON_FAULT=$point" 2>/dev/null || true
        holds "a worker dies at $point" wait_gone worker
        end worker
        pg_sql "update tenon.inbound_file set due_at = now() where state = 'waiting'; update tenon.file_watch set look_at = now(), remote_at = null"
        worker_start "${WORKER_SETTINGS[@]}"
        holds "another goes on" lies_at "sftp/done/k$n.csv"
    done
    check "each row was taken once" "$(taken '4__"')" "10|10"
    sleep 8
    check "and nothing is left that was read" "$(pg_sql "select count(*) from tenon.inbound_file where place is not null")" 0
}

# written_by NAME REMOTE SECRETS FOLDER: what a flow writes is there, whole, and never over another's.
written_by() {
    local con flow job until
    con=$(connection "$1" "$2" "$3")
    ask POST /v1/flows --json "$(jq -nc --arg name "$1" '{name: $name}')" >/dev/null
    flow=$(said .id)
    ask PUT "/v1/flows/$flow/connections/there" --json "{\"connection_id\": \"$con\"}" >/dev/null
    ask POST "/v1/flows/$flow/versions" --json '{"document": {"format": "flow/1", "trigger": {"api": {}}, "steps": [{"effect": {"connection": "there", "operation": "file.write",
        "key": "name", "with": "{\"name\": name, \"rows\": [{\"sku\": \"TEA\", \"quantity\": 3}]}"}}]}}' >/dev/null
    ask POST "/v1/flows/$flow/versions/1/publish" >/dev/null
    as sh -c "echo mine >'$FILES/$4/theirs.csv'"
    for name in 'order 1.csv' theirs.csv; do
        ask POST "/v1/flows/$flow/runs" --json "$(jq -nc --arg name "$name" '{input: {name: $name}}')" >/dev/null
        job=$(said .id)
        until=$((SECONDS + 60))
        while [ "$SECONDS" -lt "$until" ]; do
            ask GET "/v1/jobs/$job" >/dev/null
            case $(said .state) in done | held | dead) break ;; esac
            sleep 0.2
        done
        echo "$name $(said '[.state, .effects[0].state, .effects[0].external_ref]') $(tr -d '\r' <"$FILES/$4/$name" | xargs)"
    done
    find "$FILES/$4" -name '.*' -type f
}
written() {
    local want='order 1.csv ["done","confirmed","order 1.csv"] sku,quantity TEA,3
theirs.csv ["held","rejected",null] mine'
    as mkdir "$FILES/sftp/drop" "$FILES/ftps/drop"
    check "a flow writes by SFTP, and over nobody's file" "$(written_by "To SFTP" "$(sftp_remote | jq -c --arg at "$FILES/sftp" 'del(.folder, .done, .failed) | .out = ($at + "/drop")')" \
        "$(jq -nc --arg key "$USER_KEY
" '{private_key: $key}')" sftp/drop)" "$want"
    check "and by FTPS" "$(written_by "To FTPS" "$(ftps_remote | jq -c 'del(.folder, .done, .failed) | .out = "/drop"')" '{"password": "a secret word"}' ftps/drop)" "$want"
}

refused() {
    connection "Another host" "$(sftp_remote "$STRANGE")" "$(jq -nc --arg key "$USER_KEY
" '{private_key: $key}')" >/dev/null
    holds "a host with another key is refused" says "Another host" "the host of the files is another than the one whose key is set"
    connection "Another user" "$(sftp_remote)" "$(jq -nc --arg key "$STRANGER_KEY
" '{private_key: $key}')" >/dev/null
    holds "a key that is not let in says so" says "Another user" "the host of the files does not accept our log-in"
    connection "Another word" "$(ftps_remote)" '{"password": "wrong"}' >/dev/null
    holds "so does a password" says "Another word" "the host of the files does not accept our log-in"
    sleep 12
    check "a host that refuses us is asked again after a minute, and not every five seconds" "$(told "remote_refused, remote_at > now() + interval '20 seconds'" "Another word")" "1|t"
    end worker
    worker_start "${WORKER_SETTINGS[@]}" "TENON_CA_FILE=$DATA/ssh/none.pem" >/dev/null 2>&1 || true
    end worker
    pg_sql "update tenon.file_watch set look_at = now(), remote_at = null, fault = null"
    worker_start "${WORKER_SETTINGS[@]}" TENON_ALLOW_PRIVATE_ADDRESSES=false
    holds "a private address is refused after its name was resolved, by SFTP" says "By SFTP" "this address may not be called"
    holds "and by FTPS" says "By FTPS" "this address may not be called"
    check "no secret stands in a log" "$(grep -lE 'a secret word|OPENSSH PRIVATE' "$DATA"/log/worker*.log "$DATA"/log/api*.log | wc -l)" 0
}

main
