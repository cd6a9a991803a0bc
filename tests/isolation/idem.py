"""Keys against repeats: one that another caller has used is like one that nobody has."""
import secrets

import callers
from suite import Question, Try
from world import sql


def keys(suite):
    holder = suite.caller('B key')
    for route in suite.routes:
        if route.safe or route.public:
            continue
        used = secrets.token_hex(12)
        request = route.request(suite.world, suite.tenants['B2'], {}, suite.hints)
        suite.send(holder, request, (('idempotency-key', used),) + suite.narrowing(holder, 'B2'))
        yield from refused(suite, route, used) if route.params else done(suite, route, used)


def question(suite, route, caller, key):
    """Of ids of nobody in the path, so that what is tried does nothing twice."""
    nobodys = {str(s): s.kind.nobody() for s in route.slots(suite.world) if s.where == 'path'}
    return Question(caller, lambda: route.request(suite.world, caller.tenant, nobodys, suite.hints), (('idempotency-key', key),))


def refused(suite, route, used):
    tries = [Try('with the key of B', question(suite, route, c, used), question(suite, route, c, secrets.token_hex(12)))
             for c in suite.callers]
    for fault in suite.faults(tries):
        yield '%s: %s' % (route.name, fault)


def done(suite, route, used):
    """It is done each time: the answer must not be B's. What it changed for the partner's people is undone."""
    for caller, answer in zip(suite.callers, suite.ask_all([question(suite, route, c, used) for c in suite.callers])):
        said = suite.strangers_in(answer)
        suite.combinations += 1
        if said or any(k == 'idempotency-replayed' for k, _ in answer.headers):
            yield '%s: %s is given the answer of B: %r' % (route.name, caller.name, answer)
    sql("update sign_in_setting set second_factor_required = default, password_allowed = default, idle_minutes = default,"
        " absolute_minutes = default where partner_id = '%s'" % suite.tenants['A'].partner)
    sql('select public.restore()')
    yield from callers.whole(suite, suite.callers)
