# shellcheck shell=bash disable=SC2034
# Shared by start, stop and reset. Sourced, never run.
LABEL=erp
DATA_KIND=tenon-erp
RUN_AS=tryton # made by Debian's tryton-server
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

ERP_DIR=${TENON_ERP_DIR:-/var/tmp/tenon-erp-$(id -u)}
ERP_PORT=${TENON_ERP_PORT:-18169}
ERP_DB=erp
# Known to everyone: this ERP listens on 127.0.0.1 and holds demonstration data only.
ERP_ADMIN_PASSWORD=Erp-Demo-7341x
ERP_PASSWORD=Hinge-Sync-5208

erp_up() {
    [ "$(curl -s -m 5 -H 'Content-Type: application/json' -d '{"id":1,"method":"common.server.version","params":[]}' \
        -o /dev/null -w '%{http_code}' "http://127.0.0.1:$ERP_PORT/" 2>/dev/null)" = 200 ]
}

erp_conf() {
    cat <<CONF
[web]
listen = 127.0.0.1:$ERP_PORT
[database]
uri = postgresql://$PG_USER@/?host=$DATA/run
path = $DATA/app/files
CONF
}

erp_serve() {
    port_need "$ERP_PORT"
    erp_conf | as tee "$DATA/run/trytond.conf" >/dev/null
    spawn trytond /usr/bin/python3 /usr/bin/trytond -c "$DATA/run/trytond.conf" -d "$ERP_DB"
    wait_for trytond 90 erp_up || exit 1
}

erp_createdb() { as "$PG_BIN/createdb" -h "$DATA/run" -U "$PG_USER" "$@"; }
