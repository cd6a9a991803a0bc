"""Bodies that are to be held in memory until they are whole."""
from kit import ROOMY, must, opened, probe
from marks import MEMORY_SLACK
from wire import DATA, Target, frame, post

CONNECTION_MOST, PROCESS_MOST = 32 << 20, 256 << 20  # octets of bodies
BODY = [('content-type', 'application/json')]


def own(server, grown):
    """Without the shadow that the address sanitizer keeps of every eight octets."""
    return grown * 8 // 9 if server.sanitized() else grown


def pin(conn, octets):
    """A hundred bodies that grow side by side and never end."""
    conn.send(b''.join(post(s, '/v1/orders', BODY) for s in range(1, 200, 2)))
    for i in range(octets // 16384):
        if not conn.send(frame(DATA, 0, 2 * (i % 100) + 1, b' ' * 16384), seconds=2, reads=True):
            break
        conn.inbox = b''
    return conn.sent


@probe('100 MiB of bodies on one connection: at most 32 MiB are held', ROOMY)
def one_connection(at, server):
    before, conn = server.memory(), opened(at)
    pin(conn, 100 << 20)
    grown = own(server, server.memory() - before)
    conn.close()
    must(grown <= CONNECTION_MOST + MEMORY_SLACK, '%d MiB sent, %d MiB of memory more' % (conn.sent >> 20, grown >> 20))


@probe('30 MiB of bodies on each of 16 connections: at most 256 MiB are held', ROOMY[:1])
def many_connections(at, server):
    before = server.memory()
    conns = [opened(Target(at.port, at.tls, source='127.0.0.%d' % (50 + i))) for i in range(16)]
    sent = sum(pin(conn, 30 << 20) for conn in conns)
    grown = own(server, server.memory() - before)
    for conn in conns:
        conn.close()
    must(grown <= PROCESS_MOST + MEMORY_SLACK, '%d MiB sent, %d MiB of memory more' % (sent >> 20, grown >> 20))
