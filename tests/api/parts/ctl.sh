# shellcheck shell=bash disable=SC2154
# The operator's command: its manners, and what it says of a server. Sourced by tests/api/run.

ctl_checks() {
    ctl_manners
    ctl_forms
    ctl_files
    ctl_doctor
}

# exits SENTENCE CODE COMMAND…: what it printed is in $DATA/work/ctl.out and ctl.err.
exits() {
    local name=$1 wanted=$2 got=0
    shift 2
    "$@" >"$DATA/work/ctl.out" 2>"$DATA/work/ctl.err" || got=$?
    check "$name" "$got" "$wanted"
}
printed() { cat "$DATA/work/ctl.out"; }
complained() { cat "$DATA/work/ctl.err"; }

ctl_manners() {
    exits "help is no failure" 0 ctl help
    check "it begins with examples" "$(printed | sed -n 3p)" "examples"
    exits "nor is help for one command" 0 ctl partner create --help
    check "which shows how it is used" "$(printed | sed -n 2p | cut -c 1-32)" "  tenonctl partner create --slug"
    exits "a command that is not there is a matter of usage" 2 ctl partnr create
    check "the nearest is named, and nothing goes to standard output" \
        "$(complained | grep -c 'tenonctl partner create') $(printed | wc -c)" "1 0"
    exits "an unknown option too" 2 ctl partner create --slug x --nmae y
    check "with those there are" "$(complained | grep -c -- '--slug SLUG')" 1
    exits "so is what is missing" 2 ctl partner create --slug x
    check "which is named, with what there is" "$(complained)" "--name is needed; the command takes
  --slug SLUG --name NAME --host HOST [--brand PACK]"
    exits "an option that is there and empty is a failure" 1 ctl partner create --slug x --name= --host y
    exits "a word may be missing, too" 2 ctl mapping run --input x
    check "and is named" "$(complained | head -n 1)" "FILE is needed; the command takes"
    exits "of one way to use a command" 2 ctl mapping backtest --partner x --mapping map_x
    check "what is missing for that way is named" "$(complained | head -n 1)" "--version is needed; the command takes"
    exits "one of two is enough" 1 ctl mapping backtest --partner northwind --mapping map_x --version 1 --last-messages 1
    check "so that it is run" "$(complained | grep -c 'takes an id')" 1
    exits "a partner that is not there is exit code 3" 3 ctl customer create --partner nobody --name X
    exits "a database that is away is exit code 5" 5 as TENON_DATABASE_OPERATOR_URL="host=$DATA/nowhere user=x" \
        "$DATA/app/tenonctl" customer create --partner northwind --name X
    check "completion names every noun" "$(as "$DATA/app/tenonctl" completion bash | bash -n && echo fine)" fine
}

ctl_forms() {
    local before
    before=$(pg_sql "select count(*) from tenon.customer")
    exits "a dry run ends well" 0 ctl customer create --partner northwind --name Rehearsal --dry-run
    check "says so" "$(complained)" "dry run: nothing was changed"
    check "and changes nothing" "$(pg_sql "select count(*) from tenon.customer")" "$before"
    exits "options may be written with =" 0 ctl customer create --partner=harbor --name=Equals --json
    check "and the answer may be JSON" "$(printed | jq -r '.id | startswith("cus_")')" true
}

# What needs no database, on files.
ctl_files() {
    local files=$DATA/work/ctl document
    document=$TENON_ROOT/tenants/connectors/shopify/order.mapping.json
    mkdir -p "$files/empty"
    cp "$document" "$files/order.mapping.json"
    echo '{"format": "mapping/1", "source": {"system": "a", "object": "b"}, "target": "sales_order/1", "rules": [{"to": "/number", "expr": "("}]}' >"$files/faulty"
    echo '{"name": "#1", }' >"$files/broken"
    [ "$(id -u)" != 0 ] || chown -R "$RUN_AS" "$files"
    exits "a mapping in order is told as JSON" 0 ctl mapping check "$files/order.mapping.json" --json
    check "with what it reads" "$(printed | jq -c '[.valid, .faults, (.reads | index("line_items.sku") != null)]')" '[true,[],true]'
    exits "one that is not, too" 1 ctl mapping check "$files/faulty" --json
    check "with its faults" "$(printed | jq -c '[.valid, (.faults[] | .pointer, .rule, .code, .line)]')" '[false,"/rules/0/expr","/number","S0203",1]'
    exits "a run is told as JSON" 1 ctl mapping run "$files/order.mapping.json" --input "$files/faulty" --values=yes --json
    check "with its faults and values" "$(printed | jq -c '[.valid, .held, .result.schema, (.faults | length > 0), (.values | length > 0)]')" '[false,false,"sales_order/1",true,true]'
    exits "and so is the fault of an expression" 1 ctl expr eval '1 + "a"' --json
    check "with its place" "$(printed | jq -c '[.code, .line, .column]')" '["T2002",1,3]'
    exits "the next times of an expression are printed" 0 ctl cron next '30 2 * * *' --zone Europe/Berlin --count 2 \
        --after 2027-03-27T12:00:00Z --plain
    check "one a line" "$(printed | cut -f 1)" "2027-03-28 03:00 +02:00
2027-03-29 02:30 +02:00"
    check "with what a change of the clock does" "$(complained | sed -n 2p)" \
        "on 28 March 2027 02:30 does not exist in Europe/Berlin: it runs at 03:00 instead"
    exits "a zone that is none is a failure" 1 ctl cron next '30 2 * * *' --zone Europe/Berln
    check "with the nearest" "$(complained | grep -c 'near it is Europe/Berlin')" 1
    exits "an expression is needed" 2 ctl cron next --zone UTC
    exits "a folder is no document" 1 ctl mapping run "$files/order.mapping.json" --input "$files"
    check "and is called one" "$(complained)" "$files cannot be read: it is a folder"
    exits "nor is broken JSON" 1 ctl mapping run "$files/order.mapping.json" --input "$files/broken"
    check "which is named with its place" "$(complained | cut -d ' ' -f 1-5)" "$files/broken: broken JSON at line"
    exits "a backtest of no record counts for nothing" 1 ctl mapping backtest --candidate "$files/order.mapping.json" \
        --against "$files/order.mapping.json" --records "$files/empty"
    check "and says so" "$(complained)" "no record was found, and a backtest of none counts for nothing"
}

# A server's whole environment, with everything in order and with one thing missing.
doctor() {
    as TENON_DATABASE_API_URL="$(pg_url tenon_api)" TENON_DATABASE_INTAKE_URL="$(pg_url tenon_intake)" \
        TENON_DATABASE_WORKER_URL="$(pg_url tenon_worker)" TENON_DATABASE_DISPATCH_URL="$(pg_url tenon_dispatch)" \
        TENON_REDIS_URL="$(redis_url)" TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" \
        TENON_CONNECTION_KEK_FILE="$DATA/keys/connection.key" TENON_CURSOR_KEY_FILE="$DATA/keys/cursor.key" \
        TENON_TLS_CERT_FILE="$DATA/keys/tls.pem" TENON_TLS_KEY_FILE="$DATA/keys/tls.key" \
        TENON_WEB_DIR="$DATA/app/web-static" TENON_BRANDING_DIR="$DATA/app/branding" \
        TENON_MIGRATIONS_DIR="$DATA/app/sql/migrations" "$@" "$DATA/app/tenonctl" doctor run --json
}

ctl_doctor() {
    exits "a server in order is told so" 0 doctor
    check "by every check" "$(printed | jq -r '[.[].state] | unique | join(" ")')" ok
    check "of which there are many" "$(printed | jq 'length >= 12')" true
    exits "a role that may not be that role is a failure" 1 doctor TENON_DATABASE_API_URL="$(pg_url tenon_worker)"
    check "named with its fix" "$(printed | jq -r '.[] | select(.state == "bad") | "\(.check): \(.fix | length > 10)"')" \
        "database: tenon_api: true"
    exits "an older schema too" 1 doctor_behind
}
doctor_behind() {
    local newest got=0
    newest=$(pg_sql "select max(version) from tenon.schema_migration")
    pg_sql "update tenon.schema_migration set version = 0 where version = $newest"
    doctor || got=$?
    pg_sql "update tenon.schema_migration set version = $newest where version = 0"
    return "$got"
}
