# shellcheck shell=bash disable=SC2154
# The files that a browser fetches for the portal's first page, as gzip over HTTP/2 and TLS, from the product and from
# Debian's nginx, which serves the same files (gzip_static, files and their descriptors remembered), each with one thread.
# What is counted is whole sets of those files. Rounds are short and take turns. Sourced by run.
CONNECTIONS=${PERF_CONNECTIONS:-16} STREAMS=${PERF_STREAMS:-32}
GOAL=1

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
    sendfile on;
    tcp_nopush on;
    open_file_cache max=1000 inactive=1h;
    open_file_cache_valid 1h;
    open_file_cache_min_uses 1;
    client_body_temp_path $DATA/run/nginx.body;
    proxy_temp_path $DATA/run/nginx.proxy;
    fastcgi_temp_path $DATA/run/nginx.fastcgi;
    uwsgi_temp_path $DATA/run/nginx.uwsgi;
    scgi_temp_path $DATA/run/nginx.scgi;
    types { text/css css; text/javascript js; }
    ssl_certificate $DATA/keys/tls.pem;
    ssl_certificate_key $DATA/keys/tls.key;
    server {
        listen 127.0.0.1:$((HTTPS_PORT + 5)) ssl http2;
        root $DATA/app/web-static/dist;
        gzip_static on;
        location /assets/ { expires max; add_header cache-control "public, immutable"; }
    }
}
CONF
}

# The first page's files: what all pages share, the frame, the styles, and the page that is opened first.
first_files() {
    jq -r '."src/kit.ts", ."src/main.tsx", ."src/styles/main.css", ."src/pages/overview.tsx"' "$DATA/app/web-static/dist/names.json"
}

# url PORT FILE
url_of() { echo "https://northwind.localhost:$1/assets/$2"; }

fetched() { curl -s --max-time 5 --http2 --cacert "$DATA/ca.pem" -H 'accept-encoding: gzip' "$(url_of "$1" "$2")" | sha256sum | cut -d ' ' -f 1; }

# Both send the same octets, and those that lie beside the file as gzip.
same_files() {
    local one
    for one in $FILES; do
        [ "$(fetched "$HTTPS_PORT" "$one")" = "$(sha256sum <"$DATA/app/web-static/dist/assets/$one.gz" | cut -d ' ' -f 1)" ] ||
            die "$one is not what lies there"
        [ "$(fetched "$HTTPS_PORT" "$one")" = "$(fetched $((HTTPS_PORT + 5)) "$one")" ] || die "nginx sends another $one"
    done
}

# side NAME PORT: one round; how many sets of the files a second.
side() {
    local one said rates=()
    for one in $FILES; do
        said=$(load --url "$(url_of "$2" "$one")" --header 'accept-encoding: gzip' --seconds "$(jq -n "$LASTING / 4")" \
            --connections "$CONNECTIONS" --streams "$STREAMS") || die "not every file was sent: $said"
        rates+=("$(jq .per_second <<<"$said")")
    done
    sample "$1" "$(printf '%s\n' "${rates[@]}" | awk '{ t += 1 / $1 } END { printf "%.1f\n", 1 / t }')"
    echo "  $(printf '%s ' "${rates[@]}")"
}

answers() { [ "$(curl -sk --max-time 2 -o /dev/null -w '%{http_code}' "https://127.0.0.1:$1/assets/none")" = 404 ]; }

measure() {
    local round octets
    install_packages nginx-light
    port_need $((HTTPS_PORT + 5))
    seed
    perf_api_start TENON_API_THREADS="${API_THREADS:-1}"
    nginx_conf | as tee "$DATA/run/nginx.conf" >/dev/null
    spawn nginx /usr/sbin/nginx -p "$DATA/run" -c "$DATA/run/nginx.conf"
    wait_for nginx 20 answers $((HTTPS_PORT + 5)) || exit 1
    FILES=$(first_files)
    same_files
    octets=$(for round in $FILES; do cat "$DATA/app/web-static/dist/assets/$round.gz"; done | wc -c)
    for ((round = 0; round < ROUNDS; round++)); do
        side nginx $((HTTPS_PORT + 5))
        side ours "$HTTPS_PORT"
    done
    end nginx
    verdict static "$(of ours)" "$(of nginx)" "first pages/s" "the portal's first page: $(wc -w <<<"$FILES") files of $octets octets as \
gzip over HTTP/2 and TLS, one thread each, $((CONNECTIONS * STREAMS)) in flight, against nginx $(/usr/sbin/nginx -v 2>&1 | sed 's#.*/##') with \
gzip_static and open_file_cache; medians of $ROUNDS rounds" "$(jq -nc --argjson goal "$GOAL" '{goal: $goal}')"
}
