"""TypeIDs and UUIDs, by our own reading of their specifications."""
import os
import time
import uuid

DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'


def text(prefix, value):
    """value: a UUID or its text."""
    n, out = uuid.UUID(str(value)).int, ''
    for _ in range(26):
        n, out = n >> 5, DIGITS[n & 31] + out
    return '%s_%s' % (prefix, out) if prefix else out


def nobody():
    """A UUID of version 7 that names nothing."""
    ms = int(time.time() * 1000)
    raw = ms.to_bytes(6, 'big') + os.urandom(10)
    n = int.from_bytes(raw, 'big') & ~(0xf << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62
    return uuid.UUID(int=n)
