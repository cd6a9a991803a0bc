"""One connection to the server a host, by HTTP/2, and answers made comparable."""
import json
import re
import socket
import ssl

import h2.config
import h2.connection
import h2.events
import h2.exceptions

# What differs between two answers to the same question; the budget is the caller's own and goes by the clock.
VOLATILE = {'date', 'request-id', 'ratelimit', 'ratelimit-policy'}
INSTANCE = re.compile(rb'"instance":"req_[0-9a-z]{26}"')
STREAMS_MOST = 5000


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __eq__(self, other):
        return (self.status, self.headers, self.body) == (other.status, other.headers, other.body)

    def __repr__(self):
        return '%d %s %s' % (self.status, dict(self.headers), self.body[:400])


class Conn:
    """HTTP/2 to one host, with as many questions under way as are asked."""

    def __init__(self, tls, port, host):
        sock = socket.create_connection(('127.0.0.1', port), 60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = tls.wrap_socket(sock, server_hostname=host)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding='latin-1'))
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(1 << 30)
        self.open, self.done, self.ended, self.asked = {}, {}, False, 0

    def begin(self, pairs, body):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, pairs, end_stream=body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        self.open[stream] = [None, [], b'']
        self.sock.sendall(self.h2.data_to_send())
        self.asked += 1
        return stream

    def wait(self, stream):
        while stream in self.open and not self.ended:
            octets = self.sock.recv(65536)
            if not octets:
                break
            for event in self.h2.receive_data(octets):
                self._take(event)
            self.sock.sendall(self.h2.data_to_send())
        if stream in self.open:
            raise OSError('the connection ended without an answer')
        return self.done.pop(stream)

    def _take(self, event):
        stream = getattr(event, 'stream_id', None)
        if isinstance(event, h2.events.ResponseReceived):
            self.open[stream][1] = event.headers
        elif isinstance(event, h2.events.DataReceived):
            self.open[stream][2] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
        elif isinstance(event, h2.events.StreamEnded):
            self.done[stream] = self.open.pop(stream)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.ended = True
        elif isinstance(event, h2.events.StreamReset):
            raise OSError('the server reset the stream')


class Client:
    def __init__(self, port, ca):
        self.port, self.conns, self.asked, self.echoed = port, {}, 0, 0
        self.tls = ssl.create_default_context(cafile=ca)
        self.tls.check_hostname = False  # what is asked of a wrong host is half of what is tried
        self.tls.set_alpn_protocols(['h2'])

    def _conn(self, host):
        conn = self.conns.get(host)
        if not conn or conn.ended or conn.asked > STREAMS_MOST:
            self.conns[host] = conn = Conn(self.tls, self.port, host)
        return conn

    def raw(self, host, method, path, headers, body=None):
        """Asks once more when an idle connection was closed under us, as every client does."""
        pairs = [(':method', method), (':scheme', 'https'), (':authority', host), (':path', path)] + list(headers)
        if body is not None and 'content-type' not in dict(headers):
            pairs.append(('content-type', 'application/json'))
        self.asked += 1
        for last in (False, True):
            try:
                conn = self._conn(host)
                _, got, data = conn.wait(conn.begin(pairs, body))
                return int(got[0][1]), [(k, v) for k, v in got[1:]], data
            except (OSError, h2.exceptions.ProtocolError):
                self.conns.pop(host, None)
                if last:
                    raise
        return None

    def ask(self, host, method, path, headers, body=None, tried=()):
        """tried: words of ours that an answer may not tell apart by repeating them; each is counted."""
        status, headers, data = self.raw(host, method, path, headers, body)
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
