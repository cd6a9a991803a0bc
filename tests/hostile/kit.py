"""What probes are made of: their register, their verdict, and a flood that is counted."""
import wire

FRAMES_MOST, BLOCK_MOST, PAIRS_MOST, STARTED_MOST = 25000, 64 << 10, 10000, 2000
ROOMY, SMALL = [(False, False), (True, False)], [(False, True), (True, True)]
PROBES = []


class Missed(Exception):
    """The server did not do what it must; says what was seen."""


class Probe:
    """quiet: it asks so little that the marks are only taken in passing."""

    def __init__(self, sentence, run, ways, group, quiet):
        self.sentence, self.run, self.ways, self.group, self.quiet = sentence, run, ways, group, quiet

    def source(self):
        """An address for each: one probe's connections do not count against another's."""
        return '127.0.1.%d' % (PROBES.index(self) % 250 + 1)


def probe(sentence, ways=tuple(ROOMY + SMALL), group='main', quiet=False):
    """Registers a function of (target, server) for all pairs of TLS and small buffers it is to meet."""
    def register(run):
        PROBES.append(Probe(sentence, run, ways, group, quiet))
        return run
    return register


def must(holds, seen):
    if not holds:
        raise Missed(seen)


def opened(at, *pairs, prelude=b'', wide=True):
    """Wide: the connection's own window is as large as can be."""
    conn = wire.Conn(at)
    must(not conn.ended, 'no connection')
    conn.open(*pairs, wide=wide)
    if prelude:
        conn.send(prelude)
    return conn


def repeat(conn, make, most, batch=250, reads=True):
    """Sends make(i) until the server ends it, or takes no more; how many it was given. The pauses let it speak up."""
    given = 0
    while given < most:
        if not conn.send(b''.join(make(given + i) for i in range(batch)), reads=reads):
            break
        given += batch
        if not conn.poll(0.004, read=reads):
            break
        if reads:
            conn.inbox = b''
    return given


def flood(at, make, prelude=b'', reads=True, wide=True):
    """Frames that cost the server something and ask for nothing end the connection, or are left in the network."""
    conn = opened(at, prelude=prelude, wide=wide)
    given = repeat(conn, make, FRAMES_MOST, reads=reads)
    stopped = conn.ended or conn.held
    conn.close()
    must(stopped, '%d frames were taken' % given)
