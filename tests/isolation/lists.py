"""Cursors: another's is like one that somebody made up."""
import json
import secrets

from suite import Question, Try


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


def page(suite, caller, route, cursor, tenant=None):
    """Of a list below something of the tenant's: the caller's own, unless another is said."""
    values = {'query:limit': '1', 'query:cursor': cursor}
    return Question(caller, lambda: route.request(suite.world, tenant or caller.tenant, values, suite.hints), (), (cursor,))


def cursors(suite, known):
    for route in suite.routes:
        if 'cursor' in route.query:
            yield from cursors_of(suite, route, known)


def cursors_of(suite, route, known):
    seen = 0
    for who, tenant in (('B key', 'B1'), ('A key', 'A1')):
        holder = suite.caller(who)
        for cursor in pages(suite, holder, route, suite.tenants[tenant]):
            made_up = secrets.token_hex(len(cursor) // 2)
            tries = [Try('with a cursor of ' + who, page(suite, c, route, cursor), page(suite, c, route, made_up))
                     for c in suite.callers if c.tenant is not holder.tenant]
            seen += len(tries)
            for fault in suite.faults(tries):
                yield '%s: %s' % (route.name, fault)
            own = Try('its own', *[page(suite, holder, route, c, suite.tenants[tenant]) for c in (cursor, made_up)])
            if not list(suite.faults([own])):
                yield '%s: %s cannot go on with its own cursor' % (route.name, who)
    if not seen and tuple(route.name.split()) + ('query:cursor',) not in known:
        yield '%s: no list of anybody is longer than one, so no cursor was tried' % route.name
