"""Requests that are given up as soon as they are made, by the client or, at its instigation, by the server."""
import struct

from kit import PAIRS_MOST, STARTED_MOST, must, opened, probe, repeat
from wire import DATA, END_STREAM, HEADERS, PRIORITY, END_HEADERS, field, frame, get, post, request, reset, window

BATCH, STARTED = 50, 'http_requests_started_total'


def pairs(at, server, make):
    """Ended before 10,000 pairs, with at most 2,000 handlers started, those of the normal client among them. make takes
    a stream's number."""
    before = server.counter(STARTED)
    conn = opened(at)
    given = repeat(conn, lambda i: make(2 * i + 1), PAIRS_MOST, BATCH)
    ended = conn.ended
    conn.close()
    started = server.counter(STARTED) - before
    must(ended and started <= STARTED_MOST, '%d pairs were taken%s, %d handlers started'
         % (given, '' if ended else ' and the connection stands', started))


def register(sentence, make):
    probe(sentence)(lambda at, server: pairs(at, server, make))


register('rapid reset', lambda s: get(s) + reset(s))
register('rapid reset of requests without a key', lambda s: get(s, '/v1/orders') + reset(s))
register('rapid reset of requests with a body to come', lambda s: post(s, '/v1/orders') + reset(s))
register('resets by a window update of zero', lambda s: get(s) + window(s, 0))
register('resets by a window that overflows', lambda s: get(s) + window(s, 0x7fffffff))
register('resets by DATA after the end', lambda s: get(s) + frame(DATA, END_STREAM, s, b'x'))
register('resets by a second HEADERS after the end', lambda s: get(s) + get(s))
register('resets by a stream that depends on itself',
         lambda s: get(s) + frame(PRIORITY, 0, s, struct.pack('>IB', s, 1)))
register('resets by a PRIORITY frame of the wrong size', lambda s: get(s) + frame(PRIORITY, 0, s, b'1234'))
register('resets by a body of another length than announced',
         lambda s: post(s, '/v1/orders', [('content-length', '5')]) + frame(DATA, END_STREAM, s, b'x'))
register('resets by malformed fields',
         lambda s: frame(HEADERS, END_STREAM | END_HEADERS, s, request() + field(':x', 'y')))
register('refusals of streams beyond the limit', lambda s: post(s, '/v1/orders'))
