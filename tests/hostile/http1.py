"""HTTP/1.1 requests that two readers might take apart in two ways: nothing after them is answered."""
import time

from kit import ROOMY, SMALL, must, probe
from wire import HOST, Conn

HEAD = 'Host: %s\r\n' % HOST
NEXT = 'GET / HTTP/1.1\r\n%s\r\n' % HEAD
POST = 'POST /v1/orders HTTP/1.1\r\n' + HEAD + 'Content-Type: application/json\r\n'
CHUNKED = POST + 'Transfer-Encoding: chunked\r\n\r\n'

# Each is followed by another request, which must never be answered: sentence, octets, statuses that are right.
REFUSED = (400, 411, 413, 417, 421, 431, 501, 505)
SMUGGLED = (
    ('two lengths that differ', POST + 'Content-Length: 2\r\nContent-Length: %d\r\n\r\n{}' % (2 + len(NEXT)), REFUSED),
    ('two lengths that are equal', POST + 'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}', REFUSED),
    ('a list of lengths', POST + 'Content-Length: 2, 2\r\n\r\n{}', REFUSED),
    ('a length with a sign', POST + 'Content-Length: +2\r\n\r\n{}', REFUSED),
    ('a negative length', POST + 'Content-Length: -1\r\n\r\n', REFUSED),
    ('a length in hexadecimal', POST + 'Content-Length: 0x2\r\n\r\n{}', REFUSED),
    ('an empty length', POST + 'Content-Length: \r\n\r\n', REFUSED),
    ('a length beyond 64 bits', POST + 'Content-Length: 18446744073709551617\r\n\r\n{}', REFUSED),
    ('a length and chunks', POST + 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', REFUSED),
    ('chunks and a length', POST + 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n', REFUSED),
    ('chunked and identity', POST + 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
     REFUSED),
    ('identity and chunked', POST + 'Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n', REFUSED),
    ('chunked twice', POST + 'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n', REFUSED),
    ('an unknown coding', POST + 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n', REFUSED),
    ('a coding in quotes', POST + 'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n', REFUSED),
    ('a coding after a vertical tab', POST + 'Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n', REFUSED),
    ('a coding on a folded line', POST + 'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n', REFUSED),
    ('a coding before whose colon stands a space', POST + 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n', REFUSED),
    ('a coding in HTTP/1.0', CHUNKED.replace('/1.1', '/1.0') + '0\r\n\r\n', REFUSED),
    ('a chunk whose size has a sign', CHUNKED + '+2\r\n{}\r\n0\r\n\r\n', REFUSED),
    ('a chunk whose size starts with 0x', CHUNKED + '0x2\r\n{}\r\n0\r\n\r\n', REFUSED),
    ('a chunk of a negative size', CHUNKED + '-1\r\n{}\r\n0\r\n\r\n', REFUSED),
    ('a chunk whose size is a space', CHUNKED + ' \r\n{}\r\n0\r\n\r\n', REFUSED),
    ('a chunk larger than 64 bits', CHUNKED + 'ffffffffffffffff2\r\n{}\r\n0\r\n\r\n', REFUSED),
    ('a chunk without its line end', CHUNKED + '2\r\n{}0\r\n\r\n', REFUSED),
    ('chunk lines that end in a bare line feed', CHUNKED + '2\n{}\n0\n\n', REFUSED),
    ('a body of chunks, then another request', CHUNKED + '2\r\n{}\r\n0\r\n\r\n', REFUSED + (401, 405)),
    ('a body with its length, then another request', POST + 'Content-Length: 2\r\n\r\n{}', (401, 405)),
    ('trailers that hold a length', CHUNKED + '2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n', REFUSED + (401, 405)),
    ('GET with a body', NEXT[:-2] + 'Content-Length: 2\r\n\r\n{}', REFUSED + (200,)),
    ('lines that end in a bare line feed', NEXT.replace('\r', ''), REFUSED),
    ('one line that ends in a bare line feed', NEXT[:-2] + 'X-A: b\nX-B: c\r\n\r\n', REFUSED),
    ('a bare carriage return in a value', NEXT[:-2] + 'X-A: b\rX-B: c\r\n\r\n', REFUSED),
    ('a folded line', NEXT[:-2] + 'X-A: b\r\n c\r\n\r\n', REFUSED),
    ('a first line that is folded', 'GET / HTTP/1.1\r\n ' + HEAD + '\r\n', REFUSED),
    ('two hosts', NEXT[:-2] + 'Host: harbor.localhost\r\n\r\n', REFUSED),
    ('two equal hosts', NEXT[:-2] + HEAD + '\r\n', REFUSED),
    ('no host', 'GET / HTTP/1.1\r\n\r\n', REFUSED),
    ('an empty host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', REFUSED + (404,)),
    ('a host with a path', 'GET / HTTP/1.1\r\nHost: %s/x\r\n\r\n' % HOST, REFUSED),
    ('two keys', NEXT[:-2] + 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n', REFUSED),
    ('a space before the colon', NEXT[:-2] + 'X-A : 1\r\n\r\n', REFUSED),
    ('a field without a name', NEXT[:-2] + ': 1\r\n\r\n', REFUSED),
    ('a field without a colon', NEXT[:-2] + 'X-A\r\n\r\n', REFUSED),
    ('NUL in a value', NEXT[:-2] + 'X-A: a\0b\r\n\r\n', REFUSED),
    ('a space in the target', NEXT.replace('/ ', '/ x ', 1), REFUSED),
    ('a target without a slash', NEXT.replace('/', 'x', 1), REFUSED + (404,)),
    ('CONNECT', NEXT.replace('GET /', 'CONNECT %s:443' % HOST, 1), REFUSED + (405,)),
    ('an unknown method', NEXT.replace('GET', 'G@T', 1), REFUSED),
    ('HTTP/0.9', 'GET /\r\n', REFUSED),
    ('an unknown version', NEXT.replace('/1.1', '/3.1', 1), REFUSED),
    ('101 fields', NEXT[:-2] + ''.join('X-%d: v\r\n' % i for i in range(101)) + '\r\n', REFUSED),
    ('64 KiB of fields', NEXT[:-2] + ''.join('X-%d: %s\r\n' % (i, 'v' * 1000) for i in range(64)) + '\r\n', REFUSED),
)


def exchange(at, raw, seconds=3.0):
    """Everything that comes back until the server closes, or nothing more comes."""
    conn = Conn(at, 'http/1.1')
    conn.send(raw.encode('latin-1'), reads=True)
    due, seen = time.monotonic() + seconds, 0
    while not conn.ended and time.monotonic() < due:
        conn.poll(0.05, read=True)
        if len(conn.inbox) != seen:
            seen, due = len(conn.inbox), min(due, time.monotonic() + 1.5)
    conn.close()
    return conn.inbox.decode('latin-1'), conn.ended


def statuses(said):
    return [int(part[2:5]) for part in said.split('HTTP/1.')[1:] if part[2:5].isdigit()]


def answered_once(at, raw, right):
    said, ended = exchange(at, raw + NEXT)
    got = statuses(said)
    must(len(got) <= 1, 'answers %s' % got)
    must(not got or got[0] in right, 'answer %s' % got)
    must(ended, 'answer %s and the connection stands' % got)


for words, octets, good in SMUGGLED:
    probe('HTTP/1.1, %s: at most one answer, and the end' % words, ROOMY, quiet=True)(
        lambda at, server, octets=octets, good=good: answered_once(at, octets, good))


@probe('HTTP/1.1, two requests without a body are two answers', ROOMY, quiet=True)
def two_requests(at, server):
    got = statuses(exchange(at, NEXT + NEXT)[0])
    must(got == [200, 200], 'answers %s' % got)


@probe('HTTP/1.1, an upgrade to h2c is not taken', ROOMY, quiet=True)
def upgrade(at, server):
    for more in ('', 'Content-Length: 2\r\n'):
        said, _ = exchange(at, NEXT[:-2] + 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n'
                           'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n%s\r\n' % more + ('{}' if more else ''))
        must(statuses(said)[:1] in ([200], [400]), 'answers %s' % statuses(said))


@probe('HTTP/1.1, a key in the trailers opens nothing', ROOMY, quiet=True)
def key_in_trailers(at, server):
    said, _ = exchange(at, CHUNKED.replace('POST', 'GET') + '0\r\nAuthorization: Bearer %s\r\n\r\n' % server.key)
    must(200 not in statuses(said), 'answers %s' % statuses(said))


@probe('HTTP/1.1, requests without end, none of whose answers is read', SMALL)
def pipelined(at, server):
    conn = Conn(at, 'http/1.1')
    before, due = server.memory(), time.monotonic() + 3
    while time.monotonic() < due and conn.send(NEXT.encode() * 100, seconds=0.5):
        pass
    grown = server.memory() - before
    conn.close()
    must(grown < 32 << 20, '%d MiB of memory more' % (grown >> 20))
