"""What comes in while an answer cannot go out. Always with small buffers: otherwise nothing is blocked."""
from kit import SMALL, must, opened, probe
from marks import MEMORY_SLACK
from wire import (DATA, INITIAL_WINDOW_SIZE, PING, frame, get, reset, settings, window)

PATH = '/brand/theme.css'
STREAMS, BATCH = 300, 25


def answer_size(at):
    conn = opened(at, prelude=get(1, PATH))
    status = conn.answer(1)
    conn.close()
    must(status == 200, 'status %d' % status)
    return conn.size


def blocked(at, size):
    """Answers, each of exactly the window of its stream, are asked for until long after they can no more go out."""
    conn = opened(at, (INITIAL_WINDOW_SIZE, size))
    for first in range(1, 2 * STREAMS, 2 * BATCH):
        conn.send(b''.join(get(s, PATH) for s in range(first, first + 2 * BATCH, 2)), seconds=1)
        conn.poll(0.03)
    return conn


def streams():
    return range(1, 2 * STREAMS, 2)


def under_way(at, server, make, seconds=0.5):
    size = answer_size(at)
    conn = blocked(at, size)
    conn.send(make(size))
    conn.poll(seconds)
    conn.close()


def register(sentence, make):
    probe(sentence, SMALL)(lambda at, server: under_way(at, server, make))


register('window updates of streams that ended while a write is blocked',
         lambda size: b''.join(window(s, 1000) for s in streams()))
register('larger initial windows while a write is blocked', lambda size: settings((INITIAL_WINDOW_SIZE, size + 1000)))
register('smaller, then larger initial windows while a write is blocked',
         lambda size: settings((INITIAL_WINDOW_SIZE, 0)) + settings((INITIAL_WINDOW_SIZE, 1 << 20)))
register('resets of streams that ended while a write is blocked', lambda size: b''.join(reset(s) for s in streams()))
register('a window that overflows while a write is blocked',
         lambda size: b''.join(window(s, 0x7fffffff) for s in streams()))
register('window updates, pings and new requests while a write is blocked',
         lambda size: b''.join(window(s, 1) + frame(PING, 0, 0, b'12345678') + get(s + 2 * STREAMS, PATH)
                               for s in streams()))


@probe('windows opened octet by octet while a write is blocked', SMALL)
def octet_by_octet(at, server):
    conn = opened(at, (INITIAL_WINDOW_SIZE, 1))
    conn.send(b''.join(get(s, PATH) for s in range(1, 200, 2)))
    for _ in range(20):
        conn.send(b''.join(window(s, 1) for s in range(1, 200, 2)), seconds=1)
        conn.poll(0.02)
    conn.close()


@probe('64 MiB after a connection error while a write is blocked', SMALL, 'stalls')  # until the server may give it up
def error_then_input(at, server):
    conn = blocked(at, answer_size(at))
    before = server.memory()
    conn.send(frame(DATA, 0, 0, b'x'))
    for _ in range(64 * 64):
        if not conn.send(frame(PING, 0, 0, b'12345678') * 900 + b'x' * 1084, seconds=2):
            break
    grown = server.memory() - before
    conn.close()
    must(grown <= MEMORY_SLACK, '%d MiB of memory more' % (grown >> 20))
