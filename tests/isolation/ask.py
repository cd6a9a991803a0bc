"""One connection to the server a host, kept alive, and answers made comparable."""
import http.client
import json
import re
import ssl

# What differs between two answers to the same question.
VOLATILE = {'date', 'request-id'}
INSTANCE = re.compile(rb'"instance":"req_[0-9a-z]{26}"')
COUNTS = re.compile(r'\b([rt])=\d+')


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __eq__(self, other):
        return (self.status, self.headers, self.body) == (other.status, other.headers, other.body)

    def __repr__(self):
        return '%d %s %s' % (self.status, dict(self.headers), self.body[:400])


class Client:
    def __init__(self, port, ca):
        self.port, self.conns, self.asked, self.echoed = port, {}, 0, 0
        self.tls = ssl.create_default_context(cafile=ca)

    def _conn(self, host):
        if host not in self.conns:
            conn = http.client.HTTPSConnection('127.0.0.1', self.port, context=self.tls, timeout=60)
            conn._tunnel_host = None
            conn.sock = self.tls.wrap_socket(conn._create_connection(('127.0.0.1', self.port), 60), server_hostname=host)
            self.conns[host] = conn
        return self.conns[host]

    def raw(self, host, method, path, headers, body=None):
        """Asks once more when an idle connection was closed under us, as every client does."""
        for last in (False, True):
            conn = self._conn(host)
            try:
                conn.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
                conn.putheader('host', host)
                if body is not None:
                    conn.putheader('content-type', 'application/json')
                if body is not None or method not in ('GET', 'HEAD'):
                    conn.putheader('content-length', str(len(body or b'')))
                for name, value in headers:
                    conn.putheader(name, value)
                conn.endheaders(body)
                got = conn.getresponse()
                data = got.read()
                break
            except (http.client.HTTPException, OSError):
                self.conns.pop(host).close()
                if last:
                    raise
        self.asked += 1
        return got.status, [(k.lower(), v) for k, v in got.getheaders()], data

    def ask(self, host, method, path, headers, body=None, tried=()):
        """tried: words of ours that an answer may not tell apart by repeating them; each is counted."""
        status, headers, data = self.raw(host, method, path, headers, body)
        for word in tried:
            if word.encode() in data:
                self.echoed += 1
                data = data.replace(word.encode(), b'<tried>')
            headers = [(k, v.replace(word, '<tried>')) for k, v in headers]
        kept = sorted((k, COUNTS.sub(r'\1=n', v) if k.startswith('ratelimit') else v)
                      for k, v in headers if k not in VOLATILE)
        data = INSTANCE.sub(b'"instance":"<id>"', data)
        kept = [(k, '<n>' if k == 'content-length' and tried else v) for k, v in kept]
        return Answer(status, kept, data)


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


def differing(a, b):
    x, y = body_of(a), body_of(b)
    if x is None or y is None or a.status != b.status:
        return set()
    return {k for k in x.keys() | y.keys() if x.get(k) != y.get(k)}
