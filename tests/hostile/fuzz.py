"""Sequences of HTTP/2 frames drawn from a seed: valid, changed, out of order, cut short, by clients that do not
read, keep tiny windows or leave at random. The same seed gives the same octets.

usage: fuzz.py FIRST COUNT      meets the server with so many seeds (the environment says where it is, see stack.sh)
       fuzz.py --octets SEED    the SHA-256 of what that seed sends
"""
import hashlib
import os
import random
import struct
import sys
import time

import marks
from wire import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PREFACE, PRIORITY,
                  PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, WITH_PRIORITY, Conn, Target, field, frame, get,
                  post, request, reset, settings, window)

BATCH = 10
PATHS = ['/', '/brand/theme.css', '/brand/logo.svg', '/v1/orders', '/nowhere', '/hooks/x', '*', '']
FIT = [('/', 521), ('/brand/theme.css', 864), ('/nowhere', 193), ('/v1/orders', 243)]  # and how long the answers are
SIZES = [0, 1, 2, 100, 520, 521, 864, 65535, 65536, 0x7fffffff]


class Draft:
    """What one seed does: a list of ('send', octets), ('read', seconds) and ('wait', seconds)."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.tls, self.small = self.dice.random() < 0.3, self.dice.random() < 0.6
        self.reads = self.dice.choice([0.0, 0.0, 0.1, 0.5])  # how often it looks at what comes
        self.wild = self.dice.choice([0.0, 0.0, 0.01, 0.1])  # the tame get further before they are cut
        self.path, self.fit = self.dice.choice(FIT)
        self.last, self.steps = -1, []
        self.begin()
        for _ in range(self.dice.choice([3, 10, 40, 100])):
            self.step()

    def begin(self):
        pairs = [(self.dice.choice([1, 2, 3, 4, 5, 6, 0x99]), self.dice.choice(SIZES))
                 for _ in range(self.dice.randrange(3))]
        if self.dice.random() < 0.7:  # often a window that an answer fills to the octet
            pairs.append((4, self.dice.choice([0, 1, self.fit, self.fit])))
        start = PREFACE + settings(*pairs) + (window(0, 1 << 30) if self.dice.random() < 0.8 else b'')
        self.steps.append(('send', self.spoil(start) if self.odds(0.3) else start))

    def odds(self, factor=1.0):
        return self.dice.random() < self.wild * factor

    def step(self):
        tame = [self.requests] * 5 + [self.windows] * 4 + [self.bodies, self.resets, self.pings, self.changes]
        raw = self.dice.choice([self.noise, self.priorities, self.blocks] if self.odds(3) else tame)()
        self.steps.append(('send', self.spoil(raw) if self.odds() else raw))
        if self.dice.random() < self.reads:
            self.steps.append(('read', 0.002))
        elif self.dice.random() < 0.3:
            self.steps.append(('wait', 0.003))

    def stream(self):
        """Mostly one that was used; sometimes one that cannot be."""
        if self.odds():
            return self.dice.choice([0, 2, self.last + 2, 0x7fffffff])
        return max(1, self.last - 2 * self.dice.choice([0, 0, 1, 2, 5, 20, 60]))

    def fresh(self):
        self.last += 2
        return self.last

    def requests(self):
        many = self.dice.choice([1, 5, 30, 60])
        return b''.join(get(self.fresh(), self.path) for _ in range(many))

    def windows(self):
        """Of one stream, or of the last fifty."""
        step = self.dice.choice([0, 1, 65535, 0x7fffffff]) if self.odds(2) else self.dice.choice([1, 1, 2, 300])
        if self.dice.random() < 0.5:
            return window(self.stream(), step)
        return b''.join(window(max(1, self.last - 2 * i), step) for i in range(50))

    def bodies(self):
        at = self.fresh()
        pieces = [frame(DATA, self.dice.choice([0, 0, END_STREAM]), at, b' ' * self.dice.choice([0, 1, 100, 9000]))
                  for _ in range(self.dice.randrange(4))]
        length = [('content-length', '%d' % self.dice.randrange(200))]
        return post(at, self.dice.choice(PATHS), length) + b''.join(pieces)

    def resets(self):
        return b''.join(reset(self.stream(), self.dice.randrange(16)) for _ in range(self.dice.choice([1, 5, 20])))

    def pings(self):
        return frame(PING, self.dice.choice([0, 0, ACK]), 0, self.dice.randbytes(8)) * self.dice.choice([1, 10, 100])

    def changes(self):
        return b''.join(settings((4, self.dice.choice(SIZES))) for _ in range(self.dice.choice([1, 2, 5])))

    def priorities(self):
        return b''.join(frame(PRIORITY, 0, self.stream(), struct.pack('>IB', self.stream(), self.dice.randrange(256)))
                        for _ in range(self.dice.choice([1, 5, 30])))

    def blocks(self):
        """A request in several frames, with fields in all manners of writing."""
        block = request(self.dice.choice(PATHS), self.dice.choice(['GET', 'POST', 'HEAD', 'X', '']))
        block += b''.join(field('x-%d' % i, 'v' * self.dice.randrange(300), self.dice.choice([0, 0x10, 0x40]))
                          for i in range(self.dice.choice([0, 3, 120])))
        at, cut = self.fresh(), self.dice.randrange(len(block))
        flags = self.dice.choice([0, END_STREAM, END_STREAM | WITH_PRIORITY, END_STREAM | PADDED])
        out = frame(HEADERS, flags, at, block[:cut])
        if self.dice.random() < 0.2:
            out += window(at, 1)
        return out + frame(CONTINUATION, self.dice.choice([END_HEADERS, END_HEADERS, 0]), at, block[cut:])

    def noise(self):
        kind = self.dice.choice([DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY,
                                 WINDOW_UPDATE, CONTINUATION, 0x42])
        payload = self.dice.randbytes(self.dice.choice([0, 1, 4, 5, 8, 300]))
        return frame(kind, self.dice.randrange(256), self.stream(), payload)

    def spoil(self, raw):
        at = self.dice.randrange(len(raw))
        how = self.dice.randrange(4)
        if how == 0:
            return raw[:at]
        if how == 1:
            return raw[:at] + self.dice.randbytes(1) + raw[at + 1:]
        if how == 2:
            return raw[at:] + raw[:at]
        return raw[:at] + raw

    def octets(self):
        return b''.join(what for do, what in self.steps if do == 'send')


def meet(draft, port):
    conn = Conn(Target(port if draft.tls else port + 4, draft.tls, draft.small, '127.0.2.1'))
    for do, what in draft.steps:
        if do == 'send' and not conn.send(what, seconds=0.2):
            break
        if do != 'send':
            conn.poll(what, read=do == 'read')
    conn.close()


def served(port):
    try:
        conn = Conn(Target(port, True))
    except OSError:
        return False
    conn.open()
    conn.send(get(1))
    status = conn.answer(1)
    conn.close()
    return status == 200


def batch(seeds, port, server):
    """Fault or None."""
    before = server.processes()
    for seed in seeds:
        try:
            meet(Draft(seed), port)
        except OSError as fault:
            return 'seed %d or one just before: no connection: %s' % (seed, fault)
        if server.processes() != before:
            return 'seed %d or one just before: the server died' % seed
    if not served(port):
        return 'no answer after the seeds %d to %d' % (seeds[0], seeds[-1])
    time.sleep(0.05)
    return None if server.processes() == before else 'the server died after the seeds %d to %d' % (seeds[0], seeds[-1])


def main():
    if sys.argv[1] == '--octets':
        print(hashlib.sha256(Draft(int(sys.argv[2])).octets()).hexdigest())
        return
    first, count = int(sys.argv[1]), int(sys.argv[2])
    port = int(os.environ['HOSTILE_PORT'])
    server = marks.Outside(int(os.environ['HOSTILE_PID']), port)
    for at in range(first, first + count, BATCH):
        fault = batch(range(at, min(at + BATCH, first + count)), port, server)
        if fault:
            print(fault)
            sys.exit(3)


if __name__ == '__main__':
    main()
