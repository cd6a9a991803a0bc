# shellcheck shell=bash
# A private PostgreSQL 15 and a private Redis on sockets in DATA/run. Sourced by lib.sh.
PG_BIN=/usr/lib/postgresql/15/bin
PG_WORDS=() # VAR=value words of its environment, for tests
PG_USER=postgres # the cluster's superuser, whoever runs it

# pg_init [SETTING…]: SETTINGs ("fsync = off") come last and win. As shipped, a commit is on disk when it answers.
pg_init() {
    quiet "$DATA/log/initdb.log" as "$PG_BIN/initdb" -D "$DATA/pg" -U "$PG_USER" -E UTF8 --locale=C.UTF-8 \
        --auth=trust --no-sync || exit 1
    echo "include_if_exists = 'ours.conf'" | as tee -a "$DATA/pg/postgresql.conf" >/dev/null
    pg_conf "$@"
    # Trust: the socket stands in a folder that only its owner enters.
    echo 'local all all trust' | as tee "$DATA/pg/pg_hba.conf" >/dev/null
}

# pg_conf [SETTING…]: what is ours of the cluster's settings.
pg_conf() {
    local setting
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$DATA/run'"
        echo "unix_socket_permissions = 0700"
        echo "max_connections = 200"
        echo "shared_buffers = 256MB"
        echo "default_toast_compression = lz4"
        echo "jit = off"
        echo "autovacuum_naptime = 5s" # a new table is planned for blindly until it has been analysed
        echo "log_line_prefix = '%m [%p] %u '"
        echo "shared_preload_libraries = ''"
        for setting in "$@"; do echo "$setting"; done
    } | as tee "$DATA/pg/ours.conf" >/dev/null
}

pg_up() { pid_of "$DATA/pg/postmaster.pid" >/dev/null 2>&1; }

# pg_start [SETTING…]: makes the cluster first when there is none; a cluster whose making was cut short is made again.
pg_start() {
    local try
    if [ ! -f "$DATA/pg/.made" ]; then
        rm -rf -- "$DATA/pg"
        data_layout
        pg_init "$@"
        as touch "$DATA/pg/.made"
    fi
    ! pg_up || return 0
    for try in 1 2 3 4 5 6 7 8 9 10; do # after a kill -9 the old backends need a moment to end
        if as "${PG_WORDS[@]}" "$PG_BIN/pg_ctl" -D "$DATA/pg" -l "$DATA/log/postgresql.log" -s -w -t 60 start >/dev/null 2>&1 8>&- 9>&-; then
            return 0
        fi
        sleep "0.$try"
    done
    tail -n 10 "$DATA/log/postgresql.log" >&2
    die "PostgreSQL did not start (whole log in $DATA/log/postgresql.log)"
}

pg_stop() {
    pg_up || return 0
    as "$PG_BIN/pg_ctl" -D "$DATA/pg" -m fast -s -w -t 60 stop >/dev/null 2>&1 || say "PostgreSQL did not stop"
}
# pg_crash: kill -9 of the postmaster alone; its backends notice and end.
pg_crash() { kill -9 "$(pid_of "$DATA/pg/postmaster.pid")"; }

# pg_url USER [DATABASE]: what libpq and psql take.
pg_url() { echo "host=$DATA/run dbname=${2:-tenon} user=$1"; }
# The program itself: what Debian calls psql looks for it anew each time, for 36 of 43 ms.
pg_sql() { as "$PG_BIN/psql" -XqAt -v ON_ERROR_STOP=1 -d "$(pg_url "$PG_USER" "${2:-tenon}")" -c "$1"; }

# pg_database [NAME]: the database and the cluster's roles; repeatable.
pg_database() {
    local db=${1:-tenon}
    [ "$(pg_sql "select count(*) from pg_database where datname = '$db'" postgres)" = 1 ] ||
        as "$PG_BIN/createdb" -h "$DATA/run" -U "$PG_USER" -T template0 -E UTF8 "$db"
    quiet "$DATA/log/roles.log" as "$PG_BIN/psql" -Xq -v ON_ERROR_STOP=1 -v db="$db" -d "$(pg_url "$PG_USER" "$db")" -f - \
        <"$TENON_ROOT/sql/roles.sql" || exit 1
}

# Nothing is kept on disk: what Redis knows is made again from PostgreSQL.
redis_conf() {
    cat <<CONF
port 0
unixsocket $DATA/run/redis.sock
unixsocketperm 700
dir $DATA/run
save ""
appendonly no
maxmemory-policy noeviction
daemonize no
CONF
}
redis() { as redis-cli -s "$DATA/run/redis.sock" "$@"; }
redis_up() { [ "$(redis ping 2>/dev/null)" = PONG ]; }
redis_url() { echo "unix:$DATA/run/redis.sock"; }
redis_start() {
    ! running redis || ! redis_up || return 0
    end redis
    redis_conf | as tee "$DATA/run/redis.conf" >/dev/null
    spawn redis redis-server "$DATA/run/redis.conf"
    wait_for redis 60 redis_up || exit 1
}
redis_stop() { end redis; }
