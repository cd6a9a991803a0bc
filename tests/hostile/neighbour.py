"""A normal client beside the hostile ones: 16 requests in flight over HTTP/2 with TLS, at a moderate rate.

usage: neighbour.py PORT KEY RATE     Each line on its input ends a stretch: what it saw since the last one goes out as
"requests failures p99_ms worst_ms".
"""
import select
import sys
import time

import wire

IN_FLIGHT, PATIENCE = 16, 5.0


class Neighbour:
    def __init__(self, port, key, rate):
        self.target, self.period = wire.Target(port, True), 1.0 / rate
        self.more = [('authorization', 'Bearer ' + key)]
        self.asked, self.took, self.failed = {}, [], 0
        self.conn, self.next = None, time.monotonic()

    def connect(self):
        self.conn, self.stream = wire.Conn(self.target), 1
        self.conn.open()
        self.conn.send(wire.frame(wire.SETTINGS, wire.ACK))

    def ask(self):
        now = time.monotonic()
        if self.conn.goaway:
            return
        while self.next <= now and len(self.asked) < IN_FLIGHT and not self.conn.ended:
            self.next = max(self.next + self.period, now - 1)
            self.conn.send(wire.get(self.stream, '/v1/orders?limit=1', self.more))
            self.asked[self.stream] = time.monotonic()
            self.stream += 2

    def hear(self):
        for kind, flags, stream, payload in self.conn.frames():
            if stream not in self.asked:
                continue
            if kind == wire.HEADERS and wire.status_of(payload) != 200 or kind == wire.RST_STREAM:
                self.fail(stream, 'status %d' % wire.status_of(payload) if kind == wire.HEADERS else 'reset')
            elif flags & wire.END_STREAM and kind in (wire.HEADERS, wire.DATA):
                self.took.append(time.monotonic() - self.asked.pop(stream))

    def fail(self, stream, why):
        self.failed += 1
        self.asked.pop(stream, None)
        print('# neighbour: %s' % why, file=sys.stderr)

    def look(self):
        """An ended connection fails what was in flight on it; so does an answer that does not come. What a server that
        says goodbye has not taken may be asked again elsewhere."""
        if self.conn.goaway:
            self.failed += self.conn.goaway[1] != 0
            self.asked = {s: at for s, at in self.asked.items() if s <= self.conn.goaway[0]}
        late = time.monotonic() - PATIENCE
        for stream in [s for s, at in self.asked.items() if self.conn.ended or at < late]:
            self.fail(stream, 'its connection ended' if self.conn.ended else 'no answer')
        if self.conn.ended or self.conn.goaway and not self.asked:
            self.conn.close()
            self.conn = None

    def turn(self):
        if not self.conn:
            try:
                self.connect()
            except OSError:
                self.conn, self.failed = None, self.failed + 1
                time.sleep(0.05)
                return
        self.ask()
        self.conn.poll(min(0.02, max(0.0, self.next - time.monotonic())), read=True)
        self.hear()
        self.look()

    def report(self):
        took = sorted(self.took)
        p99 = took[min(len(took) - 1, len(took) * 99 // 100)] if took else 0
        print(len(took), self.failed, '%.1f' % (p99 * 1000), '%.1f' % ((took or [0])[-1] * 1000), flush=True)
        self.took, self.failed = [], 0


def main():
    neighbour = Neighbour(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
    while True:
        neighbour.turn()
        if select.select([sys.stdin], [], [], 0)[0]:
            if not sys.stdin.readline():
                return
            neighbour.report()


main()
