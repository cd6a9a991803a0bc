# shellcheck shell=bash
# Keys, certificate, and our own programs as installed in DATA/app. Sourced by lib.sh.
# The api role and the worker role are two processes: the first holds no key that opens a connection's credentials.
HTTPS_PORT=${HTTPS_PORT:-8443} # operators' listeners: the next port for the api role, the one after for the worker

keys_make() {
    local k
    for k in edge connection cursor; do
        [ -f "$DATA/keys/$k.key" ] || as "$DATA/app/tenonctl" key make "$DATA/keys/$k.key" >/dev/null
    done
}

# tls_make NAME…: a certificate for these hosts, signed by an authority made on the spot (DATA/ca.pem, for clients).
tls_make() {
    local k=$DATA/keys names='' name
    if openssl x509 -in "$k/tls.pem" -noout -checkend 86400 >/dev/null 2>&1; then return 0; fi
    for name in "$@"; do names="$names,DNS:$name"; done
    quiet "$DATA/log/tls.log" as openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 \
        -days 90 -subj "/CN=Local demonstration authority" -addext "basicConstraints=critical,CA:true,pathlen:0" \
        -addext "keyUsage=critical,keyCertSign" -keyout "$k/ca.key" -out "$k/ca.pem" || exit 1
    quiet "$DATA/log/tls.log" as openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 \
        -days 60 -CA "$k/ca.pem" -CAkey "$k/ca.key" -subj "/CN=$1" -addext "subjectAltName=${names#,}" \
        -addext "basicConstraints=critical,CA:false" -addext "extendedKeyUsage=serverAuth" \
        -keyout "$k/tls.key" -out "$k/tls.pem" || exit 1
    as rm -f "$k/ca.key" # nothing else is ever signed by it
    install -m 0644 "$k/ca.pem" "$DATA/ca.pem"
}

# Whoever installs and creates: all keys, no listener. One setting a line.
ctl_settings() {
    printf '%s\n' "TENON_DATABASE_OWNER_URL=$(pg_url tenon_owner)" "TENON_DATABASE_OPERATOR_URL=$(pg_url tenon_operator)" \
        "TENON_EDGE_KEK_FILE=$DATA/keys/edge.key" "TENON_CONNECTION_KEK_FILE=$DATA/keys/connection.key" \
        "TENON_MIGRATIONS_DIR=$DATA/app/sql/migrations" TENON_ALLOW_PRIVATE_ADDRESSES=true "TENON_PUBLIC_PORT=$HTTPS_PORT"
}

ctl() {
    local settings
    mapfile -t settings < <(ctl_settings)
    as "${settings[@]}" "$DATA/app/tenonctl" "$@"
}

ready() { [ "$(curl -s -m 20 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1/readyz" 2>/dev/null)" = 200 ]; }

# A second one, for tests, by API and API_PORT (and the one after it, for operators).
api_start() {
    local name=${API:-api} port=${API_PORT:-$HTTPS_PORT}
    spawn "$name" TENON_ROLES=api TENON_HTTPS_LISTEN="127.0.0.1:$port" TENON_PUBLIC_PORT="$HTTPS_PORT" \
        TENON_OPS_LISTEN="127.0.0.1:$((port + 1))" \
        TENON_TLS_CERT_FILE="$DATA/keys/tls.pem" TENON_TLS_KEY_FILE="$DATA/keys/tls.key" \
        TENON_DATABASE_API_URL="$(pg_url tenon_api)" TENON_DATABASE_INTAKE_URL="$(pg_url tenon_intake)" \
        TENON_REDIS_URL="$(redis_url)" TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" \
        TENON_CURSOR_KEY_FILE="$DATA/keys/cursor.key" TENON_WEB_DIR="$DATA/app/web-static" \
        TENON_BRANDING_DIR="$DATA/app/branding" "$@" "$DATA/app/tenond"
    wait_for "$name" 60 ready $((port + 1))
}

# What workers check partners' own connectors by; the same as long as the key that it is made of.
connector_signer() {
    [ -s "$DATA/run/signer" ] || ctl connector signer >"$DATA/run/signer"
    cat "$DATA/run/signer"
}

# A second one, for tests, by WORKER and WORKER_PORT.
worker_start() {
    local name=${WORKER:-worker} port=${WORKER_PORT:-$((HTTPS_PORT + 2))}
    spawn "$name" TENON_ROLES=worker,clock TENON_OPS_LISTEN="127.0.0.1:$port" \
        TENON_DATABASE_WORKER_URL="$(pg_url tenon_worker)" TENON_DATABASE_DISPATCH_URL="$(pg_url tenon_dispatch)" \
        TENON_REDIS_URL="$(redis_url)" TENON_CONNECTION_KEK_FILE="$DATA/keys/connection.key" \
        TENON_CONNECTOR_SIGNER="$(connector_signer)" \
        TENON_ALLOW_PRIVATE_ADDRESSES=true TENON_BRANDING_DIR="$DATA/app/branding" "$@" "$DATA/app/tenond"
    wait_for "$name" 60 ready "$port"
}

# What answers as the systems of sandboxes, at STANDINS_PORT, and its operators' listener at the next. The api and the
# workers are told of it by TENON_STANDINS.
standins_start() {
    spawn standins TENON_ROLES=standins TENON_PROCESSES=0 TENON_OPS_LISTEN="127.0.0.1:$((STANDINS_PORT + 1))" \
        TENON_STANDINS_LISTEN="127.0.0.1:$STANDINS_PORT" TENON_STANDINS_HOOKS="127.0.0.1:$HTTPS_PORT" \
        TENON_DATABASE_API_URL="$(pg_url tenon_api)" TENON_REDIS_URL="$(redis_url)" \
        TENON_EDGE_KEK_FILE="$DATA/keys/edge.key" TENON_CA_FILE="$DATA/ca.pem" \
        TENON_BRANDING_DIR="$DATA/app/branding" "$@" "$DATA/app/tenond"
    wait_for standins 60 ready $((STANDINS_PORT + 1))
}

# A relay that keeps every mail as a file in DATA/mail, and what tells a worker of it (MAIL_SETTINGS, for worker_start).
# MAIL_PORT: the port after those of this run if not said. It needs python3.
mail_start() {
    MAIL_PORT=${MAIL_PORT:-$((HTTPS_PORT + 4))}
    mkdir -p "$DATA/mail"
    [ "$(id -u)" != 0 ] || chown "$RUN_AS" "$DATA/mail"
    install -m 0755 "$TENON_ROOT/tests/fakes/smtpd.py" "$DATA/app/smtpd.py"
    spawn smtpd python3 "$DATA/app/smtpd.py" --listen "127.0.0.1:$MAIL_PORT" --folder "$DATA/mail"
    wait_for smtpd 60 grep -qs '^port=' "$DATA/log/smtpd.log" || return 1
    MAIL_SETTINGS=("TENON_SMTP_URL=smtp://127.0.0.1:$MAIL_PORT" TENON_MAIL_FROM=mail@relay.test)
}

# api_get HOST KEY PATH: the answer's body; fails on any status but 200.
api_get() {
    curl -sf -m 20 --cacert "$DATA/ca.pem" --resolve "$1:$HTTPS_PORT:127.0.0.1" -H "authorization: Bearer $2" \
        "https://$1:$HTTPS_PORT$3"
}

# api_orders HOST KEY: all orders, one JSON object a line, page by page. One jq a page: it is asked in loops, and takes 30 ms
# to start.
api_orders() {
    local page cursor=
    while :; do
        page=$(api_get "$1" "$2" "/v1/orders?limit=100${cursor:+&cursor=$cursor}") || return 1
        page=$(jq -c '(.next_cursor // "" | @uri), .data[]' <<<"$page") || return 1
        cursor=${page%%$'\n'*} cursor=${cursor//\"/}
        [[ $page != *$'\n'* ]] || printf '%s\n' "${page#*$'\n'}"
        [ -n "$cursor" ] || break
    done
}
