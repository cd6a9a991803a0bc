"""HTTP/2 requests that are well framed and mean nothing good."""
from kit import ROOMY, must, opened, probe
from wire import DATA, END_HEADERS, END_STREAM, HEADERS, HOST, field, frame, post, request

PSEUDO = {'method': (':method', 'GET'), 'scheme': (':scheme', 'https'), 'authority': (':authority', HOST),
          'path': (':path', '/')}


def made(more=(), **changed):
    """The four usual fields, some of them changed or (None) left out, and more."""
    named = [(n, changed.get(key, value)) for key, (n, value) in PSEUDO.items()]
    return b''.join(field(n, value) for n, value in named + list(more) if value is not None)


NOT_SERVED = (
    ('an empty path', made(path='')),
    ('a path without a slash', made(path='v1/orders')),
    ('a space in the path', made(path='/ x')),
    ('a space in the method', made(method='GET /x HTTP/1.1')),
    ('an empty method', made(method='')),
    ('a method that is no token', made(method='G(T')),
    ('no path', made(path=None)),
    ('no method', made(method=None)),
    ('no authority', made(authority=None)),
    ('an authority with a path', made(authority=HOST + '/x')),
    ('two paths', made(more=[(':path', '/v1/orders')])),
    ('an unknown pseudo field', made(more=[(':x', 'y')])),
    ('a pseudo field after others', made(path=None, more=[('x', 'y'), (':path', '/')])),
    ('a name of no octets', made(more=[('', 'x')])),
    ('a name in upper case', made(more=[('X-A', 'x')])),
    ('a name with a space', made(more=[('x a', 'x')])),
    ('a line feed in a value', made(more=[('x', 'a\nb')])),
    ('NUL in a value', made(more=[('x', 'a\0b')])),
    ('connection: close', made(more=[('connection', 'close')])),
    ('transfer-encoding: chunked', made(more=[('transfer-encoding', 'chunked')])),
    ('te: gzip', made(more=[('te', 'gzip')])),
    ('two keys', made(more=[('authorization', 'Bearer a'), ('authorization', 'Bearer b')])),
    ('two lengths', made(more=[('content-length', '0'), ('content-length', '5')])),
)


def not_served(at, block):
    conn = opened(at, prelude=frame(HEADERS, END_STREAM | END_HEADERS, 1, block))
    status = conn.answer(1)
    conn.close()
    must(status == 0 or 400 <= status < 500, 'status %d' % status)


for words, octets in NOT_SERVED:
    probe('HTTP/2, %s: not served' % words, ROOMY, quiet=True)(lambda at, server, octets=octets: not_served(at, octets))


@probe('HTTP/2, a host field beside the authority decides nothing', ROOMY, quiet=True)
def other_host(at, server):
    conn = opened(at, prelude=frame(HEADERS, END_STREAM | END_HEADERS, 1, made(more=[('host', 'nowhere.localhost')])))
    status = conn.answer(1)
    conn.close()
    must(status in (0, 200, 400), 'status %d' % status)


@probe('HTTP/2, a key in the trailers opens nothing', ROOMY, quiet=True)
def key_in_trailers(at, server):
    trailers = field('authorization', 'Bearer ' + server.key)
    conn = opened(at, prelude=frame(HEADERS, END_HEADERS, 1, request('/v1/orders')))
    conn.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, trailers))
    status = conn.answer(1)
    conn.close()
    must(status in (0, 400, 401), 'status %d' % status)


@probe('HTTP/2, trailers of 10,000 fields are not taken', ROOMY)
def large_trailers(at, server):
    trailers = field('a', '') * 4000
    conn = opened(at, prelude=post(1, '/v1/orders') + frame(DATA, 0, 1, b'{}'))
    conn.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, trailers))
    status = conn.answer(1)
    conn.close()
    must(status in (0, 400, 413, 431), 'status %d' % status)
