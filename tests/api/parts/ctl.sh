# shellcheck shell=bash disable=SC2154
# The operator's command: its manners, and what it says of a server. Sourced by tests/api/run.

ctl_checks() {
    ctl_manners
    ctl_forms
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
    exits "what is missing is named" 1 ctl partner create --slug x
    check "by its option" "$(complained)" "--name is needed"
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
