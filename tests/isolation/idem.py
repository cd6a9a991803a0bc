"""Keys against repeats: one that another caller has used is like one that nobody has."""
import secrets


def keys(suite):
    holder = next(c for c in suite.second if c.name == 'B key')
    for route in suite.routes:
        if route.safe or route.public:
            continue
        used = secrets.token_hex(12)
        request = route.request(suite.world, suite.tenants['B2'], {}, suite.hints)
        suite.send(holder, request, (('idempotency-key', used),) + suite.narrowing(holder, 'B2'))
        for caller in suite.callers:
            mine = route.request(suite.world, caller.tenant, nobodys(suite, route), suite.hints)
            if not route.params:  # it is done each time: the answer must not be B's
                answer = suite.send(caller, mine, (('idempotency-key', used),))
                said = suite.strangers_in(answer)
                suite.combinations += 1
                if said or any(k == 'idempotency-replayed' for k, _ in answer.headers):
                    yield '%s: %s is given the answer of B: %r' % (route.name, caller.name, answer)
                continue
            fresh = [lambda k=k: suite.send(caller, mine, (('idempotency-key', k() if callable(k) else k),))
                     for k in (used, lambda: secrets.token_hex(12))]
            said = suite.alike(*fresh)
            if said:
                yield '%s: %s with the key of B\n#   %s' % (route.name, caller.name, said)


def nobodys(suite, route):
    """Ids of nobody in the path, so that what is tried does nothing twice."""
    return {str(s): s.kind.nobody() for s in route.slots(suite.world) if s.where == 'path'}
