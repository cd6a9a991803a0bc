#!/usr/bin/python3
"""Gives a flow jobs as a caller does who wants each of them done once: over connections that are kept, those of one key in
their order, each with an idempotency key of its own, and again until it is told that the job was taken. Jobs number FROM to
FROM + COUNT - 1 are spread over the keys in turn, and over the time that is given. Prints one JSON object: how many were
taken, how often it asked, and of how many jobs it was told."""
import argparse
import http.client
import json
import random
import sys
import threading
import time

OPERATIONS = ("key", "probe", "put")


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--at", action="append", required=True, help="host:port, without TLS; may come twice")
    p.add_argument("--host", required=True)
    p.add_argument("--key-file", required=True)
    p.add_argument("--flow", required=True)
    p.add_argument("--first", type=int, required=True)
    p.add_argument("--count", type=int, required=True)
    p.add_argument("--keys", type=int, default=50)
    p.add_argument("--threads", type=int, default=10)
    p.add_argument("--seconds", type=float, default=0)
    p.add_argument("--patience", type=float, default=90, help="seconds that one job may be refused for")
    p.add_argument("--operation", choices=OPERATIONS, help="of all jobs; else in turn")
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args()


class Caller(threading.Thread):
    """Has every `threads`-th key."""

    def __init__(self, args, number, secret):
        super().__init__()
        self.args, self.number, self.secret = args, number, secret
        self.random = random.Random(args.seed * 1000 + number)
        self.doors = [None] * len(args.at)
        self.taken, self.asked, self.told, self.refused = 0, 0, set(), {}

    def run(self):
        a, began = self.args, time.monotonic()
        for n in range(a.first, a.first + a.count):
            if n % a.keys % a.threads != self.number:
                continue
            time.sleep(max(0.0, began + a.seconds * (n - a.first) / a.count - time.monotonic()))
            self.taken += self.give(n)

    def give(self, n):
        a = self.args
        of = "k%02d" % (n % a.keys)
        seq = n // a.keys + 1
        body = {"of": of, "seq": seq, "reference": "%s-%d" % (of, seq), "op": a.operation or OPERATIONS[seq % 3]}
        until = time.monotonic() + a.patience
        while time.monotonic() < until:
            self.asked += 1
            status, job = self.ask("job-%d" % n, body)
            if status == 202:
                self.told.add(job)
                return 1
            self.refused[str(status)] = self.refused.get(str(status), 0) + 1
            time.sleep(0.05 + self.random.random() / 10)
        return 0

    def ask(self, idempotency, body):
        """The status and the job's id; (0, None) when there is no telling."""
        door = self.random.randrange(len(self.doors))
        try:
            c = self.doors[door]
            if not c:
                host, port = self.args.at[door].rsplit(":", 1)
                c = self.doors[door] = http.client.HTTPConnection(host, int(port), timeout=5)
            c.request("POST", "/v1/flows/%s/runs" % self.args.flow, json.dumps({"input": body}),
                      {"host": self.args.host, "authorization": "Bearer " + self.secret, "idempotency-key": idempotency,
                       "content-type": "application/json"})
            answer = c.getresponse()
            text = answer.read()
            return answer.status, json.loads(text).get("id") if answer.status == 202 else None
        except (OSError, http.client.HTTPException, ValueError):
            if self.doors[door]:
                self.doors[door].close()
            self.doors[door] = None
            return 0, None


def main():
    args = arguments()
    with open(args.key_file) as f:
        secret = f.read().strip()
    callers = [Caller(args, i, secret) for i in range(args.threads)]
    for c in callers:
        c.start()
    for c in callers:
        c.join()
    refused = {}
    for c in callers:
        for status, n in c.refused.items():
            refused[status] = refused.get(status, 0) + n
    print(json.dumps({"taken": sum(c.taken for c in callers), "asked": sum(c.asked for c in callers),
                      "told": len(set().union(*(c.told for c in callers))), "refused": refused}))
    return 0 if sum(c.taken for c in callers) == args.count else 1


sys.exit(main())
