"""Connections to the server by HTTP/2, many questions under way at once, and answers made comparable."""
import json
import re
import socket
import ssl
import struct

import hpack

DATA, HEADERS, _, RST_STREAM, SETTINGS, _, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
WINDOW, FRAME_MOST = (1 << 31) - 1, 16384
# What differs between two answers to the same question; the budget is the caller's own and goes by the clock.
VOLATILE = {'date', 'request-id', 'ratelimit', 'ratelimit-policy'}
INSTANCE = re.compile(rb'"instance":"req_[0-9a-z]{26}"')
STREAMS_MOST = 5000


def frame(kind, flags, stream, payload=b''):
    return struct.pack('>I', len(payload))[1:] + struct.pack('>BBI', kind, flags, stream) + payload


def text(word):
    """A literal of a block of fields, RFC 7541 5.2."""
    octets = word.encode('latin-1')
    n = len(octets)
    if n < 127:
        return bytes([n]) + octets
    n, out = n - 127, bytearray([127])
    while n >= 128:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out) + octets


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __eq__(self, other):
        return (self.status, self.headers, self.body) == (other.status, other.headers, other.body)

    def __repr__(self):
        return '%d %s %s' % (self.status, dict(self.headers), self.body[:400])


class Conn:
    """HTTP/2 to one host, with as many questions under way as are asked. By hand, but for the fields of answers: the
    library for it costs more than the server."""

    def __init__(self, tls, port, host):
        sock = socket.create_connection(('127.0.0.1', port), 60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.fields = tls.wrap_socket(sock, server_hostname=host), hpack.Decoder()
        self.open, self.done, self.inbox, self.block = {}, {}, b'', b''
        self.ended, self.asked, self.window = False, 0, 65535
        self.sock.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' +
                          frame(SETTINGS, 0, 0, struct.pack('>HIHI', 2, 0, 4, WINDOW)) +  # no push; room for answers
                          frame(WINDOW_UPDATE, 0, 0, struct.pack('>I', WINDOW - 65535)))

    def begin(self, pairs, body):
        stream = 2 * self.asked + 1
        self.asked += 1
        out = frame(HEADERS, END_HEADERS | (END_STREAM if body is None else 0), stream,
                    b''.join(b'\0' + text(name) + text(value) for name, value in pairs))
        for at in range(0, len(body or b''), FRAME_MOST):
            out += frame(DATA, 0, stream, body[at:at + FRAME_MOST])
        if body is not None:
            while self.window < len(body) and not self.ended:
                self._read()
            self.window -= len(body)
            out += frame(DATA, END_STREAM, stream)
        self.open[stream] = [[], b'']
        self.sock.sendall(out)
        return stream

    def wait(self, stream):
        while stream in self.open and not self.ended:
            self._read()
        answer = self.done.pop(stream, None)
        if not answer:
            raise OSError('the connection or the stream ended without an answer')
        return answer

    def _read(self):
        octets = self.sock.recv(65536)
        self.ended = self.ended or not octets
        self.inbox += octets
        while len(self.inbox) >= 9:
            n = int.from_bytes(self.inbox[:3], 'big')
            if len(self.inbox) < 9 + n:
                return
            kind, flags, stream = struct.unpack('>BBI', self.inbox[3:9])
            payload, self.inbox = self.inbox[9:9 + n], self.inbox[9 + n:]
            self._take(kind, flags, stream, payload)

    def _take(self, kind, flags, stream, payload):
        if kind in (HEADERS, CONTINUATION):
            self.block += payload
            if flags & END_HEADERS:  # all are decoded, as each may change the table
                fields, self.block = self.fields.decode(self.block), b''
                self._of(stream)[0] += fields
        elif kind == DATA:
            self._of(stream)[1] += payload
        elif kind == WINDOW_UPDATE and stream == 0:
            self.window += int.from_bytes(payload, 'big')
        elif kind in (SETTINGS, PING) and not flags & ACK:
            self.sock.sendall(frame(kind, ACK, 0, payload if kind == PING else b''))
        elif kind == GOAWAY:
            self.ended = True
        elif kind == RST_STREAM:
            self.open.pop(stream, None)
        if kind in (HEADERS, DATA) and flags & END_STREAM and stream in self.open:
            self.done[stream] = self.open.pop(stream)

    def _of(self, stream):
        return self.open.get(stream) or [[], b'']


class Pending:
    """A question under way, and all that is needed to ask it again."""

    def __init__(self, conn, stream, host, lane, pairs, body):
        self.conn, self.stream, self.host, self.lane, self.pairs, self.body = conn, stream, host, lane, pairs, body


class Client:
    def __init__(self, port, ca):
        self.port, self.conns, self.asked, self.echoed = port, {}, 0, 0
        self.tls = ssl.create_default_context(cafile=ca)
        self.tls.check_hostname = False  # what is asked of a wrong host is half of what is tried
        self.tls.set_alpn_protocols(['h2'])

    def _conn(self, host, lane):
        conn = self.conns.get((host, lane))
        if not conn or conn.ended or conn.asked > STREAMS_MOST:
            self.conns[host, lane] = conn = Conn(self.tls, self.port, host)
        return conn

    def begin(self, host, method, path, headers, body=None, lane=0):
        """lane: which of the connections to the host; the server gives each to one of its threads."""
        pairs = [(':method', method), (':scheme', 'https'), (':authority', host), (':path', path)] + list(headers)
        if body is not None and 'content-type' not in dict(headers):
            pairs.append(('content-type', 'application/json'))
        self.asked += 1
        return self._begin(host, lane, pairs, body)

    def _begin(self, host, lane, pairs, body):
        try:
            conn = self._conn(host, lane)
            return Pending(conn, conn.begin(pairs, body), host, lane, pairs, body)
        except (OSError, hpack.HPACKError):
            return Pending(None, None, host, lane, pairs, body)

    def end(self, asked):
        """Asks once more when an idle connection was closed under us, as every client does."""
        try:
            if asked.conn:
                return self._read(asked)
        except (OSError, hpack.HPACKError):
            pass
        if self.conns.get((asked.host, asked.lane)) is asked.conn:
            self.conns.pop((asked.host, asked.lane), None)
        again = self._begin(asked.host, asked.lane, asked.pairs, asked.body)
        if not again.conn:
            raise OSError('nothing listens at %s' % asked.host)
        return self._read(again)

    @staticmethod
    def _read(asked):
        got, data = asked.conn.wait(asked.stream)
        return int(got[0][1]), got[1:], data

    def raw(self, host, method, path, headers, body=None):
        return self.end(self.begin(host, method, path, headers, body))

    def answer(self, asked, tried=()):
        """tried: words of ours that an answer may not tell apart by repeating them; each is counted."""
        status, headers, data = self.end(asked)
        for word in tried:
            if len(word) < 12:  # a number stands in ids and counts by chance
                continue
            if word.encode() in data:
                self.echoed += 1
                data = data.replace(word.encode(), b'<tried>')
            headers = [(k, v.replace(word, '<tried>')) for k, v in headers]
        kept = sorted((k, v) for k, v in headers if k not in VOLATILE)
        return Answer(status, kept, INSTANCE.sub(b'"instance":"<id>"', data))


def leaves(value, path=''):
    if isinstance(value, dict):
        for k, v in value.items():
            yield from leaves(v, path + '/' + k)
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from leaves(v, '%s/%d' % (path, i))
    else:
        yield path, value


def body_of(answer):
    try:
        return dict(leaves(json.loads(answer.body)))
    except ValueError:
        return None


def same_but(a, b, volatile):
    """Alike apart from those members of their JSON."""
    x, y = body_of(a), body_of(b)
    if a.status != b.status or x is None or y is None or x.keys() != y.keys():
        return False
    names = [k for k, _ in a.headers] == [k for k, _ in b.headers]
    return names and all(x[k] == y[k] or k in volatile for k in x)


def shape(answer):
    """Status, names of headers and of members, however many items a list has."""
    members = body_of(answer)
    if members is None:
        return None
    return answer.status, [k for k, _ in answer.headers], {re.sub(r'/\d+', '/n', path) for path in members}


def lengths(answer):
    return len(body_of(answer) or ())


def differing(a, b):
    x, y = body_of(a), body_of(b)
    if x is None or y is None or a.status != b.status:
        return set()
    return {k for k in x.keys() | y.keys() if x.get(k) != y.get(k)}
