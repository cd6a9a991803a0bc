"""How long other clients wait, at worst, in milliseconds: from the first answer, when FILE.begun is made, until FILE is
there. Measured without a process for each request, which can take longer to start than the answer.

usage: others_wait.py PORT HOST FILE
"""
import os
import socket
import sys
import time


def exchange(port, host):
    began = time.monotonic()
    with socket.create_connection(('127.0.0.1', port), timeout=5) as s:
        s.sendall(b'GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' % host.encode())
        octets = 0
        while got := len(s.recv(65536)):
            octets += got
    if not octets:
        sys.exit('no answer')
    return time.monotonic() - began


def main():
    port, host, done = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    worst, asked = 0, 0
    exchange(port, host)
    open(done + '.begun', 'w', encoding='ascii').close()
    while not os.path.exists(done):
        worst, asked = max(worst, exchange(port, host)), asked + 1
    print(asked, round(worst * 1000))


main()
