"""Cursors: another's is one of nobody's, and shows nothing but the caller's own."""
import hashlib
import hmac
import json
import os
import re

from world import Missing


def make(name, position):
    """Our own making of a cursor, by the key of this run."""
    with open(os.environ['ISOLATION_CURSOR_KEY'], encoding='ascii') as f:
        key = bytes.fromhex(f.read().strip())
    tag = hmac.new(key, len(name).to_bytes(8, 'little') + name + position, hashlib.sha256).digest()[:16]
    return (tag + position).hex()


def list_name(route, cursor):
    """The name the server signs this list's cursors with: among the words of its address, or of its permission."""
    raw = bytes.fromhex(cursor)
    words = re.findall(r'[a-z_]+', route.path) + [route.path, route.path[4:]]
    words += [a + '-' + b for a in words for b in words] + [a + '_' + b for a in words for b in words]
    for word in words:
        if make(word.encode(), raw[16:]) == cursor:
            return word.encode()
    raise Missing('the name in the cursors of %s is not one of its words' % route.name)


def pages(suite, caller, route, tenant, most=6):
    """The cursors of a list read one by one."""
    values = {'query:limit': '1'}
    for _ in range(most):
        answer = suite.send(caller, route.request(suite.world, tenant, values, suite.hints))
        cursor = json.loads(answer.body).get('next_cursor') if answer.status == 200 else None
        if not cursor:
            return
        yield cursor
        values['query:cursor'] = cursor


def page(suite, caller, route, cursor):
    request = route.request(suite.world, caller.tenant, {'query:cursor': cursor}, suite.hints)
    return lambda: suite.send(caller, request, tried=(cursor,))


def beside(cursor_bytes):
    """The position next to another's: nobody's, with nothing of the caller's between."""
    return cursor_bytes[:-1] + bytes([cursor_bytes[-1] ^ 1])


def cursors(suite):
    for route in suite.routes:
        if 'cursor' in route.query:
            yield from cursors_of(suite, route)


def cursors_of(suite, route):
    seen = 0
    for who, tenant in (('B key', 'B1'), ('A key', 'A1')):
        holder = next(c for c in suite.callers + suite.second if c.name == who)
        for cursor in pages(suite, holder, route, suite.tenants[tenant]):
            position = bytes.fromhex(cursor)[16:]
            nobodys = make(list_name(route, cursor), beside(position))
            for caller in suite.callers:
                if caller.tenant.partner == holder.tenant.partner and (
                        not caller.tenant.customer or suite.world.owns(caller.tenant, position)):
                    continue
                seen += 1
                if len(position) < 16:  # a number that every tenant counts for itself
                    said = suite.strangers_in(page(suite, caller, route, cursor)())
                    if said:
                        yield '%s: %s with a cursor of %s: %s' % (route.name, caller.name, who, said)
                    continue
                said = suite.alike(page(suite, caller, route, cursor), page(suite, caller, route, nobodys))
                if said:
                    yield '%s: %s with a cursor of %s\n#   %s' % (route.name, caller.name, who, said)
    if not seen:
        yield '%s: no list of anybody is longer than one, so no cursor was tried' % route.name
