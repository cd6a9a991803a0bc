# shellcheck shell=bash
# Helpers of the commands under ops/ and of the shell tests. Sourced by bash, never run:
#   LABEL=demo; . ops/lib.sh; data_open /var/tmp/tenon-demo
# Servers run below one data folder as an unprivileged user ($RUN_AS when the caller is root), listen on sockets in that
# folder or on 127.0.0.1, and nothing is written elsewhere except packages and build/.
set -euo pipefail
export LC_ALL=C.UTF-8

TENON_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
LABEL=${LABEL:-ops}
RUN_AS=${RUN_AS:-postgres} # exists once PostgreSQL's package is installed
DATA=

say() { printf '%s: %s\n' "$LABEL" "$*" >&2; }
die() {
    say "$@"
    exit 1
}
usage_error() {
    say "$1"
    exit 2
}
now_ms() { printf '%(%s)T%03d\n' -1 "$((10#${EPOCHREALTIME##*[.,]} / 1000))"; }

# quiet LOG COMMAND…: output goes to LOG; a failure shows its last lines.
quiet() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 && return 0
    tail -n 25 "$log" >&2
    say "failed: $1 (whole output in $log)"
    return 1
}

# as COMMAND…: as the unprivileged user, in / and with a clean environment. VAR=value words may come first.
as() {
    local become=()
    [ "$(id -u)" != 0 ] || become=(setpriv --reuid="$RUN_AS" --regid="$RUN_AS" --init-groups)
    (cd / && exec "${become[@]}" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="${DATA:-/}" \
        LC_ALL=C.UTF-8 "$@")
}

for part in packages folder process store serve; do
    # shellcheck source=/dev/null
    . "$TENON_ROOT/ops/lib/$part.sh"
done
unset part
