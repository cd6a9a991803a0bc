#!/bin/bash
# Clients that others wrote, mostly the vendors, judge the stand-ins: each program of clients/ drives one, as npm has it, through the
# operations that the connector uses. TAP.
#   tests/connectors/clients.sh [NAME…]
# Packages stay in build/clients as clients/package-lock.json has them; npm is asked again only when that changes. Without
# npm, or where it cannot be reached, every program is one skip. TENON_NPM_CACHE: npm's own folder of what was fetched.
# TENON_TEST_PORT=N: the stand-ins listen at N and above; otherwise wherever is room.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
HERE=$ROOT/tests/connectors/clients
CTL=${TENON_BUILD:-$ROOT/build/dev}/tenonctl
AT=$ROOT/build/clients
PORT=${TENON_TEST_PORT:-0} CACHE=${TENON_NPM_CACHE:-}
WORK=$(mktemp -d)
SERVER=
N=0 BAD=0
for name in "${!TENON_@}"; do unset "$name"; done # the program takes what it does not know for a mistake
ulimit -c 0

server_end() {
    [ -z "$SERVER" ] || { kill "$SERVER" && wait "$SERVER"; } 2>/dev/null
    SERVER=
}
trap 'server_end; rm -rf -- "$WORK"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

line() { # VERDICT WORDS
    N=$((N + 1))
    echo "$1 $N - $2"
}

# Whole or not at all, as the lock file has them.
packages() {
    [ -f "$AT/lock" ] && cmp -s "$AT/lock" "$HERE/package-lock.json" && return 0
    command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || return 1
    mkdir -p "$AT" && rm -f "$AT/lock"
    cp "$HERE/package.json" "$HERE/package-lock.json" "$AT/" || return 1
    (cd "$AT" && exec timeout 900 npm ci --no-audit --no-fund --ignore-scripts --prefer-offline \
        ${CACHE:+--cache "$CACHE"}) >"$WORK/npm.log" 2>&1 || return 1
    cp "$HERE/package-lock.json" "$AT/lock"
}

# serve NAME: sets URL.
serve() {
    local i port=0
    [ "$PORT" = 0 ] || { port=$PORT PORT=$((PORT + 1)); }
    : >"$WORK/serve" # the one before has told its port there
    "$CTL" standin serve "$ROOT/tenants/connectors/$1/standin.json" --listen "127.0.0.1:$port" --seed 1 ${CERT:+--cert "$CERT" --key "$KEY"} \
        >"$WORK/serve" 2>"$WORK/serve.err" &
    SERVER=$!
    for ((i = 0; i < 600; i++)); do
        port=$(sed -n 's/^listening on port //p' "$WORK/serve")
        [ -z "$port" ] || { URL="http${CERT:+s}://127.0.0.1:$port" && return 0; }
        kill -0 "$SERVER" 2>/dev/null || break
        sleep 0.1
    done
    sed 's/^/# /' "$WORK/serve.err"
    return 1
}

# count FILE: its TAP under our numbers. What ends without a plan, or with another number of tests, is a failure of its own.
count() {
    local said verdict
    N=$((N + $(grep -cE '^(not )?ok ' "$1")))
    awk -v n="$((N - $(grep -cE '^(not )?ok ' "$1")))" '
        /^ok [0-9]+/ { sub(/^ok [0-9]+/, "ok " ++n) }
        /^not ok [0-9]+/ { sub(/^not ok [0-9]+/, "not ok " ++n) }
        !/^1\.\./' "$1"
    ! grep -q '^not ok ' "$1" || BAD=1
    said=$(grep -cE '^(not )?ok ' "$1")
    verdict=$(sed -n 's/^1\.\.//p' "$1")
    [ -n "$verdict" ] && [ "$said" = "$verdict" ]
}

# judge NAME: its client against its stand-in. A program may ask for TLS by the word "tls" in its first line.
judge() {
    local name=$1 status=0
    CERT='' KEY=''
    ! head -n 1 "$HERE/$name.mjs" | grep -qw tls || certificate
    if ! serve "$name"; then
        BAD=1
        line "not ok" "$name: the stand-in starts"
        server_end
        return
    fi
    ln -sfn "$AT/node_modules" "$WORK/node_modules"
    cp "$HERE"/*.mjs "$HERE"/*.cjs "$WORK/" 2>/dev/null
    (cd "$WORK" && STANDIN_URL=$URL STANDIN_NAME=$name STANDIN_CA=$CERT NODE_EXTRA_CA_CERTS=$CERT \
        TENONCTL=$(realpath "$CTL") CONNECTORS=$ROOT/tenants/connectors exec timeout -k 5 300 node "$name.mjs") >"$WORK/tap" 2>"$WORK/err" || status=$?
    if ! count "$WORK/tap" || { [ "$status" != 0 ] && ! grep -q '^not ok ' "$WORK/tap"; }; then
        BAD=1
        line "not ok" "$name: the program runs to its end (exit $status)"
    fi
    tail -n 20 "$WORK/err" | sed 's/^/# /'
    server_end
}

# One for 127.0.0.1 and for the names that vendors' clients insist on.
certificate() {
    CERT=$WORK/cert.pem KEY=$WORK/key.pem
    [ -f "$CERT" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$KEY" -out "$CERT" -subj /CN=stand-in \
        -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:*.amazon.com,DNS:*.myshopify.com' 2>/dev/null
}

main() {
    local p have=1
    [ $# -gt 0 ] || {
        for p in "$HERE"/*.mjs; do
            p=$(basename "$p" .mjs)
            [ "$p" = kit ] || set -- "$@" "$p"
        done
    }
    packages || have=0
    for p in "$@"; do
        if [ "$have" = 1 ]; then
            judge "$p"
        else
            line ok "$p: the vendor's client # SKIP npm's packages cannot be had"
        fi
    done
    echo "1..$N"
    exit "$BAD"
}

main "$@"
