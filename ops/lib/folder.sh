# shellcheck shell=bash
# The data folder: one place for everything a run writes. Sourced by lib.sh.
# DATA/.tenon-data  marks it as ours     DATA/run   sockets, pid files    DATA/log   what servers say
# DATA/pg           the cluster          DATA/keys  keys and secrets      DATA/app   the programs as installed
DATA_MARK=.tenon-data
DATA_KIND=${DATA_KIND:-tenon} # what the mark says: a folder of another kind is not ours either

data_check_name() {
    case $1 in
        /*/*) ;;
        *) die "the data folder must be an absolute path at least two levels deep: $1" ;;
    esac
    case $1 in
        *[!A-Za-z0-9/._-]* | */./* | */../* | */. | */.. | *//* | */) die "not a fit name for a data folder: $1" ;;
    esac
    # A socket's address takes 107 octets, and .s.PGSQL.5432.lock stands in DATA/run.
    [ ${#1} -le 80 ] || die "the data folder's name is too long for the sockets in it (80 characters at most): $1"
}

# data_ours DIR: made by us, of this kind, and by the same user.
data_ours() {
    [ -d "$1" ] && [ ! -L "$1" ] && [ -f "$1/$DATA_MARK" ] && [ ! -L "$1/$DATA_MARK" ] && [ -O "$1/$DATA_MARK" ] &&
        [ "$(cat "$1/$DATA_MARK")" = "$DATA_KIND" ]
}
data_empty() { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && [ -z "$(ls -A "$1")" ]; }

data_layout() {
    local d
    for d in run log keys app pg; do
        mkdir -p "$DATA/$d"
        [ "$(id -u)" != 0 ] || chown "$RUN_AS" "$DATA/$d"
        chmod 0700 "$DATA/$d"
    done
    as test -w "$DATA/run" || die "user $RUN_AS cannot reach $DATA; choose a data folder outside private homes"
}

# data_free DIR: could be opened: absent, empty, or ours.
data_free() {
    if [ -e "$1" ] || [ -L "$1" ]; then
        data_ours "$1" || data_empty "$1" || die "$1 was not made by this command; choose another data folder"
    fi
}

# data_open DIR: makes it, or takes it when it is ours; refuses anything else. One command at a time holds it.
# data_layout follows when the packages, and with them the unprivileged user, are there.
data_open() {
    local dir=$1
    data_check_name "$dir"
    data_free "$dir"
    mkdir -p "$dir"
    chmod 0755 "$dir"
    printf '%s\n' "$DATA_KIND" >"$dir/$DATA_MARK"
    exec 9>"$dir/.lock"
    flock -n 9 || die "another command is using $dir"
    DATA=$dir
}

# data_use DIR: only an existing one of ours; for stop and reset.
data_use() {
    data_check_name "$1"
    data_ours "$1" || die "$1 was not made by this command; left alone"
    exec 9>"$1/.lock"
    flock -n 9 || die "another command is using $1"
    DATA=$1
}

# Empties it but for the mark and the lock.
data_clear() {
    if [ -z "$DATA" ] || ! data_ours "$DATA"; then die "no data folder is open"; fi
    find "$DATA" -mindepth 1 -maxdepth 1 ! -name "$DATA_MARK" ! -name .lock -exec rm -rf -- {} +
}

data_remove() {
    if [ -z "$DATA" ] || ! data_ours "$DATA"; then die "no data folder is open"; fi
    rm -rf -- "$DATA"
    DATA=
}

# app_install PRESET: copies programs and what they read to DATA/app, since the unprivileged user may not be able to
# reach the checkout, and a build under a running server must not change it.
app_install() {
    local from=$TENON_ROOT/build/$1 p
    for p in tenond tenonctl fake-erp; do
        [ ! -x "$from/$p" ] || install -m 0755 "$from/$p" "$DATA/app/$p"
    done
    for p in sql branding web-static/signin web-static/dist; do
        rm -rf -- "$DATA/app/$p"
        mkdir -p "$DATA/app/$(dirname "$p")"
        [ ! -d "$TENON_ROOT/$p" ] || cp -R "$TENON_ROOT/$p" "$DATA/app/$p"
    done
    chmod -R a+rX "$DATA/app"
}
