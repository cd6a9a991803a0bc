# shellcheck shell=bash disable=SC2154
# One small answer over HTTP/2 without TLS: the room http with its guard, the same room without, and Debian's nginx, each
# with one thread. Rounds are short and take turns, because a ratio near one says little across minutes. Sourced by run.
CONNECTIONS=${PERF_CONNECTIONS:-16} STREAMS=${PERF_STREAMS:-32}
GOAL=0.97
HELLO_SIDES="hello hello-bare nginx"

hello_open() {
    # shellcheck disable=SC2086
    install_packages $PACKAGES_BUILD nginx-light
    data_open "${PERF_DATA:-/var/tmp/tenon-perf-hello-$(id -u)}"
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap hello_close EXIT
    hello_stop
    data_clear
    data_layout
    BUILD=${PERF_BUILD:-$TENON_ROOT/build/release}
    [ -n "${PERF_BUILD:-}" ] || build_preset release hello hello-bare load
    local p
    for p in 0 1 2; do port_need $((HTTPS_PORT + p)); done
    for p in hello hello-bare load; do install -m 0755 "$BUILD/$p" "$DATA/app/$p"; done
    chmod -R a+rX "$DATA/app"
}

hello_stop() {
    local p
    for p in $HELLO_SIDES; do end "$p"; done
}

hello_close() {
    local status=$?
    trap - EXIT
    set +e
    hello_stop
    [ -n "${PERF_KEEP:-}" ] || data_remove
    exit "$status"
}

nginx_conf() {
    cat <<CONF
daemon off;
worker_processes 1;
pid $DATA/run/nginx.own.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path $DATA/run/nginx.body;
    proxy_temp_path $DATA/run/nginx.proxy;
    fastcgi_temp_path $DATA/run/nginx.fastcgi;
    uwsgi_temp_path $DATA/run/nginx.uwsgi;
    scgi_temp_path $DATA/run/nginx.scgi;
    server {
        listen 127.0.0.1:$((HTTPS_PORT + 2)) http2;
        location = /hello { default_type text/plain; return 200 "hello\n"; }
    }
}
CONF
}

says_hello() { [ "$(curl -s --max-time 2 --http2-prior-knowledge "http://127.0.0.1:$1/hello")" = hello ]; }

# side NAME PORT: one round; what it answered a second, and its processor's time for each answer.
side() {
    local said pid before after
    pid=$(pid_of "$DATA/run/$1.pid")
    before=$(ticks "$pid")
    said=$(load --url "http://127.0.0.1:$2/hello" --seconds "$LASTING" --connections "$CONNECTIONS" --streams "$STREAMS") ||
        die "not every request was answered: $said"
    after=$(ticks "$pid")
    sample "$1" "$(jq .per_second <<<"$said")"
    sample "$1.us" "$(jq --argjson t $((after - before)) '$t * 10000 / .answered * 1000 | round / 1000' <<<"$said")"
}

# Of a process and its children, in hundredths of a second.
ticks() {
    local p sum=0
    for p in $1 $(pgrep -P "$1" || true); do
        sum=$((sum + $(awk '{ print $14 + $15 }' "/proc/$p/stat")))
    done
    echo "$sum"
}

measure() {
    local round ratio busy
    LASTING=${PERF_SECONDS:-2} ROUNDS=${PERF_ROUNDS:-9}
    nginx_conf | as tee "$DATA/app/nginx.conf" >/dev/null
    spawn hello "$DATA/app/hello" "127.0.0.1:$HTTPS_PORT"
    spawn hello-bare "$DATA/app/hello-bare" "127.0.0.1:$((HTTPS_PORT + 1))"
    spawn nginx /usr/sbin/nginx -c "$DATA/app/nginx.conf"
    wait_for hello 10 says_hello "$HTTPS_PORT" || exit 1
    wait_for hello-bare 10 says_hello $((HTTPS_PORT + 1)) || exit 1
    wait_for nginx 10 says_hello $((HTTPS_PORT + 2)) || exit 1
    for ((round = 0; round < ROUNDS; round++)); do
        side hello "$HTTPS_PORT"
        side hello-bare $((HTTPS_PORT + 1))
        side nginx $((HTTPS_PORT + 2))
        side hello-bare $((HTTPS_PORT + 1)) # each neighbour of a pair goes first once
        side hello "$HTTPS_PORT"
    done
    ratio=$(paste "$DATA/samples.hello" "$DATA/samples.hello-bare" | awk '{ print 1000 * $1 / $2 }' | median)
    busy=$(awk -v a="$(of_fine hello.us)" -v b="$(of_fine hello-bare.us)" 'BEGIN { printf "%.3f", a / b }')
    verdict hello "$(of hello)" "$(of hello-bare)" "answers/s" "HTTP/2 without TLS, $CONNECTIONS connections of $STREAMS streams, \
one thread each; the peer is the same server without its guard, goal $GOAL; the ratio of the pairs is their median; load average \
$(cut -d' ' -f1 /proc/loadavg) on $(nproc) processors" \
        "$(jq -nc --argjson pairs "$ratio" --argjson nginx "$(of nginx)" --argjson busy "$busy" --argjson us "$(of_fine hello.us)" \
            --argjson bare "$(of_fine hello-bare.us)" --argjson nginx_us "$(of_fine nginx.us)" '{pair_ratio: ($pairs | round | . / 1000),
            nginx: $nginx, cpu_us: $us, cpu_us_bare: $bare, cpu_us_nginx: $nginx_us, cpu_ratio: $busy}')"
}

of_fine() { sort -g <"$DATA/samples.$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
