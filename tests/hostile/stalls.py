"""Connections that hold on to the server by doing little or nothing. All at once, since each takes its time.

Seconds come from the environment, as the server was configured: HOSTILE_HEAD, HOSTILE_BODY, HOSTILE_PROGRESS,
HOSTILE_IDLE and, when a connection's life was shortened, HOSTILE_LIFE.
"""
import os
import time

from kit import ROOMY, must, opened, probe
from wire import (DATA, HOST, INITIAL_WINDOW_SIZE, PING, PREFACE, Conn, Target, frame, get, post, settings)

SLACK = 5
BODY = [('content-type', 'application/json')]


def seconds(name):
    return float(os.environ['HOSTILE_' + name])


class Stall:
    """A connection that was begun somehow; drip() is sent once a second. Blind: the end cannot be seen before what was
    sent is read, which would be progress, so it is read when the time is over."""

    def __init__(self, name, conn, limit, drip=None, blind=False):
        self.name, self.conn, self.limit, self.drip, self.blind = name, conn, limit, drip, blind
        self.i, self.took = 0, None

    def turn(self, now):
        if self.took is not None:
            return
        if self.drip and not self.conn.held:
            self.conn.send(self.drip(self.i), seconds=0)
            self.conn.held = False
            self.i += 1
        if self.blind and now >= self.limit - 1:
            self.conn.wait_end(1)
        if not self.conn.poll(0):
            self.took = now


def run(stalls):
    began = time.monotonic()
    while any(s.took is None for s in stalls) and time.monotonic() - began < max(s.limit for s in stalls):
        for stall in stalls:
            stall.turn(time.monotonic() - began)
        time.sleep(1)
    for stall in stalls:
        stall.conn.close()
    late = ['%s: %s (limit %d s)' % (s.name, 'stands' if s.took is None else 'ended after %d s' % s.took, s.limit)
            for s in stalls if s.took is None or s.took > s.limit]
    must(not late, '; '.join(late))


def begun(at, raw, protocol='http/1.1'):
    conn = Conn(at, protocol)
    conn.send(raw.encode('latin-1') if isinstance(raw, str) else raw)
    return conn


def heads(at):
    limit = seconds('HEAD') + SLACK
    line = 'GET / HTTP/1.1\r\nHost: %s\r\n' % HOST
    block = get(1)
    return [
        Stall('nothing is sent', begun(at, ''), limit),
        Stall('half a head', begun(at, line), limit),
        Stall('a head octet by octet', begun(at, line + 'X: '), limit, lambda i: b'v'),
        Stall('half the preface', begun(at, PREFACE[:10], 'h2'), limit),
        Stall('half a HEADERS frame, octet by octet', begun(at, PREFACE + settings() + block[:9], 'h2'), limit,
              lambda i: block[9 + i:10 + i]),
        Stall('a block that does not end', begun(at, PREFACE + settings() + frame(1, 1, 1, b''), 'h2'), limit,
              lambda i: frame(9, 0, 1, b'\0') if i < 1 else b''),
    ]


def handshakes(at):
    bare = Target(at.port, False)
    limit = seconds('HEAD') + SLACK
    return [Stall('no handshake', begun(bare, ''), limit),
            Stall('half a handshake', begun(bare, b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'), limit),
            Stall('a handshake octet by octet', begun(bare, b'\x16\x03\x01\x02\x00\x01'), limit, lambda i: b'\0')]


def bodies(at):
    limit = seconds('BODY') + 2 * SLACK
    head = 'POST /v1/orders HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n' % HOST
    return [
        Stall('a body of a length, octet by octet', begun(at, head + 'Content-Length: 100000\r\n\r\n{'), limit,
              lambda i: b' '),
        Stall('a body in chunks, octet by octet', begun(at, head + 'Transfer-Encoding: chunked\r\n\r\n'), limit,
              lambda i: b'1\r\n \r\n'),
        Stall('a body over HTTP/2 that does not come', opened(at, prelude=post(1, '/v1/orders', BODY)), limit),
        Stall('a body over HTTP/2, octet by octet', opened(at, prelude=post(1, '/v1/orders', BODY)), limit,
              lambda i: frame(DATA, 0, 1, b' ')),
    ]


def responses(at):
    limit = seconds('PROGRESS') + SLACK
    asked = get(1, '/brand/theme.css')
    closed = (INITIAL_WINDOW_SIZE, 0)
    return [
        Stall('a response whose window stays closed', opened(at, closed, prelude=asked), limit),
        Stall('the same, with a PING each second', opened(at, closed, prelude=asked), limit,
              lambda i: frame(PING, 0, 0, b'12345678')),
        Stall('an idle connection', opened(at), seconds('IDLE') + SLACK),
    ]


def lives(at):
    if 'HOSTILE_LIFE' not in os.environ:
        return []
    limit = seconds('LIFE') + 2 * SLACK
    return [Stall('a connection that lives on PINGs', opened(at), limit, lambda i: frame(PING, 0, 0, b'12345678')),
            Stall('a connection that lives on requests', opened(at), limit, lambda i: get(2 * i + 1))]


def unread(at):
    asked = b''.join(get(s, '/brand/theme.css') for s in range(1, 200, 2))
    return [Stall('answers unread', opened(at, prelude=asked), seconds('PROGRESS') + SLACK, blind=True)]


@probe('connections that do little or nothing are ended in time', ROOMY, 'stalls')
def stalled(at, server):
    small = Target(at.port, at.tls, True, at.source)
    run(heads(at) + (handshakes(at) if at.tls else []) + bodies(at) + responses(at) + lives(at) + unread(small))


def standing(targets):
    """How many of so many connections are there half a second later."""
    conns = [begun(at, '') for at in targets]
    time.sleep(0.5)
    stand = sum(conn.poll(0) for conn in conns)
    for conn in conns:
        conn.close()
    return stand


@probe('of 150 connections from one address at most 100 stand', ROOMY, 'stalls')
def one_address(at, server):
    stand = standing([Target(at.port, False, source='127.0.0.77')] * 150)
    must(90 <= stand <= 100, '%d stand' % stand)


@probe('of connections from many addresses no more stand than the process takes', ROOMY, 'stalls')
def whole_process(at, server):
    if 'HOSTILE_MOST' in os.environ:
        most = int(os.environ['HOSTILE_MOST'])
        stand = standing([Target(at.port, False, source='127.0.3.%d' % (1 + i % 5)) for i in range(most + 50)])
        must(most - 20 <= stand <= most, '%d stand' % stand)
