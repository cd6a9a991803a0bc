"""Asks with one key from an address of its own, each time on a new connection, until stopped; then says when a key that was revoked still opened.

    revoked.py PORT HOST KEY-FILE THREADS    then, on standard input, a line when it is revoked, and one to stop

Prints "before N after N late_ms N": answers 200 before, answers 401 after, and how long after the revocation the last 200
was asked for, in whole milliseconds.
"""
import http.client
import sys
import threading
import time

port, host, key_file, threads = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
key = open(key_file).read().strip()
answers, going = [], True


def ask():
    while going:
        asked = time.monotonic()
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=("127.0.0.9", 0))
        conn.request("GET", "/v1/orders?limit=1", headers={"host": host, "authorization": "Bearer " + key})
        answers.append((asked, conn.getresponse().status))
        conn.close()
        time.sleep(0.01)


workers = [threading.Thread(target=ask, daemon=True) for _ in range(threads)]
for w in workers:
    w.start()
sys.stdin.readline()
revoked = time.monotonic()
sys.stdin.readline()
going = False
for w in workers:
    w.join()
good = [t for t, status in answers if status == 200]
late = max([t - revoked for t in good] + [0])
print("before", sum(t < revoked for t in good), "after", sum(s == 401 and t > revoked for t, s in answers),
      "late_ms", int(late * 1000), "other", sorted({s for _, s in answers} - {200, 401}))
