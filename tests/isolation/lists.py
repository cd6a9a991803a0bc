"""Cursors: another's is like one that somebody made up."""
import json
import secrets


def pages(suite, caller, route, tenant, most=3):
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
    request = route.request(suite.world, caller.tenant, {'query:limit': '1', 'query:cursor': cursor}, suite.hints)
    return lambda: suite.send(caller, request, tried=(cursor,))


def cursors(suite, known):
    for route in suite.routes:
        if 'cursor' in route.query:
            yield from cursors_of(suite, route, known)


def cursors_of(suite, route, known):
    seen = 0
    for who, tenant in (('B key', 'B1'), ('A key', 'A1')):
        holder = next(c for c in suite.callers + suite.second if c.name == who)
        for cursor in pages(suite, holder, route, suite.tenants[tenant]):
            made_up = secrets.token_hex(len(cursor) // 2)
            for caller in suite.callers:
                if caller.tenant is holder.tenant:
                    continue
                seen += 1
                said = suite.alike(page(suite, caller, route, cursor), page(suite, caller, route, made_up))
                if said:
                    yield '%s: %s with a cursor of %s\n#   %s' % (route.name, caller.name, who, said)
            if suite.alike(page(suite, holder, route, cursor), page(suite, holder, route, made_up)) is None:
                yield '%s: %s cannot go on with its own cursor' % (route.name, who)
    if not seen and tuple(route.name.split()) + ('query:cursor',) not in known:
        yield '%s: no list of anybody is longer than one, so no cursor was tried' % route.name
