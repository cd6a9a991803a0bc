"""Frames that mean nothing, by the ten thousand."""
import struct

from kit import flood, must, opened, probe
from wire import (ACK, CONTINUATION, DATA, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY, PUSH_PROMISE, SETTINGS,
                  frame, get, post, request, reset, settings, window)

BODY = [('content-type', 'application/json')]


def same(one):
    return lambda i: one


def register(sentence, make, prelude=b'', reads=True, wide=True):
    probe(sentence)(lambda at, server: flood(at, make, prelude, reads, wide))


register('empty CONTINUATION frames', same(frame(CONTINUATION, 0, 1)), frame(HEADERS, END_STREAM, 1, request()))
register('empty DATA frames', same(frame(DATA, 0, 1)), post(1, '/v1/orders', BODY))
register('DATA frames of padding alone', same(frame(DATA, PADDED, 1, b'\0')), post(1, '/v1/orders', BODY))
register('PRIORITY frames for one stream', same(frame(PRIORITY, 0, 1, struct.pack('>IB', 0, 15))))
register('PRIORITY frames for ever other streams', lambda i: frame(PRIORITY, 0, 2 * i + 1, struct.pack('>IB', 0, 15)))
register('PRIORITY frames that build a chain',
         lambda i: frame(PRIORITY, 0, 2 * i + 3, struct.pack('>IB', 2 * i + 1, 15)))
register('PING frames, answers read', same(frame(PING, 0, 0, b'12345678')))
register('PING frames, answers unread', same(frame(PING, 0, 0, b'12345678')), reads=False)
register('PING acknowledgements nobody asked for', same(frame(PING, ACK, 0, b'12345678')))
register('SETTINGS frames, answers read', same(settings((3, 100))))
register('SETTINGS frames, answers unread', same(settings((3, 100))), reads=False)
register('empty SETTINGS frames', same(frame(SETTINGS)))
register('SETTINGS frames of 100 entries', same(settings(*[(0x1000 + i, i) for i in range(100)])))
register('SETTINGS acknowledgements nobody asked for', same(frame(SETTINGS, ACK)))
register('frames of unknown types', lambda i: frame(0x20 + i % 200, 0, 0, b'x'))
register('frames of unknown types within a request', lambda i: frame(0xf0, 0, 1, b'x'), post(1, '/v1/orders', BODY))
register('window updates of the connection', same(window(0, 1)), wide=False)
register('window updates of a stream', same(window(1, 1)), post(1, '/v1/orders', BODY))
register('window updates by zero of the connection', same(window(0, 0)))
register('window updates by zero of streams that ended', same(window(1, 0)), get(1))
register('resets of a stream that ended', same(reset(1)), get(1))
register('GOAWAY frames', same(frame(GOAWAY, 0, 0, struct.pack('>II', 0, 0))))


@probe('a PUSH_PROMISE from a client ends the connection')
def push_promise(at, server):
    conn = opened(at, prelude=post(1, '/v1/orders') + frame(PUSH_PROMISE, 4, 1, struct.pack('>I', 2) + request()))
    must(conn.wait_end(3), 'the connection stands after 3 s')
    conn.close()
