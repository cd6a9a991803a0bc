# shellcheck shell=bash disable=SC2034,SC2154
# Tryton, as tests/e2e/real/shop starts it: the ERP of ops/erp with more in it. Sourced, never run, after the functions of
# a shop that npm brings: those that stand here again take their place.
SHOP_PORT_USUAL=18171
RUN_AS=tryton # made by Debian's tryton-server
SHOP_DB=erp
PACKAGES_SHOP="$PACKAGES_ERP tryton-modules-account-statement"
TRYTON_MODULES="sale account_statement"

# Debian's packages are all of it.
app_need() { :; }
app_make() { as mkdir -p "$DATA/app/files"; }

tryton_conf() {
    as tee "$DATA/run/trytond.conf" >/dev/null <<CONF
[web]
listen = 127.0.0.1:$SHOP_PORT
[database]
uri = postgresql://$PG_USER@/?host=$DATA/run
path = $DATA/app/files
CONF
}

shop_words() {
    tryton_conf
    WORDS=(/usr/bin/python3 /usr/bin/trytond -c "$DATA/run/trytond.conf" -d "$SHOP_DB")
}

# Planning nested loops over a long new schema doubles the time of its making.
shop_seed() {
    tryton_conf
    echo "$SHOP_ADMIN_PASSWORD" | as tee "$DATA/keys/admin" >/dev/null
    # shellcheck disable=SC2086
    quiet "$DATA/log/modules.log" as PGOPTIONS='-c enable_nestloop=off' TRYTONPASSFILE="$DATA/keys/admin" \
        /usr/bin/python3 /usr/bin/trytond-admin -c "$DATA/run/trytond.conf" -d "$SHOP_DB" \
        -u $TRYTON_MODULES --activate-dependencies --email admin@example.com || exit 1
    cat "$TENON_ROOT/ops/erp/seed.py" "$HERE/tryton/more.py" | quiet "$DATA/log/seed.log" as ERP_PASSWORD="$SHOP_PASSWORD" \
        /usr/bin/python3 - "$DATA/run/trytond.conf" "$SHOP_DB" "$DATA/run/ids.json" || exit 1
}

shop_up() {
    [ "$(curl -s -m 20 -H 'Content-Type: application/json' -d '{"id":1,"method":"common.server.version","params":[]}' \
        -o /dev/null -w '%{http_code}' "http://127.0.0.1:$SHOP_PORT/" 2>/dev/null)" = 200 ]
}

tell() {
    cat <<OUT
url=http://127.0.0.1:$SHOP_PORT/$SHOP_DB/
admin=admin
admin_password=$SHOP_ADMIN_PASSWORD
user=connector
user_eu=connector-eu
password=$SHOP_PASSWORD
ids=$DATA/ids.json
OUT
}
