# shellcheck shell=bash disable=SC2034,SC2154
# Vendure, as tests/e2e/real/shop starts it. Sourced, never run.
SHOP_PORT_USUAL=13301

shop_files() { install -m 0644 "$HERE/vendure/server.js" "$HERE/vendure/events-plugin.js" "$HERE/vendure/seed.js" "$DATA/app/"; }

# shop_words [WORD…]: WORDS is the command that starts it.
shop_words() {
    WORDS=(SHOP_SOCKETS="$DATA/run" SHOP_DB="$SHOP_DB" SHOP_DB_USER="$PG_USER" SHOP_PORT="$SHOP_PORT"
        SHOP_TARGETS="$DATA/app/targets.json" SHOP_ADMIN_PASSWORD="$SHOP_ADMIN_PASSWORD" SHOP_PASSWORD="$SHOP_PASSWORD"
        VENDURE_DISABLE_TELEMETRY=true NODE_ENV=production "$@" /usr/bin/env node "$DATA/app/server.js")
}

shop_seed() {
    shop_words SHOP_SEED="$DATA/run/ids.json"
    quiet "$DATA/log/seed.log" as "${WORDS[@]}" || exit 1
}

shop_tell() {
    echo "admin_api=http://127.0.0.1:$SHOP_PORT/admin-api"
    echo "shop_api=http://127.0.0.1:$SHOP_PORT/shop-api"
    echo "user=connector@example.com"
    echo "password=$SHOP_PASSWORD"
}
