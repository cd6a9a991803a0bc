#!/bin/bash
# A proxy in front is an option: its word about the client counts only from a configured address, and nobody else's does.
# shellcheck disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

main() {
    install_packages haproxy
    stack_open e2e-proxy 21270
    port_need 21274
    port_need 21275
    port_need 21276
    API_SETTINGS+=(TENON_HTTP_LISTEN=127.0.0.1:21274 TENON_LOG_LEVEL=debug)
    stack_start
    untrusted
    end api
    api_start "${API_SETTINGS[@]}" TENON_PROXY_FROM=127.0.0.1 || exit 1
    by_hand
    through_haproxy
    tap_end
}

# say TEXT: to the plain listener; prints the status line, or nothing when the connection is closed.
say_raw() {
    # shellcheck disable=SC2059
    printf "$1" | timeout 10 python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", 21274))
s.sendall(sys.stdin.buffer.read())
s.settimeout(8)
got = b""
try:
    while b"\r\n" not in got:
        more = s.recv(1000)
        if not more: break
        got += more
except OSError:
    pass
print(got.split(b"\r\n")[0].decode())'
}

REQUEST='GET / HTTP/1.1\r\nhost: northwind.localhost\r\nconnection: close\r\n\r\n'
V1='PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n'
V2='\r\n\r\n\000\r\nQUIT\n\041\021\000\014\313\000\161\007\300\000\002\001\334\004\001\273'

refused() { case $1 in '' | 'HTTP/1.1 400 '*) echo refused ;; *) echo "$1" ;; esac; }

untrusted() {
    check "without a proxy a request is answered" "$(say_raw "$REQUEST")" "HTTP/1.1 200 OK"
    check "a PROXY header from anyone is no request" "$(refused "$(say_raw "$V1$REQUEST")")" refused
    check "nor is one of version 2" "$(refused "$(say_raw "$V2$REQUEST")")" refused
    check "nor before TLS" "$(curl_to --haproxy-protocol -o /dev/null -w '%{http_code}' "$(url /)" || true)" 000
}

by_hand() {
    check "a proxy's connection without the header is closed" "$(say_raw "$REQUEST")" ""
    check "version 1" "$(say_raw "$V1$REQUEST")" "HTTP/1.1 200 OK"
    check "version 2" "$(say_raw "$V2$REQUEST")" "HTTP/1.1 200 OK"
    check "a broken header is closed" "$(say_raw "PROXY TCP4 nobody\r\n$REQUEST")" ""
    check "before TLS" "$(curl_to --haproxy-protocol -o /dev/null -w '%{http_code}' "$(url /)")" 200
}

haproxy_conf() {
    cat <<EOF
global
    maxconn 200
defaults
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen v1
    mode tcp
    bind 127.0.0.1:21275
    server one 127.0.0.1:21270 send-proxy
listen v2
    mode tcp
    bind 127.0.0.1:21276
    server one 127.0.0.1:21270 send-proxy-v2
EOF
}

through_haproxy() {
    local port
    haproxy_conf >"$DATA/app/haproxy.cfg"
    spawn haproxy /usr/sbin/haproxy -f "$DATA/app/haproxy.cfg"
    wait_for haproxy 60 port_taken 21276 || exit 1
    for port in 21275 21276; do
        check "through HAProxy, HTTP/2 ($port)" "$(status_of --http2 "https://$NORTHWIND:$port/" --resolve "*:$port:127.0.0.1")" 200
        check "through HAProxy, HTTP/1.1 ($port)" "$(status_of --http1.1 "https://$NORTHWIND:$port/" --resolve "*:$port:127.0.0.1")" 200
    done
    end haproxy
}

main
