# shellcheck shell=bash disable=SC2034,SC2154
# Medusa, as tests/e2e/real/shop starts it. Sourced, never run.
SHOP_PORT_USUAL=13901
SHOP_ADMIN=admin@example.com

shop_files() {
    mkdir -p "$DATA/app/src/subscribers"
    install -m 0644 "$HERE/medusa/medusa-config.js" "$DATA/app/"
    install -m 0644 "$HERE/medusa/events-subscriber.js" "$DATA/app/src/subscribers/events.js"
}

# medusa ARGUMENT…: WORDS is its own command with them.
medusa() {
    WORDS=(-C "$DATA/app" HOME="$DATA/app" DATABASE_URL="postgres://$PG_USER@${DATA//\//%2F}%2Frun/$SHOP_DB" SHOP_TARGETS="$DATA/app/targets.json"
        MEDUSA_DISABLE_TELEMETRY=true NODE_ENV=production node "$DATA/app/node_modules/.bin/medusa" "$@")
}

shop_words() { medusa start --host 127.0.0.1 --port "$SHOP_PORT"; }

shop_seed() {
    medusa db:migrate --execute-all-links
    quiet "$DATA/log/migrate.log" as env "${WORDS[@]}" || exit 1
    medusa user -e "$SHOP_ADMIN" -p "$SHOP_ADMIN_PASSWORD"
    quiet "$DATA/log/user.log" as env "${WORDS[@]}" || exit 1
    serve
    quiet "$DATA/log/seed.log" as node - "http://127.0.0.1:$SHOP_PORT" "$SHOP_ADMIN" "$SHOP_ADMIN_PASSWORD" \
        "$DATA/run/ids.json" <"$HERE/medusa/seed.js" || exit 1
    end shop
}

shop_tell() {
    echo "admin=$SHOP_ADMIN"
    echo "admin_password=$SHOP_ADMIN_PASSWORD"
    echo "secret_key=$(sed -n 's/.*"secret_key": "\([^"]*\)".*/\1/p' "$DATA/ids.json")"
}
