"""HTTP/2 frames by hand, and a connection that sends and reads only what it is told to.

Nothing here keeps to the protocol by itself: no settings are acknowledged, no window is respected, no answer is read
unless the probe says so.
"""
import select
import socket
import ssl
import struct
import time

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED, WITH_PRIORITY, ACK = 1, 4, 8, 32, 1
INITIAL_WINDOW_SIZE = 4
PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
STATUSES = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}  # of RFC 7541's static table
HOST = 'northwind.localhost'


def frame(kind, flags=0, stream=0, payload=b''):
    return struct.pack('>I', len(payload))[1:] + struct.pack('>BBI', kind, flags, stream) + payload


def integer(value, bits, first=0):
    """RFC 7541 5.1."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out = [first | most]
    value -= most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + [value])


def octets(text):
    raw = text.encode('latin-1') if isinstance(text, str) else text
    return integer(len(raw), 7) + raw


def field(name, value, first=0):
    """A literal with a literal name; first 0x40: also added to the table of the connection."""
    return bytes([first]) + octets(name) + octets(value)


def request(path='/', method='GET', more=(), host=HOST):
    named = [(':method', method), (':scheme', 'https'), (':authority', host), (':path', path)]
    return b''.join(field(name, value) for name, value in named + list(more))


def get(stream, path='/', more=(), flags=END_STREAM | END_HEADERS):
    return frame(HEADERS, flags, stream, request(path, more=more))


def post(stream, path, more=()):
    return frame(HEADERS, END_HEADERS, stream, request(path, 'POST', more))


def reset(stream, code=8):
    return frame(RST_STREAM, 0, stream, struct.pack('>I', code))


def window(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack('>I', increment))


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b''.join(struct.pack('>HI', *p) for p in pairs))


def status_of(block):
    """The status of an answer; our server writes it first, from the static table or as a literal of three digits."""
    while block and block[0] & 0xe0 == 0x20:  # a change of the table's size
        block = block[1:]
    if block and block[0] & 0x80:
        return STATUSES.get(block[0] & 0x7f, 0)
    digits = block[2:5]
    return int(digits) if digits.isdigit() else 0


class Target:
    """Where the server is, and how to go there. Small: the answers find little room on their way."""

    def __init__(self, port, tls, small=False, source='127.0.0.1'):
        self.port, self.tls, self.small, self.source = port, tls, small, source

    def name(self):
        return ('TLS' if self.tls else 'plain') + (', small buffers' if self.small else '')


class Conn:
    """ended: the server has closed. held: it has not taken our octets for some time. sent: octets it was given."""

    def __init__(self, target, protocol='h2'):
        self.ended, self.held, self.sent = False, False, 0
        self.inbox, self.goaway = b'', None
        self.sock = self._connect(target)
        if target.tls:
            self._encrypt(protocol)
        self.sock.setblocking(False)

    def _connect(self, target):
        sock = socket.socket()
        if target.small:  # the server sizes its buffer by the segments we say we take
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 128)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(10)
        sock.bind((target.source, 0))
        sock.connect(('127.0.0.1', target.port))
        return sock

    def _encrypt(self, protocol):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=HOST)
        except OSError:
            self.ended = True

    def open(self, *pairs, wide=True):
        """The preface; wide: the connection's own window is opened, so that only streams' windows matter."""
        return self.send(PREFACE + settings(*pairs) + (window(0, 0x7fffffff - 65535) if wide else b''))

    def send(self, data, seconds=5, reads=False):
        """False when the server has closed, or takes nothing for so many seconds."""
        view, due = memoryview(data), time.monotonic() + seconds
        while view and not self.ended and not self.held:
            self._look(due, reads)
            try:
                n = self.sock.send(view[:16384])
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                self.held = time.monotonic() >= due
                continue
            except OSError:
                self.ended = True
                break
            self.sent += n
            view, due = view[n:], time.monotonic() + seconds
        return not self.ended and not self.held

    def _look(self, due, reads):
        poll = select.poll()
        poll.register(self.sock, select.POLLOUT | select.POLLRDHUP | (select.POLLIN if reads else 0))
        for _, events in poll.poll(max(0, due - time.monotonic()) * 1000):
            if events & (select.POLLERR | select.POLLHUP | select.POLLRDHUP):
                self._take()
                self.ended = True
            elif events & select.POLLIN:
                self._take()

    def _take(self):
        """Whatever lies there to be read."""
        while not self.ended:
            try:
                got = self.sock.recv(65536)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                return
            except OSError:
                got = b''
            self.ended = not got
            self.inbox += got

    def poll(self, seconds=0.0, read=False):
        """Looks whether the server has closed; reads only when told to. True while the connection stands."""
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP | (select.POLLIN if read else 0))
        for _, events in poll.poll(seconds * 1000):
            if events & select.POLLIN:
                self._take()
            if events & (select.POLLERR | select.POLLHUP | select.POLLRDHUP):
                self._take()
                self.ended = True
        return not self.ended

    def wait_end(self, seconds):
        """Reads on until the server closes."""
        due = time.monotonic() + seconds
        while not self.ended and time.monotonic() < due:
            self.poll(min(0.5, max(0, due - time.monotonic())), read=True)
        return self.ended

    def frames(self):
        """Takes the whole frames that were read: kind, flags, stream, payload."""
        while len(self.inbox) >= 9:
            n = int.from_bytes(self.inbox[:3], 'big')
            if len(self.inbox) < 9 + n:
                return
            kind, flags, stream = struct.unpack('>BBI', self.inbox[3:9])
            payload, self.inbox = self.inbox[9:9 + n], self.inbox[9 + n:]
            if kind == GOAWAY:
                self.goaway = struct.unpack('>II', payload[:8])  # the last stream that was taken, and why
            yield kind, flags, stream, payload

    def answer(self, stream, seconds=5):
        """Reads until the stream's end: its status, or 0 when it was reset or the connection ended."""
        due, status, size = time.monotonic() + seconds, 0, 0
        while time.monotonic() < due:
            for kind, flags, at, payload in self.frames():
                if at == stream and kind == HEADERS:
                    status = status_of(payload)
                size += len(payload) if at == stream and kind == DATA else 0
                if at == stream and (kind == RST_STREAM or flags & END_STREAM and kind in (HEADERS, DATA)):
                    self.size = size
                    return 0 if kind == RST_STREAM else status
            if self.ended:
                return 0
            self.poll(0.05, read=True)
        return 0

    def close(self):
        self.sock.close()
