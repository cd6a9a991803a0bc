# shellcheck shell=bash
# What Debian has to bring, and the build. Sourced by lib.sh.
# shellcheck disable=SC2034
PACKAGES_BUILD="gcc libc6-dev cmake ninja-build pkg-config libh2o-evloop-dev libpq-dev libhiredis-dev libsodium-dev libpcre2-dev
    libcurl4-openssl-dev libjansson-dev libjwt-dev libssl-dev libnghttp2-dev zlib1g-dev"
PACKAGES_RUN="postgresql-15 redis-server openssl curl jq ca-certificates tzdata bsdextrautils python3"
# Not python3-graphql-core: Debian 12 has 2.3, which cannot read the vendor's schema. What needs 3.2 skips, and is counted.
PACKAGES_TEST="nghttp2-client procps python3-h2 universal-ctags openssh-server lld"
PACKAGES_WEB="chromium fonts-noto-core"
PACKAGES_FUZZ="clang-14 libclang-rt-14-dev"
PACKAGES_LINT="clang-format-14 clang-tidy-14"
PACKAGES_ERP="curl jq postgresql-15 tryton-server tryton-proteus tryton-modules-sale python3-psycopg2 python3-tz"

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

packages_missing() {
    local p
    for p in "$@"; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null | grep -q '^ii' || printf '%s ' "$p"
    done
}

# Debian starts what it installs, and makes a cluster with PostgreSQL. We want the programs only, so both are held off
# while we install. The policy asks whether this shell is still alive: after a kill -9 it denies nothing.
packages_hold_services() {
    as_root mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/tenon-install.conf >/dev/null
    [ ! -e /usr/sbin/policy-rc.d ] || return 0
    as_root tee /usr/sbin/policy-rc.d >/dev/null <<POLICY
#!/bin/sh
# tenon-install
[ ! -d /proc/$$ ] || exit 101
exit 0
POLICY
    as_root chmod 755 /usr/sbin/policy-rc.d
}
packages_release_services() {
    as_root rm -f /etc/postgresql-common/createcluster.d/tenon-install.conf
    ! grep -qsx '# tenon-install' /usr/sbin/policy-rc.d || as_root rm -f /usr/sbin/policy-rc.d
}
# Nor should they start with the machine: private ones do the work.
packages_leave_disabled() {
    local p
    [ -d /run/systemd/system ] || return 0
    for p in "$@"; do
        case $p in
            redis-server | tryton-server) as_root systemctl --quiet disable "$p" >/dev/null 2>&1 || true ;;
            openssh-server) as_root systemctl --quiet disable ssh >/dev/null 2>&1 || true ;;
        esac
    done
}

packages_apt() {
    as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# install_packages NAME…: nothing happens, and no right is needed, when all are there.
install_packages() {
    local missing log status=0
    command -v apt-get >/dev/null || die "this needs Debian 12 (apt-get is not here)"
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "packages are missing; install as root: apt-get install $missing"
    say "installing $missing"
    log=$(mktemp /tmp/tenon-apt.XXXXXX)
    packages_hold_services
    # shellcheck disable=SC2086
    quiet "$log" packages_apt $missing || status=1
    packages_release_services
    [ "$status" = 0 ] || exit 1
    rm -f "$log"
    # shellcheck disable=SC2086
    packages_leave_disabled $missing
}

# build_preset PRESET [TARGET…]: in build/PRESET.
build_preset() {
    local preset=$1 dir=$TENON_ROOT/build/$1
    shift
    mkdir -p "$dir"
    exec 8>"$dir/.lock"
    flock 8 # two commands at once build one after the other
    if [ ! -f "$dir/build.ninja" ]; then
        quiet "$dir/configure.log" cmake -G Ninja -S "$TENON_ROOT" -B "$dir" -DTENON_PRESET="$preset" \
            $([ "$preset" != fuzz ] || echo -DCMAKE_C_COMPILER=clang-14) || exit 1
    fi
    quiet "$dir/build.log" ninja -C "$dir" "$@" || exit 1
    exec 8>&-
}

# web_build: the portal's pages, into web-static/dist; nothing happens when that is newer than all it is made of. What npm
# brings is what the lock file says, and no script of any package is run.
web_build() {
    local web=$TENON_ROOT/web-static log=$TENON_ROOT/build/web.log
    mkdir -p "$TENON_ROOT/build"
    exec 8>"$TENON_ROOT/build/.web.lock"
    flock 8
    command -v npm >/dev/null || install_packages nodejs npm
    if [ ! -f "$web/node_modules/.package-lock.json" ] || [ "$web/package-lock.json" -nt "$web/node_modules/.package-lock.json" ]; then
        quiet "$log" npm ci --prefix "$web" --ignore-scripts --no-audit --no-fund || exit 1
    fi
    if [ ! -f "$web/dist/names.json" ] || [ -n "$(find "$web/src" "$web/build.mjs" "$web/package-lock.json" -newer "$web/dist/names.json" -print -quit)" ]; then
        quiet "$log" node "$web/build.mjs" || exit 1
    fi
    exec 8>&-
}
