"""Header blocks that are small on the wire and large behind it, and such as never end."""
from kit import BLOCK_MOST, must, opened, probe
from wire import (CONTINUATION, END_HEADERS, END_STREAM, HEADERS, field, frame, get, integer, request)

BATCH = 1024  # octets sent between two looks at the connection


def endless(at, first, make, piece):
    """A block of first and then make(i) without end, in CONTINUATION frames of about a piece: ended before 64 KiB."""
    conn = opened(at, prelude=frame(HEADERS, END_STREAM, 1, first))
    began, i = conn.sent, 0
    while conn.sent - began < BLOCK_MOST:
        parts = b''
        while len(parts) < BATCH:
            part = b''
            while len(part) < piece:
                part, i = part + make(i), i + 1
            parts += frame(CONTINUATION, 0, 1, part)
        if not conn.send(parts, reads=True) or not conn.poll(0.004, read=True):
            break
    taken, ended = conn.sent - began, conn.ended
    conn.close()
    must(ended, '%d octets of one block were taken' % taken)


def register(sentence, first, make, piece=BATCH):
    probe(sentence)(lambda at, server: endless(at, first, make, piece))


register('a block of ever more fields', request(), lambda i: field('a', ''))
register('a block of one endless value', request() + b'\x00\x01x' + integer(1 << 20, 7), lambda i: b'v')
register('a block that repeats one large field of the table', request() + field('x', 'v' * 3900, 0x40),
         lambda i: b'\xbe')
register('a block of ever new entries for the table', request(), lambda i: field('n%d' % i, 'v', 0x40))
register('a block of changes of the table', b'', lambda i: b'\x20\x3f\xe1\x1f')
register('a block in fragments of one octet', request(), lambda i: b'\xbe', piece=1)
register('a block of cookie crumbs', request(), lambda i: field('cookie', 'a=%d' % i))


def refused(at, block, prelude=b''):
    """Not answered as if it were well: refused, reset or cut."""
    conn = opened(at, prelude=prelude)
    parts = [block[i:i + 16000] for i in range(0, len(block), 16000)] or [b'']
    sent = conn.send(frame(HEADERS, END_STREAM | (END_HEADERS if len(parts) == 1 else 0), 1, parts[0]), reads=True)
    for n, part in enumerate(parts[1:], 2):
        sent = sent and conn.send(frame(CONTINUATION, END_HEADERS if n == len(parts) else 0, 1, part), reads=True)
    status = conn.answer(1)
    stands = conn.poll(0.05, read=True)
    conn.close()
    must(status == 0 or 400 <= status < 500, 'status %d' % status)
    return status, stands


@probe('a field of the table named 12,000 times in one frame is refused')
def indexed_bomb(at, server):
    refused(at, request() + field('x', 'v' * 3900, 0x40) + b'\xbe' * 12000)


@probe('101 fields besides the four every request has are refused')
def fields_101(at, server):
    refused(at, request() + b''.join(field('x-%d' % i, 'v') for i in range(101)))


@probe('more than 32 KiB of fields are refused')
def fields_large(at, server):
    refused(at, request() + b''.join(field('x-%d' % i, 'v' * 1000) for i in range(33)))


@probe('90 fields and 20 KiB are served')
def fields_fair(at, server):
    conn = opened(at, prelude=get(1, more=[('x-%d' % i, 'v' * 150) for i in range(86)]))
    status = conn.answer(1)
    conn.close()
    must(status == 200, 'status %d' % status)


@probe('blocks that cannot be decoded end the connection')
def undecodable(at, server):
    for name, block in (('an index beyond the table', request() + b'\xff\x7f'), ('index zero', request() + b'\x80'),
                        ('an endless integer', request() + b'\xff' + b'\xff' * 100),
                        ('a text longer than the block', request() + b'\x00\x7f\xff\xff\x03x'),
                        ('a table larger than allowed', b'\x3f\xff\xff\xff\x07' + request()),
                        ('Huffman code with its end mark', request() + b'\x00\x01x\x84\xff\xff\xff\xff')):
        conn = opened(at, prelude=frame(HEADERS, END_STREAM | END_HEADERS, 1, block))
        ended = conn.wait_end(3)
        conn.close()
        must(ended, '%s: the connection stands' % name)
